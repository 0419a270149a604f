//! Which kind of record opened a thread: what compartments ask beside a record's own kind.

use std::collections::{BTreeMap, btree_map::Entry};

use protocol::{
    channel::Channel,
    header::ThreadId,
    id::ChannelId,
    origin::{Lane, Position},
};
use store::{StoreError, ThreadRow, View};

use super::Upkeep;

/// Which kind of record opened a thread; `None` if none did.
pub(crate) fn opener(row: &ThreadRow) -> Option<&'static str> {
    desks::kinds::thread_named(&row.kind).map(|thread| thread.opened_by)
}

/// Which kinds opened the threads of a request's records, each looked up once.
pub(crate) struct Openers<'a> {
    upkeep: &'a Upkeep,
    known: BTreeMap<(ChannelId, ThreadId, Lane), Option<&'static str>>,
}

impl<'a> Openers<'a> {
    pub(crate) const fn new(upkeep: &'a Upkeep) -> Self {
        Self { upkeep, known: BTreeMap::new() }
    }

    /// Which kind of record opened a thread; `None` if it is none or nothing opened it.
    pub(crate) fn of(
        &mut self,
        channel: &Channel,
        thread: Option<&ThreadId>,
        lane: Lane,
    ) -> Result<Option<&'static str>, StoreError> {
        let Some(thread) = thread.filter(|_| super::follows(channel)) else { return Ok(None) };
        match self.known.entry((channel.id(), *thread, lane)) {
            Entry::Occupied(known) => Ok(*known.get()),
            Entry::Vacant(new) => {
                let row = match self.upkeep.threads.row(&channel.id(), thread, lane, View::Whole)? {
                    Some(row) => Some(row),
                    // It arrived just now, and its compartment counts from when it is here.
                    None => {
                        self.upkeep.catch_up()?;
                        self.upkeep.threads.row(&channel.id(), thread, lane, View::Whole)?
                    }
                };
                Ok(*new.insert(row.as_ref().and_then(opener)))
            }
        }
    }

    /// Which kind of record opened the thread of a record that need not be here any more.
    pub(crate) fn of_entry(
        &mut self,
        channel: &Channel,
        position: &Position,
    ) -> Result<Option<&'static str>, StoreError> {
        // A record is an event of the one thread that it names.
        let threads = self.upkeep.threads.rows.threads_in(&position.origin, position.index, 1)?;
        self.of(channel, threads.first(), position.origin.lane)
    }
}
