//! `mithaq auditor`: the key of an independent auditor, and what is done with it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::{Subcommand, ValueEnum};
use node::{
    answers::audit::{AuditHead, Countersignatures, Countersigned, EndHold, HoldList},
    audit::{Hold, LogUse},
    auditors::{Auditor, PublicFile},
    wording,
};
use protocol::{
    card::CardChain,
    date::Date,
    encoding::base64_bytes,
    fingerprint::Fingerprint,
    id::{AgencyId, Hash, parse_hash},
    suite::AwsLc,
    tlog::{audit_origin, auditor_id, countersign, merkle, open_checkpoint},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use texts::say;

use super::second;
use crate::{
    api::{Api, Call},
    audit_file,
    auditor::AuditorKey,
    cli::NodeArgs,
    failure::Failure,
    limits, output, passphrase,
};

mod report;

#[derive(Subcommand)]
pub enum Command {
    /// Make an auditor's key, outside any node, and its public file beside it (FILE.pub).
    #[command(after_help = "Example: mithaq auditor new auditor.key")]
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
    /// Register an auditor's public file at a node. Without one a node exchanges nothing.
    #[command(after_help = "Example: mithaq auditor add node-a auditor.key.pub")]
    Add {
        #[command(flatten)]
        node: NodeArgs,
        /// The public file.
        public: PathBuf,
        /// Ask for it: another administrator confirms it with `mithaq second confirm`.
        #[arg(long)]
        ask: bool,
    },
    /// Countersign the head of a node's audit log, if it continues what was countersigned before.
    ///
    /// What was countersigned is kept beside the key (FILE.seen), out of the node's reach.
    #[command(after_help = "Examples:\n  \
                            mithaq auditor countersign node-a --key auditor.key --fingerprint \"60 digits\"    (first)\n  \
                            mithaq auditor countersign node-a --key auditor.key                              (then)")]
    Countersign {
        #[command(flatten)]
        node: NodeArgs,
        /// The auditor's key file.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// File with the key's passphrase. Without it you are asked.
        #[arg(long, value_name = "FILE")]
        key_passphrase_file: Option<PathBuf>,
        /// The agency's fingerprint: needed the first time.
        #[arg(long)]
        fingerprint: Option<Fingerprint>,
    },
    /// Write the head of a node's audit log into a file, to be carried to the auditor: so the key never comes near the node.
    #[command(after_help = "Examples:\n  mithaq auditor head node-a head.json\n  \
                            mithaq auditor head node-a head.json --since 412    (as `auditor sign` asks for it)")]
    Head {
        #[command(flatten)]
        node: NodeArgs,
        /// The new file.
        file: PathBuf,
        /// Prove that the log continues what the auditor countersigned last, of this size. Without it: what the node keeps as
        /// countersigned last.
        #[arg(long, value_name = "SIZE")]
        since: Option<u64>,
    },
    /// Countersign the head in a file, if it continues what was countersigned before. Needs no node.
    #[command(after_help = "Examples:\n  \
                            mithaq auditor sign head.json --key auditor.key --fingerprint \"60 digits\"    (first)\n  \
                            mithaq auditor sign head.json --key auditor.key                              (then)")]
    Sign {
        /// The file that `mithaq auditor head` wrote. The countersignature is written beside it (FILE.signed).
        file: PathBuf,
        /// The auditor's key file.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// File with the key's passphrase. Without it you are asked.
        #[arg(long, value_name = "FILE")]
        key_passphrase_file: Option<PathBuf>,
        /// The agency's fingerprint: needed the first time.
        #[arg(long)]
        fingerprint: Option<Fingerprint>,
    },
    /// Give a node the countersignature that came back from its auditor.
    #[command(after_help = "Example: mithaq auditor bring node-a head.json.signed")]
    Bring {
        #[command(flatten)]
        node: NodeArgs,
        /// The file that `mithaq auditor sign` wrote.
        file: PathBuf,
    },
    /// Write the audit log with its heads and countersignatures into a file. Needs an auditor's token.
    #[command(after_help = "Example: mithaq auditor export node-a audit.mithaq --token-file auditor.token")]
    Export {
        #[command(flatten)]
        node: NodeArgs,
        /// The new file.
        file: PathBuf,
        /// What the log is read for.
        #[arg(long, value_enum, default_value = "lawfulness")]
        r#use: For,
    },
    /// Keep entries for a procedure beyond their three years, end that, or list such procedures.
    #[command(after_help = "Examples:\n  \
                            mithaq auditor hold node-a\n  \
                            mithaq auditor hold node-a --procedure \"file 12/2026\" --from 2026-01-01 --to 2026-03-31\n  \
                            mithaq auditor hold node-a --procedure \"file 12/2026\" --end")]
    Hold {
        #[command(flatten)]
        node: NodeArgs,
        /// The procedure, as its file is called: never a person. Without it: list.
        #[arg(long, value_name = "FILE NUMBER")]
        procedure: Option<String>,
        /// The first day whose entries it needs, in UTC.
        #[arg(long, value_name = "DAY", requires = "procedure", requires = "to")]
        from: Option<Date>,
        /// The last day.
        #[arg(long, value_name = "DAY", requires = "from")]
        to: Option<Date>,
        /// The procedure is over.
        #[arg(long, requires = "procedure", conflicts_with = "from")]
        end: bool,
    },
    /// Check an exported audit log offline: it needs no node.
    #[command(
        after_help = "Example: mithaq auditor verify audit.mithaq --auditor auditor.key.pub --fingerprint \"60 digits\""
    )]
    Verify {
        /// The exported file.
        file: PathBuf,
        /// The auditor's public file. Repeat for more.
        #[arg(long, value_name = "FILE", required = true)]
        auditor: Vec<PathBuf>,
        /// The agency's fingerprint.
        #[arg(long)]
        fingerprint: Fingerprint,
    },
    /// Say in words who read and did what, when, why and for whom, from an exported audit log that holds. Needs no node.
    #[command(after_help = "Examples:
  mithaq auditor report audit.mithaq --auditor auditor.key.pub --fingerprint \"60 digits\"
  mithaq auditor report audit.mithaq --auditor auditor.key.pub --fingerprint \"60 digits\" \\
      --from 2026-03-01 --to 2026-03-31 --person 7b21 --about /v1/records --csv march.csv")]
    Report(report::Args),
}

/// What the audit log may be read for, and nothing else (LOG-03).
#[derive(Clone, Copy, ValueEnum)]
pub enum For {
    /// Verifying that what was done was lawful.
    Lawfulness,
    /// The agency checks itself.
    SelfMonitoring,
    /// Integrity and security of what is held.
    Integrity,
    /// Criminal proceedings.
    Proceedings,
}

impl From<For> for LogUse {
    fn from(r#use: For) -> Self {
        match r#use {
            For::Lawfulness => Self::Lawfulness,
            For::SelfMonitoring => Self::SelfMonitoring,
            For::Integrity => Self::Integrity,
            For::Proceedings => Self::Proceedings,
        }
    }
}

/// What an auditor countersigned last of each agency's log.
#[derive(Default, Serialize, Deserialize)]
struct Seen(BTreeMap<String, Head>);

/// What was countersigned, of whose log.
#[derive(Serialize)]
struct Signed {
    #[serde(flatten)]
    kept: Countersigned,
    agency: AgencyId,
}

#[derive(Clone, Serialize, Deserialize)]
struct Head {
    size: u64,
    root: String,
}

pub async fn run(command: Command, json: bool) -> Result<(), Failure> {
    match command {
        Command::New { file, unsealed, passphrase_file } => {
            let passphrase = match unsealed {
                true => None,
                false => Some(passphrase::choose(passphrase_file.as_deref(), &file.display().to_string())?),
            };
            let key = AuditorKey::create(&file, passphrase.as_ref().map(|passphrase| passphrase.as_slice()))?;
            let public = beside(&file, "pub");
            output::write_new(&public, &key.public_file()?.encode())?;
            let id = hex::encode(auditor_id(&AwsLc, &key.public_file()?.keys));
            if json {
                return output::json(&json!({ "file": file, "public": public, "auditor": id }));
            }
            output::say(&say!("holds-auditor-key", file = %file.display(), id = %&id[..16]))?;
            output::say(&say!("give-public", public = %public.display()))
        }
        Command::Add { node, public, ask } => {
            let file = output::read(&public, limits::KEY_FILE_BYTES_MAX)?;
            if ask {
                let of = json!({ "file": PublicFile::parse(&file).map_err(Failure::from)? });
                return second::ask(&Api::of(&node).await?, "auditor", of, None, json).await;
            }
            let call = Call::post("/v1/auditors", crate::api::JSON, file);
            let answer = Api::of(&node).await?.ask::<Auditor>(call).await?;
            answer.tell(json, |auditor| output::say(&say!("auditor-registered", id = %short(hex::encode(auditor.id)))))
        }
        Command::Countersign { node, key, key_passphrase_file, fingerprint } => {
            let signed = countersign_head(&node, &key, key_passphrase_file.as_deref(), fingerprint).await?;
            if json {
                return output::json(&signed);
            }
            output::say(&say!("countersigned-of", size = signed.kept.size, agency = %short(signed.agency.to_string())))
        }
        Command::Head { node, file, since } => {
            let api = Api::of(&node).await?;
            let since = match since {
                Some(since) => since,
                None => countersigned_last(&api).await?,
            };
            let head = HeadFile::fetch(&api, since).await?;
            let bytes = serde_json::to_vec(&head).map_err(|error| Failure::internal(error.to_string()))?;
            output::write_new(&file, &bytes)?;
            if json {
                return output::json(&json!({ "file": file, "size": head.head.size, "since": since }));
            }
            output::say(&say!("holds-head", file = %file.display(), size = head.head.size))
        }
        Command::Sign { file, key, key_passphrase_file, fingerprint } => {
            let head: HeadFile = serde_json::from_slice(&output::read(&file, limits::HEAD_FILE_BYTES_MAX)?)
                .map_err(|error| Failure::usage(say!("file-problem", file = %file.display(), error = %error)))?;
            let signed_file = beside(&file, "signed");
            // The file first: what was countersigned and is nowhere is asked for again in vain.
            let to = output::NewSecret::create(signed_file.clone())?;
            let (note, agency) = sign(&head, &key, key_passphrase_file.as_deref(), fingerprint)?;
            to.keep(note.trim_end_matches('\n'))?;
            if json {
                let size = head.head.size;
                return output::json(&json!({ "file": signed_file, "size": size, "agency": agency }));
            }
            output::say(&say!("goes-back", signed_file = %signed_file.display()))
        }
        Command::Bring { node, file } => {
            let note = output::read_text(&file, limits::HEAD_FILE_BYTES_MAX)?;
            let call = Call::post("/v1/audit/countersignatures", "text/plain", note);
            Api::of(&node)
                .await?
                .ask::<Countersigned>(call)
                .await?
                .tell(json, |kept| output::say(&say!("countersigned", size = kept.size)))
        }
        Command::Hold { node, procedure, from, to, end } => {
            let api = Api::of(&node).await?;
            let answer = match (procedure, from.zip(to)) {
                (None, _) => api.get::<HoldList>("/v1/audit/holds").await?,
                (Some(procedure), Some((from, to))) => {
                    let to_ms = to.plus_days(1).start_unix_ms().saturating_sub(1);
                    let hold = Hold { procedure, from_ms: from.start_unix_ms(), to_ms };
                    api.ask(Call::post_json("/v1/audit/holds", &hold)?).await?
                }
                (Some(procedure), None) if end => {
                    api.ask(Call::post_json("/v1/audit/holds/end", &EndHold { procedure })?).await?
                }
                (Some(_), None) => {
                    return Err(Failure::usage(say!("say-days")));
                }
            };
            answer.tell(json, |HoldList { holds }| {
                if holds.is_empty() {
                    return output::say(&say!("no-procedure"));
                }
                let day = |ms| Date::from_unix_ms(ms).map(|day| day.to_string()).unwrap_or_default();
                holds.iter().try_for_each(|hold| {
                    let days = format!("{} .. {}", day(hold.from_ms), day(hold.to_ms));
                    output::parts([days.into(), hold.procedure.as_str().into()])
                })
            })
        }
        Command::Export { node, file, r#use } => {
            let entries = audit_file::export(&Api::of(&node).await?, &file, r#use.into()).await?;
            if json {
                return output::json(&json!({ "file": file, "entries": entries }));
            }
            output::say(&say!("holds-entries", file = %file.display(), entries = entries))
        }
        Command::Report(args) => report::run(&args, json),
        Command::Verify { file, auditor, fingerprint } => {
            let auditors = auditor.iter().map(|file| audit_file::auditor(file)).collect::<Result<Vec<_>, _>>()?;
            let found = audit_file::verify(&file, &auditors, &fingerprint)?;
            if json {
                output::json(&found)?;
            } else {
                found.lines().iter().try_for_each(output::say)?;
            }
            found.must_hold()
        }
    }
}

/// The head of a node's audit log, with what an auditor needs to check it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadFile {
    /// The agency's cards, as `GET /v1/card` gives them.
    #[serde(with = "base64_bytes")]
    cards: Vec<u8>,
    /// From which size the proof leads on.
    since: u64,
    head: AuditHead,
}

impl HeadFile {
    async fn fetch(api: &Api, since: u64) -> Result<Self, Failure> {
        let cards = api.bytes(Call::get("/v1/card")).await?.to_vec();
        let head = api.get::<AuditHead>(&format!("/v1/audit/head?since={since}")).await?.read()?;
        Ok(Self { cards, since, head })
    }
}

/// How much of the log the node keeps as countersigned.
async fn countersigned_last(api: &Api) -> Result<u64, Failure> {
    let kept = api.get::<Countersignatures>("/v1/audit/countersignatures").await?.read()?;
    let size = |note: &String| note.lines().nth(1)?.parse::<u64>().ok();
    Ok(kept.countersigned.last().and_then(size).unwrap_or(0))
}

async fn countersign_head(
    node: &NodeArgs,
    key_file: &Path,
    passphrase_file: Option<&Path>,
    fingerprint: Option<Fingerprint>,
) -> Result<Signed, Failure> {
    let api = Api::of(node).await?;
    let cards = cards(&api.bytes(Call::get("/v1/card")).await?)?;
    let seen = Seen::read(&beside(key_file, "seen"))?;
    let since = seen.0.get(&cards.agency().to_string()).map_or(0, |head| head.size);
    let head = HeadFile::fetch(&api, since).await?;
    let (note, agency) = sign(&head, key_file, passphrase_file, fingerprint)?;
    let call = Call::post("/v1/audit/countersignatures", "text/plain", note);
    let kept = api.ask::<Countersigned>(call).await?.read()?;
    Ok(Signed { kept, agency })
}

fn cards(bytes: &[u8]) -> Result<CardChain, Failure> {
    CardChain::parse(&AwsLc, bytes)
        .map_err(|error| Failure::not_verified(say!("node-card-invalid", error = wording::cards::card(&error))))
}

/// Countersigns a head if it continues what was countersigned before with this key, of which it keeps a note beside the key.
fn sign(
    file: &HeadFile,
    key_file: &Path,
    passphrase_file: Option<&Path>,
    fingerprint: Option<Fingerprint>,
) -> Result<(String, AgencyId), Failure> {
    let key = AuditorKey::open(key_file, passphrase_file)?;
    let seen_file = beside(key_file, "seen");
    let mut seen = Seen::read(&seen_file)?;
    let cards = cards(&file.cards)?;
    let agency = cards.agency().to_string();
    let before = seen.0.get(&agency).cloned();
    match (&before, fingerprint) {
        (None, None) => {
            return Err(Failure::usage(say!("never-countersigned", agency = %agency)));
        }
        (_, Some(given)) if given != Fingerprint::of(cards.agency()) => {
            return Err(Failure::not_verified(say!("node-other-fingerprint", agency = %agency)));
        }
        _ => {}
    }
    let head = open_checkpoint(&AwsLc, &file.head.checkpoint, &cards.current().keys.log)
        .map_err(|error| Failure::not_verified(say!("audit-head-invalid", error = wording::note(error))))?;
    let head = head.checkpoint();
    if head.origin != audit_origin(cards.agency()) {
        return Err(Failure::not_verified(say!("audit-head-other-log", origin = %head.origin)));
    }
    let since = before.as_ref().map_or(0, |head| head.size);
    if since != file.since && since != 0 {
        return Err(Failure::usage(say!("proof-from-elsewhere", since = %since, since_2 = %file.since)));
    }
    if let Some(before) = &before {
        let root = parse_hash(&before.root)
            .map_err(|error| Failure::usage(say!("while-doing", what = %seen_file.display(), problem = %error)))?;
        let proof: Vec<Hash> = file.head.proof.iter().filter_map(|hash| parse_hash(hash).ok()).collect();
        if !merkle::verify_consistency(&AwsLc, before.size, &root, head.size, &head.root, &proof) {
            return Err(Failure::not_verified(say!("audit-discontinued", agency = %agency, size = %before.size)));
        }
    }
    // What was countersigned is kept first: after a crash the same head is countersigned again, never an older one.
    seen.0.insert(agency, Head { size: head.size, root: hex::encode(head.root) });
    seen.write(&seen_file)?;
    let note = countersign(&AwsLc, key.signer(), head, node::clock::now_ms() / 1000)
        .map_err(|error| Failure::internal(error.to_string()))?;
    Ok((note, *cards.agency()))
}

impl Seen {
    fn read(file: &Path) -> Result<Self, Failure> {
        if !file.exists() {
            return Ok(Self::default());
        }
        let bytes = output::read(file, limits::SEEN_FILE_BYTES_MAX)?;
        serde_json::from_slice(&bytes)
            .map_err(|error| Failure::usage(say!("file-problem", file = %file.display(), error = %error)))
    }

    fn write(&self, file: &Path) -> Result<(), Failure> {
        let bytes = serde_json::to_vec_pretty(self).map_err(|error| Failure::internal(error.to_string()))?;
        let new = beside(file, "new");
        let written = std::fs::write(&new, bytes).and_then(|()| std::fs::rename(&new, file));
        written.map_err(|error| Failure::writing(file, &error))
    }
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// The beginning of an id.
fn short(id: String) -> String {
    id.chars().take(16).collect()
}
