//! The typed body of `requests.permission_request/1`.

use protocol::header::Header;
use serde::{Deserialize, Serialize};
use texts::say;

use crate::body::Fault;
use crate::fields::{FurtherUse, Language, RecordName};
use crate::kinds::Record;
use crate::limits::REQUEST_TEXT_CHARS_MAX;
use crate::requests::further;
use crate::shape::{Field, Shape};

/// Whether a record that was received may be used further.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionRequest {
    /// The record.
    pub record: RecordName,
    /// The use.
    pub r#use: FurtherUse,
    /// In which proceedings, or which office.
    pub to: Option<String>,
    /// The other purpose.
    pub purpose: Option<String>,
    /// Why it is needed, without persons.
    pub reason: String,
    /// The language of the reason.
    pub language: Language,
}

impl Record for PermissionRequest {
    const NAME: &'static str = "requests.permission_request/1";
    const MEDIA_TYPE: &'static str = "application/json";
    const SUMMARY: &'static str = "Asks the provider of a record to permit a further use of it.";
    const FIELDS: &'static [Field] = &[
        further::RECORD,
        further::USE,
        further::TO,
        further::PURPOSE,
        Field::required("reason", Shape::Text(REQUEST_TEXT_CHARS_MAX), "Why it is needed. It names nobody."),
        Field::required("language", Shape::OneOf(Language::WORDS), "The language of the reason."),
    ];
    const EXAMPLE: &'static str = include_str!("testdata/example.json");
    const HEADER: &'static str = include_str!("testdata/header.json");

    fn title(&self) -> String {
        format!("permission asked: {}", self.r#use.word())
    }

    fn check_body(&self) -> Result<(), Fault> {
        further::check(self.r#use, self.to.as_deref(), self.purpose.as_deref())
    }

    fn check_header(&self, header: &Header) -> Result<(), Fault> {
        if header.personal() {
            return Err(Fault::new("header.subject_category", say!("must-permission-request-nobody")));
        }
        Ok(())
    }
}
