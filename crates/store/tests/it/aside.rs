//! What lies aside: sealed, taken once, gone with its period.

use std::fs;

use mithaq_store::CommitError;
use protocol::commit::{Aside, AsideId, Commit};
use zeroize::Zeroizing;

use crate::support::*;

const CANARY: &[u8] = b"a-canary-that-lies-aside";

fn laid(id: u8, bytes: &[u8]) -> Aside {
    Aside { id: [id; 16], period: march(), bytes: Zeroizing::new(bytes.to_vec()) }
}

fn kept(world: &World) -> Vec<(AsideId, Option<Vec<u8>>)> {
    let laid = world.reader().aside().unwrap().into_iter();
    laid.map(|laid| (laid.id, laid.bytes.map(|bytes| bytes.to_vec()))).collect()
}

// spec: REST-17
#[test]
fn what_lies_aside_is_taken_by_one_step_only() {
    let mut world = World::new();
    let mut lay = Commit::new(CHANNEL);
    lay.aside = vec![laid(2, b"two"), laid(1, b"one")];
    world.commit(&lay).unwrap();
    world.reopen();
    assert_eq!(kept(&world), [([2; 16], Some(b"two".to_vec())), ([1; 16], Some(b"one".to_vec()))], "in their order");
    let named = world.reader().aside_named(&[1; 16]).unwrap().unwrap();
    assert_eq!((named.channel, named.bytes.unwrap().as_slice()), (CHANNEL, b"one".as_slice()));

    let mut take = append(batch(LOG, 0, &[march()], 10));
    take.taken = vec![[2; 16]];
    take.aside = vec![laid(3, b"three")];
    world.commit(&take).unwrap();
    let mut again = append(batch(LOG, 1, &[march()], 10));
    again.taken = vec![[2; 16]];
    assert!(matches!(world.commit(&again), Err(CommitError::Contradiction(_))));
    assert_eq!(world.reader().head(&LOG).unwrap().unwrap().size, 1, "nothing of the second step is written");
    let ids: Vec<AsideId> = kept(&world).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, [[1; 16], [3; 16]]);
}

// spec: REST-17
#[test]
fn what_lies_aside_tells_nothing_and_dies_with_its_period() {
    let mut world = World::new();
    let mut lay = Commit::new(CHANNEL);
    lay.aside = vec![laid(1, CANARY)];
    world.commit(&lay).unwrap();
    world.store().scrub().unwrap();
    for entry in fs::read_dir(world.dir.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = fs::read(&path).unwrap();
            assert!(!bytes.windows(CANARY.len()).any(|part| part == CANARY), "{}", path.display());
        }
    }
    let keys = std::sync::Arc::clone(world.store().keys());
    keys.destroy_period(CHANNEL, march()).unwrap();
    assert_eq!(kept(&world), [([1; 16], None)]);
    // What comes for a period that is over is not kept, and can be taken away.
    let mut late = Commit::new(CHANNEL);
    late.aside = vec![laid(2, CANARY)];
    late.taken = vec![[1; 16]];
    world.commit(&late).unwrap();
    assert_eq!(kept(&world), [([2; 16], None)]);
    assert_eq!(world.store().forget_aside(CHANNEL, march()).unwrap(), 1);
    assert!(kept(&world).is_empty());
}

#[test]
fn the_key_of_the_protection_register_is_made_once() {
    let mut world = World::new();
    let key = world.store().keys().protection_key(&mut Counter(900)).unwrap();
    world.reopen();
    assert_eq!(world.store().keys().protection_key(&mut Counter(1)).unwrap(), key);
}
