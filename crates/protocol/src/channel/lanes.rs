//! The two lanes: the urgent one is capped so that it stays fast, and a thread lives in one of them.
//!
//! Caps count by the hours and days of the manifests' times, which never run backwards in a log: sender and receiver count the
//! same records into the same hours and days, whenever they arrive. A day's caps are over both lanes. A reader that has seen
//! less of the other lane counts less, so it never refuses what the sender could send.

use serde::{Deserialize, Serialize};

use crate::{agreement::Agreement, header::Header, origin::Lane};

const HOUR_MS: u64 = 60 * 60 * 1000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// How many records of a log fall into the hour and the day of its latest manifest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// Hours since 1970.
    hour: u64,
    /// Records in it so far.
    records: u32,
    /// Days since 1970.
    #[serde(default)]
    day: u64,
    /// Records in it so far.
    #[serde(default)]
    day_records: u32,
    /// Bytes in it so far: of records and attachments, as sealed.
    #[serde(default)]
    day_bytes: u64,
}

/// A cap that is exceeded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Beyond {
    /// Records of the urgent lane in an hour.
    #[error("the agreement lets a party send {0} urgent records in an hour")]
    UrgentHour(u32),
    /// Records in a day.
    #[error("the agreement lets a party send {0} records in a day: go on tomorrow (UTC)")]
    DayRecords(u32),
    /// Bytes in a day.
    #[error("the agreement lets a party send {0} bytes in a day, attachments included: go on tomorrow (UTC)")]
    DayBytes(u64),
}

impl Beyond {
    /// A code for refusals.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UrgentHour(_) => "too-many-urgent",
            Self::DayRecords(_) => "too-many-today",
            Self::DayBytes(_) => "too-many-bytes-today",
        }
    }
}

impl Pace {
    /// The pace after more records of so many bytes, attachments included, in a batch of this time (milliseconds since
    /// 1970).
    #[must_use]
    pub fn with(self, time: u64, records: u32, bytes: u64) -> Self {
        let (hour, day) = (time / HOUR_MS, time / DAY_MS);
        let before = if self.hour == hour { self.records } else { 0 };
        let (day_before, bytes_before) = if self.day == day { (self.day_records, self.day_bytes) } else { (0, 0) };
        Self {
            hour,
            records: before.saturating_add(records),
            day,
            day_records: day_before.saturating_add(records),
            day_bytes: bytes_before.saturating_add(bytes),
        }
    }

    /// The cap of an agreement that it exceeds in its lane, if it does; `other` is the pace of the same party's other lane.
    pub fn beyond(self, agreement: &Agreement, lane: Lane, other: Self) -> Option<Beyond> {
        let urgent = agreement.urgent().records_per_hour_max;
        if lane == Lane::Urgent && self.records > urgent {
            return Some(Beyond::UrgentHour(urgent));
        }
        let caps = agreement.caps?;
        let same_day = if other.day == self.day { (other.day_records, other.day_bytes) } else { (0, 0) };
        let records = self.day_records.saturating_add(same_day.0);
        let bytes = self.day_bytes.saturating_add(same_day.1);
        let too_many = caps.records_per_day_max.filter(|most| records > *most).map(Beyond::DayRecords);
        too_many.or_else(|| caps.bytes_per_day_max.filter(|most| bytes > *most).map(Beyond::DayBytes))
    }
}

/// Why a record may not stand in a lane by itself, if it may not: a code for refusals.
pub fn lane_refuses(agreement: &Agreement, lane: Lane, header: &Header, body_bytes: usize) -> Option<&'static str> {
    let answers_other_lane = header.in_reply_to.as_ref().is_some_and(|place| place.log.lane != lane);
    if answers_other_lane {
        return Some("thread-in-other-lane");
    }
    let attachments = header.attachments.iter().map(|attachment| attachment.size);
    let most = agreement.attachment_bytes_max();
    if attachments.clone().any(|bytes| bytes > most) {
        return Some("attachment-too-large");
    }
    let bytes = attachments.fold(u64::try_from(body_bytes).unwrap_or(u64::MAX), u64::saturating_add);
    let too_large = lane == Lane::Urgent && bytes > u64::from(agreement.urgent().record_bytes_max);
    too_large.then_some("too-large-for-urgent")
}
