//! Threads: business objects as pure state machines, fed with the records of all parties in one order.
//!
//! Every node that holds the same records comes to the same state, in whichever order they arrived:
//!
//! 1. Each record of a thread becomes a [`Stub`] when it is opened: kind, place, time and the [`Record::act`] that it
//!    performs. Stubs hold no content and outlive the content's erasure.
//! 2. [`replay`] sorts the stubs by [`Place`] and feeds them to the machine of the thread's kind, whose [`Table`]
//!    stands in its desk's line ([`Desk::threads`](crate::desk::Desk)). It reads nothing but stubs, the parties, and which records were refused or
//!    withheld: so a replay after erasure cannot differ.
//! 3. What the machine does not allow from the state reached is kept and marked [`Effect::Ineffective`] with the reason.
//!
//! Nothing here knows what time it is: overdue, unacknowledged and settled are views of a [`Thread`].
//!
//! [`Record::act`]: crate::kinds::Record::act

mod account;
mod act;
mod desk;
mod machine;
mod replay;
mod table;
#[cfg(test)]
pub(crate) mod tests;
mod view;

use protocol::{
    agreement::{Agreement, Deadlines, TimeLimits},
    batch::BatchRef,
    header::{Header, ThreadId},
    id::{AgencyId, ChannelId},
    origin::{Lane, Origin, Position},
    statement::Cut,
};
use serde::{Deserialize, Serialize};

pub use account::{Account, Accounts, Held, held};
pub use act::{Act, ActOf, Does};
pub use desk::DESK;
pub use machine::{Ineffective, Limit, Neutral, NextActs, Past, RecordEvent, Standing};
pub use protocol::statement::{Due, Duty, DutyClass};
pub use replay::{Asked, PLAIN, asked, next_acts, replay, replay_at, starts_clock, would_act};
pub use table::{Clock, Mode, Move, Names, OPEN, Receipt, SIGNATURE, STEP, Side, Starts, State, Table};
pub use view::{Correction, is_disputed};

use crate::kinds;

/// The place of an entry in the order of its channel's lane: the same at every node (HEIGHT-3).
///
/// Derived `Ord` is the order: by height, then agency, then epoch and number. A thread lives in one lane, so lanes are
/// never compared with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The entry's height ([`protocol::height`]).
    pub height: u64,
    /// Whose log it lies in: the record's author.
    pub agency: AgencyId,
    /// The log's epoch.
    pub epoch: u32,
    /// The entry's number in the log.
    pub index: u64,
    /// The log's lane; the same for all events of a thread.
    pub lane: Lane,
}

impl Place {
    /// The place of an entry with this height.
    pub const fn new(position: &Position, height: u64) -> Self {
        let Position { origin: Origin { agency, epoch, lane, .. }, index } = *position;
        Self { height, agency, epoch, index, lane }
    }

    /// The entry in its channel.
    pub const fn position(&self, channel: ChannelId) -> Position {
        let Self { agency, epoch, index, lane, .. } = *self;
        Position { origin: Origin { channel, agency, epoch, lane }, index }
    }
}

/// What of a record survives its erasure: all that threads read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stub {
    /// Where it stands in the order.
    pub place: Place,
    /// Its author's claim of the time: that of its batch's manifest, milliseconds since 1970.
    pub time: u64,
    /// What it does.
    pub what: What,
}

/// What an event of a thread is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum What {
    /// A record of a desk.
    Record(RecordStub),
    /// `mithaq.received/1`: the author of the event received this batch, in which a record of the thread lies.
    Received(BatchRef),
}

/// What is kept of a desk's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordStub {
    /// The record kind.
    pub kind: String,
    /// The clause that it was sent under.
    pub clause: String,
    /// The clause's time limits in the first form, if it has that, in the version that governs the record's place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadlines: Option<Deadlines>,
    /// The clause's time limits by name, in the same version.
    #[serde(default, skip_serializing_if = "TimeLimits::is_empty")]
    pub limits: TimeLimits,
    /// The party that it names ([`Record::party`](crate::kinds::Record::party)), by the agreement that governs its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named: Option<AgencyId>,
    /// What it does in its thread, as JSON of the desk's own type; `None` if it moves nothing, as a letter does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<String>,
}

impl Stub {
    /// The stub of a record, with the thread that it belongs to. `None` for a record that belongs to none: a protocol
    /// record, or one whose kind or body this build can't read.
    ///
    /// `agreement` is the one that governs the record's place.
    pub fn of_record(
        place: Place,
        time: u64,
        agreement: Option<&Agreement>,
        header: &Header,
        body: &[u8],
    ) -> Option<Opened> {
        let thread = header.thread.filter(|_| !header.is_protocol())?;
        let checked = kinds::find(&header.kind)?.check(header, body).ok()?;
        let clause = header.clause.as_deref().and_then(|id| agreement?.clause(id));
        let named = checked.party.and_then(|label| agreement?.party_labelled(&label));
        let record = RecordStub {
            kind: header.kind.clone(),
            clause: header.clause.clone().unwrap_or_default(),
            deadlines: clause.and_then(|clause| clause.deadlines),
            limits: clause.map(|clause| clause.limits.clone()).unwrap_or_default(),
            named: named.map(|party| party.agency),
            act: checked.act,
        };
        Some(Opened { thread, stub: Self { place, time, what: What::Record(record) }, title: checked.title })
    }

    /// The stub of a `mithaq.received/1`. It is an event of each thread of which a record lies in the batch.
    pub const fn of_received(place: Place, time: u64, batch: BatchRef) -> Self {
        Self { place, time, what: What::Received(batch) }
    }
}

/// A record as it enters its thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The thread.
    pub thread: ThreadId,
    /// What is kept of the record.
    pub stub: Stub,
    /// The line that stands for it in lists: content, gone with it.
    pub title: String,
}

/// An event as a node holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// What is the same at every node.
    pub stub: Stub,
    /// The record's title, as long as its content is here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Why the record takes no effect at any node, if so: all that say so, in any order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub voids: Vec<Void>,
}

impl Event {
    /// An event without title that nobody refused.
    pub const fn new(stub: Stub) -> Self {
        Self { stub, title: None, voids: Vec::new() }
    }

    /// Why the record takes no effect, if so. Where several entries say so, the first in order speaks for all: the same at
    /// every node.
    pub fn void(&self) -> Option<&Void> {
        self.voids.iter().min_by_key(|void| void.at())
    }

    /// Takes up an entry by which the record takes no effect. Only another party than its author can say so.
    pub fn add_void(&mut self, void: Void) {
        if void.at().agency != self.stub.place.agency && !self.voids.contains(&void) {
            self.voids.push(void);
        }
    }

    /// The event as the entries below a cut tell it; `None` if it is not among them.
    pub fn below(&self, channel: ChannelId, cut: &Cut) -> Option<Self> {
        let below = |place: &Place| cut.holds(&place.position(channel));
        let voids = self.voids.iter().filter(|void| below(void.at())).cloned().collect();
        below(&self.stub.place).then(|| Self { voids, ..self.clone() })
    }
}

/// Why a record that stands in a log takes no effect in its thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Void {
    /// A party refused it (`mithaq.refusal/1`).
    Refused {
        /// Place of the refusal.
        at: Place,
        /// The floor rule or clause.
        rule: String,
        /// The reason's code.
        reason: String,
    },
    /// A party got a note in its place (`mithaq.withheld/1`).
    Withheld {
        /// Place of that entry.
        at: Place,
    },
}

impl Void {
    /// Where it is said.
    pub const fn at(&self) -> &Place {
        match self {
            Self::Refused { at, .. } | Self::Withheld { at } => at,
        }
    }
}

/// A thread as its events tell it. The same at every node that holds the same events, but for titles and `provisional`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Thread {
    /// The kind of thread that ran it ([`Table::name`]); `thread` if no desk opened it.
    pub kind: &'static str,
    /// Title of the record that opened it, as long as that is here.
    pub title: Option<String>,
    /// Who opened it; `None` while nobody did.
    pub opened_by: Option<AgencyId>,
    /// The clause of the record that opened it, or of the first record.
    pub clause: String,
    /// The state and what follows from it.
    pub standing: Standing,
    /// The event that led to the state.
    pub since: Option<Since>,
    /// The latest event that changed anything, also what is due.
    pub moved: Option<Place>,
    /// What each event did, in order.
    pub history: Vec<Entry>,
}

/// When a state was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Since {
    /// The event that led to it.
    pub place: Place,
    /// Its time, milliseconds since 1970: its author's claim.
    pub time: u64,
}

/// What one event did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The event's place.
    pub place: Place,
    /// What came of it.
    pub effect: Effect,
}

/// What came of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It led to this state, or left it as it was while changing what is due.
    Moved(&'static str),
    /// It stands in the thread and moves nothing.
    Neutral,
    /// It is kept and takes no effect, for this reason.
    Ineffective(Ineffective),
}

/// `thread.step/1`: what carries nothing of its own but a word and a day.
pub mod step {
    mod record;

    pub use record::{STEPS, Step};
}

/// `thread.signature/1`: a party signs the same text that another wrote.
pub mod signature {
    mod record;

    pub use record::Signature;
}
