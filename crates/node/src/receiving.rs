//! Receiving: what partners show, send and receipt, whichever way it comes.
//!
//! A batch is opened and decided off the runtime's threads, committed by the channel's writer, and receipted. An [`Answer`]
//! says no more than the partner may know: what was wrong is logged once, here. When something is tried again is not
//! decided here.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use protocol::{
    batch::{BatchRef, Frame},
    channel::{
        Channel, Frozen, NotNow,
        admit::NotAdmitted,
        equivocation::{self, EquivocationProof, Overlap},
        manifest::ManifestFault,
    },
    control::NackReason,
    id::AgencyId,
    origin::{Origin, Position},
    tlog::Note,
};
use store::{Reader, StoreError};

use self::heads::Heads;
use crate::{
    breaches,
    channel::ChannelHandle,
    channels::Channels,
    clock,
    db::{Db, SUITE},
    decide::{Arrivals, Decided, Decider},
    evidence,
    fault::{Code, Fault},
    jobs::sealing,
    limits,
    work::{self, blocking},
    writer::{Order, WriteError},
};

pub mod heads;

/// What receiving needs.
pub struct Receiving {
    /// What is held, and the keys that it is opened and receipted with.
    pub db: Arc<Db>,
    /// In which channels.
    pub channels: Arc<Channels>,
    /// By which each record is decided.
    pub decider: Arc<Decider>,
}

/// What a partner is told.
#[derive(Debug)]
pub enum Answer {
    /// The batch is admitted, or was before: its receipt, as note text.
    Receipt(String),
    /// A receipt was taken.
    Taken,
    /// What is held here.
    Heads(Heads),
    /// Earlier entries are missing.
    Gap {
        /// How many entries of the log are held.
        size: u64,
    },
    /// The batch does not open or match: the signed nack, with the sealing key for the next try.
    Nack(Vec<u8>),
    /// Not now: the clock moves on, and missing logs come.
    Later,
    /// This node has started and waits for the partner's heads.
    Waiting,
    /// The channel is frozen.
    Locked,
    /// Against the protocol.
    Forbidden,
    /// It can't be read.
    Unreadable,
    /// There is no such channel, or the partner is no party to it.
    Unknown,
    /// This node's disk or keys.
    Unavailable,
}

/// A frame that was read, and what came of opening and deciding it.
struct Opening {
    channel: Arc<ChannelHandle>,
    opened: Result<Box<Decided>, NotAdmitted>,
    /// The frame itself, where it overlaps what is held and must be compared with that.
    overlapping: Option<Frame>,
}

/// How a batch relates to the entries that it overlaps.
enum Compared {
    /// It is the same, and this is its receipt.
    Receipted(String),
    /// Its author signed two histories.
    Proof(Box<EquivocationProof>),
    /// It is not the same, and proves nothing.
    Other,
}

impl Receiving {
    /// Takes a batch, whichever way its frame came: opens, decides, commits and receipts it. If the agreement changes
    /// meanwhile it is opened again.
    pub async fn take(self: &Arc<Self>, from: AgencyId, frame: &Bytes) -> Answer {
        let refused = |answer: Answer| {
            tracing::warn!(partner = %from, %answer, "batch frame refused");
            answer
        };
        let mut tries = 0;
        loop {
            let (receiving, bytes) = (Arc::clone(self), frame.clone());
            let opening = work::over(frame.len(), move || receiving.open(from, &bytes)).await;
            let Opening { channel, opened, overlapping } = match opening.unwrap_or(Err(Answer::Unavailable)) {
                Ok(opening) => opening,
                Err(answer) => return refused(answer),
            };
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
            return self.refusal(&channel, from, problem, overlapping).await;
        }
    }

    /// Takes the receipt of a batch that a partner pulled. The same receipt again changes nothing.
    pub async fn take_receipt(&self, from: AgencyId, note: String) -> Answer {
        let origin = Note::parse(&note).ok().and_then(|note| note.text.lines().next()?.parse::<Origin>().ok());
        let Some(origin) = origin else { return Answer::Unreadable };
        let Some(channel) = self.channels.shared_with(&origin.channel, &from) else { return Answer::Unknown };
        match channel.take_receipt(from, note).await {
            Ok(()) => Answer::Taken,
            Err(WriteError::NotReceipted(error)) => {
                tracing::warn!(partner = %from, %error, "receipt not taken");
                Answer::Forbidden
            }
            Err(_) => Answer::Unavailable,
        }
    }

    /// Takes the heads that a partner shows, and shows those of every log held here.
    pub async fn take_heads(&self, from: AgencyId, Heads { channel, heads }: Heads) -> Answer {
        let Some(channel) = self.channels.shared_with(&channel, &from) else { return Answer::Unknown };
        match heads::shown(&self.db, &channel, from, heads).await {
            Ok(()) => Answer::Heads(heads::held_heads(&channel.value())),
            Err(_) => Answer::Unavailable,
        }
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
            let unreadable = || Fault::new(Code::NotVerified, "the batch's manifest can't be opened again");
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
        problem: NotAdmitted,
        overlapping: Option<Frame>,
    ) -> Answer {
        match (&problem, overlapping) {
            (NotAdmitted::Known { .. }, Some(frame)) => return self.overlap(channel, from, frame).await,
            (NotAdmitted::Gap { size }, _) | (NotAdmitted::Known { size }, None) => return Answer::Gap { size: *size },
            (NotAdmitted::NotNow(NotNow::Waiting(_)), _) => return Answer::Waiting,
            (NotAdmitted::NotNow(NotNow::Frozen(_)), _) => return Answer::Locked,
            _ => {}
        }
        tracing::warn!(partner = %from, channel = %channel.id(), error = %problem, "batch not admitted");
        match problem {
            NotAdmitted::Nack { batch, reason } => self.nack(channel, batch, reason),
            // Tried again by the partner: the clock moves on, and missing logs come.
            NotAdmitted::Ahead { .. } | NotAdmitted::Unseen { .. } | NotAdmitted::Moved => Answer::Later,
            // Perhaps this node lost entries: their author may show them.
            NotAdmitted::Manifest(ManifestFault::SeenNeverSigned { .. }) => Answer::Later,
            NotAdmitted::Answer(_) | NotAdmitted::CannotSign(_) => Answer::Unavailable,
            _ => Answer::Forbidden,
        }
    }

    /// A batch that overlaps what is held: the same gets the same receipt; two histories freeze the channel.
    async fn overlap(&self, channel: &Arc<ChannelHandle>, from: AgencyId, frame: Frame) -> Answer {
        let origin = frame.batch.origin;
        let (db, value) = (Arc::clone(&self.db), channel.value());
        match blocking(move || compare(&db, &value, from, &frame)).await {
            Ok(Compared::Receipted(receipt)) => Answer::Receipt(receipt),
            Ok(Compared::Proof(proof)) => {
                tracing::error!(partner = %from, %origin, "the partner signed two histories of one log: channel frozen");
                let freeze = move |value: &Channel| Some(value.freeze(Frozen::Equivocation, Some(&proof)));
                channel.step(freeze).await.map_or(Answer::Unavailable, |()| Answer::Locked)
            }
            Ok(Compared::Other) => {
                tracing::warn!(partner = %from, %origin, "a batch overlaps what is held and is not the same");
                Answer::Forbidden
            }
            Err(_) => Answer::Unavailable,
        }
    }

    /// The signed nack, with the sealing key that the next try must use.
    fn nack(&self, channel: &ChannelHandle, batch: BatchRef, reason: NackReason) -> Answer {
        let Ok(document) = sealing::announcement(&self.db, channel.id()) else { return Answer::Unavailable };
        let nack = channel.value().nack(&*self.db.signer, batch, reason, document);
        nack.map_or(Answer::Unavailable, |nack| Answer::Nack(nack.encode()))
    }
}

fn compare(db: &Db, channel: &Channel, from: AgencyId, frame: &Frame) -> Result<Compared, StoreError> {
    let reader = db.reader()?;
    let (origin, size) = (frame.batch.origin, frame.batch.size());
    let receipt = || Ok::<_, StoreError>(reader.receipt(&origin, size, db.me)?.map(|receipt| receipt.note));
    if reader.note_at(&origin, size)?.as_deref() == Some(frame.batch.note.as_str())
        && let Some(receipt) = receipt()?
    {
        return Ok(Compared::Receipted(receipt));
    }
    let Some(cards) = channel.parties().get(&from) else { return Ok(Compared::Other) };
    let held = reader.commitments(&origin, u64::MAX)?;
    let note = channel.log(&origin).map(|log| log.note().to_owned()).unwrap_or_default();
    Ok(match equivocation::judge(SUITE, &cards.current().keys.log, &frame.batch, &held, &note) {
        Overlap::Same => receipt()?.map_or(Compared::Other, Compared::Receipted),
        Overlap::Proof(proof) => Compared::Proof(Box::new(proof)),
        Overlap::Recut | Overlap::Nothing => Compared::Other,
    })
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Receipt(_) => "receipted",
            Self::Taken => "taken",
            Self::Heads(_) => "heads",
            Self::Gap { size } => return write!(f, "entries are missing: {size} are held"),
            Self::Nack(_) => "it does not open or match",
            Self::Later => "not yet",
            Self::Waiting => "heads are to be shown first",
            Self::Locked => "the channel is frozen",
            Self::Forbidden => "it is against the protocol",
            Self::Unreadable => "it can't be read",
            Self::Unknown => "there is no such channel",
            Self::Unavailable => "this node's disk or keys are in the way",
        })
    }
}
