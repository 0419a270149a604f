//! `mithaq follow`: records and threads as they arrive, a JSON line each.

use std::time::Duration;

use http_body_util::BodyExt;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use texts::say;
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
    after: Option<String>,
}

pub async fn run(args: Args) -> Result<(), Failure> {
    let mut after = args.after.clone();
    let api = Api::reading(&args.node).await?;
    let channel = match &args.channel {
        Some(prefix) => Some(find_channel(&api, prefix).await?.to_string()),
        None => None,
    };
    let mut failures = 0;
    loop {
        let from = after.clone();
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
async fn read(api: &Api, path: &str, after: &mut Option<String>, failures: &mut u32) -> Result<(), Failure> {
    let mut body = api.stream(Call::get(path).waiting(None)).await?;
    let mut buffer = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Failure::unavailable(say!("answer-broke-off", error = %error)))?;
        let Ok(data) = frame.into_data() else { continue };
        *failures = 0;
        buffer.extend_from_slice(&data);
        while let Some(end) = buffer.windows(2).position(|two| two == b"\n\n") {
            let event: Vec<u8> = buffer.drain(..end + 2).collect();
            let Some(event) = parse(&String::from_utf8_lossy(&event)) else { continue };
            if event.id.is_some() {
                after.clone_from(&event.id);
            }
            output::json(&event)?;
        }
    }
    Ok(())
}

/// An event of the stream as a JSON line.
#[derive(Debug, PartialEq, Serialize)]
struct Event {
    id: Option<String>,
    event: Option<String>,
    data: Value,
}

/// The last word to a reader that lags: from where to go on.
#[derive(Deserialize)]
struct Lagging {
    resume: String,
}

/// Reads an event. `None` for a comment, which says that the node is still there.
fn parse(event: &str) -> Option<Event> {
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let data = field("data")?;
    let resume = || serde_json::from_str::<Lagging>(data).ok().map(|lagging| lagging.resume);
    let id = field("id").map(str::to_owned).or_else(resume);
    Some(Event { id, event: field("event").map(str::to_owned), data: serde_json::from_str(data).ok()? })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_become_lines_and_comments_do_not() {
        let event = parse("id: 7\nevent: record\ndata: {\"kind\":\"a.b/1\"}\n\n").unwrap();
        assert_eq!(
            serde_json::to_value(event).unwrap(),
            json!({ "id": "7", "event": "record", "data": { "kind": "a.b/1" } })
        );
        assert_eq!(parse("event: record\ndata: {}\n\n").unwrap().id, None);
        assert_eq!(parse("event: lagging\ndata: {\"resume\":\"5\"}\n\n").unwrap().id.as_deref(), Some("5"));
        assert_eq!(parse(": still here\n\n"), None);
    }
}
