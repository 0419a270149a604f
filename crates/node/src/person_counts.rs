//! The counts of persons in memory (BLK-01), for all channels: [`protocol::persons`] says how they are claimed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::{
    commit::{Period, Volume},
    date::Date,
    id::AgencyId,
    persons::{Claimed, Counted, Pair, Persons},
};
use store::{Readers, StoreError};

use crate::work::OnDisk;

/// The counts in memory.
pub struct PersonCounts {
    readers: OnDisk<Readers>,
    held: Mutex<Persons>,
}

/// Persons that a decision counted in. They are given back when it is dropped, unless it was kept.
pub struct Claim {
    counts: Arc<PersonCounts>,
    claimed: Option<Claimed>,
}

impl PersonCounts {
    /// Nothing in memory yet; counts are read when they are first asked for.
    pub fn new(readers: Readers) -> Self {
        Self { readers: OnDisk::new(readers), held: Mutex::default() }
    }

    /// The counts from one author to others in the month of a day, ready to be claimed from.
    pub fn of(&self, author: AgencyId, to: &[AgencyId], today: Date) -> Result<Vec<Pair>, StoreError> {
        let month = Period::of_day(today);
        let pairs: Vec<_> = to.iter().map(|reader| Pair { author, reader: *reader, month }).collect();
        let mut held = self.lock();
        for pair in &pairs {
            if held.of(pair).is_none() {
                held.take_up(*pair, self.readers.reader()?.persons(author, pair.reader, month)?);
            }
        }
        Ok(pairs)
    }

    /// Takes a decision that reads the greatest of the counts, and claims the record's persons if it allows it.
    pub fn claim<E>(
        self: &Arc<Self>,
        pairs: &[Pair],
        persons: u32,
        decide: impl FnOnce(u32) -> Result<(), E>,
    ) -> Result<Claim, E> {
        self.lock().claim(pairs, persons, decide).map(|claimed| self.claimed(claimed))
    }

    /// Begins to count the persons of a partner's batch.
    pub fn count(&self, author: AgencyId, me: AgencyId, today: Date) -> Result<Counted, StoreError> {
        self.of(author, &[me], today)?;
        Ok(self.lock().count(Pair { author, reader: me, month: Period::of_day(today) }))
    }

    /// Claims what was counted, if the count is still the one that the decisions read; else they must be taken again.
    pub fn claim_counted(self: &Arc<Self>, counted: &Counted) -> Option<Claim> {
        self.lock().claim_counted(counted).map(|claimed| self.claimed(claimed))
    }

    fn claimed(self: &Arc<Self>, claimed: Claimed) -> Claim {
        Claim { counts: Arc::clone(self), claimed: Some(claimed) }
    }

    fn lock(&self) -> MutexGuard<'_, Persons> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Claim {
    /// What the commit writes.
    pub fn volumes(&self) -> impl Iterator<Item = Volume> + '_ {
        self.claimed.iter().flat_map(Claimed::volumes)
    }

    /// It is committed, or may be: the persons stay counted.
    pub fn keep(mut self) {
        self.claimed = None;
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(claimed) = self.claimed.take() {
            self.counts.lock().give_back(claimed);
        }
    }
}
