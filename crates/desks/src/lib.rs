//! What officers work with: the record kinds, one folder each.
//!
//! A kind says which fields its body has, what they mean and which rules hold between them. It knows neither network
//! nor storage. The table of desks is [`kinds::DESKS`]; `docs/howto/add-a-record-kind.md` says how to add one.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::as_conversions
)]

pub mod body;
pub mod contacts;
pub mod correspondence;
pub mod desk;
pub mod fields;
pub mod hotline;
pub mod kinds;
pub mod limits;
pub mod register;
pub mod requests;
pub mod roles;
pub mod shape;
pub mod thread;
pub mod wording;

#[cfg(test)]
mod tests;

pub use desk::{asks_for_opener, is_of_its_thread, sees};
pub use register::readout::REAL_READOUTS;
pub use roles::{ROLES, Role};
