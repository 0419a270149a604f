//! The gate in front of every route of the agency's port: who asks, may they, and not too often.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    access::{Caller, Door},
    error::{ApiError, Code},
    route::About,
};
use crate::{audit::Noted, clock, node::Node};

/// What the gate of one route knows.
#[derive(Clone)]
pub(super) struct Gate {
    pub(super) node: Node,
    pub(super) door: Door,
    pub(super) about: Arc<About>,
}

/// Lets a request through to its handler, which finds the [`Caller`] among the extensions.
pub(super) async fn pass(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let Some(scope) = gate.about.scope else { return next.run(request).await };
    let caller = match caller(&gate, request.headers()) {
        Ok(caller) => caller,
        Err(error) => {
            let challenge = [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))];
            return (challenge, error).into_response();
        }
    };
    if let Err(seconds) = gate.node.tokens.spend(caller.id(), clock::now_ms()) {
        let error = ApiError::new(Code::TooMany, format!("too many requests: wait {seconds} s, then go on slower"));
        return ([(header::RETRY_AFTER, HeaderValue::from(seconds))], error).into_response();
    }
    if gate.about.socket_only && gate.door != Door::Socket {
        let message = "this is done at the node's own machine, through the socket in its folder";
        return ApiError::new(Code::Forbidden, message).into_response();
    }
    if let Err(error) = caller.check(scope) {
        return error.into_response();
    }
    let (method, uri) = (request.method().clone(), request.uri().clone());
    // Who asks for a purpose that is not theirs is refused, and that is written down as well.
    let (caller, mut response) = match caller.clone().for_purpose(request.headers(), scope) {
        Ok(caller) => {
            request.extensions_mut().insert(caller.clone());
            (caller, next.run(request).await)
        }
        Err(error) => (caller, error.into_response()),
    };
    if !gate.about.is_audited() {
        return response;
    }
    let refused = response.extensions().get::<ApiError>().and_then(|error| error.rule.clone());
    let refused = refused.map(|rule| Noted::facts(json!({ "refused": rule })));
    let noted = response.extensions_mut().remove::<Noted>().or(refused);
    // Nothing is shown whose entry in the audit log is not durable.
    let entry = gate.node.audit.request(&caller, &gate.about, (&method, &uri), noted, response.status()).await;
    match entry {
        Ok(()) => response,
        Err(error) => error.into_response(),
    }
}

/// A token counts at either door; without one, the socket's own user is known.
fn caller(gate: &Gate, headers: &HeaderMap) -> Result<Caller, ApiError> {
    let tokens = &gate.node.tokens;
    let unknown = |message: &str| ApiError::new(Code::Unauthenticated, message);
    match (headers.get(header::AUTHORIZATION), gate.door) {
        (None, Door::Socket) => Ok(Caller::socket(tokens.any())),
        (None, Door::Port) => {
            Err(unknown("send `Authorization: Bearer TOKEN`; `mithaq token new` on the node's machine makes a token"))
        }
        (Some(value), _) => value
            .to_str()
            .ok()
            .and_then(|value| value.strip_prefix("Bearer "))
            .and_then(|text| tokens.find(text.trim(), clock::now_ms()))
            .map(Caller::token)
            .ok_or_else(|| unknown("the token is wrong, expired or revoked: ask for a new one")),
    }
}
