//! Real keys sign what a browser and an authenticator would give; then every flag and every member is spoiled.

use alloc::{format, string::ToString as _, vec};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _},
};
use proptest::prelude::*;

use super::*;
use crate::suite::AwsLc;

const CHALLENGE: [u8; 32] = [0xfb; 32];
const ASKED: Asked<'static> =
    Asked { challenge: &CHALLENGE, origin: "https://desk.agency.example", rp_id: "agency.example" };
/// Present and verified.
const FLAGS: u8 = 0x05;

enum Pair {
    Es256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Pair {
    fn both() -> [Self; 2] {
        [
            Self::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap()),
            Self::Ed25519(Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()),
        ]
    }

    fn key(&self) -> PublicKey {
        match self {
            Self::Es256(pair) => PublicKey { algorithm: Algorithm::Es256, bytes: pair.public_key().as_ref().to_vec() },
            Self::Ed25519(pair) => {
                PublicKey { algorithm: Algorithm::Ed25519, bytes: pair.public_key().as_ref().to_vec() }
            }
        }
    }

    fn sign(&self, authenticator_data: Vec<u8>, client_data: Vec<u8>) -> Assertion {
        let mut signed = authenticator_data.clone();
        signed.extend_from_slice(&AwsLc.sha256(&[&client_data]));
        let signature = match self {
            Self::Es256(pair) => pair.sign(&SystemRandom::new(), &signed).unwrap().as_ref().to_vec(),
            Self::Ed25519(pair) => pair.sign(&signed).as_ref().to_vec(),
        };
        Assertion { authenticator_data, client_data, signature }
    }

    /// The key as an authenticator writes it.
    fn cose(&self) -> Vec<u8> {
        let key = self.key().bytes;
        match self {
            Self::Es256(_) => {
                let (x, y) = key[1..].split_at(32);
                [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", x, b"\x22\x58\x20", y].concat()
            }
            Self::Ed25519(_) => [b"\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20", key.as_slice()].concat(),
        }
    }
}

fn client_data(kind: &str, more: &str) -> Vec<u8> {
    let (challenge, origin) = (spelled(&CHALLENGE), ASKED.origin);
    format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{origin}"{more}}}"#).into_bytes()
}

fn authenticator_data(rp_id: &str, flags: u8, more: &[u8]) -> Vec<u8> {
    [AwsLc.sha256(&[rp_id.as_bytes()]).as_slice(), &[flags], &[0, 0, 1, 2], more].concat()
}

fn credential(id: &[u8], cose: &[u8]) -> Vec<u8> {
    let length = u16::try_from(id.len()).unwrap();
    [[0xaa; 16].as_slice(), &length.to_be_bytes(), id, cose].concat()
}

/// What becomes of an assertion with these parts, signed by a good key over exactly them.
fn judged(authenticator_data: &[u8], client_data: &[u8]) -> Result<Seen, PasskeyError> {
    let [first, second] = Pair::both()
        .map(|pair| verify(&AwsLc, &pair.key(), &ASKED, &pair.sign(authenticator_data.to_vec(), client_data.to_vec())));
    assert_eq!(first, second);
    first
}

fn with_flags(flags: u8, more: &[u8]) -> Result<Seen, PasskeyError> {
    judged(&authenticator_data(ASKED.rp_id, flags, more), &client_data("webauthn.get", ""))
}

fn with_client_data(text: &str) -> Result<Seen, PasskeyError> {
    judged(&authenticator_data(ASKED.rp_id, FLAGS, b""), text.as_bytes())
}

fn new(authenticator_data: &[u8]) -> Result<Registered, PasskeyError> {
    registered(&AwsLc, &ASKED, authenticator_data, &client_data("webauthn.create", ""))
}

fn new_with_key(cose: &[u8]) -> Result<Registered, PasskeyError> {
    new(&authenticator_data(ASKED.rp_id, FLAGS | 0x40, &credential(b"id", cose)))
}

#[test]
fn what_a_browser_gives_is_taken() {
    let seen = Seen { backup_eligible: false, backed_up: false, counter: 258 };
    assert_eq!(with_flags(FLAGS, b""), Ok(seen));
    // As Chrome writes it now and then, so that nobody compares the text with a template.
    let more =
        r#","crossOrigin":false,"other_keys_can_be_added_here":"do not compare clientDataJSON against a template"#;
    assert_eq!(
        judged(
            &authenticator_data(ASKED.rp_id, FLAGS, b""),
            &client_data(
                "webauthn.get",
                &format!("{more}. See \\u0022x\\u0022\",\"payment\":{{\"total\":[1,null,true]}}")
            ),
        ),
        Ok(seen)
    );
}

#[test]
fn every_flag_is_judged() {
    let expected = |flags: u8| match flags {
        _ if flags & 0x40 != 0 || flags & 0x80 != 0 => None,
        _ if flags & 0x01 == 0 => Some(Err(PasskeyError::NotPresent)),
        _ if flags & 0x04 == 0 => Some(Err(PasskeyError::NotVerified)),
        _ if flags & 0x18 == 0x10 => Some(Err(PasskeyError::BackedUpButNotEligible)),
        _ => {
            let (backup_eligible, backed_up) = (flags & 0x08 != 0, flags & 0x10 != 0);
            Some(Ok(Seen { backup_eligible, backed_up, counter: 258 }))
        }
    };
    for flags in 0..=u8::MAX {
        let found = with_flags(flags, b"");
        match expected(flags) {
            Some(expected) => assert_eq!(found, expected, "flags {flags:#04x}"),
            // What the flag announces isn't there.
            None => assert!(matches!(found, Err(PasskeyError::AuthenticatorData(_) | PasskeyError::Cbor { .. }))),
        }
    }
}

#[test]
fn extension_data_stand_where_a_flag_announces_them_and_end_where_the_data_end() {
    let with = |map: &[u8]| with_flags(FLAGS | 0x80, map);
    let nested = b"\xa1\x61a\xa1\x61b\xa1\x61c\xa1\x61d\x01";
    for map in [
        b"\xa0".as_slice(),
        b"\xa1\x63uvm\x81\x83\x02\x04\x02",
        b"\xa2\x61a\xf5\x61b\x43abc",
        b"\xa1\x61a\x39\x01\x00",
        b"\xa1\x61a\xfb\0\0\0\0\0\0\0\0",
        nested,
    ] {
        assert!(with(map).is_ok(), "{map:02x?}");
        assert!(matches!(with_flags(FLAGS, map), Err(PasskeyError::AuthenticatorData(ReadError::Trailing(_)))));
        let more = [map, b"\0"].concat();
        assert!(matches!(with(&more), Err(PasskeyError::AuthenticatorData(ReadError::Trailing(1)))));
        let less = &map[..map.len() - 1];
        assert!(matches!(with(less), Err(PasskeyError::Cbor { problem: "it ends early", .. })), "{less:02x?}");
    }
    let deep = b"\xa1\x61a\xa1\x61b\xa1\x61c\xa1\x61d\x80";
    for (map, expected) in [
        (b"\x80".as_slice(), "not a map"),
        (b"\xbf\xff", "an item of indefinite length"),
        (b"\xa1\x61a\x9f\xff", "an item of indefinite length"),
        (b"\xa1\x61a\x18\x17", "a number that is not in its shortest form"),
        (b"\xb8\x01\x61a\x01", "a number that is not in its shortest form"),
        (b"\xa1\x61a\x1b\0\0\0\0\xff\xff\xff\xff", "a number that is not in its shortest form"),
        (b"\xa1\x61\xff\x01", "a text that is not UTF-8"),
        (b"\xa1\x61a\xc0\x01", "a tag"),
        (b"\xa1\x61a\xf8\x20", "a simple value that is not known"),
        (b"\xa1\x61a\xe0", "a simple value that is not known"),
        (b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff", "it ends early"),
        (deep, "nested deeper than four levels"),
    ] {
        let Err(PasskeyError::Cbor { what: "extension data", problem }) = with(map) else { panic!("{map:02x?}") };
        assert_eq!(problem, expected, "{map:02x?}");
    }
}

#[test]
fn every_member_of_the_client_data_is_judged() {
    let challenge = spelled(&CHALLENGE);
    let with = |kind: &str, challenge: &str, origin: &str, more: &str| {
        with_client_data(&format!(r#"{{"type":{kind},"challenge":{challenge},"origin":{origin}{more}}}"#))
    };
    let (get, asked, origin) = (r#""webauthn.get""#, format!("{challenge:?}"), format!("{:?}", ASKED.origin));
    assert!(with(get, &asked, &origin, "").is_ok());
    assert!(with(get, &asked, &origin, r#","crossOrigin":false"#).is_ok());

    for kind in ["webauthn.create", "payment.get", "", "Webauthn.get"] {
        let refused = with(&format!("{kind:?}"), &asked, &origin, "");
        assert_eq!(refused, Err(PasskeyError::OtherType { found: kind.into(), expected: "webauthn.get" }));
    }
    for other in
        [format!("{challenge}="), spelled(&[0; 32]), challenge.replace('-', "+"), challenge[1..].into(), "".into()]
    {
        assert_eq!(with(get, &format!("{other:?}"), &origin, ""), Err(PasskeyError::OtherChallenge), "{other}");
    }
    for other in ["https://desk.agency.example/", "http://desk.agency.example", "https://agency.example", ""] {
        let expected = PasskeyError::OtherOrigin { found: other.into(), expected: ASKED.origin.into() };
        assert_eq!(with(get, &asked, &format!("{other:?}"), ""), Err(expected));
    }
    for more in [r#""crossOrigin":true"#, r#""topOrigin":"https://other.example""#, r#""topOrigin":null"#] {
        assert_eq!(with(get, &asked, &origin, &format!(",{more}")), Err(PasskeyError::CrossOrigin), "{more}");
    }
    for (text, member) in [
        (format!(r#"{{"challenge":{asked},"origin":{origin}}}"#), "type"),
        (format!(r#"{{"type":{get},"origin":{origin}}}"#), "challenge"),
        (format!(r#"{{"type":{get},"challenge":{asked}}}"#), "origin"),
        ("{}".into(), "type"),
    ] {
        assert_eq!(with_client_data(&text), Err(PasskeyError::NoMember(member)));
    }
    // Not strict JSON, or a member of another type: the place is named.
    for (text, field) in [
        (format!(r#"{{"type":{get},"type":{get},"challenge":{asked},"origin":{origin}}}"#), ""),
        (format!(r#"{{"type":{get},"challenge":[],"origin":{origin}}}"#), "challenge"),
        (format!(r#"{{"type":{get},"challenge":{asked},"origin":null}}"#), "origin"),
        (format!(r#"{{"type":{get},"challenge":{asked},"origin":{origin},"crossOrigin":null}}"#), "crossOrigin"),
        (format!(r#"{{"type":{get},"challenge":{asked},"origin":{origin},"x":1.5}}"#), "x"),
        (format!(r#"{{"type":{get},"challenge":{asked},"origin":{origin},"x":"\ud800"}}"#), "x"),
    ] {
        let Err(PasskeyError::ClientData(error)) = with_client_data(&text) else { panic!("{text}") };
        assert_eq!(error.field, field, "{text}: {error}");
    }
    for text in ["", "[]", "\"webauthn.get\"", "\u{feff}{}", "{}{}"] {
        assert!(matches!(with_client_data(text), Err(PasskeyError::ClientData(_))), "{text}");
    }
}

#[test]
fn only_the_key_that_was_asked_for_gives_a_valid_answer() {
    for pair in Pair::both() {
        let good = pair.sign(authenticator_data(ASKED.rp_id, FLAGS, b""), client_data("webauthn.get", ""));
        for other in Pair::both() {
            let judged = verify(&AwsLc, &other.key(), &ASKED, &good);
            if other.key() == pair.key() {
                assert!(judged.is_ok())
            } else {
                assert_eq!(judged, Err(PasskeyError::Signature))
            }
        }
        let refused = |rp_id: &'static str| verify(&AwsLc, &pair.key(), &Asked { rp_id, ..ASKED }, &good);
        assert_eq!(refused("desk.agency.example"), Err(PasskeyError::OtherRelyingParty));
        let mut same_meaning = good.clone();
        same_meaning.client_data.insert(1, b' ');
        assert_eq!(verify(&AwsLc, &pair.key(), &ASKED, &same_meaning), Err(PasskeyError::Signature));
        let mut more = good.clone();
        more.signature.push(0);
        assert_eq!(verify(&AwsLc, &pair.key(), &ASKED, &more), Err(PasskeyError::Signature));
        let long = Assertion { client_data: vec![b' '; limits::CLIENT_DATA_BYTES_MAX + 1], ..good.clone() };
        assert!(matches!(verify(&AwsLc, &pair.key(), &ASKED, &long), Err(PasskeyError::ClientData(_))));
        let long = Assertion { authenticator_data: vec![0; limits::AUTHENTICATOR_DATA_BYTES_MAX + 1], ..good };
        assert!(matches!(verify(&AwsLc, &pair.key(), &ASKED, &long), Err(PasskeyError::TooLong { .. })));
    }
}

#[test]
fn an_es256_signature_is_der_and_nothing_else() {
    let [pair, _] = Pair::both();
    let good = pair.sign(authenticator_data(ASKED.rp_id, FLAGS, b""), client_data("webauthn.get", ""));
    let [0x30, length, 0x02, r, rest @ ..] = good.signature.as_slice() else { panic!("DER") };
    let ber = [&[0x30, 0x81, *length, 0x02, *r], rest].concat();
    let padded = [&[0x30, length + 1, 0x02, r + 1, 0], rest].concat();
    let (r, s) = rest.split_at(usize::from(*r));
    let last_32 = |number: &[u8]| [&[0; 32], number].concat().split_off(number.len());
    let raw = [last_32(r), last_32(&s[2..])].concat();
    for signature in [ber, padded, raw, Vec::new()] {
        let spoiled = Assertion { signature, ..good.clone() };
        assert_eq!(verify(&AwsLc, &pair.key(), &ASKED, &spoiled), Err(PasskeyError::Signature));
    }
}

#[test]
fn what_is_no_key_verifies_nothing() {
    for pair in Pair::both() {
        let good = pair.sign(authenticator_data(ASKED.rp_id, FLAGS, b""), client_data("webauthn.get", ""));
        let refused = |change: fn(&mut PublicKey)| {
            let mut key = pair.key();
            change(&mut key);
            verify(&AwsLc, &key, &ASKED, &good).unwrap_err()
        };
        assert!(matches!(refused(|key| key.bytes.push(0)), PasskeyError::Key(_)));
        assert!(matches!(refused(|key| key.bytes.fill(0)), PasskeyError::Key(_)));
        assert!(matches!(refused(|key| key.bytes.fill(0xff)), PasskeyError::Key(_)));
        // In range, but on no curve.
        assert_eq!(refused(|key| *key.bytes.last_mut().unwrap() ^= 1), PasskeyError::Signature);
    }
}

#[test]
fn a_new_credential_is_read_with_its_key() {
    for pair in Pair::both() {
        for (flags, extensions) in [(FLAGS | 0x40, b"".as_slice()), (FLAGS | 0xd8, b"\xa1\x6bcredProtect\x02")] {
            let data = [credential(&[9; 1023], &pair.cose()).as_slice(), extensions].concat();
            let found = new(&authenticator_data(ASKED.rp_id, flags, &data)).unwrap();
            let is_synced = flags & 0x10 != 0;
            let seen = Seen { backup_eligible: is_synced, backed_up: is_synced, counter: 258 };
            assert_eq!(found, Registered { credential: vec![9; 1023], key: pair.key(), seen });
        }
    }
}

#[test]
fn a_registration_that_is_none_is_refused() {
    let [pair, _] = Pair::both();
    let data = authenticator_data(ASKED.rp_id, FLAGS | 0x40, &credential(b"id", &pair.cose()));
    let answer = client_data("webauthn.get", "");
    let expected = PasskeyError::OtherType { found: "webauthn.get".into(), expected: "webauthn.create" };
    assert_eq!(registered(&AwsLc, &ASKED, &data, &answer), Err(expected));
    let refused =
        |flags, id: &[u8]| new(&authenticator_data(ASKED.rp_id, flags, &credential(id, &pair.cose()))).unwrap_err();
    assert_eq!(refused(0x44, b"id"), PasskeyError::NotPresent);
    assert_eq!(refused(0x41, b"id"), PasskeyError::NotVerified);
    assert_eq!(refused(0x55, b"id"), PasskeyError::BackedUpButNotEligible);
    assert_eq!(refused(0x45, b""), PasskeyError::CredentialId(0));
    assert_eq!(refused(0x45, &[1; 1024]), PasskeyError::CredentialId(1024));
    assert_eq!(new(&authenticator_data(ASKED.rp_id, FLAGS, b"")), Err(PasskeyError::NoCredential));
    let other = authenticator_data("other.example", FLAGS | 0x40, &credential(b"id", &pair.cose()));
    assert_eq!(new(&other), Err(PasskeyError::OtherRelyingParty));
    let assertion = pair.sign(data, answer);
    assert_eq!(verify(&AwsLc, &pair.key(), &ASKED, &assertion), Err(PasskeyError::UnaskedCredential));
    for end in 0..assertion.authenticator_data.len() {
        assert!(new(&assertion.authenticator_data[..end]).is_err(), "{end}");
    }
}

#[test]
fn a_key_of_another_kind_is_refused_by_name() {
    let [es256, ed25519] = Pair::both().map(|pair| pair.cose());
    let spoiled = |cose: &[u8], at: usize, value: u8| {
        let mut cose = cose.to_vec();
        cose[at] = value;
        new_with_key(&cose).unwrap_err()
    };
    // RSA with its real number, and Ed25519 under the number that RFC 9864 gave it later.
    let rs256 = new_with_key(b"\xa4\x01\x03\x03\x39\x01\x00\x20\x41\x01\x21\x41\x03").unwrap_err();
    assert_eq!(rs256, PasskeyError::OtherAlgorithm(-257));
    assert!(rs256.to_string().contains("COSE -257"));
    assert_eq!(spoiled(&ed25519, 4, 0x32), PasskeyError::OtherAlgorithm(-19));
    assert_eq!(spoiled(&es256, 4, 0x02), PasskeyError::OtherAlgorithm(2));
    // Each byte of what is fixed: number of members, labels, type, curve, length.
    for (cose, fixed) in [(&es256, 10), (&ed25519, 10)] {
        for at in (0..fixed).filter(|at| *at != 4) {
            let error = spoiled(cose, at, cose[at] ^ 1);
            assert!(matches!(error, PasskeyError::Cbor { what: "credential's public key", .. }), "{at}: {error}");
        }
    }
    // A private part, a point on no curve, a point of small order.
    let with_private = [b"\xa5", &ed25519[1..], b"\x23\x58\x20", &[1; 32]].concat();
    assert!(matches!(new_with_key(&with_private), Err(PasskeyError::Cbor { .. })));
    let last = es256.len() - 1;
    assert_eq!(spoiled(&es256, last, es256[last] ^ 1), PasskeyError::Key("the public key is not a point of P-256"));
    let small = [&ed25519[..10], &[0; 32]].concat();
    assert!(matches!(new_with_key(&small), Err(PasskeyError::Key(_))));
}

#[test]
fn keys_and_assertions_have_one_form_in_json() {
    let [_, pair] = Pair::both();
    let key = serde_json::to_string(&pair.key()).unwrap();
    assert!(key.starts_with(r#"{"algorithm":"ed25519","bytes":""#), "{key}");
    assert_eq!(serde_json::to_string(&Algorithm::Es256).unwrap(), r#""es256""#);
    assert_eq!(serde_json::from_str::<PublicKey>(&key).unwrap(), pair.key());
    let assertion = Assertion { authenticator_data: vec![1], client_data: vec![2], signature: vec![3] };
    let text = r#"{"authenticator_data":"AQ==","client_data":"Ag==","signature":"Aw=="}"#;
    assert_eq!(serde_json::to_string(&assertion).unwrap(), text);
    assert_eq!(serde_json::from_str::<Assertion>(text).unwrap(), assertion);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_make_it_panic(data in prop::collection::vec(any::<u8>(), 0..300), text in ".{0,200}") {
        let [pair, _] = Pair::both();
        let _ = judged(&data, text.as_bytes());
        let _ = new(&data);
        let _ = new(&authenticator_data(ASKED.rp_id, 0xc5, &data));
        let _ = new(&authenticator_data(ASKED.rp_id, 0xc5, &credential(b"id", &[pair.cose(), data].concat())));
    }

    #[test]
    fn a_changed_bit_is_never_taken(which in 0..3_usize, at in any::<prop::sample::Index>(), bit in 0..8_u32) {
        for pair in Pair::both() {
            let good = pair.sign(authenticator_data(ASKED.rp_id, FLAGS, b""), client_data("webauthn.get", ""));
            let mut spoiled = good.clone();
            let bytes = [&mut spoiled.authenticator_data, &mut spoiled.client_data, &mut spoiled.signature];
            let bytes = bytes.into_iter().nth(which).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert!(verify(&AwsLc, &pair.key(), &ASKED, &spoiled).is_err());
        }
    }
}
