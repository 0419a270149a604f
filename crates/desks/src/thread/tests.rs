//! What threads come to, tried with the machines of the requests desk.

mod properties;
mod sides;
mod tables;

use std::collections::BTreeMap;

use protocol::agreement::{Deadlines, TimeLimits};
use protocol::batch::BatchRef;
use protocol::id::{AgencyId, ChannelId};
use protocol::origin::{Lane, Origin};
use protocol::statement::{Await, ThreadKey};
use protocol::suite::AwsLc;

use super::*;
use crate::limits::THREAD_RECORDS_MAX;
use crate::requests::{Access, Act, Use, clocks};

pub(crate) const HOUR: u64 = 3_600_000;

pub(crate) fn party(n: u8) -> AgencyId {
    AgencyId::new([n; 32])
}

/// A kind's example, changed, as a record of a party at a height, under a clause with the usual limits of its desk.
pub(crate) fn example(agency: u8, height: u64, kind: &str, changes: serde_json::Value) -> Event {
    let found = kinds::find(kind).unwrap();
    let mut body: serde_json::Value = serde_json::from_str(found.example).unwrap();
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    let checked = found.check(&crate::tests::header_for(kind), body.to_string().as_bytes()).unwrap();
    let Event { mut stub, .. } = event(agency, height, kind, None);
    let What::Record(record) = &mut stub.what else { panic!("a record") };
    let limits = kinds::usual_limits(&[kind.to_owned()]).collect();
    (record.deadlines, record.limits, record.act) = (None, limits, checked.act);
    Event { title: Some(checked.title), ..Event::new(stub) }
}

/// A step of a party at a height.
pub(crate) fn step(agency: u8, height: u64, word: &str) -> Event {
    example(agency, height, STEP, serde_json::json!({ "do": word }))
}

/// A signature under what another party wrote at a height.
pub(crate) fn signature(agency: u8, height: u64, (author, of): (u8, u64)) -> Event {
    let name = format!("{}/1/main/{of}", party(author));
    example(agency, height, SIGNATURE, serde_json::json!({ "record": name }))
}

/// The states after each of these events, and why those that have no effect have none.
pub(crate) fn course(events: &[Event], parties: u8) -> Vec<String> {
    let parties: Vec<AgencyId> = (1..=parties).map(party).collect();
    let effect = |entry: Entry| match entry.effect {
        Effect::Moved(state) => state.to_owned(),
        Effect::Neutral => "-".to_owned(),
        Effect::Ineffective(why) => why.to_string(),
    };
    replay(&parties, events).history.into_iter().map(effect).collect()
}

/// A record of a party at a height, which is also its number and its time in hours.
fn event(agency: u8, height: u64, kind: &str, act: Option<Act>) -> Event {
    let record = RecordStub {
        kind: kind.into(),
        clause: "c1".into(),
        deadlines: Some(Deadlines {
            receipt_within_hours: Some(24),
            feedback_hours: Some(90 * 24),
            ..Deadlines::DIRECTIVE_2023_977
        }),
        limits: TimeLimits::default(),
        named: None,
        act: act.map(|act| serde_json::to_string(&act).unwrap()),
    };
    let place = Place { height, agency: party(agency), epoch: 1, index: height, lane: Lane::Main };
    Event::new(Stub { place, time: height * HOUR, what: What::Record(record) })
}

pub(crate) fn received(agency: u8, height: u64, author: u8, index: u64) -> Event {
    let origin = Origin { channel: ChannelId::new([9; 32]), agency: party(author), epoch: 1, lane: Lane::Main };
    let place = Place { height, agency: party(agency), epoch: 1, index: height, lane: Lane::Main };
    let batch = BatchRef { origin, first: index, count: 1, root: [0; 32] };
    Event::new(Stub::of_received(place, height * HOUR, batch))
}

fn request(height: u64, urgent: bool) -> Event {
    event(1, height, "requests.request/1", Some(Act::Request { urgent }))
}

fn two(events: &[Event]) -> Thread {
    replay(&[party(1), party(2)], events)
}

// spec: THREAD-6
#[test]
fn a_request_is_answered_and_each_deadline_runs_from_receipt() {
    let mut events = vec![request(1, false)];
    let thread = two(&events);
    assert_eq!(
        (thread.kind, thread.standing.state, thread.opened_by),
        ("requests.request", "released", Some(party(1)))
    );
    assert_eq!(thread.standing.due, [Due { what: DutyClass::Receipt.into(), from: party(2), at: 25 * HOUR }]);
    assert!(!thread.is_unacknowledged(25 * HOUR));
    assert!(thread.is_unacknowledged(25 * HOUR + 1));
    assert_eq!(thread.overdue(u64::MAX).count(), 0);

    events.push(received(2, 3, 1, 1));
    let thread = two(&events);
    assert_eq!(thread.standing.state, "delivered");
    assert_eq!(thread.standing.due, [Due { what: DutyClass::Answer.into(), from: party(2), at: (3 + 7 * 24) * HOUR }]);
    assert_eq!(thread.standing.awaits, [party(2)]);
    assert_eq!(thread.overdue(172 * HOUR).count(), 1);

    events.push(event(2, 4, "requests.reply/1", Some(Act::AnswerPartly)));
    assert_eq!(two(&events).standing.state, "partly_answered");
    events.push(event(2, 5, "requests.reply/1", Some(Act::Answer)));
    events.push(received(1, 6, 2, 5));
    let thread = two(&events);
    assert_eq!((thread.standing.state, thread.standing.open), ("answered", false));
    assert_eq!(
        thread.standing.due,
        [Due { what: DutyClass::Feedback.into(), from: party(1), at: (6 + 90 * 24) * HOUR }]
    );
    events.push(event(1, 7, "requests.feedback/1", Some(Act::Feedback { r#use: Use::Used })));
    events.push(event(1, 8, "requests.progress/1", Some(Act::Close)));
    let thread = two(&events);
    assert_eq!((thread.standing.state, thread.standing.due.len()), ("closed", 0));
    assert!(thread.history.iter().all(|entry| matches!(entry.effect, Effect::Moved(_))));
}

// spec: THREAD-6
#[test]
fn the_limit_depends_on_urgency_and_access_and_only_a_court_extends_it() {
    let due = |urgent, access, more: &[Event]| {
        let mut events = vec![request(1, urgent), received(2, 2, 1, 1)];
        events.push(event(2, 3, "requests.progress/1", Some(Act::Accept { access })));
        events.extend_from_slice(more);
        two(&events).next_due().map(|due| due.at / HOUR)
    };
    assert_eq!(due(true, None, &[]), Some(2 + 8));
    assert_eq!(due(true, Some(Access::Direct), &[]), Some(2 + 8));
    assert_eq!(due(true, Some(Access::Indirect), &[]), Some(2 + 72));
    assert_eq!(due(false, Some(Access::Indirect), &[]), Some(2 + 168));
    let until = "1970-01-20".parse().unwrap();
    let extension = |height| event(2, height, "requests.progress/1", Some(Act::AwaitAuthorisation { until }));
    assert_eq!(due(false, None, &[extension(4)]), Some(20 * 24 - 1));
    assert_eq!(due(false, None, &[extension(170)]), Some(20 * 24 - 1));
    // What was due is due: after that no court's date helps.
    assert_eq!(due(false, None, &[extension(171)]), Some(2 + 168));
}

// spec: THREAD-4
#[test]
fn what_the_state_does_not_allow_is_kept_with_the_reason() {
    let reply = |height, act| event(2, height, "requests.reply/1", Some(act));
    let withheld = Void::Withheld { at: event(2, 11, "", None).stub.place };
    let events = [
        reply(1, Act::Answer),
        request(2, false),
        request(3, false),
        event(1, 4, "requests.reply/1", Some(Act::Answer)),
        event(2, 5, "correspondence.note/1", None),
        event(2, 6, "requests.refusal/1", Some(Act::Refuse)),
        reply(7, Act::NothingToProvide),
        event(1, 8, "requests.feedback/1", Some(Act::Feedback { r#use: Use::Used })),
        Event { voids: vec![withheld], ..event(1, 9, "requests.progress/1", Some(Act::Close)) },
        event(3, 10, "requests.reply/1", Some(Act::Answer)),
    ];
    let thread = two(&events);
    let refused = Ineffective::State { state: "refused" };
    let effects: Vec<_> = thread.history.into_iter().map(|entry| entry.effect).collect();
    assert_eq!(
        effects,
        [
            Effect::Ineffective(Ineffective::NotOpened),
            Effect::Moved("released"),
            Effect::Ineffective(Ineffective::OpenedAlready),
            Effect::Ineffective(Ineffective::NotTheirs),
            Effect::Neutral,
            Effect::Moved("refused"),
            Effect::Ineffective(refused.clone()),
            Effect::Ineffective(refused),
            Effect::Ineffective(Ineffective::Withheld),
            Effect::Ineffective(Ineffective::NotTheirs),
        ]
    );
}

// spec: THREAD-5
#[test]
fn a_refused_record_is_as_if_it_had_never_been_and_the_reader_is_told() {
    let mut events = vec![request(1, false), event(2, 2, "requests.reply/1", Some(Act::Answer))];
    let shown = two(&events);
    let at = Place { height: 4, agency: party(1), epoch: 1, index: 4, lane: Lane::Main };
    events[1].add_void(Void::Refused { at, rule: "AGR-01".into(), reason: "kind-not-listed".into() });
    let thread = two(&events);
    assert_eq!(thread.standing, two(&events[..1]).standing);
    let correction = Correction { at: events[1].stub.place, was: "answered".into(), is: "released".into() };
    assert_eq!(shown.correction(&thread), Some(correction));
}

// spec: THREAD-3
#[test]
fn what_comes_late_is_sorted_in_and_corrects_what_was_shown() {
    let mut events = vec![request(1, false), event(2, 4, "requests.reply/1", Some(Act::Answer))];
    let shown = two(&events);
    assert_eq!(two(&events[..1]).correction(&shown), None);
    events.push(event(1, 3, "requests.progress/1", Some(Act::Withdraw)));
    let thread = two(&events);
    assert_eq!(thread.standing.state, "withdrawn");
    let correction = shown.correction(&thread).unwrap();
    assert_eq!((correction.at.height, correction.was.as_str(), correction.is.as_str()), (3, "answered", "withdrawn"));
}

// spec: THREAD-7
#[test]
fn a_state_is_settled_when_the_others_have_reached_its_height() {
    let thread = two(&[request(5, false), event(1, 9, "correspondence.note/1", None)]);
    let reached = |height| BTreeMap::from([(party(2), height)]);
    assert!(!thread.is_settled(&reached(4)));
    assert!(thread.is_settled(&reached(5)));
    assert!(!two(&[]).is_settled(&reached(5)));
}

#[test]
fn clarification_starts_the_clock_again() {
    let mut events =
        vec![request(1, false), received(2, 2, 1, 1), event(2, 3, "requests.clarification/1", Some(Act::Ask))];
    let thread = two(&events);
    assert_eq!((thread.standing.state, &*thread.standing.awaits), ("returned_incomplete", &[party(1)][..]));
    assert_eq!(thread.standing.due, []);
    events.push(event(1, 50, "requests.clarification/1", Some(Act::Clarify)));
    assert_eq!(two(&events).standing.due[0].what, DutyClass::Receipt.into());
    events.push(received(2, 60, 1, 50));
    assert_eq!(two(&events).next_due().unwrap().at, (60 + 168) * HOUR);
}

#[test]
fn each_addressed_party_has_its_own_part() {
    let parties = [party(1), party(2), party(3)];
    let mut events = vec![request(1, false), event(2, 2, "requests.reply/1", Some(Act::NothingToProvide))];
    let thread = replay(&parties, &events);
    assert_eq!((thread.standing.state, &*thread.standing.awaits), ("released", &[party(3)][..]));
    assert_eq!(thread.standing.parts, [(party(2), "nothing_to_provide"), (party(3), "released")]);
    events.push(event(3, 3, "requests.reply/1", Some(Act::Answer)));
    assert!(!replay(&parties, &events).standing.open);
}

#[test]
fn spontaneous_information_is_acknowledged_and_used_or_not() {
    let mut events = vec![event(1, 1, "requests.spontaneous/1", Some(Act::Inform)), received(2, 2, 1, 1)];
    assert_eq!(two(&events).standing.state, "delivered");
    events.push(event(2, 3, "requests.progress/1", Some(Act::Accept { access: None })));
    assert_eq!(two(&events).standing.state, "acknowledged");
    events.push(event(2, 4, "requests.feedback/1", Some(Act::Feedback { r#use: Use::NotUsed })));
    let thread = two(&events);
    assert_eq!((thread.kind, thread.standing.state, thread.standing.open), ("requests.spontaneous", "not_used", false));
}

#[test]
fn what_may_be_done_next_is_what_would_take_effect() {
    let parties = [party(1), party(2)];
    let events = [request(1, false)];
    let kinds = |party| {
        let mut kinds: Vec<_> = next_acts(&parties, &events, party, 0).into_iter().map(|(kind, _)| kind).collect();
        kinds.dedup();
        kinds
    };
    assert_eq!(kinds(party(1)), ["requests.progress/1"]);
    let others = ["requests.progress/1", "requests.clarification/1", "requests.reply/1", "requests.refusal/1"];
    assert_eq!(kinds(party(2)), others);
}

// spec: THREAD-2
#[test]
fn a_thread_that_no_desk_opened_is_the_records_that_stand_in_it() {
    let note = Event { title: Some("Dates".into()), ..event(2, 3, "correspondence.note/1", None) };
    let thread = two(&[event(1, 2, "requests.progress/1", Some(Act::Close)), note]);
    assert_eq!((thread.kind, thread.standing.state, thread.title.as_deref()), ("thread", "open", Some("Dates")));
    assert_eq!(thread.opened_by, Some(party(2)));
    assert_eq!(thread.history[0].effect, Effect::Ineffective(Ineffective::NotOpened));
}

#[test]
fn a_received_time_is_disputed_beyond_ten_minutes() {
    assert!(!is_disputed(HOUR, HOUR + 600_000));
    assert!(is_disputed(HOUR, HOUR + 600_001));
    assert!(is_disputed(HOUR + 600_001, HOUR));
}

// spec: THREAD-8
#[test]
fn only_so_many_records_of_a_party_are_read() {
    let last = u64::try_from(THREAD_RECORDS_MAX).unwrap() + 2;
    let mut events = vec![request(1, false)];
    events.extend((2..last).map(|height| event(2, height, "correspondence.note/1", None)));
    events.push(event(2, last, "requests.reply/1", Some(Act::Answer)));
    let thread = two(&events);
    assert_eq!(thread.standing.state, "released");
    assert_eq!(thread.history.last().unwrap().effect, Effect::Ineffective(Ineffective::Full));
    events.remove(100);
    assert_eq!(two(&events).standing.state, "answered");
}

// spec: THREAD-8
#[test]
fn no_party_fills_what_another_has_to_say() {
    let many = 2 * u64::try_from(THREAD_RECORDS_MAX).unwrap();
    let mut events = vec![request(1, false)];
    // The requester floods the thread, and the other node says of each batch that it came.
    for height in (2..2 * many).step_by(2) {
        events.push(event(1, height, "correspondence.note/1", None));
        events.push(received(2, height + 1, 1, height));
    }
    events.push(event(2, 2 * many, "requests.reply/1", Some(Act::Answer)));
    assert_eq!(two(&events).standing.state, "answered");
    // One receipt, said again and again, fills its author's own part only.
    let mut again = vec![request(1, false)];
    again.extend((2..many).map(|height| received(2, height, 1, 1)));
    again.push(event(2, many, "requests.reply/1", Some(Act::Answer)));
    let thread = two(&again);
    assert_eq!(thread.standing.state, "answered");
    let full = thread.history.iter().filter(|entry| entry.effect == Effect::Ineffective(Ineffective::Full));
    assert_eq!(full.count(), usize::try_from(many).unwrap() - 2 - THREAD_RECORDS_MAX);
}

// spec: HEIGHT-3
#[test]
fn places_are_ordered_by_height_agency_epoch_and_number() {
    let place = |height, agency, epoch, index| Place { height, agency: party(agency), epoch, index, lane: Lane::Main };
    let order = [place(1, 3, 9, 9), place(2, 1, 9, 9), place(2, 2, 1, 9), place(2, 2, 2, 1), place(2, 2, 2, 2)];
    assert!(order.is_sorted_by(|a, b| a < b));
}

// spec: THREAD-1
#[test]
fn stubs_read_back_as_they_were_written() {
    for event in [request(1, true), received(2, 2, 1, 1)] {
        let json = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event);
    }
    let digest = |events: &[Event]| two(events).digest(&AwsLc).unwrap();
    let titled = Event { title: Some("t".into()), ..request(1, true) };
    assert_eq!(digest(&[titled]), digest(&[request(1, true)]));
    assert_ne!(
        digest(&[request(1, false)]),
        digest(&[event(2, 1, "requests.request/1", Some(Act::Request { urgent: false }))])
    );
    assert_ne!(digest(&[request(1, true)]), digest(&[request(1, true), received(2, 2, 1, 1)]));
    assert_eq!(two(&[event(1, 1, "correspondence.note/1", None)]).digest(&AwsLc), None);
}

/// A made-up desk: who is called must take the call up within minutes.
static HOTLINE: Table = Table::shared("hotline.event", "hotline.event/1", &[State::open("raised", Side::Others)])
    .clocks(&[Clock::new(
        DutyClass::Acknowledgement,
        Side::Others,
        Starts::Received(&[OPEN]),
        &["hotline.acknowledge"],
        &["raised"],
    )]);

// spec: AGR-DOC-19, STMT-1
#[test]
fn a_desk_of_minutes_has_its_limits_in_stubs_and_its_duties_in_statements() {
    // What is kept of the record says the clause's limits.
    let kept =
        r#"{"kind":"hotline.event/1","clause":"c7","limits":{"hotline.acknowledge":15},"act":"{\"do\":\"open\"}"}"#;
    let record: RecordStub = serde_json::from_str(kept).unwrap();
    assert_eq!(serde_json::to_string(&record).unwrap(), kept);
    let Event { stub, .. } = event(1, 1, "hotline.event/1", None);
    let called = Event::new(Stub { what: What::Record(record), ..stub });
    let thread = replay::replay_with(&HOTLINE, &[party(1), party(2)], &[called, received(2, 3, 1, 1)]);
    let at = 3 * HOUR + 15 * 60_000;
    let what = Duty::named(DutyClass::Acknowledgement, "hotline.acknowledge");
    assert_eq!(thread.standing.due, [Due { what: what.clone(), from: party(2), at }]);

    let key = ThreadKey { thread: ThreadId([1; 16]), lane: Lane::Main };
    let mut account = Account::default();
    account.add(&AwsLc, key, &thread);
    let statement = account.statement(&AwsLc, &party(1), Cut::default());
    let owed = Await { thread: key.thread, lane: key.lane, what: Some(what), from: party(2), by: Some(at) };
    assert_eq!(statement.awaits, [owed]);
}

// spec: THREAD-6
#[test]
fn the_limits_of_requests_are_the_same_by_name_as_in_hours() {
    let mut hours = RecordStub {
        kind: "requests.request/1".into(),
        clause: "c1".into(),
        deadlines: Some(Deadlines {
            receipt_within_hours: Some(1),
            acknowledge_hours: Some(2),
            feedback_hours: Some(3),
            ..Deadlines::FRAMEWORK_DECISION_2006_960
        }),
        limits: TimeLimits::default(),
        named: None,
        act: None,
    };
    let limits = [
        ("requests.receipt", 60),
        ("requests.acknowledge", 120),
        ("requests.answer", 168 * 60),
        ("requests.answer_urgent", 8 * 60),
        ("requests.answer_indirect", 336 * 60),
        ("requests.answer_urgent_indirect", 72 * 60),
        ("requests.feedback", 180),
    ];
    let named = |left_out: &[&str]| RecordStub {
        deadlines: None,
        limits: limits.into_iter().filter(|(name, _)| !left_out.contains(name)).collect(),
        ..hours.clone()
    };
    let clocks = |record: &RecordStub, urgent| {
        let limit = |class, names| clocks::limit(record, class, names);
        [
            limit(DutyClass::Receipt, &[clocks::RECEIPT]),
            limit(DutyClass::Acknowledgement, &[clocks::ACKNOWLEDGE]),
            limit(DutyClass::Answer, clocks::names_of_answer(urgent, false)),
            limit(DutyClass::Answer, clocks::names_of_answer(urgent, true)),
            limit(DutyClass::Feedback, &[clocks::FEEDBACK]),
        ]
    };
    let minutes = |record: &RecordStub, urgent| clocks(record, urgent).map(|limit| limit.map(|limit| limit.minutes));
    let labels =
        |record: &RecordStub, urgent| clocks(record, urgent).map(|limit| limit.and_then(|limit| limit.duty.label));
    let all = named(&[]);
    for urgent in [false, true] {
        assert_eq!(minutes(&all, urgent), minutes(&hours, urgent));
        assert_eq!(labels(&hours, urgent), [const { None }; 5], "what was signed in hours names no limits");
    }
    assert_eq!(labels(&all, true)[3].as_deref(), Some("requests.answer_urgent_indirect"));
    // A limit that is not set falls back as the hours do.
    let few = named(&["requests.answer_urgent_indirect", "requests.answer_indirect", "requests.feedback"]);
    let of = |urgent| labels(&few, urgent).map(Option::unwrap_or_default);
    assert_eq!(of(true)[2..], ["requests.answer_urgent", "requests.answer_urgent", ""]);
    assert_eq!(of(false)[2..], ["requests.answer", "requests.answer", ""]);
    let deadlines = hours.deadlines.as_mut().unwrap();
    (deadlines.urgent_indirect_answer_hours, deadlines.indirect_answer_hours) = (None, None);
    deadlines.feedback_hours = None;
    for urgent in [false, true] {
        assert_eq!(minutes(&few, urgent), minutes(&hours, urgent));
    }
}

// spec: KIND-38
#[test]
fn a_step_says_a_word_and_what_belongs_to_it() {
    let step = kinds::find(STEP).unwrap();
    let check = |body: &str| step.check(&crate::tests::header_for(STEP), body.as_bytes()).map_err(|error| error.field);
    assert_eq!(
        check(r#"{"do":"close","on":"1970-01-02"}"#).unwrap().act.unwrap(),
        r#"{"do":"close","at":{"on":172799999}}"#
    );
    assert_eq!(
        check(r#"{"do":"acknowledge","code":"01234567"}"#).unwrap().act.unwrap(),
        r#"{"do":"acknowledge","code":"01234567"}"#
    );
    assert_eq!(check(r#"{"do":"settle_by_magic"}"#).unwrap_err(), "do");
    assert_eq!(check(r#"{"do":"close","code":"1234"}"#).unwrap_err(), "code");
    assert_eq!(check(r#"{"do":"close","note":"x"}"#).unwrap_err(), "note");
    let mut about = crate::tests::header_for(STEP);
    about.subject_category = Some(protocol::header::SubjectCategory::Suspect);
    assert_eq!(step.check(&about, step.example.as_bytes()).unwrap_err().field, "header.subject_category");
    // What a step sets that its table does not know has no effect.
    let with_a_day = example(2, 2, STEP, serde_json::json!({ "do": "acknowledge", "on": "2026-12-01" }));
    let raised = example(1, 1, "hotline.raise/1", serde_json::json!({}));
    assert_eq!(course(&[raised, with_a_day], 2)[1], "its dates are not those of the act");
}
