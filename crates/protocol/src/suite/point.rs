//! Keys that are no keys: Ed25519 points of small order, and second spellings of a point (DOC-12).
//!
//! Under a key of small order one signature fits many messages, and nobody needs a secret to make it. Libraries differ in
//! whether they refuse such keys, so two verifiers could disagree; this project refuses them by rule.

use super::{ED25519_PUBLIC_BYTES, P256_PUBLIC_BYTES};

/// 2^255 - 19, little-endian: the ordinates of points are below it.
const PRIME: [u8; 32] = [
    0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
];

/// Ordinates of the eight points whose order divides 8, little-endian: 0 and p - 1 and 1, of orders 4, 2 and 1, and the two
/// of order 8.
const SMALL: [[u8; 32]; 5] = [
    [0; 32],
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
    ],
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

/// The prime of P-256 (FIPS 186-5, SP 800-186 §3.2.1.3), big-endian: coordinates are below it.
const P256_PRIME: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
];

/// Whether the bytes may be a public key on P-256: the uncompressed spelling of a point, with coordinates below the prime. That
/// they are a point at all, the first signature shows. Its group has no points of small order.
pub fn is_sound_p256(key: &[u8; P256_PUBLIC_BYTES]) -> bool {
    let [form, coordinates @ ..] = key;
    let (x, y) = coordinates.split_at(32);
    *form == 0x04 && x < P256_PRIME.as_slice() && y < P256_PRIME.as_slice()
}

/// Whether the bytes may be an Ed25519 public key: the one spelling of an ordinate that no point of small order has. That
/// they are a point at all, the first signature shows.
pub fn is_sound_ed25519(key: &[u8; ED25519_PUBLIC_BYTES]) -> bool {
    let mut ordinate = *key;
    if let Some(last) = ordinate.last_mut() {
        *last &= 0x7f;
    }
    let is_reduced = ordinate.iter().rev().lt(PRIME.iter().rev());
    is_reduced && !SMALL.contains(&ordinate)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    // spec: DOC-12
    #[test]
    fn no_spelling_of_a_point_of_small_order_is_a_key() {
        let mut spellings: Vec<[u8; 32]> = SMALL.to_vec();
        // p and p + 1 are 0 and 1 again.
        spellings.extend([0, 1].map(|more| {
            let mut spelling = PRIME;
            spelling[0] += more;
            spelling
        }));
        for mut spelling in spellings {
            assert!(!is_sound_ed25519(&spelling), "{spelling:02x?}");
            spelling[31] |= 0x80;
            assert!(!is_sound_ed25519(&spelling), "{spelling:02x?}");
        }
        assert!(!is_sound_ed25519(&[0xff; 32]));
        // The base point, and the largest ordinate that no small point has.
        let mut base = [0x66; 32];
        base[0] = 0x58;
        assert!(is_sound_ed25519(&base));
        let mut large = PRIME;
        large[0] -= 2;
        assert!(is_sound_ed25519(&large));
    }

    #[test]
    fn a_key_on_p256_is_one_point_in_its_long_spelling() {
        let mut key = [0; P256_PUBLIC_BYTES];
        key[0] = 4;
        assert!(is_sound_p256(&key));
        for form in [0, 2, 3, 6, 7] {
            key[0] = form;
            assert!(!is_sound_p256(&key), "form {form}");
        }
        key[0] = 4;
        for start in [1, 33] {
            let mut large = key;
            large[start..start + 32].copy_from_slice(&P256_PRIME);
            assert!(!is_sound_p256(&large));
            large[start + 31] -= 1;
            assert!(is_sound_p256(&large));
        }
    }
}
