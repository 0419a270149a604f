//! What holds for every kind in the table.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;
use protocol::header::Header;
use serde::de::DeserializeOwned;

use crate::correspondence::{file::File, note::Note};
use crate::fields::{self, FurtherUse, GradedStatement, INFORMATION, Language, Person, SOURCES};
use crate::kinds::{KINDS, Kind, Record, find};
use crate::register::readout::*;
use crate::requests::{
    Access, Ground, Use,
    clarification::{self, Clarification},
    feedback::Feedback,
    permission::{self, Permission},
    permission_request::PermissionRequest,
    progress::{self, Progress},
    refusal::Refusal,
    reply::{Outcome, Reply},
    request::Request,
    spontaneous::Spontaneous,
};
use crate::shape::{Field, Shape};

/// A header that passes for `kind`: with an attachment, without persons.
pub(crate) fn header_for(kind: &str) -> Header {
    let json = serde_json::json!({
        "kind": kind,
        "thread": "00112233445566778899aabbccddeeff",
        "clause": "c1",
        "purpose": "register",
        "handling": ["H1", "H2"],
        "urgency": "normal",
        "retain_until": "2027-01-31",
        "media_type": "application/json",
        "attachments": [{"sha256": "ab".repeat(32), "size": 3, "name": "a.txt", "media_type": "text/plain"}],
    });
    Header::parse(json.to_string().as_bytes()).unwrap()
}

// spec: KIND-1
#[test]
fn a_folder_with_a_record_is_a_line_in_the_table_and_the_other_way_round() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = BTreeSet::new();
    for desk in source.read_dir().unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
        for kind in desk.path().read_dir().unwrap().map(Result::unwrap) {
            if kind.path().join("record.rs").is_file() {
                assert!(kind.path().join("README.md").is_file(), "{:?} has no README.md", kind.path());
                let name = |entry: &std::fs::DirEntry| entry.file_name().into_string().unwrap();
                folders.insert(format!("{}.{}", name(&desk), name(&kind)));
            }
        }
    }
    let lines: BTreeSet<_> = KINDS.iter().map(|kind| format!("{}.{}", kind.desk(), kind.word())).collect();
    assert_eq!(folders, lines);
    assert_eq!(lines.len(), KINDS.len(), "a kind stands in the table twice");
}

// spec: KIND-2
#[test]
fn every_example_passes_and_is_found_by_its_name() {
    for kind in KINDS {
        let checked = kind.check(&header_for(kind.name), kind.example.as_bytes()).unwrap();
        assert!(!checked.title.is_empty());
        assert_eq!(find(kind.name).map(|found| found.name), Some(kind.name));
        assert!(kind.help().contains(kind.summary));
        assert!(kind.version().parse::<u32>().is_ok(), "{} has no version", kind.name);
    }
    assert!(find("register.readout/2").is_none());
}

// spec: KIND-3
#[test]
fn an_unknown_field_is_refused_in_every_kind() {
    for kind in KINDS {
        let body = kind.example.replacen('{', "{\n  \"religion\": \"x\",", 1);
        let error = kind.check(&header_for(kind.name), body.as_bytes()).unwrap_err();
        assert_eq!((error.line, error.field.as_str()), (2, "religion"), "{}", kind.name);
        assert!(error.expected.starts_with("be left out"), "{error}");
    }
}

// spec: KIND-3
#[test]
fn a_missing_field_is_named_with_what_it_must_be() {
    for kind in KINDS {
        for field in kind.fields.iter().filter(|field| field.required) {
            let mut body: serde_json::Value = serde_json::from_str(kind.example).unwrap();
            body.as_object_mut().unwrap().remove(field.name);
            let error = kind.check(&header_for(kind.name), body.to_string().as_bytes()).unwrap_err();
            assert_eq!((error.line, error.column, error.field.as_str()), (1, 1, field.name));
            assert!(error.expected.contains(&field.shape.expected()), "{error}");
        }
    }
}

// spec: KIND-4
#[test]
fn the_header_must_state_the_media_type_of_the_kind() {
    for kind in KINDS {
        let mut header = header_for(kind.name);
        header.media_type = "text/plain".into();
        let error = kind.check(&header, kind.example.as_bytes()).unwrap_err();
        assert_eq!((error.line, error.to_string().as_str()), (0, "header.media_type must be application/json"));
    }
}

// spec: KIND-5
#[test]
fn json_that_readers_treat_differently_is_refused() {
    let note = find("correspondence.note/1").unwrap();
    let cases = [
        (&b"{\"subject\": \"a\",\n \"subject\": \"b\", \"text\": \"t\", \"language\": \"en\"}"[..], 2, "subject"),
        (b"{\"subject\": 1.5, \"text\": \"t\", \"language\": \"en\"}", 1, "subject"),
        (b"{\"subject\": -1, \"text\": \"t\", \"language\": \"en\"}", 1, "subject"),
        (b"{\"subject\": null, \"text\": \"t\", \"language\": \"en\"}", 1, "subject"),
        (b"[]", 1, ""),
        (b"", 1, ""),
        (b"{} {}", 1, ""),
        (b"{\n  \"subject\" \"a\"}", 2, ""),
        (b"\xff{}", 1, ""),
        (b"{\"subject\": [[[[[[[[[[1]]]]]]]]]]}", 1, "subject[0][0][0][0][0][0][0][0]"),
    ];
    for (body, line, field) in cases {
        let error = note.check(&header_for(note.name), body).unwrap_err();
        assert_eq!((error.line, error.field.as_str()), (line, field), "{error}");
    }
}

// spec: KIND-6
#[test]
fn a_body_beyond_the_limit_is_refused_before_it_is_read() {
    let body = vec![b' '; crate::limits::BODY_BYTES_MAX + 1];
    for kind in KINDS {
        let error = kind.check(&header_for(kind.name), &body).unwrap_err();
        assert!(error.expected.contains("at most"), "{error}");
    }
}

/// The table of fields is what is checked, the type is what is used: they must say the same. Serde names the fields of
/// a type, in order, when it meets an unknown one.
#[test]
fn types_and_tables_of_fields_agree() {
    fields_agree::<Note>(Note::FIELDS);
    fields_agree::<File>(File::FIELDS);
    fields_agree::<Readout>(Readout::FIELDS);
    fields_agree::<OfficePresent>(inner(Readout::FIELDS, "offices"));
    fields_agree::<Topic>(inner(Readout::FIELDS, "topic"));
    fields_agree::<Corroboration>(inner(Readout::FIELDS, "corroboration"));
    fields_agree::<Flag>(inner(Readout::FIELDS, "flag"));
    fields_agree::<Request>(Request::FIELDS);
    fields_agree::<Reply>(Reply::FIELDS);
    fields_agree::<Refusal>(Refusal::FIELDS);
    fields_agree::<Clarification>(Clarification::FIELDS);
    fields_agree::<Feedback>(Feedback::FIELDS);
    fields_agree::<Spontaneous>(Spontaneous::FIELDS);
    fields_agree::<Progress>(Progress::FIELDS);
    fields_agree::<PermissionRequest>(PermissionRequest::FIELDS);
    fields_agree::<Permission>(Permission::FIELDS);
    fields_agree::<Person>(inner(Request::FIELDS, "person"));
    fields_agree::<GradedStatement>(inner(Reply::FIELDS, "statement"));
}

#[test]
fn types_and_lists_of_words_agree() {
    words_agree::<Language>(Language::WORDS);
    words_agree::<Mechanism>(Mechanism::WORDS);
    words_agree::<Status>(Status::WORDS);
    words_agree::<Scope>(Scope::WORDS);
    words_agree::<Track>(Track::WORDS);
    words_agree::<Format>(Format::WORDS);
    words_agree::<Basis>(Basis::WORDS);
    words_agree::<Precision>(Precision::WORDS);
    words_agree::<Confidence>(Confidence::WORDS);
    words_agree::<OfficeRole>(OfficeRole::WORDS);
    words_agree::<protocol::header::Source>(SOURCES);
    words_agree::<protocol::header::Information>(INFORMATION);
    words_agree::<Access>(Access::WORDS);
    words_agree::<Use>(Use::WORDS);
    words_agree::<fields::Basis>(fields::Basis::WORDS);
    words_agree::<Ground>(Ground::WORDS);
    words_agree::<Outcome>(Outcome::WORDS);
    words_agree::<FurtherUse>(FurtherUse::WORDS);
    words_agree::<permission::Decision>(permission::Decision::WORDS);
    words_agree::<clarification::Step>(clarification::Step::WORDS);
    words_agree::<progress::Step>(progress::Step::WORDS);
}

fn inner(fields: &'static [Field], name: &str) -> &'static [Field] {
    match fields.iter().find(|field| field.name == name).unwrap().shape {
        Shape::Tables(inner, ..) => inner,
        shape => panic!("{name} is {shape:?}"),
    }
}

fn fields_agree<T: DeserializeOwned>(fields: &[Field]) {
    let names: Vec<_> = fields.iter().map(|field| field.name).collect();
    assert_eq!(named_by_serde::<T>(r#"{"?": 0}"#), names);
}

fn words_agree<T: DeserializeOwned>(words: &[&str]) {
    assert_eq!(named_by_serde::<T>(r#""?""#), words);
}

/// What stands between backquotes in serde's complaint about `?`, without the `?`.
fn named_by_serde<T: DeserializeOwned>(json: &str) -> Vec<String> {
    let message = serde_json::from_str::<T>(json).err().unwrap().to_string();
    message.split('`').skip(1).step_by(2).filter(|name| *name != "?").map(str::to_owned).collect()
}

fn any_kind() -> impl Strategy<Value = &'static Kind> {
    (0..KINDS.len()).prop_map(|i| &KINDS[i])
}

proptest! {
    // spec: KIND-2
    #[test]
    fn check_is_total(kind in any_kind(), bytes: Vec<u8>) {
        prop_assert!(kind.check(&header_for(kind.name), &bytes).is_err());
        if let Ok(text) = str::from_utf8(&bytes) {
            let _ = kind.drafts_from_toml(text);
        }
    }

    /// Damage in one place of a good body gives a good body or an error that points into it.
    #[test]
    fn an_error_points_into_the_body(kind in any_kind(), at: prop::sample::Index, with: char) {
        let mut chars: Vec<char> = kind.example.chars().collect();
        let at = at.index(chars.len());
        chars[at] = with;
        let body: String = chars.into_iter().collect();
        if let Err(error) = kind.check(&header_for(kind.name), body.as_bytes()) {
            let line = body.split('\n').nth(usize::try_from(error.line).unwrap() - 1).unwrap();
            prop_assert!(usize::try_from(error.column).unwrap() <= line.chars().count() + 1, "{}", error);
        }
    }
}
