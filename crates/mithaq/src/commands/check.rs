//! `mithaq check`: whether everything kept holds together.

use crate::{
    api::{self, Api, Call},
    cli::NodeArgs,
    failure::Failure,
    output,
};

/// Check everything that the node keeps: every entry, commitment, signature and receipt.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    node: NodeArgs,
    /// Make the lists of threads anew first, from what is kept.
    #[arg(long)]
    rebuild: bool,
}

pub async fn run(args: Args, json: bool) -> Result<(), Failure> {
    let api = Api::of(&args.node).await?;
    if args.rebuild {
        api.json(Call::post("/v1/threads/rebuild", api::JSON, Vec::new()).waiting(None)).await?;
    }
    let report = api.json(Call::post("/v1/check", api::JSON, Vec::new()).waiting(None)).await?;
    let problems = report["problems"].as_array().cloned().unwrap_or_default();
    if json {
        output::json(&report)?;
    } else {
        let (entries, batches) = (&report["entries"], &report["batches"]);
        output::line_of(&format!("{entries} entries in {batches} batches, {} problems", problems.len()))?;
        for problem in &problems {
            output::line_of(&format!("  {}", problem.as_str().map_or_else(|| problem.to_string(), str::to_owned)))?;
        }
    }
    if report["ok"] == true {
        return Ok(());
    }
    Err(Failure::not_verified(format!(
        "{} does not hold together; keep a copy and see docs/operate",
        args.node.dir.display()
    )))
}
