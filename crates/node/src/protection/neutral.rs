//! The answer that provides nothing (ASY-02): meant by an officer or made because a request is not processed, it is laid
//! aside, composed and released by the same functions, which are not told which of the two it is.

use desks::thread::{self, Event};
use protocol::{
    agreement::{Agreement, Clause},
    channel::Channel,
    commit::Period,
    date::Date,
    header::{Header, RecordRef, ThreadId},
    id::AgencyId,
    origin::{Lane, Position},
    suite::Entropy as _,
};
use store::{Projection, StoreError};
use texts::say;

use super::{
    Protection,
    aside::{Item, Neutral},
};
use crate::{
    db::Db,
    fault::{Code, Fault},
    records,
    threads::events,
};

/// A request that waits for this agency's answer.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The request, or what clarified it last.
    pub position: Position,
    /// Its thread.
    pub thread: ThreadId,
    /// What its desk says of it.
    desk: Box<thread::Asked>,
}

/// The request in a thread that waits for this agency's answer; `None` if none does. With `hidden_from`, as it stands without
/// what is hidden from offices. Threads must be up to date.
///
/// # Errors
/// The store can't be read.
pub fn asked(
    rows: &Projection,
    channel: &Channel,
    lane: Lane,
    thread: ThreadId,
    hidden_from: Option<&Protection>,
) -> Result<Option<Asked>, StoreError> {
    let mut events = events::of(rows, channel, &thread, lane)?;
    if let Some(protection) = hidden_from {
        events::leave_out_hidden(protection, channel, &thread, &mut events);
    }
    let parties: Vec<AgencyId> = channel.parties().keys().copied().collect();
    let in_order: Vec<Event> = events.into_values().collect();
    let asked = thread::asked(&parties, &in_order, channel.me(), crate::clock::now_ms());
    Ok(asked.map(|desk| Asked { position: desk.place.position(channel.id()), thread, desk: Box::new(desk) }))
}

impl Asked {
    /// Whether this agency has answered in part already: then it can't say any more that it has nothing.
    pub fn is_answered(&self) -> bool {
        self.desk.is_answered
    }
}

impl Protection {
    /// Lays the answer to a request aside until its moment; does nothing if there is one.
    ///
    /// # Errors
    /// The store can't be read or written.
    pub fn intend(&self, db: &Db, asked: &Asked, now: u64) -> Result<(), Fault> {
        let _one = self.lock_intending();
        if self.aside(|index| index.answer(&asked.position)).is_some() {
            return Ok(());
        }
        let origin = &asked.position.origin;
        let receipt = db.reader()?.receipt_covering(origin, asked.position.index.saturating_add(1), db.me)?;
        let received = receipt.map_or(asked.desk.time, |receipt| receipt.time_s.saturating_mul(1000));
        let at = policy::release_ms(received, now, asked.desk.within_ms, self.draw(&asked.position));
        let neutral = Neutral { asked: asked.position, thread: asked.thread, at, done: false };
        self.lay(db, origin.channel, (&Item::Neutral(neutral), Period::CHANNEL), None)?;
        self.woken.notify_one();
        Ok(())
    }
}

/// Header and body of the answer, under a version of the agreement, as of a day.
///
/// # Errors
/// [`Code::Refused`] if no clause of the version lets this agency answer requests.
pub fn compose(
    db: &Db,
    channel: &Channel,
    agreement: &Agreement,
    asked: &Asked,
    today: Date,
) -> Result<(Header, &'static [u8]), Fault> {
    let me = agreement.party(&db.me).map(|party| party.label.as_str()).unwrap_or_default();
    let answer = asked.desk.neutral;
    let may = |clause: &&Clause| clause.allows(answer.kind, me);
    let clause =
        agreement.clause(&asked.desk.clause).filter(may).or_else(|| agreement.clauses.iter().find(may)).ok_or_else(
            || {
                let message = say!("no-clause-to-author", kind = %answer.kind);
                Fault::new(Code::Refused, message).by_rule("AGR-01").in_field("kind")
            },
        )?;
    let request = records::open(&db.reader()?, channel, &asked.position).ok();
    let kept = request.and_then(|request| request.header.retain_until);
    let mut fresh = [0; 16];
    crate::entropy().fill(&mut fresh);
    let of = policy::Neutral {
        thread: asked.thread,
        asked: RecordRef::from(&asked.position),
        retain_until: kept,
        today,
        fresh,
    };
    let header = policy::neutral_header(agreement, &clause.id, answer.kind, of)
        .map_err(|error| Fault::new(Code::Refused, error.to_string()))?;
    Ok((header, answer.body))
}
