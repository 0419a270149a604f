//! The only writer of a node's directory.

use std::{path::Path, sync::Arc, time::Duration};

use protocol::{
    commit::{Commit, Period},
    id::{AgencyId, ChannelId, Hash},
    suite::{Entropy, Suite},
};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::{
    aside::SealedRow,
    blobs::Blobs,
    commit,
    error::{CommitError, StoreError},
    keys::KeyStore,
    limits,
    lock::Lock,
    office::{self, OfficeId, OfficeItem},
    reader::Readers,
    schema,
    segments::{SegmentWriter, Segments},
    sql,
};

/// The folder of the ciphertexts of large batches.
const SEGMENTS: &str = "segments";

/// Writes a node's directory. There is one at a time: it holds the directory's lock.
pub struct Store {
    connection: Connection,
    /// Whether old pages of erased records may still lie in the write-ahead log.
    unscrubbed: bool,
    /// Transactions in the write-ahead log that were not moved into the database by [`Store::move_log`].
    unmoved: u64,
    /// When the last batch arrived, microseconds since 1970: the next one arrives later, whatever the clock says.
    newest_us: u64,
    suite: &'static dyn Suite,
    keys: Arc<KeyStore>,
    blobs: Blobs,
    segments: SegmentWriter,
    readers: Readers,
    _lock: Lock,
}

/// What [`Store::scrub`] did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scrubbed {
    /// Blobs of erased records that were removed.
    pub blobs: u64,
}

impl Store {
    /// Opens a node's directory, which is made if it is not there, and finishes what a crash cut short.
    ///
    /// `master` seals the key store; its first use binds the directory to it.
    pub fn open(
        dir: &Path,
        master: &[u8; 32],
        suite: &'static dyn Suite,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, StoreError> {
        let lock = Lock::acquire(dir)?;
        let keys = Arc::new(KeyStore::open(dir.join("keys"), master, suite, !schema::exists(dir), entropy)?);
        let connection = schema::open_writer(dir)?;
        let newest_us = commit::newest_us(&connection)?;
        let blobs = Blobs::open(dir.join("blobs"))?;
        let segments = SegmentWriter::open(dir.join(SEGMENTS))?;
        let readers = Readers::new(schema::path(dir), Segments::new(dir.join(SEGMENTS)), Arc::clone(&keys), suite);
        // Opening emptied the write-ahead log, so nothing of an erasure that a crash cut short is left in it.
        let mut store = Self {
            connection,
            unscrubbed: false,
            unmoved: 0,
            newest_us,
            suite,
            keys,
            blobs,
            segments,
            readers,
            _lock: lock,
        };
        store.remove_doomed_blobs()?;
        Ok(store)
    }

    /// Writes a step whole, or not at all. When this returns, it survives a power cut.
    ///
    /// Period keys and the ciphertexts of large batches are durable before the transaction.
    ///
    /// Its batches arrive at `now_us`, microseconds since 1970, or just after the last one where the clock did not rise.
    pub fn commit(&mut self, commit: &Commit, now_us: u64, entropy: &mut dyn Entropy) -> Result<(), CommitError> {
        let first_us = now_us.max(self.newest_us.saturating_add(1));
        let prepared = commit::prepare(commit, first_us, &self.keys, &mut self.segments, self.suite, entropy)?;
        // Before it is known whether the commit succeeds: if that stays open, no later batch may have the same time.
        self.newest_us = prepared.newest_us().unwrap_or(self.newest_us);
        let transaction = begin(&mut self.connection)?;
        commit::write(&transaction, commit, &prepared, &self.keys, self.suite, entropy)?;
        finish(transaction)?;
        self.unmoved += 1;
        self.unscrubbed |= !commit.erase.is_empty();
        Ok(())
    }

    /// Appends entries to the audit log that belong to no step of a channel. Returns the number of the first.
    pub fn audit(&mut self, entries: &[Vec<u8>], entropy: &mut dyn Entropy) -> Result<u64, CommitError> {
        let transaction = begin(&mut self.connection)?;
        let first = commit::append_audit(&transaction, entries, self.suite, entropy)?;
        finish(transaction)?;
        self.unmoved += 1;
        Ok(first)
    }

    /// Erases entries of the audit log, their salts with them: what is left of each is its leaf, from which nobody can guess
    /// it.
    pub fn erase_audit(&mut self, entries: &[u64]) -> Result<(), CommitError> {
        let transaction = begin(&mut self.connection)?;
        commit::erase_audit(&transaction, entries)?;
        finish(transaction)?;
        self.unmoved += 1;
        self.unscrubbed |= !entries.is_empty();
        Ok(())
    }

    /// Makes erasure final: moves the write-ahead log into the database, empties it, and removes the blobs of erased
    /// records. Until then old pages may lie in the log. Fails with [`StoreError::ReadersInTheWay`] if a reader holds
    /// an old state for longer than a moment: try again.
    ///
    /// Keyrings are overwritten where they lie and freed pages are zeroed, so the database needs no vacuum.
    pub fn scrub(&mut self) -> Result<Scrubbed, StoreError> {
        self.connection.busy_timeout(Duration::from_millis(limits::SCRUB_WAIT_MS_MAX.into()))?;
        let busy = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
        self.connection.busy_timeout(Duration::from_millis(limits::BUSY_MS_MAX.into()))?;
        if busy? != 0 {
            return Err(StoreError::ReadersInTheWay);
        }
        let blobs = self.remove_doomed_blobs()?;
        self.unscrubbed = false;
        Ok(Scrubbed { blobs })
    }

    /// How many commits lie in the write-ahead log since it was last moved.
    pub const fn unmoved(&self) -> u64 {
        self.unmoved
    }

    /// Moves the write-ahead log into the database while nobody waits, as far as readers let it, so that no commit has
    /// to do it later.
    pub fn move_log(&mut self) -> Result<(), StoreError> {
        self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        self.unmoved = 0;
        Ok(())
    }

    /// Whether an erasure waits for a scrub: one that readers were in the way of. A scrub without need would only give
    /// up the write-ahead log that is laid out on the disk.
    pub const fn needs_scrub(&self) -> bool {
        self.unscrubbed
    }

    /// Forgets the results of submissions older than this time. Returns how many.
    pub fn forget_results(&mut self, older_than_ms: u64) -> Result<usize, StoreError> {
        let mut statement = self.connection.prepare_cached("DELETE FROM result WHERE time < ?1")?;
        Ok(statement.execute([sql::int(older_than_ms)])?)
    }

    /// Forgets what lay aside with content of a period that is over. Returns how many.
    pub fn forget_aside(&mut self, channel: ChannelId, period: Period) -> Result<usize, StoreError> {
        let mut statement = self.connection.prepare_cached("DELETE FROM aside WHERE channel = ?1 AND period = ?2")?;
        Ok(statement.execute((channel.bytes(), period.number()))?)
    }

    /// Keeps what an office works on, in place of what is kept under the same names: all of it or nothing. What belongs to a period
    /// that is over is kept empty.
    pub fn put_offices(&mut self, items: &[OfficeItem], entropy: &mut dyn Entropy) -> Result<(), StoreError> {
        let mut sealed = Vec::with_capacity(items.len());
        for item in items {
            let row = SealedRow { label: office::LABEL, channel: item.channel, id: &item.id, period: item.period };
            sealed.push(row.seal(&item.bytes, &self.keys, self.suite, entropy)?);
        }
        let transaction = self.connection.transaction()?;
        for (item, sealed) in items.iter().zip(sealed) {
            let mut statement = transaction.prepare_cached(
                "INSERT INTO office (id, channel, period, sealed) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO UPDATE SET
                 channel = excluded.channel, period = excluded.period, sealed = excluded.sealed",
            )?;
            statement.execute((item.id, item.channel.bytes(), item.period.number(), sealed))?;
        }
        transaction.commit()?;
        self.unmoved += 1;
        Ok(())
    }

    /// Forgets what an office worked on.
    pub fn forget_office(&mut self, id: &OfficeId) -> Result<(), StoreError> {
        let forgotten = self.connection.prepare_cached("DELETE FROM office WHERE id = ?1")?.execute([id])?;
        self.unmoved += 1;
        self.unscrubbed |= forgotten > 0;
        Ok(())
    }

    /// Forgets what an office worked on in a period that is over. Returns how many.
    pub fn forget_office_of(&mut self, channel: ChannelId, period: Period) -> Result<usize, StoreError> {
        let mut statement = self.connection.prepare_cached("DELETE FROM office WHERE channel = ?1 AND period = ?2")?;
        Ok(statement.execute((channel.bytes(), period.number()))?)
    }

    /// Keeps a value of the node under a name, in place of the former one.
    pub fn put_meta(&mut self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )?;
        statement.execute((node_key(key), value))?;
        Ok(())
    }

    /// Keeps the card chain of another agency, in place of the former one.
    pub fn put_peer(&mut self, agency: AgencyId, chain: &[u8], trusted: bool) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO peer (agency, chain, trusted) VALUES (?1, ?2, ?3)
             ON CONFLICT (agency) DO UPDATE SET chain = excluded.chain, trusted = excluded.trusted",
        )?;
        statement.execute((agency.bytes(), chain, trusted))?;
        Ok(())
    }

    /// Keeps the bundle of an agreement, in place of the former one.
    pub fn put_agreement(&mut self, hash: &Hash, bundle: &[u8]) -> Result<(), StoreError> {
        commit::put_agreement(&self.connection, hash, bundle)
    }

    /// Forgets the bundle of an agreement.
    pub fn forget_agreement(&mut self, hash: &Hash) -> Result<(), StoreError> {
        self.connection.prepare_cached("DELETE FROM agreement WHERE hash = ?1")?.execute([hash])?;
        Ok(())
    }

    /// Forgets the value of the node under a name.
    pub fn forget_meta(&mut self, key: &str) -> Result<(), StoreError> {
        self.connection.prepare_cached("DELETE FROM meta WHERE key = ?1")?.execute([node_key(key)])?;
        Ok(())
    }

    /// The key store.
    pub const fn keys(&self) -> &Arc<KeyStore> {
        &self.keys
    }

    /// The blob folder.
    pub const fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// Readers on connections of their own.
    pub const fn readers(&self) -> &Readers {
        &self.readers
    }

    fn remove_doomed_blobs(&mut self) -> Result<u64, StoreError> {
        let doomed: Vec<Hash> = {
            let mut statement = self.connection.prepare_cached("SELECT blob FROM doomed_blob")?;
            statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        let mut removed = 0;
        for blob in doomed {
            removed += u64::from(self.blobs.remove(&blob)?);
            // The row goes after the file: a crash in between only looks for the file again.
            self.connection.execute("DELETE FROM doomed_blob WHERE blob = ?1", [blob])?;
        }
        Ok(removed)
    }
}

/// The node's names live apart from the store's own.
pub(crate) fn node_key(key: &str) -> String {
    format!("node/{key}")
}

fn begin(connection: &mut Connection) -> Result<Transaction<'_>, StoreError> {
    Ok(connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

/// Commits. Before this call nothing is written, whatever fails. In it, an error other than a full disk leaves open
/// whether the last page reached the write-ahead log: only opening the database again tells.
fn finish(transaction: Transaction<'_>) -> Result<(), CommitError> {
    transaction.commit().map_err(|error| match StoreError::from(error) {
        full @ StoreError::Full { .. } => CommitError::Store(full),
        other => CommitError::Unknown(other),
    })
}
