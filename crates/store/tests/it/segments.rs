//! Ciphertexts of large batches lie in files of their own, and nothing else about a batch differs.

use std::fs;

use mithaq_store::{Store, StoreError};
use protocol::{origin::Lane, suite::AwsLc};
use tempfile::TempDir;

use crate::support::*;

/// Long enough for a file of its own, and no multiple of anything.
const LARGE: u32 = 70_001;

// spec: REST-1
#[test]
fn large_batches_are_read_back_before_and_after_a_start() {
    let mut world = World::new();
    let urgent = protocol::origin::Origin { lane: Lane::Urgent, ..LOG };
    let batches = [
        batch(LOG, 0, &[march(), april()], LARGE),
        batch(LOG, 2, &[march()], 10),
        batch(urgent, 0, &[april()], LARGE),
        batch(LOG, 3, &[march(); 20], LARGE),
    ];
    for new in &batches {
        world.commit(&append(new.clone())).unwrap();
    }
    for _ in 0..2 {
        for new in &batches {
            assert_same(&world.reader().batch_at(&new.batch.origin, new.batch.first).unwrap().unwrap(), new);
        }
        world.reopen();
    }
    // After a start the files go on where they ended.
    let next = batch(LOG, 23, &[march()], LARGE);
    world.commit(&append(next.clone())).unwrap();
    assert_same(&world.reader().batch_at(&LOG, 23).unwrap().unwrap(), &next);
    assert_same(&world.reader().batch_at(&LOG, 3).unwrap().unwrap(), &batches[3]);
    let database = fs::metadata(world.dir.path().join("mithaq.db")).unwrap().len();
    assert!(database < u64::from(LARGE) * 4, "the ciphertexts are in the database too: {database} bytes");
}

// spec: REST-1
#[test]
fn what_a_crash_left_of_a_batch_without_a_row_harms_nothing() {
    let mut world = World::new();
    let first = batch(LOG, 0, &[march()], LARGE);
    world.commit(&append(first.clone())).unwrap();
    // The step is refused after its ciphertexts were written: the log has moved on.
    world.commit(&append(batch(LOG, 7, &[march()], LARGE))).unwrap_err();
    // A torn write, as a crash between the file and the row leaves it.
    world.store = None;
    let segment = world.dir.path().join("segments/00000001");
    let mut bytes = fs::read(&segment).unwrap();
    bytes.extend([0xee; 1234]);
    fs::write(&segment, bytes).unwrap();
    world.reopen();
    let second = batch(LOG, 1, &[april(), march()], LARGE);
    world.commit(&append(second.clone())).unwrap();
    assert_same(&world.reader().batch_at(&LOG, 0).unwrap().unwrap(), &first);
    assert_same(&world.reader().batch_at(&LOG, 2).unwrap().unwrap(), &second);
}

#[test]
fn a_missing_or_short_file_is_named() {
    let mut world = World::new();
    world.commit(&append(batch(LOG, 0, &[march()], LARGE))).unwrap();
    for (damage, says) in [("short", "ends before"), ("gone", "segments folder")] {
        let copied = TempDir::new().unwrap();
        copy(world.dir.path(), copied.path());
        let segment = copied.path().join("segments/00000001");
        match damage {
            "short" => fs::OpenOptions::new().write(true).open(segment).unwrap().set_len(4096).unwrap(),
            _ => fs::remove_file(segment).unwrap(),
        }
        let store = Store::open(copied.path(), &MASTER, &AwsLc, &mut world.entropy).unwrap();
        let error = store.readers().reader().unwrap().batch_at(&LOG, 0).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }));
        assert!(error.to_string().contains("00000001") && error.to_string().contains(says), "{error}");
    }
}
