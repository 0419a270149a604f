//! The routes for partners, a file each. Which agency calls is known from the pinned TLS key.

use axum::http::StatusCode;
use protocol::id::AgencyId;

use crate::transport::listener::Peer;

pub mod agreements;
pub mod batches;
pub mod blobs;
pub mod card;
pub mod heads;
pub mod receipts;

/// The calling agency, or 401 for a stranger without a pinned key.
pub fn caller(peer: Peer) -> Result<AgencyId, StatusCode> {
    peer.agency.ok_or(StatusCode::UNAUTHORIZED)
}
