//! What a record does in its thread, as stubs keep it: a word of the table, dates, and at most one record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{machine::Ineffective, table::Table};
use crate::fields::RecordName;

/// An act. It outlives the content, so it holds none: a date of the matter is no content, a date of a person never stands
/// here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The word of the table.
    pub word: &'static str,
    /// Dates by their names, milliseconds since 1970. A day is its last millisecond.
    pub at: BTreeMap<String, u64>,
    /// The record that it is about.
    pub of: Option<RecordName>,
    /// Digits that show that its author has read them, or that another must repeat. Drawn for this, so no content.
    pub code: Option<String>,
}

/// How stubs write the acts of a table.
#[derive(Debug, Clone, Copy)]
pub struct ActOf {
    /// Reads an act; `None` if the table has no such word.
    pub read: fn(&Table, &str) -> Option<Act>,
    /// Writes it.
    pub write: fn(&Act) -> String,
}

/// The form of all tables but those that are older than it.
pub const GENERAL: ActOf = ActOf { read, write };

impl Act {
    /// An act that sets no dates and names no record.
    pub const fn new(word: &'static str) -> Self {
        Self { word, at: BTreeMap::new(), of: None, code: None }
    }

    /// The same with a date.
    #[must_use]
    pub fn at(mut self, name: &str, ms: u64) -> Self {
        self.at.insert(name.to_owned(), ms);
        self
    }

    /// That it has these dates and no others.
    pub(super) fn sets_exactly(&self, dates: &[&str]) -> Result<(), Ineffective> {
        let all = dates.len() == self.at.len() && dates.iter().all(|name| self.at.contains_key(*name));
        all.then_some(()).ok_or(Ineffective::Dates)
    }
}

/// What a record of a kind does, as its stub keeps it: `{"do":"defer","at":{"due":1767225599999}}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Does {
    r#do: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    at: BTreeMap<String, u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<RecordName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

impl Does {
    /// What this word says.
    pub fn new(word: &str) -> Self {
        Self { r#do: word.to_owned(), at: BTreeMap::new(), of: None, code: None }
    }

    /// It sets a date, if there is one: milliseconds since 1970.
    #[must_use]
    pub fn at(mut self, name: &str, ms: Option<u64>) -> Self {
        self.at.extend(ms.map(|ms| (name.to_owned(), ms)));
        self
    }

    /// It is about a record.
    #[must_use]
    pub fn of(self, record: &RecordName) -> Self {
        Self { of: Some(record.clone()), ..self }
    }

    /// It says digits that another repeats, or repeats them.
    #[must_use]
    pub fn code(self, code: Option<&str>) -> Self {
        Self { code: code.map(str::to_owned), ..self }
    }

    /// As [`Record::act`](crate::kinds::Record::act) gives it.
    pub fn to_stub(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }
}

fn read(table: &Table, text: &str) -> Option<Act> {
    let Does { r#do, at, of, code } = serde_json::from_str(text).ok()?;
    Some(Act { word: table.word(&r#do)?, at, of, code })
}

fn write(act: &Act) -> String {
    let Act { word, at, of, code } = act.clone();
    Does { r#do: word.to_owned(), at, of, code }.to_stub().unwrap_or_default()
}
