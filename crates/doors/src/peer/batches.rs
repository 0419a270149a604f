//! `POST /peer/v1/batches`: a partner's batch comes in and its receipt goes back; `GET`: a partner pulls ours.

use std::time::Duration;

use axum::{
    Extension,
    body::Bytes,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use node::{fair::Exhausted, limits, node::Node, sync};
use protocol::{
    origin::Origin,
    peer::receiving::{self, Pulled},
};
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};

use super::{caller, respond};
use crate::{bodies, listener::Peer};

/// Opens, decides, commits and receipts a batch.
pub async fn push(
    State(node): State<Node>,
    Extension(peer): Extension<Peer>,
    body: Bytes,
) -> Result<Response, StatusCode> {
    Ok(respond(node.receiving.take(caller(peer)?, &body).await))
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
        .channels
        .shared_with(&pull.origin.channel, &partner)
        .filter(|_| pull.origin.agency == node.me)
        .ok_or(StatusCode::NOT_FOUND)?;
    let deadline = Instant::now() + Duration::from_secs(pull.wait_s.min(limits::PULL_WAIT_SECONDS_MAX));
    let mut changes = channel.changes();
    loop {
        changes.mark_unchanged();
        let value = channel.value();
        match receiving::pulled(&value, &partner, &pull.origin, pull.from) {
            Pulled::NotYet => {}
            Pulled::Receipted => return Err(StatusCode::FORBIDDEN),
            Pulled::Batch => {
                // Whoever does not take what it fetched is refused before it is sealed again.
                let room = node.memory.for_answer(partner);
                let turn = node.memory.sealing().await;
                let frame = sync::frame(&node.sending, &channel, value, partner, pull.origin, pull.from).await;
                drop(turn);
                return match frame {
                    Ok(Some(bytes)) => {
                        let later = |Exhausted| StatusCode::SERVICE_UNAVAILABLE;
                        Ok(bodies::answer(bytes, room).await.map_err(later)?.into_response())
                    }
                    Ok(None) => Err(StatusCode::NOT_FOUND),
                    Err(error) => {
                        tracing::warn!(%partner, %error, "a batch could not be sealed for a pull");
                        Err(StatusCode::SERVICE_UNAVAILABLE)
                    }
                };
            }
        }
        match timeout_at(deadline, changes.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(StatusCode::SERVICE_UNAVAILABLE),
            Err(_) => return Ok(StatusCode::NO_CONTENT.into_response()),
        }
    }
}
