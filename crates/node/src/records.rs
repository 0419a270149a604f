//! Records as this node holds them: opened from the store, with their states.

use std::collections::BTreeMap;

use protocol::{
    batch::NO_SECRET,
    channel::Channel,
    commit::{MarkState, StoredBatch},
    header::{Attachment, Header, ThreadId},
    id::{AgencyId, Hash},
    origin::Position,
    record::{self, AttachmentKey, Context},
};
use store::{Reader, StoreError};
use texts::say;

use crate::{
    db::SUITE,
    fault::{Code, Fault},
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

/// Opens a record of this channel, for the protocol's own work: whoever shows one asks [`crate::reading`].
///
/// # Errors
/// It is not here, its content is gone, or it does not match its log entry.
pub(crate) fn open(reader: &Reader, channel: &Channel, position: &Position) -> Result<Opened, Fault> {
    let stored = reader.batch_at(&position.origin, position.index)?.ok_or_else(|| missing(position))?;
    open_in(channel, &stored, position)
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

/// Every purpose for which a record of which no clause is known could have been supplied to this agency; none for its own.
pub(crate) fn perhaps_supplied(channel: &Channel, position: &Position) -> Vec<String> {
    if position.origin.agency == channel.me() {
        return Vec::new();
    }
    let version = channel.version(&channel.version_at(&position.origin, position.index));
    let agreement = version.map(|version| &version.agreement);
    let label = agreement.and_then(|agreement| agreement.party(&position.origin.agency)).map(|party| &party.label);
    let clauses = agreement.into_iter().flat_map(|agreement| &agreement.clauses);
    let theirs = clauses.filter(|clause| label.is_some_and(|label| clause.authors.contains(label)));
    let purposes: Vec<String> = theirs.map(|clause| clause.purpose.clone()).collect();
    if purposes.is_empty() { vec![UNKNOWN_PURPOSE.to_owned()] } else { purposes }
}

/// There is no such record, or none that the caller may know of.
pub(crate) fn missing(position: &Position) -> Fault {
    Fault::not_found(say!("no-such-entry", index = %position.index, origin = %position.origin))
}

/// Whether the content of a record of a batch is gone: erased, withheld, or of a period that is over.
pub(crate) fn is_gone(stored: &StoredBatch, position: &Position) -> bool {
    let place = usize::try_from(position.index.saturating_sub(stored.batch.first)).ok();
    place.and_then(|place| stored.keyring.get(place)).is_none_or(|secret| *secret == NO_SECRET)
}

/// Opens a record of a batch that was read.
pub fn open_in(channel: &Channel, stored: &StoredBatch, position: &Position) -> Result<Opened, Fault> {
    let gone = || {
        let message = say!("content-gone");
        Fault::not_found(message)
    };
    let place = usize::try_from(position.index - stored.batch.first).map_err(|_| gone())?;
    let secret = *stored.keyring.get(place).filter(|secret| **secret != NO_SECRET).ok_or_else(gone)?;
    let commitment = stored.batch.commitments.get(place).ok_or_else(gone)?;
    let mut ciphertext = ciphertext_at(stored, place).ok_or_else(gone)?.to_vec();
    let agreement = channel.version_at(&position.origin, position.index);
    let context = Context { channel: channel.id(), author: position.origin.agency, agreement };
    let parts = record::open(SUITE, &context, &secret, commitment, &mut ciphertext).map_err(|error| {
        Fault::new(Code::NotVerified, say!("entry-problem", index = %position.index, error = %error))
    })?;
    let header = Header::parse(parts.header).map_err(|error| {
        Fault::new(Code::NotVerified, say!("entry-problem", index = %position.index, error = %error))
    })?;
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

/// A record of a batch as it stands here.
pub(crate) struct Kept {
    /// Where it lies.
    pub(crate) position: Position,
    /// The word of its state.
    pub(crate) state: &'static str,
    /// The manifest's time, milliseconds since 1970.
    pub(crate) time: u64,
    /// The record itself, unless its content is gone.
    pub(crate) opened: Option<Opened>,
}

impl Kept {
    /// Its kind, unless its content is gone.
    pub(crate) fn kind(&self) -> Option<&str> {
        self.opened.as_ref().map(|opened| opened.header.kind.as_str())
    }

    /// The purpose that it bears; protocol records bear none.
    pub(crate) fn purpose(&self) -> Option<&str> {
        self.opened.as_ref()?.header.purpose.as_deref()
    }

    /// Its thread; protocol records have none.
    pub(crate) fn thread(&self) -> Option<ThreadId> {
        self.opened.as_ref()?.header.thread
    }
}

/// The records of a batch, in their order.
///
/// # Errors
/// The store can't be read.
pub(crate) fn in_batch<'a>(
    reader: &Reader,
    channel: &'a Channel,
    stored: &'a StoredBatch,
) -> Result<impl Iterator<Item = Kept> + use<'a>, StoreError> {
    let origin = stored.batch.origin;
    let mut marks: BTreeMap<u64, Vec<MarkState>> = BTreeMap::new();
    for mark in reader.marks_in(&origin, stored.batch.first, u64::from(stored.batch.count()))? {
        marks.entry(mark.position.index).or_default().push(mark.state);
    }
    Ok((stored.batch.first..stored.batch.size()).map(move |index| {
        let position = Position { origin, index };
        Kept {
            position,
            state: state(channel, &position, marks.get(&index).map_or(&[], Vec::as_slice)),
            time: stored.time,
            opened: open_in(channel, stored, &position).ok(),
        }
    }))
}

/// Whether every partner has receipted a record of ours.
pub fn delivered_to_all(channel: &Channel, position: &Position) -> bool {
    channel.partners().all(|partner| delivered_to(channel, position, &partner))
}

/// Whether a partner has receipted a record of ours.
pub fn delivered_to(channel: &Channel, position: &Position, partner: &AgencyId) -> bool {
    channel.log(&position.origin).is_some_and(|log| log.receipted(partner) > position.index)
}

/// Every state that a record can have here, as [`state`] says it.
pub const STATES: [&str; 9] = [
    RECORDED,
    DELIVERED,
    MarkState::AttachmentsPending.name(),
    RECEIVED,
    MarkState::Ineffective.name(),
    MarkState::Withheld.name(),
    MarkState::Quarantined.name(),
    MarkState::Refused.name(),
    MarkState::Erased.name(),
];

const RECORDED: &str = "recorded";
const DELIVERED: &str = "delivered";
const RECEIVED: &str = "received";

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
        true if !delivered_to_all(channel, position) => RECORDED,
        true => DELIVERED,
        false if attachments_pending => MarkState::AttachmentsPending.name(),
        false => RECEIVED,
    }
}

/// Reads `<party>/<epoch>/<lane>/<index>` of a path.
pub fn position(channel: &str, party: &str, epoch: &str, lane: &str, index: &str) -> Result<Position, Fault> {
    let origin = format!("mithaq/{channel}/{party}/{epoch}/{lane}");
    let problem =
        |error: protocol::origin::NotAnOrigin| Fault::usage(say!("log-problem", origin = %origin, error = %error));
    let origin = origin.parse().map_err(problem)?;
    let index = index.parse().map_err(|_| Fault::usage(say!("index-form")).in_field("index"))?;
    Ok(Position { origin, index })
}
