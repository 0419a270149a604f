//! What is asked wrongly: it is refused with one status everywhere, and the error says which field is at fault and which words
//! there are.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use mithaq_doors::router;
use node::callers::{Door, Role, tokens::NewToken};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::world::{Pair, TestNode};

/// One node that nobody has a token of yet: its socket does everything.
struct Alone {
    _folder: TempDir,
    at: TestNode,
}

/// An answer: its status, headers and JSON.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    json: Value,
}

impl Alone {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let at = TestNode::create(&folder, "a", "XAA");
        Self { _folder: folder, at }
    }

    async fn ask(&self, door: Door, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().to_string());
        let (head, body) = router::agency(self.at.node.clone(), door).oneshot(request).await.unwrap().into_parts();
        let bytes = to_bytes(body, 1 << 20).await.unwrap();
        crate::described::check(&method, &path, head.status, &bytes);
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status: head.status, headers: head.headers, json }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Door::Socket, Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn get_as(&self, token: &str, path: &str) -> Answer {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.ask(Door::Port, request.body(Body::empty()).unwrap()).await
    }

    /// A token of an auditor, which ends what the socket may read.
    fn auditor(&self) -> String {
        let role = Role::Auditor;
        let new = NewToken {
            name: role.name().into(),
            person: None,
            role,
            office: None,
            only: None,
            purposes: vec![],
            days: 1,
        };
        self.at.node.tokens.create(&self.at.node, (new, 0), &mut node::entropy()).unwrap().1.to_string()
    }

    async fn send(&self, method: Method, path: &str, media_type: &str, body: &str) -> Answer {
        let request = Request::builder().method(method).uri(path);
        let request = match media_type {
            "" => request,
            _ => request.header(header::CONTENT_TYPE, media_type),
        };
        self.ask(Door::Socket, request.body(Body::from(body.to_owned())).unwrap()).await
    }
}

impl Answer {
    /// That the input has an error, in this field.
    #[track_caller]
    fn is_usage_in(&self, field: &str, what: &str) {
        let found = (self.status, &self.json["status"], &self.json["code"], &self.json["field"]);
        assert_eq!(
            found,
            (StatusCode::BAD_REQUEST, &json!(400), &json!("usage"), &json!(field)),
            "{what}: {}",
            self.json
        );
    }

    fn detail(&self) -> &str {
        self.json["detail"].as_str().unwrap_or_default()
    }
}

const JSON: &str = "application/json";

#[tokio::test]
async fn a_body_that_does_not_fit_is_one_error_and_names_its_member() {
    let alone = Alone::new();
    let id = "0".repeat(64);
    let whole = json!({ "channel": id, "log": "x", "index": 1 });
    let with = |name: &str, value: Value| {
        let mut changed = whole.clone();
        changed[name] = value;
        changed.to_string()
    };
    for (media_type, body, field) in [
        ("", whole.to_string(), "content-type"),
        ("text/plain", whole.to_string(), "content-type"),
        (JSON, json!({ "channel": id, "log": "x" }).to_string(), "index"),
        (JSON, with("indx", json!(1)), "indx"),
        (JSON, with("index", json!("one")), "index"),
        (JSON, with("channel", json!("zz")), "channel"),
        (JSON, with("order", json!(1)), "order"),
    ] {
        alone.send(Method::POST, "/v1/erase", media_type, &body).await.is_usage_in(field, &body);
    }
    for broken in ["", "{", "[]", "{} {}"] {
        let answer = alone.send(Method::POST, "/v1/erase", JSON, broken).await;
        assert_eq!((answer.status, &answer.json["status"]), (StatusCode::BAD_REQUEST, &json!(400)), "{broken}");
    }
    let person = r#"{"name":"x","roles":["case_officer","king"],"purposes":[]}"#;
    alone.send(Method::POST, "/v1/people", JSON, person).await.is_usage_in("roles[1]", person);
    // Those that are read more strictly name it as well.
    alone.send(Method::POST, "/v1/peers/fetch", JSON, "{}").await.is_usage_in("address", "missing");
    alone.send(Method::POST, "/v1/peers/fetch", JSON, r#"{"adress":"x"}"#).await.is_usage_in("adress", "misspelt");
}

#[tokio::test]
async fn a_query_that_does_not_fit_names_its_parameter() {
    let alone = Alone::new();
    for (path, field) in [
        ("/v1/records?after=x", "after"),
        ("/v1/records?channel=zz", "channel"),
        ("/v1/threads?overdue=perhaps", "overdue"),
        ("/v1/threads?channel=zz", "channel"),
        ("/v1/follow?channel=zz", "channel"),
        ("/v1/drafts?state=lost", "state"),
        ("/v1/records?limit=1&limit=2", "limit"),
    ] {
        alone.get(path).await.is_usage_in(field, path);
    }
    alone.send(Method::PUT, "/v1/attachments", "", "x").await.is_usage_in("name", "missing");
    alone.send(Method::POST, "/v1/records?wait=for_ever", "", "").await.is_usage_in("wait", "a word");
    let auditor = alone.auditor();
    for path in ["/v1/audit", "/v1/audit?use=curiosity"] {
        alone.get_as(&auditor, path).await.is_usage_in("use", path);
    }
}

#[tokio::test]
async fn a_filter_that_no_row_can_have_is_an_error_that_says_which_words_there_are() {
    let alone = Alone::new();
    for (path, field, word) in [
        ("/v1/records?state=lost", "state", "attachments_pending"),
        ("/v1/records?kind=requests.reqest/1", "kind", "requests.request/1"),
        ("/v1/records?kind=requests.request", "kind", "requests.request/1"),
        ("/v1/records?kind=mithaq.recieved/1", "kind", "mithaq.received/1"),
        ("/v1/threads?state=lost", "state", "returned_incomplete"),
        ("/v1/threads?kind=requests.reqest", "kind", "requests.request"),
        ("/v1/threads?kind=requests.reply/1", "kind", "requests.request"),
        // A state of one kind of thread is none of another.
        ("/v1/threads?kind=requests.request&state=not_used", "state", "returned_incomplete"),
        ("/v1/search?q=x&state=lost", "state", "returned_incomplete"),
        ("/v1/search?q=x&kind=lost", "kind", "requests.request"),
    ] {
        let answer = alone.get(path).await;
        answer.is_usage_in(field, path);
        assert!(answer.detail().contains(word), "{path}: {}", answer.detail());
    }
    for path in [
        "/v1/records?state=received&kind=requests.request/1",
        "/v1/records?state=attachments_pending&kind=mithaq.received/1",
        "/v1/threads?kind=requests.request&state=released",
        "/v1/threads?kind=requests.request/1&state=released",
        "/v1/threads?state=not_used",
        "/v1/search?q=x&kind=requests.spontaneous/1",
    ] {
        let answer = alone.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.json);
    }
}

#[tokio::test]
async fn no_list_has_no_rows() {
    let alone = Alone::new();
    let auditor = alone.auditor();
    for path in ["/v1/records", "/v1/threads", "/v1/search?q=x", "/v1/audit?use=integrity"] {
        let separator = if path.contains('?') { '&' } else { '?' };
        for limit in ["0", "-1", "x"] {
            let path = format!("{path}{separator}limit={limit}");
            alone.get_as(&auditor, &path).await.is_usage_in("limit", &path);
        }
        let one = alone.get_as(&auditor, &format!("{path}{separator}limit=1")).await;
        assert_eq!(one.status, StatusCode::OK, "{path}: {}", one.json);
    }
}

#[tokio::test]
async fn a_file_that_no_record_can_name_is_not_taken() {
    let alone = Alone::new();
    for (query, field) in [
        ("name=a%2Fb", "name"),
        ("name=..", "name"),
        ("name=", "name"),
        ("name=a%0Ab", "name"),
        ("name=a&media_type=zz", "media_type"),
        ("name=a&media_type=", "media_type"),
    ] {
        let path = format!("/v1/attachments?{query}");
        alone.send(Method::PUT, &path, "", "x").await.is_usage_in(field, query);
    }
    let good = alone.send(Method::PUT, "/v1/attachments?name=a.pdf&media_type=application/pdf", "", "x").await;
    assert_eq!(good.status, StatusCode::OK, "{}", good.json);
}

#[tokio::test]
async fn who_names_another_host_is_told_so_and_not_that_a_role_is_missing() {
    let alone = Alone::new();
    for (name, value) in [("host", "evil.example"), ("origin", "https://evil.example")] {
        let request = Request::get("/v1/health").header(name, value).body(Body::empty()).unwrap();
        let answer = alone.ask(Door::Port, request).await;
        assert_eq!((answer.status, &answer.json["code"]), (StatusCode::FORBIDDEN, &json!("wrong_origin")), "{name}");
        assert_eq!(answer.json["title"], "The request was not meant for this port");
    }
}

#[tokio::test]
async fn a_wrong_method_is_answered_with_those_that_there_are() {
    let alone = Alone::new();
    for (path, methods) in [("/v1/status", "GET"), ("/v1/people", "GET, POST"), ("/v1/drafts/x", "GET, PUT")] {
        let answer = alone.send(Method::DELETE, path, "", "").await;
        assert_eq!((answer.status, &answer.json["code"]), (StatusCode::METHOD_NOT_ALLOWED, &json!("wrong_method")));
        assert_eq!(answer.detail(), format!("DELETE does nothing here: this path has {methods}"));
        assert_eq!(answer.headers[header::ALLOW], methods);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_on_its_way_is_not_there_yet_and_an_erased_one_never_again() {
    let pair = Pair::start().await;
    let uploaded = pair.a.json(Method::PUT, "/v1/attachments?name=made-up.bin", vec![7; 5_000]).await;
    let digest = uploaded["sha256"].as_str().unwrap();
    // Whoever else writes the file keeps it from arriving.
    let named = protocol::id::parse_hash(digest).unwrap();
    let blob = pair.a.node.db.keys.pending(&named).unwrap().unwrap().blob;
    let in_the_way = pair.b.node.db.blobs.writer(&blob).unwrap();
    let header = json!({
        "kind": "correspondence.file/1", "thread": "00112233445566778899aabbccddeeff", "clause": "notes",
        "purpose": "coordination", "handling": ["H1", "H2"], "urgency": "normal",
        "evaluation": {"source": "X", "info": "4"}, "retain_until": "2027-06-30",
        "media_type": "application/json",
        "attachments": [uploaded],
    });
    let body = json!({"title": "made up", "description": "a file", "language": "en"}).to_string();
    let line = json!({"channel": pair.channel, "header": header, "body": body}).to_string();
    let sent = pair.a.submit(&line, "wait=delivered", None).await;
    assert_eq!(sent[0]["state"], "delivered", "{sent:?}");
    let (log, index) = (sent[0]["ref"]["log"].as_str().unwrap(), &sent[0]["ref"]["index"]);
    let path = format!("/v1/records/{}/{log}/{index}/attachments/{digest}", pair.channel);
    let ask = async || {
        let request = Request::get(&path).body(Body::empty()).unwrap();
        let answer = router::agency(pair.b.node.clone(), Door::Socket).oneshot(request).await.unwrap();
        let (head, body) = answer.into_parts();
        let bytes = to_bytes(body, 1 << 20).await.unwrap();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status: head.status, headers: head.headers, json }
    };
    let pending = ask().await;
    assert_eq!((pending.status, &pending.json["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("unavailable")));
    let seconds = pending.headers[header::RETRY_AFTER].to_str().unwrap().parse::<u64>().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    let none = path.replace(digest, &"0".repeat(64));
    assert_eq!(pair.b.request(Method::GET, &none, "").await.status, 404);
    let erase = json!({ "channel": pair.channel, "log": log, "index": index, "order": false });
    assert_eq!(pair.b.request(Method::POST, "/v1/erase", erase.to_string()).await.status, 200);
    assert_eq!(ask().await.status, StatusCode::NOT_FOUND);
    drop(in_the_way);
}
