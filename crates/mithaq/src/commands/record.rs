//! `mithaq record`: one record.

use clap::Subcommand;

use crate::{
    api::{Api, Call},
    cli::ReaderArgs,
    failure::Failure,
    output,
    reference::Reference,
};

#[derive(Subcommand)]
pub enum Command {
    /// Show a record: header, body, approvals and state.
    #[command(after_help = "Example: mithaq record show node-a 3f…/9c…/1/main/12")]
    Show {
        #[command(flatten)]
        node: ReaderArgs,
        /// CHANNEL/AGENCY/EPOCH/LANE/INDEX
        record: Reference,
    },
}

pub async fn run(command: Command, json: bool) -> Result<(), Failure> {
    let Command::Show { node, record } = command;
    let api = Api::reading(&node).await?;
    let shown = api.json(Call::get(&format!("/v1/records/{record}"))).await?;
    if json {
        return output::json(&shown);
    }
    let state = shown["state"].as_str().unwrap_or("-");
    output::line_of(&format!("state    {state}"))?;
    if let Some(header) = shown["header"].as_object() {
        for (name, value) in header {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            output::line_of(&format!("{name:<17} {text}"))?;
        }
    }
    match shown["body"].as_str() {
        // Behind a bar no line of the body passes for one of the lines above.
        Some(body) => body.lines().try_for_each(|line| output::line_of(&format!("| {line}"))),
        None => Ok(()),
    }
}
