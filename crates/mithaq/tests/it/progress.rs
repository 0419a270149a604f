//! Progress is drawn on a terminal, and nowhere else.

use std::process::Command;

use serde_json::json;

use crate::{
    fake::{self, Answer},
    program::{DONE, Desk},
};

const LINES: usize = 2_500;
const ESCAPE: char = '\u{1b}';

/// A node that takes everything, and a file of lines for it.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("lines", &"{\"body\":\"made up\"}\n".repeat(LINES));
    desk.write("attached", "made up");
    fake::node(&desk.path("a"), |asked| {
        let (body, content_type) = match asked {
            "POST /v1/check?progress=true" => (
                format!(
                    "{}\n{}\n",
                    json!({ "entries": 40, "of": 90 }),
                    json!({
                        "ok": true, "entries": 90, "opened": 90, "batches": 3, "audited": 3, "receipts": 3, "problems": [],
                        "seconds": 0.5,
                    })
                ),
                "application/x-ndjson",
            ),
            asked if asked.starts_with("GET /v1/evidence/") => ("evidence".into(), "application/octet-stream"),
            asked if asked.contains("/attachments/") => ("a file".into(), "application/pdf"),
            _ => (
                format!("{}\n", json!({ "state": "recorded", "ref": { "log": "a/1/main", "index": 0 } })),
                "application/x-ndjson",
            ),
        };
        Answer { status: 200, content_type, body }
    });
    desk
}

/// Commands that take long, and what each counts: named in the line, and with the time left.
fn commands() -> [(String, [&'static str; 2]); 4] {
    let record = format!("{id}/{id}/1/main", id = "3".repeat(64));
    let sha256 = "3".repeat(64);
    [
        ("send a --ndjson lines".into(), ["sending [", " of 46.39 KiB, "]),
        ("check a".into(), ["checking [", "40 of 90, "]),
        (format!("evidence a {record}/7 {record}/8 --into evidence"), ["evidence [", " of 2 "]),
        (format!("attachment get a {record}/7 {sha256} -o fetched.pdf"), ["fetched.pdf [", " of 6 B, "]),
    ]
}

#[test]
fn progress_shows_on_a_terminal_and_never_in_the_output() {
    for (command, wanted) in commands() {
        let Some((terminal, out)) = on_a_terminal(&desk(), "C", &command) else {
            println!("skipped: pty: a terminal is played by `script` of util-linux");
            return;
        };
        for text in wanted {
            assert!(terminal.contains(text), "{command} shows `{text}`: {terminal:?}");
        }
        assert!(terminal.contains(ESCAPE), "{command} takes its line away: {terminal:?}");
        let plain = desk().run(&command.split(' ').collect::<Vec<_>>());
        assert_eq!(out, plain.out, "{command} prints the same beside a terminal");
        assert!(!out.is_empty() && !out.contains([ESCAPE, '\r']), "{command}: {out:?}");
        assert_eq!((plain.code, plain.err.as_str()), (DONE, ""), "{command} draws nothing where nobody watches");

        let (terminal, _) = on_a_terminal(&desk(), "C", &format!("{command} --json")).unwrap();
        assert!(!terminal.contains(ESCAPE) && !terminal.contains(wanted[0]), "{command} --json: {terminal:?}");
    }
}

#[test]
fn who_watches_is_told_in_their_language() {
    let Some((terminal, _)) = on_a_terminal(&desk(), "ar_SA.UTF-8", "check a") else {
        println!("skipped: pty: a terminal is played by `script` of util-linux");
        return;
    };
    let terminal = terminal.replace(['\u{2068}', '\u{2069}'], "");
    assert!(terminal.contains("يجري الفحص [") && terminal.contains("٤٠ من ٩٠، والباقي "), "{terminal:?}");
}

/// What a command writes to a terminal on standard error, and to a file on standard output. Nothing if no terminal can
/// be played here.
fn on_a_terminal(desk: &Desk, locale: &str, command: &str) -> Option<(String, String)> {
    let line = format!("{} {command} > out", env!("CARGO_BIN_EXE_mithaq"));
    let played = Command::new("script")
        .args(["--quiet", "--return", "--command", &line, "typescript"])
        .env("TERM", "xterm")
        .env("LC_ALL", locale)
        .current_dir(desk.folder.path())
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .status();
    let status = played.ok()?;
    let read = |name: &str| String::from_utf8(std::fs::read(desk.path(name)).unwrap()).unwrap();
    assert!(status.success(), "{command}: {}", read("typescript"));
    // The first and the last line are written by `script` itself.
    let terminal = read("typescript").lines().filter(|line| !line.starts_with("Script ")).collect();
    Some((terminal, read("out")))
}
