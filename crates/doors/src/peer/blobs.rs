//! `GET /peer/v1/blobs/{id}?offset=N`: the next bytes of an attachment's ciphertext, for a partner whose record names it.

use std::io::Read;

use axum::{
    Extension,
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use node::{attachments, fair::Exhausted, limits, node::Node, work::beside};
use protocol::id::parse_hash;
use serde::Deserialize;

use super::caller;
use crate::{bodies, listener::Peer};

/// From where on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct From {
    #[serde(default)]
    offset: u64,
}

/// Gives at most [`limits::BLOB_CHUNK_BYTES`]; empty at the end. Unknown and forbidden blobs look alike.
pub async fn chunk(
    State(node): State<Node>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    Query(from): Query<From>,
) -> Result<Response, StatusCode> {
    let partner = caller(peer)?;
    let id = parse_hash(&id).map_err(|_| StatusCode::BAD_REQUEST)?;
    let room = node.memory.for_answer(partner);
    let read = move || {
        let reader = node.reader().map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
        if !attachments::may_have(&reader, &node.channels, &id, &partner)
            .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?
        {
            return Err(StatusCode::NOT_FOUND);
        }
        let blob = node.blobs.read(&id, from.offset).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
        let mut chunk = Vec::new();
        blob.ok_or(StatusCode::NOT_FOUND)?
            .take(limits::BLOB_CHUNK_BYTES as u64)
            .read_to_end(&mut chunk)
            .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
        Ok(Bytes::from(chunk))
    };
    let chunk = beside(read).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)??;
    let body = bodies::answer(chunk, room).await.map_err(|Exhausted| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(body.into_response())
}
