//! `GET /v1/evidence/…`: the evidence file of one record, or of what remains when its content is gone, and that of a missed
//! deadline, for anybody to check offline.

use axum::{
    Extension,
    extract::{Path, State},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use node::{
    audit::Noted,
    callers::Caller,
    node::Node,
    reading::evidence::{ExportQuery, Exported, ExportedFor},
    words,
    work::blocking,
};
use protocol::{origin::Lane, statement::ThreadKey};
use serde::Deserialize;

use super::{
    channels,
    records::{Place, place},
    threads::thread_id,
};
use crate::{form::Query, problem::Failed, route::Param};

/// The media type of a file of a record whose content is gone.
pub const ENTRY: &str = "application/vnd.mithaq.entry";

/// Query of [`export`].
pub const FOR: &[Param] = &[
    Param::word::<ExportedFor>("use", "What for; `verify` without it"),
    Param::new(
        "to",
        "string",
        "Required with the uses `court` and `office`, and only with them: which proceedings, which office; never a person",
    ),
];

/// Exports the evidence file.
pub async fn export(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<Place>,
    Query(query): Query<ExportQuery>,
) -> Result<Response, Failed> {
    let name = format!("{}-{}", path.1.get(..8).unwrap_or(&path.1), path.4);
    let file = blocking(move || node.reading.evidence(&caller, &place(&node, &path)?, query)).await?;
    let (Exported { bytes, content }, noted) = file.into_parts();
    Ok(match content {
        true => download(bytes, noted, &name),
        false => typed(ENTRY, bytes, noted, &format!("{name}-without-content")),
    })
}

/// In which lane the thread lives.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Within {
    #[serde(default = "main_lane")]
    lane: Lane,
}

/// Query of [`missed`].
pub const WITHIN: &[Param] =
    &[Param::word::<words::Lane>("lane", "The lane in which the thread lives; main without it")];

/// Exports the file of a missed deadline.
pub async fn missed(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path((channel, thread)): Path<(String, String)>,
    Query(within): Query<Within>,
) -> Result<Response, Failed> {
    let channel = channels::find(&node, &channel)?.id();
    let key = ThreadKey { thread: thread_id(&thread)?, lane: within.lane };
    let (file, noted) = blocking(move || node.reading.missed(&caller, &channel, key)).await?.into_parts();
    Ok(download(file, noted, &format!("missed-{}", key.thread)))
}

const fn main_lane() -> Lane {
    Lane::Main
}

pub(super) fn download(file: Vec<u8>, noted: Noted, name: &str) -> Response {
    typed("application/octet-stream", file, noted, name)
}

fn typed(media_type: &'static str, file: Vec<u8>, noted: Noted, name: &str) -> Response {
    let name = format!("attachment; filename=\"{name}.mithaq\"");
    let headers = [(CONTENT_TYPE, media_type.to_owned()), (CONTENT_DISPOSITION, name)];
    (Extension(noted), headers, file).into_response()
}
