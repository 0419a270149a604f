//! What stops a batch on its way between two channels.

use mithaq_protocol::{
    agreement::Deadlines,
    batch::{BatchRef, Frame, Manifest, Seen},
    channel::{
        Channel, Env, Frozen, NotNow,
        admit::NotAdmitted,
        append::AppendError,
        equivocation::{Overlap, judge},
        manifest::ManifestFault,
        outbox::NotReceipted,
        startup::Shown,
    },
    control::{Control, NackReason, Places, Received, Refused},
    origin::Lane,
    suite::{AwsLc, KeyRole, Signer as _, SystemEntropy},
    tlog::{Checkpoint, sign_checkpoint, sign_receipt},
};

use crate::{
    parties,
    world::{Draft, World, enrolment},
};

const HEADER: &str = concat!(
    r#"{"kind":"correspondence.note/1","thread":"000102030405060708090a0b0c0d0e0f","clause":"c1","#,
    r#""purpose":"register","handling":["H1"],"retain_until":"2031-09-20","media_type":"application/json"}"#
);
const DRAFT: Draft<'_> = Draft { header: HEADER, body: b"{}", approvals: &[] };

/// What XAB says to a frame of XAA's at a time.
fn open(world: &World, frame: Frame, now: u64) -> Result<(), NotAdmitted> {
    let [author, reader] = &world.sides;
    let keys = [reader.sealing.clone()];
    let opened = reader.channel.open(&AwsLc, *author.chain.agency(), frame, &keys, now, &mut |_| None)?;
    let mut env = Env { suite: &AwsLc, signer: &reader.keys, entropy: &mut SystemEntropy, now };
    reader.channel.admit(&mut env, opened).map(|_| ())
}

// spec: DELIV-4
#[test]
fn a_batch_after_a_gap_or_of_another_log_is_not_admitted() {
    let (mut world, _) = World::with_records(&[DRAFT]);
    world.append(0, &[], &[DRAFT]);
    let lost = world.frame(0, &|_| true);
    world.append(0, &[], &[DRAFT]);
    let frame = world.frame(0, &|_| true);
    assert_eq!(open(&world, frame, world.now), Err(NotAdmitted::Gap { size: lost.batch.first }));
    let mut foreign = lost.clone();
    foreign.batch.origin.agency = *world.sides[1].chain.agency();
    assert_eq!(open(&world, foreign.clone(), world.now), Err(NotAdmitted::NotTheirs(foreign.batch.origin)));
    assert_eq!(open(&world, lost, world.now), Ok(()));
}

// spec: DELIV-5, DELIV-16
#[test]
fn a_batch_is_known_by_its_root_and_two_roots_are_an_equivocation() {
    let (mut world, places) = World::with_records(&[DRAFT]);
    let same = world.frame(0, &|_| true);
    let size = same.batch.size();
    assert_eq!(open(&world, same.clone(), world.now), Err(NotAdmitted::Known { size }));
    let [author, reader] = &world.sides;
    let held = reader.commitments(&places[0].origin, size);
    let log_keys = author.keys.public(KeyRole::Log).unwrap();
    let note = reader.channel.log(&places[0].origin).unwrap().note();
    assert_eq!(judge(&AwsLc, &log_keys, &same.batch, &held, note), Overlap::Same);

    let mut other = same.batch.clone();
    other.commitments[1] = [7; 32];
    assert_eq!(judge(&AwsLc, &log_keys, &other, &held, note), Overlap::Nothing);
    let mut frontier = mithaq_protocol::tlog::Frontier::new();
    let kept = &held[..usize::try_from(other.first).unwrap()];
    kept.iter().chain(&other.commitments).for_each(|entry| frontier.append(&AwsLc, entry));
    let root = frontier.root(&AwsLc);
    let checkpoint = Checkpoint { origin: other.origin.to_string(), size, root };
    other.note = sign_checkpoint(&AwsLc, &author.keys, &checkpoint, 7).unwrap();
    let Overlap::Proof(proof) = judge(&AwsLc, &log_keys, &other, &held, note) else { panic!("no proof") };
    assert!(proof.holds(&AwsLc, &log_keys));
    assert!(!proof.holds(&AwsLc, &reader.keys.public(KeyRole::Log).unwrap()));

    let frozen = reader.channel.freeze(Frozen::Equivocation, Some(&proof)).next;
    assert_eq!(frozen.may_sign(), Err(NotNow::Frozen(Frozen::Equivocation)));
}

// spec: DELIV-6
#[test]
fn a_batch_from_the_future_waits() {
    let (mut world, _) = World::with_records(&[DRAFT]);
    world.append(0, &[], &[DRAFT]);
    let frame = world.frame(0, &|_| true);
    let ten_minutes = 600_000;
    assert_eq!(open(&world, frame.clone(), world.now - ten_minutes - 1), Err(NotAdmitted::Ahead { ahead_ms: 600_001 }));
    assert_eq!(open(&world, frame, world.now - ten_minutes), Ok(()));
}

/// XAA shows two others different logs. Each by itself sees nothing wrong; the heads that they show each other prove it.
// spec: DELIV-16, DELIV-22
#[test]
fn who_shows_two_others_different_logs_is_found_by_their_heads() {
    let mut world = parties::World::new(3);
    world.begin();
    let common = world.send(0, Lane::Main, HEADER);
    world.settle();
    let (channel, batches) = (world.parties[0].channel.clone(), world.parties[0].batches.clone());
    world.send(0, Lane::Main, HEADER);
    world.deliver(0, 1);
    (world.parties[0].channel, world.parties[0].batches) = (channel, batches);
    world.body = br#"{"another":"history"}"#.to_vec();
    world.send(0, Lane::Main, HEADER);
    let longer = world.send(0, Lane::Main, HEADER);
    world.deliver(0, 2);

    let log = common.origin;
    let sizes = [1, 2].map(|party| world.parties[party].channel.size(&log));
    assert_eq!(sizes, [longer.index - 1, longer.index + 1], "one holds a batch more");
    let heads = |party: usize| {
        let logs = world.parties[party].channel.logs().map(|(_, log)| log.note().to_owned());
        logs.collect::<Vec<_>>()
    };
    let compare = |reader: usize, notes: &[String]| {
        let reader = &world.parties[reader];
        reader.channel.contradicted(&AwsLc, notes, &|origin| reader.entries(origin))
    };
    assert_eq!(compare(1, &heads(2)), None, "who holds less can't tell");
    let proof = compare(2, &heads(1)).expect("who holds more can");
    let keys = |party: usize| &world.parties[party].chain.current().keys.log;
    assert!(proof.holds(&AwsLc, keys(0)) && !proof.holds(&AwsLc, keys(1)), "it accuses the author and nobody else");
    let frozen = world.parties[2].channel.freeze(Frozen::Equivocation, Some(&proof)).next;
    assert_eq!(frozen.frozen(), Some(Frozen::Equivocation));

    // Honest heads, of oneself, of what is older or newer, and what is no head, prove nothing.
    let unsigned = heads(1).into_iter().map(|note| note.replacen("\n\n", "\nmore\n\n", 1)).collect::<Vec<_>>();
    for notes in [heads(2), unsigned, vec![String::new(), "no head".into()]] {
        assert_eq!(compare(2, &notes), None);
    }
    let own: Vec<_> = heads(1).into_iter().filter(|note| !note.starts_with(&log.to_string())).collect();
    assert!(own.len() > 1 && compare(0, &own).is_none());
}

// spec: DELIV-6
#[test]
fn a_batch_whose_author_has_seen_more_of_a_third_party_waits_for_it() {
    let mut world = parties::World::new(3);
    let first = world.send(0, Lane::Main, HEADER);
    world.deliver(0, 1);
    world.send(1, Lane::Main, HEADER);
    let size = first.index + 1;
    let unseen = NotAdmitted::Unseen { origin: first.origin, size };
    let opened = world.open(1, 2, Lane::Main).unwrap().unwrap();
    assert_eq!(world.admit(1, 2, opened.clone()), Err(unseen));
    world.deliver(0, 2);
    assert_eq!(world.admit(1, 2, opened), Ok(()));
}

// spec: DELIV-6, DELIV-21
#[test]
fn a_batch_whose_author_has_seen_what_was_lost_here_waits() {
    let (mut world, places) = World::with_records(&[DRAFT]);
    let before = world.sides[1].channel.clone();
    let other = world.append(1, &[], &[]);
    world.deliver(1);
    world.append(0, &[], &[DRAFT]);
    let frame = world.frame(0, &|_| true);
    let now = world.sides[1].channel.size(&other.origin);
    world.sides[1].channel = before;
    let now_held = world.sides[1].channel.size(&other.origin);
    assert!(now_held < now);
    let fault = ManifestFault::SeenNeverSigned { log: other.origin, size: now, signed: now_held };
    assert_eq!(open(&world, frame, world.now), Err(fault.into()));
    assert_eq!(places[0].origin.lane, Lane::Main);
}

// spec: DELIV-2
#[test]
fn time_does_not_run_backwards_in_a_log() {
    let (mut world, places) = World::with_records(&[DRAFT]);
    let before = world.sides[0].channel.log(&places[0].origin).unwrap().time();
    world.now = 1_000_000;
    world.append(0, &[], &[DRAFT]);
    assert_eq!(world.sides[0].channel.log(&places[0].origin).unwrap().time(), before);
}

// spec: DELIV-7, DELIV-8
#[test]
fn what_is_refused_is_named_in_one_refusal_and_receipted_all_the_same() {
    let (mut world, _) = World::with_records(&[DRAFT]);
    world.append(0, &[], &[DRAFT, DRAFT]);
    let frame = world.frame(0, &|_| true);
    let [author, reader] = &world.sides;
    let keys = [reader.sealing.clone()];
    let mut asked = vec![];
    let mut refuse = |record: &mithaq_protocol::channel::open::Arriving<'_>| {
        asked.push(record.position.index);
        Some(Refused { rule: "AGR-01".into(), reason: "kind".into() })
    };
    let opened =
        reader.channel.open(&AwsLc, *author.chain.agency(), frame.clone(), &keys, world.now, &mut refuse).unwrap();
    let refused: Vec<u64> = opened.refused().iter().map(|entry| entry.index).collect();
    assert_eq!(refused, [frame.batch.first + 1, frame.batch.first + 2]);
    assert_eq!(asked, refused, "the manifest is no matter of policy");
    let mut env = Env { suite: &AwsLc, signer: &reader.keys, entropy: &mut SystemEntropy, now: world.now };
    let admitted = reader.channel.admit(&mut env, opened).unwrap();
    let commit = &admitted.step.commit;
    assert_eq!((commit.batches.len(), commit.marks.len()), (2, 2), "the batch, and the refusal's own");
    assert_eq!(commit.receipts.len(), 1);
    let from = *reader.chain.agency();
    let taken = author.channel.receipt(&AwsLc, from, &admitted.receipt, &|origin, size| author.note_at(origin, size));
    assert!(taken.unwrap().is_some());
}

// spec: DELIV-19
#[test]
fn a_deadline_begins_with_one_acknowledgement_a_batch() {
    let deadlines = Deadlines { answer_hours: Some(168), ..Deadlines::NONE };
    let mut world = World::with_deadlines(deadlines);
    let sent = world.append(0, &[], &[DRAFT, DRAFT]);
    world.deliver(0);
    let reader = &world.sides[1];
    let own = reader.channel.own_log(Lane::Main);
    let log = world.sides[0].channel.log(&sent.origin).unwrap();
    let (sent_size, root) = (log.size(), log.root(&AwsLc));
    let received = BatchRef { origin: sent.origin, first: 0, count: sent_size.try_into().unwrap(), root };
    let controls = reader.controls(&own, 0);
    assert_eq!(controls[1..], [Control::Received(Received::of(received, vec![]))], "after the activation");
    assert_eq!(reader.channel.log(&own).unwrap().time(), world.now, "at the time of admission");
    // The acknowledgement starts no deadline itself, and neither does a batch of protocol records.
    let size = reader.channel.size(&own);
    world.deliver(1);
    assert_eq!(world.sides[0].channel.size(&sent.origin), sent_size);
    world.append(0, &[enrolment(2, "Example desk, author")], &[]);
    world.deliver(0);
    assert_eq!(world.sides[1].channel.size(&own), size);
}

// spec: DELIV-19
#[test]
fn what_is_refused_starts_no_deadline() {
    let mut world = World::with_deadlines(Deadlines::DIRECTIVE_2023_977);
    world.append(0, &[], &[DRAFT]);
    let frame = world.frame(0, &|_| true);
    let [author, reader] = &world.sides;
    let keys = [reader.sealing.clone()];
    let mut refuse = |_: &mithaq_protocol::channel::open::Arriving<'_>| {
        Some(Refused { rule: "AGR-01".into(), reason: "kind".into() })
    };
    let opened = reader.channel.open(&AwsLc, *author.chain.agency(), frame, &keys, world.now, &mut refuse).unwrap();
    let mut env = Env { suite: &AwsLc, signer: &reader.keys, entropy: &mut SystemEntropy, now: world.now };
    let admitted = reader.channel.admit(&mut env, opened).unwrap();
    let answer = &admitted.step.commit.batches[1].batch;
    assert_eq!(answer.count(), 3, "manifest, activation, refusal");
}

/// What a manifest has seen can't be claimed at will: it is bounded by what was signed and by what the author named
/// before. Heights follow from it and stand in no entry, so a wrong one can't be claimed either.
// spec: DELIV-6, DELIV-21, HEIGHT-1
#[test]
fn a_seen_that_goes_back_or_was_never_signed_is_not_admitted() {
    let (mut world, _) = World::with_records(&[DRAFT]);
    let other = world.sides[1].channel.own_log(Lane::Main);
    let held = world.sides[1].channel.size(&other);
    for (size, expected) in [
        (held - 1, ManifestFault::SeenWentBack { log: other, size: held - 1, before: held }),
        (held + 1, ManifestFault::SeenNeverSigned { log: other, size: held + 1, signed: held }),
    ] {
        let frame = world.forged(Manifest { time: world.now, seen: vec![Seen { origin: other, size }] });
        assert_eq!(open(&world, frame, world.now), Err(expected.into()));
    }
    let honest = world.forged(Manifest { time: world.now, seen: vec![Seen { origin: other, size: held }] });
    assert_eq!(open(&world, honest, world.now), Ok(()));
}

// spec: DELIV-10
#[test]
fn a_receipt_counts_for_a_batch_of_ours_only() {
    let (mut world, places) = World::with_records(&[DRAFT]);
    world.append(0, &[], &[DRAFT]);
    let [author, reader] = &world.sides;
    let (origin, from) = (places[0].origin, *reader.chain.agency());
    let log = author.channel.log(&origin).unwrap();
    let receipt = |size, root, origin: &mithaq_protocol::origin::Origin| {
        let checkpoint = Checkpoint { origin: origin.to_string(), size, root };
        sign_receipt(&AwsLc, &reader.keys, &checkpoint, &from, 7).unwrap()
    };
    let checkpoint = |origin: &_, size| author.note_at(origin, size);
    let take = |note: String| author.channel.receipt(&AwsLc, from, &note, &checkpoint).map(|step| step.is_some());
    let (size, root) = (log.size(), log.root(&AwsLc));
    assert_eq!(take(receipt(size - 1, root, &origin)), Err(NotReceipted::NoSuchBatch(size - 1)));
    assert_eq!(take(receipt(size, [7; 32], &origin)), Err(NotReceipted::ForeignRoot(size)));
    assert_eq!(take(receipt(size, root, &reader.channel.own_log(Lane::Main))), Err(NotReceipted::NotOurs));
    assert_eq!(take(receipt(size, root, &origin)), Ok(true));
    assert_eq!(author.channel.outstanding(&origin, &from), Some(places[0].index + 1));
}

// spec: NACK-1, NACK-2
#[test]
fn what_does_not_open_is_answered_with_a_nack() {
    let (mut world, _) = World::with_records(&[DRAFT]);
    world.append(0, &[], &[DRAFT]);
    let mut frame = world.frame(0, &|_| true);
    frame.batch.ciphertexts[0] ^= 1;
    let reason = |outcome| match outcome {
        Err(NotAdmitted::Nack { reason, .. }) => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(reason(open(&world, frame.clone(), world.now)), NackReason::DoesNotMatch);
    frame.keyring.ciphertext[0] ^= 1;
    assert_eq!(reason(open(&world, frame, world.now)), NackReason::DoesNotOpen);
    let again = world.frame(0, &|_| true);
    assert_eq!(open(&world, again, world.now), Ok(()));
}

// spec: WITHHELD-2
#[test]
fn a_withheld_record_comes_without_content_and_is_no_manifest() {
    let (mut world, _) = World::with_records(&[DRAFT]);
    let appended = world.append(0, &[], &[DRAFT]);
    let withheld = world.frame(0, &|index| index != appended.first_record);
    assert_eq!(open(&world, withheld.clone(), world.now), Ok(()));
    let whole = world.frame(0, &|_| true);
    let mut with_content = withheld;
    with_content.batch = whole.batch;
    with_content.keyring = whole.keyring;
    assert!(matches!(open(&world, with_content, world.now), Err(NotAdmitted::Misbehaved(_))));
    let first = appended.first_record - 1;
    let no_manifest = world.frame(0, &|index| index != first);
    assert!(matches!(open(&world, no_manifest, world.now), Err(NotAdmitted::Misbehaved(_))));
}

// spec: DELIV-12, DELIV-13, DELIV-14
#[test]
fn a_restored_node_signs_nothing_until_it_was_shown_what_it_lost_and_then_in_a_new_epoch() {
    let (mut world, places) = World::with_records(&[DRAFT]);
    let lost = world.append(0, &[], &[DRAFT]);
    world.deliver(0);
    let partner = *world.sides[1].chain.agency();
    let note = world.sides[1].channel.log(&lost.origin).unwrap().note().to_owned();

    let restored = restored(&world);
    assert_eq!(restored.may_sign(), Err(NotNow::Waiting(vec![partner])));
    let shown = restored.show(&AwsLc, partner, &[note], &|_| vec![]);
    let Shown::NewEpoch(step) = shown else { panic!("{shown:?}") };
    let reopened = step.next.own_log(Lane::Main);
    assert_eq!((reopened.epoch, places[0].origin.epoch), (2, 1));

    world.sides[0].channel = step.next;
    let appended = world.append(0, &[], &[DRAFT]);
    assert_eq!((appended.origin, appended.first_control), (reopened, 3), "manifest, epoch, agreement");
    world.deliver(0);
    assert_eq!(world.sides[1].channel.size(&reopened), appended.first_record + 1);
}

// spec: DELIV-12, DELIV-13
#[test]
fn an_officers_order_stands_in_for_a_silent_partner_and_opens_an_epoch() {
    let (world, _) = World::with_records(&[DRAFT]);
    let step = restored(&world).stand_in(&AwsLc, *world.sides[1].chain.agency());
    assert_eq!(step.next.may_sign(), Ok(()));
    assert_eq!(step.next.own_log(Lane::Main).epoch, 2);
}

// spec: DELIV-15
#[test]
fn a_head_that_this_node_never_wrote_freezes_the_channel() {
    let (world, places) = World::with_records(&[DRAFT]);
    let [author, reader] = &world.sides;
    let size = author.channel.size(&places[0].origin);
    let checkpoint = Checkpoint { origin: places[0].origin.to_string(), size, root: [7; 32] };
    let note = sign_checkpoint(&AwsLc, &author.keys, &checkpoint, 7).unwrap();
    let shown = author.channel.show(&AwsLc, *reader.chain.agency(), &[note], &|_| vec![]);
    assert!(matches!(shown, Shown::Foreign(_)));
    let frozen = &shown.step().next;
    assert_eq!(frozen.may_sign(), Err(NotNow::Frozen(Frozen::ForeignHead)));
    let mut env = Env { suite: &AwsLc, signer: &author.keys, entropy: &mut SystemEntropy, now: world.now };
    let standing = frozen.standing(&frozen.own_log(Lane::Main));
    let outcome = frozen.append(&mut env, Lane::Main, &[], &[], &standing);
    assert!(matches!(outcome, Err(AppendError::NotNow(_))));
}

// spec: DELIV-11
#[test]
fn only_the_author_of_a_record_orders_its_erasure() {
    let (mut world, places) = World::with_records(&[DRAFT]);
    let places = Places { origin: places[0].origin, indexes: vec![places[0].index] };
    let before = world.sides[1].channel.size(&world.sides[1].channel.own_log(Lane::Main));
    world.append(1, &[Control::Erasure(places.clone())], &[]);
    world.deliver(1);
    assert_eq!(world.sides[0].channel.size(&places.origin), places.indexes[0] + 1, "not the author: no answer");
    world.append(0, &[Control::Erasure(places)], &[]);
    world.deliver(0);
    let after = world.sides[1].channel.size(&world.sides[1].channel.own_log(Lane::Main));
    assert_eq!(after, before + 2 + 2, "manifest and order, manifest and answer");
}

/// XAA's channel as an old copy of its store has it: nothing written yet, everybody waited for.
fn restored(world: &World) -> Channel {
    let parties = world.sides[0].channel.parties().clone();
    Channel::new(&AwsLc, world.sides[0].channel.me(), parties, &world.bundle, true)
}

// spec: DELIV-20
#[test]
fn who_got_a_note_in_place_of_a_record_says_so_in_its_own_log() {
    let mut world = World::new();
    let appended = world.append(0, &[], &[DRAFT]);
    let frame = world.frame(0, &|index| index != appended.first_record);
    world.deliver_frame(0, frame, &mut |_| None);
    let own = world.sides[1].channel.own_log(Lane::Main);
    let told = Places { origin: appended.origin, indexes: vec![appended.first_record] };
    assert!(world.sides[1].controls(&own, 0).contains(&Control::Withheld(told)));
}
