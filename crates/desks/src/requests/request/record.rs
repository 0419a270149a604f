//! The typed body of `requests.request/1`.

use policy::{BodyFacts, Query, RequestFacts};
use protocol::header::{Header, Urgency};
use serde::{Deserialize, Serialize};

use crate::body::Fault;
use crate::fields::{self, Language, Person};
use crate::kinds::Record;
use crate::limits::{PERSONS_MAX, REQUEST_TEXT_CHARS_MAX, TITLE_CHARS_MAX};
use crate::requests::Act;
use crate::shape::{Field, Shape};

/// What one agency asks another, and on what it rests its request (Directive (EU) 2023/977, article 4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// One line; it stands for the thread in lists.
    pub subject: String,
    /// The language of the texts.
    pub language: Language,
    /// What is asked, as detailed as possible.
    pub asked: String,
    /// The facts that underlie the request.
    pub facts: String,
    /// Why the information is needed.
    pub necessity: String,
    /// What links the persons to the purpose.
    pub link: String,
    /// Why the other side is believed to hold it.
    pub reason_to_believe: String,
    /// The persons concerned.
    #[serde(default)]
    pub person: Vec<Person>,
}

impl Record for Request {
    const NAME: &'static str = "requests.request/1";
    const MEDIA_TYPE: &'static str = "application/json";
    const SUMMARY: &'static str = "A request for information in one case. It opens a thread.";
    const FIELDS: &'static [Field] = &[
        Field::required("subject", Shape::Line(TITLE_CHARS_MAX), "One line for lists."),
        Field::required("language", Shape::OneOf(Language::WORDS), "The language of the texts."),
        Field::required("asked", Shape::Text(REQUEST_TEXT_CHARS_MAX), "What is asked, as detailed as possible."),
        Field::required("facts", Shape::Text(REQUEST_TEXT_CHARS_MAX), "The facts that underlie the request."),
        Field::required("necessity", Shape::Text(REQUEST_TEXT_CHARS_MAX), "Why the information is needed."),
        Field::required(
            "link",
            Shape::Text(REQUEST_TEXT_CHARS_MAX),
            "What links the persons to the purpose, or that no person is concerned.",
        ),
        Field::required(
            "reason_to_believe",
            Shape::Text(REQUEST_TEXT_CHARS_MAX),
            "Why the other side is believed to hold the information.",
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
        // The shape has vouched that the three texts are there.
        let request = Some(RequestFacts { necessity: true, link: true, reason_to_believe: true });
        BodyFacts { request, query: Query::Case, ..fields::facts(&self.person, &[]) }
    }

    fn act(&self, header: &Header) -> Option<String> {
        Act::Request { urgent: header.urgency == Urgency::Urgent }.to_stub()
    }
}
