//! `mithaq use`: what is done with a received record beyond reading it.

use node::reading::uses::Used;
use serde_json::json;
use texts::say;

use crate::{api::Api, cli::ReaderArgs, failure::Failure, output, reference::Named};

/// State that a received record is used in court, given to another office, or taken up for another purpose.
///
/// Handling codes and purpose decide: H1 forbids use in court, H2 giving it to another office, and a purpose any other,
/// unless the provider has permitted it by a requests.permission/1 in the record's thread. A use that is allowed stands in
/// the audit log with purpose and recipient; make it only after this command has said so.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
                        mithaq use node-a 3f…/9c…/1/main/12 --for court --to \"Criminal court, case 0/2026\"\n  \
                        mithaq use node-a 3f…/9c…/1/main/12 --for office --to \"Customs, desk 3\"\n  \
                        mithaq use node-a 3f…/9c…/1/main/12 --for purpose --other-purpose border_control\n\n\
                        Ask for a permission: mithaq kinds requests.permission_request/1")]
pub struct Args {
    #[command(flatten)]
    node: ReaderArgs,
    /// CHANNEL/AGENCY/EPOCH/LANE/INDEX: of ids the first digits are enough, and labels do.
    record: Named,
    /// court, office or purpose.
    #[arg(long = "for", value_name = "USE")]
    used_for: String,
    /// With court and office: in which proceedings, or which office. Never a person's name.
    #[arg(long)]
    to: Option<String>,
    /// With purpose: the other purpose.
    #[arg(long, value_name = "CODE")]
    other_purpose: Option<String>,
}

pub async fn run(args: Args, json: bool) -> Result<(), Failure> {
    let api = Api::reading(&args.node).await?;
    let record = args.record.found(&api).await?;
    // Which words there are is the node's to say.
    let wanted = json!({ "use": args.used_for, "to": args.to, "purpose": args.other_purpose });
    let answer = api.post::<Used>(&format!("/v1/records/{record}/uses"), &wanted).await?;
    answer.tell(json, |Used { allowed, .. }| {
        output::say(&say!("use-allowed", used_for = %args.used_for, purpose = %allowed.purpose))?;
        allowed.permissions.iter().try_for_each(|permission| {
            output::say_below(&say!("by-permission", log = %permission.log, index = %permission.index))
        })
    })
}
