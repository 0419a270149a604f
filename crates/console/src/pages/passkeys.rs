//! Passkeys: signing in with one, registering one by a link or beside another, showing one again.

use askama::Template;
use axum::{
    Extension, Json,
    extract::{FromRequestParts, State},
    http::{HeaderMap, header, request::Parts},
    response::Response,
};
use doors::{
    host::{self, check_own_page},
    problem::Failed,
};
use node::{
    audit::By,
    callers::{
        Caller,
        passkeys::{NewPasskey, Proven},
        sessions::{Entry, Session},
    },
    fault::{Code, Fault},
    node::Node,
    people::SigningPasskey,
    work::blocking,
};
use protocol::{
    encoding::{from_base64, to_base64},
    passkey::Assertion,
};
use serde::Serialize;
use texts::say;

use super::{
    service::OwnService,
    sign_in::{enter, own_path},
};
use crate::{
    form::Said,
    page::{Shown, Then, page},
    ui::Ui,
};

/// What an authenticator is asked.
#[derive(Serialize)]
pub struct AskedFor {
    challenge: String,
    rp_id: String,
}

/// What an authenticator is asked that shall make a passkey.
#[derive(Serialize)]
pub struct AskedToMake {
    challenge: String,
    rp_id: String,
    agency: String,
    /// By which the authenticator knows whose it is: nothing that names the person.
    user: String,
    name: String,
    /// Whether it shall approve, and so never sign in.
    signs: bool,
}

/// Asks whoever signs in to sign something.
pub async fn challenge(State(node): State<Node>, headers: HeaderMap) -> Result<Json<AskedFor>, Failed> {
    check_own_page(&headers)?;
    let rp_id = host::site(&headers, &node)?.rp_id;
    let challenge = to_base64(&node.passkeys.challenge(&mut node::entropy()));
    Ok(Json(AskedFor { challenge, rp_id }))
}

/// Signs in.
pub async fn sign_in(State(node): State<Node>, headers: HeaderMap, said: Said) -> Result<Response, Failed> {
    check_own_page(&headers)?;
    let who = match proven(node.clone(), &headers, &said).await {
        Ok(who) => who,
        Err(fault) => {
            // Who tries doors leaves a trace.
            let (who, status) = (By::nobody(), doors::problem::status(fault.code).as_u16());
            node.audit.refusals.count(who, "POST /sign-in", status, node::clock::now_ms());
            return Err(fault.into());
        }
    };
    enter(&node, &headers, (&who, Entry::Passkey, "POST /sign-in"), &own_path(said.one("to"))).await
}

/// Who shows a passkey.
async fn proven(node: Node, headers: &HeaderMap, said: &Said) -> Result<Proven, Fault> {
    let site = host::site(headers, &node)?;
    let wrong = || Fault::new(Code::Unauthenticated, say!("passkey-refused"));
    let bytes = |name: &str| from_base64(said.one(name)).filter(|bytes| !bytes.is_empty()).ok_or_else(wrong);
    let challenge = bytes("challenge")?.try_into().map_err(|_| wrong())?;
    let credential = bytes("credential")?;
    let (authenticator_data, client_data, signature) =
        (bytes("authenticator_data")?, bytes("client_data")?, bytes("signature")?);
    let assertion = Assertion { authenticator_data, client_data, signature };
    blocking(move || node.passkeys.sign_in((&node, &node.people), &challenge, &site, (&credential, &assertion))).await
}

/// The page on which a person registers a passkey by a link.
#[derive(Template)]
#[template(path = "enrol.html")]
pub struct Enrol {
    ui: Ui,
    /// Whether the agency has a sign-in service of its own.
    service: bool,
}

page!(Enrol);

/// Shows it. What the link holds stands behind its `#`, which no browser sends.
pub async fn show(Extension(service): Extension<OwnService>, ui: Ui) -> Shown<Enrol> {
    Shown::plain(Enrol { ui, service: service.is_there() })
}

/// Asks whoever has a link to make a passkey.
pub async fn begin(State(node): State<Node>, headers: HeaderMap, said: Said) -> Result<Json<AskedToMake>, Failed> {
    check_own_page(&headers)?;
    let person = node.passkeys.invited(said.one("link"))?;
    to_make(&node, &headers, &person).map(Json).map_err(Failed)
}

/// Registers the passkey and signs in with that.
pub async fn enrol(State(node): State<Node>, headers: HeaderMap, said: Said) -> Result<Response, Failed> {
    check_own_page(&headers)?;
    let (site, challenge, new) = (host::site(&headers, &node)?, said_challenge(&said)?, made(&headers, &said)?);
    let (work, link) = (node.clone(), said.one("link").to_owned());
    let who = blocking(move || work.passkeys.enrol(&work, (&link, &challenge), &site, new)).await?;
    enter(&node, &headers, (&who, Entry::Passkey, "POST /enrol"), "/").await
}

/// Asks whoever is signed in to make a further passkey.
pub async fn begin_another(
    State(node): State<Node>,
    Extension(session): Extension<Session>,
    headers: HeaderMap,
) -> Result<Json<AskedToMake>, Failed> {
    to_make(&node, &headers, &session.person).map(Json).map_err(Failed)
}

/// Registers it.
pub async fn add(
    State(node): State<Node>,
    Fresh(session): Fresh,
    headers: HeaderMap,
    said: Said,
) -> Result<Then, Failed> {
    let (site, challenge, new) = (host::site(&headers, &node)?, said_challenge(&said)?, made(&headers, &said)?);
    let who = Proven { confirms_from_ms: session.seat.confirms_from_ms, person: session.person };
    blocking(move || node.passkeys.add(&node, who, &challenge, &site, new)).await?;
    Ok(Then::to("/me"))
}

/// Asks to make a passkey that approves records. It never signs in.
pub async fn begin_signing(
    State(node): State<Node>,
    Extension(session): Extension<Session>,
    headers: HeaderMap,
) -> Result<Json<AskedToMake>, Failed> {
    let asked = to_make(&node, &headers, &session.person)?;
    // Another account for the authenticator, so that it keeps both.
    let user = to_base64(format!("{}/signs", session.person).as_bytes());
    Ok(Json(AskedToMake { user, signs: true, ..asked }))
}

/// Registers it. It approves once an administrator has enrolled it in a channel.
pub async fn add_signing(
    State(node): State<Node>,
    Fresh(session): Fresh,
    headers: HeaderMap,
    said: Said,
) -> Result<Then, Failed> {
    let (site, challenge, new) = (host::site(&headers, &node)?, said_challenge(&said)?, made(&headers, &said)?);
    blocking(move || {
        let registered = node.passkeys.register(&challenge, &site, &new)?;
        let signing = SigningPasskey {
            credential: registered.credential,
            algorithm: registered.key.algorithm,
            public: registered.key.bytes,
            origin: site.origin,
            rp_id: site.rp_id,
        };
        node.people.add_signing_passkey(&node, &session.person, signing)
    })
    .await?;
    Ok(Then::to("/me"))
}

/// Takes one away.
pub async fn remove(State(node): State<Node>, Fresh(session): Fresh, said: Said) -> Result<Then, Failed> {
    let credential = from_base64(said.one("credential")).unwrap_or_default();
    blocking(move || node.passkeys.remove(&node, &session.person, &credential)).await?;
    Ok(Then::to("/me"))
}

/// Notes that the person showed a passkey again.
pub async fn confirm(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Extension(session): Extension<Session>,
    headers: HeaderMap,
    said: Said,
) -> Result<Then, Failed> {
    if proven(node.clone(), &headers, &said).await?.person != session.person {
        return Err(Fault::new(Code::Forbidden, say!("passkey-refused")).into());
    }
    node.sessions.confirm(caller.id(), node::clock::now_ms());
    Ok(Then::to(own_path(said.one("to"))))
}

/// The page on which a passkey is shown again.
#[derive(Template)]
#[template(path = "confirm.html")]
pub struct Confirm {
    ui: Ui,
    to: String,
}

page!(Confirm);

/// Asks for it.
pub async fn ask(ui: Ui, uri: axum::http::Uri) -> Shown<Confirm> {
    let to = own_path(Said::of_query(uri.query().unwrap_or_default()).one("to"));
    Shown::plain(Confirm { ui, to })
}

/// Somebody who showed a passkey just now: who has not is refused before what can't be undone.
pub struct Fresh(pub Session);

impl<S: Send + Sync> FromRequestParts<S> for Fresh {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failed> {
        let ended = || Fault::new(Code::Unauthenticated, say!("session-ended"));
        let session = parts.extensions.get::<Session>().cloned().ok_or_else(ended)?;
        check_confirmed(&session)?;
        Ok(Self(session))
    }
}

/// Where a passkey is shown first, to come back to a page, if it was not shown just now.
pub fn to_confirm(session: &Session, page: &str) -> Option<String> {
    let page: String = form_urlencoded::byte_serialize(page.as_bytes()).collect();
    (!session.is_confirmed(node::clock::now_ms())).then(|| format!("/confirm?to={page}"))
}

/// What is missing where a passkey must be shown again.
pub const CONFIRMED: &str = "passkey";

/// Refuses to whoever has not shown a passkey just now, where an act's form keeps what it says or only some acts ask for it; else
/// [`Fresh`] does.
///
/// # Errors
/// [`Code::Forbidden`], with where to show it.
pub fn check_confirmed(session: &Session) -> Result<(), Fault> {
    match session.is_confirmed(node::clock::now_ms()) {
        true => Ok(()),
        false => Err(Fault::new(Code::Forbidden, say!("confirm-first")).in_field(CONFIRMED)),
    }
}

fn to_make(node: &Node, headers: &HeaderMap, person: &str) -> Result<AskedToMake, Fault> {
    let rp_id = host::site(headers, node)?.rp_id;
    let known = node.people.by_id(person)?;
    Ok(AskedToMake {
        challenge: to_base64(&node.passkeys.challenge(&mut node::entropy())),
        rp_id,
        agency: node.config.names.values().next().cloned().unwrap_or_default(),
        user: to_base64(known.id.as_bytes()),
        name: known.about.name,
        signs: false,
    })
}

fn said_challenge(said: &Said) -> Result<[u8; 32], Fault> {
    let wrong = || Fault::usage(say!("challenge-over")).in_field("challenge");
    from_base64(said.one("challenge")).ok_or_else(wrong)?.try_into().map_err(|_| wrong())
}

fn made(headers: &HeaderMap, said: &Said) -> Result<NewPasskey, Fault> {
    let wrong = || Fault::usage(say!("challenge-over")).in_field("client_data");
    let bytes = |name: &str| from_base64(said.one(name)).ok_or_else(wrong);
    let browser = headers.get(header::USER_AGENT).and_then(|name| name.to_str().ok()).unwrap_or_default();
    let name = said.some("name").unwrap_or(browser).to_owned();
    Ok(NewPasskey { authenticator_data: bytes("authenticator_data")?, client_data: bytes("client_data")?, name })
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Enrol { ui, service });
    sample!(Confirm { ui, to });
}
