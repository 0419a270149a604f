//! `/v1/card/rotate`: the next card.

use std::path::PathBuf;

use protocol::{id::AgencyId, text::Texts};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::words;

/// What the next card is made from.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCard {
    /// The text of the file of next keys, brought back from its offline place: the node opens no file that a caller names.
    #[schemars(with = "String", extend("writeOnly" = true))]
    pub next_keys: Zeroizing<String>,
    /// The node's passphrase.
    #[schemars(with = "String", extend("writeOnly" = true))]
    pub passphrase: Zeroizing<String>,
    /// The passphrase of the file of next keys; without it, it is the node's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("writeOnly" = true))]
    pub next_passphrase: Option<Zeroizing<String>>,
    /// The agency's names by language; without them they stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<words::Texts>")]
    pub names: Option<Texts>,
    /// Where the node is reached; without them they stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addresses: Option<Vec<String>>,
}

/// The next card is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CardRotated {
    /// The agency.
    #[schemars(with = "words::Id")]
    pub agency: AgencyId,
    /// The new card's serial.
    pub serial: u64,
    /// The new file of next keys.
    pub next_keys_file: PathBuf,
    /// What to do now.
    pub message: String,
}
