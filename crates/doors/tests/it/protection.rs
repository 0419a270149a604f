//! The protection register over real nodes: what waits, what is stopped, and who learns of it.

use axum::http::{Method, StatusCode};
use node::{clock, jobs::release, protection::Protection};
use protocol::{header::Header, origin::Lane};
use serde_json::{Value, json};

use crate::{
    asylum::{Asylum, LAYLA, replies, thread},
    rogue::Rogue,
    world::note,
};

fn layla() -> Vec<String> {
    vec![LAYLA.to_owned(), "ليلى".to_owned()]
}

/// Every way in which an office could come upon a record or its thread.
async fn looks(asylum: &Asylum, token: &str, index: &Value) -> Vec<(String, bool)> {
    let (a, log) = (&asylum.pair.a, format!("{}/1/main", asylum.pair.b.node.me));
    let place = format!("{}/{log}/{index}", asylum.channel());
    let mut seen = Vec::new();
    for (path, word) in [
        ("/v1/records".to_owned(), format!("\"index\":{index},\"thread\":\"{}\"", thread(1))),
        ("/v1/threads?closed=true".to_owned(), thread(1).to_string()),
        (format!("/v1/threads/{}", thread(1)), thread(1).to_string()),
        ("/v1/search?q=request&closed=true".to_owned(), thread(1).to_string()),
        (format!("/v1/records/{place}"), "Made-up request".to_owned()),
        (format!("/v1/evidence/{place}"), "mithaq".to_owned()),
    ] {
        let answer = a.bytes_as(token, Method::GET, &path, "").await;
        let text = String::from_utf8_lossy(&answer.1).into_owned();
        // What one asked for may stand in the refusal.
        let shown = answer.0 == StatusCode::OK && text.contains(&word);
        seen.push((path.split('?').next().unwrap().to_owned(), shown));
    }
    seen
}

// spec: PROT-3, PROT-4, PROT-5
#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_a_feared_state_shows_to_the_protection_officer_first() {
    let asylum = Asylum::start().await;
    asylum.protect(&layla()).await;
    let answers = asylum
        .ask(
            &[
                asylum.request(thread(1), Some("made up, LAYLA")),
                asylum.request(thread(2), Some("Somebody Else")),
                asylum.request(thread(3), None),
            ]
            .concat(),
        )
        .await;
    asylum.pair.a.node.upkeep.catch_up().unwrap();

    let index = &answers[0]["ref"]["index"];
    for (path, shown) in looks(&asylum, &asylum.police, index).await {
        assert!(!shown, "the police come upon it by {path}");
    }
    let record = format!("/v1/records/{}/{}/1/main/{index}", asylum.channel(), asylum.pair.b.node.me);
    let absent = format!("{}/9999", record.rsplit_once('/').unwrap().0);
    let refused = |text: &str| {
        serde_json::from_str::<Value>(text).unwrap()["detail"].to_string().replace("9999", &index.to_string())
    };
    let (hidden, missing) =
        (asylum.pair.a.get_as(&asylum.police, &record).await, asylum.pair.a.get_as(&asylum.police, &absent).await);
    assert_eq!((hidden.0, refused(&hidden.1)), (missing.0, refused(&missing.1)), "as if it were not there");
    for (path, shown) in looks(&asylum, &asylum.auditor, index).await {
        assert!(shown || path == "/v1/search", "the auditor does not come upon it by {path}");
    }

    // The local part of the decisions is for the auditor, and stands in no entry.
    let (_, listed) = asylum.pair.a.get_as(&asylum.auditor, "/v1/audit?use=lawfulness&from=0&limit=1000").await;
    let lines: Vec<Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let held: Vec<Value> =
        lines.iter().filter_map(|line| line["local"]["held"].as_array().cloned()).flatten().collect();
    assert_eq!((held.len(), &held[0]), (3, index), "{held:?}");
    for line in &lines {
        let entry: Value = serde_json::from_str(line["entry"].as_str().unwrap()).unwrap();
        let has_local = entry["local"].as_str().is_some_and(|local| local.len() == 64);
        assert!(entry["act"] != "batch" || has_local, "every batch has a commitment: {entry}");
        assert!(entry.get("held").is_none() && !entry.to_string().contains("ASY-0"), "{entry}");
    }

    let held = asylum.held().await;
    let rules: Vec<&Value> = held.iter().map(|held| &held["rule"]).collect();
    assert_eq!(rules, ["ASY-04", "ASY-05", "ASY-05"]);
    assert_eq!((&held[0]["state"], &held[0]["title"]), (&"XAB".into(), &"Made-up request".into()));
    let pass = |held: &Value| format!("/v1/protection/held/{}/pass", held["id"].as_str().unwrap());
    let (status, text) = asylum.post(&pass(&held[0]), "").await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{text}");
    assert!(text.contains("ASY-04"), "{text}");
    for held in &held[1..] {
        assert_eq!(asylum.post(&pass(held), "").await.0, StatusCode::OK);
    }
    let (_, listed) = asylum.pair.a.get_as(&asylum.police, "/v1/threads").await;
    assert!(listed.contains(&thread(2).to_string()) && listed.contains(&thread(3).to_string()), "{listed}");
    assert!(!listed.contains(&thread(1).to_string()));
    // The search index is made anew.
    let mut found = String::new();
    for _ in 0..200 {
        found = asylum.pair.a.get_as(&asylum.police, "/v1/search?q=Somebody").await.1;
        if found.contains("\"complete\":true") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    assert!(found.contains(&thread(2).to_string()), "what was passed on is found: {found}");
    for (token, path) in [(&asylum.police, "/v1/protection"), (&asylum.auditor, "/v1/protection/held")] {
        assert_eq!(asylum.pair.a.get_as(token, path).await.0, StatusCode::FORBIDDEN);
    }
}

// spec: PROT-6, PROT-9
#[tokio::test(flavor = "multi_thread")]
async fn what_is_stopped_counts_as_taken_and_its_request_ends_in_nothing_to_provide() {
    let asylum = Asylum::start().await;
    // While nobody fears the partner's state, records are recorded at once; only empty answers wait.
    let note = note(&asylum.channel(), "made up");
    assert_eq!(asylum.send(&note).await[0]["state"], "recorded");
    asylum.protect(&layla()).await;
    asylum.ask(&(1..=4).map(|number| asylum.request(thread(number), None)).collect::<String>()).await;
    for held in asylum.held().await {
        asylum.post(&format!("/v1/protection/held/{}/pass", held["id"].as_str().unwrap()), "").await;
    }

    let lines = [
        asylum.answer(thread(1), "Layla Made Up"),
        asylum.answer(thread(2), "Somebody Else"),
        asylum.nothing(thread(3)),
        note,
    ];
    let tried = asylum.pair.a.at_port(&asylum.police, Method::POST, "/v1/records/try", &lines.concat()).await.1;
    assert_eq!(tried.matches("would_wait").count(), 4, "{tried}");
    let answers = asylum.send(&lines.concat()).await;
    assert!(
        answers.iter().all(|answer| *answer == json!({ "state": "waiting" })),
        "all are told the same: {answers:?}"
    );
    asylum.turn(0).await;
    assert!(asylum.held().await.iter().all(|held| held["what"] == "waiting"), "nothing leaves or is stopped at once");
    asylum.turn(5).await;
    let sent = asylum.replies(1).await;
    assert_eq!((sent.len(), sent[0].opened.header.thread), (1, Some(thread(2))), "what passes leaves at its moment");
    let mut held = asylum.held().await;
    held.retain(|held| held["what"] == "stopped");
    assert_eq!((held.len(), &held[0]["rule"], &held[0]["what"]), (1, &"ASY-01".into(), &"stopped".into()), "{held:?}");
    let path = format!("/v1/protection/held/{}", held[0]["id"].as_str().unwrap());
    assert!(asylum.pair.a.get_as(&asylum.officer, &path).await.1.contains("Layla Made Up"));
    assert_eq!(asylum.post(&format!("{path}/pass"), "").await.0, StatusCode::FORBIDDEN);

    // Nothing is due yet; at the end of the week all have come, also where nobody answered, and they are the same but for their
    // requests.
    asylum.turn(24).await;
    asylum.turn(168).await;
    asylum.turn(168).await;
    let sent = asylum.replies(4).await;
    assert_eq!(sent.len(), 4, "each is released once");
    let empty: Vec<String> = sent[1..]
        .iter()
        .map(|reply| {
            let header = Header { thread: None, in_reply_to: None, fresh: None, ..reply.opened.header.clone() };
            format!("{header:?} {:?} {:?}", reply.opened.body, reply.opened.approvals)
        })
        .collect();
    assert_eq!((&empty[0], &empty[0]), (&empty[1], &empty[2]));
    let mut threads: Vec<_> = sent[1..].iter().filter_map(|reply| reply.opened.header.thread).collect();
    threads.sort_unstable();
    assert_eq!(threads, [thread(1), thread(3), thread(4)]);
    assert_eq!(sent[1].opened.body, br#"{"outcome":"nothing_to_provide","language":"en"}"#);
    assert!(sent[1].opened.approvals.is_empty(), "the clause demands two, and not of this answer");

    // The officer may end what was stopped: its content goes.
    assert_eq!(asylum.post(&format!("{path}/block"), "").await.0, StatusCode::OK);
    assert_eq!(asylum.pair.a.get_as(&asylum.officer, &path).await.0, StatusCode::NOT_FOUND);
    // A thread that is over takes no second answer. The police, who are not shown that it is, are told the same as before.
    let again = asylum.send(&asylum.nothing(thread(3))).await;
    assert_eq!(again[0]["state"], "waiting", "{again:?}");
    asylum.turn(400).await;
    assert_eq!(replies(&asylum.pair.a.node, &asylum.channel(), &asylum.pair.a).len(), 4);
}

// spec: PROT-6
#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_a_protected_thread_is_stopped_also_without_a_name() {
    let asylum = Asylum::start().await;
    asylum.ask(&[asylum.request(thread(1), Some(LAYLA)), asylum.request(thread(2), None)].concat()).await;
    let ask = json!({ "step": "question", "subject": "Made up", "language": "en", "text": "Made up." });
    let about = |number| asylum.line(false, "requests.clarification/1", thread(number), false, &ask);
    asylum.protect(&layla()).await;
    // The register names one thread; the other names the person, in a request that the police have seen before.
    let entry = json!({ "states": ["XAB"], "threads": [thread(2)] }).to_string();
    assert_eq!(asylum.post("/v1/protection", &entry).await.0, StatusCode::OK);
    let answers = asylum.send(&[about(1), about(2)].concat()).await;
    assert!(answers.iter().all(|answer| answer["state"] == "waiting"), "{answers:?}");
    asylum.turn(5).await;
    let rules: Vec<Value> = asylum.held().await.iter().map(|held| held["rule"].clone()).collect();
    assert_eq!(rules, ["ASY-03", "ASY-03"]);

    // An entry that is removed stops nothing any more: what it stopped may be passed on.
    let (_, listed) = asylum.pair.a.get_as(&asylum.officer, "/v1/protection").await;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let id = listed["entries"][1]["id"].as_str().unwrap();
    assert_eq!(asylum.post(&format!("/v1/protection/{}/remove", &id[..8]), "").await.0, StatusCode::OK);
    for held in asylum.held().await {
        let passed = asylum.post(&format!("/v1/protection/held/{}/pass", held["id"].as_str().unwrap()), "").await;
        let free = held["thread"] == thread(2).to_string();
        assert_eq!(passed.0, if free { StatusCode::OK } else { StatusCode::FORBIDDEN }, "{held}");
    }
    asylum.turn(0).await;
    let what: Vec<Value> = asylum.held().await.iter().map(|held| held["what"].clone()).collect();
    assert_eq!(what, ["sent", "stopped"]);
}

// spec: PROT-9
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_survives_a_restart_and_is_released_once_whoever_releases() {
    let asylum = Asylum::start().await;
    asylum.protect(&layla()).await;
    asylum.ask(&[asylum.request(thread(1), Some(LAYLA)), asylum.request(thread(2), None)].concat()).await;
    asylum.turn(0).await;
    let node = &asylum.pair.a.node;
    let loaded = Protection::load(&node.reader().unwrap(), &node.keys).unwrap();
    let pending = |protection: &Protection| protection.aside(|index| (index.pending(), index.waiting()));
    let (answers, arrived) = pending(&loaded);
    assert_eq!((answers.len(), arrived.len()), (2, 2), "every request has its default, whomever it names");
    assert_eq!(pending(&loaded), pending(&node.protection));
    assert!(loaded.register().fears("XAB"));

    let now = clock::now_ms() + 168 * 3_600_000;
    let (one, other) = tokio::join!(release::turn(&node.sending, now), release::turn(&node.sending, now));
    one.and(other).unwrap();
    asylum.turn(200).await;
    assert_eq!(replies(node, &asylum.channel(), &asylum.pair.a).len(), 2);
    let (answers, hidden) = pending(&Protection::load(&node.reader().unwrap(), &node.keys).unwrap());
    assert_eq!((answers.len(), hidden.len()), (0, 4), "they are released, and stay hidden as what arrived does");
}

// spec: PROT-6
#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_submission_waits_once_and_another_under_its_key_is_a_conflict() {
    let asylum = Asylum::start().await;
    let entry = json!({ "states": ["XAB"] }).to_string();
    assert_eq!(asylum.post("/v1/protection", &entry).await.0, StatusCode::OK);
    // Nothing is released meanwhile.
    let _turn = asylum.pair.a.node.protection.turn.lock().await;
    let line = note(&asylum.channel(), "made up");
    for _ in 0..2 {
        let answers = asylum.pair.a.submit_with_key(&asylum.police, &line, "k").await;
        assert_eq!(answers[0]["state"], "waiting", "{answers:?}");
    }
    assert_eq!(asylum.pair.a.node.protection.aside(|index| index.leaving().len()), 1);
    let other = asylum.pair.a.submit_with_key(&asylum.police, &note(&asylum.channel(), "other"), "k").await;
    assert_eq!(other[0]["error"]["code"], "conflict", "{other:?}");
}

// spec: PROT-6
#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_before_somebody_was_registered_does_not_wait_when_it_is_repeated() {
    let asylum = Asylum::start().await;
    let line = note(&asylum.channel(), "made up");
    let send = async || asylum.pair.a.submit_with_key(&asylum.police, &line, "k").await;
    let first = send().await;
    assert_eq!(first[0]["state"], "recorded", "{first:?}");
    let entry = json!({ "states": ["XAB"] }).to_string();
    assert_eq!(asylum.post("/v1/protection", &entry).await.0, StatusCode::OK);
    assert_eq!(send().await[0]["ref"], first[0]["ref"]);
    assert_eq!(asylum.pair.a.node.protection.aside(|index| index.leaving().len()), 0, "it would leave twice");
}

// spec: PROT-6
#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_and_has_not_left_is_stopped_too() {
    let mut asylum = Asylum::start().await;
    asylum.ask(&asylum.request(thread(1), None)).await;
    asylum.pair.b.stop().await;
    let answers = asylum.send(&asylum.answer(thread(1), LAYLA)).await;
    assert_eq!(answers[0]["state"], "recorded", "{answers:?}");
    asylum.protect(&layla()).await;
    let (node, value) = (&asylum.pair.a.node, asylum.pair.a.channel(&asylum.channel()).value());
    let origin = value.own_log(Lane::Main);
    let index = answers[0]["ref"]["index"].as_u64().unwrap();
    node.upkeep.catch_up().unwrap();
    let stored = node.reader().unwrap().batch_at(&origin, index).unwrap().unwrap();
    for _ in 0..2 {
        let again = node.sending.leaving_again(&value, &stored, &asylum.pair.b.node.me, clock::today()).unwrap();
        assert!(!again[usize::try_from(index - stored.batch.first).unwrap()], "it does not leave any more");
    }
    let held = asylum.held().await;
    let what: Vec<&Value> = held.iter().map(|held| &held["what"]).collect();
    assert_eq!((what, &held[1]["rule"]), (vec![&"sent".into(), &"stopped".into()], &"ASY-01".into()), "{held:?}");
    assert_eq!(held[1]["recorded"]["index"], index);
}

// spec: PROT-10
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_answer_that_carries_anything_is_refused_by_its_receiver() {
    let mut rogue = Rogue::start_under(include_str!("protection.toml")).await;
    let header = |more: Value| {
        let mut header = json!({
            "kind": "requests.reply/1", "thread": thread(1), "clause": "requests",
            "in_reply_to": { "log": format!("{}/1/main", rogue.a.node.me), "index": 1 },
            "purpose": "identify_person_or_object", "handling": ["H1", "H2"],
            "evaluation": { "source": "X", "info": "4" },
            "retain_until": clock::today().plus_days(10), "media_type": "application/json",
        });
        for (name, value) in more.as_object().unwrap() {
            header[name] = value.clone();
        }
        (header.to_string().into_bytes(), br#"{"outcome":"nothing_to_provide","language":"en"}"#.to_vec())
    };
    let drafts = [
        header(json!({})),
        header(json!({ "author_office": "Desk 7" })),
        header(json!({ "necessity": "made up" })),
        header(json!({ "evaluation": { "source": "A", "info": "1" } })),
    ];
    let crafted = rogue.craft(rogue.manifest(), &drafts);
    rogue.deliver(&crafted).await;
    let states: Vec<Value> = rogue.a.records("in").await.iter().map(|record| record["state"].clone()).collect();
    assert_eq!(states, ["received", "quarantined", "quarantined", "quarantined"]);
}
