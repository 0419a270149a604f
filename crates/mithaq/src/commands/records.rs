//! `mithaq records`: what the node holds, a JSON line a record.

use node::reading::page::Line;

use super::agreement::find_channel;
use texts::shown;

use crate::{api::Api, cli::ReaderArgs, failure::Failure, output};

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
    // A year's records do not fit into memory, so they come and go in pieces.
    api.list::<Line>("/v1/records", &filter, |line| output::as_it_is(&shown::json(&line.text()))).await
}
