//! `GET /v1/records`: what this node holds, one JSON line a record; and one record whole.

use axum::{
    Extension, Json,
    extract::{Path, Query, State},
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use protocol::{encoding::to_base64, id::ChannelId, origin::Position};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json, value::RawValue};
use tokio::task::spawn_blocking;

use crate::{
    arrivals::Arrivals,
    audit::{self, Noted},
    callers::Caller,
    channel::ChannelHandle,
    fault::{Code, Fault},
    http::route::Param,
    limits,
    node::Node,
    records,
    uses::{self, Used},
    work::blocking,
};

/// Which records.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    channel: Option<ChannelId>,
    /// Number of the last batch seen, by order of arrival here.
    #[serde(default)]
    after: u64,
    /// The `cursor` of the last line that was read.
    cursor: Option<String>,
    limit: Option<usize>,
    kind: Option<String>,
    state: Option<String>,
}

/// Query of [`list`].
pub const FILTER: &[Param] = &[
    Param::new("channel", "string", "Only of this channel"),
    Param::new("after", "integer", "Number of the last batch seen"),
    Param::new("cursor", "string", "The cursor of the last line that was read"),
    Param::new("limit", "integer", "At most so many"),
    Param::new("kind", "string", "Only of this kind"),
    Param::new("state", "string", "Only in this state"),
];

/// Lists records in the order of their arrival here. Each line has a cursor: a list asked with it goes on behind it.
pub async fn list(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Query(filter): Query<Filter>,
) -> Result<Response, Fault> {
    let (text, listed) = spawn_blocking(move || collect(&node, &caller, &filter))
        .await
        .map_err(|_| Fault::new(Code::Internal, "listing was interrupted"))??;
    let noted = Noted::facts(json!({ "listed": listed }));
    Ok((Extension(noted), [(CONTENT_TYPE, "application/x-ndjson")], text).into_response())
}

/// A record and where a list goes on behind it.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    record: &'a records::Listed,
    cursor: String,
    /// When its batch arrived here, microseconds since 1970.
    arrived: u64,
}

fn collect(node: &Node, caller: &Caller, filter: &Filter) -> Result<(String, usize), Fault> {
    let limit = filter.limit.unwrap_or(usize::MAX);
    let cursor = filter.cursor.as_deref().map(read_cursor).transpose()?;
    // The batch that the cursor stands in may have more records behind it.
    let after = cursor.map_or(filter.after, |(arrival, _)| arrival.saturating_sub(1));
    let reader = node.reader()?;
    let mut arrivals = Arrivals::between(node, filter.channel, after, u64::MAX)?;
    let mut text = String::new();
    let mut found = 0;
    while found < limit
        && text.len() < limits::LIST_BYTES_MAX
        && let Some((handle, arrival)) = arrivals.take()?
    {
        for (record, place) in records::list(&reader, &handle.value(), &arrival.stored)?.iter().zip(0..) {
            let wanted = cursor.is_none_or(|cursor| (arrival.number, place) > cursor)
                && record.shows(node, caller)
                && filter.kind.as_deref().is_none_or(|kind| record.kind() == Some(kind))
                && filter.state.as_deref().is_none_or(|state| record.state() == state);
            if wanted && found < limit {
                found += 1;
                let cursor = format!("{}.{place}", arrival.number);
                let line = Line { record, cursor, arrived: arrival.arrived_us };
                text.push_str(&serde_json::to_string(&line).unwrap_or_default());
                text.push('\n');
            }
        }
    }
    Ok((text, found))
}

/// Number of a batch in the order of arrival, and a place in it.
fn read_cursor(text: &str) -> Result<(u64, u64), Fault> {
    text.split_once('.')
        .and_then(|(arrival, place)| Some((arrival.parse().ok()?, place.parse().ok()?)))
        .ok_or_else(|| Fault::usage("a cursor is the `cursor` of a line, as it was given").in_field("cursor"))
}

/// The parts of a record's path.
pub type Place = (String, String, String, String, String);

/// The channel and position that a path names.
pub fn place(
    node: &Node,
    (channel, party, epoch, lane, index): &Place,
) -> Result<(std::sync::Arc<ChannelHandle>, Position), Fault> {
    let position = records::position(channel, party, epoch, lane, index)?;
    let handle = node
        .channel(&position.origin.channel)
        .ok_or_else(|| Fault::not_found(format!("no channel {channel} is open here")))?;
    Ok((handle, position))
}

/// One record with header, body, approvals and state.
pub async fn show(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<Place>,
) -> Result<(Extension<Noted>, Json<Value>), Fault> {
    blocking(move || whole(&node, &caller, &path)).await
}

fn whole(node: &Node, caller: &Caller, path: &Place) -> Result<(Extension<Noted>, Json<Value>), Fault> {
    let (handle, position) = place(node, path)?;
    let channel = handle.value();
    let reader = node.reader()?;
    records::check_quarantine(&reader, caller, &position)?;
    let marks: Vec<_> = reader.marks(&position)?.into_iter().map(|mark| mark.state).collect();
    let state = records::state(&channel, &position, &marks);
    let opened = records::open(&reader, &channel, &position)?;
    records::check_shown(node, caller, &position, opened.header.thread.as_ref())?;
    caller.check_kind(Some(&opened.header.kind))?;
    let allowed = uses::consult(node, caller, Used { handle: &handle, position: &position, header: &opened.header })?;
    let header: Box<RawValue> = serde_json::from_slice(&opened.header_bytes)
        .map_err(|error| Fault::new(Code::NotVerified, format!("the record's header: {error}")))?;
    let mut shown = json!({
        "header": header,
        "approvals": String::from_utf8_lossy(&opened.approvals),
        "state": state,
        "time": opened.time,
    });
    let noted = audit::shown(&opened.secret, &opened.header_bytes, &opened.body).under(&allowed);
    match String::from_utf8(opened.body) {
        Ok(text) => shown["body"] = text.into(),
        Err(bytes) => shown["body_base64"] = to_base64(bytes.as_bytes()).into(),
    }
    Ok((Extension(noted), Json(shown)))
}
