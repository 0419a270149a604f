//! What `protocol`, `policy` and `store` find wrong, as messages. They have no texts: in English their own words stand, which say
//! more than a message does where they quote another's.

use std::{fmt::Display, io};

use policy::{Given, Refusal, Words};
use protocol::{
    agreement::AgreementError,
    channel::{Frozen, NotNow},
    encoding::ReadError,
    header::{FieldProblem, HeaderError},
    json::JsonError,
    limits::{
        ATTACHMENTS_PER_RECORD_MAX, FILE_NAME_BYTES_MAX, HEADER_TEXT_BYTES_MAX, JSON_INTEGER_MAX, LIST_ITEMS_MAX,
        TOKEN_BYTES_MAX,
    },
    record::OpenError,
    suite::DoesNotOpen,
    tlog::NoteError,
};
use store::StoreError;
use texts::{Lines, Message, Value, say};

pub mod cards;
pub mod faults;

/// Why a record may not cross, in the words of the rule or clause, which name what was found. Where Cedar itself failed they are
/// its own, and in other languages the reason's sentence.
pub fn reason(refusal: &Refusal) -> Message {
    said(&refusal.message).unwrap_or_else(|| {
        let sentence = Message::of_family("reason", refusal.reason.name());
        let english = refusal.message.to_string();
        sentence.map_or_else(|| Message::as_worded(&*english), |sentence| sentence.worded(&*english))
    })
}

/// What a rule of the floor or a clause says; `None` if there are no texts of it.
pub(crate) fn said(words: &Words) -> Option<Message> {
    let given = |given: &Given| match given {
        Given::Text(text) => Value::from(text.clone()),
        Given::Number(number) => Value::Number(*number),
        Given::List(items) if items.is_empty() => say!("against-none").into(),
        Given::List(items) => Value::from(items.clone()),
        Given::Lacks(parts) => {
            let part = |part: &&str| Message::of_family("against-lacks", &part.replace(' ', "-"));
            Value::List(parts.iter().filter_map(part).map(Value::from).collect())
        }
    };
    let message = Message::of_floor(&words.sentence)?;
    Some(words.values.iter().fold(message, |message, (name, value)| message.with(name, given(value))))
}

/// JSON that can't be read, with its place.
pub fn json(error: &JsonError) -> Message {
    let (line, column) = (error.line, error.column);
    let (what, problem) = (document(error.what), reader(&error.problem));
    let message = match error.field.as_str() {
        "" => say!("in-json", what = what, line = %line, column = %column, problem = problem),
        field => say!("in-json-field", what = what, line = %line, column = %column, field = field, problem = problem),
    };
    message.worded(error.to_string())
}

/// A document, as readers call it.
fn document(what: &str) -> Message {
    let named = Message::of_family("document", &what.replace([' ', '\''], "-"));
    named.unwrap_or_else(|| Message::as_worded(what))
}

/// An agreement that is none: all that is wrong with it.
pub fn agreement(error: &AgreementError) -> Message {
    match error {
        AgreementError::Json(error) => json(error),
        AgreementError::Faults(faults) => {
            let below = Value::Below(faults.iter().map(faults::of_field).collect());
            say!("agreement-faults", count = faults.len(), faults = below).worded(error.to_string())
        }
    }
}

/// A header that is none.
pub fn header(error: &HeaderError) -> Message {
    match error {
        HeaderError::Json(error) => json(error),
        HeaderError::Field { field, problem } => {
            say!("header-field", field = field, problem = header_field(problem)).worded(error.to_string())
        }
    }
}

/// What is wrong with one field of a header.
pub fn header_field(problem: &FieldProblem) -> Message {
    let message = match problem {
        FieldProblem::Missing => say!("header-missing"),
        FieldProblem::NotAKind(kind) => say!("not-a-kind", kind = kind),
        FieldProblem::NotAMediaType(media_type) => say!("not-a-media-type", media_type = media_type),
        FieldProblem::NotBare(kind) => say!("not-bare", kind = kind),
        FieldProblem::CodesUnordered => say!("codes-unordered"),
        FieldProblem::CategoriesUnordered => say!("categories-unordered"),
        FieldProblem::H3Alone => say!("h3-alone"),
        FieldProblem::UrgencyGround => say!("urgency-ground-odd"),
        FieldProblem::IndexTooLarge => say!("index-too-large", index_max = %JSON_INTEGER_MAX),
        FieldProblem::NotACode => say!("not-a-code", bytes_max = TOKEN_BYTES_MAX),
        FieldProblem::NotALanguage => say!("not-a-language"),
        FieldProblem::NotAText => say!("not-a-text", bytes_max = HEADER_TEXT_BYTES_MAX),
        FieldProblem::TooManyRestrictions => say!("at-most-read", most = LIST_ITEMS_MAX),
        FieldProblem::TooManyAttachments => say!("attachments-most", most = ATTACHMENTS_PER_RECORD_MAX),
        FieldProblem::NotAFileName => say!("not-a-file-name", bytes_max = FILE_NAME_BYTES_MAX),
        FieldProblem::NotAFilesMediaType => say!("not-a-files-media-type"),
    };
    message.worded(problem.to_string())
}

/// Why a channel signs nothing now.
pub fn not_now(error: &NotNow) -> Message {
    let message = match error {
        NotNow::Waiting(partners) => say!("waiting-for-partners", partners = partners.len()),
        NotNow::Frozen(frozen) => {
            let why = match frozen {
                Frozen::Equivocation => say!("frozen-equivocation"),
                Frozen::ForeignHead => say!("frozen-foreign-head"),
            };
            say!("channel-frozen", why = why)
        }
    };
    message.worded(error.to_string())
}

/// Why a note, such as a log's signed head or a receipt, is refused.
pub fn note(error: NoteError) -> Message {
    match error {
        NoteError::TooLarge => say!("note-too-large"),
        NoteError::MalformedNote => say!("note-malformed"),
        NoteError::MalformedCheckpoint => say!("note-malformed-checkpoint"),
        NoteError::MalformedProof => say!("note-malformed-proof"),
        NoteError::MalformedKey => say!("note-malformed-key"),
        NoteError::MissingSignature => say!("note-missing-signature"),
        NoteError::UnknownSignature => say!("note-unknown-signature"),
        NoteError::InvalidSignature => say!("note-invalid-signature"),
        NoteError::BadTime => say!("note-bad-time"),
        NoteError::OtherCheckpoint => say!("note-other-checkpoint"),
        NoteError::NotIncluded => say!("note-not-included"),
    }
}

/// Why a ciphertext is not the record that its entry commits to.
pub fn opened(error: OpenError) -> Message {
    match error {
        OpenError::Sealed(DoesNotOpen) => say!("record-does-not-open"),
        OpenError::Layout(ReadError::Truncated { needed, left }) => {
            let problem = say!("bytes-end-early", needed = needed, left = left);
            say!("record-layout", problem = problem)
        }
        OpenError::Layout(ReadError::Trailing(count)) => {
            let problem = say!("bytes-follow", count = count);
            say!("record-layout", problem = problem)
        }
        OpenError::OtherCommitment => say!("record-other"),
    }
}

/// Why a file or the like could not be had, in the system's words in English.
pub fn io(error: &io::Error) -> Message {
    let message = match error.kind() {
        io::ErrorKind::NotFound => say!("io-not-found"),
        io::ErrorKind::PermissionDenied => say!("io-denied"),
        io::ErrorKind::AlreadyExists => say!("io-exists"),
        io::ErrorKind::IsADirectory => say!("io-is-a-folder"),
        io::ErrorKind::NotADirectory => say!("io-no-folder"),
        io::ErrorKind::StorageFull => say!("io-full"),
        io::ErrorKind::ReadOnlyFilesystem => say!("io-read-only"),
        _ => return Message::as_worded(error.to_string()),
    };
    message.worded(error.to_string())
}

/// What the store says.
pub fn store(error: &StoreError) -> Message {
    let message = match error {
        StoreError::InUse { dir } => say!("store-in-use", dir = %dir.display()),
        StoreError::Full { what } => say!("store-full", what = %what),
        StoreError::NewerSchema { path, found, known } => {
            say!("store-newer", path = %path.display(), found = %found, known = %known)
        }
        StoreError::WrongKey => say!("store-wrong-key"),
        StoreError::KeysMissing { dir } => say!("store-keys-missing", dir = %dir.display()),
        StoreError::Damaged { place, reason } => say!("store-damaged", place = place, reason = reason),
        StoreError::BlobDigest { blob, found } => say!("store-blob-wrong", blob = %blob, found = %found),
        StoreError::Busy => say!("store-busy"),
        // What else there is tells about the machine, and is for who runs it.
        other => return Message::as_worded(other.to_string()),
    };
    message.worded(error.to_string())
}

/// What another says, in a text of several lines.
pub(crate) fn lines(text: impl Display) -> Value {
    Lines(text.to_string()).into()
}

/// How what the reader of JSON says begins where the text is none.
const MALFORMED: [&str; 6] =
    ["EOF while parsing", "control character", "expected ", "invalid escape", "key must be a string", "trailing "];

/// What the reader of JSON or TOML says, which is the same whatever it reads: its most frequent sentences are known.
pub fn reader(problem: &str) -> Value {
    known_to_reader(problem).map_or_else(|| lines(problem), Value::from)
}

/// The same by itself; in English in the reader's words.
pub fn reader_message(problem: &str) -> Message {
    known_to_reader(problem).map_or_else(|| Message::as_worded(problem), |message| message.worded(problem))
}

fn known_to_reader(problem: &str) -> Option<Message> {
    let quoted = |rest: &str| rest.split_once('`').map(|(name, rest)| (name.to_owned(), rest.to_owned()));
    let expected = |rest: &str| rest.strip_prefix(", expected ").map(str::to_owned);
    {
        if let Some(rest) = problem.strip_prefix("missing field `") {
            return quoted(rest).map(|(field, _)| say!("json-missing-field", field = field));
        }
        if let Some(rest) = problem.strip_prefix("duplicate field `") {
            return quoted(rest).map(|(field, _)| say!("json-twice", field = field));
        }
        if let Some((field, rest)) = problem.strip_prefix("unknown field `").and_then(quoted) {
            return Some(say!("json-unknown-field", field = field, expected = expected(&rest)?));
        }
        if let Some((word, rest)) = problem.strip_prefix("unknown variant `").and_then(quoted) {
            return Some(say!("json-unknown-word", word = word, expected = expected(&rest)?));
        }
        if MALFORMED.iter().any(|start| problem.starts_with(start)) {
            return Some(say!("json-broken", problem = problem));
        }
        let (found, expected) = problem.strip_prefix("invalid type: ")?.split_once(", expected ")?;
        Some(say!("json-wrong-type", found = found, expected = expected))
    }
}

#[cfg(test)]
mod tests {
    use policy::Policy;
    use protocol::header::Header;
    use texts::Language;

    use super::*;

    fn arabic(message: &Message) -> String {
        message.in_language(Language::Ar).replace(['\u{2068}', '\u{2069}'], "")
    }

    #[test]
    fn what_notes_and_records_are_refused_for_has_texts_that_are_the_protocols_words_in_english() {
        use NoteError::{
            BadTime, InvalidSignature, MalformedCheckpoint, MalformedKey, MalformedNote, MalformedProof,
            MissingSignature, NotIncluded, OtherCheckpoint, TooLarge, UnknownSignature,
        };
        for error in [
            TooLarge,
            MalformedNote,
            MalformedCheckpoint,
            MalformedProof,
            MalformedKey,
            MissingSignature,
            UnknownSignature,
            InvalidSignature,
            BadTime,
            OtherCheckpoint,
            NotIncluded,
        ] {
            assert_eq!(note(error).to_string(), error.to_string());
            assert_ne!(arabic(&note(error)), error.to_string());
        }
        let short = OpenError::Layout(ReadError::Truncated { needed: 3, left: 1 });
        let long = OpenError::Layout(ReadError::Trailing(2));
        for error in [OpenError::Sealed(DoesNotOpen), short, long, OpenError::OtherCommitment] {
            assert_eq!(opened(error).to_string(), error.to_string());
        }
        assert_eq!(
            arabic(&opened(short)),
            "البايتات المفتوحة ليست سجلًّا: انتهت البايتات قبل أوانها: لزم منها ٣ ولم يبق إلا ١"
        );
    }

    #[test]
    fn a_refusal_is_said_in_the_readers_language_with_what_was_found() {
        let mut sentences = 0;
        for rule in policy::floor::RULES {
            for case in policy::case::of_rule(rule) {
                let agreement = case.agreement();
                let decided = Policy::compile(&agreement).unwrap().decide(&case.facts(&agreement));
                let Err(refusal) = decided.public else { continue };
                assert_eq!(reason(&refusal).to_string(), refusal.message.to_string(), "{}: {}", rule.id, case.name);
                for language in [Language::Ar, Language::Fa, Language::Tr, Language::Ur] {
                    let said = reason(&refusal).in_language(language).replace(['\u{2068}', '\u{2069}'], "");
                    assert!(said != refusal.message.to_string() && !said.contains('{'), "{said}");
                    let texts = refusal.message.values.iter().filter_map(|(_, value)| match value {
                        Given::Text(text) => Some(text),
                        _ => None,
                    });
                    for text in texts {
                        assert!(said.contains(text.as_str()), "{said} lacks {text}");
                    }
                }
                sentences += 1;
            }
        }
        assert!(sentences > 50, "{sentences}");
    }

    #[test]
    fn a_headers_faults_are_said_in_the_readers_language_and_in_english_as_the_protocol_says_them() {
        for (json, wanted) in [
            (r#"{"kind":"correspondence.note/1"}"#, "ينقص الحقل `media_type`"),
            (r#"{"kind":"correspondence.note/1","media_type":"a/b","x":1}"#, "الحقل `x` غير معروف"),
            (r#"{"kind":"correspondence.note/1","media_type":"a/b","urgency":"soon"}"#, "الكلمة `soon` غير معروفة"),
            (r#"{"kind":7,"media_type":"a/b"}"#, "النوع خاطئ"),
            (r#"{"kind":"note","media_type":"a/b"}"#, "ليس \"note\" نوعًا"),
            (r#"{"kind":"correspondence.note/1","media_type":"application/json"}"#, "ناقص: هو في كل سجل"),
        ] {
            let error = Header::parse(json.as_bytes()).unwrap_err();
            let message = header(&error);
            assert_eq!(message.to_string(), error.to_string());
            let said = arabic(&message);
            assert!(said.contains(wanted), "{said}");
        }
    }
}
