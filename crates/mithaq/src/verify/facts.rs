//! What an evidence file proves, as plain facts: the JSON output, and what the page says in words.

use std::collections::BTreeMap;

use protocol::{
    agreement::{Agreement, ApprovalRole},
    card::CardChain,
    control::RefusedEntry,
    evidence::{Proven, Testimony, missed::ProvenMissed},
    fingerprint::Fingerprint,
    id::AgencyId,
    statement::{Duty, Ground, Verdict},
};
use serde::Serialize;

/// Whether a party is known to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// The reader gave this fingerprint.
    Matches,
    /// The reader gave no fingerprint of this party: it must be compared.
    NotGiven,
}

/// Everything that the file proves.
#[derive(Debug, Clone, Serialize)]
pub struct Facts {
    /// The file holds; without that there are no facts.
    pub verified: bool,
    /// The record.
    pub record: Record,
    /// The parties, the author first.
    pub parties: Vec<Party>,
    /// The agreement.
    pub agreement: GoverningAgreement,
    /// When, in UTC.
    pub times: Times,
    /// Officers' approvals that are proven.
    pub approvals: Vec<Approval>,
    /// What a record of the protocol itself says about another party's batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub testimony: Option<TestimonyFacts>,
    /// What a statement, or the answer to one, says about all threads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<StatementFacts>,
    /// What a manifest says of the other logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<Vec<SeenFacts>>,
    /// The officer's enrolment that a revocation ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked: Option<EntryFacts>,
    /// What the file does not prove.
    pub missing: Vec<Missing>,
    /// Fingerprints that the reader gave and no party has.
    pub unmatched_fingerprints: Vec<String>,
}

/// The record and its place.
#[derive(Debug, Clone, Serialize)]
pub struct Record {
    pub channel: String,
    pub log: String,
    pub index: u64,
    pub kind: String,
    pub purpose: Option<String>,
    pub handling: Vec<String>,
    pub retain_until: Option<String>,
    pub media_type: String,
    pub attachments: usize,
    pub body_bytes: usize,
    pub body_sha256: String,
}

/// A party as its card names it.
#[derive(Debug, Clone, Serialize)]
pub struct Party {
    pub agency: String,
    pub label: String,
    pub names: BTreeMap<String, String>,
    pub country: String,
    pub fingerprint: String,
    pub trust: Trust,
    /// The card as of which the signatures were checked.
    pub card_serial: u64,
    pub is_author: bool,
    /// When it countersigned the record, by its clock; UTC.
    pub received: Option<String>,
}

/// The agreement version and clause.
#[derive(Debug, Clone, Serialize)]
pub struct GoverningAgreement {
    pub hash: String,
    pub version: u32,
    pub title: BTreeMap<String, String>,
    pub clause: Option<String>,
    /// The clause's own text by language.
    pub clause_text: BTreeMap<String, String>,
    /// Whether the clause exists and lists the record's kind and author.
    pub clause_covers_it: bool,
}

/// Times in UTC, to the second.
#[derive(Debug, Clone, Serialize)]
pub struct Times {
    /// What the author says.
    pub claimed: String,
    /// The record was written after this: the latest receipt that its batch names, by the author's clock.
    pub after: Option<String>,
    /// The record was written before this: the first receipt of another party, by that party's clock.
    pub before: Option<String>,
}

/// An officer's approval.
#[derive(Debug, Clone, Serialize)]
pub struct Approval {
    pub role: &'static str,
    pub office: String,
}

/// What a party wrote into its own log about a batch of another party.
#[derive(Debug, Clone, Serialize)]
pub struct TestimonyFacts {
    /// The other party's log.
    pub log: String,
    /// Number of the batch's first entry.
    pub first: u64,
    /// Number of its last entry.
    pub last: u64,
    /// Root of the log after the batch.
    pub root: String,
    /// The entries that it refused; none where it only says that it received the batch.
    pub refused: Vec<RefusedEntry>,
}

/// What a statement, or the answer to one, says about all threads.
#[derive(Debug, Clone, Serialize)]
pub struct StatementFacts {
    /// How many threads have a state at the cut.
    pub threads: u64,
    /// The hash over them; absent in an answer by a party that never held all of the cut.
    pub hash: Option<String>,
    /// How much a statement says awaits others; how much an answer contests.
    pub items: u64,
    /// The statement that an answer is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<EntryFacts>,
}

/// How much of another log the author had received, by its own word.
#[derive(Debug, Clone, Serialize)]
pub struct SeenFacts {
    /// The log.
    pub log: String,
    /// Number of entries.
    pub size: u64,
}

/// A place in a log.
#[derive(Debug, Clone, Serialize)]
pub struct EntryFacts {
    /// The log.
    pub log: String,
    /// Number of the entry.
    pub index: u64,
}

/// Everything that a file of a missed deadline proves.
#[derive(Debug, Clone, Serialize)]
pub struct MissedFacts {
    /// The file holds; without that there are no facts.
    pub verified: bool,
    /// Label of the party that was to get something.
    pub creditor: String,
    /// Label of the party that owed it.
    pub debtor: String,
    /// The thread.
    pub thread: String,
    /// What was owed, with what became of it.
    pub owed: Vec<OwedFacts>,
    /// When the debtor received what was asked, by its own word; UTC.
    pub received: String,
    /// When the creditor wrote its statement, by its own word; UTC.
    pub stated: String,
    /// When the debtor countersigned the statement, by its clock; UTC.
    pub statement_received: Option<String>,
    /// How the debtor's account of all threads compares with the creditor's; absent without an answer in the file.
    pub verdict: Option<Verdict>,
    /// The record that was asked.
    pub asked: Facts,
    /// What the file does not hold.
    pub missing: Vec<MissedMissing>,
    /// Fingerprints that the reader gave and no party has.
    pub unmatched_fingerprints: Vec<String>,
}

/// Something that was owed.
#[derive(Debug, Clone, Serialize)]
pub struct OwedFacts {
    /// What.
    pub what: Option<Duty>,
    /// By when, as the statement says; UTC.
    pub by: String,
    /// By when, as the clause says, counted from the debtor's receipt; UTC.
    pub by_clause: Option<String>,
    /// On which ground the debtor contests it.
    pub contested: Option<Ground>,
}

/// What a file of a missed deadline does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MissedMissing {
    /// The debtor's answer to the statement.
    Answer,
    /// A receipt of the answer by the creditor.
    AnswerReceipt,
}

/// What a file does not prove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Missing {
    /// A party has not countersigned.
    Receipt {
        /// Its label in the agreement.
        party: String,
    },
    /// No receipt bounds the time from below.
    EarliestTime,
    /// The clause named does not cover the record.
    Clause,
    /// The clause demands an approval that is not there.
    Approval {
        /// In which part.
        role: &'static str,
    },
    /// The record's files are not in the evidence; their digests are proven.
    Attachments {
        /// How many.
        count: usize,
    },
}

impl Facts {
    /// The facts of a verified file, for a reader who trusts these fingerprints.
    pub fn of(proven: &Proven, trusted: &[Fingerprint]) -> Self {
        let agreement = &proven.agreement;
        let clause = proven.header.clause.as_deref().and_then(|id| agreement.clause(id));
        let before = proven.receipts.iter().map(|(_, time_s)| *time_s).min();
        Self {
            verified: true,
            record: record(proven),
            parties: proven
                .parties
                .iter()
                .enumerate()
                .map(|(i, chain)| party(proven, chain, i == 0, trusted))
                .collect(),
            agreement: GoverningAgreement {
                hash: hex::encode(proven.agreement_hash),
                version: agreement.version,
                title: agreement.title.clone(),
                clause: proven.header.clause.clone(),
                clause_text: clause.map(|clause| clause.text.clone()).unwrap_or_default(),
                clause_covers_it: proven.clause_covers_it,
            },
            times: Times {
                claimed: utc(proven.claimed_time / 1000),
                after: proven.not_before_s.map(utc),
                before: before.map(utc),
            },
            approvals: proven
                .approvals
                .iter()
                .map(|(role, office)| Approval { role: role.name(), office: office.clone() })
                .collect(),
            missing: missing(proven),
            testimony: proven.testimony.as_ref().and_then(testimony),
            statement: proven.testimony.as_ref().and_then(statement),
            seen: proven.testimony.as_ref().and_then(seen),
            revoked: proven.testimony.as_ref().and_then(revoked),
            unmatched_fingerprints: trusted
                .iter()
                .filter(|trusted| proven.parties.iter().all(|chain| chain.fingerprint() != **trusted))
                .map(Fingerprint::to_string)
                .collect(),
        }
    }
}

impl Trust {
    /// Whether this fingerprint is among those that the reader trusts.
    pub fn of(fingerprint: &Fingerprint, trusted: &[Fingerprint]) -> Self {
        if trusted.contains(fingerprint) { Self::Matches } else { Self::NotGiven }
    }
}

fn record(proven: &Proven) -> Record {
    let header = &proven.header;
    Record {
        channel: proven.position.origin.channel.to_string(),
        log: proven.position.origin.short(),
        index: proven.position.index,
        kind: header.kind.clone(),
        purpose: header.purpose.clone(),
        handling: header.handling.iter().map(|code| format!("{code:?}")).collect(),
        retain_until: header.retain_until.map(|day| day.to_string()),
        media_type: header.media_type.clone(),
        attachments: header.attachments.len(),
        body_bytes: proven.body.len(),
        body_sha256: hex::encode(proven.body_sha256),
    }
}

fn testimony(testimony: &Testimony) -> Option<TestimonyFacts> {
    let (batch, refused) = match testimony {
        Testimony::Refused(refusal) => (refusal.batch, refusal.refused.clone()),
        Testimony::Received(batch) => (*batch, Vec::new()),
        _ => return None,
    };
    Some(TestimonyFacts {
        log: batch.origin.short(),
        first: batch.first,
        last: batch.size().saturating_sub(1),
        root: hex::encode(batch.root),
        refused,
    })
}

fn statement(testimony: &Testimony) -> Option<StatementFacts> {
    match testimony {
        Testimony::Statement(statement) => Some(StatementFacts {
            threads: statement.threads,
            hash: Some(hex::encode(statement.hash)),
            items: statement.awaiting,
            answers: None,
        }),
        Testimony::StatementAnswer(answer) => Some(StatementFacts {
            threads: answer.threads,
            hash: answer.hash.map(hex::encode),
            items: u64::try_from(answer.contested.len()).unwrap_or(u64::MAX),
            answers: Some(EntryFacts { log: answer.statement.origin.short(), index: answer.statement.index }),
        }),
        _ => None,
    }
}

fn seen(testimony: &Testimony) -> Option<Vec<SeenFacts>> {
    let Testimony::Manifest(manifest) = testimony else { return None };
    let seen = manifest.seen.iter();
    Some(seen.map(|seen| SeenFacts { log: seen.origin.short(), size: seen.size }).collect())
}

fn revoked(testimony: &Testimony) -> Option<EntryFacts> {
    let Testimony::Revoked(enrolment) = testimony else { return None };
    Some(EntryFacts { log: enrolment.origin.short(), index: enrolment.index })
}

impl MissedFacts {
    /// The facts of a verified file, for a reader who trusts these fingerprints.
    pub fn of(proven: &ProvenMissed, trusted: &[Fingerprint]) -> Self {
        let asked = Facts::of(&proven.asked, trusted);
        let agreement = &proven.asked.agreement;
        let contested =
            |what: &Option<Duty>| proven.contested.iter().find(|item| item.what == *what).map(|item| item.ground);
        let owed = proven.owed.iter().zip(&proven.by_clause).map(|(item, by_clause)| OwedFacts {
            what: item.what.clone(),
            by: item.by.map(|by| utc(by / 1000)).unwrap_or_default(),
            by_clause: by_clause.map(|by| utc(by / 1000)),
            contested: contested(&item.what),
        });
        let missing = match &proven.answer {
            None => vec![MissedMissing::Answer],
            Some(answer) if answer.missing_receipts.contains(&proven.creditor) => vec![MissedMissing::AnswerReceipt],
            Some(_) => Vec::new(),
        };
        let countersigned = proven.statement.receipts.iter().find(|(agency, _)| *agency == proven.debtor);
        Self {
            verified: true,
            creditor: label(agreement, &proven.creditor),
            debtor: label(agreement, &proven.debtor),
            thread: proven.thread.to_string(),
            owed: owed.collect(),
            received: utc(proven.received.claimed_time / 1000),
            stated: utc(proven.statement.claimed_time / 1000),
            statement_received: countersigned.map(|(_, time_s)| utc(*time_s)),
            verdict: proven.verdict,
            unmatched_fingerprints: asked.unmatched_fingerprints.clone(),
            asked,
            missing,
        }
    }
}

fn party(proven: &Proven, chain: &CardChain, is_author: bool, trusted: &[Fingerprint]) -> Party {
    let card = chain.current();
    let received = proven.receipts.iter().find(|(agency, _)| agency == chain.agency());
    Party {
        agency: chain.agency().to_string(),
        label: label(&proven.agreement, chain.agency()),
        names: card.names.clone(),
        country: card.country.clone(),
        fingerprint: chain.fingerprint().to_string(),
        trust: Trust::of(&chain.fingerprint(), trusted),
        card_serial: card.serial,
        is_author,
        received: received.map(|(_, time_s)| utc(*time_s)),
    }
}

fn missing(proven: &Proven) -> Vec<Missing> {
    let mut missing: Vec<Missing> = proven
        .missing_receipts
        .iter()
        .map(|agency| Missing::Receipt { party: label(&proven.agreement, agency) })
        .collect();
    if proven.not_before_s.is_none() {
        missing.push(Missing::EarliestTime);
    }
    if !proven.clause_covers_it {
        missing.push(Missing::Clause);
    }
    let clause = proven.header.clause.as_deref().and_then(|id| proven.agreement.clause(id));
    let demanded = |role| {
        let dual = matches!(role, ApprovalRole::Author | ApprovalRole::ReleaseAuthority);
        let by_floor = proven.header.personal() && dual;
        by_floor || clause.is_some_and(|clause| clause.requires(role))
    };
    for role in ApprovalRole::ALL {
        if demanded(role) && !proven.approvals.iter().any(|(given, _)| *given == role) {
            missing.push(Missing::Approval { role: role.name() });
        }
    }
    if !proven.header.attachments.is_empty() {
        missing.push(Missing::Attachments { count: proven.header.attachments.len() });
    }
    missing
}

fn label(agreement: &Agreement, agency: &AgencyId) -> String {
    agreement.party(agency).map_or_else(|| agency.to_string(), |party| party.label.clone())
}

/// A time as people read it: UTC, to the second.
fn utc(time_s: u64) -> String {
    i64::try_from(time_s)
        .ok()
        .and_then(|time_s| jiff::Timestamp::from_second(time_s).ok())
        .map_or_else(|| format!("{time_s} s after 1970"), |time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}
