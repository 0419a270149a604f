//! An evidence file: one record and all that proves it, checkable by anybody, offline, years later.
//!
//! [`Evidence::verify`] needs no node and no network: only the file, and the fingerprints that its reader trusts. Every
//! byte of the file is covered by a signature, a commitment or a strict layout, so a change of any one byte is refused.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::{String, ToString},
    vec::Vec,
};

use crate::{
    agreement::{Agreement, Bundle},
    batch::Manifest,
    card::CardChain,
    control::{Control, WithheldNote},
    document::SignedDocument,
    encoding::{ReadError, Reader, TooLong, put_prefixed_u32},
    header::Header,
    id::{AgencyId, ChannelId, Hash},
    json, limits,
    origin::Origin,
    record::{self, Context},
    suite::{PublicKeys, Suite},
    tlog::{NoteError, open_checkpoint},
};

mod approvals;
mod history;
mod member;
pub mod missed;
mod proven;

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

/// The version of an evidence file, or of a file of a missed deadline, that this program does not read; `None` for the
/// version that it reads, and for what is no such file.
pub fn unknown_version(bytes: &[u8]) -> Option<u32> {
    let line = bytes.split(|byte| *byte == b'\n').next().and_then(|line| core::str::from_utf8(line).ok())?;
    let (name, version) = line.split_once('/')?;
    let version = version.parse().ok().filter(|version| *version != 1)?;
    matches!(name, "MITHAQ-EVIDENCE" | "MITHAQ-MISSED").then_some(version)
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
        let mut reader = Reader::new(bytes.strip_prefix(MAGIC).ok_or(EvidenceError::Version)?);
        let mut sections = Vec::new();
        while reader.left() > 0 {
            sections.push((reader.u8()?, reader.prefixed_u32()?));
        }
        if let Some([_, (tag, _)]) = sections.array_windows().find(|[(before, _), (after, _)]| before > after) {
            return Err(EvidenceError::Section(*tag));
        }
        let all = |wanted: u8| sections.iter().filter(move |(tag, _)| *tag == wanted).map(|(_, bytes)| *bytes);
        let one = |wanted: u8| match all(wanted).collect::<Vec<_>>()[..] {
            [bytes] => Ok(bytes),
            _ => Err(EvidenceError::Section(wanted)),
        };
        if let Some((unknown, _)) = sections.iter().find(|(tag, _)| !(CONTEXT..=WITHHELD).contains(tag)) {
            return Err(EvidenceError::Section(*unknown));
        }
        let withheld = match all(WITHHELD).collect::<Vec<_>>()[..] {
            [] => None,
            [bytes] => Some(bytes.to_vec()),
            _ => return Err(EvidenceError::Section(WITHHELD)),
        };
        let mut context = Reader::new(one(CONTEXT)?);
        let parsed = Context {
            channel: ChannelId::new(context.array()?),
            author: AgencyId::new(context.array()?),
            agreement: context.array()?,
        };
        context.finish()?;
        Ok(Self {
            context: parsed,
            record: Member::parse(one(RECORD)?, RECORD)?,
            manifest: Member::parse(one(MANIFEST)?, MANIFEST)?,
            cards: all(CARDS).map(<[u8]>::to_vec).collect(),
            agreements: all(AGREEMENT).map(<[u8]>::to_vec).collect(),
            enrolments: all(ENROLMENT).map(|bytes| Member::parse(bytes, ENROLMENT)).collect::<Result<_, _>>()?,
            seen: all(SEEN).map(|bytes| text(bytes, SEEN)).collect::<Result<_, _>>()?,
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
        let parties = self.parties(suite)?;
        let versions = self.versions(suite, &parties)?;
        let (agreement, agreement_hash) = versions.last().cloned().ok_or(EvidenceError::Section(AGREEMENT))?;
        let version_hashes: Vec<Hash> = versions.iter().map(|(_, hash)| *hash).collect();
        let author = parties.first().ok_or(EvidenceError::Section(CARDS))?;
        let log_keys = &author.current().keys.log;
        let receipt_keys: Vec<(AgencyId, &PublicKeys)> =
            parties.iter().skip(1).map(|chain| (*chain.agency(), &chain.current().keys.receipt)).collect();

        let record = self.record.open(suite, &self.context, log_keys, &receipt_keys, "record")?;
        let manifest = self.manifest.open_under_any(suite, &self.context, &version_hashes, log_keys, "manifest")?;
        if manifest.proof.checkpoint().checkpoint() != record.proof.checkpoint().checkpoint() {
            return Err(EvidenceError::Mismatch("the manifest lies under another checkpoint than the record"));
        }
        let Ok(Control::Batch(claimed)) = Control::decode(&manifest.header.kind, manifest.parts.body) else {
            return Err(EvidenceError::Mismatch("the manifest section holds another record"));
        };
        if manifest.proof.index() > record.proof.index() {
            return Err(EvidenceError::Mismatch("the manifest follows the record"));
        }
        let enrolments = self.enrolments(suite, &version_hashes, log_keys)?;
        for member in [&record, &manifest].into_iter().chain(&enrolments) {
            histories.proof(suite, member)?;
        }
        let digest = record::digest(suite, &self.context, record.parts.header, record.parts.body);
        let approvals = approvals::proven(suite, &record, &enrolments, &digest)?;
        let after = self.after(suite, &parties, &claimed, histories)?;
        let receipts: Vec<SignedTime> = record.proof.receipts().iter().map(SignedTime::of).collect();
        let missing_receipts = receipt_keys
            .iter()
            .map(|(agency, _)| *agency)
            .filter(|agency| !receipts.iter().any(|receipt| receipt.by == *agency))
            .collect();
        let testimony = proven::testimony(&record.header, record.parts.body, &self.context.author)?;
        let clause_covers_it = clause_covers(&agreement, &self.context.author, &record.header);
        let purpose_is_the_clauses = purpose_is_the_clauses(&agreement, &record.header);
        let withheld = self.withheld(suite, author, &record)?;
        Ok(Proven {
            position: record.position(),
            size: record.proof.checkpoint().checkpoint().size,
            root: record.proof.checkpoint().checkpoint().root,
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
            receipts,
            missing_receipts,
            withheld,
            approvals,
            testimony,
            parties,
        })
    }

    fn parties(&self, suite: &dyn Suite) -> Result<Vec<CardChain>, EvidenceError> {
        let mut parties: Vec<CardChain> = Vec::new();
        for (bytes, number) in self.cards.iter().zip(1..) {
            let chain = CardChain::parse(suite, bytes)
                .map_err(|error| EvidenceError::Cards { number, problem: error.to_string() })?;
            parties.push(chain);
        }
        let ids: Vec<AgencyId> = parties.iter().map(|chain| *chain.agency()).collect();
        // Whose cards stand among the others' may countersign: an author who stood there twice could date its own record.
        let others = ids.get(1..).unwrap_or_default();
        let each_once = others.is_sorted_by(|a, b| a < b) && !others.contains(&self.context.author);
        if ids.first() != Some(&self.context.author) || !each_once {
            return Err(EvidenceError::Mismatch(
                "the card files are not the author's followed by the others' in order, each once",
            ));
        }
        Ok(parties)
    }

    /// The versions with their hashes, from the first one, whose hash names the channel, to the governing one.
    fn versions(&self, suite: &dyn Suite, parties: &[CardChain]) -> Result<Vec<(Agreement, Hash)>, EvidenceError> {
        let wrong = |problem: &str| EvidenceError::Agreement(problem.into());
        let chains: BTreeMap<AgencyId, CardChain> =
            parties.iter().map(|chain| (*chain.agency(), chain.clone())).collect();
        let mut versions: Vec<(Agreement, Hash)> = Vec::new();
        for bytes in &self.agreements {
            let bundle = Bundle::parse(bytes).map_err(|error| EvidenceError::Agreement(error.to_string()))?;
            bundle.verify(suite, &chains).map_err(|error| EvidenceError::Agreement(error.to_string()))?;
            if !bundle.missing().is_empty() {
                return Err(wrong("a party has not signed it"));
            }
            let agreement = bundle.agreement().clone();
            let hash = agreement.hash(suite);
            let follows = match versions.last() {
                None => agreement.version == 1 && hash == *self.context.channel.bytes(),
                Some((before, _)) => agreement.check_successor(suite, before).is_ok(),
            };
            if !follows {
                return Err(wrong(
                    "its first version does not name this channel, or a version does not follow another",
                ));
            }
            versions.push((agreement, hash));
        }
        let (agreement, hash) = versions.last().ok_or_else(|| wrong("none is in the file"))?;
        if *hash != self.context.agreement {
            return Err(wrong("the last version in the file is not the one that governs the record"));
        }
        let named: BTreeSet<AgencyId> = agreement.parties.iter().map(|party| party.agency).collect();
        if !named.iter().eq(chains.keys()) {
            return Err(wrong("its parties are not those whose cards are in the file"));
        }
        Ok(versions)
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

    /// The latest time at which another party had signed what the author's manifest names.
    fn after(
        &self,
        suite: &dyn Suite,
        parties: &[CardChain],
        manifest: &Manifest,
        histories: &mut Histories,
    ) -> Result<Option<SignedTime>, EvidenceError> {
        let author = parties.first().ok_or(EvidenceError::Section(CARDS))?;
        let mut named = manifest.seen.iter();
        let mut latest: Option<SignedTime> = None;
        for note in &self.seen {
            let wrong = |source| EvidenceError::Proof { what: "seen receipt", source };
            let origin = note
                .lines()
                .next()
                .and_then(|line| line.parse::<Origin>().ok())
                .filter(|origin| origin.channel == self.context.channel)
                .ok_or(EvidenceError::Mismatch("a seen receipt names no log of this channel"))?;
            let owner = parties
                .iter()
                .skip(1)
                .find(|chain| *chain.agency() == origin.agency)
                .ok_or(EvidenceError::Mismatch("a seen receipt is for a log of no other party"))?;
            let signed = open_checkpoint(suite, note, &owner.current().keys.log).map_err(wrong)?;
            signed.open_receipt(suite, author.agency(), &author.current().keys.receipt).map_err(wrong)?;
            let size = signed.checkpoint().size;
            // Going on where the last one was found keeps the manifest's order and refuses repetitions.
            let is_named = size > 0 && named.any(|seen| seen.origin == origin && seen.size == size);
            if !is_named || signed.receipt_agencies().count() != 1 {
                return Err(EvidenceError::Mismatch("a seen receipt is not one that the manifest names, in its order"));
            }
            histories.head(origin, size, signed.checkpoint().root)?;
            let time = SignedTime { by: origin.agency, time_s: signed.time_s() };
            latest = latest.filter(|latest| latest.time_s >= time.time_s).or(Some(time));
        }
        Ok(latest)
    }

    /// Whether the author withheld the record: its own signed note says so.
    fn withheld(
        &self,
        suite: &dyn Suite,
        author: &CardChain,
        record: &OpenedMember<'_>,
    ) -> Result<bool, EvidenceError> {
        let Some(bytes) = &self.withheld else { return Ok(false) };
        let not_one = EvidenceError::Mismatch("the withheld note is not one of the author's");
        let document = SignedDocument::parse(bytes).map_err(|_| not_one.clone())?;
        let by_author = document.signature.agency == self.context.author;
        let card = author.at_serial(document.signature.serial).filter(|_| by_author).ok_or(not_one.clone())?;
        if !document.verify(suite, &card.keys.document, "withheld") {
            return Err(not_one);
        }
        let note: WithheldNote =
            json::parse_strict(&document.body, limits::DOCUMENT_BYTES_MAX, "withheld note").map_err(|_| not_one)?;
        let whole = note.indexes.is_sorted_by(|a, b| a < b) && note.indexes.len() == note.commitments.len();
        let mut entries = note.indexes.iter().zip(&note.commitments);
        let names_it =
            entries.any(|(index, commitment)| *index == record.proof.index() && commitment.0 == record.commitment);
        if note.origin != record.origin || !whole || !names_it {
            return Err(EvidenceError::Mismatch("the withheld note does not name the record"));
        }
        Ok(true)
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
