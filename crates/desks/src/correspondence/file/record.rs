//! The typed body of `correspondence.file/1`.

use protocol::header::Header;
use serde::{Deserialize, Serialize};
use texts::say;

use crate::body::Fault;
use crate::fields::Language;
use crate::kinds::Record;
use crate::limits::{NOTE_CHARS_MAX, TITLE_CHARS_MAX};
use crate::shape::{Field, Shape};

/// A letter that hands over the files named in the record's header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// One line; it stands for the files in lists.
    pub title: String,
    /// What the files are.
    pub description: String,
    /// The language of title and description.
    pub language: Language,
}

impl Record for File {
    const NAME: &'static str = "correspondence.file/1";
    const MEDIA_TYPE: &'static str = "application/json";
    const SUMMARY: &'static str = "One or more files, with a title and a description.";
    const FIELDS: &'static [Field] = &[
        Field::required("title", Shape::Line(TITLE_CHARS_MAX), "One line for lists."),
        Field::required("description", Shape::Text(NOTE_CHARS_MAX), "What the files are."),
        Field::required("language", Shape::OneOf(Language::WORDS), "The language of title and description."),
    ];
    const EXAMPLE: &'static str = include_str!("testdata/example.json");
    const HEADER: &'static str = include_str!("testdata/header.json");

    fn title(&self) -> String {
        self.title.clone()
    }

    fn check_header(&self, header: &Header) -> Result<(), Fault> {
        if header.attachments.is_empty() {
            return Err(Fault::new("header.attachments", say!("must-name-file")));
        }
        Ok(())
    }
}
