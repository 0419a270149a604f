//! What lies aside, and who is not to see it.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    commit::{Aside, AsideId, Commit, Period, SubmitResult},
    header::{Header, ThreadId},
    id::ChannelId,
    origin::{Lane, Position},
    suite::Entropy as _,
};
use serde::{Deserialize, Serialize};
use store::{CommitError, LaidAside, Reader, StoreError};
use zeroize::Zeroizing;

use super::Protection;
use crate::{
    db::Db,
    fault::{Code, Fault},
};

/// Something that lies aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Item {
    /// A partner's record, admitted and receipted like any other, that the protection officer sees first.
    Arrived(Arrived),
    /// An own record that was taken from its caller and is in no log.
    Leaving(Box<Leaving>),
    /// An answer that provides nothing.
    Neutral(Neutral),
}

/// A partner's record that waits for the protection officer. It holds no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrived {
    /// The record.
    pub position: Position,
    /// Its thread.
    pub thread: ThreadId,
    /// Whether it opens the thread, which is hidden with it.
    pub opens: bool,
}

/// An own record that waits for its release, or was stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaving {
    /// In which lane.
    pub lane: Lane,
    /// The header as its author wrote it.
    pub header: String,
    /// The body, in base64.
    pub body: String,
    /// The approvals as their officers signed them.
    pub approvals: String,
    /// The id of the token that submitted it, or `socket`.
    pub token: String,
    /// The role of that token.
    pub role: String,
    /// The rule that stops it; absent while it waits to be decided.
    pub stopped: Option<String>,
    /// Whether what stops it is the register, so that a request that it answers ends in `nothing_to_provide`.
    pub hidden: bool,
    /// Where it lies in the log, if it was recorded before it was stopped and did not leave any more.
    pub recorded: Option<Position>,
}

/// An answer that provides nothing, meant by an officer or made because a request is not processed: it does not say which.
/// It holds no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Neutral {
    /// The request, or what clarified it last.
    pub asked: Position,
    /// The thread.
    pub thread: ThreadId,
    /// When it is released, milliseconds since 1970.
    pub at: u64,
    /// Whether it was released: it stays, so that a request gets one.
    pub done: bool,
}

/// What lies aside, in memory: all but the content of own records.
#[derive(Default)]
pub struct Index {
    arrived: BTreeMap<Position, (AsideId, Arrived)>,
    hidden: BTreeSet<(ChannelId, Lane, ThreadId)>,
    leaving: Vec<Waiting>,
    neutral: BTreeMap<Position, (AsideId, Neutral)>,
}

/// An own record that lies aside, without its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Its name.
    pub id: AsideId,
    /// Its channel.
    pub channel: ChannelId,
    /// Its thread.
    pub thread: Option<ThreadId>,
    /// Whether it was stopped.
    pub stopped: bool,
    /// Where it lies in the log, if it does.
    pub recorded: Option<Position>,
}

impl Index {
    pub(super) fn load(reader: &Reader) -> Result<Self, StoreError> {
        let mut index = Self::default();
        for LaidAside { id, channel, bytes } in reader.aside()? {
            // Its period is over, and its content with it: what is left is a row that says nothing.
            let Some(bytes) = bytes else { continue };
            let item = read(&id, &bytes)?;
            index.insert(id, channel, &item);
        }
        Ok(index)
    }

    pub(crate) fn insert(&mut self, id: AsideId, channel: ChannelId, item: &Item) {
        match item {
            Item::Arrived(arrived) => {
                if arrived.opens {
                    self.hidden.insert((channel, arrived.position.origin.lane, arrived.thread));
                }
                self.arrived.insert(arrived.position, (id, *arrived));
            }
            Item::Leaving(leaving) => {
                let (stopped, recorded) = (leaving.stopped.is_some(), leaving.recorded);
                let thread = Header::parse(leaving.header.as_bytes()).ok().and_then(|header| header.thread);
                self.leaving.push(Waiting { id, channel, thread, stopped, recorded });
            }
            Item::Neutral(neutral) => {
                self.neutral.insert(neutral.asked, (id, *neutral));
            }
        }
    }

    pub(crate) fn remove(&mut self, id: &AsideId) {
        self.arrived.retain(|_, (other, _)| other != id);
        let opened = self.arrived.values().filter(|(_, arrived)| arrived.opens);
        self.hidden = opened.map(|(_, a)| (a.position.origin.channel, a.position.origin.lane, a.thread)).collect();
        self.leaving.retain(|waiting| waiting.id != *id);
        self.neutral.retain(|_, (other, _)| other != id);
    }

    /// Whether a record is hidden, by itself or with its thread.
    pub fn hides(&self, position: &Position, thread: Option<&ThreadId>) -> bool {
        let origin = &position.origin;
        !self.arrived.is_empty()
            && (self.arrived.contains_key(position)
                || thread.is_some_and(|thread| self.hides_thread(origin.channel, origin.lane, thread)))
    }

    /// Whether a thread is hidden.
    pub fn hides_thread(&self, channel: ChannelId, lane: Lane, thread: &ThreadId) -> bool {
        !self.hidden.is_empty() && self.hidden.contains(&(channel, lane, *thread))
    }

    /// What arrived and is hidden.
    pub fn arrived(&self) -> Vec<(AsideId, Arrived)> {
        self.arrived.values().copied().collect()
    }

    /// Own records that lie aside, in the order in which they were taken.
    pub fn leaving(&self) -> &[Waiting] {
        &self.leaving
    }

    /// The answers that provide nothing and are not released yet, the earliest first.
    pub fn pending(&self) -> Vec<(AsideId, Neutral)> {
        let mut pending: Vec<_> = self.neutral.values().filter(|(_, neutral)| !neutral.done).copied().collect();
        pending.sort_by_key(|(_, neutral)| (neutral.at, neutral.asked));
        pending
    }

    /// The answer to a request, if there is one.
    pub fn answer(&self, asked: &Position) -> Option<Neutral> {
        self.neutral.get(asked).map(|(_, neutral)| *neutral)
    }

    /// The answer in a thread, if there is one.
    pub fn answer_in(&self, channel: ChannelId, thread: &ThreadId) -> Option<Neutral> {
        let mut answers = self.neutral.values().map(|(_, neutral)| neutral);
        answers.rfind(|neutral| neutral.asked.origin.channel == channel && neutral.thread == *thread).copied()
    }
}

impl Item {
    /// As the store keeps it, under a new name, in the period of its content.
    pub(crate) fn laid(&self, period: Period) -> Aside {
        let mut id = [0; 16];
        crate::entropy().fill(&mut id);
        // These types hold only strings, numbers and lists, so writing them can't fail.
        Aside { id, period, bytes: Zeroizing::new(serde_json::to_vec(self).unwrap_or_default()) }
    }
}

impl Protection {
    /// Lays something aside that has no place in a channel's step, durably, and takes away what it replaces.
    ///
    /// # Errors
    /// The store can't be written.
    pub fn lay(
        &self,
        db: &Db,
        channel: ChannelId,
        (item, period): (&Item, Period),
        replaced: Option<AsideId>,
    ) -> Result<(), Fault> {
        let aside = item.laid(period);
        let id = aside.id;
        let mut commit = Commit::new(channel);
        commit.aside.push(aside);
        commit.taken.extend(replaced);
        db.store().commit(&commit, crate::clock::now_us(), &mut crate::entropy())?;
        self.change_aside(|index| {
            if let Some(replaced) = &replaced {
                index.remove(replaced);
            }
            index.insert(id, channel, item);
        });
        Ok(())
    }

    /// Lays several things aside at once, with the result of the submission that they came with. A repeated submission changes
    /// nothing.
    ///
    /// # Errors
    /// [`Code::Conflict`] if the caller's key was used for other content, or the store can't be written.
    pub fn lay_all(
        &self,
        db: &Db,
        channel: ChannelId,
        items: Vec<(Item, Period)>,
        result: Option<SubmitResult>,
    ) -> Result<(), Fault> {
        let mut commit = Commit::new(channel);
        commit.aside = items.iter().map(|(item, period)| item.laid(*period)).collect();
        commit.results.extend(result.clone());
        match db.store().commit(&commit, crate::clock::now_us(), &mut crate::entropy()) {
            Ok(()) => {}
            Err(CommitError::KeyUsed { key }) => {
                let kept = db.reader()?.submit_result(&key)?;
                if kept.map(|kept| kept.digest) == result.map(|result| result.digest) {
                    return Ok(());
                }
                let message =
                    "this idempotency key was used for other records: take a new key, or repeat the same request";
                return Err(Fault::new(Code::Conflict, message));
            }
            Err(error) => return Err(error.into()),
        }
        self.change_aside(|index| {
            for (aside, (item, _)) in commit.aside.iter().zip(&items) {
                index.insert(aside.id, channel, item);
            }
        });
        Ok(())
    }

    /// Takes something away that lies aside, durably.
    ///
    /// # Errors
    /// The store can't be written, or it was taken already.
    pub fn take(&self, db: &Db, channel: ChannelId, id: &AsideId) -> Result<(), Fault> {
        let mut commit = Commit::new(channel);
        commit.taken.push(*id);
        db.store().commit(&commit, crate::clock::now_us(), &mut crate::entropy())?;
        self.change_aside(|index| index.remove(id));
        Ok(())
    }
}

/// An own record that lies aside, with its content.
///
/// # Errors
/// It is not there any more, or its retention is over.
pub fn leaving(reader: &Reader, id: &AsideId) -> Result<Leaving, Fault> {
    let gone = || Fault::not_found("nothing lies aside under this id: it was released or removed, or its time is over");
    let laid = reader.aside_named(id)?.ok_or_else(gone)?;
    match read(id, &laid.bytes.ok_or_else(gone)?)? {
        Item::Leaving(leaving) => Ok(*leaving),
        Item::Arrived(_) | Item::Neutral(_) => Err(gone()),
    }
}

/// An id as the API writes it.
///
/// # Errors
/// It is none.
pub fn id(text: &str) -> Result<AsideId, Fault> {
    let mut id = [0; 16];
    hex::decode_to_slice(text, &mut id)
        .map_err(|_| Fault::new(Code::Usage, "an id is 32 hexadecimal digits").in_field("id"))?;
    Ok(id)
}

fn read(id: &AsideId, bytes: &[u8]) -> Result<Item, StoreError> {
    serde_json::from_slice(bytes).map_err(|error| StoreError::Damaged {
        place: format!("what lies aside under {}", hex::encode(id)),
        reason: error.to_string(),
    })
}
