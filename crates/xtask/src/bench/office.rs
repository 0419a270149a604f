//! The office bench: what people and the programs that they start wait for. First contact from two empty folders, commands of the
//! command line, drafts, and the memory of a node in which very many requests are open.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    Report, Row, Target,
    exchange::{self, JSON, LINES_A_REQUEST, PURPOSES, pair, rates, records, threads},
    http::Client,
    node::Node,
    quantile,
};
use crate::{host, run, workspace::Workspace};

/// Open requests, as a busy point of contact has them after some years.
const REQUESTS: u64 = 100_000;
/// What an office asks its node in an hour: one thing a second.
const HOUR_OF_WORK: u64 = 3_600;
/// Drafts that wait for a releaser.
const PENDING: usize = 1_000;
/// Times that a command is run, and that a list is asked for.
const REPETITIONS: usize = 60;

const COMMANDS_TARGET: Target = Target::AtMost(8.0);
const CONTACT_TARGET: Target = Target::AtMost(3.0);
const COMMAND_TARGET: Target = Target::AtMost(30.0);
const DRAFT_TARGET: Target = Target::AtMost(10.0);
const MEMORY_TARGET: Target = Target::AtMost(120.0);

/// Runs the bench. `--requests N` opens fewer.
///
/// # Errors
/// Which step failed, and what the program said.
pub fn run(workspace: &Workspace, options: &[&str], report: &mut Report) -> Result<(), String> {
    let requests = match options {
        [] => REQUESTS,
        ["--requests", count] => count.parse().map_err(|_| format!("--requests takes a number, not {count}"))?,
        _ => return Err("the options of this bench are: --requests N".to_owned()),
    };
    let requests = requests.next_multiple_of(LINES_A_REQUEST);
    let program = workspace.program("mithaq");
    first_contact(&program, report)?;

    let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let (homes, mut nodes) = exchange::start(&program, folder.path())?;
    let agencies = pair::introduce(&nodes)?;
    let notes = pair::Channel::open(&nodes, &agencies, &records::notes_agreement())?;
    let asked = pair::Channel::open(&nodes, &agencies, &records::requests_agreement())?;
    commands(&program, homes[1].folder(), report)?;
    drafts(&nodes[0], &notes.id, report)?;
    nodes.iter_mut().try_for_each(Node::issue_token)?;
    rates::approved(&asked, &nodes, requests, &workspace.program("mithaq-simulator"), report)?;
    threads::ask(&nodes, requests, report)?;
    hour_of_work(&nodes[1], requests)?;
    let resident = nodes[1].resident_mib()?;
    report.row(&Row::against("memory with these open requests after an hour of work", resident, "MiB", MEMORY_TARGET));
    Ok(())
}

/// One side of the first contact: its process is killed when this is dropped.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        // A node must bear being killed at any moment; that it ended is all that matters here.
        let _ = self.0.kill().and_then(|()| self.0.wait());
    }
}

/// The commands of two people who meet, as they would type them; their time is the machine's alone.
struct Meeting<'a> {
    program: &'a Path,
    folder: &'a Path,
    commands: u32,
}

impl Meeting<'_> {
    fn command(&mut self, words: &[&str]) -> Command {
        self.commands += 1;
        let mut command = Command::new(self.program);
        command.current_dir(self.folder).args(words).stdin(Stdio::null());
        command
    }

    fn run(&mut self, words: &[&str]) -> Result<Value, String> {
        answered(self.command(words))
    }

    fn serve(&mut self, name: &str) -> Result<Serving, String> {
        let mut command = self.command(&["serve", name, "--passphrase-file", "pass"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map(Serving).map_err(|error| format!("mithaq serve can't be run: {error}"))
    }
}

fn answered(mut command: Command) -> Result<Value, String> {
    let done = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if !done.status.success() {
        return Err(format!("{command:?}: {}{}", text(&done.stdout), text(&done.stderr)));
    }
    serde_json::from_slice(&done.stdout).map_err(|error| format!("{command:?} printed no JSON: {error}"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// From two empty folders to the first delivered record.
fn first_contact(program: &Path, report: &mut Report) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let write_error = |error: std::io::Error| format!("{}: {error}", folder.path().display());
    for (name, content) in [("pass", "a passphrase for a bench\n"), ("readout.json", READOUT)] {
        let file = folder.path().join(name);
        fs::write(&file, content).map_err(write_error)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).map_err(write_error)?;
    }
    let ports = [free_port()?, free_port()?].map(|port| format!("127.0.0.1:{port}"));
    let addresses = ports.clone().map(|port| format!("https://{port}"));
    let started = host::now();
    let mut meeting = Meeting { program, folder: folder.path(), commands: 0 };
    meeting.run(&["auditor", "new", "aud.key", "--passphrase-file", "pass", "--json"])?;
    let mut fingerprints = Vec::new();
    for (name, (country, peer)) in ["a", "b"].iter().zip(["XAA", "XAB"].iter().zip(&ports)) {
        let made = meeting.run(&[
            "init",
            name,
            "--name",
            "en=Agency (made up)",
            "--country",
            country,
            "--body",
            "police",
            "--peer",
            peer,
            "--api",
            "127.0.0.1:0",
            "--passphrase-file",
            "pass",
            "--json",
        ])?;
        fingerprints.push(made["fingerprint"].as_str().unwrap_or_default().to_owned());
    }
    let _serving = [meeting.serve("a")?, meeting.serve("b")?];
    let common = ["--auditor", "aud.key.pub", "--timeout", "60", "--json"];
    let to_b = ["pair", "a", &addresses[1], "--template", "--fingerprint", &fingerprints[1]];
    let to_a = ["pair", "b", &addresses[0], "--sign", "--fingerprint", &fingerprints[0]];
    let pairs = [to_b, to_a].map(|words| meeting.command(&[&words[..], &common].concat()));
    let paired = thread::scope(|scope| {
        let both = pairs.map(|command| scope.spawn(|| answered(command)));
        both.map(|one| one.join().unwrap_or_else(|_| Err("a pairing panicked".to_owned())))
    });
    paired.into_iter().collect::<Result<Vec<_>, _>>()?;
    let send = [
        "send",
        "a",
        "--clause",
        "c1",
        "--kind",
        "register.readout/1",
        "readout.json",
        "--wait",
        "delivered",
        "--json",
    ];
    meeting.run(&send)?;
    let seconds = started.elapsed().as_secs_f64();
    report.row(&Row::against(
        "commands, two empty folders to first delivered",
        meeting.commands.into(),
        "",
        COMMANDS_TARGET,
    ));
    report.row(&Row::against("the same, seconds of machine time", seconds, "s", CONTACT_TARGET));
    Ok(())
}

const READOUT: &str = include_str!("../../../desks/src/register/readout/testdata/example.json");

fn free_port() -> Result<u16, String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(|error| format!("no free port: {error}"))
}

/// Commands on a running node, each a process from its start to its end.
fn commands(program: &Path, folder: &Path, report: &mut Report) -> Result<(), String> {
    let folder = folder.to_str().ok_or("the folder's name is no text")?;
    for words in [
        vec!["me", folder],
        vec!["threads", "list", folder],
        vec!["records", folder],
        vec!["agreement", "list", folder],
    ] {
        let mut times = Vec::new();
        for _ in 0..REPETITIONS {
            let mut command = Command::new(program);
            command.args(&words).stdin(Stdio::null());
            let started = host::now();
            let (ok, said) = run::quiet(command).map_err(|error| format!("{words:?}: {error}"))?;
            times.push(started.elapsed().as_secs_f64() * 1e3);
            if !ok {
                return Err(format!("{words:?}: {said}"));
            }
        }
        times.sort_by(f64::total_cmp);
        let name = format!(
            "command `{}`, p50",
            words.iter().filter(|word| **word != folder).copied().collect::<Vec<_>>().join(" ")
        );
        report.row(&Row::against(name, quantile(&times, 0.5), "ms", COMMAND_TARGET));
    }
    Ok(())
}

/// A person with a token.
struct Person {
    id: String,
    client: Client,
}

impl Person {
    fn new(node: &Node, name: &str, role: &str) -> Result<Self, String> {
        let mut socket = node.connect_socket()?;
        let mut post = |path: &str, body: Value| socket.json("POST", path, JSON, body.to_string().as_bytes());
        let about = json!({ "name": name, "roles": [role], "purposes": PURPOSES, "offices": ["Desk"] });
        let id = post("/v1/people", about)?["id"].as_str().unwrap_or_default().to_owned();
        let new = json!({ "name": name, "person": id, "role": role, "purposes": PURPOSES, "office": "Desk" });
        let made = post("/v1/tokens", new)?;
        let client = node.connect_as(made["token"].as_str().unwrap_or_default())?;
        Ok(Self { id, client })
    }

    fn ask(&mut self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.client.json(method, path, JSON, body.as_bytes())
    }
}

/// Drafts are begun, saved and handed over, and whoever is to release them lists what waits.
fn drafts(node: &Node, channel: &str, report: &mut Report) -> Result<(), String> {
    let mut author = Person::new(node, "Author (made up)", "case_officer")?;
    let mut releaser = Person::new(node, "Releaser (made up)", "release_authority")?;
    let mut saves = Vec::new();
    for number in 0..PENDING {
        let what = |text: &str| {
            let body = json!({ "subject": format!("Draft {number}"), "text": text, "language": "en" });
            json!({ "channel": channel, "clause": "notes", "kind": "correspondence.note/1", "body": body })
        };
        let begun = author.ask("POST", "/v1/drafts", &what("As it is begun."))?;
        let path = format!("/v1/drafts/{}", begun["id"].as_str().unwrap_or_default());
        let revision = &begun["revision"];
        let save =
            json!({ "revision": revision, "draft": what("As it is saved a few seconds later, with more words.") });
        let started = host::now();
        author.ask("PUT", &path, &save)?;
        saves.push(started.elapsed().as_secs_f64() * 1e3);
        let whole = author.ask("GET", &path, &Value::Null)?;
        let hand_over = json!({ "digest": whole["prepared"]["digest"], "with": { "person": releaser.id } });
        author.ask("POST", &format!("{path}/hand-over"), &hand_over)?;
    }
    // A page is what a screen shows; whoever wants the whole queue asks for all of its pages.
    let (mut pages, mut queues) = (Vec::new(), Vec::new());
    for _ in 0..REPETITIONS {
        let started = host::now();
        releaser.ask("GET", "/v1/drafts?waiting=true", &Value::Null)?;
        pages.push(started.elapsed().as_secs_f64() * 1e3);
        let started = host::now();
        let (mut found, mut next) = (0, String::new());
        loop {
            let path = format!("/v1/drafts?waiting=true&limit=200{next}");
            let listed = releaser.ask("GET", &path, &Value::Null)?;
            found += listed["drafts"].as_array().map_or(0, Vec::len);
            let Some(cursor) = listed["next"].as_str() else { break };
            next = format!("&cursor={cursor}");
        }
        queues.push(started.elapsed().as_secs_f64() * 1e3);
        if found != PENDING {
            return Err(format!("{found} of {PENDING} drafts wait"));
        }
    }
    let figures = [
        ("draft saved, p99", saves),
        ("page of 50 of 1,000 pending drafts, p99", pages),
        ("all of 1,000 pending drafts, in pages of 200, p99", queues),
    ];
    for (name, mut times) in figures {
        times.sort_by(f64::total_cmp);
        report.row(&Row::against(name, quantile(&times, 0.99), "ms", DRAFT_TARGET));
    }
    Ok(())
}

/// What an office asks in an hour, one after the other without the pauses: lists, threads, words.
fn hour_of_work(node: &Node, requests: u64) -> Result<(), String> {
    let mut client = node.connect()?;
    let listed = client.json("GET", "/v1/threads?limit=50", JSON, b"")?;
    let names: Vec<&str> =
        listed["threads"].as_array().into_iter().flatten().filter_map(|line| line["thread"].as_str()).collect();
    for number in 0..HOUR_OF_WORK {
        let thread = usize::try_from(number).ok().and_then(|number| names.get(number % names.len().max(1)));
        let path = match number % 4 {
            0 => "/v1/threads?limit=50".to_owned(),
            1 => format!("/v1/threads/{}", thread.copied().unwrap_or_default()),
            2 => format!("/v1/search?q={}", records::word_of_request(number * 7_919 % requests.max(1))),
            _ => "/v1/records?limit=50".to_owned(),
        };
        client.bytes("GET", &path, JSON, b"")?;
    }
    // What was freed is given back within seconds.
    thread::sleep(Duration::from_secs(10));
    Ok(())
}
