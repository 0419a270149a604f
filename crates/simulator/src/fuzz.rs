//! The fuzz targets: every decoder of bytes from outside, as a safe function.
//!
//! One list serves two callers: the programs in `fuzz/`, which explore at night, and the test `fuzz_replay`, which
//! replays the committed corpus and mutations of it on every run with stable Rust.

use core::fmt::Debug;

use protocol::{
    agreement::{Agreement, Bundle, SealingKeyDocument},
    document::SignedDocument,
    fingerprint::{Fingerprint, QrText},
    header::Header,
    id::AgencyId,
    tlog::{Checkpoint, Frontier, Note, Proof},
};

/// A decoder under test: it may refuse any bytes, and must neither panic nor read what it would write differently.
pub type Target = fn(&[u8]);

/// Every target with its name, which is also the name of its program and of the folder of its corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("agency_id", agency_id),
    ("agreement", agreement),
    ("bundle", bundle),
    ("checkpoint", checkpoint),
    ("fingerprint", fingerprint),
    ("frontier", frontier),
    ("header", header),
    ("note", note),
    ("proof", proof),
    ("qr_text", qr_text),
    ("sealing_key", sealing_key),
    ("signed_document", signed_document),
];

/// Runs one target.
///
/// # Panics
/// The decoder broke its property, or there is no target of this name.
pub fn run(name: &str, bytes: &[u8]) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).expect("the name of a target in TARGETS");
    target(bytes);
}

fn agency_id(bytes: &[u8]) {
    one_spelling_text(bytes, |text| text.parse::<AgencyId>().ok(), AgencyId::to_string);
}

fn agreement(bytes: &[u8]) {
    one_spelling(bytes, |bytes| Agreement::parse(bytes).ok(), Agreement::encode);
}

fn bundle(bytes: &[u8]) {
    one_spelling(bytes, |bytes| Bundle::parse(bytes).ok(), Bundle::encode);
}

fn checkpoint(bytes: &[u8]) {
    one_spelling_text(bytes, |text| Checkpoint::parse(text).ok(), Checkpoint::body);
}

fn fingerprint(bytes: &[u8]) {
    // Spaces are read and not kept, so only the value returns.
    same_value(
        bytes,
        |bytes| str::from_utf8(bytes).ok()?.parse::<Fingerprint>().ok(),
        |value| value.to_string().into(),
    );
}

fn frontier(bytes: &[u8]) {
    one_spelling(bytes, Frontier::from_bytes, Frontier::to_bytes);
}

fn header(bytes: &[u8]) {
    // A header keeps the bytes of its author, so several spellings are allowed.
    same_value(bytes, |bytes| Header::parse(bytes).ok(), Header::encode);
}

fn note(bytes: &[u8]) {
    one_spelling_text(bytes, |text| Note::parse(text).ok(), Note::encode);
}

fn proof(bytes: &[u8]) {
    one_spelling_text(bytes, |text| Proof::parse(text).ok(), Proof::encode);
}

fn qr_text(bytes: &[u8]) {
    same_value(bytes, |bytes| str::from_utf8(bytes).ok()?.parse::<QrText>().ok(), |value| value.to_string().into());
}

fn sealing_key(bytes: &[u8]) {
    one_spelling(bytes, |bytes| SealingKeyDocument::parse(bytes).ok(), protocol::json::encode);
}

fn signed_document(bytes: &[u8]) {
    one_spelling(bytes, |bytes| SignedDocument::parse(bytes).ok(), SignedDocument::encode);
}

/// What was read and written again is the same value.
fn same_value<T: PartialEq + Debug>(bytes: &[u8], read: impl Fn(&[u8]) -> Option<T>, write: impl Fn(&T) -> Vec<u8>) {
    if let Some(value) = read(bytes) {
        assert_eq!(read(&write(&value)).as_ref(), Some(&value), "a value changed when it was written and read again");
    }
}

/// What was read is written as the same bytes: what is signed or hashed has one spelling.
fn one_spelling<T>(bytes: &[u8], read: impl Fn(&[u8]) -> Option<T>, write: impl Fn(&T) -> Vec<u8>) {
    if let Some(value) = read(bytes) {
        assert_eq!(
            write(&value).escape_ascii().to_string(),
            bytes.escape_ascii().to_string(),
            "two spellings are read"
        );
    }
}

/// As [`one_spelling`], for forms that are text.
fn one_spelling_text<T>(bytes: &[u8], read: impl Fn(&str) -> Option<T>, write: impl Fn(&T) -> String) {
    one_spelling(bytes, |bytes| read(str::from_utf8(bytes).ok()?), |value| write(value).into());
}
