//! The typed body of `requests.progress/1`.

use protocol::date::Date;
use protocol::header::Header;
use serde::{Deserialize, Serialize};
use texts::say;

use crate::body::Fault;
use crate::kinds::Record;
use crate::requests::{Access, Act};
use crate::shape::{Field, Shape};

/// A step in a thread that says nothing of the matter itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// The step.
    pub step: Step,
    /// How the party that was asked can reach the information.
    pub access: Option<Access>,
    /// The last day for the answer while a court is asked.
    pub until: Option<Date>,
}

/// A step of the party that was asked (the first three) or of the one that asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A person has taken it up.
    Accepted,
    /// It is being worked on.
    InProgress,
    /// A court must allow the answer first.
    AwaitingJudicialAuthorisation,
    /// The requester takes the request back.
    Withdrawn,
    /// Who opened the thread ends it.
    Closed,
}

impl Step {
    /// The words as bodies write them.
    pub const WORDS: &'static [&'static str] =
        &["accepted", "in_progress", "awaiting_judicial_authorisation", "withdrawn", "closed"];
}

impl Record for Progress {
    const NAME: &'static str = "requests.progress/1";
    const MEDIA_TYPE: &'static str = "application/json";
    const SUMMARY: &'static str = "A step in a thread: taken up, in work, waiting for a court, withdrawn, closed.";
    const FIELDS: &'static [Field] = &[
        Field::required("step", Shape::OneOf(Step::WORDS), "The step."),
        Field::optional(
            "access",
            Shape::OneOf(Access::WORDS),
            "With accepted: whether the information is directly accessible to the party that was asked.",
        ),
        Field::optional("until", Shape::Day, "With awaiting_judicial_authorisation: the new last day for the answer."),
    ];
    const EXAMPLE: &'static str = include_str!("testdata/example.json");
    const HEADER: &'static str = include_str!("testdata/header.json");
    const ACTS: bool = true;

    fn title(&self) -> String {
        match self.step {
            Step::Accepted => "accepted",
            Step::InProgress => "in progress",
            Step::AwaitingJudicialAuthorisation => "awaiting judicial authorisation",
            Step::Withdrawn => "withdrawn",
            Step::Closed => "closed",
        }
        .to_owned()
    }

    fn check_body(&self) -> Result<(), Fault> {
        let awaits = self.step == Step::AwaitingJudicialAuthorisation;
        if awaits != self.until.is_some() {
            return Err(Fault::new("until", say!("must-until-awaiting")));
        }
        if self.access.is_some() && self.step != Step::Accepted {
            return Err(Fault::new("access", say!("must-access-accepted")));
        }
        Ok(())
    }

    fn check_header(&self, header: &Header) -> Result<(), Fault> {
        if header.personal() {
            return Err(Fault::new("header.subject_category", say!("must-step-nobody")));
        }
        Ok(())
    }

    fn act(&self, _header: &Header) -> Option<String> {
        match (self.step, self.until) {
            (Step::Accepted, _) => Act::Accept { access: self.access },
            (Step::InProgress, _) => Act::Start,
            (Step::AwaitingJudicialAuthorisation, until) => Act::AwaitAuthorisation { until: until? },
            (Step::Withdrawn, _) => Act::Withdraw,
            (Step::Closed, _) => Act::Close,
        }
        .to_stub()
    }
}
