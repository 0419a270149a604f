//! One turn: from batches that arrived to rows of threads.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
    sync::Arc,
};

use desks::kinds;
use desks::thread::{DutyClass, Effect, Event, Place, Stub, Thread, Void, What, replay};
use protocol::{
    batch::{BatchRef, Manifest, NO_SECRET},
    channel::Channel,
    commit::StoredBatch,
    control::{Control, EpochOpening, RefusalOfBatch, RefusedEntry},
    header::{Header, ThreadId},
    height::{entry_height, first_height},
    id::AgencyId,
    origin::{Lane, Origin, Position},
    record::{self, Context},
    statement::ThreadKey,
};
use serde::{Deserialize, Serialize};
use store::{
    Arrival, EventRow, HeightRow, Projection, Reader, Seen, StoreError, ThreadMore, ThreadRow, Told, ToldRow, Turn,
    View,
};

use super::{
    Reached, Threads,
    events::{self, Change, Changed},
    stubs,
};
use crate::{
    db::{Db, SUITE},
    limits,
    protection::Protection,
    records,
};

/// Takes one turn in a channel. True if more batches wait.
///
/// The caller holds the turn's lock.
pub(super) fn run(
    db: &Db,
    threads: &Threads,
    channel: &Arc<Channel>,
    protection: &Protection,
) -> Result<bool, StoreError> {
    if !super::follows(channel) {
        return Ok(false);
    }
    let rows = &threads.rows;
    let (from, carried) = match rows.cursor(&channel.id())? {
        Some((arrival, state)) => (arrival, serde_json::from_slice::<Carried>(&state).unwrap_or_default()),
        None => (0, Carried::default()),
    };
    let reader = db.reader()?;
    let mut arrivals = Vec::new();
    let mut bytes = 0;
    reader.for_each_batch(channel.id(), from, |arrival| {
        bytes += arrival.stored.batch.ciphertexts.len();
        arrivals.push(arrival);
        if arrivals.len() < limits::TURN_BATCHES_MAX && bytes < limits::TURN_BYTES_MAX {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    let reached = carried.reached();
    if arrivals.is_empty() {
        threads.set_reached(channel.id(), reached);
        return Ok(false);
    }
    let mut more = arrivals.len() >= limits::TURN_BATCHES_MAX || bytes >= limits::TURN_BYTES_MAX;
    let mut turn = Running {
        channel: Arc::clone(channel),
        rows,
        protection,
        arrival: from,
        reached,
        heights: Vec::new(),
        threads: BTreeMap::new(),
        changes: 0,
        fresh: BTreeMap::new(),
        reader,
        told: Vec::new(),
        holds: Vec::new(),
    };
    for arrival in arrivals {
        if turn.changes >= limits::TURN_CHANGES_MAX {
            more = true;
            break;
        }
        turn.batch(&arrival)?;
    }
    let (reached, rows) = turn.write()?;
    threads.set_reached(channel.id(), reached);
    threads.set_full(rows.iter());
    Ok(more)
}

/// What the projection carries from turn to turn.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Carried {
    reached: Vec<(AgencyId, Lane, u64)>,
}

impl Carried {
    fn reached(&self) -> Reached {
        self.reached.iter().map(|(agency, lane, height)| ((*agency, *lane), *height)).collect()
    }
}

struct Running<'a> {
    channel: Arc<Channel>,
    rows: &'a Projection,
    protection: &'a Protection,
    /// Number of the batch at work.
    arrival: u64,
    reached: Reached,
    heights: Vec<HeightRow>,
    /// A thread lives in one lane; the same id in the other lane is another thread (HEIGHT-3).
    threads: BTreeMap<ThreadKey, Changing>,
    /// How many changes there are in all of them.
    changes: usize,
    /// Threads of the records that this turn brought.
    fresh: BTreeMap<Position, ThreadId>,
    /// From which stubs of records are read whose content is gone.
    reader: Reader,
    told: Vec<ToldRow>,
    /// Kinds that stand alone, each with a batch that holds one.
    holds: Vec<(String, u64)>,
}

/// What a turn changes in a thread, and the last batch that does. Events of threads are read one thread at a time, when the turn is
/// written: a batch may change thousands of them.
#[derive(Default)]
struct Changing {
    changes: Vec<(Position, Change)>,
    arrival: u64,
    /// Which records of other parties came, each with the number of its batch.
    news: Vec<(Position, u64)>,
}

/// An entry that opened.
enum Entry {
    Control(Control),
    Record {
        header: Box<Header>,
        body: Vec<u8>,
    },
    /// Its content is gone or can't be read.
    Closed,
}

impl Running<'_> {
    fn batch(&mut self, arrival: &Arrival) -> Result<(), StoreError> {
        self.arrival = arrival.number;
        let stored = &arrival.stored;
        let (origin, first) = (stored.batch.origin, stored.batch.first);
        let entries = open_entries(&self.channel, stored);
        let manifest = entries.iter().find_map(|entry| match entry {
            Entry::Control(Control::Batch(manifest)) => Some(manifest),
            _ => None,
        });
        let opening = entries.iter().find_map(|entry| match entry {
            Entry::Control(Control::Epoch(opening)) => Some(opening),
            _ => None,
        });
        let height = self.height(&origin, first, manifest, opening)?;
        self.heights.push(HeightRow { origin, first, height });
        let last = entry_height(height, first, stored.batch.size().saturating_sub(1));
        let reached = self.reached.entry((origin.agency, origin.lane)).or_default();
        *reached = last.max(*reached);
        for (entry, index) in entries.iter().zip(first..) {
            let position = Position { origin, index };
            let place = Place::new(&position, entry_height(height, first, index));
            match entry {
                Entry::Record { header, body } => {
                    let is_held = |(kind, number): &(String, u64)| *kind == header.kind && *number == arrival.number;
                    if !self.holds.last().is_some_and(is_held) && kinds::stands_alone(&header.kind) {
                        self.holds.push((header.kind.clone(), arrival.number));
                    }
                    if let Some((thread, stub)) =
                        stubs::of_record(&self.channel, &position, place, stored.time, header, body)
                    {
                        self.add(thread, position, Event::new(stub));
                    }
                }
                Entry::Control(Control::Refusal(refusal)) => self.refused(place, refusal)?,
                Entry::Control(Control::Received(word)) => {
                    let batch = word.batch();
                    self.received(position, Stub::of_received(place, stored.time, batch), &batch)?;
                }
                Entry::Control(Control::Withheld(places)) => {
                    self.told(position, stored.time, Told::Withheld, None, places);
                    for index in &places.indexes {
                        self.void(&Position { origin: places.origin, index: *index }, &Void::Withheld { at: place })?;
                    }
                }
                Entry::Control(Control::Statement(statement)) => {
                    self.told(position, stored.time, Told::Statement, None, statement);
                }
                Entry::Control(Control::StatementAnswer(answer)) => {
                    self.told(position, stored.time, Told::Answer, Some(answer.statement), answer);
                }
                Entry::Control(_) => {}
                Entry::Closed => {
                    if let Some(mut kept) = stubs::kept(&self.reader, &position)? {
                        kept.stub.place = place;
                        self.add(kept.thread, position, Event::new(kept.stub));
                    }
                }
            }
        }
        Ok(())
    }

    /// The height of a batch's first entry (HEIGHT-1).
    fn height(
        &self,
        origin: &Origin,
        first: u64,
        manifest: Option<&Manifest>,
        opening: Option<&EpochOpening>,
    ) -> Result<u64, StoreError> {
        let before = match first.checked_sub(1) {
            Some(index) => Some(self.last_known(origin, index)?),
            None => None,
        };
        let mut seen = Vec::new();
        for other in manifest.map_or(&[][..], |manifest| &manifest.seen) {
            if let Some(index) = other.size.checked_sub(1) {
                seen.push(self.last_known(&other.origin, index)?);
            }
        }
        Ok(first_height(before, seen, opening.map_or(0, |opening| opening.entries_before(origin.lane))))
    }

    /// The height of an entry, counted on from the last batch known before it.
    fn last_known(&self, origin: &Origin, index: u64) -> Result<u64, StoreError> {
        let here = self.heights.iter().rev().find(|row| row.origin == *origin && row.first <= index);
        let known = match here {
            Some(row) => Some((row.first, row.height)),
            None => self.rows.height_before(origin, index)?,
        };
        Ok(known.map_or(index.saturating_add(1), |(first, height)| entry_height(height, first, index)))
    }

    fn add(&mut self, thread: ThreadId, position: Position, event: Event) {
        self.fresh.insert(position, thread);
        self.change(thread, position, Change::Is(Box::new(event)));
        if position.origin.agency != self.channel.me() {
            let key = ThreadKey { thread, lane: position.origin.lane };
            self.threads.entry(key).or_default().news.push((position, self.arrival));
        }
    }

    fn change(&mut self, thread: ThreadId, position: Position, change: Change) {
        self.change_in(ThreadKey { thread, lane: position.origin.lane }, position, change);
    }

    fn change_in(&mut self, key: ThreadKey, position: Position, change: Change) {
        let changing = self.threads.entry(key).or_default();
        changing.arrival = self.arrival;
        changing.changes.push((position, change));
        self.changes += 1;
    }

    /// Records that a party refused take no effect in their threads.
    fn refused(&mut self, at: Place, refusal: &RefusalOfBatch) -> Result<(), StoreError> {
        for RefusedEntry { index, rule, reason } in &refusal.refused {
            let void = Void::Refused { at, rule: rule.clone(), reason: reason.clone() };
            self.void(&Position { origin: refusal.batch.origin, index: *index }, &void)?;
        }
        Ok(())
    }

    /// A record that takes no effect in its thread, whichever that is.
    fn void(&mut self, position: &Position, void: &Void) -> Result<(), StoreError> {
        for thread in self.threads_in(&position.origin, position.index, 1)? {
            self.change(thread, *position, Change::Void(void.clone()));
        }
        Ok(())
    }

    /// Keeps what a party told of threads.
    fn told(&mut self, position: Position, time: u64, told: Told, about: Option<Position>, body: &impl Serialize) {
        self.told.push(ToldRow { position, told, time, about, body: to_json(body) });
    }

    /// A receipt of a batch is an event of each thread that has a record in it.
    fn received(&mut self, position: Position, stub: Stub, batch: &BatchRef) -> Result<(), StoreError> {
        for thread in self.threads_in(&batch.origin, batch.first, u64::from(batch.count))? {
            // It is said in a log of its author's, of a thread in the lane of the batch.
            let key = ThreadKey { thread, lane: batch.origin.lane };
            self.change_in(key, position, Change::Is(Box::new(Event::new(stub.clone()))));
        }
        Ok(())
    }

    fn threads_in(&self, origin: &Origin, first: u64, count: u64) -> Result<BTreeSet<ThreadId>, StoreError> {
        let mut threads: BTreeSet<ThreadId> = self.rows.threads_in(origin, first, count)?.into_iter().collect();
        let at = |index| Position { origin: *origin, index };
        threads.extend(self.fresh.range(at(first)..at(first.saturating_add(count))).map(|(_, thread)| *thread));
        Ok(threads)
    }

    /// Writes the turn. Gives the heights that are reached with it, and the rows of the threads.
    fn write(self) -> Result<(Reached, Vec<ThreadRow>), StoreError> {
        let parties: Vec<AgencyId> = self.channel.parties().keys().copied().collect();
        let reached = self.reached.iter().map(|((agency, lane), height)| (*agency, *lane, *height)).collect();
        let carried = Carried { reached };
        let mut turn = Turn {
            channel: self.channel.id(),
            arrival: self.arrival,
            state: to_json(&carried),
            heights: self.heights,
            events: Vec::new(),
            threads: Vec::new(),
            corrections: Vec::new(),
            told: self.told,
            holds: self.holds,
        };
        let of = Making { channel: &self.channel, rows: self.rows, protection: self.protection, parties: &parties };
        for (key, Changing { changes, arrival, news }) in self.threads {
            let ThreadKey { thread, lane } = key;
            let mut changed = Changed::new(events::of(self.rows, &self.channel, &thread, lane)?);
            for (position, change) in changes {
                changed.make(position, change);
            }
            if changed.changed.is_empty() {
                continue;
            }
            let Made { rows, corrections } = of.rows(key, &changed, (arrival, &news))?;
            turn.threads.extend(rows);
            turn.corrections.extend(corrections.into_iter().map(|(seen, correction)| (thread, lane, seen, correction)));
            let stubs = changed.changed.iter().filter_map(|position| {
                let event = changed.after.get(position)?;
                Some(EventRow { thread, position: *position, stub: to_json(event) })
            });
            turn.events.extend(stubs);
        }
        self.rows.write(&turn)?;
        Ok((self.reached, turn.threads))
    }
}

/// What was made of a thread.
struct Made {
    rows: Vec<ThreadRow>,
    /// What must be told of it, and to whom.
    corrections: Vec<(Seen, Vec<u8>)>,
}

/// Makes rows of threads: one, or where something in the thread is hidden from offices one of all, and one of what they see.
struct Making<'a> {
    channel: &'a Channel,
    rows: &'a Projection,
    protection: &'a Protection,
    parties: &'a [AgencyId],
}

impl Making<'_> {
    /// The rows of a thread, and what must be told of it to whom.
    fn rows(
        &self,
        key: ThreadKey,
        changed: &Changed,
        (arrival, news): (u64, &[(Position, u64)]),
    ) -> Result<Made, StoreError> {
        let (mut rows, mut corrections) = (Vec::new(), Vec::new());
        let mut add = |seen, before: &[Event], events: &BTreeMap<Position, Event>, (arrival, known): (u64, u64)| {
            let in_order: Vec<Event> = events.values().cloned().collect();
            let after = replay(self.parties, &in_order);
            if let Some(correction) = replay(self.parties, before).correction(&after) {
                corrections.push((seen, to_json(&correction)));
            }
            let came = news.iter().filter(|(position, _)| events.contains_key(position)).map(|(_, arrival)| *arrival);
            let news = came.max().unwrap_or_default().max(known);
            rows.extend(row(self.channel, key, &after, events, (arrival, news, seen)));
        };
        let known = |view| {
            let rows = self.rows.named(&key.thread, view)?;
            let is_it = |row: &ThreadRow| row.channel == self.channel.id() && row.more.lane == key.lane;
            Ok::<_, StoreError>(rows.into_iter().find(is_it))
        };
        let known_news = |view| known(view).map(|row| row.map_or(0, |row| row.news));
        let mut shown = changed.after.clone();
        let before = |of: &BTreeMap<Position, Event>| of.values().cloned().collect::<Vec<_>>();
        if !events::leave_out_hidden(self.protection, self.channel, &key.thread, &mut shown) {
            add(Seen::ByAll, &before(&changed.before), &changed.after, (arrival, known_news(View::Whole)?));
            return Ok(Made { rows, corrections });
        }
        add(Seen::Whole, &before(&changed.before), &changed.after, (arrival, known_news(View::Whole)?));
        let mut shown_before = changed.before.clone();
        events::leave_out_hidden(self.protection, self.channel, &key.thread, &mut shown_before);
        // What is hidden does not move the thread for offices, nor say that something came.
        let is_moved = changed.changed.iter().any(|position| shown.contains_key(position));
        let known = known(View::Office)?;
        let arrival = known.as_ref().filter(|_| !is_moved).map_or(arrival, |row| row.changed);
        add(Seen::ByOffices, &before(&shown_before), &shown, (arrival, known.map_or(0, |row| row.news)));
        Ok(Made { rows, corrections })
    }
}

/// Makes the rows of threads again of which something is hidden now, or is no longer.
pub(super) fn show_again(
    threads: &Threads,
    channel: &Channel,
    protection: &Protection,
    keys: &[(ThreadId, Lane)],
) -> Result<(), StoreError> {
    let Some((arrival, state)) = threads.rows.cursor(&channel.id())? else { return Ok(()) };
    let parties: Vec<AgencyId> = channel.parties().keys().copied().collect();
    let of = Making { channel, rows: &threads.rows, protection, parties: &parties };
    let mut turn = Turn {
        channel: channel.id(),
        arrival,
        state,
        heights: Vec::new(),
        events: Vec::new(),
        threads: Vec::new(),
        corrections: Vec::new(),
        told: Vec::new(),
        holds: Vec::new(),
    };
    for (thread, lane) in keys {
        let events = events::of(&threads.rows, channel, thread, *lane)?;
        let whole = threads.row(&channel.id(), thread, *lane, View::Whole)?;
        let arrival = whole.map_or(arrival, |row| row.changed);
        let key = ThreadKey { thread: *thread, lane: *lane };
        turn.threads.extend(of.rows(key, &Changed::new(events), (arrival, &[]))?.rows);
    }
    threads.rows.write(&turn)
}

/// What lists show of a thread. `None` if no record stands in it.
fn row(
    channel: &Channel,
    key: ThreadKey,
    thread: &Thread,
    events: &BTreeMap<Position, Event>,
    (changed, news, seen): (u64, u64, Seen),
) -> Option<ThreadRow> {
    let mut records: Vec<(&Position, &Event)> =
        events.iter().filter(|(_, event)| matches!(event.stub.what, What::Record(_))).collect();
    records.sort_by_key(|(_, event)| event.stub.place);
    let first = records.first()?;
    let opener = records.iter().find(|(position, event)| {
        event.void().is_none() && thread.opened_by.is_none_or(|agency| position.origin.agency == agency)
    });
    let (of, event) = opener.unwrap_or(first);
    let What::Record(titling) = &event.stub.what else { return None };
    let supplied = records::supplied(channel, of, &titling.clause);
    let ineffective = thread.history.iter().filter(|entry| matches!(entry.effect, Effect::Ineffective(_))).count();
    let due = thread.standing.due.iter().find(|due| due.what.class != DutyClass::Receipt);
    let receipt = thread.standing.due.iter().find(|due| due.what.class == DutyClass::Receipt);
    Some(ThreadRow {
        channel: channel.id(),
        thread: key.thread,
        kind: thread.kind.to_owned(),
        clause: thread.clause.clone(),
        supplied,
        state: thread.standing.state.to_owned(),
        open: thread.standing.open,
        awaits: thread.standing.awaits.clone(),
        due: due.map(|due| due.at),
        changed,
        news,
        opener: compartment_word(thread.kind, &titling.kind),
        seen,
        full: events::is_full(events, &channel.me()),
        more: ThreadMore {
            lane: key.lane,
            opened_by: thread.opened_by,
            titled_by: opener.map(|(position, _)| (position.origin, position.index)),
            titled_kind: titling.kind.clone(),
            due_what: due.map(|due| due.what.to_string()),
            due_from: due.map(|due| due.from),
            receipt_due: receipt.map(|due| due.at),
            opened: first.1.stub.time,
            since: thread.since.map_or(first.1.stub.time, |since| since.time),
            height: thread.moved.map(|place| place.height),
            records: u64::try_from(records.len()).unwrap_or(u64::MAX),
            ineffective: u64::try_from(ineffective).unwrap_or(u64::MAX),
        },
    })
}

/// By which the rows of a thread are found for those in whose compartment it is: the kind that opened it, or the first record's
/// where no kind of thread did.
pub(crate) fn compartment_word(kind: &str, titled: &str) -> String {
    match kinds::thread_named(kind) {
        Some(thread) => thread.opened_by.to_owned(),
        None => plain_word(titled),
    }
}

/// The word of a thread without states, by the kind of its first record.
pub(crate) fn plain_word(titled: &str) -> String {
    format!("-{titled}")
}

/// Every entry of a batch as far as it opens. It was checked when it was admitted or appended.
fn open_entries(channel: &Channel, stored: &StoredBatch) -> Vec<Entry> {
    let batch = &stored.batch;
    let mut rest = batch.ciphertexts.as_slice();
    let mut scratch = Vec::new();
    let mut entries = Vec::with_capacity(batch.commitments.len());
    let records = stored.keyring.iter().zip(&batch.commitments).zip(&batch.lengths);
    for (((secret, commitment), length), index) in records.zip(batch.first..) {
        let Some((ciphertext, tail)) = rest.split_at_checked(*length as usize) else { break };
        rest = tail;
        if *secret == NO_SECRET {
            entries.push(Entry::Closed);
            continue;
        }
        scratch.clear();
        scratch.extend_from_slice(ciphertext);
        let agreement = channel.version_at(&batch.origin, index);
        let context = Context { channel: channel.id(), author: batch.origin.agency, agreement };
        let opened = record::open(SUITE, &context, secret, commitment, &mut scratch).ok();
        let entry = opened.and_then(|parts| {
            let header = Header::parse(parts.header).ok()?;
            Some(if header.is_protocol() {
                Entry::Control(Control::decode(&header.kind, parts.body).ok()?)
            } else {
                Entry::Record { header: Box::new(header), body: parts.body.to_vec() }
            })
        });
        entries.push(entry.unwrap_or(Entry::Closed));
    }
    entries
}

/// These types hold only strings, numbers, lists and maps with string keys, so writing them can't fail.
fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
