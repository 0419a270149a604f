//! How a person names a record: `CHANNEL/AGENCY/EPOCH/LANE/INDEX`, its place and so its identity.

use std::{fmt, str::FromStr};

use node::words::Place;
use protocol::{
    id::ChannelId,
    origin::{Origin, Position},
};

/// A record's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference(pub Position);

/// The whole reference of a record of a channel.
pub fn within(channel: impl fmt::Display, Place { log, index }: &Place) -> String {
    format!("{channel}/{log}/{index}")
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { origin, index } = &self.0;
        write!(f, "{}/{}/{index}", origin.channel, origin.short())
    }
}

impl FromStr for Reference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || {
            "a record is named CHANNEL/AGENCY/EPOCH/LANE/INDEX, as `mithaq send` and `mithaq records` print it"
                .to_owned()
        };
        let (channel, rest) = text.split_once('/').ok_or_else(expected)?;
        let (log, index) = rest.rsplit_once('/').ok_or_else(expected)?;
        let channel: ChannelId = channel.parse().map_err(|_| expected())?;
        let origin = Origin::from_short(channel, log).map_err(|_| expected())?;
        Ok(Self(Position { origin, index: index.parse().map_err(|_| expected())? }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_has_one_spelling() {
        let text = format!("{}/{}/1/main/7", "1".repeat(64), "2".repeat(64));
        assert_eq!(text.parse::<Reference>().unwrap().to_string(), text);
        for wrong in ["", "a/b", &text.replace("/7", "/x"), &text.replace("main", "other"), &text.replace("/7", "")] {
            assert!(wrong.parse::<Reference>().is_err(), "{wrong}");
        }
    }
}
