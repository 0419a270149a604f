//! The training desk: what its work is, in a sentence.

use crate::desk::{Compartment, Desk};
use crate::kinds::Kind;
use crate::roles::Role;

/// The desk's line.
#[rustfmt::skip]
pub const DESK: Desk = Desk {
    name: "training",
    kinds: &[
        Kind::of::<course::Course>(),
    ],
    threads: &[],
    compartment: Compartment::Closed(&[Role::Auditor]),
    purposes: &["training"],
    duties: &[],
};

/// `training.course/1`: what it is, in a few words.
pub mod course {
    mod record;
    #[cfg(test)]
    mod tests;

    pub use record::Course;
}
