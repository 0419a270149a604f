//! `tlog-proof@v1` (c2sp.org/tlog-proof): an entry's place in a signed checkpoint, with the receipts for it, in one text
//! that anybody who trusts the keys can check offline.

use alloc::{format, string::String, vec::Vec};

use super::{
    checkpoint::{Checkpoint, SignedCheckpoint, open_checkpoint},
    limits::{PATH_HASHES_MAX, PROOF_BYTES_MAX},
    merkle,
    note::{Note, NoteError, hash_base64, parse_hash_base64, parse_number},
    receipt::{self, Receipt},
};
use crate::{
    id::{AgencyId, Hash},
    suite::{PublicKeys, Suite},
};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1\n";

/// A proof as it is written. What it claims holds once [`Proof::open`] has checked it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proof {
    /// The entry's index in the log.
    pub index: u64,
    /// The path from the leaf's sibling to the root's child.
    pub path: Vec<Hash>,
    /// The checkpoint with the lines of the log and of any number of receipts.
    pub note: Note,
}

/// A proof in which everything was checked: only [`Proof::open`] makes one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenedProof {
    index: u64,
    checkpoint: SignedCheckpoint,
    receipts: Vec<Receipt>,
}

impl OpenedProof {
    /// The entry's index in the log.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// The log's signed head that covers the entry.
    pub const fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// The receipts that cover the entry, in the order of their agencies' ids.
    pub fn receipts(&self) -> &[Receipt] {
        &self.receipts
    }
}

impl Proof {
    /// Puts a proof together from a checkpoint's text and receipts for that checkpoint.
    ///
    /// No signature is checked: the caller has opened the texts.
    ///
    /// # Errors
    /// [`NoteError`] if a text isn't canonical, a receipt is for another checkpoint ([`NoteError::OtherCheckpoint`]), or
    /// two are by one agency or a line is no receipt's ([`NoteError::UnknownSignature`]).
    pub fn assemble(index: u64, path: Vec<Hash>, checkpoint: &str, receipts: &[&str]) -> Result<Self, NoteError> {
        let mut note = Note::parse(checkpoint)?;
        let mut lines = Vec::new();
        for receipt in receipts {
            let receipt = Note::parse(receipt)?;
            if receipt.text != note.text {
                return Err(NoteError::OtherCheckpoint);
            }
            let [first, ..] = &*receipt.signatures else { return Err(NoteError::MissingSignature) };
            let agency = receipt::agency_of(&first.name).ok_or(NoteError::UnknownSignature)?;
            lines.push((agency, receipt.signatures));
        }
        lines.sort_by_key(|(agency, _)| *agency);
        if lines.array_windows().any(|[(before, _), (after, _)]| before == after) {
            return Err(NoteError::UnknownSignature);
        }
        note.signatures.extend(lines.into_iter().flat_map(|(_, signatures)| signatures));
        Ok(Self { index, path, note })
    }

    /// Reads a proof in its one allowed spelling; the format's `extra` line, which nothing authenticates, is refused.
    ///
    /// # Errors
    /// [`NoteError::TooLarge`], [`NoteError::MalformedProof`] or [`NoteError::MalformedNote`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        if text.len() > PROOF_BYTES_MAX {
            return Err(NoteError::TooLarge);
        }
        let (index, mut rest) = text
            .strip_prefix(FIRST_LINE)
            .and_then(|rest| rest.strip_prefix("index "))
            .and_then(|rest| rest.split_once('\n'))
            .ok_or(NoteError::MalformedProof)?;
        let index = parse_number(index).ok_or(NoteError::MalformedProof)?;
        let mut path = Vec::new();
        loop {
            let (line, after) = rest.split_once('\n').ok_or(NoteError::MalformedProof)?;
            rest = after;
            if line.is_empty() {
                break;
            }
            if path.len() == PATH_HASHES_MAX {
                return Err(NoteError::TooLarge);
            }
            path.push(parse_hash_base64(line).ok_or(NoteError::MalformedProof)?);
        }
        Ok(Self { index, path, note: Note::parse(rest)? })
    }

    /// The proof's bytes, for a file with the ending `.tlog-proof`.
    pub fn encode(&self) -> String {
        let mut text = format!("{FIRST_LINE}index {}\n", self.index);
        for hash in &self.path {
            text.push_str(&hash_base64(hash));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.note.encode());
        text
    }

    /// Whether the path leads from this entry to the root in the note's text. No signature is checked:
    /// [`Proof::open`] does both.
    pub fn verify(&self, suite: &dyn Suite, entry: &Hash) -> bool {
        Checkpoint::parse(&self.note.text).is_ok_and(|checkpoint| self.leads_to(suite, entry, &checkpoint))
    }

    /// Checks everything: the log's signatures, every receipt in the note, and that the entry is in the tree.
    ///
    /// `receipt_keys` gives the receipt keys of the agencies that the caller knows.
    ///
    /// # Errors
    /// [`NoteError::UnknownSignature`] if the note has a receipt by an agency without known keys,
    /// [`NoteError::NotIncluded`] if the path doesn't lead to the root, and all that
    /// [`open_checkpoint`] and [`open_receipt`](super::open_receipt) return.
    pub fn open(
        &self,
        suite: &dyn Suite,
        entry: &Hash,
        log_keys: &PublicKeys,
        receipt_keys: &[(AgencyId, &PublicKeys)],
    ) -> Result<OpenedProof, NoteError> {
        let checkpoint = open_checkpoint(suite, &self.note.encode(), log_keys)?;
        let receipts = checkpoint
            .receipt_agencies()
            .map(|agency| {
                let known = receipt_keys.iter().find(|(known, _)| *known == agency);
                let (_, keys) = known.ok_or(NoteError::UnknownSignature)?;
                checkpoint.open_receipt(suite, &agency, keys)
            })
            .collect::<Result<_, _>>()?;
        if !self.leads_to(suite, entry, checkpoint.checkpoint()) {
            return Err(NoteError::NotIncluded);
        }
        Ok(OpenedProof { index: self.index, checkpoint, receipts })
    }

    fn leads_to(&self, suite: &dyn Suite, entry: &Hash, checkpoint: &Checkpoint) -> bool {
        let leaf = merkle::leaf_hash(suite, entry);
        merkle::verify_inclusion(suite, self.index, checkpoint.size, &leaf, &self.path, &checkpoint.root)
    }
}

#[cfg(test)]
#[cfg(feature = "aws-lc")]
mod tests {
    use alloc::{borrow::ToOwned as _, vec};

    use proptest::prelude::*;

    use super::*;
    use crate::{
        suite::{AwsLc, KeyRole},
        tlog::{
            NoteSignature, sign_checkpoint, sign_receipt,
            vectors::{checkpoint_of, entry, every_byte_flip, keys, leaves, public},
        },
    };

    const FIRST: AgencyId = AgencyId::new([0xa9; 32]);
    const SECOND: AgencyId = AgencyId::new([0xb8; 32]);

    fn proof_with(receipt_agencies: &[AgencyId]) -> Result<Proof, NoteError> {
        let (keys, checkpoint) = (keys(), checkpoint_of(5));
        let note = sign_checkpoint(&AwsLc, &keys, &checkpoint, 7).unwrap();
        let receipts: Vec<String> = receipt_agencies
            .iter()
            .map(|agency| sign_receipt(&AwsLc, &keys, &checkpoint, agency, 8).unwrap())
            .collect();
        let receipts: Vec<&str> = receipts.iter().map(|text| &**text).collect();
        let path = merkle::inclusion_proof(&AwsLc, &leaves(5), 3).unwrap();
        Proof::assemble(3, path, &note, &receipts)
    }

    // spec: LOG-14, LOG-15
    #[test]
    fn a_proof_with_receipts_survives_its_text_and_opens() {
        let keys = keys();
        let (log, receipt) = (public(&keys, KeyRole::Log), public(&keys, KeyRole::Receipt));
        // Receipts come in any order and are written in the order of the agencies' ids.
        let proof = proof_with(&[SECOND, FIRST]).unwrap();
        let read = Proof::parse(&proof.encode()).unwrap();
        assert_eq!(read, proof);
        assert!(read.verify(&AwsLc, &entry(3)));
        let known = [(FIRST, &receipt), (SECOND, &receipt)];
        let opened = read.open(&AwsLc, &entry(3), &log, &known).unwrap();
        let agencies: Vec<_> = opened.receipts().iter().map(|receipt| *receipt.agency()).collect();
        assert_eq!((opened.index(), opened.checkpoint().time_s(), agencies), (3, 7, vec![FIRST, SECOND]));
        assert_eq!(read.open(&AwsLc, &entry(2), &log, &known), Err(NoteError::NotIncluded));
        assert_eq!(read.open(&AwsLc, &entry(3), &receipt, &known), Err(NoteError::UnknownSignature));
        assert_eq!(read.open(&AwsLc, &entry(3), &log, &known[..1]), Err(NoteError::UnknownSignature));
        assert_eq!(proof_with(&[FIRST, FIRST]), Err(NoteError::UnknownSignature));
        // Other spellings of the same set of lines.
        let mut swapped = proof.clone();
        swapped.note.signatures[2..].rotate_left(2);
        assert_eq!(swapped.open(&AwsLc, &entry(3), &log, &known), Err(NoteError::UnknownSignature));
        let mut odd = proof;
        odd.note.signatures.pop();
        assert_eq!(odd.open(&AwsLc, &entry(3), &log, &known), Err(NoteError::UnknownSignature));
    }

    // spec: LOG-15
    #[test]
    fn a_receipt_for_another_checkpoint_is_not_put_into_a_proof() {
        let keys = keys();
        let note = sign_checkpoint(&AwsLc, &keys, &checkpoint_of(5), 7).unwrap();
        let receipt = sign_receipt(&AwsLc, &keys, &checkpoint_of(4), &FIRST, 8).unwrap();
        assert_eq!(Proof::assemble(0, vec![], &note, &[&receipt]), Err(NoteError::OtherCheckpoint));
        assert_eq!(Proof::assemble(0, vec![], &note, &[&note]), Err(NoteError::UnknownSignature));
    }

    // spec: LOG-14
    #[test]
    fn every_other_spelling_of_a_proof_is_refused() {
        let text = proof_with(&[]).unwrap().encode();
        let (head, _) = text.split_once("\n\n").unwrap();
        let last = head.lines().last().unwrap();
        for case in [
            text.replace("@v1\n", "@v2\n"),
            text.replace("@v1\n", "@v1\nextra AAAA\n"),
            text.replace("@v1\n", "@v1\n\n"),
            text.replace("index 3", "index 03"),
            text.replace("index 3", "index +3"),
            text.replace("index 3", "index  3"),
            text.replace("index 3", "index 9223372036854775808"),
            text.replace("index 3\n", ""),
            text.replace(last, &last[1..]),
            text.replace(last, "AAAA"),
            text.replace('\n', "\r\n"),
            head.to_owned(),
        ] {
            assert_eq!(Proof::parse(&case), Err(NoteError::MalformedProof), "{case:?}");
        }
        let note = [format!("{text}\n"), text.replace("\n\n\u{2014}", "\n\n\n\u{2014}"), format!("{text}x")];
        for case in note {
            let opened = Proof::parse(&case).map(|proof| proof.verify(&AwsLc, &entry(3)));
            assert!(matches!(opened, Err(NoteError::MalformedNote) | Ok(false)), "{case:?}");
        }
        let mut long = Proof::parse(&text).unwrap();
        long.path = vec![[0; 32]; PATH_HASHES_MAX + 1];
        assert_eq!(Proof::parse(&long.encode()), Err(NoteError::TooLarge));
    }

    // spec: LOG-15
    #[test]
    fn any_changed_byte_of_a_proof_is_refused() {
        let keys = keys();
        let (log, receipt) = (public(&keys, KeyRole::Log), public(&keys, KeyRole::Receipt));
        let text = proof_with(&[FIRST]).unwrap().encode();
        let open = |text: &str| Proof::parse(text)?.open(&AwsLc, &entry(3), &log, &[(FIRST, &receipt)]);
        assert!(open(&text).is_ok());
        for spoiled in every_byte_flip(&text) {
            assert!(open(&spoiled).is_err(), "{spoiled}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        // spec: LOG-14
        #[test]
        fn a_proof_holds_iff_the_entry_is_there_and_survives_its_text(size in 1_u64..80, at in any::<u64>(), other in 0_u64..80) {
            let index = at % size;
            let checkpoint = checkpoint_of(size);
            let line = NoteSignature { name: "log".into(), key_id: [1; 4], signature: vec![2; 64] };
            let note = Note { text: checkpoint.body(), signatures: vec![line] };
            let path = merkle::inclusion_proof(&AwsLc, &leaves(size), index).unwrap();
            let proof = Proof { index, path, note };
            prop_assert_eq!(Proof::parse(&proof.encode()), Ok(proof.clone()));
            prop_assert_eq!(proof.verify(&AwsLc, &entry(other)), other == index);
        }
    }
}
