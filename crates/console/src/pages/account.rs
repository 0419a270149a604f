//! The own account: where one is signed in, as what one works, who stands in.

use askama::Template;
use axum::{Extension, extract::State};
use doors::problem::Failed;
use node::{
    callers::{
        Caller,
        sessions::{Entry, Seat, Session},
    },
    clock,
    fault::{Code, Fault},
    node::Node,
    people::{Away, Person},
};
use protocol::encoding::to_base64;
use texts::say;

use super::service::OwnService;
use crate::{
    form::Said,
    page::{Shown, Then, page},
    ui::Ui,
};

/// The own account.
#[derive(Template)]
#[template(path = "account.html")]
pub struct Account {
    ui: Ui,
    purposes: Vec<String>,
    sessions: Vec<SessionShown>,
    passkeys: Vec<PasskeyShown>,
    may_add: bool,
    /// The account at the agency's own sign-in service, if it has one: when it was bound and when it last let in, if it is.
    service: Option<Option<(String, Option<String>)>>,
    signing: Vec<(String, bool)>,
    away: Option<(String, String)>,
    colleagues: Vec<(String, String)>,
}

page!(Account);

struct PasskeyShown {
    credential: String,
    name: String,
    added: String,
    used: Option<String>,
    synced: bool,
}

struct SessionShown {
    id: String,
    browser: String,
    begun: String,
    seen: String,
    is_this: bool,
}

/// Shows it.
pub async fn show(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Extension(session): Extension<Session>,
    Extension(service): Extension<OwnService>,
    ui: Ui,
) -> Shown<Account> {
    let people = node.people.list();
    let me = people.iter().find(|person| person.id == session.person);
    let name = |id: &str| {
        people.iter().find(|person| person.id == id).map_or_else(String::new, |person| person.about.name.clone())
    };
    let sessions = node.sessions.of(&node.tokens, &session.person).into_iter().map(|other| SessionShown {
        is_this: other.seat.id == session.seat.id,
        id: other.seat.id.clone(),
        begun: ui.moment(other.begun_ms),
        seen: ui.ago(other.seen_ms),
        browser: ui.m(&crate::browser::named(&other.browser)),
    });
    Shown::plain(Account {
        passkeys: node
            .passkeys
            .of(&session.person)
            .into_iter()
            .map(|passkey| PasskeyShown {
                credential: to_base64(&passkey.credential),
                added: ui.day_of(passkey.added_ms),
                used: passkey.used_ms.map(|ms| ui.ago(ms)),
                synced: passkey.synced,
                name: passkey.name,
            })
            .collect(),
        signing: signing(&node, me),
        may_add: session.entry != Entry::Visitor,
        service: (service.is_there() && session.entry != Entry::Visitor).then(|| {
            let account = node.passkeys.account_of(&session.person)?;
            Some((ui.day_of(account.added_ms), account.used_ms.map(|ms| ui.ago(ms))))
        }),
        sessions: sessions.collect(),
        purposes: session.seat.purposes.iter().map(|code| ui.m(&crate::words::purpose(code))).collect(),
        away: me.and_then(|me| me.away.as_ref()).map(|away| (name(&away.deputy), ui.day(away.until))),
        colleagues: people
            .iter()
            .filter(|person| person.is_here() && Some(person.id.as_str()) != caller.person())
            .map(|person| (person.id.clone(), person.about.name.clone()))
            .collect(),
        ui,
    })
}

/// The passkeys with which a person approves, and whether each is enrolled somewhere.
fn signing(node: &Node, me: Option<&Person>) -> Vec<(String, bool)> {
    let channels = node.channels();
    let is_enrolled = |public: &[u8]| {
        channels.iter().any(|handle| handle.value().own_officers().any(|enrolled| enrolled.officer.public() == public))
    };
    let passkeys = me.into_iter().flat_map(|me| &me.about.passkeys);
    passkeys.map(|passkey| (to_base64(&passkey.public), is_enrolled(&passkey.public))).collect()
}

/// Ends other sessions of the same person.
pub async fn end_sessions(State(node): State<Node>, Extension(session): Extension<Session>, said: Said) -> Then {
    let named = said.one("session");
    let ends = |other: &Session| other.seat.id != session.seat.id && (named.is_empty() || other.seat.id == named);
    node.sessions.end(&node.tokens, &session.person, ends);
    Then::to("/me")
}

/// Works as somebody else that the person is.
pub async fn sit(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Extension(session): Extension<Session>,
    said: Said,
) -> Result<Then, Failed> {
    let (role, office) = said.one("seat").split_once('|').unwrap_or_default();
    let office = Some(office.to_owned()).filter(|office| !office.is_empty());
    let person = node.people.by_id(&session.person)?;
    let seat = Seat::of(&person).into_iter().find(|seat| seat.role.name() == role && seat.office == office);
    let seat = seat.ok_or_else(|| Fault::new(Code::Forbidden, say!("not-your-seat")).in_field("seat"))?;
    node.sessions.sit_elsewhere((&node.tokens, &node.people), caller.id(), seat, &mut node::entropy())?;
    Ok(Then::to("/"))
}

/// Says that one is away, or back.
pub async fn away(
    State(node): State<Node>,
    Extension(session): Extension<Session>,
    said: Said,
) -> Result<Then, Failed> {
    let away = match said.some("until") {
        None => None,
        Some(until) => Some(Away {
            until: until.parse().map_err(|_| Fault::usage(say!("must-day")).in_field("until"))?,
            deputy: node.people.by_id(said.one("deputy")).map_err(|error| error.in_field("deputy"))?.id,
        }),
    };
    node.people.set_away(&node, &session.person, away, clock::today())?;
    Ok(Then::to("/me"))
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Account { ui, purposes, sessions, passkeys, may_add, service, signing, away, colleagues });
    sample!(SessionShown { id, browser, begun, seen, is_this });
    sample!(PasskeyShown { credential, name, added, used, synced });
}
