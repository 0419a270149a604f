//! What one transaction writes.
//!
//! The channel never writes: it returns a [`Commit`], and whoever holds the store writes it whole or not at all. So the
//! same steps run over SQLite in a node and over a crashing memory in the simulator.

use alloc::{string::String, vec::Vec};
use core::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    batch::{Batch, Keyring},
    control::Control,
    date::Date,
    id::{AgencyId, ChannelId, Hash},
    json,
    origin::{Origin, Position},
};

/// Everything that one step changes. Written in one transaction, or not at all.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The channel that takes the step.
    pub channel: ChannelId,
    /// Logs that grew or whose state changed. The store refuses the commit if a log's size is not the expected one:
    /// this compare-and-swap keeps a log in one piece whoever writes.
    pub heads: Vec<Head>,
    /// The channel's own state, when it changed.
    pub state: Option<Vec<u8>>,
    /// Batches that entered a log held here.
    pub batches: Vec<NewBatch>,
    /// Receipts issued for others' batches and received for own ones.
    pub receipts: Vec<NewReceipt>,
    /// Results of submissions by idempotency key.
    pub results: Vec<SubmitResult>,
    /// Records whose state is no longer the one that position and receipts tell.
    pub marks: Vec<Mark>,
    /// Records whose secret and attachments must be destroyed now.
    pub erase: Vec<Position>,
    /// Attachment blobs that records of this commit name.
    pub blobs: Vec<BlobLink>,
    /// Signed versions of the agreement that the channel takes up.
    pub agreements: Vec<NewAgreement>,
    /// Documents to keep: withheld notes, nacks, proofs of equivocation.
    pub documents: Vec<KeptDocument>,
    /// Approvals that are used with this step, as [`used`](crate::record::used) names them. If one was used in this channel
    /// before, nothing of the step is written (RECORD-13).
    pub approvals: Vec<Hash>,
    /// Persons of whom records cross with this step (BLK-01).
    pub volumes: Vec<Volume>,
    /// Entries for the node's audit log.
    pub audit: Vec<Vec<u8>>,
    /// What lies aside from now on.
    pub aside: Vec<Aside>,
    /// What lies aside no longer. If any of it is not there, nothing of the step is written: so what is taken leads to
    /// one step only.
    pub taken: Vec<AsideId>,
}

/// Names what lies aside: random, so that it tells nothing.
pub type AsideId = [u8; 16];

/// Something that is in no log, or not for every reader, and that the node keeps sealed beside the channel until it is
/// taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Aside {
    /// Its name.
    pub id: AsideId,
    /// When its content dies.
    pub period: Period,
    /// What it is, opaque to the store.
    pub bytes: Zeroizing<Vec<u8>>,
}

/// Of how many persons records cross from one agency to another, counted by calendar month.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Volume {
    /// Whose records.
    pub author: AgencyId,
    /// Who receives them.
    pub reader: AgencyId,
    /// The month in which they were decided.
    pub month: Period,
    /// So many more.
    pub persons: u32,
}

/// A log's head before and after the step.
#[derive(Clone, Debug)]
pub struct Head {
    /// The log.
    pub origin: Origin,
    /// Size on which the step was computed; 0 if the log is new.
    pub expected_size: u64,
    /// Size after the step; equal to `expected_size` when only the state changed.
    pub size: u64,
    /// The log's state ([`crate::channel`]), opaque to the store.
    pub state: Vec<u8>,
}

/// A batch with the secrets of its records.
#[derive(Clone, Debug)]
pub struct NewBatch {
    /// What lies at rest as it was sent.
    pub batch: Batch,
    /// The secrets; zeros where a record is withheld.
    pub keyring: Keyring,
    /// For each record, when its content dies.
    pub periods: Vec<Period>,
    /// The manifest's time, milliseconds since 1970.
    pub time: u64,
}

/// A receipt to store.
#[derive(Clone, Debug)]
pub struct NewReceipt {
    /// The log that is receipted.
    pub origin: Origin,
    /// Its size at the receipt: where a batch ends.
    pub size: u64,
    /// Who receipts.
    pub agency: AgencyId,
    /// Time in the receipt, seconds since 1970.
    pub time_s: u64,
    /// The receipt as note text.
    pub note: String,
}

/// A version of the agreement to store, unless it is stored already.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewAgreement {
    /// SHA-256 of the agreement.
    pub hash: Hash,
    /// The bundle with every signature.
    pub bundle: Vec<u8>,
}

/// What a submission's idempotency key led to, kept 24 hours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubmitResult {
    /// The caller's key.
    pub key: String,
    /// SHA-256 of what was submitted: the same key with other content is a conflict.
    pub digest: Hash,
    /// The answer, opaque to the store.
    pub answer: Vec<u8>,
    /// When, milliseconds since 1970.
    pub time: u64,
}

/// A record's state that differs from what position and receipts tell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mark {
    /// The record.
    pub position: Position,
    /// Its state.
    pub state: MarkState,
    /// Why: rule or clause and reason code, never free text of a person.
    pub reason: String,
}

/// States that are marked; "recorded", "delivered" and "received" follow from position and receipts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkState {
    /// The receiver refused it; this party is the sender.
    Refused,
    /// This party refused it: open to the auditor only.
    Quarantined,
    /// Kept out of its thread by the thread's order.
    Ineffective,
    /// It never left, or a note stands in its place.
    Withheld,
    /// Its content is gone.
    Erased,
    /// Receipted, but attachments are not all here yet.
    AttachmentsPending,
    /// All its attachments are stored and checked at the receiver.
    AttachmentsStored,
}

impl MarkState {
    /// The word in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Quarantined => "quarantined",
            Self::Ineffective => "ineffective",
            Self::Withheld => "withheld",
            Self::Erased => "erased",
            Self::AttachmentsPending => "attachments_pending",
            Self::AttachmentsStored => "attachments_stored",
        }
    }
}

/// An attachment's blob that a record names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BlobLink {
    /// The record.
    pub position: Position,
    /// SHA-256 of the ciphertext: the blob's name.
    pub blob: Hash,
    /// Length of the ciphertext.
    pub bytes: u64,
    /// Whether all of it is here.
    pub complete: bool,
}

/// A signed document to keep with the channel.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptDocument {
    /// Its type: `withheld`, `nack`, `equivocation`, or one of the constants here.
    pub kind: &'static str,
    /// What it is about, when it is about a place in a log.
    pub position: Option<Position>,
    /// The document as it was signed.
    pub bytes: Vec<u8>,
}

impl KeptDocument {
    /// An author's order to erase records of its own, by the order's place: its body.
    pub const ERASURE: &'static str = "erasure";
    /// A party's word that it destroyed content, by the word's place: its body.
    pub const ERASED: &'static str = "erased";

    /// What is kept beside the batches of a record of the protocol, so that whoever asks for it need not read them all.
    pub(crate) fn of(position: Position, control: &Control) -> Option<Self> {
        let (kind, places) = match control {
            Control::Erasure(places) if places.origin.agency == position.origin.agency => (Self::ERASURE, places),
            Control::Erased(places) => (Self::ERASED, places),
            _ => return None,
        };
        Some(Self { kind, position: Some(position), bytes: json::encode(places) })
    }
}

/// When a record's content dies: at the end of a month, or with the channel for protocol records.
///
/// The key of a period is destroyed when the period is over, and content in every copy dies with it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Period(u32);

impl Period {
    /// Protocol records: kept as long as the channel is.
    pub const CHANNEL: Self = Self(0);

    /// The month of `retain_until`; `month` is 1–12.
    pub fn month(year: u16, month: u8) -> Self {
        Self(u32::from(year) * 12 + u32::from(month).clamp(1, 12))
    }

    /// The month of a day.
    pub fn of_day(day: Date) -> Self {
        let month = day.month();
        Self::month(u16::try_from(month.year).unwrap_or(0), u8::try_from(month.month).unwrap_or(1))
    }

    /// Year and month, unless it is the channel's.
    pub fn year_month(self) -> Option<(u32, u32)> {
        let months = self.0.checked_sub(1)?;
        Some((months / 12, months % 12 + 1))
    }

    /// Whether the month has ended on this day; the channel's period never ends by date.
    pub fn is_over(self, today: Date) -> bool {
        self != Self::CHANNEL && self < Self::of_day(today)
    }

    /// As a number for storage.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// From a stored number.
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.year_month() {
            None => f.write_str("channel"),
            Some((year, month)) => write!(f, "{year:04}-{month:02}"),
        }
    }
}

/// The text is not a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a period is a month (YYYY-MM) or \"channel\"")]
pub struct NotAPeriod;

impl FromStr for Period {
    type Err = NotAPeriod;
    fn from_str(text: &str) -> Result<Self, NotAPeriod> {
        if text == "channel" {
            return Ok(Self::CHANNEL);
        }
        let (year, month) = text.split_once('-').ok_or(NotAPeriod)?;
        let (year, month) = (year.parse().map_err(|_| NotAPeriod)?, month.parse().map_err(|_| NotAPeriod)?);
        let period = Self::month(year, month);
        if alloc::string::ToString::to_string(&period) == text { Ok(period) } else { Err(NotAPeriod) }
    }
}

impl Commit {
    /// A commit that changes nothing yet.
    pub const fn new(channel: ChannelId) -> Self {
        Self {
            channel,
            heads: Vec::new(),
            state: None,
            batches: Vec::new(),
            receipts: Vec::new(),
            results: Vec::new(),
            marks: Vec::new(),
            erase: Vec::new(),
            blobs: Vec::new(),
            agreements: Vec::new(),
            documents: Vec::new(),
            approvals: Vec::new(),
            volumes: Vec::new(),
            audit: Vec::new(),
            aside: Vec::new(),
            taken: Vec::new(),
        }
    }
}

impl Commit {
    /// Records that every attachment of a record is stored and checked here.
    pub fn complete_attachments(&mut self, position: Position, links: Vec<BlobLink>) {
        self.blobs.extend(links);
        self.marks.push(Mark { position, state: MarkState::AttachmentsStored, reason: String::new() });
    }
}

/// A batch as the store gives it back.
#[derive(Clone, Debug)]
pub struct StoredBatch {
    /// What lies at rest.
    pub batch: Batch,
    /// The secrets that can still be unwrapped; zeros where content was erased, withheld or its period is over.
    pub keyring: Zeroizing<Vec<[u8; 32]>>,
    /// When each record's content dies.
    pub periods: Vec<Period>,
    /// The manifest's time, milliseconds since 1970.
    pub time: u64,
}
