//! What is committed is read back, before and after the store is opened again.

use std::ops::ControlFlow;

use mithaq_store::{LogHead, Peer, Reader};
use protocol::{
    commit::{BlobLink, Commit, KeptDocument, Mark, MarkState, Period, SubmitResult},
    origin::{Lane, Origin},
    suite::{AwsLc, SystemEntropy},
    tlog::{Frontier, audit_commitment, merkle},
};

use crate::support::*;

/// A step with something in every field.
fn full_step() -> Commit {
    let mut commit = append(batch(LOG, 0, &[Period::CHANNEL, march(), april(), march()], 1500));
    commit.state = Some(b"channel state".to_vec());
    commit.receipts = vec![receipt(4, BOB), receipt(4, ALICE)];
    commit.results = vec![SubmitResult { key: "k1".into(), digest: [4; 32], answer: b"ok".to_vec(), time: 10 }];
    commit.marks = vec![
        Mark { position: at(1), state: MarkState::Ineffective, reason: "thread/order".into() },
        Mark { position: at(1), state: MarkState::AttachmentsPending, reason: String::new() },
        Mark { position: at(3), state: MarkState::Refused, reason: "AGR-01".into() },
    ];
    commit.blobs = vec![BlobLink { position: at(1), blob: [9; 32], bytes: 77, complete: false }];
    commit.documents = vec![
        KeptDocument { kind: "nack", position: Some(at(2)), bytes: b"nack".to_vec() },
        KeptDocument { kind: "equivocation", position: None, bytes: b"proof".to_vec() },
    ];
    commit.audit = vec![b"first".to_vec(), b"second".to_vec()];
    commit
}

fn assert_full_step(reader: &Reader, commit: &Commit) {
    let new = &commit.batches[0];
    assert_eq!(reader.channels().unwrap(), [CHANNEL]);
    assert_eq!(reader.channel_state(CHANNEL).unwrap().unwrap(), b"channel state");
    let head = LogHead { origin: LOG, size: 4, state: b"state at 4".to_vec() };
    assert_eq!(reader.heads(CHANNEL).unwrap(), std::slice::from_ref(&head));
    assert_eq!(reader.head(&LOG).unwrap(), Some(head));
    for index in 0..4 {
        assert_same(&reader.batch_at(&LOG, index).unwrap().unwrap(), new);
    }
    assert!(reader.batch_at(&LOG, 4).unwrap().is_none());
    assert_eq!(reader.commitments(&LOG, 3).unwrap(), new.batch.commitments[..3]);
    assert_eq!(reader.note_at(&LOG, 4).unwrap().as_deref(), Some(new.batch.note.as_str()));
    assert_eq!(reader.note_at(&LOG, 3).unwrap(), None);
    assert_eq!(reader.receipts(&LOG, 4).unwrap().len(), 2);
    assert_eq!(reader.receipt(&LOG, 4, BOB).unwrap().unwrap().note, "receipt for 4");
    assert!(reader.receipt(&LOG, 3, BOB).unwrap().is_none());
    assert_eq!(reader.receipt_covering(&LOG, 3, BOB).unwrap().unwrap().size, 4);
    assert_eq!(reader.submit_result("k1").unwrap().as_ref(), Some(&commit.results[0]));
    assert_eq!(reader.marks(&at(1)).unwrap(), commit.marks[..2]);
    assert_eq!(reader.marks_in(&LOG, 0, 4).unwrap(), commit.marks);
    assert_eq!(reader.marks_in(&LOG, 0, 3).unwrap(), commit.marks[..2]);
    assert_eq!(reader.blob_links(&at(1)).unwrap(), commit.blobs);
    assert_eq!(reader.incomplete_blobs(CHANNEL).unwrap(), commit.blobs);
    assert_eq!(reader.links_of_blob(&[9; 32]).unwrap(), commit.blobs);
    assert_eq!(reader.documents(CHANNEL, "nack").unwrap(), commit.documents[..1]);
    assert_eq!(reader.documents(CHANNEL, "equivocation").unwrap(), commit.documents[1..]);
}

// spec: REST-1
#[test]
fn a_step_is_read_back_whole_before_and_after_a_restart() {
    let mut world = World::new();
    let commit = full_step();
    world.commit(&commit).unwrap();
    assert_full_step(&world.reader(), &commit);
    world.reopen();
    assert_full_step(&world.reader(), &commit);
}

#[test]
fn a_second_word_on_a_record_replaces_the_first_but_nothing_follows_on_erased() {
    let mut world = World::new();
    world.commit(&full_step()).unwrap();
    let mut commit = Commit::new(CHANNEL);
    commit.marks = vec![
        Mark { position: at(1), state: MarkState::AttachmentsStored, reason: String::new() },
        Mark { position: at(3), state: MarkState::Erased, reason: "order".into() },
    ];
    commit.blobs = vec![BlobLink { position: at(1), blob: [9; 32], bytes: 77, complete: true }];
    world.commit(&commit).unwrap();
    let mut late = Commit::new(CHANNEL);
    late.marks = vec![Mark { position: at(3), state: MarkState::Refused, reason: "late".into() }];
    world.commit(&late).unwrap();

    let reader = world.reader();
    let states: Vec<_> = reader.marks_in(&LOG, 0, 9).unwrap().iter().map(|mark| mark.state).collect();
    assert_eq!(states, [MarkState::Ineffective, MarkState::AttachmentsStored, MarkState::Erased]);
    assert!(reader.incomplete_blobs(CHANNEL).unwrap().is_empty());
}

#[test]
fn batches_are_read_from_any_entry_up_to_a_limit() {
    let mut world = World::new();
    for first in [0, 3, 6] {
        world.commit(&append(batch(LOG, first, &[march(); 3], 100))).unwrap();
    }
    let reader = world.reader();
    let firsts = |from, batches_max, bytes_max| -> Vec<u64> {
        let batches = reader.batches_from(&LOG, from, batches_max, bytes_max).unwrap();
        batches.iter().map(|stored| stored.batch.first).collect()
    };
    assert_eq!(firsts(0, 9, 10_000), [0, 3, 6]);
    assert_eq!(firsts(4, 9, 10_000), [3, 6]);
    assert_eq!(firsts(5, 1, 10_000), [3]);
    assert_eq!(firsts(0, 9, 301), [0, 3], "a batch is 300 bytes, so the second crosses the limit");
    assert_eq!(firsts(0, 9, 0), [0], "one batch is always given");
    assert!(firsts(9, 9, 10_000).is_empty());
    assert_eq!(reader.commitments(&LOG, 9).unwrap().len(), 9);
    assert_eq!(reader.commitments(&LOG, 4).unwrap().len(), 4);
}

#[test]
fn a_channels_batches_are_walked_in_the_order_of_arrival() {
    let mut world = World::new();
    let urgent = LOG.in_lane(Lane::Urgent);
    let elsewhere = Origin { channel: protocol::id::ChannelId::new([8; 32]), ..LOG };
    for new in [batch(LOG, 0, &[march()], 10), batch(elsewhere, 0, &[march()], 10), batch(urgent, 0, &[march()], 10)] {
        world.commit(&append(new)).unwrap();
    }
    let reader = world.reader();
    let mut seen = Vec::new();
    reader
        .for_each_batch(CHANNEL, 0, |arrival| {
            seen.push((arrival.number, arrival.stored.batch.origin));
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(seen, [(1, LOG), (3, urgent)]);
    let mut after = Vec::new();
    reader
        .for_each_batch(CHANNEL, 1, |arrival| {
            after.push(arrival.number);
            ControlFlow::Break(())
        })
        .unwrap();
    assert_eq!(after, [3]);
}

#[test]
fn batches_arrive_one_after_the_other_whatever_the_clock_says() {
    let mut world = World::new();
    let arrived = |world: &World| {
        let mut arrived = Vec::new();
        let visit = |arrival: mithaq_store::Arrival| {
            arrived.push(arrival.arrived_us);
            ControlFlow::Continue(())
        };
        world.reader().for_each_batch(CHANNEL, 0, visit).unwrap();
        arrived
    };
    let mut two = append(batch(LOG, 0, &[march()], 10));
    let urgent = append(batch(LOG.in_lane(Lane::Urgent), 0, &[march()], 10));
    two.heads.extend(urgent.heads);
    two.batches.extend(urgent.batches);
    world.commit_at(&two, 1_000).unwrap();
    world.commit_at(&append(batch(LOG, 1, &[march()], 10)), 900).unwrap();
    // What carries no batch takes no time, and what fails may take some.
    world.commit_at(&Commit::new(CHANNEL), 5_000).unwrap();
    world.commit_at(&append(batch(LOG, 1, &[march()], 10)), 2_000).unwrap_err();
    world.reopen();
    world.commit_at(&append(batch(LOG, 2, &[march()], 10)), 0).unwrap();
    world.commit_at(&append(batch(LOG, 3, &[march()], 10)), 3_000).unwrap();
    assert_eq!(arrived(&world), [1_000, 1_001, 1_002, 1_003, 3_000]);
}

// spec: REST-12
#[test]
fn the_audit_log_is_a_merkle_log() {
    let mut world = World::new();
    world.commit(&full_step()).unwrap();
    assert_eq!(world.store().audit(&[b"third".to_vec()], &mut SystemEntropy).unwrap(), 2);
    world.reopen();
    let reader = world.reader();
    let entries = reader.audit_from(0, 10).unwrap();
    let texts: Vec<_> = entries.iter().map(|entry| (entry.index, entry.entry.as_slice())).collect();
    assert_eq!(texts, [(0, b"first".as_slice()), (1, b"second"), (2, b"third")]);
    let mut expected = Frontier::new();
    for entry in &entries {
        assert_eq!(entry.salt.len(), 32);
        expected.append(&AwsLc, &audit_commitment(&AwsLc, &entry.salt, &entry.entry));
    }
    assert_eq!(reader.audit_frontier().unwrap(), expected);
    let leaves: Vec<_> = entries.iter().map(|entry| entry.leaf).collect();
    assert_eq!(merkle::root_of(&AwsLc, &leaves), expected.root(&AwsLc));
    assert_eq!(reader.audit_from(2, 10).unwrap().len(), 1);

    world.store().erase_audit(&[1]).unwrap();
    let erased = world.reader().audit_from(1, 1).unwrap().remove(0);
    assert_eq!((erased.entry.len(), erased.salt.len(), erased.leaf), (0, 0, leaves[1]));
    assert_eq!(world.reader().audit_frontier().unwrap(), expected, "the proof of what came after it stays");
}

#[test]
fn latest_receipts_are_found_for_each_agency() {
    let mut world = World::new();
    world.commit(&append(batch(LOG, 0, &[march(); 9], 10))).unwrap();
    let mut commit = Commit::new(CHANNEL);
    commit.receipts = vec![receipt(3, BOB), receipt(9, BOB), receipt(6, BOB), receipt(3, ALICE)];
    world.commit(&commit).unwrap();
    let mut again = Commit::new(CHANNEL);
    again.receipts = vec![protocol::commit::NewReceipt { note: "another".into(), ..receipt(3, BOB) }];
    world.commit(&again).unwrap();
    let reader = world.reader();
    assert_eq!(reader.receipted(&LOG).unwrap().into_iter().collect::<Vec<_>>(), [(ALICE, 3), (BOB, 9)]);
    assert!(reader.receipted(&LOG.in_lane(Lane::Urgent)).unwrap().is_empty());
    assert_eq!(reader.receipt_covering(&LOG, 4, BOB).unwrap().unwrap().size, 6);
    assert_eq!(reader.receipt(&LOG, 3, BOB).unwrap().unwrap().note, "receipt for 3", "the first receipt stays");
}

#[test]
fn results_are_kept_until_they_are_forgotten() {
    let mut world = World::new();
    world.commit(&full_step()).unwrap();
    assert_eq!(world.store().forget_results(10).unwrap(), 0);
    assert!(world.reader().submit_result("k1").unwrap().is_some());
    assert_eq!(world.store().forget_results(11).unwrap(), 1);
    assert!(world.reader().submit_result("k1").unwrap().is_none());
}

#[test]
fn the_nodes_own_values_peers_and_agreements_are_kept() {
    let mut world = World::new();
    assert_eq!(world.reader().meta("cursor").unwrap(), None);
    world.store().put_meta("cursor", b"1").unwrap();
    world.store().put_meta("cursor", b"2").unwrap();
    world.store().put_peer(BOB, b"chain", false).unwrap();
    world.store().put_peer(BOB, b"longer chain", true).unwrap();
    world.store().put_agreement(&[5; 32], b"bundle").unwrap();
    world.reopen();
    let reader = world.reader();
    assert_eq!(reader.meta("cursor").unwrap().unwrap(), b"2");
    let bob = Peer { agency: BOB, chain: b"longer chain".to_vec(), trusted: true };
    assert_eq!(reader.peers().unwrap(), std::slice::from_ref(&bob));
    assert_eq!(reader.peer(BOB).unwrap(), Some(bob));
    assert_eq!(reader.peer(ALICE).unwrap(), None);
    assert_eq!(reader.agreements().unwrap(), [([5; 32], b"bundle".to_vec())]);
    assert_eq!(reader.agreement(&[5; 32]).unwrap().unwrap(), b"bundle");
}

#[test]
fn readers_work_on_other_threads_while_the_writer_writes() {
    let mut world = World::new();
    world.commit(&append(batch(LOG, 0, &[march()], 10))).unwrap();
    let reader = world.reader();
    let walk = std::thread::spawn(move || reader.head(&LOG).unwrap().unwrap().size);
    world.commit(&append(batch(LOG, 1, &[march()], 10))).unwrap();
    assert!([1, 2].contains(&walk.join().unwrap()));
    assert_eq!(world.reader().head(&LOG).unwrap().unwrap().size, 2);
}
