//! Bodies of requests and answers within the node's budget of memory ([`node::memory`]).
//!
//! A request's body is gathered before its handler runs, once it is known who sends it and that they may. What has arrived
//! of it counts to the sender, and when all is taken, who holds most and is not done yet is refused.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::BytesMut;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Frame};
use node::{
    callers::Caller,
    fair::{Exhausted, Taken},
    fault::{Code, Fault},
    limits,
    memory::with_room,
    node::Node,
};
use texts::say;

use crate::{listener::Peer, problem::Failed};

/// Why a body was not gathered.
enum NotGathered {
    TooLarge,
    Broken,
    Exhausted,
}

/// Gathers the bodies of one route of the agency's port.
#[derive(Clone)]
pub(crate) struct Gathering {
    pub(crate) node: Node,
    pub(crate) bytes_max: usize,
}

/// Gathers the body of a request that the gate let through.
pub(crate) async fn of_caller(State(gathering): State<Gathering>, request: Request, next: Next) -> Response {
    let Gathering { node, bytes_max } = gathering;
    let room = node.memory.of_caller(request.extensions().get::<Caller>().map_or("", Caller::id));
    match gather(request, room, bytes_max).await {
        Ok(request) => next.run(request).await,
        Err(NotGathered::TooLarge) => {
            let message = say!("body-too-large", bytes_max = bytes_max);
            Failed(Fault::new(Code::TooLarge, message)).into_response()
        }
        Err(NotGathered::Broken) => Failed(Fault::usage(say!("request-body-broke-off"))).into_response(),
        Err(NotGathered::Exhausted) => Failed(Fault::new(Code::Unavailable, Exhausted.to_string())).into_response(),
    }
}

/// Gathers the body of a partner's request.
pub(crate) async fn of_partner(
    State(node): State<Node>,
    Extension(peer): Extension<Peer>,
    request: Request,
    next: Next,
) -> Response {
    // Strangers were turned away before.
    let Some(agency) = peer.agency else { return StatusCode::UNAUTHORIZED.into_response() };
    match gather(request, node.memory.of_partner(agency), limits::PEER_BODY_BYTES_MAX).await {
        Ok(request) => next.run(request).await,
        Err(NotGathered::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(NotGathered::Broken) => StatusCode::BAD_REQUEST.into_response(),
        Err(NotGathered::Exhausted) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn gather(request: Request, room: Taken, bytes_max: usize) -> Result<Request, NotGathered> {
    let (head, body) = request.into_parts();
    if body.is_end_stream() {
        return Ok(Request::from_parts(head, Body::empty()));
    }
    let bytes = tokio::select! {
        collected = collect(body, &room, bytes_max) => collected?,
        () = room.sent_away() => return Err(NotGathered::Exhausted),
    };
    Ok(Request::from_parts(head, Body::from(with_room(bytes, room))))
}

async fn collect(mut body: Body, room: &Taken, bytes_max: usize) -> Result<Bytes, NotGathered> {
    let announced = body.size_hint().exact().map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
    if announced.is_some_and(|bytes| bytes > bytes_max) {
        return Err(NotGathered::TooLarge);
    }
    // Where the length is not announced the buffer grows by doubling, and so does what is counted.
    let factor = if announced.is_some() { 1 } else { 2 };
    let mut collected = BytesMut::with_capacity(announced.unwrap_or_default());
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| NotGathered::Broken)?.into_data() else { continue };
        if collected.len() + data.len() > bytes_max {
            return Err(NotGathered::TooLarge);
        }
        room.grow(factor * data.len() as u64).await.map_err(|Exhausted| NotGathered::Exhausted)?;
        collected.extend_from_slice(&data);
    }
    Ok(collected.freeze())
}

/// An answer for a partner, within the memory for such answers. It is handed out piece by piece, and given up when others
/// need the memory and this partner holds most of it.
///
/// # Errors
/// [`Exhausted`], for a status that says "later".
pub(crate) async fn answer(bytes: Bytes, room: Taken) -> Result<Body, Exhausted> {
    room.grow(bytes.len() as u64).await?;
    let room = std::sync::Arc::new(room);
    let watched = std::sync::Arc::clone(&room);
    Ok(Body::new(Answer { rest: bytes, _room: room, sent_away: Box::pin(async move { watched.sent_away().await }) }))
}

struct Answer {
    rest: Bytes,
    _room: std::sync::Arc<Taken>,
    sent_away: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl hyper::body::Body for Answer {
    type Data = Bytes;
    type Error = Exhausted;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Exhausted>>> {
        if self.sent_away.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err(Exhausted)));
        }
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let piece = self.rest.len().min(limits::ANSWER_PIECE_BYTES);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(piece)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        hyper::body::SizeHint::with_exact(self.rest.len() as u64)
    }
}
