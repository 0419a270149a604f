//! `mithaq evidence`: files that prove records, a missed deadline or a breach to anybody, offline.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
};

use serde_json::json;
use texts::say;

use super::agreement::find_channel;
use crate::{
    api::{self, Api},
    cli::ReaderArgs,
    failure::Failure,
    limits, output,
    progress::{Progress, Unit},
    reference::{self, Named, Reference},
};

/// Write the evidence file of a record, of a deadline that a party missed, or of its breach of the protocol: anybody can
/// check it offline by `mithaq verify`.
///
/// Of a record whose content is gone, the file holds what remains: that an entry was put at its place of the log and countersigned,
/// and who ordered its erasure and who said that it erased, but nothing of what it was. The answer says so (`content` is false).
///
/// With --into, each of many records gets a file of its own. A record of which there is no evidence is named and does not
/// stop the others.
///
/// A missed deadline is proven by what was asked, by its receipt, and by a statement of this agency that was made after the
/// deadline (`mithaq statement make`, or the daily one) and that the party which owes has countersigned.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  mithaq evidence node-a 3f…/9c…/1/main/12 -o readout.mithaq && mithaq verify readout.mithaq
  mithaq records node-a --state received | jq -r '\"\\(.channel)/\\(.party)/\\(.epoch)/\\(.lane)/\\(.index)\"' |
    mithaq evidence node-a --from - --into evidence
  mithaq evidence node-a --missed 3f…/0123456789abcdef0123456789abcdef -o late.mithaq
  mithaq evidence node-a --breach 3f…/5be1c70a9d2f4e86 -o breach.mithaq")]
pub struct Args {
    #[command(flatten)]
    node: ReaderArgs,
    /// CHANNEL/AGENCY/EPOCH/LANE/INDEX: of ids the first digits are enough, and labels do.
    #[arg(required_unless_present_any = ["from", "missed", "breach"], conflicts_with_all = ["missed", "breach"])]
    records: Vec<Named>,
    /// Names of records in a file, one a line; - is standard input.
    #[arg(long, value_name = "FILE", requires = "into")]
    from: Option<PathBuf>,
    /// Prove a missed deadline in this thread instead; the channel may be the beginning of its id.
    #[arg(long, value_name = "CHANNEL/THREAD", conflicts_with_all = ["from", "into"])]
    missed: Option<String>,
    /// Prove a breach of the protocol instead, as `mithaq breaches` names it; the channel may be the beginning of its id.
    #[arg(long, value_name = "CHANNEL/ID", conflicts_with_all = ["from", "into", "missed"])]
    breach: Option<String>,
    /// The thread lives in the urgent lane.
    #[arg(long, requires = "missed")]
    urgent: bool,
    /// The new file, for one record or one missed deadline.
    #[arg(short, long, value_name = "FILE", required_unless_present = "into")]
    output: Option<PathBuf>,
    /// A folder for the files of many records.
    #[arg(long, value_name = "FOLDER", conflicts_with = "output")]
    into: Option<PathBuf>,
    /// What the file is for: verify, oversight, court or office. What a partner provided goes to a court or to another
    /// office only as its handling codes and its permission allow.
    #[arg(long = "for", value_name = "USE", default_value = "verify", conflicts_with_all = ["missed", "breach"])]
    exported_for: String,
    /// With court and office: in which proceedings, or which office. Never a person's name.
    #[arg(long, conflicts_with_all = ["missed", "breach"])]
    to: Option<String>,
}

pub async fn run(args: Args, json: bool) -> Result<(), Failure> {
    let mut named = args.records;
    if let Some(from) = &args.from {
        named.extend(named_in(from)?);
    }
    let api = Api::reading(&args.node).await?;
    let records = reference::all(&named, &api).await?;
    let exported_for = [("use", Some(args.exported_for.as_str())), ("to", args.to.as_deref())];
    match (args.into, args.output, &records[..]) {
        (Some(folder), ..) => many(&api, &records, &exported_for, &folder, json).await,
        (None, Some(file), []) => {
            let path = match &args.breach {
                Some(named) => breach(&api, named).await?,
                None => missed(&api, args.missed.as_deref().unwrap_or_default(), args.urgent).await?,
            };
            let bytes = api::receive_file(&api, &path, &file, json).await?;
            told(None, &file, bytes, json)
        }
        (None, Some(file), [record]) => {
            let bytes = export(&api, record, &exported_for, &file, json).await?;
            told(Some(record), &file, bytes, json)
        }
        _ => Err(Failure::usage(say!("one-file-one-evidence"))),
    }
}

/// What the files are for: the query of their route.
type For<'a> = [(&'a str, Option<&'a str>); 2];

async fn many(
    api: &Api,
    records: &[Reference],
    exported_for: &For<'_>,
    folder: &Path,
    json: bool,
) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::writing(folder, &error))?;
    let progress = Progress::start(json, &say!("progress-evidence"), Unit::Count, u64::try_from(records.len()).ok());
    let mut first_failure = None;
    for record in records {
        let file = folder.join(file_name(record));
        let exported = export(api, record, exported_for, &file, true).await;
        progress.beside(|| match &exported {
            Ok(bytes) => told(Some(record), &file, *bytes, json),
            Err(failure) if json => output::json(&json!({"record": record.to_string(), "error": failure.error()})),
            Err(failure) => output::say(&say!("no-evidence-of", record = %record, message = %failure.message())),
        })?;
        first_failure = first_failure.or(exported.err());
        progress.add(1);
    }
    first_failure.map_or(Ok(()), Err)
}

async fn export(
    api: &Api,
    record: &Reference,
    exported_for: &For<'_>,
    file: &Path,
    quiet: bool,
) -> Result<u64, Failure> {
    api::receive_file(api, &api::query(&format!("/v1/evidence/{record}"), exported_for), file, quiet).await
}

/// Where the file that proves a breach is to be had.
async fn breach(api: &Api, named: &str) -> Result<String, Failure> {
    let (channel, id) =
        named.split_once('/').ok_or_else(|| Failure::usage(say!("breach-form", named = %named)).in_field("breach"))?;
    Ok(format!("/v1/breaches/{}/{id}", find_channel(api, channel).await?))
}

/// Where the file of a missed deadline is to be had.
async fn missed(api: &Api, named: &str, urgent: bool) -> Result<String, Failure> {
    let (channel, thread) =
        named.split_once('/').ok_or_else(|| Failure::usage(say!("missed-form", named = %named)).in_field("missed"))?;
    let channel = find_channel(api, channel).await?;
    let lane = if urgent { "urgent" } else { "main" };
    Ok(format!("/v1/missed/{channel}/{thread}?lane={lane}"))
}

fn told(record: Option<&Reference>, file: &Path, bytes: u64, json: bool) -> Result<(), Failure> {
    let content = !is_without_content(file)?;
    let name = record.map(Reference::to_string);
    match (json, content) {
        (true, _) => output::json(&json!({"record": name, "file": file, "size": bytes, "content": content})),
        (false, true) => output::say(&say!("holds-evidence", file = %file.display(), bytes = bytes)),
        (false, false) => output::say(&say!("holds-what-remains", file = %file.display(), bytes = bytes)),
    }
}

/// Whether a file that was just written is one without content: its first line says so.
fn is_without_content(file: &Path) -> Result<bool, Failure> {
    let mut start = Vec::new();
    let opened = std::fs::File::open(file).map_err(|error| Failure::reading(file, &error))?;
    opened
        .take(limits::FIRST_LINE_BYTES_MAX)
        .read_to_end(&mut start)
        .map_err(|error| Failure::reading(file, &error))?;
    Ok(proof::is_entry(&start))
}

fn named_in(file: &Path) -> Result<Vec<Named>, Failure> {
    let text = output::read_text(file, limits::NAMES_FILE_BYTES_MAX)?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            line.trim().parse().map_err(|error: texts::Message| {
                Failure::usage(say!("line-of-file", file = %file.display(), number = %number + 1, error = error))
                    .in_field("from")
            })
        })
        .collect()
}

/// A name in one folder for records of all channels: the ids are shortened as people shorten them.
fn file_name(record: &Reference) -> String {
    let short = |id: String| id.chars().take(8).collect::<String>();
    let origin = record.0.origin;
    let (channel, agency) = (short(origin.channel.to_string()), short(origin.agency.to_string()));
    format!("{channel}-{agency}-{}-{}-{}.mithaq", origin.epoch, origin.lane, record.0.index)
}
