//! What the two kinds about permissions have in common: which record, which further use, for whom or for what.

use std::fmt;
use std::str::FromStr;

use protocol::header::RecordRef;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::body::Fault;
use crate::limits::NAME_CHARS_MAX;
use crate::shape::{Field, Shape};

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

/// A record of the same channel, as a body names it: `<agency>/<epoch>/<lane>/<index>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedRecord(pub RecordRef);

/// The text names no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a record is named like AGENCY/EPOCH/LANE/INDEX")]
pub struct NotARecord;

impl FromStr for NamedRecord {
    type Err = NotARecord;
    fn from_str(text: &str) -> Result<Self, NotARecord> {
        let (log, index) = text.rsplit_once('/').ok_or(NotARecord)?;
        let log = log.parse().map_err(|_| NotARecord)?;
        let number: u64 = index.parse().map_err(|_| NotARecord)?;
        // One spelling: no sign and no leading zeros.
        if number.to_string() == index { Ok(Self(RecordRef { log, index: number })) } else { Err(NotARecord) }
    }
}

impl fmt::Display for NamedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0.log, self.0.index)
    }
}

impl Serialize for NamedRecord {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NamedRecord {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

/// The field `record`.
pub(super) const RECORD: Field =
    Field::required("record", Shape::Record, "The record that is to be used further, a record of this thread.");
/// The field `use`.
pub(super) const USE: Field = Field::required("use", Shape::OneOf(FurtherUse::WORDS), "The further use.");
/// The field `to`.
pub(super) const TO: Field = Field::optional(
    "to",
    Shape::Line(NAME_CHARS_MAX),
    "With court: in which proceedings. With office: which office gets it. Never a person's name.",
);
/// The field `purpose`.
pub(super) const PURPOSE: Field = Field::optional("purpose", Shape::Token, "With purpose: the other purpose's code.");

/// A use in court or by an office says which; another purpose says which. Nothing says more than belongs to it.
pub(super) fn check(further: FurtherUse, to: Option<&str>, purpose: Option<&str>) -> Result<(), Fault> {
    let other_purpose = further == FurtherUse::Purpose;
    if to.is_some() == other_purpose {
        return Err(Fault::new("to", "be given with court and office, and not with purpose"));
    }
    if purpose.is_some() != other_purpose {
        return Err(Fault::new("purpose", "be given with purpose, and with nothing else"));
    }
    Ok(())
}
