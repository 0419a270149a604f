//! The one binary of Mithaq: command line, node, offline verifier and demo.
//!
//! What a record means, whether it may cross and what is durable is decided elsewhere; this crate reads arguments,
//! wires the parts together and speaks to people.

use std::{ffi::OsString, io::IsTerminal as _, process::ExitCode};

use clap::FromArgMatches as _;
use texts::{Language, say};

mod api;
mod audit_file;
mod auditor;
mod cli;
mod commands;
mod demo;
mod failure;
mod hardening;
mod help;
mod limits;
mod officer;
mod output;
mod passphrase;
mod progress;
mod reference;
mod said;
mod seed_file;

/// The system's own allocator keeps for each thread what the thread once held: after a load a node stayed at three times the memory
/// that it used (decision 0064).
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    hardening::harden();
    let words: Vec<OsString> = std::env::args_os().collect();
    // How the caller is spoken to must be known before it is known what is asked for: the words may be wrong.
    let json = words.iter().any(|word| word == "--json");
    let language = if json { Language::En } else { Language::of_environment(variable) };
    failure::speak(failure::Caller {
        language,
        colours: std::io::stdout().is_terminal() && variable("NO_COLOR").is_none_or(|value| value.is_empty()),
    });
    let parsed = help::command(language).try_get_matches_from(words);
    let cli = match parsed.and_then(|matches| cli::Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) if help::is_help(&error) => error.exit(),
        Err(error) => return failure::Failure::usage(help::wrong(&error)).report(json),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return failure::Failure::internal(say!("no-threads-start", error = %error)).report(json);
        }
    };
    match runtime.block_on(commands::run(cli)) {
        Ok(exit) => exit,
        Err(failure) => failure.report(json),
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks how to speak to the caller")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
