//! Of how many persons records cross between two agencies in a month (BLK-01).
//!
//! The store has what is committed. Here it is held with what is decided and not yet committed, so that two decisions
//! never take the same place: a decision that allows a record claims its persons at once, and gives them back if nothing
//! is committed.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use protocol::{
    commit::{Period, Volume},
    date::Date,
    id::AgencyId,
};
use store::{Readers, StoreError};

/// The counts in memory.
pub struct PersonCounts {
    readers: Readers,
    held: Mutex<BTreeMap<Pair, u32>>,
}

/// Whose records, to whom, in which month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    author: AgencyId,
    reader: AgencyId,
    month: Period,
}

/// Persons that a decision counted in. They are given back when it is dropped, unless it was kept.
pub struct Claim {
    counts: Arc<PersonCounts>,
    pairs: Vec<Pair>,
    persons: u32,
}

/// What the decisions about a partner's batch read, and how many persons they allowed.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    pair: Pair,
    read: u32,
    persons: u32,
}

impl PersonCounts {
    /// Nothing in memory yet; counts are read when they are first asked for.
    pub fn new(readers: Readers) -> Self {
        Self { readers, held: Mutex::default() }
    }

    /// The counts from one author to others in the month of a day, ready to be claimed from.
    pub fn of(&self, author: AgencyId, to: &[AgencyId], today: Date) -> Result<Vec<Pair>, StoreError> {
        let month = Period::of_day(today);
        let pairs: Vec<_> = to.iter().map(|reader| Pair { author, reader: *reader, month }).collect();
        let mut held = self.lock();
        for pair in &pairs {
            if !held.contains_key(pair) {
                let persons = self.readers.reader()?.persons(author, pair.reader, month)?;
                held.insert(*pair, persons);
            }
        }
        Ok(pairs)
    }

    /// Takes a decision that reads the greatest of the counts. If it allows the record, its persons are claimed before
    /// any other decision reads the counts.
    pub fn claim<E>(
        self: &Arc<Self>,
        pairs: &[Pair],
        persons: u32,
        decide: impl FnOnce(u32) -> Result<(), E>,
    ) -> Result<Claim, E> {
        let mut held = self.lock();
        let greatest = pairs.iter().filter_map(|pair| held.get(pair)).max().copied().unwrap_or(0);
        decide(greatest)?;
        for pair in pairs {
            let count = held.entry(*pair).or_default();
            *count = count.saturating_add(persons);
        }
        Ok(Claim { counts: Arc::clone(self), pairs: pairs.to_vec(), persons })
    }

    /// Begins to count the persons of a partner's batch.
    pub fn count(&self, author: AgencyId, me: AgencyId, today: Date) -> Result<Counted, StoreError> {
        let pair = Pair { author, reader: me, month: Period::of_day(today) };
        self.of(author, &[me], today)?;
        let read = self.lock().get(&pair).copied().unwrap_or(0);
        Ok(Counted { pair, read, persons: 0 })
    }

    /// Claims what was counted, if the count is still the one that the decisions read; else they must be taken again.
    pub fn claim_counted(self: &Arc<Self>, counted: &Counted) -> Option<Claim> {
        let unmoved = |now| if now == counted.read { Ok(()) } else { Err(()) };
        self.claim(&[counted.pair], counted.persons, unmoved).ok()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Pair, u32>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    /// The count with what the batch added so far.
    pub fn month_persons(&self) -> u32 {
        self.read.saturating_add(self.persons)
    }

    /// A record of the batch was allowed.
    pub fn add(&mut self, persons: u32) {
        self.persons = self.persons.saturating_add(persons);
    }

    /// Whether the batch is about persons at all.
    pub fn is_empty(&self) -> bool {
        self.persons == 0
    }
}

impl Claim {
    /// What the commit writes.
    pub fn volumes(&self) -> impl Iterator<Item = Volume> + '_ {
        self.pairs.iter().map(|pair| Volume {
            author: pair.author,
            reader: pair.reader,
            month: pair.month,
            persons: self.persons,
        })
    }

    /// It is committed, or may be: the persons stay counted.
    pub fn keep(mut self) {
        self.persons = 0;
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if self.persons == 0 {
            return;
        }
        let mut held = self.counts.lock();
        for pair in &self.pairs {
            if let Some(count) = held.get_mut(pair) {
                *count = count.saturating_sub(self.persons);
            }
        }
    }
}
