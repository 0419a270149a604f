//! The typed body of `requests.refusal/1`.

use policy::{Answer, BodyFacts};
use protocol::header::Header;
use serde::{Deserialize, Serialize};
use texts::say;

use crate::body::Fault;
use crate::fields::Language;
use crate::kinds::Record;
use crate::limits::REQUEST_TEXT_CHARS_MAX;
use crate::requests::{Act, Ground};
use crate::shape::{Field, Shape};

/// A refusal to answer, always on a ground (AGR-03).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The ground.
    pub ground: Ground,
    /// What a reader needs beyond the ground.
    pub explanation: Option<String>,
    /// The language of the explanation.
    pub language: Language,
}

impl Record for Refusal {
    const NAME: &'static str = "requests.refusal/1";
    const MEDIA_TYPE: &'static str = "application/json";
    const SUMMARY: &'static str = "A refusal to answer a request, on a ground. Where a part can be answered, reply.";
    const FIELDS: &'static [Field] = &[
        Field::required("ground", Shape::OneOf(Ground::WORDS), "The ground of the refusal."),
        Field::optional("explanation", Shape::Text(REQUEST_TEXT_CHARS_MAX), "What a reader needs beyond the ground."),
        Field::required("language", Shape::OneOf(Language::WORDS), "The language of the explanation."),
    ];
    const EXAMPLE: &'static str = include_str!("testdata/example.json");
    const HEADER: &'static str = include_str!("testdata/header.json");
    const ACTS: bool = true;

    fn title(&self) -> String {
        "refused".to_owned()
    }

    fn check_body(&self) -> Result<(), Fault> {
        if self.ground == Ground::RightsGround && self.explanation.is_some() {
            return Err(Fault::new("explanation", say!("must-ground-silent")));
        }
        Ok(())
    }

    fn policy_facts(&self) -> BodyFacts {
        BodyFacts { answer: Answer::RefusedWithGround, ..BodyFacts::NOTHING }
    }

    fn act(&self, _header: &Header) -> Option<String> {
        Act::Refuse.to_stub()
    }
}
