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

/// The tables as the specification has them, so that another implementation can read them.
fn written() -> String {
    let mut text = String::from(
        "# Every kind of thread as a table (threads.md). Written by a test of `desks`, which compares.\n\
         # move:    from | act | by | to              `=` keeps the state; receipt: from | receipt of | to\n\
         # clock:   limit | owed by | starts | runs in | class\n",
    );
    for table in kinds::threads() {
        let list = |items: &[&str]| items.join(",");
        let side = |side: Side| match side {
            Side::NotLast(act) => format!("not last {act}"),
            side => format!("{side:?}").to_lowercase(),
        };
        text.push_str(&format!("\n[[machine]]\nname = {:?}\nopened_by = {:?}\n", table.name, table.opened_by));
        text.push_str(&format!(
            "opens = {:?}\nmode = {:?}\nfirst = {:?}\n",
            list(table.opens),
            format!("{:?}", table.mode).to_lowercase(),
            table.first
        ));
        let states = |open: bool| table.states.iter().filter(move |state| state.open == open);
        let awaited =
            states(true).map(|state| format!("{} | {}", state.word, state.awaits.map_or("-".to_owned(), side)));
        text.push_str(&lines("open", awaited));
        text.push_str(&lines("closed", states(false).map(|state| state.word.to_owned())));
        text.push_str(&lines(
            "moves",
            table.moves.iter().map(|done| {
                let more = [
                    (!done.sets.is_empty()).then(|| format!(" | sets {}", list(done.sets))),
                    done.of.map(|of| format!(" | of the latest {of}")),
                    done.repeats_code.then(|| " | repeats the code".to_owned()),
                    done.before.map(|class| format!(" | before the {} is due", class.name())),
                ];
                let more: String = more.into_iter().flatten().collect();
                format!("{} | {} | {} | {}{more}", list(done.from), done.act, side(done.by), done.to.unwrap_or("="))
            }),
        ));
        text.push_str(&lines(
            "receipts",
            table.receipts.iter().map(|receipt| format!("{} | {} | {}", receipt.from, list(receipt.of), receipt.to)),
        ));
        text.push_str(&lines(
            "clocks",
            table.clocks.iter().map(|clock| {
                let limit = match clock.limit {
                    Names::Due(date) => format!("at {date}"),
                    Names::Limit(names) => list(names),
                    Names::Depends(_) => "depends".to_owned(),
                };
                let starts = match clock.starts {
                    Starts::Sent(acts) => format!("sent {}", list(acts)),
                    Starts::Received(acts) => format!("received {}", list(acts)),
                    Starts::Entered(state) => format!("entered {state}"),
                    Starts::Date(date) => format!("date {date}"),
                };
                let extended = clock.extended_by.map(|date| format!(" | extended by {date}")).unwrap_or_default();
                format!(
                    "{limit} | {} | {starts} | {} | {}{extended}",
                    side(clock.owed_by),
                    list(clock.runs_in),
                    clock.class.name()
                )
            }),
        ));
    }
    text
}

fn lines(name: &str, lines: impl Iterator<Item = String>) -> String {
    let lines: Vec<String> = lines.map(|line| format!("  {line:?},\n")).collect();
    if lines.is_empty() { String::new() } else { format!("{name} = [\n{}]\n", lines.concat()) }
}

// spec: THREAD-12
#[test]
fn the_specification_has_the_tables_of_this_build() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let new = root.join("target/tmp/machines.toml");
    std::fs::create_dir_all(new.parent().unwrap()).unwrap();
    std::fs::write(&new, written()).unwrap();
    let held = std::fs::read_to_string(root.join("docs/spec/machines.toml")).unwrap_or_default();
    assert_eq!(
        held,
        written(),
        "docs/spec/machines.toml is another: copy target/tmp/machines.toml, and say why in the commit"
    );
    let parsed: toml::Table = toml::from_str(&held).unwrap();
    assert_eq!(parsed["machine"].as_array().unwrap().len(), kinds::threads().count());
}

/// A step that no table has would be offered to nobody; one that a table has must be among those that can be written.
#[test]
fn every_step_is_a_word_of_a_table() {
    let steps: BTreeSet<&str> = crate::thread::step::STEPS.iter().copied().collect();
    let moves = kinds::threads().flat_map(|table| table.moves);
    let used: BTreeSet<&str> =
        moves.filter(|done| done.kind == Some(crate::thread::STEP)).map(|done| done.act).collect();
    assert_eq!(steps, used);
    assert!(crate::thread::step::STEPS.is_sorted());
}
