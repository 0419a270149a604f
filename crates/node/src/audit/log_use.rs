//! What the audit log may be read for (LOG-03).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a log may serve, and nothing else: LED art. 25(2), Prüm II art. 45(3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogUse {
    /// Somebody independent verifies that what was done was lawful.
    Lawfulness,
    /// The agency checks itself.
    SelfMonitoring,
    /// Integrity and security of what is held.
    Integrity,
    /// Criminal proceedings.
    Proceedings,
}

impl LogUse {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lawfulness => "lawfulness",
            Self::SelfMonitoring => "self_monitoring",
            Self::Integrity => "integrity",
            Self::Proceedings => "proceedings",
        }
    }
}
