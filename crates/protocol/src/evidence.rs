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
    agreement::{Agreement, ApprovalRole, Bundle},
    batch::{BatchRef, Manifest},
    card::CardChain,
    control::{Control, Officers, RefusalOfBatch},
    encoding::{ReadError, Reader, TooLong, put_prefixed_u32},
    header::Header,
    id::{AgencyId, ChannelId, Hash},
    origin::{Origin, Position},
    record::{self, Context, Enrolment, Parts},
    statement::{Statement, StatementAnswer},
    suite::{PublicKeys, Suite},
    tlog::{NoteError, OpenedProof, Proof, open_checkpoint},
};

pub mod missed;

/// First line of an evidence file of this version.
const MAGIC: &[u8] = b"MITHAQ-EVIDENCE/1\n";

const CONTEXT: u8 = 1;
const RECORD: u8 = 2;
const MANIFEST: u8 = 3;
const CARDS: u8 = 4;
const AGREEMENT: u8 = 5;
const ENROLMENT: u8 = 6;
const SEEN: u8 = 7;

/// The version of an evidence file, or of a file of a missed deadline, that this program does not read; `None` for the
/// version that it reads, and for what is no such file.
pub fn unknown_version(bytes: &[u8]) -> Option<u32> {
    let line = bytes.split(|byte| *byte == b'\n').next().and_then(|line| core::str::from_utf8(line).ok())?;
    let (name, version) = line.split_once('/')?;
    let version = version.parse().ok().filter(|version| *version != 1)?;
    matches!(name, "MITHAQ-EVIDENCE" | "MITHAQ-MISSED").then_some(version)
}

/// A record of a log with what opens and places it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// `tlog-proof@v1` text: index, path, signed checkpoint and, for the record itself, its receipts.
    pub proof: String,
    /// The record's secret.
    pub secret: [u8; 32],
    /// Header, approvals and body in the plaintext form, without attachment keys.
    pub plaintext: Vec<u8>,
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
}

/// What an evidence file proves. Only [`Evidence::verify`] makes one.
#[derive(Clone, Debug)]
pub struct Proven {
    /// Where the record lies.
    pub position: Position,
    /// Size of its log at the checkpoint that the file proves it under.
    pub size: u64,
    /// Root of the log there.
    pub root: Hash,
    /// Its header.
    pub header: Header,
    /// Its body.
    pub body: Vec<u8>,
    /// SHA-256 of the body.
    pub body_sha256: Hash,
    /// D.
    pub digest: Hash,
    /// The governing agreement.
    pub agreement: Agreement,
    /// SHA-256 of the governing agreement.
    pub agreement_hash: Hash,
    /// Whether the record's clause exists and lists its kind and author.
    pub clause_covers_it: bool,
    /// The parties' cards, the author first.
    pub parties: Vec<CardChain>,
    /// The time that the author claims in the manifest before the record, milliseconds since 1970.
    pub claimed_time: u64,
    /// After: the latest receipt that the author had issued before, by the author's clock, seconds since 1970.
    pub not_before_s: Option<u64>,
    /// Receipts: who confirms to have received it and when by their clock, seconds since 1970; in the order of ids.
    pub receipts: Vec<(AgencyId, u64)>,
    /// Parties, other than the author, whose receipt is missing.
    pub missing_receipts: Vec<AgencyId>,
    /// Officers' approvals whose signature and enrolment are proven: role and office.
    pub approvals: Vec<(ApprovalRole, String)>,
    /// What a record of the protocol itself testifies.
    pub testimony: Option<Testimony>,
}

/// What a party wrote into its own log about what others wrote, or about its own officers. About a batch it names the batch by
/// log, entries and root, so it can be laid beside the evidence of a record in that batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Testimony {
    /// `mithaq.refusal/1`: it refused these entries, by rule and reason.
    Refused(RefusalOfBatch),
    /// `mithaq.received/1`: it received the batch; deadlines run from there.
    Received(BatchRef),
    /// `mithaq.statement/1`: how it saw all threads at a cut, and what it said awaits others.
    Statement(Statement),
    /// `mithaq.statement_answer/1`: how it answered a statement of another party.
    StatementAnswer(StatementAnswer),
    /// `mithaq.batch/1`: how much of the other logs it had receipted, by its own word.
    Manifest(Manifest),
    /// `mithaq.revocation/1`: that it ended this enrolment of an officer of its own.
    Revoked(Enrolment),
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
        if let Some((unknown, _)) = sections.iter().find(|(tag, _)| !(CONTEXT..=SEEN).contains(tag)) {
            return Err(EvidenceError::Section(*unknown));
        }
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
        })
    }

    /// Checks everything. What comes back is proven by the file, given that its first cards are the agencies' own:
    /// compare their fingerprints.
    pub fn verify(&self, suite: &dyn Suite) -> Result<Proven, EvidenceError> {
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
        let receipts: Vec<(AgencyId, u64)> =
            record.proof.receipts().iter().map(|receipt| (*receipt.agency(), receipt.time_s())).collect();
        let missing_receipts = receipt_keys
            .iter()
            .map(|(agency, _)| *agency)
            .filter(|agency| !receipts.iter().any(|(by, _)| by == agency))
            .collect();
        let digest = record::digest(suite, &self.context, record.parts.header, record.parts.body);
        let officers = self.officers(suite, &version_hashes, log_keys, &record)?;
        let approvals = approvals(suite, &officers, record.parts.approvals, &digest)?;
        let not_before_s = self.not_before(suite, &parties, &claimed)?;
        let testimony = testimony(&record.header, record.parts.body, &self.context.author);
        let clause_covers_it = clause_covers(&agreement, &self.context.author, &record.header);
        Ok(Proven {
            position: Position { origin: record.origin, index: record.proof.index() },
            size: record.proof.checkpoint().checkpoint().size,
            root: record.proof.checkpoint().checkpoint().root,
            body: record.parts.body.to_vec(),
            body_sha256: suite.sha256(&[record.parts.body]),
            header: record.header,
            digest,
            agreement,
            agreement_hash,
            clause_covers_it,
            claimed_time: claimed.time,
            not_before_s,
            receipts,
            missing_receipts,
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
        let rest_ascends = ids.get(1..).is_some_and(|rest| rest.is_sorted_by(|a, b| a < b));
        if ids.first() != Some(&self.context.author) || !rest_ascends {
            return Err(EvidenceError::Mismatch(
                "the card files are not the author's followed by the others' in order",
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
                None => hash == *self.context.channel.bytes(),
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

    /// The officers whose enrolments are in the file, by their places: entries of the author's logs before the record.
    fn officers(
        &self,
        suite: &dyn Suite,
        versions: &[Hash],
        log_keys: &PublicKeys,
        record: &OpenedMember<'_>,
    ) -> Result<Officers, EvidenceError> {
        let mut officers = Officers::new();
        for member in &self.enrolments {
            let opened = member.open_under_any(suite, &self.context, versions, log_keys, "enrolment")?;
            let Ok(Control::Enrolment(officer)) = Control::decode(&opened.header.kind, opened.parts.body) else {
                return Err(EvidenceError::Mismatch("an enrolment section holds another record"));
            };
            let place = (opened.origin, opened.proof.index());
            if place.0 == record.origin && place.1 >= record.proof.index() {
                return Err(EvidenceError::Mismatch("an officer was enrolled after the record"));
            }
            if officers.insert(place, officer).is_some() {
                return Err(EvidenceError::Mismatch("an enrolment stands in the file twice"));
            }
        }
        Ok(officers)
    }

    /// The latest time at which the author had receipted something before writing the batch.
    fn not_before(
        &self,
        suite: &dyn Suite,
        parties: &[CardChain],
        manifest: &Manifest,
    ) -> Result<Option<u64>, EvidenceError> {
        let author = parties.first().ok_or(EvidenceError::Section(CARDS))?;
        let mut named = manifest.seen.iter();
        let mut latest = None;
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
                .find(|chain| *chain.agency() == origin.agency)
                .ok_or(EvidenceError::Mismatch("a seen receipt is for a log of no party"))?;
            let signed = open_checkpoint(suite, note, &owner.current().keys.log).map_err(wrong)?;
            let receipt = signed.open_receipt(suite, author.agency(), &author.current().keys.receipt).map_err(wrong)?;
            // Going on where the last one was found keeps the manifest's order and refuses repetitions.
            let is_named = named.any(|seen| seen.origin == origin && seen.size == signed.checkpoint().size);
            if !is_named || signed.receipt_agencies().count() != 1 {
                return Err(EvidenceError::Mismatch("a seen receipt is not one that the manifest names, in its order"));
            }
            latest = latest.max(Some(receipt.time_s()));
        }
        Ok(latest)
    }
}

/// Every approval must be proven by an enrolment, and every enrolment serve an approval.
fn approvals(
    suite: &dyn Suite,
    officers: &Officers,
    approvals: &[u8],
    digest: &Hash,
) -> Result<Vec<(ApprovalRole, String)>, EvidenceError> {
    let approvals =
        record::parse_approvals(approvals).map_err(|_| EvidenceError::Mismatch("the approvals can't be read"))?;
    let mut used = BTreeSet::new();
    let mut proven = Vec::new();
    for approval in &approvals {
        let place = (approval.enrolment.origin, approval.enrolment.index);
        let officer = officers.get(&place).ok_or(EvidenceError::Mismatch("an approval's enrolment is missing"))?;
        let key = <&[u8; 32]>::try_from(officer.public.as_slice())
            .map_err(|_| EvidenceError::Mismatch("an enrolled key is not one"))?;
        if !record::verify_approval(suite, key, approval, digest) {
            return Err(EvidenceError::Mismatch("an officer's signature is not valid"));
        }
        used.insert(place);
        proven.push((approval.role, officer.office.clone()));
    }
    let keys: BTreeSet<&[u8]> = officers.values().map(|officer| officer.public.as_slice()).collect();
    if keys.len() != officers.len() {
        return Err(EvidenceError::Mismatch("one key approves under two enrolments"));
    }
    if used.len() != officers.len() {
        return Err(EvidenceError::Mismatch("an enrolment stands in the file that no approval names"));
    }
    Ok(proven)
}

/// A member that was opened and checked.
struct OpenedMember<'a> {
    origin: Origin,
    proof: OpenedProof,
    header: Header,
    parts: Parts<'a>,
}

impl Member {
    fn encode(&self) -> Result<Vec<u8>, TooLong> {
        let mut out = Vec::with_capacity(self.proof.len() + self.plaintext.len() + 40);
        put_prefixed_u32(&mut out, self.proof.as_bytes())?;
        out.extend_from_slice(&self.secret);
        out.extend_from_slice(&self.plaintext);
        Ok(out)
    }

    fn parse(bytes: &[u8], section: u8) -> Result<Self, EvidenceError> {
        let mut reader = Reader::new(bytes);
        let proof = text(reader.prefixed_u32()?, section)?;
        let secret = reader.array()?;
        Ok(Self { proof, secret, plaintext: reader.rest().to_vec() })
    }

    /// Opens a member of the author's that was written under any version up to the governing one. It carries no
    /// receipts.
    fn open_under_any<'a>(
        &'a self,
        suite: &dyn Suite,
        context: &Context,
        versions: &[Hash],
        log_keys: &PublicKeys,
        what: &'static str,
    ) -> Result<OpenedMember<'a>, EvidenceError> {
        let mut result = Err(EvidenceError::Section(AGREEMENT));
        for agreement in versions.iter().rev() {
            result = self.open(suite, &Context { agreement: *agreement, ..*context }, log_keys, &[], what);
            if result.is_ok() {
                break;
            }
        }
        result
    }

    fn open<'a>(
        &'a self,
        suite: &dyn Suite,
        context: &Context,
        log_keys: &PublicKeys,
        receipt_keys: &[(AgencyId, &PublicKeys)],
        what: &'static str,
    ) -> Result<OpenedMember<'a>, EvidenceError> {
        let parts = record::decode(&self.plaintext)?;
        if !parts.attachments.is_empty() {
            return Err(EvidenceError::Mismatch("a record in an evidence file carries no attachment keys"));
        }
        let digest = record::digest(suite, context, parts.header, parts.body);
        let entry = record::commitment(suite, &self.secret, &digest, parts.approvals);
        let proof = Proof::parse(&self.proof)
            .and_then(|proof| proof.open(suite, &entry, log_keys, receipt_keys))
            .map_err(|source| EvidenceError::Proof { what, source })?;
        let origin: Origin = proof
            .checkpoint()
            .checkpoint()
            .origin
            .parse()
            .map_err(|_| EvidenceError::Mismatch("a checkpoint names no log of a channel"))?;
        if origin.channel != context.channel || origin.agency != context.author {
            return Err(EvidenceError::Mismatch("a checkpoint is of another log than the author's in this channel"));
        }
        let header =
            Header::parse(parts.header).map_err(|_| EvidenceError::Mismatch("a record's header can't be read"))?;
        Ok(OpenedMember { origin, proof, header, parts })
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

/// A party testifies about what others wrote, never about its own; its statements are about all threads, its manifests about
/// all logs, its revocations about its own officers.
fn testimony(header: &Header, body: &[u8], author: &AgencyId) -> Option<Testimony> {
    let (whose, testimony) = match Control::decode(&header.kind, body).ok()? {
        Control::Refusal(refusal) => (refusal.batch.origin.agency, Testimony::Refused(refusal)),
        Control::Received(batch) => (batch.origin.agency, Testimony::Received(batch)),
        Control::Statement(statement) => return Some(Testimony::Statement(statement)),
        Control::Batch(manifest) => return Some(Testimony::Manifest(manifest)),
        Control::Revocation(enrolment) => {
            return (enrolment.origin.agency == *author).then_some(Testimony::Revoked(enrolment));
        }
        Control::StatementAnswer(answer) => (answer.statement.origin.agency, Testimony::StatementAnswer(answer)),
        _ => return None,
    };
    (whose != *author).then_some(testimony)
}

fn put_section(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) -> Result<(), TooLong> {
    out.push(tag);
    put_prefixed_u32(out, bytes)
}

fn text(bytes: &[u8], section: u8) -> Result<String, EvidenceError> {
    core::str::from_utf8(bytes).map(ToString::to_string).map_err(|_| EvidenceError::NotText(section))
}
