//! The lines of a submission are judged: checked, decided and sealed, each by itself. Pure work on one thread, beside the
//! writer.

use std::{
    borrow::Cow,
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use bytes::Bytes;
use protocol::{
    channel::{Channel, open::period_of},
    date::Date,
    encoding::to_base64,
    header::Header,
    id::Hash,
    limits::APPROVALS_BYTES_MAX,
    statement::ThreadKey,
};

use store::{Still, StoreError};
use texts::say;

use super::{
    Attempt, Sending, Would,
    line::{self, Group, Line},
    place::{Passed, Sealed},
    repeat::{Before, Key, Numbers, refused_before},
    waits::{ToLay, Waits},
};
use crate::{
    attachments,
    callers::Caller,
    channel::ChannelHandle,
    clock,
    decide::{self, Candidate, Terms, life},
    fault::{Code, Fault},
    limits,
    person_counts::Claim,
    protection::{
        Leaving,
        neutral::{self, Asked},
    },
    threads::openers::Openers,
    work,
};

/// What became of one line: refused, or its place among the accepted lines of its group.
pub(super) struct Judged {
    pub(super) id: Option<String>,
    /// Absent where the line can't be read.
    pub(super) group: Option<Group>,
    pub(super) outcome: Result<Accepted, Fault>,
}

/// What becomes of an accepted line.
#[derive(Clone, Copy)]
pub(super) enum Accepted {
    /// It is recorded: its place among those of its group.
    Placed(Group, u64),
    /// It is taken, and waits to be released.
    Waits(Group),
}

/// The accepted lines of a group.
pub(super) struct Batch {
    pub(super) handle: Arc<ChannelHandle>,
    /// The value under which every line of the group is judged and sealed.
    channel: Arc<Channel>,
    terms: Terms,
    /// Whether the office of the caller's token, if it has one, is enrolled in the channel by this agency.
    is_office_enrolled: bool,
    pub(super) sealed: Sealed,
    /// The lines that are sealed.
    pub(super) sealed_lines: Numbers,
    /// The lines that are taken and wait.
    pub(super) to_lay: ToLay,
    /// What became of the lines when the request was made before under its key.
    pub(super) before: Before,
    /// What was used before, as of when the group was opened; the writer looks again. Only while lines are judged.
    still: Option<Still>,
}

impl Batch {
    fn open(judge: &Judge, (id, lane): Group) -> Result<Self, Fault> {
        let Judge { sending, caller, key, today, bytes } = judge;
        let handle = sending
            .channels
            .get(&id)
            .ok_or_else(|| Fault::not_found(say!("no-open-channel", id = %id)).in_field("channel"))?;
        let channel = handle.value();
        // A sealed record is about as long as its line.
        let sealed = Sealed::new(&channel, lane, bytes / limits::RECORD_BYTES_USUAL, *bytes);
        let terms = sending
            .decider
            .terms(&channel, &channel.own_log(lane), &sealed.context().agreement, *today)?
            .ok_or_else(|| Fault::new(Code::Internal, say!("nothing-decided")))?;
        sending.auditors.check_under(terms.agreement(), &channel.me())?;
        let is_office_enrolled = caller
            .office()
            .is_none_or(|office| channel.own_officers().any(|enrolled| enrolled.officer.office == office));
        let before = key.as_ref().map(|key| Before::of(&sending.db, (id, lane), key)).transpose()?.unwrap_or_default();
        Ok(Self {
            handle,
            channel,
            terms,
            is_office_enrolled,
            sealed,
            sealed_lines: Numbers::default(),
            to_lay: ToLay::default(),
            before,
            still: Some(sending.db.reader()?.still()?),
        })
    }

    fn has_used(&self, used: &[Hash]) -> Result<bool, StoreError> {
        self.still.as_ref().map_or(Ok(true), |still| still.any_approval_used(self.channel.id(), used))
    }

    /// Takes a line that waits.
    fn wait(&mut self, group: Group, number: usize, waits: Waits) -> Result<Accepted, Fault> {
        if self.before.waiting.is_some() {
            return Err(refused_before());
        }
        self.to_lay.push(number, waits);
        Ok(Accepted::Waits(group))
    }
}

/// Judges the lines of one submission.
pub(super) struct Judge {
    pub(super) sending: Arc<Sending>,
    pub(super) caller: Caller,
    pub(super) key: Option<Key>,
    pub(super) today: Date,
    /// Length of the submission.
    pub(super) bytes: usize,
}

impl Judge {
    /// Judges the lines, or only those of one group. Lines of other groups are read and not sealed: their place in the list
    /// stays.
    pub(super) async fn over(
        self: &Arc<Self>,
        text: &Bytes,
        only: Option<Group>,
    ) -> Result<(Vec<Judged>, BTreeMap<Group, Batch>), Fault> {
        let (judge, text) = (Arc::clone(self), text.clone());
        beside_the_writer(line::weight(&text), move || judge.judge(&text, only)).await
    }

    /// Says of each line what would become of it.
    pub(super) async fn attempt(self, text: Bytes) -> Result<Vec<Attempt>, Fault> {
        beside_the_writer(line::weight(&text), move || {
            let mut batches = BTreeMap::new();
            let attempt = |line: Result<Line<'_>, Fault>| Attempt {
                id: id_of(&line),
                outcome: line.and_then(|line| {
                    let batch = self.batch(&line, &mut batches)?;
                    let record = self.check(&line, batch)?;
                    Ok(Would {
                        waits: record.waits.is_some(),
                        agreement: batch.sealed.context().agreement,
                        version: batch.terms.agreement().version,
                        clause: record.header.clause,
                    })
                }),
            };
            Ok(line::read(&text)?.into_iter().map(attempt).collect())
        })
        .await
    }

    fn judge(&self, text: &[u8], only: Option<Group>) -> Result<(Vec<Judged>, BTreeMap<Group, Batch>), Fault> {
        let mut batches = BTreeMap::new();
        let judge = |(line, number): (Result<Line<'_>, Fault>, usize)| {
            let id = id_of(&line);
            match line {
                Err(error) => Judged { id, group: None, outcome: Err(error) },
                Ok(line) => {
                    let group = line.group();
                    let outcome = match only.is_none_or(|only| only == group) {
                        true => self.seal(&line, number, &mut batches),
                        false => Ok(Accepted::Placed(group, 0)),
                    };
                    Judged { id, group: Some(group), outcome }
                }
            }
        };
        let judged = line::read(text)?.into_iter().zip(0..).map(judge).collect();
        // A group of which every line was refused has nothing to append.
        batches.retain(|_, batch: &mut Batch| {
            batch.still = None;
            !batch.sealed.is_empty() || !batch.to_lay.is_empty() || batch.before.placed.is_some()
        });
        Ok((judged, batches))
    }

    /// The open batch of a line's group.
    fn batch<'a>(&self, line: &Line<'_>, batches: &'a mut BTreeMap<Group, Batch>) -> Result<&'a mut Batch, Fault> {
        Ok(match batches.entry(line.group()) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(new) => new.insert(Batch::open(self, line.group())?),
        })
    }

    fn seal(&self, line: &Line<'_>, number: usize, batches: &mut BTreeMap<Group, Batch>) -> Result<Accepted, Fault> {
        let group = line.group();
        let batch = self.batch(line, batches)?;
        if let Some(place) = batch.before.place(number) {
            return Ok(Accepted::Placed(group, place));
        }
        if batch.before.waits(number) {
            return Ok(Accepted::Waits(group));
        }
        let Checked { header, body, approvals, used, claim, is_alone, waits } = self.check(line, batch)?;
        if let Some(WaitsFor::Moment(asked)) = waits {
            return batch.wait(group, number, Waits::Moment(asked));
        }
        let attachments = attachments::keys_for(&self.sending.db, &header)?;
        if waits.is_none() && batch.before.placed.is_some() {
            return Err(refused_before());
        }
        let period = period_of(&header, clock::now_ms());
        if waits.is_some() {
            let leaving = Leaving {
                lane: group.1,
                header: line.header.get().to_owned(),
                body: to_base64(&body),
                approvals: String::from_utf8_lossy(&approvals).into_owned(),
                token: self.caller.id().to_owned(),
                person: self.caller.person().map(str::to_owned),
                role: self.caller.role().to_owned(),
                at: 0,
                stopped: None,
                hidden: false,
                near: false,
                looked_at: false,
                recorded: None,
            };
            return batch.wait(group, number, Waits::Release(Box::new(leaving), period));
        }
        let header_bytes = line.header_bytes();
        let passed = Passed {
            header: &header,
            header_bytes,
            approvals: &approvals,
            used,
            body: &body,
            attachments,
            period,
            claim,
            is_alone,
        };
        let place = batch.sealed.push(passed)?;
        batch.sealed_lines.push(number);
        Ok(Accepted::Placed(group, place))
    }

    /// Checks and decides a line.
    fn check<'a>(&self, line: &'a Line<'_>, batch: &Batch) -> Result<Checked<'a>, Fault> {
        let (Self { caller, today, .. }, lane) = (self, line.group().1);
        let header = Header::parse(line.header_bytes()).map_err(Fault::from)?;
        if header.is_protocol() {
            let message = say!("own-kinds");
            return Err(Fault::usage(message).in_field("kind"));
        }
        caller.check_writes(&header.kind, || {
            Openers::new(&self.sending.upkeep).of(&batch.channel, header.thread.as_ref(), lane)
        })?;
        check_office(caller, batch.is_office_enrolled, &header)?;
        let thread = header.thread.map(|thread| ThreadKey { thread, lane });
        if let Some(thread) = &thread {
            self.sending.check_room(&batch.channel, thread)?;
        }
        let body = line.body()?;
        let approvals = line.approvals()?;
        if approvals.len() > APPROVALS_BYTES_MAX {
            return Err(Fault::usage(say!("approvals-too-long")).in_field("approvals"));
        }
        if desks::kinds::provides_nothing(&header, &body) {
            let waits = Some(WaitsFor::Moment(self.answers_with_nothing(&header, batch)?));
            return Ok(Checked { header, body, approvals, used: Vec::new(), claim: None, is_alone: false, waits });
        }
        let given =
            decide::approvals_of(&batch.channel, batch.sealed.context(), line.header_bytes(), &body, &approvals)?;
        self.sending.check_passkeys(&given)?;
        let used = self.sending.counted(&batch.channel, &given);
        if batch.sealed.uses(&used) || batch.has_used(&used)? {
            return Err(decide::approval_used());
        }
        let agreement = batch.terms.agreement();
        life::check_sending(&batch.channel, agreement, *today)?;
        life::check_lane(agreement, lane, &header, body.len())?;
        let (claim, checked) = batch.terms.leaving(&Candidate { header: &header, body: &body, approvals: &given })?;
        if let (Some(checked), Some(thread)) = (checked, &thread) {
            self.sending.check_effect(caller, &batch.channel, thread, (&header, &checked))?;
        }
        let is_alone = decide::is_released_alone(&header, &given);
        // What waits is counted when it is released.
        let waits = batch.terms.waits().then_some(WaitsFor::Release);
        Ok(Checked { header, body, approvals, used, claim: claim.filter(|_| waits.is_none()), is_alone, waits })
    }

    /// The request that an answer that provides nothing is meant for, if the node may make that answer: of the officer's
    /// record only thread and lane count (ASY-02). Whether a request waits for an answer is as the caller sees it: that it was
    /// answered meanwhile by something that is hidden from the caller changes nothing for them.
    fn answers_with_nothing(&self, header: &Header, batch: &Batch) -> Result<Asked, Fault> {
        let Self { sending, caller, today, .. } = self;
        sending.upkeep.catch_up()?;
        let asked = match header.thread {
            Some(thread) => {
                let hidden_from = (!caller.sees_before_protection_check()).then_some(&*sending.protection);
                neutral::asked(&sending.decider.rows, &batch.channel, batch.sealed.lane(), thread, hidden_from)?
            }
            None => None,
        };
        let is_shown = |asked: &Asked| sending.protection.shows(caller, &asked.position, Some(&asked.thread));
        let asked = asked.filter(is_shown).ok_or_else(|| {
            let message = say!("no-request-waits");
            Fault::new(Code::Refused, message).in_field("thread")
        })?;
        if asked.is_answered() {
            let message = say!("answered-in-part");
            return Err(Fault::new(Code::Refused, message).in_field("thread"));
        }
        sending.compose_nothing(&batch.channel, &batch.terms, &asked, *today)?;
        Ok(asked)
    }
}

/// A line that may be recorded.
struct Checked<'a> {
    header: Header,
    body: Cow<'a, [u8]>,
    approvals: Cow<'a, [u8]>,
    /// What its approvals leave once they are used.
    used: Vec<Hash>,
    /// The persons that it is about, counted in.
    claim: Option<Claim>,
    /// Whether one officer releases it alone (EYE-03).
    is_alone: bool,
    /// For what it waits, if it does.
    waits: Option<WaitsFor>,
}

/// For what a line waits.
enum WaitsFor {
    /// Somebody in the protection register fears a state on the other side: for its release.
    Release,
    /// It provides nothing in answer to this request: for the answer's moment.
    Moment(Asked),
}

/// A token speaks for its own office only, and only in a channel in which that office is enrolled.
fn check_office(caller: &Caller, is_enrolled: bool, header: &Header) -> Result<(), Fault> {
    let refuse = |message: String| Err(Fault::new(Code::Forbidden, message).in_field("author_office"));
    match (caller.office(), header.author_office.as_deref()) {
        (Some(office), Some(stated)) if office == stated && is_enrolled => Ok(()),
        (Some(office), Some(stated)) if office == stated => {
            refuse(format!("no officer of {office} is enrolled in this channel: enrol one with `mithaq officer enrol`"))
        }
        (Some(office), _) => refuse(format!("the token speaks for {office}: the header must name this office")),
        (None, Some(_)) if caller.is_without_office() => refuse(
            "the token is bound to no office, so the header may not name one: ask for a token of the office".into(),
        ),
        (None, _) => Ok(()),
    }
}

fn id_of(line: &Result<Line<'_>, Fault>) -> Option<String> {
    line.as_ref().ok().and_then(|line| line.id.as_deref().map(str::to_owned))
}

async fn beside_the_writer<T: Send + 'static>(
    weight: usize,
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let interrupted = || Fault::new(Code::Internal, say!("check-interrupted"));
    work::over(weight, work).await.ok_or_else(interrupted)?
}
