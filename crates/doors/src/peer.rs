//! The routes for partners, a file each. Which agency calls is known from the pinned TLS key.

use axum::{
    Extension, Json,
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use node::node::Node;
use protocol::{id::AgencyId, peer::Answer};

use crate::listener::Peer;

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

/// The one table of what a partner is told and what that is in HTTP (`docs/decisions/0011`): only a receipt, a gap and a nack
/// have a body.
pub fn respond(answer: Answer) -> Response {
    let status = match answer {
        Answer::Receipt(note) => return note.into_response(),
        Answer::Gap(gap) => return (StatusCode::CONFLICT, Json(gap)).into_response(),
        Answer::Nack(document) => return (StatusCode::UNPROCESSABLE_ENTITY, document).into_response(),
        Answer::Later => StatusCode::TOO_EARLY,
        Answer::Waiting => StatusCode::PRECONDITION_REQUIRED,
        Answer::Locked => StatusCode::LOCKED,
        Answer::Foreign => StatusCode::FORBIDDEN,
        Answer::Unreadable => StatusCode::BAD_REQUEST,
        Answer::Unknown => StatusCode::NOT_FOUND,
        Answer::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    };
    status.into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use protocol::peer::Gap;

    use super::*;

    #[tokio::test]
    async fn each_answer_has_its_status_and_only_those_with_something_to_say_a_body() {
        let answers = [
            (Answer::Receipt("a receipt".into()), 200, "a receipt"),
            (Answer::Gap(Gap { size: 12 }), 409, "{\"size\":12}"),
            (Answer::Nack(b"a nack".to_vec()), 422, "a nack"),
            (Answer::Later, 425, ""),
            (Answer::Waiting, 428, ""),
            (Answer::Locked, 423, ""),
            (Answer::Foreign, 403, ""),
            (Answer::Unreadable, 400, ""),
            (Answer::Unknown, 404, ""),
            (Answer::Unavailable, 503, ""),
        ];
        for (answer, status, body) in answers {
            let said = format!("{answer:?}");
            let response = respond(answer);
            assert_eq!(response.status().as_u16(), status, "{said}");
            assert_eq!(to_bytes(response.into_body(), 1000).await.unwrap(), body, "{said}");
        }
    }
}
