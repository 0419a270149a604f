//! JSON read strictly, so that two readers never see two things in the same bytes.
//!
//! A first pass over the bytes refuses what readers treat differently (duplicate keys, floats, large integers, deep
//! nesting); a second pass fills the type, which refuses unknown fields by `#[serde(deny_unknown_fields)]` and
//! structures written as arrays by [`Strict`].

use alloc::{string::String, vec::Vec};
use core::fmt;

use serde::{Serialize, de::DeserializeOwned};

mod scan;
mod strict;

pub use scan::Nulls;
use strict::Strict;

/// Bytes that are not the JSON expected: what is wrong, where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    /// What was read, such as `card` or `header`.
    pub what: &'static str,
    /// Path of the field, such as `clauses[2].id`; empty at the top.
    pub field: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in bytes, from 1.
    pub column: usize,
    /// What is wrong and what would be right.
    pub problem: String,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}, column {}", self.what, self.line, self.column)?;
        if !self.field.is_empty() {
            write!(f, ", field {}", self.field)?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl core::error::Error for JsonError {}

/// Reads a `T` from strict JSON of at most `limit_bytes`; `what` names the thing in errors.
pub fn parse_strict<T: DeserializeOwned>(bytes: &[u8], limit_bytes: usize, what: &'static str) -> Result<T, JsonError> {
    parse_strict_with(bytes, limit_bytes, what, Nulls::Allowed)
}

/// Like [`parse_strict`], and decides whether `null` may stand for an absent value.
pub fn parse_strict_with<T: DeserializeOwned>(
    bytes: &[u8],
    limit_bytes: usize,
    what: &'static str,
    nulls: Nulls,
) -> Result<T, JsonError> {
    let text = scan::scan(bytes, limit_bytes, nulls).map_err(|e| e.locate(bytes, what))?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let parsed = T::deserialize(Strict(&mut reader)).and_then(|value| reader.end().map(|()| value));
    parsed.map_err(|e| located(&e, bytes, what))
}

/// Like [`parse_strict`], and refuses bytes that are not what [`encode`] writes for the value: a value that is signed
/// or compared as a file has one spelling.
pub fn parse_canonical<T: DeserializeOwned + Serialize>(
    bytes: &[u8],
    limit_bytes: usize,
    what: &'static str,
) -> Result<T, JsonError> {
    let value = parse_strict(bytes, limit_bytes, what)?;
    let expected = encode(&value);
    if expected == bytes {
        return Ok(value);
    }
    let offset = expected.iter().zip(bytes).take_while(|(a, b)| a == b).count();
    let problem = "not the one spelling of this value: no white space, members in the order of the specification, \
                   none left out, escapes only where JSON needs them";
    Err(scan::Refused::new(offset, problem.into()).locate(bytes, what))
}

/// Writes the one spelling of a value: members in the order of the type, maps by key, no white space.
///
/// Fails only for types that have no JSON form; the protocol's have one, and an empty result is refused by every
/// reader.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

/// Adds the field's path to an error of serde_json, which knows the line and the column.
fn located(error: &serde_json::Error, bytes: &[u8], what: &'static str) -> JsonError {
    // serde_json appends the place in English to every message; the place has its own fields here.
    let mut problem = alloc::format!("{error}");
    if let Some(place) = problem.rfind(" at line ") {
        problem.truncate(place);
    }
    JsonError {
        what,
        field: scan::path_at_line(bytes, error.line(), error.column()),
        line: error.line(),
        column: error.column(),
        problem,
    }
}

#[cfg(test)]
mod tests;
