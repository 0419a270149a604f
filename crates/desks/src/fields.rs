//! Parts of bodies that several desks share, each a type with its table of fields or its list of words.
//!
//! A desk imports no other desk: what two of them need stands here.

mod further_use;
mod grade;
mod graded_statement;
mod instant;
mod language;
mod office;
mod person;
mod record_name;
mod texts;
mod yes_no;

pub use further_use::{FurtherUse, UsePermission};
pub use grade::{INFORMATION, SOURCES};
pub use graded_statement::{Basis, GradedStatement};
pub use instant::Instant;
pub use language::Language;
pub use office::check_office;
pub use person::{Person, check_persons, facts};
pub use record_name::{NotARecord, RecordName};
pub use texts::Texts;
pub use yes_no::YesNo;
