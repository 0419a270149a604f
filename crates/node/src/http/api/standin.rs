//! `POST /v1/standin`: an officer's order stands in for a partner that stays silent after a start.

use axum::{Json, extract::State};
use protocol::{
    channel::Channel,
    id::{AgencyId, ChannelId},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    db::SUITE,
    fault::{Code, Fault},
    node::Node,
};

/// For whom, in which channel.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandIn {
    channel: ChannelId,
    agency: AgencyId,
}

/// Stops waiting for the partner. Nobody showed what was signed before, so a new epoch opens.
pub async fn stand_in(State(node): State<Node>, Json(order): Json<StandIn>) -> Result<Json<Value>, Fault> {
    let handle = node
        .channel(&order.channel)
        .ok_or_else(|| Fault::not_found(format!("no channel {} is open here", order.channel)))?;
    if !handle.value().waiting().contains(&order.agency) {
        let message = "the channel does not wait for this agency: no order is needed";
        return Err(Fault::new(Code::Conflict, message).in_field("agency"));
    }
    let step =
        move |value: &Channel| value.waiting().contains(&order.agency).then(|| value.stand_in(SUITE, order.agency));
    handle.step(step).await?;
    Ok(Json(json!({ "epoch": handle.value().own_log(protocol::origin::Lane::Main).epoch })))
}
