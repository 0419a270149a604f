//! The events of a thread as they are kept: read, changed by a turn, and how many.

use std::collections::{BTreeMap, BTreeSet};

use desks::{
    limits::{THREAD_RECORDS_KEPT_MAX, THREAD_RECORDS_MAX},
    thread::{Event, Void, What},
};
use protocol::{
    channel::Channel,
    header::ThreadId,
    id::AgencyId,
    origin::{Lane, Position},
};
use store::{Projection, StoreError};

use crate::protection::Protection;

/// The events of a thread by their positions, without titles.
pub(crate) fn of(
    rows: &Projection,
    channel: &Channel,
    thread: &ThreadId,
    lane: Lane,
) -> Result<BTreeMap<Position, Event>, StoreError> {
    let kept = rows.events(&channel.id(), thread)?;
    // INVARIANT: rows are of this program's version, which wrote them; what can't be read is as good as not there.
    let kept = kept.into_iter().filter(|row| row.position.origin.lane == lane);
    Ok(kept.filter_map(|row| Some((row.position, serde_json::from_slice(&row.stub).ok()?))).collect())
}

/// Leaves out of a thread's events what is hidden from offices, and that such a record was received. Of a thread that is hidden
/// whole, which they do not come to, that is what they would not see once it is passed on: so its row is the same before and
/// after. Whether any of its records is or was hidden.
pub(crate) fn leave_out_hidden(
    protection: &Protection,
    channel: &Channel,
    thread: &ThreadId,
    events: &mut BTreeMap<Position, Event>,
) -> bool {
    let of = |(position, event): (&Position, &Event)| matches!(event.stub.what, What::Record(_)).then_some(*position);
    let records: BTreeSet<Position> = events.iter().filter_map(of).collect();
    let (is_known, hidden) = protection.aside(|index| {
        let is_whole = |position: &Position| {
            position.origin.agency != channel.me() && index.hides_thread(channel.id(), position.origin.lane, thread)
        };
        let is_hidden = |position: &&Position| index.hides(position, None) && !is_whole(position);
        let hidden: BTreeSet<Position> = records.iter().filter(is_hidden).copied().collect();
        (records.iter().any(|position| index.knows(position)), hidden)
    });
    if !is_known {
        return false;
    }
    events.retain(|position, event| match &event.stub.what {
        What::Record(_) => !hidden.contains(position),
        What::Received(batch) => {
            let at = |index| Position { origin: batch.origin, index };
            let mut of_batch = records.range(at(batch.first)..at(batch.size()));
            of_batch.any(|record| !hidden.contains(record))
        }
    });
    true
}

/// Whether a party has as many records in a thread as are read, or kept (THREAD-8, THREAD-9).
pub(crate) fn is_full(events: &BTreeMap<Position, Event>, party: &AgencyId) -> bool {
    let of_party = events
        .iter()
        .filter(|(position, event)| position.origin.agency == *party && matches!(event.stub.what, What::Record(_)));
    let (kept, read) =
        of_party.fold((0, 0), |(kept, read), (_, event)| (kept + 1, read + usize::from(event.void().is_none())));
    read >= THREAD_RECORDS_MAX || kept >= THREAD_RECORDS_KEPT_MAX
}

/// What a turn does to an event.
pub(super) enum Change {
    /// It is there.
    Is(Box<Event>),
    /// It takes no effect.
    Void(Void),
}

/// A thread's events before a turn and after it.
pub(super) struct Changed {
    pub(super) before: BTreeMap<Position, Event>,
    pub(super) after: BTreeMap<Position, Event>,
    /// Those that are new or different.
    pub(super) changed: BTreeSet<Position>,
    kept: BTreeMap<Sort, usize>,
}

/// Of what as many are kept as may be: records of a party, or receipts of a party for another's batches.
type Sort = (AgencyId, Option<AgencyId>);

impl Changed {
    /// Nothing has changed yet.
    pub(super) fn new(before: BTreeMap<Position, Event>) -> Self {
        let mut kept = BTreeMap::new();
        for (position, event) in &before {
            *kept.entry(sort(position, event)).or_default() += 1;
        }
        Self { after: before.clone(), before, changed: BTreeSet::new(), kept }
    }

    /// Makes a change. What is more than a node keeps of a party is left out.
    pub(super) fn make(&mut self, position: Position, change: Change) {
        let known = self.after.get(&position);
        let event = match (change, known) {
            // What was said of it stays, should the same batch be read again.
            (Change::Is(event), Some(known)) => Event { voids: known.voids.clone(), ..*event },
            (Change::Is(event), None) => {
                let kept = self.kept.entry(sort(&position, &event)).or_default();
                if *kept >= THREAD_RECORDS_KEPT_MAX {
                    return;
                }
                *kept += 1;
                *event
            }
            (Change::Void(void), Some(known)) => {
                let mut event = known.clone();
                event.add_void(void);
                event
            }
            (Change::Void(_), None) => return,
        };
        if known != Some(&event) {
            self.after.insert(position, event);
            self.changed.insert(position);
        }
    }
}

fn sort(position: &Position, event: &Event) -> Sort {
    let of = match &event.stub.what {
        What::Record(_) => None,
        What::Received(batch) => Some(batch.origin.agency),
    };
    (position.origin.agency, of)
}

#[cfg(test)]
mod tests {
    use desks::thread::{Place, RecordStub, Stub};
    use protocol::{agreement::TimeLimits, batch::BatchRef, id::ChannelId, origin::Origin};

    use super::*;

    fn at(agency: u8, index: usize) -> Position {
        let origin = Origin {
            channel: ChannelId::new([9; 32]),
            agency: AgencyId::new([agency; 32]),
            epoch: 1,
            lane: Lane::Main,
        };
        Position { origin, index: u64::try_from(index).unwrap() }
    }

    fn event(position: &Position, what: What) -> Change {
        let place = Place::new(position, position.index);
        Change::Is(Box::new(Event::new(Stub { place, time: 0, what })))
    }

    fn note() -> What {
        What::Record(RecordStub {
            kind: "correspondence.note/1".into(),
            clause: "c1".into(),
            deadlines: None,
            limits: TimeLimits::default(),
            named: None,
            act: None,
        })
    }

    fn receipt(of: u8, index: usize) -> What {
        let Position { origin, index } = at(of, index);
        What::Received(BatchRef { origin, first: index, count: 1, root: [0; 32] })
    }

    // spec: THREAD-9
    #[test]
    fn no_more_is_kept_of_a_party_than_twice_what_counts() {
        let mut thread = Changed::new(BTreeMap::new());
        for index in 0..3 * THREAD_RECORDS_KEPT_MAX {
            thread.make(at(1, index), event(&at(1, index), note()));
            thread.make(at(2, index), event(&at(2, index), receipt(1, index)));
        }
        assert_eq!(thread.after.len(), 2 * THREAD_RECORDS_KEPT_MAX);
        assert_eq!(thread.changed.len(), thread.after.len());
        // What is kept stays changeable, and what one party filled is not another's.
        let void = Void::Withheld { at: Place::new(&at(2, 9_999), 9_999) };
        thread.make(at(1, 7), Change::Void(void));
        assert!(thread.after[&at(1, 7)].void().is_some());
        thread.make(at(2, 5_000), event(&at(2, 5_000), note()));
        assert!(thread.after.contains_key(&at(2, 5_000)));
        // The same read again is the same, also after another turn.
        let mut again = Changed::new(thread.after.clone());
        again.make(at(1, 7), event(&at(1, 7), note()));
        again.make(at(1, 3_000), event(&at(1, 3_000), note()));
        assert_eq!((again.after, again.changed.len()), (thread.after, 0));
    }

    // spec: THREAD-9
    #[test]
    fn a_party_is_full_by_what_counts_and_by_what_is_kept() {
        let (one, other) = (AgencyId::new([1; 32]), AgencyId::new([2; 32]));
        let mut thread = Changed::new(BTreeMap::new());
        for index in 0..THREAD_RECORDS_MAX {
            assert!(!is_full(&thread.after, &one));
            thread.make(at(1, index), event(&at(1, index), note()));
            thread.make(at(2, index), event(&at(2, index), receipt(1, index)));
        }
        assert!(is_full(&thread.after, &one) && !is_full(&thread.after, &other));
        // A refused one does not count, but is kept.
        thread.make(at(1, 0), Change::Void(Void::Withheld { at: Place::new(&at(2, 9_999), 9_999) }));
        assert!(!is_full(&thread.after, &one));
    }
}
