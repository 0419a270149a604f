//! What whoever drafts or signs an agreement should look at again: it is valid, and likely not what is meant.

use protocol::{agreement::Agreement, date::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use texts::{Message, say};

/// A part of an agreement that is likely not what is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AgreementWarning")]
pub struct Warning {
    /// The agreement's field: `clauses[1].kinds`.
    pub field: String,
    /// What is likely wrong with it.
    pub message: String,
}

/// What to look at again on the day `today`: the field, and what is likely wrong with it.
pub fn doubts(agreement: &Agreement, today: Date) -> Vec<(String, Message)> {
    let mut doubts = Vec::new();
    let Agreement { valid_from, valid_until, .. } = agreement;
    if *valid_until < today {
        doubts.push(("valid_until".into(), say!("doubt-is-over", day = %valid_until)));
    } else if today < *valid_from {
        doubts.push(("valid_from".into(), say!("doubt-not-begun", day = %valid_from)));
    }
    for (clause, number) in agreement.clauses.iter().zip(0..) {
        let unknown: Vec<&str> =
            clause.kinds.iter().map(String::as_str).filter(|kind| desks::kinds::find(kind).is_none()).collect();
        if !unknown.is_empty() {
            let unknown = unknown.join(", ");
            let doubt = say!("doubt-unknown-kinds", clause = %clause.id, unknown = %unknown);
            doubts.push((format!("clauses[{number}].kinds"), doubt));
        }
    }
    doubts
}

/// The same in English.
pub fn warnings(agreement: &Agreement, today: Date) -> Vec<Warning> {
    let warning = |(field, doubt): (String, Message)| Warning { field, message: doubt.to_string() };
    doubts(agreement, today).into_iter().map(warning).collect()
}
