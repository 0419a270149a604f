//! Threads as lists show them: derived from the batches, behind a cursor, never in a commit.
//!
//! ```text
//! DIR/projection.db   threads and their events as stubs: kinds, places, times and states, never content
//! ```
//!
//! All of it can be made again from the store, so the file may be deleted while the node is stopped. It is written
//! without waiting for the disk: after a power cut it is behind, and its cursor says by how much. Titles and words are
//! in a [`TextIndex`], in memory only.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use protocol::{
    header::ThreadId,
    id::ChannelId,
    origin::{Lane, Origin, Position},
};
use rusqlite::{Connection, OptionalExtension, params};

use crate::{error::StoreError, limits, schema, sql};

mod fold;
pub use fold::{asked_words, fold};
mod tally;
mod text;
mod threads;
mod told;

pub use tally::OpenCount;
pub use text::{Found, Hit, Text, TextIndex};
pub use threads::{Seen, ThreadCursor, ThreadFilter, ThreadMore, ThreadRow, View};
pub use told::{Told, ToldRow};

use threads::{COLUMNS, Conditions, NEVER, Names};

/// The tables that this program writes, and what stands in them: which kinds stand alone counts too, for what came before a kind did
/// so is not looked at again. A file with another number is made anew.
const VERSION: u32 = 8;

/// Numbers stand for names (`threads::Names`). An event's stub stays when its content is erased: replay reads nothing
/// else. A correction stays when the rest is made again: what was shown can't be derived. Open threads are tallied by the
/// hour of their deadline ([`tally`]), so that counting them does not walk over them.
const TABLES: &str = "
CREATE TABLE cursor (channel BLOB PRIMARY KEY, arrival INTEGER NOT NULL, state BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE name (id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE) STRICT;
CREATE TABLE log (id INTEGER PRIMARY KEY, origin TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE height (
    log INTEGER NOT NULL REFERENCES log,
    first INTEGER NOT NULL,
    height INTEGER NOT NULL,
    PRIMARY KEY (log, first)
) STRICT, WITHOUT ROWID;
CREATE TABLE event (
    thread BLOB NOT NULL,
    channel INTEGER NOT NULL,
    log INTEGER NOT NULL REFERENCES log,
    entry INTEGER NOT NULL,
    stub BLOB NOT NULL,
    PRIMARY KEY (thread, channel, log, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_at ON event (log, entry);
CREATE TABLE correction (
    thread BLOB NOT NULL,
    channel INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    number INTEGER NOT NULL,
    correction BLOB NOT NULL,
    PRIMARY KEY (thread, channel, lane, seen, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE thread (
    id INTEGER PRIMARY KEY,
    channel INTEGER NOT NULL,
    thread BLOB NOT NULL,
    lane INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    clause INTEGER NOT NULL,
    supplied INTEGER NOT NULL,
    state INTEGER NOT NULL,
    open INTEGER NOT NULL,
    awaits INTEGER NOT NULL,
    due INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    news INTEGER NOT NULL,
    opener INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    full INTEGER NOT NULL,
    more BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX thread_by_id ON thread (thread, channel, lane, seen);
CREATE INDEX thread_open_by_due ON thread (open, due, id, channel, state, awaits, kind, clause, supplied, seen, opener);
CREATE INDEX thread_by_due ON thread (due, id, channel, state, awaits, kind, clause, supplied, seen, opener);
CREATE INDEX thread_news ON thread (news);
CREATE INDEX thread_changed ON thread (changed);
CREATE INDEX thread_full ON thread (channel) WHERE full = 1;
CREATE TABLE holds (
    channel INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    arrival INTEGER NOT NULL,
    PRIMARY KEY (channel, kind, arrival)
) STRICT, WITHOUT ROWID;
CREATE TABLE tally (
    channel INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    awaits INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    supplied INTEGER NOT NULL,
    opener INTEGER NOT NULL,
    threads INTEGER NOT NULL,
    PRIMARY KEY (channel, hour, awaits, seen, supplied, opener)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER tally_came AFTER INSERT ON thread WHEN new.open BEGIN
    INSERT INTO tally VALUES (new.channel, new.due / 3600000, new.awaits, new.seen, new.supplied, new.opener, 1)
    ON CONFLICT (channel, hour, awaits, seen, supplied, opener) DO UPDATE SET threads = threads + 1;
END;
CREATE TRIGGER tally_went AFTER DELETE ON thread WHEN old.open BEGIN
    UPDATE tally SET threads = threads - 1
    WHERE (channel, hour, awaits, seen, supplied, opener)
        = (old.channel, old.due / 3600000, old.awaits, old.seen, old.supplied, old.opener);
END;
CREATE TRIGGER tally_moved AFTER UPDATE ON thread
    WHEN (old.open, old.due / 3600000, old.awaits, old.supplied, old.opener)
        IS NOT (new.open, new.due / 3600000, new.awaits, new.supplied, new.opener)
BEGIN
    UPDATE tally SET threads = threads - 1
    WHERE old.open AND (channel, hour, awaits, seen, supplied, opener)
        = (old.channel, old.due / 3600000, old.awaits, old.seen, old.supplied, old.opener);
    INSERT INTO tally
    SELECT new.channel, new.due / 3600000, new.awaits, new.seen, new.supplied, new.opener, 1 WHERE new.open
    ON CONFLICT (channel, hour, awaits, seen, supplied, opener) DO UPDATE SET threads = threads + 1;
END;
CREATE TRIGGER tally_empty AFTER UPDATE ON tally WHEN new.threads = 0 BEGIN
    DELETE FROM tally
    WHERE (channel, hour, awaits, seen, supplied, opener)
        = (new.channel, new.hour, new.awaits, new.seen, new.supplied, new.opener);
END;
CREATE TABLE told (
    id INTEGER PRIMARY KEY,
    channel BLOB NOT NULL,
    log INTEGER NOT NULL REFERENCES log,
    entry INTEGER NOT NULL,
    agency BLOB NOT NULL,
    kind INTEGER NOT NULL,
    time INTEGER NOT NULL,
    about_log INTEGER REFERENCES log,
    about_entry INTEGER,
    body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX told_at ON told (log, entry);
CREATE INDEX told_in_channel ON told (channel, kind, agency, id);
CREATE INDEX told_about ON told (about_log, about_entry) WHERE about_log IS NOT NULL;
";

/// The threads of a node: one writer, any number of readers.
pub struct Projection {
    writer: Mutex<Connection>,
    idle: Mutex<Vec<Connection>>,
    names: Names,
    path: PathBuf,
}

/// An event of a thread.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventRow {
    /// Its thread.
    pub thread: ThreadId,
    /// The entry that it is. One entry may be an event of several threads.
    pub position: Position,
    /// What replay reads, opaque to the store.
    pub stub: Vec<u8>,
}

/// The height of a batch's first entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HeightRow {
    /// Its log.
    pub origin: Origin,
    /// Number of the batch's first entry.
    pub first: u64,
    /// The height of that entry.
    pub height: u64,
}

/// What one turn of the projection writes, in one transaction.
#[derive(Clone, Debug)]
pub struct Turn {
    /// The channel.
    pub channel: ChannelId,
    /// Number of the last batch, in the order of arrival, that is now projected.
    pub arrival: u64,
    /// What the projection carries from turn to turn, opaque to the store.
    pub state: Vec<u8>,
    /// Heights of the batches of this turn.
    pub heights: Vec<HeightRow>,
    /// Events, new or changed.
    pub events: Vec<EventRow>,
    /// Threads, new or changed.
    pub threads: Vec<ThreadRow>,
    /// Corrections to show with a thread, opaque to the store; one that is kept already is not kept twice.
    pub corrections: Vec<(ThreadId, Lane, Seen, Vec<u8>)>,
    /// What parties told of threads.
    pub told: Vec<ToldRow>,
    /// Kinds that lists find by the batches that hold them, each with the number of such a batch.
    pub holds: Vec<(String, u64)>,
}

impl Projection {
    /// Opens the threads of a node's folder. A file of another version, or one that is damaged, is made anew; its
    /// cursors are then at the beginning.
    ///
    /// The caller holds the folder's lock, as [`Store`](crate::Store) does.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join("projection.db");
        let writer = match open_writer(&path) {
            // What can be made again is not worth a repair.
            Err(StoreError::Damaged { .. }) => {
                remove(&path)?;
                open_writer(&path)?
            }
            opened => opened?,
        };
        let names = Names::load(&writer)?;
        Ok(Self { writer: Mutex::new(writer), idle: Mutex::default(), names, path })
    }

    /// Up to which batch a channel is projected, and what the projection carries; `None` if nothing of it is.
    pub fn cursor(&self, channel: &ChannelId) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT arrival, state FROM cursor WHERE channel = ?1")?;
            let found =
                statement.query_row([channel.bytes()], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?))).optional()?;
            found.map(|(arrival, state)| Ok((sql::uint(arrival)?, state))).transpose()
        })
    }

    /// Writes a turn whole, or not at all.
    pub fn write(&self, turn: &Turn) -> Result<(), StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction()?;
        let channel = self.names.number(&transaction, turn.channel.bytes())?;
        for HeightRow { origin, first, height } in &turn.heights {
            let log = log_number(&transaction, origin)?;
            transaction
                .prepare_cached("INSERT OR REPLACE INTO height (log, first, height) VALUES (?1, ?2, ?3)")?
                .execute((log, sql::int(*first), sql::int(*height)))?;
        }
        for event in &turn.events {
            let log = log_number(&transaction, &event.position.origin)?;
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO event (thread, channel, log, entry, stub) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute((event.thread.0, channel, log, sql::int(event.position.index), &event.stub))?;
        }
        for rows in turn.threads.chunk_by(|one, other| one.thread == other.thread && one.more.lane == other.more.lane) {
            // What a thread has no row for any more goes: it is seen by all again, or by offices no longer.
            for seen in [Seen::ByAll, Seen::Whole, Seen::ByOffices] {
                let (Some(row), false) = (rows.first(), rows.iter().any(|row| row.seen == seen)) else { continue };
                transaction
                    .prepare_cached(
                        "DELETE FROM thread WHERE thread = ?1 AND channel = ?2 AND lane = ?3 AND seen = ?4",
                    )?
                    .execute((row.thread.0, channel, threads::lane_number(row.more.lane), seen.number()))?;
            }
            for thread in rows {
                self.put_thread(&transaction, thread)?;
            }
        }
        for (thread, lane, seen, correction) in &turn.corrections {
            transaction
                .prepare_cached(
                    "INSERT INTO correction (thread, channel, lane, seen, number, correction)
                     SELECT ?1, ?2, ?3, ?4, COUNT(*), ?5 FROM correction
                     WHERE thread = ?1 AND channel = ?2 AND lane = ?3 AND seen = ?4
                     HAVING COALESCE(MAX(correction = ?5), 0) = 0",
                )?
                .execute((thread.0, channel, threads::lane_number(*lane), seen.number(), correction))?;
        }
        for (kind, arrival) in &turn.holds {
            transaction
                .prepare_cached("INSERT OR IGNORE INTO holds (channel, kind, arrival) VALUES (?1, ?2, ?3)")?
                .execute((channel, self.names.number(&transaction, kind.as_bytes())?, sql::int(*arrival)))?;
        }
        for row in &turn.told {
            told::put(&transaction, &turn.channel, row)?;
        }
        transaction
            .prepare_cached("INSERT OR REPLACE INTO cursor (channel, arrival, state) VALUES (?1, ?2, ?3)")?
            .execute((turn.channel.bytes(), sql::int(turn.arrival), &turn.state))?;
        transaction.commit()?;
        Ok(())
    }

    /// Forgets all but corrections: the next turn begins with the first batch.
    pub fn clear(&self) -> Result<(), StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction()?;
        transaction.execute_batch(
            "DELETE FROM event; DELETE FROM thread; DELETE FROM tally; DELETE FROM height; DELETE FROM told; DELETE FROM holds; DELETE FROM cursor;",
        )?;
        transaction.commit()?;
        Ok(())
    }

    /// The batches of a channel after number `after` up to number `upto` that hold records of these kinds.
    pub fn holding(&self, channel: &ChannelId, kinds: &[&str], after: u64, upto: u64) -> Result<Vec<u64>, StoreError> {
        let mut conditions = Conditions::default();
        conditions.and_channels("holds.channel", &self.names, &[*channel]);
        conditions.and_name("holds.kind", &self.names, |name| kinds.iter().any(|kind| kind.as_bytes() == name));
        conditions.and("holds.arrival > ? AND holds.arrival <= ?", [sql::int(after).into(), sql::int(upto).into()]);
        let sql = format!("SELECT DISTINCT arrival FROM holds WHERE {} ORDER BY arrival", conditions.sql());
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(rusqlite::params_from_iter(&conditions.values))?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(sql::uint(row.get(0)?)?);
            }
            Ok(found)
        })
    }

    /// Number and height of the first entry of the last known batch of a log that begins at an entry or before it.
    pub fn height_before(&self, origin: &Origin, index: u64) -> Result<Option<(u64, u64)>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT first, height FROM height WHERE log = (SELECT id FROM log WHERE origin = ?1) AND first <= ?2
                 ORDER BY first DESC LIMIT 1",
            )?;
            let found = statement.query_row((origin.to_string(), sql::int(index)), |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
            });
            found.optional()?.map(|(first, height)| Ok((sql::uint(first)?, sql::uint(height)?))).transpose()
        })
    }

    /// The events of a thread in both lanes, in the order of their logs and numbers.
    pub fn events(&self, channel: &ChannelId, thread: &ThreadId) -> Result<Vec<EventRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT origin, entry, stub FROM event JOIN log ON log.id = event.log
                 WHERE thread = ?1 AND channel = (SELECT id FROM name WHERE name = ?2) ORDER BY log, entry",
            )?;
            let mut rows = statement.query((thread.0, channel.bytes()))?;
            let mut events = Vec::new();
            while let Some(row) = rows.next()? {
                let origin: Origin = sql::origin(&row.get::<_, String>(0)?)?;
                let position = Position { origin, index: sql::uint(row.get(1)?)? };
                events.push(EventRow { thread: *thread, position, stub: row.get(2)? });
            }
            Ok(events)
        })
    }

    /// Walks the threads of a channel, each with its events in both lanes: positions and stubs.
    pub fn for_each_thread(
        &self,
        channel: &ChannelId,
        mut visit: impl FnMut(ThreadId, &[(Position, Vec<u8>)]),
    ) -> Result<(), StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT thread, origin, entry, stub FROM event JOIN log ON log.id = event.log
                 WHERE channel = (SELECT id FROM name WHERE name = ?1) ORDER BY thread",
            )?;
            let mut rows = statement.query([channel.bytes()])?;
            let (mut thread, mut events) = (None, Vec::new());
            while let Some(row) = rows.next()? {
                let next = ThreadId(row.get(0)?);
                if let Some(before) = thread.replace(next).filter(|before| *before != next) {
                    visit(before, &events);
                    events.clear();
                }
                let origin: Origin = sql::origin(&row.get::<_, String>(1)?)?;
                events.push((Position { origin, index: sql::uint(row.get(2)?)? }, row.get(3)?));
            }
            if let Some(last) = thread {
                visit(last, &events);
            }
            Ok(())
        })
    }

    /// The threads that have an event among `count` entries of a log from `first` on.
    pub fn threads_in(&self, origin: &Origin, first: u64, count: u64) -> Result<Vec<ThreadId>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT DISTINCT thread FROM event
                 WHERE log = (SELECT id FROM log WHERE origin = ?1) AND entry >= ?2 AND entry < ?3 ORDER BY thread",
            )?;
            let end = sql::int(first.saturating_add(count));
            let mut rows = statement.query((origin.to_string(), sql::int(first), end))?;
            let mut threads = Vec::new();
            while let Some(row) = rows.next()? {
                threads.push(ThreadId(row.get(0)?));
            }
            Ok(threads)
        })
    }

    /// The corrections of a thread as somebody saw it, oldest first.
    pub fn corrections(
        &self,
        channel: &ChannelId,
        thread: &ThreadId,
        lane: Lane,
        view: View,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT correction FROM correction
                 WHERE thread = ?1 AND channel = (SELECT id FROM name WHERE name = ?2) AND lane = ?3 AND {}
                 ORDER BY seen, number",
                view.condition("seen")
            ))?;
            let mut rows = statement.query((thread.0, channel.bytes(), threads::lane_number(lane)))?;
            let mut corrections = Vec::new();
            while let Some(row) = rows.next()? {
                corrections.push(row.get(0)?);
            }
            Ok(corrections)
        })
    }

    /// The threads with an id: one, unless somebody uses an id in two channels or lanes.
    pub fn named(&self, thread: &ThreadId, view: View) -> Result<Vec<ThreadRow>, StoreError> {
        let mut conditions = Conditions::default();
        conditions.and(&view.condition("thread.seen"), []);
        conditions.and("thread.thread = ?", [thread.0.to_vec().into()]);
        let rows = self.select(&conditions, "ORDER BY thread.id", limits::SAME_THREADS_MAX)?;
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }

    /// Threads whose id lies between two, both included; few of them.
    pub fn named_between(&self, low: &ThreadId, high: &ThreadId, view: View) -> Result<Vec<ThreadRow>, StoreError> {
        let mut conditions = Conditions::default();
        conditions.and(&view.condition("thread.seen"), []);
        conditions.and("thread.thread BETWEEN ? AND ?", [low.0.to_vec().into(), high.0.to_vec().into()]);
        let rows = self.select(&conditions, "ORDER BY thread.thread, thread.id", limits::SAME_THREADS_MAX)?;
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }

    /// A page of threads by deadline, the earliest first and those without one last; and where the next page begins,
    /// if there is more.
    pub fn threads(
        &self,
        filter: &ThreadFilter,
        after: Option<ThreadCursor>,
        rows_max: usize,
    ) -> Result<(Vec<ThreadRow>, Option<ThreadCursor>), StoreError> {
        let mut conditions = self.conditions(filter);
        if let Some(after) = after {
            conditions
                .and("(thread.due, thread.id) > (?, ?)", [sql::int(after.due).into(), sql::int(after.row).into()]);
        }
        let mut rows = self.select(&conditions, "ORDER BY thread.due, thread.id", rows_max.saturating_add(1))?;
        let more = rows.len() > rows_max;
        rows.truncate(rows_max);
        let next = rows
            .last()
            .filter(|_| more)
            .map(|(row, thread)| ThreadCursor { due: thread.due.unwrap_or(u64::MAX), row: *row });
        Ok((rows.into_iter().map(|(_, thread)| thread).collect(), next))
    }

    /// How many threads pass the filter; it stops counting at `at_most`.
    pub fn count(&self, filter: &ThreadFilter, at_most: u32) -> Result<u64, StoreError> {
        let conditions = self.conditions(filter);
        let (table, passing) = (conditions.table(), conditions.sql());
        let sql = format!("SELECT COUNT(*) FROM (SELECT 1 FROM {table} WHERE {passing} LIMIT {at_most})");
        self.one(&sql, &conditions)
    }

    /// The threads that a batch was the last to change.
    pub fn changed_by(&self, arrival: u64, view: View) -> Result<Vec<ThreadRow>, StoreError> {
        let mut conditions = Conditions::default();
        conditions.and(&view.condition("thread.seen"), []);
        conditions.and("thread.changed = ?", [sql::int(arrival).into()]);
        let rows = self.select(&conditions, "ORDER BY thread.id", limits::CHANGED_THREADS_MAX)?;
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }

    /// The threads of which no further record of this agency would be read.
    pub fn full(&self) -> Result<Vec<ThreadRow>, StoreError> {
        let mut conditions = Conditions::default();
        conditions.and("thread.full = 1", []);
        conditions.and(&View::Whole.condition("thread.seen"), []);
        let rows = self.select(&conditions, "ORDER BY thread.id", limits::FULL_THREADS_MAX)?;
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }

    fn conditions(&self, filter: &ThreadFilter) -> Conditions {
        let mut conditions = Conditions::default();
        conditions.and_thread(&self.names, filter);
        conditions.and_view(filter);
        if let Some(openers) = &filter.openers {
            conditions.and_opener("thread.opener", &self.names, openers);
        }
        if let Some(channels) = &filter.channels {
            conditions.and_channels("thread.channel", &self.names, channels);
        }
        if let Some(clause) = &filter.clause {
            conditions.and_name("thread.clause", &self.names, |name| name == clause.as_bytes());
        }
        if let Some(supplied) = &filter.supplied {
            conditions.and_supplied("thread.supplied", &self.names, supplied);
        }
        conditions
    }

    fn put_thread(&self, connection: &Connection, thread: &ThreadRow) -> Result<(), StoreError> {
        let number = |name: &[u8]| self.names.number(connection, name);
        let awaits: Vec<u8> = thread.awaits.iter().flat_map(|agency| *agency.bytes()).collect();
        connection
            .prepare_cached(
                "INSERT INTO thread (channel, thread, lane, kind, clause, supplied, state, open, awaits, due, changed, more,
                                     seen, opener, full, news)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
                 ON CONFLICT (thread, channel, lane, seen) DO UPDATE SET
                     full = excluded.full, opener = excluded.opener, kind = excluded.kind, clause = excluded.clause, supplied = excluded.supplied,
                     state = excluded.state, open = excluded.open, awaits = excluded.awaits, due = excluded.due,
                     changed = excluded.changed, news = excluded.news, more = excluded.more",
            )?
            .execute(params![
                number(thread.channel.bytes())?,
                thread.thread.0,
                threads::lane_number(thread.more.lane),
                number(thread.kind.as_bytes())?,
                number(thread.clause.as_bytes())?,
                number(thread.supplied.as_bytes())?,
                number(thread.state.as_bytes())?,
                thread.open,
                number(&awaits)?,
                thread.due.map_or(NEVER, sql::int),
                sql::int(thread.changed),
                serde_json::to_vec(&thread.more).unwrap_or_default(),
                thread.seen.number(),
                number(thread.opener.as_bytes())?,
                thread.full,
                sql::int(thread.news),
            ])?;
        Ok(())
    }

    fn select(
        &self,
        conditions: &Conditions,
        order: &str,
        rows_max: usize,
    ) -> Result<Vec<(u64, ThreadRow)>, StoreError> {
        self.read(|connection| {
            let (table, conditions_sql) = (conditions.table(), conditions.sql());
            let sql = format!("SELECT {COLUMNS} FROM {table} WHERE {conditions_sql} {order} LIMIT {rows_max}");
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(rusqlite::params_from_iter(&conditions.values))?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push((sql::uint(row.get(0)?)?, threads::read(row, &self.names)?));
            }
            Ok(found)
        })
    }

    fn one(&self, sql: &str, conditions: &Conditions) -> Result<u64, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            sql::uint(statement.query_row(rusqlite::params_from_iter(&conditions.values), |row| row.get(0))?)
        })
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle().pop();
        let connection = match kept {
            Some(connection) => connection,
            None => schema::open_reader(&self.path)?,
        };
        let result = work(&connection);
        let mut idle = idle();
        if idle.len() < limits::READERS_IDLE_MAX {
            idle.push(connection);
        }
        result
    }

    fn writer(&self) -> MutexGuard<'_, Connection> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    let connection = schema::open_own(path)?;
    // A commit does not wait for the disk: a power cut loses the last turns, never half of one, and the cursor with
    // them.
    connection.execute_batch("PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;")?;
    let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version == VERSION {
        return Ok(connection);
    }
    let empty: bool = connection.query_row("SELECT COUNT(*) = 0 FROM sqlite_schema", [], |row| row.get(0))?;
    if !empty {
        return Err(StoreError::damaged(path.display().to_string(), format!("its version is {version}")));
    }
    connection.execute_batch(TABLES)?;
    connection.pragma_update(None, "user_version", VERSION)?;
    Ok(connection)
}

fn remove(path: &Path) -> Result<(), StoreError> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let name = PathBuf::from(name);
        match fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::io("remove", &name)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

fn log_number(connection: &Connection, origin: &Origin) -> Result<i64, StoreError> {
    let origin = origin.to_string();
    let mut find = connection.prepare_cached("SELECT id FROM log WHERE origin = ?1")?;
    if let Some(number) = find.query_row([&origin], |row| row.get(0)).optional()? {
        return Ok(number);
    }
    connection.prepare_cached("INSERT INTO log (origin) VALUES (?1)")?.execute([&origin])?;
    Ok(connection.last_insert_rowid())
}
