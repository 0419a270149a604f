//! Requests in the story: one that is urgent and answered before its deadline, and one that nobody answers.

use std::{path::Path, time::Duration};

use node::{
    answers::submission::LineOutcome,
    reading::{
        statements::StatementShown,
        thread::{EventShown, ThreadShown, WhatShown},
    },
    words::Place,
};
use protocol::{
    header::{Header, RecordRef, SubjectCategory, Urgency, UrgencyGround},
    origin::Lane,
};
use serde_json::json;
use texts::say;

use super::{
    Agency, Ledger, Narrator,
    agency::{run as run_program, this_program},
    part::Draft,
    proof::{fails_when_changed, verify},
    story::{PATIENCE_S, Pair, body, wait_until},
};
use crate::{
    api::{self, Call},
    commands::threads,
    failure::Failure,
};

const CLAUSE: &str = "c4";
/// How long a statement waits for the other side's answer, which is no condition for the proof.
const STATEMENT_WAIT_S: u64 = 10;

/// A person is missing and in danger: two officers ask in the urgent lane, the other side answers. Says whether the
/// answer came before the clause's deadline, as both nodes' lists of threads have it.
pub async fn urgent(
    pair: &Pair,
    a: &Agency,
    b: &Agency,
    ledger: &mut Ledger,
    narrator: Narrator,
) -> Result<bool, Failure> {
    let mut header = pair.a.about(SubjectCategory::Missing, CLAUSE, "requests.request/1")?;
    header.urgency = Urgency::Urgent;
    header.urgency_ground = Some(UrgencyGround::ThreatToLife);
    let thread = header.thread.map(|thread| thread.to_string()).unwrap_or_default();
    let asked = body(json!({
        "subject": "Missing hiker (made up)", "language": "en",
        "asked": "Was this person seen at your crossing since yesterday?",
        "facts": "The person left for the border yesterday and does not answer. All of this is made up.",
        "necessity": "The night will be cold. Without an answer the search has no direction.",
        "link": "The person is the one who is missing.",
        "reason_to_believe": "The path ends at your crossing.",
        "person": [{"names": "Nobody Real (made up)"}],
    }));
    let officers = pair.a.two_officers();
    let draft = Draft { id: "urgent", header: &header, body: &asked, officers: &officers, lane: Lane::Urgent };
    let sent = pair.a.deliver(a, &draft).await?;
    let asked_at = place(&sent)?;
    ledger.enter(pair.channel, "urgent", &asked, sent)?;
    let open = stands(b, &thread, "delivered").await?;
    let due = open.line.due_ms.ok_or_else(|| Failure::internal("the urgent request has no deadline"))?;
    narrator.say(&say!("demo-asked"), &say!("demo-asked-urgently"));
    narrator.go_on_with(&threads::line(&open.line));

    let reply = pair.b.about(SubjectCategory::Missing, CLAUSE, "requests.reply/1")?;
    let reply = Header { thread: header.thread, in_reply_to: Some(asked_at), ..reply };
    let said = body(json!({
        "outcome": "answered", "language": "en",
        "statement": [{
            "text": "The person crossed this morning and rests in the village. This is made up.",
            "basis": "fact", "source": "A", "info": "1",
        }],
    }));
    let officers = pair.b.two_officers();
    pair.b
        .deliver(b, &Draft { id: "reply", header: &reply, body: &said, officers: &officers, lane: Lane::Urgent })
        .await?;
    let answered = stands(a, &thread, "answered").await?;
    narrator.say(&say!("demo-answered"), &say!("demo-answered-in-time"));
    narrator.go_on_with(&threads::line(&answered.line));
    let is_reply =
        |event: &&EventShown| matches!(&event.what, WhatShown::Record { kind, .. } if kind == "requests.reply/1");
    let reply = answered.events.iter().find(is_reply);
    Ok(!answered.line.overdue && reply.is_some_and(|reply| reply.time_ms <= due))
}

/// A request whose answer was due when it was received and that nobody answers: its author states so, and has it as a
/// file. Says whether `mithaq verify` proves the missed deadline from that file alone.
pub async fn missed(
    pair: &Pair,
    a: &Agency,
    b: &Agency,
    ledger: &mut Ledger,
    folder: &Path,
    narrator: Narrator,
) -> Result<bool, Failure> {
    let header = pair.a.header("c5", "requests.request/1")?;
    let thread = header.thread.map(|thread| thread.to_string()).unwrap_or_default();
    let asked = body(json!({
        "subject": "Forms in use (made up)", "language": "en",
        "asked": "Which forms are in use at your crossing?",
        "facts": "Travellers bring several. All of this is made up.",
        "necessity": "The officers need to know which of them count.",
        "link": "No person is concerned.",
        "reason_to_believe": "The forms bear the name of your crossing.",
    }));
    let sent = pair
        .a
        .deliver(a, &Draft { id: "missed", header: &header, body: &asked, officers: &[], lane: Lane::Main })
        .await?;
    ledger.enter(pair.channel, "missed", &asked, sent)?;
    // The other side's word that it received the request is what the limit runs from.
    let mut open = None;
    wait_until("the request does not become overdue", async || {
        let found = stands(a, &thread, "delivered").await?;
        let overdue = found.line.overdue;
        open = Some(found.line);
        Ok(overdue)
    })
    .await?;
    narrator.say(&say!("demo-overdue"), &say!("demo-overdue-by-clause"));
    narrator.go_on_with(&open.as_ref().map(threads::line).unwrap_or_default());

    let path = format!("/v1/channels/{}/statements?wait_s={STATEMENT_WAIT_S}", pair.channel);
    let call = Call::post(&path, api::JSON, Vec::new());
    let call = call.waiting(Some(Duration::from_secs(PATIENCE_S)));
    let StatementShown { awaits, .. } = a.api().ask(call).await?.read()?;
    let named = awaits.iter().any(|awaited| awaited.thread.to_string() == thread && awaited.from == b.id);

    let file = folder.join("missed.mithaq");
    let mut export = this_program()?;
    export.arg("evidence").arg(&a.dir).arg("--missed").arg(format!("{}/{thread}", pair.channel));
    export.arg("-o").arg(&file).arg("--json");
    run_program(export)?;
    let facts = run_program(verify(&file, a, b)?)?;
    let bytes = std::fs::metadata(&file).map_err(|error| Failure::reading(&file, &error))?.len();
    narrator.say(&say!("demo-proven"), &say!("demo-missed-proven", bytes = bytes));
    let proven = facts["verdict"] == "proven" && facts["thread"] == thread.as_str();
    Ok(named && proven && fails_when_changed(&file, a, b)?)
}

/// The thread as an agency's node lists it, once it stands so.
pub async fn stands(agency: &Agency, thread: &str, state: &str) -> Result<ThreadShown, Failure> {
    let path = format!("/v1/threads/{thread}");
    let mut found = None;
    wait_until(&format!("the request does not become {state}"), async || {
        let shown: ThreadShown = match agency.api().get(&path).await {
            // The list is made beside the work and may be a moment behind.
            Err(failure) if failure.is_not_found() => return Ok(false),
            answered => answered?.read()?,
        };
        let stands = shown.line.state == state;
        found = Some(shown);
        Ok(stands)
    })
    .await?;
    found.ok_or_else(|| Failure::internal("a thread that stands so was not shown"))
}

/// The record's place, as an answer refers to it.
pub fn place(sent: &LineOutcome) -> Result<RecordRef, Failure> {
    let LineOutcome::Placed { r#ref: Place { log, index }, .. } = sent else {
        return Err(Failure::internal("a record that was delivered has no place"));
    };
    let log = log.parse().map_err(|_| Failure::internal(format!("{log} is no log")))?;
    Ok(RecordRef { log, index: *index })
}
