//! Own records that one officer released alone against an imminent threat to life, and what another officer found
//! afterwards (rule EYE-03).
//!
//! Both are documents beside the channel: the first is written in the commit that records the record, the second when it
//! is reviewed. They hold times, tokens, roles and codes, and nothing of the record.

use protocol::{
    commit::{Commit, KeptDocument, MarkState},
    header::RecordRef,
    id::ChannelId,
    origin::Position,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Reader, StoreError};
use texts::say;

use crate::{
    audit::By,
    callers::Caller,
    clock,
    db::Db,
    fault::{Code, Fault},
    limits, words,
};

/// The type of the document that asks for a review.
const DUE: &str = "released_alone";
/// The type of the document that has its outcome.
const REVIEWED: &str = "review";

/// The rule that asks for the review.
pub const RULE: &str = "EYE-03";

/// A release that is or was to be reviewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Review {
    /// The channel.
    #[schemars(with = "words::Id")]
    pub channel: ChannelId,
    /// The record.
    #[serde(flatten)]
    #[schemars(with = "words::Entry")]
    pub record: RecordRef,
    /// The record's kind.
    pub kind: String,
    /// When it was recorded, milliseconds since 1970.
    pub released_ms: u64,
    /// By when it is to be reviewed, milliseconds since 1970.
    pub due_ms: u64,
    /// Whether that time has passed without a review.
    pub overdue: bool,
    /// Id of the token with which it was submitted.
    pub submitted_by: String,
    /// Id of the person who has that token, if a person has it.
    pub submitted_by_person: Option<String>,
    /// What was found, once it was reviewed.
    pub outcome: Option<Outcome>,
    /// Whether its content has been erased since.
    pub erased: bool,
}

/// What a review found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ReviewOutcome")]
pub struct Outcome {
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// Id of the reviewer's token.
    pub token: String,
    /// Id of the person who has that token, if a person has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// The reviewer's role.
    pub role: String,
    /// When, milliseconds since 1970.
    pub reviewed_ms: u64,
}

/// The finding of a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "finding", content = "ground")]
pub enum Finding {
    /// It was right to release it.
    Confirmed,
    /// It was not, on this ground.
    Objected(Ground),
}

/// Why it was not right to release a record alone. A code, so that nothing of the record stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// No threat to life was imminent.
    NoThreatToLife,
    /// Less would have been enough.
    MoreThanNeeded,
    /// It went to a party that could not avert the threat.
    WrongRecipient,
    /// A right of a person stood against it.
    RightsGround,
}

impl Ground {
    /// The ground that a word means.
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "no_threat_to_life" => Self::NoThreatToLife,
            "more_than_needed" => Self::MoreThanNeeded,
            "wrong_recipient" => Self::WrongRecipient,
            "rights_ground" => Self::RightsGround,
            _ => return None,
        })
    }

    /// The words of the grounds, as requests write them.
    pub const WORDS: &'static [&'static str] =
        &["no_threat_to_life", "more_than_needed", "wrong_recipient", "rights_ground"];
}

/// How many reviews wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Not reviewed yet.
    pub open: u64,
    /// Of these, those whose day is over.
    pub overdue: u64,
    /// Objected to, and the content is still here.
    pub objected: u64,
}

/// What is kept of a release.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Released {
    kind: String,
    token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person: Option<String>,
    released_ms: u64,
}

/// The document that asks for a review, to be written with the record.
pub fn due(position: Position, kind: &str, by: &By, now_ms: u64) -> KeptDocument {
    let By { token, person, .. } = by.clone();
    document(DUE, position, &Released { kind: kind.to_owned(), token, person, released_ms: now_ms })
}

/// Every release that is or was to be reviewed, the earliest first.
///
/// # Errors
/// The store can't be read.
pub fn list(db: &Db, channels: &[ChannelId], now_ms: u64) -> Result<Vec<Review>, StoreError> {
    let reader = db.reader()?;
    let mut reviews = Vec::new();
    for channel in channels {
        reviews.extend(in_channel(&reader, *channel, now_ms)?);
    }
    reviews.sort_by_key(|review| review.released_ms);
    Ok(reviews)
}

/// How many reviews wait.
///
/// # Errors
/// The store can't be read.
pub fn waiting(db: &Db, channels: &[ChannelId], now_ms: u64) -> Result<Waiting, StoreError> {
    let mut waiting = Waiting::default();
    for review in list(db, channels, now_ms)? {
        let objected = matches!(review.outcome, Some(Outcome { finding: Finding::Objected(_), .. }));
        waiting.open += u64::from(review.outcome.is_none());
        waiting.overdue += u64::from(review.overdue);
        waiting.objected += u64::from(objected && !review.erased);
    }
    Ok(waiting)
}

/// Keeps what another officer found, if they `may` know of the release. It is durable when this returns, and it stays.
///
/// # Errors
/// What `may` says, [`Code::NotFound`] for what nobody released alone, [`Code::Conflict`] for what was reviewed already, and
/// [`Code::Refused`] by EYE-03 to whoever submitted the record.
pub(crate) fn conclude(
    db: &Db,
    caller: &Caller,
    position: &Position,
    finding: Finding,
    may: impl FnOnce(&Review) -> Result<(), Fault>,
) -> Result<Review, Fault> {
    let now_ms = clock::now_ms();
    // Held from the look to the write: of two reviewers at once, one is told of the other.
    let mut store = db.store();
    let reviews = in_channel(&db.reader()?, position.origin.channel, now_ms)?;
    let record = RecordRef::from(position);
    let mut review = reviews
        .into_iter()
        .find(|review| review.record == record)
        .ok_or_else(|| Fault::not_found(say!("not-released-alone")))?;
    may(&review)?;
    let is_own = review.submitted_by_person.is_some() && review.submitted_by_person.as_deref() == caller.person();
    if review.submitted_by == caller.id() || is_own {
        let message = say!("reviewer-is-submitter");
        return Err(Fault::new(Code::Refused, message).by_rule(RULE));
    }
    if let Some(outcome) = &review.outcome {
        let message = say!("reviewed-already", token = %outcome.token, role = %outcome.role);
        return Err(Fault::new(Code::Conflict, message));
    }
    let By { token, person, role } = By::caller(caller);
    let outcome = Outcome { finding, token, person, role: role.to_owned(), reviewed_ms: now_ms };
    let mut commit = Commit::new(position.origin.channel);
    commit.documents.push(document(REVIEWED, *position, &outcome));
    store.commit(&commit, clock::now_us(), &mut crate::entropy())?;
    review.outcome = Some(outcome);
    review.overdue = false;
    Ok(review)
}

fn in_channel(reader: &Reader, channel: ChannelId, now_ms: u64) -> Result<Vec<Review>, StoreError> {
    let released = reader.documents(channel, DUE)?;
    if released.is_empty() {
        return Ok(Vec::new());
    }
    let reviewed = reader.documents(channel, REVIEWED)?;
    let mut reviews = Vec::with_capacity(released.len());
    for document in &released {
        let Some(position) = document.position else { continue };
        let Released { kind, token, person, released_ms } = read(document)?;
        let outcome = reviewed.iter().find(|reviewed| reviewed.position == Some(position)).map(read::<Outcome>);
        let outcome = outcome.transpose()?;
        let due_ms = released_ms.saturating_add(limits::REVIEW_MS_MAX);
        reviews.push(Review {
            channel,
            record: RecordRef::from(&position),
            kind,
            released_ms,
            due_ms,
            overdue: outcome.is_none() && due_ms < now_ms,
            submitted_by: token,
            submitted_by_person: person,
            outcome,
            erased: reader.marks(&position)?.iter().any(|mark| mark.state == MarkState::Erased),
        });
    }
    Ok(reviews)
}

/// These types hold strings, numbers and codes only, so writing them can't fail.
fn document(kind: &'static str, position: Position, content: &impl Serialize) -> KeptDocument {
    KeptDocument { kind, position: Some(position), bytes: serde_json::to_vec(content).unwrap_or_default() }
}

fn read<T: for<'de> Deserialize<'de>>(document: &KeptDocument) -> Result<T, StoreError> {
    serde_json::from_slice(&document.bytes).map_err(|error| StoreError::Damaged {
        place: format!("a document about a review ({})", document.kind),
        reason: error.to_string(),
    })
}
