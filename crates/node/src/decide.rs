//! The decision about a record, at both ends: the desk reads the body, policy decides.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, PoisonError, RwLock},
};

use desks::{
    body::BodyError,
    fields::RecordName,
    kinds::{self, Checked},
    thread::What,
};
use policy::{Answer, Body, Facts, GivenApproval, Policy, Reason, Side};
use protocol::{
    agreement::Agreement,
    channel::{
        Channel, Version,
        open::{Arriving, Opened},
    },
    control::Refused,
    date::Date,
    header::{Header, ThreadId},
    id::{AgencyId, Hash},
    origin::{Lane, Origin, Position},
    persons::{Counted, Pair},
    record::{self, Context, Judged},
};
use store::{Projection, Still, StoreError, View};
use texts::say;

use crate::{
    db::{Db, SUITE},
    fault::{Code, Fault},
    person_counts::{Claim, PersonCounts},
    protection::{Feared, Hidden, Match, Protection},
    records,
    threads::events,
    wording,
    work::OnDisk,
};

pub mod life;

/// The policies of this node, each compiled once from a version of an agreement.
#[derive(Default)]
pub struct Policies(RwLock<BTreeMap<Hash, Arc<Policy>>>);

impl Policies {
    /// The policy of a version; `None` if the agreement weakens the floor, so that nothing of it is decided.
    pub fn of(&self, hash: &Hash, version: &Version) -> Option<Arc<Policy>> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner).get(hash).cloned();
        if kept.is_some() {
            return kept;
        }
        let policy = match Policy::compile(&version.agreement) {
            Ok(policy) => Arc::new(policy),
            Err(error) => {
                tracing::error!(agreement = %hex::encode(hash), %error, "nothing is decided under this agreement");
                return None;
            }
        };
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(*hash, Arc::clone(&policy));
        Some(policy)
    }
}

/// What decisions read beside a record and its channel. They write nothing: what one of them stops is given back.
pub struct Decider {
    /// Records held here.
    pub db: Arc<Db>,
    /// The policies of agreements.
    pub policies: Arc<Policies>,
    /// Persons that crossed this month.
    pub person_counts: Arc<PersonCounts>,
    /// The protection register.
    pub protection: Arc<Protection>,
    /// The records of threads.
    pub rows: OnDisk<Arc<Projection>>,
}

/// What the decisions about one party's records share: taken once for a request or a batch.
pub struct Terms {
    policy: Arc<Policy>,
    version: Arc<Version>,
    /// The party's label in the agreement.
    author: String,
    /// Whether a party that receives the records keeps the death penalty.
    death_penalty: bool,
    lane: Lane,
    person_counts: Arc<PersonCounts>,
    /// The author with each party that receives the records, this month.
    pairs: Vec<Pair>,
    today: Date,
    /// What the protection register says of the other side; `None` where nobody in it fears a state there.
    feared: Option<Feared>,
}

/// A record as its decision reads it.
pub struct Candidate<'a> {
    /// Its header.
    pub header: &'a Header,
    /// Its body.
    pub body: &'a [u8],
    /// Its approvals, each with whether it verifies.
    pub approvals: &'a [Judged],
}

impl Decider {
    /// The terms of a log's records under a version of the agreement; `None` if the author is no party to it or the
    /// agreement weakens the floor.
    ///
    /// # Errors
    /// The store does not say how many persons crossed this month.
    pub fn terms(
        &self,
        channel: &Channel,
        origin: &Origin,
        agreement: &Hash,
        today: Date,
    ) -> Result<Option<Terms>, StoreError> {
        let Some(version) = channel.version(agreement) else { return Ok(None) };
        self.terms_under(channel, origin, agreement, version, today)
    }

    /// As [`Decider::terms`], under a version that the channel need not have taken up yet.
    fn terms_under(
        &self,
        channel: &Channel,
        origin: &Origin,
        agreement: &Hash,
        version: &Arc<Version>,
        today: Date,
    ) -> Result<Option<Terms>, StoreError> {
        let Some(party) = version.agreement.party(&origin.agency) else { return Ok(None) };
        let Some(policy) = self.policies.of(agreement, version) else { return Ok(None) };
        let me = channel.me();
        let others: Vec<_> = channel.parties().iter().filter(|(agency, _)| **agency != origin.agency).collect();
        // A receiver counts what it receives; a sender what each of the others does.
        let readers = if origin.agency == me { others.iter().map(|(agency, _)| **agency).collect() } else { vec![me] };
        let feared = if origin.agency == me {
            self.protection.feared(others.iter().map(|(_, cards)| cards.current().country.as_str()), today)
        } else {
            let author = channel.parties().get(&origin.agency).map(|cards| cards.current().country.as_str());
            self.protection.feared(author.into_iter(), today)
        };
        Ok(Some(Terms {
            policy,
            feared,
            author: party.label.clone(),
            death_penalty: others.iter().any(|(_, cards)| policy::keeps_death_penalty(&cards.current().country)),
            lane: origin.lane,
            person_counts: Arc::clone(&self.person_counts),
            pairs: self.person_counts.of(origin.agency, &readers, today)?,
            version: Arc::clone(version),
            today,
        }))
    }

    /// What stops a record of ours, if a hidden rule does (ASY-01, ASY-03): the rule, and whether only a name that is near one in
    /// the register makes it so. Threads must be up to date.
    ///
    /// # Errors
    /// The records of its thread can't be read.
    pub fn stopped(
        &self,
        terms: &Terms,
        channel: &Channel,
        candidate: &Candidate<'_>,
    ) -> Result<Option<(&'static str, Match)>, StoreError> {
        let Some(feared) = &terms.feared else { return Ok(None) };
        let (read, given) = (Read::of(candidate), given(candidate.approvals));
        let own = read.says(feared);
        let thread = self.of_thread(channel, terms.lane, candidate.header.thread.as_ref(), feared)?;
        let protection =
            policy::Protection { person: own != Match::None, thread: thread != Match::None, check_due: false };
        let facts = Facts { protection, ..terms.facts(candidate, &read, &given, Side::Sender, 0) };
        Ok(terms.policy.decide(&facts).held.map(|rule| (rule, own.max(thread))))
    }

    /// Whether a partner's record that is hidden concerns a person who is protected from its state now (ASY-04), or may: it
    /// names the person, or stands in a thread that does. Threads must be up to date.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn concerns(&self, channel: &Channel, position: &Position, today: Date) -> Result<Match, StoreError> {
        // What can't be opened any more names nobody: its content is gone.
        let Ok(opened) = records::open(&self.db.reader()?, channel, position) else { return Ok(Match::None) };
        let agreement = channel.version_at(&position.origin, position.index);
        let Some(terms) = self.terms(channel, &position.origin, &agreement, today)? else { return Ok(Match::None) };
        let Some(feared) = &terms.feared else { return Ok(Match::None) };
        let candidate = Candidate { header: &opened.header, body: &opened.body, approvals: &[] };
        let read = Read::of(&candidate);
        let thread = self.of_thread(channel, terms.lane, opened.header.thread.as_ref(), feared)?;
        let says = read.says(feared).max(thread);
        let protection = policy::Protection { person: says == Match::Named, ..Default::default() };
        let facts = Facts { protection, ..terms.facts(&candidate, &read, &[], Side::Receiver, 0) };
        // A name that is only near stops nothing: the protection officer looks at it.
        Ok(terms.policy.decide(&facts).held.map_or(says.min(Match::Near), |_| Match::Named))
    }

    /// Whether a record of this thread signs another text than the one that it names. What is not held here any more can't be
    /// compared: its thread says whether it was the latest (THREAD-10).
    ///
    /// Only a text that others sign is compared, and only in its own thread: whoever may name any record at all, with a digest
    /// that they guessed, would be told whether that is what it says.
    pub fn signs_another_text(
        &self,
        channel: &Channel,
        thread: Option<ThreadId>,
        (record, digest): &(RecordName, Hash),
    ) -> bool {
        let opened = self.db.reader().ok().and_then(|reader| {
            let position = record.0.position(channel.id());
            records::open(&reader, channel, &position).ok()
        });
        let is_to_be_signed = |header: &Header| header.thread == thread && kinds::is_signed_by_others(&header.kind);
        opened.is_some_and(|opened| is_to_be_signed(&opened.header) && SUITE.sha256(&[&opened.body]) != *digest)
    }

    /// What the register says of a thread: that it lists it, or what it says of the persons in its records that are held here.
    fn of_thread(
        &self,
        channel: &Channel,
        lane: Lane,
        thread: Option<&ThreadId>,
        feared: &Feared,
    ) -> Result<Match, StoreError> {
        let Some(thread) = thread else { return Ok(Match::None) };
        let mut says = if feared.lists(thread) { Match::Named } else { Match::None };
        let reader = self.db.reader()?;
        let events = events::of(&self.rows, channel, thread, lane)?;
        for (position, _) in events.iter().filter(|(_, event)| matches!(event.stub.what, What::Record(_))) {
            // What can't be opened any more names nobody: its content is gone.
            if let Ok(opened) = records::open(&reader, channel, position) {
                let candidate = Candidate { header: &opened.header, body: &opened.body, approvals: &[] };
                says = says.max(Read::of(&candidate).says(feared));
            }
        }
        Ok(says)
    }
}

/// A partner's record that passed.
pub struct Passed {
    /// How many persons it is about.
    pub persons: u32,
    /// Whether a hidden rule holds it for the protection officer.
    pub is_held: bool,
    /// What it signs.
    pub signs: Option<(RecordName, Hash)>,
}

impl Terms {
    /// Decides a record of ours before anything is appended, and gives what its desk says of it. If it is about persons, they are
    /// claimed until the record is committed (BLK-01).
    ///
    /// # Errors
    /// Rule or clause, field, and what to do, for the record's author; of a body that its desk can't read the position.
    pub fn leaving(&self, candidate: &Candidate<'_>) -> Result<(Option<Claim>, Option<Box<Checked>>), Fault> {
        let read = Read::of(candidate);
        let persons = self.facts(candidate, &read, &[], Side::Sender, 0).persons();
        let decide = |month_persons| self.sending(candidate, &read, month_persons);
        let claim = match persons {
            0 => decide(0).map(|()| None)?,
            persons => self.person_counts.claim(&self.pairs, persons, decide).map(Some)?,
        };
        let checked = match read {
            Read::Known(checked) => Some(checked),
            Read::Malformed(_) | Read::KindUnknown => None,
        };
        Ok((claim, checked))
    }

    /// The agreement that records are decided under.
    pub fn agreement(&self) -> &Agreement {
        &self.version.agreement
    }

    /// Whether somebody in the protection register fears a state on the other side: then every record of ours waits for its
    /// release, so that nobody is told which one was stopped.
    pub const fn waits(&self) -> bool {
        self.feared.is_some()
    }

    /// Decides a record of ours again. Its persons are counted already.
    pub fn leaving_again(&self, candidate: &Candidate<'_>) -> bool {
        self.sending(candidate, &Read::of(candidate), 0).is_ok()
    }

    /// Decides a partner's record: what passes of it, or rule and reason. What is refused is quarantined, and the partner is told no more.
    ///
    /// Whom it names is not looked up: it is held whoever that is, and the partner's receipt does not wait for the register.
    ///
    /// # Errors
    /// Rule and reason of the refusal.
    pub fn arriving(&self, candidate: &Candidate<'_>, month_persons: u32) -> Result<Passed, Refused> {
        let (read, given) = (Read::of(candidate), given(candidate.approvals));
        let check_due = self.feared.is_some() && kinds::can_hold_persons(candidate.header);
        let protection = policy::Protection { check_due, ..Default::default() };
        let facts = Facts { protection, ..self.facts(candidate, &read, &given, Side::Receiver, month_persons) };
        let decision = self.policy.decide(&facts);
        match decision.public {
            Ok(()) => {
                let signs = if let Read::Known(checked) = &read { checked.signs.clone() } else { None };
                Ok(Passed { persons: facts.persons(), is_held: decision.held.is_some(), signs })
            }
            Err(refusal) => Err(Refused { rule: refusal.rule.to_string(), reason: refusal.reason.name().into() }),
        }
    }

    fn sending(&self, candidate: &Candidate<'_>, read: &Read, month_persons: u32) -> Result<(), Fault> {
        let given = given(candidate.approvals);
        let facts = self.facts(candidate, read, &given, Side::Sender, month_persons);
        let Err(refusal) = self.policy.decide(&facts).public else { return Ok(()) };
        // A fault of the body has a line and a field of its own, which tell its author more than the rule does.
        Err(match (refusal.reason, read) {
            (Reason::BodyMalformed, Read::Malformed(error)) => {
                Fault::usage(error.in_file("body")).in_field(error.field.clone())
            }
            (Reason::KindUnknown, _) => Fault::usage(wording::reason(&refusal)).in_field("kind"),
            _ => {
                let error = Fault::new(Code::Refused, wording::reason(&refusal)).by_rule(refusal.rule.to_string());
                match refusal.field {
                    Some(field) => error.in_field(field),
                    None => error,
                }
            }
        })
    }

    fn facts<'a>(
        &'a self,
        candidate: &Candidate<'a>,
        read: &'a Read,
        approvals: &'a [GivenApproval],
        side: Side,
        month_persons: u32,
    ) -> Facts<'a> {
        Facts {
            agreement: &self.version.agreement,
            header: candidate.header,
            author: &self.author,
            lane: self.lane,
            approvals,
            today: self.today,
            side,
            body: match read {
                Read::Known(checked) => Body::Read(&checked.facts),
                Read::Malformed(_) => Body::Malformed,
                Read::KindUnknown => Body::KindUnknown,
            },
            month_persons,
            death_penalty: self.death_penalty,
            protection: policy::Protection::default(),
        }
    }
}

/// Whether one officer releases a record of ours alone, so that another must review it (EYE-03).
pub fn is_released_alone(header: &Header, approvals: &[Judged]) -> bool {
    header.urgency_ground.is_some() && policy::needs_review(header, &given(approvals))
}

/// Whether a record answers a request: provides, or refuses.
pub fn answers(header: &Header, body: &[u8]) -> bool {
    let read = Read::of(&Candidate { header, body, approvals: &[] });
    matches!(read, Read::Known(checked) if checked.facts.answer != Answer::None)
}

/// What the desk says of a body.
enum Read {
    Known(Box<Checked>),
    Malformed(BodyError),
    KindUnknown,
}

impl Read {
    /// What the register says of the persons whom the body names, as protected from the other side.
    fn says(&self, feared: &Feared) -> Match {
        match self {
            Self::Known(checked) => feared.says_of(&checked.facts.identities),
            Self::Malformed(_) | Self::KindUnknown => Match::None,
        }
    }

    fn of(candidate: &Candidate<'_>) -> Self {
        match kinds::find(&candidate.header.kind).map(|kind| kind.check(candidate.header, candidate.body)) {
            None => Self::KindUnknown,
            Some(Err(error)) => Self::Malformed(error),
            Some(Ok(checked)) => Self::Known(Box::new(checked)),
        }
    }
}

/// The approvals, each with whether it is valid under the key of an officer of ours whose enrolment was not revoked.
pub fn approvals_of(
    channel: &Channel,
    context: &Context,
    header: &[u8],
    body: &[u8],
    approvals: &[u8],
) -> Result<Vec<Judged>, Fault> {
    let parsed =
        record::parse_approvals(approvals).map_err(|error| Fault::usage(error.to_string()).in_field("approvals"))?;
    if parsed.is_empty() {
        return Ok(Vec::new());
    }
    let digest = record::digest(SUITE, context, header, body);
    Ok(record::judge(SUITE, &context.author, parsed, &digest, |enrolment| channel.own_officer(enrolment)))
}

/// The rule that refuses a signature under another text.
const SIGNATURE_RULE: &str = "signature";

/// The rule that refuses an approval's second use.
pub const APPROVAL_RULE: &str = "EYE-01";

/// What the approvals of a record leave once they are used.
pub fn approvals_used(approvals: &[Judged]) -> Vec<Hash> {
    approvals.iter().map(|judged| record::used(SUITE, &judged.approval)).collect()
}

/// Whether one of these approvals was used in the channel before.
///
/// # Errors
/// The store does not say.
pub fn is_any_used(db: &Db, channel: &Channel, used: &[Hash]) -> Result<bool, StoreError> {
    Ok(!used.is_empty() && db.reader()?.still()?.any_approval_used(channel.id(), used)?)
}

/// The refusal of an approval's second use.
pub fn approval_used() -> Fault {
    let message = say!("approval-used-before");
    Fault::new(Code::Refused, message).by_rule(APPROVAL_RULE).in_field("approvals")
}

/// A batch whose records are decided.
pub struct Decided {
    /// The batch.
    pub opened: Opened,
    /// The persons in it, with the count that the decisions read.
    pub counted: Counted,
    /// The records that the protection officer sees first: the decision's local part.
    pub held: Vec<Hidden>,
    /// The approvals that are used by the accepted records.
    pub approvals: Vec<Hash>,
}

/// Decides the records of a partner's batch, in their order.
pub struct Arrivals<'a> {
    decider: &'a Decider,
    channel: &'a Channel,
    today: Date,
    terms: Option<(Hash, Terms)>,
    counted: Counted,
    held: Vec<Hidden>,
    approvals: BTreeSet<Hash>,
    /// What was used before, as of the first record with approvals; the writer looks again.
    still: Option<Still>,
}

impl<'a> Arrivals<'a> {
    /// For a batch of this author that is opened on this day.
    ///
    /// # Errors
    /// The store does not say how many persons crossed this month.
    pub fn new(decider: &'a Decider, channel: &'a Channel, author: AgencyId, today: Date) -> Result<Self, StoreError> {
        let counted = decider.person_counts.count(author, channel.me(), today)?;
        Ok(Self {
            decider,
            channel,
            today,
            terms: None,
            counted,
            held: Vec::new(),
            approvals: BTreeSet::new(),
            still: None,
        })
    }

    /// Decides a record. What it refuses is quarantined, and the partner is told rule and reason, no more.
    pub fn decide(&mut self, record: &Arriving<'_>) -> Option<Refused> {
        if self.terms.as_ref().is_none_or(|(agreement, _)| *agreement != record.agreement) {
            let origin = &record.position.origin;
            // A version that the batch itself activates is not the channel's yet.
            let version = match self.channel.version(&record.agreement) {
                Some(version) => Arc::clone(version),
                None => Arc::new(record.version.clone()),
            };
            let terms = self.decider.terms_under(self.channel, origin, &record.agreement, &version, self.today);
            self.terms = terms.ok().flatten().map(|terms| (record.agreement, terms));
        }
        let Some((_, terms)) = &self.terms else {
            return Some(Refused { rule: "AGR-01".into(), reason: Reason::AuthorNotListed.name().into() });
        };
        let candidate = Candidate { header: record.header, body: record.body, approvals: record.approvals };
        match terms.arriving(&candidate, self.counted.month_persons()) {
            Ok(Passed { persons, is_held, signs }) => {
                let thread = record.header.thread;
                if signs.is_some_and(|signs| self.decider.signs_another_text(self.channel, thread, &signs)) {
                    return Some(Refused { rule: SIGNATURE_RULE.into(), reason: "signed-another-text".into() });
                }
                let used = approvals_used(record.approvals);
                let again =
                    used.iter().any(|used| self.approvals.contains(used)) || self.has_used(&used).unwrap_or(true);
                if again {
                    return Some(Refused { rule: APPROVAL_RULE.into(), reason: "approval-used".into() });
                }
                self.counted.add(persons);
                self.approvals.extend(used);
                if is_held {
                    self.hold(record);
                }
                None
            }
            Err(refused) => Some(refused),
        }
    }

    fn has_used(&mut self, used: &[Hash]) -> Result<bool, StoreError> {
        if used.is_empty() {
            return Ok(false);
        }
        let still = match self.still.take() {
            Some(still) => still,
            None => self.decider.db.reader()?.still()?,
        };
        self.still.insert(still).any_approval_used(self.channel.id(), used)
    }

    fn hold(&mut self, record: &Arriving<'_>) {
        let (position, thread) = (record.position, record.header.thread);
        let here =
            |row: &store::ThreadRow| row.channel == position.origin.channel && row.more.lane == position.origin.lane;
        let is_known =
            |thread: ThreadId| self.decider.rows.named(&thread, View::Whole).is_ok_and(|rows| rows.iter().any(here));
        let opens = thread.is_some_and(|thread| !is_known(thread))
            && kinds::threads().any(|kind| kind.opened_by == record.header.kind);
        self.held.push(Hidden { position, thread, opens });
    }

    /// The batch with what was counted, which the writer compares when it admits it, and what is held.
    pub fn decided(self, opened: Opened) -> Decided {
        Decided { opened, counted: self.counted, held: self.held, approvals: self.approvals.into_iter().collect() }
    }
}

fn given(approvals: &[Judged]) -> Vec<GivenApproval> {
    approvals
        .iter()
        .map(|Judged { approval, valid, officer }| GivenApproval {
            role: approval.role,
            officer: Position { origin: officer.origin, index: officer.index },
            verified: *valid,
        })
        .collect()
}
