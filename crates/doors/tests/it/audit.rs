//! The audit log: who read and did what, and what happens when it is tampered with.

use axum::http::{Method, StatusCode};
use bytes::Bytes;
use node::{
    Node, audit,
    callers::{Role, tokens::NewToken},
    db::SUITE,
};
use protocol::{
    suite::{KeyRole, Signer as _, SoftwareKeys, SystemEntropy},
    tlog::{Checkpoint, countersign, open_checkpoint},
};
use serde_json::Value;

use crate::world::{AUDITOR_SEED, PASSPHRASE, Pair, TestNode, auditor, note};

/// The audit log's entries, as JSON.
fn entries(node: &Node) -> Vec<Value> {
    let entries = node.reader().unwrap().audit_from(0, 10_000).unwrap();
    entries.iter().map(|entry| serde_json::from_slice(&entry.entry).unwrap()).collect()
}

fn token(node: &Node, role: Role) -> String {
    let purposes = if role.oversees() { Vec::new() } else { vec!["coordination".to_owned()] };
    let new = NewToken { name: role.name().into(), role, office: None, only: None, purposes, days: 1 };
    node.tokens.create(node, new, &mut SystemEntropy).unwrap().1.to_string()
}

fn signer(seed: u8) -> SoftwareKeys {
    SoftwareKeys::from_seeds([(KeyRole::Auditor, &[seed; 32], &[seed; 32])]).unwrap()
}

fn head_of(node: &Node) -> Checkpoint {
    let note = audit::signed_head(node).unwrap();
    open_checkpoint(SUITE, &note, &node.cards().current().keys.log).unwrap().checkpoint().clone()
}

// spec: AUDIT-1, AUDIT-2
#[tokio::test(flavor = "multi_thread")]
async fn every_act_and_read_leaves_an_entry_and_no_content() {
    let pair = Pair::start().await;
    let (officer, auditor) = (token(&pair.a.node, Role::CaseOfficer), token(&pair.a.node, Role::Auditor));
    let canary = "a word that must not be in the audit log";
    let sent = pair.a.submit_as(&officer, &note(&pair.channel, canary)).await;
    let (log, index) = (sent[0]["ref"]["log"].as_str().unwrap(), &sent[0]["ref"]["index"]);
    let path = format!("/v1/records/{}/{log}/{index}", pair.channel);
    assert_eq!(pair.a.get_as(&officer, &path).await.0, StatusCode::OK);
    let refused = pair.a.submit_as(&officer, &note(&pair.channel, canary).replace("\"notes\"", "\"other\"")).await;
    assert!(refused[0]["error"].is_object());
    assert_eq!(pair.a.get_as(&officer, "/v1/audit").await.0, StatusCode::FORBIDDEN);
    let (_, listed) = pair.a.get_as(&auditor, "/v1/audit?from=0&limit=100").await;
    assert!(!listed.contains(canary) && !listed.contains(&officer), "{listed}");

    let entries = entries(&pair.a.node);
    let id = officer.split('_').nth(1).unwrap();
    let batch = entries.iter().find(|entry| entry["by"][0]["token"] == id).expect("who submitted is in the batch's");
    assert_eq!((&batch["act"], &batch["by"][0]["role"]), (&"batch".into(), &"case_officer".into()));
    let shown = entries.iter().find(|entry| entry["act"] == "records:read").expect("a read");
    assert_eq!((&shown["by"]["token"], &shown["target"], &shown["status"]), (&id.into(), &path.into(), &200.into()));
    let digest = shown["digest"].as_str().unwrap();
    assert_eq!(digest.len(), 64);
    assert!(entries.iter().any(|entry| entry["facts"]["not_recorded"]["AGR-01"] == 1), "{entries:?}");
    assert!(entries.iter().any(|entry| entry["act"] == "audit:read"), "the auditor's own reads too");

    // The digest is keyed with the record's secret: the same content in another record has another.
    let again = pair.a.submit_as(&officer, &note(&pair.channel, canary)).await;
    let path = format!("/v1/records/{}/{log}/{}", pair.channel, again[0]["ref"]["index"]);
    pair.a.get_as(&officer, &path).await;
    let entries = self::entries(&pair.a.node);
    let other = entries.iter().rev().find(|entry| entry["act"] == "records:read").unwrap();
    assert_ne!(other["digest"], shown["digest"]);
}

// spec: AUDIT-3
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_or_removed_entry_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let a = TestNode::create(&folder, "a", "XAA");
    for number in 0..3 {
        a.node.store().audit(&[format!("{{\"act\":\"made up\",\"number\":{number}}}").into_bytes()]).unwrap();
    }
    audit::keep_head(&a.node).unwrap();
    assert_eq!(audit::check(&a.node, &a.node.auditors).unwrap(), (3, Vec::new()));
    a.node.store().scrub().unwrap();
    let dir = a.dir.clone();
    drop(a);
    let database = dir.join("mithaq.db");
    let whole = std::fs::read(&database).unwrap();
    let at = |needle: &[u8]| whole.windows(needle.len()).position(|bytes| bytes == needle).expect("it is there");

    let mut changed = whole.clone();
    changed[at(b"\"number\":1}") + 9] = b'7';
    std::fs::write(&database, &changed).unwrap();
    let node = Node::open(&dir, PASSPHRASE).unwrap();
    let found = audit::check(&node, &node.auditors).unwrap().1;
    assert_eq!(found[0], "audit log: entry 1 was changed", "{found:?}");
    assert!(found.iter().any(|problem| problem.contains("this node signed")), "{found:?}");
}

// spec: AUDIT-4, AUDIT-5
#[tokio::test(flavor = "multi_thread")]
async fn only_a_registered_auditors_countersignature_on_this_log_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let a = TestNode::create(&folder, "a", "XAA");
    a.node.store().audit(&[b"{}".to_vec()]).unwrap();
    let head = head_of(&a.node);
    let time_s = node::clock::now_ms() / 1000;
    let by = |seed, head: &Checkpoint| countersign(SUITE, &signer(seed), head, time_s).unwrap();
    assert!(a.node.auditors.keep(&a.node, &by(AUDITOR_SEED + 1, &head)).is_err(), "a stranger's");
    let other = Checkpoint { root: [1; 32], ..head.clone() };
    assert!(a.node.auditors.keep(&a.node, &by(AUDITOR_SEED, &other)).is_err(), "over other entries");
    let elsewhere = Checkpoint { origin: "mithaq/audit/elsewhere".into(), ..head.clone() };
    assert!(a.node.auditors.keep(&a.node, &by(AUDITOR_SEED, &elsewhere)).is_err(), "of another log");
    let ahead = Checkpoint { size: 2, ..head.clone() };
    assert!(a.node.auditors.keep(&a.node, &by(AUDITOR_SEED, &ahead)).is_err(), "of entries that are not there");
    assert_eq!(a.node.auditors.newest_ms(), None);
    a.node.auditors.keep(&a.node, &by(AUDITOR_SEED, &head)).unwrap();
    assert_eq!(a.node.auditors.newest_ms(), Some(time_s * 1000));
    let reader = a.node.reader().unwrap();
    assert_eq!(a.node.auditors.countersigned(&reader).unwrap()[0].checkpoint(), &head);
    assert_eq!(audit::check(&a.node, &a.node.auditors).unwrap(), (1, Vec::new()));
}

// spec: AUDIT-6
#[tokio::test(flavor = "multi_thread")]
async fn the_agencys_own_key_is_no_auditors() {
    let pair = Pair::start_without_auditors().await;
    let own = pair.a.node.cards().current().keys.clone();
    for keys in [own.log, own.receipt, own.document] {
        let refused = pair.a.node.auditors.add(&pair.a.node, keys).unwrap_err();
        assert_eq!(refused.rule.as_deref(), Some("AUD-01"), "{}", refused.message);
    }
    assert!(pair.a.node.auditors.list().is_empty() && pair.a.node.auditors.check().is_err());
    pair.a.node.auditors.add(&pair.a.node, auditor()).unwrap();
    pair.a.node.auditors.check().unwrap();
}

// spec: AUDIT-6
#[tokio::test(flavor = "multi_thread")]
async fn without_an_auditor_nothing_is_exchanged() {
    let pair = Pair::start_without_auditors().await;
    let refused = pair.a.request(Method::POST, "/v1/records", note(&pair.channel, "early")).await;
    let problem: Value = serde_json::from_slice(&refused.body).unwrap();
    assert_eq!((refused.status, &problem["rule"]), (StatusCode::FORBIDDEN, &"AUD-01".into()), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("mithaq auditor add"), "{problem}");
    assert!(!pair.a.channel(&pair.channel).value().waiting().is_empty(), "no link has shown any head");
    for side in [&pair.a, &pair.b] {
        let file = node::auditors::PublicFile::new(auditor()).encode();
        let added = side.request(Method::POST, "/v1/auditors", Bytes::from(file)).await;
        assert_eq!(added.status, StatusCode::OK);
    }
    let sent = pair.a.submit(&note(&pair.channel, "in time"), "wait=delivered", None).await;
    assert_eq!(sent[0]["state"], "delivered", "{sent:?}");
}

#[test]
fn an_auditors_keys_are_its_own() {
    assert_eq!(signer(AUDITOR_SEED).public(KeyRole::Auditor).unwrap(), auditor());
}
