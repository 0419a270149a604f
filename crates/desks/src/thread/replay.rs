//! From sorted events to a thread.

use std::collections::BTreeMap;

use protocol::agreement::TimeLimits;
use protocol::batch::BatchRef;
use protocol::id::{AgencyId, ChannelId};
use protocol::origin::Lane;
use protocol::statement::{Cut, EntryName};

use super::{
    DutyClass, Effect, Entry, Event, Ineffective, Neutral, NextActs, Place, RecordEvent, RecordStub, Since, Standing,
    Stub, Thread, Void, What, act::Act, machine::Machine, table::Table,
};
use crate::desk;
use crate::kinds;
use crate::limits::THREAD_RECORDS_MAX;

/// Kind and state of a thread that no desk opened.
pub const PLAIN: (&str, &str) = ("thread", "open");

/// The thread that these events are. They may come in any order; `parties` are all parties of the channel.
pub fn replay(parties: &[AgencyId], events: &[Event]) -> Thread {
    let events = Ordered::new(events);
    match events.opening() {
        Some(table) => Run::over(table, parties, &events).thread,
        None => plain(&events),
    }
}

/// The thread that a table makes of these events, which no desk's line need name.
#[cfg(test)]
pub(super) fn replay_with(table: &'static Table, parties: &[AgencyId], events: &[Event]) -> Thread {
    Run::over(table, parties, &Ordered::new(events)).thread
}

/// The thread as the entries below a cut tell it.
pub fn replay_at(parties: &[AgencyId], channel: ChannelId, cut: &Cut, events: &[Event]) -> Thread {
    let below: Vec<Event> = events.iter().filter_map(|event| event.below(channel, cut)).collect();
    replay(parties, &below)
}

/// What a party may do next in a thread: record kinds with the act that one of them can perform, as JSON of the desk.
///
/// `now` is the time that such a record would bear, milliseconds since 1970.
pub fn next_acts(parties: &[AgencyId], events: &[Event], party: AgencyId, now: u64) -> NextActs {
    let events = Ordered::new(events);
    let Some(table) = events.opening() else { return Vec::new() };
    let Some(machine) = Run::over(table, parties, &events).machine else { return Vec::new() };
    let allowed = machine.acts().filter(|(kind, act)| allows(&machine, &events, (kind, act), party, now));
    // Digits that must be repeated are read where they were sent: who only sees what may be done does not get them here.
    allowed.map(|(kind, act)| (kind, (table.acts.write)(&Act { code: None, ..act }))).collect()
}

/// Whether a record would have its effect in a thread, behind all events that are there; that of one that opens threads where there
/// are none.
///
/// `lane` is that of the thread; `act` and `now` as for [`next_acts`].
///
/// # Errors
/// Why it would not.
pub fn would_act(
    parties: &[AgencyId],
    events: &[Event],
    next: (&str, &str),
    by: (AgencyId, Lane),
    now: u64,
) -> Result<(), Ineffective> {
    let (kind, act) = next;
    let last = events.iter().map(|event| event.stub.place.height).max().unwrap_or(0);
    let (place, record) = behind(last, by, kind, Some(act.to_owned()));
    let stub = Stub { place, time: now, what: What::Record(record) };
    let with: Vec<Event> = events.iter().cloned().chain([Event::new(stub)]).collect();
    match replay(parties, &with).history.pop().map(|entry| entry.effect) {
        Some(Effect::Ineffective(why)) => Err(why),
        _ => Ok(()),
    }
}

/// The place of a record that stands behind all that reach up to a height, and what of it a machine reads.
fn behind(height: u64, by: (AgencyId, Lane), kind: &str, act: Option<String>) -> (Place, RecordStub) {
    let (agency, lane) = by;
    let place = Place { height: height.saturating_add(1), agency, epoch: u32::MAX, index: u64::MAX, lane };
    let (clause, limits) = (String::new(), TimeLimits::default());
    (place, RecordStub { kind: kind.to_owned(), clause, deadlines: None, limits, named: None, act })
}

/// What asks a party of a thread for an answer, as long as it may still say that it has nothing to provide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The answer that provides nothing.
    pub neutral: Neutral,
    /// The clause under which the thread was opened.
    pub clause: String,
    /// The record that asks: the one that opened the thread, or what clarified it last.
    pub place: Place,
    /// When it was sent, by its author's claim, milliseconds since 1970.
    pub time: u64,
    /// Within how many milliseconds of its receipt an answer is due.
    pub within_ms: Option<u64>,
    /// Whether the party has answered in part: then it can't say any more that it has nothing.
    pub is_answered: bool,
}

/// What asks a party for an answer in a thread; `None` if nothing does, or no longer. `now` as for [`next_acts`].
pub fn asked(parties: &[AgencyId], events: &[Event], party: AgencyId, now: u64) -> Option<Asked> {
    let events = Ordered::new(events);
    let table = events.opening()?;
    let (neutral, word) = table.neutral?;
    let Run { machine, thread, .. } = Run::over(table, parties, &events);
    let machine = machine?;
    let next = (neutral.kind, &Act::new(word));
    let requester = thread.opened_by.filter(|_| allows(&machine, &events, next, party, now))?;
    let moved = |place: &Place| {
        thread.history.iter().any(|entry| entry.place == *place && matches!(entry.effect, Effect::Moved(_)))
    };
    let asks = |stub: &Stub| match &stub.what {
        What::Record(record) => stub.place.agency == requester && starts(table, record, Some(DutyClass::Answer)),
        What::Received(_) => false,
    };
    let last = events.events.iter().map(|(event, _)| &event.stub).rfind(|stub| asks(stub) && moved(&stub.place))?;
    let is_answered = events.records.values().any(|(stub, record)| {
        stub.place.agency == party && record.kind == neutral.kind && stub.place > last.place && moved(&stub.place)
    });
    Some(Asked {
        is_answered,
        neutral,
        clause: thread.clause.clone(),
        place: last.place,
        time: last.time,
        within_ms: machine.neutral_limit().map(|limit| limit.ms()),
    })
}

/// Whether what a party owes in a thread is counted from the receipt of such a record: an answer from the request, say,
/// and feedback from the answer. `None` is a next step without a time limit.
pub fn starts_clock(record: &RecordStub, what: Option<DutyClass>) -> bool {
    let of_any = desk::is_of_its_thread(&record.kind);
    let desk = record.kind.split('.').next();
    let mut tables = kinds::threads().filter(|table| of_any || table.name.split('.').next() == desk);
    tables.any(|table| starts(table, record, what))
}

fn starts(table: &Table, record: &RecordStub, what: Option<DutyClass>) -> bool {
    let act = record.act.as_deref().and_then(|act| (table.acts.read)(table, act));
    act.is_some_and(|act| table.starts_clock(act.word, what))
}

/// Events in their order, each with how it is read (THREAD-8).
///
/// What takes no effect at any node is not counted among the events that are read: a party that was never given a
/// withheld record comes to the same thread as one that holds it.
struct Ordered<'a> {
    events: Vec<(&'a Event, Reading)>,
    /// Records that count, by their entries.
    records: BTreeMap<EntryName, (&'a Stub, &'a RecordStub)>,
}

/// How an event is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// It counts, and says what it says.
    Counts,
    /// It says nothing of this thread, or takes no effect.
    Idle,
    /// Its author has as many events in the thread as are read.
    Full,
}

impl<'a> Ordered<'a> {
    fn new(events: &'a [Event]) -> Self {
        let mut sorted: Vec<&Event> = events.iter().collect();
        sorted.sort_by_key(|event| event.stub.place);
        let mut ordered = Self { events: Vec::with_capacity(sorted.len()), records: BTreeMap::new() };
        let mut of_party: BTreeMap<AgencyId, usize> = BTreeMap::new();
        for event in &sorted {
            if let (What::Record(record), None) = (&event.stub.what, event.void())
                && counts_still(&mut of_party, event.stub.place.agency)
            {
                ordered.records.insert(name(&event.stub.place), (&event.stub, record));
            }
        }
        let mut of_pair: BTreeMap<(AgencyId, AgencyId), usize> = BTreeMap::new();
        for event in sorted {
            let place = &event.stub.place;
            let reading = match &event.stub.what {
                _ if event.void().is_some() => Reading::Idle,
                What::Record(_) if ordered.records.contains_key(&name(place)) => Reading::Counts,
                What::Record(_) => Reading::Full,
                What::Received(batch) if ordered.received(event, batch).next().is_none() => Reading::Idle,
                What::Received(batch) if counts_still(&mut of_pair, (place.agency, batch.origin.agency)) => {
                    Reading::Counts
                }
                What::Received(_) => Reading::Full,
            };
            ordered.events.push((event, reading));
        }
        ordered
    }

    /// The kind of the first record in order that opens one.
    fn opening(&self) -> Option<&'static Table> {
        let counted = self.events.iter().filter(|(_, reading)| *reading == Reading::Counts);
        counted.map(|(event, _)| &event.stub.what).find_map(|what| match what {
            What::Record(record) => kinds::threads().find(|kind| kind.opened_by == record.kind),
            What::Received(_) => None,
        })
    }

    /// The records of this thread that stand before `receipt` and lie in the batch of another party that it names.
    fn received<'b>(
        &'b self,
        receipt: &'b Event,
        batch: &BatchRef,
    ) -> impl Iterator<Item = (&'a Stub, &'a RecordStub)> + 'b {
        let log = (batch.origin.agency, batch.origin.epoch);
        let lies_in_it = self.records.range((log.0, log.1, batch.first)..(log.0, log.1, batch.size().max(batch.first)));
        let place = receipt.stub.place;
        let counts = move |stub: &Stub| stub.place < place && stub.place.agency != place.agency;
        lies_in_it.map(|(_, record)| *record).filter(move |(stub, _)| counts(stub))
    }
}

/// Counts one more of its sort, unless as many are counted as are read.
fn counts_still<K: Ord>(counted: &mut BTreeMap<K, usize>, sort: K) -> bool {
    let counted = counted.entry(sort).or_default();
    let counts = *counted < THREAD_RECORDS_MAX;
    *counted += usize::from(counts);
    counts
}

const fn name(place: &Place) -> EntryName {
    (place.agency, place.epoch, place.index)
}

/// Whether a machine takes a record of a party that stands behind all events.
fn allows(machine: &Machine<'_>, events: &Ordered<'_>, next: (&str, &Act), party: AgencyId, now: u64) -> bool {
    let Some(last) = events.events.last().map(|(event, _)| event.stub.place) else { return false };
    let (kind, act) = next;
    let (place, record) = behind(last.height, (party, last.lane), kind, None);
    let stub = Stub { place, time: now, what: What::Record(record.clone()) };
    machine.clone().apply(&RecordEvent { stub: &stub, record: &record }, act).is_ok()
}

/// A machine on its way through the events.
struct Run<'a> {
    table: &'static Table,
    parties: &'a [AgencyId],
    machine: Option<Machine<'a>>,
    thread: Thread,
}

impl<'a> Run<'a> {
    fn over(table: &'static Table, parties: &'a [AgencyId], events: &Ordered<'a>) -> Self {
        let mut run = Self { table, parties, machine: None, thread: empty(table.name, events) };
        for (event, reading) in &events.events {
            let before = run.thread.standing.state;
            let opened = run.machine.is_some();
            let effect = match (event.void(), reading) {
                (Some(void), _) => Err(void.reason()),
                (None, Reading::Full) => Err(Ineffective::Full),
                (None, Reading::Idle) => Ok(false),
                (None, Reading::Counts) => run.event(event, events),
            };
            if let Some(machine) = &run.machine {
                run.thread.standing = machine.standing();
            }
            if run.machine.is_some() && (!opened || run.thread.standing.state != before) {
                run.thread.since = Some(Since { place: event.stub.place, time: event.stub.time });
            }
            let effect = match effect {
                Ok(true) => {
                    run.thread.moved = Some(event.stub.place);
                    Effect::Moved(run.thread.standing.state)
                }
                Ok(false) => Effect::Neutral,
                Err(reason) => Effect::Ineffective(reason),
            };
            run.thread.history.push(Entry { place: event.stub.place, effect });
        }
        run
    }

    /// Whether the event moved the thread, or why it takes no effect.
    fn event(&mut self, event: &'a Event, all: &Ordered<'a>) -> Result<bool, Ineffective> {
        let record = match &event.stub.what {
            What::Record(record) => record,
            What::Received(batch) => {
                let Some(machine) = &mut self.machine else { return Ok(false) };
                let before = machine.standing();
                for (stub, record) in all.received(event, batch) {
                    machine.received(&RecordEvent { stub, record }, event.stub.place.agency, event.stub.time);
                }
                return Ok(machine.standing() != before);
            }
        };
        let Some(act) = &record.act else { return Ok(false) };
        let fed = RecordEvent { stub: &event.stub, record };
        let opens = record.kind == self.table.opened_by;
        if self.machine.is_none() && !opens {
            return Err(Ineffective::NotOpened);
        }
        let act = (self.table.acts.read)(self.table, act).ok_or(Ineffective::ForeignAct)?;
        match &mut self.machine {
            None => {
                self.machine = Some(Machine::open(self.table, self.parties, &fed, &act)?);
                self.thread.opened_by = Some(fed.author());
                self.thread.title.clone_from(&event.title);
                self.thread.clause.clone_from(&record.clause);
            }
            Some(_) if opens => return Err(Ineffective::OpenedAlready),
            Some(machine) => machine.apply(&fed, &act)?,
        }
        Ok(true)
    }
}

impl Void {
    fn reason(&self) -> Ineffective {
        match self {
            Self::Refused { rule, reason, .. } => Ineffective::Refused { rule: rule.clone(), reason: reason.clone() },
            Self::Withheld { .. } => Ineffective::Withheld,
        }
    }
}

/// A thread that no desk opened: letters and readouts stand in it, and acts of desks take no effect.
fn plain(events: &Ordered<'_>) -> Thread {
    let mut thread = empty(PLAIN.0, events);
    for (event, reading) in &events.events {
        let effect = match (event.void(), &event.stub.what) {
            (Some(void), _) => Effect::Ineffective(void.reason()),
            _ if *reading == Reading::Full => Effect::Ineffective(Ineffective::Full),
            (None, What::Record(RecordStub { act: Some(_), .. })) => Effect::Ineffective(Ineffective::NotOpened),
            (None, What::Record(record)) => {
                if thread.opened_by.is_none() {
                    thread.opened_by = Some(event.stub.place.agency);
                    thread.title.clone_from(&event.title);
                    thread.clause.clone_from(&record.clause);
                    thread.since = Some(Since { place: event.stub.place, time: event.stub.time });
                    thread.moved = Some(event.stub.place);
                }
                Effect::Neutral
            }
            (None, What::Received(_)) => Effect::Neutral,
        };
        thread.history.push(Entry { place: event.stub.place, effect });
    }
    thread
}

fn empty(kind: &'static str, events: &Ordered<'_>) -> Thread {
    Thread {
        kind,
        title: None,
        opened_by: None,
        clause: String::new(),
        standing: Standing { state: PLAIN.1, open: true, awaits: Vec::new(), due: Vec::new(), parts: Vec::new() },
        since: None,
        moved: None,
        history: Vec::with_capacity(events.events.len()),
    }
}
