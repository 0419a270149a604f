//! One directory is the whole node: a SQLite database, a folder of blobs and a folder of keys.
//!
//! ```text
//! DIR/lock                  held by the one process that writes
//! DIR/mithaq.db             logs, batches, receipts, marks: everything that a backup of the database may hold
//! DIR/projection.db         threads as lists show them, without content; derived, so no backup needs it
//! DIR/blobs/ab/<sha256>     ciphertexts of attachments
//! DIR/keys/                 keys sealed under the master key: content is readable only as long as its key lies here
//! ```
//!
//! - [`Store`] is the only writer: one [`protocol::commit::Commit`] is one transaction;
//! - [`Readers`] hands out [`Reader`]s on connections of their own, which never block the writer;
//! - [`KeyStore`] holds period keys, sealing keys and the keys of attachments that wait for their record;
//! - [`Blobs`] streams attachments in and out of the folder;
//! - [`Projection`] and [`TextIndex`] answer lists and searches.
//!
//! This crate holds all SQL. It knows no clock and no randomness: both are arguments. The text that rules over it is
//! `docs/spec/at-rest.md`.

mod aside;
mod blobs;
mod commit;
mod error;
mod files;
mod keyring;
mod keys;
mod limits;
mod lock;
mod office;
mod projection;
mod reader;
mod schema;
mod segments;
mod sql;
mod store;

pub use aside::LaidAside;
pub use blobs::{BlobProgress, BlobReader, BlobWriter, Blobs};
pub use error::{CommitError, StoreError};
pub use keys::{KeyStore, OwnSealingKey, PendingAttachment};
pub use lock::Lock;
pub use office::{OfficeId, OfficeItem};
pub use projection::{
    EventRow, Found, HeightRow, Hit, OpenCount, Projection, Seen, Text, TextIndex, ThreadCursor, ThreadFilter,
    ThreadMore, ThreadRow, Told, ToldRow, Turn, View, asked_words, fold,
};
pub use reader::{Arrival, AuditEntry, LogHead, Peer, Reader, Readers, Still};
pub use store::{Scrubbed, Store};
