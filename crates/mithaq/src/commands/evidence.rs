//! `mithaq evidence`: a file that proves one record to anybody, offline.

use std::path::PathBuf;

use serde_json::json;

use crate::{
    api::{self, Api},
    cli::ReaderArgs,
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
    node: ReaderArgs,
    /// CHANNEL/AGENCY/EPOCH/LANE/INDEX
    record: Reference,
    /// The new file.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// What the file is for: verify, oversight, court or office. What a partner provided goes to a court or to another
    /// office only as its handling codes and its permission allow.
    #[arg(long = "for", value_name = "USE", default_value = "verify")]
    exported_for: String,
    /// With court and office: in which proceedings, or which office. Never a person's name.
    #[arg(long)]
    to: Option<String>,
}

pub async fn run(args: Args, json: bool) -> Result<(), Failure> {
    let api = Api::reading(&args.node).await?;
    let query = [("use", Some(args.exported_for.as_str())), ("to", args.to.as_deref())];
    let path = api::query(&format!("/v1/evidence/{}", args.record), &query);
    let bytes = api::receive_file(&api, &path, &args.output).await?;
    if json {
        return output::json(&json!({"file": args.output, "size": bytes}));
    }
    output::line_of(&format!("{} holds the evidence, {bytes} bytes", args.output.display()))
}
