//! The real suite: AWS-LC for hashes, AEAD and signatures, rust-hpke for X-Wing sealing.

use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    digest, hmac,
    rand::SecureRandom,
    signature::{
        self, Ed25519KeyPair, KeyPair, ML_DSA_44, ML_DSA_44_SIGNING, ParsedPublicKey, PqdsaKeyPair, UnparsedPublicKey,
    },
};
use hpke::{
    Deserializable, Kem as _, OpModeR, OpModeS, Serializable, aead::AesGcm256, kdf::HkdfSha256, kem::XWing, rand_core,
};

use super::{
    CannotSeal, CannotSign, DoesNotOpen, ED25519_PUBLIC_BYTES, ED25519_SIGNATURE_BYTES, Entropy, HpkeSealed, KeyRole,
    ML_DSA_44_PUBLIC_BYTES, ML_DSA_44_SIGNATURE_BYTES, P256_PUBLIC_BYTES, PublicKeys, SealingKey, Signer, Suite,
    TAG_BYTES, is_sound_ed25519, is_sound_p256,
};
use crate::id::Hash;

/// The real suite.
#[derive(Clone, Copy, Debug, Default)]
pub struct AwsLc;

impl Suite for AwsLc {
    fn sha256(&self, parts: &[&[u8]]) -> Hash {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in parts {
            context.update(part);
        }
        to_array(context.finish().as_ref())
    }

    fn hkdf_expand(&self, secret: &[u8; 32], label: &[u8]) -> [u8; 32] {
        // One block of HKDF-Expand is HMAC(PRK, info ‖ 0x01).
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret));
        context.update(label);
        context.update(&[1]);
        to_array(context.sign().as_ref())
    }

    fn aead_seal(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        bytes: &mut [u8],
    ) -> Result<[u8; TAG_BYTES], CannotSeal> {
        aes_key(key)
            .ok_or(CannotSeal)?
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(*nonce), Aad::from(aad), bytes)
            .map(|tag| to_array(tag.as_ref()))
            .map_err(|_| CannotSeal)
    }

    fn aead_open<'a>(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        bytes: &'a mut [u8],
    ) -> Result<&'a mut [u8], DoesNotOpen> {
        aes_key(key)
            .ok_or(DoesNotOpen)?
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(aad), bytes)
            .map_err(|_| DoesNotOpen)
    }

    fn verify_ed25519(&self, key: &[u8; ED25519_PUBLIC_BYTES], message: &[u8], signature: &[u8]) -> bool {
        is_sound_ed25519(key) && UnparsedPublicKey::new(&signature::ED25519, key).verify(message, signature).is_ok()
    }

    fn is_p256(&self, key: &[u8; P256_PUBLIC_BYTES]) -> bool {
        is_sound_p256(key) && ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_ASN1, key).is_ok()
    }

    fn verify_es256(&self, key: &[u8; P256_PUBLIC_BYTES], message: &[u8], signature: &[u8]) -> bool {
        is_sound_p256(key)
            && UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_ASN1, key).verify(message, signature).is_ok()
    }

    fn verify_ml_dsa_44(&self, key: &[u8; ML_DSA_44_PUBLIC_BYTES], message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ML_DSA_44, key).verify(message, signature).is_ok()
    }

    fn sealing_key(&self, seed: [u8; 32]) -> SealingKey {
        let public = <XWing as hpke::Kem>::PrivateKey::from_bytes(&seed)
            .map(|private| XWing::sk_to_pk(&private).to_bytes().to_vec())
            .unwrap_or_default();
        SealingKey { seed, public }
    }

    fn hpke_seal(
        &self,
        public: &[u8],
        info: &[u8],
        plaintext: &[u8],
        entropy: &mut dyn Entropy,
    ) -> Result<HpkeSealed, CannotSeal> {
        let public = <XWing as hpke::Kem>::PublicKey::from_bytes(public).map_err(|_| CannotSeal)?;
        let (encapsulated, ciphertext) = hpke::single_shot_seal_with_rng::<AesGcm256, HkdfSha256, XWing>(
            &OpModeS::Base,
            &public,
            info,
            plaintext,
            b"",
            &mut HpkeRandom(entropy),
        )
        .map_err(|_| CannotSeal)?;
        Ok(HpkeSealed { encapsulated: encapsulated.to_bytes().to_vec(), ciphertext })
    }

    fn hpke_open(&self, key: &SealingKey, info: &[u8], sealed: &HpkeSealed) -> Result<Vec<u8>, DoesNotOpen> {
        let private = <XWing as hpke::Kem>::PrivateKey::from_bytes(&key.seed).map_err(|_| DoesNotOpen)?;
        let encapsulated =
            <XWing as hpke::Kem>::EncappedKey::from_bytes(&sealed.encapsulated).map_err(|_| DoesNotOpen)?;
        hpke::single_shot_open::<AesGcm256, HkdfSha256, XWing>(
            &OpModeR::Base,
            &private,
            &encapsulated,
            info,
            &sealed.ciphertext,
            b"",
        )
        .map_err(|_| DoesNotOpen)
    }
}

fn aes_key(key: &[u8; 32]) -> Option<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, key).ok().map(LessSafeKey::new)
}

/// Copies a slice whose length its algorithm fixes; a mismatch can't happen and yields zeros, which verify nowhere.
fn to_array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().unwrap_or([0; N])
}

/// Lends an [`Entropy`] to rust-hpke.
struct HpkeRandom<'a>(&'a mut dyn Entropy);

impl rand_core::TryRng for HpkeRandom<'_> {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.0.fill(bytes);
        Ok(())
    }
}
impl rand_core::TryCryptoRng for HpkeRandom<'_> {}

/// The operating system's random bytes, through AWS-LC.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&mut self, bytes: &mut [u8]) {
        // AWS-LC aborts the process when the kernel has no entropy, so an error can't reach here.
        let _ = aws_lc_rs::rand::SystemRandom::new().fill(bytes);
    }
}

/// Key pairs in memory, each derived from two 32-byte seeds.
pub struct SoftwareKeys {
    pairs: BTreeMap<KeyRole, Pair>,
}

struct Pair {
    ed25519: Ed25519KeyPair,
    ml_dsa_44: PqdsaKeyPair,
}

impl SoftwareKeys {
    /// Derives the key pairs of the given roles; the seeds are for Ed25519 (RFC 8032) and ML-DSA-44 (FIPS 204).
    pub fn from_seeds<'a>(
        seeds: impl IntoIterator<Item = (KeyRole, &'a [u8; 32], &'a [u8; 32])>,
    ) -> Result<Self, CannotSign> {
        let mut pairs = BTreeMap::new();
        for (role, ed25519, ml_dsa_44) in seeds {
            let pair = Pair {
                ed25519: Ed25519KeyPair::from_seed_unchecked(ed25519).map_err(|_| CannotSign(role))?,
                ml_dsa_44: PqdsaKeyPair::from_seed(&ML_DSA_44_SIGNING, ml_dsa_44).map_err(|_| CannotSign(role))?,
            };
            pairs.insert(role, pair);
        }
        Ok(Self { pairs })
    }

    fn pair(&self, role: KeyRole) -> Result<&Pair, CannotSign> {
        self.pairs.get(&role).ok_or(CannotSign(role))
    }
}

impl Signer for SoftwareKeys {
    fn public(&self, role: KeyRole) -> Result<PublicKeys, CannotSign> {
        let pair = self.pair(role)?;
        Ok(PublicKeys {
            ed25519: to_array(pair.ed25519.public_key().as_ref()),
            ml_dsa_44: Box::new(to_array(pair.ml_dsa_44.public_key().as_ref())),
        })
    }

    fn sign_ed25519(&self, role: KeyRole, message: &[u8]) -> Result<[u8; ED25519_SIGNATURE_BYTES], CannotSign> {
        Ok(to_array(self.pair(role)?.ed25519.sign(message).as_ref()))
    }

    fn sign_ml_dsa_44(
        &self,
        role: KeyRole,
        message: &[u8],
    ) -> Result<Box<[u8; ML_DSA_44_SIGNATURE_BYTES]>, CannotSign> {
        let mut signature = Box::new([0; ML_DSA_44_SIGNATURE_BYTES]);
        self.pair(role)?.ml_dsa_44.sign(message, &mut *signature).map_err(|_| CannotSign(role))?;
        Ok(signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::random_32;

    #[test]
    fn a_keyring_opens_only_in_its_context() {
        let key = AwsLc.sealing_key(random_32(&mut SystemEntropy));
        let sealed = AwsLc.hpke_seal(&key.public, b"context", b"keyring", &mut SystemEntropy).unwrap();
        assert_eq!(AwsLc.hpke_open(&key, b"context", &sealed).unwrap(), b"keyring");
        assert_eq!(AwsLc.hpke_open(&key, b"other", &sealed), Err(DoesNotOpen));
        assert_eq!(sealed.encapsulated.len(), crate::suite::X_WING_ENCAPSULATED_BYTES);
        assert_eq!(key.public.len(), crate::suite::X_WING_PUBLIC_BYTES);
    }

    #[test]
    fn a_signature_counts_only_if_both_halves_are_valid() {
        let keys = SoftwareKeys::from_seeds([(KeyRole::Log, &[1; 32], &[2; 32])]).unwrap();
        let public = keys.public(KeyRole::Log).unwrap();
        let signature = keys.sign(KeyRole::Log, b"message").unwrap();
        assert!(AwsLc.verify(&public, b"message", &signature));
        let mut spoiled = signature.clone();
        spoiled.ed25519[0] ^= 1;
        assert!(!AwsLc.verify(&public, b"message", &spoiled));
        let mut spoiled = signature;
        spoiled.ml_dsa_44[0] ^= 1;
        assert!(!AwsLc.verify(&public, b"message", &spoiled));
    }

    #[test]
    fn hkdf_expand_follows_rfc_5869_for_one_block() {
        // RFC 5869 appendix A.1: the first 32 bytes of OKM.
        let prk: [u8; 32] = hex::decode("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5")
            .unwrap()
            .try_into()
            .unwrap();
        let info = hex::decode("f0f1f2f3f4f5f6f7f8f9").unwrap();
        assert_eq!(
            hex::encode(AwsLc.hkdf_expand(&prk, &info)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
        );
    }
}
