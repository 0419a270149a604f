//! `mithaq card`: what the agency publishes about itself.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use node::{
    answers::card::{CardRotated, NewCard},
    wording,
};
use protocol::{card::CardChain, suite::AwsLc};
use qrcode::{QrCode, render::unicode::Dense1x2};
use serde_json::json;
use texts::say;
use zeroize::Zeroizing;

use crate::{
    api::{Api, Call},
    cli::NodeArgs,
    failure::{Failure, language},
    output, passphrase,
};

#[derive(Subcommand)]
pub enum Command {
    /// Show the current card.
    #[command(after_help = "Example: mithaq card show node-a")]
    Show(NodeArgs),
    /// Show what two people compare when their agencies meet: twelve groups of five digits, and a QR code.
    #[command(after_help = "Example: mithaq card fingerprint node-a")]
    Fingerprint(NodeArgs),
    /// Write the card file that other agencies take over with `mithaq peer add`.
    #[command(after_help = "Example: mithaq card export node-a ours.card")]
    Export {
        #[command(flatten)]
        node: NodeArgs,
        /// The new file.
        file: PathBuf,
    },
    /// Issue the next card: a new TLS key, and new addresses where given. It is signed by the next keys, which lie offline.
    #[command(after_help = "Examples:
  mithaq card rotate node-a --next-keys /media/safe/next-keys.sealed
  mithaq card rotate node-a --next-keys /media/safe/next-keys.sealed --address https://new.example:8443

The node moves: docs/operate/move-a-node.md")]
    Rotate {
        #[command(flatten)]
        node: NodeArgs,
        /// The file of next keys, brought back from its offline place.
        #[arg(long, value_name = "FILE")]
        next_keys: PathBuf,
        /// File with the passphrase of the next keys, where it is another than the folder's.
        #[arg(long, value_name = "FILE")]
        next_passphrase_file: Option<PathBuf>,
        /// An address where the node is reached; repeat it for several. Without it the addresses stay.
        #[arg(long = "address", value_name = "https://HOST:PORT")]
        addresses: Vec<String>,
    },
}

pub async fn run(command: Command, json: bool) -> Result<(), Failure> {
    match command {
        Command::Show(node) => show(&chain(&node).await?.0, json),
        Command::Fingerprint(node) => fingerprint(&chain(&node).await?.0, json),
        Command::Export { node, file } => {
            let (chain, bytes) = chain(&node).await?;
            output::write_new(&file, &bytes)?;
            if json {
                return output::json(&json!({"file": file, "agency": chain.agency(), "bytes": bytes.len()}));
            }
            output::say(
                &say!("holds-card", file = %file.display(), current = %chain.current().name([language().tag(), "en"])),
            )?;
            let dir = node.dir.display();
            output::say(&say!("compare-fingerprint", dir = %dir))
        }
        Command::Rotate { node, next_keys, next_passphrase_file, addresses } => {
            let next = Next { keys: &next_keys, passphrase_file: next_passphrase_file.as_deref() };
            rotate(&node, next, &addresses, json).await
        }
    }
}

/// Where the next keys lie.
struct Next<'a> {
    keys: &'a Path,
    /// With their passphrase; without it, it is the folder's.
    passphrase_file: Option<&'a Path>,
}

/// The keys on disk are sealed again, so the passphrase is needed also when the node runs.
async fn rotate(node: &NodeArgs, next: Next<'_>, addresses: &[String], json: bool) -> Result<(), Failure> {
    let api = Api::of(node).await?;
    let passphrase = passphrase::read(node.passphrase_file.as_deref(), &node.dir.display().to_string())?;
    let passphrase = as_text(&passphrase)?;
    let next_passphrase = match next.passphrase_file {
        Some(file) => Some(as_text(&passphrase::read(Some(file), &say!("the-next-keys").in_language(language()))?)?),
        None => None,
    };
    let next_keys = Zeroizing::new(output::read_text(next.keys, node::limits::KEY_FILE_BYTES_MAX)?);
    let addresses = (!addresses.is_empty()).then(|| addresses.to_vec());
    let new = NewCard { next_keys, passphrase, next_passphrase, names: None, addresses };
    api.post::<CardRotated>("/v1/card/rotate", &new).await?.tell(json, |rotated| {
        output::say(&say!("card-in-force", serial = %rotated.serial))?;
        output::say(&say!("card-after-rotation", next = %rotated.next_keys_file.display()))
    })
}

fn as_text(passphrase: &[u8]) -> Result<Zeroizing<String>, Failure> {
    let text = std::str::from_utf8(passphrase).map_err(|_| Failure::usage(say!("passphrase-not-text")))?;
    Ok(Zeroizing::new(text.to_owned()))
}

async fn chain(node: &NodeArgs) -> Result<(CardChain, bytes::Bytes), Failure> {
    let api = Api::of(node).await?;
    let bytes = api.bytes(Call::get("/v1/card")).await?;
    let chain =
        CardChain::parse(&AwsLc, &bytes).map_err(|error| Failure::not_verified(wording::cards::card(&error)))?;
    Ok((chain, bytes))
}

fn show(chain: &CardChain, json: bool) -> Result<(), Failure> {
    let card = chain.current();
    if json {
        return output::json(&json!({
            "agency": chain.agency(), "fingerprint": chain.fingerprint().to_string(), "card": card,
        }));
    }
    for (language, name) in &card.names {
        output::say(&say!("card-name", language = language, name = name))?;
    }
    output::say(&say!("card-country", country = &card.country))?;
    output::say(&say!("list-card-serial", serial = %card.serial))?;
    for address in &card.addresses {
        output::say(&say!("card-address", address = address))?;
    }
    output::say(&say!("agency-id-is", id = %chain.agency()))?;
    output::say(&say!("fingerprint-is", fingerprint = %chain.fingerprint()))
}

fn fingerprint(chain: &CardChain, json: bool) -> Result<(), Failure> {
    let (fingerprint, qr_text) = (chain.fingerprint().to_string(), chain.qr_text().to_string());
    if json {
        return output::json(&json!({"agency": chain.agency(), "fingerprint": fingerprint, "qr": qr_text}));
    }
    let groups: Vec<&str> = fingerprint.split(' ').collect();
    output::line_of(chain.current().name([language().tag(), "en"]))?;
    for line in groups.chunks(4) {
        output::line_of(&format!("  {}", line.join(" ")))?;
    }
    let code = QrCode::new(qr_text.as_bytes()).map_err(|error| Failure::internal(say!("qr-code", error = %error)))?;
    // Cameras expect dark on light, and terminals mostly write light on dark: so the light modules are written.
    let image = code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
    output::lines_of(&image)
}
