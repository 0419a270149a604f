//! The typed body of `hotline.verification/1`.

use policy::BodyFacts;
use protocol::header::Header;
use serde::{Deserialize, Serialize};

use crate::fields::{self, GradedStatement, Instant, Language};
use crate::kinds::Record;
use crate::limits::OFFICE_CHARS_MAX;
use crate::shape::{Field, Shape};
use crate::thread::Does;

/// What was found where it happened, and who was there to see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    /// Where.
    pub place: String,
    /// When.
    pub when: Instant,
    /// Who was present.
    pub present: Present,
    /// What was found.
    pub found: Vec<GradedStatement>,
    /// The language of the texts.
    pub language: Language,
}

/// Which sides were present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Present {
    /// Both.
    Both,
    /// The author's alone.
    OwnSide,
    /// Neither could go there.
    NonePossible,
}

impl Present {
    /// The words as bodies write them.
    pub const WORDS: &'static [&'static str] = &["both", "own_side", "none_possible"];
}

impl Record for Verification {
    const NAME: &'static str = "hotline.verification/1";
    const SUMMARY: &'static str = "What was found at the place of an incident, and which sides were there.";
    const FIELDS: &'static [Field] = &[
        Field::required("place", Shape::Line(OFFICE_CHARS_MAX), "Where it was."),
        Field::required("when", Shape::Instant, "When it was."),
        Field::required("present", Shape::OneOf(Present::WORDS), "Which sides were present."),
        Field::required(
            "found",
            Shape::Tables(GradedStatement::FIELDS, 1, 20),
            "What was found, each statement graded.",
        ),
        Field::required("language", Shape::OneOf(Language::WORDS), "The language of the texts."),
    ];
    const EXAMPLE: &'static str = include_str!("testdata/example.json");
    const HEADER: &'static str = include_str!("testdata/header.json");
    const ACTS: bool = true;

    fn title(&self) -> String {
        self.place.clone()
    }

    fn policy_facts(&self) -> BodyFacts {
        fields::facts(&[], &self.found)
    }

    fn act(&self, _header: &Header) -> Option<String> {
        Does::new("verification").to_stub()
    }
}
