//! `/v1/channels`: channels and their logs.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    agreement::Agreement,
    id::{AgencyId, ChannelId, Hash, hash_hex},
    origin::Origin,
    text::Texts,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::words;

/// A channel as it stands.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ChannelRow {
    /// Its id.
    #[schemars(with = "words::Id")]
    pub channel: ChannelId,
    /// The version that governs what this agency writes now.
    #[serde(with = "hash_hex")]
    #[schemars(with = "words::Id")]
    pub agreement: Hash,
    /// That version's title by language.
    #[schemars(with = "Option<words::Texts>")]
    pub title: Option<Texts>,
    /// Whether records cross.
    pub state: ChannelState,
    /// Why nothing is signed any more, if that is so.
    pub frozen: Option<String>,
    /// Partners that have not shown the signed heads they hold since this node started.
    #[schemars(with = "BTreeSet<words::Id>")]
    pub waiting_for: BTreeSet<AgencyId>,
    /// The logs of all parties. Where records are hidden from offices none is listed for them: a length would count those.
    pub logs: Vec<LogRow>,
    /// The parties.
    #[schemars(with = "Vec<words::Id>")]
    pub parties: Vec<AgencyId>,
    /// The same by the labels with which the agreement calls them.
    #[schemars(with = "BTreeMap<String, words::Id>")]
    pub labels: BTreeMap<String, AgencyId>,
    /// The text of that version; only where one channel is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<words::Agreement>")]
    pub agreement_json: Option<Agreement>,
}

impl ChannelRow {
    /// How the agreement calls a party.
    pub fn label_of(&self, party: &AgencyId) -> Option<&str> {
        self.labels.iter().find(|(_, called)| *called == party).map(|(label, _)| label.as_str())
    }
}

/// Whether records cross.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChannelState {
    /// They do.
    Open,
    /// Not before partners have shown what they hold.
    Waiting,
    /// Not any more: two histories of a log were seen.
    Frozen,
}

/// A log of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogRow {
    /// Its name.
    #[schemars(with = "words::Origin")]
    pub origin: Origin,
    /// Number of its entries.
    pub size: u64,
    /// Up to which size who has receipted it.
    #[schemars(with = "BTreeMap<String, u64>")]
    pub receipted: BTreeMap<AgencyId, u64>,
}
