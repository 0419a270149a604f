//! A log's head (c2sp.org/tlog-checkpoint), signed by the log's keys.

use alloc::{format, string::String, vec::Vec};

use super::{
    cosignature,
    merkle::EMPTY_ROOT,
    note::{
        Note, NoteError, NoteKey, NoteSignature, PublicKey, hash_base64, is_key_name, parse_hash_base64, parse_number,
    },
    receipt::{self, Receipt},
};
use crate::{
    id::{AgencyId, Hash},
    suite::{CannotSign, KeyRole, PublicKeys, Signer, Suite},
    tlog::limits::NUMBER_MAX,
};

/// What a checkpoint says; that a log said it, [`SignedCheckpoint`] proves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    /// The log: also the name under which its keys sign.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root of the tree over these entries.
    pub root: Hash,
}

impl Checkpoint {
    /// The note text: three lines, no extension lines.
    pub fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, hash_base64(&self.root))
    }

    /// Reads a note text in its one allowed spelling.
    ///
    /// # Errors
    /// [`NoteError::MalformedCheckpoint`].
    pub fn parse(body: &str) -> Result<Self, NoteError> {
        let mut lines = body.split('\n');
        let fields = (lines.next(), lines.next(), lines.next(), lines.next(), lines.next());
        let (Some(origin), Some(size), Some(root), Some(""), None) = fields else {
            return Err(NoteError::MalformedCheckpoint);
        };
        let checkpoint = Self {
            origin: origin.into(),
            size: parse_number(size).ok_or(NoteError::MalformedCheckpoint)?,
            root: parse_hash_base64(root).ok_or(NoteError::MalformedCheckpoint)?,
        };
        if checkpoint.is_well_formed() { Ok(checkpoint) } else { Err(NoteError::MalformedCheckpoint) }
    }

    /// Whether the fields can stand in a checkpoint at all.
    pub(super) fn is_well_formed(&self) -> bool {
        is_key_name(&self.origin) && self.size <= NUMBER_MAX && (self.size != 0 || self.root == EMPTY_ROOT)
    }
}

/// A checkpoint that carries both valid signatures of its log: only [`open_checkpoint`] makes one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    time_s: u64,
    receipts: Vec<UncheckedReceipt>,
}

/// The two cosignature lines of an agency, not checked yet.
#[derive(Clone, PartialEq, Eq, Debug)]
struct UncheckedReceipt {
    agency: AgencyId,
    lines: [NoteSignature; 2],
}

impl SignedCheckpoint {
    /// What the log signed.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// When the log says that it signed, in seconds since 1970: by the log's own clock.
    pub const fn time_s(&self) -> u64 {
        self.time_s
    }

    /// The agencies whose receipts lie in the same note, not checked yet, in the order of their ids.
    pub fn receipt_agencies(&self) -> impl Iterator<Item = AgencyId> {
        self.receipts.iter().map(|unchecked| unchecked.agency)
    }

    /// Checks the receipt of an agency that lies in the same note.
    ///
    /// # Errors
    /// [`NoteError::MissingSignature`] if there is none, else what [`open_receipt`](super::open_receipt) returns.
    pub fn open_receipt(
        &self,
        suite: &dyn Suite,
        agency: &AgencyId,
        receipt_keys: &PublicKeys,
    ) -> Result<Receipt, NoteError> {
        let unchecked =
            self.receipts.iter().find(|unchecked| unchecked.agency == *agency).ok_or(NoteError::MissingSignature)?;
        receipt::check(suite, &self.checkpoint, agency, receipt_keys, &unchecked.lines)
    }
}

/// Signs a checkpoint with the log's keys: a note with one line of type 0x01 and one of type 0x06, both under the
/// origin's name.
///
/// `time_s` is the time of signing in seconds since 1970. With it the log states, as a cosigner does, that this is its
/// largest tree at that time.
///
/// # Errors
/// [`CannotSign`] if the signer can't, or if the origin, size, root or time can't stand in a checkpoint.
pub fn sign_checkpoint(
    suite: &dyn Suite,
    signer: &dyn Signer,
    checkpoint: &Checkpoint,
    time_s: u64,
) -> Result<String, CannotSign> {
    let [ed25519, ml_dsa_44] = log_keys_of(&checkpoint.origin, &signer.public(KeyRole::Log)?);
    let signatures = Vec::from([
        cosignature::sign(suite, signer, KeyRole::Log, &ed25519, checkpoint, time_s)?,
        cosignature::sign(suite, signer, KeyRole::Log, &ml_dsa_44, checkpoint, time_s)?,
    ]);
    Ok(Note { text: checkpoint.body(), signatures }.encode())
}

/// Opens a checkpoint: checks both signatures of the log, and keeps apart the cosignature lines of receipts, which
/// [`SignedCheckpoint::open_receipt`] checks.
///
/// # Errors
/// [`NoteError`] if the text isn't canonical, a signature of the log is missing or not valid, or there is a line that
/// is neither the log's nor one of a pair by a receipt key, in the order of the agencies' ids.
pub fn open_checkpoint(suite: &dyn Suite, text: &str, log_keys: &PublicKeys) -> Result<SignedCheckpoint, NoteError> {
    let note = Note::parse(text)?;
    let checkpoint = Checkpoint::parse(&note.text)?;
    let [ed25519_line, ml_dsa_44_line, receipt_lines @ ..] = &*note.signatures else {
        return Err(NoteError::MissingSignature);
    };
    let [ed25519, ml_dsa_44] = log_keys_of(&checkpoint.origin, log_keys);
    cosignature::verify_plain(suite, &ed25519, &checkpoint, ed25519_line)?;
    let time_s = cosignature::verify_timed(suite, &ml_dsa_44, &checkpoint, ml_dsa_44_line)?;
    let receipts = pair_up(receipt_lines)?;
    Ok(SignedCheckpoint { checkpoint, time_s, receipts })
}

fn log_keys_of(origin: &str, keys: &PublicKeys) -> [NoteKey; 2] {
    [PublicKey::Ed25519(keys.ed25519), PublicKey::MlDsa44Cosigner(keys.ml_dsa_44.clone())]
        .map(|public| NoteKey { name: origin.into(), public })
}

/// Groups cosignature lines by agency; ids must rise, so that one set of receipts has one spelling.
fn pair_up(lines: &[NoteSignature]) -> Result<Vec<UncheckedReceipt>, NoteError> {
    let (pairs, rest) = lines.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(NoteError::UnknownSignature);
    }
    let mut receipts = Vec::<UncheckedReceipt>::new();
    for lines @ [first, second] in pairs {
        let agency = receipt::agency_of(&first.name).ok_or(NoteError::UnknownSignature)?;
        if second.name != first.name || receipts.last().is_some_and(|last| last.agency >= agency) {
            return Err(NoteError::UnknownSignature);
        }
        receipts.push(UncheckedReceipt { agency, lines: lines.clone() });
    }
    Ok(receipts)
}

#[cfg(test)]
#[cfg(feature = "aws-lc")]
mod tests {
    use alloc::{borrow::ToOwned as _, boxed::Box, vec};

    use super::*;
    use crate::{
        suite::{AwsLc, SoftwareKeys},
        tlog::vectors::{checkpoint_of, every_byte_flip, keys, public},
    };

    // spec: LOG-8
    #[test]
    fn a_checkpoint_has_one_spelling() {
        let body = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        let checkpoint = Checkpoint::parse(body).unwrap();
        assert_eq!((checkpoint.size, checkpoint.root[0]), (20_852_163, 0x0a));
        assert_eq!(checkpoint.body(), body);
        let empty = Checkpoint { origin: "log".into(), size: 0, root: EMPTY_ROOT };
        assert_eq!(Checkpoint::parse(&empty.body()), Ok(empty.clone()));
        for case in [
            "".to_owned(),
            body.trim_end().to_owned(),
            format!("{body}\n"),
            format!("{body}extension\n"),
            body.replace("2085", "02085"),
            body.replace("2085", "+2085"),
            body.replace("2085", " 2085"),
            body.replace("20852163", "9223372036854775808"),
            body.replace("20852163", "0"),
            body.replace("q2I=", "q2J="),
            body.replace("q2I=", "q2I"),
            body.replace("q2I=", "q2IA"),
            body.replace("example.com", "exa mple.com"),
            body.replace("example.com", "exa+mple.com"),
            body.replace("example.com", &"e".repeat(255)),
            body.replace("example.com/behind-the-sofa", ""),
        ] {
            assert_eq!(Checkpoint::parse(&case), Err(NoteError::MalformedCheckpoint), "{case:?}");
        }
    }

    // spec: LOG-9
    #[test]
    fn a_signed_checkpoint_opens_under_the_keys_of_its_log_only() {
        let (keys, checkpoint) = (keys(), checkpoint_of(5));
        let text = sign_checkpoint(&AwsLc, &keys, &checkpoint, 1_795_298_400).unwrap();
        let opened = open_checkpoint(&AwsLc, &text, &public(&keys, KeyRole::Log)).unwrap();
        assert_eq!((opened.checkpoint(), opened.time_s()), (&checkpoint, 1_795_298_400));
        assert_eq!(opened.receipt_agencies().count(), 0);
        let others = public(&keys, KeyRole::Document);
        assert_eq!(open_checkpoint(&AwsLc, &text, &others), Err(NoteError::UnknownSignature));
        // One key of two is not enough.
        let mixed = PublicKeys { ed25519: public(&keys, KeyRole::Log).ed25519, ml_dsa_44: others.ml_dsa_44 };
        assert_eq!(open_checkpoint(&AwsLc, &text, &mixed), Err(NoteError::UnknownSignature));
    }

    // spec: LOG-9, LOG-10
    #[test]
    fn lines_that_are_missing_foreign_repeated_or_out_of_order_are_refused() {
        let keys = keys();
        let log = public(&keys, KeyRole::Log);
        let note = Note::parse(&sign_checkpoint(&AwsLc, &keys, &checkpoint_of(5), 7).unwrap()).unwrap();
        let open = |signatures: Vec<NoteSignature>| {
            open_checkpoint(&AwsLc, &Note { text: note.text.clone(), signatures }.encode(), &log)
        };
        let [ed25519, ml_dsa_44] = <[_; 2]>::try_from(note.signatures.clone()).unwrap();
        assert!(open(vec![ed25519.clone(), ml_dsa_44.clone()]).is_ok());
        assert_eq!(open(vec![ed25519.clone()]), Err(NoteError::MissingSignature));
        assert_eq!(open(vec![ml_dsa_44.clone()]), Err(NoteError::MissingSignature));
        assert_eq!(open(vec![ml_dsa_44.clone(), ed25519.clone()]), Err(NoteError::UnknownSignature));
        assert_eq!(open(vec![ed25519.clone(), ml_dsa_44.clone(), ml_dsa_44.clone()]), Err(NoteError::MalformedNote));
        let foreign = NoteSignature { name: "witness.example".into(), ..ml_dsa_44.clone() };
        let foreign_twice = vec![foreign.clone(), NoteSignature { key_id: [9; 4], ..foreign.clone() }];
        assert_eq!(open(vec![ed25519.clone(), ml_dsa_44.clone(), foreign]), Err(NoteError::UnknownSignature));
        assert_eq!(open([vec![ed25519, ml_dsa_44], foreign_twice].concat()), Err(NoteError::UnknownSignature));
    }

    // spec: LOG-10
    #[test]
    fn receipts_stand_in_pairs_of_one_agency_in_rising_order() {
        let line = |agency: u8, key_id| NoteSignature {
            name: receipt::receipt_name(&AgencyId::new([agency; 32])),
            key_id: [key_id; 4],
            signature: vec![0; 72],
        };
        let (first, second) = ([line(1, 1), line(1, 2)], [line(2, 1), line(2, 2)]);
        let agencies: Vec<_> =
            pair_up(&[first.clone(), second.clone()].concat()).unwrap().iter().map(|pair| pair.agency.0[0]).collect();
        assert_eq!(agencies, [1, 2]);
        for refused in [
            [second.clone(), first.clone()].concat(),
            [first.clone(), first.clone()].concat(),
            vec![line(1, 1), line(2, 2)],
            vec![line(1, 1)],
            [first, [line(2, 1), NoteSignature { name: "witness.example".into(), ..line(2, 2) }]].concat(),
        ] {
            assert_eq!(pair_up(&refused), Err(NoteError::UnknownSignature));
        }
    }

    // spec: LOG-9, LOG-11
    #[test]
    fn the_logs_cosignature_has_a_time() {
        let (keys, checkpoint) = (keys(), checkpoint_of(5));
        for time_s in [0, NUMBER_MAX + 1] {
            assert_eq!(sign_checkpoint(&AwsLc, &keys, &checkpoint, time_s), Err(CannotSign(KeyRole::Log)));
        }
        let bad_origin = Checkpoint { origin: "two words".into(), ..checkpoint.clone() };
        assert_eq!(sign_checkpoint(&AwsLc, &keys, &bad_origin, 7), Err(CannotSign(KeyRole::Log)));
        // A cosignature with a valid signature over time zero is C2SP's "no statement": it is refused here.
        let log = public(&keys, KeyRole::Log);
        let mut note = Note::parse(&sign_checkpoint(&AwsLc, &keys, &checkpoint, 7).unwrap()).unwrap();
        let mut message = b"subtree/v1\n\0".to_vec();
        let name = [&[u8::try_from(checkpoint.origin.len()).unwrap()], checkpoint.origin.as_bytes()].concat();
        message.extend([&name[..], &[0; 8], &name, &[0; 8], &5_u64.to_be_bytes(), &checkpoint.root].concat());
        let signature = keys.sign_ml_dsa_44(KeyRole::Log, &message).unwrap();
        note.signatures[1].signature = [&[0; 8][..], &*signature].concat();
        assert_eq!(open_checkpoint(&AwsLc, &note.encode(), &log), Err(NoteError::BadTime));
    }

    // spec: LOG-6, LOG-9
    #[test]
    fn any_changed_byte_of_a_signed_checkpoint_is_refused() {
        let keys = keys();
        let log = public(&keys, KeyRole::Log);
        let text = sign_checkpoint(&AwsLc, &keys, &checkpoint_of(5), 1_795_298_400).unwrap();
        for spoiled in every_byte_flip(&text) {
            assert!(open_checkpoint(&AwsLc, &spoiled, &log).is_err(), "{spoiled}");
        }
    }

    // spec: LOG-9
    #[test]
    fn signed_note_verifies_the_ed25519_line() {
        let (keys, checkpoint) = (keys(), checkpoint_of(5));
        let text = sign_checkpoint(&AwsLc, &keys, &checkpoint, 1_795_298_400).unwrap();
        let [ed25519, _] = log_keys_of(&checkpoint.origin, &public(&keys, KeyRole::Log));
        let theirs = signed_note::Note::from_bytes(text.as_bytes()).unwrap();
        let verifier = signed_note::StandardVerifier::new(&ed25519.vkey(&AwsLc)).unwrap();
        let (valid, unknown) = theirs.verify(&signed_note::VerifierList::new(vec![Box::new(verifier)])).unwrap();
        assert_eq!((valid.len(), unknown.len()), (1, 1));
        assert_eq!(theirs.to_bytes(), text.as_bytes());
    }

    #[test]
    fn an_absent_key_signs_nothing() {
        let none = SoftwareKeys::from_seeds([]).unwrap();
        assert_eq!(sign_checkpoint(&AwsLc, &none, &checkpoint_of(1), 7), Err(CannotSign(KeyRole::Log)));
    }
}
