//! A node's peer port: what it answers is decided by `protocol::peer::receiving`.

use std::{mem, sync::Arc};

use protocol::{
    batch::{Batch, Frame},
    channel::{
        Env, Frozen,
        admit::NotAdmitted,
        manifest::ManifestFault,
        open::{Arriving, Opened},
    },
    control::Refused,
    id::{AgencyId, Hash},
    peer::{
        Answer, Gap, Heads,
        learnt::{Learnt, Said},
        receiving::{self, Compared, Pulled, Refusal},
    },
    persons::Counted,
    suite::SealingKey,
};

use super::{Node, REFUSED_PREFIX, handed::persons};
use crate::{
    network::{Message, Reply, Request, Talk, Ticket},
    steps::Kind,
};

/// A partner's batch that was opened on another thread, and waits for the writer.
pub(super) struct Waiting {
    from: usize,
    ticket: Ticket,
    decided: Decided,
}

/// An opened batch with the persons that its decisions counted.
struct Decided {
    opened: Opened,
    counted: Counted,
}

impl Node {
    /// A partner asks something.
    pub(super) fn asked(&mut self, world_now: u64, from: usize, ticket: Ticket, request: Request) {
        let (now, partner) = (self.clock(world_now), self.ceremony.agencies[from]);
        let reply = match request {
            Request::Batch(frame) => match self.open(now, partner, &frame) {
                // Batches are opened on other threads: meanwhile the log may move.
                Ok(decided) if self.dice.chance(200) => {
                    let opened = &mut self.running.as_mut().expect("it opened a batch").opened;
                    return opened.push(Waiting { from, ticket, decided });
                }
                Ok(decided) => self.admit(now, partner, decided).map(Reply::Batch),
                Err(answer) => answer.map(Reply::Batch),
            },
            Request::Heads(heads) => {
                self.was_shown(partner, &heads);
                let taken = self.learn(Learnt { from: partner, said: Said::Heads(heads) });
                self.channel().map(|channel| taken.map_or(Reply::Refused, |_| Reply::Heads(Heads::held(channel).heads)))
            }
            Request::Pull(origin, first) => {
                let channel = self.channel().expect("it runs");
                match receiving::pulled(channel, &partner, &origin, first) {
                    Pulled::Batch => self.frame(now, partner, origin, first).map(|frame| Reply::Pulled(Some(frame))),
                    Pulled::NotYet => Some(Reply::Pulled(None)),
                    Pulled::Receipted => Some(Reply::Refused),
                }
            }
            Request::Receipt(note) => {
                let said = String::from_utf8(note).ok().map(Said::Receipt);
                let taken = said.and_then(|said| self.learn(Learnt { from: partner, said }));
                self.steps.count_if(ticket.talk == Talk::Once && taken == Some(false), Kind::ReceiptRepeated);
                Some(taken.map_or(Reply::Refused, |_| Reply::Given))
            }
            Request::Blob(blob) => Some(self.blob(&blob)),
        };
        self.answer(from, ticket, reply);
    }

    /// The writer: admits what was opened meanwhile.
    pub(super) fn admit_opened(&mut self, now: u64) {
        let opened = self.running.as_mut().map(|running| mem::take(&mut running.opened));
        for Waiting { from, ticket, decided } in opened.into_iter().flatten() {
            let partner = self.ceremony.agencies[from];
            let answer = self.admit(now, partner, decided);
            self.answer(from, ticket, answer.map(Reply::Batch));
        }
    }

    /// Takes a frame, however it came, and says what its author is told. `None` if the node died over it.
    pub(super) fn take(&mut self, now: u64, partner: AgencyId, frame: &[u8]) -> Option<Answer> {
        match self.open(now, partner, frame) {
            Ok(decided) => self.admit(now, partner, decided),
            Err(answer) => answer,
        }
    }

    /// Who has died says nothing.
    fn answer(&mut self, to: usize, ticket: Ticket, reply: Option<Reply>) {
        let reply = reply.filter(|_| self.running.is_some());
        self.outbox.extend(reply.map(|reply| (to, Message::Answer(ticket, reply))));
    }

    fn open(&mut self, now: u64, partner: AgencyId, frame: &[u8]) -> Result<Decided, Option<Answer>> {
        let Ok(frame) = Frame::decode(frame) else { return Err(Some(Answer::Unreadable)) };
        let Some(channel) = self.channel().cloned() else { return Err(None) };
        let (pair, counts) = self.persons(partner, channel.me());
        let mut counted = counts.count(pair);
        let keys: Vec<SealingKey> = self.keys.iter().map(|held| held.key.clone()).collect();
        let batch = frame.batch.clone();
        let mut decide = |arriving: &Arriving<'_>| {
            let refused = decide(arriving);
            counted.add(if refused.is_none() { persons(arriving.body) } else { 0 });
            refused
        };
        match channel.open(&*self.ceremony.suite, partner, frame, &keys, now, &mut decide) {
            Ok(opened) => Ok(Decided { opened, counted }),
            Err(problem) => Err(self.refusal(partner, Some(&batch), &problem)),
        }
    }

    fn admit(&mut self, now: u64, partner: AgencyId, decided: Decided) -> Option<Answer> {
        let channel = self.channel()?.clone();
        let Decided { opened, counted } = decided;
        // Other batches may have taken the persons that the decisions counted on.
        let (_, counts) = self.persons(partner, channel.me());
        let Some(claimed) = counts.claim_counted(&counted) else {
            self.steps.count(Kind::Recounted);
            return Some(Answer::Later);
        };
        let is_stopped = |entry: &protocol::control::RefusedEntry| entry.reason.starts_with("suspended");
        let stopped = opened.refused().iter().filter(|entry| is_stopped(entry)).count();
        let ceremony = Arc::clone(&self.ceremony);
        let mut env = Env { suite: &*ceremony.suite, signer: &*self.signer, entropy: &mut self.dice, now };
        let mut admitted = match channel.admit(&mut env, opened) {
            Ok(admitted) => admitted,
            Err(problem) => {
                self.give_back(claimed);
                return self.refusal(partner, None, &problem);
            }
        };
        admitted.step.commit.volumes.extend(claimed.volumes());
        if !self.commit(admitted.step) {
            self.give_back(claimed);
            return Some(Answer::Unavailable);
        }
        self.store.remove_doomed();
        (0..stopped).for_each(|_| self.steps.count(Kind::SuspendedUnderWay));
        Some(Answer::Receipt(admitted.receipt))
    }

    fn refusal(&mut self, partner: AgencyId, batch: Option<&Batch>, problem: &NotAdmitted) -> Option<Answer> {
        self.steps.count_if(matches!(problem, NotAdmitted::Ahead { .. }), Kind::ClockJumped);
        if let NotAdmitted::Manifest(fault) = problem {
            let is_loss = matches!(fault, ManifestFault::SeenNeverSigned { .. });
            assert!(is_loss, "an honest node signed a false manifest: {fault}");
        }
        let channel = self.channel().expect("it just looked at a batch");
        match (Refusal::of(problem), batch) {
            (Refusal::Answer(answer), _) => Some(answer),
            (Refusal::Nack { batch, reason }, _) => {
                let held = self.keys.last().expect("the newest key is never destroyed");
                let nack = channel
                    .nack(&*self.signer, batch, reason, held.document.clone())
                    .expect("the node holds its document key");
                Some(Answer::Nack(nack.encode()))
            }
            (Refusal::Compare { size }, None) => Some(Answer::Gap(Gap { size })),
            (Refusal::Compare { .. }, Some(batch)) => {
                let Ok(compared) = receiving::compare(&*self.ceremony.suite, channel, partner, batch, &self.store);
                match compared {
                    Compared::Same(answer) => Some(answer),
                    Compared::Foreign => Some(Answer::Foreign),
                    Compared::Proof(proof) => {
                        let step = channel.freeze(Frozen::Equivocation, Some(&proof));
                        self.commit(step).then_some(Answer::Locked)
                    }
                }
            }
        }
    }

    /// Unknown and forbidden look alike.
    fn blob(&self, blob: &Hash) -> Reply {
        let is_named = self.store.links_of_blob(blob).any(|link| link.position.origin.agency == self.agency());
        self.store.file(blob).filter(|_| is_named).map_or(Reply::Refused, |bytes| Reply::Blob(bytes.to_vec()))
    }
}

/// The policy of every node.
fn decide(arriving: &Arriving<'_>) -> Option<Refused> {
    let clause = arriving.header.clause.as_deref().unwrap_or_default();
    let is_listed = arriving.version.agreement.clause(clause).is_some();
    assert!(is_listed, "honest nodes write under the version that governs, and receivers read by it");
    arriving.body.starts_with(REFUSED_PREFIX).then(|| Refused { rule: clause.into(), reason: "marked".into() })
}
