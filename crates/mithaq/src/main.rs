//! The one binary of Mithaq: command line, node, offline verifier and demo.
//!
//! What a record means, whether it may cross and what is durable is decided elsewhere; this crate reads arguments,
//! wires the parts together and speaks to people.

use std::{io::IsTerminal as _, process::ExitCode};

use clap::Parser;
use texts::{Language, say};

mod api;
mod audit_file;
mod auditor;
mod cli;
mod commands;
mod demo;
mod failure;
mod hardening;
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
    let cli = cli::Cli::parse();
    let json = cli.json;
    failure::speak(failure::Caller {
        language: if json { Language::En } else { Language::of_environment(variable) },
        colours: std::io::stdout().is_terminal() && variable("NO_COLOR").is_none_or(|value| value.is_empty()),
    });
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
