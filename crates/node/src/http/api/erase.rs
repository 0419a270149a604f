//! `POST /v1/erase`: destroys a record's content here and, for an own record, orders its erasure at the partners.

use axum::{Extension, Json, extract::State};
use protocol::{
    control::{Control, Places},
    id::{AgencyId, ChannelId},
    origin::{Origin, Position},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    callers::Caller,
    fault::{Code, Fault},
    node::Node,
    records,
};

/// Which record.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erase {
    channel: ChannelId,
    /// `<agency>/<epoch>/<lane>`.
    log: String,
    index: u64,
    /// Whether the partners are ordered to erase it too: only the author of a record can.
    #[serde(default = "yes")]
    order: bool,
}

const fn yes() -> bool {
    true
}

/// Erases. When it answers, no copy in this node's folder opens any more.
pub async fn erase(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Json(erase): Json<Erase>,
) -> Result<Json<Value>, Fault> {
    let handle = node
        .channel(&erase.channel)
        .ok_or_else(|| Fault::not_found(format!("no channel {} is open here", erase.channel)).in_field("channel"))?;
    let origin = Origin::from_short(erase.channel, &erase.log)
        .map_err(|error| Fault::usage(error.to_string()).in_field("log"))?;
    let position = Position { origin, index: erase.index };
    let value = handle.value();
    let opened = records::open(&node.reader()?, &value, &position)?;
    records::check_shown(&node, &caller, &position, opened.header.thread.as_ref())?;
    caller.check_kind(Some(&opened.header.kind))?;
    if opened.header.is_protocol() {
        let message = "records of the protocol itself hold no content and stay as long as the channel";
        return Err(Fault::new(Code::Refused, message));
    }
    handle.may_sign().await?;
    let own = origin.agency == node.me;
    let places = Places { origin, indexes: vec![erase.index] };
    let control = if own && erase.order { Control::Erasure(places) } else { Control::Erased(places) };
    let ordered: Vec<AgencyId> = if own && erase.order { value.partners().collect() } else { Vec::new() };
    handle.append_with(origin.lane, vec![control], move |commit| commit.erase.push(position)).await?;
    Ok(Json(json!({ "erased": { "log": erase.log, "index": erase.index }, "ordered": ordered })))
}
