//! `mithaq serve`: the node at work, until it is told to stop.

use std::{io::IsTerminal as _, path::PathBuf};

use clap::{Args as ClapArgs, ValueEnum};
use doors::{
    Ready,
    serve::{Listen, ServeError},
};
use node::{
    Node,
    callers::{Caller, Role, is_set_up},
    people::Person,
};
use texts::say;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::{EnvFilter, fmt};

use crate::{failure::Failure, hardening, output, passphrase};

/// Run the node of a folder.
///
/// When it is ready it prints one JSON line with its addresses. It stops cleanly on ctrl-c and on SIGTERM; being killed
/// does not harm it.
#[derive(ClapArgs)]
#[command(after_help = "Examples:\n  mithaq serve node-a\n  \
                        mithaq serve node-a --passphrase-file /run/credentials/mithaq --log json --log-level warn")]
pub struct Args {
    /// The node's folder.
    dir: PathBuf,
    /// File with the folder's passphrase. Without it you are asked.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Listen to partners here instead of where node.toml says. Port 0 takes a free one.
    #[arg(long, value_name = "HOST:PORT")]
    peer: Option<std::net::SocketAddr>,
    /// Listen to the agency itself here instead of where node.toml says.
    #[arg(long, value_name = "HOST:PORT")]
    api: Option<std::net::SocketAddr>,
    /// The form of the log on standard error.
    #[arg(long, default_value = "text")]
    log: LogForm,
    /// What is logged: error, warn, info, debug, or for each part, such as `warn,mithaq_node=debug`.
    #[arg(long, default_value = "info")]
    log_level: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum LogForm {
    Text,
    Json,
}

pub async fn run(args: Args) -> Result<(), Failure> {
    start_log(&args)?;
    for what in hardening::refused() {
        tracing::warn!("{what}");
    }
    let passphrase = passphrase::read(args.passphrase_file.as_deref(), &args.dir.display().to_string())?;
    if args.api.is_some_and(|api| !api.ip().is_loopback()) {
        return Err(Failure::usage(say!("loopback-only")));
    }
    let at = Listen { peer: args.peer, api: args.api };
    let node = Node::open(&args.dir, &passphrase)?;
    drop(passphrase);
    stop_on_signals(&node)?;
    let port = console::port(&node)?;
    let inviting = node.clone();
    let announce = move |ready: &Ready| {
        announce(ready);
        invite_first(&inviting, ready);
    };
    doors::serve_at(node, at, port, announce).await.map_err(|error| match error {
        ServeError::Listen { ref source, .. } if source.kind() == std::io::ErrorKind::AddrInUse => {
            Failure::in_use(say!("choose-port", error = %error))
        }
        ServeError::Listen { .. } => Failure::usage(error.to_string()),
        ServeError::Tls(_) => Failure::storage(error.to_string()),
    })
}

/// Tells whoever sits at the terminal how the first administrator signs in, as long as nobody can: once a start, and never in a log.
fn invite_first(node: &Node, ready: &Ready) {
    let administrates = |person: &&Person| person.is_here() && person.about.roles.contains(&Role::NodeAdmin);
    if !node.passkeys.is_new() || !std::io::stderr().is_terminal() {
        return;
    }
    let people = node.people.list();
    let Some(person) = people.iter().find(administrates) else { return };
    let port = ready.api.port();
    // As if asked for at the socket: where two administrators decide, two of them make it.
    let caller = Caller::socket(is_set_up(&node.tokens, &node.passkeys));
    match node.administration.link(&caller, &person.id) {
        Ok((_, link)) => eprintln!(
            "{}",
            say!("first-link", name = %person.about.name, address = %format!("http://localhost:{port}/enrol#{}", link.link))
        ),
        Err(fault) => tracing::warn!(message = %fault.message, "no link for the first administrator"),
    }
}

/// The line for whoever started this process. If nobody reads it, the node serves all the same.
fn announce(ready: &Ready) {
    if output::json(ready).is_err() {
        tracing::warn!("nobody reads the line that says where this node answers");
    }
}

fn start_log(args: &Args) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&args.log_level)
        .map_err(|error| Failure::usage(say!("log-level-invalid", log_level = %args.log_level, error = %error)))?;
    let log = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match args.log {
        LogForm::Text => log.with_ansi(false).try_init(),
        LogForm::Json => log.json().try_init(),
    };
    started.map_err(|error| Failure::internal(say!("log-not-started", error = %error)))
}

fn stop_on_signals(node: &Node) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::internal(say!("signals-unwatched", error = %error));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let node = node.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        node.stop.send_replace(true);
    });
    Ok(())
}
