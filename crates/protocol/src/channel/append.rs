//! Own records: sealed on any thread, then numbered, signed and made ready to commit by one.

use alloc::{sync::Arc, vec::Vec};

use zeroize::Zeroizing;

use super::{
    Channel, Env, Log, NotNow, Step,
    lanes::{Beyond, Load, Pace},
    life::{Standing, activated},
};
use crate::{
    batch::{Batch, Keyring, Manifest},
    commit::{BlobLink, Commit, KeptDocument, NewBatch, Period},
    control::{Control, EpochOpening},
    header::Header,
    id::Hash,
    limits,
    origin::{Lane, Origin, Position},
    record::{self, Context, Parts},
    suite::{CannotSeal, CannotSign, Entropy, Suite, random_32},
    tlog::{Checkpoint, sign_checkpoint},
};

/// Records sealed under their secrets, ready to be numbered. Sealing needs no number, so it runs beside the writer.
#[derive(Clone, Debug, Default)]
pub struct Prepared {
    commitments: Vec<Hash>,
    secrets: Keyring,
    lengths: Vec<u32>,
    periods: Vec<Period>,
    ciphertexts: Vec<u8>,
    /// Blobs by the record's place in this list.
    blobs: Vec<(usize, Hash, u64)>,
    load: Load,
}

/// What stands in a record's header and counts when it is numbered, or is kept with it.
#[derive(Clone, Copy, Debug)]
pub struct Stated<'a> {
    /// The clause that it is sent under; a protocol record has none.
    pub clause: Option<&'a str>,
    /// How long it is kept.
    pub period: Period,
    /// Lengths of its attachments' ciphertexts.
    pub blob_bytes: &'a [u64],
}

impl Prepared {
    /// Room for a number of records of a number of bytes in all.
    pub fn with_capacity(records: usize, bytes: usize) -> Self {
        Self {
            commitments: Vec::with_capacity(records),
            secrets: Zeroizing::new(Vec::with_capacity(records)),
            lengths: Vec::with_capacity(records),
            periods: Vec::with_capacity(records),
            ciphertexts: Vec::with_capacity(bytes),
            blobs: Vec::new(),
            load: Load::default(),
        }
    }

    /// Seals one record under a fresh secret.
    pub fn push(
        &mut self,
        suite: &dyn Suite,
        entropy: &mut dyn Entropy,
        context: &Context,
        parts: &Parts<'_>,
        stated: Stated<'_>,
    ) -> Result<(), CannotSeal> {
        let secret = random_32(entropy);
        let before = self.ciphertexts.len();
        let commitment = record::seal(suite, context, &secret, parts, &mut self.ciphertexts)?;
        let length = u32::try_from(self.ciphertexts.len() - before).map_err(|_| CannotSeal)?;
        let place = self.commitments.len();
        let blobs = parts.attachment_keys().zip(stated.blob_bytes);
        self.blobs.extend(blobs.map(|(attachment, bytes)| (place, attachment.id, *bytes)));
        self.load.add(stated.clause, stated.blob_bytes.iter().copied().fold(u64::from(length), u64::saturating_add));
        self.commitments.push(commitment);
        self.secrets.push(secret);
        self.lengths.push(length);
        self.periods.push(stated.period);
        Ok(())
    }

    /// Adds the records of another list after these.
    pub fn extend(&mut self, other: &Self) {
        let shift = self.commitments.len();
        self.commitments.extend_from_slice(&other.commitments);
        self.secrets.extend_from_slice(&other.secrets);
        self.lengths.extend_from_slice(&other.lengths);
        self.periods.extend_from_slice(&other.periods);
        self.ciphertexts.extend_from_slice(&other.ciphertexts);
        self.blobs.extend(other.blobs.iter().map(|(place, blob, bytes)| (place + shift, *blob, *bytes)));
        self.load.extend(&other.load);
    }

    /// How many records it holds.
    pub fn len(&self) -> usize {
        self.commitments.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.commitments.is_empty()
    }

    /// Bytes of ciphertext.
    pub fn bytes(&self) -> usize {
        self.ciphertexts.len()
    }

    /// What they load upon the log and its readers.
    pub const fn load(&self) -> &Load {
        &self.load
    }
}

/// Why a batch was not appended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Nothing may be signed now.
    #[error(transparent)]
    NotNow(#[from] NotNow),
    /// The keys can't be used.
    #[error(transparent)]
    CannotSign(#[from] CannotSign),
    /// A record could not be sealed.
    #[error(transparent)]
    CannotSeal(#[from] CannotSeal),
    /// Versions, suspensions, terminations or revocations have changed since the records were decided and sealed: do both
    /// again.
    #[error("the agreement changed while the records were being decided")]
    Moved,
    /// More than the agreement lets this party send in an hour or a day.
    #[error(transparent)]
    Beyond(#[from] Beyond),
    /// This party has suspended the channel.
    #[error("this agency has suspended the channel: until it resumes, only records of the protocol itself are sent")]
    Suspended,
    /// More records than one batch may hold.
    #[error("a batch holds at most {} records", limits::BATCH_RECORDS_MAX)]
    TooMany,
    /// The governing version is not held here.
    #[error("the agreement version that governs the log is not held here")]
    NoVersion,
}

/// An appended batch: where the caller's records and controls came to lie.
#[derive(Clone, Debug)]
pub struct Appended {
    /// What to commit, and the channel after it.
    pub step: Step,
    /// The log.
    pub origin: Origin,
    /// Number of the first of the caller's controls.
    pub first_control: u64,
    /// Number of the first of the caller's records.
    pub first_record: u64,
}

impl Channel {
    /// Numbers records and controls in one batch of the lane's log and signs its checkpoint.
    ///
    /// The manifest comes first; the first batch of a log also opens its epoch, and every version that the log does not
    /// have yet is activated before the records. The lists of records follow one another; `decided` is what they were
    /// decided and sealed under.
    pub fn append(
        &self,
        env: &mut Env<'_>,
        lane: Lane,
        controls: &[Control],
        records: &[Prepared],
        decided: &Standing,
    ) -> Result<Appended, AppendError> {
        self.may_sign()?;
        let origin = self.own_log(lane);
        if records.iter().any(|records| !records.is_empty()) {
            if self.standing(&origin) != *decided {
                return Err(AppendError::Moved);
            }
            if self.is_suspended(&self.me) {
                return Err(AppendError::Suspended);
            }
        }
        let mut next = self.clone();
        let mut commit = Commit::new(self.id);
        let (first_control, first_record) = next.append_batch(env, origin, controls, records, &mut commit)?;
        Ok(Appended { step: Step { next, commit }, origin, first_control, first_record })
    }

    /// The pace of an own log after more records at this time (milliseconds since 1970), within all caps.
    fn pace_with(&self, origin: &Origin, time: u64, load: &Load) -> Result<Pace, AppendError> {
        let agreement = &self.version(&self.in_force()).ok_or(AppendError::NoVersion)?.agreement;
        let mut pace = self.log(origin).map_or_else(Pace::default, |log| log.pace.clone());
        pace.take(time, agreement, load);
        let other = self.pace_of_other_lane(origin);
        let beyond = pace.beyond(agreement, origin.lane, other, load.clauses(agreement));
        beyond.map_or(Ok(pace), |beyond| Err(beyond.into()))
    }

    /// Whether the caps leave room at this time (milliseconds since 1970) in the own log of a lane for records that load so
    /// much.
    pub fn has_room(&self, lane: Lane, now: u64, load: &Load) -> Result<(), AppendError> {
        let origin = self.own_log(lane);
        let time = self.log(&origin).map_or(now, |log| now.max(log.manifest.time));
        self.pace_with(&origin, time, load).map(|_| ())
    }

    /// Appends one batch to an own log in place and adds it to a commit. The caller has checked that it may sign.
    pub(super) fn append_batch(
        &mut self,
        env: &mut Env<'_>,
        origin: Origin,
        controls: &[Control],
        records: &[Prepared],
        commit: &mut Commit,
    ) -> Result<(u64, u64), AppendError> {
        let mut log: Log = self.log(&origin).cloned().unwrap_or_else(|| self.empty_log());
        let first = log.frontier.size();
        let opening = self.opening(&origin, &log);
        // Time never runs backwards in a log, whatever the clock does.
        let manifest = Manifest { time: env.now.max(log.manifest.time), seen: self.seen(&origin) };
        let count: usize = records.iter().map(Prepared::len).sum();
        if count > 0 {
            let mut load = Load::default();
            for records in records {
                load.extend(records.load());
            }
            log.pace = self.pace_with(&origin, manifest.time, &load)?;
        }
        let head = [Control::Batch(manifest.clone())];
        let mut batch = Prepared::with_capacity(
            1 + opening.len() + controls.len() + count,
            (1 + opening.len() + controls.len()) * 1024 + records.iter().map(Prepared::bytes).sum::<usize>(),
        );
        let mut context = Context { channel: self.id, author: self.me, agreement: log.agreement };
        for (control, index) in head.iter().chain(&opening).chain(controls).zip(first..) {
            let header = Header::protocol(control.kind()).encode();
            let body = control.encode();
            let parts = Parts { header: &header, approvals: &[], attachments: &[], body: &body };
            let stated = Stated { clause: None, period: Period::CHANNEL, blob_bytes: &[] };
            batch.push(env.suite, env.entropy, &context, &parts, stated)?;
            if let Control::Agreement(bundle) = control {
                let (hash, _) = activated(env.suite, bundle).ok_or(AppendError::NoVersion)?;
                log.activate(index, hash, manifest.time, None);
                context.agreement = hash;
            }
            log.note_act(control);
        }
        let first_control = first.saturating_add(u64::try_from(1 + opening.len()).unwrap_or(u64::MAX));
        let first_record = first.saturating_add(u64::try_from(batch.len()).unwrap_or(u64::MAX));
        for records in records {
            batch.extend(records);
        }
        if batch.len() > limits::BATCH_RECORDS_MAX {
            return Err(AppendError::TooMany);
        }

        for commitment in &batch.commitments {
            log.frontier.append(env.suite, commitment);
        }
        let checkpoint = Checkpoint {
            origin: alloc::string::ToString::to_string(&origin),
            size: log.frontier.size(),
            root: log.frontier.root(env.suite),
        };
        log.note = sign_checkpoint(env.suite, env.signer, &checkpoint, env.now_s())?;
        log.manifest = manifest;

        let time = log.manifest.time;
        let note = log.note.clone();
        self.logs.insert(origin, Arc::new(log));
        let mut shared_changed = false;
        for (control, index) in controls.iter().zip(first_control..) {
            shared_changed |= self.apply(&origin, index, control);
            commit.documents.extend(KeptDocument::of(Position { origin, index }, control));
        }
        commit.blobs.extend(batch.blobs.iter().map(|(place, blob, bytes)| BlobLink {
            position: Position { origin, index: first.saturating_add(u64::try_from(*place).unwrap_or(u64::MAX)) },
            blob: *blob,
            bytes: *bytes,
            complete: true,
        }));
        commit.batches.push(NewBatch {
            batch: Batch {
                origin,
                first,
                note,
                commitments: batch.commitments,
                lengths: batch.lengths,
                ciphertexts: batch.ciphertexts,
            },
            keyring: batch.secrets,
            periods: batch.periods,
            time,
        });
        commit.heads.push(self.head(&origin, first));
        if shared_changed {
            commit.state = Some(self.shared_bytes());
        }
        Ok((first_control, first_record))
    }

    /// What comes before everything else: in the first batch of a log the opening of its epoch; the activations that the
    /// log lacks; and in a new log the suspension that still holds and the revocations.
    fn opening(&self, origin: &Origin, log: &Log) -> Vec<Control> {
        let mut opening = Vec::new();
        if log.frontier.size() == 0 && origin.epoch > 1 {
            opening.push(Control::Epoch(EpochOpening { earlier: self.shared.earlier.clone() }));
        }
        opening.extend(self.activations_due(log));
        if log.frontier.size() == 0 && self.is_suspended(&self.me) {
            opening.push(Control::Suspend);
        }
        if log.frontier.size() == 0 {
            opening.extend(self.own_revocations());
        }
        opening
    }
}
