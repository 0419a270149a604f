//! `GET /v1/follow`: records and threads as they arrive, as server-sent events (HTML standard, §9.2).
//!
//! An event's `id` is its place in the order of arrival, sealed: in the clear it would count what a reader is not shown. It stands at the last event of a batch, so a reader that comes
//! back with `Last-Event-ID` misses nothing and gets at most one batch twice. Events are read from the store as the
//! reader takes them: a reader that stays away costs nothing but its place in that order.

use std::time::Duration;

use axum::{
    Extension,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use node::{
    callers::Caller,
    clock,
    fair::Taken,
    fault::{Code, Fault},
    limits,
    node::Node,
    reading::{
        follow::{Arrived, Event},
        page::Listed,
        thread::ThreadLine,
    },
    work::beside,
};
use protocol::id::ChannelId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use texts::say;
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};

use crate::{events::Events, form::Query, problem::Failed, route::Param};

/// What is followed, and from where.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct From {
    /// Only this channel.
    channel: Option<ChannelId>,
    /// The last id that was read; 0 for the beginning. Without it and without `Last-Event-ID`: from now on.
    after: Option<String>,
}

/// Query of [`follow`].
pub const FROM: &[Param] = &[
    Param::new("channel", "string", "Only this channel"),
    Param::new("after", "string", "The last id that was read; 0 for the beginning"),
];

/// Header of [`follow`].
pub const RESUMED: &[Param] = &[Param::new(
    LAST_EVENT_ID,
    "string",
    "The last id that was read, before `after`: clients of events send it by themselves",
)];

const LAST_EVENT_ID: &str = "last-event-id";

/// An event: its name, and what its data are as JSON.
#[derive(Debug, JsonSchema)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub enum FollowEvent<'a> {
    /// It begins. Its id is where from.
    Following(Begun),
    /// A record arrived, or was sent.
    Record(&'a Listed),
    /// A thread stands otherwise than before.
    Thread(&'a ThreadLine),
    /// The last event: the reader takes them more slowly than they come, or others need the seat.
    Lagging(LastWord),
    /// The last event: the reader's token does not count any more.
    Ended(LastWord),
}

/// Nothing is said with the first event.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Begun {}

/// The last word to a reader whose stream ends, but not by the reader.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LastWord {
    /// The id to come back with.
    pub resume: String,
    /// Why it ends, and what to do.
    pub message: String,
}

/// Follows until the reader goes away, falls behind for too long, or the node stops.
pub async fn follow(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Result<Response, Failed> {
    if !node.threads.runs() {
        return Err(Fault::new(Code::Unavailable, say!("follow-needs-a-node")).into());
    }
    let seat = node.threads.seat(caller.id())?;
    let read = |id: &str, field| {
        let wrong = || Fault::usage(say!("last-event-form")).in_field(field);
        node.reading.followed_id(id).ok_or_else(wrong)
    };
    let resumed = headers.get(LAST_EVENT_ID).map(|id| id.to_str().unwrap_or_default());
    let at = match (resumed, from.after) {
        (Some(id), _) => read(id, LAST_EVENT_ID)?,
        (None, Some(id)) => read(&id, "after")?,
        (None, None) => *node.threads.progress().borrow(),
    };
    let (events, receiver) = mpsc::channel(limits::FOLLOW_EVENTS_AHEAD);
    let whose = Whose { node, caller, channel: from.channel };
    tokio::spawn(feed(whose, at, events, seat));
    Ok(Events(receiver).into_response())
}

/// Why a feed ends.
enum End {
    /// The reader takes nothing any more.
    Lagging,
    /// The reader's token was revoked, or its time is up.
    NoLonger,
    /// The reader is gone, or the node stops or fails.
    Over,
}

/// Whose feed it is, and of what.
#[derive(Clone)]
struct Whose {
    node: Node,
    caller: Caller,
    channel: Option<ChannelId>,
}

async fn feed(whose: Whose, mut at: u64, events: mpsc::Sender<Bytes>, seat: Taken) {
    let begun = at;
    // Kept free for the last word to a reader that has stopped taking events.
    let Ok(last_word) = events.clone().reserve_owned().await else { return };
    let mut progress = whose.node.threads.progress();
    let mut stop = whose.node.stop.subscribe();
    // Where it begins, so that a reader whom the first event never reaches knows what to come back with.
    let id = |at| whose.node.reading.follow_id(at);
    let begin = text(&FollowEvent::Following(Begun {}), Some(&id(at)));
    if send(&events, begin.into()).await.is_err() {
        return;
    }
    let end = loop {
        let upto = *progress.borrow_and_update();
        if let Err(end) = send_up_to(&whose, &mut at, upto, &events).await {
            break end;
        }
        let quiet = tokio::select! {
            changed = progress.changed() => if changed.is_err() { break End::Over } else { false },
            () = sleep(Duration::from_secs(limits::FOLLOW_HEARTBEAT_SECONDS)) => true,
            () = events.closed() => break End::Over,
            () = seat.sent_away() => break End::Lagging,
            _ = stop.wait_for(|stopped| *stopped) => break End::Over,
        };
        if quiet && let Err(end) = still_here(&whose, &events).await {
            break end;
        }
    };
    // The entry from the beginning says from where on; this one, up to where.
    if let Err(error) = whose.node.audit.followed(&whose.caller, begun, at).await {
        tracing::error!(message = %error.message, "what a reader followed is not in the audit log");
    }
    let word = |message: &str| LastWord { resume: id(at), message: message.to_owned() };
    let last = match end {
        End::Lagging => FollowEvent::Lagging(word(
            "you take events more slowly than they come, or others need the seat: resume from here",
        )),
        End::NoLonger => {
            FollowEvent::Ended(word("the token was revoked or its time is up: take a new one and resume from here"))
        }
        End::Over => return,
    };
    last_word.send(text(&last, None).into());
}

/// A comment: it keeps the connection alive and tells both sides when it is not.
async fn still_here(whose: &Whose, events: &mpsc::Sender<Bytes>) -> Result<(), End> {
    whose.still_counts()?;
    send(events, ": still here\n\n".into()).await
}

impl Whose {
    /// A stream outlives the request that began it, so what the gate asked then is asked again before anything is shown.
    fn still_counts(&self) -> Result<(), End> {
        match self.caller.still_counts(&self.node.tokens, &self.node.passkeys, clock::now_ms()) {
            true => Ok(()),
            false => Err(End::NoLonger),
        }
    }
}

async fn send_up_to(whose: &Whose, at: &mut u64, upto: u64, events: &mpsc::Sender<Bytes>) -> Result<(), End> {
    while *at < upto {
        let (from, to) = (*at, upto.min(at.saturating_add(limits::FOLLOW_BATCHES_AT_ONCE)));
        let work = whose.clone();
        let read = beside(move || read(&work, from, to)).await;
        let batches = match read {
            Ok(Ok(batches)) => batches,
            Ok(Err(error)) => {
                tracing::error!(message = %error.message, "what is followed can't be read");
                return Err(End::Over);
            }
            Err(_) => return Err(End::Over),
        };
        for (number, texts) in batches {
            whose.still_counts()?;
            for text in texts {
                send(events, text.into()).await?;
            }
            *at = number;
        }
        *at = to;
    }
    Ok(())
}

async fn send(events: &mpsc::Sender<Bytes>, event: Bytes) -> Result<(), End> {
    let patience = Duration::from_secs(limits::FOLLOW_STALL_SECONDS_MAX);
    match timeout(patience, events.send(event)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(End::Over),
        Err(_) => Err(End::Lagging),
    }
}

/// The events of the batches after number `from` up to number `to`, in their order.
fn read(whose: &Whose, from: u64, to: u64) -> Result<Vec<(u64, Vec<String>)>, Fault> {
    // What was followed is noted at the end, as one entry.
    let (batches, _) = whose.node.reading.followed(&whose.caller, whose.channel, from, to)?.into_parts();
    let told = |batch: &Arrived| (batch.number, texts(batch, &whose.node.reading.follow_id(batch.number)));
    Ok(batches.iter().map(told).collect())
}

/// The events of a batch as server-sent events. The last one bears the batch's id.
fn texts(Arrived { events, .. }: &Arrived, id: &str) -> Vec<String> {
    let last = events.len();
    let told = |(event, place): (&Event, usize)| {
        let event = match event {
            Event::Record(record) => FollowEvent::Record(record),
            Event::Thread(line) => FollowEvent::Thread(line),
        };
        text(&event, (place == last).then_some(id))
    };
    events.iter().zip(1..).map(told).collect()
}

/// An event as server-sent events are written.
fn text(event: &FollowEvent<'_>, id: Option<&str>) -> String {
    let (name, data) = match event {
        FollowEvent::Following(begun) => ("following", serde_json::to_string(begun)),
        FollowEvent::Record(record) => ("record", serde_json::to_string(record)),
        FollowEvent::Thread(line) => ("thread", serde_json::to_string(line)),
        FollowEvent::Lagging(word) => ("lagging", serde_json::to_string(word)),
        FollowEvent::Ended(word) => ("ended", serde_json::to_string(word)),
    };
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    // Structures of words and numbers can't fail to be written.
    format!("{id}event: {name}\ndata: {}\n\n", data.unwrap_or_default())
}
