//! `GET /v1/threads`: what is open, for whom and until when; and one thread whole.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use node::{
    answers::threads::Rebuilt,
    callers::Caller,
    fault::Fault,
    names::ThreadNamed,
    node::Node,
    reading::{
        list::{ListQuery, ThreadPage},
        thread::{ThreadShown, Within},
    },
    words::{Lane, ThreadState},
    work::blocking,
};
use protocol::header::ThreadId;
use texts::say;

use crate::{disclosed::Shown, form::Query, problem::Failed, route::Param};

/// Query of [`list`].
pub const ASKED: &[Param] = &[CHANNEL, PARTY, KIND, STATE, AWAITS, DUE_BEFORE, OVERDUE, CLAUSE, CLOSED, CURSOR, LIMIT];

/// Only of one channel.
pub const CHANNEL: Param = Param::new("channel", "string", "Only of this channel");
/// Only of channels with an agency.
pub const PARTY: Param = Param::new("party", "string", "Only of channels with this agency");
/// Only of a kind of thread.
pub const KIND: Param = Param::new(
    "kind",
    "string",
    "Only of this kind of thread: `requests.request`, or the kind of record that opens it",
);
/// Only in a state.
pub const STATE: Param = Param::word::<ThreadState>("state", "Only in this state");
/// Only those that wait for an agency.
pub const AWAITS: Param = Param::new("awaits", "string", "Only those that wait for this agency");
/// Only those due early.
pub const DUE_BEFORE: Param = Param::new("due_before_ms", "integer", "Only those due before, milliseconds since 1970");
/// Only those that are overdue.
pub const OVERDUE: Param = Param::new("overdue", "boolean", "Only those that are overdue now");
/// Only under a clause.
pub const CLAUSE: Param = Param::new("clause", "string", "Only under this clause");
/// Also those that are over.
pub const CLOSED: Param = Param::new("closed", "boolean", "Also those that are over");
/// Where the page before ended.
pub const CURSOR: Param = Param::new("cursor", "string", "The `next` of the page before");
/// Rows of a page.
pub const LIMIT: Param = Param::new("limit", "integer", "Rows of the page, 1 to 200; 50 without it");

/// Query of [`show`].
pub const WITHIN: &[Param] = &[CHANNEL, Param::word::<Lane>("lane", "Only in this lane")];

/// Lists threads by deadline.
pub async fn list(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<ListQuery>,
) -> Result<Shown<ThreadPage>, Failed> {
    Ok(Shown(blocking(move || node.reading.threads(&caller, &query)).await?))
}

/// One thread: where it stands, its events in their order, and what may be done next.
pub async fn show(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(thread): Path<String>,
    Query(within): Query<Within>,
) -> Result<Shown<ThreadShown>, Failed> {
    let id: ThreadNamed = thread.parse()?;
    Ok(Shown(blocking(move || node.reading.thread(&caller, &id, &within)).await?))
}

/// The thread that a path names.
pub fn thread_id(text: &str) -> Result<ThreadId, Fault> {
    text.parse().map_err(|_| Fault::usage(say!("thread-form")).in_field("thread"))
}

/// Makes the rows of all threads again from what the store holds.
pub async fn rebuild(State(node): State<Node>) -> Result<Json<Rebuilt>, Failed> {
    Ok(blocking(move || {
        node.upkeep.rebuild()?;
        let open = node.upkeep.count_open(None, None)?;
        Ok::<_, Fault>(Json(Rebuilt { open }))
    })
    .await?)
}
