//! `/v1/peers`: the other agencies.

use protocol::{id::AgencyId, text::Texts};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::words;

/// Another agency, in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PeerRow {
    /// Its id.
    #[schemars(with = "words::Id")]
    pub agency: AgencyId,
    /// Its names by language.
    #[schemars(with = "words::Texts")]
    pub names: Texts,
    /// Its country.
    pub country: String,
    /// Where its node is reached.
    pub addresses: Vec<String>,
    /// Sixty digits, to be compared with what the partner reads out.
    pub fingerprint: String,
    /// Whether somebody compared them.
    pub trusted: bool,
    /// Whether two cards on one predecessor were seen.
    pub frozen: bool,
    /// Serial of its newest card.
    pub serial: u64,
}

/// Every agency whose card is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PeerList {
    /// By id.
    pub peers: Vec<PeerRow>,
}

/// Where a card is fetched from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CardAddress {
    /// The partner's node.
    #[schemars(extend("examples" = ["https://node.example:8443"]))]
    pub address: String,
}

/// A fingerprint that two people compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// Sixty digits.
    pub fingerprint: String,
}
