//! What a reader is shown of threads, at a moment.

use std::collections::BTreeMap;

use desks::thread::{Effect, Event, What, is_disputed, next_acts, replay};
use protocol::{
    channel::Channel,
    commit::MarkState,
    header::ThreadId,
    id::{AgencyId, ChannelId},
    origin::{Origin, Position},
};
use serde::Serialize;
use serde_json::{Value, json};
use store::{Reader, StoreError, TextIndex, ThreadRow};

use super::{Reached, turn};
use crate::{callers::Caller, fault::Fault, node::Node, records};

/// A line of a list of threads.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// The channel.
    pub channel: ChannelId,
    /// The thread.
    pub thread: ThreadId,
    /// Its kind.
    pub kind: String,
    /// The title of the record that opened it; absent when its content is gone.
    pub title: Option<String>,
    /// Its state.
    pub state: String,
    /// Whether the other parties' logs have reached it, so that nothing that still comes can change it.
    pub settled: bool,
    /// Whether it can still go on by itself.
    pub open: bool,
    /// Who opened it.
    pub opened_by: Option<AgencyId>,
    /// The parties that are to act next.
    pub awaits: Vec<AgencyId>,
    /// When the next thing is due, milliseconds since 1970.
    pub due: Option<u64>,
    /// What is due.
    pub due_what: Option<String>,
    /// Who must do it.
    pub due_from: Option<AgencyId>,
    /// Whether it is overdue now.
    pub overdue: bool,
    /// Whether a party has not said in time that it received what the thread waits for.
    pub unacknowledged: bool,
    /// The clause under which it was opened.
    pub clause: String,
    /// The lane in which it lives.
    pub lane: &'static str,
    /// Since when it is in its state, milliseconds since 1970.
    pub since: u64,
    /// Time of its first record, milliseconds since 1970.
    pub opened: u64,
    /// Number of its records.
    pub records: u64,
    /// How many of them take no effect.
    pub ineffective: u64,
}

/// Whether a caller may see a thread, and know that it is there.
pub fn shows(node: &Node, caller: &Caller, row: &ThreadRow) -> bool {
    let hidden = || node.protection.aside(|index| index.hides_thread(row.channel, row.more.lane, &row.thread));
    caller.sees_kind(Some(&row.kind)) && (caller.sees_before_protection_check() || !hidden())
}

/// A thread as a line of a list.
pub fn line(node: &Node, row: ThreadRow, title: Option<String>, now: u64) -> Line {
    let settled = is_settled(&row, &node.threads.reached(&row.channel), node, row.channel);
    let more = row.more;
    Line {
        channel: row.channel,
        thread: row.thread,
        kind: row.kind,
        title,
        state: row.state,
        settled,
        open: row.open,
        opened_by: more.opened_by,
        awaits: row.awaits,
        due: row.due,
        due_what: more.due_what,
        due_from: more.due_from,
        overdue: row.due.is_some_and(|due| due < now),
        unacknowledged: more.receipt_due.is_some_and(|due| due < now),
        clause: row.clause,
        lane: more.lane.name(),
        since: more.since,
        opened: more.opened,
        records: more.records,
        ineffective: more.ineffective,
    }
}

/// The title of a thread: from the index if it is there, else from the record itself. `None` if its content is gone or
/// not for every reader.
pub fn title(node: &Node, reader: &Reader, index: Option<&TextIndex>, row: &ThreadRow) -> Option<String> {
    let (origin, entry) = row.more.titled_by?;
    let position = Position { origin, index: entry };
    if let Some(title) = index.and_then(|index| index.title(&position).ok().flatten()) {
        return Some(title);
    }
    let channel = node.channel(&row.channel)?.value();
    title_at(reader, &channel, &position)
}

/// A thread whole: where it stands, every event, what was corrected, and what this agency may do next.
pub fn whole(node: &Node, caller: &Caller, row: ThreadRow, now: u64) -> Result<Value, Fault> {
    let handle = node
        .channel(&row.channel)
        .ok_or_else(|| Fault::not_found(format!("no channel {} is open here", row.channel)))?;
    let channel = handle.value();
    let reader = node.reader()?;
    let mut events = turn::events(&node.threads.rows, &channel, &row.thread, row.more.lane)?;
    // What was supplied for another purpose shows that it is there and what came of it, and nothing else (PUR-01).
    let is_for_another_purpose = |position: &Position, event: &Event| match &event.stub.what {
        What::Record(record) => !caller.purposes().include(&records::supplied(&channel, position, &record.clause)),
        What::Received(_) => false,
    };
    for (position, event) in &mut events {
        if let What::Record(record) = &event.stub.what
            && caller.sees_kind(Some(&record.kind))
            && !is_for_another_purpose(position, event)
        {
            event.title = title_at(&reader, &channel, position);
        }
    }
    let parties: Vec<AgencyId> = channel.parties().keys().copied().collect();
    let in_order: Vec<Event> = events.values().cloned().collect();
    let thread = replay(&parties, &in_order);
    let places: BTreeMap<_, _> = events.iter().map(|(position, event)| (event.stub.place, (position, event))).collect();
    let mut history = Vec::with_capacity(places.len());
    for entry in &thread.history {
        let Some((position, event)) = places.get(&entry.place) else { continue };
        if !node.protection.shows(caller, position, None) {
            continue;
        }
        let mut shown = described(&reader, &channel, position, event, &entry.effect)?;
        if is_for_another_purpose(position, event)
            && let Some(members) = shown.as_object_mut()
        {
            members.retain(|name, _| !["kind", "title", "act"].contains(&name.as_str()));
            members.insert("withheld_by".to_owned(), "PUR-01".into());
        }
        history.push(shown);
    }
    let next: Vec<Value> = next_acts(&parties, &in_order, node.me, now)
        .into_iter()
        .map(|(kind, act)| json!({ "kind": kind, "act": serde_json::from_str::<Value>(&act).unwrap_or_default() }))
        .collect();
    let corrections: Vec<Value> = node
        .threads
        .rows
        .corrections(&row.channel, &row.thread, row.more.lane)?
        .iter()
        .filter_map(|correction| serde_json::from_slice(correction).ok())
        .collect();
    let (due, parts) = (thread.standing.due.clone(), thread.standing.parts.clone());
    let shown = line(node, row, thread.title, now);
    let mut whole = serde_json::to_value(shown).unwrap_or_default();
    whole["all_due"] = serde_json::to_value(due).unwrap_or_default();
    whole["parts"] = parts.iter().map(|(party, state)| json!({ "party": party, "state": state })).collect();
    whole["events"] = history.into();
    whole["corrections"] = corrections.into();
    whole["next"] = next.into();
    Ok(whole)
}

fn described(
    reader: &Reader,
    channel: &Channel,
    position: &Position,
    event: &Event,
    effect: &Effect,
) -> Result<Value, StoreError> {
    let mut shown = json!({
        "log": position.origin.short(),
        "index": position.index,
        "party": position.origin.agency,
        "height": event.stub.place.height,
        "time": event.stub.time,
        "effect": effect,
    });
    match &event.stub.what {
        What::Record(record) => {
            let marks: Vec<MarkState> = reader.marks(position)?.into_iter().map(|mark| mark.state).collect();
            shown["kind"] = record.kind.as_str().into();
            shown["title"] = event.title.clone().into();
            shown["state"] = records::state(channel, position, &marks).into();
            let act = record.act.as_deref().and_then(|act| serde_json::from_str::<Value>(act).ok());
            shown["act"] = act.unwrap_or_default();
        }
        What::Received(batch) => {
            shown["kind"] = "mithaq.received/1".into();
            shown["received"] = json!({ "log": batch.origin.short(), "first": batch.first, "count": batch.count });
            let arrived = arrived_ms(reader, channel, &batch.origin, batch.size())?;
            shown["disputed"] = arrived.is_some_and(|arrived| is_disputed(event.stub.time, arrived)).into();
        }
    }
    Ok(shown)
}

/// When the receipt of the batch says that it was stored, milliseconds since 1970: the reader's own clock where the
/// reader is one of the two.
fn arrived_ms(reader: &Reader, channel: &Channel, origin: &Origin, size: u64) -> Result<Option<u64>, StoreError> {
    let receipts = reader.receipts(origin, size)?;
    let own = receipts.iter().find(|receipt| receipt.agency == channel.me());
    Ok(own.or(receipts.first()).map(|receipt| receipt.time_s.saturating_mul(1000)))
}

/// A record's title, unless its content is gone or it is open to the auditor only.
fn title_at(reader: &Reader, channel: &Channel, position: &Position) -> Option<String> {
    if reader.marks(position).ok()?.iter().any(|mark| mark.state == MarkState::Quarantined) {
        return None;
    }
    records::title(&records::open(reader, channel, position).ok()?)
}

fn is_settled(row: &ThreadRow, reached: &Reached, node: &Node, channel: ChannelId) -> bool {
    let Some(height) = row.more.height else { return false };
    let Some(handle) = node.channel(&channel) else { return false };
    let value = handle.value();
    let others = value.partners();
    others.map(|party| reached.get(&(party, row.more.lane)).copied().unwrap_or(0)).all(|reached| reached >= height)
}
