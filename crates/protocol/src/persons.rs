//! Of how many persons records cross between two agencies in a month (BLK-01), as a value.
//!
//! What is written is held with what is decided and not yet written, so that two decisions never take the same place: a
//! decision that allows a record claims its persons at once, and whoever writes nothing of it gives them back.

use alloc::{collections::BTreeMap, vec::Vec};

use crate::{
    commit::{Period, Volume},
    id::AgencyId,
};

/// Whose records, to whom, in which month.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Pair {
    /// Whose records.
    pub author: AgencyId,
    /// Who receives them.
    pub reader: AgencyId,
    /// The month in which they are decided.
    pub month: Period,
}

/// The counts, as they are written and claimed.
#[derive(Default, Debug)]
pub struct Persons(BTreeMap<Pair, u32>);

/// Persons that a decision counted in: to be written, or given back.
#[derive(PartialEq, Eq, Debug)]
#[must_use = "persons that nobody writes are to be given back"]
pub struct Claimed {
    pairs: Vec<Pair>,
    persons: u32,
}

/// What the decisions about a partner's batch read, and how many persons they allowed.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    pair: Pair,
    read: u32,
    persons: u32,
}

impl Persons {
    /// The count of a pair, if it was taken up.
    pub fn of(&self, pair: &Pair) -> Option<u32> {
        self.0.get(pair).copied()
    }

    /// Takes up what is written of a pair, unless it was taken up: from then on the count here is ahead of what is
    /// written, never behind it.
    pub fn take_up(&mut self, pair: Pair, written: u32) {
        self.0.entry(pair).or_insert(written);
    }

    /// Takes a decision that reads the greatest of the counts. If it allows the record, its persons are claimed before
    /// any other decision reads the counts.
    pub fn claim<E>(
        &mut self,
        pairs: &[Pair],
        persons: u32,
        decide: impl FnOnce(u32) -> Result<(), E>,
    ) -> Result<Claimed, E> {
        decide(pairs.iter().filter_map(|pair| self.of(pair)).max().unwrap_or(0))?;
        for pair in pairs {
            let count = self.0.entry(*pair).or_default();
            *count = count.saturating_add(persons);
        }
        Ok(Claimed { pairs: pairs.to_vec(), persons })
    }

    /// Gives back what nobody writes.
    pub fn give_back(&mut self, claimed: Claimed) {
        for pair in &claimed.pairs {
            if let Some(count) = self.0.get_mut(pair) {
                *count = count.saturating_sub(claimed.persons);
            }
        }
    }

    /// Begins to count the persons of a partner's batch.
    pub fn count(&self, pair: Pair) -> Counted {
        Counted { pair, read: self.of(&pair).unwrap_or(0), persons: 0 }
    }

    /// Claims what was counted, if the count is still the one that the decisions read; else they must be taken again. A
    /// batch about nobody read nothing.
    pub fn claim_counted(&mut self, counted: &Counted) -> Option<Claimed> {
        let unmoved = |now| if counted.persons == 0 || now == counted.read { Ok(()) } else { Err(()) };
        self.claim(&[counted.pair], counted.persons, unmoved).ok()
    }
}

impl Counted {
    /// The count with what the batch added so far.
    pub const fn month_persons(&self) -> u32 {
        self.read.saturating_add(self.persons)
    }

    /// A record of the batch was allowed.
    pub const fn add(&mut self, persons: u32) {
        self.persons = self.persons.saturating_add(persons);
    }
}

impl Claimed {
    /// What the commit writes.
    pub fn volumes(&self) -> impl Iterator<Item = Volume> + '_ {
        let Self { pairs, persons } = self;
        let counted = pairs.iter().filter(|_| *persons > 0);
        counted.map(|&Pair { author, reader, month }| Volume { author, reader, month, persons: *persons })
    }
}
