//! A node's talks with its partners: what the sessions of `protocol::peer` ask for is carried out here.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use protocol::{
    channel::{Channel, Env, Step},
    commit::{Commit, StoredBatch},
    control::{Control, Places},
    header::Header,
    id::AgencyId,
    origin::{Lane, Origin, Position},
    peer::{
        Answer, Heads, Pauses,
        learnt::{Learnt, News, Said},
        pull::{self, Pull},
        session::{self, Session},
    },
    record::{self, Context},
    suite::Suite,
};

use super::Node;
use crate::{
    network::{Message, Reply, Request, Talk, Ticket},
    steps::Kind,
    store::to_place,
};

const LANES: [Lane; 2] = [Lane::Main, Lane::Urgent];

/// Shorter than in a node, as its partitions are.
const PAUSES: Pauses = Pauses { retry_ms_min: 1_000, retry_ms_max: 6_000, compare_ms: 60_000, answer_ms_max: 15_000 };
/// Between two pulls that find nothing.
const PULL_PAUSES: Pauses = Pauses { compare_ms: 5_000, ..PAUSES };

/// What a node has under way with its partners.
pub(super) struct Talks {
    sessions: BTreeMap<(AgencyId, Lane), Session>,
    pulls: BTreeMap<(AgencyId, Lane), Pull>,
    /// Frames that were pulled and are not taken yet.
    frames: BTreeMap<(AgencyId, Lane), Vec<u8>>,
    /// Which attachment was asked for last, and when it is asked for again.
    files: BTreeMap<AgencyId, (u64, u64)>,
}

impl Talks {
    /// Nothing is under way.
    pub(super) fn new(channel: &Channel, confirmed: &BTreeSet<AgencyId>) -> Self {
        let both = || channel.partners().flat_map(|partner| LANES.map(|lane| (partner, lane)));
        let session = |(partner, lane)| ((partner, lane), Session::new(partner, lane, PAUSES, 0));
        let pull = |(partner, lane)| ((partner, lane), Pull::new(partner, lane, PULL_PAUSES));
        let mut talks = Self {
            sessions: both().map(session).collect(),
            pulls: both().map(pull).collect(),
            frames: BTreeMap::new(),
            files: BTreeMap::new(),
        };
        for partner in confirmed {
            talks.give_back(channel, *partner);
        }
        talks
    }

    /// The partner gets back what it once receipted.
    pub(super) fn give_back(&mut self, channel: &Channel, partner: AgencyId) {
        self.tell(channel, partner, &session::Input::GiveBack);
    }

    /// Tells the sessions with a partner something to which they answer nothing.
    fn tell(&mut self, channel: &Channel, partner: AgencyId, input: &session::Input) {
        for lane in LANES {
            if let Some(session) = self.sessions.remove(&(partner, lane)) {
                let (session, outputs) = session.handle(0, channel, input.clone());
                assert!(outputs.is_empty(), "what is said unasked is answered with the next tick");
                self.sessions.insert((partner, lane), session);
            }
        }
    }
}

impl Node {
    /// Lets every talk go on.
    pub(super) fn talk(&mut self, world_now: u64) {
        let partners: Vec<AgencyId> = self.channel().into_iter().flat_map(Channel::partners).collect();
        for partner in partners {
            for lane in LANES {
                self.drive(world_now, partner, lane, session::Input::Tick);
                if self.pulls {
                    self.drive_pull(world_now, partner, lane, pull::Input::Tick);
                }
            }
            self.fetch_files(world_now, partner);
        }
    }

    /// What a partner answered to a question of this start.
    pub(super) fn answered(&mut self, world_now: u64, ticket: Ticket, reply: Reply) {
        let (partner, number) = (self.ceremony.agencies[ticket.of], ticket.number);
        match ticket.talk {
            Talk::Send(lane) => {
                let input = match reply {
                    Reply::Batch(answer) => session::Input::Answered { ticket: number, answer },
                    Reply::Heads(heads) => session::Input::Heads { ticket: number, heads },
                    _ => session::Input::Failed { ticket: number },
                };
                self.drive(world_now, partner, lane, input);
            }
            Talk::Pull(lane) => {
                let input = match reply {
                    Reply::Heads(heads) => pull::Input::Heads { ticket: number, heads },
                    Reply::Given => pull::Input::Given { ticket: number },
                    Reply::Pulled(frame) => {
                        let is_frame = frame.is_some();
                        let frames = &mut self.running.as_mut().expect("it runs").talks.frames;
                        frames.extend(frame.map(|frame| ((partner, lane), frame)));
                        pull::Input::Pulled { ticket: number, is_frame }
                    }
                    _ => pull::Input::Failed { ticket: number },
                };
                self.drive_pull(world_now, partner, lane, input);
            }
            Talk::Files => self.take_file(partner, number, reply),
            Talk::Once => {}
        }
    }

    /// A partner showed its heads unasked.
    pub(super) fn was_shown(&mut self, partner: AgencyId, heads: &[String]) {
        if let Some(running) = &mut self.running {
            running.talks.tell(&running.channel, partner, &session::Input::Shown(heads.to_vec()));
        }
    }

    /// Takes what a partner said: whether it was news. `None` if it could not be taken.
    pub(super) fn learn(&mut self, learnt: Learnt) -> Option<bool> {
        let channel = self.channel()?.clone();
        let learnt = match learnt.said {
            Said::Heads(heads) => {
                let Ok(learnt) = Learnt::of_heads(&channel, learnt.from, heads, &self.store);
                learnt
            }
            _ => Some(learnt),
        };
        let Some(learnt) = learnt else { return Some(false) };
        let Some((step, news)) = learnt.step(&*self.ceremony.suite, &channel, &self.store).ok()? else {
            return Some(false);
        };
        let written = self.commit(step);
        self.steps.count_if(written && news == News::SealingKey, Kind::KeyLost);
        written.then_some(true)
    }

    fn drive(&mut self, world_now: u64, partner: AgencyId, lane: Lane, input: session::Input) {
        let mut next = Some(input);
        while let Some(input) = next.take() {
            let Some(running) = &mut self.running else { return };
            let session = running.talks.sessions.remove(&(partner, lane)).expect("there is one for each partner");
            let (session, outputs) = session.handle(world_now, &running.channel, input);
            running.talks.sessions.insert((partner, lane), session);
            for output in outputs {
                next = self.carry_out(world_now, partner, lane, output);
            }
        }
    }

    fn carry_out(
        &mut self,
        world_now: u64,
        partner: AgencyId,
        lane: Lane,
        output: session::Output,
    ) -> Option<session::Input> {
        match output {
            session::Output::ShowHeads { ticket } => self.show_heads(partner, Talk::Send(lane), ticket),
            session::Output::Send { ticket, origin, from } => {
                let now = self.clock(world_now);
                let Some(frame) = self.frame(now, partner, origin, from) else {
                    return Some(session::Input::Failed { ticket });
                };
                self.ask(partner, Talk::Send(lane), ticket, Request::Batch(frame));
            }
            session::Output::Learn { ticket, learnt } => {
                let is_receipt = matches!(learnt.said, Said::Receipt(_));
                let Some(is_news) = self.learn(learnt) else { return Some(session::Input::Failed { ticket }) };
                self.steps.count_if(is_receipt && !is_news && self.confirmed.contains(&partner), Kind::GivenBack);
                return Some(session::Input::Learnt { ticket, is_news });
            }
            session::Output::Progress
            | session::Output::Problem(_)
            | session::Output::Rest { .. }
            | session::Output::Pause { .. } => {}
        }
        None
    }

    fn drive_pull(&mut self, world_now: u64, partner: AgencyId, lane: Lane, input: pull::Input) {
        let mut next = Some(input);
        while let Some(input) = next.take() {
            let Some(running) = &mut self.running else { return };
            let pull = running.talks.pulls.remove(&(partner, lane)).expect("there is one for each partner");
            let (pull, outputs) = pull.handle(world_now, &running.channel, input);
            running.talks.pulls.insert((partner, lane), pull);
            for output in outputs {
                next = self.carry_out_pull(world_now, partner, lane, output);
            }
        }
    }

    fn carry_out_pull(
        &mut self,
        world_now: u64,
        partner: AgencyId,
        lane: Lane,
        output: pull::Output,
    ) -> Option<pull::Input> {
        let talk = Talk::Pull(lane);
        match output {
            pull::Output::ShowHeads { ticket } => self.show_heads(partner, talk, ticket),
            pull::Output::GiveKept { ticket, origin, size } => {
                let kept = self.store.receipt(&origin, size, &self.agency()).map(|receipt| receipt.note.clone());
                let Some(kept) = kept else { return Some(pull::Input::Given { ticket }) };
                self.ask(partner, talk, ticket, Request::Receipt(kept.into()));
            }
            pull::Output::Pull { ticket, origin, from } => {
                self.ask(partner, talk, ticket, Request::Pull(origin, from));
            }
            pull::Output::Take { ticket } => {
                let now = self.clock(world_now);
                let frame = self.running.as_mut()?.talks.frames.remove(&(partner, lane)).expect("it came just now");
                let answer = self.take(now, partner, &frame)?;
                self.steps.count_if(matches!(answer, Answer::Receipt(_)), Kind::Pulled);
                return Some(pull::Input::Taken { ticket, answer });
            }
            pull::Output::Give { ticket, receipt } => {
                self.ask(partner, talk, ticket, Request::Receipt(receipt.into()));
            }
            pull::Output::NotTaken(_) | pull::Output::Pause { .. } => {}
        }
        None
    }

    fn show_heads(&mut self, partner: AgencyId, talk: Talk, ticket: u64) {
        let held = self.channel().map(Heads::held).expect("it runs");
        self.ask(partner, talk, ticket, Request::Heads(held.heads));
    }

    fn ask(&mut self, partner: AgencyId, talk: Talk, number: u64, request: Request) {
        let of = self.ceremony.number(&partner);
        self.outbox.push((of, Message::Ask(Ticket { start: self.starts, of, talk, number }, request)));
    }

    /// Gives a partner a receipt of old once more, unasked.
    pub fn repeat_receipt(&mut self) {
        let me = self.agency();
        let own: Vec<_> = self.store.receipts().filter(|receipt| receipt.agency == me).collect();
        if self.running.is_none() || own.is_empty() {
            return;
        }
        let receipt = own[self.dice.place(own.len())];
        let (author, note) = (receipt.origin.agency, receipt.note.clone());
        self.ask(author, Talk::Once, 0, Request::Receipt(note.into()));
    }

    /// The batch that holds an entry, sealed to the partner. `None` if it can't be sealed or kept now.
    pub(super) fn frame(&mut self, now: u64, partner: AgencyId, origin: Origin, from: u64) -> Option<Vec<u8>> {
        let (channel, ceremony) = (self.channel()?.clone(), Arc::clone(&self.ceremony));
        let stored = self.store.batch_at(&origin, from)?;
        let stays = decided_again(&*ceremony.suite, &channel, &stored, &partner);
        let may_leave = |index| !stays.contains(&index) && !self.expired.contains(&Position { origin, index });
        let mut env = Env { suite: &*ceremony.suite, signer: &*self.signer, entropy: &mut self.dice, now };
        let outgoing = channel.frame(&mut env, stored, partner, &may_leave).expect("the stored batch is whole");
        if let Some(before) = outgoing.before
            && !self.commit(Step { next: channel, commit: before })
        {
            return None;
        }
        let sent = &outgoing.frame.batch;
        let with_content = (sent.first..).zip(&sent.lengths).filter(|(_, length)| **length > 0);
        self.left.extend(with_content.map(|(index, _)| Position { origin, index }));
        Some(outgoing.frame.encode().expect("a small frame"))
    }

    /// Asks for an attachment that is missing, and confirms those that are here.
    fn fetch_files(&mut self, world_now: u64, partner: AgencyId) {
        let now = self.clock(world_now);
        let of_partner = |link: &&protocol::commit::BlobLink| link.position.origin.agency == partner;
        let missing: BTreeSet<Position> =
            self.store.incomplete().filter(of_partner).map(|link| link.position).collect();
        for position in missing {
            let links: Vec<_> = self.store.links(&position).copied().collect();
            let Some(lacking) = links.iter().find(|link| self.store.file(&link.blob).is_none()) else {
                self.confirm_files(now, position, links);
                continue;
            };
            let Some(running) = &mut self.running else { return };
            let (number, again_ms) = running.talks.files.entry(partner).or_default();
            if world_now >= *again_ms {
                (*number, *again_ms) = (*number + 1, world_now + PAUSES.answer_ms_max);
                let number = *number;
                self.ask(partner, Talk::Files, number, Request::Blob(lacking.blob));
            }
            return;
        }
    }

    fn take_file(&mut self, partner: AgencyId, number: u64, reply: Reply) {
        let Some(running) = &mut self.running else { return };
        let Some((asked, again_ms)) = running.talks.files.get_mut(&partner).filter(|(asked, _)| *asked == number)
        else {
            return;
        };
        *asked += 1;
        let Reply::Blob(bytes) = reply else { return };
        *again_ms = 0;
        let blob = self.ceremony.suite.sha256(&[&bytes]);
        // Its digest is its name, and what no record names any more was erased.
        if self.store.links_of_blob(&blob).next().is_some() {
            self.store.put_file(blob, bytes);
        }
    }

    fn confirm_files(&mut self, now: u64, position: Position, mut links: Vec<protocol::commit::BlobLink>) {
        for link in &mut links {
            link.complete = true;
        }
        let places = Places { origin: position.origin, indexes: vec![position.index] };
        let complete = |commit: &mut Commit| commit.complete_attachments(position, links);
        let confirmed = self.append(now, position.origin.lane, &[Control::Attachments(places)], complete).is_some();
        self.steps.count_if(confirmed, Kind::AttachmentFetched);
    }
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
