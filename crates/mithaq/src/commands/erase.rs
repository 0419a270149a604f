//! `mithaq erase`: content goes at both ends, the proof stays.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use node::{
    answers::{channels::ChannelRow, records::Erased},
    reading::{record::Record, reviews::EraseOrder},
};
use protocol::{header::Header, origin::Position};
use serde::Serialize;
use texts::{Message, say};

use crate::{
    api::Api,
    cli::NodeArgs,
    failure::{Failure, language},
    output,
    reference::{Named, Reference},
};

/// Erase the content of a record here and order its holders to do the same. The log entry stays as proof that something
/// was exchanged.
///
/// Before it does so it says which record that is and asks.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  mithaq erase node-a 3f…/9c…/1/main/12 --dry-run\n  mithaq erase node-a 3f…/9c…/1/main/12 --yes"
)]
pub struct Args {
    #[command(flatten)]
    node: NodeArgs,
    /// CHANNEL/AGENCY/EPOCH/LANE/INDEX: of ids the first digits are enough, and labels do.
    record: Named,
    /// Erase here only and order nobody.
    #[arg(long)]
    here_only: bool,
    /// Do not ask. Needed where nobody can answer.
    #[arg(long)]
    yes: bool,
    /// Say what would be erased and who would be ordered to, and change nothing.
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
}

/// What would be erased.
#[derive(Serialize)]
struct Would {
    record: String,
    kind: Option<String>,
    title: Option<String>,
    author: String,
    ordered: Vec<String>,
}

pub async fn run(args: Args, json: bool) -> Result<(), Failure> {
    let api = Api::of(&args.node).await?;
    let record = args.record.found(&api).await?;
    if !args.yes {
        let would = look(&api, &record, args.here_only).await?;
        if args.dry_run && json {
            return output::json(&would);
        }
        if args.dry_run {
            return would.tell();
        }
        if !is_wanted(&would)? {
            return output::say(&say!("nothing-erased"));
        }
    }
    let Position { origin, index } = record.0;
    let erase = EraseOrder { channel: origin.channel, log: origin.short(), index, order: !args.here_only };
    api.post::<Erased>("/v1/erase", &erase).await?.tell(json, |Erased { ordered, .. }| {
        let ordered = ordered.len();
        output::say(&say!("erased-here", ordered = ordered))
    })
}

async fn look(api: &Api, record: &Reference, here_only: bool) -> Result<Would, Failure> {
    let Position { origin, .. } = record.0;
    let channel: ChannelRow = api.get(&format!("/v1/channels/{}", origin.channel)).await?.read()?;
    let label = |party| channel.label_of(party).map_or_else(|| super::short(party), str::to_owned);
    // Only its author orders others to erase a record.
    let own = api.get::<node::answers::status::Status>("/v1/status").await?.read()?.agency;
    let orders = !here_only && origin.agency == own;
    let others = channel.parties.iter().filter(|party| orders && **party != own);
    let (kind, title) = match api.get::<Record>(&format!("/v1/records/{record}")).await {
        Ok(answer) => titled(&answer.read()?),
        // Who may erase need not be one who may read.
        Err(failure) if failure.is_forbidden() => (None, None),
        Err(failure) => return Err(failure),
    };
    let ordered = others.map(label).collect();
    Ok(Would { record: record.to_string(), kind, title, author: label(&origin.agency), ordered })
}

fn titled(record: &Record) -> (Option<String>, Option<String>) {
    let Ok(header) = Header::parse(record.header.get().as_bytes()) else { return (None, None) };
    let kind = desks::kinds::find(&header.kind);
    let body = record.body.as_deref().unwrap_or_default();
    let title = kind.and_then(|kind| kind.check(&header, body.as_bytes()).ok()).map(|checked| checked.title);
    (Some(header.kind), title)
}

impl Would {
    fn tell(&self) -> Result<(), Failure> {
        output::line_of(&self.record)?;
        let kind = self.kind.clone().map_or_else(|| say!("a-record"), Message::as_worded);
        let title = self.title.clone().map_or_else(|| say!("no-title"), Message::as_worded);
        output::say(&say!("erase-what", kind = kind, author = &self.author, title = title))?;
        output::say(&match &self.ordered[..] {
            [] => say!("erase-alone"),
            ordered => say!("erase-ordered", others = ordered.to_vec()),
        })
    }
}

fn is_wanted(would: &Would) -> Result<bool, Failure> {
    let mut input = std::io::stdin().lock();
    if !input.is_terminal() {
        let message = say!("erase-unasked");
        return Err(Failure::usage(message));
    }
    would.tell()?;
    let question = say!("erase-question").in_language(language());
    let mut out = std::io::stdout().lock();
    let asked = write!(out, "{question} ").and_then(|()| out.flush());
    asked.map_err(|error| Failure::internal(say!("standard-output", error = %error)))?;
    let mut answer = String::new();
    input.read_line(&mut answer).map_err(|error| Failure::internal(say!("standard-input", error = %error)))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
