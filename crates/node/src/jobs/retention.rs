//! The end of retention: the key of a month that is over is destroyed, and content in every copy dies with it.

use protocol::{channel::Channel, date::Date};
use store::StoreError;

use crate::{
    audit::{self, Audit},
    auditors::Auditors,
    channels::Channels,
    clock,
    db::Db,
    limits,
    threads::{Threads, stubs},
};

/// Destroys the keys of past months, finishes erasures, and forgets results and uploads that are a day old.
pub fn run(db: &Db, channels: &Channels, auditors: &Auditors, threads: &Threads, audit: &Audit) {
    let now = clock::now_ms();
    let done = end_periods(db, channels, auditors, threads, now).and_then(|()| {
        // What destroys runs only while somebody else's time confirms the clock.
        let mut logs = channels.list().into_iter().map(|handle| handle.value());
        if logs.any(|channel| clock_is_trusted(auditors, &channel, now)) {
            audit::retention::end_old(db, &audit.holds, now)?;
        }
        let before = now.saturating_sub(limits::RESULT_KEPT_MS);
        db.store().forget_results(before)?;
        for pending in db.keys.all_pending()?.iter().filter(|pending| pending.created_ms < before) {
            db.keys.destroy_pending(&pending.sha256)?;
            if db.reader()?.links_of_blob(&pending.blob)?.is_empty() {
                db.blobs.remove(&pending.blob)?;
            }
        }
        let mut store = db.store();
        match store.needs_scrub().then(|| store.scrub()) {
            None | Some(Ok(_) | Err(StoreError::ReadersInTheWay)) => Ok(()),
            Some(Err(error)) => Err(error),
        }
    });
    if let Err(error) = done {
        tracing::error!(%error, "retention job failed; it runs again");
    }
}

fn end_periods(
    db: &Db,
    channels: &Channels,
    auditors: &Auditors,
    threads: &Threads,
    now: u64,
) -> Result<(), StoreError> {
    let today = Date::from_unix_ms(now);
    for (channel, period) in db.keys.periods()? {
        let over = today.is_some_and(|today| period.is_over(today));
        if !over {
            continue;
        }
        let handle = channels.get(&channel);
        let trusted = handle.as_ref().is_some_and(|channel| clock_is_trusted(auditors, &channel.value(), now));
        if !trusted {
            // A wrong clock must not destroy what others still hold us to.
            tracing::warn!(%channel, %period, "retention over, but no partner's or auditor's time confirms the clock: kept");
            continue;
        }
        if let Some(handle) = &handle {
            stubs::before_end_of_period(db, &handle.value(), period)?;
        }
        db.keys.destroy_period(channel, period)?;
        db.store().forget_aside(channel, period)?;
        if let Some(handle) = handle {
            handle.forget_fresh();
        }
        // Words of that month may be in the search index.
        threads.words.forget_all();
        tracing::info!(%channel, %period, "retention over: key destroyed");
    }
    Ok(())
}

/// Whether the local clock is within one day of the newest time that a partner or an auditor signed.
fn clock_is_trusted(auditors: &Auditors, channel: &Channel, now: u64) -> bool {
    channel
        .logs()
        .filter(|(origin, _)| origin.agency != channel.me())
        .map(|(_, log)| log.time())
        .chain(auditors.newest_ms())
        .max()
        .is_some_and(|newest| now.abs_diff(newest) <= limits::CLOCK_DIFFERENCE_MS_MAX)
}
