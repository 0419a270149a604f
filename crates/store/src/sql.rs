//! Between Rust's values and SQLite's: 64-bit numbers are signed there, and lists are blobs of big-endian numbers.

use protocol::{
    commit::{MarkState, Period},
    id::{ChannelId, Hash},
    origin::Origin,
};

use serde::{
    Deserialize,
    de::{self, value::StrDeserializer},
};

use crate::error::StoreError;

/// Sizes, indexes and times are far below 2^63; one that is not can't be found and fits no log.
pub(crate) fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Nothing negative is ever written.
pub(crate) fn uint(value: i64) -> Result<u64, StoreError> {
    u64::try_from(value)
        .map_err(|_| StoreError::damaged("the database", format!("{value} where a size or time should be")))
}

/// By what a used approval is found: 128 bits of its digest, other ones in each channel.
pub(crate) fn approval(channel: &ChannelId, used: &Hash) -> [u8; 16] {
    std::array::from_fn(|at| used[at] ^ channel.bytes()[at])
}

pub(crate) fn hashes(bytes: &[u8]) -> Vec<Hash> {
    bytes.as_chunks().0.to_vec()
}

pub(crate) fn origin(text: &str) -> Result<Origin, StoreError> {
    text.parse().map_err(|error| StoreError::damaged("the database", format!("{text:?}: {error}")))
}

pub(crate) fn numbers_to_bytes(numbers: impl Iterator<Item = u32>) -> Vec<u8> {
    numbers.flat_map(u32::to_be_bytes).collect()
}

pub(crate) fn numbers(bytes: &[u8]) -> Vec<u32> {
    bytes.as_chunks().0.iter().map(|number| u32::from_be_bytes(*number)).collect()
}

pub(crate) fn periods(bytes: &[u8]) -> Vec<Period> {
    numbers(bytes).into_iter().map(Period::from_number).collect()
}

pub(crate) fn mark_state(name: &str) -> Result<MarkState, StoreError> {
    MarkState::deserialize(StrDeserializer::<de::value::Error>::new(name))
        .map_err(|_| StoreError::damaged("the database", format!("{name:?} is no state of a record")))
}
