//! One person of the agency: who it is, what the person may be given, and with what the person is let in and approves.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use doors::problem::Failed;
use node::{
    callers::{Caller, sessions::Session},
    fault::Fault,
    node::Node,
    people::{AboutPerson, Person},
    seconds::ByTwo,
    work::blocking,
};
use protocol::{
    encoding::{from_base64, to_base64},
    passkey::PublicKey,
    record::{ApprovalKey, EnrolledPasskey, Officer},
};
use texts::{Language, say};

use super::{
    administration::{self, PATH, TokenForm, TokenRow, ask},
    passkeys::{Fresh, check_confirmed, to_confirm},
};
use crate::{
    form::Said,
    page::{Shown, Then, again, page},
    party::channel_name,
    ui::Ui,
};

/// One person, or the form of a new one.
#[derive(Template)]
#[template(path = "person.html")]
pub struct PersonPage {
    ui: Ui,
    /// The person's id; none of a new one.
    id: Option<String>,
    form: PersonForm,
    problem: Option<String>,
    keys: Vec<KeyRow>,
    passkeys: Vec<(String, String)>,
    /// When the person's account at the agency's own sign-in service was bound, if it was.
    account: Option<String>,
    tokens: Vec<TokenRow>,
    new_token: TokenForm,
    channels: Vec<(String, String)>,
    is_here: bool,
    is_me: bool,
    /// Where the passkey is shown first, if it was not shown just now.
    confirm: Option<String>,
}

page!(PersonPage);

/// What a person is, as a form says it: words and choices, each with whether it is taken.
struct PersonForm {
    name: String,
    offices: String,
    roles: Vec<(String, String, bool)>,
    purposes: Vec<(String, String, bool)>,
    languages: Vec<(&'static str, &'static str, bool)>,
}

/// A key with which the person approves.
struct KeyRow {
    public: String,
    is_passkey: bool,
    /// Where it counts.
    enrolled: Vec<String>,
    /// The channel that was chosen for it, and the office that was typed, where that could not be asked for.
    channel: String,
    office: String,
}

impl PersonForm {
    fn of(ui: &Ui, about: &AboutPerson) -> Self {
        let has_role = |code: &str| about.roles.iter().any(|role| role.name() == code);
        let language = |language: &Language| {
            (language.tag(), language.name(), about.languages.iter().any(|tag| tag == language.tag()))
        };
        Self {
            name: about.name.clone(),
            offices: about.offices.join("\n"),
            roles: administration::roles(ui)
                .into_iter()
                .map(|(code, name)| (code.clone(), name, has_role(&code)))
                .collect(),
            purposes: administration::purposes(ui, &about.purposes),
            languages: Language::ALL.iter().map(language).collect(),
        }
    }
}

impl PersonForm {
    fn taken_roles(&self) -> Vec<(String, String)> {
        let taken = self.roles.iter().filter(|(.., is_taken)| *is_taken);
        taken.map(|(code, name, _)| (code.clone(), name.clone())).collect()
    }
}

fn nobody() -> AboutPerson {
    AboutPerson {
        name: String::new(),
        offices: Vec::new(),
        roles: Vec::new(),
        purposes: Vec::new(),
        languages: Vec::new(),
        keys: Vec::new(),
        passkeys: Vec::new(),
    }
}

fn shown(
    node: &Node,
    ui: Ui,
    session: &Session,
    person: Option<&Person>,
    about: &AboutPerson,
    problem: Option<String>,
) -> PersonPage {
    let (id, form) = (person.map(|person| person.id.clone()), PersonForm::of(&ui, about));
    PersonPage {
        keys: keys(node, &ui, about),
        passkeys: id
            .iter()
            .flat_map(|id| node.passkeys.of(id))
            .map(|passkey| (passkey.name, ui.day_of(passkey.added_ms)))
            .collect(),
        account: id.as_deref().and_then(|id| node.passkeys.account_of(id)).map(|account| ui.day_of(account.added_ms)),
        tokens: id.as_deref().map(|id| administration::tokens(node, &ui, |of| of == Some(id))).unwrap_or_default(),
        new_token: TokenForm::new(id.clone(), form.taken_roles(), Vec::new()),
        channels: node
            .channels()
            .iter()
            .map(|handle| (handle.id().to_string(), channel_name(handle, ui.language)))
            .collect(),
        is_here: person.is_none_or(Person::is_here),
        is_me: id.as_deref() == Some(session.person.as_str()),
        confirm: to_confirm(session, &format!("{PATH}/people/{}", id.as_deref().unwrap_or("new"))),
        problem,
        form,
        id,
        ui,
    }
}

/// The keys with which the person approves, and in which channels each counts.
fn keys(node: &Node, ui: &Ui, about: &AboutPerson) -> Vec<KeyRow> {
    let handles = node.channels();
    let row = |(public, is_passkey): (&[u8], bool)| {
        let counts_in = handles
            .iter()
            .filter(|handle| handle.value().own_officers().any(|enrolled| enrolled.officer.public() == public));
        KeyRow {
            public: to_base64(public),
            is_passkey,
            enrolled: counts_in.map(|handle| channel_name(handle, ui.language)).collect(),
            channel: String::new(),
            office: String::new(),
        }
    };
    let files = about.keys.iter().map(|key| (key.0.as_slice(), false));
    let passkeys = about.passkeys.iter().map(|passkey| (passkey.public.as_slice(), true));
    files.chain(passkeys).map(row).collect()
}

/// Shows the form of a new person.
pub async fn new(State(node): State<Node>, Extension(session): Extension<Session>, ui: Ui) -> Shown<PersonPage> {
    Shown::plain(shown(&node, ui, &session, None, &nobody(), None))
}

/// Shows one person.
pub async fn show(
    State(node): State<Node>,
    Extension(session): Extension<Session>,
    ui: Ui,
    Path(id): Path<String>,
) -> Result<Shown<PersonPage>, Failed> {
    let person = known(&node, &id)?;
    Ok(Shown::plain(shown(&node, ui, &session, Some(&person), &person.about, None)))
}

fn known(node: &Node, id: &str) -> Result<Person, Fault> {
    node.people.known(id).ok_or_else(|| Fault::not_found(say!("person-unclear")).in_field("person"))
}

/// Asks that somebody be a person of the agency.
pub async fn ask_new(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Extension(session): Extension<Session>,
    ui: Ui,
    said: Said,
) -> Result<Response, Failed> {
    ask_about(node, caller, session, ui, None, said).await
}

/// Asks that a person be something else, or may be given something else.
pub async fn ask_change(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Extension(session): Extension<Session>,
    ui: Ui,
    Path(id): Path<String>,
    said: Said,
) -> Result<Response, Failed> {
    let person = known(&node, &id)?;
    ask_about(node, caller, session, ui, Some(person), said).await
}

/// A form that can't be asked for keeps what it says.
async fn ask_about(
    node: Node,
    caller: Caller,
    session: Session,
    ui: Ui,
    person: Option<Person>,
    said: Said,
) -> Result<Response, Failed> {
    let before = person.as_ref().map_or_else(nobody, |person| person.about.clone());
    let about = about(before, &said)?;
    let act = ByTwo::Person { id: person.as_ref().map(|person| person.id.clone()), about: about.clone() };
    let (room, checked) = (node.administration.clone(), check_confirmed(&session));
    let asked = blocking(move || checked.and_then(|()| room.ask(&caller, act))).await;
    match asked {
        Ok((noted, _)) => Ok(Then(PATH.to_owned(), noted).into_response()),
        Err(fault) => {
            again(fault, ui.language, |problem| shown(&node, ui, &session, person.as_ref(), &about, Some(problem)))
        }
    }
}

/// What the form says of a person; the keys stay.
fn about(before: AboutPerson, said: &Said) -> Result<AboutPerson, Fault> {
    let roles: Result<Vec<_>, _> = said.all("roles").map(administration::role).collect();
    let offices = said.one("offices").lines().map(str::trim).filter(|office| !office.is_empty());
    Ok(AboutPerson {
        name: said.one("name").trim().to_owned(),
        offices: offices.map(str::to_owned).collect(),
        roles: roles?,
        purposes: said.all("purposes").map(str::to_owned).collect(),
        languages: said.all("languages").map(str::to_owned).collect(),
        ..before
    })
}

/// Asks for a link by which the person registers a passkey.
pub async fn ask_link(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    _: Fresh,
    ui: Ui,
    Path(id): Path<String>,
) -> Result<Response, Failed> {
    ask(node, caller, ui, ByTwo::Link { person: id }).await
}

/// Takes away every passkey with which the person signs in.
pub async fn take_passkeys(State(node): State<Node>, _: Fresh, Path(id): Path<String>) -> Result<Then, Failed> {
    let (noted, person) = blocking(move || node.administration.take_passkeys(&id)).await?;
    Ok(Then(format!("{PATH}/people/{}", person.id), noted))
}

/// Ends that a person belongs to the agency.
pub async fn leave(State(node): State<Node>, _: Fresh, Path(id): Path<String>) -> Result<Then, Failed> {
    let (noted, _) = blocking(move || node.administration.leave(&id)).await?;
    Ok(Then(PATH.to_owned(), noted))
}

/// Asks that a key of the person count in a channel, for an office. A form that can't be asked for keeps what was typed.
pub async fn ask_officer(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Extension(session): Extension<Session>,
    ui: Ui,
    Path(id): Path<String>,
    said: Said,
) -> Result<Response, Failed> {
    let asked = match check_confirmed(&session).and_then(|()| officer(&node, &id, &said)) {
        Ok(by_two) => ask(node.clone(), caller, ui.clone(), by_two).await,
        Err(fault) => Err(Failed(fault)),
    };
    asked.or_else(|Failed(fault)| {
        let person = known(&node, &id)?;
        again(fault, ui.language, |problem| {
            let mut page = shown(&node, ui, &session, Some(&person), &person.about, Some(problem));
            if let Some(key) = page.keys.iter_mut().find(|key| key.public == said.one("public")) {
                (key.channel, key.office) = (said.one("channel").to_owned(), said.one("office").to_owned());
            }
            page
        })
    })
}

fn officer(node: &Node, id: &str, said: &Said) -> Result<ByTwo, Fault> {
    let channel = said.channel()?;
    let public = from_base64(said.one("public")).unwrap_or_default();
    let about = known(node, id)?.about;
    let passkey = about.passkeys.into_iter().find(|passkey| passkey.public == public);
    let key = match passkey {
        Some(passkey) => ApprovalKey::Webauthn(EnrolledPasskey {
            key: PublicKey { algorithm: passkey.algorithm, bytes: passkey.public },
            origin: passkey.origin,
            rp_id: passkey.rp_id,
        }),
        None if about.keys.iter().any(|key| key.0 == public) => ApprovalKey::Ed25519(public),
        None => return Err(Fault::not_found(say!("no-officer-with-key")).in_field("public")),
    };
    let officer = Officer { office: said.one("office").trim().to_owned(), key };
    Ok(ByTwo::Officer { channel, officer })
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(PersonPage {
        ui,
        id,
        form,
        problem,
        keys,
        passkeys,
        account,
        tokens,
        new_token,
        channels,
        is_here,
        is_me,
        confirm
    });
    sample!(PersonForm { name, offices, roles, purposes, languages });
    sample!(KeyRow { public, is_passkey, enrolled, channel, office });
}
