//! `mithaq check`: whether everything kept holds together.

use serde_json::Value;

use crate::{
    api::{self, Api, Call},
    cli::NodeArgs,
    failure::Failure,
    output,
    progress::{Progress, Unit},
};

/// Check everything that the node keeps: every entry, commitment, signature and receipt.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  mithaq check node-a\n  mithaq check node-a --rebuild --json | jq .problems")]
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
        let _progress = Progress::start(json, "making lists anew", Unit::Count, None);
        api.json(Call::post("/v1/threads/rebuild", api::JSON, Vec::new()).waiting(None)).await?;
    }
    let progress = Progress::start(json, "checking", Unit::Count, None);
    let mut report = Value::Null;
    let told = |line: Value| {
        if let (Some(entries), Some(of)) = (line["entries"].as_u64(), line["of"].as_u64()) {
            progress.set(entries, of);
        }
        report = line;
        Ok(())
    };
    api.each_line(Call::post("/v1/check?progress=true", api::JSON, Vec::new()), told).await?;
    drop(progress);
    if let Some(error) = report.get("error") {
        return Err(Failure::from_line(error));
    }
    if !report["ok"].is_boolean() {
        return Err(Failure::unavailable("the node's answer broke off before the check was done"));
    }
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
