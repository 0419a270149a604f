//! The audit log's head: the node signs it, an auditor outside the node countersigns it.
//!
//! A countersignature says that the auditor has seen the log up to this size and that it continues what the auditor
//! countersigned before. An auditor is known by its keys alone; its id is their digest.

use alloc::{format, string::String, vec::Vec};

use super::{
    checkpoint::Checkpoint,
    cosignature,
    note::{Note, NoteError, NoteKey, PublicKey},
};
use crate::{
    id::{AgencyId, Hash},
    suite::{CannotSign, KeyRole, PublicKeys, Signer, Suite},
};

/// What follows the auditor's id in the name of its key.
const NAME_END: &str = "/mithaq-auditor";

/// The origin of an agency's audit log: `mithaq/audit/<agency id>`.
pub fn audit_origin(agency: &AgencyId) -> String {
    format!("mithaq/audit/{agency}")
}

/// The commitment of an entry of the audit log (AUDIT-7): SHA-256(`"mithaq/audit-entry/v1\0"` ‖ salt ‖ entry). Without the
/// salt nobody can guess an entry from its leaf once it is erased. An entry from before there were salts has none, and its
/// commitment is its SHA-256.
pub fn audit_commitment(suite: &dyn Suite, salt: &[u8], entry: &[u8]) -> Hash {
    match salt {
        [] => suite.sha256(&[entry]),
        salt => suite.sha256(&[b"mithaq/audit-entry/v1\0", salt, entry]),
    }
}

/// An auditor's id: SHA-256(`"mithaq/auditor/v1\0"` ‖ Ed25519 key ‖ ML-DSA-44 key).
pub fn auditor_id(suite: &dyn Suite, keys: &PublicKeys) -> Hash {
    suite.sha256(&[b"mithaq/auditor/v1\0", &keys.ed25519, &*keys.ml_dsa_44])
}

/// A checkpoint that carries both valid cosignatures of an auditor: only opening one makes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Countersigned {
    checkpoint: Checkpoint,
    time_s: u64,
}

impl Countersigned {
    /// What the auditor has seen.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// When, in seconds since 1970, by the auditor's clock.
    pub const fn time_s(&self) -> u64 {
        self.time_s
    }
}

/// Countersigns the head of an audit log: a note with one line of type 0x04 and one of type 0x06, of the same time in
/// seconds since 1970. The caller has checked that the checkpoint continues the last one that it countersigned.
///
/// # Errors
/// [`CannotSign`] if the signer has no auditor's key, or if origin, size or time can't stand in a note.
pub fn countersign(
    suite: &dyn Suite,
    signer: &dyn Signer,
    checkpoint: &Checkpoint,
    time_s: u64,
) -> Result<String, CannotSign> {
    let [ed25519, ml_dsa_44] = keys_of(suite, &signer.public(KeyRole::Auditor)?);
    let signatures = Vec::from([
        cosignature::sign(suite, signer, KeyRole::Auditor, &ed25519, checkpoint, time_s)?,
        cosignature::sign(suite, signer, KeyRole::Auditor, &ml_dsa_44, checkpoint, time_s)?,
    ]);
    Ok(Note { text: checkpoint.body(), signatures }.encode())
}

/// Opens a countersignature: a checkpoint's text with the two lines of this auditor and no other line.
///
/// # Errors
/// [`NoteError`] if the text isn't canonical, a line is missing, foreign or not valid, or the times differ or are zero.
pub fn open_countersigned(suite: &dyn Suite, text: &str, auditor: &PublicKeys) -> Result<Countersigned, NoteError> {
    let note = Note::parse(text)?;
    let checkpoint = Checkpoint::parse(&note.text)?;
    let [first, second] = match &*note.signatures {
        [first, second] => Ok([first, second]),
        [] | [_] => Err(NoteError::MissingSignature),
        _ => Err(NoteError::UnknownSignature),
    }?;
    let [ed25519, ml_dsa_44] = keys_of(suite, auditor);
    let time_s = cosignature::verify_timed(suite, &ed25519, &checkpoint, first)?;
    if cosignature::verify_timed(suite, &ml_dsa_44, &checkpoint, second)? != time_s {
        return Err(NoteError::BadTime);
    }
    Ok(Countersigned { checkpoint, time_s })
}

fn keys_of(suite: &dyn Suite, keys: &PublicKeys) -> [NoteKey; 2] {
    let id: String = auditor_id(suite, keys).iter().map(|byte| format!("{byte:02x}")).collect();
    [PublicKey::Ed25519Cosigner(keys.ed25519), PublicKey::MlDsa44Cosigner(keys.ml_dsa_44.clone())]
        .map(|public| NoteKey { name: format!("{id}{NAME_END}"), public })
}

#[cfg(test)]
#[cfg(feature = "aws-lc")]
mod tests {
    use super::*;
    use crate::{
        suite::{AwsLc, SoftwareKeys},
        tlog::vectors::{every_byte_flip, public},
    };

    fn auditor(seed: u8) -> SoftwareKeys {
        SoftwareKeys::from_seeds([(KeyRole::Auditor, &[seed; 32], &[seed; 32])]).unwrap()
    }

    fn head() -> Checkpoint {
        Checkpoint { origin: audit_origin(&AgencyId::new([0xa9; 32])), size: 5, root: [7; 32] }
    }

    // spec: AUDIT-4
    #[test]
    fn a_countersignature_opens_under_its_auditors_keys_only() {
        let keys = auditor(1);
        let text = countersign(&AwsLc, &keys, &head(), 1_795_298_401).unwrap();
        let opened = open_countersigned(&AwsLc, &text, &public(&keys, KeyRole::Auditor)).unwrap();
        assert_eq!((opened.checkpoint(), opened.time_s()), (&head(), 1_795_298_401));
        let other = public(&auditor(2), KeyRole::Auditor);
        assert_eq!(open_countersigned(&AwsLc, &text, &other), Err(NoteError::UnknownSignature));
        for spoiled in every_byte_flip(&text) {
            assert!(open_countersigned(&AwsLc, &spoiled, &public(&keys, KeyRole::Auditor)).is_err(), "{spoiled}");
        }
    }

    // spec: AUDIT-4
    #[test]
    fn the_two_times_of_a_countersignature_are_equal_and_not_zero() {
        let keys = auditor(1);
        assert_eq!(countersign(&AwsLc, &keys, &head(), 0), Err(CannotSign(KeyRole::Auditor)));
        let note = |time_s| Note::parse(&countersign(&AwsLc, &keys, &head(), time_s).unwrap()).unwrap();
        let mut mixed = note(7);
        mixed.signatures[1] = note(8).signatures[1].clone();
        let opened = open_countersigned(&AwsLc, &mixed.encode(), &public(&keys, KeyRole::Auditor));
        assert_eq!(opened, Err(NoteError::BadTime));
    }
}
