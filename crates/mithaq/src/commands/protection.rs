//! `mithaq protection`: the protection register, and what waits for the protection officer.

use std::{collections::BTreeSet, path::PathBuf};

use clap::Subcommand;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::threads::time;
use crate::{
    api::{Api, Call},
    cli::NodeArgs,
    failure::Failure,
    limits, output,
};

#[derive(Subcommand)]
pub enum Command {
    /// Add an entry to the register, from a file: names never stand on a command line.
    #[command(after_help = "Example: mithaq protection add node-a entry.toml --token-file officer.token\n\n\
                            The file is TOML, or standard input with -:\n  \
                            states = [\"XAB\"]            # feared, ISO 3166-1 alpha-3\n  \
                            until = 2027-12-31          # optional\n  \
                            threads = []                # optional: threads that concern the person\n  \
                            [[person]]                  # the person, once for each spelling of the name\n  \
                            names = \"Layla Made-Up\"\n  born = 1990-05-01\n  document = \"P 123\"\n\n\
                            Only digests of it are kept. Without a person it names states from which protected persons \
                            come.\nNeeds a token of the role protection_officer (--token-file).")]
    Add {
        #[command(flatten)]
        node: NodeArgs,
        /// The file; - is standard input.
        file: PathBuf,
    },
    /// List the register's entries: states and numbers, no names.
    #[command(after_help = "Example: mithaq protection list node-a --token-file officer.token")]
    List(NodeArgs),
    /// Remove an entry.
    #[command(after_help = "Example: mithaq protection remove node-a 3f9c --token-file officer.token")]
    Remove(Named),
    /// List what waits: records that arrived, and own records that were stopped.
    #[command(after_help = "Example: mithaq protection held node-a --token-file officer.token")]
    Held(NodeArgs),
    /// Show one thing that waits, with header and body.
    #[command(after_help = "Example: mithaq protection show node-a 3f9c --token-file officer.token")]
    Show(Named),
    /// Pass on what waits: a record that arrived then shows to every office; a stopped one leaves if nothing stops it now.
    #[command(after_help = "Example: mithaq protection pass node-a 3f9c --token-file officer.token")]
    Pass(Named),
    /// End what waits: a request ends in `nothing_to_provide`, a stopped record is destroyed.
    #[command(after_help = "Example: mithaq protection block node-a 3f9c --token-file officer.token")]
    Block(Named),
}

#[derive(clap::Args)]
pub struct Named {
    #[command(flatten)]
    node: NodeArgs,
    /// The id, or of an entry the beginning of it.
    id: String,
}

/// The file of a new entry.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    states: BTreeSet<String>,
    until: Option<toml::value::Datetime>,
    #[serde(default)]
    threads: BTreeSet<String>,
    #[serde(default)]
    person: Vec<Person>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Person {
    #[serde(skip_serializing_if = "Option::is_none")]
    names: Option<String>,
    #[serde(default, serialize_with = "day", skip_serializing_if = "Option::is_none")]
    born: Option<toml::value::Datetime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<String>,
}

pub async fn run(command: Command, json: bool) -> Result<(), Failure> {
    match command {
        Command::Add { node, file } => {
            let entry = entry(&output::read_text(&file, limits::PROTECTION_FILE_BYTES_MAX)?)?;
            let made = Api::of(&node).await?.json(Call::post_json("/v1/protection", &entry)?).await?;
            if json {
                return output::json(&made);
            }
            output::line_of(&entry_line(&made))
        }
        Command::List(node) => list(&node, "/v1/protection", "entries", json, entry_line).await,
        Command::Held(node) => list(&node, "/v1/protection/held", "held", json, held_line).await,
        Command::Remove(named) => {
            let removed = act(&named, "/v1/protection", "remove").await?;
            if json {
                return output::json(&removed);
            }
            output::line_of(&format!("removed: {}", entry_line(&removed)))
        }
        Command::Show(named) => {
            let path = format!("/v1/protection/held/{}", named.id);
            let shown = Api::of(&named.node).await?.json(Call::get(&path)).await?;
            if json {
                return output::json(&shown);
            }
            output::line_of(&held_line(&shown))?;
            output::line_of(&shown["header"].to_string())?;
            text(&shown, "body").lines().try_for_each(|line| output::line_of(&format!("| {line}")))
        }
        Command::Pass(named) => done(act(&named, "/v1/protection/held", "pass").await?, json, "passed on"),
        Command::Block(named) => done(act(&named, "/v1/protection/held", "block").await?, json, "ended"),
    }
}

async fn list(
    node: &NodeArgs,
    path: &str,
    member: &str,
    json: bool,
    line: impl Fn(&Value) -> String,
) -> Result<(), Failure> {
    let answer = Api::of(node).await?.json(Call::get(path)).await?;
    if json {
        return output::json(&answer);
    }
    super::rows(&answer, member).iter().try_for_each(|row| output::line_of(&line(row)))
}

async fn act(named: &Named, path: &str, verb: &str) -> Result<Value, Failure> {
    let path = format!("{path}/{}/{verb}", named.id);
    Api::of(&named.node).await?.json(Call::post_json(&path, &json!({}))?).await
}

fn done(answer: Value, json: bool, word: &str) -> Result<(), Failure> {
    if json { output::json(&answer) } else { output::line_of(word) }
}

/// The file as the API takes it.
fn entry(text: &str) -> Result<Value, Failure> {
    let file: File = toml::from_str(text).map_err(|error| Failure::usage(format!("the entry: {error}")))?;
    let mut entry = json!({ "states": file.states, "threads": file.threads, "persons": file.person });
    if let Some(until) = file.until {
        entry["until"] = until.to_string().into();
    }
    Ok(entry)
}

fn day<S: serde::Serializer>(day: &Option<toml::value::Datetime>, to: S) -> Result<S::Ok, S::Error> {
    match day {
        Some(day) => to.collect_str(day),
        None => to.serialize_none(),
    }
}

fn entry_line(entry: &Value) -> String {
    let states: Vec<&str> = entry["states"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let until = entry["until"].as_str().map(|until| format!(", until {until}")).unwrap_or_default();
    let threads = entry["threads"].as_array().map_or(0, Vec::len);
    let identities = &entry["identities"];
    format!("{}  {identities} identities, {threads} threads, from {}{until}", text(entry, "id"), states.join(" "))
}

fn held_line(held: &Value) -> String {
    let answer = match (&held["answer"]["released"], held["what"] == "stopped") {
        (Value::Bool(true), _) => "  answered".to_owned(),
        (Value::Bool(false), _) => format!("  answered at {}", time(&held["answer"]["at"])),
        (_, true) => "  stopped".to_owned(),
        _ => "  waits".to_owned(),
    };
    let state = held["state"].as_str().map(|state| format!(" of {state}")).unwrap_or_default();
    let title = held["title"].as_str().unwrap_or("(content gone)");
    format!("{}  {}{answer}  {}{state}  {title}", text(held, "id"), text(held, "rule"), text(held, "kind"))
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_becomes_what_the_api_takes() {
        let text = "states = [\"XAB\"]\nuntil = 2027-12-31\n[[person]]\nnames = \"Layla Made-Up\"\nborn = 1990-05-01\n\
                    [[person]]\ndocument = \"P 123\"\n";
        let expected = json!({
            "states": ["XAB"], "until": "2027-12-31", "threads": [],
            "persons": [{ "names": "Layla Made-Up", "born": "1990-05-01" }, { "document": "P 123" }],
        });
        assert_eq!(entry(text).unwrap(), expected);
        assert!(entry("states = [\"XAB\"]\nname = \"x\"").is_err());
    }

    #[test]
    fn what_waits_is_one_line() {
        let held = json!({ "id": "00", "rule": "ASY-05", "what": "arrived", "kind": "requests.request/1",
            "state": "XAB", "title": "A made-up request", "answer": null });
        assert_eq!(held_line(&held), "00  ASY-05  waits  requests.request/1 of XAB  A made-up request");
        let stopped = json!({ "id": "01", "rule": "ASY-01", "what": "stopped", "kind": "k" });
        assert_eq!(held_line(&stopped), "01  ASY-01  stopped  k  (content gone)");
        let entry =
            json!({ "id": "0f", "identities": 2, "states": ["XAB", "XAC"], "threads": [], "until": "2027-01-01" });
        assert_eq!(entry_line(&entry), "0f  2 identities, 0 threads, from XAB XAC, until 2027-01-01");
    }
}
