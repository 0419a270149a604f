//! What insiders can see of a hidden outcome: the database without a key, lists and counts, and the fate of an own record. Each
//! test does the same about a person whom the register names and about one whom it does not, and compares everything.

use axum::http::{Method, StatusCode};
use node::clock;
use serde_json::{Value, json};
use store::View;

use crate::{
    asylum::{Asylum, LAYLA, thread},
    world::note,
};

/// Whom the register does not name.
const OTHER: &str = "Somebody Else";

async fn protecting() -> Asylum {
    let asylum = Asylum::start().await;
    asylum.protect(&[LAYLA.to_owned()]).await;
    asylum
}

/// Everything that the police can ask for, with what is a record's own (ids, places, times) left out.
async fn views(asylum: &Asylum, id: u64) -> Vec<(String, String)> {
    let a = &asylum.pair.a;
    a.node.upkeep.catch_up().unwrap();
    let mut views = Vec::new();
    for path in [
        "/v1/records".to_owned(),
        "/v1/records?kind=requests.reply/1".to_owned(),
        "/v1/threads?closed=true".to_owned(),
        "/v1/threads?limit=1".to_owned(),
        "/v1/threads?state=answered&closed=true".to_owned(),
        "/v1/threads?state=nothing_to_provide&closed=true".to_owned(),
        format!("/v1/threads?awaits={}", a.node.me),
        format!("/v1/threads/{}", thread(id)),
        "/v1/search?q=made&closed=true".to_owned(),
        "/v1/channels".to_owned(),
        "/metrics".to_owned(),
        "/v1/status".to_owned(),
        "/v1/doctor".to_owned(),
        "/v1/reviews".to_owned(),
        format!("/v1/channels/{}/statements", asylum.channel()),
    ] {
        let (status, text) = a.get_as(&asylum.police, &path).await;
        views.push((
            bare(&path, id).replace(&a.node.me.to_string(), "ME").replace(&asylum.channel().to_string(), "C"),
            format!("{status} {}", bare(&text, id)),
        ));
    }
    views
}

/// A text without what differs between any two runs.
fn bare(text: &str, id: u64) -> String {
    let text = text.replace(&thread(id).to_string(), "T");
    let words = text.split_inclusive([',', '}', ']', '\n']);
    let is_own = |word: &&str| {
        ["_ms\"", "\"cursor\"", "\"next\"", "\"sha256\""]
            .iter()
            .chain(&["\"agreement\"", "\"channel\"", "\"party\"", "\"height\"", "\"pid\""])
            .chain(&["\"api\"", "\"peer\"", "\"agency\"", "\"message\"", "\"problem\"", "\"done\"", "\"complete\""])
            .any(|own| word.contains(own))
    };
    let hex =
        |word: &str| word.split('"').map(|part| if is_id(part) { "ID" } else { part }).collect::<Vec<_>>().join("\"");
    words.filter(|word| !is_own(word)).map(hex).collect()
}

fn is_id(part: &str) -> bool {
    part.len() >= 32 && part.bytes().take(32).all(|byte| byte.is_ascii_hexdigit())
}

// spec: PROT-6
#[tokio::test(flavor = "multi_thread")]
async fn an_author_sees_the_same_whether_a_record_left_or_was_stopped() {
    let mut seen = Vec::new();
    for name in [LAYLA, OTHER] {
        let mut asylum = protecting().await;
        asylum.ask(&asylum.request(thread(1), None)).await;
        assert_eq!(asylum.post("/v1/protection/held/all/pass", "").await.0, StatusCode::OK);
        let line = asylum.answer(thread(1), name);
        let mut of_name = vec![("before".to_owned(), views(&asylum, 1).await)];
        let send = async |asylum: &Asylum| asylum.pair.a.submit_with_key(&asylum.police, &line, "k").await;
        of_name.push((format!("{:?}", send(&asylum).await), views(&asylum, 1).await));
        // Its moment comes, and that of the answer by default; the same is asked again under its key.
        for hours in [5, 168] {
            asylum.turn(hours).await;
            of_name.push((format!("{:?}", send(&asylum).await), views(&asylum, 1).await));
        }
        // With the link down nothing is different.
        asylum.pair.b.stop().await;
        let again = asylum.pair.a.submit_with_key(&asylum.police, &asylum.answer(thread(1), name), "l").await;
        asylum.turn(400).await;
        of_name.push((format!("{again:?}"), views(&asylum, 1).await));
        // Something happened all the same, and the protection officer knows what, and who asked.
        let (_, text) = asylum.pair.a.get_as(&asylum.officer, "/v1/protection/held").await;
        let held: Value = serde_json::from_str(&text).unwrap();
        let what = |word: &str| held["held"].as_array().unwrap().iter().filter(|held| held["what"] == word).count();
        let expected = if name == LAYLA { (1, 2, 2) } else { (2, 0, 0) };
        let stopped = held["probes"][0]["stopped"].as_u64().unwrap_or_default();
        assert_eq!((what("sent"), what("stopped"), stopped), expected, "{text}");
        seen.push(of_name);
    }
    let (listed, unlisted) = (&seen[0], &seen[1]);
    for (one, other) in listed.iter().zip(unlisted) {
        assert_eq!(one, other);
    }
}

// spec: PROT-12, PROT-13
#[tokio::test(flavor = "multi_thread")]
async fn the_database_tells_nothing_of_whom_the_register_names() {
    let mut seen = Vec::new();
    for name in [Some(LAYLA), Some(OTHER), None] {
        let asylum = protecting().await;
        asylum.ask(&asylum.request(thread(1), name)).await;
        asylum.turn(0).await;
        // The officer looks, tries to pass it on, and takes the day's batch.
        for held in asylum.held().await {
            let path = format!("/v1/protection/held/{}", held["id"].as_str().unwrap());
            assert_eq!(asylum.pair.a.get_as(&asylum.officer, &path).await.0, StatusCode::OK);
            asylum.post(&format!("{path}/pass"), "").await;
        }
        assert_eq!(asylum.post("/v1/protection/held/all/pass", "").await.0, StatusCode::OK);
        asylum.turn(168).await;
        let reader = asylum.pair.a.node.reader().unwrap();
        let rows: Vec<usize> = reader.aside().unwrap().iter().map(|row| row.bytes.as_ref().unwrap().len()).collect();
        // What came in, its answer, and that answer in the log.
        assert!(rows.len() == 3 && rows.iter().all(|length| *length == rows[0]), "{rows:?}");
        // The threads' own file is not sealed; it is the same whether a thread was passed on or not.
        asylum.pair.a.node.upkeep.catch_up().unwrap();
        let rows = |view| asylum.pair.a.node.threads.rows.named(&thread(1), view).unwrap().remove(0);
        let (whole, office) = (rows(View::Whole), rows(View::Office));
        let in_file = format!("{:?} {} {:?} {}", whole.seen, whole.state, office.seen, office.state);
        let kept = ["protection/acts", "protection/register"].map(|meta| reader.meta(meta).unwrap().unwrap().len());
        let entries: Vec<Value> = reader
            .audit_from(0, 1_000)
            .unwrap()
            .iter()
            .map(|row| serde_json::from_slice(&row.entry).unwrap())
            .collect();
        let of_officer: Vec<String> = entries
            .iter()
            .filter(|entry| entry["by"]["role"] == "protection_officer")
            .map(|entry| {
                let mut entry = entry.clone();
                let sealed = entry["sealed"].as_str().unwrap().len();
                entry["sealed"] = sealed.into();
                entry["time"] = 0.into();
                entry["begun"] = entry["begun"].is_number().into();
                entry["by"]["token"] = "t".into();
                entry.to_string()
            })
            .collect();
        for entry in &entries {
            let text = entry.to_string();
            assert!(!text.contains("ASY-") && !text.contains("\"held\""), "{text}");
            assert!(entry["act"] != "batch" || entry["local"].as_str().unwrap().len() == 64, "{text}");
        }
        seen.push((kept, of_officer, in_file));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[1], seen[2]);
}

// spec: PROT-4
#[tokio::test(flavor = "multi_thread")]
async fn every_record_of_a_watched_channel_that_can_hold_persons_waits_for_the_officer() {
    let asylum = Asylum::start().await;
    // One thread is open from before, and waits for a clarification.
    asylum.ask(&asylum.request(thread(9), None)).await;
    let unclear = json!({ "step": "question", "subject": "Made up", "language": "en", "text": "Made up." });
    asylum.send(&asylum.line(false, "requests.clarification/1", thread(9), false, &unclear)).await;
    asylum.until_asking_sees(thread(9), "returned_incomplete").await;
    asylum.protect(&[LAYLA.to_owned()]).await;
    let person = json!([{ "names": LAYLA }]);
    let statement = json!([{ "text": "Made up.", "basis": "fact", "source": "A", "info": "1" }]);
    let clarified = json!({ "step": "answer", "subject": "Made-up secret", "text": "Layla.", "language": "en" });
    let spontaneous = json!({ "subject": "Made-up secret", "language": "en", "reason": "Made up.",
        "statement": statement, "person": person });
    let lines = [
        asylum.line(true, "requests.clarification/1", thread(9), false, &clarified),
        asylum.line(true, "requests.spontaneous/1", thread(2), true, &spontaneous),
        asylum.request(thread(3), Some(LAYLA)),
        note(&asylum.channel(), "a made-up secret about Layla"),
    ];
    let before = views(&asylum, 9).await;
    asylum.ask(&lines.concat()).await;
    assert_eq!(views(&asylum, 9).await, before, "nothing of any of them shows, in whatever thread");
    let held = asylum.held().await;
    let kinds: Vec<&str> = held.iter().map(|held| held["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.len(), 4, "{kinds:?}");
    let rules: Vec<&Value> = held.iter().map(|held| &held["rule"]).collect();
    assert_eq!(rules, ["ASY-05", "ASY-04", "ASY-04", "ASY-05"]);
    // A step that holds nobody does not wait, though it stands in a thread of such a channel.
    let closed = asylum.line(true, "requests.progress/1", thread(9), false, &json!({ "step": "withdrawn" }));
    asylum.ask(&closed).await;
    asylum.pair.a.node.upkeep.catch_up().unwrap();
    let (_, shown) = asylum.pair.a.get_as(&asylum.police, &format!("/v1/threads/{}", thread(9))).await;
    assert!(shown.contains("\"withdrawn\""), "{shown}");
}

// spec: PROT-4
#[tokio::test(flavor = "multi_thread")]
async fn a_list_has_no_page_for_a_thread_that_is_hidden() {
    let asylum = protecting().await;
    asylum.ask(&(1..=4).map(|number| asylum.request(thread(number), None)).collect::<String>()).await;
    asylum.pair.a.node.upkeep.catch_up().unwrap();
    for held in asylum.held().await.iter().filter(|held| held["thread"] == thread(3).to_string()) {
        asylum.post(&format!("/v1/protection/held/{}/pass", held["id"].as_str().unwrap()), "").await;
    }
    let page = |text: String| serde_json::from_str::<Value>(&text).unwrap();
    let first = page(asylum.pair.a.get_as(&asylum.police, "/v1/threads?limit=1").await.1);
    assert_eq!((&first["threads"][0]["thread"], &first["next"]), (&thread(3).to_string().into(), &Value::Null));
    for filter in
        ["awaits=AGENCY", "due_before_ms=9999999999999", "state=released", "kind=requests.request", "closed=true"]
    {
        let filter = filter.replace("AGENCY", &asylum.pair.a.node.me.to_string());
        let found = page(asylum.pair.a.get_as(&asylum.police, &format!("/v1/threads?limit=1&{filter}")).await.1);
        assert!(found["threads"].as_array().unwrap().len() <= 1 && found["next"].is_null(), "{filter}: {found}");
    }
    // The officer sees all, page by page; a cursor says nothing, and is no cursor of another list.
    let first = page(asylum.pair.a.get_as(&asylum.officer, "/v1/threads?limit=1").await.1);
    let due = format!("{:016x}", first["threads"][0]["due_ms"].as_u64().unwrap_or_default());
    let cursor = first["next"].as_str().unwrap();
    assert!(!cursor.contains(&due), "{cursor}");
    let second = format!("/v1/threads?limit=1&cursor={cursor}");
    assert_eq!(page(asylum.pair.a.get_as(&asylum.officer, &second).await.1)["threads"].as_array().unwrap().len(), 1);
    let other = asylum.pair.a.get_as(&asylum.officer, &format!("/v1/records?cursor={cursor}")).await;
    assert_eq!(other.0, StatusCode::BAD_REQUEST, "{}", other.1);
}

// spec: PROT-8
#[tokio::test(flavor = "multi_thread")]
async fn a_request_gets_its_answer_by_default_unless_somebody_answers_before() {
    let asylum = protecting().await;
    asylum.ask(&(1..=3).map(|number| asylum.request(thread(number), None)).collect::<String>()).await;
    asylum.turn(0).await;
    let pending = || asylum.pair.a.node.protection.aside(|index| index.pending());
    let now = clock::now_ms();
    let due: Vec<u64> = pending().iter().map(|(_, neutral)| neutral.at.saturating_sub(now) / 3_600_000).collect();
    assert!(due.len() == 3 && due.iter().all(|hours| (41..=126).contains(hours)), "drawn at receipt: {due:?}");
    asylum.post("/v1/protection/held/all/pass", "").await;
    assert_eq!(pending().len(), 3, "passed on, the default stays");
    // One is answered before its moment, one after it, and one never.
    asylum.send(&asylum.answer(thread(1), OTHER)).await;
    asylum.turn(5).await;
    asylum.turn(168).await;
    asylum.send(&asylum.answer(thread(2), OTHER)).await;
    asylum.turn(5).await;
    let sent = asylum.replies(4).await;
    let mut of: Vec<(u64, bool)> = sent
        .iter()
        .map(|reply| {
            let id = reply.opened.header.thread.unwrap().0;
            let number = u64::from_be_bytes(id[8..].try_into().unwrap());
            (number, reply.opened.body.windows(9).any(|part| part == b"statement"))
        })
        .collect();
    of.sort_unstable();
    assert_eq!(of, [(1, true), (2, false), (2, true), (3, false)], "what is found later corrects");
    let b = &asylum.pair.b;
    b.node.upkeep.catch_up().unwrap();
    let state = async |number| {
        let path = format!("/v1/threads/{}", thread(number));
        b.json(Method::GET, &path, bytes::Bytes::new()).await["state"].clone()
    };
    assert_eq!([state(1).await, state(2).await, state(3).await], ["answered", "answered", "nothing_to_provide"]);
}

// spec: PROT-1
#[tokio::test(flavor = "multi_thread")]
async fn a_name_in_another_script_is_shown_to_the_officer_and_one_that_looks_the_same_is_stopped() {
    let asylum = Asylum::start().await;
    asylum.protect(&["Layla Karimi".to_owned()]).await;
    let names = ["L\u{430}y\u{200B}la Karimi", "ليلى كريمي", OTHER];
    let asked: String = (1..=3).map(|n| asylum.request(thread(n), Some(names[n as usize - 1]))).collect();
    asylum.ask(&asked).await;
    let found = asylum.held().await;
    let found: Vec<(&Value, &Value)> = found.iter().map(|held| (&held["rule"], &held["near"])).collect();
    let (named, unnamed) = (json!("ASY-04"), json!("ASY-05"));
    assert_eq!(found, [(&named, &json!(false)), (&unnamed, &json!(true)), (&unnamed, &json!(false))]);
    // An own record that is only near waits for the officer, who may let it go.
    asylum.send(&asylum.answer(thread(3), "Leyla Karimi")).await;
    asylum.turn(5).await;
    let held = asylum.held().await;
    let stopped = held.iter().find(|held| held["what"] == "stopped").unwrap();
    assert_eq!((&stopped["near"], &stopped["rule"]), (&json!(true), &json!("ASY-01")));
    let path = format!("/v1/protection/held/{}/pass", stopped["id"].as_str().unwrap());
    assert_eq!(asylum.post(&path, "").await.0, StatusCode::OK);
    asylum.turn(0).await;
    assert_eq!(asylum.replies(1).await.len(), 1);
}
