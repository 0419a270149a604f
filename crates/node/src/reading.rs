//! What may be shown, and to whom: the one room that asks.
//!
//! A record is shown if it does not lie in quarantine (REC-01), does not wait for the protection officer (ASY-05), is in the
//! caller's compartment, was supplied for one of the caller's purposes (PUR-01) and may be used as the caller wants (HAN-02,
//! HAN-03, PUR-02). Each verb of [`Reading`] asks all of it and gives a [`Disclosed`], which nothing else makes: whoever shows
//! something of a record, by whatever way, has one or does not compile.
//!
//! - [`record`] is one record whole, [`beside`] two of one meeting, [`page`] the records held here, [`follow`] what arrives, [`attachment`] a record's file;
//! - [`thread`] is one thread whole, [`list`] a page of threads, [`search`] finds records by their words;
//! - [`evidence`] are files to be checked offline, [`statements`] what parties say of all threads;
//! - [`uses`] decides what may be done with what was received, [`reviews`] shows what one officer released alone, [`erase`]
//!   says what may be destroyed.

use std::sync::Arc;

use protocol::{
    channel::Channel,
    commit::MarkState,
    header::ThreadId,
    id::ChannelId,
    origin::{Lane, Position},
};

use crate::{
    audit::Noted,
    callers::Caller,
    channel::ChannelHandle,
    channels::Channels,
    db::Db,
    fault::{Code, Fault},
    protection::Protection,
    records::{self, Opened},
    threads::{Threads, Upkeep, openers::Openers, stubs},
};
use cursor::Cursors;
use store::{StoreError, ThreadRow, View};
use texts::say;

pub mod attachment;
pub mod beside;
mod compartment;
mod cursor;
pub mod erase;
pub mod erasures;
pub mod evidence;
pub mod filter;
pub mod follow;
pub mod latest;
pub mod list;
pub mod page;
pub mod record;
pub mod reviews;
pub mod search;
pub mod statements;
pub mod thread;
pub mod uses;

/// The room: what it reads from.
pub struct Reading {
    db: Arc<Db>,
    channels: Arc<Channels>,
    threads: Arc<Threads>,
    protection: Arc<Protection>,
    upkeep: Arc<Upkeep>,
}

/// Something that may be shown to the caller who asked for it, with what the audit log must note of that. Only [`Reading`]
/// makes one, so whoever answers with something of a record has asked. What was come by otherwise does not compile:
///
/// ```compile_fail,E0451
/// use mithaq_node::{audit::Noted, reading::{Disclosed, list::ThreadPage}};
///
/// fn unasked(page: ThreadPage) -> Disclosed<ThreadPage> {
///     Disclosed { shown: page, noted: Noted::default() }
/// }
/// ```
#[derive(Debug)]
pub struct Disclosed<T> {
    shown: T,
    noted: Noted,
}

impl<T> Disclosed<T> {
    const fn new(shown: T, noted: Noted) -> Self {
        Self { shown, noted }
    }

    /// What is shown.
    pub const fn shown(&self) -> &T {
        &self.shown
    }

    /// What is shown, and what the audit log must note before it is.
    pub fn into_parts(self) -> (T, Noted) {
        (self.shown, self.noted)
    }
}

/// A member of answers that keeps others from writing them down: only this room has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Proof(());

/// A record that the caller may know of: neither in quarantine nor held, and in the caller's compartment. Whether it may be
/// used is asked next ([`Reading::consult`]).
struct Found {
    channel: Arc<Channel>,
    position: Position,
    opened: Opened,
    /// The word of its state.
    state: &'static str,
}

impl Reading {
    /// Reads what these threads are made of.
    pub fn new(upkeep: Arc<Upkeep>) -> Self {
        Self {
            db: Arc::clone(&upkeep.db),
            channels: Arc::clone(&upkeep.channels),
            threads: Arc::clone(&upkeep.threads),
            protection: Arc::clone(&upkeep.protection),
            upkeep,
        }
    }

    /// The cursors of a list by its name.
    pub(crate) fn cursors(&self, list: &'static str) -> Cursors<'_> {
        Cursors::of(&self.protection, list)
    }

    /// Opens a record for a caller.
    ///
    /// # Errors
    /// There is no such record or its content is gone; what waits for the protection officer is not there. [`Code::Refused`]
    /// by REC-01 for what is in quarantine, [`Code::Forbidden`] for what is in another compartment.
    fn find(&self, caller: &Caller, position: &Position) -> Result<Found, Fault> {
        let channel = self.channel(&position.origin.channel)?.value();
        let reader = self.db.reader()?;
        let marks: Vec<MarkState> = reader.marks(position)?.into_iter().map(|mark| mark.state).collect();
        if marks.contains(&MarkState::Quarantined) && !caller.is_auditor() {
            let message = say!("quarantined");
            return Err(Fault::new(Code::Refused, message).by_rule("REC-01"));
        }
        let stored = reader.batch_at(&position.origin, position.index)?.ok_or_else(|| records::missing(position))?;
        if records::is_gone(&stored, position) {
            // That it was here is told to nobody from whom it was hidden.
            self.check_knows_gone(caller, &channel, position, stubs::kept(&reader, position)?.as_ref())?;
        }
        let opened = records::open_in(&channel, &stored, position)?;
        let thread = opened.header.thread;
        let is_beside_hidden = opened.header.is_protocol() && !self.protection.shows_sizes(caller, &channel);
        if is_beside_hidden || !self.protection.shows(caller, position, thread.as_ref()) {
            return Err(records::missing(position));
        }
        let opener = Openers::new(&self.upkeep).of(&channel, thread.as_ref(), position.origin.lane)?;
        caller.check_sees(Some(&opened.header.kind), opener)?;
        let state = records::state(&channel, position, &marks);
        Ok(Found { channel, position: *position, opened, state })
    }

    /// Which kind of record opened a thread; `None` if none did. It says nothing of whether somebody may see it.
    pub(crate) fn opener(
        &self,
        channel: &Channel,
        thread: &ThreadId,
        lane: Lane,
    ) -> Result<Option<&'static str>, StoreError> {
        Openers::new(&self.upkeep).of(channel, Some(thread), lane)
    }

    /// Whether a caller may know that a record whose content is gone was here: as lists say it, not where sizes of logs are hidden,
    /// for what the protocol's own records would count is counted by it too.
    fn check_knows_gone(
        &self,
        caller: &Caller,
        channel: &Channel,
        position: &Position,
        kept: Option<&stubs::Kept>,
    ) -> Result<(), Fault> {
        let thread = kept.map(|kept| &kept.thread);
        let knows = self.protection.shows_sizes(caller, channel) && self.protection.shows(caller, position, thread);
        if knows { Ok(()) } else { Err(records::missing(position)) }
    }

    /// Whether a caller may see a thread, and know that it is there. For which purpose it was opened is asked beside.
    fn shows_thread(&self, caller: &Caller, row: &ThreadRow) -> bool {
        let hidden = || self.protection.aside(|index| index.hides_thread(row.channel, row.more.lane, &row.thread));
        compartment::has_thread(caller, row) && (caller.sees_before_protection_check() || !hidden())
    }

    /// As whom a caller reads threads.
    fn view(caller: &Caller) -> View {
        if caller.sees_before_protection_check() { View::Whole } else { View::Office }
    }

    fn channel(&self, id: &ChannelId) -> Result<Arc<ChannelHandle>, Fault> {
        self.channels.get(id).ok_or_else(|| Fault::not_found(say!("no-open-channel", id = %id)))
    }
}
