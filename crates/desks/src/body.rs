//! A body read from JSON or TOML with the place of everything in it, so that an error can name line and column.
//!
//! Both syntaxes give the same tree of [`Node`]s. What is checked afterwards does not know which one was read.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use texts::{Message, say};
use toml::de::{DeTable, DeValue};

use crate::limits::{BODY_BYTES_MAX, DEPTH_MAX, TOML_BYTES_MAX};

/// Why a body is not one of its kind: where, which field, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct BodyError {
    /// Line in the text, from 1; 0 when the fault lies in the header.
    pub line: u32,
    /// Column in characters, from 1; 0 when the fault lies in the header.
    pub column: u32,
    /// Path of the field, for example `topic[3].scope`; empty when the text has no fields yet (a syntax error).
    pub field: String,
    /// What would be right, as the end of the sentence "the field must …".
    pub expected: Message,
}

impl BodyError {
    /// The error as `file:line:column: field: …`, which editors understand.
    pub fn in_file(&self, file: &str) -> Message {
        match self.line {
            0 => say!("while-doing", what = file, problem = self.sentence()),
            _ => {
                let (line, column) = (self.line, self.column);
                say!("at-place", file = file, line = %line, column = %column, problem = self.sentence())
            }
        }
    }

    /// The error with its place in a text that has no name.
    pub fn message(&self) -> Message {
        match self.line {
            0 => self.sentence(),
            _ => say!("at-line", line = %self.line, column = %self.column, problem = self.sentence()),
        }
    }

    fn sentence(&self) -> Message {
        match self.field.as_str() {
            "" => say!("body-must", expected = self.expected.clone()),
            field => say!("field-must", field = field, expected = self.expected.clone()),
        }
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

/// A fault found by a kind's own rules: the field by its path, and what would be right.
///
/// A path that starts with `header.` names a field of the record's header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Path of the field within the body, for example `topic[3].scope`.
    pub field: String,
    /// What would be right, as the end of the sentence "the field must …".
    pub expected: Message,
}

impl Fault {
    /// Says that `field` must be as `expected` describes.
    pub fn new(field: impl Into<String>, expected: Message) -> Self {
        Self { field: field.into(), expected }
    }
}

/// A value and the byte offset at which it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub at: usize,
    pub value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Flag(bool),
    /// A whole number, in decimal.
    Number(u64),
    Text(String),
    List(Vec<Node>),
    /// Fields in the order in which they were written.
    Table(Vec<Member>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub name: String,
    /// Where the name stands in TOML, where the value stands in JSON.
    pub name_at: usize,
    pub node: Node,
}

impl Node {
    /// The member of a table.
    pub fn member(&self, name: &str) -> Option<&Member> {
        match &self.value {
            Value::Table(members) => members.iter().find(|member| member.name == name),
            _ => None,
        }
    }

    /// Offset of the value that `path` names, or of the nearest one around it if there is none.
    pub fn locate(&self, path: &str) -> usize {
        let mut here = self;
        for step in path.split(['.', '[']).filter(|step| !step.is_empty()) {
            let next = match &here.value {
                Value::List(items) => step.trim_end_matches(']').parse().ok().and_then(|i: usize| items.get(i)),
                _ => here.member(step).map(|member| &member.node),
            };
            match next {
                Some(node) => here = node,
                None => break,
            }
        }
        here.at
    }
}

/// Writes the tree as JSON with its fields in their order.
impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            Value::Null => serializer.serialize_unit(),
            Value::Flag(flag) => flag.serialize(serializer),
            Value::Number(number) => number.serialize(serializer),
            Value::Text(text) => text.serialize(serializer),
            Value::List(items) => items.serialize(serializer),
            Value::Table(members) => serializer.collect_map(members.iter().map(|m| (&m.name, &m.node))),
        }
    }
}

/// Points at `offset` in `text` and says what `field` must be.
pub(crate) fn fault_at(text: &str, offset: usize, fault: Fault) -> BodyError {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |i| i.saturating_add(1));
    BodyError {
        line: count(before.matches('\n').count()),
        column: count(before.get(line_start..).unwrap_or_default().chars().count()),
        field: fault.field,
        expected: fault.expected,
    }
}

/// Turns a count of what comes before into a position from 1.
fn count(before: usize) -> u32 {
    u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
}

/// Reads JSON: UTF-8, one object, no duplicate fields, no fractions, bounded in size and depth.
pub(crate) fn from_json(bytes: &[u8]) -> Result<(&str, Node), BodyError> {
    if bytes.len() > BODY_BYTES_MAX {
        return Err(fault_at(
            "",
            0,
            Fault::new("", say!("must-bytes-most", most = BODY_BYTES_MAX, bytes = bytes.len())),
        ));
    }
    let text = str::from_utf8(bytes).map_err(|error| {
        let valid = bytes.get(..error.valid_up_to()).and_then(|valid| str::from_utf8(valid).ok()).unwrap_or_default();
        fault_at(valid, valid.len(), Fault::new("", say!("must-utf8")))
    })?;
    let node = JsonReader { text }.value(text, "", 0)?;
    Ok((text, node))
}

/// Reads a TOML file; dates count as text.
pub(crate) fn from_toml(text: &str) -> Result<Node, BodyError> {
    if text.len() > TOML_BYTES_MAX {
        return Err(fault_at(
            "",
            0,
            Fault::new("", say!("must-bytes-most", most = TOML_BYTES_MAX, bytes = text.len())),
        ));
    }
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        fault_at(text, at, Fault::new("", say!("must-toml", message = %error.message())))
    })?;
    let at = table.span().start;
    Ok(Node { at, value: toml_table(text, table.get_ref(), "", 0)? })
}

struct JsonReader<'a> {
    text: &'a str,
}

impl<'a> JsonReader<'a> {
    /// Reads the value that `raw`, a slice of the text, holds. Each level is read once more by the level above it to
    /// find where it ends; that is cheap at our depth and leaves the grammar to `serde_json`.
    fn value(&self, raw: &'a str, path: &str, depth: usize) -> Result<Node, BodyError> {
        let raw = raw.trim_start();
        let at = self.offset(raw);
        if depth > DEPTH_MAX {
            return Err(fault_at(self.text, at, Fault::new(path, say!("must-nest", depth_max = DEPTH_MAX))));
        }
        let value = match raw.bytes().next() {
            Some(b'{') => {
                let mut members: Vec<Member> = Vec::new();
                for (name, value) in self.parse::<Pairs>(raw)?.0 {
                    let path = join(path, &name);
                    let node = self.value(value.get(), &path, depth.saturating_add(1))?;
                    if members.iter().any(|member| member.name == name) {
                        return Err(fault_at(self.text, node.at, Fault::new(path, say!("must-once"))));
                    }
                    members.push(Member { name, name_at: node.at, node });
                }
                Value::Table(members)
            }
            Some(b'[') => {
                let items = self.parse::<Vec<&RawValue>>(raw)?;
                let nodes = items.into_iter().enumerate();
                Value::List(
                    nodes
                        .map(|(i, item)| self.value(item.get(), &format!("{path}[{i}]"), depth.saturating_add(1)))
                        .collect::<Result<_, _>>()?,
                )
            }
            Some(b'"') => Value::Text(self.parse(raw)?),
            Some(b't' | b'f') => Value::Flag(self.parse(raw)?),
            Some(b'n') => {
                self.parse::<()>(raw)?;
                Value::Null
            }
            _ => Value::Number(self.parse(raw).map_err(|error| match raw.trim().parse::<f64>() {
                Ok(_) => fault_at(self.text, at, Fault::new(path, say!("must-whole-number"))),
                Err(_) => error,
            })?),
        };
        Ok(Node { at, value })
    }

    fn parse<T: Deserialize<'a>>(&self, raw: &'a str) -> Result<T, BodyError> {
        serde_json::from_str(raw).map_err(|error| {
            // serde_json counts lines from 1 and columns in bytes; we need the offset in the whole text.
            let lines: usize = raw.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
            let at = self.offset(raw).saturating_add(lines).saturating_add(error.column().saturating_sub(1));
            let at = (0..=at.min(self.text.len())).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0);
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default();
            fault_at(self.text, at, Fault::new("", say!("must-json", message = %message)))
        })
    }

    /// Where a slice of the text starts in it.
    fn offset(&self, slice: &str) -> usize {
        slice.as_ptr().addr().saturating_sub(self.text.as_ptr().addr())
    }
}

/// The members of an object in their order, duplicates included.
struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;
        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(PairsVisitor)
    }
}

fn toml_table(text: &str, table: &DeTable<'_>, path: &str, depth: usize) -> Result<Value, BodyError> {
    let mut members = table
        .iter()
        .map(|(name, value)| {
            let (name_at, name) = (name.span().start, name.get_ref().to_string());
            let node = toml_value(text, value.get_ref(), value.span().start, &join(path, &name), depth)?;
            Ok(Member { name, name_at, node })
        })
        .collect::<Result<Vec<_>, BodyError>>()?;
    members.sort_by_key(|member| member.name_at);
    Ok(Value::Table(members))
}

fn toml_value(text: &str, value: &DeValue<'_>, at: usize, path: &str, depth: usize) -> Result<Node, BodyError> {
    let depth = depth.saturating_add(1);
    if depth > DEPTH_MAX {
        return Err(fault_at(text, at, Fault::new(path, say!("must-nest", depth_max = DEPTH_MAX))));
    }
    let whole = || fault_at(text, at, Fault::new(path, say!("must-whole-number")));
    let value = match value {
        DeValue::String(string) => Value::Text(string.to_string()),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Integer(digits) => {
            Value::Number(u64::from_str_radix(digits.as_str(), digits.radix()).map_err(|_| whole())?)
        }
        DeValue::Float(_) => return Err(whole()),
        DeValue::Datetime(date) => Value::Text(date.to_string()),
        DeValue::Array(items) => {
            let nodes = items.iter().enumerate();
            Value::List(
                nodes
                    .map(|(i, item)| {
                        toml_value(text, item.get_ref(), item.span().start, &format!("{path}[{i}]"), depth)
                    })
                    .collect::<Result<_, _>>()?,
            )
        }
        DeValue::Table(table) => toml_table(text, table, path, depth)?,
    };
    Ok(Node { at, value })
}

/// The path of a field below another.
pub(crate) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
