//! The floor at both ends: a node does not send what the floor refuses, and refuses it from a partner with valid keys.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter::{once, repeat_n},
    thread,
};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use axum::http::Method;
use node::{clock, records};
use policy::{
    Side,
    case::{Case, Expected},
    floor::UNSAID,
    limits::RECORD_PERSONS_MAX,
};
use protocol::{
    commit::Period,
    control::{Control, RefusalOfBatch},
    date::Date,
    header::Header,
    origin::{Origin, Position},
    record::{Enrolment, Officer},
};
use serde_json::{Value, json};
use tokio::runtime::Builder;

use crate::{
    cases::{self, Author, Said},
    rogue::{Approved, Rogue},
    world::Pair,
};

/// What does not come on the wire as its case says. Whatever is not listed here does; so a rule or a case that falls out
/// is noticed, and so is one that need not be listed any more.
const OTHERWISE: &[(&str, Otherwise, &[&str])] = &[
    ("AGR-01", Otherwise::MalformedHeader, &["no clause", "no purpose"]),
    // What was sent in time may come until the late days are over.
    ("AGR-01", Otherwise::SenderOnly, &["after the last day"]),
    // A refusal without a field for its ground, and a request without one of its three parts, is none.
    ("AGR-03", Otherwise::MalformedBody, &["a refusal without a ground"]),
    (
        "PUR-03",
        Otherwise::MalformedBody,
        &["necessity in the header", "no reason to believe", "nothing but a question"],
    ),
    ("NEU-01", Otherwise::NoField, &["a body that takes sides"]),
    // The nearest that a field can say: a readout of a defence track with a topic on which work may be opened.
    ("NEU-03", Otherwise::MalformedBody, &["military data"]),
    ("VOL-07", Otherwise::NoField, &["a list of persons to be returned"]),
    ("DP-01", Otherwise::SenderOnly, &["drugs, without an assurance", "homicide, without an assurance"]),
    ("DP-02", Otherwise::NoField, &["a real risk of torture"]),
    ("DP-02", Otherwise::SenderOnly, &["not assessed"]),
    // Desks compare the persons in a body with the header before the floor is asked.
    (
        "CHD-02",
        Otherwise::MalformedBody,
        &["a body that names persons under the category none", "a body that names persons, and no category"],
    ),
    ("CHD-02", Otherwise::NoField, &["a victim in a wanted notice"]),
    ("HAN-04", Otherwise::NoField, &["passed on with the originator's consent", "passed on without consent"]),
    ("HAN-05", Otherwise::ThirdParty, &["RED between three parties"]),
    // Every statement has a field for its grade and one for its basis, and must fill them; a readout's grade is its header's.
    ("ACC-01", Otherwise::MalformedBody, &["graded A/1", "a statement without a grade"]),
    ("ACC-02", Otherwise::MalformedBody, &["a statement that is neither"]),
    (
        "ACC-03",
        Otherwise::NoField,
        &["a well-founded notice", "a notice graded X/4", "a warning graded X/4", "a measure that rests on C/4 alone"],
    ),
    ("RET-01", Otherwise::MalformedHeader, &["no day"]),
    // Desks take as many persons as the floor does, and no more.
    ("BLK-01", Otherwise::MalformedBody, &["a body that names more than the header counts"]),
    ("BLK-02", Otherwise::NoField, &["all nationals of a state", "a standing subscription"]),
    ("EYE-02", Otherwise::NoField, &["a wanted notice with a third signature", "a wanted notice with two"]),
    ("EYE-02", Otherwise::SenderOnly, &["an offence that may carry death, with two"]),
    ("JUD-01", Otherwise::NoField, &["a referral", "a request to arrest"]),
];

/// How a case comes otherwise than it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Otherwise {
    /// No kind has a field that says it, so nothing is sent.
    NoField,
    /// No such header can be read: MIN-01 refuses it before the rule is asked.
    MalformedHeader,
    /// The desk finds such a body malformed: so does MIN-01.
    MalformedBody,
    /// Only the sender's node refuses it: a receiver takes it.
    SenderOnly,
    /// It is wrong only before a third party, and these are two; nothing is sent.
    ThirdParty,
}

fn otherwise(rule: &str, case: &str) -> Option<Otherwise> {
    let listed = OTHERWISE.iter().find(|(of, _, cases)| *of == rule && cases.contains(&case));
    listed.map(|(_, otherwise, _)| *otherwise)
}

/// A case's record, if bytes can say it. Panics where the table says otherwise.
fn written(author: &Author, rule: &str, case: &Case) -> Option<Approved> {
    let (said, record) = author.write(case);
    let expected = match otherwise(rule, &case.name) {
        Some(Otherwise::NoField) => Said::NoField,
        Some(Otherwise::MalformedHeader) => Said::MalformedHeader,
        Some(Otherwise::MalformedBody) => Said::MalformedBody,
        Some(Otherwise::SenderOnly | Otherwise::ThirdParty) | None => Said::InFull,
    };
    assert_eq!(said, expected, "{rule}: {}", case.name);
    let is_sent = said != Said::NoField && otherwise(rule, &case.name) != Some(Otherwise::ThirdParty);
    is_sent.then_some(record)
}

/// The page of the floor says of which rules no kind can say yet what they forbid.
#[test]
fn the_rules_that_no_kind_can_break_are_those_that_the_floor_calls_unsaid() {
    let refused = |case: &Case| matches!(case.expected, Expected::Refused(_));
    let mut by_rule: BTreeMap<&str, Vec<Case>> = BTreeMap::new();
    let cases = cases::by_day(|_, case| refused(case));
    cases.into_values().flatten().for_each(|(rule, case)| by_rule.entry(rule).or_default().push(case));
    let unsaid = |(rule, cases): &(&&str, &Vec<Case>)| {
        cases.iter().all(|case| otherwise(rule, &case.name) == Some(Otherwise::NoField))
    };
    let found: BTreeSet<&str> = by_rule.iter().filter(unsaid).map(|(rule, _)| *rule).collect();
    assert_eq!(found, UNSAID.iter().copied().collect());
}

// spec: POL-1, POL-3, DELIV-8
#[test]
fn every_refused_case_of_every_rule_is_quarantined_and_refused_by_name() {
    let days = cases::by_day(|_, _| true);
    let known: BTreeSet<_> = days.values().flatten().map(|(rule, case)| (*rule, case.name.as_str())).collect();
    let mut listed = OTHERWISE.iter().flat_map(|(rule, _, cases)| cases.iter().map(|case| (*rule, *case)));
    assert_eq!(listed.find(|case| !known.contains(case)), None, "no such case");

    // Each on a runtime of its own: this test reads the store itself, which no task may.
    thread::scope(|scope| {
        for (day, cases) in days {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            scope.spawn(move || runtime.block_on(arrive(day, cases)));
        }
    });
}

/// Sends the cases of a day, each in a batch of its own.
async fn arrive(day: Date, cases: Vec<(&'static str, Case)>) {
    let mut rogue = Rogue::start_under(&cases::agreement(day, "AGENCY-B")).await;
    let author = enrol(&mut rogue).await;
    for (rule, case) in cases {
        let Some(record) = written(&author, rule, &case) else { continue };
        fill_month(&mut rogue, &author, case.month_persons).await;
        let crafted = rogue.craft_approved(rogue.manifest(), &[record]);
        let index = crafted.batch.size() - 1;
        rogue.deliver(&crafted).await;

        let refused = match (otherwise(rule, &case.name), &case.expected) {
            (Some(Otherwise::MalformedHeader), _) => Some(("MIN-01", "malformed-header")),
            (Some(Otherwise::MalformedBody), _) => Some(("MIN-01", "body-malformed")),
            (None, Expected::Refused(reason)) => Some((rule, reason.as_str())),
            _ => None,
        };
        let refusals = refusals(&rogue);
        let answer = refusals.iter().find(|(of, ..)| *of == index).map(|(_, by, why)| (by.as_str(), why.as_str()));
        assert_eq!(answer, refused, "{rule}: {}", case.name);
        // They are listed as they arrived.
        let held = rogue.a.records("in").await;
        let state = if refused.is_some() { "quarantined" } else { "received" };
        assert_eq!(held.last().unwrap()["state"], state, "{rule}: {}", case.name);
    }
}

/// Enrols three officers of the rogue, by the first entries after the manifest.
pub async fn enrol(rogue: &mut Rogue) -> Author {
    let officers = officers();
    let enrolments: Vec<_> = officers
        .iter()
        .map(|(_, officer)| {
            let control = Control::Enrolment(officer.clone());
            (Header::protocol(control.kind()).encode(), control.encode())
        })
        .collect();
    let crafted = rogue.craft(rogue.manifest(), &enrolments);
    rogue.deliver(&crafted).await;
    let enrolled = (1..).map(|index| Enrolment { origin: rogue.origin(), index });
    let officers = officers.into_iter().map(|(key, _)| key).zip(enrolled).collect();
    Author { channel: rogue.channel, agency: rogue.b.node.me, officers }
}

fn officers() -> Vec<(Ed25519KeyPair, Officer)> {
    let officer = |number| {
        let key = Ed25519KeyPair::from_seed_unchecked(&[number; 32]).unwrap();
        let officer = Officer::ed25519("made-up desk", key.public_key().as_ref());
        (key, officer)
    };
    (1..=3).map(officer).collect()
}

/// Lets records cross until they are about so many persons this month.
async fn fill_month(rogue: &mut Rogue, author: &Author, persons: u32) {
    let (from, to) = (rogue.b.node.me, rogue.a.node.me);
    let crossed = rogue.a.node.reader().unwrap().persons(from, to, Period::of_day(clock::today())).unwrap();
    let missing = persons.saturating_sub(crossed);
    if missing > 0 {
        let full = repeat_n(RECORD_PERSONS_MAX, usize::try_from(missing / RECORD_PERSONS_MAX).unwrap());
        let counts = full.chain(once(missing % RECORD_PERSONS_MAX));
        let records: Vec<_> = counts.map(|count| author.write(&about(count)).1).collect();
        let crafted = rogue.craft_approved(rogue.manifest(), &records);
        rogue.deliver(&crafted).await;
    }
}

/// A record about so many persons.
fn about(persons: u32) -> Case {
    let mut case = Case::new("person");
    case.header.subject_count = Some(persons);
    case
}

/// What the node refused in its own log: number of the entry, rule and reason.
pub fn refusals(rogue: &Rogue) -> Vec<(u64, String, String)> {
    let value = rogue.a.channel(&rogue.channel).value();
    let origin = Origin { agency: rogue.a.node.me, ..rogue.origin() };
    let reader = rogue.a.node.reader().unwrap();
    let mut found = Vec::new();
    for index in 0..value.size(&origin) {
        let stored = reader.batch_at(&origin, index).unwrap().unwrap();
        let opened = records::open_in(&value, &stored, &Position { origin, index }).unwrap();
        if opened.header.kind == "mithaq.refusal/1" {
            let refusal: RefusalOfBatch = serde_json::from_slice(&opened.body).unwrap();
            found.extend(refusal.refused.into_iter().map(|entry| (entry.index, entry.rule, entry.reason)));
        }
    }
    found
}

#[tokio::test]
async fn what_the_floor_refuses_does_not_leave_and_its_author_learns_rule_field_and_remedy() {
    // An answer that provides nothing is never taken from an officer: the node makes its own (ASY-02).
    let refused =
        |rule: &str, case: &Case| case.side == Side::Sender && case.expected != Expected::Allowed && rule != "ASY-02";
    let mut tried = BTreeSet::new();
    for (day, cases) in cases::by_day(refused) {
        let pair = Pair::start_under(&cases::agreement(day, "AGENCY-A")).await;
        let author = enrol_at(&pair).await;
        let counts = &pair.a.node.person_counts;
        let month = counts.of(pair.a.node.me, &[pair.b.node.me], clock::today()).unwrap();
        for (rule, case) in &cases {
            let Some(record) = written(&author, rule, case) else { continue };
            let _crossed = counts.claim(&month, case.month_persons, |_| Ok::<_, ()>(())).unwrap();
            let error = submit(&pair, &record).await["error"].clone();
            // A fault of header or body is told by its place.
            if *rule != "MIN-01" && matches!(otherwise(rule, &case.name), None | Some(Otherwise::SenderOnly)) {
                assert_eq!(
                    (&error["code"], &error["rule"]),
                    (&"refused".into(), &(*rule).into()),
                    "{}: {error}",
                    case.name
                );
            }
            assert!(
                error["field"].is_string() && error["message"].as_str().unwrap().len() > 20,
                "{}: {error}",
                case.name
            );
            tried.insert(*rule);
        }
        assert!(pair.a.records("out").await.is_empty());
    }
    let expected = [
        "ACC-01", "ACC-02", "AGR-01", "AGR-03", "BLK-01", "CHD-01", "CHD-02", "DP-01", "DP-02", "EYE-01", "EYE-02",
        "EYE-03", "HAN-01", "HAN-05", "JUD-01", "MIN-01", "MIN-03", "NEU-01", "NEU-03", "PUR-03", "RET-01",
    ];
    assert_eq!(tried, expected.into());
}

#[tokio::test]
async fn what_may_carry_death_leaves_without_assurance_only_for_a_state_that_abolished_it() {
    let mut case = Case::new("person");
    case.header.offence = Some("drugs".to_owned());
    // What passes the floor is looked at in its thread, which nobody has opened.
    for (country, rule, field) in [("TUR", Value::Null, "thread"), ("XAB", "DP-01".into(), "assurance_ref")] {
        let pair = Pair::start_with(&cases::agreement(case.today, "AGENCY-A"), country).await;
        let (_, record) = enrol_at(&pair).await.write(&case);
        let answer = submit(&pair, &record).await;
        assert_eq!(
            (&answer["error"]["rule"], &answer["error"]["field"]),
            (&rule, &field.into()),
            "{country}: {answer}"
        );
    }
}

/// Enrols three officers at the first node of a pair.
pub async fn enrol_at(pair: &Pair) -> Author {
    let path = format!("/v1/channels/{}/officers", pair.channel);
    let mut enrolled = Vec::new();
    for (key, officer) in officers() {
        let answer = pair.a.json(Method::POST, &path, serde_json::to_vec(&officer).unwrap()).await;
        enrolled.push((key, serde_json::from_value(answer).unwrap()));
    }
    Author { channel: pair.channel, agency: pair.a.node.me, officers: enrolled }
}

/// Submits a record, whose header goes as it was signed.
async fn submit(pair: &Pair, (header, body, approvals): &Approved) -> Value {
    let [header, body, approvals] = [header, body, approvals].map(|bytes| str::from_utf8(bytes).unwrap());
    let line = json!({ "channel": pair.channel, "header": 0, "body": body, "approvals": approvals }).to_string();
    let line = line.replace("\"header\":0", &format!("\"header\":{header}"));
    pair.a.submit(&line, "wait=recorded", None).await.remove(0)
}

// spec: POL-1
#[tokio::test]
async fn persons_of_a_month_are_counted_over_batches() {
    let mut rogue = Rogue::start_under(&cases::agreement(Case::new("person").today, "AGENCY-B")).await;
    let author = enrol(&mut rogue).await;
    let mut send = async |cases: &[Case]| {
        let records: Vec<_> = cases.iter().map(|case| author.write(case).1).collect();
        let crafted = rogue.craft_approved(rogue.manifest(), &records);
        rogue.deliver(&crafted).await;
        let held = rogue.a.records("in").await;
        held.iter().rev().take(cases.len()).rev().map(|record| record["state"].clone()).collect::<Vec<_>>()
    };
    // 199 persons in two batches; then one more fits, two do not, and neither does one after it.
    assert!(send(&vec![about(20); 5]).await.iter().all(|state| state == "received"));
    assert!(send(&[vec![about(20); 4], vec![about(19)]].concat()).await.iter().all(|state| state == "received"));
    let last = [about(2), about(1), about(1), Case::new("readout")];
    assert_eq!(send(&last).await, ["quarantined", "received", "quarantined", "received"]);

    let (author, me) = (rogue.b.node.me, rogue.a.node.me);
    let month = Period::of_day(clock::today());
    assert_eq!(
        rogue.a.node.reader().unwrap().persons(author, me, month).unwrap(),
        200,
        "what is refused is not counted"
    );
    let why: Vec<_> = refusals(&rogue).into_iter().map(|(_, rule, reason)| (rule, reason)).collect();
    assert_eq!(why, vec![("BLK-01".to_owned(), "month-full".to_owned()); 2]);
}

#[tokio::test]
async fn persons_are_claimed_by_the_decision_and_given_back_unless_committed() {
    let rogue = Rogue::start().await;
    let counts = &rogue.a.node.person_counts;
    let pairs = counts.of(rogue.a.node.me, &[rogue.b.node.me], clock::today()).unwrap();
    let read = |expected: u32| {
        let decide = |count| if count == expected { Err(()) } else { panic!("{count}, not {expected}") };
        assert!(counts.claim(&pairs, 1, decide).is_err());
    };
    let claim = |persons| counts.claim(&pairs, persons, |_| Ok::<_, ()>(())).unwrap();
    let first = claim(150);
    read(150);
    drop(first);
    read(0);
    claim(7).keep();
    read(7);
    // A partner's batch was decided on a count that has moved since.
    let author = rogue.b.node.me;
    let mut counted = counts.count(author, rogue.a.node.me, clock::today()).unwrap();
    counted.add(3);
    let other = counts.of(author, &[rogue.a.node.me], clock::today()).unwrap();
    counts.claim(&other, 1, |_| Ok::<_, ()>(())).unwrap().keep();
    assert!(counts.claim_counted(&counted).is_none());
}
