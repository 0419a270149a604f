//! `mithaq kinds`: what can be sent.

use desks::kinds::{all, find};
use serde_json::{Value, json};

use crate::{failure::Failure, output};

/// List the kinds of records, or show one with its fields and an example.
#[derive(clap::Args)]
#[command(after_help = "Example: mithaq kinds register.readout/1")]
pub struct Args {
    /// The kind to show.
    kind: Option<String>,
}

pub fn run(args: Args, json: bool) -> Result<(), Failure> {
    if let Some(name) = args.kind {
        let kind = find(&name).ok_or_else(|| unknown(&name))?;
        return match json {
            true => output::json(&json!({"kind": kind.name, "help": kind.help(), "example": kind.example})),
            false => output::lines_of(kind.help().trim_end()),
        };
    }
    if json {
        let kinds: Vec<Value> = all().map(|kind| json!({"kind": kind.name, "summary": kind.summary})).collect();
        return output::json(&kinds);
    }
    all().try_for_each(|kind| output::line_of(&format!("{:<24} {}", kind.name, kind.summary)))
}

/// Says which kinds there are.
pub fn unknown(name: &str) -> Failure {
    let known: Vec<&str> = all().map(|kind| kind.name).collect();
    let message = format!("there is no kind {name}; there are {} (mithaq kinds)", known.join(", "));
    Failure::usage(message).in_field("kind")
}
