//! What lies aside, and who is not to see it.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    commit::{Aside, AsideId, Commit, Period, SubmitResult, Volume},
    header::{Header, ThreadId},
    id::{AgencyId, ChannelId},
    origin::{Lane, Origin, Position},
    suite::Entropy as _,
};
use serde::{Deserialize, Serialize};
use store::{CommitError, LaidAside, Reader, StoreError};
use texts::say;
use zeroize::Zeroizing;

use super::{Protection, acts::Acts};
use crate::{
    db::Db,
    fault::{Code, Fault},
    sealed::{self, Bound},
};

/// Something that lies aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Item {
    /// A record in a log that shows to the protection officer first.
    #[serde(alias = "arrived")]
    Hidden(Hidden),
    /// An own record that was taken from its caller and is in no log.
    Leaving(Box<Leaving>),
    /// An answer that provides nothing.
    Neutral(Neutral),
}

/// A record of a watched channel: a partner's, admitted and receipted like any other, or an own one that left. Offices do not
/// see it until the protection officer passes it on. It holds no content, and it stays: that it was passed on stands elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hidden {
    /// The record.
    pub position: Position,
    /// Its thread.
    pub thread: Option<ThreadId>,
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
    /// The id of the person who has that token, if a person has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// The role of that token.
    pub role: String,
    /// When it is decided, milliseconds since 1970: drawn when it was taken.
    #[serde(default)]
    pub at: u64,
    /// The rule that stops it; absent while it waits to be decided.
    pub stopped: Option<String>,
    /// Whether what stops it is the register, so that a request that it answers ends in `nothing_to_provide`.
    pub hidden: bool,
    /// Whether only a name that is near one in the register stops it.
    #[serde(default)]
    pub near: bool,
    /// Whether the protection officer looked at it, so that a name that is only near does not stop it any more.
    #[serde(default)]
    pub looked_at: bool,
    /// Where it lies in the log, if it was recorded before it was stopped and did not leave any more.
    pub recorded: Option<Position>,
}

/// An answer that provides nothing: of every request of a watched channel from its receipt on, and of any other when an officer
/// means it. It does not say which, and holds no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Neutral {
    /// The request, or what clarified it last.
    pub asked: Position,
    /// The thread.
    pub thread: ThreadId,
    /// When it is released, milliseconds since 1970.
    pub at: u64,
    /// Whether it was released, or something else answered before: it stays, so that a request gets one.
    pub done: bool,
}

/// What lies aside, in memory: all but the content of own records.
#[derive(Default)]
pub struct Index {
    hidden: BTreeMap<Position, (AsideId, Hidden)>,
    /// Where they lie, by the names of their rows.
    places: BTreeMap<AsideId, Position>,
    /// Threads whose opening record is hidden.
    threads: BTreeSet<(ChannelId, Lane, ThreadId)>,
    /// Partners' records of which it is not known yet whether they ask for an answer.
    fresh: BTreeSet<Position>,
    leaving: Vec<Waiting>,
    neutral: BTreeMap<Position, (AsideId, Neutral)>,
    acts: Acts,
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
    /// When it is decided, milliseconds since 1970.
    pub at: u64,
    /// Whether it was stopped.
    pub stopped: bool,
    /// Where it lies in the log, if it does.
    pub recorded: Option<Position>,
}

/// What the protection officer decides about something that is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Offices see it from now on.
    Passed,
    /// It stays hidden, and needs no more attention.
    Ended,
}

impl Index {
    pub(super) fn load(reader: &Reader, key: &[u8; 32]) -> Result<Self, StoreError> {
        let mut index = Self { acts: Acts::load(reader, key)?, ..Self::default() };
        for LaidAside { id, channel, bytes } in reader.aside()? {
            // Its period is over, and its content with it: what is left is a row that says nothing.
            let Some(bytes) = bytes else { continue };
            let item = read(key, &id, channel, &bytes)?;
            index.insert(id, channel, &item);
        }
        Ok(index)
    }

    pub(crate) fn insert(&mut self, id: AsideId, channel: ChannelId, item: &Item) {
        match item {
            Item::Hidden(hidden) => {
                self.hidden.insert(hidden.position, (id, *hidden));
                self.places.insert(id, hidden.position);
                self.fresh.insert(hidden.position);
                self.threads.extend(opened(hidden).filter(|_| !self.acts.passed.contains(&id)));
            }
            Item::Leaving(leaving) => {
                let Leaving { at, recorded, .. } = **leaving;
                let stopped = leaving.stopped.is_some();
                let thread = Header::parse(leaving.header.as_bytes()).ok().and_then(|header| header.thread);
                self.leaving.push(Waiting { id, channel, thread, at, stopped, recorded });
            }
            Item::Neutral(neutral) => {
                self.neutral.insert(neutral.asked, (id, *neutral));
            }
        }
    }

    pub(crate) fn remove(&mut self, id: &AsideId) {
        if let Some(position) = self.places.remove(id) {
            self.fresh.remove(&position);
            self.hidden.remove(&position);
            self.gather_threads();
        }
        self.leaving.retain(|waiting| waiting.id != *id);
        self.neutral.retain(|_, (other, _)| other != id);
    }

    fn gather_threads(&mut self) {
        let hidden = self.hidden.values().filter(|(id, _)| !self.acts.passed.contains(id));
        self.threads = hidden.filter_map(|(_, hidden)| opened(hidden)).collect();
    }

    /// Whether a record is hidden, by itself or with its thread.
    pub fn hides(&self, position: &Position, thread: Option<&ThreadId>) -> bool {
        let origin = &position.origin;
        let hides = || self.hidden.get(position).is_some_and(|(id, _)| !self.acts.passed.contains(id));
        !self.hidden.is_empty()
            && (hides() || thread.is_some_and(|thread| self.hides_thread(origin.channel, origin.lane, thread)))
    }

    /// Whether a thread is hidden.
    pub fn hides_thread(&self, channel: ChannelId, lane: Lane, thread: &ThreadId) -> bool {
        !self.threads.is_empty() && self.threads.contains(&(channel, lane, *thread))
    }

    /// The threads that are hidden.
    pub fn hidden_threads(&self) -> Vec<ThreadId> {
        self.threads.iter().map(|(_, _, thread)| *thread).collect()
    }

    /// Whether records of a channel are or were hidden.
    pub fn has_hidden(&self, channel: &ChannelId) -> bool {
        self.hidden.keys().any(|position| position.origin.channel == *channel)
    }

    /// Whether a record is known here: hidden, or passed on since.
    pub fn knows(&self, position: &Position) -> bool {
        self.hidden.contains_key(position)
    }

    /// What is hidden and was neither passed on nor ended: the protection officer's work.
    pub fn waiting(&self) -> Vec<(AsideId, Hidden)> {
        let acts = &self.acts;
        let waits = |(id, _): &&(AsideId, Hidden)| !acts.passed.contains(id) && !acts.ended.contains(id);
        self.hidden.values().filter(waits).copied().collect()
    }

    /// The numbers of a batch's records that were hidden when it was admitted.
    pub fn held_in(&self, origin: &Origin, first: u64, count: u64) -> Vec<u64> {
        let at = |index| Position { origin: *origin, index };
        self.hidden.range(at(first)..at(first.saturating_add(count))).map(|(position, _)| position.index).collect()
    }

    /// The hidden records of a thread of this author.
    pub fn hidden_of(&self, origin: &Origin, thread: &ThreadId) -> Vec<(AsideId, Hidden)> {
        let of = |(_, hidden): &&(AsideId, Hidden)| {
            let Origin { channel, agency, lane, .. } = hidden.position.origin;
            (channel, agency, lane) == (origin.channel, origin.agency, origin.lane) && hidden.thread == Some(*thread)
        };
        self.hidden.values().filter(of).copied().collect()
    }

    /// Partners' records of which it is not known yet whether they ask for an answer.
    pub fn fresh(&mut self, me: &AgencyId) -> Vec<Hidden> {
        // What is answered already asked for it, and what this agency wrote asks itself for nothing.
        self.fresh.retain(|position| position.origin.agency != *me && !self.neutral.contains_key(position));
        self.fresh.iter().filter_map(|position| self.hidden.get(position)).map(|(_, hidden)| *hidden).collect()
    }

    /// It is known now.
    pub fn looked_at(&mut self, position: &Position) {
        self.fresh.remove(position);
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

    /// When something is to be done next, milliseconds since 1970.
    pub fn next_ms(&self) -> Option<u64> {
        let waiting = self.leaving.iter().filter(|waiting| !waiting.stopped).map(|waiting| waiting.at);
        let pending = self.neutral.values().filter(|(_, neutral)| !neutral.done).map(|(_, neutral)| neutral.at);
        waiting.chain(pending).min()
    }

    /// The answer to a request, if there is one.
    pub fn answer(&self, asked: &Position) -> Option<Neutral> {
        self.neutral.get(asked).map(|(_, neutral)| *neutral)
    }

    /// The latest answer in a thread, if there is one.
    pub fn answer_in(&self, channel: ChannelId, thread: &ThreadId) -> Option<Neutral> {
        let answers = self.neutral.values().map(|(_, neutral)| neutral);
        let mut in_thread: Vec<_> = answers
            .filter(|neutral| neutral.asked.origin.channel == channel && neutral.thread == *thread)
            .copied()
            .collect();
        in_thread.sort_by_key(|neutral| (neutral.done, neutral.at));
        in_thread.first().copied()
    }
}

/// The thread that a record opens.
fn opened(hidden: &Hidden) -> Option<(ChannelId, Lane, ThreadId)> {
    let origin = &hidden.position.origin;
    hidden.thread.filter(|_| hidden.opens).map(|thread| (origin.channel, origin.lane, thread))
}

impl Protection {
    /// Something as the store keeps it, under a new name, in the period of its content.
    pub(crate) fn laid(&self, item: &Item, channel: ChannelId, period: Period) -> Aside {
        let mut id = [0; 16];
        crate::entropy().fill(&mut id);
        // These types hold only strings, numbers and lists, so writing them can't fail, and neither can sealing them.
        let json = serde_json::to_vec(item).unwrap_or_default();
        let place = [id.as_slice(), channel.bytes()].concat();
        let bytes = sealed::seal(&self.key, bound(&place), json, sealed::ROW_LEAST);
        Aside { id, period, bytes: Zeroizing::new(bytes.unwrap_or_default()) }
    }

    /// Hides records from before the step that brings them into the channel. Gives their names.
    pub(crate) fn hide(&self, items: &[(Item, Period)], commit: &mut Commit) -> Vec<AsideId> {
        let channel = commit.channel;
        let lay = |(item, period): &(Item, Period)| {
            let aside = self.laid(item, channel, *period);
            let id = aside.id;
            if matches!(item, Item::Hidden(_)) {
                self.change_aside(|index| index.insert(id, channel, item));
            }
            commit.aside.push(aside);
            id
        };
        items.iter().map(lay).collect()
    }

    /// The step was written: what lies aside now lies there, and what it replaces does not.
    pub(crate) fn settle(&self, channel: ChannelId, items: &[(AsideId, Item)], taken: &[AsideId]) {
        self.change_aside(|index| {
            taken.iter().for_each(|id| index.remove(id));
            items.iter().for_each(|(id, item)| index.insert(*id, channel, item));
        });
        self.woken.notify_one();
    }

    /// The step was not written: what it would have hidden is not there.
    pub(crate) fn let_go(&self, laid: &[AsideId]) {
        self.change_aside(|index| laid.iter().for_each(|id| index.remove(id)));
    }

    /// Decides about what is hidden, durably before anybody sees it.
    ///
    /// # Errors
    /// The store can't be written.
    pub fn judge(&self, db: &Db, ids: &[AsideId], verdict: Verdict) -> Result<(), Fault> {
        let _one = self.lock_intending();
        let mut acts = self.aside(|index| index.acts.clone());
        match verdict {
            Verdict::Passed => acts.passed.extend(ids),
            Verdict::Ended => acts.ended.extend(ids),
        }
        acts.keep(db, &self.key)?;
        self.change_aside(|index| {
            index.acts = acts;
            index.gather_threads();
        });
        Ok(())
    }

    /// Lays something aside that has no place in a channel's step, durably, and takes away what it replaces.
    ///
    /// # Errors
    /// The store can't be written.
    pub fn lay(
        &self,
        db: &Db,
        channel: ChannelId,
        laid: (&Item, Period),
        replaced: Option<AsideId>,
    ) -> Result<(), Fault> {
        self.lay_counted(db, channel, laid, replaced, Vec::new())
    }

    /// The same, with persons that are counted.
    ///
    /// # Errors
    /// The store can't be written.
    pub fn lay_counted(
        &self,
        db: &Db,
        channel: ChannelId,
        (item, period): (&Item, Period),
        replaced: Option<AsideId>,
        volumes: Vec<Volume>,
    ) -> Result<(), Fault> {
        let aside = self.laid(item, channel, period);
        let id = aside.id;
        let mut commit = Commit::new(channel);
        commit.aside.push(aside);
        commit.volumes = volumes;
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
        commit.aside = items.iter().map(|(item, period)| self.laid(item, channel, *period)).collect();
        commit.results.extend(result.clone());
        match db.store().commit(&commit, crate::clock::now_us(), &mut crate::entropy()) {
            Ok(()) => {}
            Err(CommitError::KeyUsed { key }) => {
                let kept = db.reader()?.submit_result(&key)?;
                if kept.map(|kept| kept.digest) == result.map(|result| result.digest) {
                    return Ok(());
                }
                let message = say!("key-used");
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

    /// An own record that lies aside, with its content.
    ///
    /// # Errors
    /// It is not there any more, or its retention is over.
    pub fn leaving(&self, reader: &Reader, id: &AsideId) -> Result<Leaving, Fault> {
        let gone = || Fault::not_found(say!("nothing-lies-aside"));
        let laid = reader.aside_named(id)?.ok_or_else(gone)?;
        match read(&self.key, id, laid.channel, &laid.bytes.ok_or_else(gone)?)? {
            Item::Leaving(leaving) => Ok(*leaving),
            Item::Hidden(_) | Item::Neutral(_) => Err(gone()),
        }
    }
}

/// An id as the API writes it.
///
/// # Errors
/// It is none.
pub fn id(text: &str) -> Result<AsideId, Fault> {
    let mut id = [0; 16];
    hex::decode_to_slice(text, &mut id).map_err(|_| Fault::new(Code::Usage, say!("id-form")).in_field("id"))?;
    Ok(id)
}

/// To what a row is bound: its name and its channel.
const fn bound(place: &[u8]) -> Bound<'_> {
    Bound { label: b"mithaq/protection/aside/v1", place }
}

fn read(key: &[u8; 32], id: &AsideId, channel: ChannelId, bytes: &[u8]) -> Result<Item, StoreError> {
    let damaged =
        |reason: String| StoreError::Damaged { place: format!("what lies aside under {}", hex::encode(id)), reason };
    let place = [id.as_slice(), channel.bytes()].concat();
    let parse = |json: &[u8]| serde_json::from_slice(json).map_err(|error| damaged(error.to_string()));
    match sealed::open(key, bound(&place), bytes) {
        Ok(json) => parse(&json),
        // Rows were once sealed under the key of their period alone.
        Err(_) if bytes.first() == Some(&b'{') => parse(bytes),
        Err(reason) => Err(damaged(reason)),
    }
}
