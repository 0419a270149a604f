//! The gate in front of every route of the agency's port: who asks, may they, and not too often.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use node::{
    audit::{Act, Asked, Noted},
    callers::{Caller, Door, purposes::PURPOSE},
    clock,
    fault::{Code, Fault},
    node::Node,
};
use serde::Serialize;

use super::route::About;

use crate::problem::Failed;

/// What the gate of one route knows.
#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) node: Node,
    pub(crate) door: Door,
    pub(crate) about: Arc<About>,
}

/// Lets a request through to its handler, which finds the [`Caller`] among the extensions.
pub(crate) async fn pass(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let Some(scope) = gate.about.scope else { return next.run(request).await };
    let caller = match caller(&gate, request.headers()) {
        Ok(caller) => caller,
        Err(error) => {
            let challenge = [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))];
            return (challenge, Failed(error)).into_response();
        }
    };
    if let Err(seconds) = gate.node.tokens.spend(caller.id(), clock::now_ms()) {
        let error = Fault::new(Code::TooMany, format!("too many requests: wait {seconds} s, then go on slower"));
        return ([(header::RETRY_AFTER, HeaderValue::from(seconds))], Failed(error)).into_response();
    }
    if gate.about.socket_only && gate.door != Door::Socket {
        let message = "this is done at the node's own machine, through the socket in its folder";
        return Failed(Fault::new(Code::Forbidden, message)).into_response();
    }
    if let Err(error) = caller.check(scope) {
        return Failed(error).into_response();
    }
    let act = act(&gate.about, request.uri());
    let purpose = request.headers().get(PURPOSE).map(|named| String::from_utf8_lossy(named.as_bytes()).into_owned());
    // Who asks for a purpose that is not theirs is refused, and that is written down as well.
    let (caller, mut response) = match caller.clone().for_purpose(purpose.as_deref(), scope) {
        Ok(caller) => {
            request.extensions_mut().insert(caller.clone());
            (caller, next.run(request).await)
        }
        Err(error) => (caller, Failed(error).into_response()),
    };
    if !gate.about.is_audited() {
        return response;
    }
    let refused = response.extensions().get::<Fault>().and_then(|error| error.rule.clone());
    let refused = refused.map(|rule| Noted::facts(&RefusedBy { refused: rule }));
    let noted = response.extensions_mut().remove::<Noted>().or(refused);
    // Nothing is shown whose entry in the audit log is not durable.
    let entry = gate.node.audit.request(&caller, act, noted, response.status().as_u16()).await;
    match entry {
        Ok(()) => response,
        Err(error) => Failed(error).into_response(),
    }
}

/// The rule that refused what was asked for, in the audit log.
#[derive(Serialize)]
struct RefusedBy {
    refused: String,
}

/// What is asked for, as the audit log names it: of the query, the parameters that the route describes.
fn act(about: &About, uri: &Uri) -> Act {
    let pairs = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let asked = |(name, value): (&str, &str)| {
        let param = about.query.iter().find(|param| param.name == name)?;
        Some(Asked { name: param.name, value: value.to_owned(), content: param.content })
    };
    Act {
        scope: about.scope,
        route: format!("{} {}", about.method, about.path),
        target: uri.path().to_owned(),
        query: pairs.filter_map(asked).collect(),
    }
}

/// A token counts at either door; without one, the socket's own user is known.
fn caller(gate: &Gate, headers: &HeaderMap) -> Result<Caller, Fault> {
    let tokens = &gate.node.tokens;
    let unknown = |message: &str| Fault::new(Code::Unauthenticated, message);
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
