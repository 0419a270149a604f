//! The decision about a record: may it cross under this agreement, and if not, which rule says so.
//!
//! Pure and total: the same facts give the same [`Decision`] at both ends, and whatever no clause allows is refused.
//! Beneath every agreement lies the [`floor`], rules that no agreement can switch off; then comes what the record's
//! clause demands itself. A receiver runs the same code as a sender; only [`Facts::side`] differs.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::as_conversions
)]

mod body;
pub mod case;
mod clause;
mod facts;
pub mod floor;
mod refusal;
#[cfg(test)]
mod tests;

pub use body::{Answer, BodyFacts, Identity, Judicial, Notice, Query, RequestFacts};
pub use facts::{Facts, GivenApproval, Side};
pub use refusal::{Reason, Refusal, Source};

/// What becomes of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It may cross.
    Allowed,
    /// It may not, and why.
    Refused(Refusal),
}

/// Decides a record. The first rule that refuses gives the reason.
///
/// Protocol records (`mithaq.*`) are always allowed: without them nothing could be erased after an agreement's end.
pub fn decide(facts: &Facts<'_>) -> Decision {
    if facts.header.is_protocol() {
        return Decision::Allowed;
    }
    for rule in floor::RULES {
        if let Err(refusal) = (rule.check)(facts) {
            return Decision::Refused(refusal);
        }
    }
    match clause::check(facts) {
        Ok(()) => Decision::Allowed,
        Err(refusal) => Decision::Refused(refusal),
    }
}
