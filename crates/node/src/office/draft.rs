//! A draft, and what may become of it. Every step is a function of the draft alone; who may take it is asked by [`super::Office`].

use std::collections::BTreeSet;

use protocol::{
    agreement::ApprovalRole,
    header::RecordRef,
    id::{ChannelId, Hash, hash_hex},
    origin::Lane,
    record::Approval,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use texts::say;

use super::care::{Care, Remark, With};
use crate::{
    drafting::{Ready, ToPrepare},
    fault::{Code, Fault},
    words,
};

/// A record that is being written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draft {
    /// Year and number: `d-2026-014`.
    pub(crate) id: String,
    /// What draws its thread and its number of its own, so that what is signed stays the same from look to look.
    pub(crate) seed: String,
    /// As its author knows it.
    pub(crate) what: ToPrepare,
    /// The channel.
    pub(crate) channel: ChannelId,
    /// The purpose of its clause; empty while the clause is not known.
    pub(crate) purpose: String,
    /// What it is called in lists.
    pub(crate) title: String,
    /// The kind of the record that opened the thread which it goes on, where that says who may see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) opened_by: Option<String>,
    pub(crate) state: State,
    /// How often it was changed.
    pub(crate) revision: u64,
    /// Ids of the people who wrote in it.
    pub(crate) writers: BTreeSet<String>,
    /// The office for which it is written.
    pub(crate) office: Option<String>,
    pub(crate) handed: Option<Handed>,
    /// What colleagues say of it, and who is to deal with it if not whoever wrote it.
    pub(crate) care: Care,
    pub(crate) created_ms: u64,
    pub(crate) sent: Option<SentAs>,
}

/// Where a draft stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "DraftState")]
pub enum State {
    /// It is being written.
    Open,
    /// It waits for approvals and for its release.
    HandedOver,
    /// It is on its way into the log: nothing else is done with it.
    Leaving,
    /// It was sent.
    Sent,
    /// It was refused, and is not sent.
    Refused,
}

/// What became of a draft that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SentAs {
    /// It is a record here.
    Recorded(#[schemars(with = "words::Entry")] RecordRef),
    /// It was taken and waits to be released by the node.
    Waiting,
}

/// A draft as its author handed it over: nothing of it changes any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Handed {
    pub(crate) lane: Lane,
    /// The header, whose bytes are signed.
    pub(crate) header: String,
    /// The body, whose bytes are signed.
    pub(crate) body: String,
    #[serde(with = "hash_hex")]
    pub(crate) agreement: Hash,
    #[serde(with = "hash_hex")]
    pub(crate) digest: Hash,
    /// Who must approve by the clause.
    pub(crate) needs: Vec<ApprovalRole>,
    pub(crate) given: Vec<Given>,
    /// The id of the person who handed it over.
    pub(crate) by: String,
}

/// An approval that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Given {
    pub(crate) approval: Approval,
    /// The id of the person whose key it is.
    pub(crate) by: String,
    pub(crate) at_ms: u64,
}

impl Handed {
    pub(crate) fn new(ready: Ready, by: &str) -> Self {
        let Ready { lane, header, body, agreement, digest, needs, .. } = ready;
        Self { lane, header, body, agreement, digest, needs, given: Vec::new(), by: by.to_owned() }
    }

    /// The approvals that are still to be given.
    pub(crate) fn missing(&self) -> impl Iterator<Item = ApprovalRole> {
        self.needs.iter().copied().filter(|role| !self.given.iter().any(|given| given.approval.role == *role))
    }

    /// Whether another person than the writers must release it.
    pub(crate) fn is_released_by_another(&self) -> bool {
        self.needs.contains(&ApprovalRole::ReleaseAuthority)
    }

    /// As it was made ready, for showing what is signed.
    pub(crate) fn ready(&self, channel: ChannelId) -> Ready {
        let Self { lane, header, body, agreement, digest, needs, .. } = self.clone();
        let (title, purpose) = (String::new(), String::new());
        Ready { channel, lane, header, body, agreement, digest, needs, title, purpose }
    }
}

impl Draft {
    /// A number that is of this draft and this state of it: what is prepared under it stays the same.
    pub(crate) fn name(&self) -> String {
        format!("draft {} {}", self.seed, self.revision)
    }

    /// The error of whoever wants more of a draft than its state allows.
    fn not_now(&self) -> Fault {
        let message = match self.state {
            State::Open => "the draft is being written: it is to be handed over first",
            State::HandedOver => "the draft was handed over: whoever has it returns it first",
            State::Leaving => "the draft is being sent at this moment",
            State::Sent => "the draft was sent",
            State::Refused => "the draft was refused: begin another one",
        };
        Fault::new(Code::Conflict, message)
    }

    pub(crate) fn check_state(&self, state: State) -> Result<(), Fault> {
        if self.state == state { Ok(()) } else { Err(self.not_now()) }
    }

    /// Refuses a change of what has been changed by others since the caller saw it.
    pub(crate) fn check_revision(&self, seen: u64) -> Result<(), Fault> {
        if self.revision == seen {
            return Ok(());
        }
        let message = say!("draft-changed", revision = %self.revision, seen = %seen);
        Err(Fault::new(Code::Conflict, message).in_field("revision"))
    }

    fn changed(&mut self, now_ms: u64) {
        self.revision = self.revision.saturating_add(1);
        self.care.changed_ms = now_ms;
    }

    pub(crate) fn save(&mut self, by: &str, what: ToPrepare, now_ms: u64) -> Result<(), Fault> {
        self.check_state(State::Open)?;
        self.what = what;
        self.writers.insert(by.to_owned());
        self.changed(now_ms);
        Ok(())
    }

    pub(crate) fn hand_over(&mut self, handed: Handed, with: Option<With>, now_ms: u64) -> Result<(), Fault> {
        self.check_state(State::Open)?;
        // Whoever hands it over stands for it, as if it were written by them.
        self.writers.insert(handed.by.clone());
        (self.state, self.handed, self.care.with) = (State::HandedOver, Some(handed), with);
        self.care.bring_back = None;
        self.changed(now_ms);
        Ok(())
    }

    pub(crate) fn approve(&mut self, given: Given) -> Result<(), Fault> {
        self.check_state(State::HandedOver)?;
        let (by, role, now_ms) = (given.by.clone(), given.approval.role, given.at_ms);
        let handed = self.handed.as_mut().ok_or_else(not_handed)?;
        if !handed.missing().any(|missing| missing == role) {
            let message = say!("draft-awaits-no-approval", role = %role.name());
            return Err(Fault::new(Code::Conflict, message).in_field("approval"));
        }
        if role != ApprovalRole::Author && self.writers.contains(&by) {
            let message = say!("approve-own");
            return Err(Fault::new(Code::Refused, message).by_rule("EYE-01").in_field("approval"));
        }
        if handed.given.iter().any(|other| other.by == by) {
            let message = say!("approve-once");
            return Err(Fault::new(Code::Refused, message).by_rule("EYE-01").in_field("approval"));
        }
        handed.given.push(given);
        self.care.changed_ms = now_ms;
        Ok(())
    }

    /// Gives it back to whoever wrote it: what was approved counts no more.
    pub(crate) fn give_back(&mut self, remark: Remark) -> Result<(), Fault> {
        self.check_state(State::HandedOver)?;
        let now_ms = remark.at_ms;
        (self.state, self.handed, self.care.with) = (State::Open, None, None);
        self.care.add_remark(remark)?;
        self.changed(now_ms);
        Ok(())
    }

    pub(crate) fn refuse(&mut self, remark: Remark) -> Result<(), Fault> {
        self.check_state(State::HandedOver)?;
        let now_ms = remark.at_ms;
        self.care.add_remark(remark)?;
        self.state = State::Refused;
        self.changed(now_ms);
        Ok(())
    }

    /// Begins to send it. What is begun again goes on.
    pub(crate) fn leave(&mut self, now_ms: u64) -> Result<(), Fault> {
        if self.state == State::Leaving {
            return Ok(());
        }
        self.check_state(State::HandedOver)?;
        let handed = self.handed.as_ref().ok_or_else(not_handed)?;
        if let Some(missing) = handed.missing().next() {
            let message = say!("approval-also-asked", missing = %missing.name());
            return Err(Fault::new(Code::Refused, message).by_rule("EYE-01").in_field("approval"));
        }
        self.state = State::Leaving;
        self.care.changed_ms = now_ms;
        Ok(())
    }

    /// It was sent: from now on the record is what counts, and nothing of its content is kept here.
    pub(crate) fn sent(&mut self, sent: SentAs, now_ms: u64) {
        self.what.body = serde_json::Value::Null;
        self.what.header.clear();
        if let Some(handed) = &mut self.handed {
            handed.header.clear();
            handed.body.clear();
            handed.given.clear();
        }
        self.care.remarks.clear();
        self.title.clear();
        (self.state, self.sent) = (State::Sent, Some(sent));
        self.changed(now_ms);
    }

    /// It was not sent after all.
    pub(crate) fn stay(&mut self) {
        if self.state == State::Leaving {
            self.state = State::HandedOver;
        }
    }
}

fn not_handed() -> Fault {
    Fault::new(Code::Internal, say!("handed-not-kept"))
}
