//! The table of fields that describes a body: what is checked, what help prints and what a reader sees are one thing.

mod agree;
mod standard;

use protocol::date::Date;
use protocol::text::is_token;
use texts::{Message, say};

pub use agree::{Disagreement, agree};

use crate::body::{Fault, Node, Value, join};
use crate::desk::same;
use crate::fields::RecordName;
use crate::limits::URL_CHARS_MAX;

/// One field of a body.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name, the same in JSON and in TOML.
    pub name: &'static str,
    /// What it may hold.
    pub shape: Shape,
    /// Whether a body without it is refused.
    pub required: bool,
    /// What it means, for people.
    pub help: &'static str,
}

impl Field {
    /// A field that every body of the kind has.
    pub const fn required(name: &'static str, shape: Shape, help: &'static str) -> Self {
        Self { name, shape, required: true, help }
    }

    /// A field that may be left out.
    pub const fn optional(name: &'static str, shape: Shape, help: &'static str) -> Self {
        Self { name, shape, required: false, help }
    }
}

/// What a field may hold.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// One line of text, not empty, at most so many characters.
    Line(usize),
    /// One line, or empty where the fact is not known.
    LineOrEmpty(usize),
    /// Text with line breaks, not empty, at most so many characters.
    Text(usize),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A day, `YYYY-MM-DD`.
    Day,
    /// A day, a month, a year, or empty where it is not known.
    DayOrLess,
    /// A state's code, ISO 3166-1 alpha-3.
    State,
    /// A web address with `https://` or `http://`, or empty where it is not known.
    UrlOrEmpty,
    /// A SHA-256 digest, 64 lower-case hexadecimal digits.
    Sha256,
    /// A word in capitals, digits and underscores, at most 64 characters.
    Code,
    /// A code in lower-case letters, digits, `_` and `-`, such as a purpose.
    Token,
    /// A record of the same channel, `AGENCY/EPOCH/LANE/INDEX`.
    Record,
    /// A whole number from so many to so many, as its digits.
    Count(u32, u32),
    /// Exactly so many digits, leading zeros included.
    Digits(usize),
    /// A moment with its offset, RFC 3339 with seconds.
    Instant,
    /// A week, ISO 8601: `2026-W49`.
    Week,
    /// A time zone, by its IANA name.
    Zone,
    /// A language, BCP 47, at most 35 characters.
    LanguageTag,
    /// A telephone number, E.164.
    Phone,
    /// An e-mail address, RFC 5321.
    Mailbox,
    /// A place, WGS 84 latitude and longitude, at most 5 decimals (about a metre).
    Point,
    /// One table with these fields.
    Table(&'static [Field]),
    /// A list whose items all have one shape, from so many to so many.
    List(&'static Shape, usize, usize),
    /// A list of tables with these fields, from so many to so many.
    Tables(&'static [Field], usize, usize),
}

impl Shape {
    /// What would be right, as the end of the sentence "the field must …".
    pub fn expected(&self) -> Message {
        match self {
            Self::Line(max) => say!("must-one-line", max = *max),
            Self::LineOrEmpty(max) => say!("must-one-line-or-empty", max = *max),
            Self::Text(max) => say!("must-text", max = *max),
            Self::OneOf(words) => say!("must-one-of", words = words.to_vec()),
            Self::Day => say!("must-day"),
            Self::DayOrLess => say!("must-day-or-less"),
            Self::State => say!("must-state"),
            Self::UrlOrEmpty => say!("must-url"),
            Self::Sha256 => say!("must-sha256"),
            Self::Code => say!("must-code"),
            Self::Token => say!("must-token"),
            Self::Record => say!("must-record"),
            Self::Count(min, max) => say!("must-count", min = *min, max = *max),
            Self::Digits(count) => say!("must-digits", count = *count),
            Self::Instant => say!("must-instant"),
            Self::Week => say!("must-week"),
            Self::Zone => say!("must-zone"),
            Self::LanguageTag => say!("must-language"),
            Self::Phone => say!("must-phone"),
            Self::Mailbox => say!("must-mailbox"),
            Self::Point => say!("must-point"),
            Self::Table(_) => say!("must-table"),
            Self::List(item, min, max) => say!("must-list", min = *min, max = *max, expected = item.expected()),
            Self::Tables(_, min, max) => say!("must-tables", min = *min, max = *max),
        }
    }

    /// Whether it takes words of the author's own, so that a person may stand in it. A rule or a code is nobody.
    const fn takes_free_text(&self) -> bool {
        match self {
            Self::Line(_) | Self::LineOrEmpty(_) | Self::Text(_) | Self::UrlOrEmpty => true,
            Self::List(item, ..) => item.takes_free_text(),
            Self::Tables(fields, ..) | Self::Table(fields) => take_free_text(fields),
            // A function's number and address are nobody's; but nothing here can tell whose they are.
            Self::Phone | Self::Mailbox => true,
            Self::Count(..)
            | Self::Digits(_)
            | Self::Instant
            | Self::Week
            | Self::Zone
            | Self::LanguageTag
            | Self::Point
            | Self::OneOf(_)
            | Self::Day
            | Self::DayOrLess
            | Self::State
            | Self::Sha256
            | Self::Code
            | Self::Token
            | Self::Record => false,
        }
    }

    /// A text that it holds; empty for lists and tables.
    fn sample(&self) -> &'static str {
        match self {
            Self::Count(min, _) => standard::digits(*min),
            Self::Digits(count) => standard::ZEROS.get(..*count).unwrap_or(standard::ZEROS),
            Self::Instant => "2026-11-29T14:05:00+03:00",
            Self::Week => "2026-W49",
            Self::Zone => "Asia/Riyadh",
            Self::LanguageTag => "ar",
            Self::Phone => "+12025550100",
            Self::Mailbox => "desk@example.org",
            Self::Point => "36.2021,37.1343",
            Self::Table(_) => "",
            Self::Line(_) | Self::Text(_) | Self::Token => "a",
            Self::LineOrEmpty(_) | Self::UrlOrEmpty | Self::List(..) | Self::Tables(..) => "",
            Self::OneOf(words) => words.first().copied().unwrap_or_default(),
            Self::Day | Self::DayOrLess => "2025-08-03",
            Self::State => "XAA",
            Self::Sha256 => "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a",
            Self::Code => "A",
            Self::Record => "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a/1/main/7",
        }
    }

    fn holds(&self, text: &str) -> bool {
        match self {
            Self::Line(max) => !text.is_empty() && is_line(text, *max),
            Self::LineOrEmpty(max) => is_line(text, *max),
            Self::Text(max) => !text.trim().is_empty() && has_at_most(text, *max) && consists_of(text, is_in_text),
            Self::OneOf(words) => words.contains(&text),
            Self::Day => is_day(text),
            Self::DayOrLess => match text.len() {
                0 => true,
                4 => is_day(&format!("{text}-01-01")),
                7 => is_day(&format!("{text}-01")),
                _ => is_day(text),
            },
            Self::State => text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase()),
            Self::UrlOrEmpty => {
                let known = text.starts_with("https://") || text.starts_with("http://");
                text.is_empty() || (known && is_line(text, URL_CHARS_MAX))
            }
            Self::Sha256 => text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')),
            Self::Code => {
                let fits = (1..=64).contains(&text.len());
                fits && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
            }
            Self::Token => is_token(text),
            Self::Record => text.parse::<RecordName>().is_ok(),
            Self::Count(min, max) => standard::is_count(text, *min, *max),
            Self::Digits(count) => text.len() == *count && text.bytes().all(|b| b.is_ascii_digit()),
            Self::Instant => standard::is_instant(text),
            Self::Week => standard::is_week(text),
            Self::Zone => standard::is_zone(text),
            Self::LanguageTag => standard::is_language(text),
            Self::Phone => standard::is_phone(text),
            Self::Mailbox => standard::is_mailbox(text),
            Self::Point => standard::is_point(text),
            Self::List(..) | Self::Tables(..) | Self::Table(_) => false,
        }
    }
}

/// Whether a field of the table takes words of the author's own.
pub(crate) const fn take_free_text(mut fields: &[Field]) -> bool {
    while let [field, rest @ ..] = fields {
        if field.shape.takes_free_text() {
            return true;
        }
        fields = rest;
    }
    false
}

/// Whether no name stands twice in a table of fields, where the compiler asks.
pub(crate) const fn each_once(mut fields: &[Field]) -> bool {
    while let [field, rest @ ..] = fields {
        let mut others = rest;
        while let [other, more @ ..] = others {
            if same(field.name.as_bytes(), other.name.as_bytes()) {
                return false;
            }
            others = more;
        }
        fields = rest;
    }
    true
}

/// A fault and the byte offset at which it lies.
pub(crate) type Placed = (usize, Fault);

/// Checks a table against its fields: nothing missing, nothing unknown, everything of its shape.
pub(crate) fn check(node: &Node, fields: &[Field], path: &str) -> Result<(), Placed> {
    let Value::Table(members) = &node.value else {
        return Err((node.at, Fault::new(path, say!("must-table"))));
    };
    for member in members {
        let path = join(path, &member.name);
        let Some(field) = fields.iter().find(|field| field.name == member.name) else {
            let names: Vec<_> = fields.iter().map(|field| field.name).collect();
            let expected = say!("must-not-be-field", names = names.to_vec());
            return Err((member.name_at, Fault::new(path, expected)));
        };
        check_value(&member.node, &field.shape, &path)?;
    }
    match fields.iter().find(|field| field.required && node.member(field.name).is_none()) {
        Some(missing) => {
            let expected = say!("must-be-given", expected = missing.shape.expected());
            Err((node.at, Fault::new(join(path, missing.name), expected)))
        }
        None => Ok(()),
    }
}

fn check_value(node: &Node, shape: &Shape, path: &str) -> Result<(), Placed> {
    let wrong = || (node.at, Fault::new(path, shape.expected()));
    match (shape, &node.value) {
        (Shape::List(item, min, max), Value::List(nodes)) if (*min..=*max).contains(&nodes.len()) => {
            nodes.iter().enumerate().try_for_each(|(i, node)| check_value(node, item, &format!("{path}[{i}]")))
        }
        (Shape::Tables(fields, min, max), Value::List(nodes)) if (*min..=*max).contains(&nodes.len()) => {
            nodes.iter().enumerate().try_for_each(|(i, node)| check(node, fields, &format!("{path}[{i}]")))
        }
        (Shape::Table(fields), Value::Table(_)) => check(node, fields, path),
        (_, Value::Text(text)) if shape.holds(text) => Ok(()),
        _ => Err(wrong()),
    }
}

/// One line without surrounding space, control characters or marks that reorder what a reader sees.
fn is_line(text: &str, chars_max: usize) -> bool {
    let reorders = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
    text.trim() == text && has_at_most(text, chars_max) && consists_of(text, |c| !c.is_control() && !reorders(c))
}

/// Whether a text has at most so many characters; it has no more of them than bytes.
fn has_at_most(text: &str, chars_max: usize) -> bool {
    text.len() <= chars_max || text.chars().count() <= chars_max
}

/// Whether every character is allowed. Printable ASCII is allowed everywhere and passes many bytes at a time.
fn consists_of(text: &str, allowed: impl Fn(char) -> bool) -> bool {
    let printable = |chunk: &[u8]| chunk.iter().fold(true, |all, byte| all & (b' '..=b'~').contains(byte));
    text.as_bytes().chunks(64).all(printable) || text.chars().all(allowed)
}

fn is_in_text(c: char) -> bool {
    !c.is_control() || matches!(c, '\n' | '\t')
}

fn is_day(text: &str) -> bool {
    text.parse::<Date>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each shape with texts that it holds and texts that it refuses.
    #[test]
    fn shapes_hold_what_they_say() {
        let log = format!("{}/1/main", "0a".repeat(32));
        let [record, signed, padded] = ["7", "+7", "07"].map(|index| format!("{log}/{index}"));
        let cases: [(Shape, &[&str], &[&str]); 21] = [
            (Shape::Line(4), &["a", "قناة"], &["", " a", "a\nb", "abcde", "a\u{202E}b"]),
            (Shape::LineOrEmpty(4), &["", "a"], &["a\tb", "abcde"]),
            (Shape::Text(4), &["a\nb"], &["", " \n", "abcde", "a\u{0}b"]),
            (Shape::OneOf(&["in", "out"]), &["in"], &["", "In", "inside"]),
            (Shape::Day, &["2024-02-29"], &["", "2025-02-29", "20250203", "2025-2-03", "03-02-2025", "2025-08"]),
            (Shape::DayOrLess, &["", "2025", "2025-08", "2025-08-03"], &["2025-13", "25", "2025-02-30"]),
            (Shape::State, &["PAK", "XAA"], &["", "PK", "pak", "PAKI", "P4K"]),
            (Shape::UrlOrEmpty, &["", "https://a.example/"], &["ftp://a.example", "a.example", "https://a\nb"]),
            (Shape::Sha256, &[&"0a".repeat(32)], &["", &"0A".repeat(32), &"0a".repeat(31)]),
            (Shape::Code, &["DATE_TRAP"], &["", "date", "A B"]),
            (Shape::Token, &["border_control"], &["", "Border", "a b"]),
            (Shape::Count(1, 450), &["1", "450"], &["", "0", "451", "+1", "01", "1.0", "٣", "99999999999"]),
            (Shape::Digits(4), &["0000", "1234"], &["", "123", "12345", "12a4", "١٢٣٤"]),
            (
                Shape::Instant,
                &["2026-11-29T14:05:00+03:00", "2026-11-29T11:05:00Z"],
                &["", "2026-11-29T14:05+03:00", "2026-11-29T14:05:00", "2026-11-29 14:05:00Z", "2026-11-29T14:05:60Z"],
            ),
            (Shape::Week, &["2026-W49", "2026-W53"], &["", "2026-W00", "2025-W53", "2026W49", "2026-W9", "2026-W54"]),
            (
                Shape::Zone,
                &["Asia/Damascus", "UTC", "America/Argentina/Salta"],
                &["", "asia", "Asia/", "Asia/A B", "/x"],
            ),
            (Shape::LanguageTag, &["ar", "fa-AF", "ur-Arab-PK"], &["", "a", "AR_sy", "ar-", "ar-abcdefghi", "12"]),
            (Shape::Phone, &["+12025550100", "+96611"], &["", "0020", "+0123456", "+1 202", "+1234567890123456"]),
            (
                Shape::Mailbox,
                &["a@b.example", "duty.desk@x.org"],
                &["", "a@b", "a b@c.de", "@b.de", "a@@b.de", "a@b..de"],
            ),
            (
                Shape::Point,
                &["36.2021,37.1343", "-90,180", "0,0"],
                &["", "36.2021", "91,0", "0,181", "36.202100,37", "1.50,2", "36,2021,37,1343", "+1,2", "-0,1"],
            ),
            (Shape::Record, &[&record], &["", &log, &signed, &padded, "a/1/main/7"]),
        ];
        for (shape, held, refused) in cases {
            assert!(shape.holds(shape.sample()), "{shape:?}");
            for text in held {
                assert!(shape.holds(text), "{shape:?} refuses {text:?}");
            }
            for text in refused {
                assert!(!shape.holds(text), "{shape:?} holds {text:?}");
            }
        }
    }
}
