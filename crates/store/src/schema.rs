//! The tables, and how connections are opened.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::{error::StoreError, files, limits};

/// What leads from one schema to the next: the first makes the tables, and an older database takes what it lacks.
const STEPS: &[&str] = &[TABLES, SEGMENTS, VOLUMES, ASIDE, ARRIVED, AUDIT_SALT, APPROVALS, DOCUMENT_AT, OFFICE];

/// Written into the database's header, so that `file` and other tools tell it from any other SQLite database.
const APPLICATION_ID: u32 = u32::from_be_bytes(*b"MTHQ");

/// A batch is one row, its columns ordered so that what is read often lies before the ciphertexts. `keyrings` keeps its
/// length for ever: erasure overwrites it where it lies.
const TABLES: &str = "
CREATE TABLE schema (version INTEGER NOT NULL) STRICT;
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE channel (id BLOB PRIMARY KEY, state BLOB NOT NULL) STRICT;
CREATE TABLE log (
    id INTEGER PRIMARY KEY,
    channel BLOB NOT NULL,
    origin TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    state BLOB NOT NULL
) STRICT;
CREATE INDEX log_of_channel ON log (channel);
CREATE TABLE batch (
    arrival INTEGER PRIMARY KEY,
    channel BLOB NOT NULL,
    log INTEGER NOT NULL REFERENCES log,
    first INTEGER NOT NULL,
    count INTEGER NOT NULL,
    time INTEGER NOT NULL,
    note TEXT NOT NULL,
    commitments BLOB NOT NULL,
    lengths BLOB NOT NULL,
    periods BLOB NOT NULL,
    keyrings BLOB NOT NULL,
    ciphertexts BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX batch_in_log ON batch (log, first, count);
CREATE INDEX batch_in_channel ON batch (channel, arrival);
CREATE TABLE receipt (
    log INTEGER NOT NULL REFERENCES log,
    size INTEGER NOT NULL,
    agency BLOB NOT NULL,
    time_s INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX receipt_at_size ON receipt (log, size, agency);
CREATE INDEX receipt_of_agency ON receipt (log, agency, size);
CREATE TABLE result (key TEXT PRIMARY KEY, digest BLOB NOT NULL, answer BLOB NOT NULL, time INTEGER NOT NULL) STRICT;
CREATE INDEX result_by_time ON result (time);
CREATE TABLE mark (
    log INTEGER NOT NULL REFERENCES log,
    entry INTEGER NOT NULL,
    attachments INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (log, entry, attachments)
) STRICT, WITHOUT ROWID;
CREATE TABLE blob_link (
    log INTEGER NOT NULL REFERENCES log,
    entry INTEGER NOT NULL,
    blob BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    complete INTEGER NOT NULL,
    PRIMARY KEY (log, entry, blob)
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_link_of_blob ON blob_link (blob);
CREATE INDEX blob_link_incomplete ON blob_link (log, entry) WHERE complete = 0;
CREATE TABLE doomed_blob (blob BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE document (
    id INTEGER PRIMARY KEY,
    channel BLOB NOT NULL,
    kind TEXT NOT NULL,
    origin TEXT,
    entry INTEGER,
    bytes BLOB NOT NULL
) STRICT;
CREATE INDEX document_of_channel ON document (channel, kind, id);
CREATE TABLE audit (seq INTEGER PRIMARY KEY, entry BLOB NOT NULL, leaf BLOB NOT NULL) STRICT;
CREATE TABLE peer (agency BLOB PRIMARY KEY, chain BLOB NOT NULL, trusted INTEGER NOT NULL) STRICT;
CREATE TABLE agreement (hash BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
";

/// Where the ciphertexts of a large batch lie: its own column is empty then.
const SEGMENTS: &str = "
ALTER TABLE batch ADD COLUMN segment INTEGER;
ALTER TABLE batch ADD COLUMN segment_offset INTEGER;
";

/// Of how many persons records crossed from one agency to another in a month; the month as [`Period::number`].
///
/// [`Period::number`]: protocol::commit::Period::number
const VOLUMES: &str = "
CREATE TABLE volume (
    author BLOB NOT NULL,
    reader BLOB NOT NULL,
    month INTEGER NOT NULL,
    persons INTEGER NOT NULL,
    PRIMARY KEY (author, reader, month)
) STRICT, WITHOUT ROWID;
";

/// What lies beside the channels, sealed: the rows tell nothing but how many there are.
const ASIDE: &str = "
CREATE TABLE aside (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    channel BLOB NOT NULL,
    period INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT;
";

/// When a batch arrived here, microseconds since 1970: it rises with `arrival`, so that order needs no index of its own.
/// Of older batches it is the manifest's time, or just after the batch before where that time does not rise.
const ARRIVED: &str = "
ALTER TABLE batch ADD COLUMN arrived_us INTEGER NOT NULL DEFAULT 0;
UPDATE batch SET arrived_us = filled.us FROM (
    SELECT arrival, arrival + MAX(1000 * time - arrival) OVER (ORDER BY arrival) AS us FROM batch
) AS filled WHERE filled.arrival = batch.arrival;
";

/// What the commitment of an entry of the audit log is salted with. Entries from before have none.
const AUDIT_SALT: &str = "
ALTER TABLE audit ADD COLUMN salt BLOB NOT NULL DEFAULT x'';
";

/// Approvals that were used in a channel: digests of signatures, which outlive the records and tell nothing of them. They are looked
/// for by digest, wherever they lie: the shorter a row, the fewer pages are read and written for each.
const APPROVALS: &str = "
CREATE TABLE approval (used BLOB NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
";

/// What is kept of an entry is found by the entry.
const DOCUMENT_AT: &str = "
CREATE INDEX document_at ON document (origin, entry, kind) WHERE origin IS NOT NULL;
";

/// What an office works on and never leaves the node, sealed under the key of its period: a row tells how long it is, in few
/// lengths, and until when it is kept.
const OFFICE: &str = "
CREATE TABLE office (
    id BLOB NOT NULL PRIMARY KEY,
    channel BLOB NOT NULL,
    period INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Where the database of a node's directory lies.
pub(crate) fn path(dir: &Path) -> PathBuf {
    dir.join("mithaq.db")
}

/// Whether a node's directory has a database already.
pub(crate) fn exists(dir: &Path) -> bool {
    path(dir).metadata().is_ok_and(|metadata| metadata.len() > 0)
}

/// Opens the writer's connection, and makes the tables if there are none.
pub(crate) fn open_writer(dir: &Path) -> Result<Connection, StoreError> {
    let path = path(dir);
    // SQLite gives the write-ahead log the mode of the database.
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(files::FILE_MODE)
        .open(&path)
        .map_err(StoreError::io("create", &path))?;
    migrate(&path)?;
    preallocate_wal(&path)?;
    let connection =
        Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    configure(&connection, limits::WRITER_CACHE_KIB)?;
    connection.execute_batch(&format!(
        "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = {};",
        limits::WAL_PAGES
    ))?;
    Ok(connection)
}

/// Opens a database beside the node's own, which is made if it is not there, for reading and writing.
pub(crate) fn open_own(path: &Path) -> Result<Connection, StoreError> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(files::FILE_MODE)
        .open(path)
        .map_err(StoreError::io("create", path))?;
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    configure(&connection, limits::WRITER_CACHE_KIB)?;
    connection.execute_batch("PRAGMA journal_mode = WAL;")?;
    Ok(connection)
}

/// Opens a connection that can only read.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    configure(&connection, limits::READER_CACHE_KIB)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn configure(connection: &Connection, cache_kib: u32) -> Result<(), StoreError> {
    connection.busy_timeout(Duration::from_millis(limits::BUSY_MS_MAX.into()))?;
    connection.set_prepared_statement_cache_capacity(limits::STATEMENTS_MAX);
    // A database from elsewhere must not bring code along.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // A prepared statement stays as it was planned: else some are planned again for each value bound to them, which took a
    // twelfth of a request's processor time. No plan here gains by a value: no statistics are kept.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Memory maps would count as the node's memory, and temporary files would leave the node's directory.
    connection.execute_batch(&format!(
        "PRAGMA cache_size = -{cache_kib}; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
    ))?;
    Ok(())
}

fn migrate(path: &Path) -> Result<(), StoreError> {
    let mut connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    configure(&connection, limits::WRITER_CACHE_KIB)?;
    // Only an empty database takes the first two; afterwards they change nothing. A step that writes rows anew must leave
    // no copy of their keyrings behind, which an erasure would not find.
    connection.execute_batch(&format!(
        "PRAGMA page_size = {}; PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON;",
        limits::PAGE_BYTES
    ))?;
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let empty = transaction.query_row("SELECT COUNT(*) = 0 FROM sqlite_schema", [], |row| row.get(0))?;
    let found = if empty {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        0
    } else {
        transaction.query_row("SELECT version FROM schema", [], |row| row.get::<_, u32>(0)).map_err(|error| {
            StoreError::damaged(path.display().to_string(), format!("it is not a node's database ({error})"))
        })?
    };
    let known = u32::try_from(STEPS.len()).unwrap_or(u32::MAX);
    if found > known {
        return Err(StoreError::NewerSchema { path: path.into(), found, known });
    }
    let missing = STEPS.get(usize::try_from(found).unwrap_or(usize::MAX)..).unwrap_or_default();
    if !missing.is_empty() {
        missing.iter().try_for_each(|step| transaction.execute_batch(step))?;
        transaction.execute("DELETE FROM schema", [])?;
        transaction.execute("INSERT INTO schema VALUES (?1)", [known])?;
    }
    transaction.commit()?;
    Ok(())
}

/// Gives the write-ahead log its full length before the first commit, so that commits overwrite and do not append.
///
/// SQLite takes a log whose header is zero for an empty one (file format §4.4: a header with a wrong checksum ends the
/// log). Nobody else has the database open here: the caller holds the lock and readers open later. A log that still
/// holds frames has a length and is left alone.
fn preallocate_wal(path: &Path) -> Result<(), StoreError> {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    let wal = PathBuf::from(wal);
    if wal.metadata().is_ok_and(|metadata| metadata.len() > 0) {
        return Ok(());
    }
    let filled =
        OpenOptions::new().write(true).create(true).truncate(false).mode(files::FILE_MODE).open(&wal).and_then(
            |mut file| {
                std::io::copy(&mut std::io::Read::take(std::io::repeat(0), limits::WAL_BYTES), &mut file)?;
                file.sync_all()
            },
        );
    if let Err(error) = filled {
        // Without it commits are slower and nothing else; on a full disk the room is needed for other things.
        fs::remove_file(&wal).map_err(StoreError::io("remove", &wal))?;
        if !matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded) {
            return Err(StoreError::io("write", &wal)(error));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_of_every_earlier_schema_is_brought_up_to_date() {
        for (version, _) in (0u32..).zip(STEPS).skip(1) {
            let dir = tempfile::TempDir::new().unwrap();
            let old = Connection::open(path(dir.path())).unwrap();
            old.execute_batch("PRAGMA secure_delete = ON;").unwrap();
            for step in &STEPS[..usize::try_from(version).unwrap()] {
                old.execute_batch(step).unwrap();
            }
            old.execute("INSERT INTO schema VALUES (?1)", [version]).unwrap();
            old.execute_batch(
                "INSERT INTO log VALUES (1, x'01', 'origin', 1, x'00');
                 INSERT INTO batch (arrival, channel, log, first, count, time, note, commitments, lengths, periods,
                                    keyrings, ciphertexts)
                 VALUES (1, x'01', 1, 0, 1, 0, 'note', x'00', x'00', x'00', x'00', x'07');",
            )
            .unwrap();
            // A partner's clock that is ahead, then the own one, twice in one millisecond; then as many rows as fill some
            // pages, which split when the rows grow.
            let keyring = b"a wrapped keyring of some length";
            let first = [(2, 900), (4, 500), (5, 901), (6, 901)];
            for (arrival, time) in first.into_iter().chain((7..63).map(|arrival| (arrival, 1000 + arrival))) {
                old.execute(
                    "INSERT INTO batch (arrival, channel, log, first, count, time, note, commitments, lengths, periods,
                                        keyrings, ciphertexts)
                     VALUES (?1, x'01', 1, ?1, 1, ?2, 'note', x'00', x'00', x'00', ?3, zeroblob(300))",
                    (arrival, time, keyring),
                )
                .unwrap();
            }
            drop(old);
            let new = open_writer(dir.path()).unwrap();
            let found = new.query_row("SELECT version, (SELECT COUNT(*) FROM schema) FROM schema", [], |row| {
                Ok((row.get::<_, u32>(0)?, row.get::<_, u32>(1)?))
            });
            assert_eq!(found.unwrap(), (u32::try_from(STEPS.len()).unwrap(), 1));
            let kept = new.query_row("SELECT ciphertexts, segment IS NULL FROM batch WHERE arrival = 1", [], |row| {
                Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, bool>(1)?))
            });
            assert_eq!(kept.unwrap(), (vec![7], true));
            let arrived: Vec<i64> = new
                .prepare("SELECT arrived_us FROM batch ORDER BY arrival")
                .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
                .unwrap();
            // Rows of schema 5 and later bring their own time.
            let expected = if version < 5 { [0, 900_000, 900_002, 901_000, 901_001] } else { [0; 5] };
            assert_eq!(arrived[..5], expected);
            drop(new);
            let file = fs::read(path(dir.path())).unwrap();
            let copies = file.windows(keyring.len()).filter(|window| window == keyring).count();
            assert_eq!(copies, 60, "an erasure would find one copy of a keyring only");
        }
    }
}
