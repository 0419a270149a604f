//! The first pass: refuses what JSON readers are known to treat differently. It is not a parser: whatever it lets pass
//! still has to be JSON for the second pass.

use alloc::{borrow::Cow, format, string::String, vec::Vec};

use super::JsonError;
use crate::limits::{JSON_DEPTH_MAX, JSON_INTEGER_MAX, JSON_OBJECT_MEMBERS_MAX};

/// Whether `null` may be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Nulls {
    /// A field may be `null`.
    Allowed,
    /// What is absent is left out.
    Refused,
}

/// What the first pass refuses, and where.
pub(super) struct Refused {
    offset: usize,
    problem: String,
}

impl Refused {
    pub(super) fn new(offset: usize, problem: String) -> Self {
        Self { offset, problem }
    }

    /// Turns the offset into line, column and field.
    pub(super) fn locate(self, bytes: &[u8], what: &'static str) -> JsonError {
        let before = bytes.get(..self.offset).unwrap_or(bytes);
        let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        JsonError {
            what,
            field: path_at(bytes, self.offset),
            line: before.iter().filter(|b| **b == b'\n').count() + 1,
            column: before.len() - line_start + 1,
            problem: self.problem,
        }
    }
}

/// Checks the bytes and returns them as text.
pub(super) fn scan(bytes: &[u8], limit_bytes: usize, nulls: Nulls) -> Result<&str, Refused> {
    if bytes.len() > limit_bytes {
        return Err(Refused::new(
            limit_bytes,
            format!("{} bytes are more than the {limit_bytes} allowed", bytes.len()),
        ));
    }
    let text = core::str::from_utf8(bytes)
        .map_err(|e| Refused::new(e.valid_up_to(), "not UTF-8: save the text as UTF-8".into()))?;
    Walk::new(bytes).run(nulls)?;
    Ok(text)
}

/// The path of the field that is being read at a line and a column (both from 1, as serde_json counts them), such as
/// `clauses[2].id`.
pub(super) fn path_at_line(bytes: &[u8], line: usize, column: usize) -> String {
    let earlier_lines = bytes.split_inclusive(|b| *b == b'\n').take(line.saturating_sub(1));
    path_at(bytes, earlier_lines.map(<[u8]>::len).sum::<usize>().saturating_add(column.saturating_sub(1)))
}

fn path_at(bytes: &[u8], offset: usize) -> String {
    let mut walk = Walk::new(bytes.get(..offset).unwrap_or(bytes));
    // What is wrong at the offset was reported already; the levels reached are all that is asked for here.
    let _ = walk.run(Nulls::Allowed);
    let mut path = String::new();
    for level in &walk.levels {
        match level.kind {
            Kind::Array => path.push_str(&format!("[{}]", level.items)),
            Kind::Object => {
                let Some(key) = walk.keys.get(level.keys_start + level.items).filter(|_| !level.key_next) else {
                    continue;
                };
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&String::from_utf8_lossy(key));
            }
        }
    }
    path
}

/// The position in the text, the containers open there and the keys seen in them.
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    levels: Vec<Level>,
    /// Keys of all open objects, each level's from its `keys_start`.
    keys: Vec<Cow<'a, [u8]>>,
}

struct Level {
    kind: Kind,
    keys_start: usize,
    /// Commas seen so far.
    items: usize,
    /// Whether the next string is a key.
    key_next: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Object,
    Array,
}

impl<'a> Walk<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, levels: Vec::with_capacity(JSON_DEPTH_MAX), keys: Vec::with_capacity(32) }
    }

    fn run(&mut self, nulls: Nulls) -> Result<(), Refused> {
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'"' => self.string()?,
                b'{' => self.open(Kind::Object)?,
                b'[' => self.open(Kind::Array)?,
                b'}' | b']' => self.close(),
                b',' => self.comma(),
                b'-' | b'0'..=b'9' => self.number()?,
                b'n' if nulls == Nulls::Refused => {
                    return Err(Refused::new(self.at, "null is not allowed: leave the field out".into()));
                }
                _ => self.at += 1,
            }
        }
        Ok(())
    }

    fn open(&mut self, kind: Kind) -> Result<(), Refused> {
        if self.levels.len() == JSON_DEPTH_MAX {
            return Err(Refused::new(self.at, format!("nested deeper than the {JSON_DEPTH_MAX} levels allowed")));
        }
        self.levels.push(Level { kind, keys_start: self.keys.len(), items: 0, key_next: kind == Kind::Object });
        self.at += 1;
        Ok(())
    }

    fn close(&mut self) {
        if let Some(level) = self.levels.pop() {
            self.keys.truncate(level.keys_start);
        }
        self.at += 1;
    }

    fn comma(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            level.items += 1;
            level.key_next = level.kind == Kind::Object;
        }
        self.at += 1;
    }

    fn string(&mut self) -> Result<(), Refused> {
        let start = self.at + 1;
        let mut end = start;
        let mut escaped = false;
        loop {
            let rest = self.bytes.get(end..).unwrap_or_default();
            let Some(length) = rest.iter().position(|b| matches!(b, b'"' | b'\\')) else {
                // The text ends within the string: the second pass says so.
                self.at = self.bytes.len();
                return Ok(());
            };
            end += length;
            if self.bytes.get(end) == Some(&b'"') {
                break;
            }
            escaped = true;
            end += 2;
        }
        self.at = end + 1;
        let Some(level) = self.levels.last_mut().filter(|level| level.key_next) else { return Ok(()) };
        level.key_next = false;
        let raw = self.bytes.get(start..end).unwrap_or_default();
        let key =
            if escaped { unescaped(self.bytes.get(start - 1..=end).unwrap_or_default()) } else { Cow::Borrowed(raw) };
        let keys = self.keys.get(level.keys_start..).unwrap_or_default();
        if keys.len() == JSON_OBJECT_MEMBERS_MAX {
            return Err(Refused::new(
                start,
                format!("more than the {JSON_OBJECT_MEMBERS_MAX} members allowed in an object"),
            ));
        }
        if keys.contains(&key) {
            let key = String::from_utf8_lossy(&key);
            return Err(Refused::new(start, format!("the key {key} stands here a second time: keep one")));
        }
        self.keys.push(key);
        Ok(())
    }

    fn number(&mut self) -> Result<(), Refused> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest.iter().take_while(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')).count();
        let number = rest.get(..length).unwrap_or_default();
        let value = number.iter().try_fold(0_u64, |value, digit| {
            let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
            value.checked_mul(10)?.checked_add(digit)
        });
        if value.is_none_or(|value| value > JSON_INTEGER_MAX) {
            let number = String::from_utf8_lossy(number.get(..length.min(24)).unwrap_or_default());
            return Err(Refused::new(
                self.at,
                format!("the number {number} is not allowed: numbers are whole, from 0 to {JSON_INTEGER_MAX}"),
            ));
        }
        self.at += length;
        Ok(())
    }
}

/// A key written with escapes, as the text it stands for; a malformed one is left to the second pass.
fn unescaped(quoted: &[u8]) -> Cow<'_, [u8]> {
    serde_json::from_slice::<String>(quoted).map_or(Cow::Borrowed(quoted), |key| Cow::Owned(key.into_bytes()))
}
