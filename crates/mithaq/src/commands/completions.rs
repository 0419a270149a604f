//! `mithaq completions`: the shell completes commands, options and files.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::{cli::Cli, failure::Failure, output};

/// Print the completion script of a shell. It is always text, also with --json: the shell reads it.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  mithaq completions bash > ~/.local/share/bash-completion/completions/mithaq
  mithaq completions zsh > ~/.zfunc/_mithaq
  mithaq completions fish > ~/.config/fish/completions/mithaq.fish")]
pub struct Args {
    /// The shell.
    shell: Shell,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "mithaq", &mut script);
    let script = String::from_utf8(script).map_err(|error| Failure::internal(error.to_string()))?;
    output::lines_of(script.trim_end())
}
