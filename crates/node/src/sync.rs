//! Keeping a channel in step with one partner: heads at the start and now and then, batches and receipts, attachments.
//!
//! This module only moves bytes. What to say next and what an answer means is decided by `protocol::peer`; what may leave,
//! what is admitted and what a receipt proves, by `protocol::channel`; what is durable, by the writer.

use hyper::{Method, StatusCode};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

use bytes::Bytes;
use protocol::{
    channel::{Channel, Env, outbox::CannotSend},
    commit::{Commit, KeptDocument},
    document::SignedDocument,
    id::AgencyId,
    origin::{Lane, Origin},
    peer::{
        self, Heads, Pauses,
        learnt::{Learnt, Said},
        session::{Input, Output, Session},
    },
};
use store::{Reader, StoreError};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use crate::{
    auditors::Auditors,
    channel::ChannelHandle,
    channels::Channels,
    clock,
    db::{Db, SUITE},
    decide::life,
    limits,
    links::Links,
    memory::Memory,
    peers::{Peer, Peers},
    receiving::{self, Receiving},
    sending::Sending,
    transport::client::{Answer, PeerError},
    work,
    writer::WriteError,
};

mod attachments;
mod pull;

/// How long a link waits for what. An answer comes or fails before the session gives it up.
const PAUSES: Pauses = Pauses {
    retry_ms_min: limits::LINK_PAUSE_MS_MIN,
    retry_ms_max: limits::LINK_PAUSE_MS_MAX,
    compare_ms: limits::HEADS_SECONDS * 1000,
    answer_ms_max: u64::MAX,
};

/// What links need.
pub struct Parts {
    /// Receipts and files that wait to be sent or fetched.
    pub db: Arc<Db>,
    /// Which are connected.
    pub channels: Arc<Channels>,
    /// Without an auditor nothing is connected (AUD-01).
    pub auditors: Arc<Auditors>,
    /// How partners are called.
    pub peers: Arc<Peers>,
    /// What each link last met.
    pub links: Arc<Links>,
    /// What leaves.
    pub sending: Arc<Sending>,
    /// What comes in by a pull.
    pub receiving: Arc<Receiving>,
    /// In which it arrives.
    pub memory: Arc<Memory>,
    /// Whether partners can't reach this node, so that it fetches their batches.
    pub pull: bool,
    /// Turns true when the node stops.
    pub stop: watch::Receiver<bool>,
}

/// Connects every channel to its partners, also those that are added later, from the time on when an auditor's key is
/// registered (AUD-01), until the node stops.
pub async fn run(parts: Arc<Parts>) {
    let (mut stop, mut comes, mut changes) = (parts.stop.clone(), parts.auditors.comes(), parts.channels.changes());
    if !*comes.borrow() {
        tracing::warn!("no auditor's key is registered, so nothing is exchanged: {}", crate::auditors::ADVICE);
    }
    tokio::select! {
        came = comes.wait_for(|came| *came) => if came.is_err() { return },
        _ = stop.wait_for(|stopped| *stopped) => return,
    }
    let mut connected = BTreeSet::new();
    loop {
        changes.mark_unchanged();
        for channel in parts.channels.list().into_iter().filter(|channel| connected.insert(channel.id())) {
            for partner in channel.value().partners() {
                spawn(Arc::clone(&parts), Arc::clone(&channel), partner);
            }
        }
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return },
            _ = stop.wait_for(|stopped| *stopped) => return,
        }
    }
}

/// Starts the tasks that keep a channel in step with a partner.
fn spawn(parts: Arc<Parts>, channel: Arc<ChannelHandle>, partner: AgencyId) {
    let link = Link { parts, channel, partner };
    tokio::spawn(attachments::run(link.clone()));
    if link.parts.pull {
        for lane in [Lane::Main, Lane::Urgent] {
            tokio::spawn(pull::run(link.clone(), lane));
        }
    }
    // A task for each lane: what is urgent never waits until a large batch of the other lane is through.
    for lane in [Lane::Main, Lane::Urgent] {
        tokio::spawn(link.clone().run(lane));
    }
}

/// One channel towards one partner.
#[derive(Clone)]
struct Link {
    parts: Arc<Parts>,
    channel: Arc<ChannelHandle>,
    partner: AgencyId,
}

/// Why a turn of the link ended early; the next begins after a pause.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The partner was not reached.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What came back could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A batch could not be sealed.
    #[error(transparent)]
    CannotSend(#[from] CannotSend),
    /// Nobody to send to.
    #[error("the partner's card is not held or not trusted")]
    NoCard,
    /// An answer that the protocol does not foresee, or that says "later".
    #[error("the partner answered {status} to {what}: {text}")]
    Answer {
        /// What was sent.
        what: &'static str,
        /// The HTTP status.
        status: StatusCode,
        /// The beginning of the answer.
        text: String,
    },
    /// What the partner did or asks for.
    #[error("{0}")]
    Partner(String),
}

/// Work of a link that waits for the disk.
async fn beside<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, LinkError>
where
    T: Send + 'static,
    E: Send + 'static,
    LinkError: From<E>,
{
    let done = work::beside(work).await;
    Ok(done.map_err(|_| LinkError::Partner("work of the link was interrupted".into()))??)
}

impl Link {
    async fn run(self, lane: Lane) {
        let mut stop = self.parts.stop.clone();
        tokio::select! {
            () = self.talk(lane) => {}
            _ = stop.wait_for(|stopped| *stopped) => {}
        }
    }

    /// Carries out what the session of a lane asks for, until the channel is gone.
    async fn talk(&self, lane: Lane) {
        let (mut changes, clock) = (self.channel.changes(), SessionClock::start());
        let mut session = Session::new(self.partner, lane, PAUSES, clock.now_ms());
        let mut complaints = Complaints { link: self, last: String::new() };
        let mut input = Input::Tick;
        loop {
            changes.mark_unchanged();
            let (next, outputs) = session.handle(clock.now_ms(), &self.channel.value(), input);
            (session, input) = (next, Input::Tick);
            for output in outputs {
                match output {
                    Output::Progress => complaints.end(),
                    Output::Problem(problem) => complaints.about(&problem.to_string()),
                    Output::Pause { until_ms } => clock.sleep_until(until_ms).await,
                    Output::Rest { until_ms, .. } => tokio::select! {
                        changed = changes.changed() => if changed.is_err() { return },
                        () = clock.sleep_until(until_ms) => {}
                    },
                    Output::ShowHeads { ticket } => {
                        let heads = self.exchange_heads().await.map(|heads| Input::Heads { ticket, heads });
                        input = complaints.or_failed(heads, ticket);
                    }
                    Output::Send { ticket, origin, from } => {
                        let answer = self.send(origin, from).await.map(|answer| Input::Answered { ticket, answer });
                        input = complaints.or_failed(answer, ticket);
                    }
                    Output::Learn { ticket, learnt } => {
                        let learnt = self.learn(learnt).await.map(|is_news| Input::Learnt { ticket, is_news });
                        input = complaints.or_failed(learnt, ticket);
                    }
                }
            }
        }
    }

    /// Seals the batch that holds an entry and sends it.
    async fn send(&self, origin: Origin, from: u64) -> Result<peer::Answer, LinkError> {
        let value = self.channel.value();
        let Some(bytes) = frame(&self.parts.sending, &self.channel, value, self.partner, origin, from).await? else {
            return Err(LinkError::Partner(format!("entry {from} of {origin} is not held here")));
        };
        read_answer(self.request(Method::POST, "/peer/v1/batches", "application/octet-stream", bytes).await?)
    }

    async fn learn(&self, learnt: Learnt) -> Result<bool, LinkError> {
        Ok(match learnt.said {
            Said::Heads(heads) => receiving::shown(&self.parts.db, &self.channel, learnt.from, heads).await?,
            Said::Receipt(_) | Said::Nack(_) => self.channel.learn(learnt).await?.is_some(),
        })
    }

    /// Shows the heads held here; what comes back are those that the partner holds.
    async fn exchange_heads(&self) -> Result<Vec<String>, LinkError> {
        let body = serde_json::to_vec(&Heads::held(&self.channel.value())).unwrap_or_default();
        let answer = self.request(Method::POST, "/peer/v1/heads", "application/json", body.into()).await?;
        if answer.status != StatusCode::OK {
            return Err(LinkError::Answer { what: "our heads", status: answer.status, text: lossy(&answer) });
        }
        let heads: Heads = serde_json::from_slice(&answer.body)
            .map_err(|error| LinkError::Partner(format!("unreadable heads: {error}")))?;
        Ok(heads.heads)
    }

    fn peer(&self) -> Result<Peer, LinkError> {
        self.parts.peers.get(&self.partner).filter(|peer| peer.trusted).ok_or(LinkError::NoCard)
    }

    async fn request(&self, method: Method, path: &str, content_type: &str, body: Bytes) -> Result<Answer, LinkError> {
        let wait_max = Duration::from_secs(limits::PEER_REQUEST_SECONDS_MAX);
        Ok(self
            .peer()?
            .client
            .request(method, path, Some(content_type), body, limits::PEER_ANSWER_BYTES_MAX, wait_max)
            .await?)
    }
}

/// Reads a stored batch and seals it to the partner, off the runtime's threads.
pub async fn frame(
    sending: &Arc<Sending>,
    channel: &ChannelHandle,
    value: Arc<Channel>,
    partner: AgencyId,
    origin: Origin,
    from: u64,
) -> Result<Option<Bytes>, LinkError> {
    let sending = Arc::clone(sending);
    let fresh = channel.fresh_batch(&origin, from);
    let outstanding = usize::try_from(value.size(&origin).saturating_sub(from)).unwrap_or(usize::MAX);
    let outstanding_bytes = outstanding.saturating_mul(limits::RECORD_BYTES_USUAL);
    let work = move || -> Result<Option<Bytes>, LinkError> {
        let stored = match fresh {
            Some(fresh) => fresh,
            None => match sending.db.reader()?.batch_at(&origin, from)? {
                Some(stored) => stored,
                None => return Ok(None),
            },
        };
        let (now, first) = (clock::now_ms(), stored.batch.first);
        // The decision to send is taken again when it is older than a minute, also on a resend.
        let is_old = now.saturating_sub(stored.time) > limits::DECISION_MS_MAX;
        let last = stored.batch.size().saturating_sub(1);
        let again = (is_old || life::has_moved(&value, &origin, last, &partner))
            .then(|| sending.leaving_again(&value, &stored, &partner, clock::today()))
            .transpose()?;
        let may_leave = move |index: u64| {
            let place = usize::try_from(index - first).unwrap_or(usize::MAX);
            again.as_ref().is_none_or(|may_leave| may_leave.get(place).copied().unwrap_or(false))
        };
        let mut entropy = crate::entropy();
        let mut env = Env { suite: SUITE, signer: &*sending.db.signer, entropy: &mut entropy, now };
        let outgoing = value.frame(&mut env, stored, partner, &may_leave)?;
        if let Some(before) = &outgoing.before
            && !is_kept(&sending.db.reader()?, before)?
        {
            sending.db.store().commit(before, clock::now_us(), &mut entropy).map_err(WriteError::from)?;
        }
        let bytes = outgoing.frame.encode().map_err(|_| CannotSend::Damaged)?;
        Ok(Some(Bytes::from(bytes)))
    };
    // How large the batch is shows only when it is read; how much is outstanding is known before.
    work::over(outstanding_bytes, work)
        .await
        .unwrap_or_else(|| Err(LinkError::Partner("sealing was interrupted".into())))
}

/// Whether an earlier try kept the same withheld note: a resend while the partner is away must not write each time.
fn is_kept(reader: &Reader, before: &Commit) -> Result<bool, StoreError> {
    let note = |bytes: &[u8]| SignedDocument::parse(bytes).ok().map(|document| document.body);
    let kept = reader.documents(before.channel, "withheld")?;
    let is_kept = |new: &KeptDocument| {
        kept.iter().any(|old| old.position == new.position && note(&old.bytes) == note(&new.bytes))
    };
    Ok(before.documents.iter().all(is_kept))
}

/// What an answer to a batch says: the table of decision 11, read backwards.
fn read_answer(answer: Answer) -> Result<peer::Answer, LinkError> {
    let unreadable = |what: &str, error: &dyn std::fmt::Display| LinkError::Partner(format!("{what}: {error}"));
    Ok(match answer.status {
        StatusCode::OK => peer::Answer::Receipt(
            String::from_utf8(answer.body.to_vec()).map_err(|error| unreadable("its receipt is not text", &error))?,
        ),
        StatusCode::CONFLICT => peer::Answer::Gap(
            serde_json::from_slice(&answer.body)
                .map_err(|error| unreadable("unreadable answer about missing entries", &error))?,
        ),
        StatusCode::UNPROCESSABLE_ENTITY => peer::Answer::Nack(answer.body.to_vec()),
        StatusCode::PRECONDITION_REQUIRED => peer::Answer::Waiting,
        StatusCode::TOO_EARLY => peer::Answer::Later,
        StatusCode::LOCKED => peer::Answer::Locked,
        StatusCode::FORBIDDEN => peer::Answer::Foreign,
        StatusCode::NOT_FOUND => peer::Answer::Unknown,
        StatusCode::BAD_REQUEST => peer::Answer::Unreadable,
        StatusCode::SERVICE_UNAVAILABLE => peer::Answer::Unavailable,
        status => return Err(LinkError::Answer { what: "a batch", status, text: lossy(&answer) }),
    })
}

/// The time that a session is told: it never goes back, whatever the time of day does.
pub(crate) struct SessionClock(Instant);

impl SessionClock {
    fn start() -> Self {
        Self(Instant::now())
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    async fn sleep_until(&self, until_ms: u64) {
        sleep(Duration::from_millis(until_ms.saturating_sub(self.now_ms()))).await;
    }
}

/// What is said of a link: each problem once, and again after it worked.
struct Complaints<'a> {
    link: &'a Link,
    last: String,
}

impl Complaints<'_> {
    fn end(&mut self) {
        self.link.parts.links.worked(self.link.channel.id(), self.link.partner, clock::now_ms());
        self.last.clear();
    }

    fn about(&mut self, problem: &str) {
        let (channel, partner) = (self.link.channel.id(), self.link.partner);
        self.link.parts.links.failed(channel, partner, problem, clock::now_ms());
        if self.last != problem {
            tracing::warn!(%channel, %partner, error = problem, "link interrupted");
            problem.clone_into(&mut self.last);
        }
    }

    fn or_failed(&mut self, result: Result<Input, LinkError>, ticket: u64) -> Input {
        result.unwrap_or_else(|error| {
            self.about(&error.to_string());
            Input::Failed { ticket }
        })
    }
}

/// The beginning of an answer, for the log.
fn lossy(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body[..answer.body.len().min(200)]).into_owned()
}
