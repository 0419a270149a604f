//! Signing in and out, and what a browser keeps of its user's likes.

use askama::Template;
use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use doors::{
    cookie,
    form::Query,
    host::{check_own_page, is_encrypted},
    problem::Failed,
};
use node::{
    audit::Act,
    callers::{Caller, Scope, passkeys::Proven, sessions::Entry},
    fault::Fault,
    node::Node,
    work::blocking,
};
use serde::Deserialize;
use texts::say;

use super::service::OwnService;
use crate::{
    form::Said,
    page::{Shown, page},
    rows::person,
    ui::{CALENDAR, LANGUAGE, THEME, Ui},
};

/// How long a browser keeps what its user likes: a year.
const LIKES_SECONDS: u64 = 365 * 24 * 3600;

/// Query of the page that asks to sign in.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    /// Where to go then.
    #[serde(default)]
    pub to: String,
}

/// The page that asks to sign in.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignIn {
    ui: Ui,
    to: String,
    /// Where the agency's own sign-in service is asked, if it has one.
    service: Option<String>,
}

page!(SignIn);

/// Asks to sign in.
pub async fn show(
    Extension(service): Extension<OwnService>,
    ui: Ui,
    Query(Wanted { to }): Query<Wanted>,
) -> Shown<SignIn> {
    let to = own_path(&to);
    let encoded: String = form_urlencoded::byte_serialize(to.as_bytes()).collect();
    Shown::plain(SignIn { ui, to, service: service.is_there().then(|| format!("/sign-in/service?to={encoded}")) })
}

/// Query of the page for visitors.
#[derive(Debug, Default, Deserialize)]
pub struct Invited {
    /// What the link holds.
    #[serde(default)]
    link: String,
}

/// The page on which a visitor of a made-up agency enters.
#[derive(Template)]
#[template(path = "visit.html")]
pub struct Visit {
    ui: Ui,
    link: String,
    name: String,
}

page!(Visit);

/// Shows a visitor as whom the link lets in. Nothing happens before the button: what only looks at links must not sign in.
pub async fn invited(
    State(node): State<Node>,
    ui: Ui,
    Query(Invited { link }): Query<Invited>,
) -> Result<Shown<Visit>, Failed> {
    let id = node.sessions.visitor(&link).ok_or_else(no_such_link)?;
    Ok(Shown::plain(Visit { name: person(&node, &id), ui, link }))
}

/// Lets a visitor in.
pub async fn visit(State(node): State<Node>, headers: HeaderMap, said: Said) -> Result<Response, Failed> {
    check_own_page(&headers)?;
    let id = node.sessions.visitor(said.one("link")).ok_or_else(no_such_link)?;
    // Visitors look around, and decide nothing about who is let in.
    let who = Proven { person: id, confirms_from_ms: u64::MAX };
    enter(&node, &headers, (&who, Entry::Visitor, "POST /visit"), "/").await
}

/// Begins a session and leads on.
pub async fn enter(node: &Node, headers: &HeaderMap, by: (&Proven, Entry, &str), to: &str) -> Result<Response, Failed> {
    let cookie = begin_session(node, headers, by).await?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&own_path(to))).into_response())
}

/// Begins a session. Returns the cookie by which the browser has it.
///
/// # Errors
/// The person left, or the audit log can't be written.
pub async fn begin_session(
    node: &Node,
    headers: &HeaderMap,
    (who, entry, route): (&Proven, Entry, &str),
) -> Result<HeaderValue, Failed> {
    // A session that the browser already has ends: nobody goes on in what somebody else began.
    end_of(node, headers);
    let browser = headers.get(header::USER_AGENT).and_then(|name| name.to_str().ok()).unwrap_or_default();
    let people = (&*node.tokens, &*node.people);
    let (text, seat) = node.sessions.begin(people, who, (entry, browser), &mut node::entropy())?;
    // A second browser does not end the visit.
    if node.sessions.of(&node.tokens, &who.person).len() == 1 {
        let (work, person) = (node.clone(), who.person.clone());
        // Whoever is let in on a full disk reads and erases; where the visit before ended is known less well.
        drop(blocking(move || work.personal.come(&person)).await);
    }
    let cookie = cookie::keep(node, &text, is_encrypted(headers, node))?;
    // That somebody is let in stands in the audit log before they are.
    let act = Act { scope: Some(Scope::Own), route: route.to_owned(), target: "/".to_owned(), query: Vec::new() };
    node.audit.request(&Caller::token(seat), &act, None, None, StatusCode::SEE_OTHER.as_u16()).await?;
    Ok(cookie)
}

/// Ends the session of a browser, if it has one.
fn end_of(node: &Node, headers: &HeaderMap) {
    if let Some(text) = cookie::session(headers, node) {
        node.sessions.end_of(&node.tokens, &text);
    }
}

/// Ends the session.
pub async fn sign_out(State(node): State<Node>, headers: HeaderMap) -> Result<Response, Failed> {
    check_own_page(&headers)?;
    end_of(&node, &headers);
    let forget = cookie::forget(&node, is_encrypted(&headers, &node))?;
    Ok(([(header::SET_COOKIE, forget)], Redirect::to("/sign-in")).into_response())
}

/// Keeps language, calendar and theme in the browser.
pub async fn prefer(State(node): State<Node>, headers: HeaderMap, said: Said) -> Result<Response, Failed> {
    check_own_page(&headers)?;
    let mut response = Redirect::to(&own_path(said.one("to"))).into_response();
    let secure = if is_encrypted(&headers, &node) { "; Secure" } else { "" };
    let likes = [
        (LANGUAGE, said.one("language"), &["ar", "en", "fa", "tr", "ur"][..]),
        (CALENDAR, said.one("calendar"), &["gregorian", "umm-al-qura", "solar-hijri"]),
        (THEME, said.one("theme"), &["", "light", "dark"]),
    ];
    for (name, value, known) in likes {
        if known.contains(&value) {
            let cookie = format!("{name}={value}; Path=/; Max-Age={LIKES_SECONDS}; HttpOnly; SameSite=Strict{secure}");
            let cookie = HeaderValue::try_from(cookie);
            response.headers_mut().extend(cookie.ok().map(|cookie| (header::SET_COOKIE, cookie)));
        }
    }
    Ok(response)
}

/// A path of this site and of no other: what leads elsewhere leads to the start.
pub fn own_path(to: &str) -> String {
    let is_path = to.starts_with('/') && !to.starts_with("//") && !to.contains(['\\', '\n', '\r', '\t']);
    let known = to.parse::<Uri>().is_ok_and(|uri| uri.authority().is_none());
    if is_path && known { to.to_owned() } else { "/".to_owned() }
}

fn no_such_link() -> Failed {
    Failed(Fault::not_found(say!("no-such-link")))
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(SignIn { ui, to, service });
    sample!(Visit { ui, link, name });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_to_another_site() {
        for to in ["/threads/1?a=b", "/", "/inbox"] {
            assert_eq!(own_path(to), to);
        }
        for to in
            ["", "https://evil.example", "//evil.example", "/\\evil.example", "evil", "javascript:alert(1)", "/a\nb"]
        {
            assert_eq!(own_path(to), "/", "{to}");
        }
    }
}
