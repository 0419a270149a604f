//! `mithaq follow`: records and threads as they arrive, a JSON line each.

use std::time::Duration;

use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::agreement::find_channel;
use crate::{
    api::{self, Api, Call},
    cli::ReaderArgs,
    failure::Failure,
    limits, output,
};

/// Follow what arrives: a JSON line for each record and each thread that changed, until interrupted.
///
/// A line is {"id", "event", "data"}. Keep the last `id` that is not null: `--after` goes on behind it. When the node
/// restarts, the command comes back by itself and misses nothing.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  mithaq follow node-a\n  mithaq follow node-a --after 0 | grep '\"thread\"'")]
pub struct Args {
    #[command(flatten)]
    node: ReaderArgs,
    /// Only this channel: its id or the beginning of it.
    #[arg(long)]
    channel: Option<String>,
    /// Go on behind this id; 0 for the beginning. Without it: from now on.
    #[arg(long)]
    after: Option<u64>,
}

pub async fn run(args: Args) -> Result<(), Failure> {
    let mut after = args.after;
    let mut channel = args.channel;
    let api = Api::reading(&args.node).await?;
    if let Some(prefix) = channel.take() {
        channel = Some(find_channel(&api, &prefix).await?);
    }
    let mut failures = 0;
    loop {
        let from = after.map(|after| after.to_string());
        let path = api::query("/v1/follow", &[("channel", channel.as_deref()), ("after", from.as_deref())]);
        match read(&api, &path, &mut after, &mut failures).await {
            Ok(()) => {}
            // What is wrong with the question stays wrong; a node that restarts comes back.
            Err(failure) if failure.is_lasting() || failures >= limits::FOLLOW_TRIES_MAX => return Err(failure),
            Err(_) => {}
        }
        failures += 1;
        sleep(Duration::from_secs(limits::FOLLOW_PAUSE_SECONDS)).await;
    }
}

/// Reads events until the stream ends, and keeps the last id.
async fn read(api: &Api, path: &str, after: &mut Option<u64>, failures: &mut u32) -> Result<(), Failure> {
    let mut body = api.stream(Call::get(path).waiting(None)).await?;
    let mut buffer = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Failure::unavailable(format!("the node's answer broke off: {error}")))?;
        let Ok(data) = frame.into_data() else { continue };
        *failures = 0;
        buffer.extend_from_slice(&data);
        while let Some(end) = buffer.windows(2).position(|two| two == b"\n\n") {
            let event: Vec<u8> = buffer.drain(..end + 2).collect();
            let Some(event) = parse(&String::from_utf8_lossy(&event)) else { continue };
            *after = event["id"].as_u64().or(*after);
            output::json(&event)?;
        }
    }
    Ok(())
}

/// An event of the stream as a JSON line. `None` for a comment, which says that the node is still there.
fn parse(event: &str) -> Option<Value> {
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let data: Value = serde_json::from_str(field("data")?).ok()?;
    // Where the node says "you lag", it says from where to go on.
    let id = field("id").and_then(|id| id.parse::<u64>().ok()).or_else(|| data["resume"].as_u64());
    Some(json!({ "id": id, "event": field("event"), "data": data }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_become_lines_and_comments_do_not() {
        let event = parse("id: 7\nevent: record\ndata: {\"kind\":\"a.b/1\"}\n\n").unwrap();
        assert_eq!(event, json!({ "id": 7, "event": "record", "data": { "kind": "a.b/1" } }));
        assert_eq!(parse("event: record\ndata: {}\n\n").unwrap()["id"], Value::Null);
        assert_eq!(parse("event: lagging\ndata: {\"resume\":5}\n\n").unwrap()["id"], 5);
        assert_eq!(parse(": still here\n\n"), None);
    }
}
