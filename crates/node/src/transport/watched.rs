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
    flags: Arc<Flags>,
}

/// Sees from outside whether a [`Watched`] socket still moves bytes.
pub struct Watch(Arc<Flags>);

struct Flags {
    moved: AtomicBool,
    /// Whether bytes wait that the other side does not take.
    blocked: AtomicBool,
}

impl<T> Watched<T> {
    /// A socket with what watches it.
    pub fn new(io: T) -> (Self, Watch) {
        let flags = Arc::new(Flags { moved: AtomicBool::new(true), blocked: AtomicBool::new(false) });
        (Self { io, flags: Arc::clone(&flags) }, Watch(flags))
    }
}

impl Watch {
    /// Returns when no byte has moved for at least `stall`, and for less than twice as long.
    pub async fn stalled(self, stall: Duration) {
        while self.0.moved.swap(false, Ordering::Relaxed) {
            tokio::time::sleep(stall).await;
        }
    }

    /// As [`Watch::stalled`], but this side may take its time with an answer, as long as `is_answering`.
    pub async fn stalled_by_other(self, stall: Duration, is_answering: impl Fn() -> bool) {
        loop {
            tokio::time::sleep(stall).await;
            let moved = self.0.moved.swap(false, Ordering::Relaxed);
            if !moved && (self.0.blocked.load(Ordering::Relaxed) || !is_answering()) {
                return;
            }
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Watched<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let filled = buf.filled().len();
        let polled = Pin::new(&mut this.io).poll_read(cx, buf);
        if buf.filled().len() > filled {
            this.flags.moved.store(true, Ordering::Relaxed);
        }
        polled
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Watched<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.io).poll_write(cx, buf);
        note_written(&this.flags, &polled);
        polled
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.io).poll_write_vectored(cx, bufs);
        note_written(&this.flags, &polled);
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

fn note_written(flags: &Flags, polled: &Poll<io::Result<usize>>) {
    flags.blocked.store(polled.is_pending(), Ordering::Relaxed);
    if matches!(polled, Poll::Ready(Ok(bytes)) if *bytes > 0) {
        flags.moved.store(true, Ordering::Relaxed);
    }
}
