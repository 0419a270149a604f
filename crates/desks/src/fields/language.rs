//! The language of texts in a body.

use serde::{Deserialize, Serialize};

/// The languages that every page and every text of ours exists in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Arabic.
    Ar,
    /// English.
    En,
    /// Persian.
    Fa,
    /// Turkish.
    Tr,
    /// Urdu.
    Ur,
}

impl Language {
    /// The codes as bodies write them.
    pub const WORDS: &'static [&'static str] = &["ar", "en", "fa", "tr", "ur"];
}
