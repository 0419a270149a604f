//! Whole worlds: whatever goes wrong, what callers were told holds in the end.

use std::panic::catch_unwind;

use mithaq_simulator::{
    model,
    network::Message,
    world::{self, World},
};
use protocol::{
    batch::Frame,
    channel::{
        Env, Frozen, NotNow,
        append::{AppendError, Prepared},
        equivocation::EquivocationProof,
        startup::Shown,
    },
    origin::{Lane, Origin},
    suite::SystemEntropy,
};

/// How many seeds a run tries: about half a minute on two cores.
const SEEDS: u64 = 300;
/// Threads that share them.
const THREADS: u64 = 2;

// spec: LOG-3
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

/// The frame of the last batch of a node's main log, sealed to another node.
fn last_frame(world: &mut World, from: usize, to: usize) -> Frame {
    let recipient = world.nodes[to].agency();
    let now = world.now();
    let channel = world.nodes[from].channel().unwrap().clone();
    let origin = channel.own_log(Lane::Main);
    let stored = world.nodes[from].store.stored_from(&origin, channel.size(&origin) - 1).next().unwrap();
    let suite = &*world.ceremony.suite;
    let mut env = Env { suite, signer: world.nodes[from].signer(), entropy: &mut SystemEntropy, now };
    channel.frame(&mut env, stored, recipient, &|_| true).unwrap().frame
}

/// Appends an empty batch in this node's name, as a thief of its key or a forked copy would, and returns its frame.
fn forked_frame(world: &World, forger: usize, recipient: usize, on: &World) -> Frame {
    let channel = on.nodes[forger].channel().unwrap();
    let (suite, now) = (&*world.ceremony.suite, world.now());
    let mut env = Env { suite, signer: world.nodes[forger].signer(), entropy: &mut SystemEntropy, now };
    let appended =
        channel.append(&mut env, Lane::Main, &[], &Prepared::default(), &world.ceremony.agreement()).unwrap();
    let mut store = on.nodes[forger].store.clone();
    store.write(&appended.step.commit).unwrap();
    let stored = store.stored_from(&appended.origin, channel.size(&appended.origin)).next().unwrap();
    appended.step.next.frame(&mut env, stored, world.nodes[recipient].agency(), &|_| true).unwrap().frame
}

fn receive(world: &mut World, from: usize, to: usize, frame: &Frame) {
    let now = world.now();
    world.nodes[to].receive(now, from, Message::Frame(frame.encode().unwrap()));
    world.step();
}

// spec: EQUIVOCATION-1
#[test]
fn two_histories_of_one_log_are_proven_and_freeze_the_channel() {
    let mut world = settled(2);
    let twin = settled(2);
    let (first, second) = (forked_frame(&world, 0, 1, &twin), forked_frame(&world, 0, 1, &twin));
    receive(&mut world, 0, 1, &first);
    assert_eq!(world.nodes[1].channel().unwrap().frozen(), None);
    receive(&mut world, 0, 1, &second);

    let victim = &world.nodes[1];
    assert_eq!(victim.channel().unwrap().frozen(), Some(Frozen::Equivocation));
    let document = victim.store.documents().iter().find(|document| document.kind == "equivocation").unwrap();
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
    let mut env =
        Env { suite, signer: world.nodes[1].signer(), entropy: &mut SystemEntropy, now };
    let refused =
        channel.append(&mut env, Lane::Main, &[], &Prepared::default(), &world.ceremony.agreement()).unwrap_err();
    assert_eq!(refused, AppendError::NotNow(NotNow::Frozen(Frozen::Equivocation)));
}

#[test]
fn a_head_of_ours_that_we_never_wrote_freezes_the_channel_at_the_start() {
    let mut world = settled(2);
    let twin = settled(2);
    let stolen = forked_frame(&world, 0, 1, &twin);
    // The node writes its own next batch, of the same size; then its partner shows the thief's.
    world.ask(0, Lane::Main, b"another note".to_vec());
    world.settle();
    let channel = world.nodes[0].channel().unwrap();
    let entries = |origin: &Origin| world.nodes[0].store.entries(origin);
    let agency = world.nodes[1].agency();
    let shown = channel.show(&*world.ceremony.suite, agency, &[stolen.batch.note.clone()], &entries);
    assert!(matches!(&shown, Shown::Foreign(step) if step.next.frozen() == Some(Frozen::ForeignHead)));
}

#[test]
fn what_is_not_for_this_node_or_not_from_its_sender_changes_nothing() {
    let mut world = settled(3);
    world.ask(0, Lane::Main, b"for two".to_vec());
    let before_it_arrives = world.nodes[2].store.clone();
    world.settle();
    let frame = last_frame(&mut world, 0, 1);
    let bytes = frame.encode().unwrap();
    world.nodes[2].crash();
    world.nodes[2].store = before_it_arrives;
    world.nodes[2].start();
    let now = world.now();
    // Node 2 lacks the batch. It is sealed to node 1; and node 1 must not speak for node 0.
    for (from, to) in [(0, 2), (1, 2), (2, 1), (1, 0)] {
        let before = world.nodes[to].fingerprint();
        world.nodes[to].receive(now, from, Message::Frame(bytes.clone()));
        assert_eq!(world.nodes[to].fingerprint(), before, "from {from} to {to}");
    }
}

#[test]
fn every_torn_form_of_a_frame_changes_nothing() {
    let mut world = settled(2);
    world.ask(0, Lane::Main, b"torn on its way".to_vec());
    let before_it_arrives = world.nodes[1].store.clone();
    world.settle();
    let bytes = last_frame(&mut world, 0, 1).encode().unwrap();
    world.nodes[1].restored_without_new_epoch(before_it_arrives);
    let now = world.now();
    let before = world.nodes[1].fingerprint();
    for place in (0..bytes.len()).step_by(7) {
        let mut torn = bytes.clone();
        torn[place] ^= 0x10;
        world.nodes[1].receive(now, 0, Message::Frame(torn));
        world.nodes[1].receive(now, 0, Message::Frame(bytes[..place].to_vec()));
    }
    assert_eq!(world.nodes[1].fingerprint(), before);
    // The whole frame is admitted: the torn ones failed for being torn.
    receive(&mut world, 0, 1, &last_frame_bytes(&bytes));
    assert_ne!(world.nodes[1].fingerprint(), before);
}

fn last_frame_bytes(bytes: &[u8]) -> Frame {
    Frame::decode(bytes).unwrap()
}
