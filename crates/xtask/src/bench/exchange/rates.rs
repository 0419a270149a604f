//! Records as fast as they go: how many a second, and what each costs in processor time.

use std::{
    fs::File,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use super::{LINES_A_REQUEST, NDJSON, SENDERS, pair::Channel, records::Records};
use crate::{
    bench::{Report, Row, Target, node::Node},
    host, run,
};

/// Both nodes share this machine's cores, so a production pair is at least as fast. A bare loop without HTTP, TLS and
/// policy does 100,800 a second at 10.3 µs.
const ALIKE_TARGET: Target = Target::AtLeast(30_000.0);

/// Processor time of both nodes together.
const PROCESSOR_TARGET: Target = Target::AtMost(30.0);

/// A decision that is not remembered is taken by Cedar, at both ends.
const UNLIKE_TARGET: Target = Target::AtLeast(10_000.0);

/// Two signatures are verified at each end, and a thread opens.
const APPROVED_TARGET: Target = Target::AtLeast(4_000.0);

/// Notes that are alike in what policy reads: nearly every decision is a remembered one.
pub fn alike(channel: &Channel, nodes: &[Node; 2], count: u64, report: &mut Report) -> Result<(), String> {
    let records = Records::new(&channel.id);
    let requests = requests(0..count, |number| records.note(number));
    let rates = send(channel, nodes, &requests)?;
    report.row(&Row::new("recorded", rates.recorded, "records/s"));
    report.row(&Row::against("delivered", rates.delivered, "records/s", ALIKE_TARGET));
    let [sender, receiver] = rates.processor_us;
    report.row(&Row::new("processor time, sender", sender, "µs/record"));
    report.row(&Row::new("processor time, receiver", receiver, "µs/record"));
    report.row(&Row::against("processor time, both", sender + receiver, "µs/record", PROCESSOR_TARGET));
    Ok(())
}

/// Notes of which each differs from all others in what policy reads.
pub fn unlike(channel: &Channel, nodes: &[Node; 2], count: u64, report: &mut Report) -> Result<(), String> {
    let records = Records::new(&channel.id);
    let rates = send(channel, nodes, &requests(0..count, |number| records.unlike_note(number)))?;
    report.row(&Row::against("delivered, no decision remembered", rates.delivered, "records/s", UNLIKE_TARGET));
    report.row(&Row::new("processor time, no decision remembered", rates.processor_us.iter().sum(), "µs/record"));
    Ok(())
}

/// Requests that an author and a releaser have signed. `approver` is the program that signs them before the clock starts.
pub fn approved(
    channel: &Channel,
    nodes: &[Node; 2],
    count: u64,
    approver: &Path,
    report: &mut Report,
) -> Result<(), String> {
    let (ok, keys) = run::result({
        let mut command = Command::new(approver);
        command.arg("officers");
        command
    })
    .map_err(|error| format!("{} can't be run: {error}", approver.display()))?;
    let keys = serde_json::from_str(&keys).map_err(|_| format!("no officers' keys, success {ok}: {keys:?}"))?;
    let terms = channel.enrol(&nodes[0], &keys)?;
    let records = Records::new(&channel.id);
    let lines = (0..count).map(|number| records.request(number));
    let lines = sign(approver, &terms, lines).map_err(|error| format!("{}: {error}", approver.display()))?;
    let requests = requests(0..count, |number| {
        let line = usize::try_from(number).ok().and_then(|number| lines.get(number));
        line.map(|line| format!("{line}\n")).unwrap_or_default()
    });
    let rates = send(channel, nodes, &requests)?;
    report.row(&Row::against("delivered, requests with two signatures", rates.delivered, "records/s", APPROVED_TARGET));
    report.row(&Row::new("processor time, requests with two signatures", rates.processor_us.iter().sum(), "µs/record"));
    Ok(())
}

/// Has every line approved. The lines go through a file: a program that reads and writes at once could block on a pipe.
fn sign(approver: &Path, terms: &str, lines: impl Iterator<Item = String>) -> std::io::Result<Vec<String>> {
    let folder = tempfile::tempdir()?;
    let (asked, answered) = (folder.path().join("lines"), folder.path().join("approved"));
    let mut file = std::io::BufWriter::new(File::create(&asked)?);
    writeln!(file, "{terms}")?;
    for line in lines {
        file.write_all(line.as_bytes())?;
    }
    file.into_inner()?.sync_all()?;
    let (input, output) = (File::open(&asked)?, File::create(&answered)?);
    let status =
        Command::new(approver).arg("approve").stdin(Stdio::from(input)).stdout(Stdio::from(output)).status()?;
    if !status.success() {
        return Err(std::io::Error::other("it could not approve the lines"));
    }
    BufReader::new(File::open(&answered)?).lines().collect()
}

/// What sending came to.
struct Rates {
    /// Records a second that were durable at the sender.
    recorded: f64,
    /// Records a second that were receipted, the receipts durable.
    delivered: f64,
    /// µs a record of sender and receiver.
    processor_us: [f64; 2],
}

/// Bodies of requests, made before the clock starts: a caller's own work is not the nodes'.
pub fn requests(numbers: std::ops::Range<u64>, line: impl Fn(u64) -> String) -> Vec<String> {
    let step = usize::try_from(LINES_A_REQUEST).unwrap_or(usize::MAX);
    let end = numbers.end;
    numbers.step_by(step).map(|first| (first..(first + LINES_A_REQUEST).min(end)).map(&line).collect()).collect()
}

/// Sends all requests and waits for every receipt.
fn send(channel: &Channel, nodes: &[Node; 2], requests: &[String]) -> Result<Rates, String> {
    let records = requests.iter().map(|request| request.lines().count()).sum::<usize>();
    let mut client = nodes[0].connect()?;
    let (size_before, _) = channel.progress(&mut client)?;
    let cpu_before = [nodes[0].cpu_us()?, nodes[1].cpu_us()?];
    let started = host::now();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS).map(|_| scope.spawn(|| send_requests(&nodes[0], &next, requests))).collect();
        senders
            .into_iter()
            .try_for_each(|sender| sender.join().unwrap_or_else(|_| Err("a sender of the bench panicked".to_owned())))
    })?;
    let recorded = per_second(records, started.elapsed());
    channel.wait_for_delivery(&mut client, size_before + u64::try_from(records).unwrap_or(u64::MAX))?;
    let delivered = per_second(records, started.elapsed());
    let spent = |node: usize| Ok::<f64, String>((nodes[node].cpu_us()? - cpu_before[node]) / records as f64);
    Ok(Rates { recorded, delivered, processor_us: [spent(0)?, spent(1)?] })
}

/// One sender: takes the next request until all are sent.
fn send_requests(node: &Node, next: &AtomicUsize, requests: &[String]) -> Result<(), String> {
    let mut client = node.connect()?;
    while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
        let answer = client.bytes("POST", "/v1/records?wait=recorded", NDJSON, request.as_bytes())?;
        // Scanning text is enough to count, and leaves the processor to the nodes.
        let answer = String::from_utf8_lossy(&answer);
        if let Some(line) = answer.lines().find(|line| line.contains("\"error\"")) {
            return Err(format!("a record was refused: {line}"));
        }
        let (sent, recorded) =
            (request.lines().count(), answer.lines().filter(|line| line.contains("\"ref\"")).count());
        if recorded != sent {
            return Err(format!("{sent} records were sent, {recorded} were answered"));
        }
    }
    Ok(())
}

fn per_second(records: usize, elapsed: Duration) -> f64 {
    records as f64 / elapsed.as_secs_f64()
}
