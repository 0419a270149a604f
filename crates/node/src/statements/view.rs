//! What a reader is shown of statements.

use std::collections::BTreeMap;

use protocol::{
    channel::Channel,
    id::AgencyId,
    origin::{Lane, Origin, Position},
    statement::{Await, Contested, StatementAnswer, ThreadKey, Verdict, bisect::Differing},
};
use serde::Serialize;
use store::{StoreError, ToldRow};

use super::{compare, statement};
use crate::{callers::Caller, channel::delivered_to, node::Node, threads};

/// A record's place inside its channel.
#[derive(Debug, Clone, Serialize)]
pub struct Place {
    log: String,
    index: u64,
}

/// A statement with what came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// Where it lies.
    r#ref: Place,
    /// Whose it is.
    party: AgencyId,
    /// Whether it is this agency's.
    own: bool,
    /// Its manifest's time, milliseconds since 1970.
    time: u64,
    /// Which entries it is about.
    cut: Vec<Size>,
    /// How many threads have states there.
    threads: u64,
    /// The hash over them.
    hash: String,
    /// How much it says awaits others.
    awaiting: u64,
    /// What awaits others: what of it is in the reader's compartment.
    awaits: Vec<Await>,
    /// How many are listed and not shown to this reader.
    awaits_hidden: usize,
    /// Other parties that have receipted it; only of an own one.
    receipted: Vec<AgencyId>,
    /// Their answers.
    answers: Vec<Answer>,
    /// Other parties that have not answered.
    unanswered: Vec<AgencyId>,
    /// Where the own account and another's differ.
    differences: Vec<Found>,
}

#[derive(Debug, Clone, Serialize)]
struct Size {
    log: String,
    size: u64,
}

#[derive(Debug, Clone, Serialize)]
struct Answer {
    party: AgencyId,
    r#ref: Place,
    time: u64,
    verdict: Verdict,
    hash: Option<String>,
    threads: u64,
    contested: Vec<Contested>,
}

#[derive(Debug, Clone, Serialize)]
struct Found {
    party: AgencyId,
    /// `None` while the threads are being looked for.
    differing: Option<Differing>,
}

/// A statement as a reader sees it; `None` if the row is none.
pub fn shown(node: &Node, channel: &Channel, caller: &Caller, row: &ToldRow) -> Result<Option<Shown>, StoreError> {
    let Some(statement) = statement(row) else { return Ok(None) };
    let mut compartment = Compartment { node, channel, caller, known: BTreeMap::new() };
    let position = row.position;
    let party = position.origin.agency;
    let mut answers = Vec::new();
    for answer in node.threads.rows.answers(&position)? {
        let Ok(body) = serde_json::from_slice::<StatementAnswer>(&answer.body) else { continue };
        answers.push(Answer {
            party: answer.position.origin.agency,
            r#ref: place(&answer.position),
            time: answer.time,
            verdict: Verdict::of(&statement.hash, body.hash.as_ref()),
            hash: body.hash.map(hex::encode),
            threads: body.threads,
            contested: compartment.only(body.contested, |item| ThreadKey { thread: item.thread, lane: item.lane })?,
        });
    }
    let others = || channel.parties().keys().copied().filter(move |other| *other != party);
    let unanswered = others().filter(|other| answers.iter().all(|answer| answer.party != *other)).collect();
    let receipted = |other: &AgencyId| party == node.me && delivered_to(channel, &position, other);
    let listed = statement.awaits.len();
    let awaits = compartment.only(statement.awaits, Await::key)?;
    let read = super::answers(node, &position)?;
    let found = compare::kept(node, &position)?;
    let mut differences = Vec::new();
    for partner in channel.partners() {
        if compare::verdict(node, row, &read, &partner) != Some(Verdict::Differs) {
            continue;
        }
        let mut differing = found.iter().find(|found| found.party == partner).map(|found| found.differing.clone());
        if let Some(differing) = &mut differing {
            differing.threads = compartment.only(std::mem::take(&mut differing.threads), |key| *key)?;
        }
        differences.push(Found { party: partner, differing });
    }
    Ok(Some(Shown {
        r#ref: place(&position),
        party,
        own: party == node.me,
        time: row.time,
        cut: statement.cut.logs().iter().map(|seen| Size { log: seen.origin.short(), size: seen.size }).collect(),
        threads: statement.threads,
        hash: hex::encode(statement.hash),
        awaiting: statement.awaiting,
        awaits_hidden: listed - awaits.len(),
        awaits,
        receipted: others().filter(receipted).collect(),
        answers,
        unanswered,
        differences,
    }))
}

/// Whether every other party has answered.
impl Shown {
    /// Whether nobody is missing.
    pub fn is_answered(&self) -> bool {
        self.unanswered.is_empty()
    }
}

fn place(position: &Position) -> Place {
    Place { log: Origin::short(&position.origin), index: position.index }
}

/// Which threads a reader may see: those that its lists of threads show, and those that are not known here.
struct Compartment<'a> {
    node: &'a Node,
    channel: &'a Channel,
    caller: &'a Caller,
    known: BTreeMap<ThreadKey, bool>,
}

impl Compartment<'_> {
    fn only<T>(&mut self, items: Vec<T>, key: impl Fn(&T) -> ThreadKey) -> Result<Vec<T>, StoreError> {
        let mut seen = Vec::with_capacity(items.len());
        for item in items {
            if self.sees(key(&item))? {
                seen.push(item);
            }
        }
        Ok(seen)
    }

    fn sees(&mut self, key: ThreadKey) -> Result<bool, StoreError> {
        if let Some(sees) = self.known.get(&key) {
            return Ok(*sees);
        }
        let of_it = |lane: Lane| lane == key.lane;
        let rows = self.node.threads.rows.named(&key.thread)?;
        let row = rows.iter().find(|row| row.channel == self.channel.id() && of_it(row.more.lane));
        let sees = match row {
            Some(row) => {
                threads::view::shows(self.node, self.caller, row) && self.caller.purposes().include(&row.supplied)
            }
            None => self.caller.sees_kind(None),
        };
        self.known.insert(key, sees);
        Ok(sees)
    }
}
