//! The agreement: one document that lawyers can read and a node can run.
//!
//! Its bytes are rendered once, signed by every party and kept; the SHA-256 of the first version names the channel.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

mod bundle;
mod check;
mod draft;
mod time_limits;

pub use bundle::{Bundle, BundleError, SealingKeyDocument, SealingKeyFormat, SealingKeyProblem, sealing_key_id};
pub use check::{AgreementError, Fault, Once, Problem};
pub use draft::DraftError;
pub use time_limits::{Deadlines, TimeLimits};

use crate::{
    date::Date,
    header::{Handling, SubjectCategory},
    id::{AgencyId, ChannelId, Hash},
    json,
    limits::{
        AGREEMENT_BYTES_MAX, ATTACHMENT_BYTES_DEFAULT, URGENT_RECORD_BYTES_DEFAULT, URGENT_RECORDS_PER_HOUR_DEFAULT,
    },
    suite::{PublicKeys, Suite},
    text::Texts,
};

/// Kind of document under which parties sign agreements.
pub const AGREEMENT_DOCUMENT: &str = "agreement";
/// Kind of document under which a party hands over its first sealing key.
pub const SEALING_KEY_DOCUMENT: &str = "sealing-key";

/// One version of an agreement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// Names the format.
    pub mithaq: AgreementFormat,
    /// Counts from 1.
    pub version: u32,
    /// SHA-256 of the version before; absent in the first.
    #[serde(with = "crate::encoding::optional_hash")]
    pub previous: Option<Hash>,
    /// Title by language.
    pub title: Texts,
    /// The agreement's text by language, where no clause has it.
    pub text: Texts,
    /// Two or more agencies.
    pub parties: Vec<Party>,
    /// The first day on which records may be sent.
    pub valid_from: Date,
    /// The last day on which records may be sent.
    pub valid_until: Date,
    /// What arrives more than so many days after the last day is quarantined, whatever its date.
    pub late_days: u32,
    /// A party may end the agreement alone with so many days' notice; absent where none may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub termination_notice_days: Option<u32>,
    /// Caps of the lanes; absent where those of [`UrgentLane::default`] hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lanes: Option<Lanes>,
    /// How much the parties may load upon each other; absent where the agreement says nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caps: Option<Caps>,
    /// Who audits which party; empty where the agreement names nobody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub auditors: Vec<NamedAuditor>,
    /// What may be sent, by whom and under which conditions.
    pub clauses: Vec<Clause>,
}

/// What the lanes may carry.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lanes {
    /// The hotline.
    pub urgent: UrgentLane,
}

/// Caps of the urgent lane, so that it stays fast: it is for the little that can't wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrgentLane {
    /// Most records that one party may send in it in an hour.
    pub records_per_hour_max: u32,
    /// Most bytes of one record: its body and its attachments.
    pub record_bytes_max: u32,
}

impl Default for UrgentLane {
    /// What holds where an agreement says nothing.
    fn default() -> Self {
        Self { records_per_hour_max: URGENT_RECORDS_PER_HOUR_DEFAULT, record_bytes_max: URGENT_RECORD_BYTES_DEFAULT }
    }
}

/// How much one party may load upon the others, over all clauses: what a node and its line must bear. `None` where no limit
/// is set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caps {
    /// Most records in a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records_per_day_max: Option<u32>,
    /// Most bytes in a day, of bodies and attachments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_per_day_max: Option<u64>,
    /// Most bytes of one attachment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment_bytes_max: Option<u64>,
}

/// An independent auditor of a party, by its public keys.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedAuditor {
    /// Label of the party that it audits.
    pub party: String,
    /// The keys with which it countersigns the party's audit log.
    pub keys: PublicKeys,
}

/// Names the format of an agreement.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum AgreementFormat {
    /// The only one so far.
    #[serde(rename = "agreement/1")]
    V1,
}

/// A party to an agreement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Its agency id.
    pub agency: AgencyId,
    /// The short name by which clauses call it, such as `XAA`.
    pub label: String,
    /// Its names by language.
    pub names: Texts,
}

/// What may be sent for one purpose.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Short id, unique in the agreement: `c1`.
    pub id: String,
    /// Purpose code.
    pub purpose: String,
    /// Record kinds with their versions.
    pub kinds: Vec<String>,
    /// Labels of the parties that may author them.
    pub authors: Vec<String>,
    /// Codes of the offences covered; empty if the clause is about none.
    pub offences: Vec<String>,
    /// Categories of persons that records may be about; empty if about none.
    pub subject_categories: Vec<SubjectCategory>,
    /// Handling codes that records may bear, in ascending order.
    pub handling: Vec<Handling>,
    /// Time limits in the first form, which has room for those of requests only. A clause that has it has no `limits`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadlines: Option<Deadlines>,
    /// The longest retention, in days from the day of sending.
    pub retention_days_max: u32,
    /// Whether content may be passed on.
    pub onward: Onward,
    /// Officers who must sign each record.
    pub approvals: Vec<ApprovalRole>,
    /// Most records that one party may send in a day; `null` for no limit of the clause's own.
    pub records_per_day_max: Option<u32>,
    /// Time limits by the names that desks give them; left out where the clause sets none.
    #[serde(default, skip_serializing_if = "TimeLimits::is_empty")]
    pub limits: TimeLimits,
    /// The clause's text by language.
    pub text: Texts,
}

/// Whether what was received may be passed on to others.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Onward {
    /// Never.
    None,
    /// With the originator's consent for each case.
    WithConsent,
}

/// The part in which an officer signs a record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalRole {
    /// Wrote it.
    Author,
    /// Released it; never the author.
    ReleaseAuthority,
    /// Heads the delegation that agreed on it.
    HeadOfDelegation,
    /// Data protection officer.
    Dpo,
    /// Fundamental rights officer.
    FundamentalRightsOfficer,
    /// UNHCR, or the independent observer agreed in its place.
    Observer,
    /// Protection officer of the asylum or migration body.
    ProtectionOfficer,
}

impl ApprovalRole {
    /// Every role, in the order of documents.
    pub const ALL: [Self; 7] = [
        Self::Author,
        Self::ReleaseAuthority,
        Self::HeadOfDelegation,
        Self::Dpo,
        Self::FundamentalRightsOfficer,
        Self::Observer,
        Self::ProtectionOfficer,
    ];

    /// The word in documents and in what officers sign.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::ReleaseAuthority => "release_authority",
            Self::HeadOfDelegation => "head_of_delegation",
            Self::Dpo => "dpo",
            Self::FundamentalRightsOfficer => "fundamental_rights_officer",
            Self::Observer => "observer",
            Self::ProtectionOfficer => "protection_officer",
        }
    }
}

impl Agreement {
    /// Reads an agreement and checks every rule of AGR-DOC. Bytes that are not its one encoding are refused.
    pub fn parse(bytes: &[u8]) -> Result<Self, AgreementError> {
        let agreement: Self = json::parse_canonical(bytes, AGREEMENT_BYTES_MAX, "agreement")?;
        agreement.check()?;
        Ok(agreement)
    }

    /// The agreement's one encoding: these bytes are signed.
    pub fn encode(&self) -> Vec<u8> {
        json::encode(self)
    }

    /// SHA-256 of the agreement's bytes: names this version.
    pub fn hash(&self, suite: &dyn Suite) -> Hash {
        suite.sha256(&[&self.encode()])
    }

    /// The channel that this agreement founds; `None` if it is not a first version.
    pub fn channel(&self, suite: &dyn Suite) -> Option<ChannelId> {
        (self.version == 1).then(|| ChannelId::new(self.hash(suite)))
    }

    /// The clause with this id.
    pub fn clause(&self, id: &str) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.id == id)
    }

    /// The party that this agency is.
    pub fn party(&self, agency: &AgencyId) -> Option<&Party> {
        self.parties.iter().find(|party| party.agency == *agency)
    }

    /// The party with this label.
    pub fn party_labelled(&self, label: &str) -> Option<&Party> {
        self.parties.iter().find(|party| party.label == label)
    }

    /// Whether records may be sent on this day.
    pub fn is_valid_on(&self, day: Date) -> bool {
        (self.valid_from..=self.valid_until).contains(&day)
    }

    /// The caps of the urgent lane.
    pub fn urgent(&self) -> UrgentLane {
        self.lanes.unwrap_or_default().urgent
    }

    /// Most bytes of one attachment.
    pub fn attachment_bytes_max(&self) -> u64 {
        self.caps.and_then(|caps| caps.attachment_bytes_max).unwrap_or(ATTACHMENT_BYTES_DEFAULT)
    }

    /// The last day on which records that were delayed are still taken.
    pub fn late_until(&self) -> Date {
        self.valid_until.plus_days(self.late_days)
    }
}

impl Clause {
    /// Whether the clause lists the kind.
    pub fn has_kind(&self, kind: &str) -> bool {
        self.kinds.iter().any(|k| k == kind)
    }

    /// Whether the party with this label may author records of the kind.
    pub fn allows(&self, kind: &str, author_label: &str) -> bool {
        self.has_kind(kind) && self.authors.iter().any(|label| label == author_label)
    }

    /// Whether records may be about persons of this category. "None" is always allowed.
    pub fn allows_subject(&self, category: SubjectCategory) -> bool {
        category == SubjectCategory::None || self.subject_categories.contains(&category)
    }

    /// Whether records may concern this offence.
    pub fn allows_offence(&self, offence: &str) -> bool {
        self.offences.iter().any(|o| o == offence)
    }

    /// Whether records may bear this handling code.
    pub fn allows_handling(&self, code: Handling) -> bool {
        self.handling.contains(&code)
    }

    /// Whether a time limit may run from the receipt of a record under this clause: then its receipt is recorded.
    pub fn runs_from_receipt(&self) -> bool {
        !self.limits.is_empty() || self.deadlines.is_some_and(|hours| hours != Deadlines::NONE)
    }

    /// Whether an officer must sign in this part.
    pub fn requires(&self, role: ApprovalRole) -> bool {
        self.approvals.contains(&role)
    }
}

#[cfg(test)]
#[cfg(feature = "aws-lc")]
mod tests;
