//! `mithaq send`: records leave under a clause.

use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args as ClapArgs, ValueEnum};
use node::{
    answers::submission::{LineAnswer, LineOutcome, PlacedState, TriedLine, TriedOutcome, TriedState},
    drafting::Drawn,
};
use protocol::origin::Lane;
use texts::say;

use crate::{
    api::{self, Answer, Api, Call},
    cli::NodeArgs,
    failure::Failure,
    limits, output,
    progress::{Progress, Unit},
    reference::within,
    said,
};

mod draft;

pub use draft::{Officer, Terms, bodies, fields, line, upload};

/// Send records under a clause of an agreement.
///
/// The header is filled in from the clause; --header and --set change single fields. A TOML file may hold many bodies.
#[derive(ClapArgs)]
#[command(after_help = "Examples:
  mithaq send node-a --channel 3f --clause c1 --kind register.readout/1 readout.toml
  echo '{\"subject\":\"Agenda\",\"text\":\"As agreed.\",\"language\":\"en\"}' |
    mithaq send node-a --channel 3f --clause c2 --kind correspondence.note/1 - --wait delivered
  mithaq send node-a --channel 3f --clause c2 --kind correspondence.note/1 note.json \\
    --set subject_category=suspect --set subject_count=1 --author-key desk-7.key --release-key head.key
  mithaq send node-a --channel 3f --clause c3 --kind correspondence.file/1 letter.json --attach photo.jpg
  mithaq send node-a --reply-to req-0123abcd --kind requests.reply/1 answer.json
  mithaq send node-a --ndjson load.ndjson --id load-2026-11-21
  mithaq send --help-kinds")]
pub struct Args {
    #[command(flatten)]
    node: Option<NodeArgs>,
    /// The body in JSON or TOML; - is standard input.
    #[arg(value_name = "BODYFILE")]
    body: Option<PathBuf>,
    /// The channel: its id or the beginning of it, or the partner's label; the only one where there is one.
    #[arg(long)]
    channel: Option<String>,
    /// The thread, or the record in it, that this belongs to: its channel, lane, thread and clause are taken from there.
    #[arg(long, value_name = "THREAD|RECORD")]
    reply_to: Option<String>,
    /// The kind of record.
    #[arg(long)]
    kind: Option<String>,
    /// The clause that allows it; the thread's, or the only one that does, where there is one.
    #[arg(long, value_name = "ID")]
    clause: Option<String>,
    /// Fields of the header in a JSON file.
    #[arg(long, value_name = "FILE")]
    header: Option<PathBuf>,
    /// A field of the header: text, or JSON where it begins with [, {, \" or is a number. Repeat it.
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    set: Vec<String>,
    /// Key file of the officer who wrote it.
    #[arg(long, value_name = "FILE")]
    author_key: Option<PathBuf>,
    /// Key file of the officer who releases it; never the author.
    #[arg(long, value_name = "FILE")]
    release_key: Option<PathBuf>,
    /// File with the passphrase of the officers' keys. Without it you are asked.
    #[arg(long, value_name = "FILE")]
    key_passphrase_file: Option<PathBuf>,
    /// A file that goes with the record. Repeat it.
    #[arg(long = "attach", value_name = "FILE")]
    attachments: Vec<PathBuf>,
    /// Names this request for 24 hours: repeating it with the same name has no second effect.
    #[arg(long, value_name = "KEY")]
    id: Option<String>,
    /// Which of the two logs: the thread's, or main.
    #[arg(long)]
    lane: Option<LaneArg>,
    /// Return when the record is durable here, or when every other party has receipted it.
    #[arg(long, default_value = "recorded")]
    wait: Wait,
    /// Give up waiting after so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,
    /// Send ready lines of `POST /v1/records` from a file instead; - is standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["body", "header", "set", "attachments", "kind", "clause", "reply_to"])]
    ndjson: Option<PathBuf>,
    /// Show every kind with its fields and an example.
    #[arg(long, exclusive = true)]
    help_kinds: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum LaneArg {
    Main,
    Urgent,
}

impl LaneArg {
    pub const fn lane(self) -> Lane {
        match self {
            Self::Main => Lane::Main,
            Self::Urgent => Lane::Urgent,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Wait {
    Recorded,
    Delivered,
}

pub async fn run(args: Args, json: bool) -> Result<(), Failure> {
    if args.help_kinds {
        let help: Vec<String> = desks::kinds::all().map(desks::kinds::Kind::help).collect();
        return output::lines_of(&help.join("\n"));
    }
    let node = args.node.as_ref().ok_or_else(|| Failure::usage(say!("folder-for-send")))?;
    // Each request of this command has its own name below this one.
    let id = args.id.clone().unwrap_or_else(random_name);
    if let Some(file) = &args.ndjson {
        let api = Api::of(node).await?;
        return pass_through(&api, file, &id, json, &args).await;
    }
    let drafts = draft::Drafts::read(&args)?;
    let api = Api::of(node).await?;
    let upload = async |api: &Api, file: &Path| upload(api, file, json).await;
    let draft::Lines { channel, lines } = drafts.lines(&api, &args, &id, upload).await?;
    let mut answers = Vec::new();
    let progress = Progress::start(json, &say!("progress-records"), Unit::Count, u64::try_from(lines.len()).ok());
    for (number, chunk) in lines.chunks(node::limits::SUBMIT_RECORDS_MAX).enumerate() {
        answers.extend(submit(&api, chunk.concat().into_bytes(), &format!("{id}-{number}"), &args).await?);
        progress.add(u64::try_from(chunk.len()).unwrap_or_default());
    }
    drop(progress);
    report(answers, channel.map(|channel| channel.to_string()).as_deref(), json, &args)
}

/// `mithaq agreement try`: asks what would become of the records, and changes nothing.
pub async fn attempt(args: Args, json: bool) -> Result<(), Failure> {
    let node = args.node.as_ref().ok_or_else(|| Failure::usage(say!("folder-for-try")))?;
    let lines = match &args.ndjson {
        Some(file) => vec![output::read_text(file, limits::BODY_FILE_BYTES_MAX)?],
        None => Vec::new(),
    };
    let drafts = if lines.is_empty() { Some(draft::Drafts::read(&args)?) } else { None };
    let api = Api::of(node).await?;
    let lines = match drafts {
        None => lines,
        Some(drafts) => drafts.lines(&api, &args, &random_name(), draft::described).await?.lines,
    };
    let mut first_failure = None;
    for chunk in lines.chunks(node::limits::SUBMIT_RECORDS_MAX) {
        let call = Call::post("/v1/records/try", api::NDJSON, chunk.concat().into_bytes());
        for answer in api.lines::<TriedLine>(call).await? {
            let outcome = answer.read()?.outcome;
            if json {
                answer.print()?;
            }
            match outcome {
                TriedOutcome::Failed { error } => first_failure = first_failure.or(Some(error.into())),
                _ if json => {}
                TriedOutcome::May { state: TriedState::WouldWait, .. } => {
                    output::say(&say!("would-wait"))?;
                }
                TriedOutcome::May { version, clause, .. } => {
                    let clause = clause.unwrap_or_default();
                    output::say(&say!("would-pass", clause = %clause, version = %version))?;
                }
            }
        }
    }
    first_failure.map_or(Ok(()), Err)
}

/// Sends lines as they are, in requests as large as the node takes.
async fn pass_through(api: &Api, file: &Path, id: &str, json: bool, args: &Args) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::reading(file, &error);
    let (input, bytes): (Box<dyn Read>, _) = match file == Path::new("-") {
        true => (Box::new(std::io::stdin().lock()), None),
        false => {
            let opened = std::fs::File::open(file).map_err(failed)?;
            let metadata = opened.metadata().map_err(failed)?;
            (Box::new(opened), metadata.is_file().then_some(metadata.len()))
        }
    };
    // How many lines a file has shows only at its end; how many bytes, at once.
    let progress = Progress::start(json, &say!("progress-sending"), Unit::Bytes, bytes);
    let mut sent = 0;
    let (mut input, mut first_failure, mut number) = (BufReader::new(input), None, 0_u64);
    loop {
        let mut request = Vec::new();
        let mut lines = 0;
        while lines < node::limits::SUBMIT_RECORDS_MAX && request.len() < limits::REQUEST_BYTES_AIM {
            let before = request.len();
            if input.read_until(b'\n', &mut request).map_err(failed)? == 0 {
                break;
            }
            if request[before..].iter().any(|byte| !byte.is_ascii_whitespace()) {
                lines += 1;
            }
        }
        if lines == 0 {
            return first_failure.map_or(Ok(()), Err);
        }
        let length = u64::try_from(request.len()).unwrap_or_default();
        let answers = submit(api, request, &format!("{id}-{number}"), args).await?;
        sent += answers.len();
        // The lines' own answers are what the caller asked for, in either form of output.
        let reported = progress.beside(|| report(answers, None, true, args));
        first_failure = first_failure.or(reported.err());
        progress.add(length);
        progress.note(&say!("progress-sent", count = sent));
        number += 1;
    }
}

async fn submit(api: &Api, request: Vec<u8>, key: &str, args: &Args) -> Result<Vec<Answer<LineAnswer>>, Failure> {
    let wait = if args.wait == Wait::Delivered { "delivered" } else { "recorded" };
    let timeout_s = args.timeout.to_string();
    let path = api::query("/v1/records", &[("wait", Some(wait)), ("timeout_s", Some(&timeout_s))]);
    let wait_max = Duration::from_secs(args.timeout.saturating_add(limits::GRACE_SECONDS));
    api.lines(Call::post(&path, api::NDJSON, request).with_idempotency_key(key).waiting(Some(wait_max))).await
}

/// Prints each answer; the first failure is the command's.
fn report(answers: Vec<Answer<LineAnswer>>, channel: Option<&str>, json: bool, args: &Args) -> Result<(), Failure> {
    let mut first_failure = None;
    for answer in answers {
        let outcome = answer.read()?.outcome;
        if json {
            answer.print()?;
        } else {
            match &outcome {
                LineOutcome::Failed { .. } => {}
                LineOutcome::Waits { .. } => output::say(&say!("taken-and-waits"))?,
                LineOutcome::Placed { r#ref: place, state } => {
                    let record = within(channel.unwrap_or_default(), place);
                    output::say(&say!("record-in-state", state = said::state(state.name()), record = record))?;
                }
            }
        }
        first_failure = first_failure.or(failure_of(outcome, args));
    }
    first_failure.map_or(Ok(()), Err)
}

fn failure_of(outcome: LineOutcome, args: &Args) -> Option<Failure> {
    match outcome {
        LineOutcome::Failed { error } => Some(error.into()),
        LineOutcome::Placed { state: PlacedState::Recorded, .. } if args.wait == Wait::Delivered => {
            let seconds = args.timeout;
            let message = say!("not-delivered-in-time", seconds = seconds);
            Some(Failure::unavailable(message))
        }
        LineOutcome::Placed { .. } | LineOutcome::Waits { .. } => None,
    }
}

fn required<'a>(value: Option<&'a str>, name: &str) -> Result<&'a str, Failure> {
    value.ok_or_else(|| Failure::usage(say!("argument-missing", name = %name)))
}

fn random_name() -> String {
    Drawn::random().thread.to_string()
}
