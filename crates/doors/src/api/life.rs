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
        life::{self, Life},
    },
    answers::agreements::{ProgressAnswer, Renewal, Termination},
    audit::By,
    callers::Caller,
    channel::ChannelHandle,
    fault::Fault,
    node::Node,
    work::blocking,
};
use protocol::{
    channel::{Channel, Env, Step, life::CannotAct},
    id::ChannelId,
};

use super::channels;
use crate::{form::Sent, problem::Failed};

/// Where a version stands.
pub async fn show(State(node): State<Node>, Path(hash): Path<String>) -> Result<Json<Life>, Failed> {
    let hash = super::agreements::named(&hash)?;
    Ok(Json(blocking(move || life::show(&node.agreements, &hash)).await?))
}

/// Carries out an own act, as soon as the channel may sign.
async fn sign(
    handle: &ChannelHandle,
    caller: &Caller,
    act: impl FnOnce(&Channel, &mut Env<'_>) -> Result<Step, CannotAct> + Send + 'static,
) -> Result<(), Fault> {
    handle.may_sign_soon().await?;
    Ok(handle.acting(By::caller(caller)).act(act).await?)
}

/// Stops the exchange by an own entry.
pub async fn suspend(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(channel): Path<String>,
) -> Result<Json<Life>, Failed> {
    Ok(act(node, &caller, &channel, |channel, env| channel.suspend(env)).await?)
}

/// Ends an own suspension.
pub async fn resume(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(channel): Path<String>,
) -> Result<Json<Life>, Failed> {
    Ok(act(node, &caller, &channel, |channel, env| channel.resume(env)).await?)
}

/// Ends the agreement by an own entry, where it allows that.
pub async fn terminate(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(channel): Path<String>,
    Sent(Termination { last_day }): Sent<Termination>,
) -> Result<Json<Life>, Failed> {
    Ok(act(node, &caller, &channel, move |channel, env| channel.terminate(env, last_day)).await?)
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

async fn act(
    node: Node,
    caller: &Caller,
    channel: &str,
    act: impl FnOnce(&Channel, &mut Env<'_>) -> Result<Step, CannotAct> + Send + 'static,
) -> Result<Json<Life>, Fault> {
    let handle = channels::find(&node, channel)?;
    sign(&handle, caller, act).await?;
    let (id, hash): (ChannelId, _) = (handle.id(), handle.value().in_force());
    tracing::info!(channel = %id, "an own act about the agreement is recorded");
    Ok(Json(blocking(move || life::show(&node.agreements, &hash)).await?))
}
