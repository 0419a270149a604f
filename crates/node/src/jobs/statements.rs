//! Statements: one a day at every channel with threads, an answer to each of others', and a comparison where two differ.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use crate::{
    audit::By,
    channel::ChannelHandle,
    clock,
    fault::Fault,
    limits,
    statements::{self, Statements},
    work::beside,
};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Does what is due whenever threads have moved, at midnight (UTC), and again after a while for what could not be done.
pub async fn run(room: Arc<Statements>, mut stop: watch::Receiver<bool>) {
    let mut moved = room.upkeep.threads.progress();
    // A partner that does not answer is not asked again with every record.
    let mut compare_at = Instant::now();
    loop {
        moved.mark_unchanged();
        let compare = Instant::now() >= compare_at;
        for channel in room.upkeep.channels.list() {
            if let Err(error) = tend(&room, &channel, compare).await {
                compare_at = Instant::now() + Duration::from_secs(limits::STATEMENTS_AGAIN_SECONDS);
                tracing::warn!(channel = %channel.id(), message = %error.message, "statements; trying again later");
            }
        }
        let to_midnight = DAY_MS - clock::now_ms() % DAY_MS;
        let pause = to_midnight.min(limits::STATEMENTS_AGAIN_SECONDS * 1000);
        tokio::select! {
            _ = moved.changed() => {}
            () = sleep(Duration::from_millis(pause)) => {}
            _ = stop.wait_for(|stopped| *stopped) => return,
        }
        // Under load one round takes what many commits brought.
        sleep(Duration::from_millis(limits::TURN_PAUSE_MS)).await;
    }
}

async fn tend(room: &Arc<Statements>, channel: &ChannelHandle, compare: bool) -> Result<(), Fault> {
    if channel.value().may_sign().is_err() {
        return Ok(());
    }
    statements::answer_due(room, channel).await?;
    if is_due(room, channel).await? {
        let position = statements::make(room, channel, By::node()).await?;
        tracing::info!(channel = %channel.id(), index = position.index, "the day's statement is made");
    }
    if compare { statements::compare::compare_due(room, channel).await } else { Ok(()) }
}

async fn is_due(room: &Arc<Statements>, channel: &ChannelHandle) -> Result<bool, Fault> {
    let (reading, id) = (Arc::clone(room), channel.id());
    let due = beside(move || match reading.upkeep.channels.get(&id) {
        Some(handle) => statements::due_today(&reading, &handle, clock::today()),
        None => Ok(false),
    });
    Ok(due.await.unwrap_or(Ok(false))?)
}
