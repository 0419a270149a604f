//! A batch: the unit that is numbered, signed, sent, admitted and receipted together.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    agreement::sealing_key_id,
    encoding::{ReadError, Reader, TooLong, put_prefixed_u16, put_prefixed_u32, put_u32},
    id::{AgencyId, Hash},
    limits,
    origin::Origin,
    suite::{CannotSeal, DoesNotOpen, Entropy, HpkeSealed, SUITE_1, SealingKey, Suite},
    tlog::{Checkpoint, Note},
};

/// The kind of a batch's first entry.
pub const MANIFEST_KIND: &str = "mithaq.batch/1";

/// The magic of a batch frame of this version.
const FRAME_MAGIC: &[u8; 4] = b"MQB\x01";

/// Body of a batch's first entry (BATCH-2).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The author's claim of the time, milliseconds since 1970.
    pub time: u64,
    /// For every other log of the lane that its author has receipted: the size of the latest receipt. Never decreases.
    pub seen: Vec<Seen>,
}

/// How much of another party's log the author has receipted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// The other log.
    pub origin: Origin,
    /// Its size at the latest receipt.
    pub size: u64,
}

/// What identifies a batch: never its ciphertext (BATCH-6).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchRef {
    /// The log.
    pub origin: Origin,
    /// Number of its first entry.
    pub first: u64,
    /// How many entries it has.
    pub count: u32,
    /// Root of the log after the batch.
    #[serde(with = "crate::id::hash_hex")]
    pub root: Hash,
}

impl BatchRef {
    /// Size of the log after the batch.
    pub fn size(&self) -> u64 {
        self.first.saturating_add(u64::from(self.count))
    }
}

/// A batch as it lies at rest and goes on the wire, without its keyring.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Batch {
    /// The log.
    pub origin: Origin,
    /// Number of the first entry.
    pub first: u64,
    /// The signed checkpoint over the log after the batch.
    pub note: String,
    /// The log's entries.
    pub commitments: Vec<Hash>,
    /// Length of each record's ciphertext; 0 where it is withheld.
    pub lengths: Vec<u32>,
    /// The records' ciphertexts side by side.
    pub ciphertexts: Vec<u8>,
}

impl Batch {
    /// How many entries it has.
    pub fn count(&self) -> u32 {
        u32::try_from(self.commitments.len()).unwrap_or(u32::MAX)
    }

    /// Size of the log after the batch.
    pub fn size(&self) -> u64 {
        self.first.saturating_add(u64::from(self.count()))
    }

    /// What identifies it, by the root in its checkpoint; no signature is checked. `None` if it holds none.
    pub fn reference(&self) -> Option<BatchRef> {
        let root = sealed_root(self)?;
        Some(BatchRef { origin: self.origin, first: self.first, count: self.count(), root })
    }
}

/// The secrets of a batch's records, in its order. Whoever holds it can read the batch: it is what is protected,
/// sealed and erased.
pub type Keyring = Zeroizing<Vec<[u8; 32]>>;

/// The secret that stands where a record is withheld or erased.
pub const NO_SECRET: [u8; 32] = [0; 32];

/// A batch on its way to one recipient.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    /// The suite that sealed it: [`SUITE_1`].
    pub suite: u16,
    /// What is sent.
    pub batch: Batch,
    /// Which of the recipient's sealing keys the keyring is sealed to.
    pub sealing_key: Hash,
    /// The sealed keyring.
    pub keyring: HpkeSealed,
    /// The note that names withheld records, as signed document JSON; empty when none is.
    pub withheld: Vec<u8>,
}

/// Why bytes are not a batch frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// It starts with another magic: another version, or something else.
    #[error("not a batch frame of this version (the first bytes should be 4d 51 42 01)")]
    Version,
    /// A suite that this node doesn't know.
    #[error("batch sealed with unknown suite {0}; this node knows suite 1")]
    Suite(u16),
    /// Cut short, too long, or a length beyond its limit.
    #[error("batch frame is damaged: {0}")]
    Layout(#[from] ReadError),
    /// The origin is not one.
    #[error("batch frame names no valid log")]
    Origin,
    /// The checkpoint is not text.
    #[error("batch frame's checkpoint is not UTF-8")]
    Note,
    /// The ciphertexts' lengths don't add up to what follows, or the count is zero or too large.
    #[error("batch frame's lengths do not add up")]
    Lengths,
}

impl Frame {
    /// Writes the frame (BATCH-5).
    pub fn encode(&self) -> Result<Vec<u8>, TooLong> {
        let batch = &self.batch;
        let mut out = Vec::with_capacity(
            4096 + batch.note.len()
                + batch.commitments.len() * 36
                + self.keyring.ciphertext.len()
                + self.withheld.len()
                + batch.ciphertexts.len(),
        );
        out.extend_from_slice(FRAME_MAGIC);
        out.extend_from_slice(&self.suite.to_be_bytes());
        put_prefixed_u16(&mut out, alloc::string::ToString::to_string(&batch.origin).as_bytes())?;
        out.extend_from_slice(&batch.first.to_be_bytes());
        put_u32(&mut out, batch.count());
        put_prefixed_u32(&mut out, batch.note.as_bytes())?;
        out.extend_from_slice(batch.commitments.as_flattened());
        out.extend_from_slice(&self.sealing_key);
        put_prefixed_u32(&mut out, &self.keyring.encapsulated)?;
        put_prefixed_u32(&mut out, &self.keyring.ciphertext)?;
        put_prefixed_u32(&mut out, &self.withheld)?;
        for length in &batch.lengths {
            out.extend_from_slice(&length.to_be_bytes());
        }
        out.extend_from_slice(&batch.ciphertexts);
        Ok(out)
    }

    /// Reads a frame; total.
    pub fn decode(bytes: &[u8]) -> Result<Self, FrameError> {
        let mut reader = Reader::new(bytes);
        if reader.array::<4>().ok() != Some(*FRAME_MAGIC) {
            return Err(FrameError::Version);
        }
        let suite = reader.u16()?;
        if suite != SUITE_1 {
            return Err(FrameError::Suite(suite));
        }
        let origin = core::str::from_utf8(reader.prefixed_u16()?)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or(FrameError::Origin)?;
        let first = reader.u64()?;
        let count = usize::try_from(reader.u32()?).map_err(|_| FrameError::Lengths)?;
        if count == 0 || count > limits::BATCH_RECORDS_MAX {
            return Err(FrameError::Lengths);
        }
        let note = core::str::from_utf8(reader.prefixed_u32()?).map_err(|_| FrameError::Note)?;
        let commitments = reader.take(count * 32)?.as_chunks().0.to_vec();
        let sealing_key = reader.array()?;
        let encapsulated = reader.prefixed_u32()?.to_vec();
        let ciphertext = reader.prefixed_u32()?.to_vec();
        let withheld = reader.prefixed_u32()?.to_vec();
        let lengths: Vec<u32> =
            reader.take(count * 4)?.as_chunks().0.iter().map(|bytes| u32::from_be_bytes(*bytes)).collect();
        let ciphertexts = reader.rest();
        let total: u64 = lengths.iter().copied().map(u64::from).sum();
        if u64::try_from(ciphertexts.len()) != Ok(total) {
            return Err(FrameError::Lengths);
        }
        let batch = Batch { origin, first, note: note.into(), commitments, lengths, ciphertexts: ciphertexts.to_vec() };
        Ok(Self { suite, batch, sealing_key, keyring: HpkeSealed { encapsulated, ciphertext }, withheld })
    }
}

/// The root in a batch's checkpoint; no signature is checked. `None` if it holds none.
pub fn sealed_root(batch: &Batch) -> Option<Hash> {
    Checkpoint::parse(&Note::parse(&batch.note).ok()?.text).ok().map(|checkpoint| checkpoint.root)
}

/// Seals a batch's keyring to one recipient (SEAL-1). A resend or re-seal touches nothing else.
pub fn seal_keyring(
    suite: &dyn Suite,
    entropy: &mut dyn Entropy,
    batch: &BatchRef,
    recipient: &AgencyId,
    public: &[u8],
    keyring: &Keyring,
) -> Result<HpkeSealed, CannotSeal> {
    let info = seal_info(batch, recipient, &sealing_key_id(suite, public));
    suite.hpke_seal(public, &info, keyring.as_flattened(), entropy)
}

/// Opens a sealed keyring; it must hold exactly one secret for each entry.
pub fn open_keyring(
    suite: &dyn Suite,
    batch: &BatchRef,
    recipient: &AgencyId,
    key: &SealingKey,
    sealed: &HpkeSealed,
) -> Result<Keyring, DoesNotOpen> {
    let info = seal_info(batch, recipient, &sealing_key_id(suite, &key.public));
    let opened = Zeroizing::new(suite.hpke_open(key, &info, sealed)?);
    let (secrets, rest) = opened.as_chunks::<32>();
    if !rest.is_empty() || u32::try_from(secrets.len()) != Ok(batch.count) {
        return Err(DoesNotOpen);
    }
    Ok(Zeroizing::new(secrets.to_vec()))
}

fn seal_info(batch: &BatchRef, recipient: &AgencyId, sealing_key: &Hash) -> Vec<u8> {
    let origin = alloc::string::ToString::to_string(&batch.origin);
    let mut info = Vec::with_capacity(320);
    info.extend_from_slice(b"mithaq/seal/v1\0");
    info.extend_from_slice(&SUITE_1.to_be_bytes());
    info.extend_from_slice(&u16::try_from(origin.len()).unwrap_or(u16::MAX).to_be_bytes());
    info.extend_from_slice(origin.as_bytes());
    info.extend_from_slice(&batch.first.to_be_bytes());
    info.extend_from_slice(&batch.count.to_be_bytes());
    info.extend_from_slice(&batch.root);
    info.extend_from_slice(recipient.bytes());
    info.extend_from_slice(sealing_key);
    info
}
