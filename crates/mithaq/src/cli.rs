//! The arguments of the program.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::{commands as c, demo};

/// Agencies of different states cooperate under an agreement that software can read.
///
/// Each agency runs its own node: a folder DIR made by `mithaq init` and served by `mithaq serve`. Every other command
/// that takes DIR goes to the running node through its socket; when none runs, it opens the folder itself.
#[derive(Parser)]
#[command(
    name = "mithaq",
    version,
    after_help = format!("Exit codes: {}\n\nSee it work: mithaq demo", exit_codes())
)]
pub struct Cli {
    /// Print JSON for programs instead of text for people.
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

/// What a command ends with, by exit code.
pub const EXIT_CODES: [(u8, &str); 11] = [
    (0, "done"),
    (1, "unexpected"),
    (2, "usage"),
    (3, "refused by a clause or the floor"),
    (4, "does not verify"),
    (5, "peer not reached or timed out"),
    (6, "in use"),
    (7, "not found"),
    (8, "storage"),
    (9, "consistent, but trust was not given (verify)"),
    (10, "a fault was found (doctor)"),
];

fn exit_codes() -> String {
    EXIT_CODES.map(|(code, meaning)| format!("{code} {meaning}")).join(" · ")
}

/// A node's folder and how it opens.
#[derive(Args, Clone)]
pub struct NodeArgs {
    /// The node's folder.
    pub dir: PathBuf,
    /// File with the folder's passphrase, for when no node runs. Without it you are asked.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// File with a token, whose role then decides what you may do. Once a token was issued, commands that reach content
    /// need one.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

/// A node, and for which purpose it is read.
#[derive(Args, Clone)]
pub struct ReaderArgs {
    #[command(flatten)]
    pub node: NodeArgs,
    /// Read only what was supplied for this purpose, one of the token's: support_investigation.
    #[arg(long, value_name = "CODE")]
    pub purpose: Option<String>,
}

/// The commands, in the order in which an agency first needs them.
#[derive(Subcommand)]
pub enum Command {
    Init(c::init::Args),
    /// Show, export and renew the card by which others know this agency.
    #[command(subcommand)]
    Card(c::card::Command),
    /// Make officers' keys and enrol them in a channel.
    #[command(subcommand)]
    Officer(c::officer::Command),
    /// Add other agencies after their fingerprints were compared.
    #[command(subcommand)]
    Peer(c::peer::Command),
    Pair(c::pair::Args),
    /// Draft, sign and exchange agreements.
    #[command(subcommand)]
    Agreement(c::agreement::Command),
    /// Make an auditor's key, register it, countersign and check audit logs.
    #[command(subcommand)]
    Auditor(c::auditor::Command),
    /// Keep who the agency's people are, what each may be given, and who stands in for whom.
    #[command(subcommand)]
    Person(c::person::Command),
    /// Make, list and revoke tokens for officers and programs.
    #[command(subcommand)]
    Token(c::token::Command),
    /// Decide by two administrators what none of them may do alone.
    #[command(subcommand)]
    Second(c::second::Command),
    /// Keep the protection register, and decide what waits because of it.
    #[command(subcommand)]
    Protection(c::protection::Command),
    Me(c::person::MeArgs),
    Serve(c::serve::Args),
    Wait(c::wait::Args),
    Kinds(c::kinds::Args),
    Send(Box<c::send::Args>),
    /// Write drafts, hand them over, approve, release and return them.
    #[command(subcommand)]
    Draft(Box<c::draft::Command>),
    Pending(c::draft::PendingArgs),
    Records(c::records::Args),
    /// List threads by deadline, or show one.
    #[command(subcommand)]
    Threads(c::threads::Command),
    /// Say among colleagues who deals with a thread, and what of it.
    #[command(subcommand)]
    Work(c::work::Command),
    /// Make, list and show statements: how all threads stand by each party's account, and what awaits whom.
    #[command(subcommand)]
    Statement(c::statement::Command),
    Search(c::search::Args),
    Follow(c::follow::Args),
    /// Show one record.
    #[command(subcommand)]
    Record(c::record::Command),
    /// Fetch the files of a record.
    #[command(subcommand)]
    Attachment(c::attachment::Command),
    Use(c::uses::Args),
    /// Review what one officer released alone against an imminent threat to life.
    #[command(subcommand)]
    Review(c::review::Command),
    Check(c::check::Args),
    Doctor(c::doctor::Args),
    Erase(c::erase::Args),
    Evidence(c::evidence::Args),
    Breaches(c::breaches::Args),
    Verify(c::verify::Args),
    /// Change the passphrase of a key file.
    #[command(subcommand)]
    Key(c::key::Command),
    Standin(c::standin::Args),
    Demo(demo::Args),
    Completions(c::completions::Args),
    Man(c::man::Args),
}

#[cfg(test)]
mod tests;
