//! Compartments are closed by default: each way to a record, for each role, at each desk.

use std::{collections::BTreeSet, time::Duration};

use axum::http::{Method, StatusCode};
use desks::{desk::Compartment, kinds, thread::SIGNATURE};
use mithaq_doors::{router, serve::SOCKET};
use node::{
    callers::{ROLES, Role, Scope},
    clock,
    db::SUITE,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
    time::timeout,
};

use crate::{
    uses::{BORDER, alone, ask, get, send, token, until},
    world::{Pair, TestNode},
};

/// What the walk asks of each record, and which lists it reads.
const WALKED: &[&str] = &[
    "GET /v1/records",
    "GET /v1/records/{channel}/{party}/{epoch}/{lane}/{index}",
    "GET /v1/records/{channel}/{party}/{epoch}/{lane}/{index}/attachments/{sha256}",
    "POST /v1/records/{channel}/{party}/{epoch}/{lane}/{index}/uses",
    "GET /v1/evidence/{channel}/{party}/{epoch}/{lane}/{index}",
    "GET /v1/threads",
    "GET /v1/threads/{thread}",
    "GET /v1/threads/{thread}/work",
    "GET /v1/search",
    "GET /v1/follow",
    "GET /v1/channels/{channel}/statements",
    "POST /v1/records/prepare",
    "GET /v1/reviews",
    "POST /v1/erase",
];

/// Routes that show or change what was received and are not walked, each with the reason.
const NOT_WALKED: &[(&str, &str)] = &[
    (
        "GET /v1/channels/{channel}/statements/{party}/{epoch}/{lane}/{index}",
        "one of the list, made by the same function",
    ),
    ("POST /v1/channels/{channel}/statements", "answers with one of the list"),
    ("POST /v1/reviews/{channel}/{party}/{epoch}/{lane}/{index}", "its roles see every desk; the list is walked"),
    ("GET /v1/missed/{channel}/{thread}", "asks as the evidence of the record that it is about"),
    ("GET /v1/breaches/{channel}/{id}", "holds nothing of a desk's record"),
    ("GET /v1/work", "lists what one of the walked ones shows, of which each is asked for"),
    ("POST /v1/threads/{thread}/work/assign", "asks as the reading of the same"),
    ("POST /v1/threads/{thread}/work/bring-back", "asks as the reading of the same"),
    ("POST /v1/threads/{thread}/work/remark", "asks as the reading of the same"),
    ("POST /v1/records", "writes"),
    ("POST /v1/records/try", "writes"),
    ("PUT /v1/attachments", "writes"),
];

/// A record of the walk.
struct Sent {
    kind: &'static kinds::Kind,
    desk: &'static desks::desk::Desk,
    path: String,
    thread: String,
    file: Option<String>,
}

impl Sent {
    /// Whether the role's line names the record's desk.
    fn is_seen_by(&self, role: Role) -> bool {
        match self.desk.compartment {
            Compartment::Open(roles) | Compartment::Closed(roles) => roles.contains(&role),
            Compartment::OfThread => false,
        }
    }
}

/// What must stand in a thread before a record of the partner's has its effect there; for a decision or a signature, what it is
/// about.
async fn open_thread(pair: &Pair, acting: &str, thread: &str) -> Option<String> {
    let line = |kind: &str| {
        let kind = kinds::find(kind).unwrap();
        let lane = lane_of(kind);
        let mut header: Value = serde_json::from_str(kind.header).unwrap();
        header["thread"] = thread.into();
        header["clause"] = "all".into();
        header["purpose"] = "coordination".into();
        header["evaluation"] = json!({ "source": "X", "info": "4" });
        header.as_object_mut().unwrap().remove("attachments");
        format!("{}\n", json!({ "channel": pair.channel, "lane": lane, "header": header, "body": kind.example }))
    };
    // An incident is raised here, the partner acknowledges it, both say what they saw, and here the note is written.
    let (a, b) = (&pair.a, &pair.b);
    let course = [
        (a, "hotline.raise/1", "thread.step/1"),
        (b, "thread.step/1", "hotline.facts/1"),
        (a, "hotline.facts/1", ""),
        (b, "hotline.facts/1", "hotline.note/1 hotline.verification/1"),
        (a, "hotline.note/1", "thread.signature/1"),
    ];
    if course.iter().any(|(.., before)| before.split(' ').any(|kind| kind == acting)) {
        for (from, kind, before) in course {
            let (_, place) = send(from, &pair.channel, &line(kind)).await;
            if before.split(' ').any(|kind| kind == acting) {
                return Some(place);
            }
        }
    }
    match acting {
        "requests.permission/1" => {
            return Some(send(&pair.b, &pair.channel, &line("requests.spontaneous/1")).await.1);
        }
        "requests.feedback/1" => {
            send(&pair.b, &pair.channel, &line("requests.request/1")).await;
            send(&pair.a, &pair.channel, &line("requests.reply/1")).await;
        }
        _ => {
            send(&pair.a, &pair.channel, &line("requests.request/1")).await;
        }
    }
    None
}

/// A record of each kind, each in its own thread, from the partner.
async fn one_of_each(pair: &Pair) -> Vec<Sent> {
    let mut sent = Vec::new();
    for (desk, kind) in kinds::DESKS.iter().flat_map(|desk| desk.kinds.iter().map(move |kind| (desk, kind))) {
        let thread = format!("{:032x}", sent.len() + 1);
        let mut header: Value = serde_json::from_str(kind.header).unwrap();
        header["thread"] = thread.as_str().into();
        header["clause"] = "all".into();
        header["purpose"] = "coordination".into();
        header["evaluation"] = json!({ "source": "X", "info": "4" });
        let mut file = None;
        if header["attachments"].is_array() {
            let uploaded = pair.b.json(Method::PUT, "/v1/attachments?name=made-up.txt", vec![7; 100]).await;
            file = Some(uploaded["sha256"].as_str().unwrap().to_owned());
            header["attachments"] = json!([uploaded]);
        }
        let mut body: Value = serde_json::from_str(kind.example).unwrap();
        if kind.acts
            && let Some(about) = open_thread(pair, kind.name, &thread).await
            && kind.fields.iter().any(|field| field.name == "record")
        {
            body["record"] = about.into();
            if kind.name == SIGNATURE {
                let note = kinds::find("hotline.note/1").unwrap().example;
                body["text_sha256"] = hex::encode(SUITE.sha256(&[note.as_bytes()])).into();
            }
        }
        // Steps and signatures are of the desk of their thread, which is the hotline here.
        let generic = matches!(desk.compartment, Compartment::OfThread);
        let desk = if generic { kinds::DESKS.iter().find(|desk| desk.name == "hotline").unwrap() } else { desk };
        let line =
            json!({ "channel": pair.channel, "lane": lane_of(kind), "header": header, "body": body.to_string() });
        let (path, _) = send(&pair.b, &pair.channel, &format!("{line}\n")).await;
        sent.push(Sent { kind, desk, path, thread, file });
    }
    sent
}

/// The lane of a kind in this walk: all that acts in the thread of an incident is in its lane.
fn lane_of(kind: &kinds::Kind) -> &'static str {
    let urgent = ["hotline", "thread"].contains(&kind.desk());
    if urgent { "urgent" } else { "main" }
}

fn token_of(node: &TestNode, role: Role) -> String {
    token(node, role, if role.oversees() { &[] } else { &["coordination"] })
}

/// The longest word in the body of a kind's example, by which a search finds it.
fn word(kind: &kinds::Kind) -> String {
    let body: Value = serde_json::from_str(kind.example).unwrap();
    let mut texts = Vec::new();
    strings(&body, &mut texts);
    let words =
        texts.iter().flat_map(|text| text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_'));
    let words = words.filter(|word| word.bytes().all(|letter| letter.is_ascii_alphabetic()));
    words.max_by_key(|word| word.len()).unwrap().to_owned()
}

fn strings<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(members) => members.values().for_each(|member| strings(member, found)),
        _ => {}
    }
}

fn texts<'a>(rows: &'a Value, member: &str) -> BTreeSet<&'a str> {
    rows.as_array().into_iter().flatten().filter_map(|row| row[member].as_str()).collect()
}

/// The desks' records and the threads that a role is told of, from the beginning until `count` of them came and a while
/// after.
async fn followed(node: &TestNode, token: &str, count: usize) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut socket = UnixStream::connect(node.dir.join(SOCKET)).await.unwrap();
    let request =
        format!("GET /v1/follow?after=0 HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let (mut text, mut buffer) = (String::new(), [0; 4096]);
    loop {
        let came = text.matches("event: record\n").count() + text.matches("event: thread\n").count();
        let patience = if came < count { Duration::from_secs(20) } else { Duration::from_millis(300) };
        match timeout(patience, socket.read(&mut buffer)).await {
            Ok(read) => text.push_str(&String::from_utf8_lossy(&buffer[..read.unwrap()])),
            Err(_) => break,
        }
    }
    let of = |event: &str, member: &str| {
        let after = |part: &str| serde_json::from_str::<Value>(part.split("\n\n").next().unwrap()).unwrap();
        let datas = text.split(&format!("event: {event}\ndata: ")).skip(1).map(after).collect::<Vec<_>>();
        datas.iter().map(|data| data[member].as_str().unwrap().to_owned()).collect()
    };
    (of("record", "thread"), of("thread", "thread"))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_meets_the_records_of_its_desks_by_every_route_and_no_others() {
    let all: Vec<&str> = kinds::all().map(|kind| kind.name).collect();
    let clause = format!(
        "\n[[clause]]\nid = \"all\"\npurpose = \"coordination\"\nkinds = {all:?}\nauthors = [\"XAA\", \"XAB\"]\n\
         text.en = \"Either party may send anything.\"\n"
    );
    let pair = Pair::under(|toml| toml + BORDER + &clause).await;
    let sent = one_of_each(&pair).await;
    let (released, _) = send(&pair.a, &pair.channel, &alone(&pair, "threat_to_life").await).await;
    let stated = pair.b.json(Method::POST, &format!("/v1/channels/{}/statements", pair.channel), "").await;
    let awaited = texts(&stated["awaits"], "thread");
    assert!(!awaited.is_empty(), "{stated}");
    let node = &pair.a;
    let tokens: Vec<(Role, String)> = ROLES.iter().map(|role| (*role, token_of(node, *role))).collect();
    let with = |scope: Scope| tokens.iter().filter(move |(role, _)| scope.belongs_to(*role));
    let statements = format!("/v1/channels/{}/statements", pair.channel);
    for _ in 0..400 {
        let (_, auditor) = tokens.iter().find(|(role, _)| *role == Role::Auditor).unwrap();
        let threads = get(node, auditor, "/v1/threads?limit=200").await.json;
        let told = get(node, auditor, &statements).await.json;
        let index = get(node, auditor, "/v1/search?q=x").await.json;
        let is_told = told["statements"].as_array().is_some_and(|told| !told.is_empty());
        if threads["threads"].as_array().unwrap().len() > sent.len() && is_told && index["index"]["complete"] == true {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }

    let mut met = 0;
    for (role, token) in with(Scope::RecordsRead) {
        let seen: BTreeSet<&str> =
            sent.iter().filter(|sent| sent.is_seen_by(*role)).map(|sent| sent.thread.as_str()).collect();
        let of_walk = |threads: BTreeSet<&str>| -> BTreeSet<String> {
            sent.iter()
                .map(|sent| sent.thread.as_str())
                .filter(|thread| threads.contains(thread))
                .map(Into::into)
                .collect()
        };
        let expected = of_walk(seen.clone());
        let list = get(node, token, "/v1/records").await.lines();
        assert_eq!(of_walk(texts(&list.into(), "thread")), expected, "{role:?} lists records");
        let page = get(node, token, "/v1/threads?closed=true&limit=200").await.json;
        assert_eq!(of_walk(texts(&page["threads"], "thread")), expected, "{role:?} lists threads");
        let (records, threads) = followed(node, token, seen.len()).await;
        assert_eq!(of_walk(records.iter().map(String::as_str).collect()), expected, "{role:?} follows records");
        assert!(threads.iter().all(|thread| expected.contains(thread) || !thread.starts_with("000")), "{role:?}");
        let told = get(node, token, &statements).await.json;
        let told = &told["statements"][0]["awaits"];
        let visible: BTreeSet<&str> = awaited.iter().copied().filter(|thread| seen.contains(thread)).collect();
        assert_eq!(texts(told, "thread"), visible, "{role:?} reads statements");
        for Sent { kind, path, thread, file, .. } in &sent {
            let sees = seen.contains(thread.as_str());
            met += usize::from(sees);
            let name = format!("{role:?} {}", kind.name);
            let forbidden = |asked: &crate::uses::Asked| {
                asked.status == StatusCode::FORBIDDEN
                    && asked.json["code"] == "forbidden"
                    && asked.json["field"] == "kind"
            };
            let record = get(node, token, &format!("/v1/records/{path}")).await;
            assert_eq!(record.status == StatusCode::OK, sees, "{name}: {}", record.text);
            assert_eq!(forbidden(&record), !sees, "{name}: {}", record.text);
            if let Some(file) = file {
                let asked = get(node, token, &format!("/v1/records/{path}/attachments/{file}")).await;
                assert_eq!(asked.status == StatusCode::OK, sees, "{name}: {}", asked.text);
                assert_eq!(forbidden(&asked), !sees, "{name}: {}", asked.text);
            }
            let shown = get(node, token, &format!("/v1/threads/{thread}")).await;
            let status = if sees { StatusCode::OK } else { StatusCode::NOT_FOUND };
            assert_eq!(shown.status, status, "{name}: {}", shown.text);
            // A signature says nothing that could be searched for.
            if kind.name != SIGNATURE {
                let found = get(node, token, &format!("/v1/search?limit=200&q={}", word(kind))).await.json;
                assert_eq!(texts(&found["hits"], "thread").contains(thread.as_str()), sees, "{name}: {found}");
            }
            if Scope::EvidenceExport.belongs_to(*role) {
                let file = get(node, token, &format!("/v1/evidence/{path}")).await;
                assert_eq!((file.status == StatusCode::OK, forbidden(&file)), (sees, !sees), "{name}: {}", file.text);
            }
            if Scope::RecordsWrite.belongs_to(*role) {
                let body = json!({ "subject": "Made up", "text": "Made up.", "language": "en" });
                for reply_to in [path, thread] {
                    let wanted =
                        json!({ "kind": "correspondence.note/1", "clause": "all", "reply_to": reply_to, "body": body });
                    let asked = ask(node, token, None, Method::POST, "/v1/records/prepare", &wanted).await;
                    assert_eq!(asked.status == StatusCode::OK, sees, "{name} replies to {reply_to}: {}", asked.text);
                }
            }
            if Scope::RecordsUse.belongs_to(*role) {
                let wanted = json!({ "use": "court", "to": "Court of Sample City" });
                let asked = ask(node, token, None, Method::POST, &format!("/v1/records/{path}/uses"), &wanted).await;
                assert_eq!((asked.by("HAN-02"), forbidden(&asked)), (sees, !sees), "{name}: {}", asked.text);
            }
        }
    }
    assert!(met > 60, "{met}");
    let note = sent.iter().find(|sent| sent.kind.name == "correspondence.note/1").unwrap();
    for (role, token) in with(Scope::RecordsReview) {
        let listed = get(node, token, "/v1/reviews").await.json;
        let listed =
            listed["reviews"].as_array().unwrap().iter().any(|review| released.ends_with(&review["index"].to_string()));
        assert_eq!(listed, note.is_seen_by(*role), "{role:?}");
    }
    for (number, Sent { kind, path, .. }) in sent.iter().enumerate() {
        let (log, index) = path.strip_prefix(&format!("{}/", pair.channel)).unwrap().rsplit_once('/').unwrap();
        let order = json!({ "channel": pair.channel, "log": log, "index": index.parse::<u64>().unwrap() });
        // Whoever sees the desk may; each record can be erased once only.
        let may: Vec<_> = with(Scope::RecordsErase).collect();
        let (seeing, blind): (Vec<_>, Vec<_>) = may.into_iter().partition(|(role, _)| sent[number].is_seen_by(*role));
        for (role, token) in blind {
            let refused = ask(node, token, None, Method::POST, "/v1/erase", &order).await;
            assert_eq!(refused.json["code"], "forbidden", "{role:?} {}", kind.name);
        }
        let Some((role, token)) = seeing.get(number % seeing.len().max(1)) else { continue };
        let erased = ask(node, token, None, Method::POST, "/v1/erase", &order).await;
        assert_eq!(erased.status, StatusCode::OK, "{role:?} {}: {}", kind.name, erased.text);
    }
}

/// A new route to what was received is walked, or listed with the reason.
#[test]
fn every_route_to_what_was_received_is_walked() {
    let scopes = [
        Scope::RecordsRead,
        Scope::RecordsWrite,
        Scope::RecordsUse,
        Scope::RecordsReview,
        Scope::RecordsErase,
        Scope::EvidenceExport,
    ];
    let reaches = |scope: Option<Scope>| scope.is_some_and(|scope| scopes.contains(&scope));
    let routes = router::routes();
    let routes: BTreeSet<String> = routes
        .iter()
        .filter(|route| reaches(route.about.scope))
        .map(|route| format!("{} {}", route.about.method, route.about.path))
        .collect();
    let named = WALKED.iter().copied().chain(NOT_WALKED.iter().map(|(route, _)| *route));
    assert_eq!(routes, named.map(str::to_owned).collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_shows_of_another_desks_record_only_that_it_is_there() {
    let pair = Pair::start().await;
    let header = |kind: &str, clause: &str| {
        json!({
            "kind": kind, "thread": "0123456789abcdef0123456789abcdef", "clause": clause, "purpose": "coordination",
            "handling": ["H1", "H2"], "evaluation": {"source": "X", "info": "4"},
            "retain_until": clock::today().plus_days(200), "media_type": "application/json",
        })
    };
    let request = kinds::find("requests.request/1").unwrap();
    let note = json!({ "subject": "NOTECANARY", "text": "made up", "language": "en" }).to_string();
    for (kind, clause, body) in
        [(request.name, "requests", request.example), ("correspondence.note/1", "notes", note.as_str())]
    {
        let line = json!({ "channel": pair.channel, "header": header(kind, clause), "body": body });
        send(&pair.b, &pair.channel, &format!("{line}\n")).await;
    }
    let [protection, secretariat, officer] =
        [Role::ProtectionOfficer, Role::Secretariat, Role::CaseOfficer].map(|role| token_of(&pair.a, role));
    let path = "/v1/threads/0123456789abcdef0123456789abcdef";
    let mut whole = get(&pair.a, &officer, path).await;
    for _ in 0..400 {
        if whole.text.contains("NOTECANARY") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
        whole = get(&pair.a, &officer, path).await;
    }
    assert!(whole.text.contains("NOTECANARY") && !whole.text.contains("withheld_by"), "{}", whole.text);
    // Who sees requests sees the thread, and of the note that it is there.
    let shown = get(&pair.a, &protection, path).await;
    assert!(!shown.text.contains("NOTECANARY") && !shown.text.contains("correspondence"), "{}", shown.text);
    let records =
        |thread: &Value| thread["events"].as_array().unwrap().iter().filter(|event| event["state"].is_string()).count();
    assert_eq!(records(&shown.json), records(&whole.json));
    let events = shown.json["events"].as_array().unwrap();
    assert_eq!(events.iter().filter(|event| event["withheld_by"] == "compartment").count(), 1, "{}", shown.text);
    // Who sees letters finds the note, and learns nothing of the thread that a request opened.
    assert_eq!(get(&pair.a, &secretariat, path).await.status, StatusCode::NOT_FOUND);
    // Nor what colleagues say of it.
    for (token, status) in [(&secretariat, StatusCode::NOT_FOUND), (&officer, StatusCode::OK)] {
        assert_eq!(get(&pair.a, token, &format!("{path}/work")).await.status, status);
    }
    let found = until(&pair.a, &secretariat, "/v1/search?q=notecanary", "hits", 1).await;
    assert_eq!(found["hits"][0]["standing"], Value::Null, "{found}");
}

// spec: USE-3
#[tokio::test(flavor = "multi_thread")]
async fn nobody_destroys_or_takes_out_what_they_may_not_read() {
    let pair = Pair::under(|toml| toml + BORDER).await;
    let header = json!({
        "kind": "correspondence.note/1", "thread": "00000000000000000000000000000001", "clause": "border",
        "purpose": "border_control", "handling": ["H1", "H2"], "evaluation": {"source": "X", "info": "4"},
        "retain_until": clock::today().plus_days(200), "media_type": "application/json",
    });
    let body = json!({ "subject": "made up", "text": "made up", "language": "en" }).to_string();
    let line = json!({ "channel": pair.channel, "header": header, "body": body });
    let (path, place) = send(&pair.b, &pair.channel, &format!("{line}\n")).await;
    let (log, index) = place.rsplit_once('/').unwrap();
    let order = json!({ "channel": pair.channel, "log": log, "index": index.parse::<u64>().unwrap() });
    let erase = async |token: &str| ask(&pair.a, token, None, Method::POST, "/v1/erase", &order).await;
    let other = token(&pair.a, Role::SpocOfficer, &["coordination"]);
    let own = token(&pair.a, Role::SpocOfficer, &["border_control"]);
    let refused = erase(&other).await;
    assert!(refused.by("PUR-01"), "{}", refused.text);
    assert_eq!(get(&pair.a, &own, &format!("/v1/records/{path}")).await.status, StatusCode::OK, "it is still there");
    assert_eq!(erase(&own).await.status, StatusCode::OK);
    assert_eq!(get(&pair.a, &own, &format!("/v1/records/{path}")).await.status, StatusCode::NOT_FOUND);
}
