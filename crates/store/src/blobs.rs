//! The blob folder: ciphertexts of attachments, each under the name of its own digest.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read, Seek, SeekFrom, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use aws_lc_rs::digest::{Context, SHA256};
use protocol::{
    id::Hash,
    suite::{Entropy, random_32},
};
use rustix::fs::{FlockOperation, flock, statvfs};

use crate::{error::StoreError, files, limits};

/// Holds blobs whose name is not known before their last byte.
const NEW: &str = "new";

/// The blob folder of a node. Clones name the same folder.
#[derive(Clone, Debug)]
pub struct Blobs {
    dir: PathBuf,
}

/// How much of a blob is here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BlobProgress {
    /// Bytes stored.
    pub stored: u64,
    /// Whether that is all, and the digest was checked.
    pub complete: bool,
}

/// Reads a complete blob from some byte to its end. A blob removed meanwhile is still read whole.
pub struct BlobReader(File);

/// Appends to a blob. Memory is constant whatever the blob's length.
pub struct BlobWriter {
    blobs: Blobs,
    /// The promised name; none for a blob that is named when it is complete.
    id: Option<Hash>,
    part: PathBuf,
    file: File,
    stored: u64,
    /// Digest of everything stored. None after a resumption: the file is then read once, at the end.
    digest: Option<Context>,
    finished: bool,
}

impl Blobs {
    /// Opens the folder and clears what a crash left of blobs that had no name yet.
    pub(crate) fn open(dir: PathBuf) -> Result<Self, StoreError> {
        let blobs = Self { dir };
        let new = blobs.dir.join(NEW);
        files::create_dir(&new)?;
        for name in files::names(&new)? {
            files::remove(&new.join(name))?;
        }
        Ok(blobs)
    }

    /// Bytes that are free where the node's folder lies.
    pub fn free_bytes(&self) -> Result<u64, StoreError> {
        let space = statvfs(&self.dir).map_err(|errno| StoreError::io("inspect", &self.dir)(errno.into()))?;
        Ok(space.f_bavail.saturating_mul(space.f_frsize))
    }

    /// How much of a blob is here.
    pub fn progress(&self, id: &Hash) -> Result<BlobProgress, StoreError> {
        if let Some(stored) = length(&self.path(id))? {
            return Ok(BlobProgress { stored, complete: true });
        }
        Ok(BlobProgress { stored: length(&self.part(id))?.unwrap_or(0), complete: false })
    }

    /// Reads a complete blob from byte number `offset` on; `None` if it is not here or not complete. At and behind the
    /// end there is nothing to read.
    pub fn read(&self, id: &Hash, offset: u64) -> Result<Option<BlobReader>, StoreError> {
        let path = self.path(id);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io("open", path)(error)),
        };
        file.seek(SeekFrom::Start(offset)).map_err(StoreError::io("read", path))?;
        Ok(Some(BlobReader(file)))
    }

    /// Starts or resumes a blob whose name is known. Refused while another writer has it open.
    pub fn writer(&self, id: &Hash) -> Result<BlobWriter, StoreError> {
        let part = self.part(id);
        if let Some(dir) = part.parent() {
            files::create_dir(dir)?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(files::FILE_MODE)
            .open(&part)
            .map_err(StoreError::io("open", &part))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(StoreError::BlobBusy { blob: hex::encode(id) }),
            Err(errno) => return Err(StoreError::io("lock", part)(errno.into())),
        }
        // Between opening and locking, another writer may have finished and renamed this very file.
        let locked = file.metadata().map_err(StoreError::io("inspect", &part))?.ino();
        if fs::metadata(&part).map(|metadata| metadata.ino()).ok() != Some(locked) {
            return Err(StoreError::BlobBusy { blob: hex::encode(id) });
        }
        let stored = file.seek(SeekFrom::End(0)).map_err(StoreError::io("read", &part))?;
        let digest = (stored == 0).then(|| Context::new(&SHA256));
        Ok(BlobWriter { blobs: self.clone(), id: Some(*id), part, file, stored, digest, finished: false })
    }

    /// Starts a blob that is named when it is complete. It vanishes if it is never finished.
    pub fn new_writer(&self, entropy: &mut dyn Entropy) -> Result<BlobWriter, StoreError> {
        let part = self.dir.join(NEW).join(format!("{}{}", hex::encode(random_32(entropy)), files::TEMPORARY));
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create_new(true)
            .mode(files::FILE_MODE)
            .open(&part)
            .map_err(StoreError::io("create", &part))?;
        let digest = Some(Context::new(&SHA256));
        Ok(BlobWriter { blobs: self.clone(), id: None, part, file, stored: 0, digest, finished: false })
    }

    /// Removes a blob or the part of it that is here. Returns whether there was one.
    pub fn remove(&self, id: &Hash) -> Result<bool, StoreError> {
        let whole = files::remove(&self.path(id))?;
        let part = files::remove(&self.part(id))?;
        if whole || part {
            files::sync_dir(&self.folder(id))?;
        }
        Ok(whole || part)
    }

    fn folder(&self, id: &Hash) -> PathBuf {
        self.dir.join(hex::encode(&id[..1]))
    }

    fn path(&self, id: &Hash) -> PathBuf {
        self.folder(id).join(hex::encode(id))
    }

    fn part(&self, id: &Hash) -> PathBuf {
        self.folder(id).join(format!("{}{}", hex::encode(id), files::TEMPORARY))
    }
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl BlobWriter {
    /// Bytes stored so far: where the next chunk starts.
    pub const fn stored(&self) -> u64 {
        self.stored
    }

    /// Appends a chunk, which must start at [`BlobWriter::stored`]. If this fails, what was stored before stays.
    pub fn append(&mut self, offset: u64, chunk: &[u8]) -> Result<(), StoreError> {
        if offset != self.stored {
            return Err(StoreError::BlobOffset { blob: self.name(), stored: self.stored, offset });
        }
        if let Err(error) = self.file.write_all(chunk) {
            // A part of the chunk may be in the file: cut it off, so that length and digest stay those of whole chunks.
            let cut = self.file.set_len(self.stored);
            self.digest = self.digest.take().filter(|_| cut.is_ok());
            return Err(StoreError::io("write", &self.part)(error));
        }
        if let Some(digest) = &mut self.digest {
            digest.update(chunk);
        }
        self.stored += protocol::encoding::len_u64(chunk);
        Ok(())
    }

    /// Makes the blob durable and gives it its name, which it returns.
    ///
    /// If the digest is not the promised name, what was received is removed: [`StoreError::BlobDigest`].
    pub fn finish(mut self) -> Result<Hash, StoreError> {
        self.file.sync_all().map_err(StoreError::io("sync", &self.part))?;
        let found = match self.digest.take() {
            Some(digest) => finished(digest),
            None => digest_of(&self.part)?,
        };
        if self.id.is_some_and(|id| id != found) {
            files::remove(&self.part)?;
            return Err(StoreError::BlobDigest { blob: self.name(), found: hex::encode(found) });
        }
        let folder = self.blobs.folder(&found);
        files::create_dir(&folder)?;
        let path = self.blobs.path(&found);
        fs::rename(&self.part, &path).map_err(StoreError::io("rename", &path))?;
        self.finished = true;
        files::sync_dir(&folder)?;
        Ok(found)
    }

    fn name(&self) -> String {
        self.id.map_or_else(|| "without a name".into(), hex::encode)
    }
}

impl Drop for BlobWriter {
    fn drop(&mut self) {
        if self.id.is_none() && !self.finished {
            // Best effort: the folder of unnamed blobs is cleared at the next start.
            let _ = fs::remove_file(&self.part);
        }
    }
}

fn length(path: &Path) -> Result<Option<u64>, StoreError> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata.len())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::io("inspect", path)(error)),
    }
}

fn digest_of(path: &Path) -> Result<Hash, StoreError> {
    let mut file = File::open(path).map_err(StoreError::io("open", path))?;
    let mut digest = Context::new(&SHA256);
    let mut buffer = vec![0; limits::HASH_BUFFER_BYTES];
    loop {
        match file.read(&mut buffer).map_err(StoreError::io("read", path))? {
            0 => return Ok(finished(digest)),
            read => digest.update(&buffer[..read]),
        }
    }
}

fn finished(digest: Context) -> Hash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest.finish().as_ref());
    hash
}
