//! What people are told in their own language, and programs in English.

use std::process::Command;

use crate::program::{DOES_NOT_VERIFY, DONE, Desk};

const ARABIC: &str = "ar_SA.UTF-8";

/// Without the marks that keep values in their places.
fn plain(text: &str) -> String {
    text.replace(['\u{2068}', '\u{2069}'], "")
}

#[test]
fn what_a_check_finds_is_said_to_people_in_their_language() {
    let desk = Desk::with_node();
    let added = ["person", "add", "a", "--name", "Made-up Layla", "--role", "auditor", "PASS", "--json"];
    assert_eq!(desk.run(&added).code, DONE);
    let check = |locale: &str, more: &[&str]| desk.run_in(locale, &[&["check", "a", "PASS"], more].concat());
    let sound = check(ARABIC, &[]);
    assert_eq!((sound.code, sound.err.as_str()), (DONE, ""), "{}", sound.out);
    // An entry of the audit log is another one.
    let database = desk.path("a/mithaq.db");
    let mut bytes = std::fs::read(&database).unwrap();
    let needle = b"\"act\":\"";
    let at = bytes.windows(needle.len()).rposition(|found| found == needle).expect("it is there") + needle.len();
    bytes[at] ^= 1;
    std::fs::write(&database, &bytes).unwrap();
    let found = check(ARABIC, &[]);
    assert_eq!(found.code, DOES_NOT_VERIFY, "{}{}", found.out, found.err);
    let said = plain(&found.out);
    assert!(said.contains("  دفتر التدقيق: غُيّر القيد "), "{said}");
    let english = check("en_GB.UTF-8", &[]);
    assert!(english.out.contains("  audit log: entry "), "{}", english.out);
    // What programs read depends on nobody's language.
    let program = check(ARABIC, &["--json"]);
    let problem = program.json()["problems"][0].as_str().unwrap().to_owned();
    assert!(problem.starts_with("audit log: entry "), "{problem}");
}

#[test]
fn whoever_waits_and_whoever_is_asked_for_a_passphrase_is_spoken_to_in_their_language() {
    let desk = Desk::with_node();
    // Nothing is typed, so the command ends without the node.
    let line = format!("{} check a < /dev/null", env!("CARGO_BIN_EXE_mithaq"));
    let mut script = Command::new("script");
    script.args(["--quiet", "--command", &line, "typescript"]).env("LC_ALL", ARABIC).current_dir(desk.folder.path());
    let Ok(_) = script.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null()).status() else {
        println!("skipped: pty: a terminal is played by `script` of util-linux");
        return;
    };
    let terminal = plain(&std::fs::read_to_string(desk.path("typescript")).unwrap());
    assert!(terminal.contains("عبارة المرور الخاصة بـ a: "), "{terminal:?}");
}

#[test]
fn what_a_kind_holds_is_said_in_the_readers_language_and_its_names_stay() {
    let desk = Desk::new();
    let shown = |locale: &str, more: &[&str]| {
        let shown = desk.run_in(locale, &[&["kinds", "correspondence.note/1"], more].concat());
        assert_eq!(shown.code, DONE, "{}", shown.err);
        shown
    };
    let arabic = plain(&shown(ARABIC, &[]).out);
    assert!(arabic.starts_with("correspondence.note/1\n  ") && arabic.contains("\nالحقول:\n"), "{arabic}");
    let field = "\n  subject: سطر واحد كما سيظهر في القوائم. يجب أن يكون سطرًا واحدًا من النص، ";
    assert!(arabic.contains(field), "{arabic}");
    let english = shown("C", &[]);
    assert!(english.out.contains("\n\nFields:\n  ") && english.out.contains(". Must be one line of text, "));
    let example = |text: &str| text[text.rfind("\n{").unwrap()..].to_owned();
    assert_eq!(example(&arabic), example(&english.out), "the example is the same");
    assert_eq!(shown(ARABIC, &["--json"]).json()["help"], english.out, "programs are told in English");
}
