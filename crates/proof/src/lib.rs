//! The offline verifier: what a file proves, with nothing but the file and the fingerprints that its reader trusts.
//!
//! It uses the crate `protocol` alone, never the node: whoever checks evidence must not have to trust a running system.

use protocol::{
    card::CardChain,
    channel::equivocation::EquivocationProof,
    encoding::ReadError,
    evidence::{
        Evidence, EvidenceError, Proven,
        entry::{EntryFile, ProvenEntry},
        missed::{Missed, ProvenMissed},
    },
    fingerprint::Fingerprint,
    origin::Origin,
    suite::AwsLc,
    tlog::open_checkpoint,
};
use serde::Serialize;
use texts::{Message, say};

mod entry;
mod facts;
mod found;
mod page;

pub use entry::{EntryProof, entry_page};
pub use facts::{Facts, MissedFacts, Trust, Verdict};
pub use found::{Beside, Found, find};
pub use page::{equivocation_page, missed_page, page};
pub use protocol::evidence::{entry::is_entry, missed::is_missed, unknown_version};

/// Why a file proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum NotProven {
    /// An evidence file that does not hold.
    #[error("it proves nothing: {0}")]
    Evidence(#[from] EvidenceError),
    /// A card file that does not hold.
    #[error("the card file does not hold: {0}")]
    Cards(#[from] protocol::card::CardError),
    /// A proof of two histories that can't be read.
    #[error("it is no proof of two histories: {0}")]
    Json(#[from] protocol::json::JsonError),
    /// A proof of two histories that does not hold.
    #[error("it proves nothing: no card of this agency signed two histories that contradict each other")]
    NoEquivocation,
    /// The reader trusts somebody else.
    #[error("no party in the file has the fingerprint {0}: the file is not by whom you think")]
    Stranger(String),
}

impl NotProven {
    /// Why, in the reader's language.
    pub fn message(&self) -> Message {
        let message = match self {
            Self::Evidence(error) => say!("proves-nothing", error = unreadable(error)),
            Self::Cards(error) => say!("card-file-invalid", error = %error),
            Self::Json(error) => say!("no-two-histories", error = %error),
            Self::NoEquivocation => say!("no-equivocation"),
            Self::Stranger(fingerprint) => say!("stranger", fingerprint = fingerprint),
        };
        message.worded(self.to_string())
    }
}

/// Why a file is none, or is damaged. What contradicts what in a whole one stays in the words of the specification.
fn unreadable(error: &EvidenceError) -> Message {
    let begins = |begin: &str| say!("evidence-version", begin = begin);
    let message = match error {
        EvidenceError::Version => begins("MITHAQ-EVIDENCE/1"),
        EvidenceError::EntryVersion => begins("MITHAQ-ENTRY/1"),
        EvidenceError::MissedVersion => begins("MITHAQ-MISSED/1"),
        EvidenceError::Layout(ReadError::Truncated { needed, left }) => {
            let problem = say!("bytes-end-early", needed = *needed, left = *left);
            say!("evidence-damaged", problem = problem)
        }
        EvidenceError::Layout(ReadError::Trailing(count)) => {
            let problem = say!("bytes-follow", count = *count);
            say!("evidence-damaged", problem = problem)
        }
        EvidenceError::Section(number) => say!("evidence-section", number = %number),
        EvidenceError::NotText(number) => say!("evidence-not-text", number = %number),
        EvidenceError::Cards { number, problem } => say!("evidence-cards", number = %number, problem = problem),
        EvidenceError::Agreement(problem) => say!("evidence-agreement", problem = problem),
        EvidenceError::Proof { .. } | EvidenceError::Mismatch(_) | EvidenceError::TwoHistories(_) => {
            return Message::as_worded(error.to_string());
        }
    };
    message.worded(error.to_string())
}

/// What a proof of two histories says.
#[derive(Debug, Clone, Serialize)]
pub struct EquivocationFacts {
    /// Proven to this reader, or consistent only.
    pub verdict: Verdict,
    /// The agency that signed both.
    pub agency: String,
    /// Its name in English, or in any language that it has.
    pub name: String,
    /// Its fingerprint.
    pub fingerprint: String,
    /// Whether the reader's fingerprint is this one.
    pub trust: Trust,
    /// The log.
    pub log: String,
    /// Size of the smaller of the two.
    pub smaller: u64,
    /// Size of the larger of the two.
    pub larger: u64,
    /// The card whose key signed both.
    pub card_serial: u64,
}

/// Whether the bytes are a proof of two histories and no evidence file.
pub fn is_equivocation(bytes: &[u8]) -> bool {
    bytes.first() == Some(&b'{')
}

/// Refuses a file in which a fingerprint that the reader trusts belongs to nobody.
pub fn all_matched(unmatched_fingerprints: &[String]) -> Result<(), NotProven> {
    unmatched_fingerprints.first().map_or(Ok(()), |fingerprint| Err(NotProven::Stranger(fingerprint.clone())))
}

/// Checks an evidence file.
pub fn evidence(bytes: &[u8]) -> Result<Proven, NotProven> {
    Ok(Evidence::parse(bytes)?.verify(&AwsLc)?)
}

/// Checks a file without content; with an evidence file of a record, also that its record is the entry.
pub fn entry(bytes: &[u8], earlier: Option<&[u8]>) -> Result<(ProvenEntry, Option<Proven>), NotProven> {
    let file = EntryFile::parse(bytes)?;
    match earlier {
        None => Ok((file.verify(&AwsLc)?, None)),
        Some(earlier) => {
            let (proven, record) = file.verify_with(&AwsLc, &Evidence::parse(earlier)?)?;
            Ok((proven, Some(record)))
        }
    }
}

/// Checks a file of a missed deadline.
pub fn missed(bytes: &[u8]) -> Result<ProvenMissed, NotProven> {
    Ok(Missed::parse(bytes)?.verify(&AwsLc)?)
}

/// Checks a proof that the agency of the card file signed two histories of one log.
pub fn equivocation(bytes: &[u8], cards: &[u8], trusted: &[Fingerprint]) -> Result<EquivocationFacts, NotProven> {
    let proof = EquivocationProof::parse(bytes)?;
    let chain = CardChain::parse(&AwsLc, cards)?;
    // Newest first: a proof is mostly about the keys in use.
    let mut signers: Vec<_> = chain.cards().collect();
    signers.reverse();
    let card = signers.into_iter().find(|card| proof.holds(&AwsLc, &card.keys.log)).ok_or(NotProven::NoEquivocation)?;
    let checkpoint = |note: &str| {
        let signed = open_checkpoint(&AwsLc, note, &card.keys.log).map_err(|_| NotProven::NoEquivocation)?;
        Ok::<_, NotProven>(signed.checkpoint().clone())
    };
    let (smaller, larger) = (checkpoint(&proof.smaller)?, checkpoint(&proof.larger)?);
    // The keys are the agency's, so the log must be too.
    let origin: Origin = smaller.origin.parse().map_err(|_| NotProven::NoEquivocation)?;
    if origin.agency != *chain.agency() {
        return Err(NotProven::NoEquivocation);
    }
    let trust = Trust::of(&chain.fingerprint(), trusted);
    if let Some(other) = trusted.first().filter(|_| trust == Trust::NotGiven) {
        return Err(NotProven::Stranger(other.to_string()));
    }
    Ok(EquivocationFacts {
        verdict: Verdict::of([trust]),
        agency: chain.agency().to_string(),
        name: chain.current().name(["en"]).to_owned(),
        fingerprint: chain.fingerprint().to_string(),
        trust,
        log: smaller.origin,
        smaller: smaller.size,
        larger: larger.size,
        card_serial: card.serial,
    })
}
