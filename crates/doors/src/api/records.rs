//! `GET /v1/records`: what this node holds, one JSON line a record; and one record whole.

use axum::{
    Extension,
    body::Bytes,
    extract::{Path, State},
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use node::{
    callers::Caller,
    fair::Exhausted,
    fault::{Code, Fault},
    names,
    node::Node,
    reading::{page::RecordQuery, record::Record},
    words::RecordState,
    work::blocking,
};
use protocol::origin::Position;

use crate::{bodies, disclosed::Shown, form::Query, problem::Failed, route::Param};

/// Query of [`list`].
pub const FILTER: &[Param] = &[
    Param::new("channel", "string", "Only of this channel"),
    Param::new("after", "integer", "Number of the last batch seen"),
    Param::new("cursor", "string", "The cursor of the last line that was read"),
    Param::new("limit", "integer", "At most so many, from 1"),
    Param::new("kind", "string", "Only of this kind: `requests.request/1`"),
    Param::word::<RecordState>("state", "Only in this state"),
];

/// Lists records in the order of their arrival here. Each line has a cursor: a list asked with it goes on behind it.
pub async fn list(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<RecordQuery>,
) -> Result<Response, Failed> {
    let room = node.memory.for_list(caller.id());
    let turn_of = node.clone();
    let turn = turn_of.memory.listing().await;
    let (text, noted) = blocking(move || {
        let (lines, noted) = node.reading.records(&caller, &query)?.into_parts();
        let mut text = Vec::new();
        for line in &lines {
            let written = serde_json::to_writer(&mut text, line);
            written.map_err(|error| Fault::new(Code::Internal, error.to_string()))?;
            text.push(b'\n');
        }
        Ok::<_, Fault>((text, noted))
    })
    .await?;
    drop(turn);
    let busy = |Exhausted| Fault::new(Code::Unavailable, Exhausted.to_string());
    let body = bodies::answer(Bytes::from(text), room).await.map_err(busy)?;
    Ok((Extension(noted), [(CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

/// The parts of a record's path.
pub type Place = (String, String, String, String, String);

/// The position that a path names.
pub fn place(node: &Node, (channel, party, epoch, lane, index): &Place) -> Result<Position, Fault> {
    names::position(&node.channels, [channel, party, epoch, lane, index])
}

/// One record with header, body, approvals and state.
pub async fn show(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<Place>,
) -> Result<Shown<Record>, Failed> {
    Ok(Shown(blocking(move || node.reading.record(&caller, &place(&node, &path)?)).await?))
}
