//! An auditor's keys: both derive from one seed in a file.

use std::path::Path;

use node::auditors::PublicFile;
use protocol::suite::{AwsLc, KeyRole, PublicKeys, Signer, SoftwareKeys, Suite, SystemEntropy, random_32};
use texts::say;
use zeroize::Zeroizing;

use crate::{
    failure::Failure,
    seed_file::{self, Purpose},
};

/// An auditor's keys, ready to sign.
pub struct AuditorKey(SoftwareKeys);

impl AuditorKey {
    /// Makes the keys and writes their file; without a passphrase it holds the seed in the open.
    pub fn create(file: &Path, passphrase: Option<&[u8]>) -> Result<Self, Failure> {
        let seed = Zeroizing::new(random_32(&mut SystemEntropy));
        let key = Self::from_seed(&seed)?;
        seed_file::create(file, Purpose::Auditor, &key.public()?.ed25519, &seed, passphrase)?;
        Ok(key)
    }

    /// Reads a key file; asks for its passphrase if it has one.
    pub fn open(file: &Path, passphrase_file: Option<&Path>) -> Result<Self, Failure> {
        let (public, seed) = seed_file::open(file, Purpose::Auditor, passphrase_file)?;
        let seed: &[u8; 32] =
            seed.as_slice().try_into().map_err(|_| Failure::usage(say!("seed-length", file = %file.display())))?;
        let key = Self::from_seed(seed)?;
        if key.public()?.ed25519.as_slice() != public {
            return Err(Failure::not_verified(say!("public-not-of-seed", file = %file.display())));
        }
        Ok(key)
    }

    /// The file to give to an agency.
    pub fn public_file(&self) -> Result<PublicFile, Failure> {
        Ok(PublicFile::new(self.public()?))
    }

    /// What signs.
    pub const fn signer(&self) -> &SoftwareKeys {
        &self.0
    }

    fn public(&self) -> Result<PublicKeys, Failure> {
        self.0.public(KeyRole::Auditor).map_err(|error| Failure::internal(error.to_string()))
    }

    fn from_seed(seed: &[u8; 32]) -> Result<Self, Failure> {
        let ed25519 = Zeroizing::new(AwsLc.hkdf_expand(seed, b"mithaq/auditor/ed25519/v1"));
        let ml_dsa_44 = Zeroizing::new(AwsLc.hkdf_expand(seed, b"mithaq/auditor/ml-dsa-44/v1"));
        SoftwareKeys::from_seeds([(KeyRole::Auditor, &*ed25519, &*ml_dsa_44)])
            .map(Self)
            .map_err(|error| Failure::internal(error.to_string()))
    }
}
