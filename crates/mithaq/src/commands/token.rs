//! `mithaq token`: tokens with which officers and programs use the agency's port.

use std::path::PathBuf;

use clap::Subcommand;
use node::answers::tokens::{TokenList, TokenMade, TokenRow};
use serde::Serialize;
use serde_json::{Value, json};
use texts::say;

use super::second;
use crate::{
    api::Api,
    cli::NodeArgs,
    failure::Failure,
    output::{self, Cell, NewSecret},
    said,
};

#[derive(Subcommand)]
pub enum Command {
    /// Make a token and write it into a new file. Once a first token is issued, the socket alone reaches no content.
    #[command(after_help = "Examples:\n  \
                            mithaq token new node-a desk-7.token --name \"Desk 7\" --role case_officer --office \"Desk 7\" \\\n    \
                            --purpose support_investigation\n  \
                            mithaq token new node-a feed.token --name feed --role case_officer --only records:write\n\n\
                            Roles: case_officer, spoc_officer, release_authority, liaison_officer, \
                            border_liaison_officer, fiu_officer, protection_officer, observer, dpo, \
                            fundamental_rights_officer, auditor, secretariat, head_of_delegation, \
                            training_coordinator, node_admin")]
    New {
        #[command(flatten)]
        node: NodeArgs,
        /// The new file. Only its owner may read it.
        file: PathBuf,
        /// What the token is for: an office or a program. Never a person's name.
        #[arg(long)]
        name: String,
        /// The person who gets it: id or name. It then has the person's purposes and only office where none are named, and no
        /// role that the person does not have. A program's token has no person.
        #[arg(long)]
        person: Option<String>,
        /// What it may do.
        #[arg(long)]
        role: String,
        /// The enrolled office whose records are submitted with it.
        #[arg(long)]
        office: Option<String>,
        /// Only these scopes of the role, such as records:write. Repeat for more.
        #[arg(long, value_name = "SCOPE")]
        only: Vec<String>,
        /// The purpose of the task that it is for, as the agreements' clauses state it: support_investigation. Repeat for
        /// more. Whoever reads records needs one; auditors and other officers who watch over the exchange read for
        /// oversight without it.
        #[arg(long, value_name = "CODE")]
        purpose: Vec<String>,
        /// For how many days it counts.
        #[arg(long, default_value_t = node::limits::TOKEN_DAYS)]
        days: u64,
        /// Ask for it: another administrator confirms it with `mithaq second confirm`, and has the other half of its text.
        #[arg(long)]
        ask: bool,
    },
    /// Get a token in place of your own, which ends within two weeks. The old one counts for a day yet.
    #[command(after_help = "Example: mithaq token renew node-a desk-7-new.token --token-file desk-7.token")]
    Renew {
        #[command(flatten)]
        node: NodeArgs,
        /// The new file. Only its owner may read it.
        file: PathBuf,
    },
    /// List the tokens, without their secrets.
    #[command(after_help = "Example: mithaq token list node-a")]
    List(NodeArgs),
    /// Revoke a token at once.
    #[command(after_help = "Example: mithaq token revoke node-a 7b21")]
    Revoke {
        #[command(flatten)]
        node: NodeArgs,
        /// Its id or the beginning of it.
        id: String,
    },
}

pub async fn run(command: Command, json: bool) -> Result<(), Failure> {
    match command {
        Command::New { node, file, name, person, role, office, only, purpose, days, ask } => {
            let api = Api::of(&node).await?;
            let only = (!only.is_empty()).then_some(only);
            let new = json!({
                "name": name, "person": person, "role": role, "office": office, "only": only, "purposes": purpose,
                "days": days,
            });
            if ask {
                return second::ask(&api, "token", new, Some(file), json).await;
            }
            make(&api, file, "/v1/tokens", &new, json).await
        }
        Command::Renew { node, file } => make(&Api::of(&node).await?, file, "/v1/tokens/renew", &json!({}), json).await,
        Command::List(node) => {
            let answer = Api::of(&node).await?.get::<TokenList>("/v1/tokens").await?;
            answer.tell(json, |TokenList { tokens }| {
                let heads = [
                    say!("head-token").into(),
                    say!("head-state").into(),
                    say!("head-until").into(),
                    say!("head-role").into(),
                    say!("head-person").into(),
                    say!("head-purposes").into(),
                    say!("head-name").into(),
                ];
                output::table(heads, tokens.iter().map(row).collect(), &say!("no-tokens"))
            })
        }
        Command::Revoke { node, id } => {
            let answer = Api::of(&node).await?.act::<TokenRow>(&format!("/v1/tokens/{id}/revoke")).await?;
            answer.tell(json, |token| output::say(&say!("token-revoked", id = %token.id)))
        }
    }
}

/// Has a token made, and writes its text into a new file.
async fn make(api: &Api, file: PathBuf, path: &str, new: &Value, json: bool) -> Result<(), Failure> {
    // The file first: a token that nobody can read would count all the same.
    let to = NewSecret::create(file.clone())?;
    let TokenMade { row, token, without_clause } = api.post::<TokenMade>(path, new).await?.read()?;
    to.keep(&token)?;
    if json {
        return output::json(&Kept { row, token: TokenFile { file }, without_clause });
    }
    let role = row.role.name();
    output::say(
        &say!("holds-token", file = %file.display(), id = %row.id, role = %role, expires_ms = %super::time(row.expires_ms)),
    )?;
    match &without_clause[..] {
        [] => Ok(()),
        unknown => {
            let unknown = unknown.join(", ");
            output::say(&say!("purpose-without-clause", unknown = %unknown))
        }
    }
}

/// A token that was made, and where its text lies.
#[derive(Serialize)]
struct Kept {
    #[serde(flatten)]
    row: TokenRow,
    token: TokenFile,
    without_clause: Vec<String>,
}

#[derive(Serialize)]
struct TokenFile {
    file: PathBuf,
}

fn row(token: &TokenRow) -> [Cell; 7] {
    let state = match token.revoked_ms {
        Some(_) => "revoked",
        None if token.expires_ms <= node::clock::now_ms() => "expired",
        None if token.renewed_as.is_some() => "renewed",
        None => "counts",
    };
    let purposes = if token.purposes.is_empty() { "-".to_owned() } else { token.purposes.join(", ") };
    let person = token.person.clone().unwrap_or_else(|| "-".to_owned());
    let (until, role) = (super::time(token.expires_ms), token.role.name().to_owned());
    let (id, name) = (token.id.as_str().into(), token.name.as_str().into());
    [id, said::state(state).into(), until.into(), role.into(), person.into(), purposes.into(), name]
}
