//! What the records of this desk do in their threads. Stubs keep it, so it holds no content.

use protocol::date::Date;
use serde::{Deserialize, Serialize};

use crate::thread::{self, ActOf, Table};

/// How stubs write the acts of this desk: in a form that is older than the one for all.
pub(super) const OF_STUBS: ActOf = ActOf { read, write };

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

fn read(table: &Table, text: &str) -> Option<thread::Act> {
    let act: Act = serde_json::from_str(text).ok()?;
    let word = match act {
        Act::Request { urgent: false } => "request",
        Act::Request { urgent: true } => "request_urgent",
        Act::Inform => "inform",
        Act::Accept { access: None } => "accept",
        Act::Accept { access: Some(Access::Direct) } => "accept_direct",
        Act::Accept { access: Some(Access::Indirect) } => "accept_indirect",
        Act::Start => "start",
        Act::AwaitAuthorisation { .. } => "await_authorisation",
        Act::Ask => "ask",
        Act::Clarify => "clarify",
        Act::Answer => "answer",
        Act::AnswerPartly => "answer_partly",
        Act::NothingToProvide => "nothing_to_provide",
        Act::Refuse => "refuse",
        Act::Feedback { r#use: Use::Used } => "feedback_used",
        Act::Feedback { r#use: Use::NotUsed } => "feedback_not_used",
        Act::Withdraw => "withdraw",
        Act::Close => "close",
    };
    let read = thread::Act::new(table.word(word)?);
    Some(match act {
        Act::AwaitAuthorisation { until } => read.at("until", until.end_unix_ms()),
        _ => read,
    })
}

fn write(act: &thread::Act) -> String {
    let act = match act.word {
        "accept" => Act::Accept { access: None },
        "start" => Act::Start,
        // Any day will do to ask whether an extension is possible.
        "await_authorisation" => Act::AwaitAuthorisation { until: Date::MAX },
        "ask" => Act::Ask,
        "clarify" => Act::Clarify,
        "answer" => Act::Answer,
        "answer_partly" => Act::AnswerPartly,
        "nothing_to_provide" => Act::NothingToProvide,
        "refuse" => Act::Refuse,
        "feedback_used" => Act::Feedback { r#use: Use::Used },
        "withdraw" => Act::Withdraw,
        _ => Act::Close,
    };
    act.to_stub().unwrap_or_default()
}

impl Access {
    /// The words as bodies write them.
    pub const WORDS: &'static [&'static str] = &["direct", "indirect"];
}

impl Use {
    /// The words as bodies write them.
    pub const WORDS: &'static [&'static str] = &["used", "not_used"];
}
