//! Stubs: what threads need of a record, kept in the store before the record's content is destroyed.
//!
//! As long as the content is there, a stub is read from it. The commit that erases a record writes its stub as a
//! document beside the channel, so that threads can be made again from the store alone.

use std::ops::ControlFlow;

use desks::thread::{Place, Stub};
use protocol::{
    channel::Channel,
    commit::{Commit, KeptDocument, Period, StoredBatch},
    header::{Header, ThreadId},
    origin::Position,
};
use serde::{Deserialize, Serialize};
use store::{Reader, StoreError};

use crate::{db::Db, limits, records};

/// The type of the document.
const DOCUMENT: &str = "stub";

/// What is kept of a record whose content is gone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    /// Its thread.
    pub(crate) thread: ThreadId,
    /// Its stub. The height in it is not used: it follows from the batches.
    pub(crate) stub: Stub,
}

/// The thread and the stub of a record, under the clause that let it cross.
pub(super) fn of_record(
    channel: &Channel,
    position: &Position,
    place: Place,
    time: u64,
    header: &Header,
    body: &[u8],
) -> Option<(ThreadId, Stub)> {
    let version = channel.version(&channel.version_at(&position.origin, position.index));
    let agreement = version.map(|version| &version.agreement);
    let opened = Stub::of_record(place, time, agreement, header, body)?;
    Some((opened.thread, opened.stub))
}

/// The documents that must be written with the erasure of these records.
pub fn before_erasure(reader: &Reader, channel: &Channel, erased: &[Position]) -> Vec<KeptDocument> {
    if erased.is_empty() || !super::follows(channel) {
        return Vec::new();
    }
    erased.iter().filter_map(|position| document(reader, channel, position)).collect()
}

/// Keeps the stubs of every record of a period whose key is about to be destroyed.
pub fn before_end_of_period(db: &Db, channel: &Channel, period: Period) -> Result<(), StoreError> {
    if !super::follows(channel) {
        return Ok(());
    }
    let (mut from, mut more) = (0, true);
    while more {
        more = false;
        let (reader, single) = (db.reader()?, db.reader()?);
        let (mut documents, mut failed) = (Vec::new(), Ok(()));
        reader.for_each_batch(channel.id(), from, |arrival| {
            from = arrival.number;
            failed = missing_in(&single, channel, &arrival.stored, period).map(|missing| documents.extend(missing));
            more = documents.len() >= limits::STUBS_AT_ONCE;
            if more || failed.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        failed?;
        keep(db, channel, documents)?;
    }
    Ok(())
}

/// The documents of a batch's records of a period that are not kept yet.
fn missing_in(
    reader: &Reader,
    channel: &Channel,
    stored: &StoredBatch,
    period: Period,
) -> Result<Vec<KeptDocument>, StoreError> {
    let mut missing = Vec::new();
    for (index, _) in (stored.batch.first..).zip(&stored.periods).filter(|(_, of)| **of == period) {
        let position = Position { origin: stored.batch.origin, index };
        if reader.document_at(&position, DOCUMENT)?.is_none() {
            missing.extend(document_in(channel, stored, &position));
        }
    }
    Ok(missing)
}

fn keep(db: &Db, channel: &Channel, documents: Vec<KeptDocument>) -> Result<(), StoreError> {
    if documents.is_empty() {
        return Ok(());
    }
    let mut commit = Commit::new(channel.id());
    commit.documents = documents;
    match db.store().commit(&commit, crate::clock::now_us(), &mut crate::entropy()) {
        Ok(()) => Ok(()),
        Err(store::CommitError::Store(error) | store::CommitError::Unknown(error)) => Err(error),
        // INVARIANT: the commit has documents only, so no head can have moved and no parts contradict each other.
        Err(error) => {
            tracing::error!(%error, "stubs were not kept");
            Ok(())
        }
    }
}

/// The stub kept of a record.
pub(crate) fn kept(reader: &Reader, position: &Position) -> Result<Option<Kept>, StoreError> {
    let bytes = reader.document_at(position, DOCUMENT)?;
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

fn document(reader: &Reader, channel: &Channel, position: &Position) -> Option<KeptDocument> {
    let stored = reader.batch_at(&position.origin, position.index).ok()??;
    document_in(channel, &stored, position)
}

fn document_in(channel: &Channel, stored: &StoredBatch, position: &Position) -> Option<KeptDocument> {
    let opened = records::open_in(channel, stored, position).ok()?;
    let place = Place::new(position, 0);
    let (thread, stub) = of_record(channel, position, place, opened.time, &opened.header, &opened.body)?;
    let bytes = serde_json::to_vec(&Kept { thread, stub }).ok()?;
    Some(KeptDocument { kind: DOCUMENT, position: Some(*position), bytes })
}
