//! Lists, search and following, over real nodes.

use std::time::Duration;

use axum::http::Method;
use bytes::Bytes;
use desks::limits::{THREAD_RECORDS_KEPT_MAX, THREAD_RECORDS_MAX};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
    time::{sleep, timeout},
};

use crate::world::{Pair, TestNode, note};

async fn get(node: &TestNode, path: &str) -> Value {
    node.json(Method::GET, path, Bytes::new()).await
}

/// Asks until the answer is as wanted, and gives it back.
pub async fn until(node: &TestNode, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut answer = Value::Null;
    for _ in 0..400 {
        answer = get(node, path).await;
        if wanted(&answer) {
            return answer;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("{path} stayed at {answer}");
}

fn hits(answer: &Value) -> usize {
    answer["hits"].as_array().map_or(0, Vec::len)
}

/// Follows until so many events came, and gives them back as (id, event, data).
async fn follow(node: &TestNode, query: &str, events: usize) -> Vec<(Option<String>, String, Value)> {
    let mut socket = UnixStream::connect(node.dir.join(mithaq_doors::serve::SOCKET)).await.unwrap();
    let request = format!("GET /v1/follow?{query} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    let mut buffer = [0; 4096];
    let read = async {
        loop {
            let found: Vec<_> = text.split("\n\n").filter_map(event).collect();
            if found.len() >= events {
                return found;
            }
            let length = socket.read(&mut buffer).await.unwrap();
            assert!(length > 0, "the stream ended: {text}");
            text.push_str(&String::from_utf8_lossy(&buffer[..length]));
        }
    };
    timeout(Duration::from_secs(20), read).await.expect("the events came")
}

fn event(text: &str) -> Option<(Option<String>, String, Value)> {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    let data = serde_json::from_str(field("data: ")?).ok()?;
    Some((field("id: ").map(str::to_owned), field("event: ")?.to_owned(), data))
}

pub const THREAD: &str = "0123456789abcdef0123456789abcdef";
pub const REQUEST: &str = include_str!("../../../desks/src/requests/request/testdata/example.json");
pub const REPLY: &str = include_str!("../../../desks/src/requests/reply/testdata/example.json");

/// A record of the requests desk in the one thread of these tests.
pub fn of_desk(pair: &Pair, kind: &str, body: &str) -> String {
    let header = json!({
        "kind": kind, "thread": THREAD, "clause": "requests", "purpose": "coordination", "handling": ["H1", "H2"],
        "urgency": "normal", "evaluation": {"source": "X", "info": "4"}, "retain_until": "2027-06-30",
        "media_type": "application/json",
    });
    format!("{}\n", json!({ "channel": pair.channel, "header": header, "body": body }))
}

/// What both nodes must agree on.
fn agreed(thread: &Value) -> Value {
    [
        "kind",
        "state",
        "open",
        "opened_by",
        "awaits",
        "due_ms",
        "due_what",
        "clause",
        "since_ms",
        "records",
        "ineffective",
    ]
    .iter()
    .map(|field| ((*field).to_owned(), thread[field].clone()))
    .collect::<serde_json::Map<_, _>>()
    .into()
}

// spec: THREAD-1, THREAD-6, THREAD-7
#[tokio::test(flavor = "multi_thread")]
async fn a_request_stands_the_same_on_both_sides_and_outlives_its_content() {
    let pair = Pair::start().await;
    let path = format!("/v1/threads/{THREAD}");
    let asked =
        pair.a.submit(&of_desk(&pair, "requests.request/1", REQUEST), "wait=delivered&timeout_s=20", None).await;
    assert_eq!(asked[0]["state"], "delivered", "{asked:?}");
    let is_delivered = |thread: &Value| thread["state"] == "delivered" && thread["settled"] == true;
    let (a, b) =
        (until(&pair.a, &path, is_delivered).await, until(&pair.b, &path, |t| t["state"] == "delivered").await);
    assert_eq!(agreed(&a), agreed(&b));
    assert_eq!(a["awaits"], json!([pair.b.node.me]));
    assert_eq!((&a["due_what"], &a["overdue"], &a["open"]), (&json!("answer"), &json!(false), &json!(true)));
    assert_eq!(a["title"], "Owner of a vehicle seen at a crossing");
    let received = a["events"].as_array().unwrap().iter().find(|event| event["kind"] == "mithaq.received/1").unwrap();
    assert_eq!(a["due_ms"].as_u64().unwrap() - received["time_ms"].as_u64().unwrap(), 168 * 3_600_000);
    assert!(b["next"].as_array().unwrap().iter().any(|next| next["kind"] == "requests.reply/1"), "{b}");

    // The list has it under each filter that fits, and under none that does not.
    let me = pair.a.node.me;
    let partner = pair.b.node.me;
    for (query, wanted) in [
        ("".to_owned(), 1),
        (format!("channel={}", pair.channel), 1),
        (format!("party={partner}&kind=requests.request&state=delivered&clause=requests"), 1),
        (format!("awaits={partner}"), 1),
        (format!("awaits={me}"), 0),
        ("overdue=true".to_owned(), 0),
        ("due_before_ms=9000000000000".to_owned(), 1),
        ("state=answered&closed=true".to_owned(), 0),
        ("clause=notes".to_owned(), 0),
    ] {
        let page = get(&pair.a, &format!("/v1/threads?{query}")).await;
        assert_eq!(page["threads"].as_array().unwrap().len(), wanted, "{query}: {page}");
    }
    let found = until(&pair.a, "/v1/search?q=crossing&state=delivered", |answer| hits(answer) == 1).await;
    assert_eq!(found["hits"][0]["standing"]["state"], "delivered");

    // Of two replies that were taken together the second takes no effect and says why.
    let reply = of_desk(&pair, "requests.reply/1", REPLY);
    pair.b.submit(&reply.repeat(2), "wait=delivered&timeout_s=20", None).await;
    let is_whole = |thread: &Value| thread["state"] == "answered" && thread["ineffective"] == 1;
    let (a, b) = (until(&pair.a, &path, is_whole).await, until(&pair.b, &path, is_whole).await);
    assert_eq!(agreed(&a), agreed(&b));
    let effects: Vec<_> = a["events"].as_array().unwrap().iter().map(|event| event["effect"].clone()).collect();
    assert!(effects.contains(&json!({ "ineffective": { "code": "state", "state": "answered" } })), "{effects:?}");
    let changes = follow(&pair.b, "after=0", 5).await;
    assert!(changes.iter().any(|(_, event, data)| event == "thread" && data["thread"] == THREAD), "{changes:?}");

    // Erased at both ends, with all that is derived made again: the same state, and no title.
    let order = json!({
        "channel": pair.channel, "log": asked[0]["ref"]["log"], "index": asked[0]["ref"]["index"], "order": true,
    });
    pair.a.json(Method::POST, "/v1/erase", order.to_string()).await;
    for (side, before) in [(&pair.a, &a), (&pair.b, &b)] {
        until(side, &path, |thread| thread["title"] == Value::Null).await;
        let node = side.node.clone();
        node::work::beside(move || node.upkeep.rebuild()).await.unwrap().unwrap();
        let after = get(side, &path).await;
        assert_eq!(agreed(&after), agreed(before));
        assert_eq!(after["title"], Value::Null);
        assert_eq!(after["corrections"], json!([]));
    }
}

// spec: THREAD-4
#[tokio::test(flavor = "multi_thread")]
async fn what_would_have_no_effect_in_its_thread_does_not_leave() {
    let pair = Pair::start().await;
    let receipted = "wait=delivered&timeout_s=20";
    let (request, reply) = (of_desk(&pair, "requests.request/1", REQUEST), of_desk(&pair, "requests.reply/1", REPLY));
    let refused = async |node: &TestNode, line: &str, says: &str| {
        for path in ["/v1/records", "/v1/records/try"] {
            let answer = node.request_as(Method::POST, path, "application/x-ndjson", line.to_owned()).await;
            let answer: Value = serde_json::from_slice(&answer.body).unwrap();
            assert!(
                answer["error"]["message"].as_str().is_some_and(|message| message.contains(says)),
                "{path}: {answer}"
            );
            assert_eq!(answer["error"]["field"], "thread", "{path}");
        }
    };
    refused(&pair.b, &reply, "no record has opened this thread in the lane main").await;
    pair.a.submit(&request, receipted, None).await;
    until(&pair.a, &format!("/v1/threads/{THREAD}"), |thread| thread["state"] == "delivered").await;
    refused(&pair.a, &request, "opened already").await;
    refused(&pair.a, &reply, "this party may not do that").await;
    let mut urgent: Value = serde_json::from_str(&reply).unwrap();
    urgent["lane"] = "urgent".into();
    urgent["header"]["urgency"] = "urgent".into();
    urgent["header"]["urgency_ground"] = "threat_to_life".into();
    refused(&pair.b, &urgent.to_string(), "in the lane urgent").await;
    let answered = pair.b.submit(&reply, receipted, None).await;
    assert_eq!(answered[0]["state"], "delivered", "{answered:?}");
    refused(&pair.b, &reply, "not possible in the state answered. The thread is answered").await;
    // A letter in the thread asks nothing of it.
    let mut letter: Value = serde_json::from_str(&note(&pair.channel, "a letter")).unwrap();
    letter["header"]["thread"] = THREAD.into();
    let sent = pair.b.submit(&letter.to_string(), receipted, None).await;
    assert_eq!(sent[0]["state"], "delivered", "{sent:?}");
}

// spec: THREAD-8, THREAD-9
#[tokio::test(flavor = "multi_thread")]
async fn a_party_that_floods_a_thread_fills_its_own_part_only() {
    let pair = Pair::start().await;
    let path = format!("/v1/threads/{THREAD}");
    let receipted = "wait=delivered&timeout_s=20";
    pair.a.submit(&of_desk(&pair, "requests.request/1", REQUEST), receipted, None).await;
    let mut line: Value = serde_json::from_str(&note(&pair.channel, "one more")).unwrap();
    line["header"]["thread"] = THREAD.into();
    let note = format!("{line}\n");
    // With the request one more than is kept, in one go, before the thread is known to be full.
    let flood = pair.a.submit(&note.repeat(THREAD_RECORDS_KEPT_MAX), receipted, None).await;
    assert!(flood.iter().all(|answer| answer["state"] == "delivered"), "{:?}", flood.last());
    for side in [&pair.a, &pair.b] {
        let thread = until(side, &path, |thread| thread["records"] == THREAD_RECORDS_KEPT_MAX).await;
        assert_eq!(thread["ineffective"], THREAD_RECORDS_KEPT_MAX - THREAD_RECORDS_MAX);
    }
    let refused = pair.a.submit(&note, "wait=recorded", None).await;
    assert_eq!((&refused[0]["error"]["code"], &refused[0]["error"]["field"]), (&json!("refused"), &json!("thread")));
    // What the other side has to say is read.
    let answered = pair.b.submit(&of_desk(&pair, "requests.reply/1", REPLY), receipted, None).await;
    assert_eq!(answered[0]["state"], "delivered", "{answered:?}");
    for side in [&pair.a, &pair.b] {
        until(side, &path, |thread| thread["state"] == "answered").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_names_what_stands_in_the_way() {
    let mut pair = Pair::start().await;
    pair.a.submit(&note(&pair.channel, "one"), "wait=delivered&timeout_s=20", None).await;
    let next = until(&pair.a, "/v1/doctor", |diagnosis| diagnosis["findings"].as_array().unwrap().len() == 1).await;
    assert_eq!(next["findings"][0]["about"], "setup", "{next}");
    std::fs::remove_file(pair.a.dir.join(node::keys::NEXT_FILE)).unwrap();
    let well = until(&pair.a, "/v1/doctor", |diagnosis| diagnosis["ok"] == true).await;
    assert_eq!(well["partners"][0]["agency"], pair.b.node.me.to_string());
    assert!(well["partners"][0]["last_receipt_ms"].is_u64(), "{well}");
    pair.b.stop().await;
    pair.a.submit(&note(&pair.channel, "two"), "wait=recorded", None).await;
    let ill = until(&pair.a, "/v1/doctor", |diagnosis| diagnosis["ok"] == false).await;
    assert_eq!(ill["findings"][0]["about"], "link", "{ill}");
    let stands = &ill["partners"][0];
    assert!(stands["since_ms"].is_u64() && stands["oldest_ms"].is_u64() && stands["signed_ms"].is_u64(), "{ill}");
    assert_eq!((&stands["card"], &stands["trusted"]), (&json!(1), &json!(true)), "{ill}");
    assert!(ill["findings"][0]["advice"].as_str().unwrap().contains("peer add"), "{ill}");
    // What is waited for and how long, and a clock that is behind what the partner signed.
    for (minutes, about) in [(60, "queue"), (-60, "clock")] {
        let now = node::clock::now_ms().saturating_add_signed(minutes * 60_000);
        let node = pair.a.node.clone();
        let examine = move || node::doctor::examine(&node.doctor, &node::callers::Caller::socket(false), now);
        let diagnosis = node::work::beside(examine).await.unwrap();
        let findings = json!(diagnosis.unwrap().findings);
        let found = findings.as_array().unwrap().iter().find(|finding| finding["about"] == about);
        let message = found.unwrap_or_else(|| panic!("{about}: {findings}"))["message"].as_str().unwrap().to_owned();
        assert!(message.contains("minutes"), "{message}");
    }
    assert!(ill["partners"][0]["outstanding"].as_u64() > Some(0));
    let metrics = pair.a.request(Method::GET, "/metrics", Bytes::new()).await;
    let text = String::from_utf8(metrics.body.to_vec()).unwrap();
    assert!(text.contains("\nmithaq_links_broken 1\n") && text.contains("\nmithaq_channels 1\n"), "{text}");
    assert_eq!(get(&pair.a, "/v1/health").await, json!({ "ok": true }));
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_found_at_both_ends_and_gone_with_their_record() {
    let pair = Pair::start().await;
    let sent = pair
        .a
        .submit(
            &(note(&pair.channel, "the white lorry QUIETCANARY") + &note(&pair.channel, "شاحنة بيضاء في إزمير")),
            "wait=delivered&timeout_s=20",
            None,
        )
        .await;
    for side in [&pair.a, &pair.b] {
        until(side, "/v1/search?q=quietcanary", |answer| hits(answer) == 1).await;
        let found = until(side, "/v1/search?q=%D8%A7%D8%B2%D9%85%D9%8A%D8%B1", |answer| hits(answer) == 1).await;
        assert_eq!(found["index"]["complete"], true);
        assert_eq!(found["hits"][0]["title"], "made up");
        assert_eq!(found["hits"][0]["standing"]["kind"], "thread", "a thread without states");
    }
    // What comes once the index is there is found too.
    pair.a.submit(&note(&pair.channel, "a second LATECANARY"), "wait=delivered&timeout_s=20", None).await;
    until(&pair.b, "/v1/search?q=latecanary", |answer| hits(answer) == 1).await;
    let order = json!({
        "channel": pair.channel, "log": sent[0]["ref"]["log"], "index": sent[0]["ref"]["index"], "order": true,
    });
    pair.a.json(Method::POST, "/v1/erase", order.to_string()).await;
    for side in [&pair.a, &pair.b] {
        until(side, "/v1/search?q=quietcanary", |answer| hits(answer) == 0).await;
        assert_eq!(hits(&get(side, "/v1/search?q=lorry").await), 0);
        // The index made anew finds the same.
        side.node.threads.words.forget_all();
        until(side, "/v1/search?q=latecanary", |answer| hits(answer) == 1).await;
        assert_eq!(hits(&get(side, "/v1/search?q=quietcanary").await), 0);
    }
    // spec: REST-15
    for word in ["QUIETCANARY", "quietcanary", "LATECANARY", "latecanary"] {
        for file in files(pair.folder.path()) {
            let bytes = std::fs::read(&file).unwrap_or_default();
            assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "{word} in {}", file.display());
        }
    }
}

fn files(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path))
        } else if path.is_file() {
            found.push(path)
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_comes_back_misses_nothing() {
    let pair = Pair::start().await;
    for text in ["one", "two", "three"] {
        pair.a.submit(&note(&pair.channel, text), "wait=delivered&timeout_s=20", None).await;
    }
    until(&pair.b, "/v1/threads", |page| page["threads"][0]["records"] == 3).await;
    let is_note = |(_, event, data): &&(_, String, Value)| event == "record" && data["kind"] == "correspondence.note/1";
    let all = follow(&pair.b, "after=0", 5).await;
    assert!(all[0].1 == "following" && all[0].0.is_some());
    assert_eq!(all.iter().filter(is_note).count(), 3);
    // The thread is told of once, as it stands, with the batch that changed it last.
    assert_eq!((all[4].1.as_str(), &all[4].2["records"]), ("thread", &json!(3)));
    // An id stands at the last event of a batch only.
    let ids: Vec<&String> = [1, 2, 4].into_iter().filter_map(|place: usize| all[place].0.as_ref()).collect();
    assert!(ids.len() == 3 && all[3].0.is_none(), "{all:?}");
    assert!(ids.iter().all(|id| id.len() == ids[0].len()), "they count nothing: {ids:?}");
    let resumed = follow(&pair.b, &format!("after={}", all[1].0.as_ref().unwrap()), 4).await;
    assert_eq!(resumed[1..], all[2..]);
    // From now on: only what comes.
    let (waiting, _) = tokio::join!(follow(&pair.b, "", 2), async {
        sleep(Duration::from_millis(300)).await;
        pair.a.submit(&note(&pair.channel, "four"), "wait=delivered&timeout_s=20", None).await;
    });
    assert!(waiting[0].0.is_some());
    assert_eq!(waiting.iter().filter(is_note).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_records_goes_on_behind_its_cursor() {
    let pair = Pair::start().await;
    let lines: String = (0..7).map(|number| note(&pair.channel, &format!("note {number}"))).collect();
    pair.a.submit(&lines, "wait=recorded", None).await;
    let page = async |query: String| {
        let answer = pair.a.request(Method::GET, &format!("/v1/records?limit=3{query}"), Bytes::new()).await;
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect::<Vec<_>>()
    };
    let mut seen = Vec::new();
    let mut query = String::new();
    loop {
        let lines = page(query).await;
        let Some(last) = lines.last() else { break };
        query = format!("&cursor={}", last["cursor"].as_str().unwrap());
        seen.extend(lines.into_iter().map(|line| (line["party"].clone(), line["index"].clone())));
    }
    let whole = pair.a.request(Method::GET, "/v1/records", Bytes::new()).await;
    assert_eq!(seen.len(), String::from_utf8_lossy(&whole.body).lines().count());
    let distinct: std::collections::BTreeSet<_> = seen.iter().map(|(party, index)| format!("{party}{index}")).collect();
    assert_eq!(distinct.len(), seen.len());
    let wrong = pair.a.request(Method::GET, "/v1/records?cursor=x", Bytes::new()).await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_makes_no_sense_names_its_field() {
    let pair = Pair::start().await;
    for (path, field) in [
        ("/v1/threads?limit=0", "limit"),
        ("/v1/threads?limit=201", "limit"),
        ("/v1/threads?cursor=1", "cursor"),
        ("/v1/threads?q=x", "q"),
        ("/v1/search", "q"),
        ("/v1/search?q=-", "q"),
        ("/v1/search?q=x&cursor=00", "cursor"),
        ("/v1/threads/xyz", "thread"),
    ] {
        let answer = get(&pair.a, path).await;
        assert_eq!(answer["field"], field, "{path}: {answer}");
    }
    let unknown = get(&pair.a, "/v1/threads/00112233445566778899aabbccddeeff").await;
    assert_eq!(unknown["code"], "not_found", "{unknown}");
    assert_eq!(pair.a.request(Method::GET, "/v1/threads?unknown=1", Bytes::new()).await.status, 400);
}
