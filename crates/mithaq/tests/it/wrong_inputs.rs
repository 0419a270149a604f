//! What people do wrong, and what they are told: a table of commands and requests, run against real nodes in two languages.

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::{
    program::{DONE, Desk},
    two::Two,
};

#[derive(Serialize, Deserialize)]
struct Table {
    wrong: Vec<Wrong>,
}

/// A wrong input and what comes of it. `{channel}` and the like stand for what differs from run to run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct Wrong {
    /// The arguments of a command, or a request: `GET /v1/records/7`, with its body behind an empty line.
    #[serde(flatten)]
    input: Input,
    /// The exit code or the status.
    code: i32,
    /// What English readers are told.
    en: String,
    /// What Arabic readers are told.
    ar: String,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Input {
    Run(String),
    Ask(String),
}

#[test]
fn whoever_does_something_wrong_is_told_what_in_their_language() {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/wrong_inputs.toml");
    let table: Table = toml::from_str(&std::fs::read_to_string(table).unwrap()).unwrap();
    assert!(table.wrong.len() >= 130, "{}", table.wrong.len());
    let two = Two::start();
    let words = prepare(&two);
    let now: Vec<Wrong> = table.wrong.iter().map(|wrong| told(&two, &words, &wrong.input)).collect();
    let differs = now.iter().zip(&table.wrong).filter(|(now, table)| now != table).count();
    // What is said now, to be looked at and taken over.
    let written = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wrong_inputs.toml");
    std::fs::write(&written, toml::to_string(&Table { wrong: now }).unwrap()).unwrap();
    assert_eq!(differs, 0, "compare crates/mithaq/tests/it/wrong_inputs.toml with {}", written.display());
}

/// What the table's words in braces stand for in this run, and files that are wrong in some way.
fn prepare(two: &Two) -> Vec<(&'static str, String)> {
    let desk = &two.desk;
    desk.write("junk", "not what it should be\n");
    desk.write("empty", "");
    desk.write("short", "abc\n");
    desk.write("open", "four quiet words here\n");
    std::fs::set_permissions(desk.path("open"), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    desk.write("binary", "");
    std::fs::write(desk.path("binary"), [0xff, 0xfe, 0x00]).unwrap();
    desk.write("note.json", r#"{"language":"en","subject":"A made-up note","text":"None."}"#);
    desk.write("unfit.json", r#"{"language":"en","subject":"A made-up note","words":"None."}"#);
    desk.write("draft.toml", "title = 7\n");
    desk.write("entry.toml", "states = \"XAB\"\n");
    desk.write("header.json", r#"{"urgency":"soon"}"#);
    for (arguments, file) in [
        (&["officer", "new", "officer.key", "PASS"][..], "officer.key"),
        (&["card", "export", "a", "a.card"], "a.card"),
        (&["card", "export", "b", "b.card"], "b.card"),
    ] {
        let done = desk.run(arguments);
        assert_eq!((done.code, desk.path(file).exists()), (DONE, true), "{arguments:?} {}", done.err);
    }
    let fingerprint = |card: &str| {
        let digits = desk.run(&["card", "fingerprint", card]);
        digits
            .out
            .split_whitespace()
            .filter(|word| word.len() == 5 && word.bytes().all(|b| b.is_ascii_digit()))
            .collect::<Vec<_>>()
            .join(" ")
    };
    vec![
        ("channel", two.channel.clone()),
        ("digits_a", fingerprint("a")),
        ("digits_b", fingerprint("b")),
        ("a", two.a.id.clone()),
        ("b", two.b.id.clone()),
        ("folder", desk.folder.path().display().to_string()),
        ("vectors", crate::program::vector("").display().to_string()),
    ]
}

fn told(two: &Two, words: &[(&'static str, String)], input: &Input) -> Wrong {
    let filled =
        |text: &str| words.iter().fold(text.to_owned(), |text, (word, is)| text.replace(&format!("{{{word}}}"), is));
    let named = |text: String| words.iter().fold(text, |text, (word, is)| text.replace(is, &format!("{{{word}}}")));
    let [(code, en), (other, ar)] = ["en_GB.UTF-8", "ar_SA.UTF-8"].map(|locale| match input {
        Input::Run(arguments) => run(&two.desk, locale, &filled(arguments)),
        Input::Ask(request) => ask(&two.a.dir, locale, &filled(request)),
    });
    let ar = if code == other { ar } else { format!("{other}: {ar}") };
    Wrong { input: input.clone(), code, en: named(en), ar: named(ar) }
}

/// Exit code and text of a command. Arguments with spaces stand in quotes.
fn run(desk: &Desk, locale: &str, line: &str) -> (i32, String) {
    let quoted = line.split('"').enumerate();
    let arguments: Vec<&str> = quoted
        .flat_map(|(number, part)| match number % 2 {
            0 => part.split_whitespace().collect(),
            _ => vec![part],
        })
        .collect();
    let done = desk.run_in(locale, &arguments);
    let said = done.err.lines().find_map(|line| line.strip_prefix("mithaq: ")).unwrap_or(&done.err);
    let more = done.err.lines().filter_map(|line| line.strip_prefix("  | ")).map(|line| format!("\n{line}"));
    (done.code, format!("{said}{}", more.collect::<String>()))
}

/// Status and detail of the answer to a request over the node's socket.
fn ask(dir: &Path, locale: &str, request: &str) -> (i32, String) {
    let language = &locale[..2];
    let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
    let (line, fields) = head.split_once('\n').unwrap_or((head, ""));
    let fields: String = fields.lines().map(|field| format!("{field}\r\n")).collect();
    let json = if fields.contains("content-type") { "" } else { "content-type: application/json\r\n" };
    let request = format!(
        "{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\naccept-language: {language}\r\n{json}{fields}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut socket = UnixStream::connect(dir.join("mithaq.sock")).unwrap();
    socket.write_all(request.as_bytes()).unwrap();
    // A request that is taken against the table's word may have an answer that never ends.
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer);
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok()).unwrap();
    let document = body.find('{').and_then(|start| body.rfind('}').map(|end| &body[start..=end])).unwrap_or_default();
    let problem: serde_json::Value = serde_json::from_str(document).unwrap_or_default();
    let of_line = &problem["error"]["message"];
    let detail = problem["detail"].as_str().or(of_line.as_str()).unwrap_or(body);
    if status >= 400 {
        assert!(head.to_lowercase().contains(&format!("content-language: {language}")), "{head}");
    }
    (status, detail.to_owned())
}
