//! `mithaq agreement`: from a draft to a channel that is open, and on to its end.

use std::path::PathBuf;

use clap::Subcommand;
use node::answers::{
    agreements::{AgreementList, AgreementRow, NotReached, OfferAnswer, ProgressAnswer},
    channels::ChannelRow,
};
use protocol::id::{AgencyId, ChannelId};
use serde_json::json;
use texts::{Message, say};

use super::short;
use crate::{
    api::{self, Answer, Api, Call},
    cli::NodeArgs,
    failure::Failure,
    output::{self, Cell},
    said,
};

pub mod life;
pub mod template;

#[derive(Subcommand)]
pub enum Command {
    /// Print a draft in TOML to begin with, every field explained. Needs no node.
    #[command(after_help = "Example: mithaq agreement template --us XAA --with XAB > cooperation.toml")]
    Template(template::Args),
    /// Render a TOML draft to the bytes that all parties sign.
    #[command(after_help = "Example: mithaq agreement draft node-a cooperation.toml")]
    Draft {
        #[command(flatten)]
        node: NodeArgs,
        /// The draft in TOML.
        file: PathBuf,
    },
    /// Sign an agreement for this agency. A party signs at most one successor of a version.
    #[command(after_help = "Examples:\n  mithaq agreement sign node-a 3f\n  mithaq agreement sign node-a 3f --offer")]
    Sign {
        #[command(flatten)]
        one: One,
        /// Push it to the other parties at once.
        #[arg(long)]
        offer: bool,
    },
    /// Push the agreement with all its signatures to the other parties.
    #[command(after_help = "Example: mithaq agreement offer node-a 3f")]
    Offer(One),
    /// Forget a draft, or an offer of a partner, that this agency has not signed.
    #[command(after_help = "Example: mithaq agreement discard node-a 3f")]
    Discard(One),
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
        Command::Template(args) => template::run(&args),
        Command::Draft { node, file } => draft(&node, &file, json).await,
        Command::Sign { one, offer: false } => act(one, "sign", json).await,
        Command::Sign { one, offer: true } => {
            let (api, hash) = one.open().await?;
            api.act::<ProgressAnswer>(&format!("/v1/agreements/{hash}/sign")).await?;
            offer(&api, &hash, json).await
        }
        Command::Offer(one) => act(one, "offer", json).await,
        Command::Discard(one) => act(one, "discard", json).await,
        Command::Import { node, file } => {
            let bytes = output::read(&file, u64::try_from(protocol::limits::BUNDLE_BYTES_MAX).unwrap_or(u64::MAX))?;
            let api = Api::of(&node).await?;
            print(&api.ask(Call::post("/v1/agreements/import", api::JSON, bytes)).await?, json)
        }
        Command::Export { one, file } => {
            let (api, hash) = one.open().await?;
            let bytes = api.bytes(Call::get(&format!("/v1/agreements/{hash}/bundle"))).await?;
            output::write_new(&file, &bytes)?;
            let written = json!({"file": file, "agreement": hash});
            match json {
                true => output::json(&written),
                false => output::say(&say!("holds-agreement", file = %file.display(), agreement = hash)),
            }
        }
        Command::List(node) => {
            let api = Api::of(&node).await?;
            let answer = api.get::<AgreementList>("/v1/agreements").await?;
            answer.tell(json, |AgreementList { agreements }| {
                let heads = [
                    say!("head-agreement").into(),
                    say!("head-version").into(),
                    say!("head-state").into(),
                    say!("head-until").into(),
                    say!("head-title").into(),
                ];
                output::table(heads, agreements.iter().map(row).collect(), &say!("list-no-agreements"))
            })
        }
        Command::Show(one) => {
            let (api, hash) = one.open().await?;
            life::show(&api.get(&format!("/v1/agreements/{hash}")).await?, json)
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
    let answer = api.ask(Call::post("/v1/agreements", content_type, text)).await;
    print(&answer.map_err(|failure| failure.while_doing(file.display()))?, json)
}

async fn act(one: One, act: &str, json: bool) -> Result<(), Failure> {
    let (api, hash) = one.open().await?;
    match act {
        "offer" => offer(&api, &hash, json).await,
        _ => print(&api.act(&format!("/v1/agreements/{hash}/{act}")).await?, json),
    }
}

async fn offer(api: &Api, hash: &str, json: bool) -> Result<(), Failure> {
    let answer = api.act::<OfferAnswer>(&format!("/v1/agreements/{hash}/offer")).await?;
    answer.tell(json, |OfferAnswer { progress, reached, failed }| {
        show(&progress)?;
        reached.iter().try_for_each(|agency| output::say_below(&say!("list-offer-reached", agency = %agency)))?;
        failed.iter().try_for_each(|NotReached { agency, message }| {
            output::say_below(&say!("list-offer-failed", agency = %agency, message = message))
        })
    })
}

impl One {
    async fn open(&self) -> Result<(Api, String), Failure> {
        let api = Api::of(&self.node).await?;
        if is_whole(&self.agreement) {
            let hash = self.agreement.clone();
            return Ok((api, hash));
        }
        let AgreementList { agreements } = api.get("/v1/agreements").await?.read()?;
        let hashes = agreements.iter().map(|row| hex::encode(row.progress.agreement));
        let begun_so = hashes.filter(|hash| hash.starts_with(&self.agreement)).collect();
        let hash = only_one(begun_so, say!("thing-agreement"), &self.agreement)?;
        Ok((api, hash))
    }
}

/// The channel whose id begins with `prefix`.
pub async fn find_channel(api: &Api, named: &str) -> Result<ChannelId, Failure> {
    if let Ok(channel) = named.parse() {
        return Ok(channel);
    }
    let channels: Vec<ChannelRow> = api.get("/v1/channels").await?.read()?;
    let is_meant = |row: &&ChannelRow| row.channel.to_string().starts_with(named) || row.labels.contains_key(named);
    let ids = channels.iter().filter(is_meant).map(|row| row.channel.to_string()).collect();
    let found = only_one(ids, say!("thing-channel"), named)?;
    found.parse().map_err(|error| Failure::internal(say!("while-doing", what = %found, problem = %error)))
}

/// The agency that a text names: by its id, the beginning of it, or the label by which an agreement in force calls it.
pub async fn find_agency(api: &Api, named: &str) -> Result<AgencyId, Failure> {
    if let Ok(agency) = named.parse() {
        return Ok(agency);
    }
    let channels: Vec<ChannelRow> = api.get("/v1/channels").await?.read()?;
    let begun_so = channels.iter().flat_map(|row| &row.parties).filter(|party| party.to_string().starts_with(named));
    let called_so = channels.iter().filter_map(|row| row.labels.get(named));
    let found = only_one(begun_so.chain(called_so).map(AgencyId::to_string).collect(), say!("thing-agency"), named)?;
    found.parse().map_err(|error| Failure::internal(say!("while-doing", what = %found, problem = %error)))
}

fn is_whole(id: &str) -> bool {
    protocol::id::parse_hash(id).is_ok()
}

/// The one id that was found.
pub fn only_one(mut found: Vec<String>, what: Message, named: &str) -> Result<String, Failure> {
    found.sort_unstable();
    found.dedup();
    match &found[..] {
        [one] => Ok(one.clone()),
        [] => Err(Failure::not_found(say!("nothing-called", what = what, named = %named))),
        _ => Err(Failure::usage(say!("several-called", what = what, named = %named))),
    }
}

/// Prints how far an agreement is.
fn print(answer: &Answer<ProgressAnswer>, json: bool) -> Result<(), Failure> {
    answer.tell(json, |progress| show(&progress))
}

fn show(progress: &ProgressAnswer) -> Result<(), Failure> {
    output::say(&say!("list-agreement-hash", agreement = hex::encode(progress.agreement)))?;
    if let Some(channel) = &progress.channel {
        output::say(&say!("agreement-channel", channel = %channel))?;
    }
    output::say(&say!("agreement-state", state = stands(progress)))?;
    progress.warnings.iter().try_for_each(|warning| output::say(&say!("list-look-again", message = %warning.message)))
}

fn stands(progress: &ProgressAnswer) -> Message {
    if progress.in_force {
        return say!("progress-in-force");
    }
    let missing: Vec<String> = progress.missing.iter().map(short).collect();
    if missing.is_empty() { say!("progress-signed") } else { say!("progress-missing", parties = missing) }
}

fn row(agreement: &AgreementRow) -> [Cell; 5] {
    let AgreementRow { progress, version, title, valid_until, .. } = agreement;
    let hash = short(&hex::encode(progress.agreement));
    let title = said::text(title).unwrap_or_default();
    [hash.into(), version.to_string().into(), stands(progress).into(), valid_until.to_string().into(), title.into()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_must_be_that_of_exactly_one() {
        let found =
            |ids: &[&str]| only_one(ids.iter().map(|id| (*id).to_owned()).collect(), say!("thing-channel"), "a");
        assert_eq!(found(&["aa", "aa"]).unwrap(), "aa", "several ways lead to the same");
        assert!(found(&["aa11", "aa22"]).unwrap_err().is_lasting() && found(&[]).unwrap_err().is_not_found());
    }
}
