//! What a person keeps for themselves: what they have read, their last visit, views of lists; and what is done with several threads.

use std::sync::Arc;

use axum::http::Method;
use node::{
    callers::{Caller, passkeys::Proven, sessions::Entry},
    fault::Code,
    limits,
    office::{Act, With},
    reading::{
        latest::Latest,
        list::ListQuery,
        thread::{ThreadLine, Within},
    },
};
use serde_json::{Value, json};

use crate::{
    threads::{REPLY, REQUEST, THREAD, of_desk, until},
    world::{Pair, TestNode, note},
};

/// Somebody at a browser: the id, and what the session lets them do.
async fn sits(node: &TestNode, name: &str) -> (String, Caller) {
    let about = json!({
        "name": name, "roles": ["case_officer"], "offices": ["Desk 7"], "purposes": ["coordination"],
    });
    let person = node.json(Method::POST, "/v1/people", about.to_string()).await;
    let id = person["id"].as_str().unwrap().to_owned();
    let caller = comes(node, &id);
    (id, caller)
}

/// As the page for signing in does it.
fn comes(node: &TestNode, person: &str) -> Caller {
    let node = &node.node;
    let people = (&*node.tokens, &*node.people);
    let who = Proven { person: person.to_owned(), confirms_from_ms: u64::MAX };
    let (_, seat) = node.sessions.begin(people, &who, (Entry::Visitor, ""), &mut node::entropy()).unwrap();
    if node.sessions.of(&node.tokens, person).len() == 1 {
        node.personal.come(person).unwrap();
    }
    Caller::token(Arc::clone(&seat))
}

fn leaves(node: &TestNode, person: &str) {
    node.node.sessions.end(&node.node.tokens, person, |_| true);
}

fn lines(node: &TestNode, caller: &Caller, query: &ListQuery) -> Vec<ThreadLine> {
    node.node.reading.threads(caller, query).unwrap().into_parts().0.threads
}

/// What came since the last visit.
fn news(node: &TestNode, caller: &Caller) -> u64 {
    let news_after = Some(node.node.personal.last_visit(caller).unwrap().unwrap());
    let query = ListQuery { news_after, closed: true, with_states: true, ..ListQuery::default() };
    let count = node.node.reading.count_threads(caller, &query, u32::MAX).unwrap().into_parts().0;
    assert_eq!(usize::try_from(count).unwrap(), lines(node, caller, &query).len());
    count
}

fn all() -> ListQuery {
    ListQuery { closed: true, with_states: true, ..ListQuery::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_partner_sends_is_new_to_each_person_until_that_person_read_it() {
    let mut pair = Pair::start().await;
    let ((noor_id, noor), (_, zain)) = (sits(&pair.b, "Made-up Noor").await, sits(&pair.b, "Made-up Zain").await);
    assert_eq!(news(&pair.b, &noor), 0);
    pair.a.submit(&of_desk(&pair, "requests.request/1", REQUEST), "wait=delivered&timeout_s=20", None).await;
    let path = format!("/v1/threads/{THREAD}");
    until(&pair.b, &path, |thread| thread["state"] == "delivered").await;
    let unread = |caller: &Caller| {
        let line = lines(&pair.b, caller, &all()).remove(0);
        pair.b.node.personal.is_unread(caller, &line)
    };
    assert!(unread(&noor) && unread(&zain));
    assert_eq!((news(&pair.b, &noor), news(&pair.b, &zain)), (1, 1));
    let line = lines(&pair.b, &noor, &all()).remove(0);
    pair.b.node.personal.read(&noor, &line).unwrap();
    assert!(!unread(&noor) && unread(&zain), "a mark is its person's alone");
    assert_eq!(news(&pair.b, &noor), 1, "what came since is there also when it is read");

    // What the own agency answers, and that the partner has it, is no news here; the answer is news at the partner's.
    let (_, asker) = sits(&pair.a, "Made-up Layla").await;
    assert_eq!(news(&pair.a, &asker), 0, "they came after that");
    pair.b.submit(&of_desk(&pair, "requests.reply/1", REPLY), "wait=delivered&timeout_s=20", None).await;
    until(&pair.a, &path, |thread| thread["state"] == "answered").await;
    let received = |thread: &Value| {
        let events = thread["events"].as_array().unwrap();
        events.iter().filter(|event| event["kind"] == "mithaq.received/1").count() >= 2
    };
    until(&pair.b, &path, received).await;
    assert!(!unread(&noor));
    assert_eq!(news(&pair.a, &asker), 1);

    // It says no time and no thread to whoever has the database.
    pair.b.node.personal.add_view(&noor, "/inbox", "What only Noor calls it", "view=mine").unwrap();
    let kept = pair.b.node.reader().unwrap().meta(&format!("personal/{noor_id}")).unwrap().unwrap();
    let says = |text: &str| kept.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(!says("Noor") && !says("read") && !says(&THREAD[..16]));
    assert!(kept.len().is_power_of_two(), "its length tells nothing");

    // It outlives a restart, and another visit begins where the last one looked.
    pair.b.node.personal.look(&noor).unwrap();
    leaves(&pair.b, &noor_id);
    let noor = comes(&pair.b, &noor_id);
    assert_eq!(news(&pair.b, &noor), 0);
    pair.b.stop().await;
    pair.b.resume().await;
    let noor = comes(&pair.b, &noor_id);
    let line = lines(&pair.b, &noor, &all()).remove(0);
    assert!(!pair.b.node.personal.is_unread(&noor, &line));
    assert_eq!(pair.b.node.personal.views(&noor, "/inbox").unwrap()[0].name, "What only Noor calls it");

    // Rows that are made again say the same.
    pair.b.node.upkeep.rebuild().unwrap();
    let again = lines(&pair.b, &noor, &all()).remove(0);
    assert_eq!(again, line);

    // Who leaves leaves none of it behind.
    pair.b.json(Method::POST, &format!("/v1/people/{noor_id}/leave"), "").await;
    assert!(pair.b.node.reader().unwrap().meta(&format!("personal/{noor_id}")).unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_came_can_be_counted_as_read_at_once() {
    let pair = Pair::start().await;
    let (_, noor) = sits(&pair.b, "Made-up Noor").await;
    pair.a.submit(&of_desk(&pair, "requests.request/1", REQUEST), "wait=delivered&timeout_s=20", None).await;
    until(&pair.b, "/v1/threads", |page| page["threads"].as_array().is_some_and(|all| all.len() == 1)).await;
    let line = lines(&pair.b, &noor, &all()).remove(0);
    assert!(pair.b.node.personal.is_unread(&noor, &line));
    pair.b.node.personal.read_all(&noor).unwrap();
    assert!(!pair.b.node.personal.is_unread(&noor, &line));
    assert_eq!(news(&pair.b, &noor), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn views_are_few_and_their_persons_alone() {
    let pair = Pair::start().await;
    let ((_, noor), (_, zain)) = (sits(&pair.b, "Made-up Noor").await, sits(&pair.b, "Made-up Zain").await);
    let personal = &pair.b.node.personal;
    let add = |caller: &Caller, name: &str| personal.add_view(caller, "/inbox", name, "view=mine");
    let first = add(&noor, "صادر بانتظارنا").unwrap();
    assert_ne!(add(&noor, "صادر بانتظارنا").unwrap(), first, "the same name is kept in its place");
    assert_eq!(
        (personal.views(&noor, "/inbox").unwrap().len(), personal.views(&noor, "/requests").unwrap().len()),
        (1, 0)
    );
    assert!(personal.views(&zain, "/inbox").unwrap().is_empty());
    for name in ["", "two\nlines", &"x".repeat(limits::VIEW_NAME_CHARS_MAX + 1)] {
        assert_eq!(add(&noor, name).unwrap_err().code, Code::Usage, "{name:?}");
    }
    let long = "x".repeat(limits::VIEW_QUERY_BYTES_MAX);
    assert_eq!(personal.add_view(&noor, "/inbox", "long", &long).unwrap_err().code, Code::Usage);
    for number in 1..limits::VIEWS_MAX {
        add(&noor, &format!("view {number}")).unwrap();
    }
    assert_eq!(add(&noor, "one too many").unwrap_err().code, Code::Conflict);
    let id = personal.views(&noor, "/inbox").unwrap()[0].id.clone();
    assert_eq!(personal.remove_view(&zain, &id).unwrap_err().code, Code::NotFound);
    personal.remove_view(&noor, &id).unwrap();
    add(&noor, "there is room again").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_with_several_threads_is_done_with_all_of_them_or_none() {
    let pair = Pair::start().await;
    let ((zain_id, _), (_, noor)) = (sits(&pair.b, "Made-up Zain").await, sits(&pair.b, "Made-up Noor").await);
    let other = THREAD.replace('0', "f");
    for thread in [THREAD, &other] {
        let request = of_desk(&pair, "requests.request/1", REQUEST).replace(THREAD, thread);
        pair.a.submit(&request, "wait=delivered&timeout_s=20", None).await;
    }
    until(&pair.b, "/v1/threads", |page| page["threads"].as_array().is_some_and(|all| all.len() == 2)).await;
    let office = &pair.b.node.office;
    let named = |thread: &str| (Within::default(), thread.parse().unwrap());
    let act = Act::Assign(Some(With::Person(zain_id.clone())));
    let with =
        || lines(&pair.b, &noor, &all()).iter().filter(|line| office.glance(&noor, line.place()).is_some()).count();
    let missing = office.act_on_threads(&noor, &[named(THREAD), named(&"0".repeat(32))], &act).unwrap_err();
    assert_eq!((missing.code, missing.message.id(), with()), (Code::NotFound, "together-none", 0));
    assert!(office.act_on_threads(&noor, &[], &act).is_err());
    // Twice the same is one.
    let done = office.act_on_threads(&noor, &[named(THREAD), named(&other), named(THREAD)], &act).unwrap();
    assert_eq!((done.len(), with()), (2, 2));

    // The lists that ask for whose it is have whole pages of it.
    let zain = comes(&pair.b, &zain_id);
    let mine = ListQuery { only: Some(office.threads_with(&zain)), limit: Some(1), ..all() };
    let page = pair.b.node.reading.threads(&zain, &mine).unwrap().into_parts().0;
    assert_eq!((page.threads.len(), page.next.is_some()), (1, true));
    let nobodys = ListQuery { only: Some(office.threads_with(&noor)), ..all() };
    assert!(lines(&pair.b, &noor, &nobodys).is_empty());
    let others =
        |node: &TestNode, caller: &Caller| lines(node, caller, &ListQuery { awaits_others: true, ..all() }).len();
    let (_, layla) = sits(&pair.a, "Made-up Layla").await;
    assert_eq!((others(&pair.b, &noor), others(&pair.a, &layla)), (0, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_the_newest_ends_within_a_batch() {
    let pair = Pair::start().await;
    let letters: String = (0..7).map(|number| note(&pair.channel, &format!("note {number}"))).collect();
    pair.a.submit(&letters, "wait=recorded", None).await;
    let (_, layla) = sits(&pair.a, "Made-up Layla").await;
    let kinds = ["correspondence.note/1"];
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = pair.a.node.reading.latest(&layla, (&kinds, None), (cursor.as_deref(), 3)).unwrap().into_parts().0;
        assert!(page.records.len() <= 3, "{}", page.records.len());
        seen.extend(page.records.into_iter().map(|record| record.position));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let mut in_order = seen.clone();
    in_order.sort_by_key(|place| std::cmp::Reverse(place.index));
    in_order.dedup();
    assert_eq!((seen.len(), &seen), (7, &in_order));

    // It is the same whether the rows of threads say in which batches letters are, or every batch is opened to see.
    let node = &pair.a.node;
    node.upkeep.catch_up().unwrap();
    let held = node.threads.rows.holding(&pair.channel, &kinds, 0, u64::MAX).unwrap();
    assert!(!held.is_empty(), "the channel is one of those that have rows");
    let all = || node.reading.latest(&layla, (&kinds, None), (None, 9)).unwrap().into_parts().0.records;
    let by_rows = all();
    node.threads.rows.clear().unwrap();
    assert_eq!(node.threads.rows.holding(&pair.channel, &kinds, 0, u64::MAX).unwrap(), [0; 0]);
    assert_eq!((by_rows.len(), by_rows), (7, all()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_unread_until_its_reader_opens_it_and_for_everybody_apart() {
    let pair = Pair::start().await;
    let (_, noor) = sits(&pair.b, "Made-up Noor").await;
    let (_, omar) = sits(&pair.b, "Made-up Omar").await;
    let (_, layla) = sits(&pair.a, "Made-up Layla").await;
    let letters: String = (0..3).map(|number| note(&pair.channel, &format!("note {number}"))).collect();
    pair.a.submit(&letters, "wait=delivered", None).await;
    let kinds = ["correspondence.note/1"];
    let unread = |node: &TestNode, caller: &Caller| {
        let page = node.node.reading.latest(caller, (&kinds, None), (None, 9)).unwrap().into_parts().0;
        assert_eq!(page.records.len(), 3);
        let is_unread = |record: &&Latest| node.node.personal.is_unread_record(caller, record);
        page.records.iter().filter(is_unread).map(|record| record.position).collect::<Vec<_>>()
    };
    let all = unread(&pair.b, &noor);
    assert_eq!((all.len(), unread(&pair.a, &layla).len()), (3, 0), "one's own letters are not unread");
    let personal = &pair.b.node.personal;
    personal.read_record(&noor, &all[1]).unwrap();
    personal.read_record(&noor, &all[1]).unwrap();
    assert_eq!(unread(&pair.b, &noor), [all[0], all[2]]);
    assert_eq!(unread(&pair.b, &omar), all);
    pair.b.node.upkeep.catch_up().unwrap();
    personal.read_all(&omar).unwrap();
    assert_eq!(unread(&pair.b, &omar), []);
}
