//! How many threads are open: from their tally by the hour of the deadline, which triggers keep beside the rows.

use protocol::id::{AgencyId, ChannelId};

use super::{
    Projection, View,
    threads::{Conditions, NEVER},
};
use crate::{error::StoreError, sql};

/// An hour of the tally, in milliseconds.
const HOUR_MS: i64 = 3_600_000;

/// Which open threads are counted; what is `None` is not asked.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OpenCount {
    /// Of these channels.
    pub channels: Vec<ChannelId>,
    /// Due before this time, milliseconds since 1970.
    pub due_before: Option<u64>,
    /// Waiting for this party.
    pub awaits: Option<AgencyId>,
    /// Waiting for somebody, and not for this party.
    pub awaits_others: Option<AgencyId>,
    /// Supplied for one of these purposes, or this agency's own.
    pub supplied: Option<Vec<String>>,
    /// With one of these words in [`ThreadRow::opener`](super::ThreadRow::opener).
    pub openers: Option<Vec<String>>,
}

impl Projection {
    /// How many threads are open, whole with what is hidden from offices. Walks over the hours that have some, not over the
    /// threads.
    ///
    /// # Errors
    /// The rows can't be read.
    pub fn count_open(&self, wanted: &OpenCount) -> Result<u64, StoreError> {
        let conditions = |table: &str| {
            let mut conditions = Conditions::default();
            let column = |name: &str| format!("{table}.{name}");
            conditions.and(&View::Whole.condition(&column("seen")), []);
            conditions.and_channels(&column("channel"), &self.names, &wanted.channels);
            if let Some(party) = &wanted.awaits {
                conditions.and_party(&column("awaits"), &self.names, party);
            }
            if let Some(me) = &wanted.awaits_others {
                conditions.and_others(&column("awaits"), &self.names, me);
            }
            if let Some(supplied) = &wanted.supplied {
                conditions.and_supplied(&column("supplied"), &self.names, supplied);
            }
            if let Some(openers) = &wanted.openers {
                conditions.and_opener(&column("opener"), &self.names, openers);
            }
            conditions
        };
        let due_before = wanted.due_before.map_or(NEVER, sql::int);
        // What has no deadline stands in the last hour of all, which begins before its end.
        let hour = wanted.due_before.map_or(i64::MAX, |_| due_before / HOUR_MS);
        let mut hours = conditions("tally");
        hours.and("tally.hour < ?", [hour.into()]);
        let whole = self.one(&format!("SELECT COALESCE(SUM(threads), 0) FROM tally WHERE {}", hours.sql()), &hours)?;
        if wanted.due_before.is_none() {
            return Ok(whole);
        }
        let mut rest = conditions("thread");
        rest.and(
            "thread.open = 1 AND thread.due >= ? AND thread.due < ?",
            [hour.saturating_mul(HOUR_MS).into(), due_before.into()],
        );
        Ok(whole + self.one(&format!("SELECT COUNT(*) FROM thread WHERE {}", rest.sql()), &rest)?)
    }
}
