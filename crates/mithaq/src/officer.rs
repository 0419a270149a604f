//! An officer's signing key in a file, and the approvals made with it.

use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use protocol::{
    agreement::ApprovalRole,
    encoding::base64_bytes,
    id::Hash,
    record::{Approval, Enrolment, Scheme, officer_digest},
    suite::{AwsLc, Entropy, Suite, SystemEntropy, random_32},
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{failure::Failure, limits, output, passphrase};

/// An officer's key, ready to sign.
pub struct OfficerKey {
    pair: Ed25519KeyPair,
    public: [u8; 32],
}

/// The file. Either `seed` or `sealed` is there.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    mithaq: Format,
    #[serde(with = "base64_bytes")]
    public: Vec<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seed: Option<Base64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<Sealed>,
}

#[derive(Serialize, Deserialize)]
enum Format {
    #[serde(rename = "officer-key/1")]
    V1,
}

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Base64(#[serde(with = "base64_bytes")] Vec<u8>);

/// The seed under AES-256-GCM; the key is argon2id of the passphrase. The costs stand in the file, so that later
/// versions may raise them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    #[serde(with = "base64_bytes")]
    salt: Vec<u8>,
    #[serde(with = "base64_bytes")]
    seed: Vec<u8>,
}

impl OfficerKey {
    /// Makes a key and writes its file; without a passphrase the file holds the seed in the open.
    pub fn create(file: &Path, passphrase: Option<&[u8]>) -> Result<Self, Failure> {
        let seed = Zeroizing::new(random_32(&mut SystemEntropy));
        let key = Self::from_seed(&*seed, file)?;
        let (seed, sealed) = match passphrase {
            None => (Some(Base64(seed.to_vec())), None),
            Some(passphrase) => (None, Some(Sealed::seal(&seed, passphrase)?)),
        };
        let content = KeyFile { mithaq: Format::V1, public: key.public.to_vec(), seed, sealed };
        let mut bytes =
            Zeroizing::new(serde_json::to_vec_pretty(&content).map_err(|error| Failure::internal(error.to_string()))?);
        bytes.push(b'\n');
        output::write_new(file, &bytes)?;
        Ok(key)
    }

    /// Reads a key file; asks for its passphrase if it has one.
    pub fn open(file: &Path, passphrase_file: Option<&Path>) -> Result<Self, Failure> {
        let content = read(file)?;
        let seed = match (&content.seed, &content.sealed) {
            (Some(seed), None) => Zeroizing::new(seed.0.clone()),
            (None, Some(sealed)) => {
                let passphrase = passphrase::read(passphrase_file, &file.display().to_string())?;
                sealed.open(&passphrase).map_err(|failure| failure.while_doing(file.display()))?
            }
            _ => return Err(Failure::usage(format!("{}: either seed or sealed must be given", file.display()))),
        };
        let key = Self::from_seed(&seed, file)?;
        if key.public.as_slice() != content.public {
            return Err(Failure::not_verified(format!("{}: the public key is not that of the seed", file.display())));
        }
        Ok(key)
    }

    /// The public key of a file, for which no passphrase is needed.
    pub fn public_of(file: &Path) -> Result<[u8; 32], Failure> {
        read(file)?
            .public
            .try_into()
            .map_err(|_| Failure::usage(format!("{}: public must have 32 bytes", file.display())))
    }

    /// The public key.
    pub fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// Approves the record with this digest as an officer enrolled at that place.
    pub fn approve(&self, role: ApprovalRole, enrolment: Enrolment, digest: &Hash) -> Approval {
        let signed = officer_digest(&AwsLc, role.name(), &enrolment, digest);
        Approval { role, scheme: Scheme::Ed25519, enrolment, signature: self.pair.sign(&signed).as_ref().to_vec() }
    }

    fn from_seed(seed: &[u8], file: &Path) -> Result<Self, Failure> {
        let wrong = || Failure::usage(format!("{}: the seed must have 32 bytes", file.display()));
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| wrong())?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| wrong())?;
        Ok(Self { pair, public })
    }
}

impl Sealed {
    fn seal(seed: &[u8; 32], passphrase: &[u8]) -> Result<Self, Failure> {
        let mut salt = vec![0; 16];
        SystemEntropy.fill(&mut salt);
        let (memory_kib, passes, lanes) = (limits::ARGON2_MEMORY_KIB, limits::ARGON2_PASSES, limits::ARGON2_LANES);
        let mut sealed = Self { memory_kib, passes, lanes, salt, seed: Vec::new() };
        let key = sealed.key(passphrase)?;
        let mut bytes = Zeroizing::new(seed.to_vec());
        // The salt is fresh, so the key is used once and the nonce may be zero.
        let tag = AwsLc
            .aead_seal(&key, &[0; 12], b"mithaq/officer-key/v1", &mut bytes)
            .map_err(|error| Failure::internal(error.to_string()))?;
        sealed.seed = [&bytes[..], &tag].concat();
        Ok(sealed)
    }

    fn open(&self, passphrase: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
        // A file from elsewhere must not make this program take all memory or time.
        if self.memory_kib > 16 * limits::ARGON2_MEMORY_KIB || self.passes > 16 * limits::ARGON2_PASSES {
            return Err(Failure::usage("the file asks for more work than any file of ours"));
        }
        let key = self.key(passphrase)?;
        let mut bytes = Zeroizing::new(self.seed.clone());
        AwsLc
            .aead_open(&key, &[0; 12], b"mithaq/officer-key/v1", &mut bytes)
            .map(|seed| Zeroizing::new(seed.to_vec()))
            .map_err(|_| Failure::not_verified("the passphrase is wrong, or the file is damaged"))
    }

    fn key(&self, passphrase: &[u8]) -> Result<Zeroizing<[u8; 32]>, Failure> {
        let wrong = |error: argon2::Error| Failure::usage(format!("the file's argon2 numbers: {error}"));
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).map_err(wrong)?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase, &self.salt, &mut *key)
            .map_err(wrong)?;
        Ok(key)
    }
}

fn read(file: &Path) -> Result<KeyFile, Failure> {
    let bytes = Zeroizing::new(output::read(file, limits::KEY_FILE_BYTES_MAX)?);
    serde_json::from_slice(&bytes).map_err(|error| {
        Failure::usage(format!("{} is not an officer's key file of `mithaq officer new`: {error}", file.display()))
    })
}

#[cfg(test)]
mod tests {
    use protocol::{
        id::{AgencyId, ChannelId},
        origin::{Lane, Origin},
        record::verify_approval,
    };

    use super::*;

    #[test]
    fn a_sealed_key_opens_with_its_passphrase_only() {
        let dir = tempfile::tempdir().unwrap();
        let (file, right, wrong) = (dir.path().join("key"), dir.path().join("right"), dir.path().join("wrong"));
        std::fs::write(&right, "right\n").unwrap();
        std::fs::write(&wrong, "wrong\n").unwrap();
        let made = OfficerKey::create(&file, Some(b"right")).unwrap();
        assert_eq!(OfficerKey::open(&file, Some(&right)).unwrap().public(), made.public());
        assert!(OfficerKey::open(&file, Some(&wrong)).is_err());
        assert!(OfficerKey::create(&file, None).is_err(), "a key file is never replaced");
    }

    #[test]
    fn an_approval_verifies_under_the_public_key() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("key");
        OfficerKey::create(&file, None).unwrap();
        let key = OfficerKey::open(&file, None).unwrap();
        let (channel, agency) = (ChannelId::new([1; 32]), AgencyId::new([2; 32]));
        let enrolment = Enrolment { origin: Origin { channel, agency, epoch: 1, lane: Lane::Main }, index: 3 };
        let approval = key.approve(ApprovalRole::Author, enrolment, &[9; 32]);
        assert!(verify_approval(&AwsLc, key.public(), &approval, &[9; 32]));
        assert!(!verify_approval(&AwsLc, key.public(), &approval, &[8; 32]));
    }
}
