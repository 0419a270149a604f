//! The one binary of Mithaq: command line, node, offline verifier and demo.
//!
//! What a record means, whether it may cross and what is durable is decided elsewhere; this crate reads arguments,
//! wires the parts together and speaks to people.

use std::process::ExitCode;

use clap::Parser;

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
mod seed_file;
mod shown;
mod verify;

/// The system's own allocator keeps for each thread what the thread once held: after a load a node stayed at three times the memory
/// that it used (decision 0064).
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    hardening::harden();
    let cli = cli::Cli::parse();
    let json = cli.json;
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return failure::Failure::internal(format!("the program cannot start its threads: {error}")).report(json);
        }
    };
    match runtime.block_on(commands::run(cli)) {
        Ok(exit) => exit,
        Err(failure) => failure.report(json),
    }
}
