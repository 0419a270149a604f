//! What waits aside is released: own records that pass, at once; answers that provide nothing, at their moment.
//!
//! The job is idempotent: what is released is taken from beside the channel in the transaction that appends it, and a
//! request gets one answer. Nothing here is logged that tells what was stopped.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use protocol::{
    channel::{
        Channel,
        admit::period_of,
        append::{AppendError, Prepared},
    },
    commit::{Aside, AsideId, Period},
    date::Date,
    encoding::{from_base64, to_base64},
    header::Header,
    id::Hash,
    origin::{Lane, Position},
    record::{Context, Parts},
};
use store::StoreError;
use tokio::{task::spawn_blocking, time::sleep};

use crate::{
    audit::By,
    callers::ROLES,
    channel::ChannelHandle,
    clock,
    db::SUITE,
    decide::{self, Candidate, Terms, life},
    fault::{Code, Fault},
    limits,
    node::Node,
    person_counts::Claim,
    protection::{
        Item, Leaving, Neutral,
        aside::{self, Waiting},
        neutral,
    },
    records, threads,
    writer::{Order, Submission, WriteError},
};

/// Takes turns until the node stops: when something was laid aside, when something is due, and now and then.
pub async fn run(node: Node) {
    let mut stop = node.stop.subscribe();
    loop {
        if let Err(error) = turn(&node, clock::now_ms()).await {
            tracing::error!(message = error.message, "what waits could not be released; trying again");
        }
        let longest = Duration::from_secs(limits::RELEASE_SECONDS_MAX);
        let first = node.protection.aside(|index| index.pending().first().map(|(_, neutral)| neutral.at));
        let pause = first.map_or(longest, |at| Duration::from_millis(at.saturating_sub(clock::now_ms())).min(longest));
        tokio::select! {
            () = node.protection.woken.notified() => {}
            () = sleep(pause.max(Duration::from_millis(limits::TURN_PAUSE_MS))) => {}
            _ = stop.wait_for(|stopped| *stopped) => return,
        }
    }
}

/// One turn, as of `now`, milliseconds since 1970: decides own records that wait, releases those that pass, makes the
/// answers to requests that are not processed, and releases the answers that are due.
///
/// # Errors
/// The store can't be read or written. What could not be released now stays aside.
pub async fn turn(node: &Node, now: u64) -> Result<(), Fault> {
    let _one = node.protection.turn.lock().await;
    expire(node, now)?;
    catch_up(node).await?;
    let waiting: Vec<Waiting> =
        node.protection.aside(|index| index.leaving().iter().filter(|waiting| !waiting.stopped).copied().collect());
    if !waiting.is_empty() {
        for waiting in waiting {
            leave(node, waiting, now).await?;
        }
        catch_up(node).await?;
    }
    let work = node.clone();
    spawn_blocking(move || answer_for_nobody(&work, now)).await.map_err(|_| interrupted())??;
    let due = node.protection.aside(|index| {
        let mut pending = index.pending();
        pending.retain(|(_, neutral)| neutral.at <= now);
        pending
    });
    for (id, neutral) in due {
        answer(node, (id, neutral), now).await?;
    }
    Ok(())
}

/// Whether an own record may leave now: what it was stopped by, if it may not.
pub enum Decision {
    /// It may, with the persons that it counts in.
    Passes(Box<Passing>),
    /// A rule stops it; whether that is a hidden one.
    Stopped(String, bool),
}

/// A record that passes, sealed.
pub struct Passing {
    prepared: Prepared,
    why: BTreeSet<String>,
    /// Its kind, if one officer releases it alone (EYE-03).
    alone: Option<String>,
    claims: Vec<Claim>,
    attachments: Vec<Hash>,
    standing: protocol::channel::life::Standing,
}

/// Decides an own record that lies aside, under what is in force now.
///
/// # Errors
/// The store can't be read, or an attachment is not there any more.
pub fn decide(node: &Node, channel: &Channel, leaving: &Leaving, now: u64) -> Result<Decision, Fault> {
    let body = from_base64(&leaving.body).unwrap_or_default();
    let header = Header::parse(leaving.header.as_bytes()).map_err(|error| Fault::usage(error.to_string()))?;
    let today = day(now)?;
    let origin = channel.own_log(leaving.lane);
    let standing = channel.standing(&origin);
    let Some(terms) = Terms::of(node, channel, &origin, &standing.agreement, today)? else {
        return Ok(Decision::Stopped("AGR-01".into(), false));
    };
    let context = Context { channel: channel.id(), author: node.me, agreement: standing.agreement };
    let approvals = leaving.approvals.as_bytes();
    let given = decide::approvals_of(channel, &context, leaving.header.as_bytes(), &body, approvals)?;
    let candidate = Candidate { header: &header, body: &body, approvals: &given };
    if let Some(rule) = terms.stopped(node, channel, &candidate)? {
        return Ok(Decision::Stopped(rule.to_owned(), true));
    }
    let public = life::check_sending(channel, terms.agreement(), today)
        .and_then(|()| life::check_lane(terms.agreement(), leaving.lane, &header, body.len()))
        .and_then(|()| terms.leaving(&candidate));
    let claims = match public {
        Ok(claim) => claim.into_iter().collect(),
        Err(error) => return Ok(Decision::Stopped(error.rule.unwrap_or_else(|| "usage".into()), false)),
    };
    let (keys, blob_bytes) = match crate::attachments::keys_for(node, &header) {
        Ok(keys) => keys,
        Err(error) if error.code == Code::NotFound => return Ok(Decision::Stopped("attachment".into(), false)),
        Err(error) => return Err(error),
    };
    let parts = Parts { header: leaving.header.as_bytes(), approvals, attachments: &keys, body: &body };
    let prepared = sealed(&context, &parts, period_of(&header, now), &blob_bytes)?;
    let attachments = header.attachments.iter().map(|attachment| attachment.sha256).collect();
    let alone = decide::is_released_alone(&header, &given).then(|| header.kind.clone());
    let why = header.purpose.into_iter().collect();
    Ok(Decision::Passes(Box::new(Passing { prepared, why, alone, claims, attachments, standing })))
}

/// Decides an own record that waits, and releases or stops it.
async fn leave(node: &Node, Waiting { id, channel, .. }: Waiting, now: u64) -> Result<(), Fault> {
    let Some(handle) = node.channel(&channel) else { return Ok(()) };
    let leaving = match aside::leaving(&node.reader()?, &id) {
        Ok(leaving) => leaving,
        // Its retention ended while it waited, and its row went with it.
        Err(error) if error.code == Code::NotFound => {
            node.protection.change_aside(|index| index.remove(&id));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    for _ in 0..limits::DECIDE_AGAIN_MAX {
        if handle.value().may_sign().is_err() {
            return Ok(());
        }
        let (work, value, deciding) = (node.clone(), handle.value(), leaving.clone());
        let decision =
            spawn_blocking(move || decide(&work, &value, &deciding, now)).await.map_err(|_| interrupted())??;
        match decision {
            Decision::Stopped(rule, hidden) => {
                let header = Header::parse(leaving.header.as_bytes()).ok();
                let period = header.map_or(Period::CHANNEL, |header| period_of(&header, now));
                let stopped = Leaving { stopped: Some(rule), hidden, ..leaving };
                return aside::lay(node, channel, (&Item::Leaving(Box::new(stopped)), period), Some(id));
            }
            Decision::Passes(passing) => {
                let by = By { token: leaving.token.clone(), role: role(&leaving.role) };
                let Passing { prepared, why, alone, claims, attachments, standing } = *passing;
                let (lane, aside) = (leaving.lane, (id, None));
                let submission = Released { lane, prepared, why, alone, claims, standing, by, aside };
                match submission.append(&handle).await {
                    Ok(()) => {
                        node.protection.change_aside(|index| index.remove(&id));
                        attachments.iter().try_for_each(|sha256| node.keys.destroy_pending(sha256).map(drop))?;
                        return Ok(());
                    }
                    Err(WriteError::Append(AppendError::Moved)) => {}
                    // The channel can't take it now: it waits on.
                    Err(WriteError::Append(_)) => return Ok(()),
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }
    Ok(())
}

/// Lays the answers aside to requests that nobody processes: those of a feared state about a protected person (ASY-04), and
/// those whose answer a hidden rule stopped (ASY-01, ASY-03).
fn answer_for_nobody(node: &Node, now: u64) -> Result<(), Fault> {
    let reader = node.reader()?;
    let (arrived, stopped) = node.protection.aside(|index| {
        let stopped: Vec<Waiting> = index.leaving().iter().filter(|waiting| waiting.stopped).copied().collect();
        (index.arrived(), stopped)
    });
    for (_, arrived) in arrived {
        let position = arrived.position;
        let Some(handle) = node.channel(&position.origin.channel) else { continue };
        let channel = handle.value();
        if node.protection.aside(|index| index.answer_in(channel.id(), &arrived.thread)).is_some()
            || !is_protected(node, &channel, &position, now)?
        {
            continue;
        }
        if let Some(asked) = neutral::asked(node, &channel, position.origin.lane, arrived.thread)? {
            neutral::intend(node, &asked, now)?;
        }
    }
    for waiting in stopped {
        let Some(handle) = node.channel(&waiting.channel) else { continue };
        let Some(thread) = waiting.thread else { continue };
        if node.protection.aside(|index| index.answer_in(waiting.channel, &thread)).is_some() {
            continue;
        }
        let Ok(leaving) = aside::leaving(&reader, &waiting.id) else { continue };
        let (Ok(header), Some(body)) = (Header::parse(leaving.header.as_bytes()), from_base64(&leaving.body)) else {
            continue;
        };
        if !leaving.hidden || !decide::answers(&header, &body) {
            continue;
        }
        if let Some(asked) = neutral::asked(node, &handle.value(), leaving.lane, thread)? {
            neutral::intend(node, &asked, now)?;
        }
    }
    Ok(())
}

/// Whether a partner's record that is held names a person who is protected from its state now (ASY-04).
///
/// # Errors
/// The store can't be read.
pub fn is_protected(node: &Node, channel: &Channel, position: &Position, now: u64) -> Result<bool, Fault> {
    // What can't be opened any more names nobody: its content is gone.
    let Ok(opened) = records::open(&node.reader()?, channel, position) else { return Ok(false) };
    let agreement = channel.version_at(&position.origin, position.index);
    let Some(terms) = Terms::of(node, channel, &position.origin, &agreement, day(now)?)? else { return Ok(false) };
    let candidate = Candidate { header: &opened.header, body: &opened.body, approvals: &[] };
    Ok(terms.names_protected(&candidate))
}

/// Releases an answer that provides nothing. What stands in its way now leaves it waiting; where the thread is over it is
/// done without being sent.
async fn answer(node: &Node, (id, neutral): (AsideId, Neutral), now: u64) -> Result<(), Fault> {
    let origin = neutral.asked.origin;
    let Some(handle) = node.channel(&origin.channel) else { return Ok(()) };
    let done = Item::Neutral(Neutral { done: true, ..neutral });
    for _ in 0..limits::DECIDE_AGAIN_MAX {
        let value = handle.value();
        if value.may_sign().is_err() {
            return Ok(());
        }
        let work = node.clone();
        let composed = spawn_blocking(move || nothing(&work, &value, &neutral, now)).await;
        let (prepared, why, standing) = match composed.map_err(|_| interrupted())? {
            Ok(Some(composed)) => composed,
            Ok(None) => return aside::lay(node, origin.channel, (&done, Period::CHANNEL), Some(id)),
            Err(error) if matches!(error.code, Code::Refused | Code::Usage) => return Ok(()),
            Err(error) => return Err(error),
        };
        let laid = done.laid(Period::CHANNEL);
        let kept = laid.id;
        let by = By { token: "node".into(), role: "node" };
        let (lane, aside) = (origin.lane, (id, Some(laid)));
        let released = Released { lane, prepared, why, alone: None, claims: Vec::new(), standing, by, aside };
        match released.append(&handle).await {
            Ok(()) => {
                node.protection.change_aside(|index| {
                    index.remove(&id);
                    index.insert(kept, origin.channel, &done);
                });
                return Ok(());
            }
            Err(WriteError::Append(AppendError::Moved)) => {}
            Err(WriteError::Append(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The answer, decided and sealed; `None` if its request waits for no answer any more.
fn nothing(
    node: &Node,
    channel: &Channel,
    neutral: &Neutral,
    now: u64,
) -> Result<Option<(Prepared, BTreeSet<String>, protocol::channel::life::Standing)>, Fault> {
    let today = day(now)?;
    let origin = channel.own_log(neutral.asked.origin.lane);
    let standing = channel.standing(&origin);
    let Some(asked) = neutral::asked(node, channel, origin.lane, neutral.thread)? else { return Ok(None) };
    let terms = Terms::of(node, channel, &origin, &standing.agreement, today)?
        .ok_or_else(|| Fault::new(Code::Refused, "nothing is decided under the governing agreement"))?;
    life::check_sending(channel, terms.agreement(), today)?;
    let (header, body) = neutral::compose(node, channel, terms.agreement(), &asked, today)?;
    terms.leaving(&Candidate { header: &header, body, approvals: &[] })?;
    let bytes = header.encode();
    let context = Context { channel: channel.id(), author: node.me, agreement: standing.agreement };
    let parts = Parts { header: &bytes, approvals: &[], attachments: &[], body };
    let prepared = sealed(&context, &parts, period_of(&header, now), &[])?;
    Ok(Some((prepared, header.purpose.into_iter().collect(), standing)))
}

/// One record, sealed.
fn sealed(context: &Context, parts: &Parts<'_>, period: Period, blob_bytes: &[u64]) -> Result<Prepared, Fault> {
    let mut prepared = Prepared::with_capacity(1, parts.body.len());
    let pushed = prepared.push(SUITE, &mut crate::entropy(), context, parts, period, blob_bytes);
    pushed.map_err(|error| Fault::new(Code::Internal, error.to_string()))?;
    Ok(prepared)
}

/// A record that is appended now, and what is taken from beside the channel with it.
struct Released {
    lane: Lane,
    prepared: Prepared,
    why: BTreeSet<String>,
    alone: Option<String>,
    claims: Vec<Claim>,
    standing: protocol::channel::life::Standing,
    by: By,
    aside: (AsideId, Option<Aside>),
}

impl Released {
    async fn append(self, handle: &Arc<ChannelHandle>) -> Result<(), WriteError> {
        let Self { lane, prepared, why, alone, claims, standing, by, aside } = self;
        let order = |reply| {
            Order::Submit(Box::new(Submission {
                lane,
                by: Arc::new(by),
                why,
                alone: alone.into_iter().map(|kind| (0, kind)).collect(),
                prepared,
                decided: standing,
                key: None,
                answer: Box::new(|_, _| Vec::new()),
                claims,
                aside: Some(aside),
                reply,
            }))
        };
        handle.ask(order).await.map(drop)
    }
}

/// Keeps a record aside that was recorded, and is stopped before it left: the protection officer sees it, and a request that
/// it answers ends as it would have.
///
/// # Errors
/// The store can't be written.
pub fn stopped_when_recorded(
    node: &Node,
    position: Position,
    opened: &records::Opened,
    rule: &str,
) -> Result<(), StoreError> {
    let known = |index: &crate::protection::Index| index.leaving().iter().any(|w| w.recorded == Some(position));
    if node.protection.aside(known) {
        return Ok(());
    }
    let leaving = Leaving {
        lane: position.origin.lane,
        header: String::from_utf8_lossy(&opened.header_bytes).into_owned(),
        body: to_base64(&opened.body),
        approvals: String::from_utf8_lossy(&opened.approvals).into_owned(),
        token: "node".into(),
        role: "node".into(),
        stopped: Some(rule.to_owned()),
        hidden: true,
        recorded: Some(position),
    };
    let period = period_of(&opened.header, clock::now_ms());
    let laid = aside::lay(node, position.origin.channel, (&Item::Leaving(Box::new(leaving)), period), None);
    laid.map_err(|error| StoreError::Damaged { place: "what lies aside".into(), reason: error.message })?;
    node.protection.woken.notify_one();
    Ok(())
}

/// Entries whose last day is past leave the register.
fn expire(node: &Node, now: u64) -> Result<(), Fault> {
    let today = day(now)?;
    if node.protection.register().entries().iter().all(|entry| entry.counts(today)) {
        return Ok(());
    }
    node.protection.change(node, |register, _| Ok(register.expire(today))).map(drop)
}

async fn catch_up(node: &Node) -> Result<(), Fault> {
    let node = node.clone();
    Ok(spawn_blocking(move || threads::catch_up(&node)).await.map_err(|_| interrupted())??)
}

fn day(now: u64) -> Result<Date, Fault> {
    Date::from_unix_ms(now).ok_or_else(|| Fault::new(Code::Internal, "the clock is outside of time"))
}

/// The role's name, as audit entries hold it.
fn role(name: &str) -> &'static str {
    ROLES.iter().map(|role| role.name()).find(|known| *known == name).unwrap_or("bootstrap")
}

fn interrupted() -> Fault {
    Fault::new(Code::Internal, "releasing was interrupted")
}
