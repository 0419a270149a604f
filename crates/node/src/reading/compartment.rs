//! In which compartment a thread is: that of its kind, behind the wall of what opened it.

use store::ThreadRow;

use crate::{
    callers::Caller,
    threads::{openers::opener, turn},
};

/// Whether a thread is in the caller's compartment: by what opened it, or by the first record where nothing did.
pub(super) fn has_thread(caller: &Caller, row: &ThreadRow) -> bool {
    let opener = opener(row);
    caller.sees(opener.or(Some(&row.more.titled_kind)), opener)
}

/// Whether the record whose title stands for a thread is in the caller's compartment.
pub(super) fn has_title(caller: &Caller, row: &ThreadRow) -> bool {
    caller.sees(Some(&row.more.titled_kind), opener(row))
}

/// The words of the threads that are in the caller's compartment, as [`store::ThreadFilter::openers`] reads them; `None` for who
/// sees every desk.
pub(super) fn words(caller: &Caller) -> Option<Vec<String>> {
    let opened = desks::kinds::threads().map(|thread| thread.opened_by);
    let opened = opened.filter(|kind| caller.sees(Some(kind), Some(kind))).map(str::to_owned);
    let plain = desks::kinds::all().map(|kind| kind.name).filter(|kind| caller.sees(Some(kind), None));
    (!caller.sees(None, None)).then(|| opened.chain(plain.map(turn::plain_word)).collect())
}
