//! Every table, walked: what is wrong with one is found here and not by the first thread that meets it.

use std::collections::{BTreeMap, BTreeSet};

use crate::kinds;
use crate::thread::{Clock, DutyClass, Move, Names, Side, Starts, State, Table};

/// Everything that is wrong with a table.
fn faults(table: &Table) -> Vec<String> {
    let mut faults = Vec::new();
    let words: Vec<&str> = table.states.iter().map(|state| state.word).collect();
    let acts: BTreeSet<&str> = table.opens.iter().copied().chain(table.moves.iter().map(|done| done.act)).collect();
    let dates: BTreeSet<&str> =
        table.moves.iter().flat_map(|done| done.sets).copied().chain(table.dates.iter().copied()).collect();
    let mut must = |holds: bool, what: String| {
        if !holds {
            faults.push(what);
        }
    };
    must(words.iter().collect::<BTreeSet<_>>().len() == words.len(), "a state stands twice".into());
    must(words.contains(&table.first), format!("it begins in {}", table.first));
    for done in table.moves {
        for word in done.from.iter().chain(&done.to).chain(table.receipts.iter().flat_map(|r| [&r.from, &r.to])) {
            must(words.contains(word), format!("{} names the state {word}", done.act));
        }
        must(!table.opens.contains(&done.act), format!("{} opens the thread and moves it", done.act));
        let about = [done.of, if let Side::NotLast(act) = done.by { Some(act) } else { None }];
        for act in about.iter().flatten() {
            must(acts.contains(act), format!("{} is about the act {act}", done.act));
        }
    }
    // No act has two outcomes: from one state, it is one side that may do it, and one thing comes of it.
    let mut outcomes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (from, act) in table.moves.iter().flat_map(|done| done.from.iter().map(|from| (*from, done.act))) {
        *outcomes.entry((from, act)).or_default() += 1;
    }
    for ((from, act), count) in outcomes {
        must(count == 1, format!("{act} has {count} outcomes from {from}"));
    }
    // Every state is reached, and every open one can end.
    let edges = || {
        let moves = table.moves.iter().flat_map(|done| done.from.iter().map(|from| (*from, done.to.unwrap_or(from))));
        moves.chain(table.receipts.iter().map(|receipt| (receipt.from, receipt.to)))
    };
    let reached = closure(BTreeSet::from([table.first]), |(from, to)| (from, to), edges);
    let closed = table.states.iter().filter(|state| !state.open).map(|state| state.word).collect();
    let ends = closure(closed, |(from, to)| (to, from), edges);
    for word in &words {
        must(reached.contains(word), format!("{word} is never reached"));
        must(ends.contains(word), format!("nothing leads on from {word} to an end"));
    }
    let mut owed: BTreeMap<(&str, DutyClass, String), usize> = BTreeMap::new();
    for clock in table.clocks {
        for word in clock.runs_in {
            must(words.contains(word), format!("a clock runs in {word}"));
            let by = format!("{:?}", clock.owed_by);
            *owed.entry((word, clock.class, by)).or_default() += 1;
        }
        let starts = match clock.starts {
            Starts::Sent(of) | Starts::Received(of) => of.iter().all(|act| acts.contains(act)),
            Starts::Entered(state) => words.contains(&state),
            Starts::Date(date) => dates.contains(date),
        };
        must(starts, format!("a clock starts at {:?}", clock.starts));
        if let Names::Limit(names) = clock.limit {
            let known: Vec<&str> = kinds::limits().collect();
            must(names.iter().all(|name| known.contains(name)), format!("no desk has the limits {names:?}"));
        }
    }
    for ((state, class, by), count) in owed {
        must(count == 1, format!("in {state} {by} owes {count} duties of the class {}", class.name()));
    }
    faults
}

/// What is reached from some states along the edges, each taken as `along` turns it.
fn closure<'a, E: Iterator<Item = (&'a str, &'a str)>>(
    mut found: BTreeSet<&'a str>,
    along: impl Fn((&'a str, &'a str)) -> (&'a str, &'a str),
    edges: impl Fn() -> E,
) -> BTreeSet<&'a str> {
    loop {
        let new: BTreeSet<&str> = edges()
            .map(&along)
            .filter(|(from, to)| found.contains(from) && !found.contains(to))
            .map(|(_, to)| to)
            .collect();
        if new.is_empty() {
            return found;
        }
        found.extend(new);
    }
}

#[test]
fn every_table_holds_together() {
    for table in kinds::threads() {
        assert_eq!(faults(table), [""; 0], "{}", table.name);
        assert!(!table.moves.is_empty(), "{}", table.name);
    }
}

#[test]
fn what_is_wrong_with_a_table_is_found() {
    const GOOD: Table = Table::shared(
        "a.b",
        "a.b/1",
        &[State::open("one", Side::Others), State::open("two", Side::Opener), State::closed("three")],
    )
    .moves(&[Move::step("go", Side::Others, &["one"], "two"), Move::step("end", Side::Opener, &["two"], "three")]);
    assert_eq!(faults(&GOOD), [""; 0]);
    let with = |moves: &'static [Move]| faults(&Table { moves, ..GOOD });
    assert_eq!(
        with(const { &[Move::step("go", Side::Others, &["one"], "two")] }),
        ["nothing leads on from one to an end", "nothing leads on from two to an end", "three is never reached"]
    );
    assert_eq!(
        with(
            const {
                &[
                    Move::step("go", Side::Others, &["one"], "two"),
                    Move::step("go", Side::Opener, &["one", "two"], "three"),
                ]
            }
        ),
        ["go has 2 outcomes from one"]
    );
    let unknown = with(const { &[Move::step("go", Side::NotLast("stay"), &["four"], "three")] });
    assert_eq!(unknown[..2], ["go names the state four", "go is about the act stay"]);
    let clocks = const {
        &[
            Clock::at(DutyClass::Answer, Side::Others, "by", &["one"]),
            Clock::at(DutyClass::Answer, Side::Others, "by", &["one", "two"]),
        ]
    };
    let twice = faults(&Table { clocks, ..GOOD });
    assert!(twice.iter().any(|fault| fault == "in one Others owes 2 duties of the class answer"), "{twice:?}");
    assert!(twice.iter().any(|fault| fault == "a clock starts at Date(\"by\")"), "{twice:?}");
}
