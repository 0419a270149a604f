//! Reads TOML that people write, and says where in it a fault is.

use std::fmt;

use serde::de::DeserializeOwned;
use texts::{Message, say};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::wording;

/// What is wrong in a TOML file, where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Line, from 1; 0 if the fault is about something that is not there.
    pub line: usize,
    /// Path of the field, such as `clause[1].authors[0]`; empty at the top.
    pub field: String,
    /// What is wrong and what would be right.
    pub problem: Message,
}

impl Fault {
    /// It, as readers are told.
    pub fn message(&self) -> Message {
        let (line, problem) = (self.line, self.problem.clone());
        let field = || wording::faults::field(&self.field);
        let message = match (line, self.field.as_str()) {
            (0, "") => return problem,
            (0, _) => say!("fault-in-field", field = field(), problem = problem),
            (_, "") => say!("fault-in-line", line = %line, problem = problem),
            _ => say!("fault-at", line = %line, field = field(), problem = problem),
        };
        message.worded(self.to_string())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}, ", self.line)?;
        }
        if !self.field.is_empty() {
            write!(f, "field {}: ", self.field)?;
        }
        write!(f, "{}", self.problem)
    }
}

/// Reads a `T`; a fault names its line and field.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    toml::from_str(text).map_err(|error| {
        let offset = error.span().map(|span| span.start);
        Fault {
            line: offset.map_or(0, |offset| line_at(text, offset)),
            field: offset.and_then(|offset| field_at(text, offset)).unwrap_or_default(),
            problem: wording::reader_message(error.message()),
        }
    })
}

/// A fault in the field with this path. If the field is not there, the line is that of what would hold it.
pub(crate) fn fault(text: &str, field: &str, problem: impl Into<Message>) -> Fault {
    let line = DeTable::parse(text).ok().and_then(|root| offset_of(root.get_ref(), field));
    Fault { line: line.map_or(0, |offset| line_at(text, offset)), field: field.to_owned(), problem: problem.into() }
}

fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// Where the deepest part of the path that is there begins.
fn offset_of(root: &DeTable<'_>, path: &str) -> Option<usize> {
    let mut offset = None;
    let mut table = root;
    for part in path.split('.') {
        let (name, indexes) = part.split_once('[').unwrap_or((part, ""));
        let Some((key, mut value)) = table.iter().find(|(key, _)| key.get_ref() == name) else { break };
        offset = Some(key.span().start);
        for index in indexes.split(['[', ']']).filter_map(|index| index.parse::<usize>().ok()) {
            let Some(item) = value.get_ref().as_array().and_then(|array| array.get(index)) else { return offset };
            offset = Some(item.span().start);
            value = item;
        }
        let Some(inner) = value.get_ref().as_table() else { break };
        table = inner;
    }
    offset
}

/// The path of the field whose name or value stands at the offset.
fn field_at(text: &str, offset: usize) -> Option<String> {
    in_table(DeTable::parse(text).ok()?.get_ref(), offset, "")
}

fn in_table(table: &DeTable<'_>, offset: usize, path: &str) -> Option<String> {
    table.iter().find_map(|(key, value)| {
        let dot = if path.is_empty() { "" } else { "." };
        let path = format!("{path}{dot}{}", key.get_ref());
        in_value(value, offset, &path).or_else(|| key.span().contains(&offset).then_some(path))
    })
}

fn in_value(value: &Spanned<DeValue<'_>>, offset: usize, path: &str) -> Option<String> {
    let inner = match value.get_ref() {
        DeValue::Table(table) => in_table(table, offset, path),
        DeValue::Array(items) => {
            items.iter().enumerate().find_map(|(number, item)| in_value(item, offset, &format!("{path}[{number}]")))
        }
        _ => None,
    };
    inner.or_else(|| value.span().contains(&offset).then(|| path.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    const TEXT: &str =
        "title = \"t\"\n[[clause]]\nid = \"c1\"\n\n[[clause]]\nid = \"c2\"\nauthors = [\n  \"XAA\",\n  7,\n]\n";

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[expect(dead_code, reason = "only its reading is tested")]
        title: String,
        #[expect(dead_code, reason = "only its reading is tested")]
        clause: Vec<Clause>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Clause {
        #[expect(dead_code, reason = "only its reading is tested")]
        id: String,
        #[expect(dead_code, reason = "only its reading is tested")]
        #[serde(default)]
        authors: Vec<String>,
    }

    #[test]
    fn a_fault_names_its_line_and_field() {
        let wrong_type = parse::<File>(TEXT).unwrap_err();
        assert_eq!((wrong_type.line, wrong_type.field.as_str()), (9, "clause[1].authors[1]"));
        let unknown = parse::<File>(&TEXT.replace("id = \"c1\"", "ids = \"c1\"")).unwrap_err();
        assert_eq!((unknown.line, unknown.field.as_str()), (3, "clause[0].ids"), "{unknown}");
        let syntax = parse::<File>("title = \n").unwrap_err();
        assert_eq!(syntax.line, 1, "{syntax}");
    }

    #[test]
    fn a_field_is_found_by_its_path() {
        assert_eq!(fault(TEXT, "clause[1].authors[0]", "p").line, 8);
        assert_eq!(fault(TEXT, "clause[1].id", "p").line, 6);
        // What is missing is missed where it would stand.
        assert_eq!(fault(TEXT, "clause[1].purpose", "p").line, 5);
        assert_eq!(fault(TEXT, "party", "p").to_string(), "field party: p");
    }
}
