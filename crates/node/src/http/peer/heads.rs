//! `POST /peer/v1/heads`: a partner shows the signed heads it holds, and is shown those held here.

use axum::{Extension, Json, extract::State, http::StatusCode};

use super::caller;
use crate::{
    node::Node,
    sync::{self, Heads},
    transport::listener::Peer,
};

/// Takes what the partner shows and answers with the heads of every log held here.
pub async fn show(
    State(node): State<Node>,
    Extension(peer): Extension<Peer>,
    Json(heads): Json<Heads>,
) -> Result<Json<Heads>, StatusCode> {
    let from = caller(peer)?;
    let channel = node
        .channel(&heads.channel)
        .filter(|channel| channel.value().parties().contains_key(&from))
        .ok_or(StatusCode::NOT_FOUND)?;
    sync::shown(&node, &channel, from, heads.heads).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(Json(sync::held_heads(&channel.value())))
}
