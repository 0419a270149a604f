//! Log lines about what others do wrong, which they could otherwise write without end.

use std::{
    collections::BTreeMap,
    fmt::Display,
    sync::{Mutex, PoisonError},
};

use crate::{clock, fair::Whose, limits};

/// What went wrong at one door, counted by who did it. A line is written at once, then one a minute with how often it
/// happened since.
pub struct Tally {
    about: &'static str,
    /// Lines of one of them that are written at once in a minute.
    lines_max: u64,
    counts: Mutex<BTreeMap<Option<Whose>, Count>>,
}

struct Count {
    since_ms: u64,
    lines: u64,
    unsaid: u64,
    last: String,
}

impl Tally {
    /// Counts what is called so in the log.
    pub fn new(about: &'static str, lines_max: u64) -> Self {
        Self { about, lines_max, counts: Mutex::default() }
    }

    /// It happened again.
    pub fn note(&self, who: &Whose, what: impl Display) {
        let now_ms = clock::now_ms();
        if self.count(who, &what, now_ms) {
            tracing::warn!(who = %named(Some(who)), %what, "{}", self.about);
        }
        self.sum_up(now_ms);
    }

    /// Writes what has been counted for a minute. Called now and then, also while nothing happens.
    pub fn sum_up(&self, now_ms: u64) {
        for (who, Count { unsaid, last, .. }) in self.due(now_ms) {
            tracing::warn!(who = %named(who.as_ref()), times = unsaid, what = %last, "{} again, in the last minute", self.about);
        }
    }

    /// Whether it is said at once.
    fn count(&self, who: &Whose, what: &dyn Display, now_ms: u64) -> bool {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let network = Some(who.network());
        // Whoever can come from everywhere is one more.
        let key = if counts.len() < limits::TALLIED_MAX || counts.contains_key(&network) { network } else { None };
        let count = counts.entry(key).or_insert(Count { since_ms: now_ms, lines: 0, unsaid: 0, last: String::new() });
        if count.lines < self.lines_max {
            count.lines += 1;
            return true;
        }
        count.unsaid += 1;
        count.last = what.to_string();
        false
    }

    fn due(&self, now_ms: u64) -> Vec<(Option<Whose>, Count)> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let due = |count: &Count| now_ms.abs_diff(count.since_ms) >= limits::TALLY_MS;
        let over: Vec<_> = counts.iter().filter(|(_, count)| due(count)).map(|(who, _)| who.clone()).collect();
        let over = over.into_iter().filter_map(|who| Some((who.clone(), counts.remove(&who)?)));
        over.filter(|(_, count)| count.unsaid > 0).collect()
    }
}

fn named(who: Option<&Whose>) -> String {
    match who {
        Some(Whose::Address(address)) => address.to_string(),
        Some(Whose::Caller(id)) => id.clone(),
        Some(Whose::Agency(agency)) => agency.to_string(),
        None => "many others".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_writes_one_line_and_then_one_a_minute_with_its_count() {
        let tally = Tally::new("refused", 1);
        let who = |text: &str| Whose::Address(text.parse().unwrap());
        let said: Vec<_> =
            (0..1_000).map(|place| tally.count(&who(&format!("192.0.2.{}", place % 200)), &"x", 0)).collect();
        assert_eq!(said.iter().filter(|said| **said).count(), 1);
        assert!(tally.due(limits::TALLY_MS - 1).is_empty());
        let due = tally.due(limits::TALLY_MS);
        assert_eq!(
            due.iter().map(|(who, count)| (who.clone(), count.unsaid)).collect::<Vec<_>>(),
            [(Some(who("192.0.2.0")), 999)]
        );
        assert!(tally.count(&who("192.0.2.1"), &"x", limits::TALLY_MS), "then it is said again");
        // From everywhere at once: no more lines than are kept apart, and one.
        let many = Tally::new("refused", 1);
        let said =
            (0..10_000_u32).filter(|place| many.count(&Whose::Address((place << 8).to_be_bytes().into()), &"x", 0));
        assert_eq!(said.count(), limits::TALLIED_MAX + 1);
    }
}
