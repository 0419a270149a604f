//! `POST /peer/v1/receipts`: a partner that pulled a batch gives its receipt.

use axum::{Extension, extract::State, http::StatusCode};
use protocol::{origin::Origin, tlog::Note};

use super::caller;
use crate::{node::Node, transport::listener::Peer, writer::WriteError};

/// Takes a receipt. The same receipt again changes nothing.
pub async fn take(
    State(node): State<Node>,
    Extension(peer): Extension<Peer>,
    note: String,
) -> Result<StatusCode, StatusCode> {
    let from = caller(peer)?;
    let origin: Origin = Note::parse(&note)
        .ok()
        .and_then(|note| note.text.lines().next().and_then(|line| line.parse().ok()))
        .ok_or(StatusCode::BAD_REQUEST)?;
    let channel = node
        .channel(&origin.channel)
        .filter(|channel| channel.value().parties().contains_key(&from))
        .ok_or(StatusCode::NOT_FOUND)?;
    match channel.take_receipt(from, note).await {
        Ok(()) => Ok(StatusCode::OK),
        Err(WriteError::NotReceipted(error)) => {
            tracing::warn!(partner = %from, %error, "receipt not taken");
            Err(StatusCode::FORBIDDEN)
        }
        Err(_) => Err(StatusCode::SERVICE_UNAVAILABLE),
    }
}
