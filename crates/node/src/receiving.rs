//! Receiving: what partners show, send and receipt, whichever way it comes.
//!
//! A batch is opened and decided off the runtime's threads, committed by the channel's writer, and receipted. An [`Answer`]
//! says no more than the partner may know: what was wrong is logged once, here. When something is tried again is not
//! decided here.

use std::sync::Arc;

use bytes::Bytes;
use protocol::{
    batch::{BatchRef, Frame},
    channel::{Channel, Frozen, admit::NotAdmitted, manifest::ManifestFault},
    control::NackReason,
    id::AgencyId,
    origin::{Origin, Position},
    peer::{
        Answer, Gap, Heads,
        learnt::{Learnt, News, Said},
        receiving::{self, Compared, Refusal},
    },
    tlog::Note,
};
use store::Reader;
use texts::say;

use crate::{
    auditors::Auditors,
    breaches,
    channel::ChannelHandle,
    channels::Channels,
    clock,
    db::{Db, SUITE},
    decide::{Arrivals, Decided, Decider},
    evidence,
    fair::Whose,
    fault::{Code, Fault},
    jobs::sealing,
    limits,
    loads::{Load, Loads},
    memory::Memory,
    tally::Tally,
    work::{self, blocking},
    writer::{Order, WriteError},
};

/// What receiving needs.
pub struct Receiving {
    /// What is held, and the keys that it is opened and receipted with.
    pub db: Arc<Db>,
    /// In which channels.
    pub channels: Arc<Channels>,
    /// By which each record is decided.
    pub decider: Arc<Decider>,
    /// Without one of the auditors that the agreement names, nothing of it is taken (AUD-01).
    pub auditors: Arc<Auditors>,
    /// Opening a batch takes several times its length.
    pub memory: Arc<Memory>,
    /// How much each partner has brought.
    pub loads: Loads,
    /// What was refused, for the log.
    pub tally: Tally,
}

/// A frame that was read, and what came of opening and deciding it.
struct Opening {
    channel: Arc<ChannelHandle>,
    opened: Result<Box<Decided>, NotAdmitted>,
    /// The frame itself, where it overlaps what is held and must be compared with that.
    overlapping: Option<Frame>,
}

impl Receiving {
    /// Takes a batch, whichever way its frame came: opens, decides, commits and receipts it. If the agreement changes
    /// meanwhile it is opened again.
    pub async fn take(self: &Arc<Self>, from: AgencyId, frame: &Bytes) -> Answer {
        let refused = |answer: Answer| {
            self.tally.note(&Whose::Agency(from), format!("{answer:?}"));
            answer
        };
        if let Err(full) = self.db.check_room() {
            self.tally.note(&Whose::Agency(from), full.message);
            return Answer::Unavailable;
        }
        let _turn = self.memory.opening(frame.len()).await;
        let mut tries = 0;
        loop {
            let (receiving, bytes) = (Arc::clone(self), frame.clone());
            let opening = work::over(frame.len(), move || receiving.open(from, &bytes)).await;
            let Opening { channel, opened, overlapping } = match opening.unwrap_or(Err(Answer::Unavailable)) {
                Ok(opening) => opening,
                Err(answer) => return refused(answer),
            };
            let channel_now = channel.value();
            let version = channel_now.version(&channel_now.in_force());
            if let Some(Err(fault)) =
                version.map(|version| self.auditors.check_under(&version.agreement, &channel_now.me()))
            {
                self.tally.note(&Whose::Agency(from), fault.message);
                return Answer::Unavailable;
            }
            if tries == 0
                && let Ok(decided) = &opened
                && !self.bears(from, &channel.value(), frame, decided)
            {
                self.tally.note(&Whose::Agency(from), "more than the agreement lets it bring in some days");
                return Answer::Later;
            }
            let admitted = match opened {
                Ok(decided) => channel.ask(|reply| Order::Admit { decided, reply }).await,
                Err(problem) => Err(WriteError::NotAdmitted(problem)),
            };
            let problem = match admitted {
                Ok(receipt) => return Answer::Receipt(receipt),
                Err(WriteError::NotAdmitted(NotAdmitted::Moved)) if tries < limits::DECIDE_AGAIN_MAX => {
                    tries += 1;
                    continue;
                }
                Err(WriteError::NotAdmitted(problem)) => problem,
                // Other batches took the persons that the decisions counted on: the partner sends it again, and it is
                // decided again.
                Err(WriteError::Recount) => return refused(Answer::Later),
                // Logged by the writer: this node's disk or keys, none of the partner's business.
                Err(_) => return refused(Answer::Unavailable),
            };
            if let NotAdmitted::Manifest(fault) = &problem {
                self.keep(&channel, frame, *fault).await;
            }
            return self.refusal(&channel, from, &problem, overlapping).await;
        }
    }

    /// Counts what a batch and its attachments load upon this node, unless it is too much for now.
    fn bears(&self, from: AgencyId, channel: &Channel, frame: &Bytes, decided: &Decided) -> bool {
        let bytes = decided.opened.attachment_bytes().saturating_add(frame.len() as u64);
        let records = u64::from(decided.opened.reference().count);
        let version = channel.version(&channel.in_force());
        self.loads.take(from, Load { records, bytes }, version.map(|version| &version.agreement), clock::now_ms())
    }

    /// Takes the receipt of a batch that a partner pulled. The same receipt again changes nothing.
    ///
    /// # Errors
    /// What the partner is told instead.
    pub async fn take_receipt(&self, from: AgencyId, note: String) -> Result<(), Answer> {
        let origin = Note::parse(&note).ok().and_then(|note| note.text.lines().next()?.parse::<Origin>().ok());
        let origin = origin.ok_or(Answer::Unreadable)?;
        let channel = self.channels.shared_with(&origin.channel, &from).ok_or(Answer::Unknown)?;
        match channel.learn(Learnt { from, said: Said::Receipt(note) }).await {
            Ok(_) => Ok(()),
            Err(WriteError::NotReceipted(error)) => {
                tracing::warn!(partner = %from, %error, "receipt not taken");
                Err(Answer::Foreign)
            }
            Err(_) => Err(Answer::Unavailable),
        }
    }

    /// Takes the heads that a partner shows, and gives those of every log held here.
    ///
    /// # Errors
    /// What the partner is told instead.
    pub async fn take_heads(&self, from: AgencyId, Heads { channel, heads }: Heads) -> Result<Heads, Answer> {
        let channel = self.channels.shared_with(&channel, &from).ok_or(Answer::Unknown)?;
        shown(&self.db, &channel, from, heads).await.map_err(|_| Answer::Unavailable)?;
        Ok(Heads::held(&channel.value()))
    }

    /// Reads, opens and decides a frame; heavy, off the runtime's threads.
    fn open(&self, from: AgencyId, bytes: &[u8]) -> Result<Opening, Answer> {
        let frame = Frame::decode(bytes).map_err(|error| {
            tracing::debug!(partner = %from, %error, "unreadable batch frame");
            Answer::Unreadable
        })?;
        let origin = frame.batch.origin;
        let channel = self.channels.shared_with(&origin.channel, &from).ok_or(Answer::Unknown)?;
        let value = channel.value();
        let keys = channel.sealing_keys(&self.db).map_err(|_| Answer::Unavailable)?;
        // What overlaps is compared afterwards; frames that continue the log are not copied.
        let overlapping = (frame.batch.first < value.size(&origin)).then(|| frame.clone());
        let mut arrivals =
            Arrivals::new(&self.decider, &value, origin.agency, clock::today()).map_err(|_| Answer::Unavailable)?;
        let opened = value.open(SUITE, from, frame, &keys, clock::now_ms(), &mut |record| arrivals.decide(record));
        let opened = opened.map(|opened| Box::new(arrivals.decided(opened)));
        Ok(Opening { channel, opened, overlapping })
    }

    /// Keeps a false manifest as evidence. The answer to the partner is the same whether that can be done or not.
    async fn keep(&self, channel: &Arc<ChannelHandle>, bytes: &Bytes, fault: ManifestFault) {
        let (db, handle, bytes) = (Arc::clone(&self.db), Arc::clone(channel), bytes.clone());
        let kept = blocking(move || {
            let unreadable = || Fault::new(Code::NotVerified, say!("manifest-gone"));
            let frame = Frame::decode(&bytes).map_err(|_| unreadable())?;
            let (channel, keys) = (handle.value(), handle.sealing_keys(&db)?);
            let stored = channel.not_admitted(SUITE, frame, &keys).ok_or_else(unreadable)?;
            let position = Position { origin: stored.batch.origin, index: stored.batch.first };
            let evidence = |reader: &Reader| evidence::of_manifest(reader, &channel, &stored);
            breaches::keep(&db, channel.id(), position, fault, evidence)
        });
        if let Err(error) = kept.await {
            tracing::error!(channel = %channel.id(), ?error, "a false manifest could not be kept as evidence");
        }
    }

    /// The answer to a batch that was not admitted.
    async fn refusal(
        &self,
        channel: &Arc<ChannelHandle>,
        from: AgencyId,
        problem: &NotAdmitted,
        overlapping: Option<Frame>,
    ) -> Answer {
        let refusal = Refusal::of(problem);
        let is_usual = matches!(
            refusal,
            Refusal::Compare { .. } | Refusal::Answer(Answer::Gap(_) | Answer::Waiting | Answer::Locked)
        );
        if !is_usual {
            self.tally.note(&Whose::Agency(from), format!("channel {}: {problem}", channel.id()));
        }
        match (refusal, overlapping) {
            (Refusal::Compare { .. }, Some(frame)) => self.compare(channel, from, frame).await,
            (Refusal::Compare { size }, None) => Answer::Gap(Gap { size }),
            (Refusal::Nack { batch, reason }, _) => self.nack(channel, batch, reason).await,
            (Refusal::Answer(answer), _) => answer,
        }
    }

    /// A batch that overlaps what is held: the same gets the same receipt; two histories freeze the channel.
    async fn compare(&self, channel: &Arc<ChannelHandle>, from: AgencyId, frame: Frame) -> Answer {
        let origin = frame.batch.origin;
        let (db, value) = (Arc::clone(&self.db), channel.value());
        let compared = blocking(move || receiving::compare(SUITE, &value, from, &frame.batch, &db.reader()?));
        match compared.await {
            Ok(Compared::Same(answer)) => answer,
            Ok(Compared::Proof(proof)) => {
                tracing::error!(partner = %from, %origin, "the partner signed two histories of one log: channel frozen");
                let freeze = move |value: &Channel| Some(value.freeze(Frozen::Equivocation, Some(&proof)));
                channel.by_itself().step(freeze).await.map_or(Answer::Unavailable, |()| Answer::Locked)
            }
            Ok(Compared::Foreign) => {
                tracing::warn!(partner = %from, %origin, "a batch overlaps what is held and is not the same");
                Answer::Foreign
            }
            Err(_) => Answer::Unavailable,
        }
    }

    /// The signed nack, with the sealing key that the next try must use.
    async fn nack(&self, channel: &ChannelHandle, batch: BatchRef, reason: NackReason) -> Answer {
        let (db, id) = (Arc::clone(&self.db), channel.id());
        let document = blocking(move || sealing::announcement(&db, id)).await;
        let Ok(document) = document else { return Answer::Unavailable };
        let nack = channel.value().nack(&*self.db.signer, batch, reason, document);
        nack.map_or(Answer::Unavailable, |nack| Answer::Nack(nack.encode()))
    }
}

/// A partner showed the heads it holds: whether they say anything new. Those of all logs are compared with what is held
/// here, also of third parties.
pub async fn shown(
    db: &Arc<Db>,
    channel: &ChannelHandle,
    partner: AgencyId,
    heads: Vec<String>,
) -> Result<bool, WriteError> {
    let (reading, value) = (Arc::clone(db), channel.value());
    let learnt = work::beside(move || {
        let learnt: Result<_, WriteError> = Ok(Learnt::of_heads(&value, partner, heads, &reading.reader()?)?);
        learnt
    });
    let Some(learnt) = learnt.await.map_err(|_| WriteError::Stopped)?? else { return Ok(false) };
    let news = channel.learn(learnt).await?;
    match news {
        Some(News::NewEpoch) => {
            tracing::warn!(%partner, "the partner holds entries of ours that this node lost: a new epoch is open");
        }
        Some(News::ForeignHead) => {
            tracing::error!(%partner, "the partner holds a head of ours that this node never wrote: frozen");
        }
        Some(News::Equivocation) => {
            tracing::error!(%partner, "the partner holds another history of a party's log than this node: frozen");
        }
        Some(News::Receipted | News::SealingKey | News::Agrees) | None => {}
    }
    Ok(news.is_some())
}
