//! `mithaq evidence`: a file that proves one record, or a missed deadline, to anybody, offline.

use std::path::PathBuf;

use serde_json::json;

use super::agreement::find_channel;
use crate::{
    api::{self, Api},
    cli::NodeArgs,
    failure::Failure,
    output,
    reference::Reference,
};

/// Write the evidence file of a record, or of a deadline that a party missed: anybody can check it offline by `mithaq
/// verify`.
///
/// A missed deadline is proven by what was asked, by its receipt, and by a statement of this agency that was made after the
/// deadline (`mithaq statement make`, or the daily one) and that the party which owes has countersigned.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  mithaq evidence node-a 3f…/9c…/1/main/12 -o readout.mithaq && mithaq verify readout.mithaq\n  \
                  mithaq evidence node-a --missed 3f…/0123456789abcdef0123456789abcdef -o late.mithaq"
)]
pub struct Args {
    #[command(flatten)]
    node: NodeArgs,
    /// CHANNEL/AGENCY/EPOCH/LANE/INDEX
    #[arg(required_unless_present = "missed", conflicts_with = "missed")]
    record: Option<Reference>,
    /// Prove a missed deadline in this thread instead; the channel may be the beginning of its id.
    #[arg(long, value_name = "CHANNEL/THREAD")]
    missed: Option<String>,
    /// The thread lives in the urgent lane.
    #[arg(long, requires = "missed")]
    urgent: bool,
    /// The new file.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub async fn run(args: Args, json: bool) -> Result<(), Failure> {
    let api = Api::of(&args.node).await?;
    let path = match (&args.record, &args.missed) {
        (Some(record), _) => format!("/v1/evidence/{record}"),
        (None, missed) => {
            let named = missed.as_deref().and_then(|missed| missed.split_once('/'));
            let (channel, thread) = named.ok_or_else(|| Failure::usage("--missed names CHANNEL/THREAD"))?;
            let channel = find_channel(&api, channel).await?;
            let lane = if args.urgent { "urgent" } else { "main" };
            format!("/v1/missed/{channel}/{thread}?lane={lane}")
        }
    };
    let bytes = api::receive_file(&api, &path, &args.output).await?;
    if json {
        return output::json(&json!({"file": args.output, "size": bytes}));
    }
    output::line_of(&format!("{} holds the evidence, {bytes} bytes", args.output.display()))
}
