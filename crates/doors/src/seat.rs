//! What a connection to the agency's port sits on, and what its requests do to that.
//!
//! Nobody knows who opened a connection before its first request was let through by the gate. From then on it counts to
//! that caller. It is being served from the end of a request that the gate let through to the end of its answer; all
//! other time it merely waits, for the rest of a body too, and who merely waits is the first to go when seats are short.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::body::{Body, Bytes};
use hyper::body::{Frame, SizeHint};
use node::fair::{Taken, Whose};

/// A connection's seat. The listener adds it to every request as an extension.
#[derive(Clone)]
pub struct Seat(Arc<Held>);

struct Held {
    taken: Taken,
    /// Whether a request of this connection was ever let through.
    known: AtomicBool,
    /// Whether the request under way has been let through.
    let_through: AtomicBool,
    /// Whether all of it is here.
    whole: AtomicBool,
    serving: AtomicBool,
}

impl Seat {
    /// The seat of a new connection.
    pub(crate) fn new(taken: Taken) -> Self {
        let [known, let_through, whole, serving] = [const { AtomicBool::new(false) }; 4];
        Self(Arc::new(Held { taken, known, let_through, whole, serving }))
    }

    /// Says who asks, once a request was let through.
    pub(crate) fn belongs_to(&self, caller: &str) {
        self.0.taken.belongs_to(Whose::Caller(caller.to_owned()));
        self.0.known.store(true, Ordering::Relaxed);
        self.0.let_through.store(true, Ordering::Relaxed);
        self.look();
    }

    /// Whether a request of this connection was ever let through.
    pub(crate) fn is_known(&self) -> bool {
        self.0.known.load(Ordering::Relaxed)
    }

    /// Whether it is being served.
    pub(crate) fn is_served(&self) -> bool {
        self.0.serving.load(Ordering::Relaxed)
    }

    /// Returns once the connection has to go.
    pub(crate) async fn sent_away(&self) {
        self.0.taken.sent_away().await;
    }

    /// A request of this connection, whose arrival is watched.
    pub(crate) fn arriving<B>(&self, mut request: hyper::Request<B>) -> hyper::Request<Body>
    where
        B: hyper::body::Body<Data = Bytes, Error = hyper::Error> + Send + Unpin + 'static,
    {
        self.0.let_through.store(false, Ordering::Relaxed);
        self.0.whole.store(request.body().is_end_stream(), Ordering::Relaxed);
        request.extensions_mut().insert(self.clone());
        request.map(|body| Body::new(Arriving { body, seat: self.clone() }))
    }

    /// Its answer, whose end is watched.
    pub(crate) fn leaving(&self, answer: hyper::Response<Body>) -> hyper::Response<Body> {
        answer.map(|body| Body::new(Leaving { body, seat: self.clone() }))
    }

    fn look(&self) {
        let [let_through, whole] = [&self.0.let_through, &self.0.whole].map(|flag| flag.load(Ordering::Relaxed));
        self.set_served(let_through && whole);
    }

    fn set_served(&self, served: bool) {
        if self.0.serving.swap(served, Ordering::Relaxed) != served {
            self.0.taken.served(served);
        }
    }
}

/// A request's body, which says when it is whole.
struct Arriving<B> {
    body: B,
    seat: Seat,
}

impl<B: hyper::body::Body<Data = Bytes> + Unpin> hyper::body::Body for Arriving<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if matches!(polled, Poll::Ready(None)) || self.body.is_end_stream() {
            self.seat.0.whole.store(true, Ordering::Relaxed);
            self.seat.look();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer's body, which says when it was sent or given up.
struct Leaving {
    body: Body,
    seat: Seat,
}

impl hyper::body::Body for Leaving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.seat.set_served(false);
    }
}
