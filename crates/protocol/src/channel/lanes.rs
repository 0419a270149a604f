//! The two lanes: the urgent one is capped so that it stays fast, and a thread lives in one of them.
//!
//! The cap counts by the hours of the manifests' times, which never run backwards in a log: sender and receiver count the
//! same records into the same hours, whenever they arrive.

use serde::{Deserialize, Serialize};

use crate::{agreement::Agreement, header::Header, origin::Lane};

const HOUR_MS: u64 = 60 * 60 * 1000;

/// How many records of a log fall into the hour of its latest manifest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// Hours since 1970.
    hour: u64,
    /// Records in it so far.
    records: u32,
}

impl Pace {
    /// The pace after more records in a batch of this time (milliseconds since 1970).
    #[must_use]
    pub fn with(self, time: u64, records: u32) -> Self {
        let hour = time / HOUR_MS;
        let before = if self.hour == hour { self.records } else { 0 };
        Self { hour, records: before.saturating_add(records) }
    }

    /// Whether it keeps what an agreement allows in the lane.
    pub fn keeps(self, agreement: &Agreement, lane: Lane) -> bool {
        lane != Lane::Urgent || self.records <= agreement.urgent().records_per_hour_max
    }
}

/// Why a record may not stand in a lane by itself, if it may not: a code for refusals.
pub fn lane_refuses(agreement: &Agreement, lane: Lane, header: &Header, body_bytes: usize) -> Option<&'static str> {
    let answers_other_lane = header.in_reply_to.as_ref().is_some_and(|place| place.log.lane != lane);
    if answers_other_lane {
        return Some("thread-in-other-lane");
    }
    let attachments = header.attachments.iter().map(|attachment| attachment.size);
    if agreement.attachment_bytes_max().is_some_and(|most| attachments.clone().any(|bytes| bytes > most)) {
        return Some("attachment-too-large");
    }
    let bytes = attachments.fold(u64::try_from(body_bytes).unwrap_or(u64::MAX), u64::saturating_add);
    let too_large = lane == Lane::Urgent && bytes > u64::from(agreement.urgent().record_bytes_max);
    too_large.then_some("too-large-for-urgent")
}
