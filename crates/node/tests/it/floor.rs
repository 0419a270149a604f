//! The floor at the receiver: a partner with valid keys sends what its own node would have refused.

use std::collections::BTreeSet;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use mithaq_node::{clock, node::SUITE, records};
use policy::{
    BodyFacts,
    case::{self, Case, Expected, Reading},
    floor::{RULES, State},
};
use protocol::{
    commit::Period,
    control::{Control, Officer, RefusalOfBatch},
    date::Date,
    header::{Header, ThreadId},
    origin::{Origin, Position},
    record::{self, Approval, Context, Enrolment, Scheme, officer_digest},
};

use crate::rogue::{Approved, Rogue};

const NOTE: &str = "correspondence.note/1";

// spec: POL-1, POL-3, DELIV-8
#[tokio::test]
async fn every_refused_case_of_every_rule_is_quarantined_and_refused_by_name() {
    let mut rogue = Rogue::start_under(&agreement()).await;
    let officers = enrol(&mut rogue).await;

    let mut expected = Vec::new();
    for rule in RULES.iter().filter(|rule| matches!(rule.state, State::Cedar { .. }) && rule.when.contains('R')) {
        for case in case::of_rule(rule) {
            let Some(record) = wire(&rogue, &officers, &case) else { continue };
            let crafted = rogue.craft_approved(rogue.manifest(), &[record]);
            let index = crafted.batch.size() - 1;
            rogue.deliver(&crafted).await;
            expected.push((rule.id, case.name, case.expected, index));
        }
    }

    let held = rogue.a.records("in").await;
    let refusals = refusals(&rogue);
    let mut rules: Vec<&str> = Vec::new();
    assert_eq!(held.len(), expected.len());
    // They are listed as they arrived.
    for ((rule, name, expected, index), record) in expected.iter().zip(&held) {
        let refusal = refusals.iter().find(|(refused, ..)| refused == index);
        match expected {
            Expected::Refused(reason) => {
                assert_eq!(record["state"], "quarantined", "{rule}: {name}");
                let (_, by, why) = refusal.unwrap_or_else(|| panic!("{rule}: {name} is not answered"));
                assert_eq!((by.as_str(), why), (*rule, reason), "{name}");
                rules.push(rule);
            }
            Expected::Allowed | Expected::Held => {
                assert_eq!((&record["state"], refusal), (&"received".into(), None), "{rule}: {name}");
            }
        }
    }
    rules.dedup();
    // Rules that read what only other kinds hold are tried in `policy`; a rule that falls out of here is noticed.
    let tried = [
        "AGR-01", "NEU-01", "MIN-01", "MIN-03", "CHD-01", "CHD-02", "HAN-01", "ACC-01", "RET-01", "BLK-01", "EYE-01",
        "EYE-03",
    ];
    rules.sort_unstable();
    let mut tried = tried.to_vec();
    tried.sort_unstable();
    assert_eq!(rules, tried);
}

/// The agreement of the cases, around today.
fn agreement() -> String {
    include_str!("floor.toml")
        .replace("FROM", &yesterday().to_string())
        .replace("UNTIL", &clock::today().plus_days(300).to_string())
}

/// Enrols three officers of the rogue, by the first entries after the manifest, as the cases number them.
async fn enrol(rogue: &mut Rogue) -> Vec<Ed25519KeyPair> {
    let officers: Vec<_> = (1..=3).map(|number| Ed25519KeyPair::from_seed_unchecked(&[number; 32]).unwrap()).collect();
    let enrolments: Vec<_> = officers
        .iter()
        .map(|officer| {
            let public = officer.public_key().as_ref().to_vec();
            let officer = Officer { office: "made-up desk".to_owned(), scheme: Scheme::Ed25519, public };
            let control = Control::Enrolment(officer);
            (Header::protocol(control.kind()).encode(), control.encode())
        })
        .collect();
    let crafted = rogue.craft(rogue.manifest(), &enrolments);
    rogue.deliver(&crafted).await;
    officers
}

/// A case as a partner can send it, moved to today; `None` for what no header or no kind of these can say.
fn wire(rogue: &Rogue, officers: &[Ed25519KeyPair], case: &Case) -> Option<Approved> {
    let plain = case.body == BodyFacts::default() && case.month_persons == 0 && !case.death_penalty;
    if !plain
        || case.author != "XAA"
        || case.today != Case::new("readout").today
        || case.reading == Reading::KindUnknown
    {
        return None;
    }
    let mut header = case.header.clone();
    header.thread = Some(ThreadId([7; 16]));
    if header.kind.starts_with("requests.") {
        header.kind = NOTE.to_owned();
    }
    header.retain_until = header.retain_until.map(|until| moved(until, case.today, clock::today()));
    let example = desks::kinds::find(&header.kind).map_or("{}", |kind| kind.example);
    let body = if case.reading == Reading::Malformed { "{}" } else { example }.as_bytes().to_vec();
    let header = header.encode();
    Header::parse(&header).ok()?;
    let approvals = approvals(rogue, officers, case, &header, &body);
    Some((header, body, approvals))
}

fn moved(until: Date, from: Date, to: Date) -> Date {
    until.days_since(from).map_or_else(yesterday, |days| to.plus_days(days))
}

fn yesterday() -> Date {
    Date::from_unix_ms(clock::now_ms() - 86_400_000).unwrap()
}

/// The case's approvals, signed by officers whose enrolments are the first entries after the manifest.
fn approvals(rogue: &Rogue, officers: &[Ed25519KeyPair], case: &Case, header: &[u8], body: &[u8]) -> Vec<u8> {
    let author = rogue.b.node.me;
    let context = Context { channel: rogue.channel, author, agreement: *rogue.channel.bytes() };
    let digest = record::digest(SUITE, &context, header, body);
    let approvals: Vec<_> = case
        .approvals
        .iter()
        .map(|given| {
            let index = given.officer.index;
            let enrolment = Enrolment { origin: rogue.origin(), index };
            let signed = officer_digest(SUITE, given.role.name(), &enrolment, &digest);
            let officer = &officers[usize::try_from(index).unwrap() - 1];
            let mut signature = officer.sign(&signed).as_ref().to_vec();
            signature[0] ^= u8::from(!given.verified);
            Approval { role: given.role, scheme: Scheme::Ed25519, enrolment, signature }
        })
        .collect();
    if approvals.is_empty() { Vec::new() } else { serde_json::to_vec(&approvals).unwrap() }
}

/// What the node refused in its own log: number of the entry, rule and reason.
fn refusals(rogue: &Rogue) -> Vec<(u64, String, String)> {
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
    let rogue = Rogue::start_under(&agreement()).await;
    let mut tried = BTreeSet::new();
    for rule in RULES.iter().filter(|rule| matches!(rule.state, State::Cedar { .. })) {
        for case in case::of_rule(rule) {
            let Expected::Refused(_) = &case.expected else { continue };
            // The node's own officers sign nothing here, so what lacks a signature only is tried elsewhere.
            if rule.id.starts_with("EYE") || case.name.contains("approved") {
                continue;
            }
            let Some((header, body, _)) = wire(&rogue, &[], &Case { approvals: Vec::new(), ..case.clone() }) else {
                continue;
            };
            let [header, body] = [header, body].map(|bytes| String::from_utf8(bytes).unwrap());
            let header: serde_json::Value = serde_json::from_str(&header).unwrap();
            let line = serde_json::json!({ "channel": rogue.channel, "header": header, "body": body }).to_string();
            let error = rogue.a.submit(&line, "wait=recorded", None).await.remove(0)["error"].clone();
            // A body's fault is told by its place in the body.
            if rule.id != "MIN-01" {
                assert_eq!(
                    (&error["code"], &error["rule"]),
                    (&"refused".into(), &rule.id.into()),
                    "{}: {error}",
                    case.name
                );
            }
            assert!(
                error["field"].is_string() && error["message"].as_str().unwrap().len() > 20,
                "{}: {error}",
                case.name
            );
            tried.insert(rule.id);
        }
    }
    assert!(rogue.a.records("out").await.is_empty());
    let expected = ["ACC-01", "AGR-01", "BLK-01", "CHD-01", "CHD-02", "HAN-01", "MIN-01", "MIN-03", "NEU-01", "RET-01"];
    assert_eq!(tried, expected.into());
}

// spec: POL-1
#[tokio::test]
async fn persons_of_a_month_are_counted_over_batches() {
    let mut rogue = Rogue::start_under(&agreement()).await;
    let officers = enrol(&mut rogue).await;
    let person = |count| {
        let mut case = Case::new("person");
        case.header.subject_count = Some(count);
        case
    };
    let mut send = async |cases: &[Case]| {
        let records: Vec<_> = cases.iter().map(|case| wire(&rogue, &officers, case).unwrap()).collect();
        let crafted = rogue.craft_approved(rogue.manifest(), &records);
        rogue.deliver(&crafted).await;
        let held = rogue.a.records("in").await;
        held.iter().rev().take(cases.len()).rev().map(|record| record["state"].clone()).collect::<Vec<_>>()
    };
    // 199 persons in two batches; then one more fits, two do not, and neither does one after it.
    assert!(send(&vec![person(20); 5]).await.iter().all(|state| state == "received"));
    assert!(send(&[vec![person(20); 4], vec![person(19)]].concat()).await.iter().all(|state| state == "received"));
    let last = [person(2), person(1), person(1), Case::new("readout")];
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
    let volumes = &rogue.a.node.volumes;
    let pairs = volumes.of(rogue.a.node.me, &[rogue.b.node.me], clock::today()).unwrap();
    let read = |expected: u32| {
        let decide = |count| if count == expected { Err(()) } else { panic!("{count}, not {expected}") };
        assert!(volumes.claim(&pairs, 1, decide).is_err());
    };
    let claim = |persons| volumes.claim(&pairs, persons, |_| Ok::<_, ()>(())).unwrap();
    let first = claim(150);
    read(150);
    drop(first);
    read(0);
    claim(7).keep();
    read(7);
    // A partner's batch was decided on a count that has moved since.
    let author = rogue.b.node.me;
    let mut counted = volumes.count(author, rogue.a.node.me, clock::today()).unwrap();
    counted.add(3);
    let other = volumes.of(author, &[rogue.a.node.me], clock::today()).unwrap();
    volumes.claim(&other, 1, |_| Ok::<_, ()>(())).unwrap().keep();
    assert!(volumes.claim_counted(&counted).is_none());
}
