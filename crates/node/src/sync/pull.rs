//! Pulling: a node that partners can't reach fetches their batches by long poll, and brings the receipts itself.
//!
//! What comes in by a pull takes the same way as what is pushed: opened, decided, committed, receipted.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use hyper::{Method, StatusCode};
use protocol::{
    origin::{Lane, Origin},
    peer::{
        Pauses,
        pull::{Input, Output, Pull},
    },
};

use super::{Link, LinkError, PAUSES, SessionClock, beside, lossy};
use crate::{limits, memory::with_room};

/// A partner answers that there is nothing only after a long poll, so it is asked again at once.
const PULL_PAUSES: Pauses = Pauses { compare_ms: 0, ..PAUSES };

/// Pulls the partner's log of one lane until the node stops.
pub(super) async fn run(link: Link, lane: Lane) {
    let mut stop = link.parts.stop.clone();
    tokio::select! {
        () = link.pull(lane) => {}
        _ = stop.wait_for(|stopped| *stopped) => {}
    }
}

impl Link {
    /// Carries out what the pull of a lane asks for.
    async fn pull(&self, lane: Lane) {
        let (clock, mut pull) = (SessionClock::start(), Pull::new(self.partner, lane, PULL_PAUSES));
        let (mut input, mut frame) = (Input::Tick, Bytes::new());
        loop {
            let (next, outputs) = pull.handle(clock.now_ms(), &self.channel.value(), input);
            (pull, input) = (next, Input::Tick);
            for output in outputs {
                let (ticket, done) = match output {
                    Output::Pause { until_ms } => {
                        clock.sleep_until(until_ms).await;
                        continue;
                    }
                    Output::NotTaken(answer) => {
                        tracing::debug!(channel = %self.channel.id(), partner = %self.partner, ?answer, "not taken");
                        continue;
                    }
                    Output::ShowHeads { ticket } => {
                        (ticket, self.exchange_heads().await.map(|heads| Input::Heads { ticket, heads }))
                    }
                    Output::GiveKept { ticket, origin, size } => {
                        (ticket, self.give_kept(&origin, size).await.map(|()| Input::Given { ticket }))
                    }
                    Output::Pull { ticket, origin, from } => {
                        let pulled = self.ask_for(&origin, from).await.map(|pulled| {
                            let is_frame = pulled.is_some();
                            frame = pulled.unwrap_or_default();
                            Input::Pulled { ticket, is_frame }
                        });
                        (ticket, pulled)
                    }
                    Output::Take { ticket } => {
                        let answer = self.parts.receiving.take(self.partner, &std::mem::take(&mut frame)).await;
                        (ticket, Ok(Input::Taken { ticket, answer }))
                    }
                    Output::Give { ticket, receipt } => {
                        (ticket, self.give(receipt).await.map(|()| Input::Given { ticket }))
                    }
                };
                input = done.unwrap_or_else(|error| {
                    tracing::debug!(channel = %self.channel.id(), partner = %self.partner, %error, "pull interrupted");
                    Input::Failed { ticket }
                });
            }
        }
    }

    /// The next batch of a log from an entry on, as soon as there is one.
    async fn ask_for(&self, origin: &Origin, from: u64) -> Result<Option<Bytes>, LinkError> {
        let wait_s = limits::PULL_WAIT_SECONDS_MAX;
        let path = format!("/peer/v1/batches?origin={origin}&from={from}&wait_s={wait_s}");
        let room = self.parts.memory.of_partner(self.partner);
        let wait_max = Duration::from_secs(limits::PEER_REQUEST_SECONDS_MAX);
        let answer = self.peer()?.client.fetch(&path, limits::PEER_FRAME_BYTES_MAX, wait_max, &room).await?;
        match answer.status {
            StatusCode::OK => Ok(Some(with_room(answer.body, room))),
            StatusCode::NO_CONTENT => Ok(None),
            status => Err(LinkError::Answer { what: "a pull", status, text: lossy(&answer) }),
        }
    }

    /// A receipt that a crash kept here.
    async fn give_kept(&self, origin: &Origin, size: u64) -> Result<(), LinkError> {
        let (db, origin) = (Arc::clone(&self.parts.db), *origin);
        match beside(move || db.reader()?.receipt(&origin, size, db.me)).await? {
            Some(receipt) => self.give(receipt.note).await,
            None => Ok(()),
        }
    }

    async fn give(&self, receipt: String) -> Result<(), LinkError> {
        let answer = self.request(Method::POST, "/peer/v1/receipts", "text/plain", receipt.into()).await?;
        match answer.status {
            StatusCode::OK => Ok(()),
            status => Err(LinkError::Answer { what: "a receipt", status, text: lossy(&answer) }),
        }
    }
}
