//! What a file without content proves, as plain facts and as a page.

use std::collections::BTreeMap;

use protocol::{
    evidence::{Proven, entry::ProvenEntry},
    fingerprint::Fingerprint,
    id::AgencyId,
};
use serde::Serialize;
use texts::{Language, say};

use super::{
    facts::{Missing, NotExcluded, Party, Times, Trust, Verdict, label, parties, times, unmatched, utc},
    page::{About, Page, join, pick},
};

/// Everything that a file without content proves.
#[derive(Debug, Clone, Serialize)]
pub struct EntryProof {
    /// Proven to this reader, or consistent only.
    pub verdict: Verdict,
    /// The entry.
    pub place: Place,
    /// The parties, the author first.
    pub parties: Vec<Party>,
    /// The version under which the manifest before the entry was written.
    pub agreement: Version,
    /// When, in UTC.
    pub times: Times,
    /// Whether the author's own signed note stands in the record's place.
    pub withheld: bool,
    /// The author's order to erase it.
    pub order: Option<Word>,
    /// Who says that it destroyed the content.
    pub erased: Vec<Word>,
    /// The record of the file that was given beside this one, which is this entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matches: Option<Matched>,
    /// What the file does not prove, though such a file can.
    pub missing: Vec<Missing>,
    /// What no such file can exclude.
    pub not_excluded: Vec<NotExcluded>,
    /// Fingerprints that the reader gave and no party has.
    #[serde(skip)]
    pub unmatched_fingerprints: Vec<String>,
}

/// Where an entry lies.
#[derive(Debug, Clone, Serialize)]
pub struct Place {
    pub channel: String,
    pub log: String,
    pub index: u64,
    /// How many entries the signed head covers.
    pub size: u64,
    /// The entry: a hash that tells nothing without the record's secret.
    pub entry: String,
}

/// A version of the agreement.
#[derive(Debug, Clone, Serialize)]
pub struct Version {
    pub hash: String,
    pub version: u32,
    pub title: BTreeMap<String, String>,
    pub valid_from: String,
    pub valid_until: String,
}

/// What a party wrote about the entry, in its own log.
#[derive(Debug, Clone, Serialize)]
pub struct Word {
    /// Its label in the agreement.
    pub party: String,
    pub log: String,
    pub index: u64,
    /// When, by its own clock; UTC.
    pub claimed: String,
    /// When another party had countersigned it, by that party's clock; UTC.
    pub before: Option<String>,
    /// Whose clock that is: the party's label.
    pub before_by: Option<String>,
    /// Of a word that content was destroyed: whether its author had the order when it wrote this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_order: Option<bool>,
}

/// The record of an earlier file.
#[derive(Debug, Clone, Serialize)]
pub struct Matched {
    pub kind: String,
    pub digest: String,
    pub body_sha256: String,
}

impl EntryProof {
    /// The facts of a verified file, for a reader who trusts these fingerprints, with the record that matches it.
    pub fn of(proven: &ProvenEntry, matched: Option<&Proven>, trusted: &[Fingerprint]) -> Self {
        let agreement = &proven.agreement;
        let named = |party: &AgencyId| label(agreement, party);
        let word = |word: &Proven, after_order| Word {
            party: named(&word.position.origin.agency),
            log: word.position.origin.short(),
            index: word.position.index,
            claimed: utc(word.claimed_time / 1000),
            before: word.interval.before.map(|time| utc(time.time_s)),
            before_by: word.interval.before.map(|time| named(&time.by)),
            after_order,
        };
        let cards = || proven.all_cards().chain(matched.into_iter().flat_map(|record| &record.parties));
        let receipts = proven.missing_receipts.iter().map(|party| Missing::Receipt { party: named(party) });
        let earliest = proven.interval.after.is_none().then_some(Missing::EarliestTime);
        let silent = proven.silent().map(|party| Missing::Word { party: named(party) });
        Self {
            verdict: Verdict::of(cards().map(|chain| Trust::of(&chain.fingerprint(), trusted))),
            place: Place {
                channel: proven.position.origin.channel.to_string(),
                log: proven.position.origin.short(),
                index: proven.position.index,
                size: proven.size,
                entry: hex::encode(proven.entry),
            },
            parties: parties(agreement, &proven.parties, &proven.receipts, trusted),
            agreement: Version {
                hash: hex::encode(proven.agreement_hash),
                version: agreement.version,
                title: agreement.title.clone(),
                valid_from: agreement.valid_from.to_string(),
                valid_until: agreement.valid_until.to_string(),
            },
            times: times(agreement, proven.claimed_time, &proven.interval, &proven.receipts),
            withheld: proven.withheld,
            order: proven.order.as_ref().map(|order| word(order, None)),
            erased: proven.erased.iter().map(|one| word(one, Some(proven.is_after_order(one)))).collect(),
            matches: matched.map(|record| Matched {
                kind: record.header.kind.clone(),
                digest: hex::encode(record.digest),
                body_sha256: hex::encode(record.body_sha256),
            }),
            missing: receipts.chain(earliest).chain(silent).collect(),
            not_excluded: NotExcluded::WITHOUT_CONTENT.to_vec(),
            unmatched_fingerprints: unmatched(cards(), trusted),
        }
    }
}

/// The page of a file without content in each of the languages, one below the other.
pub fn entry_page(facts: &EntryProof, languages: &[Language]) -> String {
    join(languages, |language| written(facts, language))
}

fn written(facts: &EntryProof, language: Language) -> String {
    let mut page = Page::new(language, &say!("page-entry-title"), facts.verdict);
    page.heading(say!("page-entry-heading-what"));
    let Place { channel, log, index, size, entry } = &facts.place;
    let size = i64::try_from(*size).unwrap_or(i64::MAX);
    page.say(say!("page-entry-place", index = %index, log = log, channel = channel, size = size, entry = entry));
    page.say(say!("page-entry-no-content"));
    if let Some(record) = &facts.matches {
        page.say(say!("page-entry-matches", kind = &record.kind, sha256 = &record.body_sha256));
    }
    if facts.withheld {
        page.say(say!("page-withheld-by-author"));
    }

    page.heading(say!("page-heading-who"));
    for party in &facts.parties {
        page.party(party, if facts.withheld { About::Withheld { entry: true } } else { About::Entry });
    }

    page.heading(say!("page-heading-when"));
    page.times(&facts.times);

    page.heading(say!("page-entry-heading-erasure"));
    match &facts.order {
        None => page.say(say!("page-entry-order-none")),
        Some(order) => {
            let Word { party, log, index, claimed, .. } = order;
            page.say(say!("page-entry-order", label = party, index = %index, log = log, time = claimed));
            page.word_before(order);
        }
    }
    for word in &facts.erased {
        let Word { party, log, index, claimed, .. } = word;
        page.say(say!("page-entry-erased", label = party, index = %index, log = log, time = claimed));
        page.word_before(word);
        if word.after_order == Some(true) {
            page.say(say!("page-entry-erased-after-order", label = party));
        }
    }

    page.heading(say!("page-heading-under"));
    let Version { hash, version, title, valid_from, valid_until } = &facts.agreement;
    page.say(say!("page-agreement", title = pick(language, title), version = %version, hash = hash));
    page.say(say!("page-agreement-term", from = valid_from, until = valid_until));

    if !facts.missing.is_empty() {
        page.heading(say!("page-heading-missing"));
    }
    for missing in &facts.missing {
        page.missing(missing);
    }
    page.not_excluded(&facts.not_excluded);
    page.say(say!("page-entry-not-proven"));
    page.text
}

impl Page {
    /// Who had received a word about the entry, and when.
    fn word_before(&mut self, word: &Word) {
        match (&word.before, &word.before_by) {
            (Some(time), Some(label)) => self.say(say!("page-entry-word-before", label = label, time = time)),
            _ => self.say(say!("page-entry-word-unreceipted")),
        }
    }
}
