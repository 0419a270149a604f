//! What parties tell each other about threads in records of the protocol: statements, answers to them, and what was
//! withheld from whom. Read from the batches like threads, so it can be made again.

use protocol::{
    id::{AgencyId, ChannelId},
    origin::Position,
};
use rusqlite::{Row, params};

use super::{Projection, log_number};
use crate::{error::StoreError, sql};

/// A record of the protocol about threads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ToldRow {
    /// The record.
    pub position: Position,
    /// What it is.
    pub told: Told,
    /// Its manifest's time, milliseconds since 1970.
    pub time: u64,
    /// The record that it is about: of an answer, the statement.
    pub about: Option<Position>,
    /// Its body.
    pub body: Vec<u8>,
}

/// What a party tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Told {
    /// A statement.
    Statement,
    /// An answer to one.
    Answer,
    /// That records were withheld from it.
    Withheld,
}

const COLUMNS: &str = "log.origin, told.entry, told.kind, told.time, about.origin, told.about_entry, told.body";

impl Projection {
    /// Records of a sort in a channel, the newest first; only of one party if it is named.
    pub fn told(
        &self,
        channel: &ChannelId,
        told: Told,
        by: Option<&AgencyId>,
        rows_max: usize,
    ) -> Result<Vec<ToldRow>, StoreError> {
        let by = by.map(|by| by.bytes().to_vec());
        self.read_told(
            &format!(
                "WHERE told.channel = ?1 AND told.kind = ?2 AND told.agency = COALESCE(?3, told.agency)
                 ORDER BY told.id DESC LIMIT {rows_max}"
            ),
            params![channel.bytes(), number(told), by],
        )
    }

    /// The record at a place, if it is one of these.
    pub fn told_at(&self, position: &Position) -> Result<Option<ToldRow>, StoreError> {
        let rows = self.read_told(
            "WHERE log.origin = ?1 AND told.entry = ?2",
            params![position.origin.to_string(), sql::int(position.index)],
        )?;
        Ok(rows.into_iter().next())
    }

    /// The first answer of each party to a statement, in the order of their arrival.
    pub fn answers(&self, statement: &Position) -> Result<Vec<ToldRow>, StoreError> {
        self.read_told(
            "WHERE about.origin = ?1 AND told.about_entry = ?2 AND told.kind = 1 AND NOT EXISTS (
                 SELECT 1 FROM told AS earlier WHERE earlier.about_log = told.about_log
                 AND earlier.about_entry = told.about_entry AND earlier.kind = 1
                 AND earlier.agency = told.agency AND earlier.id < told.id
             ) ORDER BY told.id",
            params![statement.origin.to_string(), sql::int(statement.index)],
        )
    }

    /// Statements of other parties that a party has not answered, the oldest first.
    pub fn unanswered(&self, channel: &ChannelId, me: &AgencyId, rows_max: usize) -> Result<Vec<ToldRow>, StoreError> {
        self.read_told(
            &format!(
                "WHERE told.channel = ?1 AND told.kind = 0 AND told.agency <> ?2 AND NOT EXISTS (
                     SELECT 1 FROM told AS answer WHERE answer.about_log = told.log
                     AND answer.about_entry = told.entry AND answer.kind = 1 AND answer.agency = ?2
                 ) ORDER BY told.id LIMIT {rows_max}"
            ),
            params![channel.bytes(), me.bytes()],
        )
    }

    fn read_told(&self, rest: &str, values: &[&dyn rusqlite::ToSql]) -> Result<Vec<ToldRow>, StoreError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM told JOIN log ON log.id = told.log
                 LEFT JOIN log AS about ON about.id = told.about_log {rest}"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(values)?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(read(row)?);
            }
            Ok(found)
        })
    }
}

/// Writes a row; one that is there already stays.
pub(super) fn put(connection: &rusqlite::Connection, channel: &ChannelId, row: &ToldRow) -> Result<(), StoreError> {
    let log = log_number(connection, &row.position.origin)?;
    let about = row.about.as_ref().map(|about| log_number(connection, &about.origin)).transpose()?;
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO told (channel, log, entry, agency, kind, time, about_log, about_entry, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            channel.bytes(),
            log,
            sql::int(row.position.index),
            row.position.origin.agency.bytes(),
            number(row.told),
            sql::int(row.time),
            about,
            row.about.map(|about| sql::int(about.index)),
            row.body,
        ])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<ToldRow, StoreError> {
    let place =
        |origin: &str, index| Ok::<_, StoreError>(Position { origin: sql::origin(origin)?, index: sql::uint(index)? });
    let about: Option<String> = row.get(4)?;
    let about_entry: Option<i64> = row.get(5)?;
    Ok(ToldRow {
        position: place(&row.get::<_, String>(0)?, row.get(1)?)?,
        told: match row.get(2)? {
            0 => Told::Statement,
            1 => Told::Answer,
            _ => Told::Withheld,
        },
        time: sql::uint(row.get(3)?)?,
        about: about.zip(about_entry).map(|(origin, entry)| place(&origin, entry)).transpose()?,
        body: row.get(6)?,
    })
}

const fn number(told: Told) -> i64 {
    match told {
        Told::Statement => 0,
        Told::Answer => 1,
        Told::Withheld => 2,
    }
}
