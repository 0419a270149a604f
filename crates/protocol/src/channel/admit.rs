//! A partner's batch is admitted: committed with its receipt.
//!
//! [`Channel::admit`] is light and runs in the writer: it checks that the log has not moved since the batch was opened
//! ([`super::open`]), and says what to commit. The receipt is computed with the commit and stored by it, and leaves only
//! after it is durable.

use alloc::{
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};

use super::{Channel, Env, NotNow, Step, append::AppendError, manifest::ManifestFault, open::Opened};
use crate::{
    batch::BatchRef,
    commit::{BlobLink, Commit, KeptDocument, Mark, MarkState, NewBatch, NewReceipt},
    control::{Control, Nack, NackReason, Places, Received, RefusalOfBatch},
    document::SignedDocument,
    json,
    origin::{Origin, Position},
    suite::CannotSign,
    tlog::{Checkpoint, NoteError, sign_receipt},
};

/// Why a batch is not admitted. Nothing changed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NotAdmitted {
    /// Nothing may be signed now.
    #[error(transparent)]
    NotNow(#[from] NotNow),
    /// The sender's log is not one of this channel, or it is another agency's.
    #[error("the log {0} is not the sender's in this channel")]
    NotTheirs(Origin),
    /// Earlier entries are missing here.
    #[error("entries from {size} on are missing here")]
    Gap {
        /// Size of the log here.
        size: u64,
    },
    /// The log here already reaches past the batch's first entry: compare with what is held.
    #[error("the log here already holds {size} entries")]
    Known {
        /// Size of the log here.
        size: u64,
    },
    /// The checkpoint is not signed by the log's keys, or is over something else.
    #[error("the batch's checkpoint: {0}")]
    Checkpoint(#[from] NoteError),
    /// The entries do not hash to the checkpoint's root.
    #[error("the batch's entries do not hash to its checkpoint")]
    OtherRoot,
    /// The keyring does not open here, or a record does not match: answered with a signed nack.
    #[error("the batch does not open or match here ({reason:?})")]
    Nack {
        /// The batch.
        batch: BatchRef,
        /// What went wrong.
        reason: NackReason,
    },
    /// The partner breaks the protocol.
    #[error("the partner breaks the protocol: {0}")]
    Misbehaved(&'static str),
    /// The manifest is signed and false. Nothing that follows it in its log can be admitted.
    #[error("the partner signed a manifest that can't be: {0}")]
    Manifest(#[from] ManifestFault),
    /// The manifest lies too far ahead of the clock here: send again later.
    #[error("the batch's time lies {ahead_ms} ms ahead of the clock here")]
    Ahead {
        /// By how much.
        ahead_ms: u64,
    },
    /// The batch builds on more of another log than is held here: on what its author had seen of a third party's, or on an
    /// officer whom it enrolled in its other lane.
    #[error("the batch builds on {size} entries of {origin}, more than is held here")]
    Unseen {
        /// The other log.
        origin: Origin,
        /// How much of it must be here.
        size: u64,
    },
    /// Versions, suspensions, terminations or revocations have changed since the batch was decided: open it again.
    #[error("the agreement changed while the batch was being decided")]
    Moved,
    /// An own batch (a refusal, an erasure's answer) could not be signed.
    #[error("the answer could not be signed: {0}")]
    Answer(#[from] AppendError),
    /// The receipt could not be signed.
    #[error(transparent)]
    CannotSign(#[from] CannotSign),
}

/// An admitted batch: commit the step, then send the receipt.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// What to commit, and the channel after it.
    pub step: Step,
    /// The receipt; it may leave once the commit is durable.
    pub receipt: String,
}

impl Channel {
    /// Admits an opened batch: takes up its protocol records, answers in an own batch where a record is refused, an erasure
    /// ordered or a deadline begins, and signs the receipt.
    pub fn admit(&self, env: &mut Env<'_>, opened: Opened) -> Result<Admitted, NotAdmitted> {
        self.may_sign()?;
        let origin = opened.reference.origin;
        let held = self.size(&origin);
        if held != opened.reference.first {
            return Err(NotAdmitted::Known { size: held });
        }
        self.check_manifest(&origin, &opened.manifest, env.now)?;
        if opened.changes != self.shared.changes {
            return Err(NotAdmitted::Moved);
        }

        let mut next = self.clone();
        let mut commit = Commit::new(self.id);
        let mut log = opened.log;
        log.receipts.insert(self.me, opened.reference.size());
        next.logs.insert(origin, Arc::new(log));
        let mut shared_changed = !opened.accepted.is_empty();
        for bundle in &opened.accepted {
            next.accept(env.suite, bundle, &mut commit);
        }
        let mut erased = Vec::new();
        for (index, control) in &opened.controls {
            shared_changed |= next.apply(&origin, *index, control);
            commit.documents.extend(KeptDocument::of(Position { origin, index: *index }, control));
            next.take_up(&origin, control, &mut commit, &mut erased);
        }
        let quarantined = opened.refused.iter().map(|entry| Mark {
            position: Position { origin, index: entry.index },
            state: MarkState::Quarantined,
            reason: alloc::format!("{} {}", entry.rule, entry.reason),
        });
        commit.marks.extend(quarantined);
        commit.marks.extend(pending_attachments(&opened.blobs));
        commit.blobs = opened.blobs;
        let mut answers = erased;
        let mut without: Vec<u64> = opened.refused.iter().map(|entry| entry.index).collect();
        if let Some((document, note)) = opened.withheld {
            without.extend(&note.indexes);
            // Its author can't know whether the record or the note arrived, nor can third parties: so the one who knows
            // says it, at a place in the order (THREAD-5).
            answers.push(Control::Withheld(Places { origin, indexes: note.indexes.clone() }));
            commit.marks.extend(note.indexes.iter().map(|index| Mark {
                position: Position { origin, index: *index },
                state: MarkState::Withheld,
                reason: String::new(),
            }));
            let position = note.indexes.first().map(|index| Position { origin, index: *index });
            commit.documents.push(KeptDocument { kind: "withheld", position, bytes: document });
        }
        commit.batches.push(NewBatch {
            batch: opened.batch,
            keyring: opened.keyring,
            periods: opened.periods,
            time: opened.manifest.time,
        });
        commit.heads.push(next.head(&origin, opened.reference.first));
        if shared_changed {
            commit.state = Some(next.shared_bytes());
        }

        if opened.starts_deadline {
            answers.push(Control::Received(Received::of(opened.reference, without)));
        }
        if !opened.refused.is_empty() {
            answers.push(Control::Refusal(RefusalOfBatch { batch: opened.reference, refused: opened.refused }));
        }
        // Who has seen another's activation activates in its next batch: this is it.
        if !answers.is_empty() || !opened.accepted.is_empty() {
            next.append_batch(env, next.own_log(origin.lane), &answers, &[], &mut commit)?;
        }

        let checkpoint =
            Checkpoint { origin: origin.to_string(), size: opened.reference.size(), root: opened.reference.root };
        let time_s = env.now_s();
        let receipt = sign_receipt(env.suite, env.signer, &checkpoint, &self.me, time_s)?;
        commit.receipts.push(NewReceipt {
            origin,
            size: checkpoint.size,
            agency: self.me,
            time_s,
            note: receipt.clone(),
        });
        Ok(Admitted { step: Step { next, commit }, receipt })
    }

    /// The signed nack for a batch that did not open or match here.
    pub fn nack(
        &self,
        signer: &dyn crate::suite::Signer,
        batch: BatchRef,
        reason: NackReason,
        sealing_key: SignedDocument,
    ) -> Result<SignedDocument, CannotSign> {
        let body = json::encode(&Nack { batch, reason, sealing_key });
        let serial = self.parties.get(&self.me).map_or(1, |chain| chain.current().serial);
        SignedDocument::sign(signer, "nack", &self.me, serial, body)
    }

    /// What a partner's protocol record changes here beside the channel's own state.
    fn take_up(&self, origin: &Origin, control: &Control, commit: &mut Commit, answers: &mut Vec<Control>) {
        match control {
            Control::Refusal(refusal) if refusal.batch.origin.agency == self.me => {
                commit.marks.extend(refusal.refused.iter().map(|entry| Mark {
                    position: Position { origin: refusal.batch.origin, index: entry.index },
                    state: MarkState::Refused,
                    reason: alloc::format!("{} {}", entry.rule, entry.reason),
                }));
            }
            // Only the author of a record can order its erasure at the holders.
            Control::Erasure(places) if places.origin.agency == origin.agency => {
                let held = self.size(&places.origin);
                let indexes: Vec<u64> = places.indexes.iter().copied().filter(|index| *index < held).collect();
                commit.erase.extend(indexes.iter().map(|index| Position { origin: places.origin, index: *index }));
                answers.push(Control::Erased(Places { origin: places.origin, indexes }));
            }
            Control::Attachments(places) if places.origin.agency == self.me => {
                commit.marks.extend(places.indexes.iter().map(|index| Mark {
                    position: Position { origin: places.origin, index: *index },
                    state: MarkState::AttachmentsStored,
                    reason: String::new(),
                }));
            }
            _ => {}
        }
    }
}

fn pending_attachments(blobs: &[BlobLink]) -> Vec<Mark> {
    let mut positions: Vec<Position> = blobs.iter().map(|link| link.position).collect();
    positions.dedup();
    positions
        .into_iter()
        .map(|position| Mark { position, state: MarkState::AttachmentsPending, reason: String::new() })
        .collect()
}
