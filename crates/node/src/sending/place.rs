//! The one way into a log: records that passed are sealed, and handed to the channel's writer with all that is written with
//! them.

use std::{collections::BTreeSet, sync::Arc};

use protocol::{
    channel::{
        Channel,
        append::{AppendError, Prepared, Stated},
        life::Standing,
    },
    commit::{AsideId, Period},
    header::Header,
    id::Hash,
    origin::{Lane, Position},
    record::{Context, Parts},
};

use super::{
    Sending,
    repeat::{self, Key, Numbers, conflict},
};
use crate::{
    attachments::Files,
    audit::By,
    channel::ChannelHandle,
    db::SUITE,
    fault::{Code, Fault},
    person_counts::Claim,
    work::blocking,
    writer::{Handed, LaidFor, Order, Submission, Submitted, WriteError},
};

/// Records of one log, sealed under what they were decided under.
pub struct Sealed {
    lane: Lane,
    context: Context,
    decided: Standing,
    prepared: Prepared,
    /// Their purposes, for the batch's audit entry.
    why: BTreeSet<String>,
    /// Places and kinds of those that one officer releases alone.
    alone: Vec<(u64, String)>,
    claims: Vec<Claim>,
    attachments: Vec<Hash>,
    /// What their approvals leave once they are used.
    used: BTreeSet<Hash>,
}

/// A record that passed, to be sealed.
pub(super) struct Passed<'a> {
    /// Its header.
    pub(super) header: &'a Header,
    /// The header's bytes, as its author wrote them.
    pub(super) header_bytes: &'a [u8],
    /// Its approvals, as its officers signed them.
    pub(super) approvals: &'a [u8],
    /// What these leave once they are used.
    pub(super) used: Vec<Hash>,
    /// Its body.
    pub(super) body: &'a [u8],
    /// The files that go with it.
    pub(super) attachments: Files,
    /// With which period its content ends.
    pub(super) period: Period,
    /// The persons that it is about, counted in.
    pub(super) claim: Option<Claim>,
    /// Whether one officer releases it alone (EYE-03).
    pub(super) is_alone: bool,
}

/// What is written in the transaction that appends records.
pub(super) enum With {
    /// No more.
    Nothing,
    /// What became of these lines, under their caller's key.
    Result(Key, Numbers),
    /// What lay aside until now is taken, and this lies there instead.
    Taken(AsideId, LaidFor),
}

/// Why records were not appended. Nothing of them is written.
pub(super) enum NotPlaced {
    /// What their decisions read has changed, or the same request came first: they are to be decided again.
    Moved,
    /// The channel can't take them now.
    NotNow(Fault),
    /// Anything else.
    Failed(Fault),
}

impl From<Fault> for NotPlaced {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

impl From<NotPlaced> for Fault {
    fn from(not_placed: NotPlaced) -> Self {
        match not_placed {
            NotPlaced::Moved => WriteError::from(AppendError::Moved).into(),
            NotPlaced::NotNow(fault) | NotPlaced::Failed(fault) => fault,
        }
    }
}

impl Sealed {
    /// None yet, for the own log of a lane as it stands now; with room for a number of records of a number of bytes in all.
    pub(super) fn new(channel: &Channel, lane: Lane, records: usize, bytes: usize) -> Self {
        let decided = channel.standing(&channel.own_log(lane));
        Self {
            lane,
            context: Context { channel: channel.id(), author: channel.me(), agreement: decided.agreement },
            decided,
            prepared: Prepared::with_capacity(records, bytes),
            why: BTreeSet::new(),
            alone: Vec::new(),
            claims: Vec::new(),
            attachments: Vec::new(),
            used: BTreeSet::new(),
        }
    }

    /// Whether one of them uses one of these approvals.
    pub(super) fn uses(&self, used: &[Hash]) -> bool {
        used.iter().any(|used| self.used.contains(used))
    }

    /// What every record is bound to: the agreement in it is the one to decide under.
    pub(super) const fn context(&self) -> &Context {
        &self.context
    }

    /// In which lane.
    pub(super) const fn lane(&self) -> Lane {
        self.lane
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.prepared.is_empty()
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.prepared.len() as u64
    }

    /// Seals a record. Gives its place among them.
    ///
    /// # Errors
    /// [`Code::Internal`] if it can't be sealed.
    pub(super) fn push(&mut self, passed: Passed<'_>) -> Result<u64, Fault> {
        let Passed { header, header_bytes, approvals, body, attachments: Files { keys, blob_bytes }, .. } = passed;
        let place = self.count();
        let parts = Parts { header: header_bytes, approvals, attachments: &keys, body };
        let stated = Stated { clause: header.clause.as_deref(), period: passed.period, blob_bytes: &blob_bytes };
        self.prepared
            .push(SUITE, &mut crate::entropy(), &self.context, &parts, stated)
            .map_err(|error| Fault::new(Code::Internal, error.to_string()))?;
        self.attachments.extend(header.attachments.iter().map(|attachment| attachment.sha256));
        self.claims.extend(passed.claim);
        self.used.extend(passed.used);
        if let Some(purpose) = header.purpose.as_ref().filter(|purpose| !self.why.contains(*purpose)) {
            self.why.insert(purpose.clone());
        }
        if passed.is_alone {
            self.alone.push((place, header.kind.clone()));
        }
        Ok(place)
    }
}

impl Sending {
    /// Gives records to the writer. Says where the first of them came to lie, once they are durable.
    ///
    /// # Errors
    /// Why nothing is appended.
    pub(super) async fn place(
        &self,
        handle: &ChannelHandle,
        sealed: Sealed,
        by: Arc<By>,
        with: With,
    ) -> Result<Position, NotPlaced> {
        let Sealed { lane, context, decided, prepared, why, alone, claims, attachments, used } = sealed;
        let (mut key, mut lines, mut aside) = (None, Numbers::default(), None);
        match with {
            With::Nothing => {}
            With::Result(under, of) => {
                key = Some((under.of_placed((context.channel, lane)), under.digest));
                lines = of;
            }
            With::Taken(id, instead) => aside = Some((id, instead)),
        }
        // Files of what waited stay as long as those of what was stopped: who sends them again must not be told which it was.
        let waited = aside.is_some();
        let (aside, laid) = aside.map(|(id, laid)| ((id, None), laid)).unzip();
        let answer = Box::new(move |first| repeat::placed(first, &lines));
        let volumes = claims.iter().flat_map(Claim::volumes).collect();
        let submission = |reply| {
            let caller = Handed { by, why, alone, answer, claims, laid, approvals: used.into_iter().collect(), reply };
            Submission { lane, prepared, decided, key, volumes, aside, caller }
        };
        let first = match handle.ask(|reply| Order::Submit(Box::new(submission(reply)))).await {
            Ok(Submitted::Placed(first)) => first,
            Ok(Submitted::Repeated) | Err(WriteError::Append(AppendError::Moved)) => return Err(NotPlaced::Moved),
            Ok(Submitted::Conflict) => return Err(conflict().into()),
            Err(error @ WriteError::Append(_)) => return Err(NotPlaced::NotNow(error.into())),
            Err(error) => return Err(NotPlaced::Failed(error.into())),
        };
        if !attachments.is_empty() && !waited {
            let db = Arc::clone(&self.db);
            let forget = move || attachments.iter().try_for_each(|sha256| db.keys.destroy_pending(sha256).map(drop));
            blocking(forget).await?;
        }
        Ok(first)
    }
}
