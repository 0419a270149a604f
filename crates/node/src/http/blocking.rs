//! Work that waits for a disk or computes for long, off the threads that serve sockets.

use tokio::task::spawn_blocking;

use super::error::{ApiError, Code};

/// Runs `work` on a thread of its own and gives back its result.
pub(crate) async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, ApiError>
where
    T: Send + 'static,
    E: Into<ApiError> + Send + 'static,
{
    let done = spawn_blocking(work).await;
    done.map_err(|error| ApiError::new(Code::Internal, format!("a task of the node failed: {error}")))?
        .map_err(Into::into)
}
