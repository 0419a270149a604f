//! A store in memory with the semantics of a whole [`Commit`]: all of it or nothing, and what follows from each part.
//!
//! It answers and holds what SQLite does (`tests/it/store.rs` compares the two), except that nothing is sealed at rest and
//! no period ends.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    sync::Arc,
};

use protocol::{
    batch::NO_SECRET,
    channel::Snapshot,
    commit::{
        Aside, AsideId, BlobLink, Commit, KeptDocument, Mark, MarkState, NewBatch, NewReceipt, Period, StoredBatch,
        SubmitResult,
    },
    id::{AgencyId, ChannelId, Hash},
    origin::{Origin, Position},
    peer::Kept,
};

/// What one node has written durably. A clone is a backup.
#[derive(Clone, Debug, Default)]
pub struct Store {
    heads: BTreeMap<Origin, (u64, Vec<u8>)>,
    state: Option<Vec<u8>>,
    batches: BTreeMap<Origin, BTreeMap<u64, Arc<NewBatch>>>,
    receipts: BTreeMap<(Origin, u64, AgencyId), Arc<NewReceipt>>,
    results: BTreeMap<String, SubmitResult>,
    /// A record's own state, and that of its attachments.
    marks: BTreeMap<(Position, bool), Mark>,
    links: BTreeMap<(Position, Hash), BlobLink>,
    doomed: BTreeSet<Hash>,
    documents: Vec<Arc<KeptDocument>>,
    bundles: BTreeMap<Hash, Arc<Vec<u8>>>,
    approvals: BTreeSet<(ChannelId, Hash)>,
    persons: BTreeMap<(AgencyId, AgencyId, Period), u64>,
    aside: BTreeMap<AsideId, Arc<Aside>>,
    audit: Vec<Arc<Vec<u8>>>,
    /// The blob folder, which lies beside the database: in no transaction.
    files: BTreeMap<Hash, Arc<Vec<u8>>>,
    writes: u64,
}

/// How a commit ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// It is written and the node knows.
    None,
    /// Nothing is written and the node is told so.
    Failed,
    /// Nothing is written, and the node dies without knowing.
    CrashBefore,
    /// All is written, and the node dies before anything leaves: to it the commit seemed to fail.
    FailedButPersisted,
}

/// Why a commit was refused whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refused {
    /// A log grew since the step was computed.
    HeadMoved(Origin),
    /// The idempotency key has its result already.
    KeyUsed(String),
    /// An approval was used in the channel before.
    ApprovalUsed,
    /// Its parts don't belong together, or not to what is held: a batch that does not follow its log, a mark in a log that
    /// is not there, something taken that does not lie aside.
    Contradiction(&'static str),
}

impl Store {
    /// Writes a commit, or refuses it whole.
    ///
    /// # Errors
    /// [`Refused`]: nothing is written.
    pub fn write(&mut self, commit: &Commit) -> Result<(), Refused> {
        check(commit)?;
        let mut next = self.clone();
        next.apply(commit)?;
        next.writes += 1;
        *self = next;
        Ok(())
    }

    fn apply(&mut self, commit: &Commit) -> Result<(), Refused> {
        for head in &commit.heads {
            if self.size(&head.origin) != head.expected_size {
                return Err(Refused::HeadMoved(head.origin));
            }
            self.heads.insert(head.origin, (head.size, head.state.clone()));
        }
        if let Some(state) = &commit.state {
            self.state = Some(state.clone());
        }
        for batch in &commit.batches {
            self.batches.entry(batch.batch.origin).or_default().insert(batch.batch.first, Arc::new(batch.clone()));
        }
        for receipt in &commit.receipts {
            self.log(&receipt.origin)?;
            // The first one stays: it is the earliest proof.
            let place = (receipt.origin, receipt.size, receipt.agency);
            self.receipts.entry(place).or_insert_with(|| Arc::new(receipt.clone()));
        }
        for result in &commit.results {
            if self.results.insert(result.key.clone(), result.clone()).is_some() {
                return Err(Refused::KeyUsed(result.key.clone()));
            }
        }
        for link in &commit.blobs {
            self.log(&link.position.origin)?;
            self.links.insert((link.position, link.blob), *link);
            self.doomed.remove(&link.blob);
        }
        for mark in &commit.marks {
            self.log(&mark.position.origin)?;
            self.mark(mark);
        }
        for position in &commit.erase {
            self.log(&position.origin)?;
            self.erase(position)?;
        }
        self.bundles.extend(commit.agreements.iter().map(|new| (new.hash, Arc::new(new.bundle.clone()))));
        self.documents.extend(commit.documents.iter().cloned().map(Arc::new));
        for used in &commit.approvals {
            if !self.approvals.insert((commit.channel, *used)) {
                return Err(Refused::ApprovalUsed);
            }
        }
        for volume in &commit.volumes {
            *self.persons.entry((volume.author, volume.reader, volume.month)).or_default() += u64::from(volume.persons);
        }
        for id in &commit.taken {
            self.aside.remove(id).ok_or(Refused::Contradiction("nothing lies aside under a name"))?;
        }
        for aside in &commit.aside {
            if self.aside.insert(aside.id, Arc::new(aside.clone())).is_some() {
                return Err(Refused::Contradiction("something lies aside under a name already"));
            }
        }
        self.audit.extend(commit.audit.iter().cloned().map(Arc::new));
        Ok(())
    }

    /// Only what has a head has a place for anything else.
    fn log(&self, origin: &Origin) -> Result<(), Refused> {
        let is_known = self.heads.contains_key(origin);
        is_known.then_some(()).ok_or(Refused::Contradiction("there is no such log"))
    }

    /// A record has one mark for its own state and one for its attachments. Nothing follows on "erased".
    fn mark(&mut self, mark: &Mark) {
        let of_attachments = matches!(mark.state, MarkState::AttachmentsPending | MarkState::AttachmentsStored);
        let held = self.marks.get(&(mark.position, of_attachments)).map(|held| held.state);
        if held != Some(MarkState::Erased) || mark.state == MarkState::Erased {
            self.marks.insert((mark.position, of_attachments), mark.clone());
        }
    }

    fn erase(&mut self, position: &Position) -> Result<(), Refused> {
        let held = self
            .batches
            .get_mut(&position.origin)
            .and_then(|log| log.range_mut(..=position.index).next_back())
            .filter(|(_, held)| position.index < held.batch.size());
        let (first, held) = held.ok_or(Refused::Contradiction("a log has no such entry"))?;
        let place = to_place(position.index - first);
        // Protocol records stay: they give every entry its height. What was withheld has no period of its own either.
        let is_withheld = self.marks.get(&(*position, false)).is_some_and(|mark| mark.state == MarkState::Withheld);
        if held.periods[place] == Period::CHANNEL && !is_withheld {
            return Ok(());
        }
        Arc::make_mut(held).keyring[place] = NO_SECRET;
        let links = self.links.extract_if((*position, [0; 32])..=(*position, [0xff; 32]), |_, _| true);
        let blobs: Vec<Hash> = links.map(|((_, blob), _)| blob).collect();
        self.doomed.extend(blobs.into_iter().filter(|blob| !self.links.keys().any(|(_, other)| other == blob)));
        // A mark of the same step gives the reason; this one only makes sure that there is one.
        if !self.is_erased(position) {
            self.mark(&Mark { position: *position, state: MarkState::Erased, reason: String::new() });
        }
        Ok(())
    }

    /// How many commits were written.
    pub const fn writes(&self) -> u64 {
        self.writes
    }

    /// What a channel is loaded from.
    pub fn snapshot(&self) -> Snapshot {
        let logs = self.heads.iter().map(|(origin, (_, state))| (*origin, state.clone())).collect();
        let bundles = self.bundles.iter().map(|(hash, bundle)| (*hash, bundle.to_vec())).collect();
        Snapshot { state: self.state.clone(), logs, bundles }
    }

    /// Size of a log.
    pub fn size(&self, origin: &Origin) -> u64 {
        self.heads.get(origin).map_or(0, |(size, _)| *size)
    }

    /// The logs held here.
    pub fn logs(&self) -> impl Iterator<Item = &Origin> {
        self.heads.keys()
    }

    /// A log's batches in order.
    pub fn batches(&self, origin: &Origin) -> impl Iterator<Item = &NewBatch> {
        self.batches.get(origin).into_iter().flat_map(BTreeMap::values).map(|held| &**held)
    }

    /// A log's entries.
    pub fn entries(&self, origin: &Origin) -> Vec<Hash> {
        self.batches(origin).flat_map(|held| held.batch.commitments.iter().copied()).collect()
    }

    /// The batch that holds an entry.
    pub fn batch_at(&self, origin: &Origin, index: u64) -> Option<StoredBatch> {
        let (_, held) = self.batches.get(origin)?.range(..=index).next_back()?;
        (index < held.batch.size()).then(|| StoredBatch {
            batch: held.batch.clone(),
            keyring: held.keyring.clone(),
            periods: held.periods.clone(),
            time: held.time,
        })
    }

    /// The signed checkpoint of the batch that ends at this size.
    pub fn note_at(&self, origin: &Origin, size: u64) -> Option<String> {
        self.batches(origin).find(|new| new.batch.size() == size).map(|new| new.batch.note.clone())
    }

    /// The receipt of an agency for a log at a size.
    pub fn receipt(&self, origin: &Origin, size: u64, agency: &AgencyId) -> Option<&NewReceipt> {
        self.receipts.get(&(*origin, size, *agency)).map(|receipt| &**receipt)
    }

    /// All receipts.
    pub fn receipts(&self) -> impl Iterator<Item = &NewReceipt> {
        self.receipts.values().map(|receipt| &**receipt)
    }

    /// What a submission led to.
    pub fn result(&self, key: &str) -> Option<&SubmitResult> {
        self.results.get(key)
    }

    /// A record's marks: that of its own state, then that of its attachments.
    pub fn marks(&self, position: &Position) -> impl Iterator<Item = &Mark> {
        [false, true].into_iter().filter_map(|of_attachments| self.marks.get(&(*position, of_attachments)))
    }

    /// A record's mark for its own state.
    pub fn marked(&self, position: &Position) -> Option<MarkState> {
        self.marks.get(&(*position, false)).map(|mark| mark.state)
    }

    /// Why a record is marked as it is.
    pub fn reason(&self, position: &Position) -> &str {
        self.marks.get(&(*position, false)).map_or("", |mark| &mark.reason)
    }

    /// Whether a record's secret was destroyed.
    pub fn is_erased(&self, position: &Position) -> bool {
        self.marked(position) == Some(MarkState::Erased)
    }

    /// The blobs that a record names.
    pub fn links(&self, position: &Position) -> impl Iterator<Item = &BlobLink> {
        self.links.range((*position, [0; 32])..=(*position, [0xff; 32])).map(|(_, link)| link)
    }

    /// The records that name a blob.
    pub fn links_of_blob(&self, blob: &Hash) -> impl Iterator<Item = &BlobLink> {
        self.links.values().filter(move |link| link.blob == *blob)
    }

    /// Blobs that records name and that are not here yet.
    pub fn incomplete(&self) -> impl Iterator<Item = &BlobLink> {
        self.links.values().filter(|link| !link.complete)
    }

    /// The documents kept.
    pub fn documents(&self) -> impl Iterator<Item = &KeptDocument> {
        self.documents.iter().map(|document| &**document)
    }

    /// Persons whose records crossed from an author to a reader in a month.
    pub fn persons(&self, author: AgencyId, reader: AgencyId, month: Period) -> u64 {
        self.persons.get(&(author, reader, month)).copied().unwrap_or(0)
    }

    /// What lies aside.
    pub fn aside(&self) -> impl Iterator<Item = &Aside> {
        self.aside.values().map(|aside| &**aside)
    }

    /// Whether something lies aside under a name.
    pub fn lies_aside(&self, id: &AsideId) -> bool {
        self.aside.contains_key(id)
    }

    /// The audit log.
    pub fn audit(&self) -> impl Iterator<Item = &[u8]> {
        self.audit.iter().map(|entry| entry.as_slice())
    }

    /// Puts a blob into the folder.
    pub fn put_file(&mut self, blob: Hash, bytes: Vec<u8>) {
        self.files.insert(blob, Arc::new(bytes));
    }

    /// A blob in the folder.
    pub fn file(&self, blob: &Hash) -> Option<&[u8]> {
        self.files.get(blob).map(|bytes| bytes.as_slice())
    }

    /// Removes what erased records named.
    pub fn remove_doomed(&mut self) {
        for blob in std::mem::take(&mut self.doomed) {
            self.files.remove(&blob);
        }
    }

    /// Blobs that are to be removed.
    pub const fn doomed(&self) -> &BTreeSet<Hash> {
        &self.doomed
    }
}

/// Refuses a step whose parts do not belong together.
fn check(commit: &Commit) -> Result<(), Refused> {
    let mut grown: BTreeMap<Origin, u64> = BTreeMap::new();
    for head in &commit.heads {
        if head.origin.channel != commit.channel || grown.insert(head.origin, head.expected_size).is_some() {
            return Err(Refused::Contradiction("a head of another channel, or two heads of a log"));
        }
    }
    for NewBatch { batch, keyring, periods, .. } in &commit.batches {
        let count = batch.commitments.len();
        let bytes: usize = batch.lengths.iter().map(|length| to_place(u64::from(*length))).sum();
        let is_whole = count > 0
            && [batch.lengths.len(), keyring.len(), periods.len()] == [count; 3]
            && bytes == batch.ciphertexts.len();
        let size = grown.get_mut(&batch.origin).filter(|size| is_whole && **size == batch.first);
        *size.ok_or(Refused::Contradiction("a batch that is not whole or does not follow its log"))? = batch.size();
    }
    let ends = |head: &protocol::commit::Head| grown.get(&head.origin) == Some(&head.size);
    commit.heads.iter().all(ends).then_some(()).ok_or(Refused::Contradiction("a head that ends elsewhere"))
}

impl Kept for Store {
    type Error = Infallible;

    fn note_at(&self, origin: &Origin, size: u64) -> Result<Option<String>, Infallible> {
        Ok(Self::note_at(self, origin, size))
    }

    fn entries(&self, origin: &Origin) -> Result<Vec<Hash>, Infallible> {
        Ok(Self::entries(self, origin))
    }

    fn receipt_at(&self, origin: &Origin, size: u64, agency: &AgencyId) -> Result<Option<String>, Infallible> {
        Ok(self.receipt(origin, size, agency).map(|receipt| receipt.note.clone()))
    }
}

/// A number of entries as a place in a list that is held in memory.
pub fn to_place(count: u64) -> usize {
    usize::try_from(count).expect("a simulated log fits in memory")
}
