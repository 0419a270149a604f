//! A third agency asks about somebody whom the second one protects from it: what the protection officer sees, and nobody else.

use std::path::Path;

use protocol::header::SubjectCategory;
use protocol::origin::Lane;
use serde_json::json;
use texts::say;

use super::{
    Agency, Narrator,
    agency::{self, run, this_program},
    invitation::Officer,
    part::{Draft, Part},
    story::{agree, body, introduce},
};
use crate::{failure::Failure, officer::OfficerKey, output};

/// The files of the protection officer begin so.
const PROTECTION: &str = "protection";

/// Who is protected: nobody real.
const NAMES: &str = "Nobody Sheltered (made up)";

/// The agency that asks, which goes on running, and the protection officer with the page at which a visitor is one.
pub struct Protected {
    /// The agency that asks.
    pub asking: Agency,
    /// The officer's name and page.
    pub page: (String, String),
}

/// Has the protection officer of an agency enter a person and the state that the person fears, and then that state's agency ask.
pub async fn ask(protecting: &Agency, folder: &Path, narrator: Narrator) -> Result<Protected, Failure> {
    let mut asking = Agency::create(&agency::XAC, folder)?;
    asking.start()?;
    asking.wait_until_ready()?;
    introduce(&asking, protecting).await?;
    let channel = agree(&asking, protecting, include_str!("protected.toml")).await?;
    let part = Part::of(&asking, channel).await?;

    let label = protecting.made.label;
    let key = OfficerKey::create(&protecting.file(PROTECTION, "key"), None)?;
    let officer = Officer {
        name: format!("Protection officer of {label} (made up)"),
        file: PROTECTION,
        office: "Protection",
        roles: &["protection_officer"],
        purposes: &[],
        public: key.public(),
    };
    let (person, token) = officer.engage(protecting).await?;
    let entry = folder.join("protected.toml");
    let feared = asking.made.label;
    let text = format!("states = [\"{feared}\"]\n[[person]]\nnames = \"{NAMES}\"\n");
    output::write_new(&entry, text.as_bytes())?;
    let mut add = this_program()?;
    add.args(["protection", "add"]).arg(&protecting.dir).arg(&entry).arg("--token-file").arg(&token).arg("--json");
    run(add)?;
    // The register keeps digests, and nothing else keeps the name for it.
    std::fs::remove_file(&entry).map_err(|error| Failure::writing(&entry, &error))?;

    let header = part.about(SubjectCategory::Missing, "c1", "requests.request/1")?;
    let asked = body(json!({
        "subject": "A person who left (made up)", "language": "en",
        "asked": "Is this person in your state, and where?",
        "facts": "The person left a year ago. All of this is made up.",
        "necessity": "The family is said to ask.",
        "link": "The person is the one who left.",
        "reason_to_believe": "The person was last seen on the road to your crossing.",
        "person": [{"names": NAMES}],
    }));
    let officers = part.two_officers();
    let draft = Draft { id: "protected", header: &header, body: &asked, officers: &officers, lane: Lane::Main };
    part.deliver(&asking, &draft).await?;
    narrator.say(&say!("demo-protected"), &say!("demo-protected-waits", asking = feared, label = label));
    let page = officer.page(protecting, &person).await?;
    Ok(Protected { asking, page: (officer.name, page) })
}
