//! Why a record may not cross: for people in words, for the partner in a code.

use std::fmt;

use crate::words::Words;

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {message}")]
pub struct Refusal {
    /// Which rule or clause refuses.
    pub rule: Source,
    /// Why, as a stable code.
    pub reason: Reason,
    /// The header's field at fault, where there is one.
    pub field: Option<String>,
    /// Why, and what would be right, for the reader.
    pub message: Words,
}

impl Refusal {
    /// The refusal of a floor rule that is enforced by code.
    pub(crate) fn of_floor(rule: &'static str, reason: Reason, field: &str, message: Words) -> Self {
        Self { rule: Source::Floor(rule), reason, field: Some(field.to_owned()), message }
    }
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

/// Why a record is refused. The codes are part of the protocol: a refusal record carries the names instead of text. They
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
    /// A refusal states no ground.
    GroundMissing,
    /// The clause does not list the offence.
    OffenceNotListed,
    /// The clause is about offences, the record about persons, and it states none.
    OffenceMissing,
    /// The clause does not let records be about such persons.
    SubjectNotListed,
    /// What was supplied for one purpose is to be used for another.
    UseDiffers,
    /// The header states no handling code.
    HandlingMissing,
    /// The clause does not list a handling code.
    HandlingNotListed,
    /// The provider's permission is not recorded.
    PermissionMissing,
    /// What another provided is passed on without its consent.
    ConsentMissing,
    /// The clause does not let anything be passed on.
    OnwardForbidden,
    /// A paper that bears a traffic light label has none.
    LabelMissing,
    /// The label names fewer readers than the channel has parties.
    LabelTooNarrow,
    /// The header states no day until which the record is kept.
    RetentionMissing,
    /// The record would be kept longer than the clause allows.
    RetentionTooLong,
    /// The day until which the record may be kept is over.
    RetentionOver,
    /// What is kept so long needs a review with reasons.
    ReviewDue,
    /// An approval does not verify.
    ApprovalInvalid,
    /// An approval is missing.
    ApprovalMissing,
    /// One officer approved in two roles.
    SameOfficerTwice,
    /// One officer released alone, without a threat to life.
    UrgencyTooWeak,
    /// A request lacks necessity, link or reason to believe.
    RequestIncomplete,
    /// An answer that provides nothing carries something.
    AnswerNotNeutral,
    /// The offence is none of the floor's catalogue.
    OffenceOutsideFloor,
    /// It intervenes in political, military, religious or racial matters.
    Partisan,
    /// It holds military data.
    Military,
    /// It sets targets for returns or lists persons to be returned.
    ReturnTargets,
    /// The offence may carry death, and no assurance is stated.
    AssuranceMissing,
    /// There is a real risk of torture or cruel treatment.
    TortureRisk,
    /// The offence may carry death, and no risk assessment is stated.
    AssessmentMissing,
    /// No desk knows the kind.
    KindUnknown,
    /// The body is not what its kind says.
    BodyMalformed,
    /// Special categories of data, or data of a vulnerable person, without a stated necessity.
    NecessityMissing,
    /// The record is about persons and does not say in which capacity.
    CategoryMissing,
    /// A victim or witness stands in a notice that accuses or warns.
    VulnerableInNotice,
    /// A statement bears no grade.
    Ungraded,
    /// A statement is marked neither as fact nor as assessment.
    Unsorted,
    /// Weak statements alone support a notice or a coercive measure.
    TooWeak,
    /// The record is about more persons than one record may be.
    TooManyPersons,
    /// More persons would cross this month than may.
    MonthFull,
    /// A query asks for a whole group, or for whatever comes up.
    QueryTooWide,
    /// Arrest, extradition, evidence and controlled delivery belong to judicial authorities.
    JudicialAct,
    /// An answer does not say that it is no evidence.
    NotEvidenceMissing,
    /// The rules could not be evaluated.
    Undecided,
}

/// Every reason with its number and its word.
const REASONS: &[(Reason, u16, &str)] = &[
    (Reason::ClauseMissing, 1, "clause-missing"),
    (Reason::ClauseUnknown, 2, "clause-unknown"),
    (Reason::KindNotListed, 3, "kind-not-listed"),
    (Reason::AuthorNotListed, 4, "author-not-listed"),
    (Reason::PurposeDiffers, 5, "purpose-differs"),
    (Reason::NotYetInForce, 6, "not-yet-in-force"),
    (Reason::Expired, 7, "expired"),
    (Reason::GroundMissing, 8, "ground-missing"),
    (Reason::OffenceNotListed, 9, "offence-not-listed"),
    (Reason::OffenceMissing, 10, "offence-missing"),
    (Reason::SubjectNotListed, 11, "subject-not-listed"),
    (Reason::UseDiffers, 15, "use-differs"),
    (Reason::HandlingMissing, 20, "handling-missing"),
    (Reason::HandlingNotListed, 21, "handling-not-listed"),
    (Reason::PermissionMissing, 22, "permission-missing"),
    (Reason::ConsentMissing, 23, "consent-missing"),
    (Reason::OnwardForbidden, 24, "onward-forbidden"),
    (Reason::LabelMissing, 25, "label-missing"),
    (Reason::LabelTooNarrow, 26, "label-too-narrow"),
    (Reason::RetentionMissing, 30, "retention-missing"),
    (Reason::RetentionTooLong, 31, "retention-too-long"),
    (Reason::RetentionOver, 32, "retention-over"),
    (Reason::ReviewDue, 33, "review-due"),
    (Reason::ApprovalInvalid, 40, "approval-invalid"),
    (Reason::ApprovalMissing, 41, "approval-missing"),
    (Reason::SameOfficerTwice, 42, "same-officer-twice"),
    (Reason::UrgencyTooWeak, 43, "urgency-too-weak"),
    (Reason::RequestIncomplete, 50, "request-incomplete"),
    (Reason::AnswerNotNeutral, 51, "answer-not-neutral"),
    (Reason::OffenceOutsideFloor, 60, "offence-outside-floor"),
    (Reason::Partisan, 61, "partisan"),
    (Reason::Military, 62, "military"),
    (Reason::ReturnTargets, 70, "return-targets"),
    (Reason::AssuranceMissing, 80, "assurance-missing"),
    (Reason::TortureRisk, 81, "torture-risk"),
    (Reason::AssessmentMissing, 82, "assessment-missing"),
    (Reason::KindUnknown, 90, "kind-unknown"),
    (Reason::BodyMalformed, 91, "body-malformed"),
    (Reason::NecessityMissing, 92, "necessity-missing"),
    (Reason::CategoryMissing, 100, "category-missing"),
    (Reason::VulnerableInNotice, 101, "vulnerable-in-notice"),
    (Reason::Ungraded, 110, "ungraded"),
    (Reason::Unsorted, 111, "unsorted"),
    (Reason::TooWeak, 112, "too-weak"),
    (Reason::TooManyPersons, 120, "too-many-persons"),
    (Reason::MonthFull, 121, "month-full"),
    (Reason::QueryTooWide, 122, "query-too-wide"),
    (Reason::JudicialAct, 130, "judicial-act"),
    (Reason::NotEvidenceMissing, 131, "not-evidence-missing"),
    (Reason::Undecided, 199, "undecided"),
];

impl Reason {
    /// Every reason, by number.
    pub fn all() -> impl Iterator<Item = Self> {
        REASONS.iter().map(|(reason, ..)| *reason)
    }

    /// The number of the reason, which never changes.
    pub fn code(self) -> u16 {
        REASONS.iter().find(|(reason, ..)| *reason == self).map_or(0, |(_, code, _)| *code)
    }

    /// The word that a refusal record carries.
    pub fn name(self) -> &'static str {
        REASONS.iter().find(|(reason, ..)| *reason == self).map_or("undecided", |(.., name)| name)
    }

    /// The reason of that word; `None` for one that only a newer version knows.
    pub fn from_name(name: &str) -> Option<Self> {
        REASONS.iter().find(|(.., known)| *known == name).map(|(reason, ..)| *reason)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
