//! Evidence files without content: what good ones prove, that they say nothing of the record, and what is no such file.

use std::sync::LazyLock;

use mithaq_protocol::{
    agreement::{Bundle, Deadlines},
    control::{Control, Places},
    evidence::{
        Evidence, EvidenceError, TwoHistories,
        entry::{EntryFile, ProvenEntry, is_entry},
    },
    id::Hash,
    origin::{Lane, Position},
    suite::{AwsLc, KeyRole, Suite},
    tlog::Proof,
};
use serde_json::{Value, json};

use crate::{
    evidence::{BODY, Memo, NOTE_HEADER, facts as facts_of_one, with_receipt_by, world},
    files::{apply, each_change_is_refused, edit, frames, make_if_absent, pretty, read, read_json},
    forgeries::{Layout, layout_cases, withheld_note},
    world::{Draft, START_MS, World},
};

/// Good files, in the order of [`Made::good`].
const GOOD: [&str; 6] =
    ["entry-answered", "entry-bare", "entry-one-end", "entry-other-end", "entry-amended", "entry-withheld"];

/// The magic's length.
const START: usize = 15;

/// XAA orders the erasure of an entry; XAB carries it out and says so. Gives both words.
fn ordered(world: &mut World, place: Position) -> (Evidence, Evidence) {
    let order = word(world, 0, Control::Erasure(places([place])));
    world.deliver(1);
    let origin = world.sides[1].channel.own_log(Lane::Main);
    let index = world.sides[1].channel.size(&origin) - 1;
    (order, world.evidence_by(1, Position { origin, index }))
}

/// A side's word in its own log, countersigned by the other.
fn word(world: &mut World, side: usize, control: Control) -> Evidence {
    let appended = world.append(side, &[control], &[]);
    world.deliver(side);
    world.evidence_by(side, Position { origin: appended.origin, index: appended.first_control })
}

fn places<const N: usize>(places: [Position; N]) -> Places {
    Places { origin: places[0].origin, indexes: places.map(|place| place.index).to_vec() }
}

/// Everything that is said of two records of one batch, in one world: signatures are random, so another world has another past.
struct Made {
    world: World,
    at: Vec<Position>,
    /// The file of the first record from before.
    kept: Evidence,
    good: [EntryFile; 6],
    /// Words about the other record.
    other: (Evidence, Evidence),
    /// An order for the record by who did not write it.
    strangers: Evidence,
}

fn made() -> Made {
    let (mut world, at) = world();
    let (bare, kept) = (world.entry_by(0, at[0]), world.evidence(at[0]));
    let note = withheld_note(&world.sides[0], &kept, at[0], KeyRole::Document);
    let withheld = EntryFile { withheld: Some(note), ..bare.clone() };
    // Each destroyed its own copy, and nobody ordered it.
    let [one_end, other_end] = [0, 1].map(|side| {
        let own = word(&mut world, side, Control::Erased(places([at[0]])));
        EntryFile { erased: vec![own], ..bare.clone() }
    });
    let strangers = word(&mut world, 1, Control::Erasure(places([at[0]])));
    let with = |(order, answer)| EntryFile { order: Some(order), erased: vec![answer], ..bare.clone() };
    let answered = with(ordered(&mut world, at[0]));
    let other = ordered(&mut world, at[1]);
    // The order is written under the second version of the agreement, the entry under the first.
    let mut second = world.bundle.agreement().clone();
    (second.version, second.previous) = (2, Some(second.hash(&AwsLc)));
    second.clauses[0].kinds.push("register.readout/1".into());
    let mut bundle = Bundle::new(second);
    for side in &world.sides {
        bundle.sign(&AwsLc, &side.keys, &side.chain, &[], 0).unwrap();
    }
    world.activate(&bundle);
    let amended = with(ordered(&mut world, at[0]));
    let good = [answered, bare, one_end, other_end, amended, withheld];
    Made { world, at, kept, good, other, strangers }
}

pub fn verify(suite: &dyn Suite, bytes: &[u8]) -> Result<ProvenEntry, EvidenceError> {
    EntryFile::parse(bytes)?.verify(suite)
}

/// What a verifier says of a good file.
pub fn facts(proven: &ProvenEntry) -> Value {
    // What is told of parties, times and receipts is told as of a file with content.
    let word = |word| {
        let mut facts = facts_of_one(word);
        facts["after_order"] = proven.is_after_order(word).into();
        facts
    };
    let time = |time: Option<mithaq_protocol::evidence::SignedTime>| {
        time.map(|time| json!({"by": time.by, "time_s": time.time_s}))
    };
    let contradictions: Vec<String> =
        proven.interval.contradictions.iter().map(|word| format!("{word:?}").to_lowercase()).collect();
    let parties: Vec<Value> = proven
        .parties
        .iter()
        .map(|chain| {
            let card = chain.current();
            let fingerprint = mithaq_protocol::fingerprint::Fingerprint::of(chain.agency()).to_string();
            json!({
                "agency": chain.agency(), "country": card.country, "names": card.names, "card_serial": card.serial,
                "fingerprint": fingerprint,
            })
        })
        .collect();
    json!({
        "log": proven.position.origin.to_string(),
        "index": proven.position.index,
        "size": proven.size,
        "root": hex::encode(proven.root),
        "entry": hex::encode(proven.entry),
        "agreement": hex::encode(proven.agreement_hash),
        "agreement_version": proven.agreement.version,
        "parties": parties,
        "claimed_time_ms": proven.claimed_time,
        "after": time(proven.interval.after),
        "before": time(proven.interval.before),
        "contradictions": contradictions,
        "receipts": proven.receipts.iter().map(|receipt| json!({"agency": receipt.by, "time_s": receipt.time_s}))
            .collect::<Vec<_>>(),
        "missing_receipts": proven.missing_receipts,
        "withheld": proven.withheld,
        "order": proven.order.as_ref().map(facts_of_one),
        "erased": proven.erased.iter().map(word).collect::<Vec<_>>(),
        "silent": proven.silent().collect::<Vec<_>>(),
    })
}

fn make_vectors_if_absent() {
    static MADE: LazyLock<()> = LazyLock::new(|| make_if_absent("evidence/entry-answered.mithaq", make));
    *MADE
}

fn make() -> Vec<(String, Vec<u8>)> {
    let mut made = made();
    let mut files = vec![];
    for (name, file) in GOOD.into_iter().zip(&made.good) {
        let proven = file.verify(&AwsLc).unwrap_or_else(|error| panic!("{name}: {error}"));
        files.push((format!("evidence/{name}.mithaq"), file.encode().unwrap()));
        files.push((format!("evidence/{name}.json"), pretty(&facts(&proven))));
    }
    let bytes = files[0].1.clone();
    files.push(("evidence/good-before-erasure.mithaq".into(), made.kept.encode().unwrap()));
    let kept = facts_of_one(&made.kept.verify(&AwsLc).unwrap());
    files.push(("evidence/good-before-erasure.json".into(), pretty(&kept)));
    let cases: Vec<Value> = spoiled(&mut made)
        .into_iter()
        .map(|(name, rule, spoiled)| {
            let refusal = verify(&AwsLc, &spoiled).expect_err(&name).to_string();
            json!({"name": name, "rule": rule, "refusal": refusal, "edit": edit(&bytes, &spoiled)})
        })
        .collect();
    files.push(("evidence/entry-spoiled.json".into(), pretty(&Value::Array(cases))));
    files
}

/// Files that must be refused, with the rule that refuses them; all of them edits of `entry-answered.mithaq`.
fn spoiled(made: &mut Made) -> Vec<(String, &'static str, Vec<u8>)> {
    let Made { world, at, kept, good: [good, .., amended, _], other: (other_order, other_answer), strangers } = made;
    let [author, reader] = &world.sides;
    let mut cases = vec![];
    let mut add = |name: &str, rule, change: &dyn Fn(&mut EntryFile)| {
        let mut file = good.clone();
        change(&mut file);
        cases.push((name.to_owned(), rule, file.encode().unwrap()));
    };
    let other = world.entry_by(0, at[1]);
    add("another entry at the place", "EVID-24", &|file| file.entry = other.entry);
    add("a place that the entry does not have", "EVID-24", &|file| file.proof = other.proof.clone());
    add("a head from before the entry", "EVID-24", &|file| {
        // The first batch ends at 5, the entry is number 6.
        let early = author.member(&Position { index: 4, ..at[0] }, 5, true);
        let mut proof = Proof::parse(&file.proof).unwrap();
        proof.note = Proof::parse(&early.proof).unwrap().note;
        file.proof = proof.encode();
    });
    let theirs = Position { origin: reader.channel.own_log(Lane::Main), index: 2 };
    add("an entry of the other party", "EVID-24", &|file| {
        let theirs = world.entry_by(1, theirs);
        (file.entry, file.proof) = (theirs.entry, theirs.proof);
    });
    let elsewhere = elsewhere();
    add("an entry of another channel", "EVID-24", &|file| {
        (file.entry, file.proof) = (elsewhere.entry, elsewhere.proof.clone());
    });
    add("a receipt by the author", "EVID-6", &|file| {
        file.proof = with_receipt_by(&file.proof, &author.keys, author);
    });
    add("the author's cards twice, and its own receipt", "EVID-3", &|file| {
        file.cards.push(file.cards[0].clone());
        file.proof = with_receipt_by(&file.proof, &author.keys, author);
    });
    add("the manifest of another batch", "EVID-7", &|file| {
        file.manifest = author.member(&Position { index: 0, ..at[0] }, 5, false);
    });
    add("a record in place of the manifest", "EVID-7", &|file| file.manifest = author.member(&at[1], 8, false));
    add("the manifest as the entry", "EVID-25", &|file| {
        let manifest = world.entry_by(0, Position { index: 5, ..at[0] });
        (file.entry, file.proof) = (manifest.entry, manifest.proof);
        (file.order, file.erased) = (None, vec![]);
    });
    add("a version that does not govern the manifest", "EVID-25", &|file| {
        let order = amended.order.clone().unwrap();
        (file.agreements, file.context.agreement) = (order.agreements, order.context.agreement);
    });
    add("a seen receipt twice", "EVID-9", &|file| file.seen.push(file.seen[0].clone()));
    add("another author", "EVID-3", &|file| file.context.author = *reader.chain.agency());
    add("no agreement", "EVID-4", &|file| file.agreements.clear());
    add("a note that withholds another record", "EVID-18", &|file| {
        file.withheld = Some(withheld_note(author, kept, at[1], KeyRole::Document));
    });
    add("the answer in place of the order", "EVID-26", &|file| file.order = file.erased.pop());
    add("the order in place of the answer", "EVID-27", &|file| file.erased = file.order.clone().into_iter().collect());
    add("the answer twice", "EVID-27", &|file| file.erased.push(file.erased[0].clone()));
    add("an order for another record", "EVID-26", &|file| file.order = Some(other_order.clone()));
    add("an answer about another record", "EVID-27", &|file| file.erased = vec![other_answer.clone()]);
    add("an order by who did not write the record", "EVID-26", &|file| file.order = Some(strangers.clone()));
    add("an order of another past", "EVID-19", &|file| {
        let (mut other, at) = crate::evidence::world();
        file.order = Some(ordered(&mut other, at[0]).0);
    });
    add("an order of another channel", "EVID-26", &|file| file.order = elsewhere.order.clone());
    add("an answer of another channel", "EVID-27", &|file| file.erased = elsewhere.erased.clone());
    add("an order whose content was changed", "EVID-5", &|file| {
        if let Some(order) = &mut file.order {
            let end = order.record.plaintext.len() - 3;
            order.record.plaintext[end] ^= 1;
        }
    });
    add("an answer that only its author countersigned", "EVID-6", &|file| {
        file.erased[0].record.proof = with_receipt_by(&file.erased[0].record.proof, &reader.keys, reader);
    });
    // An order that its author wrote before the record, for a place that was still to come.
    let later = Position { index: author.channel.size(&at[0].origin) + 3, ..at[0] };
    let early = word(world, 0, Control::Erasure(places([later])));
    let sent = world.append(0, &[], &[Draft { header: NOTE_HEADER, body: BODY, approvals: &[] }]);
    assert_eq!(sent.first_record, later.index);
    world.deliver(0);
    let promised = EntryFile { order: Some(early), ..world.entry_by(0, later) };
    cases.push(("an order from before the entry".to_owned(), "EVID-26", promised.encode().unwrap()));

    let bytes = good.encode().unwrap();
    let behind = |tail: &[u8]| [&bytes[..], tail].concat();
    cases.push(("a byte behind the end".to_owned(), "EVID-23", behind(&[0])));
    cases.push(("an unknown section".to_owned(), "EVID-23", behind(&[11, 0, 0, 0, 0])));
    cases.push(("another version".to_owned(), "EVID-23", [b"MITHAQ-ENTRY/2", &bytes[START - 1..]].concat()));
    cases.extend(section_cases(&bytes));
    cases
}

/// A file of another channel between the same parties.
fn elsewhere() -> EntryFile {
    let mut world = World::with_deadlines(Deadlines::DIRECTIVE_2023_977);
    let sent = world.append(0, &[], &[Draft { header: NOTE_HEADER, body: BODY, approvals: &[] }]);
    world.deliver(0);
    world.deliver(1);
    let place = Position { origin: sent.origin, index: sent.first_record };
    let (order, answer) = ordered(&mut world, place);
    EntryFile { order: Some(order), erased: vec![answer], ..world.entry_by(0, place) }
}

fn sections(bytes: &[u8]) -> Vec<Vec<u8>> {
    frames(bytes, START)
}

fn section_cases(bytes: &[u8]) -> Vec<(String, &'static str, Vec<u8>)> {
    let rule_of = |tag: u8| match tag {
        4 => "EVID-3",
        5 => "EVID-4",
        7 => "EVID-9",
        10 => "EVID-27",
        _ => "EVID-23",
    };
    // What a file need not hold may be left out: it proves less then.
    layout_cases(
        &bytes[..START],
        &sections(bytes),
        &Layout { rule_of: &rule_of, of_order: "EVID-23", optional: &[7, 9, 10] },
    )
}

// spec: EVID-23, EVID-24, EVID-25, EVID-26, EVID-27, EVID-29
#[test]
fn good_files_prove_what_the_vectors_say() {
    make_vectors_if_absent();
    for name in GOOD {
        let bytes = read(&format!("evidence/{name}.mithaq"));
        assert!(is_entry(&bytes) && Evidence::parse(&bytes).is_err());
        let file = EntryFile::parse(&bytes).unwrap();
        assert_eq!(file.encode().unwrap(), bytes, "{name}");
        let proven = file.verify(&AwsLc).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(facts(&proven), read_json(&format!("evidence/{name}.json")), "{name}");
    }
}

// spec: EVID-26, EVID-27, EVID-29
#[test]
fn who_ordered_and_who_answered_is_told_and_nothing_of_who_did_not() {
    let told = |file: &EntryFile| {
        let proven = file.verify(&AwsLc).unwrap();
        let parties: Vec<_> = proven.parties.iter().map(|chain| *chain.agency()).collect();
        let number = |party| parties.iter().position(|known| *known == party).unwrap();
        let ordered = proven.order.as_ref().map(|order| number(order.position.origin.agency));
        let erased: Vec<_> = proven
            .erased
            .iter()
            .map(|word| (number(word.position.origin.agency), proven.is_after_order(word)))
            .collect();
        (ordered, erased, proven.silent().map(|party| number(*party)).collect::<Vec<_>>())
    };
    let made = made();
    let [answered, bare, one_end, other_end, amended, withheld] = &made.good;
    assert_eq!(told(answered), (Some(0), vec![(1, true)], vec![0]));
    assert_eq!(told(amended), (Some(0), vec![(1, true)], vec![0]));
    assert_eq!(told(one_end), (None, vec![(0, false)], vec![1]));
    assert_eq!(told(other_end), (None, vec![(1, false)], vec![0]));
    assert_eq!(told(bare), (None, vec![], vec![0, 1]));
    assert!(withheld.verify(&AwsLc).unwrap().withheld && !bare.verify(&AwsLc).unwrap().withheld);
    // A word from before the order is no answer to it.
    let file = EntryFile { erased: other_end.erased.clone(), ..answered.clone() };
    assert_eq!(told(&file), (Some(0), vec![(1, false)], vec![0]));
}

// spec: EVID-24, EVID-25, EVID-26, EVID-27, EVID-28
#[test]
fn spoiled_files_are_refused_for_the_reason_in_the_vectors() {
    make_vectors_if_absent();
    let good = read("evidence/entry-answered.mithaq");
    for case in read_json("evidence/entry-spoiled.json").as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let refusal = verify(&AwsLc, &apply(&good, &case["edit"])).expect_err(name).to_string();
        assert_eq!(refusal, case["refusal"], "{name}");
    }
    for (name, _, spoiled) in spoiled(&mut made()) {
        assert!(verify(&AwsLc, &spoiled).is_err(), "{name}");
    }
}

// spec: EVID-30
#[test]
fn an_earlier_file_of_the_record_matches_the_entry_and_no_other_does() {
    make_vectors_if_absent();
    let kept = Evidence::parse(&read("evidence/good-before-erasure.mithaq")).unwrap();
    for name in ["entry-answered", "entry-bare", "entry-one-end", "entry-other-end", "entry-amended", "entry-withheld"]
    {
        let file = EntryFile::parse(&read(&format!("evidence/{name}.mithaq"))).unwrap();
        let (proven, record) = file.verify_with(&AwsLc, &kept).unwrap();
        assert_eq!((proven.position, &record.body[..]), (record.position, BODY), "{name}");
    }
    let (mut world, at) = world();
    let (file, good) = (world.entry_by(0, at[0]), world.evidence(at[0]));
    assert!(file.verify_with(&AwsLc, &good).is_ok());
    // Another record of the same batch, one of another channel, one that does not hold.
    let refusal = |earlier: &Evidence| file.verify_with(&AwsLc, earlier).map(|_| ()).unwrap_err();
    let elsewhere_at = "the record of the other file lies at another place: it is not this entry";
    assert_eq!(refusal(&world.evidence(at[1])), EvidenceError::Mismatch(elsewhere_at));
    let mut other = World::with_deadlines(Deadlines::DIRECTIVE_2023_977);
    let sent = other.append(0, &[], &[Draft { header: NOTE_HEADER, body: BODY, approvals: &[] }]);
    other.deliver(0);
    let elsewhere = other.evidence(Position { origin: sent.origin, index: sent.first_record });
    assert_eq!(refusal(&elsewhere), EvidenceError::Mismatch(elsewhere_at));
    let mut spoiled = good.clone();
    spoiled.record.secret[0] ^= 1;
    assert!(matches!(refusal(&spoiled), EvidenceError::Proof { what: "record", .. }));
    // An author who shows another record at the place has signed two histories.
    let (fork, _) = World::with_records(&[
        Draft {
            header: NOTE_HEADER,
            body: b"{\"subject\":\"F\",\"text\":\"Forged.\",\"language\":\"en\"}",
            approvals: &[],
        },
        Draft { header: NOTE_HEADER, body: BODY, approvals: &[] },
    ]);
    let log = at[0].origin;
    assert_eq!(refusal(&fork.evidence(at[0])), EvidenceError::TwoHistories(TwoHistories { log, one: 8, other: 8 }));
    // A later head of the log proves the same entry.
    world.append(0, &[], &[Draft { header: NOTE_HEADER, body: BODY, approvals: &[] }]);
    world.deliver(0);
    let mut later = world.evidence(at[0]);
    later.record = world.sides[0].member(&at[0], 10, true);
    later.manifest = world.sides[0].member(&Position { index: 5, ..at[0] }, 10, false);
    assert!(file.verify_with(&AwsLc, &later).is_ok());
}

/// Whatever the record was, its file is made of the same parts: nothing in it but the entry and what is hashed with it
/// depends on the content.
// spec: EVID-31
#[test]
fn a_file_without_content_tells_nothing_of_the_content() {
    let long = BODY.repeat(400);
    let of = |header: &str, body: &[u8], approvals| {
        let (world, at) = World::with_records(&[Draft { header, body, approvals }]);
        world.entry_by(0, at[0]).encode().unwrap()
    };
    let other = NOTE_HEADER.replace("000102030405060708090a0b0c0d0e0f", "f00102030405060708090a0b0c0d0e0f");
    let readout = NOTE_HEADER.replace("correspondence.note/1", "register.readout/1");
    let plain = of(NOTE_HEADER, BODY, &[]);
    for (name, file) in [
        ("longer", of(NOTE_HEADER, &long, &[])),
        ("another thread", of(&other, BODY, &[])),
        ("another kind", of(&readout, b"{}", &[])),
        ("approved", of(NOTE_HEADER, BODY, &[(mithaq_protocol::agreement::ApprovalRole::Author, 2, 2)])),
    ] {
        let lengths =
            |file: &[u8]| sections(file).iter().map(|section| (section[0], section.len())).collect::<Vec<_>>();
        assert_eq!(lengths(&file), lengths(&plain), "{name}");
        for of_content in [&b"correspondence"[..], b"readout", b"000102030405", b"An example note", b"desk"] {
            assert!(!file.windows(of_content.len()).any(|window| window == of_content), "{name}");
        }
    }
    // Manifest, cards and agreement are told in full: of the record only the hash of its secret and content remains.
    let entry = EntryFile::parse(&plain).unwrap().entry;
    let (world, at) = World::with_records(&[Draft { header: NOTE_HEADER, body: BODY, approvals: &[] }]);
    let whole = world.evidence(at[0]).record;
    assert!(!plain.windows(32).any(|window| window == whole.secret));
    assert_ne!(entry, AwsLc.sha256(&[BODY]) as Hash);
}

/// Sections 9 and 10 are evidence files, of which every byte is tried elsewhere; here all that holds them together is, every
/// byte before them, and of them every 41st.
// spec: EVID-23
#[test]
fn a_file_with_a_byte_changed_is_refused() {
    make_vectors_if_absent();
    let good = read("evidence/entry-answered.mithaq");
    let suite = Memo::default();
    verify(&suite, &good).unwrap();
    let (mut places, mut frame): (Vec<usize>, _) = ((0..START).collect(), START);
    for section in sections(&good) {
        let length = if matches!(section[0], 9 | 10) { 5 } else { section.len() };
        places.extend(frame..frame + length);
        frame += section.len();
    }
    places.extend((0..good.len()).step_by(41));
    each_change_is_refused(&good, &places, |spoiled| verify(&suite, spoiled).is_err());
    for length in (0..good.len()).step_by(1_009) {
        // Without its last sections a file may be whole, and prove less.
        let mut end = START;
        let is_whole = sections(&good).iter().any(|section| {
            end += section.len();
            end == length
        });
        assert!(is_whole || verify(&suite, &good[..length]).is_err(), "{length}");
    }
}

// spec: EVID-12, EVID-29
#[test]
fn only_others_clocks_bound_the_time_of_an_entry() {
    let (world, at) = world();
    let mut file = world.entry_by(0, at[0]);
    let before = file.verify(&AwsLc).unwrap().interval.before.unwrap();
    assert_eq!(before.by, *world.sides[1].chain.agency());
    let mut proof = Proof::parse(&file.proof).unwrap();
    proof.note.signatures.truncate(2);
    file.proof = proof.encode();
    let proven = file.verify(&AwsLc).unwrap();
    assert_eq!((proven.interval.before, proven.missing_receipts.len()), (None, 1));
    assert!(proven.claimed_time >= START_MS);
}
