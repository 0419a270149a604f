//! Requests in the story: one that is urgent and answered before its deadline.

use protocol::header::{Header, RecordRef, SubjectCategory, Urgency, UrgencyGround};
use serde_json::{Value, json};

use super::{
    Agency, Ledger, Narrator,
    part::Draft,
    story::{Pair, body, wait_until},
};
use crate::{api::Call, commands::threads, failure::Failure, reference::LogIndex};

const CLAUSE: &str = "c4";

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
    let draft = Draft { id: "urgent", header: &header, body: &asked, officers: &officers, lane: "urgent" };
    let sent = pair.a.deliver(a, &draft).await?;
    ledger.enter(&pair.channel, "urgent", &asked, &sent)?;
    let open = stands(b, &thread, "delivered").await?;
    let due = open["due"].as_u64().ok_or_else(|| Failure::internal("the urgent request has no deadline"))?;
    narrator.say("asked", "urgently, about a missing person; two officers signed");
    narrator.say("", &threads::line(&open));

    let reply = pair.b.about(SubjectCategory::Missing, CLAUSE, "requests.reply/1")?;
    let reply = Header { thread: header.thread, in_reply_to: Some(place(&sent)?), ..reply };
    let said = body(json!({
        "outcome": "answered", "language": "en",
        "statement": [{
            "text": "The person crossed this morning and rests in the village. This is made up.",
            "basis": "fact", "source": "A", "info": "1",
        }],
    }));
    let officers = pair.b.two_officers();
    pair.b.deliver(b, &Draft { id: "reply", header: &reply, body: &said, officers: &officers, lane: "urgent" }).await?;
    let answered = stands(a, &thread, "answered").await?;
    narrator.say("answered", "by two officers of the other side, before the deadline");
    narrator.say("", &threads::line(&answered));
    let events = answered["events"].as_array().map(Vec::as_slice).unwrap_or_default();
    let answer = events.iter().find(|event| event["kind"] == "requests.reply/1");
    let time = answer.and_then(|event| event["time"].as_u64());
    Ok(answered["overdue"] == false && time.is_some_and(|time| time <= due))
}

/// The thread as an agency's node lists it, once it stands so.
pub async fn stands(agency: &Agency, thread: &str, state: &str) -> Result<Value, Failure> {
    let path = format!("/v1/threads/{thread}");
    let mut found = Value::Null;
    wait_until(&format!("the request does not become {state}"), async || {
        found = match agency.api().json(Call::get(&path)).await {
            // The list is made beside the work and may be a moment behind.
            Err(failure) if failure.is_not_found() => return Ok(false),
            answered => answered?,
        };
        Ok(found["state"] == state)
    })
    .await?;
    Ok(found)
}

/// The record's place, as an answer refers to it.
fn place(sent: &Value) -> Result<RecordRef, Failure> {
    let place: LogIndex = serde_json::from_value(sent["ref"].clone())
        .map_err(|error| Failure::internal(format!("the answer to a record: {error}")))?;
    let log = place.log.parse().map_err(|_| Failure::internal(format!("{} is no log", place.log)))?;
    Ok(RecordRef { log, index: place.index })
}
