//! The course of an incident, and what its records say.

use serde_json::json;

use crate::kinds::find;
use crate::tests::header_for;
use crate::thread::tests::{HOUR, course, example, party, received, signature, step};
use crate::thread::{DutyClass, replay};

const RAISE: &str = "hotline.raise/1";
const FACTS: &str = "hotline.facts/1";
const NOTE: &str = "hotline.note/1";
const MINUTE: u64 = 60_000;

fn ex(agency: u8, height: u64, kind: &str) -> crate::thread::Event {
    example(agency, height, kind, json!({}))
}

// spec: THREAD-10, KIND-41
#[test]
fn an_incident_goes_from_both_sides_facts_to_one_text_that_both_signed() {
    let events = [
        ex(1, 1, RAISE),
        step(2, 2, "acknowledge"),
        ex(1, 3, FACTS),
        ex(2, 4, FACTS),
        ex(2, 5, "hotline.verification/1"),
        ex(1, 6, NOTE),
        ex(2, 7, NOTE),
        signature(1, 8, (1, 6)),
        signature(2, 9, (2, 7)),
        signature(1, 10, (2, 7)),
        step(2, 11, "close"),
    ];
    assert_eq!(
        course(&events, 2),
        [
            "raised",
            "acknowledged",
            "acknowledged",
            "facts_exchanged",
            "joint_verification",
            "note_proposed",
            "note_proposed",
            // A note that was replaced is signed by nobody, and nobody signs what is his own.
            "about another record than the latest",
            "this party may not do that in this thread",
            "note_signed",
            "closed",
        ]
    );
    // With three parties all others sign.
    let three = [&events[..2], &[ex(1, 3, FACTS), ex(2, 4, FACTS), ex(3, 5, FACTS), ex(1, 6, NOTE)]].concat();
    let signed = [&three[..], &[signature(2, 7, (1, 6)), signature(2, 8, (1, 6)), signature(3, 9, (1, 6))]].concat();
    assert_eq!(
        course(&signed, 3)[3..],
        ["acknowledged", "facts_exchanged", "note_proposed", "note_proposed", "note_proposed", "note_signed"]
    );
}

// spec: THREAD-6, THREAD-11
#[test]
fn each_side_owes_its_own_part_and_silence_is_due() {
    let due = |events: &[crate::thread::Event]| {
        let standing = replay(&[party(1), party(2)], events).standing;
        let due = standing.due.into_iter().map(|due| (due.from, due.what.label.unwrap(), due.at)).collect::<Vec<_>>();
        (standing.awaits, due)
    };
    let mut events = vec![ex(1, 1, RAISE)];
    assert_eq!(due(&events), (vec![party(2)], vec![]), "what was not received is not owed");
    events.push(received(2, 2, 1, 1));
    assert_eq!(due(&events).1, [(party(2), "hotline.acknowledge".into(), 2 * HOUR + 15 * MINUTE)]);
    events.push(step(2, 3, "acknowledge"));
    let both = |at: u64, name: &str| [1, 2].map(|n| (party(n), name.to_owned(), at)).to_vec();
    assert_eq!(due(&events), (vec![party(1), party(2)], both(3 * HOUR + 120 * MINUTE, "hotline.facts")));
    events.push(ex(2, 4, FACTS));
    let one = vec![(party(1), "hotline.facts".to_owned(), 3 * HOUR + 120 * MINUTE)];
    assert_eq!(due(&events), (vec![party(1)], one));
    events.push(ex(1, 5, FACTS));
    // From the acknowledgement, not from the facts.
    assert_eq!(due(&events).1, both((3 + 72) * HOUR, "hotline.note"));
    events.push(ex(1, 6, NOTE));
    assert_eq!(due(&events), (vec![party(2)], vec![]));
    events.push(received(2, 7, 1, 6));
    assert_eq!(due(&events).1, [(party(2), "hotline.signature".into(), (7 + 48) * HOUR)]);
    // A new note is received anew.
    events.push(ex(2, 8, NOTE));
    assert_eq!(due(&events), (vec![party(1)], vec![]));
    let kept = events.iter().find_map(|event| event.title.as_ref());
    assert!(kept.is_some());
    assert_eq!(DutyClass::Feedback.name(), "feedback");
}

#[test]
fn who_raised_gives_the_all_clear_and_what_is_handed_to_diplomats_is_ended_by_both() {
    let raised = [ex(1, 1, RAISE), step(2, 2, "all_clear"), step(1, 3, "all_clear")];
    assert_eq!(course(&raised, 2)[1..], ["this party may not do that in this thread", "closed_no_event"]);
    let escalated = [
        ex(1, 1, RAISE),
        step(2, 2, "escalate_diplomatic"),
        step(2, 3, "close"),
        step(2, 4, "close"),
        step(1, 5, "close"),
        step(1, 6, "close"),
    ];
    assert_eq!(
        course(&escalated, 2)[1..],
        ["escalated", "escalated", "not possible in the state escalated", "closed", "not possible in the state closed"]
    );
    let early = [ex(1, 1, RAISE), ex(2, 2, FACTS), ex(2, 3, NOTE)];
    assert_eq!(course(&early, 2)[1..], ["not possible in the state raised"; 2]);
}

// spec: KIND-41
#[test]
fn a_note_has_a_text_and_a_label_and_times_run_forwards() {
    let check = |kind: &str, changes: serde_json::Value| {
        let found = find(kind).unwrap();
        let mut body: serde_json::Value = serde_json::from_str(found.example).unwrap();
        changes.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        found.check(&header_for(kind), body.to_string().as_bytes()).map_err(|error| error.field)
    };
    assert!(check(NOTE, json!({})).unwrap().facts.needs_tlp);
    assert!(!check(RAISE, json!({})).unwrap().facts.needs_tlp);
    assert_eq!(check(NOTE, json!({"text": {}})).unwrap_err(), "text");
    assert_eq!(check(NOTE, json!({"text": {"de": "x"}})).unwrap_err(), "text.de");
    assert_eq!(check(RAISE, json!({"seen_until": "2026-11-29T04:11:00Z"})).unwrap_err(), "seen_until");
    // No field for what must not be said (MIN-01, NEU-03).
    for field in ["unit", "weapon", "strength", "position", "person"] {
        assert_eq!(check(RAISE, json!({field: "x"})).unwrap_err(), field);
    }
    assert_eq!(check(FACTS, json!({"observed": []})).unwrap_err(), "observed");
    assert!(find(RAISE).unwrap().urgent);
}
