//! `mithaq doctor`: why it is stuck, and what to do.

use crate::{
    api::{Api, Call},
    cli::NodeArgs,
    failure::Failure,
    output,
};

/// Say what stands in the way of exchange, and what to do about it.
///
/// It looks at links, clocks, cards and pins, what waits to be delivered, heads that were not shown, frozen channels, the
/// disk and overdue threads. It changes nothing. The exit code is 0 also when something was found.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  mithaq doctor node-a\n  mithaq doctor node-a --json | jq .findings")]
pub struct Args {
    #[command(flatten)]
    node: NodeArgs,
}

pub async fn run(args: Args, json: bool) -> Result<(), Failure> {
    let api = Api::of(&args.node).await?;
    let diagnosis = api.json(Call::get("/v1/doctor")).await?;
    if json {
        return output::json(&diagnosis);
    }
    for finding in super::rows(&diagnosis, "findings") {
        let text = |field: &str| finding[field].as_str().unwrap_or_default().to_owned();
        output::line_of(&format!("{} ({}): {}", text("level"), text("about"), text("message")))?;
        output::line_of(&format!("  {}", text("advice")))?;
    }
    for partner in super::rows(&diagnosis, "partners") {
        let name = |field: &str| partner[field].as_str().unwrap_or_default().chars().take(8).collect::<String>();
        output::line_of(&format!(
            "channel {} with {}: {} entries outstanding",
            name("channel"),
            name("agency"),
            partner["outstanding"]
        ))?;
    }
    if diagnosis["ok"] == true { output::line_of("nothing stands in the way") } else { Ok(()) }
}
