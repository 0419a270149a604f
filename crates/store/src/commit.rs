//! How one step becomes one transaction.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    batch::NO_SECRET,
    commit::{BlobLink, Commit, Head, Mark, MarkState, NewBatch, NewReceipt, Period, SubmitResult},
    id::Hash,
    origin::{Origin, Position},
    suite::{Entropy, Suite, random_32},
    tlog::{Frontier, audit_commitment, merkle},
};
use rusqlite::{Connection, MAIN_DB, OptionalExtension, Transaction, params};

use crate::{
    aside,
    error::{CommitError, StoreError},
    keyring::{self, Place},
    keys::KeyStore,
    limits,
    segments::{SegmentWriter, Span},
    sql,
};

/// Where the frontier of the audit log is kept.
pub(crate) const AUDIT_FRONTIER: &str = "audit/frontier";

/// What is done before the transaction begins.
pub(crate) struct Prepared {
    batches: Vec<PreparedBatch>,
    /// What goes aside, sealed.
    aside: Vec<Vec<u8>>,
}

/// What a batch's row holds beside the batch.
struct PreparedBatch {
    /// The wrapped keyring.
    keyrings: Vec<u8>,
    /// Where its ciphertexts lie if they do not go into the row.
    span: Option<Span>,
    /// When it arrived, microseconds since 1970.
    arrived_us: u64,
}

impl Prepared {
    /// When the last of its batches arrives.
    pub(crate) fn newest_us(&self) -> Option<u64> {
        self.batches.last().map(|batch| batch.arrived_us)
    }
}

/// Checks the step against itself, makes the period keys that it needs, wraps its keyrings, and writes the ciphertexts
/// of large batches where they stay. Its batches arrive from `first_us` on, a microsecond apart.
pub(crate) fn prepare(
    commit: &Commit,
    first_us: u64,
    keys: &KeyStore,
    segments: &mut SegmentWriter,
    suite: &dyn Suite,
    entropy: &mut dyn Entropy,
) -> Result<Prepared, CommitError> {
    check(commit)?;
    let mut batches = Vec::with_capacity(commit.batches.len());
    for (new, arrived_us) in commit.batches.iter().zip(first_us..) {
        // A period whose records are all withheld needs no key.
        let secrets = new.periods.iter().zip(new.keyring.iter()).filter(|(_, secret)| **secret != NO_SECRET);
        let needed: BTreeSet<Period> = secrets.map(|(period, _)| *period).collect();
        let mut period_keys = BTreeMap::new();
        for period in needed {
            if let Some(key) = keys.ensure_period_key(commit.channel, period, entropy)? {
                period_keys.insert(period, key);
            }
        }
        let place = Place { origin: &new.batch.origin, first: new.batch.first };
        let keyrings = keyring::wrap(suite, place, &new.keyring, &new.periods, &period_keys, entropy)?;
        let ciphertexts = &new.batch.ciphertexts;
        let is_large = ciphertexts.len() >= limits::SEGMENT_BATCH_BYTES_MIN;
        let span = if is_large { Some(segments.append(ciphertexts)?) } else { None };
        batches.push(PreparedBatch { keyrings, span, arrived_us });
    }
    segments.sync()?;
    let aside = commit.aside.iter().map(|aside| aside::seal(commit.channel, aside, keys, suite, entropy));
    let aside = aside.collect::<Result<_, _>>()?;
    Ok(Prepared { batches, aside })
}

/// Writes the step. Heads come first: they decide whether the step still applies.
pub(crate) fn write(
    transaction: &Transaction<'_>,
    commit: &Commit,
    prepared: &Prepared,
    keys: &KeyStore,
    suite: &dyn Suite,
    entropy: &mut dyn Entropy,
) -> Result<(), CommitError> {
    let mut logs = Logs { transaction, ids: BTreeMap::new() };
    for head in &commit.heads {
        let id = swap_head(transaction, head)?;
        logs.ids.insert(head.origin, id);
    }
    if let Some(state) = &commit.state {
        let mut statement = transaction.prepare_cached(
            "INSERT INTO channel (id, state) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET state = excluded.state",
        )?;
        statement.execute((commit.channel.bytes(), state))?;
    }
    for (new, prepared) in commit.batches.iter().zip(&prepared.batches) {
        insert_batch(transaction, logs.id(&new.batch.origin)?, new, prepared)?;
    }
    for receipt in &commit.receipts {
        insert_receipt(transaction, logs.id(&receipt.origin)?, receipt)?;
    }
    for result in &commit.results {
        insert_result(transaction, result)?;
    }
    for link in &commit.blobs {
        link_blob(transaction, logs.id(&link.position.origin)?, link)?;
    }
    for mark in &commit.marks {
        set_mark(transaction, logs.id(&mark.position.origin)?, mark)?;
    }
    for position in &commit.erase {
        let log = logs.id(&position.origin)?;
        erase(transaction, log, position, keys, suite, entropy)?;
    }
    for new in &commit.agreements {
        put_agreement(transaction, &new.hash, &new.bundle)?;
    }
    for document in &commit.documents {
        let mut statement = transaction
            .prepare_cached("INSERT INTO document (channel, kind, origin, entry, bytes) VALUES (?1, ?2, ?3, ?4, ?5)")?;
        let origin = document.position.map(|position| position.origin.to_string());
        let entry = document.position.map(|position| sql::int(position.index));
        statement.execute((commit.channel.bytes(), document.kind, origin, entry, &document.bytes))?;
    }
    for used in &commit.approvals {
        let mut statement =
            transaction.prepare_cached("INSERT INTO approval (used) VALUES (?1) ON CONFLICT DO NOTHING")?;
        if statement.execute([sql::approval(&commit.channel, used)])? == 0 {
            return Err(CommitError::ApprovalUsed);
        }
    }
    for volume in &commit.volumes {
        let mut statement = transaction.prepare_cached(
            "INSERT INTO volume (author, reader, month, persons) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (author, reader, month) DO UPDATE SET persons = persons + excluded.persons",
        )?;
        let (author, reader) = (volume.author.bytes(), volume.reader.bytes());
        statement.execute((author, reader, volume.month.number(), volume.persons))?;
    }
    for id in &commit.taken {
        aside::take(transaction, id)?;
    }
    for (aside, sealed) in commit.aside.iter().zip(&prepared.aside) {
        aside::insert(transaction, commit.channel, aside, sealed)?;
    }
    append_audit(transaction, &commit.audit, suite, entropy)?;
    Ok(())
}

/// Stores a bundle in place of an earlier one of the same agreement.
pub(crate) fn put_agreement(connection: &Connection, hash: &Hash, bundle: &[u8]) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO agreement (hash, bytes) VALUES (?1, ?2) ON CONFLICT (hash) DO UPDATE SET bytes = excluded.bytes",
    )?;
    statement.execute((hash, bundle))?;
    Ok(())
}

/// Appends to the audit log, each entry with a salt of its own; returns the number of the first. An entry's commitment is
/// over itself and its salt, so it is provable without its neighbours and can't be guessed once it is erased.
pub(crate) fn append_audit(
    transaction: &Transaction<'_>,
    entries: &[Vec<u8>],
    suite: &dyn Suite,
    entropy: &mut dyn Entropy,
) -> Result<u64, CommitError> {
    let mut frontier = audit_frontier(transaction)?;
    let first = frontier.size();
    if entries.is_empty() {
        return Ok(first);
    }
    let mut insert =
        transaction.prepare_cached("INSERT INTO audit (seq, entry, salt, leaf) VALUES (?1, ?2, ?3, ?4)")?;
    for entry in entries {
        let salt = random_32(entropy);
        let leaf = merkle::leaf_hash(suite, &audit_commitment(suite, &salt, entry));
        insert.execute((sql::int(frontier.size()), entry, salt, leaf))?;
        frontier.append_leaf(suite, leaf);
    }
    let mut keep = transaction.prepare_cached(
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )?;
    keep.execute((AUDIT_FRONTIER, frontier.to_bytes()))?;
    Ok(first)
}

/// Erases entries of the audit log but for their leaves.
pub(crate) fn erase_audit(transaction: &Transaction<'_>, entries: &[u64]) -> Result<(), CommitError> {
    let mut erase = transaction.prepare_cached("UPDATE audit SET entry = x'', salt = x'' WHERE seq = ?1")?;
    for entry in entries {
        erase.execute([sql::int(*entry)])?;
    }
    Ok(())
}

/// When the batch that came last arrived, microseconds since 1970; 0 if there is none.
pub(crate) fn newest_us(connection: &Connection) -> Result<u64, StoreError> {
    let mut statement = connection.prepare("SELECT arrived_us FROM batch ORDER BY arrival DESC LIMIT 1")?;
    sql::uint(statement.query_row([], |row| row.get(0)).optional()?.unwrap_or(0))
}

/// The right edge of the audit log's tree.
pub(crate) fn audit_frontier(connection: &Connection) -> Result<Frontier, StoreError> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    let bytes: Option<Vec<u8>> = statement.query_row([AUDIT_FRONTIER], |row| row.get(0)).optional()?;
    let Some(bytes) = bytes else { return Ok(Frontier::new()) };
    Frontier::from_bytes(&bytes).ok_or_else(|| StoreError::damaged("the audit log's frontier", "its length is wrong"))
}

/// Refuses a step whose parts do not belong together. The database never holds a log with a gap.
fn check(commit: &Commit) -> Result<(), CommitError> {
    let contradiction = |text: String| Err(CommitError::Contradiction(text));
    let mut grown: BTreeMap<Origin, u64> = BTreeMap::new();
    for head in &commit.heads {
        if head.origin.channel != commit.channel {
            return contradiction(format!("log {} is not in channel {}", head.origin, commit.channel));
        }
        if grown.insert(head.origin, head.expected_size).is_some() {
            return contradiction(format!("two heads of log {}", head.origin));
        }
    }
    for NewBatch { batch, keyring, periods, .. } in &commit.batches {
        let count = batch.commitments.len();
        let bytes: u64 = batch.lengths.iter().map(|length| u64::from(*length)).sum();
        let whole = count > 0
            && [batch.lengths.len(), keyring.len(), periods.len()] == [count; 3]
            && bytes == protocol::encoding::len_u64(&batch.ciphertexts);
        if !whole {
            return contradiction(format!(
                "the lists of the batch of {} from {} differ in length",
                batch.origin, batch.first
            ));
        }
        match grown.get_mut(&batch.origin) {
            Some(size) if *size == batch.first => *size = batch.size(),
            Some(size) => {
                return contradiction(format!(
                    "a batch of {} starts at {} and not at {size}",
                    batch.origin, batch.first
                ));
            }
            None => return contradiction(format!("a batch of {} comes without that log's head", batch.origin)),
        }
    }
    for head in &commit.heads {
        if grown.get(&head.origin) != Some(&head.size) {
            return contradiction(format!(
                "the head of {} is at {}, and its batches end elsewhere",
                head.origin, head.size
            ));
        }
    }
    Ok(())
}

/// The row of each log that the step touches.
struct Logs<'a> {
    transaction: &'a Transaction<'a>,
    ids: BTreeMap<Origin, i64>,
}

impl Logs<'_> {
    fn id(&mut self, origin: &Origin) -> Result<i64, CommitError> {
        if let Some(id) = self.ids.get(origin) {
            return Ok(*id);
        }
        let Some((id, _)) = find_log(self.transaction, origin)? else {
            return Err(CommitError::Contradiction(format!("there is no log {origin}")));
        };
        self.ids.insert(*origin, id);
        Ok(id)
    }
}

/// Row and size of a log.
fn find_log(transaction: &Transaction<'_>, origin: &Origin) -> Result<Option<(i64, u64)>, StoreError> {
    let mut statement = transaction.prepare_cached("SELECT id, size FROM log WHERE origin = ?1")?;
    let found = statement.query_row([origin.to_string()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    found.map(|(id, size)| Ok((id, sql::uint(size)?))).transpose()
}

fn swap_head(transaction: &Transaction<'_>, head: &Head) -> Result<i64, CommitError> {
    let found = find_log(transaction, &head.origin)?;
    let size = found.map_or(0, |(_, size)| size);
    if size != head.expected_size {
        return Err(CommitError::HeadMoved {
            origin: Box::new(head.origin),
            expected: head.expected_size,
            found: size,
        });
    }
    match found {
        Some((id, _)) => {
            let mut statement = transaction.prepare_cached("UPDATE log SET size = ?2, state = ?3 WHERE id = ?1")?;
            statement.execute((id, sql::int(head.size), &head.state))?;
            Ok(id)
        }
        None => {
            let mut statement =
                transaction.prepare_cached("INSERT INTO log (channel, origin, size, state) VALUES (?1, ?2, ?3, ?4)")?;
            let channel = head.origin.channel;
            statement.execute((channel.bytes(), head.origin.to_string(), sql::int(head.size), &head.state))?;
            Ok(transaction.last_insert_rowid())
        }
    }
}

fn insert_batch(
    transaction: &Transaction<'_>,
    log: i64,
    new: &NewBatch,
    prepared: &PreparedBatch,
) -> Result<(), CommitError> {
    let batch = &new.batch;
    let ciphertexts = if prepared.span.is_some() { &[] } else { batch.ciphertexts.as_slice() };
    let mut statement = transaction.prepare_cached(
        "INSERT INTO batch (channel, log, first, count, time, note, commitments, lengths, periods, keyrings, ciphertexts,
                            segment, segment_offset, arrived_us)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?;
    statement.execute(params![
        batch.origin.channel.bytes(),
        log,
        sql::int(batch.first),
        batch.count(),
        sql::int(new.time),
        batch.note,
        batch.commitments.as_flattened(),
        sql::numbers_to_bytes(batch.lengths.iter().copied()),
        sql::numbers_to_bytes(new.periods.iter().map(|period| period.number())),
        prepared.keyrings,
        ciphertexts,
        prepared.span.map(|span| sql::int(span.segment)),
        prepared.span.map(|span| sql::int(span.offset)),
        sql::int(prepared.arrived_us),
    ])?;
    Ok(())
}

/// The first receipt stays: it is the earliest proof, and its time must not change under the reader.
fn insert_receipt(transaction: &Transaction<'_>, log: i64, receipt: &NewReceipt) -> Result<(), CommitError> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO receipt (log, size, agency, time_s, note) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (log, size, agency) DO NOTHING",
    )?;
    let NewReceipt { size, agency, time_s, note, .. } = receipt;
    statement.execute((log, sql::int(*size), agency.bytes(), sql::int(*time_s), note))?;
    Ok(())
}

fn insert_result(transaction: &Transaction<'_>, result: &SubmitResult) -> Result<(), CommitError> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO result (key, digest, answer, time) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO NOTHING",
    )?;
    match statement.execute((&result.key, result.digest, &result.answer, sql::int(result.time)))? {
        0 => Err(CommitError::KeyUsed { key: result.key.clone() }),
        _ => Ok(()),
    }
}

/// Links a blob to a record of which it is said already, so that `complete` can change.
fn link_blob(transaction: &Transaction<'_>, log: i64, link: &BlobLink) -> Result<(), CommitError> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO blob_link (log, entry, blob, bytes, complete) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (log, entry, blob) DO UPDATE SET bytes = excluded.bytes, complete = excluded.complete",
    )?;
    statement.execute((log, sql::int(link.position.index), link.blob, sql::int(link.bytes), link.complete))?;
    transaction.prepare_cached("DELETE FROM doomed_blob WHERE blob = ?1")?.execute([link.blob])?;
    Ok(())
}

/// A record has one mark for its own state and one for its attachments. Nothing follows on "erased".
fn set_mark(transaction: &Transaction<'_>, log: i64, mark: &Mark) -> Result<(), CommitError> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO mark (log, entry, attachments, state, reason) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (log, entry, attachments) DO UPDATE SET state = excluded.state, reason = excluded.reason
         WHERE mark.state <> 'erased' OR excluded.state = 'erased'",
    )?;
    let attachments = matches!(mark.state, MarkState::AttachmentsPending | MarkState::AttachmentsStored);
    statement.execute((log, sql::int(mark.position.index), attachments, mark.state.name(), &mark.reason))?;
    Ok(())
}

/// Destroys a record's secret where it lies, and dooms the blobs that no other record names.
fn erase(
    transaction: &Transaction<'_>,
    log: i64,
    position: &Position,
    keys: &KeyStore,
    suite: &dyn Suite,
    entropy: &mut dyn Entropy,
) -> Result<(), CommitError> {
    let mut find = transaction.prepare_cached(
        "SELECT arrival, first, periods, keyrings FROM batch
         WHERE log = ?1 AND first <= ?2 AND first + count > ?2 ORDER BY first DESC LIMIT 1",
    )?;
    let found: Option<(i64, i64, Vec<u8>, Vec<u8>)> = find
        .query_row((log, sql::int(position.index)), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let Some((arrival, first, periods, keyrings)) = found else {
        return Err(CommitError::Contradiction(format!("log {} has no entry {}", position.origin, position.index)));
    };
    let first = sql::uint(first)?;
    let place = Place { origin: &position.origin, first };
    let record = usize::try_from(position.index - first).unwrap_or(usize::MAX);
    let periods = sql::periods(&periods);
    // A partner may order the erasure of anything that it wrote. Its manifests give every entry its height, and nothing in
    // them is content: they stay as long as the channel does. What was withheld from here has no period of its own either.
    if periods.get(record) == Some(&Period::CHANNEL) && !is_marked(transaction, log, position, MarkState::Withheld)? {
        return Ok(());
    }
    let key_of = |period| keys.period_key(position.origin.channel, period);
    let rewrapped = keyring::without(suite, place, &keyrings, &periods, record, key_of, entropy)?;
    if let Some(rewrapped) = rewrapped {
        let mut column = transaction.blob_open(MAIN_DB, c"batch", c"keyrings", arrival, false)?;
        column.write_all_at(&rewrapped.bytes, rewrapped.offset)?;
        column.close()?;
    }
    doom_blobs(transaction, log, position.index)?;
    let erased = Mark { position: *position, state: MarkState::Erased, reason: String::new() };
    // A mark of the same step gives the reason; this one only makes sure that there is one.
    match is_marked(transaction, log, position, MarkState::Erased)? {
        true => Ok(()),
        false => set_mark(transaction, log, &erased),
    }
}

/// Whether a record has this mark for its own state.
fn is_marked(
    transaction: &Transaction<'_>,
    log: i64,
    position: &Position,
    state: MarkState,
) -> Result<bool, CommitError> {
    let mut marked = transaction
        .prepare_cached("SELECT 1 FROM mark WHERE log = ?1 AND entry = ?2 AND attachments = 0 AND state = ?3")?;
    Ok(marked.exists((log, sql::int(position.index), state.name()))?)
}

fn doom_blobs(transaction: &Transaction<'_>, log: i64, entry: u64) -> Result<(), CommitError> {
    let entry = sql::int(entry);
    let blobs: Vec<Hash> = {
        let mut statement = transaction.prepare_cached("SELECT blob FROM blob_link WHERE log = ?1 AND entry = ?2")?;
        statement.query_map((log, entry), |row| row.get(0))?.collect::<Result<_, _>>()?
    };
    transaction.prepare_cached("DELETE FROM blob_link WHERE log = ?1 AND entry = ?2")?.execute((log, entry))?;
    let mut doom = transaction.prepare_cached(
        "INSERT INTO doomed_blob (blob) SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM blob_link WHERE blob = ?1)
         ON CONFLICT DO NOTHING",
    )?;
    for blob in blobs {
        doom.execute([blob])?;
    }
    Ok(())
}
