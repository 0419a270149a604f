//! `mithaq peer`: the other agencies.

use std::path::PathBuf;

use clap::Subcommand;
use protocol::fingerprint::{Fingerprint, digits};
use serde_json::{Value, json};

use crate::{
    api::{self, Api, Call},
    cli::NodeArgs,
    failure::Failure,
    output,
};

#[derive(Subcommand)]
pub enum Command {
    /// Take over the card of another agency.
    ///
    /// Nothing is exchanged with it before its fingerprint is confirmed: read it to each other in person or by
    /// telephone, and give what you heard with --fingerprint.
    #[command(after_help = "Examples:\n  mithaq peer add node-a theirs.card\n  \
                            mithaq peer add node-a --address https://node.example:8443 --fingerprint \"04711 12345 …\"")]
    Add {
        #[command(flatten)]
        node: NodeArgs,
        /// The card file that the other agency handed over.
        #[arg(required_unless_present = "address")]
        card: Option<PathBuf>,
        /// Fetch the card from this address instead.
        #[arg(long, value_name = "https://HOST:PORT", conflicts_with = "card")]
        address: Option<String>,
        /// The fingerprint as the other agency's people gave it to you, 60 digits.
        #[arg(long)]
        fingerprint: Option<Fingerprint>,
    },
    /// List the agencies whose cards are held.
    #[command(after_help = "Example: mithaq peer list node-a")]
    List(NodeArgs),
}

pub async fn run(command: Command, json: bool) -> Result<(), Failure> {
    match command {
        Command::Add { node, card, address, fingerprint } => {
            let api = Api::of(&node).await?;
            let peer = match (card, address) {
                (Some(card), _) => {
                    let bytes = output::read(&card, protocol_card_bytes_max())?;
                    add(&api, bytes, fingerprint.as_ref()).await?
                }
                (None, Some(address)) => fetch(&api, &address, fingerprint.as_ref()).await?,
                (None, None) => return Err(Failure::usage("give a card file or --address")),
            };
            if json {
                return output::json(&peer);
            }
            show(&peer)?;
            match peer["trusted"].as_bool() {
                Some(true) => output::line_of("The fingerprint is confirmed."),
                _ => {
                    output::line_of("Not confirmed yet: compare the fingerprint, then add it again with --fingerprint.")
                }
            }
        }
        Command::List(node) => {
            let api = Api::of(&node).await?;
            let answer = api.json(Call::get("/v1/peers")).await?;
            if json {
                return output::json(&answer);
            }
            super::rows(&answer, "peers").iter().try_for_each(show)
        }
    }
}

/// Takes over a card, and trusts it if the fingerprint is given.
pub async fn add(api: &Api, card: Vec<u8>, fingerprint: Option<&Fingerprint>) -> Result<Value, Failure> {
    let confirmed = fingerprint.map(digits);
    let path = api::query("/v1/peers", &[("fingerprint", confirmed.as_deref())]);
    api.json(Call::post(&path, api::JSON, card)).await
}

async fn fetch(api: &Api, address: &str, fingerprint: Option<&Fingerprint>) -> Result<Value, Failure> {
    let mut peer = api.json(Call::post_json("/v1/peers/fetch", &json!({"address": address}))?).await?;
    if let Some(fingerprint) = fingerprint {
        let agency = peer["agency"].as_str().ok_or_else(|| Failure::internal("the node named no agency"))?;
        let path = format!("/v1/peers/{agency}/confirm");
        let confirmed = api.json(Call::post_json(&path, &json!({"fingerprint": fingerprint.to_string()}))?).await?;
        if confirmed.is_object() {
            peer = confirmed;
        }
        peer["trusted"] = Value::Bool(true);
    }
    Ok(peer)
}

fn show(peer: &Value) -> Result<(), Failure> {
    let text = |field: &str| peer[field].as_str().unwrap_or("-").to_owned();
    let name = peer["names"]["en"].as_str().map_or_else(|| text("agency"), str::to_owned);
    let trusted = if peer["trusted"] == true { "confirmed" } else { "not confirmed" };
    output::line_of(&format!("{name} ({}), {trusted}", text("country")))?;
    output::line_of(&format!("  agency id    {}", text("agency")))?;
    output::line_of(&format!("  fingerprint  {}", text("fingerprint")))
}

fn protocol_card_bytes_max() -> u64 {
    u64::try_from(protocol::limits::CARD_CHAIN_BYTES_MAX).unwrap_or(u64::MAX)
}
