//! `POST /peer/v1/heads`: a partner shows the signed heads it holds, and is shown those held here.

use axum::{
    Extension, Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use node::node::Node;
use protocol::peer::Heads;

use super::{caller, respond};
use crate::listener::Peer;

/// Takes what the partner shows and answers with the heads of every log held here.
pub async fn show(
    State(node): State<Node>,
    Extension(peer): Extension<Peer>,
    Json(heads): Json<Heads>,
) -> Result<Response, StatusCode> {
    let held = node.receiving.take_heads(caller(peer)?, heads).await;
    Ok(held.map_or_else(respond, |held| Json(held).into_response()))
}
