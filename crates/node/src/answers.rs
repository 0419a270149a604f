//! What the agency's API takes and answers: one file an area. The port, the command line and the console share these forms,
//! and the description of the API is derived from them, so that none of them says anything else than the others.
//!
//! A form that a part of the node makes or keeps by itself stands beside that part: [`crate::agreements::life::Life`],
//! [`crate::doctor::Diagnosis`], [`crate::check::Report`], [`crate::reading::statements::StatementShown`] and others. No part
//! knows this module: the doors fill these forms.

pub mod agreements;
pub mod audit;
pub mod breaches;
pub mod card;
pub mod channels;
pub mod drafts;
pub mod files;
pub mod officers;
pub mod peers;
pub mod people;
pub mod preparation;
pub mod protection;
pub mod records;
pub mod reviews;
pub mod seconds;
pub mod status;
pub mod submission;
pub mod threads;
pub mod tokens;
pub mod work;
