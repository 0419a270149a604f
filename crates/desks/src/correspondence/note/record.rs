//! The typed body of `correspondence.note/1`.

use serde::{Deserialize, Serialize};

use crate::fields::Language;
use crate::kinds::Record;
use crate::limits::{NOTE_CHARS_MAX, TITLE_CHARS_MAX};
use crate::shape::{Field, Shape};

/// A letter: a subject and a text in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// One line; it stands for the letter in lists.
    pub subject: String,
    /// The text, with line breaks.
    pub text: String,
    /// The language of subject and text.
    pub language: Language,
}

impl Record for Note {
    const NAME: &'static str = "correspondence.note/1";
    const MEDIA_TYPE: &'static str = "application/json";
    const SUMMARY: &'static str = "A letter from one office to another.";
    const FIELDS: &'static [Field] = &[
        Field::required("subject", Shape::Line(TITLE_CHARS_MAX), "One line for lists."),
        Field::required("text", Shape::Text(NOTE_CHARS_MAX), "The letter."),
        Field::required("language", Shape::OneOf(Language::WORDS), "The language of subject and text."),
    ];
    const EXAMPLE: &'static str = include_str!("testdata/example.json");
    const HEADER: &'static str = include_str!("testdata/header.json");

    fn title(&self) -> String {
        self.subject.clone()
    }
}
