//! `POST /v1/check`: verifies all that this node holds.

use std::io;

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use node::{
    answers::status::CheckLine,
    check, clock,
    fault::{ErrorBody, Fault},
    limits,
    node::Node,
    work::{beside, blocking},
};
use serde::Deserialize;
use tokio::sync::mpsc;

use super::attachments::Chunks;
use crate::{
    form::Query,
    problem::{Failed, language},
    route::Param,
};

/// How it is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Whether the answer says on its way how far it is.
    #[serde(default)]
    progress: bool,
}

/// Query of [`run`].
pub const ASKED: &[Param] =
    &[Param::new("progress", "boolean", "Answer in JSON lines: `entries` checked `of` how many, and the report last")];

/// Runs the whole check and reports, in the caller's language.
pub async fn run(State(node): State<Node>, headers: HeaderMap, Query(asked): Query<Asked>) -> Result<Response, Failed> {
    let language = language(&headers);
    if !asked.progress {
        let report = blocking(move || check::run(&node, &node.channels, &node.auditors, |_, _| {})).await?;
        return Ok(Json(report.said_in(language)).into_response());
    }
    let (lines, receiver) = mpsc::channel(limits::CHECK_LINES_AHEAD);
    drop(beside(move || {
        let mut told_ms = clock::now_ms();
        let report = check::run(&node, &node.channels, &node.auditors, |entries, of| {
            if clock::now_ms().saturating_sub(told_ms) >= limits::CHECK_TELL_MS {
                told_ms = clock::now_ms();
                // A reader that is behind or gone misses a line, not the check.
                let _ = lines.try_send(line(&CheckLine::Progress { entries, of }));
            }
        });
        let _ = lines.blocking_send(match report {
            Ok(report) => line(&CheckLine::Done(report.said_in(language))),
            Err(error) => line(&CheckLine::Failed(ErrorBody { error: Fault::from(error).said_in(language) })),
        });
    }));
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], Body::new(Chunks { chunks: receiver, stopped: None }))
        .into_response())
}

fn line(value: &CheckLine) -> io::Result<Bytes> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line.into())
}
