//! What waits before it is in a log: it is laid aside, decided again, and released or stopped (ASY-01 to ASY-04).
//!
//! When that happens is the business of [`crate::jobs::release`]. What is released is taken from beside the channel in the
//! transaction that appends it, so each act may be repeated. Nothing here is logged that tells what was stopped.

use std::sync::Arc;

use protocol::{
    channel::{Channel, open::period_of},
    commit::{AsideId, Period, SubmitResult},
    date::Date,
    encoding::from_base64,
    header::Header,
    id::ChannelId,
};

use super::{
    Sending,
    line::Group,
    place::{NotPlaced, Passed, Sealed, With},
    repeat::{Key, Numbers},
};
use crate::{
    attachments::{self, Files},
    audit::By,
    callers::ROLES,
    clock,
    decide::{self, Candidate, Terms, life},
    fault::{Code, Fault},
    limits,
    protection::{
        Item, Leaving, Neutral,
        aside::{self, Waiting},
        neutral::{self, Asked},
    },
    work::blocking,
};

/// A line that is taken and waits.
pub(super) enum Waits {
    /// A record towards a state that somebody in the protection register fears: it is decided when it is released.
    Release(Box<Leaving>, Period),
    /// An answer that provides nothing, which the node makes: until its moment.
    Moment(Asked),
}

/// The lines of a group that wait.
#[derive(Default)]
pub(super) struct ToLay {
    waits: Vec<Waits>,
    lines: Numbers,
}

impl ToLay {
    pub(super) fn push(&mut self, number: usize, waits: Waits) {
        self.waits.push(waits);
        self.lines.push(number);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waits.is_empty()
    }
}

/// Whether an own record may leave now.
pub enum Decision {
    /// It may; sealed.
    Passes(Box<Sealed>),
    /// A rule stops it.
    Stopped {
        /// Which.
        rule: String,
        /// Whether it is a hidden one.
        is_hidden: bool,
    },
}

impl Sending {
    /// Lays the lines of a group aside that wait, in one transaction with the result under the caller's key.
    pub(super) async fn lay(self: &Arc<Self>, group: Group, to_lay: ToLay, key: Option<&Key>) -> Result<(), Fault> {
        if to_lay.is_empty() {
            return Ok(());
        }
        let (sending, key) = (Arc::clone(self), key.cloned());
        blocking(move || {
            let Self { db, protection, .. } = &*sending;
            let now = clock::now_ms();
            let mut records = Vec::new();
            for waits in to_lay.waits {
                match waits {
                    Waits::Moment(asked) => protection.intend(db, &asked, now)?,
                    Waits::Release(leaving, period) => records.push((Item::Leaving(leaving), period)),
                }
            }
            let result = key.map(|key| SubmitResult {
                key: key.of_waiting(group),
                digest: key.digest,
                answer: to_lay.lines.to_string().into_bytes(),
                time: now,
            });
            protection.lay_all(db, group.0, records, result)?;
            protection.woken.notify_one();
            Ok::<_, Fault>(())
        })
        .await
    }

    /// Decides an own record that lies aside, under what is in force at `now`, milliseconds since 1970. Threads must be up
    /// to date.
    ///
    /// # Errors
    /// The store can't be read, or an attachment is not there any more.
    pub fn decide_waiting(&self, channel: &Channel, leaving: &Leaving, now: u64) -> Result<Decision, Fault> {
        let stopped = |rule: &str, is_hidden| Ok(Decision::Stopped { rule: rule.to_owned(), is_hidden });
        let body = from_base64(&leaving.body).unwrap_or_default();
        let header_bytes = leaving.header.as_bytes();
        let header = Header::parse(header_bytes).map_err(|error| Fault::usage(error.to_string()))?;
        let mut sealed = Sealed::new(channel, leaving.lane, 1, body.len());
        let (today, origin) = (day(now)?, channel.own_log(leaving.lane));
        let terms = self.decider.terms(channel, &origin, &sealed.context().agreement, today)?;
        let Some(terms) = terms else { return stopped("AGR-01", false) };
        let approvals = leaving.approvals.as_bytes();
        let given = decide::approvals_of(channel, sealed.context(), header_bytes, &body, approvals)?;
        let candidate = Candidate { header: &header, body: &body, approvals: &given };
        if let Some(rule) = self.decider.stopped(&terms, channel, &candidate)? {
            return stopped(rule, true);
        }
        let public = life::check_sending(channel, terms.agreement(), today)
            .and_then(|()| life::check_lane(terms.agreement(), leaving.lane, &header, body.len()))
            .and_then(|()| terms.leaving(&candidate));
        let used = decide::approvals_used(&given);
        if decide::is_any_used(&self.db, channel, &used)? {
            return stopped(decide::APPROVAL_RULE, false);
        }
        let claim = match public {
            Ok(claim) => claim,
            Err(error) => return stopped(error.rule.as_deref().unwrap_or("usage"), false),
        };
        let attachments = match attachments::keys_for(&self.db, &header) {
            Ok(attachments) => attachments,
            Err(error) if error.code == Code::NotFound => return stopped("attachment", false),
            Err(error) => return Err(error),
        };
        sealed.push(Passed {
            header: &header,
            header_bytes,
            approvals,
            used,
            body: &body,
            attachments,
            period: period_of(&header, now),
            claim,
            is_alone: decide::is_released_alone(&header, &given),
        })?;
        Ok(Decision::Passes(Box::new(sealed)))
    }

    /// Decides an own record that waits, and releases or stops it. What the channel can't take now waits on.
    ///
    /// # Errors
    /// The store can't be read or written.
    pub async fn leave(self: &Arc<Self>, Waiting { id, channel, .. }: Waiting, now: u64) -> Result<(), Fault> {
        let Some(handle) = self.channels.get(&channel) else { return Ok(()) };
        let db = Arc::clone(&self.db);
        let leaving = match blocking(move || aside::leaving(&db.reader()?, &id)).await {
            Ok(leaving) => leaving,
            // Its retention ended while it waited, and its row went with it.
            Err(error) if error.code == Code::NotFound => {
                self.protection.change_aside(|index| index.remove(&id));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        for _ in 0..limits::DECIDE_AGAIN_MAX {
            let value = handle.value();
            if value.may_sign().is_err() {
                return Ok(());
            }
            let (sending, deciding) = (Arc::clone(self), leaving.clone());
            let sealed = match blocking(move || sending.decide_waiting(&value, &deciding, now)).await? {
                Decision::Passes(sealed) => *sealed,
                Decision::Stopped { rule, is_hidden } => {
                    let header = Header::parse(leaving.header.as_bytes()).ok();
                    let period = header.map_or(Period::CHANNEL, |header| period_of(&header, now));
                    let stopped = Leaving { stopped: Some(rule), hidden: is_hidden, ..leaving };
                    return self.lay_instead(channel, Item::Leaving(Box::new(stopped)), period, id).await;
                }
            };
            let by = By { token: leaving.token.clone(), role: role(&leaving.role) };
            match self.place(&handle, sealed, Arc::new(by), With::Taken(id, None)).await {
                Ok(_) | Err(NotPlaced::NotNow(_)) => return Ok(()),
                Err(NotPlaced::Moved) => {}
                Err(NotPlaced::Failed(fault)) => return Err(fault),
            }
        }
        Ok(())
    }

    /// Lays the answers aside to requests that nobody processes: those of a feared state about a protected person (ASY-04),
    /// and those whose answer a hidden rule stopped (ASY-01, ASY-03). Threads must be up to date.
    ///
    /// # Errors
    /// The store can't be read or written.
    pub fn answer_for_nobody(&self, now: u64) -> Result<(), Fault> {
        let Self { db, protection, decider, .. } = self;
        let (reader, today) = (db.reader()?, day(now)?);
        let (arrived, stopped) = protection.aside(|index| {
            let stopped: Vec<Waiting> = index.leaving().iter().filter(|waiting| waiting.stopped).copied().collect();
            (index.arrived(), stopped)
        });
        for (_, arrived) in arrived {
            let position = arrived.position;
            let Some(handle) = self.channels.get(&position.origin.channel) else { continue };
            let channel = handle.value();
            if protection.aside(|index| index.answer_in(channel.id(), &arrived.thread)).is_some()
                || !decider.is_protected(&channel, &position, today)?
            {
                continue;
            }
            if let Some(asked) = neutral::asked(&decider.rows, &channel, position.origin.lane, arrived.thread)? {
                protection.intend(db, &asked, now)?;
            }
        }
        for waiting in stopped {
            let Some(handle) = self.channels.get(&waiting.channel) else { continue };
            let Some(thread) = waiting.thread else { continue };
            if protection.aside(|index| index.answer_in(waiting.channel, &thread)).is_some() {
                continue;
            }
            let Ok(leaving) = aside::leaving(&reader, &waiting.id) else { continue };
            let (Ok(header), Some(body)) = (Header::parse(leaving.header.as_bytes()), from_base64(&leaving.body))
            else {
                continue;
            };
            if !leaving.hidden || !decide::answers(&header, &body) {
                continue;
            }
            if let Some(asked) = neutral::asked(&decider.rows, &handle.value(), leaving.lane, thread)? {
                protection.intend(db, &asked, now)?;
            }
        }
        Ok(())
    }

    /// Releases an answer that provides nothing. What stands in its way now leaves it waiting; where the thread is over it
    /// is done without being sent. Threads must be up to date.
    ///
    /// # Errors
    /// The store can't be read or written.
    pub async fn answer_with_nothing(self: &Arc<Self>, id: AsideId, neutral: Neutral, now: u64) -> Result<(), Fault> {
        let channel = neutral.asked.origin.channel;
        let Some(handle) = self.channels.get(&channel) else { return Ok(()) };
        let done = Item::Neutral(Neutral { done: true, ..neutral });
        for _ in 0..limits::DECIDE_AGAIN_MAX {
            let value = handle.value();
            if value.may_sign().is_err() {
                return Ok(());
            }
            let sending = Arc::clone(self);
            let sealed = match blocking(move || sending.seal_nothing(&value, &neutral, now)).await {
                Ok(Some(sealed)) => sealed,
                Ok(None) => return self.lay_instead(channel, done, Period::CHANNEL, id).await,
                Err(error) if matches!(error.code, Code::Refused | Code::Usage) => return Ok(()),
                Err(error) => return Err(error),
            };
            let by = By { token: "node".into(), role: "node" };
            match self.place(&handle, sealed, Arc::new(by), With::Taken(id, Some(done.clone()))).await {
                Ok(_) | Err(NotPlaced::NotNow(_)) => return Ok(()),
                Err(NotPlaced::Moved) => {}
                Err(NotPlaced::Failed(fault)) => return Err(fault),
            }
        }
        Ok(())
    }

    /// Lays something aside in the place of what lies there.
    async fn lay_instead(
        self: &Arc<Self>,
        channel: ChannelId,
        item: Item,
        period: Period,
        replaced: AsideId,
    ) -> Result<(), Fault> {
        let sending = Arc::clone(self);
        blocking(move || sending.protection.lay(&sending.db, channel, (&item, period), Some(replaced))).await
    }

    /// The answer, decided and sealed; `None` if its request waits for no answer any more.
    fn seal_nothing(&self, channel: &Channel, neutral: &Neutral, now: u64) -> Result<Option<Sealed>, Fault> {
        let (today, origin) = (day(now)?, channel.own_log(neutral.asked.origin.lane));
        let asked = neutral::asked(&self.decider.rows, channel, origin.lane, neutral.thread)?;
        let Some(asked) = asked else { return Ok(None) };
        let mut sealed = Sealed::new(channel, origin.lane, 1, 0);
        let terms = self
            .decider
            .terms(channel, &origin, &sealed.context().agreement, today)?
            .ok_or_else(|| Fault::new(Code::Refused, "nothing is decided under the governing agreement"))?;
        let (header, body) = self.compose_nothing(channel, &terms, &asked, today)?;
        sealed.push(Passed {
            header: &header,
            header_bytes: &header.encode(),
            approvals: &[],
            used: Vec::new(),
            body,
            attachments: Files::default(),
            period: period_of(&header, now),
            claim: None,
            is_alone: false,
        })?;
        Ok(Some(sealed))
    }

    /// Header and body of the answer to a request that provides nothing, if it may be sent.
    pub(super) fn compose_nothing(
        &self,
        channel: &Channel,
        terms: &Terms,
        asked: &Asked,
        today: Date,
    ) -> Result<(Header, &'static [u8]), Fault> {
        life::check_sending(channel, terms.agreement(), today)?;
        let (header, body) = neutral::compose(&self.db, channel, terms.agreement(), asked, today)?;
        terms.leaving(&Candidate { header: &header, body, approvals: &[] })?;
        Ok((header, body))
    }
}

fn day(now: u64) -> Result<Date, Fault> {
    Date::from_unix_ms(now).ok_or_else(|| Fault::new(Code::Internal, "the clock is outside of time"))
}

/// The role's name, as audit entries hold it.
fn role(name: &str) -> &'static str {
    ROLES.iter().map(|role| role.name()).find(|known| *known == name).unwrap_or("bootstrap")
}
