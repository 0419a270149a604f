//! A 32-byte seed of a signing key in a file, sealed under a passphrase or in the open.

use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use node::wording;
use protocol::{
    encoding::base64_bytes,
    suite::{AwsLc, Entropy, Suite, SystemEntropy},
};
use serde::{Deserialize, Serialize};
use texts::{Message, say};
use zeroize::Zeroizing;

use crate::{failure::Failure, limits, output, passphrase};

/// What a seed is for; bound into the encryption, so that one file does not pass for another.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Purpose {
    /// An officer's key.
    #[serde(rename = "officer-key/1")]
    Officer,
    /// An auditor's keys.
    #[serde(rename = "auditor-key/1")]
    Auditor,
}

impl Purpose {
    const fn binding(self) -> &'static [u8] {
        match self {
            Self::Officer => b"mithaq/officer-key/v1",
            Self::Auditor => b"mithaq/auditor-key/v1",
        }
    }

    const fn maker(self) -> &'static str {
        match self {
            Self::Officer => "mithaq officer new",
            Self::Auditor => "mithaq auditor new",
        }
    }
}

/// The file. Either `seed` or `sealed` is there.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    mithaq: Purpose,
    #[serde(with = "base64_bytes")]
    public: Vec<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seed: Option<Base64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<Sealed>,
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

/// Writes a new file; without a passphrase it holds the seed in the open.
pub fn create(
    file: &Path,
    purpose: Purpose,
    public: &[u8],
    seed: &[u8; 32],
    passphrase: Option<&[u8]>,
) -> Result<(), Failure> {
    let (open, sealed) = match passphrase {
        None => (Some(Base64(seed.to_vec())), None),
        Some(passphrase) => (None, Some(Sealed::seal(purpose, seed, passphrase)?)),
    };
    let content = KeyFile { mithaq: purpose, public: public.to_vec(), seed: open, sealed };
    let mut bytes =
        Zeroizing::new(serde_json::to_vec_pretty(&content).map_err(|error| Failure::internal(error.to_string()))?);
    bytes.push(b'\n');
    output::write_new(file, &bytes)
}

/// Reads a file; asks for its passphrase if it has one. Returns the public key that stands in it and the seed.
pub fn open(
    file: &Path,
    purpose: Purpose,
    passphrase_file: Option<&Path>,
) -> Result<(Vec<u8>, Zeroizing<Vec<u8>>), Failure> {
    let content = read(file, purpose)?;
    let seed = match (&content.seed, &content.sealed) {
        (Some(seed), None) => Zeroizing::new(seed.0.clone()),
        (None, Some(sealed)) => {
            let passphrase = passphrase::read(passphrase_file, &file.display().to_string())?;
            sealed.open(purpose, &passphrase).map_err(|failure| failure.while_doing(file.display()))?
        }
        _ => return Err(Failure::usage(say!("seed-or-sealed", file = %file.display()))),
    };
    Ok((content.public, seed))
}

/// The public key of a file, for which no passphrase is needed.
pub fn public(file: &Path, purpose: Purpose) -> Result<Vec<u8>, Failure> {
    Ok(read(file, purpose)?.public)
}

impl Sealed {
    fn seal(purpose: Purpose, seed: &[u8; 32], passphrase: &[u8]) -> Result<Self, Failure> {
        let mut salt = vec![0; 16];
        SystemEntropy.fill(&mut salt);
        let (memory_kib, passes, lanes) = (limits::ARGON2_MEMORY_KIB, limits::ARGON2_PASSES, limits::ARGON2_LANES);
        let mut sealed = Self { memory_kib, passes, lanes, salt, seed: Vec::new() };
        let key = sealed.key(passphrase)?;
        let mut bytes = Zeroizing::new(seed.to_vec());
        // The salt is fresh, so the key is used once and the nonce may be zero.
        let tag = AwsLc
            .aead_seal(&key, &[0; 12], purpose.binding(), &mut bytes)
            .map_err(|error| Failure::internal(error.to_string()))?;
        sealed.seed = [&bytes[..], &tag].concat();
        Ok(sealed)
    }

    fn open(&self, purpose: Purpose, passphrase: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
        // A file from elsewhere must not make this program take all memory or time.
        if self.memory_kib > 16 * limits::ARGON2_MEMORY_KIB || self.passes > 16 * limits::ARGON2_PASSES {
            return Err(Failure::usage(say!("too-much-work")));
        }
        let key = self.key(passphrase)?;
        let mut bytes = Zeroizing::new(self.seed.clone());
        AwsLc
            .aead_open(&key, &[0; 12], purpose.binding(), &mut bytes)
            .map(|seed| Zeroizing::new(seed.to_vec()))
            .map_err(|_| Failure::not_verified(say!("passphrase-wrong")))
    }

    fn key(&self, passphrase: &[u8]) -> Result<Zeroizing<[u8; 32]>, Failure> {
        let wrong = |error: argon2::Error| Failure::usage(say!("argon2-numbers", error = %error));
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).map_err(wrong)?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase, &self.salt, &mut *key)
            .map_err(wrong)?;
        Ok(key)
    }
}

fn read(file: &Path, purpose: Purpose) -> Result<KeyFile, Failure> {
    let not_ours = |why: Message| {
        Failure::usage(say!("not-a-key-file", file = %file.display(), maker = %purpose.maker(), why = why))
    };
    let bytes = Zeroizing::new(output::read_secret(file, limits::KEY_FILE_BYTES_MAX)?);
    let content: KeyFile =
        serde_json::from_slice(&bytes).map_err(|error| not_ours(wording::reader_message(&error.to_string())))?;
    if content.mithaq == purpose { Ok(content) } else { Err(not_ours(say!("another-kind-of-key"))) }
}
