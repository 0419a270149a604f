//! What tells an open page that something arrived: no content, only that it is time to look again.

use std::{convert::Infallible, time::Duration};

use axum::{
    Extension,
    body::{Body, Bytes},
    extract::State,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use doors::problem::Failed;
use node::{callers::Caller, clock, limits, node::Node};
use tokio::{sync::mpsc, time::sleep};

/// Events that wait for a reader who is slow: one says as much as many.
const EVENTS_AHEAD: usize = 2;

/// Tells as long as the session lasts.
pub async fn follow(State(node): State<Node>, Extension(caller): Extension<Caller>) -> Result<Response, Failed> {
    let seat = node.threads.seat(caller.id())?;
    let (events, receiver) = mpsc::channel::<Bytes>(EVENTS_AHEAD);
    tokio::spawn(async move {
        let mut progress = node.threads.progress();
        let mut stop = node.stop.subscribe();
        let mut event = Bytes::from_static(b"event: here\ndata:\n\n");
        while caller.still_counts(&node.tokens, clock::now_ms()) && events.send(event).await.is_ok() {
            event = tokio::select! {
                changed = progress.changed() => match changed {
                    Ok(()) => Bytes::from_static(b"event: moved\ndata:\n\n"),
                    Err(_) => return,
                },
                () = sleep(Duration::from_secs(limits::FOLLOW_HEARTBEAT_SECONDS)) => Bytes::from_static(b": still here\n\n"),
                () = events.closed() => return,
                () = seat.sent_away() => return,
                _ = stop.wait_for(|stopped| *stopped) => return,
            };
        }
        // The session is over: the page says so before anything is typed into it.
        drop(events.try_send(Bytes::from_static(b"event: ended\ndata:\n\n")));
    });
    let headers = [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store")];
    Ok((headers, Body::new(Events(receiver))).into_response())
}

/// A body of events as they come.
struct Events(mpsc::Receiver<Bytes>);

impl hyper::body::Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|event| event.map(|event| Ok(hyper::body::Frame::data(event))))
    }
}
