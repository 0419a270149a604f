//! What parties say of all threads: statements, with the answers to them and where accounts differ.

use std::collections::BTreeMap;

use protocol::{
    channel::Channel,
    header::ThreadId,
    id::{AgencyId, ChannelId},
    origin::{Lane, Position},
    statement::{Await, Contested, Duty, StatementAnswer, ThreadKey, Verdict, bisect::Differing},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{StoreError, Told, ToldRow, View};
use texts::say;

use super::{Disclosed, Proof, Reading, list::rows};
use crate::{
    audit::Noted,
    callers::Caller,
    fault::Fault,
    records::delivered_to,
    statements::{compare, statement},
    words::{self, Place},
};

/// The newest statements of all parties.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Statements {
    /// The newest first.
    pub statements: Vec<StatementShown>,
}

/// A statement with what came of it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct StatementShown {
    /// Where it lies.
    pub r#ref: Place,
    /// Whose it is.
    #[schemars(with = "words::Id")]
    pub party: AgencyId,
    /// Whether it is this agency's.
    pub own: bool,
    /// Its manifest's time, milliseconds since 1970.
    pub time_ms: u64,
    /// Which entries it is about.
    pub cut: Vec<Size>,
    /// How many threads have states there; absent for who does not see all of them.
    pub threads: Option<u64>,
    /// The hash over them.
    pub hash: String,
    /// How much it says awaits others; absent for who does not see all of it.
    pub awaiting: Option<u64>,
    /// What awaits others: what of it is in the reader's compartment.
    pub awaits: Vec<Awaited>,
    /// Other parties that have receipted it; only of an own one.
    #[schemars(with = "Vec<words::Id>")]
    pub receipted: Vec<AgencyId>,
    /// Their answers.
    pub answers: Vec<Answer>,
    /// Other parties that have not answered.
    #[schemars(with = "Vec<words::Id>")]
    pub unanswered: Vec<AgencyId>,
    /// Where the own account and another's differ.
    pub differences: Vec<Found>,
    #[serde(skip)]
    #[schemars(skip)]
    _proof: Proof,
}

/// How many entries of a log a statement is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "LogSize")]
pub struct Size {
    /// The log: `<agency>/<epoch>/<lane>`.
    pub log: String,
    /// The entries below this number.
    pub size: u64,
}

/// Something that the author of a statement says another party owes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Awaited {
    /// In which thread.
    #[schemars(with = "words::ThreadId")]
    pub thread: ThreadId,
    /// In which lane the thread lives.
    #[schemars(with = "words::Lane")]
    pub lane: Lane,
    /// What; absent where the next step is the party's and no time limit runs.
    #[schemars(with = "Option<String>")]
    pub what: Option<Duty>,
    /// Who owes it.
    #[schemars(with = "words::Id")]
    pub from: AgencyId,
    /// By when, milliseconds since 1970; absent without a time limit.
    pub by_ms: Option<u64>,
}

impl From<Await> for Awaited {
    fn from(Await { thread, lane, what, from, by }: Await) -> Self {
        Self { thread, lane, what, from, by_ms: by }
    }
}

/// What another party says to a statement.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "StatementAnswer")]
pub struct Answer {
    /// Who says it.
    #[schemars(with = "words::Id")]
    pub party: AgencyId,
    /// Where it lies.
    pub r#ref: Place,
    /// Its manifest's time, milliseconds since 1970.
    pub time_ms: u64,
    /// How the accounts compare.
    #[schemars(with = "words::Verdict")]
    pub verdict: Verdict,
    /// The hash over the threads by that party's account; absent where it does not hold all that the cut names.
    pub hash: Option<String>,
    /// How many threads have states there by its account; absent for who does not see all of them.
    pub threads: Option<u64>,
    /// What it contests: what of it is in the reader's compartment.
    #[schemars(with = "Vec<words::Contested>")]
    pub contested: Vec<Contested>,
}

/// Where the own account and another's differ.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "StatementDifference")]
pub struct Found {
    /// The other party.
    #[schemars(with = "words::Id")]
    pub party: AgencyId,
    /// The threads, as far as they are in the reader's compartment; absent while they are being looked for.
    #[schemars(with = "Option<words::Differing>")]
    pub differing: Option<Differing>,
}

impl StatementShown {
    /// Whether every other party has answered.
    pub fn is_answered(&self) -> bool {
        self.unanswered.is_empty()
    }
}

impl Reading {
    /// The newest statements of all parties of a channel.
    ///
    /// # Errors
    /// There is no such channel, so many rows are not given, or the rows can't be read.
    pub fn statements(
        &self,
        caller: &Caller,
        channel: &ChannelId,
        limit: Option<usize>,
    ) -> Result<Disclosed<Statements>, Fault> {
        let channel = self.channel(channel)?.value();
        let rows_max = rows(limit)?;
        self.upkeep.bring_up()?;
        let mut statements = Vec::new();
        for row in self.threads.rows.told(&channel.id(), Told::Statement, None, rows_max)? {
            statements.extend(self.statement_in(caller, &channel, &row)?);
        }
        Ok(Disclosed::new(Statements { statements }, Noted::default()))
    }

    /// One statement with its answers, as they are held now.
    ///
    /// # Errors
    /// The record is no statement, or the rows can't be read.
    pub fn statement(&self, caller: &Caller, at: &Position) -> Result<Disclosed<StatementShown>, Fault> {
        let channel = self.channel(&at.origin.channel)?.value();
        self.upkeep.catch_up()?;
        let none = || Fault::not_found(say!("not-a-statement", index = %at.index, origin = %at.origin));
        let row = self.threads.rows.told_at(at)?.ok_or_else(none)?;
        let shown = self.statement_in(caller, &channel, &row)?.ok_or_else(none)?;
        Ok(Disclosed::new(shown, Noted::default()))
    }

    /// A statement as a reader sees it; `None` if the row is none.
    fn statement_in(
        &self,
        caller: &Caller,
        channel: &Channel,
        row: &ToldRow,
    ) -> Result<Option<StatementShown>, StoreError> {
        let Some(statement) = statement(row) else { return Ok(None) };
        // Counts are of what the reader sees: where something may be hidden, a difference would count it.
        let sees_all = Self::view(caller) == View::Whole || !self.protection.has_hidden(&channel.id());
        let mut visible = Visible { reading: self, channel, caller, known: BTreeMap::new() };
        let position = row.position;
        let party = position.origin.agency;
        let mut answers = Vec::new();
        let mut bodies: Vec<(AgencyId, StatementAnswer)> = Vec::new();
        for answer in self.threads.rows.answers(&position)? {
            let Ok(body) = serde_json::from_slice::<StatementAnswer>(&answer.body) else { continue };
            bodies.push((answer.position.origin.agency, body.clone()));
            answers.push(Answer {
                party: answer.position.origin.agency,
                r#ref: place(&answer.position),
                time_ms: answer.time,
                verdict: Verdict::of(&statement.hash, body.hash.as_ref()),
                hash: body.hash.map(hex::encode),
                threads: sees_all.then_some(body.threads),
                contested: visible.only(body.contested, |item| ThreadKey { thread: item.thread, lane: item.lane })?,
            });
        }
        let others = || channel.parties().keys().copied().filter(move |other| *other != party);
        let unanswered = others().filter(|other| answers.iter().all(|answer| answer.party != *other)).collect();
        let receipted = |other: &AgencyId| party == self.db.me && delivered_to(channel, &position, other);
        let awaits = visible.only(statement.awaits, Await::key)?.into_iter().map(Awaited::from).collect();
        let found = compare::kept(&self.db, &position)?;
        let mut differences = Vec::new();
        for partner in channel.partners() {
            if compare::verdict(&self.db, row, &bodies, &partner) != Some(Verdict::Differs) {
                continue;
            }
            let mut differing = found.iter().find(|found| found.party == partner).map(|found| found.differing.clone());
            if let Some(differing) = &mut differing {
                differing.threads = visible.only(std::mem::take(&mut differing.threads), |key| *key)?;
            }
            differences.push(Found { party: partner, differing });
        }
        Ok(Some(StatementShown {
            r#ref: place(&position),
            party,
            own: party == self.db.me,
            time_ms: row.time,
            cut: statement.cut.logs().iter().map(|seen| Size { log: seen.origin.short(), size: seen.size }).collect(),
            threads: sees_all.then_some(statement.threads),
            hash: hex::encode(statement.hash),
            awaiting: sees_all.then_some(statement.awaiting),
            awaits,
            receipted: others().filter(receipted).collect(),
            answers,
            unanswered,
            differences,
            _proof: Proof::default(),
        }))
    }
}

fn place(position: &Position) -> Place {
    Place { log: position.origin.short(), index: position.index }
}

/// Which threads a reader may see: those that its lists of threads show, and those that are not known here.
struct Visible<'a> {
    reading: &'a Reading,
    channel: &'a Channel,
    caller: &'a Caller,
    known: BTreeMap<ThreadKey, bool>,
}

impl Visible<'_> {
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
        let view = Reading::view(self.caller);
        let sees = match self.reading.threads.row(&self.channel.id(), &key.thread, key.lane, view)? {
            Some(row) => self.reading.shows_thread(self.caller, &row) && self.caller.purposes().include(&row.supplied),
            None => self.caller.sees(None, None),
        };
        self.known.insert(key, sees);
        Ok(sees)
    }
}
