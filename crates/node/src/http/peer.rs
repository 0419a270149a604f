//! The routes for partners, a file each. Which agency calls is known from the pinned TLS key.

use axum::{
    Extension, Json,
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use protocol::id::AgencyId;

use crate::{
    node::Node,
    receiving::{Answer, heads::Gap},
    transport::listener::Peer,
};

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

/// The one table of what a partner is told and what that is in HTTP (`docs/decisions/0011`).
impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self {
            Self::Receipt(note) => note.into_response(),
            Self::Taken => StatusCode::OK.into_response(),
            Self::Heads(heads) => Json(heads).into_response(),
            Self::Gap { size } => (StatusCode::CONFLICT, Json(Gap { size })).into_response(),
            Self::Nack(document) => (StatusCode::UNPROCESSABLE_ENTITY, document).into_response(),
            Self::Later => StatusCode::TOO_EARLY.into_response(),
            Self::Waiting => StatusCode::PRECONDITION_REQUIRED.into_response(),
            Self::Locked => StatusCode::LOCKED.into_response(),
            Self::Forbidden => StatusCode::FORBIDDEN.into_response(),
            Self::Unreadable => StatusCode::BAD_REQUEST.into_response(),
            Self::Unknown => StatusCode::NOT_FOUND.into_response(),
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use protocol::id::ChannelId;

    use super::*;
    use crate::receiving::heads::Heads;

    #[tokio::test]
    async fn each_answer_has_its_status_and_only_those_with_something_to_say_a_body() {
        let channel = ChannelId::new([7; 32]);
        let heads = Heads { channel, heads: vec!["a note".into()] };
        let held = format!("{{\"channel\":\"{channel}\",\"heads\":[\"a note\"]}}");
        let answers = [
            (Answer::Receipt("a receipt".into()), 200, "a receipt"),
            (Answer::Taken, 200, ""),
            (Answer::Heads(heads), 200, &held),
            (Answer::Gap { size: 12 }, 409, "{\"size\":12}"),
            (Answer::Nack(b"a nack".to_vec()), 422, "a nack"),
            (Answer::Later, 425, ""),
            (Answer::Waiting, 428, ""),
            (Answer::Locked, 423, ""),
            (Answer::Forbidden, 403, ""),
            (Answer::Unreadable, 400, ""),
            (Answer::Unknown, 404, ""),
            (Answer::Unavailable, 503, ""),
        ];
        for (answer, status, body) in answers {
            let said = answer.to_string();
            let response = answer.into_response();
            assert_eq!(response.status().as_u16(), status, "{said}");
            assert_eq!(to_bytes(response.into_body(), 1000).await.unwrap(), body, "{said}");
        }
    }
}
