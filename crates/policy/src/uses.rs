//! What may be done with a record that was received: by officers, by programs, by another agency.

use protocol::header::Header;

use crate::floor::{han_02, han_03, pur_01};
use crate::refusal::Refusal;

/// A use of a received record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use<'a> {
    /// The record's header.
    pub header: &'a Header,
    /// What is to be done.
    pub act: Act,
    /// For which purpose.
    pub purpose: &'a str,
    /// Whether the provider's permission for this use is recorded.
    pub permitted: bool,
}

/// What is done with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// It is read, searched or worked with.
    Consult,
    /// It is used in judicial proceedings.
    Court,
    /// It is given to another office, in the same state or elsewhere.
    Disseminate,
}

/// Whether the record may be used so. The first rule that refuses gives the reason.
pub fn may_use(used: &Use<'_>) -> Result<(), Refusal> {
    pur_01::check(used)?;
    han_02::check(used)?;
    han_03::check(used)
}
