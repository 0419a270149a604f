//! The records held here, in the order of their arrival.

use protocol::{
    channel::Channel,
    header::{PROTOCOL_PREFIX, ThreadId},
    id::{AgencyId, ChannelId},
    origin::Lane,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use texts::say;

use super::{Disclosed, Proof, Reading, filter};
use crate::{
    arrivals::Arrivals,
    audit::{Count, Noted},
    callers::Caller,
    db::SUITE,
    fault::Fault,
    limits,
    records::{self, Kept},
    threads::openers::Openers,
    words,
};

/// Which records.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordQuery {
    /// Only of this channel.
    pub channel: Option<ChannelId>,
    /// Number of the last batch seen, by order of arrival here.
    #[serde(default)]
    pub after: u64,
    /// The `cursor` of the last line that was read.
    pub cursor: Option<String>,
    /// At most so many.
    pub limit: Option<usize>,
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only in this state.
    pub state: Option<String>,
}

/// A record in a list, and where the list goes on behind it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RecordRow")]
pub struct Line {
    /// The record.
    #[serde(flatten)]
    pub record: Listed,
    /// A list asked with it goes on behind this record.
    pub cursor: String,
    /// When its batch arrived here, milliseconds since 1970.
    pub arrived_ms: u64,
}

/// What a list says of a record: where it lies and how it stands, nothing of its body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Listed {
    /// The channel.
    #[schemars(with = "words::Id")]
    pub channel: ChannelId,
    /// Who wrote it.
    #[schemars(with = "words::Id")]
    pub party: AgencyId,
    /// The epoch of its log.
    pub epoch: u32,
    /// The lane of its log.
    #[schemars(with = "words::Lane")]
    pub lane: Lane,
    /// Its number there.
    pub index: u64,
    /// Its thread; absent in protocol records and when the content is gone.
    #[schemars(with = "Option<words::ThreadId>")]
    pub thread: Option<ThreadId>,
    /// Its kind; absent when the content is gone.
    pub kind: Option<String>,
    /// The purpose for which it was supplied; absent in protocol records and when the content is gone.
    pub purpose: Option<String>,
    /// Whether this agency sent or received it.
    pub direction: Direction,
    /// The word of its state.
    #[schemars(with = "words::RecordState")]
    pub state: String,
    /// SHA-256 of the body; absent when the content is gone.
    pub sha256: Option<String>,
    /// The manifest's time, milliseconds since 1970.
    pub time_ms: u64,
    #[serde(skip)]
    #[schemars(skip)]
    _proof: Proof,
}

/// Which way a record went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Another agency sent it.
    In,
    /// This agency sent it.
    Out,
}

impl Reading {
    /// The records that a caller may know of, in the order of their arrival: for the caller's purposes, and what this agency
    /// wrote itself.
    ///
    /// # Errors
    /// The query names no cursor of ours, no line, or what no record has; the store can't be read.
    pub fn records(&self, caller: &Caller, query: &RecordQuery) -> Result<Disclosed<Vec<Line>>, Fault> {
        filter::check_record_kind(query.kind.as_deref())?;
        filter::check_record_state(query.state.as_deref())?;
        let lines_max = match query.limit {
            Some(0) => return Err(Fault::usage(say!("list-line-least")).in_field("limit")),
            limit => limit.unwrap_or(usize::MAX).min(limits::LIST_LINES_MAX),
        };
        let cursors = self.cursors("records");
        let cursor = query.cursor.as_deref().map(|text| cursors.read(text)).transpose()?;
        let cursor = cursor.map(|[arrival, place]| (arrival, place));
        // The batch that the cursor stands in may have more records behind it.
        let after = cursor.map_or(query.after, |(arrival, _)| arrival.saturating_sub(1));
        let reader = self.db.reader()?;
        let mut openers = Openers::new(&self.upkeep);
        let mut arrivals = Arrivals::between(&self.db, &self.channels, query.channel, after, u64::MAX)?;
        let mut lines = Vec::new();
        while lines.len() < lines_max
            && let Some((handle, arrival)) = arrivals.take()?
        {
            let channel = handle.value();
            for (kept, place) in records::in_batch(&reader, &channel, &arrival.stored)?.zip(0..) {
                if lines.len() == lines_max {
                    break;
                }
                let wanted = cursor.is_none_or(|cursor| (arrival.number, place) > cursor)
                    && query.kind.as_deref().is_none_or(|kind| kept.kind() == Some(kind))
                    && query.state.as_deref().is_none_or(|state| kept.state == state);
                if wanted && self.shows(caller, &channel, &kept, &mut openers)? {
                    let cursor = cursors.write([arrival.number, place]);
                    lines.push(Line { record: listed(&channel, kept), cursor, arrived_ms: arrival.arrived_us / 1000 });
                }
            }
        }
        let noted = Noted::facts(&Count { listed: lines.len() });
        Ok(Disclosed::new(lines, noted))
    }

    /// What is said of a record in lists, if the caller may know of it.
    pub(super) fn listed(
        &self,
        caller: &Caller,
        channel: &Channel,
        kept: Kept,
        openers: &mut Openers<'_>,
    ) -> Result<Option<Listed>, Fault> {
        Ok(self.shows(caller, channel, &kept, openers)?.then(|| listed(channel, kept)))
    }

    /// Whether a caller may see the record, for its purposes, and know that it is there.
    fn shows(&self, caller: &Caller, channel: &Channel, kept: &Kept, openers: &mut Openers<'_>) -> Result<bool, Fault> {
        let position = &kept.position;
        // What the protocol itself wrote stands beside what is hidden, and would count it: a partner says that it received
        // what an office must not see leave.
        let is_protocol = kept.kind().is_none_or(|kind| kind.starts_with(PROTOCOL_PREFIX));
        if is_protocol && !self.protection.shows_sizes(caller, channel) {
            return Ok(false);
        }
        let supplied = if position.origin.agency == channel.me() { "" } else { kept.purpose().unwrap_or_default() };
        if !caller.purposes().include(supplied) || !self.protection.shows(caller, position, kept.thread().as_ref()) {
            return Ok(false);
        }
        let opener = openers.of(channel, kept.thread().as_ref(), position.origin.lane)?;
        Ok(caller.sees(kept.kind(), opener))
    }
}

fn listed(channel: &Channel, kept: Kept) -> Listed {
    let origin = kept.position.origin;
    Listed {
        channel: origin.channel,
        party: origin.agency,
        epoch: origin.epoch,
        lane: origin.lane,
        index: kept.position.index,
        thread: kept.thread(),
        direction: if origin.agency == channel.me() { Direction::Out } else { Direction::In },
        state: kept.state.to_owned(),
        sha256: kept.opened.as_ref().map(|opened| hex::encode(SUITE.sha256(&[&opened.body]))),
        purpose: kept.purpose().map(str::to_owned),
        time_ms: kept.time,
        kind: kept.opened.map(|opened| opened.header.kind),
        _proof: Proof::default(),
    }
}
