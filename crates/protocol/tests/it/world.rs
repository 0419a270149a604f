//! Two made-up agencies with a channel between them, each with what its store would hold.

use std::{collections::BTreeMap, convert::Infallible, sync::Arc};

use mithaq_protocol::{
    agreement::{Agreement, AgreementFormat, ApprovalRole, Bundle, Clause, Deadlines, Onward, Party, TimeLimits},
    batch::{Batch, Frame, Manifest},
    card::{Body, CardChain, CardDraft, issue, next_keys_hash},
    channel::{
        Channel, Env,
        append::{Appended, Prepared, Stated},
        open::Arriving,
    },
    commit::{Commit, NewBatch, Period, StoredBatch},
    control::{Control, Refused},
    evidence::{Evidence, Member, entry::EntryFile},
    header::{Handling, Header},
    id::{AgencyId, Hash},
    origin::{Lane, Origin, Position},
    peer::{
        Answer, Kept,
        learnt::Learnt,
        receiving::{self, Compared, Refusal},
    },
    record::{self, Approval, Context, Enrolment, Officer, Parts},
    suite::{AwsLc, Entropy, KeyRole, SealingKey, Signer as _, SoftwareKeys, Suite as _},
    tlog::{Checkpoint, Frontier, Note, Proof, merkle, sign_checkpoint},
};

/// 2026-09-21T14:13:20Z.
pub const START_MS: u64 = 1_790_000_000_000;

/// Bytes that look random and are the same in every run.
pub struct Counter(pub u64);

impl Entropy for Counter {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            self.0 += 1;
            let block = AwsLc.sha256(&[b"entropy of tests", &self.0.to_be_bytes()]);
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

/// An agency, its view of the channel and what its store holds.
pub struct Side {
    pub keys: SoftwareKeys,
    pub chain: CardChain,
    pub sealing: SealingKey,
    pub channel: Channel,
    batches: BTreeMap<Origin, Vec<NewBatch>>,
    receipts: BTreeMap<(Origin, u64, AgencyId), String>,
}

/// Two agencies, XAA and XAB, with a channel in force.
pub struct World {
    pub sides: [Side; 2],
    pub bundle: Bundle,
    pub now: u64,
    entropy: Counter,
}

/// A record to send.
pub struct Draft<'a> {
    pub header: &'a str,
    pub body: &'a [u8],
    /// The officers' parts, the numbers of their enrolments and the seeds of the keys that they sign with.
    pub approvals: &'a [(ApprovalRole, u64, u8)],
}

impl World {
    pub fn new() -> Self {
        Self::with_deadlines(Deadlines::NONE)
    }

    /// A world whose one clause sets these time limits.
    pub fn with_deadlines(deadlines: Deadlines) -> Self {
        Self::under(|clause| clause.deadlines = Some(deadlines))
    }

    /// A world whose one clause is changed before it is signed.
    pub fn under(change: impl FnOnce(&mut Clause)) -> Self {
        let agencies = [(1, "XAA", "Example Police of Alpha"), (2, "XAB", "Example Police of Beta")];
        let agencies =
            agencies.map(|(seed, country, name)| (agency(seed, country, name), AwsLc.sealing_key([seed; 32])));
        let mut agreement = agreement(&agencies.each_ref().map(|((_, chain), _)| chain), Deadlines::NONE);
        change(&mut agreement.clauses[0]);
        let mut bundle = Bundle::new(agreement);
        for ((keys, chain), sealing) in &agencies {
            bundle.sign(&AwsLc, keys, chain, &sealing.public, START_MS).unwrap();
        }
        let chains: BTreeMap<_, _> =
            agencies.iter().map(|((_, chain), _)| (*chain.agency(), Arc::new(chain.clone()))).collect();
        let sides = agencies.map(|((keys, chain), sealing)| Side {
            channel: Channel::new(&AwsLc, *chain.agency(), chains.clone(), &bundle, false),
            keys,
            chain,
            sealing,
            batches: BTreeMap::new(),
            receipts: BTreeMap::new(),
        });
        Self { sides, bundle, now: START_MS, entropy: Counter(0) }
    }

    /// A world in which XAA has enrolled three officers (entries 2 to 4 of its log), XAB one, and XAA has sent the given
    /// records in one batch. Everything is receipted.
    pub fn with_records(drafts: &[Draft<'_>]) -> (Self, Vec<Position>) {
        let mut world = Self::new();
        let offices = [(2, "Example desk, author"), (3, "Example desk, release"), (4, "Example desk, deputy")];
        world.append(0, &offices.map(|(seed, office)| enrolment(seed, office)), &[]);
        world.deliver(0);
        world.append(1, &[enrolment(12, "Other desk, author")], &[]);
        world.deliver(1);
        let appended = world.append(0, &[], drafts);
        world.deliver(0);
        let positions = (appended.first_record..).take(drafts.len());
        (world, positions.map(|index| Position { origin: appended.origin, index }).collect())
    }

    /// Appends one record with these approvals to XAA's main log, whatever they are worth.
    pub fn append_with(&mut self, header: &str, body: &[u8], approvals: &[u8]) -> Appended {
        self.now += 60_000;
        let author = &mut self.sides[0];
        let origin = author.channel.own_log(Lane::Main);
        let standing = author.channel.standing(&origin);
        let context =
            Context { channel: author.channel.id(), author: *author.chain.agency(), agreement: standing.agreement };
        let parts = Parts { header: header.as_bytes(), approvals, attachments: &[], body };
        let mut prepared = Prepared::default();
        push(&mut prepared, &mut self.entropy, &context, &parts);
        let mut env = Env { suite: &AwsLc, signer: &author.keys, entropy: &mut self.entropy, now: self.now };
        let appended = author.channel.append(&mut env, Lane::Main, &[], &[prepared], &standing).unwrap();
        author.commit(&appended.step.commit);
        author.channel = appended.step.next.clone();
        appended
    }

    /// Appends a batch to the main log of a side, a minute later.
    pub fn append(&mut self, side: usize, controls: &[Control], drafts: &[Draft<'_>]) -> Appended {
        self.now += 60_000;
        let author = &mut self.sides[side];
        let origin = author.channel.own_log(Lane::Main);
        let standing = author.channel.standing(&origin);
        let agreement = standing.agreement;
        let context = Context { channel: author.channel.id(), author: *author.chain.agency(), agreement };
        let mut prepared = Prepared::default();
        for draft in drafts {
            let digest = record::digest(&AwsLc, &context, draft.header.as_bytes(), draft.body);
            let approvals = approvals(origin, draft.approvals, &digest);
            let parts =
                Parts { header: draft.header.as_bytes(), approvals: &approvals, attachments: &[], body: draft.body };
            push(&mut prepared, &mut self.entropy, &context, &parts);
        }
        let mut env = Env { suite: &AwsLc, signer: &author.keys, entropy: &mut self.entropy, now: self.now };
        let appended = author.channel.append(&mut env, Lane::Main, controls, &[prepared], &standing).unwrap();
        author.commit(&appended.step.commit);
        author.channel = appended.step.next.clone();
        appended
    }

    /// Sends the latest batch of a side's main log to the other side, which receipts it ten seconds later.
    pub fn deliver(&mut self, side: usize) {
        self.deliver_deciding(side, &mut |_| None);
    }

    /// The same, where the other side refuses what `decide` says.
    pub fn deliver_deciding(&mut self, side: usize, decide: &mut dyn FnMut(&Arriving<'_>) -> Option<Refused>) {
        let frame = self.frame(side, &|_| true);
        self.deliver_frame(side, frame, decide);
    }

    /// The same with a frame of the latest batch.
    pub fn deliver_frame(
        &mut self,
        side: usize,
        frame: Frame,
        decide: &mut dyn FnMut(&Arriving<'_>) -> Option<Refused>,
    ) {
        self.now += 10_000;
        let Self { sides: [first, second], entropy, now, .. } = self;
        let (author, reader) = if side == 0 { (first, second) } else { (second, first) };
        let keys = [reader.sealing.clone()];
        let opened = reader.channel.open(&AwsLc, *author.chain.agency(), frame, &keys, *now, decide).unwrap();
        let mut env = Env { suite: &AwsLc, signer: &reader.keys, entropy, now: *now };
        let admitted = reader.channel.admit(&mut env, opened).unwrap();
        reader.commit(&admitted.step.commit);
        reader.channel = admitted.step.next;
        let from = *reader.chain.agency();
        let taken =
            author.channel.receipt(&AwsLc, from, &admitted.receipt, &|origin, size| author.note_at(origin, size));
        let step = taken.unwrap().unwrap();
        author.commit(&step.commit);
        author.channel = step.next;
    }

    /// The latest batch of a side's main log, sealed to the other side; what `may_leave` stops is withheld.
    pub fn frame(&mut self, side: usize, may_leave: &dyn Fn(u64) -> bool) -> Frame {
        let recipient = *self.sides[1 - side].chain.agency();
        let author = &self.sides[side];
        let NewBatch { batch, keyring, periods, time } =
            author.batches[&author.channel.own_log(Lane::Main)].last().unwrap().clone();
        let mut env = Env { suite: &AwsLc, signer: &author.keys, entropy: &mut self.entropy, now: self.now };
        author
            .channel
            .frame(&mut env, StoredBatch { batch, keyring, periods, time }, recipient, may_leave)
            .unwrap()
            .frame
    }

    /// The batch of a side that holds an entry, sealed to the other side.
    pub fn frame_at(&mut self, side: usize, origin: &Origin, from: u64) -> Frame {
        let recipient = *self.sides[1 - side].chain.agency();
        let author = &self.sides[side];
        let NewBatch { batch, keyring, periods, time } =
            author.batch_of(&Position { origin: *origin, index: from }).clone();
        let mut env = Env { suite: &AwsLc, signer: &author.keys, entropy: &mut self.entropy, now: self.now };
        let stored = StoredBatch { batch, keyring, periods, time };
        author.channel.frame(&mut env, stored, recipient, &|_| true).unwrap().frame
    }

    /// What a side answers to a frame of the other.
    pub fn answer(&mut self, side: usize, frame: Frame) -> Answer {
        let from = *self.sides[1 - side].chain.agency();
        let Self { sides, entropy, now, .. } = self;
        let reader = &mut sides[side];
        let (batch, keys) = (frame.batch.clone(), [reader.sealing.clone()]);
        let mut env = Env { suite: &AwsLc, signer: &reader.keys, entropy, now: *now };
        let admitted = reader
            .channel
            .open(&AwsLc, from, frame, &keys, *now, &mut |_| None)
            .and_then(|opened| reader.channel.admit(&mut env, opened));
        match admitted {
            Ok(admitted) => {
                reader.commit(&admitted.step.commit);
                reader.channel = admitted.step.next;
                Answer::Receipt(admitted.receipt)
            }
            Err(problem) => match Refusal::of(&problem) {
                Refusal::Answer(answer) => answer,
                Refusal::Nack { .. } => panic!("keys are not rotated here"),
                Refusal::Compare { .. } => {
                    match receiving::compare(&AwsLc, &reader.channel, from, &batch, &*reader).unwrap() {
                        Compared::Same(answer) => answer,
                        Compared::Proof(_) | Compared::Foreign => Answer::Foreign,
                    }
                }
            },
        }
    }

    /// A side takes what the other said; whether it was news.
    pub fn learn(&mut self, side: usize, learnt: &Learnt) -> Option<bool> {
        let reader = &mut self.sides[side];
        let Some((step, _)) = learnt.step(&AwsLc, &reader.channel, &*reader).ok()? else { return Some(false) };
        reader.commit(&step.commit);
        reader.channel = step.next;
        Some(true)
    }

    /// A batch that XAA signs past its own channel, with a manifest of its choice and nothing else.
    pub fn forged(&mut self, manifest: Manifest) -> Frame {
        let Self { sides: [author, reader], entropy, now, .. } = self;
        let origin = author.channel.own_log(Lane::Main);
        let agreement = author.channel.governing(&origin);
        let context = Context { channel: author.channel.id(), author: *author.chain.agency(), agreement };
        let control = Control::Batch(manifest);
        let header = Header::protocol(control.kind()).encode();
        let body = control.encode();
        let parts = Parts { header: &header, approvals: &[], attachments: &[], body: &body };
        let mut ciphertexts = vec![];
        let secret = [7; 32];
        let commitment = record::seal(&AwsLc, &context, &secret, &parts, &mut ciphertexts).unwrap();
        let first = author.channel.size(&origin);
        let mut frontier = Frontier::new();
        author.commitments(&origin, first).iter().chain([&commitment]).for_each(|entry| frontier.append(&AwsLc, entry));
        let checkpoint = Checkpoint { origin: origin.to_string(), size: first + 1, root: frontier.root(&AwsLc) };
        let note = sign_checkpoint(&AwsLc, &author.keys, &checkpoint, 7).unwrap();
        let lengths = vec![ciphertexts.len().try_into().unwrap()];
        let batch = Batch { origin, first, note, commitments: vec![commitment], lengths, ciphertexts };
        let stored = StoredBatch { batch, keyring: vec![secret].into(), periods: vec![Period::CHANNEL], time: *now };
        let recipient = *reader.chain.agency();
        let mut env = Env { suite: &AwsLc, signer: &author.keys, entropy, now: *now };
        author.channel.frame(&mut env, stored, recipient, &|_| true).unwrap().frame
    }

    /// The evidence file that XAA makes of one of its records.
    pub fn evidence(&self, position: Position) -> Evidence {
        self.evidence_by(0, position)
    }

    /// The evidence file that a side makes of one of its records.
    pub fn evidence_by(&self, side: usize, position: Position) -> Evidence {
        let author = &self.sides[side];
        let context = Context { author: *author.chain.agency(), ..self.context() };
        let others = self.sides.iter().filter(|other| other.chain.agency() != author.chain.agency());
        let version = author.channel.version_at(&position.origin, position.index);
        let batch = author.batch_of(&position);
        let record = author.member(&position, batch.batch.size(), true);
        let manifest = Position { index: batch.batch.first, ..position };
        let manifest = author.member(&manifest, batch.batch.size(), false);
        let approvals = record::parse_approvals(record::decode(&record.plaintext).unwrap().approvals).unwrap();
        let enrolments = approvals.iter().map(|approval| {
            let place = Position { origin: approval.enrolment.origin, index: approval.enrolment.index };
            let is_covered = place.origin == position.origin && place.index < batch.batch.size();
            let under = if is_covered { batch } else { author.batch_of(&place) };
            author.member(&place, under.batch.size(), false)
        });
        let body = record::decode(&manifest.plaintext).unwrap().body;
        let Ok(Control::Batch(claimed)) = Control::decode("mithaq.batch/1", body) else { panic!("no manifest") };
        let seen = claimed.seen.iter().map(|seen| {
            let note = &author.checkpoint(&seen.origin, seen.size);
            let receipt = &author.receipts[&(seen.origin, seen.size, *author.chain.agency())];
            Proof::assemble(0, vec![], note, &[receipt]).unwrap().note.encode()
        });
        Evidence {
            context: Context { agreement: version, ..context },
            cards: [author].into_iter().chain(others).map(|side| side.chain.encode()).collect(),
            agreements: self.bundles(version),
            enrolments: enrolments.collect(),
            seen: seen.collect(),
            withheld: None,
            record,
            manifest,
        }
    }

    /// What remains in a file of a record of a side's once its content is gone.
    pub fn entry_by(&self, side: usize, position: Position) -> EntryFile {
        let Evidence { context, record, manifest, cards, seen, withheld, .. } = self.evidence_by(side, position);
        let author = &self.sides[side];
        let batch = &author.batch_of(&position).batch;
        let version = author.channel.version_at(&position.origin, batch.first);
        EntryFile {
            context: Context { agreement: version, ..context },
            entry: batch.commitments[usize::try_from(position.index - batch.first).unwrap()],
            proof: record.proof,
            agreements: self.bundles(version),
            order: None,
            erased: vec![],
            manifest,
            cards,
            seen,
            withheld,
        }
    }

    /// XAA puts a version in force; the other side takes it up.
    pub fn activate(&mut self, bundle: &Bundle) {
        let author = &mut self.sides[0];
        let mut env = Env { suite: &AwsLc, signer: &author.keys, entropy: &mut self.entropy, now: self.now };
        let step = author.channel.activate(&mut env, bundle).unwrap();
        author.commit(&step.commit);
        author.channel = step.next;
        self.deliver(0);
        self.deliver(1);
    }

    /// The signed versions up to one.
    fn bundles(&self, last: Hash) -> Vec<Vec<u8>> {
        let versions: Vec<_> = self.sides[0].channel.chain().collect();
        let end = versions.iter().position(|(hash, _)| *hash == last).unwrap();
        versions[..=end].iter().map(|(_, version)| version.bundle.clone()).collect()
    }

    /// XAA's records under the agreement's first version.
    pub fn context(&self) -> Context {
        let Side { channel, chain, .. } = &self.sides[0];
        Context { channel: channel.id(), author: *chain.agency(), agreement: *channel.id().bytes() }
    }
}

impl Side {
    fn commit(&mut self, commit: &Commit) {
        for batch in &commit.batches {
            self.batches.entry(batch.batch.origin).or_default().push(batch.clone());
        }
        for receipt in &commit.receipts {
            self.receipts.insert((receipt.origin, receipt.size, receipt.agency), receipt.note.clone());
        }
    }

    /// The protocol records of a batch of a log held here, but for its manifest.
    pub fn controls(&self, origin: &Origin, first: u64) -> Vec<Control> {
        let batch = &self.batch_of(&Position { origin: *origin, index: first }).batch;
        let bodies = (batch.first + 1..batch.size()).map(|index| {
            let member = self.member(&Position { origin: *origin, index }, batch.size(), false);
            let parts = record::decode(&member.plaintext).unwrap();
            let kind = Header::parse(parts.header).unwrap().kind;
            Control::decode(&kind, parts.body).unwrap()
        });
        bodies.collect()
    }

    /// A record as a member of an evidence file, proven under the checkpoint at this size.
    pub fn member(&self, position: &Position, size: u64, with_receipts: bool) -> Member {
        let NewBatch { batch, keyring, .. } = self.batch_of(position);
        let place = usize::try_from(position.index - batch.first).unwrap();
        let start: u32 = batch.lengths[..place].iter().sum();
        let [start, length] = [start, batch.lengths[place]].map(|n| usize::try_from(n).unwrap());
        let mut ciphertext = batch.ciphertexts[start..start + length].to_vec();
        let agreement = self.channel.version_at(&position.origin, position.index);
        let context = Context { channel: position.origin.channel, author: position.origin.agency, agreement };
        let secret = keyring[place];
        let parts = record::open(&AwsLc, &context, &secret, &batch.commitments[place], &mut ciphertext).unwrap();
        let mut plaintext = vec![];
        record::encode(&Parts { attachments: &[], ..parts }, &mut plaintext).unwrap();

        let leaves: Vec<Hash> = self.commitments(&position.origin, size);
        let leaves: Vec<Hash> = leaves.iter().map(|entry| merkle::leaf_hash(&AwsLc, entry)).collect();
        let path = merkle::inclusion_proof(&AwsLc, &leaves, position.index).unwrap();
        let receipts: Vec<&str> = self
            .receipts
            .iter()
            .filter(|((origin, at, _), _)| with_receipts && *origin == position.origin && *at == size)
            .map(|(_, note)| note.as_str())
            .collect();
        let note = self.checkpoint(&position.origin, size);
        Member { proof: Proof::assemble(position.index, path, &note, &receipts).unwrap().encode(), secret, plaintext }
    }

    /// The batch in which a record lies.
    pub fn batch_of(&self, position: &Position) -> &NewBatch {
        let mut batches = self.batches[&position.origin].iter();
        batches.find(|batch| (batch.batch.first..batch.batch.size()).contains(&position.index)).unwrap()
    }

    /// The first entries of a log held here.
    pub fn commitments(&self, origin: &Origin, size: u64) -> Vec<Hash> {
        let all = self.batches[origin].iter().flat_map(|batch| batch.batch.commitments.iter().copied());
        all.take(usize::try_from(size).unwrap()).collect()
    }

    /// The signed checkpoint of the batch that ends at this size.
    pub fn note_at(&self, origin: &Origin, size: u64) -> Option<String> {
        let batches = self.batches.get(origin)?;
        batches.iter().find(|batch| batch.batch.size() == size).map(|batch| batch.batch.note.clone())
    }

    fn checkpoint(&self, origin: &Origin, size: u64) -> String {
        let batch = self.batches[origin].iter().find(|batch| batch.batch.size() == size).unwrap();
        Note::parse(&batch.batch.note).unwrap().encode()
    }
}

impl Kept for Side {
    type Error = Infallible;

    fn note_at(&self, origin: &Origin, size: u64) -> Result<Option<String>, Infallible> {
        Ok(Self::note_at(self, origin, size))
    }

    fn entries(&self, origin: &Origin) -> Result<Vec<Hash>, Infallible> {
        Ok(self.commitments(origin, self.channel.size(origin)))
    }

    fn receipt_at(&self, origin: &Origin, size: u64, agency: &AgencyId) -> Result<Option<String>, Infallible> {
        Ok(self.receipts.get(&(*origin, size, *agency)).cloned())
    }
}

/// The key of an officer; only its Ed25519 half is used.
pub fn officer(seed: u8) -> SoftwareKeys {
    SoftwareKeys::from_seeds([(KeyRole::Document, &[seed; 32], &[seed; 32])]).unwrap()
}

/// The enrolment of an officer.
pub fn enrolment(seed: u8, office: &str) -> Control {
    Control::Enrolment(Officer::ed25519(office, officer(seed).public(KeyRole::Document).unwrap().ed25519))
}

/// Approvals by officers who were enrolled in one log.
/// Seals a record as its header states it.
pub fn push(prepared: &mut Prepared, entropy: &mut dyn Entropy, context: &Context, parts: &Parts<'_>) {
    let clause = Header::parse(parts.header).ok().and_then(|header| header.clause);
    let stated = Stated { clause: clause.as_deref(), period: Period::month(2031, 9), blob_bytes: &[] };
    prepared.push(&AwsLc, entropy, context, parts, stated).unwrap();
}

pub fn approvals(origin: Origin, officers: &[(ApprovalRole, u64, u8)], digest: &Hash) -> Vec<u8> {
    if officers.is_empty() {
        return vec![];
    }
    let approve = |(role, index, seed): &(ApprovalRole, u64, u8)| {
        let enrolment = Enrolment { origin, index: *index };
        let signed = record::officer_digest(&AwsLc, role.name(), &enrolment, digest);
        Approval::ed25519(*role, enrolment, officer(*seed).sign_ed25519(KeyRole::Document, &signed).unwrap())
    };
    serde_json::to_vec(&officers.iter().map(approve).collect::<Vec<_>>()).unwrap()
}

/// An agency with its first card.
pub fn agency(seed: u8, country: &str, name: &str) -> (SoftwareKeys, CardChain) {
    let seeds: Vec<_> = [KeyRole::Log, KeyRole::Receipt, KeyRole::Document, KeyRole::Succession]
        .into_iter()
        .zip(1..)
        .map(|(role, n): (_, u8)| (role, [16 * seed + n; 32], [128 + 16 * seed + n; 32]))
        .collect();
    let keys = SoftwareKeys::from_seeds(seeds.iter().map(|(role, a, b)| (*role, a, b))).unwrap();
    let draft = CardDraft {
        names: [("en".into(), name.into())].into(),
        country: country.into(),
        body: Body::Police,
        addresses: vec![format!("https://{}.example", country.to_lowercase())],
        tls_pin: [seed; 32],
        next: next_keys_hash(&AwsLc, &keys.public(KeyRole::Succession).unwrap()),
    };
    let chain = issue(&AwsLc, &keys, draft, None).unwrap();
    (keys, chain)
}

/// The first version of an agreement under which XAA may send notes.
pub fn agreement(parties: &[&CardChain], deadlines: Deadlines) -> Agreement {
    let texts = |english: &str| [(String::from("en"), english.into())].into();
    let clause = Clause {
        id: "c1".into(),
        purpose: "register".into(),
        kinds: vec!["correspondence.note/1".into()],
        authors: vec!["XAA".into()],
        offences: vec![],
        subject_categories: vec![],
        handling: vec![Handling::H1],
        deadlines: Some(deadlines),
        retention_days_max: 1825,
        onward: Onward::None,
        approvals: vec![ApprovalRole::Author, ApprovalRole::ReleaseAuthority],
        records_per_day_max: None,
        limits: TimeLimits::default(),
        text: texts("XAA may send notes."),
    };
    Agreement {
        mithaq: AgreementFormat::V1,
        version: 1,
        previous: None,
        title: texts("Made-up agreement"),
        text: texts("The parties exchange notes."),
        parties: parties
            .iter()
            .map(|chain| Party {
                agency: *chain.agency(),
                label: chain.current().country.clone(),
                names: chain.current().names.clone(),
            })
            .collect(),
        valid_from: "2026-01-01".parse().unwrap(),
        valid_until: "2027-12-31".parse().unwrap(),
        late_days: 30,
        termination_notice_days: None,
        lanes: None,
        caps: None,
        auditors: vec![],
        clauses: vec![clause],
    }
}
