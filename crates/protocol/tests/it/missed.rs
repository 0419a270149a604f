//! Files of a missed deadline: what good ones prove, and that members which do not belong together prove nothing.

use std::sync::LazyLock;

use mithaq_protocol::{
    agreement::Deadlines,
    control::{Control, Received},
    evidence::{
        Evidence, EvidenceError, Testimony,
        missed::{Missed, Owed, ProvenMissed, is_missed},
    },
    origin::{Lane, Position},
    statement::{Await, Contested, Cut, Duty, DutyClass, Ground, Statement, StatementAnswer, Verdict},
    suite::{AwsLc, Suite},
};
use serde_json::{Value, json};

use crate::{
    evidence::{BODY, Memo, NOTE_HEADER, facts as facts_of_one},
    files::{apply, each_change_is_refused, edit, frames, make_if_absent, pretty, read, read_json},
    world::{Draft, START_MS, World},
};

const HOUR: u64 = 3_600_000;
const GOOD: [&str; 3] = ["missed-unanswered", "missed-agreed", "missed-contested"];

/// How XAB answers XAA's statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answered {
    Not,
    Agrees,
    Contests,
    Undetermined,
}

/// A world in which XAB received a record of XAA's whose clause gives it 168 hours, and XAA stated that it is awaited so
/// many hours after the receipt.
pub struct Case {
    pub world: World,
    pub asked: Position,
    pub received: Position,
    statement: Position,
    answer: Option<Position>,
    stated: Statement,
}

/// A case that XAB did not answer.
pub fn unanswered() -> Case {
    case(Answered::Not)
}

/// The same about another record.
pub fn about(body: &[u8]) -> Case {
    case_of(Answered::Not, body, 169, 168)
}

/// The same, stated so many hours after the receipt, with a time limit that was so many hours after it.
pub fn stated_after(stated: u64, by: u64) -> Case {
    case_of(Answered::Not, BODY, stated, by)
}

fn case(answered: Answered) -> Case {
    case_of(answered, BODY, 169, 168)
}

fn case_of(answered: Answered, body: &[u8], stated: u64, by: u64) -> Case {
    let mut world = World::with_deadlines(Deadlines::DIRECTIVE_2023_977);
    let sent = world.append(0, &[], &[Draft { header: NOTE_HEADER, body, approvals: &[] }]);
    world.deliver(0);
    let received_at = world.now;
    world.deliver(1);
    let asked = Position { origin: sent.origin, index: sent.first_record };
    let other = world.sides[1].channel.own_log(Lane::Main);
    // Manifest, activation, then its word that it received the batch.
    let received = Position { origin: other, index: 2 };
    world.now = received_at + stated * HOUR;
    let channel = &world.sides[0].channel;
    let item = Await {
        thread: "000102030405060708090a0b0c0d0e0f".parse().unwrap(),
        lane: Lane::Main,
        what: Some(DutyClass::Answer.into()),
        from: *world.sides[1].chain.agency(),
        by: Some(received_at + by * HOUR),
    };
    let body = Statement {
        cut: Cut::new(channel.logs().map(|(origin, log)| (*origin, log.size()))),
        threads: 1,
        hash: [7; 32],
        awaiting: 1,
        awaits: vec![item.clone()],
    };
    let stated = world.append(0, &[Control::Statement(body.clone())], &[]);
    let statement = Position { origin: stated.origin, index: stated.first_control };
    world.deliver(0);
    let contested =
        Contested { thread: item.thread, lane: item.lane, what: item.what.clone(), ground: Ground::DoneSince };
    let (hash, contested) = match answered {
        Answered::Not => return Case { world, asked, received, statement, answer: None, stated: body },
        Answered::Agrees => (Some([7; 32]), vec![]),
        Answered::Contests => (Some([8; 32]), vec![contested]),
        Answered::Undetermined => (None, vec![]),
    };
    let answer = StatementAnswer { statement, hash, threads: u64::from(hash.is_some()), contested };
    let appended = world.append(1, &[Control::StatementAnswer(answer)], &[]);
    world.deliver(1);
    let answer = Some(Position { origin: appended.origin, index: appended.first_control });
    Case { world, asked, received, statement, answer, stated: body }
}

impl Case {
    /// XAB's word that it received the batch of what was asked.
    pub fn word(&self) -> Received {
        let testimony = self.world.evidence_by(1, self.received).verify(&AwsLc).unwrap().testimony;
        let Some(Testimony::Received(word)) = testimony else { panic!("no word of a receipt") };
        word
    }

    /// When XAB says that it received what was asked.
    pub fn received_at(&self) -> u64 {
        self.world.evidence_by(1, self.received).verify(&AwsLc).unwrap().claimed_time
    }

    /// Evidence of another statement of XAA's, written and countersigned afterwards.
    pub fn restated(&mut self, change: impl FnOnce(&mut Statement)) -> Evidence {
        let mut statement = self.stated.clone();
        change(&mut statement);
        let appended = self.world.append(0, &[Control::Statement(statement)], &[]);
        self.world.deliver(0);
        self.world.evidence_by(0, Position { origin: appended.origin, index: appended.first_control })
    }

    pub fn file(&self) -> Missed {
        Missed {
            asked: self.world.evidence_by(0, self.asked),
            received: self.world.evidence_by(1, self.received),
            statement: self.world.evidence_by(0, self.statement),
            answer: self.answer.map(|answer| self.world.evidence_by(1, answer)),
        }
    }
}

fn good(answered: Answered) -> Missed {
    case(answered).file()
}

pub fn facts(proven: &ProvenMissed) -> Value {
    json!({
        "creditor": proven.creditor,
        "debtor": proven.debtor,
        "thread": proven.thread,
        "owed": proven.owed.iter().map(owed).collect::<Vec<_>>(),
        "stated": proven.stated,
        "verdict": proven.verdict,
        "contested": proven.contested,
        "asked": facts_of_one(&proven.asked),
        "received": facts_of_one(&proven.received),
        "statement": facts_of_one(&proven.statement),
        "answer": proven.answer.as_ref().map(facts_of_one),
    })
}

fn owed(owed: &Owed) -> Value {
    let mut value = json!(owed.item);
    value["by_clause"] = owed.by_clause.into();
    value
}

pub fn verify(suite: &dyn Suite, bytes: &[u8]) -> Result<ProvenMissed, EvidenceError> {
    Missed::parse(bytes)?.verify(suite)
}

fn make_vectors_if_absent() {
    static MADE: LazyLock<()> = LazyLock::new(|| make_if_absent("evidence/missed-unanswered.mithaq", make));
    *MADE
}

fn make() -> Vec<(String, Vec<u8>)> {
    let mut files = vec![];
    let mut cases = [Answered::Not, Answered::Agrees, Answered::Contests].map(case);
    for (name, case) in GOOD.into_iter().zip(&cases) {
        let file = case.file();
        files.push((format!("evidence/{name}.mithaq"), file.encode().unwrap()));
        files.push((format!("evidence/{name}.json"), pretty(&facts(&file.verify(&AwsLc).unwrap()))));
    }
    let contested = files[4].1.clone();
    let spoiled: Vec<Value> = spoiled(&mut cases[2], &Missed::parse(&contested).unwrap())
        .into_iter()
        .map(|(name, rule, spoiled)| {
            let refusal = verify(&AwsLc, &spoiled).expect_err(name).to_string();
            json!({"name": name, "rule": rule, "refusal": refusal, "edit": edit(&contested, &spoiled)})
        })
        .collect();
    files.push(("evidence/missed-spoiled.json".into(), pretty(&Value::Array(spoiled))));
    files
}

/// Files that must be refused, with the rule that refuses them. All of one world, so that only one thing is wrong.
fn spoiled(case: &mut Case, good: &Missed) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let mut cases = vec![];
    let mut add = |name, rule, change: &dyn Fn(&mut Missed)| {
        let mut file = good.clone();
        change(&mut file);
        cases.push((name, rule, file.encode().unwrap()));
    };
    let answer = || good.answer.clone().unwrap();
    add("what was asked is a protocol record", "EVID-15", &|file| file.asked = file.statement.clone());
    add("the receipt is another record", "EVID-15", &|file| file.received = answer());
    add("the statement is another record", "EVID-15", &|file| file.statement = file.asked.clone());
    add("the answer in place of the statement", "EVID-15", &|file| file.statement = answer());
    add("the answer is another record", "EVID-15", &|file| file.answer = Some(file.received.clone()));
    add("the statement is not countersigned", "EVID-15", &|file| {
        file.statement.record.proof = without_receipts(&file.statement.record.proof);
    });
    let no_longer_answered = "the answer is to another statement";
    let again = case.restated(|_| ());
    add(no_longer_answered, "EVID-15", &|file| file.statement = again.clone());
    let early = case.restated(|statement| statement.awaits[0].by = Some(2 * START_MS));
    add("the statement is written before the deadline", "EVID-15", &|file| file.statement = early.clone());
    let other_thread = case.restated(|statement| {
        statement.awaits[0].thread = "ff0102030405060708090a0b0c0d0e0f".parse().unwrap();
    });
    add("the statement is about another thread", "EVID-15", &|file| file.statement = other_thread.clone());
    let no_cut = case.restated(|statement| {
        statement.cut = Cut::new(statement.cut.logs().iter().map(|seen| (seen.origin, 1)));
    });
    add("the cut does not hold what was asked", "EVID-15", &|file| file.statement = no_cut.clone());

    let bytes = good.encode().unwrap();
    let ends: Vec<usize> = members(&bytes)
        .iter()
        .scan(16, |end, member| {
            *end += member.len();
            Some(*end)
        })
        .collect();
    cases.push(("a byte behind the end", "EVID-14", [&bytes[..], &[0]].concat()));
    cases.push(("another version", "EVID-14", [b"MITHAQ-MISSED/2", &bytes[15..]].concat()));
    cases.push(("the receipt is missing", "EVID-14", [&bytes[..ends[0]], &bytes[ends[1]..]].concat()));
    cases.push(("the statement is missing", "EVID-14", [&bytes[..ends[1]], &bytes[ends[2]..]].concat()));
    cases.push(("an unknown member", "EVID-14", [&bytes[..], &[5, 0, 0, 0, 0]].concat()));
    for (name, at) in [("what was asked under another tag", 16), ("the answer under another tag", ends[2])] {
        let mut spoiled = bytes.clone();
        spoiled[at] ^= 1;
        cases.push((name, "EVID-14", spoiled));
    }
    cases
}

/// The members with their tags and lengths.
fn members(bytes: &[u8]) -> Vec<Vec<u8>> {
    frames(bytes, 16)
}

fn without_receipts(proof: &str) -> String {
    let mut proof = mithaq_protocol::tlog::Proof::parse(proof).unwrap();
    proof.note.signatures.truncate(2);
    proof.encode()
}

// spec: EVID-14, EVID-15, EVID-16
#[test]
fn good_files_prove_what_the_vectors_say() {
    make_vectors_if_absent();
    for name in GOOD {
        let bytes = read(&format!("evidence/{name}.mithaq"));
        assert!(is_missed(&bytes));
        let file = Missed::parse(&bytes).unwrap();
        assert_eq!(file.encode().unwrap(), bytes, "{name}");
        let proven = file.verify(&AwsLc).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(facts(&proven), read_json(&format!("evidence/{name}.json")), "{name}");
    }
}

// spec: EVID-16
#[test]
fn what_is_proven_is_who_owed_what_by_when_and_how_it_was_answered() {
    let proven = good(Answered::Contests).verify(&AwsLc).unwrap();
    assert_eq!((proven.owed.len(), Some(proven.owed[0].by_clause)), (1, proven.owed[0].item.by));
    assert_eq!((proven.verdict, proven.contested[0].ground), (Some(Verdict::Differs), Ground::DoneSince));
    let proven = good(Answered::Not).verify(&AwsLc).unwrap();
    assert_eq!((proven.verdict, proven.contested.len(), proven.answer.is_none()), (None, 0, true));
    assert_eq!(good(Answered::Undetermined).verify(&AwsLc).unwrap().verdict, Some(Verdict::Undetermined));
}

/// A desk that this program does not know, with duties of minutes: XAB has taken up no call in a quarter of an hour.
fn hotline() -> Missed {
    let limits = [("hotline.acknowledge", 15), ("hotline.facts", 120)];
    let mut world = World::under(|clause| {
        clause.kinds.push("hotline.event/1".into());
        (clause.deadlines, clause.limits) = (None, limits.into_iter().collect());
    });
    let header = NOTE_HEADER.replacen("correspondence.note/1", "hotline.event/1", 1);
    let sent = world.append(0, &[], &[Draft { header: &header, body: b"{}", approvals: &[] }]);
    let asked = Position { origin: sent.origin, index: sent.first_record };
    world.deliver(0);
    let received_at = world.now;
    world.deliver(1);
    let received = Position { origin: world.sides[1].channel.own_log(Lane::Main), index: 2 };
    let owes = |label: &str, by: u64| Await {
        thread: "000102030405060708090a0b0c0d0e0f".parse().unwrap(),
        lane: Lane::Main,
        what: Some(Duty::named(DutyClass::Acknowledgement, label)),
        from: *world.sides[1].chain.agency(),
        by: Some(by),
    };
    // The second runs to a day that an act names: no limit of the clause is called like it.
    let awaits = vec![owes("hotline.acknowledge", received_at + 15 * 60_000), owes("due", received_at + 60_000)];
    world.now = received_at + 16 * 60_000;
    let cut = Cut::new(world.sides[0].channel.logs().map(|(origin, log)| (*origin, log.size())));
    let body = Statement { cut, threads: 1, hash: [7; 32], awaiting: 2, awaits };
    let stated = world.append(0, &[Control::Statement(body)], &[]);
    world.deliver(0);
    Missed {
        asked: world.evidence_by(0, asked),
        received: world.evidence_by(1, received),
        statement: world.evidence_by(0, Position { origin: stated.origin, index: stated.first_control }),
        answer: None,
    }
}

// spec: EVID-16, AGR-DOC-19, STMT-1
#[test]
fn a_desk_with_duties_of_minutes_needs_no_other_format() {
    make_if_absent("evidence/missed-hotline.mithaq", || {
        let file = hotline();
        let facts = pretty(&facts(&file.verify(&AwsLc).unwrap()));
        vec![
            ("evidence/missed-hotline.mithaq".into(), file.encode().unwrap()),
            ("evidence/missed-hotline.json".into(), facts),
        ]
    });
    let proven = Missed::parse(&read("evidence/missed-hotline.mithaq")).unwrap().verify(&AwsLc).unwrap();
    assert_eq!(facts(&proven), read_json("evidence/missed-hotline.json"));
    assert_eq!(proven.owed[0].item.what.as_ref().unwrap().to_string(), "acknowledgement/hotline.acknowledge");
    let quarter = proven.received.claimed_time + 900_000;
    assert_eq!((proven.owed[0].item.by, proven.owed[0].by_clause), (Some(quarter), quarter));
    // The clause has no limit called "due": that it was is the creditor's word alone.
    assert_eq!((proven.owed.len(), proven.stated.len()), (1, 1));
}

// spec: EVID-14, EVID-15
#[test]
fn spoiled_files_are_refused_for_the_reason_in_the_vectors() {
    make_vectors_if_absent();
    let good = read("evidence/missed-contested.mithaq");
    for case in read_json("evidence/missed-spoiled.json").as_array().unwrap() {
        let refusal = verify(&AwsLc, &apply(&good, &case["edit"])).expect_err(case["name"].as_str().unwrap());
        assert_eq!(refusal.to_string(), case["refusal"], "{}", case["name"]);
    }
}

/// Every member is an evidence file, of which every byte is tried elsewhere; here all that holds them together is, and of
/// the members every 37th byte.
// spec: EVID-14
#[test]
fn a_file_with_a_byte_changed_is_refused() {
    make_vectors_if_absent();
    let good = read("evidence/missed-contested.mithaq");
    let suite = Memo::default();
    verify(&suite, &good).unwrap();
    let mut frame = 16;
    let mut places: Vec<usize> = (0..frame).collect();
    for member in members(&good) {
        places.extend(frame..frame + 5);
        frame += member.len();
    }
    places.extend((0..good.len()).step_by(37));
    each_change_is_refused(&good, &places, |spoiled| verify(&suite, spoiled).is_err());
}

// spec: EVID-14
#[test]
fn a_file_cut_short_is_refused() {
    make_vectors_if_absent();
    let good = read("evidence/missed-unanswered.mithaq");
    for length in (0..good.len()).step_by(1_009) {
        assert!(verify(&AwsLc, &good[..length]).is_err(), "{length}");
    }
    assert!(Evidence::parse(&good).is_err(), "it is no evidence file of one record");
}
