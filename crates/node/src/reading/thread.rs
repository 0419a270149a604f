//! One thread: where it stands, its events in their order, and what may be done next.

use std::collections::BTreeMap;

use desks::thread::{Correction, Effect, Event, Ineffective, RecordStub, What, is_disputed, next_acts, replay};
use protocol::{
    channel::Channel,
    commit::{MarkState, StoredBatch},
    header::ThreadId,
    id::{AgencyId, ChannelId},
    origin::{Lane, Origin, Position},
    statement::{Due, Duty},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Reader, StoreError, TextIndex, ThreadRow, View};
use texts::say;

use super::{Disclosed, Proof, Reading, compartment};
use crate::{
    audit::Noted,
    callers::Caller,
    clock,
    fault::{Code, Fault},
    names::{self, ThreadNamed},
    records,
    threads::{events, openers},
    words,
};

/// In which channel and lane a thread is meant.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Within {
    /// Only in this channel.
    pub channel: Option<ChannelId>,
    /// Only in this lane.
    pub lane: Option<Lane>,
}

/// A line of a list of threads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ThreadLine {
    /// The channel.
    #[schemars(with = "words::Id")]
    pub channel: ChannelId,
    /// The thread.
    #[schemars(with = "words::ThreadId")]
    pub thread: ThreadId,
    /// How people call it: `req-0123abcd`. It is understood wherever a thread is asked for.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// The title of the record that opened it; absent when its content is gone or not for this reader.
    pub title: Option<String>,
    /// Its state.
    #[schemars(with = "words::ThreadState")]
    pub state: String,
    /// Whether the other parties' logs have reached it, so that nothing that still comes can change it.
    pub settled: bool,
    /// Whether it can still go on by itself.
    pub open: bool,
    /// Who opened it.
    #[schemars(with = "Option<words::Id>")]
    pub opened_by: Option<AgencyId>,
    /// The parties that are to act next.
    #[schemars(with = "Vec<words::Id>")]
    pub awaits: Vec<AgencyId>,
    /// When the next thing is due, milliseconds since 1970.
    pub due_ms: Option<u64>,
    /// What is due.
    pub due_what: Option<String>,
    /// Who must do it.
    #[schemars(with = "Option<words::Id>")]
    pub due_from: Option<AgencyId>,
    /// Whether it is overdue now.
    pub overdue: bool,
    /// Whether a party has not said in time that it received what the thread waits for.
    pub unacknowledged: bool,
    /// The clause under which it was opened.
    pub clause: String,
    /// The lane in which it lives.
    #[schemars(with = "words::Lane")]
    pub lane: Lane,
    /// Since when it is in its state, milliseconds since 1970.
    pub since_ms: u64,
    /// Time of its first record, milliseconds since 1970.
    pub opened_ms: u64,
    /// Number of its records.
    pub records: u64,
    /// How many of them take no effect.
    pub ineffective: u64,
    /// Which batch brought its last record of a partner. Nobody is told: it would count what lies between.
    #[serde(skip)]
    #[schemars(skip)]
    pub(crate) news: u64,
    #[serde(skip)]
    #[schemars(skip)]
    _proof: Proof,
}

impl ThreadLine {
    /// Where the thread is.
    pub const fn place(&self) -> (ChannelId, Lane, ThreadId) {
        (self.channel, self.lane, self.thread)
    }
}

/// A thread whole, as it may be shown to the caller who asked.
///
/// Only [`Reading`] makes one: others read it, or the command
/// line and the console get it as the answer that it is.
///
/// ```no_run
/// use mithaq_node::reading::thread::ThreadShown;
///
/// fn title(thread: &ThreadShown) -> Option<&str> {
///     thread.line.title.as_deref()
/// }
/// ```
///
/// A thread that somebody else puts together does not compile:
///
/// ```compile_fail,E0451
/// use mithaq_node::reading::thread::ThreadShown;
///
/// fn without_events(thread: ThreadShown) -> ThreadShown {
///     ThreadShown { events: Vec::new(), ..thread }
/// }
/// ```
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ThreadShown {
    /// Where it stands.
    #[serde(flatten)]
    pub line: ThreadLine,
    /// All that is due, the earliest first.
    pub all_due: Vec<DueShown>,
    /// How each addressed party stands, where they can stand differently.
    pub parts: Vec<Part>,
    /// What happened, in order.
    pub events: Vec<EventShown>,
    /// What was shown before and is no longer so, the oldest first.
    #[schemars(with = "Vec<words::Correction>")]
    pub corrections: Vec<Correction>,
    /// What this agency may do next.
    pub next: Vec<NextAct>,
    #[serde(skip)]
    #[schemars(skip)]
    _proof: Proof,
}

/// Something that a party must do by a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "DutyDue")]
pub struct DueShown {
    /// What, as the kind's desk calls it.
    #[schemars(with = "String")]
    pub what: Duty,
    /// Who must do it.
    #[schemars(with = "words::Id")]
    pub from: AgencyId,
    /// By when, milliseconds since 1970.
    pub at_ms: u64,
}

impl From<Due> for DueShown {
    fn from(Due { what, from, at }: Due) -> Self {
        Self { what, from, at_ms: at }
    }
}

/// How one party stands in a thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ThreadPart")]
pub struct Part {
    /// The party.
    #[schemars(with = "words::Id")]
    pub party: AgencyId,
    /// The state of its part.
    #[schemars(with = "words::ThreadState")]
    pub state: String,
}

/// Something that may be done in a thread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NextAct {
    /// The kind of record that does it.
    pub kind: String,
    /// What it does, in its desk's words.
    #[schemars(with = "words::Act")]
    pub act: Value,
}

/// An event of a thread: that it is there and what came of it, and what else the reader may see of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventShown {
    /// The log in which it stands: `<agency>/<epoch>/<lane>`.
    pub log: String,
    /// Its number there.
    pub index: u64,
    /// Whose log it is.
    #[schemars(with = "words::Id")]
    pub party: AgencyId,
    /// Its height in the order of all parties.
    pub height: u64,
    /// The manifest's time, milliseconds since 1970.
    pub time_ms: u64,
    /// What came of it.
    pub effect: EffectShown,
    /// What it is.
    #[serde(flatten)]
    pub what: WhatShown,
    #[serde(skip)]
    #[schemars(skip)]
    _proof: Proof,
}

/// What a reader sees of an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum WhatShown {
    /// A record that the reader may see.
    Record {
        /// Its kind.
        kind: String,
        /// The line that stands for it; absent when its content is gone or in quarantine.
        title: Option<String>,
        /// The word of its state.
        #[schemars(with = "words::RecordState")]
        state: String,
        /// What it does, in its desk's words; absent if it moves nothing.
        #[schemars(with = "words::Act")]
        act: Option<Value>,
    },
    /// That a party received records of the thread.
    Received {
        /// `mithaq.received/1`.
        kind: String,
        /// What it received.
        received: Received,
        /// Whether the time that it states is far from that of its arrival.
        disputed: bool,
    },
    /// A record that is not for this reader.
    Withheld {
        /// The word of its state.
        #[schemars(with = "words::RecordState")]
        state: String,
        /// What keeps it from the reader: a rule's id, or `compartment`.
        withheld_by: String,
    },
}

/// What keeps a record from a reader whose role does not see its kind.
pub const COMPARTMENT: &str = "compartment";

/// Entries of a log that a party received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ReceivedBatch")]
pub struct Received {
    /// The log: `<agency>/<epoch>/<lane>`.
    pub log: String,
    /// Number of the first.
    pub first: u64,
    /// How many.
    pub count: u32,
}

/// What came of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EffectShown {
    /// It led to this state, or left it as it was while changing what is due.
    Moved(String),
    /// It stands in the thread and moves nothing.
    Neutral,
    /// It is kept and takes no effect, for this reason.
    Ineffective(Reason),
}

/// Why an event takes no effect.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "IneffectiveReason")]
pub struct Reason {
    /// Which reason it is.
    pub code: String,
    /// The rule or clause by which a party refused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// That refusal's reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The state that does not allow it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

impl Reading {
    /// A thread whole.
    ///
    /// # Errors
    /// No thread, or several, have this id for the caller; [`Code::Refused`] by PUR-01 if it was opened for another purpose.
    pub fn thread(&self, caller: &Caller, id: &ThreadNamed, within: &Within) -> Result<Disclosed<ThreadShown>, Fault> {
        let row = self.row_of(caller, id, within)?;
        Ok(Disclosed::new(self.whole(caller, row, clock::now_ms())?, Noted::default()))
    }

    /// Where a thread is that the caller may see.
    pub(crate) fn place_of_thread(
        &self,
        caller: &Caller,
        id: &ThreadNamed,
        within: &Within,
    ) -> Result<(ChannelId, Lane, ThreadId), Fault> {
        self.row_of(caller, id, within).map(|row| (row.channel, row.more.lane, row.thread))
    }

    fn row_of(&self, caller: &Caller, id: &ThreadNamed, within: &Within) -> Result<ThreadRow, Fault> {
        self.upkeep.bring_up()?;
        let mut rows = self.threads.rows.named_between(&id.low, &id.high, Self::view(caller))?;
        rows.retain(|row| {
            within.channel.is_none_or(|channel| channel == row.channel)
                && within.lane.is_none_or(|lane| lane == row.more.lane)
                && self.shows_thread(caller, row)
        });
        match (rows.pop(), rows.is_empty()) {
            (Some(row), true) if !caller.purposes().include(&row.supplied) => {
                let (why, supplied) = (caller.purposes().why(), &row.supplied);
                let message = say!("thread-of-other-purpose", supplied = %supplied, why = %why);
                Err(Fault::new(Code::Refused, message).by_rule("PUR-01").in_field("purpose"))
            }
            (Some(row), true) => Ok(row),
            (Some(_), false) => {
                let message = say!("several-threads", id = %id);
                Err(Fault::new(Code::Conflict, message).in_field("channel"))
            }
            (None, _) => Err(Fault::not_found(say!("no-such-thread", id = %id))),
        }
    }

    /// The title of a thread that a caller may see: from the index if it is there, else from the record itself. `None` if its
    /// content is gone or not for this reader.
    pub(super) fn title(
        &self,
        caller: &Caller,
        reader: &Reader,
        index: Option<&TextIndex>,
        row: &ThreadRow,
    ) -> Option<String> {
        let (origin, entry) = row.more.titled_by.filter(|_| compartment::has_title(caller, row))?;
        let position = Position { origin, index: entry };
        if let Some(title) = index.and_then(|index| index.title(&position).ok().flatten()) {
            return Some(title);
        }
        let channel = self.channels.get(&row.channel)?.value();
        title_at(reader, &channel, &position, &mut None)
    }

    /// A thread as a line of a list.
    pub(super) fn line(&self, caller: &Caller, row: ThreadRow, title: Option<String>, now: u64) -> ThreadLine {
        let settled = self.is_settled(caller, &row);
        let more = row.more;
        ThreadLine {
            name: names::thread(&row.kind, &row.thread),
            channel: row.channel,
            thread: row.thread,
            kind: row.kind,
            title,
            state: row.state,
            settled,
            open: row.open,
            opened_by: more.opened_by,
            awaits: row.awaits,
            due_ms: row.due,
            due_what: more.due_what,
            due_from: more.due_from,
            overdue: row.due.is_some_and(|due| due < now),
            unacknowledged: more.receipt_due.is_some_and(|due| due < now),
            clause: row.clause,
            lane: more.lane,
            since_ms: more.since,
            opened_ms: more.opened,
            records: more.records,
            ineffective: more.ineffective,
            news: row.news,
            _proof: Proof::default(),
        }
    }

    /// Whether nothing that still comes can change the thread. Where records are hidden from offices they are not told: a partner's
    /// log goes on when it receives what they must not see leave.
    fn is_settled(&self, caller: &Caller, row: &ThreadRow) -> bool {
        let Some(height) = row.more.height else { return false };
        let Some(handle) = self.channels.get(&row.channel) else { return false };
        if !self.protection.shows_sizes(caller, &handle.value()) {
            return false;
        }
        let (value, reached) = (handle.value(), self.threads.reached(&row.channel));
        let others = value.partners();
        others.map(|party| reached.get(&(party, row.more.lane)).copied().unwrap_or(0)).all(|reached| reached >= height)
    }

    fn whole(&self, caller: &Caller, row: ThreadRow, now: u64) -> Result<ThreadShown, Fault> {
        let channel = self.channel(&row.channel)?.value();
        let reader = self.db.reader()?;
        let opener = openers::opener(&row);
        let mut events = events::of(&self.threads.rows, &channel, &row.thread, row.more.lane)?;
        // Offices see the thread as it would stand without what is hidden from them.
        if Self::view(caller) == View::Office {
            events::leave_out_hidden(&self.protection, &channel, &row.thread, &mut events);
        }
        let mut held = None;
        for (position, event) in &mut events {
            if let What::Record(record) = &event.stub.what
                && withheld_by(caller, &channel, position, record, opener).is_none()
            {
                event.title = title_at(&reader, &channel, position, &mut held);
            }
        }
        let parties: Vec<AgencyId> = channel.parties().keys().copied().collect();
        let in_order: Vec<Event> = events.values().cloned().collect();
        let thread = replay(&parties, &in_order);
        let places: BTreeMap<_, _> =
            events.iter().map(|(position, event)| (event.stub.place, (position, event))).collect();
        let mut history = Vec::with_capacity(places.len());
        for entry in &thread.history {
            let Some((position, event)) = places.get(&entry.place) else { continue };
            let what = match &event.stub.what {
                What::Record(record) => {
                    let marks: Vec<MarkState> = reader.marks(position)?.into_iter().map(|mark| mark.state).collect();
                    let state = records::state(&channel, position, &marks).to_owned();
                    match withheld_by(caller, &channel, position, record, opener) {
                        Some(what) => WhatShown::Withheld { state, withheld_by: what.to_owned() },
                        None => WhatShown::Record {
                            kind: record.kind.clone(),
                            title: event.title.clone(),
                            state,
                            act: record.act.as_deref().and_then(|act| serde_json::from_str(act).ok()),
                        },
                    }
                }
                What::Received(batch) => {
                    let arrived = arrived_ms(&reader, &channel, &batch.origin, batch.size())?;
                    let (log, first, count) = (batch.origin.short(), batch.first, batch.count);
                    WhatShown::Received {
                        kind: "mithaq.received/1".to_owned(),
                        received: Received { log, first, count },
                        disputed: arrived.is_some_and(|arrived| is_disputed(event.stub.time, arrived)),
                    }
                }
            };
            history.push(EventShown {
                log: position.origin.short(),
                index: position.index,
                party: position.origin.agency,
                height: event.stub.place.height,
                time_ms: event.stub.time,
                effect: EffectShown::from(&entry.effect),
                what,
                _proof: Proof::default(),
            });
        }
        let next = next_acts(&parties, &in_order, self.db.me, now)
            .into_iter()
            .map(|(kind, act)| NextAct { kind: kind.to_owned(), act: serde_json::from_str(&act).unwrap_or_default() });
        let corrections =
            self.threads.rows.corrections(&row.channel, &row.thread, row.more.lane, Self::view(caller))?;
        Ok(ThreadShown {
            all_due: thread.standing.due.into_iter().map(DueShown::from).collect(),
            parts: thread
                .standing
                .parts
                .into_iter()
                .map(|(party, state)| Part { party, state: state.to_owned() })
                .collect(),
            events: history,
            corrections: corrections.iter().filter_map(|kept| serde_json::from_slice(kept).ok()).collect(),
            next: next.collect(),
            line: self.line(caller, row, thread.title, now),
            _proof: Proof::default(),
        })
    }
}

/// What keeps a record of a thread from a caller. What was supplied for another purpose, or is of another compartment, shows
/// that it is there and what came of it, and nothing else.
fn withheld_by(
    caller: &Caller,
    channel: &Channel,
    position: &Position,
    record: &RecordStub,
    opener: Option<&str>,
) -> Option<&'static str> {
    if !caller.purposes().include(&records::supplied(channel, position, &record.clause)) {
        return Some("PUR-01");
    }
    (!caller.sees(Some(&record.kind), opener)).then_some(COMPARTMENT)
}

/// When the receipt of the batch says that it was stored, milliseconds since 1970: the reader's own clock where the
/// reader is one of the two.
fn arrived_ms(reader: &Reader, channel: &Channel, origin: &Origin, size: u64) -> Result<Option<u64>, StoreError> {
    let receipts = reader.receipts(origin, size)?;
    let own = receipts.iter().find(|receipt| receipt.agency == channel.me());
    Ok(own.or(receipts.first()).map(|receipt| receipt.time_s.saturating_mul(1000)))
}

/// A record's title, unless its content is gone or it is open to the auditor only. `held` is the batch that was read last: records of
/// one thread often came in one, and it may be long.
fn title_at(reader: &Reader, channel: &Channel, position: &Position, held: &mut Option<StoredBatch>) -> Option<String> {
    if reader.marks(position).ok()?.iter().any(|mark| mark.state == MarkState::Quarantined) {
        return None;
    }
    let holds = |stored: &StoredBatch| {
        let batch = &stored.batch;
        batch.origin == position.origin && (batch.first..batch.size()).contains(&position.index)
    };
    if !held.as_ref().is_some_and(holds) {
        *held = reader.batch_at(&position.origin, position.index).ok()?;
    }
    records::title(&records::open_in(channel, held.as_ref()?, position).ok()?)
}

impl From<&Effect> for EffectShown {
    fn from(effect: &Effect) -> Self {
        match effect {
            Effect::Moved(state) => Self::Moved((*state).to_owned()),
            Effect::Neutral => Self::Neutral,
            Effect::Ineffective(why) => Self::Ineffective(Reason::from(why)),
        }
    }
}

impl From<&Ineffective> for Reason {
    fn from(why: &Ineffective) -> Self {
        let code = |code: &str| Self { code: code.to_owned(), ..Self::default() };
        match why {
            Ineffective::Refused { rule, reason } => {
                Self { rule: Some(rule.clone()), reason: Some(reason.clone()), ..code("refused") }
            }
            Ineffective::Withheld => code("withheld"),
            Ineffective::NotOpened => code("not_opened"),
            Ineffective::OpenedAlready => code("opened_already"),
            Ineffective::NotTheirs => code("not_theirs"),
            Ineffective::State { state } => Self { state: Some((*state).to_owned()), ..code("state") },
            Ineffective::TooLate => code("too_late"),
            Ineffective::ForeignAct => code("foreign_act"),
            Ineffective::Outdated => code("outdated"),
            Ineffective::Dates => code("dates"),
            Ineffective::Code => code("code"),
            Ineffective::NoSuchParty => code("no_such_party"),
            Ineffective::Full => code("full"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effect_is_read_as_the_desk_writes_it() {
        let refused = Ineffective::Refused { rule: "PUR-01".into(), reason: "purpose".into() };
        let whys = [
            refused,
            Ineffective::Withheld,
            Ineffective::NotOpened,
            Ineffective::OpenedAlready,
            Ineffective::NotTheirs,
            Ineffective::State { state: "answered" },
            Ineffective::TooLate,
            Ineffective::ForeignAct,
            Ineffective::Full,
        ];
        let effects = [Effect::Moved("delivered"), Effect::Neutral];
        for effect in effects.into_iter().chain(whys.map(Effect::Ineffective)) {
            let (shown, written) = (EffectShown::from(&effect), serde_json::to_value(&effect).unwrap());
            assert_eq!(serde_json::to_value(&shown).unwrap(), written);
            assert_eq!(serde_json::from_value::<EffectShown>(written).unwrap(), shown);
        }
    }

    #[test]
    fn each_sort_of_event_is_read_as_it_was_written() {
        let record = |act: Option<Value>| WhatShown::Record {
            kind: "requests.request/1".into(),
            title: None,
            state: "received".into(),
            act,
        };
        let received = Received { log: "a/1/main".into(), first: 3, count: 2 };
        let whats = [
            record(None),
            record(Some("clarify".into())),
            WhatShown::Received { kind: "mithaq.received/1".into(), received, disputed: false },
            WhatShown::Withheld { state: "received".into(), withheld_by: "PUR-01".into() },
        ];
        for what in whats {
            let event = EventShown {
                log: "a/1/main".into(),
                index: 7,
                party: AgencyId::new([1; 32]),
                height: 9,
                time_ms: 11,
                effect: EffectShown::Neutral,
                what,
                _proof: Proof::default(),
            };
            let written = serde_json::to_string(&event).unwrap();
            assert_eq!(serde_json::from_str::<EventShown>(&written).unwrap(), event, "{written}");
        }
    }
}
