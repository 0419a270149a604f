//! The decision about a record: may it cross under this agreement, and if not, which rule says so.
//!
//! Pure and total: the same facts give the same [`Decision`] at both ends, and whatever no clause allows is refused.
//! Beneath every agreement lies the [`floor`], rules that no agreement can switch off; then comes what the record's
//! clause demands itself. Both are Cedar policies, compiled when an agreement comes into force ([`Policy::compile`]). A
//! receiver runs the same code as a sender; only [`Facts::side`] differs.
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
mod clauses;
mod facts;
pub mod floor;
mod inputs;
pub mod limits;
mod neutral;
mod offences;
pub mod page;
mod policy;
mod refusal;
mod uses;
mod words;

pub use body::{Answer, BodyFacts, Identity, Judicial, Notice, Query, RequestFacts};
pub use clauses::{Weak, Weakens};
pub use facts::{Body, Facts, GivenApproval, Protection, Side};
pub use floor::aud_01::{NoAuditor, may_exchange};
pub use floor::log_01::{Access, is_complete};
pub use floor::neu_04::check_bodies;
pub use neutral::{Neutral, leave_ms, neutral_header, release_ms};
pub use offences::{CATALOGUE, keeps_death_penalty};
pub use policy::{Decision, Policy};
pub use refusal::{Reason, Refusal, Source};
pub use uses::{Act, OVERSIGHT, Permitted, Use, approvals_needed, may_read_for, may_use, needs_review};
pub use words::{Given, Words};
