//! The typed body of `thread.step/1`.

use protocol::date::Date;
use serde::{Deserialize, Serialize};
use texts::say;

use crate::body::Fault;
use crate::kinds::Record;
use crate::shape::{Field, Shape};
use crate::thread::Does;

/// Every step that a table of some desk has ([`Move::step`](crate::thread::Move::step)).
pub const STEPS: &[&str] = &["acknowledge", "all_clear", "close", "escalate_diplomatic"];

/// A step in a thread. What it may be, and who may do it when, the thread says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The step.
    pub r#do: String,
    /// The day that the step sets.
    pub on: Option<Date>,
    /// The digits that it repeats.
    pub code: Option<String>,
}

impl Record for Step {
    const NAME: &'static str = crate::thread::STEP;
    const SUMMARY: &'static str = "A step that carries nothing of its own but a word, and a day where it sets one.";
    const FIELDS: &'static [Field] = &[
        Field::required("do", Shape::OneOf(STEPS), "The step."),
        Field::optional("on", Shape::Day, "The day that the step sets, where it sets one."),
        Field::optional("code", Shape::Digits(8), "With a test: the eight digits that it says."),
    ];
    const EXAMPLE: &'static str = include_str!("testdata/example.json");
    const HEADER: &'static str = include_str!("testdata/header.json");
    const ACTS: bool = true;

    fn title(&self) -> String {
        self.r#do.replace('_', " ")
    }

    fn check_header(&self, header: &protocol::header::Header) -> Result<(), Fault> {
        match header.personal() {
            true => Err(Fault::new("header.subject_category", say!("must-step-nobody"))),
            false => Ok(()),
        }
    }

    fn act(&self, _header: &protocol::header::Header) -> Option<String> {
        Does::new(&self.r#do).at("on", self.on.map(Date::end_unix_ms)).code(self.code.as_deref()).to_stub()
    }
}
