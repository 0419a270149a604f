//! The protection register and what follows from it (ASY-01 to ASY-05): hidden, local to this node.
//!
//! - [`register`] names, by keyed digests, who is protected and from which states;
//! - [`aside`] is what waits beside the channels, sealed: a partner's records that the protection officer sees first, own
//!   records that wait for their release or were stopped, and answers that provide nothing, until their moment;
//! - [`neutral`] makes that answer, for a blocked request and an empty one by the same function;
//! - [`names`] makes names comparable.
//!
//! What of it another agency may see, and what this agency's own offices may: `docs/spec/protection.md`. Releasing is done
//! in [`crate::sending`], when [`crate::jobs::release`] says so.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use protocol::{
    commit::{AsideId, Commit, Period},
    date::Date,
    header::ThreadId,
    id::Hash,
    origin::Position,
};
use store::{KeyStore, Reader, StoreError};
use tokio::sync::Notify;
use zeroize::Zeroizing;

use crate::{
    callers::Caller,
    db::{Db, SUITE},
    fault::Fault,
};

pub mod aside;
mod names;
pub mod neutral;
pub mod register;

pub use aside::{Arrived, Index, Item, Leaving, Neutral};
pub use register::{Entry, Feared, NewEntry, Register};

/// The register and what lies aside, as the node's parts share it.
pub struct Protection {
    key: Zeroizing<[u8; 32]>,
    register: RwLock<Arc<Register>>,
    aside: RwLock<Index>,
    /// Held while an answer that provides nothing is laid aside: there is one for each request.
    intending: Mutex<()>,
    /// Held during a turn of the job that releases.
    pub turn: tokio::sync::Mutex<()>,
    /// Something was laid aside or changed: a turn follows soon.
    pub woken: Notify,
}

impl Protection {
    /// Opens what the store keeps.
    ///
    /// # Errors
    /// The store can't be read, or what it keeps does not open.
    pub fn load(reader: &Reader, keys: &KeyStore) -> Result<Self, StoreError> {
        let key = keys.protection_key(&mut crate::entropy())?;
        let register = Register::load(reader, &key)?;
        Ok(Self {
            key,
            register: RwLock::new(Arc::new(register)),
            aside: RwLock::new(Index::load(reader)?),
            intending: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            woken: Notify::new(),
        })
    }

    /// The register as it is now.
    pub fn register(&self) -> Arc<Register> {
        Arc::clone(&self.register.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the register says of an exchange with parties of these states; `None`, at the cost of a look-up, if nobody in
    /// it fears any of them.
    pub fn feared<'a>(&self, states: impl Iterator<Item = &'a str>, today: Date) -> Option<Feared> {
        let register = self.register();
        let states: Vec<String> = states.filter(|state| register.fears(state)).map(str::to_owned).collect();
        (!states.is_empty()).then(|| Feared::new(register, self.key.clone(), states, today))
    }

    /// Changes the register, durably before anybody sees it.
    ///
    /// # Errors
    /// What `change` says, or the store can't be written.
    pub fn change<T>(
        &self,
        db: &Db,
        change: impl FnOnce(&mut Register, &[u8; 32]) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut held = self.register.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = Register::clone(&held);
        let changed = change(&mut next, &self.key)?;
        next.keep(db, &self.key)?;
        *held = Arc::new(next);
        drop(held);
        self.woken.notify_one();
        Ok(changed)
    }

    /// Reads what lies aside.
    pub fn aside<T>(&self, read: impl FnOnce(&Index) -> T) -> T {
        read(&self.aside.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn change_aside<T>(&self, change: impl FnOnce(&mut Index) -> T) -> T {
        change(&mut self.aside.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether a caller may see a record, and know that it is there: what waits for the protection officer shows to nobody
    /// else but the auditor (ASY-05).
    pub fn shows(&self, caller: &Caller, position: &Position, thread: Option<&ThreadId>) -> bool {
        caller.sees_before_protection_check() || !self.hides(position, thread)
    }

    /// Whether a record is hidden from all but the protection officer and the auditor.
    pub fn hides(&self, position: &Position, thread: Option<&ThreadId>) -> bool {
        self.aside(|index| index.hides(position, thread))
    }

    /// Holds a partner's records for the protection officer, from before the step that admits them. Gives their names.
    pub(crate) fn hold<'a>(&self, held: impl Iterator<Item = &'a Arrived>, commit: &mut Commit) -> Vec<AsideId> {
        let lay = |arrived: &Arrived| {
            let item = Item::Arrived(*arrived);
            let aside = item.laid(Period::CHANNEL);
            let id = aside.id;
            self.change_aside(|index| index.insert(id, commit.channel, &item));
            commit.aside.push(aside);
            id
        };
        held.map(lay).collect()
    }

    /// Holds them no longer: the step was not written.
    pub(crate) fn let_go(&self, held: &[AsideId]) {
        self.change_aside(|index| held.iter().for_each(|id| index.remove(id)));
    }

    /// Two numbers drawn for a request, the same whenever they are asked for.
    pub(crate) fn draw(&self, asked: &Position) -> [u64; 2] {
        let label = format!("mithaq/protection/moment/v1\0{} {}", asked.origin, asked.index);
        let drawn = SUITE.hkdf_expand(&self.key, label.as_bytes());
        let (numbers, _) = drawn.as_chunks::<8>();
        let number = |place: usize| numbers.get(place).copied().map_or(0, u64::from_be_bytes);
        [number(0), number(1)]
    }

    /// A digest for the audit log, keyed, so that it can be tested and tells nothing.
    pub fn digest(&self, text: &str) -> String {
        let digest: Hash = SUITE.hkdf_expand(&self.key, format!("mithaq/protection/audit/v1\0{text}").as_bytes());
        hex::encode(digest)
    }

    fn lock_intending(&self) -> MutexGuard<'_, ()> {
        self.intending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
