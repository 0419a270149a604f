//! Identifiers: 32-byte digests that name an agency, an agreement's channel or a document.

use alloc::string::String;
use core::{cmp::Ordering, fmt, hash, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// A digest that names something of kind `K`, written as 64 lower-case hexadecimal digits.
///
/// The type parameter keeps an agency's id from being passed where a channel's is meant.
pub struct Id<K>(pub Hash, PhantomData<K>);

/// Marks the id of an agency: the SHA-256 of its first card.
pub enum AgencyKind {}
/// Marks the id of a channel: the SHA-256 of the first version of its agreement.
pub enum ChannelKind {}

/// The SHA-256 of an agency's first card: stable for ever.
pub type AgencyId = Id<AgencyKind>;
/// The SHA-256 of the first version of a channel's agreement.
pub type ChannelId = Id<ChannelKind>;

impl<K> Id<K> {
    /// Names the thing whose digest this is.
    pub const fn new(digest: Hash) -> Self {
        Self(digest, PhantomData)
    }

    /// The digest's bytes.
    pub const fn bytes(&self) -> &Hash {
        &self.0
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> hash::Hash for Id<K> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is 64 lower-case hexadecimal digits")]
pub struct NotAnId;

/// Reads 64 lower-case hexadecimal digits; upper case is refused, so that one id has one spelling.
pub fn parse_hash(text: &str) -> Result<Hash, NotAnId> {
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err(NotAnId);
    }
    let mut digest = [0; 32];
    hex::decode_to_slice(text, &mut digest).map_err(|_| NotAnId)?;
    Ok(digest)
}

impl<K> FromStr for Id<K> {
    type Err = NotAnId;
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        parse_hash(text).map(Self::new)
    }
}

impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de, K> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

/// Serde form of a [`Hash`] as 64 lower-case hexadecimal digits: `#[serde(with = "id::hash_hex")]`.
pub mod hash_hex {
    use super::{Hash, parse_hash};
    use alloc::string::String;
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    /// Writes the digest in hexadecimal.
    pub fn serialize<S: Serializer>(digest: &Hash, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&hex::encode(digest))
    }

    /// Reads the digest from hexadecimal.
    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Hash, D::Error> {
        parse_hash(&String::deserialize(d)?).map_err(D::Error::custom)
    }
}
