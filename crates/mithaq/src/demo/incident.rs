//! Two incidents at a border, both made up: one goes all the way to a note that both sides signed, one is acknowledged by nobody.

use node::db::SUITE;
use protocol::{
    header::{Header, Tlp},
    origin::Lane,
};
use serde_json::{Value, json};
use texts::say;

use super::{
    Agency, Narrator,
    part::{Draft, Part},
    requests::{place, stands},
    story::{Pair, body},
};
use crate::failure::Failure;

/// The clause of the hotline, with its usual limits.
const CLAUSE: &str = "c6";
/// The clause under which an incident must be acknowledged within a minute.
const HASTY: &str = "c7";

/// An agency and what it may send.
type Side<'a> = (&'a Agency, &'a Part);

/// Plays both.
pub async fn play(pair: &Pair, a: &Agency, b: &Agency, narrator: Narrator) -> Result<(), Failure> {
    let (a, b) = ((a, &pair.a), (b, &pair.b));
    let shots = Incident::raise(a, b, CLAUSE, &raised("shots_heard", "Sector 4, near the dry river (made up)")).await?;
    shots.go_on(b, "thread.step/1", &json!({ "do": "acknowledge" }), "acknowledged").await?;
    shots
        .go_on(a, "hotline.facts/1", &facts("Four shots were heard at our post. This is made up."), "acknowledged")
        .await?;
    shots.go_on(b, "hotline.facts/1", &facts("Nobody of ours fired. This is made up."), "facts_exchanged").await?;
    let note = json!({
        "text": {
            "en": "Shots were heard near pillar 214. Both sides looked at the place; nobody was hurt. All of this is made up.",
            "ar": "سُمعت طلقات قرب العمود 214. عاين الطرفان المكان ولم يُصب أحد. كل هذا من نسج الخيال.",
        },
        "agreed_facts": ["Four shots within four minutes (made up)."],
        "not_agreed": [{ "point": "Where they came from", "view_of": "XAA", "view": "From the hills to the west." }],
        "measures": [{ "by": "XAB", "what": "The fence at the pillar is repaired.", "until": node::clock::today().plus_days(14) }],
    });
    let record = shots.go_on(a, "hotline.note/1", &note, "note_proposed").await?;
    let digest = hex::encode(SUITE.sha256(&[&body(note)]));
    shots.go_on(b, "thread.signature/1", &json!({ "record": record, "text_sha256": digest }), "note_signed").await?;
    shots.go_on(a, "thread.step/1", &json!({ "do": "close" }), "closed").await?;
    Incident::raise(b, a, HASTY, &raised("drone_seen", "Sector 9, above the road (made up)")).await?;
    narrator.say(&say!("demo-hotline"), &say!("demo-hotline-played"));
    Ok(())
}

/// An incident between who raised it and the other side.
struct Incident<'a> {
    clause: &'static str,
    sides: [Side<'a>; 2],
    first: Header,
}

impl<'a> Incident<'a> {
    async fn raise(by: Side<'a>, to: Side<'a>, clause: &'static str, what: &Value) -> Result<Self, Failure> {
        let first = by.1.header(clause, "hotline.raise/1")?;
        let incident = Self { clause, sides: [by, to], first };
        incident.say(by, incident.first.clone(), what, "raised").await?;
        Ok(incident)
    }

    /// What a side does, and the state that both then show; gives back where the record lies.
    async fn go_on(&self, by: Side<'_>, kind: &str, what: &Value, state: &str) -> Result<String, Failure> {
        let header = Header { thread: self.first.thread, ..by.1.header(self.clause, kind)? };
        let label = (kind == "hotline.note/1").then_some(Tlp::Amber);
        self.say(by, Header { tlp: label, ..header }, what, state).await
    }

    async fn say(
        &self,
        (agency, part): Side<'_>,
        header: Header,
        what: &Value,
        state: &str,
    ) -> Result<String, Failure> {
        let id = format!("{}-{}-{}", header.kind, self.clause, agency.made.label);
        let said = body(what.clone());
        let draft = Draft { id: &id, header: &header, body: &said, officers: &[], lane: Lane::Urgent };
        let record = place(&part.deliver(agency, &draft).await?)?;
        let thread = self.first.thread.map(|thread| thread.to_string()).unwrap_or_default();
        for (reader, _) in self.sides {
            stands(reader, &thread, state).await?;
        }
        Ok(format!("{}/{}", record.log, record.index))
    }
}

fn raised(subject: &str, sector: &str) -> Value {
    json!({
        "subject": subject, "sector": sector, "seen_from": moment(), "observed": "All of this is made up.",
        "asks": "Please say what you have seen.", "helps_urgent": "no", "language": "en",
    })
}

fn facts(text: &str) -> Value {
    json!({
        "own_time": moment(), "observed": [{ "text": text, "basis": "fact", "source": "A", "info": "1" }],
        "measures": "The patrol was withdrawn by a kilometre (made up).", "language": "en",
    })
}

/// The start of today, as bodies write moments.
fn moment() -> String {
    format!("{}T00:00:00Z", node::clock::today())
}
