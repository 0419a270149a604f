//! Channels: their logs, who has receipted how much, and the agreement in force.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use node::{
    answers::channels::{ChannelRow, ChannelState, LogRow},
    callers::Caller,
    channel::ChannelHandle,
    fault::Fault,
    names,
    node::Node,
};
use protocol::{
    channel::Log,
    origin::{Lane, Origin},
};

use crate::problem::Failed;

/// Every channel.
pub async fn list(State(node): State<Node>, Extension(caller): Extension<Caller>) -> Json<Vec<ChannelRow>> {
    Json(node.channels().iter().map(|channel| describe(&node, &caller, channel)).collect())
}

/// One channel, with the agreement that governs its logs.
pub async fn show(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(channel): Path<String>,
) -> Result<Json<ChannelRow>, Failed> {
    let handle = find(&node, &channel)?;
    let value = handle.value();
    let mut shown = describe(&node, &caller, &handle);
    shown.agreement_json = value.version(&shown.agreement).map(|version| version.agreement.clone());
    Ok(Json(shown))
}

/// The channel that a path names.
pub fn find(node: &Node, channel: &str) -> Result<std::sync::Arc<ChannelHandle>, Fault> {
    names::channel(&node.channels, channel)
}

fn describe(node: &Node, caller: &Caller, handle: &ChannelHandle) -> ChannelRow {
    let value = handle.value();
    let governing = value.governing(&value.own_log(Lane::Main));
    let state = match (value.frozen(), value.waiting().is_empty()) {
        (Some(_), _) => ChannelState::Frozen,
        (None, false) => ChannelState::Waiting,
        (None, true) => ChannelState::Open,
    };
    let log = |(origin, log): (&Origin, &Log)| LogRow {
        origin: *origin,
        size: log.size(),
        receipted: log.receipts().clone(),
    };
    ChannelRow {
        channel: value.id(),
        agreement: governing,
        title: value.version(&governing).map(|version| version.agreement.title.clone()),
        state,
        frozen: value.frozen().map(|frozen| frozen.to_string()),
        waiting_for: value.waiting().clone(),
        logs: value.logs().filter(|_| node.protection.shows_sizes(caller, &value)).map(log).collect(),
        parties: value.parties().keys().copied().collect(),
        labels: value.parties().keys().filter_map(|party| Some((names::label(&value, party)?, *party))).collect(),
        agreement_json: None,
    }
}
