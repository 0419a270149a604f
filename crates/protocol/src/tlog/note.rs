//! Signed notes (c2sp.org/signed-note) and the keys behind their signature lines.
//!
//! A note's text isn't trustworthy because it parses: [`open_checkpoint`](super::open_checkpoint) and
//! [`open_receipt`](super::open_receipt) check signatures.

use alloc::{
    borrow::ToOwned as _,
    boxed::Box,
    format,
    string::{String, ToString as _},
    vec::Vec,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::limits::{NAME_BYTES_MAX, NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX, NUMBER_MAX, SIGNATURE_BYTES_MAX};
use crate::{
    id::Hash,
    suite::{ED25519_PUBLIC_BYTES, ML_DSA_44_PUBLIC_BYTES, Suite},
};

/// What a signature line starts with: an em dash and a space.
const LINE_START: &str = "\u{2014} ";

/// Why a note, checkpoint, receipt or proof is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Longer than the limit for its kind, or more signature lines than allowed.
    #[error("the note is too long or has too many signature lines (limits: docs/spec/log.md)")]
    TooLarge,
    /// Not a text, a blank line and signature lines in their one allowed spelling.
    #[error("the text is not a signed note in canonical form: ask the sender for the original bytes")]
    MalformedNote,
    /// The note's text is not `origin`, `size` and `root` in their one allowed spelling.
    #[error("the note's text is not a checkpoint of three lines in canonical form")]
    MalformedCheckpoint,
    /// The text is not a `tlog-proof@v1` in its one allowed spelling.
    #[error("the text is not a tlog-proof@v1 in canonical form, or it has an 'extra' line")]
    MalformedProof,
    /// The text is not a verifier key, or its key id doesn't follow from name and key.
    #[error("the text is not a verifier key 'name+id+key' of type 1, 4 or 6, or its id does not match")]
    MalformedKey,
    /// A required signature line is absent or not in its place.
    #[error("a signature line that must be there is missing or out of order")]
    MissingSignature,
    /// A signature line is by a key that has no place in this note.
    #[error("the note has a signature line by an unknown key or under an unexpected name")]
    UnknownSignature,
    /// A signature line is by the right key, but its signature is not valid.
    #[error("a signature on the note is not valid: the note was changed, or it is a forgery")]
    InvalidSignature,
    /// A cosignature's time is zero or too large, or the two times of a receipt differ.
    #[error("the cosignature's time is zero or out of range, or the two times of a receipt differ")]
    BadTime,
    /// The checkpoint or receipt is about another checkpoint than expected.
    #[error("the receipt is for another checkpoint than the one it was put beside")]
    OtherCheckpoint,
    /// The path doesn't lead from the entry to the checkpoint's root.
    #[error("the entry is not in the tree of the checkpoint at this index")]
    NotIncluded,
}

/// A public key as a note names it: the signature type fixes its length.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PublicKey {
    /// Type 0x01: Ed25519 over the note's text.
    Ed25519([u8; ED25519_PUBLIC_BYTES]),
    /// Type 0x04: Ed25519 cosignature with a time (`cosignature/v1`).
    Ed25519Cosigner([u8; ED25519_PUBLIC_BYTES]),
    /// Type 0x06: ML-DSA-44 cosignature with a time (`subtree/v1`).
    MlDsa44Cosigner(Box<[u8; ML_DSA_44_PUBLIC_BYTES]>),
}

impl PublicKey {
    /// The signature type identifier byte.
    pub const fn key_type(&self) -> u8 {
        match self {
            Self::Ed25519(_) => 0x01,
            Self::Ed25519Cosigner(_) => 0x04,
            Self::MlDsa44Cosigner(_) => 0x06,
        }
    }

    /// The key's bytes.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Ed25519(key) | Self::Ed25519Cosigner(key) => key,
            Self::MlDsa44Cosigner(key) => &**key,
        }
    }

    fn from_type_and_bytes(key_type: u8, bytes: &[u8]) -> Option<Self> {
        match key_type {
            0x01 => bytes.try_into().ok().map(Self::Ed25519),
            0x04 => bytes.try_into().ok().map(Self::Ed25519Cosigner),
            0x06 => Box::<[u8]>::from(bytes).try_into().ok().map(Self::MlDsa44Cosigner),
            _ => None,
        }
    }
}

/// A key and the name under which it signs notes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoteKey {
    /// The name in the signature line: for a log its origin.
    pub name: String,
    /// The key.
    pub public: PublicKey,
}

impl NoteKey {
    /// The key id: it finds the line, and proves nothing.
    pub fn id(&self, suite: &dyn Suite) -> [u8; 4] {
        let digest = suite.sha256(&[self.name.as_bytes(), b"\n", &[self.public.key_type()], self.public.bytes()]);
        let [a, b, c, d, ..] = digest;
        [a, b, c, d]
    }

    /// The verifier key's text: name, key id in hexadecimal and typed key in base64, joined by `+`.
    pub fn vkey(&self, suite: &dyn Suite) -> String {
        let mut typed = alloc::vec![self.public.key_type()];
        typed.extend(self.public.bytes());
        format!("{}+{}+{}", self.name, hex::encode(self.id(suite)), BASE64_STANDARD.encode(typed))
    }

    /// Reads a verifier key's text.
    ///
    /// # Errors
    /// [`NoteError::MalformedKey`].
    pub fn from_vkey(suite: &dyn Suite, text: &str) -> Result<Self, NoteError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(_), Some(typed)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::MalformedKey);
        };
        let typed = decode_base64(typed).ok_or(NoteError::MalformedKey)?;
        let public = typed
            .split_first()
            .and_then(|(key_type, bytes)| PublicKey::from_type_and_bytes(*key_type, bytes))
            .ok_or(NoteError::MalformedKey)?;
        let key = Self { name: name.to_owned(), public };
        // One key has one text, so writing it again also compares the key id and its spelling.
        if !is_key_name(name) || key.vkey(suite) != text {
            return Err(NoteError::MalformedKey);
        }
        Ok(key)
    }
}

/// One signature line of a note.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoteSignature {
    /// The key's name.
    pub name: String,
    /// The key's id.
    pub key_id: [u8; 4],
    /// The signature after the key id; for cosignatures it starts with the time.
    pub signature: Vec<u8>,
}

impl NoteSignature {
    /// Whether the line names this key.
    pub fn is_by(&self, suite: &dyn Suite, key: &NoteKey) -> bool {
        self.name == key.name && self.key_id == key.id(suite)
    }

    fn line(&self) -> String {
        let mut bytes = self.key_id.to_vec();
        bytes.extend(&self.signature);
        format!("{LINE_START}{} {}\n", self.name, BASE64_STANDARD.encode(bytes))
    }

    fn from_line(line: &str) -> Option<Self> {
        let (name, bytes) = line.strip_prefix(LINE_START)?.split_once(' ')?;
        let bytes = decode_base64(bytes)?;
        let (key_id, signature) = bytes.split_first_chunk()?;
        let allowed = is_key_name(name) && (1..=SIGNATURE_BYTES_MAX).contains(&signature.len());
        allowed.then(|| Self { name: name.to_owned(), key_id: *key_id, signature: signature.to_vec() })
    }
}

/// A text with signature lines. That it parses says nothing about its signatures.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// What is signed: lines, each with its newline.
    pub text: String,
    /// The signature lines, in order.
    pub signatures: Vec<NoteSignature>,
}

impl Note {
    /// Reads a note in its one allowed spelling.
    ///
    /// # Errors
    /// [`NoteError::TooLarge`] or [`NoteError::MalformedNote`].
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLarge);
        }
        if note.chars().any(|c| c < ' ' && c != '\n') {
            return Err(NoteError::MalformedNote);
        }
        // Signature lines are never empty, so the last blank line is the one before them.
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError::MalformedNote)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::MalformedNote)?;
        let mut signatures = Vec::<NoteSignature>::new();
        for line in lines.split('\n') {
            if signatures.len() == NOTE_SIGNATURES_MAX {
                return Err(NoteError::TooLarge);
            }
            let signature = NoteSignature::from_line(line).ok_or(NoteError::MalformedNote)?;
            if signatures.iter().any(|s| s.name == signature.name && s.key_id == signature.key_id) {
                return Err(NoteError::MalformedNote);
            }
            signatures.push(signature);
        }
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// The note's bytes.
    pub fn encode(&self) -> String {
        let mut note = format!("{}\n", self.text);
        note.extend(self.signatures.iter().map(NoteSignature::line));
        note
    }
}

/// Whether a text can name a key: not empty, at most [`NAME_BYTES_MAX`] bytes, no Unicode space, `+` or control
/// character.
pub fn is_key_name(name: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&name.len()) && !name.contains(|c: char| c.is_whitespace() || c == '+' || c < ' ')
}

/// Reads a decimal number in its one allowed spelling: digits without leading zeros, at most [`NUMBER_MAX`].
pub(super) fn parse_number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok().filter(|number| *number <= NUMBER_MAX)?;
    // Writing it again refuses a plus sign and leading zeros.
    (number.to_string() == text).then_some(number)
}

/// Reads a hash in canonical base64.
pub(super) fn parse_hash_base64(text: &str) -> Option<Hash> {
    decode_base64(text)?.try_into().ok()
}

/// A hash in base64.
pub(super) fn hash_base64(hash: &Hash) -> String {
    BASE64_STANDARD.encode(hash)
}

/// The standard engine refuses missing padding and non-zero trailing bits, so one value has one spelling.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text).ok()
}

#[cfg(test)]
#[cfg(feature = "aws-lc")]
mod tests {
    use alloc::{boxed::Box, vec};

    use proptest::prelude::*;

    use super::*;
    use crate::suite::AwsLc;

    /// The example of Go's sumdb/note, from which C2SP's format comes.
    const VKEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\
        \n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    /// The example of c2sp.org/signed-note.
    const POEM: &str = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n\
        — quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

    // spec: LOG-5, LOG-7
    #[test]
    fn the_published_examples_parse_and_the_signature_verifies() {
        let key = NoteKey::from_vkey(&AwsLc, VKEY).unwrap();
        assert_eq!(key.vkey(&AwsLc), VKEY);
        let note = Note::parse(NOTE).unwrap();
        assert_eq!(note.encode(), NOTE);
        assert!(note.signatures[0].is_by(&AwsLc, &key));
        let PublicKey::Ed25519(public) = &key.public else { panic!("a note key") };
        assert!(AwsLc.verify_ed25519(public, note.text.as_bytes(), &note.signatures[0].signature));

        let poem = Note::parse(POEM).unwrap();
        assert_eq!(poem.text.lines().count(), 4);
        assert_eq!(poem.signatures[0].name, "quasimodo.example/salvatore");
        assert_eq!(poem.signatures[0].key_id, [0x36, 0x7b, 0xa0, 0x4b]);
        assert_eq!(poem.encode(), POEM);
    }

    // spec: LOG-5, LOG-6
    #[test]
    fn every_other_spelling_of_a_note_is_refused() {
        let (text, line) = NOTE.rsplit_once("\n\n").unwrap();
        let cases = [
            "".to_owned(),
            "\n\n".to_owned(),
            format!("{NOTE}\n"),
            NOTE.trim_end().to_owned(),
            format!("{text}\n{line}"),
            format!("{text}\n\n\n"),
            format!("{text}\n\n{line}{line}"),
            format!("{text}\t\n\n{line}"),
            NOTE.replace('\n', "\r\n"),
            NOTE.replace('—', "-"),
            NOTE.replace("— P", "—P"),
            NOTE.replace("PeterNeumann ", "Peter+Neumann "),
            NOTE.replace("PeterNeumann ", "PeterNeumann  "),
            NOTE.replace("PeterNeumann ", "Peter\u{2003}Neumann "),
            NOTE.replace("— PeterNeumann ", "—  "),
            NOTE.replace("nAM=", "nAM"),
            NOTE.replace("nAM=", "nAN="),
            NOTE.replace("nAM=", "nAM=="),
            NOTE.replace("nAM=", "nAM= "),
            format!("{text}\n\n— PeterNeumann x08goA==x\n"),
            format!("{text}\n\n— PeterNeumann x08gow==\n"),
            format!("{text}\n\n— PeterNeumann\n"),
        ];
        for case in cases {
            assert_eq!(Note::parse(&case), Err(NoteError::MalformedNote), "{case:?}");
        }
    }

    // spec: LOG-6
    #[test]
    fn a_note_has_limits() {
        let line = |n: usize| NoteSignature { name: format!("key{n}"), key_id: [0; 4], signature: vec![0; 64] };
        let mut note = Note { text: "text\n".to_owned(), signatures: (0..NOTE_SIGNATURES_MAX).map(line).collect() };
        assert_eq!(Note::parse(&note.encode()).as_ref(), Ok(&note));
        note.signatures.push(line(NOTE_SIGNATURES_MAX));
        assert_eq!(Note::parse(&note.encode()), Err(NoteError::TooLarge));
        note.signatures.truncate(1);
        note.text = format!("{}\n", "x".repeat(NOTE_BYTES_MAX));
        assert_eq!(Note::parse(&note.encode()), Err(NoteError::TooLarge));
        note.text = "text\n".to_owned();
        note.signatures[0].signature = vec![0; SIGNATURE_BYTES_MAX + 1];
        assert_eq!(Note::parse(&note.encode()), Err(NoteError::MalformedNote));
        note.signatures[0] = NoteSignature { name: "n".repeat(NAME_BYTES_MAX + 1), ..line(0) };
        assert_eq!(Note::parse(&note.encode()), Err(NoteError::MalformedNote));
    }

    // spec: LOG-7
    #[test]
    fn a_verifier_key_has_one_text() {
        for public in [
            PublicKey::Ed25519([7; 32]),
            PublicKey::Ed25519Cosigner([7; 32]),
            PublicKey::MlDsa44Cosigner(Box::new([7; 1312])),
        ] {
            let key = NoteKey { name: "example.com/log".to_owned(), public };
            assert_eq!(NoteKey::from_vkey(&AwsLc, &key.vkey(&AwsLc)), Ok(key));
        }
        for at in 0..VKEY.len() {
            let mut bytes = VKEY.as_bytes().to_vec();
            bytes[at] ^= 1;
            let spoiled = String::from_utf8(bytes).unwrap();
            assert_eq!(NoteKey::from_vkey(&AwsLc, &spoiled), Err(NoteError::MalformedKey), "{spoiled}");
        }
        assert!(NoteKey::from_vkey(&AwsLc, &VKEY.to_uppercase()).is_err());
    }

    proptest! {
        // spec: LOG-5
        #[test]
        fn what_was_written_reads_back(
            text in "([ -~é\n]{0,40}\n){1,3}",
            names in proptest::collection::btree_set("[a-z./]{1,20}", 1..5),
            signature in proptest::collection::vec(any::<u8>(), 1..100),
            key_id in any::<[u8; 4]>(),
        ) {
            let signatures =
                names.into_iter().map(|name| NoteSignature { name, key_id, signature: signature.clone() }).collect();
            let note = Note { text, signatures };
            prop_assert_eq!(Note::parse(&note.encode()), Ok(note));
        }

        // spec: LOG-5
        #[test]
        fn any_text_is_refused_or_has_this_spelling(text in "[ -~\n—]{0,40}\n\n(— [a-z]{1,3} [A-D]{8}\n){1,2}") {
            if let Ok(note) = Note::parse(&text) {
                prop_assert_eq!(note.encode(), text);
            }
        }

        // spec: LOG-8
        #[test]
        fn a_number_has_one_spelling(text in "[+-]?[0-9 ]{0,20}", number in any::<u64>()) {
            if let Some(number) = parse_number(&text) {
                prop_assert_eq!(number.to_string(), text);
            }
            prop_assert_eq!(parse_number(&number.to_string()), (number <= NUMBER_MAX).then_some(number));
        }
    }
}
