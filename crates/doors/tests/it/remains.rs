//! What remains of a record whose content is gone: a file without content from either side alone, of an erasure at both ends and
//! at one, and of the end of retention; and who may have it.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use bytes::Bytes;
use node::{
    callers::{Caller, Role},
    db::SUITE,
    reading::erasures::Erasure,
};
use protocol::{
    commit::Period,
    evidence::{
        Evidence,
        entry::{EntryFile, ProvenEntry, is_entry},
    },
    id::AgencyId,
};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    asylum::{Asylum, LAYLA, thread},
    later::{append_unchecked, wait_for},
    rogue::allowed,
    uses::{ask, get, token},
    world::{Pair, TestNode, note},
};

/// A record that crossed, by the path of its evidence.
struct Crossed {
    pair: Pair,
    path: String,
    log: Value,
    index: Value,
    /// Its evidence from before.
    earlier: Evidence,
}

async fn crossed() -> Crossed {
    crossed_in(Pair::start().await).await
}

async fn crossed_in(pair: Pair) -> Crossed {
    let sent = pair.a.submit(&note(&pair.channel, "quiet words"), "wait=delivered&timeout_s=20", None).await;
    let (log, index) = (sent[0]["ref"]["log"].clone(), sent[0]["ref"]["index"].clone());
    let path = format!("/v1/evidence/{}/{}/{index}", pair.channel, log.as_str().unwrap());
    let earlier = Evidence::parse(&fetch(&pair.a, &path).await).unwrap();
    Crossed { pair, path, log, index, earlier }
}

impl Crossed {
    /// Erases at a side, and orders the other to or not.
    async fn erase(&self, side: &TestNode, order: bool) {
        let order = json!({ "channel": self.pair.channel, "log": self.log, "index": self.index, "order": order });
        side.json(Method::POST, "/v1/erase", order.to_string()).await;
    }

    /// What a side's file without content proves, once it holds so many countersigned words.
    async fn remains(&self, side: &TestNode, ordered: bool, words: usize) -> ProvenEntry {
        for _ in 0..400 {
            let file = fetch(side, &self.path).await;
            if is_entry(&file) {
                let proven = EntryFile::parse(&file).unwrap().verify(SUITE).unwrap();
                let whole = proven.order.iter().chain(&proven.erased).all(|word| word.missing_receipts.is_empty());
                if whole && proven.order.is_some() == ordered && proven.erased.len() == words {
                    return proven;
                }
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("the words did not come");
    }
}

async fn fetch(side: &TestNode, path: &str) -> Bytes {
    let file = side.request(Method::GET, path, Bytes::new()).await;
    assert_eq!(file.status, 200, "{}", String::from_utf8_lossy(&file.body));
    let expected = if is_entry(&file.body) { "application/vnd.mithaq.entry" } else { "application/octet-stream" };
    assert_eq!(file.content_type.as_deref(), Some(expected));
    file.body
}

/// What a side lists of what was erased early.
fn erasures(side: &TestNode) -> Vec<Erasure> {
    side.node.reading.erasures(&Caller::socket(true)).unwrap().into_parts().0
}

fn who(proven: &ProvenEntry) -> (Option<AgencyId>, Vec<AgencyId>) {
    let ordered = proven.order.as_ref().map(|order| order.position.origin.agency);
    (ordered, proven.erased.iter().map(|word| word.position.origin.agency).collect())
}

// spec: EVID-24, EVID-26, EVID-27, EVID-31
#[tokio::test(flavor = "multi_thread")]
async fn what_was_erased_at_both_ends_is_proven_from_either_side() {
    let crossed = crossed().await;
    let (a, b) = (&crossed.pair.a, &crossed.pair.b);
    crossed.erase(a, true).await;
    let mut entries = Vec::new();
    for side in [a, b] {
        let proven = crossed.remains(side, true, 1).await;
        assert_eq!(who(&proven), (Some(a.node.me), vec![b.node.me]));
        assert!(proven.is_after_order(&proven.erased[0]));
        assert_eq!(proven.interval.before.unwrap().by, b.node.me);
        let file = fetch(side, &crossed.path).await;
        // The record of the earlier file is the entry, and nothing of it is in the new one.
        let (_, record) = EntryFile::parse(&file).unwrap().verify_with(SUITE, &crossed.earlier).unwrap();
        assert_eq!(record.header.kind, "correspondence.note/1");
        for of_content in ["quiet words", "correspondence", "00112233445566778899aabbccddeeff"] {
            let texts = [file.windows(of_content.len()).filter(|part| *part == of_content.as_bytes()).count()];
            // The agreement names kinds, and so would do so of whatever was sent.
            assert!(texts == [0] || of_content == "correspondence", "{of_content}");
        }
        assert!(!file.windows(32).any(|part| part == crossed.earlier.record.secret));
        entries.push(proven.entry);
    }
    assert_eq!(entries[0], entries[1]);
    for (side, word) in [(a, "the author"), (b, "the other")] {
        let [erasure] = erasures(side).try_into().unwrap();
        assert_eq!(erasure.position.index, crossed.index.as_u64().unwrap(), "{word}");
        assert!(erasure.ordered_ms.is_some() && erasure.silent.is_empty(), "{word}: {erasure:?}");
        assert_eq!(erasure.erased.iter().map(|(party, _)| *party).collect::<Vec<_>>(), [b.node.me], "{word}");
    }
    // The order and the answer have evidence of their own.
    let order = crossed.remains(a, true, 1).await.order.unwrap();
    let path =
        format!("/v1/evidence/{}/{}/{}", crossed.pair.channel, order.position.origin.short(), order.position.index);
    assert_eq!(Evidence::parse(&fetch(b, &path).await).unwrap().verify(SUITE).unwrap().testimony, order.testimony);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_ordered_to_erase_and_does_not_answer_is_listed_first() {
    let mut crossed = crossed().await;
    let sent = crossed.pair.a.submit(&note(&crossed.pair.channel, "more words"), "wait=delivered", None).await;
    let other = sent[0]["ref"]["index"].clone();
    crossed.erase(&crossed.pair.a, true).await;
    crossed.remains(&crossed.pair.a, true, 1).await;
    crossed.pair.b.stop().await;
    crossed.index = other.clone();
    crossed.erase(&crossed.pair.a, true).await;
    let listed = erasures(&crossed.pair.a);
    let seen: Vec<_> = listed.iter().map(|erasure| (erasure.position.index, erasure.silent.len())).collect();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0], (other.as_u64().unwrap(), 1), "{listed:?}");
    assert_eq!(listed[0].silent, [crossed.pair.b.node.me]);
    assert_eq!(seen[1].1, 0);
}

// spec: EVID-27, EVID-29
#[tokio::test(flavor = "multi_thread")]
async fn what_one_end_erased_is_said_of_that_end_only() {
    let crossed = crossed().await;
    let (a, b) = (&crossed.pair.a, &crossed.pair.b);
    crossed.erase(a, false).await;
    let proven = crossed.remains(a, false, 1).await;
    assert_eq!(who(&proven), (None, vec![a.node.me]));
    let [erasure] = erasures(a).try_into().unwrap();
    assert_eq!((erasure.ordered_ms, erasure.silent), (None, vec![]), "nobody was ordered to");
    assert_eq!(proven.silent().copied().collect::<Vec<_>>(), [b.node.me]);
    // The other end holds it all, and its file is the earlier one's equal.
    let whole = Evidence::parse(&fetch(b, &crossed.path).await).unwrap();
    let file = EntryFile::parse(&fetch(a, &crossed.path).await).unwrap();
    assert!(file.verify_with(SUITE, &whole).is_ok());
    // Then that one erases its copy of its own accord: nobody ordered it.
    crossed.erase(b, false).await;
    for side in [a, b] {
        let mut both = vec![a.node.me, b.node.me];
        both.sort_unstable();
        assert_eq!(who(&crossed.remains(side, false, 2).await), (None, both));
    }
}

// spec: EVID-24
#[tokio::test(flavor = "multi_thread")]
async fn what_outlived_its_retention_is_proven_without_an_order() {
    let pair = Pair::start().await;
    // A partner's signed time confirms the clock: without one nothing is destroyed.
    pair.b.submit(&note(&pair.channel, "a time"), "wait=delivered", None).await;
    let over = Period::month(2020, 1);
    append_unchecked(&pair.a, pair.channel, &[allowed("old words")], node::clock::now_ms(), over).await;
    wait_for(&pair.a, "out", &["delivered"]).await;
    let record = pair.a.records("out").await.remove(0);
    let path = format!("/v1/evidence/{}/{}/1/main/{}", pair.channel, pair.a.node.me, record["index"]);
    let earlier = Evidence::parse(&fetch(&pair.a, &path).await).unwrap();
    node::jobs::retention::run(&pair.a.node.jobs());
    // By its own clock the one end has destroyed the month's key, the other has not yet.
    assert!(is_entry(&fetch(&pair.a, &path).await) && !is_entry(&fetch(&pair.b, &path).await));
    let until = earlier.verify(SUITE).unwrap().header.retain_until.unwrap();
    pair.b.node.db.keys.destroy_period(pair.channel, Period::of_day(until)).unwrap();
    for side in [&pair.a, &pair.b] {
        let file = EntryFile::parse(&fetch(side, &path).await).unwrap();
        let (proven, _) = file.verify_with(SUITE, &earlier).unwrap();
        assert_eq!(who(&proven), (None, vec![]));
        assert_eq!((proven.receipts.len(), proven.silent().count()), (1, 2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_remains_needs_the_purpose_and_the_compartment_of_the_record() {
    // With threads the node keeps a stub, which names kind and clause; without them it keeps nothing but the entry.
    let plain = |toml: String| toml.split("\n[[clause]]\nid = \"requests\"").next().unwrap().to_owned();
    for (has_stub, pair) in [(true, Pair::start().await), (false, Pair::under(plain).await)] {
        let crossed = crossed_in(pair).await;
        crossed.erase(&crossed.pair.a, true).await;
        crossed.remains(&crossed.pair.b, true, 1).await;
        let b = &crossed.pair.b;
        let of = |role, purposes: &[&str]| token(b, role, purposes);
        for (reader, expected) in [
            (of(Role::SpocOfficer, &["coordination"]), StatusCode::OK),
            (of(Role::SpocOfficer, &["border_control"]), StatusCode::FORBIDDEN),
            (of(Role::Secretariat, &["coordination"]), StatusCode::FORBIDDEN),
            (of(Role::Auditor, &[]), StatusCode::OK),
            (of(Role::NodeAdmin, &[]), StatusCode::FORBIDDEN),
        ] {
            let answer = get(b, &reader, &crossed.path).await;
            // The secretariat sees letters, but a record of an unknown kind only who sees every desk; it takes no files out.
            assert_eq!(answer.status, expected, "{has_stub} {}", answer.text);
        }
        let other = of(Role::SpocOfficer, &["border_control"]);
        assert!(get(b, &other, &crossed.path).await.by("PUR-01"));
        // To a court goes what the caller reads for, and not what somebody oversees; the audit log says what it was.
        let officer = of(Role::SpocOfficer, &["coordination"]);
        let court = format!("{}?use=court&to=Court%20of%20Sample%20City", crossed.path);
        assert_eq!(get(b, &officer, &court).await.status, StatusCode::OK);
        assert!(get(b, &of(Role::Auditor, &[]), &court).await.by("PUR-01"));
        let entries = b.node.reader().unwrap().audit_from(0, 1_000).unwrap();
        let last = entries.iter().rev().map(|row| String::from_utf8_lossy(&row.entry).into_owned());
        let noted =
            last.into_iter().find(|entry| entry.contains("Court of Sample City") && entry.contains("\"status\":200"));
        let noted: Value = serde_json::from_str(&noted.unwrap()).unwrap();
        assert!(
            noted.to_string().contains("\"content\":false") && noted.to_string().contains("coordination"),
            "{noted}"
        );
        // What never was here is not there; what is in no log has no file.
        let nowhere = crossed.path.replace(&format!("/{}", crossed.index), "/999");
        assert_eq!(ask(b, &officer, None, Method::GET, &nowhere, &Value::Null).await.status, StatusCode::NOT_FOUND);
    }
}

// spec: PROT-4, PROT-11
#[tokio::test(flavor = "multi_thread")]
async fn what_was_hidden_does_not_show_by_what_remains_of_it() {
    let asylum = Asylum::start().await;
    asylum.protect(&[LAYLA.to_owned()]).await;
    let asked = asylum.ask(&asylum.request(thread(1), Some(LAYLA))).await;
    let (log, index) = (asked[0]["ref"]["log"].as_str().unwrap(), asked[0]["ref"]["index"].as_u64().unwrap());
    let order = json!({ "channel": asylum.channel(), "log": log, "index": index, "order": true });
    asylum.pair.b.json(Method::POST, "/v1/erase", order.to_string()).await;
    let a = &asylum.pair.a;
    let at = |route: &str, index: u64| format!("/v1/{route}/{}/{log}/{index}", asylum.channel());
    let mut file = Vec::new();
    for _ in 0..200 {
        let answer = a.bytes_as(&asylum.auditor, Method::GET, &at("evidence", index), "").await;
        file = answer.1;
        if is_entry(&file) {
            break;
        }
        sleep(Duration::from_millis(50)).await;
    }
    assert!(EntryFile::parse(&file).unwrap().verify(SUITE).is_ok(), "the auditor has it");
    for route in ["evidence", "records"] {
        let (status, text) = a.get_as(&asylum.police, &at(route, index)).await;
        let (other, nothing) = a.get_as(&asylum.police, &at(route, 999)).await;
        assert_eq!((status, other), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND), "{text}");
        assert_eq!(
            text.replace(&format!("/{index}\""), "/N\"").replace(&format!("entry {index} "), "entry N "),
            nothing.replace("/999\"", "/N\"").replace("entry 999 ", "entry N ")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_withheld_or_refused_has_no_file_without_content_for_whom_it_never_was() {
    let mut pair = Pair::start().await;
    pair.b.stop().await;
    let over = Period::month(2020, 1);
    append_unchecked(
        &pair.a,
        pair.channel,
        &[allowed("still here")],
        node::clock::now_ms() - 120_000,
        Period::month(2027, 6),
    )
    .await;
    append_unchecked(
        &pair.a,
        pair.channel,
        &[crate::rogue::unlisted("never left")],
        node::clock::now_ms() - 120_000,
        over,
    )
    .await;
    pair.b.resume().await;
    wait_for(&pair.b, "in", &["received", "withheld"]).await;
    let record = pair.b.records("in").await.remove(1);
    let path = format!("/v1/evidence/{}/{}/1/main/{}", pair.channel, pair.a.node.me, record["index"]);
    let answer = pair.b.request(Method::GET, &path, Bytes::new()).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", String::from_utf8_lossy(&answer.body));
    // The author holds the content, and its own file says that it was withheld.
    let whole = Evidence::parse(&fetch(&pair.a, &path).await).unwrap().verify(SUITE).unwrap();
    assert!(whole.withheld);
}
