//! In which compartment a thread is: that of its kind, behind the wall of what opened it.

use store::ThreadRow;

use crate::{callers::Caller, threads::openers::opener};

/// Whether a thread is in the caller's compartment: by what opened it, or by the first record where nothing did.
pub(super) fn has_thread(caller: &Caller, row: &ThreadRow) -> bool {
    let opener = opener(row);
    caller.sees(opener.or(Some(&row.more.titled_kind)), opener)
}

/// Whether the record whose title stands for a thread is in the caller's compartment.
pub(super) fn has_title(caller: &Caller, row: &ThreadRow) -> bool {
    caller.sees(Some(&row.more.titled_kind), opener(row))
}
