//! Cosignatures on checkpoints (c2sp.org/tlog-cosignature): what is signed, and how it is checked.

use alloc::{format, vec::Vec};

use super::{
    checkpoint::Checkpoint,
    limits::NUMBER_MAX,
    note::{NoteError, NoteKey, NoteSignature, PublicKey},
};
use crate::suite::{CannotSign, KeyRole, Signer, Suite};

/// Makes the signature line of a key over a checkpoint.
///
/// Time 0, a number out of range, or a name or origin that a note can't carry would make a line that nobody opens, so
/// they are [`CannotSign`] too.
pub(super) fn sign(
    suite: &dyn Suite,
    signer: &dyn Signer,
    role: KeyRole,
    key: &NoteKey,
    checkpoint: &Checkpoint,
    time_s: u64,
) -> Result<NoteSignature, CannotSign> {
    if !checkpoint.is_well_formed() || !is_time(time_s) {
        return Err(CannotSign(role));
    }
    let message = message(key, checkpoint, time_s).ok_or(CannotSign(role))?;
    let mut signature = Vec::new();
    match key.public {
        PublicKey::Ed25519(_) => signature.extend(signer.sign_ed25519(role, &message)?),
        PublicKey::Ed25519Cosigner(_) => {
            signature.extend(time_s.to_be_bytes());
            signature.extend(signer.sign_ed25519(role, &message)?);
        }
        PublicKey::MlDsa44Cosigner(_) => {
            signature.extend(time_s.to_be_bytes());
            signature.extend(signer.sign_ml_dsa_44(role, &message)?.iter());
        }
    }
    Ok(NoteSignature { name: key.name.clone(), key_id: key.id(suite), signature })
}

/// Checks a type 0x01 line.
pub(super) fn verify_plain(
    suite: &dyn Suite,
    key: &NoteKey,
    checkpoint: &Checkpoint,
    line: &NoteSignature,
) -> Result<(), NoteError> {
    verify(suite, key, checkpoint, line, 0, &line.signature)
}

/// Checks a cosignature line and returns its time in seconds, which is never zero.
pub(super) fn verify_timed(
    suite: &dyn Suite,
    key: &NoteKey,
    checkpoint: &Checkpoint,
    line: &NoteSignature,
) -> Result<u64, NoteError> {
    let (time, signature) = line.signature.split_first_chunk().ok_or(NoteError::InvalidSignature)?;
    let time_s = u64::from_be_bytes(*time);
    verify(suite, key, checkpoint, line, time_s, signature)?;
    if is_time(time_s) { Ok(time_s) } else { Err(NoteError::BadTime) }
}

fn verify(
    suite: &dyn Suite,
    key: &NoteKey,
    checkpoint: &Checkpoint,
    line: &NoteSignature,
    time_s: u64,
    signature: &[u8],
) -> Result<(), NoteError> {
    if !line.is_by(suite, key) {
        return Err(NoteError::UnknownSignature);
    }
    let message = message(key, checkpoint, time_s).ok_or(NoteError::InvalidSignature)?;
    let valid = match &key.public {
        PublicKey::Ed25519(public) | PublicKey::Ed25519Cosigner(public) => {
            suite.verify_ed25519(public, &message, signature)
        }
        PublicKey::MlDsa44Cosigner(public) => suite.verify_ml_dsa_44(public, &message, signature),
    };
    if valid { Ok(()) } else { Err(NoteError::InvalidSignature) }
}

/// A time that a verifier elsewhere also accepts: not zero, which would make no statement about time.
const fn is_time(time_s: u64) -> bool {
    0 < time_s && time_s <= NUMBER_MAX
}

/// What a key of this type signs; `None` if `subtree/v1` can't carry the name or the origin.
pub(super) fn message(key: &NoteKey, checkpoint: &Checkpoint, time_s: u64) -> Option<Vec<u8>> {
    match key.public {
        PublicKey::Ed25519(_) => Some(checkpoint.body().into_bytes()),
        PublicKey::Ed25519Cosigner(_) => {
            Some(format!("cosignature/v1\ntime {time_s}\n{}", checkpoint.body()).into_bytes())
        }
        PublicKey::MlDsa44Cosigner(_) => subtree_message(&key.name, checkpoint, time_s),
    }
}

/// The structure `cosigned_message` for the whole tree: from leaf 0 to the checkpoint's size.
fn subtree_message(name: &str, checkpoint: &Checkpoint, time_s: u64) -> Option<Vec<u8>> {
    let mut message = b"subtree/v1\n\0".to_vec();
    message.push(u8::try_from(name.len()).ok()?);
    message.extend(name.as_bytes());
    message.extend(time_s.to_be_bytes());
    message.push(u8::try_from(checkpoint.origin.len()).ok()?);
    message.extend(checkpoint.origin.as_bytes());
    message.extend(0_u64.to_be_bytes());
    message.extend(checkpoint.size.to_be_bytes());
    message.extend(checkpoint.root);
    Some(message)
}

#[cfg(test)]
#[cfg(feature = "aws-lc")]
mod tests {
    use alloc::{borrow::ToOwned as _, boxed::Box};

    use super::*;
    use crate::tlog::Note;

    /// The example of c2sp.org/tlog-cosignature, with its line in one piece.
    const EXAMPLE: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
        — witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

    // spec: LOG-11, LOG-12
    #[test]
    fn the_messages_are_those_of_c2sp() {
        let note = Note::parse(EXAMPLE).unwrap();
        assert_eq!(note.encode(), EXAMPLE);
        let checkpoint = Checkpoint::parse(&note.text).unwrap();
        let (time, signature) = note.signatures[1].signature.split_first_chunk().unwrap();
        let time_s = u64::from_be_bytes(*time);
        assert_eq!((time_s, signature.len()), (1_679_315_147, 64));

        let name = "witness.example.com/w1".to_owned();
        let ed25519 = NoteKey { name: name.clone(), public: PublicKey::Ed25519Cosigner([0; 32]) };
        let message_0x04 = "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n\
            CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        assert_eq!(message(&ed25519, &checkpoint, time_s).unwrap(), message_0x04.as_bytes());

        let ml_dsa_44 = NoteKey { name, public: PublicKey::MlDsa44Cosigner(Box::new([0; 1312])) };
        let message_0x06 = [
            b"subtree/v1\n\0".as_slice(),
            b"\x16witness.example.com/w1",
            b"\0\0\0\0\x64\x18\x50\xcb",
            b"\x1bexample.com/behind-the-sofa",
            b"\0\0\0\0\0\0\0\0",
            b"\0\0\0\0\x01\x3e\x2d\xc3",
            &checkpoint.root,
        ]
        .concat();
        assert_eq!(message(&ml_dsa_44, &checkpoint, time_s).unwrap(), message_0x06);
    }
}
