//! Whose approvals count from where to where: enrolments and revocations, in both lanes and over epochs.

use mithaq_protocol::{
    channel::{admit::NotAdmitted, append::AppendError, life::CannotAct},
    control::{Control, ControlError},
    limits,
    origin::{Lane, Origin, Position},
    record::{Enrolment, Officer},
    suite::AwsLc,
};
use proptest::prelude::*;

use crate::{
    parties::{NOTE, World},
    world::enrolment,
};

const INVALID: &str = "EYE-01 approval-invalid";

impl World {
    /// Enrols an officer with a key in the party's main log.
    fn enrol(&mut self, party: usize, seed: u8) -> (Enrolment, u8) {
        let mut place = None;
        self.act(party, |channel, env| {
            let standing = channel.standing(&channel.own_log(Lane::Main));
            let control = enrolment(seed, "Example desk");
            channel.append(env, Lane::Main, &[control], &[], &standing).map(|appended| {
                place = Some(Enrolment { origin: appended.origin, index: appended.first_control });
                appended.step
            })
        })
        .unwrap();
        (place.unwrap(), seed)
    }

    fn revoke(&mut self, party: usize, enrolment: Enrolment) -> Result<(), CannotAct> {
        self.act(party, |channel, env| channel.revoke(env, &[enrolment]))
    }

    /// A restored party: what it wrote since is forgotten, and it goes on in a new epoch.
    fn new_epoch(&mut self, party: usize) {
        self.act(party, |channel, _| Ok::<_, ()>(channel.restored(&AwsLc))).unwrap();
    }
}

// spec: LANE-4, RECORD-7, RECORD-10, RECORD-11
#[test]
fn an_approval_counts_up_to_the_revocation_of_its_enrolment_in_each_lane() {
    let mut world = World::new(3);
    let desk = world.enrol(0, 2);
    let other = world.enrol(0, 3);
    let main_before = world.send_approved(0, Lane::Main, desk);
    let urgent_before = world.send_approved(0, Lane::Urgent, desk);
    world.revoke(0, desk.0).unwrap();
    let main_after = world.send_approved(0, Lane::Main, desk);
    let urgent_after = world.send_approved(0, Lane::Urgent, desk);
    let by_other = world.send_approved(0, Lane::Urgent, other);
    // One reader gets the urgent lane last. To the other it comes first, and waits until the enrolments are there.
    for to in [1, 2] {
        if to == 2 {
            world.deliver_lane(0, to, Lane::Urgent);
            assert_eq!(world.parties[to].channel.size(&urgent_before.origin), 0);
        }
        world.deliver(0, to);
        world.deliver(0, to);
        let expected =
            [(main_before, ""), (main_after, INVALID), (urgent_before, ""), (urgent_after, INVALID), (by_other, "")];
        for (place, refused) in expected {
            assert_eq!(world.refused(to, &place), refused, "{place:?}");
        }
    }
    let [_, reader, _] = &world.parties[..] else { panic!("three parties") };
    let revoked = reader.channel.revocation(&desk.0).unwrap();
    assert_eq!((revoked.origin, revoked.index), (main_before.origin, main_after.index - 2));
    assert!(reader.channel.officer(&desk.0).is_some() && reader.channel.revocation(&other.0).is_none());
    let author = &world.parties[0].channel;
    assert!(author.own_officer(&desk.0).is_none() && author.own_officer(&other.0).is_some());
    assert_eq!(author.own_officers().count(), 1);
    assert!(reader.channel.own_officer(&other.0).is_none(), "another's officer");
    world.check();
}

// spec: RECORD-10, RECORD-11
#[test]
fn a_log_that_begins_after_a_revocation_begins_with_it_and_a_new_epoch_does_not_bring_the_officer_back() {
    let mut world = World::new(2);
    let desk = world.enrol(0, 2);
    world.revoke(0, desk.0).unwrap();
    let late = world.send_approved(0, Lane::Urgent, desk);
    world.settle();
    assert_eq!(world.refused(1, &late), INVALID);
    let own = &world.parties[0].channel;
    let opening = own.size(&late.origin);
    assert_eq!((late.index, opening), (3, 4), "manifest, activation and revocation come before the record");

    world.new_epoch(0);
    let again = world.send_approved(0, Lane::Main, desk);
    assert_eq!(again.origin.epoch, 2);
    world.settle();
    assert_eq!(world.refused(1, &again), INVALID);

    // An author who was restored from before the revocation does not know of it; its reader does.
    let mut world = World::new(2);
    let desk = world.enrol(0, 2);
    let forgotten = (world.parties[0].state.clone(), world.parties[0].heads.clone());
    world.settle();
    world.revoke(0, desk.0).unwrap();
    world.settle();
    (world.parties[0].state, world.parties[0].heads) = forgotten;
    world.crash(0);
    world.new_epoch(0);
    let place = world.send_approved(0, Lane::Main, desk);
    assert!(world.parties[0].channel.own_officer(&desk.0).is_some());
    world.deliver(0, 1);
    assert_eq!(world.refused(1, &place), INVALID);
}

// spec: RECORD-11, LIFE-10
#[test]
fn what_was_decided_before_a_revocation_is_decided_again() {
    let mut world = World::new(2);
    let desk = world.enrol(0, 2);
    world.settle();
    let standing = world.parties[0].channel.standing(&world.parties[0].channel.own_log(Lane::Main));
    world.revoke(0, desk.0).unwrap();
    assert_eq!(world.send_as(0, Lane::Main, NOTE, standing), Err(AppendError::Moved));
    // Another party's batch, opened before a revocation was taken up, is opened again.
    world.send(1, Lane::Main, NOTE);
    let opened = world.open(1, 0, Lane::Main).unwrap().unwrap();
    let second = world.enrol(0, 3);
    world.revoke(0, second.0).unwrap();
    assert_eq!(world.admit(1, 0, opened), Err(NotAdmitted::Moved));
    // Nothing is lost over a crash.
    world.crash(0);
    assert!(world.parties[0].channel.revocation(&desk.0).is_some());
}

// spec: RECORD-12
#[test]
fn nobody_revokes_anothers_officer_and_nobody_fills_anothers_memory() {
    let mut world = World::new(2);
    let (desk, theirs) = (world.enrol(0, 2), world.enrol(1, 3));
    world.settle();
    assert_eq!(world.revoke(0, theirs.0), Err(CannotAct::NotEnrolled));
    world.revoke(0, desk.0).unwrap();
    assert_eq!(world.revoke(0, desk.0), Err(CannotAct::NotEnrolled), "once is enough");
    world.control(0, &Control::Revocation(theirs.0));
    world.settle();
    let reader = &world.parties[1];
    assert!(reader.channel.own_officer(&theirs.0).is_some());
    let reasons: Vec<&str> = reader.marks.values().map(|mark| mark.reason.as_str()).collect();
    assert_eq!(reasons, ["protocol not-its-officer"]);

    let long = Officer::ed25519("x".repeat(201), [1; 32]);
    let short = Officer::ed25519("x", [1; 31]);
    for officer in [long, short] {
        let body = Control::Enrolment(officer).encode();
        assert!(matches!(Control::decode("mithaq.enrolment/1", &body), Err(ControlError::Senseless { .. })));
    }
    let mut enrolled = world.parties[1].channel.officers().len();
    for _ in 0..2 {
        let many: Vec<Control> = (0..2000).map(|_| enrolment(9, "Example desk")).collect();
        world
            .act(0, |channel, env| {
                let standing = channel.standing(&channel.own_log(Lane::Main));
                channel.append(env, Lane::Main, &many, &[], &standing).map(|appended| appended.step)
            })
            .unwrap();
        world.settle();
        enrolled = world.parties[1].channel.officers().len();
    }
    assert_eq!(enrolled, limits::OFFICERS_MAX + 1, "and one of the reader's own");
}

/// What happens in the author's logs.
#[derive(Clone, Copy, Debug)]
enum Act {
    Enrol(u8),
    Revoke(usize),
    Approve(Lane, usize),
    Epoch,
    Deliver(Lane),
}

fn act() -> impl Strategy<Value = Act> {
    let lane = || prop_oneof![Just(Lane::Main), Just(Lane::Urgent)];
    prop_oneof![
        1 => (2..6_u8).prop_map(Act::Enrol),
        1 => (0..8_usize).prop_map(Act::Revoke),
        4 => (lane(), 0..8_usize).prop_map(|(lane, which)| Act::Approve(lane, which)),
        1 => Just(Act::Epoch),
        2 => lane().prop_map(Act::Deliver),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever is delivered when, a record is refused exactly if its officer was revoked before it was written.
    // spec: RECORD-10, RECORD-11
    #[test]
    fn the_reader_judges_by_position_alone(acts in prop::collection::vec(act(), 1..24)) {
        let mut world = World::new(2);
        let mut officers: Vec<(Enrolment, u8, bool)> = vec![];
        let mut expected: Vec<(Position, bool)> = vec![];
        let first = world.enrol(0, 2);
        officers.push((first.0, first.1, false));
        for act in acts {
            match act {
                Act::Enrol(seed) => {
                    let (enrolment, seed) = world.enrol(0, seed);
                    officers.push((enrolment, seed, false));
                }
                Act::Revoke(which) => {
                    let count = officers.len();
                    let (enrolment, _, revoked) = &mut officers[which % count];
                    let outcome = world.act(0, |channel, env| channel.revoke(env, &[*enrolment]));
                    prop_assert_eq!(outcome.is_err(), *revoked);
                    *revoked = true;
                }
                Act::Approve(lane, which) => {
                    let (enrolment, seed, revoked) = officers[which % officers.len()];
                    expected.push((world.send_approved(0, lane, (enrolment, seed)), revoked));
                }
                Act::Epoch => {
                    // What is outstanding in the old epoch is delivered first: here nothing is lost.
                    world.settle();
                    world.new_epoch(0);
                }
                Act::Deliver(lane) => world.deliver_lane(0, 1, lane),
            }
        }
        world.settle();
        for (place, revoked) in expected {
            prop_assert_eq!(world.refused(1, &place), if revoked { INVALID } else { "" }, "{}", Origin::to_string(&place.origin));
        }
    }
}
