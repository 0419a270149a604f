//! `POST /peer/v1/batches`: a partner's batch comes in and its receipt goes back; `GET`: a partner pulls ours.
//!
//! Every answer says no more than the partner may know. What was wrong is logged once, here.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use protocol::{
    batch::{BatchRef, Frame},
    channel::{
        Channel, Frozen, NotNow,
        admit::NotAdmitted,
        equivocation::{self, Overlap},
        manifest::ManifestFault,
    },
    control::NackReason,
    id::AgencyId,
    origin::{Origin, Position},
};
use serde::Deserialize;
use store::Reader;
use tokio::time::{Instant, timeout_at};

use super::caller;
use crate::{
    breaches,
    channel::ChannelHandle,
    clock,
    db::SUITE,
    decide::{Arrivals, Decided},
    evidence,
    fault::{Code, Fault},
    limits,
    node::Node,
    sync::{self, Gap},
    transport::listener::Peer,
    work::{self, blocking},
    writer::{Order, WriteError},
};

/// Opens, decides, commits and receipts a batch.
pub async fn push(
    State(node): State<Node>,
    Extension(peer): Extension<Peer>,
    body: Bytes,
) -> Result<Response, StatusCode> {
    let from = caller(peer)?;
    let (channel, outcome) = take(&node, from, &body).await.inspect_err(|status| {
        tracing::warn!(partner = %from, %status, "batch frame refused");
    })?;
    match outcome {
        Ok(receipt) => Ok(receipt.into_response()),
        Err(refused) => refusal(&node, &channel, from, refused).await,
    }
}

/// Opens a frame and commits it, whichever way it came. If the agreement changes meanwhile it is opened again.
pub async fn take(
    node: &Node,
    from: AgencyId,
    body: &Bytes,
) -> Result<(Arc<ChannelHandle>, Result<String, NotTaken>), StatusCode> {
    let mut tries = 0;
    loop {
        let opening = {
            let (node, body) = (node.clone(), body.clone());
            work::over(body.len(), move || open(&node, from, &body))
        };
        let (channel, opened) = opening.await.ok_or(StatusCode::SERVICE_UNAVAILABLE)??;
        let outcome = match opened {
            Ok(opened) => admit(&channel, opened).await?,
            Err(refused) => Err(refused),
        };
        match outcome {
            Err(NotTaken { problem: NotAdmitted::Moved, .. }) if tries < limits::DECIDE_AGAIN_MAX => tries += 1,
            outcome => {
                if let Err(NotTaken { problem: NotAdmitted::Manifest(fault), .. }) = &outcome {
                    keep(node, &channel, body, *fault).await;
                }
                return Ok((channel, outcome));
            }
        }
    }
}

/// A batch that was not admitted, with its frame where that matters: an overlap is compared with what is held.
pub struct NotTaken {
    /// Why.
    pub problem: NotAdmitted,
    frame: Option<Box<Frame>>,
}

/// The channel of a frame, and the frame opened and decided.
type Opening = (Arc<ChannelHandle>, Result<Box<Decided>, NotTaken>);

/// Reads, opens and decides a frame; heavy, off the runtime's threads.
fn open(node: &Node, from: AgencyId, body: &[u8]) -> Result<Opening, StatusCode> {
    let frame = Frame::decode(body).map_err(|error| {
        tracing::debug!(partner = %from, %error, "unreadable batch frame");
        StatusCode::BAD_REQUEST
    })?;
    let channel = node
        .channel(&frame.batch.origin.channel)
        .filter(|channel| channel.value().parties().contains_key(&from))
        .ok_or(StatusCode::NOT_FOUND)?;
    let value = channel.value();
    let keys = channel.sealing_keys(node).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let today = clock::today();
    // What overlaps is compared afterwards, so its frame is kept; frames that continue the log are not copied.
    let kept = (frame.batch.first < value.size(&frame.batch.origin)).then(|| Box::new(frame.clone()));
    let mut arrivals = Arrivals::new(&node.decider, &value, frame.batch.origin.agency, today)
        .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let opened = value.open(SUITE, from, frame, &keys, clock::now_ms(), &mut |record| arrivals.decide(record));
    let decided = |opened| Box::new(arrivals.decided(opened));
    Ok((channel, opened.map(decided).map_err(|problem| NotTaken { problem, frame: kept })))
}

/// Commits an opened batch; the receipt may leave.
async fn admit(channel: &ChannelHandle, decided: Box<Decided>) -> Result<Result<String, NotTaken>, StatusCode> {
    match channel.ask(|reply| Order::Admit { decided, reply }).await {
        Ok(receipt) => Ok(Ok(receipt)),
        Err(WriteError::NotAdmitted(problem)) => Ok(Err(NotTaken { problem, frame: None })),
        // Other batches took the persons that the decisions counted on: the partner sends it again, and it is decided
        // again.
        Err(WriteError::Recount) => Err(StatusCode::TOO_EARLY),
        // Logged by the writer: this node's disk or keys, none of the partner's business.
        Err(_) => Err(StatusCode::SERVICE_UNAVAILABLE),
    }
}

/// Keeps a false manifest as evidence. The answer to the partner is the same whether that can be done or not.
async fn keep(node: &Node, channel: &Arc<ChannelHandle>, body: &Bytes, fault: ManifestFault) {
    let (node, handle, body) = (node.clone(), Arc::clone(channel), body.clone());
    let kept = blocking(move || {
        let unreadable = || Fault::new(Code::NotVerified, "the batch's manifest can't be opened again");
        let frame = Frame::decode(&body).map_err(|_| unreadable())?;
        let (channel, keys) = (handle.value(), handle.sealing_keys(&node)?);
        let stored = channel.not_admitted(SUITE, frame, &keys).ok_or_else(unreadable)?;
        let position = Position { origin: stored.batch.origin, index: stored.batch.first };
        let evidence = |reader: &Reader| evidence::of_manifest(reader, &channel, &stored);
        breaches::keep(&node, channel.id(), position, fault, evidence)
    });
    if let Err(error) = kept.await {
        tracing::error!(channel = %channel.id(), ?error, "a false manifest could not be kept as evidence");
    }
}

/// The answer to a batch that was not admitted, each kind with its own status.
async fn refusal(
    node: &Node,
    channel: &Arc<ChannelHandle>,
    from: AgencyId,
    NotTaken { problem, frame }: NotTaken,
) -> Result<Response, StatusCode> {
    match (&problem, frame) {
        (NotAdmitted::Known { .. }, Some(frame)) => return overlap(node, channel, from, *frame).await,
        (NotAdmitted::Gap { size }, _) | (NotAdmitted::Known { size }, None) => {
            return Ok((StatusCode::CONFLICT, Json(Gap { size: *size })).into_response());
        }
        (NotAdmitted::NotNow(NotNow::Waiting(_)), _) => return Ok(StatusCode::PRECONDITION_REQUIRED.into_response()),
        (NotAdmitted::NotNow(NotNow::Frozen(_)), _) => return Ok(StatusCode::LOCKED.into_response()),
        _ => {}
    }
    tracing::warn!(partner = %from, channel = %channel.id(), error = %problem, "batch not admitted");
    match problem {
        NotAdmitted::Nack { batch, reason } => nack(node, channel, batch, reason),
        // Tried again by the partner: the clock moves on, and missing logs come.
        NotAdmitted::Ahead { .. } | NotAdmitted::Unseen { .. } | NotAdmitted::Moved => Err(StatusCode::TOO_EARLY),
        // Perhaps this node lost entries: their author may show them.
        NotAdmitted::Manifest(ManifestFault::SeenNeverSigned { .. }) => Err(StatusCode::TOO_EARLY),
        NotAdmitted::Answer(_) | NotAdmitted::CannotSign(_) => Err(StatusCode::SERVICE_UNAVAILABLE),
        _ => Err(StatusCode::FORBIDDEN),
    }
}

/// A batch that overlaps what is held: the same gets the same receipt; two histories freeze the channel.
async fn overlap(
    node: &Node,
    channel: &Arc<ChannelHandle>,
    from: AgencyId,
    frame: Frame,
) -> Result<Response, StatusCode> {
    let unavailable = |_| StatusCode::SERVICE_UNAVAILABLE;
    let reader = node.reader().map_err(unavailable)?;
    let value = channel.value();
    let origin = frame.batch.origin;
    let size = frame.batch.size();
    let stored = reader.note_at(&origin, size).map_err(unavailable)?;
    if stored.as_deref() == Some(frame.batch.note.as_str())
        && let Some(receipt) = reader.receipt(&origin, size, node.me).map_err(unavailable)?
    {
        return Ok(receipt.note.into_response());
    }
    let held = reader.commitments(&origin, u64::MAX).map_err(unavailable)?;
    let note = value.log(&origin).map(|log| log.note().to_owned()).unwrap_or_default();
    let keys = value.parties().get(&from).map(|cards| cards.current().keys.log.clone()).ok_or(StatusCode::NOT_FOUND)?;
    match equivocation::judge(SUITE, &keys, &frame.batch, &held, &note) {
        Overlap::Same => match reader.receipt(&origin, size, node.me).map_err(unavailable)? {
            Some(receipt) => Ok(receipt.note.into_response()),
            None => Err(StatusCode::FORBIDDEN),
        },
        Overlap::Proof(proof) => {
            tracing::error!(partner = %from, %origin, "the partner signed two histories of one log: channel frozen");
            let freeze = move |value: &Channel| Some(value.freeze(Frozen::Equivocation, Some(&proof)));
            channel.step(freeze).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
            Err(StatusCode::LOCKED)
        }
        Overlap::Recut | Overlap::Nothing => {
            tracing::warn!(partner = %from, %origin, "a batch overlaps what is held and is not the same");
            Err(StatusCode::FORBIDDEN)
        }
    }
}

/// The signed nack, with the sealing key that the next try must use.
fn nack(node: &Node, channel: &ChannelHandle, batch: BatchRef, reason: NackReason) -> Result<Response, StatusCode> {
    let document =
        crate::jobs::sealing::announcement(node, channel.id()).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let nack =
        channel.value().nack(&*node.signer, batch, reason, document).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, nack.encode()).into_response())
}

/// What a partner pulls.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pull {
    origin: Origin,
    from: u64,
    #[serde(default)]
    wait_s: u64,
}

/// Gives the batch that holds an entry of ours, as soon as there is one: a long poll.
pub async fn pull(
    State(node): State<Node>,
    Extension(peer): Extension<Peer>,
    Query(pull): Query<Pull>,
) -> Result<Response, StatusCode> {
    let partner = caller(peer)?;
    let channel = node
        .channel(&pull.origin.channel)
        .filter(|channel| channel.value().parties().contains_key(&partner) && pull.origin.agency == node.me)
        .ok_or(StatusCode::NOT_FOUND)?;
    let deadline = Instant::now() + Duration::from_secs(pull.wait_s.min(limits::PULL_WAIT_SECONDS_MAX));
    let mut changes = channel.changes();
    loop {
        changes.mark_unchanged();
        let value = channel.value();
        if value.may_sign().is_ok() && value.size(&pull.origin) > pull.from {
            // What a partner once receipted is given back only after two officers have confirmed its restore.
            let receipted = value.log(&pull.origin).map_or(0, |log| log.receipted(&partner));
            if pull.from < receipted {
                return Err(StatusCode::FORBIDDEN);
            }
            let frame = sync::frame(&node.sending, &channel, value, partner, pull.origin, pull.from).await;
            return match frame {
                Ok(Some(bytes)) => Ok(bytes.into_response()),
                Ok(None) => Err(StatusCode::NOT_FOUND),
                Err(error) => {
                    tracing::warn!(%partner, %error, "a batch could not be sealed for a pull");
                    Err(StatusCode::SERVICE_UNAVAILABLE)
                }
            };
        }
        match timeout_at(deadline, changes.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(StatusCode::SERVICE_UNAVAILABLE),
            Err(_) => return Ok(StatusCode::NO_CONTENT.into_response()),
        }
    }
}
