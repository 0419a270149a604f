//! What runs by itself: sealing-key rotation, the end of retention, cleaning up. Each job is small, idempotent and a file.

use std::time::Duration;

use tokio::{task::spawn_blocking, time::sleep};

use crate::{limits, node::Node};

pub mod activation;
pub mod retention;
pub mod sealing;

/// Runs every job now and then until the node stops.
pub async fn run(node: Node) {
    let mut stop = node.stop.subscribe();
    loop {
        sealing::rotate_due(&node).await;
        let retention = node.clone();
        if spawn_blocking(move || retention::run(&retention)).await.is_err() {
            tracing::error!("the retention job was interrupted");
        }
        tokio::select! {
            () = sleep(Duration::from_secs(limits::JOBS_SECONDS)) => {}
            _ = stop.wait_for(|stopped| *stopped) => return,
        }
    }
}
