//! `/v1/people` and `/v1/me`: the agency's own people, and who asks.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use node::{
    answers::{
        people::{GoAway, Me, PersonChanged, PersonList, SignInLink},
        tokens::TokenRow,
    },
    audit::Noted,
    callers::{Caller, Scope, scope::TABLE},
    clock,
    fault::{Code, Fault},
    node::Node,
    people::{AboutPerson, Away, Person},
    seconds::check_alone,
    work::blocking,
};
use serde::Serialize;
use texts::say;

use crate::{form::Sent, problem::Failed};

/// Everybody. Programs work for offices: they are told who there is, and nobody's name.
pub async fn list(State(node): State<Node>, Extension(caller): Extension<Caller>) -> Json<PersonList> {
    let is_program = caller.with_token().is_some_and(|token| token.person.is_none());
    let without_names = is_program && !caller.oversees() && caller.check(Scope::NodeAdmin).is_err();
    let mut people = node.people.list().to_vec();
    if without_names {
        people.iter_mut().for_each(|person| person.about.name.clear());
    }
    Json(PersonList { people })
}

/// Who asks, and what that lets them do.
pub async fn me(State(node): State<Node>, Extension(caller): Extension<Caller>) -> Json<Me> {
    let person = caller.person();
    Json(Me {
        role: caller.role().to_owned(),
        token: caller.with_token().map(|token| TokenRow::from(&**token)),
        person: person.and_then(|id| node.people.known(id)),
        acts_for: person.map(|id| node.people.acts_for(id, clock::today()).into_iter().collect()).unwrap_or_default(),
        scopes: scopes(&caller),
    })
}

fn scopes(caller: &Caller) -> Vec<String> {
    let may = TABLE.iter().map(|(scope, _)| *scope).filter(|scope| caller.check(*scope).is_ok());
    may.map(|scope: Scope| scope.name().to_owned()).collect()
}

/// Adds a person.
pub async fn add(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Sent(about): Sent<AboutPerson>,
) -> Result<(Extension<Noted>, Json<PersonChanged>), Failed> {
    check_alone(&node.tokens, &caller, None)?;
    Ok(blocking(move || told(change(&node, None, about)?)).await?)
}

/// Says anew what a person is and may be given.
pub async fn set(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Sent(about): Sent<AboutPerson>,
) -> Result<(Extension<Noted>, Json<PersonChanged>), Failed> {
    check_alone(&node.tokens, &caller, None)?;
    Ok(blocking(move || told(change(&node, Some(&id), about)?)).await?)
}

/// Adds a person, or says anew what one is. Tokens that the person may have no more are revoked first: what is cut off in between
/// leaves too few rights, never too many.
pub(super) fn change(node: &Node, id: Option<&str>, about: AboutPerson) -> Result<PersonChanged, Fault> {
    let Some(named) = id else {
        return Ok(PersonChanged { person: node.people.add(node, about)?, revoked: Vec::new() });
    };
    let id = node.people.by_id(named)?.id;
    let revoked = node.tokens.revoke_of(node, &id, |token| {
        let has_office = token.office.as_ref().is_none_or(|office| about.offices.contains(office));
        let has_purposes =
            token.role.oversees() || token.purposes.iter().all(|purpose| about.purposes.contains(purpose));
        !(about.roles.contains(&token.role) && has_office && has_purposes)
    })?;
    Ok(PersonChanged { person: node.people.set(node, &id, about)?, revoked })
}

/// Ends that a person belongs to the agency, and with it the person's tokens. What the person's keys approve from now on is not
/// released here; to end that they count at others, revoke the enrolments.
pub async fn leave(
    State(node): State<Node>,
    Path(id): Path<String>,
) -> Result<(Extension<Noted>, Json<PersonChanged>), Failed> {
    Ok(blocking(move || {
        let id = node.people.by_id(&id)?.id;
        let revoked = node.tokens.revoke_of(&node, &id, |_| true)?;
        let person = node.people.leave(&node, &id)?;
        node.passkeys.forget(&node, &id)?;
        node.personal.forget(&id)?;
        told(PersonChanged { person, revoked })
    })
    .await?)
}

/// Makes a link by which a person registers a passkey, once: whoever has it is let in as that person.
pub async fn link(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<(Extension<Noted>, Json<SignInLink>), Failed> {
    check_alone(&node.tokens, &caller, None)?;
    Ok(blocking(move || {
        let person = node.people.by_id(&id)?;
        let link = node.passkeys.invite(&node, &node.people, &person.id, &mut node::entropy())?;
        Ok::<_, Fault>((noted(&person, &[]), Json(SignInLink { link: link.as_str().to_owned() })))
    })
    .await?)
}

/// Makes a link by which whoever follows it looks around as a person of a made-up agency.
pub async fn visit(
    State(node): State<Node>,
    Path(id): Path<String>,
) -> Result<(Extension<Noted>, Json<SignInLink>), Failed> {
    let person = node.people.by_id(&id)?;
    let country = &node.config.country;
    let link = node.sessions.invite_visitor(&node.people, country, &person.id, &mut node::entropy())?;
    Ok((noted(&person, &[]), Json(SignInLink { link: link.as_str().to_owned() })))
}

/// Says that a person is away, and who stands in.
pub async fn away(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Sent(GoAway { until, deputy }): Sent<GoAway>,
) -> Result<(Extension<Noted>, Json<Person>), Failed> {
    Ok(blocking(move || {
        let id = own_or_any(&node, &caller, &id)?;
        let away = Away { until, deputy: node.people.find(&deputy).map_err(|error| error.in_field("deputy"))?.id };
        let person = node.people.set_away(&node, &id, Some(away), clock::today())?;
        Ok::<_, Fault>((noted(&person, &[]), Json(person)))
    })
    .await?)
}

/// Says that a person is back.
pub async fn back(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<(Extension<Noted>, Json<Person>), Failed> {
    Ok(blocking(move || {
        let id = own_or_any(&node, &caller, &id)?;
        let person = node.people.set_away(&node, &id, None, clock::today())?;
        Ok::<_, Fault>((noted(&person, &[]), Json(person)))
    })
    .await?)
}

/// A person speaks of the own absence, and an administrator of anybody's.
fn own_or_any(node: &Node, caller: &Caller, named: &str) -> Result<String, Fault> {
    let id = node.people.by_id(named)?.id;
    if caller.person() == Some(id.as_str()) || caller.check(Scope::NodeAdmin).is_ok() {
        return Ok(id);
    }
    Err(Fault::new(Code::Forbidden, say!("own-absence-only")))
}

/// Of whom an entry is, in the audit log: by id, without what names them.
#[derive(Serialize)]
struct Named<'a> {
    of: &'a str,
    roles: Vec<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    revoked: &'a [String],
}

fn noted(person: &Person, revoked: &[String]) -> Extension<Noted> {
    let roles = person.about.roles.iter().map(|role| role.name()).collect();
    Extension(Noted::facts(&Named { of: &person.id, roles, revoked }))
}

fn told(changed: PersonChanged) -> Result<(Extension<Noted>, Json<PersonChanged>), Fault> {
    Ok((noted(&changed.person, &changed.revoked), Json(changed)))
}
