//! What can go wrong, and who has to do what about it.

use std::{io, path::PathBuf, sync::Arc};

use protocol::origin::Origin;

/// Why the store could not do what was asked. It names no library: whatever keeps the rows says the same.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the directory's lock.
    #[error("{} is in use by another process: stop it, or give it the command while it runs", .dir.display())]
    InUse {
        /// The node's directory.
        dir: PathBuf,
    },
    /// No space is left; nothing is half done.
    #[error("the disk is full: {what} was not written and nothing was changed; free some space and try again")]
    Full {
        /// What was being written.
        what: String,
    },
    /// A newer program wrote the database.
    #[error("{} has schema {found}, and this program knows up to {known}: install the newer program", .path.display())]
    NewerSchema {
        /// The database.
        path: PathBuf,
        /// The schema found.
        found: u32,
        /// The newest schema that this program knows.
        known: u32,
    },
    /// The key store was sealed under another master key.
    #[error("the key store does not open: wrong passphrase, or the keys folder belongs to another node")]
    WrongKey,
    /// There is a database, but the keys that belong to it are not there.
    #[error("{} holds no key store, but there is a database: restore the keys folder before you start", .dir.display())]
    KeysMissing {
        /// The key folder.
        dir: PathBuf,
    },
    /// What lies on the disk is not what was written.
    #[error("{place} is damaged: {reason}")]
    Damaged {
        /// File or row.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Another writer has the blob open.
    #[error("blob {blob} is being written already")]
    BlobBusy {
        /// The blob's name.
        blob: String,
    },
    /// A chunk does not start where the stored part ends.
    #[error("the next byte of blob {blob} is number {stored}, and the chunk starts at {offset}")]
    BlobOffset {
        /// The blob's name.
        blob: String,
        /// Bytes stored.
        stored: u64,
        /// Where the chunk starts.
        offset: u64,
    },
    /// The bytes are not those that the name promises. They were removed.
    #[error("blob {blob} is wrong: its digest is {found}; what was received is removed and must be sent again")]
    BlobDigest {
        /// The blob's name.
        blob: String,
        /// The digest of what was received.
        found: String,
    },
    /// A reader stayed in the way until the time was up.
    #[error("readers hold an older state of the database, so erased bytes are still in the write-ahead log: try again")]
    ReadersInTheWay,
    /// The operating system refused.
    #[error("can't {action} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's answer; shared, because all who wait for a commit are told why it failed.
        source: Arc<io::Error>,
    },
    /// Others held the database for longer than the store waits.
    #[error("the database was in use by others for too long: try again")]
    Busy,
    /// The database refused, for a reason that only the developers of this program can mend.
    #[error("database: {reason}")]
    Database {
        /// What the database said.
        reason: String,
    },
}

impl StoreError {
    /// Names the place of an I/O error; a full disk is told apart.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::Full { what: path.display().to_string() }
            }
            _ => Self::Io { action, path, source: Arc::new(source) },
        }
    }

    /// What lies in the place is not what the store writes there.
    pub(crate) fn damaged(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Damaged { place: place.into(), reason: reason.into() }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full { what: "the database".into() },
            Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
                Self::damaged("the database", error.to_string())
            }
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => Self::Busy,
            _ => Self::Database { reason: error.to_string() },
        }
    }
}

/// Why a commit did not succeed. Nothing of it is written, except after [`CommitError::Unknown`].
#[derive(Clone, Debug, thiserror::Error)]
pub enum CommitError {
    /// The log grew since the step was computed: compute it again on the new head.
    #[error("log {origin} has {found} entries, and the step was computed on {expected}")]
    HeadMoved {
        /// The log; boxed because errors travel often and origins are large.
        origin: Box<Origin>,
        /// Size on which the step was computed.
        expected: u64,
        /// Size found.
        found: u64,
    },
    /// The idempotency key has a result already: answer with it.
    #[error("the idempotency key {key:?} was used already")]
    KeyUsed {
        /// The key.
        key: String,
    },
    /// An officer's approval was used in this channel already.
    #[error("an approval of the step was used in this channel before")]
    ApprovalUsed,
    /// The parts of the commit contradict each other: a mistake of the caller.
    #[error("the commit contradicts itself: {0}")]
    Contradiction(String),
    /// Whether the commit is written is not known: read the heads again, on a store opened anew.
    #[error("whether the commit was written is not known, read the heads again: {0}")]
    Unknown(#[source] StoreError),
    /// The store failed and wrote nothing.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for CommitError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, TransactionBehavior};

    use super::*;

    #[test]
    fn a_database_that_others_hold_is_told_from_one_that_refuses() {
        let dir = tempfile::TempDir::new().unwrap();
        let [mut one, mut other] = [(); 2].map(|()| Connection::open(dir.path().join("db")).unwrap());
        let held = one.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        other.busy_timeout(std::time::Duration::ZERO).unwrap();
        let error = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap_err();
        assert!(matches!(StoreError::from(error), StoreError::Busy));
        let error = held.execute_batch("SELECT * FROM nothing").unwrap_err();
        assert!(matches!(StoreError::from(error), StoreError::Database { reason } if reason.contains("nothing")));
    }
}
