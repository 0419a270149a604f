//! `mithaq kinds`: what can be sent.

use desks::{kinds::all, wording};
use node::drafting;
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
        let kind = drafting::kind(&name)?;
        return match json {
            true => output::json(&json!({"kind": kind.name, "help": kind.help(), "example": kind.example})),
            false => {
                let lines = wording::kind_help(kind);
                lines.iter().try_for_each(|(depth, line)| output::say_at(*depth, line))?;
                output::lines_of(kind.example.trim_end())
            }
        };
    }
    if json {
        let kinds: Vec<Value> = all().map(|kind| json!({"kind": kind.name, "summary": kind.summary})).collect();
        return output::json(&kinds);
    }
    all().try_for_each(|kind| output::parts([format!("{:<24}", kind.name).into(), wording::kind_about(kind).into()]))
}
