//! From sorted events to a thread.

use protocol::id::AgencyId;

use super::{
    Effect, Entry, Event, Ineffective, Machine, NextActs, Place, RecordStub, Since, Standing, Step, Stub, Thread, Void,
    What,
};
use crate::kinds::THREADS;
use crate::limits::THREAD_EVENTS_MAX;
use crate::thread::ThreadKind;

/// Name and state of a thread that no desk opened.
const PLAIN: (&str, &str) = ("thread", "open");

/// The thread that these events are. They may come in any order; `parties` are all parties of the channel.
pub fn replay(parties: &[AgencyId], events: &[Event]) -> Thread {
    let events = in_order(events);
    match opening(&events) {
        Some(kind) => (kind.replay)(parties, &events),
        None => plain(&events),
    }
}

/// What a party may do next in a thread: record kinds with the act that one of them can perform, as JSON of the desk.
///
/// `now` is the time that such a record would bear, milliseconds since 1970.
pub fn next_acts(parties: &[AgencyId], events: &[Event], party: AgencyId, now: u64) -> NextActs {
    let events = in_order(events);
    opening(&events).map_or_else(Vec::new, |kind| (kind.next_acts)(parties, &events, party, now))
}

fn in_order(events: &[Event]) -> Vec<&Event> {
    let mut events: Vec<&Event> = events.iter().collect();
    events.sort_by_key(|event| event.stub.place);
    events
}

/// The kind of the first record in order that opens one.
fn opening(events: &[&Event]) -> Option<&'static ThreadKind> {
    events.iter().take(THREAD_EVENTS_MAX).filter(|event| event.void.is_none()).find_map(|event| {
        match &event.stub.what {
            What::Record(record) => THREADS.iter().find(|kind| kind.opened_by == record.kind),
            What::Received(_) => None,
        }
    })
}

pub(super) fn with_machine<M: Machine>(parties: &[AgencyId], events: &[&Event]) -> Thread {
    Run::<M>::over(parties, events).thread
}

pub(super) fn acts_of_machine<M: Machine>(
    parties: &[AgencyId],
    events: &[&Event],
    party: AgencyId,
    now: u64,
) -> NextActs {
    let Some(machine) = Run::<M>::over(parties, events).machine else { return Vec::new() };
    let Some(last) = events.last().map(|event| event.stub.place) else { return Vec::new() };
    let place = Place { height: last.height.saturating_add(1), agency: party, ..last };
    let allowed = |(kind, act): (&'static str, M::Act)| {
        let json = serde_json::to_string(&act).ok()?;
        let record = RecordStub {
            kind: kind.to_owned(),
            clause: String::new(),
            deadlines: protocol::agreement::Deadlines::default(),
            act: None,
        };
        let stub = Stub { place, time: now, what: What::Record(record.clone()) };
        machine.clone().apply(&Step { stub: &stub, record: &record }, act).is_ok().then_some((kind, json))
    };
    M::acts().into_iter().filter_map(allowed).collect()
}

/// A machine on its way through the events.
struct Run<'a, M> {
    parties: &'a [AgencyId],
    machine: Option<M>,
    thread: Thread,
}

impl<'a, M: Machine> Run<'a, M> {
    fn over(parties: &'a [AgencyId], events: &[&Event]) -> Self {
        let mut run = Self { parties, machine: None, thread: empty(M::NAME, events) };
        for (number, event) in events.iter().enumerate() {
            let before = run.thread.standing.state;
            let opened = run.machine.is_some();
            let effect = if number < THREAD_EVENTS_MAX { run.event(event, events) } else { Err(Ineffective::Full) };
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
    fn event(&mut self, event: &Event, all: &[&Event]) -> Result<bool, Ineffective> {
        if let Some(void) = &event.void {
            return Err(void.reason());
        }
        let record = match &event.stub.what {
            What::Record(record) => record,
            What::Received(batch) => {
                let Some(machine) = &mut self.machine else { return Ok(false) };
                let before = machine.standing();
                for (stub, record) in all.iter().filter_map(|other| in_batch(other, batch, event)) {
                    machine.received(&Step { stub, record }, &event.stub.place.agency, event.stub.time);
                }
                return Ok(machine.standing() != before);
            }
        };
        let Some(act) = &record.act else { return Ok(false) };
        let step = Step { stub: &event.stub, record };
        let opens = record.kind == M::OPENED_BY;
        let act: M::Act = serde_json::from_str(act).map_err(|_| Ineffective::ForeignAct)?;
        match &mut self.machine {
            None if opens => {
                self.machine = Some(M::open(self.parties, &step, act)?);
                self.thread.opened_by = Some(step.author());
                self.thread.title.clone_from(&event.title);
                self.thread.clause.clone_from(&record.clause);
            }
            None => return Err(Ineffective::NotOpened),
            Some(_) if opens => return Err(Ineffective::OpenedAlready),
            Some(machine) => machine.apply(&step, act)?,
        }
        Ok(true)
    }
}

/// The record of an event, if it stands before `received` and lies in the batch that another party received.
fn in_batch<'a>(
    event: &'a Event,
    batch: &protocol::batch::BatchRef,
    received: &Event,
) -> Option<(&'a Stub, &'a RecordStub)> {
    let What::Record(record) = &event.stub.what else { return None };
    let place = event.stub.place;
    let lies_in_it = place.agency == batch.origin.agency
        && place.epoch == batch.origin.epoch
        && (batch.first..batch.size()).contains(&place.index);
    let counts = event.void.is_none() && place < received.stub.place && place.agency != received.stub.place.agency;
    (lies_in_it && counts).then_some((&event.stub, record))
}

impl Void {
    fn reason(&self) -> Ineffective {
        match self {
            Self::Refused { rule, reason, .. } => Ineffective::Refused { rule: rule.clone(), reason: reason.clone() },
            Self::Withheld => Ineffective::Withheld,
        }
    }
}

/// A thread that no desk opened: letters and readouts stand in it, and acts of desks take no effect.
fn plain(events: &[&Event]) -> Thread {
    let mut thread = empty(PLAIN.0, events);
    for (number, event) in events.iter().enumerate() {
        let effect = match (&event.void, &event.stub.what) {
            (Some(void), _) => Effect::Ineffective(void.reason()),
            _ if number >= THREAD_EVENTS_MAX => Effect::Ineffective(Ineffective::Full),
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

fn empty(kind: &'static str, events: &[&Event]) -> Thread {
    Thread {
        kind,
        title: None,
        opened_by: None,
        clause: String::new(),
        standing: Standing { state: PLAIN.1, open: true, awaits: Vec::new(), due: Vec::new(), parts: Vec::new() },
        since: None,
        moved: None,
        history: Vec::with_capacity(events.len()),
    }
}
