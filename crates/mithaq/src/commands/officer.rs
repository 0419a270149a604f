//! `mithaq officer`: keys with which officers approve records, and their enrolment.

use std::path::PathBuf;

use clap::Subcommand;
use node::answers::officers::{LogEntry, NewOfficer, OfficerRow, OfficersRevoked};
use protocol::{
    encoding::{from_base64, to_base64},
    passkey::{Algorithm, PublicKey},
    record::{ApprovalKey, EnrolledPasskey, Officer},
    suite::P256_PUBLIC_BYTES,
};
use serde_json::json;
use texts::say;

use super::{agreement::find_channel, second};
use crate::{
    api::Api,
    cli::NodeArgs,
    failure::Failure,
    officer::OfficerKey,
    output::{self, Cell},
    passphrase,
    reference::in_channel,
    said,
};

#[derive(Subcommand)]
pub enum Command {
    /// Make an officer's key file.
    #[command(after_help = "Examples:\n  mithaq officer new desk-7.key\n  \
                            mithaq officer new robot.key --unsealed     (for programs: the file alone signs)")]
    New {
        /// The new file. Only its owner may read it.
        file: PathBuf,
        /// Leave the key unprotected.
        #[arg(long, conflicts_with = "passphrase_file")]
        unsealed: bool,
        /// File with the passphrase that protects the key. Without it you are asked.
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Enrol an officer's key in a channel; from then on its approvals count there.
    #[command(after_help = "Examples:\n  \
                            mithaq officer enrol node-a --channel 3f --office \"Desk 7\" --public 3q2+7w…=   (as the officer's own \
                            machine printed it)\n  \
                            mithaq officer enrol node-a --channel 3f --office \"Desk 7\" --key desk-7.key\n  \
                            mithaq officer enrol node-a --channel 3f --office \"Desk 7\" --public BGsX0… --rp-id agency.example \
                            --origin https://exchange.agency.example   (a passkey)")]
    Enrol {
        #[command(flatten)]
        node: NodeArgs,
        /// The channel: its id or the beginning of it.
        #[arg(long)]
        channel: String,
        /// The office. Never a person's name: it goes to the other parties.
        #[arg(long)]
        office: String,
        /// The officer's key file, if it is at hand. No passphrase is needed: only the public key is read.
        #[arg(long, value_name = "FILE", required_unless_present = "public", conflicts_with = "public")]
        key: Option<PathBuf>,
        /// The public key in base64, as `mithaq officer new` prints it: the private one stays with the officer.
        #[arg(long, value_name = "BASE64")]
        public: Option<String>,
        /// The origin whose pages ask for approvals, if the key is a passkey's: https://exchange.agency.example.
        #[arg(long, requires_all = ["rp_id", "public"])]
        origin: Option<String>,
        /// The relying party of the passkey: the origin's host, or a domain above it.
        #[arg(long, value_name = "DOMAIN", requires = "origin")]
        rp_id: Option<String>,
        /// Ask for it: another administrator confirms it with `mithaq second confirm`.
        #[arg(long)]
        ask: bool,
    },
    /// End the enrolment of an officer's key in a channel: nothing that it approves from then on counts, at no party.
    ///
    /// For an officer who leaves, and for a key that is lost or stolen. What it approved before stays approved, and
    /// evidence of it stays valid; what has not left yet is withheld. A revoked key does not come back.
    #[command(after_help = "Examples:\n  mithaq officer revoke node-a --channel 3f --key desk-7.key\n  \
                            mithaq officer revoke node-a --channel 3f --public 3q2+7w…=   (as `mithaq officer list` has it)")]
    Revoke {
        #[command(flatten)]
        node: NodeArgs,
        /// The channel: its id or the beginning of it.
        #[arg(long)]
        channel: String,
        /// The officer's key file, if it is at hand. No passphrase is needed.
        #[arg(long, value_name = "FILE", required_unless_present = "public", conflicts_with = "public")]
        key: Option<PathBuf>,
        /// The public key in base64.
        #[arg(long, value_name = "BASE64")]
        public: Option<String>,
    },
    /// List the officers of a channel.
    #[command(after_help = "Example: mithaq officer list node-a --channel 3f")]
    List {
        #[command(flatten)]
        node: NodeArgs,
        /// The channel: its id or the beginning of it.
        #[arg(long)]
        channel: String,
    },
}

pub async fn run(command: Command, json: bool) -> Result<(), Failure> {
    match command {
        Command::New { file, unsealed, passphrase_file } => {
            let passphrase = match unsealed {
                true => None,
                false => Some(passphrase::choose(passphrase_file.as_deref(), &file.display().to_string())?),
            };
            let key = OfficerKey::create(&file, passphrase.as_ref().map(|passphrase| passphrase.as_slice()))?;
            let public = to_base64(key.public());
            if json {
                return output::json(&json!({"file": file, "public": public, "sealed": !unsealed}));
            }
            output::say(&say!("holds-officer-key", file = %file.display(), public = %public))
        }
        Command::Enrol { node, channel, office, key, public, origin, rp_id, ask } => {
            let public = match key {
                Some(key) => OfficerKey::public_of(&key)?.to_vec(),
                None => from_base64(&public.unwrap_or_default())
                    .ok_or_else(|| Failure::usage(say!("public-key-form")).in_field("public"))?,
            };
            let api = Api::of(&node).await?;
            let channel = find_channel(&api, &channel).await?;
            let officer = NewOfficer(match origin.zip(rp_id) {
                None => Officer::ed25519(office.clone(), public),
                Some((origin, rp_id)) => {
                    let es256 = public.len() == P256_PUBLIC_BYTES;
                    let algorithm = if es256 { Algorithm::Es256 } else { Algorithm::Ed25519 };
                    let key = PublicKey { algorithm, bytes: public };
                    let key = ApprovalKey::Webauthn(EnrolledPasskey { key, origin, rp_id });
                    Officer { office: office.clone(), key }
                }
            });
            if ask {
                let of = json!({ "channel": channel, "officer": officer });
                return second::ask(&api, "officer", of, None, json).await;
            }
            let answer = api.post::<LogEntry>(&format!("/v1/channels/{channel}/officers"), &officer).await?;
            answer.tell(json, |LogEntry { origin, index }| {
                output::say(&say!("officer-enrolled", office = %office, index = %index, origin = %origin))
            })
        }
        Command::Revoke { node, channel, key, public } => {
            let public = match key {
                Some(key) => to_base64(&OfficerKey::public_of(&key)?),
                None => public.unwrap_or_default(),
            };
            let api = Api::of(&node).await?;
            let channel = find_channel(&api, &channel).await?;
            // A key in base64 that is none is the node's to refuse.
            let path = format!("/v1/channels/{channel}/officers/revoke");
            let answer = api.post::<OfficersRevoked>(&path, &json!({"public": public})).await?;
            answer
                .tell(json, |OfficersRevoked { revoked }| output::say(&say!("key-is-revoked", revoked = revoked.len())))
        }
        Command::List { node, channel } => {
            let api = Api::of(&node).await?;
            let channel = find_channel(&api, &channel).await?;
            let answer = api.get::<Vec<OfficerRow>>(&format!("/v1/channels/{channel}/officers")).await?;
            answer.tell(json, |officers| {
                let heads = [
                    say!("head-office").into(),
                    say!("head-key").into(),
                    say!("head-enrolled").into(),
                    say!("head-state").into(),
                ];
                output::table(heads, officers.iter().map(row).collect(), &say!("no-officers"))
            })
        }
    }
}

fn row(OfficerRow { enrolment, officer, revoked }: &OfficerRow) -> [Cell; 4] {
    let state = said::state(if revoked.is_some() { "revoked" } else { "counts" });
    let place = in_channel(&enrolment.origin.short(), enrolment.index);
    [officer.office.as_str().into(), to_base64(officer.public()).into(), place.into(), state.into()]
}
