//! What each side of a table means, tried with one that uses them all, among two and three parties.

use super::*;

/// A promise: who is named keeps it, another says whether that is so, and all agree on what changes.
static PROMISE: Table = Table::shared(
    "made.up",
    "made.up/1",
    &[
        State::open("proposed", Side::Rest),
        State::open("accepted", Side::Named),
        State::open("claimed", Side::NotNamed),
        State::rest("kept"),
        State::closed("over"),
    ],
)
.dates(&["due"])
.moves(&[
    Move::step("accept", Side::Rest, &["proposed"], "accepted"),
    Move::step("claim", Side::Named, &["accepted"], "claimed"),
    Move::step("confirm", Side::NotNamed, &["claimed"], "kept"),
    Move::step("defer", Side::Both, &["accepted", "claimed"], "accepted").sets(&["due"]),
    Move::step("remind", Side::Either, &["accepted", "claimed"], "accepted").stays(),
    Move::step("close", Side::Opener, &["kept"], "over"),
])
.clocks(&[Clock::at(DutyClass::Answer, Side::Named, "due", &["accepted"])]);

fn opening(named: Option<u8>, act: &str) -> Event {
    let mut opening = event(1, 1, "made.up/1", None);
    let What::Record(record) = &mut opening.stub.what else { panic!("a record") };
    (record.named, record.act) = (named.map(party), Some(act.to_owned()));
    opening
}

fn does(agency: u8, height: u64, word: &str, due: Option<u64>) -> Event {
    let mut done = event(agency, height, STEP, None);
    let What::Record(record) = &mut done.stub.what else { panic!("a record") };
    record.act = Does::new(word).at("due", due).to_stub();
    done
}

fn promised(parties: u8, events: &[Event]) -> Thread {
    let parties: Vec<AgencyId> = (1..=parties).map(party).collect();
    replay::replay_with(&PROMISE, &parties, events)
}

fn last(thread: &Thread) -> String {
    match &thread.history.last().unwrap().effect {
        Effect::Moved(state) => (*state).to_owned(),
        Effect::Neutral => "-".to_owned(),
        Effect::Ineffective(why) => why.to_string(),
    }
}

const OPEN_ACT: &str = r#"{"do":"open","at":{"due":900}}"#;

// spec: THREAD-10, THREAD-12
#[test]
fn all_but_who_proposed_must_accept_and_the_named_party_alone_claims() {
    let mut events = vec![opening(Some(2), OPEN_ACT)];
    assert_eq!(promised(3, &events).standing.awaits, [party(2), party(3)]);
    for (next, says, awaits) in [
        (does(1, 2, "accept", None), "this party may not do that in this thread", vec![party(2), party(3)]),
        (does(2, 3, "accept", None), "proposed", vec![party(3)]),
        (does(2, 4, "accept", None), "not possible in the state proposed", vec![party(3)]),
        (does(3, 5, "accept", None), "accepted", vec![party(2)]),
        (does(1, 6, "claim", None), "this party may not do that in this thread", vec![party(2)]),
        (does(2, 7, "claim", None), "claimed", vec![party(1), party(3)]),
        (does(2, 8, "confirm", None), "this party may not do that in this thread", vec![party(1), party(3)]),
        (does(1, 9, "remind", None), "claimed", vec![party(1), party(3)]),
        (does(3, 10, "confirm", None), "kept", vec![]),
        (does(3, 11, "close", None), "this party may not do that in this thread", vec![]),
        (does(1, 12, "close", None), "over", vec![]),
    ] {
        events.push(next);
        let thread = promised(3, &events);
        assert_eq!((last(&thread).as_str(), thread.standing.awaits), (says, awaits));
    }
}

// spec: THREAD-10
#[test]
fn a_new_day_counts_when_all_say_the_same_and_the_old_one_until_then() {
    let due = |events: &[Event]| promised(2, events).standing.due.iter().map(|due| due.at).collect::<Vec<_>>();
    let mut events = vec![opening(Some(2), OPEN_ACT), does(2, 2, "accept", None)];
    assert_eq!(due(&events), [900]);
    events.push(does(2, 3, "defer", Some(1_000)));
    assert_eq!(due(&events), [900], "one alone moves no day");
    events.push(does(1, 4, "defer", Some(2_000)));
    assert_eq!(due(&events), [900], "nor do two who say different ones");
    // What was begun stands while it can still be agreed on, whatever happens meanwhile.
    events.push(does(2, 5, "claim", None));
    events.push(does(2, 6, "defer", Some(2_000)));
    assert_eq!((promised(2, &events).standing.state, due(&events)), ("accepted", vec![2_000]));
    events.push(does(1, 7, "defer", None));
    assert_eq!(last(&promised(2, &events)), "its dates are not those of the act");
}

// spec: THREAD-12
#[test]
fn a_thread_that_names_nobody_of_the_agreement_or_lacks_its_day_is_not_opened() {
    let says = |opening| last(&promised(2, &[opening]));
    assert_eq!(says(opening(None, OPEN_ACT)), "it names no party of the agreement");
    assert_eq!(says(opening(Some(3), OPEN_ACT)), "it names no party of the agreement");
    assert_eq!(says(opening(Some(2), r#"{"do":"open"}"#)), "its dates are not those of the act");
    assert_eq!(says(opening(Some(2), OPEN_ACT)), "proposed");
}
