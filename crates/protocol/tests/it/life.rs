//! The life of an agreement: versions, suspension, termination, among parties with stores in memory that can crash.

use std::collections::BTreeMap;

use mithaq_protocol::{
    agreement::{Agreement, Bundle, Caps, Lanes, UrgentLane},
    channel::{
        Channel, Env, Snapshot,
        admit::NotAdmitted,
        append::AppendError,
        gather::{Gathered, Submission},
        lanes::{Beyond, lane_refuses},
        life::{CannotAct, VersionRefused},
    },
    commit::MarkState,
    control::{Control, Places},
    id::AgencyId,
    origin::{Lane, Origin, Position},
    suite::AwsLc,
};

use crate::parties::{NOTE, READOUT, World};

// spec: LIFE-1, LIFE-2, LIFE-3
#[test]
fn a_version_governs_what_follows_its_activation_and_is_activated_by_all_who_see_it() {
    for count in [2, 3] {
        let mut world = World::new(count);
        let before = world.send(0, Lane::Main, NOTE);
        let second = world.second();
        world.activate(0, &second).unwrap();
        let late_note = world.send(0, Lane::Main, NOTE);
        let readout = world.send(0, Lane::Main, READOUT);
        // Others write under the first version until they have seen the activation.
        let others = world.send(1, Lane::Main, NOTE);
        assert_eq!(world.in_force()[..2], [2, 1]);
        world.settle();
        assert!(world.in_force().iter().all(|version| *version == 2), "{:?}", world.in_force());
        let late_others = world.send(1, Lane::Main, NOTE);
        let good_others = world.send(1, Lane::Urgent, READOUT);
        world.settle();
        for (by, place, refused) in [
            (1, before, ""),
            (1, late_note, "AGR-01 kind-not-listed"),
            (1, readout, ""),
            (0, others, ""),
            (0, late_others, "AGR-01 kind-not-listed"),
            (0, good_others, ""),
        ] {
            assert_eq!(world.refused(by, &place), refused, "{place:?}");
        }
        world.check();
        let log = world.parties[1].channel.log(&before.origin).unwrap();
        assert_eq!(log.activations().len(), 1);
        assert_eq!(
            world.parties[1].channel.version_at(&before.origin, before.index),
            *world.parties[0].channel.id().bytes()
        );
        assert_eq!(
            world.parties[1].channel.version_at(&readout.origin, readout.index),
            second.agreement().hash(&AwsLc)
        );
        // A log that begins later holds every version, so that it can be read by itself.
        let urgent = world.parties[1].channel.own_log(Lane::Urgent);
        assert_eq!(world.parties[0].channel.version_at(&urgent, 2), *world.parties[0].channel.id().bytes());
        assert_eq!(world.parties[0].channel.version_at(&urgent, 3), second.agreement().hash(&AwsLc));
    }
}

// spec: LIFE-3
#[test]
fn activations_that_cross_are_one_change() {
    let mut world = World::new(3);
    world.begin();
    let second = world.second();
    for party in 0..3 {
        world.activate(party, &second).unwrap();
    }
    world.settle();
    assert_eq!(world.in_force(), [2, 2, 2]);
    let readout = world.send(2, Lane::Main, READOUT);
    world.settle();
    for party in 0..2 {
        assert_eq!(world.refused(party, &readout), "");
        for (_, log) in world.parties[party].channel.logs() {
            assert_eq!(log.activations().len(), 1, "each log has one activation");
        }
    }
    assert_eq!(world.activate(0, &second), Err(CannotAct::Version(VersionRefused::OtherSuccessor)));
    world.check();
}

#[test]
fn what_is_in_force_survives_a_crash_and_what_was_not_written_is_not() {
    let mut world = World::new(2);
    world.send(0, Lane::Main, NOTE);
    world.settle();
    let second = world.second();
    // Computed and never written.
    let party = &world.parties[0];
    let mut env = Env { suite: &AwsLc, signer: &party.keys, entropy: &mut world.entropy, now: world.now + 1 };
    party.channel.activate(&mut env, &second).unwrap();
    world.crash(0);
    assert_eq!(world.in_force(), [1, 1]);
    world.activate(0, &second).unwrap();
    world.crash(0);
    assert_eq!(world.in_force(), [2, 1]);
    world.deliver(0, 1);
    world.crash(1);
    assert_eq!(world.in_force(), [2, 2]);
    world.settle();
    let readout = world.send(1, Lane::Main, READOUT);
    world.settle();
    assert_eq!(world.refused(0, &readout), "");
    world.crash(0);
    world.check();
    let missing = Snapshot { state: world.parties[0].state.clone(), logs: vec![], bundles: BTreeMap::new() };
    let chains = world.parties[0].channel.parties().clone();
    let fresh = Channel::new(&AwsLc, world.me(0), chains, &world.bundle, false);
    assert!(fresh.load(&missing).is_err(), "a version in force without its bundle is damage");
}

// spec: LIFE-2
#[test]
fn a_version_that_not_all_signed_or_that_does_not_follow_is_not_activated() {
    let mut world = World::new(2);
    let refused = |world: &mut World, bundle: &Bundle, why: VersionRefused| {
        assert_eq!(world.activate(0, bundle), Err(CannotAct::Version(why)));
    };
    let one_signed = world.successor(&world.bundle, &[0], |next| next.late_days = 1);
    refused(&mut world, &one_signed, VersionRefused::NotSigned);
    let second = world.second();
    let third = world.successor(&second, &[0, 1], |next| next.late_days = 1);
    refused(&mut world, &third, VersionRefused::NotASuccessor);
    let renamed = world.successor(&world.bundle, &[0], |next| next.parties[1].agency = AgencyId::new([7; 32]));
    refused(&mut world, &renamed, VersionRefused::OtherParties);
    let mut forged = world.successor(&world.bundle, &[0], |next| next.late_days = 1);
    let theirs = world.second();
    let theirs = theirs.signatures().find(|signature| signature.agency == world.me(1)).unwrap().clone();
    let bytes = String::from_utf8(forged.encode()).unwrap();
    let mine = forged.signatures().next().unwrap().clone();
    let mut both = [serde_json::to_string(&mine).unwrap(), serde_json::to_string(&theirs).unwrap()];
    if mine.agency > theirs.agency {
        both.reverse();
    }
    let bytes = bytes.replace(&serde_json::to_string(&mine).unwrap(), &both.join(","));
    forged = Bundle::parse(bytes.as_bytes()).unwrap();
    refused(&mut world, &forged, VersionRefused::Signature);
    world.activate(0, &second).unwrap();
    world.activate(0, &third).unwrap();
    world.settle();
    assert_eq!(world.in_force(), [3, 3], "two versions in two batches, or in one");
}

// spec: LIFE-4
#[test]
fn the_second_of_two_amendments_is_refused_and_what_stands_under_it_too() {
    let mut world = World::new(2);
    world.begin();
    world.settle();
    let ours = world.second();
    // Both parties have signed two successors: a restored node, or two that lie.
    let theirs = world.successor(&world.bundle, &[0, 1], |next| next.late_days = 1);
    world.activate(0, &ours).unwrap();
    world.activate(1, &theirs).unwrap();
    let place = world.send(1, Lane::Main, NOTE);
    world.settle();
    assert_eq!(world.in_force(), [2, 2]);
    assert_eq!(world.refused(0, &place), "agreement version-not-accepted");
    let log = world.parties[0].channel.log(&place.origin).unwrap();
    assert_eq!(log.activations()[0].refused, Some(VersionRefused::OtherSuccessor), "shown with why");
    let activation = Position { origin: place.origin, index: log.activations()[0].index };
    assert_eq!(world.refused(0, &activation), "agreement other-successor");
    assert_eq!(world.parties[1].marks[&activation].state, MarkState::Refused, "its author is told");
    // The log is not blocked, and what protects people still crosses.
    let old = Position { origin: place.origin, index: 2 };
    world.control(1, &Control::Erasure(Places { origin: old.origin, indexes: vec![old.index] }));
    world.settle();
    assert_eq!(world.parties[0].erased, [old]);
    world.check();
}

// spec: LIFE-5
#[test]
fn who_has_seen_an_activation_does_not_write_under_the_version_before() {
    let mut world = World::new(2);
    world.begin();
    world.settle();
    let second = world.second();
    world.activate(0, &second).unwrap();
    // A faulty node: it takes the batch and forgets the version. Its receipts say that it has seen it.
    let before = world.parties[1].state.clone();
    world.deliver(0, 1);
    world.parties[1].state = before;
    let own = world.parties[1].channel.own_log(Lane::Main);
    let kept = world.parties[1].batches.get_mut(&own).unwrap();
    let dropped = kept.pop().unwrap();
    assert_eq!(dropped.batch.first, 3, "the batch with its activation");
    let place = forged_under_first(&mut world, own);
    world.deliver(1, 0);
    assert_eq!(world.refused(0, &place), "agreement version-superseded");
}

/// A batch of party 1 under the first version whose manifest names all of party 0's log as seen.
fn forged_under_first(world: &mut World, own: Origin) -> Position {
    let party = &world.parties[1];
    let chains = party.channel.parties().clone();
    let logs = party.heads.iter().map(|(origin, state)| (*origin, state.clone()));
    // The own log as it was before the activation.
    let mut kept: Vec<_> = logs.filter(|(origin, _)| *origin != own).collect();
    let size = party.batches[&own].last().unwrap().batch.size();
    let mut state: serde_json::Value = serde_json::from_slice(&party.heads[&own]).unwrap();
    let mut frontier = mithaq_protocol::tlog::Frontier::new();
    for batch in &party.batches[&own] {
        batch.batch.commitments.iter().for_each(|entry| frontier.append(&AwsLc, entry));
    }
    assert_eq!(frontier.size(), size);
    state["frontier"] = mithaq_protocol::encoding::to_base64(&frontier.to_bytes()).into();
    state["agreement"] = party.channel.id().to_string().into();
    state.as_object_mut().unwrap().remove("activations");
    kept.push((own, serde_json::to_vec(&state).unwrap()));
    let snapshot = Snapshot { state: party.state.clone(), logs: kept, bundles: BTreeMap::new() };
    let channel = Channel::new(&AwsLc, world.me(1), chains, &world.bundle, false);
    world.parties[1].channel = channel.load(&snapshot).unwrap();
    world.send(1, Lane::Main, NOTE)
}

// spec: LIFE-6, LIFE-7
#[test]
fn who_suspends_sends_and_takes_protocol_records_only_until_it_resumes() {
    let mut world = World::new(3);
    world.send(0, Lane::Urgent, NOTE);
    let under_way = world.send(1, Lane::Main, NOTE);
    let me = world.me(0);
    world.act(0, |channel, env| channel.suspend(env)).unwrap();
    let standing = world.parties[0].channel.standing(&world.parties[0].channel.own_log(Lane::Main));
    for lane in [Lane::Main, Lane::Urgent] {
        assert_eq!(world.send_as(0, lane, NOTE, standing), Err(AppendError::Suspended));
    }
    world.crash(0);
    assert!(world.parties[0].channel.is_suspended(&me), "it survives a restart");
    world.settle();
    assert_eq!(world.refused(0, &under_way), "agreement suspended");
    assert_eq!(world.refused(2, &under_way), "", "the others go on");
    for party in &world.parties {
        let suspension = party.channel.suspensions().get(&me).unwrap();
        assert_eq!((suspension.origin.agency, party.channel.suspensions().len()), (me, 1), "all see it");
    }
    // Nobody resumes for another.
    assert!(matches!(world.act(1, |channel, env| channel.resume(env)), Err(CannotAct::Already(_))));
    world.control(1, &Control::Resume);
    world.settle();
    assert!(world.parties[1].channel.is_suspended(&me));
    // Erasure still works.
    world.control(1, &Control::Erasure(Places { origin: under_way.origin, indexes: vec![under_way.index] }));
    world.settle();
    assert_eq!(world.parties[0].erased, [under_way]);
    assert!(matches!(world.act(0, |channel, env| channel.suspend(env)), Err(CannotAct::Already(_))));
    world.act(0, |channel, env| channel.resume(env)).unwrap();
    let (ours, theirs) = (world.send(0, Lane::Main, NOTE), world.send(1, Lane::Main, NOTE));
    let urgent = world.send(0, Lane::Urgent, NOTE);
    world.settle();
    assert!(world.parties.iter().all(|party| party.channel.suspensions().is_empty()));
    for (by, place) in [(1, ours), (0, theirs), (1, urgent)] {
        assert_eq!(world.refused(by, &place), "");
    }
    world.check();
}

// spec: LIFE-7
#[test]
fn a_record_behind_its_authors_suspension_is_refused_also_in_a_new_epoch() {
    let mut world = World::new(2);
    world.send(0, Lane::Main, NOTE);
    let forgotten = (world.parties[0].state.clone(), world.parties[0].heads.clone());
    world.settle();
    world.act(0, |channel, env| channel.suspend(env)).unwrap();
    world.settle();
    // Restored from before: it knows of no suspension, opens an epoch and sends on.
    (world.parties[0].state, world.parties[0].heads) = forgotten;
    world.crash(0);
    world.act(0, |channel, _| Ok::<_, ()>(channel.restored(&AwsLc))).unwrap();
    let place = world.send(0, Lane::Main, NOTE);
    assert_eq!(place.origin.epoch, 2);
    world.deliver(0, 1);
    assert_eq!(world.refused(1, &place), "agreement suspended-by-author");
    world.control(0, &Control::Resume);
    let place = world.send(0, Lane::Main, NOTE);
    world.deliver(0, 1);
    assert_eq!(world.refused(1, &place), "");
    // A new log of a party that knows of its suspension says so itself.
    world.act(0, |channel, env| channel.suspend(env)).unwrap();
    world.act(0, |channel, _| Ok::<_, ()>(channel.restored(&AwsLc))).unwrap();
    world.control(0, &Control::Erasure(Places { origin: place.origin, indexes: vec![] }));
    let own = world.parties[0].channel.own_log(Lane::Main);
    assert_eq!(own.epoch, 3);
    assert!(world.parties[0].channel.log(&own).unwrap().is_suspended());
}

// spec: LIFE-6, LIFE-7
#[test]
fn a_suspension_that_comes_late_in_one_lane_is_over_when_the_other_has_shown_its_end() {
    let mut world = World::new(2);
    world.send(0, Lane::Main, NOTE);
    world.send(0, Lane::Urgent, NOTE);
    world.settle();
    world.act(0, |channel, env| channel.suspend(env)).unwrap();
    world.act(0, |channel, env| channel.resume(env)).unwrap();
    let author = world.me(0);
    let is_suspended = |world: &World| world.parties[1].channel.is_suspended(&author);
    world.deliver_lane(0, 1, Lane::Main);
    assert!(!is_suspended(&world));
    let late = world.open(0, 1, Lane::Urgent).unwrap().unwrap();
    world.admit(0, 1, late).unwrap();
    assert!(!is_suspended(&world), "its end may be lost with the rest of the urgent log");
    // A new one is not taken for the old one.
    world.settle();
    world.act(0, |channel, env| channel.suspend(env)).unwrap();
    world.deliver_lane(0, 1, Lane::Urgent);
    assert!(is_suspended(&world));
    world.settle();
    assert!(is_suspended(&world));
    world.act(0, |channel, env| channel.resume(env)).unwrap();
    world.deliver_lane(0, 1, Lane::Urgent);
    world.settle();
    assert!(!is_suspended(&world));
}

// spec: LIFE-10
#[test]
fn what_was_decided_before_a_change_is_decided_again() {
    let mut world = World::new(2);
    world.begin();
    world.settle();
    let decided = world.parties[0].channel.standing(&world.parties[0].channel.own_log(Lane::Main));
    // A receipt, a record, an enrolment change nothing that a decision reads.
    world.send(1, Lane::Main, NOTE);
    world.settle();
    world.send_as(0, Lane::Main, NOTE, decided).unwrap();
    world.act(1, |channel, env| channel.suspend(env)).unwrap();
    world.settle();
    assert_eq!(world.send_as(0, Lane::Main, NOTE, decided), Err(AppendError::Moved));
    world.act(1, |channel, env| channel.resume(env)).unwrap();
    world.settle();
    let decided = world.parties[0].channel.standing(&world.parties[0].channel.own_log(Lane::Main));
    let second = world.second();
    world.activate(0, &second).unwrap();
    assert_eq!(world.send_as(0, Lane::Main, NOTE, decided), Err(AppendError::Moved));
    // A batch that was opened before its reader suspended is opened again and refused.
    let place = world.send(1, Lane::Main, NOTE);
    let opened = world.open(1, 0, Lane::Main).unwrap().unwrap();
    world.act(0, |channel, env| channel.suspend(env)).unwrap();
    assert_eq!(world.admit(1, 0, opened), Err(NotAdmitted::Moved));
    world.settle();
    assert_eq!(world.refused(0, &place), "agreement suspended");
}

// spec: LIFE-8, LIFE-9
#[test]
fn a_party_ends_the_agreement_alone_only_where_and_as_the_agreement_says() {
    let last_day = "2026-11-01".parse().unwrap();
    let mut world = World::new(2);
    assert_eq!(world.act(0, |channel, env| channel.terminate(env, last_day)), Err(CannotAct::NoRight));

    let mut world = World::under(2, |agreement| agreement.termination_notice_days = Some(30));
    let soon = "2026-10-01".parse().unwrap();
    let refused = world.act(0, |channel, env| channel.terminate(env, soon));
    assert!(matches!(refused, Err(CannotAct::Notice { notice_days: 30, .. })), "{refused:?}");
    world.act(0, |channel, env| channel.terminate(env, last_day)).unwrap();
    let in_time = world.send(1, Lane::Main, NOTE);
    world.settle();
    for party in &world.parties {
        let version = party.channel.version(&party.channel.in_force()).unwrap();
        assert_eq!(party.channel.last_day(&version.agreement), last_day, "it ends for all");
    }
    assert_eq!(world.refused(0, &in_time), "");
    // Written in time, late on its way; written too late; and later than anything may arrive.
    let late = world.send(1, Lane::Main, NOTE);
    let day = 24 * 60 * 60 * 1000;
    world.now += 60 * day;
    let too_late = world.send(1, Lane::Main, NOTE);
    world.deliver(1, 0);
    assert_eq!(world.refused(0, &late), "");
    assert_eq!(world.refused(0, &too_late), "agreement terminated");
    let mut world_later = World::under(2, |agreement| agreement.termination_notice_days = Some(30));
    world_later.act(0, |channel, env| channel.terminate(env, last_day)).unwrap();
    let place = world_later.send(1, Lane::Main, NOTE);
    world_later.now += 75 * day;
    world_later.deliver(1, 0);
    assert_eq!(world_later.refused(0, &place), "agreement terminated", "whatever its date");
    // Erasure works after the end.
    world.control(1, &Control::Erasure(Places { origin: in_time.origin, indexes: vec![in_time.index] }));
    world.settle();
    assert_eq!(world.parties[0].erased, [in_time]);
    // A version that all sign afterwards is not what was ended.
    let renewed = world.successor(&world.bundle, &[0, 1], |next| next.valid_until = "2028-12-31".parse().unwrap());
    world.activate(0, &renewed).unwrap();
    world.settle();
    let place = world.send(1, Lane::Main, NOTE);
    world.settle();
    assert_eq!(world.refused(0, &place), "");
    world.check();
}

// spec: LIFE-8
#[test]
fn a_termination_that_the_agreement_does_not_allow_ends_nothing() {
    for (notice, reason) in [(None, "no-right-to-terminate"), (Some(30), "notice-too-short")] {
        let mut world = World::under(2, |agreement| agreement.termination_notice_days = notice);
        let termination = mithaq_protocol::control::Termination { last_day: "2026-09-22".parse().unwrap() };
        let origin = world.parties[1].channel.own_log(Lane::Main);
        world.control(1, &Control::Terminate(termination));
        world.deliver(1, 0);
        assert_eq!(world.refused(0, &Position { origin, index: 2 }), format!("agreement {reason}"));
        assert!(world.parties[0].channel.endings().is_empty());
    }
}

// spec: LANE-1
#[test]
fn the_urgent_lane_takes_small_records_only() {
    let mut world = World::under(2, |agreement| {
        agreement.lanes = Some(Lanes { urgent: UrgentLane { record_bytes_max: 100, ..UrgentLane::default() } });
    });
    let attached = concat!(
        r#""attachments":[{"sha256":"0000000000000000000000000000000000000000000000000000000000000000","#,
        r#""size":99,"name":"a.txt","media_type":"text/plain"}],"media_type""#
    );
    let header = NOTE.replacen("\"media_type\"", attached, 1);
    let parsed = mithaq_protocol::header::Header::parse(header.as_bytes()).unwrap();
    let agreement = world.bundle.agreement();
    for (lane, body_bytes, refused) in
        [(Lane::Urgent, 1, None), (Lane::Urgent, 2, Some("too-large-for-urgent")), (Lane::Main, 1 << 20, None)]
    {
        assert_eq!(lane_refuses(agreement, lane, &parsed, body_bytes), refused);
    }
    // A faulty node appends it all the same: the reader looks for itself.
    world.body = vec![b'x'; 101];
    let (urgent, main) = (world.send(0, Lane::Urgent, NOTE), world.send(0, Lane::Main, NOTE));
    world.settle();
    assert_eq!(world.refused(1, &urgent), "lane too-large-for-urgent");
    assert_eq!(world.refused(1, &main), "");
}

// spec: LANE-5
#[test]
fn an_attachment_over_the_agreements_size_is_refused_in_either_lane() {
    let mut world = World::under(2, |agreement| {
        agreement.caps = Some(Caps { attachment_bytes_max: Some(99), ..Caps::default() });
    });
    let attached = |size: u32| {
        let file = format!(
            r#""attachments":[{{"sha256":"{}","size":{size},"name":"a.txt","media_type":"text/plain"}}],"media_type""#,
            "0".repeat(64)
        );
        NOTE.replacen("\"media_type\"", &file, 1)
    };
    let agreement = world.bundle.agreement();
    for lane in [Lane::Main, Lane::Urgent] {
        for (size, refused) in [(99, None), (100, Some("attachment-too-large"))] {
            let header = mithaq_protocol::header::Header::parse(attached(size).as_bytes()).unwrap();
            assert_eq!(lane_refuses(agreement, lane, &header, 1), refused);
        }
    }
    // A body may be larger; and where the agreement says nothing, an attachment too, though not without end.
    world.body = vec![b'x'; 101];
    let place = world.send(0, Lane::Main, NOTE);
    world.settle();
    assert_eq!(world.refused(1, &place), "");
    let open = World::new(2);
    let header = mithaq_protocol::header::Header::parse(attached(u32::MAX).as_bytes()).unwrap();
    assert_eq!(lane_refuses(open.bundle.agreement(), Lane::Main, &header, 1), None);
    let endless = attached(1).replacen("\"size\":1,", "\"size\":9007199254740991,", 1);
    let header = mithaq_protocol::header::Header::parse(endless.as_bytes()).unwrap();
    assert_eq!(lane_refuses(open.bundle.agreement(), Lane::Main, &header, 1), Some("attachment-too-large"));
}

/// A party's own count of what it sent is lost: it appends on.
fn forget_pace(world: &mut World, party: usize) {
    for lane in [Lane::Main, Lane::Urgent] {
        let own = world.parties[party].channel.own_log(lane);
        let Some(head) = world.parties[party].heads.get(&own) else { continue };
        let mut state: serde_json::Value = serde_json::from_slice(head).unwrap();
        state.as_object_mut().unwrap().remove("pace");
        world.parties[party].heads.insert(own, serde_json::to_vec(&state).unwrap());
    }
    world.crash(party);
}

// spec: LANE-6
#[test]
fn a_party_sends_so_much_in_a_day_over_both_lanes_and_both_ends_count() {
    let capped = |caps: Caps| move |agreement: &mut Agreement| agreement.caps = Some(caps);
    let by_records = Caps { records_per_day_max: Some(3), ..Caps::default() };
    let mut measured = World::new(2);
    let agreement = measured.parties[0].channel.in_force();
    let one = u64::try_from(measured.prepare(0, agreement, NOTE).bytes()).unwrap();
    let by_bytes = Caps { bytes_per_day_max: Some(3 * one), ..Caps::default() };
    for (caps, beyond) in [(by_records, Beyond::DayRecords(3)), (by_bytes, Beyond::DayBytes(3 * one))] {
        let mut world = World::under(2, capped(caps));
        for lane in [Lane::Main, Lane::Urgent, Lane::Main] {
            world.send(0, lane, NOTE);
        }
        // The other party has its own day.
        world.send(1, Lane::Main, NOTE);
        let full = Err(AppendError::Beyond(beyond.clone()));
        for lane in [Lane::Main, Lane::Urgent] {
            let standing = world.parties[0].channel.standing(&world.parties[0].channel.own_log(lane));
            assert_eq!(world.send_as(0, lane, NOTE, standing), full);
            world.crash(0);
            assert_eq!(world.send_as(0, lane, NOTE, standing), full, "a restart does not count anew");
        }
        world.now += 24 * 60 * 60 * 1000;
        world.send(0, Lane::Main, NOTE);
        world.settle();
        assert!(world.parties[1].marks.values().all(|mark| mark.state != MarkState::Quarantined));

        // A faulty sender forgets what it has sent: the reader counts for itself.
        let places: Vec<Position> = (0..4)
            .map(|_| {
                forget_pace(&mut world, 0);
                world.send(0, Lane::Main, NOTE)
            })
            .collect();
        world.settle();
        let refused: Vec<String> = places.iter().map(|place| world.refused(1, place)).collect();
        let code = format!("lane {}", beyond.code());
        assert_eq!(refused, ["", "", &code, &code]);
    }
}

// spec: LANE-10
#[test]
fn a_party_sends_so_many_records_of_a_clause_in_a_day_and_both_ends_count() {
    let mut world = World::under(2, |agreement| {
        let mut other = agreement.clauses[0].clone();
        other.id = "c9".into();
        agreement.clauses[0].records_per_day_max = Some(3);
        agreement.clauses.push(other);
    });
    let clause = world.bundle.agreement().clauses[0].id.clone();
    let beside = NOTE.replacen(&format!("\"clause\":\"{clause}\""), "\"clause\":\"c9\"", 1);
    assert_ne!(beside, NOTE);
    for lane in [Lane::Main, Lane::Urgent, Lane::Main] {
        world.send(0, lane, NOTE);
    }
    let full = Err(AppendError::Beyond(Beyond::ClauseDay { clause, records: 3 }));
    for lane in [Lane::Main, Lane::Urgent] {
        let standing = world.parties[0].channel.standing(&world.parties[0].channel.own_log(lane));
        assert_eq!(world.send_as(0, lane, NOTE, standing), full);
        world.crash(0);
        assert_eq!(world.send_as(0, lane, NOTE, standing), full, "a restart does not count anew");
    }
    // A clause that limits nothing goes on, and so does the other party under the same clause.
    world.send(0, Lane::Main, &beside);
    world.send(1, Lane::Main, NOTE);
    world.now += 24 * 60 * 60 * 1000;
    world.send(0, Lane::Main, NOTE);
    world.settle();
    assert!(world.parties[1].marks.values().all(|mark| mark.state != MarkState::Quarantined));

    // A faulty sender forgets what it has sent: the reader counts for itself, and refuses what is beyond and no more.
    let mut places = Vec::new();
    for header in [NOTE, NOTE, NOTE, &beside, NOTE, &beside] {
        forget_pace(&mut world, 0);
        places.push(world.send(0, Lane::Main, header));
    }
    world.settle();
    let refused: Vec<String> = places.iter().map(|place| world.refused(1, place)).collect();
    let code = "lane too-many-of-clause-today";
    assert_eq!(refused, ["", "", code, "", code, ""]);
}

// spec: LANE-10
#[test]
fn what_a_clause_limits_is_refused_alone_and_names_in_headers_are_not_kept() {
    let mut world = World::under(2, |agreement| agreement.clauses[0].records_per_day_max = Some(2));
    world.begin();
    let channel = world.parties[0].channel.clone();
    let standing = channel.standing(&channel.own_log(Lane::Main));
    let mut submission = |header: &str| Submission {
        lane: Lane::Main,
        prepared: world.prepare(0, standing.agreement, header),
        decided: standing,
        key: None,
        volumes: vec![],
        aside: None,
        caller: (),
    };
    let named = NOTE.replacen("\"clause\":\"", "\"clause\":\"unknown-", 1);
    let (fits, beyond, unknown) = (submission(NOTE), submission(NOTE), submission(&named));
    let mut gathered = Gathered::like(&fits);
    assert_eq!(gathered.has_room(&channel, world.now, &fits), Ok(()));
    gathered.push(fits);
    assert!(matches!(gathered.has_room(&channel, world.now, &beyond), Err(AppendError::Beyond(_))));
    assert_eq!(gathered.has_room(&channel, world.now, &unknown), Ok(()));
    gathered.push(unknown);
    world.act(0, |channel, env| gathered.append(channel, env, &|(), _| vec![]).map(|placed| placed.step)).unwrap();
    world.settle();
    for party in 0..2 {
        let own = world.parties[0].channel.own_log(Lane::Main);
        let state = String::from_utf8(world.parties[party].heads[&own].clone()).unwrap();
        assert!(state.contains("day_clauses") && !state.contains("unknown-"), "{state}");
    }
}

// spec: LANE-2
#[test]
fn the_urgent_lane_takes_so_many_records_an_hour() {
    let cap = |cap: u32| {
        move |agreement: &mut Agreement| {
            let urgent = UrgentLane { records_per_hour_max: cap, ..UrgentLane::default() };
            agreement.lanes = Some(Lanes { urgent });
        }
    };
    let mut world = World::under(2, cap(3));
    let standing = world.parties[0].channel.standing(&world.parties[0].channel.own_log(Lane::Urgent));
    for _ in 0..3 {
        world.send(0, Lane::Urgent, NOTE);
    }
    // Protocol records and the main lane are not counted.
    world.control(
        0,
        &Control::Erasure(Places { origin: world.parties[0].channel.own_log(Lane::Main), indexes: vec![] }),
    );
    for _ in 0..5 {
        world.send(0, Lane::Main, NOTE);
    }
    let full = Err(AppendError::Beyond(Beyond::UrgentHour(3)));
    assert_eq!(world.send_as(0, Lane::Urgent, NOTE, standing), full);
    world.crash(0);
    assert_eq!(world.send_as(0, Lane::Urgent, NOTE, standing), full, "a restart does not count anew");
    world.now += 60 * 60 * 1000;
    world.send(0, Lane::Urgent, NOTE);
    world.settle();
    assert!(world.parties[1].marks.values().all(|mark| mark.state != MarkState::Quarantined));

    // A faulty sender forgets what it has sent: the reader counts for itself.
    let places: Vec<Position> = (0..4)
        .map(|_| {
            forget_pace(&mut world, 0);
            world.send(0, Lane::Urgent, NOTE)
        })
        .collect();
    world.settle();
    let refused: Vec<String> = places.iter().map(|place| world.refused(1, place)).collect();
    assert_eq!(refused, ["", "", "lane too-many-urgent", "lane too-many-urgent"]);
}

// spec: LANE-3
#[test]
fn an_answer_stays_in_the_lane_of_what_it_answers() {
    let mut world = World::new(2);
    let asked = world.send(0, Lane::Urgent, NOTE);
    world.settle();
    let reference = format!(r#""in_reply_to":{{"log":"{}","index":{}}},"clause""#, asked.origin.short(), asked.index);
    let answer = NOTE.replacen("\"clause\"", &reference, 1);
    let (wrong, right) = (world.send(1, Lane::Main, &answer), world.send(1, Lane::Urgent, &answer));
    world.settle();
    assert_eq!(world.refused(0, &wrong), "lane thread-in-other-lane");
    assert_eq!(world.refused(0, &right), "");
}
