//! One node: its channel, its keys and its store in memory, which fails when the dice say so.
//!
//! What it says to partners, what it answers and what becomes one step is decided by the code that runs in a real node:
//! `protocol::peer` and `protocol::channel`. Here is only what carries it out.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    sync::Arc,
};

use protocol::{
    agreement::{SEALING_KEY_DOCUMENT, SealingKeyDocument, SealingKeyFormat},
    channel::{Channel, Env, Step, append::Appended, gather, life::CannotAct},
    commit::{Commit, Volume},
    control::{Control, Places},
    document::SignedDocument,
    id::AgencyId,
    json,
    origin::{Lane, Origin, Position},
    persons::{Claimed, Pair, Persons},
    statement::Cut,
    suite::{SealingKey, Signer, random_32},
};

use crate::{
    ceremony::{Ceremony, Secrets},
    network::Message,
    steps::{Kind, Steps},
    store::{Fault, Refused, Store},
    suite::Dice,
    threads::Threads,
};

pub mod handed;
mod port;
mod talk;

use self::{handed::MONTH, port::Waiting, talk::Talks};

/// How long a sealing key outlives its successor's announcement: shorter than a partition, so that nacks happen.
const KEY_GRACE_MS: u64 = 20_000;
/// A body that begins with this is refused by every receiver.
pub const REFUSED_PREFIX: &[u8] = b"refuse";

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
    /// Whether it fetches its partners' batches itself.
    pub pulls: bool,
    /// Whether it was ever restored from a backup.
    pub restored: bool,
    /// Whether it ever suspended: after a restore it may not know.
    pub has_suspended: bool,
    /// How many commits met a head that had moved.
    pub conflicts: u64,
    /// What took effect here.
    pub steps: Steps,
    starts: u64,
    /// In which start a caller's key was first written for, as far as is known.
    written_for: BTreeMap<String, u64>,
    running: Option<Running>,
    outbox: Vec<(usize, Message)>,
}

/// What a crash destroys.
struct Running {
    channel: Channel,
    queue: Vec<gather::Submission<Claimed>>,
    /// Persons whose records cross, as decisions read them.
    persons: Persons,
    opened: Vec<Waiting>,
    talks: Talks,
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
            pulls: false,
            restored: false,
            has_suspended: false,
            conflicts: 0,
            steps: Steps::default(),
            starts: 0,
            written_for: BTreeMap::new(),
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
            !outstanding && running.queue.is_empty() && running.opened.is_empty() && channel.waiting().is_empty()
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

    /// Whether it runs.
    pub const fn is_running(&self) -> bool {
        self.running.is_some()
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
        let talks = Talks::new(&channel, &self.confirmed);
        self.running = Some(Running {
            channel,
            queue: Vec::new(),
            persons: Persons::default(),
            opened: Vec::new(),
            talks,
            rival: None,
        });
        self.store.remove_doomed();
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

    /// One second of work.
    pub fn tick(&mut self, world_now: u64) {
        let now = self.clock(world_now);
        self.admit_opened(now);
        self.write_queue(now);
        self.keep_sealing_key(now);
        self.talk(world_now);
    }

    /// A message from a partner.
    pub fn receive(&mut self, world_now: u64, from: usize, message: Message) {
        if self.running.is_none() {
            return;
        }
        match message {
            Message::Ask(ticket, request) => self.asked(world_now, from, ticket, request),
            Message::Answer(ticket, reply) if ticket.of == from && ticket.start == self.starts => {
                self.answered(world_now, ticket, reply);
            }
            Message::Answer(..) => {}
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
        let is_under_way = self.channel().is_some_and(|channel| {
            let receipted = |partner| channel.log(&position.origin).map_or(0, |log| log.receipted(&partner));
            channel.partners().any(|partner| receipted(partner) <= position.index)
        });
        let erased = self.append(now, position.origin.lane, &[order], |commit| commit.erase.push(position)).is_some();
        self.steps.count_if(erased && is_under_way, Kind::ErasedUnderWay);
        self.store.remove_doomed();
        erased
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
        self.append(now, Lane::Main, &[Control::Statement(statement)], |_| {});
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

    /// An officer's order stands in for a partner that has not shown its heads since the start.
    pub fn stand_in(&mut self) {
        let Some(channel) = self.channel() else { return };
        let Some(silent) = channel.waiting().first() else { return };
        let step = channel.stand_in(&*self.ceremony.suite, *silent);
        let stood_in = self.commit(step);
        self.steps.count_if(stood_in, Kind::StoodIn);
    }

    /// Two officers confirm that a partner was restored from an old copy.
    pub fn confirm(&mut self, partner: AgencyId) {
        self.confirmed.insert(partner);
        if let Some(running) = &mut self.running {
            running.talks.give_back(&running.channel, partner);
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
        if let Ok(appended) = rival.append(&mut env, Lane::Main, &[], &[], &standing) {
            let written = self.store.write(&audited(appended.step).commit);
            self.conflicts += u64::from(written.is_err());
        }
    }

    /// A count of persons in memory: what is written, and what is decided and not yet written.
    pub fn counted(&self, author: AgencyId, reader: AgencyId) -> Option<u32> {
        self.running.as_ref()?.persons.of(&Pair { author, reader, month: MONTH })
    }

    /// The counts that decisions read, which take up what is written when they are first asked for.
    fn persons(&mut self, author: AgencyId, reader: AgencyId) -> (Pair, &mut Persons) {
        let pair = Pair { author, reader, month: MONTH };
        let written = u32::try_from(self.store.persons(author, reader, MONTH)).expect("a run is short");
        let persons = &mut self.running.as_mut().expect("it decides").persons;
        persons.take_up(pair, written);
        (pair, persons)
    }

    /// Gives back the persons of what is not written. Who has died holds no counts.
    fn give_back(&mut self, claimed: Claimed) {
        if let Some(running) = &mut self.running {
            running.persons.give_back(claimed);
        }
    }

    fn clock(&self, world_now: u64) -> u64 {
        world_now.checked_add_signed(self.clock_skew_ms).expect("the world's time is far from zero")
    }

    /// Writes a step and then takes its channel. False if nothing may leave.
    fn commit(&mut self, step: Step) -> bool {
        let step = audited(step);
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
        self.conflicts += u64::from(matches!(written, Err(Refused::HeadMoved(_))));
        match (&mut self.running, written) {
            (Some(running), Ok(())) if fault == Fault::None => {
                running.channel = step.next;
                true
            }
            // Who took what lies aside, or used a key, a moment earlier has moved no head.
            (_, Err(Refused::KeyUsed(_) | Refused::ApprovalUsed | Refused::Contradiction(_)))
                if fault == Fault::None =>
            {
                false
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

    /// Appends protocol records, with more to write in the same transaction.
    fn append(
        &mut self,
        now: u64,
        lane: Lane,
        controls: &[Control],
        with: impl FnOnce(&mut Commit),
    ) -> Option<Appended> {
        let channel = self.channel()?.clone();
        channel.may_sign().ok()?;
        let standing = channel.standing(&channel.own_log(lane));
        let ceremony = Arc::clone(&self.ceremony);
        let mut env = Env { suite: &*ceremony.suite, signer: &*self.signer, entropy: &mut self.dice, now };
        let mut appended = channel.append(&mut env, lane, controls, &[], &standing).expect("it may sign");
        with(&mut appended.step.commit);
        self.commit(appended.step.clone()).then_some(appended)
    }

    /// Announces the newest sealing key until that is done, and destroys older ones a grace after.
    fn keep_sealing_key(&mut self, now: u64) {
        let (Some(channel), Some(newest)) = (self.channel(), self.keys.last()) else { return };
        let announced = channel.sealing_key(&self.agency()).is_some_and(|known| known.public == newest.key.public);
        if !announced {
            let announcement = Control::SealingKey(newest.document.clone());
            self.append(now, Lane::Main, &[announcement], |_| {});
            return;
        }
        let older = self.keys.len() - 1;
        for held in &mut self.keys[..older] {
            held.replaced = held.replaced.or(Some(now));
        }
        self.keys.retain(|held| held.replaced.is_none_or(|replaced| now < replaced + KEY_GRACE_MS));
    }
}

/// A step with its entries in the audit log: one for each batch, with the persons that were counted.
fn audited(mut step: Step) -> Step {
    let (me, partner) = (step.next.me(), step.next.partners().next().expect("a channel has two parties"));
    let entry = |origin: &Origin, first: u64| {
        // What is written of an own batch for each of its readers is one count.
        let reader = if origin.agency == me { partner } else { me };
        let of_batch = |volume: &&Volume| volume.author == origin.agency && volume.reader == reader;
        let persons: u32 = step.commit.volumes.iter().filter(of_batch).map(|volume| volume.persons).sum();
        format!("{origin} {first} {persons}").into_bytes()
    };
    let entries = step.commit.batches.iter().map(|new| entry(&new.batch.origin, new.batch.first)).collect();
    step.commit.audit = entries;
    step
}
