//! `GET /v1/status`: who this node is, where it listens and what it waits for.

use axum::{Json, extract::State};
use node::{answers::status::Status, node::Node};

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
