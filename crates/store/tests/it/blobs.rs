//! The blob folder.

use std::{fs, io::Read};

use mithaq_store::{BlobProgress, StoreError};

use crate::support::*;

// spec: REST-13
#[test]
fn a_blob_is_resumed_where_it_stopped() {
    let mut world = World::new();
    let bytes: Vec<u8> = (0..300_000_u32).map(|byte| byte.to_le_bytes()[0]).collect();
    let id = digest(&bytes);
    let blobs = world.store().blobs().clone();
    assert_eq!(blobs.progress(&id).unwrap(), BlobProgress { stored: 0, complete: false });

    let mut writer = blobs.writer(&id).unwrap();
    writer.append(0, &bytes[..100_000]).unwrap();
    assert!(matches!(blobs.writer(&id), Err(StoreError::BlobBusy { .. })), "two writers would mix their bytes");
    drop(writer);
    world.reopen();

    assert_eq!(blobs.progress(&id).unwrap(), BlobProgress { stored: 100_000, complete: false });
    assert!(blobs.read(&id, 0).unwrap().is_none(), "an incomplete blob is not given out");
    let mut writer = blobs.writer(&id).unwrap();
    assert_eq!(writer.stored(), 100_000);
    for offset in [0, 99_999, 100_001] {
        assert!(matches!(writer.append(offset, b"x"), Err(StoreError::BlobOffset { stored: 100_000, .. })));
    }
    writer.append(100_000, &bytes[100_000..]).unwrap();
    assert_eq!(writer.finish().unwrap(), id);

    assert_eq!(blobs.progress(&id).unwrap(), BlobProgress { stored: 300_000, complete: true });
    for (offset, rest) in [(0, &bytes[..]), (299_990, &bytes[299_990..]), (300_000, &[]), (300_001, &[])] {
        let mut read = Vec::new();
        blobs.read(&id, offset).unwrap().unwrap().read_to_end(&mut read).unwrap();
        assert_eq!(read, rest);
    }
    let name = hex::encode(id);
    assert!(world.dir.path().join("blobs").join(&name[..2]).join(&name).exists());
    assert!(blobs.remove(&id).unwrap());
    assert!(!blobs.remove(&id).unwrap());
}

// spec: REST-13
#[test]
fn bytes_that_are_not_what_the_name_promises_are_removed() {
    let mut world = World::new();
    let blobs = world.store().blobs().clone();
    let id = digest(b"promised");
    for resumed in [false, true] {
        let mut writer = blobs.writer(&id).unwrap();
        writer.append(0, b"prom").unwrap();
        if resumed {
            drop(writer);
            writer = blobs.writer(&id).unwrap();
        }
        writer.append(4, b"used").unwrap();
        assert!(matches!(writer.finish(), Err(StoreError::BlobDigest { .. })));
        assert_eq!(blobs.progress(&id).unwrap(), BlobProgress { stored: 0, complete: false });
    }
    let mut writer = blobs.writer(&id).unwrap();
    writer.append(0, b"promised").unwrap();
    writer.finish().unwrap();
}

#[test]
fn a_blob_without_a_name_gets_it_at_the_end_or_vanishes() {
    let mut world = World::new();
    let blobs = world.store().blobs().clone();
    let mut kept = blobs.new_writer(&mut world.entropy).unwrap();
    kept.append(0, b"kept").unwrap();
    assert_eq!(kept.finish().unwrap(), digest(b"kept"));
    let mut dropped = blobs.new_writer(&mut world.entropy).unwrap();
    dropped.append(0, b"dropped").unwrap();
    drop(dropped);
    let left = world.dir.path().join("blobs/new/left.part");
    assert_eq!(fs::read_dir(left.parent().unwrap()).unwrap().count(), 0);
    fs::write(&left, b"by a crash").unwrap();
    world.reopen();
    assert!(!left.exists());
    assert!(blobs.progress(&digest(b"kept")).unwrap().complete);
}
