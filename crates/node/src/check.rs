//! Verifying all that a node holds: every checkpoint, every root, every record against its log entry, every receipt.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::{Arc, mpsc},
    thread,
};

use protocol::{
    channel::Channel,
    commit::StoredBatch,
    origin::Origin,
    record::{self, Context},
    tlog::{Frontier, open_checkpoint, open_receipt},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{LogHead, Reader, StoreError};
use texts::{Language, Message, say};

use crate::{
    audit,
    auditors::Auditors,
    breaches,
    channel::ChannelHandle,
    channels::Channels,
    clock,
    db::{Db, SUITE},
    limits, wording,
};

/// What a check found.
#[derive(Debug, Default, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Whether everything held.
    pub ok: bool,
    /// Log entries checked.
    pub entries: u64,
    /// Entries whose content is still here and matched.
    pub opened: u64,
    /// Batches checked.
    pub batches: u64,
    /// Entries of the audit log checked.
    pub audited: u64,
    /// Receipts checked.
    pub receipts: u64,
    /// What did not hold, at most a hundred of it.
    #[schemars(with = "Vec<String>")]
    pub problems: Vec<Message>,
    /// How long it took.
    pub seconds: f64,
}

impl Report {
    /// Says what did not hold in this language, also in JSON: for an answer whose reader asked for it.
    #[must_use]
    pub fn said_in(mut self, language: Language) -> Self {
        if language != Language::En {
            for problem in &mut self.problems {
                *problem = Message::as_worded(problem.in_language(language));
            }
        }
        self
    }

    fn problem(&mut self, problem: Message) {
        if self.problems.len() < limits::CHECK_PROBLEMS_MAX {
            self.problems.push(problem);
        }
    }

    fn add(&mut self, other: Self) {
        self.opened += other.opened;
        self.receipts += other.receipts;
        for problem in other.problems {
            self.problem(problem);
        }
    }
}

/// Checks every channel and the audit log. `tell` hears after each batch how many entries of how many are checked; what
/// is appended meanwhile is checked and not counted beforehand.
pub fn run(
    db: &Db,
    channels: &Channels,
    auditors: &Auditors,
    mut tell: impl FnMut(u64, u64),
) -> Result<Report, StoreError> {
    let started = clock::now_ms();
    let mut report = Report::default();
    let entries = |handle: &Arc<ChannelHandle>| handle.value().logs().map(|(_, log)| log.size()).sum::<u64>();
    let of = channels.list().iter().map(entries).sum();
    for handle in channels.list() {
        check_channel(db, &handle, &mut report, &mut |done| tell(done, of))?;
        breaches::check(db, &handle.value())?.into_iter().for_each(|problem| report.problem(problem));
    }
    let (entries, problems) = audit::check(db, auditors)?;
    report.audited = entries;
    for problem in problems {
        report.problem(problem);
    }
    report.ok = report.problems.is_empty();
    report.seconds = clock::now_ms().saturating_sub(started) as f64 / 1000.0;
    Ok(report)
}

/// Walks the batches in their order of arrival. Roots need that order; records are opened by other threads beside it.
fn check_channel(
    db: &Db,
    handle: &ChannelHandle,
    report: &mut Report,
    tell: &mut dyn FnMut(u64),
) -> Result<(), StoreError> {
    let channel = handle.value();
    let reader = db.reader()?;
    // Read before the walk: a log that begins meanwhile is not missed, and one that grows is longer than its head here.
    let heads = reader.heads(handle.id())?;
    let mut logs: BTreeMap<Origin, Frontier> = BTreeMap::new();
    let threads = thread::available_parallelism().map_or(1, usize::from).min(limits::CHECK_THREADS_MAX);
    let result = thread::scope(|scope| {
        let mut queues = Vec::new();
        let mut workers = Vec::new();
        for _ in 0..threads {
            let (queue, work) = mpsc::sync_channel::<StoredBatch>(limits::CHECK_BATCHES_AHEAD);
            let channel = &channel;
            queues.push(queue);
            workers.push(scope.spawn(move || check_batches(db, channel, &work)));
        }
        let mut next = queues.iter().cycle();
        let walked = reader.for_each_batch(handle.id(), 0, |arrival| {
            let stored = arrival.stored;
            report.batches += 1;
            report.entries += stored.batch.commitments.len() as u64;
            tell(report.entries);
            check_place(&channel, &stored, logs.entry(stored.batch.origin).or_default(), report);
            match next.next().map(|queue| queue.send(stored)) {
                Some(Ok(())) => ControlFlow::Continue(()),
                _ => ControlFlow::Break(()),
            }
        });
        drop(queues);
        for worker in workers {
            match worker.join() {
                Ok(Ok(found)) => report.add(found),
                Ok(Err(error)) => return Err(error),
                Err(_) => report.problem(say!("check-worker-died")),
            }
        }
        walked
    });
    result?;
    check_heads(&channel, &heads, &logs, report);
    Ok(())
}

/// The batch continues its log, and its checkpoint's root is the one its entries lead to.
fn check_place(channel: &Channel, stored: &StoredBatch, log: &mut Frontier, report: &mut Report) {
    let batch = &stored.batch;
    if batch.first != log.size() {
        let (first, held) = (batch.first, log.size());
        report.problem(say!("check-batch-begins", log = %batch.origin, first = %first, held = held));
    }
    for commitment in &batch.commitments {
        log.append(SUITE, commitment);
    }
    let Some(cards) = channel.parties().get(&batch.origin.agency) else {
        return report.problem(say!("check-no-party", log = %batch.origin));
    };
    match open_checkpoint(SUITE, &batch.note, &cards.current().keys.log) {
        Err(error) => {
            let (size, error) = (batch.size(), wording::note(error));
            report.problem(say!("check-bad-checkpoint", log = %batch.origin, size = %size, error = error));
        }
        Ok(signed) => {
            let checkpoint = signed.checkpoint();
            if checkpoint.root != log.root(SUITE) || checkpoint.size != log.size() {
                report.problem(say!("check-other-root", log = %batch.origin, size = %batch.size()));
            }
        }
    }
}

/// Opens every record that can still be opened, and checks every receipt.
fn check_batches(db: &Db, channel: &Channel, work: &mpsc::Receiver<StoredBatch>) -> Result<Report, StoreError> {
    let reader = db.reader()?;
    let mut report = Report::default();
    let mut scratch = Vec::new();
    for stored in work {
        check_records(channel, &stored, &mut scratch, &mut report);
        check_receipts(channel, &reader, &stored, &mut report)?;
    }
    Ok(report)
}

fn check_records(channel: &Channel, stored: &StoredBatch, scratch: &mut Vec<u8>, report: &mut Report) {
    let batch = &stored.batch;
    let mut rest = batch.ciphertexts.as_slice();
    for (((secret, commitment), length), index) in
        stored.keyring.iter().zip(&batch.commitments).zip(&batch.lengths).zip(batch.first..)
    {
        let Some((ciphertext, tail)) = rest.split_at_checked(*length as usize) else {
            return report.problem(say!("check-cut-short", log = %batch.origin, first = %batch.first));
        };
        rest = tail;
        if *secret == [0; 32] {
            continue;
        }
        let agreement = channel.version_at(&batch.origin, index);
        let context = Context { channel: channel.id(), author: batch.origin.agency, agreement };
        scratch.clear();
        scratch.extend_from_slice(ciphertext);
        match record::open(SUITE, &context, secret, commitment, scratch) {
            Ok(_) => report.opened += 1,
            Err(error) => {
                let error = wording::opened(error);
                report.problem(say!("check-entry", log = %batch.origin, index = %index, error = error));
            }
        }
    }
}

fn check_receipts(
    channel: &Channel,
    reader: &Reader,
    stored: &StoredBatch,
    report: &mut Report,
) -> Result<(), StoreError> {
    let batch = &stored.batch;
    for receipt in reader.receipts(&batch.origin, batch.size())? {
        report.receipts += 1;
        let opened = channel
            .parties()
            .get(&receipt.agency)
            .map(|cards| open_receipt(SUITE, &receipt.note, &receipt.agency, &cards.current().keys.receipt));
        let same = match &opened {
            Some(Ok(opened)) => batch.note.starts_with(&opened.checkpoint().body()),
            _ => false,
        };
        if !same {
            let (agency, size) = (&receipt.agency, batch.size());
            report.problem(say!("check-receipt", log = %batch.origin, agency = %agency, size = %size));
        }
    }
    Ok(())
}

/// What the channel believed of its logs before the walk is what was walked, or the beginning of it.
fn check_heads(channel: &Channel, heads: &[LogHead], logs: &BTreeMap<Origin, Frontier>, report: &mut Report) {
    for head in heads.iter().filter(|head| head.size > 0) {
        let Some(walked) = logs.get(&head.origin).filter(|log| log.size() >= head.size) else {
            report.problem(say!("check-batches-missing", log = %head.origin));
            continue;
        };
        // A commit reaches the disk a moment before memory, so memory may also be behind.
        let held = channel.log(&head.origin).filter(|held| held.size() == walked.size());
        if held.is_some_and(|held| held.root(SUITE) != walked.root(SUITE)) {
            report.problem(say!("check-head-differs", log = %head.origin));
        }
    }
}
