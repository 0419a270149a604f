//! Administration: who belongs to the agency, with what each is let in, and what waits for a second administrator.
//!
//! What gives rights is asked for here and confirmed by another administrator; what takes them away is done at once. Each act wants a
//! passkey that was shown just now.

use std::collections::BTreeSet;

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use doors::problem::Failed;
use node::{
    answers::seconds::{AskedForSecond, Confirmed},
    audit::Noted,
    auditors::PublicFile,
    callers::{Caller, sessions::Session, tokens::NewToken},
    clock,
    db::SUITE,
    doctor,
    fault::Fault,
    node::Node,
    people::Person,
    seconds::{ByTwo, Waiting},
    work::blocking,
};
use protocol::encoding::{from_base64, to_base64};
use texts::say;

use super::{
    partners::{FindingRow, findings},
    passkeys::{Fresh, check_confirmed, to_confirm},
};
use crate::{
    form::{Said, channel_not_open},
    page::{Shown, Then, again, page},
    party::channel_name,
    rows::person,
    ui::{Ui, initials},
    words,
};

/// For how many days a token is asked for, unless somebody says otherwise.
const TOKEN_DAYS: &str = "90";

/// Where one comes back to.
pub(super) const PATH: &str = "/administration";

/// People and keys, and what waits.
#[derive(Template)]
#[template(path = "administration.html")]
pub struct Administration {
    ui: Ui,
    waiting: Vec<WaitingRow>,
    people: Vec<PersonRow>,
    findings: Vec<FindingRow>,
    officers: Vec<OfficerRow>,
    tokens: Vec<TokenRow>,
    auditors: Vec<AuditorRow>,
    new_token: TokenForm,
    sessions: String,
    /// Where the passkey is shown first, if it was not shown just now.
    confirm: Option<String>,
}

page!(Administration);

struct WaitingRow {
    id: String,
    what: String,
    about: Vec<(String, String)>,
    asked_by: String,
    asked: String,
    until: String,
    is_mine: bool,
}

struct PersonRow {
    id: String,
    name: String,
    initials: String,
    roles: String,
    offices: String,
    lets_in: String,
    away: Option<String>,
    is_here: bool,
}

struct OfficerRow {
    channel: String,
    channel_id: String,
    office: String,
    holder: String,
    public: String,
    revoked: bool,
}

/// A token, as a page says it.
pub(super) struct TokenRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) holder: String,
    pub(super) until: String,
    pub(super) is_over: bool,
}

/// The form of a new token: for a program, or for a person, who gives it purposes.
pub(super) struct TokenForm {
    pub(super) person: Option<String>,
    pub(super) roles: Vec<(String, String)>,
    pub(super) purposes: Vec<(String, String, bool)>,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) office: String,
    pub(super) days: String,
}

impl TokenForm {
    /// An empty one.
    pub(super) fn new(
        person: Option<String>,
        roles: Vec<(String, String)>,
        purposes: Vec<(String, String, bool)>,
    ) -> Self {
        let role = roles.first().map(|(code, _)| code.clone()).unwrap_or_default();
        let days = TOKEN_DAYS.to_owned();
        Self { person, roles, purposes, name: String::new(), role, office: String::new(), days }
    }

    /// One with what was typed.
    fn typed(ui: &Ui, said: &Said) -> Self {
        let chosen: Vec<String> = said.all("purposes").map(str::to_owned).collect();
        let person = said.some("person").map(str::to_owned);
        // A person's token is for the person's purposes.
        let purposes = if person.is_some() { Vec::new() } else { purposes(ui, &chosen) };
        let [name, role, office, days] = ["name", "role", "office", "days"].map(|name| said.one(name).to_owned());
        Self { person, roles: roles(ui), purposes, name, role, office, days }
    }
}

struct AuditorRow {
    key: String,
    added: String,
}

/// The tokens of which this is true, as a page says them.
pub(super) fn tokens(node: &Node, ui: &Ui, of: impl Fn(Option<&str>) -> bool) -> Vec<TokenRow> {
    let listed = node.tokens.list().into_iter().filter(|token| of(token.person.as_deref()));
    let row = |token: std::sync::Arc<node::callers::tokens::Token>| TokenRow {
        id: token.id.clone(),
        name: token.name.clone(),
        role: ui.m(&words::role(token.role.name())),
        holder: token.person.as_deref().map_or_else(|| ui.t("a-program"), |id| person(node, id)),
        until: ui.day_of(token.expires_ms),
        is_over: token.revoked_ms.is_some() || token.expires_ms < ui.now_ms,
    };
    listed.map(row).collect()
}

/// Shows them to an administrator.
pub async fn show(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Extension(session): Extension<Session>,
    ui: Ui,
) -> Result<Shown<Administration>, Failed> {
    let page = blocking(move || {
        let found = doctor::examine(&node.doctor, &caller, clock::now_ms())?;
        let people = node.people.list();
        let waiting = node.seconds.list(clock::now_ms());
        let waiting = waiting.iter().map(|waiting| waiting_row(&node, &ui, &session.person, waiting));
        Ok::<_, Fault>(Administration {
            waiting: waiting.collect(),
            people: people.iter().map(|person| person_row(&node, &ui, person)).collect(),
            officers: officers(&node, &ui),
            tokens: tokens(&node, &ui, |_| true),
            auditors: node
                .auditors
                .list()
                .iter()
                .map(|auditor| AuditorRow { key: hex::encode(auditor.id), added: ui.day_of(auditor.added_ms) })
                .collect(),
            new_token: TokenForm::new(None, roles(&ui), purposes(&ui, &[])),
            findings: findings(&ui, found.findings),
            sessions: ui.number(node.sessions.count()),
            confirm: to_confirm(&session, PATH),
            ui,
        })
    });
    Ok(Shown::plain(page.await?))
}

/// Every role: its code and its name.
pub(super) fn roles(ui: &Ui) -> Vec<(String, String)> {
    node::callers::ROLES.iter().map(|role| (role.name().to_owned(), ui.m(&words::role(role.name())))).collect()
}

/// Every purpose that agreements know, and those of a person besides: its code, its name, and whether the person has it.
pub(super) fn purposes(ui: &Ui, has: &[String]) -> Vec<(String, String, bool)> {
    let all: BTreeSet<&str> = words::purposes().into_iter().chain(has.iter().map(String::as_str)).collect();
    let choice = |code: &str| (code.to_owned(), ui.m(&words::purpose(code)), has.iter().any(|had| had == code));
    all.into_iter().map(choice).collect()
}

fn person_row(node: &Node, ui: &Ui, one: &Person) -> PersonRow {
    let comma = ui.language.comma();
    let roles = one.about.roles.iter().map(|role| ui.m(&words::role(role.name())));
    PersonRow {
        id: one.id.clone(),
        name: one.about.name.clone(),
        initials: initials(&one.about.name),
        roles: roles.collect::<Vec<_>>().join(comma),
        offices: one.about.offices.join(comma),
        lets_in: ui.n("passkeys-count", node.passkeys.of(&one.id).len()),
        away: one.away.as_ref().map(|away| format!("{} · {}", ui.day(away.until), person(node, &away.deputy))),
        is_here: one.is_here(),
    }
}

fn officers(node: &Node, ui: &Ui) -> Vec<OfficerRow> {
    let handles = node.channels();
    let of_channel = handles.iter().flat_map(|handle| {
        let value = handle.value();
        let ours = value.officers().iter().filter(|enrolled| enrolled.origin.agency == node.me);
        let row = |enrolled: &protocol::channel::officers::EnrolledOfficer| OfficerRow {
            channel: channel_name(handle, ui.language),
            channel_id: handle.id().to_string(),
            office: enrolled.officer.office.clone(),
            holder: holder(node, ui, enrolled.officer.public()),
            public: to_base64(enrolled.officer.public()),
            revoked: value.revocation(&enrolled.enrolment()).is_some(),
        };
        ours.map(row).collect::<Vec<_>>()
    });
    of_channel.collect()
}

/// Whose key it is.
fn holder(node: &Node, ui: &Ui, public: &[u8]) -> String {
    node.people.of_key(public).map_or_else(|| ui.t("is-nobody"), |person| person.about.name)
}

fn waiting_row(node: &Node, ui: &Ui, me: &str, waiting: &Waiting) -> WaitingRow {
    let said = |id: &'static str, value: &str| (ui.t(id), value.to_owned());
    let listed = |list: &[String]| list.join(ui.language.comma());
    let (what, about) = match &waiting.act {
        ByTwo::Token(new) => {
            let holder = new.person.as_deref().map_or_else(|| ui.t("a-program"), |id| person(node, id));
            let mut about = vec![
                said("person", &holder),
                said("token-for-what", &new.name),
                said("role", &ui.m(&words::role(new.role.name()))),
                said("purposes", &purposes_named(ui, &new.purposes)),
                said("token-days", &ui.number_u64(new.days)),
            ];
            about.extend(new.office.as_ref().map(|office| said("office", office)));
            ("asked-token", about)
        }
        ByTwo::Officer { channel, officer } => {
            let holder = holder(node, ui, officer.public());
            let channel = node.channel(channel).map(|handle| channel_name(&handle, ui.language)).unwrap_or_default();
            let key = to_base64(officer.public());
            let about = vec![
                said("person", &holder),
                said("office", &officer.office),
                said("channel", &channel),
                said("public-key", &key),
            ];
            ("asked-officer", about)
        }
        // What is confirmed is seen first: under this id the auditor's key is listed, and its holder knows it.
        ByTwo::Auditor { file } => {
            let id = hex::encode(protocol::tlog::auditor_id(SUITE, &file.keys));
            ("asked-auditor", vec![(ui.m(&words::role("auditor")), id)])
        }
        ByTwo::Link { person: id } => ("asked-link", vec![said("person", &person(node, id))]),
        ByTwo::Person { id, about } => {
            let roles: Vec<String> = about.roles.iter().map(|role| ui.m(&words::role(role.name()))).collect();
            let what = if id.is_some() { "asked-person-changed" } else { "asked-person" };
            let mut rows = vec![
                said("person-name", &about.name),
                said("roles", &listed(&roles)),
                said("offices", &listed(&about.offices)),
                said("purposes", &purposes_named(ui, &about.purposes)),
                said("languages-read", &listed(&about.languages)),
            ];
            // Whoever gives somebody a key gives somebody a signature.
            rows.extend(about.public_keys().map(|key| said("public-key", &to_base64(key))));
            rows.extend(id.as_deref().map(|id| said("person", &person(node, id))));
            (what, rows)
        }
    };
    WaitingRow {
        id: waiting.id.clone(),
        what: ui.t(what),
        about: about.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
        asked_by: person(node, &waiting.holder),
        asked: ui.moment(waiting.asked_ms),
        until: ui.moment(waiting.until_ms),
        is_mine: waiting.holder == me,
    }
}

fn purposes_named(ui: &Ui, codes: &[String]) -> String {
    codes.iter().map(|code| ui.m(&words::purpose(code))).collect::<Vec<_>>().join(ui.language.comma())
}

/// Half of a text that lets somebody in: shown once.
#[derive(Template)]
#[template(path = "half.html")]
pub struct Half {
    ui: Ui,
    half: String,
    is_first: bool,
    is_link: bool,
    to: String,
}

page!(Half);

/// Asks for an act, and shows what of it is shown once.
pub(super) async fn ask(node: Node, caller: Caller, ui: Ui, act: ByTwo) -> Result<Response, Failed> {
    let to = match &act {
        ByTwo::Link { person } => Some(person.clone()),
        ByTwo::Token(new) => Some(new.person.clone().unwrap_or_default()),
        ByTwo::Officer { .. } | ByTwo::Auditor { .. } | ByTwo::Person { .. } => None,
    };
    let is_link = matches!(act, ByTwo::Link { .. });
    let room = node.administration.clone();
    let (noted, AskedForSecond { first_half, .. }) = blocking(move || room.ask(&caller, act)).await?;
    Ok(match (first_half, to) {
        (Some(half), Some(person)) => half_shown(&node, ui, noted, (half, true, is_link, &person)),
        _ => Then(PATH.to_owned(), noted).into_response(),
    })
}

fn half_shown(
    node: &Node,
    ui: Ui,
    noted: Noted,
    (half, is_first, is_link, of): (String, bool, bool, &str),
) -> Response {
    let to = if of.is_empty() { ui.t("a-program") } else { person(node, of) };
    Shown(Half { half, is_first, is_link, to, ui }, noted).into_response()
}

/// Confirms what another administrator asked for, which does it.
pub async fn confirm(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    _: Fresh,
    ui: Ui,
    Path(id): Path<String>,
) -> Result<Response, Failed> {
    let (noted, confirmed) = node.administration.confirm(&caller, &id).await?;
    Ok(match confirmed {
        Confirmed::Token { token, second_half } => {
            let person = token.person.clone().unwrap_or_default();
            half_shown(&node, ui, noted, (second_half, false, false, &person))
        }
        Confirmed::Link { person, second_half } => half_shown(&node, ui, noted, (second_half, false, true, &person)),
        Confirmed::Officer { .. } | Confirmed::Person { .. } | Confirmed::Auditor { .. } => {
            Then(PATH.to_owned(), noted).into_response()
        }
    })
}

/// Ends what waits.
pub async fn refuse(State(node): State<Node>, _: Fresh, Path(id): Path<String>) -> Result<Then, Failed> {
    let (noted, _) = blocking(move || node.administration.refuse(&id)).await?;
    Ok(Then(PATH.to_owned(), noted))
}

/// A form that could not be asked for: it keeps what it says.
#[derive(Template)]
#[template(path = "ask_again.html")]
pub struct AskAgain {
    ui: Ui,
    problem: String,
    /// Where the passkey is shown first, if it was not shown just now.
    confirm: Option<String>,
    token: Option<TokenForm>,
    auditor_file: Option<String>,
}

page!(AskAgain);

/// Asks for a token: a person's or a program's.
pub async fn ask_token(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Extension(session): Extension<Session>,
    ui: Ui,
    said: Said,
) -> Result<Response, Failed> {
    let typed = (ui.clone(), TokenForm::typed(&ui, &said));
    let asked = match check_confirmed(&session).and_then(|()| new_token(&said)) {
        Ok(new) => ask(node, caller, ui, ByTwo::Token(new)).await,
        Err(fault) => Err(Failed(fault)),
    };
    asked.or_else(|Failed(fault)| {
        let (ui, token) = typed;
        ask_again(ui, &session, fault, (Some(token), None))
    })
}

/// Shows a form again that somebody can mend.
fn ask_again(
    ui: Ui,
    session: &Session,
    fault: Fault,
    (token, auditor_file): (Option<TokenForm>, Option<String>),
) -> Result<Response, Failed> {
    let confirm = to_confirm(session, PATH);
    again(fault, ui.language, |problem| AskAgain { problem, confirm, token, auditor_file, ui })
}

fn new_token(said: &Said) -> Result<NewToken, Fault> {
    let days = said.one("days").parse().map_err(|_| Fault::usage(say!("must-whole-number")).in_field("days"))?;
    Ok(NewToken {
        name: said.one("name").trim().to_owned(),
        person: said.some("person").map(str::to_owned),
        role: role(said.one("role"))?,
        office: said.some("office").map(str::to_owned),
        only: None,
        purposes: said.all("purposes").map(str::to_owned).collect(),
        days,
    })
}

/// The role of this name.
pub(super) fn role(name: &str) -> Result<node::callers::Role, Fault> {
    let mut roles = node::callers::ROLES.iter();
    let missing = || Fault::usage(say!("must-be-given", expected = "role")).in_field("role");
    roles.find(|role| role.name() == name).copied().ok_or_else(missing)
}

/// Revokes a token.
pub async fn revoke_token(State(node): State<Node>, _: Fresh, Path(id): Path<String>) -> Result<Then, Failed> {
    let token = blocking(move || node.tokens.revoke(&node, &id)).await?;
    let to = token.person.as_ref().map_or_else(|| PATH.to_owned(), |person| format!("{PATH}/people/{person}"));
    Ok(Then(to, node::administration::noted_token(&token)))
}

/// Ends every enrolment of an officer's key in a channel.
pub async fn revoke_officer(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    _: Fresh,
    said: Said,
) -> Result<Then, Failed> {
    let handle = node.channel(&said.channel()?).ok_or_else(channel_not_open)?;
    let public = from_base64(said.one("public")).unwrap_or_default();
    node.administration.revoke_officer(&caller, &handle, public).await?;
    Ok(Then::to(PATH))
}

/// Asks for an auditor, by the public file.
pub async fn ask_auditor(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Extension(session): Extension<Session>,
    ui: Ui,
    said: Said,
) -> Result<Response, Failed> {
    let (typed, shown) = (said.one("file").to_owned(), ui.clone());
    let read = |()| PublicFile::parse(typed.trim().as_bytes());
    let asked = match check_confirmed(&session).and_then(read) {
        Ok(file) => ask(node, caller, ui, ByTwo::Auditor { file }).await,
        Err(fault) => Err(Failed(fault)),
    };
    asked.or_else(|Failed(fault)| ask_again(shown, &session, fault, (None, Some(typed))))
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Administration { ui, waiting, people, findings, officers, tokens, auditors, new_token, sessions, confirm });
    sample!(WaitingRow { id, what, about, asked_by, asked, until, is_mine });
    sample!(PersonRow { id, name, initials, roles, offices, lets_in, away, is_here });
    sample!(OfficerRow { channel, channel_id, office, holder, public, revoked });
    sample!(TokenRow { id, name, role, holder, until, is_over });
    sample!(TokenForm { person, roles, purposes, name, role, office, days });
    sample!(AskAgain { ui, problem, confirm, token, auditor_file });
    sample!(AuditorRow { key, added });
    sample!(Half { ui, half, is_first, is_link, to });
}
