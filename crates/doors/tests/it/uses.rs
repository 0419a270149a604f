//! What may be done with what was received: purposes of tokens, the provider's permissions, reviews.

use std::time::Duration;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use axum::{
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
};
use mithaq_doors::router;
use node::{
    callers::{Door, Role, purposes::PURPOSE, tokens::NewToken},
    clock,
    db::SUITE,
    reviews,
};
use protocol::{
    agreement::ApprovalRole,
    encoding::to_base64,
    id::ChannelId,
    origin::{Lane, Origin},
    record::{self, Approval, Context, Enrolment, officer_digest},
    suite::{SystemEntropy, random_32},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
    time::{sleep, timeout},
};
use tower::ServiceExt as _;

use crate::world::{Pair, TestNode};

/// Beside the clauses of the test agreement, one for another purpose, with permissions in both.
pub const BORDER: &str = r#"
[[clause]]
id = "border"
purpose = "border_control"
kinds = ["correspondence.note/1", "correspondence.file/1", "requests.request/1"]
authors = ["XAA", "XAB"]
subject_categories = ["suspect"]
text.en = "Either party may write about crossings."

[[clause]]
id = "permissions"
purpose = "coordination"
kinds = ["requests.permission_request/1", "requests.permission/1"]
authors = ["XAA", "XAB"]
text.en = "Either party may ask for permissions and give them."
"#;

const MATTER: &str = "0123456789abcdef0123456789abcdef";
const REQUEST: &str = include_str!("../../../desks/src/requests/request/testdata/example.json");

async fn start() -> Pair {
    Pair::under(|toml| toml + BORDER).await
}

pub fn token(node: &TestNode, role: Role, purposes: &[&str]) -> String {
    let purposes = purposes.iter().map(|purpose| (*purpose).to_owned()).collect();
    let new = NewToken { name: role.name().into(), person: None, role, office: None, only: None, purposes, days: 1 };
    node.node.tokens.create(&node.node, (new, 0), &mut SystemEntropy).unwrap().1.to_string()
}

/// Asks at the port, perhaps for one purpose only.
pub async fn ask(
    node: &TestNode,
    token: &str,
    purpose: Option<&str>,
    method: Method,
    path: &str,
    body: &Value,
) -> Asked {
    let request = Request::builder()
        .method(method.clone())
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json");
    let request = purpose.into_iter().fold(request, |request, purpose| request.header(PURPOSE, purpose));
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let answer = router::agency(node.node.clone(), Door::Port).oneshot(request.body(body).unwrap()).await.unwrap();
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), 1 << 26).await.unwrap();
    crate::described::check(&method, path, status, &bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Asked { status, json: serde_json::from_str(&text).unwrap_or(Value::Null), text }
}

pub struct Asked {
    pub status: StatusCode,
    pub json: Value,
    pub text: String,
}

impl Asked {
    pub fn lines(&self) -> Vec<Value> {
        self.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Refused, by this rule.
    pub fn by(&self, rule: &str) -> bool {
        self.status == StatusCode::FORBIDDEN && self.json["rule"] == rule
    }
}

pub async fn get(node: &TestNode, token: &str, path: &str) -> Asked {
    ask(node, token, None, Method::GET, path, &Value::Null).await
}

/// A line for a record of a thread under a clause.
fn line(channel: &ChannelId, (clause, purpose): (&str, &str), kind: &str, thread: &str, body: &str) -> String {
    let header = json!({
        "kind": kind, "thread": thread, "clause": clause, "purpose": purpose, "handling": ["H1", "H2"],
        "urgency": "normal", "evaluation": {"source": "X", "info": "4"}, "retain_until": "2027-06-30",
        "media_type": "application/json",
    });
    format!("{}\n", json!({ "channel": channel, "header": header, "body": body }))
}

const NOTES: (&str, &str) = ("notes", "coordination");
const CROSSINGS: (&str, &str) = ("border", "border_control");
const PERMISSIONS: (&str, &str) = ("permissions", "coordination");

fn note(channel: &ChannelId, clause: (&str, &str), thread: &str, words: &str) -> String {
    let body = json!({ "subject": words, "text": "made up words", "language": "en" });
    line(channel, clause, "correspondence.note/1", thread, &body.to_string())
}

/// Sends, waits until it is delivered, and gives back the record's path and place.
pub async fn send(from: &TestNode, channel: &ChannelId, line: &str) -> (String, String) {
    let answers = from.submit(line, "wait=delivered&timeout_s=30", None).await;
    assert_eq!(answers[0]["state"], "delivered", "{answers:?}");
    let place = format!("{}/{}", answers[0]["ref"]["log"].as_str().unwrap(), answers[0]["ref"]["index"]);
    (format!("{channel}/{place}"), place)
}

/// Until lists and search show so many.
pub async fn until(node: &TestNode, token: &str, path: &str, member: &str, count: usize) -> Value {
    let mut answer = Value::Null;
    for _ in 0..400 {
        answer = get(node, token, path).await.json;
        if answer[member].as_array().map(Vec::len) == Some(count) {
            return answer;
        }
        sleep(Duration::from_millis(25)).await;
    }
    panic!("{path} stayed at {answer}");
}

/// What is followed from the beginning until so many records came.
async fn followed(node: &TestNode, token: &str, records: usize) -> String {
    let mut socket = UnixStream::connect(node.dir.join(mithaq_doors::serve::SOCKET)).await.unwrap();
    let request =
        format!("GET /v1/follow?after=0 HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let (mut text, mut buffer) = (String::new(), [0; 4096]);
    let read = async {
        while text.matches("event: record\n").count() < records {
            let length = socket.read(&mut buffer).await.unwrap();
            assert!(length > 0, "the stream ended: {text}");
            text.push_str(&String::from_utf8_lossy(&buffer[..length]));
        }
    };
    timeout(Duration::from_secs(20), read).await.expect("the events came");
    text
}

fn entries(node: &TestNode) -> Vec<Value> {
    let entries = node.node.reader().unwrap().audit_from(0, 10_000).unwrap();
    entries.iter().map(|entry| serde_json::from_slice(&entry.entry).unwrap()).collect()
}

// spec: USE-2, USE-3, USE-4
#[tokio::test(flavor = "multi_thread")]
async fn what_was_supplied_for_another_purpose_is_in_no_list_and_refused_by_name() {
    let pair = start().await;
    let channel = pair.channel;
    let thread = |number: u8| format!("{number:032x}");
    // Two purposes, one after the other, so that every page and batch has both.
    let mut crossing = None;
    for number in 1..=4 {
        send(&pair.b, &channel, &note(&channel, NOTES, &thread(number), "lorry for coordination")).await;
        let sent = send(&pair.b, &channel, &note(&channel, CROSSINGS, &thread(number + 10), "lorry CROSSCANARY")).await;
        crossing = Some(sent.0);
    }
    send(&pair.b, &channel, &line(&channel, CROSSINGS, "requests.request/1", &thread(21), REQUEST)).await;
    send(&pair.a, &channel, &note(&channel, CROSSINGS, &thread(31), "lorry of our own")).await;
    let uploaded = pair.b.json(Method::PUT, "/v1/attachments?name=made-up.bin", vec![7; 5_000]).await;
    let file = json!({ "title": "a file", "description": "made up", "language": "en" }).to_string();
    let mut with_file: Value =
        serde_json::from_str(&line(&channel, CROSSINGS, "correspondence.file/1", &thread(41), &file)).unwrap();
    with_file["header"]["attachments"] = json!([uploaded]);
    let (file, _) = send(&pair.b, &channel, &format!("{with_file}\n")).await;
    let crossing = crossing.unwrap();

    let officer = token(&pair.a, Role::CaseOfficer, &["coordination"]);
    let border = token(&pair.a, Role::CaseOfficer, &["border_control"]);
    let both = token(&pair.a, Role::CaseOfficer, &["coordination", "border_control"]);
    let dpo = token(&pair.a, Role::Dpo, &[]);
    let nothing = token(&pair.a, Role::CaseOfficer, &["forensic"]);

    // Lists: all pages together have what is for the purpose, and the agency's own.
    for (token, wanted) in [(&officer, 5), (&border, 7), (&both, 11), (&dpo, 11), (&nothing, 1)] {
        let (mut cursor, mut listed) = (String::new(), Vec::new());
        loop {
            let page = get(&pair.a, token, &format!("/v1/records?limit=2{cursor}")).await.lines();
            let Some(last) = page.last() else { break };
            cursor = format!("&cursor={}", last["cursor"].as_str().unwrap());
            listed.extend(page.into_iter().filter(|line| !line["kind"].as_str().unwrap().starts_with("mithaq.")));
        }
        assert_eq!(listed.len(), wanted, "{listed:?}");
    }
    // Threads: a page is whole, the next one goes on behind it.
    for (token, wanted) in [(&officer, 5), (&border, 7), (&dpo, 11), (&nothing, 1)] {
        let all = until(&pair.a, token, "/v1/threads?limit=50", "threads", wanted).await;
        assert_eq!(all["next"], Value::Null);
        let half = get(&pair.a, token, "/v1/threads?limit=2").await.json;
        assert_eq!(half["threads"].as_array().unwrap().len(), wanted.min(2));
        assert_eq!(half["next"].is_string(), wanted > 2);
    }
    // Search: titles and standings are of the purpose too.
    for (token, wanted) in [(&officer, 5), (&border, 5), (&both, 9), (&dpo, 9), (&nothing, 1)] {
        until(&pair.a, token, "/v1/search?q=lorry", "hits", wanted).await;
    }
    let canary = get(&pair.a, &officer, "/v1/search?q=crosscanary").await;
    assert!(canary.json["hits"].as_array().unwrap().is_empty() && !canary.text.contains("CROSSCANARY"));
    // Followed: five records of the first purpose (and an own one), none of the other.
    let events = followed(&pair.a, &officer, 5).await;
    assert!(!events.contains("CROSSCANARY") && !events.contains("requests.request"), "{events}");
    assert!(followed(&pair.a, &border, 6).await.contains("CROSSCANARY"));
    // Once a follower is gone, the log says what it was shown.
    let mut shown = 0;
    for _ in 0..400 {
        shown = entries(&pair.a).iter().filter(|entry| entry["facts"]["shown_upto"].as_u64() > Some(0)).count();
        if shown == 2 {
            break;
        }
        sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(shown, 2, "{:?}", entries(&pair.a).last());

    // Single ones: refused by name, with what to do.
    let digest = uploaded["sha256"].as_str().unwrap();
    let paths = [
        format!("/v1/records/{crossing}"),
        format!("/v1/evidence/{crossing}"),
        format!("/v1/records/{file}/attachments/{digest}"),
        format!("/v1/threads/{}", thread(21)),
    ];
    for path in &paths {
        let refused = get(&pair.a, &officer, path).await;
        assert!(refused.by("PUR-01"), "{path}: {}", refused.text);
        assert!(refused.text.contains("border_control") && refused.text.contains("requests.permission_request/1"));
        for token in [&border, &both, &dpo] {
            let shown = get(&pair.a, token, path).await;
            assert_eq!(shown.status, StatusCode::OK, "{path}: {}", shown.text);
        }
        // A request may narrow a token to one purpose, and only to one of its own.
        for (purpose, allowed) in [("border_control", true), ("coordination", false), ("forensic", false)] {
            let answer = ask(&pair.a, &both, Some(purpose), Method::GET, path, &Value::Null).await;
            assert_eq!(answer.status == StatusCode::OK, allowed, "{path} for {purpose}: {}", answer.text);
        }
    }
    let narrowed = ask(&pair.a, &both, Some("coordination"), Method::GET, "/v1/threads", &Value::Null).await;
    assert_eq!(narrowed.json["threads"].as_array().unwrap().len(), 5);

    // Who reads, why and to whom stands in the audit log, of what was refused too.
    let entries = entries(&pair.a);
    let read =
        |path: &str, status: u64| entries.iter().rfind(|e| e["target"] == path && e["status"] == status).unwrap();
    assert_eq!(read(&paths[0], 200)["why"], "border_control", "the purpose that fitted, of two");
    assert_eq!(read(&paths[0], 403)["facts"]["refused"], "PUR-01");
    assert_eq!(
        (&read(&paths[1], 200)["to"], &read(&paths[1], 200)["facts"]["use"]),
        (&"caller".into(), &"verify".into())
    );
}

// spec: USE-4
#[tokio::test(flavor = "multi_thread")]
async fn an_own_thread_shows_of_a_record_for_another_purpose_only_that_it_is_there() {
    let pair = start().await;
    let channel = pair.channel;
    send(&pair.a, &channel, &line(&channel, ("requests", "coordination"), "requests.request/1", MATTER, REQUEST)).await;
    send(&pair.b, &channel, &note(&channel, CROSSINGS, MATTER, "TITLECANARY")).await;
    let (officer, border) =
        (token(&pair.a, Role::CaseOfficer, &["coordination"]), token(&pair.a, Role::CaseOfficer, &["border_control"]));
    let path = format!("/v1/threads/{MATTER}");
    let mut shown = get(&pair.a, &border, &path).await;
    for _ in 0..400 {
        if shown.text.contains("TITLECANARY") {
            break;
        }
        sleep(Duration::from_millis(25)).await;
        shown = get(&pair.a, &border, &path).await;
    }
    assert!(shown.text.contains("TITLECANARY"), "{}", shown.text);
    let hidden = get(&pair.a, &officer, &path).await;
    assert!(!hidden.text.contains("TITLECANARY") && !hidden.text.contains("correspondence.note/1"), "{}", hidden.text);
    let events = hidden.json["events"].as_array().unwrap();
    assert!(events.iter().any(|event| event["withheld_by"] == "PUR-01" && event["index"].is_u64()));
    let opener = events.iter().find(|event| event["kind"] == "requests.request/1").unwrap();
    assert!(opener["title"].is_string() && opener["withheld_by"].is_null());
}

/// What the provider decides about a use of a record.
fn decision(channel: &ChannelId, thread: &str, record: &str, what: &Value) -> String {
    let mut body = what.clone();
    body["record"] = record.into();
    line(channel, PERMISSIONS, "requests.permission/1", thread, &body.to_string())
}

// spec: USE-5, USE-6, USE-7, USE-8
#[tokio::test(flavor = "multi_thread")]
async fn only_the_providers_permission_opens_a_further_use_and_only_as_long_as_it_lasts() {
    let pair = start().await;
    let channel = pair.channel;
    let (record, place) = send(&pair.b, &channel, &note(&channel, NOTES, MATTER, "an answer")).await;
    let officer = token(&pair.a, Role::CaseOfficer, &["coordination"]);
    let border = token(&pair.a, Role::CaseOfficer, &["border_control"]);
    let tokens = [token(&pair.a, Role::Dpo, &[]), token(&pair.a, Role::Auditor, &[])];
    let path = format!("/v1/records/{record}/uses");
    let court = json!({ "use": "court", "to": "Court of Sample City" });
    let office = json!({ "use": "office", "to": "Customs, desk 3" });
    let purpose = json!({ "use": "purpose", "purpose": "border_control" });
    let use_as = async |token: &str, wanted: &Value| ask(&pair.a, token, None, Method::POST, &path, wanted).await;
    let wanted = [(&court, "HAN-02"), (&office, "HAN-03"), (&purpose, "PUR-02")];
    let all_refused = async |when: &str| {
        for (wanted, rule) in wanted {
            let refused = use_as(&officer, wanted).await;
            assert!(refused.by(rule), "{when}: {wanted}: {}", refused.text);
        }
        let read = get(&pair.a, &border, &format!("/v1/records/{record}")).await;
        assert!(read.by("PUR-01"), "{when}: {}", read.text);
    };

    all_refused("nobody asked").await;
    for token in &tokens {
        assert_eq!(use_as(token, &court).await.json["code"], "forbidden", "oversight uses nothing");
    }
    assert!(use_as(&border, &court).await.by("PUR-01"), "nor does another purpose");
    for wrong in [json!({ "use": "court" }), json!({ "use": "purpose" }), json!({ "use": "purpose", "to": "x" })] {
        assert_eq!(use_as(&officer, &wrong).await.status, StatusCode::BAD_REQUEST, "{wrong}");
    }

    // From whoever is not the provider, in another thread, for another recipient, until yesterday: no effect.
    let granted = |use_of: &Value| {
        let mut granted = use_of.clone();
        granted["decision"] = "granted".into();
        granted["until"] = clock::today().plus_days(30).to_string().into();
        granted
    };
    let over = clock::today().plus_days(30).to_string();
    let yesterday = protocol::date::Date::from_unix_ms(clock::now_ms() - 86_400_000).unwrap();
    for use_of in [&court, &office, &purpose] {
        let own = pair.a.submit_as(&officer, &decision(&channel, MATTER, &place, &granted(use_of))).await;
        assert_eq!(own[0]["state"], "recorded", "{own:?}");
        let other = decision(&channel, &"f".repeat(32), &place, &granted(use_of));
        let other = pair.b.submit(&other, "wait=recorded", None).await;
        assert_eq!(other[0]["error"]["field"], "thread", "{other:?}");
        let mut expired = granted(use_of);
        expired["until"] = yesterday.to_string().into();
        send(&pair.b, &channel, &decision(&channel, MATTER, &place, &expired)).await;
        let elsewhere = json!({ "use": "office", "to": "Another office", "decision": "granted", "until": over });
        send(&pair.b, &channel, &decision(&channel, MATTER, &place, &elsewhere)).await;
        all_refused("nothing that counts").await;
    }

    // The provider permits one use after the other; each opens itself only.
    let mut permissions = Vec::new();
    for use_of in [&court, &office, &purpose] {
        permissions.push(send(&pair.b, &channel, &decision(&channel, MATTER, &place, &granted(use_of))).await);
        for (other, rule) in &wanted[permissions.len()..] {
            assert!(use_as(&officer, other).await.by(rule));
        }
        let allowed = use_as(&officer, use_of).await;
        assert_eq!(allowed.status, StatusCode::OK, "{}", allowed.text);
        let by = format!(
            "{}/{}",
            allowed.json["permissions"][0]["log"].as_str().unwrap(),
            allowed.json["permissions"][0]["index"]
        );
        assert_eq!(by, permissions.last().unwrap().1);
    }
    let entries = entries(&pair.a);
    let used = entries.iter().rfind(|entry| entry["facts"]["use"] == "court").unwrap();
    assert_eq!(
        (&used["act"], &used["why"], &used["to"]),
        (&"records:use".into(), &"coordination".into(), &court["to"])
    );

    // Evidence of it goes to that court only, and the file says for what it was taken.
    let evidence = |query: &str| format!("/v1/evidence/{record}?{query}");
    assert_eq!(
        get(&pair.a, &officer, &evidence("use=court&to=Court%20of%20Sample%20City")).await.status,
        StatusCode::OK
    );
    assert!(get(&pair.a, &officer, &evidence("use=court&to=Another%20court")).await.by("HAN-02"));
    assert!(get(&pair.a, &officer, &evidence("use=office&to=Somebody")).await.by("HAN-03"));
    assert_eq!(get(&pair.a, &officer, &evidence("use=court")).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(get(&pair.a, &officer, &evidence("use=oversight")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(get(&pair.a, &tokens[0], &evidence("use=oversight")).await.status, StatusCode::OK);
    assert!(get(&pair.a, &tokens[0], &evidence("use=court&to=Court%20of%20Sample%20City")).await.by("PUR-01"));

    // For the other purpose the one record is read; it is in no list for it.
    let read = get(&pair.a, &border, &format!("/v1/records/{record}")).await;
    assert_eq!(read.status, StatusCode::OK, "{}", read.text);
    let listed = get(&pair.a, &border, "/v1/records").await.lines();
    assert!(listed.iter().all(|line| line["kind"] != "correspondence.note/1"), "{listed:?}");

    // Revoked, erased, and a revocation that is erased: it is over each time.
    let revoked = json!({ "use": "court", "to": court["to"], "decision": "revoked" });
    let (revocation, _) = send(&pair.b, &channel, &decision(&channel, MATTER, &place, &revoked)).await;
    assert!(use_as(&officer, &court).await.by("HAN-02"), "revoked");
    assert_eq!(use_as(&officer, &office).await.status, StatusCode::OK, "the other stands");
    erase(&pair, &permissions[2].0).await;
    assert!(get(&pair.a, &border, &format!("/v1/records/{record}")).await.by("PUR-01"), "erased");
    send(&pair.b, &channel, &decision(&channel, MATTER, &place, &granted(&purpose))).await;
    assert_eq!(get(&pair.a, &border, &format!("/v1/records/{record}")).await.status, StatusCode::OK, "given again");
    erase(&pair, &revocation).await;
    assert!(use_as(&officer, &court).await.by("HAN-02"), "what was revoked does not come back");
}

/// Its author has a record erased, and the partner has obeyed.
async fn erase(pair: &Pair, record: &str) {
    let mut parts = record.split('/');
    let (channel, agency, epoch, lane, index) =
        (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap(), parts.next());
    let index: u64 = index.unwrap().parse().unwrap();
    let order = json!({ "channel": channel, "log": format!("{agency}/{epoch}/{lane}"), "index": index, "order": true });
    pair.b.json(Method::POST, "/v1/erase", order.to_string()).await;
    let auditor = token(&pair.a, Role::Auditor, &[]);
    for _ in 0..400 {
        if get(&pair.a, &auditor, &format!("/v1/records/{record}")).await.status == StatusCode::NOT_FOUND {
            return;
        }
        sleep(Duration::from_millis(25)).await;
    }
    panic!("{record} was not erased");
}

/// A record about a person that one officer releases alone.
pub async fn alone(pair: &Pair, ground: &str) -> String {
    let officer = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let enrol = json!({ "office": "Duty desk (made up)", "public": to_base64(officer.public_key().as_ref()), "scheme": "ed25519" });
    let path = format!("/v1/channels/{}/officers", pair.channel);
    let enrolled = pair.a.json(Method::POST, &path, enrol.to_string()).await;
    let index = enrolled["index"].as_u64().unwrap_or_else(|| panic!("{enrolled}"));
    let header = json!({
        "kind": "correspondence.note/1", "thread": MATTER, "clause": "border", "purpose": "border_control",
        "handling": ["H1", "H2"], "urgency": "urgent", "urgency_ground": ground,
        "evaluation": {"source": "X", "info": "4"}, "subject_category": "suspect", "retain_until": "2027-06-30",
        "media_type": "application/json", "fresh": hex::encode(&random_32(&mut SystemEntropy)[..16]),
    });
    let body = json!({ "subject": "made up", "text": "A made-up person is in danger.", "language": "en" }).to_string();
    let text = header.to_string();
    let context = Context { channel: pair.channel, author: pair.a.node.me, agreement: *pair.channel.bytes() };
    let digest = record::digest(SUITE, &context, text.as_bytes(), body.as_bytes());
    let origin = Origin { channel: pair.channel, agency: pair.a.node.me, epoch: 1, lane: Lane::Main };
    let enrolment = Enrolment { origin, index };
    let signature =
        officer.sign(&officer_digest(SUITE, ApprovalRole::Author.name(), &enrolment, &digest)).as_ref().to_vec();
    let approval = Approval::ed25519(ApprovalRole::Author, enrolment, signature);
    let approvals = serde_json::to_string(&[approval]).unwrap();
    // The header goes as it was signed.
    let line = json!({ "channel": pair.channel, "header": 0, "body": body, "approvals": approvals }).to_string();
    format!("{}\n", line.replace("\"header\":0", &format!("\"header\":{text}")))
}

// spec: USE-9, USE-10
#[tokio::test(flavor = "multi_thread")]
async fn what_one_officer_released_alone_is_reviewed_by_another() {
    let pair = start().await;
    let channel = pair.channel;
    let urgent = alone(&pair, "threat_to_life").await;
    let refused = pair.a.submit(&alone(&pair, "loss_of_relevance").await, "", None).await;
    assert_eq!(refused[0]["error"]["rule"], "EYE-03", "{refused:?}");
    let (one, _) = send(&pair.a, &channel, &urgent).await;
    // What two officers release, or concerns nobody, needs no review.
    send(&pair.a, &channel, &note(&channel, NOTES, MATTER, "nobody is concerned")).await;
    let listed = pair.a.json(Method::GET, "/v1/reviews", "").await;
    assert_eq!(listed["reviews"].as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(listed["reviews"][0]["submitted_by"], "socket");
    let path = format!("/v1/reviews/{one}");
    let confirm = json!({ "finding": "confirmed" });
    assert_eq!(pair.a.request(Method::POST, &path, confirm.to_string()).await.status, StatusCode::FORBIDDEN);

    // The second is submitted with a token of a role that reviews: not with the same token.
    let submitter = token(&pair.a, Role::ReleaseAuthority, &["border_control"]);
    let another = alone(&pair, "threat_to_life").await;
    let answers = pair.a.submit_as(&submitter, &another).await;
    let place = &answers[0]["ref"];
    let two = format!("{channel}/{}/{}", place["log"].as_str().unwrap(), place["index"]);
    let second = format!("/v1/reviews/{two}");
    let conclude =
        async |token: &str, path: &str, body: &Value| ask(&pair.a, token, None, Method::POST, path, body).await;
    assert!(conclude(&submitter, &second, &confirm).await.by("EYE-03"));
    let case_officer = token(&pair.a, Role::CaseOfficer, &["border_control"]);
    assert_eq!(conclude(&case_officer, &second, &confirm).await.json["code"], "forbidden");

    // A day later both are overdue; nothing of it hangs on what the process remembers.
    let later = clock::now_ms() + 25 * 3_600_000;
    let waiting = reviews::waiting(&pair.a.node, &pair.a.node.channels.ids(), later).unwrap();
    assert_eq!((waiting.open, waiting.overdue, waiting.objected), (2, 2, 0));
    assert_eq!(reviews::waiting(&pair.a.node, &pair.a.node.channels.ids(), clock::now_ms()).unwrap().overdue, 0);

    let dpo = token(&pair.a, Role::Dpo, &[]);
    let confirmed = conclude(&dpo, &path, &confirm).await;
    assert_eq!(
        (confirmed.status, &confirmed.json["outcome"]["role"]),
        (StatusCode::OK, &"dpo".into()),
        "{}",
        confirmed.text
    );
    assert_eq!(conclude(&submitter, &path, &confirm).await.status, StatusCode::CONFLICT);
    assert_eq!(conclude(&dpo, &second, &json!({ "finding": "objected" })).await.status, StatusCode::BAD_REQUEST);
    let objection = json!({ "finding": "objected", "ground": "no_threat_to_life" });
    let objected = conclude(&dpo, &second, &objection).await;
    assert_eq!(objected.status, StatusCode::OK, "{}", objected.text);
    let entry =
        entries(&pair.a).into_iter().rfind(|entry| entry["target"] == second && entry["status"] == 200).unwrap();
    assert_eq!((&entry["act"], &entry["facts"]["outcome"]["finding"]), (&"records:review".into(), &"objected".into()));
    let missing = conclude(&dpo, &format!("/v1/reviews/{channel}/{}/1/main/0", pair.a.node.me), &confirm).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);

    // The objection stays with the doctor until the content is erased; the answer has the order for it.
    let about_review = async || {
        let diagnosis = get(&pair.a, &dpo, "/v1/doctor").await.json;
        diagnosis["findings"].as_array().unwrap().iter().any(|finding| finding["about"] == "review")
    };
    assert!(about_review().await);
    let metrics = get(&pair.a, &dpo, "/metrics").await.text;
    assert!(
        metrics.contains("\nmithaq_reviews_open 0\n") && metrics.contains("\nmithaq_reviews_overdue 0\n"),
        "{metrics}"
    );
    let erased = conclude(&submitter, "/v1/erase", &objected.json["erase"]).await;
    assert_eq!(erased.status, StatusCode::OK, "{}", erased.text);
    assert!(!about_review().await);
    let listed = get(&pair.a, &case_officer, "/v1/reviews").await.json;
    assert_eq!((&listed["reviews"][1]["erased"], &listed["reviews"][0]["erased"]), (&true.into(), &false.into()));
}
