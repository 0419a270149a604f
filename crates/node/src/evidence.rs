//! Putting an evidence file together from what this node holds.

use policy::Act;
use protocol::{
    batch::Manifest,
    channel::Channel,
    commit::StoredBatch,
    control::Control,
    evidence::{Evidence, Member},
    header::Header,
    id::Hash,
    origin::{Origin, Position},
    record::{self, Context, Parts},
    tlog::{Note, Proof, merkle},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Reader;

use crate::{
    audit::{self, Noted},
    channel::{ChannelHandle, bundles_up_to},
    http::{
        access::Caller,
        error::{ApiError, Code},
    },
    node::{Node, SUITE},
    records,
    uses::{self, Used},
};

/// Records of the protocol itself that testify about another party's batch (EVID-13).
const TESTIMONY: [&str; 2] = ["mithaq.refusal/1", "mithaq.received/1"];

/// What an evidence file is taken out for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportedFor {
    /// Somebody of the own office checks what was exchanged.
    #[default]
    Verify,
    /// Those who watch over the exchange do.
    Oversight,
    /// Proceedings: HAN-02 decides on what a partner provided.
    Court,
    /// Another office: HAN-03 does.
    Office,
}

/// The evidence file of a record, checked before it leaves: a node hands out no file that would be refused.
///
/// # Errors
/// [`Code::Refused`] with the rule if a partner's record may not be used so.
pub fn export(
    node: &Node,
    caller: &Caller,
    handle: &ChannelHandle,
    position: &Position,
    (exported_for, to): (ExportedFor, Option<String>),
) -> Result<(Vec<u8>, Noted), ApiError> {
    let channel = &*handle.value();
    let reader = node.reader()?;
    records::check_quarantine(&reader, caller, position)?;
    let missing = || ApiError::not_found(format!("no entry {} in {} here", position.index, position.origin));
    let stored = reader.batch_at(&position.origin, position.index)?.ok_or_else(missing)?;
    let opened = records::open_in(channel, &stored, position)?;
    records::check_shown(node, caller, position, opened.header.thread.as_ref())?;
    let header = Header::parse(&opened.header_bytes).map_err(|error| internal(&error))?;
    caller.check_kind(Some(&header.kind))?;
    if header.is_protocol() && !TESTIMONY.contains(&header.kind.as_str()) {
        return Err(ApiError::usage(format!(
            "evidence files are for records of officers; of the protocol's own there are files for {}",
            TESTIMONY.join(" and ")
        )));
    }
    let act = match exported_for {
        ExportedFor::Verify | ExportedFor::Oversight => Act::Consult,
        ExportedFor::Court => Act::Court,
        ExportedFor::Office => Act::Disseminate,
    };
    let used = Used { handle, position, header: &header };
    let allowed = uses::decide(node, caller, used, act, to.as_deref())?;
    let receipts: Vec<String> =
        reader.receipts(&position.origin, stored.batch.size())?.into_iter().map(|receipt| receipt.note).collect();
    let manifest_at = Position { origin: position.origin, index: stored.batch.first };
    let author = position.origin.agency;
    let mut cards = Vec::new();
    cards.extend(channel.parties().get(&author).map(|chain| chain.encode()));
    cards.extend(channel.parties().iter().filter(|(agency, _)| **agency != author).map(|(_, chain)| chain.encode()));
    let evidence = Evidence {
        context: Context { channel: channel.id(), author, agreement: opened.agreement },
        record: member(&reader, channel, &stored, position, &receipts)?,
        manifest: member(&reader, channel, &stored, &manifest_at, &[])?,
        cards,
        agreements: bundles_up_to(channel, &opened.agreement),
        enrolments: enrolments(&reader, channel, &opened.approvals)?,
        seen: seen(&reader, channel, &stored, &manifest_at)?,
    };
    evidence
        .verify(SUITE)
        .map_err(|error| ApiError::new(Code::NotVerified, format!("what is held here does not verify: {error}")))?;
    let noted = audit::shown(&opened.secret, &opened.header_bytes, &opened.body)
        .with(json!({ "use": exported_for, "permissions": allowed.permissions }))
        .why(allowed.purpose)
        .to(to);
    Ok((evidence.encode().map_err(|error| internal(&error))?, noted))
}

/// A record with its path to its batch's checkpoint.
fn member(
    reader: &Reader,
    channel: &Channel,
    stored: &StoredBatch,
    position: &Position,
    receipts: &[String],
) -> Result<Member, ApiError> {
    let opened = records::open_in(channel, stored, position)?;
    let size = stored.batch.size();
    let leaves: Vec<Hash> = reader
        .commitments(&position.origin, size)?
        .iter()
        .map(|commitment| merkle::leaf_hash(SUITE, commitment))
        .collect();
    let path = merkle::inclusion_proof(SUITE, &leaves, position.index)
        .ok_or_else(|| ApiError::new(Code::NotVerified, "the log's entries held here are incomplete"))?;
    let receipts: Vec<&str> = receipts.iter().map(String::as_str).collect();
    let proof =
        Proof::assemble(position.index, path, &stored.batch.note, &receipts).map_err(|error| internal(&error))?;
    let parts =
        Parts { header: &opened.header_bytes, approvals: &opened.approvals, attachments: &[], body: &opened.body };
    let mut plaintext = Vec::new();
    record::encode(&parts, &mut plaintext).map_err(|error| internal(&error))?;
    Ok(Member { proof: proof.encode(), secret: opened.secret, plaintext })
}

/// The enrolments of the officers who approved, in the order of the approvals, each once.
fn enrolments(reader: &Reader, channel: &Channel, approvals: &[u8]) -> Result<Vec<Member>, ApiError> {
    let mut places: Vec<Position> = Vec::new();
    for approval in record::parse_approvals(approvals).map_err(|error| internal(&error))? {
        let place = Position { origin: approval.enrolment.origin, index: approval.enrolment.index };
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
        .iter()
        .map(|place| {
            let stored = reader
                .batch_at(&place.origin, place.index)?
                .ok_or_else(|| ApiError::new(Code::NotVerified, "an officer's enrolment is not held here"))?;
            member(reader, channel, &stored, place, &[])
        })
        .collect()
}

/// The checkpoints that the manifest names as seen, each with the author's receipt.
fn seen(
    reader: &Reader,
    channel: &Channel,
    stored: &StoredBatch,
    manifest_at: &Position,
) -> Result<Vec<String>, ApiError> {
    let manifest: Manifest = match records::open_in(channel, stored, manifest_at)
        .map(|opened| Control::decode(&opened.header.kind, &opened.body))?
    {
        Ok(Control::Batch(manifest)) => manifest,
        _ => return Err(ApiError::new(Code::NotVerified, "a batch does not begin with its manifest")),
    };
    let mut notes = Vec::new();
    for named in manifest.seen.iter().filter(|seen| seen.size > 0) {
        match seen_note(reader, &named.origin, named.size, manifest_at)? {
            Some(note) => notes.push(note),
            // The proof of "not before" stops where something is missing: the file names what it can't prove.
            None => break,
        }
    }
    Ok(notes)
}

fn seen_note(reader: &Reader, origin: &Origin, size: u64, manifest_at: &Position) -> Result<Option<String>, ApiError> {
    let (Some(checkpoint), Some(receipt)) =
        (reader.note_at(origin, size)?, reader.receipt(origin, size, manifest_at.origin.agency)?)
    else {
        return Ok(None);
    };
    let mut note = Note::parse(&checkpoint).map_err(|error| internal(&error))?;
    note.signatures.extend(Note::parse(&receipt.note).map_err(|error| internal(&error))?.signatures);
    Ok(Some(note.encode()))
}

fn internal(error: &dyn std::fmt::Display) -> ApiError {
    ApiError::new(Code::Internal, error.to_string())
}
