//! Callers who were turned away: counted, and written down now and then, so that who tries doors leaves a trace and who tries
//! them a million times does not fill the disk.

use std::{
    collections::BTreeMap,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Audit, By};
use crate::limits;

/// Attempts of one caller at one route that were answered in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Who: a token's id and role, or nobody that is known.
    pub who: By,
    /// The method and path of the route.
    pub route: String,
    /// The status that they were answered with.
    pub status: u16,
    /// How many there were.
    pub attempts: u64,
    /// When the first came, milliseconds since 1970.
    pub first_ms: u64,
    /// When the last came, milliseconds since 1970.
    pub last_ms: u64,
}

/// The attempts since they were last written down, and a count of all since the node started.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    waiting: BTreeMap<Key, Refused>,
    /// What was written within the last minute, and when, milliseconds since 1970.
    written: BTreeMap<Key, u64>,
    /// By status, since the start.
    total: BTreeMap<u16, u64>,
    /// By route, since the start.
    routes: BTreeMap<String, u64>,
}

/// Caller, route and status.
type Key = (String, String, u16);

/// What stands for routes and callers beyond those that are counted apart.
const OTHERS: &str = "others";

impl Refusals {
    /// Counts an attempt.
    pub fn count(&self, who: By, route: &str, status: u16, now_ms: u64) {
        let mut counted = self.lock();
        *counted.total.entry(status).or_default() += 1;
        *counted.routes.entry(route.to_owned()).or_default() += 1;
        let key = (who.token.clone(), route.to_owned(), status);
        let is_known = counted.waiting.contains_key(&key) || counted.waiting.len() < limits::AUDIT_REFUSALS_APART_MAX;
        let (key, who, route) = match is_known {
            true => (key, who, route),
            // A caller can't make names without end: tokens are few. This holds whatever a later kind of caller does.
            false => ((OTHERS.to_owned(), OTHERS.to_owned(), status), By::nobody(), OTHERS),
        };
        let refused = counted.waiting.entry(key).or_insert_with(|| Refused {
            who,
            route: route.to_owned(),
            status,
            attempts: 0,
            first_ms: now_ms,
            last_ms: now_ms,
        });
        refused.attempts += 1;
        refused.last_ms = now_ms;
    }

    /// How many attempts were answered with each status since the node started.
    pub fn totals(&self) -> BTreeMap<u16, u64> {
        self.lock().total.clone()
    }

    /// How many attempts at each route were turned away since the node started.
    pub fn by_route(&self) -> BTreeMap<String, u64> {
        self.lock().routes.clone()
    }

    /// Writes down what is new, and once a minute what goes on: who tries doors without end fills no disk. What can't be
    /// written is counted further.
    pub async fn write_due(&self, audit: &Audit, now_ms: u64) {
        let due = self.lock().take_due(now_ms);
        self.write(audit, due).await;
    }

    /// Writes down all that was counted: the node stops.
    pub async fn write_all(&self, audit: &Audit) {
        let all = mem::take(&mut self.lock().waiting);
        self.write(audit, all).await;
    }

    async fn write(&self, audit: &Audit, waiting: BTreeMap<Key, Refused>) {
        for (key, refused) in waiting {
            if let Err(error) = audit.refused(&refused).await {
                tracing::error!(message = %error.message, "attempts that were turned away are not in the audit log yet");
                self.lock()
                    .waiting
                    .entry(key)
                    .and_modify(|newer| {
                        newer.attempts += refused.attempts;
                        newer.first_ms = refused.first_ms;
                    })
                    .or_insert(refused);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    fn take_due(&mut self, now_ms: u64) -> BTreeMap<Key, Refused> {
        self.written.retain(|_, at| now_ms.abs_diff(*at) < limits::AUDIT_REFUSALS_AGAIN_MS);
        let due: BTreeMap<Key, Refused> =
            self.waiting.extract_if(.., |key, _| !self.written.contains_key(key)).collect();
        self.written.extend(due.keys().map(|key| (key.clone(), now_ms)));
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(token: &str) -> By {
        By { token: token.to_owned(), person: None, role: "case_officer" }
    }

    #[test]
    fn attempts_of_one_kind_are_one_entry_and_their_number_is_bounded() {
        let refusals = Refusals::default();
        for now in 0..200 {
            refusals.count(by("a"), "POST /v1/protection", 403, now);
        }
        refusals.count(by("b"), "POST /v1/protection", 403, 7);
        let waiting = refusals.lock().waiting.clone();
        assert_eq!(waiting.len(), 2);
        let first = &waiting[&("a".to_owned(), "POST /v1/protection".to_owned(), 403)];
        assert_eq!((first.attempts, first.first_ms, first.last_ms), (200, 0, 199));
        for number in 0..2 * limits::AUDIT_REFUSALS_APART_MAX {
            refusals.count(by(&number.to_string()), "GET /v1/records", 401, 9);
        }
        assert!(refusals.lock().waiting.len() <= limits::AUDIT_REFUSALS_APART_MAX + 1);
        assert_eq!(refusals.totals()[&401], 2 * limits::AUDIT_REFUSALS_APART_MAX as u64, "none is lost in the count");
        assert_eq!(refusals.by_route()["POST /v1/protection"], 201);
    }

    #[test]
    fn what_goes_on_is_written_once_a_minute() {
        let refusals = Refusals::default();
        let attempts = |now| {
            refusals.count(by("a"), "POST /v1/protection", 403, now);
            let due = refusals.lock().take_due(now);
            due.values().map(|refused| refused.attempts).sum::<u64>()
        };
        assert_eq!(attempts(0), 1, "the first at once");
        let minute = limits::AUDIT_REFUSALS_AGAIN_MS;
        assert_eq!((1..60).map(|second| attempts(second * minute / 60)).sum::<u64>(), 0);
        assert_eq!(attempts(minute), 60, "and then all of a minute in one");
    }
}
