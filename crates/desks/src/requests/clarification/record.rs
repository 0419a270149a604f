//! The typed body of `requests.clarification/1`.

use policy::BodyFacts;
use protocol::header::Header;
use serde::{Deserialize, Serialize};
use texts::say;

use crate::body::Fault;
use crate::fields::{self, Language, Person};
use crate::kinds::Record;
use crate::limits::{PERSONS_MAX, REQUEST_TEXT_CHARS_MAX, TITLE_CHARS_MAX};
use crate::requests::Act;
use crate::shape::{Field, Shape};

/// A question about a request, or the requester's answer to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clarification {
    /// Which of the two.
    pub step: Step,
    /// One line for lists.
    pub subject: String,
    /// The question or the answer.
    pub text: String,
    /// The language of the texts.
    pub language: Language,
    /// Persons that the answer adds to the request.
    #[serde(default)]
    pub person: Vec<Person>,
}

/// Question or answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The party that was asked misses something.
    Question,
    /// The requester gives it.
    Answer,
}

impl Step {
    /// The words as bodies write them.
    pub const WORDS: &'static [&'static str] = &["question", "answer"];
}

impl Record for Clarification {
    const NAME: &'static str = "requests.clarification/1";
    const MEDIA_TYPE: &'static str = "application/json";
    const SUMMARY: &'static str = "A question about a request, or the answer to it. The clock stops until the answer.";
    const FIELDS: &'static [Field] = &[
        Field::required("step", Shape::OneOf(Step::WORDS), "Whether it asks or answers."),
        Field::required("subject", Shape::Line(TITLE_CHARS_MAX), "One line for lists."),
        Field::required("text", Shape::Text(REQUEST_TEXT_CHARS_MAX), "The question or the answer."),
        Field::required("language", Shape::OneOf(Language::WORDS), "The language of the texts."),
        Field::optional("person", Shape::Tables(Person::FIELDS, 0, PERSONS_MAX), "Persons that the answer adds."),
    ];
    const EXAMPLE: &'static str = include_str!("testdata/example.json");
    const HEADER: &'static str = include_str!("testdata/header.json");
    const ACTS: bool = true;

    fn title(&self) -> String {
        self.subject.clone()
    }

    fn check_body(&self) -> Result<(), Fault> {
        if self.step == Step::Question && !self.person.is_empty() {
            return Err(Fault::new("person", say!("must-question-nobody")));
        }
        Ok(())
    }

    fn check_header(&self, header: &Header) -> Result<(), Fault> {
        fields::check_persons(&self.person, header)
    }

    fn policy_facts(&self) -> BodyFacts {
        fields::facts(&self.person, &[])
    }

    fn act(&self, _header: &Header) -> Option<String> {
        match self.step {
            Step::Question => Act::Ask,
            Step::Answer => Act::Clarify,
        }
        .to_stub()
    }
}
