//! What waits to be sent: frames for a partner, and the receipts that come back.
//!
//! There is no table of outgoing messages: what lies above the size that a partner has receipted is outstanding.

use alloc::{
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};

use super::{Channel, Env, SealingKeyPublic, Step};
use crate::{
    agreement::{SEALING_KEY_DOCUMENT, sealing_key_id},
    batch::{self, Batch, Frame, Keyring, NO_SECRET},
    commit::{Commit, KeptDocument, Mark, MarkState, NewReceipt, StoredBatch},
    control::{CommitmentHex, Nack, WithheldNote},
    document::{DocumentSignature, SignedDocument},
    id::AgencyId,
    json, limits,
    origin::{Origin, Position},
    suite::{CannotSeal, CannotSign, SUITE_1, Suite},
    tlog::{Note, NoteError, open_receipt},
};

/// Why a frame can't be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotSend {
    /// The recipient is no party, or has announced no sealing key.
    #[error("no sealing key of {0} is known")]
    NoSealingKey(AgencyId),
    /// What lies at rest does not hold together.
    #[error("the stored batch does not match its checkpoint")]
    Damaged,
    /// Sealing failed: the announced key is malformed.
    #[error(transparent)]
    CannotSeal(#[from] CannotSeal),
    /// The withheld note can't be signed.
    #[error(transparent)]
    CannotSign(#[from] CannotSign),
}

/// Why a receipt is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReceipted {
    /// Not a receipt of a party for one of our logs, or a signature is not valid.
    #[error("the receipt: {0}")]
    Note(#[from] NoteError),
    /// It is about another log than one of ours in this channel.
    #[error("the receipt is not for a log of ours")]
    NotOurs,
    /// It is about a size at which no batch of ours ends.
    #[error("the receipt is for size {0}, where no batch of ours ends")]
    NoSuchBatch(u64),
    /// It is about a root that we never signed.
    #[error("the receipt is for a root that this node never signed at size {0}")]
    ForeignRoot(u64),
}

/// Why a nack is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotANack {
    /// Not signed by a party of this channel, or not a nack.
    #[error("the document is not a nack signed by its sender")]
    NotSigned,
    /// It is about another log than one of ours in this channel.
    #[error("the nack is not about a log of ours")]
    NotOurs,
    /// The sealing key in it is not one of the sender's for this channel.
    #[error("the nack names no sealing key of its sender for this channel")]
    SealingKey,
}

/// A frame to send, and what must be durable before it leaves (when a note withholds records).
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The frame.
    pub frame: Frame,
    /// Marks and the note, if records are withheld.
    pub before: Option<Commit>,
}

impl Channel {
    /// The first entry of a log of ours that a partner has not receipted, if any is outstanding.
    pub fn outstanding(&self, origin: &Origin, partner: &AgencyId) -> Option<u64> {
        let log = self.log(origin)?;
        let from = log.receipted(partner);
        (from < log.size()).then_some(from)
    }

    /// Own logs of every epoch.
    pub fn own_logs(&self) -> impl Iterator<Item = Origin> + '_ {
        self.logs.keys().copied().filter(|origin| origin.agency == self.me)
    }

    /// Seals a stored batch to a recipient. Records whose secret is gone, or that `may_leave` stops, are withheld.
    pub fn frame(
        &self,
        env: &mut Env<'_>,
        stored: StoredBatch,
        recipient: AgencyId,
        may_leave: &dyn Fn(u64) -> bool,
    ) -> Result<Outgoing, CannotSend> {
        let key = self.sealing_key(&recipient).ok_or(CannotSend::NoSealingKey(recipient))?;
        let StoredBatch { mut batch, mut keyring, .. } = stored;
        let withheld: Vec<(u64, [u8; 32])> = (batch.first..)
            .zip(&batch.commitments)
            .zip(keyring.iter())
            .filter(|((index, _), secret)| **secret == NO_SECRET || !may_leave(*index))
            .map(|((index, commitment), _)| (index, *commitment))
            .collect();
        let mut before = None;
        let mut note = Vec::new();
        if !withheld.is_empty() {
            empty_withheld(&mut batch, &mut keyring, &withheld).ok_or(CannotSend::Damaged)?;
            let (document, commit) = self.withhold(env, &batch.origin, &withheld)?;
            note = document;
            before = Some(commit);
        }
        let reference = batch.reference().ok_or(CannotSend::Damaged)?;
        let sealed = batch::seal_keyring(env.suite, env.entropy, &reference, &recipient, &key.public, &keyring)?;
        let sealing_key = sealing_key_id(env.suite, &key.public);
        Ok(Outgoing { frame: Frame { suite: SUITE_1, batch, sealing_key, keyring: sealed, withheld: note }, before })
    }

    /// Signs the note that stands in place of records, and says what to keep before it leaves.
    fn withhold(
        &self,
        env: &Env<'_>,
        origin: &Origin,
        withheld: &[(u64, [u8; 32])],
    ) -> Result<(Vec<u8>, Commit), CannotSign> {
        let note = WithheldNote {
            origin: *origin,
            indexes: withheld.iter().map(|(index, _)| *index).collect(),
            commitments: withheld.iter().map(|(_, commitment)| CommitmentHex(*commitment)).collect(),
        };
        let serial = self.parties.get(&self.me).map_or(1, |chain| chain.current().serial);
        let body = json::encode(&note);
        let document = SignedDocument::sign(env.signer, "withheld", &self.me, serial, body)?.encode();
        let mut commit = Commit::new(self.id);
        commit.marks = note
            .indexes
            .iter()
            .map(|index| Mark {
                position: Position { origin: *origin, index: *index },
                state: MarkState::Withheld,
                reason: String::new(),
            })
            .collect();
        let position = note.indexes.first().map(|index| Position { origin: *origin, index: *index });
        commit.documents.push(KeptDocument { kind: "withheld", position, bytes: document.clone() });
        Ok((document, commit))
    }

    /// Takes a partner's receipt for a batch of ours. `None` if it says nothing new.
    ///
    /// `checkpoint` gives the signed checkpoint of the batch of ours that ends at a size: what was never signed here
    /// can't be receipted.
    pub fn receipt(
        &self,
        suite: &dyn Suite,
        from: AgencyId,
        note: &str,
        checkpoint: &dyn Fn(&Origin, u64) -> Option<String>,
    ) -> Result<Option<Step>, NotReceipted> {
        let cards = self.parties.get(&from).filter(|_| from != self.me).ok_or(NotReceipted::NotOurs)?;
        let receipt = open_receipt(suite, note, &from, &cards.current().keys.receipt)?;
        let origin: Origin = receipt.checkpoint().origin.parse().map_err(|_| NotReceipted::NotOurs)?;
        let log = self.logs.get(&origin).filter(|_| origin.agency == self.me).ok_or(NotReceipted::NotOurs)?;
        let size = receipt.checkpoint().size;
        if size <= log.receipted(&from) {
            return Ok(None);
        }
        let signed = checkpoint(&origin, size).ok_or(NotReceipted::NoSuchBatch(size))?;
        if Note::parse(&signed)?.text != receipt.checkpoint().body() {
            return Err(NotReceipted::ForeignRoot(size));
        }
        let mut next = self.clone();
        let mut log = (**log).clone();
        log.receipts.insert(from, size);
        let expected_size = log.size();
        next.logs.insert(origin, Arc::new(log));
        let mut commit = Commit::new(self.id);
        commit.heads.push(next.head(&origin, expected_size));
        commit.receipts.push(NewReceipt {
            origin,
            size,
            agency: from,
            time_s: receipt.time_s(),
            note: note.to_string(),
        });
        Ok(Some(Step { next, commit }))
    }

    /// Takes a partner's nack: the next frame is sealed to the key that it names. `None` if that key is known already.
    ///
    /// Without it two parties that both destroyed their old sealing keys while they were cut off from each other could
    /// never read the announcement of the new ones.
    pub fn nacked(
        &self,
        suite: &dyn Suite,
        from: AgencyId,
        document: &SignedDocument,
    ) -> Result<Option<Step>, NotANack> {
        let cards = self.parties.get(&from).filter(|_| from != self.me).ok_or(NotANack::NotSigned)?;
        let signed = |document: &SignedDocument, kind| {
            let DocumentSignature { agency, serial, .. } = document.signature;
            agency == from
                && cards.at_serial(serial).is_some_and(|card| document.verify(suite, &card.keys.document, kind))
        };
        let nack = json::parse_strict::<Nack>(&document.body, limits::DOCUMENT_BYTES_MAX, "nack");
        let nack = nack.ok().filter(|_| signed(document, "nack")).ok_or(NotANack::NotSigned)?;
        if !self.logs.contains_key(&nack.batch.origin) || nack.batch.origin.agency != self.me {
            return Err(NotANack::NotOurs);
        }
        let key = self
            .announced_by(&from, &nack.sealing_key)
            .filter(|_| signed(&nack.sealing_key, SEALING_KEY_DOCUMENT))
            .ok_or(NotANack::SealingKey)?;
        if self.sealing_key(&from).is_some_and(|known| known.public == key.public) {
            return Ok(None);
        }
        let mut next = self.clone();
        let announced = SealingKeyPublic { public: key.public, announced: key.announced_ms };
        Arc::make_mut(&mut next.shared).sealing_keys.insert(from, announced);
        let mut commit = Commit::new(self.id);
        commit.state = Some(next.shared_bytes());
        let position = Some(Position { origin: nack.batch.origin, index: nack.batch.first });
        commit.documents.push(KeptDocument { kind: "nack", position, bytes: document.encode() });
        Ok(Some(Step { next, commit }))
    }
}

/// Takes secrets and ciphertexts of withheld records out of a batch.
fn empty_withheld(batch: &mut Batch, keyring: &mut Keyring, withheld: &[(u64, [u8; 32])]) -> Option<()> {
    let mut kept = Vec::with_capacity(batch.ciphertexts.len());
    let mut rest = batch.ciphertexts.as_slice();
    for ((index, length), secret) in (batch.first..).zip(batch.lengths.iter_mut()).zip(keyring.iter_mut()) {
        let (ciphertext, tail) = rest.split_at_checked(usize::try_from(*length).ok()?)?;
        rest = tail;
        if withheld.binary_search_by_key(&index, |(index, _)| *index).is_ok() {
            *length = 0;
            *secret = NO_SECRET;
        } else {
            kept.extend_from_slice(ciphertext);
        }
    }
    batch.ciphertexts = kept;
    Some(())
}
