//! One text in several languages.

use serde::{Deserialize, Serialize};

use super::Language;
use crate::shape::{Field, Shape};

/// One text in the languages of those who read it: at least one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// Arabic.
    pub ar: Option<String>,
    /// English.
    pub en: Option<String>,
    /// Persian.
    pub fa: Option<String>,
    /// Turkish.
    pub tr: Option<String>,
    /// Urdu.
    pub ur: Option<String>,
}

impl Texts {
    /// The table of fields, each of at most so many characters.
    pub const fn fields(max: usize) -> [Field; 5] {
        [
            Field::optional("ar", Shape::Text(max), "In Arabic."),
            Field::optional("en", Shape::Text(max), "In English."),
            Field::optional("fa", Shape::Text(max), "In Persian."),
            Field::optional("tr", Shape::Text(max), "In Turkish."),
            Field::optional("ur", Shape::Text(max), "In Urdu."),
        ]
    }

    /// The texts that there are, by the languages' codes.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let texts = [&self.ar, &self.en, &self.fa, &self.tr, &self.ur];
        let there = Language::WORDS.iter().zip(texts);
        there.filter_map(|(language, text)| Some((*language, text.as_deref()?)))
    }

    /// The first line of the first text: what stands for it in lists.
    pub fn first_line(&self) -> String {
        let first = self.all().next().map_or("", |(_, text)| text);
        first.lines().next().unwrap_or_default().chars().take(crate::limits::TITLE_CHARS_MAX).collect()
    }
}
