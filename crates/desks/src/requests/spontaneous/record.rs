//! The typed body of `requests.spontaneous/1`.

use policy::BodyFacts;
use protocol::header::Header;
use serde::{Deserialize, Serialize};

use crate::body::Fault;
use crate::fields::{self, GradedStatement, Language, Person};
use crate::kinds::Record;
use crate::limits::{LIST_ITEMS_MAX, PERSONS_MAX, REQUEST_TEXT_CHARS_MAX, TITLE_CHARS_MAX};
use crate::requests::Act;
use crate::shape::{Field, Shape};

/// Information that nobody asked for (Directive (EU) 2023/977, article 7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spontaneous {
    /// One line; it stands for the thread in lists.
    pub subject: String,
    /// The language of the texts.
    pub language: Language,
    /// Why it is believed to be of use to the receiver.
    pub reason: String,
    /// What is said.
    pub statement: Vec<GradedStatement>,
    /// The persons concerned.
    #[serde(default)]
    pub person: Vec<Person>,
}

impl Record for Spontaneous {
    const NAME: &'static str = "requests.spontaneous/1";
    const MEDIA_TYPE: &'static str = "application/json";
    const SUMMARY: &'static str = "Information that nobody asked for. It opens a thread.";
    const FIELDS: &'static [Field] = &[
        Field::required("subject", Shape::Line(TITLE_CHARS_MAX), "One line for lists."),
        Field::required("language", Shape::OneOf(Language::WORDS), "The language of the texts."),
        Field::required("reason", Shape::Text(REQUEST_TEXT_CHARS_MAX), "Why it is believed to be of use there."),
        Field::required(
            "statement",
            Shape::Tables(GradedStatement::FIELDS, 1, LIST_ITEMS_MAX),
            "What is said, graded.",
        ),
        Field::optional("person", Shape::Tables(Person::FIELDS, 0, PERSONS_MAX), "The persons concerned."),
    ];
    const EXAMPLE: &'static str = include_str!("testdata/example.json");
    const HEADER: &'static str = include_str!("testdata/header.json");

    fn title(&self) -> String {
        self.subject.clone()
    }

    fn check_header(&self, header: &Header) -> Result<(), Fault> {
        fields::check_persons(&self.person, header)
    }

    fn policy_facts(&self) -> BodyFacts {
        fields::facts(&self.person, &self.statement)
    }

    fn act(&self, _header: &Header) -> Option<String> {
        Act::Inform.to_stub()
    }
}
