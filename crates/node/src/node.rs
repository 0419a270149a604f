//! The node as its parts share it: keys, cards, store, channels.
//!
//! [`Node`] is a handle: cloning it is cheap, and every task, route and command holds one. What changes is behind locks
//! that are held for moments; what is durable goes through [`Node::store`] or a channel's writer.

use std::{
    collections::BTreeMap,
    ops::Deref,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use protocol::{
    card::CardChain,
    id::{AgencyId, ChannelId},
    suite::{AwsLc, SoftwareKeys, Suite},
};
use store::{Blobs, KeyStore, Reader, Readers, Store, StoreError};
use tokio::sync::{Notify, watch};

use crate::{
    audit::{self, Audit},
    auditors::Auditors,
    callers::tokens::Tokens,
    channel::ChannelHandle,
    config::{Config, ConfigError},
    decide::Policies,
    keys::{self, KeysError},
    links::Links,
    peers::Peers,
    protection::Protection,
    statements::Statements,
    threads::Threads,
    transport::tls::{IdentityError, Pins, TlsIdentity},
    volumes::Volumes,
};

/// The suite of every node.
pub const SUITE: &dyn Suite = &AwsLc;

/// A handle to the running node.
#[derive(Clone)]
pub struct Node(Arc<Inner>);

/// What the node's parts share.
pub struct Inner {
    /// The agency's id.
    pub me: AgencyId,
    /// The node's folder.
    pub dir: PathBuf,
    /// `node.toml`.
    pub config: Config,
    /// The agency's signing keys.
    pub signer: Arc<SoftwareKeys>,
    /// The TLS key and certificate of the peer port.
    pub identity: TlsIdentity,
    /// Keys of periods, own sealing keys, keys of attachments that wait for their record.
    pub keys: Arc<KeyStore>,
    /// Attachments' ciphertexts.
    pub blobs: Blobs,
    /// The other agencies whose cards are held.
    pub peers: Peers,
    /// The policies compiled from agreements.
    pub policies: Policies,
    /// Persons that crossed this month, by pair of agencies.
    pub volumes: Arc<Volumes>,
    /// What each link last met.
    pub links: Links,
    /// Threads and search.
    pub threads: Threads,
    /// What is remembered about statements.
    pub statements: Statements,
    /// Which TLS keys are let in on the peer port.
    pub pins: Pins,
    /// The audit log, as routes write to it.
    pub audit: Audit,
    /// The auditors whose keys are registered.
    pub auditors: Auditors,
    /// Tokens of officers and programs.
    pub tokens: Tokens,
    /// The protection register, and what waits because of it.
    pub protection: Protection,
    /// Signalled when an agreement got its last signature.
    pub agreed: Notify,
    /// Turns true when the node stops.
    pub stop: watch::Sender<bool>,
    store: Mutex<Store>,
    readers: Readers,
    cards: RwLock<Arc<CardChain>>,
    channels: RwLock<BTreeMap<ChannelId, Arc<ChannelHandle>>>,
    /// Whether links to partners run: from [`Node::connect`] on.
    serving: AtomicBool,
}

/// Why a node does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder was never initialised.
    #[error("{} is not a node's folder: create one with `mithaq init {}`", .0.display(), .0.display())]
    NotANode(PathBuf),
    /// `node.toml` has an error.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The key file does not open.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The TLS key is not usable.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The store does not open.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is kept does not hold together.
    #[error("{0}")]
    Kept(String),
}

impl Deref for Node {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Node {
    /// Opens a node's folder: takes its lock, opens keys and store, and loads every channel. Nothing is signed or sent
    /// before [`crate::serve`].
    pub fn open(dir: &Path, passphrase: &[u8]) -> Result<Self, OpenError> {
        if !dir.join(crate::config::FILE).exists() {
            return Err(OpenError::NotANode(dir.to_owned()));
        }
        let config = Config::load(dir)?;
        let mut keys = keys::open(dir, passphrase)?;
        let store = Store::open(dir, &keys.store_master, SUITE, &mut crate::entropy())?;
        let reader = store.readers().reader()?;
        let kept_cards = reader
            .meta(keys::CARDS_META)?
            .ok_or_else(|| OpenError::Kept("the store holds no card of this agency: restore it".into()))?;
        let cards = CardChain::parse(SUITE, &kept_cards)
            .map_err(|error| OpenError::Kept(format!("this agency's own card: {error}")))?;
        if let Some(rotated) = keys::finish_rotation(dir, passphrase, cards.current())? {
            keys = rotated;
        }
        let threads = Threads::open(dir)?;
        let identity = TlsIdentity::from_pkcs8(&cards.agency().to_string(), &keys.tls_pkcs8)?;
        let pins = Pins::new(BTreeMap::new());
        let tokens = Tokens::load(&reader)?;
        let auditors = Auditors::load(&reader, &cards.current().keys)?;
        let (audit, audit_queue) = Audit::new(SUITE.hkdf_expand(&keys.store_master, audit::QUERY_LABEL));
        let protection = Protection::load(&reader, store.keys())?;
        let peers = Peers::load(&reader, &identity, &pins)?;
        let node = Self(Arc::new(Inner {
            me: *cards.agency(),
            dir: dir.to_owned(),
            config,
            signer: Arc::new(keys.signer),
            identity,
            keys: Arc::clone(store.keys()),
            blobs: store.blobs().clone(),
            links: Links::default(),
            threads,
            statements: Statements::default(),
            peers,
            pins,
            audit,
            auditors,
            tokens,
            protection,
            policies: Policies::default(),
            volumes: Arc::new(Volumes::new(store.readers().clone())),
            agreed: Notify::new(),
            stop: watch::Sender::new(false),
            readers: store.readers().clone(),
            store: Mutex::new(store),
            cards: RwLock::new(Arc::new(cards)),
            channels: RwLock::default(),
            serving: AtomicBool::new(false),
        }));
        audit::spawn(&node, audit_queue);
        crate::agreements::load_channels(&node, &reader)?;
        Ok(node)
    }

    /// The store's writer. Held for one transaction at a time.
    pub fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store, if nobody writes at this moment.
    pub fn store_if_free(&self) -> Option<MutexGuard<'_, Store>> {
        self.store.try_lock().ok()
    }

    /// A reader on a connection of its own.
    pub fn reader(&self) -> Result<Reader, StoreError> {
        self.readers.reader()
    }

    /// The agency's own cards.
    pub fn cards(&self) -> Arc<CardChain> {
        Arc::clone(&self.cards.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes up a new chain of own cards, which the store holds already.
    pub fn set_cards(&self, cards: Arc<CardChain>) {
        *self.cards.write().unwrap_or_else(PoisonError::into_inner) = cards;
    }

    /// A channel by its id.
    pub fn channel(&self, id: &ChannelId) -> Option<Arc<ChannelHandle>> {
        self.channels.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// Every channel.
    pub fn channels(&self) -> Vec<Arc<ChannelHandle>> {
        self.channels.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Adds a channel, whose writer then runs. A channel that is there already stays. Its links run once this node
    /// serves, so on a serving node this must be called inside its runtime.
    pub fn add_channel(&self, handle: Arc<ChannelHandle>) -> Arc<ChannelHandle> {
        let added = {
            let mut channels = self.channels.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(channels.entry(handle.id()).or_insert_with(|| Arc::clone(&handle)))
        };
        if Arc::ptr_eq(&added, &handle) && self.serving.load(Ordering::Acquire) && self.auditors.any() {
            added.connect(self);
        }
        added
    }

    /// Whether this node serves: links and jobs run.
    pub fn serves(&self) -> bool {
        self.serving.load(Ordering::Acquire)
    }

    /// A handle that keeps nothing open.
    pub(crate) fn downgrade(&self) -> Weak<Inner> {
        Arc::downgrade(&self.0)
    }

    /// The node behind a handle that kept nothing open.
    pub(crate) const fn of(inner: Arc<Inner>) -> Self {
        Self(inner)
    }

    /// Starts the links of every channel, and from now on those of channels that are added: as soon as an auditor's key
    /// is registered (AUD-01).
    pub(crate) fn connect(&self) {
        self.serving.store(true, Ordering::Release);
        if self.auditors.any() {
            self.start_links();
        } else {
            tracing::warn!("no auditor's key is registered, so nothing is exchanged: {}", crate::auditors::ADVICE);
        }
    }

    /// The first auditor's key was registered.
    pub(crate) fn auditor_came(&self) {
        if self.serving.load(Ordering::Acquire) {
            self.start_links();
        }
    }

    fn start_links(&self) {
        for channel in self.channels() {
            channel.connect(self);
        }
    }
}
