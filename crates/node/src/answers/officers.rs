//! `/v1/channels/…/officers`: officers, by office and key, never by name.

use protocol::{
    encoding::base64_bytes,
    origin::Origin,
    record::{Enrolment, Officer},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::words;

/// An officer who is enrolled or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OfficerRow {
    /// Where it says so.
    #[serde(flatten)]
    pub enrolment: LogEntry,
    /// Office and key.
    #[schemars(with = "words::Officer")]
    pub officer: Officer,
    /// Where the enrolment was revoked, if it was.
    pub revoked: Option<LogEntry>,
}

/// An entry of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogEntry {
    /// The log.
    #[schemars(with = "words::Origin")]
    pub origin: Origin,
    /// The entry.
    pub index: u64,
}

/// An officer to be enrolled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct NewOfficer(#[schemars(with = "words::Officer")] pub Officer);

/// An officer's public key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficerKey {
    /// 32 bytes of Ed25519, or 65 of ES256.
    #[serde(with = "base64_bytes")]
    #[schemars(with = "words::Base64")]
    pub public: Vec<u8>,
}

/// Enrolments that count no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OfficersRevoked {
    /// Where they were made.
    pub revoked: Vec<LogEntry>,
}

impl From<Enrolment> for LogEntry {
    fn from(Enrolment { origin, index }: Enrolment) -> Self {
        Self { origin, index }
    }
}
