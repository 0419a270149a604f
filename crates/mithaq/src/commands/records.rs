//! `mithaq records`: what the node holds, a JSON line a record.

use http_body_util::BodyExt;

use super::agreement::find_channel;
use crate::{
    api::{self, Api, Call},
    cli::ReaderArgs,
    failure::Failure,
    output, shown,
};

/// List records, a JSON line each.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  mithaq records node-a --state received\n  \
                        mithaq records node-a --channel 3f --kind correspondence.note/1 | wc -l")]
pub struct Args {
    #[command(flatten)]
    node: ReaderArgs,
    /// Only of this channel: its id or the beginning of it.
    #[arg(long)]
    channel: Option<String>,
    /// Only of this kind.
    #[arg(long)]
    kind: Option<String>,
    /// Only in this state: recorded, delivered, withheld, refused, received, quarantined, ineffective, erased.
    #[arg(long)]
    state: Option<String>,
}

pub async fn run(args: Args) -> Result<(), Failure> {
    let api = Api::reading(&args.node).await?;
    let channel = match &args.channel {
        Some(prefix) => Some(find_channel(&api, prefix).await?.to_string()),
        None => None,
    };
    let filter = [("channel", channel.as_deref()), ("kind", args.kind.as_deref()), ("state", args.state.as_deref())];
    let mut body = api.stream(Call::get(&api::query("/v1/records", &filter)).waiting(None)).await?;
    // A year's records do not fit into memory twice, so each line passes when it is whole.
    let mut rest = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Failure::unavailable(format!("the node's answer broke off: {error}")))?;
        let Ok(data) = frame.into_data() else { continue };
        rest.extend_from_slice(&data);
        let whole = rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let lines: Vec<u8> = rest.drain(..whole).collect();
        print(&lines)?;
    }
    print(&rest)
}

fn print(lines: &[u8]) -> Result<(), Failure> {
    String::from_utf8_lossy(lines).lines().try_for_each(|line| output::as_it_is(&shown::json(line)))
}
