//! `/v1/audit`: the audit log, its head, and auditors' countersignatures on it.

use axum::{
    Json,
    extract::{Query, State},
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use protocol::tlog::Note;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    audit, auditors,
    fault::{Code, Fault},
    http::route::Param,
    limits,
    node::Node,
    work::blocking,
};

/// Query of [`list`].
pub const FROM: &[Param] = &[
    Param::new("from", "integer", "Number of the first entry"),
    Param::new("limit", "integer", "At most so many entries"),
];

/// Query of [`head`].
pub const SINCE: &[Param] = &[Param::new("since", "integer", "Size that the proof of consistency begins at")];

/// Which entries.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct From {
    #[serde(default)]
    from: u64,
    #[serde(default = "most")]
    limit: u32,
}

const fn most() -> u32 {
    limits::AUDIT_LINES_MAX
}

/// Lists entries, one JSON line each: `entry` is the text whose SHA-256 is the log's entry.
pub async fn list(State(node): State<Node>, Query(query): Query<From>) -> Result<Response, Fault> {
    let text = blocking(move || {
        let entries = node.reader()?.audit_from(query.from, query.limit.min(limits::AUDIT_LINES_MAX))?;
        let line = |entry: store::AuditEntry| {
            format!("{}\n", json!({ "index": entry.index, "entry": String::from_utf8_lossy(&entry.entry) }))
        };
        Ok::<_, Fault>(entries.into_iter().map(line).collect::<String>())
    })
    .await?;
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], text).into_response())
}

/// From which size the proof begins.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Since {
    #[serde(default)]
    since: u64,
}

/// The head of the log, signed now, with the proof that it continues an earlier one.
pub async fn head(State(node): State<Node>, Query(query): Query<Since>) -> Result<Json<Value>, Fault> {
    blocking(move || {
        let checkpoint = audit::signed_head(&node)?;
        // The second line of a checkpoint is its size.
        let size = checkpoint.lines().nth(1).and_then(|size| size.parse().ok()).unwrap_or_default();
        let proof: Vec<String> = auditors::consistency(&node, query.since, size)?.iter().map(hex::encode).collect();
        Ok::<_, Fault>(Json(json!({ "agency": node.me, "checkpoint": checkpoint, "size": size, "proof": proof })))
    })
    .await
}

/// Every countersignature kept, the smallest log first.
pub async fn countersigned(State(node): State<Node>) -> Result<Json<Value>, Fault> {
    blocking(move || {
        let reader = node.reader()?;
        let head = audit::kept_head_note(&reader)?;
        Ok::<_, Fault>(Json(json!({ "countersigned": node.auditors.notes(&reader)?, "checkpoint": head })))
    })
    .await
}

/// Keeps a countersignature.
pub async fn countersign(State(node): State<Node>, note: String) -> Result<Json<Value>, Fault> {
    Note::parse(&note).map_err(|error| Fault::usage(format!("not a countersignature: {error}")))?;
    blocking(move || {
        let signed = node.auditors.keep(&node, &note)?;
        Ok::<_, Fault>(Json(json!({ "size": signed.checkpoint().size, "time_s": signed.time_s() })))
    })
    .await
}

/// The registered auditors.
pub async fn auditors(State(node): State<Node>) -> Json<Value> {
    Json(json!({ "auditors": *node.auditors.list(), "newest_ms": node.auditors.newest_ms() }))
}

/// Registers an auditor by its public file.
pub async fn register(State(node): State<Node>, file: axum::body::Bytes) -> Result<Json<Value>, Fault> {
    let file = auditors::PublicFile::parse(&file)?;
    let auditor = node.auditors.add(&node, file.keys)?;
    serde_json::to_value(auditor).map(Json).map_err(|error| Fault::new(Code::Internal, error.to_string()))
}
