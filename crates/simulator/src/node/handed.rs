//! What callers hand in: sealed at once, written with what else waits, and answered from what is written.

use std::{collections::VecDeque, convert::Infallible, mem, sync::Arc};

use protocol::{
    attachment::seal_chunk,
    channel::{
        Env, Step,
        append::{AppendError, Prepared, Stated},
        gather::{self, Gathered, Repeat},
    },
    commit::{Aside, AsideId, Commit, Period, SubmitResult},
    date::Date,
    header::{Attachment, Header, ThreadId},
    id::Hash,
    origin::{Lane, Position},
    persons::Claimed,
    record::{Context, Parts},
    suite::random_32,
};

use super::Node;
use crate::{ceremony::KIND, steps::Kind};

/// The month in which everything is kept and counted.
pub const MONTH: Period = Period::from_number(2026 * 12 + 7);

/// What a caller hands in.
#[derive(Clone, Debug)]
pub struct Submission {
    /// The caller's idempotency key.
    pub key: String,
    /// The lane.
    pub lane: Lane,
    /// The record's body; it is different for each submission.
    pub body: Vec<u8>,
    /// The record's attachment.
    pub file: Option<Vec<u8>>,
    /// Whether it lies aside until an officer releases or stops it.
    pub waits: bool,
}

/// What the caller is told in the end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answered {
    /// It is a record at this place.
    At(Position),
    /// It was stopped and is in no log.
    Stopped,
}

impl Submission {
    /// A record of the main lane without more.
    pub fn note(body: &str) -> Self {
        Self { key: body.into(), lane: Lane::Main, body: body.into(), file: None, waits: false }
    }

    /// The name under which it lies aside.
    fn aside(&self, node: &Node) -> AsideId {
        let digest = node.ceremony.suite.sha256(&[self.key.as_bytes()]);
        digest[..16].try_into().expect("16 of 32 bytes")
    }
}

/// How many persons a record is about.
pub fn persons(body: &[u8]) -> u32 {
    u32::try_from(body.len() % 4).expect("it is small")
}

impl Node {
    /// A caller hands in a record, or asks again. The answer, once there is one.
    pub fn submit(&mut self, world_now: u64, submission: &Submission) -> Option<Answered> {
        self.running.as_ref()?;
        let now = self.clock(world_now);
        if let Some(kept) = self.store.result(&submission.key) {
            assert_eq!(Repeat::of(kept, &self.digest(submission)), Repeat::Same, "a key is used for one submission");
            let answer = read_answer(&kept.answer);
            let was_written_before = self.written_for.get(&submission.key).is_some_and(|start| *start < self.starts);
            self.steps.count_if(was_written_before, Kind::SubmitRepeated);
            return Some(answer);
        }
        if submission.waits {
            self.lay_aside(submission);
        } else {
            self.hand_in(now, submission, None);
        }
        None
    }

    /// An officer lets a record go that lies aside.
    pub fn release(&mut self, world_now: u64, submission: &Submission) {
        let (now, id) = (self.clock(world_now), submission.aside(self));
        if self.running.is_some() && self.store.lies_aside(&id) {
            self.hand_in(now, submission, Some(id));
        }
    }

    /// An officer stops a record that lies aside.
    pub fn stop(&mut self, world_now: u64, submission: &Submission) {
        let (id, digest) = (submission.aside(self), self.digest(submission));
        let Some(channel) = self.channel().cloned().filter(|_| self.store.lies_aside(&id)) else { return };
        let mut commit = Commit::new(channel.id());
        commit.taken.push(id);
        let (key, time) = (submission.key.clone(), self.clock(world_now));
        commit.results.push(SubmitResult { key, digest, answer: write_answer(Answered::Stopped), time });
        let stopped = self.commit(Step { next: channel, commit });
        self.steps.count_if(stopped, Kind::Stopped);
    }

    /// Whether a submission lies aside.
    pub fn waits(&self, submission: &Submission) -> bool {
        self.store.lies_aside(&submission.aside(self))
    }

    fn lay_aside(&mut self, submission: &Submission) {
        let id = submission.aside(self);
        let Some(channel) = self.channel().cloned().filter(|_| !self.store.lies_aside(&id)) else { return };
        let mut commit = Commit::new(channel.id());
        commit.aside.push(Aside { id, period: MONTH, bytes: submission.body.clone().into() });
        self.commit(Step { next: channel, commit });
    }

    fn digest(&self, submission: &Submission) -> Hash {
        self.ceremony.suite.sha256(&[&submission.body])
    }

    /// Seals a record under what is in force now, and queues it. Callers are impatient: some hand it in twice at once.
    fn hand_in(&mut self, now: u64, submission: &Submission, taken: Option<AsideId>) {
        for _ in 0..1 + u32::from(self.dice.chance(100)) {
            let sealed = self.seal(now, submission, taken);
            self.running.as_mut().expect("it runs").queue.push(sealed);
        }
    }

    fn seal(&mut self, now: u64, submission: &Submission, taken: Option<AsideId>) -> gather::Submission<Claimed> {
        let (ceremony, channel) = (Arc::clone(&self.ceremony), self.channel().expect("it runs").clone());
        let suite = &*ceremony.suite;
        let decided = channel.standing(&channel.own_log(submission.lane));
        let context = Context { channel: channel.id(), author: self.agency(), agreement: decided.agreement };
        let version = channel.version(&decided.agreement).expect("what governs is held");
        let today = Date::from_unix_ms(now).expect("a simulated time is a date");
        let thread = ThreadId(random_32(&mut self.dice)[..16].try_into().expect("16 of 32 bytes"));
        let clause = &version.agreement.clauses[0].id;
        let mut header =
            Header::draft(&version.agreement, clause, KIND, today, thread).expect("the agreement has the clause");
        let (mut keys, mut blob_bytes) = (Vec::new(), Vec::new());
        if let Some(file) = &submission.file {
            let (size, media_type) = (u64::try_from(file.len()).expect("it is small"), "text/plain".into());
            header.attachments.push(Attachment {
                sha256: suite.sha256(&[file]),
                size,
                name: "file".into(),
                media_type,
            });
            let (key, mut chunk) = (random_32(&mut self.dice), file.clone());
            seal_chunk(suite, &key, 0, true, &mut chunk).expect("a short file can be sealed");
            let blob = suite.sha256(&[&chunk]);
            blob_bytes.push(u64::try_from(chunk.len()).expect("it is small"));
            keys.push([blob, key].concat().try_into().expect("twice 32 bytes"));
            // A file lies in the folder before any record names it.
            self.store.put_file(blob, chunk);
        }
        let header = header.encode();
        let parts = Parts { header: &header, approvals: &[], attachments: &keys, body: &submission.body };
        let stated = Stated { clause: Some(clause), period: MONTH, blob_bytes: &blob_bytes };
        let mut prepared = Prepared::default();
        prepared.push(suite, &mut self.dice, &context, &parts, stated).expect("a short record can be sealed");
        let pairs: Vec<_> = channel.partners().map(|partner| self.persons(channel.me(), partner).0).collect();
        let counts = &mut self.running.as_mut().expect("it runs").persons;
        let Ok(claimed) = counts.claim(&pairs, persons(&submission.body), |_| Ok::<_, Infallible>(()));
        gather::Submission {
            lane: submission.lane,
            prepared,
            decided,
            key: Some((submission.key.clone(), self.digest(submission))),
            volumes: claimed.volumes().collect(),
            aside: taken.map(|id| (id, None)),
            caller: claimed,
        }
    }

    /// The writer: takes what queued up, what is urgent first. Who gets no answer asks again.
    pub(super) fn write_queue(&mut self, now: u64) {
        let Some(running) = &mut self.running else { return };
        let mut waiting = mem::take(&mut running.queue);
        waiting.sort_by_key(|submission| submission.lane != Lane::Urgent);
        let mut waiting = VecDeque::from(waiting);
        while let Some(first) = waiting.pop_front() {
            let mut gathered = Gathered::like(&first);
            let mut next = Some(first);
            while let Some(submission) = next.take() {
                let (key, _) = submission.key.as_ref().expect("all have one");
                if gathered.holds_key_of(&submission) {
                    waiting.push_back(submission);
                    break;
                }
                let is_new = self.store.result(key).is_none();
                if is_new && self.has_room(&gathered, now, &submission) {
                    self.written_for.entry(key.clone()).or_insert(self.starts);
                    gathered.push(submission);
                } else {
                    self.give_back(submission.caller);
                }
                next = waiting.pop_front_if(|other| gathered.takes(other));
            }
            if !gathered.is_empty() && !self.write(now, gathered) && self.running.is_none() {
                return;
            }
        }
    }

    /// Whether the day has room for one more; whoever is refused asks again.
    fn has_room(&mut self, gathered: &Gathered<Claimed>, now: u64, submission: &gather::Submission<Claimed>) -> bool {
        let Some(channel) = self.channel() else { return false };
        let beyond = matches!(gathered.has_room(channel, now, submission), Err(AppendError::Beyond(_)));
        self.steps.count_if(beyond, Kind::Beyond);
        !beyond
    }

    fn write(&mut self, now: u64, mut gathered: Gathered<Claimed>) -> bool {
        let Some(channel) = self.channel().cloned() else { return false };
        let ceremony = Arc::clone(&self.ceremony);
        let mut env = Env { suite: &*ceremony.suite, signer: &*self.signer, entropy: &mut self.dice, now };
        let answer = |_: &Claimed, first| write_answer(Answered::At(first));
        let placed = gathered.append(&channel, &mut env, &answer);
        // What was decided before the agreement changed, or can't be signed now, is sealed anew when it comes again.
        let written = placed.is_ok_and(|placed| self.commit(placed.step));
        for held in gathered.into_submissions() {
            self.steps.count_if(written && held.aside.is_some(), Kind::Released);
            if !written {
                self.give_back(held.caller);
            }
        }
        written
    }
}

fn write_answer(answer: Answered) -> Vec<u8> {
    match answer {
        Answered::At(position) => format!("{} {}", position.index, position.origin).into_bytes(),
        Answered::Stopped => b"stopped".to_vec(),
    }
}

fn read_answer(answer: &[u8]) -> Answered {
    let text = str::from_utf8(answer).expect("as it was written");
    let Some((index, origin)) = text.split_once(' ') else { return Answered::Stopped };
    let (origin, index) = (origin.parse().expect("as it was written"), index.parse().expect("as it was written"));
    Answered::At(Position { origin, index })
}
