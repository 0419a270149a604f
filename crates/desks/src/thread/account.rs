//! The account that a party gives of all threads at a cut: what its statements say, and its answers to others' statements.

use std::collections::BTreeMap;

use protocol::channel::Channel;
use protocol::control::Places;
use protocol::id::{AgencyId, Hash};
use protocol::limits::STATEMENT_AWAITS_MAX;
use protocol::origin::Position;
use protocol::statement::{Await, Contested, Cut, Digests, Ground, Statement, StatementAnswer, ThreadKey};
use protocol::suite::Suite;

use super::Thread;

/// Whether a party can give its account of a cut (STMT-6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// It holds all that the cut names.
    All,
    /// It will, once logs have come that it waits for.
    NotYet,
    /// It never held all of it: something was withheld from it, or entries were lost in a restore.
    Never,
}

/// Whether a party whose view of the channel this is holds all that the statement at a place names. `withheld` are its own
/// records of what was withheld from it.
pub fn held(
    channel: &Channel,
    at: &Position,
    cut: &Cut,
    withheld: impl IntoIterator<Item = (Position, Places)>,
) -> Held {
    let mut held = Held::All;
    for seen in cut.logs() {
        let (origin, size) = (&seen.origin, channel.size(&seen.origin));
        if origin.channel != channel.id() || !channel.parties().contains_key(&origin.agency) {
            return Held::Never;
        }
        // What was lost of an own log comes back from nobody; and whoever lost entries of its own can't know the heights
        // of what others wrote after they had seen them.
        let lost_here = size < seen.size && origin.agency == channel.me();
        let lost_there = size > seen.size && origin.agency == at.origin.agency && origin.epoch < at.origin.epoch;
        if lost_here || lost_there {
            return Held::Never;
        }
        if size < seen.size {
            held = Held::NotYet;
        }
    }
    let untold = withheld.into_iter().filter(|(told, _)| !cut.holds(told)).any(|(_, Places { origin, indexes })| {
        indexes.iter().any(|index| cut.holds(&Position { origin, index: *index }))
    });
    if untold { Held::Never } else { held }
}

/// All threads with states, at a cut or as they stand now.
#[derive(Debug, Clone, Default)]
pub struct Account {
    threads: BTreeMap<ThreadKey, Accounted>,
}

/// How a thread stands in an account.
#[derive(Debug, Clone)]
struct Accounted {
    digest: Hash,
    owed: Vec<Await>,
}

/// What a party answers others' statements from.
#[derive(Debug, Clone, Copy)]
pub struct Accounts<'a> {
    /// Its account of the statement's cut; none if it never held all that the cut names: then it answers from the present
    /// alone.
    pub cut: Option<&'a Account>,
    /// Its account of the present.
    pub now: &'a Account,
}

impl Account {
    /// Adds a thread; one without states is left out.
    pub fn add(&mut self, suite: &dyn Suite, key: ThreadKey, thread: &Thread) {
        if let Some(digest) = thread.digest(suite) {
            self.threads.insert(key, Accounted { digest, owed: thread.owed(key) });
        }
    }

    /// The digests of the threads.
    pub fn digests(&self) -> Digests {
        Digests::new(self.threads.iter().map(|(key, thread)| (*key, thread.digest)))
    }

    /// The statement of a party whose account of a cut this is.
    pub fn statement(&self, suite: &dyn Suite, me: &AgencyId, cut: Cut) -> Statement {
        let (threads, hash) = self.sum(suite);
        let mut awaits: Vec<Await> =
            self.threads.values().flat_map(|thread| &thread.owed).filter(|owed| owed.from != *me).cloned().collect();
        let order = |item: &Await| (item.by.unwrap_or(u64::MAX), item.key());
        awaits.sort_by(|a, b| (order(a), &a.what, a.from).cmp(&(order(b), &b.what, b.from)));
        let awaiting = u64::try_from(awaits.len()).unwrap_or(u64::MAX);
        awaits.truncate(STATEMENT_AWAITS_MAX);
        Statement { cut, threads, hash, awaiting, awaits }
    }

    /// How many threads there are, and the hash over them.
    pub fn sum(&self, suite: &dyn Suite) -> (u64, Hash) {
        let digests = self.digests();
        (u64::try_from(digests.len()).unwrap_or(u64::MAX), digests.hash(suite))
    }

    /// Why something that a statement names is not so by this account of the cut.
    fn ground(&self, item: &Await) -> Option<Ground> {
        let Some(Accounted { owed, .. }) = self.threads.get(&item.key()) else { return Some(Ground::NotKnown) };
        match owed.iter().find(|owed| owed.what == item.what && owed.from == item.from) {
            None => Some(Ground::NotDue),
            Some(owed) if owed.by != item.by => Some(Ground::OtherTime),
            Some(_) => None,
        }
    }

    /// Whether the party owes this, by whatever time.
    fn owes(&self, item: &Await) -> bool {
        let thread = self.threads.get(&item.key());
        thread.is_some_and(|thread| thread.owed.iter().any(|owed| owed.what == item.what && owed.from == item.from))
    }
}

impl Accounts<'_> {
    /// The answer of the party to another's statement.
    pub fn answer(&self, suite: &dyn Suite, me: &AgencyId, at: Position, statement: &Statement) -> StatementAnswer {
        let Self { cut, now } = *self;
        let sum = cut.map(|account| account.sum(suite));
        let of_me = statement.awaits.iter().filter(|item| item.from == *me);
        let contested = of_me.filter_map(|item| {
            let ground = cut.map_or(Some(Ground::NotDue), |cut| cut.ground(item));
            // Without an account of the cut the present is all that can be said.
            let ground = if cut.is_none() && now.owes(item) { None } else { ground };
            let ground = ground.or_else(|| (!now.owes(item)).then_some(Ground::DoneSince))?;
            let Await { thread, lane, what, .. } = item.clone();
            Some(Contested { thread, lane, what, ground })
        });
        StatementAnswer {
            statement: at,
            hash: sum.map(|(_, hash)| hash),
            threads: sum.map_or(0, |(threads, _)| threads),
            contested: contested.collect(),
        }
    }
}
