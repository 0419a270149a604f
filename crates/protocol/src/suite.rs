//! The cryptography that the protocol uses, as arguments.
//!
//! Every function of this crate that hashes, seals or verifies takes a [`Suite`]; every function that signs takes a
//! [`Signer`]; every function that draws random bytes takes an [`Entropy`]. [`AwsLc`] is the real suite.

use alloc::{boxed::Box, vec::Vec};

use crate::id::Hash;

#[cfg(feature = "aws-lc")]
mod aws_lc;
mod point;
#[cfg(feature = "aws-lc")]
pub use aws_lc::{AwsLc, SoftwareKeys, SystemEntropy};
pub use point::{is_sound_ed25519, is_sound_p256};

/// Length of an Ed25519 public key (RFC 8032 §5.1.5).
pub const ED25519_PUBLIC_BYTES: usize = 32;
/// Length of an Ed25519 signature (RFC 8032 §5.1.6).
pub const ED25519_SIGNATURE_BYTES: usize = 64;
/// Length of an uncompressed point of P-256 (SEC 1 §2.3.3).
pub const P256_PUBLIC_BYTES: usize = 65;
/// Length of an ML-DSA-44 public key (FIPS 204 table 2).
pub const ML_DSA_44_PUBLIC_BYTES: usize = 1312;
/// Length of an ML-DSA-44 signature (FIPS 204 table 2).
pub const ML_DSA_44_SIGNATURE_BYTES: usize = 2420;
/// Length of an X-Wing public key (draft-connolly-cfrg-xwing-kem §5).
pub const X_WING_PUBLIC_BYTES: usize = 1216;
/// Length of an X-Wing encapsulated key.
pub const X_WING_ENCAPSULATED_BYTES: usize = 1120;
/// Length of an AES-256-GCM tag.
pub const TAG_BYTES: usize = 16;

/// The suite of this version: X-Wing, HKDF-SHA256, AES-256-GCM; Ed25519 with ML-DSA-44; SHA-256.
pub const SUITE_1: u16 = 1;

/// The public half of one of a card's key pairs: a signature counts only if both are valid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PublicKeys {
    /// Ed25519 public key.
    pub ed25519: [u8; ED25519_PUBLIC_BYTES],
    /// ML-DSA-44 public key.
    pub ml_dsa_44: Box<[u8; ML_DSA_44_PUBLIC_BYTES]>,
}

/// A signature by both algorithms.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignaturePair {
    /// Ed25519 signature.
    pub ed25519: [u8; ED25519_SIGNATURE_BYTES],
    /// ML-DSA-44 signature with an empty context.
    pub ml_dsa_44: Box<[u8; ML_DSA_44_SIGNATURE_BYTES]>,
}

/// What a card's key pair is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum KeyRole {
    /// Signs checkpoints of the agency's logs.
    Log,
    /// Countersigns batches of others: the receipt.
    Receipt,
    /// Signs documents: cards, agreements, withheld notes, nacks.
    Document,
    /// The next keys, kept offline: sign the next card.
    Succession,
    /// Countersigns the heads of audit logs: an auditor's, never an agency's.
    Auditor,
}

/// The bytes could not be opened: wrong key, wrong context or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed bytes do not open under this key and context")]
pub struct DoesNotOpen;

/// The bytes could not be sealed: they are longer than the algorithm allows, or the public key is malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes can't be sealed: too long, or the recipient's public key is malformed")]
pub struct CannotSeal;

/// The signer cannot sign: a token is unplugged, a key is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing key for {0:?} cannot be used")]
pub struct CannotSign(pub KeyRole);

/// A key pair for sealing keyrings (X-Wing, kept as its 32-byte seed).
#[derive(Clone, zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
pub struct SealingKey {
    /// The private seed.
    pub seed: [u8; 32],
    /// The public key, [`X_WING_PUBLIC_BYTES`] long.
    #[zeroize(skip)]
    pub public: Vec<u8>,
}

/// What was sealed with HPKE: the encapsulated key and the ciphertext with its tag.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HpkeSealed {
    /// Encapsulated key, [`X_WING_ENCAPSULATED_BYTES`] long.
    pub encapsulated: Vec<u8>,
    /// Ciphertext followed by the tag.
    pub ciphertext: Vec<u8>,
}

/// Hashing, sealing and verification.
pub trait Suite: Send + Sync {
    /// SHA-256 over the concatenated parts.
    fn sha256(&self, parts: &[&[u8]]) -> Hash;

    /// HKDF-Expand with SHA-256 to 32 bytes (RFC 5869 §2.3). `secret` is uniformly random, so extraction is skipped
    /// (§3.3).
    fn hkdf_expand(&self, secret: &[u8; 32], label: &[u8]) -> [u8; 32];

    /// AES-256-GCM in place; returns the tag.
    fn aead_seal(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        bytes: &mut [u8],
    ) -> Result<[u8; TAG_BYTES], CannotSeal>;

    /// AES-256-GCM in place over ciphertext and tag; the plaintext is the slice without its last [`TAG_BYTES`].
    fn aead_open<'a>(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        bytes: &'a mut [u8],
    ) -> Result<&'a mut [u8], DoesNotOpen>;

    /// Whether an Ed25519 signature is valid; none is under a key that is not sound ([`is_sound_ed25519`]).
    fn verify_ed25519(&self, key: &[u8; ED25519_PUBLIC_BYTES], message: &[u8], signature: &[u8]) -> bool;

    /// Whether the bytes are a point of P-256, spelled uncompressed.
    fn is_p256(&self, key: &[u8; P256_PUBLIC_BYTES]) -> bool;

    /// Whether an ECDSA signature on P-256 with SHA-256, in ASN.1 DER, is valid; none is under a key that is no point
    /// ([`Suite::is_p256`]).
    fn verify_es256(&self, key: &[u8; P256_PUBLIC_BYTES], message: &[u8], signature: &[u8]) -> bool;

    /// Whether an ML-DSA-44 signature with an empty context is valid.
    fn verify_ml_dsa_44(&self, key: &[u8; ML_DSA_44_PUBLIC_BYTES], message: &[u8], signature: &[u8]) -> bool;

    /// Whether both halves of a signature over one message are valid.
    fn verify(&self, keys: &PublicKeys, message: &[u8], signature: &SignaturePair) -> bool {
        self.verify_ed25519(&keys.ed25519, message, &signature.ed25519)
            && self.verify_ml_dsa_44(&keys.ml_dsa_44, message, &*signature.ml_dsa_44)
    }

    /// Derives the sealing key of a seed.
    fn sealing_key(&self, seed: [u8; 32]) -> SealingKey;

    /// HPKE base mode, single shot, AAD empty: everything is bound in `info` (RFC 9180 §6.1).
    fn hpke_seal(
        &self,
        public: &[u8],
        info: &[u8],
        plaintext: &[u8],
        entropy: &mut dyn Entropy,
    ) -> Result<HpkeSealed, CannotSeal>;

    /// Opens what [`Suite::hpke_seal`] sealed.
    fn hpke_open(&self, key: &SealingKey, info: &[u8], sealed: &HpkeSealed) -> Result<Vec<u8>, DoesNotOpen>;
}

/// Holds an agency's private keys and signs with them.
pub trait Signer: Send + Sync {
    /// The public keys of a role.
    fn public(&self, role: KeyRole) -> Result<PublicKeys, CannotSign>;

    /// An Ed25519 signature.
    fn sign_ed25519(&self, role: KeyRole, message: &[u8]) -> Result<[u8; ED25519_SIGNATURE_BYTES], CannotSign>;

    /// An ML-DSA-44 signature with an empty context.
    fn sign_ml_dsa_44(&self, role: KeyRole, message: &[u8])
    -> Result<Box<[u8; ML_DSA_44_SIGNATURE_BYTES]>, CannotSign>;

    /// Both signatures over one message.
    fn sign(&self, role: KeyRole, message: &[u8]) -> Result<SignaturePair, CannotSign> {
        Ok(SignaturePair { ed25519: self.sign_ed25519(role, message)?, ml_dsa_44: self.sign_ml_dsa_44(role, message)? })
    }
}

/// A source of random bytes.
pub trait Entropy {
    /// Fills the slice with random bytes.
    fn fill(&mut self, bytes: &mut [u8]);
}

/// 32 random bytes.
pub fn random_32(entropy: &mut dyn Entropy) -> [u8; 32] {
    let mut bytes = [0; 32];
    entropy.fill(&mut bytes);
    bytes
}
