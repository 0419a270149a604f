//! Bytes on the wire: a reader and writers of big-endian frames, base64 in JSON.

use alloc::{boxed::Box, string::String, vec::Vec};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::suite::{PublicKeys, SignaturePair, is_sound_ed25519};

/// Reads big-endian fields from a frame; every method is total.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    left: &'a [u8],
}

/// A frame's bytes do not end where they must.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The frame ends within a field.
    #[error("the bytes end early: {needed} more were needed and {left} are left")]
    Truncated {
        /// Bytes that the field needs.
        needed: usize,
        /// Bytes that are left.
        left: usize,
    },
    /// Bytes follow the last field.
    #[error("{0} bytes follow the end")]
    Trailing(usize),
}

/// The bytes are longer than their length field can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} bytes are more than the length field can say")]
pub struct TooLong(pub usize);

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { left: bytes }
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], ReadError> {
        let truncated = ReadError::Truncated { needed: count, left: self.left.len() };
        let (taken, left) = self.left.split_at_checked(count).ok_or(truncated)?;
        self.left = left;
        Ok(taken)
    }

    /// The next `N` bytes as an array.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        let truncated = ReadError::Truncated { needed: N, left: self.left.len() };
        let (taken, left) = self.left.split_first_chunk().ok_or(truncated)?;
        self.left = left;
        Ok(*taken)
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, ReadError> {
        self.array().map(u8::from_be_bytes)
    }

    /// Two bytes.
    pub fn u16(&mut self) -> Result<u16, ReadError> {
        self.array().map(u16::from_be_bytes)
    }

    /// Four bytes.
    pub fn u32(&mut self) -> Result<u32, ReadError> {
        self.array().map(u32::from_be_bytes)
    }

    /// Eight bytes.
    pub fn u64(&mut self) -> Result<u64, ReadError> {
        self.array().map(u64::from_be_bytes)
    }

    /// A length of two bytes and as many bytes as it says.
    pub fn prefixed_u16(&mut self) -> Result<&'a [u8], ReadError> {
        let count = self.u16()?;
        self.take(usize::from(count))
    }

    /// A length of four bytes and as many bytes as it says.
    pub fn prefixed_u32(&mut self) -> Result<&'a [u8], ReadError> {
        let count = self.u32()?;
        self.take(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// All that is left, which ends the frame.
    pub fn rest(self) -> &'a [u8] {
        self.left
    }

    /// Number of bytes left.
    pub fn left(&self) -> usize {
        self.left.len()
    }

    /// Ends the frame: nothing may be left.
    pub fn finish(self) -> Result<(), ReadError> {
        if self.left.is_empty() { Ok(()) } else { Err(ReadError::Trailing(self.left.len())) }
    }
}

/// Appends two bytes, big-endian.
pub fn put_u16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_be_bytes());
}

/// Appends four bytes, big-endian.
pub fn put_u32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_be_bytes());
}

/// Appends eight bytes, big-endian.
pub fn put_u64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_be_bytes());
}

/// Appends the bytes after their length in two bytes.
pub fn put_prefixed_u16(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), TooLong> {
    put_u16(out, u16::try_from(bytes.len()).map_err(|_| TooLong(bytes.len()))?);
    out.extend_from_slice(bytes);
    Ok(())
}

/// Appends the bytes after their length in four bytes.
pub fn put_prefixed_u32(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), TooLong> {
    put_u32(out, u32::try_from(bytes.len()).map_err(|_| TooLong(bytes.len()))?);
    out.extend_from_slice(bytes);
    Ok(())
}

/// The length of a slice as the protocol counts it; no slice is longer than 2^64 bytes.
pub fn len_u64(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// Serde form of bytes as standard base64 with padding (RFC 4648 §4), for `Vec<u8>` and arrays:
/// `#[serde(with = "encoding::base64_bytes")]`. Unused bits must be zero, so that bytes have one spelling.
pub mod base64_bytes {
    use alloc::{string::String, vec::Vec};

    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    /// Writes base64.
    pub fn serialize<S: Serializer>(bytes: impl AsRef<[u8]>, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&STANDARD.encode(bytes))
    }

    /// Reads base64 into a `Vec<u8>` or an array whose length must fit.
    pub fn deserialize<'de, D: Deserializer<'de>, B: TryFrom<Vec<u8>>>(d: D) -> Result<B, D::Error> {
        let text = String::deserialize(d)?;
        let bytes = STANDARD
            .decode(text)
            .map_err(|_| D::Error::custom("not base64: the standard alphabet, padded with =, is expected"))?;
        let length = bytes.len();
        bytes
            .try_into()
            .map_err(|_| D::Error::custom(format_args!("{length} bytes, but {} are expected", size_of::<B>())))
    }
}

/// Serde form of a hash that may be absent: 64 lower-case hexadecimal digits, or `null`.
pub mod optional_hash {
    use alloc::string::String;

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

    use crate::id::{Hash, parse_hash};

    /// Writes the digest in hexadecimal, or `null`.
    pub fn serialize<S: Serializer>(digest: &Option<Hash>, s: S) -> Result<S::Ok, S::Error> {
        digest.map(hex::encode).serialize(s)
    }

    /// Reads the digest from hexadecimal or `null`; the field must be there.
    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Hash>, D::Error> {
        let text = Option::<String>::deserialize(d)?;
        text.map(|text| parse_hash(&text)).transpose().map_err(D::Error::custom)
    }
}

/// Standard base64 with padding.
pub fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads standard base64 with padding; `None` if the text is anything else.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// A half of a key pair or signature pair has the wrong length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{name} has {length} bytes, but {expected} are expected")]
pub struct WrongLength {
    /// `ed25519` or `ml_dsa_44`.
    pub name: &'static str,
    /// Bytes found.
    pub length: usize,
    /// Bytes that the algorithm has.
    pub expected: usize,
}

impl PublicKeys {
    /// Joins the two public keys.
    pub fn from_halves(ed25519: &[u8], ml_dsa_44: Vec<u8>) -> Result<Self, WrongLength> {
        Ok(Self { ed25519: short_half(ed25519)?, ml_dsa_44: long_half(ml_dsa_44)? })
    }
}

impl SignaturePair {
    /// Joins the two signatures.
    pub fn from_halves(ed25519: &[u8], ml_dsa_44: Vec<u8>) -> Result<Self, WrongLength> {
        Ok(Self { ed25519: short_half(ed25519)?, ml_dsa_44: long_half(ml_dsa_44)? })
    }
}

fn short_half<const N: usize>(bytes: &[u8]) -> Result<[u8; N], WrongLength> {
    bytes.try_into().map_err(|_| WrongLength { name: "ed25519", length: bytes.len(), expected: N })
}

fn long_half<const N: usize>(bytes: Vec<u8>) -> Result<Box<[u8; N]>, WrongLength> {
    bytes.into_boxed_slice().try_into().map_err(|bytes: Box<[u8]>| WrongLength {
        name: "ml_dsa_44",
        length: bytes.len(),
        expected: N,
    })
}

/// Public keys as JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeysJson {
    #[serde(with = "base64_bytes")]
    ed25519: Vec<u8>,
    #[serde(with = "base64_bytes")]
    ml_dsa_44: Vec<u8>,
}

impl Serialize for PublicKeys {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        KeysJson { ed25519: self.ed25519.to_vec(), ml_dsa_44: self.ml_dsa_44.to_vec() }.serialize(s)
    }
}

impl<'de> Deserialize<'de> for PublicKeys {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let json = KeysJson::deserialize(d)?;
        let keys = Self::from_halves(&json.ed25519, json.ml_dsa_44).map_err(D::Error::custom)?;
        if !is_sound_ed25519(&keys.ed25519) {
            return Err(D::Error::custom("ed25519 is a point of small order, or not the one spelling of a point"));
        }
        Ok(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_to_its_end_and_no_further() {
        let mut out = Vec::from([1]);
        put_u16(&mut out, 2);
        put_u32(&mut out, 3);
        put_u64(&mut out, 4);
        put_prefixed_u16(&mut out, b"ab").unwrap();
        put_prefixed_u32(&mut out, b"cde").unwrap();
        let mut reader = Reader::new(&out);
        assert_eq!((reader.u8(), reader.u16(), reader.u32(), reader.u64()), (Ok(1), Ok(2), Ok(3), Ok(4)));
        assert_eq!((reader.prefixed_u16(), reader.prefixed_u32()), (Ok(&b"ab"[..]), Ok(&b"cde"[..])));
        assert_eq!(reader.clone().finish(), Ok(()));
        assert_eq!(reader.u8(), Err(ReadError::Truncated { needed: 1, left: 0 }));
        assert_eq!(Reader::new(b"x").finish(), Err(ReadError::Trailing(1)));
    }

    #[test]
    fn a_length_beyond_the_end_is_refused() {
        let beyond = Reader::new(&[0xff, 0xff, 0xff, 0xff, 1]).prefixed_u32();
        assert_eq!(beyond, Err(ReadError::Truncated { needed: 0xffff_ffff, left: 1 }));
        assert_eq!(put_prefixed_u16(&mut Vec::new(), &[0; 65_536]), Err(TooLong(65_536)));
    }

    #[test]
    fn bytes_have_one_spelling_in_base64() {
        assert_eq!(from_base64("YQ=="), Some(b"a".to_vec()));
        for wrong in ["YQ", "YR==", "YQ==\n", "Y Q==", "-_=="] {
            assert_eq!(from_base64(wrong), None, "{wrong}");
        }
    }
}
