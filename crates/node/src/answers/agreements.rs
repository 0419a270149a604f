//! `/v1/agreements`, and what one party does about an agreement at work.

use protocol::{
    date::Date,
    id::{AgencyId, ChannelId, Hash, hash_hex},
    text::Texts,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    agreements::{Progress, Warning},
    words,
};

/// How far an agreement is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProgressAnswer {
    /// Names this version.
    #[serde(with = "hash_hex")]
    #[schemars(with = "words::Id")]
    pub agreement: Hash,
    /// The channel, if it is a first version.
    #[schemars(with = "Option<words::Id>")]
    pub channel: Option<ChannelId>,
    /// Parties that have not signed or not handed in their sealing key.
    #[schemars(with = "Vec<words::Id>")]
    pub missing: Vec<AgencyId>,
    /// Whether it governs a channel that is at work here.
    pub in_force: bool,
    /// What to look at again, as long as not all have signed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

/// An agreement in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AgreementRow {
    /// How far it is.
    #[serde(flatten)]
    pub progress: ProgressAnswer,
    /// Which version of its agreement.
    pub version: u32,
    /// Title by language.
    #[schemars(with = "words::Texts")]
    pub title: Texts,
    /// Its parties.
    #[schemars(with = "Vec<words::Id>")]
    pub parties: Vec<AgencyId>,
    /// The first day on which records may be sent.
    #[schemars(with = "words::Day")]
    pub valid_from: Date,
    /// The last day on which records may be sent.
    #[schemars(with = "words::Day")]
    pub valid_until: Date,
}

/// Every agreement held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AgreementList {
    /// By hash.
    pub agreements: Vec<AgreementRow>,
}

/// What came of offering a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OfferAnswer {
    /// How far the agreement is now.
    #[serde(flatten)]
    pub progress: ProgressAnswer,
    /// Parties that have the bundle now.
    #[schemars(with = "Vec<words::Id>")]
    pub reached: Vec<AgencyId>,
    /// Parties that have not.
    pub failed: Vec<NotReached>,
}

/// A party that did not take a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotReached {
    /// The party.
    #[schemars(with = "words::Id")]
    pub agency: AgencyId,
    /// Why not.
    pub message: String,
}

/// When an agreement ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Termination {
    /// The last day on which records may be sent.
    #[schemars(with = "words::Day")]
    pub last_day: Date,
}

/// The dates of a successor that differs in nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    /// The last day on which records may be sent.
    #[schemars(with = "words::Day")]
    pub valid_until: Date,
    /// The first day; the one after the last day of the version in force without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<words::Day>")]
    pub valid_from: Option<Date>,
}

impl From<Progress> for ProgressAnswer {
    fn from(progress: Progress) -> Self {
        let Progress { agreement, channel, missing, in_force, warnings } = progress;
        Self { agreement, channel, missing, in_force, warnings }
    }
}
