//! A channel at work in this node: its present value, its writer's queue, and a signal that it changed.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock},
    time::Duration,
};

use protocol::{
    channel::{Channel, Env, Step, life::CannotAct},
    commit::{Commit, NewBatch, StoredBatch},
    control::Control,
    id::ChannelId,
    origin::{Lane, Origin, Position},
    peer::learnt::{Learnt, News},
    suite::SealingKey,
};
use store::StoreError;
use texts::say;
use tokio::{
    sync::{
        mpsc::{self, error::TrySendError},
        oneshot, watch,
    },
    time::timeout,
};

use crate::{
    audit::By,
    db::{Db, SUITE},
    fault::{Code, Fault},
    limits,
    records::delivered_to_all,
    writer::{self, Answer, Order, Queues, WriteError, Writer},
};

/// A channel at work. Tasks and routes read its value; only its writer replaces it.
pub struct ChannelHandle {
    id: ChannelId,
    value: RwLock<Arc<Channel>>,
    sealing: RwLock<Arc<Vec<SealingKey>>>,
    writer: OnceLock<Writer>,
    orders: mpsc::Sender<Order>,
    urgent_orders: mpsc::Sender<Order>,
    changed: watch::Sender<u64>,
    attachments: watch::Sender<u64>,
    fresh: Mutex<VecDeque<StoredBatch>>,
}

impl ChannelHandle {
    /// Starts the channel's writer.
    pub fn start(parts: writer::Parts, channel: Channel) -> Arc<Self> {
        let (orders, main) = mpsc::channel(limits::WRITER_QUEUE_ORDERS_MAX);
        let (urgent_orders, urgent) = mpsc::channel(limits::WRITER_QUEUE_ORDERS_MAX);
        let handle = Arc::new(Self {
            id: channel.id(),
            value: RwLock::new(Arc::new(channel)),
            sealing: RwLock::default(),
            writer: OnceLock::new(),
            orders,
            urgent_orders,
            changed: watch::Sender::new(0),
            attachments: watch::Sender::new(0),
            fresh: Mutex::default(),
        });
        handle.writer.get_or_init(|| Writer::new(parts, Arc::clone(&handle)));
        Writer::spawn(Arc::clone(&handle), Queues { urgent, main });
        handle
    }

    /// The channel's id.
    pub const fn id(&self) -> ChannelId {
        self.id
    }

    /// The channel as of its last commit.
    pub fn value(&self) -> Arc<Channel> {
        Arc::clone(&self.value.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The right to write.
    pub(crate) fn writer(&self) -> Option<&Writer> {
        self.writer.get()
    }

    /// Replaces the value: only the writer does, after a commit.
    pub(crate) fn replace(&self, channel: Channel) {
        self.fresh().retain(|fresh| {
            let last = Position { origin: fresh.batch.origin, index: fresh.batch.size() - 1 };
            !delivered_to_all(&channel, &last)
        });
        *self.value.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(channel);
        self.changed.send_modify(|count| *count += 1);
    }

    /// Keeps own small batches of a commit until every partner has receipted them, so that a link need not read back
    /// what was written a moment ago. Only the writer does, before it replaces the value.
    pub(crate) fn keep_fresh(&self, batches: Vec<NewBatch>) {
        let me = self.value().me();
        let mut fresh = self.fresh();
        for NewBatch { batch, keyring, periods, time } in batches {
            if batch.origin.agency == me && batch.ciphertexts.len() <= limits::SHORT_WORK_BYTES_MAX {
                fresh.push_back(StoredBatch { batch, keyring, periods, time });
            }
        }
        let surplus = fresh.len().saturating_sub(limits::FRESH_BATCHES_MAX);
        fresh.drain(..surplus);
    }

    /// An own batch kept by [`ChannelHandle::keep_fresh`] that begins with this entry.
    pub(crate) fn fresh_batch(&self, origin: &Origin, first: u64) -> Option<StoredBatch> {
        self.fresh().iter().find(|fresh| fresh.batch.origin == *origin && fresh.batch.first == first).cloned()
    }

    /// Forgets them: something was erased, and what is gone on the disk must not leave from memory.
    pub(crate) fn forget_fresh(&self) {
        self.fresh().clear();
    }

    fn fresh(&self) -> MutexGuard<'_, VecDeque<StoredBatch>> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells that a record names attachments that are not here yet.
    pub(crate) fn want_attachments(&self) {
        self.attachments.send_modify(|count| *count += 1);
    }

    /// Turns when attachments are missing.
    pub fn wanted_attachments(&self) -> watch::Receiver<u64> {
        self.attachments.subscribe()
    }

    /// Turns on every change.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Waits until the channel may sign.
    ///
    /// # Errors
    /// It is frozen, so it never will; or the node is stopping.
    pub async fn may_sign(&self) -> Result<(), Fault> {
        let mut changes = self.changes();
        loop {
            let value = self.value();
            match value.may_sign() {
                Ok(()) => return Ok(()),
                Err(error) if value.frozen().is_some() => return Err(error.into()),
                Err(_) => {}
            }
            if changes.changed().await.is_err() {
                return Err(Fault::new(Code::Unavailable, say!("node-stopping")));
            }
        }
    }

    /// Waits until the channel may sign, as long as somebody waits for it at a screen.
    ///
    /// # Errors
    /// As [`ChannelHandle::may_sign`]; [`Code::Unavailable`] if it does not come to that.
    pub async fn may_sign_soon(&self) -> Result<(), Fault> {
        let may_sign = timeout(Duration::from_secs(limits::ACT_WAIT_SECONDS), self.may_sign());
        may_sign.await.unwrap_or_else(|_| Err(Fault::new(Code::Unavailable, say!("not-done-after-start"))))
    }

    /// Waits until every partner has receipted a record of ours, or the node stops.
    pub async fn delivered(&self, last: &Position) {
        let mut changes = self.changes();
        while !delivered_to_all(&self.value(), last) {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Gives the writer an order, which carries where to answer, and waits for the answer; also while its queue is full.
    pub async fn ask<T>(&self, order: impl FnOnce(Answer<T>) -> Order) -> Result<T, WriteError> {
        let (reply, answer) = oneshot::channel();
        let order = match self.writer.get().ok_or(WriteError::Stopped)?.at_once(order(reply)) {
            Ok(()) => return answer.await.map_err(|_| WriteError::Stopped)?,
            Err(order) => order,
        };
        if order.is_urgent() {
            self.urgent_orders.send(order).await.map_err(|_| WriteError::Stopped)?;
            // Where the main queue is full the writer is at work, and looks at the urgent one before it goes on.
            if let Err(TrySendError::Closed(_)) = self.orders.try_send(Order::Wake) {
                return Err(WriteError::Stopped);
            }
        } else {
            self.orders.send(order).await.map_err(|_| WriteError::Stopped)?;
        }
        answer.await.map_err(|_| WriteError::Stopped)?
    }

    /// Acts in somebody's name, which stands in the audit entry of whatever is written.
    pub fn acting(&self, by: By) -> Acting<'_> {
        Acting { handle: self, by: Arc::new(by) }
    }

    /// Acts as the node, by what the protocol asks of it.
    pub fn by_itself(&self) -> Acting<'_> {
        self.acting(By::node())
    }

    /// Takes what a partner said; says what of it was new.
    pub async fn learn(&self, learnt: Learnt) -> Result<Option<News>, WriteError> {
        self.ask(|reply| Order::Learn { learnt, reply }).await
    }

    /// Own private sealing keys, newest last. Read from the key store once, and again after a rotation.
    pub fn sealing_keys(&self, db: &Db) -> Result<Arc<Vec<SealingKey>>, StoreError> {
        let held = Arc::clone(&self.sealing.read().unwrap_or_else(PoisonError::into_inner));
        if !held.is_empty() {
            return Ok(held);
        }
        let mut kept = db.keys.sealing_keys(self.id)?;
        kept.sort_by_key(|key| key.announced_ms);
        let keys = Arc::new(kept.iter().map(|key| SUITE.sealing_key(*key.seed)).collect::<Vec<_>>());
        *self.sealing.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&keys);
        Ok(keys)
    }

    /// Forgets the sealing keys held in memory: the key store changed.
    pub fn forget_sealing_keys(&self) {
        *self.sealing.write().unwrap_or_else(PoisonError::into_inner) = Arc::default();
    }
}

/// Whoever acts in a channel without submitting a record.
pub struct Acting<'a> {
    handle: &'a ChannelHandle,
    by: Arc<By>,
}

impl Acting<'_> {
    /// Appends protocol records to an own log; says where the first of them came to lie.
    pub async fn append(self, lane: Lane, controls: Vec<Control>) -> Result<(Origin, u64), WriteError> {
        self.append_with(lane, controls, |_| {}).await
    }

    /// Appends protocol records, and writes more in the same transaction.
    pub async fn append_with(
        self,
        lane: Lane,
        controls: Vec<Control>,
        with: impl FnOnce(&mut Commit) + Send + 'static,
    ) -> Result<(Origin, u64), WriteError> {
        self.handle.ask(|reply| Order::Controls { lane, controls, with: Box::new(with), by: self.by, reply }).await
    }

    /// Takes a step that `step` computes on the present value, if it still finds one to take.
    pub async fn step(self, step: impl FnOnce(&Channel) -> Option<Step> + Send + 'static) -> Result<(), WriteError> {
        self.handle.ask(|reply| Order::Step { step: Box::new(step), by: self.by, reply }).await
    }

    /// Does an own act as soon as the channel may sign, for which whoever asked waits a little while.
    pub async fn act_soon(
        self,
        act: impl FnOnce(&Channel, &mut Env<'_>) -> Result<Step, CannotAct> + Send + 'static,
    ) -> Result<(), Fault> {
        self.handle.may_sign_soon().await?;
        Ok(self.act(act).await?)
    }

    /// Does an own act about the agreement.
    pub async fn act(
        self,
        act: impl FnOnce(&Channel, &mut Env<'_>) -> Result<Step, CannotAct> + Send + 'static,
    ) -> Result<(), WriteError> {
        self.handle.ask(|reply| Order::Act { act: Box::new(act), by: self.by, reply }).await
    }
}
