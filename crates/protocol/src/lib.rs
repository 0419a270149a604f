//! What two agencies agree on, byte by byte.
//!
//! This crate is pure: it has no I/O, no clock, no randomness and no async code. Time, entropy, keys and the
//! cryptographic [`suite`] come in as arguments, so the same code runs in a node, in the offline verifier and in the
//! simulator. Without the feature `aws-lc` it is `no_std` and `alloc` only, which proves the claim.
//!
//! The text that rules over this code is `docs/spec/`.
#![no_std]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::as_conversions
)]

extern crate alloc;

pub mod agreement;
pub mod attachment;
pub mod batch;
pub mod card;
pub mod channel;
pub mod commit;
pub mod control;
pub mod date;
pub mod document;
pub mod encoding;
pub mod evidence;
pub mod fingerprint;
#[cfg(test)]
#[cfg(feature = "aws-lc")]
mod fixtures;
pub mod header;
pub mod height;
pub mod id;
pub mod json;
pub mod limits;
pub mod origin;
pub mod passkey;
pub mod peer;
pub mod persons;
pub mod record;
pub mod statement;
pub mod suite;
pub mod text;
pub mod tlog;
#[cfg(test)]
#[cfg(feature = "aws-lc")]
mod vectors;
