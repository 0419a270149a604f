//! `/v1/breaches`: what partners signed against the protocol.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::breaches::Breach;

/// The breaches that are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BreachList {
    /// By channel.
    pub breaches: Vec<Breach>,
}
