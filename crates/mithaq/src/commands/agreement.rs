//! `mithaq agreement`: from a draft to a channel that is open, and on to its end.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::{
    api::{self, Api, Call},
    cli::NodeArgs,
    failure::Failure,
    output,
};

mod life;

#[derive(Subcommand)]
pub enum Command {
    /// Render a TOML draft to the bytes that all parties sign.
    #[command(after_help = "Example: mithaq agreement draft node-a cooperation.toml")]
    Draft {
        #[command(flatten)]
        node: NodeArgs,
        /// The draft in TOML.
        file: PathBuf,
    },
    /// Sign an agreement for this agency. A party signs at most one successor of a version.
    #[command(after_help = "Example: mithaq agreement sign node-a 3f")]
    Sign(One),
    /// Push the agreement with all its signatures to the other parties.
    #[command(after_help = "Example: mithaq agreement offer node-a 3f")]
    Offer(One),
    /// Take over an agreement file with its signatures.
    #[command(after_help = "Example: mithaq agreement import node-a cooperation.bundle")]
    Import {
        #[command(flatten)]
        node: NodeArgs,
        /// The file that another party exported.
        file: PathBuf,
    },
    /// Write the agreement with all its signatures to a file, for a courier.
    #[command(after_help = "Example: mithaq agreement export node-a 3f cooperation.bundle")]
    Export {
        #[command(flatten)]
        one: One,
        /// The new file.
        file: PathBuf,
    },
    /// List the agreements held.
    #[command(after_help = "Example: mithaq agreement list node-a")]
    List(NodeArgs),
    /// Show where an agreement stands: who has signed, which version governs from where on, what comes next.
    #[command(after_help = "Example: mithaq agreement show node-a 3f")]
    Show(One),
    /// Say whether a record would pass, and which clause or rule decides. Takes what `mithaq send` takes; sends nothing.
    #[command(
        after_help = "Example: mithaq agreement try node-a --channel 3f --clause c2 --kind correspondence.note/1 note.json"
    )]
    Try(Box<super::send::Args>),
    /// Draft a new text for the agreement of a channel. All sign it; then it governs.
    #[command(after_help = "Example: mithaq agreement amend node-a 3f cooperation-2.toml")]
    Amend(life::Amend),
    /// Draft the same text with new dates.
    #[command(after_help = "Example: mithaq agreement renew node-a 3f --until 2028-12-31")]
    Renew(life::Renew),
    /// Stop sending and taking records, at once and alone. Erasure goes on.
    #[command(after_help = "Example: mithaq agreement suspend node-a 3f")]
    Suspend(life::InChannel),
    /// End this agency's own suspension.
    #[command(after_help = "Example: mithaq agreement resume node-a 3f")]
    Resume(life::InChannel),
    /// End the agreement alone, where it allows that.
    #[command(after_help = "Example: mithaq agreement terminate node-a 3f --last-day 2027-12-31")]
    Terminate(life::Terminate),
}

/// One agreement of a node.
#[derive(clap::Args)]
pub struct One {
    #[command(flatten)]
    node: NodeArgs,
    /// The agreement: its hash or the beginning of it.
    agreement: String,
}

pub async fn run(command: Command, json: bool) -> Result<(), Failure> {
    match command {
        Command::Draft { node, file } => draft(&node, &file, json).await,
        Command::Sign(one) => act(one, "sign", json).await,
        Command::Offer(one) => act(one, "offer", json).await,
        Command::Import { node, file } => {
            let bytes = output::read(&file, u64::try_from(protocol::limits::BUNDLE_BYTES_MAX).unwrap_or(u64::MAX))?;
            let api = Api::of(&node).await?;
            print(&api.json(Call::post("/v1/agreements/import", api::JSON, bytes)).await?, json)
        }
        Command::Export { one, file } => {
            let (api, hash) = one.open().await?;
            let bytes = api.bytes(Call::get(&format!("/v1/agreements/{hash}/bundle"))).await?;
            output::write_new(&file, &bytes)?;
            print(&json!({"file": file, "agreement": hash}), json)
        }
        Command::List(node) => {
            let api = Api::of(&node).await?;
            let answer = api.json(Call::get("/v1/agreements")).await?;
            if json {
                return output::json(&answer);
            }
            super::rows(&answer, "agreements").iter().try_for_each(|row| print(row, false))
        }
        Command::Show(one) => {
            let (api, hash) = one.open().await?;
            life::show_answer(&api.json(Call::get(&format!("/v1/agreements/{hash}"))).await?, json)
        }
        Command::Try(args) => super::send::attempt(*args, json).await,
        Command::Amend(args) => life::amend(args, json).await,
        Command::Renew(args) => life::renew(args, json).await,
        Command::Suspend(at) => life::act(at, "suspend", json).await,
        Command::Resume(at) => life::act(at, "resume", json).await,
        Command::Terminate(args) => life::terminate(args, json).await,
    }
}

async fn draft(node: &NodeArgs, file: &std::path::Path, json: bool) -> Result<(), Failure> {
    let text = output::read_text(file, u64::try_from(protocol::limits::AGREEMENT_BYTES_MAX).unwrap_or(u64::MAX))?;
    let api = Api::of(node).await?;
    let is_json = file.extension().is_some_and(|extension| extension == "json");
    let content_type = if is_json { api::JSON } else { "application/toml" };
    let answer = api.json(Call::post("/v1/agreements", content_type, text)).await;
    print(&answer.map_err(|failure| failure.while_doing(file.display()))?, json)
}

async fn act(one: One, act: &str, json: bool) -> Result<(), Failure> {
    let (api, hash) = one.open().await?;
    let path = format!("/v1/agreements/{hash}/{act}");
    print(&api.json(Call::post(&path, api::JSON, Vec::new())).await?, json)
}

impl One {
    async fn open(&self) -> Result<(Api, String), Failure> {
        let api = Api::of(&self.node).await?;
        if is_whole(&self.agreement) {
            let hash = self.agreement.clone();
            return Ok((api, hash));
        }
        let answer = api.json(Call::get("/v1/agreements")).await?;
        let hash = only_one(&super::rows(&answer, "agreements"), "agreement", &self.agreement)?;
        Ok((api, hash))
    }
}

/// The channel whose id begins with `prefix`.
pub async fn find_channel(api: &Api, prefix: &str) -> Result<String, Failure> {
    if is_whole(prefix) {
        return Ok(prefix.to_owned());
    }
    let answer = api.json(Call::get("/v1/channels")).await?;
    only_one(&super::rows(&answer, "channels"), "channel", prefix)
}

fn is_whole(id: &str) -> bool {
    protocol::id::parse_hash(id).is_ok()
}

fn only_one(rows: &[Value], field: &str, prefix: &str) -> Result<String, Failure> {
    let mut found: Vec<&str> =
        rows.iter().filter_map(|row| row[field].as_str()).filter(|id| id.starts_with(prefix)).collect();
    found.sort_unstable();
    found.dedup();
    match found[..] {
        [one] => Ok(one.to_owned()),
        [] => Err(Failure::not_found(format!("no {field} begins with `{prefix}`"))),
        _ => Err(Failure::usage(format!("more than one {field} begins with `{prefix}`: give more of it"))),
    }
}

/// Prints an object: as it is, or a line a member.
fn print(value: &Value, json: bool) -> Result<(), Failure> {
    match value.as_object() {
        Some(members) if !json => members.iter().try_for_each(|(name, member)| {
            let text = member.as_str().map_or_else(|| member.to_string(), str::to_owned);
            output::line_of(&format!("{name:<12} {text}"))
        }),
        _ => output::json(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_must_name_exactly_one() {
        let rows = [json!({"channel": "aa11"}), json!({"channel": "aa22"}), json!({"channel": "bb"})];
        assert_eq!(only_one(&rows, "channel", "b").unwrap(), "bb");
        assert!(only_one(&rows, "channel", "aa").is_err());
        assert!(only_one(&rows, "channel", "c").is_err());
    }
}
