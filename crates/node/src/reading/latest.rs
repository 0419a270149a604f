//! The newest records of some kinds, with the lines that stand for them: for lists that people read from above.

use std::collections::BTreeMap;

use protocol::{
    header::ThreadId,
    id::{AgencyId, ChannelId},
    origin::Position,
};
use store::{Arrival, Reader};

use super::{Disclosed, Proof, Reading, cursor::Cursors};
use crate::{
    arrivals::Arrivals,
    audit::{Count, Noted},
    callers::Caller,
    channel::ChannelHandle,
    fault::Fault,
    limits, records,
    threads::{self, openers::Openers},
};

/// A record in a list that is read from above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latest {
    /// Where it lies.
    pub position: Position,
    /// Its kind.
    pub kind: String,
    /// The line that stands for it, if its content is here.
    pub title: Option<String>,
    /// The word of its state.
    pub state: String,
    /// The manifest's time, milliseconds since 1970.
    pub time_ms: u64,
    /// Number of the batch that brought it, in the order of arrival.
    pub arrival: u64,
    /// Its thread.
    pub thread: Option<ThreadId>,
    /// Whose it is.
    pub party: AgencyId,
    _proof: Proof,
}

/// A page of them.
#[derive(Debug, Clone)]
pub struct LatestPage {
    /// The newest first.
    pub records: Vec<Latest>,
    /// The cursor of the next page, if there may be one.
    pub next: Option<String>,
}

impl Reading {
    /// The newest records of some kinds that a caller may know of, for the caller's purposes.
    ///
    /// # Errors
    /// The cursor is none of this list; the store can't be read.
    pub fn latest(
        &self,
        caller: &Caller,
        (kinds, channel): (&[&str], Option<ChannelId>),
        (cursor, rows_max): (Option<&str>, usize),
    ) -> Result<Disclosed<LatestPage>, Fault> {
        let cursors = Cursors::of(&self.protection, "latest");
        let from = cursor.map(|text| cursors.read(text)).transpose()?;
        let reader = self.db.reader()?;
        // Of the batch at which a page begins, so many were on the page before.
        let [mut before, mut passed] = from.map_or_else(|| reader.newest_arrival().map(|newest| [newest, 0]), Ok)?;
        let mut openers = Openers::new(&self.upkeep);
        let of = self.channels.list().into_iter().filter(|handle| channel.is_none_or(|only| only == handle.id()));
        let known: BTreeMap<ChannelId, u64> =
            of.map(|handle| (handle.id(), self.known_to_hold(&handle, kinds))).collect();
        let mut found: Vec<Latest> = Vec::new();
        let mut looked_at = 0;
        while before > 0 && found.len() < rows_max && looked_at < limits::LATEST_ARRIVALS_MAX {
            let after = before.saturating_sub(limits::LATEST_ARRIVALS_AT_ONCE);
            let mut window: Vec<(u64, Vec<Latest>)> = Vec::new();
            let mut arrivals = Arrivals::between(&self.db, &self.channels, channel, after, before)?.beyond(&known);
            while let Some((handle, arrival)) = arrivals.take()? {
                window
                    .push((arrival.number, self.of_batch(caller, (&reader, &mut openers), &handle, &arrival, kinds)?));
            }
            for (id, upto) in known.iter().filter(|(_, upto)| **upto > after) {
                let Some(handle) = self.channels.get(id) else { continue };
                for number in self.threads.rows.holding(id, kinds, after, before.min(*upto))? {
                    if let Some(arrival) = reader.arrival(*id, number)? {
                        window
                            .push((number, self.of_batch(caller, (&reader, &mut openers), &handle, &arrival, kinds)?));
                    }
                }
            }
            window.sort_by_key(|(number, _)| *number);
            for (number, of_batch) in window.into_iter().rev() {
                let skipped = if number == before { passed } else { 0 };
                let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
                let (room, left) = (rows_max - found.len(), of_batch.len().saturating_sub(skipped));
                found.extend(of_batch.into_iter().rev().skip(skipped).take(room));
                [before, passed] = match left > room {
                    true => [number, u64::try_from(skipped.saturating_add(room)).unwrap_or(u64::MAX)],
                    false => [number.saturating_sub(1), 0],
                };
                if found.len() >= rows_max {
                    break;
                }
            }
            if found.len() < rows_max {
                [before, passed] = [after, 0];
            }
            looked_at += limits::LATEST_ARRIVALS_AT_ONCE;
        }
        let noted = Noted::facts(&Count { listed: found.len() });
        let next = (before > 0).then(|| cursors.write([before, passed]));
        Ok(Disclosed::new(LatestPage { records: found, next }, noted))
    }

    /// Up to which batch the rows of threads say which batches of a channel hold these kinds: 0 where they do not.
    fn known_to_hold(&self, handle: &ChannelHandle, kinds: &[&str]) -> u64 {
        if !threads::follows(&handle.value()) || !kinds.iter().all(|kind| desks::kinds::stands_alone(kind)) {
            return 0;
        }
        // Where they can't be read, all batches are.
        self.threads.rows.cursor(&handle.id()).ok().flatten().map_or(0, |(arrival, _)| arrival)
    }

    /// What of a batch a caller may know of.
    fn of_batch(
        &self,
        caller: &Caller,
        (reader, openers): (&Reader, &mut Openers<'_>),
        handle: &ChannelHandle,
        arrival: &Arrival,
        kinds: &[&str],
    ) -> Result<Vec<Latest>, Fault> {
        let value = handle.value();
        let mut of_batch = Vec::new();
        for kept in records::in_batch(reader, &value, &arrival.stored)? {
            if !kept.kind().is_some_and(|kind| kinds.contains(&kind)) {
                continue;
            }
            let title = kept.opened.as_ref().and_then(records::title);
            let position = kept.position;
            if let Some(listed) = self.listed(caller, &value, kept, openers)? {
                let (state, kind) = (listed.state, listed.kind.unwrap_or_default());
                let (thread, time_ms, party) = (listed.thread, listed.time_ms, listed.party);
                let _proof = Proof::default();
                let arrival = arrival.number;
                of_batch.push(Latest { position, kind, title, state, time_ms, arrival, thread, party, _proof });
            }
        }
        Ok(of_batch)
    }
}
