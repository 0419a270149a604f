//! The machines of this desk as they were written by hand, against which the tables are held.

mod clocks;
mod request;
mod spontaneous;

use protocol::id::AgencyId;
use serde::de::DeserializeOwned;

use crate::thread::replay::{Ordered, Reading, empty};
use crate::thread::{Effect, Entry, Event, Ineffective, RecordEvent, Since, Standing, Thread, What};

pub fn replay_by_hand(parties: &[AgencyId], events: &[Event]) -> Option<Thread> {
    let ordered = Ordered::new(events);
    match ordered.opening()?.name {
        "requests.request" => Some(run::<request::RequestThread>(parties, &ordered)),
        "requests.spontaneous" => Some(run::<spontaneous::SpontaneousThread>(parties, &ordered)),
        _ => None,
    }
}

fn run<M: Machine>(parties: &[AgencyId], events: &Ordered<'_>) -> Thread {
    let mut machine: Option<M> = None;
    let mut thread = empty(M::NAME, events);
    for (event, reading) in &events.events {
        let before = thread.standing.state;
        let opened = machine.is_some();
        let effect = match (event.void(), reading) {
            (Some(void), _) => Err(void.reason()),
            (None, Reading::Full) => Err(Ineffective::Full),
            (None, Reading::Idle) => Ok(false),
            (None, Reading::Counts) => feed(&mut machine, &mut thread, parties, event, events),
        };
        if let Some(machine) = &machine {
            thread.standing = machine.standing();
        }
        if machine.is_some() && (!opened || thread.standing.state != before) {
            thread.since = Some(Since { place: event.stub.place, time: event.stub.time });
        }
        let effect = match effect {
            Ok(true) => {
                thread.moved = Some(event.stub.place);
                Effect::Moved(thread.standing.state)
            }
            Ok(false) => Effect::Neutral,
            Err(reason) => Effect::Ineffective(reason),
        };
        thread.history.push(Entry { place: event.stub.place, effect });
    }
    thread
}

fn feed<M: Machine>(
    machine: &mut Option<M>,
    thread: &mut Thread,
    parties: &[AgencyId],
    event: &Event,
    all: &Ordered<'_>,
) -> Result<bool, Ineffective> {
    let record = match &event.stub.what {
        What::Record(record) => record,
        What::Received(batch) => {
            let Some(machine) = machine else { return Ok(false) };
            let before = machine.standing();
            for (stub, record) in all.received(event, batch) {
                machine.received(&RecordEvent { stub, record }, &event.stub.place.agency, event.stub.time);
            }
            return Ok(machine.standing() != before);
        }
    };
    let Some(act) = &record.act else { return Ok(false) };
    let fed = RecordEvent { stub: &event.stub, record };
    let opens = record.kind == M::OPENED_BY;
    let act: M::Act = serde_json::from_str(act).map_err(|_| Ineffective::ForeignAct)?;
    match machine {
        None if opens => {
            *machine = Some(M::open(parties, &fed, act)?);
            thread.opened_by = Some(fed.author());
            thread.title.clone_from(&event.title);
            thread.clause.clone_from(&record.clause);
        }
        None => return Err(Ineffective::NotOpened),
        Some(_) if opens => return Err(Ineffective::OpenedAlready),
        Some(machine) => machine.apply(&fed, act)?,
    }
    Ok(true)
}

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
    type Act: DeserializeOwned + 'static;

    /// The machine after the record that opens the thread. `parties` are all parties of the channel.
    fn open(parties: &[AgencyId], event: &RecordEvent<'_>, act: Self::Act) -> Result<Self, Ineffective>;

    /// A later record of the thread.
    fn apply(&mut self, event: &RecordEvent<'_>, act: Self::Act) -> Result<(), Ineffective>;

    /// A party received the batch of a record of this thread. Called for each record of the thread in that batch.
    fn received(&mut self, record: &RecordEvent<'_>, by: &AgencyId, time: u64);

    /// Where the thread stands.
    fn standing(&self) -> Standing;
}

use crate::requests::{Access, Act, Use};
use crate::thread::tests::{event, party, received};
use proptest::prelude::*;

fn act(number: usize) -> (&'static str, Act) {
    let until = |day: &str| Act::AwaitAuthorisation { until: day.parse().unwrap() };
    let acts = [
        ("requests.progress/1", Act::Accept { access: None }),
        ("requests.progress/1", Act::Accept { access: Some(Access::Direct) }),
        ("requests.progress/1", Act::Accept { access: Some(Access::Indirect) }),
        ("requests.progress/1", Act::Start),
        ("requests.progress/1", until("1970-01-03")),
        ("requests.progress/1", until("1970-03-01")),
        ("requests.clarification/1", Act::Ask),
        ("requests.clarification/1", Act::Clarify),
        ("requests.reply/1", Act::Answer),
        ("requests.reply/1", Act::AnswerPartly),
        ("requests.reply/1", Act::NothingToProvide),
        ("requests.refusal/1", Act::Refuse),
        ("requests.feedback/1", Act::Feedback { r#use: Use::Used }),
        ("requests.feedback/1", Act::Feedback { r#use: Use::NotUsed }),
        ("requests.progress/1", Act::Withdraw),
        ("requests.progress/1", Act::Close),
        ("requests.request/1", Act::Request { urgent: true }),
        ("requests.progress/1", Act::Inform),
    ];
    acts[number % acts.len()]
}

/// A thread: what opens it, and then acts of three parties and receipts of what came before.
fn thread(opening: usize, then: &[(u8, usize, bool, usize)], parties: u8) -> Vec<Event> {
    let opening = match opening {
        0 => event(1, 1, "requests.request/1", Some(Act::Request { urgent: false })),
        1 => event(1, 1, "requests.request/1", Some(Act::Request { urgent: true })),
        _ => event(1, 1, "requests.spontaneous/1", Some(Act::Inform)),
    };
    let mut events = vec![opening];
    for (by, what, is_receipt, of) in then.iter().copied() {
        let by = by % parties + 1;
        let height = u64::try_from(events.len()).unwrap() * 7 + 1;
        let records: Vec<(u8, u64)> = events
            .iter()
            .filter(|event| matches!(event.stub.what, What::Record(_)))
            .map(|event| (event.stub.place.agency.bytes()[0], event.stub.place.index))
            .collect();
        let (author, index) = records[records.len() - 1 - of.min(records.len() - 1)];
        events.push(match is_receipt && author != by {
            true => received(by, height, author, index),
            false => {
                let (kind, act) = act(what);
                event(by, height, kind, Some(act))
            }
        });
    }
    events
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]
    #[test]
    fn tables_and_hands_come_to_the_same_threads(
        opening in 0..3usize,
        then in prop::collection::vec((0..3u8, 0..18usize, any::<bool>(), 0..3usize), 1..30),
        parties in 2..4u8,
    ) {
        let events = thread(opening, &then, parties);
        let all: Vec<AgencyId> = (1..=parties).map(party).collect();
        let by_hand = replay_by_hand(&all, &events).unwrap();
        prop_assert_eq!(crate::thread::replay(&all, &events), by_hand);
    }
}
