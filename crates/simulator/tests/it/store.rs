//! The store in memory against the real one: the same commits, the same answers, the same that can be read.

use mithaq_simulator::store::{Refused, Store};
use proptest::prelude::*;
use protocol::{
    batch::Batch,
    commit::{
        Aside, BlobLink, Commit, Head, KeptDocument, Mark, MarkState, NewAgreement, NewBatch, NewReceipt, Period,
        SubmitResult, Volume,
    },
    id::{AgencyId, ChannelId, Hash},
    origin::{Lane, Origin, Position},
    suite::{AwsLc, Entropy, Suite},
};
use store::CommitError;
use tempfile::TempDir;
use zeroize::Zeroizing;

const CHANNEL: ChannelId = ChannelId::new([1; 32]);
const ALICE: AgencyId = AgencyId::new([2; 32]);
const BOB: AgencyId = AgencyId::new([3; 32]);
const MONTH: Period = Period::from_number(2027 * 12 + 3);

/// One thing in a commit. Numbers are small, so that commits meet.
#[derive(Clone, Debug)]
enum Part {
    /// A batch; perhaps on a wrong size, or with lists that differ in length.
    Batch {
        log: u8,
        months: Vec<bool>,
        stale: bool,
        torn: bool,
    },
    /// A head alone.
    Head {
        log: u8,
    },
    State(u8),
    Receipt {
        log: u8,
        size: u64,
        time_s: u64,
    },
    Result {
        key: u8,
        answer: u8,
    },
    Blob {
        log: u8,
        entry: u64,
        blob: u8,
        complete: bool,
    },
    Mark {
        log: u8,
        entry: u64,
        state: u8,
    },
    Erase {
        log: u8,
        entry: u64,
    },
    Agreement(u8),
    Document(u8),
    Approval(u8),
    Volume {
        to_bob: bool,
        persons: u32,
    },
    Lay(u8),
    Take(u8),
    Audit(u8),
}

fn part() -> impl Strategy<Value = Part> {
    let rare = || prop::bool::weighted(0.05);
    prop_oneof![
        6 => (0..2_u8, prop::collection::vec(any::<bool>(), 1..4), rare(), rare())
            .prop_map(|(log, months, stale, torn)| Part::Batch { log, months, stale, torn }),
        1 => (0..2_u8).prop_map(|log| Part::Head { log }),
        1 => any::<u8>().prop_map(Part::State),
        2 => (0..2_u8, 0..4_u64, 1..5_u64).prop_map(|(log, size, time_s)| Part::Receipt { log, size, time_s }),
        2 => (0..6_u8, any::<u8>()).prop_map(|(key, answer)| Part::Result { key, answer }),
        3 => (0..2_u8, 0..4_u64, 0..3_u8, any::<bool>())
            .prop_map(|(log, entry, blob, complete)| Part::Blob { log, entry, blob, complete }),
        3 => (0..2_u8, 0..4_u64, 0..6_u8).prop_map(|(log, entry, state)| Part::Mark { log, entry, state }),
        3 => (0..2_u8, 0..6_u64).prop_map(|(log, entry)| Part::Erase { log, entry }),
        1 => (0..2_u8).prop_map(Part::Agreement),
        1 => any::<u8>().prop_map(Part::Document),
        1 => (0..6_u8).prop_map(Part::Approval),
        2 => (any::<bool>(), 0..9_u32).prop_map(|(to_bob, persons)| Part::Volume { to_bob, persons }),
        2 => (0..4_u8).prop_map(Part::Lay),
        2 => (0..4_u8).prop_map(Part::Take),
        2 => any::<u8>().prop_map(Part::Audit),
    ]
}

fn log(number: u8) -> Origin {
    let lane = if number == 0 { Lane::Main } else { Lane::Urgent };
    Origin { channel: CHANNEL, agency: ALICE, epoch: 1, lane }
}

fn commit_of(parts: &[Part], held: &Store) -> Commit {
    let mut commit = Commit::new(CHANNEL);
    for part in parts {
        match part.clone() {
            Part::Batch { log: number, months, stale, torn } => {
                let origin = log(number);
                if commit.heads.iter().any(|head| head.origin == origin) {
                    continue;
                }
                let first = held.size(&origin) + u64::from(stale);
                let new = batch(origin, first, &months, torn);
                commit.heads.push(head(origin, first, new.batch.size()));
                commit.batches.push(new);
            }
            Part::Head { log: number } => {
                let size = held.size(&log(number));
                if commit.heads.iter().all(|head| head.origin != log(number)) {
                    commit.heads.push(head(log(number), size, size));
                }
            }
            Part::State(state) => commit.state = Some(vec![state]),
            Part::Receipt { log: number, size, time_s } => {
                let note = format!("receipt of {time_s}");
                commit.receipts.push(NewReceipt { origin: log(number), size, agency: BOB, time_s, note });
            }
            Part::Result { key, answer } => commit.results.push(SubmitResult {
                key: format!("key {key}"),
                digest: [key; 32],
                answer: vec![answer],
                time: 7,
            }),
            Part::Blob { log: number, entry, blob, complete } => commit.blobs.push(BlobLink {
                position: Position { origin: log(number), index: entry },
                blob: [blob; 32],
                bytes: 9,
                complete,
            }),
            Part::Mark { log: number, entry, state } => commit.marks.push(Mark {
                position: Position { origin: log(number), index: entry },
                state: [
                    MarkState::Refused,
                    MarkState::Quarantined,
                    MarkState::Withheld,
                    MarkState::Erased,
                    MarkState::AttachmentsPending,
                    MarkState::AttachmentsStored,
                ][usize::from(state)],
                reason: format!("reason {state}"),
            }),
            Part::Erase { log: number, entry } => {
                commit.erase.push(Position { origin: log(number), index: entry });
            }
            Part::Agreement(number) => {
                commit.agreements.push(NewAgreement { hash: [number; 32], bundle: vec![number; 3] });
            }
            Part::Approval(number) => commit.approvals.push([number; 32]),
            Part::Document(number) => {
                commit.documents.push(KeptDocument { kind: "nack", position: None, bytes: vec![number] });
            }
            Part::Volume { to_bob, persons } => {
                let (author, reader) = if to_bob { (ALICE, BOB) } else { (BOB, ALICE) };
                commit.volumes.push(Volume { author, reader, month: MONTH, persons });
            }
            Part::Lay(id) => {
                commit.aside.push(Aside { id: [id; 16], period: MONTH, bytes: vec![id; 5].into() });
            }
            Part::Take(id) => commit.taken.push([id; 16]),
            Part::Audit(entry) => commit.audit.push(vec![entry]),
        }
    }
    commit
}

fn head(origin: Origin, expected_size: u64, size: u64) -> Head {
    Head { origin, expected_size, size, state: format!("state at {size}").into_bytes() }
}

/// A batch of records of a month, or of protocol records.
fn batch(origin: Origin, first: u64, months: &[bool], torn: bool) -> NewBatch {
    let entries: Vec<u64> = (first..).take(months.len()).collect();
    let digest = |what: &[u8], index: &u64| AwsLc.sha256(&[what, &index.to_be_bytes()]);
    NewBatch {
        batch: Batch {
            origin,
            first,
            note: format!("{origin}\n{}\nroot\n", first + entries.len() as u64),
            commitments: entries.iter().map(|index| digest(b"entry", index)).collect(),
            lengths: vec![3; months.len() - usize::from(torn)],
            ciphertexts: vec![5; 3 * months.len()],
        },
        keyring: Zeroizing::new(entries.iter().map(|index| digest(b"secret", index)).collect()),
        periods: months.iter().map(|monthly| if *monthly { MONTH } else { Period::CHANNEL }).collect(),
        time: 1_800_000_000_000 + first,
    }
}

struct Counter(u64);

impl Entropy for Counter {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            self.0 += 1;
            chunk.copy_from_slice(&AwsLc.sha256(&[&self.0.to_be_bytes()])[..chunk.len()]);
        }
    }
}

/// What both answer to a commit, in one word.
fn word_of_memory(answer: &Result<(), Refused>) -> &'static str {
    match answer {
        Ok(()) => "written",
        Err(Refused::HeadMoved(_)) => "head moved",
        Err(Refused::KeyUsed(_)) => "key used",
        Err(Refused::ApprovalUsed) => "approval used",
        Err(Refused::Contradiction(_)) => "contradiction",
    }
}

fn word_of_disk(answer: &Result<(), CommitError>) -> &'static str {
    match answer {
        Ok(()) => "written",
        Err(CommitError::HeadMoved { .. }) => "head moved",
        Err(CommitError::KeyUsed { .. }) => "key used",
        Err(CommitError::ApprovalUsed) => "approval used",
        // Two things of one name lie aside: the database itself refuses.
        Err(CommitError::Contradiction(_) | CommitError::Store(_)) => "contradiction",
        Err(CommitError::Unknown { .. }) => "unknown",
    }
}

fn assert_same(memory: &Store, disk: &store::Store) {
    let reader = disk.readers().reader().unwrap();
    for origin in [log(0), log(1)] {
        let held = reader.head(&origin).unwrap();
        assert_eq!(memory.size(&origin), held.as_ref().map_or(0, |head| head.size));
        assert_eq!(memory.logs().any(|log| *log == origin), held.is_some());
        let stored = reader.batches_from(&origin, 0, usize::MAX, usize::MAX).unwrap();
        assert_eq!(memory.batches(&origin).count(), stored.len());
        for (new, stored) in memory.batches(&origin).zip(&stored) {
            assert_eq!(new.batch, stored.batch);
            assert_eq!((&*new.keyring, &new.periods, new.time), (&*stored.keyring, &stored.periods, stored.time));
            let again = memory.batch_at(&origin, new.batch.first).unwrap();
            assert_eq!(again.batch, stored.batch);
        }
        assert_eq!(memory.entries(&origin), reader.commitments(&origin, u64::MAX).unwrap());
        for size in 0..8 {
            assert_eq!(memory.note_at(&origin, size), reader.note_at(&origin, size).unwrap());
            let (ours, theirs) = (memory.receipt(&origin, size, &BOB), reader.receipt(&origin, size, BOB).unwrap());
            let said = |receipt: &NewReceipt| (receipt.time_s, receipt.note.clone());
            assert_eq!(ours.map(said), theirs.as_ref().map(said));
        }
        for index in 0..8 {
            let position = Position { origin, index };
            let mut marks: Vec<Mark> = memory.marks(&position).cloned().collect();
            let mut stored = reader.marks(&position).unwrap();
            marks.sort_by_key(|mark| mark.state);
            stored.sort_by_key(|mark| mark.state);
            assert_eq!(marks, stored);
            let mut links: Vec<BlobLink> = memory.links(&position).copied().collect();
            let mut stored = reader.blob_links(&position).unwrap();
            links.sort_by_key(|link| link.blob);
            stored.sort_by_key(|link| link.blob);
            assert_eq!(links, stored);
        }
    }
    let snapshot = memory.snapshot();
    assert_eq!(snapshot.state, reader.channel_state(CHANNEL).unwrap());
    assert_eq!(snapshot.bundles, reader.agreements().unwrap().into_iter().collect());
    for key in (0..6).map(|key| format!("key {key}")) {
        assert_eq!(memory.result(&key).cloned(), reader.submit_result(&key).unwrap());
    }
    assert_eq!(memory.documents().cloned().collect::<Vec<_>>(), reader.documents(CHANNEL, "nack").unwrap());
    for (author, other) in [(ALICE, BOB), (BOB, ALICE)] {
        assert_eq!(memory.persons(author, other, MONTH), u64::from(reader.persons(author, other, MONTH).unwrap()));
    }
    for id in (0..4).map(|id| [id; 16]) {
        let ours = memory.aside().find(|aside| aside.id == id).map(|aside| aside.bytes.clone());
        assert_eq!(ours, reader.aside_named(&id).unwrap().and_then(|laid| laid.bytes));
        assert_eq!(memory.lies_aside(&id), ours.is_some());
    }
    let audit: Vec<Vec<u8>> = reader.audit_from(0, 1_000).unwrap().into_iter().map(|entry| entry.entry).collect();
    assert_eq!(memory.audit().collect::<Vec<_>>(), audit);
    let linked = |blob: &Hash| !reader.links_of_blob(blob).unwrap().is_empty();
    assert!(memory.doomed().iter().all(|blob| !linked(blob)), "what a record names is not doomed");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]
    // spec: REST-1, REST-2
    #[test]
    fn the_store_in_memory_answers_and_holds_what_the_real_one_does(
        commits in prop::collection::vec(prop::collection::vec(part(), 1..5), 1..25)
    ) {
        let folder = TempDir::new().unwrap();
        let mut entropy = Counter(0);
        let mut disk = store::Store::open(folder.path(), &[7; 32], &AwsLc, &mut entropy).unwrap();
        let mut memory = Store::default();
        for parts in commits {
            let commit = commit_of(&parts, &memory);
            let (ours, theirs) = (memory.write(&commit), disk.commit(&commit, 0, &mut entropy));
            prop_assert_eq!(word_of_memory(&ours), word_of_disk(&theirs), "{:?}: {:?}, {:?}", parts, ours, theirs);
        }
        assert_same(&memory, &disk);
    }
}
