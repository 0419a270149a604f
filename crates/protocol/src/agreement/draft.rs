//! A header filled from a clause, for whoever writes a record under it.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use super::Agreement;
use crate::{
    date::Date,
    header::{Evaluation, Handling, Header, ThreadId},
};

/// A header can't be drafted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// The agreement has no such clause.
    #[error("the agreement has no clause {clause}; it has {}", known.join(", "))]
    NoSuchClause {
        /// The id asked for.
        clause: String,
        /// The clauses that there are.
        known: Vec<String>,
    },
    /// The clause doesn't list the kind.
    #[error("clause {clause} does not list the kind {kind}; it lists {}", allowed.join(", "))]
    KindNotInClause {
        /// The kind asked for.
        kind: String,
        /// The clause.
        clause: String,
        /// The kinds that it lists.
        allowed: Vec<String>,
    },
}

impl Header {
    /// Fills a header for a record under a clause: the clause's purpose; handling H1 and H2 as far as the clause lists
    /// them, or else all that it lists; evaluation X/4; the clause's longest retention from `today`.
    pub fn draft(
        agreement: &Agreement,
        clause: &str,
        kind: &str,
        today: Date,
        thread: ThreadId,
    ) -> Result<Self, DraftError> {
        let found = agreement.clause(clause).ok_or_else(|| DraftError::NoSuchClause {
            clause: clause.to_owned(),
            known: agreement.clauses.iter().map(|c| c.id.clone()).collect(),
        })?;
        if !found.has_kind(kind) {
            return Err(DraftError::KindNotInClause {
                kind: kind.to_owned(),
                clause: clause.to_owned(),
                allowed: found.kinds.clone(),
            });
        }
        let default = [Handling::H1, Handling::H2];
        let mut handling: Vec<_> = found.handling.iter().copied().filter(|code| default.contains(code)).collect();
        if handling.is_empty() {
            handling = found.handling.clone();
        }
        Ok(Self {
            thread: Some(thread),
            clause: Some(found.id.clone()),
            purpose: Some(found.purpose.clone()),
            handling,
            evaluation: Some(Evaluation::UNGRADED),
            retain_until: Some(today.plus_days(found.retention_days_max)),
            ..Self::protocol(kind)
        })
    }
}
