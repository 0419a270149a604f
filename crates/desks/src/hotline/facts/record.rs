//! The typed body of `hotline.facts/1`.

use policy::BodyFacts;
use protocol::header::Header;
use serde::{Deserialize, Serialize};

use crate::fields::{self, GradedStatement, Instant, Language};
use crate::kinds::Record;
use crate::limits::{FACT_CHARS_MAX, PARAGRAPH_CHARS_MAX};
use crate::shape::{Field, Shape};
use crate::thread::Does;

/// What one side observed and did, said for itself before anything is agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The local time of who says it.
    pub own_time: Instant,
    /// What was observed.
    pub observed: Vec<GradedStatement>,
    /// What was done.
    pub measures: String,
    /// What is not known yet.
    pub not_known: Option<String>,
    /// The language of the texts.
    pub language: Language,
}

impl Record for Facts {
    const NAME: &'static str = "hotline.facts/1";
    const SUMMARY: &'static str = "What one side observed of an incident, graded, and what it did.";
    const FIELDS: &'static [Field] = &[
        Field::required("own_time", Shape::Instant, "Your local time."),
        Field::required(
            "observed",
            Shape::Tables(GradedStatement::FIELDS, 1, 20),
            "What was observed, each statement graded.",
        ),
        Field::required(
            "measures",
            Shape::Text(PARAGRAPH_CHARS_MAX),
            "What you have done. Name no unit and no forces.",
        ),
        Field::optional("not_known", Shape::Text(FACT_CHARS_MAX), "What you don't know yet."),
        Field::required("language", Shape::OneOf(Language::WORDS), "The language of the texts."),
    ];
    const EXAMPLE: &'static str = include_str!("testdata/example.json");
    const HEADER: &'static str = include_str!("testdata/header.json");
    const ACTS: bool = true;

    fn title(&self) -> String {
        self.own_time.as_str().to_owned()
    }

    fn policy_facts(&self) -> BodyFacts {
        fields::facts(&[], &self.observed)
    }

    fn act(&self, _header: &Header) -> Option<String> {
        Does::new("facts").to_stub()
    }
}
