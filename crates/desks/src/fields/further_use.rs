//! Uses of a received record beyond reading it.

use serde::{Deserialize, Serialize};

/// A use of a received record that handling codes and purpose forbid without the provider's permission (HAN-02, HAN-03,
/// PUR-02).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FurtherUse {
    /// In judicial proceedings.
    Court,
    /// It is given to another office.
    Office,
    /// For another purpose than that for which it was supplied.
    Purpose,
}

impl FurtherUse {
    /// The words as bodies write them.
    pub const WORDS: &'static [&'static str] = &["court", "office", "purpose"];

    /// The word as bodies write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Court => "court",
            Self::Office => "office",
            Self::Purpose => "purpose",
        }
    }
}
