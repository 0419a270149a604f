//! `POST /peer/v1/heads`: a partner shows the signed heads it holds, and is shown those held here.

use axum::{
    Extension, Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::caller;
use crate::{node::Node, receiving::heads::Heads, transport::listener::Peer};

/// Takes what the partner shows and answers with the heads of every log held here.
pub async fn show(
    State(node): State<Node>,
    Extension(peer): Extension<Peer>,
    Json(heads): Json<Heads>,
) -> Result<Response, StatusCode> {
    Ok(node.receiving.take_heads(caller(peer)?, heads).await.into_response())
}
