//! Putting an evidence file together from what this node holds. Who may have it, [`crate::reading::evidence`] decides.

use std::collections::BTreeMap;

use protocol::{
    agreement::Bundle,
    batch::Manifest,
    channel::Channel,
    commit::{KeptDocument, StoredBatch},
    control::{Control, Places, WithheldNote},
    document::SignedDocument,
    evidence::{Evidence, EvidenceError, Member, entry::EntryFile},
    id::{AgencyId, Hash},
    json,
    limits::DOCUMENT_BYTES_MAX,
    origin::{Origin, Position},
    record::{self, Context, Parts},
    tlog::{Note, Proof, merkle},
};
use store::{Reader, StoreError};
use texts::say;

use crate::{
    db::SUITE,
    fault::{Code, Fault},
    records::{self, Opened},
};

/// A record with all that proves it.
///
/// # Errors
/// It is not here, its content is gone, or what is held here is incomplete.
pub(crate) fn assemble(reader: &Reader, channel: &Channel, position: &Position) -> Result<Evidence, Fault> {
    let stored = reader.batch_at(&position.origin, position.index)?.ok_or_else(|| records::missing(position))?;
    assemble_in(reader, channel, &stored, position)
}

/// The evidence file of the manifest of a batch that was not admitted, for whoever is to judge its author.
///
/// # Errors
/// It does not open, or what is held here does not prove it.
pub fn of_manifest(reader: &Reader, channel: &Channel, stored: &StoredBatch) -> Result<Vec<u8>, Fault> {
    let position = Position { origin: stored.batch.origin, index: stored.batch.first };
    let evidence = assemble_in(reader, channel, stored, &position)?;
    evidence.verify(SUITE).map_err(|error| does_not_verify(&error))?;
    evidence.encode().map_err(|error| internal(&error))
}

/// A record of a batch with all that proves it.
fn assemble_in(
    reader: &Reader,
    channel: &Channel,
    stored: &StoredBatch,
    position: &Position,
) -> Result<Evidence, Fault> {
    let opened = records::open_in(channel, stored, position)?;
    let manifest_at = Position { origin: position.origin, index: stored.batch.first };
    let author = position.origin.agency;
    Ok(Evidence {
        context: Context { channel: channel.id(), author, agreement: opened.agreement },
        record: member(reader, channel, stored, position, &receipts(reader, stored)?)?,
        manifest: member(reader, channel, stored, &manifest_at, &[])?,
        cards: cards(channel, &author),
        agreements: bundles_up_to(channel, &opened.agreement),
        enrolments: enrolments(reader, channel, stored, &opened.approvals)?,
        seen: seen(reader, channel, stored, &manifest_at)?,
        withheld: withheld(reader, channel, position)?,
    })
}

/// What remains in a file of a record of a batch whose content is gone.
///
/// # Errors
/// What is held here is incomplete.
pub(crate) fn without_content(
    reader: &Reader,
    channel: &Channel,
    stored: &StoredBatch,
    position: &Position,
) -> Result<EntryFile, Fault> {
    let entry = usize::try_from(position.index.saturating_sub(stored.batch.first))
        .ok()
        .and_then(|place| stored.batch.commitments.get(place))
        .ok_or_else(|| records::missing(position))?;
    let manifest_at = Position { origin: position.origin, index: stored.batch.first };
    let agreement = channel.version_at(&manifest_at.origin, manifest_at.index);
    let author = position.origin.agency;
    Ok(EntryFile {
        context: Context { channel: channel.id(), author, agreement },
        entry: *entry,
        proof: proof(reader, stored, position, &receipts(reader, stored)?)?.encode(),
        manifest: member(reader, channel, stored, &manifest_at, &[])?,
        cards: cards(channel, &author),
        agreements: bundles_up_to(channel, &agreement),
        seen: seen(reader, channel, stored, &manifest_at)?,
        withheld: withheld(reader, channel, position)?,
        order: words_about(reader, channel, KeptDocument::ERASURE, position)?.remove(&author),
        erased: words_about(reader, channel, KeptDocument::ERASED, position)?.into_values().collect(),
    })
}

/// The first order to erase a record, or word that its content was destroyed, of each party. One that was withheld, or that stands
/// before the record in its log, is none.
fn words_about(
    reader: &Reader,
    channel: &Channel,
    kind: &'static str,
    position: &Position,
) -> Result<BTreeMap<AgencyId, Evidence>, Fault> {
    let mut found = BTreeMap::new();
    for (at, places) in words(reader, channel, kind)? {
        if !places.names(position) || !is_behind(&at, position) || found.contains_key(&at.origin.agency) {
            continue;
        }
        let word = assemble(reader, channel, &at)?;
        if word.withheld.is_none() {
            found.insert(at.origin.agency, word);
        }
    }
    Ok(found)
}

/// What parties said of records, in the order in which it arrived: where each word stands, and of which records it is.
pub(crate) fn words(
    reader: &Reader,
    channel: &Channel,
    kind: &'static str,
) -> Result<impl Iterator<Item = (Position, Places)>, StoreError> {
    let kept = reader.documents(channel.id(), kind)?.into_iter();
    Ok(kept.filter_map(|KeptDocument { position, bytes, .. }| Some((position?, serde_json::from_slice(&bytes).ok()?))))
}

/// Whether a word can be about a record: in the record's own log it stands behind it.
pub(crate) fn is_behind(word: &Position, record: &Position) -> bool {
    word.origin != record.origin || word.index > record.index
}

/// The receipts for the head of a batch.
fn receipts(reader: &Reader, stored: &StoredBatch) -> Result<Vec<String>, Fault> {
    let receipts = reader.receipts(&stored.batch.origin, stored.batch.size())?;
    Ok(receipts.into_iter().map(|receipt| receipt.note).collect())
}

/// The parties' card files, the author's first.
fn cards(channel: &Channel, author: &AgencyId) -> Vec<Vec<u8>> {
    let own = channel.parties().get(author).into_iter();
    let others = channel.parties().iter().filter(|(agency, _)| *agency != author).map(|(_, chain)| chain);
    own.chain(others).map(|chain| chain.encode()).collect()
}

/// The author's own note that withholds a record, if it wrote one: a file of such a record says so.
fn withheld(reader: &Reader, channel: &Channel, position: &Position) -> Result<Option<Vec<u8>>, Fault> {
    let names_it = |bytes: &[u8]| {
        let document = SignedDocument::parse(bytes).ok()?;
        let note: WithheldNote = json::parse_strict(&document.body, DOCUMENT_BYTES_MAX, "withheld note").ok()?;
        let is_named = note.origin == position.origin && note.indexes.contains(&position.index);
        Some(is_named && document.signature.agency == position.origin.agency)
    };
    let notes = reader.documents(channel.id(), "withheld")?;
    Ok(notes.into_iter().map(|note| note.bytes).find(|bytes| names_it(bytes).unwrap_or_default()))
}

/// What is held here does not prove what it should.
pub(crate) fn does_not_verify(error: &EvidenceError) -> Fault {
    Fault::new(Code::NotVerified, say!("held-does-not-verify", error = %error))
}

/// A record with its path to its batch's checkpoint.
fn member(
    reader: &Reader,
    channel: &Channel,
    stored: &StoredBatch,
    position: &Position,
    receipts: &[String],
) -> Result<Member, Fault> {
    member_under(reader, stored, &records::open_in(channel, stored, position)?, position, receipts)
}

/// An opened record with its path to the checkpoint of this batch of its log: its own or a later one.
fn member_under(
    reader: &Reader,
    stored: &StoredBatch,
    opened: &Opened,
    position: &Position,
    receipts: &[String],
) -> Result<Member, Fault> {
    let proof = proof(reader, stored, position, receipts)?;
    let parts =
        Parts { header: &opened.header_bytes, approvals: &opened.approvals, attachments: &[], body: &opened.body };
    let mut plaintext = Vec::new();
    record::encode(&parts, &mut plaintext).map_err(|error| internal(&error))?;
    Ok(Member { proof: proof.encode(), secret: opened.secret, plaintext })
}

/// The path of an entry to the checkpoint of this batch of its log: its own or a later one.
fn proof(reader: &Reader, stored: &StoredBatch, position: &Position, receipts: &[String]) -> Result<Proof, Fault> {
    // A batch that was not admitted is not in the store, but what comes before it is.
    let before = reader.commitments(&position.origin, stored.batch.first)?;
    let leaves: Vec<Hash> =
        before.iter().chain(&stored.batch.commitments).map(|commitment| merkle::leaf_hash(SUITE, commitment)).collect();
    let path = merkle::inclusion_proof(SUITE, &leaves, position.index)
        .ok_or_else(|| Fault::new(Code::NotVerified, say!("log-incomplete")))?;
    let receipts: Vec<&str> = receipts.iter().map(String::as_str).collect();
    Proof::assemble(position.index, path, &stored.batch.note, &receipts).map_err(|error| internal(&error))
}

/// The enrolments of the officers who approved, one for each approval. In the record's own log they stand under its
/// checkpoint, which proves that they come before it.
fn enrolments(reader: &Reader, channel: &Channel, of: &StoredBatch, approvals: &[u8]) -> Result<Vec<Member>, Fault> {
    let approvals = record::parse_approvals(approvals).map_err(|error| internal(&error))?;
    approvals
        .iter()
        .map(|approval| {
            let place = Position { origin: approval.enrolment.origin, index: approval.enrolment.index };
            let stored = reader
                .batch_at(&place.origin, place.index)?
                .ok_or_else(|| Fault::new(Code::NotVerified, say!("enrolment-not-held")))?;
            let opened = records::open_in(channel, &stored, &place)?;
            let under = if place.origin == of.batch.origin { of } else { &stored };
            member_under(reader, under, &opened, &place, &[])
        })
        .collect()
}

/// The checkpoints that the manifest names as seen, each with the author's receipt.
fn seen(
    reader: &Reader,
    channel: &Channel,
    stored: &StoredBatch,
    manifest_at: &Position,
) -> Result<Vec<String>, Fault> {
    let manifest: Manifest = match records::open_in(channel, stored, manifest_at)
        .map(|opened| Control::decode(&opened.header.kind, &opened.body))?
    {
        Ok(Control::Batch(manifest)) => manifest,
        _ => return Err(Fault::new(Code::NotVerified, say!("batch-without-manifest"))),
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

fn seen_note(reader: &Reader, origin: &Origin, size: u64, manifest_at: &Position) -> Result<Option<String>, Fault> {
    let (Some(checkpoint), Some(receipt)) =
        (reader.note_at(origin, size)?, reader.receipt(origin, size, manifest_at.origin.agency)?)
    else {
        return Ok(None);
    };
    let mut note = Note::parse(&checkpoint).map_err(|error| internal(&error))?;
    note.signatures.extend(Note::parse(&receipt.note).map_err(|error| internal(&error))?.signatures);
    Ok(Some(note.encode()))
}

pub(crate) fn internal(error: &dyn std::fmt::Display) -> Fault {
    Fault::new(Code::Internal, error.to_string())
}

/// The bundles from the first version to the one that governs a record.
fn bundles_up_to(channel: &Channel, hash: &Hash) -> Vec<Vec<u8>> {
    let mut bundles = Vec::new();
    let mut next = Some(*hash);
    while let Some(version) = next.and_then(|hash| channel.version(&hash)) {
        bundles.push(version.bundle.clone());
        next = Bundle::parse(&version.bundle).ok().and_then(|bundle| bundle.agreement().previous);
    }
    bundles.reverse();
    bundles
}
