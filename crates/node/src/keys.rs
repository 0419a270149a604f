//! The agency's private keys: two files sealed under a passphrase.
//!
//! `keys.sealed` holds what the node needs to run: the seeds of its log, receipt and document keys, the master key of
//! the store and the TLS key. `next-keys.sealed` holds the seeds of the keys that must sign the next card. Whoever
//! holds both can take the agency over, so **the second file is moved to a safe place offline** once it is made.
//!
//! A file is JSON: the parameters of argon2id (RFC 9106), a salt, a nonce, and the secrets encrypted with AES-256-GCM
//! under the key that argon2id derives. What the file is for is bound in.

use std::{
    io,
    path::{Path, PathBuf},
};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use protocol::{
    card::Card,
    encoding::base64_bytes,
    json,
    suite::{CannotSign, Entropy, KeyRole, PublicKeys, Signer as _, SoftwareKeys, TAG_BYTES, random_32},
};
use serde::{Deserialize, Serialize};
use texts::{Message, say};
use zeroize::{Zeroize as _, Zeroizing};

use crate::{
    db::SUITE,
    files, limits,
    transport::tls::{IdentityError, Pin, TlsIdentity},
};

/// The node's own keys, in its folder.
pub const FILE: &str = "keys.sealed";
/// The next card's keys, made in the node's folder and moved away from it.
pub const NEXT_FILE: &str = "next-keys.sealed";
/// The store's name for the chain of the agency's own cards.
pub const CARDS_META: &str = "cards";

/// The node's keys while a rotation is under way: they count from the moment when the new card is stored.
const STAGED_FILE: &str = "keys.sealed.staged";

const SEED_BYTES: usize = 32;
/// Two seeds (Ed25519, ML-DSA-44) for each of the log, receipt and document keys.
const SEEDS_BYTES: usize = 6 * SEED_BYTES;

/// The keys of a node, opened.
pub struct Keys {
    /// Log, receipt and document keys.
    pub signer: SoftwareKeys,
    /// Seals the key store.
    pub store_master: Zeroizing<[u8; 32]>,
    /// The TLS key in PKCS#8 DER.
    pub tls_pkcs8: Zeroizing<Vec<u8>>,
}

/// Keys just made.
pub struct Created {
    /// The node's own.
    pub keys: Keys,
    /// The public keys whose hash the first card announces.
    pub next: PublicKeys,
}

/// Keys for the next card, written beside those in use.
pub(crate) struct Staged {
    /// Log, receipt and document keys as before, and the succession keys that the card in force announced.
    pub signer: SoftwareKeys,
    /// The public keys whose hash the next card announces.
    pub next: PublicKeys,
    /// Where their seeds were written.
    pub next_file: PathBuf,
    /// The pin of the new TLS key.
    pub tls_pin: Pin,
}

/// The sealed file of the keys that sign the next card, and its passphrase, which may be another than the folder's.
#[derive(Clone, Copy)]
pub struct Next<'a> {
    /// The file as it was read.
    pub file: &'a [u8],
    /// Its passphrase; the keys for the card after it are sealed under the same.
    pub passphrase: &'a [u8],
}

/// Keys can't be made or opened.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A file can't be read or written.
    #[error("can't {action} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The passphrase is not the one, or somebody changed the file: the two can't be told apart.
    #[error("{} does not open: the passphrase is wrong, or the file was changed", .0.display())]
    DoesNotOpen(PathBuf),
    /// The file is not a sealed key file.
    #[error("{} is no sealed key file: {problem}; restore it from the backup", .path.display())]
    NotAKeyFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Everybody on the machine can read the file.
    #[error("{} can be read by others on this machine: `chmod 600` it, and change the passphrase if they may have", .0.display())]
    ReadByOthers(PathBuf),
    /// A rotation was interrupted.
    #[error("{} is left of an interrupted `mithaq card rotate`: start the node once, then change the passphrase", .0.display())]
    RotationUnderWay(PathBuf),
    /// The passphrase is too short for new keys.
    #[error(
        "the passphrase is too short: take at least {} characters, better several words",
        limits::PASSPHRASE_BYTES_MIN
    )]
    PassphraseTooShort,
    /// There is no memory for deriving the key.
    #[error("the key can't be derived from the passphrase: argon2id reports {0}")]
    Derivation(argon2::Error),
    /// The TLS key is not usable.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// A seed gives no key.
    #[error(transparent)]
    Seed(#[from] CannotSign),
}

impl KeysError {
    /// What is wrong, in the reader's language.
    pub fn message(&self) -> Message {
        let message = match self {
            Self::Io { action, path, source } => {
                say!("key-file-io", action = *action, path = %path.display(), source = %source)
            }
            Self::DoesNotOpen(path) => say!("key-file-does-not-open", path = %path.display()),
            Self::NotAKeyFile { path, problem } => say!("key-file-invalid", path = %path.display(), problem = problem),
            Self::ReadByOthers(path) => say!("key-file-readable", path = %path.display()),
            Self::RotationUnderWay(path) => say!("rotation-under-way", path = %path.display()),
            Self::PassphraseTooShort => say!("passphrase-too-short", least = limits::PASSPHRASE_BYTES_MIN),
            Self::Derivation(_) | Self::Identity(_) | Self::Seed(_) => return Message::as_worded(self.to_string()),
        };
        message.worded(self.to_string())
    }
}

/// Makes the keys of a new agency and seals them in two files in `dir`, durably.
pub fn create(dir: &Path, passphrase: &[u8], entropy: &mut dyn Entropy) -> Result<Created, KeysError> {
    if passphrase.len() < limits::PASSPHRASE_BYTES_MIN {
        return Err(KeysError::PassphraseTooShort);
    }
    let mut fixed = Zeroizing::new([0; SEEDS_BYTES + SEED_BYTES]);
    entropy.fill(&mut *fixed);
    let tls = TlsIdentity::generate("node")?;
    let secrets = with_tls(&*fixed, tls.key_pkcs8());
    let next = create_next(&dir.join(NEXT_FILE), passphrase, entropy)?;
    let path = dir.join(FILE);
    write_sealed(&path, Content::Keys, passphrase, &secrets, entropy)?;
    Ok(Created { keys: read_keys(&path, &secrets)?, next })
}

/// Opens the keys of a node's folder.
pub fn open(dir: &Path, passphrase: &[u8]) -> Result<Keys, KeysError> {
    let path = dir.join(FILE);
    read_keys(&path, &read_sealed(&path, Content::Keys, passphrase)?)
}

/// Writes the keys of the next card beside those in use: the same signing keys, a new TLS key. `next` is the file of
/// those that the card in force announced; those that the next card announces go to a file that names its `serial`.
pub(crate) fn stage(
    dir: &Path,
    passphrase: &[u8],
    next: Next<'_>,
    serial: u64,
    entropy: &mut dyn Entropy,
) -> Result<Staged, KeysError> {
    let path = dir.join(FILE);
    let secrets = read_sealed(&path, Content::Keys, passphrase)?;
    let next_file = Path::new(NEXT_FILE);
    let succession = open_sealed(next.file, next_file, Content::NextKeys, next.passphrase)?;
    let (Some(fixed), Some((succession, _))) =
        (secrets.get(..SEEDS_BYTES + SEED_BYTES), succession.split_first_chunk::<{ 2 * SEED_BYTES }>())
    else {
        return Err(wrong_length(next_file));
    };
    let mut roles = own_roles(fixed);
    roles.extend(seeds_of(KeyRole::Succession, succession));
    let signer = SoftwareKeys::from_seeds(roles)?;

    let tls = TlsIdentity::generate("node")?;
    let following = dir.join(format!("next-keys-for-card-{}.sealed", serial.saturating_add(1)));
    let next = create_next(&following, next.passphrase, entropy)?;
    let staged = with_tls(fixed, tls.key_pkcs8());
    write_sealed(&dir.join(STAGED_FILE), Content::Keys, passphrase, &staged, entropy)?;
    Ok(Staged { signer, next, next_file: following, tls_pin: tls.pin() })
}

/// Ends a rotation: if the card in force names the staged TLS key, the staged keys take the place of the former, else
/// they are removed. Returns the keys if they changed. Run after every rotation and at every start.
pub fn finish_rotation(dir: &Path, passphrase: &[u8], card: &Card) -> Result<Option<Keys>, KeysError> {
    let staged = dir.join(STAGED_FILE);
    if !staged.exists() {
        return Ok(None);
    }
    let keys = read_keys(&staged, &read_sealed(&staged, Content::Keys, passphrase)?)?;
    if TlsIdentity::from_pkcs8("node", &keys.tls_pkcs8)?.pin() != card.tls_pin {
        std::fs::remove_file(&staged).map_err(io_error("remove", &staged))?;
        return Ok(None);
    }
    let path = dir.join(FILE);
    std::fs::rename(&staged, &path).and_then(|()| files::sync_parent(&path)).map_err(io_error("replace", &path))?;
    Ok(Some(keys))
}

/// Seals a key file under another passphrase, with the cost of argon2id that this version takes. After a crash there is the old
/// file or the new one.
///
/// # Errors
/// The file does not open with `old`, `new` is too short, or a rotation was interrupted in the file's folder: its staged keys lie
/// under the old passphrase until the node has started once.
pub fn change_passphrase(path: &Path, old: &[u8], new: &[u8], entropy: &mut dyn Entropy) -> Result<(), KeysError> {
    if new.len() < limits::PASSPHRASE_BYTES_MIN {
        return Err(KeysError::PassphraseTooShort);
    }
    let content = match path.file_name() {
        Some(name) if name == FILE => Content::Keys,
        _ => Content::NextKeys,
    };
    let staged = path.with_file_name(STAGED_FILE);
    if content == Content::Keys && staged.exists() {
        return Err(KeysError::RotationUnderWay(staged));
    }
    let secrets = read_sealed(path, content, old)?;
    write_sealed(path, content, new, &secrets, entropy)?;
    // What can't be opened again would be lost: it is tried while the old passphrase is still at hand.
    read_sealed(path, content, new).map(|_| ())
}

/// What a sealed file is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Content {
    Keys,
    NextKeys,
}

impl Content {
    /// What the encryption binds, so that one file does not pass for the other.
    const fn binding(self) -> &'static [u8] {
        match self {
            Self::Keys => b"mithaq/keys-file/v1\0keys",
            Self::NextKeys => b"mithaq/keys-file/v1\0next_keys",
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedFile {
    mithaq: Format,
    content: Content,
    argon2id: Cost,
    #[serde(with = "base64_bytes")]
    salt: [u8; 32],
    #[serde(with = "base64_bytes")]
    nonce: [u8; 12],
    #[serde(with = "base64_bytes")]
    sealed: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
enum Format {
    #[serde(rename = "sealed-keys/1")]
    V1,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cost {
    memory_kib: u32,
    passes: u32,
}

fn write_sealed(
    path: &Path,
    content: Content,
    passphrase: &[u8],
    secrets: &[u8],
    entropy: &mut dyn Entropy,
) -> Result<(), KeysError> {
    let argon2id = Cost { memory_kib: limits::ARGON2_MEMORY_KIB, passes: limits::ARGON2_PASSES };
    let salt = random_32(entropy);
    let mut nonce = [0; 12];
    entropy.fill(&mut nonce);
    let key = derive(passphrase, &salt, argon2id)?;
    // The buffer holds secrets until it is encrypted in place.
    let mut sealed = Zeroizing::new(Vec::with_capacity(secrets.len() + TAG_BYTES));
    sealed.extend_from_slice(secrets);
    let tag = SUITE
        .aead_seal(&key, &nonce, content.binding(), &mut sealed)
        .map_err(|error| KeysError::NotAKeyFile { path: path.to_owned(), problem: error.to_string() })?;
    sealed.extend_from_slice(&tag);
    let file = SealedFile { mithaq: Format::V1, content, argon2id, salt, nonce, sealed: sealed.to_vec() };
    files::write_durably(path, &json::encode(&file)).map_err(io_error("write", path))
}

fn read_sealed(path: &Path, content: Content, passphrase: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeysError> {
    if files::is_read_by_others(path).map_err(io_error("inspect", path))? {
        return Err(KeysError::ReadByOthers(path.to_owned()));
    }
    let bytes = files::read_limited(path, limits::KEY_FILE_BYTES_MAX).map_err(io_error("read", path))?;
    open_sealed(&bytes, path, content, passphrase)
}

/// Opens a sealed file that was read from `path`.
fn open_sealed(
    bytes: &[u8],
    path: &Path,
    content: Content,
    passphrase: &[u8],
) -> Result<Zeroizing<Vec<u8>>, KeysError> {
    let bad = |problem: String| KeysError::NotAKeyFile { path: path.to_owned(), problem };
    let file: SealedFile =
        json::parse_strict(bytes, bytes.len(), "sealed key file").map_err(|error| bad(error.to_string()))?;
    if file.content != content {
        return Err(bad(format!("it holds {:?}, and {content:?} are needed", file.content)));
    }
    let Cost { memory_kib, passes } = file.argon2id;
    if memory_kib > limits::ARGON2_MEMORY_KIB_MAX || passes > limits::ARGON2_PASSES_MAX {
        return Err(bad(format!("argon2id with {memory_kib} KiB and {passes} passes is more than allowed")));
    }
    let key = derive(passphrase, &file.salt, file.argon2id)?;
    let mut secrets = Zeroizing::new(file.sealed);
    SUITE
        .aead_open(&key, &file.nonce, content.binding(), &mut secrets)
        .map_err(|_| KeysError::DoesNotOpen(path.to_owned()))?;
    let length = secrets.len().saturating_sub(TAG_BYTES);
    secrets.truncate(length);
    Ok(secrets)
}

/// The key that argon2id derives. Its memory is overwritten and given back.
fn derive(passphrase: &[u8], salt: &[u8], cost: Cost) -> Result<Zeroizing<[u8; 32]>, KeysError> {
    let mut key = Zeroizing::new([0; 32]);
    let parameters = Params::new(cost.memory_kib, cost.passes, 1, Some(key.len())).map_err(KeysError::Derivation)?;
    let mut memory = vec![Block::default(); parameters.block_count()];
    let derived = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters).hash_password_into_with_memory(
        passphrase,
        salt,
        &mut *key,
        &mut memory,
    );
    memory.zeroize();
    derived.map(|()| key).map_err(KeysError::Derivation)
}

fn create_next(path: &Path, passphrase: &[u8], entropy: &mut dyn Entropy) -> Result<PublicKeys, KeysError> {
    let mut seeds = Zeroizing::new([0; 2 * SEED_BYTES]);
    entropy.fill(&mut *seeds);
    write_sealed(path, Content::NextKeys, passphrase, &*seeds, entropy)?;
    Ok(SoftwareKeys::from_seeds(seeds_of(KeyRole::Succession, &*seeds))?.public(KeyRole::Succession)?)
}

fn read_keys(path: &Path, secrets: &[u8]) -> Result<Keys, KeysError> {
    let (seeds, rest) = secrets.split_at_checked(SEEDS_BYTES).ok_or_else(|| wrong_length(path))?;
    let (master, tls) = rest.split_first_chunk::<SEED_BYTES>().ok_or_else(|| wrong_length(path))?;
    Ok(Keys {
        signer: SoftwareKeys::from_seeds(own_roles(seeds))?,
        store_master: Zeroizing::new(*master),
        tls_pkcs8: Zeroizing::new(tls.to_vec()),
    })
}

/// The secrets of `keys.sealed`: seeds, master key, and the TLS key to the end.
fn with_tls(fixed: &[u8], tls: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut secrets = Zeroizing::new(Vec::with_capacity(fixed.len() + tls.len()));
    secrets.extend_from_slice(fixed);
    secrets.extend_from_slice(tls);
    secrets
}

type RoleSeeds<'a> = (KeyRole, &'a [u8; SEED_BYTES], &'a [u8; SEED_BYTES]);

fn own_roles(seeds: &[u8]) -> Vec<RoleSeeds<'_>> {
    let roles = [KeyRole::Log, KeyRole::Receipt, KeyRole::Document];
    roles.into_iter().zip(seeds.chunks(2 * SEED_BYTES)).filter_map(|(role, pair)| seeds_of(role, pair)).collect()
}

fn seeds_of(role: KeyRole, pair: &[u8]) -> Option<RoleSeeds<'_>> {
    let (ed25519, rest) = pair.split_first_chunk()?;
    Some((role, ed25519, rest.first_chunk()?))
}

fn wrong_length(path: &Path) -> KeysError {
    KeysError::NotAKeyFile { path: path.to_owned(), problem: "what it holds has another length".into() }
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> KeysError {
    let path = path.to_owned();
    move |source| KeysError::Io { action, path, source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const PASSPHRASE: &[u8] = b"correct horse battery staple";

    #[test]
    fn keys_open_under_their_passphrase_alone() {
        let dir = tempfile::tempdir().unwrap();
        let created = create(dir.path(), PASSPHRASE, &mut crate::entropy()).unwrap();
        let opened = open(dir.path(), PASSPHRASE).unwrap();
        for role in [KeyRole::Log, KeyRole::Receipt, KeyRole::Document] {
            assert_eq!(created.keys.signer.public(role), opened.signer.public(role));
        }
        assert_eq!(created.keys.tls_pkcs8, opened.tls_pkcs8);
        assert_eq!(created.keys.store_master, opened.store_master);
        assert!(matches!(open(dir.path(), b"correct horse battery stable"), Err(KeysError::DoesNotOpen(_))));
        for name in [FILE, NEXT_FILE] {
            let mode = std::fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn a_changed_or_exchanged_file_does_not_open() {
        let dir = tempfile::tempdir().unwrap();
        create(dir.path(), PASSPHRASE, &mut crate::entropy()).unwrap();
        let path = dir.path().join(FILE);
        let text = std::fs::read_to_string(&path).unwrap();

        let mut file: SealedFile = serde_json::from_str(&text).unwrap();
        file.sealed[0] ^= 1;
        std::fs::write(&path, json::encode(&file)).unwrap();
        assert!(matches!(open(dir.path(), PASSPHRASE), Err(KeysError::DoesNotOpen(_))));

        // The next keys, renamed and relabelled, don't pass for the node's own.
        let next = std::fs::read_to_string(dir.path().join(NEXT_FILE)).unwrap();
        std::fs::write(&path, &next).unwrap();
        assert!(matches!(open(dir.path(), PASSPHRASE), Err(KeysError::NotAKeyFile { .. })));
        std::fs::write(&path, next.replace("next_keys", "keys")).unwrap();
        assert!(matches!(open(dir.path(), PASSPHRASE), Err(KeysError::DoesNotOpen(_))));

        std::fs::write(&path, text.replace("\"memory_kib\":65536", "\"memory_kib\":4294967295")).unwrap();
        let error = open(dir.path(), PASSPHRASE).err().unwrap();
        assert!(error.to_string().contains("more than allowed"), "{error}");
    }

    #[test]
    fn a_short_passphrase_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let result = create(dir.path(), b"short", &mut crate::entropy());
        assert!(matches!(result.err(), Some(KeysError::PassphraseTooShort)));
        assert!(std::fs::read_dir(dir.path()).unwrap().next().is_none());
    }
}
