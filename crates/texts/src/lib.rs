//! Everything that Mithaq says to people, in the reader's language.
//!
//! A [`Message`] is a text that is in no language yet: an id and values, made by [`say!`]. Whoever shows it to somebody
//! asks for it [in their language](Message::in_language). The texts lie beside this crate's code, a folder for each
//! [`Language`] and a file for each area, and are part of the program.
//!
//! This crate knows languages and nothing else: no records, no rules, no other crate of the workspace.

mod bundle;
pub mod dates;
mod language;
mod message;
pub mod shown;
#[cfg(test)]
mod tests;
pub mod times;

pub use bundle::number;
pub use language::{Direction, Language};
pub use message::{Lines, Message, Value};
