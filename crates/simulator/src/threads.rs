//! Threads over a store: what a node's projection reads, so that accounts of a cut can be compared.
//!
//! Bodies of simulated records mean nothing, so what a record does in which thread is drawn from its log entry. Like a
//! stub it outlives the content.

use std::collections::BTreeMap;

use desks::{
    requests::{Access, Act, Use},
    thread::{Account, Event, Held, Place, RecordStub, Stub, Void, What, held, replay_at},
};
use protocol::{
    agreement::{Deadlines, TimeLimits},
    batch::{Manifest, NO_SECRET},
    channel::Channel,
    commit::{MarkState, NewBatch},
    control::{Control, EpochOpening, Places},
    header::{Header, ThreadId},
    height::Heights,
    id::Hash,
    origin::{Origin, Position},
    record::{self, Context},
    statement::{Cut, Digests, Statement, ThreadKey},
    suite::Suite,
};

use crate::store::{Store, to_place};

/// What a node knows of threads.
pub struct Threads {
    events: BTreeMap<ThreadKey, BTreeMap<Position, Event>>,
    statements: Vec<(Position, Statement)>,
    withheld: Vec<(Position, Places)>,
}

/// An entry that opened, or of which a stub is left.
enum Entry {
    Control(Control),
    Record,
}

impl Threads {
    /// Reads all that a store holds.
    pub fn of(suite: &dyn Suite, channel: &Channel, store: &Store) -> Self {
        let mut threads = Self { events: BTreeMap::new(), statements: Vec::new(), withheld: Vec::new() };
        let mut heights = Heights::default();
        for batch in in_causal_order(suite, channel, store) {
            threads.take(&mut heights, batch);
        }
        threads
    }

    /// The statements of all parties.
    pub fn statements(&self) -> &[(Position, Statement)] {
        &self.statements
    }

    /// Whether the node whose threads these are holds all that a statement names.
    pub fn held(&self, channel: &Channel, at: &Position, statement: &Statement) -> Held {
        let own = self.withheld.iter().filter(|(position, _)| position.origin.agency == channel.me());
        held(channel, at, &statement.cut, own.map(|(position, places)| (*position, places.clone())))
    }

    /// The account of a cut.
    pub fn digests(&self, suite: &dyn Suite, channel: &Channel, cut: &Cut) -> Digests {
        self.account(suite, channel, cut).digests()
    }

    /// The same, with what awaits whom.
    pub fn account(&self, suite: &dyn Suite, channel: &Channel, cut: &Cut) -> Account {
        let parties: Vec<_> = channel.parties().keys().copied().collect();
        let mut account = Account::default();
        for (key, events) in &self.events {
            let events: Vec<Event> = events.values().cloned().collect();
            account.add(suite, *key, &replay_at(&parties, channel.id(), cut, &events));
        }
        account
    }

    fn take(&mut self, heights: &mut Heights, batch: Opened<'_>) {
        let Opened { held, manifest, opening, entries } = batch;
        let (origin, first) = (held.batch.origin, held.batch.first);
        heights.add(&origin, first, held.batch.count(), &manifest, opening.as_ref());
        for (index, (commitment, entry)) in (first..).zip(held.batch.commitments.iter().zip(entries)) {
            let position = Position { origin, index };
            let place = Place::new(&position, heights.of(&position).expect("it was just added"));
            match entry {
                None => {}
                Some(Entry::Record) => {
                    let (thread, stub) = drawn(place, held.time, commitment);
                    self.events
                        .entry(ThreadKey { thread, lane: origin.lane })
                        .or_default()
                        .insert(position, Event::new(stub));
                }
                Some(Entry::Control(Control::Received(word))) => {
                    let batch = word.batch();
                    for events in self.events.values_mut() {
                        let from = Position { origin: batch.origin, index: batch.first };
                        if events.range(from..Position { index: batch.size(), ..from }).next().is_some() {
                            events.insert(position, Event::new(Stub::of_received(place, held.time, batch)));
                        }
                    }
                }
                Some(Entry::Control(Control::Refusal(refusal))) => {
                    for entry in refusal.refused {
                        let void = Void::Refused { at: place, rule: entry.rule, reason: entry.reason };
                        self.void(Position { origin: refusal.batch.origin, index: entry.index }, void);
                    }
                }
                Some(Entry::Control(Control::Withheld(places))) => {
                    for index in &places.indexes {
                        self.void(Position { origin: places.origin, index: *index }, Void::Withheld { at: place });
                    }
                    self.withheld.push((position, places));
                }
                Some(Entry::Control(Control::Statement(statement))) => self.statements.push((position, statement)),
                Some(Entry::Control(_)) => {}
            }
        }
    }

    fn void(&mut self, position: Position, void: Void) {
        if let Some(event) = self.events.values_mut().find_map(|events| events.get_mut(&position)) {
            event.add_void(void);
        }
    }
}

/// A batch with what of it opens.
struct Opened<'a> {
    held: &'a NewBatch,
    manifest: Manifest,
    opening: Option<EpochOpening>,
    /// `None` where nothing is known of the entry: it was withheld from this node.
    entries: Vec<Option<Entry>>,
}

/// Each batch after those that its author had seen, as far as they are held.
fn in_causal_order<'a>(suite: &dyn Suite, channel: &Channel, store: &'a Store) -> Vec<Opened<'a>> {
    let logs: Vec<Origin> = store.logs().copied().collect();
    let mut left: Vec<Opened<'a>> =
        logs.iter().flat_map(|origin| store.batches(origin)).map(|held| open(suite, channel, store, held)).collect();
    let mut sizes: BTreeMap<Origin, u64> = BTreeMap::new();
    let mut ordered = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let size = |origin: &Origin| sizes.get(origin).copied().unwrap_or(0);
        let follows = |batch: &Opened<'_>| size(&batch.held.batch.origin) == batch.held.batch.first;
        // What a restored node lost can't be waited for.
        let saw = |batch: &Opened<'_>| {
            batch.manifest.seen.iter().all(|seen| size(&seen.origin) >= seen.size.min(store.size(&seen.origin)))
        };
        let next = left.iter().position(|batch| follows(batch) && saw(batch)).expect("nobody sees what comes later");
        let batch = left.swap_remove(next);
        sizes.insert(batch.held.batch.origin, batch.held.batch.size());
        ordered.push(batch);
    }
    ordered
}

fn open<'a>(suite: &dyn Suite, channel: &Channel, store: &Store, held: &'a NewBatch) -> Opened<'a> {
    let mut rest = held.batch.ciphertexts.as_slice();
    let (mut manifest, mut opening, mut entries) = (None, None, Vec::new());
    let secrets = held.batch.commitments.iter().zip(&held.batch.lengths).zip(held.keyring.iter());
    for (((commitment, length), secret), index) in secrets.zip(held.batch.first..) {
        let (ciphertext, tail) = rest.split_at(to_place(u64::from(*length)));
        rest = tail;
        let position = Position { origin: held.batch.origin, index };
        if *secret == NO_SECRET {
            let erased = store.marked(&position) == Some(MarkState::Erased);
            entries.push(erased.then_some(Entry::Record));
            continue;
        }
        let agreement = channel.version_at(&position.origin, index);
        let context = Context { channel: channel.id(), author: position.origin.agency, agreement };
        let mut bytes = ciphertext.to_vec();
        let parts = record::open(suite, &context, secret, commitment, &mut bytes).expect("what is held opens");
        let header = Header::parse(parts.header).expect("only readable records were written");
        if !header.is_protocol() {
            entries.push(Some(Entry::Record));
            continue;
        }
        let control = Control::decode(&header.kind, parts.body).expect("only readable records were written");
        match &control {
            Control::Batch(found) => manifest = Some(found.clone()),
            Control::Epoch(found) => opening = Some(found.clone()),
            _ => {}
        }
        entries.push(Some(Entry::Control(control)));
    }
    Opened { held, manifest: manifest.expect("a batch begins with its manifest"), opening, entries }
}

/// The thread and the stub of a record, drawn from its log entry.
fn drawn(place: Place, time: u64, commitment: &Hash) -> (ThreadId, Stub) {
    let acts = [
        ("requests.request/1", Act::Request { urgent: false }),
        ("requests.request/1", Act::Request { urgent: true }),
        ("requests.spontaneous/1", Act::Inform),
        ("requests.progress/1", Act::Accept { access: Some(Access::Indirect) }),
        ("requests.clarification/1", Act::Ask),
        ("requests.clarification/1", Act::Clarify),
        ("requests.reply/1", Act::AnswerPartly),
        ("requests.reply/1", Act::Answer),
        ("requests.refusal/1", Act::Refuse),
        ("requests.feedback/1", Act::Feedback { r#use: Use::Used }),
        ("requests.progress/1", Act::Withdraw),
    ];
    let [thread, act, ..] = *commitment;
    let (kind, act) = acts[usize::from(act) % acts.len()];
    let record = RecordStub {
        kind: kind.into(),
        clause: "c1".into(),
        deadlines: Some(Deadlines {
            acknowledge_hours: Some(2),
            feedback_hours: Some(3),
            ..Deadlines::DIRECTIVE_2023_977
        }),
        limits: TimeLimits::default(),
        named: None,
        act: serde_json::to_string(&act).ok(),
    };
    (ThreadId([thread % 3; 16]), Stub { place, time, what: What::Record(record) })
}
