//! The typed body of `hotline.note/1`.

use protocol::date::Date;
use protocol::header::Header;
use serde::{Deserialize, Serialize};
use texts::say;

use crate::body::Fault;
use crate::fields::Texts;
use crate::kinds::Record;
use crate::limits::{FACT_CHARS_MAX, JOINT_TEXT_CHARS_MAX, LIST_ITEMS_MAX};
use crate::shape::{Field, Shape};
use crate::thread::Does;

/// The joint note of an incident: one text in the languages of both, which the other side signs. A later one replaces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// The text.
    pub text: Texts,
    /// What both say.
    pub agreed_facts: Vec<String>,
    /// On what they differ, and what each says of it.
    #[serde(default)]
    pub not_agreed: Vec<NotAgreed>,
    /// What is done, by whom and until when.
    #[serde(default)]
    pub measures: Vec<Measure>,
}

/// A point on which the sides differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotAgreed {
    /// The point.
    pub point: String,
    /// Whose view it is.
    pub view_of: String,
    /// The view.
    pub view: String,
}

/// Something that a party does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// The party, by its label.
    pub by: String,
    /// What it does.
    pub what: String,
    /// Until which day.
    pub until: Date,
}

const NOT_AGREED: &[Field] = &[
    Field::required("point", Shape::Line(300), "The point on which you differ."),
    Field::required("view_of", Shape::State, "The state whose view it is."),
    Field::required("view", Shape::Text(FACT_CHARS_MAX), "The view, as that side puts it."),
];
const MEASURES: &[Field] = &[
    Field::required("by", Shape::Line(16), "The party that does it, by its label in the agreement."),
    Field::required("what", Shape::Line(300), "What it does."),
    Field::required("until", Shape::Day, "Until which day."),
];

impl Record for Note {
    const NAME: &'static str = "hotline.note/1";
    const SUMMARY: &'static str = "The joint note of an incident, which the other side signs; a later one replaces it.";
    const FIELDS: &'static [Field] = &[
        Field::required(
            "text",
            Shape::Table(&Texts::fields(JOINT_TEXT_CHARS_MAX)),
            "The note, in the languages of both sides.",
        ),
        Field::required(
            "agreed_facts",
            Shape::List(&Shape::Line(FACT_CHARS_MAX), 0, LIST_ITEMS_MAX),
            "What both sides say.",
        ),
        Field::optional(
            "not_agreed",
            Shape::Tables(NOT_AGREED, 0, 20),
            "On what the sides differ, and what each says.",
        ),
        Field::optional("measures", Shape::Tables(MEASURES, 0, 20), "What is done, by which party and until when."),
    ];
    const EXAMPLE: &'static str = include_str!("testdata/example.json");
    const HEADER: &'static str = include_str!("testdata/header.json");
    const ACTS: bool = true;
    const LABELLED: bool = true;

    fn title(&self) -> String {
        self.text.first_line()
    }

    fn check_body(&self) -> Result<(), Fault> {
        match self.text.all().next() {
            None => Err(Fault::new("text", say!("must-have-a-language"))),
            Some(_) => Ok(()),
        }
    }

    fn act(&self, _header: &Header) -> Option<String> {
        Does::new("note").to_stub()
    }
}
