//! What a reader sees of a thread at a moment: views of (state, now) and of what is held, never states.

use std::collections::BTreeMap;

use protocol::id::{AgencyId, Hash};
use protocol::statement::{Await, ThreadKey, ThreadState};
use protocol::suite::Suite;
use serde::{Deserialize, Serialize};

use super::replay::PLAIN;
use super::{Due, DutyClass, Place, Thread};
use crate::limits::RECEIVED_DISPUTE_MS;

impl Thread {
    /// Whether no entry that is still to come can stand before the events that made the thread what it is: the logs of
    /// all other parties held here have reached their height. `reached` has, for each party but the reader, the greatest
    /// height held in the thread's lane ([`protocol::height::Heights::reached`]).
    pub fn is_settled(&self, reached: &BTreeMap<AgencyId, u64>) -> bool {
        self.moved.is_some_and(|moved| reached.values().all(|height| *height >= moved.height))
    }

    /// What is due and was not done in time, the earliest first. A missing receipt is not overdue but unacknowledged.
    pub fn overdue(&self, now: u64) -> impl Iterator<Item = &Due> {
        self.standing.due.iter().filter(move |due| due.what.class != DutyClass::Receipt && due.at < now)
    }

    /// Whether a party has not said in time that it received what the thread waits for.
    pub fn is_unacknowledged(&self, now: u64) -> bool {
        self.standing.due.iter().any(|due| due.what.class == DutyClass::Receipt && due.at < now)
    }

    /// What must be done next, by whom and by when.
    pub fn next_due(&self) -> Option<&Due> {
        self.standing.due.first()
    }

    /// The thread's state digest: what every node agrees on once it holds the same events, without content. `None` for a
    /// thread without states.
    pub fn digest(&self, suite: &dyn Suite) -> Option<Hash> {
        let (opened_by, since, moved) = (self.opened_by?, self.since?, self.moved?);
        let entry = |place: &Place| (place.agency, place.epoch, place.index);
        let standing = &self.standing;
        let state = ThreadState {
            kind: self.kind,
            clause: &self.clause,
            opened_by,
            state: standing.state,
            open: standing.open,
            awaits: &standing.awaits,
            due: &standing.due,
            parts: standing.parts.clone(),
            since: entry(&since.place),
            since_time: since.time,
            moved: entry(&moved),
        };
        (self.kind != PLAIN.0).then(|| state.digest(suite))
    }

    /// What each party owes here: everything with a time limit, and the next step of a party for which none runs.
    pub fn owed(&self, key: ThreadKey) -> Vec<Await> {
        let ThreadKey { thread, lane } = key;
        let due = self.standing.due.iter();
        let due = due.map(|due| Await { thread, lane, what: Some(due.what.clone()), from: due.from, by: Some(due.at) });
        let has_limit = |party: &AgencyId| self.standing.due.iter().any(|due| due.from == *party);
        let next = self.standing.awaits.iter().filter(|party| !has_limit(party));
        due.chain(next.map(|party| Await { thread, lane, what: None, from: *party, by: None })).collect()
    }

    /// What a reader must be told when this thread became `after`: `None` if it only went on.
    ///
    /// An event that sorts before what was shown re-sorts the thread, and a refusal takes back what was shown. Whoever
    /// shows threads keeps the corrections, because what was shown can't be derived again.
    pub fn correction(&self, after: &Self) -> Option<Correction> {
        let shown = self.history.len();
        let went_on = after.history.get(..shown).is_some_and(|kept| kept == self.history);
        if went_on || self.history.is_empty() {
            return None;
        }
        let first_changed = self.history.iter().zip(&after.history).find(|(before, now)| before != now);
        let at = first_changed.map(|(_, now)| now.place).or_else(|| after.history.last().map(|entry| entry.place))?;
        Some(Correction { at, was: self.standing.state.to_owned(), is: after.standing.state.to_owned() })
    }
}

/// Something that was shown and is no longer so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// The first event that is new or now reads otherwise.
    pub at: Place,
    /// The state that was shown.
    pub was: String,
    /// The state now.
    pub is: String,
}

/// Whether a time in a `mithaq.received/1` is to be shown as disputed: it lies more than ten minutes off the reader's
/// own clock at the arrival of that record. Both in milliseconds since 1970.
pub fn is_disputed(received: u64, arrived: u64) -> bool {
    received.abs_diff(arrived) > RECEIVED_DISPUTE_MS
}
