//! When what waits aside is released: own records and answers that provide nothing, each at the moment that was drawn for it.
//!
//! A turn may be repeated: what is released is taken from beside the channel in the transaction that appends it, and a
//! request gets one answer. What is done with each is in [`crate::sending`].

use std::{sync::Arc, time::Duration};

use protocol::date::Date;
use texts::say;
use tokio::{sync::watch, time::sleep};

use crate::{
    clock,
    fault::{Code, Fault},
    limits,
    protection::{Index, Neutral, aside::Waiting},
    sending::Sending,
    work::blocking,
};

/// Takes turns until the node stops: when something was laid aside, when something is due, and now and then.
pub async fn run(sending: Arc<Sending>, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = turn(&sending, clock::now_ms()).await {
            tracing::error!(message = %error.message, "what waits could not be released; trying again");
        }
        let longest = Duration::from_secs(limits::RELEASE_SECONDS_MAX);
        let first = sending.protection.aside(Index::next_ms);
        let now = clock::now_ms();
        // What is due and could not leave is tried again before long.
        let until = |at: u64| if at <= now { limits::RELEASE_AGAIN_MS } else { at.saturating_sub(now) };
        let pause = first.map_or(longest, |at| Duration::from_millis(until(at)).min(longest));
        tokio::select! {
            () = sending.protection.woken.notified() => {}
            () = sleep(pause.max(Duration::from_millis(limits::TURN_PAUSE_MS))) => {}
            _ = stop.wait_for(|stopped| *stopped) => return,
        }
    }
}

/// One turn, as of `now`, milliseconds since 1970: lays down the answer that requests get by default, decides own records whose
/// moment has come, releases those that pass, and releases the answers that are due.
///
/// # Errors
/// The store can't be read or written. What could not be released now stays aside.
pub async fn turn(sending: &Arc<Sending>, now: u64) -> Result<(), Fault> {
    let protection = &sending.protection;
    let _one = protection.turn.lock().await;
    expire(sending, now).await?;
    // Only what is committed is in the threads that are brought up to date next.
    let mut fresh = protection.change_aside(|index| index.fresh(&sending.db.me));
    fresh.retain(|hidden| {
        let origin = &hidden.position.origin;
        let held = sending.channels.get(&origin.channel).map(|handle| handle.value().size(origin));
        held.is_some_and(|size| hidden.position.index < size)
    });
    catch_up(sending).await?;
    let work = Arc::clone(sending);
    blocking(move || work.answer_by_default(fresh, now)).await?;
    let waiting: Vec<Waiting> = protection.aside(|index| {
        let mut due = index.pending();
        due.retain(|(_, neutral)| neutral.at <= now);
        // What answers leaves before the answer that it replaces.
        let is_due = |waiting: &&Waiting| {
            let of = |(_, neutral): &(_, Neutral)| {
                neutral.asked.origin.channel == waiting.channel && Some(neutral.thread) == waiting.thread
            };
            !waiting.stopped && (waiting.at <= now || due.iter().any(of))
        };
        index.leaving().iter().filter(is_due).copied().collect()
    });
    if !waiting.is_empty() {
        for waiting in waiting {
            sending.leave(waiting, now).await?;
        }
        catch_up(sending).await?;
    }
    let work = Arc::clone(sending);
    blocking(move || work.answer_for_stopped(now)).await?;
    let due = protection.aside(|index| {
        let mut pending = index.pending();
        pending.retain(|(_, neutral)| neutral.at <= now);
        pending
    });
    for (id, neutral) in due {
        sending.answer_with_nothing(id, neutral, now).await?;
    }
    Ok(())
}

/// Entries whose last day is past leave the register.
async fn expire(sending: &Arc<Sending>, now: u64) -> Result<(), Fault> {
    let today = Date::from_unix_ms(now).ok_or_else(|| Fault::new(Code::Internal, say!("clock-outside")))?;
    if sending.protection.register().entries().iter().all(|entry| entry.counts(today)) {
        return Ok(());
    }
    let work = Arc::clone(sending);
    blocking(move || work.protection.change(&work.db, |register, _| Ok(register.expire(today)))).await.map(drop)
}

async fn catch_up(sending: &Arc<Sending>) -> Result<(), Fault> {
    let upkeep = Arc::clone(&sending.upkeep);
    blocking(move || upkeep.catch_up()).await
}
