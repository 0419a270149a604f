//! A socket that notes whether bytes move, so that a dead connection is noticed without a timer for every read.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Passes everything on to `io` and raises a flag whenever a byte was read or written.
pub struct Watched<T> {
    io: T,
    moved: Arc<AtomicBool>,
}

/// Sees from outside whether a [`Watched`] socket still moves bytes.
pub struct Watch(Arc<AtomicBool>);

impl<T> Watched<T> {
    /// A socket with what watches it.
    pub fn new(io: T) -> (Self, Watch) {
        let moved = Arc::new(AtomicBool::new(true));
        (Self { io, moved: Arc::clone(&moved) }, Watch(moved))
    }
}

impl Watch {
    /// Returns when no byte has moved for at least `stall`, and for less than twice as long.
    pub async fn stalled(self, stall: Duration) {
        while self.0.swap(false, Ordering::Relaxed) {
            tokio::time::sleep(stall).await;
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Watched<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let filled = buf.filled().len();
        let polled = Pin::new(&mut this.io).poll_read(cx, buf);
        if buf.filled().len() > filled {
            this.moved.store(true, Ordering::Relaxed);
        }
        polled
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Watched<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.io).poll_write(cx, buf);
        note_written(&this.moved, &polled);
        polled
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.io).poll_write_vectored(cx, bufs);
        note_written(&this.moved, &polled);
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }
}

fn note_written(moved: &AtomicBool, polled: &Poll<io::Result<usize>>) {
    if matches!(polled, Poll::Ready(Ok(bytes)) if *bytes > 0) {
        moved.store(true, Ordering::Relaxed);
    }
}
