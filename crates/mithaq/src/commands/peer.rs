//! `mithaq peer`: the other agencies.

use std::path::PathBuf;

use clap::Subcommand;
use node::answers::peers::{CardAddress, Confirmation, PeerList, PeerRow};
use protocol::fingerprint::{Fingerprint, digits};
use texts::say;

use crate::{
    api::{self, Answer, Api, Call},
    cli::NodeArgs,
    failure::Failure,
    output, said,
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
                (None, Some(address)) => fetch(&api, address, fingerprint.as_ref()).await?,
                (None, None) => return Err(Failure::usage(say!("card-or-address"))),
            };
            peer.tell(json, |peer| {
                show(&peer)?;
                output::say(&match peer.trusted {
                    true => say!("fingerprint-confirmed"),
                    false => say!("fingerprint-not-confirmed"),
                })
            })
        }
        Command::List(node) => {
            let api = Api::of(&node).await?;
            api.get::<PeerList>("/v1/peers").await?.tell(json, |PeerList { peers }| match &peers[..] {
                [] => output::say(&say!("no-peers")),
                peers => peers.iter().try_for_each(show),
            })
        }
    }
}

/// Takes over a card, and trusts it if the fingerprint is given.
pub async fn add(api: &Api, card: Vec<u8>, fingerprint: Option<&Fingerprint>) -> Result<Answer<PeerRow>, Failure> {
    let confirmed = fingerprint.map(digits);
    let path = api::query("/v1/peers", &[("fingerprint", confirmed.as_deref())]);
    api.ask(Call::post(&path, api::JSON, card)).await
}

async fn fetch(api: &Api, address: String, fingerprint: Option<&Fingerprint>) -> Result<Answer<PeerRow>, Failure> {
    let fetched = api.post::<PeerRow>("/v1/peers/fetch", &CardAddress { address }).await?;
    let Some(fingerprint) = fingerprint else { return Ok(fetched) };
    let path = format!("/v1/peers/{}/confirm", fetched.read()?.agency);
    api.post(&path, &Confirmation { fingerprint: fingerprint.to_string() }).await
}

fn show(peer: &PeerRow) -> Result<(), Failure> {
    let name = said::text(&peer.names).map_or_else(|| peer.agency.to_string(), str::to_owned);
    let country = &peer.country;
    output::say(&match peer.trusted {
        true => say!("peer-confirmed", name = name, country = country),
        false => say!("peer-not-confirmed", name = name, country = country),
    })?;
    output::say_below(&say!("agency-id-is", id = %peer.agency))?;
    output::say_below(&say!("fingerprint-is", fingerprint = &peer.fingerprint))
}

fn protocol_card_bytes_max() -> u64 {
    u64::try_from(protocol::limits::CARD_CHAIN_BYTES_MAX).unwrap_or(u64::MAX)
}
