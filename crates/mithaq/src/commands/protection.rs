//! `mithaq protection`: the protection register, and what waits for the protection officer.

use std::{collections::BTreeSet, path::PathBuf};

use clap::Subcommand;
use node::answers::protection::{
    Blocked, Held, HeldAnswer, HeldList, HeldRow, HeldShown, Passed, Probes, ProtectedList, ProtectedRow,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use texts::{Message, say};

use super::time;
use crate::{
    api::{Answer, Api},
    cli::NodeArgs,
    failure::Failure,
    limits,
    output::{self, Cell},
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
    /// List what waits: records that arrived, and own records that wait, left or were stopped; and who sent what was stopped.
    #[command(after_help = "Example: mithaq protection held node-a --token-file officer.token")]
    Held(NodeArgs),
    /// Show one thing that waits, with header and body.
    #[command(after_help = "Example: mithaq protection show node-a 3f9c --token-file officer.token")]
    Show(Named),
    /// Pass on what waits: a record that arrived or left then shows to every office; one that waits or was stopped is decided now.
    #[command(after_help = "Examples:\n  mithaq protection pass node-a 3f9c --token-file officer.token\n  \
                            mithaq protection pass node-a all --token-file officer.token\n\n\
                            `all` is the day's batch: what arrived and names nobody whom the register protects, and own \
                            records that wait.")]
    Pass(Named),
    /// End what waits: a request ends in `nothing_to_provide`, a stopped record is destroyed.
    #[command(after_help = "Example: mithaq protection block node-a 3f9c --token-file officer.token")]
    Block(Named),
}

#[derive(clap::Args)]
pub struct Named {
    #[command(flatten)]
    node: NodeArgs,
    /// The id; of an entry the beginning of it; to pass on, `all`.
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
            let answer = Api::of(&node).await?.post::<ProtectedRow>("/v1/protection", &entry).await?;
            answer.tell(json, |made| output::say(&registered(&made)))
        }
        Command::List(node) => {
            let answer = Api::of(&node).await?.get::<ProtectedList>("/v1/protection").await?;
            answer.tell(json, |ProtectedList { entries }| {
                if entries.is_empty() {
                    return output::say(&say!("list-register-empty"));
                }
                entries.iter().try_for_each(|entry| output::say(&registered(entry)))
            })
        }
        Command::Held(node) => {
            let answer = Api::of(&node).await?.get::<HeldList>("/v1/protection/held").await?;
            answer.tell(json, |HeldList { held, probes }| {
                output::table(heads(), held.iter().map(row).collect(), &say!("nothing-held"))?;
                probes.iter().try_for_each(|probes| output::say(&stopped(probes)))
            })
        }
        Command::Remove(named) => {
            let answer = act::<ProtectedRow>(&named, "/v1/protection", "remove").await?;
            answer.tell(json, |removed| output::say(&say!("removed-entry", removed = registered(&removed))))
        }
        Command::Show(named) => {
            let path = format!("/v1/protection/held/{}", named.id);
            let answer = Api::of(&named.node).await?.get::<HeldShown>(&path).await?;
            answer.tell(json, |HeldShown { row, header, body }| {
                output::row(self::row(&row))?;
                output::line_of(&header.to_string())?;
                body.lines().try_for_each(|line| output::line_of(&format!("| {line}")))
            })
        }
        Command::Pass(named) => {
            let answer = act::<Passed>(&named, "/v1/protection/held", "pass").await?;
            answer.tell(json, |Passed { count, .. }| output::say(&say!("passed-on", count = count)))
        }
        Command::Block(named) => {
            let answer = act::<Blocked>(&named, "/v1/protection/held", "block").await?;
            answer.tell(json, |_| output::say(&say!("entry-ended")))
        }
    }
}

async fn act<T>(named: &Named, path: &str, verb: &str) -> Result<Answer<T>, Failure> {
    Api::of(&named.node).await?.act(&format!("{path}/{}/{verb}", named.id)).await
}

/// The file as the API takes it.
fn entry(text: &str) -> Result<Value, Failure> {
    let file: File = toml::from_str(text).map_err(|error| {
        Failure::usage(say!("entry-invalid", error = texts::Lines(error.to_string().trim_end().to_owned())))
    })?;
    let until = file.until.map(|until| until.to_string());
    Ok(json!({ "states": file.states, "threads": file.threads, "persons": file.person, "until": until }))
}

fn day<S: serde::Serializer>(day: &Option<toml::value::Datetime>, to: S) -> Result<S::Ok, S::Error> {
    match day {
        Some(day) => to.collect_str(day),
        None => to.serialize_none(),
    }
}

fn registered(entry: &ProtectedRow) -> Message {
    let states: Vec<&str> = entry.states.iter().map(String::as_str).collect();
    let (id, identities, threads) = (&entry.id, entry.identities, entry.threads.len());
    let said = say!("protected-entry", id = id, identities = identities, threads = threads, states = states);
    match entry.until {
        Some(until) => say!("protected-entry-until", entry = said, until = %until),
        None => said,
    }
}

fn heads() -> [Cell; 5] {
    [
        say!("head-id").into(),
        say!("head-rule").into(),
        say!("head-state").into(),
        say!("head-kind").into(),
        say!("head-title").into(),
    ]
}

fn row(held: &HeldRow) -> [Cell; 5] {
    let (stands, state) = match &held.what {
        Held::Arrived { answer, state, near, .. } => {
            let stands = match answer {
                Some(HeldAnswer { released: true, .. }) => say!("held-answered"),
                Some(HeldAnswer { at_ms, .. }) => say!("held-answered-at", time = time(*at_ms)),
                None => say!("held-waits"),
            };
            (if *near { say!("list-held-near", stands = stands) } else { stands }, state.as_deref())
        }
        Held::Sent { .. } => (say!("list-held-sent"), None),
        Held::Waiting { at_ms, .. } => (say!("held-decided-at", time = time(*at_ms)), None),
        Held::Stopped { near: true, .. } => (say!("held-stopped-near"), None),
        Held::Stopped { .. } => (say!("list-held-stopped"), None),
    };
    let (rule, kind) = (held.rule.as_deref().unwrap_or_default(), held.kind.as_deref().unwrap_or_default());
    let kind = state.map_or_else(|| kind.into(), |state| say!("kind-of-state", kind = kind, state = state).into());
    let title = held.title.as_deref().map_or_else(|| say!("content-is-gone").into(), Cell::from);
    [held.id.as_str().into(), rule.into(), stands.into(), kind, title]
}

fn stopped(Probes { token, role, stopped }: &Probes) -> Message {
    say!("register-stopped", stopped = *stopped, token = token, role = role)
}

#[cfg(test)]
mod tests {
    use texts::Language;

    use super::*;
    use crate::{failure::Caller, output::as_line};

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
        let english = Caller { language: Language::En, colours: false };
        let held = |held: Value| as_line(&row(&serde_json::from_value(held).unwrap()), english);
        let channel = "c".repeat(64);
        let arrived = json!({ "id": "00", "rule": "ASY-05", "channel": channel, "kind": "requests.request/1",
            "thread": null, "title": "A made-up request", "what": "arrived", "log": "a/1/main", "index": 1,
            "state": "XAB", "time_ms": 0, "answer": null, "near": false });
        assert_eq!(held(arrived), "00  ASY-05  waits  requests.request/1 of XAB  A made-up request");
        let stopped = json!({ "id": "01", "rule": "ASY-01", "channel": channel, "kind": "k", "thread": null,
            "title": null, "what": "stopped", "lane": "main", "by": "case_officer", "token": "t", "near": true, "recorded": null });
        assert_eq!(held(stopped), "01  ASY-01  stopped by a name that is near  k  (content gone)");
        let entry = ProtectedRow {
            id: "0f".into(),
            identities: 2,
            states: ["XAB".into(), "XAC".into()].into(),
            threads: BTreeSet::new(),
            until: Some("2027-01-01".parse().unwrap()),
            added_ms: 0,
        };
        assert_eq!(registered(&entry).to_string(), "0f  2 identities, 0 threads, from XAB, XAC, until 2027-01-01");
    }
}
