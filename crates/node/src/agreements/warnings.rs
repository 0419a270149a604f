//! What whoever drafts or signs an agreement should look at again: it is valid, and likely not what is meant.

use protocol::{agreement::Agreement, date::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A part of an agreement that is likely not what is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AgreementWarning")]
pub struct Warning {
    /// The agreement's field: `clauses[1].kinds`.
    pub field: String,
    /// What is likely wrong with it.
    pub message: String,
}

/// What to look at again on the day `today`.
pub fn warnings(agreement: &Agreement, today: Date) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |field: String, message: String| warnings.push(Warning { field, message });
    let Agreement { valid_from, valid_until, .. } = agreement;
    if *valid_until < today {
        warn("valid_until".into(), format!("its last day, {valid_until}, is over: nothing may be sent under it"));
    } else if today < *valid_from {
        warn("valid_from".into(), format!("nothing may be sent before its first day, {valid_from}"));
    }
    for (clause, number) in agreement.clauses.iter().zip(0..) {
        let unknown: Vec<&str> =
            clause.kinds.iter().map(String::as_str).filter(|kind| desks::kinds::find(kind).is_none()).collect();
        if !unknown.is_empty() {
            let (id, unknown) = (&clause.id, unknown.join(", "));
            warn(
                format!("clauses[{number}].kinds"),
                format!(
                    "clause {id} lists what this node can neither send nor read: {unknown}; `mithaq kinds` lists what it can"
                ),
            );
        }
    }
    warnings
}
