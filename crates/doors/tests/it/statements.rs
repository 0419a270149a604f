//! Statements over real nodes: made, answered, contested, compared; and the evidence of a missed deadline.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use bytes::Bytes;
use desks::thread::{Event, What};
use protocol::{
    agreement::Deadlines,
    control::Control,
    evidence::missed::Missed,
    origin::{Lane, Origin, Position},
    statement::{Cut, Ground, Statement, Verdict},
    suite::AwsLc,
};
use serde_json::{Value, json};
use store::{EventRow, Told, Turn};

use crate::{
    threads::{REPLY, REQUEST, THREAD, of_desk, until},
    world::{Pair, TestNode},
};

/// A pair whose clause for requests wants an answer at once, with a request that B has received.
async fn asked() -> Pair {
    let pair = Pair::under(|toml| toml.replace("answer_hours = 168", "answer_hours = 0")).await;
    pair.a.submit(&of_desk(&pair, "requests.request/1", REQUEST), "wait=delivered&timeout_s=20", None).await;
    until(&pair.a, &format!("/v1/threads/{THREAD}"), |thread| thread["state"] == "delivered").await;
    pair
}

fn path(pair: &Pair) -> String {
    format!("/v1/channels/{}/statements", pair.channel)
}

async fn state(node: &TestNode, pair: &Pair) -> Value {
    node.json(Method::POST, &format!("{}?wait_s=30", path(pair)), Bytes::new()).await
}

// spec: STMT-1, STMT-5, EVID-14, EVID-15, EVID-16
#[tokio::test(flavor = "multi_thread")]
async fn a_missed_deadline_is_stated_answered_and_proven() {
    let pair = asked().await;
    let missed = format!("/v1/missed/{}/{THREAD}", pair.channel);
    let early = pair.a.json(Method::GET, &missed, Bytes::new()).await;
    assert_eq!(early["code"], "not_found", "nothing was stated yet: {early}");

    let stated = state(&pair.a, &pair).await;
    let partner = pair.b.node.me;
    assert_eq!((&stated["own"], &stated["threads"], &stated["awaiting"]), (&json!(true), &json!(1), &json!(1)));
    let item = &stated["awaits"][0];
    assert_eq!((&item["thread"], &item["what"], &item["from"]), (&json!(THREAD), &json!("answer"), &json!(partner)));
    assert!(item["by_ms"].as_u64() < stated["time_ms"].as_u64(), "{stated}");
    assert_eq!(stated["unanswered"], json!([]), "{stated}");
    assert_eq!((&stated["answers"][0]["verdict"], &stated["answers"][0]["contested"]), (&json!("agrees"), &json!([])));
    assert_eq!(stated["answers"][0]["hash"], stated["hash"]);

    // The partner has the same, and nobody but the creditor has a file.
    let listed =
        until(&pair.b, &path(&pair), |page| page["statements"][0]["answers"][0]["party"] == json!(partner)).await;
    assert_eq!((&listed["statements"][0]["own"], &listed["statements"][0]["hash"]), (&json!(false), &stated["hash"]));
    assert_eq!(pair.b.request(Method::GET, &missed, Bytes::new()).await.status, StatusCode::NOT_FOUND);
    let file = pair.a.request(Method::GET, &missed, Bytes::new()).await;
    assert_eq!(file.status, StatusCode::OK, "{}", String::from_utf8_lossy(&file.body));
    let proven = Missed::parse(&file.body).unwrap().verify(&AwsLc).unwrap();
    assert_eq!((proven.creditor, proven.debtor), (pair.a.node.me, partner));
    assert_eq!((proven.owed[0].item.by, proven.verdict), (Some(proven.owed[0].by_clause), Some(Verdict::Agrees)));

    // Once answered, nothing is awaited any more.
    pair.b.submit(&of_desk(&pair, "requests.reply/1", REPLY), "wait=delivered&timeout_s=20", None).await;
    until(&pair.a, &format!("/v1/threads/{THREAD}"), |thread| thread["state"] == "answered").await;
    let stated = state(&pair.a, &pair).await;
    assert_eq!((&stated["awaiting"], &stated["answers"][0]["verdict"]), (&json!(0), &json!("agrees")), "{stated}");
    let own = format!("{}/{}/{}", path(&pair), stated["ref"]["log"].as_str().unwrap(), stated["ref"]["index"]);
    assert_eq!(pair.b.json(Method::GET, &own, Bytes::new()).await["hash"], stated["hash"]);
}

/// What a node's rows tell of the newest statement.
fn newest(node: &TestNode, pair: &Pair) -> (Position, Statement) {
    let row = node.node.threads.rows.told(&pair.channel, Told::Statement, None, 1).unwrap().remove(0);
    (row.position, node::statements::statement(&row).unwrap())
}

// spec: STMT-5, STMT-6
#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_since_is_contested_and_what_was_never_held_is_not_judged() {
    let pair = asked().await;
    state(&pair.a, &pair).await;
    let (_, statement) = newest(&pair.a, &pair);
    pair.b.submit(&of_desk(&pair, "requests.reply/1", REPLY), "wait=delivered&timeout_s=20", None).await;
    // As it would be if the reply had crossed the statement on its way.
    let again = |statement: Statement| async {
        let handle = pair.a.channel(&pair.channel);
        let (origin, index) = handle.by_itself().append(Lane::Main, vec![Control::Statement(statement)]).await.unwrap();
        let path = format!("{}/{}/{index}", path(&pair), origin.short());
        until(&pair.a, &path, |shown| shown["unanswered"] == json!([])).await["answers"][0].clone()
    };
    let answer = again(statement.clone()).await;
    assert_eq!((&answer["verdict"], &answer["contested"][0]["ground"]), (&json!("agrees"), &json!("done_since")));
    let mut late = statement.clone();
    late.awaits[0].by = Some(1);
    assert_eq!(again(late).await["contested"][0]["ground"], Ground::OtherTime.name());
    let mut other = statement.clone();
    other.awaits[0].thread = "ff".repeat(16).parse().unwrap();
    assert_eq!(again(other).await["contested"][0]["ground"], Ground::NotKnown.name());
    // A cut that names more of B's log than B ever wrote.
    let mut more = statement;
    more.cut = Cut::new(
        more.cut
            .logs()
            .iter()
            .map(|seen| (seen.origin, seen.size + if seen.origin.agency == pair.b.node.me { 100 } else { 0 })),
    );
    let answer = again(more).await;
    assert_eq!((&answer["verdict"], &answer["hash"]), (&json!("undetermined"), &Value::Null), "{answer}");
}

// spec: STMT-7, STMT-8
#[tokio::test(flavor = "multi_thread")]
async fn threads_that_differ_are_named_at_both_ends() {
    let pair = asked().await;
    // B's rows are made to tell another clause's limits: its thread stands otherwise from now on.
    let rows = &pair.b.node.threads.rows;
    let thread = THREAD.parse().unwrap();
    let row = rows
        .events(&pair.channel, &thread)
        .unwrap()
        .into_iter()
        .find(|row| row.position.origin.agency == pair.a.node.me);
    let EventRow { position, stub, .. } = row.unwrap();
    let mut event: Event = serde_json::from_slice(&stub).unwrap();
    let What::Record(record) = &mut event.stub.what else { panic!("not a record") };
    record.deadlines = Some(Deadlines::DIRECTIVE_2023_977);
    let (arrival, state_of_turn) = rows.cursor(&pair.channel).unwrap().unwrap();
    rows.write(&Turn {
        channel: pair.channel,
        arrival,
        state: state_of_turn,
        heights: vec![],
        events: vec![EventRow { thread, position, stub: serde_json::to_vec(&event).unwrap() }],
        threads: vec![],
        corrections: vec![],
        told: vec![],
        holds: vec![],
    })
    .unwrap();

    let stated = state(&pair.a, &pair).await;
    assert_eq!(stated["answers"][0]["verdict"], "differs", "{stated}");
    assert_eq!(stated["answers"][0]["contested"][0]["ground"], "other_time", "{stated}");
    let named = json!([{ "thread": THREAD, "lane": "main" }]);
    for (side, partner) in [(&pair.a, pair.b.node.me), (&pair.b, pair.a.node.me)] {
        let page =
            until(side, &path(&pair), |page| page["statements"][0]["differences"][0]["differing"].is_object()).await;
        let difference = &page["statements"][0]["differences"][0];
        assert_eq!((&difference["party"], &difference["differing"]["threads"]), (&json!(partner), &named), "{page}");
        assert_eq!(difference["differing"]["complete"], true);
        let diagnosis = side.json(Method::GET, "/v1/doctor", Bytes::new()).await;
        assert!(
            diagnosis["findings"].as_array().unwrap().iter().any(|found| found["about"] == "statements"),
            "{diagnosis}"
        );
        let metrics = side.request(Method::GET, "/metrics", Bytes::new()).await;
        assert!(String::from_utf8_lossy(&metrics.body).contains("\nmithaq_statements_differing 1\n"));
    }
    // It is kept with the channel, and what is made again tells the same.
    let node = pair.b.node.clone();
    node::work::beside(move || node.upkeep.rebuild()).await.unwrap().unwrap();
    let page = pair.b.json(Method::GET, &path(&pair), Bytes::new()).await;
    assert_eq!(page["statements"][0]["differences"][0]["differing"]["threads"], named, "{page}");
    // The next account agrees, and the alarm is over.
    let stated = state(&pair.a, &pair).await;
    assert_eq!(stated["answers"][0]["verdict"], "agrees", "{stated}");
    let metrics = pair.a.request(Method::GET, "/metrics", Bytes::new()).await;
    assert!(String::from_utf8_lossy(&metrics.body).contains("\nmithaq_statements_differing 0\n"));
}

// spec: STMT-9
#[tokio::test(flavor = "multi_thread")]
async fn only_parties_may_ask_and_only_about_statements() {
    let pair = asked().await;
    state(&pair.a, &pair).await;
    let (position, _) = newest(&pair.a, &pair);
    let client = &pair.b.node.peers.get(&pair.a.node.me).unwrap().client;
    let ask = async |question: Value| {
        let body = Bytes::from(question.to_string());
        let wait = Duration::from_secs(20);
        client
            .request(Method::POST, "/peer/v1/statements", Some("application/json"), body, 1 << 20, wait)
            .await
            .unwrap()
    };
    let about = |position: &Position, ranges: usize| json!({"statement": position, "ranges": vec![json!({"from": null, "to": null}); ranges]});
    let answer = ask(about(&position, 1)).await;
    let found: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(found["found"][0]["threads"][0]["key"]["thread"], THREAD, "{found}");
    assert_eq!(ask(about(&position, 65)).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(ask(json!({})).await.status, StatusCode::BAD_REQUEST);
    let no_statement = Position { index: 0, ..position };
    assert_eq!(ask(about(&no_statement, 1)).await.status, StatusCode::NOT_FOUND);
    let origin = Origin { channel: protocol::id::ChannelId::new([1; 32]), ..position.origin };
    assert_eq!(ask(about(&Position { origin, ..position }, 1)).await.status, StatusCode::NOT_FOUND);
}

// spec: STMT-10
#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_begins_with_a_thread_has_one_statement() {
    let mut pair = asked().await;
    let today = node::clock::today();
    let due = |pair: &Pair, day| {
        node::statements::due_today(&pair.a.node.statements, &pair.a.channel(&pair.channel), day).unwrap()
    };
    assert!(!due(&pair, today), "the first thread is of today");
    let tomorrow = today.plus_days(1);
    assert!(due(&pair, tomorrow));
    // A statement on demand is one of today; it says nothing of tomorrow, also after a restart.
    state(&pair.a, &pair).await;
    assert!(!due(&pair, today));
    pair.a.stop().await;
    pair.a.resume().await;
    assert!(due(&pair, tomorrow) && !due(&pair, today));
    let page = pair.a.json(Method::GET, &path(&pair), Bytes::new()).await;
    assert_eq!(page["statements"].as_array().unwrap().len(), 1, "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_without_threads_states_nothing() {
    let pair = Pair::under(|toml| toml.split("[[clause]]\nid = \"requests\"").next().unwrap().to_owned()).await;
    let refused = state(&pair.a, &pair).await;
    assert_eq!(refused["code"], "conflict", "{refused}");
    let wrong = pair.a.request(Method::POST, &format!("{}?wait_s=61", path(&pair)), Bytes::new()).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}
