use crate::kinds::{Record, find};
use crate::tests::header_for;

use super::Note;

// spec: KIND-20
#[test]
fn a_note_keeps_to_its_limits() {
    let kind = find(Note::NAME).unwrap();
    let check = |subject: &str, text: &str, language: &str| {
        let body = serde_json::json!({"subject": subject, "text": text, "language": language}).to_string();
        kind.check(&header_for(Note::NAME), body.as_bytes()).map_err(|error| error.field)
    };
    assert_eq!(check("موضوع", "سطر\nسطر", "ar").unwrap().title, "موضوع");
    assert!(check(&"s".repeat(200), &"t".repeat(20_000), "ur").is_ok());
    for (subject, text, language, field) in [
        ("", "t", "en", "subject"),
        (&*"s".repeat(201), "t", "en", "subject"),
        ("two\nlines", "t", "en", "subject"),
        ("s", "", "en", "text"),
        ("s", &*"t".repeat(20_001), "en", "text"),
        ("s", "t", "de", "language"),
    ] {
        assert_eq!(check(subject, text, language).unwrap_err(), field);
    }
}
