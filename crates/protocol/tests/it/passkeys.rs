//! Vectors of officers' passkeys: what may be enrolled, and which assertions approve a record.

use std::sync::LazyLock;

use aws_lc_rs::{
    agreement::{ECDH_P256, PrivateKey},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use mithaq_protocol::{
    agreement::ApprovalRole,
    control::Control,
    evidence::{Evidence, EvidenceError},
    id::{AgencyId, ChannelId, Hash},
    origin::{Lane, Origin, Position},
    passkey::{Algorithm, Assertion, PublicKey},
    record::{
        self, Approval, ApprovalKey, ApprovalSignature, ApprovedWith, EnrolledPasskey, Enrolment, Officer,
        officer_digest,
    },
    suite::{AwsLc, Suite as _},
};
use serde_json::{Value, json};

use crate::{
    evidence::{BODY, NOTE_HEADER, facts},
    files::{from_hex, make_if_absent, pretty, read, read_json},
    world::{World, approvals, enrolment},
};

const FILE: &str = "passkeys.json";
const SITE: &str = "https://desk.alpha.example";
const RP_ID: &str = "alpha.example";
const DIGEST: Hash = [0xd1; 32];
const LOG: Origin =
    Origin { channel: ChannelId::new([0xc1; 32]), agency: AgencyId::new([0xa1; 32]), epoch: 1, lane: Lane::Main };

/// The officers of the vectors, by the number of their enrolment.
const ES256: u64 = 2;
const ED25519: u64 = 3;
const PROGRAM: u64 = 4;
const OFF_CURVE: u64 = 5;

enum Pair {
    Es256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Pair {
    fn es256(seed: u8) -> Self {
        let private = PrivateKey::from_private_key(&ECDH_P256, &[seed; 32]).unwrap();
        let public = private.compute_public_key().unwrap();
        let signing = &ECDSA_P256_SHA256_ASN1_SIGNING;
        Self::Es256(EcdsaKeyPair::from_private_key_and_public_key(signing, &[seed; 32], public.as_ref()).unwrap())
    }

    fn ed25519(seed: u8) -> Self {
        Self::Ed25519(Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap())
    }

    fn key(&self) -> PublicKey {
        let (algorithm, bytes) = match self {
            Self::Es256(pair) => (Algorithm::Es256, pair.public_key().as_ref().to_vec()),
            Self::Ed25519(pair) => (Algorithm::Ed25519, pair.public_key().as_ref().to_vec()),
        };
        PublicKey { algorithm, bytes }
    }

    fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Es256(pair) => pair.sign(&SystemRandom::new(), bytes).unwrap().as_ref().to_vec(),
            Self::Ed25519(pair) => pair.sign(bytes).as_ref().to_vec(),
        }
    }

    fn officer(&self, office: &str) -> Officer {
        let passkey = EnrolledPasskey { key: self.key(), origin: SITE.into(), rp_id: RP_ID.into() };
        Officer { office: office.into(), key: ApprovalKey::Webauthn(passkey) }
    }
}

/// What browser and authenticator say.
struct Told {
    kind: &'static str,
    challenge: String,
    site: &'static str,
    /// Behind the members that are judged.
    members: &'static str,
    rp_id: &'static str,
    flags: u8,
    /// Behind the counter.
    tail: Vec<u8>,
}

impl Told {
    fn of(signed: &Hash) -> Self {
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(signed);
        let kind = "webauthn.get";
        Self { kind, challenge, site: SITE, members: "", rp_id: RP_ID, flags: 0x05, tail: vec![] }
    }

    fn client_data(&self) -> String {
        let Self { kind, challenge, site, members, .. } = self;
        format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{site}"{members}}}"#)
    }

    fn signed(&self, pair: &Pair, client_data: impl Into<Vec<u8>>) -> Assertion {
        let rp_id_hash = AwsLc.sha256(&[self.rp_id.as_bytes()]);
        let authenticator_data = [rp_id_hash.as_slice(), &[self.flags], &[0, 0, 0, 9], &self.tail].concat();
        let client_data = client_data.into();
        let signature = pair.sign(&[authenticator_data.as_slice(), &AwsLc.sha256(&[&client_data])].concat());
        Assertion { authenticator_data, client_data, signature }
    }
}

// spec: RECORD-7, RECORD-14, RECORD-15
#[test]
fn passkeys_approve_what_the_vectors_say() {
    for case in vectors()["approvals"].as_array().unwrap() {
        let (name, digest) = (&case["name"], from_hex(&case["digest"]));
        let Ok(parsed) = record::parse_approvals(case["text"].as_str().unwrap().as_bytes()) else {
            assert_eq!(case["outcome"], "refused", "{name}");
            continue;
        };
        let officers = case["officers"].as_array().unwrap();
        let judged = parsed.iter().map(|approval| {
            let place = json!(approval.enrolment);
            let found = officers.iter().find(|officer| officer["enrolment"] == place)?;
            let Ok(Control::Enrolment(officer)) = decode(found["body"].as_str().unwrap()) else { panic!("{name}") };
            record::verify_approval(&AwsLc, &officer, approval, &digest).ok()
        });
        let judged: Option<Vec<ApprovedWith>> = judged.collect();
        assert_eq!(case["outcome"], if judged.is_some() { "valid" } else { "invalid" }, "{name}");
        let synced = judged.unwrap_or_default().into_iter().map(|with| match with {
            ApprovedWith::Ed25519 => None,
            ApprovedWith::Passkey(seen) => Some(seen.backed_up),
        });
        assert_eq!(case["synced"], json!(synced.collect::<Vec<_>>()), "{name}");
        let used: Vec<String> = parsed.iter().map(|approval| hex::encode(record::used(&AwsLc, approval))).collect();
        assert_eq!(case["used"], json!(used), "{name}");
    }
}

// spec: RECORD-13
#[test]
fn the_two_spellings_of_an_es256_signature_are_one_approval() {
    let cases = vectors()["approvals"].as_array().unwrap();
    let named = |name: &str| cases.iter().find(|case| case["name"] == name).unwrap();
    let (one, other) = (named("ES256"), named("ES256, with n - s in the place of s"));
    assert_eq!((&one["outcome"], &other["outcome"]), (&json!("valid"), &json!("valid")));
    assert_ne!(one["text"], other["text"]);
    assert_eq!(one["used"], other["used"]);
}

// spec: RECORD-14
#[test]
fn enrolments_of_passkeys_are_those_of_the_vectors() {
    for case in vectors()["enrolments"].as_array().unwrap() {
        assert_eq!(decode(case["body"].as_str().unwrap()).is_ok(), case["valid"], "{}", case["name"]);
    }
}

// spec: EVID-8, RECORD-16
#[test]
fn a_file_says_which_officer_approved_by_a_passkey() {
    make_if_absent("evidence/good-passkey.mithaq", || {
        let (good, bad) = evidence();
        let proven = good.verify(&AwsLc).unwrap();
        vec![
            ("evidence/good-passkey.mithaq".into(), good.encode().unwrap()),
            ("evidence/good-passkey.json".into(), pretty(&facts(&proven))),
            ("evidence/bad-passkey.mithaq".into(), bad.encode().unwrap()),
        ]
    });
    let verify = |name: &str| Evidence::parse(&read(&format!("evidence/{name}.mithaq"))).unwrap().verify(&AwsLc);
    let proven = verify("good-passkey").unwrap();
    assert_eq!(facts(&proven), read_json("evidence/good-passkey.json"));
    let with: Vec<ApprovedWith> = proven.approvals.iter().map(|approved| approved.with).collect();
    let [ApprovedWith::Passkey(synced), ApprovedWith::Ed25519, ApprovedWith::Passkey(bound)] = with[..] else {
        panic!("{with:?}")
    };
    assert!(synced.backed_up && !bound.backed_up);
    let refusal = EvidenceError::Mismatch("an officer's signature is not valid");
    assert_eq!(verify("bad-passkey").unwrap_err(), refusal, "it was given on another site");
}

/// A note that three officers approved, two of them by passkeys; and one of which the first approved on another site.
fn evidence() -> (Evidence, Evidence) {
    let mut world = World::new();
    let [first, third] = [Pair::es256(0x21), Pair::ed25519(0x23)];
    let enrolled = world.append(
        0,
        &[
            Control::Enrolment(first.officer("Example desk, author")),
            enrolment(3, "Example desk, release"),
            Control::Enrolment(third.officer("Example desk, head")),
        ],
        &[],
    );
    world.deliver(0);
    let place = |number| Enrolment { origin: enrolled.origin, index: enrolled.first_control + number };
    let digest = record::digest(&AwsLc, &world.context(), NOTE_HEADER.as_bytes(), BODY);
    let release = [(ApprovalRole::ReleaseAuthority, place(1).index, 3)];
    let by_key: Vec<Approval> = serde_json::from_slice(&approvals(enrolled.origin, &release, &digest)).unwrap();
    let by_passkey = |pair: &Pair, role: ApprovalRole, enrolment, flags, site| {
        let told = Told { flags, site, ..Told::of(&officer_digest(&AwsLc, role.name(), &enrolment, &digest)) };
        let assertion = told.signed(pair, told.client_data());
        Approval { role, enrolment, signature: ApprovalSignature::Webauthn(assertion) }
    };
    let mut file = |site| {
        let approvals = [
            by_passkey(&first, ApprovalRole::Author, place(0), 0x1d, site),
            by_key[0].clone(),
            by_passkey(&third, ApprovalRole::HeadOfDelegation, place(2), 0x05, SITE),
        ];
        let sent = world.append_with(NOTE_HEADER, BODY, &serde_json::to_vec(&approvals).unwrap());
        world.deliver(0);
        world.evidence(Position { origin: sent.origin, index: sent.first_record })
    };
    (file(SITE), file("https://other.alpha.example"))
}

fn decode(body: &str) -> Result<Control, String> {
    Control::decode("mithaq.enrolment/1", body.as_bytes()).map_err(|error| error.to_string())
}

fn vectors() -> &'static Value {
    static VECTORS: LazyLock<Value> = LazyLock::new(|| {
        make_if_absent(FILE, || vec![(FILE.into(), pretty(&make()))]);
        read_json(FILE)
    });
    &VECTORS
}

fn make() -> Value {
    json!({
        "format": "mithaq passkey vectors 1",
        "enrolments": enrolment_cases(),
        "approvals": approval_cases(),
    })
}

fn enrolment_cases() -> Vec<Value> {
    let text = |officer: &Officer| serde_json::to_string(officer).unwrap();
    let (es256, ed25519) = (text(&Pair::es256(0x21).officer("desk")), text(&Pair::ed25519(0x22).officer("desk")));
    let program = text(&Officer::ed25519("desk", Pair::ed25519(0x22).key().bytes));
    let at =
        |origin: &str, rp_id: &str| es256.replace(SITE, origin).replace(&format!("{RP_ID:?}"), &format!("{rp_id:?}"));
    let with_key = |change: &dyn Fn(&mut PublicKey)| {
        let mut officer = Pair::es256(0x21).officer("desk");
        let ApprovalKey::Webauthn(passkey) = &mut officer.key else { panic!("a passkey") };
        change(&mut passkey.key);
        text(&officer)
    };
    let mut cases = vec![
        ("ES256".to_owned(), es256.clone(), true),
        ("Ed25519".into(), ed25519.clone(), true),
        ("a program's key".into(), program.clone(), true),
        ("a program's key with an origin".into(), program.replace('}', &format!(r#","origin":"{SITE}"}}"#)), false),
        ("a program's key with null for an origin".into(), program.replace('}', r#","origin":null}"#), false),
        ("no algorithm".into(), es256.replace(r#""algorithm":"es256","#, ""), false),
        ("no relying party".into(), es256.replace(&format!(r#","rp_id":"{RP_ID}""#), ""), false),
        ("unknown algorithm".into(), es256.replace("es256", "rs256"), false),
        ("unknown scheme".into(), es256.replace("webauthn", "passkey"), false),
        ("with a credential id".into(), es256.replace('}', r#","credential":"AQ=="}"#), false),
        ("an ES256 key under Ed25519".into(), es256.replace("es256", "ed25519"), false),
        (
            "an Ed25519 key under ES256".into(),
            ed25519.replace(r#""algorithm":"ed25519""#, r#""algorithm":"es256""#),
            false,
        ),
        (
            "a compressed point".into(),
            with_key(&|key| {
                key.bytes.truncate(33);
                key.bytes[0] = 2;
            }),
            false,
        ),
        ("a hybrid point".into(), with_key(&|key| key.bytes[0] = 6), false),
        ("a coordinate of the prime or more".into(), with_key(&|key| key.bytes[33..].fill(0xff)), false),
        ("a point on no curve, which no signature fits".into(), with_key(&|key| key.bytes[64] ^= 1), true),
        (
            "an Ed25519 point of small order".into(),
            with_key(&|key| *key = PublicKey { algorithm: Algorithm::Ed25519, bytes: vec![0; 32] }),
            false,
        ),
    ];
    for (origin, rp_id, valid) in [
        (SITE, "desk.alpha.example", true),
        ("https://desk.alpha.example:8443", RP_ID, true),
        ("https://exchange", "exchange", true),
        ("https://xn--mgbh0fb.example", "xn--mgbh0fb.example", true),
        ("http://localhost:7640", "localhost", true),
        ("http://127.0.0.1:7640", "127.0.0.1", true),
        ("http://[::1]", "[::1]", true),
        ("http://desk.alpha.example", RP_ID, false),
        ("https://desk.alpha.example/", RP_ID, false),
        ("https://desk.alpha.example:443", RP_ID, false),
        ("http://localhost:80", "localhost", false),
        ("https://desk.alpha.example:0", RP_ID, false),
        ("https://desk.alpha.example:08443", RP_ID, false),
        ("https://desk.alpha.example:65536", RP_ID, false),
        ("https://desk.alpha.example:", RP_ID, false),
        ("https://Desk.alpha.example", RP_ID, false),
        ("https://desk.alpha.example.", RP_ID, false),
        ("https://-desk.alpha.example", RP_ID, false),
        ("https://someone@desk.alpha.example", RP_ID, false),
        ("https://10.0.0.1", "10.0.0.1", false),
        ("https://[::2]", "[::2]", false),
        ("desk.alpha.example", RP_ID, false),
        ("null", "null", false),
        ("", RP_ID, false),
        (SITE, "beta.example", false),
        (SITE, "lpha.example", false),
        (SITE, ".alpha.example", false),
        (SITE, "", false),
        ("https://alpha.example", "desk.alpha.example", false),
        ("http://127.0.0.1", "0.1", false),
    ] {
        cases.push((format!("{origin} of {rp_id:?}"), at(origin, rp_id), valid));
    }
    cases.into_iter().map(|(name, body, valid)| json!({"name": name, "body": body, "valid": valid})).collect()
}

fn place(index: u64) -> Enrolment {
    Enrolment { origin: LOG, index }
}

/// An approval as author by the passkey enrolled at `index`, of which something is changed before it is signed.
fn by(pair: &Pair, index: u64, change: impl FnOnce(&mut Told)) -> Approval {
    by_with(pair, index, |told| {
        change(told);
        told.client_data()
    })
}

fn by_with<B: Into<Vec<u8>>>(pair: &Pair, index: u64, client_data: impl FnOnce(&mut Told) -> B) -> Approval {
    let mut told = Told::of(&officer_digest(&AwsLc, ApprovalRole::Author.name(), &place(index), &DIGEST));
    let client_data = client_data(&mut told);
    let assertion = told.signed(pair, client_data);
    Approval { role: ApprovalRole::Author, enrolment: place(index), signature: ApprovalSignature::Webauthn(assertion) }
}

fn approval_cases() -> Vec<Value> {
    let (es256, ed25519) = (Pair::es256(0x21), Pair::ed25519(0x22));
    let off_curve = {
        let mut officer = Pair::es256(0x24).officer("desk");
        let ApprovalKey::Webauthn(passkey) = &mut officer.key else { panic!("a passkey") };
        passkey.key.bytes[64] ^= 1;
        officer
    };
    let program = Pair::ed25519(0x23);
    let officers = [
        (ES256, es256.officer("desk")),
        (ED25519, ed25519.officer("desk")),
        (PROGRAM, Officer::ed25519("desk", program.key().bytes)),
        (OFF_CURVE, off_curve),
    ];
    let officers: Vec<Value> = officers
        .iter()
        .map(|(index, officer)| json!({"enrolment": place(*index), "body": serde_json::to_string(officer).unwrap()}))
        .collect();
    let by_program = |index| {
        let signed = officer_digest(&AwsLc, ApprovalRole::Author.name(), &place(index), &DIGEST);
        Approval::ed25519(ApprovalRole::Author, place(index), program.sign(&signed))
    };
    let good = by(&es256, ES256, |_| {});

    let mut cases: Vec<(&str, Vec<Approval>, &str)> = vec![
        ("ES256", vec![good.clone()], "valid"),
        ("ES256, with n - s in the place of s", vec![spelled(&good, negated)], "valid"),
        ("Ed25519", vec![by(&ed25519, ED25519, |_| {})], "valid"),
        (
            "two passkeys and a program's key",
            vec![good.clone(), by(&ed25519, ED25519, |_| {}), by_program(PROGRAM)],
            "valid",
        ),
        ("by another key", vec![by(&Pair::es256(0x25), ES256, |_| {})], "invalid"),
        ("a key that is no point", vec![by(&Pair::es256(0x24), OFF_CURVE, |_| {})], "invalid"),
        ("a passkey in the place of a program's key", vec![by(&program, PROGRAM, |_| {})], "invalid"),
        ("a program's signature in the place of a passkey", vec![by_program(ED25519)], "invalid"),
        ("another role", vec![Approval { role: ApprovalRole::ReleaseAuthority, ..good.clone() }], "invalid"),
        ("another place of enrolment", vec![Approval { enrolment: place(ED25519), ..good.clone() }], "invalid"),
        ("signature of r and s alone", vec![spelled(&good, bare)], "invalid"),
        ("signature with a long length", vec![spelled(&good, long_length)], "invalid"),
        ("signature with a byte behind it", vec![spelled(&good, |signature| [signature, b"\0"].concat())], "invalid"),
        ("no signature", vec![spelled(&good, |_| vec![])], "invalid"),
        (
            "client data longer than a browser writes",
            vec![by_with(&es256, ES256, |told| format!("{}{}", told.client_data(), " ".repeat(2048)))],
            "invalid",
        ),
        (
            "a byte order mark",
            vec![by_with(&es256, ES256, |told| format!("\u{feff}{}", told.client_data()))],
            "invalid",
        ),
        ("white space", vec![by_with(&es256, ES256, |told| told.client_data().replace(',', ",\n "))], "valid"),
        ("a list", vec![by_with(&es256, ES256, |told| format!("[{}]", told.client_data()))], "invalid"),
        ("no JSON", vec![by_with(&es256, ES256, |_| "webauthn.get")], "invalid"),
        (
            "no UTF-8",
            vec![by_with(&es256, ES256, |told| {
                told.client_data()
                    .replace("desk", "d\u{e9}sk")
                    .into_bytes()
                    .into_iter()
                    .filter(|byte| *byte != 0xc3)
                    .collect::<Vec<u8>>()
            })],
            "invalid",
        ),
        (
            "no type",
            vec![by_with(&es256, ES256, |told| told.client_data().replace(r#""type":"webauthn.get","#, ""))],
            "invalid",
        ),
        (
            "type twice",
            vec![by_with(&es256, ES256, |told| told.client_data().replacen('{', r#"{"type":"webauthn.get","#, 1))],
            "invalid",
        ),
        (
            "type with an escape",
            vec![by_with(&es256, ES256, |told| told.client_data().replace("\"type\"", "\"\\u0074ype\""))],
            "valid",
        ),
        (
            "no challenge",
            vec![by_with(&es256, ES256, |told| format!(r#"{{"type":"webauthn.get","origin":"{}"}}"#, told.site))],
            "invalid",
        ),
        (
            "no origin",
            vec![by_with(&es256, ES256, |told| {
                format!(r#"{{"type":"webauthn.get","challenge":"{}"}}"#, told.challenge)
            })],
            "invalid",
        ),
    ];
    type Change = (&'static str, fn(&mut Told), bool);
    let changes: [Change; 43] = [
        ("synced", |told| told.flags = 0x1d, true),
        ("not synced yet", |told| told.flags = 0x0d, true),
        ("reserved flags", |told| told.flags = 0x27, true),
        ("crossOrigin false", |told| told.members = r#","crossOrigin":false"#, true),
        ("members that nobody knows", |told| told.members = r#","x":{"y":[1,null,true,"\u00e9"]},"z":"""#, true),
        ("extension data", |told| (told.flags, told.tail) = (0x85, b"\xa1\x63uvm\x81\x83\x02\x04\x02".to_vec()), true),
        (
            "four levels of extension data",
            |told| (told.flags, told.tail) = (0x85, b"\xa1\x61a\x81\xa1\x61b\x81\xf4".to_vec()),
            true,
        ),
        (
            "floating-point extension data",
            |told| (told.flags, told.tail) = (0x85, b"\xa1\x61a\xfa\0\0\0\0".to_vec()),
            true,
        ),
        ("a registration", |told| told.kind = "webauthn.create", false),
        ("a payment", |told| told.kind = "payment.get", false),
        ("another challenge", |told| told.challenge = BASE64_URL_SAFE_NO_PAD.encode([0; 32]), false),
        ("a padded challenge", |told| told.challenge.push('='), false),
        ("an empty challenge", |told| told.challenge.clear(), false),
        ("another origin", |told| told.site = "https://other.alpha.example", false),
        ("an origin with a slash", |told| told.site = "https://desk.alpha.example/", false),
        ("an origin without protection", |told| told.site = "http://desk.alpha.example", false),
        ("crossOrigin true", |told| told.members = r#","crossOrigin":true"#, false),
        ("crossOrigin null", |told| told.members = r#","crossOrigin":null"#, false),
        ("crossOrigin 0", |told| told.members = r#","crossOrigin":0"#, false),
        ("a top origin", |told| told.members = r#","topOrigin":"https://other.example""#, false),
        ("a top origin of its own", |told| told.members = r#","topOrigin":"https://desk.alpha.example""#, false),
        ("null for a top origin", |told| told.members = r#","topOrigin":null"#, false),
        ("a member with a fraction", |told| told.members = r#","x":1.5"#, false),
        ("half of a surrogate pair", |told| told.members = r#","x":"\ud800""#, false),
        ("another relying party", |told| told.rp_id = "desk.alpha.example", false),
        ("nobody present", |told| told.flags = 0x04, false),
        ("nobody verified", |told| told.flags = 0x01, false),
        ("copied, and not to be copied", |told| told.flags = 0x15, false),
        ("a new credential announced", |told| told.flags = 0x45, false),
        (
            "a new credential",
            |told| (told.flags, told.tail) = (0x45, [&[0; 16], &b"\0\x01\x01"[..], &cose()].concat()),
            false,
        ),
        ("extension data announced", |told| told.flags = 0x85, false),
        ("extension data not announced", |told| told.tail = b"\xa0".to_vec(), false),
        ("a byte behind the end", |told| told.tail = b"\0".to_vec(), false),
        ("a byte behind the extension data", |told| (told.flags, told.tail) = (0x85, b"\xa0\0".to_vec()), false),
        ("a list of extension data", |told| (told.flags, told.tail) = (0x85, b"\x80".to_vec()), false),
        ("extension data cut short", |told| (told.flags, told.tail) = (0x85, b"\xa1\x61a".to_vec()), false),
        ("extension data of indefinite length", |told| (told.flags, told.tail) = (0x85, b"\xbf\xff".to_vec()), false),
        (
            "five levels of extension data",
            |told| (told.flags, told.tail) = (0x85, b"\xa1\x61a\x81\x81\x81\x80".to_vec()),
            false,
        ),
        ("a tag in extension data", |told| (told.flags, told.tail) = (0x85, b"\xa1\x61a\xc0\x00".to_vec()), false),
        (
            "a long number in extension data",
            |told| (told.flags, told.tail) = (0x85, b"\xa1\x61a\x18\x01".to_vec()),
            false,
        ),
        (
            "a text of extension data that is none",
            |told| (told.flags, told.tail) = (0x85, b"\xa1\x61\xff\x01".to_vec()),
            false,
        ),
        (
            "an unknown simple value in extension data",
            |told| (told.flags, told.tail) = (0x85, b"\xa1\x61a\xe0".to_vec()),
            false,
        ),
        (
            "more extension data than an authenticator gives",
            |told| (told.flags, told.tail) = (0x85, [&b"\xa1\x61a\x59\x08\0"[..], &[0; 2048]].concat()),
            false,
        ),
    ];
    cases.extend(
        changes.into_iter().map(|(name, change, valid)| {
            (name, vec![by(&es256, ES256, change)], if valid { "valid" } else { "invalid" })
        }),
    );

    let mut cases: Vec<(String, String, &str)> = cases
        .into_iter()
        .map(|(name, approvals, outcome)| (name.to_owned(), serde_json::to_string(&approvals).unwrap(), outcome))
        .collect();
    let (good, plain) = (cases[0].1.clone(), serde_json::to_string(&[by_program(PROGRAM)]).unwrap());
    let without = |name: &str| {
        let mut value: Value = serde_json::from_str(&good).unwrap();
        value[0].as_object_mut().unwrap().remove(name);
        value.to_string()
    };
    let refused = [
        ("without client data", without("client_data")),
        ("without authenticator data", without("authenticator_data")),
        ("without a signature", without("signature")),
        ("client data that are not base64", good.replacen(r#""client_data":""#, r#""client_data":"?"#, 1)),
        ("with a credential id", good.replacen(r#","signature""#, r#","credential":"AQ==","signature""#, 1)),
        ("a program's with client data", plain.replacen("}]", r#","client_data":"e30="}]"#, 1)),
        ("a program's with null for client data", plain.replacen("}]", r#","client_data":null}]"#, 1)),
        ("of a scheme that nobody knows", good.replacen("webauthn", "passkey", 1)),
    ];
    cases.extend(refused.map(|(name, text)| (name.to_owned(), text, "refused")));
    let case = |(name, text, outcome): (String, String, &str)| {
        let parsed = record::parse_approvals(text.as_bytes()).unwrap_or_default();
        let used: Vec<String> = parsed.iter().map(|approval| hex::encode(record::used(&AwsLc, approval))).collect();
        let synced: Vec<Option<bool>> = parsed.iter().filter(|_| outcome == "valid").map(synced).collect();
        json!({
            "name": name, "text": text, "digest": hex::encode(DIGEST), "officers": officers,
            "outcome": outcome, "synced": synced, "used": used,
        })
    };
    cases.into_iter().map(case).collect()
}

/// By the flags alone.
fn synced(approval: &Approval) -> Option<bool> {
    let ApprovalSignature::Webauthn(assertion) = &approval.signature else { return None };
    Some(assertion.authenticator_data[32] & 0x10 != 0)
}

/// A COSE key.
fn cose() -> Vec<u8> {
    [b"\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20".as_slice(), &Pair::ed25519(0x22).key().bytes].concat()
}

/// The approval with its signature in another spelling.
fn spelled(approval: &Approval, spell: impl FnOnce(&[u8]) -> Vec<u8>) -> Approval {
    let mut approval = approval.clone();
    let ApprovalSignature::Webauthn(assertion) = &mut approval.signature else { panic!("a passkey") };
    assertion.signature = spell(&assertion.signature);
    approval
}

/// r and s of a signature, 32 bytes each.
fn numbers(signature: &[u8]) -> [[u8; 32]; 2] {
    let r_end = 4 + usize::from(signature[3]);
    let padded = |number: &[u8]| [&[0; 32], number].concat().split_off(number.len()).try_into().unwrap();
    [padded(&signature[4..r_end]), padded(&signature[r_end + 2..])]
}

fn bare(signature: &[u8]) -> Vec<u8> {
    numbers(signature).concat()
}

fn long_length(signature: &[u8]) -> Vec<u8> {
    [&[0x30, 0x81], &signature[1..]].concat()
}

/// (r, n − s) for (r, s).
fn negated(signature: &[u8]) -> Vec<u8> {
    let order = hex::decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").unwrap();
    let [r, s] = numbers(signature);
    let mut negated = [0; 32];
    let mut borrow = 0;
    for at in (0..32).rev() {
        let difference = i16::from(order[at]) - i16::from(s[at]) - borrow;
        borrow = i16::from(difference < 0);
        negated[at] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    let integer = |number: &[u8]| {
        let start = number.iter().position(|byte| *byte != 0).unwrap();
        let number = &number[start..];
        let sign = if number[0] < 0x80 { &b""[..] } else { b"\0" };
        let length = u8::try_from(sign.len() + number.len()).unwrap();
        [&[2, length], sign, number].concat()
    };
    let inner = [integer(&r), integer(&negated)].concat();
    [&[0x30, u8::try_from(inner.len()).unwrap()], inner.as_slice()].concat()
}
