//! Code lists of headers and clauses.

use serde::{Deserialize, Serialize};

/// Handling code: what the receiver may not do without the provider's permission.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Handling {
    /// Only to prevent and combat crime.
    H0,
    /// Not in judicial proceedings without the provider's permission.
    H1,
    /// No dissemination without the provider's permission.
    H2,
    /// Another restriction, given as text.
    H3,
}

/// How fast the receiver is asked to act.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// In its turn.
    #[default]
    Normal,
    /// At once; needs a ground.
    Urgent,
}

/// Why a record is urgent (Directive (EU) 2023/977, articles 2 and 4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UrgencyGround {
    /// An immediate and serious threat to public security.
    PublicSecurity,
    /// An imminent threat to a person's life or physical integrity.
    ThreatToLife,
    /// A decision on detention is due.
    DetentionDecision,
    /// The information is about to lose its relevance.
    LossOfRelevance,
}

/// Grade of a statement, 4×4 (Regulation (EU) 2016/794, article 29).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// Reliability of the source.
    pub source: Source,
    /// Accuracy of the information.
    pub info: Information,
}

impl Evaluation {
    /// X/4: the grade of what nobody has graded (ACC-01).
    pub const UNGRADED: Self = Self { source: Source::X, info: Information::NotCorroborable };
}

/// Reliability of a source.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Source {
    /// No doubt.
    A,
    /// Mostly reliable.
    B,
    /// Mostly unreliable.
    C,
    /// Cannot be assessed.
    X,
}

/// Accuracy of information.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Information {
    /// 1: not in doubt.
    #[serde(rename = "1")]
    NotInDoubt,
    /// 2: known to the source, not to the official.
    #[serde(rename = "2")]
    KnownToSource,
    /// 3: not known to the source, but corroborated.
    #[serde(rename = "3")]
    Corroborated,
    /// 4: cannot be corroborated.
    #[serde(rename = "4")]
    NotCorroborable,
}

/// Category of the persons that a record is about (Directive (EU) 2016/680, article 6, and the desks' own).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectCategory {
    /// The record is about no person.
    None,
    /// A suspect.
    Suspect,
    /// A convicted person.
    Convicted,
    /// A victim.
    Victim,
    /// A witness or an informant.
    WitnessOrInformant,
    /// A contact or an associate.
    ContactOrAssociate,
    /// A missing person.
    Missing,
    /// A traveller.
    Traveller,
    /// A returnee.
    Returnee,
    /// An officer, acting as such.
    Officer,
}

/// Special categories of personal data (Directive (EU) 2016/680, article 10).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpecialCategory {
    /// Racial or ethnic origin.
    RacialOrEthnicOrigin,
    /// Political opinions.
    PoliticalOpinion,
    /// Religious or philosophical beliefs.
    ReligionOrBelief,
    /// Membership of a trade union.
    TradeUnion,
    /// Genetic data.
    Genetic,
    /// Biometric data that identify a person.
    Biometric,
    /// Health.
    Health,
    /// Sex life or sexual orientation.
    SexLife,
}

/// Traffic light label (FIRST TLP 2.0).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Tlp {
    /// Anyone.
    #[serde(rename = "CLEAR")]
    Clear,
    /// The community.
    #[serde(rename = "GREEN")]
    Green,
    /// The organisation and its clients, on a need-to-know basis.
    #[serde(rename = "AMBER")]
    Amber,
    /// The organisation only.
    #[serde(rename = "AMBER+STRICT")]
    AmberStrict,
    /// The named recipients only.
    #[serde(rename = "RED")]
    Red,
}

impl Handling {
    /// The code, such as `H1`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::H0 => "H0",
            Self::H1 => "H1",
            Self::H2 => "H2",
            Self::H3 => "H3",
        }
    }
}

impl SubjectCategory {
    /// The word in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Suspect => "suspect",
            Self::Convicted => "convicted",
            Self::Victim => "victim",
            Self::WitnessOrInformant => "witness_or_informant",
            Self::ContactOrAssociate => "contact_or_associate",
            Self::Missing => "missing",
            Self::Traveller => "traveller",
            Self::Returnee => "returnee",
            Self::Officer => "officer",
        }
    }
}

impl Urgency {
    /// Whether this is the default, which is left out of the JSON.
    pub fn is_normal(&self) -> bool {
        *self == Self::Normal
    }
}
