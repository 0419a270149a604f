//! `mithaq check`: whether everything kept holds together.

use node::{answers::status::CheckLine, check::Report};
use texts::say;

use crate::{
    api::{self, Answer, Api, Call},
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
        let _progress = Progress::start(json, &say!("progress-lists"), Unit::Count, None);
        api.bytes(Call::post("/v1/threads/rebuild", api::JSON, Vec::new()).waiting(None)).await?;
    }
    let progress = Progress::start(json, &say!("progress-check"), Unit::Count, None);
    let mut done = None;
    let told = |line: Answer<CheckLine>| {
        match line.read()? {
            CheckLine::Progress { entries, of } => progress.set(entries, of),
            CheckLine::Failed(failed) => return Err(failed.error.into()),
            CheckLine::Done(report) => done = Some((line, report)),
        }
        Ok(())
    };
    let call = Call::post("/v1/check?progress=true", api::JSON, Vec::new()).said_to(json);
    api.each_line(call, told).await?;
    drop(progress);
    let broke_off = || Failure::unavailable(say!("check-broke-off"));
    let (line, report) = done.ok_or_else(broke_off)?;
    if json {
        line.print()?;
    } else {
        let Report { entries, batches, problems, .. } = &report;
        output::say(&say!("checked", entries = *entries, batches = *batches, problems = problems.len()))?;
        problems.iter().try_for_each(output::say_below)?;
    }
    if report.ok {
        return Ok(());
    }
    Err(Failure::not_verified(say!("does-not-hold", dir = %args.node.dir.display())))
}
