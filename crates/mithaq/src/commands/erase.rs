//! `mithaq erase`: content goes at both ends, the proof stays.

use serde_json::json;

use crate::{
    api::{Api, Call},
    cli::NodeArgs,
    failure::Failure,
    output,
    reference::Reference,
};

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
    let order = json!({
        "channel": args.record.0.origin.channel, "log": args.record.log(), "index": args.record.0.index,
        "order": !args.here_only,
    });
    let answer = api.json(Call::post_json("/v1/erase", &order)?).await?;
    if json {
        return output::json(&answer);
    }
    let ordered = answer["ordered"].as_array().map_or(0, Vec::len);
    output::line_of(&format!("Erased here; ordered from {ordered} other parties, whose receipts follow."))
}
