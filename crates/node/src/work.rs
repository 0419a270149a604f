//! Where work runs: long work on a thread of its own, short work at once.

use tokio::task::spawn_blocking;

use crate::{
    fault::{Code, Fault},
    limits,
};

/// Runs `work` over so many bytes. A lone record takes under a millisecond, and handing it to another thread and back
/// costs a fifth of that on an idle machine; a batch would hold up every other connection of the thread.
///
/// `None` if the work panicked or the node is stopping.
pub async fn over<T: Send + 'static>(bytes: usize, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    if bytes <= limits::SHORT_WORK_BYTES_MAX { Some(work()) } else { spawn_blocking(work).await.ok() }
}

/// Runs `work`, which waits for a disk or computes for long, on a thread of its own and gives back its result.
///
/// # Errors
/// What `work` gives; [`Code::Internal`] if it panicked or the node is stopping.
pub async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, Fault>
where
    T: Send + 'static,
    E: Into<Fault> + Send + 'static,
{
    let done = spawn_blocking(work).await;
    done.map_err(|error| Fault::new(Code::Internal, format!("a task of the node failed: {error}")))?.map_err(Into::into)
}
