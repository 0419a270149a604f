//! Statements: one a day at every channel with threads, an answer to each of others', and a comparison where two differ.

use std::time::Duration;

use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep},
};

use crate::{channel::ChannelHandle, clock, fault::Fault, limits, node::Node, statements};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Does what is due whenever threads have moved, at midnight (UTC), and again after a while for what could not be done.
pub async fn run(node: Node) {
    let mut stop = node.stop.subscribe();
    let mut moved = node.threads.progress();
    // A partner that does not answer is not asked again with every record.
    let mut compare_at = Instant::now();
    loop {
        moved.mark_unchanged();
        let compare = Instant::now() >= compare_at;
        for channel in node.channels() {
            if let Err(error) = tend(&node, &channel, compare).await {
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

async fn tend(node: &Node, channel: &ChannelHandle, compare: bool) -> Result<(), Fault> {
    if channel.value().may_sign().is_err() {
        return Ok(());
    }
    statements::answer_due(node, channel).await?;
    if is_due(node, channel).await? {
        let position = statements::make(node, channel).await?;
        tracing::info!(channel = %channel.id(), index = position.index, "the day's statement is made");
    }
    if compare { statements::compare::compare_due(node, channel).await } else { Ok(()) }
}

async fn is_due(node: &Node, channel: &ChannelHandle) -> Result<bool, Fault> {
    let (reading, id) = (node.clone(), channel.id());
    let due = spawn_blocking(move || match reading.channel(&id) {
        Some(handle) => statements::due_today(&reading, &handle, clock::today()),
        None => Ok(false),
    });
    Ok(due.await.unwrap_or(Ok(false))?)
}
