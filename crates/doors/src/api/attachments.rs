//! Attachments in and out, streamed: a gigabyte passes in constant memory.

use std::{
    future::Future as _,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    Extension, Json,
    body::{Body, Bytes},
    extract::{Path, State},
    http::header::{CONTENT_LENGTH, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt as _;
use node::{
    answers::records::Uploaded,
    attachments::{self, Encrypting},
    callers::Caller,
    clock,
    fault::{Code, Fault},
    limits,
    node::Node,
    work::{beside, blocking},
};
use protocol::id::parse_hash;
use serde::Deserialize;
use texts::say;
use tokio::sync::{mpsc, oneshot};

use crate::{api::records::place, form::Query, problem::Failed, route::Param};

/// How the file is called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    name: String,
    #[serde(default = "octets")]
    media_type: String,
}

fn octets() -> String {
    "application/octet-stream".into()
}

/// Query of [`upload`].
pub const UPLOAD: &[Param] = &[
    Param::content("name", "The file's name").required(),
    Param::new("media_type", "string", "The file's media type"),
];

/// Takes an attachment and encrypts it at once; a record can name it for 24 hours.
pub async fn upload(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Query(upload): Query<Upload>,
    mut body: Body,
) -> Result<Json<Uploaded>, Failed> {
    attachments::check_file(&upload.name, &upload.media_type)?;
    let seat = node.streams.seat(caller.id())?;
    let (streams, bytes_max) = (Arc::clone(&node.streams), attachments::largest(&node.channels));
    let (chunks, mut incoming) = mpsc::channel::<Bytes>(4);
    let work = beside(move || {
        let mut encrypting = Encrypting::begin(&node.db, bytes_max)?;
        while let Some(chunk) = incoming.blocking_recv() {
            encrypting.write(&chunk)?;
        }
        Ok::<_, Fault>((node, encrypting))
    });
    loop {
        let next = tokio::select! {
            next = body.frame() => next,
            () = seat.sent_away() => return Err(Fault::new(Code::Unavailable, say!("place-needed")).into()),
        };
        let Some(frame) = next else { break };
        let frame = frame.map_err(|_| Fault::usage(say!("upload-broke-off")))?;
        let Ok(data) = frame.into_data() else { continue };
        streams.uploaded(caller.id(), data.len() as u64, clock::now_ms())?;
        if chunks.send(data).await.is_err() {
            break;
        }
    }
    drop(chunks);
    let interrupted = |_| Fault::new(Code::Internal, say!("upload-interrupted"));
    let (node, encrypting) = work.await.map_err(interrupted)??;
    let pending =
        beside(move || encrypting.finish(&node, upload.name, upload.media_type)).await.map_err(interrupted)??;
    Ok(Json(Uploaded {
        sha256: hex::encode(pending.sha256),
        size: pending.size,
        name: pending.name.clone(),
        media_type: pending.media_type.clone(),
    }))
}

/// Gives an attachment back as it was uploaded.
pub async fn download(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path((channel, party, epoch, lane, index, sha256)): Path<(String, String, String, String, String, String)>,
) -> Result<Response, Failed> {
    let sha256 = parse_hash(&sha256).map_err(|_| Fault::usage(say!("not-an-id")).in_field("sha256"))?;
    let path = (channel, party, epoch, lane, index);
    let seat = node.streams.seat(caller.id())?;
    let file = blocking(move || node.reading.attachment(&caller, &place(&node, &path)?, &sha256)).await?;
    let (mut file, noted) = file.into_parts();
    let headers =
        [(CONTENT_TYPE, file.attachment.media_type.clone()), (CONTENT_LENGTH, file.attachment.size.to_string())];
    let (sender, receiver) = mpsc::channel::<io::Result<Bytes>>(limits::DOWNLOAD_CHUNKS_AHEAD);
    let read = beside(move || {
        while let Some(chunk) = file.next_chunk().transpose() {
            if sender.blocking_send(chunk.map(Bytes::from)).is_err() {
                return;
            }
        }
    });
    let (stopped, body) = oneshot::channel();
    tokio::spawn(async move {
        tokio::select! {
            _ = read => {}
            () = seat.sent_away() => drop(stopped.send(())),
        }
    });
    Ok((Extension(noted), headers, Body::new(Chunks { chunks: receiver, stopped: Some(body) })).into_response())
}

/// A response body of chunks as they come, until others need its place.
pub(super) struct Chunks {
    pub(super) chunks: mpsc::Receiver<io::Result<Bytes>>,
    pub(super) stopped: Option<oneshot::Receiver<()>>,
}

impl hyper::body::Body for Chunks {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<hyper::body::Frame<Bytes>>>> {
        if let Some(stopped) = &mut self.stopped
            && let Poll::Ready(ended) = Pin::new(stopped).poll(context)
        {
            self.stopped = None;
            if ended.is_ok() {
                return Poll::Ready(Some(Err(io::Error::other("others need the place"))));
            }
        }
        self.chunks.poll_recv(context).map(|chunk| chunk.map(|chunk| chunk.map(hyper::body::Frame::data)))
    }
}
