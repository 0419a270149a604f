//! `mithaq evidence`: a file that proves one record to anybody, offline.

use std::path::PathBuf;

use serde_json::json;

use crate::{
    api::{self, Api},
    cli::NodeArgs,
    failure::Failure,
    output,
    reference::Reference,
};

/// Write the evidence file of a record: with it anybody can check it offline by `mithaq verify`.
#[derive(clap::Args)]
#[command(
    after_help = "Example: mithaq evidence node-a 3f…/9c…/1/main/12 -o readout.mithaq && mithaq verify readout.mithaq"
)]
pub struct Args {
    #[command(flatten)]
    node: NodeArgs,
    /// CHANNEL/AGENCY/EPOCH/LANE/INDEX
    record: Reference,
    /// The new file.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub async fn run(args: Args, json: bool) -> Result<(), Failure> {
    let api = Api::of(&args.node).await?;
    let bytes = api::receive_file(&api, &format!("/v1/evidence/{}", args.record), &args.output).await?;
    if json {
        return output::json(&json!({"file": args.output, "size": bytes}));
    }
    output::line_of(&format!("{} holds the evidence, {bytes} bytes", args.output.display()))
}
