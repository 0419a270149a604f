//! A store in a temporary directory, and steps to write into it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use mithaq_store::{CommitError, Reader, Seen, Store, ThreadMore, ThreadRow};
use protocol::{
    batch::Batch,
    commit::{Commit, Head, NewBatch, NewReceipt, Period, StoredBatch},
    header::ThreadId,
    id::{AgencyId, ChannelId, Hash},
    origin::{Lane, Origin, Position},
    suite::{AwsLc, Entropy, Suite},
};
use tempfile::TempDir;
use zeroize::Zeroizing;

pub const MASTER: [u8; 32] = [7; 32];
/// A day in 2027, where a test's clock stands.
pub const NOW_US: u64 = 1_800_000_000_000_000;
pub const CHANNEL: ChannelId = ChannelId::new([1; 32]);
pub const ALICE: AgencyId = AgencyId::new([2; 32]);
pub const BOB: AgencyId = AgencyId::new([3; 32]);
pub const LOG: Origin = Origin { channel: CHANNEL, agency: ALICE, epoch: 1, lane: Lane::Main };

/// A thread with a number.
pub fn thread_id(number: u64) -> ThreadId {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    ThreadId(bytes)
}

/// A made-up request that waits for an answer.
pub fn thread_row(number: u64) -> ThreadRow {
    ThreadRow {
        channel: CHANNEL,
        thread: thread_id(number),
        kind: "requests.request".into(),
        clause: "c1".into(),
        supplied: "border_control".into(),
        state: "sent".into(),
        open: true,
        awaits: vec![BOB],
        due: Some(1_000 * number),
        changed: number,
        news: number,
        opener: "requests.request/1".into(),
        seen: Seen::ByAll,
        full: false,
        more: ThreadMore {
            lane: Lane::Main,
            opened_by: Some(ALICE),
            titled_by: Some((LOG, number)),
            titled_kind: "requests.request/1".into(),
            due_what: Some("answer".into()),
            due_from: Some(BOB),
            receipt_due: None,
            opened: number,
            since: number,
            height: Some(number),
            records: 1,
            ineffective: 0,
        },
    }
}

pub fn march() -> Period {
    Period::month(2027, 3)
}

pub fn april() -> Period {
    Period::month(2027, 4)
}

/// Bytes that differ at every call and are the same at every run.
pub struct Counter(pub u64);

impl Entropy for Counter {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            self.0 += 1;
            chunk.copy_from_slice(&AwsLc.sha256(&[b"test entropy", &self.0.to_be_bytes()])[..chunk.len()]);
        }
    }
}

/// A store, its directory and its entropy.
pub struct World {
    pub dir: TempDir,
    pub store: Option<Store>,
    pub entropy: Counter,
}

impl World {
    pub fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let mut entropy = Counter(0);
        let store = Some(Store::open(dir.path(), &MASTER, &AwsLc, &mut entropy).unwrap());
        Self { dir, store, entropy }
    }

    pub fn store(&mut self) -> &mut Store {
        self.store.as_mut().unwrap()
    }

    pub fn reader(&self) -> Reader {
        self.store.as_ref().unwrap().readers().reader().unwrap()
    }

    pub fn commit(&mut self, commit: &Commit) -> Result<(), CommitError> {
        self.commit_at(commit, NOW_US)
    }

    pub fn commit_at(&mut self, commit: &Commit, now_us: u64) -> Result<(), CommitError> {
        self.store.as_mut().unwrap().commit(commit, now_us, &mut self.entropy)
    }

    pub fn reopen(&mut self) {
        self.store = None;
        self.store = Some(Store::open(self.dir.path(), &MASTER, &AwsLc, &mut self.entropy).unwrap());
    }
}

/// A record's secret, the same for the same number.
pub fn secret(number: u64) -> [u8; 32] {
    AwsLc.sha256(&[b"secret", &number.to_be_bytes()])
}

/// A batch of `periods.len()` records whose ciphertexts are `record_bytes` long each.
pub fn batch(origin: Origin, first: u64, periods: &[Period], record_bytes: u32) -> NewBatch {
    let count = periods.len();
    let entries = first..first + u64::try_from(count).unwrap();
    NewBatch {
        batch: Batch {
            origin,
            first,
            note: format!("{origin}\n{}\nroot\n", entries.end),
            commitments: entries.clone().map(|index| AwsLc.sha256(&[&index.to_be_bytes()])).collect(),
            lengths: vec![record_bytes; count],
            ciphertexts: (0..count * usize::try_from(record_bytes).unwrap())
                .map(|byte| byte.to_le_bytes()[0])
                .collect(),
        },
        keyring: Zeroizing::new(entries.map(secret).collect()),
        periods: periods.to_vec(),
        time: 1_800_000_000_000 + first,
    }
}

/// The step that appends a batch to its log.
pub fn append(new: NewBatch) -> Commit {
    let mut commit = Commit::new(new.batch.origin.channel);
    commit.heads.push(head(new.batch.origin, new.batch.first, new.batch.size()));
    commit.batches.push(new);
    commit
}

pub fn head(origin: Origin, expected_size: u64, size: u64) -> Head {
    Head { origin, expected_size, size, state: format!("state at {size}").into_bytes() }
}

pub fn receipt(size: u64, agency: AgencyId) -> NewReceipt {
    NewReceipt { origin: LOG, size, agency, time_s: 1_800_000_000 + size, note: format!("receipt for {size}") }
}

pub fn at(index: u64) -> Position {
    Position { origin: LOG, index }
}

/// What is read is what was written.
pub fn assert_same(stored: &StoredBatch, new: &NewBatch) {
    assert_eq!(stored.batch, new.batch);
    assert_eq!(*stored.keyring, *new.keyring);
    assert_eq!(stored.periods, new.periods);
    assert_eq!(stored.time, new.time);
}

pub fn digest(bytes: &[u8]) -> Hash {
    AwsLc.sha256(&[bytes])
}

/// All files below a directory.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// The files below a directory that hold these bytes.
pub fn files_with(dir: &Path, bytes: &[u8]) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| fs::read(path).unwrap().windows(bytes.len()).any(|window| window == bytes);
    files(dir).into_iter().filter(holds).collect()
}

/// Copies a directory as a backup, a thief or a power cut would see it.
pub fn copy(from: &Path, to: &Path) {
    for path in files(from) {
        let target = to.join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(path, target).unwrap();
    }
}
