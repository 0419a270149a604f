//! `GET /v1/evidence/…`: the evidence file of one record, and that of a missed deadline, for anybody to check offline.

use axum::{
    Extension,
    extract::{Path, Query, State},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use protocol::{header::ThreadId, origin::Lane, statement::ThreadKey};
use serde::Deserialize;

use super::{
    channels,
    records::{Place, place},
    uses::recipient,
};
use crate::{
    audit::Noted,
    callers::Caller,
    evidence::{self, ExportedFor},
    fault::{Code, Fault},
    http::route::Param,
    node::Node,
    work::blocking,
};

/// What the file is for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct For {
    #[serde(default)]
    r#use: ExportedFor,
    to: Option<String>,
}

/// Query of [`export`].
pub const FOR: &[Param] = &[
    Param::new("use", "string", "`verify` (as without it), `oversight`, `court` or `office`"),
    Param::new("to", "string", "With court and office: which proceedings, which office; never a person"),
];

/// Exports the evidence file.
pub async fn export(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<Place>,
    Query(For { r#use, to }): Query<For>,
) -> Result<Response, Fault> {
    let to = recipient(to, matches!(r#use, ExportedFor::Court | ExportedFor::Office))?;
    if r#use == ExportedFor::Oversight && !caller.oversees() {
        let message = format!("{} does not watch over the exchange: say use=verify, court or office", caller.role());
        return Err(Fault::new(Code::Forbidden, message).in_field("use"));
    }
    let (handle, position) = place(&node, &path)?;
    let (file, noted) = blocking(move || evidence::export(&node, &caller, &handle, &position, (r#use, to))).await?;
    Ok(download(file, noted, &format!("{}-{}", &path.1[..path.1.len().min(8)], path.4)))
}

/// In which lane the thread lives.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Within {
    #[serde(default = "main_lane")]
    lane: Lane,
}

/// Query of [`missed`].
pub const WITHIN: &[Param] = &[Param::new("lane", "string", "The lane in which the thread lives; main without it")];

/// Exports the file of a missed deadline.
pub async fn missed(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path((channel, thread)): Path<(String, String)>,
    Query(within): Query<Within>,
) -> Result<Response, Fault> {
    let handle = channels::find(&node, &channel)?;
    let id: ThreadId =
        thread.parse().map_err(|_| Fault::usage("a thread is 32 lower-case hexadecimal digits").in_field("thread"))?;
    let key = ThreadKey { thread: id, lane: within.lane };
    let (file, noted) = blocking(move || evidence::missed(&node, &caller, &handle.value(), key)).await?;
    Ok(download(file, noted, &format!("missed-{id}")))
}

const fn main_lane() -> Lane {
    Lane::Main
}

pub(super) fn download(file: Vec<u8>, noted: Noted, name: &str) -> Response {
    let name = format!("attachment; filename=\"{name}.mithaq\"");
    let headers = [(CONTENT_TYPE, "application/octet-stream".to_owned()), (CONTENT_DISPOSITION, name)];
    (Extension(noted), headers, file).into_response()
}
