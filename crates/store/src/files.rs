//! Files that survive a power cut once written, and bytes that are gone once destroyed.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{ErrorKind, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use crate::error::StoreError;

/// Only the node's own user reads its files.
pub(crate) const FILE_MODE: u32 = 0o600;
const DIR_MODE: u32 = 0o700;

/// Name of a file on its way; what carries it after a crash is rubbish.
pub(crate) const TEMPORARY: &str = ".part";

/// Creates a directory and those above it, readable by this user alone.
pub(crate) fn create_dir(dir: &Path) -> Result<(), StoreError> {
    if dir.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(DIR_MODE).create(dir).map_err(StoreError::io("create", dir))?;
    if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        sync_dir(parent)?;
    }
    Ok(())
}

/// Makes names created, renamed or removed in a directory durable.
pub(crate) fn sync_dir(dir: &Path) -> Result<(), StoreError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(StoreError::io("sync", dir))
}

/// Writes a whole file: after a crash there is the old one or the new one, never a part.
pub(crate) fn write_durably(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
    let temporary = dir.join(format!("{name}{TEMPORARY}"));
    let path = dir.join(name);
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(FILE_MODE)
        .open(&temporary)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&temporary, &path));
    if let Err(error) = written {
        // Best effort: the temporary file is removed at the next start anyway.
        let _ = fs::remove_file(&temporary);
        return Err(StoreError::io("write", path)(error));
    }
    sync_dir(dir)
}

/// Reads a file of at most `bytes_max` bytes; `None` if there is none.
pub(crate) fn read_limited(path: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::io("open", path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(StoreError::io("read", path))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= bytes_max) {
        Ok(Some(bytes))
    } else {
        Err(StoreError::damaged(path.display().to_string(), format!("it is longer than {bytes_max} bytes")))
    }
}

/// Overwrites a file's bytes in place with zeros and waits until they are on the disk. It needs no free space.
/// Returns whether there was such a file.
pub(crate) fn overwrite(path: &Path) -> Result<bool, StoreError> {
    let mut file = match OpenOptions::new().write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(StoreError::io("open", path)(error)),
    };
    let length = file.metadata().map_err(StoreError::io("inspect", path))?.len();
    std::io::copy(&mut std::io::repeat(0).take(length), &mut file).map_err(StoreError::io("overwrite", path))?;
    file.sync_all().map_err(StoreError::io("sync", path))?;
    Ok(true)
}

/// Overwrites a file and removes it. Returns whether there was such a file.
pub(crate) fn destroy(dir: &Path, name: &str) -> Result<bool, StoreError> {
    let path = dir.join(name);
    if !overwrite(&path)? {
        return Ok(false);
    }
    fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
    sync_dir(dir)?;
    Ok(true)
}

/// Removes a file if it is there. Returns whether it was.
pub(crate) fn remove(path: &Path) -> Result<bool, StoreError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::io("remove", path)(error)),
    }
}

/// Names in a directory, sorted; none if there is no such directory.
pub(crate) fn names(dir: &Path) -> Result<Vec<String>, StoreError> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::io("list", dir)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(StoreError::io("list", dir))?.file_name();
        names.extend(name.into_string());
    }
    names.sort();
    Ok(names)
}
