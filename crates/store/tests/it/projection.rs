//! Threads in lists, and words in memory.

use std::{path::Path, sync::Arc};

use mithaq_store::{
    EventRow, HeightRow, OpenCount, Projection, Seen, Text, TextIndex, ThreadCursor, ThreadFilter, ThreadRow, Told,
    ToldRow, Turn, View,
};
use proptest::prelude::*;
use protocol::{
    id::ChannelId,
    origin::{Lane, Origin, Position},
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::support::*;

fn turn(arrival: u64, threads: Vec<ThreadRow>) -> Turn {
    Turn {
        channel: CHANNEL,
        arrival,
        state: arrival.to_be_bytes().to_vec(),
        heights: Vec::new(),
        events: Vec::new(),
        threads,
        corrections: Vec::new(),
        told: Vec::new(),
        holds: Vec::new(),
    }
}

fn text(number: u64, title: &str, words: &str) -> Text {
    Text {
        position: at(number),
        arrival: number,
        thread: thread_id(number),
        kind: "requests.request/1".into(),
        clause: "c1".into(),
        supplied: "border_control".into(),
        title: title.into(),
        words: format!("{title}\n{words}"),
    }
}

fn open(dir: &Path) -> Arc<Projection> {
    Arc::new(Projection::open(dir).unwrap())
}

#[test]
fn a_list_goes_by_deadline_page_by_page() {
    let dir = TempDir::new().unwrap();
    let threads = open(dir.path());
    // Later deadlines come first into the table; two have none, and some share one.
    let mut rows: Vec<_> = (1..=25).rev().map(thread_row).collect();
    rows[0].due = None;
    rows[1].due = None;
    for row in &mut rows[5..9] {
        row.due = Some(7_000);
    }
    threads.write(&turn(30, rows.clone())).unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let (page, next) = threads.threads(&ThreadFilter::default(), after, 4).unwrap();
        assert!(page.len() == 4 || next.is_none());
        seen.extend(page);
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 25);
    let dues: Vec<_> = seen.iter().map(|row| row.due.unwrap_or(u64::MAX)).collect();
    assert!(dues.is_sorted(), "{dues:?}");
    let mut whole = seen.clone();
    whole.sort_by_key(|row| row.thread);
    rows.sort_by_key(|row| row.thread);
    assert_eq!(whole, rows, "every thread once, as it was written");
    let last = ThreadCursor { due: u64::MAX, row: u64::MAX };
    assert_eq!(threads.threads(&ThreadFilter::default(), Some(last), 4).unwrap(), (Vec::new(), None));
}

#[test]
fn each_filter_takes_what_it_names() {
    let dir = TempDir::new().unwrap();
    let threads = open(dir.path());
    let plain = thread_row(1);
    let other = ThreadRow {
        thread: thread_id(2),
        kind: "requests.spontaneous".into(),
        clause: "c2".into(),
        supplied: "training".into(),
        state: "closed".into(),
        open: false,
        awaits: vec![],
        due: None,
        ..plain.clone()
    };
    let both = ThreadRow {
        thread: thread_id(3),
        state: "asked".into(),
        awaits: vec![ALICE, BOB],
        due: Some(9_000),
        ..plain.clone()
    };
    threads.write(&turn(1, vec![plain.clone(), other.clone(), both.clone()])).unwrap();
    let none = ThreadFilter::default;
    for (filter, wanted) in [
        (ThreadFilter { kind: Some("requests.spontaneous".into()), ..none() }, &other),
        (ThreadFilter { state: Some("closed".into()), ..none() }, &other),
        (ThreadFilter { open: Some(true), state: Some("sent".into()), ..none() }, &plain),
        (ThreadFilter { open: Some(false), ..none() }, &other),
        (ThreadFilter { awaits: Some(BOB), due_before: Some(5_000), ..none() }, &plain),
        (ThreadFilter { awaits: Some(ALICE), ..none() }, &both),
        (ThreadFilter { due_before: Some(1_001), ..none() }, &plain),
        (ThreadFilter { clause: Some("c2".into()), ..none() }, &other),
        (ThreadFilter { supplied: Some(vec!["training".into(), "forensic".into()]), ..none() }, &other),
    ] {
        let (found, _) = threads.threads(&filter, None, 10).unwrap();
        assert_eq!(found, std::slice::from_ref(wanted), "{filter:?}");
        assert_eq!(threads.count(&filter, u32::MAX).unwrap(), 1);
        assert_eq!(threads.count(&filter, 0).unwrap(), 0);
    }
    let elsewhere = ThreadFilter { channels: Some(vec![ChannelId::new([9; 32])]), ..none() };
    assert!(threads.threads(&elsewhere, None, 10).unwrap().0.is_empty());
    let too_early = ThreadFilter { due_before: Some(1_000), ..none() };
    assert!(threads.threads(&too_early, None, 10).unwrap().0.is_empty());
}

#[test]
fn a_reader_of_one_purpose_gets_whole_pages_of_it_and_of_what_is_the_agencys_own() {
    let dir = TempDir::new().unwrap();
    let threads = open(dir.path());
    // Every third was supplied for training, every third is the agency's own.
    let supplied = |number| ["border_control", "training", ""][usize::try_from(number % 3).unwrap()];
    let rows = (1..=30).map(|number| ThreadRow { supplied: supplied(number).into(), ..thread_row(number) });
    threads.write(&turn(30, rows.collect())).unwrap();
    let index = TextIndex::new(Arc::clone(&threads)).unwrap();
    let texts = (1..=30).map(|number| Text { supplied: supplied(number).into(), ..text(number, "made up", "") });
    index.add(&texts.collect::<Vec<_>>()).unwrap();

    let filter = ThreadFilter { supplied: Some(vec!["training".into()]), ..ThreadFilter::default() };
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let (page, next) = threads.threads(&filter, after, 6).unwrap();
        assert!(page.len() == 6 || next.is_none(), "a page is whole");
        seen.extend(page.into_iter().map(|row| row.thread));
        after = next;
        if after.is_none() {
            break;
        }
    }
    let wanted: Vec<_> = (1..=30).filter(|number| number % 3 != 0).map(thread_id).collect();
    assert_eq!(seen, wanted);
    assert_eq!(threads.count(&filter, u32::MAX).unwrap(), 20);
    let found = index.search("made", &filter, 50).unwrap().unwrap();
    assert_eq!(found.hits.len(), 20);
    assert!(found.hits.iter().all(|hit| hit.row.as_ref().unwrap().supplied != "border_control"));
    let nothing = ThreadFilter { supplied: Some(Vec::new()), ..ThreadFilter::default() };
    assert_eq!(threads.count(&nothing, u32::MAX).unwrap(), 10, "without a purpose there is the agency's own");
}

#[test]
fn a_turn_repeated_changes_nothing_and_the_last_one_counts() {
    let dir = TempDir::new().unwrap();
    let threads = open(dir.path());
    let event = |stub: &[u8]| EventRow { thread: thread_id(1), position: at(3), stub: stub.to_vec() };
    let first = Turn { events: vec![event(b"one")], ..turn(1, vec![thread_row(1)]) };
    threads.write(&first).unwrap();
    threads.write(&first).unwrap();
    let answered = ThreadRow { state: "answered".into(), changed: 2, ..thread_row(1) };
    threads.write(&Turn { events: vec![event(b"two")], ..turn(2, vec![answered.clone()]) }).unwrap();
    drop(threads);
    let threads = open(dir.path());
    assert_eq!(threads.cursor(&CHANNEL).unwrap(), Some((2, 2_u64.to_be_bytes().to_vec())));
    assert_eq!(threads.named(&thread_id(1), View::Whole).unwrap(), std::slice::from_ref(&answered));
    assert_eq!(threads.events(&CHANNEL, &thread_id(1)).unwrap(), [event(b"two")]);
    assert_eq!(threads.threads_in(&LOG, 2, 2).unwrap(), [thread_id(1)]);
    assert!(threads.threads_in(&LOG, 4, 2).unwrap().is_empty());
    assert_eq!(threads.changed_by(2, View::Whole).unwrap(), [answered]);
    assert!(threads.changed_by(1, View::Office).unwrap().is_empty());
    threads.clear().unwrap();
    assert_eq!(threads.cursor(&CHANNEL).unwrap(), None);
    assert!(threads.events(&CHANNEL, &thread_id(1)).unwrap().is_empty());
}

#[test]
fn full_threads_are_found_as_they_are_seen_whole() {
    let dir = TempDir::new().unwrap();
    let threads = open(dir.path());
    let row = |number, seen, full| ThreadRow { seen, full, ..thread_row(number) };
    let rows = vec![
        row(1, Seen::ByAll, true),
        row(2, Seen::ByAll, false),
        row(3, Seen::Whole, true),
        row(3, Seen::ByOffices, false),
        row(4, Seen::Whole, false),
        row(4, Seen::ByOffices, true),
    ];
    threads.write(&turn(1, rows)).unwrap();
    let full = |threads: &Projection| threads.full().unwrap().iter().map(|row| row.thread).collect::<Vec<_>>();
    assert_eq!(full(&threads), [thread_id(1), thread_id(3)]);
    threads.write(&turn(2, vec![row(1, Seen::ByAll, false)])).unwrap();
    drop(threads);
    assert_eq!(full(&open(dir.path())), [thread_id(3)]);
}

#[test]
fn heights_are_found_by_the_batch_and_corrections_outlive_a_new_start() {
    let dir = TempDir::new().unwrap();
    let threads = open(dir.path());
    let heights = [(0, 1), (4, 9), (6, 12)].map(|(first, height)| HeightRow { origin: LOG, first, height }).to_vec();
    let correction = |number, text: &[u8]| (thread_id(number), Lane::Main, Seen::ByAll, text.to_vec());
    let corrections = vec![correction(1, b"one"), correction(1, b"two"), correction(2, b"other")];
    threads.write(&Turn { heights, corrections, ..turn(1, vec![]) }).unwrap();
    for (index, found) in [(0, (0, 1)), (3, (0, 1)), (4, (4, 9)), (100, (6, 12))] {
        assert_eq!(threads.height_before(&LOG, index).unwrap(), Some(found));
    }
    assert_eq!(threads.height_before(&LOG.in_lane(Lane::Urgent), 3).unwrap(), None);
    threads.clear().unwrap();
    assert_eq!(threads.height_before(&LOG, 3).unwrap(), None);
    // What is made again finds the same corrections.
    threads.write(&Turn { corrections: vec![correction(1, b"two")], ..turn(1, vec![]) }).unwrap();
    assert_eq!(threads.corrections(&CHANNEL, &thread_id(1), Lane::Main, View::Office).unwrap(), [b"one", b"two"]);
    assert!(threads.corrections(&CHANNEL, &thread_id(1), Lane::Urgent, View::Whole).unwrap().is_empty());
}

#[test]
fn a_file_of_another_version_or_without_sense_is_made_anew() {
    let dir = TempDir::new().unwrap();
    open(dir.path()).write(&turn(1, vec![thread_row(1)])).unwrap();
    let path = dir.path().join("projection.db");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let threads = open(dir.path());
    assert_eq!(threads.cursor(&CHANNEL).unwrap(), None);
    assert_eq!(threads.count(&ThreadFilter::default(), u32::MAX).unwrap(), 0);
    drop(threads);
    std::fs::write(&path, [7; 5000]).unwrap();
    assert_eq!(open(dir.path()).count(&ThreadFilter::default(), u32::MAX).unwrap(), 0);
}

#[test]
fn words_are_found_however_they_are_written() {
    let dir = TempDir::new().unwrap();
    let threads = open(dir.path());
    threads.write(&turn(5, vec![thread_row(1), thread_row(2), thread_row(3)])).unwrap();
    let index = TextIndex::new(Arc::clone(&threads)).unwrap();
    index
        .add(&[
            text(1, "Vehicle in Iğdır", "white lorry, plate 34 ABC 12"),
            text(2, "مركبة مسروقة", "رقم اللوحة ١٢٣٤ وشاحنة بيضاء، السائق عليّ"),
            text(3, "خودروی کشف‌شده", "پلاک ۱۲۳۴ کریمی"),
        ])
        .unwrap();
    for (question, found) in [
        ("igdir", vec![1]),
        ("IĞDIR lorry", vec![1]),
        ("lor", vec![1]),
        ("lorry train", vec![]),
        ("مركبه", vec![2]),
        ("علي", vec![2]),
        ("1234", vec![2, 3]),
        ("كريمي", vec![3]),
        ("کشفشده", vec![3]),
        ("\" OR words MATCH 'x", vec![]),
    ] {
        let hits = index.search(question, &ThreadFilter::default(), 10).unwrap().unwrap();
        let numbers: Vec<_> = hits.hits.iter().map(|hit| hit.position.index).collect();
        assert_eq!(numbers, found, "{question}");
        assert!(!hits.too_many);
    }
    assert!(index.search("\"*", &ThreadFilter::default(), 10).unwrap().is_none(), "a question without a word");
    let late = ThreadFilter { due_before: Some(3_000), ..ThreadFilter::default() };
    let hits = index.search("1234", &late, 10).unwrap().unwrap().hits;
    assert_eq!(hits.len(), 1);
    assert_eq!(hits[0].row.as_ref(), threads.named(&thread_id(2), View::Whole).unwrap().first());
    assert_eq!(index.title(&at(2)).unwrap().as_deref(), Some("مركبة مسروقة"));
}

#[test]
fn a_record_that_is_taken_out_is_found_no_more() {
    let dir = TempDir::new().unwrap();
    let threads = open(dir.path());
    let index = TextIndex::new(Arc::clone(&threads)).unwrap();
    index.add(&[text(1, "canary", "made up"), text(2, "other", "made up")]).unwrap();
    // The same record again, as after a rebuild: it is there once.
    index.add(&[text(1, "canary", "made up")]).unwrap();
    assert_eq!(index.search("made", &ThreadFilter::default(), 10).unwrap().unwrap().hits.len(), 2);
    index.remove(&at(1)).unwrap();
    assert!(index.search("canary", &ThreadFilter::default(), 10).unwrap().unwrap().hits.is_empty());
    assert_eq!(index.search("made", &ThreadFilter::default(), 10).unwrap().unwrap().hits.len(), 1);
    assert_eq!(index.title(&at(1)).unwrap(), None);
    assert_eq!(index.size().unwrap().0, 1);
}

// spec: REST-15
#[test]
fn no_word_of_the_index_reaches_a_file() {
    let dir = TempDir::new().unwrap();
    let threads = open(dir.path());
    threads.write(&turn(1, vec![thread_row(1)])).unwrap();
    let index = TextIndex::new(Arc::clone(&threads)).unwrap();
    let many: Vec<_> = (0..2_000).map(|number| text(number, "QUIETCANARY", "QUIETCANARYWORDS")).collect();
    index.add(&many).unwrap();
    assert_eq!(index.search("quietcanary", &ThreadFilter::default(), 5).unwrap().unwrap().hits.len(), 5);
    for word in ["QUIETCANARY", "quietcanary", "quietcanarywords"] {
        assert!(files_with(dir.path(), word.as_bytes()).is_empty());
    }
}

#[test]
fn what_parties_told_of_threads_is_found_by_sort_party_and_what_it_is_about() {
    let dir = TempDir::new().unwrap();
    let threads = open(dir.path());
    let theirs = Origin { agency: BOB, ..LOG };
    let row = |origin, index, told, about| ToldRow {
        position: Position { origin, index },
        told,
        time: index,
        about,
        body: index.to_string().into_bytes(),
    };
    let statement = Position { origin: LOG, index: 1 };
    let told = vec![
        row(LOG, 1, Told::Statement, None),
        row(theirs, 2, Told::Statement, None),
        row(theirs, 3, Told::Answer, Some(statement)),
        row(theirs, 4, Told::Answer, Some(statement)),
        row(theirs, 5, Told::Withheld, None),
    ];
    // A batch that is read again changes nothing.
    for arrival in [1, 2] {
        threads.write(&Turn { told: told.clone(), ..turn(arrival, vec![]) }).unwrap();
    }
    let places = |rows: Vec<ToldRow>| rows.iter().map(|row| row.position.index).collect::<Vec<_>>();
    assert_eq!(places(threads.told(&CHANNEL, Told::Statement, None, 9).unwrap()), [2, 1]);
    assert_eq!(places(threads.told(&CHANNEL, Told::Statement, None, 1).unwrap()), [2]);
    assert_eq!(places(threads.told(&CHANNEL, Told::Statement, Some(&ALICE), 9).unwrap()), [1]);
    assert_eq!(places(threads.told(&CHANNEL, Told::Withheld, Some(&BOB), 9).unwrap()), [5]);
    assert_eq!(threads.answers(&statement).unwrap(), [told[2].clone()], "the first answer of a party counts");
    assert_eq!(threads.told_at(&statement).unwrap(), Some(told[0].clone()));
    assert_eq!(threads.told_at(&Position { index: 9, ..statement }).unwrap(), None);
    assert_eq!(places(threads.unanswered(&CHANNEL, &ALICE, 9).unwrap()), [2]);
    assert_eq!(places(threads.unanswered(&CHANNEL, &BOB, 9).unwrap()), [0; 0]);
    threads.clear().unwrap();
    assert_eq!(places(threads.told(&CHANNEL, Told::Statement, None, 9).unwrap()), [0; 0]);
}

// spec: PROT-4
#[test]
fn what_is_hidden_in_a_thread_is_in_no_page_count_or_search_of_an_office() {
    let dir = TempDir::new().unwrap();
    let threads = open(dir.path());
    let as_seen =
        |number, seen, state: &str, due| ThreadRow { seen, state: state.into(), due: Some(due), ..thread_row(number) };
    // Every second thread is hidden whole, which no row says; the last one looks otherwise to an office than it is.
    let rows = (1..=6)
        .flat_map(|number| [Seen::Whole, Seen::ByOffices].map(|seen| as_seen(number, seen, "sent", 1_000 * number)));
    let other = [as_seen(7, Seen::Whole, "answered", 100), as_seen(7, Seen::ByOffices, "sent", 7_000)];
    threads.write(&turn(1, rows.chain(other).collect())).unwrap();
    let hidden = [2, 4, 6].map(thread_id).to_vec();
    let office = ThreadFilter { view: View::Office, hidden, ..ThreadFilter::default() };
    let numbers = |filter: &ThreadFilter| {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let (page, next) = threads.threads(filter, after, 1).unwrap();
            assert_eq!(page.len(), 1, "no page is empty");
            found.extend(page.into_iter().map(|row| u64::from_be_bytes(row.thread.0[8..].try_into().unwrap())));
            after = next;
            if after.is_none() {
                return found;
            }
        }
    };
    assert_eq!(numbers(&office), [1, 3, 5, 7]);
    assert_eq!(numbers(&ThreadFilter::default()), [7, 1, 2, 3, 4, 5, 6]);
    assert_eq!(threads.count(&office, u32::MAX).unwrap(), 4);
    let answered = ThreadFilter { state: Some("answered".into()), ..office.clone() };
    assert_eq!(threads.count(&answered, u32::MAX).unwrap(), 0, "a filter does not find what is hidden");
    let early = ThreadFilter { due_before: Some(500), ..office.clone() };
    assert_eq!(threads.count(&early, u32::MAX).unwrap(), 0);
    let index = TextIndex::new(Arc::clone(&threads)).unwrap();
    index.add(&[text(7, "made up", "made up lorry")]).unwrap();
    let hit = |filter: &ThreadFilter| index.search("lorry", filter, 10).unwrap().unwrap().hits.remove(0).row.unwrap();
    assert_eq!((hit(&office).state.as_str(), hit(&ThreadFilter::default()).state.as_str()), ("sent", "answered"));
    // Passed on, the thread is one again.
    threads.write(&turn(2, vec![as_seen(7, Seen::ByAll, "answered", 100)])).unwrap();
    assert_eq!(
        (threads.count(&answered, u32::MAX).unwrap(), threads.count(&ThreadFilter::default(), u32::MAX).unwrap()),
        (1, 7)
    );
    // Who does not see the desk that opened a thread finds it by no filter either.
    let walled = ThreadFilter { openers: Some(vec!["other.kind/1".into()]), ..office };
    assert_eq!(threads.count(&walled, u32::MAX).unwrap(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_tally_of_open_threads_is_what_walking_over_them_counts(
        turns in prop::collection::vec(
            prop::collection::vec(
                (1..12_u64, 0..3_usize, 0..4_usize, prop::option::of(0..4 * 3_600_000_u64), any::<[bool; 3]>()), 1..8,
            ),
            1..12,
        ),
    ) {
        let dir = TempDir::new().unwrap();
        let threads = open(dir.path());
        for (arrival, rows) in (1..).zip(turns) {
            let mut rows: Vec<_> = rows.into_iter().map(|(number, seen, awaits, due, [open, ours, other])| ThreadRow {
                seen: [Seen::ByAll, Seen::Whole, Seen::ByOffices][seen],
                awaits: [vec![], vec![ALICE], vec![BOB], vec![ALICE, BOB]][awaits].clone(),
                due,
                open,
                supplied: if ours { String::new() } else { "training".into() },
                opener: if other { "other.kind/1".into() } else { "requests.request/1".into() },
                ..thread_row(number)
            }).collect();
            rows.sort_by_key(|row| (row.thread, row.seen));
            rows.dedup_by_key(|row| (row.thread, row.seen));
            threads.write(&turn(arrival, rows)).unwrap();
            for due_before in [None, Some(0), Some(3_600_000), Some(5_000_000), Some(u64::MAX)] {
                for (awaits, awaits_others) in [(None, None), (Some(ALICE), None), (Some(BOB), None), (None, Some(ALICE))] {
                    for channels in [vec![CHANNEL], vec![]] {
                        for of in [None, Some(vec!["border_control".to_owned(), "other.kind/1".to_owned()])] {
                            let walked = ThreadFilter {
                                channels: Some(channels.clone()),
                                open: Some(true),
                                due_before,
                                awaits,
                                awaits_others,
                                supplied: of.clone(),
                                openers: of.clone(),
                                ..ThreadFilter::default()
                            };
                            let channels = channels.clone();
                            let counted = OpenCount { channels, due_before, awaits, awaits_others, supplied: of.clone(), openers: of };
                            let (counted, walked) = (threads.count_open(&counted), threads.count(&walked, u32::MAX));
                            prop_assert_eq!(counted.unwrap(), walked.unwrap());
                        }
                    }
                }
            }
        }
        threads.clear().unwrap();
        let all = OpenCount { channels: vec![CHANNEL], ..OpenCount::default() };
        prop_assert_eq!(threads.count_open(&all).unwrap(), 0);
    }
}
