//! The floor's cases in bytes: records of real kinds, with bodies that real desks read, signed by enrolled officers.

use std::collections::BTreeMap;

use aws_lc_rs::signature::Ed25519KeyPair;
use desks::{
    hotline::note::Note,
    kinds::{self, Record as _},
    requests::{refusal::Refusal, reply::Reply},
};
use node::{clock, db::SUITE};
use policy::{
    Answer, BodyFacts,
    case::{self, Case, Reading},
    floor::{RULES, State},
};
use protocol::{
    date::Date,
    header::{Header, ThreadId},
    id::{AgencyId, ChannelId},
    record::{self, Approval, Context, Enrolment, officer_digest},
    suite::{Entropy as _, SystemEntropy},
};
use serde_json::{Map, Value, json};

use crate::rogue::Approved;

/// The cases of the rules that decide records and are not hidden, those that are `wanted`, each with its rule's id: by
/// the day of the decision, and of a day in the order in which their months fill.
pub fn by_day(wanted: impl Fn(&str, &Case) -> bool) -> BTreeMap<Date, Vec<(&'static str, Case)>> {
    let mut days: BTreeMap<Date, Vec<(&'static str, Case)>> = BTreeMap::new();
    for rule in RULES.iter().filter(|rule| matches!(rule.state, State::Cedar { hidden: false, .. })) {
        for case in case::of_rule(rule).into_iter().filter(|case| wanted(rule.id, case)) {
            days.entry(case.today).or_default().push((rule.id, case));
        }
    }
    days.values_mut().for_each(|cases| cases.sort_by_key(|(_, case)| case.month_persons));
    days
}

/// The agreement of the cases, moved so that a case's day is today. `sender` is the agency that the cases call XAA.
pub fn agreement(day: Date, sender: &str) -> String {
    let of = case::agreement();
    let receiver = if sender == "AGENCY-A" { "AGENCY-B" } else { "AGENCY-A" };
    include_str!("floor.toml")
        .replace("SENDER", sender)
        .replace("RECEIVER", receiver)
        .replace("FROM", &moved(of.valid_from, day).to_string())
        .replace("UNTIL", &moved(of.valid_until, day).to_string())
}

fn moved(day: Date, today: Date) -> Date {
    let ms = clock::today().start_unix_ms() + day.start_unix_ms() - today.start_unix_ms();
    Date::from_unix_ms(ms).unwrap()
}

/// Whoever writes the cases' records, with the officers that the cases number from 1.
pub struct Author {
    pub channel: ChannelId,
    pub agency: AgencyId,
    pub officers: Vec<(Ed25519KeyPair, Enrolment)>,
}

/// Whether the bytes of a record say what its case says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// The desk reads it, and says of the body what the case says.
    InFull,
    /// No header can be read without what the case leaves out.
    MalformedHeader,
    /// The desk finds the body malformed.
    MalformedBody,
    /// The desk reads the body and says less: no field of the kind can hold it.
    NoField,
}

impl Author {
    /// A case's record, moved to today.
    pub fn write(&self, case: &Case) -> (Said, Approved) {
        let mut header = case.header.clone();
        header.thread = Some(ThreadId([7; 16]));
        // What officers approve counts once, so each record is another.
        if !case.approvals.is_empty() {
            header.fresh = Some(fresh());
        }
        header.retain_until = header.retain_until.map(|until| moved(until, case.today));
        // Who is no party has no log here; but a clause may leave a party out.
        if case.author != "XAA" {
            header.clause = Some("c4".to_owned());
        }
        if case.reading == Reading::KindUnknown {
            header.kind = "register.unknown/1".to_owned();
        }
        match case.body.answer {
            Answer::None => {}
            Answer::Provided | Answer::NothingToProvide => header.kind = Reply::NAME.to_owned(),
            Answer::RefusedWithGround | Answer::RefusedWithoutGround => header.kind = Refusal::NAME.to_owned(),
        }
        if case.body.needs_tlp {
            header.kind = Note::NAME.to_owned();
        }
        let body = kinds::find(&header.kind).map_or_else(|| b"{}".to_vec(), |kind| body(kind.example, case));
        let said = said(&header, &body, case);
        let header = header.encode();
        let approvals = self.approvals(case, &header, &body);
        (said, (header, body, approvals))
    }

    fn approvals(&self, case: &Case, header: &[u8], body: &[u8]) -> Vec<u8> {
        let context = Context { channel: self.channel, author: self.agency, agreement: *self.channel.bytes() };
        let digest = record::digest(SUITE, &context, header, body);
        let approvals: Vec<_> = case
            .approvals
            .iter()
            .map(|given| {
                let (key, enrolment) = &self.officers[usize::try_from(given.officer.index).unwrap() - 1];
                let signed = officer_digest(SUITE, given.role.name(), enrolment, &digest);
                let mut signature = key.sign(&signed).as_ref().to_vec();
                signature[0] ^= u8::from(!given.verified);
                Approval::ed25519(given.role, *enrolment, signature)
            })
            .collect();
        if approvals.is_empty() { Vec::new() } else { serde_json::to_vec(&approvals).unwrap() }
    }
}

/// A value that no other record bears.
pub fn fresh() -> [u8; 16] {
    let mut fresh = [0; 16];
    SystemEntropy.fill(&mut fresh);
    fresh
}

/// A kind's example, changed to say what the case says, as far as the kind has fields for it.
fn body(example: &str, case: &Case) -> Vec<u8> {
    let facts = &case.body;
    if facts.answer == Answer::NothingToProvide {
        return Reply::NOTHING.to_vec();
    }
    let mut body: Map<String, Value> = serde_json::from_str(example).unwrap();
    if case.reading == Reading::Malformed {
        body.insert("unknown".to_owned(), "made up".into());
    }
    if facts.persons > 0 {
        let person = |number| json!({ "names": format!("Person {number} Made-Up") });
        body.insert("person".to_owned(), (1..=facts.persons).map(person).collect());
    }
    if let Some(request) = facts.request {
        let parts = [
            ("necessity", request.necessity),
            ("link", request.link),
            ("reason_to_believe", request.reason_to_believe),
        ];
        body.retain(|field, _| parts.iter().all(|(part, stated)| field != part || *stated));
    }
    if facts.answer == Answer::RefusedWithoutGround {
        body.remove("ground");
    }
    if facts.military {
        body.insert("track".to_owned(), "defence".into());
    }
    if facts.ungraded {
        body.remove("source_eval");
    }
    if facts.unsorted {
        body["statement"][0].as_object_mut().unwrap().remove("basis");
    }
    serde_json::to_vec(&body).unwrap()
}

fn said(header: &Header, body: &[u8], case: &Case) -> Said {
    if header.check().is_err() {
        return Said::MalformedHeader;
    }
    match (kinds::find(&header.kind).map(|kind| kind.check(header, body)), case.reading) {
        (None, _) | (Some(Err(_)), Reading::Malformed) => Said::InFull,
        (Some(Err(_)), _) => Said::MalformedBody,
        (Some(Ok(checked)), Reading::Read) if says(&checked.facts, &case.body) => Said::InFull,
        (Some(Ok(_)), _) => Said::NoField,
    }
}

/// Whether a desk says what a case says. A request always asks, an answer always answers, and whom a body names has a
/// name: of that a case may be silent.
fn says(desk: &BodyFacts, case: &BodyFacts) -> bool {
    let mut case = case.clone();
    case.identities = desk.identities.clone();
    case.request = case.request.or(desk.request);
    if case.answer == Answer::None {
        case.answer = desk.answer;
    }
    if case.query == policy::Query::None {
        case.query = desk.query;
    }
    case == *desk
}
