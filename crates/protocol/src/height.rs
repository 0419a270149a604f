//! The height of an entry: the order in which all parties read the records of a thread.
//!
//! A height is 1 + the greatest height among the entry before it in its log and the last entries that its batch's
//! `seen` names (HEIGHT-1). It is derived from signed entries and stands in none of them, so nobody can claim a wrong
//! one. Within a batch it grows by one an entry, so a batch is described by the height of its first entry.

use alloc::collections::BTreeMap;

use crate::{
    batch::Manifest,
    control::EpochOpening,
    id::AgencyId,
    origin::{Lane, Origin, Position},
};

/// Heights of the batches of a channel, by log and first entry.
///
/// Batches are added in the order in which they were admitted: admission guarantees that what a manifest has seen is
/// held. A store that keeps the same rows needs only [`first_height`].
#[derive(Clone, Debug, Default)]
pub struct Heights {
    /// For each log: the number of each batch's first entry, and its height.
    logs: BTreeMap<Origin, BTreeMap<u64, u64>>,
    /// Size of each log.
    sizes: BTreeMap<Origin, u64>,
}

impl Heights {
    /// Adds the batch of `count` entries that begins at `first`, and gives the height of its first entry.
    ///
    /// `opening` is the body of the batch's `mithaq.epoch/1`, if it has one.
    pub fn add(
        &mut self,
        origin: &Origin,
        first: u64,
        count: u32,
        manifest: &Manifest,
        opening: Option<&EpochOpening>,
    ) -> u64 {
        let before = first.checked_sub(1).map(|index| self.last_known(origin, index));
        let seen =
            manifest.seen.iter().filter_map(|seen| Some(self.last_known(&seen.origin, seen.size.checked_sub(1)?)));
        let height = first_height(before, seen, opening.map_or(0, |opening| opening.entries_before(origin.lane)));
        self.logs.entry(*origin).or_default().insert(first, height);
        let size = self.sizes.entry(*origin).or_default();
        *size = first.saturating_add(u64::from(count)).max(*size);
        height
    }

    /// The height of an entry that is held.
    pub fn of(&self, position: &Position) -> Option<u64> {
        let held = self.sizes.get(&position.origin).is_some_and(|size| position.index < *size);
        held.then(|| self.last_known(&position.origin, position.index))
    }

    /// The greatest height that a party's logs of a lane have reached; 0 if nothing of them is held.
    pub fn reached(&self, agency: &AgencyId, lane: Lane) -> u64 {
        let logs = self.sizes.iter().filter(|(origin, _)| origin.agency == *agency && origin.lane == lane);
        logs.filter_map(|(origin, size)| Some(self.last_known(origin, size.checked_sub(1)?))).max().unwrap_or(0)
    }

    /// The height of an entry, counted on from the batch before it if the entry itself is not held.
    ///
    /// That happens in one case: a partner has seen the end of an own log that was lost here. Until it is given back, the
    /// entries are counted as if they had seen nothing.
    fn last_known(&self, origin: &Origin, index: u64) -> u64 {
        let batch = self.logs.get(origin).and_then(|log| log.range(..=index).next_back());
        batch.map_or(index.saturating_add(1), |(first, height)| entry_height(*height, *first, index))
    }
}

/// The height of a batch's first entry (HEIGHT-1).
///
/// - `before`: height of the entry before it in its log;
/// - `seen`: height of the last entry of each log that the manifest names with its size;
/// - `earlier`: [`EpochOpening::entries_before`] where the batch opens an epoch, else 0.
pub fn first_height(before: Option<u64>, seen: impl IntoIterator<Item = u64>, earlier: u64) -> u64 {
    seen.into_iter().chain(before).fold(earlier, u64::max).saturating_add(1)
}

/// The height of an entry of a batch whose first entry has number `first` and height `height`.
pub fn entry_height(height: u64, first: u64, index: u64) -> u64 {
    height.saturating_add(index.saturating_sub(first))
}

impl EpochOpening {
    /// How many entries the listed logs of a lane hold together (HEIGHT-2).
    ///
    /// No height among them is greater. So the entries of a new epoch come after all that its owner knew of, also where
    /// the owner has lost the entries and knows only how many there were.
    pub fn entries_before(&self, lane: Lane) -> u64 {
        self.earlier.iter().filter(|head| head.origin.lane == lane).fold(0, |sum, head| sum.saturating_add(head.size))
    }
}

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};

    use proptest::prelude::*;

    use super::*;
    use crate::{batch::Seen, control::KnownHead, id::ChannelId};

    fn log(agency: u8, epoch: u32) -> Origin {
        Origin { channel: ChannelId::new([9; 32]), agency: AgencyId::new([agency; 32]), epoch, lane: Lane::Main }
    }

    fn manifest(seen: &[(Origin, u64)]) -> Manifest {
        Manifest { time: 0, seen: seen.iter().map(|(origin, size)| Seen { origin: *origin, size: *size }).collect() }
    }

    // spec: HEIGHT-1
    #[test]
    fn an_answer_is_higher_than_what_its_author_had_seen() {
        let (a, b) = (log(1, 1), log(2, 1));
        let mut heights = Heights::default();
        assert_eq!(heights.add(&a, 0, 4, &manifest(&[]), None), 1);
        assert_eq!(heights.add(&b, 0, 2, &manifest(&[]), None), 1);
        assert_eq!(heights.add(&b, 2, 2, &manifest(&[(a, 4)]), None), 5);
        assert_eq!(heights.add(&a, 4, 1, &manifest(&[(b, 2)]), None), 5);
        assert_eq!(heights.of(&Position { origin: b, index: 3 }), Some(6));
        assert_eq!(heights.of(&Position { origin: b, index: 4 }), None);
        assert_eq!(heights.reached(&b.agency, Lane::Main), 6);
        assert_eq!(heights.reached(&b.agency, Lane::Urgent), 0);
    }

    // spec: HEIGHT-2
    #[test]
    fn a_new_epoch_stands_above_entries_that_its_owner_lost() {
        let (old, new, b) = (log(1, 1), log(1, 2), log(2, 1));
        let listed = [(old, 100), (b, 3)].map(|(origin, size)| KnownHead { origin, size, root: [0; 32] });
        let opening = EpochOpening { earlier: listed.to_vec() };
        let mut partner = Heights::default();
        partner.add(&b, 0, 3, &manifest(&[]), None);
        let highest = partner.add(&old, 0, 100, &manifest(&[(b, 3)]), None) + 99;
        // The owner holds nothing of its old log and comes to the same height.
        let mut owner = Heights::default();
        owner.add(&b, 0, 3, &manifest(&[]), None);
        let reopened =
            [&mut partner, &mut owner].map(|side| side.add(&new, 0, 1, &manifest(&[(b, 3)]), Some(&opening)));
        assert_eq!(reopened, [104, 104]);
        assert!(highest < 104);
    }

    proptest! {
        /// Heights follow what was seen: whatever batches three parties write, and in whichever admissible order a node
        /// admits them, an entry is higher than all that its author had seen, and every node finds the same heights.
        // spec: HEIGHT-1
        #[test]
        fn heights_are_the_same_in_every_order_of_arrival(
            steps in prop::collection::vec((0usize..3, 1u32..5, any::<[bool; 3]>()), 1..40),
            order in any::<prop::sample::Index>(),
        ) {
            let logs = [log(1, 1), log(2, 1), log(3, 1)];
            let mut sizes = [0u64; 3];
            let mut known = [[0u64; 3]; 3];
            let mut batches: Vec<(usize, u64, u32, Manifest)> = vec![];
            for (author, count, learns) in steps {
                for other in 0..3 {
                    if learns[other] && other != author {
                        known[author][other] = sizes[other];
                    }
                }
                let seen: Vec<_> = (0..3).filter(|other| *other != author).map(|other| (logs[other], known[author][other])).collect();
                batches.push((author, sizes[author], count, manifest(&seen)));
                sizes[author] += u64::from(count);
            }
            let mut written = Heights::default();
            for (author, first, count, manifest) in &batches {
                let height = written.add(&logs[*author], *first, *count, manifest, None);
                for seen in manifest.seen.iter().filter(|seen| seen.size > 0) {
                    let last = Position { origin: seen.origin, index: seen.size - 1 };
                    prop_assert!(height > written.of(&last).unwrap());
                }
            }
            // Another node admits what it can, beginning somewhere else.
            let mut left = batches.clone();
            let start = order.index(left.len());
            left.rotate_left(start);
            let mut admitted = Heights::default();
            let mut held = [0u64; 3];
            while !left.is_empty() {
                let next = left.iter().position(|(author, first, _, manifest)| {
                    held[*author] == *first
                        && manifest.seen.iter().all(|seen| seen.size <= held[logs.iter().position(|log| *log == seen.origin).unwrap()])
                });
                let (author, first, count, manifest) = left.remove(next.unwrap());
                admitted.add(&logs[author], first, count, &manifest, None);
                held[author] += u64::from(count);
            }
            prop_assert_eq!(admitted.logs, written.logs);
        }
    }
}
