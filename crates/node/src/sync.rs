//! Keeping a channel in step with one partner: heads at the start and now and then, batches and receipts, attachments.
//!
//! This module only moves bytes. What may leave, what is admitted and what a receipt proves is decided by
//! `protocol::channel`; what is durable, by the writer.

use hyper::{Method, StatusCode};
use std::{collections::BTreeSet, convert::Infallible, sync::Arc, time::Duration};

use bytes::Bytes;
use protocol::{
    channel::{Channel, Env, outbox::CannotSend},
    commit::{Commit, KeptDocument},
    document::SignedDocument,
    id::AgencyId,
    origin::{Lane, Origin},
};
use store::{Reader, StoreError};
use tokio::time::{Instant, sleep};

use crate::{
    channel::ChannelHandle,
    clock,
    db::SUITE,
    decide::life,
    limits,
    node::Node,
    receiving::heads::{Gap, Heads, held_heads, shown},
    sending::Sending,
    transport::client::{Answer, PeerError},
    work,
    writer::WriteError,
};

mod attachments;
mod pull;

/// Connects every channel to its partners, also those that are added later, from the time on when an auditor's key is
/// registered (AUD-01), until the node stops.
pub async fn run(node: Node) {
    let (mut stop, mut comes, mut changes) = (node.stop.subscribe(), node.auditors.comes(), node.channels.changes());
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
        for channel in node.channels().into_iter().filter(|channel| connected.insert(channel.id())) {
            for partner in channel.value().partners() {
                spawn(node.clone(), Arc::clone(&channel), partner);
            }
        }
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return },
            _ = stop.wait_for(|stopped| *stopped) => return,
        }
    }
}

/// Starts the tasks that keep a channel in step with a partner.
fn spawn(node: Node, channel: Arc<ChannelHandle>, partner: AgencyId) {
    let link = Link { node, channel, partner };
    tokio::spawn(attachments::run(link.clone()));
    if link.node.config.pull {
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
    node: Node,
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

impl Link {
    async fn run(self, lane: Lane) {
        let mut stop = self.node.stop.subscribe();
        let mut pause_ms = limits::LINK_PAUSE_MS_MIN;
        let mut complained = String::new();
        let mut compared = Instant::now();
        while !*stop.borrow() {
            let mut progress = false;
            let turn = tokio::select! {
                turn = self.turn(lane, &mut progress, &mut compared) => turn,
                _ = stop.wait_for(|stopped| *stopped) => return,
            };
            let (channel, partner) = (self.channel.id(), self.partner);
            if progress {
                self.node.links.worked(channel, partner, clock::now_ms());
                pause_ms = limits::LINK_PAUSE_MS_MIN;
                complained.clear();
            }
            let Err(error) = turn;
            // Once for each problem; retries that meet the same one are silent.
            let problem = error.to_string();
            self.node.links.failed(channel, partner, &problem, clock::now_ms());
            if complained != problem {
                tracing::warn!(channel = %self.channel.id(), partner = %self.partner, %error, "link interrupted");
                complained = problem;
            }
            tokio::select! {
                () = sleep(Duration::from_millis(pause_ms)) => {}
                _ = stop.wait_for(|stopped| *stopped) => return,
            }
            pause_ms = (pause_ms * 2).min(limits::LINK_PAUSE_MS_MAX);
        }
    }

    /// Shows and asks for heads where needed and now and then, sends everything outstanding, and waits until there is
    /// more: until something fails. `progress` turns true when the partner has taken something, `compared` says when heads
    /// were compared.
    async fn turn(&self, lane: Lane, progress: &mut bool, compared: &mut Instant) -> Result<Infallible, LinkError> {
        let mut changes = self.channel.changes();
        loop {
            changes.mark_unchanged();
            let is_waited_for = self.channel.value().waiting().contains(&self.partner);
            // One of the two lanes compares for both.
            let is_due = lane == Lane::Main && compared.elapsed() >= Duration::from_secs(limits::HEADS_SECONDS);
            if is_waited_for || is_due {
                self.exchange_heads().await?;
                *compared = Instant::now();
                self.node.links.worked(self.channel.id(), self.partner, clock::now_ms());
                *progress = true;
            }
            while self.send_one(lane).await? {
                self.node.links.worked(self.channel.id(), self.partner, clock::now_ms());
                *progress = true;
            }
            tokio::select! {
                changed = changes.changed() => changed.map_err(|_| WriteError::Stopped)?,
                // A partner that restarted, or a batch that could not be admitted yet, is tried again.
                () = sleep(Duration::from_millis(limits::LINK_PAUSE_MS_MAX)) => {}
            }
        }
    }

    /// Sends the oldest outstanding batch of any own log of a lane. False if nothing is outstanding.
    async fn send_one(&self, lane: Lane) -> Result<bool, LinkError> {
        let value = self.channel.value();
        if value.may_sign().is_err() {
            return Ok(false);
        }
        for origin in value.own_logs().filter(|origin| origin.lane == lane) {
            if let Some(from) = value.outstanding(&origin, &self.partner) {
                self.send(&value, origin, from).await?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn send(&self, value: &Arc<Channel>, origin: Origin, from: u64) -> Result<(), LinkError> {
        let Some(bytes) =
            frame(&self.node.sending, &self.channel, Arc::clone(value), self.partner, origin, from).await?
        else {
            return Err(LinkError::Partner(format!("entry {from} of {origin} is not held here")));
        };
        let answer = self.request(Method::POST, "/peer/v1/batches", "application/octet-stream", bytes).await?;
        match answer.status {
            StatusCode::OK => self.take_receipt(text(&answer)?).await,
            StatusCode::CONFLICT => self.gap(value, &origin, &answer),
            StatusCode::UNPROCESSABLE_ENTITY => self.nacked(&answer).await,
            // The partner has started again and waits for us to show what we hold.
            StatusCode::PRECONDITION_REQUIRED => self.exchange_heads().await,
            status => Err(LinkError::Answer { what: "a batch", status, text: lossy(&answer) }),
        }
    }

    async fn take_receipt(&self, note: String) -> Result<(), LinkError> {
        Ok(self.channel.take_receipt(self.partner, note).await?)
    }

    /// The partner misses earlier entries. What it receipted once is given back only by two officers' confirmation.
    fn gap(&self, value: &Channel, origin: &Origin, answer: &Answer) -> Result<(), LinkError> {
        let gap: Gap = serde_json::from_slice(&answer.body)
            .map_err(|error| LinkError::Partner(format!("unreadable answer about missing entries: {error}")))?;
        let receipted = value.log(origin).map_or(0, |log| log.receipted(&self.partner));
        if gap.size < receipted {
            return Err(LinkError::Partner(format!(
                "it asks for entries of {origin} from {} on, but has receipted {receipted}: it was restored from an old \
                 copy, and content it once receipted is given back only after two officers have confirmed the restore",
                gap.size
            )));
        }
        Err(LinkError::Partner(format!("it holds {} entries of {origin}; sending from there", gap.size)))
    }

    /// The batch did not open there: its nack names the key to seal to. The frame is sealed anew in the next turn.
    async fn nacked(&self, answer: &Answer) -> Result<(), LinkError> {
        let unreadable = |error: &dyn std::fmt::Display| LinkError::Partner(format!("its nack: {error}"));
        let document = SignedDocument::parse(&answer.body).map_err(|error| unreadable(&error))?;
        let value = self.channel.value();
        let known = value.nacked(SUITE, self.partner, &document).map_err(|error| unreadable(&error))?;
        if known.is_none() {
            return Err(LinkError::Partner("a batch sealed to its newest key does not open or match there".into()));
        }
        let partner = self.partner;
        let step = move |value: &Channel| value.nacked(SUITE, partner, &document).ok().flatten();
        Ok(self.channel.step(step).await?)
    }

    /// Shows the heads held here and takes those that the partner holds.
    async fn exchange_heads(&self) -> Result<(), LinkError> {
        let body = serde_json::to_vec(&held_heads(&self.channel.value())).unwrap_or_default();
        let answer = self.request(Method::POST, "/peer/v1/heads", "application/json", body.into()).await?;
        if answer.status != StatusCode::OK {
            return Err(LinkError::Answer { what: "our heads", status: answer.status, text: lossy(&answer) });
        }
        let heads: Heads = serde_json::from_slice(&answer.body)
            .map_err(|error| LinkError::Partner(format!("unreadable heads: {error}")))?;
        Ok(shown(&self.node, &self.channel, self.partner, heads.heads).await?)
    }

    async fn request(&self, method: Method, path: &str, content_type: &str, body: Bytes) -> Result<Answer, LinkError> {
        let peer = self.node.peers.get(&self.partner).filter(|peer| peer.trusted).ok_or(LinkError::NoCard)?;
        let wait_max = Duration::from_secs(limits::PEER_REQUEST_SECONDS_MAX);
        Ok(peer.client.request(method, path, Some(content_type), body, limits::PEER_ANSWER_BYTES_MAX, wait_max).await?)
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

fn text(answer: &Answer) -> Result<String, LinkError> {
    String::from_utf8(answer.body.to_vec()).map_err(|_| LinkError::Partner("its receipt is not text".into()))
}

/// The beginning of an answer, for the log.
fn lossy(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body[..answer.body.len().min(200)]).into_owned()
}
