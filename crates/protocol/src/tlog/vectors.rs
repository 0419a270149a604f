//! Test material, and the vectors that other implementations replay (fields: `docs/spec/log.md`).

extern crate std;

use alloc::{
    borrow::ToOwned as _,
    format,
    string::{String, ToString as _},
    vec,
    vec::Vec,
};

use serde_json::{Value, json};

use super::{
    Checkpoint, Frontier, Note, NoteKey, Proof, PublicKey, cosignature, merkle, open_checkpoint, open_receipt,
    receipt_name, sign_checkpoint, sign_receipt,
};
use crate::{
    id::{AgencyId, Hash, parse_hash},
    suite::{AwsLc, KeyRole, PublicKeys, Signer as _, SoftwareKeys, Suite as _},
};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/vectors/tlog.json");
const RECEIPT_AGENCY: AgencyId = AgencyId::new([0xb2; 32]);
const SEEDS: [(KeyRole, [u8; 32], [u8; 32]); 3] = [
    (KeyRole::Log, [0x11; 32], [0x12; 32]),
    (KeyRole::Receipt, [0x21; 32], [0x22; 32]),
    (KeyRole::Document, [0x31; 32], [0x32; 32]),
];
const SIZE: u64 = 11;

/// Keys from fixed seeds.
pub(super) fn keys() -> SoftwareKeys {
    SoftwareKeys::from_seeds(SEEDS.iter().map(|(role, ed25519, ml_dsa_44)| (*role, ed25519, ml_dsa_44))).unwrap()
}

/// The public keys of a role.
pub(super) fn public(keys: &SoftwareKeys, role: KeyRole) -> PublicKeys {
    keys.public(role).unwrap()
}

/// An entry of the test log.
pub(super) fn entry(index: u64) -> Hash {
    AwsLc.sha256(&[b"entry ", index.to_string().as_bytes()])
}

/// Leaf hashes of the test log.
pub(super) fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(|index| merkle::leaf_hash(&AwsLc, &entry(index))).collect()
}

/// A checkpoint of the test log.
pub(super) fn checkpoint_of(size: u64) -> Checkpoint {
    let mut frontier = Frontier::new();
    (0..size).for_each(|index| frontier.append(&AwsLc, &entry(index)));
    let origin = format!("mithaq/{}/{}/1/main", hex::encode([0xc0; 32]), hex::encode([0xa1; 32]));
    Checkpoint { origin, size, root: frontier.root(&AwsLc) }
}

/// Texts in which one byte differs: every byte, three ways; what is no UTF-8 any more can't even be passed on.
pub(super) fn every_byte_flip(text: &str) -> impl Iterator<Item = String> {
    (0..text.len()).flat_map(move |at| {
        [0x01, 0x04, 0x20].into_iter().filter_map(move |mask| {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] ^= mask;
            String::from_utf8(bytes).ok()
        })
    })
}

// spec: LOG-1, LOG-2, LOG-3, LOG-7, LOG-9, LOG-12, LOG-15, LOG-16
#[test]
fn the_vectors_replay() {
    let vectors: Value = serde_json::from_str(&std::fs::read_to_string(PATH).unwrap()).unwrap();
    let roots = list(&vectors["roots"], hash);
    let entries = list(&vectors["entries"], hash);
    let mut frontier = Frontier::new();
    for (entry, root) in entries.iter().zip(&roots) {
        assert_eq!(frontier.root(&AwsLc), *root);
        frontier.append(&AwsLc, entry);
    }
    assert_eq!(frontier.root(&AwsLc), *roots.last().unwrap());
    for role in ["log_keys", "receipt_keys"] {
        for vkey in vectors[role]["vkeys"].as_array().unwrap() {
            NoteKey::from_vkey(&AwsLc, vkey.as_str().unwrap()).unwrap();
        }
    }
    for case in vectors["inclusion"].as_array().unwrap() {
        let (index, size) = (number(&case["index"]), number(&case["size"]));
        let holds = merkle::verify_inclusion(
            &AwsLc,
            index,
            size,
            &hash(&case["leaf"]),
            &list(&case["path"], hash),
            &hash(&case["root"]),
        );
        assert_eq!(holds, case["valid"], "{case}");
    }
    for case in vectors["consistency"].as_array().unwrap() {
        let (old, new) = (number(&case["old_size"]), number(&case["new_size"]));
        let (old_root, new_root) = (hash(&case["old_root"]), hash(&case["new_root"]));
        let holds = merkle::verify_consistency(&AwsLc, old, &old_root, new, &new_root, &list(&case["proof"], hash));
        assert_eq!(holds, case["valid"], "{case}");
    }
    for case in vectors["texts"].as_array().unwrap() {
        assert_eq!(outcome(&vectors, case), case["result"], "{}", case["name"]);
        assert_eq!(case["valid"], !case["result"].is_null(), "{}", case["name"]);
    }
}

/// What opening a text yields, `null` if it is refused.
fn outcome(vectors: &Value, case: &Value) -> Value {
    let text = case["text"].as_str().unwrap();
    let (log_keys, receipt_keys) = (read_keys(&vectors["log_keys"]), read_keys(&vectors["receipt_keys"]));
    let agency = vectors["receipt_keys"]["agency"].as_str().unwrap().parse().unwrap();
    let said = |checkpoint: &Checkpoint, time_s: u64| json!({"origin": checkpoint.origin, "size": checkpoint.size, "root": hex::encode(checkpoint.root), "time_s": time_s});
    match case["kind"].as_str().unwrap() {
        "checkpoint" => open_checkpoint(&AwsLc, text, &log_keys)
            .map_or(Value::Null, |opened| said(opened.checkpoint(), opened.time_s())),
        "receipt" => open_receipt(&AwsLc, text, &agency, &receipt_keys)
            .map_or(Value::Null, |receipt| said(receipt.checkpoint(), receipt.time_s())),
        "proof" => Proof::parse(text)
            .and_then(|proof| proof.open(&AwsLc, &hash(&case["entry"]), &log_keys, &[(agency, &receipt_keys)]))
            .map_or(Value::Null, |opened| {
                let mut result = said(opened.checkpoint().checkpoint(), opened.checkpoint().time_s());
                result["index"] = opened.index().into();
                let receipt =
                    |receipt: &super::Receipt| json!({"agency": receipt.agency(), "time_s": receipt.time_s()});
                result["receipts"] = opened.receipts().iter().map(receipt).collect();
                result
            }),
        kind => panic!("unknown kind {kind}"),
    }
}

fn hash(value: &Value) -> Hash {
    parse_hash(value.as_str().unwrap()).unwrap()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn list<T>(value: &Value, item: impl Fn(&Value) -> T) -> Vec<T> {
    value.as_array().unwrap().iter().map(item).collect()
}

fn read_keys(value: &Value) -> PublicKeys {
    let bytes = |name: &str| hex::decode(value[name].as_str().unwrap()).unwrap();
    PublicKeys {
        ed25519: bytes("ed25519").try_into().unwrap(),
        ml_dsa_44: bytes("ml_dsa_44").into_boxed_slice().try_into().unwrap(),
    }
}

/// Writes the vectors anew. ML-DSA signatures are random, so the file is committed and kept, and this runs only when
/// the format changes: `cargo test -p mithaq-protocol write_the_vectors -- --ignored`.
#[test]
#[ignore = "writes testdata/vectors/tlog.json"]
fn write_the_vectors() {
    let keys = keys();
    let mut vectors = json!({
        "format": "mithaq tlog vectors 1",
        "log_keys": written_keys(&keys, KeyRole::Log, &checkpoint_of(SIZE).origin, PublicKey::Ed25519),
        "receipt_keys":
            written_keys(&keys, KeyRole::Receipt, &receipt_name(&RECEIPT_AGENCY), PublicKey::Ed25519Cosigner),
        "entries": (0..SIZE).map(|index| hex::encode(entry(index))).collect::<Vec<_>>(),
        "roots": (0..=SIZE).map(|size| hex::encode(checkpoint_of(size).root)).collect::<Vec<_>>(),
        "inclusion": inclusion_cases(),
        "consistency": consistency_cases(),
    });
    vectors["receipt_keys"]["agency"] = json!(RECEIPT_AGENCY);
    let texts = text_cases(&keys)
        .into_iter()
        .map(|(name, kind, text)| {
            let mut case = json!({"name": name, "kind": kind, "text": text});
            if kind == "proof" {
                case["entry"] = hex::encode(entry(6)).into();
            }
            case["result"] = outcome(&vectors, &case);
            case["valid"] = (!case["result"].is_null()).into();
            assert_eq!(case["valid"], name.starts_with("good"), "{name}");
            case
        })
        .collect();
    vectors["texts"] = texts;
    std::fs::write(PATH, serde_json::to_string_pretty(&vectors).unwrap() + "\n").unwrap();
}

fn written_keys(keys: &SoftwareKeys, role: KeyRole, name: &str, ed25519: fn([u8; 32]) -> PublicKey) -> Value {
    let (_, seed, ml_dsa_44_seed) = SEEDS.iter().find(|(known, ..)| *known == role).unwrap();
    let public = public(keys, role);
    let vkeys: Vec<String> = [ed25519(public.ed25519), PublicKey::MlDsa44Cosigner(public.ml_dsa_44.clone())]
        .into_iter()
        .map(|public| NoteKey { name: name.to_owned(), public }.vkey(&AwsLc))
        .collect();
    json!({
        "ed25519_seed": hex::encode(seed),
        "ml_dsa_44_seed": hex::encode(ml_dsa_44_seed),
        "ed25519": hex::encode(public.ed25519),
        "ml_dsa_44": hex::encode(*public.ml_dsa_44),
        "vkeys": vkeys,
    })
}

fn inclusion_cases() -> Vec<Value> {
    let case = |index: u64, size: u64, path: &[Hash], valid: bool| {
        json!({
            "index": index, "size": size, "leaf": hex::encode(merkle::leaf_hash(&AwsLc, &entry(index))),
            "path": path.iter().map(hex::encode).collect::<Vec<_>>(),
            "root": hex::encode(checkpoint_of(size).root), "valid": valid,
        })
    };
    let mut cases = vec![];
    for (index, size) in [(0, 1), (0, 2), (1, 2), (2, 3), (6, 7), (3, 8), (0, 11), (6, 11), (7, 11), (8, 11), (10, 11)]
    {
        let path = merkle::inclusion_proof(&AwsLc, &leaves(size), index).unwrap();
        cases.push(case(index, size, &path, true));
        cases.push(case(index, size, &[&path[..], &[[0; 32]]].concat(), false));
        cases.push(case(index ^ 1, size, &path, false));
        if let Some((_, shorter)) = path.split_last() {
            cases.push(case(index, size, shorter, false));
        }
    }
    cases
}

fn consistency_cases() -> Vec<Value> {
    let case = |old: u64, new: u64, proof: &[Hash], valid: bool| {
        json!({
            "old_size": old, "old_root": hex::encode(checkpoint_of(old).root),
            "new_size": new, "new_root": hex::encode(checkpoint_of(new).root),
            "proof": proof.iter().map(hex::encode).collect::<Vec<_>>(), "valid": valid,
        })
    };
    let mut cases = vec![];
    for (old, new) in [(0, 0), (0, 11), (1, 2), (3, 7), (4, 7), (6, 8), (8, 11), (7, 11), (10, 11), (11, 11)] {
        let proof = merkle::consistency_proof(&AwsLc, &leaves(new), old).unwrap();
        cases.push(case(old, new, &proof, true));
        cases.push(case(old, new, &[&proof[..], &[[0; 32]]].concat(), false));
        if let Some((_, shorter)) = proof.split_last() {
            cases.push(case(old, new, shorter, false));
        }
    }
    cases.push(case(11, 7, &[], false));
    cases
}

/// Good texts and spoiled ones: name, kind, text.
fn text_cases(keys: &SoftwareKeys) -> Vec<(String, &'static str, String)> {
    let head = checkpoint_of(SIZE);
    let checkpoint = sign_checkpoint(&AwsLc, keys, &head, 1_795_298_400).unwrap();
    let receipt = sign_receipt(&AwsLc, keys, &head, &RECEIPT_AGENCY, 1_795_298_460).unwrap();
    let later = sign_receipt(&AwsLc, keys, &head, &RECEIPT_AGENCY, 1_795_298_461).unwrap();
    let path = merkle::inclusion_proof(&AwsLc, &leaves(SIZE), 6).unwrap();
    let proof = Proof::assemble(6, path, &checkpoint, &[&receipt]).unwrap();
    let bare = Proof { note: Note::parse(&checkpoint).unwrap(), ..proof.clone() };
    let text = proof.encode();
    let mut cases: Vec<(String, &'static str, String)> = vec![];
    let mut add = |name: &str, kind, text: String| cases.push((name.to_owned(), kind, text));

    add("good checkpoint", "checkpoint", checkpoint.clone());
    add("good checkpoint beside a receipt", "checkpoint", proof.note.encode());
    add("good receipt", "receipt", receipt.clone());
    add("good proof with a receipt", "proof", text.clone());
    add("good proof without receipts", "proof", bare.encode());

    let edit = |text: &str, change: fn(&mut Note)| {
        let mut note = Note::parse(text).unwrap();
        change(&mut note);
        note.encode()
    };
    add("checkpoint of another size", "checkpoint", checkpoint.replace("\n11\n", "\n10\n"));
    add("checkpoint with a size with a leading zero", "checkpoint", checkpoint.replace("\n11\n", "\n011\n"));
    add("checkpoint with an extension line", "checkpoint", checkpoint.replacen("\n\n", "\nextension\n\n", 1));
    add("checkpoint of another origin", "checkpoint", checkpoint.replace("/1/main", "/2/main"));
    add("checkpoint with one newline more", "checkpoint", checkpoint.clone() + "\n");
    add("checkpoint without its last newline", "checkpoint", checkpoint.trim_end().to_owned());
    add("checkpoint without ML-DSA-44", "checkpoint", edit(&checkpoint, |note| drop(note.signatures.pop())));
    add("checkpoint without Ed25519", "checkpoint", edit(&checkpoint, |note| drop(note.signatures.remove(0))));
    add("checkpoint with swapped lines", "checkpoint", edit(&checkpoint, |note| note.signatures.swap(0, 1)));
    add(
        "checkpoint with a changed Ed25519 signature",
        "checkpoint",
        edit(&checkpoint, |note| note.signatures[0].signature[9] ^= 1),
    );
    add(
        "checkpoint with a changed ML-DSA-44 signature",
        "checkpoint",
        edit(&checkpoint, |note| note.signatures[1].signature[99] ^= 1),
    );
    add("checkpoint with a changed time", "checkpoint", edit(&checkpoint, |note| note.signatures[1].signature[7] ^= 1));
    add("checkpoint with a changed key id", "checkpoint", edit(&checkpoint, |note| note.signatures[0].key_id[0] ^= 1));
    add(
        "checkpoint beside a foreign line",
        "checkpoint",
        edit(&proof.note.encode(), |note| note.signatures[2].name = "witness.example".into()),
    );
    add(
        "checkpoint beside half a receipt",
        "checkpoint",
        edit(&proof.note.encode(), |note| drop(note.signatures.pop())),
    );
    add("checkpoint instead of a receipt", "receipt", checkpoint.clone());
    add("receipt instead of a checkpoint", "checkpoint", receipt.clone());
    add("receipt of another size", "receipt", receipt.replace("\n11\n", "\n10\n"));
    add("receipt without ML-DSA-44", "receipt", edit(&receipt, |note| drop(note.signatures.pop())));
    add("receipt with a foreign line more", "receipt", proof.note.encode());
    let mut two_times = Note::parse(&receipt).unwrap();
    two_times.signatures[1] = Note::parse(&later).unwrap().signatures[1].clone();
    add("receipt with two times", "receipt", two_times.encode());
    // Signed well, over the time that makes no statement.
    let mut zero = Note::parse(&receipt).unwrap();
    let public = public(keys, KeyRole::Receipt);
    let key = |public| NoteKey { name: receipt_name(&RECEIPT_AGENCY), public };
    let message = |public| cosignature::message(&key(public), &head, 0).unwrap();
    let ed25519 = keys.sign_ed25519(KeyRole::Receipt, &message(PublicKey::Ed25519Cosigner(public.ed25519))).unwrap();
    let ml_dsa_44 = message(PublicKey::MlDsa44Cosigner(public.ml_dsa_44));
    let ml_dsa_44 = keys.sign_ml_dsa_44(KeyRole::Receipt, &ml_dsa_44).unwrap();
    zero.signatures[0].signature = [&[0; 8][..], &ed25519].concat();
    zero.signatures[1].signature = [&[0; 8][..], &*ml_dsa_44].concat();
    add("receipt with time zero", "receipt", zero.encode());
    add("proof with another index", "proof", text.replace("index 6", "index 7"));
    add("proof with an index with a leading zero", "proof", text.replace("index 6", "index 06"));
    add("proof with an extra line", "proof", text.replace("@v1\n", "@v1\nextra AAAA\n"));
    add("proof of another version", "proof", text.replace("@v1\n", "@v2\n"));
    let shorter = Proof { path: proof.path[1..].to_vec(), ..proof.clone() };
    add("proof with a shorter path", "proof", shorter.encode());
    add("proof with a changed receipt", "proof", edit_note(&proof, |note| note.signatures[2].signature[20] ^= 1));
    add(
        "proof with a receipt under upper-case letters",
        "proof",
        edit_note(&proof, |note| {
            note.signatures.iter_mut().skip(2).for_each(|line| line.name = line.name.replace("b2", "B2"));
        }),
    );
    // The last base64 digit before the padding has bits that are not part of the value.
    let (line, _) = checkpoint.split_once("\n\n").unwrap();
    let digit = &line[line.len() - 2..line.len() - 1];
    let next = char::from(digit.as_bytes()[0] + 1).to_string();
    add(
        "checkpoint with trailing base64 bits",
        "checkpoint",
        checkpoint.replacen(&format!("{digit}=\n"), &format!("{next}=\n"), 1),
    );
    cases
}

fn edit_note(proof: &Proof, change: fn(&mut Note)) -> String {
    let mut proof = proof.clone();
    change(&mut proof.note);
    proof.encode()
}
