//! `/v1/audit`: the audit log, its head, and auditors' countersignatures on it.

use axum::{
    Extension, Json,
    body::Bytes,
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use node::{
    answers::audit::{AuditHead, AuditLine, AuditorList, Countersignatures, Countersigned, EndHold, HoldList},
    audit::{self, Hold, LogUse, Noted},
    auditors::{self, Auditor},
    callers::Caller,
    fault::Fault,
    limits,
    node::Node,
    wording,
    work::blocking,
};
use protocol::tlog::Note;
use serde::Deserialize;
use texts::say;

use crate::{
    form::{Query, Strict},
    problem::Failed,
    route::Param,
};

/// Query of [`list`].
pub const FROM: &[Param] = &[
    Param::word::<LogUse>("use", "What for (LOG-03)").required(),
    Param::new("from", "integer", "Number of the first entry"),
    Param::new("limit", "integer", "At most so many entries, from 1"),
];

/// Query of [`head`].
pub const SINCE: &[Param] = &[Param::new("since", "integer", "Size that the proof of consistency begins at")];

/// Which entries.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct From {
    r#use: LogUse,
    #[serde(default)]
    from: u64,
    #[serde(default = "most")]
    limit: u32,
}

const fn most() -> u32 {
    limits::AUDIT_LINES_MAX
}

/// Lists entries, one JSON line each: `entry` is what was written, `salt` what its commitment is salted with.
pub async fn list(State(node): State<Node>, Query(query): Query<From>) -> Result<Response, Failed> {
    let text = blocking(move || {
        let lines = audit::lines(&node, &node.protection, query.from, query.limit)?;
        let line = |line: &AuditLine| format!("{}\n", serde_json::to_string(line).unwrap_or_default());
        Ok::<_, Fault>(lines.iter().map(line).collect::<String>())
    })
    .await?;
    let noted = Noted::default().why(query.r#use.name());
    Ok((Extension(noted), [(CONTENT_TYPE, "application/x-ndjson")], text).into_response())
}

/// What procedures need of the log.
pub async fn holds(State(node): State<Node>) -> Result<Json<HoldList>, Failed> {
    Ok(blocking(move || Ok::<_, Fault>(Json(HoldList { holds: node.audit.holds.list(&node.reader()?)? }))).await?)
}

/// Keeps entries for a procedure beyond their three years.
pub async fn hold(State(node): State<Node>, Strict(hold): Strict<Hold>) -> Result<Json<HoldList>, Failed> {
    Ok(blocking(move || Ok::<_, Fault>(Json(HoldList { holds: node.audit.holds.keep(&node, hold)? }))).await?)
}

/// Ends a procedure's hold.
pub async fn end_hold(State(node): State<Node>, Strict(end): Strict<EndHold>) -> Result<Json<HoldList>, Failed> {
    Ok(blocking(move || Ok::<_, Fault>(Json(HoldList { holds: node.audit.holds.end(&node, &end.procedure)? }))).await?)
}

/// From which size the proof begins.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Since {
    #[serde(default)]
    since: u64,
}

/// The head of the log, signed now, with the proof that it continues an earlier one.
pub async fn head(State(node): State<Node>, Query(query): Query<Since>) -> Result<Json<AuditHead>, Failed> {
    Ok(blocking(move || {
        let checkpoint = audit::signed_head(&node)?;
        // The second line of a checkpoint is its size.
        let size = checkpoint.lines().nth(1).and_then(|size| size.parse().ok()).unwrap_or_default();
        let proof: Vec<String> = auditors::consistency(&node, query.since, size)?.iter().map(hex::encode).collect();
        Ok::<_, Fault>(Json(AuditHead { agency: node.me, checkpoint, size, proof }))
    })
    .await?)
}

/// Every countersignature kept, the smallest log first.
pub async fn countersigned(State(node): State<Node>) -> Result<Json<Countersignatures>, Failed> {
    Ok(blocking(move || {
        let reader = node.reader()?;
        let checkpoint = audit::kept_head_note(&reader)?;
        Ok::<_, Fault>(Json(Countersignatures { countersigned: node.auditors.notes(&reader)?, checkpoint }))
    })
    .await?)
}

/// Keeps a countersignature.
pub async fn countersign(State(node): State<Node>, note: String) -> Result<Json<Countersigned>, Failed> {
    Note::parse(&note).map_err(|error| Fault::usage(say!("not-a-countersignature", error = wording::note(error))))?;
    Ok(blocking(move || {
        let signed = node.auditors.keep(&node, &note)?;
        Ok::<_, Fault>(Json(Countersigned {
            size: signed.checkpoint().size,
            time_ms: signed.time_s().saturating_mul(1000),
        }))
    })
    .await?)
}

/// The registered auditors.
pub async fn auditors(State(node): State<Node>) -> Json<AuditorList> {
    Json(AuditorList { auditors: node.auditors.list().to_vec(), newest_ms: node.auditors.newest_ms() })
}

/// Registers an auditor by its public file.
pub async fn register(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    file: Bytes,
) -> Result<Json<Auditor>, Failed> {
    let file = auditors::PublicFile::parse(&file)?;
    Ok(Json(blocking(move || node.administration.register_auditor(&caller, file)).await?))
}
