//! How a person names a record: `CHANNEL/AGENCY/EPOCH/LANE/INDEX`, its place and so its identity.

use std::{fmt, str::FromStr};

use node::{answers::channels::ChannelRow, names::DIGITS_MIN, words::Place};
use protocol::{
    id::{AgencyId, ChannelId},
    origin::{Origin, Position},
};
use texts::{Message, say};

use crate::{
    api::Api,
    commands::{agreement::only_one, short},
    failure::Failure,
};

/// A record's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference(pub Position);

/// A record as it was named: channel and agency whole, as the first digits of their ids, or by a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    channel: String,
    agency: String,
    /// `EPOCH/LANE`.
    log: String,
    index: u64,
}

/// The whole reference of a record of a channel.
pub fn within(channel: impl fmt::Display, Place { log, index }: &Place) -> String {
    format!("{channel}/{log}/{index}")
}

/// The same for people: ids by the digits that are understood where a record is asked for.
pub fn shortly(channel: &impl fmt::Display, log: &str, index: u64) -> String {
    format!("{}/{}", short(channel), in_channel(log, index))
}

/// A place for people who know the channel.
pub fn in_channel(log: &str, index: u64) -> String {
    // What is no id is shown as it is: it is not understood anyway.
    match log.split_once('/').and_then(|(agency, log)| Some((agency.parse::<AgencyId>().ok()?, log))) {
        Some((agency, log)) => format!("{}/{log}/{index}", short(&agency)),
        None => format!("{log}/{index}"),
    }
}

impl Named {
    /// The record that is meant.
    ///
    /// # Errors
    /// No channel or party is called so, or several; or the node can't be asked.
    pub async fn found(&self, api: &Api) -> Result<Reference, Failure> {
        let found = all(std::slice::from_ref(self), api).await?;
        found.first().copied().ok_or_else(|| Failure::not_found(expected()))
    }

    fn among(&self, channels: &[ChannelRow]) -> Result<Reference, Failure> {
        if let Ok(whole) = self.to_string().parse() {
            return Ok(whole);
        }
        let begins =
            |id: &dyn fmt::Display, named: &str| named.len() >= DIGITS_MIN && id.to_string().starts_with(named);
        let is_meant =
            |row: &&ChannelRow| begins(&row.channel, &self.channel) || row.labels.contains_key(&self.channel);
        let ids = channels.iter().filter(is_meant).map(|row| row.channel.to_string()).collect();
        let channel = only_one(ids, say!("thing-channel"), &self.channel)?;
        let row = channels.iter().find(|row| row.channel.to_string() == channel);
        let parties = row.into_iter().flat_map(|row| row.parties.iter().map(move |party| (row, party)));
        let is_meant = |(row, party): &(&ChannelRow, &AgencyId)| {
            begins(party, &self.agency) || row.label_of(party) == Some(self.agency.as_str())
        };
        let ids = parties.filter(is_meant).map(|(_, party)| party.to_string()).collect();
        let agency = only_one(ids, say!("thing-agency"), &self.agency)?;
        let whole = Self { channel, agency, ..self.clone() };
        whole.to_string().parse().map_err(Failure::internal)
    }
}

/// The records that are meant. Only names that are not whole are looked for.
///
/// # Errors
/// As [`Named::found`].
pub async fn all(names: &[Named], api: &Api) -> Result<Vec<Reference>, Failure> {
    let is_whole = |named: &Named| named.to_string().parse::<Reference>().is_ok();
    let channels = match names.iter().all(is_whole) {
        true => Vec::new(),
        false => api.get::<Vec<ChannelRow>>("/v1/channels").await?.read()?,
    };
    names.iter().map(|named| named.among(&channels)).collect()
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { channel, agency, log, index } = self;
        write!(f, "{channel}/{agency}/{log}/{index}")
    }
}

impl FromStr for Named {
    type Err = Message;

    fn from_str(text: &str) -> Result<Self, Message> {
        let parts: Vec<&str> = text.split('/').collect();
        let [channel, agency, epoch, lane, index] = parts[..] else { return Err(expected()) };
        // Epoch, lane and index have one spelling, whoever the others are.
        let someone = AgencyId::new([0; 32]);
        let log = format!("{epoch}/{lane}");
        let is_log = Origin::from_short(ChannelId::new([0; 32]), &format!("{someone}/{log}")).is_ok();
        let index = index.parse().ok().filter(|_| is_log && !channel.is_empty() && !agency.is_empty());
        let index = index.ok_or_else(expected)?;
        Ok(Self { channel: channel.to_owned(), agency: agency.to_owned(), log, index })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { origin, index } = &self.0;
        write!(f, "{}/{}/{index}", origin.channel, origin.short())
    }
}

impl FromStr for Reference {
    type Err = Message;

    fn from_str(text: &str) -> Result<Self, Message> {
        let (channel, rest) = text.split_once('/').ok_or_else(expected)?;
        let (log, index) = rest.rsplit_once('/').ok_or_else(expected)?;
        let channel: ChannelId = channel.parse().map_err(|_| expected())?;
        let origin = Origin::from_short(channel, log).map_err(|_| expected())?;
        Ok(Self(Position { origin, index: index.parse().map_err(|_| expected())? }))
    }
}

fn expected() -> Message {
    say!("record-form")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_reference_has_one_spelling() {
        let text = format!("{}/{}/1/main/7", "1".repeat(64), "2".repeat(64));
        assert_eq!(text.parse::<Reference>().unwrap().to_string(), text);
        for wrong in ["", "a/b", &text.replace("/7", "/x"), &text.replace("main", "other"), &text.replace("/7", "")] {
            assert!(wrong.parse::<Reference>().is_err() && wrong.parse::<Named>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_record_is_named_by_as_much_of_its_ids_as_is_theirs_alone_or_by_labels() {
        let (a, b) = ("a".repeat(64), "b".repeat(64));
        let row = |digit: &str, others: &str| {
            let row = json!({
                "channel": digit.repeat(64), "agreement": digit.repeat(64), "title": null, "state": "open",
                "frozen": null, "waiting_for": [], "logs": [], "parties": [a, b], "labels": { "XAA": a, others: b },
            });
            serde_json::from_value::<ChannelRow>(row).unwrap()
        };
        let channels = [row("1", "XAB"), row("2", "The other side")];
        let whole = |channel: &str, agency: &str| format!("{}/{}/1/urgent/7", channel.repeat(64), agency.repeat(64));
        for (named, meant) in [
            (whole("1", "b"), whole("1", "b")),
            ("1111/bbbb/1/urgent/7".to_owned(), whole("1", "b")),
            ("11111111/XAB/1/urgent/7".to_owned(), whole("1", "b")),
            ("XAB/XAA/1/urgent/7".to_owned(), whole("1", "a")),
            ("The other side/The other side/1/urgent/7".to_owned(), whole("2", "b")),
        ] {
            let found = named.parse::<Named>().unwrap().among(&channels).unwrap();
            assert_eq!(found.to_string(), meant, "{named}");
        }
        // Both channels are with XAA; three digits are too few; nobody is called XAC.
        for wrong in ["XAA/XAB/1/urgent/7", "111/XAB/1/urgent/7", "1111/XAC/1/urgent/7", "3333/XAB/1/urgent/7"] {
            assert!(wrong.parse::<Named>().unwrap().among(&channels).is_err(), "{wrong}");
        }
        // What is shown is understood.
        let meant: Reference = whole("2", "b").parse().unwrap();
        let shown = shortly(&meant.0.origin.channel, &meant.0.origin.short(), meant.0.index);
        assert_eq!(shown, "22222222/bbbbbbbb/1/urgent/7");
        let read = shown.parse::<Named>().unwrap();
        assert_eq!(read.among(&channels).unwrap(), meant);
    }
}
