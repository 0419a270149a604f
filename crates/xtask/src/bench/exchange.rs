//! The exchange bench: two nodes of the shipped program on this machine, each with its own processes, folders and
//! durable writes, and the load on the API that an agency's programs use. Parsing counts in every figure.

use std::{path::Path, thread, time::Duration};

use super::{
    Report, Row, Target,
    node::{Agency, Home, Node},
};
use crate::{host, workspace::Workspace};

mod latency;
pub(super) mod pair;
pub(super) mod rates;
pub(super) mod records;
pub(super) mod threads;

/// Enough for rates to settle, and the size that the check's figure is given for.
const RECORDS: u64 = 1_000_000;
/// Of the sorts of records that cost more, this share is sent.
const FEWER_TIMES: u64 = 10;
/// The most that one request may hold.
pub(super) const LINES_A_REQUEST: u64 = 1_000;
/// Requests under way at a time: enough that the writer never waits for a caller.
const SENDERS: usize = 4;
/// Between questions or records that are measured one by one.
const BETWEEN_SINGLES_MS: u64 = 20;
const IDLE_S: u64 = 10;
/// Longest wait for two nodes to find each other, and without progress for receipts.
const PATIENCE_S: u64 = 60;
const POLL_MS: u64 = 50;

/// What the token of the bench is for.
pub(super) const PURPOSES: [&str; 2] = [records::NOTES_PURPOSE, records::REQUESTS_PURPOSE];
const LANGUAGE: &str = "en";
pub(super) const JSON: &str = "application/json";
const NDJSON: &str = "application/x-ndjson";

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
    let fewer = (records / FEWER_TIMES).next_multiple_of(LINES_A_REQUEST);
    let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let (homes, mut nodes) = start(&workspace.program("mithaq"), folder.path())?;
    let agencies = pair::introduce(&nodes)?;
    let notes = pair::Channel::open(&nodes, &agencies, &records::notes_agreement())?;
    // A channel of their own: one whose agreement knows no requests keeps no threads.
    let requests = pair::Channel::open(&nodes, &agencies, &records::requests_agreement())?;
    nodes.iter_mut().try_for_each(Node::issue_token)?;

    thread::sleep(Duration::from_secs(IDLE_S));
    report.row(&Row::against("memory of an idle node, empty", nodes[0].resident_mib()?, "MiB", IDLE_TARGET));

    rates::approved(&requests, &nodes, fewer, &workspace.program("mithaq-simulator"), report)?;
    threads::ask(&nodes, fewer, report)?;
    threads::state(&requests, &nodes, fewer, report)?;

    // Who was asked for words keeps an index of them in memory; the notes that follow are for nodes that nobody asks.
    drop(nodes);
    let mut nodes = [homes[0].serve()?, homes[1].serve()?];
    nodes.iter_mut().try_for_each(Node::issue_token)?;
    rates::alike(&notes, &nodes, records, report)?;
    // Single records are measured on an idle machine: what the load left to be written is on the disk by then.
    thread::sleep(Duration::from_secs(IDLE_S));
    latency::single(&notes, &nodes, report)?;
    latency::urgent(&notes, &nodes, report)?;
    rates::unlike(&notes, &nodes, fewer, report)?;
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

/// Two nodes that run and know nothing of each other.
///
/// # Errors
/// What the program says.
pub(super) fn start(program: &Path, folder: &Path) -> Result<([Home; 2], [Node; 2]), String> {
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

/// Checks everything that the receiver holds.
fn check(node: &Node, records: u64, report: &mut Report) -> Result<(), String> {
    let started = host::now();
    let answer = node.connect_socket()?.json("POST", "/v1/check", JSON, b"")?;
    let elapsed = started.elapsed();
    let entries = answer["entries"].as_u64().unwrap_or_default();
    if answer["ok"] != true || entries < records {
        return Err(format!("the receiver's check does not pass over {records} records: {answer}"));
    }
    let rate = entries as f64 / elapsed.as_secs_f64();
    report.row(&Row::against("check of the receiver's store", rate, "entries/s", CHECK_TARGET));
    Ok(())
}
