//! `mithaq person` and `mithaq me`: the agency's own people, and who asks.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use node::{
    answers::people::{Me, PersonChanged, PersonList, SignInLink},
    people::Person,
};
use protocol::encoding::to_base64;
use serde::Serialize;
use serde_json::{Map, json};
use texts::{Value, say};

use super::second;
use crate::{
    api::Api,
    cli::NodeArgs,
    failure::Failure,
    officer::OfficerKey,
    output::{self, Cell},
};

/// Show who you are to the node, what you may do, and for whom you stand in.
#[derive(ClapArgs)]
#[command(after_help = "Example: mithaq me node-a --token-file layla.token")]
pub struct MeArgs {
    #[command(flatten)]
    node: NodeArgs,
}

#[derive(Subcommand)]
pub enum Command {
    /// Add a person, who can then be given tokens and approve with keys.
    #[command(after_help = "Examples:\n  \
                            mithaq person add node-a --name \"Made-up Layla\" --office \"Desk 7\" --role case_officer \\\n    \
                            --purpose support_investigation --key layla.key --language ar --language en\n  \
                            mithaq person add node-a --name \"Made-up Omar\" --office \"Release\" --role release_authority \\\n    \
                            --purpose support_investigation --public 3q2+7w…= --ask --token-file mine.token")]
    Add {
        #[command(flatten)]
        node: NodeArgs,
        /// The name, for colleagues: it never leaves the node, and the audit log does not hold it.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        about: About,
        /// Ask for it: another administrator confirms it with `mithaq second confirm`.
        #[arg(long)]
        ask: bool,
    },
    /// Change what a person is or may be given. What is not named stays; tokens that the person may have no more are revoked.
    #[command(after_help = "Examples:\n  mithaq person set node-a 7b21 --role case_officer --role spoc_officer\n  \
                            mithaq person set node-a 7b21 --key new.key     (in place of the keys of before)")]
    Set {
        #[command(flatten)]
        node: NodeArgs,
        /// The person: id, the beginning of it, or name.
        person: String,
        /// Another name.
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        about: About,
        /// Ask for it: another administrator confirms it with `mithaq second confirm`.
        #[arg(long)]
        ask: bool,
    },
    /// List the agency's people.
    #[command(after_help = "Example: mithaq person list node-a")]
    List(NodeArgs),
    /// Make a link by which a person registers a passkey for the pages, once.
    ///
    /// Give it to the person and to nobody else: whoever has it is let in as that person. An earlier link counts no more. The link
    /// is opened at the name under which the agency reaches its pages.
    #[command(after_help = "Example: mithaq person link node-a 7b21")]
    Link {
        #[command(flatten)]
        node: NodeArgs,
        /// The person: id, the beginning of it, or name.
        person: String,
        /// Ask for it, and write the first half of the link into this new file: another administrator confirms it with
        /// `mithaq second confirm` and gets the other half.
        #[arg(long, value_name = "FILE")]
        ask: Option<PathBuf>,
    },
    /// Take away every passkey with which a person signs in, and end the person's sessions: one was lost or stolen.
    #[command(after_help = "Example: mithaq person take-passkeys node-a 7b21")]
    TakePasskeys {
        #[command(flatten)]
        node: NodeArgs,
        /// The person: id, the beginning of it, or name.
        person: String,
    },
    /// End that a person belongs to the agency. Their tokens are revoked at once.
    ///
    /// What their keys approve is not released here any more. So that it counts at no partner either, revoke the keys with
    /// `mithaq officer revoke` in each channel.
    #[command(after_help = "Example: mithaq person leave node-a 7b21")]
    Leave {
        #[command(flatten)]
        node: NodeArgs,
        /// The person: id, the beginning of it, or name.
        person: String,
    },
    /// Say that a person is away, and who sees their drafts and what is handed to them meanwhile.
    #[command(
        after_help = "Example: mithaq person away node-a 7b21 --until 2026-12-24 --deputy 0c44 --token-file layla.token"
    )]
    Away {
        #[command(flatten)]
        node: NodeArgs,
        /// The person: id, the beginning of it, or name.
        person: String,
        /// The last day: YYYY-MM-DD.
        #[arg(long)]
        until: String,
        /// Who stands in: id, the beginning of it, or name.
        #[arg(long)]
        deputy: String,
    },
    /// Say that a person is back.
    #[command(after_help = "Example: mithaq person back node-a 7b21 --token-file layla.token")]
    Back {
        #[command(flatten)]
        node: NodeArgs,
        /// The person: id, the beginning of it, or name.
        person: String,
    },
}

/// What a person is, and may be given.
#[derive(ClapArgs)]
pub struct About {
    /// An office that the person speaks for. Repeat for more.
    #[arg(long = "office")]
    offices: Vec<String>,
    /// A role that the person may be given. Repeat for more.
    #[arg(long = "role")]
    roles: Vec<String>,
    /// A purpose of the person's tasks, as the agreements' clauses state it: support_investigation. Repeat for more.
    #[arg(long = "purpose", value_name = "CODE")]
    purposes: Vec<String>,
    /// A language that the person reads, the best first: ar, en, fa, tr, ur. Repeat for more.
    #[arg(long = "language")]
    languages: Vec<String>,
    /// A key file with which the person approves. No passphrase is needed: only the public key is read. Repeat for more.
    #[arg(long = "key", value_name = "FILE")]
    keys: Vec<PathBuf>,
    /// A public key in base64 with which the person approves. Repeat for more.
    #[arg(long = "public", value_name = "BASE64")]
    public: Vec<String>,
}

impl About {
    fn keys(&self) -> Result<Vec<String>, Failure> {
        let of_files = self.keys.iter().map(|file| Ok(to_base64(&OfficerKey::public_of(file)?)));
        of_files.chain(self.public.iter().map(|public| Ok(public.clone()))).collect()
    }

    /// What the node knows of a person, with what is named here in its place.
    fn over(
        &self,
        mut about: Map<String, serde_json::Value>,
        name: Option<&str>,
    ) -> Result<serde_json::Value, Failure> {
        let mut put = |field: &str, list: &[String]| {
            if !list.is_empty() {
                about.insert(field.to_owned(), json!(list));
            }
        };
        put("offices", &self.offices);
        put("roles", &self.roles);
        put("purposes", &self.purposes);
        put("languages", &self.languages);
        put("keys", &self.keys()?);
        if let Some(name) = name {
            about.insert("name".to_owned(), json!(name));
        }
        Ok(about.into())
    }
}

pub async fn me(MeArgs { node }: MeArgs, json: bool) -> Result<(), Failure> {
    let answer = Api::of(&node).await?.get::<Me>("/v1/me").await?;
    answer.tell(json, |Me { role, token, person, acts_for, scopes }| {
        if let Some(person) = &person {
            let (name, offices) = (&person.about.name, person.about.offices.clone());
            output::say(&say!("person-is", name = name, id = %person.id, offices = offices))?;
        }
        output::say(&say!("role-may", role = %role, scopes = %scopes.join(", ")))?;
        if let Some(token) = &token {
            let purposes = match token.purposes.is_empty() {
                true => Value::Message(say!("no-purpose")),
                false => token.purposes.clone().into(),
            };
            let until = super::time(token.expires_ms);
            output::say(&say!("token-until", id = %token.id, purposes = purposes, expires_ms = until))?;
        }
        let others: Vec<&String> =
            acts_for.iter().filter(|id| person.as_ref().is_none_or(|me| me.id != **id)).collect();
        others.iter().try_for_each(|id| output::say(&say!("stands-in-for", id = %id)))
    })
}

pub async fn run(command: Command, json: bool) -> Result<(), Failure> {
    match command {
        Command::Add { node, name, about, ask } => {
            let about = about.over(Map::new(), Some(&name))?;
            said(&Api::of(&node).await?, None, about, ask, json).await
        }
        Command::Set { node, person, name, about, ask } => {
            let api = Api::of(&node).await?;
            let known = find(&api, &person).await?;
            let id = known.id;
            let known = json!(known.about).as_object().cloned().unwrap_or_default();
            let about = about.over(known, name.as_deref())?;
            said(&api, Some(id), about, ask, json).await
        }
        Command::List(node) => {
            let answer = Api::of(&node).await?.get::<PersonList>("/v1/people").await?;
            answer.tell(json, |PersonList { people }| {
                let heads = [
                    say!("head-person").into(),
                    say!("head-name").into(),
                    say!("head-roles").into(),
                    say!("head-offices").into(),
                    say!("head-state").into(),
                ];
                output::table(heads, people.iter().map(row).collect(), &say!("no-people"))
            })
        }
        Command::Link { node, person, ask } => {
            let api = Api::of(&node).await?;
            let id = find(&api, &person).await?.id;
            if ask.is_some() {
                return second::ask(&api, "link", json!({ "person": id }), ask, json).await;
            }
            let answer = api.act::<SignInLink>(&format!("/v1/people/{id}/link")).await?;
            answer
                .tell(json, |SignInLink { link }| output::say(&say!("sign-in-link", path = %format!("/enrol#{link}"))))
        }
        Command::TakePasskeys { node, person } => {
            let api = Api::of(&node).await?;
            let id = find(&api, &person).await?.id;
            let answer = api.act::<Person>(&format!("/v1/people/{id}/take-passkeys")).await?;
            answer.tell(json, |person| output::say(&say!("passkeys-taken", id = %person.id)))
        }
        Command::Leave { node, person } => {
            let api = Api::of(&node).await?;
            let id = find(&api, &person).await?.id;
            let answer = api.act::<PersonChanged>(&format!("/v1/people/{id}/leave")).await?;
            answer.tell(json, |PersonChanged { person, revoked }| {
                output::say(&say!("person-left", id = %person.id, revoked = revoked.len()))
            })
        }
        Command::Away { node, person, until, deputy } => {
            let api = Api::of(&node).await?;
            let id = find(&api, &person).await?.id;
            let answer = api
                .post::<Person>(&format!("/v1/people/{id}/away"), &json!({ "until": until, "deputy": deputy }))
                .await?;
            answer.tell(json, |person| output::row(row(&person)))
        }
        Command::Back { node, person } => {
            let api = Api::of(&node).await?;
            let id = find(&api, &person).await?.id;
            let answer = api.act::<Person>(&format!("/v1/people/{id}/back")).await?;
            answer.tell(json, |person| output::row(row(&person)))
        }
    }
}

/// What is asked of another administrator: who it is, and what the person is.
#[derive(Serialize)]
struct Asked {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    about: serde_json::Value,
}

async fn said(api: &Api, id: Option<String>, about: serde_json::Value, ask: bool, json: bool) -> Result<(), Failure> {
    if ask {
        let of = serde_json::to_value(Asked { id, about }).map_err(|error| Failure::internal(error.to_string()))?;
        return second::ask(api, "person", of, None, json).await;
    }
    let path = id.map_or_else(|| "/v1/people".to_owned(), |id| format!("/v1/people/{id}"));
    api.post::<PersonChanged>(&path, &about).await?.tell(json, |PersonChanged { person, revoked }| {
        output::row(row(&person))?;
        match revoked.len() {
            0 => Ok(()),
            count => output::say(&say!("tokens-revoked", count = count)),
        }
    })
}

/// The person who is meant: id, the beginning of it, or name.
async fn find(api: &Api, named: &str) -> Result<Person, Failure> {
    let PersonList { people } = api.get::<PersonList>("/v1/people").await?.read()?;
    let here: Vec<Person> = people.into_iter().filter(Person::is_here).collect();
    let by_name = here.iter().filter(|person| person.about.name == named).collect::<Vec<_>>();
    let by_id = here.iter().filter(|person| !named.is_empty() && person.id.starts_with(named)).collect::<Vec<_>>();
    match (&by_name[..], &by_id[..]) {
        ([one], _) | ([], [one]) => Ok((*one).clone()),
        ([], []) => Err(Failure::not_found(say!("nobody-named", named = %named))),
        _ => Err(Failure::usage(say!("several-people", named = %named)).in_field("person")),
    }
}

fn row(person: &Person) -> [Cell; 5] {
    let Person { id, about, left_ms, away, .. } = person;
    let roles: Vec<&str> = about.roles.iter().map(|role| role.name()).collect();
    let state = match (left_ms, away) {
        (Some(left), _) => say!("person-left-at", time = super::time(*left)).into(),
        (None, Some(away)) => say!("person-away", until = %away.until, deputy = %away.deputy).into(),
        (None, None) => "".into(),
    };
    let (id, name) = (id.as_str().into(), about.name.as_str().into());
    [id, name, roles.join(", ").into(), about.offices.join(", ").into(), state]
}
