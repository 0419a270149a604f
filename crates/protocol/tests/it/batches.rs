//! Vectors of batch frames, sealed keyrings and nacks.

use std::sync::LazyLock;

use mithaq_protocol::{
    agreement::{SEALING_KEY_DOCUMENT, SealingKeyDocument, sealing_key_id},
    batch::{self, BatchRef, Frame, Manifest, NO_SECRET},
    control::{Control, Nack, NackReason, WithheldNote},
    document::SignedDocument,
    header::Header,
    id::{AgencyId, Hash, parse_hash},
    record::{self, Context},
    suite::{AwsLc, KeyRole, PublicKeys, Signer as _, Suite as _},
    tlog::{Frontier, open_checkpoint},
};
use serde_json::{Value, json};

use crate::{
    files::{apply, edit, from_base64, from_hex, make_if_absent, pretty, read_json, to_base64},
    world::{Draft, World},
};

const FILE: &str = "batches.json";
const HEADER: &str = concat!(
    r#"{"kind":"correspondence.note/1","thread":"000102030405060708090a0b0c0d0e0f","clause":"c1","#,
    r#""purpose":"register","handling":["H1"],"retain_until":"2031-09-20","media_type":"application/json"}"#
);

// spec: BATCH-1, BATCH-2, BATCH-3, BATCH-4, BATCH-5, BATCH-6, SEAL-1, SEAL-2, WITHHELD-1
#[test]
fn frames_open_to_what_the_vectors_say() {
    let vectors = vectors();
    for case in vectors["frames"].as_array().unwrap() {
        let bytes = from_base64(&case["frame"]);
        assert_eq!(Frame::decode(&bytes).unwrap().encode().unwrap(), bytes);
        assert_eq!(open(vectors, case, &bytes), Ok(case["opened"].clone()), "{}", case["name"]);
    }
}

// spec: BATCH-3, BATCH-4, BATCH-5, SEAL-1, SEAL-2, WITHHELD-1
#[test]
fn spoiled_frames_are_refused() {
    let vectors = vectors();
    for case in vectors["spoiled"].as_array().unwrap() {
        let good = vectors["frames"].as_array().unwrap().iter().find(|good| good["name"] == case["of"]).unwrap();
        let spoiled = apply(&from_base64(&good["frame"]), &case["edit"]);
        assert!(open(vectors, good, &spoiled).is_err(), "{}", case["name"]);
    }
}

// spec: BATCH-5
#[test]
fn a_frame_cut_short_or_with_more_behind_it_is_refused() {
    let bytes = from_base64(&vectors()["frames"][0]["frame"]);
    for length in 0..bytes.len() {
        assert!(Frame::decode(&bytes[..length]).is_err(), "{length}");
    }
    assert!(Frame::decode(&[&bytes[..], &[0]].concat()).is_err());
}

// spec: SEAL-1
#[test]
fn a_keyring_opens_for_its_batch_recipient_and_key_only() {
    let vectors = vectors();
    let case = &vectors["frames"][0];
    let frame = Frame::decode(&from_base64(&case["frame"])).unwrap();
    let reference: BatchRef = serde_json::from_value(case["opened"]["batch"].clone()).unwrap();
    let (recipient, key) = (agency(&vectors["recipient"]), AwsLc.sealing_key(from_hex(&vectors["sealing_seed"])));
    let open = |reference, recipient, key| batch::open_keyring(&AwsLc, &reference, &recipient, key, &frame.keyring);
    assert!(open(reference, recipient, &key).is_ok());
    assert!(open(reference, AgencyId::new([1; 32]), &key).is_err());
    let other_key = AwsLc.sealing_key([9; 32]);
    assert!(open(reference, recipient, &other_key).is_err());
    for other in [
        BatchRef { first: reference.first + 1, ..reference },
        BatchRef { count: reference.count + 1, ..reference },
        BatchRef { root: [0; 32], ..reference },
        BatchRef { origin: reference.origin.in_lane(mithaq_protocol::origin::Lane::Urgent), ..reference },
    ] {
        assert!(open(other, recipient, &key).is_err(), "{other:?}");
    }
}

// spec: NACK-1
#[test]
fn nacks_are_those_of_the_vectors() {
    let vectors = vectors();
    let keys = keys(&vectors["recipient_document_keys"]);
    let document = SignedDocument::parse(vectors["nack"].as_str().unwrap().as_bytes()).unwrap();
    assert!(document.verify(&AwsLc, &keys, "nack"));
    assert!(!document.verify(&AwsLc, &keys, "withheld"));
    let nack: Nack = serde_json::from_slice(&document.body).unwrap();
    assert_eq!(nack.reason, NackReason::DoesNotOpen);
    assert_eq!(json!(nack.batch), vectors["frames"][0]["opened"]["batch"]);
    assert!(nack.sealing_key.verify(&AwsLc, &keys, SEALING_KEY_DOCUMENT));
    assert!(SealingKeyDocument::parse(&nack.sealing_key.body).is_ok());
}

/// Does what a receiver does before it decides: checkpoint, root, seal, commitments, withheld note.
fn open(vectors: &Value, case: &Value, bytes: &[u8]) -> Result<Value, String> {
    let frame = Frame::decode(bytes).map_err(|error| error.to_string())?;
    let (origin, first) = (frame.batch.origin, frame.batch.first);
    let signed = open_checkpoint(&AwsLc, &frame.batch.note, &keys(&vectors["log_keys"])).map_err(|e| e.to_string())?;
    let checkpoint = signed.checkpoint();
    let mut frontier = Frontier::new();
    let held: Vec<Hash> = case["held"].as_array().unwrap().iter().map(from_hex).collect();
    held.iter().chain(&frame.batch.commitments).for_each(|entry| frontier.append(&AwsLc, entry));
    let head = (origin.to_string(), frame.batch.size(), frontier.root(&AwsLc));
    if head != (checkpoint.origin.clone(), checkpoint.size, checkpoint.root)
        || first != u64::try_from(held.len()).unwrap()
    {
        return Err("another checkpoint".into());
    }
    let reference = BatchRef { origin, first, count: frame.batch.count(), root: checkpoint.root };
    let key = AwsLc.sealing_key(from_hex(&vectors["sealing_seed"]));
    if frame.sealing_key != sealing_key_id(&AwsLc, &key.public) {
        return Err("another sealing key".into());
    }
    let recipient = agency(&vectors["recipient"]);
    let keyring =
        batch::open_keyring(&AwsLc, &reference, &recipient, &key, &frame.keyring).map_err(|e| e.to_string())?;
    let withheld = withheld(vectors, &frame)?;

    let agreement = from_hex(&vectors["agreement"]);
    let context = Context { channel: origin.channel, author: origin.agency, agreement };
    let mut records = vec![];
    let mut rest = &frame.batch.ciphertexts[..];
    for (((secret, commitment), length), index) in
        keyring.iter().zip(&frame.batch.commitments).zip(&frame.batch.lengths).zip(first..)
    {
        let (ciphertext, tail) = rest.split_at(usize::try_from(*length).unwrap());
        rest = tail;
        if withheld.contains(&index) {
            if *secret != NO_SECRET || !ciphertext.is_empty() {
                return Err("a withheld record with content".into());
            }
            records.push(Value::Null);
            continue;
        }
        let mut ciphertext = ciphertext.to_vec();
        let parts = record::open(&AwsLc, &context, secret, commitment, &mut ciphertext).map_err(|e| e.to_string())?;
        let header = Header::parse(parts.header).map_err(|e| e.to_string())?;
        if index == first {
            let Ok(Control::Batch(_)) = Control::decode(&header.kind, parts.body) else {
                return Err("no manifest".into());
            };
        }
        records.push(json!({"kind": header.kind, "body": to_base64(parts.body)}));
    }
    let keyring: Vec<String> = keyring.iter().map(hex::encode).collect();
    Ok(json!({"batch": reference, "keyring": keyring, "records": records}))
}

fn withheld(vectors: &Value, frame: &Frame) -> Result<Vec<u64>, String> {
    if frame.withheld.is_empty() {
        return Ok(vec![]);
    }
    let document = SignedDocument::parse(&frame.withheld).map_err(|error| error.to_string())?;
    let note: WithheldNote = serde_json::from_slice(&document.body).map_err(|error| error.to_string())?;
    let entries = note.indexes.iter().zip(&note.commitments);
    let matches = entries.into_iter().all(|(index, commitment)| {
        frame.batch.commitments.get(usize::try_from(index - frame.batch.first).unwrap()) == Some(&commitment.0)
    });
    let signed = document.verify(&AwsLc, &keys(&vectors["author_document_keys"]), "withheld");
    if signed && matches && note.origin == frame.batch.origin { Ok(note.indexes) } else { Err("the note".into()) }
}

fn vectors() -> &'static Value {
    static VECTORS: LazyLock<Value> = LazyLock::new(|| {
        make_if_absent(FILE, || vec![(FILE.into(), pretty(&make()))]);
        read_json(FILE)
    });
    &VECTORS
}

fn agency(value: &Value) -> AgencyId {
    AgencyId::new(parse_hash(value.as_str().unwrap()).unwrap())
}

fn keys(value: &Value) -> PublicKeys {
    let ml_dsa_44 = from_base64(&value["ml_dsa_44"]);
    PublicKeys::from_halves(&from_base64(&value["ed25519"]), ml_dsa_44).unwrap()
}

fn make() -> Value {
    let drafts =
        [b"{\"text\":\"one\"}", b"{\"text\":\"two\"}"].map(|body| Draft { header: HEADER, body, approvals: &[] });
    let (mut world, places) = World::with_records(&drafts);
    let whole = world.frame(0, &|_| true);
    let withheld = world.frame(0, &|index| index != places[1].index);
    let [author, recipient] = &world.sides;
    let held: Vec<String> = author.commitments(&places[0].origin, whole.batch.first).iter().map(hex::encode).collect();
    let mut vectors = json!({
        "format": "mithaq batch vectors 1",
        "log_keys": author.keys.public(KeyRole::Log).unwrap(),
        "author_document_keys": author.keys.public(KeyRole::Document).unwrap(),
        "recipient": recipient.chain.agency(),
        "recipient_document_keys": recipient.keys.public(KeyRole::Document).unwrap(),
        "sealing_seed": hex::encode(recipient.sealing.seed),
        "agreement": hex::encode(world.context().agreement),
    });
    let frames = [("a batch", &whole), ("a batch with a withheld record", &withheld)].map(|(name, frame)| {
        let bytes = frame.encode().unwrap();
        let case = json!({"name": name, "held": held, "frame": to_base64(&bytes)});
        let opened = open(&vectors, &case, &bytes).unwrap();
        json!({"name": name, "held": held, "frame": to_base64(&bytes), "opened": opened})
    });
    let reference: BatchRef = serde_json::from_value(frames[0]["opened"]["batch"].clone()).unwrap();
    let announced = world.bundle.sealing_keys().find(|key| key.signature.agency == *recipient.chain.agency()).unwrap();
    let nack = recipient.channel.nack(&recipient.keys, reference, NackReason::DoesNotOpen, announced.clone()).unwrap();
    vectors["spoiled"] = spoiled(&whole, &withheld).into();
    vectors["frames"] = frames.to_vec().into();
    vectors["nack"] = String::from_utf8(nack.encode()).unwrap().into();
    vectors
}

fn spoiled(whole: &Frame, withheld: &Frame) -> Vec<Value> {
    let mut cases = vec![];
    let mut add = |of, name, good: &Frame, spoiled: Vec<u8>| {
        cases.push(json!({"of": of, "name": name, "edit": edit(&good.encode().unwrap(), &spoiled)}));
    };
    let mut change = |name, change: &dyn Fn(&mut Frame)| {
        let mut frame = whole.clone();
        change(&mut frame);
        add("a batch", name, whole, frame.encode().unwrap());
    };
    change("another suite", &|frame| frame.suite = 2);
    change("another first entry", &|frame| frame.batch.first += 1);
    change("another lane", &|frame| {
        frame.batch.origin = frame.batch.origin.in_lane(mithaq_protocol::origin::Lane::Urgent);
    });
    change("another commitment", &|frame| frame.batch.commitments[1][0] ^= 1);
    change("commitments exchanged", &|frame| frame.batch.commitments.swap(1, 2));
    change("an entry less", &|frame| {
        frame.batch.commitments.pop();
        let length = usize::try_from(frame.batch.lengths.pop().unwrap()).unwrap();
        frame.batch.ciphertexts.truncate(frame.batch.ciphertexts.len() - length);
    });
    change("another sealing key", &|frame| frame.sealing_key[0] ^= 1);
    change("another encapsulated key", &|frame| frame.keyring.encapsulated[0] ^= 1);
    change("another keyring", &|frame| frame.keyring.ciphertext[0] ^= 1);
    change("keyring of another seal of the same batch", &|frame| frame.keyring = withheld.keyring.clone());
    change("another ciphertext", &|frame| frame.batch.ciphertexts[0] ^= 1);
    change("lengths moved between two records", &|frame| {
        frame.batch.lengths[0] += 1;
        frame.batch.lengths[1] -= 1;
    });
    change("content missing without a note", &|frame| {
        let length = usize::try_from(frame.batch.lengths.pop().unwrap()).unwrap();
        frame.batch.lengths.push(0);
        frame.batch.ciphertexts.truncate(frame.batch.ciphertexts.len() - length);
    });
    change("a note that is none", &|frame| frame.withheld = b"{}".to_vec());
    let bytes = whole.encode().unwrap();
    add("a batch", "another version", whole, [b"MQB\x02", &bytes[4..]].concat());
    add("a batch", "a byte behind the end", whole, [&bytes[..], &[0]].concat());

    let mut frame = withheld.clone();
    let text = String::from_utf8(frame.withheld).unwrap();
    let at = text.find("\"ed25519\":\"").unwrap() + 20;
    let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
    frame.withheld = [&text[..at], other, &text[at + 1..]].concat().into_bytes();
    add("a batch with a withheld record", "a note with another signature", withheld, frame.encode().unwrap());
    let frame = Frame { withheld: vec![], ..withheld.clone() };
    add("a batch with a withheld record", "a withheld record without its note", withheld, frame.encode().unwrap());
    cases
}

// spec: BATCH-2
#[test]
fn a_manifest_has_its_two_fields_and_no_others() {
    let log = format!("mithaq/{}/{}/1/main", "c1".repeat(32), "a1".repeat(32));
    let good = format!(r#"{{"time":1790000000000,"seen":[{{"origin":"{log}","size":3}}]}}"#);
    assert!(matches!(Control::decode("mithaq.batch/1", good.as_bytes()), Ok(Control::Batch(Manifest { .. }))));
    for wrong in [
        good.replace("\"time\":1790000000000,", ""),
        good.replace("1790000000000", "-1"),
        good.replace("1790000000000", "9007199254740992"),
        good.replace("\"size\":3", "\"size\":3,\"root\":0"),
        good.replace("\"size\":3", "\"size\":3,\"size\":3"),
        good.replace("/1/main", "/01/main"),
        good.replace("}]}", "}],\"note\":\"\"}"),
        good.replace("}]}", "}]} x"),
    ] {
        assert!(Control::decode("mithaq.batch/1", wrong.as_bytes()).is_err(), "{wrong}");
    }
}
