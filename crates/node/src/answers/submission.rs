//! `POST /v1/records` and `/v1/records/try`: what is to be sent, a line a record, and what becomes of each line.

use std::borrow::Cow;

use protocol::{
    id::{ChannelId, Hash, hash_hex},
    origin::Lane,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    fault::Fault,
    words::{self, Place},
};

/// A record to be sent. Its header's bytes are what is signed, so they pass as they are.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRecord<'a> {
    /// Comes back in the answer's line.
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    pub id: Option<Cow<'a, str>>,
    /// The channel.
    #[schemars(with = "words::Id")]
    pub channel: ChannelId,
    /// The lane; main without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<words::Lane>")]
    pub lane: Option<Lane>,
    /// The header.
    #[serde(borrow)]
    #[schemars(with = "words::Header")]
    pub header: &'a RawValue,
    /// The body as text.
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    pub body: Option<Cow<'a, str>>,
    /// Or as bytes.
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<words::Base64>")]
    pub body_base64: Option<Cow<'a, str>>,
    /// The approvals: a list, or a text that holds one.
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<words::Approvals>")]
    pub approvals: Option<Cow<'a, str>>,
}

/// What became of a line.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LineAnswer {
    /// The line's id, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: LineOutcome,
}

/// What became of a record that was to be sent.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum LineOutcome {
    /// It was not recorded.
    Failed {
        /// Why.
        error: Fault,
    },
    /// It lies in the log.
    Placed {
        /// Where.
        r#ref: Place,
        /// How far it is.
        state: PlacedState,
    },
    /// It waits to be released.
    Waits {
        /// Says so.
        state: WaitsState,
    },
}

/// How far a record is that lies in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlacedState {
    /// Durable at this node.
    Recorded,
    /// Receipted by every partner.
    Delivered,
}

impl PlacedState {
    /// The word in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Delivered => "delivered",
        }
    }
}

/// The word for a record that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitsState {
    /// It waits to be released.
    Waiting,
}

/// What would become of a line.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TriedLine {
    /// The line's id, if it has one.
    pub id: Option<String>,
    /// What would become of it.
    #[serde(flatten)]
    pub outcome: TriedOutcome,
}

/// What would become of a record.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum TriedOutcome {
    /// It would not be recorded.
    Failed {
        /// Why.
        error: Fault,
    },
    /// It may leave.
    May {
        /// At once or later.
        state: TriedState,
        /// The version of the agreement that governs it.
        #[serde(with = "hash_hex")]
        #[schemars(with = "words::Id")]
        agreement: Hash,
        /// That version's number.
        version: u32,
        /// The clause under which it would cross.
        clause: Option<String>,
    },
}

/// When a record that may leave would do so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TriedState {
    /// At once.
    WouldBeRecorded,
    /// Once it is released.
    WouldWait,
}
