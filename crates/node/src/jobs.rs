//! What runs by itself: sealing-key rotation, the end of retention, cleaning up, what waits for a quiet moment. Each job is small, idempotent and a file.

use std::time::Duration;

use tokio::{task::spawn_blocking, time::sleep};

use crate::{audit, limits, node::Node};

pub mod activation;
pub mod quiet;
pub mod release;
pub mod retention;
pub mod sealing;
pub mod statements;

/// Runs every job now and then until the node stops.
pub async fn run(node: Node) {
    let mut stop = node.stop.subscribe();
    loop {
        sealing::rotate_due(&node, &node.channels, &node.config).await;
        let work = node.clone();
        let ending = move || retention::run(&work, &work.channels, &work.auditors, &work.threads);
        if spawn_blocking(ending).await.is_err() {
            tracing::error!("the retention job was interrupted");
        }
        // A head that was signed shows a change of any entry below it, also before an auditor countersigned.
        let auditing = node.clone();
        match spawn_blocking(move || audit::keep_head(&auditing)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(error = error.message, "the audit log's head could not be kept"),
            Err(_) => tracing::error!("the audit job was interrupted"),
        }
        tokio::select! {
            () = sleep(Duration::from_secs(limits::JOBS_SECONDS)) => {}
            _ = stop.wait_for(|stopped| *stopped) => return,
        }
    }
}
