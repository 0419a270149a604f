//! Two roots at one size of one log, both signed: a proof that anyone can check, and the end of the channel's trust.

use alloc::{string::String, sync::Arc, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{Channel, Frozen, Step};
use crate::{
    commit::{Commit, KeptDocument},
    encoding::base64_bytes,
    id::{Hash, hash_hex},
    json, limits,
    origin::Origin,
    suite::{PublicKeys, Suite},
    tlog::{Frontier, merkle, open_checkpoint},
};

/// Two signed checkpoints of one log that no single history holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EquivocationProof {
    /// The checkpoint of the smaller size, as note text.
    pub smaller: String,
    /// The checkpoint of the larger or equal size, as note text.
    pub larger: String,
    /// The larger log's root at the smaller size.
    #[serde(with = "hash_hex")]
    pub root_at_smaller: Hash,
    /// Consistency proof from that root to the larger checkpoint's root (RFC 6962 §2.1.2), the hashes side by side.
    #[serde(with = "base64_bytes")]
    pub path: Vec<u8>,
}

impl EquivocationProof {
    /// Builds the proof from the leaves of the larger log and both signed checkpoints; `None` if they agree.
    ///
    /// `commitments` are the larger log's entries, at least as many as its checkpoint's size.
    pub fn build(
        suite: &dyn Suite,
        log_keys: &PublicKeys,
        smaller: &str,
        larger: &str,
        commitments: &[Hash],
    ) -> Option<Self> {
        let small = open_checkpoint(suite, smaller, log_keys).ok()?;
        let large = open_checkpoint(suite, larger, log_keys).ok()?;
        let leaves: Vec<Hash> = commitments
            .get(..usize::try_from(large.checkpoint().size).ok()?)?
            .iter()
            .map(|commitment| merkle::leaf_hash(suite, commitment))
            .collect();
        let root_at_smaller = merkle::root_of(suite, leaves.get(..usize::try_from(small.checkpoint().size).ok()?)?);
        let path = merkle::consistency_proof(suite, &leaves, small.checkpoint().size)?.as_flattened().to_vec();
        let proof = Self { smaller: smaller.into(), larger: larger.into(), root_at_smaller, path };
        proof.holds(suite, log_keys).then_some(proof)
    }

    /// Whether it proves that the owner of these keys signed two histories of one log.
    pub fn holds(&self, suite: &dyn Suite, log_keys: &PublicKeys) -> bool {
        let (Ok(small), Ok(large)) =
            (open_checkpoint(suite, &self.smaller, log_keys), open_checkpoint(suite, &self.larger, log_keys))
        else {
            return false;
        };
        let (small, large) = (small.checkpoint(), large.checkpoint());
        let (path, rest) = self.path.as_chunks();
        small.origin == large.origin
            && rest.is_empty()
            && small.root != self.root_at_smaller
            && merkle::verify_consistency(suite, small.size, &self.root_at_smaller, large.size, &large.root, path)
    }

    /// As a document.
    pub fn encode(&self) -> Vec<u8> {
        json::encode(self)
    }

    /// Reads the document; total.
    pub fn parse(bytes: &[u8]) -> Result<Self, json::JsonError> {
        json::parse_strict(bytes, limits::DOCUMENT_BYTES_MAX, "equivocation proof")
    }
}

/// What a batch turned out to be whose first entry lies below what is held.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Overlap {
    /// The very batch that is held: answer with the same receipt.
    Same,
    /// One history, cut into batches differently: the partner breaks the protocol, but signed nothing false.
    Recut,
    /// Two histories.
    Proof(EquivocationProof),
    /// The checkpoint is not signed, or the entries don't hash to it: nothing is proven.
    Nothing,
}

/// Judges a batch that overlaps what is held. `held` are the log's entries here and `note` its latest checkpoint.
pub fn judge(
    suite: &dyn Suite,
    log_keys: &PublicKeys,
    batch: &crate::batch::Batch,
    held: &[Hash],
    note: &str,
) -> Overlap {
    let Ok(signed) = open_checkpoint(suite, &batch.note, log_keys) else { return Overlap::Nothing };
    let theirs = signed.checkpoint();
    if theirs.origin != alloc::string::ToString::to_string(&batch.origin) || theirs.size != batch.size() {
        return Overlap::Nothing;
    }
    let Some(kept) = usize::try_from(batch.first).ok().and_then(|first| held.get(..first)) else {
        return Overlap::Nothing;
    };
    let claimed: Vec<Hash> = kept.iter().chain(&batch.commitments).copied().collect();
    let mut frontier = Frontier::new();
    for entry in &claimed {
        frontier.append(suite, entry);
    }
    if claimed.len() <= held.len() {
        // What is held is the larger log: its own signed checkpoint and leaves are the evidence.
        if held.get(..claimed.len()).is_some_and(|ours| *ours == *claimed) && frontier.root(suite) == theirs.root {
            return Overlap::Same;
        }
        return EquivocationProof::build(suite, log_keys, &batch.note, note, held)
            .map_or(Overlap::Nothing, Overlap::Proof);
    }
    if frontier.root(suite) != theirs.root {
        return Overlap::Nothing;
    }
    if claimed.starts_with(held) {
        return Overlap::Recut;
    }
    EquivocationProof::build(suite, log_keys, note, &batch.note, &claimed).map_or(Overlap::Nothing, Overlap::Proof)
}

impl Channel {
    /// Compares the signed heads of other parties' logs that a partner holds with what is held here, so that no party shows
    /// two others different logs. A head above what is held here says nothing yet: whoever holds more compares.
    ///
    /// `entries` gives the entries of a log that are held here.
    pub fn contradicted(
        &self,
        suite: &dyn Suite,
        notes: &[String],
        entries: &dyn Fn(&Origin) -> Vec<Hash>,
    ) -> Option<EquivocationProof> {
        let of_another = |origin: &Origin| origin.channel == self.id && origin.agency != self.me;
        notes.iter().find_map(|note| {
            let origin = note.lines().next()?.parse().ok().filter(of_another)?;
            let (log, cards) = (self.log(&origin)?, self.parties.get(&origin.agency)?);
            cards.cards().find_map(|card| {
                let size = open_checkpoint(suite, note, &card.keys.log).ok()?.checkpoint().size;
                let held = || entries(&origin);
                let compared = (size <= log.size()).then(held)?;
                EquivocationProof::build(suite, &card.keys.log, note, log.note(), &compared)
            })
        })
    }

    /// Freezes the channel and keeps the proof.
    pub fn freeze(&self, reason: Frozen, proof: Option<&EquivocationProof>) -> Step {
        let mut next = self.clone();
        Arc::make_mut(&mut next.shared).frozen = Some(reason);
        let mut commit = Commit::new(self.id);
        commit.state = Some(next.shared_bytes());
        commit.documents.extend(proof.map(|proof| KeptDocument {
            kind: "equivocation",
            position: None,
            bytes: proof.encode(),
        }));
        Step { next, commit }
    }
}
