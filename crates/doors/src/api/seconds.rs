//! `/v1/seconds`: what one administrator asked for and another confirms. At the socket only.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use node::{
    answers::seconds::{AskedForSecond, Confirmed, WaitingList, WaitingRow},
    audit::Noted,
    callers::Caller,
    clock,
    fault::Fault,
    node::Node,
    seconds::ByTwo,
    work::blocking,
};

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
    Sent(act): Sent<ByTwo>,
) -> Result<(Extension<Noted>, Json<AskedForSecond>), Failed> {
    Ok(blocking(move || {
        let (noted, asked) = node.administration.ask(&caller, act)?;
        Ok::<_, Fault>((Extension(noted), Json(asked)))
    })
    .await?)
}

/// Confirms what another administrator asked for, which does it.
pub async fn confirm(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<(Extension<Noted>, Json<Confirmed>), Failed> {
    let (noted, confirmed) = node.administration.confirm(&caller, &id).await?;
    Ok((Extension(noted), Json(confirmed)))
}

/// Ends what waits: whoever asked, and any other administrator, may.
pub async fn refuse(
    State(node): State<Node>,
    Path(id): Path<String>,
) -> Result<(Extension<Noted>, Json<WaitingRow>), Failed> {
    Ok(blocking(move || {
        let (noted, waiting) = node.administration.refuse(&id)?;
        Ok::<_, Fault>((Extension(noted), Json(waiting.into())))
    })
    .await?)
}
