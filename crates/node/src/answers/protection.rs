//! `/v1/protection`: the protection register, and what waits for its officer. What a new entry shall be is
//! [`NewEntry`](crate::protection::NewEntry).

use std::collections::BTreeSet;

use protocol::{date::Date, header::ThreadId, id::ChannelId, origin::Lane};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    protection::Entry,
    words::{self, Place},
};

/// An entry of the register: no name and no document number is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProtectedRow {
    /// Its id.
    pub id: String,
    /// Number of names and documents by which it is found.
    pub identities: usize,
    /// The states that the person fears, alpha-3.
    #[schemars(with = "BTreeSet<words::Country>")]
    pub states: BTreeSet<String>,
    /// Threads that are known to concern the person.
    #[schemars(with = "BTreeSet<words::ThreadId>")]
    pub threads: BTreeSet<ThreadId>,
    /// The last day on which it counts.
    #[schemars(with = "Option<words::Day>")]
    pub until: Option<Date>,
    /// When it was added, milliseconds since 1970.
    pub added_ms: u64,
}

/// The register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProtectedList {
    /// In the order in which they were added.
    pub entries: Vec<ProtectedRow>,
}

/// Something that waits for the protection officer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HeldRow {
    /// By which it is asked for.
    pub id: String,
    /// The rule that has it wait.
    pub rule: Option<String>,
    /// The channel.
    #[schemars(with = "words::Id")]
    pub channel: ChannelId,
    /// The record's kind, unless its content is gone.
    pub kind: Option<String>,
    /// The thread.
    #[schemars(with = "Option<words::ThreadId>")]
    pub thread: Option<ThreadId>,
    /// The record's title, unless its content is gone.
    pub title: Option<String>,
    /// What it is.
    #[serde(flatten)]
    pub what: Held,
}

/// What waits for the protection officer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Held {
    /// A record of a partner.
    Arrived {
        /// Where it lies.
        #[serde(flatten)]
        place: Place,
        /// The state of its author, alpha-3.
        state: Option<String>,
        /// Its manifest's time, milliseconds since 1970.
        time_ms: Option<u64>,
        /// The answer that provides nothing, if it asks for one: given at its moment unless another was.
        answer: Option<HeldAnswer>,
        /// Whether a name in it or its thread is near one in the register: another script or transliteration of it, perhaps.
        near: bool,
    },
    /// An own record that left: offices do not see it until it is passed on.
    Sent {
        /// Where it lies.
        #[serde(flatten)]
        place: Place,
        /// Its manifest's time, milliseconds since 1970.
        time_ms: Option<u64>,
    },
    /// An own record whose moment has not come.
    Waiting {
        /// Its lane.
        #[schemars(with = "words::Lane")]
        lane: Lane,
        /// The role that submitted it.
        by: String,
        /// The id of the token that submitted it.
        token: String,
        /// When it is decided, milliseconds since 1970.
        at_ms: u64,
    },
    /// An own record that a rule stops.
    Stopped {
        /// Its lane.
        #[schemars(with = "words::Lane")]
        lane: Lane,
        /// The role that submitted it.
        by: String,
        /// The id of the token that submitted it.
        token: String,
        /// Whether only a name that is near one in the register stops it: then it may be passed on.
        near: bool,
        /// Where it lies, if it was recorded before it was stopped and did not leave any more.
        recorded: Option<Place>,
    },
}

/// An answer that provides nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HeldAnswer {
    /// When it is released, milliseconds since 1970.
    pub at_ms: u64,
    /// Whether it was.
    pub released: bool,
}

/// Everything that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HeldList {
    /// Records that arrived and own ones that left, then own records that did not leave.
    pub held: Vec<HeldRow>,
    /// Whose records the register stopped.
    pub probes: Vec<Probes>,
}

/// How many records of a token the register stopped, and still keeps: somebody may be asking it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "StoppedBy")]
pub struct Probes {
    /// The token's id.
    pub token: String,
    /// Its role.
    pub role: String,
    /// How many.
    pub stopped: usize,
}

/// One thing that waits, whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HeldShown {
    /// What it is.
    #[serde(flatten)]
    pub row: HeldRow,
    /// The record's header.
    #[schemars(with = "words::Header")]
    pub header: Value,
    /// The record's body as text.
    pub body: String,
}

/// Something was passed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Passed {
    /// What: an id, or `all`.
    pub passed: String,
    /// How many records show now that did not.
    pub count: usize,
}

/// Something was ended without passing it on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Blocked {
    /// What.
    pub blocked: String,
}

impl From<&Entry> for ProtectedRow {
    fn from(entry: &Entry) -> Self {
        Self {
            id: entry.id.clone(),
            identities: entry.identities(),
            states: entry.states.clone(),
            threads: entry.threads.clone(),
            until: entry.until,
            added_ms: entry.added_ms,
        }
    }
}
