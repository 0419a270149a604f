//! Cryptography for simulated nodes: hashes, key derivation and AEAD are real; signatures and sealing are hashes.
//!
//! A signature of [`SimSuite`] is a hash of key and message: whoever knows the public key could forge it, and nobody in
//! the simulator does. In return a seed always gives the same bytes, and a run takes milliseconds.

use std::collections::BTreeMap;

use protocol::{
    id::Hash,
    suite::{
        AwsLc, CannotSeal, CannotSign, DoesNotOpen, ED25519_PUBLIC_BYTES, ED25519_SIGNATURE_BYTES, Entropy, HpkeSealed,
        KeyRole, ML_DSA_44_PUBLIC_BYTES, ML_DSA_44_SIGNATURE_BYTES, P256_PUBLIC_BYTES, PublicKeys, SealingKey, Signer,
        Suite, TAG_BYTES, X_WING_ENCAPSULATED_BYTES, X_WING_PUBLIC_BYTES, random_32,
    },
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};

/// The fast suite.
#[derive(Clone, Copy, Debug, Default)]
pub struct SimSuite;

/// Keys that sign for [`SimSuite`].
#[derive(Clone, Debug)]
pub struct SimKeys {
    public: BTreeMap<KeyRole, PublicKeys>,
}

impl SimKeys {
    /// The key pairs of the given roles, each derived from its seed.
    pub fn from_seeds(seeds: impl IntoIterator<Item = (KeyRole, [u8; 32])>) -> Self {
        let public = seeds.into_iter().map(|(role, seed)| {
            let keys = PublicKeys {
                ed25519: expand(&[b"ed25519 key", &seed]),
                ml_dsa_44: Box::new(expand(&[b"ml-dsa-44 key", &seed])),
            };
            (role, keys)
        });
        Self { public: public.collect() }
    }
}

impl Signer for SimKeys {
    fn public(&self, role: KeyRole) -> Result<PublicKeys, CannotSign> {
        self.public.get(&role).cloned().ok_or(CannotSign(role))
    }

    fn sign_ed25519(&self, role: KeyRole, message: &[u8]) -> Result<[u8; ED25519_SIGNATURE_BYTES], CannotSign> {
        let keys = self.public.get(&role).ok_or(CannotSign(role))?;
        Ok(expand(&[b"ed25519", &keys.ed25519, message]))
    }

    fn sign_ml_dsa_44(
        &self,
        role: KeyRole,
        message: &[u8],
    ) -> Result<Box<[u8; ML_DSA_44_SIGNATURE_BYTES]>, CannotSign> {
        let keys = self.public.get(&role).ok_or(CannotSign(role))?;
        Ok(Box::new(expand(&[b"ml-dsa-44", &*keys.ml_dsa_44, message])))
    }
}

impl Suite for SimSuite {
    fn sha256(&self, parts: &[&[u8]]) -> Hash {
        AwsLc.sha256(parts)
    }

    fn hkdf_expand(&self, secret: &[u8; 32], label: &[u8]) -> [u8; 32] {
        AwsLc.hkdf_expand(secret, label)
    }

    fn aead_seal(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        bytes: &mut [u8],
    ) -> Result<[u8; TAG_BYTES], CannotSeal> {
        AwsLc.aead_seal(key, nonce, aad, bytes)
    }

    fn aead_open<'a>(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        bytes: &'a mut [u8],
    ) -> Result<&'a mut [u8], DoesNotOpen> {
        AwsLc.aead_open(key, nonce, aad, bytes)
    }

    fn verify_ed25519(&self, key: &[u8; ED25519_PUBLIC_BYTES], message: &[u8], signature: &[u8]) -> bool {
        signature == expand::<ED25519_SIGNATURE_BYTES>(&[b"ed25519", key, message])
    }

    fn is_p256(&self, key: &[u8; P256_PUBLIC_BYTES]) -> bool {
        AwsLc.is_p256(key)
    }

    fn verify_es256(&self, key: &[u8; P256_PUBLIC_BYTES], message: &[u8], signature: &[u8]) -> bool {
        AwsLc.verify_es256(key, message, signature)
    }

    fn verify_ml_dsa_44(&self, key: &[u8; ML_DSA_44_PUBLIC_BYTES], message: &[u8], signature: &[u8]) -> bool {
        signature == expand::<ML_DSA_44_SIGNATURE_BYTES>(&[b"ml-dsa-44", key, message])
    }

    fn sealing_key(&self, seed: [u8; 32]) -> SealingKey {
        SealingKey { seed, public: expand::<X_WING_PUBLIC_BYTES>(&[b"sealing key", &seed]).to_vec() }
    }

    fn hpke_seal(
        &self,
        public: &[u8],
        info: &[u8],
        plaintext: &[u8],
        entropy: &mut dyn Entropy,
    ) -> Result<HpkeSealed, CannotSeal> {
        let encapsulated = expand::<X_WING_ENCAPSULATED_BYTES>(&[b"encapsulated", &random_32(entropy)]).to_vec();
        let mut ciphertext = plaintext.to_vec();
        let key = self.sha256(&[b"shared", public, &encapsulated, info]);
        let tag = self.aead_seal(&key, &[0; 12], b"", &mut ciphertext)?;
        ciphertext.extend_from_slice(&tag);
        Ok(HpkeSealed { encapsulated, ciphertext })
    }

    fn hpke_open(&self, key: &SealingKey, info: &[u8], sealed: &HpkeSealed) -> Result<Vec<u8>, DoesNotOpen> {
        let public = &self.sealing_key(key.seed).public;
        let shared = self.sha256(&[b"shared", public, &sealed.encapsulated, info]);
        let mut bytes = sealed.ciphertext.clone();
        Ok(self.aead_open(&shared, &[0; 12], b"", &mut bytes)?.to_vec())
    }
}

/// Everything random in a run, from its seed.
#[derive(Clone, Debug)]
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// The dice of a seed; different `stream`s of one seed are independent.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// A number below `end`; 0 if `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0.next_u64() % end.max(1)
    }

    /// True `per_mille` times in a thousand.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// A place in something of this length.
    pub fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(u64::try_from(length).expect("lengths fit 64 bits"))).expect("it is below a length")
    }
}

impl Entropy for Dice {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }
}

/// Hashes the parts to `N` bytes.
fn expand<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let block = AwsLc.sha256(parts);
    let mut out = [0; N];
    for (piece, number) in out.chunks_mut(32).zip(0_u8..) {
        let mut bytes = block;
        bytes[31] ^= number;
        piece.copy_from_slice(&bytes[..piece.len()]);
    }
    out
}
