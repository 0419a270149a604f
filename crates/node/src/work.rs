//! Where work runs: what waits for the disk or computes for long on a thread of its own, short work at once.
//!
//! A task of the runtime shares its thread with every other connection of the node, so it never waits for the disk. What
//! does is held as [`OnDisk`], and that opens only where it may be waited: on a thread of one's own, in work handed over by
//! [`beside`], and in [`at_once`], the measured exception (`docs/decisions/0050`).

use std::{cell::Cell, ops::Deref};

use texts::say;
use tokio::task::{self, JoinHandle};

use crate::{
    fault::{Code, Fault},
    limits,
};

thread_local! {
    /// Whether the work on this thread may wait for the disk, though a task runs it.
    static MAY_WAIT: Cell<bool> = const { Cell::new(false) };
}

/// What waits for the disk when it is touched: the store, its readers, keys and files.
#[derive(Debug, Clone)]
pub struct OnDisk<T>(T);

impl<T> OnDisk<T> {
    /// From here on it opens only where the disk may be waited for.
    pub const fn new(inner: T) -> Self {
        Self(inner)
    }

    /// For what is answered from memory and waits for nobody, such as whether somebody writes.
    pub const fn in_memory(&self) -> &T {
        &self.0
    }
}

impl<T> Deref for OnDisk<T> {
    type Target = T;

    /// # Panics
    /// In a build with debug assertions, which every test is, if a task of the runtime does it.
    #[track_caller]
    fn deref(&self) -> &T {
        debug_assert!(
            MAY_WAIT.get() || task::try_id().is_none(),
            "a task of the runtime waits for the disk: hand the work to work::blocking or work::beside"
        );
        &self.0
    }
}

/// Hands over work that may wait for the disk, or computes for long.
#[expect(clippy::disallowed_methods, reason = "here the work gets the right to wait for the disk")]
pub fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    task::spawn_blocking(|| at_once(work))
}

/// Hands over `work`, and gives back its result.
///
/// # Errors
/// What `work` gives; [`Code::Internal`] if it panicked or the node is stopping.
pub async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, Fault>
where
    T: Send + 'static,
    E: Into<Fault> + Send + 'static,
{
    let done = beside(work).await;
    done.map_err(|error| Fault::new(Code::Internal, say!("task-failed", error = %error)))?.map_err(Into::into)
}

/// Runs `work` over so many bytes. A lone record takes under a millisecond, and handing it to another thread and back
/// costs a fifth of that on an idle machine; a batch would hold up every other connection of the thread.
///
/// `None` if the work panicked or the node is stopping.
pub async fn over<T: Send + 'static>(bytes: usize, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    if bytes <= limits::SHORT_WORK_BYTES_MAX { Some(at_once(work)) } else { beside(work).await.ok() }
}

/// Runs work on this thread that is over before another thread would have woken up, though it may wait for the disk: the
/// way of a lone record, and nothing else.
pub(crate) fn at_once<T>(work: impl FnOnce() -> T) -> T {
    /// Also after a panic the thread is as it was.
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            MAY_WAIT.set(self.0);
        }
    }
    let _before = Before(MAY_WAIT.replace(true));
    work()
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use std::{sync::Arc, thread};

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_task_of_the_runtime_does_not_touch_the_disk_and_whoever_it_hands_work_to_does() {
        let kept = Arc::new(OnDisk::new(7));
        let touch = || {
            let kept = Arc::clone(&kept);
            move || **kept
        };
        let planted = touch();
        assert!(tokio::spawn(async move { planted() }).await.unwrap_err().is_panic());
        // Handed over by anything else it has no right either.
        let planted = touch();
        #[expect(clippy::disallowed_methods, reason = "what it is refused for")]
        let elsewhere = task::spawn_blocking(planted);
        assert!(elsewhere.await.unwrap_err().is_panic());

        let (handed, own, short) = (touch(), touch(), touch());
        let done = tokio::spawn(async move {
            let own = thread::spawn(own).join().unwrap();
            (beside(handed).await.unwrap(), own, over(0, short).await.unwrap())
        });
        assert_eq!(done.await.unwrap(), (7, 7, 7));
        // The right ends with the work, also if that panics.
        let (broken, planted) = (Arc::clone(&kept), touch());
        let after = tokio::spawn(async move {
            let broken = std::panic::AssertUnwindSafe(|| at_once(|| assert_eq!(**broken, 8)));
            assert!(std::panic::catch_unwind(broken).is_err());
            planted()
        });
        assert!(after.await.unwrap_err().is_panic());
    }
}
