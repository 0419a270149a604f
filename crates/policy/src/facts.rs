//! What a decision reads. It reads nothing else.

use protocol::agreement::{Agreement, ApprovalRole, Clause};
use protocol::date::Date;
use protocol::header::{Header, SubjectCategory};
use protocol::origin::{Lane, Position};
use serde::Deserialize;

use crate::{body::BodyFacts, neutral};

/// Everything that a decision reads, computed before.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The agreement version active at the record's position.
    pub agreement: &'a Agreement,
    /// The record's header.
    pub header: &'a Header,
    /// The author agency's label in the agreement.
    pub author: &'a str,
    /// The lane of the author's log.
    pub lane: Lane,
    /// The officers' approvals, each with the result of its verification.
    pub approvals: &'a [GivenApproval],
    /// The day in UTC. A receiver passes the later of its own day and the day of the batch's manifest, so that a clock
    /// that is slow by minutes does not refuse at midnight what the sender was right to send.
    pub today: Date,
    /// At which end the decision is taken.
    pub side: Side,
    /// What the desk read from the body.
    pub body: Body<'a>,
    /// Of how many persons records of this author crossed in this channel this month, without this record.
    pub month_persons: u32,
    /// Whether a state that receives the record may impose or execute death ([`crate::keeps_death_penalty`]).
    pub death_penalty: bool,
    /// What the protection register says. Nothing of it shows in what leaves this node.
    pub protection: Protection,
}

/// What the desk read from a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body<'a> {
    /// The body is what its kind says.
    Read(&'a BodyFacts),
    /// It is not.
    Malformed,
    /// No desk of this node knows the kind.
    KindUnknown,
}

/// What the protection register says of a record (ASY-01 to ASY-05).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Protection {
    /// The record identifies a person who is protected from the state of another party.
    pub person: bool,
    /// The thread is known to concern such a person.
    pub thread: bool,
    /// The author's state is one from which protected persons come, the record can hold persons, and no protection officer
    /// has looked yet.
    pub check_due: bool,
}

/// At which end the decision is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Before the record is appended.
    Sender,
    /// After it was opened.
    Receiver,
}

/// An officer's approval after verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GivenApproval {
    /// In which capacity.
    pub role: ApprovalRole,
    /// The officer, by the place of an entry that enrolled the key: one key is one officer.
    pub officer: Position,
    /// Whether the signature is valid under the enrolled key.
    pub verified: bool,
}

impl<'a> Facts<'a> {
    /// The clause that the header names, if the agreement has it.
    pub fn clause(&self) -> Option<&'a Clause> {
        self.agreement.clause(self.header.clause.as_deref()?)
    }

    /// Whether the record is the header of an answer that provides nothing, and nothing else (ASY-02).
    pub(crate) fn neutral(&self) -> bool {
        self.approvals.is_empty() && neutral::is_neutral(self.agreement, self.header)
    }

    /// The officer who validly approved in this role.
    pub fn approved_by(&self, role: ApprovalRole) -> Option<&'a Position> {
        let mut valid = self.approvals.iter().filter(|approval| approval.verified);
        valid.find(|approval| approval.role == role).map(|approval| &approval.officer)
    }

    /// What the desk says of the body; nothing, if it could not be read.
    pub(crate) fn body_facts(&self) -> &BodyFacts {
        match self.body {
            Body::Read(facts) => facts,
            Body::Malformed | Body::KindUnknown => &NOTHING,
        }
    }

    /// Of how many persons the record is: what the header states or what the body names, whichever is more.
    pub fn persons(&self) -> u32 {
        let stated = match (self.header.subject_count, self.header.subject_category) {
            (Some(count), _) => count,
            (None, None | Some(SubjectCategory::None)) => 0,
            (None, Some(_)) => 1,
        };
        stated.max(self.body_facts().persons)
    }

    /// Whether the record is about persons. Whatever says so counts: the header, a tag in it, or the body.
    pub fn personal(&self) -> bool {
        self.header.personal()
            || self.header.is_minor == Some(true)
            || !self.header.special_categories.is_empty()
            || self.body_facts().persons > 0
    }
}

/// What a body is of which nothing can be said.
static NOTHING: BodyFacts = BodyFacts::NOTHING;
