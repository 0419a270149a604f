//! Uses of a received record beyond reading it, and what its provider decides about them.

use protocol::date::Date;
use serde::{Deserialize, Serialize};

use super::RecordName;

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

/// What the provider of a record decides about one further use of it. The latest decision about the same use counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsePermission {
    /// The record.
    pub record: RecordName,
    /// The use.
    pub r#use: FurtherUse,
    /// In which proceedings, or which office: nobody else.
    pub to: Option<String>,
    /// The other purpose.
    pub purpose: Option<String>,
    /// The last day on which the use may be made; `None` if it may not be made, or no longer.
    pub until: Option<Date>,
}

impl UsePermission {
    /// Whether both are about the same use of the same record: then the later one replaces the earlier.
    pub fn is_about_the_use_of(&self, other: &Self) -> bool {
        (&self.record, self.r#use, &self.to, &self.purpose) == (&other.record, other.r#use, &other.to, &other.purpose)
    }

    /// Whether the use may be made on a day, as far as this decision says.
    pub fn is_in_force(&self, today: Date) -> bool {
        self.until.is_some_and(|until| today <= until)
    }
}
