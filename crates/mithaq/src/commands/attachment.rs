//! `mithaq attachment`: the files of a record.

use std::path::PathBuf;

use clap::Subcommand;
use protocol::id::parse_hash;
use serde_json::json;
use texts::say;

use crate::{
    api::{self, Api},
    cli::ReaderArgs,
    failure::Failure,
    output,
    reference::Named,
};

#[derive(Subcommand)]
pub enum Command {
    /// Write a file of a record to disk.
    #[command(after_help = "Example: mithaq attachment get node-a 3f…/9c…/1/main/12 e3b0… -o photo.jpg\n\n\
                            The digest stands in the record's header: mithaq record show DIR RECORD --json")]
    Get {
        #[command(flatten)]
        node: ReaderArgs,
        /// CHANNEL/AGENCY/EPOCH/LANE/INDEX: of ids the first digits are enough, and labels do.
        record: Named,
        /// SHA-256 of the file, as the record's header names it.
        sha256: String,
        /// The new file.
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
}

pub async fn run(command: Command, json: bool) -> Result<(), Failure> {
    let Command::Get { node, record, sha256, output: file } = command;
    parse_hash(&sha256).map_err(|_| Failure::usage(say!("not-an-id")).in_field("sha256"))?;
    let api = Api::reading(&node).await?;
    let record = record.found(&api).await?;
    let bytes = api::receive_file(&api, &format!("/v1/records/{record}/attachments/{sha256}"), &file, json).await?;
    if json {
        return output::json(&json!({"file": file, "size": bytes, "sha256": sha256}));
    }
    output::say(&say!("holds-bytes", file = %file.display(), bytes = bytes))
}
