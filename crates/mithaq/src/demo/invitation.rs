//! What the demo leaves to whoever watched it: officers of both sides with their tokens, and commands to try.

use std::path::{Path, PathBuf};

use node::answers::{
    people::{PersonChanged, SignInLink},
    tokens::TokenMade,
};
use protocol::encoding::to_base64;
use serde_json::json;
use texts::{Message, say};

use super::{
    Agency, Narrator, desk,
    part::{AUTHOR, OFFICES, Part, RELEASER},
    proof::PROVEN,
    story::{Pair, note},
};
use crate::{
    failure::Failure,
    output::{self, NewSecret},
    seed_file::{self, Purpose},
};

/// What the officers of the demo work for: the purposes of its agreement's clauses.
const PURPOSES: [&str; 6] = ["register", "correspondence", "documents", "requests", "demonstration", "coordination"];

/// The officers' tokens, and what to do with them.
pub struct Invitation {
    /// Who, and the address at which a visitor enters as that person.
    pages: Vec<(String, String)>,
    ports: [(&'static str, String); 2],
    tokens: Vec<(String, PathBuf)>,
    commands: Vec<(String, Message)>,
}

/// Makes two people of each side, both made up, with a token each. From then on the sockets alone reach no content.
pub async fn make(pair: &Pair, a: &Agency, b: &Agency, folder: &Path) -> Result<Invitation, Failure> {
    let (mut tokens, mut pages) = (Vec::new(), Vec::new());
    for (agency, part) in [(a, &pair.a), (b, &pair.b)] {
        for officer in officers(agency, part) {
            let (person, file) = officer.engage(agency).await?;
            tokens.push((officer.name.clone(), file));
            pages.push((officer.name.clone(), officer.page(agency, &person).await?));
        }
    }
    // At the other side, so that the commands below find the first draft of this one.
    desk::hand_over(pair, b, folder)?;
    let draft = folder.join("note.json");
    output::write_new(&draft, &note("Opening hours (made up)", "The crossing opens at eight. This note is made up."))?;

    let program = shown(&std::env::current_exe().map_err(|error| Failure::internal(error.to_string()))?);
    let (at_a, at_b) = (shown(&a.dir), shown(&b.dir));
    let [author_a, releaser_a, author_b] =
        [(a, AUTHOR), (a, RELEASER), (b, AUTHOR)].map(|(agency, officer)| shown(&agency.file(officer, "token")));
    let (proof, draft) = (shown(&folder.join(format!("{}.mithaq", PROVEN[0]))), shown(&draft));
    let fingerprints = [a, b].map(|agency| format!("--fingerprint \"{}\"", agency.fingerprint)).join(" ");
    // The first draft of a node is called so.
    let first = format!("d-{:.4}-001", node::clock::today().to_string());
    let channel: String = pair.channel.to_string().chars().take(8).collect();
    let commands = vec![
        (format!("{program} threads list {at_b} --token-file {author_b}"), say!("demo-try-threads")),
        (
            format!(
                "{program} send {at_a} --channel {channel} --clause c2 --kind correspondence.note/1 {draft} --wait delivered \
                 --token-file {author_a}"
            ),
            say!("demo-try-send"),
        ),
        (format!("{program} records {at_b} --channel {channel} --token-file {author_b}"), say!("demo-try-records")),
        (
            format!(
                "{program} draft new {at_a} --channel {channel} --clause c2 --kind correspondence.note/1 {draft} \
                 --token-file {author_a}"
            ),
            say!("demo-try-draft"),
        ),
        (format!("{program} draft hand-over {at_a} {first} --token-file {author_a}"), say!("demo-try-hand-over")),
        (format!("{program} draft release {at_a} {first} --token-file {releaser_a}"), say!("demo-try-release")),
        (format!("{program} verify {proof} {fingerprints}"), say!("demo-try-verify")),
    ];
    let ports = [a, b].map(|agency| (agency.made.label, agency.api_address().to_owned()));
    Ok(Invitation { pages, ports, tokens, commands })
}

impl Invitation {
    /// With the page of one more person.
    #[must_use]
    pub fn and(mut self, page: (String, String)) -> Self {
        self.pages.push(page);
        self
    }

    /// Says it.
    pub fn tell(&self, narrator: Narrator) -> Result<(), Failure> {
        for (name, page) in &self.pages {
            narrator.say(&say!("demo-open"), &say!("demo-open-as", name = name));
            output::lines_of(page)?;
        }
        for (label, port) in &self.ports {
            let address = format!("http://{port}/v1/openapi.json");
            narrator.say(&say!("demo-programs"), &say!("demo-programs-call", label = *label, address = address));
        }
        for (name, file) in &self.tokens {
            narrator.say(&say!("demo-token"), &say!("demo-token-lies", name = name, file = %file.display()));
        }
        for (command, what) in &self.commands {
            narrator.say(&say!("demo-try"), &say!("demo-try-this", what = what.clone()));
            output::lines_of(command)?;
        }
        Ok(())
    }
}

/// A made-up officer.
pub struct Officer<'a> {
    /// The name, which says that it is made up.
    pub name: String,
    /// How the officer's files begin.
    pub file: &'static str,
    /// The office.
    pub office: &'static str,
    /// The roles, that of the token first.
    pub roles: &'static [&'static str],
    /// What the officer works for; nothing for who reads for oversight.
    pub purposes: &'static [&'static str],
    /// The public half of the key.
    pub public: &'a [u8],
}

fn officers<'a>(agency: &Agency, part: &'a Part) -> [Officer<'a>; 2] {
    let [drafting, release] = OFFICES;
    let label = agency.made.label;
    [
        Officer {
            name: format!("Author of {label} (made up)"),
            file: AUTHOR,
            office: drafting,
            roles: &["spoc_officer"],
            purposes: &PURPOSES,
            public: part.author.0.public(),
        },
        Officer {
            name: format!("Releaser of {label} (made up)"),
            file: RELEASER,
            office: release,
            roles: &["release_authority"],
            purposes: &PURPOSES,
            public: part.releaser.0.public(),
        },
    ]
}

impl Officer<'_> {
    /// Makes the person known to the node, with a token in a new file. Gives back the person's id too.
    pub async fn engage(&self, agency: &Agency) -> Result<(String, PathBuf), Failure> {
        let api = agency.api();
        let about = json!({
            "name": self.name, "offices": [self.office], "roles": self.roles, "purposes": self.purposes,
            "languages": ["en", "ar"], "keys": [to_base64(self.public)],
        });
        let known: PersonChanged = api.post("/v1/people", &about).await?.read()?;
        let file = agency.file(self.file, "token");
        let to = NewSecret::create(file.clone())?;
        let new = json!({
            "name": self.name, "person": known.person.id, "role": self.roles.first(), "office": self.office,
            "purposes": self.purposes, "days": 1,
        });
        let TokenMade { token, .. } = api.post("/v1/tokens", &new).await?.read()?;
        to.keep(&token)?;
        Ok((known.person.id, file))
    }

    /// The address at which a visitor enters as this person: under a name of its own on this machine, so that one browser can be
    /// several people. The made-up officer's key stands behind the `#`, which no browser sends.
    pub async fn page(&self, agency: &Agency, person: &str) -> Result<String, Failure> {
        let SignInLink { link } = agency.api().act(&format!("/v1/people/{person}/visit")).await?.read()?;
        let (_, seed) = seed_file::open(&agency.file(self.file, "key"), Purpose::Officer, None)?;
        let port = agency.api_address().rsplit(':').next().unwrap_or_default();
        Ok(format!("http://{}.localhost:{port}/visit?link={link}#k={}", self.file, hex::encode(&*seed)))
    }
}

/// A path as it is typed from where the demo was started.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}
