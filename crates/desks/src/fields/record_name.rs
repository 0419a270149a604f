//! A record that a body names.

use std::fmt;
use std::str::FromStr;

use protocol::header::RecordRef;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A record of the same channel, as a body names it: `<agency>/<epoch>/<lane>/<index>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordName(pub RecordRef);

/// The text names no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a record is named like AGENCY/EPOCH/LANE/INDEX")]
pub struct NotARecord;

impl FromStr for RecordName {
    type Err = NotARecord;
    fn from_str(text: &str) -> Result<Self, NotARecord> {
        let (log, index) = text.rsplit_once('/').ok_or(NotARecord)?;
        let log = log.parse().map_err(|_| NotARecord)?;
        let number: u64 = index.parse().map_err(|_| NotARecord)?;
        // One spelling: no sign and no leading zeros.
        if number.to_string() == index { Ok(Self(RecordRef { log, index: number })) } else { Err(NotARecord) }
    }
}

impl fmt::Display for RecordName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0.log, self.0.index)
    }
}

impl Serialize for RecordName {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RecordName {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}
