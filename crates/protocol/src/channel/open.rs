//! A partner's batch is opened: checked against its log entries and decided, on any thread.
//!
//! [`Channel::open`] is pure and heavy (signatures, decryption, hashes, decisions) and runs on any thread against a
//! value of the channel. What it gives, [`Opened`], is what [`Channel::admit`] takes.

use alloc::{string::ToString, sync::Arc, vec::Vec};

use super::{
    Channel, Log, Version,
    admit::NotAdmitted,
    lanes::lane_refuses,
    life::{CannotAct, VersionRefused, activated},
};
use crate::{
    agreement::{Agreement, Bundle, Clause},
    batch::{Batch, BatchRef, Frame, Keyring, MANIFEST_KIND, Manifest, NO_SECRET},
    commit::{BlobLink, Period},
    control::{Control, NackReason, Refused, RefusedEntry, WithheldNote},
    date::Date,
    document::SignedDocument,
    header::Header,
    id::{AgencyId, Hash},
    json, limits,
    origin::{Origin, Position},
    record::{self, Context, Judged},
    suite::{SealingKey, Suite},
    tlog::open_checkpoint,
};

/// A record as the policy and the desks see it while a batch is opened.
pub struct Arriving<'a> {
    /// Its place.
    pub position: Position,
    /// The agreement version that governs it.
    pub agreement: Hash,
    /// That version.
    pub version: &'a Version,
    /// Its header.
    pub header: &'a Header,
    /// Its body.
    pub body: &'a [u8],
    /// Its approvals, judged at its place: enrolments count that stand before it and were not revoked before it.
    pub approvals: &'a [Judged],
}

/// A batch that opened and matches its log: only [`Channel::open`] makes one.
#[derive(Clone, Debug)]
pub struct Opened {
    pub(super) batch: Batch,
    pub(super) reference: BatchRef,
    pub(super) keyring: Keyring,
    pub(super) periods: Vec<Period>,
    pub(super) manifest: Manifest,
    /// State of the log after the batch.
    pub(super) log: Log,
    pub(super) controls: Vec<(u64, Control)>,
    pub(super) refused: Vec<RefusedEntry>,
    /// Whether a clause sets a deadline that runs from the receipt of a record of the batch.
    pub(super) starts_deadline: bool,
    pub(super) blobs: Vec<BlobLink>,
    pub(super) withheld: Option<(Vec<u8>, WithheldNote)>,
    /// Versions that the batch puts in force here too.
    pub(super) accepted: Vec<Bundle>,
    /// The channel's count of changes under which it was decided.
    pub(super) changes: u64,
}

impl Opened {
    /// Length of its ciphertexts.
    pub const fn bytes(&self) -> usize {
        self.batch.ciphertexts.len()
    }

    /// Bytes of attachments that its records name, as sealed.
    pub fn attachment_bytes(&self) -> u64 {
        self.blobs.iter().map(|blob| blob.bytes).fold(0, u64::saturating_add)
    }

    /// Which batch it is.
    pub const fn reference(&self) -> &BatchRef {
        &self.reference
    }

    /// The entries that this node refuses.
    pub fn refused(&self) -> &[RefusedEntry] {
        &self.refused
    }

    /// Protocol records by their number in the log.
    pub fn controls(&self) -> &[(u64, Control)] {
        &self.controls
    }
}

impl Channel {
    /// Checks signatures and root, opens the keyring and every record, checks every commitment, and decides every record.
    ///
    /// `decide` answers for business records only: protocol records are never refused by policy.
    pub fn open(
        &self,
        suite: &dyn Suite,
        from: AgencyId,
        frame: Frame,
        keys: &[SealingKey],
        now: u64,
        decide: &mut dyn FnMut(&Arriving<'_>) -> Option<Refused>,
    ) -> Result<Opened, NotAdmitted> {
        self.may_sign()?;
        let origin = frame.batch.origin;
        if origin.channel != self.id || origin.agency != from || from == self.me {
            return Err(NotAdmitted::NotTheirs(origin));
        }
        let cards = self.parties.get(&from).ok_or(NotAdmitted::NotTheirs(origin))?;
        let mut log = self.log(&origin).cloned().unwrap_or_else(|| self.empty_log());
        let held = log.frontier.size();
        if frame.batch.first > held {
            return Err(NotAdmitted::Gap { size: held });
        }
        if frame.batch.first < held {
            return Err(NotAdmitted::Known { size: held });
        }
        let root = check_checkpoint(suite, &cards.current().keys.log, &frame.batch, &mut log)?;
        let reference = BatchRef { origin, first: held, count: frame.batch.count(), root };
        let withheld = check_withheld(suite, &cards.current().keys.document, &frame)?;
        let keyring = self
            .keyring(suite, &reference, &frame, keys)
            .ok_or(NotAdmitted::Nack { batch: reference, reason: NackReason::DoesNotOpen })?;

        let mut opening = Opening {
            channel: self,
            suite,
            origin,
            log: &mut log,
            now,
            decide,
            manifest: None,
            periods: Vec::with_capacity(keyring.len()),
            controls: Vec::new(),
            refused: Vec::new(),
            starts_deadline: false,
            blobs: Vec::new(),
            accepted: Vec::new(),
            version_owed: 0,
            resumed: false,
        };
        let withheld_indexes = withheld.as_ref().map_or(&[][..], |(_, note)| &note.indexes);
        let mut scratch = Vec::new();
        let mut rest = frame.batch.ciphertexts.as_slice();
        for (((secret, commitment), length), index) in
            keyring.iter().zip(&frame.batch.commitments).zip(&frame.batch.lengths).zip(held..)
        {
            let (ciphertext, tail) = usize::try_from(*length)
                .ok()
                .and_then(|length| rest.split_at_checked(length))
                .ok_or(NotAdmitted::Misbehaved("the ciphertexts' lengths do not add up"))?;
            rest = tail;
            if withheld_indexes.binary_search(&index).is_ok() {
                opening.withheld(ciphertext, secret)?;
                continue;
            }
            scratch.clear();
            scratch.extend_from_slice(ciphertext);
            opening
                .record(index, secret, commitment, &mut scratch)
                .map_err(|problem| problem.into_not_admitted(reference))?;
        }
        let Opening { manifest, periods, controls, refused, starts_deadline, blobs, accepted, .. } = opening;
        let manifest = manifest.ok_or(NotAdmitted::Misbehaved("a batch must begin with its manifest"))?;
        log.manifest = manifest.clone();
        log.note.clone_from(&frame.batch.note);
        Ok(Opened {
            batch: frame.batch,
            reference,
            keyring,
            periods,
            manifest,
            log,
            controls,
            refused,
            starts_deadline,
            blobs,
            withheld,
            accepted: accepted.into_iter().map(|(_, bundle, _)| bundle).collect(),
            changes: self.shared.changes,
        })
    }
}

/// What a refusal names as its rule when the agreement's life forbids a record, and no clause or floor rule.
const LIFE: &str = "agreement";
/// The same, where a lane forbids it.
const LANE: &str = "lane";

fn life_refused(reason: &str) -> Refused {
    Refused { rule: LIFE.into(), reason: reason.into() }
}

/// The state of a batch that is being opened, record by record.
pub(super) struct Opening<'a> {
    pub(super) channel: &'a Channel,
    pub(super) suite: &'a dyn Suite,
    pub(super) origin: Origin,
    log: &'a mut Log,
    now: u64,
    decide: &'a mut dyn FnMut(&Arriving<'_>) -> Option<Refused>,
    manifest: Option<Manifest>,
    periods: Vec<Period>,
    pub(super) controls: Vec<(u64, Control)>,
    refused: Vec<RefusedEntry>,
    starts_deadline: bool,
    blobs: Vec<BlobLink>,
    /// Versions that activations in this batch bring, and that are accepted here.
    accepted: Vec<(Hash, Bundle, Arc<Version>)>,
    /// The least version number for records of this batch.
    version_owed: u32,
    /// Whether its author resumes in this batch.
    resumed: bool,
}

/// What is wrong with one record of a batch.
enum RecordProblem {
    /// The content does not open or match.
    Content,
    Misbehaved(&'static str),
    /// It builds on what is not here yet.
    Unseen {
        origin: Origin,
        size: u64,
    },
}

impl RecordProblem {
    fn into_not_admitted(self, batch: BatchRef) -> NotAdmitted {
        match self {
            Self::Content => NotAdmitted::Nack { batch, reason: NackReason::DoesNotMatch },
            Self::Misbehaved(what) => NotAdmitted::Misbehaved(what),
            Self::Unseen { origin, size } => NotAdmitted::Unseen { origin, size },
        }
    }
}

impl Opening<'_> {
    fn record(
        &mut self,
        index: u64,
        secret: &[u8; 32],
        commitment: &Hash,
        ciphertext: &mut [u8],
    ) -> Result<(), RecordProblem> {
        let context = Context { channel: self.channel.id, author: self.origin.agency, agreement: self.log.agreement };
        let bytes = u64::try_from(ciphertext.len()).unwrap_or(u64::MAX);
        let parts =
            record::open(self.suite, &context, secret, commitment, ciphertext).map_err(|_| RecordProblem::Content)?;
        let position = Position { origin: self.origin, index };
        let header = match Header::parse(parts.header) {
            Ok(header) => header,
            Err(_) if self.manifest.is_none() => {
                return Err(RecordProblem::Misbehaved("a batch must begin with its manifest"));
            }
            Err(_) => {
                self.refuse(index, "MIN-01", "malformed-header");
                return Ok(());
            }
        };
        if self.manifest.is_none() {
            return self.first(&header, parts.body);
        }
        if header.is_protocol() {
            self.control(index, &header, parts.body);
            return Ok(());
        }
        let Ok(approvals) = record::parse_approvals(parts.approvals) else {
            self.refuse(index, "EYE-01", "malformed-approvals");
            return Ok(());
        };
        if let Some((origin, size)) = self.enrolled_elsewhere(&approvals) {
            return Err(RecordProblem::Unseen { origin, size });
        }
        let approvals = self.judged(&position, approvals, &context, &parts);
        if parts.attachments.len() != header.attachments.len() {
            self.refuse(index, "MIN-01", "attachment-keys");
            return Ok(());
        }
        let agreement = context.agreement;
        let attachments = header.attachments.iter().map(|attachment| crate::attachment::sealed_bytes(attachment.size));
        let load = attachments.fold(bytes, u64::saturating_add);
        let (time, version) = (self.time(), self.version(&agreement));
        let clause =
            version.as_ref().zip(header.clause.as_deref()).and_then(|(version, id)| version.agreement.clause(id));
        self.log.pace.take_one(time, load, clause);
        let decided = match &version {
            None => Some(life_refused("version-not-accepted")),
            Some(version) => self.stopped(version, clause, &header, parts.body).or_else(|| {
                let arriving =
                    Arriving { position, agreement, version, header: &header, body: parts.body, approvals: &approvals };
                (self.decide)(&arriving)
            }),
        };
        if let Some(refused) = decided {
            self.refuse(index, &refused.rule, &refused.reason);
            return Ok(());
        }
        self.starts_deadline = self.starts_deadline || self.has_deadline(&header);
        self.periods.push(period_of(&header, self.now));
        self.blobs.extend(parts.attachment_keys().zip(&header.attachments).map(|(key, attachment)| BlobLink {
            position,
            blob: key.id,
            bytes: crate::attachment::sealed_bytes(attachment.size),
            complete: false,
        }));
        Ok(())
    }

    /// Whether the clause of a record sets a deadline that runs from its receipt.
    fn has_deadline(&self, header: &Header) -> bool {
        let version = self.version(&self.log.agreement);
        let named = header.clause.as_deref();
        let clause = version.as_ref().zip(named).and_then(|(version, id)| version.agreement.clause(id));
        clause.is_some_and(|clause| clause.runs_from_receipt())
    }

    /// The first entry of a batch is its manifest.
    fn first(&mut self, header: &Header, body: &[u8]) -> Result<(), RecordProblem> {
        match Control::decode(&header.kind, body) {
            Ok(Control::Batch(manifest)) if header.kind == MANIFEST_KIND => {
                self.version_owed = self.channel.version_owed(&self.origin, &manifest.seen);
                self.manifest = Some(manifest);
                self.periods.push(Period::CHANNEL);
                Ok(())
            }
            _ => Err(RecordProblem::Misbehaved("a batch must begin with its manifest")),
        }
    }

    /// A protocol record is never refused by policy; one that this node can't read is kept and named in a refusal.
    fn control(&mut self, index: u64, header: &Header, body: &[u8]) {
        match Control::decode(&header.kind, body) {
            Ok(Control::Batch(_)) => self.refuse(index, "protocol", "second-manifest"),
            Ok(control) => {
                if let Some(reason) = self.officers_refuse(&control) {
                    return self.refuse(index, "protocol", reason);
                }
                if let Err(reason) = self.act(index, &control) {
                    return self.refuse(index, LIFE, reason);
                }
                self.periods.push(Period::CHANNEL);
                self.controls.push((index, control));
            }
            Err(_) => self.refuse(index, "protocol", "unknown-protocol-record"),
        }
    }

    /// What a protocol record changes for the entries that follow it in its log, or why it is refused.
    fn act(&mut self, index: u64, control: &Control) -> Result<(), &'static str> {
        match control {
            Control::Agreement(bundle) => {
                let Some((hash, bundle)) = activated(self.suite, bundle) else { return Err("unknown-protocol-record") };
                let accepted = self.accept(hash, bundle);
                // What follows was sealed under this version whether it is accepted here or not.
                self.log.activate(index, hash, self.time(), accepted.err());
                accepted.map_err(VersionRefused::code)
            }
            Control::Terminate(termination) => {
                let version = self.version(&self.log.agreement).ok_or("version-not-accepted")?;
                termination.check(&version.agreement, self.time()).map_err(|problem| match problem {
                    CannotAct::Notice { .. } => "notice-too-short",
                    _ => "no-right-to-terminate",
                })
            }
            control => {
                self.resumed |= *control == Control::Resume;
                self.log.note_act(control);
                Ok(())
            }
        }
    }

    /// Accepts the version of an activation: one that is in force here already, or the successor of the newest.
    fn accept(&mut self, hash: Hash, bundle: Bundle) -> Result<(), VersionRefused> {
        if self.version(&hash).is_some() {
            return Ok(());
        }
        match self.accepted.last() {
            Some((_, _, newest)) => self.channel.check_after(self.suite, &newest.agreement, &bundle)?,
            None => self.channel.check_version(self.suite, &bundle)?,
        }
        let version = Version { agreement: bundle.agreement().clone(), bundle: Vec::new() };
        self.accepted.push((hash, bundle, Arc::new(version)));
        Ok(())
    }

    /// A version that is accepted here, also by this very batch.
    fn version(&self, hash: &Hash) -> Option<Arc<Version>> {
        let new = || self.accepted.iter().find(|(other, ..)| other == hash).map(|(_, _, version)| version);
        self.channel.versions.get(hash).or_else(new).cloned()
    }

    /// Why a record may not stand at this place, whatever clauses and floor say.
    fn stopped(&self, version: &Version, clause: Option<&Clause>, header: &Header, body: &[u8]) -> Option<Refused> {
        let lane = self.origin.lane;
        if let Some(reason) = self.ended(&version.agreement) {
            return Some(life_refused(reason));
        }
        let lane_refused = |reason: &str| Refused { rule: LANE.into(), reason: reason.into() };
        let other = self.channel.pace_of_other_lane(&self.origin);
        if let Some(beyond) = self.log.pace.beyond(&version.agreement, lane, other, clause) {
            return Some(lane_refused(beyond.code()));
        }
        lane_refuses(&version.agreement, lane, header, body.len()).map(lane_refused)
    }

    /// Why no record may stand here, if the agreement's life forbids it.
    fn ended(&self, agreement: &Agreement) -> Option<&'static str> {
        if agreement.version < self.version_owed {
            return Some("version-superseded");
        }
        let author = self.channel.shared.suspended.get(&self.origin.agency);
        // A new epoch does not end what was suspended in an earlier one.
        let since_before = author.is_some_and(|suspension| suspension.origin.epoch < self.origin.epoch);
        if self.log.suspended || (since_before && !self.resumed) {
            return Some("suspended-by-author");
        }
        if self.channel.is_suspended(&self.channel.me) {
            return Some("suspended");
        }
        let last_day = self.channel.last_day(agreement);
        let (sent, today) = (Date::from_unix_ms(self.time()), Date::from_unix_ms(self.now));
        let ended = last_day < agreement.valid_until
            && (sent.is_none_or(|day| day > last_day)
                || today.is_none_or(|day| day > last_day.plus_days(agreement.late_days)));
        ended.then_some("terminated")
    }

    /// The manifest's time.
    fn time(&self) -> u64 {
        self.manifest.as_ref().map_or(0, |manifest| manifest.time)
    }

    fn withheld(&mut self, ciphertext: &[u8], secret: &[u8; 32]) -> Result<(), NotAdmitted> {
        if self.manifest.is_none() || !ciphertext.is_empty() || *secret != NO_SECRET {
            return Err(NotAdmitted::Misbehaved(
                "a withheld record must come without content, and not be the manifest",
            ));
        }
        self.periods.push(Period::CHANNEL);
        Ok(())
    }

    /// Quarantines a record: it is kept for the auditor and dies with the month that its quarantine ends in.
    fn refuse(&mut self, index: u64, rule: &str, reason: &str) {
        self.refused.push(RefusedEntry { index, rule: rule.into(), reason: reason.into() });
        let end = self.now.saturating_add(limits::QUARANTINE_MS);
        self.periods.push(Date::from_unix_ms(end).map_or(Period::CHANNEL, Period::of_day));
    }
}

/// The period of a record: the month of its `retain_until`, or of the day when keeping it would need a review (RET-02),
/// if that comes first.
pub fn period_of(header: &Header, now: u64) -> Period {
    let today = Date::from_unix_ms(now);
    let until = match (header.retain_until, today) {
        (Some(stated), Some(today)) => Some(kept_until(stated, today)),
        (stated, today) => stated.or(today),
    };
    until.map_or(Period::CHANNEL, Period::of_day)
}

/// The last day on which content is kept: the day that its header states, but at most [`limits::REVIEW_DAYS`] from the
/// day on which it was recorded or received here. Reviews are not records yet, so erasure comes by itself (RET-02).
pub fn kept_until(stated: Date, since: Date) -> Date {
    stated.min(since.plus_days(limits::REVIEW_DAYS))
}

/// Both signatures, the origin, the size, and the root over what is held and what came. Returns the root.
fn check_checkpoint(
    suite: &dyn Suite,
    log_keys: &crate::suite::PublicKeys,
    batch: &Batch,
    log: &mut Log,
) -> Result<Hash, NotAdmitted> {
    let signed = open_checkpoint(suite, &batch.note, log_keys)?;
    let checkpoint = signed.checkpoint();
    if checkpoint.origin != batch.origin.to_string() || checkpoint.size != batch.size() {
        return Err(NotAdmitted::Misbehaved("the checkpoint is not over this batch"));
    }
    for commitment in &batch.commitments {
        log.frontier.append(suite, commitment);
    }
    let root = log.frontier.root(suite);
    if root == checkpoint.root { Ok(root) } else { Err(NotAdmitted::OtherRoot) }
}

/// A withheld note is signed by the sender and names entries of this batch with their commitments.
fn check_withheld(
    suite: &dyn Suite,
    document_keys: &crate::suite::PublicKeys,
    frame: &Frame,
) -> Result<Option<(Vec<u8>, WithheldNote)>, NotAdmitted> {
    if frame.withheld.is_empty() {
        return Ok(None);
    }
    let malformed = NotAdmitted::Misbehaved("the withheld note is not one");
    let document = SignedDocument::parse(&frame.withheld).map_err(|_| malformed.clone())?;
    if !document.verify(suite, document_keys, "withheld") {
        return Err(NotAdmitted::Misbehaved("the withheld note's signature is not valid"));
    }
    let note: WithheldNote =
        json::parse_strict(&document.body, limits::DOCUMENT_BYTES_MAX, "withheld note").map_err(|_| malformed)?;
    let ascending = note.indexes.is_sorted_by(|a, b| a < b);
    let matches = note.indexes.len() == note.commitments.len()
        && note.indexes.iter().zip(&note.commitments).all(|(index, commitment)| {
            index
                .checked_sub(frame.batch.first)
                .and_then(|place| usize::try_from(place).ok())
                .and_then(|place| frame.batch.commitments.get(place))
                == Some(&commitment.0)
        });
    if note.origin == frame.batch.origin && ascending && matches {
        Ok(Some((frame.withheld.clone(), note)))
    } else {
        Err(NotAdmitted::Misbehaved("the withheld note is over something else"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // spec: REST-16
    #[test]
    fn content_is_kept_until_the_stated_day_but_no_longer_than_three_years() {
        let now = Date::new(2026, 6, 1).unwrap().start_unix_ms();
        let period = |stated: &str| {
            let header =
                Header { retain_until: Some(stated.parse().unwrap()), ..Header::protocol("register.readout/1") };
            period_of(&header, now)
        };
        assert_eq!(period("2026-12-31"), Period::month(2026, 12));
        assert_eq!(period("2029-06-01"), Period::month(2029, 6));
        assert_eq!(period("2031-05-31"), Period::month(2029, 6));
        assert_eq!(period_of(&Header::protocol("mithaq.batch/1"), now), Period::month(2026, 6));
    }
}
