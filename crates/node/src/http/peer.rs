//! The routes for partners, a file each. Which agency calls is known from the pinned TLS key.

use axum::{
    Extension,
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use protocol::id::AgencyId;

use crate::{node::Node, transport::listener::Peer};

pub mod agreements;
pub mod batches;
pub mod blobs;
pub mod card;
pub mod heads;
pub mod receipts;
pub mod statements;

/// The calling agency, or 401 for a stranger without a pinned key.
pub fn caller(peer: Peer) -> Result<AgencyId, StatusCode> {
    peer.agency.ok_or(StatusCode::UNAUTHORIZED)
}

/// Exchanges nothing while no auditor's key is registered (AUD-01). Agreements may be signed before.
pub async fn only_audited(State(node): State<Node>, request: Request, next: Next) -> Response {
    if node.auditors.any() || request.uri().path() == "/peer/v1/agreements" {
        return next.run(request).await;
    }
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

/// Turns strangers away before anything of their request is read: its body could be large.
pub async fn only_partners(Extension(peer): Extension<Peer>, request: Request, next: Next) -> Response {
    match caller(peer) {
        Ok(_) => next.run(request).await,
        Err(status) => status.into_response(),
    }
}
