//! What `send` refuses before anything leaves, and what names no record.

use crate::program::{DONE, Desk, NOT_FOUND, USAGE};

const NOTE: &str = r#"{"subject":"Agenda","text":"As agreed.","language":"en"}"#;

#[test]
fn mistakes_in_a_body_are_named_with_their_place() {
    let desk = Desk::with_node();
    let send = |kind: &str, body: &str| {
        desk.run(&["send", "a", "PASS", "--channel", "00", "--clause", "c1", "--kind", kind, body, "--json"])
    };
    desk.write("note.json", NOTE);
    let unknown = send("correspondence.poem/1", "note.json");
    assert_eq!(unknown.code, USAGE);
    assert!(unknown.error().1.contains("correspondence.note/1"), "{}", unknown.out);

    desk.write("note.toml", "subject = \"Agenda\"\ntext = \"As agreed.\"\nlanguage = \"en\"\ncolour = \"red\"\n");
    let field = send("correspondence.note/1", "note.toml");
    assert_eq!(field.code, USAGE);
    assert!(field.error().1.starts_with("note.toml:4:1: colour"), "{}", field.out);

    assert_eq!(send("correspondence.note/1", "none.json").code, NOT_FOUND);
    // The body is good, so the channel is asked for.
    assert_eq!(send("correspondence.note/1", "note.json").code, NOT_FOUND);
}

#[test]
fn kinds_explain_themselves() {
    let desk = Desk::new();
    let help = desk.run(&["send", "--help-kinds"]);
    assert_eq!(help.code, DONE);
    assert!(help.out.contains("register.readout/1") && help.out.contains("Example:"));
    let kinds = desk.run(&["kinds", "--json"]);
    assert!(kinds.json().as_array().is_some_and(|kinds| !kinds.is_empty()));
    assert_eq!(desk.run(&["kinds", "no.kind/1"]).code, USAGE);
    assert_eq!(desk.run(&["send"]).code, USAGE);
}

#[test]
fn what_is_not_there_is_not_found() {
    let desk = Desk::with_node();
    let record = format!("{}/{}/1/main/7", "1".repeat(64), "2".repeat(64));
    assert_eq!(desk.run(&["record", "show", "a", &record, "PASS"]).code, NOT_FOUND);
    for more in ["--yes", "--dry-run", "--here-only"] {
        assert_eq!(desk.run(&["erase", "a", &record, "PASS", more]).code, NOT_FOUND);
    }
    assert_eq!(desk.run(&["evidence", "a", &record, "-o", "x.mithaq", "PASS"]).code, NOT_FOUND);
    assert!(!desk.path("x.mithaq").exists(), "no file without evidence");
    assert_eq!(desk.run(&["record", "show", "a", "7", "PASS"]).code, USAGE);
    let listed = desk.run(&["records", "a", "PASS"]);
    assert_eq!((listed.code, listed.out.as_str()), (DONE, ""));
}

#[test]
fn ready_lines_pass_through_with_an_answer_each() {
    let desk = Desk::with_node();
    assert_eq!(desk.run(&["auditor", "new", "auditor.key", "--unsealed"]).code, DONE);
    assert_eq!(desk.run(&["auditor", "add", "a", "auditor.key.pub", "PASS"]).code, DONE);
    let line = format!(r#"{{"id":"x","channel":"{}","header":{{}},"body":""}}"#, "1".repeat(64));
    let sent = desk.run_with_input(&["send", "a", "PASS", "--ndjson", "-"], &format!("{line}\n{line}\n"));
    assert_eq!(sent.code, NOT_FOUND, "{}", sent.err);
    let answers: Vec<&str> = sent.out.lines().collect();
    assert_eq!(answers.len(), 2);
    assert!(answers[0].contains("\"id\":\"x\"") && answers[0].contains("not_found"), "{}", answers[0]);
}
