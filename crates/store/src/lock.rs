//! One process writes a node's directory.

use std::{
    fs::{File, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use rustix::fs::{FlockOperation, flock};

use crate::{error::StoreError, files};

/// The right to write a node's directory. It ends with the value or with the process, however that ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a directory, which is created if it is not there.
    ///
    /// Fails at once with [`StoreError::InUse`] if another process, or another value of this process, holds it.
    pub fn acquire(dir: &Path) -> Result<Self, StoreError> {
        files::create_dir(dir)?;
        let path = dir.join("lock");
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(files::FILE_MODE)
            .open(&path)
            .map_err(StoreError::io("open", &path))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self { _file: file }),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(StoreError::InUse { dir: dir.into() }),
            Err(errno) => Err(StoreError::io("lock", path)(errno.into())),
        }
    }
}
