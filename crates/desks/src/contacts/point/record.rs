//! The typed body of `contacts.point/1`.

use protocol::date::Date;
use serde::{Deserialize, Serialize};
use texts::say;

use crate::body::Fault;
use crate::fields::check_office;
use crate::kinds::Record;
use crate::limits::OFFICE_CHARS_MAX;
use crate::shape::{Field, Shape};

/// Where an office is reached, in which languages. It stands until it is replaced by one of the same id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Its short name, by which rosters and later versions of it find it.
    pub id: String,
    /// The office: never a person.
    pub office: String,
    /// What it is there for.
    pub function: Function,
    /// The function's mailbox.
    pub mailbox: Option<String>,
    /// The function's telephone.
    pub phone: Option<String>,
    /// The time zone of its rosters.
    pub zone: String,
    /// The languages in which it answers.
    pub languages: Vec<String>,
    /// The point that answers in its place.
    pub deputy: Option<String>,
    /// From which day.
    pub valid_from: Date,
    /// Until which day, if that is known.
    pub valid_until: Option<Date>,
}

/// What a point of contact is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// The single point of contact.
    Spoc,
    /// The hotline.
    Hotline,
    /// Whoever is on duty.
    Duty,
    /// An office at the border.
    BorderOffice,
    /// The financial intelligence unit.
    Fiu,
    /// Training.
    Training,
    /// The data protection officer.
    Dpo,
    /// Whoever keeps the lines.
    Technical,
}

impl Function {
    /// The words as bodies write them.
    pub const WORDS: &'static [&'static str] =
        &["spoc", "hotline", "duty", "border_office", "fiu", "training", "dpo", "technical"];
}

impl Record for Point {
    const NAME: &'static str = "contacts.point/1";
    const SUMMARY: &'static str =
        "Where an office is reached, and in which languages; a later one of the same id replaces it.";
    const FIELDS: &'static [Field] = &[
        Field::required("id", Shape::Token, "Its short name. A later record with it replaces this one."),
        Field::required("office", Shape::Line(OFFICE_CHARS_MAX), "The office, never a person."),
        Field::required("function", Shape::OneOf(Function::WORDS), "What it is there for."),
        Field::optional("mailbox", Shape::Mailbox, "The function's mailbox, never a person's."),
        Field::optional("phone", Shape::Phone, "The function's telephone. A role's number is no personal data."),
        Field::required("zone", Shape::Zone, "The time zone of its rosters."),
        Field::required("languages", Shape::List(&Shape::LanguageTag, 1, 8), "The languages in which it answers."),
        Field::optional("deputy", Shape::Token, "The point that answers in its place."),
        Field::required("valid_from", Shape::Day, "From which day."),
        Field::optional("valid_until", Shape::Day, "Until which day, if that is known."),
    ];
    const EXAMPLE: &'static str = include_str!("testdata/example.json");
    const HEADER: &'static str = include_str!("testdata/header.json");

    fn title(&self) -> String {
        self.office.clone()
    }

    fn check_body(&self) -> Result<(), Fault> {
        check_office("office", &self.office)?;
        if self.mailbox.is_none() && self.phone.is_none() {
            return Err(Fault::new("phone", say!("must-reach")));
        }
        if self.deputy.as_ref() == Some(&self.id) {
            return Err(Fault::new("deputy", say!("must-other-point")));
        }
        match self.valid_until {
            Some(until) if until < self.valid_from => Err(Fault::new("valid_until", say!("must-not-before-start"))),
            _ => Ok(()),
        }
    }
}
