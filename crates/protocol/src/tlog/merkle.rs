//! The Merkle tree of RFC 6962 §2.1: hashes, the frontier of a growing tree, inclusion and consistency proofs.

use alloc::vec::Vec;

use super::limits::NUMBER_MAX;
use crate::{id::Hash, suite::Suite};

/// The root of a tree without entries: the SHA-256 of nothing.
pub const EMPTY_ROOT: Hash = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// The hash of an entry as a leaf of the tree.
pub fn leaf_hash(suite: &dyn Suite, entry: &[u8]) -> Hash {
    suite.sha256(&[&[0], entry])
}

/// The hash of an inner node.
pub fn node_hash(suite: &dyn Suite, left: &Hash, right: &Hash) -> Hash {
    suite.sha256(&[&[1], left, right])
}

/// The right edge of a tree: what is needed to append entries and to compute the root, and no more.
// INVARIANT: `peaks` holds one hash for each 1-bit of `size`, the largest subtree first; `size` is at most NUMBER_MAX
// when read from bytes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier of the empty tree.
    pub const fn new() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// Number of entries in the tree.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends an entry: a 32-byte commitment, which is hashed as a leaf.
    pub fn append(&mut self, suite: &dyn Suite, entry: &Hash) {
        self.append_leaf(suite, leaf_hash(suite, entry));
    }

    /// Appends an entry of which nothing but its leaf's hash is left.
    pub fn append_leaf(&mut self, suite: &dyn Suite, leaf: Hash) {
        let mut hash = leaf;
        // Each trailing 1-bit of the old size is a full subtree that the new leaf completes into a larger one.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(suite, &left, &hash);
            }
        }
        self.peaks.push(hash);
        // 2^63 appends can't happen, so the sum never saturates.
        self.size = self.size.saturating_add(1);
    }

    /// The root of the tree.
    pub fn root(&self, suite: &dyn Suite) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(smallest) = peaks.next() else { return EMPTY_ROOT };
        peaks.fold(*smallest, |right, left| node_hash(suite, left, &right))
    }

    /// The size in 8 bytes, big-endian, followed by the peaks.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        bytes.extend(self.peaks.iter().flatten());
        bytes
    }

    /// Reads what [`Frontier::to_bytes`] wrote; `None` if the length doesn't follow from the size.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (size, peaks) = bytes.split_first_chunk()?;
        let size = u64::from_be_bytes(*size);
        let (peaks, rest) = peaks.as_chunks();
        let complete = rest.is_empty() && u32::try_from(peaks.len()) == Ok(size.count_ones()) && size <= NUMBER_MAX;
        complete.then(|| Self { size, peaks: peaks.to_vec() })
    }
}

/// The root of the tree over leaf hashes.
pub fn root_of(suite: &dyn Suite, leaf_hashes: &[Hash]) -> Hash {
    match leaf_hashes {
        [] => EMPTY_ROOT,
        [leaf] => *leaf,
        _ => {
            let (left, right) = split(leaf_hashes);
            node_hash(suite, &root_of(suite, left), &root_of(suite, right))
        }
    }
}

/// The path from a leaf's sibling to the root's child (RFC 6962 §2.1.1); `None` if the tree has no such index.
pub fn inclusion_proof(suite: &dyn Suite, leaf_hashes: &[Hash], index: u64) -> Option<Vec<Hash>> {
    let mut index = usize::try_from(index).ok().filter(|index| *index < leaf_hashes.len())?;
    let mut tree = leaf_hashes;
    let mut path = Vec::new();
    while tree.len() > 1 {
        let (left, right) = split(tree);
        let sibling;
        (tree, sibling) = if index < left.len() {
            (left, right)
        } else {
            index -= left.len();
            (right, left)
        };
        path.push(root_of(suite, sibling));
    }
    path.reverse();
    Some(path)
}

/// Whether a path proves that the leaf with this hash stands at this index of the tree with this size and root
/// (RFC 9162 §2.1.3.2).
pub fn verify_inclusion(
    suite: &dyn Suite,
    index: u64,
    size: u64,
    leaf_hash: &Hash,
    proof: &[Hash],
    root: &Hash,
) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last) = (index, size.saturating_sub(1));
    let mut hash = *leaf_hash;
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(suite, sibling, &hash);
            // A right edge that has no sibling on these levels takes none from the path.
            let skipped = node.trailing_zeros().min(u64::BITS - 1);
            (node, last) = (node >> skipped, last >> skipped);
        } else {
            hash = node_hash(suite, &hash, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && hash == *root
}

/// The proof that the tree over the first `old_size` leaves is a prefix of the tree over all (RFC 6962 §2.1.2).
///
/// Empty if `old_size` is 0 or all; `None` if it is larger.
pub fn consistency_proof(suite: &dyn Suite, leaf_hashes: &[Hash], old_size: u64) -> Option<Vec<Hash>> {
    let mut old = usize::try_from(old_size).ok().filter(|old| *old <= leaf_hashes.len())?;
    let mut proof = Vec::new();
    if old == 0 {
        return Some(proof);
    }
    let mut tree = leaf_hashes;
    // The verifier knows the old root, so the proof leaves it out as long as it is a whole subtree here.
    let mut known = true;
    while old < tree.len() {
        let (left, right) = split(tree);
        if old <= left.len() {
            proof.push(root_of(suite, right));
            tree = left;
        } else {
            proof.push(root_of(suite, left));
            tree = right;
            old -= left.len();
            known = false;
        }
    }
    if !known {
        proof.push(root_of(suite, tree));
    }
    proof.reverse();
    Some(proof)
}

/// Whether a proof shows that the old tree is a prefix of the new one (RFC 9162 §2.1.4.2).
///
/// The empty tree is a prefix of every tree and takes an empty proof.
pub fn verify_consistency(
    suite: &dyn Suite,
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> bool {
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root && (old_size != 0 || *old_root == EMPTY_ROOT);
    }
    if old_size == 0 {
        return proof.is_empty() && *old_root == EMPTY_ROOT;
    }
    if old_size > new_size {
        return false;
    }
    let (mut node, mut last) = (old_size.saturating_sub(1), new_size.saturating_sub(1));
    let skipped = node.trailing_ones();
    (node, last) = (node >> skipped, last >> skipped);
    // A whole subtree as old tree is its own starting point; otherwise the proof names it.
    let mut path = proof.iter();
    let start = if node == 0 { Some(old_root) } else { path.next() };
    let Some(start) = start else { return false };
    let (mut old_hash, mut new_hash) = (*start, *start);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(suite, sibling, &old_hash);
            new_hash = node_hash(suite, sibling, &new_hash);
            let skipped = node.trailing_zeros().min(u64::BITS - 1);
            (node, last) = (node >> skipped, last >> skipped);
        } else {
            new_hash = node_hash(suite, &new_hash, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && old_hash == *old_root && new_hash == *new_root
}

/// Splits two or more leaves at the largest power of two below their number.
fn split(leaf_hashes: &[Hash]) -> (&[Hash], &[Hash]) {
    leaf_hashes.split_at_checked(leaf_hashes.len().next_power_of_two() / 2).unwrap_or((leaf_hashes, &[]))
}

#[cfg(test)]
#[cfg(feature = "aws-lc")]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;
    use tlog_tiles::tlog;

    use super::*;
    use crate::suite::AwsLc;

    fn entry(index: u64) -> Hash {
        AwsLc.sha256(&[&index.to_be_bytes()])
    }

    fn leaves(size: u64) -> Vec<Hash> {
        (0..size).map(|index| leaf_hash(&AwsLc, &entry(index))).collect()
    }

    /// The hashes that tlog_tiles stores for the same entries.
    struct Stored(Vec<tlog::Hash>);

    impl Stored {
        fn of(size: u64) -> Self {
            let mut stored = Self(vec![]);
            for index in 0..size {
                let new = tlog::stored_hashes(index, &entry(index), &stored).unwrap();
                stored.0.extend(new);
            }
            stored
        }
    }

    impl tlog::HashReader for Stored {
        fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog::Hash>, tlog::Error> {
            Ok(indexes.iter().map(|index| self.0[usize::try_from(*index).unwrap()]).collect())
        }
    }

    fn plain(hashes: Vec<tlog::Hash>) -> Vec<Hash> {
        hashes.into_iter().map(|hash| hash.0).collect()
    }

    // spec: LOG-1
    #[test]
    fn the_tree_is_that_of_rfc_6962() {
        // Test tree of certificate-transparency's merkletree reference: eight known inputs.
        let inputs =
            ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let leaves: Vec<Hash> = inputs.iter().map(|input| leaf_hash(&AwsLc, &hex::decode(input).unwrap())).collect();
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        for (size, root) in roots.iter().enumerate() {
            assert_eq!(hex::encode(root_of(&AwsLc, &leaves[..size])), *root);
        }
        assert_eq!(EMPTY_ROOT, AwsLc.sha256(&[]));
    }

    // spec: LOG-1, LOG-2, LOG-3
    #[test]
    fn roots_and_proofs_equal_those_of_tlog_tiles() {
        let stored = Stored::of(40);
        let all = leaves(40);
        let mut frontier = Frontier::new();
        for size in 0..=40_u64 {
            let tree = &all[..usize::try_from(size).unwrap()];
            let root = frontier.root(&AwsLc);
            assert_eq!(root, tlog::tree_hash(size, &stored).unwrap().0);
            for index in 0..size {
                let proof = inclusion_proof(&AwsLc, tree, index).unwrap();
                assert_eq!(proof, plain(tlog::prove_record(size, index, &stored).unwrap()));
                assert!(verify_inclusion(&AwsLc, index, size, &tree[usize::try_from(index).unwrap()], &proof, &root));
            }
            assert_eq!(inclusion_proof(&AwsLc, tree, size), None);
            for old in 1..=size {
                let proof = consistency_proof(&AwsLc, tree, old).unwrap();
                assert_eq!(proof, plain(tlog::prove_tree(size, old, &stored).unwrap()));
                let old_root = tlog::tree_hash(old, &stored).unwrap().0;
                assert!(verify_consistency(&AwsLc, old, &old_root, size, &root, &proof));
            }
            assert_eq!(consistency_proof(&AwsLc, tree, size + 1), None);
            assert!(verify_consistency(&AwsLc, 0, &EMPTY_ROOT, size, &root, &[]));
            assert!(!verify_consistency(&AwsLc, 0, &[0; 32], size, &root, &[]));
            frontier.append(&AwsLc, &entry(size));
        }
    }

    // spec: LOG-3
    #[test]
    fn a_consistency_proof_holds_for_its_own_trees_only() {
        let all = leaves(24);
        let tree = |size: u64| &all[..usize::try_from(size).unwrap()];
        for new in 1..=24 {
            for old in 1..new {
                let proof = consistency_proof(&AwsLc, tree(new), old).unwrap();
                let (old_root, new_root) = (root_of(&AwsLc, tree(old)), root_of(&AwsLc, tree(new)));
                let holds = |old: u64, old_root: &Hash, new_root: &Hash, proof: &[Hash]| {
                    verify_consistency(&AwsLc, old, old_root, new, new_root, proof)
                };
                assert!(holds(old, &old_root, &new_root, &proof));
                assert!(!holds(old, &[0; 32], &new_root, &proof));
                assert!(!holds(old, &old_root, &[0; 32], &proof));
                assert!(!holds(old, &old_root, &new_root, &[proof.clone(), vec![[0; 32]]].concat()));
                assert!(!holds(old, &old_root, &new_root, &proof[..proof.len() - 1]));
                assert!(!holds(new, &old_root, &new_root, &proof));
                assert!(!holds(new + 1, &old_root, &new_root, &proof));
            }
        }
    }

    // spec: LOG-2, LOG-3
    #[test]
    fn a_proof_of_a_smaller_tree_is_not_one_of_a_larger() {
        let all = leaves(2);
        let root = root_of(&AwsLc, &all);
        let path = inclusion_proof(&AwsLc, &all, 0).unwrap();
        assert!(verify_inclusion(&AwsLc, 0, 2, &all[0], &path, &root));
        assert!(!verify_inclusion(&AwsLc, 0, 4, &all[0], &path, &root));
        assert!(verify_inclusion(&AwsLc, 0, 1, &all[0], &[], &all[0]));
        assert!(!verify_inclusion(&AwsLc, 1, 1, &all[0], &[], &all[0]));
        let proof = consistency_proof(&AwsLc, &all, 1).unwrap();
        assert!(verify_consistency(&AwsLc, 1, &all[0], 2, &root, &proof));
        assert!(!verify_consistency(&AwsLc, 1, &all[0], 4, &root, &proof));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        // spec: LOG-2
        #[test]
        fn a_path_holds_iff_the_entry_is_there(size in 1_u64..300, at in any::<u64>(), other in any::<u64>()) {
            let (index, other) = (at % size, other % (size + 2));
            let all = leaves(size);
            let root = root_of(&AwsLc, &all);
            let path = inclusion_proof(&AwsLc, &all, index).unwrap();
            let leaf = leaf_hash(&AwsLc, &entry(other));
            prop_assert_eq!(verify_inclusion(&AwsLc, index, size, &leaf, &path, &root), other == index);
            let own = leaf_hash(&AwsLc, &entry(index));
            prop_assert_eq!(verify_inclusion(&AwsLc, other, size, &own, &path, &root), other == index);
            for at in 0..path.len() {
                let mut spoiled = path.clone();
                spoiled[at][usize::try_from(other % 32).unwrap()] ^= 1;
                prop_assert!(!verify_inclusion(&AwsLc, index, size, &own, &spoiled, &root));
                prop_assert!(!verify_inclusion(&AwsLc, index, size, &own, &path[..at], &root));
            }
            let longer = [path, vec![root]].concat();
            prop_assert!(!verify_inclusion(&AwsLc, index, size, &own, &longer, &root));
        }

        // spec: LOG-4
        #[test]
        fn a_frontier_has_the_root_of_the_tree_and_survives_bytes(size in 0_u64..300) {
            let mut frontier = Frontier::new();
            for index in 0..size {
                frontier.append(&AwsLc, &entry(index));
            }
            prop_assert_eq!(frontier.size(), size);
            prop_assert_eq!(frontier.root(&AwsLc), root_of(&AwsLc, &leaves(size)));
            let bytes = frontier.to_bytes();
            prop_assert_eq!(Frontier::from_bytes(&bytes), Some(frontier));
            prop_assert_eq!(Frontier::from_bytes(&[&bytes[..], &[0]].concat()), None);
            prop_assert_eq!(Frontier::from_bytes(&bytes[..bytes.len() - 1]), None);
        }

        // spec: LOG-4
        #[test]
        fn any_bytes_are_a_frontier_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Some(frontier) = Frontier::from_bytes(&bytes) {
                prop_assert_eq!(frontier.to_bytes(), bytes);
            }
        }

        #[test]
        fn no_numbers_or_paths_break_the_verifiers(
            small in any::<u64>(), large in any::<u64>(), proof in proptest::collection::vec(any::<Hash>(), 0..70),
        ) {
            prop_assert!(!verify_inclusion(&AwsLc, small, large, &[1; 32], &proof, &[2; 32]));
            prop_assert!(!verify_consistency(&AwsLc, small, &[1; 32], large, &[2; 32], &proof));
        }
    }
}
