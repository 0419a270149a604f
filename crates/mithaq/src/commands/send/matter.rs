//! Where a record goes: the thread that it belongs to, or a new one.

use desks::kinds::Kind;
use node::reading::{
    record::Record,
    thread::{EffectShown, ThreadShown, WhatShown},
};
use protocol::{
    header::{Header, RecordRef, ThreadId},
    id::ChannelId,
    origin::Lane,
    suite::{AwsLc, Suite as _},
};

use super::{Args, LaneArg};
use crate::{
    api::{self, Api},
    commands::agreement::{channel_or_only, find_channel},
    failure::Failure,
    reference::Reference,
};

/// The channel and lane of a command's records, and the thread that they belong to if there is one already.
pub struct Matter {
    pub channel: ChannelId,
    pub lane: Lane,
    pub thread: Option<Thread>,
}

/// A thread that goes on.
pub struct Thread {
    pub id: ThreadId,
    /// The clause under which it was opened.
    pub clause: Option<String>,
    /// The record that is replied to.
    pub in_reply_to: Option<RecordRef>,
}

impl Matter {
    /// As the command says it.
    pub async fn of(api: &Api, args: &Args) -> Result<Self, Failure> {
        let lane = args.lane.map(|lane| match lane {
            LaneArg::Main => Lane::Main,
            LaneArg::Urgent => Lane::Urgent,
        });
        let Some(named) = &args.reply_to else {
            let channel = channel_or_only(api, args.channel.as_deref()).await?;
            return Ok(Self { channel, lane: lane.unwrap_or(Lane::Main), thread: None });
        };
        let found = match named.parse::<Reference>() {
            Ok(record) => Self::of_record(api, &record).await?,
            Err(_) => Self::of_thread(api, named, args.channel.as_deref()).await?,
        };
        match lane.is_none_or(|lane| lane == found.lane) {
            true => Ok(found),
            false => {
                let message = format!("the thread lives in the lane {}: leave --lane out", found.lane);
                Err(Failure::usage(message).in_field("lane"))
            }
        }
    }

    async fn of_record(api: &Api, record: &Reference) -> Result<Self, Failure> {
        let shown: Record = api.get(&format!("/v1/records/{record}")).await?.read()?;
        let header = Header::parse(shown.header.get().as_bytes())
            .map_err(|error| Failure::internal(format!("the record's header: {error}")))?;
        let Some(id) = header.thread else {
            return Err(Failure::usage("the record stands in no thread").in_field("reply_to"));
        };
        let in_reply_to = Some(RecordRef::from(&record.0));
        let thread = Some(Thread { id, clause: header.clause, in_reply_to });
        Ok(Self { channel: record.0.origin.channel, lane: record.0.origin.lane, thread })
    }

    async fn of_thread(api: &Api, named: &str, channel: Option<&str>) -> Result<Self, Failure> {
        let id: ThreadId = named.parse().map_err(|_| {
            let message = "a thread is 32 hexadecimal digits, and a record CHANNEL/AGENCY/EPOCH/LANE/INDEX, as \
                           `mithaq threads` and `mithaq records` print them";
            Failure::usage(format!("{named}: {message}")).in_field("reply_to")
        })?;
        let channel = match channel {
            Some(prefix) => Some(find_channel(api, prefix).await?.to_string()),
            None => None,
        };
        let path = api::query(&format!("/v1/threads/{id}"), &[("channel", channel.as_deref())]);
        let ThreadShown { line, events, .. } = api.get(&path).await?.read()?;
        let me = api.get::<node::answers::status::Status>("/v1/status").await?.read()?.agency;
        // What another party did last, and had its effect.
        let asks = events.iter().rev().find(|event| {
            event.party != me
                && matches!(event.what, WhatShown::Record { .. })
                && !matches!(event.effect, EffectShown::Ineffective(_))
        });
        let in_reply_to = asks.and_then(|event| Some(RecordRef { log: event.log.parse().ok()?, index: event.index }));
        let thread = Thread { id, clause: Some(line.clause), in_reply_to };
        Ok(Self { channel: line.channel, lane: line.lane, thread: Some(thread) })
    }
}

/// A new thread for a record: from the name of its request and from what it says, so that a request which is repeated under its name
/// is the same, and another one under that name opens another thread.
pub fn thread_of(name: &str, number: u64, kind: &Kind, body: &[u8]) -> ThreadId {
    let number = number.to_be_bytes();
    let length = u64::try_from(name.len()).unwrap_or(u64::MAX).to_be_bytes();
    let parts: [&[u8]; 6] = [b"mithaq/send/thread/v1\0", &number, &length, name.as_bytes(), kind.name.as_bytes(), body];
    let digest = AwsLc.sha256(&parts);
    let mut thread = [0; 16];
    thread.copy_from_slice(&digest[..16]);
    ThreadId(thread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_record_stands_in_the_same_thread_and_any_other_in_another() {
        let kind = desks::kinds::find("correspondence.note/1").unwrap();
        let other = desks::kinds::find("requests.request/1").unwrap();
        let first = thread_of("load", 0, kind, b"{}");
        assert_eq!(first, thread_of("load", 0, kind, b"{}"));
        let others = [
            thread_of("load", 1, kind, b"{}"),
            thread_of("loads", 0, kind, b"{}"),
            thread_of("load", 0, other, b"{}"),
            thread_of("load", 0, kind, b"{ }"),
        ];
        assert!(others.iter().all(|thread| *thread != first));
    }
}
