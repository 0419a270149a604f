//! Cards, fingerprints and agreements, through the routers of two nodes in one process.

use std::path::Path;

use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header::CONTENT_TYPE},
};
use mithaq_doors::{listener::Peer, router};
use node::{
    Node,
    callers::Door,
    init::{Init, init},
    keys,
};
use protocol::{
    card::CardChain,
    fingerprint::{Fingerprint, digits},
    id::AgencyId,
    text::Texts,
};
use serde_json::{Value, json};
use tower::ServiceExt as _;

const PASSPHRASE: &[u8] = b"correct horse battery staple";
const ANSWER_BYTES_MAX: usize = 4 << 20;
const DRAFT: &str = include_str!("../../../../docs/howto/agreement.toml");
const TOML: &str = "application/toml";
const JSON: &str = "application/json";

/// A node in a folder of its own. Its port for partners is nobody's: whatever travels here, the test carries.
struct Agency {
    dir: tempfile::TempDir,
    node: Node,
}

impl Agency {
    fn new(country: &str, port: u16) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let decided = Init {
            names: Texts::from([("en".into(), format!("Police of {country}"))]),
            country: country.into(),
            body: protocol::card::Body::Police,
            peer_listen: format!("127.0.0.1:{port}").parse().unwrap(),
            api_listen: "127.0.0.1:8080".parse().unwrap(),
            advertise: Vec::new(),
        };
        init(&dir.path().join("node"), decided, PASSPHRASE).unwrap();
        let node = Node::open(&dir.path().join("node"), PASSPHRASE).unwrap();
        Self { dir, node }
    }

    fn id(&self) -> AgencyId {
        self.node.me
    }

    fn fingerprint(&self) -> String {
        digits(&Fingerprint::of(&self.node.me))
    }

    fn folder(&self) -> std::path::PathBuf {
        self.dir.path().join("node")
    }

    async fn get(&self, path: &str) -> (StatusCode, Vec<u8>) {
        call(router::agency(self.node.clone(), Door::Socket), "GET", path, JSON, Vec::new()).await
    }

    async fn post(&self, path: &str, content_type: &str, body: impl Into<Vec<u8>>) -> (StatusCode, Value) {
        let (status, bytes) =
            call(router::agency(self.node.clone(), Door::Socket), "POST", path, content_type, body.into()).await;
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// What a partner's request meets.
    async fn as_partner(&self, agency: Option<AgencyId>, path: &str, body: Vec<u8>) -> (StatusCode, Vec<u8>) {
        let router = router::partners(self.node.clone()).layer(Extension(Peer { agency }));
        call(router, "POST", path, JSON, body).await
    }

    async fn trust(&self, other: &Self) {
        let (_, card) = other.get("/v1/card").await;
        let path = format!("/v1/peers?fingerprint={}", other.fingerprint());
        let (status, row) = self.post(&path, JSON, card).await;
        assert_eq!((status, &row["trusted"]), (StatusCode::OK, &json!(true)), "{row}");
    }
}

async fn call(router: Router, method: &str, path: &str, content_type: &str, body: Vec<u8>) -> (StatusCode, Vec<u8>) {
    let request = Request::builder().method(method).uri(path).header(CONTENT_TYPE, content_type);
    let response = router.oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let status = response.status();
    (status, to_bytes(response.into_body(), ANSWER_BYTES_MAX).await.unwrap().to_vec())
}

/// Two agencies that trust each other.
async fn partners() -> (Agency, Agency) {
    let (a, b) = (Agency::new("XAA", 1), Agency::new("XAB", 2));
    a.trust(&b).await;
    b.trust(&a).await;
    (a, b)
}

async fn drafted(agency: &Agency) -> String {
    let (status, answer) = agency.post("/v1/agreements", TOML, DRAFT).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["agreement"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_card_is_trusted_once_its_fingerprint_is_compared() {
    let (a, b) = (Agency::new("XAA", 1), Agency::new("XAB", 2));
    let (_, card) = b.get("/v1/card").await;
    let pin = CardChain::parse(node::db::SUITE, &card).unwrap().current().tls_pin;

    let wrong = format!("/v1/peers?fingerprint={}", a.fingerprint());
    let (status, answer) = a.post(&wrong, JSON, card.clone()).await;
    assert_eq!((status, &answer["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("not_verified")));
    let (_, rows) = a.get("/v1/peers").await;
    assert_eq!(rows, br#"{"peers":[]}"#, "a card with a wrong fingerprint is not even held");

    let (status, row) = a.post("/v1/peers", JSON, card.clone()).await;
    assert_eq!((status, &row["trusted"]), (StatusCode::OK, &json!(false)));
    assert_eq!(a.node.pins.agency(&pin), None, "an agency that nobody confirmed is not let in");

    let confirm = format!("/v1/peers/{}/confirm", b.id());
    let (status, _) = a.post(&confirm, JSON, json!({ "fingerprint": a.fingerprint() }).to_string()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let arabic: String =
        b.fingerprint().bytes().map(|d| char::from_u32(0x660 + u32::from(d - b'0')).unwrap()).collect();
    let (status, row) = a.post(&confirm, JSON, json!({ "fingerprint": arabic }).to_string()).await;
    assert_eq!((status, &row["trusted"]), (StatusCode::OK, &json!(true)));
    assert_eq!(a.node.pins.agency(&pin), Some(b.id()));

    // The same card again, without a fingerprint, takes no trust away.
    let (_, row) = a.post("/v1/peers", JSON, card.clone()).await;
    assert_eq!(row["trusted"], true);
    let (status, answer) = b.post("/v1/peers", JSON, card).await;
    assert_eq!((status, &answer["code"]), (StatusCode::BAD_REQUEST, &json!("usage")), "one's own card");
}

#[tokio::test]
async fn an_agreement_comes_into_force_by_files() {
    let (a, b) = partners().await;
    let hash = drafted(&a).await;
    assert_eq!(drafted(&a).await, hash, "the same draft is the same agreement");

    let (status, answer) = a.post(&format!("/v1/agreements/{hash}/offer"), JSON, "").await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    let (_, answer) = a.post(&format!("/v1/agreements/{hash}/sign"), JSON, "").await;
    assert_eq!((&answer["missing"], &answer["in_force"]), (&json!([b.id()]), &json!(false)));

    let (_, bundle) = a.get(&format!("/v1/agreements/{hash}/bundle")).await;
    let (status, answer) = b.post("/v1/agreements/import", JSON, bundle.clone()).await;
    assert_eq!((status, &answer["missing"]), (StatusCode::OK, &json!([b.id()])), "importing is not signing");
    let (_, answer) = b.post(&format!("/v1/agreements/{hash}/sign"), JSON, "").await;
    assert_eq!((&answer["missing"], &answer["in_force"]), (&json!([]), &json!(true)));

    // Each step again changes nothing.
    let (_, complete) = b.get(&format!("/v1/agreements/{hash}/bundle")).await;
    b.post(&format!("/v1/agreements/{hash}/sign"), JSON, "").await;
    b.post("/v1/agreements/import", JSON, bundle).await;
    assert_eq!(b.get(&format!("/v1/agreements/{hash}/bundle")).await.1, complete);

    let (_, answer) = a.post("/v1/agreements/import", JSON, complete).await;
    assert_eq!((&answer["in_force"], &answer["channel"]), (&json!(true), &json!(hash)));
    // Neither serves, so neither has shown the other what it holds: until then nothing is signed.
    for (agency, other) in [(&a, &b), (&b, &a)] {
        let (_, status) = agency.get("/v1/status").await;
        let status: Value = serde_json::from_slice(&status).unwrap();
        assert_eq!((&status["channels"], &status["waiting_for"]), (&json!(1), &json!([other.id()])), "{status}");
    }
}

#[tokio::test]
async fn an_agreement_comes_into_force_between_nodes() {
    let (a, b) = partners().await;
    let hash = drafted(&a).await;
    let path = "/peer/v1/agreements";
    let (_, unsigned) = a.get(&format!("/v1/agreements/{hash}/bundle")).await;
    let (status, _) = b.as_partner(Some(a.id()), path, unsigned).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "a partner stands for what it hands over");

    a.post(&format!("/v1/agreements/{hash}/sign"), JSON, "").await;
    let (_, signed) = a.get(&format!("/v1/agreements/{hash}/bundle")).await;
    assert_eq!(b.as_partner(None, path, signed.clone()).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(b.as_partner(Some(AgencyId::new([9; 32])), path, signed.clone()).await.0, StatusCode::FORBIDDEN);
    let (status, merged) = b.as_partner(Some(a.id()), path, signed.clone()).await;
    assert_eq!((status, &merged), (StatusCode::OK, &signed), "a node never signs because a partner asks");

    b.post(&format!("/v1/agreements/{hash}/sign"), JSON, "").await;
    let (_, complete) = b.as_partner(Some(a.id()), path, signed).await;
    let (_, answer) = a.post("/v1/agreements/import", JSON, complete).await;
    assert_eq!(answer["in_force"], true, "{answer}");
    assert!(b.node.channel(&hash.parse().unwrap()).is_some());
}

#[tokio::test]
async fn nothing_is_signed_with_an_agency_that_nobody_confirmed() {
    let (a, b) = (Agency::new("XAA", 1), Agency::new("XAB", 2));
    let (_, card) = b.get("/v1/card").await;
    a.post("/v1/peers", JSON, card).await;
    let hash = drafted(&a).await;
    let (status, answer) = a.post(&format!("/v1/agreements/{hash}/sign"), JSON, "").await;
    assert_eq!((status, &answer["code"]), (StatusCode::FORBIDDEN, &json!("refused")));
    assert!(a.node.keys.sealing_keys(hash.parse().unwrap()).unwrap().is_empty());
}

#[tokio::test]
async fn at_most_one_successor_is_signed() {
    // spec: AGR-DOC-4
    let (a, _b) = partners().await;
    let first = drafted(&a).await;
    a.post(&format!("/v1/agreements/{first}/sign"), JSON, "").await;
    let amended = |late_days: u32| {
        DRAFT.replace("late_days = 30", &format!("late_days = {late_days}\nversion = 2\nprevious = \"{first}\""))
    };
    let mut hashes = Vec::new();
    for late_days in [40, 50] {
        let (_, answer) = a.post("/v1/agreements", TOML, amended(late_days)).await;
        hashes.push(answer["agreement"].as_str().unwrap().to_owned());
    }
    let (status, answer) = a.post(&format!("/v1/agreements/{}/sign", hashes[0]), JSON, "").await;
    assert_eq!((status, &answer["in_force"]), (StatusCode::OK, &json!(false)));
    let (status, answer) = a.post(&format!("/v1/agreements/{}/sign", hashes[1]), JSON, "").await;
    assert_eq!((status, &answer["code"]), (StatusCode::FORBIDDEN, &json!("refused")), "{answer}");
}

#[tokio::test]
async fn a_faulty_draft_is_refused_with_its_lines() {
    let (a, _b) = partners().await;
    let (status, answer) = a.post("/v1/agreements", TOML, DRAFT.replace("kinds = [", "kind = [")).await;
    assert_eq!((status, &answer["code"]), (StatusCode::BAD_REQUEST, &json!("usage")));
    assert!(answer["detail"].as_str().unwrap().contains("line "), "{answer}");
    assert_eq!(answer["field"], "clause[0].kind");
    let (_, answer) = a.post("/v1/agreements", "text/plain", DRAFT).await;
    assert!(answer["detail"].as_str().unwrap().contains("application/toml"), "{answer}");
}

#[tokio::test]
async fn a_rotated_card_keeps_the_agency_its_trust_and_its_channels() {
    let (a, b) = partners().await;
    let hash = drafted(&a).await;
    for agency in [&b, &a] {
        let (_, bundle) = a.get(&format!("/v1/agreements/{hash}/bundle")).await;
        agency.post("/v1/agreements/import", JSON, bundle).await;
        agency.post(&format!("/v1/agreements/{hash}/sign"), JSON, "").await;
        let (_, bundle) = agency.get(&format!("/v1/agreements/{hash}/bundle")).await;
        a.post("/v1/agreements/import", JSON, bundle).await;
    }
    let channel = a.node.channel(&hash.parse().unwrap()).expect("the agreement is in force");
    let next = b.dir.path().join("offline.sealed");
    std::fs::rename(b.folder().join(keys::NEXT_FILE), &next).unwrap();
    let (_, old) = b.get("/v1/card").await;
    let rotate = |file: &Path, passphrase: &[u8]| {
        json!({
            "next_keys": std::fs::read_to_string(file).unwrap(),
            "passphrase": str::from_utf8(passphrase).unwrap(),
            "addresses": ["https://127.0.0.1:3"],
        })
        .to_string()
    };
    let (status, _) = b.post("/v1/card/rotate", JSON, rotate(&next, b"a wrong passphrase")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    // A wrong passphrase stops the next try for a while, also the right one.
    let (status, _) = b.post("/v1/card/rotate", JSON, rotate(&next, PASSPHRASE)).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    tokio::time::sleep(std::time::Duration::from_millis(node::limits::GUESS_PAUSE_MS_MIN)).await;
    let (status, answer) = b.post("/v1/card/rotate", JSON, rotate(&next, PASSPHRASE)).await;
    assert_eq!((status, &answer["serial"]), (StatusCode::OK, &json!(2)), "{answer}");

    let (_, new) = b.get("/v1/card").await;
    let (_, row) = a.post("/v1/peers", JSON, new.clone()).await;
    assert_eq!((&row["trusted"], &row["serial"]), (&json!(true), &json!(2)), "{row}");
    let (_, row) = a.post("/v1/peers", JSON, old).await;
    assert_eq!(row["serial"], 2, "an older card file changes nothing");
    assert_eq!(channel.value().parties()[&b.id()].current().serial, 2, "the channel knows the newer card");
    let card = CardChain::parse(node::db::SUITE, &new).unwrap();
    assert_eq!(a.node.pins.agency(&card.current().tls_pin), Some(b.id()));

    // The node starts again with the TLS key that its new card names.
    let folder = b.folder();
    let Agency { dir, node } = b;
    drop(node);
    let reopened = Node::open(&folder, PASSPHRASE).unwrap();
    assert_eq!(reopened.identity.pin(), card.current().tls_pin);
    drop((reopened, dir));
}

#[tokio::test]
async fn whoever_guesses_at_the_passphrase_learns_nothing_else_and_waits() {
    let b = Agency::new("XAB", 2);
    let next = std::fs::read_to_string(b.folder().join(keys::NEXT_FILE)).unwrap();
    let own = std::fs::read_to_string(b.folder().join(keys::FILE)).unwrap();
    let mut said = std::collections::BTreeSet::new();
    let tries = [
        (next.as_str(), "a wrong passphrase"),
        ("no key file", "a wrong passphrase"),
        ("{}", "correct horse battery staple"),
        (&own, "correct horse battery staple"),
        ("", "x"),
    ];
    for (round, (next_keys, passphrase)) in tries.into_iter().enumerate() {
        // Each comes after the pause of the one before.
        let pause = if round == 0 { 0 } else { node::limits::GUESS_PAUSE_MS_MIN << (round - 1) };
        tokio::time::sleep(std::time::Duration::from_millis(pause)).await;
        let body = json!({ "next_keys": next_keys, "passphrase": passphrase }).to_string();
        let (status, answer) = b.post("/v1/card/rotate", JSON, body).await;
        said.insert((status, answer["detail"].to_string()));
    }
    assert_eq!(said.len(), 1, "one answer, whatever is wrong: {said:?}");
    // A path is none of its fields, and the port has no such route for anybody.
    let body = json!({ "next_keys_file": "/etc/passwd", "passphrase": "x" }).to_string();
    assert_eq!(b.post("/v1/card/rotate", JSON, body.clone()).await.0, StatusCode::BAD_REQUEST);
    let (_, made) = b.post("/v1/tokens", JSON, r#"{"name":"made up","role":"node_admin"}"#).await;
    let request = Request::post("/v1/card/rotate")
        .header(CONTENT_TYPE, JSON)
        .header("authorization", format!("Bearer {}", made["token"].as_str().unwrap()))
        .body(Body::from(body))
        .unwrap();
    let answer = router::agency(b.node.clone(), Door::Port).oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_says_the_same_in_the_same_time_whatever_stands_at_the_address() {
    let a = Agency::new("XAA", 1);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let talks = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let talking = talks.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = talks.accept().await {
            let _ = tokio::io::AsyncWriteExt::write_all(&mut tcp, b"220 made up ESMTP\r\n").await;
        }
    });
    let fetch = async |address: String| {
        let begun = node::clock::now_ms();
        let (status, answer) = a.post("/v1/peers/fetch", JSON, json!({ "address": address }).to_string()).await;
        (status, answer["detail"].to_string(), node::clock::now_ms() - begun)
    };
    let places = [
        silent.local_addr().unwrap().to_string(),
        closed.to_string(),
        talking.to_string(),
        "no.such.invalid:1".into(),
        "169.254.169.254:80".into(),
    ];
    let mut said = std::collections::BTreeSet::new();
    let asked = places.map(|place| fetch(format!("https://{place}")));
    let [one, two, three, four, five] = asked;
    let answers = tokio::join!(one, two, three, four, five);
    for (status, detail, took_ms) in [answers.0, answers.1, answers.2, answers.3, answers.4] {
        let off = took_ms.abs_diff(node::limits::FETCH_FAILS_AFTER_MS);
        assert!(off < 300, "{took_ms} ms: {detail}");
        said.insert((status, detail));
    }
    assert_eq!(said.len(), 1, "{said:?}");
    // And not without end.
    for _ in 0..node::limits::FETCHES_AT_ONCE_MAX {
        let (status, ..) = fetch("https://no.port.invalid".into()).await;
        if status == StatusCode::TOO_MANY_REQUESTS {
            return;
        }
    }
    panic!("a scan goes on");
}

#[tokio::test]
async fn what_nobody_asked_for_is_little_and_goes() {
    let (a, b) = partners().await;
    let most = node::limits::OFFERS_OF_PARTNER_MAX;
    let mut offered = Vec::new();
    for number in 0..most + 2 {
        let text = DRAFT.replacen("late_days = 30", &format!("late_days = {}", number + 1), 1);
        let (status, answer) = a.post("/v1/agreements", TOML, text).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let hash = answer["agreement"].as_str().unwrap().to_owned();
        a.post(&format!("/v1/agreements/{hash}/sign"), JSON, "").await;
        offered.push(hash);
    }
    let hand_over = async |hash: &String| {
        let (_, bundle) = a.get(&format!("/v1/agreements/{hash}/bundle")).await;
        b.as_partner(Some(a.id()), "/peer/v1/agreements", bundle).await.0
    };
    for (number, hash) in offered.iter().enumerate() {
        let expected = if number < most { StatusCode::OK } else { StatusCode::TOO_MANY_REQUESTS };
        assert_eq!(hand_over(hash).await, expected, "{number}");
        // The same again changes nothing.
        assert_eq!(hand_over(hash).await, expected, "{number}");
    }
    // Signed is no longer unasked, and what is discarded makes room too.
    b.post(&format!("/v1/agreements/{}/sign", offered[0]), JSON, "").await;
    assert_eq!(hand_over(&offered[most]).await, StatusCode::OK);
    assert_eq!(b.post(&format!("/v1/agreements/{}/discard", offered[1]), JSON, "").await.0, StatusCode::OK);
    assert_eq!(b.post(&format!("/v1/agreements/{}/discard", offered[1]), JSON, "").await.0, StatusCode::NOT_FOUND);
    assert_eq!(b.post(&format!("/v1/agreements/{}/discard", offered[0]), JSON, "").await.0, StatusCode::CONFLICT);
    assert_eq!(hand_over(&offered[most + 1]).await, StatusCode::OK);
    // After a quarter nobody remembers, but for what was signed.
    let kept = async || {
        serde_json::from_slice::<Value>(&b.get("/v1/agreements").await.1).unwrap()["agreements"]
            .as_array()
            .unwrap()
            .len()
    };
    let now = node::clock::now_ms();
    node::agreements::expire(&b.node.agreements, now + node::limits::OFFER_KEPT_MS / 2).unwrap();
    assert_eq!(kept().await, most + 1);
    node::agreements::expire(&b.node.agreements, now + node::limits::OFFER_KEPT_MS + 1_000_000).unwrap();
    assert_eq!(kept().await, 1);
}

#[tokio::test]
async fn a_forked_agency_is_frozen_for_good() {
    // spec: CARD-11
    let (a, b) = partners().await;
    let copy = tempfile::tempdir().unwrap();
    for name in [keys::FILE, keys::NEXT_FILE] {
        std::fs::copy(b.folder().join(name), copy.path().join(name)).unwrap();
    }
    let (_, old) = b.get("/v1/card").await;
    let rotate = json!({
        "next_keys": std::fs::read_to_string(copy.path().join(keys::NEXT_FILE)).unwrap(),
        "passphrase": str::from_utf8(PASSPHRASE).unwrap(),
    });
    b.post("/v1/card/rotate", JSON, rotate.to_string()).await;
    let (_, first) = b.get("/v1/card").await;

    // A thief of both key files issues another second card.
    b.node.store().put_meta(keys::CARDS_META, &old).unwrap();
    b.node.set_cards(std::sync::Arc::new(CardChain::parse(node::db::SUITE, &old).unwrap()));
    b.post("/v1/card/rotate", JSON, rotate.to_string()).await;
    let (_, second) = b.get("/v1/card").await;

    a.post("/v1/peers", JSON, first).await;
    let (status, answer) = a.post("/v1/peers", JSON, second).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    let confirm = json!({ "fingerprint": b.fingerprint() }).to_string();
    let (status, _) = a.post(&format!("/v1/peers/{}/confirm", b.id()), JSON, confirm).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let peer = a.node.peers.get(&b.id()).unwrap();
    assert!(peer.frozen && !peer.trusted);
    assert_eq!(a.node.pins.agency(&peer.chain.current().tls_pin), None);
}
