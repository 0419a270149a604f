//! Records as this node holds them: opened from the store, with their states.

use std::{collections::BTreeMap, sync::Arc};

use protocol::{
    channel::Channel,
    commit::{MarkState, StoredBatch},
    header::{Attachment, Header, ThreadId},
    id::Hash,
    origin::Position,
    record::{self, AttachmentKey, Context},
};
use serde::Serialize;
use store::{Reader, StoreError};

use crate::{
    callers::Caller,
    channel::delivered_to_all,
    db::SUITE,
    fault::{Code, Fault},
    node::Node,
};

/// A record that was opened and matched its log entry.
pub struct Opened {
    /// Header bytes as signed.
    pub header_bytes: Vec<u8>,
    /// The header.
    pub header: Header,
    /// Approvals as signed.
    pub approvals: Vec<u8>,
    /// The body.
    pub body: Vec<u8>,
    /// The record's secret.
    pub secret: [u8; 32],
    /// The governing agreement version.
    pub agreement: Hash,
    /// The manifest's time, milliseconds since 1970.
    pub time: u64,
    keys: Vec<AttachmentKey>,
}

impl Opened {
    /// The attachments with their keys.
    pub fn attachments(&self) -> impl Iterator<Item = (&Attachment, AttachmentKey)> {
        self.header.attachments.iter().zip(self.keys.iter().copied())
    }
}

/// Opens a record of this channel.
pub fn open(reader: &Reader, channel: &Channel, position: &Position) -> Result<Opened, Fault> {
    let stored = reader.batch_at(&position.origin, position.index)?.ok_or_else(|| missing(position))?;
    open_in(channel, &stored, position)
}

/// Refuses what lies in quarantine: whatever way leads to its content, it is open to the auditor only.
pub fn check_quarantine(reader: &Reader, caller: &Caller, position: &Position) -> Result<(), Fault> {
    if caller.is_auditor() || reader.marks(position)?.iter().all(|mark| mark.state != MarkState::Quarantined) {
        return Ok(());
    }
    let message = "the record was refused on arrival: it is open to the auditor only";
    Err(Fault::new(Code::Refused, message).by_rule("REC-01"))
}

/// What stands for the purpose of a record whose clause the agreement does not have: no token has it.
const UNKNOWN_PURPOSE: &str = "?";

/// The purpose for which a record under this clause was supplied to this agency; empty for its own. A record that passed
/// has its clause's purpose (AGR-01), so nothing of the record need be opened.
pub fn supplied(channel: &Channel, position: &Position, clause: &str) -> String {
    if position.origin.agency == channel.me() {
        return String::new();
    }
    let version = channel.version(&channel.version_at(&position.origin, position.index));
    let clause = version.and_then(|version| version.agreement.clause(clause));
    clause.map_or_else(|| UNKNOWN_PURPOSE.to_owned(), |clause| clause.purpose.clone())
}

/// Refuses what waits for the protection officer, as if it were not there.
pub fn check_shown(node: &Node, caller: &Caller, position: &Position, thread: Option<&ThreadId>) -> Result<(), Fault> {
    if node.protection.shows(caller, position, thread) { Ok(()) } else { Err(missing(position)) }
}

fn missing(position: &Position) -> Fault {
    Fault::not_found(format!("no entry {} in {} here", position.index, position.origin))
}

/// Opens a record of a batch that was read.
pub fn open_in(channel: &Channel, stored: &StoredBatch, position: &Position) -> Result<Opened, Fault> {
    let gone = || {
        let message = "the record's content is gone: erased, withheld, or its retention is over; the proof that it was \
                       exchanged remains";
        Fault::not_found(message)
    };
    let place = usize::try_from(position.index - stored.batch.first).map_err(|_| gone())?;
    let secret = *stored.keyring.get(place).filter(|secret| **secret != [0; 32]).ok_or_else(gone)?;
    let commitment = stored.batch.commitments.get(place).ok_or_else(gone)?;
    let mut ciphertext = ciphertext_at(stored, place).ok_or_else(gone)?.to_vec();
    let agreement = channel.version_at(&position.origin, position.index);
    let context = Context { channel: channel.id(), author: position.origin.agency, agreement };
    let parts = record::open(SUITE, &context, &secret, commitment, &mut ciphertext)
        .map_err(|error| Fault::new(Code::NotVerified, format!("entry {}: {error}", position.index)))?;
    let header = Header::parse(parts.header)
        .map_err(|error| Fault::new(Code::NotVerified, format!("entry {}: {error}", position.index)))?;
    Ok(Opened {
        header_bytes: parts.header.to_vec(),
        header,
        approvals: parts.approvals.to_vec(),
        body: parts.body.to_vec(),
        secret,
        agreement,
        time: stored.time,
        keys: parts.attachment_keys().collect(),
    })
}

/// The line that stands for a record in lists. `None` for a protocol record, or one that no desk of this node knows.
pub fn title(opened: &Opened) -> Option<String> {
    let kind = desks::kinds::find(&opened.header.kind)?;
    Some(kind.check(&opened.header, &opened.body).ok()?.title)
}

/// The ciphertext at a place in a batch.
pub fn ciphertext_at(stored: &StoredBatch, place: usize) -> Option<&[u8]> {
    let start: usize = stored.batch.lengths.get(..place)?.iter().map(|length| *length as usize).sum();
    let length = *stored.batch.lengths.get(place)? as usize;
    stored.batch.ciphertexts.get(start..start + length)
}

/// The direction of what this agency sends.
const OUT: &str = "out";

/// One line of `GET /v1/records`.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    channel: String,
    party: String,
    epoch: u32,
    lane: &'static str,
    index: u64,
    /// Absent in protocol records and when the content is gone.
    thread: Option<ThreadId>,
    /// Absent when the content is gone.
    kind: Option<String>,
    /// The purpose for which it was supplied; absent in protocol records and when the content is gone.
    purpose: Option<String>,
    direction: &'static str,
    state: &'static str,
    /// SHA-256 of the body; absent when the content is gone.
    sha256: Option<String>,
    /// The manifest's time, milliseconds since 1970.
    time: u64,
    #[serde(skip)]
    position: Position,
}

impl Listed {
    /// Whether a caller may see the record, for its purposes, and know that it is there.
    pub fn shows(&self, node: &Node, caller: &Caller) -> bool {
        caller.sees_kind(self.kind())
            && caller.purposes().include(self.supplied())
            && node.protection.shows(caller, &self.position, self.thread.as_ref())
    }

    /// The record's kind, unless its content is gone.
    pub fn kind(&self) -> Option<&str> {
        self.kind.as_deref()
    }

    /// The purpose for which it was supplied to this agency; empty for its own, and where nothing of it is left to be
    /// used.
    pub fn supplied(&self) -> &str {
        if self.direction == OUT { "" } else { self.purpose.as_deref().unwrap_or_default() }
    }

    /// The record's state.
    pub const fn state(&self) -> &'static str {
        self.state
    }
}

/// Lists the records of a batch.
pub fn list(reader: &Reader, channel: &Arc<Channel>, stored: &StoredBatch) -> Result<Vec<Listed>, StoreError> {
    let origin = stored.batch.origin;
    let own = origin.agency == channel.me();
    let mut marks: BTreeMap<u64, Vec<MarkState>> = BTreeMap::new();
    for mark in reader.marks_in(&origin, stored.batch.first, u64::from(stored.batch.count()))? {
        marks.entry(mark.position.index).or_default().push(mark.state);
    }
    let mut listed = Vec::with_capacity(stored.batch.commitments.len());
    for index in stored.batch.first..stored.batch.size() {
        let position = Position { origin, index };
        let opened = open_in(channel, stored, &position).ok();
        let marked = marks.get(&index).map_or(&[][..], Vec::as_slice);
        listed.push(Listed {
            channel: origin.channel.to_string(),
            party: origin.agency.to_string(),
            epoch: origin.epoch,
            lane: origin.lane.name(),
            index,
            sha256: opened.as_ref().map(|record| hex::encode(SUITE.sha256(&[&record.body]))),
            thread: opened.as_ref().and_then(|record| record.header.thread),
            purpose: opened.as_ref().and_then(|record| record.header.purpose.clone()),
            kind: opened.map(|record| record.header.kind),
            direction: if own { OUT } else { "in" },
            state: state(channel, &position, marked),
            time: stored.time,
            position,
        });
    }
    Ok(listed)
}

/// A record's state: what is marked rules over what position and receipts tell.
pub fn state(channel: &Channel, position: &Position, marks: &[MarkState]) -> &'static str {
    let strongest =
        [MarkState::Erased, MarkState::Refused, MarkState::Quarantined, MarkState::Withheld, MarkState::Ineffective];
    if let Some(state) = strongest.iter().find(|state| marks.contains(state)) {
        return state.name();
    }
    let attachments_pending =
        marks.contains(&MarkState::AttachmentsPending) && !marks.contains(&MarkState::AttachmentsStored);
    match position.origin.agency == channel.me() {
        true if !delivered_to_all(channel, position) => "recorded",
        true => "delivered",
        false if attachments_pending => MarkState::AttachmentsPending.name(),
        false => "received",
    }
}

/// Reads `<party>/<epoch>/<lane>/<index>` of a path.
pub fn position(channel: &str, party: &str, epoch: &str, lane: &str, index: &str) -> Result<Position, Fault> {
    let origin = format!("mithaq/{channel}/{party}/{epoch}/{lane}");
    let origin = origin.parse().map_err(|error| Fault::usage(format!("{origin}: {error}")))?;
    let index = index.parse().map_err(|_| Fault::usage("an index is a number from 0").in_field("index"))?;
    Ok(Position { origin, index })
}
