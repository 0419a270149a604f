//! Two administrators: what one of them, the socket and a thief of one token can't do.

use axum::{
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
};
use mithaq_doors::router;
use node::{
    Node,
    callers::{Door, Role, tokens::NewToken},
    limits,
};
use protocol::suite::SystemEntropy;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::world::{Pair, auditor};

/// What is answered to a caller at the socket.
async fn ask(node: &Node, token: Option<&str>, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
    let request = Request::builder().method(&method).uri(path).header(header::CONTENT_TYPE, "application/json");
    let request = token
        .into_iter()
        .fold(request, |request, token| request.header(header::AUTHORIZATION, format!("Bearer {token}")));
    let request = request.body(Body::from(body.to_string())).unwrap();
    let (head, body) = router::agency(node.clone(), Door::Socket).oneshot(request).await.unwrap().into_parts();
    let bytes = to_bytes(body, 1 << 20).await.unwrap();
    crate::described::check(&method, path, head.status, &bytes);
    (head.status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

async fn post(node: &Node, token: Option<&str>, path: &str, body: Value) -> (StatusCode, Value) {
    ask(node, token, Method::POST, path, &body).await
}

async fn administrator(node: &Node) -> (StatusCode, Value) {
    post(node, None, "/v1/tokens", json!({ "name": "administration", "role": "node_admin" })).await
}

fn text(made: &Value) -> String {
    made["token"].as_str().unwrap().to_owned()
}

/// The tokens of two administrators.
async fn two(node: &Node) -> (String, String) {
    (text(&administrator(node).await.1), text(&administrator(node).await.1))
}

#[tokio::test]
async fn where_administrators_are_people_two_tokens_of_one_are_one() {
    let pair = Pair::start().await;
    let node = &pair.a.node;
    // Nobody's in particular comes first, as before there were people; the two take over from it.
    let nobodys = text(&administrator(node).await.1);
    for name in ["Made-up Noor", "Made-up Zain"] {
        let (status, person) = post(node, None, "/v1/people", json!({ "name": name, "roles": ["node_admin"] })).await;
        assert_eq!(status, StatusCode::OK, "{person}");
    }
    let new = |name: &str| json!({ "name": "administration", "role": "node_admin", "person": name });
    let noor = text(&post(node, None, "/v1/tokens", new("Made-up Noor")).await.1);
    let by_two = async |asker: &str, second: &str, act: Value| {
        let (status, asked) = post(node, Some(asker), "/v1/seconds", act).await;
        assert_eq!(status, StatusCode::OK, "{asked}");
        let confirm = format!("/v1/seconds/{}/confirm", asked["id"].as_str().unwrap());
        let (status, confirmed) = post(node, Some(second), &confirm, Value::Null).await;
        let half = |answer: &Value, half: &str| answer[half].as_str().unwrap_or_default().to_owned();
        (status, half(&asked, "first_half") + &half(&confirmed, "second_half"))
    };
    let (_, zain) = by_two(&nobodys, &noor, asked("token", &new("Made-up Zain"))).await;
    // One person is one administrator, however many tokens they have.
    let (status, noor_again) = by_two(&zain, &noor, asked("token", &new("Made-up Noor"))).await;
    assert_eq!(status, StatusCode::OK);
    let (noor, noor_again, zain) = (&noor, &noor_again, &zain);
    // Tokens of nobody are made no more, and decide nothing.
    assert_ne!(administrator(node).await.0, StatusCode::OK);
    let (status, asked) = post(node, Some(noor), "/v1/seconds", asked("token", &reader())).await;
    assert_eq!(status, StatusCode::OK, "{asked}");
    let confirm = format!("/v1/seconds/{}/confirm", asked["id"].as_str().unwrap());
    for token in [noor, noor_again, &nobodys] {
        assert_eq!(post(node, Some(token), &confirm, Value::Null).await.0, StatusCode::FORBIDDEN);
    }
    assert_eq!(post(node, Some(zain), &confirm, Value::Null).await.0, StatusCode::OK);
    // Who somebody is, and whose a key is, two decide as well.
    let about = json!({ "name": "Made-up Third", "roles": ["node_admin"] });
    assert_ne!(post(node, Some(zain), "/v1/people", about.clone()).await.0, StatusCode::OK);
    assert_ne!(post(node, None, "/v1/people", about.clone()).await.0, StatusCode::OK);
    let (_, asked) = post(node, Some(zain), "/v1/seconds", json!({ "act": "person", "about": about })).await;
    // What waits names somebody, and the database does not.
    let files = ["mithaq.db", "mithaq.db-wal"].map(|file| std::fs::read(pair.a.dir.join(file)).unwrap_or_default());
    assert!(!files.concat().windows(13).any(|part| part == b"Made-up Third"), "a name stands in the database");
    let confirm = format!("/v1/seconds/{}/confirm", asked["id"].as_str().unwrap());
    assert_eq!(post(node, Some(zain), &confirm, Value::Null).await.0, StatusCode::FORBIDDEN);
    let (status, confirmed) = post(node, Some(noor), &confirm, Value::Null).await;
    assert_eq!((status, confirmed["done"].as_str()), (StatusCode::OK, Some("person")), "{confirmed}");
}

fn reader() -> Value {
    json!({ "name": "desk", "role": "case_officer", "purposes": ["coordination"] })
}

fn asked(act: &str, of: &Value) -> Value {
    let mut asked = of.clone();
    asked["act"] = act.into();
    asked
}

#[tokio::test]
async fn from_the_second_administrator_on_nobody_decides_alone_who_reads() {
    let pair = Pair::start().await;
    let node = &pair.a.node;
    let (a, b) = two(node).await;
    let officer =
        json!({ "office": "Desk 9", "scheme": "ed25519", "public": "3q2+796tvu/erb7v3q2+796tvu/erb7v3q2+796tvu8=" });
    let officers = format!("/v1/channels/{}/officers", pair.channel);
    let file = serde_json::to_value(node::auditors::PublicFile::new(auditor())).unwrap();
    let acts = [("/v1/tokens", reader()), (officers.as_str(), officer), ("/v1/auditors", file)];
    for token in [None, Some(a.as_str()), Some(b.as_str())] {
        for (path, body) in &acts {
            let (status, answer) = post(node, token, path, body.clone()).await;
            assert_eq!((&answer["code"], status.is_success()), (&json!("refused"), false), "{path}: {answer}");
            assert!(answer["detail"].as_str().unwrap().contains("mithaq second confirm"), "{answer}");
        }
        let (_, third) = post(node, token, "/v1/tokens", json!({ "name": "third", "role": "node_admin" })).await;
        assert_eq!(third["code"], "refused", "nor who decides");
    }

    let (status, waiting) = post(node, Some(&a), "/v1/seconds", asked("token", &reader())).await;
    assert_eq!(status, StatusCode::OK, "{waiting}");
    let confirm = format!("/v1/seconds/{}/confirm", waiting["id"].as_str().unwrap());
    for (token, what) in [(Some(a.as_str()), "who asked"), (None, "the socket")] {
        assert_eq!(post(node, token, &confirm, json!({})).await.0, StatusCode::FORBIDDEN, "{what}");
    }
    let half = waiting["first_half"].as_str().unwrap();
    let counts = |text: &str| node.tokens.find(text, node::clock::now_ms()).is_some();
    assert!(!counts(half));
    let (status, confirmed) = post(node, Some(&b), &confirm, json!({})).await;
    assert_eq!((status, &confirmed["done"]), (StatusCode::OK, &json!("token")), "{confirmed}");
    let other = confirmed["second_half"].as_str().unwrap();
    assert!(!counts(half) && !counts(other) && !counts(&format!("{other}{half}")));
    assert!(!counts(&format!("{half}{}", "0".repeat(other.len()))));
    assert!(counts(&format!("{half}{other}")), "both halves together");
    assert_eq!(post(node, Some(&b), &confirm, json!({})).await.0, StatusCode::NOT_FOUND, "once");
    let kept = String::from_utf8(node.reader().unwrap().meta("tokens").unwrap().unwrap()).unwrap();
    let secret = half.rsplit('_').next().unwrap();
    assert!(!kept.contains(secret) && !kept.contains(other));
}

#[tokio::test]
async fn officers_and_auditors_are_enrolled_by_two() {
    let pair = Pair::start().await;
    let node = &pair.a.node;
    let (a, b) = two(node).await;
    let officer =
        json!({ "office": "Desk 9", "scheme": "ed25519", "public": "3q2+796tvu/erb7v3q2+796tvu/erb7v3q2+796tvu8=" });
    let of = json!({ "channel": pair.channel.to_string(), "officer": officer });
    let (_, waiting) = post(node, Some(&a), "/v1/seconds", asked("officer", &of)).await;
    let id = waiting["id"].as_str().unwrap_or_else(|| panic!("{waiting}"));
    let (status, done) = post(node, Some(&b), &format!("/v1/seconds/{id}/confirm"), json!({})).await;
    assert_eq!((status, &done["done"]), (StatusCode::OK, &json!("officer")), "{done}");
    let list = ask(node, None, Method::GET, &format!("/v1/channels/{}/officers", pair.channel), &Value::Null).await.1;
    assert!(list.to_string().contains("Desk 9"), "{list}");

    let file = serde_json::to_value(node::auditors::PublicFile::new(auditor())).unwrap();
    let (_, waiting) = post(node, Some(&b), "/v1/seconds", asked("auditor", &json!({ "file": file }))).await;
    let id = waiting["id"].as_str().unwrap_or_else(|| panic!("{waiting}"));
    // What is refused is over, whoever refuses it.
    assert_eq!(post(node, None, &format!("/v1/seconds/{id}/refuse"), json!({})).await.0, StatusCode::OK);
    assert_eq!(post(node, Some(&a), &format!("/v1/seconds/{id}/confirm"), json!({})).await.0, StatusCode::NOT_FOUND);
    let bad = json!({ "channel": pair.channel.to_string(), "officer": { "office": "", "scheme": "ed25519", "public": "AAAA" } });
    let (status, answer) = post(node, Some(&a), "/v1/seconds", asked("officer", &bad)).await;
    assert_eq!((status, &answer["field"]), (StatusCode::BAD_REQUEST, &json!("public")), "{answer}");
}

#[tokio::test]
async fn a_revoked_administrators_wish_is_not_confirmed_and_a_successor_waits() {
    let pair = Pair::start().await;
    let node = &pair.a.node;
    let (first, second) = (administrator(node).await.1, administrator(node).await.1);
    let (a, b) = (text(&first), text(&second));
    let (_, waiting) = post(node, Some(&a), "/v1/seconds", asked("token", &reader())).await;
    let confirm = format!("/v1/seconds/{}/confirm", waiting["id"].as_str().unwrap());
    let revoke = format!("/v1/tokens/{}/revoke", first["id"].as_str().unwrap());
    assert_eq!(post(node, None, &revoke, json!({})).await.0, StatusCode::OK);
    assert_eq!(post(node, Some(&b), &confirm, json!({})).await.0, StatusCode::FORBIDDEN);
    let alone = post(node, Some(&b), "/v1/seconds", asked("token", &reader())).await;
    assert_eq!(alone.1["code"], "conflict", "there is nobody who could confirm it");

    // One alone at the socket puts another in the place of the one who was revoked, and still can't decide with it.
    assert_eq!(post(node, None, "/v1/tokens", reader()).await.1["code"], "refused");
    let (status, successor) = administrator(node).await;
    assert_eq!(status, StatusCode::OK, "{successor}");
    let c = text(&successor);
    let (_, waiting) = post(node, Some(&b), "/v1/seconds", asked("token", &reader())).await;
    let confirm = format!("/v1/seconds/{}/confirm", waiting["id"].as_str().unwrap());
    assert_eq!(post(node, Some(&c), &confirm, json!({})).await.0, StatusCode::FORBIDDEN, "for a day");
    let doctor = ask(node, None, Method::GET, "/v1/doctor", &Value::Null).await.1.to_string();
    assert!(doctor.contains(successor["id"].as_str().unwrap()), "{doctor}");
    let (_, waiting) = post(node, Some(&c), "/v1/seconds", asked("token", &reader())).await;
    let confirm = format!("/v1/seconds/{}/confirm", waiting["id"].as_str().unwrap());
    assert_eq!(post(node, Some(&b), &confirm, json!({})).await.0, StatusCode::OK, "who was there before confirms");
}

#[tokio::test]
async fn a_token_of_an_administrator_decides_nothing_alone_also_before_there_is_a_second() {
    let pair = Pair::start().await;
    let node = &pair.a.node;
    let a = text(&administrator(node).await.1);
    assert_eq!(post(node, Some(&a), "/v1/tokens", reader()).await.1["code"], "refused");
    let fewer = json!({ "name": "reads", "role": "node_admin", "only": ["node:read"] });
    assert_eq!(post(node, None, "/v1/tokens", fewer).await.0, StatusCode::OK);
    assert_eq!(post(node, None, "/v1/tokens", reader()).await.0, StatusCode::OK, "the socket, until two can decide");
    let doctor = ask(node, None, Method::GET, "/v1/doctor", &Value::Null).await.1.to_string();
    assert!(doctor.contains("fewer than two administrators"), "{doctor}");
}

#[tokio::test]
async fn what_waits_is_kept_bounded_and_over_after_a_day() {
    let mut pair = Pair::start().await;
    let node = &pair.a.node.clone();
    let a = text(&administrator(node).await.1);
    administrator(node).await;
    let wanted = |number: usize| {
        let mut wanted = asked("token", &reader());
        wanted["name"] = format!("desk {number}").into();
        wanted
    };
    for number in 0..limits::SECONDS_MAX {
        assert_eq!(post(node, Some(&a), "/v1/seconds", wanted(number)).await.0, StatusCode::OK);
    }
    for number in [0, limits::SECONDS_MAX] {
        let more = post(node, Some(&a), "/v1/seconds", wanted(number)).await;
        assert_eq!(more.0, StatusCode::CONFLICT, "the same again, and one too many: {}", more.1);
    }
    pair.a.stop().await;
    let dir = pair.folder.path().join("again");
    assert!(std::process::Command::new("cp").arg("-a").arg(&pair.a.dir).arg(&dir).status().unwrap().success());
    let kept = crate::world::TestNode::reopen(dir).node.seconds.list(0);
    assert_eq!(kept.len(), limits::SECONDS_MAX);
    let until = kept[limits::SECONDS_MAX - 1].until_ms;
    assert_eq!(node.seconds.list(until).len(), 0, "after a day");
    let new = NewToken {
        name: "x".into(),
        person: None,
        role: Role::Auditor,
        office: None,
        only: None,
        purposes: Vec::new(),
        days: 1,
    };
    assert!(node.tokens.create(node, (new, 0), &mut SystemEntropy).is_ok());
}
