//! Persons in a body.

use policy::{BodyFacts, Identity};
use protocol::date::Date;
use protocol::header::Header;
use serde::{Deserialize, Serialize};
use texts::say;

use super::GradedStatement;
use crate::body::Fault;
use crate::limits::NAME_CHARS_MAX;
use crate::shape::{Field, Shape};

/// A person as far as the matter needs: the fewest facts that tell one person from another (MIN-01).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// All names, in any order.
    pub names: String,
    /// Day of birth.
    pub born: Option<Date>,
    /// Number of an identity or travel document.
    pub document: Option<String>,
}

impl Person {
    /// The table of fields.
    pub const FIELDS: &'static [Field] = &[
        Field::required("names", Shape::Line(NAME_CHARS_MAX), "All names, in any order."),
        Field::optional("born", Shape::Day, "Day of birth."),
        Field::optional("document", Shape::Line(NAME_CHARS_MAX), "Number of an identity or travel document."),
    ];
}

/// What the floor reads of persons and statements in a body.
pub fn facts(persons: &[Person], statements: &[GradedStatement]) -> BodyFacts {
    BodyFacts {
        persons: u32::try_from(persons.len()).unwrap_or(u32::MAX),
        identities: persons
            .iter()
            .map(|person| Identity {
                names: person.names.clone(),
                born: person.born,
                document: person.document.clone(),
            })
            .collect(),
        weak_only: !statements.is_empty() && statements.iter().all(GradedStatement::is_weak),
        ..BodyFacts::NOTHING
    }
}

/// A body that names persons goes under a header that says so: what the header says is what two officers and the floor
/// look at.
///
/// # Errors
/// The header does not say what they are to the matter.
pub fn check_persons(persons: &[Person], header: &Header) -> Result<(), Fault> {
    if persons.is_empty() || header.personal() {
        Ok(())
    } else {
        Err(Fault::new("header.subject_category", say!("must-say-capacity")))
    }
}
