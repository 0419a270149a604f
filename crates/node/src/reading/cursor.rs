//! Where a page of a list ends, as its reader is given it: sealed. A cursor in the clear would count what lies between two of
//! them, also what is hidden from the reader, and show deadlines.

use texts::say;

use crate::{fault::Fault, protection::Protection};

/// Cursors of one list: two numbers, which mean nothing to anybody else.
pub(crate) struct Cursors<'a> {
    protection: &'a Protection,
    list: &'static str,
}

impl<'a> Cursors<'a> {
    /// Of a list by its name: a cursor of another list is none of this one.
    pub(super) const fn of(protection: &'a Protection, list: &'static str) -> Self {
        Self { protection, list }
    }

    /// The cursor behind a place.
    pub(crate) fn write(&self, place: [u64; 2]) -> String {
        self.protection.sealed_place(self.list, place)
    }

    /// The place of a cursor.
    ///
    /// # Errors
    /// It is no cursor of this list.
    pub(crate) fn read(&self, text: &str) -> Result<[u64; 2], Fault> {
        self.protection
            .opened_place(self.list, text)
            .ok_or_else(|| Fault::usage(say!("cursor-form")).in_field("cursor"))
    }
}
