use alloc::{format, string::ToString as _, vec};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::*;
use crate::{
    id::ChannelId,
    origin::Lane,
    passkey::{Algorithm, Assertion},
    suite::AwsLc,
};

const ORIGIN: &str = "https://desk.agency.example";
const RP_ID: &str = "agency.example";
const AUTHOR: AgencyId = AgencyId::new([2; 32]);
const DIGEST: Hash = [9; 32];

fn place(index: u64) -> Enrolment {
    let channel = ChannelId::new([1; 32]);
    Enrolment { origin: Origin { channel, agency: AUTHOR, epoch: 1, lane: Lane::Main }, index }
}

fn es256() -> (EcdsaKeyPair, Officer) {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let key = PublicKey { algorithm: Algorithm::Es256, bytes: pair.public_key().as_ref().to_vec() };
    (pair, passkey_officer(key))
}

fn passkey_officer(key: PublicKey) -> Officer {
    let passkey = EnrolledPasskey { key, origin: ORIGIN.into(), rp_id: RP_ID.into() };
    Officer { office: "border desk".into(), key: ApprovalKey::Webauthn(passkey) }
}

/// An approval as a browser and an authenticator make it.
fn approval(sign: impl Fn(&[u8]) -> Vec<u8>, origin: &str, rp_id: &str, index: u64) -> Approval {
    let challenge = officer_digest(&AwsLc, ApprovalRole::Author.name(), &place(index), &DIGEST);
    let challenge = URL_SAFE_NO_PAD.encode(challenge);
    let client_data =
        format!(r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"{origin}","crossOrigin":false}}"#);
    let authenticator_data = [AwsLc.sha256(&[rp_id.as_bytes()]).as_slice(), &[0x1d, 0, 0, 0, 0]].concat();
    let signature = sign(&[authenticator_data.as_slice(), &AwsLc.sha256(&[client_data.as_bytes()])].concat());
    let assertion = Assertion { authenticator_data, client_data: client_data.into_bytes(), signature };
    Approval { role: ApprovalRole::Author, enrolment: place(index), signature: ApprovalSignature::Webauthn(assertion) }
}

fn der_signed(pair: &EcdsaKeyPair) -> impl Fn(&[u8]) -> Vec<u8> + '_ {
    |bytes| pair.sign(&SystemRandom::new(), bytes).unwrap().as_ref().to_vec()
}

fn assertion(approval: &mut Approval) -> &mut Assertion {
    let ApprovalSignature::Webauthn(assertion) = &mut approval.signature else { panic!("a passkey's") };
    assertion
}

// spec: RECORD-7, RECORD-15
#[test]
fn a_passkey_approves_this_digest_for_the_enrolled_site_only() {
    let (pair, officer) = es256();
    let good = approval(der_signed(&pair), ORIGIN, RP_ID, 5);
    let judged = |officer: &Officer, approval: &Approval| verify_approval(&AwsLc, officer, approval, &DIGEST);
    let seen = Seen { backup_eligible: true, backed_up: true, counter: 0 };
    assert_eq!(judged(&officer, &good), Ok(ApprovedWith::Passkey(seen)));
    assert_eq!(
        verify_approval(&AwsLc, &officer, &good, &[8; 32]),
        Err(NotApproved::Passkey(PasskeyError::OtherChallenge))
    );
    for other in [
        Approval { role: ApprovalRole::ReleaseAuthority, ..good.clone() },
        Approval { enrolment: place(6), ..good.clone() },
    ] {
        assert_eq!(judged(&officer, &other), Err(NotApproved::Passkey(PasskeyError::OtherChallenge)));
    }
    let elsewhere = approval(der_signed(&pair), "https://other.agency.example", RP_ID, 5);
    assert!(matches!(judged(&officer, &elsewhere), Err(NotApproved::Passkey(PasskeyError::OtherOrigin { .. }))));
    let other_party = approval(der_signed(&pair), ORIGIN, "desk.agency.example", 5);
    assert_eq!(judged(&officer, &other_party), Err(NotApproved::Passkey(PasskeyError::OtherRelyingParty)));
    // The same key in the other scheme approves nothing.
    let bare = Ed25519KeyPair::from_seed_unchecked(&[3; 32]).unwrap();
    let public = bare.public_key().as_ref().to_vec();
    let signed = officer_digest(&AwsLc, ApprovalRole::Author.name(), &place(5), &DIGEST);
    let raw = Approval::ed25519(ApprovalRole::Author, place(5), bare.sign(&signed).as_ref());
    let (by_key, by_passkey) = (
        Officer::ed25519("border desk", public.clone()),
        passkey_officer(PublicKey { algorithm: Algorithm::Ed25519, bytes: public }),
    );
    let asserted = approval(|bytes| bare.sign(bytes).as_ref().to_vec(), ORIGIN, RP_ID, 5);
    assert_eq!(judged(&by_key, &raw), Ok(ApprovedWith::Ed25519));
    assert_eq!(judged(&by_passkey, &asserted), Ok(ApprovedWith::Passkey(seen)));
    assert_eq!(judged(&by_key, &asserted), Err(NotApproved::OtherScheme(Scheme::Ed25519)));
    assert_eq!(judged(&by_passkey, &raw), Err(NotApproved::OtherScheme(Scheme::Webauthn)));
}

// spec: RECORD-7
#[test]
fn one_key_is_one_officer_in_whatever_scheme_it_is_enrolled() {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[3; 32]).unwrap();
    let public = pair.public_key().as_ref().to_vec();
    let officers = [
        Officer::ed25519("one desk", public.clone()),
        passkey_officer(PublicKey { algorithm: Algorithm::Ed25519, bytes: public }),
        es256().1,
    ];
    let approvals = (0..3).map(|index| Approval::ed25519(ApprovalRole::Author, place(index), [0; 64])).collect();
    let officer = |place: &Enrolment| officers.get(usize::try_from(place.index).unwrap());
    let judged = judge(&AwsLc, &AUTHOR, approvals, &DIGEST, officer);
    let officers: Vec<u64> = judged.iter().map(|judged| judged.officer.index).collect();
    assert_eq!(officers, [0, 0, 2]);
}

// spec: RECORD-13
#[test]
fn a_used_approval_stays_used_in_the_other_spelling_of_its_signature() {
    let (pair, officer) = es256();
    for _ in 0..32 {
        let mut approval = approval(der_signed(&pair), ORIGIN, RP_ID, 5);
        let before = used(&AwsLc, &approval);
        let other = with_negated_s(&assertion(&mut approval).signature);
        assert_ne!(assertion(&mut approval).signature, other);
        assertion(&mut approval).signature = other;
        assert!(verify_approval(&AwsLc, &officer, &approval, &DIGEST).is_ok(), "the other spelling is as valid");
        assert_eq!(used(&AwsLc, &approval), before);
    }
    let (one, other) = (approval(der_signed(&pair), ORIGIN, RP_ID, 5), approval(der_signed(&pair), ORIGIN, RP_ID, 5));
    assert_ne!(used(&AwsLc, &one), used(&AwsLc, &other), "approved twice");
    // What is kept of an Ed25519 signature is what was kept before there were passkeys.
    let raw = Approval::ed25519(ApprovalRole::Author, place(5), [7; 64]);
    assert_eq!(used(&AwsLc, &raw), AwsLc.sha256(&[b"mithaq/approval-used/v1\0", &[7; 64]]));
    for not_der in
        [&b""[..], b"\x30", b"\x30\x06\x02\x01\x01\x02\x01", b"\x30\x07\x02\x01\x01\x02\x01\x01", &[0x30; 64]]
    {
        assert_eq!(es256_r(not_der), None, "{not_der:02x?}");
    }
    assert_eq!(es256_r(b"\x30\x06\x02\x01\x05\x02\x01\x01"), Some(&[5][..]));
}

/// The signature (r, n − s) for (r, s).
fn with_negated_s(signature: &[u8]) -> Vec<u8> {
    let order = hex::decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").unwrap();
    let r_end = 4 + usize::from(signature[3]);
    let (front, s) = (&signature[2..r_end], &signature[r_end + 2..]);
    let s = [vec![0; 33], s.to_vec()].concat().split_off(s.len() + 1);
    let mut borrow = 0;
    let mut negated: Vec<u8> = order
        .iter()
        .zip(&s)
        .rev()
        .map(|(n, s)| {
            let difference = i16::from(*n) - i16::from(*s) - borrow;
            borrow = i16::from(difference < 0);
            u8::try_from(difference.rem_euclid(256)).unwrap()
        })
        .collect();
    negated.push(0);
    negated.reverse();
    while negated[0] == 0 && negated[1] < 0x80 {
        negated.remove(0);
    }
    let inner = [front, &[2, u8::try_from(negated.len()).unwrap()], &negated].concat();
    [&[0x30, u8::try_from(inner.len()).unwrap()], inner.as_slice()].concat()
}

// spec: RECORD-6, RECORD-14
#[test]
fn each_scheme_has_its_members_and_no_others() {
    let (pair, officer) = es256();
    let forms =
        [serde_json::to_string(&Officer::ed25519("desk", [3; 32])).unwrap(), serde_json::to_string(&officer).unwrap()];
    assert!(forms[0].starts_with(r#"{"office":"desk","scheme":"ed25519","public":"AwMD"#), "{}", forms[0]);
    let read = |text: &str| json::parse_strict::<Officer>(text.as_bytes(), 4096, "officer");
    assert_eq!(read(&forms[1]).unwrap(), officer);
    let more = r#","origin":"https://agency.example"}"#;
    for (text, problem) in [
        (forms[0].replace('}', more), "belong to the scheme webauthn"),
        (forms[0].replace('}', r#","algorithm":"es256"}"#), "belong to the scheme webauthn"),
        (forms[0].replace('}', r#","rp_id":null}"#), "invalid type: null"),
        (forms[0].replace("ed25519", "webauthn"), "needs algorithm, origin and rp_id"),
        (forms[1].replace(r#","rp_id":"agency.example""#, ""), "needs algorithm, origin and rp_id"),
        (forms[1].replace("es256", "rs256"), "unknown variant"),
        (forms[1].replace(r#""rp_id""#, r#""credential""#), "unknown field"),
    ] {
        let error = read(&text).unwrap_err().to_string();
        assert!(error.contains(problem), "{text}: {error}");
    }

    let good = approval(der_signed(&pair), ORIGIN, RP_ID, 5);
    let text = serde_json::to_string(&[&good]).unwrap();
    assert_eq!(parse_approvals(text.as_bytes()).unwrap(), [good]);
    let raw = serde_json::to_string(&[Approval::ed25519(ApprovalRole::Author, place(5), [0; 64])]).unwrap();
    let without = |name: &str| {
        let start = text.find(&format!(r#","{name}""#)).unwrap();
        let end = start + 1 + text[start + 1..].find([',', '}']).unwrap();
        format!("{}{}", &text[..start], &text[end..])
    };
    for (text, problem) in [
        (without("client_data"), "needs authenticator_data and client_data"),
        (without("authenticator_data"), "needs authenticator_data and client_data"),
        (text.replace("webauthn", "ed25519"), "belong to the scheme webauthn"),
        (raw.replace("ed25519", "webauthn"), "needs authenticator_data and client_data"),
        (raw.replace("}]", r#","client_data":null}]"#), "invalid type: null"),
    ] {
        let error = parse_approvals(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(problem), "{text}: {error}");
    }
}

// spec: RECORD-14
#[test]
fn what_is_no_key_and_no_site_is_not_enrolled() {
    let (_, officer) = es256();
    assert_eq!(officer.problem(), None);
    let changed = |change: fn(&mut EnrolledPasskey)| {
        let mut officer = officer.clone();
        let ApprovalKey::Webauthn(passkey) = &mut officer.key else { panic!("a passkey") };
        change(passkey);
        officer.problem()
    };
    assert_eq!(
        changed(|passkey| passkey.key.algorithm = Algorithm::Ed25519),
        Some("an Ed25519 public key has 32 bytes")
    );
    assert!(changed(|passkey| passkey.key.bytes[0] = 2).is_some());
    assert!(changed(|passkey| passkey.origin = "http://desk.agency.example".into()).is_some());
    assert!(changed(|passkey| passkey.rp_id = "other.example".into()).is_some());
}

// spec: RECORD-6
#[test]
fn a_scheme_of_another_version_is_named_in_the_error() {
    for scheme in ["passkey", "set"] {
        let enrolment = r#"{"origin":"mithaq/00/00/1/main","index":0}"#;
        let text =
            alloc::format!(r#"[{{"role":"author","scheme":"{scheme}","enrolment":{enrolment},"signature":""}}]"#);
        let error = parse_approvals(text.as_bytes()).unwrap_err().to_string();
        let expected =
            alloc::format!("the scheme {scheme:?} is not known to this version, which knows ed25519 and webauthn");
        assert!(error.contains("field [0].scheme") && error.contains(&expected), "{error}");
    }
}
