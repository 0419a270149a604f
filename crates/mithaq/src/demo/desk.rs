//! What lies on the desks when visitors come: requests as far as requests get, and a letter that waits for its release.

use std::path::Path;

use protocol::{header::Header, origin::Lane};
use serde_json::{Value, json};
use texts::say;

use super::{
    Agency, Narrator,
    agency::{run, this_program},
    part::{AUTHOR, Draft, Part},
    requests::{place, stands},
    story::{Pair, body, note},
};
use crate::{failure::Failure, output};

/// The clause of requests in one case, without persons here.
const CLAUSE: &str = "c4";

/// A request, and what became of it: the kinds and bodies of what followed, by whom, and the state in which that left the thread.
struct Case {
    subject: &'static str,
    asked: &'static str,
    steps: &'static [Step],
}

/// By whom, the kind, the body, the state.
type Step = (Side, &'static str, &'static str, &'static str);

/// Whether the one who asked acts, or the one who was asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Asking,
    Asked,
}

/// All of it is made up, and says so. An answer that provides nothing is not among them: it leaves at a moment that tells nothing
/// (ASY-02), hours later.
const CASES: &[Case] = &[
    Case {
        subject: "Serial numbers of seized goods (made up)",
        asked: "To whom were these serial numbers delivered?",
        steps: &[],
    },
    Case {
        subject: "Freight papers of a lorry (made up)",
        asked: "Which papers were shown at your crossing?",
        steps: &[(Side::Asked, "requests.progress/1", r#"{"step":"accepted","access":"direct"}"#, "accepted")],
    },
    Case {
        subject: "Camera pictures of a lane (made up)",
        asked: "Are the pictures of that night still kept?",
        steps: &[(Side::Asked, "requests.progress/1", r#"{"step":"in_progress"}"#, "in_progress")],
    },
    Case {
        subject: "Accounts of a forwarder (made up)",
        asked: "Which accounts did the forwarder name?",
        steps: &[(
            Side::Asked,
            "requests.progress/1",
            r#"{"step":"awaiting_judicial_authorisation","until":"{until}"}"#,
            "awaiting_judicial_authorisation",
        )],
    },
    Case {
        subject: "Loads that came by night (made up)",
        asked: "Which loads were declared, and which were opened?",
        steps: &[(
            Side::Asked,
            "requests.reply/1",
            r#"{"outcome":"partly_answered","language":"en","statement":[{"text":"Four loads were declared. Which were opened is still asked. This is made up.","basis":"fact","source":"A","info":"1"}]}"#,
            "partly_answered",
        )],
    },
    Case {
        subject: "A lorry that was found meanwhile (made up)",
        asked: "Was this lorry seen at your side?",
        steps: &[(Side::Asking, "requests.progress/1", r#"{"step":"withdrawn"}"#, "withdrawn")],
    },
    Case {
        subject: "Marks on a crate (made up)",
        asked: "What do these marks mean?",
        steps: &[
            (
                Side::Asked,
                "requests.reply/1",
                r#"{"outcome":"answered","language":"en","statement":[{"text":"They are a forwarder's own. This is made up.","basis":"fact","source":"A","info":"1"}]}"#,
                "answered",
            ),
            (Side::Asking, "requests.progress/1", r#"{"step":"closed"}"#, "closed"),
        ],
    },
    Case {
        subject: "Forged stamps (made up)",
        asked: "Since when is this stamp in use at your crossing?",
        steps: &[(
            Side::Asked,
            "requests.clarification/1",
            r#"{"step":"question","subject":"Which stamp?","text":"Please send a picture of it.","language":"en"}"#,
            "returned_incomplete",
        )],
    },
    Case {
        subject: "An old case file (made up)",
        asked: "Is the file of this case still held?",
        steps: &[(
            Side::Asked,
            "requests.refusal/1",
            r#"{"ground":"inaccurate_or_outdated","explanation":"The file was given up years ago.","language":"en"}"#,
            "refused",
        )],
    },
    Case {
        subject: "A route used for contraband (made up)",
        asked: "Was this route seen at your side?",
        steps: &[
            (
                Side::Asked,
                "requests.reply/1",
                r#"{"outcome":"answered","language":"en","statement":[{"text":"The route was seen twice this month. This is made up.","basis":"fact","source":"A","info":"1"}]}"#,
                "answered",
            ),
            (
                Side::Asking,
                "requests.feedback/1",
                r#"{"use":"used","text":"Two patrols were moved there.","language":"en"}"#,
                "feedback",
            ),
        ],
    },
];

/// Lays it there. The letter's author is engaged already.
pub async fn fill(pair: &Pair, a: &Agency, b: &Agency, narrator: Narrator) -> Result<(), Failure> {
    for (case, number) in CASES.iter().zip(1..) {
        open(pair, (a, &pair.a), (b, &pair.b), (case, number)).await?;
    }
    narrator.say(&say!("demo-desks"), &say!("demo-desks-filled", requests = CASES.len()));
    Ok(())
}

async fn open(
    pair: &Pair,
    asking: (&Agency, &Part),
    asked: (&Agency, &Part),
    (case, number): (&Case, usize),
) -> Result<(), Failure> {
    let first = asking.1.header(CLAUSE, "requests.request/1")?;
    let thread = first.thread.map(|thread| thread.to_string()).unwrap_or_default();
    let question = body(request(case));
    let id = format!("desk-{number}");
    let sent = pair.a.deliver(asking.0, &plain(&id, &first, &question)).await?;
    let of_request = place(&sent)?;
    stands(asked.0, &thread, "delivered").await?;
    for ((side, kind, text, state), step) in case.steps.iter().zip(1..) {
        let (agency, part) = if *side == Side::Asking { asking } else { asked };
        let header = part.header(CLAUSE, kind)?;
        let header = Header { thread: first.thread, in_reply_to: Some(of_request.clone()), ..header };
        let id = format!("{id}-{step}");
        // A court's day lies ahead of whoever looks.
        let text = text.replace("{until}", &node::clock::today().plus_days(30).to_string());
        part.deliver(agency, &plain(&id, &header, text.as_bytes())).await?;
        for reader in [asking.0, asked.0] {
            stands(reader, &thread, state).await?;
        }
    }
    Ok(())
}

fn plain<'a>(id: &'a str, header: &'a Header, body: &'a [u8]) -> Draft<'a> {
    Draft { id, header, body, officers: &[], lane: Lane::Main }
}

fn request(case: &Case) -> Value {
    json!({
        "subject": case.subject, "language": "en", "asked": case.asked,
        "facts": "All of this is made up.",
        "necessity": "Without an answer the work stops here.",
        "link": "No person is concerned.",
        "reason_to_believe": "It happened at your side of the crossing.",
    })
}

/// A letter of an agency's author that waits for a releaser, as two commands of theirs leave it.
pub fn hand_over(pair: &Pair, agency: &Agency, folder: &Path) -> Result<(), Failure> {
    let letter = folder.join(format!("letter-{}.json", agency.made.label));
    output::write_new(
        &letter,
        &note("Works on the road (made up)", "The road is closed on Friday. This note is made up."),
    )?;
    let token = agency.file(AUTHOR, "token");
    let channel = pair.channel.to_string();
    let mut new = this_program()?;
    new.args(["draft", "new"]).arg(&agency.dir).args(["--channel", &channel, "--clause", "c2"]);
    new.args(["--kind", "correspondence.note/1"]).arg(&letter).arg("--token-file").arg(&token).arg("--json");
    let made = run(new)?;
    let draft = made.get("id").and_then(Value::as_str).ok_or_else(|| Failure::internal("a draft without an id"))?;
    let mut over = this_program()?;
    over.args(["draft", "hand-over"]).arg(&agency.dir).arg(draft).arg("--token-file").arg(&token).arg("--json");
    run(over).map(drop)
}
