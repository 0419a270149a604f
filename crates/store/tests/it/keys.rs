//! The key store.

use std::fs;

use mithaq_store::{OwnSealingKey, PendingAttachment, StoreError};
use protocol::commit::Period;
use zeroize::Zeroizing;

use crate::support::*;

fn sealing_key(number: u8) -> OwnSealingKey {
    OwnSealingKey { id: [number; 32], seed: Zeroizing::new(secret(number.into())), announced_ms: number.into() }
}

fn pending(number: u8) -> PendingAttachment {
    PendingAttachment {
        sha256: [number; 32],
        blob: [100; 32],
        key: secret(number.into()),
        size: 5,
        name: "ملف.pdf".into(),
        media_type: "application/pdf".into(),
        created_ms: number.into(),
    }
}

// spec: REST-6, REST-10
#[test]
fn sealing_keys_live_until_they_are_destroyed() {
    let mut world = World::new();
    let keys = std::sync::Arc::clone(world.store().keys());
    for number in [1, 3, 2] {
        keys.add_sealing_key(CHANNEL, &sealing_key(number), &mut world.entropy).unwrap();
    }
    drop(keys);
    world.reopen();
    let keys = world.store().keys();
    let found: Vec<_> =
        keys.sealing_keys(CHANNEL).unwrap().iter().map(|key| (key.id, *key.seed, key.announced_ms)).collect();
    assert_eq!(found, [3, 2, 1].map(|number: u8| ([number; 32], secret(number.into()), u64::from(number))));
    assert!(keys.sealing_keys(protocol::id::ChannelId::new([8; 32])).unwrap().is_empty());

    let file = world.dir.path().join(format!("keys/sealing/{CHANNEL}/{}", hex::encode([2; 32])));
    let sealed = fs::read(&file).unwrap();
    assert!(files_with(world.dir.path(), &secret(2)).is_empty(), "keys lie sealed");
    assert!(world.store().keys().destroy_sealing_key(CHANNEL, &[2; 32]).unwrap());
    assert!(!world.store().keys().destroy_sealing_key(CHANNEL, &[2; 32]).unwrap());
    assert!(files_with(world.dir.path(), &sealed[16..48]).is_empty());
    assert_eq!(world.store().keys().sealing_keys(CHANNEL).unwrap().len(), 2);
}

#[test]
fn attachments_wait_for_their_record() {
    let mut world = World::new();
    for number in [1, 2] {
        world.store.as_ref().unwrap().keys().add_pending(&pending(number), &mut world.entropy).unwrap();
    }
    world.reopen();
    let keys = world.store().keys();
    assert!(keys.pending(&[1; 32]).unwrap() == Some(pending(1)));
    assert!(keys.pending(&[9; 32]).unwrap().is_none());
    assert_eq!(keys.all_pending().unwrap().len(), 2);
    assert!(keys.destroy_pending(&[1; 32]).unwrap());
    assert!(!keys.destroy_pending(&[1; 32]).unwrap());
    assert!(keys.pending(&[1; 32]).unwrap().is_none());
}

// spec: REST-6
#[test]
fn a_key_moved_to_another_place_does_not_open() {
    let mut world = World::new();
    world.commit(&append(batch(LOG, 0, &[march(), april()], 10))).unwrap();
    let dir = world.dir.path().join(format!("keys/periods/{CHANNEL}"));
    world.store = None;
    fs::copy(dir.join("2027-03"), dir.join("2027-04")).unwrap();
    world.reopen();
    let error = world.reader().batch_at(&LOG, 0).unwrap_err();
    assert!(matches!(&error, StoreError::Damaged { place, .. } if place.ends_with("2027-04")), "{error}");
}

// spec: REST-10
#[test]
fn a_destruction_that_a_crash_cut_short_is_finished() {
    let mut world = World::new();
    world.commit(&append(batch(LOG, 0, &[march(), april()], 10))).unwrap();
    world.store.as_ref().unwrap().keys().add_sealing_key(CHANNEL, &sealing_key(1), &mut world.entropy).unwrap();
    let period = world.dir.path().join(format!("keys/periods/{CHANNEL}/2027-03"));
    let sealing = world.dir.path().join(format!("keys/sealing/{CHANNEL}/{}", hex::encode([1; 32])));
    world.store = None;
    for file in [&period, &sealing] {
        fs::write(file, vec![0; fs::read(file).unwrap().len()]).unwrap();
    }
    let rubbish = world.dir.path().join(format!("keys/periods/{CHANNEL}/2027-05.part"));
    fs::write(&rubbish, b"half").unwrap();
    world.reopen();
    assert!(!period.exists() && !sealing.exists() && !rubbish.exists());
    assert_eq!(world.store().keys().periods().unwrap(), [(CHANNEL, april())]);
    world.commit(&append(batch(LOG, 2, &[march()], 10))).unwrap();
    assert_eq!(world.store().keys().periods().unwrap(), [(CHANNEL, april())], "no second key is made for it");
}

#[test]
fn a_period_has_one_key_and_it_is_listed() {
    let mut world = World::new();
    for first in 0..3 {
        world.commit(&append(batch(LOG, first, &[Period::CHANNEL], 10))).unwrap();
    }
    assert_eq!(world.store().keys().periods().unwrap(), [(CHANNEL, Period::CHANNEL)]);
}
