//! What two partners' nodes say to each other about a channel, and what follows from it.
//!
//! - [`session`]: what to say to one partner next, in one lane: heads, batches, and what an answer means;
//! - [`pull`]: the same for a node that partners can't reach and that fetches their batches itself;
//! - [`receiving`]: what is answered to a partner's batch;
//! - [`learnt`]: what a partner's receipt, nack or heads change here.
//!
//! Nothing here sends, writes or waits. A session is told what happened and the time, and says what to do: a node carries
//! it out over TLS and SQLite, the simulator over a network that loses and a store that crashes. So whoever drives it has
//! no opinion of its own on the protocol.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{
    channel::Channel,
    id::{AgencyId, ChannelId, Hash},
    origin::{Lane, Origin},
};

pub mod learnt;
pub mod pull;
pub mod receiving;
pub mod session;

/// The signed heads of a channel's logs that the sender of this body holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heads {
    /// The channel.
    pub channel: ChannelId,
    /// Checkpoint notes, one a log.
    pub heads: Vec<String>,
}

impl Heads {
    /// Those that are held here.
    pub fn held(channel: &Channel) -> Self {
        let heads = channel.logs().filter(|(_, log)| log.size() > 0).map(|(_, log)| log.note().into()).collect();
        Self { channel: channel.id(), heads }
    }
}

/// Body of the answer to a batch that can't be admitted because earlier entries are missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// Size of the log at the receiver.
    pub size: u64,
}

/// What a node answers to a partner's batch: no more than the partner may know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Admitted: the receipt, as note text.
    Receipt(String),
    /// Earlier entries are missing there.
    Gap(Gap),
    /// It does not open or match there: the signed nack, with the key that the next try must use.
    Nack(Vec<u8>),
    /// It builds on what is not there yet, or its time is ahead of the clock there: it may be admitted later.
    Later,
    /// The channel is frozen there.
    Locked,
    /// The partner has started and waits to be shown the heads that are held here.
    Waiting,
    /// It breaks the protocol: nothing helps.
    Foreign,
    /// There is no such channel for the sender.
    Unknown,
    /// The bytes are no frame.
    Unreadable,
    /// The partner's disk or keys fail.
    Unavailable,
}

/// What is written durably of the logs of a channel.
pub trait Kept {
    /// Why it can't be read.
    type Error;

    /// The signed checkpoint of the batch that ends at a size.
    fn note_at(&self, origin: &Origin, size: u64) -> Result<Option<String>, Self::Error>;

    /// All entries of a log.
    fn entries(&self, origin: &Origin) -> Result<Vec<Hash>, Self::Error>;

    /// The receipt of an agency for a log at a size, as note text.
    fn receipt_at(&self, origin: &Origin, size: u64, agency: &AgencyId) -> Result<Option<String>, Self::Error>;
}

/// How long a session waits for what, in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pauses {
    /// The first pause after a try that failed; it doubles.
    pub retry_ms_min: u64,
    /// The longest pause, and how often a session looks that has nothing to do.
    pub retry_ms_max: u64,
    /// Between two comparisons of heads with a partner for which nothing waits.
    pub compare_ms: u64,
    /// An answer that has not come by then does not come.
    pub answer_ms_max: u64,
}

/// The pauses between tries that fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Retry {
    next_ms: u64,
}

impl Retry {
    const fn new(pauses: &Pauses) -> Self {
        Self { next_ms: pauses.retry_ms_min }
    }

    /// How long to pause now; the next pause is twice as long.
    fn pause_ms(&mut self, pauses: &Pauses) -> u64 {
        let pause_ms = self.next_ms.min(pauses.retry_ms_max);
        self.next_ms = pause_ms.saturating_mul(2);
        pause_ms
    }
}

/// The log of a lane that an agency has in the newest epoch of which heads tell; the first epoch's if they tell of none.
fn newest_log(channel: &Channel, agency: AgencyId, lane: Lane, heads: &[String]) -> Origin {
    let first = Origin { channel: channel.id(), agency, epoch: 1, lane };
    let of_lane = |origin: &Origin| Origin { epoch: 1, ..*origin } == first;
    heads
        .iter()
        .filter_map(|note| origin_and_size(note))
        .map(|(origin, _)| origin)
        .filter(of_lane)
        .fold(first, |newest, origin| if origin.epoch > newest.epoch { origin } else { newest })
}

/// Which log a checkpoint note is about, and its size there; nothing is verified.
fn origin_and_size(note: &str) -> Option<(Origin, u64)> {
    let mut lines = note.lines();
    Some((lines.next()?.parse().ok()?, lines.next()?.parse().ok()?))
}
