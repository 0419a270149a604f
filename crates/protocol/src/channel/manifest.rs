//! What a partner's manifest may say, and what it can't: a false one is signed, so it is evidence against its author.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Channel, admit::NotAdmitted};
use crate::{
    agreement::sealing_key_id,
    batch::{self, BatchRef, Frame, Keyring, Manifest},
    commit::StoredBatch,
    limits,
    origin::Origin,
    suite::{SealingKey, Suite},
};

/// What is false in a manifest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum ManifestFault {
    /// It names less of a log than the manifest before it.
    #[error("`seen` goes back: it names {size} entries of {log}, and the manifest before it {before}")]
    SeenWentBack {
        /// The log.
        log: Origin,
        /// What it names.
        size: u64,
        /// What the manifest before it names.
        before: u64,
    },
    /// It names a log that no manifest of its log may name: one of its author, of another channel or of another lane.
    #[error("`seen` names {log}, a log that it can't")]
    SeenOfOtherLogs {
        /// The log.
        log: Origin,
    },
    /// It names more of a log of this party than this party knows to have signed. Either it lies, or this party has lost
    /// entries: then its author can show their checkpoint.
    #[error("`seen` names {size} entries of {log}, of which {signed} were signed here")]
    SeenNeverSigned {
        /// The log.
        log: Origin,
        /// What it names.
        size: u64,
        /// What was signed, as far as is known here.
        signed: u64,
    },
}

impl Channel {
    /// `seen` never decreases and names nothing that is not held here; time is not far ahead.
    pub(super) fn check_manifest(&self, origin: &Origin, manifest: &Manifest, now: u64) -> Result<(), NotAdmitted> {
        let ahead_ms = manifest.time.saturating_sub(now);
        if ahead_ms > limits::MANIFEST_AHEAD_MS_MAX {
            return Err(NotAdmitted::Ahead { ahead_ms });
        }
        let before = self.log(origin).map_or(&[][..], |log| &log.manifest.seen);
        for earlier in before {
            let (log, before) = (earlier.origin, earlier.size);
            let size = manifest.seen.iter().find(|seen| seen.origin == log).map_or(0, |seen| seen.size);
            if size < before {
                return Err(ManifestFault::SeenWentBack { log, size, before }.into());
            }
        }
        for seen in &manifest.seen {
            let (log, size) = (seen.origin, seen.size);
            if log.channel != self.id || log.agency == origin.agency || log.lane != origin.lane {
                return Err(ManifestFault::SeenOfOtherLogs { log }.into());
            }
            let known = self.known_size(&log);
            if size > known && log.agency == self.me {
                return Err(ManifestFault::SeenNeverSigned { log, size, signed: known }.into());
            }
            if size > known {
                return Err(NotAdmitted::Unseen { origin: log, size });
            }
        }
        Ok(())
    }

    /// Opens the keyring of a frame for this party.
    pub(super) fn keyring(
        &self,
        suite: &dyn Suite,
        reference: &BatchRef,
        frame: &Frame,
        keys: &[SealingKey],
    ) -> Option<Keyring> {
        let key = keys.iter().find(|key| sealing_key_id(suite, &key.public) == frame.sealing_key)?;
        batch::open_keyring(suite, reference, &self.me, key, &frame.keyring).ok()
    }

    /// A batch that is not admitted, opened as far as its keyring: so that its manifest can be proven. The caller has seen
    /// that its signatures and root are good.
    pub fn not_admitted(&self, suite: &dyn Suite, frame: Frame, keys: &[SealingKey]) -> Option<StoredBatch> {
        let reference = frame.batch.reference()?;
        let keyring = self.keyring(suite, &reference, &frame, keys)?;
        Some(StoredBatch { batch: frame.batch, keyring, periods: Vec::new(), time: 0 })
    }
}
