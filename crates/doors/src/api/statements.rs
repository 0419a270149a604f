//! Statements: made on demand, listed and shown.

use std::time::Duration;

use axum::{
    Extension,
    extract::{Path, State},
};
use node::{
    audit::By,
    callers::Caller,
    fault::{Code, Fault},
    limits,
    node::Node,
    reading::{
        Disclosed,
        statements::{StatementShown, Statements},
    },
    statements,
    work::blocking,
};
use protocol::origin::Position;
use serde::Deserialize;
use texts::say;
use tokio::time::{Instant, timeout, timeout_at};

use super::{
    channels,
    records::{Place, place},
};
use crate::{disclosed::Shown, form::Query, problem::Failed, route::Param};

/// How long to wait for the others.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    #[serde(default)]
    wait_s: u64,
}

/// Query of [`make`].
pub const WAIT: &[Param] =
    &[Param::new("wait_s", "integer", "Wait so many seconds, 0 to 60, until every other party has answered")];

/// Which of them.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    limit: Option<usize>,
}

/// Query of [`list`].
pub const ASKED: &[Param] = &[Param::new("limit", "integer", "Rows, 1 to 200; 50 without it")];

/// Makes a statement about all that is held now.
pub async fn make(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(channel): Path<String>,
    Query(wait): Query<Wait>,
) -> Result<Shown<StatementShown>, Failed> {
    let handle = channels::find(&node, &channel)?;
    if wait.wait_s > limits::STATEMENT_WAIT_SECONDS_MAX {
        let message = say!("waits-at-most", statement_wait_seconds_max = limits::STATEMENT_WAIT_SECONDS_MAX);
        return Err(Fault::usage(message).in_field("wait_s").into());
    }
    let may_sign = timeout(Duration::from_secs(limits::ACT_WAIT_SECONDS), handle.may_sign());
    may_sign.await.unwrap_or_else(|_| {
        let message = say!("not-made-after-start");
        Err(Fault::new(Code::Unavailable, message))
    })?;
    let position = statements::make(&node.statements, &handle, By::caller(&caller)).await?;
    let deadline = Instant::now() + Duration::from_secs(wait.wait_s);
    let mut moved = node.threads.progress();
    loop {
        moved.mark_unchanged();
        let shown = read(&node, &caller, position).await?;
        if shown.shown().is_answered() || !matches!(timeout_at(deadline, moved.changed()).await, Ok(Ok(()))) {
            return Ok(Shown(shown));
        }
    }
}

/// Lists the newest statements of all parties.
pub async fn list(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(channel): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Shown<Statements>, Failed> {
    let channel = channels::find(&node, &channel)?.id();
    Ok(Shown(blocking(move || node.reading.statements(&caller, &channel, asked.limit)).await?))
}

/// One statement with its answers.
pub async fn show(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<Place>,
) -> Result<Shown<StatementShown>, Failed> {
    Ok(Shown(read(&node, &caller, place(&node, &path)?).await?))
}

async fn read(node: &Node, caller: &Caller, at: Position) -> Result<Disclosed<StatementShown>, Fault> {
    let (node, caller) = (node.clone(), caller.clone());
    blocking(move || node.reading.statement(&caller, &at)).await
}
