//! `mithaq work`: what colleagues say of a thread among themselves.

use clap::{Args as ClapArgs, Subcommand};
use node::{
    answers::{
        drafts::{Assign, BringBack, Said},
        work::{WorkList, WorkShown},
    },
    office::With,
};
use texts::say;

use super::{agreement::find_channel, draft::To};
use crate::{
    api::{self, Api, Call},
    cli::ReaderArgs,
    failure::Failure,
    output::{self, Cell},
    said,
};

#[derive(Subcommand)]
pub enum Command {
    /// List the threads that are with you or your office.
    #[command(after_help = "Example: mithaq work list node-a --token-file zain.token")]
    List(ReaderArgs),
    /// Show who deals with a thread, and what colleagues say of it.
    #[command(after_help = "Example: mithaq work show node-a req-0123abcd")]
    Show(One),
    /// Say who deals with a thread.
    #[command(after_help = "Examples:\n  mithaq work assign node-a req-0123abcd --to-person 7b21\n  \
                            mithaq work assign node-a req-0123abcd --to-office \"Desk 7\"")]
    Assign {
        #[command(flatten)]
        one: One,
        #[command(flatten)]
        to: To,
    },
    /// Say something of a thread. It never leaves the node.
    #[command(after_help = "Example: mithaq work remark node-a req-0123abcd \"Ask the registry.\"")]
    Remark {
        #[command(flatten)]
        one: One,
        /// What is said.
        remark: String,
    },
    /// Put a thread aside until a day.
    #[command(after_help = "Example: mithaq work bring-back node-a req-0123abcd --on 2026-12-14")]
    BringBack {
        #[command(flatten)]
        one: One,
        /// The day: YYYY-MM-DD. Without it, at once.
        #[arg(long)]
        on: Option<String>,
    },
}

/// One thread.
#[derive(ClapArgs)]
pub struct One {
    #[command(flatten)]
    node: ReaderArgs,
    /// The thread: its short name, such as req-0123abcd, its 32 digits or the first of them.
    thread: String,
    /// The channel, should several have a thread with this id: its id or the beginning of it.
    #[arg(long)]
    channel: Option<String>,
}

impl One {
    async fn path(&self, api: &Api, act: &str) -> Result<String, Failure> {
        let channel = match &self.channel {
            Some(prefix) => Some(find_channel(api, prefix).await?.to_string()),
            None => None,
        };
        Ok(api::query(&format!("/v1/threads/{}/work{act}", self.thread), &[("channel", channel.as_deref())]))
    }
}

pub async fn run(command: Command, json: bool) -> Result<(), Failure> {
    match command {
        Command::List(node) => {
            let answer = Api::reading(&node).await?.get::<WorkList>("/v1/work").await?;
            answer.tell(json, |list| table(&list))
        }
        Command::Show(one) => {
            let api = Api::reading(&one.node).await?;
            api.get::<WorkShown>(&one.path(&api, "").await?).await?.tell(json, |shown| show(&shown))
        }
        Command::Assign { one, to } => {
            let api = Api::reading(&one.node).await?;
            let with = to.with();
            let path = one.path(&api, "/assign").await?;
            told(&api, Call::post_json(&path, &Assign { with })?, json).await
        }
        Command::Remark { one, remark } => {
            let api = Api::reading(&one.node).await?;
            let path = one.path(&api, "/remark").await?;
            told(&api, Call::post_json(&path, &Said { remark })?, json).await
        }
        Command::BringBack { one, on } => {
            let day = on.map(|day| day.parse()).transpose();
            let day = day.map_err(|_: protocol::date::NotADate| {
                let form = say!("date-form");
                Failure::usage(say!("day-invalid", error = form)).in_field("day")
            })?;
            let api = Api::reading(&one.node).await?;
            let path = one.path(&api, "/bring-back").await?;
            told(&api, Call::post_json(&path, &BringBack { day })?, json).await
        }
    }
}

async fn told(api: &Api, call: Call<'_>, json: bool) -> Result<(), Failure> {
    api.ask::<WorkShown>(call).await?.tell(json, |shown| show(&shown))
}

fn show(shown: &WorkShown) -> Result<(), Failure> {
    output::row(row(shown))?;
    shown.remarks.iter().try_for_each(|remark| output::say_below(&said::remark(remark)))
}

/// Threads with who deals with them.
pub fn table(WorkList { work }: &WorkList) -> Result<(), Failure> {
    let heads = ["".into(), say!("head-thread").into(), say!("head-with").into(), say!("head-on").into()];
    output::table(heads, work.iter().map(row).collect(), &say!("no-work"))
}

fn row(work: &WorkShown) -> [Cell; 4] {
    let with = match &work.with {
        Some(With::Person(id)) => id.as_str().into(),
        Some(With::Office(office)) => office.as_str().into(),
        None => say!("list-with-nobody").into(),
    };
    let day = work.bring_back.map_or_else(|| "-".to_owned(), |day| day.to_string());
    let unread = if work.unread { "*" } else { "" };
    [unread.into(), work.thread.to_string().into(), with, day.into()]
}
