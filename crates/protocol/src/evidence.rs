//! An evidence file: one record and all that proves it, checkable by anybody, offline, years later.
//!
//! [`Evidence::verify`] needs no node and no network: only the file, and the fingerprints that its reader trusts. Every
//! byte of the file is covered by a signature, a commitment or a strict layout, so a change of any one byte is refused.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use crate::{
    agreement::Agreement,
    encoding::{ReadError, TooLong, put_prefixed_u32},
    header::Header,
    id::{AgencyId, Hash},
    record::{self, Context},
    suite::{PublicKeys, Suite},
    tlog::NoteError,
};

mod approvals;
pub mod entry;
mod ground;
mod history;
mod member;
pub mod missed;
mod proven;

use ground::Sections;
use history::Histories;
pub use history::TwoHistories;
pub use member::Member;
use member::OpenedMember;
pub use proven::{Approved, Contradiction, Interval, Proven, SignedTime, Testimony};

/// First line of an evidence file of this version.
const MAGIC: &[u8] = b"MITHAQ-EVIDENCE/1\n";

const CONTEXT: u8 = 1;
const RECORD: u8 = 2;
const MANIFEST: u8 = 3;
const CARDS: u8 = 4;
const AGREEMENT: u8 = 5;
const ENROLMENT: u8 = 6;
const SEEN: u8 = 7;
const WITHHELD: u8 = 8;
const TAGS: [u8; 8] = [CONTEXT, RECORD, MANIFEST, CARDS, AGREEMENT, ENROLMENT, SEEN, WITHHELD];

/// The version of an evidence file, with content or without, or of a file of a missed deadline, that this program does not
/// read; `None` for the version that it reads, and for what is no such file.
pub fn unknown_version(bytes: &[u8]) -> Option<u32> {
    let line = bytes.split(|byte| *byte == b'\n').next().and_then(|line| core::str::from_utf8(line).ok())?;
    let (name, version) = line.split_once('/')?;
    let version = version.parse().ok().filter(|version| *version != 1)?;
    matches!(name, "MITHAQ-EVIDENCE" | "MITHAQ-MISSED" | "MITHAQ-ENTRY").then_some(version)
}

/// An evidence file's parts as written. What they prove, [`Evidence::verify`] says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Evidence {
    /// Channel, author and governing agreement version.
    pub context: Context,
    /// The record.
    pub record: Member,
    /// The manifest of the record's batch.
    pub manifest: Member,
    /// Card files of all parties, the author's first, then by agency id.
    pub cards: Vec<Vec<u8>>,
    /// Signed bundles from the first version of the agreement to the governing one.
    pub agreements: Vec<Vec<u8>>,
    /// Enrolments of the officers who approved, each once.
    pub enrolments: Vec<Member>,
    /// Checkpoints of other logs that the manifest names as seen, in its order, each with the author's receipt, as note
    /// text. Those for which none is at hand are left out.
    pub seen: Vec<String>,
    /// The author's signed note that withholds the record (WITHHELD-1), where it wrote one.
    pub withheld: Option<Vec<u8>>,
}

/// Why a file proves nothing.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EvidenceError {
    /// Not an evidence file of this version.
    #[error("not an evidence file of this version: it should begin with MITHAQ-EVIDENCE/1")]
    Version,
    /// Not an evidence file without content of this version.
    #[error("not an evidence file without content of this version: it should begin with MITHAQ-ENTRY/1")]
    EntryVersion,
    /// Not a file of a missed deadline of this version.
    #[error("not a file of a missed deadline of this version: it should begin with MITHAQ-MISSED/1")]
    MissedVersion,
    /// Cut short or with a wrong length.
    #[error("the file is damaged: {0}")]
    Layout(#[from] ReadError),
    /// Sections are missing, repeated or out of order.
    #[error("the file's section {0} is missing, repeated or out of place")]
    Section(u8),
    /// A text section is not UTF-8.
    #[error("section {0} is not text")]
    NotText(u8),
    /// A card chain does not hold.
    #[error("card file {number}: {problem}")]
    Cards {
        /// Which card file, from 1.
        number: usize,
        /// What is wrong.
        problem: String,
    },
    /// The agreement's bundles don't hold, or don't lead to the governing version.
    #[error("agreement: {0}")]
    Agreement(String),
    /// A member's checkpoint, receipts or path don't hold.
    #[error("{what}: {source}")]
    Proof {
        /// Which member.
        what: &'static str,
        /// What is wrong.
        source: NoteError,
    },
    /// A member is not what its place in the file demands.
    #[error("{0}")]
    Mismatch(&'static str),
    /// The heads in the file contradict each other.
    #[error(transparent)]
    TwoHistories(#[from] TwoHistories),
}

impl Evidence {
    /// Writes the file (EVID-1).
    pub fn encode(&self) -> Result<Vec<u8>, TooLong> {
        let mut out = MAGIC.to_vec();
        let context =
            [&self.context.channel.bytes()[..], self.context.author.bytes(), &self.context.agreement].concat();
        put_section(&mut out, CONTEXT, &context)?;
        put_section(&mut out, RECORD, &self.record.encode()?)?;
        put_section(&mut out, MANIFEST, &self.manifest.encode()?)?;
        for cards in &self.cards {
            put_section(&mut out, CARDS, cards)?;
        }
        for agreement in &self.agreements {
            put_section(&mut out, AGREEMENT, agreement)?;
        }
        for enrolment in &self.enrolments {
            put_section(&mut out, ENROLMENT, &enrolment.encode()?)?;
        }
        for note in &self.seen {
            put_section(&mut out, SEEN, note.as_bytes())?;
        }
        if let Some(note) = &self.withheld {
            put_section(&mut out, WITHHELD, note)?;
        }
        Ok(out)
    }

    /// Reads the file; total. Says nothing of what it proves.
    pub fn parse(bytes: &[u8]) -> Result<Self, EvidenceError> {
        let sections = Sections::parse(bytes.strip_prefix(MAGIC).ok_or(EvidenceError::Version)?, &TAGS)?;
        let withheld = sections.at_most_one(WITHHELD)?.map(<[u8]>::to_vec);
        Ok(Self {
            context: ground::context(sections.one(CONTEXT)?)?,
            record: Member::parse(sections.one(RECORD)?, RECORD)?,
            manifest: Member::parse(sections.one(MANIFEST)?, MANIFEST)?,
            cards: sections.all(CARDS).map(<[u8]>::to_vec).collect(),
            agreements: sections.all(AGREEMENT).map(<[u8]>::to_vec).collect(),
            enrolments: sections
                .all(ENROLMENT)
                .map(|bytes| Member::parse(bytes, ENROLMENT))
                .collect::<Result<_, _>>()?,
            seen: sections.texts(SEEN)?,
            withheld,
        })
    }

    /// Checks everything. What comes back is proven by the file, given that its first cards are the agencies' own:
    /// compare their fingerprints.
    pub fn verify(&self, suite: &dyn Suite) -> Result<Proven, EvidenceError> {
        self.verify_beside(suite, &mut Histories::default())
    }

    /// The same for a member of a larger file, whose members must not contradict each other's heads.
    fn verify_beside(&self, suite: &dyn Suite, histories: &mut Histories) -> Result<Proven, EvidenceError> {
        let parties = ground::parties(suite, &self.cards, &self.context.author)?;
        let versions = ground::versions(suite, &self.agreements, &self.context, &parties)?;
        let (agreement, agreement_hash) = versions.last().cloned().ok_or(EvidenceError::Section(AGREEMENT))?;
        let version_hashes: Vec<Hash> = versions.iter().map(|(_, hash)| *hash).collect();
        let author = parties.first().ok_or(EvidenceError::Section(CARDS))?;
        let log_keys = &author.current().keys.log;
        let receipt_keys = ground::receipt_keys(&parties);

        let record = self.record.open(suite, &self.context, log_keys, &receipt_keys, "record")?;
        let manifest = self.manifest.open_under_any(suite, &self.context, &version_hashes, log_keys, "manifest")?;
        let claimed = ground::manifest(&manifest, &record.at)?;
        if manifest.at.proof.index() > record.at.proof.index() {
            return Err(EvidenceError::Mismatch("the manifest follows the record"));
        }
        let enrolments = self.enrolments(suite, &version_hashes, log_keys)?;
        for member in [&record, &manifest].into_iter().chain(&enrolments) {
            histories.proof(suite, &member.at)?;
        }
        let digest = record::digest(suite, &self.context, record.parts.header, record.parts.body);
        let approvals = approvals::proven(suite, &record, &enrolments, &digest)?;
        let named = (&claimed, &self.context.channel);
        let after = ground::after(suite, &self.seen, &parties, named, histories)?;
        let receipts: Vec<SignedTime> = record.at.proof.receipts().iter().map(SignedTime::of).collect();
        let missing_receipts = ground::missing_receipts(&parties, &receipts);
        let testimony = proven::testimony(&record.header, record.parts.body, &self.context.author)?;
        let clause_covers_it = clause_covers(&agreement, &self.context.author, &record.header);
        let purpose_is_the_clauses = purpose_is_the_clauses(&agreement, &record.header);
        let withheld = ground::withheld(suite, self.withheld.as_deref(), author, &record.at)?;
        Ok(Proven {
            position: record.at.position(),
            size: record.at.head().size,
            root: record.at.head().root,
            body: record.parts.body.to_vec(),
            body_sha256: suite.sha256(&[record.parts.body]),
            header: record.header,
            digest,
            agreement,
            agreement_hash,
            clause_covers_it,
            purpose_is_the_clauses,
            claimed_time: claimed.time,
            interval: Interval::of(after, &receipts, claimed.time),
            seen: claimed.seen,
            receipts,
            missing_receipts,
            withheld,
            approvals,
            testimony,
            parties,
        })
    }

    /// The enrolments in the file: entries of the author's logs in this channel.
    fn enrolments(
        &self,
        suite: &dyn Suite,
        versions: &[Hash],
        log_keys: &PublicKeys,
    ) -> Result<Vec<OpenedMember<'_>>, EvidenceError> {
        let members = self.enrolments.iter();
        members.map(|member| member.open_under_any(suite, &self.context, versions, log_keys, "enrolment")).collect()
    }
}

/// Whether the clause that a header names exists and lists its kind and author.
pub fn clause_covers(agreement: &Agreement, author: &AgencyId, header: &Header) -> bool {
    header.is_protocol()
        || header
            .clause
            .as_deref()
            .and_then(|id| agreement.clause(id))
            .zip(agreement.party(author))
            .is_some_and(|(clause, party)| clause.allows(&header.kind, &party.label))
}

/// Whether the purpose that a header states is that of the clause it names; so it is if there is neither.
pub fn purpose_is_the_clauses(agreement: &Agreement, header: &Header) -> bool {
    let clause = header.clause.as_deref().and_then(|id| agreement.clause(id));
    clause.map(|clause| clause.purpose.as_str()) == header.purpose.as_deref()
}

fn put_section(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) -> Result<(), TooLong> {
    out.push(tag);
    put_prefixed_u32(out, bytes)
}

fn text(bytes: &[u8], section: u8) -> Result<String, EvidenceError> {
    core::str::from_utf8(bytes).map(ToString::to_string).map_err(|_| EvidenceError::NotText(section))
}
