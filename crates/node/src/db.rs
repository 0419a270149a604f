//! What every part of the node stands on: its store, its keys and its cards.
//!
//! Parts take a [`Db`] and nothing above it, so that what a part may touch is seen in what it is given.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use protocol::{
    card::CardChain,
    id::{AgencyId, Hash},
    suite::{AwsLc, SoftwareKeys, Suite},
};
use serde::{Serialize, de::DeserializeOwned};
use store::{Blobs, KeyStore, Reader, Readers, Store, StoreError};
use texts::say;
use zeroize::Zeroizing;

use crate::{
    fault::{Code, Fault},
    work::OnDisk,
};

/// The suite of every node.
pub const SUITE: &dyn Suite = &AwsLc;

/// The store, the keys and the cards of a node.
pub struct Db {
    /// The agency's id.
    pub me: AgencyId,
    /// The agency's signing keys.
    pub signer: Arc<SoftwareKeys>,
    /// Keys of periods, own sealing keys, keys of attachments that wait for their record.
    pub keys: OnDisk<Arc<KeyStore>>,
    /// Attachments' ciphertexts.
    pub blobs: OnDisk<Blobs>,
    /// The same folder, of which only the free space is asked here: that waits for no disk.
    space: Blobs,
    /// Keys the digests of requests that are kept for a day, so that who has the database guesses nothing from them.
    request_key: Zeroizing<[u8; 32]>,
    /// Free space below which nothing is taken in any more.
    reserve_bytes: u64,
    store: OnDisk<Mutex<Store>>,
    readers: OnDisk<Readers>,
    cards: RwLock<Arc<CardChain>>,
}

/// For which the key of requests' digests is derived.
pub const REQUEST_LABEL: &[u8] = b"mithaq/1 digests of requests";

/// What is kept as JSON under a name, its default if nothing is; `what` is what it is called if it is damaged.
pub(crate) fn kept<T: DeserializeOwned + Default>(reader: &Reader, name: &str, what: &str) -> Result<T, StoreError> {
    let Some(bytes) = reader.meta(name)? else { return Ok(T::default()) };
    serde_json::from_slice(&bytes)
        .map_err(|error| StoreError::Damaged { place: what.into(), reason: error.to_string() })
}

impl Db {
    /// The parts of an opened store, with the keys and cards of the agency that it belongs to.
    pub fn new(
        store: Store,
        signer: SoftwareKeys,
        cards: CardChain,
        request_key: [u8; 32],
        reserve_bytes: u64,
    ) -> Self {
        Self {
            request_key: Zeroizing::new(request_key),
            reserve_bytes,
            me: *cards.agency(),
            signer: Arc::new(signer),
            keys: OnDisk::new(Arc::clone(store.keys())),
            blobs: OnDisk::new(store.blobs().clone()),
            space: store.blobs().clone(),
            readers: OnDisk::new(store.readers().clone()),
            store: OnDisk::new(Mutex::new(store)),
            cards: RwLock::new(Arc::new(cards)),
        }
    }

    /// The store's writer. Held for one transaction at a time.
    pub fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the store for what it has in memory, if nobody writes at this moment.
    pub fn if_free<T>(&self, ask: impl FnOnce(&Store) -> T) -> Option<T> {
        self.store.in_memory().try_lock().ok().map(|store| ask(&store))
    }

    /// Overwrites what was erased. Where readers are in the way it stays in the write-ahead log, sealed, until the jobs come by.
    ///
    /// # Errors
    /// The store can't be written.
    pub fn scrub(&self) -> Result<(), StoreError> {
        match self.store().scrub() {
            Ok(_) | Err(StoreError::ReadersInTheWay) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whether the disk has room for more than audit entries and erasure, which never ask.
    ///
    /// # Errors
    /// [`Code::Storage`] if less than the reserve is free.
    pub fn check_room(&self) -> Result<(), Fault> {
        let free = self.space.free_bytes()?;
        if free >= self.reserve_bytes {
            return Ok(());
        }
        let message = say!("disk-nearly-full", free = free >> 20, reserve_bytes = self.reserve_bytes >> 20);
        Err(Fault::new(Code::Storage, message))
    }

    /// The digest by which a repeated request is known.
    pub fn digest_of_request(&self, text: &[u8]) -> Hash {
        SUITE.sha256(&[&*self.request_key, text])
    }

    /// Keeps a small value as JSON under a name, durably. [`kept`] reads it.
    ///
    /// # Errors
    /// The store can't be written.
    pub fn keep(&self, name: &str, value: &impl Serialize) -> Result<(), Fault> {
        let bytes = serde_json::to_vec(value).map_err(|error| Fault::new(Code::Internal, error.to_string()))?;
        Ok(self.store().put_meta(name, &bytes)?)
    }

    /// A reader on a connection of its own.
    ///
    /// # Errors
    /// The store can't be opened once more.
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
}
