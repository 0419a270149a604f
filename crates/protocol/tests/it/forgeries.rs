//! What a party with its own keys can forge: sections twice, left out or exchanged, two histories, times that contradict
//! each other, officers who are none, and notes that withhold something else.

use mithaq_protocol::{
    agreement::{ApprovalRole, Deadlines},
    channel::equivocation::EquivocationProof,
    control::{CommitmentHex, Control, Received, WithheldNote},
    document::{self, SignedDocument},
    evidence::{Contradiction, Evidence, EvidenceError, Testimony, TwoHistories, missed::Missed},
    id::Hash,
    origin::{Lane, Origin, Position},
    record::{self, Approval, Enrolment, Officer},
    statement::Cut,
    suite::{AwsLc, KeyRole},
    tlog::{Checkpoint, Note, Proof, merkle, sign_checkpoint},
};
use serde_json::{Value, json};

use crate::{
    entries,
    evidence::{BODY, NOTE_HEADER, facts, sections, verify, with_receipt_by, world},
    files::{apply, edit, make_if_absent, pretty, read, read_json},
    missed,
    world::{Draft, START_MS, Side, World, enrolment},
};

/// Good files that say less than those of other sets: what they do not prove, their facts must not claim.
const MODEST: [&str; 5] = [
    "good-enrolment-unordered",
    "good-times-contradict",
    "good-withheld",
    "good-withheld-word",
    "good-received-except",
];
/// Files that only an author with its own keys can make, whole because they are no edit of a good one.
const BAD: [(&str, &str); 3] = [
    ("bad-one-officer", "one officer approves in two roles"),
    ("bad-garbage", "a record of the protocol has a body that can't be read"),
    ("bad-small-order", "an enrolment section holds another record"),
];

fn note() -> Evidence {
    Evidence::parse(&read("evidence/good-note.mithaq")).unwrap()
}

/// Every file of [`MODEST`].
fn modest() -> Vec<Evidence> {
    let (world, places) = world();
    let [author, reader] = &world.sides;
    // The third officer stands last in a smaller tree: nothing in a file ties that tree to the record's.
    let mut other = World::new();
    let offices = [(2, "Example desk, author"), (3, "Example desk, release"), (4, "Example desk, deputy")];
    other.append(0, &offices.map(|(seed, office)| enrolment(seed, office)), &[]);
    other.deliver(0);
    let by_deputy = &[(ApprovalRole::Author, 4, 4)];
    let sent = other.append(0, &[], &[Draft { header: NOTE_HEADER, body: BODY, approvals: by_deputy }]);
    other.deliver(0);
    let place = Position { origin: sent.origin, index: sent.first_record };
    let mut unordered = other.evidence(place);
    unordered.enrolments = vec![other.sides[0].member(&Position { index: 4, ..place }, 5, false)];

    let mut contradicting = note();
    contradicting.record.proof = receipted_at(&contradicting.record.proof, reader, START_MS / 1000 - 86_400);

    let mut withheld = note();
    withheld.withheld = Some(withheld_note(author, &withheld, places[0], KeyRole::Document));

    let (word, received) = withheld_word();
    vec![unordered, contradicting, withheld, word, received]
}

/// XAB's word that it was given a note in place of a record, and its word that it received the batch but for one record.
fn withheld_word() -> (Evidence, Evidence) {
    let mut world = World::with_deadlines(Deadlines::DIRECTIVE_2023_977);
    let note = || Draft { header: NOTE_HEADER, body: BODY, approvals: &[] };
    let sent = world.append(0, &[], &[note(), note()]);
    let frame = world.frame(0, &|index| index != sent.first_record);
    world.deliver_frame(0, frame, &mut |_| None);
    world.deliver(1);
    let origin = world.sides[1].channel.own_log(Lane::Main);
    // Manifest, activation, the word about the note, the word of the receipt.
    let [word, received] = [2, 3].map(|index| world.evidence_by(1, Position { origin, index }));
    (word, received)
}

/// A note of `side` that withholds the record of a file, named as the entry at a position.
pub fn withheld_note(side: &Side, file: &Evidence, named: Position, role: KeyRole) -> Vec<u8> {
    let parts = record::decode(&file.record.plaintext).unwrap();
    let digest = record::digest(&AwsLc, &file.context, parts.header, parts.body);
    let commitment = record::commitment(&AwsLc, &file.record.secret, &digest, parts.approvals);
    let note =
        WithheldNote { origin: named.origin, indexes: vec![named.index], commitments: vec![CommitmentHex(commitment)] };
    let body = serde_json::to_vec(&note).unwrap();
    let signature = document::sign(&side.keys, role, "withheld", side.chain.agency(), 1, &body).unwrap();
    SignedDocument { body, signature }.encode()
}

fn receipted_at(proof: &str, by: &Side, time_s: u64) -> String {
    let mut parsed = Proof::parse(proof).unwrap();
    let checkpoint = Checkpoint::parse(&parsed.note.text).unwrap();
    let receipt =
        mithaq_protocol::tlog::sign_receipt(&AwsLc, &by.keys, &checkpoint, by.chain.agency(), time_s).unwrap();
    parsed.note.signatures.truncate(2);
    parsed.note.signatures.extend(Note::parse(&receipt).unwrap().signatures);
    parsed.encode()
}

/// Another tree over these entries, signed by the author like its own.
fn signed_tree(author: &Side, place: &Position, entries: &[Hash]) -> String {
    let leaves: Vec<Hash> = entries.iter().map(|entry| merkle::leaf_hash(&AwsLc, entry)).collect();
    let root = merkle::root_of(&AwsLc, &leaves);
    let size = u64::try_from(entries.len()).unwrap();
    let checkpoint = Checkpoint { origin: place.origin.to_string(), size, root };
    let note = sign_checkpoint(&AwsLc, &author.keys, &checkpoint, START_MS / 1000).unwrap();
    let path = merkle::inclusion_proof(&AwsLc, &leaves, place.index).unwrap();
    Proof::assemble(place.index, path, &note, &[]).unwrap().encode()
}

/// Files that must be refused, with the rule that refuses them; all of them edits of `good-note.mithaq`.
fn forged() -> Vec<(String, &'static str, Vec<u8>)> {
    let (world, places) = world();
    let [author, reader] = &world.sides;
    let good = note();
    let bytes = good.encode().unwrap();
    let mut cases = section_cases(&bytes);
    let mut add = |name: &str, rule, change: &dyn Fn(&mut Evidence)| {
        let mut evidence = good.clone();
        change(&mut evidence);
        cases.push((name.to_owned(), rule, evidence.encode().unwrap()));
    };
    let backdated = |file: &mut Evidence| {
        file.record.proof = with_receipt_by(&file.record.proof, &author.keys, author);
    };
    add("the author's cards among the others', and its own receipt", "EVID-3", &|file| {
        let own = file.cards[0].clone();
        file.cards.insert(1, own);
        file.cards[1..].sort_by_key(|cards| *mithaq_protocol::card::CardChain::parse(&AwsLc, cards).unwrap().agency());
        backdated(file);
    });
    add("the author's cards behind the others', and its own receipt", "EVID-3", &|file| {
        let own = file.cards[0].clone();
        file.cards.push(own);
        backdated(file);
    });
    add("its own receipt beside the other's", "EVID-6", &|file| {
        let mut proof = Proof::parse(&file.record.proof).unwrap();
        let own = Proof::parse(&with_receipt_by(&file.record.proof, &author.keys, author)).unwrap();
        let others = proof.note.signatures.split_off(2);
        let mut receipts = [own.note.signatures[2..].to_vec(), others];
        receipts.sort_by(|a, b| a[0].name.cmp(&b[0].name));
        proof.note.signatures.extend(receipts.concat());
        file.record.proof = proof.encode();
    });
    let entries = author.commitments(&places[0].origin, 8);
    let officer_at = Position { index: 2, ..places[0] };
    let fork = |size: usize, changed: usize| {
        let mut entries: Vec<Hash> = entries.iter().copied().chain([[1; 32]; 8]).take(size).collect();
        entries[changed] = [9; 32];
        signed_tree(author, &officer_at, &entries)
    };
    // Another root at the record's own size, and other trees that agree with it nowhere but in the enrolment.
    for (name, size, changed) in [
        ("two roots at one size", 8, 7),
        ("a smaller tree of another history", 4, 3),
        ("a larger tree of another history", 16, 1),
    ] {
        add(name, "EVID-19", &|file| file.enrolments[0].proof = fork(size, changed));
    }
    add("an enrolment of the other party", "EVID-8", &|file| {
        let other = Position { origin: reader.channel.own_log(Lane::Main), index: 2 };
        file.enrolments[0] = reader.member(&other, 3, false);
    });
    add("a note that withholds another record", "EVID-18", &|file| {
        file.withheld = Some(withheld_note(author, file, places[1], KeyRole::Document));
    });
    add("a note by the log key", "EVID-18", &|file| {
        file.withheld = Some(withheld_note(author, file, places[0], KeyRole::Log));
    });
    add("a note by the reader", "EVID-18", &|file| {
        file.withheld = Some(withheld_note(reader, file, places[0], KeyRole::Document));
    });
    add("a note that is none", "EVID-18", &|file| file.withheld = Some(b"{}".to_vec()));
    let withheld = Evidence { withheld: Some(withheld_note(author, &good, places[0], KeyRole::Document)), ..good };
    let withheld = withheld.encode().unwrap();
    let last = sections(&withheld).pop().unwrap();
    cases.push(("a note twice".to_owned(), "EVID-1", [withheld, last].concat()));
    cases
}

fn section_cases(bytes: &[u8]) -> Vec<(String, &'static str, Vec<u8>)> {
    let rule_of = |tag: u8| match tag {
        1..=3 => "EVID-1",
        4 => "EVID-3",
        5 => "EVID-4",
        6 => "EVID-8",
        _ => "EVID-9",
    };
    // A seen receipt may be left out.
    layout_cases(&bytes[..18], &sections(bytes), &Layout { rule_of: &rule_of, of_order: "EVID-1", optional: &[7] })
}

/// What a format says of its sections.
pub struct Layout<'a> {
    /// The rule that a section of this tag breaks where it should not be.
    pub rule_of: &'a dyn Fn(u8) -> &'static str,
    /// The rule of the order of tags.
    pub of_order: &'static str,
    /// Tags that a file need not hold.
    pub optional: &'a [u8],
}

/// Each section behind the first line twice, left out, and exchanged with the next.
pub fn layout_cases(first: &[u8], sections: &[Vec<u8>], layout: &Layout<'_>) -> Vec<(String, &'static str, Vec<u8>)> {
    let whole = |sections: &[Vec<u8>]| [first, &sections.concat()].concat();
    let mut cases = vec![];
    for (place, section) in sections.iter().enumerate() {
        let tag = section[0];
        let rule_of_tag = (layout.rule_of)(tag);
        let mut twice = sections.to_vec();
        twice.insert(place, section.clone());
        cases.push((format!("section {place}, of tag {tag}, twice"), rule_of_tag, whole(&twice)));
        let mut without = sections.to_vec();
        without.remove(place);
        // Without the other party's cards the agreement names somebody unknown.
        let rule = if tag == 4 && sections[place - 1][0] == 4 { "EVID-4" } else { rule_of_tag };
        if !layout.optional.contains(&tag) {
            cases.push((format!("section {place}, of tag {tag}, left out"), rule, whole(&without)));
        }
        if let Some(next) = sections.get(place + 1) {
            let mut exchanged = sections.to_vec();
            exchanged.swap(place, place + 1);
            let rule = if tag == next[0] { rule_of_tag } else { layout.of_order };
            cases.push((format!("sections {place} and {} exchanged", place + 1), rule, whole(&exchanged)));
        }
    }
    cases
}

/// Every file of [`BAD`].
fn bad() -> Vec<Evidence> {
    let (mut world, places) = world();
    let twice = &[(ApprovalRole::Author, 2, 2), (ApprovalRole::ReleaseAuthority, 2, 2)];
    let garbage = r#"{"kind":"mithaq.suspend/1","media_type":"application/json"}"#;
    let sent = world.append(
        0,
        &[],
        &[
            Draft { header: NOTE_HEADER, body: BODY, approvals: twice },
            Draft { header: garbage, body: b"{\"now\":1}", approvals: &[] },
        ],
    );
    world.deliver(0);
    let [mut one_officer, garbage] =
        [0, 1].map(|n| world.evidence(Position { index: sent.first_record + n, ..places[0] }));
    one_officer.enrolments.pop();
    vec![one_officer, garbage, small_order()]
}

/// A note that nobody approved: under the neutral point this signature fits every message.
fn small_order() -> Evidence {
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let officer = Officer::ed25519("Nobody", neutral);
    let mut world = World::new();
    let enrolled = world.append(0, &[Control::Enrolment(officer)], &[]);
    world.deliver(0);
    let enrolment = Enrolment { origin: enrolled.origin, index: enrolled.first_control };
    let signature = [neutral, [0; 32]].concat();
    let approval = Approval::ed25519(ApprovalRole::Author, enrolment, signature);
    let approvals = serde_json::to_vec(&[approval]).unwrap();
    let sent = world.append_with(NOTE_HEADER, BODY, &approvals);
    world.deliver(0);
    world.evidence(Position { origin: sent.origin, index: sent.first_record })
}

fn make() -> Vec<(String, Vec<u8>)> {
    let mut files = vec![];
    for (name, evidence) in MODEST.into_iter().zip(modest()) {
        let proven = evidence.verify(&AwsLc).unwrap_or_else(|error| panic!("{name}: {error}"));
        files.push((format!("evidence/{name}.mithaq"), evidence.encode().unwrap()));
        files.push((format!("evidence/{name}.json"), pretty(&facts(&proven))));
    }
    for ((name, _), evidence) in BAD.into_iter().zip(bad()) {
        files.push((format!("evidence/{name}.mithaq"), evidence.encode().unwrap()));
    }
    let good = read("evidence/good-note.mithaq");
    let cases: Vec<Value> = forged()
        .into_iter()
        .map(|(name, rule, spoiled)| {
            let refusal = verify(&AwsLc, &spoiled).expect_err(&name).to_string();
            json!({"name": name, "rule": rule, "refusal": refusal, "edit": edit(&good, &spoiled)})
        })
        .collect();
    files.push(("evidence/forged.json".into(), pretty(&Value::Array(cases))));
    files
}

fn make_vectors_if_absent() {
    static MADE: std::sync::LazyLock<()> = std::sync::LazyLock::new(|| make_if_absent("evidence/forged.json", make));
    *MADE
}

// spec: EVID-1, EVID-3, EVID-4, EVID-6, EVID-8, EVID-9, EVID-18, EVID-19
#[test]
fn what_an_author_forges_with_its_own_keys_is_refused() {
    make_vectors_if_absent();
    let good = read("evidence/good-note.mithaq");
    for case in read_json("evidence/forged.json").as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let refusal = verify(&AwsLc, &apply(&good, &case["edit"])).expect_err(name).to_string();
        assert_eq!(refusal, case["refusal"], "{name}");
    }
    // The cases of today too, not only those that were written down.
    for (name, _, spoiled) in forged() {
        assert!(verify(&AwsLc, &spoiled).is_err(), "{name}");
    }
}

// spec: EVID-8, EVID-13, DOC-12
#[test]
fn files_that_are_no_edit_of_a_good_one_are_refused() {
    make_vectors_if_absent();
    for (name, problem) in BAD {
        let refusal = verify(&AwsLc, &read(&format!("evidence/{name}.mithaq"))).expect_err(name);
        assert_eq!(refusal, EvidenceError::Mismatch(problem), "{name}");
    }
}

// spec: EVID-8, EVID-12, EVID-13, EVID-18
#[test]
fn what_is_not_proven_is_not_claimed() {
    make_vectors_if_absent();
    let proven = MODEST.map(|name| {
        let proven = verify(&AwsLc, &read(&format!("evidence/{name}.mithaq"))).unwrap();
        assert_eq!(facts(&proven), read_json(&format!("evidence/{name}.json")), "{name}");
        proven
    });
    let [unordered, contradicting, withheld, word, received] = proven;
    assert!(!unordered.approvals[0].enrolled_before, "it is in a tree that need not be the record's");
    assert_eq!(contradicting.interval.contradictions, [Contradiction::Bounds, Contradiction::Claim]);
    assert!(!contradicting.interval.holds() && withheld.interval.holds() && withheld.withheld);
    let Some(Testimony::Withheld(places)) = word.testimony else { panic!("no word about a note") };
    let Some(Testimony::Received(received)) = received.testimony else { panic!("no word of a receipt") };
    assert_eq!(places.indexes, received.except);
    // An ordinary file proves that the officers came first: they stand under the record's own head.
    let (world, places) = world();
    let file = world.evidence(places[0]);
    assert!(file.verify(&AwsLc).unwrap().approvals.iter().all(|approved| approved.enrolled_before));
    // And so does one whose enrolments stand under an earlier head that its path shares a subtree with.
    assert!(note().verify(&AwsLc).unwrap().approvals.iter().all(|approved| approved.enrolled_before));
}

/// Changes of `missed-contested.mithaq`, with members of other worlds under the same keys.
fn forged_missed() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let good = Missed::parse(&read("evidence/missed-contested.mithaq")).unwrap();
    let mut cases = vec![];
    let mut add = |name, rule, file: Missed| cases.push((name, rule, file.encode().unwrap()));
    let case = missed::unanswered();
    let (author, reader) = (&case.world.sides[0], &case.world.sides[1]);

    let mut refused = missed::unanswered();
    let batch = refused.word().batch();
    let word = Control::Received(Received::of(batch, vec![refused.asked.index]));
    let appended = refused.world.append(1, &[word], &[]);
    refused.world.deliver(1);
    refused.received = Position { origin: appended.origin, index: appended.first_control };
    let logs: Vec<_> = refused.world.sides[0].channel.logs().map(|(origin, log)| (*origin, log.size())).collect();
    let statement = refused.restated(|statement| statement.cut = Cut::new(logs));
    add("what was asked was refused", "EVID-15", Missed { statement, ..refused.file() });

    let mut withheld = case.file();
    withheld.asked.withheld = Some(withheld_note(author, &withheld.asked, case.asked, KeyRole::Document));
    add("what was asked was withheld", "EVID-15", withheld);

    let early = missed::stated_after(100, 90);
    add("a time limit that the clause does not set", "EVID-15", early.file());

    // The creditor's clock runs ahead; the debtor's, when it countersigned, had not passed the time limit.
    let mut ahead = case.file();
    let hour_before = case.received_at() / 1000 + 167 * 3600;
    ahead.statement.record.proof = receipted_at(&ahead.statement.record.proof, reader, hour_before);
    add("the debtor countersigned before the time was over", "EVID-15", ahead);

    let other = missed::about(b"{\"subject\":\"Another\",\"text\":\"Another.\",\"language\":\"en\"}");
    add(
        "a statement in another history of the creditor's log",
        "EVID-19",
        Missed { statement: other.file().statement, ..good.clone() },
    );
    add(
        "a receipt in another history of the debtor's log",
        "EVID-19",
        Missed { received: other.file().received, ..good },
    );
    cases
}

fn make_missed() -> Vec<(String, Vec<u8>)> {
    let good = read("evidence/missed-contested.mithaq");
    let cases: Vec<Value> = forged_missed()
        .into_iter()
        .map(|(name, rule, spoiled)| {
            let refusal = Missed::parse(&spoiled).unwrap().verify(&AwsLc).expect_err(name).to_string();
            json!({"name": name, "rule": rule, "refusal": refusal, "edit": edit(&good, &spoiled)})
        })
        .collect();
    vec![("evidence/missed-forged.json".into(), pretty(&Value::Array(cases)))]
}

// spec: EVID-15, EVID-16, EVID-19, DELIV-19
#[test]
fn a_deadline_that_the_creditor_invents_is_not_proven() {
    make_if_absent("evidence/missed-forged.json", make_missed);
    let good = read("evidence/missed-contested.mithaq");
    for case in read_json("evidence/missed-forged.json").as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let file = Missed::parse(&apply(&good, &case["edit"])).unwrap();
        assert_eq!(file.verify(&AwsLc).expect_err(name).to_string(), case["refusal"], "{name}");
    }
}

// spec: EVID-19
#[test]
fn two_histories_are_named_with_the_log_and_both_sizes() {
    let (world, places) = world();
    let author = &world.sides[0];
    let mut entries = author.commitments(&places[0].origin, 8);
    entries[7] = [9; 32];
    let mut file = note();
    let officer_at = Position { index: 2, ..places[0] };
    file.enrolments[0].proof = signed_tree(author, &officer_at, &entries);
    let found = TwoHistories { log: places[0].origin, one: 8, other: 8 };
    assert_eq!(file.verify(&AwsLc).unwrap_err(), EvidenceError::TwoHistories(found));
}

/// Proofs of two histories of XAA's main log, and what is none.
fn equivocations() -> Value {
    let (world, places) = world();
    let [author, reader] = &world.sides;
    let (origin, keys) = (places[0].origin, &author.chain.current().keys.log);
    let entries = author.commitments(&origin, 8);
    let mut forked = entries.clone();
    forked[3] = [9; 32];
    let head = |side: &Side, origin: &str, entries: &[Hash]| {
        let leaves: Vec<Hash> = entries.iter().map(|entry| merkle::leaf_hash(&AwsLc, entry)).collect();
        let size = u64::try_from(entries.len()).unwrap();
        let checkpoint = Checkpoint { origin: origin.to_owned(), size, root: merkle::root_of(&AwsLc, &leaves) };
        sign_checkpoint(&AwsLc, &side.keys, &checkpoint, START_MS / 1000).unwrap()
    };
    let log = origin.to_string();
    let note = |entries: &[Hash]| head(author, &log, entries);
    let build = |smaller: &str, larger: &str, entries: &[Hash]| {
        EquivocationProof::build(&AwsLc, keys, smaller, larger, entries).unwrap()
    };
    let [all, five, four] = [8, 5, 4].map(|size| note(&entries[..size]));
    let proof = build(&note(&forked[..5]), &all, &entries);
    let text = |proof: &EquivocationProof| String::from_utf8(proof.encode()).unwrap();
    let good = |name: &str, proof: &EquivocationProof, sizes: (u64, u64)| {
        json!({
            "name": name, "proof": text(proof), "valid": true, "log": log, "smaller": sizes.0, "larger": sizes.1,
            "card_serial": 1,
        })
    };
    let bad = |name: &str, proof: &EquivocationProof| json!({"name": name, "proof": text(proof), "valid": false});
    let changed = |change: &dyn Fn(&mut EquivocationProof)| {
        let mut proof = proof.clone();
        change(&mut proof);
        proof
    };
    let leaves: Vec<Hash> = entries.iter().map(|entry| merkle::leaf_hash(&AwsLc, entry)).collect();
    let consistent = EquivocationProof {
        smaller: five.clone(),
        larger: all.clone(),
        root_at_smaller: merkle::root_of(&AwsLc, &leaves[..5]),
        path: merkle::consistency_proof(&AwsLc, &leaves, 5).unwrap().as_flattened().to_vec(),
    };
    let others = reader.channel.own_log(Lane::Main).to_string();
    json!({
        "cards": String::from_utf8(author.chain.encode()).unwrap(),
        "cases": [
            good("a smaller tree of another history", &proof, (5, 8)),
            good("two roots at one size", &build(&note(&forked), &all, &entries), (8, 8)),
            good("a smaller tree whose root is a subtree", &build(&note(&forked[..4]), &all, &entries), (4, 8)),
            bad("one history", &consistent),
            bad("one head twice", &EquivocationProof { smaller: all.clone(), ..consistent.clone() }),
            bad("the larger first", &changed(&|proof| core::mem::swap(&mut proof.smaller, &mut proof.larger))),
            bad("a shorter path", &changed(&|proof| proof.path.truncate(proof.path.len() - 32))),
            bad("half a hash in the path", &changed(&|proof| proof.path.push(0))),
            bad("another root at the smaller size", &changed(&|proof| proof.root_at_smaller[0] ^= 1)),
            bad("another log's head", &changed(&|proof| proof.smaller = head(author, &others, &forked[..5]))),
            bad("signed by another agency", &changed(&|proof| proof.smaller = head(reader, &log, &forked[..5]))),
            bad("two heads of another agency's log, by this one", &{
                let heads = [&forked[..5], &entries].map(|entries| head(author, &others, entries));
                build(&heads[0], &heads[1], &entries)
            }),
            bad("an empty tree", &changed(&|proof| proof.smaller = note(&[]))),
            bad("a head under which a receipt is half", &changed(&|proof| {
                let mut note = Note::parse(&four).unwrap();
                note.signatures.push(note.signatures[0].clone());
                proof.smaller = note.encode();
            })),
            json!({"name": "an unknown member", "proof": text(&proof).replacen('{', "{\"x\":1,", 1), "valid": false}),
            json!({"name": "nothing", "proof": "{}", "valid": false}),
        ],
    })
}

// spec: EVID-21, EVID-22, DELIV-16
#[test]
fn two_histories_are_proven_by_two_heads_and_a_path() {
    make_if_absent("evidence/equivocation.json", || {
        vec![("evidence/equivocation.json".into(), pretty(&equivocations()))]
    });
    let vectors = read_json("evidence/equivocation.json");
    let chain = mithaq_protocol::card::CardChain::parse(&AwsLc, vectors["cards"].as_str().unwrap().as_bytes()).unwrap();
    for case in vectors["cases"].as_array().unwrap() {
        let proof = EquivocationProof::parse(case["proof"].as_str().unwrap().as_bytes());
        let accused = |proof: EquivocationProof| {
            let origin: Option<Origin> = proof.smaller.lines().next().and_then(|line| line.parse().ok());
            let of_agency = origin.is_some_and(|origin| origin.agency == *chain.agency());
            of_agency && proof.holds(&AwsLc, &chain.current().keys.log)
        };
        assert_eq!(proof.is_ok_and(accused), case["valid"], "{}", case["name"]);
    }
}

/// Writes the words of refusals and the facts anew where a verifier says them otherwise by now. The files themselves stay as
/// they are: other implementations keep them.
#[test]
#[ignore = "writes vectors"]
fn write_the_words_of_vectors_anew() {
    let write = |name: &str, value: &Value| {
        let path = [env!("CARGO_MANIFEST_DIR"), "testdata/vectors", name].iter().collect::<std::path::PathBuf>();
        std::fs::write(path, pretty(value)).unwrap();
    };
    for (cases, good) in [
        ("evidence/spoiled.json", "good-note"),
        ("evidence/forged.json", "good-note"),
        ("evidence/missed-spoiled.json", "missed-contested"),
        ("evidence/missed-forged.json", "missed-contested"),
        ("evidence/entry-spoiled.json", "entry-answered"),
    ] {
        let (bytes, mut list) = (read(&format!("evidence/{good}.mithaq")), read_json(cases));
        for case in list.as_array_mut().unwrap() {
            let refusal = found(good, &apply(&bytes, &case["edit"])).unwrap_err();
            case["refusal"] = refusal.to_string().into();
        }
        write(cases, &list);
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/vectors/evidence");
    for file in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()) {
        let Some(name) = file.strip_suffix(".mithaq").filter(|name| !name.starts_with("bad-")) else { continue };
        let bytes = read(&format!("evidence/{file}"));
        write(&format!("evidence/{name}.json"), &found(name, &bytes).unwrap());
    }
}

/// What a verifier says of a file with a name of this sort.
fn found(name: &str, bytes: &[u8]) -> Result<Value, EvidenceError> {
    match name.split('-').next() {
        Some("missed") => missed::verify(&AwsLc, bytes).map(|proven| missed::facts(&proven)),
        Some("entry") => entries::verify(&AwsLc, bytes).map(|proven| entries::facts(&proven)),
        _ => verify(&AwsLc, bytes).map(|proven| facts(&proven)),
    }
}
