//! Signing in by the agency's own sign-in service, where `node.toml` names one: to it and back.
//!
//! What is begun there goes with the browser, sealed, in a cookie for the way back alone. The way back is the only page that another
//! site may lead to.

use std::{fs, sync::Arc};

use askama::Template;
use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::Response,
};
use doors::{
    cookie,
    form::Query,
    host::{self, check_own_page, is_encrypted},
    problem::Failed,
};
use node::{
    audit::By,
    callers::{
        passkeys::Proven,
        sessions::{Entry, Session},
    },
    fault::{Code, Fault},
    node::Node,
    work::blocking,
};
use openid::{Begun, Drawn, Returned, Service, Settings};
use protocol::{
    encoding::{from_base64, to_base64},
    suite::random_32,
};
use serde::{Deserialize, Serialize};
use texts::say;
use zeroize::Zeroizing;

use super::{
    passkeys::Fresh,
    sign_in::{Wanted, begin_session, own_path},
};
use crate::{
    form::Said,
    page::{Then, html, page},
    rows::person,
    ui::Ui,
};

/// Where the service sends browsers back to.
const BACK: &str = "/sign-in/return";

/// The agency's own sign-in service, if there is one.
#[derive(Clone)]
pub struct OwnService(Option<Arc<Service>>);

impl OwnService {
    /// The one that `node.toml` names. Nothing is asked of it yet.
    ///
    /// # Errors
    /// A file that `node.toml` names can't be read, or what it says can't be used.
    pub fn of(node: &Node) -> Result<Self, Fault> {
        let Some(named) = &node.config.sign_in else { return Ok(Self(None)) };
        let read = |path: &std::path::Path| {
            fs::read(path).map_err(|error| {
                let problem = format!("{}: {error}", path.display());
                Fault::usage(say!("sign-in-settings", problem = problem))
            })
        };
        let secret = named.secret_file.as_deref().map(read).transpose()?.map(Zeroizing::new);
        let secret = secret.map(|bytes| Zeroizing::new(String::from_utf8_lossy(&bytes).trim().to_owned()));
        let settings = Settings {
            issuer: named.issuer.clone(),
            client_id: named.client_id.clone(),
            secret,
            acr: named.acr.clone(),
            roots_pem: read(&named.ca_file)?,
        };
        let service = Service::new(settings).map_err(|error| Fault::usage(error.message()))?;
        Ok(Self(Some(Arc::new(service))))
    }

    /// Whether there is one.
    pub const fn is_there(&self) -> bool {
        self.0.is_some()
    }

    fn get(&self) -> Result<&Service, Fault> {
        self.0.as_deref().ok_or_else(|| Fault::not_found(say!("no-sign-in-service")))
    }
}

/// For what somebody was sent to the service.
#[derive(Debug, Serialize, Deserialize)]
enum Why {
    /// To be let in.
    SignIn,
    /// To be let in from now on, by a one-time link.
    Link(String),
    /// To be let in by it as well as by passkey: from this seat, in which this person sits.
    Add { seat: String, person: String, confirms_from_ms: u64 },
}

/// What the browser carries to the service and back.
#[derive(Serialize, Deserialize)]
struct Carried {
    begun: Begun,
    why: Why,
    to: String,
}

/// The page that leads to another one at once: over it a browser shows what only this site may ask for.
#[derive(Template)]
#[template(path = "onward.html")]
pub struct Onward {
    ui: Ui,
    to: String,
    /// As whom the browser is let in then.
    name: Option<String>,
    /// Whether it leads to the service.
    away: bool,
}

page!(Onward);

/// Leads to the service, to be let in.
pub async fn begin(
    State(node): State<Node>,
    Extension(service): Extension<OwnService>,
    headers: HeaderMap,
    ui: Ui,
    Query(Wanted { to }): Query<Wanted>,
) -> Result<Response, Failed> {
    lead(&node, (&service, &headers), Why::SignIn, (own_path(&to), ui)).await
}

/// Leads to the service, to be let in by it from now on, by a link.
pub async fn enrol(
    State(node): State<Node>,
    Extension(service): Extension<OwnService>,
    headers: HeaderMap,
    ui: Ui,
    said: Said,
) -> Result<Response, Failed> {
    check_own_page(&headers)?;
    let why = Why::Link(said.one("link").to_owned());
    lead(&node, (&service, &headers), why, ("/".to_owned(), ui)).await
}

/// Leads to the service, to be let in by it as well.
pub async fn add(
    State(node): State<Node>,
    Extension(service): Extension<OwnService>,
    Fresh(session): Fresh,
    headers: HeaderMap,
    ui: Ui,
) -> Result<Response, Failed> {
    let Session { seat, person, .. } = session;
    let why = Why::Add { seat: seat.id.clone(), person, confirms_from_ms: seat.confirms_from_ms };
    lead(&node, (&service, &headers), why, ("/me".to_owned(), ui)).await
}

/// Takes the account away from whoever is signed in.
pub async fn remove(State(node): State<Node>, Fresh(session): Fresh) -> Result<Then, Failed> {
    blocking(move || node.passkeys.leave_account(&node, &session.person)).await?;
    Ok(Then::to("/me"))
}

async fn lead(
    node: &Node,
    (service, headers): (&OwnService, &HeaderMap),
    why: Why,
    (to, ui): (String, Ui),
) -> Result<Response, Failed> {
    // A link that does not count asks nothing of the service.
    let name = match &why {
        Why::SignIn => None,
        Why::Link(link) => Some(person(node, &node.passkeys.invited(link)?)),
        Why::Add { person: id, .. } => Some(person(node, id)),
    };
    let entropy = &mut node::entropy();
    let drawn = Drawn { state: random_32(entropy), nonce: random_32(entropy), verifier: random_32(entropy) };
    let back = format!("{}{BACK}", host::site(headers, node)?.origin);
    let (address, begun) = service.get()?.begin(&back, &drawn).await.map_err(|error| failed(&error))?;
    let sealed = node.passkeys.seal_begun(&Carried { begun, why, to })?;
    let cookie = cookie::carry(node, &to_base64(&sealed), is_encrypted(headers, node), BACK)?;
    Ok(onward(Onward { ui, to: address, name, away: true }, [cookie]))
}

/// Lets in whoever comes back from the service, if it says who it is.
pub async fn back(
    State(node): State<Node>,
    Extension(service): Extension<OwnService>,
    headers: HeaderMap,
    ui: Ui,
    uri: Uri,
) -> Result<Response, Failed> {
    match returned(&node, &service, &headers, &uri).await {
        Ok((who, to)) => {
            let forget = cookie::carry(&node, "", is_encrypted(&headers, &node), BACK)?;
            let Some(who) = who else { return Ok(onward(Onward { ui, to, name: None, away: false }, [forget])) };
            let cookie = begin_session(&node, &headers, (&who, Entry::Account, "GET /sign-in/return")).await?;
            Ok(onward(Onward { ui, to, name: None, away: false }, [forget, cookie]))
        }
        Err(fault) => {
            // As with passkeys: who tries doors leaves a trace.
            let (who, status) = (By::nobody(), doors::problem::status(fault.code).as_u16());
            node.audit.refusals.count(who, "GET /sign-in/return", status, node::clock::now_ms());
            Err(fault.into())
        }
    }
}

/// Whom the service names, if somebody is to be let in, and where to go then.
async fn returned(
    node: &Node,
    service: &OwnService,
    headers: &HeaderMap,
    uri: &Uri,
) -> Result<(Option<Proven>, String), Fault> {
    let over = || Fault::new(Code::Conflict, say!("sign-in-over"));
    let carried = cookie::carried(headers, node).and_then(|text| from_base64(&text)).ok_or_else(over)?;
    let Carried { begun, why, to } = node.passkeys.open_begun(&carried)?;
    let account = service.get()?.finish(&begun, &brought(uri)).await.map_err(|error| failed(&error))?.0;
    let work = node.clone();
    let who = blocking(move || match why {
        Why::SignIn => work.passkeys.sign_in_by((&work, &work.people), &account).map(Some),
        Why::Link(link) => work.passkeys.bind_by_link(&work, &link, account).map(Some),
        Why::Add { seat, person, confirms_from_ms } => {
            // Who signed out meanwhile, or lost the passkeys to an administrator, adds nothing.
            if !work.sessions.lasts(&work.tokens, &seat, node::clock::now_ms()) {
                return Err(Fault::new(Code::Conflict, say!("sign-in-over")));
            }
            work.passkeys.bind(&work, &Proven { person, confirms_from_ms }, account).map(|_| None)
        }
    });
    Ok((who.await?, to))
}

/// What the browser brings back.
fn brought(uri: &Uri) -> Returned {
    let said = Said::of_query(uri.query().unwrap_or_default());
    let one = |name: &str| said.some(name).map(str::to_owned);
    Returned { code: one("code"), state: one("state").unwrap_or_default(), iss: one("iss"), error: one("error") }
}

/// The page with these cookies.
fn onward<const N: usize>(page: Onward, cookies: [header::HeaderValue; N]) -> Response {
    let mut response = html(StatusCode::OK, &page);
    response.headers_mut().extend(cookies.map(|cookie| (header::SET_COOKIE, cookie)));
    response
}

/// What the person reads; the log of the node has the rest.
fn failed(error: &openid::Error) -> Fault {
    tracing::warn!(%error, "nobody was let in by the sign-in service");
    let code = match error {
        openid::Error::Unreachable { .. } => Code::Unavailable,
        openid::Error::Settings(_) => Code::Usage,
        openid::Error::Refused(_) | openid::Error::Unfit(_) => Code::Forbidden,
    };
    Fault::new(code, error.message())
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Onward { ui, to, name, away });
}
