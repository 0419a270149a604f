//! `mithaq breaches`: what partners signed against the protocol.

use crate::{
    api::{Api, Call},
    cli::NodeArgs,
    failure::Failure,
    output,
};

/// List what partners signed against the protocol: manifests that can't be, two histories of one log.
///
/// Each was refused and is kept as evidence against its author. `mithaq evidence DIR --breach CHANNEL/ID -o FILE` writes the
/// file that proves it, `mithaq verify FILE` checks it.
#[derive(clap::Args)]
#[command(after_help = "Example: mithaq breaches node-a")]
pub struct Args {
    #[command(flatten)]
    node: NodeArgs,
}

pub async fn run(args: Args, json: bool) -> Result<(), Failure> {
    let api = Api::of(&args.node).await?;
    let answer = api.json(Call::get("/v1/breaches")).await?;
    if json {
        return output::json(&answer);
    }
    let rows = super::rows(&answer, "breaches");
    if rows.is_empty() {
        return output::line_of("no partner signed anything against the protocol");
    }
    for breach in rows {
        let text = |field: &str| breach[field].as_str().unwrap_or("-").to_owned();
        output::line_of(&format!("{}/{}  {}", text("channel"), text("id"), text("message")))?;
        output::line_of(&format!("  entry {} of {}", breach["index"], text("log")))?;
        if let Some(against) = breach["against"].as_u64() {
            output::line_of(&format!(
                "  what it contradicts: entry {against} of the same log (`mithaq evidence` proves it too)"
            ))?;
        }
    }
    Ok(())
}
