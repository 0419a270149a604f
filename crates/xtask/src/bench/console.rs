//! The console bench: how long people wait for a page, how much comes over the wire, and what many of them at once cost.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    Report, Row, Target,
    exchange::{self, JSON, LINES_A_REQUEST, PURPOSES, pair, rates, records, threads},
    http::Client,
    node::Node,
    paint, quantile,
};
use crate::{host, workspace::Workspace};

/// Open requests, as a busy point of contact has them after some years.
const REQUESTS: u64 = 100_000;
/// Records of a long thread.
const THREAD_RECORDS: u64 = 200;
/// Times that a page is asked for.
const REPETITIONS: usize = 100;
/// People whose pages are open.
const PEOPLE: usize = 200;
/// How long their node is watched.
const WATCHED_S: u64 = 10;
/// Notes of the other side that open pages are told of.
const ACTS: usize = 40;
/// Browsers that are started to see when they first paint.
const BROWSERS: usize = 7;
const FORM: &str = "application/x-www-form-urlencoded";

/// Runs the bench. `--requests N` opens fewer.
///
/// # Errors
/// Which step failed, and what the program said.
pub fn run(workspace: &Workspace, options: &[&str], report: &mut Report) -> Result<(), String> {
    let requests: u64 = match options {
        [] => REQUESTS,
        ["--requests", count] => count.parse().map_err(|_| format!("--requests takes a number, not {count}"))?,
        _ => return Err("the options of this bench are: --requests N".to_owned()),
    };
    let requests = requests.next_multiple_of(LINES_A_REQUEST);
    let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let (_homes, mut nodes) = exchange::start(&workspace.program("mithaq"), folder.path())?;
    let agencies = pair::introduce(&nodes)?;
    let notes = pair::Channel::open(&nodes, &agencies, &records::notes_agreement())?;
    let asked = pair::Channel::open(&nodes, &agencies, &records::requests_agreement())?;
    let cookie = enter(&nodes[1], "Reader (made up)")?;
    nodes[1].browse(&cookie)?.bytes("GET", "/inbox", JSON, b"")?;
    // What opening the keys took goes back once nothing happens.
    thread::sleep(Duration::from_secs(WATCHED_S));
    report.row(&Row::against("memory idle, with console", nodes[1].resident_mib()?, "MiB", Target::AtMost(45.0)));
    nodes.iter_mut().try_for_each(Node::issue_token)?;
    rates::approved(&asked, &nodes, requests, &workspace.program("mithaq-simulator"), report)?;

    let word = records::word_of_request(requests / 2);
    let long = long_thread(&nodes[0], &asked, requests / 2)?;
    // People come to a node that is at rest: not while it reads the words of all that just came.
    threads::wait_until_read(&nodes, requests)?;
    let thread_page = first_thread(&nodes[1], &cookie)?;
    for (name, path, bounds) in [
        ("inbox", "/inbox".to_owned(), [Some(5.0), Some(15.0)]),
        ("thread of one request", thread_page, [None, None]),
        ("thread of 200 records", long, [None, Some(20.0)]),
        ("letters beside them", "/correspondence".to_owned(), [None, None]),
        ("search", format!("/search?q={word}"), [None, Some(50.0)]),
    ] {
        let mut times = Vec::new();
        let mut client = nodes[1].browse(&cookie)?;
        // The first reader of all waits until titles are read.
        client.bytes("GET", &path, JSON, b"")?;
        for _ in 0..REPETITIONS {
            let started = host::now();
            client.bytes("GET", &path, JSON, b"")?;
            times.push(started.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        for (share, word, bound) in [(0.5, "p50", bounds[0]), (0.99, "p99", bounds[1])] {
            let (name, value) = (format!("{name}, {word}"), quantile(&times, share));
            report.row(&match bound {
                Some(bound) => Row::against(name, value, "ms", Target::AtMost(bound)),
                None => Row::new(name, value, "ms"),
            });
        }
    }
    sizes(&nodes[1], &cookie, report)?;
    first_paint(&nodes[1], &cookie, report)?;
    arrivals(&nodes, &notes, &cookie, report)?;
    many(&nodes[1], report)
}

/// Makes a person of a node known and lets them in as a visitor. Gives back the cookie.
fn enter(node: &Node, name: &str) -> Result<String, String> {
    let mut socket = node.connect_socket()?;
    let about = json!({ "name": name, "roles": ["case_officer"], "purposes": PURPOSES, "offices": ["Desk"] });
    let known: Value = socket.json("POST", "/v1/people", JSON, about.to_string().as_bytes())?;
    let person = known["id"].as_str().unwrap_or_default();
    let link = socket.json("POST", &format!("/v1/people/{person}/visit"), JSON, b"")?;
    let form = format!("link={}", link["link"].as_str().unwrap_or_default());
    let answer = node.browse("")?.send("POST", "/visit", FORM, form.as_bytes())?;
    answer.cookie.ok_or_else(|| format!("a visitor is not let in: {}", answer.status))
}

/// Fills the thread of a request. Gives back its page.
fn long_thread(node: &Node, channel: &pair::Channel, request: u64) -> Result<String, String> {
    let lines = records::Records::new(&channel.id);
    let notes = (1..THREAD_RECORDS).map(|number| lines.note_beside(request, 20_000_000 + number));
    let notes: String = notes.collect();
    node.connect()?.bytes("POST", "/v1/records?wait=delivered", "application/x-ndjson", notes.as_bytes())?;
    Ok(format!("/threads/{}?channel={}&lane=main", records::thread_of(request), channel.id))
}

/// The page of the thread that stands first in the inbox.
fn first_thread(node: &Node, cookie: &str) -> Result<String, String> {
    let mut plain = Client::connect(node.api(), None)?.with_cookie(cookie);
    let text = String::from_utf8_lossy(&plain.bytes("GET", "/inbox", JSON, b"")?).into_owned();
    let found = text.split('"').find(|part| part.starts_with("/threads/")).ok_or("the inbox lists no thread")?;
    Ok(found.replace("&#38;", "&").replace("&amp;", "&"))
}

/// What a browser gets, packed, without fonts.
fn sizes(node: &Node, cookie: &str, report: &mut Report) -> Result<(), String> {
    let mut client = node.browse(cookie)?;
    let page = client.bytes("GET", "/inbox", JSON, b"")?.len();
    let mut plain = Client::connect(node.api(), None)?.with_cookie(cookie);
    let text = String::from_utf8_lossy(&plain.bytes("GET", "/inbox", JSON, b"")?).into_owned();
    let mut named: Vec<&str> = text.split('"').filter(|part| part.starts_with("/assets/")).collect();
    named.iter_mut().for_each(|name| *name = name.split('#').next().unwrap_or(name));
    named.sort_unstable();
    named.dedup();
    let mut assets = 0;
    for name in named {
        assets += client.bytes("GET", name, JSON, b"")?.len();
    }
    let kb = |bytes: usize| bytes as f64 / 1e3;
    report.row(&Row::against("first load, packed, without fonts", kb(page + assets), "kB", Target::AtMost(60.0)));
    report.row(&Row::against("later page, packed", kb(page), "kB", Target::AtMost(15.0)));
    Ok(())
}

/// The inbox in browsers that were just started.
fn first_paint(node: &Node, cookie: &str, report: &mut Report) -> Result<(), String> {
    let mut times = Vec::new();
    for _ in 0..BROWSERS {
        let Some(ms) = paint::first(node.api(), cookie, "/inbox")? else {
            report.note("first paint is not measured: there is no chromedriver");
            return Ok(());
        };
        times.push(ms);
    }
    times.sort_by(f64::total_cmp);
    report.row(&Row::against(
        "first paint of the inbox, cold, p50",
        quantile(&times, 0.5),
        "ms",
        Target::AtMost(300.0),
    ));
    Ok(())
}

/// From the other side's act to the page that shows it.
fn arrivals(nodes: &[Node; 2], channel: &pair::Channel, cookie: &str, report: &mut Report) -> Result<(), String> {
    let mut next = nodes[1].browse(cookie)?.events("/live")?;
    let (told, heard) = mpsc::channel::<Instant>();
    thread::spawn(move || {
        while let Ok(line) = next() {
            if line == "event: moved" && told.send(host::now()).is_err() {
                return;
            }
        }
    });
    let (mut sender, mut reader) = (nodes[0].connect()?, nodes[1].browse(cookie)?);
    let line = records::Records::new(&channel.id);
    let mut times = Vec::new();
    for number in 0..ACTS {
        thread::sleep(Duration::from_millis(100));
        while heard.try_recv().is_ok() {}
        let started = host::now();
        let note = line.note(10_000_000 + number as u64);
        sender.bytes("POST", "/v1/records", "application/x-ndjson", note.as_bytes())?;
        heard.recv_timeout(Duration::from_secs(10)).map_err(|_| "an open page was not told of a note".to_owned())?;
        reader.bytes("GET", "/correspondence", JSON, b"")?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    report.row(&Row::against(
        "act of the other side to this screen, p99",
        quantile(&times, 0.99),
        "ms",
        Target::AtMost(300.0),
    ));
    Ok(())
}

/// Many people whose pages are open, and who do nothing.
fn many(node: &Node, report: &mut Report) -> Result<(), String> {
    let before = node.resident_mib()?;
    let mut open = Vec::new();
    for number in 0..PEOPLE {
        let cookie = enter(node, &format!("Officer {number} (made up)"))?;
        node.browse(&cookie)?.bytes("GET", "/inbox", JSON, b"")?;
        let mut next = node.browse(&cookie)?.events("/live")?;
        next()?;
        open.push(next);
    }
    let grown_kb = (node.resident_mib()? - before).max(0.0) * 1024.0 * 1024.0 / 1e3 / PEOPLE as f64;
    report.row(&Row::against("memory of a session with an open page", grown_kb, "kB", Target::AtMost(100.0)));
    thread::sleep(Duration::from_secs(2));
    let cpu = node.cpu_us()?;
    thread::sleep(Duration::from_secs(WATCHED_S));
    let share = (node.cpu_us()? - cpu) / (WATCHED_S as f64 * 1e6) * 100.0;
    report.row(&Row::against("processor time of 200 idle open pages", share, "% of a core", Target::AtMost(1.0)));
    drop(open);
    Ok(())
}
