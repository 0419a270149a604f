//! What people are told in their own language, and programs in English.

use std::{
    io::Write,
    process::{Command, Stdio},
};

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
    // The entries of the audit log are others: what was written lies in the database, and no longer beside it.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let node = node::Node::open(&desk.path("a"), b"correct horse battery staple").unwrap();
        node.store().scrub().unwrap();
    });
    drop(runtime);
    let database = desk.path("a/mithaq.db");
    let mut bytes = std::fs::read(&database).unwrap();
    let needle = b"\"act\":\"";
    let found: Vec<usize> =
        bytes.windows(needle.len()).enumerate().filter(|(_, found)| found == needle).map(|(at, _)| at).collect();
    assert!(!found.is_empty(), "there are entries");
    found.into_iter().for_each(|at| bytes[at + needle.len()] ^= 1);
    std::fs::write(&database, &bytes).unwrap();
    let found = check(ARABIC, &[]);
    assert_eq!(found.code, DOES_NOT_VERIFY, "{}{}", found.out, found.err);
    let said = plain(&found.out);
    assert!(said.contains("  دفتر التدقيق: غُيّر القيد "), "{said}");
    let english = check("en_GB.UTF-8", &[]);
    assert!(english.out.contains("  audit log: entry "), "{}", english.out);
    // What programs read depends on nobody's language.
    let program = check(ARABIC, &["--json"]);
    let report: serde_json::Value = serde_json::from_str(program.out.lines().next().unwrap()).unwrap();
    let problem = report["problems"][0].as_str().unwrap();
    assert!(problem.starts_with("audit log: entry "), "{problem}");
}

#[test]
fn whoever_waits_and_whoever_is_asked_for_a_passphrase_is_spoken_to_in_their_language() {
    let desk = Desk::with_node();
    // What is typed is wrong, so the command ends without the node.
    let line = format!("timeout --foreground 20 {} check a", env!("CARGO_BIN_EXE_mithaq"));
    let mut script = Command::new("script");
    script.args(["--quiet", "--command", &line, "typescript"]).env("LC_ALL", ARABIC).current_dir(desk.folder.path());
    let Ok(mut played) = script.stdin(Stdio::piped()).stdout(Stdio::null()).spawn() else {
        println!("skipped: pty: a terminal is played by `script` of util-linux");
        return;
    };
    played.stdin.take().unwrap().write_all(b"wrong\n").unwrap();
    played.wait().unwrap();
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

#[test]
fn why_a_card_is_refused_is_said_in_the_readers_language() {
    let desk = Desk::with_node();
    assert_eq!(desk.init("b").code, DONE);
    assert_eq!(desk.run(&["card", "export", "b", "b.card", "PASS"]).code, DONE);
    // One character of a signature is another one.
    let card = std::fs::read_to_string(desk.path("b.card")).unwrap();
    let at = card.rfind("\"ed25519\":\"").unwrap() + 20;
    let other = if card[at..].starts_with('A') { "B" } else { "A" };
    desk.write("changed.card", &format!("{}{other}{}", &card[..at], &card[at + 1..]));
    let add = |locale: &str| desk.run_in(locale, &["peer", "add", "a", "changed.card", "PASS"]);
    let english = add("C");
    assert_eq!((english.code, english.err.contains("signature of card 1 is not valid")), (DOES_NOT_VERIFY, true));
    let arabic = plain(&add(ARABIC).err);
    assert!(arabic.contains("على البطاقة 1 غير صحيح"), "{arabic}");
}
