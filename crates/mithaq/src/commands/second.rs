//! `mithaq second`: what one administrator asked for and another confirms.

use std::path::PathBuf;

use clap::Subcommand;
use node::{
    answers::seconds::{AskedForSecond, Confirmed, WaitingList, WaitingRow},
    db::SUITE,
    seconds::ByTwo,
};
use protocol::{encoding::to_base64, tlog::auditor_id};
use serde::Serialize;
use serde_json::Value;
use texts::say;

use super::time;
use crate::{
    api::Api,
    cli::NodeArgs,
    failure::Failure,
    output::{self, Cell, NewSecret},
};

#[derive(Subcommand)]
pub enum Command {
    /// List what waits for a second administrator.
    #[command(after_help = "Example: mithaq second list node-a")]
    List(NodeArgs),
    /// Do what another administrator asked for, with your own token.
    ///
    /// Of a token you get the second half, and whoever asked has the first: give each to the office that it is for, which
    /// puts both into one file. So neither of you can use it.
    #[command(after_help = "Examples:\n  mithaq second confirm node-a 7b21 --token-file mine.token\n  \
                            mithaq second confirm node-a 7b21 half.token --token-file mine.token   (for a token)")]
    Confirm {
        #[command(flatten)]
        node: NodeArgs,
        /// Its id or the beginning of it, as `mithaq second list` has it.
        id: String,
        /// For a token: the new file that takes its second half.
        file: Option<PathBuf>,
    },
    /// End what waits, without doing it.
    #[command(after_help = "Example: mithaq second refuse node-a 7b21")]
    Refuse {
        #[command(flatten)]
        node: NodeArgs,
        /// Its id or the beginning of it.
        id: String,
    },
}

pub async fn run(command: Command, json: bool) -> Result<(), Failure> {
    match command {
        Command::List(node) => {
            let answer = Api::of(&node).await?.get::<WaitingList>("/v1/seconds").await?;
            answer.tell(json, |WaitingList { waiting }| {
                let heads = [
                    say!("head-id").into(),
                    say!("head-until").into(),
                    say!("head-asked-by").into(),
                    say!("head-asked-for").into(),
                ];
                output::table(heads, waiting.iter().map(row).collect(), &say!("nothing-waits-for-second"))
            })
        }
        Command::Confirm { node, id, file } => {
            let api = Api::of(&node).await?;
            let WaitingList { waiting } = api.get::<WaitingList>("/v1/seconds").await?.read()?;
            let is_token = |row: &WaitingRow| row.id.starts_with(&id) && matches!(row.asked, ByTwo::Token(_));
            if file.is_none() && waiting.iter().any(is_token) {
                return Err(Failure::usage(say!("second-half-file")));
            }
            let to = file.map(NewSecret::create).transpose()?;
            let mut confirmed = api.act::<Confirmed>(&format!("/v1/seconds/{id}/confirm")).await?.read()?;
            if let (Confirmed::Token { second_half, .. } | Confirmed::Link { second_half, .. }, Some(to)) =
                (&mut confirmed, to)
            {
                // From here on it is in the file alone.
                to.keep(&std::mem::take(second_half))?;
            }
            if json {
                return output::json(&confirmed);
            }
            output::say(&match confirmed {
                Confirmed::Token { token, .. } => say!("confirmed-token", id = %token.id),
                Confirmed::Link { person, second_half } => {
                    say!("confirmed-link", person = person, half = second_half)
                }
                Confirmed::Officer { entry } => {
                    say!("confirmed-officer", index = %entry.index, origin = %entry.origin)
                }
                Confirmed::Person { changed } => say!("confirmed-person", id = %changed.person.id),
                Confirmed::Auditor { auditor } => say!("auditor-registered", id = &hex::encode(auditor.id)[..16]),
            })
        }
        Command::Refuse { node, id } => {
            let answer = Api::of(&node).await?.act::<WaitingRow>(&format!("/v1/seconds/{id}/refuse")).await?;
            answer.tell(json, |row| output::say(&say!("waits-no-longer", id = %row.id)))
        }
    }
}

/// Asks for what two administrators decide, and says what waits now. `act` and `of` are its name and fields, which the node
/// checks; `file` takes the first half of a token.
pub async fn ask(api: &Api, act: &'static str, of: Value, file: Option<PathBuf>, json: bool) -> Result<(), Failure> {
    // The file first: a half that nobody can read would be asked for in vain.
    let to = file.map(NewSecret::create).transpose()?;
    let AskedForSecond { row, first_half } =
        api.post::<AskedForSecond>("/v1/seconds", &Asked { act, of }).await?.read()?;
    if let (Some(half), Some(to)) = (first_half, to) {
        to.keep(&half)?;
    }
    if json {
        return output::json(&row);
    }
    output::say(&say!("waits-for-second", id = %row.id, until_ms = %time(row.until_ms)))
}

/// An act by its name, with its fields.
#[derive(Serialize)]
struct Asked {
    act: &'static str,
    #[serde(flatten)]
    of: Value,
}

fn row(row: &WaitingRow) -> [Cell; 4] {
    let what = match &row.asked {
        ByTwo::Token(new) => say!("second-token", role = %new.role.name(), name = %new.name),
        ByTwo::Officer { officer, .. } => {
            say!("second-officer", office = %officer.office, key = to_base64(officer.public()))
        }
        ByTwo::Auditor { file } => say!("second-auditor", id = hex::encode(auditor_id(SUITE, &file.keys))),
        ByTwo::Link { person } => say!("second-link", person = %person),
        ByTwo::Person { id, about } => {
            let (name, offices) = (&about.name, about.offices.clone());
            let roles: Vec<&str> = about.roles.iter().map(|role| role.name()).collect();
            let what = match id {
                Some(id) => say!("second-person", id = id, name = name, offices = offices, roles = roles),
                None => say!("second-person-new", name = name, offices = offices, roles = roles),
            };
            // Whoever gives somebody a key gives somebody a signature: who confirms it sees it.
            let keys: Vec<String> = about.public_keys().map(to_base64).collect();
            if keys.is_empty() { what } else { say!("second-with-keys", what = what, keys = keys) }
        }
    };
    [row.id.as_str().into(), time(row.until_ms).into(), row.asked_by.as_str().into(), what.into()]
}
