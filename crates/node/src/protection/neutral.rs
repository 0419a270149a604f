//! The answer that provides nothing (ASY-02): meant by an officer or made because a request is not processed, it is laid
//! aside, composed and released by the same functions, which are not told which of the two it is.

use std::collections::BTreeMap;

use desks::{
    kinds::Record as _,
    requests::{Act, clarification::Clarification, reply::Reply, request::Request},
    thread::{Effect, Event, Place, What, next_acts, replay},
};
use protocol::{
    agreement::{Agreement, Clause},
    channel::Channel,
    commit::Period,
    date::Date,
    header::{Header, RecordRef, ThreadId},
    id::AgencyId,
    origin::{Lane, Position},
};

use super::aside::{self, Item, Neutral};
use crate::{
    db::Db,
    fault::{Code, Fault},
    node::Node,
    records,
    threads::turn,
};

/// A request that waits for this agency's answer.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The request, or what clarified it last.
    pub position: Position,
    /// Its thread.
    pub thread: ThreadId,
    /// The clause under which the thread was opened.
    clause: String,
    /// Within which time after receipt the answer is due.
    answer_within_ms: Option<u64>,
    /// When the requester sent it, by its own claim, milliseconds since 1970.
    time: u64,
}

/// The request in a thread that waits for this agency's answer; `None` if none does. Threads must be up to date.
///
/// # Errors
/// The store can't be read.
pub fn asked(node: &Node, channel: &Channel, lane: Lane, thread: ThreadId) -> Result<Option<Asked>, Fault> {
    let events = turn::events(&node.threads.rows, channel, &thread, lane)?;
    let parties: Vec<AgencyId> = channel.parties().keys().copied().collect();
    let in_order: Vec<Event> = events.values().cloned().collect();
    let nothing = serde_json::to_string(&Act::NothingToProvide).unwrap_or_default();
    let may_answer = next_acts(&parties, &in_order, node.me, crate::clock::now_ms())
        .iter()
        .any(|(kind, act)| *kind == Reply::NAME && *act == nothing);
    let replayed = replay(&parties, &in_order);
    let Some(requester) = replayed.opened_by.filter(|_| may_answer) else { return Ok(None) };
    let moved: Vec<Place> = replayed
        .history
        .iter()
        .filter(|entry| matches!(entry.effect, Effect::Moved(_)) && entry.place.agency == requester)
        .map(|entry| entry.place)
        .collect();
    let asking: BTreeMap<Place, (&Position, &Event)> = events
        .iter()
        .filter(|(_, event)| matches!(&event.stub.what, What::Record(record) if record.kind == Request::NAME || record.kind == Clarification::NAME))
        .map(|(position, event)| (event.stub.place, (position, event)))
        .collect();
    let mut asks = moved.iter().filter_map(|place| asking.get(place));
    let Some((_, opener)) = asks.next() else { return Ok(None) };
    let What::Record(opening) = &opener.stub.what else { return Ok(None) };
    let (position, last) = asks.next_back().map_or_else(|| asking[&opener.stub.place], |last| *last);
    let act = opening.act.as_deref().and_then(|act| serde_json::from_str(act).ok());
    let urgent = matches!(act, Some(Act::Request { urgent: true }));
    // The shorter limit: what a party says of its access comes from its officers, and would tell that they looked.
    let hours = opening.deadlines.answer_within(urgent, false);
    Ok(Some(Asked {
        position: *position,
        thread,
        clause: opening.clause.clone(),
        answer_within_ms: hours.map(|hours| u64::from(hours).saturating_mul(3_600_000)),
        time: last.stub.time,
    }))
}

/// Lays the answer to a request aside until its moment; does nothing if there is one.
///
/// # Errors
/// The store can't be read or written.
pub fn intend(node: &Node, asked: &Asked, now: u64) -> Result<(), Fault> {
    let protection = &node.protection;
    let _one = protection.lock_intending();
    if protection.aside(|index| index.answer(&asked.position)).is_some() {
        return Ok(());
    }
    let origin = &asked.position.origin;
    let receipt = node.reader()?.receipt_covering(origin, asked.position.index.saturating_add(1), node.me)?;
    let received = receipt.map_or(asked.time, |receipt| receipt.time_s.saturating_mul(1000));
    let at = policy::release_ms(received, now, asked.answer_within_ms, protection.draw(&asked.position));
    let neutral = Neutral { asked: asked.position, thread: asked.thread, at, done: false };
    aside::lay(node, origin.channel, (&Item::Neutral(neutral), Period::CHANNEL), None)?;
    protection.woken.notify_one();
    Ok(())
}

/// Header and body of the answer, under a version of the agreement, as of a day.
///
/// # Errors
/// [`Code::Refused`] if no clause of the version lets this agency answer requests.
pub fn compose(
    db: &Db,
    channel: &Channel,
    agreement: &Agreement,
    asked: &Asked,
    today: Date,
) -> Result<(Header, &'static [u8]), Fault> {
    let me = agreement.party(&db.me).map(|party| party.label.as_str()).unwrap_or_default();
    let may = |clause: &&Clause| clause.allows(Reply::NAME, me);
    let clause =
        agreement.clause(&asked.clause).filter(may).or_else(|| agreement.clauses.iter().find(may)).ok_or_else(
            || {
                let message = format!("no clause of the agreement lets this agency author {}", Reply::NAME);
                Fault::new(Code::Refused, message).by_rule("AGR-01").in_field("kind")
            },
        )?;
    let request = records::open(&db.reader()?, channel, &asked.position).ok();
    let kept = request.and_then(|request| request.header.retain_until);
    let reference = (asked.thread, RecordRef::from(&asked.position));
    let header = policy::neutral_header(agreement, &clause.id, Reply::NAME, reference, (kept, today))
        .map_err(|error| Fault::new(Code::Refused, error.to_string()))?;
    Ok((header, Reply::NOTHING))
}
