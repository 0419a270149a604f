//! Breaches of the protocol that a partner signed. They are refused, and kept as evidence against their author: a false
//! manifest as an evidence file of that manifest, two histories of a log as their proof.
//!
//! What is kept holds no content of records. Of each log only the first few false manifests are kept: a log does not go on
//! behind one, so there is no honest reason for more.

use protocol::{
    channel::{Channel, Frozen, equivocation::EquivocationProof, manifest::ManifestFault},
    commit::{Commit, KeptDocument},
    encoding::base64_bytes,
    evidence::{Evidence, Proven},
    id::ChannelId,
    origin::{Origin, Position},
    tlog::{Checkpoint, Note},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Reader, StoreError};
use texts::{Message, say};

use crate::{
    audit::Noted,
    channels::Channels,
    clock,
    db::{Db, SUITE},
    fault::Fault,
    limits, words,
};

/// The type of the document that keeps a false manifest.
const FALSE_MANIFEST: &str = "false_manifest";
/// The type of the document that keeps two histories.
const TWO_HISTORIES: &str = "equivocation";

/// A breach that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Breach {
    /// By which it is asked for.
    pub id: String,
    /// The channel.
    #[schemars(with = "words::Id")]
    pub channel: ChannelId,
    /// The log in which it was signed.
    #[schemars(with = "words::Origin")]
    pub log: Origin,
    /// The false manifest's entry, or the size up to which both histories reach.
    pub index: u64,
    /// The manifest in the same log that it contradicts: an evidence file of that entry is the other half of the proof.
    pub against: Option<u64>,
    /// What is wrong, in a sentence.
    pub message: String,
    /// When it was refused, milliseconds since 1970; of two histories the node's log says it.
    pub refused_ms: Option<u64>,
    /// What is wrong.
    pub what: What,
}

/// What a partner signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "breach", rename_all = "snake_case")]
#[schemars(rename = "BreachKind")]
pub enum What {
    /// A manifest that can't be.
    FalseManifest(#[schemars(with = "words::ManifestFault")] ManifestFault),
    /// Two histories of one log. The channel is frozen.
    TwoHistories,
}

impl What {
    /// As readers are told of it.
    pub fn in_words(&self) -> Message {
        match self {
            Self::TwoHistories => say!("frozen-equivocation").worded(Frozen::Equivocation.to_string()),
            Self::FalseManifest(fault) => {
                let message = match fault {
                    ManifestFault::SeenWentBack { log, size, before } => {
                        say!("breach-seen-went-back", log = %log, size = *size, before = *before)
                    }
                    ManifestFault::SeenOfOtherLogs { log } => say!("breach-seen-of-others", log = %log),
                    ManifestFault::SeenNeverSigned { log, size, signed } => {
                        say!("breach-seen-never-signed", log = %log, size = *size, signed = *signed)
                    }
                };
                message.worded(fault.to_string())
            }
        }
    }
}

/// What is kept of a false manifest.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    fault: ManifestFault,
    refused_ms: u64,
    #[serde(with = "base64_bytes")]
    evidence: Vec<u8>,
}

/// Keeps a false manifest, unless it or enough of the same log are kept. It is durable when this returns. `evidence` makes the
/// file: who sends the same again and again makes this node look, and no more.
///
/// # Errors
/// The store can't be read or written, or the manifest can't be proven.
pub fn keep(
    db: &Db,
    channel: ChannelId,
    position: Position,
    fault: ManifestFault,
    evidence: impl FnOnce(&Reader) -> Result<Vec<u8>, Fault>,
) -> Result<(), Fault> {
    let reader = db.reader()?;
    let is_enough = |reader: &Reader| {
        let kept = reader.documents(channel, FALSE_MANIFEST)?;
        let of_log = kept.iter().filter(|document| document.position.is_some_and(|at| at.origin == position.origin));
        let is_it = |document: &KeptDocument| {
            document.position == Some(position) && read(document).is_ok_and(|kept| kept.fault == fault)
        };
        Ok::<_, StoreError>(of_log.clone().count() >= limits::BREACHES_KEPT_MAX || of_log.clone().any(is_it))
    };
    if is_enough(&reader)? {
        return Ok(());
    }
    let evidence = evidence(&reader)?;
    // Held from the last look to the write: the partner may send it twice at once.
    let mut store = db.store();
    if is_enough(&db.reader()?)? {
        return Ok(());
    }
    let kept = Kept { fault, refused_ms: clock::now_ms(), evidence };
    // It holds strings, numbers and codes only, so writing it can't fail.
    let bytes = serde_json::to_vec(&kept).unwrap_or_default();
    let mut commit = Commit::new(channel);
    commit.documents.push(KeptDocument { kind: FALSE_MANIFEST, position: Some(position), bytes });
    store.commit(&commit, clock::now_us(), &mut crate::entropy())?;
    Ok(())
}

/// Every breach that is kept, by channel.
///
/// # Errors
/// The store can't be read.
pub fn list(db: &Db, channels: &Channels) -> Result<Vec<Breach>, StoreError> {
    let reader = db.reader()?;
    let mut breaches = Vec::new();
    for channel in channels.list() {
        breaches.extend(in_channel(&reader, channel.id())?.into_iter().map(|(breach, _)| breach));
    }
    Ok(breaches)
}

/// A proof that was shown, in the audit log.
#[derive(Serialize)]
struct Shown<'a> {
    breach: &'a str,
}

/// The file that proves a breach, for anybody to check offline.
///
/// # Errors
/// There is no such breach, or the store can't be read.
pub fn file(db: &Db, channel: ChannelId, id: &str) -> Result<(Vec<u8>, Noted), Fault> {
    let kept = in_channel(&db.reader()?, channel)?;
    let (breach, file) = kept
        .into_iter()
        .find(|(breach, _)| breach.id == id)
        .ok_or_else(|| Fault::not_found(say!("no-such-breach")).in_field("breach"))?;
    let noted = Noted::facts(&Shown { breach: &breach.id });
    Ok((file, noted))
}

/// What of the kept proofs does not prove what it is kept for.
///
/// # Errors
/// The store can't be read.
pub fn check(db: &Db, channel: &Channel) -> Result<Vec<Message>, StoreError> {
    let holds = |breach: &Breach, file: &[u8]| match breach.what {
        What::FalseManifest(_) => Evidence::parse(file).is_ok_and(|file| {
            let of = |proven: Proven| (proven.position.origin, proven.position.index);
            file.verify(SUITE).is_ok_and(|proven| of(proven) == (breach.log, breach.index))
        }),
        What::TwoHistories => {
            let mut cards = channel.parties().get(&breach.log.agency).into_iter().flat_map(|cards| cards.cards());
            EquivocationProof::parse(file).is_ok_and(|proof| cards.any(|card| proof.holds(SUITE, &card.keys.log)))
        }
    };
    let kept = in_channel(&db.reader()?, channel.id())?;
    let broken = kept.iter().filter(|(breach, file)| !holds(breach, file));
    Ok(broken.map(|(breach, _)| say!("check-breach-proof", id = %breach.id)).collect())
}

fn in_channel(reader: &Reader, channel: ChannelId) -> Result<Vec<(Breach, Vec<u8>)>, StoreError> {
    let mut breaches = Vec::new();
    for document in reader.documents(channel, FALSE_MANIFEST)? {
        let Kept { fault, refused_ms, evidence } = read(&document)?;
        let Some(Position { origin: log, index }) = document.position else { continue };
        let against = match fault {
            ManifestFault::SeenWentBack { .. } => {
                reader.batch_at(&log, index.saturating_sub(1))?.map(|b| b.batch.first)
            }
            _ => None,
        };
        let (id, what) = (id(&evidence), What::FalseManifest(fault));
        let message = what.in_words().to_string();
        let breach = Breach { id, channel, log, index, against, message, refused_ms: Some(refused_ms), what };
        breaches.push((breach, evidence));
    }
    for document in reader.documents(channel, TWO_HISTORIES)? {
        let Some((log, index)) = smaller(&document.bytes) else { return Err(damaged(&document, "not a proof")) };
        let (id, what) = (id(&document.bytes), What::TwoHistories);
        let message = what.in_words().to_string();
        let breach = Breach { id, channel, log, index, against: None, message, refused_ms: None, what };
        breaches.push((breach, document.bytes));
    }
    Ok(breaches)
}

/// Log and size of the smaller of two histories.
fn smaller(proof: &[u8]) -> Option<(Origin, u64)> {
    let note = Note::parse(&EquivocationProof::parse(proof).ok()?.smaller).ok()?;
    let checkpoint = Checkpoint::parse(&note.text).ok()?;
    Some((checkpoint.origin.parse().ok()?, checkpoint.size))
}

fn id(file: &[u8]) -> String {
    hex::encode(SUITE.sha256(&[file])).chars().take(16).collect()
}

fn read(document: &KeptDocument) -> Result<Kept, StoreError> {
    serde_json::from_slice(&document.bytes).map_err(|error| damaged(document, &error.to_string()))
}

fn damaged(document: &KeptDocument, reason: &str) -> StoreError {
    StoreError::Damaged { place: format!("a document about a breach ({})", document.kind), reason: reason.into() }
}
