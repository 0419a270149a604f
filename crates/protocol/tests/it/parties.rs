//! Two or three parties of one channel with stores in memory that can crash.

use std::{collections::BTreeMap, sync::Arc};

use mithaq_protocol::{
    agreement::{Agreement, ApprovalRole, Bundle, Deadlines},
    card::CardChain,
    channel::{
        Channel, Env, Snapshot, Step,
        admit::NotAdmitted,
        append::{AppendError, Prepared},
        life::{CannotAct, Standing},
        open::{Arriving, Opened},
    },
    commit::{Commit, Mark, MarkState, NewBatch, StoredBatch},
    control::{Control, Refused},
    evidence::clause_covers,
    id::{AgencyId, Hash},
    origin::{Lane, Origin, Position},
    record::{self, Context, Enrolment, Parts},
    suite::{AwsLc, SealingKey, SoftwareKeys, Suite as _},
};

use crate::world::{Counter, START_MS, agency, agreement, approvals, push};

pub const NOTE: &str = concat!(
    r#"{"kind":"correspondence.note/1","thread":"000102030405060708090a0b0c0d0e0f","clause":"c1","#,
    r#""purpose":"register","handling":["H1"],"retain_until":"2031-09-20","media_type":"application/json"}"#
);
pub const READOUT: &str = concat!(
    r#"{"kind":"register.readout/1","thread":"000102030405060708090a0b0c0d0e0f","clause":"c1","#,
    r#""purpose":"register","handling":["H1"],"retain_until":"2031-09-20","media_type":"application/json"}"#
);

/// A party with what its store holds.
pub struct Party {
    pub keys: SoftwareKeys,
    pub chain: CardChain,
    pub sealing: SealingKey,
    pub channel: Channel,
    pub batches: BTreeMap<Origin, Vec<NewBatch>>,
    pub heads: BTreeMap<Origin, Vec<u8>>,
    pub state: Option<Vec<u8>>,
    pub bundles: BTreeMap<Hash, Vec<u8>>,
    pub marks: BTreeMap<Position, Mark>,
    pub erased: Vec<Position>,
}

pub struct World {
    pub parties: Vec<Party>,
    pub bundle: Bundle,
    pub now: u64,
    pub entropy: Counter,
    /// What the records of this world say.
    pub body: Vec<u8>,
}

impl World {
    pub fn new(count: usize) -> Self {
        Self::under(count, |_| ())
    }

    /// A world whose first version is changed before it is signed.
    pub fn under(count: usize, change: impl FnOnce(&mut Agreement)) -> Self {
        let made: Vec<_> = [(1, "XAA"), (2, "XAB"), (3, "XAC")][..count]
            .iter()
            .map(|(seed, country)| (agency(*seed, country, "Example Police"), AwsLc.sealing_key([*seed; 32])))
            .collect();
        let cards: Vec<&CardChain> = made.iter().map(|((_, chain), _)| chain).collect();
        let mut first = agreement(&cards, Deadlines::default());
        first.clauses[0].authors = cards.iter().map(|chain| chain.current().country.clone()).collect();
        change(&mut first);
        let mut bundle = Bundle::new(first);
        for ((keys, chain), sealing) in &made {
            bundle.sign(&AwsLc, keys, chain, &sealing.public, START_MS).unwrap();
        }
        let chains: BTreeMap<_, _> =
            made.iter().map(|((_, chain), _)| (*chain.agency(), Arc::new(chain.clone()))).collect();
        let parties = made
            .into_iter()
            .map(|((keys, chain), sealing)| Party {
                channel: Channel::new(&AwsLc, *chain.agency(), chains.clone(), &bundle, false),
                keys,
                chain,
                sealing,
                batches: BTreeMap::new(),
                heads: BTreeMap::new(),
                state: None,
                bundles: BTreeMap::new(),
                marks: BTreeMap::new(),
                erased: vec![],
            })
            .collect();
        Self { parties, bundle, now: START_MS, entropy: Counter(0), body: b"{}".to_vec() }
    }

    /// A successor of a version, signed by the parties given.
    pub fn successor(&self, of: &Bundle, signers: &[usize], change: impl FnOnce(&mut Agreement)) -> Bundle {
        let mut next = of.agreement().clone();
        next.version += 1;
        next.previous = Some(of.agreement().hash(&AwsLc));
        change(&mut next);
        let mut bundle = Bundle::new(next);
        for party in signers.iter().map(|number| &self.parties[*number]) {
            bundle.sign(&AwsLc, &party.keys, &party.chain, &[], 0).unwrap();
        }
        bundle
    }

    /// The second version: readouts instead of notes.
    pub fn second(&self) -> Bundle {
        let all: Vec<usize> = (0..self.parties.len()).collect();
        self.successor(&self.bundle, &all, |next| next.clauses[0].kinds = vec!["register.readout/1".into()])
    }

    /// A step of a party that is written and taken.
    pub fn act<E>(
        &mut self,
        party: usize,
        step: impl FnOnce(&Channel, &mut Env<'_>) -> Result<Step, E>,
    ) -> Result<(), E> {
        self.now += 60_000;
        let party = &mut self.parties[party];
        let mut env = Env { suite: &AwsLc, signer: &party.keys, entropy: &mut self.entropy, now: self.now };
        let Step { next, commit } = step(&party.channel, &mut env)?;
        party.write(&commit);
        party.channel = next;
        Ok(())
    }

    pub fn activate(&mut self, party: usize, bundle: &Bundle) -> Result<(), CannotAct> {
        self.act(party, |channel, env| channel.activate(env, bundle))
    }

    pub fn prepare(&mut self, party: usize, agreement: Hash, header: &str) -> Prepared {
        self.prepare_approved(party, agreement, header, None)
    }

    /// A record that the officer with this key approves under an enrolment.
    pub fn prepare_approved(
        &mut self,
        party: usize,
        agreement: Hash,
        header: &str,
        officer: Option<(Enrolment, u8)>,
    ) -> Prepared {
        let author = &self.parties[party];
        let context = Context { channel: author.channel.id(), author: *author.chain.agency(), agreement };
        let digest = record::digest(&AwsLc, &context, header.as_bytes(), &self.body);
        let approvals = officer.map_or_else(Vec::new, |(enrolment, seed)| {
            approvals(enrolment.origin, &[(ApprovalRole::Author, enrolment.index, seed)], &digest)
        });
        let mut prepared = Prepared::default();
        let parts = Parts { header: header.as_bytes(), approvals: &approvals, attachments: &[], body: &self.body };
        push(&mut prepared, &mut self.entropy, &context, &parts);
        prepared
    }

    /// Each party has written something.
    pub fn begin(&mut self) {
        for party in 0..self.parties.len() {
            self.send(party, Lane::Main, NOTE);
        }
    }

    /// A record, decided by nobody: what a receiver does with it is the question.
    pub fn send(&mut self, party: usize, lane: Lane, header: &str) -> Position {
        let channel = self.parties[party].channel.clone();
        let standing = channel.standing(&channel.own_log(lane));
        self.send_as(party, lane, header, standing).unwrap()
    }

    pub fn send_as(
        &mut self,
        party: usize,
        lane: Lane,
        header: &str,
        decided: Standing,
    ) -> Result<Position, AppendError> {
        let prepared = self.prepare(party, decided.agreement, header);
        self.send_prepared(party, lane, prepared, decided)
    }

    fn send_prepared(
        &mut self,
        party: usize,
        lane: Lane,
        prepared: Prepared,
        decided: Standing,
    ) -> Result<Position, AppendError> {
        let mut place = None;
        self.act(party, |channel, env| {
            let appended = channel.append(env, lane, &[], &[prepared], &decided)?;
            place = Some(Position { origin: appended.origin, index: appended.first_record });
            Ok::<_, AppendError>(appended.step)
        })?;
        Ok(place.unwrap())
    }

    /// A record that the officer with this key approves under an enrolment, decided by nobody.
    pub fn send_approved(&mut self, party: usize, lane: Lane, officer: (Enrolment, u8)) -> Position {
        let channel = self.parties[party].channel.clone();
        let decided = channel.standing(&channel.own_log(lane));
        let prepared = self.prepare_approved(party, decided.agreement, NOTE, Some(officer));
        self.send_prepared(party, lane, prepared, decided).unwrap()
    }

    pub fn control(&mut self, party: usize, control: &Control) {
        self.act(party, |channel, env| {
            let standing = channel.standing(&channel.own_log(Lane::Main));
            let controls = std::slice::from_ref(control);
            channel.append(env, Lane::Main, controls, &[], &standing).map(|appended| appended.step)
        })
        .unwrap();
    }

    /// The next batch of each log that one party owes another, opened there.
    pub fn open(&mut self, from: usize, to: usize, lane: Lane) -> Option<Result<Opened, NotAdmitted>> {
        let (author, reader) = (&self.parties[from], &self.parties[to]);
        let origin = author.channel.own_log(lane);
        let first = author.channel.outstanding(&origin, reader.chain.agency())?;
        let batch = author.batches[&origin].iter().find(|batch| batch.batch.first == first).unwrap().clone();
        let NewBatch { batch, keyring, periods, time } = batch;
        let mut env = Env { suite: &AwsLc, signer: &author.keys, entropy: &mut self.entropy, now: self.now };
        let stored = StoredBatch { batch, keyring, periods, time };
        let frame = author.channel.frame(&mut env, stored, *reader.chain.agency(), &|_| true).unwrap().frame;
        let keys = [reader.sealing.clone()];
        Some(reader.channel.open(&AwsLc, *author.chain.agency(), frame, &keys, self.now, &mut decide))
    }

    pub fn admit(&mut self, from: usize, to: usize, opened: Opened) -> Result<(), NotAdmitted> {
        self.now += 10_000;
        let reader = &mut self.parties[to];
        let mut env = Env { suite: &AwsLc, signer: &reader.keys, entropy: &mut self.entropy, now: self.now };
        let admitted = reader.channel.admit(&mut env, opened)?;
        reader.write(&admitted.step.commit);
        reader.channel = admitted.step.next;
        let reader = *reader.chain.agency();
        let author = &mut self.parties[from];
        let notes = |origin: &Origin, size| author.note_at(origin, size);
        let step = author.channel.receipt(&AwsLc, reader, &admitted.receipt, &notes).unwrap().unwrap();
        author.write(&step.commit);
        author.channel = step.next;
        Ok(())
    }

    /// Delivers all that one party owes another in a lane.
    pub fn deliver_lane(&mut self, from: usize, to: usize, lane: Lane) {
        while let Some(opened) = self.open(from, to, lane) {
            match opened {
                // Tried again once the other lane is there.
                Err(NotAdmitted::Unseen { .. }) => return,
                opened => self.admit(from, to, opened.unwrap()).unwrap(),
            }
        }
    }

    pub fn deliver(&mut self, from: usize, to: usize) {
        self.deliver_lane(from, to, Lane::Main);
        self.deliver_lane(from, to, Lane::Urgent);
    }

    /// Delivers everything between all until nothing is owed.
    pub fn settle(&mut self) {
        let count = self.parties.len();
        for _ in 0..4 {
            for from in 0..count {
                (0..count).filter(|to| *to != from).for_each(|to| self.deliver(from, to));
            }
        }
    }

    /// The party dies; what it wrote is all it knows.
    pub fn crash(&mut self, party: usize) {
        let chains = self.parties[party].channel.parties().clone();
        let party = &mut self.parties[party];
        let snapshot = Snapshot {
            state: party.state.clone(),
            logs: party.heads.iter().map(|(origin, state)| (*origin, state.clone())).collect(),
            bundles: party.bundles.clone(),
        };
        let channel = Channel::new(&AwsLc, *party.chain.agency(), chains, &self.bundle, false);
        party.channel = channel.load(&snapshot).unwrap();
    }

    pub fn in_force(&self) -> Vec<u32> {
        let number = |channel: &Channel| channel.version(&channel.in_force()).unwrap().agreement.version;
        self.parties.iter().map(|party| number(&party.channel)).collect()
    }

    pub fn me(&self, party: usize) -> AgencyId {
        *self.parties[party].chain.agency()
    }

    /// Why a party quarantined a record; empty if it took it.
    pub fn refused(&self, by: usize, place: &Position) -> String {
        let mark = self.parties[by].marks.get(place).filter(|mark| mark.state == MarkState::Quarantined);
        mark.map(|mark| mark.reason.clone()).unwrap_or_default()
    }

    /// Everything held by every party opens to its commitment, under the version at its place.
    pub fn check(&self) {
        for party in &self.parties {
            for batch in party.batches.values().flatten() {
                let mut rest = batch.batch.ciphertexts.as_slice();
                let entries = batch.batch.commitments.iter().zip(&batch.batch.lengths).zip(batch.keyring.iter());
                for (((commitment, length), secret), index) in entries.zip(batch.batch.first..) {
                    let (ciphertext, tail) = rest.split_at(*length as usize);
                    rest = tail;
                    let origin = batch.batch.origin;
                    let agreement = party.channel.version_at(&origin, index);
                    let context = Context { channel: origin.channel, author: origin.agency, agreement };
                    let mut bytes = ciphertext.to_vec();
                    record::open(&AwsLc, &context, secret, commitment, &mut bytes).unwrap();
                }
            }
        }
    }
}

impl Party {
    pub fn write(&mut self, commit: &Commit) {
        for batch in &commit.batches {
            self.batches.entry(batch.batch.origin).or_default().push(batch.clone());
        }
        for head in &commit.heads {
            self.heads.insert(head.origin, head.state.clone());
        }
        self.state = commit.state.clone().or(self.state.take());
        self.bundles.extend(commit.agreements.iter().map(|new| (new.hash, new.bundle.clone())));
        self.marks.extend(commit.marks.iter().map(|mark| (mark.position, mark.clone())));
        self.erased.extend(&commit.erase);
    }

    /// The entries of a log that this party holds.
    pub fn entries(&self, origin: &Origin) -> Vec<Hash> {
        let batches = self.batches.get(origin).into_iter().flatten();
        batches.flat_map(|batch| batch.batch.commitments.clone()).collect()
    }

    pub fn note_at(&self, origin: &Origin, size: u64) -> Option<String> {
        self.batches[origin].iter().find(|batch| batch.batch.size() == size).map(|batch| batch.batch.note.clone())
    }
}

/// The policy of these tests: a clause of the version at the record's place lists kind and author, and approvals are valid.
pub fn decide(arriving: &Arriving<'_>) -> Option<Refused> {
    let covered = clause_covers(&arriving.version.agreement, &arriving.position.origin.agency, arriving.header);
    if arriving.approvals.iter().any(|judged| !judged.valid) {
        return Some(Refused { rule: "EYE-01".into(), reason: "approval-invalid".into() });
    }
    (!covered).then(|| Refused { rule: "AGR-01".into(), reason: "kind-not-listed".into() })
}
