//! What evidence files stand on, with and without the content of their record: sections in order, the parties' cards, the
//! agreement's versions, the heads that a manifest names, and the author's withheld note.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::{String, ToString},
    vec::Vec,
};

use super::{
    CARDS, EvidenceError,
    history::Histories,
    member::{OpenedMember, Placed},
    proven::SignedTime,
    text,
};
use crate::{
    agreement::{Agreement, Bundle},
    batch::Manifest,
    card::{CardChain, CardError},
    control::{Control, WithheldNote},
    document::SignedDocument,
    encoding::Reader,
    id::{AgencyId, ChannelId, Hash},
    json, limits,
    origin::Origin,
    record::Context,
    suite::{PublicKeys, Suite},
    tlog::open_checkpoint,
};

/// The sections of a file, in rising order of their tags.
pub(super) struct Sections<'a>(Vec<(u8, &'a [u8])>);

impl<'a> Sections<'a> {
    /// Reads all that stands behind the first line; total. Only these tags may be there.
    pub(super) fn parse(bytes: &'a [u8], tags: &[u8]) -> Result<Self, EvidenceError> {
        let mut reader = Reader::new(bytes);
        let mut sections = Vec::new();
        while reader.left() > 0 {
            sections.push((reader.u8()?, reader.prefixed_u32()?));
        }
        if let Some([_, (tag, _)]) = sections.array_windows().find(|[(before, _), (after, _)]| before > after) {
            return Err(EvidenceError::Section(*tag));
        }
        match sections.iter().find(|(tag, _)| !tags.contains(tag)) {
            Some((unknown, _)) => Err(EvidenceError::Section(*unknown)),
            None => Ok(Self(sections)),
        }
    }

    /// Every section of a tag.
    pub(super) fn all(&self, wanted: u8) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().filter(move |(tag, _)| *tag == wanted).map(|(_, bytes)| *bytes)
    }

    /// The section of a tag that stands once or not.
    pub(super) fn at_most_one(&self, wanted: u8) -> Result<Option<&'a [u8]>, EvidenceError> {
        let mut found = self.all(wanted);
        match (found.next(), found.next()) {
            (one, None) => Ok(one),
            _ => Err(EvidenceError::Section(wanted)),
        }
    }

    /// The section of a tag that stands once.
    pub(super) fn one(&self, wanted: u8) -> Result<&'a [u8], EvidenceError> {
        self.at_most_one(wanted)?.ok_or(EvidenceError::Section(wanted))
    }

    /// The sections of a tag as texts.
    pub(super) fn texts(&self, wanted: u8) -> Result<Vec<String>, EvidenceError> {
        self.all(wanted).map(|bytes| text(bytes, wanted)).collect()
    }
}

/// A context as it is written: channel, author, agreement.
pub(super) fn context(bytes: &[u8]) -> Result<Context, EvidenceError> {
    let mut reader = Reader::new(bytes);
    let context = Context {
        channel: ChannelId::new(reader.array()?),
        author: AgencyId::new(reader.array()?),
        agreement: reader.array()?,
    };
    reader.finish()?;
    Ok(context)
}

/// The parties of a file's card files, the author first.
pub(super) fn parties(
    suite: &dyn Suite,
    cards: &[Vec<u8>],
    author: &AgencyId,
) -> Result<Vec<CardChain>, EvidenceError> {
    let mut parties: Vec<CardChain> = Vec::new();
    for (bytes, number) in cards.iter().zip(1..) {
        let chain = CardChain::parse(suite, bytes)
            .map_err(|error| EvidenceError::Cards { number, problem: error.to_string() })?;
        parties.push(chain);
    }
    let ids: Vec<AgencyId> = parties.iter().map(|chain| *chain.agency()).collect();
    // Whose cards stand among the others' may countersign: an author who stood there twice could date its own record.
    let others = ids.get(1..).unwrap_or_default();
    let each_once = others.is_sorted_by(|a, b| a < b) && !others.contains(author);
    if ids.first() != Some(author) || !each_once {
        return Err(EvidenceError::Mismatch(
            "the card files are not the author's followed by the others' in order, each once",
        ));
    }
    Ok(parties)
}

/// The versions with their hashes, from the first one, whose hash names the channel, to the governing one.
pub(super) fn versions(
    suite: &dyn Suite,
    bundles: &[Vec<u8>],
    context: &Context,
    parties: &[CardChain],
) -> Result<Vec<(Agreement, Hash)>, EvidenceError> {
    let wrong = |problem: &str| EvidenceError::Agreement(problem.into());
    let chains: BTreeMap<AgencyId, CardChain> = parties.iter().map(|chain| (*chain.agency(), chain.clone())).collect();
    let mut versions: Vec<(Agreement, Hash)> = Vec::new();
    for bytes in bundles {
        let bundle = Bundle::parse(bytes).map_err(|error| EvidenceError::Agreement(error.to_string()))?;
        bundle.verify(suite, &chains).map_err(|error| EvidenceError::Agreement(error.to_string()))?;
        if !bundle.missing().is_empty() {
            return Err(wrong("a party has not signed it"));
        }
        let agreement = bundle.agreement().clone();
        let hash = agreement.hash(suite);
        let follows = match versions.last() {
            None => agreement.version == 1 && hash == *context.channel.bytes(),
            Some((before, _)) => agreement.check_successor(suite, before).is_ok(),
        };
        if !follows {
            return Err(wrong("its first version does not name this channel, or a version does not follow another"));
        }
        versions.push((agreement, hash));
    }
    let (agreement, hash) = versions.last().ok_or_else(|| wrong("none is in the file"))?;
    if *hash != context.agreement {
        return Err(wrong("the last version in the file is not the one that governs the record"));
    }
    let named: BTreeSet<AgencyId> = agreement.parties.iter().map(|party| party.agency).collect();
    if !named.iter().eq(chains.keys()) {
        return Err(wrong("its parties are not those whose cards are in the file"));
    }
    Ok(versions)
}

/// What a manifest under the head of an entry says.
pub(super) fn manifest(manifest: &OpenedMember<'_>, entry: &Placed) -> Result<Manifest, EvidenceError> {
    if manifest.at.head() != entry.head() {
        return Err(EvidenceError::Mismatch("the manifest lies under another checkpoint than the record"));
    }
    match Control::decode(&manifest.header.kind, manifest.parts.body) {
        Ok(Control::Batch(claimed)) => Ok(claimed),
        _ => Err(EvidenceError::Mismatch("the manifest section holds another record")),
    }
}

/// The parties, other than the author, of whom there is no receipt.
pub(super) fn missing_receipts(parties: &[CardChain], receipts: &[SignedTime]) -> Vec<AgencyId> {
    let others = parties.iter().skip(1).map(|chain| *chain.agency());
    others.filter(|agency| !receipts.iter().any(|receipt| receipt.by == *agency)).collect()
}

/// The receipt keys of all parties but the author, by their ids.
pub(super) fn receipt_keys(parties: &[CardChain]) -> Vec<(AgencyId, &PublicKeys)> {
    parties.iter().skip(1).map(|chain| (*chain.agency(), &chain.current().keys.receipt)).collect()
}

/// The latest time at which another party had signed what the author's manifest names.
pub(super) fn after(
    suite: &dyn Suite,
    notes: &[String],
    parties: &[CardChain],
    (manifest, channel): (&Manifest, &ChannelId),
    histories: &mut Histories,
) -> Result<Option<SignedTime>, EvidenceError> {
    let author = parties.first().ok_or(EvidenceError::Section(CARDS))?;
    let mut named = manifest.seen.iter();
    let mut latest: Option<SignedTime> = None;
    for note in notes {
        let wrong = |source| EvidenceError::Proof { what: "seen receipt", source };
        let origin = note
            .lines()
            .next()
            .and_then(|line| line.parse::<Origin>().ok())
            .filter(|origin| origin.channel == *channel)
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
pub(super) fn withheld(
    suite: &dyn Suite,
    note: Option<&[u8]>,
    author: &CardChain,
    record: &Placed,
) -> Result<bool, EvidenceError> {
    let Some(bytes) = note else { return Ok(false) };
    let not_one = EvidenceError::Mismatch("the withheld note is not one of the author's");
    let document = SignedDocument::parse(bytes).map_err(|_| not_one.clone())?;
    let by_author = document.signature.agency == *author.agency();
    let card = author.at_serial(document.signature.serial).filter(|_| by_author).ok_or(not_one.clone())?;
    if !document.verify(suite, &card.keys.document, "withheld") {
        return Err(not_one);
    }
    let note: WithheldNote =
        json::parse_strict(&document.body, limits::DOCUMENT_BYTES_MAX, "withheld note").map_err(|_| not_one)?;
    let whole = note.indexes.is_sorted_by(|a, b| a < b) && note.indexes.len() == note.commitments.len();
    let mut entries = note.indexes.iter().zip(&note.commitments);
    let names_it = entries.any(|(index, commitment)| *index == record.proof.index() && commitment.0 == record.entry);
    if note.origin != record.origin || !whole || !names_it {
        return Err(EvidenceError::Mismatch("the withheld note does not name the record"));
    }
    Ok(true)
}

/// The members' cards of an agency must be one chain, though one may know more of it than another.
pub(super) fn one_chain_each<'a>(members: impl IntoIterator<Item = &'a CardChain>) -> Result<(), EvidenceError> {
    let chains: Vec<_> = members.into_iter().collect();
    let forked = chains.iter().enumerate().any(|(place, chain)| {
        chains.iter().skip(place).any(|other| matches!(chain.merge(other), Err(CardError::Forked { .. })))
    });
    if forked {
        return Err(EvidenceError::Mismatch("the cards of an agency in two members contradict each other"));
    }
    Ok(())
}
