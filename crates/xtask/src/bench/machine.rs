//! The machine that a bench runs on: its processor and what its disk can do at this hour.

use std::{fs, io::Write, thread};

use super::{Report, Row, quantile};
use crate::host;

/// Enough for a 99th percentile of 1% resolution, and a few seconds on a slow disk.
const SYNC_SAMPLES: usize = 300;
/// What a small commit appends: one page.
const SYNC_BYTES: usize = 4096;

/// Prints cores, processor and the time of an appending write that is durable.
///
/// # Errors
/// A sentence if the disk can't be written.
pub fn describe(report: &mut Report) -> Result<(), String> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    report.note(&format!("machine: {cores} cores, {}", processor()));
    report.row(&Row::new("machine cores", f64::from(u32::try_from(cores).unwrap_or(u32::MAX)), "cores"));
    let mut times = sync_times_us().map_err(|error| format!("the disk's speed can't be measured: {error}"))?;
    times.sort_by(f64::total_cmp);
    report.fdatasync_p50_us = quantile(&times, 0.5);
    report.row(&Row::new("machine fdatasync of 4 KiB appended, p50", report.fdatasync_p50_us, "µs"));
    report.row(&Row::new("machine fdatasync of 4 KiB appended, p99", quantile(&times, 0.99), "µs"));
    Ok(())
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix("model name"))
        .and_then(|rest| rest.split_once(':'))
        .map_or_else(|| "unknown processor".to_owned(), |(_, model)| model.trim().to_owned())
}

fn sync_times_us() -> std::io::Result<Vec<f64>> {
    let mut file = tempfile::tempfile()?;
    let page = [0x5a; SYNC_BYTES];
    let mut times = Vec::with_capacity(SYNC_SAMPLES);
    for _ in 0..SYNC_SAMPLES {
        let started = host::now();
        file.write_all(&page)?;
        file.sync_data()?;
        times.push(started.elapsed().as_secs_f64() * 1e6);
    }
    Ok(times)
}
