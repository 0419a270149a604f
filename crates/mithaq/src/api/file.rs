//! Files of any size to and from the node, in constant memory.

use std::{
    io::Write,
    path::Path,
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use node::answers::records::Uploaded;
use texts::{Message, say};
use tokio::{io::AsyncReadExt, sync::mpsc};

use super::{Api, Call};
use crate::{
    failure::Failure,
    limits, output,
    progress::{Progress, Unit},
};

/// Uploads a file and gives back the node's answer. `quiet` shows no progress.
pub async fn send_file(api: &Api, path_and_query: &str, file: &Path, quiet: bool) -> Result<Uploaded, Failure> {
    let failed = |error: std::io::Error| Failure::reading(file, &error);
    let opened = tokio::fs::File::open(file).await.map_err(failed)?;
    let metadata = opened.metadata().await.map_err(failed)?;
    if !metadata.is_file() {
        return Err(Failure::usage(say!("not-a-file", file = %file.display())));
    }
    let (pieces, receiver) = mpsc::channel(limits::PIECES_AHEAD_MAX);
    tokio::spawn(read_pieces(opened, pieces));
    let progress = Progress::start(quiet, &Message::as_worded(name(file)), Unit::Bytes, Some(metadata.len()));
    let body = Body::new(Pieces { receiver, left: metadata.len(), progress });
    let uploaded = async { api.ask(Call::put(path_and_query, body)).await?.read() };
    uploaded.await.map_err(|failure: Failure| failure.while_doing(file.display()))
}

/// Downloads into a new file that only its owner may read, and gives back its length. A file that is there already
/// stays; one that could not be completed is removed, so that nobody takes a part for the whole.
pub async fn receive_file(api: &Api, path: &str, file: &Path, quiet: bool) -> Result<u64, Failure> {
    let body = api.stream(Call::get(path).waiting(None)).await?;
    let out = output::create_new(file)?;
    let progress = Progress::start(
        quiet,
        &Message::as_worded(name(file)),
        Unit::Bytes,
        hyper::body::Body::size_hint(&body).exact(),
    );
    let received = write_all(body, out, file, &progress).await;
    if received.is_err() {
        // Already failing: what went wrong before says more than an error of this.
        let _ = std::fs::remove_file(file);
    }
    received
}

async fn write_all(mut body: Body, mut out: std::fs::File, file: &Path, progress: &Progress) -> Result<u64, Failure> {
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Failure::unavailable(say!("answer-broke-off", error = %error)))?;
        let Ok(piece) = frame.into_data() else { continue };
        out.write_all(&piece).map_err(|error| Failure::writing(file, &error))?;
        let more = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        length += more;
        progress.add(more);
    }
    out.sync_all().map_err(|error| Failure::writing(file, &error))?;
    Ok(length)
}

/// A body fed by a task that reads the file, a few pieces ahead.
struct Pieces {
    receiver: mpsc::Receiver<std::io::Result<Bytes>>,
    left: u64,
    progress: Progress,
}

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        self.receiver.poll_recv(context).map(|piece| {
            let piece = piece?;
            if let Ok(bytes) = &piece {
                let more = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                self.left = self.left.saturating_sub(more);
                self.progress.add(more);
            }
            Some(piece.map(Frame::data))
        })
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// What a person calls the file.
fn name(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}

async fn read_pieces(mut file: tokio::fs::File, pieces: mpsc::Sender<std::io::Result<Bytes>>) {
    loop {
        let mut buffer = bytes::BytesMut::with_capacity(limits::PIECE_BYTES);
        let piece = match file.read_buf(&mut buffer).await {
            Ok(0) => return,
            Ok(_) => Ok(buffer.freeze()),
            Err(error) => Err(error),
        };
        // The receiver is gone when the node refused the upload; its answer says why.
        if pieces.send(piece).await.is_err() {
            return;
        }
    }
}
