//! What commits and lists cost, printed: `cargo test -p mithaq-store --release -- --ignored --nocapture cost`.

use rustix::time::{ClockId, clock_gettime};

use std::sync::Arc;

use mithaq_store::{Projection, Text, TextIndex, ThreadFilter, ThreadRow, Turn};

use crate::support::*;

fn microseconds(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    u64::try_from(time.tv_sec * 1_000_000 + time.tv_nsec / 1000).unwrap()
}

fn report(name: &str, mut wall_us: Vec<u64>, cpu_us: u64) {
    wall_us.sort_unstable();
    let commits = wall_us.len();
    println!(
        "{name}: {commits} times, p50 {} us, p99 {} us, max {} us, CPU {} us each",
        wall_us[commits / 2],
        wall_us[commits * 99 / 100],
        wall_us[commits - 1],
        cpu_us / commits as u64
    );
}

#[test]
#[ignore = "prints times, which no machine promises"]
fn cost_of_commits() {
    for (name, records, commits) in [("1 record", 1, 2000), ("1,000 records of 1.5 KB", 1000, 200)] {
        let mut world = World::new();
        let mut first = 0;
        let (mut wall, mut cpu) = (Vec::new(), 0);
        for _ in 0..commits {
            let mut commit = append(batch(LOG, first, &vec![march(); records], 1500));
            commit.state = Some(vec![1; 500]);
            commit.audit = vec![vec![2; 200]];
            commit.batches[0].batch.note = "n".repeat(3600);
            first += records as u64;
            let (wall_start, cpu_start) = (microseconds(ClockId::Monotonic), microseconds(ClockId::ThreadCPUTime));
            world.commit(&commit).unwrap();
            wall.push(microseconds(ClockId::Monotonic) - wall_start);
            cpu += microseconds(ClockId::ThreadCPUTime) - cpu_start;
        }
        report(name, wall, cpu);
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    println!("{}", status.lines().find(|line| line.starts_with("VmRSS")).unwrap());
}

/// Lists and search over 100,000 threads: for every purpose, for one of ten, and for one that a single thread has, so that
/// the list looks at all of them.
#[test]
#[ignore = "prints times, which no machine promises"]
fn cost_of_lists_for_a_purpose() {
    const THREADS: u64 = 100_000;
    let dir = tempfile::TempDir::new().unwrap();
    let threads = Arc::new(Projection::open(dir.path()).unwrap());
    let supplied = |number: u64| match number {
        0 => "rare".to_owned(),
        number => format!("purpose{}", number % 10),
    };
    let row = |number: u64| ThreadRow {
        supplied: supplied(number),
        due: Some(number * 7_919 % 1_000_003),
        ..thread_row(number)
    };
    let text = |number: u64| Text {
        position: at(number),
        arrival: number,
        thread: thread_id(number),
        kind: "requests.request/1".into(),
        clause: "c1".into(),
        supplied: supplied(number),
        title: format!("made up {number}"),
        words: format!("made up {number} lorry word{}", number % 100),
    };
    let index = TextIndex::new(Arc::clone(&threads)).unwrap();
    for first in (0..THREADS).step_by(1_000) {
        let threads_of_turn = (first..first + 1_000).map(row).collect();
        let turn = Turn {
            channel: CHANNEL,
            arrival: first,
            state: Vec::new(),
            heights: Vec::new(),
            events: Vec::new(),
            told: Vec::new(),
            holds: Vec::new(),
            threads: threads_of_turn,
            corrections: Vec::new(),
        };
        threads.write(&turn).unwrap();
        index.add(&(first..first + 1_000).map(text).collect::<Vec<_>>()).unwrap();
    }
    for (name, purpose) in [("every purpose", None), ("one of ten", Some("purpose3")), ("one thread", Some("rare"))] {
        let supplied = purpose.map(|purpose: &str| vec![purpose.to_owned()]);
        let filter = ThreadFilter { open: Some(true), supplied, ..ThreadFilter::default() };
        let timed = |work: &dyn Fn()| {
            let (mut wall, cpu_start) = (Vec::new(), microseconds(ClockId::ThreadCPUTime));
            for _ in 0..200 {
                let start = microseconds(ClockId::Monotonic);
                work();
                wall.push(microseconds(ClockId::Monotonic) - start);
            }
            (wall, microseconds(ClockId::ThreadCPUTime) - cpu_start)
        };
        let (wall, cpu) = timed(&|| drop(threads.threads(&filter, None, 50).unwrap()));
        report(&format!("50 of 100,000 threads, {name}"), wall, cpu);
        let (wall, cpu) = timed(&|| drop(index.search("lorry word7", &filter, 50).unwrap()));
        report(&format!("search over 100,000 records, {name}"), wall, cpu);
    }
}
