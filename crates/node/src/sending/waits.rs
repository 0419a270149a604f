//! What waits before it is in a log: it is laid aside, decided again, and released or stopped (ASY-01 to ASY-04).
//!
//! When that happens is the business of [`crate::jobs::release`]. What is released is taken from beside the channel in the
//! transaction that appends it, so each act may be repeated. Nothing here is logged that tells what was stopped.

use std::sync::Arc;

use protocol::{
    channel::{Channel, open::period_of},
    commit::{AsideId, Period, SubmitResult, Volume},
    date::Date,
    encoding::from_base64,
    header::Header,
    id::ChannelId,
    suite::Entropy as _,
};
use texts::say;

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
    person_counts::Claim,
    protection::{
        Hidden, Item, Leaving, Match, Neutral,
        aside::Waiting,
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
        /// Whether only a name that is near one in the register makes it stop.
        is_near: bool,
        /// The persons that it is about, counted in as if it left: else a full month would tell its author what did (BLK-01).
        claim: Option<Claim>,
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
                    Waits::Release(leaving, period) => {
                        let thread = Header::parse(leaving.header.as_bytes()).ok().and_then(|header| header.thread);
                        let at = policy::leave_ms(now, leaving.lane, random());
                        // A step that is taken later in a thread does not leave before an earlier one.
                        let before = protection.aside(|index| {
                            let same = |waiting: &&Waiting| {
                                waiting.channel == group.0 && waiting.thread == thread && !waiting.stopped
                            };
                            index.leaving().iter().filter(same).map(|waiting| waiting.at).max()
                        });
                        let laid = records.iter().filter_map(|(item, _)| match item {
                            Item::Leaving(other) => Some(other.at),
                            _ => None,
                        });
                        let at = laid.chain(before).fold(at, u64::max);
                        records.push((Item::Leaving(Box::new(Leaving { at, ..*leaving })), period));
                    }
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
        let stopped = |rule: &str, is_hidden, is_near| {
            Ok(Decision::Stopped { rule: rule.to_owned(), is_hidden, is_near, claim: None })
        };
        let body = from_base64(&leaving.body).unwrap_or_default();
        let header_bytes = leaving.header.as_bytes();
        let header = Header::parse(header_bytes).map_err(|error| Fault::usage(error.to_string()))?;
        let mut sealed = Sealed::new(channel, leaving.lane, 1, body.len());
        let (today, origin) = (day(now)?, channel.own_log(leaving.lane));
        let terms = self.decider.terms(channel, &origin, &sealed.context().agreement, today)?;
        let Some(terms) = terms else { return stopped("AGR-01", false, false) };
        let approvals = leaving.approvals.as_bytes();
        let given = decide::approvals_of(channel, sealed.context(), header_bytes, &body, approvals)?;
        let candidate = Candidate { header: &header, body: &body, approvals: &given };
        match self.decider.stopped(&terms, channel, &candidate)? {
            Some((_, Match::Near)) if leaving.looked_at => {}
            Some((rule, says)) => {
                let (rule, claim) = (rule.to_owned(), terms.leaving(&candidate).ok().and_then(|(claim, _)| claim));
                return Ok(Decision::Stopped { rule, is_hidden: true, is_near: says == Match::Near, claim });
            }
            None => {}
        }
        let public = life::check_sending(channel, terms.agreement(), today)
            .and_then(|()| life::check_lane(terms.agreement(), leaving.lane, &header, body.len()))
            .and_then(|()| terms.leaving(&candidate))
            .map(|(claim, _)| claim);
        let used = self.counted(channel, &given);
        if decide::is_any_used(&self.db, channel, &used)? {
            return stopped(decide::APPROVAL_RULE, false, false);
        }
        let claim = match public {
            Ok(claim) => claim,
            Err(error) => return stopped(error.rule.as_deref().unwrap_or("usage"), false, false),
        };
        let attachments = match attachments::keys_for(&self.db, &header) {
            Ok(attachments) => attachments,
            Err(error) if error.code == Code::NotFound => return stopped("attachment", false, false),
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
        let work = Arc::clone(self);
        let leaving = match blocking(move || work.protection.leaving(&work.db.reader()?, &id)).await {
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
                Decision::Stopped { rule, is_hidden, is_near, claim } => {
                    let header = Header::parse(leaving.header.as_bytes()).ok();
                    let period = header.map_or(Period::CHANNEL, |header| period_of(&header, now));
                    let stopped = Leaving { stopped: Some(rule), hidden: is_hidden, near: is_near, ..leaving };
                    let volumes = claim.iter().flat_map(Claim::volumes).collect();
                    self.lay_instead(channel, Item::Leaving(Box::new(stopped)), period, id, volumes).await?;
                    claim.into_iter().for_each(Claim::keep);
                    return Ok(());
                }
            };
            let by = By { token: leaving.token.clone(), person: leaving.person.clone(), role: role(&leaving.role) };
            // Its author is not shown that it left, as little as that it was stopped.
            let header = Header::parse(leaving.header.as_bytes()).ok();
            let thread = header.as_ref().and_then(|header| header.thread);
            let period = header.as_ref().map_or(Period::CHANNEL, |header| period_of(header, now));
            let hidden = move |position| vec![(Item::Hidden(Hidden { position, thread, opens: false }), period)];
            match self.place(&handle, sealed, Arc::new(by), With::Taken(id, Box::new(hidden))).await {
                Ok(_) | Err(NotPlaced::NotNow(_)) => return Ok(()),
                Err(NotPlaced::Moved) => {}
                Err(NotPlaced::Failed(fault)) => return Err(fault),
            }
        }
        Ok(())
    }

    /// Lays the answer that provides nothing aside for every request that came in hidden, whomever it names, with the moment
    /// that was drawn for it: it is what the partner gets unless somebody answers before. `hidden` were committed before the
    /// threads were brought up to date.
    ///
    /// # Errors
    /// The store can't be read or written.
    pub fn answer_by_default(&self, hidden: Vec<Hidden>, now: u64) -> Result<(), Fault> {
        let Self { db, protection, decider, .. } = self;
        for Hidden { position, thread, .. } in hidden {
            let Some(handle) = self.channels.get(&position.origin.channel) else { continue };
            let asked = match thread {
                Some(thread) => neutral::asked(&decider.rows, &handle.value(), position.origin.lane, thread, None)?,
                None => None,
            };
            if let Some(asked) = asked.filter(|asked| asked.position == position) {
                protection.intend(db, &asked, now)?;
            }
            protection.change_aside(|index| index.looked_at(&position));
        }
        Ok(())
    }

    /// Lays the answer aside to requests that were not hidden and whose answer a hidden rule stopped (ASY-01, ASY-03). Threads
    /// must be up to date.
    ///
    /// # Errors
    /// The store can't be read or written.
    pub fn answer_for_stopped(&self, now: u64) -> Result<(), Fault> {
        let Self { db, protection, decider, .. } = self;
        let reader = db.reader()?;
        let stopped: Vec<Waiting> =
            protection.aside(|index| index.leaving().iter().filter(|waiting| waiting.stopped).copied().collect());
        for waiting in stopped {
            let Some(handle) = self.channels.get(&waiting.channel) else { continue };
            let Some(thread) = waiting.thread else { continue };
            if protection.aside(|index| index.answer_in(waiting.channel, &thread)).is_some() {
                continue;
            }
            let Ok(leaving) = protection.leaving(&reader, &waiting.id) else { continue };
            let (Ok(header), Some(body)) = (Header::parse(leaving.header.as_bytes()), from_base64(&leaving.body))
            else {
                continue;
            };
            if !leaving.hidden || !decide::answers(&header, &body) {
                continue;
            }
            if let Some(asked) = neutral::asked(&decider.rows, &handle.value(), leaving.lane, thread, None)? {
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
                Ok(None) => return self.lay_instead(channel, done, Period::CHANNEL, id, Vec::new()).await,
                Err(error) if matches!(error.code, Code::Refused | Code::Usage) => return Ok(()),
                Err(error) => return Err(error),
            };
            let by = By::node();
            let (done, is_hidden) = (done.clone(), self.protection.watches(&handle.value()));
            let lays = move |position| {
                let hidden = Hidden { position, thread: Some(neutral.thread), opens: false };
                let hidden = is_hidden.then_some((Item::Hidden(hidden), Period::CHANNEL));
                std::iter::once((done.clone(), Period::CHANNEL)).chain(hidden).collect()
            };
            match self.place(&handle, sealed, Arc::new(by), With::Taken(id, Box::new(lays))).await {
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
        volumes: Vec<Volume>,
    ) -> Result<(), Fault> {
        let sending = Arc::clone(self);
        let lay =
            move || sending.protection.lay_counted(&sending.db, channel, (&item, period), Some(replaced), volumes);
        blocking(lay).await
    }

    /// The answer, decided and sealed; `None` if its request waits for no answer any more, or was clarified since: that has an
    /// answer of its own.
    fn seal_nothing(&self, channel: &Channel, neutral: &Neutral, now: u64) -> Result<Option<Sealed>, Fault> {
        let (today, origin) = (day(now)?, channel.own_log(neutral.asked.origin.lane));
        let asked = neutral::asked(&self.decider.rows, channel, origin.lane, neutral.thread, None)?;
        let is_due = |asked: &Asked| asked.position == neutral.asked && !asked.is_answered();
        let Some(asked) = asked.filter(is_due) else { return Ok(None) };
        let mut sealed = Sealed::new(channel, origin.lane, 1, 0);
        let terms = self
            .decider
            .terms(channel, &origin, &sealed.context().agreement, today)?
            .ok_or_else(|| Fault::new(Code::Refused, say!("nothing-decided")))?;
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
    Date::from_unix_ms(now).ok_or_else(|| Fault::new(Code::Internal, say!("clock-outside")))
}

fn random() -> u64 {
    let mut drawn = [0; 8];
    crate::entropy().fill(&mut drawn);
    u64::from_be_bytes(drawn)
}

/// The role's name, as audit entries hold it.
fn role(name: &str) -> &'static str {
    ROLES.iter().map(|role| role.name()).find(|known| *known == name).unwrap_or("bootstrap")
}
