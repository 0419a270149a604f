//! `POST /peer/v1/receipts`: a partner that pulled a batch gives its receipt.

use axum::{
    Extension,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use node::node::Node;

use super::{caller, respond};
use crate::listener::Peer;

/// Takes a receipt. The same receipt again changes nothing.
pub async fn take(
    State(node): State<Node>,
    Extension(peer): Extension<Peer>,
    note: String,
) -> Result<Response, StatusCode> {
    let taken = node.receiving.take_receipt(caller(peer)?, note).await;
    Ok(taken.map_or_else(respond, |()| StatusCode::OK.into_response()))
}
