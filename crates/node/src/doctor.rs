//! Why is it stuck: what stands in the way of exchange, and what to do about it.

mod audited;
mod setup;

use std::{path::PathBuf, sync::Arc};

use hyper::StatusCode;
use protocol::{channel::Channel, id::AgencyId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Reader, StoreError};
use texts::{Language, Message, say};

use crate::{
    administration::Administration,
    audit::Audit,
    auditors::Auditors,
    breaches::{self, Breach, What},
    callers::{Caller, is_set_up},
    channel::ChannelHandle,
    limits,
    links::Links,
    peers::Peers,
    reviews, statements,
    statements::Statements,
    transport::tls::Pin,
    words,
};

/// What is looked at.
pub struct Doctor {
    /// Accounts of threads, and through them store, channels and threads.
    pub statements: Arc<Statements>,
    /// Whose cards are held.
    pub peers: Arc<Peers>,
    /// What each link last met.
    pub links: Arc<Links>,
    /// Who was turned away.
    pub audit: Arc<Audit>,
    /// Who administers.
    pub administration: Administration,
    /// Without one nothing is exchanged.
    pub auditors: Arc<Auditors>,
    /// Of the TLS key in use.
    pub pin: Pin,
    /// Serial of the own card with which the node started.
    pub card: u64,
    /// Where the node's folder lies.
    pub dir: PathBuf,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Diagnosis {
    /// Whether nothing stands in the way.
    pub ok: bool,
    /// This machine's time, milliseconds since 1970.
    pub now_ms: u64,
    /// What stands in the way or may soon, the gravest first.
    pub findings: Vec<Finding>,
    /// How it stands with each partner in each channel.
    pub partners: Vec<Partner>,
}

/// Something that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// How grave it is.
    pub level: Level,
    /// What it is about.
    pub about: About,
    /// What is the matter.
    #[schemars(with = "String")]
    pub message: Message,
    /// What to do.
    #[schemars(with = "String")]
    pub advice: Message,
}

/// How grave a finding is; the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Something stands still.
    Fault,
    /// Something is late or will stand still.
    Warning,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// What is still to be done before anything is exchanged.
    Setup,
    /// The connection to a partner.
    Link,
    /// This machine's time.
    Clock,
    /// Cards and pinned keys.
    Pins,
    /// What waits to be delivered.
    Queue,
    /// A partner has not shown what it holds.
    Heads,
    /// Two histories of a log were seen.
    Frozen,
    /// A partner signed what the protocol forbids.
    Breach,
    /// Callers who were turned away.
    Access,
    /// The disk.
    Disk,
    /// Threads and search.
    Threads,
    /// What one officer released alone.
    Review,
    /// Accounts of threads that differ from a partner's.
    Statements,
    /// What independent auditors did not do, or do in vain.
    Audit,
}

/// How it stands with a partner in a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Partner {
    /// The channel.
    pub channel: String,
    /// The partner.
    #[schemars(with = "words::Id")]
    pub agency: AgencyId,
    /// When the link last worked, milliseconds since 1970.
    pub worked_ms: Option<u64>,
    /// What breaks it, if it is broken.
    pub problem: Option<String>,
    /// Since when that breaks it, milliseconds since 1970.
    pub since_ms: Option<u64>,
    /// Serial of its card that is held, if one is.
    pub card: Option<u64>,
    /// Whether its key is let in: its fingerprint was confirmed, and no second card was seen.
    pub trusted: bool,
    /// The newest time that it signed in this channel, in its logs or a receipt: milliseconds since 1970, by its clock.
    pub signed_ms: Option<u64>,
    /// Entries that it has not receipted, over all own logs.
    pub outstanding: u64,
    /// When the oldest of them was written, milliseconds since 1970.
    pub oldest_ms: Option<u64>,
    /// Time in its latest receipt, milliseconds since 1970.
    pub last_receipt_ms: Option<u64>,
}

impl Diagnosis {
    /// The same with what is found in the reader's language.
    #[must_use]
    pub fn in_language(mut self, language: Language) -> Self {
        for Finding { message, advice, .. } in &mut self.findings {
            *message = Message::as_worded(message.in_language(language));
            *advice = Message::as_worded(advice.in_language(language));
        }
        self
    }
}

impl Finding {
    const fn fault(about: About, message: Message, advice: Message) -> Self {
        Self { level: Level::Fault, about, message, advice }
    }

    const fn warning(about: About, message: Message, advice: Message) -> Self {
        Self { level: Level::Warning, about, message, advice }
    }
}

impl Doctor {
    /// Whether the node runs, and is not only a folder that a command opened.
    fn runs(&self) -> bool {
        self.statements.upkeep.threads.runs()
    }
}

/// Examines the node as it is at this time, in milliseconds since 1970, for somebody. Of channels in which records may be hidden
/// it tells offices whether the link works, and not what left when: who sends there must not see it (PROT-11).
pub fn examine(doctor: &Doctor, caller: &Caller, now: u64) -> Result<Diagnosis, StoreError> {
    let reader = doctor.statements.upkeep.db.reader()?;
    let mut findings = setup::findings(doctor);
    let mut partners = Vec::new();
    for handle in doctor.statements.upkeep.channels.list() {
        let channel = handle.value();
        if let Some(frozen) = channel.frozen() {
            let message = say!("doctor-frozen", channel = %channel.id(), frozen = %frozen);
            findings.push(Finding::fault(About::Frozen, message, say!("doctor-frozen-advice")));
        }
        findings.extend(statement_findings(doctor, &handle, now)?);
        for agency in channel.partners() {
            let partner = partner(doctor, &reader, &channel, agency)?;
            let partner = match doctor.statements.upkeep.protection.shows_sizes(caller, &channel) {
                true => partner,
                false => {
                    // When a break was noticed tells whether something was to leave; that it lasts does not.
                    let lasts = doctor.links.of(channel.id(), agency).has_been_broken(now);
                    let problem = partner.problem.filter(|_| lasts);
                    Partner {
                        worked_ms: None,
                        signed_ms: None,
                        outstanding: 0,
                        oldest_ms: None,
                        last_receipt_ms: None,
                        problem,
                        since_ms: None,
                        ..partner
                    }
                }
            };
            // Of a node that does not run no link works, and that is all there is to say.
            if doctor.runs() {
                findings.extend(partner_findings(&channel, &partner, now));
            }
            partners.push(partner);
        }
    }
    findings.extend(breaches(doctor)?);
    findings.extend(audited::findings(doctor, &reader, now)?);
    findings.extend(pins(doctor));
    findings.extend(turned_away(doctor));
    findings.extend(administrators(doctor, now));
    findings.extend(disk(doctor));
    findings.extend(threads(doctor, &reader, now)?);
    findings.extend(reviews(doctor, now)?);
    findings.sort_by_key(|finding| finding.level);
    Ok(Diagnosis { ok: findings.is_empty(), now_ms: now, findings, partners })
}

fn partner(doctor: &Doctor, reader: &Reader, channel: &Channel, agency: AgencyId) -> Result<Partner, StoreError> {
    let link = doctor.links.of(channel.id(), agency);
    let (problem, since_ms) = link.problem.unzip();
    let peer = doctor.peers.get(&agency);
    let logs = channel.logs().filter(|(origin, log)| origin.agency == agency && log.size() > 0);
    let mut partner = Partner {
        channel: channel.id().to_string(),
        agency,
        worked_ms: link.worked_ms,
        problem,
        since_ms,
        card: peer.as_ref().map(|peer| peer.chain.current().serial),
        trusted: peer.is_some_and(|peer| peer.trusted),
        signed_ms: logs.map(|(_, log)| log.time()).max(),
        outstanding: 0,
        oldest_ms: None,
        last_receipt_ms: None,
    };
    for origin in channel.own_logs() {
        let receipted = channel.log(&origin).map_or(0, |log| log.receipted(&agency));
        let waiting = channel.size(&origin).saturating_sub(receipted);
        partner.outstanding = partner.outstanding.saturating_add(waiting);
        if waiting > 0 {
            let time = reader.batch_at(&origin, receipted)?.map(|stored| stored.time);
            partner.oldest_ms = partner.oldest_ms.into_iter().chain(time).min();
        }
        if receipted > 0 {
            let receipt = reader.receipt_covering(&origin, receipted, agency)?;
            let time = receipt.map(|receipt| receipt.time_s.saturating_mul(1000));
            partner.last_receipt_ms = partner.last_receipt_ms.max(time);
        }
    }
    partner.signed_ms = partner.signed_ms.max(partner.last_receipt_ms);
    Ok(partner)
}

fn partner_findings(channel: &Channel, partner: &Partner, now: u64) -> Vec<Finding> {
    let mut findings = Vec::new();
    let agency = partner.agency;
    if channel.waiting().contains(&agency) {
        let message = say!("doctor-heads", agency = %agency);
        findings.push(Finding::fault(About::Heads, message, say!("doctor-heads-advice")));
    }
    if let Some(problem) = &partner.problem {
        let message = say!("doctor-link", agency = %agency, problem = %problem);
        findings.push(Finding::fault(About::Link, message, advice_on(problem)));
    }
    findings.extend(clock_finding(partner, now));
    let age_ms = partner.oldest_ms.map_or(0, |oldest| now.saturating_sub(oldest));
    if age_ms > limits::QUEUE_AGE_MS_MAX {
        let (outstanding, minutes) = (partner.outstanding, age_ms / 60_000);
        let message = say!("doctor-queue", outstanding = outstanding, agency = %agency, minutes = minutes);
        findings.push(Finding::warning(About::Queue, message, say!("doctor-queue-advice")));
    }
    findings
}

/// What to do about a link's problem, as far as its text tells.
fn advice_on(problem: &str) -> Message {
    // With its word: a port or an id may hold the same digits.
    if problem.contains(&StatusCode::TOO_EARLY.to_string()) {
        return say!("doctor-link-early");
    }
    if problem.contains(&StatusCode::NOT_FOUND.to_string()) {
        return say!("doctor-link-unknown-channel");
    }
    say!("doctor-link-advice")
}

/// A partner whose threads stand otherwise at one cut, or that says nothing of how they stand.
fn statement_findings(doctor: &Doctor, handle: &ChannelHandle, now: u64) -> Result<Vec<Finding>, StoreError> {
    let standing = statements::standing(&doctor.statements, handle, now)?;
    let channel = handle.id();
    let differing = (standing.differing > 0).then(|| {
        let message = say!("doctor-statements-differ", channel = %channel, differing = standing.differing);
        Finding::fault(About::Statements, message, say!("doctor-statements-differ-advice"))
    });
    let unanswered = (standing.unanswered > 0).then(|| {
        let message = say!("doctor-statements-unanswered", channel = %channel, unanswered = standing.unanswered);
        Finding::warning(About::Statements, message, say!("doctor-statements-unanswered-advice"))
    });
    Ok(differing.into_iter().chain(unanswered).collect())
}

/// A clock that is far off keeps partners from admitting what this node signs, and timers from running.
fn clock_finding(partner: &Partner, now: u64) -> Option<Finding> {
    let ahead_ms = partner.signed_ms?.saturating_sub(now);
    (ahead_ms > protocol::limits::MANIFEST_AHEAD_MS_MAX).then(|| {
        let message = say!("doctor-clock", agency = %partner.agency, minutes = ahead_ms / 60_000);
        Finding::fault(About::Clock, message, say!("doctor-clock-advice"))
    })
}

/// Manifests that can't be: the log that holds one stands still behind it.
fn breaches(doctor: &Doctor) -> Result<Vec<Finding>, StoreError> {
    let false_manifests = breaches::list(&doctor.statements.upkeep.db, &doctor.statements.upkeep.channels)?
        .into_iter()
        .filter(|breach| breach.what != What::TwoHistories);
    let finding = |Breach { log, what, .. }: Breach| {
        let message = say!("doctor-breach", agency = %log.agency, lane = %log.lane, message = what.in_words());
        Finding::fault(About::Breach, message, say!("doctor-breach-advice"))
    };
    Ok(false_manifests.map(finding).collect())
}

/// One administrator who can be the whole agency; one who took another's place and does not confirm yet.
fn administrators(doctor: &Doctor, now: u64) -> Vec<Finding> {
    let room = &doctor.administration;
    let finding = |message, advice| Finding::warning(About::Access, message, advice);
    let mut findings = Vec::new();
    // Who tries Mithaq lets nobody in, and needs no second person for that.
    if is_set_up(&room.tokens, &room.passkeys) && !room.administrators().are_two() {
        findings.push(finding(say!("doctor-one-administrator"), say!("doctor-one-administrator-advice")));
    }
    let replacing = room.tokens.list().into_iter().filter(|token| token.administers() && now < token.confirms_from_ms);
    findings.extend(replacing.filter(|token| room.tokens.counts(token, now)).map(|token| {
        finding(say!("doctor-replaced-administrator", id = %token.id), say!("doctor-replaced-administrator-advice"))
    }));
    findings.extend(
        room.passkeys.confirm_later(now).into_iter().map(|person| {
            finding(say!("doctor-replaced-passkey", id = %person), say!("doctor-replaced-passkey-advice"))
        }),
    );
    findings
}

fn pins(doctor: &Doctor) -> Vec<Finding> {
    let mut findings = Vec::new();
    for peer in doctor.peers.list() {
        let agency = *peer.chain.agency();
        if peer.frozen {
            let message = say!("doctor-two-cards", agency = %agency);
            findings.push(Finding::fault(About::Pins, message, say!("doctor-two-cards-advice")));
        } else if !peer.trusted {
            let message = say!("doctor-unconfirmed", agency = %agency);
            findings.push(Finding::warning(About::Pins, message, say!("doctor-unconfirmed-advice")));
        }
    }
    if doctor.pin != doctor.statements.upkeep.db.cards().current().tls_pin {
        let advice = match doctor.statements.upkeep.db.cards().current().serial > doctor.card {
            true => say!("doctor-card-renewed-advice"),
            false => say!("doctor-other-days-advice"),
        };
        findings.push(Finding::fault(About::Pins, say!("doctor-other-key"), advice));
    }
    findings
}

/// Routes at which callers were turned away more often than by mistake.
fn turned_away(doctor: &Doctor) -> Vec<Finding> {
    let often = doctor.audit.refusals.by_route().into_iter();
    let often = often.filter(|(_, attempts)| *attempts >= limits::REFUSED_ATTEMPTS_TOLD_MIN);
    let finding = |(route, attempts)| {
        let message = say!("doctor-turned-away", attempts = attempts, route = %route);
        Finding::warning(About::Access, message, say!("doctor-turned-away-advice"))
    };
    often.map(finding).collect()
}

fn disk(doctor: &Doctor) -> Option<Finding> {
    let space = rustix::fs::statvfs(&doctor.dir).ok()?;
    let free = space.f_bavail.saturating_mul(space.f_frsize);
    (free < limits::DISK_FREE_BYTES_MIN)
        .then(|| Finding::warning(About::Disk, say!("doctor-disk", free = free >> 20), say!("doctor-disk-advice")))
}

fn reviews(doctor: &Doctor, now: u64) -> Result<Vec<Finding>, StoreError> {
    let reviews::Waiting { overdue, objected, .. } =
        reviews::waiting(&doctor.statements.upkeep.db, &doctor.statements.upkeep.open_channels(), now)?;
    let mut findings = Vec::new();
    if overdue > 0 {
        let message = say!("doctor-unreviewed", overdue = overdue);
        findings.push(Finding::warning(About::Review, message, say!("doctor-unreviewed-advice")));
    }
    if objected > 0 {
        let message = say!("doctor-objected", objected = objected);
        findings.push(Finding::warning(About::Review, message, say!("doctor-objected-advice")));
    }
    Ok(findings)
}

fn threads(doctor: &Doctor, reader: &Reader, now: u64) -> Result<Vec<Finding>, StoreError> {
    let mut findings = Vec::new();
    let overdue = doctor.statements.upkeep.count_open(Some(now), Some(doctor.statements.upkeep.db.me))?;
    if overdue > 0 {
        let message = say!("doctor-overdue", overdue = overdue);
        findings.push(Finding::warning(About::Threads, message, say!("doctor-overdue-advice")));
    }
    let behind = reader.newest_arrival()?.saturating_sub(*doctor.statements.upkeep.threads.progress().borrow());
    if doctor.statements.upkeep.threads.runs() && behind > limits::TURN_BEHIND_BATCHES_MAX {
        let message = say!("doctor-lists-behind", behind = behind);
        findings.push(Finding::warning(About::Threads, message, say!("doctor-lists-behind-advice")));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::LinkError;

    #[test]
    fn too_early_is_a_matter_of_clocks_and_nothing_else_is() {
        let text = String::new();
        let early = LinkError::Answer { what: "a batch", status: StatusCode::TOO_EARLY, text };
        assert!(advice_on(&early.to_string()).to_string().contains("clock"));
        assert!(advice_on("https://127.0.0.1:42569 is not reachable").to_string().contains("peer add"));
    }
}
