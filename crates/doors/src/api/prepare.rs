//! `POST /v1/records/prepare`: fills in what a record's author need not know, and says what the officers sign. Whoever calls needs no
//! more cryptography than a signature with Ed25519.

use axum::{
    Extension, Json,
    extract::State,
    response::{IntoResponse, Response},
};
use node::{
    Node,
    answers::preparation::{Prepared, ToApprove, ToPrepare, ToSign},
    audit::Noted,
    callers::{Caller, Scope},
    clock,
    db::SUITE,
    drafting::{self, Drawn, GoesOn},
    fault::{Code, Fault},
    reading::thread::{EffectShown, WhatShown, Within},
    records,
    work::blocking,
};
use protocol::{
    agreement::{ApprovalRole, Clause},
    channel::Channel,
    header::{Header, RecordRef, ThreadId},
    id::{ChannelId, Hash},
    origin::Lane,
    record::{self, Context, officer_digest},
};
use serde_json::{Value, value::RawValue};

use super::channels::find;
use crate::problem::Failed;

/// Prepares a record. Nothing is kept, and nothing is sent.
pub async fn prepare(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Json(wanted): Json<ToPrepare>,
) -> Result<Response, Failed> {
    let (prepared, noted) = blocking(move || prepared(&node, &caller, wanted)).await?;
    Ok(match noted {
        Some(noted) => (Extension(noted), Json(prepared)).into_response(),
        None => Json(prepared).into_response(),
    })
}

/// Where a record goes.
struct Matter {
    channel: ChannelId,
    lane: Lane,
    goes_on: Option<GoesOn>,
}

fn prepared(node: &Node, caller: &Caller, wanted: ToPrepare) -> Result<(Prepared, Option<Noted>), Fault> {
    let kind = drafting::kind(&wanted.kind)?;
    if kind.acts && wanted.reply_to.is_none() && !wanted.header.contains_key("thread") {
        let message = format!(
            "{} has its effect in a thread that is open: name that, or the record in it (--reply-to)",
            kind.name
        );
        return Err(Fault::usage(message).in_field("reply_to"));
    }
    let body = match &wanted.body {
        Value::String(text) => text.clone(),
        Value::Object(_) => wanted.body.to_string(),
        _ => return Err(Fault::usage("the body is text, or an object").in_field("body")),
    };
    let (matter, noted) = matter(node, caller, &wanted)?;
    let channel = find(node, &matter.channel.to_string())?.value();
    let governing = channel.governing(&channel.own_log(matter.lane));
    let version = channel
        .version(&governing)
        .ok_or_else(|| Fault::new(Code::Internal, "the channel has no agreement that governs it"))?;
    let of_thread = matter.goes_on.as_ref().and_then(|goes_on| goes_on.clause.as_deref());
    let named = (wanted.clause.as_deref(), of_thread);
    let clause = drafting::clause(&version.agreement, &node.me, kind, named)?;
    let mut drawn = match &wanted.name {
        Some(name) => Drawn::of(name, kind, body.as_bytes()),
        None => Drawn::random(),
    };
    if let Some(goes_on) = &matter.goes_on {
        drawn.thread = goes_on.thread;
    }
    let mut header = drafting::header(&version.agreement, &clause, kind, clock::today(), drawn)?;
    header.in_reply_to = matter.goes_on.and_then(|goes_on| goes_on.in_reply_to);
    let header = drafting::with_fields(&header, &wanted.header)?;
    kind.check(&header, body.as_bytes())
        .map_err(|error| Fault::usage(error.in_file("body")).in_field(error.field.clone()))?;
    let bytes = header.encode();
    let context = Context { channel: channel.id(), author: node.me, agreement: governing };
    let digest = record::digest(SUITE, &context, &bytes, body.as_bytes());
    let approvals = approvals(&channel, header.clause.as_deref().and_then(|id| version.agreement.clause(id)), &digest);
    let internal = |error: &dyn std::fmt::Display| Fault::new(Code::Internal, error.to_string());
    let text = String::from_utf8(bytes).map_err(|error| internal(&error))?;
    let header = RawValue::from_string(text).map_err(|error| internal(&error))?;
    let Matter { channel, lane, .. } = matter;
    Ok((Prepared { channel, lane, header, body, author: node.me, agreement: governing, digest, approvals }, noted))
}

/// What each officer of this agency signs for each approval that a clause asks for.
fn approvals(channel: &Channel, clause: Option<&Clause>, digest: &Hash) -> Vec<ToApprove> {
    let of = |role: ApprovalRole| {
        let sign = |enrolled: &protocol::channel::officers::EnrolledOfficer| ToSign {
            office: enrolled.officer.office.clone(),
            public: enrolled.officer.public.clone(),
            enrolment: enrolled.enrolment().into(),
            sign: officer_digest(SUITE, role.name(), &enrolled.enrolment(), digest).to_vec(),
        };
        ToApprove { role, officers: channel.own_officers().map(sign).collect() }
    };
    clause.map_or(&[][..], |clause| &clause.approvals).iter().copied().map(of).collect()
}

/// Where the record goes; and what was read to find out, for the audit log.
fn matter(node: &Node, caller: &Caller, wanted: &ToPrepare) -> Result<(Matter, Option<Noted>), Fault> {
    let Some(named) = &wanted.reply_to else {
        let channel = match wanted.channel {
            Some(channel) => channel,
            None => only_channel(node)?,
        };
        return Ok((Matter { channel, lane: wanted.lane.unwrap_or(Lane::Main), goes_on: None }, None));
    };
    caller.check(Scope::RecordsRead).map_err(|error| error.in_field("reply_to"))?;
    let caller = &caller.clone().for_purpose(None, Scope::RecordsRead)?;
    let parts: Vec<&str> = named.split('/').collect();
    let (matter, noted) = match parts[..] {
        [channel, party, epoch, lane, index] => {
            let position = records::position(channel, party, epoch, lane, index)?;
            let (shown, noted) = node.reading.record(caller, &position)?.into_parts();
            let header = Header::parse(shown.header.get().as_bytes())
                .map_err(|error| Fault::new(Code::Internal, format!("the record's header: {error}")))?;
            let thread =
                header.thread.ok_or_else(|| Fault::usage("the record stands in no thread").in_field("reply_to"))?;
            let in_reply_to = Some(RecordRef::from(&position));
            let goes_on = Some(GoesOn { thread, clause: header.clause, in_reply_to });
            (Matter { channel: position.origin.channel, lane: position.origin.lane, goes_on }, noted)
        }
        _ => {
            let id: ThreadId = named.parse().map_err(|_| {
                let message = "a thread is 32 hexadecimal digits, and a record CHANNEL/AGENCY/EPOCH/LANE/INDEX";
                Fault::usage(format!("{named}: {message}")).in_field("reply_to")
            })?;
            let within = |lane| Within { channel: wanted.channel, lane };
            // Of two lanes with such a thread the caller names one; of one the other is refused below.
            let found = node.reading.thread(caller, &id, &within(None));
            let found = match wanted.lane {
                Some(lane) if found.is_err() => node.reading.thread(caller, &id, &within(Some(lane))),
                _ => found,
            };
            let (shown, noted) = found?.into_parts();
            // What another party did last, and had its effect.
            let asks = shown.events.iter().rev().find(|event| {
                event.party != node.me
                    && matches!(event.what, WhatShown::Record { .. })
                    && !matches!(event.effect, EffectShown::Ineffective(_))
            });
            let in_reply_to =
                asks.and_then(|event| Some(RecordRef { log: event.log.parse().ok()?, index: event.index }));
            let goes_on = Some(GoesOn { thread: id, clause: Some(shown.line.clause), in_reply_to });
            (Matter { channel: shown.line.channel, lane: shown.line.lane, goes_on }, noted)
        }
    };
    if wanted.lane.is_some_and(|lane| lane != matter.lane) {
        let message = format!("the thread lives in the lane {}: leave the lane out", matter.lane);
        return Err(Fault::usage(message).in_field("lane"));
    }
    if wanted.channel.is_some_and(|channel| channel != matter.channel) {
        let message = format!("the record stands in the channel {}: leave the channel out", matter.channel);
        return Err(Fault::usage(message).in_field("channel"));
    }
    Ok((matter, Some(noted)))
}

fn only_channel(node: &Node) -> Result<ChannelId, Fault> {
    let ids: Vec<ChannelId> = node.channels.list().into_iter().map(|handle| handle.id()).collect();
    match &ids[..] {
        [only] => Ok(*only),
        [] => Err(Fault::not_found("no channel is open here yet: see `mithaq agreement list`")),
        several => {
            let ids: Vec<String> = several.iter().map(|id| id.to_string()[..8].to_owned()).collect();
            let message = format!("name the channel: there are several, {}", ids.join(", "));
            Err(Fault::usage(message).in_field("channel"))
        }
    }
}
