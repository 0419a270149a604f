//! The commands, a file each.

use std::{fmt::Display, process::ExitCode};

use serde::Serialize;

use crate::{
    cli::{Cli, Command},
    demo,
    failure::Failure,
};

pub mod agreement;
pub mod attachment;
pub mod auditor;
pub mod breaches;
pub mod card;
pub mod check;
pub mod completions;
pub mod doctor;
pub mod draft;
pub mod erase;
pub mod evidence;
pub mod follow;
pub mod init;
pub mod key;
pub mod kinds;
pub mod man;
pub mod officer;
pub mod pair;
pub mod peer;
pub mod person;
pub mod protection;
pub mod record;
pub mod records;
pub mod review;
pub mod search;
pub mod second;
pub mod send;
pub mod serve;
pub mod standin;
pub mod statement;
pub mod threads;
pub mod token;
pub mod uses;
pub mod verify;
pub mod wait;
pub mod work;

/// Runs the command that was given; what it ends with if nothing failed.
pub async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let json = cli.json;
    let done = match cli.command {
        Command::Init(args) => init::run(args, json),
        Command::Card(command) => card::run(command, json).await,
        Command::Officer(command) => officer::run(command, json).await,
        Command::Peer(command) => peer::run(command, json).await,
        Command::Pair(args) => pair::run(args, json).await,
        Command::Agreement(command) => agreement::run(command, json).await,
        Command::Auditor(command) => auditor::run(command, json).await,
        Command::Person(command) => person::run(command, json).await,
        Command::Me(args) => person::me(args, json).await,
        Command::Token(command) => token::run(command, json).await,
        Command::Second(command) => second::run(command, json).await,
        Command::Protection(command) => protection::run(command, json).await,
        Command::Serve(args) => serve::run(args).await,
        Command::Wait(args) => wait::run(args, json).await,
        Command::Key(command) => key::run(command, json),
        Command::Kinds(args) => kinds::run(args, json),
        Command::Send(args) => send::run(*args, json).await,
        Command::Draft(command) => draft::run(*command, json).await,
        Command::Pending(args) => draft::pending(args, json).await,
        Command::Records(args) => records::run(args).await,
        Command::Threads(command) => threads::run(command, json).await,
        Command::Work(command) => work::run(command, json).await,
        Command::Statement(command) => statement::run(command, json).await,
        Command::Search(args) => search::run(args, json).await,
        Command::Follow(args) => follow::run(args).await,
        Command::Record(command) => record::run(command, json).await,
        Command::Attachment(command) => attachment::run(command, json).await,
        Command::Use(args) => uses::run(args, json).await,
        Command::Review(command) => review::run(command, json).await,
        Command::Check(args) => check::run(args, json).await,
        Command::Doctor(args) => return doctor::run(args, json).await,
        Command::Erase(args) => erase::run(args, json).await,
        Command::Evidence(args) => evidence::run(args, json).await,
        Command::Breaches(args) => breaches::run(args, json).await,
        Command::Verify(args) => return verify::run(args, json),
        Command::Standin(args) => standin::run(args, json).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Completions(args) => completions::run(args).await,
        Command::Man(args) => man::run(&args, json),
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// A time in milliseconds since 1970, in UTC, to the minute.
pub fn time(time_ms: u64) -> String {
    time_as(time_ms, "%Y-%m-%dT%H:%MZ")
}

/// The same to the second.
fn time_to_the_second(time_ms: u64) -> String {
    time_as(time_ms, "%Y-%m-%dT%H:%M:%SZ")
}

fn time_as(time_ms: u64, form: &str) -> String {
    let timestamp = i64::try_from(time_ms).ok().and_then(|time_ms| jiff::Timestamp::from_millisecond(time_ms).ok());
    timestamp.map_or_else(String::new, |timestamp| timestamp.strftime(form).to_string())
}

/// The beginning of an id.
pub fn short(id: &impl Display) -> String {
    id.to_string().chars().take(8).collect()
}

/// The word that JSON has for a code.
pub fn word(code: &impl Serialize) -> String {
    let word = serde_json::to_value(code).ok();
    word.and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}
