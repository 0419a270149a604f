//! What keeps threads and words up with what the channels hold.

use std::{
    ops::ControlFlow,
    sync::{Arc, atomic::Ordering},
    thread,
    time::Duration,
};

use protocol::{
    channel::Channel,
    header::ThreadId,
    id::{AgencyId, ChannelId},
    origin::Lane,
};
use store::{OpenCount, StoreError, TextIndex};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use super::{
    Threads, turn,
    words::{Filling, Progress, texts},
};
use crate::{channels::Channels, db::Db, limits, protection::Protection, work::beside};

/// Keeps threads and words up with what the channels hold.
pub struct Upkeep {
    /// From which batches are read.
    pub db: Arc<Db>,
    /// Whose batches.
    pub channels: Arc<Channels>,
    /// What of it no reader finds.
    pub protection: Arc<Protection>,
    /// What is kept up.
    pub threads: Arc<Threads>,
}

impl Upkeep {
    /// Brings threads and words up to the last commit.
    ///
    /// # Errors
    /// The store or the rows can't be read or written.
    pub fn catch_up(&self) -> Result<(), StoreError> {
        let Self { db, channels, threads, .. } = self;
        let turn = threads.lock_turn();
        let newest = db.reader()?.newest_arrival()?;
        for channel in channels.list() {
            while turn::run(db, threads, &channel.value(), &self.protection)? {}
        }
        self.take_new(newest)?;
        drop(turn);
        threads.done.send_if_modified(|done| {
            let goes_on = newest > *done;
            *done = newest.max(*done);
            goes_on
        });
        Ok(())
    }

    /// As [`Upkeep::catch_up`], where no task does it.
    ///
    /// # Errors
    /// As there.
    pub fn bring_up(&self) -> Result<(), StoreError> {
        if self.threads.runs() { Ok(()) } else { self.catch_up() }
    }

    /// Makes the rows of threads again of which something is hidden now, or is no longer.
    ///
    /// # Errors
    /// The rows can't be read or written.
    pub fn show_again(&self, channel: &Channel, threads: &[(ThreadId, Lane)]) -> Result<(), StoreError> {
        let _turn = self.threads.lock_turn();
        turn::show_again(&self.threads, channel, &self.protection, threads)
    }

    /// Makes the rows of all threads again from what the store holds. Corrections stay: what was shown can't be derived.
    ///
    /// # Errors
    /// As [`Upkeep::catch_up`].
    pub fn rebuild(&self) -> Result<(), StoreError> {
        {
            let _turn = self.threads.lock_turn();
            self.threads.rows.clear()?;
            self.threads.words.forget_all();
        }
        self.catch_up()
    }

    /// The channels of which no record is or was hidden from offices: what figures and findings may count.
    pub fn open_channels(&self) -> Vec<ChannelId> {
        let values = self.channels.list().into_iter().map(|handle| handle.value());
        let is_open =
            |channel: &Arc<Channel>| !self.protection.watches(channel) && !self.protection.has_hidden(&channel.id());
        values.filter(is_open).map(|channel| channel.id()).collect()
    }

    /// How many threads are open: all, or those that were due before a time, or that wait for an agency. Threads with
    /// parties of states that somebody in the protection register fears are left out, all of them: so no figure depends on
    /// which of them is hidden, or on how one ended.
    ///
    /// # Errors
    /// The rows can't be read.
    pub fn count_open(&self, due_before: Option<u64>, awaits: Option<AgencyId>) -> Result<u64, StoreError> {
        let channels = self.open_channels();
        self.threads.rows.count_open(&OpenCount { channels, due_before, awaits, ..OpenCount::default() })
    }

    /// Titles and words, and how far they are. Begins to read them if nobody asked before: beside the work where turns run,
    /// at once where a command opened the folder.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn index(self: &Arc<Self>) -> Result<(Arc<TextIndex>, Progress), StoreError> {
        let of = self.db.reader()?.newest_arrival()?;
        let begun = {
            let mut filling = self.threads.words.lock();
            match &*filling {
                Some(filling) => return Ok((Arc::clone(&filling.index), filling.progress)),
                None => {
                    let index = Arc::new(TextIndex::new(Arc::clone(&self.threads.rows))?);
                    let progress = Progress { done: 0, of, complete: of == 0, full: false };
                    *filling = Some(Filling { index: Arc::clone(&index), progress, newest: of });
                    index
                }
            }
        };
        if self.threads.runs() {
            let (upkeep, index) = (Arc::clone(self), Arc::clone(&begun));
            let beside = move || {
                if let Err(error) = upkeep.fill(&index, of, || !upkeep.threads.runs()) {
                    tracing::error!(%error, "the search index is not whole; it begins anew with the next search");
                    upkeep.threads.words.forget_all();
                }
            };
            if let Err(error) = thread::Builder::new().name("words".into()).spawn(beside) {
                tracing::error!(%error, "the search index can't be filled");
                self.threads.words.forget_all();
            }
        } else {
            self.fill(&begun, of, || false)?;
        }
        let progress = self
            .threads
            .words
            .lock()
            .as_ref()
            .map_or(Progress { done: 0, of, complete: false, full: false }, |filling| filling.progress);
        Ok((begun, progress))
    }

    /// Adds what arrived since the index began.
    pub(super) fn take_new(&self, newest: u64) -> Result<(), StoreError> {
        let (index, from) = match &*self.threads.words.lock() {
            Some(filling) if filling.newest < newest => (Arc::clone(&filling.index), filling.newest),
            _ => return Ok(()),
        };
        self.window(&index, from, newest)?;
        if let Some(filling) = self.threads.words.lock().as_mut().filter(|filling| Arc::ptr_eq(&filling.index, &index))
        {
            filling.newest = newest;
        }
        Ok(())
    }

    /// Fills the index from the newest batch to the oldest, so that it is of use before it is whole.
    fn fill(&self, index: &Arc<TextIndex>, of: u64, stopped: impl Fn() -> bool) -> Result<(), StoreError> {
        let mut left = of;
        loop {
            let full = index.size()?.1 > limits::WORDS_BYTES_MAX;
            {
                let mut filling = self.threads.words.lock();
                let Some(filling) = filling.as_mut().filter(|filling| Arc::ptr_eq(&filling.index, index)) else {
                    return Ok(());
                };
                filling.progress = Progress { done: of - left, of, complete: left == 0 || full, full };
            }
            if left == 0 || full || stopped() {
                return Ok(());
            }
            let from = left.saturating_sub(limits::WORDS_BATCHES_AT_ONCE);
            self.window(index, from, left)?;
            left = from;
        }
    }

    /// Adds the records of the batches after number `from` up to number `to`.
    fn window(&self, index: &TextIndex, from: u64, to: u64) -> Result<(), StoreError> {
        let reader = self.db.reader()?;
        for handle in self.channels.list() {
            let channel = handle.value();
            // Read first, then work: a walk holds an old state of the database, which erasure must wait for.
            let mut arrivals = Vec::new();
            reader.for_each_batch(handle.id(), from, |arrival| {
                if arrival.number > to {
                    return ControlFlow::Break(());
                }
                arrivals.push(arrival);
                ControlFlow::Continue(())
            })?;
            for arrival in arrivals {
                // An erasure in between either shows in the marks, or takes the record out once this batch is in.
                let _adding = self.threads.words.lock_adding();
                let mut texts = texts(&reader, &channel, &arrival.stored, arrival.number)?;
                // What waits for the protection officer is found by nobody; once it is passed on the index is made anew.
                texts.retain(|text| !self.protection.hides(&text.position, Some(&text.thread)));
                index.add(&texts)?;
            }
        }
        Ok(())
    }
}

/// Runs turns whenever something was committed, until the node stops. From the call on [`Threads::runs`] is true.
pub fn run(upkeep: &Arc<Upkeep>, stop: watch::Receiver<bool>) -> impl Future<Output = ()> + Send + use<> {
    upkeep.threads.runs.store(true, Ordering::Release);
    take_turns(Running(Arc::clone(upkeep)), stop)
}

const PAUSE_MIN: Duration = Duration::from_millis(limits::TURN_PAUSE_MS);
const PAUSE_MAX: Duration = Duration::from_millis(limits::TURN_PAUSE_MS_MAX);

/// Turns are taken as long as this is held, whatever ends the task.
struct Running(Arc<Upkeep>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.threads.runs.store(false, Ordering::Release);
    }
}

async fn take_turns(running: Running, mut stop: watch::Receiver<bool>) {
    loop {
        let work = Arc::clone(&running.0);
        let began = Instant::now();
        match beside(move || work.catch_up()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "threads are behind; trying again with the next commit"),
            Err(error) => tracing::error!(%error, "a turn of the threads was interrupted"),
        }
        let took = began.elapsed();
        tokio::select! {
            () = running.0.threads.woken.notified() => {}
            _ = stop.wait_for(|stopped| *stopped) => return,
        }
        // Under load one turn takes what many commits brought, and no commit waits for it. A turn over long threads takes long: it
        // has half of one processor's time at most.
        sleep(took.clamp(PAUSE_MIN, PAUSE_MAX)).await;
    }
}
