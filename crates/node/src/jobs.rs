//! What runs by itself: sealing-key rotation, the end of retention, cleaning up, what waits for a quiet moment. Each job is small, idempotent and a file.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::sleep};

use crate::{
    agreements::{self, Agreements},
    audit::{self, Audit},
    auditors::Auditors,
    channels::Channels,
    clock,
    config::Config,
    db::Db,
    limits,
    office::Office,
    people::People,
    threads::Threads,
    work::beside,
};

pub mod activation;
pub mod homes;
pub mod quiet;
pub mod refusals;
pub mod release;
pub mod retention;
pub mod sealing;
pub mod statements;

/// What these jobs need.
pub struct Parts {
    /// What ends, and what is signed.
    pub db: Arc<Db>,
    /// Whose keys change.
    pub channels: Arc<Channels>,
    /// Whose signed times confirm the clock.
    pub auditors: Arc<Auditors>,
    /// Whose entries end too.
    pub audit: Arc<Audit>,
    /// Of whom those who left are forgotten.
    pub people: Arc<People>,
    /// Whose drafts end too.
    pub office: Arc<Office>,
    /// What keeps words that end too.
    pub threads: Arc<Threads>,
    /// Of which some are only offered.
    pub agreements: Arc<Agreements>,
    /// How long keys live.
    pub config: Config,
}

/// Runs every job now and then until the node stops.
pub async fn run(parts: Arc<Parts>, mut stop: watch::Receiver<bool>) {
    loop {
        sealing::rotate_due(&parts.db, &parts.channels, &parts.config).await;
        let work = Arc::clone(&parts);
        let ending = move || retention::run(&work);
        if beside(ending).await.is_err() {
            tracing::error!("the retention job was interrupted");
        }
        let offered = Arc::clone(&parts.agreements);
        if let Ok(Err(error)) = beside(move || agreements::expire(&offered, clock::now_ms())).await {
            tracing::error!(%error, "offers that are over could not be forgotten");
        }
        // A head that was signed shows a change of any entry below it, also before an auditor countersigned.
        let auditing = Arc::clone(&parts.db);
        match beside(move || audit::keep_head(&auditing)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(error = %error.message, "the audit log's head could not be kept"),
            Err(_) => tracing::error!("the audit job was interrupted"),
        }
        tokio::select! {
            () = sleep(Duration::from_secs(limits::JOBS_SECONDS)) => {}
            _ = stop.wait_for(|stopped| *stopped) => return,
        }
    }
}
