//! What a desk says about its threads: one [`Machine`] a kind, listed in [`THREADS`](crate::kinds::THREADS).

use protocol::id::AgencyId;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Due, Thread,
    replay::{self, Ordered},
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

    /// One act of each sort that a record can perform, with the record kind that performs it: what may be done next is
    /// found by trying them.
    fn acts() -> Vec<(&'static str, Self::Act)>;
}

/// The record that a machine is fed with.
#[derive(Debug, Clone, Copy)]
pub struct RecordEvent<'a> {
    /// The event's stub.
    pub stub: &'a super::Stub,
    /// Its record part.
    pub record: &'a super::RecordStub,
}

impl RecordEvent<'_> {
    /// Who wrote the record.
    pub const fn author(&self) -> AgencyId {
        self.stub.place.agency
    }

    /// The time from `hours` after a moment.
    pub fn due(from: u64, hours: Option<u32>) -> Option<u64> {
        hours.map(|hours| from.saturating_add(u64::from(hours).saturating_mul(3_600_000)))
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
    /// The thread has as many events as are read.
    #[error("the thread is full")]
    Full,
}

/// Record kinds with the act that one of them can perform, as JSON of the desk's own type.
pub type NextActs = Vec<(&'static str, String)>;

/// A kind of thread, without its type: a line of [`THREADS`](crate::kinds::THREADS).
#[derive(Debug, Clone, Copy)]
pub struct ThreadKind {
    /// Name of the kind.
    pub name: &'static str,
    /// The record kind that opens it.
    pub opened_by: &'static str,
    pub(super) replay: fn(&[AgencyId], &Ordered<'_>) -> Thread,
    pub(super) next_acts: fn(&[AgencyId], &Ordered<'_>, AgencyId, u64) -> NextActs,
}

impl ThreadKind {
    /// The kind that `M` runs.
    pub const fn of<M: Machine>() -> Self {
        Self {
            name: M::NAME,
            opened_by: M::OPENED_BY,
            replay: replay::with_machine::<M>,
            next_acts: replay::acts_of_machine::<M>,
        }
    }
}
