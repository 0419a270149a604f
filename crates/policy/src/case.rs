//! The floor's cases: example records as data, and what came of trying them. Tests and `docs/FLOOR.md` are made of them.

use std::fmt::Display;

use protocol::agreement::{Agreement, ApprovalRole, Party};
use protocol::date::Date;
use protocol::header::{Evaluation, Handling, Header, LogName, RecordRef, SubjectCategory, ThreadId};
use protocol::id::{AgencyId, ChannelId};
use protocol::origin::{Lane, Origin, Position};
use serde::Deserialize;

use crate::body::BodyFacts;
use crate::facts::{Body, Facts, GivenApproval, Protection, Side};
use crate::floor::{Rule, State};
use crate::policy::{Decision, Policy};

/// The agreement under which every case stands: XAA and XAB, in force in 2026 and 2027, with a clause `c1` for readouts,
/// `c2` for notes that two officers approve, and `c3` for requests and answers about persons.
#[expect(clippy::expect_used, reason = "the agreement is a constant of this crate, and a test parses it")]
pub fn agreement() -> Agreement {
    Agreement::parse(include_str!("case/agreement.json").trim_end().as_bytes()).expect("the cases' agreement is valid")
}

/// What came of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// What is special about it.
    pub name: String,
    /// Whether it must pass.
    pub passes: bool,
    /// What is wrong, if it came out otherwise.
    pub wrong: Option<String>,
}

impl Tried {
    /// A case that must pass.
    pub fn passes<T>(name: &str, came: Result<T, impl Display>) -> Self {
        Self { name: name.to_owned(), passes: true, wrong: came.err().map(|error| error.to_string()) }
    }

    /// A case that must be refused.
    pub fn refused<T>(name: &str, came: Result<T, impl Display>) -> Self {
        Self { name: name.to_owned(), passes: false, wrong: came.is_ok().then(|| "it passed".to_owned()) }
    }
}

/// Runs the cases of a rule; none for a rule that is not enforced yet or is tested elsewhere.
pub fn run(rule: &Rule) -> Vec<Tried> {
    match rule.state {
        State::Code { cases, .. } => cases(),
        State::Cedar { .. } => of_rule(rule).iter().map(|case| case.tried(rule)).collect(),
        State::Tested { .. } | State::NotYet(_) => Vec::new(),
    }
}

/// The cases of a rule that decides records.
#[expect(clippy::panic, reason = "the cases are constants of this crate, and a test reads every one")]
pub fn of_rule(rule: &Rule) -> Vec<Case> {
    let State::Cedar { cases, .. } = rule.state else { return Vec::new() };
    let file: File = toml::from_str(cases).unwrap_or_else(|error| panic!("cases of {}: {error}", rule.id));
    file.case.into_iter().map(Case::from).collect()
}

/// An example record of the made-up agency XAA.
#[derive(Debug, Clone)]
pub struct Case {
    /// What is special about it.
    pub name: String,
    /// What must come of it.
    pub expected: Expected,
    /// Its header.
    pub header: Header,
    /// Label of its author.
    pub author: String,
    /// The officers' approvals.
    pub approvals: Vec<GivenApproval>,
    /// The day of the decision.
    pub today: Date,
    /// The end at which it is decided.
    pub side: Side,
    /// What the desk says of the body.
    pub body: BodyFacts,
    /// Whether the desk could read it.
    pub reading: Reading,
    /// Persons that crossed this month.
    pub month_persons: u32,
    /// Whether a receiving state keeps the death penalty.
    pub death_penalty: bool,
    /// What the protection register says.
    pub protection: Protection,
    /// Whether a third agency, XAC, is a party to the agreement.
    pub third_party: bool,
}

/// What must come of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// It passes.
    Allowed,
    /// The rule refuses it, for this reason.
    Refused(String),
    /// It passes for all the world to see, and a hidden rule holds it back.
    Held,
}

/// Whether the desk could read a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// It could.
    #[default]
    Read,
    /// The body is not what its kind says.
    Malformed,
    /// There is no such desk.
    KindUnknown,
}

impl Case {
    /// A record that passes: `readout`, `note` (approved by two officers), `request`, `person` (an answer about a suspect,
    /// approved by two officers), or `nothing` (an answer that provides nothing).
    pub fn new(base: &str) -> Self {
        let (header, approvals) = self::base(base);
        Self {
            name: base.to_owned(),
            expected: Expected::Allowed,
            header,
            author: "XAA".to_owned(),
            approvals,
            today: day("2026-06-01"),
            side: Side::Sender,
            body: BodyFacts::default(),
            reading: Reading::Read,
            month_persons: 0,
            death_penalty: false,
            protection: Protection::default(),
            third_party: false,
        }
    }

    /// The agreement under which it stands: that of all cases, with what the case changes in it.
    pub fn agreement(&self) -> Agreement {
        let mut agreement = agreement();
        let third = agreement.parties.first().filter(|_| self.third_party).cloned();
        let third = third.map(|party| Party { agency: AgencyId::new([3; 32]), label: "XAC".to_owned(), ..party });
        agreement.parties.extend(third);
        agreement
    }

    /// What a decision about the case reads.
    pub fn facts<'a>(&'a self, agreement: &'a Agreement) -> Facts<'a> {
        Facts {
            agreement,
            header: &self.header,
            author: &self.author,
            lane: Lane::Main,
            approvals: &self.approvals,
            today: self.today,
            side: self.side,
            body: match self.reading {
                Reading::Read => Body::Read(&self.body),
                Reading::Malformed => Body::Malformed,
                Reading::KindUnknown => Body::KindUnknown,
            },
            month_persons: self.month_persons,
            death_penalty: self.death_penalty,
            protection: self.protection,
        }
    }

    fn tried(&self, rule: &Rule) -> Tried {
        let agreement = self.agreement();
        let decision = match Policy::compile(&agreement) {
            Ok(policy) => policy.decide(&self.facts(&agreement)),
            Err(weakens) => return Tried::passes(&self.name, Err::<(), _>(weakens)),
        };
        let passes = self.expected == Expected::Allowed;
        let right = match (&self.expected, &decision) {
            (Expected::Allowed, Decision { public: Ok(()), held: None }) => true,
            (Expected::Refused(reason), Decision { public: Err(refusal), held: None }) => {
                refusal.rule.to_string() == rule.id && refusal.reason.name() == reason
            }
            (Expected::Held, Decision { public: Ok(()), held: Some(held) }) => *held == rule.id,
            _ => false,
        };
        Tried { name: self.name.clone(), passes, wrong: (!right).then(|| format!("{decision:?}")) }
    }
}

/// The header and approvals of a record that passes; see [`Case::new`].
pub fn base(base: &str) -> (Header, Vec<GivenApproval>) {
    let (clause, purpose, kind) = match base {
        "note" => ("c2", "support_investigation", "correspondence.note/1"),
        "request" => ("c3", "identify_person_or_object", "requests.request/1"),
        "person" | "nothing" => ("c3", "identify_person_or_object", "requests.reply/1"),
        _ => ("c1", "register", "register.readout/1"),
    };
    let (person, nothing) = (base == "person", base == "nothing");
    let header = Header {
        clause: Some(clause.to_owned()),
        purpose: Some(purpose.to_owned()),
        handling: vec![Handling::H1, Handling::H2],
        evaluation: Some(Evaluation::UNGRADED),
        retain_until: Some(day("2026-12-31")),
        subject_category: person.then_some(SubjectCategory::Suspect),
        offence: person.then(|| "theft".to_owned()),
        thread: nothing.then_some(ThreadId([7; 16])),
        in_reply_to: nothing.then(|| RecordRef {
            log: LogName { agency: AgencyId::new([1; 32]), epoch: 1, lane: Lane::Main },
            index: 3,
        }),
        ..Header::protocol(kind)
    };
    let two = || vec![approval("author 1"), approval("release_authority 2")];
    (header, if matches!(base, "note" | "person") { two() } else { Vec::new() })
}

/// A day written in a case.
#[expect(clippy::expect_used, reason = "the days are constants of this crate, and a test runs every case")]
pub(crate) fn day(text: &str) -> Date {
    text.parse().expect("a case's day is written YYYY-MM-DD")
}

/// `author 1`: the role, the number of the officer's enrolment in XAA's log, and perhaps `invalid`.
#[expect(clippy::expect_used, reason = "the approvals are constants of this crate, and a test runs every case")]
fn approval(text: &str) -> GivenApproval {
    let mut words = text.split(' ');
    let role = words.next().unwrap_or_default();
    let role = ApprovalRole::ALL.into_iter().find(|known| known.name() == role).expect("a case's role is known");
    let index = words.next().and_then(|number| number.parse().ok()).expect("a case's officer is a number");
    let origin =
        Origin { channel: ChannelId::new([1; 32]), agency: AgencyId::new([2; 32]), epoch: 1, lane: Lane::Main };
    GivenApproval { role, officer: Position { origin, index }, verified: words.next() != Some("invalid") }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Written>,
}

/// A case as its file writes it: what differs from the base.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    /// The reason's word; absent if the case passes.
    refused: Option<String>,
    /// A hidden rule holds it.
    #[serde(default)]
    held: bool,
    #[serde(default)]
    base: String,
    /// Members of the header, laid over the base's.
    #[serde(default)]
    header: serde_json::Map<String, serde_json::Value>,
    /// Members of the base's header that are left out.
    #[serde(default)]
    without: Vec<String>,
    author: Option<String>,
    approvals: Option<Vec<String>>,
    today: Option<String>,
    #[serde(default)]
    at_receiver: bool,
    #[serde(default)]
    body: BodyFacts,
    #[serde(default)]
    reading: Reading,
    #[serde(default)]
    month_persons: u32,
    #[serde(default)]
    death_penalty: bool,
    #[serde(default)]
    protection: Protection,
    #[serde(default)]
    third_party: bool,
}

impl From<Written> for Case {
    #[expect(clippy::expect_used, reason = "the cases are constants of this crate, and a test reads every one")]
    fn from(written: Written) -> Self {
        let base = Self::new(&written.base);
        let header = serde_json::to_value(&base.header).expect("a header has a JSON form");
        let mut header = match header {
            serde_json::Value::Object(members) => members,
            _ => serde_json::Map::new(),
        };
        header.extend(written.header);
        for member in written.without {
            header.remove(&member);
        }
        let expected = match (written.refused, written.held) {
            (Some(reason), _) => Expected::Refused(reason),
            (None, true) => Expected::Held,
            (None, false) => Expected::Allowed,
        };
        Self {
            name: written.name,
            expected,
            header: serde_json::from_value(serde_json::Value::Object(header)).expect("a case's header is a header"),
            author: written.author.unwrap_or(base.author),
            approvals: written
                .approvals
                .map_or(base.approvals, |texts| texts.iter().map(|text| approval(text)).collect()),
            today: written.today.map_or(base.today, |text| day(&text)),
            side: if written.at_receiver { Side::Receiver } else { Side::Sender },
            body: written.body,
            reading: written.reading,
            month_persons: written.month_persons,
            death_penalty: written.death_penalty,
            protection: written.protection,
            third_party: written.third_party,
        }
    }
}
