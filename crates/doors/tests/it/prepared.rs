//! What an agency's own program needs to send approved records: HTTP, JSON and signatures with Ed25519.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use axum::http::{Method, StatusCode};
use protocol::encoding::{from_base64, to_base64};
use serde_json::{Value, json};

use crate::{
    threads::{REPLY, REQUEST, until},
    world::{Pair, TestNode},
};

const PATH: &str = "/v1/records/prepare";

/// Two officers of a node, enrolled by their public keys.
async fn officers(node: &TestNode, channel: &str, seed: u8) -> Vec<Ed25519KeyPair> {
    let keys: Vec<_> = [seed, seed + 1].map(|seed| Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()).into();
    for (key, office) in keys.iter().zip(["Desk 7, drafting", "Desk 7, release"]) {
        let officer = json!({ "office": office, "scheme": "ed25519", "public": to_base64(key.public_key().as_ref()) });
        node.json(Method::POST, &format!("/v1/channels/{channel}/officers"), officer.to_string()).await;
    }
    keys
}

/// Signs what a prepared record asks for, each part by another officer, and gives the line that is submitted.
fn signed(prepared: &Value, keys: &[Ed25519KeyPair]) -> String {
    let sign = |(part, key): (&Value, &Ed25519KeyPair)| {
        let public = to_base64(key.public_key().as_ref());
        let officers = part["officers"].as_array().unwrap();
        let own = officers.iter().find(|officer| officer["public"] == public.as_str()).unwrap();
        let signature = key.sign(&from_base64(own["sign"].as_str().unwrap()).unwrap());
        json!({
            "role": part["role"], "scheme": "ed25519", "enrolment": own["enrolment"],
            "signature": to_base64(signature.as_ref()),
        })
    };
    let approvals: Vec<Value> = prepared["approvals"].as_array().unwrap().iter().zip(keys).map(sign).collect();
    let mut line = prepared.clone();
    line.as_object_mut().unwrap().retain(|member, _| ["channel", "lane", "header", "body"].contains(&member.as_str()));
    line["approvals"] = approvals.into();
    line.to_string()
}

// spec: RECORD-3
#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_only_signs_asks_and_answers() {
    let pair = Pair::start_under(include_str!("protection.toml")).await;
    let channel = pair.channel.to_string();
    let (asking, asked) = (officers(&pair.a, &channel, 1).await, officers(&pair.b, &channel, 3).await);
    let receipted = "wait=delivered&timeout_s=20";

    let wanted = json!({ "kind": "requests.request/1", "body": REQUEST, "name": "case 7" });
    let prepared = pair.a.json(Method::POST, PATH, wanted.to_string()).await;
    assert_eq!(prepared, pair.a.json(Method::POST, PATH, wanted.to_string()).await, "the same name draws the same");
    let other = json!({ "kind": "requests.request/1", "body": REQUEST, "name": "case 8" });
    assert_ne!(prepared["digest"], pair.a.json(Method::POST, PATH, other.to_string()).await["digest"]);
    let roles: Vec<&Value> = prepared["approvals"].as_array().unwrap().iter().map(|part| &part["role"]).collect();
    assert_eq!(roles, ["author", "release_authority"]);
    assert_eq!(prepared["header"]["clause"], "requests");
    let alone = pair.a.submit(&signed(&prepared, &asking[..1]), "wait=recorded", None).await;
    assert_eq!(alone[0]["error"]["rule"], "clause requests", "{alone:?}");
    let sent = pair.a.submit(&signed(&prepared, &asking), receipted, None).await;
    assert_eq!(sent[0]["state"], "delivered", "{sent:?}");

    let thread = prepared["header"]["thread"].as_str().unwrap();
    let path = format!("/v1/threads/{thread}");
    until(&pair.b, &path, |thread| thread["state"] == "delivered").await;
    let body: Value = serde_json::from_str(REPLY).unwrap();
    let record = format!("{channel}/{}/{}", sent[0]["ref"]["log"].as_str().unwrap(), sent[0]["ref"]["index"]);
    for reply_to in [thread, record.as_str()] {
        let wanted = json!({ "kind": "requests.reply/1", "reply_to": reply_to, "body": body });
        let prepared = pair.b.json(Method::POST, PATH, wanted.to_string()).await;
        assert_eq!(prepared["header"]["in_reply_to"], sent[0]["ref"], "{prepared}");
        assert_eq!(prepared["header"]["thread"], thread);
    }
    let wanted = json!({ "kind": "requests.reply/1", "reply_to": thread, "body": body });
    let prepared = pair.b.json(Method::POST, PATH, wanted.to_string()).await;
    let sent = pair.b.submit(&signed(&prepared, &asked), receipted, None).await;
    assert_eq!(sent[0]["state"], "delivered", "{sent:?}");
    until(&pair.a, &path, |thread| thread["state"] == "answered").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_prepared_says_what_is_missing() {
    let pair = Pair::start().await;
    let (mut unknown, mut body) = (json!({ "kind": "no.kind/1", "body": "{}" }), json!({ "subject": "made up" }));
    let said = async |wanted: &Value| {
        let answer = pair.a.request(Method::POST, PATH, wanted.to_string()).await;
        let problem: Value = serde_json::from_slice(&answer.body).unwrap();
        (answer.status, problem["field"].clone(), problem["detail"].as_str().unwrap_or_default().to_owned())
    };
    let is = |said: &(StatusCode, Value, String), field: &str, words: &str| {
        assert!(said.0.is_client_error() && said.1 == field && said.2.contains(words), "{said:?}");
    };
    is(&said(&unknown).await, "kind", "correspondence.note/1");
    unknown["kind"] = "requests.reply/1".into();
    is(&said(&unknown).await, "reply_to", "name that, or the record in it");
    unknown["reply_to"] = "012".into();
    is(&said(&unknown).await, "reply_to", "32 lower-case hexadecimal digits");
    unknown["reply_to"] = "0123456789abcdef0123456789abcdef".into();
    assert_eq!(said(&unknown).await.0, StatusCode::NOT_FOUND);
    let note = json!({ "kind": "correspondence.note/1", "body": body });
    is(&said(&note).await, "text", "body:");
    body["text"] = "Made up.".into();
    body["language"] = "en".into();
    let note = json!({ "kind": "correspondence.note/1", "body": body, "header": { "handling": ["H9"] } });
    let unfit = said(&note).await;
    assert!(unfit.0.is_client_error() && unfit.1.as_str().unwrap().starts_with("header"), "{unfit:?}");
    assert!(unfit.2.contains("H9"), "{unfit:?}");
    let note = json!({ "kind": "correspondence.note/1", "body": body, "clause": "none" });
    is(&said(&note).await, "clause", "it has");
    let note = json!({ "kind": "correspondence.note/1", "body": body });
    assert_eq!(said(&note).await.0, StatusCode::OK);
    // Who may not read finds no thread by replying to it.
    let token = json!({ "name": "writes only, made up", "role": "case_officer", "only": ["records:write"], "purposes": ["coordination"] });
    let token = pair.a.json(Method::POST, "/v1/tokens", token.to_string()).await["token"].as_str().unwrap().to_owned();
    let (status, text) = pair.a.at_port(&token, Method::POST, PATH, &unknown.to_string()).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{text}");
}
