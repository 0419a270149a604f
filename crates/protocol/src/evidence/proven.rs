//! What an evidence file proves.

use alloc::{string::String, vec::Vec};

use super::EvidenceError;
use crate::{
    agreement::{Agreement, ApprovalRole},
    batch::{Manifest, Seen},
    card::CardChain,
    control::{Control, Places, Received, RefusalOfBatch},
    header::Header,
    id::{AgencyId, Hash},
    limits::MANIFEST_AHEAD_MS_MAX,
    origin::Position,
    record::{ApprovedWith, Enrolment},
    statement::{Statement, StatementAnswer},
    tlog::Receipt,
};

/// What an evidence file proves. Only [`Evidence::verify`](super::Evidence::verify) makes one.
#[derive(Clone, Debug)]
pub struct Proven {
    /// Where the record lies.
    pub position: Position,
    /// Size of its log at the checkpoint that the file proves it under.
    pub size: u64,
    /// Root of the log there.
    pub root: Hash,
    /// Its header.
    pub header: Header,
    /// Its body.
    pub body: Vec<u8>,
    /// SHA-256 of the body.
    pub body_sha256: Hash,
    /// D.
    pub digest: Hash,
    /// The governing agreement.
    pub agreement: Agreement,
    /// SHA-256 of the governing agreement.
    pub agreement_hash: Hash,
    /// Whether the record's clause exists and lists its kind and author.
    pub clause_covers_it: bool,
    /// Whether the purpose in the header is that of the clause.
    pub purpose_is_the_clauses: bool,
    /// The parties' cards, the author first.
    pub parties: Vec<CardChain>,
    /// The time that the author claims in the manifest before the record, milliseconds since 1970.
    pub claimed_time: u64,
    /// Between which times of other parties' clocks it was written.
    pub interval: Interval,
    /// How much of the other logs its author had received when it wrote that manifest, by its own word.
    pub seen: Vec<Seen>,
    /// Receipts, in the order of ids: each says that every entry below [`Proven::size`] was opened and matched there, or is
    /// named in a withheld note that the party holds (LOG-12).
    pub receipts: Vec<SignedTime>,
    /// Parties, other than the author, whose receipt is missing.
    pub missing_receipts: Vec<AgencyId>,
    /// Whether the author put a signed note in the record's place: then a receipt says nothing of its content.
    pub withheld: bool,
    /// Officers' approvals whose signature and enrolment are proven, in their order.
    pub approvals: Vec<Approved>,
    /// What a record of the protocol itself testifies.
    pub testimony: Option<Testimony>,
}

/// A time that a party signed, by its own clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SignedTime {
    /// Who signed it.
    pub by: AgencyId,
    /// Seconds since 1970.
    pub time_s: u64,
}

impl SignedTime {
    pub(super) fn of(receipt: &Receipt) -> Self {
        Self { by: *receipt.agency(), time_s: receipt.time_s() }
    }
}

/// Between which times a record was written. Both are other parties': the author's own clock bounds nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Interval {
    /// The latest head of another party's that the author's manifest names.
    pub after: Option<SignedTime>,
    /// The first receipt of another party.
    pub before: Option<SignedTime>,
    /// What of this can't be so.
    pub contradictions: Vec<Contradiction>,
}

/// Times that contradict each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Contradiction {
    /// The earliest time lies behind the latest: a clock was wrong, and no interval is proven.
    Bounds,
    /// The author claims a time that lies outside of the interval by more than the protocol lets clocks differ.
    Claim,
}

impl Interval {
    pub(super) fn of(after: Option<SignedTime>, receipts: &[SignedTime], claimed_ms: u64) -> Self {
        let before = receipts.iter().copied().min_by_key(|receipt| receipt.time_s);
        let [lower, upper] = [after, before].map(|time| time.map(|time| time.time_s));
        let mut contradictions = Vec::new();
        if lower.zip(upper).is_some_and(|(lower, upper)| lower > upper) {
            contradictions.push(Contradiction::Bounds);
        }
        let slack = MANIFEST_AHEAD_MS_MAX;
        let too_late = upper.is_some_and(|upper| claimed_ms > upper.saturating_mul(1000).saturating_add(slack));
        let too_early = lower.is_some_and(|lower| claimed_ms.saturating_add(slack) < lower.saturating_mul(1000));
        if too_late || too_early {
            contradictions.push(Contradiction::Claim);
        }
        Self { after, before, contradictions }
    }

    /// Whether after and before can both hold.
    pub fn holds(&self) -> bool {
        !self.contradictions.contains(&Contradiction::Bounds)
    }
}

/// An officer's approval that is proven.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Approved {
    /// In which capacity.
    pub role: ApprovalRole,
    /// The officer's office.
    pub office: String,
    /// With what the officer signed.
    pub with: ApprovedWith,
    /// Where the officer was enrolled.
    pub enrolment: Enrolment,
    /// Whether the log itself proves that the enrolment stands before the record; where it does not, nothing is said.
    pub enrolled_before: bool,
}

/// What a party wrote into its own log about what others wrote, about its own officers, or about content that is to go. About a batch it names the batch by
/// log, entries and root, so it can be laid beside the evidence of a record in that batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Testimony {
    /// `mithaq.refusal/1`: it refused these entries, by rule and reason.
    Refused(RefusalOfBatch),
    /// `mithaq.received/1`: it received the batch; deadlines run from there.
    Received(Received),
    /// `mithaq.withheld/1`: in place of these records it was given a note; it never had their content.
    Withheld(Places),
    /// `mithaq.statement/1`: how it saw all threads at a cut, and what it said awaits others.
    Statement(Statement),
    /// `mithaq.statement_answer/1`: how it answered a statement of another party.
    StatementAnswer(StatementAnswer),
    /// `mithaq.batch/1`: how much of the other logs it had receipted, by its own word.
    Manifest(Manifest),
    /// `mithaq.revocation/1`: that it ended this enrolment of an officer of its own.
    Revoked(Enrolment),
    /// `mithaq.erasure/1` about its own records: that it ordered their erasure.
    Erasure(Places),
    /// `mithaq.erased/1`: that it destroyed the content of these records, its own or another's.
    Erased(Places),
}

/// A party testifies about what others wrote, never about its own; its statements are about all threads, its manifests about
/// all logs, its revocations about its own officers, its orders about its own records, and what it destroyed is whosever.
///
/// # Errors
/// A record of the protocol whose body can't be read, by whatever reader: it proves nothing.
pub(super) fn testimony(header: &Header, body: &[u8], author: &AgencyId) -> Result<Option<Testimony>, EvidenceError> {
    if !header.is_protocol() {
        return Ok(None);
    }
    let control = Control::decode(&header.kind, body)
        .map_err(|_| EvidenceError::Mismatch("a record of the protocol has a body that can't be read"))?;
    let (whose, testimony) = match control {
        Control::Refusal(refusal) => (refusal.batch.origin.agency, Testimony::Refused(refusal)),
        Control::Received(received) => (received.origin.agency, Testimony::Received(received)),
        Control::Withheld(places) => (places.origin.agency, Testimony::Withheld(places)),
        Control::Statement(statement) => return Ok(Some(Testimony::Statement(statement))),
        Control::Batch(manifest) => return Ok(Some(Testimony::Manifest(manifest))),
        Control::Revocation(enrolment) => {
            return Ok((enrolment.origin.agency == *author).then_some(Testimony::Revoked(enrolment)));
        }
        // Nobody orders the erasure of another's record.
        Control::Erasure(places) => {
            return Ok((places.origin.agency == *author).then_some(Testimony::Erasure(places)));
        }
        Control::Erased(places) => return Ok(Some(Testimony::Erased(places))),
        Control::StatementAnswer(answer) => (answer.statement.origin.agency, Testimony::StatementAnswer(answer)),
        _ => return Ok(None),
    };
    Ok((whose != *author).then_some(testimony))
}
