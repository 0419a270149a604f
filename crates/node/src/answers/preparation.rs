//! `POST /v1/records/prepare`: a record as its author knows it, and as it will be signed.

use protocol::{
    agreement::ApprovalRole,
    encoding::base64_bytes,
    id::{AgencyId, ChannelId, Hash, hash_hex},
    origin::Lane,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};

use crate::{answers::officers::LogEntry, words};

/// A record to be prepared. What is left out is filled in: from the thread that it belongs to, from the clause, or drawn.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToPrepare {
    /// The channel: that of the thread, or the only one, without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<words::Id>")]
    pub channel: Option<ChannelId>,
    /// The lane: that of the thread, or main, without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<words::Lane>")]
    pub lane: Option<Lane>,
    /// The kind of record.
    pub kind: String,
    /// The clause: that of the thread, or the only one that allows the kind, without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// The thread that it belongs to, or the record in it that is replied to: CHANNEL/AGENCY/EPOCH/LANE/INDEX.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Fields of the header that are to be otherwise; `null` leaves one out.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub header: Map<String, Value>,
    /// The body: text, or an object that is written as JSON.
    pub body: Value,
    /// What draws its thread and its number of its own: the same for the same name, which a request that is repeated says again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A record as it will be signed and sent.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Prepared {
    /// The channel.
    #[schemars(with = "words::Id")]
    pub channel: ChannelId,
    /// The lane.
    #[schemars(with = "words::Lane")]
    pub lane: Lane,
    /// The header, whose bytes are signed: send them as they are.
    #[schemars(with = "words::Header")]
    pub header: Box<RawValue>,
    /// The body, whose bytes are signed.
    pub body: String,
    /// This agency, the record's author.
    #[schemars(with = "words::Id")]
    pub author: AgencyId,
    /// The version of the agreement that governs it.
    #[serde(with = "hash_hex")]
    #[schemars(with = "words::Digest")]
    pub agreement: Hash,
    /// What all approvals are about: the record's digest.
    #[serde(with = "hash_hex")]
    #[schemars(with = "words::Digest")]
    pub digest: Hash,
    /// Who must approve by the clause, and what each officer of this agency signs for that.
    pub approvals: Vec<ToApprove>,
}

/// An approval that the clause asks for.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ToApprove {
    /// In which part.
    #[schemars(with = "words::ApprovalRole")]
    pub role: ApprovalRole,
    /// The officers of this agency who are enrolled in the channel.
    pub officers: Vec<ToSign>,
}

/// What an officer signs to approve.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ToSign {
    /// The office.
    pub office: String,
    /// The officer's public key.
    #[serde(with = "base64_bytes")]
    #[schemars(with = "words::Base64")]
    pub public: Vec<u8>,
    /// Where it is enrolled.
    pub enrolment: LogEntry,
    /// The bytes that the key signs with Ed25519.
    #[serde(with = "base64_bytes")]
    #[schemars(with = "words::Base64")]
    pub sign: Vec<u8>,
}
