//! The agency's port: who gets in, what it says of itself, what errors look like.

use std::path::Path;

use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use mithaq_doors::{
    form::Form,
    listener::Peer,
    openapi,
    route::{About, Effect, Route},
    router,
};
use node::{
    Node,
    callers::{Door, ROLES, Role, Scope, purposes::PURPOSE, tokens::NewToken},
    init::{Init, init},
    limits,
};
use policy::{Access, is_complete};
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
        let new =
            NewToken { name: role.name().into(), person: None, role, office: None, only: None, purposes, days: 1 };
        let (_, text) = self.node.tokens.create(&self.node, (new, 0), &mut protocol::suite::SystemEntropy).unwrap();
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
    let (method, path) = (request.method().clone(), request.uri().to_string());
    let (head, body) = router.oneshot(request).await.unwrap().into_parts();
    let bytes = to_bytes(body, 1 << 20).await.unwrap();
    crate::described::check(&method, &path, head.status, &bytes);
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
            let may = scope.belongs_to(*role) && !route.about.socket_only;
            let forbidden = answer.status == StatusCode::FORBIDDEN && answer.json["code"] == "forbidden";
            assert_eq!(forbidden, !may, "{} for {role:?}: {}", route.about.path, answer.json);
            refused += u32::from(forbidden);
        }
    }
    assert!(refused > 100, "{refused}");
}

/// Asks each route that is audited at a door where it answers, with a token of a role that has its scope.
async fn audited(agency: &Agency, tokens: &[(Role, String)], about: &About, purpose: Option<&str>) -> Answer {
    let scope = about.scope.unwrap();
    let door = if about.socket_only { Door::Socket } else { Door::Port };
    let request = Request::builder().method(&about.method).uri(filled(about.path));
    let token = tokens.iter().find(|(role, _)| scope.belongs_to(*role)).map(|(_, token)| token);
    let request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.unwrap()));
    let request = purpose.into_iter().fold(request, |request, purpose| request.header(PURPOSE, purpose));
    ask(router::agency(agency.node.clone(), door), request.body(Body::empty()).unwrap()).await
}

// spec: AUDIT-1, USE-1
#[tokio::test]
async fn every_route_that_touches_content_or_acts_writes_an_entry_that_says_all_of_log_01() {
    let agency = Agency::new("XAA");
    let tokens: Vec<(Role, String)> = ROLES.iter().map(|role| (*role, agency.token(*role))).collect();
    let mut checked = 0;
    for route in router::routes() {
        let about = &route.about;
        let Some(scope) = about.scope else { continue };
        for purpose in [None, Some("forensic")] {
            let before = agency.node.reader().unwrap().audit_frontier().unwrap().size();
            let answer = audited(&agency, &tokens, about, purpose).await;
            let entries = agency.node.reader().unwrap().audit_from(before, 10).unwrap();
            if scope == Scope::NodeRead {
                assert!(entries.is_empty(), "{}", about.path);
                continue;
            }
            // Routes that never get so far as their handler leave their entry too.
            let name = format!("{} {}", about.method, about.path);
            let begins = about.effect == Effect::Acts && purpose.is_none();
            assert_eq!(entries.len(), 1 + usize::from(begins), "{name}: {}", answer.json);
            let entry: Value = serde_json::from_slice(&entries.last().unwrap().entry).unwrap();
            if begins {
                let begun: Value = serde_json::from_slice(&entries[0].entry).unwrap();
                let of = |entry: &Value| ["act", "by", "route", "target", "to"].map(|field| entry[field].clone());
                assert_eq!((of(&begun), &begun["status"]), (of(&entry), &Value::Null), "{name}");
            }
            let begun = if begins { Value::from(entries[0].index) } else { Value::Null };
            assert_eq!(entry["begun"], begun, "{name}");
            let text = |field: &str| entry[field].as_str().unwrap_or_default();
            let who = format!("{}{}", entry["by"]["token"].as_str().unwrap(), entry["by"]["role"].as_str().unwrap());
            let access = Access {
                who: &who,
                when_ms: entry["time"].as_u64().unwrap(),
                act: text("act"),
                target: text("target"),
                why: text("why"),
                recipient: text("to"),
            };
            assert_eq!(is_complete(&access), Ok(()), "{name}: {entry}");
            // Which act on the protection register it was is sealed (PROT-13).
            let route = if scope.is_of_protection() { "/v1/protection" } else { name.as_str() };
            assert_eq!((text("act"), text("route")), (scope.name(), route));
            let is_purpose = ["coordination", policy::OVERSIGHT].contains(&text("why"));
            assert!(is_purpose || !scope.needs_purpose(), "{name}: {entry}");
            if purpose.is_some() {
                let refused = (answer.status, &answer.json["rule"]);
                assert_eq!(refused, (StatusCode::FORBIDDEN, &json!("PUR-01")), "{name} for a foreign purpose");
                assert!(scope.is_of_protection() || entry["facts"]["refused"] == "PUR-01", "{entry}");
            }
            checked += 1;
        }
    }
    assert!(checked > 60, "{checked}");
}

// spec: USE-1
#[tokio::test]
async fn a_token_that_reads_is_for_a_purpose_and_oversight_belongs_to_those_who_oversee() {
    let agency = Agency::new("XAA");
    let make = async |role: Role, purposes: &[&str], only: Option<&[&str]>| {
        let new = json!({ "name": "desk", "role": role, "purposes": purposes, "only": only });
        agency.socket(Method::POST, "/v1/tokens", &new).await
    };
    for role in ROLES {
        let reads = Scope::RecordsRead.belongs_to(*role);
        let without = make(*role, &[], None).await;
        let needs = reads && !role.oversees();
        assert_eq!(without.status == StatusCode::OK, !needs, "{role:?}: {}", without.json);
        if needs {
            assert_eq!((&without.json["code"], &without.json["field"]), (&json!("usage"), &json!("purposes")));
            assert!(without.json["detail"].as_str().unwrap().contains("--purpose"), "{}", without.json);
        }
        let with = make(*role, &["border_control"], None).await;
        assert_eq!(with.status == StatusCode::OK, !role.oversees(), "{role:?}: {}", with.json);
        let oversight = make(*role, &["oversight"], None).await;
        assert_eq!(oversight.status == StatusCode::OK, role.oversees(), "{role:?}: {}", oversight.json);
    }
}

// spec: USE-1
#[tokio::test]
async fn a_token_that_only_writes_needs_no_purpose() {
    let agency = Agency::new("XAA");
    let make = async |purposes: &[&str], only: Option<&[&str]>| {
        let new = json!({ "name": "feed", "role": "case_officer", "purposes": purposes, "only": only });
        agency.socket(Method::POST, "/v1/tokens", &new).await
    };
    assert_eq!(make(&[], Some(&["records:write"])).await.status, StatusCode::OK, "it reads nothing");
    assert_eq!(make(&["Border control"], None).await.json["field"], "purposes");
}

// spec: USE-1
#[tokio::test]
async fn a_token_from_before_there_were_purposes_still_counts_and_reads_nothing() {
    let agency = Agency::new("XAA");
    let tokens: Vec<(Role, String)> = [Role::CaseOfficer, Role::Auditor].map(|role| (role, agency.token(role))).into();
    let mut kept: Value =
        serde_json::from_slice(&agency.node.reader().unwrap().meta("tokens").unwrap().unwrap()).unwrap();
    for token in kept.as_array_mut().unwrap() {
        token.as_object_mut().unwrap().remove("purposes").unwrap();
    }
    agency.node.store().put_meta("tokens", kept.to_string().as_bytes()).unwrap();
    let Agency { _dir: dir, node } = agency;
    drop(node);
    let agency = Agency { node: Node::open(&dir.path().join("node"), PASSPHRASE).unwrap(), _dir: dir };
    let [(_, officer), (_, auditor)] = &tokens[..] else { panic!() };
    for path in ["/v1/records", "/v1/threads", "/v1/search?q=x"] {
        let refused = agency.port(&Method::GET, path, Some(officer)).await;
        assert_eq!((refused.status, &refused.json["rule"]), (StatusCode::FORBIDDEN, &json!("PUR-01")), "{path}");
        assert!(refused.json["detail"].as_str().unwrap().contains("--purpose"), "{}", refused.json);
        assert_eq!(agency.port(&Method::GET, path, Some(auditor)).await.status, StatusCode::OK, "{path}");
    }
    assert_eq!(agency.port(&Method::GET, "/v1/status", Some(officer)).await.status, StatusCode::OK);
}

// spec: USE-2
#[tokio::test]
async fn before_the_first_token_the_socket_has_every_purpose_and_the_entry_says_so() {
    let agency = Agency::new("XAA");
    assert_eq!(agency.socket(Method::GET, "/v1/records", &Value::Null).await.status, StatusCode::OK);
    let entries = agency.node.reader().unwrap().audit_from(0, 10).unwrap();
    let entry: Value = serde_json::from_slice(&entries[0].entry).unwrap();
    assert_eq!(entry["why"], "every purpose: no token was issued yet");
    assert_eq!(entry["by"], json!({ "token": "socket", "role": "bootstrap" }));
}

#[tokio::test]
async fn every_route_refuses_a_parameter_that_it_does_not_describe() {
    let agency = Agency::new("XAA");
    let tokens: Vec<(Role, String)> = ROLES.iter().map(|role| (*role, agency.token(*role))).collect();
    for Route { about, .. } in router::routes() {
        let door = if about.socket_only { Door::Socket } else { Door::Port };
        let request = Request::builder().method(&about.method).uri(format!("{}?foo=1", filled(about.path)));
        let token = tokens.iter().find(|(role, _)| about.scope.is_none_or(|scope| scope.belongs_to(*role)));
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.unwrap().1));
        let answer = ask(router::agency(agency.node.clone(), door), request.body(Body::empty()).unwrap()).await;
        let found = (answer.status, &answer.json["code"], &answer.json["field"]);
        assert_eq!(found, (StatusCode::BAD_REQUEST, &json!("usage"), &json!("foo")), "{}: {}", about.path, answer.json);
        let detail = answer.json["detail"].as_str().unwrap();
        assert!(about.query.iter().all(|param| detail.contains(param.name)), "{}: {detail}", about.path);
    }
}

#[test]
fn every_route_says_what_it_takes_and_gives() {
    for Route { about, .. } in router::routes() {
        assert!(!matches!(about.takes, Form::Untold), "{} {}: what does it take?", about.method, about.path);
        assert!(!about.gives.is_empty(), "{} {}: what does it give?", about.method, about.path);
    }
    assert_says_something("", &openapi::description().0);
}

/// A schema that allows everything says nothing.
fn assert_says_something(path: &str, value: &Value) {
    for (name, member) in value.as_object().into_iter().flatten() {
        let of_form = ["schema", "x-mithaq-line", "items"].contains(&name.as_str()) || path.ends_with("/properties");
        assert!(!of_form || (!member.is_boolean() && *member != json!({})), "{path}/{name} says nothing");
        assert_says_something(&format!("{path}/{name}"), member);
    }
    for (member, place) in value.as_array().into_iter().flatten().zip(0..) {
        assert_says_something(&format!("{path}/{place}"), member);
    }
}

#[test]
fn every_instant_is_in_milliseconds_and_named_so() {
    let mut instants = 0;
    assert_instants("", "", &openapi::description().0, &mut instants);
    assert!(instants > 50, "{instants} instants were found");
}

/// What counts from 1970 ends in `_ms`, and what ends in `_ms` is a number.
fn assert_instants(path: &str, name: &str, value: &Value, instants: &mut usize) {
    let named = value["name"].as_str().filter(|_| value["in"].is_string()).unwrap_or(name);
    if value["description"].as_str().is_some_and(|text| text.contains("since 1970")) {
        *instants += 1;
        let text = value["description"].as_str().unwrap();
        assert!(named.ends_with("_ms"), "{path}: {named} is an instant: its name ends in _ms");
        assert!(text.to_lowercase().contains("milliseconds since 1970"), "{path}: {text}");
    }
    if name.ends_with("_ms") {
        assert!(value["type"].to_string().contains("integer"), "{path}: {value}");
    }
    for (name, member) in value.as_object().into_iter().flatten() {
        assert_instants(&format!("{path}/{name}"), name, member, instants);
    }
    for member in value.as_array().into_iter().flatten() {
        assert_instants(path, name, member, instants);
    }
}

#[tokio::test]
async fn the_description_is_the_committed_one_and_every_operation_of_it_is_served() {
    let described = openapi::description().0;
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
    let router = router::agency(agency.node.clone(), Door::Port);
    for _ in 0..limits::TOKEN_REQUESTS_BURST_MAX {
        let request = Request::get("/v1/status").header(header::AUTHORIZATION, format!("Bearer {token}"));
        let (router, request) = (router.clone(), request.body(Body::empty()).unwrap());
        // Time that passes from here on gives some back.
        let now = node::clock::now_ms();
        while agency.node.tokens.spend(&id, now).is_ok() {}
        let answer = ask(router, request).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert_eq!(answer.headers[header::RETRY_AFTER], "1");
            assert_eq!(answer.json["code"], "too_many");
            return;
        }
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
        (Method::GET, "/v1/threads/7", String::new(), "usage", 400),
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
