//! `/v1/audit` and `/v1/auditors`: the audit log, its head, and those who countersign it.

use protocol::id::AgencyId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{audit::Hold, auditors::Auditor, words};

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditLine {
    /// Its number.
    pub index: u64,
    /// JSON; missing once it is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// What its commitment is salted with, in hexadecimal digits (AUDIT-7); an entry from before there were salts has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    /// Its leaf, in hexadecimal digits, once it is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaf: Option<String>,
    /// What the entry commits to or holds sealed, which follows from the protection register; absent if that is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<words::Local>")]
    pub local: Option<Value>,
}

/// The head of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditHead {
    /// Whose log.
    #[schemars(with = "words::Id")]
    pub agency: AgencyId,
    /// A signed checkpoint.
    pub checkpoint: String,
    /// Number of entries.
    pub size: u64,
    /// That it continues the log of the size that was asked for: SHA-256 digests in hexadecimal digits (RFC 6962).
    pub proof: Vec<String>,
}

/// What procedures need of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HoldList {
    /// Each procedure with the time whose entries it needs.
    pub holds: Vec<Hold>,
}

/// The end of a procedure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndHold {
    /// Which.
    pub procedure: String,
}

/// What was countersigned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Countersignatures {
    /// Countersigned checkpoints, the smallest log first.
    pub countersigned: Vec<String>,
    /// The newest checkpoint that the node signed by itself.
    pub checkpoint: Option<String>,
}

/// A countersignature that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Countersigned {
    /// Number of the entries under it.
    pub size: u64,
    /// When it was made, milliseconds since 1970.
    pub time_ms: u64,
}

/// The registered auditors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditorList {
    /// In the order of their registration.
    pub auditors: Vec<Auditor>,
    /// When the newest countersignature was made, milliseconds since 1970.
    pub newest_ms: Option<u64>,
}
