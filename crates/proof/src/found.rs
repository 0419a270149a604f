//! What a file proves, whichever of the sorts it is.

use protocol::fingerprint::Fingerprint;
use texts::{Language, Message, say};

use super::{
    EntryProof, EquivocationFacts, Facts, MissedFacts, NotProven, Verdict, all_matched, entry, entry_page,
    equivocation, equivocation_page, evidence, is_entry, is_equivocation, is_missed, missed, missed_page, page,
    unknown_version,
};

/// What a file that holds proves.
pub enum Found {
    /// A record, or what the protocol itself wrote of one.
    Record {
        /// What is proven.
        facts: Box<Facts>,
        /// The record's body.
        body: Vec<u8>,
    },
    /// That a deadline was missed.
    Missed {
        /// What is proven.
        facts: Box<MissedFacts>,
        /// The body of what was asked.
        body: Vec<u8>,
    },
    /// That an entry stands in a log, without its content.
    Entry(Box<EntryProof>),
    /// That an agency signed two histories of a log.
    TwoHistories(EquivocationFacts),
}

/// What was given beside a file.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// The accused party's cards.
    pub cards: Option<&'a [u8]>,
    /// An evidence file of the record.
    pub earlier: Option<&'a [u8]>,
}

impl Found {
    /// How far it is proven to the reader.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Record { facts, .. } => facts.verdict,
            Self::Missed { facts, .. } => facts.verdict,
            Self::Entry(facts) => facts.verdict,
            Self::TwoHistories(facts) => facts.verdict,
        }
    }

    /// The page that says it in each of the languages, one below the other.
    pub fn page(&self, languages: &[Language]) -> String {
        match self {
            Self::Record { facts, .. } => page(facts, languages),
            Self::Missed { facts, .. } => missed_page(facts, languages),
            Self::Entry(facts) => entry_page(facts, languages),
            Self::TwoHistories(facts) => equivocation_page(facts, languages),
        }
    }
}

/// What a file proves to a reader who trusts these fingerprints.
///
/// # Errors
/// Why it is refused.
pub fn find(bytes: &[u8], beside: Beside<'_>, trusted: &[Fingerprint]) -> Result<Found, Message> {
    if let Some(version) = unknown_version(bytes) {
        return Err(say!("newer-file", version = %version));
    }
    let checked = || {
        if let Some(cards) = beside.cards.filter(|_| is_equivocation(bytes)) {
            return Ok(Found::TwoHistories(equivocation(bytes, cards, trusted)?));
        }
        if is_entry(bytes) {
            let (proven, record) = entry(bytes, beside.earlier)?;
            let facts = Box::new(EntryProof::of(&proven, record.as_ref(), trusted));
            all_matched(&facts.unmatched_fingerprints)?;
            return Ok(Found::Entry(facts));
        }
        if is_missed(bytes) {
            let proven = missed(bytes)?;
            let facts = Box::new(MissedFacts::of(&proven, trusted));
            all_matched(&facts.unmatched_fingerprints)?;
            return Ok(Found::Missed { facts, body: proven.asked.body });
        }
        let proven = evidence(bytes)?;
        let facts = Box::new(Facts::of(&proven, trusted));
        all_matched(&facts.unmatched_fingerprints)?;
        Ok(Found::Record { facts, body: proven.body })
    };
    checked().map_err(|error: NotProven| error.message())
}
