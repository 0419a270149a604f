//! `mithaq erase`: content goes at both ends, the proof stays.

use node::{answers::records::Erased, reading::reviews::EraseOrder};
use protocol::origin::Position;

use crate::{api::Api, cli::NodeArgs, failure::Failure, output, reference::Reference};

/// Erase the content of a record here and order its holders to do the same. The log entry stays as proof that something
/// was exchanged.
#[derive(clap::Args)]
#[command(after_help = "Example: mithaq erase node-a 3f…/9c…/1/main/12")]
pub struct Args {
    #[command(flatten)]
    node: NodeArgs,
    /// CHANNEL/AGENCY/EPOCH/LANE/INDEX
    record: Reference,
    /// Erase here only and order nobody.
    #[arg(long)]
    here_only: bool,
}

pub async fn run(args: Args, json: bool) -> Result<(), Failure> {
    let api = Api::of(&args.node).await?;
    let Position { origin, index } = args.record.0;
    let erase = EraseOrder { channel: origin.channel, log: origin.short(), index, order: !args.here_only };
    api.post::<Erased>("/v1/erase", &erase).await?.tell(json, |Erased { ordered, .. }| {
        let ordered = ordered.len();
        output::line_of(&format!("Erased here; ordered from {ordered} other parties, whose receipts follow."))
    })
}
