//! After a start: what partners must show before anything is signed, and what follows from it.
//!
//! A node that was restored from an old copy would sign a second history of its own log. So after every start it signs
//! nothing until each partner has shown the signed heads that it holds. A partner that holds more than this node proves
//! that this node lost entries: it then opens a new epoch, and what surfaces of the old one is no lie.

use alloc::{string::ToString, sync::Arc, vec::Vec};

use super::{Channel, Frozen, Step};
use crate::{
    commit::Commit,
    control::KnownHead,
    id::{AgencyId, Hash},
    origin::Origin,
    suite::Suite,
    tlog::{Frontier, open_checkpoint},
};

/// What a partner showed.
#[derive(Clone, Debug)]
pub enum Shown {
    /// Its heads agree with what is held here.
    Agrees(Step),
    /// It holds entries of our own logs that this node lost: a new epoch is open.
    NewEpoch(Step),
    /// It holds a head of our own log that this node never wrote: the channel is frozen.
    Foreign(Step),
}

impl Shown {
    /// The step to commit.
    pub const fn step(&self) -> &Step {
        match self {
            Self::Agrees(step) | Self::NewEpoch(step) | Self::Foreign(step) => step,
        }
    }

    /// The step to commit, whatever it was.
    pub fn into_step(self) -> Step {
        match self {
            Self::Agrees(step) | Self::NewEpoch(step) | Self::Foreign(step) => step,
        }
    }
}

impl Channel {
    /// Takes the signed heads that a partner holds. Heads that are not ours, or not signed by us, say nothing.
    ///
    /// `entries` gives the entries of an own log, to compare a head below its present size.
    pub fn show(
        &self,
        suite: &dyn Suite,
        from: AgencyId,
        notes: &[alloc::string::String],
        entries: &dyn Fn(&Origin) -> Vec<Hash>,
    ) -> Shown {
        let mut next = self.clone();
        next.waiting.remove(&from);
        let unchanged = Step { next, commit: Commit::new(self.id) };
        let mut lost = Vec::new();
        for head in notes.iter().filter_map(|note| self.own_head(suite, note)) {
            let held = self.size(&head.origin);
            if head.size > held {
                // What an earlier epoch's end lost stays lost: only more of it than was known takes another epoch.
                if head.size > self.known_size(&head.origin) {
                    lost.push(head);
                }
            } else if self.root_at(suite, &head.origin, head.size, entries) != Some(head.root) {
                let mut step = self.freeze(Frozen::ForeignHead, None);
                step.next.waiting = unchanged.next.waiting;
                return Shown::Foreign(step);
            }
        }
        if lost.is_empty() {
            return Shown::Agrees(unchanged);
        }
        Shown::NewEpoch(unchanged.next.open_epoch(suite, &lost))
    }

    /// After a restore from a copy: a new epoch, whatever partners will show. What left before the restore and has not
    /// arrived yet can then surface without making a second history of one log.
    pub fn restored(&self, suite: &dyn Suite) -> Step {
        self.clone().open_epoch(suite, &[])
    }

    /// An officer's order stands in for a silent partner. It opens a new epoch, since nobody showed what was signed.
    pub fn stand_in(&self, suite: &dyn Suite, for_partner: AgencyId) -> Step {
        let mut next = self.clone();
        next.waiting.remove(&for_partner);
        next.open_epoch(suite, &[])
    }

    /// Begins a new epoch whose first entry will list every log known, with what a partner showed of lost ones.
    fn open_epoch(mut self, suite: &dyn Suite, lost: &[KnownHead]) -> Step {
        let mut earlier: Vec<KnownHead> = self
            .logs
            .iter()
            .map(|(origin, log)| KnownHead { origin: *origin, size: log.size(), root: log.root(suite) })
            .collect();
        // Of own logs that were lost before, no more is held than then: what was listed of them is listed again.
        for head in self.shared.earlier.iter().filter(|head| head.origin.agency == self.me).chain(lost) {
            match earlier.iter_mut().find(|known| known.origin == head.origin) {
                Some(known) if known.size < head.size => *known = *head,
                Some(_) => {}
                None => earlier.push(*head),
            }
        }
        let newest = earlier.iter().filter(|head| head.origin.agency == self.me).map(|head| head.origin.epoch).max();
        let shared = Arc::make_mut(&mut self.shared);
        shared.epoch = newest.unwrap_or(0).max(shared.epoch).saturating_add(1);
        shared.earlier = earlier;
        let mut commit = Commit::new(self.id);
        commit.state = Some(self.shared_bytes());
        Step { next: self, commit }
    }

    /// Size of a log as far as it is known: what is held, and of an own log of an earlier epoch what a partner showed
    /// after its end was lost here.
    pub(super) fn known_size(&self, origin: &Origin) -> u64 {
        let listed = self.shared.earlier.iter().find(|head| head.origin == *origin && origin.agency == self.me);
        listed.map_or(0, |head| head.size).max(self.size(origin))
    }

    /// A head of an own log with our valid signatures, under whichever of our cards.
    fn own_head(&self, suite: &dyn Suite, note: &str) -> Option<KnownHead> {
        let cards = self.parties.get(&self.me)?;
        let signed = cards.cards().find_map(|card| open_checkpoint(suite, note, &card.keys.log).ok())?;
        let checkpoint = signed.checkpoint();
        let origin: Origin = checkpoint.origin.parse().ok()?;
        let own = origin.channel == self.id && origin.agency == self.me && origin.to_string() == checkpoint.origin;
        own.then_some(KnownHead { origin, size: checkpoint.size, root: checkpoint.root })
    }

    fn root_at(
        &self,
        suite: &dyn Suite,
        origin: &Origin,
        size: u64,
        entries: &dyn Fn(&Origin) -> Vec<Hash>,
    ) -> Option<Hash> {
        let log = self.log(origin)?;
        if size == log.size() {
            return Some(log.root(suite));
        }
        let mut frontier = Frontier::new();
        for entry in entries(origin).get(..usize::try_from(size).ok()?)? {
            frontier.append(suite, entry);
        }
        Some(frontier.root(suite))
    }
}
