//! How an office works: people, drafts, and nobody who releases what they wrote.

use std::time::Instant;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use axum::http::{Method, StatusCode};
use node::office::Listed;
use protocol::encoding::{from_base64, to_base64};
use serde_json::{Value, json};

use crate::{
    threads::{REQUEST, THREAD},
    world::{Pair, TestNode},
};

const DESK: &str = "Desk 7, drafting";
const RELEASE: &str = "Desk 7, release";
const PURPOSE: &str = "identify_person_or_object";

fn key(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn public(key: &Ed25519KeyPair) -> String {
    to_base64(key.public_key().as_ref())
}

/// A person with a key that is enrolled, and a token.
struct Officer {
    id: String,
    token: String,
    key: Ed25519KeyPair,
}

/// An agency whose people are known, each with the roles named.
struct Agency<'a> {
    node: &'a TestNode,
    channel: String,
}

impl Agency<'_> {
    /// Before the first token there is, so that the socket does it all.
    async fn officer(&self, name: &str, roles: &[&str], office: &str, seed: u8) -> Officer {
        let key = key(seed);
        let about = json!({
            "name": name, "roles": roles, "offices": [office], "purposes": [PURPOSE, "coordination"],
            "languages": ["ar", "en"], "keys": [public(&key)],
        });
        let person = self.node.json(Method::POST, "/v1/people", about.to_string()).await;
        let officer = json!({ "office": office, "scheme": "ed25519", "public": public(&key) });
        self.node.json(Method::POST, &format!("/v1/channels/{}/officers", self.channel), officer.to_string()).await;
        Officer { id: person["id"].as_str().unwrap().to_owned(), token: String::new(), key }
    }

    async fn token(&self, of: &Officer, role: &str) -> String {
        let new = json!({ "name": "made up", "person": of.id, "role": role });
        let made = self.node.json(Method::POST, "/v1/tokens", new.to_string()).await;
        made["token"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
    }

    async fn ask(&self, token: &str, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let (status, text) = self.node.at_port(token, method, path, &text).await;
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    async fn done(&self, token: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.ask(token, Method::POST, path, body).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    async fn refused(&self, token: &str, path: &str, body: &Value) -> (StatusCode, String) {
        let (status, answer) = self.ask(token, Method::POST, path, body).await;
        assert!(status.is_client_error() || status == StatusCode::UNPROCESSABLE_ENTITY, "{path}: {status} {answer}");
        (status, answer["detail"].as_str().unwrap_or_default().to_owned())
    }

    async fn shown(&self, token: &str, id: &str) -> (StatusCode, Value) {
        self.ask(token, Method::GET, &format!("/v1/drafts/{id}"), &Value::Null).await
    }

    async fn list(&self, token: &str, query: &str) -> Vec<String> {
        let (status, answer) = self.ask(token, Method::GET, &format!("/v1/drafts{query}"), &Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["drafts"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }
}

/// What an officer signs of a draft that they see.
fn approval(shown: &Value, role: &str, key: &Ed25519KeyPair) -> Value {
    let part = shown["prepared"]["approvals"].as_array().unwrap().iter().find(|part| part["role"] == role).unwrap();
    let own = part["officers"].as_array().unwrap().iter().find(|officer| officer["public"] == public(key).as_str());
    let own = own.unwrap_or_else(|| panic!("the key is not enrolled: {part}"));
    let signature = key.sign(&from_base64(own["sign"].as_str().unwrap()).unwrap());
    json!({
        "role": role, "scheme": "ed25519", "enrolment": own["enrolment"], "signature": to_base64(signature.as_ref()),
    })
}

fn request() -> Value {
    json!({ "kind": "requests.request/1", "body": REQUEST })
}

/// Layla writes, Omar releases, Dana is of another office; tokens of all three.
async fn three<'a>(agency: &Agency<'a>) -> [Officer; 3] {
    let mut layla = agency.officer("Made-up Layla", &["case_officer", "release_authority"], DESK, 1).await;
    let mut omar = agency.officer("Made-up Omar", &["release_authority", "case_officer"], RELEASE, 2).await;
    let mut dana = agency.officer("Made-up Dana", &["case_officer"], "Desk 9", 3).await;
    // A token each, last: with the first one the socket alone reaches no content.
    layla.token = agency.token(&layla, "case_officer").await;
    omar.token = agency.token(&omar, "release_authority").await;
    dana.token = agency.token(&dana, "case_officer").await;
    [layla, omar, dana]
}

async fn sent(node: &TestNode, token: &str) -> usize {
    let (_, text) = node.get_as(token, "/v1/records").await;
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["kind"] == "requests.request/1").count()
}

// spec: RECORD-7
#[tokio::test(flavor = "multi_thread")]
async fn two_people_release_one_record_and_nobody_what_they_wrote() {
    let pair = Pair::start_under(include_str!("protection.toml")).await;
    let agency = Agency { node: &pair.a, channel: pair.channel.to_string() };
    let [layla, omar, dana] = three(&agency).await;
    let as_releaser = agency.token(&layla, "release_authority").await;

    // A draft need not be complete, and says what is missing.
    let unfinished = json!({ "kind": "requests.request/1", "body": { "reason": "made up" } });
    let id = agency.done(&layla.token, "/v1/drafts", &unfinished).await["id"].as_str().unwrap().to_owned();
    let path = |act: &str| format!("/v1/drafts/{id}/{act}");
    assert!(id.starts_with("d-20"), "{id}");
    let (_, shown) = agency.shown(&layla.token, &id).await;
    assert!(shown["problem"]["field"].is_string() && shown["prepared"].is_null(), "{shown}");
    // Nobody else sees what is being written.
    for token in [&omar.token, &dana.token] {
        assert_eq!(agency.shown(token, &id).await.0, StatusCode::NOT_FOUND);
        assert!(agency.list(token, "").await.is_empty());
    }

    // What was changed since is not written over.
    let saved = json!({ "revision": 1, "draft": request() });
    assert_eq!(agency.ask(&layla.token, Method::PUT, &format!("/v1/drafts/{id}"), &saved).await.0, StatusCode::OK);
    let (status, stale) = agency.ask(&layla.token, Method::PUT, &format!("/v1/drafts/{id}"), &saved).await;
    assert_eq!((status, stale["field"].as_str()), (StatusCode::CONFLICT, Some("revision")), "{stale}");

    // The author signs what is shown; what the signature is over and whose it is counts.
    let (_, shown) = agency.shown(&layla.token, &id).await;
    assert_eq!(shown["to"][0]["label"], "XAB");
    assert!(shown["clause_text"]["en"].as_str().unwrap().contains("within a week"), "{shown}");
    let digest = shown["prepared"]["digest"].clone();
    let over = |approval: Option<Value>, digest: &Value| json!({ "digest": digest, "approval": approval });
    let own = approval(&shown, "author", &layla.key);
    let (status, _) =
        agency.refused(&layla.token, &path("hand-over"), &over(Some(own.clone()), &"0".repeat(64).into())).await;
    assert_eq!(status, StatusCode::CONFLICT, "another digest than the draft's");
    agency.refused(&layla.token, &path("hand-over"), &over(None, &digest)).await;
    let foreign = approval(&shown, "author", &omar.key);
    let (_, why) = agency.refused(&layla.token, &path("hand-over"), &over(Some(foreign), &digest)).await;
    assert!(why.contains("another person's key"), "{why}");
    let mut spoilt = own.clone();
    spoilt["signature"] = to_base64(&[7; 64]).into();
    agency.refused(&layla.token, &path("hand-over"), &over(Some(spoilt), &digest)).await;
    agency.done(&layla.token, &path("hand-over"), &over(Some(own), &digest)).await;
    assert_eq!(sent(&pair.a, &layla.token).await, 0);

    // It waits for Omar; Layla's other role and other token make her no other person.
    assert_eq!(agency.list(&omar.token, "?waiting=true").await, [id.as_str()]);
    assert!(
        agency.list(&as_releaser, "?waiting=true").await.is_empty() && agency.list(&dana.token, "").await.is_empty()
    );
    let (_, shown) = agency.shown(&as_releaser, &id).await;
    let released =
        |shown: &Value, key: &Ed25519KeyPair| json!({ "approval": approval(shown, "release_authority", key) });
    let (status, why) = agency.refused(&as_releaser, &path("release"), &released(&shown, &layla.key)).await;
    assert!(status != StatusCode::NOT_FOUND && why.contains("what they wrote"), "{why}");
    agency.refused(&as_releaser, &path("release"), &json!({})).await;
    agency.refused(&layla.token, &path("send"), &json!({})).await;

    // Omar gives it back with a word; what Layla had signed counts no more.
    agency.refused(&omar.token, &path("return"), &json!({ "remark": " " })).await;
    agency.done(&omar.token, &path("return"), &json!({ "remark": "Made up: say why." })).await;
    assert_eq!(agency.shown(&omar.token, &id).await.0, StatusCode::NOT_FOUND, "it is hers again");
    let (_, shown) = agency.shown(&layla.token, &id).await;
    assert_eq!(shown["remarks"][0]["text"], "Made up: say why.");
    assert_eq!((shown["state"].as_str(), shown["given"].as_array().unwrap().len()), (Some("open"), 0));
    let again = over(Some(approval(&shown, "author", &layla.key)), &shown["prepared"]["digest"]);
    agency.done(&layla.token, &path("hand-over"), &again).await;
    // Nothing of it is written on any more.
    let late = json!({ "revision": 4, "draft": unfinished });
    assert_eq!(agency.ask(&layla.token, Method::PUT, &format!("/v1/drafts/{id}"), &late).await.0, StatusCode::CONFLICT);

    // Omar sees what will be sent, and releases it; twice makes one record.
    let (_, shown) = agency.shown(&omar.token, &id).await;
    assert_eq!(shown["prepared"]["body"], REQUEST);
    let release = released(&shown, &omar.key);
    let row = agency.done(&omar.token, &path("release"), &release).await;
    assert_eq!(row["state"], "sent", "{row}");
    assert!(row["sent"]["recorded"]["index"].is_number(), "{row}");
    agency.refused(&omar.token, &path("release"), &release).await;
    assert_eq!(sent(&pair.a, &layla.token).await, 1);
    crate::threads::until(&pair.b, "/v1/threads", |list| list["threads"].as_array().is_some_and(|all| all.len() == 1))
        .await;

    // What is left of the draft is that it was sent.
    let (_, shown) = agency.shown(&layla.token, &id).await;
    assert!(shown["draft"]["body"].is_null() && shown["prepared"].is_null() && shown["title"] == "", "{shown}");
    assert_eq!(shown["remarks"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_cut_off_is_found_in_the_log_and_not_sent_twice() {
    let mut pair = Pair::start_under(include_str!("protection.toml")).await;
    let agency = Agency { node: &pair.a, channel: pair.channel.to_string() };
    let [layla, omar, _] = three(&agency).await;
    let id = agency.done(&layla.token, "/v1/drafts", &request()).await["id"].as_str().unwrap().to_owned();
    let (_, shown) = agency.shown(&layla.token, &id).await;
    let over = json!({
        "digest": shown["prepared"]["digest"], "approval": approval(&shown, "author", &layla.key),
        "with": { "office": RELEASE },
    });
    agency.done(&layla.token, &format!("/v1/drafts/{id}/hand-over"), &over).await;
    let (_, shown) = agency.shown(&omar.token, &id).await;
    // As a crash between its approval and its record leaves it.
    let item = pair.a.node.reader().unwrap().office().unwrap().remove(0);
    let as_cut_off = |text: &str| text.replacen("\"state\":\"handed_over\"", "\"state\":\"leaving\"", 1);
    let handed = String::from_utf8(item.bytes.to_vec()).unwrap();
    let put = |node: &TestNode, text: String| {
        let item = store::OfficeItem { bytes: text.into_bytes().into(), ..item.clone() };
        node.node.store().put_offices(&[item], &mut protocol::suite::SystemEntropy).unwrap();
    };
    put(&pair.a, as_cut_off(&handed));
    drop(agency);
    restart(&mut pair).await;
    let agency = Agency { node: &pair.a, channel: pair.channel.to_string() };
    let (_, row) = agency.shown(&omar.token, &id).await;
    assert_eq!(row["state"], "handed_over", "nothing was sent: {row}");
    let release = json!({ "approval": approval(&shown, "release_authority", &omar.key) });
    let row = agency.done(&omar.token, &format!("/v1/drafts/{id}/release"), &release).await;
    assert_eq!(sent(&pair.a, &layla.token).await, 1);

    // And as one between its record and the draft's end does: the releaser asks again, or the node starts again.
    put(&pair.a, as_cut_off(&handed));
    drop(agency);
    restart(&mut pair).await;
    let agency = Agency { node: &pair.a, channel: pair.channel.to_string() };
    let (_, after) = agency.shown(&omar.token, &id).await;
    assert_eq!((after["state"].as_str(), &after["sent"]), (Some("sent"), &row["sent"]), "{after}");
    agency.refused(&omar.token, &format!("/v1/drafts/{id}/release"), &release).await;
    agency.refused(&layla.token, &format!("/v1/drafts/{id}/return"), &json!({ "remark": "no" })).await;
    assert_eq!(sent(&pair.a, &layla.token).await, 1);
}

/// Starts the first node again, from a copy of its folder: what it holds in memory is lost.
async fn restart(pair: &mut Pair) {
    pair.a.stop().await;
    let dir = pair.folder.path().join(format!("{}-again", pair.a.dir.file_name().unwrap().display()));
    assert!(std::process::Command::new("cp").arg("-a").arg(&pair.a.dir).arg(&dir).status().unwrap().success());
    pair.a = TestNode::reopen(dir);
    pair.a.serve().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_else_approves_sees_it_whomever_it_was_handed_to() {
    let agreement = include_str!("protection.toml");
    let asks = agreement.replacen(r#"["author", "release_authority"]"#, r#"["author", "release_authority", "dpo"]"#, 1);
    assert_ne!(asks, agreement);
    let pair = Pair::start_under(&asks).await;
    let agency = Agency { node: &pair.a, channel: pair.channel.to_string() };
    let dpo = agency.officer("Made-up Dpo", &["dpo"], "Data protection", 8).await;
    let [layla, omar, dana] = three(&agency).await;
    let of_dpo = agency.token(&dpo, "dpo").await;
    let id = agency.done(&layla.token, "/v1/drafts", &request()).await["id"].as_str().unwrap().to_owned();
    let path = |act: &str| format!("/v1/drafts/{id}/{act}");
    let (_, shown) = agency.shown(&layla.token, &id).await;
    assert_eq!(agency.shown(&of_dpo, &id).await.0, StatusCode::NOT_FOUND, "it is being written");
    let over = json!({
        "digest": shown["prepared"]["digest"], "approval": approval(&shown, "author", &layla.key),
        "with": { "office": RELEASE },
    });
    agency.done(&layla.token, &path("hand-over"), &over).await;
    let release = json!({ "approval": approval(&shown, "release_authority", &omar.key) });
    let (_, why) = agency.refused(&omar.token, &path("release"), &release).await;
    assert!(why.contains("dpo"), "{why}");
    assert_eq!(agency.list(&of_dpo, "?waiting=true").await, [id.as_str()]);
    assert_eq!(agency.shown(&dana.token, &id).await.0, StatusCode::NOT_FOUND);
    // How long it is kept counts from its last change, and not from who looked.
    let kept = || pair.a.node.reader().unwrap().office().unwrap().remove(0);
    let item = kept();
    let mut draft: Value = serde_json::from_slice(&item.bytes).unwrap();
    draft["draft"]["care"]["changed_ms"] = (node::clock::now_ms() - 45 * 24 * 3_600_000).into();
    let old = store::OfficeItem { bytes: draft.to_string().into_bytes().into(), ..item.clone() };
    pair.a.node.store().put_offices(&[old], &mut protocol::suite::SystemEntropy).unwrap();
    let part = json!({ "approval": approval(&shown, "dpo", &dpo.key) });
    agency.shown(&of_dpo, &id).await;
    assert!(kept().period < item.period, "looking at it keeps it no longer than it was kept");
    agency.done(&of_dpo, &path("approve"), &part).await;
    assert_eq!(kept().period, item.period);
    // Who approved sees what became of it.
    assert_eq!(agency.shown(&of_dpo, &id).await.0, StatusCode::OK);
    let row = agency.done(&omar.token, &path("release"), &release).await;
    assert_eq!((row["state"].as_str(), sent(&pair.a, &layla.token).await), (Some("sent"), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_go_to_people_and_offices_and_to_whoever_stands_in() {
    let pair = Pair::start_under(include_str!("protection.toml")).await;
    let agency = Agency { node: &pair.a, channel: pair.channel.to_string() };
    let [layla, omar, dana] = three(&agency).await;
    let program = json!({ "name": "made up", "role": "case_officer", "purposes": [PURPOSE] });
    let program = agency.node.json(Method::POST, "/v1/tokens", program.to_string()).await;
    let program = program["token"].as_str().unwrap();
    let (status, why) = agency.refused(program, "/v1/drafts", &request()).await;
    assert!(status == StatusCode::FORBIDDEN && why.contains("--person"), "{why}");

    let id = agency.done(&layla.token, "/v1/drafts", &request()).await["id"].as_str().unwrap().to_owned();
    let path = |act: &str| format!("/v1/drafts/{id}/{act}");
    agency.refused(&dana.token, &path("remark"), &json!({ "remark": "I do not see it" })).await;
    // To a person, by name; to an office; to nobody that is known.
    agency.done(&layla.token, &path("assign"), &json!({ "with": { "person": "Made-up Dana" } })).await;
    assert_eq!(agency.list(&dana.token, "?waiting=true").await, [id.as_str()]);
    agency.done(&dana.token, &path("remark"), &json!({ "remark": "Made up." })).await;
    agency.done(&dana.token, &path("assign"), &json!({ "with": { "office": DESK } })).await;
    assert!(agency.list(&dana.token, "").await.is_empty());
    agency.refused(&layla.token, &path("assign"), &json!({ "with": { "office": "no such office" } })).await;
    agency.refused(&layla.token, &path("assign"), &json!({ "with": { "person": "nobody" } })).await;
    agency.done(&layla.token, &path("assign"), &json!({ "with": null })).await;

    // Put aside until a day; unread until it is seen.
    agency.done(&layla.token, &path("bring-back"), &json!({ "day": "2099-01-01" })).await;
    assert!(agency.list(&layla.token, "?waiting=true").await.is_empty());
    agency.done(&layla.token, &path("bring-back"), &json!({ "day": "2020-01-01" })).await;
    assert_eq!(agency.list(&layla.token, "?waiting=true").await, [id.as_str()]);

    // Layla is away: Dana sees what is hers, and writes on it; not afterwards.
    let away = json!({ "until": "2099-01-01", "deputy": dana.id });
    agency.refused(&dana.token, &format!("/v1/people/{}/away", layla.id), &away).await;
    agency.done(&layla.token, &format!("/v1/people/{}/away", layla.id), &away).await;
    assert_eq!(agency.list(&dana.token, "?waiting=true").await, [id.as_str()]);
    let (_, row) = agency.shown(&dana.token, &id).await;
    let saved = json!({ "revision": row["revision"], "draft": request() });
    assert_eq!(agency.ask(&dana.token, Method::PUT, &format!("/v1/drafts/{id}"), &saved).await.0, StatusCode::OK);
    agency.done(&layla.token, &format!("/v1/people/{}/back", layla.id), &Value::Null).await;
    // She wrote in it, so it concerns her, and she will not release it.
    assert_eq!(agency.list(&dana.token, "").await, [id.as_str()]);

    // Whoever wrote it destroys it, and nobody else; nothing is left.
    agency.refused(&omar.token, &path("discard"), &Value::Null).await;
    agency.done(&layla.token, &path("discard"), &Value::Null).await;
    assert_eq!(agency.shown(&layla.token, &id).await.0, StatusCode::NOT_FOUND);
    assert!(pair.a.node.reader().unwrap().office().unwrap().is_empty());
    // Its number is not given again.
    let next = agency.done(&layla.token, "/v1/drafts", &request()).await;
    assert_ne!(next["id"], id.as_str());
    let program = node::callers::Caller::socket(true);
    let (rows, _) = pair.a.node.office.list(&program, &Listed::default(), |brief, _| brief.id.clone()).unwrap();
    assert_eq!(rows, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_is_read_page_by_page() {
    let pair = Pair::start_under(include_str!("protection.toml")).await;
    let agency = Agency { node: &pair.a, channel: pair.channel.to_string() };
    let [layla, omar, _] = three(&agency).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        let begun = agency.done(&layla.token, "/v1/drafts", &request()).await;
        ids.insert(0, begun["id"].as_str().unwrap().to_owned());
    }
    let page = async |query: &str| {
        let (status, page) =
            agency.ask(&layla.token, Method::GET, &format!("/v1/drafts?waiting=true&{query}"), &Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        let rows: Vec<String> =
            page["drafts"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        (rows, page["next"].as_str().map(str::to_owned))
    };
    assert_eq!(page("").await, (ids.clone(), None), "what changed last stands first");
    assert_eq!(page("limit=5").await.1, None, "a page that holds the last one is the last");
    let (first, next) = page("limit=2").await;
    // What changes meanwhile moves to the front, and nothing is shown twice behind it.
    agency
        .done(&layla.token, &format!("/v1/drafts/{}/remark", ids[4]), &json!({ "remark": "A made-up remark." }))
        .await;
    let (second, next) = page(&format!("limit=2&cursor={}", next.unwrap())).await;
    assert_eq!((first, second), (ids[..2].to_vec(), ids[2..4].to_vec()));
    assert_eq!(next, None);
    assert_eq!(page("limit=1").await.0, ids[4..]);

    // A page has at most so many rows, and a cursor is that of this list.
    let (_, threads) = agency.ask(&omar.token, Method::GET, "/v1/records?limit=1", &Value::Null).await;
    let elsewhere = threads["cursor"].as_str().unwrap_or("elsewhere");
    for wrong in ["limit=0".to_owned(), "limit=201".to_owned(), format!("cursor={elsewhere}")] {
        let path = format!("/v1/drafts?{wrong}");
        let (status, refused) = agency.ask(&layla.token, Method::GET, &path, &Value::Null).await;
        assert_eq!((status, refused["code"].as_str()), (StatusCode::BAD_REQUEST, Some("usage")), "{wrong}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "prints times, which no machine promises"]
#[expect(clippy::disallowed_methods, reason = "it times real requests, so the real clock is what it wants")]
async fn what_a_long_queue_costs() {
    let pair = Pair::start_under(include_str!("protection.toml")).await;
    let agency = Agency { node: &pair.a, channel: pair.channel.to_string() };
    let [layla, ..] = three(&agency).await;
    for _ in 0..1000 {
        agency.done(&layla.token, "/v1/drafts", &request()).await;
    }
    for limit in [1, 50, 200] {
        let mut times_ms = Vec::new();
        let mut bytes = 0;
        for _ in 0..60 {
            let started = Instant::now();
            let path = format!("/v1/drafts?waiting=true&limit={limit}");
            let (status, text) = pair.a.at_port(&layla.token, Method::GET, &path, "").await;
            times_ms.push(started.elapsed().as_secs_f64() * 1e3);
            assert_eq!(status, StatusCode::OK);
            bytes = text.len();
        }
        times_ms.sort_by(f64::total_cmp);
        println!("{limit} of 1,000: p50 {:.2} ms, p99 {:.2} ms, {bytes} bytes", times_ms[30], times_ms[59]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn offices_say_of_a_thread_who_deals_with_it_and_partners_hear_nothing() {
    let pair = Pair::start_under(include_str!("protection.toml")).await;
    let asking = Agency { node: &pair.b, channel: pair.channel.to_string() };
    let [layla, omar, _] = three(&asking).await;
    let id = asking.done(&layla.token, "/v1/drafts", &request()).await["id"].as_str().unwrap().to_owned();
    let (_, shown) = asking.shown(&layla.token, &id).await;
    let over = json!({ "digest": shown["prepared"]["digest"], "approval": approval(&shown, "author", &layla.key) });
    asking.done(&layla.token, &format!("/v1/drafts/{id}/hand-over"), &over).await;
    let release = json!({ "approval": approval(&shown, "release_authority", &omar.key) });
    asking.done(&omar.token, &format!("/v1/drafts/{id}/release"), &release).await;

    let agency = Agency { node: &pair.a, channel: pair.channel.to_string() };
    let threads = |list: &Value| list["threads"].as_array().is_some_and(|all| all.len() == 1);
    let list = crate::threads::until(&pair.a, "/v1/threads", threads).await;
    let thread = list["threads"][0]["thread"].as_str().unwrap().to_owned();
    let [noor, zain, other] = three(&agency).await;
    let heads = || pair.a.node.channel(&pair.channel).unwrap().value().logs().map(|(_, log)| log.size()).sum::<u64>();
    let (path, before) = (|act: &str| format!("/v1/threads/{thread}/work{act}"), heads());
    let said = agency.done(&noor.token, &path("/assign"), &json!({ "with": { "person": zain.id } })).await;
    assert_eq!(said["with"]["person"], zain.id.as_str());
    agency.done(&noor.token, &path("/remark"), &json!({ "remark": "Made up: ask the registry." })).await;
    let work = async |token: &str| agency.ask(token, Method::GET, "/v1/work", &Value::Null).await.1["work"].clone();
    assert_eq!(work(&zain.token).await[0]["unread"], true);
    assert_eq!(work(&noor.token).await, json!([]));
    let (_, shown) = agency.ask(&zain.token, Method::GET, &path(""), &Value::Null).await;
    assert_eq!((shown["remarks"][0]["by"].as_str(), shown["unread"].as_bool()), (Some(noor.id.as_str()), Some(true)));
    let (_, shown) = agency.ask(&zain.token, Method::GET, &path(""), &Value::Null).await;
    assert_eq!(shown["unread"], false, "it was seen");
    agency.done(&zain.token, &path("/bring-back"), &json!({ "day": "2099-01-01" })).await;
    // However it is named: by its first digits, by the name that lists have for it; and its channel by the partner's label.
    let name = list["threads"][0]["name"].as_str().unwrap();
    assert_eq!(name, format!("req-{}", &thread[..8]));
    for named in [name, &thread[..4], &thread[..31]] {
        let path = format!("/v1/threads/{named}/work");
        assert_eq!(agency.ask(&noor.token, Method::GET, &path, &Value::Null).await.1["thread"], thread.as_str());
    }
    for (named, status) in
        [("XAB", StatusCode::OK), ("XAA", StatusCode::NOT_FOUND), (&agency.channel[..4], StatusCode::OK)]
    {
        assert_eq!(
            agency.ask(&noor.token, Method::GET, &format!("/v1/channels/{named}"), &Value::Null).await.0,
            status,
            "{named}"
        );
    }
    // To an office: whoever speaks for it sees it among what is theirs.
    agency.done(&zain.token, &path("/assign"), &json!({ "with": { "office": DESK } })).await;
    assert_eq!(work(&noor.token).await[0]["bring_back"], "2099-01-01");
    assert_eq!((work(&zain.token).await, work(&other.token).await), (json!([]), json!([])));
    // A thread that there is not, and one whom the purposes keep out.
    agency
        .refused(&noor.token, &format!("/v1/threads/{}/work/remark", "0".repeat(32)), &json!({ "remark": "x" }))
        .await;
    let elsewhere =
        json!({ "name": "made up", "role": "case_officer", "purposes": ["coordination"], "person": other.id });
    let elsewhere = pair.a.json(Method::POST, "/v1/tokens", elsewhere.to_string()).await;
    let (status, _) = agency.ask(elsewhere["token"].as_str().unwrap(), Method::GET, &path(""), &Value::Null).await;
    assert!(status.is_client_error(), "{status}");
    assert_eq!(heads(), before, "nothing of it is in a log");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_given_no_more_than_they_have_and_leaves_with_all_of_it() {
    let pair = Pair::start_under(include_str!("protection.toml")).await;
    let agency = Agency { node: &pair.a, channel: pair.channel.to_string() };
    let [layla, omar, dana] = three(&agency).await;
    let (_, me) = agency.ask(&layla.token, Method::GET, "/v1/me", &Value::Null).await;
    assert_eq!((me["person"]["id"].as_str(), me["token"]["office"].as_str()), (Some(layla.id.as_str()), Some(DESK)));
    assert_eq!(me["token"]["purposes"], json!([PURPOSE, "coordination"]));

    let socket = async |method: Method, path: &str, body: Value| {
        let answer = pair.a.request(method, path, body.to_string()).await;
        (answer.status, serde_json::from_slice::<Value>(&answer.body).unwrap_or(Value::Null))
    };
    for (field, value) in
        [("role", json!("spoc_officer")), ("office", json!(RELEASE)), ("purposes", json!(["training"]))]
    {
        let mut new = json!({ "name": "made up", "person": layla.id, "role": "case_officer" });
        new[field] = value;
        let (status, problem) = socket(Method::POST, "/v1/tokens", new).await;
        assert!(status.is_client_error() && problem["field"] == field, "{field}: {problem}");
    }
    // One key is one person's, and so is a name.
    for (field, about) in [
        ("keys", json!({ "name": "Another", "roles": ["case_officer"], "keys": [public(&omar.key)] })),
        ("name", json!({ "name": "Made-up Omar", "roles": ["case_officer"] })),
        ("languages", json!({ "name": "Another", "roles": ["case_officer"], "languages": ["xx"] })),
        ("roles", json!({ "name": "Another", "roles": [] })),
    ] {
        let (status, problem) = socket(Method::POST, "/v1/people", about).await;
        assert!(status.is_client_error() && problem["field"] == field, "{field}: {problem}");
    }

    // A path stands in the audit log, and a name does not: people are named there by their ids.
    for path in ["leave", "away", "back"] {
        let body = json!({ "until": "2099-01-01", "deputy": omar.id });
        let (status, _) = socket(Method::POST, &format!("/v1/people/Made-up%20Omar/{path}"), body).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    // With less to have, tokens that say more end; and with the person all of them.
    let about =
        json!({ "name": "Made-up Layla", "roles": ["spoc_officer"], "offices": [DESK], "keys": [public(&layla.key)] });
    let (_, changed) = socket(Method::POST, &format!("/v1/people/{}", layla.id), about).await;
    assert_eq!(changed["revoked"].as_array().unwrap().len(), 1, "{changed}");
    assert_eq!(agency.ask(&layla.token, Method::GET, "/v1/me", &Value::Null).await.0, StatusCode::UNAUTHORIZED);
    // What somebody wrote falls to the office when they leave, and to nobody else.
    let id = agency.done(&dana.token, "/v1/drafts", &request()).await["id"].as_str().unwrap().to_owned();
    let heir = agency.officer("Made-up Heir", &["case_officer"], "Desk 9", 9).await;
    let heir = agency.token(&heir, "case_officer").await;
    assert_eq!(agency.shown(&heir, &id).await.0, StatusCode::NOT_FOUND);
    socket(Method::POST, &format!("/v1/people/{}/leave", dana.id), Value::Null).await;
    assert_eq!(agency.shown(&heir, &id).await.0, StatusCode::OK);
    assert_eq!(agency.shown(&omar.token, &id).await.0, StatusCode::NOT_FOUND);
    agency.done(&heir, &format!("/v1/drafts/{id}/discard"), &Value::Null).await;
    // A program has no colleagues.
    let program = json!({ "name": "made up", "role": "case_officer", "purposes": [PURPOSE] });
    let program = agency.node.json(Method::POST, "/v1/tokens", program.to_string()).await;
    let names = async |token: &str| {
        let (_, answer) = agency.ask(token, Method::GET, "/v1/people", &Value::Null).await;
        let people = answer["people"].as_array().unwrap().clone();
        people.iter().filter(|person| person["name"] != "").count()
    };
    assert_eq!((names(program["token"].as_str().unwrap()).await, names(&omar.token).await), (0, 4));
    let (_, left) = socket(Method::POST, &format!("/v1/people/{}/leave", omar.id), Value::Null).await;
    assert!(left["left_ms"].is_number() && left["revoked"].as_array().unwrap().len() == 1, "{left}");
    assert_eq!(agency.ask(&omar.token, Method::GET, "/v1/me", &Value::Null).await.0, StatusCode::UNAUTHORIZED);
    let new = json!({ "name": "made up", "person": omar.id, "role": "release_authority" });
    assert_eq!(socket(Method::POST, "/v1/tokens", new).await.0, StatusCode::NOT_FOUND);

    // Whoever has the database and no key reads nobody's name in it.
    let database = std::fs::read(pair.a.dir.join("mithaq.db")).unwrap();
    let wal = std::fs::read(pair.a.dir.join("mithaq.db-wal")).unwrap_or_default();
    for bytes in [database, wal] {
        assert!(!bytes.windows(5).any(|part| part == b"Layla"), "a name stands in the database");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_renewed_once_and_only_when_it_ends_soon() {
    let pair = Pair::start_under(include_str!("protection.toml")).await;
    let agency = Agency { node: &pair.a, channel: pair.channel.to_string() };
    let layla = agency.officer("Made-up Layla", &["case_officer"], DESK, 1).await;
    let new = |days: u64| json!({ "name": "made up", "person": layla.id, "role": "case_officer", "days": days });
    let made = async |days| {
        let made = agency.node.json(Method::POST, "/v1/tokens", new(days).to_string()).await;
        made["token"].as_str().unwrap().to_owned()
    };
    let (late, early) = (made(5).await, made(90).await);
    let (_, why) = agency.refused(&early, "/v1/tokens/renew", &json!({})).await;
    assert!(why.contains("14 days"), "{why}");
    let renewed = agency.done(&late, "/v1/tokens/renew", &json!({})).await;
    let fresh = renewed["token"].as_str().unwrap();
    for token in [fresh, &late] {
        assert_eq!(agency.ask(token, Method::GET, "/v1/me", &Value::Null).await.0, StatusCode::OK);
    }
    assert_eq!((renewed["person"].as_str(), renewed["office"].as_str()), (Some(layla.id.as_str()), Some(DESK)));
    // Whoever stole it and was first is seen by the other.
    let (status, why) = agency.refused(&late, "/v1/tokens/renew", &json!({})).await;
    assert!(status == StatusCode::CONFLICT && why.contains("if that was not you"), "{why}");
}

/// A step is of the desk of its thread: whoever sees an incident acknowledges it, and nobody else writes or sees that.
#[tokio::test(flavor = "multi_thread")]
async fn a_step_is_written_by_whoever_sees_its_thread() {
    let pair = Pair::under(crate::hotline::with_hotline).await;
    crate::hotline::say(&pair, &pair.b, "hotline.raise/1", json!({})).await;
    let path = format!("/v1/threads/{THREAD}");
    crate::threads::until(&pair.a, &path, |thread| thread["state"] == "raised").await;
    let agency = Agency { node: &pair.a, channel: pair.channel.to_string() };
    let mut duty = agency.officer("Made-up Sana", &["spoc_officer"], DESK, 1).await;
    let mut dana = agency.officer("Made-up Dana", &["case_officer"], "Desk 9", 3).await;
    duty.token = agency.token(&duty, "spoc_officer").await;
    dana.token = agency.token(&dana, "case_officer").await;
    let step = json!({ "kind": "thread.step/1", "reply_to": THREAD, "body": { "do": "acknowledge" } });
    let (status, answer) = agency.ask(&dana.token, Method::POST, "/v1/drafts", &step).await;
    assert_eq!((status, answer["field"].as_str()), (StatusCode::FORBIDDEN, Some("kind")), "{answer}");
    let id = agency.done(&duty.token, "/v1/drafts", &step).await["id"].as_str().unwrap().to_owned();
    assert_eq!(agency.list(&duty.token, "").await, [id.as_str()]);
    let (_, shown) = agency.shown(&duty.token, &id).await;
    assert!(shown["problem"].is_null(), "{shown}");
    let whole = json!({ "digest": shown["prepared"]["digest"], "approval": null });
    agency.done(&duty.token, &format!("/v1/drafts/{id}/hand-over"), &whole).await;
    let row = agency.done(&duty.token, &format!("/v1/drafts/{id}/send"), &json!({})).await;
    assert_eq!(row["state"], "sent", "{row}");
    crate::threads::until(&pair.b, &path, |thread| thread["state"] == "acknowledged").await;
}
