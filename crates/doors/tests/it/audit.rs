//! The audit log: who read and did what, and what happens when it is tampered with.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use bytes::Bytes;
use mithaq_doors::serve::SOCKET;
use node::{
    Node, audit,
    callers::{Role, tokens::NewToken},
    db::SUITE,
    doctor::About,
};
use protocol::{
    suite::{KeyRole, PublicKeys, Signer as _, SoftwareKeys, SystemEntropy},
    tlog::{Checkpoint, auditor_id, countersign, open_checkpoint},
};
use serde_json::Value;
use texts::{Language, say};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
    time::{sleep, timeout},
};

use crate::world::{AUDITOR_SEED, PASSPHRASE, Pair, TestNode, auditor, note};

/// The audit log's entries, as JSON.
fn entries(node: &Node) -> Vec<Value> {
    let entries = node.reader().unwrap().audit_from(0, 10_000).unwrap();
    entries.iter().map(|entry| serde_json::from_slice(&entry.entry).unwrap()).collect()
}

fn token(node: &Node, role: Role) -> String {
    let purposes = if role.oversees() { Vec::new() } else { vec!["coordination".to_owned()] };
    let new = NewToken { name: role.name().into(), person: None, role, office: None, only: None, purposes, days: 1 };
    node.tokens.create(node, (new, 0), &mut SystemEntropy).unwrap().1.to_string()
}

fn signer(seed: u8) -> SoftwareKeys {
    SoftwareKeys::from_seeds([(KeyRole::Auditor, &[seed; 32], &[seed; 32])]).unwrap()
}

fn head_of(node: &Node) -> Checkpoint {
    let note = audit::signed_head(node).unwrap();
    open_checkpoint(SUITE, &note, &node.cards().current().keys.log).unwrap().checkpoint().clone()
}

// spec: AUDIT-1, AUDIT-2
#[tokio::test(flavor = "multi_thread")]
async fn every_act_and_read_leaves_an_entry_and_no_content() {
    let pair = Pair::start().await;
    let (officer, auditor) = (token(&pair.a.node, Role::CaseOfficer), token(&pair.a.node, Role::Auditor));
    let canary = "a word that must not be in the audit log";
    let sent = pair.a.submit_as(&officer, &note(&pair.channel, canary)).await;
    let (log, index) = (sent[0]["ref"]["log"].as_str().unwrap(), &sent[0]["ref"]["index"]);
    let path = format!("/v1/records/{}/{log}/{index}", pair.channel);
    assert_eq!(pair.a.get_as(&officer, &path).await.0, StatusCode::OK);
    let refused = pair.a.submit_as(&officer, &note(&pair.channel, canary).replace("\"notes\"", "\"other\"")).await;
    assert!(refused[0]["error"].is_object());
    assert_eq!(pair.a.get_as(&officer, "/v1/audit").await.0, StatusCode::FORBIDDEN);
    let (_, listed) = pair.a.get_as(&auditor, "/v1/audit?use=lawfulness&from=0&limit=100").await;
    assert!(!listed.contains(canary) && !listed.contains(&officer), "{listed}");

    let entries = entries(&pair.a.node);
    let id = officer.split('_').nth(1).unwrap();
    let batch = entries.iter().find(|entry| entry["by"][0]["token"] == id).expect("who submitted is in the batch's");
    assert_eq!((&batch["act"], &batch["by"][0]["role"]), (&"batch".into(), &"case_officer".into()));
    let shown = entries.iter().find(|entry| entry["act"] == "records:read").expect("a read");
    assert_eq!((&shown["by"]["token"], &shown["target"], &shown["status"]), (&id.into(), &path.into(), &200.into()));
    let digest = shown["digest"].as_str().unwrap();
    assert_eq!(digest.len(), 64);
    assert!(entries.iter().any(|entry| entry["facts"]["not_recorded"]["AGR-01"] == 1), "{entries:?}");
    assert!(entries.iter().any(|entry| entry["act"] == "audit:read"), "the auditor's own reads too");

    // The digest is keyed with the record's secret: the same content in another record has another.
    let again = pair.a.submit_as(&officer, &note(&pair.channel, canary)).await;
    let path = format!("/v1/records/{}/{log}/{}", pair.channel, again[0]["ref"]["index"]);
    pair.a.get_as(&officer, &path).await;
    let entries = self::entries(&pair.a.node);
    let other = entries.iter().rev().find(|entry| entry["act"] == "records:read").unwrap();
    assert_ne!(other["digest"], shown["digest"]);
}

// spec: AUDIT-3
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_or_removed_entry_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let a = TestNode::create(&folder, "a", "XAA");
    for number in 0..3 {
        a.node
            .store()
            .audit(&[format!("{{\"act\":\"made up\",\"number\":{number}}}").into_bytes()], &mut SystemEntropy)
            .unwrap();
    }
    audit::keep_head(&a.node).unwrap();
    assert_eq!(audit::check(&a.node, &a.node.auditors).unwrap(), (3, Vec::new()));
    a.node.store().scrub().unwrap();
    let dir = a.dir.clone();
    drop(a);
    let database = dir.join("mithaq.db");
    let whole = std::fs::read(&database).unwrap();
    let at = |needle: &[u8]| whole.windows(needle.len()).position(|bytes| bytes == needle).expect("it is there");

    let mut changed = whole.clone();
    changed[at(b"\"number\":1}") + 9] = b'7';
    std::fs::write(&database, &changed).unwrap();
    let node = Node::open(&dir, PASSPHRASE).unwrap();
    let found = audit::check(&node, &node.auditors).unwrap().1;
    assert_eq!(found[0].to_string(), "audit log: entry 1 was changed", "{found:?}");
    let of_head = found.iter().find(|problem| problem.to_string().contains("this node signed"));
    let said = of_head.unwrap_or_else(|| panic!("{found:?}")).in_language(Language::Ar);
    assert_eq!(
        said.replace(['\u{2068}', '\u{2069}'], ""),
        "دفتر التدقيق: القيود الأولى حتى ٣ ليست التي يشملها الرأس الذي وقّعته هذه العقدة"
    );
}

// spec: AUDIT-4, AUDIT-5
#[tokio::test(flavor = "multi_thread")]
async fn only_a_registered_auditors_countersignature_on_this_log_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let a = TestNode::create(&folder, "a", "XAA");
    a.node.store().audit(&[b"{}".to_vec()], &mut SystemEntropy).unwrap();
    let head = head_of(&a.node);
    let time_s = node::clock::now_ms() / 1000;
    let by = |seed, head: &Checkpoint| countersign(SUITE, &signer(seed), head, time_s).unwrap();
    assert!(a.node.auditors.keep(&a.node, &by(AUDITOR_SEED + 1, &head)).is_err(), "a stranger's");
    let other = Checkpoint { root: [1; 32], ..head.clone() };
    assert!(a.node.auditors.keep(&a.node, &by(AUDITOR_SEED, &other)).is_err(), "over other entries");
    let elsewhere = Checkpoint { origin: "mithaq/audit/elsewhere".into(), ..head.clone() };
    assert!(a.node.auditors.keep(&a.node, &by(AUDITOR_SEED, &elsewhere)).is_err(), "of another log");
    let ahead = Checkpoint { size: 2, ..head.clone() };
    assert!(a.node.auditors.keep(&a.node, &by(AUDITOR_SEED, &ahead)).is_err(), "of entries that are not there");
    assert_eq!(a.node.auditors.newest_ms(), None);
    a.node.auditors.keep(&a.node, &by(AUDITOR_SEED, &head)).unwrap();
    assert_eq!(a.node.auditors.newest_ms(), Some(time_s * 1000));
    let reader = a.node.reader().unwrap();
    assert_eq!(a.node.auditors.countersigned(&reader).unwrap()[0].checkpoint(), &head);
    assert_eq!(audit::check(&a.node, &a.node.auditors).unwrap(), (1, Vec::new()));
}

// spec: AUDIT-6
#[tokio::test(flavor = "multi_thread")]
async fn the_agencys_own_key_is_no_auditors() {
    let pair = Pair::start_without_auditors().await;
    let own = pair.a.node.cards().current().keys.clone();
    for keys in [own.log, own.receipt, own.document] {
        let refused = pair.a.node.auditors.add(&pair.a.node, keys).unwrap_err();
        assert_eq!(refused.rule.as_deref(), Some("AUD-01"), "{}", refused.message);
    }
    assert!(pair.a.node.auditors.list().is_empty() && pair.a.node.auditors.check().is_err());
    pair.a.node.auditors.add(&pair.a.node, auditor()).unwrap();
    pair.a.node.auditors.check().unwrap();
}

// spec: AUDIT-6
#[tokio::test(flavor = "multi_thread")]
async fn without_an_auditor_nothing_is_exchanged() {
    let pair = Pair::start_without_auditors().await;
    let refused = pair.a.request(Method::POST, "/v1/records", note(&pair.channel, "early")).await;
    let problem: Value = serde_json::from_slice(&refused.body).unwrap();
    assert_eq!((refused.status, &problem["rule"]), (StatusCode::FORBIDDEN, &"AUD-01".into()), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("mithaq auditor add"), "{problem}");
    assert!(!pair.a.channel(&pair.channel).value().waiting().is_empty(), "no link has shown any head");
    for side in [&pair.a, &pair.b] {
        let file = node::auditors::PublicFile::new(auditor()).encode();
        let added = side.request(Method::POST, "/v1/auditors", Bytes::from(file)).await;
        assert_eq!(added.status, StatusCode::OK);
    }
    let sent = pair.a.submit(&note(&pair.channel, "in time"), "wait=delivered", None).await;
    assert_eq!(sent[0]["state"], "delivered", "{sent:?}");
}

/// Two nodes whose agreement names an auditor of the second one, who is not registered there.
async fn naming(named: &PublicKeys) -> Pair {
    let Value::Object(members) = serde_json::to_value(named).unwrap() else { panic!("no object") };
    let members: String = members.iter().map(|(name, value)| format!("keys.{name} = {value}\n")).collect();
    let auditor = format!("[[auditor]]\nparty = \"XAB\"\n{members}\n[[clause]]");
    Pair::under(|toml| toml.replacen("[[clause]]", &auditor, 1)).await
}

/// What the doctor says of auditors so many days from now.
async fn of_auditors(node: &Node, days: u64) -> Vec<String> {
    let (now, node) = (node::clock::now_ms() + days * 24 * 60 * 60 * 1000, node.clone());
    let examine = move || node::doctor::examine(&node.doctor, &node::callers::Caller::socket(false), now);
    let findings = node::work::beside(examine).await.unwrap().unwrap().findings;
    let of_them = findings.into_iter().filter(|finding| finding.about == About::Audit);
    of_them.map(|finding| finding.message.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_speaks_of_auditors_who_are_silent_and_of_those_whom_no_agreement_names() {
    let named = signer(AUDITOR_SEED + 1).public(KeyRole::Auditor).unwrap();
    let pair = naming(&named).await;
    let (a, b) = (&pair.a.node, &pair.b.node);
    let id = hex::encode(auditor_id(SUITE, &auditor()));
    let unnamed = format!("auditor {id} is registered here, and no agreement in force names it");
    let said = of_auditors(b, 0).await;
    assert!(said.len() == 1 && said[0].starts_with(&unnamed), "{said:?}");
    assert_eq!(of_auditors(a, 31).await, [""; 0], "for this side nobody is named, and a month is not over");

    b.auditors.add(b, named).unwrap();
    let said = of_auditors(b, 0).await;
    assert!(said.len() == 1 && said[0].starts_with(&unnamed), "the one who is named is no matter: {said:?}");

    let silent = format!("auditor {id} was registered 32 days ago and has countersigned nothing yet");
    assert_eq!(of_auditors(a, 32).await, [silent]);
    audit::keep_head(a).unwrap();
    let signed = countersign(SUITE, &signer(AUDITOR_SEED), &head_of(a), node::clock::now_ms() / 1000).unwrap();
    a.auditors.keep(a, &signed).unwrap();
    assert_eq!(of_auditors(a, 31).await, [""; 0]);
    assert_eq!(of_auditors(a, 32).await, [format!("auditor {id} last countersigned 32 days ago")]);
}

// spec: AUDIT-6
#[tokio::test(flavor = "multi_thread")]
async fn where_the_agreement_names_auditors_one_of_them_must_be_registered() {
    let named = signer(AUDITOR_SEED + 1).public(KeyRole::Auditor).unwrap();
    let pair = naming(&named).await;
    let refused = pair.b.submit(&note(&pair.channel, "unwatched"), "", None).await;
    assert_eq!(refused[0]["error"]["rule"], "AUD-01", "{refused:?}");
    let sent = pair.a.submit(&note(&pair.channel, "in time"), "wait=recorded", None).await;
    assert!(sent[0].get("ref").is_some(), "nobody is named for this side: {sent:?}");
    // Time for several tries in vain.
    sleep(Duration::from_millis(500)).await;
    assert!(pair.b.records("in").await.is_empty());
    pair.b.node.auditors.add(&pair.b.node, named).unwrap();
    let came =
        async || pair.b.records("in").await.first().is_some_and(|record| record["index"] == sent[0]["ref"]["index"]);
    crate::life::until("the note came", came).await;
    let back = pair.b.submit(&note(&pair.channel, "watched"), "wait=delivered", None).await;
    assert_eq!(back[0]["state"], "delivered", "{back:?}");
}

#[test]
fn an_auditors_keys_are_its_own() {
    assert_eq!(signer(AUDITOR_SEED).public(KeyRole::Auditor).unwrap(), auditor());
}

/// Sends a request to the socket; whoever drops what is given back hangs up.
async fn ask(node: &TestNode, token: &str, method: &str, path: &str, body: &str) -> UnixStream {
    let mut socket = UnixStream::connect(node.dir.join(SOCKET)).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    socket
}

// spec: AUDIT-1
#[tokio::test(flavor = "multi_thread")]
async fn whoever_hangs_up_leaves_entries_of_all_that_was_done() {
    const ACTS: usize = 20;
    let pair = Pair::start().await;
    let (protection, officer) = (token(&pair.a.node, Role::ProtectionOfficer), token(&pair.a.node, Role::CaseOfficer));
    for number in 0..ACTS {
        let person = format!(r#"{{"persons":[{{"names":"A Made Up Person {number}"}}],"states":["XBB"]}}"#);
        let socket = ask(&pair.a, &protection, "POST", "/v1/protection", &person).await;
        // Sooner or later in its course.
        let while_it_runs = Duration::from_micros(300 * number as u64);
        sleep(while_it_runs).await;
        drop(socket);
        let socket = ask(&pair.a, &officer, "GET", "/v1/records", "").await;
        sleep(while_it_runs).await;
        drop(socket);
    }
    let of = |act: &str| entries(&pair.a.node).into_iter().filter(|entry| entry["act"] == act).collect::<Vec<_>>();
    let (began, ended) = timeout(Duration::from_secs(60), async {
        loop {
            let count = entries(&pair.a.node).len();
            sleep(Duration::from_secs(1)).await;
            let acts = of("protection:write");
            let (ended, began): (Vec<_>, Vec<_>) = acts.into_iter().partition(|entry| entry["begun"].is_number());
            if count == entries(&pair.a.node).len() && ended.len() == began.len() {
                return (began, ended);
            }
        }
    })
    .await
    .expect("every act that began has its end");
    let register = pair.a.node.protection.register();
    assert!(!register.entries().is_empty(), "who hangs up does not undo what they began");
    for entry in register.entries() {
        // What was done stands in the entry under the register's key (PROT-13).
        let opened = |ended: &Value| pair.a.node.protection.local_part(ended.to_string().as_bytes());
        let is_of = |ended: &Value| opened(ended).is_some_and(|act| act["facts"]["entry"] == entry.id);
        assert!(ended.iter().any(is_of), "a change without its entry: {ended:?}");
    }
    for ended in &ended {
        let begun = usize::try_from(ended["begun"].as_u64().unwrap()).unwrap();
        let begun = &entries(&pair.a.node)[begun];
        assert_eq!((&begun["by"], &begun["route"], &begun["status"]), (&ended["by"], &ended["route"], &Value::Null));
    }
    assert!(began.len() >= register.entries().len() && !of("records:read").is_empty());
}

// spec: AUDIT-1
#[tokio::test(flavor = "multi_thread")]
async fn every_batch_says_who_did_what_is_in_it() {
    let pair = Pair::start().await;
    let path = format!("/v1/channels/{}/officers", pair.channel);
    let officer =
        r#"{"office":"a made-up desk","scheme":"ed25519","public":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}"#;
    pair.a.json(Method::POST, &path, officer).await;
    let admin = token(&pair.a.node, Role::NodeAdmin);
    let key = r#"{"public":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}"#;
    let (status, answer) = pair.a.at_port(&admin, Method::POST, &format!("{path}/revoke"), key).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let own = format!("/{}/", pair.a.node.me);
    let batches = entries(&pair.a.node).into_iter().filter(|entry| entry["act"] == "batch");
    let by: Vec<Value> = batches
        .filter(|entry| entry["origin"].as_str().unwrap().contains(&own))
        .map(|entry| entry["by"][0]["token"].clone())
        .collect();
    assert!(by.iter().all(Value::is_string), "{by:?}");
    assert!(by.contains(&admin.split('_').nth(1).unwrap().into()), "{by:?}");
}

// spec: AUDIT-2
#[tokio::test(flavor = "multi_thread")]
async fn a_search_leaves_the_words_that_the_index_was_asked_for_however_they_were_spelt() {
    let pair = Pair::start().await;
    let officer = token(&pair.a.node, Role::CaseOfficer);
    for query in
        ["q=Layla+Demir", "%71=layla%20demir", "q=LAYLA-demir", "q=l%C3%A0yla%20D%C3%A9mir", "limit=5&q=layla.demir"]
    {
        assert_eq!(pair.a.get_as(&officer, &format!("/v1/search?{query}")).await.0, StatusCode::OK, "{query}");
    }
    assert_eq!(pair.a.get_as(&officer, "/v1/search?q=demir").await.0, StatusCode::OK);
    let searches = entries(&pair.a.node);
    let words = searches.iter().filter(|entry| entry["target"] == "/v1/search");
    let words: Vec<&str> = words.map(|entry| entry["query"]["q"].as_str().expect("words are logged")).collect();
    assert_eq!(words.len(), 6);
    assert!(words[..5].iter().all(|other| *other == words[0]), "{words:?}");
    let digests: Vec<&str> = words[0].split(' ').collect();
    assert_eq!((digests.len(), digests[1]), (2, words[5]), "a digest a word, so that one name can be asked for");
    assert!(!words.concat().to_lowercase().contains("layla"));
}

// spec: AUDIT-8
#[tokio::test(flavor = "multi_thread")]
async fn attempts_that_were_turned_away_leave_entries_a_figure_and_a_finding() {
    let pair = Pair::start().await;
    let officer = token(&pair.a.node, Role::CaseOfficer);
    let register = r#"{"persons":[{"names":"A Made Up Person"}],"states":["XBB"]}"#;
    for _ in 0..200 {
        let (status, _) = pair.a.at_port(&officer, Method::POST, "/v1/protection", register).await;
        assert!(matches!(status, StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS), "{status}");
        let (status, _) = pair.a.get_as("mithaq_0011223344556677_00", "/v1/records").await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    pair.a.node.audit.refusals.write_all(&pair.a.node.audit).await;
    let refused: Vec<Value> = entries(&pair.a.node).into_iter().filter(|entry| entry["act"] == "refused").collect();
    let attempts = |who: &str| {
        let of = refused.iter().filter(|entry| entry["by"]["token"] == who);
        of.map(|entry| entry["facts"]["attempts"].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!(attempts(officer.split('_').nth(1).unwrap()), 200);
    assert_eq!(attempts("nobody"), 200);
    assert!(refused.len() < 20, "many attempts are few entries: {}", refused.len());
    let metrics = pair.a.request(Method::GET, "/metrics", Bytes::new()).await;
    let metrics = String::from_utf8(metrics.body.to_vec()).unwrap();
    assert!(metrics.contains("mithaq_refused_requests_total{status=\"401\"} 200"), "{metrics}");
    let doctor = pair.a.json(Method::GET, "/v1/doctor", "").await;
    let told = doctor["findings"].as_array().unwrap().iter().filter(|finding| finding["about"] == "access").count();
    assert_eq!(told, 3, "two that were turned away, and no two administrators: {doctor}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_token() {
    let pair = Pair::start().await;
    let (officer, other) = (token(&pair.a.node, Role::CaseOfficer), token(&pair.a.node, Role::CaseOfficer));
    let mut socket = UnixStream::connect(pair.a.dir.join(SOCKET)).await.unwrap();
    let request = format!("GET /v1/follow HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {officer}\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    read_until(&mut socket, &mut text, "event: following").await;
    pair.a.submit_as(&other, &note(&pair.channel, "while the token counts")).await;
    read_until(&mut socket, &mut text, "event: record").await;
    pair.a.node.tokens.revoke(&pair.a.node, officer.split('_').nth(1).unwrap()).unwrap();
    pair.a.submit_as(&other, &note(&pair.channel, "after it was revoked")).await;
    read_until(&mut socket, &mut text, "event: ended").await;
    assert_eq!(text.matches("event: record").count(), 1, "{text}");
}

async fn read_until(socket: &mut UnixStream, text: &mut String, wanted: &str) {
    let read = async {
        let mut buffer = [0; 4096];
        while !text.contains(wanted) {
            let length = socket.read(&mut buffer).await.unwrap();
            assert!(length > 0, "the stream ended without {wanted}: {text}");
            text.push_str(&String::from_utf8_lossy(&buffer[..length]));
        }
    };
    timeout(Duration::from_secs(20), read).await.unwrap_or_else(|_| panic!("{wanted} came: {text}"));
}

// spec: AUDIT-9
#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_read_for_a_use_that_is_stated() {
    let folder = tempfile::tempdir().unwrap();
    let mut a = TestNode::create(&folder, "a", "XAA");
    a.serve().await;
    let auditor = token(&a.node, Role::Auditor);
    for path in ["/v1/audit", "/v1/audit?use=curiosity"] {
        assert_eq!(a.get_as(&auditor, path).await.0, StatusCode::BAD_REQUEST, "{path}");
    }
    assert_eq!(a.get_as(&auditor, "/v1/audit?use=proceedings").await.0, StatusCode::OK);
    let read = entries(&a.node).into_iter().rfind(|entry| entry["act"] == "audit:read" && entry["status"] == 200);
    assert_eq!(read.unwrap()["why"], "proceedings");
    let held = r#"{"procedure":"file 12/2026","from_ms":1,"to_ms":2}"#;
    let admin = token(&a.node, Role::NodeAdmin);
    assert_eq!(a.at_port(&admin, Method::POST, "/v1/audit/holds", held).await.0, StatusCode::FORBIDDEN);
    let (status, answer) = a.at_port(&auditor, Method::POST, "/v1/audit/holds", held).await;
    assert_eq!((status, answer.contains("file 12/2026")), (StatusCode::OK, true));
    a.stop().await;
}

// spec: AUDIT-7, AUDIT-9
#[tokio::test(flavor = "multi_thread")]
async fn entries_are_erased_after_three_years_unless_a_procedure_needs_them() {
    const DAY_MS: u64 = 24 * 3_600_000;
    let folder = tempfile::tempdir().unwrap();
    let a = TestNode::create(&folder, "a", "XAA");
    let now = node::clock::now_ms();
    let years = |count: u64| now - count * 365 * DAY_MS;
    let times = [years(5), years(4), years(3) - DAY_MS, years(3) + DAY_MS, years(1)];
    let made = times.map(|time| format!(r#"{{"act":"made up","time":{time}}}"#).into_bytes());
    a.node.store().audit(&made, &mut SystemEntropy).unwrap();
    audit::keep_head(&a.node).unwrap();
    let holds = &a.node.audit.holds;
    let hold = audit::Hold { procedure: "file 12/2026".into(), from_ms: years(4) - DAY_MS, to_ms: years(4) + DAY_MS };
    holds.keep(&a.node, hold).unwrap();
    let left = || {
        let entries = a.node.reader().unwrap().audit_from(0, 10).unwrap();
        entries.iter().filter(|entry| !entry.entry.is_empty()).map(|entry| entry.index).collect::<Vec<_>>()
    };
    assert_eq!(audit::retention::end_old(&a.node, holds, now).unwrap(), 2);
    assert_eq!(left(), [1, 3, 4]);
    assert_eq!(audit::check(&a.node, &a.node.auditors).unwrap(), (5, Vec::new()), "the log holds as before");
    assert_eq!(audit::retention::end_old(&a.node, holds, now).unwrap(), 0);
    holds.end(&a.node, "file 12/2026").unwrap();
    assert_eq!(audit::retention::end_old(&a.node, holds, now).unwrap(), 1);
    assert_eq!(left(), [3, 4]);

    // What a countersignature shows to be younger can't be passed off as erased.
    let head = head_of(&a.node);
    a.node.auditors.keep(&a.node, &countersign(SUITE, &signer(AUDITOR_SEED), &head, now / 1000).unwrap()).unwrap();
    let young = format!(r#"{{"act":"made up","time":{now}}}"#).into_bytes();
    a.node.store().audit(&[young], &mut SystemEntropy).unwrap();
    assert_eq!(audit::check(&a.node, &a.node.auditors).unwrap(), (6, Vec::new()));
    a.node.store().erase_audit(&[5]).unwrap();
    let found = audit::check(&a.node, &a.node.auditors).unwrap().1;
    assert_eq!(found, [say!("check-audit-erased-early", index = "5")]);
    assert_eq!(found[0].to_string(), "audit log: entry 5 was erased before its three years were over");
}
