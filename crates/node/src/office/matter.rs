//! What colleagues say of a thread: who deals with it, remarks, a day to look at it again. Whoever may see the thread sees it.

use std::collections::BTreeSet;

use protocol::{header::ThreadId, id::ChannelId, origin::Lane};
use serde::{Deserialize, Serialize};
use store::OfficeId;
use texts::say;

use super::{Act, Held, Item, Office, Remark, With, care::Care, new_row, person};
use crate::{
    callers::Caller,
    clock,
    fault::{Code, Fault},
    limits,
    names::ThreadNamed,
    reading::thread::Within,
};

/// Where a thread is.
pub(super) type Place = (ChannelId, Lane, ThreadId);

/// A thread as an office deals with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matter {
    /// The channel.
    pub channel: ChannelId,
    /// The lane.
    pub lane: Lane,
    /// The thread.
    pub thread: ThreadId,
    care: Care,
}

impl Matter {
    pub(super) const fn place(&self) -> Place {
        (self.channel, self.lane, self.thread)
    }

    fn is_with(&self, caller: &Caller, acts_for: &BTreeSet<String>) -> bool {
        self.care.with.as_ref().is_some_and(|with| with.is(caller, acts_for))
    }

    pub(super) fn without_remarks(&self) -> Self {
        Self { care: Care { remarks: Vec::new(), ..self.care.clone() }, ..self.clone() }
    }

    /// Who deals with it.
    pub const fn with(&self) -> Option<&With> {
        self.care.with.as_ref()
    }

    /// What colleagues say of it, the oldest first.
    pub fn remarks(&self) -> &[Remark] {
        &self.care.remarks
    }

    /// On which day it is brought back.
    pub const fn bring_back(&self) -> Option<protocol::date::Date> {
        self.care.bring_back
    }

    /// When something was last said of it, milliseconds since 1970; 0 if nothing was.
    pub const fn changed_ms(&self) -> u64 {
        self.care.changed_ms
    }
}

impl Office {
    /// What is said of a thread that the caller may see; and whether something of it is new to the caller.
    ///
    /// # Errors
    /// No thread, or several, have this id for the caller.
    pub fn matter(&self, caller: &Caller, id: &ThreadNamed, within: &Within) -> Result<(Matter, bool), Fault> {
        let place = self.reading.place_of_thread(caller, id, within)?;
        let mut held = self.lock();
        let (row, mut matter) = self.held_matter(&held, place)?;
        let unread = held.matters.contains_key(&place) && matter.care.is_unread_by(caller.person());
        if let Some(me) = caller.person().filter(|_| unread) {
            matter.care.seen.insert(me.to_owned(), clock::now_ms());
            drop(self.keep_matters(&mut held, &[(row, matter.clone())]));
        }
        Ok((matter, unread))
    }

    /// What is kept of a thread, or nothing yet.
    fn held_matter(&self, held: &Held, place: Place) -> Result<(OfficeId, Matter), Fault> {
        let (channel, lane, thread) = place;
        let new = || (new_row(), Matter { channel, lane, thread, care: Care::default() });
        let Some((row, _)) = held.matters.get(&place) else { return Ok(new()) };
        match self.db.reader()?.office_named(row)?.map(|item| super::read(&item.bytes)).transpose()? {
            Some(Item::Matter(matter)) => Ok((*row, *matter)),
            _ => Ok(new()),
        }
    }

    /// Keeps all of them or none; in memory without the remarks, of which there can be many.
    fn keep_matters(&self, held: &mut Held, changed: &[(OfficeId, Matter)]) -> Result<(), Fault> {
        let item = |(row, matter): &(OfficeId, Matter)| {
            Self::item(*row, matter.channel, &matter.care, &Item::Matter(Box::new(matter.clone())))
        };
        let items = changed.iter().map(item).collect::<Result<Vec<_>, _>>()?;
        self.db.store().put_offices(&items, &mut crate::entropy())?;
        held.matters.extend(changed.iter().map(|(row, matter)| (matter.place(), (*row, matter.without_remarks()))));
        Ok(())
    }

    /// Whether something was said of a thread since the caller last looked.
    pub fn is_matter_unread(&self, caller: &Caller, matter: &Matter) -> bool {
        matter.care.is_unread_by(caller.person())
    }

    /// Says who deals with a thread, something of it, or when it is brought back.
    ///
    /// # Errors
    /// As [`Office::matter`]; [`Code::Usage`] for what is done with drafts only.
    pub fn act_on_thread(
        &self,
        caller: &Caller,
        id: &ThreadNamed,
        within: &Within,
        act: &Act,
    ) -> Result<Matter, Fault> {
        let place = self.reading.place_of_thread(caller, id, within);
        let mut changed = self.act_on_places(caller, &[place?], act)?;
        changed.pop().ok_or_else(|| Fault::new(Code::Internal, say!("outcome-missing")))
    }

    /// The same of several threads: of all of them, or of none.
    ///
    /// # Errors
    /// As [`Office::act_on_thread`], of the first of them that it can't be said of.
    pub fn act_on_threads(
        &self,
        caller: &Caller,
        threads: &[(Within, ThreadNamed)],
        act: &Act,
    ) -> Result<Vec<Matter>, Fault> {
        if threads.is_empty() || threads.len() > limits::TOGETHER_MAX {
            let message = say!("together-form", threads_max = limits::TOGETHER_MAX);
            return Err(Fault::usage(message).in_field("thread"));
        }
        let all = || {
            let place = |(within, id): &(Within, ThreadNamed)| self.reading.place_of_thread(caller, id, within);
            let places = threads.iter().map(place).collect::<Result<BTreeSet<_>, _>>()?;
            self.act_on_places(caller, &places.into_iter().collect::<Vec<_>>(), act)
        };
        all().map_err(|mut fault: Fault| {
            fault.message = say!("together-none", why = fault.message.clone());
            fault
        })
    }

    fn act_on_places(&self, caller: &Caller, places: &[Place], act: &Act) -> Result<Vec<Matter>, Fault> {
        let me = person(caller)?;
        if caller.is_auditor() {
            return Err(Fault::new(Code::Forbidden, say!("auditor-says-nothing")));
        }
        self.db.check_room()?;
        let with = match act {
            Act::Assign(with) => self.known(with.clone())?,
            _ => None,
        };
        let now_ms = clock::now_ms();
        let mut held = self.lock();
        let new = places.iter().filter(|place| !held.matters.contains_key(*place)).count();
        if new > 0 && held.matters.len().saturating_add(new) > limits::DRAFTS_MAX {
            return Err(Fault::new(Code::Storage, say!("matters-full")));
        }
        let mut changed = Vec::with_capacity(places.len());
        for place in places {
            let (row, mut matter) = self.held_matter(&held, *place)?;
            match act {
                Act::Assign(_) => matter.care.with.clone_from(&with),
                Act::Remark(text) => {
                    matter.care.add_remark(Remark { by: me.to_owned(), at_ms: now_ms, text: text.clone() })?;
                }
                Act::BringBack(day) => matter.care.bring_back = *day,
                Act::Return(_) | Act::Refuse(_) => return Err(Fault::usage(say!("thread-not-handed"))),
            }
            matter.care.changed_ms = now_ms;
            matter.care.seen.insert(me.to_owned(), now_ms);
            changed.push((row, matter));
        }
        self.keep_matters(&mut held, &changed)?;
        Ok(changed.into_iter().map(|(_, matter)| matter).collect())
    }

    /// Whether a thread is with the caller, or with one of those for whom the caller acts.
    pub fn is_with(&self, caller: &Caller, place: (ChannelId, Lane, ThreadId)) -> bool {
        let acts_for = self.acts_for(caller);
        let held = self.lock();
        held.matters.get(&place).is_some_and(|(_, matter)| matter.is_with(caller, &acts_for))
    }

    /// The ids of all such threads, whether or not the caller may see them: to ask for those that the caller may.
    pub fn threads_with(&self, caller: &Caller) -> Vec<ThreadId> {
        let acts_for = self.acts_for(caller);
        let held = self.lock();
        let with = held.matters.values().map(|(_, matter)| matter).filter(|matter| matter.is_with(caller, &acts_for));
        with.map(|matter| matter.thread).collect()
    }

    fn acts_for(&self, caller: &Caller) -> BTreeSet<String> {
        caller.person().map(|me| self.people.acts_for(me, clock::today())).unwrap_or_default()
    }

    /// The threads that are with the caller, or with one of those for whom the caller acts; those that are to be looked at today
    /// or earlier first. Without a thread that the caller may not see, and without the remarks.
    pub fn matters(&self, caller: &Caller) -> Vec<Matter> {
        if caller.person().is_none() {
            return Vec::new();
        }
        let (today, acts_for) = (clock::today(), self.acts_for(caller));
        let held = self.lock();
        let is_mine = |matter: &&Matter| matter.is_with(caller, &acts_for);
        let mut mine: Vec<Matter> = held.matters.values().map(|(_, matter)| matter).filter(is_mine).cloned().collect();
        drop(held);
        mine.retain(|matter| {
            let within = Within { channel: Some(matter.channel), lane: Some(matter.lane) };
            self.reading.place_of_thread(caller, &matter.thread.into(), &within).is_ok()
        });
        let order = |matter: &Matter| (matter.care.bring_back.is_some_and(|day| day > today), matter.care.changed_ms);
        mine.sort_by_key(order);
        mine
    }
}

/// What lists say of a thread's work, without looking at its remarks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// Who deals with it.
    pub with: Option<With>,
    /// On which day it is brought back.
    pub bring_back: Option<protocol::date::Date>,
    /// Whether something was said since the caller last looked.
    pub unread: bool,
}

impl Office {
    /// What is said of threads that the caller was shown, for a list of them: nothing counts as seen by that.
    pub fn glance(&self, caller: &Caller, (channel, lane, thread): (ChannelId, Lane, ThreadId)) -> Option<Glance> {
        let held = self.lock();
        let (_, matter) = held.matters.get(&(channel, lane, thread))?;
        Some(Glance {
            with: matter.care.with.clone(),
            bring_back: matter.care.bring_back,
            unread: matter.care.is_unread_by(caller.person()),
        })
    }
}
