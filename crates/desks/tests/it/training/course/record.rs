//! The typed body of `training.course/1`.

use protocol::header::Header;
use serde::{Deserialize, Serialize};

use crate::body::Fault;
use crate::fields::Language;
use crate::kinds::Record;
use crate::limits::{NOTE_CHARS_MAX, TITLE_CHARS_MAX};
use crate::shape::{Field, Shape};

/// What one such record says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Course {
    /// One line; it stands for the record in lists.
    pub subject: String,
    /// What is said.
    pub text: String,
    /// The language of the texts.
    pub language: Language,
}

impl Record for Course {
    const NAME: &'static str = "training.course/1";
    const MEDIA_TYPE: &'static str = "application/json";
    const SUMMARY: &'static str = "What the kind is for, in one sentence.";
    const FIELDS: &'static [Field] = &[
        Field::required("subject", Shape::Line(TITLE_CHARS_MAX), "One line for lists."),
        Field::required("text", Shape::Text(NOTE_CHARS_MAX), "What is said."),
        Field::required("language", Shape::OneOf(Language::WORDS), "The language of the texts."),
    ];
    const EXAMPLE: &'static str = include_str!("testdata/example.json");
    const HEADER: &'static str = include_str!("testdata/header.json");

    fn title(&self) -> String {
        self.subject.clone()
    }

    fn check_body(&self) -> Result<(), Fault> {
        Ok(())
    }

    fn check_header(&self, _header: &Header) -> Result<(), Fault> {
        Ok(())
    }
}
