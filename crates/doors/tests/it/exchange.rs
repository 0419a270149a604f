//! Records between two real nodes: exactly once, receipted, provable, erasable.

use std::time::Duration;

use axum::http::Method;
use bytes::Bytes;
use node::db::SUITE;
use protocol::evidence::Evidence;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::world::{Pair, TestNode, note};

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_delivered_and_proven() {
    let pair = Pair::start().await;
    let sent = pair.a.submit(&note(&pair.channel, "hello"), "wait=delivered&timeout_s=20", None).await;
    assert_eq!(sent[0]["state"], "delivered", "{sent:?}");
    let held = pair.b.records("in").await;
    assert_eq!(held.len(), 1);
    assert_eq!(held[0]["state"], "received");
    assert_eq!(held[0]["sha256"], pair.a.records("out").await[0]["sha256"]);

    let log = sent[0]["ref"]["log"].as_str().unwrap();
    let index = &sent[0]["ref"]["index"];
    for side in [&pair.a, &pair.b] {
        let path = format!("/v1/evidence/{}/{log}/{index}", pair.channel);
        let file = side.request(Method::GET, &path, Bytes::new()).await;
        assert_eq!(file.status, 200, "{}", String::from_utf8_lossy(&file.body));
        let proven = Evidence::parse(&file.body).unwrap().verify(SUITE).unwrap();
        assert_eq!(proven.receipts.len(), 1);
        assert!(proven.missing_receipts.is_empty());
        assert_eq!(proven.position.index, index.as_u64().unwrap());
    }
    for side in [&pair.a, &pair.b] {
        let report = side.json(Method::POST, "/v1/check", Bytes::new()).await;
        assert_eq!(report["ok"], true, "{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_idempotency_key_never_doubles() {
    let pair = Pair::start().await;
    let lines = note(&pair.channel, "once") + &note(&pair.channel, "twice");
    let first = pair.a.submit(&lines, "wait=recorded", Some("key-1")).await;
    let again = pair.a.submit(&lines, "wait=delivered", Some("key-1")).await;
    assert_eq!(first[0]["ref"], again[0]["ref"]);
    assert_eq!(first[1]["ref"], again[1]["ref"]);
    let other = pair.a.submit(&note(&pair.channel, "other"), "wait=recorded", Some("key-1")).await;
    assert_eq!(other[0]["error"]["code"], "conflict", "{other:?}");
    assert_eq!(pair.b.records("in").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_is_answered_as_it_was_whatever_has_changed_since() {
    let pair = Pair::start().await;
    // The partner's node says what a file that is not uploaded here yet would be called.
    let upload = async |node: &TestNode| node.json(Method::PUT, "/v1/attachments?name=made-up.txt", "made up").await;
    let described = upload(&pair.b).await;
    let file = note(&pair.channel, "with a file").replace("correspondence.note/1", "correspondence.file/1");
    let mut file: Value = serde_json::from_str(&file).unwrap();
    file["header"]["attachments"] = json!([described]);
    file["body"] = json!({"title": "made up", "description": "a file", "language": "en"}).to_string().into();
    let lines = format!("{}{file}\n{}", note(&pair.channel, "first"), note(&pair.channel, "last"));
    let send = async || pair.a.submit(&lines, "wait=delivered", Some("key")).await;

    let answers = send().await;
    let refs = |answers: &[Value]| answers.iter().map(|answer| answer["ref"].clone()).collect::<Vec<_>>();
    assert_eq!((&answers[0]["state"], &answers[2]["state"]), (&json!("delivered"), &json!("delivered")));
    assert!(answers[1]["error"].is_object(), "{answers:?}");
    let again = send().await;
    assert_eq!(again, answers);

    // Now the file is here, and what was refused would pass: it has no place among what was recorded.
    upload(&pair.a).await;
    let again = send().await;
    assert_eq!((refs(&again), &again[1]["error"]["code"]), (refs(&answers), &json!("conflict")), "{again:?}");
    // Nothing may be sent any more; what was sent was sent.
    let suspend = format!("/v1/channels/{}/suspend", pair.channel);
    assert_eq!(pair.a.request(Method::POST, &suspend, "").await.status, 200);
    let again = send().await;
    assert_eq!(refs(&again), refs(&answers), "{again:?}");
    let new = pair.a.submit(&lines, "wait=recorded", Some("another key")).await;
    assert!(new.iter().all(|answer| answer["error"].is_object()), "{new:?}");
    assert_eq!(pair.a.records("out").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_made_many_times_at_once_is_recorded_once() {
    let pair = Pair::start().await;
    let lines = note(&pair.channel, "once") + &note(&pair.channel, "twice");
    for round in 1..=4 {
        let key = format!("key {round}");
        let send = async || pair.a.submit(&lines, "wait=delivered", Some(&key)).await;
        let (first, second, third, fourth) = tokio::join!(send(), send(), send(), send());
        assert!(first.iter().all(|answer| answer["state"] == "delivered"), "{first:?}");
        assert_eq!([&second, &third, &fourth], [&first; 3]);
        assert_eq!(pair.a.records("out").await.len(), 2 * round);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_clause_lists_does_not_leave() {
    let pair = Pair::start().await;
    let line = note(&pair.channel, "x").replace("correspondence.note/1", "register.readout/1");
    let answer = pair.a.submit(&line, "wait=recorded", None).await;
    assert_eq!(answer[0]["error"]["code"], "refused");
    assert_eq!(answer[0]["error"]["rule"], "AGR-01", "{answer:?}");
    assert!(pair.a.records("out").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attachment_arrives_whole() {
    let pair = Pair::start().await;
    let bytes: Vec<u8> = (0..3_000_000_u32).flat_map(|n| n.to_le_bytes()).take(5_000_001).collect();
    let uploaded = pair.a.json(Method::PUT, "/v1/attachments?name=made-up.bin", Bytes::from(bytes.clone())).await;
    let header = json!({
        "kind": "correspondence.file/1", "thread": "00112233445566778899aabbccddeeff", "clause": "notes",
        "purpose": "coordination", "handling": ["H1", "H2"], "urgency": "normal",
        "evaluation": {"source": "X", "info": "4"}, "retain_until": "2027-06-30",
        "media_type": "application/json",
        "attachments": [uploaded],
    });
    let body = json!({"title": "made up", "description": "a file", "language": "en"}).to_string();
    let line = json!({"channel": pair.channel, "header": header, "body": body}).to_string();
    let sent = pair.a.submit(&line, "wait=delivered", None).await;
    assert_eq!(sent[0]["state"], "delivered", "{sent:?}");
    for _ in 0..200 {
        if pair.b.records("in").await[0]["state"] == "received" {
            break;
        }
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(pair.b.records("in").await[0]["state"], "received");
    let log = sent[0]["ref"]["log"].as_str().unwrap();
    let path = format!(
        "/v1/records/{}/{log}/{}/attachments/{}",
        pair.channel,
        sent[0]["ref"]["index"],
        uploaded["sha256"].as_str().unwrap()
    );
    let got = pair.b.request(Method::GET, &path, Bytes::new()).await;
    assert_eq!(got.status, 200, "{}", String::from_utf8_lossy(&got.body));
    assert!(got.body == bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_record_is_gone_at_both_ends() {
    let pair = Pair::start().await;
    let lines = note(&pair.channel, "to be erased") + &note(&pair.channel, "to be kept");
    let sent = pair.a.submit(&lines, "wait=delivered", None).await;
    let order = json!({
        "channel": pair.channel, "log": sent[0]["ref"]["log"], "index": sent[0]["ref"]["index"], "order": true,
    });
    let erased = pair.a.json(Method::POST, "/v1/erase", order.to_string()).await;
    assert_eq!(erased["ordered"][0], pair.b.node.me.to_string(), "{erased}");
    for _ in 0..200 {
        if pair.b.records("in").await[0]["state"] == "erased" {
            break;
        }
        sleep(Duration::from_millis(50)).await;
    }
    for (side, direction) in [(&pair.a, "out"), (&pair.b, "in")] {
        let records = side.records(direction).await;
        assert_eq!(records[0]["state"], "erased", "{records:?}");
        assert_eq!(records[0]["sha256"], Value::Null);
        assert_ne!(records[1]["sha256"], Value::Null);
        let report = side.json(Method::POST, "/v1/check", Bytes::new()).await;
        assert_eq!(report["ok"], true, "{report}");
    }
}
