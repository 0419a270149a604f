//! The file that proves a missed deadline: evidence files of what was asked, of its receipt, of the creditor's statement
//! that it is awaited after it was due, and of the debtor's answer to that, laid into one.
//!
//! No file proves that somebody was silent. What this one proves is that the debtor received what was asked at a time that
//! it names itself, and did not refuse it there; and that it countersigned, after the time limit of the clause by its own
//! clock, the creditor's word that it still owes the answer; and whether it contested that.

use alloc::vec::Vec;

use super::{Evidence, EvidenceError, Proven, Testimony, ground::one_chain_each, history::Histories, put_section};
use crate::{
    agreement::Deadlines,
    encoding::{Reader, TooLong},
    header::Urgency,
    id::AgencyId,
    statement::{Await, Contested, Duty, DutyClass, Statement, StatementAnswer, ThreadKey, Verdict},
    suite::Suite,
};

/// First line of such a file of this version.
const MAGIC: &[u8] = b"MITHAQ-MISSED/1\n";

const ASKED: u8 = 1;
const RECEIVED: u8 = 2;
const STATEMENT: u8 = 3;
const ANSWER: u8 = 4;

/// The file's parts as written. What they prove together, [`Missed::verify`] says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Missed {
    /// The creditor's record whose receipt started the clock.
    pub asked: Evidence,
    /// The debtor's `mithaq.received/1` for its batch.
    pub received: Evidence,
    /// The creditor's statement, with the debtor's receipt.
    pub statement: Evidence,
    /// The debtor's answer to the statement, if it is in the file.
    pub answer: Option<Evidence>,
}

/// What such a file proves. Only [`Missed::verify`] makes one.
#[derive(Clone, Debug)]
pub struct ProvenMissed {
    /// The record.
    pub asked: Proven,
    /// Its receipt by the debtor's own word.
    pub received: Proven,
    /// The creditor's statement.
    pub statement: Proven,
    /// The debtor's answer.
    pub answer: Option<Proven>,
    /// Who was to get something.
    pub creditor: AgencyId,
    /// Who owed it.
    pub debtor: AgencyId,
    /// The thread.
    pub thread: ThreadKey,
    /// What the statement names as owed in the thread by the debtor, and what was due by the clause too, before the debtor
    /// countersigned the statement.
    pub owed: Vec<Owed>,
    /// What else the statement names as overdue in the thread: its author's word alone.
    pub stated: Vec<Await>,
    /// How the debtor's account of the threads compares with the creditor's; `None` without an answer in the file.
    pub verdict: Option<Verdict>,
    /// What of `owed` the debtor contests in its answer.
    pub contested: Vec<Contested>,
}

/// Something that was owed, and did not come in time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Owed {
    /// What, and by when by the creditor's word.
    pub item: Await,
    /// By when the clause wants it, counted from the debtor's receipt, milliseconds since 1970.
    pub by_clause: u64,
}

/// Whether bytes are such a file, of any version.
pub fn is_missed(bytes: &[u8]) -> bool {
    bytes.starts_with(b"MITHAQ-MISSED/")
}

impl Missed {
    /// Writes the file (EVID-14).
    pub fn encode(&self) -> Result<Vec<u8>, TooLong> {
        let mut out = MAGIC.to_vec();
        let members = [(ASKED, &self.asked), (RECEIVED, &self.received), (STATEMENT, &self.statement)];
        for (tag, member) in members.into_iter().chain(self.answer.iter().map(|answer| (ANSWER, answer))) {
            put_section(&mut out, tag, &member.encode()?)?;
        }
        Ok(out)
    }

    /// Reads the file; total. Says nothing of what it proves.
    pub fn parse(bytes: &[u8]) -> Result<Self, EvidenceError> {
        let mut reader = Reader::new(bytes.strip_prefix(MAGIC).ok_or(EvidenceError::MissedVersion)?);
        let mut member = |wanted: u8| {
            let tag = reader.u8()?;
            let bytes = reader.prefixed_u32()?;
            if tag == wanted { Evidence::parse(bytes) } else { Err(EvidenceError::Section(tag)) }
        };
        let (asked, received, statement) = (member(ASKED)?, member(RECEIVED)?, member(STATEMENT)?);
        let answer = if reader.left() > 0 {
            let tag = reader.u8()?;
            let bytes = reader.prefixed_u32()?;
            if tag != ANSWER {
                return Err(EvidenceError::Section(tag));
            }
            Some(Evidence::parse(bytes)?)
        } else {
            None
        };
        reader.finish()?;
        Ok(Self { asked, received, statement, answer })
    }

    /// Checks every member, and that they are about one thing.
    pub fn verify(&self, suite: &dyn Suite) -> Result<ProvenMissed, EvidenceError> {
        let histories = &mut Histories::default();
        let asked = self.asked.verify_beside(suite, histories)?;
        let received = self.received.verify_beside(suite, histories)?;
        let stated = self.statement.verify_beside(suite, histories)?;
        let answer = self.answer.as_ref().map(|answer| answer.verify_beside(suite, histories)).transpose()?;
        let members = [Some(&asked), Some(&received), Some(&stated), answer.as_ref()];
        one_chain_each(members.into_iter().flatten().flat_map(|member| &member.parties))?;
        let (creditor, debtor) = (asked.position.origin.agency, received.position.origin.agency);
        let thread =
            demand(asked.header.thread.filter(|_| !asked.header.is_protocol()), "what was asked is no record")?;
        let thread = ThreadKey { thread, lane: asked.position.origin.lane };
        let channel = asked.position.origin.channel;
        let of_channel = |proven: &Proven| proven.position.origin.channel == channel;
        if ![Some(&received), Some(&stated), answer.as_ref()].into_iter().flatten().all(of_channel) {
            return Err(EvidenceError::Mismatch("the members are of several channels"));
        }

        let word = match &received.testimony {
            Some(Testimony::Received(word)) => Some(word),
            _ => None,
        };
        let word = demand(word, "the second member is no word of another party that it received a batch")?;
        let batch = word.batch();
        let whole = (batch.origin, batch.size(), batch.root) == (asked.position.origin, asked.size, asked.root);
        if !whole || asked.position.index < batch.first {
            return Err(EvidenceError::Mismatch("the batch that was received is not the one of what was asked"));
        }
        if word.except.contains(&asked.position.index) || asked.withheld {
            return Err(EvidenceError::Mismatch("what was asked was refused or withheld, so nothing is owed"));
        }
        if !asked.clause_covers_it {
            return Err(EvidenceError::Mismatch("no clause covers what was asked, so none sets a time limit"));
        }

        let statement =
            demand(stated_by(&stated, &creditor), "the third member is no statement of the party that asked")?;
        if !statement.cut.holds(&asked.position) || !statement.cut.holds(&received.position) {
            return Err(EvidenceError::Mismatch("the statement is not about what was asked and received"));
        }
        let countersigned = stated.receipts.iter().find(|receipt| receipt.by == debtor);
        let countersigned = demand(countersigned, "the party that owes has not countersigned the statement")?;
        // The creditor's clock alone must not end the time: the debtor's, when it signed, had passed it as well, to the
        // second that a receipt tells.
        let known_ms = stated.claimed_time.min(countersigned.time_s.saturating_mul(1000).saturating_add(999));
        let (mut owed, mut only_stated) = (Vec::new(), Vec::new());
        for item in statement.awaits_in(&thread, &debtor) {
            let Some(by) = item.by.filter(|by| *by < stated.claimed_time) else { continue };
            match by_clause(&asked, &received, item.what.as_ref()) {
                Some(by_clause) if by_clause.max(by) < known_ms => owed.push(Owed { item: item.clone(), by_clause }),
                _ => only_stated.push(item.clone()),
            }
        }
        if owed.is_empty() {
            return Err(EvidenceError::Mismatch(
                "the statement names nothing in this thread whose time limit by the clause had passed when it was countersigned",
            ));
        }

        let answered = match &answer {
            None => None,
            Some(answer) => Some(demand(
                answer_by(answer, &debtor).filter(|answer| answer.statement == stated.position),
                "the fourth member is no answer of the party that owes to this statement",
            )?),
        };
        let verdict = answered.as_ref().map(|answer| Verdict::of(&statement.hash, answer.hash.as_ref()));
        let is_owed = |item: &&Contested| {
            let listed = owed.iter().any(|owed| owed.item.what == item.what);
            listed && (item.thread, item.lane) == (thread.thread, thread.lane)
        };
        let contested =
            answered.map(|answer: StatementAnswer| answer.contested.iter().filter(is_owed).cloned().collect());
        let contested = contested.unwrap_or_default();
        Ok(ProvenMissed {
            asked,
            received,
            statement: stated,
            answer,
            creditor,
            debtor,
            thread,
            owed,
            stated: only_stated,
            verdict,
            contested,
        })
    }
}

fn demand<T>(found: Option<T>, problem: &'static str) -> Result<T, EvidenceError> {
    found.ok_or(EvidenceError::Mismatch(problem))
}

fn stated_by(proven: &Proven, party: &AgencyId) -> Option<Statement> {
    match &proven.testimony {
        Some(Testimony::Statement(statement)) if proven.position.origin.agency == *party => Some(statement.clone()),
        _ => None,
    }
}

fn answer_by(proven: &Proven, party: &AgencyId) -> Option<StatementAnswer> {
    match &proven.testimony {
        Some(Testimony::StatementAnswer(answer)) if proven.position.origin.agency == *party => Some(answer.clone()),
        _ => None,
    }
}

/// The time limit that the duty names in the record's clause, counted from the debtor's receipt. A clause in the first form has
/// names for none: there it is the limit of the duty's class, for information that is directly accessible.
fn by_clause(asked: &Proven, received: &Proven, what: Option<&Duty>) -> Option<u64> {
    let clause = asked.agreement.clause(asked.header.clause.as_deref()?)?;
    let Duty { class, label } = what?;
    let minutes = match label {
        Some(label) => clause.limits.get(label),
        None => in_hours(&clause.deadlines?, *class, asked.header.urgency).map(|hours| hours.saturating_mul(60)),
    };
    Some(received.claimed_time.saturating_add(u64::from(minutes?).saturating_mul(60_000)))
}

fn in_hours(deadlines: &Deadlines, class: DutyClass, urgency: Urgency) -> Option<u32> {
    match class {
        DutyClass::Receipt => None,
        DutyClass::Acknowledgement => deadlines.acknowledge_hours,
        DutyClass::Answer => deadlines.answer_within(urgency != Urgency::Normal, false),
        DutyClass::Feedback => deadlines.feedback_hours,
    }
}
