//! The words for kinds, fields, acts and states, as the desks' texts have them.

use desks::kinds;
pub use desks::wording::*;
use texts::Message;

/// The name of a kind of record, by the name of it; of what no desk knows, that name.
pub fn kind_named(name: &str) -> Message {
    kinds::find(name).map_or_else(|| Message::as_worded(name), kind_name)
}

/// The name of a kind of thread: that of the kind of record that opens it.
pub fn kind_of_thread(name: &str) -> Message {
    kinds::thread_named(name).map_or_else(|| Message::as_worded(name), |thread| kind_named(thread.opened_by))
}
