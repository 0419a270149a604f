//! The typed body of `requests.reply/1`.

use policy::{Answer, BodyFacts};
use protocol::header::Header;
use serde::{Deserialize, Serialize};
use texts::say;

use crate::body::Fault;
use crate::fields::{self, GradedStatement, Language, Person};
use crate::kinds::Record;
use crate::limits::{LIST_ITEMS_MAX, PERSONS_MAX};
use crate::requests::Act;
use crate::shape::{Field, Shape};

/// An answer to a request: statements, each graded, or that there is nothing to provide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// How far it answers.
    pub outcome: Outcome,
    /// The language of the texts.
    pub language: Language,
    /// What is said.
    #[serde(default)]
    pub statement: Vec<GradedStatement>,
    /// The persons concerned.
    #[serde(default)]
    pub person: Vec<Person>,
}

/// How far a reply answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All that was asked.
    Answered,
    /// A part; more may follow.
    PartlyAnswered,
    /// There is nothing to provide, which neither confirms nor denies that anything is held (ASY-02).
    NothingToProvide,
}

impl Outcome {
    /// The words as bodies write them.
    pub const WORDS: &'static [&'static str] = &["answered", "partly_answered", "nothing_to_provide"];
}

impl Reply {
    /// The one body of an answer that provides nothing: the outcome is a code, so no language is chosen for it.
    pub const NOTHING: &'static [u8] = br#"{"outcome":"nothing_to_provide","language":"en"}"#;
}

impl Record for Reply {
    const NAME: &'static str = "requests.reply/1";
    const MEDIA_TYPE: &'static str = "application/json";
    const SUMMARY: &'static str = "An answer to a request, in whole or in part, or that there is nothing to provide.";
    const FIELDS: &'static [Field] = &[
        Field::required("outcome", Shape::OneOf(Outcome::WORDS), "How far it answers."),
        Field::required("language", Shape::OneOf(Language::WORDS), "The language of the texts."),
        Field::optional(
            "statement",
            Shape::Tables(GradedStatement::FIELDS, 0, LIST_ITEMS_MAX),
            "What is said, graded.",
        ),
        Field::optional("person", Shape::Tables(Person::FIELDS, 0, PERSONS_MAX), "The persons concerned."),
    ];
    const EXAMPLE: &'static str = include_str!("testdata/example.json");
    const HEADER: &'static str = include_str!("testdata/header.json");
    const ACTS: bool = true;

    fn title(&self) -> String {
        match self.outcome {
            Outcome::Answered => "answered",
            Outcome::PartlyAnswered => "partly answered",
            Outcome::NothingToProvide => "nothing to provide",
        }
        .to_owned()
    }

    fn check_body(&self) -> Result<(), Fault> {
        match self.outcome {
            Outcome::Answered | Outcome::PartlyAnswered if self.statement.is_empty() => {
                Err(Fault::new("statement", say!("must-answer-says")))
            }
            // An empty answer and one that a hidden rule stopped must not differ in anything that could be written.
            Outcome::NothingToProvide if !self.statement.is_empty() => {
                Err(Fault::new("statement", say!("must-neutral")))
            }
            Outcome::NothingToProvide if self.language != Language::En => {
                Err(Fault::new("language", say!("must-neutral-language")))
            }
            Outcome::NothingToProvide if !self.person.is_empty() => Err(Fault::new("person", say!("must-neutral"))),
            _ => Ok(()),
        }
    }

    fn check_header(&self, header: &Header) -> Result<(), Fault> {
        if self.outcome != Outcome::NothingToProvide {
            return fields::check_persons(&self.person, header);
        }
        if !header.attachments.is_empty() {
            return Err(Fault::new("header.attachments", say!("must-neutral")));
        }
        if header.personal() {
            return Err(Fault::new("header.subject_category", say!("must-neutral")));
        }
        Ok(())
    }

    fn policy_facts(&self) -> BodyFacts {
        let answer = match self.outcome {
            Outcome::Answered | Outcome::PartlyAnswered => Answer::Provided,
            Outcome::NothingToProvide => Answer::NothingToProvide,
        };
        BodyFacts { answer, ..fields::facts(&self.person, &self.statement) }
    }

    fn act(&self, _header: &Header) -> Option<String> {
        match self.outcome {
            Outcome::Answered => Act::Answer,
            Outcome::PartlyAnswered => Act::AnswerPartly,
            Outcome::NothingToProvide => Act::NothingToProvide,
        }
        .to_stub()
    }
}
