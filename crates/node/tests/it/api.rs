//! The agency's port: who gets in, what it says of itself, what errors look like.

use std::path::Path;

use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use mithaq_node::{
    Node,
    http::{
        access::{Door, ROLES, Role},
        openapi, router,
    },
    init::{Init, init},
    limits,
    tokens::NewToken,
    transport::listener::Peer,
};
use protocol::{id::AgencyId, text::Texts};
use serde_json::{Value, json};
use tower::ServiceExt as _;

const PASSPHRASE: &[u8] = b"made up for tests";
/// Routes that answer without a token. A new one is added here after a review.
const OPEN: &str = include_str!("open-routes.txt");

struct Agency {
    _dir: tempfile::TempDir,
    node: Node,
}

/// An answer: its status, headers and JSON.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    json: Value,
}

impl Agency {
    fn new(country: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let decided = Init {
            names: Texts::from([("en".into(), format!("Police of {country}"))]),
            country: country.into(),
            body: protocol::card::Body::Police,
            peer_listen: "127.0.0.1:1".parse().unwrap(),
            api_listen: "127.0.0.1:0".parse().unwrap(),
            advertise: Vec::new(),
        };
        init(&dir.path().join("node"), decided, PASSPHRASE).unwrap();
        let node = Node::open(&dir.path().join("node"), PASSPHRASE).unwrap();
        node.auditors.add(&node, crate::world::auditor()).unwrap();
        Self { _dir: dir, node }
    }

    fn token(&self, role: Role) -> String {
        let purposes = if role.oversees() { Vec::new() } else { vec!["coordination".to_owned()] };
        let new = NewToken { name: role.name().into(), role, office: None, only: None, purposes, days: 1 };
        let (_, text) = self.node.tokens.create(&self.node, new, &mut protocol::suite::SystemEntropy).unwrap();
        text.to_string()
    }

    async fn port(&self, method: &Method, path: &str, token: Option<&str>) -> Answer {
        let request = Request::builder().method(method).uri(path);
        let request = token
            .into_iter()
            .fold(request, |request, token| request.header(header::AUTHORIZATION, format!("Bearer {token}")));
        ask(router::agency(self.node.clone(), Door::Port), request.body(Body::empty()).unwrap()).await
    }

    async fn socket(&self, method: Method, path: &str, body: &Value) -> Answer {
        let request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, "application/json");
        let request = request.body(Body::from(body.to_string())).unwrap();
        ask(router::agency(self.node.clone(), Door::Socket), request).await
    }
}

async fn ask(router: Router, request: Request<Body>) -> Answer {
    let (head, body) = router.oneshot(request).await.unwrap().into_parts();
    let bytes = to_bytes(body, 1 << 20).await.unwrap();
    Answer { status: head.status, headers: head.headers, json: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
}

/// A path with something in place of every parameter.
fn filled(path: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "0".repeat(64) } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn open_routes() -> Vec<&'static str> {
    OPEN.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect()
}

#[tokio::test]
async fn every_route_but_the_reviewed_ones_refuses_who_has_no_token_of_this_agency() {
    let (agency, other) = (Agency::new("XAA"), Agency::new("XAB"));
    let foreign = other.token(Role::CaseOfficer);
    agency.token(Role::CaseOfficer);
    let mut open = Vec::new();
    for route in router::routes() {
        let (method, path) = (&route.about.method, filled(route.about.path));
        let nobody = agency.port(method, &path, None).await;
        if nobody.status != StatusCode::UNAUTHORIZED {
            open.push(format!("{method} {}", route.about.path));
            continue;
        }
        assert_eq!(nobody.headers[header::WWW_AUTHENTICATE], "Bearer");
        assert_eq!(nobody.json["code"], "unauthenticated", "{path}");
        for token in [foreign.as_str(), "", "mithaq_", "mithaq_0011223344556677_", "\u{7f}"] {
            let status = match header::HeaderValue::from_str(token) {
                Ok(_) => agency.port(method, &path, Some(token)).await.status,
                Err(_) => StatusCode::UNAUTHORIZED,
            };
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{path} with {token:?}");
        }
    }
    assert_eq!(open, open_routes());
}

#[tokio::test]
async fn every_route_refuses_every_role_that_the_table_does_not_name() {
    let agency = Agency::new("XAA");
    let tokens: Vec<(Role, String)> = ROLES.iter().map(|role| (*role, agency.token(*role))).collect();
    let mut refused = 0;
    for route in router::routes() {
        let Some(scope) = route.about.scope else { continue };
        for (role, token) in &tokens {
            let answer = agency.port(&route.about.method, &filled(route.about.path), Some(token)).await;
            let may = role.has(scope) && !route.about.socket_only;
            let forbidden = answer.status == StatusCode::FORBIDDEN && answer.json["code"] == "forbidden";
            assert_eq!(forbidden, !may, "{} for {role:?}: {}", route.about.path, answer.json);
            refused += u32::from(forbidden);
        }
    }
    assert!(refused > 100, "{refused}");
}

#[tokio::test]
async fn the_description_is_the_committed_one_and_every_operation_of_it_is_served() {
    let described = openapi::description();
    let text = format!("{}\n", serde_json::to_string_pretty(&described).unwrap());
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    if std::fs::read_to_string(&committed).unwrap_or_default() != text {
        let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openapi.json");
        std::fs::write(&new, text).unwrap();
        panic!("docs/openapi.json is not what the routes say: look at {} and copy it", new.display());
    }
    let agency = Agency::new("XAA");
    let routes = router::routes();
    let mut operations = 0;
    for (path, item) in described["paths"].as_object().unwrap() {
        for method in ["get", "post", "put"].into_iter().filter(|method| item.get(method).is_some()) {
            operations += 1;
            let method: Method = method.to_uppercase().parse().unwrap();
            let answer = agency.port(&method, &filled(path), None).await;
            assert!(![404, 405].contains(&answer.status.as_u16()), "{method} {path}: {}", answer.status);
        }
    }
    assert_eq!(operations, routes.len(), "two routes share a method and a path");
    let mut ids: Vec<&str> = described["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|item| item.as_object().unwrap().values())
        .filter_map(|operation| operation["operationId"].as_str())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), operations, "every operation has a name of its own");
}

#[tokio::test]
async fn every_route_for_partners_refuses_strangers() {
    let agency = Agency::new("XAA");
    for (method, path, _) in router::partner_routes() {
        for (agency_id, what) in [(None, "no certificate"), (Some(AgencyId::new([7; 32])), "an unknown agency")] {
            let router = router::partners(agency.node.clone()).layer(Extension(Peer { agency: agency_id }));
            let path = filled(path);
            let query = match path.as_str() {
                "/peer/v1/batches" if method == Method::GET => {
                    format!("{path}?from=0&origin=mithaq/{0}/{0}/1/main", "0".repeat(64))
                }
                _ => path,
            };
            let request =
                Request::builder().method(&method).uri(&query).header(header::CONTENT_TYPE, "application/json");
            let answer = ask(router, request.body(Body::from("{}")).unwrap()).await;
            let expected = match agency_id {
                None => answer.status == StatusCode::UNAUTHORIZED,
                Some(_) => answer.status.is_client_error(),
            };
            assert!(expected, "{method} {query} with {what}: {}", answer.status);
        }
    }
}

#[tokio::test]
async fn the_first_token_ends_the_sockets_reach_to_content() {
    let agency = Agency::new("XAA");
    assert_eq!(agency.socket(Method::GET, "/v1/records", &Value::Null).await.status, StatusCode::OK);
    let new = json!({ "name": "Desk 7", "role": "case_officer", "purposes": ["coordination"] });
    let made = agency.socket(Method::POST, "/v1/tokens", &new).await;
    let token = made.json["token"].as_str().unwrap().to_owned();
    assert_eq!(agency.socket(Method::GET, "/v1/records", &Value::Null).await.status, StatusCode::FORBIDDEN);
    assert_eq!(agency.port(&Method::GET, "/v1/records", Some(&token)).await.status, StatusCode::OK);

    let listed = agency.socket(Method::GET, "/v1/tokens", &Value::Null).await.json.to_string();
    assert!(listed.contains("Desk 7") && !listed.contains(&token) && !listed.contains("sha256"), "{listed}");
    let id = made.json["id"].as_str().unwrap();
    let revoked = agency.socket(Method::POST, &format!("/v1/tokens/{}/revoke", &id[..6]), &json!({})).await;
    assert!(revoked.json["revoked_ms"].is_u64(), "{}", revoked.json);
    assert_eq!(agency.port(&Method::GET, "/v1/records", Some(&token)).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(agency.socket(Method::GET, "/v1/records", &Value::Null).await.status, StatusCode::FORBIDDEN, "for ever");
}

#[tokio::test]
async fn a_token_expires_and_is_kept_as_a_digest_only() {
    let agency = Agency::new("XAA");
    let token = agency.token(Role::CaseOfficer);
    let held = agency.node.tokens.list().remove(0);
    assert!(agency.node.tokens.find(&token, held.expires_ms - 1).is_some());
    assert!(agency.node.tokens.find(&token, held.expires_ms).is_none());
    let last = if token.ends_with('0') { '1' } else { '0' };
    let changed = format!("{}{last}", &token[..token.len() - 1]);
    assert!(agency.node.tokens.find(&changed, 1).is_none());
    let kept = agency.node.reader().unwrap().meta("tokens").unwrap().unwrap();
    let secret = token.rsplit('_').next().unwrap();
    assert!(!String::from_utf8(kept).unwrap().contains(secret));
}

#[tokio::test]
async fn a_token_that_asks_too_often_waits() {
    let agency = Agency::new("XAA");
    let token = agency.token(Role::CaseOfficer);
    let id = agency.node.tokens.list().remove(0).id.clone();
    let now = mithaq_node::clock::now_ms();
    // Time that passes meanwhile gives some back.
    while agency.node.tokens.spend(&id, now).is_ok() {}
    for _ in 0..limits::TOKEN_REQUESTS_BURST_MAX {
        let answer = agency.port(&Method::GET, "/v1/status", Some(&token)).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert_eq!(answer.headers[header::RETRY_AFTER], "1");
            assert_eq!(answer.json["code"], "too_many");
            return;
        }
        let later = mithaq_node::clock::now_ms();
        while agency.node.tokens.spend(&id, later).is_ok() {}
    }
    panic!("it never had to wait");
}

#[tokio::test]
async fn every_error_is_a_problem_document_in_the_readers_language() {
    let agency = Agency::new("XAA");
    let router = || router::agency(agency.node.clone(), Door::Socket);
    let ask_for = |method: Method, path: &str, body: String| {
        let request = Request::builder().method(method).uri(path).header(header::ACCEPT_LANGUAGE, "ar, en;q=0.5");
        ask(router(), request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body)).unwrap())
    };
    let large = "x".repeat(limits::API_SMALL_BODY_BYTES_MAX + 1);
    for (method, path, body, code, status) in [
        (Method::GET, "/v1/nowhere", String::new(), "not_found", 404),
        (Method::PUT, "/v1/status", String::new(), "wrong_method", 405),
        (Method::POST, "/v1/erase", "{".into(), "usage", 400),
        (Method::POST, "/v1/erase", large, "too_large", 413),
        (Method::GET, "/v1/records?after=x", String::new(), "usage", 400),
        (Method::GET, "/v1/channels/7", String::new(), "usage", 400),
    ] {
        let answer = ask_for(method, path, body).await;
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json", "{path}");
        assert_eq!(answer.headers[header::CONTENT_LANGUAGE], "ar");
        assert_eq!((&answer.json["code"], &answer.json["status"]), (&json!(code), &json!(status)), "{}", answer.json);
        assert_eq!(answer.json["instance"], path.split('?').next().unwrap());
        assert_eq!(answer.json["type"], format!("urn:mithaq:problem:{code}"));
        assert!(answer.json["title"].as_str().unwrap().chars().any(|letter| letter > '\u{600}'));
    }
}
