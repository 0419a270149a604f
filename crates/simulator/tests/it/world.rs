//! Whole worlds: whatever goes wrong, what callers were told holds in the end.

use std::{panic::catch_unwind, sync::Arc};

use mithaq_simulator::{
    model,
    network::{Message, Reply, Request, Talk, Ticket},
    node::handed::Submission,
    steps::{Kind, Steps},
    world::{self, World},
};
use protocol::{
    batch::{BatchRef, Frame, seal_keyring},
    channel::{
        Env, Frozen, NotNow, append::AppendError, equivocation::EquivocationProof, outbox::NotReceipted, startup::Shown,
    },
    origin::{Lane, Origin},
    peer::Answer,
    suite::SystemEntropy,
    tlog::Frontier,
};

/// How many seeds a run tries: about half a minute on two cores.
const SEEDS: u64 = 300;
/// Threads that share them.
const THREADS: u64 = 2;

#[test]
fn what_callers_were_told_holds_whatever_goes_wrong() {
    let failed: Vec<u64> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| scope.spawn(move || (thread..SEEDS).step_by(2).filter(|seed| !passes(*seed)).collect()))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_else(|_| vec![u64::MAX])).collect()
    });
    assert!(failed.is_empty(), "failed seeds: {failed:?}; again: cargo run -p mithaq-simulator -- {}", failed[0]);
}

fn passes(seed: u64) -> bool {
    let outcome = catch_unwind(|| world::run(seed));
    if outcome.is_err() {
        eprintln!("seed {seed} failed; run it again with: cargo run -p mithaq-simulator -- {seed}");
    }
    outcome.is_ok()
}

#[test]
fn accounts_of_cuts_are_compared_in_the_runs() {
    let compared: usize = (0..12).map(|seed| world::run(seed).compared).sum();
    assert!(compared >= 12, "{compared}");
}

#[test]
fn every_kind_of_step_takes_effect_in_the_runs() {
    let mut took_effect = Steps::default();
    (0..60).for_each(|seed| took_effect.add(&world::run(seed).took_effect));
    for kind in Kind::ALL {
        assert!(took_effect.of(kind) > 0, "{kind:?} never took effect: {took_effect:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    assert_eq!(world::run(3), world::run(3));
    assert_eq!(world::run(5), world::run(5));
}

/// A calm world in which each node has written a record that all hold.
fn settled(nodes: usize) -> World {
    let mut world = World::new(1, nodes, false);
    for node in 0..nodes {
        world.ask(node, Lane::Main, format!("note of {node}").into_bytes());
    }
    world.settle();
    model::check(&world);
    world
}

/// Lets node 0 write one more record, and takes the frames that it sends, by recipient.
fn frames_of_one_more(world: &mut World, body: &str) -> Vec<(usize, Vec<u8>)> {
    let now = world.now();
    world.nodes[0].submit(now, &Submission::note(body));
    world.nodes[0].tick(now);
    let frames = world.nodes[0].take_outbox().into_iter().filter_map(|(to, message)| match message {
        Message::Ask(_, Request::Batch(bytes)) => Some((to, bytes)),
        _ => None,
    });
    frames.collect()
}

/// A frame as it comes to a partner, in a question of which nobody waits for the answer.
fn pushed(to: usize, frame: Vec<u8>) -> Message {
    Message::Ask(Ticket { start: 0, of: to, talk: Talk::Once, number: 0 }, Request::Batch(frame))
}

/// Two settled worlds of the same seed: what node 0 of the second writes is another history of node 0's log.
fn world_and_twin() -> (World, World) {
    (settled(2), settled(2))
}

/// Lets node 0 write an empty batch in the `twin`, as a forked copy or a thief of its key would. Returns its frame for
/// node 1.
fn forked_frame(twin: &mut World) -> Frame {
    let (ceremony, now) = (Arc::clone(&twin.ceremony), twin.now());
    let node = &mut twin.nodes[0];
    let channel = node.channel().unwrap();
    let mut env = Env { suite: &*ceremony.suite, signer: node.signer(), entropy: &mut SystemEntropy, now };
    let standing = channel.standing(&channel.own_log(Lane::Main));
    let appended = channel.append(&mut env, Lane::Main, &[], &[], &standing).unwrap();
    let mut store = node.store.clone();
    let mut commit = appended.step.commit.clone();
    // The model asks for an entry of every batch.
    commit.audit.push(format!("{} {} 0", appended.origin, channel.size(&appended.origin)).into_bytes());
    store.write(&commit).unwrap();
    let stored = store.batch_at(&appended.origin, channel.size(&appended.origin)).unwrap();
    let frame = appended.step.next.frame(&mut env, stored, ceremony.agencies[1], &|_| true).unwrap().frame;
    node.crash();
    node.store = store;
    node.start();
    twin.settle();
    frame
}

fn receive(world: &mut World, from: usize, to: usize, frame: &Frame) {
    let now = world.now();
    world.nodes[to].receive(now, from, pushed(to, frame.encode().unwrap()));
    world.step();
}

#[test]
fn two_histories_of_one_log_are_proven_and_freeze_the_channel() {
    let (mut world, mut twin) = world_and_twin();
    let (first, second) = (forked_frame(&mut twin), forked_frame(&mut settled(2)));
    receive(&mut world, 0, 1, &first);
    assert_eq!(world.nodes[1].channel().unwrap().frozen(), None);
    receive(&mut world, 0, 1, &second);

    let victim = &world.nodes[1];
    assert_eq!(victim.channel().unwrap().frozen(), Some(Frozen::Equivocation));
    let document = victim.store.documents().find(|document| document.kind == "equivocation").unwrap();
    let proof = EquivocationProof::parse(&document.bytes).unwrap();
    let suite = &*world.ceremony.suite;
    let log_keys = |node: usize| &world.ceremony.chains[&world.nodes[node].agency()].current().keys.log;
    assert!(proof.holds(suite, log_keys(0)));
    assert!(!proof.holds(suite, log_keys(1)), "it accuses the author and nobody else");
    let same_twice = EquivocationProof { larger: proof.smaller.clone(), ..proof };
    assert!(!same_twice.holds(suite, log_keys(0)), "one checkpoint is no lie");

    // A frozen channel signs nothing more, also after a restart.
    let now = world.now();
    world.nodes[1].crash();
    world.nodes[1].start();
    let channel = world.nodes[1].channel().unwrap();
    let mut env = Env { suite, signer: world.nodes[1].signer(), entropy: &mut SystemEntropy, now };
    let standing = channel.standing(&channel.own_log(Lane::Main));
    let refused = channel.append(&mut env, Lane::Main, &[], &[], &standing).unwrap_err();
    assert_eq!(refused, AppendError::NotNow(NotNow::Frozen(Frozen::Equivocation)));
}

#[test]
fn a_batch_on_another_history_is_not_admitted() {
    let (mut world, mut twin) = world_and_twin();
    receive(&mut world, 0, 1, &forked_frame(&mut settled(2)));
    forked_frame(&mut twin);
    let mut on_top = forked_frame(&mut twin);
    let origin = on_top.batch.origin;
    let victim = world.nodes[1].channel().unwrap();
    assert_eq!(victim.size(&origin), on_top.batch.first, "it begins where the log here ends");
    // The forger seals to the root that the victim will compute, so that only the signed root is wrong.
    let suite = &*world.ceremony.suite;
    let mut frontier = Frontier::new();
    world.nodes[1]
        .store
        .entries(&origin)
        .iter()
        .chain(&on_top.batch.commitments)
        .for_each(|e| frontier.append(suite, e));
    let batch = BatchRef { origin, first: on_top.batch.first, count: on_top.batch.count(), root: frontier.root(suite) };
    let keyring = twin.nodes[0].store.batch_at(&origin, batch.first).unwrap().keyring;
    let public = &victim.sealing_key(&victim.me()).unwrap().public;
    on_top.keyring = seal_keyring(suite, &mut SystemEntropy, &batch, &victim.me(), public, &keyring).unwrap();
    let before = world.nodes[1].fingerprint();
    receive(&mut world, 0, 1, &on_top);
    assert_eq!(world.nodes[1].fingerprint(), before);
}

#[test]
fn a_receipt_for_what_we_never_signed_is_not_taken() {
    let (mut world, mut twin) = world_and_twin();
    frames_of_one_more(&mut world, "one more");
    frames_of_one_more(&mut twin, "another");
    twin.settle();
    let channel = world.nodes[0].channel().unwrap();
    let origin = channel.own_log(Lane::Main);
    let (size, agency) = (channel.size(&origin), world.nodes[1].agency());
    let receipt = twin.nodes[1].store.receipt(&origin, size, &agency).expect("both histories have this size");
    let checkpoint = |origin: &Origin, size| world.nodes[0].store.note_at(origin, size);
    let refused = channel.receipt(&*world.ceremony.suite, agency, &receipt.note, &checkpoint).unwrap_err();
    assert_eq!(refused, NotReceipted::ForeignRoot(size));
}

#[test]
fn a_head_of_ours_that_we_never_wrote_freezes_the_channel_at_the_start() {
    let (mut world, mut twin) = world_and_twin();
    let stolen = forked_frame(&mut twin);
    // The node writes its own next batch, of the same size; then its partner shows the thief's.
    world.ask(0, Lane::Main, b"another note".to_vec());
    world.settle();
    let channel = world.nodes[0].channel().unwrap();
    let entries = |origin: &Origin| world.nodes[0].store.entries(origin);
    let agency = world.nodes[1].agency();
    let shown = channel.show(&*world.ceremony.suite, agency, std::slice::from_ref(&stolen.batch.note), &entries);
    assert!(matches!(&shown, Shown::Foreign(step) if step.next.frozen() == Some(Frozen::ForeignHead)));
}

#[test]
fn what_is_not_for_this_node_or_not_from_its_sender_changes_nothing() {
    let mut world = settled(3);
    let frames = frames_of_one_more(&mut world, "one more");
    let now = world.now();
    let (_, for_one) = frames.iter().find(|(to, _)| *to == 1).unwrap();
    // It is sealed to node 1, which must not speak for node 0; and node 0 gets nothing of its own from others.
    for (from, to) in [(0, 2), (1, 2), (2, 1), (1, 0)] {
        let before = world.nodes[to].fingerprint();
        world.nodes[to].receive(now, from, pushed(to, for_one.clone()));
        assert_eq!(world.nodes[to].fingerprint(), before, "from {from} to {to}");
    }
    let before = world.nodes[1].fingerprint();
    world.nodes[1].receive(now, 0, pushed(1, for_one.clone()));
    assert_ne!(world.nodes[1].fingerprint(), before, "to whom and from whom it is, it is admitted");
}

#[test]
fn no_torn_form_of_a_frame_changes_anything() {
    let mut world = settled(2);
    let frames = frames_of_one_more(&mut world, "one more");
    let (_, bytes) = &frames[0];
    let now = world.now();
    let before = world.nodes[1].fingerprint();
    for place in (0..bytes.len()).step_by(5) {
        let mut torn = bytes.clone();
        torn[place] ^= 0x10;
        world.nodes[1].receive(now, 0, pushed(1, torn));
        world.nodes[1].receive(now, 0, pushed(1, bytes[..place].to_vec()));
    }
    assert_eq!(world.nodes[1].fingerprint(), before);
    world.nodes[1].receive(now, 0, pushed(1, bytes.clone()));
    assert_ne!(world.nodes[1].fingerprint(), before, "whole, it is admitted");
}

#[test]
fn a_repeat_gets_the_same_receipt_and_changes_nothing() {
    let mut world = settled(2);
    let frames = frames_of_one_more(&mut world, "one more");
    let (_, bytes) = &frames[0];
    let receipt = |world: &mut World| {
        let now = world.now();
        world.nodes[1].receive(now, 0, pushed(1, bytes.clone()));
        world.nodes[1].tick(now);
        world.nodes[1].take_outbox().into_iter().find_map(|(_, message)| match message {
            Message::Answer(_, Reply::Batch(Answer::Receipt(note))) => Some(note),
            _ => None,
        })
    };
    let first = receipt(&mut world).expect("it is admitted");
    let before = world.nodes[1].fingerprint();
    assert_eq!(receipt(&mut world).as_ref(), Some(&first));
    assert_eq!(world.nodes[1].fingerprint(), before);
}

#[test]
fn two_parties_that_lost_each_others_sealing_keys_find_them_by_nacks() {
    let mut world = settled(2);
    world.cut(0, 1);
    let now = world.now();
    for node in &mut world.nodes {
        node.rotate_key(now);
    }
    // Longer than a replaced key is kept.
    for _ in 0..30 {
        world.step();
    }
    world.ask(0, Lane::Main, b"sealed to a key that is gone".to_vec());
    world.settle();
    model::check(&world);
}
