//! The evidence file without content: what remains of a record when its content is destroyed.
//!
//! It proves that the author put an entry at a place of its log in the channel, and which other parties countersigned a head
//! over it, at the latest when; and if the file holds their words, that the author ordered the record's erasure and who says
//! that it destroyed the content. It says nothing of what the entry was: not even that it was an officer's record. Whoever
//! still has an evidence file of the record can show by [`EntryFile::verify_with`] that its record is that entry.

use alloc::{string::String, vec::Vec};

use super::{
    AGREEMENT, CARDS, CONTEXT, Evidence, EvidenceError, MANIFEST, Member, Proven, RECORD, SEEN, Sections, SignedTime,
    Testimony, WITHHELD, ground, history::Histories, member::Placed, proven::Interval, put_section, text,
};
use crate::{
    agreement::Agreement,
    card::CardChain,
    encoding::{Reader, TooLong},
    id::{AgencyId, Hash},
    origin::Position,
    record::Context,
    suite::Suite,
};

/// First line of such a file of this version.
const MAGIC: &[u8] = b"MITHAQ-ENTRY/1\n";

const ORDER: u8 = 9;
const ERASED: u8 = 10;
const TAGS: [u8; 9] = [CONTEXT, RECORD, MANIFEST, CARDS, AGREEMENT, SEEN, WITHHELD, ORDER, ERASED];

/// The file's parts as written. What they prove, [`EntryFile::verify`] says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EntryFile {
    /// Channel, author, and the version of the agreement under which the manifest was written.
    pub context: Context,
    /// The log's entry: a commitment that tells nothing without the record's secret.
    pub entry: Hash,
    /// `tlog-proof@v1` text: index, path, signed checkpoint and receipts.
    pub proof: String,
    /// The manifest of the entry's batch.
    pub manifest: Member,
    /// Card files of all parties, the author's first, then by agency id.
    pub cards: Vec<Vec<u8>>,
    /// Signed bundles from the first version of the agreement to that of the context.
    pub agreements: Vec<Vec<u8>>,
    /// Checkpoints of other logs that the manifest names as seen, as in [`Evidence::seen`].
    pub seen: Vec<String>,
    /// The author's signed note that withholds the record (WITHHELD-1), where it wrote one.
    pub withheld: Option<Vec<u8>>,
    /// The author's order to erase the record.
    pub order: Option<Evidence>,
    /// The words of parties that they destroyed the content, by agency id, one a party.
    pub erased: Vec<Evidence>,
}

/// What such a file proves. Only [`EntryFile::verify`] makes one.
#[derive(Clone, Debug)]
pub struct ProvenEntry {
    /// Where the entry lies.
    pub position: Position,
    /// Size of its log at the checkpoint that the file proves it under.
    pub size: u64,
    /// Root of the log there.
    pub root: Hash,
    /// The entry.
    pub entry: Hash,
    /// The version of the agreement under which the manifest before the entry was written.
    pub agreement: Agreement,
    /// SHA-256 of that version.
    pub agreement_hash: Hash,
    /// The parties' cards, the author first.
    pub parties: Vec<CardChain>,
    /// The time that the author claims in the manifest before the entry, milliseconds since 1970.
    pub claimed_time: u64,
    /// Between which times of other parties' clocks it was written.
    pub interval: Interval,
    /// Receipts, in the order of ids, as in [`Proven::receipts`].
    pub receipts: Vec<SignedTime>,
    /// Parties, other than the author, whose receipt is missing.
    pub missing_receipts: Vec<AgencyId>,
    /// Whether the author put a signed note in the record's place.
    pub withheld: bool,
    /// The author's order to erase the record.
    pub order: Option<Proven>,
    /// The words of parties that they destroyed the content, by agency id.
    pub erased: Vec<Proven>,
}

impl ProvenEntry {
    /// The parties of which the file holds no word that they destroyed the content, the author first.
    pub fn silent(&self) -> impl Iterator<Item = &AgencyId> {
        let spoke = |party: &AgencyId| self.erased.iter().any(|word| word.position.origin.agency == *party);
        self.parties.iter().map(CardChain::agency).filter(move |party| !spoke(party))
    }

    /// Whether a party wrote its word when it had received the order: by the manifest before the word.
    pub fn is_after_order(&self, word: &Proven) -> bool {
        let Some(ordered) = self.order.as_ref().map(|order| order.position) else { return false };
        let received = |seen: &crate::batch::Seen| seen.origin == ordered.origin && seen.size > ordered.index;
        let is_own = word.position.origin == ordered.origin && word.position.index > ordered.index;
        is_own || word.seen.iter().any(received)
    }

    /// The cards of every member.
    pub fn all_cards(&self) -> impl Iterator<Item = &CardChain> {
        self.parties.iter().chain(self.order.iter().chain(&self.erased).flat_map(|word| &word.parties))
    }
}

/// Whether bytes are such a file, of any version.
pub fn is_entry(bytes: &[u8]) -> bool {
    bytes.starts_with(b"MITHAQ-ENTRY/")
}

impl EntryFile {
    /// Writes the file (EVID-23).
    pub fn encode(&self) -> Result<Vec<u8>, TooLong> {
        let mut out = MAGIC.to_vec();
        let context =
            [&self.context.channel.bytes()[..], self.context.author.bytes(), &self.context.agreement].concat();
        put_section(&mut out, CONTEXT, &context)?;
        put_section(&mut out, RECORD, &[&self.entry[..], self.proof.as_bytes()].concat())?;
        put_section(&mut out, MANIFEST, &self.manifest.encode()?)?;
        for cards in &self.cards {
            put_section(&mut out, CARDS, cards)?;
        }
        for agreement in &self.agreements {
            put_section(&mut out, AGREEMENT, agreement)?;
        }
        for note in &self.seen {
            put_section(&mut out, SEEN, note.as_bytes())?;
        }
        if let Some(note) = &self.withheld {
            put_section(&mut out, WITHHELD, note)?;
        }
        for (tag, word) in
            self.order.iter().map(|order| (ORDER, order)).chain(self.erased.iter().map(|word| (ERASED, word)))
        {
            put_section(&mut out, tag, &word.encode()?)?;
        }
        Ok(out)
    }

    /// Reads the file; total. Says nothing of what it proves.
    pub fn parse(bytes: &[u8]) -> Result<Self, EvidenceError> {
        let sections = Sections::parse(bytes.strip_prefix(MAGIC).ok_or(EvidenceError::EntryVersion)?, &TAGS)?;
        let mut entry = Reader::new(sections.one(RECORD)?);
        Ok(Self {
            context: ground::context(sections.one(CONTEXT)?)?,
            entry: entry.array()?,
            proof: text(entry.rest(), RECORD)?,
            manifest: Member::parse(sections.one(MANIFEST)?, MANIFEST)?,
            cards: sections.all(CARDS).map(<[u8]>::to_vec).collect(),
            agreements: sections.all(AGREEMENT).map(<[u8]>::to_vec).collect(),
            seen: sections.texts(SEEN)?,
            withheld: sections.at_most_one(WITHHELD)?.map(<[u8]>::to_vec),
            order: sections.at_most_one(ORDER)?.map(Evidence::parse).transpose()?,
            erased: sections.all(ERASED).map(Evidence::parse).collect::<Result<_, _>>()?,
        })
    }

    /// Checks everything. What comes back is proven by the file, given that the cards in it are the agencies' own: compare
    /// their fingerprints.
    pub fn verify(&self, suite: &dyn Suite) -> Result<ProvenEntry, EvidenceError> {
        self.verify_beside(suite, &mut Histories::default())
    }

    /// The same with an evidence file of the record beside it: checks also that its record is this entry (EVID-30).
    pub fn verify_with(&self, suite: &dyn Suite, earlier: &Evidence) -> Result<(ProvenEntry, Proven), EvidenceError> {
        let histories = &mut Histories::default();
        let proven = self.verify_beside(suite, histories)?;
        // Two entries at one place are two histories of the log.
        let record = earlier.verify_beside(suite, histories)?;
        if record.position != proven.position {
            return Err(EvidenceError::Mismatch(
                "the record of the other file lies at another place: it is not this entry",
            ));
        }
        ground::one_chain_each(proven.all_cards().chain(&record.parties))?;
        Ok((proven, record))
    }

    fn verify_beside(&self, suite: &dyn Suite, histories: &mut Histories) -> Result<ProvenEntry, EvidenceError> {
        let parties = ground::parties(suite, &self.cards, &self.context.author)?;
        let versions = ground::versions(suite, &self.agreements, &self.context, &parties)?;
        let (agreement, agreement_hash) = versions.last().cloned().ok_or(EvidenceError::Section(AGREEMENT))?;
        let author = parties.first().ok_or(EvidenceError::Section(CARDS))?;
        let log_keys = &author.current().keys.log;
        let keys = (log_keys, &ground::receipt_keys(&parties)[..]);
        let placed = Placed::open(suite, &self.context, &self.proof, self.entry, keys, "entry")?;
        let manifest = self.manifest.open(suite, &self.context, log_keys, &[], "manifest")?;
        let claimed = ground::manifest(&manifest, &placed)?;
        if manifest.at.proof.index() >= placed.proof.index() {
            return Err(EvidenceError::Mismatch("the manifest does not stand before the entry"));
        }
        histories.proof(suite, &placed)?;
        histories.proof(suite, &manifest.at)?;
        let named = (&claimed, &self.context.channel);
        let after = ground::after(suite, &self.seen, &parties, named, histories)?;
        let receipts: Vec<SignedTime> = placed.proof.receipts().iter().map(SignedTime::of).collect();
        let position = placed.position();
        let order = self.order.as_ref().map(|order| order.verify_beside(suite, histories)).transpose()?;
        if order.as_ref().is_some_and(|order| !orders(order, &position)) {
            return Err(EvidenceError::Mismatch("the order is not one of the author's to erase this entry"));
        }
        let erased: Vec<Proven> =
            self.erased.iter().map(|word| word.verify_beside(suite, histories)).collect::<Result<_, _>>()?;
        if !erased.iter().all(|word| says_erased(word, &position)) {
            return Err(EvidenceError::Mismatch("a word that content was destroyed is not one about this entry"));
        }
        if !erased.is_sorted_by_key(|word| word.position.origin.agency)
            || erased.array_windows().any(|[a, b]| a.position.origin.agency == b.position.origin.agency)
        {
            return Err(EvidenceError::Mismatch("the words that content was destroyed are not in order, one a party"));
        }
        let proven = ProvenEntry {
            position,
            size: placed.head().size,
            root: placed.head().root,
            entry: self.entry,
            agreement,
            agreement_hash,
            claimed_time: claimed.time,
            interval: Interval::of(after, &receipts, claimed.time),
            missing_receipts: ground::missing_receipts(&parties, &receipts),
            receipts,
            withheld: ground::withheld(suite, self.withheld.as_deref(), author, &placed)?,
            order,
            erased,
            parties,
        };
        ground::one_chain_each(proven.all_cards())?;
        Ok(proven)
    }
}

/// Whether a record is the order of an entry's author to erase it. In the entry's own log it stands behind it.
fn orders(order: &Proven, entry: &Position) -> bool {
    let by_author = order.position.origin.agency == entry.origin.agency;
    let names_it = matches!(&order.testimony, Some(Testimony::Erasure(places)) if places.names(entry));
    by_author && names_it && is_later(order, entry)
}

/// Whether a record says that its author destroyed the content of an entry. In the entry's own log it stands behind it.
fn says_erased(word: &Proven, entry: &Position) -> bool {
    let names_it = matches!(&word.testimony, Some(Testimony::Erased(places)) if places.names(entry));
    names_it && is_later(word, entry)
}

/// Whether a record of the protocol was given to the other parties, and can be about an entry: one of the same channel, and
/// not at its place or before it in one log.
fn is_later(word: &Proven, entry: &Position) -> bool {
    let in_channel = word.position.origin.channel == entry.origin.channel;
    let is_behind = word.position.origin != entry.origin || word.position.index > entry.index;
    in_channel && is_behind && !word.withheld
}
