//! Small files of the node that survive a power cut once written.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

/// Only the node's own user reads its files.
const FILE_MODE: u32 = 0o600;

/// Writes a whole file, readable by this user alone: after a crash there is the old one or the new one, never a part.
pub(crate) fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".part");
    let temporary = Path::new(&temporary);
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(FILE_MODE)
        .open(temporary)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(temporary, path));
    if let Err(error) = written {
        // Best effort: what stays behind is overwritten by the next attempt.
        let _ = fs::remove_file(temporary);
        return Err(error);
    }
    sync_parent(path)
}

/// Makes a name that was created, renamed or removed durable.
pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()
}

/// Whether users other than the owner and its group can read a file: it lets them, and so does every folder above it.
///
/// # Errors
/// It is not there, or can't be looked at.
pub fn is_read_by_others(path: &Path) -> io::Result<bool> {
    const READ: u32 = 0o004;
    const ENTER: u32 = 0o001;
    let path = fs::canonicalize(path)?;
    if fs::metadata(&path)?.permissions().mode() & READ == 0 {
        return Ok(false);
    }
    // A folder that we can't look into is above one that is ours: others can't either.
    let enters = |folder: &Path| fs::metadata(folder).is_ok_and(|found| found.permissions().mode() & ENTER != 0);
    Ok(path.ancestors().skip(1).all(enters))
}

/// Reads a file of at most `bytes_max` bytes.
pub(crate) fn read_limited(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(bytes_max + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= bytes_max) {
        Ok(bytes)
    } else {
        Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is longer than {bytes_max} bytes")))
    }
}
