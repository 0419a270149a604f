//! `/v1/reviews`: what one officer released alone, and what another finds (rule EYE-03).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::reviews::Ground;

/// What a reviewer found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// In a word.
    pub finding: FindingWord,
    /// The ground of an objection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<Ground>,
}

/// A finding in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingWord {
    /// It was right to release it.
    Confirmed,
    /// It was not.
    Objected,
}
