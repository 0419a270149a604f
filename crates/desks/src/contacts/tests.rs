//! What points and rosters must say, and how a test is answered.

use serde_json::{Value, json};

use crate::kinds::find;
use crate::tests::header_for;
use crate::thread::tests::{HOUR, course, example, party, received};
use crate::thread::{STEP, next_acts, replay};

fn check(kind: &str, changes: Value) -> Result<(), String> {
    let found = find(kind).unwrap();
    let mut body: Value = serde_json::from_str(found.example).unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(body.as_object_mut().unwrap().remove(name)),
            value => body[name] = value.clone(),
        }
    }
    let checked = found.check(&header_for(kind), body.to_string().as_bytes());
    checked.map(|_| ()).map_err(|error| format!("{}: {}", error.field, error.expected))
}

// spec: KIND-40
#[test]
fn a_point_is_an_office_that_can_be_reached() {
    let point = |changes| check("contacts.point/1", changes);
    assert_eq!(point(json!({"office": "Dr. Somebody"})).unwrap_err(), "office: name an office, not a person");
    assert_eq!(point(json!({"phone": null})), Ok(()));
    assert!(point(json!({"phone": null, "mailbox": null})).unwrap_err().starts_with("phone: "));
    assert!(point(json!({"phone": "0092 51 1"})).unwrap_err().starts_with("phone: be a telephone number"));
    assert!(point(json!({"deputy": "hotline_east"})).unwrap_err().starts_with("deputy: "));
    assert!(point(json!({"valid_until": "2025-12-31"})).unwrap_err().starts_with("valid_until: "));
    assert_eq!(point(json!({"valid_until": "2026-01-01"})), Ok(()));
}

// spec: KIND-40
#[test]
fn a_roster_round_the_clock_has_no_gap() {
    let shift =
        |from: &str, until: &str| json!({"from": from, "until": until, "languages": ["ur"], "escalation": "spoc"});
    let day = |n: u32, hour: u32| format!("2026-12-{n:02}T{hour:02}:00:00+05:00");
    let roster = |continuous: &str, shifts: Vec<Value>| {
        check("contacts.roster/1", json!({"continuous": continuous, "shift": shifts}))
    };
    let week: Vec<Value> = (1..8).map(|n| shift(&day(n, 7), &day(n + 1, 7))).collect();
    assert_eq!(roster("yes", week.clone()), Ok(()));
    assert!(roster("yes", week[..6].to_vec()).unwrap_err().starts_with("shift: reach over the whole week"));
    assert_eq!(roster("no", week[..2].to_vec()), Ok(()));
    let mut gap = week.clone();
    gap[6] = shift(&day(7, 8), &day(8, 7));
    assert_eq!(
        roster("yes", gap.clone()).unwrap_err(),
        "shift[6].from: be 2026-12-07T07:00:00+05:00: this point answers round the clock"
    );
    assert_eq!(roster("no", gap), Ok(()));
    let mut overlap = week.clone();
    overlap[1] = shift(&day(2, 6), &day(3, 7));
    assert!(roster("no", overlap).unwrap_err().starts_with("shift[1].from: be no earlier than"));
    assert!(roster("no", vec![shift(&day(2, 7), &day(2, 7))]).unwrap_err().starts_with("shift[0].until: be later"));
}

// spec: KIND-40, THREAD-6
#[test]
fn a_test_is_answered_with_its_digits_within_half_an_hour() {
    let test = example(1, 1, "contacts.test/1", json!({}));
    let answer =
        |agency, height, code: Value| example(agency, height, STEP, json!({"do": "acknowledge", "code": code}));
    let events = [
        test.clone(),
        received(2, 2, 1, 1),
        answer(2, 3, json!("40718263")),
        example(2, 4, STEP, json!({"do": "acknowledge"})),
        answer(1, 5, json!("40718262")),
        answer(2, 6, json!("40718262")),
    ];
    assert_eq!(
        course(&events, 2)[2..],
        [
            "other digits than those that were asked for",
            "other digits than those that were asked for",
            "this party may not do that in this thread",
            "answered",
        ]
    );
    // What may be done next does not give the digits away.
    let next = next_acts(&[party(1), party(2)], &events[..2], party(2), 3 * HOUR);
    assert_eq!(next, [(STEP, r#"{"do":"acknowledge"}"#.to_owned())]);
    let due = replay(&[party(1), party(2)], &events[..2]).standing.due;
    assert_eq!((due[0].from, due[0].at), (party(2), 2 * HOUR + 30 * 60_000));
}
