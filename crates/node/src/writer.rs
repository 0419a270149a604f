//! The writer: one a channel, which alone appends, admits and commits.
//!
//! Its thread takes what queued during the last commit, makes one step of it, writes the step in one transaction,
//! replaces the channel's value, and only then answers. What belongs to the urgent lane is taken first. There is no timer
//! that lingers: a lone record is committed at once, and under load batches grow by themselves. While nothing queues, a
//! small order is carried out where it was given ([`Writer::at_once`]), by the same code: two threads less that must
//! wake up. Start-up recovery loads the channel from what was written.

use std::{
    collections::{BTreeSet, VecDeque},
    ops::ControlFlow,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use protocol::{
    channel::{
        Channel, Env, Snapshot, Step,
        admit::NotAdmitted,
        append::AppendError,
        gather::{self, Gathered, Placed, Repeat},
        life::{Already, CannotAct},
        outbox::{NotANack, NotReceipted},
    },
    commit::{Commit, Period},
    control::Control,
    id::{ChannelId, Hash},
    origin::{Lane, Origin, Position},
    peer::learnt::{Learnt, News, NotLearnt, Said},
};
use store::{CommitError, StoreError};
use texts::{Message, say};
use tokio::sync::{mpsc, oneshot};

use crate::{
    audit::{self, By, Details, Submitter},
    channel::ChannelHandle,
    clock,
    db::{Db, SUITE},
    decide::{Decided, approval_used, is_any_used, life::LANE_RULE},
    fault::{Code, Fault},
    limits,
    person_counts::{Claim, PersonCounts},
    protection::{Item, Protection},
    reviews,
    threads::{Threads, stubs},
    wording, work,
};

/// What the writer is asked to do. Each order is answered once its step is durable.
pub enum Order {
    /// Look at the urgent queue: sent with every order there, so that a writer that waits for orders wakes up.
    Wake,
    /// Append records.
    Submit(Box<Submission>),
    /// Append protocol records, with more to write in the same transaction.
    Controls {
        /// In which lane.
        lane: Lane,
        /// The records.
        controls: Vec<Control>,
        /// What else the transaction writes.
        with: Box<dyn FnOnce(&mut Commit) + Send>,
        /// Who acts, for the batch's audit entry.
        by: Arc<By>,
        /// Where the first of them came to lie.
        reply: Answer<(Origin, u64)>,
    },
    /// Admit a partner's opened batch.
    Admit {
        /// The batch, decided.
        decided: Box<Decided>,
        /// The receipt.
        reply: Answer<String>,
    },
    /// Take what a partner said: its receipt, its nack, the heads that it holds.
    Learn {
        /// What it said.
        learnt: Learnt,
        /// What of it was new.
        reply: Answer<Option<News>>,
    },
    /// This party's own act about the agreement: a version, a suspension, an end.
    Act {
        /// Computes the step on the present value.
        act: Act,
        /// Who acts, for the batch's audit entry.
        by: Arc<By>,
        /// Done.
        reply: Answer<()>,
    },
    /// Any other step: a freeze, an officer's order, marks.
    Step {
        /// Computes the step on the present value; `None` changes nothing.
        step: StepOf,
        /// Who acts, for the batch's audit entry.
        by: Arc<By>,
        /// Done.
        reply: Answer<()>,
    },
}

impl Order {
    /// Whether the order overtakes those of the main lane: records, batches and receipts of the urgent lane, and what a
    /// party does about the agreement itself.
    pub fn is_urgent(&self) -> bool {
        let urgent = |lane| lane == Lane::Urgent;
        match self {
            Self::Submit(submission) => urgent(submission.lane),
            Self::Controls { lane, .. } => urgent(*lane),
            Self::Admit { decided, .. } => urgent(decided.opened.reference().origin.lane),
            Self::Learn { learnt, .. } => learnt.is_urgent(),
            Self::Act { .. } => true,
            Self::Step { .. } | Self::Wake => false,
        }
    }

    /// Whether carrying it out takes about as long as waking a thread for it, but for the disk.
    fn is_small(&self) -> bool {
        let bytes = match self {
            Self::Submit(submission) => submission.prepared.bytes(),
            Self::Admit { decided, .. } => decided.opened.bytes(),
            Self::Learn { learnt: Learnt { said: Said::Receipt(_), .. }, .. } => 0,
            Self::Learn { .. } | Self::Controls { .. } | Self::Act { .. } | Self::Step { .. } | Self::Wake => {
                return false;
            }
        };
        bytes <= limits::SHORT_WORK_BYTES_MAX
    }
}

/// The writer's two queues.
pub struct Queues {
    /// Orders that overtake.
    pub urgent: mpsc::Receiver<Order>,
    /// All others.
    pub main: mpsc::Receiver<Order>,
}

/// Computes a step on the channel's present value.
pub type StepOf = Box<dyn FnOnce(&Channel) -> Option<Step> + Send>;

/// Computes a step that signs on the channel's present value.
pub type Act = Box<dyn FnOnce(&Channel, &mut Env<'_>) -> Result<Step, CannotAct> + Send>;

/// Records to append, sealed already.
pub type Submission = gather::Submission<Handed>;

/// Who handed records in, and where they hear what came of it.
pub struct Handed {
    /// Who submits, for the batch's audit entry.
    pub by: Arc<By>,
    /// For which purposes: those of the records.
    pub why: BTreeSet<String>,
    /// Places among the records, with their kinds, of those that one officer released alone (EYE-03).
    pub alone: Vec<(u64, String)>,
    /// Makes the answer that is kept under the caller's key, from the place of the first record.
    pub answer: Box<dyn Fn(Position) -> Vec<u8> + Send>,
    /// The persons in the records, counted in by their decisions: what the submission's volumes were made of.
    pub claims: Vec<Claim>,
    /// What the records' approvals leave once they are used.
    pub approvals: Vec<Hash>,
    /// What lies aside instead of what is taken from there, once it is known where the records lie: written with them.
    pub laid: Option<LaidFor>,
    /// The answer.
    pub reply: Answer<Submitted>,
}

/// What lies aside for records from a place on.
pub type LaidFor = Box<dyn Fn(Position) -> Vec<(Item, Period)> + Send>;

/// What came of a submission.
#[derive(Debug, Clone)]
pub enum Submitted {
    /// The records are durable from this place on.
    Placed(Position),
    /// The same key was used before: the answer kept then.
    Repeated,
    /// The same key was used before for other content.
    Conflict,
}

/// Where the writer answers an order.
pub type Answer<T> = oneshot::Sender<Result<T, WriteError>>;

/// Why an order was not carried out. Nothing of it is written.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WriteError {
    /// Not appended.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The count of persons that the batch's decisions read has moved: they are to be taken again.
    #[error("other records took the persons that this batch counted on: it is decided again when it comes again")]
    Recount,
    /// An approval was used before.
    #[error("an officer's approval was used before, and counts once")]
    ApprovalUsed,
    /// Not done.
    #[error(transparent)]
    Act(#[from] CannotAct),
    /// Not admitted.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// Not receipted.
    #[error(transparent)]
    NotReceipted(NotReceipted),
    /// Not a nack.
    #[error("its nack: {0}")]
    NotANack(NotANack),
    /// Not written.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// Not read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The batch's entry in the audit log would not say all that LOG-01 asks for.
    #[error("the batch's entry in the audit log lacks {0:?}, so nothing is written (LOG-01)")]
    Unaudited(&'static str),
    /// The writer has stopped: the node is shutting down, or its disk failed.
    #[error("the channel's writer has stopped; the node's log says why")]
    Stopped,
    /// The channel can't be loaded again after an uncertain commit.
    #[error("the channel's kept state can't be read: {0}")]
    Load(String),
}

impl From<NotLearnt<StoreError>> for WriteError {
    fn from(error: NotLearnt<StoreError>) -> Self {
        match error {
            NotLearnt::Receipt(error) => Self::NotReceipted(error),
            NotLearnt::Nack(error) => Self::NotANack(error),
            NotLearnt::Kept(error) => Self::Store(error),
        }
    }
}

impl From<WriteError> for Fault {
    fn from(error: WriteError) -> Self {
        let code = match error {
            WriteError::Append(AppendError::Beyond(_)) => {
                return Self::new(Code::Refused, error.message()).by_rule(LANE_RULE);
            }
            WriteError::ApprovalUsed => return approval_used(),
            WriteError::Act(CannotAct::Append(append)) => return WriteError::Append(append).into(),
            WriteError::Act(CannotAct::Already(_)) => Code::Conflict,
            WriteError::Act(CannotAct::NotEnrolled) => Code::NotFound,
            WriteError::Act(CannotAct::NoRight | CannotAct::Notice { .. } | CannotAct::Version(_))
            | WriteError::Append(AppendError::Suspended) => Code::Refused,
            WriteError::Append(AppendError::NotNow(_) | AppendError::Moved) | WriteError::Stopped => Code::Unavailable,
            WriteError::Commit(_) | WriteError::Store(_) | WriteError::Load(_) => Code::Storage,
            _ => Code::Internal,
        };
        Self::new(code, error.message())
    }
}

impl WriteError {
    /// What is wrong, in the reader's language, where the reader can do something about it.
    fn message(&self) -> Message {
        let message = match self {
            Self::Append(AppendError::NotNow(error)) => return wording::not_now(error),
            Self::Append(AppendError::Suspended) => say!("channel-suspended"),
            Self::Append(AppendError::Moved) => say!("agreement-moved"),
            Self::Act(CannotAct::NotEnrolled) => say!("officer-not-found"),
            Self::Act(CannotAct::Already(Already::Suspended)) => say!("suspended-already"),
            Self::Act(CannotAct::Already(Already::NotSuspended)) => say!("not-suspended-here"),
            Self::Act(CannotAct::Already(Already::Ends)) => say!("ends-by-then-already"),
            Self::Act(CannotAct::NoRight) => say!("no-right-to-end"),
            Self::Act(CannotAct::Notice { notice_days, earliest }) => {
                say!("notice-too-short", notice_days = %notice_days, earliest = %earliest)
            }
            Self::Store(error) => return wording::store(error),
            Self::Stopped => say!("writer-stopped"),
            other => return Message::as_worded(other.to_string()),
        };
        message.worded(self.to_string())
    }
}

/// What the writers of all channels share.
#[derive(Clone)]
pub struct Parts {
    /// What is written, and signed with which keys.
    pub db: Arc<Db>,
    /// Where persons of a partner's batch are counted in.
    pub person_counts: Arc<PersonCounts>,
    /// Where a partner's records are held for the protection officer.
    pub protection: Arc<Protection>,
    /// Which hear of each commit.
    pub threads: Arc<Threads>,
}

/// The right to write in a channel. Whoever holds it is the writer: its thread, or the caller of a small order.
pub struct Writer(Mutex<Turn>);

impl Writer {
    /// The writer of a channel, without its thread.
    pub fn new(parts: Parts, handle: Arc<ChannelHandle>) -> Self {
        Self(Mutex::new(Turn { parts, handle, ahead: VecDeque::new(), stopped: false }))
    }

    /// Starts the thread that carries out what queues. It ends when the channel's state can't be read any more.
    pub fn spawn(handle: Arc<ChannelHandle>, mut queues: Queues) {
        let name = format!("writer-{}", &handle.id().to_string()[..8]);
        let work = move || {
            while let Some(writer) = handle.writer()
                && writer.take_turn(&mut queues).is_continue()
            {}
        };
        if let Err(error) = thread::Builder::new().name(name).spawn(work) {
            tracing::error!(%error, "the writer's thread did not start; the channel stands still");
        }
    }

    /// Carries out a small order on this thread if nobody writes; gives back any other, which must queue.
    ///
    /// # Errors
    /// The order.
    pub fn at_once(&self, order: Order) -> Result<(), Order> {
        let Some(mut turn) = self.0.try_lock().ok().filter(|turn| order.is_small() && turn.is_idle()) else {
            return Err(order);
        };
        work::at_once(|| turn.carry_out(order, None));
        Ok(())
    }

    fn take_turn(&self, Queues { urgent, main }: &mut Queues) -> ControlFlow<()> {
        let next = urgent.try_recv().ok().or_else(|| self.turn().ahead.pop_front()).or_else(|| main.blocking_recv());
        let Some(order) = next else { return ControlFlow::Break(()) };
        let mut turn = self.turn();
        turn.carry_out(order, Some(main));
        if turn.stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Turn {
    parts: Parts,
    handle: Arc<ChannelHandle>,
    /// Orders taken from the queue that did not fit into the present batch.
    ahead: VecDeque<Order>,
    /// What the store holds can't be read: nothing is written any more.
    stopped: bool,
}

impl Turn {
    /// Whether a small order would be through in a moment: nothing waits, and no other channel commits.
    fn is_idle(&self) -> bool {
        !self.stopped && self.ahead.is_empty() && self.parts.db.if_free(|_| ()).is_some()
    }

    /// Carries out an order, with those that wait in `queue` and can share its step.
    fn carry_out(&mut self, order: Order, queue: Option<&mut mpsc::Receiver<Order>>) {
        let outcome = match order {
            Order::Wake => ControlFlow::Continue(()),
            Order::Submit(submission) => self.submit(*submission, queue),
            Order::Controls { lane, controls, with, by, reply } => {
                let result = self.controls(lane, &controls, with, by);
                self.answer(reply, result)
            }
            Order::Admit { decided, reply } => {
                let result = self.admit(*decided);
                self.answer(reply, result)
            }
            Order::Learn { learnt, reply } => {
                let result = self.learn(&learnt);
                self.answer(reply, result)
            }
            Order::Act { act, by, reply } => {
                let result = self.act(act, by);
                self.answer(reply, result)
            }
            Order::Step { step, by, reply } => {
                let result = match step(&self.handle.value()) {
                    Some(step) => self.commit_by(step, &Details::of(by)),
                    None => Ok(()),
                };
                self.answer(reply, result)
            }
        };
        self.stopped |= outcome.is_break();
    }

    /// Gathers submissions that wait already and can share a batch, and appends them.
    fn submit(&mut self, first: Submission, mut queue: Option<&mut mpsc::Receiver<Order>>) -> ControlFlow<()> {
        let mut gathered = Gathered::like(&first);
        let mut used = BTreeSet::new();
        let mut next = Some(first);
        while let Some(submission) = next.take() {
            // A repetition that overtakes the first's commit waits for its result.
            if gathered.holds_key_of(&submission) {
                self.ahead.push_back(Order::Submit(Box::new(submission)));
            } else if let Some(submission) = self
                .answer_repeated(submission)
                .and_then(|submission| self.refuse_beyond(submission, &gathered))
                .and_then(|submission| self.refuse_used(submission, &mut used))
            {
                gathered.push(submission);
            }
            next = match queue.as_mut().and_then(|queue| queue.try_recv().ok()) {
                Some(Order::Submit(other)) if gathered.takes(&other) => Some(*other),
                Some(Order::Wake) | None => None,
                Some(other) => {
                    self.ahead.push_back(other);
                    None
                }
            };
        }
        if gathered.is_empty() { ControlFlow::Continue(()) } else { self.append(gathered) }
    }

    /// Answers a submission whose key was used before; gives back one that is new.
    fn answer_repeated(&self, submission: Submission) -> Option<Submission> {
        let Some((key, digest)) = &submission.key else { return Some(submission) };
        let answer = match self.parts.db.reader().and_then(|reader| reader.submit_result(key)) {
            Ok(None) => return Some(submission),
            Ok(Some(kept)) => Ok(match Repeat::of(&kept, digest) {
                Repeat::Same => Submitted::Repeated,
                Repeat::Other => Submitted::Conflict,
            }),
            Err(error) => Err(error.into()),
        };
        let _ = submission.caller.reply.send(answer);
        None
    }

    /// Refuses a submission for which the caps leave no room beside what is gathered; gives back any other.
    fn refuse_beyond(&self, submission: Submission, gathered: &Gathered<Handed>) -> Option<Submission> {
        match gathered.has_room(&self.handle.value(), clock::now_ms(), &submission) {
            Err(error @ AppendError::Beyond(_)) => {
                refuse(submission, error.into());
                None
            }
            // What stands in the way of all is found where all are appended.
            _ => Some(submission),
        }
    }

    /// Refuses a submission with an approval that was used before, also by one that is gathered; gives back any other, with its
    /// approvals among those used.
    fn refuse_used(&self, submission: Submission, used: &mut BTreeSet<Hash>) -> Option<Submission> {
        let own = &submission.caller.approvals;
        let refusal = match is_any_used(&self.parts.db, &self.handle.value(), own) {
            Ok(before) if !before && !own.iter().any(|own| used.contains(own)) => {
                used.extend(own);
                return Some(submission);
            }
            Ok(_) => WriteError::ApprovalUsed,
            Err(error) => error.into(),
        };
        refuse(submission, refusal);
        None
    }

    fn append(&mut self, mut gathered: Gathered<Handed>) -> ControlFlow<()> {
        let result = self.append_and_commit(&mut gathered);
        // What was claimed for nothing is given back before anybody is answered: they may ask again at once.
        let replies = gathered.into_submissions().into_iter().map(|Submission { caller, .. }| {
            settle(caller.claims, &result);
            caller.reply
        });
        let mut replies = replies.collect::<Vec<_>>().into_iter();
        match result {
            Ok(firsts) => {
                for (reply, first) in replies.zip(firsts) {
                    let _ = reply.send(Ok(Submitted::Placed(first)));
                }
                ControlFlow::Continue(())
            }
            Err(error) => {
                // What stood in the way of one stood in the way of all: each caller gets the same answer.
                let flow = match replies.next() {
                    Some(reply) => self.answer(reply, Err(error.clone())),
                    None => ControlFlow::Continue(()),
                };
                for reply in replies {
                    let _ = reply.send(Err(error.clone()));
                }
                flow
            }
        }
    }

    fn append_and_commit(&mut self, gathered: &mut Gathered<Handed>) -> Result<Vec<Position>, WriteError> {
        let now = clock::now_ms();
        let mut entropy = crate::entropy();
        let mut env = Env { suite: SUITE, signer: &*self.parts.db.signer, entropy: &mut entropy, now };
        let answer = |handed: &Handed, first| (handed.answer)(first);
        let Placed { mut step, firsts } = gathered.append(&self.handle.value(), &mut env, &answer)?;
        let handed = || gathered.submissions().iter().map(|submission| &submission.caller).zip(&firsts);
        step.commit.documents.extend(handed().flat_map(|(handed, first)| {
            handed.alone.iter().map(move |(place, kind)| {
                reviews::due(Position { index: first.index + place, ..*first }, kind, &handed.by, now)
            })
        }));
        step.commit.approvals = handed().flat_map(|(handed, _)| &handed.approvals).copied().collect();
        let by = handed().map(|(handed, first)| Submitter { from: first.index, by: &handed.by, why: &handed.why });
        let details = Details { by: by.collect(), ..Details::default() };
        let items: Vec<(Item, Period)> = handed()
            .flat_map(|(handed, first)| handed.laid.iter().flat_map(|laid| laid(*first)).collect::<Vec<_>>())
            .collect();
        // Hidden before anybody can read it.
        let protection = Arc::clone(&self.parts.protection);
        let laid = protection.hide(&items, &mut step.commit);
        let (channel, taken) = (step.commit.channel, step.commit.taken.clone());
        let result = self.commit_by(step, &details);
        match is_kept(&result) {
            true if taken.is_empty() => {}
            true => {
                let items = laid.into_iter().zip(items.into_iter().map(|(item, _)| item));
                protection.settle(channel, &items.collect::<Vec<_>>(), &taken);
            }
            false => protection.let_go(&laid),
        }
        result?;
        Ok(firsts)
    }

    fn controls(
        &mut self,
        lane: Lane,
        controls: &[Control],
        with: Box<dyn FnOnce(&mut Commit) + Send>,
        by: Arc<By>,
    ) -> Result<(Origin, u64), WriteError> {
        let channel = self.handle.value();
        let mut entropy = crate::entropy();
        let mut env = Env { suite: SUITE, signer: &*self.parts.db.signer, entropy: &mut entropy, now: clock::now_ms() };
        let standing = channel.standing(&channel.own_log(lane));
        let mut appended = channel.append(&mut env, lane, controls, &[], &standing)?;
        with(&mut appended.step.commit);
        let erases = !appended.step.commit.erase.is_empty();
        self.commit_by(appended.step, &Details::of(by))?;
        if erases {
            self.scrub();
        }
        Ok((appended.origin, appended.first_control))
    }

    fn act(&mut self, act: Act, by: Arc<By>) -> Result<(), WriteError> {
        let mut entropy = crate::entropy();
        let mut env = Env { suite: SUITE, signer: &*self.parts.db.signer, entropy: &mut entropy, now: clock::now_ms() };
        let step = act(&self.handle.value(), &mut env)?;
        self.commit_by(step, &Details::of(by))
    }

    fn admit(&mut self, Decided { opened, counted, held, approvals }: Decided) -> Result<String, WriteError> {
        // A batch of the other lane may have used one since this was decided: then it is decided again.
        if is_any_used(&self.parts.db, &self.handle.value(), &approvals)? {
            return Err(NotAdmitted::Moved.into());
        }
        let claim = self.parts.person_counts.claim_counted(&counted).ok_or(WriteError::Recount)?;
        let mut entropy = crate::entropy();
        let mut env = Env { suite: SUITE, signer: &*self.parts.db.signer, entropy: &mut entropy, now: clock::now_ms() };
        let mut admitted = self.handle.value().admit(&mut env, opened)?;
        let erases = !admitted.step.commit.erase.is_empty();
        admitted.step.commit.approvals = approvals;
        admitted.step.commit.volumes = claim.volumes().collect();
        // Hidden before anybody can read it.
        let items: Vec<_> = held.iter().map(|hidden| (Item::Hidden(*hidden), Period::CHANNEL)).collect();
        let laid = self.parts.protection.hide(&items, &mut admitted.step.commit);
        let result = self.commit_by(admitted.step, &Details { held, ..Details::default() });
        match is_kept(&result) {
            // What asks for an answer gets its default.
            true if laid.is_empty() => {}
            true => self.parts.protection.woken.notify_one(),
            false => self.parts.protection.let_go(&laid),
        }
        settle([claim], &result);
        result?;
        if erases {
            self.scrub();
        }
        Ok(admitted.receipt)
    }

    fn learn(&mut self, learnt: &Learnt) -> Result<Option<News>, WriteError> {
        let reader = self.parts.db.reader()?;
        let Some((step, news)) = learnt.step(SUITE, &self.handle.value(), &reader)? else { return Ok(None) };
        self.commit_by(step, &Details::default())?;
        Ok(Some(news))
    }

    /// Writes a step in one transaction; only then is it the channel's value. Nothing of a step leaves the node, as an
    /// answer, a batch or a receipt, before this has returned.
    fn commit_by(&mut self, step: Step, details: &Details<'_>) -> Result<(), WriteError> {
        let Step { next, mut commit } = step;
        // Nothing is durable yet: what can't be said in the audit log, or can't be read before it is erased, ends here
        // and leaves no trace.
        commit.audit =
            audit::batches(&commit, details, &next, &self.parts.protection).map_err(WriteError::Unaudited)?;
        if !commit.erase.is_empty() {
            let stubs = stubs::before_erasure(&self.parts.db.reader()?, &self.handle.value(), &commit.erase);
            commit.documents.extend(stubs);
        }
        // First the keys of new periods and the ciphertexts of large batches become durable, which say nothing without
        // the rows; then, in one transaction, everything else: heads, batches, receipts, answers under their keys, audit
        // entries. A crash in here leaves all of the step or nothing, and start-up reads which.
        let result = self.parts.db.store().commit(&commit, clock::now_us(), &mut crate::entropy());
        match result {
            // The step is durable, whole. What follows is memory, which start-up makes again from what was written.
            Ok(()) => {
                if commit.blobs.iter().any(|blob| !blob.complete) {
                    self.handle.want_attachments();
                }
                if commit.erase.is_empty() {
                    self.handle.keep_fresh(commit.batches);
                } else {
                    self.handle.forget_fresh();
                }
                // From here on others see the step: links send what is outstanding, routes read it.
                self.handle.replace(next);
                self.parts.threads.words.forget(&commit.erase);
                self.parts.threads.wake();
                Ok(())
            }
            // Nothing is durable and the value stays, unless the store can't tell or knows better: then the value is
            // made anew from what is durable. The caller is told of the failure all the same.
            Err(error) => {
                if matches!(error, CommitError::Unknown { .. } | CommitError::HeadMoved { .. }) {
                    self.reload()?;
                }
                Err(error.into())
            }
        }
    }

    /// After a commit whose outcome is unknown: what was written decides.
    fn reload(&self) -> Result<(), WriteError> {
        let reader = self.parts.db.reader()?;
        let snapshot = snapshot(&reader, self.handle.id())?;
        let channel = Channel::clone(&self.handle.value());
        self.handle.replace(channel.load(&snapshot).map_err(|error| WriteError::Load(error.to_string()))?);
        Ok(())
    }

    /// Erasure is final once old pages are gone; what is in the way now is tried again by the jobs.
    fn scrub(&self) {
        if let Err(error) = self.parts.db.store().scrub() {
            tracing::warn!(%error, "erased, but old pages are still to be overwritten; trying again later");
        }
    }

    fn answer<T>(&self, reply: Answer<T>, result: Result<T, WriteError>) -> ControlFlow<()> {
        let dead = matches!(result, Err(WriteError::Load(_)));
        if let Err(error) = &result
            && matches!(error, WriteError::Commit(_) | WriteError::Store(_) | WriteError::Load(_))
        {
            tracing::error!(channel = %self.handle.id(), %error, "the writer could not commit");
        }
        // Whoever asked may be gone; the step stands all the same.
        let _ = reply.send(result);
        if dead { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Refuses a submission. What it claimed is given back before it is answered: its caller may ask again at once.
fn refuse(submission: Submission, error: WriteError) {
    let Handed { claims, reply, .. } = submission.caller;
    drop(claims);
    let _ = reply.send(Err(error));
}

/// What is committed, or may be, stays counted; the rest is given back.
fn settle<T>(claims: impl IntoIterator<Item = Claim>, result: &Result<T, WriteError>) {
    if is_kept(result) {
        claims.into_iter().for_each(Claim::keep);
    }
}

/// Whether a step is committed, or may be.
const fn is_kept<T>(result: &Result<T, WriteError>) -> bool {
    matches!(result, Ok(_) | Err(WriteError::Commit(CommitError::Unknown { .. })))
}

/// What the store keeps of a channel.
pub fn snapshot(reader: &store::Reader, channel: ChannelId) -> Result<Snapshot, StoreError> {
    Ok(Snapshot {
        state: reader.channel_state(channel)?,
        logs: reader.heads(channel)?.into_iter().map(|head| (head.origin, head.state)).collect(),
        bundles: reader.agreements()?.into_iter().collect(),
    })
}
