//! One record at a time: what an officer waits for.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use super::{
    BETWEEN_SINGLES_MS, LINES_A_REQUEST, NDJSON, PATIENCE_S, SENDERS, pair::Channel, rates::requests, records::Records,
};
use crate::{
    bench::{Report, Row, Target, node::Node, quantile},
    host,
};

/// Records sent one by one, each waited for, on an idle machine.
const SINGLE_RECORDS: u64 = 500;
/// Urgent records sent one by one while the main lane is loaded.
const URGENT_RECORDS: u64 = 300;
/// Different requests of the load beside them; they are sent again and again.
const LOAD_REQUESTS: u64 = 20;

/// Beside the disk's own time, five times over, for the three commits of a round trip.
const LATENCY_BESIDE_DISK_MS: f64 = 5.0;
const LATENCY_DISK_TIMES: f64 = 5.0;

/// Whoever is called at night must not notice that the other lane is busy.
const URGENT_TARGET: Target = Target::AtMost(100.0);

/// Sends records one at a time and waits for each receipt.
pub fn single(channel: &Channel, nodes: &[Node; 2], report: &mut Report) -> Result<(), String> {
    let records = Records::new(&channel.id);
    // Numbers that the load did not use.
    let lines = (0..SINGLE_RECORDS).map(|number| records.note(u64::MAX - number));
    let times_ms = times(&nodes[0], lines)?;
    let disk_ms = report.fdatasync_p50_us() / 1e3;
    let target = Target::AtMost(LATENCY_DISK_TIMES * disk_ms + LATENCY_BESIDE_DISK_MS);
    report.row(&Row::new("one record, sent to receipted, p50", quantile(&times_ms, 0.5), "ms"));
    report.row(&Row::against("one record, sent to receipted, p99", quantile(&times_ms, 0.99), "ms", target));
    Ok(())
}

/// Sends urgent records one at a time, each waited for, while the main lane is loaded without a pause.
pub fn urgent(channel: &Channel, nodes: &[Node; 2], report: &mut Report) -> Result<(), String> {
    let records = Records::new(&channel.id);
    let first = u64::MAX / 2;
    let load = requests(first..first + LOAD_REQUESTS * LINES_A_REQUEST, |number| records.note(number));
    let done = AtomicBool::new(false);
    let times_ms = thread::scope(|scope| {
        let load_until_done = || -> Result<(), String> {
            let mut client = nodes[0].connect()?;
            for request in load.iter().cycle().take_while(|_| !done.load(Ordering::Relaxed)) {
                client.bytes("POST", "/v1/records?wait=recorded", NDJSON, request.as_bytes())?;
            }
            Ok(())
        };
        let senders: Vec<_> = (0..SENDERS).map(|_| scope.spawn(load_until_done)).collect();
        let lines = (0..URGENT_RECORDS)
            .map(|number| records.note(u64::MAX / 4 + number).replacen('{', r#"{"lane":"urgent","#, 1));
        let times = times(&nodes[0], lines);
        done.store(true, Ordering::Relaxed);
        for sender in senders {
            sender.join().unwrap_or_else(|_| Err("a sender of the bench panicked".to_owned()))?;
        }
        times
    })?;
    report.row(&Row::new("urgent record while bulk flows, p50", quantile(&times_ms, 0.5), "ms"));
    let p99 = quantile(&times_ms, 0.99);
    report.row(&Row::against("urgent record while bulk flows, sent to receipted, p99", p99, "ms", URGENT_TARGET));
    channel.wait_for_delivery(&mut nodes[0].connect()?, 0)
}

/// Milliseconds from sending each record to its receipt, sorted.
fn times(node: &Node, lines: impl Iterator<Item = String>) -> Result<Vec<f64>, String> {
    let mut client = node.connect()?;
    let mut times_ms = Vec::new();
    let path = format!("/v1/records?wait=delivered&timeout_s={PATIENCE_S}");
    for line in lines {
        let started = host::now();
        let answer = client.json("POST", &path, NDJSON, line.as_bytes())?;
        times_ms.push(started.elapsed().as_secs_f64() * 1e3);
        if answer["state"] != "delivered" {
            return Err(format!("a record was not delivered: {answer}"));
        }
        thread::sleep(Duration::from_millis(BETWEEN_SINGLES_MS));
    }
    times_ms.sort_by(f64::total_cmp);
    Ok(times_ms)
}
