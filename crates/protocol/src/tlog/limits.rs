//! Limits of the log formats, each with its reason.

/// Largest tree size, index and time: other implementations read them as signed 64-bit integers
/// (`tlog-cosignature` sets the same limit for times).
pub const NUMBER_MAX: u64 = u64::MAX >> 1;

/// Hashes in an inclusion path: a tree of [`NUMBER_MAX`] entries is 63 levels deep.
pub const PATH_HASHES_MAX: usize = 63;

/// Length of a key name or origin: `subtree/v1` writes the length in one byte.
pub const NAME_BYTES_MAX: usize = 255;

/// Bytes of one signature without its key id: an ML-DSA-44 cosignature takes 2428; C2SP expects up to nearly 5 kB.
pub const SIGNATURE_BYTES_MAX: usize = 8 * 1024;

/// Signature lines of a note: two by the log and two by each of up to 63 other parties of a channel.
pub const NOTE_SIGNATURES_MAX: usize = 128;

/// Size of a note: [`NOTE_SIGNATURES_MAX`] lines, half of them ML-DSA-44 (3.5 kB in base64 with a name), take 260 kB.
pub const NOTE_BYTES_MAX: usize = 512 * 1024;

/// Size of a `tlog-proof@v1` text: a note, and before it three short lines and a path.
pub const PROOF_BYTES_MAX: usize = NOTE_BYTES_MAX + 4 * 1024;
