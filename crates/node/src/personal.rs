//! What a person keeps for themselves: what they have read, where their last visit ended, and views of lists under names.
//!
//! It is for that person alone: nothing of it is shown to a colleague or to an administrator, told to a partner, or counted. It holds
//! no time, and of threads no id: a digest of which the person who looks at a thread makes the same again. It is kept sealed,
//! and goes when the person leaves.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use protocol::{limits::NAME_BYTES_MAX, origin::Position, suite::Entropy as _, text};
use serde::{Deserialize, Serialize};
use texts::say;
use zeroize::Zeroizing;

use crate::{
    callers::Caller,
    clock,
    db::{Db, SUITE},
    fault::{Code, Fault},
    limits,
    reading::{latest::Latest, thread::ThreadLine},
    sealed,
    threads::Threads,
};

/// What the key for all of it is derived for.
pub(crate) const LABEL: &[u8] = b"mithaq/personal/v1";

const ID_BYTES: usize = 4;
const SHORT_BYTES: usize = 8;

/// What people keep for themselves.
pub struct Personal {
    db: Arc<Db>,
    threads: Arc<Threads>,
    key: Zeroizing<[u8; 32]>,
    held: Mutex<BTreeMap<String, Visit>>,
}

/// A view of a list under a name of its person's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    /// Its id, drawn.
    pub id: String,
    /// What the person calls it.
    pub name: String,
    /// The list.
    pub list: String,
    /// What is asked of it, as a query.
    pub query: String,
}

/// What is kept of a person. Batches are named by their numbers in the order of arrival.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Own {
    /// What came with this batch or before counts as read.
    read: u64,
    /// The newest batch when the person last looked at a list.
    looked: u64,
    /// Which news of a thread, or of a record that lists show by itself, the person has read since, by its digest.
    seen: BTreeMap<String, u64>,
    views: Vec<SavedView>,
}

/// A person who is here.
struct Visit {
    own: Own,
    /// The newest batch when the visit before ended.
    before: u64,
    /// When it was last written, milliseconds since 1970.
    kept_ms: u64,
}

impl Personal {
    pub(crate) fn new(db: Arc<Db>, threads: Arc<Threads>, key: [u8; 32]) -> Self {
        Self { db, threads, key: Zeroizing::new(key), held: Mutex::default() }
    }

    /// Notes that a person came: what they looked at last is where their last visit ended.
    ///
    /// # Errors
    /// What is kept can't be read or written.
    pub fn come(&self, person: &str) -> Result<(), Fault> {
        let mut held = self.lock();
        self.of(&mut held, person, |visit| visit.before = visit.own.looked)?;
        self.keep(&mut held, person)
    }

    /// Notes that a caller looks at what there is.
    ///
    /// # Errors
    /// What is kept can't be read or written.
    pub fn look(&self, caller: &Caller) -> Result<(), Fault> {
        let Some(person) = caller.person() else { return Ok(()) };
        let (newest, now) = (self.newest(), clock::now_ms());
        let mut held = self.lock();
        let is_late = self.of(&mut held, person, |visit| {
            let moves = visit.own.looked < newest;
            visit.own.looked = visit.own.looked.max(newest);
            moves && visit.kept_ms.saturating_add(limits::VISIT_KEPT_MS) < now
        })?;
        if is_late { self.keep(&mut held, person) } else { Ok(()) }
    }

    /// After which batch there is what came since the caller's last visit.
    ///
    /// # Errors
    /// What is kept can't be read.
    pub fn last_visit(&self, caller: &Caller) -> Result<Option<u64>, Fault> {
        let Some(person) = caller.person() else { return Ok(None) };
        self.of(&mut self.lock(), person, |visit| Some(visit.before))
    }

    /// Whether a partner's record came in a thread that the caller has not read.
    pub fn is_unread(&self, caller: &Caller, line: &ThreadLine) -> bool {
        let Some(person) = caller.person() else { return false };
        self.of(&mut self.lock(), person, |visit| visit.own.is_unread(line)).unwrap_or_default()
    }

    /// Whether a record that lists show by itself came from a partner and the caller has not opened it.
    pub fn is_unread_record(&self, caller: &Caller, record: &Latest) -> bool {
        let Some(person) = caller.person().filter(|_| record.party != self.db.me) else { return false };
        let key = short_of(&record.position);
        let is_unread = |visit: &mut Visit| visit.own.is_newer(&key, record.arrival);
        self.of(&mut self.lock(), person, is_unread).unwrap_or_default()
    }

    /// Notes that the caller opened a record that lists show by itself.
    ///
    /// # Errors
    /// What is kept can't be read or written.
    pub fn read_record(&self, caller: &Caller, position: &Position) -> Result<(), Fault> {
        let Some(person) = caller.person().filter(|_| position.origin.agency != self.db.me) else { return Ok(()) };
        let Some(arrival) = self.db.reader()?.arrival_of(position)? else { return Ok(()) };
        let mut held = self.lock();
        if self.of(&mut held, person, |visit| visit.own.read_newer(short_of(position), arrival))? {
            self.keep(&mut held, person)?;
        }
        Ok(())
    }

    /// Notes that the caller was shown a thread whole.
    ///
    /// # Errors
    /// What is kept can't be read or written.
    pub fn read(&self, caller: &Caller, line: &ThreadLine) -> Result<(), Fault> {
        let Some(person) = caller.person() else { return Ok(()) };
        let mut held = self.lock();
        if self.of(&mut held, person, |visit| visit.own.read_thread(line))? {
            self.keep(&mut held, person)?;
        }
        Ok(())
    }

    /// Notes that the caller has read all that came.
    ///
    /// # Errors
    /// [`Code::Forbidden`] for a token without a person; what is kept can't be read or written.
    pub fn read_all(&self, caller: &Caller) -> Result<(), Fault> {
        let (person, newest) = (person(caller)?, self.newest());
        let mut held = self.lock();
        self.of(&mut held, person, |visit| {
            visit.own.read = visit.own.read.max(newest);
            visit.own.seen.retain(|_, news| *news > newest);
            visit.before = visit.before.max(newest);
        })?;
        self.keep(&mut held, person)
    }

    /// The caller's own views of a list.
    ///
    /// # Errors
    /// What is kept can't be read.
    pub fn views(&self, caller: &Caller, list: &str) -> Result<Vec<SavedView>, Fault> {
        let Some(person) = caller.person() else { return Ok(Vec::new()) };
        self.of(&mut self.lock(), person, |visit| {
            visit.own.views.iter().filter(|view| view.list == list).cloned().collect()
        })
    }

    /// Keeps a view under a name, in place of one of the same name. Gives its id.
    ///
    /// # Errors
    /// [`Code::Usage`] for a name or a query that can't be, [`Code::Conflict`] if there are as many as may be;
    /// [`Code::Forbidden`] for a token without a person.
    pub fn add_view(&self, caller: &Caller, list: &str, name: &str, query: &str) -> Result<String, Fault> {
        let person = person(caller)?;
        if !text::is_prose(name, NAME_BYTES_MAX) || name.chars().count() > limits::VIEW_NAME_CHARS_MAX {
            let message = say!("view-name-form", chars_max = limits::VIEW_NAME_CHARS_MAX);
            return Err(Fault::usage(message).in_field("name"));
        }
        if list.len().saturating_add(query.len()) > limits::VIEW_QUERY_BYTES_MAX {
            return Err(Fault::usage(say!("view-query-form")).in_field("query"));
        }
        let mut id = [0; ID_BYTES];
        crate::entropy().fill(&mut id);
        let view = SavedView { id: hex::encode(id), name: name.into(), list: list.into(), query: query.into() };
        self.db.check_room()?;
        let mut held = self.lock();
        let id = view.id.clone();
        self.of(&mut held, person, |visit| visit.own.add_view(view))??;
        self.keep(&mut held, person)?;
        Ok(id)
    }

    /// Removes a view.
    ///
    /// # Errors
    /// [`Code::NotFound`] if the caller has none of this id; what is kept can't be written.
    pub fn remove_view(&self, caller: &Caller, id: &str) -> Result<(), Fault> {
        let person = person(caller)?;
        let mut held = self.lock();
        let is_removed = self.of(&mut held, person, |visit| {
            let before = visit.own.views.len();
            visit.own.views.retain(|view| view.id != id);
            visit.own.views.len() < before
        })?;
        if !is_removed {
            return Err(Fault::not_found(say!("no-such-view")));
        }
        self.keep(&mut held, person)
    }

    /// Forgets all of a person who left.
    ///
    /// # Errors
    /// The store can't be written.
    pub fn forget(&self, person: &str) -> Result<(), Fault> {
        let mut held = self.lock();
        self.db.store().forget_meta(&name(person))?;
        held.remove(person);
        drop(held);
        Ok(self.db.scrub()?)
    }

    /// The newest batch that lists show.
    fn newest(&self) -> u64 {
        *self.threads.progress().borrow()
    }

    /// Does something with what is kept of a person. Who comes for the first time has read what is here.
    fn of<T>(
        &self,
        held: &mut BTreeMap<String, Visit>,
        person: &str,
        work: impl FnOnce(&mut Visit) -> T,
    ) -> Result<T, Fault> {
        if let Some(visit) = held.get_mut(person) {
            return Ok(work(visit));
        }
        let reader = self.db.reader()?;
        let kept: Option<Own> = sealed::kept(&reader, &self.key, &name(person), "what a person keeps")?;
        let own = match kept {
            Some(own) => own,
            // What is here, and not what lists have come to: after a start they are behind.
            None => {
                let newest = reader.newest_arrival()?;
                Own { read: newest, looked: newest, ..Own::default() }
            }
        };
        let visit = held.entry(person.to_owned()).or_insert(Visit { before: own.looked, own, kept_ms: 0 });
        Ok(work(visit))
    }

    fn keep(&self, held: &mut BTreeMap<String, Visit>, person: &str) -> Result<(), Fault> {
        let Some(visit) = held.get_mut(person) else { return Ok(()) };
        sealed::keep(&self.db, &self.key, &name(person), &Some(&visit.own))?;
        visit.kept_ms = clock::now_ms();
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Visit>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Own {
    fn is_unread(&self, line: &ThreadLine) -> bool {
        self.is_newer(&short(line), line.news)
    }

    fn is_newer(&self, key: &str, news: u64) -> bool {
        news > self.read && self.seen.get(key).is_none_or(|seen| *seen < news)
    }

    /// Whether that is news.
    fn read_thread(&mut self, line: &ThreadLine) -> bool {
        self.read_newer(short(line), line.news)
    }

    fn read_newer(&mut self, key: String, news: u64) -> bool {
        if !self.is_newer(&key, news) {
            return false;
        }
        self.seen.insert(key, news);
        // One too many: the oldest is unread again, which misleads nobody into missing something.
        if self.seen.len() > limits::SEEN_THREADS_MAX
            && let Some(oldest) = self.seen.iter().min_by_key(|(_, news)| **news).map(|(thread, _)| thread.clone())
        {
            self.seen.remove(&oldest);
        }
        true
    }

    fn add_view(&mut self, view: SavedView) -> Result<(), Fault> {
        self.views.retain(|other| other.list != view.list || other.name != view.name);
        if self.views.len() >= limits::VIEWS_MAX {
            return Err(Fault::new(Code::Conflict, say!("views-full", views_max = limits::VIEWS_MAX)).in_field("name"));
        }
        self.views.push(view);
        Ok(())
    }
}

fn person(caller: &Caller) -> Result<&str, Fault> {
    caller.person().ok_or_else(|| Fault::new(Code::Forbidden, say!("views-of-people")))
}

/// The store's name for what is kept of a person.
fn name(person: &str) -> String {
    format!("personal/{person}")
}

/// A thread in 64 bits: enough to tell the few apart that one person has read of late.
fn short(line: &ThreadLine) -> String {
    digest(&[line.channel.bytes().as_slice(), line.lane.name().as_bytes(), &line.thread.0])
}

/// A record in as many, which no thread has: its log's name is longer than all of a thread's.
fn short_of(position: &Position) -> String {
    digest(&[position.origin.to_string().as_bytes(), &position.index.to_be_bytes()])
}

fn digest(place: &[&[u8]]) -> String {
    hex::encode(SUITE.sha256(place).first_chunk::<SHORT_BYTES>().unwrap_or(&[0; SHORT_BYTES]))
}
