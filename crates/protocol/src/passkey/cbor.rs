//! As much CBOR as an authenticator writes: the CTAP2 canonical form (FIDO CTAP 2.2 §8), in which an item has one spelling.

use alloc::vec::Vec;

use super::{Algorithm, PasskeyError, PublicKey};
use crate::encoding::Reader;

/// Levels of nesting: no message of an authenticator has more (CTAP 2.2 §8).
const LEVELS_MAX: u8 = 4;

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

/// What is wrong with an item.
type Problem = &'static str;

/// Reads a credential's public key (§6.5.1.1): a COSE key with exactly the members of its algorithm, in their order.
pub(super) fn cose_key(reader: &mut Reader<'_>) -> Result<PublicKey, PasskeyError> {
    let wrong = |problem| PasskeyError::Cbor { what: "credential's public key", problem };
    let members = count(reader, MAP, "a COSE key is a map").map_err(wrong)?;
    let kind = number(reader, 1, "a COSE key begins with its type, 1").map_err(wrong)?;
    let algorithm = number(reader, 3, "behind the key's type stands its algorithm, 3").map_err(wrong)?;
    let algorithm = match algorithm {
        -7 => Algorithm::Es256,
        -8 => Algorithm::Ed25519,
        other => return Err(PasskeyError::OtherAlgorithm(other)),
    };
    let curve = number(reader, -1, "behind the algorithm stands the curve, -1").map_err(wrong)?;
    let x = coordinate(reader, -2).map_err(wrong)?;
    let bytes = match (algorithm, kind, curve, members) {
        (Algorithm::Es256, 2, 1, 5) => {
            let y = coordinate(reader, -3).map_err(wrong)?;
            let mut point = Vec::from([0x04]);
            point.extend_from_slice(x);
            point.extend_from_slice(y);
            point
        }
        (Algorithm::Ed25519, 1, 6, 4) => x.to_vec(),
        (Algorithm::Es256, ..) => return Err(wrong("an ES256 key is of type 2, on curve 1, with five members")),
        (Algorithm::Ed25519, ..) => return Err(wrong("an Ed25519 key is of type 1, on curve 6, with four members")),
    };
    Ok(PublicKey { algorithm, bytes })
}

/// Passes over a map.
pub(super) fn skip_map(reader: &mut Reader<'_>) -> Result<(), Problem> {
    let members = count(reader, MAP, "not a map")?;
    skip_items(reader, members.saturating_mul(2), LEVELS_MAX - 1)
}

/// Every item has a byte at least, so this ends where the bytes do.
fn skip_items(reader: &mut Reader<'_>, items: u64, levels: u8) -> Result<(), Problem> {
    for _ in 0..items {
        skip(reader, levels)?;
    }
    Ok(())
}

fn skip(reader: &mut Reader<'_>, levels: u8) -> Result<(), Problem> {
    let head = Head::read(reader)?;
    match head.major {
        UNSIGNED | NEGATIVE => Ok(()),
        BYTES => head.content(reader).map(|_| ()),
        TEXT => core::str::from_utf8(head.content(reader)?).map(|_| ()).map_err(|_| "a text that is not UTF-8"),
        ARRAY | MAP => {
            let levels = levels.checked_sub(1).ok_or("nested deeper than four levels")?;
            skip_items(reader, if head.major == MAP { head.value.saturating_mul(2) } else { head.value }, levels)
        }
        TAG => Err("a tag"),
        _ => head.is_simple().then_some(()).ok_or("a simple value that is not known"),
    }
}

fn coordinate<'a>(reader: &mut Reader<'a>, label: i64) -> Result<&'a [u8], Problem> {
    let head = labelled(reader, label, "behind the curve stand the coordinates, -2 and -3")?;
    let is_coordinate = head.major == BYTES && head.value == 32;
    if is_coordinate { head.content(reader) } else { Err("a coordinate has 32 bytes") }
}

/// The head of the value under the label that must come next.
fn labelled(reader: &mut Reader<'_>, label: i64, problem: Problem) -> Result<Head, Problem> {
    let found = Head::read(reader)?;
    if found.integer() == Some(label) { Head::read(reader) } else { Err(problem) }
}

fn number(reader: &mut Reader<'_>, label: i64, problem: Problem) -> Result<i64, Problem> {
    labelled(reader, label, problem)?.integer().ok_or("type, algorithm and curve are numbers")
}

fn count(reader: &mut Reader<'_>, major: u8, problem: Problem) -> Result<u64, Problem> {
    let head = Head::read(reader)?;
    if head.major == major { Ok(head.value) } else { Err(problem) }
}

/// The head of an item (RFC 8949 §3): its major type and its number.
struct Head {
    major: u8,
    /// Number, length or count.
    value: u64,
    /// How the number is written: in these five bits, or in bytes behind them.
    info: u8,
}

impl Head {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Problem> {
        const SHORT: Problem = "it ends early";
        let first = reader.u8().map_err(|_| SHORT)?;
        let (major, info) = (first >> 5, first & 0x1f);
        let (value, least) = match info {
            0..24 => (u64::from(info), 0),
            24 => (u64::from(reader.u8().map_err(|_| SHORT)?), 24),
            25 => (u64::from(reader.u16().map_err(|_| SHORT)?), 1 << 8),
            26 => (u64::from(reader.u32().map_err(|_| SHORT)?), 1 << 16),
            27 => (reader.u64().map_err(|_| SHORT)?, 1 << 32),
            _ => return Err("an item of indefinite length"),
        };
        // Floating-point numbers are bits, not numbers that could be shorter.
        let is_shortest = value >= least || major > TAG;
        if is_shortest { Ok(Self { major, value, info }) } else { Err("a number that is not in its shortest form") }
    }

    fn integer(&self) -> Option<i64> {
        let value = i64::try_from(self.value).ok()?;
        match self.major {
            UNSIGNED => Some(value),
            NEGATIVE => Some(-1 - value),
            _ => None,
        }
    }

    fn content<'a>(&self, reader: &mut Reader<'a>) -> Result<&'a [u8], Problem> {
        reader.take(usize::try_from(self.value).unwrap_or(usize::MAX)).map_err(|_| "it ends early")
    }

    /// False, true, null, undefined and floating-point numbers.
    const fn is_simple(&self) -> bool {
        matches!(self.info, 20..=23 | 25..=27)
    }
}
