//! The parties of a channel as people know them.

use node::channel::ChannelHandle;
use protocol::{channel::Channel, id::AgencyId, text::Texts};
use texts::Language;

/// A party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Its short name in the agreement.
    pub label: String,
    /// Its name in the reader's language.
    pub name: String,
    /// Whether it is this agency.
    pub is_us: bool,
}

impl Party {
    /// A party of a channel. One that the agreement in force does not name goes by the beginning of its id.
    pub fn of(channel: &Channel, agency: &AgencyId, language: Language) -> Self {
        let version = channel.version(&channel.in_force());
        let party = version.and_then(|version| version.agreement.party(agency));
        let digits = || agency.to_string().chars().take(8).collect::<String>();
        Self {
            label: party.map_or_else(digits, |party| party.label.clone()),
            name: party.map(|party| in_language(&party.names, language)).unwrap_or_default(),
            is_us: *agency == channel.me(),
        }
    }

    /// The other parties of a channel.
    pub fn others(channel: &Channel, language: Language) -> Vec<Self> {
        channel.partners().map(|partner| Self::of(channel, &partner, language)).collect()
    }
}

/// What people call a channel: its other parties, and what its agreement is about.
pub fn channel_name(handle: &ChannelHandle, language: Language) -> String {
    let value = handle.value();
    let others: Vec<String> = Party::others(&value, language).into_iter().map(|party| party.label).collect();
    let title = value.version(&value.in_force()).map(|version| in_language(&version.agreement.title, language));
    format!("{} · {}", others.join(", "), title.unwrap_or_default())
}

/// A text in the reader's language; else in English, else in any.
pub fn in_language(texts: &Texts, language: Language) -> String {
    let found = texts.get(language.tag()).or_else(|| texts.get("en")).or_else(|| texts.values().next());
    found.cloned().unwrap_or_default()
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Party { label, name, is_us });
}
