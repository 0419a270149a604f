//! The vectors of documents, cards and agreements that other implementations replay (fields: `docs/spec/vectors.md`).

extern crate std;

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString as _},
    vec,
    vec::Vec,
};

use serde_json::{Value, json};

use crate::{
    agreement::{Agreement, Bundle, Caps, NamedAuditor},
    card::{Body, CardChain, CardDraft, CardError, Merge, issue},
    document::{self, SignedDocument},
    encoding::{from_base64, to_base64},
    fingerprint::Fingerprint,
    fixtures::{Agency, agreement, draft, keys, resigned},
    header::Header,
    id::AgencyId,
    json::parse_strict,
    suite::{AwsLc, KeyRole, PublicKeys, Signer as _},
};

fn path(file: &str) -> String {
    format!("{}/testdata/vectors/{file}.json", env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path(file)).unwrap()).unwrap()
}

fn cases<'a>(file: &'a Value, list: &str) -> impl Iterator<Item = &'a Value> {
    let cases = file[list].as_array().unwrap();
    assert!(!cases.is_empty(), "{list} is empty");
    cases.iter()
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap_or_else(|| panic!("{field} is no text in {}", case["name"]))
}

fn assert_outcome(case: &Value, valid: bool) {
    assert_eq!(case["valid"].as_bool(), Some(valid), "{}", case["name"]);
}

#[test]
fn documents_agree() {
    // spec: DOC-1, DOC-2, DOC-3, DOC-4, DOC-5, DOC-6
    let file = read("documents");
    for case in cases(&file, "preimages") {
        let bytes = from_base64(text(case, "bytes")).unwrap();
        let agency = text(case, "agency").parse().unwrap();
        let preimage = document::preimage(text(case, "kind"), &agency, case["serial"].as_u64().unwrap(), &bytes);
        assert_eq!(to_base64(&preimage), text(case, "preimage"));
    }
    for case in cases(&file, "documents") {
        let keys: PublicKeys = serde_json::from_value(case["keys"].clone()).unwrap();
        let signed = SignedDocument::parse(text(case, "document").as_bytes());
        assert_outcome(case, signed.is_ok_and(|signed| signed.verify(&AwsLc, &keys, text(case, "kind"))));
    }
    for case in cases(&file, "json") {
        let bytes = from_base64(text(case, "bytes")).unwrap();
        assert_outcome(case, parse_strict::<Value>(&bytes, 1 << 16, "json").is_ok());
    }
    for case in cases(&file, "headers") {
        assert_outcome(case, Header::parse(text(case, "header").as_bytes()).is_ok());
    }
}

#[test]
fn cards_agree() {
    // spec: CARD-1, CARD-6, CARD-7, CARD-8, CARD-9, CARD-10, CARD-11, CARD-12, CARD-13
    let file = read("cards");
    let mut chains = BTreeMap::new();
    for case in cases(&file, "chains") {
        let chain = CardChain::parse(&AwsLc, text(case, "file").as_bytes());
        assert_outcome(case, chain.is_ok());
        let Ok(chain) = chain else { continue };
        assert_eq!(chain.agency().to_string(), text(case, "agency"));
        assert_eq!(chain.fingerprint().to_string(), text(case, "fingerprint"));
        assert_eq!(chain.qr_text().to_string(), text(case, "qr"));
        assert_eq!(Some(chain.current().serial), case["serial"].as_u64());
        chains.insert(text(case, "name"), chain);
    }
    for case in cases(&file, "merges") {
        let outcome = match chains[text(case, "held")].merge(&chains[text(case, "offered")]) {
            Ok(Merge::Equal) => "equal",
            Ok(Merge::Extends) => "extends",
            Ok(Merge::Behind) => "behind",
            Err(CardError::Forked { .. }) => "forked",
            Err(CardError::OtherAgency { .. }) => "other_agency",
            Err(other) => panic!("{other}"),
        };
        assert_eq!(outcome, text(case, "outcome"));
    }
    for case in cases(&file, "fingerprints") {
        let agency: AgencyId = text(case, "agency").parse().unwrap();
        assert_eq!(Fingerprint::of(&agency).to_string(), text(case, "fingerprint"));
    }
}

#[test]
fn agreements_agree() {
    // spec: AGR-DOC-1, AGR-DOC-2, AGR-DOC-15, AGR-DOC-16, AGR-DOC-17
    let file = read("agreement");
    let chains: BTreeMap<_, _> = cases(&file, "cards")
        .map(|chain| CardChain::parse(&AwsLc, chain.as_str().unwrap().as_bytes()).unwrap())
        .map(|chain| (*chain.agency(), chain))
        .collect();
    for case in cases(&file, "agreements") {
        let agreement = Agreement::parse(text(case, "agreement").as_bytes());
        assert_outcome(case, agreement.is_ok());
        if let Ok(agreement) = agreement {
            assert_eq!(hex::encode(agreement.hash(&AwsLc)), text(case, "hash"));
        }
    }
    for case in cases(&file, "bundles") {
        let bundle = Bundle::parse(text(case, "bundle").as_bytes());
        let good = bundle.and_then(|bundle| bundle.verify(&AwsLc, &chains).map(|()| bundle));
        assert_outcome(case, good.is_ok());
        if let Ok(bundle) = good {
            assert_eq!(json!(bundle.missing()), case["missing"]);
        }
    }
}

/// Adds the cases that the files lack by name. Those that are there stay: verifiers of other makers rely on them, and ML-DSA
/// signatures differ each time.
#[test]
#[ignore = "writes the vector files; run by hand when the formats grow"]
fn write_vectors() {
    for (file, made) in [("documents", documents()), ("cards", cards()), ("agreement", agreements())] {
        let mut held = read(file);
        for (list, cases) in held.as_object_mut().unwrap() {
            let (Some(cases), Some(made)) = (cases.as_array_mut(), made[list].as_array()) else { continue };
            let is_new =
                |case: &&Value| case["name"].is_string() && cases.iter().all(|held| held["name"] != case["name"]);
            let new: Vec<Value> = made.iter().filter(is_new).cloned().collect();
            cases.extend(new);
        }
        std::fs::write(path(file), serde_json::to_string_pretty(&held).unwrap() + "\n").unwrap();
    }
}

fn documents() -> Value {
    let agency = Agency::new(1, "XAA");
    let id = *agency.chain.agency();
    let keys = &agency.chain.current().keys;
    let body = br#"{"made":"up"}"#.to_vec();
    let good = SignedDocument::sign(&agency.keys, "withheld", &id, 1, body.clone()).unwrap();
    let encoded = String::from_utf8(good.encode()).unwrap();
    let spoiled = |spoil: &dyn Fn(&mut SignedDocument)| {
        let mut document = good.clone();
        spoil(&mut document);
        String::from_utf8(document.encode()).unwrap()
    };
    let case = |name: &str, kind: &str, keys: &PublicKeys, document: String, valid: bool| json!({"name": name, "kind": kind, "keys": keys, "document": document, "valid": valid});
    let preimage = |kind: &str, serial: u64, bytes: &[u8]| {
        json!({"kind": kind, "agency": id, "serial": serial, "bytes": to_base64(bytes),
            "preimage": to_base64(&document::preimage(kind, &id, serial, bytes))})
    };
    json!({
        "format": "mithaq document vectors 1",
        "preimages": [preimage("card", 1, b""), preimage("agreement", 258, b"bytes"), preimage("sealing-key", 3, &[0; 300])],
        "documents": [
            case("good", "withheld", &keys.document, encoded.clone(), true),
            case("other kind", "nack", &keys.document, encoded.clone(), false),
            case("other key", "withheld", &keys.log, encoded.clone(), false),
            case("body changed", "withheld", &keys.document, spoiled(&|d| d.body[0] ^= 1), false),
            case("serial changed", "withheld", &keys.document, spoiled(&|d| d.signature.serial = 2), false),
            case("agency changed", "withheld", &keys.document,
                spoiled(&|d| d.signature.agency = AgencyId::new([1; 32])), false),
            case("Ed25519 half spoiled", "withheld", &keys.document,
                spoiled(&|d| d.signature.pair.ed25519[0] ^= 1), false),
            case("ML-DSA-44 half spoiled", "withheld", &keys.document,
                spoiled(&|d| d.signature.pair.ml_dsa_44[0] ^= 1), false),
            case("white space", "withheld", &keys.document, format!("{encoded}\n"), false),
            case("other order of members", "withheld", &keys.document, other_order(&encoded), false),
            case("unknown member", "withheld", &keys.document, encoded.replacen('{', "{\"x\":1,", 1), false),
        ],
        "json": json_cases(),
        "headers": header_cases(),
    })
}

/// The signed document with its signature before its body.
fn other_order(document: &str) -> String {
    let (body, signature) = document[1..document.len() - 1].split_once(",\"signature\"").unwrap();
    format!("{{\"signature\"{signature},{body}}}")
}

fn json_cases() -> Vec<Value> {
    let case = |name: &str, bytes: &[u8], valid: bool| json!({"name": name, "bytes": to_base64(bytes), "valid": valid});
    vec![
        case("empty object", b"{}", true),
        case("white space", b" {\n\t\"a\" : [ ] }\r\n", true),
        case("largest integer", br#"{"a":9007199254740991}"#, true),
        case("eight levels", br#"{"a":[[[[[[[1]]]]]]]}"#, true),
        case("escapes", br#"{"a":"\u00e9\ud83d\ude00\n"}"#, true),
        case("the same key in two objects", br#"{"a":{"b":1},"c":{"b":1}}"#, true),
        case("nine levels", br#"{"a":[[[[[[[[1]]]]]]]]}"#, false),
        case("duplicate key", br#"{"a":1,"a":1}"#, false),
        case("duplicate key, nested", br#"[{"b":{"a":1,"c":2,"a":3}}]"#, false),
        case("duplicate key, escaped", br#"{"a":1,"\u0061":1}"#, false),
        case("2^53", br#"{"a":9007199254740992}"#, false),
        case("negative", br#"{"a":-1}"#, false),
        case("minus zero", br#"{"a":-0}"#, false),
        case("fraction", br#"{"a":1.0}"#, false),
        case("exponent", br#"{"a":1e0}"#, false),
        case("leading zero", br#"{"a":01}"#, false),
        case("trailing comma", br#"{"a":1,}"#, false),
        case("two values", b"{}{}", false),
        case("byte order mark", b"\xef\xbb\xbf{}", false),
        case("not UTF-8", b"{\"a\":\"\xff\"}", false),
        case("lone surrogate", br#"{"a":"\ud800"}"#, false),
        case("control character", b"{\"a\":\"\n\"}", false),
        case("NaN", br#"{"a":NaN}"#, false),
        case("nothing", b"", false),
    ]
}

fn header_cases() -> Vec<Value> {
    let case = |name: &str, header: &str, valid: bool| json!({"name": name, "header": header, "valid": valid});
    let good = concat!(
        r#"{"kind":"register.readout/1","thread":"000102030405060708090a0b0c0d0e0f","clause":"c1","purpose":"register","#,
        r#""handling":["H1","H2"],"evaluation":{"source":"X","info":"4"},"retain_until":"2030-12-31","#,
        r#""media_type":"application/json"}"#
    );
    let spoiled = |name: &str, from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        case(name, &good.replacen(from, to, 1), false)
    };
    vec![
        case("good", good, true),
        case("white space and another order", &good.replacen('{', "{ \"language\" : \"ar\" , ", 1), true),
        case("protocol record", r#"{"kind":"mithaq.batch/1","media_type":"application/json"}"#, true),
        case("protocol record with a fact", r#"{"kind":"mithaq.batch/1","media_type":"a/b","purpose":"x"}"#, false),
        spoiled("unknown field", "\"clause\"", "\"clauses\":1,\"clause\""),
        spoiled("null", "\"clause\"", "\"offence\":null,\"clause\""),
        spoiled("array for an object", r#"{"source":"X","info":"4"}"#, r#"["X","4"]"#),
        spoiled("no thread", r#""thread":"000102030405060708090a0b0c0d0e0f","#, ""),
        spoiled("no clause", r#""clause":"c1","#, ""),
        spoiled("no retain_until", r#""retain_until":"2030-12-31","#, ""),
        spoiled("thread in capitals", "0a0b", "0A0B"),
        spoiled("a day that is none", "2030-12-31", "2030-02-29"),
        spoiled("handling twice", r#"["H1","H2"]"#, r#"["H1","H1"]"#),
        spoiled("handling out of order", r#"["H1","H2"]"#, r#"["H2","H1"]"#),
        spoiled("H3 without its text", r#"["H1","H2"]"#, r#"["H1","H3"]"#),
        spoiled("urgent without a ground", "\"clause\"", "\"urgency\":\"urgent\",\"clause\""),
        spoiled("kind without a version", "readout/1", "readout"),
        case("fresh", &good.replacen('{', &format!("{{\"fresh\":\"{}\",", "ab".repeat(16)), 1), true),
        case("fresh in capitals", &good.replacen('{', &format!("{{\"fresh\":\"{}\",", "AB".repeat(16)), 1), false),
        case("fresh of 15 bytes", &good.replacen('{', &format!("{{\"fresh\":\"{}\",", "ab".repeat(15)), 1), false),
        spoiled("fresh without a value", "\"clause\"", "\"fresh\":null,\"clause\""),
    ]
}

fn cards() -> Value {
    let first = Agency::new(1, "XAA");
    let second = first.rotated(1, "XAA");
    let fork = first.rotated(1, "XAB");
    let stranger = Agency::new(2, "XAB");
    let good = |name: &str, chain: &CardChain| {
        json!({"name": name, "file": file_text(chain), "valid": true, "agency": chain.agency(),
            "fingerprint": chain.fingerprint().to_string(), "qr": chain.qr_text().to_string(),
            "serial": chain.current().serial})
    };
    let bad = |name: &str, file: String| json!({"name": name, "file": file, "valid": false});
    let (one, two, other) = (file_text(&first.chain), file_text(&second.chain), file_text(&fork.chain));
    let swapped = one.replace("\"key\":\"log\"", "\"key\":\"x\"").replace("\"key\":\"receipt\"", "\"key\":\"log\"");
    let second_only = format!("{{\"mithaq\":\"cards/1\",\"cards\":[{}", &two[one.len() - 1..]);
    let stranger_card = &file_text(&stranger.chain)["{\"mithaq\":\"cards/1\",\"cards\":[".len()..];
    let thief = keys(66, 1);
    let forged = resigned(&second.chain, &thief, |card| {
        card.keys = first.chain.current().keys.clone();
        card.succession = Some(thief.public(KeyRole::Succession).unwrap());
    });
    let forged = format!("{},{}]}}", &one[..one.len() - 2], serde_json::to_string(&forged).unwrap());
    let merge =
        |held: &str, offered: &str, outcome: &str| json!({"held": held, "offered": offered, "outcome": outcome});
    let fingerprint = |byte: u8| {
        let agency = AgencyId::new([byte; 32]);
        json!({"agency": agency, "fingerprint": Fingerprint::of(&agency).to_string()})
    };
    json!({
        "format": "mithaq card vectors 1",
        "chains": [
            good("first", &first.chain),
            good("second", &second.chain),
            good("fork", &fork.chain),
            good("stranger", &stranger.chain),
            bad("no cards", "{\"mithaq\":\"cards/1\",\"cards\":[]}".into()),
            bad("a card is missing", second_only),
            bad("a card of another agency follows", format!("{},{stranger_card}", &one[..one.len() - 2])),
            bad("a thief's second card", forged),
            bad("two second cards", format!("{},{}", &two[..two.len() - 2], &other[one.len() - 1..])),
            bad("roles swapped", swapped.replace("\"key\":\"x\"", "\"key\":\"receipt\"")),
            bad("the succession signature is named previous", two.replace("\"succession\",", "\"previous\",")),
            bad("a signature is missing", without_last_signature(&one)),
            bad("a signature is spoiled", spoil_last_signature(&one)),
            bad("white space", format!("{one}\n")),
            bad("other format", one.replace("cards/1", "cards/2")),
            good("observer", &of_body(41, Body::Observer)),
            good("civil registry", &of_body(42, Body::CivilRegistry)),
            good("consulate", &of_body(43, Body::Consulate)),
            good("judicial", &of_body(44, Body::Judicial)),
            good("training", &of_body(45, Body::Training)),
            good("defence", &of_body(46, Body::Defence)),
            bad("an unknown body", {
                let signed = resigned(&first.chain, &first.keys, |_| ());
                let card = String::from_utf8(signed.card.clone()).unwrap().replacen("police", "navy", 1);
                let encoded = serde_json::to_string(&signed).unwrap();
                let encoded = encoded.replacen(&to_base64(&signed.card), &to_base64(card.as_bytes()), 1);
                format!("{{\"mithaq\":\"cards/1\",\"cards\":[{encoded}]}}")
            }),
        ],
        "merges": [
            merge("first", "first", "equal"),
            merge("first", "second", "extends"),
            merge("second", "first", "behind"),
            merge("second", "fork", "forked"),
            merge("first", "stranger", "other_agency"),
        ],
        "fingerprints": [fingerprint(0), fingerprint(1), fingerprint(0x7f), fingerprint(0xff)],
    })
}

/// An agency of its own for each kind of body.
fn of_body(seed: u8, body: Body) -> CardChain {
    issue(&AwsLc, &keys(seed, 0), CardDraft { body, ..draft(seed, 0, "XAC") }, None).unwrap()
}

fn file_text(chain: &CardChain) -> String {
    String::from_utf8(chain.encode()).unwrap()
}

fn without_last_signature(file: &str) -> String {
    let start = file.rfind(",{\"key\"").unwrap();
    format!("{}]}}]}}", &file[..start])
}

/// Changes the first character of the last Ed25519 signature.
fn spoil_last_signature(file: &str) -> String {
    let at = file.rfind("\"ed25519\":\"").unwrap() + "\"ed25519\":\"".len();
    let other = if &file[at..=at] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &file[..at], &file[at + 1..])
}

fn agreements() -> Value {
    let (first, second, stranger) = (Agency::new(1, "XAA"), Agency::new(2, "XAB"), Agency::new(3, "XAC"));
    let draft = agreement(&first.chain, &second.chain);
    let sign = |bundle: &mut Bundle, agency: &Agency| {
        bundle.sign(&AwsLc, &agency.keys, &agency.chain, &agency.sealing.public, 1_767_225_600_000).unwrap();
    };
    let bundle_of = |agreement: &Agreement, signers: &[&Agency]| {
        let mut bundle = Bundle::new(agreement.clone());
        signers.iter().for_each(|agency| sign(&mut bundle, agency));
        bundle
    };
    let encoded = |bundle: &Bundle| String::from_utf8(bundle.encode()).unwrap();
    let good = |name: &str, bundle: Bundle| json!({"name": name, "bundle": encoded(&bundle), "valid": true, "missing": bundle.missing()});
    let bad = |name: &str, bundle: String| json!({"name": name, "bundle": bundle, "valid": false});
    let complete = encoded(&bundle_of(&draft, &[&first, &second]));
    let (head, keys) = complete.split_once("\"sealing_keys\":").unwrap();
    let other = encoded(&bundle_of(&Agreement { late_days: 1, ..draft.clone() }, &[&first, &second]));
    let (other_head, other_keys) = other.split_once("\"sealing_keys\":").unwrap();
    let with_stranger = {
        let wider = agreement(&first.chain, &stranger.chain);
        let signed = encoded(&bundle_of(&wider, &[&stranger]));
        let body =
            |text: &str| text.split_once("\"signatures\":").map(|(a, b)| (a.to_string(), b.to_string())).unwrap();
        format!("{}\"signatures\":{}", body(&complete).0, body(&signed).1)
    };
    let mut wrong_key = Bundle::new(draft.clone());
    wrong_key.sign(&AwsLc, &second.keys, &first.chain, &first.sealing.public, 0).unwrap();
    let later = Agreement { version: 2, previous: Some(draft.hash(&AwsLc)), ..draft.clone() };
    json!({
        "format": "mithaq agreement vectors 1",
        "cards": [file_text(&first.chain), file_text(&second.chain), file_text(&stranger.chain)],
        "agreements": agreement_cases(&draft, &later),
        "bundles": [
            good("draft", Bundle::new(draft.clone())),
            good("one signature", bundle_of(&draft, &[&first])),
            good("complete", bundle_of(&draft, &[&first, &second])),
            good("second version", bundle_of(&later, &[&first, &second])),
            bad("sealing keys for another channel", format!("{head}\"sealing_keys\":{other_keys}")),
            bad("signatures over another agreement", {
                let signatures = other_head.split_once("\"signatures\":").unwrap().1;
                let agreement = head.split_once("\"signatures\":").unwrap().0;
                format!("{agreement}\"signatures\":{signatures}\"sealing_keys\":{keys}")
            }),
            bad("signed by a stranger", with_stranger),
            bad("signed with another party's key", encoded(&wrong_key)),
            bad("a signature is spoiled", spoil_last_signature(&complete)),
            bad("white space", format!("{complete} ")),
        ],
    })
}

/// The first clause with one time limit by name.
fn in_minutes(agreement: &mut Agreement, name: &str, minutes: u32) {
    agreement.clauses[0].deadlines = None;
    agreement.clauses[0].limits = [(name, minutes)].into_iter().collect();
}

fn auditor(party: &str) -> NamedAuditor {
    NamedAuditor { party: party.into(), keys: keys(77, 0).public(KeyRole::Log).unwrap() }
}

fn agreement_cases(draft: &Agreement, later: &Agreement) -> Vec<Value> {
    let text = |agreement: &Agreement| String::from_utf8(agreement.encode()).unwrap();
    let good = |name: &str, agreement: &Agreement| json!({"name": name, "agreement": text(agreement), "valid": true, "hash": hex::encode(agreement.hash(&AwsLc))});
    let bad = |name: &str, agreement: String| json!({"name": name, "agreement": agreement, "valid": false});
    let spoiled = |name: &str, spoil: fn(&mut Agreement)| {
        let mut agreement = draft.clone();
        spoil(&mut agreement);
        bad(name, text(&agreement))
    };
    let with = |change: fn(&mut Agreement)| {
        let mut agreement = draft.clone();
        change(&mut agreement);
        agreement
    };
    vec![
        good("first version", draft),
        good("second version", later),
        bad("white space", format!("{} ", text(draft))),
        bad("a member is left out", text(draft).replacen("\"previous\":null,", "", 1)),
        bad("duplicate key", text(draft).replacen("\"version\":1,", "\"version\":1,\"version\":1,", 1)),
        spoiled("version 0", |a| a.version = 0),
        spoiled("first version with a previous", |a| a.previous = Some([1; 32])),
        spoiled("dates in the wrong order", |a| a.valid_until = "2025-12-31".parse().unwrap()),
        spoiled("one party", |a| a.parties.truncate(1)),
        spoiled("label twice", |a| a.parties[1].label = "XAA".into()),
        spoiled("an author who is no party", |a| a.clauses[0].authors[0] = "XAC".into()),
        spoiled("clause id twice", |a| a.clauses[1].id = "c1".into()),
        spoiled("a protocol kind in a clause", |a| a.clauses[0].kinds[0] = "mithaq.batch/1".into()),
        spoiled("no handling code", |a| a.clauses[0].handling.clear()),
        spoiled("retention over five years", |a| a.clauses[0].retention_days_max = 1826),
        spoiled("release without an author", |a| _ = a.clauses[1].approvals.remove(0)),
        good(
            "time limits by name",
            &with(|a| {
                (a.clauses[0].deadlines, a.clauses[1].deadlines) = (None, None);
                a.clauses[0].limits = [("hotline.acknowledge", 15), ("requests.answer", 527_040)].into_iter().collect();
            }),
        ),
        good(
            "caps and auditors",
            &with(|a| {
                a.caps =
                    Some(Caps { bytes_per_day_max: Some(1 << 30), attachment_bytes_max: Some(1), ..Caps::default() });
                a.auditors = vec![auditor("XAB"), auditor("XAA")];
            }),
        ),
        spoiled("time limits in both forms", |a| a.clauses[0].limits = [("a.b", 1)].into_iter().collect()),
        spoiled("a time limit of no minutes", |a| in_minutes(a, "requests.answer", 0)),
        spoiled("a time limit over a year", |a| in_minutes(a, "requests.answer", 527_041)),
        spoiled("a time limit of no desk", |a| in_minutes(a, "answer", 1)),
        bad(
            "no time limits, written",
            text(&with(|a| a.clauses[0].deadlines = None)).replacen(
                "\"records_per_day_max\":null,",
                "\"records_per_day_max\":null,\"limits\":{},",
                1,
            ),
        ),
        spoiled("caps of nothing", |a| a.caps = Some(Caps::default())),
        spoiled("a cap of zero", |a| a.caps = Some(Caps { records_per_day_max: Some(0), ..Caps::default() })),
        spoiled("an auditor of no party", |a| a.auditors = vec![auditor("XAC")]),
        spoiled("an auditor twice", |a| a.auditors = vec![auditor("XAA"), auditor("XAA")]),
        bad("auditors, and none", text(draft).replacen(",\"clauses\"", ",\"auditors\":[],\"clauses\"", 1)),
        spoiled("a title of two lines", |a| _ = a.title.insert("en".into(), "Two\nlines".into())),
        spoiled("a title of 201 bytes", |a| _ = a.title.insert("en".into(), "x".repeat(201))),
        good("a title of 200 bytes", &with(|a| _ = a.title.insert("en".into(), "x".repeat(200)))),
        spoiled("a party's name of two lines", |a| _ = a.parties[0].names.insert("en".into(), "Two\nlines".into())),
        spoiled("an auditor's key of small order", |a| {
            let mut named = auditor("XAA");
            named.keys.ed25519 = [0; 32];
            a.auditors = vec![named];
        }),
        spoiled("an auditor's key in a second spelling", |a| {
            let mut named = auditor("XAA");
            named.keys.ed25519 = [0xff; 32];
            a.auditors = vec![named];
        }),
        bad("another version of the format", text(draft).replacen("agreement/1", "agreement/2", 1)),
    ]
}
