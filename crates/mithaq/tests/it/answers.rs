//! Every command against every answer of a node: what others wrote does no harm, errors have their exit codes.

use std::collections::BTreeSet;

use doors::problem::status;
use node::fault::Code;
use serde_json::{Value, json};

use crate::{
    fake::{self, Answer},
    program::{DONE, Desk, Done, NOT_FOUND},
};

/// What a hostile partner would like to write: it clears the screen, colours, turns the direction, hides letters and
/// begins a line of its own.
const HOSTILE: &str = "a\u{1b}[2J\u{9b}31m\u{202e}txt\u{2066}\u{200b}\u{7}\u{7f}\u{e0041}\r\nforged: confirmed";

/// How a command is met by the tests below.
#[derive(PartialEq)]
enum Is {
    /// It shows what others wrote.
    Shows,
    /// It asks the node and shows nothing of others but errors.
    Asks,
    /// It asks no node; another test has it.
    Local,
}
use Is::{Asks, Local, Shows};

/// Every command. Words in capitals are filled in.
const COMMANDS: &[(Is, &str)] = &[
    (Local, "init"),
    (Asks, "card show a"),
    (Asks, "card fingerprint a"),
    (Asks, "card export a NEW"),
    (Asks, "card rotate a --next-keys passphrase --passphrase-file passphrase"),
    (Local, "key passphrase"),
    (Local, "officer new"),
    (Asks, "officer enrol a --channel ID --office X --key officer.key"),
    (Asks, "officer revoke a --channel ID --key officer.key"),
    (Shows, "officer list a --channel ID"),
    (Shows, "peer add a file"),
    (Shows, "peer add a --address https://x.example:1"),
    (Shows, "peer list a"),
    (Asks, "pair a https://x.example:1"),
    (Local, "agreement template"),
    (Asks, "agreement draft a file"),
    (Asks, "agreement sign a ID"),
    (Shows, "agreement offer a ID"),
    (Asks, "agreement discard a ID"),
    (Asks, "agreement import a file"),
    (Asks, "agreement export a ID NEW"),
    (Shows, "agreement list a"),
    (Shows, "agreement show a ID"),
    (Shows, "agreement try a --ndjson file"),
    (Asks, "agreement amend a ID file"),
    (Asks, "agreement renew a ID --until 2028-01-01"),
    (Shows, "agreement suspend a ID"),
    (Shows, "agreement resume a ID"),
    (Shows, "agreement terminate a ID --last-day 2027-12-31"),
    (Local, "auditor new"),
    (Asks, "auditor add a file"),
    (Asks, "auditor countersign a --key auditor.key --fingerprint DIGITS"),
    (Asks, "auditor head a NEW"),
    (Local, "auditor sign"),
    (Asks, "auditor bring a file"),
    (Asks, "auditor export a NEW"),
    (Asks, "auditor hold a"),
    (Local, "auditor verify"),
    (Local, "auditor report"),
    (Asks, "token new a NEW --name x --role observer"),
    (Asks, "token renew a NEW"),
    (Asks, "person list a"),
    (Asks, "person add a --name x --role observer"),
    (Asks, "person set a 7b21 --role observer"),
    (Asks, "person link a 7b21"),
    (Asks, "person take-passkeys a 7b21"),
    (Asks, "person leave a 7b21"),
    (Asks, "person away a 7b21 --until 2099-01-01 --deputy 0c44"),
    (Asks, "person back a 7b21"),
    (Asks, "me a"),
    (Asks, "draft new a --kind correspondence.note/1 file"),
    (Asks, "draft save a d-2026-001 --revision 1 --kind correspondence.note/1 file"),
    (Asks, "draft list a"),
    (Shows, "draft show a d-2026-001"),
    (Asks, "draft hand-over a d-2026-001"),
    (Asks, "draft approve a d-2026-001 --as dpo --key officer.key"),
    (Asks, "draft release a d-2026-001"),
    (Asks, "draft send a d-2026-001"),
    (Asks, "draft return a d-2026-001 x"),
    (Asks, "draft refuse a d-2026-001 x"),
    (Asks, "draft remark a d-2026-001 x"),
    (Asks, "draft assign a d-2026-001"),
    (Asks, "draft bring-back a d-2026-001"),
    (Asks, "draft discard a d-2026-001"),
    (Asks, "pending a"),
    (Asks, "work list a"),
    (Asks, "work show a 00112233445566778899aabbccddeeff"),
    (Asks, "work assign a 00112233445566778899aabbccddeeff"),
    (Asks, "work remark a 00112233445566778899aabbccddeeff x"),
    (Asks, "work bring-back a 00112233445566778899aabbccddeeff"),
    (Asks, "token list a"),
    (Asks, "token revoke a 1"),
    (Asks, "second list a"),
    (Asks, "second confirm a 1"),
    (Asks, "second refuse a 1"),
    (Local, "serve"),
    (Local, "kinds"),
    (Shows, "send a --ndjson file"),
    (Shows, "records a"),
    (Shows, "threads list a"),
    (Shows, "threads show a 00112233445566778899aabbccddeeff"),
    (Shows, "statement make a ID"),
    (Shows, "statement list a ID"),
    (Shows, "statement show a RECORD"),
    (Shows, "search a word"),
    (Shows, "follow a"),
    (Shows, "record show a RECORD"),
    (Asks, "attachment get a RECORD ID -o NEW"),
    (Shows, "check a"),
    (Asks, "wait a"),
    (Shows, "doctor a"),
    (Asks, "erase a RECORD --yes"),
    (Asks, "use a RECORD --for court --to X"),
    (Shows, "review list a"),
    (Shows, "review confirm a RECORD"),
    (Shows, "review object a RECORD --ground rights_ground"),
    (Asks, "protection add a entry"),
    (Asks, "protection list a"),
    (Asks, "protection remove a 3f"),
    (Shows, "protection held a"),
    (Shows, "protection show a 3f"),
    (Asks, "protection pass a 3f"),
    (Asks, "protection block a 3f"),
    (Asks, "evidence a RECORD -o NEW"),
    (Asks, "evidence a --missed ID/00112233445566778899aabbccddeeff -o NEW"),
    (Asks, "evidence a --breach ID/00112233445566778899aabbccddeeff -o NEW"),
    (Shows, "breaches a"),
    (Local, "verify"),
    (Asks, "standin a --channel ID --agency ID"),
    (Local, "demo"),
    (Local, "completions"),
    (Local, "man"),
];

#[test]
fn every_command_is_met_here() {
    let desk = Desk::new();
    let pages = desk.run(&["man", "pages", "--json"]).json();
    let pages: Vec<String> = pages["pages"].as_array().unwrap().iter().map(page_words).collect();
    let has_below = |page: &String| pages.iter().any(|other| other.starts_with(&format!("{page} ")));
    let leaves: BTreeSet<&String> = pages.iter().filter(|page| !page.is_empty() && !has_below(page)).collect();
    // A page's name does not tell a blank from the line in a word.
    let met = |leaf: &str| {
        COMMANDS.iter().any(|(_, words)| format!("{words} ").replace('-', " ").starts_with(&format!("{leaf} ")))
    };
    let missing: Vec<_> = leaves.iter().filter(|leaf| !met(leaf)).collect();
    assert!(missing.is_empty() && leaves.len() > 40, "not in the table: {missing:?}");
}

#[test]
fn what_others_wrote_does_no_harm_on_a_terminal_and_stays_whole_in_json() {
    let desk = desk();
    let life = life();
    fake::node(&desk.path("a"), move |asked| hostile(asked, &life));
    for (_, words) in COMMANDS.iter().filter(|(is, _)| *is == Shows) {
        let shown = run(&desk, words, &[]);
        let text = format!("{}{}", shown.out, shown.err);
        assert!(text.contains("<U+202E>") || text.contains("\\u202e"), "{words} shows what the partner wrote:\n{text}");
        assert_harmless(words, &text);
        assert!(!text.lines().any(|line| line.trim_start().starts_with("forged")), "{words} forges a line:\n{text}");

        let shown = run(&desk, words, &["--json"]);
        assert_harmless(words, &shown.out);
        let lines: Vec<Value> = shown.out.lines().map(|line| serde_json::from_str(line).expect(words)).collect();
        assert!(lines.iter().any(holds), "{words} --json keeps the data: {}", shown.out);
    }
}

/// The exit codes as the manual page promises them.
const fn exit(code: Code) -> i32 {
    match code {
        Code::Internal => 1,
        Code::Usage | Code::Unauthenticated | Code::TooLarge | Code::WrongMethod | Code::WrongOrigin => 2,
        Code::Refused | Code::Forbidden => 3,
        Code::NotVerified => 4,
        Code::Unavailable | Code::TooMany => 5,
        Code::Conflict => 6,
        Code::NotFound => 7,
        Code::Storage => 8,
    }
}

#[test]
fn every_error_has_its_exit_code_and_its_json() {
    for code in Code::ALL {
        let desk = desk();
        let name = serde_json::to_value(code).unwrap();
        let status = status(*code).as_u16();
        let problem = json!({
            "type": "x", "title": "x", "status": status, "detail": HOSTILE, "instance": "/", "code": name,
        });
        fake::node(&desk.path("a"), move |_| answer(status, "application/problem+json", &problem));
        for (_, words) in COMMANDS.iter().filter(|(is, _)| *is != Local) {
            // Following a node that is away goes on until somebody stops it.
            if *words == "follow a" && *code == Code::Unavailable {
                continue;
            }
            let failed = run(&desk, words, &["--json"]);
            assert_eq!(failed.code, exit(*code), "{words}, {code:?}: {}{}", failed.out, failed.err);
            let error = &failed.json()["error"];
            assert_eq!(error["code"], name);
            assert!(error["message"].as_str().unwrap().ends_with(HOSTILE), "{words}: {error}");
            assert_harmless(words, &failed.out);
        }
        let said = run(&desk, "peer list a", &[]);
        assert!(said.err.contains("<U+202E>") && said.out.is_empty(), "{}", said.err);
        assert_harmless("peer list", &said.err);
    }
}

#[test]
fn an_answer_of_unknown_form_is_the_nodes_fault_and_does_no_harm() {
    let desk = desk();
    let body = json!({ "agency": HOSTILE, "ok": HOSTILE, HOSTILE: [HOSTILE] });
    let body = format!("{body}\n");
    fake::node(&desk.path("a"), move |_| Answer { status: 200, content_type: "application/json", body: body.clone() });
    // These pass on what comes.
    let passes = |words: &str| ["follow a", "records a"].contains(&words);
    for (_, words) in COMMANDS.iter().filter(|(is, words)| *is == Shows && !passes(words)) {
        let failed = run(&desk, words, &[]);
        assert_eq!(failed.code, exit(Code::Internal), "{words}: {}{}", failed.out, failed.err);
        assert!(failed.err.contains("form that this program knows"), "{words}: {}", failed.err);
        assert_harmless(words, &format!("{}{}", failed.out, failed.err));
    }
}

#[test]
fn who_does_not_answer_whole_is_not_reached() {
    let desk = desk();
    fake::node(&desk.path("a"), |_| Answer { status: 200, content_type: "", body: "cut\r\n\r\n".into() });
    // A list that is no JSON is a fault of the node, not of the caller.
    assert_eq!(run(&desk, "peer list a", &[]).code, 1);
    let desk = Desk::new();
    assert_eq!(run(&desk, "peer list nowhere", &[]).code, NOT_FOUND);
}

fn assert_harmless(words: &str, text: &str) {
    let harmful = |c: char| {
        c != '\n' && (c.is_control() || matches!(c, '\u{202e}' | '\u{2066}' | '\u{200b}' | '\u{e0041}' | '\u{feff}'))
    };
    let found = text.chars().find(|c| harmful(*c));
    assert_eq!(found, None, "{words}:\n{}", text.escape_debug());
}

/// Whether the partner's text stands in it as it was sent.
fn holds(value: &Value) -> bool {
    match value {
        Value::String(text) => text == HOSTILE,
        Value::Array(values) => values.iter().any(holds),
        Value::Object(members) => members.values().any(holds),
        _ => false,
    }
}

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("file", "{}\n");
    desk.write("entry", "states = [\"XAB\"]\n");
    assert_eq!(desk.run(&["officer", "new", "officer.key", "--unsealed"]).code, DONE);
    assert_eq!(desk.run(&["auditor", "new", "auditor.key", "--unsealed"]).code, DONE);
    desk
}

fn run(desk: &Desk, words: &str, more: &[&str]) -> Done {
    let (id, digits) = ("3".repeat(64), "1".repeat(60));
    let record = format!("{id}/{id}/1/main/7");
    let missed = format!("{id}/00112233445566778899aabbccddeeff");
    let _ = std::fs::remove_file(desk.path("new"));
    let words = words.split(' ').map(|word| match word {
        "ID" => id.as_str(),
        word if word.starts_with("ID/") => missed.as_str(),
        "RECORD" => record.as_str(),
        "DIGITS" => digits.as_str(),
        "NEW" => "new",
        word => word,
    });
    desk.run(&words.chain(more.iter().copied()).collect::<Vec<_>>())
}

/// `mithaq-agreement-draft.1` as `agreement draft`.
fn page_words(page: &Value) -> String {
    page.as_str().unwrap().trim_end_matches(".1").trim_start_matches("mithaq").trim_start_matches('-').replace('-', " ")
}

fn answer(status: u16, content_type: &'static str, body: &Value) -> Answer {
    Answer { status, content_type, body: body.to_string() }
}

/// A node all of whose texts a partner wrote, as far as the answers' forms leave room for it.
fn hostile(asked: &str, life: &Value) -> Answer {
    let (h, id) = (HOSTILE, "3".repeat(64));
    let (log, origin) = (format!("{id}/1/main"), format!("mithaq/{id}/{id}/1/main"));
    let thread_id = "3".repeat(32);
    let json = "application/json";
    let (method, path) = asked.split_once(' ').unwrap();
    let path = path.split('?').next().unwrap();
    let peer = json!({
        "agency": id, "names": { "en": h }, "country": h, "addresses": [h], "fingerprint": h, "trusted": true,
        "frozen": false, "serial": 1,
    });
    let progress = json!({ "agreement": id, "channel": id, "missing": [id], "in_force": false });
    let line = json!({
        "channel": id, "thread": thread_id, "name": h, "kind": h, "state": h, "title": h, "settled": false, "open": true,
        "opened_by": null, "awaits": [], "due_ms": null, "due_what": null, "due_from": null, "overdue": false,
        "unacknowledged": false, "clause": h, "lane": "main", "since_ms": 0, "opened_ms": 0, "records": 1, "ineffective": 0,
    });
    let place = json!({ "height": 0, "agency": id, "epoch": 1, "index": 0, "lane": "main" });
    let thread = with(
        &line,
        json!({
            "all_due": [], "parts": [], "corrections": [{ "at": place, "was": h, "is": h }],
            "events": [{
                "log": h, "index": 1, "party": id, "height": 0, "time_ms": 0, "kind": h, "title": h, "state": h, "act": h,
                "effect": { "moved": h },
            }],
            "next": [{ "kind": h, "act": h }],
        }),
    );
    let review = json!({
        "channel": id, "log": log, "index": 1, "kind": h, "released_ms": 0, "due_ms": 0, "overdue": false,
        "submitted_by": h, "outcome": null, "erased": false, "erase": null,
    });
    let held = json!({
        "id": h, "rule": h, "channel": id, "kind": h, "thread": null, "title": h, "what": "arrived", "log": h, "index": 1,
        "state": h, "time_ms": 0, "answer": null, "near": false, "header": { "kind": h }, "body": format!("{h}\n{h}"),
    });
    let place = json!({ "log": h, "index": 1 });
    let owed = |more: Value| with(&json!({ "thread": thread_id, "lane": "main", "what": "answer" }), more);
    let statement = json!({
        "ref": place, "party": id, "own": false, "time_ms": 0, "cut": [], "hash": h, "threads": 1, "awaiting": 1,
        "awaits": [owed(json!({ "from": id, "by_ms": null }))], "receipted": [], "unanswered": [id],
        "answers": [{
            "party": id, "ref": place, "time_ms": 0, "verdict": "agrees", "hash": h, "threads": 1,
            "contested": [owed(json!({ "ground": "not_due" }))],
        }],
        "differences": [{ "party": id, "differing": { "threads": [], "complete": false } }],
    });
    let body = match (method, path.trim_start_matches("/v1/").split('/').collect::<Vec<_>>()[..].as_ref()) {
        ("GET", ["peers"]) => json!({ "peers": [peer] }),
        ("POST", ["peers"] | ["peers", "fetch"]) => peer,
        ("GET", ["agreements"]) => json!({ "agreements": [with(&progress, json!({
            "version": 1, "title": { "en": h }, "parties": [], "valid_from": "2026-01-01", "valid_until": "2027-01-01",
        }))] }),
        ("GET", ["agreements", _]) | ("POST", ["channels", _, "suspend" | "resume" | "terminate"]) => life.clone(),
        ("POST", ["agreements", _, "offer"]) => {
            with(&progress, json!({ "reached": [], "failed": [{ "agency": id, "message": h }] }))
        }
        ("GET", ["channels"]) => json!([]),
        ("GET", ["channels", _, "officers"]) => json!([{
            "officer": { "office": h, "scheme": "ed25519", "public": "AAAA" }, "origin": origin, "index": 1,
            "revoked": null,
        }]),
        ("POST", ["records"] | ["records", "try"]) => {
            let error = json!({ "error": { "code": "refused", "message": h, "rule": h } });
            return Answer { status: 200, content_type: "application/x-ndjson", body: format!("{error}\n") };
        }
        ("GET", ["records"]) => {
            let line = json!({ "channel": h, "kind": h, "state": h, "cursor": h });
            return Answer { status: 200, content_type: "application/x-ndjson", body: format!("{line}\n{line}\n") };
        }
        ("GET", ["records", ..]) => json!({
            "state": h, "header": { "kind": h, "h3_text": h }, "approvals": h, "time_ms": 0, "body": h,
        }),
        ("GET", ["drafts", _]) => json!({
            "id": "d-2026-001", "state": "open", "revision": 1, "title": h, "kind": "correspondence.note/1",
            "channel": id, "clause": null, "reply_to": null, "office": null, "writers": [], "with": null,
            "missing": [], "bring_back": null, "changed_ms": 0, "unread": false, "sent": null,
            "draft": { "kind": "correspondence.note/1", "body": h }, "to": [{ "label": h, "names": { "en": h } }],
            "clause_text": { "en": h }, "prepared": null, "problem": null, "given": [], "remarks": [],
        }),
        ("GET", ["threads"]) => json!({ "threads": [line], "next": h, "titles": index() }),
        ("GET", ["threads", _]) => thread,
        ("GET", ["channels", _, "statements"]) => json!({ "statements": [statement] }),
        ("POST", ["channels", _, "statements"]) | ("GET", ["channels", _, "statements", ..]) => statement,
        ("GET", ["reviews"]) => json!({ "reviews": [review] }),
        ("POST", ["reviews", ..]) => review,
        ("GET", ["protection", "held"]) => {
            json!({ "held": [held], "probes": [{ "token": h, "role": h, "stopped": 1 }] })
        }
        ("GET", ["protection", "held", _]) => held,
        ("GET", ["search"]) => json!({
            "hits": [{
                "channel": id, "log": h, "index": 1, "kind": h, "title": h, "thread": thread_id, "standing": line,
            }],
            "too_many": true, "index": index(),
        }),
        ("GET", ["follow"]) => {
            // The second time there is nothing, or the command would follow for ever.
            if path_asked_before(asked) {
                return answer(404, json, &json!({}));
            }
            let event = format!("id: 1\nevent: record\ndata: {}\n\n", json!({ "title": h }));
            return Answer { status: 200, content_type: "text/event-stream", body: event };
        }
        ("POST", ["check"]) => {
            let report = json!({
                "ok": false, "entries": 1, "opened": 1, "batches": 1, "audited": 1, "receipts": 1, "problems": [h],
                "seconds": 0.5,
            });
            return Answer { status: 200, content_type: "application/x-ndjson", body: format!("{report}\n") };
        }
        ("GET", ["doctor"]) => json!({
            "ok": false, "now_ms": 0,
            "findings": [{ "level": "warning", "about": "link", "message": h, "advice": h }],
            "partners": [{
                "channel": h, "agency": id, "worked_ms": null, "problem": h, "since_ms": 0, "card": 1, "trusted": false,
                "signed_ms": null, "outstanding": 1, "oldest_ms": 0, "last_receipt_ms": null,
            }],
        }),
        ("GET", ["breaches"]) => json!({
            "breaches": [{
                "id": h, "channel": id, "log": origin, "index": 1, "against": 0, "message": h, "refused_ms": null,
                "what": { "breach": "two_histories" },
            }],
        }),
        _ => panic!("no answer to {asked}"),
    };
    answer(200, json, &body)
}

/// An object with more members.
fn with(object: &Value, more: Value) -> Value {
    let mut whole = object.clone();
    whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    whole
}

fn index() -> Value {
    json!({ "done": 1, "of": 2, "complete": false, "full": false })
}

/// A stream that was given is asked for again behind its last event.
fn path_asked_before(asked: &str) -> bool {
    asked.contains("after=1")
}

/// How an agreement stands whose texts a partner wrote: a real one of a real node, with its strings replaced.
fn life() -> Value {
    let desk = Desk::with_node();
    let fingerprint = desk.init("b").json()["fingerprint"].as_str().unwrap().to_owned();
    assert_eq!(desk.run(&["card", "export", "b", "b.card", "PASS"]).code, DONE);
    assert_eq!(desk.run(&["peer", "add", "a", "b.card", "PASS", "--fingerprint", &fingerprint]).code, DONE);
    let theirs = desk.run(&["card", "show", "b", "PASS", "--json"]).json()["agency"].as_str().unwrap().to_owned();
    let text = include_str!("../../../doors/tests/it/agreement.toml");
    desk.write("draft.toml", &text.replace("AGENCY-A", "self").replace("AGENCY-B", &theirs));
    let drafted = desk.run(&["agreement", "draft", "a", "draft.toml", "PASS", "--json"]);
    assert_eq!(drafted.code, DONE, "{}", drafted.out);
    let hash = drafted.json()["agreement"].as_str().unwrap().to_owned();
    let mut life = desk.run(&["agreement", "show", "a", &hash, "PASS", "--json"]).json();
    life["next"] = json!([HOSTILE]);
    life["parties"][0]["label"] = HOSTILE.into();
    let agreement = &mut life["agreement_json"];
    agreement["title"]["en"] = HOSTILE.into();
    for field in ["id", "purpose"] {
        agreement["clauses"][0][field] = HOSTILE.into();
    }
    life
}
