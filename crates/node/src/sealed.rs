//! What lies in the database sealed under a key that is derived from one of the node's own: whoever has the database, and the keys
//! of its periods, reads nothing of it. What is sealed has one of few lengths, so that a length tells nothing either.

use protocol::suite::{Entropy as _, TAG_BYTES};
use serde::{Serialize, de::DeserializeOwned};
use store::{Reader, StoreError};
use zeroize::Zeroizing;

use crate::{
    db::{Db, SUITE},
    fault::{Code, Fault},
    limits,
};

const NONCE_BYTES: usize = 12;

/// By how much sealed bytes are longer than those that they hold.
pub(crate) const OVER_BYTES: usize = NONCE_BYTES + TAG_BYTES;

/// What is sealed, and to what it is bound: nobody can put it in another's place.
#[derive(Clone, Copy)]
pub(crate) struct Bound<'a> {
    /// The use of the key.
    pub(crate) label: &'a [u8],
    /// The place.
    pub(crate) place: &'a [u8],
}

/// Seals a JSON text. It is lengthened by blanks, which JSON does not mind, to the next of the lengths `least`, twice that, and
/// so on.
pub(crate) fn seal(key: &[u8; 32], bound: Bound<'_>, json: Vec<u8>, least: usize) -> Result<Vec<u8>, String> {
    let mut nonce = [0; NONCE_BYTES];
    crate::entropy().fill(&mut nonce);
    seal_with(nonce, key, bound, json, least)
}

/// The same, always with the same result for the same text: for what is given out again and again, as a cursor.
pub(crate) fn seal_alike(key: &[u8; 32], bound: Bound<'_>, json: Vec<u8>, least: usize) -> Result<Vec<u8>, String> {
    // The text decides the nonce, by a key of its own: so no nonce seals two texts.
    let nonces = Zeroizing::new(SUITE.hkdf_expand(&derived(key, bound), b"mithaq/protection/nonce/v1"));
    let drawn = SUITE.hkdf_expand(&nonces, &[bound.place, b"\0", &json].concat());
    let nonce = drawn.first_chunk::<NONCE_BYTES>().copied().unwrap_or_default();
    seal_with(nonce, key, bound, json, least)
}

fn seal_with(
    nonce: [u8; NONCE_BYTES],
    key: &[u8; 32],
    bound: Bound<'_>,
    mut json: Vec<u8>,
    least: usize,
) -> Result<Vec<u8>, String> {
    lengthen(&mut json, least.max(OVER_BYTES * 2), OVER_BYTES);
    let tag: [u8; TAG_BYTES] =
        SUITE.aead_seal(&derived(key, bound), &nonce, bound.place, &mut json).map_err(|error| error.to_string())?;
    Ok([nonce.as_slice(), &json, &tag].concat())
}

/// Lengthens a JSON text by blanks so that it is, with so many bytes over it, as long as `least`, twice that, and so on.
pub(crate) fn lengthen(json: &mut Vec<u8>, least: usize, over: usize) {
    let mut class = least;
    while class < json.len().saturating_add(over) {
        class = class.saturating_mul(2);
    }
    json.resize(class.saturating_sub(over), b' ');
}

/// Reads a value that is kept sealed under a name; nothing if there is none. What an earlier version kept in the open is read so.
///
/// # Errors
/// It does not open.
pub(crate) fn kept<T: DeserializeOwned + Default>(
    reader: &Reader,
    key: &[u8; 32],
    name: &str,
    what: &str,
) -> Result<T, StoreError> {
    let Some(sealed) = reader.meta(name)? else { return Ok(T::default()) };
    let opened = open(key, Bound { label: META, place: name.as_bytes() }, &sealed);
    let json = opened.as_deref().map_or(&sealed[..], |json| json);
    serde_json::from_slice(json).map_err(|error| StoreError::Damaged { place: what.into(), reason: error.to_string() })
}

/// Keeps a value sealed under a name, durably.
///
/// # Errors
/// The store can't be written.
pub(crate) fn keep(db: &Db, key: &[u8; 32], name: &str, value: &impl Serialize) -> Result<(), Fault> {
    let internal = |reason: String| Fault::new(Code::Internal, reason);
    let json = serde_json::to_vec(value).map_err(|error| internal(error.to_string()))?;
    let bound = Bound { label: META, place: name.as_bytes() };
    let sealed = seal(key, bound, json, limits::SEALED_META_BYTES).map_err(internal)?;
    Ok(db.store().put_meta(name, &sealed)?)
}

/// The use of the key for what is kept under a name.
const META: &[u8] = b"mithaq/meta/v1";

/// The JSON text that was sealed.
pub(crate) fn open(key: &[u8; 32], bound: Bound<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, String> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or("it is cut short")?;
    let mut plain = Zeroizing::new(sealed.to_vec());
    let length =
        SUITE.aead_open(&derived(key, bound), nonce, bound.place, &mut plain).map_err(|error| error.to_string())?.len();
    plain.truncate(length);
    Ok(plain)
}

/// The least length of a row aside before the store seals it once more.
pub(crate) const ROW_LEAST: usize = limits::ASIDE_ROW_BYTES - OVER_BYTES;

fn derived(key: &[u8; 32], bound: Bound<'_>) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(SUITE.hkdf_expand(key, bound.label))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    // spec: PROT-12
    #[test]
    fn what_is_sealed_has_one_of_few_lengths_and_opens_in_its_place_only() {
        let bound = Bound { label: b"made up", place: b"one" };
        for length in [2, 500, 970, 1000, 3000] {
            let json = format!("\"{}\"", "x".repeat(length)).into_bytes();
            let sealed = seal(&KEY, bound, json.clone(), 1024).unwrap();
            assert_eq!(
                sealed.len(),
                if length < 990 {
                    1024
                } else if length < 2000 {
                    2048
                } else {
                    4096
                }
            );
            let opened = open(&KEY, bound, &sealed).unwrap();
            assert_eq!(serde_json::from_slice::<String>(&opened).unwrap().len(), length);
            assert!(open(&KEY, Bound { place: b"other", ..bound }, &sealed).is_err());
            assert!(open(&[8; 32], bound, &sealed).is_err() && open(&KEY, bound, &sealed[..11]).is_err());
        }
    }
}
