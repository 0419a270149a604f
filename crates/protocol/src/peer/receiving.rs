//! What is answered to a partner's batch, and to a partner that pulls ours.

use super::{Answer, Gap, Kept};
use crate::{
    batch::{Batch, BatchRef},
    channel::{
        Channel, NotNow,
        admit::NotAdmitted,
        equivocation::{self, EquivocationProof, Overlap},
        manifest::ManifestFault,
    },
    control::NackReason,
    id::AgencyId,
    origin::Origin,
    suite::Suite,
};

/// What to do about a batch that was not admitted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// Answer this.
    Answer(Answer),
    /// It overlaps what is held: [`compare`] it.
    Compare {
        /// Size of the log here, for an answer where the batch itself is gone.
        size: u64,
    },
    /// Sign a nack with the own sealing key that the next try must use, and answer it.
    Nack {
        /// The batch.
        batch: BatchRef,
        /// What went wrong.
        reason: NackReason,
    },
}

impl Refusal {
    /// Each kind of refusal has its own answer.
    pub fn of(problem: &NotAdmitted) -> Self {
        Self::Answer(match problem {
            NotAdmitted::Known { size } => return Self::Compare { size: *size },
            NotAdmitted::Nack { batch, reason } => return Self::Nack { batch: *batch, reason: *reason },
            NotAdmitted::Gap { size } => Answer::Gap(Gap { size: *size }),
            NotAdmitted::NotNow(NotNow::Waiting(_)) => Answer::Waiting,
            NotAdmitted::NotNow(NotNow::Frozen(_)) => Answer::Locked,
            // Tried again by the partner: the clock moves on, and missing logs come.
            NotAdmitted::Ahead { .. } | NotAdmitted::Unseen { .. } | NotAdmitted::Moved => Answer::Later,
            // Perhaps this node lost entries: their author may show them.
            NotAdmitted::Manifest(ManifestFault::SeenNeverSigned { .. }) => Answer::Later,
            NotAdmitted::Answer(_) | NotAdmitted::CannotSign(_) => Answer::Unavailable,
            NotAdmitted::NotTheirs(_)
            | NotAdmitted::Checkpoint(_)
            | NotAdmitted::OtherRoot
            | NotAdmitted::Misbehaved(_)
            | NotAdmitted::Manifest(_) => Answer::Foreign,
        })
    }
}

/// What a batch turned out to be that begins below what is held here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Compared {
    /// The very batch that is held: the same receipt again.
    Same(Answer),
    /// Two histories: freeze the channel with the proof, and answer that it is.
    Proof(EquivocationProof),
    /// Against the protocol, and nothing is proven.
    Foreign,
}

/// Compares a batch with what is held of its log.
pub fn compare<K: Kept>(
    suite: &dyn Suite,
    channel: &Channel,
    from: AgencyId,
    batch: &Batch,
    kept: &K,
) -> Result<Compared, K::Error> {
    let (origin, size) = (batch.origin, batch.size());
    let receipt = || kept.receipt_at(&origin, size, &channel.me()).map(|note| note.map(Answer::Receipt));
    // The checkpoint says which batch it is. Whoever repeats it learns no more than that it was receipted.
    if kept.note_at(&origin, size)?.is_some_and(|note| note == batch.note)
        && let Some(receipt) = receipt()?
    {
        return Ok(Compared::Same(receipt));
    }
    let Some(cards) = channel.parties().get(&from) else { return Ok(Compared::Foreign) };
    let note = channel.log(&origin).map_or("", |log| log.note());
    Ok(match equivocation::judge(suite, &cards.current().keys.log, batch, &kept.entries(&origin)?, note) {
        Overlap::Same => receipt()?.map_or(Compared::Foreign, Compared::Same),
        Overlap::Proof(proof) => Compared::Proof(proof),
        Overlap::Recut | Overlap::Nothing => Compared::Foreign,
    })
}

/// What a partner gets that asks for the batch of ours that holds an entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pulled {
    /// The batch.
    Batch,
    /// There is none yet, or nothing may be sent now.
    NotYet,
    /// It receipted the entry once: that is given back only after two officers have confirmed its restore.
    Receipted,
}

/// Answers a partner that pulls a log of ours from an entry on.
pub fn pulled(channel: &Channel, partner: &AgencyId, origin: &Origin, from: u64) -> Pulled {
    if channel.may_sign().is_err() || channel.size(origin) <= from {
        return Pulled::NotYet;
    }
    let receipted = channel.log(origin).map_or(0, |log| log.receipted(partner));
    if from < receipted { Pulled::Receipted } else { Pulled::Batch }
}
