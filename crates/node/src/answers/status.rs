//! `/v1/health`, `/v1/status`, `/v1/standin`, `/v1/check`: the node itself.

use std::collections::BTreeSet;

use protocol::id::{AgencyId, ChannelId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{check::Report, fault::ErrorBody, words};

/// The node answers, and its store can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    /// Always true: what is not well is answered with an error.
    pub ok: bool,
}

/// The state of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// The agency.
    #[schemars(with = "words::Id")]
    pub agency: AgencyId,
    /// Its country.
    pub country: String,
    /// The program's version.
    pub version: String,
    /// The process.
    pub pid: u32,
    /// Where partners are listened to, as configured.
    pub peer: String,
    /// Where the agency itself is listened to, as configured.
    pub api: String,
    /// Number of channels.
    pub channels: usize,
    /// Partners that have not shown, in some channel, the signed heads they hold since this node started.
    #[schemars(with = "BTreeSet<words::Id>")]
    pub waiting_for: BTreeSet<AgencyId>,
    /// Channels in which nothing is signed because two histories of a log were seen.
    #[schemars(with = "Vec<words::Id>")]
    pub frozen: Vec<ChannelId>,
    /// Agencies that are not let in because two cards on one predecessor were seen.
    #[schemars(with = "Vec<words::Id>")]
    pub frozen_agencies: Vec<AgencyId>,
}

/// For whom an officer's order stands in, in which channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StandIn {
    /// The channel.
    #[schemars(with = "words::Id")]
    pub channel: ChannelId,
    /// The partner that stays silent.
    #[schemars(with = "words::Id")]
    pub agency: AgencyId,
}

/// The channel waits for the partner no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StoodIn {
    /// The epoch of the own logs from here on.
    pub epoch: u32,
}

/// A line of a check that tells how far it is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum CheckLine {
    /// It goes on.
    Progress {
        /// Entries checked.
        entries: u64,
        /// Of how many.
        of: u64,
    },
    /// It broke off.
    Failed(ErrorBody),
    /// It is over.
    Done(Report),
}
