//! The fuzz targets: every decoder of bytes from outside, as a safe function.
//!
//! One list serves two callers: the programs in `fuzz/`, which explore at night, and the test `fuzz_replay`, which
//! replays the committed corpus and mutations of it on every run with stable Rust.

use core::fmt::Debug;

use protocol::{
    agreement::{Agreement, Bundle, SealingKeyDocument},
    batch::Frame,
    card::CardChain,
    control::Control,
    document::SignedDocument,
    encoding::Reader,
    evidence::{Evidence, entry::EntryFile, missed::Missed},
    fingerprint::{Fingerprint, QrText},
    header::Header,
    id::AgencyId,
    passkey::{self, Algorithm, Asked, Assertion, PasskeyError, PublicKey},
    record,
    statement::bisect::{Findings, Question},
    suite::AwsLc,
    tlog::{Checkpoint, Frontier, Note, Proof},
};

/// A decoder under test: it may refuse any bytes, and must neither panic nor read what it would write differently.
/// Returns whether it read the bytes, so that a corpus which no decoder reads is noticed.
pub type Target = fn(&[u8]) -> bool;

/// Every target with its name, which is also the name of its program and of the folder of its corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("agency_id", agency_id),
    ("agreement", agreement),
    ("approvals", approvals),
    ("bundle", bundle),
    ("cards", cards),
    ("checkpoint", checkpoint),
    ("control", control),
    ("entry", entry),
    ("evidence", evidence),
    ("findings", findings),
    ("fingerprint", fingerprint),
    ("frame", frame),
    ("frontier", frontier),
    ("header", header),
    ("missed", missed),
    ("note", note),
    ("passkey", passkey),
    ("proof", proof),
    ("qr_text", qr_text),
    ("question", question),
    ("record", record_plaintext),
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

fn agency_id(bytes: &[u8]) -> bool {
    one_spelling_text(bytes, |text| text.parse::<AgencyId>().ok(), AgencyId::to_string)
}

fn agreement(bytes: &[u8]) -> bool {
    one_spelling(bytes, |bytes| Agreement::parse(bytes).ok(), Agreement::encode)
}

fn approvals(bytes: &[u8]) -> bool {
    // They are kept as their author wrote them and never written again: reading must only be total.
    record::parse_approvals(bytes).is_ok()
}

fn bundle(bytes: &[u8]) -> bool {
    one_spelling(bytes, |bytes| Bundle::parse(bytes).ok(), Bundle::encode)
}

fn cards(bytes: &[u8]) -> bool {
    one_spelling(bytes, |bytes| CardChain::parse(&AwsLc, bytes).ok(), CardChain::encode)
}

fn checkpoint(bytes: &[u8]) -> bool {
    one_spelling_text(bytes, |text| Checkpoint::parse(text).ok(), Checkpoint::body)
}

/// The input is the kind, a newline and the body.
fn control(bytes: &[u8]) -> bool {
    let Some(split) = bytes.iter().position(|byte| *byte == b'\n') else { return false };
    let (kind, body) = bytes.split_at(split);
    let Ok(kind) = str::from_utf8(kind) else { return false };
    same_value(&body[1..], |body| Control::decode(kind, body).ok(), Control::encode)
}

fn entry(bytes: &[u8]) -> bool {
    let read = |bytes: &[u8]| EntryFile::parse(bytes).ok().inspect(|file| drop(file.verify(&AwsLc)));
    one_spelling(bytes, read, |file| file.encode().expect("a file that was read fits"))
}

fn evidence(bytes: &[u8]) -> bool {
    let read = |bytes: &[u8]| Evidence::parse(bytes).ok().inspect(|file| drop(file.verify(&AwsLc)));
    one_spelling(bytes, read, |file| file.encode().expect("a file that was read fits"))
}

fn findings(bytes: &[u8]) -> bool {
    same_value(bytes, |bytes| Findings::decode(bytes).ok(), protocol::json::encode)
}

fn fingerprint(bytes: &[u8]) -> bool {
    // Spaces are read and not kept, so only the value returns.
    same_value(bytes, |bytes| str::from_utf8(bytes).ok()?.parse::<Fingerprint>().ok(), |value| value.to_string().into())
}

fn frame(bytes: &[u8]) -> bool {
    one_spelling(bytes, |bytes| Frame::decode(bytes).ok(), |frame| frame.encode().expect("a frame that was read fits"))
}

fn frontier(bytes: &[u8]) -> bool {
    one_spelling(bytes, Frontier::from_bytes, Frontier::to_bytes)
}

fn header(bytes: &[u8]) -> bool {
    // A header keeps the bytes of its author, so several spellings are allowed.
    same_value(bytes, |bytes| Header::parse(bytes).ok(), Header::encode)
}

fn missed(bytes: &[u8]) -> bool {
    let read = |bytes: &[u8]| Missed::parse(bytes).ok().inspect(|file| drop(file.verify(&AwsLc)));
    one_spelling(bytes, read, |file| file.encode().expect("a file that was read fits"))
}

fn note(bytes: &[u8]) -> bool {
    one_spelling_text(bytes, |text| Note::parse(text).ok(), Note::encode)
}

/// The input is the length of the authenticator data in two bytes, these, and the client data: of a registration, or of an
/// assertion whose signature nobody could guess.
fn passkey(bytes: &[u8]) -> bool {
    let mut reader = Reader::new(bytes);
    let Ok(authenticator_data) = reader.prefixed_u16() else { return false };
    let client_data = reader.rest();
    let asked = Asked { challenge: &[0; 32], origin: "https://desk.agency.example", rp_id: "agency.example" };
    let registered = passkey::registered(&AwsLc, &asked, authenticator_data, client_data);
    let key = PublicKey { algorithm: Algorithm::Ed25519, bytes: vec![0x66; 32] };
    let (authenticator_data, client_data) = (authenticator_data.to_vec(), client_data.to_vec());
    let assertion = Assertion { authenticator_data, client_data, signature: vec![0; 64] };
    let refused = passkey::verify(&AwsLc, &key, &asked, &assertion).expect_err("nobody signed it");
    if let Ok(registered) = &registered {
        assert_eq!((registered.key.problem(), registered.credential.is_empty()), (None, false));
    }
    registered.is_ok() || refused == PasskeyError::Signature
}

fn proof(bytes: &[u8]) -> bool {
    one_spelling_text(bytes, |text| Proof::parse(text).ok(), Proof::encode)
}

fn qr_text(bytes: &[u8]) -> bool {
    same_value(bytes, |bytes| str::from_utf8(bytes).ok()?.parse::<QrText>().ok(), |value| value.to_string().into())
}

fn question(bytes: &[u8]) -> bool {
    same_value(bytes, |bytes| Question::decode(bytes).ok(), protocol::json::encode)
}

fn record_plaintext(bytes: &[u8]) -> bool {
    let Ok(parts) = record::decode(bytes) else { return false };
    let mut again = Vec::new();
    record::encode(&parts, &mut again).expect("a record that was read fits");
    assert_eq!(again, bytes, "two spellings of a record are read");
    true
}

fn sealing_key(bytes: &[u8]) -> bool {
    one_spelling(bytes, |bytes| SealingKeyDocument::parse(bytes).ok(), protocol::json::encode)
}

fn signed_document(bytes: &[u8]) -> bool {
    one_spelling(bytes, |bytes| SignedDocument::parse(bytes).ok(), SignedDocument::encode)
}

/// What was read and written again is the same value.
fn same_value<T: PartialEq + Debug>(
    bytes: &[u8],
    read: impl Fn(&[u8]) -> Option<T>,
    write: impl Fn(&T) -> Vec<u8>,
) -> bool {
    let Some(value) = read(bytes) else { return false };
    assert_eq!(read(&write(&value)).as_ref(), Some(&value), "a value changed when it was written and read again");
    true
}

/// What was read is written as the same bytes: what is signed or hashed has one spelling.
fn one_spelling<T>(bytes: &[u8], read: impl Fn(&[u8]) -> Option<T>, write: impl Fn(&T) -> Vec<u8>) -> bool {
    let Some(value) = read(bytes) else { return false };
    assert_eq!(write(&value).escape_ascii().to_string(), bytes.escape_ascii().to_string(), "two spellings are read");
    true
}

/// As [`one_spelling`], for forms that are text.
fn one_spelling_text<T>(bytes: &[u8], read: impl Fn(&str) -> Option<T>, write: impl Fn(&T) -> String) -> bool {
    one_spelling(bytes, |bytes| read(str::from_utf8(bytes).ok()?), |value| write(value).into())
}
