//! Statements: what a party says of all threads at one cut, what it says awaits the others, and how they answer.
//!
//! A statement is a record of the protocol. Its author names a cut, which is a size for each log of the channel, and the
//! hash over the state digests of all threads as the entries inside the cut tell them. Who holds the same entries comes
//! to the same hash; where two hashes differ, [`bisect`] names the threads. Nothing here reads content: a digest is a
//! function of stubs only, so it is the same before and after an erasure.

use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
    vec::Vec,
};
use core::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{
    batch::Seen,
    encoding::{optional_hash, put_u32, put_u64},
    header::ThreadId,
    id::{AgencyId, Hash, hash_hex},
    limits::{STATEMENT_AWAITS_MAX, STATEMENT_LOGS_MAX},
    origin::{Lane, Origin, Position},
    suite::Suite,
    text,
};

pub mod bisect;

/// The kind of a statement.
pub const STATEMENT_KIND: &str = "mithaq.statement/1";
/// The kind of the answer to one.
pub const ANSWER_KIND: &str = "mithaq.statement_answer/1";

/// A size for each log of a channel: the entries below it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cut(Vec<Seen>);

/// Body of `mithaq.statement/1` (STMT-1).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Which entries it is about.
    pub cut: Cut,
    /// How many threads have a state there.
    pub threads: u64,
    /// The hash over their digests.
    #[serde(with = "hash_hex")]
    pub hash: Hash,
    /// How much awaits other parties, also what is not listed.
    pub awaiting: u64,
    /// What awaits other parties, the earliest first; at most [`STATEMENT_AWAITS_MAX`].
    pub awaits: Vec<Await>,
}

/// Something that the author of a statement says another party owes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Await {
    /// In which thread.
    pub thread: ThreadId,
    /// In which lane the thread lives.
    pub lane: Lane,
    /// What; `None` where the next step is the party's and no time limit runs.
    #[serde(deserialize_with = "present")]
    pub what: Option<Duty>,
    /// Who owes it.
    pub from: AgencyId,
    /// By when, milliseconds since 1970; `None` without a time limit.
    #[serde(deserialize_with = "present")]
    pub by: Option<u64>,
}

/// Body of `mithaq.statement_answer/1` (STMT-5).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementAnswer {
    /// The statement.
    pub statement: Position,
    /// The author's own hash at the same cut; `None` where it never held all that the cut names.
    #[serde(with = "optional_hash")]
    pub hash: Option<Hash>,
    /// How many threads have a state there by its own account; 0 without a hash.
    pub threads: u64,
    /// What of the statement's `awaits` from itself it does not accept, in their order.
    pub contested: Vec<Contested>,
}

/// Something in a statement that the one who should owe it does not accept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contested {
    /// The thread.
    pub thread: ThreadId,
    /// Its lane.
    pub lane: Lane,
    /// What it should owe.
    #[serde(deserialize_with = "present")]
    pub what: Option<Duty>,
    /// Why it does not accept that.
    pub ground: Ground,
}

/// On which ground a party contests what a statement says it owes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// No thread of this id has a state at this cut.
    NotKnown,
    /// The thread does not say at this cut that the party owes this.
    NotDue,
    /// It owes this, by another time.
    OtherTime,
    /// It owed this at this cut and has done it since, in an entry that the cut does not hold.
    DoneSince,
}

impl Ground {
    /// The word in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotKnown => "not_known",
            Self::NotDue => "not_due",
            Self::OtherTime => "other_time",
            Self::DoneSince => "done_since",
        }
    }
}

/// Something that a party must do by a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// What.
    pub what: Duty,
    /// Who.
    pub from: AgencyId,
    /// By when, milliseconds since 1970.
    pub at: u64,
}

/// What can be due: a class that every reader knows, and what the desk calls it.
///
/// Written as the class, or as `class/label`: `acknowledgement/hotline.acknowledge`. The label is the name of the time limit
/// in the clause, or a word of the desk's for what runs to a date. Under a clause in the first form
/// ([`Deadlines`](crate::agreement::Deadlines)) duties have no label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duty {
    /// What sort of act is owed.
    pub class: DutyClass,
    /// What the desk calls it.
    pub label: Option<String>,
}

/// What sort of act is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DutyClass {
    /// `mithaq.received/1`. Passed, the thread is not overdue but unacknowledged.
    Receipt,
    /// A person's acknowledgement.
    Acknowledgement,
    /// The answer.
    Answer,
    /// Feedback on the use of what was sent.
    Feedback,
}

impl DutyClass {
    /// Every class, in the order of documents.
    pub const ALL: [Self; 4] = [Self::Receipt, Self::Acknowledgement, Self::Answer, Self::Feedback];

    /// The word in documents and digests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::Acknowledgement => "acknowledgement",
            Self::Answer => "answer",
            Self::Feedback => "feedback",
        }
    }
}

impl Duty {
    /// A duty under the name of its time limit.
    pub fn named(class: DutyClass, label: impl Into<String>) -> Self {
        Self { class, label: Some(label.into()) }
    }
}

impl From<DutyClass> for Duty {
    /// A duty that its desk gives no name.
    fn from(class: DutyClass) -> Self {
        Self { class, label: None }
    }
}

/// The text is no duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a duty is receipt, acknowledgement, answer or feedback, and may have a label, as in answer/requests.answer")]
pub struct NotADuty;

impl fmt::Display for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.class.name())?;
        self.label.iter().try_for_each(|label| write!(f, "/{label}"))
    }
}

impl FromStr for Duty {
    type Err = NotADuty;
    fn from_str(text: &str) -> Result<Self, NotADuty> {
        let (class, label) = text.split_once('/').map_or((text, None), |(class, label)| (class, Some(label)));
        let class = DutyClass::ALL.into_iter().find(|known| known.name() == class).ok_or(NotADuty)?;
        if label.is_some_and(|label| !text::is_duty_label(label)) {
            return Err(NotADuty);
        }
        Ok(Self { class, label: label.map(String::from) })
    }
}

impl Serialize for Duty {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duty {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

impl Cut {
    /// The cut at these sizes; logs without entries are left out.
    pub fn new(sizes: impl IntoIterator<Item = (Origin, u64)>) -> Self {
        let sizes: BTreeMap<Origin, u64> = sizes.into_iter().filter(|(_, size)| *size > 0).collect();
        Self(sizes.into_iter().map(|(origin, size)| Seen { origin, size }).collect())
    }

    /// The logs and their sizes, in the order of origins.
    pub fn logs(&self) -> &[Seen] {
        &self.0
    }

    /// The size of a log; 0 if it is not named.
    pub fn size(&self, origin: &Origin) -> u64 {
        let found = self.0.binary_search_by(|seen| seen.origin.cmp(origin)).ok();
        found.and_then(|place| self.0.get(place)).map_or(0, |seen| seen.size)
    }

    /// Whether an entry lies below the cut.
    pub fn holds(&self, position: &Position) -> bool {
        position.index < self.size(&position.origin)
    }

    /// Why it is none (STMT-2).
    fn problem(&self) -> Option<&'static str> {
        let one_channel = self.0.array_windows().all(|[a, b]| a.origin.channel == b.origin.channel);
        if self.0.is_empty() || self.0.len() > STATEMENT_LOGS_MAX {
            return Some("a cut names at least one log and not too many");
        }
        let rises = self.0.is_sorted_by(|a, b| a.origin < b.origin);
        (!one_channel || !rises || self.0.iter().any(|seen| seen.size == 0))
            .then_some("a cut names logs of one channel in rising order, each with a size above 0")
    }
}

impl Statement {
    /// Why it is none, whatever the channel (STMT-2).
    pub fn problem(&self) -> Option<&'static str> {
        let listed = u64::try_from(self.awaits.len()).unwrap_or(u64::MAX);
        if self.awaits.len() > STATEMENT_AWAITS_MAX || listed > self.awaiting {
            return Some("more awaits are listed than there may be");
        }
        self.cut.problem()
    }

    /// What it says about a thread that a party owes.
    pub fn awaits_in(&self, thread: &ThreadKey, from: &AgencyId) -> impl Iterator<Item = &Await> {
        let (thread, from) = (*thread, *from);
        self.awaits.iter().filter(move |item| item.key() == thread && item.from == from)
    }
}

impl StatementAnswer {
    /// Why it is none (STMT-5).
    pub fn problem(&self) -> Option<&'static str> {
        if self.contested.len() > STATEMENT_AWAITS_MAX {
            return Some("more is contested than a statement can list");
        }
        (self.hash.is_none() && self.threads != 0).then_some("threads are counted only with a hash")
    }
}

impl Await {
    /// Its thread.
    pub const fn key(&self) -> ThreadKey {
        ThreadKey { thread: self.thread, lane: self.lane }
    }
}

/// A thread's name in a channel: the same id in the other lane is another thread (HEIGHT-3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThreadKey {
    /// The id.
    pub thread: ThreadId,
    /// The lane.
    pub lane: Lane,
}

impl ThreadKey {
    /// As hashes read it: the id and one byte for the lane.
    fn bytes(&self) -> [u8; 17] {
        let mut bytes = [0; 17];
        let (lane, id) = (u8::from(self.lane == Lane::Urgent), self.thread.0);
        for (to, from) in bytes.iter_mut().zip(id.iter().chain([&lane])) {
            *to = *from;
        }
        bytes
    }
}

/// A thread's state as its digest reads it.
#[derive(Clone, Debug)]
pub struct ThreadState<'a> {
    /// Kind of the thread.
    pub kind: &'a str,
    /// The clause under which it was opened.
    pub clause: &'a str,
    /// Who opened it.
    pub opened_by: AgencyId,
    /// The state's word.
    pub state: &'a str,
    /// Whether it can still go on by itself.
    pub open: bool,
    /// Who is to act next, in rising order.
    pub awaits: &'a [AgencyId],
    /// What is due, in the order of time, duty and party.
    pub due: &'a [Due],
    /// The parts of the addressed parties, in rising order.
    pub parts: Vec<(AgencyId, &'a str)>,
    /// The entry that led to the state.
    pub since: EntryName,
    /// That entry's manifest time, milliseconds since 1970.
    pub since_time: u64,
    /// The latest entry that changed anything.
    pub moved: EntryName,
}

/// An entry inside a channel and lane: whose log, its epoch and the number.
pub type EntryName = (AgencyId, u32, u64);

impl ThreadState<'_> {
    /// The thread's state digest (STMT-3).
    pub fn digest(&self, suite: &dyn Suite) -> Hash {
        let mut out = b"mithaq/thread/v1\0".to_vec();
        put_text(&mut out, self.kind);
        put_text(&mut out, self.clause);
        out.extend_from_slice(self.opened_by.bytes());
        put_text(&mut out, self.state);
        out.push(u8::from(self.open));
        put_count(&mut out, self.awaits.len());
        self.awaits.iter().for_each(|party| out.extend_from_slice(party.bytes()));
        put_count(&mut out, self.due.len());
        for due in self.due {
            put_text(&mut out, &due.what.to_string());
            out.extend_from_slice(due.from.bytes());
            put_u64(&mut out, due.at);
        }
        put_count(&mut out, self.parts.len());
        for (party, state) in &self.parts {
            out.extend_from_slice(party.bytes());
            put_text(&mut out, state);
        }
        put_entry(&mut out, &self.since);
        put_u64(&mut out, self.since_time);
        put_entry(&mut out, &self.moved);
        suite.sha256(&[&out])
    }
}

fn put_entry(out: &mut Vec<u8>, (agency, epoch, index): &EntryName) {
    out.extend_from_slice(agency.bytes());
    put_u32(out, *epoch);
    put_u64(out, *index);
}

/// Words, kinds and clauses are short; a longer text would still be hashed whole.
fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(&u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn put_count(out: &mut Vec<u8>, count: usize) {
    put_u32(out, u32::try_from(count).unwrap_or(u32::MAX));
}

/// A member that may be `null` and must be there.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(d)
}

/// The state digests of all threads that have a state at a cut, in the order of threads.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Digests(Vec<(ThreadKey, Hash)>);

impl Digests {
    /// Puts them in order.
    pub fn new(digests: impl IntoIterator<Item = (ThreadKey, Hash)>) -> Self {
        Self(digests.into_iter().collect::<BTreeMap<_, _>>().into_iter().collect())
    }

    /// How many threads.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The hash that a statement names (STMT-4).
    pub fn hash(&self, suite: &dyn Suite) -> Hash {
        hash_of(suite, &self.0)
    }
}

/// The hash over some threads in order (STMT-4).
fn hash_of(suite: &dyn Suite, digests: &[(ThreadKey, Hash)]) -> Hash {
    let mut out = Vec::with_capacity(32 + digests.len() * 49);
    out.extend_from_slice(b"mithaq/statement/v1\0");
    for (thread, digest) in digests {
        out.extend_from_slice(&thread.bytes());
        out.extend_from_slice(digest);
    }
    suite.sha256(&[&out])
}

/// How two accounts of one cut compare.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The same hash.
    Agrees,
    /// Another hash: an alarm.
    Differs,
    /// The answering party never held all that the cut names.
    Undetermined,
}

impl Verdict {
    /// Of an answer to a statement.
    pub fn of(statement: &Hash, answer: Option<&Hash>) -> Self {
        match answer {
            None => Self::Undetermined,
            Some(hash) if hash == statement => Self::Agrees,
            Some(_) => Self::Differs,
        }
    }

    /// The word in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Differs => "differs",
            Self::Undetermined => "undetermined",
        }
    }
}

/// A thread's name as people write it: the id, and the lane where it is the urgent one.
impl fmt::Display for ThreadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lane {
            Lane::Main => write!(f, "{}", self.thread),
            Lane::Urgent => write!(f, "{} ({})", self.thread, String::from(Lane::Urgent.name())),
        }
    }
}
