//! The floor: rules beneath every agreement that no agreement can switch off. One rule is one file, named by its id.

use crate::case::Case;
use crate::facts::Facts;
use crate::refusal::{Reason, Refusal, Source};

mod agr_01;
mod eye_01;
mod han_01;
mod ret_01;

/// A floor rule.
pub struct Rule {
    /// Its id: `AGR-01`.
    pub id: &'static str,
    /// What it says, in one sentence.
    pub summary: &'static str,
    /// Whether the facts keep it.
    pub check: fn(&Facts<'_>) -> Result<(), Refusal>,
    /// A record that passes and records that are refused.
    pub cases: fn() -> Vec<Case>,
}

/// Every rule, in the order in which reasons are given.
pub const RULES: &[Rule] = &[agr_01::RULE, han_01::RULE, ret_01::RULE, eye_01::RULE];

/// The refusal that a rule's file gives.
fn refuse(rule: &'static str, reason: Reason, field: &'static str, message: String) -> Result<(), Refusal> {
    Err(Refusal { rule: Source::Floor(rule), reason, field: Some(field), message })
}
