//! What an evidence file proves, as plain facts: the JSON output, and what the page says in words.

use std::collections::BTreeMap;

use protocol::{
    agreement::{Agreement, ApprovalRole},
    card::CardChain,
    control::RefusedEntry,
    date::Date,
    evidence::{
        Contradiction, Interval, Proven, SignedTime, Testimony,
        missed::{Owed, ProvenMissed},
    },
    fingerprint::Fingerprint,
    id::AgencyId,
    record::ApprovedWith,
    statement::{Duty, Ground, Verdict as Accounts},
};
use serde::Serialize;

/// How far clocks of agencies and of this computer may differ before a time is called ahead: a day.
const CLOCKS_DIFFER_S: u64 = 86_400;

/// Whether a party is known to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// The reader gave this fingerprint.
    Matches,
    /// The reader gave no fingerprint of this party: it must be compared.
    NotGiven,
}

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything holds, and the reader trusts every party in the file.
    Proven,
    /// Everything holds together, but of some party the reader gave no fingerprint: whoever made the file may have made
    /// that party too.
    Consistent,
    /// The file proves nothing, or is not by whom the reader thinks.
    Refused,
}

impl Verdict {
    /// Of a file that holds.
    pub fn of(trusts: impl IntoIterator<Item = Trust>) -> Self {
        let mut trusts = trusts.into_iter();
        if trusts.all(|trust| trust == Trust::Matches) { Self::Proven } else { Self::Consistent }
    }

    /// The exit code.
    pub const fn exit(self) -> u8 {
        match self {
            Self::Proven => 0,
            Self::Consistent => 9,
            Self::Refused => 4,
        }
    }
}

/// Everything that the file proves.
#[derive(Debug, Clone, Serialize)]
pub struct Facts {
    /// Proven to this reader, or consistent only.
    pub verdict: Verdict,
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
    /// What a party says came as a withheld note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withheld: Option<WithheldFacts>,
    /// What a statement, or the answer to one, says about all threads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<StatementFacts>,
    /// What a manifest says of the other logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<Vec<SeenFacts>>,
    /// The officer's enrolment that a revocation ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked: Option<EntryFacts>,
    /// The records whose erasure it orders, or whose content its author says that it destroyed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erasure: Option<ErasureFacts>,
    /// What the file does not prove, though such a file can.
    pub missing: Vec<Missing>,
    /// What no file of one record can exclude.
    pub not_excluded: Vec<NotExcluded>,
    /// Fingerprints that the reader gave and no party has.
    #[serde(skip)]
    pub unmatched_fingerprints: Vec<String>,
}

/// What may have happened beside what a file shows. No file of one record tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotExcluded {
    /// An officer's enrolment was ended before the record.
    Revocation,
    /// A party refused the record, in spite of its receipt.
    Refusal,
    /// A receipt is for a note that withholds the record.
    Withheld,
    /// A party has another card by now, or had its keys stolen.
    LaterCard,
    /// The agreement was amended, suspended or ended before the record.
    AgreementEnded,
    /// The content was not erased, or is held by somebody still.
    NotErased,
    /// The entry is one of the protocol itself.
    ProtocolRecord,
}

impl NotExcluded {
    const ALL: [Self; 5] = [Self::Revocation, Self::Refusal, Self::Withheld, Self::LaterCard, Self::AgreementEnded];
    /// Of a file without content.
    pub const WITHOUT_CONTENT: [Self; 6] =
        [Self::NotErased, Self::ProtocolRecord, Self::Refusal, Self::Withheld, Self::LaterCard, Self::AgreementEnded];
}

/// The record and its place.
#[derive(Debug, Clone, Serialize)]
pub struct Record {
    pub channel: String,
    pub log: String,
    pub index: u64,
    pub kind: String,
    /// D, which officers approve.
    pub digest: String,
    pub thread: Option<String>,
    /// The record that it answers.
    pub in_reply_to: Option<EntryFacts>,
    /// As the header states it.
    pub purpose: Option<String>,
    pub handling: Vec<String>,
    pub retain_until: Option<String>,
    /// Whether its author's own signed note stands in its place.
    pub withheld: bool,
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
    /// When it countersigned a head of the log that covers the record, by its clock; UTC. What that says of the record:
    /// it was opened and matched, or came as a withheld note (LOG-12).
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
    /// Whether the purpose in the header is the clause's.
    pub purpose_is_the_clauses: bool,
    /// Whether the content may be kept longer than the clause allows, counted from the time that the author claims.
    pub kept_longer_than_the_clause: bool,
    pub valid_from: String,
    pub valid_until: String,
    /// Whether the time that the author claims lies within these days.
    pub in_force_at_the_claimed_time: bool,
}

/// Times in UTC, to the second. What bounds the record's is other parties' alone.
#[derive(Debug, Clone, Serialize)]
pub struct Times {
    /// What the author says.
    pub claimed: String,
    /// The author names in its log what another party had signed at this time, by that party's clock.
    pub after: Option<String>,
    /// Whose clock that is: the party's label.
    pub after_by: Option<String>,
    /// Another party countersigned the record's log first at this time, by that party's clock.
    pub before: Option<String>,
    /// Whose clock that is: the party's label.
    pub before_by: Option<String>,
    /// What of this can't be so.
    pub contradictions: Vec<&'static str>,
    /// Whether a time lies ahead of the clock of this computer.
    pub ahead_of_this_clock: bool,
}

/// An officer's approval.
#[derive(Debug, Clone, Serialize)]
pub struct Approval {
    pub role: &'static str,
    pub office: String,
    /// Whether the log proves that the officer was enrolled before the record.
    pub enrolled_before: bool,
    /// Where the officer was enrolled.
    pub enrolment: EntryFacts,
    /// What the officer's authenticator said, if a passkey approved: it verified its holder and signed the digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passkey: Option<PasskeyFacts>,
}

/// What an authenticator said of its passkey.
#[derive(Debug, Clone, Serialize)]
pub struct PasskeyFacts {
    /// Whether it was copied: then it may lie on several devices of its holder.
    pub synced: bool,
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
    /// The entries that it says it refused or was given a note for, where it says that it received the batch.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<u64>,
}

/// What a party says it was given a note for, in place of the records.
#[derive(Debug, Clone, Serialize)]
pub struct WithheldFacts {
    /// The other party's log.
    pub log: String,
    /// The entries.
    pub indexes: Vec<u64>,
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

/// Records whose content is to go, or went.
#[derive(Debug, Clone, Serialize)]
pub struct ErasureFacts {
    /// Their log.
    pub log: String,
    /// Their entries.
    pub indexes: Vec<u64>,
    /// Whether the author only orders it, rather than says that it did it.
    pub ordered: bool,
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
    /// Proven to this reader, or consistent only.
    pub verdict: Verdict,
    /// Label of the party that was to get something.
    pub creditor: String,
    /// Label of the party that owed it.
    pub debtor: String,
    /// The thread.
    pub thread: String,
    /// What was owed, with what became of it.
    pub owed: Vec<OwedFacts>,
    /// What else the statement names as overdue: its author's word, for which no clause sets a time that had passed.
    pub stated_only: Vec<StatedFacts>,
    /// When the debtor received what was asked, by its own word; UTC.
    pub received: String,
    /// When the creditor wrote its statement, by its own word; UTC.
    pub stated: String,
    /// When the debtor countersigned the statement, by its clock; UTC.
    pub statement_received: Option<String>,
    /// How the debtor's account of all threads compares with the creditor's; absent without an answer in the file.
    pub accounts: Option<Accounts>,
    /// The record that was asked.
    pub asked: Facts,
    /// What the file does not hold.
    pub missing: Vec<MissedMissing>,
    /// Fingerprints that the reader gave and no party has.
    #[serde(skip)]
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
    pub by_clause: String,
    /// On which ground the debtor contests it.
    pub contested: Option<Ground>,
}

/// Something that a statement names as overdue.
#[derive(Debug, Clone, Serialize)]
pub struct StatedFacts {
    /// What.
    pub what: Option<Duty>,
    /// By when, as the statement says; UTC.
    pub by: String,
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
    /// Nothing that another party signed bounds the time from below.
    EarliestTime,
    /// The clause named does not cover the record.
    Clause,
    /// The clause demands an approval that is not there.
    Approval {
        /// In which part.
        role: &'static str,
    },
    /// A party has not said that it destroyed the content.
    Word {
        /// Its label in the agreement.
        party: String,
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
        let claimed_day = Date::from_unix_ms(proven.claimed_time);
        let last_day = clause.zip(claimed_day).map(|(clause, day)| day.plus_days(clause.retention_days_max));
        let term = agreement.valid_from..=agreement.valid_until;
        Self {
            verdict: Verdict::of(proven.parties.iter().map(|chain| Trust::of(&chain.fingerprint(), trusted))),
            record: record(proven),
            parties: parties(agreement, &proven.parties, &proven.receipts, trusted),
            agreement: GoverningAgreement {
                hash: hex::encode(proven.agreement_hash),
                version: agreement.version,
                title: agreement.title.clone(),
                clause: proven.header.clause.clone(),
                clause_text: clause.map(|clause| clause.text.clone()).unwrap_or_default(),
                clause_covers_it: proven.clause_covers_it,
                purpose_is_the_clauses: proven.purpose_is_the_clauses,
                kept_longer_than_the_clause: last_day.is_some_and(|last| proven.header.retain_until > Some(last)),
                valid_from: agreement.valid_from.to_string(),
                valid_until: agreement.valid_until.to_string(),
                in_force_at_the_claimed_time: claimed_day.is_some_and(|day| term.contains(&day)),
            },
            times: times(agreement, proven.claimed_time, &proven.interval, &proven.receipts),
            approvals: proven
                .approvals
                .iter()
                .map(|approved| Approval {
                    role: approved.role.name(),
                    office: approved.office.clone(),
                    enrolled_before: approved.enrolled_before,
                    enrolment: EntryFacts { log: approved.enrolment.origin.short(), index: approved.enrolment.index },
                    passkey: match approved.with {
                        ApprovedWith::Ed25519 => None,
                        ApprovedWith::Passkey(seen) => Some(PasskeyFacts { synced: seen.backed_up }),
                    },
                })
                .collect(),
            missing: missing(proven),
            not_excluded: NotExcluded::ALL.to_vec(),
            testimony: proven.testimony.as_ref().and_then(testimony),
            withheld: proven.testimony.as_ref().and_then(withheld),
            statement: proven.testimony.as_ref().and_then(statement),
            seen: proven.testimony.as_ref().and_then(seen),
            revoked: proven.testimony.as_ref().and_then(revoked),
            erasure: proven.testimony.as_ref().and_then(erasure),
            unmatched_fingerprints: unmatched(&proven.parties, trusted),
        }
    }
}

pub(super) fn unmatched<'a>(parties: impl IntoIterator<Item = &'a CardChain>, trusted: &[Fingerprint]) -> Vec<String> {
    let found: Vec<Fingerprint> = parties.into_iter().map(CardChain::fingerprint).collect();
    trusted.iter().filter(|trusted| !found.contains(trusted)).map(Fingerprint::to_string).collect()
}

/// Times as a verifier tells them: by the manifest, by other parties' clocks, and by receipts.
pub(super) fn times(agreement: &Agreement, claimed_time: u64, interval: &Interval, receipts: &[SignedTime]) -> Times {
    let by = |time: Option<SignedTime>| time.map(|time| label(agreement, &time.by));
    let at = |time: Option<SignedTime>| time.map(|time| utc(time.time_s));
    let now = node::clock::now_ms() / 1000;
    let signed = receipts.iter().chain(&interval.after).map(|time| time.time_s);
    let latest = signed.chain([claimed_time / 1000]).max().unwrap_or_default();
    let contradiction = |found: &Contradiction| match found {
        Contradiction::Bounds => "bounds",
        Contradiction::Claim => "claim",
    };
    Times {
        claimed: utc(claimed_time / 1000),
        after: at(interval.after),
        after_by: by(interval.after),
        before: at(interval.before),
        before_by: by(interval.before),
        contradictions: interval.contradictions.iter().map(contradiction).collect(),
        ahead_of_this_clock: latest > now.saturating_add(CLOCKS_DIFFER_S),
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
        digest: hex::encode(proven.digest),
        thread: header.thread.map(|thread| thread.to_string()),
        in_reply_to: header
            .in_reply_to
            .as_ref()
            .map(|entry| EntryFacts { log: entry.log.to_string(), index: entry.index }),
        withheld: proven.withheld,
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
    let (batch, refused, except) = match testimony {
        Testimony::Refused(refusal) => (refusal.batch, refusal.refused.clone(), Vec::new()),
        Testimony::Received(word) => (word.batch(), Vec::new(), word.except.clone()),
        _ => return None,
    };
    Some(TestimonyFacts {
        log: batch.origin.short(),
        first: batch.first,
        last: batch.size().saturating_sub(1),
        root: hex::encode(batch.root),
        refused,
        except,
    })
}

fn withheld(testimony: &Testimony) -> Option<WithheldFacts> {
    let Testimony::Withheld(places) = testimony else { return None };
    Some(WithheldFacts { log: places.origin.short(), indexes: places.indexes.clone() })
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

fn erasure(testimony: &Testimony) -> Option<ErasureFacts> {
    let (places, ordered) = match testimony {
        Testimony::Erasure(places) => (places, true),
        Testimony::Erased(places) => (places, false),
        _ => return None,
    };
    Some(ErasureFacts { log: places.origin.short(), indexes: places.indexes.clone(), ordered })
}

impl MissedFacts {
    /// The facts of a verified file, for a reader who trusts these fingerprints.
    pub fn of(proven: &ProvenMissed, trusted: &[Fingerprint]) -> Self {
        let asked = Facts::of(&proven.asked, trusted);
        let agreement = &proven.asked.agreement;
        let contested =
            |what: &Option<Duty>| proven.contested.iter().find(|item| item.what == *what).map(|item| item.ground);
        let owed = proven.owed.iter().map(|Owed { item, by_clause }| OwedFacts {
            what: item.what.clone(),
            by: item.by.map(|by| utc(by / 1000)).unwrap_or_default(),
            by_clause: utc(by_clause / 1000),
            contested: contested(&item.what),
        });
        let stated_only = proven.stated.iter().map(|item| StatedFacts {
            what: item.what.clone(),
            by: item.by.map(|by| utc(by / 1000)).unwrap_or_default(),
        });
        let members = [Some(&proven.asked), Some(&proven.received), Some(&proven.statement), proven.answer.as_ref()];
        let parties: Vec<&CardChain> = members.into_iter().flatten().flat_map(|member| &member.parties).collect();
        let missing = match &proven.answer {
            None => vec![MissedMissing::Answer],
            Some(answer) if answer.missing_receipts.contains(&proven.creditor) => vec![MissedMissing::AnswerReceipt],
            Some(_) => Vec::new(),
        };
        let countersigned = proven.statement.receipts.iter().find(|receipt| receipt.by == proven.debtor);
        Self {
            verdict: Verdict::of(parties.iter().map(|chain| Trust::of(&chain.fingerprint(), trusted))),
            creditor: label(agreement, &proven.creditor),
            debtor: label(agreement, &proven.debtor),
            thread: proven.thread.to_string(),
            owed: owed.collect(),
            stated_only: stated_only.collect(),
            received: utc(proven.received.claimed_time / 1000),
            stated: utc(proven.statement.claimed_time / 1000),
            statement_received: countersigned.map(|receipt| utc(receipt.time_s)),
            accounts: proven.verdict,
            unmatched_fingerprints: unmatched(parties, trusted),
            asked,
            missing,
        }
    }
}

/// The parties, the author first.
pub(super) fn parties(
    agreement: &Agreement,
    chains: &[CardChain],
    receipts: &[SignedTime],
    trusted: &[Fingerprint],
) -> Vec<Party> {
    let party = |(place, chain): (usize, &CardChain)| {
        let card = chain.current();
        let received = receipts.iter().find(|receipt| receipt.by == *chain.agency());
        Party {
            agency: chain.agency().to_string(),
            label: label(agreement, chain.agency()),
            names: card.names.clone(),
            country: card.country.clone(),
            fingerprint: chain.fingerprint().to_string(),
            trust: Trust::of(&chain.fingerprint(), trusted),
            card_serial: card.serial,
            is_author: place == 0,
            received: received.map(|receipt| utc(receipt.time_s)),
        }
    };
    chains.iter().enumerate().map(party).collect()
}

fn missing(proven: &Proven) -> Vec<Missing> {
    let mut missing: Vec<Missing> = proven
        .missing_receipts
        .iter()
        .map(|agency| Missing::Receipt { party: label(&proven.agreement, agency) })
        .collect();
    if proven.interval.after.is_none() {
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
        if demanded(role) && !proven.approvals.iter().any(|approved| approved.role == role) {
            missing.push(Missing::Approval { role: role.name() });
        }
    }
    if !proven.header.attachments.is_empty() {
        missing.push(Missing::Attachments { count: proven.header.attachments.len() });
    }
    missing
}

pub(super) fn label(agreement: &Agreement, agency: &AgencyId) -> String {
    agreement.party(agency).map_or_else(|| agency.to_string(), |party| party.label.clone())
}

/// A time as people read it: UTC, to the second.
pub(super) fn utc(time_s: u64) -> String {
    i64::try_from(time_s)
        .ok()
        .and_then(|time_s| jiff::Timestamp::from_second(time_s).ok())
        .map_or_else(|| format!("{time_s} s after 1970"), |time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}
