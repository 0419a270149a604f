//! The exchange bench: two nodes of the shipped program on this machine, each with its own processes, folders and
//! durable writes, and the load on the API that an agency's programs use. Parsing counts in every figure.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    Report, Row, Target,
    http::Client,
    node::{Agency, Home, Node},
    quantile,
};
use crate::{host, workspace::Workspace};

/// Enough for rates to settle, and the size that the check's figure is given for.
const RECORDS: u64 = 1_000_000;
/// The most that one request may hold.
const LINES_A_REQUEST: u64 = 1_000;
/// Requests under way at a time: enough that the writer never waits for a caller.
const SENDERS: usize = 4;
/// Length of a record's body.
const BODY_BYTES: usize = 1024;
/// Records sent one by one, each waited for, on an idle machine.
const SINGLE_RECORDS: u64 = 500;
const BETWEEN_SINGLES_MS: u64 = 20;
/// Urgent records sent one by one while the main lane is loaded.
const URGENT_RECORDS: u64 = 300;
/// Different requests of the load beside them; they are sent again and again.
const LOAD_REQUESTS: u64 = 20;
const IDLE_S: u64 = 10;
/// Longest wait for two nodes to find each other, and without progress for receipts.
const PATIENCE_S: u64 = 60;
const POLL_MS: u64 = 50;

const CLAUSE: &str = "c1";
const KIND: &str = "correspondence.note/1";
pub(super) const PURPOSE: &str = "cooperation";
const LANGUAGE: &str = "en";
const JSON: &str = "application/json";
const NDJSON: &str = "application/x-ndjson";

/// Both nodes share this machine's cores, so a production pair is at least as fast. A bare loop without HTTP, TLS and
/// policy does 100,800 a second at 10.3 µs.
const RATE_TARGET: Target = Target::AtLeast(30_000.0);

/// Processor time of both nodes together.
const PROCESSOR_TARGET: Target = Target::AtMost(30.0);

/// Beside the disk's own time, five times over, for the three commits of a round trip.
const LATENCY_BESIDE_DISK_MS: f64 = 5.0;
const LATENCY_DISK_TIMES: f64 = 5.0;

/// Whoever is called at night must not notice that the other lane is busy.
const URGENT_TARGET: Target = Target::AtMost(100.0);

/// Checking must not take longer than reading the disk.
const CHECK_TARGET: Target = Target::AtLeast(200_000.0);

/// A node that does nothing must fit beside everything else on a small machine.
const IDLE_TARGET: Target = Target::AtMost(40.0);

/// Runs the bench. `--records N` loads fewer records, to see quickly whether it works.
///
/// # Errors
/// A sentence that says which step failed and what the node answered.
pub fn run(workspace: &Workspace, options: &[&str], report: &mut Report) -> Result<(), String> {
    let records = match options {
        [] => RECORDS,
        ["--records", count] => count.parse().map_err(|_| format!("--records takes a number, not {count}"))?,
        _ => return Err("the options of this bench are: --records N".to_owned()),
    };
    let records = records.next_multiple_of(LINES_A_REQUEST);
    let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let (homes, mut nodes) = start(&workspace.mithaq(), folder.path())?;
    let pair = Pair::introduce(&nodes)?;
    nodes.iter_mut().try_for_each(Node::issue_token)?;

    thread::sleep(Duration::from_secs(IDLE_S));
    report.row(&Row::against("memory of an idle node, empty", nodes[0].resident_mib()?, "MiB", IDLE_TARGET));

    load(&pair, &nodes, records, report)?;
    single(&pair, &nodes, report)?;
    urgent(&pair, &nodes, report)?;
    check(&nodes[1], records, report)?;

    drop(nodes);
    let started = host::now();
    let restarted = homes[0].serve()?;
    report.row(&Row::new("start of a node with these records", started.elapsed().as_secs_f64() * 1e3, "ms"));
    thread::sleep(Duration::from_secs(IDLE_S));
    let resident = restarted.resident_mib()?;
    report.row(&Row::against("memory of an idle node with these records", resident, "MiB", IDLE_TARGET));
    Ok(())
}

fn start(program: &Path, folder: &Path) -> Result<([Home; 2], [Node; 2]), String> {
    let homes = [
        Home::init(program, folder, &Agency { country: "XAA", name: "First agency" })?,
        Home::init(program, folder, &Agency { country: "XAB", name: "Second agency" })?,
    ];
    let nodes = [homes[0].serve()?, homes[1].serve()?];
    for (home, node) in homes.iter().zip(&nodes) {
        // Without an auditor's key a node exchanges nothing.
        node.connect_socket()?.json("POST", "/v1/auditors", JSON, &home.make_auditor()?)?;
    }
    Ok((homes, nodes))
}

/// Two nodes with a channel between them; the first one sends.
struct Pair {
    agencies: [String; 2],
    channel: String,
}

impl Pair {
    /// Cards are exchanged and confirmed, an agreement is signed by both, the channel opens.
    fn introduce(nodes: &[Node; 2]) -> Result<Self, String> {
        let mut clients = [nodes[0].connect_socket()?, nodes[1].connect_socket()?];
        let agencies = [own_agency(&mut clients[0])?, own_agency(&mut clients[1])?];
        for (here, there) in [(0, 1), (1, 0)] {
            let card = clients[there].bytes("GET", "/v1/card", JSON, b"")?;
            clients[here].json("POST", "/v1/peers", JSON, &card)?;
            trust(&mut clients[here], &agencies[there])?;
        }
        let agreement = agreement(&agencies);
        let draft = clients[0].json("POST", "/v1/agreements", JSON, agreement.as_bytes())?;
        let (hash, channel) = (text(&draft, "agreement")?, text(&draft, "channel")?);
        let (sign, bundle) = (format!("/v1/agreements/{hash}/sign"), format!("/v1/agreements/{hash}/bundle"));
        clients[0].json("POST", &sign, JSON, b"")?;
        let signed_once = clients[0].bytes("GET", &bundle, JSON, b"")?;
        clients[1].json("POST", "/v1/agreements/import", JSON, &signed_once)?;
        clients[1].json("POST", &sign, JSON, b"")?;
        let signed_twice = clients[1].bytes("GET", &bundle, JSON, b"")?;
        clients[0].json("POST", "/v1/agreements/import", JSON, &signed_twice)?;
        for client in &mut clients {
            wait_until(|| Ok(channel_state(client, &channel)?["state"] == "open"), "the channel does not open")?;
        }
        Ok(Self { agencies, channel })
    }

    /// How many entries the sender's main log has, and how many of them the receiver has countersigned.
    fn progress(&self, client: &mut Client) -> Result<(u64, u64), String> {
        let state = channel_state(client, &self.channel)?;
        let is_own = |log: &&Value| {
            log["origin"].as_str().is_some_and(|origin| origin.contains(&self.agencies[0]) && origin.ends_with("/main"))
        };
        let log = state["logs"].as_array().and_then(|logs| logs.iter().find(is_own));
        // Before the first record there is no log.
        let Some(log) = log else { return Ok((0, 0)) };
        let receipted = log["receipted"][&self.agencies[1]].as_u64().unwrap_or_default();
        Ok((log["size"].as_u64().unwrap_or_default(), receipted))
    }

    /// Waits until everything sent is delivered; gives up when nothing moves any more.
    fn wait_for_delivery(&self, client: &mut Client, at_least: u64) -> Result<(), String> {
        let (mut before, mut moved) = (0, host::now());
        loop {
            let (size, receipted) = self.progress(client)?;
            if size >= at_least && receipted >= size {
                return Ok(());
            }
            if receipted > before {
                (before, moved) = (receipted, host::now());
            }
            if moved.elapsed() > Duration::from_secs(PATIENCE_S) {
                return Err(format!("{receipted} of {size} entries were delivered, then nothing for {PATIENCE_S} s"));
            }
            thread::sleep(Duration::from_millis(POLL_MS));
        }
    }

    /// A line of a request to `POST /v1/records`; every number gives another record and thread.
    fn line(&self, number: u64, retain_until: &str) -> String {
        let subject = format!("Note {number:012}");
        let empty = json!({"subject": subject, "text": "", "language": LANGUAGE}).to_string();
        let filler = "abcdefgh ".repeat(BODY_BYTES / 9 + 1);
        // Text may not end in a space.
        let filler = filler.get(..BODY_BYTES.saturating_sub(empty.len() + 1)).unwrap_or_default();
        let body = json!({"subject": subject, "text": format!("{filler}."), "language": LANGUAGE}).to_string();
        let header = json!({
            "kind": KIND, "thread": format!("{:016x}{:016x}", spread(number), number), "clause": CLAUSE,
            "purpose": PURPOSE, "handling": ["H1"],
            "evaluation": {"source": "X", "info": "4"}, "retain_until": retain_until,
            "media_type": JSON,
        });
        let mut line = json!({"channel": self.channel, "header": header, "body": body}).to_string();
        line.push('\n');
        line
    }
}

/// Sends all records and waits for every receipt: rate and processor time a record.
fn load(pair: &Pair, nodes: &[Node; 2], records: u64, report: &mut Report) -> Result<(), String> {
    let retain_until = host::date_in_days(30);
    // Made before the clock starts: a caller's own work is not the nodes'.
    let requests: Vec<String> = (0..records)
        .step_by(usize::try_from(LINES_A_REQUEST).unwrap_or(usize::MAX))
        .map(|first| (first..first + LINES_A_REQUEST).map(|number| pair.line(number, &retain_until)).collect())
        .collect();
    let mut client = nodes[0].connect()?;
    let (size_before, _) = pair.progress(&mut client)?;
    let cpu_before = [nodes[0].cpu_us()?, nodes[1].cpu_us()?];
    let started = host::now();

    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let senders: Vec<_> =
            (0..SENDERS).map(|_| scope.spawn(|| send_requests(&nodes[0], &next, &requests))).collect();
        senders
            .into_iter()
            .try_for_each(|sender| sender.join().unwrap_or_else(|_| Err("a sender of the bench panicked".to_owned())))
    })?;
    report.row(&Row::new("recorded", per_second(records, started.elapsed()), "records/s"));
    pair.wait_for_delivery(&mut client, size_before + records)?;
    report.row(&Row::against("delivered", per_second(records, started.elapsed()), "records/s", RATE_TARGET));

    let mut both = 0.0;
    for (node, before, name) in
        [(0, cpu_before[0], "processor time, sender"), (1, cpu_before[1], "processor time, receiver")]
    {
        let spent = (nodes[node].cpu_us()? - before) / count(records);
        report.row(&Row::new(name, spent, "µs/record"));
        both += spent;
    }
    report.row(&Row::against("processor time, both", both, "µs/record", PROCESSOR_TARGET));
    Ok(())
}

/// One sender: takes the next request until all are sent.
fn send_requests(node: &Node, next: &AtomicUsize, requests: &[String]) -> Result<(), String> {
    let mut client = node.connect()?;
    while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
        let answer = client.bytes("POST", "/v1/records?wait=recorded", NDJSON, request.as_bytes())?;
        // Scanning text is enough to count, and leaves the processor to the nodes.
        let answer = String::from_utf8_lossy(&answer);
        let refused = answer.lines().find(|line| line.contains("\"error\""));
        if let Some(line) = refused {
            return Err(format!("a record was refused: {line}"));
        }
        let recorded = answer.lines().filter(|line| line.contains("\"ref\"")).count();
        if u64::try_from(recorded) != Ok(LINES_A_REQUEST) {
            return Err(format!("{LINES_A_REQUEST} records were sent, {recorded} were answered"));
        }
    }
    Ok(())
}

/// Sends records one at a time and waits for each receipt: the latency that an officer sees.
fn single(pair: &Pair, nodes: &[Node; 2], report: &mut Report) -> Result<(), String> {
    let retain_until = host::date_in_days(30);
    let mut client = nodes[0].connect()?;
    let mut times_ms = Vec::new();
    for number in 0..SINGLE_RECORDS {
        // Numbers that the load did not use.
        let line = pair.line(u64::MAX - number, &retain_until);
        let started = host::now();
        let path = format!("/v1/records?wait=delivered&timeout_s={PATIENCE_S}");
        let answer = client.json("POST", &path, NDJSON, line.as_bytes())?;
        times_ms.push(started.elapsed().as_secs_f64() * 1e3);
        if answer["state"] != "delivered" {
            return Err(format!("a single record was not delivered: {answer}"));
        }
        thread::sleep(Duration::from_millis(BETWEEN_SINGLES_MS));
    }
    times_ms.sort_by(f64::total_cmp);
    let disk_ms = report.fdatasync_p50_us() / 1e3;
    let target = Target::AtMost(LATENCY_DISK_TIMES * disk_ms + LATENCY_BESIDE_DISK_MS);
    report.row(&Row::new("one record, sent to receipted, p50", quantile(&times_ms, 0.5), "ms"));
    report.row(&Row::against("one record, sent to receipted, p99", quantile(&times_ms, 0.99), "ms", target));
    Ok(())
}

/// Sends urgent records one at a time, each waited for, while the main lane is loaded without a pause.
fn urgent(pair: &Pair, nodes: &[Node; 2], report: &mut Report) -> Result<(), String> {
    let retain_until = host::date_in_days(30);
    let load: Vec<String> = (0..LOAD_REQUESTS)
        .map(|request| {
            let first = u64::MAX / 2 + request * LINES_A_REQUEST;
            (first..first + LINES_A_REQUEST).map(|number| pair.line(number, &retain_until)).collect()
        })
        .collect();
    let done = AtomicBool::new(false);
    let mut times_ms = thread::scope(|scope| {
        let load_until_done = || -> Result<(), String> {
            let mut client = nodes[0].connect()?;
            for request in load.iter().cycle().take_while(|_| !done.load(Ordering::Relaxed)) {
                client.bytes("POST", "/v1/records?wait=recorded", NDJSON, request.as_bytes())?;
            }
            Ok(())
        };
        let senders: Vec<_> = (0..SENDERS).map(|_| scope.spawn(load_until_done)).collect();
        let times = urgent_times(pair, &nodes[0], &retain_until);
        done.store(true, Ordering::Relaxed);
        for sender in senders {
            sender.join().unwrap_or_else(|_| Err("a sender of the bench panicked".to_owned()))?;
        }
        times
    })?;
    times_ms.sort_by(f64::total_cmp);
    report.row(&Row::new("urgent record while bulk flows, p50", quantile(&times_ms, 0.5), "ms"));
    let p99 = quantile(&times_ms, 0.99);
    report.row(&Row::against("urgent record while bulk flows, sent to receipted, p99", p99, "ms", URGENT_TARGET));
    pair.wait_for_delivery(&mut nodes[0].connect()?, 0)
}

fn urgent_times(pair: &Pair, node: &Node, retain_until: &str) -> Result<Vec<f64>, String> {
    let mut client = node.connect()?;
    let mut times_ms = Vec::new();
    for number in 0..URGENT_RECORDS {
        let line = pair.line(u64::MAX / 4 + number, retain_until).replacen('{', r#"{"lane":"urgent","#, 1);
        let started = host::now();
        let path = format!("/v1/records?wait=delivered&timeout_s={PATIENCE_S}");
        let answer = client.json("POST", &path, NDJSON, line.as_bytes())?;
        times_ms.push(started.elapsed().as_secs_f64() * 1e3);
        if answer["state"] != "delivered" {
            return Err(format!("an urgent record was not delivered: {answer}"));
        }
        thread::sleep(Duration::from_millis(BETWEEN_SINGLES_MS));
    }
    Ok(times_ms)
}

/// Checks everything that the receiver holds.
fn check(node: &Node, records: u64, report: &mut Report) -> Result<(), String> {
    let started = host::now();
    let answer = node.connect_socket()?.json("POST", "/v1/check", JSON, b"")?;
    let elapsed = started.elapsed();
    let entries = answer["entries"].as_u64().unwrap_or_default();
    if answer["ok"] != true || entries < records {
        return Err(format!("the receiver's check does not pass over {records} records: {answer}"));
    }
    let rate = per_second(entries, elapsed);
    report.row(&Row::against("check of the receiver's store", rate, "entries/s", CHECK_TARGET));
    Ok(())
}

/// An agreement under which both parties may send notes, in the one spelling that can be signed.
fn agreement(agencies: &[String; 2]) -> String {
    let [first, second] = agencies;
    let (from, until) = (host::date_in_days(-1), host::date_in_days(365));
    format!(
        concat!(
            r#"{{"mithaq":"agreement/1","version":1,"previous":null,"title":{{"en":"Exchange bench"}},"#,
            r#""text":{{"en":"The parties exchange notes to measure how fast they can."}},"parties":["#,
            r#"{{"agency":"{first}","label":"XAA","names":{{"en":"First agency"}}}},"#,
            r#"{{"agency":"{second}","label":"XAB","names":{{"en":"Second agency"}}}}],"#,
            r#""valid_from":"{from}","valid_until":"{until}","late_days":30,"lanes":{{"urgent":{{"records_per_hour_max":3600,"#,
            r#""record_bytes_max":65536}}}},"clauses":[{{"id":"{clause}","#,
            r#""purpose":"{purpose}","kinds":["{kind}"],"authors":["XAA","XAB"],"offences":[],"#,
            r#""subject_categories":[],"handling":["H1"],"deadlines":{{"receipt_within_hours":null,"#,
            r#""acknowledge_hours":null,"answer_hours":null,"urgent_answer_hours":null,"feedback_hours":null}},"#,
            r#""retention_days_max":60,"onward":"none","approvals":[],"records_per_day_max":null,"#,
            r#""text":{{"en":"Either party may send notes."}}}}]}}"#,
        ),
        first = first,
        second = second,
        from = from,
        until = until,
        clause = CLAUSE,
        purpose = PURPOSE,
        kind = KIND,
    )
}

fn own_agency(client: &mut Client) -> Result<String, String> {
    text(&client.json("GET", "/v1/status", JSON, b"")?, "agency")
}

/// Confirms the other's fingerprint, as two officers who compare it would.
fn trust(client: &mut Client, agency: &str) -> Result<(), String> {
    let peers = client.json("GET", "/v1/peers", JSON, b"")?;
    let peer = peers["peers"].as_array().and_then(|peers| peers.iter().find(|peer| peer["agency"] == agency));
    let peer = peer.ok_or_else(|| format!("the node does not list the card it was given: {peers}"))?;
    let confirmation = json!({"fingerprint": text(peer, "fingerprint")?}).to_string();
    client.json("POST", &format!("/v1/peers/{agency}/confirm"), JSON, confirmation.as_bytes())?;
    Ok(())
}

fn channel_state(client: &mut Client, channel: &str) -> Result<Value, String> {
    client.json("GET", &format!("/v1/channels/{channel}"), JSON, b"")
}

fn wait_until(mut done: impl FnMut() -> Result<bool, String>, otherwise: &str) -> Result<(), String> {
    let started = host::now();
    while !done()? {
        if started.elapsed() > Duration::from_secs(PATIENCE_S) {
            return Err(format!("{otherwise} within {PATIENCE_S} s"));
        }
        thread::sleep(Duration::from_millis(POLL_MS));
    }
    Ok(())
}

fn text(value: &Value, field: &str) -> Result<String, String> {
    value[field].as_str().map(str::to_owned).ok_or_else(|| format!("no text `{field}` in {value}"))
}

/// Spreads consecutive numbers over all 64-bit values (the finaliser of SplitMix64), as random threads would be.
fn spread(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn per_second(records: u64, elapsed: Duration) -> f64 {
    count(records) / elapsed.as_secs_f64()
}

/// Counts of a bench are far below 2^52, so nothing is lost.
fn count(records: u64) -> f64 {
    records as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_carries_a_body_of_the_measured_size_and_its_own_thread() {
        let pair = Pair { agencies: ["a".repeat(64), "b".repeat(64)], channel: "c".repeat(64) };
        let line = |number| serde_json::from_str::<Value>(&pair.line(number, "2027-01-01")).unwrap();
        assert_eq!(line(0)["body"].as_str().unwrap().len(), BODY_BYTES);
        assert_eq!(line(u64::MAX)["header"]["thread"].as_str().unwrap().len(), 32);
        assert_ne!(line(1)["header"]["thread"], line(2)["header"]["thread"]);
        assert!(pair.line(1, "2027-01-01").ends_with("}\n"));
        let agreement: Value = serde_json::from_str(&agreement(&pair.agencies)).unwrap();
        assert_eq!(agreement["clauses"][0]["kinds"][0], KIND);
    }
}
