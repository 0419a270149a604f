//! Writes down who was turned away at the agency's own port.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::sleep};

use crate::{audit::Audit, clock, limits};

/// Runs until the node stops.
pub async fn run(audit: Arc<Audit>, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = sleep(Duration::from_secs(limits::AUDIT_REFUSALS_SECONDS)) => {}
            _ = stop.wait_for(|stopped| *stopped) => return,
        }
        audit.refusals.write_due(&audit, clock::now_ms()).await;
    }
}
