//! The two lanes: the urgent one is capped so that it stays fast, and a thread lives in one of them.
//!
//! Caps count by the hours and days of the manifests' times, which never run backwards in a log: sender and receiver count the
//! same records into the same hours and days, whenever they arrive. A day's caps are over both lanes. A reader that has seen
//! less of the other lane counts less, so it never refuses what the sender could send.

use alloc::{
    borrow::ToOwned,
    collections::BTreeMap,
    string::{String, ToString},
};

use serde::{Deserialize, Serialize};

use crate::{
    agreement::{Agreement, Clause},
    header::Header,
    origin::Lane,
};

const HOUR_MS: u64 = 60 * 60 * 1000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// How many records of a log fall into the hour and the day of its latest manifest.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
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
    /// Records in it so far under the clauses that limit them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    day_clauses: BTreeMap<String, u32>,
}

/// What records load upon a log and its readers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Load {
    /// How many they are.
    records: u32,
    /// Their bytes, as sealed, with those of their attachments.
    bytes: u64,
    /// How many they are under each clause.
    clauses: BTreeMap<String, u32>,
}

impl Load {
    /// None.
    pub const fn new() -> Self {
        Self { records: 0, bytes: 0, clauses: BTreeMap::new() }
    }

    /// Adds a record of so many bytes, attachments included.
    pub fn add(&mut self, clause: Option<&str>, bytes: u64) {
        self.records = self.records.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
        if let Some(clause) = clause {
            count(&mut self.clauses, clause, 1);
        }
    }

    /// Adds what other records load.
    pub fn extend(&mut self, other: &Self) {
        self.records = self.records.saturating_add(other.records);
        self.bytes = self.bytes.saturating_add(other.bytes);
        for (clause, records) in &other.clauses {
            count(&mut self.clauses, clause, *records);
        }
    }

    /// The clauses of these records.
    pub fn clauses<'a>(&'a self, agreement: &'a Agreement) -> impl Iterator<Item = &'a Clause> {
        self.clauses.keys().filter_map(|id| agreement.clause(id))
    }
}

fn count(clauses: &mut BTreeMap<String, u32>, clause: &str, records: u32) {
    match clauses.get_mut(clause) {
        Some(before) => *before = before.saturating_add(records),
        None => {
            clauses.insert(clause.to_owned(), records);
        }
    }
}

/// A cap that is exceeded.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Beyond {
    /// Records of the urgent lane in an hour.
    #[error("the agreement lets a party send {0} urgent records in an hour")]
    UrgentHour(u32),
    /// Records in a day.
    #[error("the agreement lets a party send {0} records in a day: go on tomorrow (UTC)")]
    DayRecords(u32),
    /// Records of a clause in a day.
    #[error("clause {clause} lets a party send {records} records in a day: go on tomorrow (UTC)")]
    ClauseDay {
        /// The clause.
        clause: String,
        /// Its cap.
        records: u32,
    },
    /// Bytes in a day.
    #[error("the agreement lets a party send {0} bytes in a day, attachments included: go on tomorrow (UTC)")]
    DayBytes(u64),
}

impl Beyond {
    /// A code for refusals.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UrgentHour(_) => "too-many-urgent",
            Self::DayRecords(_) => "too-many-today",
            Self::ClauseDay { .. } => "too-many-of-clause-today",
            Self::DayBytes(_) => "too-many-bytes-today",
        }
    }
}

impl Pace {
    /// Counts a record in, of so many bytes with its attachments and under a clause, in a batch of this time (milliseconds
    /// since 1970).
    pub fn take_one(&mut self, time: u64, bytes: u64, clause: Option<&Clause>) {
        self.turn_to(time, 1, bytes);
        self.count_clause(clause, 1);
    }

    /// Counts the records of a batch of this time (milliseconds since 1970) in, all under this version.
    pub fn take(&mut self, time: u64, agreement: &Agreement, load: &Load) {
        self.turn_to(time, load.records, load.bytes);
        for (id, records) in &load.clauses {
            self.count_clause(agreement.clause(id), *records);
        }
    }

    fn turn_to(&mut self, time: u64, records: u32, bytes: u64) {
        let (hour, day) = (time / HOUR_MS, time / DAY_MS);
        let before = if self.hour == hour { self.records } else { 0 };
        (self.hour, self.records) = (hour, before.saturating_add(records));
        if self.day != day {
            *self = Self { hour: self.hour, records: self.records, day, ..Self::default() };
        }
        self.day_records = self.day_records.saturating_add(records);
        self.day_bytes = self.day_bytes.saturating_add(bytes);
    }

    /// Only a clause of the agreement that limits its records is counted: whatever a header names, this stays small.
    fn count_clause(&mut self, clause: Option<&Clause>, records: u32) {
        if let Some(clause) = clause.filter(|clause| clause.records_per_day_max.is_some()) {
            count(&mut self.day_clauses, &clause.id, records);
        }
    }

    /// The cap that records exceed which were just counted in, all under these clauses: a cap of their lane, of the agreement or
    /// of a clause. `other` is the pace of the same party's other lane.
    pub fn beyond<'a>(
        &self,
        agreement: &Agreement,
        lane: Lane,
        other: Option<&Self>,
        clauses: impl IntoIterator<Item = &'a Clause>,
    ) -> Option<Beyond> {
        let urgent = agreement.urgent().records_per_hour_max;
        if lane == Lane::Urgent && self.records > urgent {
            return Some(Beyond::UrgentHour(urgent));
        }
        let other = other.filter(|other| other.day == self.day);
        if let Some(caps) = agreement.caps {
            let records = self.day_records.saturating_add(other.map_or(0, |other| other.day_records));
            let bytes = self.day_bytes.saturating_add(other.map_or(0, |other| other.day_bytes));
            if let Some(most) = caps.records_per_day_max.filter(|most| records > *most) {
                return Some(Beyond::DayRecords(most));
            }
            if let Some(most) = caps.bytes_per_day_max.filter(|most| bytes > *most) {
                return Some(Beyond::DayBytes(most));
            }
        }
        clauses.into_iter().find_map(|clause| {
            let most = clause.records_per_day_max?;
            let records =
                self.of_clause(&clause.id).saturating_add(other.map_or(0, |other| other.of_clause(&clause.id)));
            (records > most).then(|| Beyond::ClauseDay { clause: clause.id.to_string(), records: most })
        })
    }

    fn of_clause(&self, id: &str) -> u32 {
        self.day_clauses.get(id).copied().unwrap_or(0)
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
