//! How much each partner has loaded upon this node, by this node's own clock.
//!
//! Both ends count by the days of the manifests, which their author writes. A reader counts besides what came when: else a log
//! that begins in 1970 would hold as many days as its author likes. What a partner saved up while a line was down may come at
//! once, so several days are looked at together.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use protocol::{agreement::Agreement, id::AgencyId};

use crate::limits;

/// Counts of the last days, since this node started.
#[derive(Default)]
pub struct Loads(Mutex<BTreeMap<(AgencyId, u64), Load>>);

/// Records, and bytes as sealed with those of attachments that are fetched.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Records and records of the protocol.
    pub records: u64,
    /// Bytes.
    pub bytes: u64,
}

impl Loads {
    /// Counts what a partner brings, unless it is too much for now under the agreement.
    pub fn take(&self, from: AgencyId, load: Load, agreement: Option<&Agreement>, now_ms: u64) -> bool {
        let today = now_ms / DAY_MS;
        let caps = agreement.and_then(|agreement| agreement.caps).unwrap_or_default();
        let days = limits::LOAD_DAYS;
        let records_max = caps.records_per_day_max.map_or(limits::PARTNER_RECORDS_PER_DAY, u64::from);
        let bytes_max = caps.bytes_per_day_max.unwrap_or(limits::PARTNER_BYTES_PER_DAY);
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|(_, day), _| day.saturating_add(days) > today);
        let before = held.iter().filter(|((agency, _), _)| *agency == from);
        let sum = before.fold(load, |sum, (_, day)| sum.plus(day));
        // A day's cap is of records and attachments as their author counts them; manifests and frames come on top.
        let bytes_max = bytes_max.saturating_mul(days).saturating_add(limits::LOAD_SLACK_BYTES);
        let records_max = records_max.saturating_mul(days).saturating_mul(2).saturating_add(limits::LOAD_SLACK_RECORDS);
        if sum.records > records_max || sum.bytes > bytes_max {
            return false;
        }
        let day = held.entry((from, today)).or_default();
        *day = day.plus(&load);
        true
    }
}

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

impl Load {
    fn plus(self, other: &Self) -> Self {
        Self { records: self.records.saturating_add(other.records), bytes: self.bytes.saturating_add(other.bytes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // spec: LANE-7
    #[test]
    fn what_is_too_much_for_some_days_waits_until_they_are_over() {
        let (loads, partner) = (Loads::default(), AgencyId::new([1; 32]));
        let day = Load { records: 1, bytes: limits::PARTNER_BYTES_PER_DAY };
        let take = |day_number: u64, who| loads.take(who, day, None, day_number * DAY_MS);
        for number in 0..100 {
            assert!(take(number, partner), "a day's load each day");
        }
        // After a weekend without a line, all of it at once.
        let again: Vec<_> = (0..5).map(|_| take(110, partner)).collect();
        assert_eq!(again, [true, true, true, true, false]);
        assert!(take(110, AgencyId::new([2; 32])), "another partner is not concerned");
        assert!(!take(113, partner));
        assert!(take(114, partner));
    }
}
