//! An agreement's life between two real nodes: amendment, suspension, end, and what may cross meanwhile.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use bytes::Bytes;
use node::{
    agreements::{self, TOML},
    clock,
};
use protocol::{
    agreement::Bundle,
    evidence::{Evidence, Testimony},
    id::Hash,
    origin::Lane,
};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::world::{Pair, TestNode, note};

const TEXT: &str = include_str!("agreement.toml");

/// The test agreement with files instead of notes, as a draft of its next version.
fn files_only(pair: &Pair) -> String {
    draft(pair).replace("\"correspondence.note/1\", ", "")
}

fn draft(pair: &Pair) -> String {
    TEXT.replace("AGENCY-A", &pair.a.node.me.to_string()).replace("AGENCY-B", &pair.b.node.me.to_string())
}

/// Drafts a successor at A. Returns its hash.
async fn amended(pair: &Pair, toml: String) -> Hash {
    let path = format!("/v1/channels/{}/amend", pair.channel);
    let answer = pair.a.request_as(Method::POST, &path, TOML, toml).await;
    let drafted: Value = serde_json::from_slice(&answer.body).unwrap();
    protocol::id::parse_hash(drafted["agreement"].as_str().unwrap_or_else(|| panic!("{drafted}"))).unwrap()
}

/// Both sign; the bundles travel as files.
fn sign_by_both(pair: &Pair, hash: &Hash) {
    agreements::sign(&pair.a.node.agreements, hash).unwrap();
    agreements::import(&pair.b.node.agreements, &agreements::bundle(&pair.a.node, hash).unwrap()).unwrap();
    agreements::sign(&pair.b.node.agreements, hash).unwrap();
    agreements::import(&pair.a.node.agreements, &agreements::bundle(&pair.b.node, hash).unwrap()).unwrap();
}

pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..400 {
        if is_so().await {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("{what} does not happen");
}

async fn in_force(side: &TestNode, pair: &Pair, hash: &Hash) {
    until("the version's force", async || side.channel(&pair.channel).value().in_force() == *hash).await;
}

async fn life(side: &TestNode, hash: &Hash) -> Value {
    side.json(Method::GET, &format!("/v1/agreements/{}", hex::encode(hash)), "").await
}

async fn act(side: &TestNode, pair: &Pair, act: &str, body: &str) -> (StatusCode, Value) {
    let path = format!("/v1/channels/{}/{act}", pair.channel);
    let answer = side.request(Method::POST, &path, body.to_owned()).await;
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

async fn check(side: &TestNode) {
    let report = side.json(Method::POST, "/v1/check", "").await;
    assert_eq!(report["ok"], true, "{report}");
}

// spec: LIFE-1, LIFE-3
#[tokio::test(flavor = "multi_thread")]
async fn an_amendment_takes_effect_in_both_logs_and_evidence_holds_its_versions() {
    let pair = Pair::start().await;
    let before = pair.a.submit(&note(&pair.channel, "under the first"), "wait=delivered", None).await;
    assert_eq!(before[0]["state"], "delivered", "{before:?}");
    let second = amended(&pair, draft(&pair).replace("Either party may write", "Each party may write")).await;
    assert_eq!(life(&pair.a, &second).await["state"], "drafted");
    agreements::sign(&pair.a.node.agreements, &second).unwrap();
    assert_eq!(life(&pair.a, &second).await["state"], "text_agreed");
    sign_by_both(&pair, &second);
    in_force(&pair.a, &pair, &second).await;
    in_force(&pair.b, &pair, &second).await;
    let after = pair.b.submit(&note(&pair.channel, "under the second"), "wait=delivered", None).await;
    assert_eq!(after[0]["state"], "delivered", "{after:?}");

    let first = *pair.channel.bytes();
    let shown = life(&pair.a, &first).await;
    assert_eq!((&shown["state"], &shown["in_force"]), (&json!("amended"), &json!(hex::encode(second))));
    let shown = life(&pair.a, &second).await;
    assert_eq!(shown["state"], "in_force");
    let versions = &shown["parties"][0]["logs"][0]["versions"];
    assert_eq!((&versions[0]["version"], &versions[1]["version"]), (&json!(1), &json!(2)), "{shown}");

    for (side, answer, bundles) in [(&pair.a, &before, 1), (&pair.b, &after, 2), (&pair.a, &after, 2)] {
        let (log, index) = (answer[0]["ref"]["log"].as_str().unwrap(), &answer[0]["ref"]["index"]);
        let path = format!("/v1/evidence/{}/{log}/{index}", pair.channel);
        let evidence = Evidence::parse(&side.request(Method::GET, &path, Bytes::new()).await.body).unwrap();
        assert_eq!(evidence.agreements.len(), bundles);
        assert_eq!(usize::try_from(evidence.verify(node::db::SUITE).unwrap().agreement.version), Ok(bundles));
    }
    check(&pair.a).await;
    check(&pair.b).await;
}

// spec: LIFE-10, WITHHELD-1, DELIV-3, EVID-13, EVID-18
#[tokio::test(flavor = "multi_thread")]
async fn what_a_new_version_forbids_does_not_leave_any_more() {
    let mut pair = Pair::start().await;
    pair.a.submit(&note(&pair.channel, "allowed and delivered"), "wait=delivered", None).await;
    let second = amended(&pair, files_only(&pair)).await;
    pair.b.stop().await;
    let waiting = pair.a.submit(&note(&pair.channel, "allowed when it was recorded"), "wait=recorded", None).await;
    assert_eq!(waiting[0]["state"], "recorded", "{waiting:?}");
    sign_by_both(&pair, &second);
    in_force(&pair.a, &pair, &second).await;
    let refused = pair.a.submit(&note(&pair.channel, "no longer allowed"), "wait=recorded", None).await;
    assert_eq!(refused[0]["error"]["rule"], "AGR-01", "{refused:?}");
    pair.b.resume().await;
    until("withholding", async || pair.a.records("out").await.iter().any(|record| record["state"] == "withheld")).await;
    in_force(&pair.b, &pair, &second).await;
    until("arrival", async || {
        let records = pair.b.records("in").await;
        records.iter().map(|record| record["state"].clone()).collect::<Vec<_>>() == ["received", "withheld"]
    })
    .await;
    // The author's own file says it, and the reader has one to rebut any that does not.
    let place = &waiting[0]["ref"];
    let path = format!("/v1/evidence/{}/{}/{}", pair.channel, place["log"].as_str().unwrap(), place["index"]);
    let answer = pair.a.request(Method::GET, &path, Bytes::new()).await;
    let proven = Evidence::parse(&answer.body).unwrap().verify(node::db::SUITE).unwrap();
    assert!(proven.withheld && !proven.receipts.is_empty());
    let words = pair.b.request(Method::GET, "/v1/records?kind=mithaq.withheld/1", Bytes::new()).await;
    let word: Value = serde_json::from_slice(words.body.split(|byte| *byte == b'\n').next().unwrap()).unwrap();
    let text = |field: &str| word[field].as_str().unwrap_or_default().to_owned();
    let log = format!("{}/{}/{}", text("party"), word["epoch"], text("lane"));
    let path = format!("/v1/evidence/{}/{log}/{}", pair.channel, word["index"]);
    let answer = pair.b.request(Method::GET, &path, Bytes::new()).await;
    let told = Evidence::parse(&answer.body).unwrap().verify(node::db::SUITE).unwrap();
    let Some(Testimony::Withheld(places)) = told.testimony else { panic!("{:?}", told.testimony) };
    assert_eq!((places.origin, &places.indexes[..]), (proven.position.origin, &[proven.position.index][..]));
    check(&pair.a).await;
    check(&pair.b).await;
}

// spec: AGR-DOC-4, LIFE-2
#[tokio::test(flavor = "multi_thread")]
async fn a_version_begins_on_its_first_day_and_a_second_amendment_is_refused() {
    let pair = Pair::start().await;
    let later = amended(&pair, draft(&pair).replace("valid_from = 2026-01-01", "valid_from = 2027-12-30")).await;
    sign_by_both(&pair, &later);
    sleep(Duration::from_millis(300)).await;
    assert_eq!(pair.a.channel(&pair.channel).value().in_force(), *pair.channel.bytes());
    let shown = life(&pair.a, &later).await;
    assert_eq!(shown["state"], "signed");
    assert!(shown["next"][0].as_str().unwrap().contains("2027-12-30"), "{shown}");
    let other = amended(&pair, draft(&pair).replace("Either party", "Each party")).await;
    let refused = agreements::sign(&pair.a.node.agreements, &other).unwrap_err();
    assert!(matches!(refused, agreements::AgreementsError::OtherSuccessor(hash) if hash == later));
}

// spec: LIFE-6, LIFE-7
#[tokio::test(flavor = "multi_thread")]
async fn a_party_stops_alone_and_goes_on_alone() {
    let pair = Pair::start().await;
    let sent = pair.a.submit(&note(&pair.channel, "before"), "wait=delivered", None).await;
    let (status, shown) = act(&pair.a, &pair, "suspend", "").await;
    assert_eq!((status, &shown["state"]), (StatusCode::OK, &json!("suspended")), "{shown}");
    assert!(shown["next"][0].as_str().unwrap().starts_with("This agency has suspended"), "{shown}");
    let refused = pair.a.submit(&note(&pair.channel, "meanwhile"), "wait=recorded", None).await;
    assert_eq!((&refused[0]["error"]["code"], &refused[0]["error"]["rule"]), (&json!("refused"), &json!("agreement")));
    // The partner sees it; its own officers learn at once that nothing would be taken.
    until("the partner's sight", async || pair.b.channel(&pair.channel).value().is_suspended(&pair.a.node.me)).await;
    let refused = pair.b.submit(&note(&pair.channel, "to nobody"), "wait=recorded", None).await;
    assert!(refused[0]["error"]["message"].as_str().unwrap().starts_with("XAA suspended"), "{refused:?}");
    let (status, answer) = act(&pair.b, &pair, "resume", "").await;
    assert_eq!(status, StatusCode::CONFLICT, "nobody resumes for another: {answer}");
    // Erasure is a right, not an exchange.
    let order = json!({
        "channel": pair.channel, "log": sent[0]["ref"]["log"], "index": sent[0]["ref"]["index"], "order": true,
    });
    pair.a.json(Method::POST, "/v1/erase", order.to_string()).await;
    until("erasure", async || pair.b.records("in").await.iter().all(|record| record["state"] == "erased")).await;
    let (status, shown) = act(&pair.a, &pair, "resume", "").await;
    assert_eq!((status, &shown["state"]), (StatusCode::OK, &json!("in_force")), "{shown}");
    let sent = pair.a.submit(&note(&pair.channel, "after"), "wait=delivered", None).await;
    assert_eq!(sent[0]["state"], "delivered", "{sent:?}");
    check(&pair.a).await;
    check(&pair.b).await;
}

// spec: LIFE-7
#[tokio::test(flavor = "multi_thread")]
async fn what_was_under_way_when_a_party_suspended_is_not_taken() {
    let mut pair = Pair::start().await;
    pair.a.submit(&note(&pair.channel, "first"), "wait=delivered", None).await;
    pair.b.stop().await;
    pair.a.submit(&note(&pair.channel, "under way"), "wait=recorded", None).await;
    // B stops its port, not its pen: the suspension is an entry that leaves when it serves again.
    pair.b.channel(&pair.channel).by_itself().act(|channel, env| channel.suspend(env)).await.unwrap();
    pair.b.resume().await;
    until("a decision", async || {
        let states: Vec<Value> = pair.a.records("out").await.iter().map(|record| record["state"].clone()).collect();
        states == ["delivered", "refused"] || states == ["delivered", "withheld"]
    })
    .await;
    // What is withheld is decided before it leaves.
    until("its arrival", async || {
        let states: Vec<Value> = pair.b.records("in").await.iter().map(|record| record["state"].clone()).collect();
        states == ["received", "quarantined"] || states == ["received", "withheld"]
    })
    .await;
}

// spec: LIFE-8, LIFE-9
#[tokio::test(flavor = "multi_thread")]
async fn an_agreement_ends_by_an_own_entry_and_is_renewed_by_all() {
    let pair = Pair::under(|toml| {
        toml.replace("[[party]]\nlabel = \"XAA\"", "termination_notice_days = 0\n[[party]]\nlabel = \"XAA\"")
    })
    .await;
    let sent = pair.a.submit(&note(&pair.channel, "before the end"), "wait=delivered", None).await;
    let today = clock::today();
    let (status, answer) = act(&pair.a, &pair, "terminate", r#"{"last_day":"2026-01-01"}"#).await;
    assert_eq!((status, &answer["code"]), (StatusCode::FORBIDDEN, &json!("refused")), "{answer}");
    let (status, shown) = act(&pair.a, &pair, "terminate", &json!({ "last_day": today }).to_string()).await;
    assert_eq!((status, &shown["last_day"]), (StatusCode::OK, &json!(today)), "{shown}");
    until("the partner's sight", async || !pair.b.channel(&pair.channel).value().endings().is_empty()).await;
    let order = json!({
        "channel": pair.channel, "log": sent[0]["ref"]["log"], "index": sent[0]["ref"]["index"], "order": true,
    });
    pair.a.json(Method::POST, "/v1/erase", order.to_string()).await;
    until("erasure", async || pair.b.records("in").await.iter().all(|record| record["state"] == "erased")).await;
    let (_, renewed) = act(&pair.b, &pair, "renew", r#"{"valid_until":"2029-12-31"}"#).await;
    let renewed = protocol::id::parse_hash(renewed["agreement"].as_str().unwrap()).unwrap();
    agreements::sign(&pair.b.node.agreements, &renewed).unwrap();
    agreements::import(&pair.a.node.agreements, &agreements::bundle(&pair.b.node, &renewed).unwrap()).unwrap();
    agreements::sign(&pair.a.node.agreements, &renewed).unwrap();
    in_force(&pair.a, &pair, &renewed).await;
    in_force(&pair.b, &pair, &renewed).await;
    let shown = life(&pair.b, &renewed).await;
    assert_eq!((&shown["state"], &shown["last_day"]), (&json!("in_force"), &json!("2029-12-31")));
    assert_eq!(life(&pair.b, pair.channel.bytes()).await["state"], "renewed");
    let bundle = Bundle::parse(&agreements::bundle(&pair.b.node, &renewed).unwrap()).unwrap();
    assert_eq!(bundle.agreement().version, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn trying_a_record_says_what_would_happen_and_changes_nothing() {
    let pair = Pair::start().await;
    let good = note(&pair.channel, "would pass");
    let bad = good.replace("correspondence.note/1", "register.readout/1");
    let answer = pair.a.request(Method::POST, "/v1/records/try", format!("{good}{bad}")).await;
    let lines: Vec<Value> =
        String::from_utf8_lossy(&answer.body).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["state"], &lines[0]["clause"]), (&json!("would_be_recorded"), &json!("notes")), "{lines:?}");
    assert_eq!(lines[1]["error"]["rule"], "AGR-01", "{lines:?}");
    let value = pair.a.channel(&pair.channel).value();
    assert_eq!(value.size(&value.own_log(Lane::Main)), 0);
}

// spec: LANE-5
#[tokio::test(flavor = "multi_thread")]
async fn an_attachment_over_the_agreements_size_is_not_sent() {
    let caps = "caps.attachment_bytes_max = 99\n[[party]]\nlabel = \"XAA\"";
    let pair = Pair::under(|toml| toml.replace("[[party]]\nlabel = \"XAA\"", caps)).await;
    let attached = format!(
        r#""attachments":[{{"sha256":"{}","size":100,"name":"a.txt","media_type":"text/plain"}}],"media_type""#,
        "0".repeat(64)
    );
    let line = note(&pair.channel, "short").replacen("\"media_type\"", &attached, 1);
    let over = pair.a.submit(&line, "wait=recorded", None).await;
    let error = &over[0]["error"];
    assert_eq!((&error["rule"], &error["field"]), (&json!("lane"), &json!("attachments")), "{over:?}");
    assert!(error["message"].as_str().unwrap().contains("at most 99 bytes each"), "{over:?}");
}

// spec: LANE-1, LANE-2
#[tokio::test(flavor = "multi_thread")]
async fn the_urgent_lane_is_capped_at_the_sender() {
    let lanes =
        "lanes.urgent.records_per_hour_max = 2\nlanes.urgent.record_bytes_max = 200\n[[party]]\nlabel = \"XAA\"";
    let pair = Pair::under(|toml| toml.replace("[[party]]\nlabel = \"XAA\"", lanes)).await;
    let urgent = |text: &str| note(&pair.channel, text).replacen("{", "{\"lane\":\"urgent\",", 1);
    let long = pair.a.submit(&urgent(&"x".repeat(300)), "wait=recorded", None).await;
    assert_eq!((&long[0]["error"]["rule"], &long[0]["error"]["field"]), (&json!("lane"), &json!("body")), "{long:?}");
    for _ in 0..2 {
        let sent = pair.a.submit(&urgent("short"), "wait=delivered", None).await;
        assert_eq!(sent[0]["state"], "delivered", "{sent:?}");
    }
    let over = pair.a.submit(&urgent("one too many"), "wait=recorded", None).await;
    assert_eq!((&over[0]["error"]["code"], &over[0]["error"]["rule"]), (&json!("refused"), &json!("lane")), "{over:?}");
    let main = pair.a.submit(&note(&pair.channel, &"x".repeat(300)), "wait=delivered", None).await;
    assert_eq!(main[0]["state"], "delivered", "{main:?}");
}
