//! Why a record may not cross: for people in words, for the partner in a code.

use std::fmt;

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {message}")]
pub struct Refusal {
    /// Which rule or clause refuses.
    pub rule: Source,
    /// Why, as a stable code.
    pub reason: Reason,
    /// The header's field at fault, where there is one.
    pub field: Option<&'static str>,
    /// Why, and what would be right, for the reader.
    pub message: String,
}

/// Who refuses: the floor or the agreement.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// A floor rule, by its id: `AGR-01`.
    Floor(&'static str),
    /// A clause of the agreement, by its id.
    Clause(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Floor(id) => f.write_str(id),
            Self::Clause(id) => write!(f, "clause {id}"),
        }
    }
}

/// Why a record is refused. The codes are part of the protocol: a refusal record carries them instead of text. They
/// are only ever added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The header names no clause.
    ClauseMissing,
    /// The agreement has no clause of that id.
    ClauseUnknown,
    /// The clause does not list the record's kind.
    KindNotListed,
    /// The clause does not let this party author the kind.
    AuthorNotListed,
    /// The record's purpose is not the clause's.
    PurposeDiffers,
    /// The agreement is not yet in force.
    NotYetInForce,
    /// The agreement has expired.
    Expired,
    /// The header states no handling code.
    HandlingMissing,
    /// The clause does not list a handling code.
    HandlingNotListed,
    /// The header states no day until which the record is kept.
    RetentionMissing,
    /// The record would be kept longer than the clause allows.
    RetentionTooLong,
    /// The day until which the record may be kept is over.
    RetentionOver,
    /// An approval does not verify.
    ApprovalInvalid,
    /// An approval is missing.
    ApprovalMissing,
    /// One officer approved in two roles.
    SameOfficerTwice,
}

impl Reason {
    /// Every reason, by code.
    pub const ALL: &'static [Self] = &[
        Self::ClauseMissing,
        Self::ClauseUnknown,
        Self::KindNotListed,
        Self::AuthorNotListed,
        Self::PurposeDiffers,
        Self::NotYetInForce,
        Self::Expired,
        Self::HandlingMissing,
        Self::HandlingNotListed,
        Self::RetentionMissing,
        Self::RetentionTooLong,
        Self::RetentionOver,
        Self::ApprovalInvalid,
        Self::ApprovalMissing,
        Self::SameOfficerTwice,
    ];

    /// The number that a refusal record carries.
    pub const fn code(self) -> u16 {
        match self {
            Self::ClauseMissing => 1,
            Self::ClauseUnknown => 2,
            Self::KindNotListed => 3,
            Self::AuthorNotListed => 4,
            Self::PurposeDiffers => 5,
            Self::NotYetInForce => 6,
            Self::Expired => 7,
            Self::HandlingMissing => 20,
            Self::HandlingNotListed => 21,
            Self::RetentionMissing => 30,
            Self::RetentionTooLong => 31,
            Self::RetentionOver => 32,
            Self::ApprovalInvalid => 40,
            Self::ApprovalMissing => 41,
            Self::SameOfficerTwice => 42,
        }
    }

    /// The word for the number.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClauseMissing => "clause-missing",
            Self::ClauseUnknown => "clause-unknown",
            Self::KindNotListed => "kind-not-listed",
            Self::AuthorNotListed => "author-not-listed",
            Self::PurposeDiffers => "purpose-differs",
            Self::NotYetInForce => "not-yet-in-force",
            Self::Expired => "expired",
            Self::HandlingMissing => "handling-missing",
            Self::HandlingNotListed => "handling-not-listed",
            Self::RetentionMissing => "retention-missing",
            Self::RetentionTooLong => "retention-too-long",
            Self::RetentionOver => "retention-over",
            Self::ApprovalInvalid => "approval-invalid",
            Self::ApprovalMissing => "approval-missing",
            Self::SameOfficerTwice => "same-officer-twice",
        }
    }

    /// The reason that a partner's refusal record carries; `None` for a code that only a newer version knows.
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.code() == code)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
