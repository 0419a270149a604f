//! `GET /v1/status`: who this node is, where it listens and what it waits for.

use std::collections::BTreeSet;

use axum::{Json, extract::State};
use protocol::id::{AgencyId, ChannelId};
use serde::{Deserialize, Serialize};

use crate::node::Node;

/// The state of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The agency.
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
    pub waiting_for: BTreeSet<AgencyId>,
    /// Channels in which nothing is signed because two histories of a log were seen.
    pub frozen: Vec<ChannelId>,
    /// Agencies that are not let in because two cards on one predecessor were seen.
    pub frozen_agencies: Vec<AgencyId>,
}

/// Shows the state of the node.
pub async fn show(State(node): State<Node>) -> Json<Status> {
    let channels: Vec<_> = node.channels().iter().map(|channel| channel.value()).collect();
    let frozen_agencies =
        node.peers.list().iter().filter(|peer| peer.frozen).map(|peer| *peer.chain.agency()).collect();
    Json(Status {
        agency: node.me,
        country: node.cards().current().country.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        peer: node.config.peer_listen.to_string(),
        api: node.config.api_listen.to_string(),
        channels: channels.len(),
        waiting_for: channels.iter().flat_map(|channel| channel.waiting()).copied().collect(),
        frozen: channels.iter().filter(|channel| channel.frozen().is_some()).map(|channel| channel.id()).collect(),
        frozen_agencies,
    })
}
