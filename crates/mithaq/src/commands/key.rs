//! `mithaq key`: what seals the agency's keys.

use std::path::PathBuf;

use clap::Subcommand;
use node::{keys, node::OpenError};
use serde_json::json;
use texts::say;

use crate::{failure::Failure, output, passphrase};

#[derive(Subcommand)]
pub enum Command {
    /// Seal a key file under another passphrase, and at the cost of guessing that this version takes. The node may run; it
    /// needs the new one at its next start.
    #[command(after_help = "Examples:
  mithaq key passphrase node-a
  mithaq key passphrase --file /media/safe/next-keys.sealed

The next keys belong under a passphrase of their own: docs/operate/key-ceremony.md")]
    Passphrase {
        /// The node's folder.
        #[arg(required_unless_present = "file", conflicts_with = "file")]
        dir: Option<PathBuf>,
        /// Instead of the folder's keys: a file of next keys.
        #[arg(long)]
        file: Option<PathBuf>,
        /// File with the passphrase until now. Without it you are asked.
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
        /// File with the new passphrase. Without it you are asked twice.
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
    },
}

pub fn run(command: Command, json: bool) -> Result<(), Failure> {
    let Command::Passphrase { dir, file, passphrase_file, new_passphrase_file } = command;
    let path = match (dir, file) {
        (_, Some(file)) => file,
        (Some(dir), None) => dir.join(keys::FILE),
        (None, None) => return Err(Failure::usage(say!("folder-or-file"))),
    };
    let shown = path.display().to_string();
    let old = passphrase::read(passphrase_file.as_deref(), &shown)?;
    let new = passphrase::choose(new_passphrase_file.as_deref(), &shown)?;
    keys::change_passphrase(&path, &old, &new, &mut node::entropy()).map_err(OpenError::from)?;
    if json {
        return output::json(&json!({ "file": path }));
    }
    output::say(&say!("sealed-anew", shown = %shown))
}
