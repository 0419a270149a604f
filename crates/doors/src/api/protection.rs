//! `/v1/protection`: the protection register, and what waits for the protection officer (ASY-01 to ASY-05).

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use node::{
    answers::protection::{
        Blocked, Held, HeldAnswer, HeldList, HeldRow, HeldShown, Passed, ProtectedList, ProtectedRow,
    },
    audit::Noted,
    clock,
    fault::{Code, Fault},
    node::Node,
    protection::{
        Arrived, Index, Item, Leaving, NewEntry,
        aside::{self, Waiting},
        neutral,
    },
    records,
    sending::Decision,
    words::Place,
    work::blocking,
};
use protocol::{
    channel::Channel,
    commit::AsideId,
    encoding::from_base64,
    header::{Header, ThreadId},
    origin::Position,
};
use serde::Serialize;

use crate::problem::Failed;

/// Lists the register's entries: no name and no document number is in it.
pub async fn list(State(node): State<Node>) -> Json<ProtectedList> {
    let register = node.protection.register();
    Json(ProtectedList { entries: register.entries().iter().map(ProtectedRow::from).collect() })
}

/// Adds an entry.
pub async fn add(
    State(node): State<Node>,
    Json(new): Json<NewEntry>,
) -> Result<(Extension<Noted>, Json<ProtectedRow>), Failed> {
    let work = node.clone();
    let entry =
        blocking(move || work.protection.change(&work, |register, key| register.add(key, new, clock::now_ms())))
            .await?;
    Ok((noted(&node, &entry.id), Json(ProtectedRow::from(&entry))))
}

/// Removes an entry. What it held back is decided without it from now on; what was answered stays answered.
pub async fn remove(
    State(node): State<Node>,
    Path(id): Path<String>,
) -> Result<(Extension<Noted>, Json<ProtectedRow>), Failed> {
    let work = node.clone();
    let entry = blocking(move || work.protection.change(&work, |register, _| register.remove(&id))).await?;
    Ok((noted(&node, &entry.id), Json(ProtectedRow::from(&entry))))
}

/// An entry of the register, in the audit log.
#[derive(Serialize)]
struct Digest {
    entry: String,
}

/// The audit log names an entry by a keyed digest of its id.
fn noted(node: &Node, id: &str) -> Extension<Noted> {
    Extension(Noted::facts(&Digest { entry: node.protection.digest(id) }))
}

/// Lists what waits for the protection officer: records that arrived, and own records that were stopped.
pub async fn held(State(node): State<Node>) -> Result<Json<HeldList>, Failed> {
    Ok(blocking(move || {
        let (arrived, stopped) = node.protection.aside(|index| (index.arrived(), stopped(index)));
        let mut held = Vec::new();
        for (id, arrived) in arrived {
            held.extend(arrived_line(&node, id, &arrived)?);
        }
        for waiting in stopped {
            if let Ok(leaving) = aside::leaving(&node.reader()?, &waiting.id) {
                held.push(stopped_line(&waiting, &leaving));
            }
        }
        Ok::<_, Fault>(Json(HeldList { held }))
    })
    .await?)
}

/// Shows one thing that waits, with header and body.
pub async fn show(State(node): State<Node>, Path(id): Path<String>) -> Result<Json<HeldShown>, Failed> {
    Ok(blocking(move || {
        let (row, header, body) = match find(&node, &id)? {
            Found::Arrived(id, arrived) => {
                let opened = node.reading.held(&arrived)?;
                let line = arrived_line(&node, id, &arrived)?.ok_or_else(gone)?;
                (line, opened.header_bytes, opened.body)
            }
            Found::Stopped(waiting, leaving) => {
                let body = from_base64(&leaving.body).unwrap_or_default();
                (stopped_line(&waiting, &leaving), leaving.header.into_bytes(), body)
            }
        };
        let header = serde_json::from_slice(&header)
            .map_err(|error| Fault::new(Code::NotVerified, format!("the record's header: {error}")))?;
        Ok::<_, Fault>(Json(HeldShown { row, header, body: String::from_utf8_lossy(&body).into_owned() }))
    })
    .await?)
}

/// Passes on what waits: a record that arrived shows to every office from now on; an own record that was stopped is
/// released, if nothing stops it any more.
pub async fn pass(State(node): State<Node>, Path(id): Path<String>) -> Result<Json<Passed>, Failed> {
    Ok(blocking(move || {
        match find(&node, &id)? {
            Found::Arrived(id, arrived) => {
                let handle = node.channel(&arrived.position.origin.channel).ok_or_else(gone)?;
                if node.decider.is_protected(&handle.value(), &arrived.position, clock::today())? {
                    return Err(still("the register names a person in the record", "ASY-04"));
                }
                node.protection.take(&node, handle.id(), &id)?;
                // It was left out of the search index.
                node.threads.words.forget_all();
            }
            Found::Stopped(waiting, leaving) => {
                if leaving.recorded.is_some() {
                    let message = "the record was recorded and withheld from the partner: it can only be sent anew";
                    return Err(Fault::new(Code::Refused, message));
                }
                let handle = node.channel(&waiting.channel).ok_or_else(gone)?;
                node.upkeep.catch_up()?;
                let now = clock::now_ms();
                if let Decision::Stopped { rule, .. } = node.sending.decide_waiting(&handle.value(), &leaving, now)? {
                    return Err(still("the record is still stopped", &rule));
                }
                let header =
                    Header::parse(leaving.header.as_bytes()).map_err(|error| Fault::usage(error.to_string()))?;
                let period = protocol::channel::open::period_of(&header, now);
                let again = Item::Leaving(Box::new(Leaving { stopped: None, hidden: false, ..*leaving }));
                node.protection.lay(&node, waiting.channel, (&again, period), Some(waiting.id))?;
                node.protection.woken.notify_one();
            }
        }
        Ok::<_, Fault>(Json(Passed { passed: id }))
    })
    .await?)
}

/// Ends what waits without passing it on: a request that arrived ends in `nothing_to_provide` and stays hidden; the content
/// of an own record that was stopped is destroyed.
pub async fn block(State(node): State<Node>, Path(id): Path<String>) -> Result<Json<Blocked>, Failed> {
    Ok(blocking(move || {
        match find(&node, &id)? {
            Found::Arrived(_, arrived) => {
                let handle = node.channel(&arrived.position.origin.channel).ok_or_else(gone)?;
                node.upkeep.catch_up()?;
                let lane = arrived.position.origin.lane;
                let asked =
                    neutral::asked(&node.threads.rows, &handle.value(), lane, arrived.thread)?.ok_or_else(|| {
                        let message = "nothing waits for an answer there; what is not passed on stays hidden";
                        Fault::new(Code::Refused, message)
                    })?;
                node.protection.intend(&node, &asked, clock::now_ms())?;
            }
            Found::Stopped(waiting, _) => {
                node.protection.take(&node, waiting.channel, &waiting.id)?;
                node.scrub()?;
            }
        }
        Ok::<_, Fault>(Json(Blocked { blocked: id }))
    })
    .await?)
}

/// What an id names.
enum Found {
    Arrived(AsideId, Arrived),
    Stopped(Waiting, Box<Leaving>),
}

fn find(node: &Node, text: &str) -> Result<Found, Fault> {
    let id = aside::id(text)?;
    let (arrived, stopped) = node.protection.aside(|index| {
        let arrived = index.arrived().into_iter().find(|(other, _)| *other == id);
        (arrived, stopped(index).into_iter().find(|waiting| waiting.id == id))
    });
    match (arrived, stopped) {
        (Some((id, arrived)), _) => Ok(Found::Arrived(id, arrived)),
        (None, Some(waiting)) => Ok(Found::Stopped(waiting, Box::new(aside::leaving(&node.reader()?, &id)?))),
        (None, None) => Err(gone()),
    }
}

fn stopped(index: &Index) -> Vec<Waiting> {
    index.leaving().iter().filter(|waiting| waiting.stopped).copied().collect()
}

/// A record that arrived; `None` if its channel is not open here.
fn arrived_line(node: &Node, id: AsideId, arrived: &Arrived) -> Result<Option<HeldRow>, Fault> {
    let position = &arrived.position;
    let Some(handle) = node.channel(&position.origin.channel) else { return Ok(None) };
    let channel = handle.value();
    let opened = node.reading.held(arrived).ok();
    let protected = node.decider.is_protected(&channel, position, clock::today())?;
    let answer = node.protection.aside(|index| index.answer_in(channel.id(), &arrived.thread));
    let what = Held::Arrived {
        place: position.into(),
        state: country(&channel, position).map(str::to_owned),
        time: opened.as_ref().map(|opened| opened.time),
        answer: answer.map(|answer| HeldAnswer { at: answer.at, released: answer.done }),
    };
    Ok(Some(HeldRow {
        id: hex::encode(id),
        rule: Some(if protected { "ASY-04" } else { "ASY-05" }.into()),
        channel: channel.id(),
        kind: opened.as_ref().map(|opened| opened.header.kind.clone()),
        thread: Some(arrived.thread),
        title: opened.as_ref().and_then(records::title),
        what,
    }))
}

fn stopped_line(waiting: &Waiting, leaving: &Leaving) -> HeldRow {
    let header = Header::parse(leaving.header.as_bytes()).ok();
    let thread: Option<ThreadId> = header.as_ref().and_then(|header| header.thread);
    let title = header.as_ref().and_then(|header| {
        let body = from_base64(&leaving.body)?;
        Some(desks::kinds::find(&header.kind)?.check(header, &body).ok()?.title)
    });
    HeldRow {
        id: hex::encode(waiting.id),
        rule: leaving.stopped.clone(),
        channel: waiting.channel,
        kind: header.map(|header| header.kind),
        thread,
        title,
        what: Held::Stopped {
            lane: leaving.lane,
            by: leaving.role.clone(),
            recorded: leaving.recorded.as_ref().map(Place::from),
        },
    }
}

fn country<'a>(channel: &'a Channel, position: &Position) -> Option<&'a str> {
    channel.parties().get(&position.origin.agency).map(|cards| cards.current().country.as_str())
}

fn still(what: &str, rule: &str) -> Fault {
    let message = format!("{what}: remove the entry first, if it is wrong; `block` ends it");
    Fault::new(Code::Refused, message).by_rule(rule)
}

fn gone() -> Fault {
    Fault::not_found("nothing waits under this id: it was passed on, released or removed")
}
