//! Batches of all channels in the order in which they arrived here.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::ControlFlow,
    sync::Arc,
};

use protocol::id::ChannelId;
use store::{Arrival, Reader, StoreError};

use crate::{channel::ChannelHandle, channels::Channels, db::Db, limits};

/// Walks batches in the order of their arrival, over one channel or all. It reads a few ahead and holds no state of the
/// database in between, so what is done with a batch may take long.
pub struct Arrivals {
    reader: Reader,
    feeds: Vec<Feed>,
    upto: u64,
}

struct Feed {
    handle: Arc<ChannelHandle>,
    ahead: VecDeque<Arrival>,
    /// Number of the last batch that was read.
    at: u64,
    ended: bool,
}

impl Arrivals {
    /// The batches after number `after` up to number `upto`.
    ///
    /// # Errors
    /// The store can't be opened once more.
    pub fn between(
        db: &Db,
        channels: &Channels,
        only: Option<ChannelId>,
        after: u64,
        upto: u64,
    ) -> Result<Self, StoreError> {
        let channels = channels.list().into_iter().filter(|channel| only.is_none_or(|only| only == channel.id()));
        let feeds = channels.map(|handle| Feed { handle, ahead: VecDeque::new(), at: after, ended: false }).collect();
        Ok(Self { reader: db.reader()?, feeds, upto })
    }

    /// The same without the batches of a channel up to a number.
    #[must_use]
    pub fn beyond(mut self, known: &BTreeMap<ChannelId, u64>) -> Self {
        for feed in &mut self.feeds {
            feed.at = feed.at.max(known.get(&feed.handle.id()).copied().unwrap_or(0));
            feed.ended = feed.at >= self.upto;
        }
        self
    }

    /// The next batch and its channel.
    pub fn take(&mut self) -> Result<Option<(Arc<ChannelHandle>, Arrival)>, StoreError> {
        for feed in &mut self.feeds {
            feed.read(&self.reader, self.upto)?;
        }
        let number = |feed: &Feed| feed.ahead.front().map(|arrival| arrival.number);
        let next = self.feeds.iter_mut().filter(|feed| !feed.ahead.is_empty()).min_by_key(|feed| number(feed));
        Ok(next.and_then(|feed| Some((Arc::clone(&feed.handle), feed.ahead.pop_front()?))))
    }
}

impl Feed {
    fn read(&mut self, reader: &Reader, upto: u64) -> Result<(), StoreError> {
        if self.ended || !self.ahead.is_empty() {
            return Ok(());
        }
        reader.for_each_batch(self.handle.id(), self.at, |arrival| {
            if arrival.number > upto {
                return ControlFlow::Break(());
            }
            self.at = arrival.number;
            self.ahead.push_back(arrival);
            let bytes: usize = self.ahead.iter().map(|arrival| arrival.stored.batch.ciphertexts.len()).sum();
            if self.ahead.len() < limits::ARRIVALS_AHEAD_MAX && bytes < limits::ARRIVALS_AHEAD_BYTES_MAX {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        self.ended = self.ahead.is_empty();
        Ok(())
    }
}
