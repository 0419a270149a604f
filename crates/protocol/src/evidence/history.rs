//! One log, one history: what the proofs of a file say of a log must fit into one tree.
//!
//! A log that shows two readers different trees signs heads that contradict each other. No consistency proof is needed to
//! see it where two paths pass the same full subtree, or two heads have one size: both then name a hash for the same
//! entries.

use alloc::{
    collections::{BTreeMap, btree_map::Entry},
    vec::Vec,
};

use super::member::Placed;
use crate::{
    id::Hash,
    origin::Origin,
    suite::Suite,
    tlog::merkle::{leaf_hash, node_hash},
};

/// Two heads of one log, both signed by its owner, that no single history holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "two signed heads of the log {log}, of {one} and {other} entries, contradict each other: the file proves nothing about \
     the record, and proves that the log's owner signed two histories"
)]
pub struct TwoHistories {
    /// The log.
    pub log: Origin,
    /// Size of one head.
    pub one: u64,
    /// Size of the other.
    pub other: u64,
}

/// Some entries of a log, from the first on, of which there are so many.
type Range = (u64, u64);

/// What the heads and paths of a file say of each log.
#[derive(Default)]
pub(super) struct Histories(BTreeMap<(Origin, What), Named>);

/// Of what a hash is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Head(u64),
    Subtree(Range),
}

/// A hash, and the size of the head under which it was given.
struct Named {
    hash: Hash,
    head: u64,
}

impl Histories {
    /// Takes a signed head.
    pub(super) fn head(&mut self, log: Origin, size: u64, root: Hash) -> Result<(), TwoHistories> {
        self.take(log, What::Head(size), root, size)?;
        if size.is_power_of_two() { self.take(log, What::Subtree((0, size)), root, size) } else { Ok(()) }
    }

    /// Takes the head over an entry, and every full subtree that its path gives or computes.
    pub(super) fn proof(&mut self, suite: &dyn Suite, placed: &Placed) -> Result<(), TwoHistories> {
        let head = placed.head();
        self.head(placed.origin, head.size, head.root)?;
        subtrees(suite, placed)
            .into_iter()
            .try_for_each(|(range, hash)| self.take(placed.origin, What::Subtree(range), hash, head.size))
    }

    fn take(&mut self, log: Origin, what: What, hash: Hash, head: u64) -> Result<(), TwoHistories> {
        match self.0.entry((log, what)) {
            Entry::Vacant(place) => {
                place.insert(Named { hash, head });
                Ok(())
            }
            Entry::Occupied(known) if known.get().hash == hash => Ok(()),
            Entry::Occupied(known) => Err(TwoHistories { log, one: known.get().head, other: head }),
        }
    }
}

/// Whether `earlier` is an entry before `later` in the very tree that proves `later`: it stands under the same head, or a
/// full subtree over it has the hash that it has there.
pub(super) fn is_before(suite: &dyn Suite, earlier: &Placed, later: &Placed) -> bool {
    let index = earlier.proof.index();
    if earlier.origin != later.origin || index >= later.proof.index() {
        return false;
    }
    if earlier.head() == later.head() {
        return true;
    }
    let known = subtrees(suite, later);
    let over_it = |(first, count): Range| first <= index && index < first.saturating_add(count);
    subtrees(suite, earlier).iter().any(|subtree| over_it(subtree.0) && known.contains(subtree))
}

/// The full subtrees in an entry's proof: those that its path gives, and those over the entry that it computes.
fn subtrees(suite: &dyn Suite, placed: &Placed) -> Vec<(Range, Hash)> {
    let mut found = Vec::new();
    let tree = (0, placed.head().size);
    let leaf = leaf_hash(suite, &placed.entry);
    walk(suite, tree, placed.proof.index(), &leaf, &placed.path, &mut found);
    found
}

/// The root over a range of entries, by the path from its leaf (RFC 6962 §2.1.1, from the root down).
fn walk(
    suite: &dyn Suite,
    (first, count): Range,
    index: u64,
    leaf: &Hash,
    path: &[Hash],
    found: &mut Vec<(Range, Hash)>,
) -> Hash {
    let mut keep = |range: Range, hash: Hash| {
        if range.1.is_power_of_two() {
            found.push((range, hash));
        }
    };
    let Some((sibling, below)) = path.split_last().filter(|_| count > 1) else {
        keep((first, 1), *leaf);
        return *leaf;
    };
    // The left half is the largest full subtree that leaves something over.
    let half = 1_u64 << count.saturating_sub(1).ilog2();
    let (left, right) = ((first, half), (first.saturating_add(half), count.saturating_sub(half)));
    let hash = if index < right.0 {
        keep(right, *sibling);
        node_hash(suite, &walk(suite, left, index, leaf, below, found), sibling)
    } else {
        keep(left, *sibling);
        node_hash(suite, sibling, &walk(suite, right, index, leaf, below, found))
    };
    if count.is_power_of_two() {
        found.push(((first, count), hash));
    }
    hash
}
