//! `/v1/work` and `/v1/threads/{thread}/work`: what colleagues say of a thread among themselves.

use protocol::{date::Date, header::ThreadId, id::ChannelId, origin::Lane};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    office::{Matter, Remark, With},
    words,
};

/// What is said of a thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkShown {
    /// The channel.
    #[schemars(with = "words::Id")]
    pub channel: ChannelId,
    /// The lane.
    #[schemars(with = "words::Lane")]
    pub lane: Lane,
    /// The thread.
    #[schemars(with = "words::ThreadId")]
    pub thread: ThreadId,
    /// Who deals with it.
    pub with: Option<With>,
    /// What colleagues say of it, the oldest first; empty in a list.
    pub remarks: Vec<Remark>,
    /// On which day it is brought back.
    #[schemars(with = "Option<words::Day>")]
    pub bring_back: Option<Date>,
    /// When something was last said of it, milliseconds since 1970; 0 if nothing was.
    pub changed_ms: u64,
    /// Whether something was said since the caller last looked.
    pub unread: bool,
}

/// Threads that are with the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkList {
    /// Those to be looked at today first.
    pub work: Vec<WorkShown>,
}

impl WorkShown {
    /// What is said of a thread, to somebody who has read it or not.
    pub fn of(matter: &Matter, unread: bool) -> Self {
        Self {
            channel: matter.channel,
            lane: matter.lane,
            thread: matter.thread,
            with: matter.with().cloned(),
            remarks: matter.remarks().to_vec(),
            bring_back: matter.bring_back(),
            changed_ms: matter.changed_ms(),
            unread,
        }
    }
}
