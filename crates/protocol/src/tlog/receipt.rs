//! Receipts: what another agency countersigns on a log's checkpoint.
//!
//! In form a receipt is a pair of C2SP cosignatures. In meaning it is more than a witness's: every entry below the size
//! was opened and matched at the receipt's agency, or is named in a withheld note that it holds. That is why the key
//! is one of its own and signs under a name of its own.

use alloc::{format, string::String, vec::Vec};

use super::{
    checkpoint::Checkpoint,
    cosignature,
    note::{Note, NoteError, NoteKey, NoteSignature, PublicKey},
};
use crate::{
    id::AgencyId,
    suite::{CannotSign, KeyRole, PublicKeys, Signer, Suite},
};

/// What follows the agency id in the name of a receipt key.
const NAME_END: &str = "/mithaq-receipt";

/// A checkpoint that carries both valid cosignatures of an agency's receipt key: only opening a receipt makes one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    checkpoint: Checkpoint,
    agency: AgencyId,
    time_s: u64,
}

impl Receipt {
    /// What is receipted: every entry of this log below this size.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Who receipted it.
    pub const fn agency(&self) -> &AgencyId {
        &self.agency
    }

    /// When, in seconds since 1970: by the clock of the agency that receipted.
    pub const fn time_s(&self) -> u64 {
        self.time_s
    }
}

/// The name under which an agency signs receipts: `<agency id>/mithaq-receipt`.
pub fn receipt_name(agency: &AgencyId) -> String {
    format!("{agency}{NAME_END}")
}

/// Countersigns a log's checkpoint with the receipt key: a note with one line of type 0x04 and one of type 0x06, of the
/// same time in seconds since 1970.
///
/// The caller has stored all entries durably before: the receipt says so.
///
/// # Errors
/// [`CannotSign`] if the signer can't, or if the origin, size, root or time can't stand in a receipt.
pub fn sign_receipt(
    suite: &dyn Suite,
    signer: &dyn Signer,
    checkpoint: &Checkpoint,
    agency: &AgencyId,
    time_s: u64,
) -> Result<String, CannotSign> {
    let [ed25519, ml_dsa_44] = receipt_keys_of(agency, &signer.public(KeyRole::Receipt)?);
    let signatures = Vec::from([
        cosignature::sign(suite, signer, KeyRole::Receipt, &ed25519, checkpoint, time_s)?,
        cosignature::sign(suite, signer, KeyRole::Receipt, &ml_dsa_44, checkpoint, time_s)?,
    ]);
    Ok(Note { text: checkpoint.body(), signatures }.encode())
}

/// Opens a receipt: a checkpoint's text with the two cosignature lines of one agency and no other line.
///
/// # Errors
/// [`NoteError`] if the text isn't canonical, a line is missing, foreign or not valid, or the times differ or are zero.
pub fn open_receipt(
    suite: &dyn Suite,
    text: &str,
    agency: &AgencyId,
    receipt_keys: &PublicKeys,
) -> Result<Receipt, NoteError> {
    let note = Note::parse(text)?;
    let checkpoint = Checkpoint::parse(&note.text)?;
    let lines = match &*note.signatures {
        [] | [_] => Err(NoteError::MissingSignature),
        [_, _] => note.signatures.as_array().ok_or(NoteError::MissingSignature),
        _ => Err(NoteError::UnknownSignature),
    }?;
    check(suite, &checkpoint, agency, receipt_keys, lines)
}

/// Checks the two lines of a receipt over a checkpoint.
pub(super) fn check(
    suite: &dyn Suite,
    checkpoint: &Checkpoint,
    agency: &AgencyId,
    receipt_keys: &PublicKeys,
    [ed25519_line, ml_dsa_44_line]: &[NoteSignature; 2],
) -> Result<Receipt, NoteError> {
    let [ed25519, ml_dsa_44] = receipt_keys_of(agency, receipt_keys);
    let time_s = cosignature::verify_timed(suite, &ed25519, checkpoint, ed25519_line)?;
    if cosignature::verify_timed(suite, &ml_dsa_44, checkpoint, ml_dsa_44_line)? != time_s {
        return Err(NoteError::BadTime);
    }
    Ok(Receipt { checkpoint: checkpoint.clone(), agency: *agency, time_s })
}

/// The agency whose receipt key has this name.
pub(super) fn agency_of(name: &str) -> Option<AgencyId> {
    name.strip_suffix(NAME_END)?.parse().ok()
}

fn receipt_keys_of(agency: &AgencyId, keys: &PublicKeys) -> [NoteKey; 2] {
    [PublicKey::Ed25519Cosigner(keys.ed25519), PublicKey::MlDsa44Cosigner(keys.ml_dsa_44.clone())]
        .map(|public| NoteKey { name: receipt_name(agency), public })
}

#[cfg(test)]
#[cfg(feature = "aws-lc")]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::{
        suite::AwsLc,
        tlog::vectors::{checkpoint_of, every_byte_flip, keys, public},
    };

    const AGENCY: AgencyId = AgencyId::new([0xa9; 32]);

    // spec: LOG-12
    #[test]
    fn a_receipt_opens_under_its_agency_and_keys_only() {
        let (keys, checkpoint) = (keys(), checkpoint_of(5));
        let receipt_keys = public(&keys, KeyRole::Receipt);
        let text = sign_receipt(&AwsLc, &keys, &checkpoint, &AGENCY, 1_795_298_401).unwrap();
        let receipt = open_receipt(&AwsLc, &text, &AGENCY, &receipt_keys).unwrap();
        assert_eq!((receipt.checkpoint(), receipt.agency(), receipt.time_s()), (&checkpoint, &AGENCY, 1_795_298_401));
        assert!(text.contains(&receipt_name(&AGENCY)));
        let other = AgencyId::new([0xb8; 32]);
        assert_eq!(open_receipt(&AwsLc, &text, &other, &receipt_keys), Err(NoteError::UnknownSignature));
        let log_keys = public(&keys, KeyRole::Log);
        assert_eq!(open_receipt(&AwsLc, &text, &AGENCY, &log_keys), Err(NoteError::UnknownSignature));
    }

    // spec: LOG-13
    #[test]
    fn the_two_times_are_equal_and_not_zero() {
        let (keys, checkpoint) = (keys(), checkpoint_of(5));
        let receipt_keys = public(&keys, KeyRole::Receipt);
        assert_eq!(sign_receipt(&AwsLc, &keys, &checkpoint, &AGENCY, 0), Err(CannotSign(KeyRole::Receipt)));
        let note = |time_s| Note::parse(&sign_receipt(&AwsLc, &keys, &checkpoint, &AGENCY, time_s).unwrap()).unwrap();
        let mut mixed = note(7);
        mixed.signatures[1] = note(8).signatures[1].clone();
        assert_eq!(open_receipt(&AwsLc, &mixed.encode(), &AGENCY, &receipt_keys), Err(NoteError::BadTime));
        let mut zero = note(7);
        let message = format!("cosignature/v1\ntime 0\n{}", checkpoint.body());
        let signature = keys.sign_ed25519(KeyRole::Receipt, message.as_bytes()).unwrap();
        zero.signatures[0].signature = [&[0; 8][..], &signature].concat();
        assert_eq!(open_receipt(&AwsLc, &zero.encode(), &AGENCY, &receipt_keys), Err(NoteError::BadTime));
    }

    // spec: LOG-12
    #[test]
    fn lines_that_are_missing_foreign_or_out_of_order_are_refused() {
        let (keys, checkpoint) = (keys(), checkpoint_of(5));
        let receipt_keys = public(&keys, KeyRole::Receipt);
        let note = Note::parse(&sign_receipt(&AwsLc, &keys, &checkpoint, &AGENCY, 7).unwrap()).unwrap();
        let open = |signatures: Vec<NoteSignature>| {
            open_receipt(&AwsLc, &Note { text: note.text.clone(), signatures }.encode(), &AGENCY, &receipt_keys)
        };
        let [ed25519, ml_dsa_44] = <[_; 2]>::try_from(note.signatures.clone()).unwrap();
        assert_eq!(open(vec![ed25519.clone()]), Err(NoteError::MissingSignature));
        assert_eq!(open(vec![ml_dsa_44.clone()]), Err(NoteError::MissingSignature));
        assert_eq!(open(vec![ml_dsa_44.clone(), ed25519.clone()]), Err(NoteError::UnknownSignature));
        let foreign = NoteSignature { name: receipt_name(&AgencyId::new([0xb8; 32])), ..ed25519.clone() };
        assert_eq!(open(vec![ed25519, ml_dsa_44, foreign]), Err(NoteError::UnknownSignature));
    }

    // spec: LOG-12
    #[test]
    fn any_changed_byte_of_a_receipt_is_refused() {
        let keys = keys();
        let receipt_keys = public(&keys, KeyRole::Receipt);
        let text = sign_receipt(&AwsLc, &keys, &checkpoint_of(5), &AGENCY, 1_795_298_401).unwrap();
        for spoiled in every_byte_flip(&text) {
            assert!(open_receipt(&AwsLc, &spoiled, &AGENCY, &receipt_keys).is_err(), "{spoiled}");
        }
    }

    // spec: LOG-12
    #[test]
    fn a_receipts_name_has_one_spelling() {
        assert_eq!(agency_of(&receipt_name(&AGENCY)), Some(AGENCY));
        assert_eq!(agency_of(&receipt_name(&AGENCY).to_uppercase()), None);
        assert_eq!(agency_of("a9/mithaq-receipt"), None);
        assert_eq!(agency_of(&format!("{AGENCY}/mithaq-witness")), None);
    }
}
