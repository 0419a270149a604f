//! A text that is in no language yet.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Language, bundle, shown};

/// A text by the id of its message and its values, or as somebody else worded it.
///
/// `Display` and JSON give it in English with its values as they are, which is what programs and logs get.
/// [`Message::in_language`] gives it to a reader. Values are texts of others: there they are [made harmless](shown), and where
/// the language is written from right to left each is isolated, so that none can turn what stands beside it.
#[derive(Clone, PartialEq, Eq)]
pub struct Message(Box<Parts>);

#[derive(Clone, PartialEq, Eq)]
struct Parts {
    /// The message's id; empty for a text that exists as `english` only.
    id: &'static str,
    args: Vec<(&'static str, Value)>,
    /// The words in English, where they are not those of the message `id`.
    english: Option<String>,
}

/// A value in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text within one line.
    Text(String),
    /// Text that may have several lines.
    Lines(Lines),
    /// A quantity: plurals depend on it, and it is written in the digits of the language. What is a name, such as the
    /// number of an entry, is [`Value::Text`].
    Number(i64),
    /// A text of this program in the text.
    Message(Message),
    /// An enumeration.
    List(Vec<Self>),
    /// Texts of this program, each in a line of its own below the text.
    Below(Vec<Message>),
}

/// A value that may have several lines, such as what a parser says with the place that it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines(pub String);

impl Message {
    /// The message of that id, whose values are still to come. [`say!`](crate::say) writes it shorter.
    pub fn new(id: &'static str) -> Self {
        Self(Box::new(Parts { id, args: Vec::new(), english: None }))
    }

    /// The message of a family that has one for each of a list of names, such as `rule-agr-01`; `None` if there is none.
    pub fn of_family(family: &str, name: &str) -> Option<Self> {
        bundle::id(&format!("{family}-{}", name.to_ascii_lowercase())).map(Self::new)
    }

    /// What `--help` says, of what it says in English; `None` if there are no texts of it. A library that reads a command line
    /// has its texts in English, and is given those of a language instead.
    pub fn of_help(english: &str) -> Option<Self> {
        bundle::help(english).map(Self::new)
    }

    /// What a rule of the floor or a clause says against something, of its sentence in English with the names of its values in
    /// braces; `None` if there are no texts of it.
    pub fn of_floor(sentence: &str) -> Option<Self> {
        bundle::says(sentence).map(Self::new)
    }

    /// A text that others worded, or a part of the program that has no texts: it is the same in every language.
    pub fn as_worded(text: impl Into<String>) -> Self {
        Self(Box::new(Parts { id: "", args: Vec::new(), english: Some(text.into()) }))
    }

    /// With a value.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.args.push((name, value.into()));
        self
    }

    /// In English in these words, which say more than the message does in other languages.
    #[must_use]
    pub fn worded(mut self, english: impl Into<String>) -> Self {
        self.0.english = Some(english.into());
        self
    }

    /// The id of the message; empty for what has none.
    pub fn id(&self) -> &'static str {
        self.0.id
    }

    /// The text in a language: as [`Message::as_worded`] if it was made so.
    pub fn in_language(&self, language: Language) -> String {
        self.written(language, For::People)
    }

    pub(crate) fn written(&self, language: Language, reader: For) -> String {
        match &self.0.english {
            Some(english) if language == Language::En || self.0.id.is_empty() => english.clone(),
            _ => bundle::format(language, self.0.id, &self.0.args, reader, &mut Vec::new()),
        }
    }

    /// As [`Message::in_language`], with what was wrong with the text or its values.
    #[cfg(test)]
    pub(crate) fn errors_in(&self, language: Language) -> Vec<fluent_bundle::FluentError> {
        let mut errors = Vec::new();
        bundle::format(language, self.0.id, &self.0.args, For::People, &mut errors);
        errors
    }
}

/// Who reads a text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    /// Whoever might be deceived by what others wrote.
    People,
    /// Programs and logs, which escape it in their own way and want it whole.
    Programs,
}

impl Value {
    /// How the value stands in a text of the language.
    pub(crate) fn written(&self, language: Language, reader: For) -> String {
        match self {
            Self::Text(text) | Self::Lines(Lines(text)) if reader == For::Programs => text.clone(),
            Self::Text(text) => shown::line(text).into_owned(),
            Self::Lines(Lines(text)) => shown::lines(text).into_owned(),
            Self::Number(number) => bundle::number(language, *number),
            // What others worded is no text of this program, also within one.
            Self::Message(message) if message.0.id.is_empty() && reader == For::People => {
                shown::own_lines(&message.written(language, reader)).into_owned()
            }
            Self::Message(message) => message.written(language, reader),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(|item| item.written(language, reader)).collect();
                bundle::list(language, &items)
            }
            Self::Below(items) => items
                .iter()
                .map(|item| format!("\n  {}", Self::Message(item.clone()).written(language, reader)))
                .collect(),
        }
    }
}

/// A text of this program with its values: `say!("file-too-large", path = %path.display(), bytes_max = 65_536_u64)`. `name = %value` takes whatever
/// can be displayed, as text.
#[macro_export]
macro_rules! say {
    ($id:literal $(,)?) => { $crate::Message::new($id) };
    ($id:literal, $($values:tt)+) => { $crate::say!(@ $crate::Message::new($id), $($values)+) };
    (@ $message:expr $(,)?) => { $message };
    (@ $message:expr, $name:ident = %$value:expr $(, $($rest:tt)*)?) => {
        $crate::say!(@ $message.with(stringify!($name), ::std::format!("{}", $value)) $(, $($rest)*)?)
    };
    (@ $message:expr, $name:ident = $value:expr $(, $($rest:tt)*)?) => {
        $crate::say!(@ $message.with(stringify!($name), $value) $(, $($rest)*)?)
    };
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written(Language::En, For::Programs))
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

impl std::error::Error for Message {}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::as_worded)
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::as_worded(text)
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::as_worded(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<Lines> for Value {
    fn from(lines: Lines) -> Self {
        Self::Lines(lines)
    }
}

impl From<Message> for Value {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

impl<T: Into<Self>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<u16> for Value {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

impl From<u8> for Value {
    fn from(number: u8) -> Self {
        Self::Number(number.into())
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}
