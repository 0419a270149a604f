//! The life of an agreement: where it stands, and what one party does about it.

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, header::CONTENT_TYPE},
};
use node::{
    agreements::{
        self,
        life::{self, Life, OwnAct},
    },
    answers::agreements::{ProgressAnswer, Renewal, Termination},
    callers::Caller,
    fault::Fault,
    node::Node,
    work::blocking,
};
use texts::Language;

use super::channels;
use crate::{
    form::Sent,
    problem::{Failed, language},
};

/// Where a version stands.
pub async fn show(
    State(node): State<Node>,
    Path(hash): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Life>, Failed> {
    let hash = super::agreements::named(&hash)?;
    let work = node.clone();
    let life = blocking(move || life::show(&work.agreements, &hash)).await?;
    Ok(in_words(&node, life, language(&headers)))
}

/// Stops the exchange by an own entry.
pub async fn suspend(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(channel): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Life>, Failed> {
    Ok(act(node, &caller, language(&headers), &channel, OwnAct::Suspend).await?)
}

/// Ends an own suspension.
pub async fn resume(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(channel): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Life>, Failed> {
    Ok(act(node, &caller, language(&headers), &channel, OwnAct::Resume).await?)
}

/// Ends the agreement by an own entry, where it allows that.
pub async fn terminate(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(channel): Path<String>,
    headers: HeaderMap,
    Sent(Termination { last_day }): Sent<Termination>,
) -> Result<Json<Life>, Failed> {
    Ok(act(node, &caller, language(&headers), &channel, OwnAct::Terminate(last_day)).await?)
}

/// Keeps a draft as the successor of the version in force.
pub async fn amend(
    State(node): State<Node>,
    Path(channel): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<ProgressAnswer>, Failed> {
    let handle = channels::find(&node, &channel)?;
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let amended = blocking(move || agreements::amend(&node.agreements, &handle.value(), &body, &content_type));
    Ok(Json(amended.await?.into()))
}

/// Drafts the successor that differs from the version in force in its dates only.
pub async fn renew(
    State(node): State<Node>,
    Path(channel): Path<String>,
    Sent(Renewal { valid_until, valid_from }): Sent<Renewal>,
) -> Result<Json<ProgressAnswer>, Failed> {
    let handle = channels::find(&node, &channel)?;
    let renewed = blocking(move || agreements::renew(&node.agreements, &handle.value(), valid_from, valid_until));
    Ok(Json(renewed.await?.into()))
}

async fn act(node: Node, caller: &Caller, language: Language, channel: &str, act: OwnAct) -> Result<Json<Life>, Fault> {
    let handle = channels::find(&node, channel)?;
    Ok(in_words(&node, life::act(&node.agreements, caller, &handle, act).await?, language))
}

/// What can be done next, in the words of whoever asked.
fn in_words(node: &Node, mut life: Life, language: Language) -> Json<Life> {
    life.next = life::next(&node.me, &life).iter().map(|step| step.in_language(language)).collect();
    Json(life)
}
