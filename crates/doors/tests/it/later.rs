//! What happens to records that wait: retention ends, a decision grows old, keys are replaced, erasure overtakes them.

use std::time::Duration;

use axum::http::Method;
use bytes::Bytes;
use node::{clock, db::SUITE, jobs};
use protocol::{
    agreement::sealing_key_id,
    channel::{
        Channel, Env,
        append::{Prepared, Stated},
    },
    commit::Period,
    header::Header,
    id::ChannelId,
    origin::Lane,
    record::{Context, Parts},
    suite::{SystemEntropy, random_32},
};
use serde_json::{Value, json};
use store::OwnSealingKey;
use tokio::time::sleep;

use crate::{
    rogue::{Draft, allowed, unlisted},
    world::{Pair, TestNode, note},
};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
const MONTH_OVER: u16 = 2020;

// spec: WITHHELD-1, DELIV-9
#[tokio::test(flavor = "multi_thread")]
async fn what_outlived_its_retention_before_delivery_is_withheld() {
    let mut pair = Pair::start().await;
    // A partner's signed time confirms the clock: without one nothing is destroyed.
    let sent = pair.b.submit(&note(&pair.channel, "a time"), "wait=delivered", None).await;
    assert_eq!(sent[0]["state"], "delivered", "{sent:?}");
    pair.b.stop().await;
    let first = Period::month(MONTH_OVER, 1);
    append_unchecked(&pair.a, pair.channel, &[allowed("too late")], clock::now_ms(), first).await;
    let node = &pair.a.node;
    jobs::retention::run(&node.jobs());
    let later = pair.a.submit(&note(&pair.channel, "in time"), "wait=recorded", None).await;
    assert_eq!(later[0]["state"], "recorded", "{later:?}");
    // Several tries in vain.
    sleep(Duration::from_millis(500)).await;
    pair.b.resume().await;
    wait_for(&pair.a, "out", &["withheld", "delivered"]).await;
    wait_for(&pair.b, "in", &["withheld", "received"]).await;
    for side in [&pair.a, &pair.b] {
        let documents = side.node.reader().unwrap().documents(pair.channel, "withheld").unwrap();
        assert_eq!(documents.len(), 1, "the note is kept at both ends");
        check(side).await;
    }
    let origin = pair.a.channel(&pair.channel).value().own_log(Lane::Main);
    let value = pair.a.channel(&pair.channel).value();
    assert_eq!(value.outstanding(&origin, &pair.b.node.me), None, "a withheld record is receipted");
}

// spec: DELIV-11
#[tokio::test(flavor = "multi_thread")]
async fn what_is_erased_before_delivery_never_leaves() {
    let mut pair = Pair::start().await;
    pair.b.stop().await;
    let sent = pair.a.submit(&note(&pair.channel, "regretted"), "wait=recorded", None).await;
    let order = json!({
        "channel": pair.channel, "log": sent[0]["ref"]["log"], "index": sent[0]["ref"]["index"], "order": true,
    });
    pair.a.json(Method::POST, "/v1/erase", order.to_string()).await;
    pair.b.resume().await;
    wait_for(&pair.b, "in", &["erased"]).await;
    wait_for(&pair.a, "out", &["erased"]).await;
    for side in [&pair.a, &pair.b] {
        check(side).await;
    }
}

// spec: DELIV-3
#[tokio::test(flavor = "multi_thread")]
async fn a_decision_older_than_a_minute_is_taken_again() {
    let mut pair = Pair::start().await;
    pair.b.stop().await;
    let (now, month) = (clock::now_ms(), Period::month(2027, 6));
    let waited = [allowed("still allowed"), unlisted("no longer allowed")];
    append_unchecked(&pair.a, pair.channel, &waited, now - 2 * 60_000, month).await;
    pair.b.resume().await;
    wait_for(&pair.a, "out", &["delivered", "withheld"]).await;
    wait_for(&pair.b, "in", &["received", "withheld"]).await;
    for side in [&pair.a, &pair.b] {
        check(side).await;
    }
}

// spec: DELIV-8
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_comes_back_to_the_author() {
    let pair = Pair::start().await;
    let month = Period::month(2027, 6);
    append_unchecked(&pair.a, pair.channel, &[allowed("good"), unlisted("bad")], clock::now_ms(), month).await;
    wait_for(&pair.a, "out", &["delivered", "refused"]).await;
    wait_for(&pair.b, "in", &["received", "quarantined"]).await;
    let refusals = pair.a.request(Method::GET, "/v1/records?kind=mithaq.refusal/1", Bytes::new()).await;
    assert_eq!(String::from_utf8_lossy(&refusals.body).lines().count(), 1, "one refusal for the batch");
    for side in [&pair.a, &pair.b] {
        check(side).await;
    }
}

// spec: SEAL-4, SEAL-5
#[tokio::test(flavor = "multi_thread")]
async fn sealing_keys_are_announced_used_and_destroyed() {
    let pair = Pair::start().await;
    let first = newest_key(&pair.b, pair.channel).id;
    jobs::sealing::rotate_due(&pair.b.node.db, &pair.b.node.channels, &pair.b.node.config).await;
    assert_eq!(newest_key(&pair.b, pair.channel).id, first, "not due on its first day");

    age_newest(&pair.b, pair.channel, 2);
    jobs::sealing::rotate_due(&pair.b.node.db, &pair.b.node.channels, &pair.b.node.config).await;
    let second = newest_key(&pair.b, pair.channel).id;
    assert_ne!(second, first);
    sealed_to(&pair, second).await;
    assert!(holds(&pair.b, pair.channel, first), "within its grace the old key still opens");

    age_newest(&pair.b, pair.channel, 13);
    // Its predecessor must stay the older one.
    age(&pair.b, pair.channel, first, 40);
    jobs::sealing::rotate_due(&pair.b.node.db, &pair.b.node.channels, &pair.b.node.config).await;
    assert!(holds(&pair.b, pair.channel, first), "13 days are within the grace");
    age(&pair.b, pair.channel, second, 2);
    jobs::sealing::rotate_due(&pair.b.node.db, &pair.b.node.channels, &pair.b.node.config).await;
    assert!(!holds(&pair.b, pair.channel, first), "15 days are not");
    assert!(holds(&pair.b, pair.channel, second));
    let third = newest_key(&pair.b, pair.channel).id;
    sealed_to(&pair, third).await;
    let delivered = pair.a.submit(&note(&pair.channel, "to the third key"), "wait=delivered", None).await;
    assert_eq!(delivered[0]["state"], "delivered", "{delivered:?}");
}

// spec: SEAL-5, NACK-2
#[tokio::test(flavor = "multi_thread")]
async fn what_was_sealed_to_a_destroyed_key_is_sealed_again() {
    let pair = Pair::start().await;
    let old = newest_key(&pair.b, pair.channel).id;
    let key = SUITE.sealing_key(random_32(&mut SystemEntropy));
    let id = sealing_key_id(SUITE, &key.public);
    let next = OwnSealingKey { id, seed: key.seed.into(), announced_ms: clock::now_ms() };
    pair.b.node.keys.add_sealing_key(pair.channel, &next, &mut SystemEntropy).unwrap();
    assert!(pair.b.node.keys.destroy_sealing_key(pair.channel, &old).unwrap());
    pair.b.channel(&pair.channel).forget_sealing_keys();
    let sent = pair.a.submit(&note(&pair.channel, "sealed twice"), "wait=delivered&timeout_s=20", None).await;
    assert_eq!(sent[0]["state"], "delivered", "{sent:?}");
    assert_eq!(pair.a.node.reader().unwrap().documents(pair.channel, "nack").unwrap().len(), 1);
    let value = pair.a.channel(&pair.channel).value();
    assert_eq!(sealing_key_id(SUITE, &value.sealing_key(&pair.b.node.me).unwrap().public), id);
    for side in [&pair.a, &pair.b] {
        check(side).await;
    }
}

/// Appends records past every check, as a faulty node would, at a time of choice.
pub async fn append_unchecked(side: &TestNode, channel: ChannelId, drafts: &[Draft], now: u64, period: Period) {
    let handle = side.channel(&channel);
    let standing = handle.value().standing(&handle.value().own_log(Lane::Main));
    let context = Context { channel, author: side.node.me, agreement: standing.agreement };
    let mut prepared = Prepared::default();
    for (header, body) in drafts {
        let parts = Parts { header, approvals: &[], attachments: &[], body };
        let clause = Header::parse(header).unwrap().clause;
        let stated = Stated { clause: clause.as_deref(), period, blob_bytes: &[] };
        prepared.push(SUITE, &mut SystemEntropy, &context, &parts, stated).unwrap();
    }
    // The partner must have shown its heads before anything is signed.
    while handle.value().may_sign().is_err() {
        sleep(Duration::from_millis(20)).await;
    }
    let node = side.node.clone();
    let step = move |value: &Channel| {
        let mut env = Env { suite: SUITE, signer: &*node.signer, entropy: &mut SystemEntropy, now };
        Some(value.append(&mut env, Lane::Main, &[], &[prepared], &standing).unwrap().step)
    };
    handle.by_itself().step(step).await.unwrap();
}

/// Waits until the records of one direction are in these states.
pub async fn wait_for(side: &TestNode, direction: &str, states: &[&str]) {
    let mut seen: Vec<Value> = Vec::new();
    for _ in 0..200 {
        let records = side.records(direction).await;
        seen = records.iter().map(|record| record["state"].clone()).collect();
        if seen == states {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("{direction}: {seen:?} instead of {states:?}");
}

async fn check(side: &TestNode) {
    let report = side.json(Method::POST, "/v1/check", Bytes::new()).await;
    assert_eq!(report["ok"], true, "{report}");
}

/// Waits until A seals to this key of B's.
async fn sealed_to(pair: &Pair, id: [u8; 32]) {
    for _ in 0..200 {
        let value = pair.a.channel(&pair.channel).value();
        if sealing_key_id(SUITE, &value.sealing_key(&pair.b.node.me).unwrap().public) == id {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("the announcement did not arrive");
}

fn newest_key(side: &TestNode, channel: ChannelId) -> OwnSealingKey {
    side.node.keys.sealing_keys(channel).unwrap().remove(0)
}

fn holds(side: &TestNode, channel: ChannelId, id: [u8; 32]) -> bool {
    side.node.keys.sealing_keys(channel).unwrap().iter().any(|key| key.id == id)
}

fn age_newest(side: &TestNode, channel: ChannelId, days: u64) {
    age(side, channel, newest_key(side, channel).id, days);
}

/// Makes a key so many days older.
fn age(side: &TestNode, channel: ChannelId, id: [u8; 32], days: u64) {
    let keys = side.node.keys.sealing_keys(channel).unwrap();
    let mut key = keys.into_iter().find(|key| key.id == id).unwrap();
    key.announced_ms -= days * DAY_MS;
    side.node.keys.add_sealing_key(channel, &key, &mut SystemEntropy).unwrap();
}
