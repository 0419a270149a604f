//! `mithaq token`: tokens with which officers and programs use the agency's port.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use crate::{
    api::{Api, Call},
    cli::NodeArgs,
    failure::Failure,
    output,
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
        Command::New { node, file, name, role, office, only, purpose, days } => {
            let api = Api::of(&node).await?;
            let only = (!only.is_empty()).then_some(only);
            let new = json!({
                "name": name, "role": role, "office": office, "only": only, "purposes": purpose, "days": days,
            });
            // The file first: a token that nobody can read would count all the same.
            let mut to = output::create_new(&file)?;
            let made = api.json(Call::post_json("/v1/tokens", &new)?).await;
            let mut made = made.inspect_err(|_| drop(std::fs::remove_file(&file)))?;
            let text = made["token"].take();
            let text = text.as_str().ok_or_else(|| Failure::internal("the node's answer holds no token"))?;
            std::io::Write::write_all(&mut to, format!("{text}\n").as_bytes())
                .and_then(|()| to.sync_all())
                .map_err(|error| Failure::writing(&file, &error))?;
            if json {
                made["token"] = json!({ "file": file });
                return output::json(&made);
            }
            let id = made["id"].as_str().unwrap_or("-");
            output::line_of(&format!("{} holds token {id} of {role}, for {days} days", file.display()))
        }
        Command::List(node) => {
            let answer = Api::of(&node).await?.json(Call::get("/v1/tokens")).await?;
            if json {
                return output::json(&answer);
            }
            for token in super::rows(&answer, "tokens") {
                let text = |field: &str| token[field].as_str().unwrap_or("-").to_owned();
                let state = match (token["revoked_ms"].is_u64(), token["expires_ms"].as_u64()) {
                    (true, _) => "revoked",
                    (false, Some(until)) if until <= node::clock::now_ms() => "expired",
                    _ => "counts",
                };
                let purposes =
                    token["purposes"].as_array().into_iter().flatten().filter_map(|purpose| purpose.as_str());
                let purposes = purposes.collect::<Vec<_>>().join(",");
                let purposes = if purposes.is_empty() { "-" } else { &purposes };
                output::line_of(&format!(
                    "{} {state:<8} {:<26} {purposes}  {}",
                    text("id"),
                    text("role"),
                    text("name")
                ))?;
            }
            Ok(())
        }
        Command::Revoke { node, id } => {
            let path = format!("/v1/tokens/{id}/revoke");
            let answer = Api::of(&node).await?.json(Call::post_json(&path, &json!({}))?).await?;
            if json {
                return output::json(&answer);
            }
            output::line_of(&format!("token {} is revoked", answer["id"].as_str().unwrap_or("-")))
        }
    }
}
