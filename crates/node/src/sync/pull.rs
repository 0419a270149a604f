//! Pulling: a node that partners can't reach fetches their batches by long poll, and brings the receipts itself.
//!
//! What comes in by a pull takes the same way as what is pushed: opened, decided, committed, receipted.

use hyper::{Method, StatusCode};
use std::time::Duration;

use bytes::Bytes;
use protocol::origin::{Lane, Origin};
use tokio::time::sleep;

use super::{Heads, Link, LinkError, held_heads, lossy};
use crate::{limits, receiving};

/// Pulls the partner's log of one lane until the node stops.
pub(super) async fn run(link: Link, lane: Lane) {
    let mut stop = link.node.stop.subscribe();
    let mut pause_ms = limits::LINK_PAUSE_MS_MIN;
    let mut receipted = false;
    while !*stop.borrow() {
        let turn = tokio::select! {
            turn = link.pull(lane, &mut receipted) => turn,
            _ = stop.wait_for(|stopped| *stopped) => return,
        };
        match turn {
            Ok(()) => pause_ms = limits::LINK_PAUSE_MS_MIN,
            Err(error) => {
                tracing::debug!(channel = %link.channel.id(), partner = %link.partner, %error, "pull interrupted");
                tokio::select! {
                    () = sleep(Duration::from_millis(pause_ms)) => {}
                    _ = stop.wait_for(|stopped| *stopped) => return,
                }
                pause_ms = (pause_ms * 2).min(limits::LINK_PAUSE_MS_MAX);
            }
        }
    }
}

impl Link {
    /// Asks for the next batch, takes it, and gives its receipt. A receipt that a crash kept here goes first.
    async fn pull(&self, lane: Lane, receipted: &mut bool) -> Result<(), LinkError> {
        let origin = self.newest_log(lane).await?;
        let from = self.channel.value().size(&origin);
        if !*receipted {
            if let Some(receipt) = self.node.reader()?.receipt(&origin, from, self.node.me)? {
                self.give(receipt.note).await?;
            }
            *receipted = true;
        }
        let wait_s = limits::PULL_WAIT_SECONDS_MAX;
        let path = format!("/peer/v1/batches?origin={origin}&from={from}&wait_s={wait_s}");
        let answer = self.request(Method::GET, &path, "application/octet-stream", Bytes::new()).await?;
        match answer.status {
            StatusCode::OK => self.take(answer.body).await,
            StatusCode::NO_CONTENT => Ok(()),
            status => Err(LinkError::Answer { what: "a pull", status, text: lossy(&answer) }),
        }
    }

    async fn take(&self, frame: Bytes) -> Result<(), LinkError> {
        match self.node.receiving.take(self.partner, &frame).await {
            receiving::Answer::Receipt(receipt) => self.give(receipt).await,
            answer => Err(LinkError::Partner(format!("its batch is not taken here: {answer}"))),
        }
    }

    async fn give(&self, receipt: String) -> Result<(), LinkError> {
        let answer = self.request(Method::POST, "/peer/v1/receipts", "text/plain", receipt.into()).await?;
        match answer.status {
            StatusCode::OK => Ok(()),
            status => Err(LinkError::Answer { what: "a receipt", status, text: lossy(&answer) }),
        }
    }

    /// The partner's log of the newest epoch that it or this node knows.
    async fn newest_log(&self, lane: Lane) -> Result<Origin, LinkError> {
        let value = self.channel.value();
        let body = serde_json::to_vec(&held_heads(&value)).unwrap_or_default();
        let answer = self.request(Method::POST, "/peer/v1/heads", "application/json", body.into()).await?;
        let shown: Heads = serde_json::from_slice(&answer.body)
            .map_err(|error| LinkError::Partner(format!("unreadable heads: {error}")))?;
        let first = Origin { channel: value.id(), agency: self.partner, epoch: 1, lane };
        Ok(shown
            .heads
            .iter()
            .filter_map(|note| note.lines().next()?.parse::<Origin>().ok())
            .filter(|origin| origin.channel == first.channel && origin.agency == first.agency && origin.lane == lane)
            .max_by_key(|origin| origin.epoch)
            .unwrap_or(first))
    }
}
