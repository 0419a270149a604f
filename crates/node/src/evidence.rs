//! Putting an evidence file together from what this node holds.

use desks::thread::{Event, RecordStub, What, starts_clock};
use protocol::{
    batch::{MANIFEST_KIND, Manifest},
    channel::Channel,
    commit::StoredBatch,
    control::{Control, REVOCATION_KIND},
    evidence::{Evidence, EvidenceError, Member, missed::Missed},
    id::Hash,
    origin::{Origin, Position},
    record::{self, Context, Parts},
    statement::{ANSWER_KIND, Await, DutyClass, STATEMENT_KIND, ThreadKey},
    tlog::{Note, Proof, merkle},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Reader, Told};

use crate::{
    audit::{self, Noted},
    callers::Caller,
    channel::{ChannelHandle, bundles_up_to, delivered_to},
    db::SUITE,
    fault::{Code, Fault},
    limits,
    node::Node,
    records, statements,
    threads::{self, turn},
    uses::{self, Used},
};

/// Records of the protocol itself that testify (EVID-13).
const TESTIMONY: [&str; 6] =
    ["mithaq.refusal/1", "mithaq.received/1", STATEMENT_KIND, ANSWER_KIND, MANIFEST_KIND, REVOCATION_KIND];

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
) -> Result<(Vec<u8>, Noted), Fault> {
    let channel = &*handle.value();
    let reader = node.reader()?;
    records::check_quarantine(&reader, caller, position)?;
    let (evidence, opened) = assemble(&reader, channel, position)?;
    records::check_shown(node, caller, position, opened.header.thread.as_ref())?;
    caller.check_kind(Some(&opened.header.kind))?;
    if opened.header.is_protocol() && !TESTIMONY.contains(&opened.header.kind.as_str()) {
        return Err(Fault::usage(format!(
            "evidence files are for records of officers; of the protocol's own there are files for {}",
            TESTIMONY.join(", ")
        )));
    }
    let act = match exported_for {
        ExportedFor::Verify | ExportedFor::Oversight => policy::Act::Consult,
        ExportedFor::Court => policy::Act::Court,
        ExportedFor::Office => policy::Act::Disseminate,
    };
    let used = Used { handle, position, header: &opened.header };
    let allowed = uses::decide(node, caller, used, act, to.as_deref())?;
    evidence.verify(SUITE).map_err(|error| does_not_verify(&error))?;
    let noted = audit::shown(&opened.secret, &opened.header_bytes, &opened.body)
        .with(json!({ "use": exported_for, "permissions": allowed.permissions }))
        .why(allowed.purpose)
        .to(to);
    Ok((evidence.encode().map_err(|error| internal(&error))?, noted))
}

/// The file that proves a missed deadline in a thread: from the newest own statement that names it as overdue and that the
/// party which owes has countersigned. Checked before it leaves.
pub fn missed(node: &Node, caller: &Caller, channel: &Channel, thread: ThreadKey) -> Result<(Vec<u8>, Noted), Fault> {
    threads::catch_up(node)?;
    let (statement_at, item) = stated(node, channel, &thread)?;
    let (asked_at, received_at) = asked(node, channel, &thread, &item)?;
    let reader = node.reader()?;
    records::check_quarantine(&reader, caller, &asked_at)?;
    let (asked, opened) = assemble(&reader, channel, &asked_at)?;
    records::check_shown(node, caller, &asked_at, Some(&thread.thread))?;
    caller.check_kind(Some(&opened.header.kind))?;
    let answers = node.threads.rows.answers(&statement_at)?;
    let answer = answers.iter().find(|answer| answer.position.origin.agency == item.from);
    let file = Missed {
        asked,
        received: assemble(&reader, channel, &received_at)?.0,
        statement: assemble(&reader, channel, &statement_at)?.0,
        answer: answer.map(|answer| Ok::<_, Fault>(assemble(&reader, channel, &answer.position)?.0)).transpose()?,
    };
    file.verify(SUITE).map_err(|error| does_not_verify(&error))?;
    let noted = audit::shown(&opened.secret, &opened.header_bytes, &opened.body);
    Ok((file.encode().map_err(|error| internal(&error))?, noted))
}

/// The newest own statement that proves something overdue in a thread, and what.
fn stated(node: &Node, channel: &Channel, thread: &ThreadKey) -> Result<(Position, Await), Fault> {
    let rows =
        node.threads.rows.told(&channel.id(), Told::Statement, Some(&node.me), limits::STATEMENTS_SEARCHED_MAX)?;
    let mut not_delivered = false;
    for row in rows {
        let Some(statement) = statements::statement(&row) else { continue };
        let is_over =
            |item: &&Await| item.by.is_some_and(|by| by < row.time) && class(item) != Some(DutyClass::Receipt);
        let Some(item) = statement.awaits.iter().filter(|item| item.key() == *thread).find(is_over) else { continue };
        if delivered_to(channel, &row.position, &item.from) {
            return Ok((row.position, item.clone()));
        }
        not_delivered = true;
    }
    let message = if not_delivered {
        "a statement of this agency names the thread as overdue, but the party that owes has not countersigned it yet"
    } else {
        "no statement of this agency names something overdue in this thread: make one (`mithaq statement make`) once the \
         deadline has passed"
    };
    Err(Fault::not_found(message).in_field("thread"))
}

/// The record whose receipt by the debtor started the clock, and that receipt.
fn asked(node: &Node, channel: &Channel, thread: &ThreadKey, item: &Await) -> Result<(Position, Position), Fault> {
    let events = turn::events(&node.threads.rows, channel, &thread.thread, thread.lane)?;
    let mut records: Vec<(&Position, &Event, &RecordStub)> = events
        .iter()
        .filter_map(|(position, event)| match &event.stub.what {
            What::Record(record) if event.void().is_none() => Some((position, event, record)),
            _ => None,
        })
        .filter(|(position, _, record)| position.origin.agency != item.from && starts_clock(record, class(item)))
        .collect();
    // The clock starts again with what came last.
    records.sort_by_key(|(_, event, _)| std::cmp::Reverse(event.stub.place));
    let receipt_of = |asked: &Position| {
        events.iter().find_map(|(position, event)| match &event.stub.what {
            What::Received(batch)
                if position.origin.agency == item.from
                    && batch.origin == asked.origin
                    && (batch.first..batch.size()).contains(&asked.index) =>
            {
                Some(*position)
            }
            _ => None,
        })
    };
    let found = records.into_iter().find_map(|(asked, ..)| Some((*asked, receipt_of(asked)?)));
    found.ok_or_else(|| Fault::not_found("the party that owes has not said that it received what was asked"))
}

/// A record with all that proves it.
fn assemble(reader: &Reader, channel: &Channel, position: &Position) -> Result<(Evidence, records::Opened), Fault> {
    let missing = || Fault::not_found(format!("no entry {} in {} here", position.index, position.origin));
    let stored = reader.batch_at(&position.origin, position.index)?.ok_or_else(missing)?;
    assemble_in(reader, channel, &stored, position)
}

/// The evidence file of the manifest of a batch that was not admitted, for whoever is to judge its author.
///
/// # Errors
/// It does not open, or what is held here does not prove it.
pub fn of_manifest(reader: &Reader, channel: &Channel, stored: &StoredBatch) -> Result<Vec<u8>, Fault> {
    let position = Position { origin: stored.batch.origin, index: stored.batch.first };
    let (evidence, _) = assemble_in(reader, channel, stored, &position)?;
    evidence.verify(SUITE).map_err(|error| does_not_verify(&error))?;
    evidence.encode().map_err(|error| internal(&error))
}

/// A record of a batch with all that proves it.
fn assemble_in(
    reader: &Reader,
    channel: &Channel,
    stored: &StoredBatch,
    position: &Position,
) -> Result<(Evidence, records::Opened), Fault> {
    let opened = records::open_in(channel, stored, position)?;
    let receipts: Vec<String> =
        reader.receipts(&position.origin, stored.batch.size())?.into_iter().map(|receipt| receipt.note).collect();
    let manifest_at = Position { origin: position.origin, index: stored.batch.first };
    let author = position.origin.agency;
    let mut cards = Vec::new();
    cards.extend(channel.parties().get(&author).map(|chain| chain.encode()));
    cards.extend(channel.parties().iter().filter(|(agency, _)| **agency != author).map(|(_, chain)| chain.encode()));
    let evidence = Evidence {
        context: Context { channel: channel.id(), author, agreement: opened.agreement },
        record: member(reader, channel, stored, position, &receipts)?,
        manifest: member(reader, channel, stored, &manifest_at, &[])?,
        cards,
        agreements: bundles_up_to(channel, &opened.agreement),
        enrolments: enrolments(reader, channel, &opened.approvals)?,
        seen: seen(reader, channel, stored, &manifest_at)?,
    };
    Ok((evidence, opened))
}

fn does_not_verify(error: &EvidenceError) -> Fault {
    Fault::new(Code::NotVerified, format!("what is held here does not verify: {error}"))
}

/// A record with its path to its batch's checkpoint.
fn member(
    reader: &Reader,
    channel: &Channel,
    stored: &StoredBatch,
    position: &Position,
    receipts: &[String],
) -> Result<Member, Fault> {
    let opened = records::open_in(channel, stored, position)?;
    // A batch that was not admitted is not in the store, but what comes before it is.
    let before = reader.commitments(&position.origin, stored.batch.first)?;
    let leaves: Vec<Hash> =
        before.iter().chain(&stored.batch.commitments).map(|commitment| merkle::leaf_hash(SUITE, commitment)).collect();
    let path = merkle::inclusion_proof(SUITE, &leaves, position.index)
        .ok_or_else(|| Fault::new(Code::NotVerified, "the log's entries held here are incomplete"))?;
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
fn enrolments(reader: &Reader, channel: &Channel, approvals: &[u8]) -> Result<Vec<Member>, Fault> {
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
                .ok_or_else(|| Fault::new(Code::NotVerified, "an officer's enrolment is not held here"))?;
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
) -> Result<Vec<String>, Fault> {
    let manifest: Manifest = match records::open_in(channel, stored, manifest_at)
        .map(|opened| Control::decode(&opened.header.kind, &opened.body))?
    {
        Ok(Control::Batch(manifest)) => manifest,
        _ => return Err(Fault::new(Code::NotVerified, "a batch does not begin with its manifest")),
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

fn internal(error: &dyn std::fmt::Display) -> Fault {
    Fault::new(Code::Internal, error.to_string())
}

fn class(item: &Await) -> Option<DutyClass> {
    item.what.as_ref().map(|duty| duty.class)
}
