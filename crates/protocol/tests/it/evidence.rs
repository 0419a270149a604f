//! Evidence files: what good ones prove, and that nothing else is proven by spoiled ones.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex},
    thread,
};

use mithaq_protocol::{
    agreement::{ApprovalRole, Bundle, Deadlines, Lanes},
    card::CardChain,
    control::{Control, Received, Refused},
    evidence::{
        Approved, Contradiction, Evidence, EvidenceError, Proven, SignedTime, Testimony, entry::EntryFile,
        missed::Missed, unknown_version,
    },
    fingerprint::Fingerprint,
    id::{ChannelId, Hash},
    origin::{Lane, Position},
    record::{self, ApprovedWith, Enrolment, Parts},
    suite::{AwsLc, CannotSeal, DoesNotOpen, Entropy, HpkeSealed, SealingKey, SoftwareKeys, Suite, TAG_BYTES},
    tlog::{Checkpoint, Note, Proof, sign_receipt},
};
use serde_json::{Value, json};

use crate::{
    files::{apply, edit, frames, make_if_absent, pretty, read, read_json},
    world::{Draft, START_MS, Side, World, agency, enrolment},
};

pub const NOTE_HEADER: &str = concat!(
    r#"{"kind":"correspondence.note/1","thread":"000102030405060708090a0b0c0d0e0f","clause":"c1","#,
    r#""purpose":"register","handling":["H1"],"retain_until":"2031-09-20","media_type":"application/json"}"#
);
const OTHER_HEADER: &str = concat!(
    r#"{"kind":"register.readout/1","thread":"0f0e0d0c0b0a09080706050403020100","clause":"c1","#,
    r#""purpose":"register","handling":["H1"],"retain_until":"2031-09-20","media_type":"application/json"}"#
);
pub const BODY: &[u8] = r#"{"subject":"مثال","text":"An example note.","language":"en"}"#.as_bytes();
const APPROVED: &[(ApprovalRole, u64, u8)] = &[(ApprovalRole::Author, 2, 2), (ApprovalRole::ReleaseAuthority, 3, 3)];

const GOOD: [&str; 5] = ["good-note", "good-unreceipted", "good-outside-its-clause", "good-refusal", "good-received"];

/// A world with a note that both officers approved, and a record of a kind that its clause does not list.
pub fn world() -> (World, Vec<Position>) {
    World::with_records(&[
        Draft { header: NOTE_HEADER, body: BODY, approvals: APPROVED },
        Draft { header: OTHER_HEADER, body: b"{}", approvals: &[] },
    ])
}

// spec: EVID-1, EVID-2, EVID-10, EVID-11, EVID-12
#[test]
fn good_files_prove_what_the_vectors_say() {
    make_vectors_if_absent();
    for name in GOOD {
        let bytes = read(&format!("evidence/{name}.mithaq"));
        let evidence = Evidence::parse(&bytes).unwrap();
        assert_eq!(evidence.encode().unwrap(), bytes, "{name}");
        let proven = evidence.verify(&AwsLc).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(facts(&proven), read_json(&format!("evidence/{name}.json")), "{name}");
    }
}

/// A record under the second version: allowed by a clause that the first one does not have.
fn under_second_version() -> Evidence {
    let (mut world, places) = world();
    let mut second = world.bundle.agreement().clone();
    (second.version, second.previous) = (2, Some(second.hash(&AwsLc)));
    (second.termination_notice_days, second.lanes) = (Some(90), Some(Lanes::default()));
    second.clauses[0].kinds.push("register.readout/1".into());
    let mut bundle = Bundle::new(second);
    for side in &world.sides {
        bundle.sign(&AwsLc, &side.keys, &side.chain, &[], 0).unwrap();
    }
    world.activate(&bundle);
    let appended = world.append(0, &[], &[Draft { header: OTHER_HEADER, body: b"{}", approvals: APPROVED }]);
    world.deliver(0);
    world.evidence(Position { index: appended.first_record, ..places[0] })
}

// spec: EVID-4, EVID-11, LIFE-1
#[test]
fn a_record_under_the_second_version_is_proven_with_both_versions() {
    make_if_absent("evidence/good-second-version.mithaq", || {
        let evidence = under_second_version();
        let proven = evidence.verify(&AwsLc).unwrap();
        let file = |ending: &str| format!("evidence/good-second-version.{ending}");
        vec![(file("mithaq"), evidence.encode().unwrap()), (file("json"), pretty(&facts(&proven)))]
    });
    let mut evidence = Evidence::parse(&read("evidence/good-second-version.mithaq")).unwrap();
    let proven = evidence.verify(&AwsLc).unwrap();
    assert_eq!(facts(&proven), read_json("evidence/good-second-version.json"));
    assert_eq!((proven.agreement.version, proven.clause_covers_it), (2, true));
    evidence.agreements.remove(1);
    assert!(evidence.verify(&AwsLc).is_err());
    evidence.context.agreement = *evidence.context.channel.bytes();
    assert!(evidence.verify(&AwsLc).is_err(), "under the first version it does not open");
}

/// Files of what XAA wrote about itself: that it ended the enrolment of an officer, and how much it had received of XAB's
/// log.
fn own_words() -> [(&'static str, Evidence); 2] {
    let (mut world, places) = world();
    let revoked = Enrolment { origin: places[0].origin, index: 2 };
    let appended = world.append(0, &[Control::Revocation(revoked)], &[]);
    world.deliver(0);
    let revocation = Position { index: appended.first_control, ..places[0] };
    let manifest = Position { index: appended.first_control - 1, ..places[0] };
    [("good-revocation", world.evidence(revocation)), ("good-manifest", world.evidence(manifest))]
}

// spec: EVID-13, RECORD-10
#[test]
fn a_revocation_and_a_manifest_are_proven_like_any_record() {
    make_if_absent("evidence/good-revocation.mithaq", || {
        let files = own_words().map(|(name, evidence)| {
            let facts = pretty(&facts(&evidence.verify(&AwsLc).unwrap()));
            [(format!("evidence/{name}.mithaq"), evidence.encode().unwrap()), (format!("evidence/{name}.json"), facts)]
        });
        files.into_iter().flatten().collect()
    });
    for name in ["good-revocation", "good-manifest"] {
        let proven = Evidence::parse(&read(&format!("evidence/{name}.mithaq"))).unwrap().verify(&AwsLc).unwrap();
        assert_eq!(facts(&proven), read_json(&format!("evidence/{name}.json")), "{name}");
        let told = proven.testimony.unwrap();
        match told {
            Testimony::Revoked(enrolment) => assert_eq!((name, enrolment.index), ("good-revocation", 2)),
            Testimony::Manifest(manifest) => assert_eq!((name, manifest.seen.len()), ("good-manifest", 1)),
            other => panic!("{other:?}"),
        }
    }
}

// spec: EVID-1, EVID-2, EVID-3, EVID-4, EVID-5, EVID-6, EVID-7, EVID-8, EVID-9
#[test]
fn spoiled_files_are_refused_for_the_reason_in_the_vectors() {
    make_vectors_if_absent();
    let good = read("evidence/good-note.mithaq");
    for case in read_json("evidence/spoiled.json").as_array().unwrap() {
        let outcome = verify(&AwsLc, &apply(&good, &case["edit"]));
        let refusal = outcome.expect_err(case["name"].as_str().unwrap()).to_string();
        assert_eq!(refusal, case["refusal"], "{}", case["name"]);
    }
}

// spec: EVID-17
#[test]
fn a_file_of_another_version_is_named() {
    let names = ["good-note", "missed-agreed", "entry-answered"];
    let [good, missed, entry] = names.map(|name| read(&format!("evidence/{name}.mithaq")));
    for (bytes, line) in [(good, "MITHAQ-EVIDENCE/1"), (missed, "MITHAQ-MISSED/1"), (entry, "MITHAQ-ENTRY/1")] {
        assert_eq!(unknown_version(&bytes), None);
        let newer = [line.replace('1', "12").as_bytes(), &bytes[line.len()..]].concat();
        assert_eq!(unknown_version(&newer), Some(12));
        assert!(
            Evidence::parse(&newer).is_err() && Missed::parse(&newer).is_err() && EntryFile::parse(&newer).is_err()
        );
    }
    for other in [&b""[..], b"{}", b"MITHAQ-EVIDENCE/", b"MITHAQ-EVIDENCE/x\n", b"MITHAQ-BAG/2\n", &[0xff; 40]] {
        assert_eq!(unknown_version(other), None);
    }
}

// spec: EVID-8, RECORD-7
#[test]
fn one_key_under_two_enrolments_is_not_two_officers() {
    let mut world = World::new();
    world.append(0, &[enrolment(2, "One desk"), enrolment(2, "Another desk")], &[]);
    world.deliver(0);
    let approved = &[(ApprovalRole::Author, 2, 2), (ApprovalRole::ReleaseAuthority, 3, 2)];
    let appended = world.append(0, &[], &[Draft { header: NOTE_HEADER, body: BODY, approvals: approved }]);
    let mut officers = vec![];
    world.deliver_deciding(0, &mut |arriving| {
        officers = arriving.approvals.iter().map(|judged| (judged.valid, judged.officer.index)).collect();
        None
    });
    assert_eq!(officers, [(true, 2), (true, 2)], "both signatures are good, and one officer's");
    let file = world.evidence(Position { origin: appended.origin, index: appended.first_record });
    make_if_absent("evidence/bad-one-key.mithaq", || {
        vec![("evidence/bad-one-key.mithaq".into(), file.encode().unwrap())]
    });
    for bytes in [file.encode().unwrap(), read("evidence/bad-one-key.mithaq")] {
        let refused = EvidenceError::Mismatch("one key approves under two enrolments");
        assert_eq!(verify(&AwsLc, &bytes).unwrap_err(), refused);
    }
}

// spec: EVID-1
#[test]
fn a_file_with_any_byte_changed_is_refused() {
    make_vectors_if_absent();
    let good = read("evidence/good-note.mithaq");
    let suite = Memo::default();
    verify(&suite, &good).unwrap();
    let refuses_all = |start: usize| {
        let mut spoiled = good.clone();
        for at in (start..good.len()).step_by(2) {
            for mask in [0x01, 0x80] {
                spoiled[at] ^= mask;
                assert!(verify(&suite, &spoiled).is_err(), "byte {at} xor {mask:#x} is not refused");
                spoiled[at] ^= mask;
            }
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| refuses_all(0));
        refuses_all(1);
    });
}

// spec: EVID-1
#[test]
fn a_file_cut_short_or_with_more_behind_it_is_refused() {
    make_vectors_if_absent();
    let good = read("evidence/good-note.mithaq");
    let suite = Memo::default();
    for length in (0..good.len()).step_by(997) {
        assert!(verify(&suite, &good[..length]).is_err(), "{length}");
    }
    for more in [&b"\0"[..], b"\n", b"\x07\0\0\0\0", b"\x08\0\0\0\0", &good] {
        assert!(verify(&suite, &[&good, more].concat()).is_err());
    }
}

pub fn verify(suite: &dyn Suite, bytes: &[u8]) -> Result<Proven, EvidenceError> {
    Evidence::parse(bytes)?.verify(suite)
}

fn make_vectors_if_absent() {
    static MADE: LazyLock<()> = LazyLock::new(|| make_if_absent("evidence/good-note.mithaq", make));
    *MADE
}

fn make() -> Vec<(String, Vec<u8>)> {
    let (world, places) = world();
    let good = world.evidence(places[0]);
    let mut unreceipted = good.clone();
    unreceipted.record = world.sides[0].member(&places[0], places[1].index + 1, false);
    unreceipted.seen.clear();
    let outside = world.evidence(places[1]);
    let (refusal, received) = testimonies();
    let mut files = vec![];
    for (name, evidence) in GOOD.into_iter().zip([&good, &unreceipted, &outside, &refusal, &received]) {
        let proven = evidence.verify(&AwsLc).unwrap();
        files.push((format!("evidence/{name}.mithaq"), evidence.encode().unwrap()));
        files.push((format!("evidence/{name}.json"), pretty(&facts(&proven))));
    }
    let bytes = good.encode().unwrap();
    let spoiled: Vec<Value> = spoiled(&world, &places, &good)
        .into_iter()
        .map(|(name, rule, spoiled)| {
            let refusal = verify(&AwsLc, &spoiled).expect_err(name).to_string();
            json!({"name": name, "rule": rule, "refusal": refusal, "edit": edit(&bytes, &spoiled)})
        })
        .collect();
    files.push(("evidence/spoiled.json".into(), pretty(&Value::Array(spoiled))));
    files
}

/// Files of what XAB wrote into its own log about a batch of XAA's: that it refused one of two records, and that it
/// received the batch.
fn testimonies() -> (Evidence, Evidence) {
    let mut world = World::with_deadlines(Deadlines::DIRECTIVE_2023_977);
    let note = || Draft { header: NOTE_HEADER, body: BODY, approvals: &[] };
    let sent = world.append(0, &[], &[note(), note()]);
    let refuse = Refused { rule: "EYE-01".into(), reason: "approval-missing".into() };
    let first = sent.first_record;
    world.deliver_deciding(0, &mut |arriving| (arriving.position.index == first).then(|| refuse.clone()));
    world.deliver(1);
    let origin = world.sides[1].channel.own_log(Lane::Main);
    // Manifest, activation, received, refusal.
    let [received, refusal] = [2, 3].map(|index| world.evidence_by(1, Position { origin, index }));
    (refusal, received)
}

// spec: EVID-13
#[test]
fn what_a_party_wrote_about_anothers_batch_is_reported() {
    let (refusal, received) = testimonies();
    let Some(Testimony::Refused(refused)) = refusal.verify(&AwsLc).unwrap().testimony else { panic!("no refusal") };
    assert_eq!((refused.refused.len(), refused.refused[0].rule.as_str()), (1, "EYE-01"));
    let proven = received.verify(&AwsLc).unwrap();
    let all_but_that = Received::of(refused.batch, vec![refused.refused[0].index]);
    assert_eq!(proven.testimony, Some(Testimony::Received(all_but_that)));
    assert_eq!(proven.receipts.len(), 1, "the other side has it countersigned");
    let (world, places) = world();
    assert_eq!(world.evidence(places[0]).verify(&AwsLc).unwrap().testimony, None);
}

/// What a verifier says of a good file.
pub fn facts(proven: &Proven) -> Value {
    let testimony = proven.testimony.as_ref().map(|testimony| match testimony {
        Testimony::Refused(refused) => json!({"refused": refused}),
        Testimony::Received(word) => json!({"received": word}),
        Testimony::Withheld(places) => json!({"withheld": places}),
        Testimony::Statement(statement) => json!({"statement": statement}),
        Testimony::StatementAnswer(answer) => json!({"statement_answer": answer}),
        Testimony::Manifest(manifest) => json!({"manifest": manifest}),
        Testimony::Revoked(enrolment) => json!({"revoked": enrolment}),
        Testimony::Erasure(places) => json!({"erasure": places}),
        Testimony::Erased(places) => json!({"erased": places}),
    });
    let parties: Vec<Value> = proven
        .parties
        .iter()
        .map(|chain| {
            let card = chain.current();
            json!({
                "agency": chain.agency(), "country": card.country, "names": card.names, "card_serial": card.serial,
                "fingerprint": Fingerprint::of(chain.agency()).to_string(),
            })
        })
        .collect();
    let receipts: Vec<Value> =
        proven.receipts.iter().map(|receipt| json!({"agency": receipt.by, "time_s": receipt.time_s})).collect();
    let approved = |approved: &Approved| {
        let mut facts = json!({
            "role": approved.role, "office": approved.office, "enrolment": approved.enrolment,
            "enrolled_before": approved.enrolled_before,
        });
        if let ApprovedWith::Passkey(seen) = approved.with {
            facts["passkey"] = json!({"synced": seen.backed_up});
        }
        facts
    };
    let approvals: Vec<Value> = proven.approvals.iter().map(approved).collect();
    let bound = |time: Option<SignedTime>| time.map(|time| json!({"by": time.by, "time_s": time.time_s}));
    let word = |contradiction: &Contradiction| match contradiction {
        Contradiction::Bounds => "bounds",
        Contradiction::Claim => "claim",
    };
    let contradictions: Vec<&str> = proven.interval.contradictions.iter().map(word).collect();
    let mut facts = json!({
        "log": proven.position.origin.to_string(),
        "index": proven.position.index,
        "kind": proven.header.kind,
        "clause": proven.header.clause,
        "clause_covers_it": proven.clause_covers_it,
        "body_sha256": hex::encode(proven.body_sha256),
        "digest": hex::encode(proven.digest),
        "agreement": hex::encode(proven.agreement_hash),
        "agreement_version": proven.agreement.version,
        "parties": parties,
        "claimed_time_ms": proven.claimed_time,
        "purpose_is_the_clauses": proven.purpose_is_the_clauses,
        "after": bound(proven.interval.after),
        "before": bound(proven.interval.before),
        "contradictions": contradictions,
        "withheld": proven.withheld,
        "receipts": receipts,
        "missing_receipts": proven.missing_receipts,
        "approvals": approvals,
    });
    if let Some(testimony) = testimony {
        facts["testimony"] = testimony;
    }
    facts
}

/// Files that must be refused, with the rule that refuses them.
fn spoiled(world: &World, places: &[Position], good: &Evidence) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let [author, reader] = &world.sides;
    let first_batch = Position { index: 0, ..places[0] };
    let other_log = Position { origin: reader.channel.own_log(Lane::Main), index: 2 };
    let mut cases = vec![];
    let mut add = |name, rule, change: &dyn Fn(&mut Evidence)| {
        let mut evidence = good.clone();
        change(&mut evidence);
        cases.push((name, rule, evidence.encode().unwrap()));
    };
    add("receipt for another batch", "EVID-6", &|file| {
        file.record.proof = with_receipt_of(&file.record.proof, &author.member(&first_batch, 5, true).proof);
    });
    add("receipt by a key that is not the receipt key", "EVID-6", &|file| {
        let (stranger, _) = agency(5, "XAC", "Stranger");
        file.record.proof = with_receipt_by(&file.record.proof, &stranger, reader);
    });
    add("receipt by the author", "EVID-6", &|file| {
        file.record.proof = with_receipt_by(&file.record.proof, &author.keys, author);
    });
    add("receipt with two times", "EVID-6", &|file| {
        let other = with_receipt_by(&file.record.proof, &reader.keys, reader);
        file.record.proof = edit_notes(&file.record.proof, &other, |note, other| {
            note.signatures[3] = other.signatures[3].clone();
        });
    });
    add("secret of another record", "EVID-5", &|file| file.record.secret = author.member(&places[1], 8, false).secret);
    add("content of another record", "EVID-5", &|file| {
        file.record.plaintext = author.member(&places[1], 8, false).plaintext;
    });
    add("approvals taken away", "EVID-5", &|file| {
        let parts = record::decode(&good.record.plaintext).unwrap();
        file.record.plaintext.clear();
        let parts = Parts { approvals: &[], ..parts };
        record::encode(&parts, &mut file.record.plaintext).unwrap();
    });
    add("manifest of another batch", "EVID-7", &|file| file.manifest = author.member(&first_batch, 5, false));
    add("record in place of the manifest", "EVID-7", &|file| file.manifest = author.member(&places[0], 8, false));
    add("manifest with receipts", "EVID-7", &|file| {
        file.manifest = author.member(&Position { index: 5, ..places[0] }, 8, true);
    });
    add("manifest of another log", "EVID-7", &|file| {
        file.manifest = reader.member(&Position { index: 0, ..other_log }, 3, false);
    });
    add("agreement that a party has not signed", "EVID-4", &|file| {
        let mut bundle = Bundle::new(world.bundle.agreement().clone());
        bundle.sign(&AwsLc, &author.keys, &author.chain, &author.sealing.public, START_MS).unwrap();
        file.agreements = vec![bundle.encode()];
    });
    add("agreement twice", "EVID-4", &|file| file.agreements.push(file.agreements[0].clone()));
    add("no agreement", "EVID-4", &|file| file.agreements.clear());
    add("enrolment in another agency's log", "EVID-8", &|file| {
        file.enrolments[0] = reader.member(&other_log, 3, false)
    });
    add("enrolment missing", "EVID-8", &|file| drop(file.enrolments.pop()));
    add("enrolment twice", "EVID-8", &|file| file.enrolments.push(file.enrolments[0].clone()));
    add("enrolment of the wrong record", "EVID-8", &|file| file.enrolments[0] = author.member(&first_batch, 5, false));
    add("enrolment that no approval names", "EVID-8", &|file| {
        file.enrolments.push(author.member(&Position { index: 4, ..places[0] }, 5, false));
    });
    add("cards in another order", "EVID-3", &|file| file.cards.reverse());
    add("card of one party missing", "EVID-4", &|file| drop(file.cards.pop()));
    add("card of a stranger more", "EVID-4", &|file| {
        file.cards.push(agency(5, "XAC", "Stranger").1.encode());
        file.cards[1..].sort_by_key(|cards| *CardChain::parse(&AwsLc, cards).unwrap().agency());
    });
    add("seen receipt that the manifest does not name", "EVID-9", &|file| {
        file.seen =
            vec![edit_notes(&file.record.proof, &file.record.proof, |_, _| ()).split_once("\n\n").unwrap().1.into()];
    });
    add("seen receipt twice", "EVID-9", &|file| file.seen.push(file.seen[0].clone()));
    add("seen checkpoint without the receipt", "EVID-9", &|file| {
        let mut note = Note::parse(&file.seen[0]).unwrap();
        note.signatures.truncate(2);
        file.seen = vec![note.encode()];
    });
    add("another channel", "EVID-4", &|file| file.context.channel = ChannelId::new([7; 32]));
    add("another author", "EVID-3", &|file| file.context.author = *reader.chain.agency());
    add("another agreement version", "EVID-4", &|file| file.context.agreement = [7; 32]);

    let bytes = good.encode().unwrap();
    cases.push(("a byte behind the end", "EVID-1", [&bytes[..], &[0]].concat()));
    cases.push(("an unknown section", "EVID-1", [&bytes[..], &[9, 0, 0, 0, 0]].concat()));
    cases.push(("another version", "EVID-1", [b"MITHAQ-EVIDENCE/2", &bytes[17..]].concat()));
    let mut sections = sections(&bytes);
    sections.swap(1, 2);
    cases.push(("sections out of order", "EVID-1", [&bytes[..18], &sections.concat()].concat()));
    sections.swap(1, 2);
    let repeated = sections[1].clone();
    sections.insert(1, repeated);
    cases.push(("record section twice", "EVID-1", [&bytes[..18], &sections.concat()].concat()));
    cases
}

pub fn sections(bytes: &[u8]) -> Vec<Vec<u8>> {
    frames(bytes, 18)
}

/// The proof with the receipt lines of another.
fn with_receipt_of(proof: &str, other: &str) -> String {
    edit_notes(proof, other, |note, other| {
        note.signatures.truncate(2);
        note.signatures.extend_from_slice(&other.signatures[2..]);
    })
}

/// The proof with a receipt in the name of `side`, signed a day later with these keys.
pub fn with_receipt_by(proof: &str, keys: &SoftwareKeys, side: &Side) -> String {
    let checkpoint = Checkpoint::parse(&Proof::parse(proof).unwrap().note.text).unwrap();
    let receipt = sign_receipt(&AwsLc, keys, &checkpoint, side.chain.agency(), START_MS / 1000 + 86_400).unwrap();
    let mut parsed = Proof::parse(proof).unwrap();
    parsed.note.signatures.truncate(2);
    parsed.note.signatures.extend(Note::parse(&receipt).unwrap().signatures);
    parsed.encode()
}

fn edit_notes(proof: &str, other: &str, change: impl Fn(&mut Note, &Note)) -> String {
    let (mut proof, other) = (Proof::parse(proof).unwrap(), Proof::parse(other).unwrap());
    change(&mut proof.note, &other.note);
    proof.encode()
}

// spec: EVID-8
#[test]
fn every_approval_of_a_file_is_proven_or_the_file_is_refused() {
    let (mut world, _) = world();
    let by = |enrolment, key| [(ApprovalRole::Author, enrolment, key)];
    let cases = [
        (by(2, 2), Ok(())),
        (by(2, 3), Err(EvidenceError::Mismatch("an officer's signature is not valid"))),
        (by(5, 5), Err(EvidenceError::Mismatch("an enrolment section holds another record"))),
        // The approval names the place at which the officer will be enrolled afterwards.
        (by(17, 17), Err(EvidenceError::Mismatch("an officer was enrolled after the record"))),
    ];
    let mut appended = vec![];
    for (approvals, _) in &cases {
        appended.push(world.append(0, &[], &[Draft { header: NOTE_HEADER, body: BODY, approvals }]));
        world.deliver(0);
    }
    let enrolled = world.append(0, &[enrolment(17, "Example desk, late")], &[]);
    assert_eq!(enrolled.first_control, 17);
    world.deliver(0);
    for (appended, (_, expected)) in appended.iter().zip(cases) {
        let file = world.evidence(Position { origin: appended.origin, index: appended.first_record });
        assert_eq!(file.verify(&AwsLc).map(|_| ()), expected);
    }
}

/// The real suite with a memory: a signature that was checked once is not checked again.
#[derive(Default)]
pub struct Memo {
    verified: Mutex<HashMap<Hash, bool>>,
}

impl Memo {
    fn remember(&self, key: &[u8], message: &[u8], signature: &[u8], check: impl FnOnce() -> bool) -> bool {
        let lengths = [key.len(), message.len()].map(|length| length.to_be_bytes()).concat();
        let name = AwsLc.sha256(&[&lengths, key, message, signature]);
        if let Some(valid) = self.verified.lock().unwrap().get(&name) {
            return *valid;
        }
        let valid = check();
        if valid {
            self.verified.lock().unwrap().insert(name, valid);
        }
        valid
    }
}

impl Suite for Memo {
    fn sha256(&self, parts: &[&[u8]]) -> Hash {
        AwsLc.sha256(parts)
    }
    fn hkdf_expand(&self, secret: &[u8; 32], label: &[u8]) -> [u8; 32] {
        AwsLc.hkdf_expand(secret, label)
    }
    fn aead_seal(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        bytes: &mut [u8],
    ) -> Result<[u8; TAG_BYTES], CannotSeal> {
        AwsLc.aead_seal(key, nonce, aad, bytes)
    }
    fn aead_open<'a>(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        bytes: &'a mut [u8],
    ) -> Result<&'a mut [u8], DoesNotOpen> {
        AwsLc.aead_open(key, nonce, aad, bytes)
    }
    fn verify_ed25519(&self, key: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
        self.remember(key, message, signature, || AwsLc.verify_ed25519(key, message, signature))
    }
    fn is_p256(&self, key: &[u8; 65]) -> bool {
        AwsLc.is_p256(key)
    }
    fn verify_es256(&self, key: &[u8; 65], message: &[u8], signature: &[u8]) -> bool {
        self.remember(key, message, signature, || AwsLc.verify_es256(key, message, signature))
    }
    fn verify_ml_dsa_44(&self, key: &[u8; 1312], message: &[u8], signature: &[u8]) -> bool {
        self.remember(key, message, signature, || AwsLc.verify_ml_dsa_44(key, message, signature))
    }
    fn sealing_key(&self, seed: [u8; 32]) -> SealingKey {
        AwsLc.sealing_key(seed)
    }
    fn hpke_seal(
        &self,
        public: &[u8],
        info: &[u8],
        plaintext: &[u8],
        entropy: &mut dyn Entropy,
    ) -> Result<HpkeSealed, CannotSeal> {
        AwsLc.hpke_seal(public, info, plaintext, entropy)
    }
    fn hpke_open(&self, key: &SealingKey, info: &[u8], sealed: &HpkeSealed) -> Result<Vec<u8>, DoesNotOpen> {
        AwsLc.hpke_open(key, info, sealed)
    }
}
