//! What the record's clause demands beyond the floor.

use crate::facts::{Facts, role_name};
use crate::refusal::{Reason, Refusal, Source};

/// Every approval that the clause demands is there. The floor has seen to it that each verifies and comes from another
/// officer.
pub(crate) fn check(facts: &Facts<'_>) -> Result<(), Refusal> {
    let Some(clause) = facts.clause() else { return Ok(()) };
    let Some(role) = clause.approvals.iter().find(|role| facts.approved_by(**role).is_none()) else { return Ok(()) };
    Err(Refusal {
        rule: Source::Clause(clause.id.clone()),
        reason: Reason::ApprovalMissing,
        field: Some("approvals"),
        message: format!("Clause {} demands the approval of the {}.", clause.id, role_name(*role)),
    })
}
