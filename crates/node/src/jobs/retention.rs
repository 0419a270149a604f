//! The end of retention: the key of a month that is over is destroyed, and content in every copy dies with it.

use protocol::{channel::Channel, date::Date};
use store::StoreError;

use crate::{clock, limits, node::Node, threads::stubs};

/// Destroys the keys of past months, finishes erasures, and forgets results and uploads that are a day old.
pub fn run(node: &Node) {
    let now = clock::now_ms();
    let done = end_periods(node, now).and_then(|()| {
        let before = now.saturating_sub(limits::RESULT_KEPT_MS);
        node.store().forget_results(before)?;
        for pending in node.keys.all_pending()?.iter().filter(|pending| pending.created_ms < before) {
            node.keys.destroy_pending(&pending.sha256)?;
            if node.reader()?.links_of_blob(&pending.blob)?.is_empty() {
                node.blobs.remove(&pending.blob)?;
            }
        }
        let mut store = node.store();
        match store.needs_scrub().then(|| store.scrub()) {
            None | Some(Ok(_) | Err(StoreError::ReadersInTheWay)) => Ok(()),
            Some(Err(error)) => Err(error),
        }
    });
    if let Err(error) = done {
        tracing::error!(%error, "retention job failed; it runs again");
    }
}

fn end_periods(node: &Node, now: u64) -> Result<(), StoreError> {
    let today = Date::from_unix_ms(now);
    for (channel, period) in node.keys.periods()? {
        let over = today.is_some_and(|today| period.is_over(today));
        if !over {
            continue;
        }
        let handle = node.channel(&channel);
        let trusted = handle.as_ref().is_some_and(|channel| clock_is_trusted(node, &channel.value(), now));
        if !trusted {
            // A wrong clock must not destroy what others still hold us to.
            tracing::warn!(%channel, %period, "retention over, but no partner's or auditor's time confirms the clock: kept");
            continue;
        }
        if let Some(handle) = &handle {
            stubs::before_end_of_period(node, handle, period)?;
        }
        node.keys.destroy_period(channel, period)?;
        node.store().forget_aside(channel, period)?;
        if let Some(handle) = handle {
            handle.forget_fresh();
        }
        // Words of that month may be in the search index.
        node.threads.words.forget_all();
        tracing::info!(%channel, %period, "retention over: key destroyed");
    }
    Ok(())
}

/// Whether the local clock is within one day of the newest time that a partner or an auditor signed.
fn clock_is_trusted(node: &Node, channel: &Channel, now: u64) -> bool {
    channel
        .logs()
        .filter(|(origin, _)| origin.agency != channel.me())
        .map(|(_, log)| log.time())
        .chain(node.auditors.newest_ms())
        .max()
        .is_some_and(|newest| now.abs_diff(newest) <= limits::CLOCK_DIFFERENCE_MS_MAX)
}
