//! What an officer's screen asks: open threads by deadline, and words in them.

use std::{thread, time::Duration};

use serde_json::Value;

use super::{
    BETWEEN_SINGLES_MS, JSON, PATIENCE_S,
    pair::{Channel, wait_until},
    records::word_of_request,
};
use crate::{
    bench::{Report, Row, Target, node::Node, quantile},
    host,
};

/// Questions of each sort: enough for a 99th percentile.
const QUESTIONS: u64 = 300;
const LISTED: usize = 50;

const LIST_TARGET: Target = Target::AtMost(10.0);
const SEARCH_TARGET: Target = Target::AtMost(50.0);

/// Waits until threads and words of both have come to the last of `count` requests.
pub fn wait_until_read(nodes: &[Node; 2], count: u64) -> Result<(), String> {
    // Both: a sender that is still busy with what the receiver said of its requests would share disk and processors.
    for node in nodes {
        let mut client = node.connect()?;
        let word = word_of_request(count.saturating_sub(1));
        let is_up_to_date = || {
            let last = client.json("GET", &format!("/v1/search?q={word}"), JSON, b"")?;
            let behind = client.json("GET", "/v1/threads?state=released&limit=1", JSON, b"")?;
            Ok(found(&last) == 1 && last["index"]["complete"] == true && found(&behind) == 0)
        };
        wait_until(is_up_to_date, "threads and words are not up to date")?;
    }
    Ok(())
}

/// Asks the receiver, which holds `count` open threads: the same list of 50 again and again, and each time another word.
pub fn ask(nodes: &[Node; 2], count: u64, report: &mut Report) -> Result<(), String> {
    let list = format!("/v1/threads?limit={LISTED}");
    wait_until_read(nodes, count)?;
    // Now, because the node does not wait long for the first words of a connection.
    let mut client = nodes[1].connect()?;
    let mut times_ms = |path: &dyn Fn(u64) -> String, expected: usize| -> Result<(Vec<f64>, f64), String> {
        let mut times = Vec::new();
        let before_us = nodes[1].cpu_us()?;
        for number in 0..QUESTIONS {
            let path = path(number);
            let started = host::now();
            let answer = client.json("GET", &path, JSON, b"")?;
            times.push(started.elapsed().as_secs_f64() * 1e3);
            if found(&answer) != expected {
                return Err(format!("GET {path} found {} of {expected}", found(&answer)));
            }
            thread::sleep(Duration::from_millis(BETWEEN_SINGLES_MS));
        }
        times.sort_by(f64::total_cmp);
        Ok((times, (nodes[1].cpu_us()? - before_us) / QUESTIONS as f64))
    };
    let (lists, list_us) = times_ms(&|_| list.clone(), LISTED)?;
    let (rare, search_us) =
        times_ms(&|number| format!("/v1/search?q={}", word_of_request(number * (count / QUESTIONS))), 1)?;
    let (common, _) = times_ms(&|_| format!("/v1/search?q=vehicle&limit={LISTED}"), LISTED)?;
    report.row(&Row::new("list of 50 open threads by deadline, p50", quantile(&lists, 0.5), "ms"));
    report.row(&Row::against("list of 50 open threads by deadline, p99", quantile(&lists, 0.99), "ms", LIST_TARGET));
    report.row(&Row::new("processor time, list of 50 open threads", list_us, "µs"));
    report.row(&Row::new("search for a word of one thread, p50", quantile(&rare, 0.5), "ms"));
    report.row(&Row::against("search for a word of one thread, p99", quantile(&rare, 0.99), "ms", SEARCH_TARGET));
    report.row(&Row::new("processor time, search for a word of one thread", search_us, "µs"));
    report.row(&Row::against("search for a word of all threads, p99", quantile(&common, 0.99), "ms", SEARCH_TARGET));
    Ok(())
}

/// States how all threads stand, which walks every one of them at both ends, and waits for the other side's answer.
pub fn state(channel: &Channel, nodes: &[Node; 2], count: u64, report: &mut Report) -> Result<(), String> {
    let mut client = nodes[0].connect()?;
    let path = format!("/v1/channels/{}/statements?wait_s={PATIENCE_S}", channel.id);
    let started = host::now();
    let answer = client.json("POST", &path, JSON, b"")?;
    let elapsed_ms = started.elapsed().as_secs_f64() * 1e3;
    if answer["threads"].as_u64() != Some(count) || answer["answers"][0]["verdict"] != "agrees" {
        return Err(format!("the other side does not agree on {count} threads: {answer}"));
    }
    report.row(&Row::new("statement over these threads, made and answered", elapsed_ms, "ms"));
    report.row(&Row::new("the same, for each thread", elapsed_ms * 1e3 / count.max(1) as f64, "µs"));
    Ok(())
}

/// Rows of a list or of a search.
fn found(answer: &Value) -> usize {
    ["threads", "hits"].iter().find_map(|name| answer[name].as_array()).map_or(0, Vec::len)
}
