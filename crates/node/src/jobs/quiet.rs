//! What is better done while nobody waits: moving the write-ahead log into the database.

use std::{sync::Arc, time::Duration};

use store::Store;
use tokio::{sync::watch, time::sleep};

use crate::{db::Db, limits, work::beside};

/// Moves the log whenever something was committed and then nothing for a moment, until the node stops. The more there is to
/// move, the shorter the moment: a commit that finds the log full has to move all of it while its caller waits.
pub async fn run(db: Arc<Db>, mut stop: watch::Receiver<bool>) {
    let mut before = 0;
    loop {
        let pause_ms = match before {
            0 => limits::QUIET_MS,
            1..limits::QUIET_COMMITS => limits::QUIET_MS / 4,
            _ => limits::QUIET_MS_MIN,
        };
        tokio::select! {
            () = sleep(Duration::from_millis(pause_ms)) => {}
            _ = stop.wait_for(|stopped| *stopped) => return,
        }
        // Whoever writes now is not quiet; what there is to move stays as it was known.
        let Some(unmoved) = db.if_free(Store::unmoved) else { continue };
        let is_quiet = unmoved > 0 && unmoved == before;
        before = unmoved;
        if is_quiet {
            let work = Arc::clone(&db);
            match beside(move || work.store().move_log()).await {
                Ok(Ok(())) => before = 0,
                Ok(Err(error)) => tracing::warn!(%error, "the write-ahead log could not be moved; trying again"),
                Err(_) => tracing::error!("moving the write-ahead log was interrupted"),
            }
        }
    }
}
