//! The protection officer's desk: what waits there, and what the officer decides about it (ASY-01, ASY-04, ASY-05).

use std::{collections::BTreeMap, sync::Arc};

use protocol::{
    channel::{Channel, open::period_of},
    commit::AsideId,
    encoding::from_base64,
    header::{Header, ThreadId},
    origin::Position,
};
use texts::say;

use super::{Decision, Sending};
use crate::{
    answers::protection::{Blocked, Held, HeldAnswer, HeldList, HeldRow, HeldShown, Passed, Probes},
    channel::ChannelHandle,
    clock,
    fault::{Code, Fault},
    protection::{
        Hidden, Item, Leaving, Match, Verdict,
        aside::{self, Waiting},
    },
    records,
    words::Place,
};

/// Stands for everything that may be passed on, in place of one thing's id.
const ALL: &str = "all";

/// What an id names.
enum Found {
    Hidden(AsideId, Hidden),
    Leaving(Waiting, Box<Leaving>),
}

impl Sending {
    /// What waits for the protection officer: records that arrived, own records that left, those that wait and those that were
    /// stopped; and who sent those that were.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn held(&self) -> Result<HeldList, Fault> {
        self.upkeep.catch_up()?;
        let (hidden, leaving) = self.protection.aside(|index| (index.waiting(), index.leaving().to_vec()));
        let mut held = Vec::new();
        for (id, hidden) in hidden {
            held.extend(self.hidden_row(id, &hidden)?);
        }
        let reader = self.db.reader()?;
        let mut probes: BTreeMap<String, Probes> = BTreeMap::new();
        for waiting in leaving {
            let Ok(leaving) = self.protection.leaving(&reader, &waiting.id) else { continue };
            if leaving.hidden {
                let new = || Probes { token: leaving.token.clone(), role: leaving.role.clone(), stopped: 0 };
                probes.entry(leaving.token.clone()).or_insert_with(new).stopped += 1;
            }
            held.push(leaving_row(&waiting, &leaving));
        }
        Ok(HeldList { held, probes: probes.into_values().collect() })
    }

    /// One thing that waits, with header and body.
    ///
    /// # Errors
    /// Nothing waits under the id, or its content is gone.
    pub fn held_whole(&self, id: &str) -> Result<HeldShown, Fault> {
        let (row, header, body) = match self.find_held(id)? {
            Found::Hidden(id, hidden) => {
                let channel = self.channel_of(&hidden)?.value();
                let opened = records::open(&self.db.reader()?, &channel, &hidden.position)?;
                (self.hidden_row(id, &hidden)?.ok_or_else(gone)?, opened.header_bytes, opened.body)
            }
            Found::Leaving(waiting, leaving) => {
                let body = from_base64(&leaving.body).unwrap_or_default();
                (leaving_row(&waiting, &leaving), leaving.header.into_bytes(), body)
            }
        };
        let header = serde_json::from_slice(&header)
            .map_err(|error| Fault::new(Code::NotVerified, say!("header-invalid", error = %error)))?;
        Ok(HeldShown { row, header, body: String::from_utf8_lossy(&body).into_owned() })
    }

    /// Passes on what waits. A record that arrived, or an own one that left, shows to every office from now on; an own one that
    /// waits or was stopped is decided at once. [`ALL`] is the day's batch: every record that arrived and that the register does
    /// not name, and every own one that waits. Own records that left are shown one by one, so that a batch does not tell their
    /// authors which of them did.
    ///
    /// # Errors
    /// Nothing waits under the id, or the register or another rule still stops it.
    pub fn pass_held(&self, id: &str) -> Result<Passed, Fault> {
        self.upkeep.catch_up()?;
        let one = |passed| Passed { passed: id.to_owned(), count: passed };
        if id == ALL {
            return self.pass_all().map(one);
        }
        match self.find_held(id)? {
            Found::Hidden(id, hidden) => {
                let handle = self.channel_of(&hidden)?;
                if self.is_named(&handle.value(), &hidden)? {
                    return Err(still("the register names a person in the record or its thread", "ASY-04"));
                }
                self.show(&[(id, hidden)])?;
            }
            Found::Leaving(waiting, leaving) => {
                if leaving.recorded.is_some() {
                    let message = say!("recorded-and-withheld");
                    return Err(Fault::new(Code::Refused, message));
                }
                let handle = self.channels.get(&waiting.channel).ok_or_else(gone)?;
                // The officer has looked at a name that is only near.
                let leaving = Box::new(Leaving { looked_at: true, ..*leaving });
                if let Decision::Stopped { rule, .. } =
                    self.decide_waiting(&handle.value(), &leaving, clock::now_ms())?
                {
                    return Err(still("the record is still stopped", &rule));
                }
                self.decide_now(waiting, *leaving)?;
            }
        }
        Ok(one(1))
    }

    /// Ends what waits without passing it on. A record that arrived stays hidden, and a request among them ends in
    /// `nothing_to_provide`, as any that nobody answers; the content of an own record that was stopped is destroyed.
    ///
    /// # Errors
    /// Nothing waits under the id, or the store can't be written.
    pub fn end_held(&self, id: &str) -> Result<Blocked, Fault> {
        match self.find_held(id)? {
            Found::Hidden(id, _) => self.protection.judge(&self.db, &[id], Verdict::Ended)?,
            Found::Leaving(waiting, _) => {
                self.protection.take(&self.db, waiting.channel, &waiting.id)?;
                self.db.scrub()?;
            }
        }
        Ok(Blocked { blocked: id.to_owned() })
    }

    fn pass_all(&self) -> Result<usize, Fault> {
        let (hidden, leaving) = self.protection.aside(|index| (index.waiting(), index.leaving().to_vec()));
        let mut passed = Vec::new();
        for (id, hidden) in hidden.into_iter().filter(|(_, hidden)| hidden.position.origin.agency != self.db.me) {
            let Some(handle) = self.channels.get(&hidden.position.origin.channel) else { continue };
            if !self.is_named(&handle.value(), &hidden)? {
                passed.push((id, hidden));
            }
        }
        self.show(&passed)?;
        let reader = self.db.reader()?;
        for waiting in leaving.into_iter().filter(|waiting| !waiting.stopped) {
            if let Ok(leaving) = self.protection.leaving(&reader, &waiting.id) {
                self.decide_now(waiting, leaving)?;
            }
        }
        Ok(passed.len())
    }

    /// An own record's moment is now.
    fn decide_now(&self, waiting: Waiting, leaving: Leaving) -> Result<(), Fault> {
        let now = clock::now_ms();
        let header = Header::parse(leaving.header.as_bytes()).map_err(|error| Fault::usage(error.to_string()))?;
        let again = Item::Leaving(Box::new(Leaving { at: 0, stopped: None, hidden: false, near: false, ..leaving }));
        self.protection.lay(&self.db, waiting.channel, (&again, period_of(&header, now)), Some(waiting.id))?;
        self.protection.woken.notify_one();
        Ok(())
    }

    /// Shows records to every office, with the own ones in their threads: that a partner goes on with a thread says that they
    /// arrived.
    fn show(&self, records: &[(AsideId, Hidden)]) -> Result<(), Fault> {
        let mut ids: Vec<AsideId> = Vec::new();
        let mut threads: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (id, hidden) in records {
            ids.push(*id);
            let origin = &hidden.position.origin;
            let (Some(thread), Some(handle)) = (hidden.thread, self.channels.get(&origin.channel)) else { continue };
            threads.entry(origin.channel).or_default().push((thread, origin.lane));
            if origin.agency != self.db.me {
                let own = handle.value().own_log(origin.lane);
                let in_thread = self.protection.aside(|index| index.hidden_of(&own, &thread));
                ids.extend(in_thread.into_iter().filter(|(_, own)| own.position < hidden.position).map(|(id, _)| id));
            }
        }
        self.protection.judge(&self.db, &ids, Verdict::Passed)?;
        for (channel, threads) in threads {
            if let Some(handle) = self.channels.get(&channel) {
                self.upkeep.show_again(&handle.value(), &threads)?;
            }
        }
        // They were left out of the search index.
        self.upkeep.threads.words.forget_all();
        Ok(())
    }

    /// Whether a partner's record concerns a protected person, so that it is not passed on. What this agency sent was decided.
    fn is_named(&self, channel: &Channel, hidden: &Hidden) -> Result<bool, Fault> {
        let is_own = hidden.position.origin.agency == self.db.me;
        Ok(!is_own && self.decider.concerns(channel, &hidden.position, clock::today())? == Match::Named)
    }

    fn channel_of(&self, hidden: &Hidden) -> Result<Arc<ChannelHandle>, Fault> {
        self.channels.get(&hidden.position.origin.channel).ok_or_else(gone)
    }

    fn find_held(&self, text: &str) -> Result<Found, Fault> {
        let id = aside::id(text)?;
        let (hidden, leaving) = self.protection.aside(|index| {
            let hidden = index.waiting().into_iter().find(|(other, _)| *other == id);
            (hidden, index.leaving().iter().find(|waiting| waiting.id == id).copied())
        });
        match (hidden, leaving) {
            (Some((id, hidden)), _) => Ok(Found::Hidden(id, hidden)),
            (None, Some(waiting)) => {
                Ok(Found::Leaving(waiting, Box::new(self.protection.leaving(&self.db.reader()?, &id)?)))
            }
            (None, None) => Err(gone()),
        }
    }

    /// A record in a log; `None` if its channel is not open here.
    fn hidden_row(&self, id: AsideId, hidden: &Hidden) -> Result<Option<HeldRow>, Fault> {
        let position = &hidden.position;
        let Some(handle) = self.channels.get(&position.origin.channel) else { return Ok(None) };
        let channel = handle.value();
        let opened = records::open(&self.db.reader()?, &channel, position).ok();
        let time_ms = opened.as_ref().map(|opened| opened.time);
        let place = Place::from(position);
        let (rule, what) = if position.origin.agency == self.db.me {
            (None, Held::Sent { place, time_ms })
        } else {
            let says = self.decider.concerns(&channel, position, clock::today())?;
            let (rule, near) = (if says == Match::Named { "ASY-04" } else { "ASY-05" }, says == Match::Near);
            let answer =
                hidden.thread.and_then(|thread| self.protection.aside(|index| index.answer_in(channel.id(), &thread)));
            let answer = answer.map(|answer| HeldAnswer { at_ms: answer.at, released: answer.done });
            let state = country(&channel, position).map(str::to_owned);
            (Some(rule.to_owned()), Held::Arrived { place, state, time_ms, answer, near })
        };
        Ok(Some(HeldRow {
            id: hex::encode(id),
            rule,
            channel: channel.id(),
            kind: opened.as_ref().map(|opened| opened.header.kind.clone()),
            thread: hidden.thread,
            title: opened.as_ref().and_then(records::title),
            what,
        }))
    }
}

fn leaving_row(waiting: &Waiting, leaving: &Leaving) -> HeldRow {
    let header = Header::parse(leaving.header.as_bytes()).ok();
    let thread: Option<ThreadId> = header.as_ref().and_then(|header| header.thread);
    let title = header.as_ref().and_then(|header| {
        let body = from_base64(&leaving.body)?;
        Some(desks::kinds::find(&header.kind)?.check(header, &body).ok()?.title)
    });
    let (lane, by, token) = (leaving.lane, leaving.role.clone(), leaving.token.clone());
    let what = match waiting.stopped {
        true => {
            Held::Stopped { lane, by, token, near: leaving.near, recorded: leaving.recorded.as_ref().map(Place::from) }
        }
        false => Held::Waiting { lane, by, token, at_ms: waiting.at },
    };
    HeldRow {
        id: hex::encode(waiting.id),
        rule: leaving.stopped.clone(),
        channel: waiting.channel,
        kind: header.map(|header| header.kind),
        thread,
        title,
        what,
    }
}

fn country<'a>(channel: &'a Channel, position: &Position) -> Option<&'a str> {
    channel.parties().get(&position.origin.agency).map(|cards| cards.current().country.as_str())
}

fn still(what: &str, rule: &str) -> Fault {
    let message = say!("remove-entry-first", what = %what);
    Fault::new(Code::Refused, message).by_rule(rule)
}

fn gone() -> Fault {
    Fault::not_found(say!("nothing-waits"))
}
