//! What a body says of the matter, each statement with its grade.

use protocol::header::{Information, Source};
use serde::{Deserialize, Serialize};

use super::{INFORMATION, SOURCES};
use crate::limits::STATEMENT_CHARS_MAX;
use crate::shape::{Field, Shape};

/// Something that is said, with its grade: 4×4, as in Regulation (EU) 2016/794, article 29 (ACC-01, ACC-02).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradedStatement {
    /// What is said.
    pub text: String,
    /// Whether it is a fact or what an officer makes of facts.
    pub basis: Basis,
    /// Reliability of the source.
    pub source: Source,
    /// Accuracy of the information.
    pub info: Information,
}

impl GradedStatement {
    /// The table of fields.
    pub const FIELDS: &'static [Field] = &[
        Field::required("text", Shape::Text(STATEMENT_CHARS_MAX), "What is said."),
        Field::required("basis", Shape::OneOf(Basis::WORDS), "A fact, or what an officer makes of facts."),
        Field::required("source", Shape::OneOf(SOURCES), "Reliability of the source, A to C; X if not assessed."),
        Field::required("info", Shape::OneOf(INFORMATION), "Accuracy of the information, 1 to 4."),
    ];

    /// X/4 and C/4 support no measure by themselves (ACC-03).
    pub(super) fn is_weak(&self) -> bool {
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
