//! Yes or no: no third word, and nothing that is taken for one of them where neither is said.

use serde::{Deserialize, Serialize};

use crate::shape::Shape;

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum YesNo {
    /// Yes.
    Yes,
    /// No.
    No,
}

impl YesNo {
    /// The shape of its fields.
    pub const SHAPE: Shape = Shape::OneOf(&["yes", "no"]);
}
