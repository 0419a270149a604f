//! `mithaq record`: one record.

use clap::Subcommand;
use node::reading::record::Record;
use serde_json::Value;
use texts::say;

use crate::{api::Api, cli::ReaderArgs, failure::Failure, output, reference::Named, said};

#[derive(Subcommand)]
pub enum Command {
    /// Show a record: header, body, approvals and state.
    #[command(after_help = "Example: mithaq record show node-a 3f…/9c…/1/main/12")]
    Show {
        #[command(flatten)]
        node: ReaderArgs,
        /// CHANNEL/AGENCY/EPOCH/LANE/INDEX: of ids the first digits are enough, and labels do.
        record: Named,
    },
}

pub async fn run(command: Command, json: bool) -> Result<(), Failure> {
    let Command::Show { node, record } = command;
    let api = Api::reading(&node).await?;
    let record = record.found(&api).await?;
    api.get::<Record>(&format!("/v1/records/{record}")).await?.tell(json, |shown| {
        output::say(&say!("state-is", state = said::state(&shown.state)))?;
        let header: serde_json::Map<String, Value> = serde_json::from_str(shown.header.get())
            .map_err(|error| Failure::internal(say!("header-invalid", error = %error)))?;
        for (name, value) in header {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            output::line_of(&format!("{name:<17} {text}"))?;
        }
        // Behind a bar no line of the body passes for one of the lines above.
        let body = shown.body.unwrap_or_default();
        body.lines().try_for_each(|line| output::line_of(&format!("| {line}")))
    })
}
