//! The distinguisher of `cargo xtask bench guard`: does anybody tell a request about a protected person from one to which there
//! was nothing to provide (ASY-02)?
//!
//! Requests come at all hours of a year. The protection officer keeps office hours, and is away now and then; the police look at
//! what was passed on when they get to it. Each request leaves a trace: what the partner sees on the wire, what a case officer
//! sees of the own log, and what lies in the database. Moments are drawn by the node's own function,
//! [`policy::release_ms`]. A decision tree learns on one half of the traces what tells the two kinds apart, and is judged on
//! the other half: its advantage is the share of blocked requests that it calls blocked, less the share of empty ones.
//!
//! [`Rule::OnAct`] is the rule that this program once had, and that the tree sees through: without it nobody would know that
//! the tree can see at all.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};
use serde::Serialize;

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;
const YEAR_MS: u64 = 364 * DAY_MS;
/// Office hours of a working day.
const OPENS_HOUR: u64 = 8;
const CLOSES_HOUR: u64 = 16;
/// Hours at which the officer passes on the day's batch.
const BATCH_HOURS: [u64; 2] = [9, 14];
/// Of so many weeks the officer is away one, and nobody stands in.
const WEEKS_AWAY_ONE_OF: u64 = 9;
/// The job that releases takes its turn soon after a request came, whomever that names.
const TURN_MS_MAX: u64 = 200;
/// Depth of the tree and the least leaf: enough for "asked after hours on a Friday, answered at night".
const DEPTH: usize = 4;
const LEAF_MIN: usize = 40;
const CUTS: usize = 24;

/// Time limits of clauses: the hours within which an answer is due.
pub const PROFILES: &[(&str, Option<u64>)] = &[
    ("1 h", Some(1)),
    ("8 h", Some(8)),
    ("24 h", Some(24)),
    ("72 h", Some(72)),
    ("7 days", Some(168)),
    ("30 days", Some(720)),
    ("no limit", None),
];

/// Who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Eye {
    /// The agency that asked: when its request was receipted, and when the answer came.
    Partner,
    /// An office of the agency that was asked: numbers of the own log have a gap from some moment on.
    CaseOfficer,
    /// Whoever copies the database often: when which rows appear, change and go.
    NodeAdmin,
}

/// Everybody who looks.
pub const EYES: [Eye; 3] = [Eye::Partner, Eye::CaseOfficer, Eye::NodeAdmin];

/// When the answer that provides nothing is laid down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// For every request, at its receipt.
    Default,
    /// When the register, or an officer, acts.
    OnAct,
}

/// What one looker can tell under one time limit.
#[derive(Debug, Clone, Serialize)]
pub struct Cell {
    /// The time limit.
    pub profile: &'static str,
    /// Who looks.
    pub eye: Eye,
    /// Requests that the tree was judged on.
    pub requests: usize,
    /// Its advantage, 0 for a coin.
    pub advantage: f64,
    /// Half the width of the interval that holds it in 95 of 100 runs, over all cells of a run at once.
    pub within: f64,
}

impl Cell {
    /// Whether it could as well be a coin.
    pub fn holds_zero(&self) -> bool {
        self.advantage <= self.within
    }
}

/// Every cell, with so many requests for each time limit.
pub fn run(rule: Rule, requests: usize, seed: u64) -> Vec<Cell> {
    let mut random = Random(ChaCha8Rng::seed_from_u64(seed));
    let mut cells = Vec::new();
    for (profile, hours) in PROFILES {
        let within_ms = hours.map(|hours| hours.saturating_mul(HOUR_MS));
        let traces: Vec<Trace> = (0..requests).map(|_| Trace::of(rule, within_ms, &mut random)).collect();
        cells.extend(EYES.map(|eye| judge(profile, eye, &traces)));
    }
    cells
}

fn judge(profile: &'static str, eye: Eye, traces: &[Trace]) -> Cell {
    let seen: Vec<(Vec<f64>, bool)> = traces.iter().map(|trace| (trace.seen(eye), trace.is_blocked)).collect();
    let (learnt, judged) = seen.split_at(seen.len() / 2);
    let tree = Tree::grow(&learnt.iter().collect::<Vec<_>>(), DEPTH);
    let share = |kind: bool| {
        let of: Vec<bool> = judged.iter().filter(|one| one.1 == kind).map(|one| tree.calls(&one.0)).collect();
        let called = of.iter().filter(|called| **called).count();
        (called as f64 / of.len().max(1) as f64, of.len().max(1) as f64)
    };
    let ((right, blocked), (wrong, empty)) = (share(true), share(false));
    let variance = right * (1.0 - right) / blocked + wrong * (1.0 - wrong) / empty;
    // For as many cells as a run has, each at such a level that all hold at once in 95 of 100 runs (Bonferroni, one-sided).
    let advantage = right - wrong;
    Cell { profile, eye, requests: judged.len(), advantage, within: 2.82 * variance.sqrt() }
}

/// What a request leaves behind, milliseconds from the beginning of a Monday.
struct Trace {
    is_blocked: bool,
    received: u64,
    /// When the answer was laid down.
    laid: u64,
    released: u64,
    /// When the row that hides the request changed by itself, if it did.
    shown: Option<u64>,
}

impl Trace {
    fn of(rule: Rule, within_ms: Option<u64>, random: &mut Random) -> Self {
        let is_blocked = random.below(2) == 0;
        let received = random.below(YEAR_MS);
        let turn = received + random.below(TURN_MS_MAX);
        let away = random.below(WEEKS_AWAY_ONE_OF);
        // The officer passes on what the register does not name, with the next batch; the police get to it within some hours.
        let passed = next_batch(received, away);
        let acted = passed + random.below(6 * HOUR_MS);
        let laid = match rule {
            Rule::Default => turn,
            Rule::OnAct if is_blocked => turn,
            Rule::OnAct => acted,
        };
        let released = policy::release_ms(received, laid, within_ms, [random.next(), random.next()]);
        let shown = (rule == Rule::OnAct && !is_blocked).then_some(passed);
        Self { is_blocked, received, laid, released, shown }
    }

    /// What a looker reads off it: numbers for the tree.
    fn seen(&self, eye: Eye) -> Vec<f64> {
        let hour = |at: u64| (at % DAY_MS) as f64 / HOUR_MS as f64;
        let day = |at: u64| ((at / DAY_MS) % 7) as f64;
        let is_open = |at: u64| f64::from(u8::from(is_office_hour(at)));
        let (received, released) = (self.received, self.released);
        let mut seen = vec![day(released), hour(released), is_open(released)];
        if eye == Eye::CaseOfficer {
            return seen;
        }
        let open_ms = office_ms_between(received, released);
        seen.extend([day(received), hour(received), is_open(received), (released - received) as f64, open_ms as f64]);
        if eye == Eye::NodeAdmin {
            let shown = self.shown.map_or(-1.0, |shown| shown as f64 - received as f64);
            seen.extend([(self.laid - received) as f64, (released - self.laid) as f64, hour(self.laid), shown]);
        }
        seen
    }
}

const fn is_office_hour(at: u64) -> bool {
    let (day, hour) = ((at / DAY_MS) % 7, (at % DAY_MS) / HOUR_MS);
    day < 5 && hour >= OPENS_HOUR && hour < CLOSES_HOUR
}

/// How much of the time between two moments the office is open, to the hour.
fn office_ms_between(from: u64, to: u64) -> u64 {
    let hours = (from / HOUR_MS..to / HOUR_MS).take(24 * 14);
    hours.filter(|hour| is_office_hour(hour * HOUR_MS)).count() as u64 * HOUR_MS
}

/// When the officer takes the next batch after a moment: on a working day of a week in which the officer is there.
fn next_batch(after: u64, away: u64) -> u64 {
    let first = after / HOUR_MS + 1;
    let is_taken = |hour: &u64| {
        let at = hour * HOUR_MS;
        let is_away = (at / (7 * DAY_MS)) % WEEKS_AWAY_ONE_OF == away;
        is_office_hour(at) && !is_away && BATCH_HOURS.contains(&(hour % 24))
    };
    (first..).find(is_taken).unwrap_or(first) * HOUR_MS
}

/// A decision tree over numbers.
enum Tree {
    Leaf(bool),
    Fork { feature: usize, limit: f64, below: Box<Tree>, above: Box<Tree> },
}

impl Tree {
    fn grow(of: &[&(Vec<f64>, bool)], depth: usize) -> Self {
        let blocked = of.iter().filter(|one| one.1).count();
        let leaf = Self::Leaf(blocked * 2 > of.len());
        if depth == 0 || of.len() < 2 * LEAF_MIN || blocked == 0 || blocked == of.len() {
            return leaf;
        }
        let features = of.first().map_or(0, |one| one.0.len());
        let best = (0..features).flat_map(|feature| cuts(of, feature)).max_by(|a, b| a.gain.total_cmp(&b.gain));
        let Some(Cut { feature, limit, .. }) = best else { return leaf };
        let (below, above): (Vec<_>, Vec<_>) = of.iter().copied().partition(|one| value(one, feature) <= limit);
        let grow = |part: &[_]| Box::new(Self::grow(part, depth.saturating_sub(1)));
        Self::Fork { feature, limit, below: grow(&below), above: grow(&above) }
    }

    /// Whether it calls a trace blocked.
    fn calls(&self, seen: &[f64]) -> bool {
        match self {
            Self::Leaf(blocked) => *blocked,
            Self::Fork { feature, limit, below, above } => {
                let next = if seen.get(*feature).copied().unwrap_or_default() <= *limit { below } else { above };
                next.calls(seen)
            }
        }
    }
}

struct Cut {
    feature: usize,
    limit: f64,
    gain: f64,
}

/// Where a feature can be cut, with how pure the parts are (Gini).
fn cuts(of: &[&(Vec<f64>, bool)], feature: usize) -> Vec<Cut> {
    let mut values: Vec<(f64, bool)> = of.iter().map(|one| (value(one, feature), one.1)).collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let all = values.iter().filter(|one| one.1).count() as f64;
    let pure = |blocked: f64, of: f64| if of == 0.0 { 0.0 } else { (blocked * blocked + (of - blocked).powi(2)) / of };
    let (step, count) = ((values.len() / CUTS).max(1), values.len() as f64);
    let mut found = Vec::new();
    let mut blocked = 0.0;
    for (place, (one, next)) in values.iter().zip(values.iter().skip(1)).enumerate() {
        blocked += f64::from(u8::from(one.1));
        let below = place + 1;
        // Few values are cut between any two, many at quantiles.
        let is_cut = one.0 < next.0 && below >= LEAF_MIN && values.len() - below >= LEAF_MIN;
        if is_cut && (below % step == 0 || next.0 - one.0 >= 1.0) {
            let below = below as f64;
            let gain = pure(blocked, below) + pure(all - blocked, count - below);
            found.push(Cut { feature, limit: one.0, gain });
        }
    }
    found
}

fn value(one: &(Vec<f64>, bool), feature: usize) -> f64 {
    one.0.get(feature).copied().unwrap_or_default()
}

struct Random(ChaCha8Rng);

impl Random {
    fn next(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half of them train the tree.
    const REQUESTS: usize = 4_000;

    // spec: PROT-8
    #[test]
    fn nobody_tells_a_blocked_request_from_an_empty_one() {
        for cell in run(Rule::Default, REQUESTS, 20_261_129) {
            assert!(cell.holds_zero() && cell.advantage <= 0.05, "{cell:?}");
        }
    }

    #[test]
    fn the_tree_sees_through_a_moment_that_depends_on_who_acts() {
        let cells = run(Rule::OnAct, REQUESTS, 20_261_129);
        let of = |profile, eye| {
            let cell = cells.iter().find(|cell| cell.profile == profile && cell.eye == eye).unwrap();
            println!("{cell:?}");
            cell.advantage
        };
        for profile in ["8 h", "24 h", "72 h"] {
            assert!(of(profile, Eye::Partner) > 0.15, "the hour of the answer");
            assert!(of(profile, Eye::NodeAdmin) > 0.9, "rows that go when they are passed on");
        }
    }

    #[test]
    fn the_office_is_open_on_working_days() {
        let hour = |day: u64, hour: u64| day * DAY_MS + hour * HOUR_MS;
        assert!(is_office_hour(hour(0, 8)) && !is_office_hour(hour(0, 16)) && !is_office_hour(hour(5, 9)));
        assert_eq!(next_batch(hour(4, 17), 8), hour(7, 9), "from Friday evening to Monday");
        assert_eq!(next_batch(hour(0, 1), 0), hour(7, 9), "away for a week");
        assert_eq!(office_ms_between(hour(4, 12), hour(7, 12)), 8 * HOUR_MS);
    }
}
