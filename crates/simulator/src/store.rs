//! A store in memory with exactly the semantics of a [`Commit`]: the whole of it or nothing.

use std::collections::BTreeMap;

use protocol::{
    batch::NO_SECRET,
    channel::Snapshot,
    commit::{Commit, KeptDocument, Mark, MarkState, NewBatch, NewReceipt, StoredBatch, SubmitResult},
    id::{AgencyId, Hash},
    origin::{Origin, Position},
};

/// What one node has written durably. A clone is a backup.
#[derive(Clone, Debug, Default)]
pub struct Store {
    heads: BTreeMap<Origin, (u64, Vec<u8>)>,
    state: Option<Vec<u8>>,
    batches: BTreeMap<Origin, BTreeMap<u64, NewBatch>>,
    receipts: BTreeMap<(Origin, u64, AgencyId), NewReceipt>,
    results: BTreeMap<String, SubmitResult>,
    marks: BTreeMap<Position, Mark>,
    documents: Vec<KeptDocument>,
    bundles: BTreeMap<Hash, Vec<u8>>,
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

/// The commit was computed on a state that is no longer the stored one.
#[derive(Debug)]
pub struct Conflict(pub String);

impl Store {
    /// Writes a commit, or refuses it whole.
    ///
    /// # Errors
    /// [`Conflict`] if a head moved, an idempotency key has its result already, or a batch does not follow its log.
    pub fn write(&mut self, commit: &Commit) -> Result<(), Conflict> {
        self.check(commit)?;
        self.writes += 1;
        for head in &commit.heads {
            self.heads.insert(head.origin, (head.size, head.state.clone()));
        }
        if let Some(state) = &commit.state {
            self.state = Some(state.clone());
        }
        for batch in &commit.batches {
            self.batches.entry(batch.batch.origin).or_default().insert(batch.batch.first, batch.clone());
        }
        for receipt in &commit.receipts {
            self.receipts.insert((receipt.origin, receipt.size, receipt.agency), receipt.clone());
        }
        self.results.extend(commit.results.iter().map(|result| (result.key.clone(), result.clone())));
        for mark in &commit.marks {
            self.mark(mark);
        }
        for position in &commit.erase {
            self.erase(position);
        }
        self.bundles.extend(commit.agreements.iter().map(|new| (new.hash, new.bundle.clone())));
        self.documents.extend(commit.documents.iter().cloned());
        Ok(())
    }

    fn check(&self, commit: &Commit) -> Result<(), Conflict> {
        for head in &commit.heads {
            let size = self.size(&head.origin);
            if size != head.expected_size {
                return Err(Conflict(format!("{} holds {size}, expected {}", head.origin, head.expected_size)));
            }
        }
        for batch in commit.batches.iter().map(|new| &new.batch) {
            let grows = commit.heads.iter().any(|head| {
                head.origin == batch.origin && head.expected_size == batch.first && head.size == batch.size()
            });
            assert!(grows, "a commit must grow the head of each batch's log by that batch");
        }
        match commit.results.iter().find(|result| self.results.contains_key(&result.key)) {
            Some(result) => Err(Conflict(format!("{} has its result", result.key))),
            None => Ok(()),
        }
    }

    /// Nothing follows on "erased".
    fn mark(&mut self, mark: &Mark) {
        if self.marked(&mark.position) != Some(MarkState::Erased) {
            self.marks.insert(mark.position, mark.clone());
        }
    }

    fn erase(&mut self, position: &Position) {
        let holder = self
            .batches
            .get_mut(&position.origin)
            .and_then(|log| log.range_mut(..=position.index).next_back())
            .filter(|(_, held)| position.index < held.batch.size());
        if let Some((first, held)) = holder {
            held.keyring[to_place(position.index - first)] = NO_SECRET;
            self.mark(&Mark { position: *position, state: MarkState::Erased, reason: String::new() });
        }
    }

    /// How many commits were written.
    pub const fn writes(&self) -> u64 {
        self.writes
    }

    /// What a channel is loaded from.
    pub fn snapshot(&self) -> Snapshot {
        let logs = self.heads.iter().map(|(origin, (_, state))| (*origin, state.clone())).collect();
        Snapshot { state: self.state.clone(), logs, bundles: self.bundles.clone() }
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
        self.batches.get(origin).into_iter().flat_map(BTreeMap::values)
    }

    /// A log's entries.
    pub fn entries(&self, origin: &Origin) -> Vec<Hash> {
        self.batches(origin).flat_map(|held| held.batch.commitments.iter().copied()).collect()
    }

    /// The batches from the one that holds entry `from` on.
    pub fn stored_from(&self, origin: &Origin, from: u64) -> impl Iterator<Item = StoredBatch> {
        self.batches(origin).filter(move |held| held.batch.size() > from).map(|held| StoredBatch {
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
        self.receipts.get(&(*origin, size, *agency))
    }

    /// All receipts.
    pub fn receipts(&self) -> impl Iterator<Item = &NewReceipt> {
        self.receipts.values()
    }

    /// What a submission led to.
    pub fn result(&self, key: &str) -> Option<&SubmitResult> {
        self.results.get(key)
    }

    /// A record's mark.
    pub fn marked(&self, position: &Position) -> Option<MarkState> {
        self.marks.get(position).map(|mark| mark.state)
    }

    /// Why a record is marked as it is.
    pub fn reason(&self, position: &Position) -> &str {
        self.marks.get(position).map_or("", |mark| &mark.reason)
    }

    /// Whether a record's secret was destroyed.
    pub fn is_erased(&self, position: &Position) -> bool {
        self.marked(position) == Some(MarkState::Erased)
    }

    /// The documents kept.
    pub fn documents(&self) -> &[KeptDocument] {
        &self.documents
    }
}

/// A number of entries as a place in a list that is held in memory.
pub fn to_place(count: u64) -> usize {
    usize::try_from(count).expect("a simulated log fits in memory")
}
