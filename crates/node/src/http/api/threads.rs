//! `GET /v1/threads`: what is open, for whom and until when; and one thread whole.

use axum::{
    Extension, Json,
    extract::{Path, Query, State},
};
use protocol::{
    header::ThreadId,
    id::{AgencyId, ChannelId},
    origin::Lane,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{ThreadCursor, ThreadFilter, ThreadRow};

use crate::{
    callers::Caller,
    clock,
    fault::{Code, Fault},
    http::route::Param,
    limits,
    node::Node,
    threads::{
        self,
        view::{self, Line},
        words::Progress,
    },
    work::blocking,
};

/// Which threads or records, and which page of them.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Words that must all be there: of a search.
    pub q: Option<String>,
    /// Only of this channel.
    channel: Option<ChannelId>,
    /// Only of channels with this agency.
    party: Option<AgencyId>,
    /// Only of this kind: `requests.request`.
    kind: Option<String>,
    /// Only in this state.
    state: Option<String>,
    /// Only those that wait for this agency.
    awaits: Option<AgencyId>,
    /// Only those due before this time, milliseconds since 1970.
    due_before: Option<u64>,
    /// Only those that are overdue now.
    #[serde(default)]
    overdue: bool,
    /// Only under this clause.
    clause: Option<String>,
    /// Also those that are over; without it, open ones only.
    #[serde(default)]
    closed: bool,
    /// Where the page before ended, its `next`: of a list.
    pub cursor: Option<String>,
    /// Rows of the page.
    limit: Option<usize>,
}

/// Query of [`list`].
pub const ASKED: &[Param] = &[CHANNEL, PARTY, KIND, STATE, AWAITS, DUE_BEFORE, OVERDUE, CLAUSE, CLOSED, CURSOR, LIMIT];

/// Only of one channel.
pub const CHANNEL: Param = Param::new("channel", "string", "Only of this channel");
/// Only of channels with an agency.
pub const PARTY: Param = Param::new("party", "string", "Only of channels with this agency");
/// Only of a kind of thread.
pub const KIND: Param = Param::new("kind", "string", "Only of this kind of thread");
/// Only in a state.
pub const STATE: Param = Param::new("state", "string", "Only in this state");
/// Only those that wait for an agency.
pub const AWAITS: Param = Param::new("awaits", "string", "Only those that wait for this agency");
/// Only those due early.
pub const DUE_BEFORE: Param = Param::new("due_before", "integer", "Only those due before, milliseconds since 1970");
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
pub const WITHIN: &[Param] = &[CHANNEL, Param::new("lane", "string", "Only in this lane")];

/// A page of threads.
#[derive(Debug, Serialize)]
pub struct Threads {
    /// The threads: the earliest deadline first, those without one last.
    threads: Vec<Line>,
    /// The cursor of the next page, if there is one.
    next: Option<String>,
    /// How far titles are: they may be absent while they are being read.
    titles: Progress,
}

/// Lists threads by deadline.
pub async fn list(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Query(asked): Query<Asked>,
) -> Result<Json<Threads>, Fault> {
    if asked.q.is_some() {
        return Err(Fault::usage("a list has no words: search with GET /v1/search").in_field("q"));
    }
    let after = asked.cursor.as_deref().map(read_cursor).transpose()?;
    let rows_max = asked.rows()?;
    blocking(move || {
        bring_up(&node)?;
        let now = clock::now_ms();
        let (rows, next) = node.threads.rows.threads(&asked.of_store(&node, &caller, now), after, rows_max)?;
        let (index, titles) = node.threads.words.index(&node)?;
        let reader = node.reader()?;
        let line = |row: ThreadRow| {
            let title = view::title(&node, &reader, Some(&index), &row);
            view::line(&node, row, title, now)
        };
        Ok::<_, Fault>(Json(Threads {
            threads: rows.into_iter().filter(|row| view::shows(&node, &caller, row)).map(line).collect(),
            next: next.map(write_cursor),
            titles,
        }))
    })
    .await
}

/// In which channel and lane.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Within {
    channel: Option<ChannelId>,
    lane: Option<Lane>,
}

/// One thread: where it stands, its events in their order, and what may be done next.
pub async fn show(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(thread): Path<String>,
    Query(within): Query<Within>,
) -> Result<Json<Value>, Fault> {
    let id: ThreadId =
        thread.parse().map_err(|_| Fault::usage("a thread is 32 lower-case hexadecimal digits").in_field("thread"))?;
    blocking(move || {
        bring_up(&node)?;
        let mut rows = node.threads.rows.named(&id)?;
        rows.retain(|row| {
            within.channel.is_none_or(|channel| channel == row.channel)
                && within.lane.is_none_or(|lane| lane == row.more.lane)
                && view::shows(&node, &caller, row)
        });
        match (rows.pop(), rows.is_empty()) {
            (Some(row), true) if !caller.purposes().include(&row.supplied) => {
                let (why, supplied) = (caller.purposes().why(), &row.supplied);
                let message = format!(
                    "the thread was opened to this agency for {supplied}, not for {why}: take a token of that purpose, \
                     or ask the provider with requests.permission_request/1"
                );
                Err(Fault::new(Code::Refused, message).by_rule("PUR-01").in_field("purpose"))
            }
            (Some(row), true) => Ok(Json(view::whole(&node, &caller, row, clock::now_ms())?)),
            (Some(_), false) => {
                let message = format!("several channels or lanes have a thread {id}: name channel and lane");
                Err(Fault::new(Code::Conflict, message).in_field("channel"))
            }
            (None, _) => Err(Fault::not_found(format!(
                "no thread {id} here: threads exist in channels whose agreement lets a kind cross that opens one"
            ))),
        }
    })
    .await
}

/// Makes the rows of all threads again from what the store holds.
pub async fn rebuild(State(node): State<Node>) -> Result<Json<Value>, Fault> {
    blocking(move || {
        node.upkeep.rebuild()?;
        let open = threads::count_open(&node, None, None)?;
        Ok::<_, Fault>(Json(json!({ "open": open })))
    })
    .await
}

impl Asked {
    /// As the store reads it for a caller, at a moment.
    pub fn of_store(&self, node: &Node, caller: &Caller, now: u64) -> ThreadFilter {
        let with = |party: &AgencyId| {
            let channels = node.channels();
            let with = channels.iter().filter(|channel| channel.value().parties().contains_key(party));
            with.map(|channel| channel.id()).collect::<Vec<_>>()
        };
        let channels = match (&self.channel, &self.party) {
            (None, None) => None,
            (Some(channel), None) => Some(vec![*channel]),
            (None, Some(party)) => Some(with(party)),
            (Some(channel), Some(party)) => Some(with(party).into_iter().filter(|with| with == channel).collect()),
        };
        let due_before = match (self.due_before, self.overdue) {
            (Some(before), true) => Some(before.min(now)),
            (None, true) => Some(now),
            (before, false) => before,
        };
        ThreadFilter {
            channels,
            kind: self.kind.clone(),
            state: self.state.clone(),
            open: (!self.closed).then_some(true),
            awaits: self.awaits,
            due_before,
            clause: self.clause.clone(),
            supplied: caller.purposes().filter(),
        }
    }

    /// How many rows the page has.
    pub fn rows(&self) -> Result<usize, Fault> {
        match self.limit.unwrap_or(limits::PAGE_ROWS) {
            rows @ 1..=limits::PAGE_ROWS_MAX => Ok(rows),
            _ => Err(Fault::usage(format!("a page has 1 to {} rows", limits::PAGE_ROWS_MAX)).in_field("limit")),
        }
    }

    /// Whether it asks for something that only threads with states have.
    pub const fn asks_for_threads(&self) -> bool {
        self.kind.is_some()
            || self.state.is_some()
            || self.awaits.is_some()
            || self.due_before.is_some()
            || self.overdue
    }
}

/// A node that does not serve has no turns of its own, so whoever asks takes them.
pub fn bring_up(node: &Node) -> Result<(), Fault> {
    if !node.serves() {
        threads::catch_up(node)?;
    }
    Ok(())
}

/// A cursor is the end of a page in hexadecimal digits; what it means is nobody's business but ours.
fn write_cursor(cursor: ThreadCursor) -> String {
    let mut bytes = cursor.due.to_be_bytes().to_vec();
    bytes.extend_from_slice(&cursor.row.to_be_bytes());
    hex::encode(bytes)
}

fn read_cursor(text: &str) -> Result<ThreadCursor, Fault> {
    let numbers = hex::decode(text).ok().filter(|bytes| bytes.len() == 16).map(|bytes| {
        let (numbers, _) = bytes.as_chunks::<8>();
        numbers.iter().map(|number| u64::from_be_bytes(*number)).collect::<Vec<_>>()
    });
    match numbers.as_deref() {
        Some([due, row]) => Ok(ThreadCursor { due: *due, row: *row }),
        _ => Err(Fault::usage("a cursor is the `next` of the page before, as it was given").in_field("cursor")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let cursor = ThreadCursor { due: u64::MAX, row: 7 };
        assert_eq!(read_cursor(&write_cursor(cursor)).unwrap(), cursor);
        for wrong in ["", "00", "zz", &"0".repeat(33), &"0".repeat(34)] {
            assert_eq!(read_cursor(wrong).unwrap_err().field.as_deref(), Some("cursor"), "{wrong}");
        }
    }

    #[test]
    fn a_page_has_a_limit() {
        let rows = |limit| Asked { limit, ..Asked::default() }.rows();
        assert_eq!(rows(None).unwrap(), 50);
        assert_eq!(rows(Some(200)).unwrap(), 200);
        assert!(rows(Some(0)).is_err() && rows(Some(201)).is_err());
    }
}
