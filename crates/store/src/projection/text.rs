//! The text index: titles and words of records, in memory only.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use protocol::{
    header::ThreadId,
    origin::{Origin, Position},
};
use rusqlite::{Connection, OptionalExtension, params, types::Value};

use super::{
    Projection,
    fold::{self, fold},
    threads::{self, COLUMN_COUNT, COLUMNS, Conditions, NEVER, ThreadFilter, ThreadRow},
};
use crate::{error::StoreError, limits, sql};

/// Titles and words of the records whose content is here, in a database that lies in memory and dies with the process.
///
/// Nothing of it reaches a file: a file with words in the clear would outlive the keys that die with a month.
pub struct TextIndex {
    connection: Mutex<Connection>,
    threads: Arc<Projection>,
}

/// What the index is told of one record.
#[derive(Clone, Debug)]
pub struct Text {
    /// The record.
    pub position: Position,
    /// Its batch's number in the order of arrival.
    pub arrival: u64,
    /// Its thread.
    pub thread: ThreadId,
    /// Its kind.
    pub kind: String,
    /// The clause under which it crossed.
    pub clause: String,
    /// The purpose for which it was supplied to this agency; empty for this agency's own.
    pub supplied: String,
    /// The line that stands for it in lists.
    pub title: String,
    /// Everything in it that a reader may look for.
    pub words: String,
}

/// A record that was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hit {
    /// The record.
    pub position: Position,
    /// Its thread.
    pub thread: ThreadId,
    /// Its kind.
    pub kind: String,
    /// The line that stands for it in lists.
    pub title: String,
    /// The thread as it stands, if its kind has a desk that follows threads.
    pub row: Option<ThreadRow>,
}

/// What a search found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// The records: by deadline, then newest first.
    pub hits: Vec<Hit>,
    /// Whether more records hold the words than were looked at: only the newest
    /// [`TEXT_MATCHES_MAX`](crate::limits::TEXT_MATCHES_MAX) were.
    pub too_many: bool,
}

/// `words` keeps no text and no places of words: only which records hold a word.
const TABLES: &str = "
CREATE TABLE log (
    id INTEGER PRIMARY KEY,
    channel INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    origin TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE doc (
    id INTEGER PRIMARY KEY,
    log INTEGER NOT NULL REFERENCES log,
    entry INTEGER NOT NULL,
    thread BLOB NOT NULL,
    kind INTEGER NOT NULL,
    clause INTEGER NOT NULL,
    supplied INTEGER NOT NULL,
    title TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX doc_at ON doc (log, entry);
CREATE INDEX doc_of_thread ON doc (thread);
CREATE VIRTUAL TABLE words USING fts5(
    text, content='', contentless_delete=1, detail=none, tokenize='unicode61 remove_diacritics 2'
);
INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
";

impl TextIndex {
    /// An empty index beside a node's threads.
    pub fn new(threads: Arc<Projection>) -> Result<Self, StoreError> {
        let connection = Connection::open_in_memory()?;
        connection.set_prepared_statement_cache_capacity(limits::STATEMENTS_MAX);
        // What is freed is overwritten, so that erased words do not linger in memory.
        connection.execute_batch("PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;")?;
        connection.execute_batch(TABLES)?;
        connection.execute("ATTACH ?1 AS disk", [threads.path.display().to_string()])?;
        connection.execute_batch(&format!("PRAGMA disk.cache_size = -{};", limits::WRITER_CACHE_KIB))?;
        Ok(Self { connection: Mutex::new(connection), threads })
    }

    /// Adds records; one that is there already is replaced.
    pub fn add(&self, texts: &[Text]) -> Result<(), StoreError> {
        // The numbers of names are the threads', so that a search joins by them.
        let numbers = {
            let writer = self.threads.writer();
            let number = |name: &[u8]| self.threads.names.number(&writer, name);
            let of = |text: &Text| {
                let channel = number(text.position.origin.channel.bytes())?;
                let of_record = [&text.kind, &text.clause, &text.supplied];
                let [kind, clause, supplied] = of_record.map(|name| number(name.as_bytes()));
                Ok((channel, kind?, clause?, supplied?))
            };
            texts.iter().map(of).collect::<Result<Vec<_>, StoreError>>()?
        };
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        for (text, (channel, kind, clause, supplied)) in texts.iter().zip(numbers) {
            let origin = text.position.origin.to_string();
            transaction
                .prepare_cached("INSERT OR IGNORE INTO log (channel, lane, origin) VALUES (?1, ?2, ?3)")?
                .execute((channel, threads::lane_number(text.position.origin.lane), &origin))?;
            remove_one(&transaction, &text.position)?;
            // Row ids grow with the arrival, so that the newest are found first whatever was indexed first.
            let place = text.position.index % limits::TEXT_PLACES;
            let mut id = sql::int(text.arrival.saturating_mul(limits::TEXT_PLACES).saturating_add(place));
            let mut taken = transaction.prepare_cached("SELECT 1 FROM doc WHERE id = ?1")?;
            while taken.exists([id])? {
                id = id.saturating_add(1);
            }
            let mut insert = transaction.prepare_cached(
                "INSERT INTO doc (id, log, entry, thread, kind, clause, supplied, title)
                 VALUES (?1, (SELECT id FROM log WHERE origin = ?2), ?3, ?4, ?5, ?6, ?7, ?8)",
            )?;
            let entry = sql::int(text.position.index);
            insert.execute(params![id, origin, entry, text.thread.0, kind, clause, supplied, text.title])?;
            transaction
                .prepare_cached("INSERT INTO words (rowid, text) VALUES (?1, ?2)")?
                .execute((id, fold(&text.words)))?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Takes a record out: its content is gone.
    pub fn remove(&self, position: &Position) -> Result<(), StoreError> {
        remove_one(&self.connection(), position)
    }

    /// The title of a record; `None` also while records are being taken up or searched, because a list must not wait for
    /// that: whoever asks can open the record.
    pub fn title(&self, position: &Position) -> Result<Option<String>, StoreError> {
        let connection = match self.connection.try_lock() {
            Ok(free) => free,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(None),
        };
        let mut statement = connection.prepare_cached(
            "SELECT title FROM doc WHERE log = (SELECT id FROM log WHERE origin = ?1) AND entry = ?2",
        )?;
        Ok(statement.query_row((position.origin.to_string(), sql::int(position.index)), |row| row.get(0)).optional()?)
    }

    /// Records that hold every word of `question` (three letters and more also as the beginning of a longer word), and whose threads pass the filter.
    /// `None` if the question has no word.
    pub fn search(&self, question: &str, filter: &ThreadFilter, rows_max: usize) -> Result<Option<Found>, StoreError> {
        let words = fold::words(question);
        if words.is_empty() {
            return Ok(None);
        }
        // Short beginnings stand in half of all records, so only longer words stand for what begins with them.
        let term = |word: &String| match word.chars().count() {
            0..limits::PREFIX_CHARS_MIN => format!("\"{word}\""),
            _ => format!("\"{word}\" *"),
        };
        let matched = words.iter().map(term).collect::<Vec<_>>().join(" AND ");
        let names = &self.threads.names;
        let mut conditions = Conditions::default();
        // Channel, clause and purpose are known of every record; the rest asks for a thread that a desk follows.
        conditions.and_thread(names, filter);
        let join = if conditions.values.is_empty() { "LEFT JOIN" } else { "CROSS JOIN" };
        if let Some(channels) = &filter.channels {
            conditions.and_channels("log.channel", names, channels);
        }
        if let Some(clause) = &filter.clause {
            conditions.and_name("doc.clause", names, |name| name == clause.as_bytes());
        }
        if let Some(supplied) = &filter.supplied {
            conditions.and_supplied("doc.supplied", names, supplied);
        }
        let sql = format!(
            "WITH hit (id) AS MATERIALIZED (
                 SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT {looked_at} + 1),
             found (doc, thread, due) AS MATERIALIZED (
                 SELECT doc.id, thread.id, COALESCE(thread.due, {NEVER}) AS due
                 FROM hit CROSS JOIN doc ON doc.id = hit.id CROSS JOIN log ON log.id = doc.log
                 {join} disk.thread AS thread
                     ON thread.thread = doc.thread AND thread.channel = log.channel AND thread.lane = log.lane
                         AND {view}
                 WHERE {conditions} ORDER BY due, doc.id DESC LIMIT {rows_max})
             SELECT {COLUMNS}, log.origin, doc.entry, doc.thread, doc.kind, doc.title, (SELECT COUNT(*) FROM hit)
             FROM found CROSS JOIN doc ON doc.id = found.doc CROSS JOIN log ON log.id = doc.log
             LEFT JOIN disk.thread AS thread ON thread.id = found.thread
             ORDER BY found.due, doc.id DESC",
            looked_at = limits::TEXT_MATCHES_MAX,
            conditions = conditions.sql(),
            view = filter.view.condition("thread.seen"),
        );
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&sql)?;
        let values = std::iter::once(Value::from(matched)).chain(conditions.values);
        let mut rows = statement.query(rusqlite::params_from_iter(values))?;
        let mut found = Found { hits: Vec::new(), too_many: false };
        while let Some(row) = rows.next()? {
            let thread = row.get::<_, Option<i64>>(0)?.map(|_| threads::read(row, names)).transpose()?;
            let origin: Origin = sql::origin(&row.get::<_, String>(COLUMN_COUNT)?)?;
            found.hits.push(Hit {
                position: Position { origin, index: sql::uint(row.get(COLUMN_COUNT + 1)?)? },
                thread: ThreadId(row.get(COLUMN_COUNT + 2)?),
                kind: names.text(row.get(COLUMN_COUNT + 3)?)?,
                title: row.get(COLUMN_COUNT + 4)?,
                row: thread,
            });
            found.too_many = sql::uint(row.get(COLUMN_COUNT + 5)?)? > limits::TEXT_MATCHES_MAX;
        }
        Ok(Some(found))
    }

    /// Number of records in it, and the bytes of memory that it takes.
    pub fn size(&self) -> Result<(u64, u64), StoreError> {
        let connection = self.connection();
        let records = sql::uint(connection.query_row("SELECT COUNT(*) FROM doc", [], |row| row.get(0))?)?;
        let pages = connection.query_row("PRAGMA main.page_count", [], |row| row.get::<_, i64>(0))?;
        let bytes = connection.query_row("PRAGMA main.page_size", [], |row| row.get::<_, i64>(0))?;
        Ok((records, sql::uint(pages.saturating_mul(bytes))?))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn remove_one(connection: &Connection, position: &Position) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "DELETE FROM doc WHERE log = (SELECT id FROM log WHERE origin = ?1) AND entry = ?2 RETURNING id",
    )?;
    let removed: Option<i64> =
        statement.query_row((position.origin.to_string(), sql::int(position.index)), |row| row.get(0)).optional()?;
    if let Some(id) = removed {
        connection.prepare_cached("DELETE FROM words WHERE rowid = ?1")?.execute([id])?;
    }
    Ok(())
}
