//! A moment that a body states, with the offset of the place where it was.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// A moment: RFC 3339 with seconds and offset. Both are kept as written, because the reader wants the local time of the place too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Instant {
    text: String,
    #[serde(skip)]
    ms: u64,
}

impl Instant {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Milliseconds since 1970; zero for earlier moments.
    pub const fn ms(&self) -> u64 {
        self.ms
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        let moment: Timestamp = text.parse().map_err(D::Error::custom)?;
        Ok(Self { ms: u64::try_from(moment.as_millisecond()).unwrap_or(0), text })
    }
}
