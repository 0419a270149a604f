//! Threads and search: derived from what the channels hold, beside the work and never in a commit.
//!
//! - [`events`] are those of a thread, as many as are kept;
//! - [`turn`] reads batches that arrived since the last turn and writes what they change in threads;
//! - [`words`] holds titles and words in memory, from when somebody first asks;
//! - [`upkeep`] keeps both up with the channels;
//! - [`openers`] says what opened a thread;
//! - [`stubs`] keeps what threads need of a record before its content is destroyed.
//!
//! What of it a reader is shown, [`crate::reading`] decides. A turn is idempotent: its cursor moves in the transaction that
//! writes its rows. Deleting `projection.db` while the node is stopped, or [`Upkeep::rebuild`], makes everything again.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use desks::kinds;
use protocol::{
    channel::Channel,
    header::ThreadId,
    id::{AgencyId, ChannelId},
    origin::Lane,
    statement::ThreadKey,
};
use store::{Projection, Seen, StoreError, ThreadRow, View};
use texts::say;
use tokio::sync::{Notify, watch};

use crate::{
    fair::{Fair, Taken, Whose},
    fault::{Code, Fault},
    limits,
    work::OnDisk,
};

pub(crate) mod events;
pub mod openers;
pub mod stubs;
pub mod turn;
pub mod upkeep;
pub mod words;

pub use upkeep::{Upkeep, run};

/// The threads of a node.
pub struct Threads {
    /// Their rows.
    pub rows: OnDisk<Arc<Projection>>,
    /// Titles and words.
    pub words: words::Words,
    /// Held during a turn: there is one at a time.
    turn: Mutex<()>,
    /// Something was committed.
    woken: Notify,
    /// Number of the batch up to which everything is projected.
    done: watch::Sender<u64>,
    reached: RwLock<BTreeMap<ChannelId, Reached>>,
    /// Those of which no further record of this agency would be read.
    full: RwLock<BTreeSet<(ChannelId, ThreadKey)>>,
    /// A seat for each reader that follows.
    seats: Arc<Fair>,
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
        let rows = Projection::open(dir)?;
        let key = |row: &ThreadRow| (row.channel, ThreadKey { thread: row.thread, lane: row.more.lane });
        let full = RwLock::new(rows.full()?.iter().map(key).collect());
        Ok(Self {
            full,
            rows: OnDisk::new(Arc::new(rows)),
            words: words::Words::default(),
            turn: Mutex::default(),
            woken: Notify::new(),
            done: watch::Sender::new(0),
            reached: RwLock::default(),
            seats: Fair::seats(limits::FOLLOWERS_MAX),
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
    pub fn row(
        &self,
        channel: &ChannelId,
        thread: &ThreadId,
        lane: Lane,
        view: View,
    ) -> Result<Option<ThreadRow>, StoreError> {
        let named = self.rows.named(thread, view)?;
        Ok(named.into_iter().find(|row| row.channel == *channel && row.more.lane == lane))
    }

    /// Whether of this agency no further record in a thread would be read (THREAD-8), as far as turns have come.
    pub fn is_full(&self, channel: &ChannelId, thread: &ThreadKey) -> bool {
        self.full.read().unwrap_or_else(PoisonError::into_inner).contains(&(*channel, *thread))
    }

    /// Up to which batch, in the order of arrival, threads are up to date; turns with every turn.
    pub fn progress(&self) -> watch::Receiver<u64> {
        self.done.subscribe()
    }

    /// The heights that the parties' logs in a channel have reached.
    pub fn reached(&self, channel: &ChannelId) -> Reached {
        self.reached.read().unwrap_or_else(PoisonError::into_inner).get(channel).cloned().unwrap_or_default()
    }

    /// A seat for a reader that follows. When all are taken, whose token holds most loses one.
    ///
    /// # Errors
    /// This caller follows with as many readers as one token may.
    pub fn seat(&self, caller: &str) -> Result<Taken, Fault> {
        let whose = Whose::Caller(caller.to_owned());
        if self.seats.taken_by(&whose) >= limits::FOLLOWS_OF_TOKEN_MAX {
            let message = say!("follows-full", follows_of_token_max = limits::FOLLOWS_OF_TOKEN_MAX);
            return Err(Fault::new(Code::TooMany, message));
        }
        Ok(self.seats.enter(whose, 1))
    }

    fn set_reached(&self, channel: ChannelId, reached: Reached) {
        self.reached.write().unwrap_or_else(PoisonError::into_inner).insert(channel, reached);
    }

    fn set_full<'a>(&self, rows: impl Iterator<Item = &'a ThreadRow>) {
        let mut full = self.full.write().unwrap_or_else(PoisonError::into_inner);
        for row in rows.filter(|row| row.seen != Seen::ByOffices) {
            let key = (row.channel, ThreadKey { thread: row.thread, lane: row.more.lane });
            if row.full {
                full.insert(key)
            } else {
                full.remove(&key)
            };
        }
    }

    fn lock_turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
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
