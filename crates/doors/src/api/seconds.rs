//! `/v1/seconds`: what one administrator asked for and another confirms. At the socket only.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use node::{
    answers::{
        seconds::{AskedForSecond, Confirmed, WaitingList, WaitingRow},
        tokens::TokenRow,
    },
    audit::Noted,
    callers::Caller,
    clock,
    fault::Fault,
    node::Node,
    seconds::{ByTwo, Waiting},
    work::blocking,
};
use serde::Serialize;
use texts::say;

use super::{channels::find, officers, people};
use crate::{form::Sent, problem::Failed};

/// Lists what waits.
pub async fn list(State(node): State<Node>) -> Json<WaitingList> {
    let waiting = node.seconds.list(clock::now_ms()).into_iter().map(WaitingRow::from).collect();
    Json(WaitingList { waiting })
}

/// Asks for an act.
pub async fn ask(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Sent(mut act): Sent<ByTwo>,
) -> Result<(Extension<Noted>, Json<AskedForSecond>), Failed> {
    match &mut act {
        ByTwo::Officer { channel, officer } => {
            find(&node, &channel.to_string())?;
            officers::check_officer(officer)?;
        }
        // What is confirmed is what was asked for, in full.
        ByTwo::Token(new) => node.people.dress(new)?,
        ByTwo::Person { id: Some(id), .. } => *id = node.people.find(id)?.id,
        ByTwo::Link { person } => *person = node.people.find(person)?.id,
        ByTwo::Person { id: None, .. } | ByTwo::Auditor { .. } => {}
    }
    Ok(blocking(move || {
        let (waiting, half) = node.seconds.ask(&node, &node.tokens, &caller, act, &mut node::entropy())?;
        let noted = noted(&waiting);
        let first_half = half.map(|half| half.as_str().to_owned());
        Ok::<_, Fault>((noted, Json(AskedForSecond { row: waiting.into(), first_half })))
    })
    .await?)
}

/// Confirms what another administrator asked for, which does it.
pub async fn confirm(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<(Extension<Noted>, Json<Confirmed>), Failed> {
    let waiting = node.seconds.to_confirm(&node.tokens, &caller, &id)?;
    let noted = noted(&waiting);
    let id = waiting.id.clone();
    let confirmed = match (waiting.act.clone(), waiting.half().cloned()) {
        (ByTwo::Officer { channel, officer }, _) => {
            Confirmed::Officer { entry: officers::enrol_in(&node, &caller, &channel.to_string(), officer).await? }
        }
        (ByTwo::Auditor { file }, _) => {
            let work = node.clone();
            Confirmed::Auditor { auditor: blocking(move || work.auditors.add(&work, file.keys)).await? }
        }
        (ByTwo::Person { id, about }, _) => {
            let work = node.clone();
            Confirmed::Person { changed: blocking(move || people::change(&work, id.as_deref(), about)).await? }
        }
        (ByTwo::Link { person }, _) => {
            let work = node.clone();
            let first = waiting.link_half().cloned().ok_or_else(|| Fault::not_found(say!("token-half-not-held")))?;
            blocking(move || {
                let asked = (person.as_str(), &first);
                let second = work.passkeys.finish(&work, &work.people, asked, &mut node::entropy())?;
                let second_half = second.as_str().to_owned();
                Ok::<_, Fault>(Confirmed::Link { person, second_half })
            })
            .await?
        }
        (ByTwo::Token(mut new), Some(half)) => {
            let work = node.clone();
            blocking(move || {
                // The person may have left, or have less, since it was asked for.
                work.people.dress(&mut new)?;
                let (token, second) = work.tokens.finish(&work, new, &half, &mut node::entropy())?;
                let second_half = second.as_str().to_owned();
                Ok::<_, Fault>(Confirmed::Token { token: TokenRow::from(&*token), second_half })
            })
            .await?
        }
        (ByTwo::Token(_), None) => return Err(Fault::not_found(say!("token-half-not-held")).into()),
    };
    blocking(move || node.seconds.end(&node, &id)).await?;
    Ok((noted, Json(confirmed)))
}

/// Ends what waits: whoever asked, and any other administrator, may.
pub async fn refuse(
    State(node): State<Node>,
    Path(id): Path<String>,
) -> Result<(Extension<Noted>, Json<WaitingRow>), Failed> {
    Ok(blocking(move || {
        let waiting = node.seconds.end(&node, &id)?;
        Ok::<_, Fault>((noted(&waiting), Json(waiting.into())))
    })
    .await?)
}

/// What it was about, in the audit log.
#[derive(Serialize)]
struct Named<'a> {
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

fn noted(waiting: &Waiting) -> Extension<Noted> {
    let what = match &waiting.act {
        ByTwo::Token(new) => What::Token { role: new.role.name() },
        ByTwo::Officer { channel, .. } => What::Officer { channel: channel.to_string() },
        ByTwo::Auditor { .. } => What::Auditor,
        ByTwo::Link { person } => What::Link { of: person },
        ByTwo::Person { id, .. } => What::Person { of: id.as_deref() },
    };
    Extension(Noted::facts(&Named { waiting: &waiting.id, asked_by: &waiting.asked_by, what }))
}
