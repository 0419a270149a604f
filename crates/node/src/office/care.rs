//! What colleagues say of a draft or a thread among themselves: who deals with it, remarks, a day to look at it again.

use std::collections::{BTreeMap, BTreeSet};

use protocol::date::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use texts::say;

use crate::{
    callers::Caller,
    fault::{Code, Fault},
    limits,
};

/// Who is to deal with something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum With {
    /// A person, by id.
    Person(String),
    /// Whoever speaks for an office.
    Office(String),
}

/// A remark of a colleague. It never leaves the node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Remark {
    /// The id of the person who made it.
    pub by: String,
    /// When, milliseconds since 1970.
    pub at_ms: u64,
    /// What it says.
    pub text: String,
}

/// What is said of one thing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Care {
    /// Who is to deal with it.
    pub(crate) with: Option<With>,
    /// The oldest first.
    pub(crate) remarks: Vec<Remark>,
    pub(crate) bring_back: Option<Date>,
    /// When somebody last saw it, milliseconds since 1970, by the ids of people.
    pub(crate) seen: BTreeMap<String, u64>,
    /// When it last changed, milliseconds since 1970.
    pub(crate) changed_ms: u64,
}

impl Care {
    pub(crate) fn add_remark(&mut self, remark: Remark) -> Result<(), Fault> {
        let chars = remark.text.chars().count();
        if remark.text.trim().is_empty() || chars > limits::REMARK_CHARS_MAX {
            let message = say!("remark-form", remark_chars_max = limits::REMARK_CHARS_MAX);
            return Err(Fault::usage(message).in_field("remark"));
        }
        if self.remarks.len() >= limits::REMARKS_MAX {
            let message = say!("remarks-full", remarks_max = limits::REMARKS_MAX);
            return Err(Fault::new(Code::Conflict, message).in_field("remark"));
        }
        self.changed_ms = remark.at_ms;
        self.remarks.push(remark);
        Ok(())
    }

    /// Whether something changed since a person last saw it.
    pub(crate) fn is_unread_by(&self, person: Option<&str>) -> bool {
        person.and_then(|me| self.seen.get(me)).is_none_or(|seen| *seen < self.changed_ms)
    }
}

impl With {
    /// Whether it is with the caller, or with one of those for whom the caller acts.
    pub(crate) fn is(&self, caller: &Caller, acts_for: &BTreeSet<String>) -> bool {
        match self {
            Self::Person(person) => acts_for.contains(person),
            Self::Office(office) => caller.office() == Some(office),
        }
    }
}
