//! Moving the write-ahead log into the database, on a thread and connection of its own.
//!
//! SQLite would do it inside the commit that fills the log, and that commit's caller would wait for it: the slowest
//! hundredth of single records would be the ones that paid. A passive checkpoint never makes the writer wait. If it can't
//! keep up, the writer finishes the rest itself when the log reaches [`limits::WAL_PAGES`].

use std::{
    path::Path,
    sync::mpsc::{self, SyncSender},
    thread::{self, JoinHandle},
};

use rusqlite::Connection;

use crate::{error::StoreError, limits, schema};

/// The thread, and what the writer has written since it was last woken.
pub(crate) struct Checkpointer {
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    written_bytes: u64,
}

impl Checkpointer {
    /// Starts the thread.
    pub(crate) fn start(path: &Path) -> Result<Self, StoreError> {
        let connection = schema::open_checkpointer(path)?;
        let (wake, woken) = mpsc::sync_channel(1);
        let thread = thread::Builder::new()
            .name("checkpointer".into())
            .spawn(move || {
                while woken.recv().is_ok() {
                    checkpoint(&connection);
                }
            })
            .map_err(StoreError::io("start a thread for", path))?;
        Ok(Self { wake: Some(wake), thread: Some(thread), written_bytes: 0 })
    }

    /// The writer wrote about so many bytes more.
    pub(crate) fn wrote(&mut self, bytes: u64) {
        self.written_bytes += bytes;
        if self.written_bytes >= limits::CHECKPOINT_BYTES
            && self.wake.as_ref().is_some_and(|wake| wake.try_send(()).is_ok())
        {
            self.written_bytes = 0;
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // It ends after at most one checkpoint; a panic in it harmed nothing but speed.
            let _ = thread.join();
        }
    }
}

/// What could not be moved now, because a reader or a scrub is in the way, is moved next time or by the writer.
fn checkpoint(connection: &Connection) {
    let _: Result<i64, _> = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(0));
}
