//! What a desk says about its threads: one [`Machine`] a kind, in the desk's line ([`Desk::threads`](crate::desk::Desk)).

use protocol::id::AgencyId;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Due, Duty, DutyClass, RecordStub, Thread,
    replay::{self, Asked, Ordered},
};

/// The state machine of one kind of thread.
///
/// It sees records in the order of their places and answers from its own state only. It must not read a clock: what is
/// due is told as times, and whether they have passed is a matter of the reader.
pub trait Machine: Clone + Sized {
    /// Name of the thread's kind, such as `requests.request`.
    const NAME: &'static str;
    /// The record kind that opens such a thread.
    const OPENED_BY: &'static str;
    /// Every state's word, in the order of the thread's course.
    const STATES: &'static [&'static str];
    /// The answer that provides nothing (ASY-02), if such a thread asks for an answer.
    const NEUTRAL: Option<Neutral> = None;
    /// What records do in such a thread: the JSON in their stubs.
    type Act: Serialize + DeserializeOwned + 'static;

    /// The machine after the record that opens the thread. `parties` are all parties of the channel.
    fn open(parties: &[AgencyId], event: &RecordEvent<'_>, act: Self::Act) -> Result<Self, Ineffective>;

    /// A later record of the thread.
    fn apply(&mut self, event: &RecordEvent<'_>, act: Self::Act) -> Result<(), Ineffective>;

    /// A party received the batch of a record of this thread. Called for each record of the thread in that batch.
    fn received(&mut self, record: &RecordEvent<'_>, by: &AgencyId, time: u64);

    /// Where the thread stands.
    fn standing(&self) -> Standing;

    /// Whether what a party owes is counted from the receipt of a record that does this; `None` is a next step without a
    /// time limit.
    fn starts_clock(act: &Self::Act, what: Option<DutyClass>) -> bool;

    /// What [`Machine::NEUTRAL`] does, and within which limit from the receipt of what asks for it an answer is due: the
    /// shortest, because what a party says of its means comes from its officers and would tell that they looked.
    fn neutral(&self) -> Option<(Self::Act, Option<Limit>)> {
        None
    }

    /// One act of each sort that a record can perform, with the record kind that performs it: what may be done next is
    /// found by trying them.
    fn acts() -> Vec<(&'static str, Self::Act)>;
}

/// The one answer that provides nothing: meant by an officer or made by the node, it is the same kind and the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Neutral {
    /// Its record kind.
    pub kind: &'static str,
    /// Its body.
    pub body: &'static [u8],
}

/// The record that a machine is fed with.
#[derive(Debug, Clone, Copy)]
pub struct RecordEvent<'a> {
    /// The event's stub.
    pub stub: &'a super::Stub,
    /// Its record part.
    pub record: &'a RecordStub,
}

impl RecordEvent<'_> {
    /// Who wrote the record.
    pub const fn author(&self) -> AgencyId {
        self.stub.place.agency
    }
}

/// A time limit that a clause sets, and the duty that it limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// What must be done within it.
    pub duty: Duty,
    /// How long it is.
    pub minutes: u32,
}

impl Limit {
    /// The limit that runs from a moment, milliseconds since 1970, for a party.
    pub fn due(&self, from: AgencyId, start: u64) -> Due {
        Due { what: self.duty.clone(), from, at: start.saturating_add(self.ms()) }
    }

    /// How long it is in milliseconds.
    pub fn ms(&self) -> u64 {
        u64::from(self.minutes).saturating_mul(60_000)
    }
}

impl RecordStub {
    /// The first of these time limits that the record's clause sets by name, for a duty of this class.
    pub fn limit(&self, class: DutyClass, names: &[&str]) -> Option<Limit> {
        let set = |name: &&str| Some(Limit { duty: Duty::named(class, *name), minutes: self.limits.get(name)? });
        names.iter().find_map(set)
    }
}

/// A state and what follows from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The state's word.
    pub state: &'static str,
    /// Whether the thread can still go on by itself: not answered, refused, withdrawn or closed.
    pub open: bool,
    /// The parties that are to act next, in order of their ids.
    pub awaits: Vec<AgencyId>,
    /// What is due, the earliest first.
    pub due: Vec<Due>,
    /// Each addressed party with the state of its part, where parties can stand differently.
    pub parts: Vec<(AgencyId, &'static str)>,
}

/// Why an event takes no effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "code")]
pub enum Ineffective {
    /// A party refused the record by rule or clause.
    #[error("refused by rule {rule} ({reason})")]
    Refused {
        /// The rule or clause.
        rule: String,
        /// The reason's code.
        reason: String,
    },
    /// A party never got the record: its author withheld it.
    #[error("withheld by its author")]
    Withheld,
    /// No record before it opened a thread in which it could act.
    #[error("nothing before it opened the thread")]
    NotOpened,
    /// The thread was opened before, by an earlier record.
    #[error("the thread was opened already")]
    OpenedAlready,
    /// The act belongs to another party.
    #[error("this party may not do that in this thread")]
    NotTheirs,
    /// The state does not allow it.
    #[error("not possible in the state {state}")]
    State {
        /// The state at its place.
        state: &'static str,
    },
    /// What it changes was due before.
    #[error("too late: what it would change was due before")]
    TooLate,
    /// The act is not one of this kind of thread, or of a newer version.
    #[error("not an act of this kind of thread")]
    ForeignAct,
    /// Its author has as many events in the thread as are read.
    #[error("its author's part of the thread is full")]
    Full,
}

/// Record kinds with the act that one of them can perform, as JSON of the desk's own type.
pub type NextActs = Vec<(&'static str, String)>;

/// A kind of thread, without its type.
#[derive(Debug, Clone, Copy)]
pub struct ThreadKind {
    /// Name of the kind.
    pub name: &'static str,
    /// The record kind that opens it.
    pub opened_by: &'static str,
    /// Every state's word, in the order of the thread's course.
    pub states: &'static [&'static str],
    /// The answer that provides nothing, if it asks for an answer.
    pub neutral: Option<Neutral>,
    pub(super) starts_clock: fn(&str, Option<DutyClass>) -> bool,
    pub(super) asked: fn(&[AgencyId], &Ordered<'_>, AgencyId, u64) -> Option<Asked>,
    pub(super) replay: fn(&[AgencyId], &Ordered<'_>) -> Thread,
    pub(super) next_acts: fn(&[AgencyId], &Ordered<'_>, AgencyId, u64) -> NextActs,
}

impl ThreadKind {
    /// The kind that `M` runs.
    pub const fn of<M: Machine>() -> Self {
        Self {
            name: M::NAME,
            opened_by: M::OPENED_BY,
            states: M::STATES,
            neutral: M::NEUTRAL,
            starts_clock: replay::starts_clock_of_machine::<M>,
            asked: replay::asked_of_machine::<M>,
            replay: replay::with_machine::<M>,
            next_acts: replay::acts_of_machine::<M>,
        }
    }
}
