//! Protocol records (`mithaq.*`): fixed schemas without free text, always allowed, never refused by policy.
//!
//! Each body is strict JSON; the header of a protocol record is [`Header::protocol`](crate::header::Header::protocol).

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    agreement::Bundle,
    batch::{BatchRef, MANIFEST_KIND, Manifest},
    date::Date,
    document::SignedDocument,
    encoding::base64_bytes,
    id::{Hash, hash_hex},
    json::{self, JsonError},
    limits,
    origin::{Origin, Position},
    record::{Enrolment, Officer},
    statement::{ANSWER_KIND, STATEMENT_KIND, Statement, StatementAnswer},
};

/// The kind by which an officer's enrolment ends.
pub const REVOCATION_KIND: &str = "mithaq.revocation/1";

/// A protocol record's body, by kind.
#[derive(Clone, PartialEq, Debug)]
pub enum Control {
    /// `mithaq.batch/1`: the manifest that opens every batch.
    Batch(Manifest),
    /// `mithaq.agreement/1`: from here on this version governs the log. The body is the signed bundle.
    Agreement(Vec<u8>),
    /// `mithaq.suspend/1`: from here on its author sends protocol records only, and refuses what it has not receipted.
    Suspend,
    /// `mithaq.resume/1`: its author's suspension ends here.
    Resume,
    /// `mithaq.terminate/1`: its author ends the agreement for all, where the agreement lets it.
    Terminate(Termination),
    /// `mithaq.card/1`: the party's handover to a new card.
    Card(CardHandover),
    /// `mithaq.sealing_key/1`: seal to this key from now on.
    SealingKey(SignedDocument),
    /// `mithaq.epoch/1`: why this epoch begins, and what is known of the earlier ones.
    Epoch(EpochOpening),
    /// `mithaq.enrolment/1`: an officer's office and key.
    Enrolment(Officer),
    /// `mithaq.revocation/1`: what is approved under this enrolment of its author's counts no more from here on.
    Revocation(Enrolment),
    /// `mithaq.refusal/1`: records of a batch that the receiver refuses.
    Refusal(RefusalOfBatch),
    /// `mithaq.erasure/1`: destroy these records.
    Erasure(Places),
    /// `mithaq.erased/1`: these records were destroyed here.
    Erased(Places),
    /// `mithaq.attachments/1`: all attachments of these records are stored and checked here.
    Attachments(Places),
    /// `mithaq.received/1`: this batch was received; the deadlines of its records run from this batch's time.
    Received(Received),
    /// `mithaq.withheld/1`: its author was given a note in place of these records; at no node do they take effect.
    Withheld(Places),
    /// `mithaq.statement/1`: how all threads stand at a cut, and what awaits others.
    Statement(Statement),
    /// `mithaq.statement_answer/1`: the same by another party's account, and what of it that party contests.
    StatementAnswer(StatementAnswer),
}

/// Body of `mithaq.card/1`: the new card's hash, own heads, heads receipted from others.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardHandover {
    /// SHA-256 of the new card.
    #[serde(with = "hash_hex")]
    pub card: Hash,
    /// The whole chain up to the new card, as a card file.
    #[serde(with = "base64_bytes")]
    pub chain: Vec<u8>,
    /// Own logs and those receipted from others, with their sizes and roots: what the old card's signatures cover.
    pub heads: Vec<KnownHead>,
}

/// Body of `mithaq.terminate/1`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Termination {
    /// The last day on which records may be sent.
    pub last_day: Date,
}

/// The body of records that say all by their kind: `{}`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Body of `mithaq.epoch/1`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpochOpening {
    /// Every log of an earlier epoch known here.
    pub earlier: Vec<KnownHead>,
}

/// A log's size and root as known to the author.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownHead {
    /// The log.
    pub origin: Origin,
    /// Its size.
    pub size: u64,
    /// Its root at that size.
    #[serde(with = "hash_hex")]
    pub root: Hash,
}

/// Body of `mithaq.refusal/1`: at most one for a batch.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusalOfBatch {
    /// The batch.
    pub batch: BatchRef,
    /// Its refused entries, in order.
    pub refused: Vec<RefusedEntry>,
}

/// Body of `mithaq.received/1`: a batch, and what of it starts no clock.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Received {
    /// The log.
    pub origin: Origin,
    /// Number of the batch's first entry.
    pub first: u64,
    /// How many entries it has.
    pub count: u32,
    /// Root of the log after the batch.
    #[serde(with = "hash_hex")]
    pub root: Hash,
    /// Entries that were refused, or came as a withheld note, in order: nothing runs from them. Left out if there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<u64>,
}

impl Received {
    /// Of a batch, all but these entries.
    pub fn of(batch: BatchRef, mut except: Vec<u64>) -> Self {
        except.sort_unstable();
        except.dedup();
        let BatchRef { origin, first, count, root } = batch;
        Self { origin, first, count, root, except }
    }

    /// The batch.
    pub const fn batch(&self) -> BatchRef {
        BatchRef { origin: self.origin, first: self.first, count: self.count, root: self.root }
    }

    fn problem(&self) -> Option<&'static str> {
        let (first, size) = (self.first, self.batch().size());
        let inside = self.except.iter().all(|index| (first..size).contains(index));
        (!inside || !self.except.is_sorted_by(|a, b| a < b))
            .then_some("its exceptions are entries of the batch in order")
    }
}

/// One refused entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusedEntry {
    /// The entry's number in the log.
    pub index: u64,
    /// The floor rule or clause that refuses.
    pub rule: String,
    /// The reason's code.
    pub reason: String,
}

/// Records of one log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Places {
    /// The log.
    pub origin: Origin,
    /// The entries' numbers, ascending.
    pub indexes: Vec<u64>,
}

impl Places {
    /// Whether an entry is among them.
    pub fn names(&self, entry: &Position) -> bool {
        self.origin == entry.origin && self.indexes.contains(&entry.index)
    }
}

/// Why a protocol record can't be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ControlError {
    /// The kind begins with `mithaq.` but this node doesn't know it.
    #[error("unknown protocol record {0}: the partner runs a newer version")]
    Unknown(String),
    /// The body is not what the kind demands.
    #[error("{kind}: {source}")]
    Body {
        /// The record's kind.
        kind: &'static str,
        /// Where and what.
        source: JsonError,
    },
    /// The bundle in an activation is not one.
    #[error("mithaq.agreement/1 carries no readable agreement bundle")]
    Bundle,
    /// The members are readable and say something that can't be.
    #[error("{kind}: {problem}")]
    Senseless {
        /// The record's kind.
        kind: &'static str,
        /// What.
        problem: &'static str,
    },
}

impl Control {
    /// Every record kind, in the order of the specification.
    pub const KINDS: [&'static str; 18] = [
        MANIFEST_KIND,
        "mithaq.agreement/1",
        "mithaq.suspend/1",
        "mithaq.resume/1",
        "mithaq.terminate/1",
        "mithaq.card/1",
        "mithaq.sealing_key/1",
        "mithaq.epoch/1",
        "mithaq.enrolment/1",
        REVOCATION_KIND,
        "mithaq.refusal/1",
        "mithaq.erasure/1",
        "mithaq.erased/1",
        "mithaq.attachments/1",
        "mithaq.received/1",
        "mithaq.withheld/1",
        STATEMENT_KIND,
        ANSWER_KIND,
    ];

    /// The record kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Batch(_) => MANIFEST_KIND,
            Self::Agreement(_) => "mithaq.agreement/1",
            Self::Suspend => "mithaq.suspend/1",
            Self::Resume => "mithaq.resume/1",
            Self::Terminate(_) => "mithaq.terminate/1",
            Self::Card(_) => "mithaq.card/1",
            Self::SealingKey(_) => "mithaq.sealing_key/1",
            Self::Epoch(_) => "mithaq.epoch/1",
            Self::Enrolment(_) => "mithaq.enrolment/1",
            Self::Revocation(_) => REVOCATION_KIND,
            Self::Refusal(_) => "mithaq.refusal/1",
            Self::Erasure(_) => "mithaq.erasure/1",
            Self::Erased(_) => "mithaq.erased/1",
            Self::Attachments(_) => "mithaq.attachments/1",
            Self::Received(_) => "mithaq.received/1",
            Self::Withheld(_) => "mithaq.withheld/1",
            Self::Statement(_) => STATEMENT_KIND,
            Self::StatementAnswer(_) => ANSWER_KIND,
        }
    }

    /// The body's bytes.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Batch(body) => to_json(body),
            Self::Agreement(bundle) => bundle.clone(),
            Self::Suspend | Self::Resume => to_json(&Nothing {}),
            Self::Terminate(body) => to_json(body),
            Self::Card(body) => to_json(body),
            Self::SealingKey(document) => to_json(document),
            Self::Epoch(body) => to_json(body),
            Self::Enrolment(body) => to_json(body),
            Self::Revocation(body) => to_json(body),
            Self::Refusal(body) => to_json(body),
            Self::Erasure(body) | Self::Erased(body) | Self::Attachments(body) | Self::Withheld(body) => to_json(body),
            Self::Received(body) => to_json(body),
            Self::Statement(body) => to_json(body),
            Self::StatementAnswer(body) => to_json(body),
        }
    }

    /// Reads the body of a record whose kind begins with `mithaq.`; total.
    pub fn decode(kind: &str, body: &[u8]) -> Result<Self, ControlError> {
        Ok(match kind {
            MANIFEST_KIND => Self::Batch(parse(body, MANIFEST_KIND)?),
            "mithaq.agreement/1" => {
                Bundle::parse(body).map_err(|_| ControlError::Bundle)?;
                Self::Agreement(body.to_vec())
            }
            "mithaq.suspend/1" => parse::<Nothing>(body, "mithaq.suspend/1").map(|Nothing {}| Self::Suspend)?,
            "mithaq.resume/1" => parse::<Nothing>(body, "mithaq.resume/1").map(|Nothing {}| Self::Resume)?,
            "mithaq.terminate/1" => Self::Terminate(parse(body, "mithaq.terminate/1")?),
            "mithaq.card/1" => Self::Card(parse(body, "mithaq.card/1")?),
            "mithaq.sealing_key/1" => Self::SealingKey(parse(body, "mithaq.sealing_key/1")?),
            "mithaq.epoch/1" => Self::Epoch(parse(body, "mithaq.epoch/1")?),
            "mithaq.enrolment/1" => {
                let officer: Officer = parse(body, "mithaq.enrolment/1")?;
                sensible("mithaq.enrolment/1", officer.problem())?;
                Self::Enrolment(officer)
            }
            REVOCATION_KIND => Self::Revocation(parse(body, REVOCATION_KIND)?),
            "mithaq.refusal/1" => Self::Refusal(parse(body, "mithaq.refusal/1")?),
            "mithaq.erasure/1" => Self::Erasure(parse(body, "mithaq.erasure/1")?),
            "mithaq.erased/1" => Self::Erased(parse(body, "mithaq.erased/1")?),
            "mithaq.attachments/1" => Self::Attachments(parse(body, "mithaq.attachments/1")?),
            "mithaq.received/1" => {
                let received: Received = parse(body, "mithaq.received/1")?;
                sensible("mithaq.received/1", received.problem())?;
                Self::Received(received)
            }
            "mithaq.withheld/1" => Self::Withheld(parse(body, "mithaq.withheld/1")?),
            STATEMENT_KIND => {
                let statement: Statement = parse(body, STATEMENT_KIND)?;
                sensible(STATEMENT_KIND, statement.problem())?;
                Self::Statement(statement)
            }
            ANSWER_KIND => {
                let answer: StatementAnswer = parse(body, ANSWER_KIND)?;
                sensible(ANSWER_KIND, answer.problem())?;
                Self::StatementAnswer(answer)
            }
            other => return Err(ControlError::Unknown(other.into())),
        })
    }
}

fn parse<T: DeserializeOwned>(body: &[u8], kind: &'static str) -> Result<T, ControlError> {
    json::parse_strict(body, limits::CONTROL_BYTES_MAX, kind).map_err(|source| ControlError::Body { kind, source })
}

fn sensible(kind: &'static str, problem: Option<&'static str>) -> Result<(), ControlError> {
    problem.map_or(Ok(()), |problem| Err(ControlError::Senseless { kind, problem }))
}

/// These types hold only strings, numbers, lists and maps with string keys, so writing them can't fail.
fn to_json<T: Serialize>(body: &T) -> Vec<u8> {
    serde_json::to_vec(body).unwrap_or_default()
}

/// The officers enrolled in a channel, by the place of their enrolment.
pub type Officers = BTreeMap<(Origin, u64), Officer>;

/// A refusal by the receiver's policy, without its rule's inputs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// The floor rule or clause that refuses.
    pub rule: String,
    /// The reason's code.
    pub reason: String,
}

/// A withheld note's body: what may no longer leave, without a reason (WITHHELD-1).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithheldNote {
    /// The sender's log.
    pub origin: Origin,
    /// The entries, ascending.
    pub indexes: Vec<u64>,
    /// Their commitments, in the same order.
    pub commitments: Vec<CommitmentHex>,
}

/// A commitment as 64 hexadecimal digits in JSON.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommitmentHex(#[serde(with = "hash_hex")] pub Hash);

/// A nack's body: this batch did not open or match here; seal to this key instead (NACK-1).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nack {
    /// The batch.
    pub batch: BatchRef,
    /// What went wrong.
    pub reason: NackReason,
    /// The receiver's current sealing key.
    pub sealing_key: SignedDocument,
}

/// Why a batch is not receipted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NackReason {
    /// The keyring does not open: sealed to a key that is gone, or damaged.
    DoesNotOpen,
    /// A record does not match its log entry.
    DoesNotMatch,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::Header;

    /// A receiver refuses what its header check does not take, so a kind that is not one would never arrive.
    #[test]
    fn every_kind_is_known_and_stands_in_a_valid_header() {
        for kind in Control::KINDS {
            assert!(!matches!(Control::decode(kind, b"{}"), Err(ControlError::Unknown(_))), "{kind}");
            let header = Header::parse(&Header::protocol(kind).encode()).unwrap();
            assert!(header.is_protocol());
        }
    }
}
