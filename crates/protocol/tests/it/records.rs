//! Vectors of single records: all of it is deterministic, so every value is computed again.

use std::sync::LazyLock;

use mithaq_protocol::{
    agreement::ApprovalRole,
    attachment::{CHUNK_BYTES, seal_chunk},
    id::{AgencyId, ChannelId, Hash},
    origin::{Lane, Origin},
    record::{self, Context, Enrolment, Officer, Parts},
    suite::{AwsLc, KeyRole, Signer as _, Suite as _},
};
use serde_json::{Value, json};

use crate::{
    files::{from_base64, from_hex, make_if_absent, pretty, read_json, to_base64},
    world::{approvals, officer},
};

const FILE: &str = "records.json";

const CONTEXT: Context =
    Context { channel: ChannelId::new([0xc1; 32]), author: AgencyId::new([0xa1; 32]), agreement: [0xe1; 32] };
const ORIGIN: Origin = Origin { channel: CONTEXT.channel, agency: CONTEXT.author, epoch: 1, lane: Lane::Main };

// spec: RECORD-1, RECORD-3, RECORD-4, RECORD-5, RECORD-9
#[test]
fn digest_commitment_and_ciphertext_are_those_of_the_vectors() {
    for case in vectors()["records"].as_array().unwrap() {
        let (context, secret, expected) = (context(case), from_hex(&case["secret"]), from_hex(&case["commitment"]));
        let (header, body) = (case["header"].as_str().unwrap(), from_base64(&case["body"]));
        let attachments: Vec<[u8; 64]> = case["attachments"].as_array().unwrap().iter().map(from_hex).collect();
        let approvals = case["approvals"].as_str().unwrap();
        let parts = Parts {
            header: header.as_bytes(),
            approvals: approvals.as_bytes(),
            attachments: &attachments,
            body: &body,
        };
        assert_eq!(hex::encode(record::digest(&AwsLc, &context, header.as_bytes(), &body)), case["digest"]);
        let mut ciphertext = vec![];
        assert_eq!(record::seal(&AwsLc, &context, &secret, &parts, &mut ciphertext), Ok(expected));
        assert_eq!(to_base64(&ciphertext), case["ciphertext"]);
        assert_eq!(record::sealed_length(&parts), ciphertext.len());
        assert_eq!(record::open(&AwsLc, &context, &secret, &expected, &mut ciphertext.clone()), Ok(parts));

        // Nothing of it may be another.
        let other = Context { author: AgencyId::new([9; 32]), ..context };
        assert!(record::open(&AwsLc, &other, &secret, &expected, &mut ciphertext.clone()).is_err());
        let other = Context { agreement: [9; 32], ..context };
        assert!(record::open(&AwsLc, &other, &secret, &expected, &mut ciphertext.clone()).is_err());
        assert!(record::open(&AwsLc, &context, &[9; 32], &expected, &mut ciphertext.clone()).is_err());
        assert!(record::open(&AwsLc, &context, &secret, &[9; 32], &mut ciphertext.clone()).is_err());
        for at in (0..ciphertext.len()).step_by(7) {
            let mut spoiled = ciphertext.clone();
            spoiled[at] ^= 1;
            assert!(record::open(&AwsLc, &context, &secret, &expected, &mut spoiled).is_err(), "{at}");
        }
    }
}

// spec: RECORD-2, RECORD-6, RECORD-7
#[test]
fn approvals_are_those_of_the_vectors() {
    for case in vectors()["approvals"].as_array().unwrap() {
        let name = &case["name"];
        let digest: Hash = from_hex(&case["digest"]);
        let keys = case["officers"].as_array().unwrap();
        let Ok(parsed) = record::parse_approvals(case["text"].as_str().unwrap().as_bytes()) else {
            assert_eq!(case["outcome"], "refused", "{name}");
            continue;
        };
        let valid = parsed.iter().all(|approval| {
            let place = json!(approval.enrolment);
            let officer = keys.iter().find(|officer| officer["enrolment"] == place);
            officer.is_some_and(|found| {
                let officer = Officer::ed25519("desk", from_hex::<[u8; 32]>(&found["public"]));
                record::verify_approval(&AwsLc, &officer, approval, &digest).is_ok()
            })
        });
        assert_eq!(case["outcome"], if valid { "valid" } else { "invalid" }, "{name}");
    }
    for case in vectors()["officer_digests"].as_array().unwrap() {
        let enrolment: Enrolment = serde_json::from_value(case["enrolment"].clone()).unwrap();
        let found =
            record::officer_digest(&AwsLc, case["role"].as_str().unwrap(), &enrolment, &from_hex(&case["digest"]));
        assert_eq!(hex::encode(found), case["officer_digest"]);
    }
}

// spec: RECORD-3
#[test]
fn only_whole_plaintexts_are_read() {
    for case in vectors()["plaintexts"].as_array().unwrap() {
        let bytes: Vec<u8> = from_hex(&case["bytes"]);
        assert_eq!(record::decode(&bytes).is_ok(), case["valid"], "{}", case["name"]);
    }
}

// spec: RECORD-8
#[test]
fn attachments_are_those_of_the_vectors() {
    for case in vectors()["attachments"].as_array().unwrap() {
        let plain = vec![0x5a; usize::try_from(case["length"].as_u64().unwrap()).unwrap()];
        let ciphertext = seal_attachment(&from_hex(&case["key"]), &plain);
        assert_eq!(hex::encode(AwsLc.sha256(&[&ciphertext])), case["id"]);
        assert_eq!(ciphertext.len().to_string(), case["sealed_length"].to_string());
    }
}

fn vectors() -> &'static Value {
    static VECTORS: LazyLock<Value> = LazyLock::new(|| {
        make_if_absent(FILE, || vec![(FILE.into(), pretty(&make()))]);
        read_json(FILE)
    });
    &VECTORS
}

fn context(case: &Value) -> Context {
    Context {
        channel: ChannelId::new(from_hex(&case["channel"])),
        author: AgencyId::new(from_hex(&case["author"])),
        agreement: from_hex(&case["agreement"]),
    }
}

fn seal_attachment(key: &[u8; 32], plain: &[u8]) -> Vec<u8> {
    let chunks: Vec<&[u8]> = if plain.is_empty() { vec![plain] } else { plain.chunks(CHUNK_BYTES).collect() };
    let last = chunks.len() - 1;
    let sealed = chunks.iter().enumerate().flat_map(|(number, chunk)| {
        let mut chunk = chunk.to_vec();
        seal_chunk(&AwsLc, key, u64::try_from(number).unwrap(), number == last, &mut chunk).unwrap();
        chunk
    });
    sealed.collect()
}

fn make() -> Value {
    let header = r#"{"kind":"correspondence.note/1","media_type":"application/json"}"#;
    let digest = record::digest(&AwsLc, &CONTEXT, header.as_bytes(), b"body");
    let roles = [(ApprovalRole::Author, 2, 2), (ApprovalRole::ReleaseAuthority, 3, 3)];
    let approved = String::from_utf8(approvals(ORIGIN, &roles, &digest)).unwrap();
    let records = [
        ("no approvals, no attachments", header, "", vec![], &b"body"[..]),
        ("empty body", header, "", vec![], b""),
        ("two approvals", header, &approved, vec![], b"body"),
        ("two attachments", header, "", vec![[0x31; 64], [0x32; 64]], b"\x00\xff"),
        (
            "header of another script",
            r#"{"kind":"correspondence.note/1","media_type":"text/plain","h3_text":"للعلم"}"#,
            "",
            vec![],
            "نص".as_bytes(),
        ),
    ];
    let records = records.into_iter().zip(0x51..).map(|((name, header, approvals, attachments, body), seed)| {
        let parts =
            Parts { header: header.as_bytes(), approvals: approvals.as_bytes(), attachments: &attachments, body };
        let secret = [seed; 32];
        let mut ciphertext = vec![];
        let commitment = record::seal(&AwsLc, &CONTEXT, &secret, &parts, &mut ciphertext).unwrap();
        json!({
            "name": name,
            "channel": CONTEXT.channel, "author": CONTEXT.author, "agreement": hex::encode(CONTEXT.agreement),
            "header": header, "approvals": approvals, "body": to_base64(body),
            "attachments": attachments.iter().map(hex::encode).collect::<Vec<_>>(),
            "secret": hex::encode(secret),
            "digest": hex::encode(record::digest(&AwsLc, &CONTEXT, header.as_bytes(), body)),
            "salt": hex::encode(AwsLc.hkdf_expand(&secret, b"mithaq/salt/v1")),
            "content_key": hex::encode(AwsLc.hkdf_expand(&secret, b"mithaq/content/v1")),
            "commitment": hex::encode(commitment),
            "ciphertext": to_base64(&ciphertext),
        })
    });
    let officer_digests = roles.map(|(role, index, _)| {
            let enrolment = Enrolment { origin: ORIGIN, index };
            let found = record::officer_digest(&AwsLc, role.name(), &enrolment, &digest);
            json!({"role": role, "enrolment": enrolment, "digest": hex::encode(digest), "officer_digest": hex::encode(found)})
    });
    let plaintexts = [
        plaintext("empty parts", "00000000", "00000000", "00", true),
        plaintext("header cut short", "00000002", "7b", "", false),
        plaintext("no number of attachments", "00000000", "00000000", "", false),
        plaintext("an attachment missing", "00000000", "00000000", "01", false),
        plaintext("a header longer than the rest", "ffffffff", "00000000", "00", false),
    ];
    let attachments = [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1].map(|length| {
        let sealed = seal_attachment(&[0x77; 32], &vec![0x5a; length]);
        json!({
            "key": hex::encode([0x77; 32]), "byte": 0x5a, "length": length, "sealed_length": sealed.len(),
            "id": hex::encode(AwsLc.sha256(&[&sealed])),
        })
    });
    json!({
        "format": "mithaq record vectors 1",
        "records": records.collect::<Vec<_>>(),
        "officer_digests": officer_digests,
        "approvals": approval_cases(&approved, &digest),
        "plaintexts": plaintexts,
        "attachments": attachments,
    })
}

fn plaintext(name: &str, header: &str, approvals: &str, attachments: &str, valid: bool) -> Value {
    let bytes = [header, approvals, attachments].concat();
    json!({"name": name, "bytes": bytes, "valid": valid})
}

fn approval_cases(approved: &str, digest: &Hash) -> Vec<Value> {
    let officers: Vec<Value> = [2_u8, 3]
        .map(|seed| {
            let public = officer(seed).public(KeyRole::Document).unwrap().ed25519;
            json!({"enrolment": Enrolment { origin: ORIGIN, index: seed.into() }, "public": hex::encode(public)})
        })
        .into();
    let cases = [
        ("nothing", String::new(), "valid"),
        ("author and release authority", approved.to_owned(), "valid"),
        ("empty list", "[]".into(), "valid"),
        ("white space", approved.replace(',', ", "), "valid"),
        ("roles exchanged", approved.replacen("\"author\"", "\"head_of_delegation\"", 1), "invalid"),
        ("officers exchanged", approved.replacen("\"index\":2", "\"index\":3", 1), "invalid"),
        ("another place of enrolment", approved.replacen("/1/main", "/1/urgent", 1), "invalid"),
        ("unknown role", approved.replacen("\"author\"", "\"minister\"", 1), "refused"),
        ("unknown scheme", approved.replacen("ed25519", "rsa", 1), "refused"),
        ("unknown field", approved.replacen("{\"role\"", "{\"note\":1,\"role\"", 1), "refused"),
        ("role twice", approved.replacen("{\"role\"", "{\"role\":\"author\",\"role\"", 1), "refused"),
        ("base64 without padding", approved.replacen("==", "", 1), "refused"),
        ("not JSON", "approved".into(), "refused"),
    ];
    let case = |(name, text, outcome)| json!({"name": name, "text": text, "digest": hex::encode(digest), "officers": officers, "outcome": outcome});
    cases.into_iter().map(case).collect()
}
