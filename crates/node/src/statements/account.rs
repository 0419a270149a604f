//! All threads of a channel at a cut, read from the rows that turns have written.

use desks::thread::{self, Account, Event, Held, replay, replay_at};
use protocol::{
    channel::Channel,
    id::{AgencyId, ChannelId},
    origin::{Lane, Position},
    statement::{Cut, ThreadKey},
};
use store::{StoreError, Told, ToldRow};

use crate::{db::SUITE, limits, threads::Upkeep};

/// The account of a cut, and the one of the present.
pub struct Accounts {
    /// As the entries below the cut tell it.
    pub cut: Account,
    /// As all entries tell it.
    pub now: Account,
}

/// Reads all threads of a channel, at a cut and now.
pub fn at(upkeep: &Upkeep, channel: &Channel, cut: &Cut) -> Result<Accounts, StoreError> {
    upkeep.catch_up()?;
    let parties: Vec<AgencyId> = channel.parties().keys().copied().collect();
    let mut accounts = Accounts { cut: Account::default(), now: Account::default() };
    upkeep.threads.rows.for_each_thread(&channel.id(), |thread, events| {
        for lane in [Lane::Main, Lane::Urgent] {
            let of_lane = events.iter().filter(|(position, _)| position.origin.lane == lane);
            // What can't be read is as good as not there: rows are of this program's version, which wrote them.
            let of_lane: Vec<Event> = of_lane.filter_map(|(_, stub)| serde_json::from_slice(stub).ok()).collect();
            let key = ThreadKey { thread, lane };
            accounts.cut.add(SUITE, key, &replay_at(&parties, channel.id(), cut, &of_lane));
            accounts.now.add(SUITE, key, &replay(&parties, &of_lane));
        }
    })?;
    Ok(accounts)
}

/// The time of the earliest event of any thread, milliseconds since 1970; `None` without one.
pub fn begun(upkeep: &Upkeep, channel: &ChannelId) -> Result<Option<u64>, StoreError> {
    let mut begun: Option<u64> = None;
    upkeep.threads.rows.for_each_thread(channel, |_, events| {
        let times = events.iter().filter_map(|(_, stub)| Some(serde_json::from_slice::<Event>(stub).ok()?.stub.time));
        begun = times.chain(begun).min();
    })?;
    Ok(begun)
}

/// Whether this node holds all that a statement names. The threads must have been brought up.
pub fn held(upkeep: &Upkeep, channel: &Channel, at: &Position, cut: &Cut) -> Result<Held, StoreError> {
    let rows =
        upkeep.threads.rows.told(&channel.id(), Told::Withheld, Some(&upkeep.db.me), limits::WITHHELD_LOOKED_AT)?;
    let read = |row: ToldRow| Some((row.position, serde_json::from_slice(&row.body).ok()?));
    Ok(thread::held(channel, at, cut, rows.into_iter().filter_map(read)))
}
