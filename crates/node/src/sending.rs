//! Sending: the way of an agency's own records into its logs, whichever door they come through.
//!
//! - [`line`] reads a submission, a record a line;
//! - [`judge`] checks, decides and seals each line by itself;
//! - [`effect`] asks whether it would have its effect in its thread;
//! - [`place`] hands what is sealed to the channel's writer;
//! - [`waits`] lays aside what is not to be in a log yet, decides it again, and releases or stops it;
//! - [`officer`] is the protection officer's desk over what waits;
//! - [`again`] decides once more what is in a log and has not left;
//! - [`repeat`] answers lines that were submitted before under the same key.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use desks::limits::THREAD_RECORDS_MAX;
use protocol::{
    channel::Channel,
    id::{ChannelId, Hash},
    origin::{Lane, Position},
    record,
    statement::ThreadKey,
};
use texts::say;
use tokio::time::timeout;

use self::{
    judge::{Accepted, Batch, Judge, Judged},
    line::Group,
    place::{NotPlaced, With},
    repeat::{BeforePlaced, Key},
};
use crate::{
    answers::submission::NewRecord,
    audit::By,
    auditors::Auditors,
    callers::Caller,
    channel::ChannelHandle,
    channels::Channels,
    clock,
    db::Db,
    decide::{self, Decider},
    drafting::Ready,
    fault::{Code, Fault},
    limits,
    protection::Protection,
    records::delivered_to_all,
    threads::Upkeep,
};

mod again;
mod effect;
mod judge;
mod line;
mod officer;
mod place;
mod repeat;
mod waits;

pub use waits::Decision;

/// What sending needs.
pub struct Sending {
    /// Attachments that wait for their record, results kept under a caller's key, what lies aside.
    pub db: Arc<Db>,
    /// Into which own records go.
    pub channels: Arc<Channels>,
    /// Without an auditor nothing is sent (AUD-01).
    pub auditors: Arc<Auditors>,
    /// By which each record is decided.
    pub decider: Arc<Decider>,
    /// What lies aside.
    pub protection: Arc<Protection>,
    /// Threads are brought up to date before what depends on them is decided.
    pub upkeep: Arc<Upkeep>,
    /// Whether officers may approve with passkeys that are kept in more places than one authenticator.
    pub synced_passkeys: bool,
}

/// For what a caller waits, and how long.
#[derive(Debug, Clone, Copy)]
pub struct Wait {
    /// Until every partner has receipted the records, and not only until they are durable here.
    pub is_for_delivery: bool,
    /// How long at most.
    pub time_max: Duration,
}

/// What became of a line.
pub struct Outcome {
    /// By which its author knows it.
    pub id: Option<String>,
    /// Taken, or why not. Nothing of a line that was not taken is kept.
    pub taken: Result<Taken, Fault>,
}

/// Where a line is that was taken.
#[derive(Debug, Clone, Copy)]
pub enum Taken {
    /// It is a record, durable here.
    Placed {
        /// Where it lies.
        position: Position,
        /// Whether every partner has receipted it.
        is_delivered: bool,
    },
    /// It waits to be released.
    Waits,
}

/// What would become of a line.
pub struct Attempt {
    /// By which its author knows it.
    pub id: Option<String>,
    /// Under what it would be taken, or why not.
    pub outcome: Result<Would, Fault>,
}

/// Under what a line would be taken.
pub struct Would {
    /// Whether it would wait to be released.
    pub waits: bool,
    /// The agreement version that governs it.
    pub agreement: Hash,
    /// The number of that version.
    pub version: u32,
    /// The clause that its header names.
    pub clause: Option<String>,
}

/// Where the records of a group came to lie.
struct Placed {
    handle: Arc<ChannelHandle>,
    first: Position,
    count: u64,
}

impl Placed {
    /// Receipts cover all that lies below, so the last record stands for all.
    fn last(&self) -> Position {
        Position { index: (self.first.index + self.count).saturating_sub(1), ..self.first }
    }
}

impl Sending {
    /// The approvals whose second use this side refuses (RECORD-13): in a watched channel none, because the refusal would tell
    /// whether the first use left. The reader counts all.
    fn counted(&self, channel: &Channel, approvals: &[record::Judged]) -> Vec<Hash> {
        if self.protection.watches(channel) { Vec::new() } else { decide::approvals_used(approvals) }
    }

    /// Refuses approvals by passkeys that may be copied, where this agency wants none. What partners approve with is theirs.
    pub(crate) fn check_passkeys(&self, approvals: &[record::Judged]) -> Result<(), Fault> {
        let may_be_copied = |judged: &record::Judged| match &judged.approval.signature {
            record::ApprovalSignature::Webauthn(assertion) => assertion.is_backup_eligible(),
            record::ApprovalSignature::Ed25519(_) => false,
        };
        match !self.synced_passkeys && approvals.iter().any(may_be_copied) {
            true => Err(Fault::new(Code::Forbidden, say!("passkey-synced")).in_field("approvals")),
            false => Ok(()),
        }
    }

    /// Refuses what would be recorded and not be read in its thread (THREAD-9). In a watched channel nothing is: how many records of
    /// a thread have left would tell which were stopped.
    fn check_room(&self, channel: &Channel, thread: &ThreadKey) -> Result<(), Fault> {
        if !self.upkeep.threads.is_full(&channel.id(), thread) || self.protection.watches(channel) {
            return Ok(());
        }
        let message = say!("thread-full", thread_records_max = THREAD_RECORDS_MAX);
        Err(Fault::new(Code::Refused, message).in_field("thread"))
    }

    /// Takes lines: each is checked and decided by itself, and either recorded, laid aside, or refused. Those of one channel
    /// and lane that are recorded are appended in one batch, in their order, under the caller's key. What is repeated under
    /// its key is answered as it was, and changes nothing.
    ///
    /// Gives the outcomes in the order of the lines.
    ///
    /// # Errors
    /// Nothing is taken at all: no auditor is registered, or the text can't be read as lines.
    pub async fn submit(
        self: &Arc<Self>,
        caller: &Caller,
        text: Bytes,
        key: Option<String>,
        wait: Wait,
    ) -> Result<Vec<Outcome>, Fault> {
        self.auditors.check()?;
        let by = Arc::new(By::caller(caller));
        self.db.check_room()?;
        let key = key.map(|name| Key { name, digest: self.db.digest_of_request(&text) });
        let judge = Arc::new(self.judge(caller, &text, key.clone()));
        let (mut judged, mut batches) = judge.over(&text, None).await?;
        let mut placed: BTreeMap<Group, Result<Placed, Fault>> = BTreeMap::new();
        let mut laid: BTreeMap<Group, Result<(), Fault>> = BTreeMap::new();
        let mut tries = 0;
        while let Some((group, batch)) = batches.pop_first() {
            let Batch { handle, sealed, sealed_lines, to_lay, before, .. } = batch;
            if let Some(BeforePlaced { first, lines }) = &before.placed {
                let handle = Arc::clone(&handle);
                placed.insert(group, Ok(Placed { handle, first: *first, count: lines.count() }));
            }
            if !sealed.is_empty() {
                let count = sealed.count();
                let with = key.clone().map_or(With::Nothing, |key| With::Result(key, sealed_lines));
                let placing = async {
                    handle.may_sign().await?;
                    self.place(&handle, sealed, Arc::clone(&by), with).await
                };
                let result = match timeout(wait.time_max, placing).await {
                    // The agreement changed under the decision, or the same request overtook this one: the group's lines
                    // are judged again, and the caller sees only what comes of that.
                    Ok(Err(NotPlaced::Moved)) if tries < limits::DECIDE_AGAIN_MAX => {
                        tries += 1;
                        let (lines, again) = judge.over(&text, Some(group)).await?;
                        for (line, outcome) in
                            judged.iter_mut().zip(lines).filter(|(line, _)| line.group == Some(group))
                        {
                            *line = outcome;
                        }
                        batches.extend(again);
                        continue;
                    }
                    Ok(placed) => placed.map_err(Fault::from),
                    Err(_) => Err(Fault::new(Code::Unavailable, say!("not-recorded-in-time"))),
                };
                placed.insert(group, result.map(|first| Placed { handle, first, count }));
            }
            laid.insert(group, self.lay(group, to_lay, key.as_ref()).await);
        }
        // Who waits for a partner holds no memory for it.
        drop(text);
        if wait.is_for_delivery {
            let all = async {
                for placed in placed.values().flatten() {
                    placed.handle.delivered(&placed.last()).await;
                }
            };
            // Who waits no longer learns that the records are recorded: the outcome says so for each line.
            let _ = timeout(wait.time_max, all).await;
        }
        Ok(outcomes(judged, &placed, &laid))
    }

    /// Says of each line what would become of it, and changes nothing: the same checks and decisions as for a submission,
    /// without attachments' uploads, the hour's count of the urgent lane and what a reader decides for itself.
    ///
    /// # Errors
    /// The text can't be read as lines.
    pub async fn attempt(self: &Arc<Self>, caller: &Caller, text: Bytes) -> Result<Vec<Attempt>, Fault> {
        self.judge(caller, &text, None).attempt(text).await
    }

    /// The same of a record that was prepared and that nobody has signed yet.
    ///
    /// # Errors
    /// Why it would not be taken; where officers must sign, also that they have not.
    pub async fn attempt_prepared(self: &Arc<Self>, caller: &Caller, ready: &Ready) -> Result<Would, Fault> {
        let internal = |error: serde_json::Error| Fault::new(Code::Internal, error.to_string());
        let line = NewRecord {
            id: None,
            channel: ready.channel,
            lane: Some(ready.lane),
            header: serde_json::from_str(&ready.header).map_err(internal)?,
            body: Some(ready.body.as_str().into()),
            body_base64: None,
            approvals: None,
        };
        let line = serde_json::to_vec(&line).map_err(internal)?;
        let tried = self.attempt(caller, line.into()).await?.pop();
        tried.ok_or_else(|| Fault::new(Code::Internal, say!("batch-missing")))?.outcome
    }

    /// What became of the only line of a request that was made under this key, if the node keeps it.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn taken_before(&self, group: (ChannelId, Lane), key: &str) -> Result<Option<Taken>, Fault> {
        let placed = |position| Taken::Placed { position, is_delivered: false };
        Ok(repeat::taken(&self.db, group, key)?.map(|taken| taken.map_or(Taken::Waits, placed)))
    }

    fn judge(self: &Arc<Self>, caller: &Caller, text: &Bytes, key: Option<Key>) -> Judge {
        Judge { sending: Arc::clone(self), caller: caller.clone(), key, today: clock::today(), bytes: text.len() }
    }
}

fn outcomes(
    judged: Vec<Judged>,
    placed: &BTreeMap<Group, Result<Placed, Fault>>,
    laid: &BTreeMap<Group, Result<(), Fault>>,
) -> Vec<Outcome> {
    let is_delivered = |placed: &Placed| delivered_to_all(&placed.handle.value(), &placed.last());
    let delivered: BTreeMap<&Group, bool> =
        placed.iter().filter_map(|(group, placed)| Some((group, is_delivered(placed.as_ref().ok()?)))).collect();
    let taken = |accepted| match accepted {
        Accepted::Waits(group) => match laid.get(&group) {
            Some(Err(error)) => Err(error.clone()),
            _ => Ok(Taken::Waits),
        },
        Accepted::Placed(group, place) => match (placed.get(&group), delivered.get(&group)) {
            (Some(Ok(Placed { first, .. })), Some(is_delivered)) => {
                let position = Position { index: first.index + place, ..*first };
                Ok(Taken::Placed { position, is_delivered: *is_delivered })
            }
            (Some(Err(error)), _) => Err(error.clone()),
            _ => Err(Fault::new(Code::Internal, say!("batch-missing"))),
        },
    };
    judged.into_iter().map(|Judged { id, outcome, .. }| Outcome { id, taken: outcome.and_then(taken) }).collect()
}
