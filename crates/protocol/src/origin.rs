//! The name of a log: whose it is, in which channel, epoch and lane.

use alloc::{format, string::String};
use core::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::id::{AgencyId, ChannelId};

/// One of the two logs that a party has in a channel, so that neither waits for the other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Lane {
    /// Ordinary exchange.
    Main,
    /// The hotline: capped in rate and size by the agreement.
    Urgent,
}

impl Lane {
    /// The word used in origins.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Urgent => "urgent",
        }
    }
}

/// Names a log for ever: `mithaq/<channel>/<agency>/<epoch>/<lane>`. It holds no host name, so a node can move.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Origin {
    /// The channel that the log belongs to.
    pub channel: ChannelId,
    /// The only party that appends to it.
    pub agency: AgencyId,
    /// Starts at 1; a restored node or a change of the parties opens the next.
    pub epoch: u32,
    /// Which of the party's two logs.
    pub lane: Lane,
}

/// The place of a record: its log and its number there. This is a record's identity.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// The log.
    pub origin: Origin,
    /// The entry's number in the log, from 0.
    pub index: u64,
}

impl Origin {
    /// The same party's log of the other lane.
    pub const fn in_lane(self, lane: Lane) -> Self {
        Self { lane, ..self }
    }

    /// `<agency>/<epoch>/<lane>`: the log's name inside its channel, as headers refer to it.
    pub fn short(&self) -> String {
        format!("{}/{}/{}", self.agency, self.epoch, self.lane.name())
    }

    /// Reads the short form inside a channel.
    pub fn from_short(channel: ChannelId, text: &str) -> Result<Self, NotAnOrigin> {
        let mut parts = text.split('/');
        let agency = parts.next().ok_or(NotAnOrigin)?.parse().map_err(|_| NotAnOrigin)?;
        let epoch = parse_epoch(parts.next().ok_or(NotAnOrigin)?)?;
        let lane = parts.next().ok_or(NotAnOrigin)?.parse()?;
        if parts.next().is_some() {
            return Err(NotAnOrigin);
        }
        Ok(Self { channel, agency, epoch, lane })
    }
}

/// An epoch has one spelling: decimal digits without a leading zero.
fn parse_epoch(text: &str) -> Result<u32, NotAnOrigin> {
    if text.starts_with('0') || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NotAnOrigin);
    }
    text.parse().map_err(|_| NotAnOrigin)
}

/// The text is not the name of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a log is named mithaq/<channel>/<agency>/<epoch>/<main or urgent>")]
pub struct NotAnOrigin;

impl FromStr for Lane {
    type Err = NotAnOrigin;
    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        match text {
            "main" => Ok(Self::Main),
            "urgent" => Ok(Self::Urgent),
            _ => Err(NotAnOrigin),
        }
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mithaq/{}/{}/{}/{}", self.channel, self.agency, self.epoch, self.lane)
    }
}

impl FromStr for Origin {
    type Err = NotAnOrigin;
    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let (channel, short) = text.strip_prefix("mithaq/").and_then(|rest| rest.split_once('/')).ok_or(NotAnOrigin)?;
        Self::from_short(channel.parse().map_err(|_| NotAnOrigin)?, short)
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

impl Serialize for Lane {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Lane {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn an_origin_has_one_spelling() {
        let origin =
            Origin { channel: ChannelId::new([1; 32]), agency: AgencyId::new([2; 32]), epoch: 10, lane: Lane::Urgent };
        let text = origin.to_string();
        assert_eq!(text.parse(), Ok(origin));
        assert_eq!(Origin::from_short(origin.channel, &origin.short()), Ok(origin));
        for wrong in [
            text.replace("/10/", "/010/"),
            text.replace("/10/", "/+10/"),
            text.replace("/10/", "/0/"),
            text.replace("0202", "0A0A"),
            text.replace("urgent", "other"),
            text.replace("mithaq/", "Mithaq/"),
            text.clone() + "/",
            text.clone() + "/main",
        ] {
            assert_eq!(wrong.parse::<Origin>(), Err(NotAnOrigin), "{wrong}");
        }
    }
}
