//! The typed body of `requests.feedback/1`.

use protocol::header::Header;
use serde::{Deserialize, Serialize};
use texts::say;

use crate::body::Fault;
use crate::fields::Language;
use crate::kinds::Record;
use crate::limits::REQUEST_TEXT_CHARS_MAX;
use crate::requests::{Act, Use};
use crate::shape::{Field, Shape};

/// What became of an answer or of spontaneous information (FATF recommendation 40 asks for it).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feedback {
    /// Whether it was of use.
    pub r#use: Use,
    /// How, without persons.
    pub text: Option<String>,
    /// The language of the text.
    pub language: Language,
}

impl Record for Feedback {
    const NAME: &'static str = "requests.feedback/1";
    const MEDIA_TYPE: &'static str = "application/json";
    const SUMMARY: &'static str = "What became of an answer or of spontaneous information. It names nobody.";
    const FIELDS: &'static [Field] = &[
        Field::required("use", Shape::OneOf(Use::WORDS), "Whether it was of use."),
        Field::optional("text", Shape::Text(REQUEST_TEXT_CHARS_MAX), "How, without persons."),
        Field::required("language", Shape::OneOf(Language::WORDS), "The language of the text."),
    ];
    const EXAMPLE: &'static str = include_str!("testdata/example.json");
    const HEADER: &'static str = include_str!("testdata/header.json");
    const ACTS: bool = true;

    fn title(&self) -> String {
        match self.r#use {
            Use::Used => "used",
            Use::NotUsed => "not used",
        }
        .to_owned()
    }

    fn check_header(&self, header: &Header) -> Result<(), Fault> {
        if header.personal() {
            return Err(Fault::new("header.subject_category", say!("must-feedback-nobody")));
        }
        Ok(())
    }

    fn act(&self, _header: &Header) -> Option<String> {
        Act::Feedback { r#use: self.r#use }.to_stub()
    }
}
