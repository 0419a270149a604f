//! The header of a record: what both ends need to know before they look at the body.
//!
//! The bytes are kept and signed as the author wrote them; nobody re-serialises a header that was received.

use alloc::{borrow::ToOwned, string::String, vec::Vec};
use core::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

mod check;
mod codes;

pub use check::{FieldProblem, HeaderError, problem_with_file};
pub use codes::{
    Evaluation, Handling, Information, Source, SpecialCategory, SubjectCategory, Tlp, Urgency, UrgencyGround,
};

use crate::{
    date::Date,
    id::{AgencyId, ChannelId, Hash, hash_hex},
    json::{self, Nulls},
    limits::HEADER_BYTES_MAX,
    origin::{Lane, NotAnOrigin, Origin, Position},
};

/// Beginning of the kinds of protocol records, which have fixed bodies and are never refused by policy.
pub const PROTOCOL_PREFIX: &str = "mithaq.";
/// Media type of a JSON body.
pub const JSON_MEDIA_TYPE: &str = "application/json";

/// A record's header. Absent fields are left out of the JSON.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Desk, word and schema version: `register.readout/1`.
    pub kind: String,
    /// The thread. Absent only in protocol records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<ThreadId>,
    /// The record that this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_reply_to: Option<RecordRef>,
    /// The last record that the officer had on screen. Shown, never used to order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub based_on: Option<RecordRef>,
    /// Id of the clause that allows the record. Absent only in protocol records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// Purpose code; must be the clause's. Absent only in protocol records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Handling codes, in ascending order and each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handling: Vec<Handling>,
    /// The restriction that [`Handling::H3`] announces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub h3_text: Option<String>,
    /// Whether the record is urgent.
    #[serde(default, skip_serializing_if = "Urgency::is_normal")]
    pub urgency: Urgency,
    /// Why the record is urgent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency_ground: Option<UrgencyGround>,
    /// Grade of the source and of the information.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluation: Option<Evaluation>,
    /// Category of the persons that the record is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_category: Option<SubjectCategory>,
    /// The last day on which the content is kept. Absent only in protocol records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retain_until: Option<Date>,
    /// The author's office; never a person's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_office: Option<String>,
    /// Media type of the body.
    pub media_type: String,
    /// Files sent with the record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Code of the offence concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offence: Option<String>,
    /// Why the data are needed, and what links person and purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub necessity: Option<String>,
    /// Restrictions of use, for an officer to read and obey.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub use_restrictions: Vec<String>,
    /// Number of persons that the record is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_count: Option<u32>,
    /// Whether one of them is under 18.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_minor: Option<bool>,
    /// Special categories of personal data in the body.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub special_categories: Vec<SpecialCategory>,
    /// The assurance (for example against the death penalty) under which the data go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assurance_ref: Option<String>,
    /// The human-rights risk assessment that was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk_assessment_ref: Option<String>,
    /// The person's consent, or the originator's to pass on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_ref: Option<String>,
    /// Language of the body (BCP 47).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Traffic light label (TLP 2.0), of cyber and meeting papers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tlp: Option<Tlp>,
    /// Random bytes that no other record of the author's bears, so that two records are never the same: what officers
    /// approve is then approved once.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_hex_16")]
    pub fresh: Option<[u8; 16]>,
}

/// A thread: the 16 random bytes that its first record drew, written as 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ThreadId(pub [u8; 16]);

/// A record of the same channel, as headers refer to it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordRef {
    /// The log, in the short form `<agency>/<epoch>/<lane>`.
    pub log: LogName,
    /// Number of the entry there.
    pub index: u64,
}

/// A log inside a channel: `<agency>/<epoch>/<lane>`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LogName {
    /// Whose log.
    pub agency: AgencyId,
    /// Epoch, from 1.
    pub epoch: u32,
    /// Lane.
    pub lane: Lane,
}

/// A file sent with a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// SHA-256 of the file itself (the blob is named by the digest of its ciphertext).
    #[serde(with = "hash_hex")]
    pub sha256: Hash,
    /// Length of the file in bytes.
    pub size: u64,
    /// File name without a path.
    pub name: String,
    /// Media type of the file.
    pub media_type: String,
}

impl Header {
    /// Reads a header and checks every rule of HDR. One pass that refuses, one that fills.
    pub fn parse(bytes: &[u8]) -> Result<Self, HeaderError> {
        let header: Self = json::parse_strict_with(bytes, HEADER_BYTES_MAX, "header", Nulls::Refused)?;
        header.check()?;
        Ok(header)
    }

    /// The JSON of a header that is written here.
    pub fn encode(&self) -> Vec<u8> {
        json::encode(self)
    }

    /// Header of a protocol record: kind and media type, nothing else.
    pub fn protocol(kind: &str) -> Self {
        Self::bare(kind)
    }

    /// Whether the record belongs to the protocol itself.
    pub fn is_protocol(&self) -> bool {
        self.kind.starts_with(PROTOCOL_PREFIX)
    }

    /// Whether the record is about persons.
    pub fn personal(&self) -> bool {
        self.subject_category.is_some_and(|category| category != SubjectCategory::None)
            || self.subject_count.is_some_and(|count| count > 0)
    }

    fn bare(kind: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            thread: None,
            in_reply_to: None,
            based_on: None,
            clause: None,
            purpose: None,
            handling: Vec::new(),
            h3_text: None,
            urgency: Urgency::Normal,
            urgency_ground: None,
            evaluation: None,
            subject_category: None,
            retain_until: None,
            author_office: None,
            media_type: JSON_MEDIA_TYPE.to_owned(),
            attachments: Vec::new(),
            offence: None,
            necessity: None,
            use_restrictions: Vec::new(),
            subject_count: None,
            is_minor: None,
            special_categories: Vec::new(),
            assurance_ref: None,
            risk_assessment_ref: None,
            consent_ref: None,
            language: None,
            tlp: None,
            fresh: None,
        }
    }
}

impl RecordRef {
    /// The place in a channel.
    pub fn position(&self, channel: ChannelId) -> Position {
        let LogName { agency, epoch, lane } = self.log;
        Position { origin: Origin { channel, agency, epoch, lane }, index: self.index }
    }
}

impl From<&Position> for RecordRef {
    fn from(position: &Position) -> Self {
        let Origin { agency, epoch, lane, .. } = position.origin;
        Self { log: LogName { agency, epoch, lane }, index: position.index }
    }
}

impl fmt::Display for LogName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.agency, self.epoch, self.lane)
    }
}

impl FromStr for LogName {
    type Err = NotAnOrigin;
    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        // The channel is not part of the name: any will do to read the rest.
        let Origin { agency, epoch, lane, .. } = Origin::from_short(ChannelId::new([0; 32]), text)?;
        Ok(Self { agency, epoch, lane })
    }
}

impl Serialize for LogName {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LogName {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

/// The text is not a thread id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a thread is 32 lower-case hexadecimal digits")]
pub struct NotAThread;

impl fmt::Display for ThreadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Serde form of 16 bytes that may be left out: 32 lower-case hexadecimal digits.
mod optional_hex_16 {
    use alloc::string::String;

    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    use super::hex_16;

    pub(super) fn serialize<S: Serializer>(bytes: &Option<[u8; 16]>, s: S) -> Result<S::Ok, S::Error> {
        match bytes {
            Some(bytes) => s.serialize_str(&hex::encode(bytes)),
            None => s.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<[u8; 16]>, D::Error> {
        let text = String::deserialize(d)?;
        hex_16(&text).map(Some).ok_or_else(|| D::Error::custom("write 32 lower-case hexadecimal digits"))
    }
}

fn hex_16(text: &str) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    let lower = !text.bytes().any(|b| b.is_ascii_uppercase());
    (lower && hex::decode_to_slice(text, &mut bytes).is_ok()).then_some(bytes)
}

impl FromStr for ThreadId {
    type Err = NotAThread;
    fn from_str(text: &str) -> Result<Self, NotAThread> {
        hex_16(text).map(Self).ok_or(NotAThread)
    }
}

impl Serialize for ThreadId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ThreadId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
