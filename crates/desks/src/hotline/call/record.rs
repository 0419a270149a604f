//! The typed body of `hotline.call/1`.

use serde::{Deserialize, Serialize};

use crate::fields::{Instant, Language};
use crate::kinds::Record;
use crate::limits::PARAGRAPH_CHARS_MAX;
use crate::shape::{Field, Shape};

/// That a call took place. Voice stays on the telephone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// When it began.
    pub from: Instant,
    /// How long it was.
    pub minutes: String,
    /// The two points of contact.
    pub between: Vec<String>,
    /// What was agreed.
    pub agreed: Option<String>,
    /// The language of the text.
    pub language: Language,
}

impl Record for Call {
    const NAME: &'static str = "hotline.call/1";
    const SUMMARY: &'static str = "That two points of contact spoke on the telephone, and what they agreed.";
    const FIELDS: &'static [Field] = &[
        Field::required("from", Shape::Instant, "When it began."),
        Field::required("minutes", Shape::Count(1, 600), "How many minutes it took."),
        Field::required("between", Shape::List(&Shape::Token, 2, 2), "The two points of contact, by their ids."),
        Field::optional("agreed", Shape::Text(PARAGRAPH_CHARS_MAX), "What was agreed. Name no person."),
        Field::required("language", Shape::OneOf(Language::WORDS), "The language of the text."),
    ];
    const EXAMPLE: &'static str = include_str!("testdata/example.json");
    const HEADER: &'static str = include_str!("testdata/header.json");

    fn title(&self) -> String {
        self.between.join(" – ")
    }
}
