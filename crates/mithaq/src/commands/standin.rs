//! `mithaq standin`: an officer answers for a partner that stays silent.

use node::answers::status::{StandIn, StoodIn};
use protocol::id::AgencyId;
use texts::say;

use super::agreement::find_channel;
use crate::{api::Api, cli::NodeArgs, failure::Failure, output};

/// Let a node that waits for a silent partner go on by an officer's order.
///
/// After a start a node signs nothing before every partner has shown which heads of this node's logs it holds: otherwise
/// a restored node could sign a second history. If a partner stays silent, an officer may stand in for it; the node then
/// opens a new epoch.
#[derive(clap::Args)]
#[command(after_help = "Example: mithaq standin node-a --channel 3f --agency $PARTNER")]
pub struct Args {
    #[command(flatten)]
    node: NodeArgs,
    /// The channel: its id or the beginning of it.
    #[arg(long)]
    channel: String,
    /// The silent partner's agency id.
    #[arg(long)]
    agency: AgencyId,
}

pub async fn run(args: Args, json: bool) -> Result<(), Failure> {
    let api = Api::of(&args.node).await?;
    let channel = find_channel(&api, &args.channel).await?;
    let order = StandIn { channel, agency: args.agency };
    api.post::<StoodIn>("/v1/standin", &order).await?.tell(json, |_| output::say(&say!("goes-on-without")))
}
