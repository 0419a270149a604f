//! Attachments: encrypted in chunks under a fresh key each, so that a gigabyte passes in constant memory.
//!
//! A chunk is 1 MiB of plaintext and its tag; the nonce holds the chunk's number and whether it is the last, so chunks
//! can't be dropped, repeated or reordered. The blob's name is the SHA-256 of the whole ciphertext.

use alloc::vec::Vec;

use crate::suite::{CannotSeal, DoesNotOpen, Suite, TAG_BYTES};

/// Bytes of plaintext in every chunk but the last.
pub const CHUNK_BYTES: usize = 1024 * 1024;

/// Bytes of a whole chunk with its tag.
pub const SEALED_CHUNK_BYTES: usize = CHUNK_BYTES + TAG_BYTES;

/// Length of the ciphertext of an attachment of this many bytes. Empty attachments have one empty chunk.
pub const fn sealed_bytes(plain_bytes: u64) -> u64 {
    let chunk: u64 = 1024 * 1024;
    let chunks = if plain_bytes == 0 { 1 } else { plain_bytes.div_ceil(chunk) };
    plain_bytes.saturating_add(chunks.saturating_mul(16))
}

/// Encrypts one chunk in place and adds its tag.
pub fn seal_chunk(
    suite: &dyn Suite,
    key: &[u8; 32],
    number: u64,
    last: bool,
    chunk: &mut Vec<u8>,
) -> Result<(), CannotSeal> {
    let tag = suite.aead_seal(key, &nonce(number, last), b"", chunk)?;
    chunk.extend_from_slice(&tag);
    Ok(())
}

/// Decrypts one chunk in place; what comes back is its plaintext.
pub fn open_chunk<'a>(
    suite: &dyn Suite,
    key: &[u8; 32],
    number: u64,
    last: bool,
    chunk: &'a mut [u8],
) -> Result<&'a mut [u8], DoesNotOpen> {
    suite.aead_open(key, &nonce(number, last), b"", chunk)
}

fn nonce(number: u64, last: bool) -> [u8; 12] {
    let mut nonce = [0; 12];
    let place = (number << 1) | u64::from(last);
    if let Some(bytes) = nonce.last_chunk_mut() {
        *bytes = place.to_be_bytes();
    }
    nonce
}

#[cfg(all(test, feature = "aws-lc"))]
mod tests {
    use super::*;
    use crate::suite::AwsLc;
    use alloc::vec;

    #[test]
    fn a_chunk_opens_only_at_its_place() {
        let mut chunk = vec![7; 1000];
        seal_chunk(&AwsLc, &[1; 32], 3, false, &mut chunk).unwrap();
        assert_eq!(open_chunk(&AwsLc, &[1; 32], 3, false, &mut chunk.clone()).unwrap(), [7; 1000]);
        for (number, last) in [(2, false), (4, false), (3, true)] {
            assert!(open_chunk(&AwsLc, &[1; 32], number, last, &mut chunk.clone()).is_err());
        }
    }

    #[test]
    fn sealed_length_counts_a_tag_a_chunk() {
        assert_eq!(sealed_bytes(0), 16);
        assert_eq!(sealed_bytes(1), 17);
        assert_eq!(sealed_bytes(1024 * 1024), 1024 * 1024 + 16);
        assert_eq!(sealed_bytes(1024 * 1024 + 1), 1024 * 1024 + 1 + 32);
    }
}
