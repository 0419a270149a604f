//! All threads of a channel at a cut, read from the rows that turns have written.

use desks::thread::{Account, Event, replay, replay_at};
use protocol::{
    channel::Channel,
    id::{AgencyId, ChannelId},
    origin::{Lane, Origin, Position},
    statement::{Cut, ThreadKey},
};
use store::{StoreError, Told};

use crate::{
    limits,
    node::{Node, SUITE},
    threads,
};

/// The account of a cut, and the one of the present.
pub struct Accounts {
    /// As the entries below the cut tell it.
    pub cut: Account,
    /// As all entries tell it.
    pub now: Account,
}

/// Whether a node can give its account of a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// It holds all that the cut names.
    All,
    /// It will, once logs have come that it waits for.
    NotYet,
    /// It never held all of it: something was withheld from it, or entries of the cut's author or its own were lost in a
    /// restore (STMT-6).
    Never,
}

/// Reads all threads of a channel, at a cut and now.
pub fn at(node: &Node, channel: &Channel, cut: &Cut) -> Result<Accounts, StoreError> {
    threads::catch_up(node)?;
    let parties: Vec<AgencyId> = channel.parties().keys().copied().collect();
    let mut accounts = Accounts { cut: Account::default(), now: Account::default() };
    node.threads.rows.for_each_thread(&channel.id(), |thread, events| {
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
pub fn begun(node: &Node, channel: &ChannelId) -> Result<Option<u64>, StoreError> {
    let mut begun: Option<u64> = None;
    node.threads.rows.for_each_thread(channel, |_, events| {
        let times = events.iter().filter_map(|(_, stub)| Some(serde_json::from_slice::<Event>(stub).ok()?.stub.time));
        begun = times.chain(begun).min();
    })?;
    Ok(begun)
}

/// Whether this node holds all that a cut names, which `author` stated. The threads must have been brought up.
pub fn held(node: &Node, channel: &Channel, author: &AgencyId, cut: &Cut) -> Result<Held, StoreError> {
    let me = channel.me();
    let epoch =
        |origin: &Origin| cut.logs().iter().any(|seen| seen.origin == Origin { epoch: origin.epoch + 1, ..*origin });
    let mut held = Held::All;
    for seen in cut.logs() {
        let (origin, size) = (&seen.origin, channel.size(&seen.origin));
        if origin.channel != channel.id() || !channel.parties().contains_key(&origin.agency) {
            return Ok(Held::Never);
        }
        // Nobody gives back what was lost of an own log; and who lost entries of its own no longer knows their heights.
        let lost_here = size < seen.size && origin.agency == me;
        let lost_there = size > seen.size && origin.agency == *author && epoch(origin);
        if lost_here || lost_there {
            return Ok(Held::Never);
        }
        if size < seen.size {
            held = Held::NotYet;
        }
    }
    let withheld = node.threads.rows.told(&channel.id(), Told::Withheld, Some(&me), limits::WITHHELD_LOOKED_AT)?;
    for row in withheld.iter().filter(|row| !cut.holds(&row.position)) {
        let Ok(places) = serde_json::from_slice::<protocol::control::Places>(&row.body) else { continue };
        let below = |index: &u64| cut.holds(&Position { origin: places.origin, index: *index });
        if places.indexes.iter().any(below) {
            return Ok(Held::Never);
        }
    }
    Ok(held)
}
