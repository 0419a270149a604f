//! What was erased is in no file.

use std::{fs, ops::ControlFlow};

use mithaq_store::{Store, StoreError};
use protocol::{
    batch::NO_SECRET,
    commit::{BlobLink, Commit, Mark, MarkState, Period},
    suite::{AwsLc, SystemEntropy},
};
use rusqlite::Connection;

use crate::support::*;

fn erase(index: u64) -> Commit {
    let mut commit = Commit::new(CHANNEL);
    commit.erase = vec![at(index)];
    commit.marks = vec![Mark { position: at(index), state: MarkState::Erased, reason: "order".into() }];
    commit
}

/// The wrapped keyrings of each batch, as they lie in the database.
fn wrapped(world: &World) -> Vec<Vec<u8>> {
    let database = Connection::open(world.dir.path().join("mithaq.db")).unwrap();
    let mut statement = database.prepare("SELECT keyrings FROM batch ORDER BY arrival").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

// spec: REST-8, REST-9
#[test]
fn an_erased_secret_is_found_in_no_file() {
    // Rows of which several share a page that was split, and rows that span two, some and many pages.
    for (records, record_bytes, batches) in [(1, 20, 80), (3, 900, 30), (7, 1500, 12), (40, 1500, 6), (300, 1500, 6)] {
        let mut world = World::new();
        let mut first = 0;
        for _ in 0..batches {
            world.commit(&append(batch(LOG, first, &vec![march(); records], record_bytes))).unwrap();
            first += records as u64;
        }
        let (victim, victim_batch) = (2 * records as u64, 2);
        let before = wrapped(&world);
        let canary = &before[victim_batch][12..44];
        world.commit(&erase(victim)).unwrap();
        let left = files_with(world.dir.path(), canary);
        assert!(!left.is_empty(), "without a scrub the old keyring is still in the write-ahead log");

        world.store().scrub().unwrap();
        assert_eq!(files_with(world.dir.path(), canary), Vec::<std::path::PathBuf>::new(), "{records} records");
        assert!(files_with(world.dir.path(), &secret(victim)).is_empty());

        // The neighbours are untouched, and the batch still has its length and entries.
        let stored = world.reader().batch_at(&LOG, victim).unwrap().unwrap();
        let expected = batch(LOG, victim, &vec![march(); records], record_bytes);
        assert_eq!(stored.batch, expected.batch);
        assert_eq!(stored.keyring[0], NO_SECRET);
        assert_eq!(stored.keyring[1..], expected.keyring[1..]);
        let after = wrapped(&world);
        assert_eq!(after[victim_batch].len(), before[victim_batch].len());
        assert_eq!((&after[..2], &after[3..]), (&before[..2], &before[3..]));
        assert_eq!(world.reader().marks(&at(victim)).unwrap()[0].state, MarkState::Erased);
        world.reopen();
        assert!(files_with(world.dir.path(), canary).is_empty());
    }
}

// spec: REST-18
#[test]
fn a_protocol_record_stays_whoever_orders_its_erasure() {
    let mut world = World::new();
    world.commit(&append(batch(LOG, 0, &[Period::CHANNEL, march()], 900))).unwrap();
    let before = world.reader().batch_at(&LOG, 0).unwrap().unwrap();
    let mut order = erase(0);
    // As an order by a partner comes: without a mark of its own.
    order.marks.clear();
    world.commit(&order).unwrap();
    assert_eq!(world.reader().batch_at(&LOG, 0).unwrap().unwrap().keyring, before.keyring);
    assert_eq!(world.reader().marks(&at(0)).unwrap(), []);
    order.erase = vec![at(1)];
    world.commit(&order).unwrap();
    assert_eq!(world.reader().batch_at(&LOG, 0).unwrap().unwrap().keyring[1], NO_SECRET);
}

// spec: REST-8
#[test]
fn an_erasure_that_a_power_cut_kept_from_its_scrub_is_finished_at_the_next_start() {
    let mut world = World::new();
    for first in 0..20 {
        world.commit(&append(batch(LOG, first, &[march()], 900))).unwrap();
    }
    let canary = wrapped(&world)[3][12..44].to_vec();
    world.commit(&erase(3)).unwrap();
    assert!(world.store().needs_scrub());
    let after_cut = tempfile::TempDir::new().unwrap();
    copy(world.dir.path(), after_cut.path());
    assert!(!files_with(after_cut.path(), &canary).is_empty());
    let store = Store::open(after_cut.path(), &MASTER, &AwsLc, &mut SystemEntropy).unwrap();
    assert!(!store.needs_scrub());
    assert_eq!(files_with(after_cut.path(), &canary), Vec::<std::path::PathBuf>::new());

    world.store().scrub().unwrap();
    assert!(!world.store().needs_scrub());
}

// spec: REST-8
#[test]
fn a_scrub_that_a_reader_keeps_from_its_end_says_so() {
    let mut world = World::new();
    for first in 0..2 {
        world.commit(&append(batch(LOG, first, &[march()], 20))).unwrap();
    }
    let canary = wrapped(&world)[0][12..44].to_vec();
    let reader = world.reader();
    reader
        .for_each_batch(CHANNEL, 0, |_| {
            world.commit(&erase(0)).unwrap();
            assert!(matches!(world.store().scrub(), Err(StoreError::ReadersInTheWay)));
            ControlFlow::Break(())
        })
        .unwrap();
    assert!(!files_with(world.dir.path(), &canary).is_empty());
    world.store().scrub().unwrap();
    assert!(files_with(world.dir.path(), &canary).is_empty());
}

// spec: REST-7
#[test]
fn no_secret_is_in_any_file_in_the_clear() {
    let mut world = World::new();
    world.commit(&append(batch(LOG, 0, &[march(), Period::CHANNEL], 100))).unwrap();
    assert!(files_with(world.dir.path(), &secret(0)).is_empty());
    assert!(files_with(world.dir.path(), &secret(1)).is_empty());
}

#[test]
fn two_records_of_one_batch_are_erased_in_one_step() {
    let mut world = World::new();
    world.commit(&append(batch(LOG, 0, &[march(), april(), march(), april()], 100))).unwrap();
    let mut commit = Commit::new(CHANNEL);
    commit.erase = vec![at(0), at(2), at(3), at(3)];
    world.commit(&commit).unwrap();
    let keyring = world.reader().batch_at(&LOG, 0).unwrap().unwrap().keyring;
    assert_eq!(*keyring, [NO_SECRET, secret(1), NO_SECRET, NO_SECRET]);
    assert_eq!(world.reader().marks_in(&LOG, 0, 4).unwrap().len(), 3, "an erased record is marked in any case");
}

// spec: REST-9
#[test]
fn the_blobs_of_an_erased_record_go_unless_another_record_names_them() {
    let mut world = World::new();
    let (own, shared) = (store_blob(&mut world, b"own"), store_blob(&mut world, b"shared"));
    let part = digest(b"promised");
    world.store().blobs().writer(&part).unwrap().append(0, b"prom").unwrap();
    let mut commit = append(batch(LOG, 0, &[march(); 2], 10));
    for (index, blob) in [(0, own), (0, shared), (0, part), (1, shared)] {
        commit.blobs.push(BlobLink { position: at(index), blob, bytes: 3, complete: blob != part });
    }
    world.commit(&commit).unwrap();
    world.commit(&erase(0)).unwrap();
    assert!(world.reader().blob_links(&at(0)).unwrap().is_empty());
    assert_eq!(world.store().scrub().unwrap().blobs, 2);
    let blobs = world.store().blobs().clone();
    assert_eq!(blobs.progress(&own).unwrap().stored, 0);
    assert_eq!(blobs.progress(&part).unwrap().stored, 0);
    assert!(blobs.progress(&shared).unwrap().complete);

    // A crash between the commit and the removal is made up for at the next start.
    world.commit(&erase(1)).unwrap();
    assert!(blobs.progress(&shared).unwrap().complete);
    world.reopen();
    assert!(!blobs.progress(&shared).unwrap().complete);
}

#[test]
fn a_blob_that_is_named_again_before_it_is_removed_stays() {
    let mut world = World::new();
    let blob = store_blob(&mut world, b"again");
    let mut commit = append(batch(LOG, 0, &[march(); 2], 10));
    commit.blobs.push(BlobLink { position: at(0), blob, bytes: 5, complete: true });
    world.commit(&commit).unwrap();
    world.commit(&erase(0)).unwrap();
    let mut again = Commit::new(CHANNEL);
    again.blobs.push(BlobLink { position: at(1), blob, bytes: 5, complete: true });
    world.commit(&again).unwrap();
    assert_eq!(world.store().scrub().unwrap().blobs, 0);
    assert!(world.store().blobs().progress(&blob).unwrap().complete);
}

// spec: REST-10
#[test]
fn with_a_periods_key_its_content_dies_in_every_copy() {
    let mut world = World::new();
    let new = batch(LOG, 0, &[march(), april(), Period::CHANNEL, march()], 100);
    world.commit(&append(new)).unwrap();
    world.store = None;
    let backup = fs::read(world.dir.path().join("mithaq.db")).unwrap();
    world.reopen();
    let key_file = world.dir.path().join(format!("keys/periods/{CHANNEL}/2027-03"));
    let sealed_key = fs::read(&key_file).unwrap();

    assert!(world.store().keys().destroy_period(CHANNEL, march()).unwrap());
    let expected = [NO_SECRET, secret(1), secret(2), NO_SECRET];
    assert_eq!(*world.reader().batch_at(&LOG, 0).unwrap().unwrap().keyring, expected, "readers know it at once");
    assert!(!key_file.exists());
    assert!(files_with(world.dir.path(), &sealed_key[16..48]).is_empty());
    assert!(!world.store().keys().destroy_period(CHANNEL, march()).unwrap(), "it is destroyed once");

    world.store = None;
    fs::write(world.dir.path().join("mithaq.db"), backup).unwrap();
    world.reopen();
    assert_eq!(*world.reader().batch_at(&LOG, 0).unwrap().unwrap().keyring, expected);

    // Erasing what is dead already is no error.
    world.commit(&erase(0)).unwrap();
}

// spec: REST-11
#[test]
fn a_record_of_a_destroyed_period_comes_in_without_its_secret() {
    let mut world = World::new();
    world.store().keys().destroy_period(CHANNEL, march()).unwrap();
    world.reopen();
    world.commit(&append(batch(LOG, 0, &[march(), april()], 100))).unwrap();
    let stored = world.reader().batch_at(&LOG, 0).unwrap().unwrap();
    assert_eq!(*stored.keyring, [NO_SECRET, secret(1)]);
    assert_eq!(stored.batch.commitments.len(), 2, "the log is whole");
    assert_eq!(world.store().keys().periods().unwrap(), [(CHANNEL, april())]);
}

// spec: REST-7
#[test]
fn a_keyring_moved_to_another_place_does_not_open() {
    let mut world = World::new();
    world.commit(&append(batch(LOG, 0, &[march()], 10))).unwrap();
    world.commit(&append(batch(LOG, 1, &[march()], 10))).unwrap();
    world.store = None;
    let database = Connection::open(world.dir.path().join("mithaq.db")).unwrap();
    database
        .execute("UPDATE batch SET keyrings = (SELECT keyrings FROM batch WHERE first = 0) WHERE first = 1", [])
        .unwrap();
    drop(database);
    world.store = Some(Store::open(world.dir.path(), &MASTER, &AwsLc, &mut world.entropy).unwrap());
    let error = world.reader().batch_at(&LOG, 1).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

fn store_blob(world: &mut World, bytes: &[u8]) -> protocol::id::Hash {
    let mut writer = world.store.as_ref().unwrap().blobs().new_writer(&mut world.entropy).unwrap();
    writer.append(0, bytes).unwrap();
    writer.finish().unwrap()
}
