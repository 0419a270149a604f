//! `POST /peer/v1/receipts`: a partner that pulled a batch gives its receipt.

use axum::{
    Extension,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::caller;
use crate::{node::Node, transport::listener::Peer};

/// Takes a receipt. The same receipt again changes nothing.
pub async fn take(
    State(node): State<Node>,
    Extension(peer): Extension<Peer>,
    note: String,
) -> Result<Response, StatusCode> {
    Ok(node.receiving.take_receipt(caller(peer)?, note).await.into_response())
}
