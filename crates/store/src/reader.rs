//! Reading, on connections that never block the writer.

use std::{
    collections::BTreeMap,
    ops::{ControlFlow, Deref},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use protocol::{
    batch::Batch,
    commit::{AsideId, BlobLink, KeptDocument, Mark, NewReceipt, Period, StoredBatch, SubmitResult},
    id::{AgencyId, ChannelId, Hash},
    origin::{Origin, Position},
    peer::Kept,
    suite::Suite,
    tlog::Frontier,
};
use rusqlite::{Connection, Row};

use crate::{
    aside::{self, LaidAside, SealedRow},
    commit::audit_frontier,
    error::StoreError,
    keyring::{self, Place},
    keys::KeyStore,
    limits,
    office::{self, OfficeId, OfficeItem},
    schema,
    segments::{Segments, Span},
    sql,
    store::node_key,
};

/// Hands out readers. Clones share their connections.
#[derive(Clone)]
pub struct Readers(Arc<Shared>);

struct Shared {
    path: PathBuf,
    segments: Segments,
    keys: Arc<KeyStore>,
    suite: &'static dyn Suite,
    idle: Mutex<Vec<Connection>>,
}

/// Reads the store. Each call sees one state of the database; two calls may see two.
pub struct Reader {
    /// None only while it is dropped.
    connection: Option<Connection>,
    shared: Arc<Shared>,
}

/// A log as the last commit left it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogHead {
    /// The log.
    pub origin: Origin,
    /// Number of its entries.
    pub size: u64,
    /// Its state, opaque to the store.
    pub state: Vec<u8>,
}

/// A batch and its number in the order of arrival, which is the cursor of everything derived from batches.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Grows with each batch that enters the store, over all channels.
    pub number: u64,
    /// When it arrived by the clock of this node, microseconds since 1970. It rises strictly with `number`.
    pub arrived_us: u64,
    /// The batch.
    pub stored: StoredBatch,
}

/// Another agency.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Peer {
    /// Its id.
    pub agency: AgencyId,
    /// Its card chain, opaque to the store.
    pub chain: Vec<u8>,
    /// Whether someone confirmed its fingerprint.
    pub trusted: bool,
}

/// An entry of the audit log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditEntry {
    /// Its number in the log, from 0.
    pub index: u64,
    /// What was logged; nothing once it is erased.
    pub entry: Vec<u8>,
    /// What its commitment is salted with; nothing if it is from before there were salts, or erased.
    pub salt: Vec<u8>,
    /// Its leaf in the tree: the hash of its commitment.
    pub leaf: Hash,
}

impl Readers {
    pub(crate) fn new(path: PathBuf, segments: Segments, keys: Arc<KeyStore>, suite: &'static dyn Suite) -> Self {
        Self(Arc::new(Shared { path, segments, keys, suite, idle: Mutex::default() }))
    }

    /// A reader, with a connection used before if one is idle. It goes back when the reader is dropped.
    pub fn reader(&self) -> Result<Reader, StoreError> {
        let idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => schema::open_reader(&self.0.path)?,
        };
        Ok(Reader { connection: Some(connection), shared: Arc::clone(&self.0) })
    }
}

/// A reader that sees one state of the database as long as it lives: many small questions then cost one lock, and none of
/// them reads again what a commit has touched meanwhile. Erasure waits for it, so it is held for moments.
pub struct Still(Reader);

impl Deref for Still {
    type Target = Reader;
    fn deref(&self) -> &Reader {
        &self.0
    }
}

impl Drop for Still {
    fn drop(&mut self) {
        // A connection that still holds the state would hold it among the idle ones.
        if self.0.connection().execute_batch("ROLLBACK").is_err() {
            self.0.connection = None;
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut idle = self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < limits::READERS_IDLE_MAX {
            idle.extend(self.connection.take());
        }
    }
}

/// Columns of a batch as [`Reader::batch`] reads them.
const BATCH_COLUMNS: &str = "batch.arrival, log.origin, batch.first, batch.time, batch.note, batch.commitments, \
                             batch.lengths, batch.periods, batch.keyrings, batch.ciphertexts, \
                             batch.segment, batch.segment_offset, batch.arrived_us";

impl Reader {
    /// Sees one state of the database from its first question on.
    ///
    /// # Errors
    /// The database does not answer.
    pub fn still(self) -> Result<Still, StoreError> {
        self.connection().execute_batch("BEGIN")?;
        Ok(Still(self))
    }

    /// The channels that have a state or a log.
    pub fn channels(&self) -> Result<Vec<ChannelId>, StoreError> {
        self.all("SELECT id FROM channel UNION SELECT channel FROM log ORDER BY 1", [], |row| {
            Ok(ChannelId::new(row.get(0)?))
        })
    }

    /// What lies aside, over all channels, in the order in which it was laid there.
    pub fn aside(&self) -> Result<Vec<LaidAside>, StoreError> {
        self.all("SELECT id, channel, period, sealed FROM aside ORDER BY seq", [], |row| self.laid(row))
    }

    /// What offices work on, over all channels; without what belongs to a period that is over.
    pub fn office(&self) -> Result<Vec<OfficeItem>, StoreError> {
        let items = self.all("SELECT id, channel, period, sealed FROM office", [], |row| self.office_item(row))?;
        Ok(items.into_iter().flatten().collect())
    }

    /// What an office works on under a name, unless its period is over.
    pub fn office_named(&self, id: &OfficeId) -> Result<Option<OfficeItem>, StoreError> {
        let row = "SELECT id, channel, period, sealed FROM office WHERE id = ?1";
        Ok(self.first(row, [id], |row| self.office_item(row))?.flatten())
    }

    fn office_item(&self, row: &Row<'_>) -> Result<Option<OfficeItem>, StoreError> {
        let (id, channel) = (row.get::<_, OfficeId>(0)?, ChannelId::new(row.get(1)?));
        let (period, sealed) = (Period::from_number(row.get(2)?), row.get::<_, Vec<u8>>(3)?);
        let sealing = SealedRow { label: office::LABEL, channel, id: &id, period };
        let opened = sealing.open(&sealed, &self.shared.keys, self.shared.suite)?;
        Ok(opened.map(|bytes| OfficeItem { id, channel, period, bytes }))
    }

    /// What lies aside under a name.
    pub fn aside_named(&self, id: &AsideId) -> Result<Option<LaidAside>, StoreError> {
        self.first("SELECT id, channel, period, sealed FROM aside WHERE id = ?1", [id], |row| self.laid(row))
    }

    fn laid(&self, row: &Row<'_>) -> Result<LaidAside, StoreError> {
        let (id, channel) = (row.get(0)?, ChannelId::new(row.get(1)?));
        let (period, sealed) = (Period::from_number(row.get(2)?), row.get::<_, Vec<u8>>(3)?);
        let bytes = aside::open(channel, &id, period, &sealed, &self.shared.keys, self.shared.suite)?;
        Ok(LaidAside { id, channel, bytes })
    }

    /// A channel's own state.
    pub fn channel_state(&self, channel: ChannelId) -> Result<Option<Vec<u8>>, StoreError> {
        self.first("SELECT state FROM channel WHERE id = ?1", [channel.bytes()], |row| Ok(row.get(0)?))
    }

    /// The logs of a channel.
    pub fn heads(&self, channel: ChannelId) -> Result<Vec<LogHead>, StoreError> {
        self.all("SELECT origin, size, state FROM log WHERE channel = ?1 ORDER BY origin", [channel.bytes()], log_head)
    }

    /// One log.
    pub fn head(&self, origin: &Origin) -> Result<Option<LogHead>, StoreError> {
        self.first("SELECT origin, size, state FROM log WHERE origin = ?1", [origin.to_string()], log_head)
    }

    /// The batch that holds an entry.
    pub fn batch_at(&self, origin: &Origin, index: u64) -> Result<Option<StoredBatch>, StoreError> {
        Ok(self.batches_from(origin, index, 1, 0)?.pop())
    }

    /// The number, in the order of arrival, of the batch that holds an entry.
    pub fn arrival_of(&self, position: &Position) -> Result<Option<u64>, StoreError> {
        Ok(self.place_and_time(position)?.map(|(arrival, _)| arrival))
    }

    /// What the manifest of the batch that holds an entry says of its time, milliseconds since 1970.
    pub fn time_of(&self, position: &Position) -> Result<Option<u64>, StoreError> {
        Ok(self.place_and_time(position)?.map(|(_, time)| time))
    }

    fn place_and_time(&self, position: &Position) -> Result<Option<(u64, u64)>, StoreError> {
        self.first(
            "SELECT arrival, time FROM batch JOIN log ON log.id = batch.log
             WHERE log.origin = ?1 AND first <= ?2 AND first + count > ?2 ORDER BY first DESC LIMIT 1",
            (position.origin.to_string(), sql::int(position.index)),
            |row| Ok((sql::uint(row.get(0)?)?, sql::uint(row.get(1)?)?)),
        )
    }

    /// The batches of a log from the one that holds `first_index`: at most `batches_max`, and no further batch once
    /// `bytes_max` bytes of ciphertext are reached.
    pub fn batches_from(
        &self,
        origin: &Origin,
        first_index: u64,
        batches_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<StoredBatch>, StoreError> {
        let sql = format!(
            "SELECT {BATCH_COLUMNS} FROM log JOIN batch ON batch.log = log.id
             WHERE log.origin = ?1 AND first >= COALESCE((SELECT first FROM batch AS holder
                 WHERE holder.log = log.id AND first <= ?2 ORDER BY first DESC LIMIT 1), 0)
             AND first + count > ?2 ORDER BY first LIMIT ?3"
        );
        let mut statement = self.connection().prepare_cached(&sql)?;
        let limit = i64::try_from(batches_max).unwrap_or(i64::MAX);
        let mut rows = statement.query((origin.to_string(), sql::int(first_index), limit))?;
        let (mut batches, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let stored = self.batch(row)?.stored;
            bytes += stored.batch.ciphertexts.len();
            batches.push(stored);
            if bytes >= bytes_max {
                break;
            }
        }
        Ok(batches)
    }

    /// Calls `visit` with each batch of a channel that arrived after number `after`, in order, until it breaks.
    ///
    /// The reader holds one state of the database all the while: work that takes long belongs after the walk.
    pub fn for_each_batch(
        &self,
        channel: ChannelId,
        after: u64,
        mut visit: impl FnMut(Arrival) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let sql = format!(
            "SELECT {BATCH_COLUMNS} FROM batch JOIN log ON log.id = batch.log
             WHERE batch.channel = ?1 AND batch.arrival > ?2 ORDER BY batch.arrival"
        );
        let mut statement = self.connection().prepare_cached(&sql)?;
        let mut rows = statement.query((channel.bytes(), sql::int(after)))?;
        while let Some(row) = rows.next()? {
            if visit(self.batch(row)?).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The batch of a channel that has this number in the order of arrival.
    pub fn arrival(&self, channel: ChannelId, number: u64) -> Result<Option<Arrival>, StoreError> {
        let mut found = None;
        self.for_each_batch(channel, number.saturating_sub(1), |arrival| {
            found = Some(arrival).filter(|arrival| arrival.number == number);
            ControlFlow::Break(())
        })?;
        Ok(found)
    }

    /// Number of the batch that arrived last, over all channels; 0 if there is none.
    pub fn newest_arrival(&self) -> Result<u64, StoreError> {
        let newest = self.first("SELECT COALESCE(MAX(arrival), 0) FROM batch", [], |row| sql::uint(row.get(0)?))?;
        Ok(newest.unwrap_or(0))
    }

    /// The first `size` entries of a log, for proofs; fewer if it has fewer.
    pub fn commitments(&self, origin: &Origin, size: u64) -> Result<Vec<Hash>, StoreError> {
        let mut statement = self.connection().prepare_cached(
            "SELECT commitments FROM log JOIN batch ON batch.log = log.id
             WHERE log.origin = ?1 AND first < ?2 ORDER BY first",
        )?;
        let mut rows = statement.query((origin.to_string(), sql::int(size)))?;
        let mut commitments = Vec::new();
        while let Some(row) = rows.next()? {
            commitments.extend(sql::hashes(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?));
        }
        commitments.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        Ok(commitments)
    }

    /// The checkpoint note of the batch that ends at this size.
    pub fn note_at(&self, origin: &Origin, size: u64) -> Result<Option<String>, StoreError> {
        self.first(
            "SELECT note FROM log JOIN batch ON batch.log = log.id
             WHERE log.origin = ?1 AND first < ?2 AND first + count = ?2 ORDER BY first DESC LIMIT 1",
            (origin.to_string(), sql::int(size)),
            |row| Ok(row.get(0)?),
        )
    }

    /// The receipts for exactly this size.
    pub fn receipts(&self, origin: &Origin, size: u64) -> Result<Vec<NewReceipt>, StoreError> {
        self.all(
            "SELECT origin, receipt.size, agency, time_s, note FROM log JOIN receipt ON receipt.log = log.id
             WHERE origin = ?1 AND receipt.size = ?2 ORDER BY agency",
            (origin.to_string(), sql::int(size)),
            receipt,
        )
    }

    /// One agency's receipt for exactly this size.
    pub fn receipt(&self, origin: &Origin, size: u64, agency: AgencyId) -> Result<Option<NewReceipt>, StoreError> {
        Ok(self.receipt_covering(origin, size, agency)?.filter(|receipt| receipt.size == size))
    }

    /// One agency's receipt of the smallest size that is at least this one: it covers every entry below.
    pub fn receipt_covering(
        &self,
        origin: &Origin,
        size: u64,
        agency: AgencyId,
    ) -> Result<Option<NewReceipt>, StoreError> {
        self.first(
            "SELECT origin, receipt.size, agency, time_s, note FROM log JOIN receipt ON receipt.log = log.id
             WHERE origin = ?1 AND agency = ?3 AND receipt.size >= ?2 ORDER BY receipt.size LIMIT 1",
            (origin.to_string(), sql::int(size), agency.bytes()),
            receipt,
        )
    }

    /// The size of each agency's latest receipt.
    pub fn receipted(&self, origin: &Origin) -> Result<BTreeMap<AgencyId, u64>, StoreError> {
        // Steps from agency to agency in the index: a log has many receipts and few agencies.
        let sizes = self.all(
            "WITH RECURSIVE
             this(log) AS (SELECT id FROM log WHERE origin = ?1),
             who(agency) AS (
                 SELECT MIN(agency) FROM receipt WHERE log = (SELECT log FROM this)
                 UNION ALL
                 SELECT (SELECT MIN(agency) FROM receipt WHERE log = (SELECT log FROM this) AND agency > who.agency)
                 FROM who WHERE who.agency IS NOT NULL)
             SELECT agency, (SELECT MAX(size) FROM receipt WHERE log = (SELECT log FROM this) AND agency = who.agency)
             FROM who WHERE agency IS NOT NULL",
            [origin.to_string()],
            |row| Ok((AgencyId::new(row.get(0)?), sql::uint(row.get(1)?)?)),
        )?;
        Ok(sizes.into_iter().collect())
    }

    /// What an idempotency key led to.
    pub fn submit_result(&self, key: &str) -> Result<Option<SubmitResult>, StoreError> {
        self.first("SELECT key, digest, answer, time FROM result WHERE key = ?1", [key], |row| {
            Ok(SubmitResult {
                key: row.get(0)?,
                digest: row.get(1)?,
                answer: row.get(2)?,
                time: sql::uint(row.get(3)?)?,
            })
        })
    }

    /// Whether any of these approvals was used in a channel before.
    pub fn any_approval_used(&self, channel: ChannelId, used: &[Hash]) -> Result<bool, StoreError> {
        for used in used {
            let key = [sql::approval(&channel, used)];
            if self.first("SELECT 1 FROM approval WHERE used = ?1", key, |_| Ok(()))?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The marks of a record: at most one for its own state and one for its attachments.
    pub fn marks(&self, position: &Position) -> Result<Vec<Mark>, StoreError> {
        self.marks_in(&position.origin, position.index, 1)
    }

    /// The marks of `count` records of a log from `first` on, in their order.
    pub fn marks_in(&self, origin: &Origin, first: u64, count: u64) -> Result<Vec<Mark>, StoreError> {
        self.all(
            "SELECT entry, mark.state, reason FROM log JOIN mark ON mark.log = log.id
             WHERE origin = ?1 AND entry >= ?2 AND entry < ?3 ORDER BY entry, attachments",
            (origin.to_string(), sql::int(first), sql::int(first.saturating_add(count))),
            |row| {
                let position = Position { origin: *origin, index: sql::uint(row.get(0)?)? };
                Ok(Mark { position, state: sql::mark_state(&row.get::<_, String>(1)?)?, reason: row.get(2)? })
            },
        )
    }

    /// The documents of one kind that are kept with a channel, oldest first.
    pub fn documents(&self, channel: ChannelId, kind: &'static str) -> Result<Vec<KeptDocument>, StoreError> {
        self.all(
            "SELECT origin, entry, bytes FROM document WHERE channel = ?1 AND kind = ?2 ORDER BY id",
            (channel.bytes(), kind),
            |row| {
                let origin: Option<String> = row.get(0)?;
                let position = match (origin, row.get::<_, Option<i64>>(1)?) {
                    (Some(origin), Some(entry)) => {
                        Some(Position { origin: sql::origin(&origin)?, index: sql::uint(entry)? })
                    }
                    _ => None,
                };
                Ok(KeptDocument { kind, position, bytes: row.get(2)? })
            },
        )
    }

    /// The bytes of the newest document of a kind that is kept of an entry.
    pub fn document_at(&self, position: &Position, kind: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.all(
            "SELECT bytes FROM document WHERE origin = ?1 AND entry = ?2 AND kind = ?3 ORDER BY id DESC LIMIT 1",
            (position.origin.to_string(), sql::int(position.index), kind),
            |row| Ok(row.get(0)?),
        )?;
        Ok(found.into_iter().next())
    }

    /// The blobs that a record names.
    pub fn blob_links(&self, position: &Position) -> Result<Vec<BlobLink>, StoreError> {
        self.all(
            "SELECT origin, entry, blob, bytes, complete FROM log JOIN blob_link ON blob_link.log = log.id
             WHERE origin = ?1 AND entry = ?2 ORDER BY blob",
            (position.origin.to_string(), sql::int(position.index)),
            blob_link,
        )
    }

    /// The records of a channel that name blobs which are not all here.
    pub fn incomplete_blobs(&self, channel: ChannelId) -> Result<Vec<BlobLink>, StoreError> {
        self.all(
            "SELECT origin, entry, blob, bytes, complete FROM log JOIN blob_link ON blob_link.log = log.id
             WHERE channel = ?1 AND complete = 0 ORDER BY origin, entry, blob",
            [channel.bytes()],
            blob_link,
        )
    }

    /// The records that name a blob.
    pub fn links_of_blob(&self, blob: &Hash) -> Result<Vec<BlobLink>, StoreError> {
        self.all(
            "SELECT origin, entry, blob, bytes, complete FROM blob_link JOIN log ON log.id = blob_link.log
             WHERE blob = ?1 ORDER BY origin, entry",
            [blob],
            blob_link,
        )
    }

    /// The right edge of the audit log's tree.
    pub fn audit_frontier(&self) -> Result<Frontier, StoreError> {
        audit_frontier(self.connection())
    }

    /// At most `entries_max` entries of the audit log from this number on.
    pub fn audit_from(&self, first: u64, entries_max: u32) -> Result<Vec<AuditEntry>, StoreError> {
        self.all(
            "SELECT seq, entry, salt, leaf FROM audit WHERE seq >= ?1 ORDER BY seq LIMIT ?2",
            (sql::int(first), entries_max),
            |row| {
                let index = sql::uint(row.get(0)?)?;
                Ok(AuditEntry { index, entry: row.get(1)?, salt: row.get(2)?, leaf: row.get(3)? })
            },
        )
    }

    /// Of how many persons records crossed from one agency to another in a month.
    pub fn persons(&self, author: AgencyId, reader: AgencyId, month: Period) -> Result<u32, StoreError> {
        let counts = self.all(
            "SELECT persons FROM volume WHERE author = ?1 AND reader = ?2 AND month = ?3",
            (author.bytes(), reader.bytes(), month.number()),
            |row| Ok(row.get(0)?),
        )?;
        Ok(counts.first().copied().unwrap_or(0))
    }

    /// A value of the node.
    pub fn meta(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.first("SELECT value FROM meta WHERE key = ?1", [node_key(key)], |row| Ok(row.get(0)?))
    }

    /// The node's values whose names begin with this, by name.
    pub fn metas(&self, prefix: &str) -> Result<Vec<Vec<u8>>, StoreError> {
        // A name is ASCII, so what begins with the prefix sorts before the prefix and the last code point.
        let (first, last) = (node_key(prefix), format!("{}\u{10ffff}", node_key(prefix)));
        self.all("SELECT value FROM meta WHERE key >= ?1 AND key < ?2 ORDER BY key", (first, last), |row| {
            Ok(row.get(0)?)
        })
    }

    /// Leaf hashes of the audit log below this size.
    pub fn audit_leaves(&self, size: u64) -> Result<Vec<Hash>, StoreError> {
        self.all("SELECT leaf FROM audit WHERE seq < ?1 ORDER BY seq", [sql::int(size)], |row| Ok(row.get(0)?))
    }

    /// The other agencies.
    pub fn peers(&self) -> Result<Vec<Peer>, StoreError> {
        self.all("SELECT agency, chain, trusted FROM peer ORDER BY agency", [], peer)
    }

    /// One other agency.
    pub fn peer(&self, agency: AgencyId) -> Result<Option<Peer>, StoreError> {
        self.first("SELECT agency, chain, trusted FROM peer WHERE agency = ?1", [agency.bytes()], peer)
    }

    /// The bundles of agreements, by the agreement's hash.
    pub fn agreements(&self) -> Result<Vec<(Hash, Vec<u8>)>, StoreError> {
        self.all("SELECT hash, bytes FROM agreement ORDER BY hash", [], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// How many agreements are held.
    pub fn agreement_count(&self) -> Result<u64, StoreError> {
        let count = self.first("SELECT count(*) FROM agreement", [], |row| sql::uint(row.get(0)?))?;
        Ok(count.unwrap_or(0))
    }

    /// The bundle of one agreement.
    pub fn agreement(&self, hash: &Hash) -> Result<Option<Vec<u8>>, StoreError> {
        self.first("SELECT bytes FROM agreement WHERE hash = ?1", [hash], |row| Ok(row.get(0)?))
    }

    // INVARIANT: only `drop` takes the connection.
    fn connection(&self) -> &Connection {
        self.connection.as_ref().expect("a reader has its connection until it is dropped")
    }

    fn all<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection().prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
        Ok(found)
    }

    fn first<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.connection().prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        rows.next()?.map(read).transpose()
    }

    fn batch(&self, row: &Row<'_>) -> Result<Arrival, StoreError> {
        let blob = |column| row.get_ref(column)?.as_blob().map_err(rusqlite::Error::from);
        let origin = sql::origin(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)?;
        let first = sql::uint(row.get(2)?)?;
        let periods = sql::periods(blob(7)?);
        let place = Place { origin: &origin, first };
        let key_of = |period| self.shared.keys.period_key(origin.channel, period);
        let keyring = keyring::unwrap(self.shared.suite, place, blob(8)?, &periods, key_of)?;
        let lengths = sql::numbers(blob(6)?);
        let ciphertexts = match (row.get::<_, Option<i64>>(10)?, row.get::<_, Option<i64>>(11)?) {
            (Some(segment), Some(offset)) => {
                let span = Span { segment: sql::uint(segment)?, offset: sql::uint(offset)? };
                let length = lengths.iter().map(|length| usize::try_from(*length).unwrap_or(usize::MAX)).sum();
                self.shared.segments.read(span, length)?
            }
            _ => row.get(9)?,
        };
        let (note, commitments) = (row.get(4)?, sql::hashes(blob(5)?));
        let batch = Batch { origin, first, note, commitments, lengths, ciphertexts };
        let stored = StoredBatch { batch, keyring, periods, time: sql::uint(row.get(3)?)? };
        Ok(Arrival { number: sql::uint(row.get(0)?)?, arrived_us: sql::uint(row.get(12)?)?, stored })
    }
}

impl Kept for Reader {
    type Error = StoreError;

    fn note_at(&self, origin: &Origin, size: u64) -> Result<Option<String>, StoreError> {
        Self::note_at(self, origin, size)
    }

    fn entries(&self, origin: &Origin) -> Result<Vec<Hash>, StoreError> {
        self.commitments(origin, u64::MAX)
    }

    fn receipt_at(&self, origin: &Origin, size: u64, agency: &AgencyId) -> Result<Option<String>, StoreError> {
        Ok(self.receipt(origin, size, *agency)?.map(|receipt| receipt.note))
    }
}

fn log_head(row: &Row<'_>) -> Result<LogHead, StoreError> {
    Ok(LogHead { origin: sql::origin(&row.get::<_, String>(0)?)?, size: sql::uint(row.get(1)?)?, state: row.get(2)? })
}

fn receipt(row: &Row<'_>) -> Result<NewReceipt, StoreError> {
    Ok(NewReceipt {
        origin: sql::origin(&row.get::<_, String>(0)?)?,
        size: sql::uint(row.get(1)?)?,
        agency: AgencyId::new(row.get(2)?),
        time_s: sql::uint(row.get(3)?)?,
        note: row.get(4)?,
    })
}

fn blob_link(row: &Row<'_>) -> Result<BlobLink, StoreError> {
    let position = Position { origin: sql::origin(&row.get::<_, String>(0)?)?, index: sql::uint(row.get(1)?)? };
    Ok(BlobLink { position, blob: row.get(2)?, bytes: sql::uint(row.get(3)?)?, complete: row.get(4)? })
}

fn peer(row: &Row<'_>) -> Result<Peer, StoreError> {
    Ok(Peer { agency: AgencyId::new(row.get(0)?), chain: row.get(1)?, trusted: row.get(2)? })
}
