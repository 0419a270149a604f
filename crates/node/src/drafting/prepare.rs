//! A record as its author knows it, made into what is signed and sent.

use std::sync::Arc;

use protocol::{
    agreement::ApprovalRole,
    header::{Header, RecordRef},
    id::{AgencyId, ChannelId, Hash},
    origin::Lane,
    record::{self, Context},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use texts::say;

use super::{Drawn, GoesOn};
use crate::{
    audit::Noted,
    callers::{Caller, Scope},
    channels::Channels,
    clock,
    db::SUITE,
    fault::{Code, Fault},
    names::{self, ThreadNamed},
    reading::{
        Reading,
        thread::{EffectShown, WhatShown, Within},
    },
    words,
};

/// A record to be prepared. What is left out is filled in: from the thread that it belongs to, from the clause, or drawn.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToPrepare {
    /// The channel: that of the thread, or the only one, without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<words::Id>")]
    pub channel: Option<ChannelId>,
    /// The lane: without it that of the thread, or the usual one of the kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<words::Lane>")]
    pub lane: Option<Lane>,
    /// The kind of record.
    pub kind: String,
    /// The clause: that of the thread, or the only one that allows the kind, without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// The thread that it belongs to, or the record in it that is replied to: CHANNEL/AGENCY/EPOCH/LANE/INDEX.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Fields of the header that are to be otherwise; `null` leaves one out.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub header: Map<String, Value>,
    /// The body: text, or an object that is written as JSON.
    pub body: Value,
    /// What draws its thread and its number of its own: the same for the same name, which a request that is repeated says again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A record as it will be signed and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// The channel.
    pub channel: ChannelId,
    /// The lane.
    pub lane: Lane,
    /// The header, whose bytes are signed.
    pub header: String,
    /// The body, whose bytes are signed.
    pub body: String,
    /// The version of the agreement that governs it.
    pub agreement: Hash,
    /// What all approvals are about: the record's digest.
    pub digest: Hash,
    /// Who must approve: by the clause, and two officers of whatever concerns a person.
    pub needs: Vec<ApprovalRole>,
    /// The line that stands for it in lists.
    pub title: String,
    /// The purpose of its clause.
    pub purpose: String,
}

/// What preparing needs.
pub struct Drafting {
    /// Whose records are prepared.
    pub me: AgencyId,
    /// Where they go.
    pub channels: Arc<Channels>,
    /// What they answer.
    pub reading: Arc<Reading>,
}

/// Where a record goes.
struct Matter {
    channel: ChannelId,
    lane: Lane,
    goes_on: Option<GoesOn>,
}

impl Drafting {
    /// Prepares a record. Beside it, what was read to do so, for the audit log: also where it could not be prepared.
    pub fn prepare(&self, caller: &Caller, wanted: &ToPrepare) -> (Result<Ready, Fault>, Option<Noted>) {
        let mut noted = None;
        (self.ready(caller, wanted, &mut noted), noted)
    }

    fn ready(&self, caller: &Caller, wanted: &ToPrepare, noted: &mut Option<Noted>) -> Result<Ready, Fault> {
        let kind = super::kind(&wanted.kind)?;
        if kind.acts && wanted.reply_to.is_none() && !wanted.header.contains_key("thread") {
            let message = say!("kind-needs-thread", kind = %kind.name);
            return Err(Fault::usage(message).in_field("reply_to"));
        }
        let body = match &wanted.body {
            Value::String(text) => text.clone(),
            Value::Object(_) => wanted.body.to_string(),
            _ => return Err(Fault::usage(say!("body-form")).in_field("body")),
        };
        let usual = if kind.urgent { Lane::Urgent } else { Lane::Main };
        let matter = self.matter(caller, wanted, usual, noted)?;
        let handle = self
            .channels
            .get(&matter.channel)
            .ok_or_else(|| Fault::not_found(say!("no-channel-open", channel = %matter.channel)).in_field("channel"))?;
        let channel = handle.value();
        let governing = channel.governing(&channel.own_log(matter.lane));
        let version =
            channel.version(&governing).ok_or_else(|| Fault::new(Code::Internal, say!("no-governing-agreement")))?;
        let of_thread = matter.goes_on.as_ref().and_then(|goes_on| goes_on.clause.as_deref());
        let named = (wanted.clause.as_deref(), of_thread);
        let clause = super::clause(&version.agreement, &self.me, kind, named)?;
        let mut drawn = match &wanted.name {
            Some(name) => Drawn::of(name, kind, body.as_bytes()),
            None => Drawn::random(),
        };
        if let Some(goes_on) = &matter.goes_on {
            drawn.thread = goes_on.thread;
        }
        let mut header = super::header(&version.agreement, &clause, kind, clock::today(), drawn)?;
        header.in_reply_to = matter.goes_on.and_then(|goes_on| goes_on.in_reply_to);
        // A token speaks for its own office, so that is the one which it means.
        header.author_office = caller.office().map(str::to_owned);
        let header = super::with_fields(&header, &wanted.header)?;
        let checked = kind
            .check(&header, body.as_bytes())
            .map_err(|error| Fault::usage(error.in_file("body")).in_field(error.field.clone()))?;
        let bytes = header.encode();
        let context = Context { channel: channel.id(), author: self.me, agreement: governing };
        let digest = record::digest(SUITE, &context, &bytes, body.as_bytes());
        let clause = header.clause.as_deref().and_then(|id| version.agreement.clause(id));
        let needs = policy::approvals_needed(&header, clause.map_or(&[], |clause| &clause.approvals));
        let header = String::from_utf8(bytes).map_err(|error| Fault::new(Code::Internal, error.to_string()))?;
        let Matter { channel, lane, .. } = matter;
        let purpose = clause.map(|clause| clause.purpose.clone()).unwrap_or_default();
        let title = checked.title;
        Ok(Ready { channel, lane, header, body, agreement: governing, digest, needs, title, purpose })
    }

    /// The kind of the record that opened the thread which a record goes on, as far as the caller sees that thread.
    pub fn opener(&self, caller: &Caller, wanted: &ToPrepare) -> Option<&'static str> {
        let Matter { channel, lane, goes_on } = self.matter(caller, wanted, Lane::Main, &mut None).ok()?;
        let channel = self.channels.get(&channel)?.value();
        self.reading.opener(&channel, &goes_on?.thread, lane).ok()?
    }

    /// Where the record goes: in the usual lane of its kind, if nothing says another; and what was read to find out, for the
    /// audit log.
    fn matter(
        &self,
        caller: &Caller,
        wanted: &ToPrepare,
        usual: Lane,
        noted: &mut Option<Noted>,
    ) -> Result<Matter, Fault> {
        let Some(named) = &wanted.reply_to else {
            let channel = match wanted.channel {
                Some(channel) => channel,
                None => self.only_channel()?,
            };
            return Ok(Matter { channel, lane: wanted.lane.unwrap_or(usual), goes_on: None });
        };
        caller.check(Scope::RecordsRead).map_err(|error| error.in_field("reply_to"))?;
        let caller = &caller.clone().for_purpose(None, Scope::RecordsRead)?;
        let parts: Vec<&str> = named.split('/').collect();
        let matter = match parts[..] {
            [channel, party, epoch, lane, index] => {
                let position = names::position(&self.channels, [channel, party, epoch, lane, index])?;
                let (shown, read) = self.reading.record(caller, &position)?.into_parts();
                *noted = Some(read);
                let header = Header::parse(shown.header.get().as_bytes())
                    .map_err(|error| Fault::new(Code::Internal, say!("header-invalid", error = %error)))?;
                let thread =
                    header.thread.ok_or_else(|| Fault::usage(say!("record-in-no-thread")).in_field("reply_to"))?;
                let in_reply_to = Some(RecordRef::from(&position));
                let goes_on = Some(GoesOn { thread, clause: header.clause, in_reply_to });
                Matter { channel: position.origin.channel, lane: position.origin.lane, goes_on }
            }
            _ => {
                let id: ThreadNamed = named.parse().map_err(|error: Fault| error.in_field("reply_to"))?;
                let within = |lane| Within { channel: wanted.channel, lane };
                // Of two lanes with such a thread the caller names one; of one the other is refused below.
                let found = self.reading.thread(caller, &id, &within(None));
                let found = match wanted.lane {
                    Some(lane) if found.is_err() => self.reading.thread(caller, &id, &within(Some(lane))),
                    _ => found,
                };
                let (shown, read) = found?.into_parts();
                *noted = Some(read);
                // What another party did last, and had its effect.
                let asks = shown.events.iter().rev().find(|event| {
                    event.party != self.me
                        && matches!(event.what, WhatShown::Record { .. })
                        && !matches!(event.effect, EffectShown::Ineffective(_))
                });
                let in_reply_to =
                    asks.and_then(|event| Some(RecordRef { log: event.log.parse().ok()?, index: event.index }));
                let goes_on = Some(GoesOn { thread: shown.line.thread, clause: Some(shown.line.clause), in_reply_to });
                Matter { channel: shown.line.channel, lane: shown.line.lane, goes_on }
            }
        };
        if wanted.lane.is_some_and(|lane| lane != matter.lane) {
            let message = say!("thread-in-lane", lane = %matter.lane);
            return Err(Fault::usage(message).in_field("lane"));
        }
        if wanted.channel.is_some_and(|channel| channel != matter.channel) {
            let message = say!("record-in-channel", channel = %matter.channel);
            return Err(Fault::usage(message).in_field("channel"));
        }
        Ok(matter)
    }

    fn only_channel(&self) -> Result<ChannelId, Fault> {
        let ids: Vec<ChannelId> = self.channels.list().into_iter().map(|handle| handle.id()).collect();
        match &ids[..] {
            [only] => Ok(*only),
            [] => Err(Fault::not_found(say!("no-channel-yet"))),
            several => {
                let ids: Vec<String> = several.iter().map(|id| id.to_string()[..8].to_owned()).collect();
                let message = say!("name-one-of-channels", ids = %ids.join(", "));
                Err(Fault::usage(message).in_field("channel"))
            }
        }
    }
}
