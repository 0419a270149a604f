//! What the records of this desk do in their threads. Stubs keep it, so it holds no content.

use protocol::date::Date;
use serde::{Deserialize, Serialize};

/// What a record does in a thread of the requests desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Asks: opens the thread.
    Request {
        /// Whether the header says that it is urgent.
        urgent: bool,
    },
    /// Tells what nobody asked for: opens the thread.
    Inform,
    /// The matter is in the hands of a person at the party that was addressed.
    Accept {
        /// How that party can reach what is asked; without it the shorter limit holds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        access: Option<Access>,
    },
    /// The matter is being worked on.
    Start,
    /// A court must allow the answer first: the new date by which it comes.
    AwaitAuthorisation {
        /// The last day for the answer.
        until: Date,
    },
    /// Asks the requester for what is missing.
    Ask,
    /// Gives what was missing.
    Clarify,
    /// Answers all that was asked.
    Answer,
    /// Answers a part; more may follow.
    AnswerPartly,
    /// There is nothing to provide. It neither confirms nor denies that anything is held.
    NothingToProvide,
    /// Refuses on a ground.
    Refuse,
    /// Says what was done with what came.
    Feedback {
        /// Whether it was of use.
        r#use: Use,
    },
    /// Takes the request back.
    Withdraw,
    /// Ends the thread.
    Close,
}

/// How the addressed party can reach what is asked (Directive (EU) 2023/977, article 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// In a database that it can search itself.
    Direct,
    /// From other authorities or from private parties.
    Indirect,
}

/// What became of information.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// It was used.
    Used,
    /// It was not used.
    NotUsed,
}

impl Act {
    /// The act as a stub keeps it.
    pub(super) fn to_stub(self) -> Option<String> {
        serde_json::to_string(&self).ok()
    }
}

impl Access {
    /// The words as bodies write them.
    pub const WORDS: &'static [&'static str] = &["direct", "indirect"];
}

impl Use {
    /// The words as bodies write them.
    pub const WORDS: &'static [&'static str] = &["used", "not_used"];
}
