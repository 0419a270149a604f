//! `POST /peer/v1/statements`: a partner looks for the threads in which its account of a cut differs from the own one.

use axum::{
    Extension,
    body::Bytes,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use node::{db::SUITE, node::Node, work::beside};
use protocol::{
    json,
    limits::BISECT_RANGES_MAX,
    statement::bisect::{Findings, Question},
};

use super::caller;
use crate::listener::Peer;

/// Says what lies in ranges of the threads at the cut of a statement of the channel. Any other cut is nobody's question.
pub async fn describe(
    State(node): State<Node>,
    Extension(peer): Extension<Peer>,
    body: Bytes,
) -> Result<Response, StatusCode> {
    let from = caller(peer)?;
    let question = Question::decode(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    if question.ranges.len() > BISECT_RANGES_MAX {
        return Err(StatusCode::BAD_REQUEST);
    }
    let handle = node.channels.shared_with(&question.statement.origin.channel, &from).ok_or(StatusCode::NOT_FOUND)?;
    let work = move || {
        let unavailable = |_| StatusCode::SERVICE_UNAVAILABLE;
        let row = node.threads.rows.told_at(&question.statement).map_err(unavailable)?.ok_or(StatusCode::NOT_FOUND)?;
        let digests = node.statements.digests(&handle, &row).map_err(unavailable)?;
        let digests = digests.ok_or(StatusCode::TOO_EARLY)?;
        let found = question.ranges.iter().map(|range| digests.describe(SUITE, range)).collect();
        Ok::<_, StatusCode>(json::encode(&Findings { found }))
    };
    let found = beside(work).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)??;
    Ok(([(CONTENT_TYPE, "application/json")], found).into_response())
}
