//! Keyrings at rest: the secrets of a batch, wrapped a period at a time.
//!
//! Layout, which follows from the periods of the batch's records alone: for each period, in ascending order, a nonce, the
//! secrets of its records in the batch's order, and the tag. A keyring that loses a secret keeps its length, so it is
//! overwritten where it lies and leaves no copy behind.

use std::collections::BTreeMap;

use protocol::{
    batch::{Keyring, NO_SECRET},
    commit::Period,
    origin::Origin,
    suite::{Entropy, Suite, TAG_BYTES},
};
use zeroize::Zeroizing;

use crate::error::StoreError;

/// A key that wraps keyrings.
pub(crate) type PeriodKey = Zeroizing<[u8; 32]>;

/// Nonce of AES-256-GCM. It is random: a period key wraps one keyring a batch, far below 2^32 (NIST SP 800-38D §8.3).
const NONCE_BYTES: usize = 12;
const SECRET_BYTES: usize = 32;

/// Where a batch stands: what its wrapped keyrings are bound to.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) origin: &'a Origin,
    pub(crate) first: u64,
}

/// A change of a wrapped keyring.
pub(crate) struct Rewrapped {
    /// Where the new bytes go.
    pub(crate) offset: usize,
    /// The period's part of the keyring, wrapped anew.
    pub(crate) bytes: Vec<u8>,
}

/// Wraps the secrets of a batch. A period without a key is over: its secrets are not kept.
pub(crate) fn wrap(
    suite: &dyn Suite,
    place: Place<'_>,
    secrets: &[[u8; 32]],
    periods: &[Period],
    keys: &BTreeMap<Period, PeriodKey>,
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, StoreError> {
    let mut wrapped = Vec::new();
    for part in parts(periods) {
        match keys.get(&part.period) {
            None => wrapped.resize(wrapped.len() + part.bytes(), 0),
            Some(key) => {
                let mut plain = Zeroizing::new(Vec::with_capacity(part.records.len() * SECRET_BYTES));
                for secret in part.records.iter().filter_map(|record| secrets.get(*record)) {
                    plain.extend_from_slice(secret);
                }
                wrapped.extend(seal(suite, place, part.period, key, &mut plain, entropy)?);
            }
        }
    }
    Ok(wrapped)
}

/// Unwraps what can still be unwrapped; zeros stand for the rest.
pub(crate) fn unwrap(
    suite: &dyn Suite,
    place: Place<'_>,
    wrapped: &[u8],
    periods: &[Period],
    mut key_of: impl FnMut(Period) -> Result<Option<PeriodKey>, StoreError>,
) -> Result<Keyring, StoreError> {
    let mut secrets = Zeroizing::new(vec![NO_SECRET; periods.len()]);
    for part in parts(periods) {
        let Some(key) = key_of(part.period)? else { continue };
        let plain = open(suite, place, &part, &key, wrapped)?;
        for (record, secret) in part.records.iter().zip(plain.as_chunks().0) {
            if let Some(slot) = secrets.get_mut(*record) {
                *slot = *secret;
            }
        }
    }
    Ok(secrets)
}

/// Wraps the period's part of a keyring again without one record's secret; `None` if its period is over already.
pub(crate) fn without(
    suite: &dyn Suite,
    place: Place<'_>,
    wrapped: &[u8],
    periods: &[Period],
    record: usize,
    mut key_of: impl FnMut(Period) -> Result<Option<PeriodKey>, StoreError>,
    entropy: &mut dyn Entropy,
) -> Result<Option<Rewrapped>, StoreError> {
    for part in parts(periods) {
        let Some(slot) = part.records.iter().position(|held| *held == record) else { continue };
        let Some(key) = key_of(part.period)? else { return Ok(None) };
        let mut plain = open(suite, place, &part, &key, wrapped)?;
        if let Some(secret) = plain.as_chunks_mut().0.get_mut(slot) {
            *secret = NO_SECRET;
        }
        let bytes = seal(suite, place, part.period, &key, &mut plain, entropy)?;
        return Ok(Some(Rewrapped { offset: part.offset, bytes }));
    }
    Ok(None)
}

/// The records of one period in a batch, and where their part of the wrapped keyring lies.
struct Part {
    period: Period,
    records: Vec<usize>,
    offset: usize,
}

impl Part {
    fn bytes(&self) -> usize {
        NONCE_BYTES + self.records.len() * SECRET_BYTES + TAG_BYTES
    }
}

fn parts(periods: &[Period]) -> Vec<Part> {
    let mut by_period: BTreeMap<Period, Vec<usize>> = BTreeMap::new();
    for (record, period) in periods.iter().enumerate() {
        by_period.entry(*period).or_default().push(record);
    }
    let mut offset = 0;
    let mut parts = Vec::with_capacity(by_period.len());
    for (period, records) in by_period {
        let part = Part { period, records, offset };
        offset += part.bytes();
        parts.push(part);
    }
    parts
}

/// What a wrapped keyring is bound to: nobody can move it to another batch or period.
fn context(place: Place<'_>, period: Period) -> Vec<u8> {
    let mut aad = place.origin.to_string().into_bytes();
    aad.extend_from_slice(&place.first.to_be_bytes());
    aad.extend_from_slice(&period.number().to_be_bytes());
    aad
}

/// Encrypts in place, so the secrets do not stay in the buffer.
fn seal(
    suite: &dyn Suite,
    place: Place<'_>,
    period: Period,
    key: &PeriodKey,
    plain: &mut [u8],
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, StoreError> {
    let mut nonce = [0; NONCE_BYTES];
    entropy.fill(&mut nonce);
    let tag = suite.aead_seal(key, &nonce, &context(place, period), plain).map_err(|error| {
        StoreError::damaged(format!("keyring of {} from {}", place.origin, place.first), error.to_string())
    })?;
    Ok([&nonce, &*plain, &tag].concat())
}

fn open(
    suite: &dyn Suite,
    place: Place<'_>,
    part: &Part,
    key: &PeriodKey,
    wrapped: &[u8],
) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let damaged = |reason: String| {
        let place = format!("keyring of {} from {}, period {}", place.origin, place.first, part.period);
        StoreError::damaged(place, reason)
    };
    let (nonce, sealed) = wrapped
        .get(part.offset..part.offset + part.bytes())
        .and_then(|bytes| bytes.split_first_chunk::<NONCE_BYTES>())
        .ok_or_else(|| damaged("it is cut short".into()))?;
    let mut plain = Zeroizing::new(sealed.to_vec());
    let length = suite
        .aead_open(key, nonce, &context(place, part.period), &mut plain)
        .map_err(|error| damaged(error.to_string()))?
        .len();
    plain.truncate(length);
    Ok(plain)
}
