//! `/v1/threads/rebuild`. What is shown of threads is in [`crate::reading`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The lists were made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rebuilt {
    /// Number of threads that are open.
    pub open: u64,
}
