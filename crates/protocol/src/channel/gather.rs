//! What callers hand in, gathered into one batch and one step.
//!
//! The one who writes takes what waits: what belongs together becomes one batch, and everything that the callers' records
//! bring with them is written in the same transaction: the answer under each key, the counted persons, what lay aside.

use alloc::{string::String, vec::Vec};

use super::{
    Channel, Env, Step,
    append::{AppendError, Prepared},
    lanes::Load,
    life::Standing,
};
use crate::{
    commit::{Aside, AsideId, SubmitResult, Volume},
    id::Hash,
    limits::{BATCH_BYTES_MAX, BATCH_RECORDS_MAX},
    origin::{Lane, Position},
};

/// Room for the protocol records that a batch may begin with.
const CONTROLS_MAX: usize = 8;

/// Records that one caller hands in, sealed already.
#[derive(Debug)]
pub struct Submission<C> {
    /// In which lane.
    pub lane: Lane,
    /// The records.
    pub prepared: Prepared,
    /// What they were decided and sealed under.
    pub decided: Standing,
    /// The caller's idempotency key and the digest of what was handed in.
    pub key: Option<(String, Hash)>,
    /// The persons in the records, as they were counted by the decisions.
    pub volumes: Vec<Volume>,
    /// What lay aside until now, and what lies there instead.
    pub aside: Option<(AsideId, Option<Aside>)>,
    /// Whoever handed them in.
    pub caller: C,
}

/// What was handed in under a key before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Repeat {
    /// The same: the answer that is kept holds.
    Same,
    /// Something else: a conflict.
    Other,
}

impl Repeat {
    /// Compares a submission with the result that is kept under its key.
    pub fn of(kept: &SubmitResult, digest: &Hash) -> Self {
        if kept.digest == *digest { Self::Same } else { Self::Other }
    }
}

/// Submissions that become one batch.
#[derive(Debug)]
pub struct Gathered<C> {
    lane: Lane,
    decided: Standing,
    submissions: Vec<Submission<C>>,
    records: usize,
    bytes: usize,
    load: Load,
}

/// Where gathered submissions come to lie, and the step that writes them.
#[derive(Debug)]
pub struct Placed {
    /// What to commit, and the channel after it.
    pub step: Step,
    /// The place of each submission's first record.
    pub firsts: Vec<Position>,
}

impl<C> Gathered<C> {
    /// Nothing yet: a batch of the lane and standing of the first submission that waits.
    pub const fn like(first: &Submission<C>) -> Self {
        Self {
            lane: first.lane,
            decided: first.decided,
            submissions: Vec::new(),
            records: 0,
            bytes: 0,
            load: Load::new(),
        }
    }

    /// Whether the caps of the agreement and its clauses leave room for one more submission beside those that are gathered:
    /// one too many is refused alone, and not with all others. `now` is milliseconds since 1970.
    pub fn has_room(&self, channel: &Channel, now: u64, other: &Submission<C>) -> Result<(), AppendError> {
        let mut load = self.load.clone();
        load.extend(other.prepared.load());
        channel.has_room(self.lane, now, &load)
    }

    /// Whether another submission can share the batch. An urgent record is a batch of its own: it is small, and one too
    /// many in the hour spoils no other.
    pub fn takes(&self, other: &Submission<C>) -> bool {
        self.lane == Lane::Main
            && other.lane == self.lane
            && other.decided == self.decided
            && self.records.saturating_add(other.prepared.len()) < BATCH_RECORDS_MAX - CONTROLS_MAX
            && self.bytes.saturating_add(other.prepared.bytes()) < BATCH_BYTES_MAX / 2
    }

    /// Whether a submission repeats one that is gathered already: it must wait for that one's result.
    pub fn holds_key_of(&self, other: &Submission<C>) -> bool {
        let key = other.key.as_ref().map(|(key, _)| key);
        key.is_some() && self.submissions.iter().any(|held| held.key.as_ref().map(|(key, _)| key) == key)
    }

    /// Adds a submission.
    pub fn push(&mut self, submission: Submission<C>) {
        self.records = self.records.saturating_add(submission.prepared.len());
        self.bytes = self.bytes.saturating_add(submission.prepared.bytes());
        self.load.extend(submission.prepared.load());
        self.submissions.push(submission);
    }

    /// Whether nothing was gathered.
    pub const fn is_empty(&self) -> bool {
        self.submissions.is_empty()
    }

    /// What was gathered, in its order.
    pub fn submissions(&self) -> &[Submission<C>] {
        &self.submissions
    }

    /// Gives the submissions back, to be answered.
    pub fn into_submissions(self) -> Vec<Submission<C>> {
        self.submissions
    }

    /// Appends all as one batch. `answer` makes what is kept under a caller's key from the place of its first record. The
    /// records themselves are gone from the submissions afterwards.
    pub fn append(
        &mut self,
        channel: &Channel,
        env: &mut Env<'_>,
        answer: &dyn Fn(&C, Position) -> Vec<u8>,
    ) -> Result<Placed, AppendError> {
        let prepared: Vec<_> = self.submissions.iter_mut().map(|held| core::mem::take(&mut held.prepared)).collect();
        let appended = channel.append(env, self.lane, &[], &prepared, &self.decided)?;
        let (mut step, origin) = (appended.step, appended.origin);
        let mut firsts = Vec::with_capacity(prepared.len());
        let mut index = appended.first_record;
        for records in &prepared {
            firsts.push(Position { origin, index });
            index = index.saturating_add(u64::try_from(records.len()).unwrap_or(u64::MAX));
        }
        let commit = &mut step.commit;
        for (held, first) in self.submissions.iter().zip(&firsts) {
            commit.results.extend(held.key.clone().map(|(key, digest)| SubmitResult {
                key,
                digest,
                answer: answer(&held.caller, *first),
                time: env.now,
            }));
            commit.volumes.extend(&held.volumes);
            if let Some((taken, laid)) = &held.aside {
                commit.taken.push(*taken);
                commit.aside.extend(laid.clone());
            }
        }
        Ok(Placed { step, firsts })
    }
}
