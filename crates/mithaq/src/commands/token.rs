//! `mithaq token`: tokens with which officers and programs use the agency's port.

use std::path::PathBuf;

use clap::Subcommand;
use node::answers::tokens::{TokenList, TokenMade, TokenRow};
use serde::Serialize;
use serde_json::json;

use super::second;
use crate::{
    api::Api,
    cli::NodeArgs,
    failure::Failure,
    output::{self, NewSecret},
};

#[derive(Subcommand)]
pub enum Command {
    /// Make a token and write it into a new file. Once a first token is issued, the socket alone reaches no content.
    #[command(after_help = "Examples:\n  \
                            mithaq token new node-a desk-7.token --name \"Desk 7\" --role case_officer --office \"Desk 7\" \\\n    \
                            --purpose support_investigation\n  \
                            mithaq token new node-a feed.token --name feed --role case_officer --only records:write\n\n\
                            Roles: case_officer, spoc_officer, release_authority, liaison_officer, \
                            border_liaison_officer, fiu_officer,\nprotection_officer, observer, dpo, \
                            fundamental_rights_officer, auditor, secretariat, head_of_delegation,\n\
                            training_coordinator, node_admin")]
    New {
        #[command(flatten)]
        node: NodeArgs,
        /// The new file. Only its owner may read it.
        file: PathBuf,
        /// What the token is for: an office or a program. Never a person's name.
        #[arg(long)]
        name: String,
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
        Command::New { node, file, name, role, office, only, purpose, days, ask } => {
            let api = Api::of(&node).await?;
            let only = (!only.is_empty()).then_some(only);
            let new = json!({
                "name": name, "role": role, "office": office, "only": only, "purposes": purpose, "days": days,
            });
            if ask {
                return second::ask(&api, "token", new, Some(file), json).await;
            }
            // The file first: a token that nobody can read would count all the same.
            let to = NewSecret::create(file.clone())?;
            let TokenMade { row, token } = api.post::<TokenMade>("/v1/tokens", &new).await?.read()?;
            to.keep(&token)?;
            if json {
                return output::json(&Kept { row, token: TokenFile { file } });
            }
            output::line_of(&format!("{} holds token {} of {role}, for {days} days", file.display(), row.id))
        }
        Command::List(node) => {
            let answer = Api::of(&node).await?.get::<TokenList>("/v1/tokens").await?;
            answer.tell(json, |TokenList { tokens }| tokens.iter().try_for_each(|token| output::line_of(&line(token))))
        }
        Command::Revoke { node, id } => {
            let answer = Api::of(&node).await?.act::<TokenRow>(&format!("/v1/tokens/{id}/revoke")).await?;
            answer.tell(json, |token| output::line_of(&format!("token {} is revoked", token.id)))
        }
    }
}

/// A token that was made, and where its text lies.
#[derive(Serialize)]
struct Kept {
    #[serde(flatten)]
    row: TokenRow,
    token: TokenFile,
}

#[derive(Serialize)]
struct TokenFile {
    file: PathBuf,
}

fn line(token: &TokenRow) -> String {
    let state = match token.revoked_ms {
        Some(_) => "revoked",
        None if token.expires_ms <= node::clock::now_ms() => "expired",
        None => "counts",
    };
    let purposes = token.purposes.join(",");
    let purposes = if purposes.is_empty() { "-" } else { &purposes };
    format!("{} {state:<8} {:<26} {purposes}  {}", token.id, token.role.name(), token.name)
}
