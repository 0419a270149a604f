//! What is open, for whom and until when: a page of threads.

use desks::thread::PLAIN;
use protocol::{
    header::ThreadId,
    id::{AgencyId, ChannelId},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{OpenCount, ThreadCursor, ThreadFilter, ThreadRow};
use texts::say;

use super::{Disclosed, Reading, compartment, filter, thread::ThreadLine};
use crate::{audit::Noted, callers::Caller, clock, fault::Fault, limits, protection::Index, threads::words::Progress};

/// Which threads or records, and which page of them.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Words that must all be there: of a search.
    pub q: Option<String>,
    /// Only of this channel.
    pub channel: Option<ChannelId>,
    /// Only of channels with this agency.
    pub party: Option<AgencyId>,
    /// Only of this kind: `requests.request`, or the kind of record that opens it.
    pub kind: Option<String>,
    /// Only in this state.
    pub state: Option<String>,
    /// Only those that wait for this agency.
    pub awaits: Option<AgencyId>,
    /// Only those due before this time, milliseconds since 1970.
    pub due_before_ms: Option<u64>,
    /// Only those that are overdue now.
    #[serde(default)]
    pub overdue: bool,
    /// Only under this clause.
    pub clause: Option<String>,
    /// Also those that are over; without it, open ones only.
    #[serde(default)]
    pub closed: bool,
    /// Where the page before ended, its `next`: of a list.
    pub cursor: Option<String>,
    /// Rows of the page.
    pub limit: Option<usize>,
    /// Only those with states: letters and readouts stand in threads without.
    #[serde(skip)]
    pub with_states: bool,
    /// Only those that wait for somebody, and not for this agency.
    #[serde(skip)]
    pub awaits_others: bool,
    /// Only those in which a record of a partner arrived after this one, as [`crate::personal::Personal::last_visit`] says it.
    #[serde(skip)]
    pub news_after: Option<u64>,
    /// Only these.
    #[serde(skip)]
    pub only: Option<Vec<ThreadId>>,
}

/// A page of threads.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ThreadPage {
    /// The threads: the earliest deadline first, those without one last.
    pub threads: Vec<ThreadLine>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
    /// How far titles are: they may be absent while they are being read.
    pub titles: Progress,
}

impl Reading {
    /// The threads that a caller may see, by deadline.
    ///
    /// # Errors
    /// The query names words, no cursor of ours, too many rows, or what no thread has; the rows can't be read.
    pub fn threads(&self, caller: &Caller, query: &ListQuery) -> Result<Disclosed<ThreadPage>, Fault> {
        if query.q.is_some() {
            return Err(Fault::usage(say!("list-has-no-words")).in_field("q"));
        }
        let cursors = self.cursors("threads");
        let after = query.cursor.as_deref().map(|text| cursors.read(text)).transpose()?;
        let after = after.map(|[due, row]| ThreadCursor { due, row });
        let rows_max = query.rows()?;
        let now = clock::now_ms();
        let filter = self.filter(caller, query, now)?;
        self.upkeep.bring_up()?;
        let (rows, next) = self.threads.rows.threads(&filter, after, rows_max)?;
        let (index, titles) = self.upkeep.index()?;
        let reader = self.db.reader()?;
        let line = |row: ThreadRow| {
            let title = self.title(caller, &reader, Some(&index), &row);
            self.line(caller, row, title, now)
        };
        let page = ThreadPage {
            threads: rows.into_iter().map(line).collect(),
            next: next.map(|ThreadCursor { due, row }| cursors.write([due, row])),
            titles: titles.in_hundredths(),
        };
        Ok(Disclosed::new(page, Noted::default()))
    }

    /// How many threads that a caller may see a list has in all; it stops counting at `at_most`.
    ///
    /// # Errors
    /// As [`Reading::threads`].
    pub fn count_threads(&self, caller: &Caller, query: &ListQuery, at_most: u32) -> Result<Disclosed<u64>, Fault> {
        self.upkeep.bring_up()?;
        let count = self.threads.rows.count(&self.filter(caller, query, clock::now_ms())?, at_most)?;
        Ok(Disclosed::new(count, Noted::default()))
    }

    /// How many open threads there are for a caller's purposes and desks: of a query what it says of deadlines and of whom they wait
    /// for. Whose channels hide something from the caller counts by [`Reading::count_threads`] instead.
    ///
    /// # Errors
    /// The query names a kind or a state that no thread has; the rows can't be read.
    pub fn count_open(&self, caller: &Caller, query: &ListQuery) -> Result<u64, Fault> {
        let ThreadFilter { due_before, awaits, awaits_others, supplied, openers, .. } =
            self.filter(caller, query, clock::now_ms())?;
        let channels = self.upkeep.open_channels();
        let wanted = OpenCount { channels, due_before, awaits, awaits_others, supplied, openers };
        Ok(self.threads.rows.count_open(&wanted)?)
    }

    /// A query as the store reads it for a caller, at a moment.
    ///
    /// # Errors
    /// It names a kind or a state that no thread has.
    pub(super) fn filter(&self, caller: &Caller, query: &ListQuery, now: u64) -> Result<ThreadFilter, Fault> {
        let kind = filter::thread_kind(query.kind.as_deref())?;
        filter::check_thread_state(kind, query.state.as_deref())?;
        let with = |party: &AgencyId| {
            let channels = self.channels.list();
            let with = channels.iter().filter(|channel| channel.value().parties().contains_key(party));
            with.map(|channel| channel.id()).collect::<Vec<_>>()
        };
        let channels = match (&query.channel, &query.party) {
            (None, None) => None,
            (Some(channel), None) => Some(vec![*channel]),
            (None, Some(party)) => Some(with(party)),
            (Some(channel), Some(party)) => Some(with(party).into_iter().filter(|with| with == channel).collect()),
        };
        let due_before = match (query.due_before_ms, query.overdue) {
            (Some(before), true) => Some(before.min(now)),
            (None, true) => Some(now),
            (before, false) => before,
        };
        Ok(ThreadFilter {
            channels,
            kind: kind.map(str::to_owned),
            kind_not: query.with_states.then(|| PLAIN.0.to_owned()),
            state: query.state.clone(),
            open: (!query.closed).then_some(true),
            awaits: query.awaits,
            awaits_others: query.awaits_others.then_some(self.db.me),
            news_after: query.news_after,
            only: query.only.clone(),
            due_before,
            clause: query.clause.clone(),
            supplied: caller.purposes().filter(),
            view: Self::view(caller),
            hidden: self.protection.aside(Index::hidden_threads),
            openers: compartment::words(caller),
        })
    }
}

impl ListQuery {
    /// How many rows the page has.
    pub(super) fn rows(&self) -> Result<usize, Fault> {
        rows(self.limit)
    }

    /// Whether it asks for something that only threads with states have.
    pub(super) const fn asks_for_threads(&self) -> bool {
        self.kind.is_some()
            || self.state.is_some()
            || self.awaits.is_some()
            || self.due_before_ms.is_some()
            || self.overdue
    }
}

/// How many rows a page has for which so many are asked.
pub(crate) fn rows(limit: Option<usize>) -> Result<usize, Fault> {
    match limit.unwrap_or(limits::PAGE_ROWS) {
        rows @ 1..=limits::PAGE_ROWS_MAX => Ok(rows),
        _ => Err(Fault::usage(say!("page-rows-form", page_rows_max = limits::PAGE_ROWS_MAX)).in_field("limit")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_limit() {
        let rows = |limit| ListQuery { limit, ..ListQuery::default() }.rows();
        assert_eq!(rows(None).unwrap(), 50);
        assert_eq!(rows(Some(200)).unwrap(), 200);
        assert!(rows(Some(0)).is_err() && rows(Some(201)).is_err());
    }
}
