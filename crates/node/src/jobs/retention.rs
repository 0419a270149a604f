//! The end of retention: the key of a month that is over is destroyed, and content in every copy dies with it.

use protocol::{channel::Channel, commit::Period, date::Date, id::ChannelId};
use store::{PendingAttachment, StoreError};

use super::Parts;
use crate::{audit, auditors::Auditors, clock, limits, threads::stubs};

/// Content of one channel that goes together: with the key of its month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The channel.
    pub channel: ChannelId,
    /// The first day on which it is gone.
    pub gone: Date,
    /// Whether that day has come, and the content is here still because nobody else's time confirms the clock.
    pub is_held_up: bool,
}

/// What goes when, the next first. What is kept as long as its channel has no day.
///
/// # Errors
/// The folder of keys can't be read.
pub fn due(parts: &Parts, now: u64) -> Result<Vec<Due>, StoreError> {
    let Parts { db, channels, auditors, .. } = parts;
    let today = Date::from_unix_ms(now);
    let due = |(channel, period): (ChannelId, Period)| {
        let (year, month) = period.year_month()?;
        let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        let is_trusted =
            || channels.get(&channel).is_some_and(|handle| clock_is_trusted(auditors, &handle.value(), now));
        let is_over = today.is_some_and(|today| period.is_over(today));
        let gone = format!("{year:04}-{month:02}-01").parse().ok()?;
        Some(Due { channel, gone, is_held_up: is_over && !is_trusted() })
    };
    let mut found: Vec<Due> = db.keys.periods()?.into_iter().filter_map(due).collect();
    found.sort_by_key(|due| due.gone);
    Ok(found)
}

/// Destroys the keys of past months, finishes erasures, and forgets results and uploads that are a day old.
pub fn run(parts: &Parts) {
    let now = clock::now_ms();
    if let Err(error) = end(parts, now) {
        tracing::error!(%error, "retention job failed; it runs again");
    }
}

fn end(parts: &Parts, now: u64) -> Result<(), StoreError> {
    let Parts { db, channels, auditors, audit, people, office, .. } = parts;
    end_periods(parts, now)?;
    // What destroys runs only while somebody else's time confirms the clock.
    let mut logs = channels.list().into_iter().map(|handle| handle.value());
    if logs.any(|channel| clock_is_trusted(auditors, &channel, now)) {
        audit::retention::end_old(db, &audit.holds, now)?;
        if let Err(error) = people.forget(db, now) {
            tracing::error!(error = %error.message, "people who left long ago could not be forgotten");
        }
    }
    let before = now.saturating_sub(limits::RESULT_KEPT_MS);
    db.store().forget_results(before)?;
    let is_old = |pending: &&PendingAttachment| pending.created_ms < before && !office.names_file(&pending.sha256);
    for pending in db.keys.all_pending()?.iter().filter(is_old) {
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
}

fn end_periods(Parts { db, channels, auditors, threads, office, .. }: &Parts, now: u64) -> Result<(), StoreError> {
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
        office.end_period(channel, period)?;
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
