//! `mithaq breaches`: what partners signed against the protocol.

use node::{answers::breaches::BreachList, breaches::Breach};
use texts::say;

use crate::{api::Api, cli::NodeArgs, failure::Failure, output};

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
    api.get::<BreachList>("/v1/breaches").await?.tell(json, |BreachList { breaches }| {
        if breaches.is_empty() {
            return output::say(&say!("no-breaches"));
        }
        breaches.iter().try_for_each(show)
    })
}

fn show(breach: &Breach) -> Result<(), Failure> {
    let place = format!("{}/{}", breach.channel, breach.id);
    output::parts([place.into(), breach.what.in_words().into()])?;
    output::say_below(&say!("breach-entry", index = %breach.index, log = %breach.log))?;
    match breach.against {
        None => Ok(()),
        Some(against) => output::say_below(&say!("breach-against", against = %against)),
    }
}
