//! `/v1/seconds`: what waits for a second administrator. What can be asked for is [`ByTwo`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{officers::LogEntry, people::PersonChanged, tokens::TokenRow};
use crate::{
    auditors::Auditor,
    seconds::{ByTwo, Waiting},
};

/// What waits for a second administrator.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct WaitingRow {
    /// Its id.
    pub id: String,
    /// What was asked for.
    pub asked: ByTwo,
    /// The token of the administrator who asked.
    pub asked_by: String,
    /// When, milliseconds since 1970.
    pub asked_ms: u64,
    /// Until when it waits, milliseconds since 1970.
    pub until_ms: u64,
}

/// Everything that waits.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct WaitingList {
    /// The oldest first.
    pub waiting: Vec<WaitingRow>,
}

/// What was asked for.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct AskedForSecond {
    /// What waits now.
    #[serde(flatten)]
    pub row: WaitingRow,
    /// Of a token or a link, the first half of its text: here and nowhere else.
    pub first_half: Option<String>,
}

/// What was confirmed, and so is done.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "done", rename_all = "snake_case")]
pub enum Confirmed {
    /// A token was made.
    Token {
        /// What it is.
        token: TokenRow,
        /// The second half of its text: here and nowhere else.
        second_half: String,
    },
    /// A link was made by which a person registers a passkey.
    Link {
        /// The id of the person.
        person: String,
        /// The second half of what stands behind the `#` of `/enrol`: here and nowhere else.
        second_half: String,
    },
    /// An officer was enrolled.
    Officer {
        /// Where.
        entry: LogEntry,
    },
    /// A person is what was asked for.
    Person {
        /// The person, and which tokens that ended.
        changed: PersonChanged,
    },
    /// An auditor was registered.
    Auditor {
        /// Which.
        auditor: Auditor,
    },
}

impl From<Waiting> for WaitingRow {
    fn from(waiting: Waiting) -> Self {
        let Waiting { id, act, asked_by, asked_ms, until_ms, .. } = waiting;
        Self { id, asked: act, asked_by, asked_ms, until_ms }
    }
}
