//! Events as they come: server-sent events (HTML standard, §9.2) as an answer.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::Body,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use hyper::body::Frame;
use tokio::sync::mpsc;

/// Media type of server-sent events.
pub const MEDIA_TYPE: &str = "text/event-stream";

/// Events as they are sent; the answer ends when nobody sends any more.
#[derive(Debug)]
pub struct Events(pub mpsc::Receiver<Bytes>);

impl hyper::body::Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|event| event.map(|event| Ok(Frame::data(event))))
    }
}

impl IntoResponse for Events {
    fn into_response(self) -> Response {
        let headers = [(CONTENT_TYPE, MEDIA_TYPE), (CACHE_CONTROL, "no-store")];
        (headers, Body::new(self)).into_response()
    }
}
