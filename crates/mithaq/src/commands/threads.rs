//! `mithaq threads`: what is open, for whom and until when.

use clap::Subcommand;
use desks::thread::Correction;
use node::answers::channels::ChannelRow;
use node::reading::{
    list::ThreadPage,
    thread::{EffectShown, ThreadLine, ThreadShown, WhatShown},
};
use texts::{Message, say};

use super::{
    agreement::{find_agency, find_channel},
    time,
};
use crate::{
    api::{self, Api},
    cli::ReaderArgs,
    failure::{self, Failure},
    output::{self, Cell},
    reference::in_channel,
    said,
};

#[derive(Subcommand)]
pub enum Command {
    /// List threads, the earliest deadline first.
    #[command(after_help = "Examples:\n  mithaq threads list node-a --overdue\n  \
                            mithaq threads list node-a --awaits XAA --limit 200 --json\n\n\
                            Only channels whose agreement lets a request or the like cross have threads with states.")]
    List(List),
    /// Show a thread: where it stands, every event in its order, and what may be done next.
    #[command(after_help = "Example: mithaq threads show node-a req-0123abcd")]
    Show(Show),
}

#[derive(clap::Args)]
pub struct List {
    #[command(flatten)]
    node: ReaderArgs,
    #[command(flatten)]
    which: Which,
    /// Rows of a page, at most 200.
    #[arg(long)]
    limit: Option<u32>,
    /// Go on behind an earlier page: its `next`.
    #[arg(long)]
    cursor: Option<String>,
}

/// Which threads.
#[derive(clap::Args)]
pub struct Which {
    /// Only of this channel: its id or the beginning of it.
    #[arg(long)]
    channel: Option<String>,
    /// Only of channels with this agency: its label in an agreement, its id or the beginning of it.
    #[arg(long, value_name = "AGENCY")]
    party: Option<String>,
    /// Only of this kind of thread: requests.request.
    #[arg(long)]
    kind: Option<String>,
    /// Only in this state.
    #[arg(long)]
    state: Option<String>,
    /// Only those that wait for this agency: its label, its id or the beginning of it.
    #[arg(long, value_name = "AGENCY")]
    awaits: Option<String>,
    /// Only those due before this time, such as 2026-11-30T12:00:00Z.
    #[arg(long, value_name = "TIME")]
    due_before: Option<String>,
    /// Only those that are overdue now.
    #[arg(long)]
    overdue: bool,
    /// Only under this clause.
    #[arg(long)]
    clause: Option<String>,
    /// Also those that are over.
    #[arg(long)]
    closed: bool,
}

#[derive(clap::Args)]
pub struct Show {
    #[command(flatten)]
    node: ReaderArgs,
    /// The thread: its short name, such as req-0123abcd, its 32 digits or the first of them.
    thread: String,
    /// The channel, should several have a thread with this id: its id or the beginning of it.
    #[arg(long)]
    channel: Option<String>,
}

pub async fn run(command: Command, json: bool) -> Result<(), Failure> {
    match command {
        Command::List(list) => run_list(list, json).await,
        Command::Show(show) => run_show(show, json).await,
    }
}

async fn run_list(list: List, json: bool) -> Result<(), Failure> {
    let api = Api::reading(&list.node).await?;
    let limit = list.limit.map(|limit| limit.to_string());
    let mut query = list.which.query(&api).await?;
    query.push(("limit", limit));
    query.push(("cursor", list.cursor));
    let page = api.get::<ThreadPage>(&path("/v1/threads", &query)).await?;
    // Of programs nobody asks for names.
    let channels = if json { Vec::new() } else { api.get::<Vec<ChannelRow>>("/v1/channels").await?.read()? };
    page.tell(json, |ThreadPage { threads, next, .. }| {
        let rows = threads.iter().map(|thread| row(thread, &channels)).collect();
        output::table(heads(), rows, &say!("no-threads"))?;
        match next {
            Some(next) => output::say(&say!("there-are-more", next = %next)),
            None => Ok(()),
        }
    })
}

async fn run_show(show: Show, json: bool) -> Result<(), Failure> {
    let api = Api::reading(&show.node).await?;
    let channel = match &show.channel {
        Some(prefix) => Some(find_channel(&api, prefix).await?.to_string()),
        None => None,
    };
    let path = api::query(&format!("/v1/threads/{}", show.thread), &[("channel", channel.as_deref())]);
    api.get::<ThreadShown>(&path).await?.tell(
        json,
        |ThreadShown { line: standing, events, corrections, next, .. }| {
            output::as_it_is(&line(&standing))?;
            for event in events {
                let (kind, title) = match &event.what {
                    WhatShown::Record { kind, title, .. } => (kind.as_str(), title.as_deref().unwrap_or_default()),
                    WhatShown::Received { kind, .. } => (kind.as_str(), ""),
                    WhatShown::Withheld { .. } => ("", ""),
                };
                let place = in_channel(&event.log, event.index);
                let time = time(event.time_ms);
                let what = format!("  {time}  {place}  {kind} {title}");
                output::parts([what.into(), effect(&event.effect).into()])?;
            }
            for Correction { was, is, .. } in corrections {
                output::say_below(&say!("corrected", is = %is, was = %was))?;
            }
            if next.is_empty() {
                return output::say_below(&say!("nothing-left-to-do"));
            }
            next.iter()
                .try_for_each(|next| output::say_below(&say!("may-send", kind = %next.kind, act = %next.act)))?;
            let mut kinds: Vec<&str> = next.iter().map(|next| next.kind.as_str()).collect();
            kinds.sort_unstable();
            kinds.dedup();
            let (dir, thread) = (show.node.node.dir.display(), &standing.name);
            kinds.iter().try_for_each(|kind| {
                output::line_of(&format!("  mithaq send {dir} --reply-to {thread} --kind {kind} BODYFILE"))
            })
        },
    )
}

impl Which {
    /// As parts of a query.
    pub async fn query(&self, api: &Api) -> Result<Vec<(&'static str, Option<String>)>, Failure> {
        let channel = match &self.channel {
            Some(prefix) => Some(find_channel(api, prefix).await?.to_string()),
            None => None,
        };
        let due_before_ms = self.due_before.as_deref().map(milliseconds).transpose()?;
        Ok(vec![
            ("channel", channel),
            ("party", agency(api, self.party.as_deref()).await?),
            ("kind", self.kind.clone()),
            ("state", self.state.clone()),
            ("awaits", agency(api, self.awaits.as_deref()).await?),
            ("due_before_ms", due_before_ms.map(|time| time.to_string())),
            ("overdue", self.overdue.then(|| "true".to_owned())),
            ("clause", self.clause.clone()),
            ("closed", self.closed.then(|| "true".to_owned())),
        ])
    }
}

async fn agency(api: &Api, named: Option<&str>) -> Result<Option<String>, Failure> {
    match named {
        Some(named) => Ok(Some(find_agency(api, named).await?.to_string())),
        None => Ok(None),
    }
}

/// A path with a query of owned values.
pub fn path(path: &str, query: &[(&'static str, Option<String>)]) -> String {
    let pairs: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_deref())).collect();
    api::query(path, &pairs)
}

fn heads() -> [Cell; 6] {
    [
        say!("head-thread").into(),
        say!("head-due").into(),
        say!("head-state").into(),
        say!("head-waits-for").into(),
        say!("head-kind").into(),
        say!("head-title").into(),
    ]
}

/// When a thread is due, and whether that is over.
fn due(thread: &ThreadLine, none: Cell) -> Cell {
    match thread.due_ms {
        None => none,
        Some(due) if thread.overdue => Cell::Alarm(say!("overdue", time = time(due))),
        Some(due) => time(due).into(),
    }
}

fn state(thread: &ThreadLine) -> Message {
    let state = said::provisional(said::state(&thread.state), thread.settled);
    if thread.unacknowledged { say!("unacknowledged", state = state) } else { state }
}

fn title(thread: &ThreadLine) -> Cell {
    thread.title.clone().map_or_else(|| say!("content-is-gone").into(), Cell::Text)
}

/// A thread in a table.
fn row(thread: &ThreadLine, channels: &[ChannelRow]) -> [Cell; 6] {
    let channel = channels.iter().find(|row| row.channel == thread.channel);
    let called = |party| channel.and_then(|row| row.label_of(party)).map_or_else(|| super::short(party), str::to_owned);
    let awaits: Vec<String> = thread.awaits.iter().map(called).collect();
    let awaits = if awaits.is_empty() { "-".to_owned() } else { awaits.join(", ") };
    let due = due(thread, "-".into());
    [thread.name.as_str().into(), due, state(thread).into(), awaits.into(), thread.kind.as_str().into(), title(thread)]
}

/// A thread in one line.
pub fn line(thread: &ThreadLine) -> String {
    let ThreadLine { name, kind, .. } = thread;
    let due = due(thread, say!("no-deadline").into());
    let cells = [name.as_str().into(), due, state(thread).into(), kind.as_str().into(), title(thread)];
    output::as_line(&cells, failure::caller())
}

fn effect(effect: &EffectShown) -> Message {
    match effect {
        EffectShown::Moved(state) => say!("moved-to", state = said::state(state)),
        EffectShown::Neutral => say!("neutral-effect"),
        EffectShown::Ineffective(reason) => say!("no-effect-because", code = &reason.code),
    }
}

fn milliseconds(time: &str) -> Result<i64, Failure> {
    let timestamp: jiff::Timestamp = time.parse().map_err(|_| Failure::usage(say!("not-a-time", time = %time)))?;
    Ok(timestamp.as_millisecond())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_thread_is_one_line_that_says_what_is_urgent() {
        let mut thread: ThreadLine = serde_json::from_value(json!({
            "channel": "c".repeat(64), "thread": "0".repeat(32), "name": "req-00000000", "kind": "requests.request",
            "title": "A made-up request", "state": "accepted", "settled": false, "open": true, "opened_by": null,
            "awaits": [], "due_ms": 1_800_000_000_000_i64, "due_what": "answer", "due_from": null, "overdue": true,
            "unacknowledged": true, "clause": "c1", "lane": "main", "since_ms": 0, "opened_ms": 0, "records": 1,
            "ineffective": 0,
        }))
        .unwrap();
        assert_eq!(
            line(&thread),
            "req-00000000  2027-01-15T08:00Z OVERDUE  accepted (provisional) (unacknowledged)  \
             requests.request  A made-up request"
        );
        thread.title = None;
        thread.state = "refused".into();
        thread.due_ms = None;
        thread.settled = true;
        thread.unacknowledged = false;
        assert_eq!(line(&thread), "req-00000000  no deadline  refused  requests.request  (content gone)");
    }

    #[test]
    fn effects_are_said_in_words() {
        let said = |json| effect(&serde_json::from_value(json).unwrap()).to_string();
        assert_eq!(said(json!({ "moved": "answered" })), "-> answered");
        assert_eq!(said(json!("neutral")), "neutral");
        assert_eq!(said(json!({ "ineffective": { "code": "not_theirs" } })), "no effect: not_theirs");
    }

    #[test]
    fn a_time_is_read_in_its_one_form() {
        assert_eq!(milliseconds("2027-01-15T08:00:00Z").unwrap(), 1_800_000_000_000);
        assert!(milliseconds("tomorrow").is_err());
    }
}
