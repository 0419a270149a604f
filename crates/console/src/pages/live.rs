//! What tells an open page that something arrived: no content, only that it is time to look again.

use std::time::Duration;

use axum::{Extension, body::Bytes, extract::State};
use doors::{events::Events, problem::Failed};
use node::{callers::Caller, clock, limits, node::Node};
use tokio::{sync::mpsc, time::sleep};

/// Events that wait for a reader who is slow: one says as much as many.
const EVENTS_AHEAD: usize = 2;

/// Tells as long as the session lasts.
pub async fn follow(State(node): State<Node>, Extension(caller): Extension<Caller>) -> Result<Events, Failed> {
    let seat = node.threads.seat(caller.id())?;
    let (events, receiver) = mpsc::channel::<Bytes>(EVENTS_AHEAD);
    tokio::spawn(async move {
        let mut progress = node.threads.progress();
        let mut stop = node.stop.subscribe();
        let mut event = Bytes::from_static(b"event: here\ndata:\n\n");
        while node.sessions.lasts(&node.tokens, caller.id(), clock::now_ms()) && events.send(event).await.is_ok() {
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
    Ok(Events(receiver))
}
