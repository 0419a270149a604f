//! What several kinds of this desk have in common: persons, graded statements, grounds.

use policy::{BodyFacts, Identity};
use protocol::date::Date;
use protocol::header::{Header, Information, Source};
use serde::{Deserialize, Serialize};

use crate::body::Fault;
use crate::limits::{NAME_CHARS_MAX, STATEMENT_CHARS_MAX};
use crate::register::readout::{INFORMATION, SOURCES};
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

/// Something that is said, with its grade: 4×4, as in Regulation (EU) 2016/794, article 29 (ACC-01, ACC-02).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// What is said.
    pub text: String,
    /// Whether it is a fact or what an officer makes of facts.
    pub basis: Basis,
    /// Reliability of the source.
    pub source: Source,
    /// Accuracy of the information.
    pub info: Information,
}

impl Statement {
    /// The table of fields.
    pub const FIELDS: &'static [Field] = &[
        Field::required("text", Shape::Text(STATEMENT_CHARS_MAX), "What is said."),
        Field::required("basis", Shape::OneOf(Basis::WORDS), "A fact, or what an officer makes of facts."),
        Field::required("source", Shape::OneOf(SOURCES), "Reliability of the source, A to C; X if not assessed."),
        Field::required("info", Shape::OneOf(INFORMATION), "Accuracy of the information, 1 to 4."),
    ];

    /// X/4 and C/4 support no measure by themselves (ACC-03).
    fn is_weak(&self) -> bool {
        self.info == Information::NotCorroborable && matches!(self.source, Source::X | Source::C)
    }
}

/// What a statement rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// It was observed or is on record.
    Fact,
    /// An officer concludes it.
    Assessment,
}

impl Basis {
    /// The words as bodies write them.
    pub const WORDS: &'static [&'static str] = &["fact", "assessment"];
}

/// Why an answer is refused (Directive (EU) 2023/977, article 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// The request lacks what it must say, also after a question.
    RequestIncomplete,
    /// The judicial authority did not allow it.
    JudicialAuthorisationRefused,
    /// Data of this category may not be exchanged.
    DataCategoryNotAllowed,
    /// What is held is wrong, incomplete or out of date.
    InaccurateOrOutdated,
    /// It would harm essential interests of national security.
    NationalSecurity,
    /// It would harm an investigation or put somebody in danger.
    HarmsInvestigationOrPersonSafety,
    /// It would harm the protected interests of a legal person.
    HarmsLegalPerson,
    /// The offence is punishable by a year at most.
    MinorOffence,
    /// The matter is no offence in the state that was asked.
    NotAnOffenceHere,
    /// The state from which the information comes did not consent.
    ThirdPartyConsentMissing,
    /// Fundamental rights stand against it: one code, so that it tells nothing of the person.
    RightsGround,
}

impl Ground {
    /// The codes as bodies write them.
    pub const WORDS: &'static [&'static str] = &[
        "request_incomplete",
        "judicial_authorisation_refused",
        "data_category_not_allowed",
        "inaccurate_or_outdated",
        "national_security",
        "harms_investigation_or_person_safety",
        "harms_legal_person",
        "minor_offence",
        "not_an_offence_here",
        "third_party_consent_missing",
        "rights_ground",
    ];
}

/// What the floor reads of persons and statements in a body.
pub(super) fn facts(persons: &[Person], statements: &[Statement]) -> BodyFacts {
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
        weak_only: !statements.is_empty() && statements.iter().all(Statement::is_weak),
        ..BodyFacts::NOTHING
    }
}

/// A body that names persons goes under a header that says so: what the header says is what two officers and the floor
/// look at.
pub(super) fn check_persons(persons: &[Person], header: &Header) -> Result<(), Fault> {
    if persons.is_empty() || header.personal() {
        Ok(())
    } else {
        Err(Fault::new("header.subject_category", "say what the persons in the body are to the matter"))
    }
}
