//! Threads and search: derived from what the channels hold, beside the work and never in a commit.
//!
//! - [`turn`] reads batches that arrived since the last turn and writes what they change in threads;
//! - [`words`] holds titles and words in memory, from when somebody first asks;
//! - [`stubs`] keeps what threads need of a record before its content is destroyed.
//!
//! What of it a reader is shown, [`crate::reading`] decides. A turn is idempotent: its cursor moves in the transaction that
//! writes its rows. Deleting `projection.db` while the node is stopped, or [`Upkeep::rebuild`], makes everything again.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use desks::kinds;
use protocol::{
    channel::Channel,
    header::ThreadId,
    id::{AgencyId, ChannelId},
    origin::Lane,
};
use store::{Projection, StoreError, ThreadFilter, ThreadRow};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore, watch},
    task::spawn_blocking,
    time::sleep,
};

use crate::{channels::Channels, db::Db, limits, protection::Protection};

pub mod stubs;
pub mod turn;
pub mod words;

/// The threads of a node.
pub struct Threads {
    /// Their rows.
    pub rows: Arc<Projection>,
    /// Titles and words.
    pub words: words::Words,
    /// Held during a turn: there is one at a time.
    turn: Mutex<()>,
    /// Something was committed.
    woken: Notify,
    /// Number of the batch up to which everything is projected.
    done: watch::Sender<u64>,
    reached: RwLock<BTreeMap<ChannelId, Reached>>,
    /// A seat for each reader that follows.
    seats: Arc<Semaphore>,
    /// Whether a task takes the turns ([`run`]).
    runs: AtomicBool,
}

/// The greatest height that each party's logs have reached, by lane.
pub type Reached = BTreeMap<(AgencyId, Lane), u64>;

impl Threads {
    /// Opens the threads of a node's folder.
    ///
    /// # Errors
    /// The file of their rows can't be opened.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            rows: Arc::new(Projection::open(dir)?),
            words: words::Words::default(),
            turn: Mutex::default(),
            woken: Notify::new(),
            done: watch::Sender::new(0),
            reached: RwLock::default(),
            seats: Arc::new(Semaphore::new(limits::FOLLOWERS_MAX)),
            runs: AtomicBool::new(false),
        })
    }

    /// Says that something was committed: a turn follows soon.
    pub fn wake(&self) {
        self.woken.notify_one();
    }

    /// Whether a task takes the turns, beside the work. Where none does, whoever asks takes them.
    pub fn runs(&self) -> bool {
        self.runs.load(Ordering::Acquire)
    }

    /// A thread of a channel and lane as it stands; `None` if no record stands in it, or the channel has no threads.
    ///
    /// # Errors
    /// The rows can't be read.
    pub fn row(&self, channel: &ChannelId, thread: &ThreadId, lane: Lane) -> Result<Option<ThreadRow>, StoreError> {
        let named = self.rows.named(thread)?;
        Ok(named.into_iter().find(|row| row.channel == *channel && row.more.lane == lane))
    }

    /// Up to which batch, in the order of arrival, threads are up to date; turns with every turn.
    pub fn progress(&self) -> watch::Receiver<u64> {
        self.done.subscribe()
    }

    /// The heights that the parties' logs in a channel have reached.
    pub fn reached(&self, channel: &ChannelId) -> Reached {
        self.reached.read().unwrap_or_else(PoisonError::into_inner).get(channel).cloned().unwrap_or_default()
    }

    /// A seat for a reader that follows; none if all are taken.
    pub fn seat(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.seats).try_acquire_owned().ok()
    }

    fn set_reached(&self, channel: ChannelId, reached: Reached) {
        self.reached.write().unwrap_or_else(PoisonError::into_inner).insert(channel, reached);
    }

    fn lock_turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs turns whenever something was committed, until the node stops. From the call on [`Threads::runs`] is true.
pub fn run(upkeep: &Arc<Upkeep>, stop: watch::Receiver<bool>) -> impl Future<Output = ()> + Send + use<> {
    upkeep.threads.runs.store(true, Ordering::Release);
    take_turns(Running(Arc::clone(upkeep)), stop)
}

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
        match spawn_blocking(move || work.catch_up()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "threads are behind; trying again with the next commit"),
            Err(error) => tracing::error!(%error, "a turn of the threads was interrupted"),
        }
        tokio::select! {
            () = running.0.threads.woken.notified() => {}
            _ = stop.wait_for(|stopped| *stopped) => return,
        }
        // Under load one turn takes what many commits brought, and no commit waits for it.
        sleep(Duration::from_millis(limits::TURN_PAUSE_MS)).await;
    }
}

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
            while turn::run(db, threads, &channel)? {}
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

    /// How many threads are open: all, or those that were due before a time, or that wait for an agency. Threads with
    /// parties of states that somebody in the protection register fears are left out, all of them: so no figure depends on
    /// which of them is hidden, or on how one ended.
    ///
    /// # Errors
    /// The rows can't be read.
    pub fn count_open(&self, due_before: Option<u64>, awaits: Option<AgencyId>) -> Result<u64, StoreError> {
        let register = self.protection.register();
        let channels = (!register.entries().is_empty()).then(|| {
            let feared = |channel: &Channel| {
                let others = channel.parties().iter().filter(|(agency, _)| **agency != self.db.me);
                others.into_iter().any(|(_, cards)| register.fears(&cards.current().country))
            };
            let values = self.channels.list().into_iter().map(|handle| handle.value());
            values.filter(|channel| !feared(channel)).map(|channel| channel.id()).collect()
        });
        let filter = ThreadFilter { channels, open: Some(true), due_before, awaits, ..ThreadFilter::default() };
        self.threads.rows.count(&filter)
    }
}

/// Whether any clause of the channel lets a kind cross that opens a thread with states, or permissions, which are found by
/// their thread. Channels that only carry letters, files and readouts have no rows: nothing in them is due, and a busy one
/// would pay for every record.
pub fn follows(channel: &Channel) -> bool {
    let governing = channel.governing(&channel.own_log(Lane::Main));
    let opens = |name: &String| {
        kinds::find(name).is_some_and(|kind| kind.permits) || kinds::threads().any(|thread| thread.opened_by == name)
    };
    channel
        .version(&governing)
        .is_some_and(|version| version.agreement.clauses.iter().any(|clause| clause.kinds.iter().any(opens)))
}
