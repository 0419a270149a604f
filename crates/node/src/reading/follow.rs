//! Records and threads as they arrive.

use protocol::{header::PROTOCOL_PREFIX, id::ChannelId};
use serde::{Deserialize, Serialize};

use super::{Disclosed, Reading, page::Listed, thread::ThreadLine};
use crate::{
    arrivals::Arrivals, audit::Noted, callers::Caller, clock, fault::Fault, records, threads::openers::Openers,
};

/// Whose places the ids are.
const LIST: &str = "follow";

/// What a batch brought.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Arrived {
    /// The batch's number in the order of arrival.
    pub number: u64,
    /// Its records and the threads that it changed last, in their order.
    pub events: Vec<Event>,
}

/// Something that arrived.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A record of a desk.
    Record(Listed),
    /// A thread as it stands now.
    Thread(Box<ThreadLine>),
}

impl Reading {
    /// A number in the order of arrival, as a reader that follows is given it.
    pub fn follow_id(&self, number: u64) -> String {
        self.cursors(LIST).write([number, 0])
    }

    /// The number of an id; 0 is the beginning.
    pub fn followed_id(&self, id: &str) -> Option<u64> {
        match id {
            "0" => Some(0),
            id => self.cursors(LIST).read(id).ok().map(|[number, _]| number),
        }
    }

    /// What a caller may know of the batches after number `from` up to number `to`, in their order. The caller notes in the
    /// audit log up to where it was followed.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn followed(
        &self,
        caller: &Caller,
        channel: Option<ChannelId>,
        from: u64,
        to: u64,
    ) -> Result<Disclosed<Vec<Arrived>>, Fault> {
        let reader = self.db.reader()?;
        let mut openers = Openers::new(&self.upkeep);
        let mut arrivals = Arrivals::between(&self.db, &self.channels, channel, from, to)?;
        let mut batches = Vec::new();
        while let Some((handle, arrival)) = arrivals.take()? {
            let channel = handle.value();
            let mut events = Vec::new();
            for kept in records::in_batch(&reader, &channel, &arrival.stored)? {
                if kept.kind().is_some_and(|kind| !kind.starts_with(PROTOCOL_PREFIX)) {
                    events.extend(self.listed(caller, &channel, kept, &mut openers)?.map(Event::Record));
                }
            }
            let mut rows = self.threads.rows.changed_by(arrival.number, Self::view(caller))?;
            rows.retain(|row| self.shows_thread(caller, row) && caller.purposes().include(&row.supplied));
            for row in rows {
                let title = self.title(caller, &reader, None, &row);
                events.push(Event::Thread(Box::new(self.line(caller, row, title, clock::now_ms()))));
            }
            batches.push(Arrived { number: arrival.number, events });
        }
        Ok(Disclosed::new(batches, Noted::default()))
    }
}
