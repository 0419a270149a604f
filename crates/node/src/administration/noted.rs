//! What the audit log keeps of administrators' acts: whom they are about by id, and nobody's name (AUDIT-1).

use serde::Serialize;

use crate::{
    audit::Noted,
    callers::{Role, tokens::Token},
    people::Person,
    seconds::{ByTwo, Waiting},
};

#[derive(Serialize)]
struct OfToken<'a> {
    token: &'a str,
    role: Role,
}

/// Of a token.
pub fn token(token: &Token) -> Noted {
    Noted::facts(&OfToken { token: &token.id, role: token.role })
}

#[derive(Serialize)]
struct OfPerson<'a> {
    of: &'a str,
    roles: Vec<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    revoked: &'a [String],
}

/// Of a person, and the tokens that were revoked with it.
pub fn person(person: &Person, revoked: &[String]) -> Noted {
    let roles = person.about.roles.iter().map(|role| role.name()).collect();
    Noted::facts(&OfPerson { of: &person.id, roles, revoked })
}

#[derive(Serialize)]
struct OfWaiting<'a> {
    waiting: &'a str,
    asked_by: &'a str,
    #[serde(flatten)]
    what: What<'a>,
}

#[derive(Serialize)]
#[serde(tag = "act", rename_all = "snake_case")]
enum What<'a> {
    Token {
        role: &'a str,
    },
    Officer {
        channel: String,
    },
    Auditor,
    Link {
        of: &'a str,
    },
    Person {
        #[serde(skip_serializing_if = "Option::is_none")]
        of: Option<&'a str>,
    },
}

/// Of what waits for a second administrator.
pub(super) fn waiting(waiting: &Waiting) -> Noted {
    let what = match &waiting.act {
        ByTwo::Token(new) => What::Token { role: new.role.name() },
        ByTwo::Officer { channel, .. } => What::Officer { channel: channel.to_string() },
        ByTwo::Auditor { .. } => What::Auditor,
        ByTwo::Link { person } => What::Link { of: person },
        ByTwo::Person { id, .. } => What::Person { of: id.as_deref() },
    };
    Noted::facts(&OfWaiting { waiting: &waiting.id, asked_by: &waiting.asked_by, what })
}
