//! Example records for the floor's rules: data, from which tests and the floor's papers are made.

use protocol::agreement::{Agreement, ApprovalRole};
use protocol::date::Date;
use protocol::header::{Handling, Header, SubjectCategory};
use protocol::id::{AgencyId, ChannelId};
use protocol::origin::{Lane, Origin, Position};

use crate::facts::{Facts, GivenApproval, Side};
use crate::refusal::Reason;

/// The agreement under which every case stands: XAA and XAB, in force in 2026 and 2027, with a clause `c1` for readouts
/// and a clause `c2` for notes that two officers approve.
#[expect(clippy::expect_used, reason = "the agreement is a constant of this crate, and a test parses it")]
pub fn agreement() -> Agreement {
    Agreement::parse(include_str!("case/agreement.json").trim_end().as_bytes()).expect("the cases' agreement is valid")
}

/// A record of the made-up agency XAA, with the verdict that it must get.
///
/// It starts as a readout under `c1` that passes on 2026-06-01; the methods change one thing each.
#[derive(Debug, Clone)]
pub struct Case {
    /// What is special about it.
    pub name: &'static str,
    /// The verdict.
    pub verdict: Verdict,
    header: Header,
    author: &'static str,
    approvals: Vec<GivenApproval>,
    today: Date,
    side: Side,
}

/// The verdict that a case must get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It passes.
    Allowed,
    /// This rule refuses it, for this reason.
    Refused(&'static str, Reason),
}

/// An officer of the cases: the number of the enrolment in XAA's log.
pub const OFFICER_A: u64 = 1;
/// Another officer.
pub const OFFICER_B: u64 = 2;

impl Case {
    /// A record that passes.
    pub fn allowed(name: &'static str) -> Self {
        Self::new(name, Verdict::Allowed)
    }

    /// A record that the rule refuses.
    pub fn refused(name: &'static str, rule: &'static str, reason: Reason) -> Self {
        Self::new(name, Verdict::Refused(rule, reason))
    }

    /// What a decision about the case reads.
    pub fn facts<'a>(&'a self, agreement: &'a Agreement) -> Facts<'a> {
        Facts {
            agreement,
            header: &self.header,
            author: self.author,
            lane: Lane::Main,
            approvals: &self.approvals,
            today: self.today,
            side: self.side,
        }
    }

    /// At the receiving end.
    pub fn at_receiver(mut self) -> Self {
        self.side = Side::Receiver;
        self
    }

    /// Decided on this day.
    pub fn today(mut self, text: &str) -> Self {
        self.today = day(text);
        self
    }

    /// Kept until this day.
    pub fn retain_until(mut self, text: &str) -> Self {
        self.header.retain_until = Some(day(text));
        self
    }

    /// Without a day until which it is kept.
    pub fn no_retain_until(mut self) -> Self {
        self.header.retain_until = None;
        self
    }

    /// Under this clause.
    pub fn clause(mut self, id: Option<&str>) -> Self {
        self.header.clause = id.map(str::to_owned);
        self
    }

    /// For this purpose.
    pub fn purpose(mut self, purpose: Option<&str>) -> Self {
        self.header.purpose = purpose.map(str::to_owned);
        self
    }

    /// Of this kind.
    pub fn kind(mut self, kind: &str) -> Self {
        self.header.kind = kind.to_owned();
        self
    }

    /// Authored by the agency with this label.
    pub fn author(mut self, label: &'static str) -> Self {
        self.author = label;
        self
    }

    /// With these handling codes.
    pub fn handling(mut self, codes: &[Handling]) -> Self {
        self.header.handling = codes.to_vec();
        self
    }

    /// A note about a suspect, under `c2`.
    pub fn about_a_suspect(mut self) -> Self {
        self.header.subject_category = Some(SubjectCategory::Suspect);
        self.note()
    }

    /// A note, under `c2`.
    pub fn note(self) -> Self {
        self.clause(Some("c2")).purpose(Some("support_investigation")).kind("correspondence.note/1")
    }

    /// Validly approved by this officer.
    pub fn approved(self, role: ApprovalRole, officer: u64) -> Self {
        self.approval(role, officer, true)
    }

    /// With an approval that does not verify.
    pub fn approved_invalidly(self, role: ApprovalRole, officer: u64) -> Self {
        self.approval(role, officer, false)
    }

    fn approval(mut self, role: ApprovalRole, officer: u64, verified: bool) -> Self {
        let origin =
            Origin { channel: ChannelId::new([1; 32]), agency: AgencyId::new([2; 32]), epoch: 1, lane: Lane::Main };
        self.approvals.push(GivenApproval { role, officer: Position { origin, index: officer }, verified });
        self
    }

    fn new(name: &'static str, verdict: Verdict) -> Self {
        let header = Header {
            clause: Some("c1".to_owned()),
            purpose: Some("register".to_owned()),
            handling: vec![Handling::H1, Handling::H2],
            retain_until: Some(day("2026-12-31")),
            ..Header::protocol("register.readout/1")
        };
        let today = day("2026-06-01");
        Self { name, verdict, header, author: "XAA", approvals: Vec::new(), today, side: Side::Sender }
    }
}

/// A day written in a case.
#[expect(clippy::expect_used, reason = "the days are constants of this crate, and a test runs every case")]
fn day(text: &str) -> Date {
    text.parse().expect("a case's day is written YYYY-MM-DD")
}
