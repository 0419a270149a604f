//! What holds for every kind in the table.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;
use protocol::header::Header;

use crate::desk::Compartment;
use crate::kinds::{self, DESKS, Kind, find};
use crate::roles::Role;

/// The header under which a kind's example passes.
pub(crate) fn header_for(kind: &str) -> Header {
    Header::parse(find(kind).unwrap().header.as_bytes()).unwrap()
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
    let lines: BTreeSet<_> = kinds::all().map(|kind| format!("{}.{}", kind.desk(), kind.word())).collect();
    assert_eq!(folders, lines);
    assert_eq!(lines.len(), kinds::all().count(), "a kind stands in the table twice");
}

#[test]
fn a_kind_says_whether_it_acts_in_the_thread_of_another() {
    for kind in kinds::all() {
        let header = Header::parse(kind.header.as_bytes()).unwrap();
        let checked = kind.check(&header, kind.example.as_bytes()).unwrap();
        let opens = kinds::threads().any(|thread| thread.opened_by == kind.name);
        assert_eq!(kind.acts, (checked.act.is_some() && !opens) || kind.permits, "{}", kind.name);
    }
}

// spec: KIND-2
#[test]
fn every_example_passes_and_is_found_by_its_name() {
    for kind in kinds::all() {
        let header = header_for(kind.name);
        let checked = kind.check(&header, kind.example.as_bytes()).unwrap();
        assert_eq!(header.kind, kind.name, "testdata/header.json");
        assert!(!checked.title.is_empty());
        assert_eq!(checked.permission.is_some(), kind.permits, "{}", kind.name);
        assert_eq!(find(kind.name).map(|found| found.name), Some(kind.name));
        assert!(kind.help().contains(kind.summary));
        assert!(kind.version().parse::<u32>().is_ok(), "{} has no version", kind.name);
    }
    assert!(find("register.readout/2").is_none());
}

// spec: KIND-3
#[test]
fn an_unknown_field_is_refused_in_every_kind() {
    for kind in kinds::all() {
        let body = kind.example.replacen('{', "{\n  \"religion\": \"x\",", 1);
        let error = kind.check(&header_for(kind.name), body.as_bytes()).unwrap_err();
        assert_eq!((error.line, error.field.as_str()), (2, "religion"), "{}", kind.name);
        assert!(error.expected.to_string().starts_with("be left out"), "{error}");
    }
}

// spec: KIND-3
#[test]
fn a_missing_field_is_named_with_what_it_must_be() {
    for kind in kinds::all() {
        for field in kind.fields.iter().filter(|field| field.required) {
            let mut body: serde_json::Value = serde_json::from_str(kind.example).unwrap();
            body.as_object_mut().unwrap().remove(field.name);
            let error = kind.check(&header_for(kind.name), body.to_string().as_bytes()).unwrap_err();
            assert_eq!((error.line, error.column, error.field.as_str()), (1, 1, field.name));
            assert!(error.expected.to_string().contains(&field.shape.expected().to_string()), "{error}");
        }
    }
}

// spec: KIND-4
#[test]
fn the_header_must_state_the_media_type_of_the_kind() {
    for kind in kinds::all() {
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
    for kind in kinds::all() {
        let error = kind.check(&header_for(kind.name), &body).unwrap_err();
        assert!(error.expected.to_string().contains("at most"), "{error}");
    }
}

#[test]
fn a_desks_line_names_each_thing_once_and_its_examples_are_sent_for_its_purposes() {
    let names: BTreeSet<_> = DESKS.iter().map(|desk| desk.name).collect();
    assert_eq!(names.len(), DESKS.len());
    for desk in DESKS {
        for kind in desk.kinds {
            let purpose = header_for(kind.name).purpose.unwrap();
            // A step or a signature is sent for the purpose of its thread.
            let is_generic = matches!(desk.compartment, Compartment::OfThread);
            assert!(is_generic || desk.purposes.contains(&purpose.as_str()), "{}: {purpose}", kind.name);
        }
        let (Compartment::Open(roles) | Compartment::Closed(roles)) = desk.compartment else { continue };
        assert_eq!(roles.iter().collect::<BTreeSet<_>>().len(), roles.len(), "{} names a role twice", desk.name);
        assert!(!roles.contains(&Role::NodeAdmin), "{}: who runs the node reaches no content", desk.name);
        assert!(roles.contains(&Role::Auditor), "{}: the auditor reads everything", desk.name);
    }
}

#[test]
fn types_and_tables_of_fields_agree() {
    for kind in kinds::all() {
        kind.agreement().unwrap_or_else(|difference| panic!("{}: {difference}", kind.name));
    }
}

fn any_kind() -> impl Strategy<Value = &'static Kind> {
    (0..kinds::all().count()).prop_map(|i| kinds::all().nth(i).unwrap())
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

/// Which kinds can hold persons, written out once more beside their fields: a change is a decision. What is not listed here can.
const HOLDS_NOBODY: &[&str] =
    &["requests.progress/1", "contacts.roster/1", "contacts.test/1", "thread.step/1", "thread.signature/1"];

// spec: PROT-4
#[test]
fn a_kind_with_words_of_its_author_can_hold_persons() {
    for kind in kinds::all() {
        assert_eq!(!kind.holds_persons, HOLDS_NOBODY.contains(&kind.name), "{}", kind.name);
        let header: Header = serde_json::from_str(kind.header).unwrap();
        assert!(kind.holds_persons <= kinds::can_hold_persons(&header), "{}", kind.name);
        // A kind that holds nobody does so in its header.
        let bare = Header { author_office: None, necessity: None, attachments: Vec::new(), ..header };
        let bare = Header { subject_category: None, subject_count: None, ..bare };
        assert_eq!(kinds::can_hold_persons(&bare), kind.holds_persons, "{}", kind.name);
        assert!(kinds::can_hold_persons(&Header { necessity: Some("about somebody".into()), ..bare.clone() }));
        assert!(kinds::can_hold_persons(&Header { kind: "no_such.kind/1".into(), ..bare }));
    }
}
