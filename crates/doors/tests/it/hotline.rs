//! An incident at a border between two real nodes, from the first word to the note that both signed.

use axum::http::{Method, StatusCode};
use bytes::Bytes;
use desks::kinds::find;
use node::db::SUITE;
use serde_json::{Value, json};

use crate::{
    floor::refusals,
    rogue::Rogue,
    threads::{THREAD, until},
    world::{Pair, TestNode},
};

const CLAUSE: &str = r#"
[[clause]]
id = "hotline"
purpose = "coordination"
kinds = [
  "hotline.raise/1", "hotline.facts/1", "hotline.call/1", "hotline.verification/1", "hotline.note/1",
  "thread.step/1", "thread.signature/1",
]
authors = ["XAA", "XAB"]
text.en = "Either party may raise an incident, which the other acknowledges within minutes."
"#;

pub fn with_hotline(agreement: String) -> String {
    agreement + CLAUSE
}

/// A kind's example in the one thread of these tests, changed.
fn body(kind: &str, changes: Value) -> String {
    let mut body: Value = serde_json::from_str(find(kind).unwrap().example).unwrap();
    changes.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
    body.to_string()
}

fn header(kind: &str, label: Option<&str>) -> Value {
    let mut header = json!({
        "kind": kind, "thread": THREAD, "clause": "hotline", "purpose": "coordination", "handling": ["H1", "H2"],
        "urgency": "normal", "evaluation": {"source": "X", "info": "4"}, "retain_until": "2027-06-30",
        "media_type": "application/json",
    });
    label.into_iter().for_each(|label| header["tlp"] = label.into());
    header
}

fn line(pair: &Pair, kind: &str, body: &str, label: Option<&str>) -> String {
    let line = json!({ "channel": pair.channel, "lane": "urgent", "header": header(kind, label), "body": body });
    format!("{line}\n")
}

pub async fn say(pair: &Pair, node: &TestNode, kind: &str, changes: Value) -> Value {
    let label = (kind == "hotline.note/1").then_some("AMBER");
    let line = line(pair, kind, &body(kind, changes), label);
    node.submit(&line, "wait=delivered&timeout_s=20", None).await.remove(0)
}

/// The latest record of a kind in the thread: where it lies, as bodies name it.
fn latest(thread: &Value, kind: &str) -> String {
    let events = thread["events"].as_array().unwrap();
    let event = events.iter().rev().find(|event| event["kind"] == kind).unwrap_or_else(|| panic!("{kind} in {thread}"));
    format!("{}/{}", event["log"].as_str().unwrap(), event["index"])
}

// spec: KIND-39, KIND-41, THREAD-10
#[tokio::test(flavor = "multi_thread")]
async fn an_incident_ends_in_one_text_that_both_signed() {
    let pair = Pair::under(with_hotline).await;
    let path = format!("/v1/threads/{THREAD}");
    let state = |wanted: &'static str| move |thread: &Value| thread["state"] == wanted;

    // On the main lane it is no hotline.
    let raise = body("hotline.raise/1", json!({}));
    let main = line(&pair, "hotline.raise/1", &raise, None).replace("\"urgent\"", "\"main\"");
    let refused = pair.a.submit(&main, "", None).await.remove(0);
    assert_eq!(refused["error"]["field"], "lane", "{refused}");
    assert!(refused["error"]["message"].as_str().unwrap().contains("urgent lane"), "{refused}");

    assert_eq!(say(&pair, &pair.a, "hotline.raise/1", json!({})).await["state"], "delivered");
    let raised = until(&pair.a, &path, |thread| thread["due_what"] == "acknowledgement/hotline.acknowledge").await;
    assert_eq!((&raised["lane"], &raised["state"]), (&json!("urgent"), &json!("raised")));
    // The limit is the usual one, because the draft of the agreement said none.
    let received =
        raised["events"].as_array().unwrap().iter().find(|event| event["kind"] == "mithaq.received/1").unwrap();
    let due = raised["due_ms"].as_u64().unwrap() - received["time_ms"].as_u64().unwrap();
    assert_eq!(due, 15 * 60_000);

    // Nobody acknowledges what he raised himself.
    let own = say(&pair, &pair.a, "thread.step/1", json!({"do": "acknowledge"})).await;
    assert_eq!((&own["error"]["code"], &own["error"]["field"]), (&json!("refused"), &json!("thread")), "{own}");
    until(&pair.b, &path, state("raised")).await;
    assert_eq!(say(&pair, &pair.b, "thread.step/1", json!({"do": "acknowledge"})).await["state"], "delivered");
    for node in [&pair.a, &pair.b] {
        until(node, &path, state("acknowledged")).await;
        assert_eq!(say(&pair, node, "hotline.facts/1", json!({})).await["state"], "delivered");
    }
    until(&pair.a, &path, state("facts_exchanged")).await;

    // A note without a label is refused, with the rule (HAN-05).
    let bare = line(&pair, "hotline.note/1", &body("hotline.note/1", json!({})), None);
    let refused = pair.a.submit(&bare, "", None).await.remove(0);
    assert_eq!((&refused["error"]["rule"], &refused["error"]["field"]), (&json!("HAN-05"), &json!("tlp")), "{refused}");
    let note = body("hotline.note/1", json!({}));
    assert_eq!(say(&pair, &pair.a, "hotline.note/1", json!({})).await["state"], "delivered");
    let proposed = until(&pair.b, &path, state("note_proposed")).await;

    // Who signs signs what the record says, and not what he was shown elsewhere.
    let record = latest(&proposed, "hotline.note/1");
    let other =
        say(&pair, &pair.b, "thread.signature/1", json!({"record": record, "text_sha256": "0a".repeat(32)})).await;
    assert_eq!(other["error"]["field"], "text_sha256", "{other}");
    let digest = hex::encode(SUITE.sha256(&[note.as_bytes()]));
    let signed = json!({"record": record, "text_sha256": digest});
    let own = say(&pair, &pair.a, "thread.signature/1", signed.clone()).await;
    assert_eq!(own["error"]["code"], "refused", "nobody signs for the other side: {own}");
    assert_eq!(say(&pair, &pair.b, "thread.signature/1", signed).await["state"], "delivered");
    until(&pair.a, &path, state("note_signed")).await;
    assert_eq!(say(&pair, &pair.a, "thread.step/1", json!({"do": "close"})).await["state"], "delivered");
    until(&pair.b, &path, state("closed")).await;

    // Erased, the note is gone and the thread still says that both signed it.
    let (log, index) = record.rsplit_once('/').unwrap();
    let index: u64 = index.parse().unwrap();
    pair.a
        .json(
            Method::POST,
            "/v1/erase",
            json!({ "channel": pair.channel, "log": log, "index": index, "order": true }).to_string(),
        )
        .await;
    let shown = pair.a.request(Method::GET, &format!("/v1/records/{}/{record}", pair.channel), Bytes::new()).await;
    assert_ne!(shown.status, StatusCode::OK);
    assert_eq!(until(&pair.a, &path, state("closed")).await["ineffective"], 0);
}

/// Whoever guesses what a record says learns from a signature under it nothing, unless it is a text to be signed in that thread.
// spec: KIND-39
#[tokio::test]
async fn a_signature_tells_nobody_whether_a_guess_is_right() {
    let agreement = with_hotline(include_str!("agreement.toml").to_owned());
    let mut rogue = Rogue::start_under(&agreement).await;
    let secret = json!({ "subject": "made up", "text": "guess me", "language": "en" }).to_string();
    let line = json!({
        "channel": rogue.channel,
        "header": {
            "kind": "correspondence.note/1", "thread": THREAD, "clause": "notes", "purpose": "coordination",
            "handling": ["H1", "H2"], "urgency": "normal", "evaluation": {"source": "X", "info": "4"},
            "retain_until": "2027-06-30", "media_type": "application/json",
        },
        "body": secret,
    });
    let sent = rogue.a.submit(&format!("{line}\n"), "wait=recorded", None).await.remove(0);
    let record = format!("{}/{}", sent["ref"]["log"].as_str().unwrap(), sent["ref"]["index"]);
    let guesses = [hex::encode(SUITE.sha256(&[secret.as_bytes()])), "0a".repeat(32)];
    // A partner to whom it was never delivered.
    let drafts = guesses.clone().map(|digest| {
        let said = body("thread.signature/1", json!({ "record": record, "text_sha256": digest }));
        (header("thread.signature/1", None).to_string().into_bytes(), said.into_bytes())
    });
    let crafted = rogue.craft(rogue.manifest(), &drafts);
    rogue.deliver(&crafted).await;
    assert_eq!(refusals(&rogue), []);
    // An own caller hears the same of both.
    let mut heard = Vec::new();
    for digest in guesses {
        let said = body("thread.signature/1", json!({ "record": record, "text_sha256": digest }));
        let line = json!({
            "channel": rogue.channel, "lane": "main", "header": header("thread.signature/1", None), "body": said,
        });
        heard.push(rogue.a.submit(&format!("{line}\n"), "", None).await.remove(0)["error"].clone());
    }
    assert_eq!(heard[0], heard[1]);
    assert_eq!(heard[0]["field"], "thread", "{heard:?}");
}

// spec: KIND-39
#[tokio::test]
async fn a_partners_signature_under_another_text_is_refused_by_name() {
    let agreement = with_hotline(include_str!("agreement.toml").to_owned());
    let mut rogue = Rogue::start_under(&agreement).await;
    // Its own note is held here, so its own signature can be compared; that it may not sign that is the thread's matter.
    let note = body("hotline.note/1", json!({})).into_bytes();
    let header = |kind: &str, label: Option<&str>| header(kind, label).to_string().into_bytes();
    let first = rogue.craft(rogue.manifest(), &[(header("hotline.note/1", Some("GREEN")), note.clone())]);
    rogue.deliver(&first).await;
    let record = format!("{}/1", rogue.origin().short());
    let signature =
        |digest: String| body("thread.signature/1", json!({"record": record, "text_sha256": digest})).into_bytes();
    let wrong = signature("0a".repeat(32));
    let right = signature(hex::encode(SUITE.sha256(&[&note])));
    let drafts = [wrong, right].map(|body| (header("thread.signature/1", None), body));
    let second = rogue.craft(rogue.manifest(), &drafts);
    rogue.deliver(&second).await;
    let held = rogue.a.records("in").await;
    let states: Vec<&str> = held.iter().filter_map(|record| record["state"].as_str()).collect();
    assert_eq!(states, ["received", "quarantined", "received"], "{held:?}");
    let refused = refusals(&rogue);
    assert_eq!(refused, [(3, "signature".to_owned(), "signed-another-text".to_owned())]);
}
