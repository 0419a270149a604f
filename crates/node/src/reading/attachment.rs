//! A file of a record.

use std::io;

use protocol::{header::Attachment, id::Hash, origin::Position};

use super::{Disclosed, Reading};
use crate::{attachments::Decrypting, audit, callers::Caller, fault::Fault};

/// A record's file, decrypted chunk by chunk.
pub struct File {
    /// What the record's header says of it.
    pub attachment: Attachment,
    chunks: Decrypting,
}

impl File {
    /// The next chunk, or nothing at the end.
    ///
    /// # Errors
    /// The file can't be read, or is not the one that was stored.
    pub fn next_chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.chunks.next_chunk()
    }
}

impl Reading {
    /// A file of a record, by the digest that the record's header names.
    ///
    /// # Errors
    /// As [`Reading::record`]; the header names no such file, or it is not here, or not yet.
    pub fn attachment(&self, caller: &Caller, position: &Position, sha256: &Hash) -> Result<Disclosed<File>, Fault> {
        let found = self.find(caller, position)?;
        let allowed = self.consult(caller, &found)?;
        let (chunks, attachment) = Decrypting::open(&self.db, position, &found.opened, sha256)?;
        let noted = audit::shown(&found.opened.secret, &found.opened.header_bytes, sha256);
        let noted = noted.under(&allowed.purpose, &allowed.permissions);
        Ok(Disclosed::new(File { attachment, chunks }, noted))
    }
}
