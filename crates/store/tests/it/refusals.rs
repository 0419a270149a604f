//! What the store refuses, and that a refused step leaves nothing behind.

use std::fs;

use mithaq_store::{CommitError, Lock, Store, StoreError};
use protocol::{
    commit::{Commit, Mark, MarkState, SubmitResult},
    suite::AwsLc,
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::support::*;

fn open(world: &mut World, master: &[u8; 32]) -> Result<Store, StoreError> {
    Store::open(world.dir.path(), master, &AwsLc, &mut world.entropy)
}

// spec: REST-2
#[test]
fn a_step_on_a_moved_head_writes_nothing() {
    let mut world = World::new();
    world.commit(&append(batch(LOG, 0, &[march(); 2], 10))).unwrap();
    let mut late = append(batch(LOG, 0, &[march(); 5], 10));
    late.state = Some(b"state".to_vec());
    late.audit = vec![b"entry".to_vec()];
    match world.commit(&late).unwrap_err() {
        CommitError::HeadMoved { origin, expected, found } => assert_eq!((*origin, expected, found), (LOG, 0, 2)),
        other => panic!("{other}"),
    }
    let ahead = append(batch(LOG, 3, &[march()], 10));
    assert!(matches!(world.commit(&ahead), Err(CommitError::HeadMoved { expected: 3, found: 2, .. })));
    let reader = world.reader();
    assert_eq!(reader.head(&LOG).unwrap().unwrap().size, 2);
    assert_eq!(reader.channel_state(CHANNEL).unwrap(), None);
    assert_eq!(reader.audit_frontier().unwrap().size(), 0);
}

// spec: REST-1
#[test]
fn a_failure_at_the_end_of_a_step_takes_its_beginning_along() {
    let mut world = World::new();
    let result = SubmitResult { key: "k".into(), digest: [0; 32], answer: vec![], time: 1 };
    let mut first = append(batch(LOG, 0, &[march()], 10));
    first.results = vec![result.clone()];
    world.commit(&first).unwrap();
    let mut second = append(batch(LOG, 1, &[march()], 10));
    second.results = vec![result];
    assert!(matches!(world.commit(&second), Err(CommitError::KeyUsed { key }) if key == "k"));
    let mut third = append(batch(LOG, 1, &[march()], 10));
    third.erase = vec![at(2)];
    assert!(matches!(world.commit(&third), Err(CommitError::Contradiction(_))));
    world.reopen();
    assert_eq!(world.reader().head(&LOG).unwrap().unwrap().size, 1);
    assert!(world.reader().batch_at(&LOG, 1).unwrap().is_none());
}

// spec: RECORD-13
#[test]
fn an_approval_is_used_once_in_a_channel() {
    let mut world = World::new();
    let mut first = append(batch(LOG, 0, &[march()], 10));
    first.approvals = vec![[1; 32], [2; 32]];
    world.commit(&first).unwrap();
    let mut second = append(batch(LOG, 1, &[march()], 10));
    second.approvals = vec![[3; 32], [2; 32]];
    assert!(matches!(world.commit(&second), Err(CommitError::ApprovalUsed)));
    let mut erasing = Commit::new(CHANNEL);
    erasing.erase = vec![at(0)];
    world.commit(&erasing).unwrap();
    world.reopen();
    let reader = world.reader();
    assert_eq!(reader.head(&LOG).unwrap().unwrap().size, 1, "nothing of the second step is written");
    assert!(reader.any_approval_used(CHANNEL, &[[9; 32], [1; 32]]).unwrap(), "it outlives its record");
    assert!(!reader.any_approval_used(CHANNEL, &[[3; 32]]).unwrap());
}

#[test]
fn a_step_that_contradicts_itself_is_refused() {
    let mut world = World::new();
    let whole = || append(batch(LOG, 0, &[march(); 2], 10));
    type Spoil = fn(&mut Commit);
    let cases: [(&str, Spoil); 8] = [
        ("a secret is missing", |commit| commit.batches[0].keyring.truncate(1)),
        ("a period is missing", |commit| commit.batches[0].periods.truncate(1)),
        ("a ciphertext is cut", |commit| commit.batches[0].batch.ciphertexts.truncate(1)),
        ("no entries", |commit| commit.batches[0] = batch(LOG, 0, &[], 10)),
        ("a batch without a head", |commit| drop(commit.heads.pop())),
        ("a head beyond its batches", |commit| commit.heads[0].size = 3),
        ("a gap", |commit| commit.batches.push(batch(LOG, 3, &[march()], 10))),
        ("a mark in a log that is not there", |commit| {
            let position = protocol::origin::Position { origin: LOG.in_lane(protocol::origin::Lane::Urgent), index: 0 };
            commit.marks.push(Mark { position, state: MarkState::Refused, reason: String::new() });
        }),
    ];
    for (name, spoil) in cases {
        let mut commit = whole();
        spoil(&mut commit);
        assert!(matches!(world.commit(&commit), Err(CommitError::Contradiction(_))), "{name}");
    }
    assert!(world.reader().channels().unwrap().is_empty());
    world.commit(&whole()).unwrap();
}

// spec: REST-1
#[test]
fn after_a_power_cut_there_are_whole_steps_only() {
    let mut world = World::new();
    for first in 0..4 {
        world.commit(&append(batch(LOG, first, &[march()], 6000))).unwrap();
    }
    // What is on the disk while the store is open, as a power cut would leave it; then with the log's end torn off.
    let cut = TempDir::new().unwrap();
    copy(world.dir.path(), cut.path());
    let torn = TempDir::new().unwrap();
    copy(world.dir.path(), torn.path());
    let wal = torn.path().join("mithaq.db-wal");
    let mut bytes = fs::read(&wal).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes[end - 4000..].fill(0);
    fs::write(&wal, bytes).unwrap();
    for (dir, size) in [(cut, 4), (torn, 3)] {
        let mut store = Store::open(dir.path(), &MASTER, &AwsLc, &mut world.entropy).unwrap();
        let head = store.readers().reader().unwrap().head(&LOG).unwrap().unwrap();
        assert_eq!(head.size, size);
        assert_eq!(head.state, format!("state at {size}").into_bytes());
        store.commit(&append(batch(LOG, size, &[march()], 10)), NOW_US, &mut world.entropy).unwrap();
        assert_eq!(store.readers().reader().unwrap().commitments(&LOG, 9).unwrap().len() as u64, size + 1);
    }
}

// spec: REST-3
#[test]
fn there_is_one_writer() {
    let mut world = World::new();
    let error = open(&mut world, &MASTER).err().unwrap();
    assert!(matches!(&error, StoreError::InUse { .. }));
    assert!(error.to_string().contains("in use by another process"), "{error}");
    assert!(matches!(Lock::acquire(world.dir.path()), Err(StoreError::InUse { .. })));
    world.store = None;
    drop(Lock::acquire(world.dir.path()).unwrap());
    world.reopen();
}

// spec: REST-4
#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let mut world = World::new();
    world.store = None;
    let path = world.dir.path().join("mithaq.db");
    Connection::open(&path).unwrap().execute("UPDATE schema SET version = 9999", []).unwrap();
    let before = fs::read(&path).unwrap();
    let error = open(&mut world, &MASTER).err().unwrap();
    assert!(matches!(&error, StoreError::NewerSchema { found: 9999, .. }), "{error}");
    assert!(error.to_string().contains("install the newer program"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn something_else_in_the_databases_place_is_refused() {
    let mut world = World::new();
    world.store = None;
    fs::write(world.dir.path().join("mithaq.db"), [b'x'; 9000]).unwrap();
    assert!(matches!(open(&mut world, &MASTER), Err(StoreError::Damaged { .. })));
}

// spec: REST-6
#[test]
fn the_wrong_master_key_is_told() {
    let mut world = World::new();
    world.store = None;
    let error = open(&mut world, &[8; 32]).err().unwrap();
    assert!(matches!(&error, StoreError::WrongKey), "{error}");
    assert!(error.to_string().contains("wrong passphrase"), "{error}");
    world.reopen();
}

// spec: REST-6
#[test]
fn a_database_without_its_keys_is_refused() {
    let mut world = World::new();
    world.store = None;
    fs::remove_dir_all(world.dir.path().join("keys")).unwrap();
    assert!(matches!(open(&mut world, &MASTER), Err(StoreError::KeysMissing { .. })));
}

// spec: REST-5
#[test]
fn only_the_nodes_user_reads_its_files() {
    use std::os::unix::fs::PermissionsExt;
    let mut world = World::new();
    world.commit(&append(batch(LOG, 0, &[march()], 10))).unwrap();
    let others: Vec<_> = files(world.dir.path())
        .into_iter()
        .filter(|path| path.metadata().unwrap().permissions().mode() & 0o077 != 0)
        .collect();
    assert!(others.is_empty(), "{others:?}");
}
