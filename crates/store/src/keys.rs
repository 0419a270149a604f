//! The key store: a sealed file for each key, because a key that is a file of its own can be destroyed.
//!
//! A file is `MQK\x01`, a nonce, and the key encrypted with AES-256-GCM under the master key, bound to the file's place.
//! No key is ever in the database, so a copy of the database holds no content that can be read without this folder.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use protocol::{
    commit::Period,
    id::{ChannelId, Hash, parse_hash},
    suite::{Entropy, Suite, random_32},
};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::{error::StoreError, files, keyring::PeriodKey, limits};

const MAGIC: &[u8; 4] = b"MQK\x01";
const NONCE_BYTES: usize = 12;

/// Opens only under the right master key, so a wrong passphrase is told apart from damage.
const CHECK: &str = "check";
const PERIODS: &str = "periods";
const SEALING: &str = "sealing";
const PENDING: &str = "pending";
/// The key of the protection register.
const PROTECTION: &str = "protection";

/// Ends the name of a period whose key was destroyed, so that no second key is made for it.
const GONE: &str = ".gone";

/// The keys of a node that are not its card's.
pub struct KeyStore {
    dir: PathBuf,
    master: Zeroizing<[u8; 32]>,
    suite: &'static dyn Suite,
    /// Period keys read so far; the writer takes one for every batch.
    periods: Mutex<BTreeMap<(ChannelId, Period), PeriodKey>>,
}

/// A sealing key of this agency in one channel.
pub struct OwnSealingKey {
    /// The id in the key's announcement.
    pub id: Hash,
    /// The private seed.
    pub seed: Zeroizing<[u8; 32]>,
    /// When it was announced, milliseconds since 1970.
    pub announced_ms: u64,
}

/// An attachment that was stored and waits for the record that names it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PendingAttachment {
    /// SHA-256 of the plaintext: how the record names it.
    #[serde(with = "protocol::id::hash_hex")]
    pub sha256: Hash,
    /// SHA-256 of the ciphertext: the blob's name.
    #[serde(with = "protocol::id::hash_hex")]
    pub blob: Hash,
    /// The key of the ciphertext.
    #[serde(with = "protocol::id::hash_hex")]
    pub key: [u8; 32],
    /// Length of the plaintext.
    pub size: u64,
    /// File name.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// When it was stored, milliseconds since 1970.
    pub created_ms: u64,
}

impl Drop for PendingAttachment {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl KeyStore {
    /// Opens the folder, or makes it if `may_create`.
    pub(crate) fn open(
        dir: PathBuf,
        master: &[u8; 32],
        suite: &'static dyn Suite,
        may_create: bool,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, StoreError> {
        let keys = Self { dir, master: Zeroizing::new(*master), suite, periods: Mutex::default() };
        if keys.dir.join(CHECK).exists() {
            match keys.read("", CHECK) {
                Ok(_) => {}
                Err(StoreError::Damaged { .. }) => return Err(StoreError::WrongKey),
                Err(error) => return Err(error),
            }
        } else if may_create {
            files::create_dir(&keys.dir)?;
            keys.write("", CHECK, &[], entropy)?;
        } else {
            return Err(StoreError::KeysMissing { dir: keys.dir });
        }
        for folder in [PERIODS, SEALING, PENDING] {
            files::create_dir(&keys.dir.join(folder))?;
        }
        keys.finish_interrupted()?;
        Ok(keys)
    }

    /// The periods that have a key, by channel.
    pub fn periods(&self) -> Result<Vec<(ChannelId, Period)>, StoreError> {
        let mut periods = Vec::new();
        for channel in self.channels(PERIODS)? {
            for name in files::names(&self.dir.join(PERIODS).join(channel.to_string()))? {
                periods.extend(name.parse().ok().map(|period| (channel, period)));
            }
        }
        periods.sort();
        Ok(periods)
    }

    /// Destroys the key of a period, and with it all content of that period in every copy of the database. Returns
    /// whether there was a key. Records of this period that arrive later are stored without their secrets.
    pub fn destroy_period(&self, channel: ChannelId, period: Period) -> Result<bool, StoreError> {
        // The lock is held to the end: nobody gets a key that is being destroyed.
        let mut cached = self.cache();
        cached.remove(&(channel, period));
        let dir = self.dir.join(PERIODS).join(channel.to_string());
        files::create_dir(&dir)?;
        let path = dir.join(period.to_string());
        let gone = dir.join(format!("{period}{GONE}"));
        let existed = files::overwrite(&path)?;
        if existed {
            // The overwritten file itself becomes the mark: on a full disk there may be no room for another.
            fs::rename(&path, &gone).map_err(StoreError::io("rename", &path))?;
        } else if !gone.exists() {
            fs::write(&gone, []).map_err(StoreError::io("write", &gone))?;
        }
        files::sync_dir(&dir)?;
        Ok(existed)
    }

    /// Keeps a sealing key, durably: announce it only afterwards.
    pub fn add_sealing_key(
        &self,
        channel: ChannelId,
        key: &OwnSealingKey,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        let mut bytes = Zeroizing::new(key.announced_ms.to_be_bytes().to_vec());
        bytes.extend_from_slice(&*key.seed);
        self.write(&format!("{SEALING}/{channel}"), &hex::encode(key.id), &bytes, entropy)
    }

    /// The sealing keys of a channel that can still open, the newest first.
    pub fn sealing_keys(&self, channel: ChannelId) -> Result<Vec<OwnSealingKey>, StoreError> {
        let folder = format!("{SEALING}/{channel}");
        let mut keys = Vec::new();
        for name in files::names(&self.dir.join(&folder))? {
            let Ok(id) = parse_hash(&name) else { continue };
            let Some(bytes) = self.read(&folder, &name)? else { continue };
            let parsed =
                bytes.split_first_chunk().and_then(|(time, seed)| Some((time, <[u8; 32]>::try_from(seed).ok()?)));
            let (time, seed) = parsed.ok_or_else(|| self.damaged(&folder, &name, "its length is wrong"))?;
            keys.push(OwnSealingKey { id, seed: Zeroizing::new(seed), announced_ms: u64::from_be_bytes(*time) });
        }
        keys.sort_by_key(|key| (std::cmp::Reverse(key.announced_ms), key.id));
        Ok(keys)
    }

    /// Destroys a sealing key: frames sealed to it can't be opened any more, not even those that someone recorded.
    /// Returns whether there was such a key.
    pub fn destroy_sealing_key(&self, channel: ChannelId, id: &Hash) -> Result<bool, StoreError> {
        files::destroy(&self.dir.join(SEALING).join(channel.to_string()), &hex::encode(id))
    }

    /// Keeps the key of an attachment until its record comes. The same plaintext stored again replaces the former.
    pub fn add_pending(&self, pending: &PendingAttachment, entropy: &mut dyn Entropy) -> Result<(), StoreError> {
        let bytes = serde_json::to_vec(pending)
            .map_err(|error| self.damaged(PENDING, &hex::encode(pending.sha256), error.to_string()))?;
        self.write(PENDING, &hex::encode(pending.sha256), &Zeroizing::new(bytes), entropy)
    }

    /// The attachment with this plaintext digest.
    pub fn pending(&self, sha256: &Hash) -> Result<Option<PendingAttachment>, StoreError> {
        let name = hex::encode(sha256);
        let Some(bytes) = self.read(PENDING, &name)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| self.damaged(PENDING, &name, error.to_string()))
    }

    /// All attachments that wait for their record.
    pub fn all_pending(&self) -> Result<Vec<PendingAttachment>, StoreError> {
        let mut all = Vec::new();
        for name in files::names(&self.dir.join(PENDING))? {
            let Ok(sha256) = parse_hash(&name) else { continue };
            all.extend(self.pending(&sha256)?);
        }
        Ok(all)
    }

    /// Destroys the key of a waiting attachment: its record has it now, or it waited too long. Returns whether there
    /// was one. The blob is the caller's.
    pub fn destroy_pending(&self, sha256: &Hash) -> Result<bool, StoreError> {
        files::destroy(&self.dir.join(PENDING), &hex::encode(sha256))
    }

    /// The key of the protection register, made durably when it is first asked for.
    pub fn protection_key(&self, entropy: &mut dyn Entropy) -> Result<Zeroizing<[u8; 32]>, StoreError> {
        if let Some(bytes) = self.read("", PROTECTION)? {
            let key = <[u8; 32]>::try_from(bytes.as_slice());
            return Ok(Zeroizing::new(key.map_err(|_| self.damaged("", PROTECTION, "it is not 32 bytes long"))?));
        }
        let key = Zeroizing::new(random_32(entropy));
        self.write("", PROTECTION, &*key, entropy)?;
        Ok(key)
    }

    /// The key of a period; `None` if it was destroyed or never made.
    pub(crate) fn period_key(&self, channel: ChannelId, period: Period) -> Result<Option<PeriodKey>, StoreError> {
        self.load_period_key(&mut self.cache(), channel, period)
    }

    /// The key of a period, made durably if there was none; `None` if it was destroyed.
    pub(crate) fn ensure_period_key(
        &self,
        channel: ChannelId,
        period: Period,
        entropy: &mut dyn Entropy,
    ) -> Result<Option<PeriodKey>, StoreError> {
        let mut cached = self.cache();
        if let Some(key) = self.load_period_key(&mut cached, channel, period)? {
            return Ok(Some(key));
        }
        let folder = format!("{PERIODS}/{channel}");
        if self.dir.join(&folder).join(format!("{period}{GONE}")).exists() {
            return Ok(None);
        }
        let key = Zeroizing::new(random_32(entropy));
        self.write(&folder, &period.to_string(), &*key, entropy)?;
        cached.insert((channel, period), key.clone());
        Ok(Some(key))
    }

    fn load_period_key(
        &self,
        cached: &mut BTreeMap<(ChannelId, Period), PeriodKey>,
        channel: ChannelId,
        period: Period,
    ) -> Result<Option<PeriodKey>, StoreError> {
        if let Some(key) = cached.get(&(channel, period)) {
            return Ok(Some(key.clone()));
        }
        let (folder, name) = (format!("{PERIODS}/{channel}"), period.to_string());
        let Some(bytes) = self.read(&folder, &name)? else { return Ok(None) };
        let key = <[u8; 32]>::try_from(bytes.as_slice());
        let key = Zeroizing::new(key.map_err(|_| self.damaged(&folder, &name, "it is not 32 bytes long"))?);
        cached.insert((channel, period), key.clone());
        Ok(Some(key))
    }

    /// A thread that panicked while it held the lock left nothing half done: the map only caches files.
    fn cache(&self) -> MutexGuard<'_, BTreeMap<(ChannelId, Period), PeriodKey>> {
        self.periods.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes files that a crash left half written, and finishes destructions that it cut short.
    fn finish_interrupted(&self) -> Result<(), StoreError> {
        let mut folders = vec![PathBuf::new(), PENDING.into()];
        for kind in [PERIODS, SEALING] {
            folders.extend(self.channels(kind)?.into_iter().map(|channel| Path::new(kind).join(channel.to_string())));
        }
        for folder in folders {
            let dir = self.dir.join(&folder);
            for name in files::names(&dir)? {
                let path = dir.join(&name);
                if name.ends_with(files::TEMPORARY) {
                    files::destroy(&dir, &name)?;
                } else if path.is_file() && !name.ends_with(GONE) && is_zero(&path)? {
                    if folder.starts_with(PERIODS) {
                        fs::rename(&path, dir.join(format!("{name}{GONE}")))
                            .map_err(StoreError::io("rename", &path))?;
                    } else {
                        files::remove(&path)?;
                    }
                    files::sync_dir(&dir)?;
                }
            }
        }
        Ok(())
    }

    fn channels(&self, kind: &str) -> Result<Vec<ChannelId>, StoreError> {
        Ok(files::names(&self.dir.join(kind))?.iter().filter_map(|name| name.parse().ok()).collect())
    }

    fn write(&self, folder: &str, name: &str, plain: &[u8], entropy: &mut dyn Entropy) -> Result<(), StoreError> {
        let mut nonce = [0; NONCE_BYTES];
        entropy.fill(&mut nonce);
        let mut sealed = plain.to_vec();
        let tag = self
            .suite
            .aead_seal(&self.master, &nonce, &context(folder, name), &mut sealed)
            .map_err(|error| self.damaged(folder, name, error.to_string()))?;
        let dir = self.dir.join(folder);
        files::create_dir(&dir)?;
        files::write_durably(&dir, name, &[MAGIC.as_slice(), &nonce, &sealed, &tag].concat())
    }

    fn read(&self, folder: &str, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let path = self.dir.join(folder).join(name);
        let Some(bytes) = files::read_limited(&path, limits::KEY_FILE_BYTES_MAX)? else { return Ok(None) };
        let (nonce, sealed) = bytes
            .strip_prefix(MAGIC)
            .and_then(|rest| rest.split_first_chunk::<NONCE_BYTES>())
            .ok_or_else(|| self.damaged(folder, name, "it is not a key file of this version"))?;
        let mut plain = Zeroizing::new(sealed.to_vec());
        let length = self
            .suite
            .aead_open(&self.master, nonce, &context(folder, name), &mut plain)
            .map_err(|error| self.damaged(folder, name, error.to_string()))?
            .len();
        plain.truncate(length);
        Ok(Some(plain))
    }

    fn damaged(&self, folder: &str, name: &str, reason: impl Into<String>) -> StoreError {
        StoreError::damaged(self.dir.join(folder).join(name).display().to_string(), reason)
    }
}

/// What a key file is bound to: a key moved to another place does not open.
fn context(folder: &str, name: &str) -> Vec<u8> {
    format!("mithaq/key-file/v1\0{folder}/{name}").into_bytes()
}

/// Whether a destruction was cut short after the bytes were overwritten.
fn is_zero(path: &Path) -> Result<bool, StoreError> {
    let bytes = files::read_limited(path, limits::KEY_FILE_BYTES_MAX)?;
    Ok(bytes.is_some_and(|bytes| bytes.iter().all(|byte| *byte == 0)))
}
