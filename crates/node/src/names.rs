//! What people write where an id is asked: the beginning of it, a partner's label or name, a thread's short name.

use std::{fmt, str::FromStr, sync::Arc};

use protocol::{
    channel::Channel,
    header::ThreadId,
    id::{AgencyId, ChannelId},
    origin::Position,
};
use texts::say;

use crate::{
    channel::ChannelHandle,
    channels::Channels,
    fault::{Code, Fault},
    records,
};

/// Fewest digits of an id that are looked for: fewer name too much by chance.
pub const DIGITS_MIN: usize = 4;
const THREAD_DIGITS: usize = 32;
/// Digits of a thread's id in its short name: few enough to be said on the telephone.
const NAME_DIGITS: usize = 8;
/// Letters of a thread's kind in its short name.
const NAME_LETTERS: usize = 3;

/// The channel that a text names: by its id or the beginning of it, or by the label or name of the partner with whom it is the only
/// one.
///
/// # Errors
/// [`Code::NotFound`] if there is none, [`Code::Usage`] if there are several.
pub fn channel(channels: &Channels, named: &str) -> Result<Arc<ChannelHandle>, Fault> {
    if let Ok(id) = named.parse::<ChannelId>() {
        return channels.get(&id).ok_or_else(|| Fault::not_found(say!("no-open-channel", id = %id)));
    }
    let open = channels.list();
    let is_meant = |handle: &&Arc<ChannelHandle>| {
        let value = handle.value();
        begins(&value.id().to_string(), named) || value.partners().any(|partner| is_called(&value, &partner, named))
    };
    one(open.iter().filter(is_meant).cloned(), "channel", named)
}

/// The party of a channel that a text names: by its id or the beginning of it, or by its label or name.
///
/// # Errors
/// As [`channel`].
pub fn party(channel: &Channel, named: &str) -> Result<AgencyId, Fault> {
    if let Ok(id) = named.parse() {
        return Ok(id);
    }
    let parties = channel.parties().keys().copied();
    let is_meant = |party: &AgencyId| begins(&party.to_string(), named) || is_called(channel, party, named);
    one(parties.filter(is_meant), "party of the channel", named)
}

/// A record's place, its channel and party named as people do.
///
/// # Errors
/// As [`channel`]; [`Code::Usage`] for what is no place.
pub fn position(channels: &Channels, [named, party_named, epoch, lane, index]: [&str; 5]) -> Result<Position, Fault> {
    // What names both in full is a place, also in a channel that is not open here.
    if named.parse::<ChannelId>().is_ok() && party_named.parse::<AgencyId>().is_ok() {
        return records::position(named, party_named, epoch, lane, index);
    }
    let value = channel(channels, named)?.value();
    let agency = party(&value, party_named)?;
    records::position(&value.id().to_string(), &agency.to_string(), epoch, lane, index)
}

/// The label by which the agreement in force calls a party.
pub fn label(channel: &Channel, party: &AgencyId) -> Option<String> {
    let version = channel.version(&channel.in_force())?;
    Some(version.agreement.party(party)?.label.clone())
}

/// How a thread is called: its kind and the first digits of its id. Both parties call it so, and it tells nothing of others.
pub fn thread(kind: &str, id: &ThreadId) -> String {
    let word = kind.rsplit('.').next().unwrap_or(kind);
    let letters: String = word.chars().take(NAME_LETTERS).collect();
    format!("{letters}-{}", &id.to_string()[..NAME_DIGITS])
}

/// A thread as people name it: its 32 digits, the beginning of them, or its short name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThreadNamed {
    /// The first id that may be meant.
    pub low: ThreadId,
    /// The last.
    pub high: ThreadId,
}

impl From<ThreadId> for ThreadNamed {
    fn from(id: ThreadId) -> Self {
        Self { low: id, high: id }
    }
}

impl FromStr for ThreadNamed {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let digits = text.split_once('-').map_or(text, |(_, digits)| digits);
        let is_one = (DIGITS_MIN..=THREAD_DIGITS).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        let filled = |fill: char| {
            let whole: String = digits.chars().chain(std::iter::repeat(fill)).take(THREAD_DIGITS).collect();
            whole.parse().ok()
        };
        match is_one.then(|| filled('0').zip(filled('f'))).flatten() {
            Some((low, high)) => Ok(Self { low, high }),
            None => {
                let message = say!("thread-name-form");
                Err(Fault::usage(say!("text-problem", text = %text, message = message)).in_field("thread"))
            }
        }
    }
}

impl fmt::Display for ThreadNamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = (self.low.to_string(), self.high.to_string());
        let same = low.chars().zip(high.chars()).take_while(|(low, high)| low == high).count();
        f.write_str(&low[..same])
    }
}

fn begins(id: &str, named: &str) -> bool {
    named.len() >= DIGITS_MIN && id.starts_with(named)
}

fn is_called(channel: &Channel, party: &AgencyId, named: &str) -> bool {
    let Some(version) = channel.version(&channel.in_force()) else { return false };
    let called = version.agreement.party(party);
    called.is_some_and(|called| called.label == named || called.names.values().any(|name| name == named))
}

fn one<T>(mut found: impl Iterator<Item = T>, what: &str, named: &str) -> Result<T, Fault> {
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(Fault::not_found(
            say!("nothing-named", what = %what, named = %format!("{named:?}"), digits_min = DIGITS_MIN),
        )),
        (Some(_), Some(_)) => {
            let message = say!("several-named", named = %format!("{named:?}"), what = %what);
            Err(Fault::new(Code::Usage, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_named_by_as_much_of_it_as_one_likes() {
        let id: ThreadId = "0123456789abcdef0123456789abcdef".parse().unwrap();
        assert_eq!(thread("requests.request", &id), "req-01234567");
        for text in ["0123456789abcdef0123456789abcdef", "0123", "0123456789", "req-01234567", "spo-0123"] {
            let named: ThreadNamed = text.parse().unwrap();
            assert!(named.low <= id && id <= named.high, "{text}");
            assert!(text.ends_with(&named.to_string()));
        }
        let other: ThreadNamed = "0124".parse().unwrap();
        assert!(id < other.low);
        for wrong in ["", "012", "req-", "xyz0", "0123456789abcdef0123456789abcdef0", "0123-", "01 3", "ABCD"] {
            assert!(wrong.parse::<ThreadNamed>().is_err(), "{wrong}");
        }
    }
}
