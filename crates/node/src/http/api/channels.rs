//! Channels: their logs, who has receipted how much, and the agreement in force.

use axum::{
    Json,
    extract::{Path, State},
};
use protocol::id::ChannelId;
use serde_json::{Value, json};

use crate::{channel::ChannelHandle, fault::Fault, node::Node};

/// Every channel.
pub async fn list(State(node): State<Node>) -> Json<Value> {
    Json(node.channels().iter().map(|channel| describe(channel)).collect())
}

/// One channel, with the agreement that governs its logs.
pub async fn show(State(node): State<Node>, Path(channel): Path<String>) -> Result<Json<Value>, Fault> {
    let handle = find(&node, &channel)?;
    let value = handle.value();
    let mut shown = describe(&handle);
    let governing = value.governing(&value.own_log(protocol::origin::Lane::Main));
    if let Some(version) = value.version(&governing) {
        shown["agreement_json"] = serde_json::to_value(&version.agreement).unwrap_or_default();
    }
    Ok(Json(shown))
}

/// A channel by the id in a path.
pub fn find(node: &Node, channel: &str) -> Result<std::sync::Arc<ChannelHandle>, Fault> {
    let id: ChannelId = channel.parse().map_err(|error| Fault::usage(format!("{channel}: {error}")))?;
    node.channel(&id).ok_or_else(|| Fault::not_found(format!("no channel {id} is open here")))
}

fn describe(handle: &ChannelHandle) -> Value {
    let value = handle.value();
    let governing = value.governing(&value.own_log(protocol::origin::Lane::Main));
    let state = match (value.frozen(), value.waiting().is_empty()) {
        (Some(_), _) => "frozen",
        (None, false) => "waiting",
        (None, true) => "open",
    };
    let logs: Vec<Value> = value
        .logs()
        .map(|(origin, log)| json!({ "origin": origin, "size": log.size(), "receipted": log.receipts() }))
        .collect();
    let version = value.version(&governing);
    json!({
        "channel": value.id(),
        "agreement": hex::encode(governing),
        "title": version.map(|version| &version.agreement.title),
        "state": state,
        "frozen": value.frozen().map(|frozen| frozen.to_string()),
        "waiting_for": value.waiting(),
        "logs": logs,
        "parties": value.parties().keys().collect::<Vec<_>>(),
    })
}
