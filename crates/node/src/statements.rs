//! Statements: how all threads of a channel stand at a cut, by this node's account and by its partners'.
//!
//! - [`account`] reads the threads at a cut;
//! - [`compare`] asks a partner, where the hashes differ, which threads do.
//!
//! A statement and its answers are records of the protocol, so they are durable, signed and receipted like any other.
//! What is kept beside the channel is what a comparison found.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use desks::thread::{Accounts, Held};
use protocol::{
    control::Control,
    date::Date,
    id::{AgencyId, ChannelId},
    origin::{Lane, Position},
    statement::{Cut, Digests, Statement, StatementAnswer, Verdict},
};
use store::{StoreError, Told, ToldRow};
use texts::say;

use crate::{
    audit::By,
    channel::ChannelHandle,
    db::SUITE,
    fault::{Code, Fault},
    limits,
    peers::Peers,
    threads,
    threads::Upkeep,
    work::blocking,
};

pub mod account;
pub mod compare;

/// What a node holds in memory about statements; all of it can be computed again.
pub struct Statements {
    /// From what accounts are drawn.
    pub upkeep: Arc<Upkeep>,
    /// Who is asked where accounts differ.
    pub peers: Arc<Peers>,
    /// Digests at the cuts of statements that were compared lately.
    digests: Mutex<VecDeque<(Position, Arc<Digests>)>>,
    /// Channels in which nothing is to be stated on a day.
    nothing: Mutex<BTreeMap<ChannelId, Date>>,
}

impl Statements {
    /// Nothing in memory yet.
    pub fn new(upkeep: Arc<Upkeep>, peers: Arc<Peers>) -> Self {
        Self { upkeep, peers, digests: Mutex::default(), nothing: Mutex::default() }
    }

    /// The digests at the cut of a statement that is held. `None` while this node does not hold all that the cut names,
    /// or if it never will.
    ///
    /// One caller computes at a time: partners may ask, and each walk reads all threads.
    pub fn digests(&self, handle: &ChannelHandle, row: &ToldRow) -> Result<Option<Arc<Digests>>, StoreError> {
        let mut known = lock(&self.digests);
        if let Some((_, digests)) = known.iter().find(|(position, _)| *position == row.position) {
            return Ok(Some(Arc::clone(digests)));
        }
        let Some(statement) = statement(row) else { return Ok(None) };
        let channel = handle.value();
        if account::held(&self.upkeep, &channel, &row.position, &statement.cut)? != Held::All {
            return Ok(None);
        }
        let digests = Arc::new(account::at(&self.upkeep, &channel, &statement.cut)?.cut.digests());
        known.push_back((row.position, Arc::clone(&digests)));
        let surplus = known.len().saturating_sub(limits::STATEMENT_DIGESTS_KEPT);
        known.drain(..surplus);
        Ok(Some(digests))
    }
}

/// Makes a statement about all that is held now; says where it lies.
pub async fn make(room: &Arc<Statements>, handle: &ChannelHandle, by: By) -> Result<Position, Fault> {
    let value = handle.value();
    if !threads::follows(&value) {
        let message = say!("nothing-to-state-kinds");
        return Err(Fault::new(Code::Conflict, message));
    }
    let cut = Cut::new(value.logs().map(|(origin, log)| (*origin, log.size())));
    if cut.logs().is_empty() {
        return Err(Fault::new(Code::Conflict, say!("nothing-to-state-yet")));
    }
    let (me, upkeep) = (room.upkeep.db.me, Arc::clone(&room.upkeep));
    let statement = blocking(move || {
        let account = account::at(&upkeep, &value, &cut)?.cut;
        Ok::<_, StoreError>(account.statement(SUITE, &me, cut))
    });
    let statement = Control::Statement(statement.await?);
    let (origin, index) = handle.acting(by).append(Lane::Main, vec![statement]).await?;
    Ok(Position { origin, index })
}

/// Answers the statements of others for which this node holds all it can ever hold. True if some still wait.
pub async fn answer_due(room: &Arc<Statements>, handle: &ChannelHandle) -> Result<bool, Fault> {
    let (value, reading) = (handle.value(), Arc::clone(&room.upkeep));
    let answers = blocking(move || {
        reading.catch_up()?;
        let channel = value.id();
        let mut waits = false;
        let mut answers = Vec::new();
        let rows = reading.threads.rows.unanswered(&channel, &reading.db.me, limits::STATEMENTS_ANSWERED_AT_ONCE)?;
        for row in rows {
            let Some(statement) = statement(&row) else { continue };
            let held = account::held(&reading, &value, &row.position, &statement.cut)?;
            waits |= held == Held::NotYet;
            if held != Held::NotYet {
                answers.push(answer(&reading, &value, &row.position, &statement, held)?);
            }
        }
        Ok::<_, StoreError>((answers, waits))
    });
    let (answers, waits) = answers.await?;
    if !answers.is_empty() {
        let controls = answers.into_iter().map(Control::StatementAnswer).collect();
        handle.by_itself().append(Lane::Main, controls).await?;
    }
    Ok(waits)
}

fn answer(
    upkeep: &Upkeep,
    channel: &protocol::channel::Channel,
    at: &Position,
    statement: &Statement,
    held: Held,
) -> Result<StatementAnswer, StoreError> {
    let accounts = account::at(upkeep, channel, &statement.cut)?;
    let cut = (held == Held::All).then_some(&accounts.cut);
    Ok(Accounts { cut, now: &accounts.now }.answer(SUITE, &upkeep.db.me, *at, statement))
}

/// Whether today's statement is still to be made: once on each day that began with a thread.
///
/// What this node said last stands in its own log, so this is the same after every restart.
pub fn due_today(room: &Arc<Statements>, handle: &ChannelHandle, today: Date) -> Result<bool, StoreError> {
    let (channel, value) = (handle.id(), handle.value());
    if !threads::follows(&value) || lock(&room.nothing).get(&channel) == Some(&today) {
        return Ok(false);
    }
    room.upkeep.catch_up()?;
    let last = room.upkeep.threads.rows.told(&channel, Told::Statement, Some(&room.upkeep.db.me), 1)?;
    let made = last.first().and_then(|row| Date::from_unix_ms(row.time)).is_some_and(|day| day >= today);
    let nothing = made || account::begun(&room.upkeep, &channel)?.is_none_or(|time| time >= today.start_unix_ms());
    if nothing {
        lock(&room.nothing).insert(channel, today);
    }
    Ok(!nothing)
}

/// How a channel stands with its partners' accounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Parties whose account differed from the own one when both were last compared.
    pub differing: u64,
    /// Parties that have not answered the own latest statement, though it is a day old.
    pub unanswered: u64,
}

/// How a channel stands now.
pub fn standing(room: &Arc<Statements>, handle: &ChannelHandle, now: u64) -> Result<Standing, StoreError> {
    let (channel, value) = (handle.id(), handle.value());
    let mut standing = Standing::default();
    let rows = room.upkeep.threads.rows.told(&channel, Told::Statement, None, limits::STATEMENTS_LOOKED_AT)?;
    let mut answered: BTreeMap<Position, Vec<(AgencyId, StatementAnswer)>> = BTreeMap::new();
    for row in &rows {
        answered.insert(row.position, answers(room, &row.position)?);
    }
    for partner in value.partners() {
        let verdicts = rows
            .iter()
            .filter_map(|row| compare::verdict(&room.upkeep.db, row, answered.get(&row.position)?, &partner));
        let latest = verdicts.into_iter().find(|verdict| *verdict != Verdict::Undetermined);
        standing.differing += u64::from(latest == Some(Verdict::Differs));
    }
    if let Some(own) = rows.iter().find(|row| row.position.origin.agency == room.upkeep.db.me)
        && now.saturating_sub(own.time) > limits::STATEMENT_ANSWER_MS_MAX
    {
        let by = |partner: &AgencyId| answered[&own.position].iter().any(|(party, _)| party == partner);
        standing.unanswered = value.partners().filter(|partner| !by(partner)).count() as u64;
    }
    Ok(standing)
}

/// The answers to a statement, the first of each party.
pub fn answers(room: &Arc<Statements>, statement: &Position) -> Result<Vec<(AgencyId, StatementAnswer)>, StoreError> {
    let rows = room.upkeep.threads.rows.answers(statement)?;
    let read = |row: ToldRow| Some((row.position.origin.agency, serde_json::from_slice(&row.body).ok()?));
    Ok(rows.into_iter().filter_map(read).collect())
}

/// The statement in a row. Rows are of this program's version, which wrote them; what can't be read is as good as not
/// there.
pub fn statement(row: &ToldRow) -> Option<Statement> {
    if row.told == Told::Statement { serde_json::from_slice(&row.body).ok() } else { None }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
