//! Rows of threads: what lists show and filter by, without content.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use protocol::{
    header::ThreadId,
    id::{AgencyId, ChannelId},
    origin::{Lane, Origin},
};
use rusqlite::{Connection, OptionalExtension, Row, types::Value};
use serde::{Deserialize, Serialize};

use crate::{error::StoreError, sql};

/// A thread as it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ThreadRow {
    /// Its channel.
    pub channel: ChannelId,
    /// Its id there.
    pub thread: ThreadId,
    /// Its kind.
    pub kind: String,
    /// The clause under which it was opened.
    pub clause: String,
    /// The purpose for which it was supplied to this agency; empty if this agency opened it.
    pub supplied: String,
    /// Its state.
    pub state: String,
    /// Whether it can still go on by itself.
    pub open: bool,
    /// The parties that are to act next.
    pub awaits: Vec<AgencyId>,
    /// When the next thing is due, milliseconds since 1970.
    pub due: Option<u64>,
    /// Number of the batch, in the order of arrival, that changed it last.
    pub changed: u64,
    /// Number of the batch, in the order of arrival, that brought its last record of another party; 0 if none did.
    pub news: u64,
    /// The word by which [`ThreadFilter::openers`] finds it: the node's own.
    pub opener: String,
    /// Who sees the thread as it stands here.
    pub seen: Seen,
    /// Whether of this agency no further record in it would be read.
    pub full: bool,
    /// What lists show and do not filter by.
    pub more: ThreadMore,
}

/// Who sees a thread as a row has it. A thread of which records are or were hidden from offices has two rows: one of all its
/// records, and one as offices see it, or will. Which threads they do not see at all stands in no row: it is in the filter
/// ([`ThreadFilter::hidden`]), so that this file does not tell what was passed on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Seen {
    /// Everybody: nothing in it is hidden.
    ByAll,
    /// Whoever sees what is hidden.
    Whole,
    /// Everybody else.
    ByOffices,
}

impl Seen {
    pub(super) const fn number(self) -> i64 {
        match self {
            Self::ByAll => 0,
            Self::Whole => 1,
            Self::ByOffices => 2,
        }
    }

    const fn of_number(number: i64) -> Self {
        match number {
            0 => Self::ByAll,
            1 => Self::Whole,
            _ => Self::ByOffices,
        }
    }
}

/// As whom threads are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum View {
    /// Whole, with what is hidden from offices.
    #[default]
    Whole,
    /// As offices see them.
    Office,
}

impl View {
    /// The rows that it has, as a condition on a column.
    pub(super) fn condition(self, column: &str) -> String {
        let own = match self {
            Self::Whole => Seen::Whole,
            Self::Office => Seen::ByOffices,
        };
        format!("{column} IN ({}, {})", Seen::ByAll.number(), own.number())
    }
}

/// What lists show of a thread and do not filter by.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ThreadMore {
    /// The lane in which it lives.
    pub lane: Lane,
    /// Who opened it.
    pub opened_by: Option<AgencyId>,
    /// Log and number of the record whose title stands for it.
    pub titled_by: Option<(Origin, u64)>,
    /// Kind of that record; of the first one where no record opened the thread with effect.
    pub titled_kind: String,
    /// What is due.
    pub due_what: Option<String>,
    /// Who must do it.
    pub due_from: Option<AgencyId>,
    /// When a party must have said that it received what the thread waits for, milliseconds since 1970.
    pub receipt_due: Option<u64>,
    /// Time of its first record, milliseconds since 1970.
    pub opened: u64,
    /// Since when it is in its state, milliseconds since 1970.
    pub since: u64,
    /// Height of the latest event that changed it: it is settled once the other parties' logs have reached it.
    pub height: Option<u64>,
    /// Number of its records.
    pub records: u64,
    /// How many of them take no effect.
    pub ineffective: u64,
}

/// Which threads are wanted; what is `None` is not asked.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ThreadFilter {
    /// Of one of these channels.
    pub channels: Option<Vec<ChannelId>>,
    /// Of this kind.
    pub kind: Option<String>,
    /// In this state.
    pub state: Option<String>,
    /// Whether they can still go on.
    pub open: Option<bool>,
    /// Not of this kind.
    pub kind_not: Option<String>,
    /// Waiting for this party.
    pub awaits: Option<AgencyId>,
    /// Waiting for somebody, and not for this party.
    pub awaits_others: Option<AgencyId>,
    /// With a record of another party that arrived after the batch of this number.
    pub news_after: Option<u64>,
    /// Only these.
    pub only: Option<Vec<ThreadId>>,
    /// Due before this time, milliseconds since 1970.
    pub due_before: Option<u64>,
    /// Under this clause.
    pub clause: Option<String>,
    /// Supplied for one of these purposes, or this agency's own.
    pub supplied: Option<Vec<String>>,
    /// As whom they are read.
    pub view: View,
    /// Of what offices see, not these threads.
    pub hidden: Vec<ThreadId>,
    /// With one of these words in [`ThreadRow::opener`].
    pub openers: Option<Vec<String>>,
}

/// Where a page of a list ends: the next one begins after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ThreadCursor {
    /// Deadline of the last row, or the largest number if it has none.
    pub due: u64,
    /// The last row.
    pub row: u64,
}

/// What stands as deadline of a thread that has none, so that it comes last.
pub(super) const NEVER: i64 = i64::MAX;

/// Columns of a thread, as [`read`] reads them.
pub(super) const COLUMNS: &str = "thread.id, thread.channel, thread.thread, thread.kind, thread.clause, thread.state, \
                                  thread.open, thread.awaits, thread.due, thread.changed, thread.more, thread.supplied, thread.seen, \
                                  thread.opener, thread.full, thread.news";

/// How many [`COLUMNS`] there are.
pub(super) const COLUMN_COUNT: usize = 16;

/// Reads the [`COLUMNS`] at the beginning of a row.
pub(super) fn read(row: &Row<'_>, names: &Names) -> Result<ThreadRow, StoreError> {
    let due: i64 = row.get(8)?;
    let awaits: Vec<u8> = names.bytes(row.get(7)?)?.to_vec();
    let more: Vec<u8> = row.get(10)?;
    Ok(ThreadRow {
        channel: ChannelId::new(names.id(row.get(1)?)?),
        thread: ThreadId(row.get(2)?),
        kind: names.text(row.get(3)?)?,
        clause: names.text(row.get(4)?)?,
        supplied: names.text(row.get(11)?)?,
        state: names.text(row.get(5)?)?,
        open: row.get(6)?,
        awaits: awaits.as_chunks().0.iter().map(|agency| AgencyId::new(*agency)).collect(),
        due: if due == NEVER { None } else { Some(sql::uint(due)?) },
        changed: sql::uint(row.get(9)?)?,
        seen: Seen::of_number(row.get(12)?),
        opener: names.text(row.get(13)?)?,
        full: row.get(14)?,
        news: sql::uint(row.get(15)?)?,
        more: serde_json::from_slice(&more)
            .map_err(|error| StoreError::damaged("the threads' database", error.to_string()))?,
    })
}

/// Numbers for what repeats in every row: channels, kinds, states, clauses, parties. Rows with numbers are short, so one
/// index holds all that lists filter by, and a filter that nothing passes costs a walk over little.
#[derive(Default)]
pub(super) struct Names {
    known: RwLock<HashMap<i64, Arc<[u8]>>>,
}

impl Names {
    /// Every name that is there.
    pub(super) fn load(connection: &Connection) -> Result<Self, StoreError> {
        let mut statement = connection.prepare("SELECT id, name FROM name")?;
        let known = statement
            .query_map([], |row| Ok((row.get(0)?, Arc::from(row.get::<_, Vec<u8>>(1)?))))?
            .collect::<Result<_, _>>()?;
        Ok(Self { known: RwLock::new(known) })
    }

    /// The number of a name, which gets one if it has none.
    pub(super) fn number(&self, connection: &Connection, name: &[u8]) -> Result<i64, StoreError> {
        if let Some(number) = find(connection, name)? {
            return Ok(number);
        }
        connection.prepare_cached("INSERT INTO name (name) VALUES (?1)")?.execute([name])?;
        let number = connection.last_insert_rowid();
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(number, Arc::from(name));
        Ok(number)
    }

    /// The name of a number.
    pub(super) fn bytes(&self, number: i64) -> Result<Arc<[u8]>, StoreError> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let missing = || StoreError::damaged("the threads' database", format!("no name has number {number}"));
        known.get(&number).cloned().ok_or_else(missing)
    }

    pub(super) fn text(&self, number: i64) -> Result<String, StoreError> {
        String::from_utf8(self.bytes(number)?.to_vec())
            .map_err(|_| StoreError::damaged("the threads' database", format!("name {number} is not text")))
    }

    pub(super) fn id(&self, number: i64) -> Result<[u8; 32], StoreError> {
        (&*self.bytes(number)?)
            .try_into()
            .map_err(|_| StoreError::damaged("the threads' database", format!("name {number} is not an id")))
    }

    /// The numbers of the names that satisfy a condition.
    fn numbers_of(&self, wanted: impl Fn(&[u8]) -> bool) -> Vec<i64> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.iter().filter(|(_, name)| wanted(name)).map(|(number, _)| *number).collect()
    }
}

fn find(connection: &Connection, name: &[u8]) -> Result<Option<i64>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id FROM name WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}

/// A lane as rows name it: a thread's id means another thread in the other lane.
pub(super) const fn lane_number(lane: Lane) -> i64 {
    match lane {
        Lane::Main => 0,
        Lane::Urgent => 1,
    }
}

/// Conditions joined by AND, with their values in order.
#[derive(Default)]
pub(super) struct Conditions {
    sql: String,
    /// The index that finds what few rows pass, where the order of a list would have all of them walked.
    index: Option<&'static str>,
    /// What its `?` stand for, in order.
    pub(super) values: Vec<Value>,
}

impl Conditions {
    /// Adds a condition with as many `?` as there are values.
    pub(super) fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        if !self.sql.is_empty() {
            self.sql.push_str(" AND ");
        }
        self.sql.push_str(condition);
        self.values.extend(values);
    }

    /// Adds that a column of numbers is a name's, which may be unknown: then nothing passes.
    pub(super) fn and_name(&mut self, column: &str, names: &Names, wanted: impl Fn(&[u8]) -> bool) {
        let numbers = names.numbers_of(wanted);
        let places = vec!["?"; numbers.len()].join(", ");
        self.and(&format!("{column} IN ({places})"), numbers.into_iter().map(Value::from));
    }

    /// Adds that the channel is one of these.
    pub(super) fn and_channels(&mut self, column: &str, names: &Names, channels: &[ChannelId]) {
        self.and_name(column, names, |name| channels.iter().any(|channel| channel.bytes() == name));
    }

    /// Adds that a list of parties has this one.
    pub(super) fn and_party(&mut self, column: &str, names: &Names, party: &AgencyId) {
        self.and_name(column, names, |name| has_party(name, party));
    }

    /// Adds that a list of parties has some, and not this one.
    pub(super) fn and_others(&mut self, column: &str, names: &Names, me: &AgencyId) {
        self.and_name(column, names, |name| !name.is_empty() && name.len() % 32 == 0 && !has_party(name, me));
    }

    /// Adds that one of these words stands for what opened it.
    pub(super) fn and_opener(&mut self, column: &str, names: &Names, openers: &[String]) {
        self.and_name(column, names, |name| openers.iter().any(|one| one.as_bytes() == name));
    }

    /// Adds that it was supplied for one of these purposes, or is this agency's own.
    pub(super) fn and_supplied(&mut self, column: &str, names: &Names, purposes: &[String]) {
        self.and_name(column, names, |name| name.is_empty() || purposes.iter().any(|known| known.as_bytes() == name));
    }

    /// Adds as whom threads are read, and which of them offices do not see.
    pub(super) fn and_view(&mut self, filter: &ThreadFilter) {
        self.and(&filter.view.condition("thread.seen"), []);
        if filter.view == View::Office && !filter.hidden.is_empty() {
            self.and("lower(hex(thread.thread)) NOT IN (SELECT value FROM json_each(?))", [list(&filter.hidden)]);
        }
    }

    /// What only a thread has: kind, state, open, whom it waits for, deadline, what came.
    pub(super) fn and_thread(&mut self, names: &Names, filter: &ThreadFilter) {
        let ThreadFilter { kind, kind_not, state, open, awaits, awaits_others, due_before, news_after, only, .. } =
            filter;
        if let Some(open) = open {
            self.and("thread.open = ?", [i64::from(*open).into()]);
        }
        if let Some(due_before) = due_before {
            self.and("thread.due < ?", [sql::int(*due_before).into()]);
        }
        if let Some(after) = news_after {
            self.index = Some("thread_news");
            self.and("thread.news > ?", [sql::int(*after).into()]);
        }
        if let Some(only) = only {
            self.index = Some("thread_by_id");
            self.and("thread.thread IN (SELECT unhex(value) FROM json_each(?))", [list(only)]);
        }
        if let Some(kind) = kind {
            self.and_name("thread.kind", names, |name| name == kind.as_bytes());
        }
        if let Some(kind) = kind_not {
            self.and_name("thread.kind", names, |name| name != kind.as_bytes());
        }
        if let Some(state) = state {
            self.and_name("thread.state", names, |name| name == state.as_bytes());
        }
        if let Some(awaits) = awaits {
            self.and_party("thread.awaits", names, awaits);
        }
        if let Some(me) = awaits_others {
            self.and_others("thread.awaits", names, me);
        }
    }

    /// The table of threads, read by the index that there is to use.
    pub(super) fn table(&self) -> String {
        self.index.map_or_else(|| "thread".to_owned(), |index| format!("thread INDEXED BY {index}"))
    }

    /// As SQL; what has no condition passes.
    pub(super) fn sql(&self) -> &str {
        if self.sql.is_empty() { "1" } else { &self.sql }
    }
}

/// A list of parties is one name: the ids side by side.
fn has_party(name: &[u8], party: &AgencyId) -> bool {
    name.len().is_multiple_of(32) && name.as_chunks::<32>().0.contains(party.bytes())
}

/// Threads as one value, which `json_each` takes apart.
fn list(threads: &[ThreadId]) -> Value {
    let threads: Vec<String> = threads.iter().map(|thread| format!("\"{thread}\"")).collect();
    format!("[{}]", threads.join(",")).into()
}
