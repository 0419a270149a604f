//! Statements: made on demand, listed and shown.

use std::time::Duration;

use axum::{
    Extension, Json,
    extract::{Path, Query, State},
};
use protocol::origin::Position;
use serde::{Deserialize, Serialize};
use store::Told;
use tokio::time::{Instant, timeout, timeout_at};

use super::{
    channels,
    records::{Place, place},
};
use crate::{
    callers::Caller,
    channel::ChannelHandle,
    fault::{Code, Fault},
    http::route::Param,
    limits,
    node::Node,
    statements::{
        self,
        view::{self, Shown},
    },
    work::blocking,
};

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

/// The newest statements of all parties.
#[derive(Debug, Serialize)]
pub struct Statements {
    statements: Vec<Shown>,
}

/// Makes a statement about all that is held now.
pub async fn make(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(channel): Path<String>,
    Query(wait): Query<Wait>,
) -> Result<Json<Shown>, Fault> {
    let handle = channels::find(&node, &channel)?;
    if wait.wait_s > limits::STATEMENT_WAIT_SECONDS_MAX {
        let message = format!("waits at most {} seconds", limits::STATEMENT_WAIT_SECONDS_MAX);
        return Err(Fault::usage(message).in_field("wait_s"));
    }
    let may_sign = timeout(Duration::from_secs(limits::ACT_WAIT_SECONDS), handle.may_sign());
    may_sign.await.unwrap_or_else(|_| {
        let message = "not made: after a start nothing is signed until the partners have shown their logs; try again, or \
                       order a stand-in for a silent partner";
        Err(Fault::new(Code::Unavailable, message))
    })?;
    let position = statements::make(&node, &handle).await?;
    let deadline = Instant::now() + Duration::from_secs(wait.wait_s);
    let mut moved = node.threads.progress();
    loop {
        moved.mark_unchanged();
        let shown = read(&node, &handle, &caller, position).await?;
        if shown.is_answered() || !matches!(timeout_at(deadline, moved.changed()).await, Ok(Ok(()))) {
            return Ok(Json(shown));
        }
    }
}

/// Lists the newest statements of all parties.
pub async fn list(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(channel): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Json<Statements>, Fault> {
    let handle = channels::find(&node, &channel)?;
    let rows_max = asked.limit.unwrap_or(limits::PAGE_ROWS);
    if !(1..=limits::PAGE_ROWS_MAX).contains(&rows_max) {
        return Err(Fault::usage(format!("a page has 1 to {} rows", limits::PAGE_ROWS_MAX)).in_field("limit"));
    }
    blocking(move || {
        super::threads::bring_up(&node)?;
        let mut statements = Vec::new();
        for row in node.threads.rows.told(&handle.id(), Told::Statement, None, rows_max)? {
            statements.extend(view::shown(&node, &handle.value(), &caller, &row)?);
        }
        Ok::<_, Fault>(Json(Statements { statements }))
    })
    .await
}

/// One statement with its answers.
pub async fn show(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<Place>,
) -> Result<Json<Shown>, Fault> {
    let (handle, position) = place(&node, &path)?;
    Ok(Json(read(&node, &handle, &caller, position).await?))
}

async fn read(node: &Node, handle: &ChannelHandle, caller: &Caller, at: Position) -> Result<Shown, Fault> {
    let (node, value, caller) = (node.clone(), handle.value(), caller.clone());
    blocking(move || {
        crate::threads::catch_up(&node)?;
        let none = || Fault::not_found(format!("entry {} of {} is no statement", at.index, at.origin));
        let row = node.threads.rows.told_at(&at)?.ok_or_else(none)?;
        view::shown(&node, &value, &caller, &row)?.ok_or_else(none)
    })
    .await
}
