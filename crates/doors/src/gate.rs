//! The gate in front of every route of the agency's port: who asks, may they, and not too often.

use std::{borrow::Cow, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use node::{
    audit::{Act, Asked, By, Noted},
    callers::{Caller, Door, Scope, is_set_up, purposes::PURPOSE, sessions::Session},
    clock,
    fault::{Code, Fault},
    node::Node,
};
use serde::Serialize;
use texts::{Message, say};

use crate::{
    cookie, host,
    problem::Failed,
    route::{About, Effect},
    seat::Seat,
};

/// What the gate of one route knows.
#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) node: Node,
    pub(crate) door: Door,
    pub(crate) about: Arc<About>,
}

/// Lets a request through to its handler, which finds the [`Caller`] among the extensions.
pub(crate) async fn pass(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let described = check_query(&gate.about, request.uri());
    let Some(scope) = gate.about.scope else {
        return match described {
            Ok(()) => next.run(request).await,
            Err(error) => Failed(error).into_response(),
        };
    };
    let caller = match let_in(&gate, request.headers(), scope) {
        Ok((caller, session)) => {
            if let Some(session) = session {
                request.extensions_mut().insert(session);
            }
            caller
        }
        Err(turned_away) => return turned_away.answer(&gate),
    };
    if let Some(seat) = request.extensions().get::<Seat>() {
        seat.belongs_to(caller.id());
    }
    let purpose = request.headers().get(PURPOSE).map(|named| String::from_utf8_lossy(named.as_bytes()).into_owned());
    // Who asks for a purpose that is not theirs is refused, and that is written down as well.
    let (caller, refused) = match caller.clone().for_purpose(purpose.as_deref(), scope) {
        Ok(caller) => (caller, described.err()),
        Err(error) => (caller, Some(error)),
    };
    request.extensions_mut().insert(caller.clone());
    if !gate.about.is_audited() {
        return match refused {
            None => next.run(request).await,
            Some(error) => Failed(error).into_response(),
        };
    }
    // Whoever hangs up can't undo what they began, so it is done to its end and written down: the connection does not own
    // this task.
    match tokio::spawn(audited(gate, caller, refused, request, next)).await {
        Ok(response) => response,
        Err(error) => Failed(Fault::new(Code::Internal, say!("task-failed", error = %error))).into_response(),
    }
}

/// Answers a request whose caller was let in, between its entries in the audit log.
async fn audited(gate: Gate, caller: Caller, refused: Option<Fault>, request: Request, next: Next) -> Response {
    let act = act(&gate.about, request.uri());
    let mut begun = None;
    if refused.is_none() && gate.about.effect == Effect::Acts {
        begun = match gate.node.audit.begin(&caller, &act).await {
            Ok(number) => Some(number),
            Err(error) => return Failed(error).into_response(),
        };
    }
    let mut response = match refused {
        None => next.run(request).await,
        Some(error) => Failed(error).into_response(),
    };
    let rule = response.extensions().get::<Fault>().and_then(|error| error.rule.clone());
    let noted = response.extensions_mut().remove::<Noted>();
    let noted = noted.or(rule.map(|rule| Noted::facts(&RefusedBy { refused: rule })));
    // Nothing is shown whose entry in the audit log is not durable.
    match gate.node.audit.request(&caller, &act, noted, begun, response.status().as_u16()).await {
        Ok(()) => response,
        Err(error) => Failed(error).into_response(),
    }
}

/// The rule that refused what was asked for, in the audit log.
#[derive(Serialize)]
struct RefusedBy {
    refused: String,
}

/// A request that reaches no handler.
struct TurnedAway {
    /// Who asked.
    who: By,
    fault: Fault,
    /// What the answer's head says beside.
    header: Option<(HeaderName, HeaderValue)>,
}

impl TurnedAway {
    /// Counts it, so that who tries doors leaves a trace, and answers.
    fn answer(self, gate: &Gate) -> Response {
        let About { method, path, .. } = &*gate.about;
        let mut response = Failed(self.fault).into_response();
        let status = response.status().as_u16();
        gate.node.audit.refusals.count(self.who, &format!("{method} {path}"), status, clock::now_ms());
        response.headers_mut().extend(self.header);
        response
    }
}

/// Who asks, if they may and not too often.
fn let_in(gate: &Gate, headers: &HeaderMap, scope: Scope) -> Result<(Caller, Option<Session>), TurnedAway> {
    let (caller, session) = caller(gate, headers).map_err(|fault| {
        let challenge = (header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        TurnedAway { who: By::nobody(), fault, header: Some(challenge) }
    })?;
    let turn_away = |fault, header| TurnedAway { who: By::caller(&caller), fault, header };
    if let Err(seconds) = gate.node.tokens.spend(caller.id(), clock::now_ms()) {
        let fault = Fault::new(Code::TooMany, say!("too-many-requests", seconds = seconds));
        return Err(turn_away(fault, Some((header::RETRY_AFTER, HeaderValue::from(seconds)))));
    }
    if gate.about.socket_only && gate.door != Door::Socket {
        let message = say!("own-machine-only");
        return Err(turn_away(Fault::new(Code::Forbidden, message), None));
    }
    match caller.check(scope) {
        Ok(()) => Ok((caller, session)),
        Err(fault) => Err(turn_away(fault, None)),
    }
}

/// That the query has only parameters that the route describes: one that is misspelt would narrow nothing.
fn check_query(about: &About, uri: &Uri) -> Result<(), Fault> {
    let asked = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let described: Vec<&str> = about.query.iter().map(|param| param.name).collect();
    for (name, _) in asked {
        if !described.contains(&&*name) {
            let there_are = match &described[..] {
                [] => say!("parameters-none"),
                names => say!("parameters-are", names = names.to_vec()),
            };
            return Err(Fault::usage(say!("no-such-parameter", name = %format!("{name:?}"), there_are = there_are))
                .in_field(name));
        }
    }
    Ok(())
}

/// What is asked for, as the audit log names it: of the query, the parameters that the route describes, read as their
/// handler reads them.
fn act(about: &About, uri: &Uri) -> Act {
    let asked = |(name, value): (Cow<'_, str>, Cow<'_, str>)| {
        let param = about.query.iter().find(|param| param.name == name)?;
        Some(Asked { name: param.name, value: value.into_owned(), content: param.content })
    };
    Act {
        scope: about.scope,
        route: format!("{} {}", about.method, about.path),
        target: uri.path().to_owned(),
        query: form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).filter_map(asked).collect(),
    }
}

/// A token counts at the port and at the socket; without one, the socket's own user is known. A page is asked for with the cookie of
/// a session, and with nothing else: what a program may do with a token, no page of a browser does with it.
fn caller(gate: &Gate, headers: &HeaderMap) -> Result<(Caller, Option<Session>), Fault> {
    let tokens = &gate.node.tokens;
    let unknown = |message: Message| Fault::new(Code::Unauthenticated, message);
    match (headers.get(header::AUTHORIZATION), gate.door) {
        (_, Door::Page) => {
            let is_read = gate.about.method == Method::GET;
            if !is_read {
                host::check_own_page(headers)?;
            }
            // What scripts read by themselves is no use of the session by its person.
            let is_by_script = is_read && host::is_by_script(headers);
            let session = cookie::session(headers, &gate.node)
                .and_then(|text| gate.node.sessions.find(tokens, &text, clock::now_ms(), !is_by_script))
                .ok_or_else(|| Fault::new(Code::Unauthenticated, say!("session-ended")))?;
            Ok((Caller::token(Arc::clone(&session.seat)), Some(session)))
        }
        (None, Door::Socket) => Ok((Caller::socket(is_set_up(tokens, &gate.node.passkeys)), None)),
        (None, Door::Port) => Err(unknown(say!("token-not-sent"))),
        (Some(value), _) => value
            .to_str()
            .ok()
            .and_then(|value| value.strip_prefix("Bearer "))
            .and_then(|text| tokens.find(text.trim(), clock::now_ms()))
            .map(|token| (Caller::token(token), None))
            .ok_or_else(|| unknown(say!("token-is-wrong"))),
    }
}
