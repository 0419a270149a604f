//! One node: what a real node's writer, outbox and peer port do, over a store in memory that fails when the dice say so.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    sync::Arc,
};

use protocol::{
    agreement::{SEALING_KEY_DOCUMENT, SealingKeyDocument, SealingKeyFormat},
    batch::Frame,
    channel::{
        Channel, Env, Frozen, Step,
        admit::NotAdmitted,
        append::{Appended, Prepared},
        equivocation::{self, Overlap},
        life::CannotAct,
        manifest::ManifestFault,
        open::{Arriving, Opened},
        startup::Shown,
    },
    commit::{Period, StoredBatch, SubmitResult},
    control::{Control, Places, Refused},
    date::Date,
    document::SignedDocument,
    header::{Header, ThreadId},
    id::AgencyId,
    json,
    origin::{Lane, Origin, Position},
    record::{self, Context, Parts},
    statement::Cut,
    suite::{SealingKey, Signer, Suite, random_32},
    tlog::{Checkpoint, Note},
};

use crate::{
    ceremony::{Ceremony, KIND, Secrets},
    network::Message,
    store::{Fault, Store, to_place},
    suite::Dice,
    threads::Threads,
};

/// How long a sealing key outlives its successor's announcement: shorter than a partition, so that nacks happen.
const KEY_GRACE_MS: u64 = 20_000;
/// How long a node waits for a receipt before it sends again.
const RESEND_AFTER_MS: u64 = 6_000;
/// Pause between two comparisons of heads with a partner for which nothing waits.
const COMPARE_HEADS_MS: u64 = 60_000;
/// How many batches of a log are under way to one partner at once.
const BATCHES_UNDER_WAY_MAX: usize = 3;
/// A body that begins with this is refused by every receiver.
pub const REFUSED_PREFIX: &[u8] = b"refuse";

/// What a caller hands in.
#[derive(Clone, Debug)]
pub struct Submission {
    /// The caller's idempotency key.
    pub key: String,
    /// The lane.
    pub lane: Lane,
    /// The record's body; it is different for each submission.
    pub body: Vec<u8>,
}

/// A node. What survives a crash: the store, the sealing keys, the expiries.
pub struct Node {
    number: usize,
    ceremony: Arc<Ceremony>,
    signer: Box<dyn Signer>,
    dice: Dice,
    /// How far its clock is off, in milliseconds.
    pub clock_skew_ms: i64,
    /// Commits that fail, of a thousand.
    pub faults_per_mille: u64,
    /// What it wrote durably.
    pub store: Store,
    /// Oldest first; like `announced_ms` it lies in the key store.
    keys: Vec<HeldKey>,
    announced_ms: u64,
    expired: BTreeSet<Position>,
    /// Records that expired before they ever left.
    pub kept_in: BTreeSet<Position>,
    /// Records that left with their content at least once.
    pub left: BTreeSet<Position>,
    /// Partners whose restore two officers have confirmed: they get back what they once receipted.
    pub confirmed: BTreeSet<AgencyId>,
    /// Whether it was ever restored from a backup: it then looks for what it lost until it has all.
    pub restored: bool,
    /// Whether it ever suspended: after a restore it may not know.
    pub has_suspended: bool,
    /// How many commits met a head that had moved.
    pub conflicts: u64,
    starts: u64,
    running: Option<Running>,
    outbox: Vec<(usize, Message)>,
}

/// What a crash destroys.
struct Running {
    channel: Channel,
    queue: Vec<Submission>,
    opened: Vec<(usize, Opened)>,
    sent: BTreeMap<(Origin, AgencyId), u64>,
    asked: BTreeMap<AgencyId, u64>,
    give_back: BTreeMap<(Origin, AgencyId), u64>,
    /// The channel as another process of the same agency took it up a while ago.
    rival: Option<Channel>,
}

struct HeldKey {
    key: SealingKey,
    document: SignedDocument,
    replaced: Option<u64>,
}

impl Node {
    /// A node after the ceremony, stopped.
    pub fn new(number: usize, ceremony: Arc<Ceremony>, secrets: Secrets, dice: Dice) -> Self {
        let agency = ceremony.agencies[number];
        let document = ceremony
            .bundle
            .sealing_keys()
            .find(|document| document.signature.agency == agency)
            .expect("every party hands in its first sealing key")
            .clone();
        let announced_ms = SealingKeyDocument::parse(&document.body).expect("the bundle was verified").announced_ms;
        Self {
            number,
            ceremony,
            signer: secrets.signer,
            dice,
            clock_skew_ms: 0,
            faults_per_mille: 0,
            store: Store::default(),
            keys: vec![HeldKey { key: secrets.sealing, document, replaced: None }],
            announced_ms,
            expired: BTreeSet::new(),
            kept_in: BTreeSet::new(),
            left: BTreeSet::new(),
            confirmed: BTreeSet::new(),
            restored: false,
            has_suspended: false,
            conflicts: 0,
            starts: 0,
            running: None,
            outbox: Vec::new(),
        }
    }

    /// The agency whose node it is.
    pub fn agency(&self) -> AgencyId {
        self.ceremony.agencies[self.number]
    }

    /// Its keys.
    pub fn signer(&self) -> &dyn Signer {
        &*self.signer
    }

    /// The channel, while the node runs.
    pub fn channel(&self) -> Option<&Channel> {
        self.running.as_ref().map(|running| &running.channel)
    }

    /// Whether it has nothing left to do: all sent, all receipted, nothing waits.
    pub fn is_quiet(&self) -> bool {
        self.running.as_ref().is_some_and(|running| {
            let channel = &running.channel;
            let outstanding = channel
                .own_logs()
                .any(|origin| channel.partners().any(|partner| channel.outstanding(&origin, &partner).is_some()));
            !outstanding
                && running.queue.is_empty()
                && running.opened.is_empty()
                && running.give_back.is_empty()
                && channel.waiting().is_empty()
        })
    }

    /// What a message that counts for nothing must leave as it is: all that is written, and what the channel knows.
    pub fn fingerprint(&self) -> String {
        let running = self.running.as_ref().map(|running| {
            let channel = &running.channel;
            let keys: Vec<_> = channel.parties().keys().map(|agency| channel.sealing_key(agency)).collect();
            let logs: Vec<_> = channel.logs().collect();
            format!("{logs:?}{keys:?}{:?}{:?}{}", channel.waiting(), channel.frozen(), running.opened.len())
        });
        let snapshot = self.store.snapshot();
        format!("{}{:?}{:?}{running:?}", self.store.writes(), snapshot.state, snapshot.logs)
    }

    /// Takes what is to be sent.
    pub fn take_outbox(&mut self) -> Vec<(usize, Message)> {
        mem::take(&mut self.outbox)
    }

    /// Starts, unless it runs: loads what was written and waits for the partners' heads. Only the first start of all
    /// has nobody to wait for.
    pub fn start(&mut self) {
        if self.running.is_some() {
            return;
        }
        let Ceremony { suite, chains, bundle, .. } = &*self.ceremony;
        let channel = Channel::new(&**suite, self.agency(), chains.clone(), bundle, self.starts > 0)
            .load(&self.store.snapshot())
            .expect("what was written can be read");
        self.starts += 1;
        self.running = Some(Running {
            channel,
            queue: Vec::new(),
            opened: Vec::new(),
            sent: BTreeMap::new(),
            asked: BTreeMap::new(),
            give_back: BTreeMap::new(),
            rival: None,
        });
    }

    /// Dies.
    pub fn crash(&mut self) {
        self.running = None;
        self.outbox.clear();
    }

    /// Is restored from a backup: it opens a new epoch and makes a new sealing key before it serves, since the backup
    /// may name one that is gone.
    pub fn restore(&mut self, world_now: u64, backup: Store) {
        self.crash();
        self.restored = true;
        self.store = backup;
        self.start();
        let channel = self.channel().expect("it was just started");
        let step = channel.restored(&*self.ceremony.suite);
        // It may have suspended and resumed since the backup, and partners may hold only the one.
        self.has_suspended = true;
        self.store.write(&step.commit).expect("a new epoch moves no head");
        self.rotate_key(world_now);
        self.crash();
    }

    /// A caller hands in a record, or asks again. The answer, once there is one.
    pub fn submit(&mut self, submission: &Submission) -> Option<Position> {
        let running = self.running.as_mut()?;
        if let Some(result) = self.store.result(&submission.key) {
            return Some(read_answer(&result.answer));
        }
        if running.queue.iter().all(|queued| queued.key != submission.key) {
            running.queue.push(submission.clone());
        }
        None
    }

    /// One second of work.
    pub fn tick(&mut self, world_now: u64) {
        let now = self.clock(world_now);
        self.ask_for_heads(now);
        self.admit_opened(now);
        self.write_queue(now);
        self.keep_sealing_key(now);
        self.send_outstanding(now);
    }

    /// A message from a partner.
    pub fn receive(&mut self, world_now: u64, from: usize, message: Message) {
        let now = self.clock(world_now);
        if self.running.is_none() {
            return;
        }
        match message {
            Message::Frame(bytes) => self.receive_frame(now, from, &bytes),
            Message::Receipt(bytes) => self.receive_receipt(from, &bytes),
            Message::Nack(bytes) => self.receive_nack(from, &bytes),
            Message::Missing(origin, size) => self.receive_missing(from, origin, size),
            Message::AskHeads(start) => {
                let heads = self.channel().into_iter().flat_map(Channel::logs).map(|(_, log)| log.note().to_owned());
                let heads = Message::Heads(start, heads.collect());
                self.outbox.push((from, heads));
            }
            Message::Heads(start, notes) if start == self.starts => self.receive_heads(from, &notes),
            Message::Heads(..) => {}
        }
    }

    /// Makes a new sealing key; it is kept before anybody can seal to it, and announced as soon as may be.
    pub fn rotate_key(&mut self, world_now: u64) {
        let Some(channel) = self.channel().map(Channel::id) else { return };
        let key = self.ceremony.suite.sealing_key(random_32(&mut self.dice));
        // Partners take no key that is older than what they know, so this time never runs backwards: not with the
        // clock, and not with a restore, since the key store is in no backup.
        self.announced_ms = self.clock(world_now).max(self.announced_ms + 1);
        let announcement = SealingKeyDocument {
            mithaq: SealingKeyFormat::V1,
            channel,
            agency: self.agency(),
            public: key.public.clone(),
            announced_ms: self.announced_ms,
        };
        let body = json::encode(&announcement);
        let document = SignedDocument::sign(&*self.signer, SEALING_KEY_DOCUMENT, &self.agency(), 1, body)
            .expect("the node holds its document key");
        self.keys.push(HeldKey { key, document, replaced: None });
    }

    /// Erases an own record here and orders its erasure everywhere. Returns whether it is done here.
    pub fn erase(&mut self, world_now: u64, position: Position) -> bool {
        let now = self.clock(world_now);
        let order = Control::Erasure(Places { origin: position.origin, indexes: vec![position.index] });
        self.append(now, position.origin.lane, &[order], &[], Some(position)).is_some()
    }

    /// States how all threads stand by what it holds.
    pub fn state(&mut self, world_now: u64) {
        let now = self.clock(world_now);
        let Some(channel) = self.channel().cloned().filter(|channel| channel.may_sign().is_ok()) else { return };
        let cut = Cut::new(channel.logs().map(|(origin, log)| (*origin, log.size())));
        if cut.logs().is_empty() {
            return;
        }
        let suite = &*self.ceremony.suite;
        let account = Threads::of(suite, &channel, &self.store).account(suite, &channel, &cut);
        let statement = account.statement(suite, &self.agency(), cut);
        self.append(now, Lane::Main, &[Control::Statement(statement)], &[], None);
    }

    /// Puts the second version of the agreement in force, unless it is.
    pub fn activate(&mut self, world_now: u64) {
        let ceremony = Arc::clone(&self.ceremony);
        self.act(world_now, |channel, env| channel.activate(env, &ceremony.second));
    }

    /// Suspends, unless it has.
    pub fn suspend(&mut self, world_now: u64) {
        // An act whose outcome is unknown may have been written.
        self.has_suspended |= self.channel().is_some_and(|channel| channel.may_sign().is_ok());
        self.act(world_now, Channel::suspend);
    }

    /// Ends its suspension, also one that it does not remember but others may: then it first suspends again.
    pub fn resume(&mut self, world_now: u64) {
        let remembers = self.channel().is_some_and(|channel| channel.is_suspended(&channel.me()));
        if remembers || self.act(world_now, Channel::suspend) {
            self.has_suspended = !self.act(world_now, Channel::resume);
        }
    }

    /// From now on a record may not leave.
    pub fn expire(&mut self, position: Position) {
        self.expired.insert(position);
        if !self.left.contains(&position) {
            self.kept_in.insert(position);
        }
    }

    /// Another process of the agency takes up the channel as it is now.
    pub fn hire_rival(&mut self) {
        if let Some(running) = &mut self.running {
            running.rival = Some(running.channel.clone());
        }
    }

    /// The other process writes a batch, on what it took up then. The store must refuse it if the log has moved.
    pub fn rival_writes(&mut self, world_now: u64) {
        let now = self.clock(world_now);
        let Some(rival) = self.running.as_mut().and_then(|running| running.rival.take()) else { return };
        let (ceremony, standing) = (Arc::clone(&self.ceremony), rival.standing(&rival.own_log(Lane::Main)));
        let mut env = Env { suite: &*ceremony.suite, signer: &*self.signer, entropy: &mut self.dice, now };
        if let Ok(appended) = rival.append(&mut env, Lane::Main, &[], &[], &standing)
            && self.store.write(&appended.step.commit).is_err()
        {
            self.conflicts += 1;
        }
    }

    fn clock(&self, world_now: u64) -> u64 {
        world_now.checked_add_signed(self.clock_skew_ms).expect("the world's time is far from zero")
    }

    /// Writes a step and then takes its channel. False if nothing may leave.
    fn commit(&mut self, step: Step) -> bool {
        let fault = match self.dice.chance(self.faults_per_mille).then(|| self.dice.below(3)) {
            None => Fault::None,
            Some(0) => Fault::Failed,
            Some(1) => Fault::CrashBefore,
            Some(_) => Fault::FailedButPersisted,
        };
        let written = match fault {
            Fault::None | Fault::FailedButPersisted => self.store.write(&step.commit),
            Fault::Failed => return false,
            Fault::CrashBefore => {
                self.crash();
                return false;
            }
        };
        self.conflicts += u64::from(written.is_err());
        match &mut self.running {
            Some(running) if written.is_ok() && fault == Fault::None => {
                running.channel = step.next;
                true
            }
            // A head that moved, or an outcome that is not known: load again what was written.
            _ => {
                self.crash();
                false
            }
        }
    }

    /// An own act about the agreement. Returns whether it is done and known to be.
    fn act(&mut self, world_now: u64, act: impl FnOnce(&Channel, &mut Env<'_>) -> Result<Step, CannotAct>) -> bool {
        let now = self.clock(world_now);
        let Some(channel) = self.channel().cloned() else { return false };
        let ceremony = Arc::clone(&self.ceremony);
        let mut env = Env { suite: &*ceremony.suite, signer: &*self.signer, entropy: &mut self.dice, now };
        act(&channel, &mut env).is_ok_and(|step| self.commit(step))
    }

    fn append(
        &mut self,
        now: u64,
        lane: Lane,
        controls: &[Control],
        submissions: &[Submission],
        erase: Option<Position>,
    ) -> Option<Appended> {
        let channel = self.running.as_ref()?.channel.clone();
        channel.may_sign().ok()?;
        let standing = channel.standing(&channel.own_log(lane));
        let prepared = self.prepare(&channel, standing.agreement, submissions, now);
        let ceremony = Arc::clone(&self.ceremony);
        let mut env = Env { suite: &*ceremony.suite, signer: &*self.signer, entropy: &mut self.dice, now };
        let mut appended = channel.append(&mut env, lane, controls, &[prepared], &standing).expect("it may sign");
        let commit = &mut appended.step.commit;
        commit.erase.extend(erase);
        commit.results.extend(submissions.iter().zip(appended.first_record..).map(|(submission, index)| {
            SubmitResult {
                key: submission.key.clone(),
                digest: ceremony.suite.sha256(&[&submission.body]),
                answer: write_answer(&Position { origin: appended.origin, index }),
                time: now,
            }
        }));
        self.commit(appended.step.clone()).then_some(appended)
    }

    fn prepare(&mut self, channel: &Channel, agreement: [u8; 32], submissions: &[Submission], now: u64) -> Prepared {
        let context = Context { channel: channel.id(), author: self.agency(), agreement };
        let today = Date::from_unix_ms(now).expect("a simulated time is a date");
        let mut prepared = Prepared::default();
        for submission in submissions {
            let thread = ThreadId(random_32(&mut self.dice)[..16].try_into().expect("16 of 32 bytes"));
            let version = channel.version(&agreement).expect("what governs is held");
            let clause = &version.agreement.clauses[0].id;
            let header = Header::draft(&version.agreement, clause, KIND, today, thread)
                .expect("the agreement has the clause")
                .encode();
            let parts = Parts { header: &header, approvals: &[], attachments: &[], body: &submission.body };
            prepared
                .push(&*self.ceremony.suite, &mut self.dice, &context, &parts, Period::month(2026, 7), &[])
                .expect("a short record can be sealed");
        }
        prepared
    }

    /// The writer: takes what queued up, a batch for each lane. Who gets no answer asks again.
    fn write_queue(&mut self, now: u64) {
        for lane in [Lane::Main, Lane::Urgent] {
            let Some(running) = &mut self.running else { return };
            let channel = &running.channel;
            if channel.may_sign().is_err() || channel.is_suspended(&channel.me()) {
                return;
            }
            let batch: Vec<Submission> = running.queue.extract_if(.., |submission| submission.lane == lane).collect();
            if !batch.is_empty() {
                self.append(now, lane, &[], &batch, None);
            }
        }
    }

    /// Announces the newest sealing key until that is done, and destroys older ones a grace after.
    fn keep_sealing_key(&mut self, now: u64) {
        let (Some(channel), Some(newest)) = (self.channel(), self.keys.last()) else { return };
        let announced = channel.sealing_key(&self.agency()).is_some_and(|known| known.public == newest.key.public);
        if !announced {
            let announcement = Control::SealingKey(newest.document.clone());
            self.append(now, Lane::Main, &[announcement], &[], None);
            return;
        }
        let older = self.keys.len() - 1;
        for held in &mut self.keys[..older] {
            held.replaced = held.replaced.or(Some(now));
        }
        self.keys.retain(|held| held.replaced.is_none_or(|replaced| now < replaced + KEY_GRACE_MS));
    }

    fn ask_for_heads(&mut self, now: u64) {
        let Some(running) = &mut self.running else { return };
        let channel = &running.channel;
        for partner in channel.partners() {
            let asked = running.asked.get(&partner).copied().unwrap_or(0);
            let is_waited_for = self.restored || channel.waiting().contains(&partner);
            let pause_ms = if is_waited_for { RESEND_AFTER_MS } else { COMPARE_HEADS_MS };
            if now.abs_diff(asked) >= pause_ms {
                running.asked.insert(partner, now);
                self.outbox.push((self.ceremony.number(&partner), Message::AskHeads(self.starts)));
            }
        }
    }

    fn send_outstanding(&mut self, now: u64) {
        let Some(channel) = self.channel().cloned() else { return };
        for origin in channel.own_logs() {
            for partner in channel.partners() {
                self.send_log(now, origin, partner);
            }
        }
    }

    fn send_log(&mut self, now: u64, origin: Origin, partner: AgencyId) {
        let Some(running) = &mut self.running else { return };
        let given_back = running.give_back.get(&(origin, partner)).copied();
        let Some(from) = given_back.or_else(|| running.channel.outstanding(&origin, &partner)) else { return };
        let sent = running.sent.entry((origin, partner)).or_default();
        if now.abs_diff(*sent) < RESEND_AFTER_MS {
            return;
        }
        *sent = now;
        let ceremony = Arc::clone(&self.ceremony);
        let stored: Vec<_> = self.store.stored_from(&origin, from).take(BATCHES_UNDER_WAY_MAX).collect();
        for batch in stored {
            let Some(channel) = self.channel().cloned() else { return };
            let mut env = Env { suite: &*ceremony.suite, signer: &*self.signer, entropy: &mut self.dice, now };
            let stays = decided_again(&*ceremony.suite, &channel, &batch, &partner);
            let may_leave = |index| !stays.contains(&index) && !self.expired.contains(&Position { origin, index });
            let outgoing = channel.frame(&mut env, batch, partner, &may_leave).expect("the stored batch is whole");
            if let Some(before) = outgoing.before
                && !self.commit(Step { next: channel, commit: before })
            {
                return;
            }
            let sent = &outgoing.frame.batch;
            let with_content = (sent.first..).zip(&sent.lengths).filter(|(_, length)| **length > 0);
            self.left.extend(with_content.map(|(index, _)| Position { origin, index }));
            let bytes = outgoing.frame.encode().expect("a small frame");
            self.outbox.push((ceremony.number(&partner), Message::Frame(bytes)));
        }
    }

    fn receive_frame(&mut self, now: u64, from: usize, bytes: &[u8]) {
        let (Ok(frame), Some(channel)) = (Frame::decode(bytes), self.channel()) else { return };
        let batch = frame.batch.clone();
        let sender = self.ceremony.agencies[from];
        let keys: Vec<SealingKey> = self.keys.iter().map(|held| held.key.clone()).collect();
        match channel.open(&*self.ceremony.suite, sender, frame, &keys, now, &mut decide) {
            // Batches are opened on other threads: meanwhile the log may move.
            Ok(opened) if self.dice.chance(200) => {
                self.running.as_mut().expect("it has a channel").opened.push((from, opened));
            }
            Ok(opened) => self.admit(now, from, opened),
            Err(NotAdmitted::Known { .. }) => self.judge(from, &batch),
            Err(problem) => self.not_admitted(from, batch.origin, &problem),
        }
    }

    fn admit_opened(&mut self, now: u64) {
        let opened = self.running.as_mut().map(|running| mem::take(&mut running.opened));
        for (from, opened) in opened.into_iter().flatten() {
            self.admit(now, from, opened);
        }
    }

    fn admit(&mut self, now: u64, from: usize, opened: Opened) {
        let Some(channel) = self.channel().cloned() else { return };
        let ceremony = Arc::clone(&self.ceremony);
        let mut env = Env { suite: &*ceremony.suite, signer: &*self.signer, entropy: &mut self.dice, now };
        let origin = opened.reference().origin;
        match channel.admit(&mut env, opened) {
            Ok(admitted) => {
                if self.commit(admitted.step) {
                    self.outbox.push((from, Message::Receipt(admitted.receipt.into())));
                }
            }
            Err(problem) => self.not_admitted(from, origin, &problem),
        }
    }

    fn not_admitted(&mut self, from: usize, origin: Origin, problem: &NotAdmitted) {
        let channel = self.channel().expect("it just looked at a batch");
        let reply = match problem {
            NotAdmitted::Nack { batch, reason } => {
                let held = self.keys.last().expect("the newest key is never destroyed");
                let nack = channel
                    .nack(&*self.signer, *batch, *reason, held.document.clone())
                    .expect("the node holds its document key");
                Message::Nack(nack.encode())
            }
            NotAdmitted::Gap { size } => Message::Missing(origin, *size),
            // The partner has seen more of an own log than this node knows that it lost.
            NotAdmitted::Manifest(ManifestFault::SeenNeverSigned { .. }) => Message::AskHeads(self.starts),
            NotAdmitted::Manifest(fault) => panic!("an honest node signed a false manifest: {fault}"),
            _ => return,
        };
        self.outbox.push((from, reply));
    }

    /// A batch below what is held: the same again, or another history.
    fn judge(&mut self, from: usize, batch: &protocol::batch::Batch) {
        let channel = self.channel().expect("it just looked at a batch");
        let sender = self.ceremony.agencies[from];
        let log_keys = &channel.parties()[&sender].current().keys.log;
        let note = channel.log(&batch.origin).map_or("", |log| log.note());
        let held = self.store.entries(&batch.origin);
        match equivocation::judge(&*self.ceremony.suite, log_keys, batch, &held, note) {
            Overlap::Same => {
                if let Some(receipt) = self.store.receipt(&batch.origin, batch.size(), &self.agency()) {
                    self.outbox.push((from, Message::Receipt(receipt.note.clone().into())));
                }
            }
            Overlap::Proof(proof) => {
                let step = channel.freeze(Frozen::Equivocation, Some(&proof));
                self.commit(step);
            }
            Overlap::Recut | Overlap::Nothing => {}
        }
    }

    fn receive_receipt(&mut self, from: usize, bytes: &[u8]) {
        let sender = self.ceremony.agencies[from];
        let (Ok(note), Some(running)) = (str::from_utf8(bytes), &mut self.running) else { return };
        let checkpoint = |origin: &Origin, size| self.store.note_at(origin, size);
        match running.channel.receipt(&*self.ceremony.suite, sender, note, &checkpoint) {
            Ok(Some(step)) => {
                // What follows may go at once.
                running.sent.retain(|(_, partner), _| *partner != sender);
                self.commit(step);
            }
            Ok(None) => self.gave_back(sender, note),
            Err(_) => {}
        }
    }

    /// A receipt for what a restored partner once receipted: the next of it may go.
    fn gave_back(&mut self, partner: AgencyId, note: &str) {
        let checkpoint = Note::parse(note).ok().and_then(|note| Checkpoint::parse(&note.text).ok());
        let (Some(checkpoint), Some(running)) = (checkpoint, &mut self.running) else { return };
        let Ok(origin) = checkpoint.origin.parse::<Origin>() else { return };
        if let Some(from) = running.give_back.get_mut(&(origin, partner)) {
            *from = (*from).max(checkpoint.size);
            running.sent.remove(&(origin, partner));
            if *from >= running.channel.log(&origin).map_or(0, |log| log.receipted(&partner)) {
                running.give_back.remove(&(origin, partner));
            }
        }
    }

    fn receive_nack(&mut self, from: usize, bytes: &[u8]) {
        let (Ok(document), Some(channel)) = (SignedDocument::parse(bytes), self.channel()) else { return };
        let sender = self.ceremony.agencies[from];
        if let Ok(Some(step)) = channel.nacked(&*self.ceremony.suite, sender, &document)
            && self.commit(step)
        {
            let running = self.running.as_mut().expect("it committed");
            running.sent.retain(|(_, partner), _| *partner != sender);
        }
    }

    fn receive_missing(&mut self, from: usize, origin: Origin, size: u64) {
        let partner = self.ceremony.agencies[from];
        let confirmed = self.confirmed.contains(&partner);
        let Some(running) = &mut self.running else { return };
        let receipted = running.channel.log(&origin).map_or(0, |log| log.receipted(&partner));
        // Only a confirmed restore gets back what was once receipted.
        if origin.agency == running.channel.me() && size < receipted && confirmed {
            running.give_back.insert((origin, partner), size);
        }
    }

    fn receive_heads(&mut self, from: usize, notes: &[String]) {
        let Some(channel) = self.channel() else { return };
        let sender = self.ceremony.agencies[from];
        if let Some(proof) = channel.contradicted(&*self.ceremony.suite, notes, &|origin| self.store.entries(origin)) {
            let step = channel.freeze(Frozen::Equivocation, Some(&proof));
            self.commit(step);
            return;
        }
        let shown = channel.show(&*self.ceremony.suite, sender, notes, &|origin| self.store.entries(origin));
        match shown {
            Shown::Agrees(step) => self.running.as_mut().expect("it has a channel").channel = step.next,
            Shown::NewEpoch(step) | Shown::Foreign(step) => {
                if !self.commit(step) {
                    return;
                }
            }
        }
        for checkpoint in notes.iter().filter_map(|note| Checkpoint::parse(&Note::parse(note).ok()?.text).ok()) {
            let Ok(origin) = checkpoint.origin.parse::<Origin>() else { continue };
            let held = self.store.size(&origin);
            if origin.agency == sender && checkpoint.size > held {
                self.outbox.push((from, Message::Missing(origin, held)));
            }
        }
    }
}

/// The policy of every node.
fn decide(arriving: &Arriving<'_>) -> Option<Refused> {
    let clause = arriving.header.clause.as_deref().unwrap_or_default();
    let is_listed = arriving.version.agreement.clause(clause).is_some();
    assert!(is_listed, "honest nodes write under the version that governs, and receivers read by it");
    arriving.body.starts_with(REFUSED_PREFIX).then(|| Refused { rule: clause.into(), reason: "marked".into() })
}

/// Records of a batch that may no longer leave: what the version in force does not list any more, and everything while
/// this node or the partner has suspended.
fn decided_again(suite: &dyn Suite, channel: &Channel, stored: &StoredBatch, partner: &AgencyId) -> BTreeSet<u64> {
    let origin = stored.batch.origin;
    let suspended = channel.is_suspended(&channel.me()) || channel.is_suspended(partner);
    let in_force = channel.version(&channel.in_force()).expect("what is in force is held");
    let mut rest = stored.batch.ciphertexts.as_slice();
    let mut stays = BTreeSet::new();
    let entries = stored.batch.commitments.iter().zip(&stored.batch.lengths).zip(stored.keyring.iter());
    for (((commitment, length), secret), index) in entries.zip(stored.batch.first..) {
        let (ciphertext, tail) = rest.split_at(to_place(u64::from(*length)));
        rest = tail;
        let agreement = channel.version_at(&origin, index);
        let context = Context { channel: channel.id(), author: origin.agency, agreement };
        let mut bytes = ciphertext.to_vec();
        let Ok(parts) = record::open(suite, &context, secret, commitment, &mut bytes) else { continue };
        let header = Header::parse(parts.header).expect("only readable records were written");
        let is_listed = header.clause.as_deref().is_some_and(|clause| in_force.agreement.clause(clause).is_some());
        if !header.is_protocol() && (suspended || !is_listed) {
            stays.insert(index);
        }
    }
    stays
}

fn write_answer(position: &Position) -> Vec<u8> {
    format!("{} {}", position.index, position.origin).into_bytes()
}

fn read_answer(answer: &[u8]) -> Position {
    let (index, origin) = str::from_utf8(answer).ok().and_then(|text| text.split_once(' ')).expect("as it was written");
    Position { origin: origin.parse().expect("as it was written"), index: index.parse().expect("as it was written") }
}
