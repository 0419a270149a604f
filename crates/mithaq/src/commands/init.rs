//! `mithaq init`: a node's folder with new keys and the agency's first card.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

use clap::{Args as ClapArgs, ValueEnum};
use node::init::{Init, InitError};
use protocol::card::Body;
use serde_json::json;
use texts::say;

use crate::{failure::Failure, output, passphrase};

/// Make a new agency: its node's folder, its keys and its first card.
///
/// The keys are sealed under a passphrase. One file, `next-keys.sealed`, is the way back after a theft: move it
/// offline.
#[derive(ClapArgs)]
#[command(
    after_help = "Example:\n  mithaq init node-a --name en=\"Police of Exampleland A\" --name ar=\"شرطة البلد أ\" \
                        --country XAA \\\n      --body police --peer 0.0.0.0:8443 --advertise https://node.example:8443"
)]
pub struct Args {
    /// The new folder.
    dir: PathBuf,
    /// The agency's name in a language, such as en="Police of Exampleland A". Repeat it for each language.
    #[arg(long = "name", value_name = "LANGUAGE=NAME", required = true, value_parser = name)]
    names: Vec<(String, String)>,
    /// The country, ISO 3166-1 alpha-3. XAA to XZZ are free for trials.
    #[arg(long, value_name = "XXX")]
    country: String,
    /// What kind of body the agency is.
    #[arg(long)]
    body: BodyArg,
    /// Where partners are listened to.
    #[arg(long, value_name = "HOST:PORT", default_value_t = node::config::default_peer_listen())]
    peer: SocketAddr,
    /// Where the agency itself is listened to; on loopback only.
    #[arg(long, value_name = "HOST:PORT", default_value_t = node::config::default_api_listen())]
    api: SocketAddr,
    /// The address for the card, as partners reach this node; repeat it for several. Without it: that of --peer.
    #[arg(long, alias = "address", value_name = "https://HOST:PORT")]
    advertise: Vec<String>,
    /// File with the passphrase for the keys. Without it you are asked.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// The words of [`Body`] on the command line.
#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum BodyArg {
    Police,
    Customs,
    BorderGuard,
    Fiu,
    Cert,
    Migration,
    HajjMission,
    Ministry,
    Auditor,
    Observer,
    CivilRegistry,
    Consulate,
    Judicial,
    Training,
    Defence,
}

pub fn run(args: Args, json: bool) -> Result<(), Failure> {
    let passphrase = passphrase::choose(args.passphrase_file.as_deref(), &args.dir.display().to_string())?;
    let decided = Init {
        names: args.names.into_iter().collect::<BTreeMap<_, _>>(),
        country: args.country,
        body: args.body.into(),
        peer_listen: args.peer,
        api_listen: args.api,
        advertise: args.advertise,
    };
    let cards = node::init::init(&args.dir, decided, &passphrase).map_err(failure)?;
    let next = args.dir.join(node::keys::NEXT_FILE);
    if json {
        return output::json(&json!({
            "dir": args.dir, "agency": cards.agency(), "fingerprint": cards.fingerprint().to_string(),
            "addresses": cards.current().addresses, "next_keys": next,
        }));
    }
    let dir = args.dir.display();
    output::say(&say!("is-the-node-of", dir = %dir, current = %cards.current().name(["en"])))?;
    output::say_below(&say!("agency-id-is", id = %cards.agency()))?;
    output::say_below(&say!("fingerprint-is", fingerprint = %cards.fingerprint()))?;
    let next = next.display();
    output::say(&say!("move-next-offline", next = %next))?;
    output::say(&say!("then-serve", dir = %dir))
}

fn failure(error: InitError) -> Failure {
    match error {
        InitError::NotEmpty(dir) => Failure::usage(say!("folder-not-empty", dir = %dir.display())),
        InitError::Usage(_) | InitError::Card(_) | InitError::Config(_) => Failure::usage(error.to_string()),
        InitError::Keys(error) => Failure::storage(error.message()),
        InitError::Store(source) => node::OpenError::Store(source).into(),
        InitError::Io { .. } | InitError::Identity(_) => Failure::storage(error.to_string()),
    }
}

fn name(text: &str) -> Result<(String, String), String> {
    let (language, name) = text.split_once('=').ok_or("write the language, = and the name: en=\"Police of A\"")?;
    Ok((language.to_owned(), name.to_owned()))
}

impl From<BodyArg> for Body {
    fn from(arg: BodyArg) -> Self {
        match arg {
            BodyArg::Police => Self::Police,
            BodyArg::Customs => Self::Customs,
            BodyArg::BorderGuard => Self::BorderGuard,
            BodyArg::Fiu => Self::Fiu,
            BodyArg::Cert => Self::Cert,
            BodyArg::Migration => Self::Migration,
            BodyArg::HajjMission => Self::HajjMission,
            BodyArg::Ministry => Self::Ministry,
            BodyArg::Auditor => Self::Auditor,
            BodyArg::Observer => Self::Observer,
            BodyArg::CivilRegistry => Self::CivilRegistry,
            BodyArg::Consulate => Self::Consulate,
            BodyArg::Judicial => Self::Judicial,
            BodyArg::Training => Self::Training,
            BodyArg::Defence => Self::Defence,
        }
    }
}
