//! What is better done while nobody waits: moving the write-ahead log into the database.

use std::time::Duration;

use tokio::{task::spawn_blocking, time::sleep};

use crate::{limits, node::Node};

/// Moves the log whenever something was committed and then nothing for a moment, until the node stops.
pub async fn run(node: Node) {
    let mut stop = node.stop.subscribe();
    let mut before = 0;
    loop {
        tokio::select! {
            () = sleep(Duration::from_millis(limits::QUIET_MS)) => {}
            _ = stop.wait_for(|stopped| *stopped) => return,
        }
        let unmoved = node.store_if_free().map_or(0, |store| store.unmoved());
        if unmoved > 0 && unmoved == before {
            let work = node.clone();
            match spawn_blocking(move || work.store().move_log()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "the write-ahead log could not be moved; trying again"),
                Err(_) => tracing::error!("moving the write-ahead log was interrupted"),
            }
        }
        before = unmoved;
    }
}
