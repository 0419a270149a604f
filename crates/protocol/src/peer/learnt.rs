//! What a partner says that may change the channel: a receipt, a nack, the heads that it holds.
//!
//! The step is computed by the writer on the channel's present value, from what is written. What can't be read proves
//! nothing: an own head is foreign only if the entries here were read and are others.

use alloc::{string::String, vec::Vec};
use core::cell::RefCell;

use super::{Kept, origin_and_size};
use crate::{
    channel::{
        Channel, Frozen, Step,
        outbox::{NotANack, NotReceipted},
        startup::Shown,
    },
    document::SignedDocument,
    id::{AgencyId, Hash},
    origin::{Lane, Origin},
    suite::Suite,
};

/// What was learnt from a partner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Learnt {
    /// Who said it.
    pub from: AgencyId,
    /// What it said.
    pub said: Said,
}

/// What a partner said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Said {
    /// Its receipt for a batch of ours, as note text.
    Receipt(String),
    /// Its signed nack.
    Nack(SignedDocument),
    /// The checkpoint notes of the heads that it holds.
    Heads(Vec<String>),
}

/// What is new, to be said in the log once it is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum News {
    /// A batch of ours is receipted.
    Receipted,
    /// The partner has another sealing key than the one known.
    SealingKey,
    /// A partner that was waited for holds nothing that is not here.
    Agrees,
    /// It holds entries of ours that this node lost: a new epoch is open.
    NewEpoch,
    /// It holds a head of ours that this node never wrote: frozen.
    ForeignHead,
    /// It holds another history of a party's log than this node: frozen.
    Equivocation,
}

/// Why nothing was learnt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotLearnt<E> {
    /// The receipt is not taken.
    #[error(transparent)]
    Receipt(NotReceipted),
    /// The nack is not taken.
    #[error("its nack: {0}")]
    Nack(NotANack),
    /// What is written can't be read.
    #[error("{0}")]
    Kept(E),
}

impl Learnt {
    /// What a partner's heads can tell; `None` if each of them is held here in the same words and nobody waits for it.
    pub fn of_heads<K: Kept>(
        channel: &Channel,
        from: AgencyId,
        mut heads: Vec<String>,
        kept: &K,
    ) -> Result<Option<Self>, K::Error> {
        let kept = Reading::of(kept);
        let is_held = |note: &String| {
            let held = origin_and_size(note).and_then(|(origin, size)| kept.note_at(&origin, size));
            held.is_some_and(|held| held == *note)
        };
        // Nobody needs to verify what is held here already.
        heads.retain(|note| !is_held(note));
        kept.finish(())?;
        let is_news = !heads.is_empty() || channel.waiting().contains(&from);
        Ok(is_news.then_some(Self { from, said: Said::Heads(heads) }))
    }

    /// Whether it is about the urgent lane.
    pub fn is_urgent(&self) -> bool {
        let origin = match &self.said {
            Said::Receipt(note) => origin_and_size(note).map(|(origin, _)| origin),
            Said::Nack(_) | Said::Heads(_) => None,
        };
        origin.is_some_and(|origin| origin.lane == Lane::Urgent)
    }

    /// The step that follows on the channel as it is now; `None` if it says nothing new.
    pub fn step<K: Kept>(
        &self,
        suite: &dyn Suite,
        channel: &Channel,
        kept: &K,
    ) -> Result<Option<(Step, News)>, NotLearnt<K::Error>> {
        let reading = Reading::of(kept);
        match &self.said {
            Said::Receipt(note) => {
                let taken = channel.receipt(suite, self.from, note, &|origin, size| reading.note_at(origin, size));
                let step = reading.finish(taken).map_err(NotLearnt::Kept)?.map_err(NotLearnt::Receipt)?;
                Ok(step.map(|step| (step, News::Receipted)))
            }
            Said::Nack(document) => {
                let step = channel.nacked(suite, self.from, document).map_err(NotLearnt::Nack)?;
                Ok(step.map(|step| (step, News::SealingKey)))
            }
            Said::Heads(heads) => {
                let step = shown(suite, channel, self.from, heads, &|origin| reading.entries(origin));
                reading.finish(step).map_err(NotLearnt::Kept)
            }
        }
    }
}

/// From now on nothing waits for the partner. Heads of all logs are compared with what is held here, also of third
/// parties, so that no party shows two others different logs.
fn shown(
    suite: &dyn Suite,
    channel: &Channel,
    from: AgencyId,
    heads: &[String],
    entries: &dyn Fn(&Origin) -> Vec<Hash>,
) -> Option<(Step, News)> {
    let (is_frozen, is_waited_for) = (channel.frozen().is_some(), channel.waiting().contains(&from));
    // A frozen channel has its proof, and one is enough.
    if is_frozen && !is_waited_for {
        return None;
    }
    if !is_frozen && let Some(proof) = channel.contradicted(suite, heads, entries) {
        return Some((channel.freeze(Frozen::Equivocation, Some(&proof)), News::Equivocation));
    }
    match channel.show(suite, from, heads, entries) {
        Shown::Agrees(step) => is_waited_for.then_some((step, News::Agrees)),
        Shown::NewEpoch(step) => Some((step, News::NewEpoch)),
        Shown::Foreign(step) => Some((step, News::ForeignHead)),
    }
}

/// Reads for functions that take no errors, and keeps the first one: what they computed then counts for nothing.
struct Reading<'a, K: Kept> {
    kept: &'a K,
    failed: RefCell<Option<K::Error>>,
}

impl<'a, K: Kept> Reading<'a, K> {
    const fn of(kept: &'a K) -> Self {
        Self { kept, failed: RefCell::new(None) }
    }

    fn note_at(&self, origin: &Origin, size: u64) -> Option<String> {
        self.read(self.kept.note_at(origin, size))
    }

    fn entries(&self, origin: &Origin) -> Vec<Hash> {
        self.read(self.kept.entries(origin))
    }

    fn read<T: Default>(&self, result: Result<T, K::Error>) -> T {
        result.unwrap_or_else(|error| {
            self.failed.borrow_mut().get_or_insert(error);
            T::default()
        })
    }

    fn finish<T>(self, computed: T) -> Result<T, K::Error> {
        self.failed.into_inner().map_or(Ok(computed), Err)
    }
}
