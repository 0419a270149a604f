//! The protection register and what follows from it (ASY-01 to ASY-05): hidden, local to this node.
//!
//! - [`register`] names, by keyed digests, who is protected and from which states;
//! - [`aside`] is what waits beside the channels: records that the protection officer sees first, own records that wait for
//!   their release or were stopped, and answers that provide nothing, until their moment;
//! - [`acts`] is what the protection officer did with it;
//! - [`sealed`] seals all of this under the register's key, in few lengths;
//! - [`neutral`] makes that answer, for a blocked request and an empty one by the same function;
//! - [`names`] makes names comparable.
//!
//! What of it another agency may see, and what this agency's own offices may: `docs/spec/protection.md`. Releasing is done
//! in [`crate::sending`], when [`crate::jobs::release`] says so.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use protocol::{
    channel::Channel,
    date::Date,
    encoding::{from_base64, to_base64},
    header::ThreadId,
    id::{ChannelId, Hash},
    origin::{Origin, Position},
};
use serde::Serialize;
use serde_json::Value;
use store::{KeyStore, Reader, StoreError};
use tokio::sync::Notify;
use zeroize::Zeroizing;

use crate::{
    callers::{Caller, Scope},
    db::{Db, SUITE},
    fault::{Code, Fault},
    limits, sealed,
};

mod acts;
pub mod aside;
mod names;
pub mod neutral;
pub mod register;

pub use aside::{Hidden, Index, Item, Leaving, Neutral, Verdict};
pub use register::{Entry, Feared, Match, NewEntry, NewPerson, Register};

/// An act of the protection officer in the audit log.
const ACT: sealed::Bound<'_> = sealed::Bound { label: b"mithaq/protection/act/v1", place: b"audit" };

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
        let index = Index::load(reader, &key)?;
        Ok(Self {
            key,
            register: RwLock::new(Arc::new(register)),
            aside: RwLock::new(index),
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

    /// Whether a channel is watched: the card of another party names a state that somebody in the register fears.
    pub fn watches(&self, channel: &Channel) -> bool {
        let register = self.register();
        let others = channel.parties().iter().filter(|(agency, _)| **agency != channel.me());
        others.into_iter().any(|(_, cards)| register.fears(&cards.current().country))
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
        next.gather();
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

    /// Two numbers drawn for a request, the same whenever they are asked for.
    pub(crate) fn draw(&self, asked: &Position) -> [u64; 2] {
        let label = format!("mithaq/protection/moment/v1\0{} {}", asked.origin, asked.index);
        let drawn = SUITE.hkdf_expand(&self.key, label.as_bytes());
        let (numbers, _) = drawn.as_chunks::<8>();
        let number = |place: usize| numbers.get(place).copied().map_or(0, u64::from_be_bytes);
        [number(0), number(1)]
    }

    /// Whether a channel is or was watched, so that offices may not see all of it.
    pub fn has_hidden(&self, channel: &ChannelId) -> bool {
        self.aside(|index| index.has_hidden(channel))
    }

    /// Whether a caller may know how long the logs of a channel are. An office that sends a record to a feared state must not see
    /// its own log grow, or not: it would ask the register. Who runs the node must see it, and sends nothing.
    pub fn shows_sizes(&self, caller: &Caller, channel: &Channel) -> bool {
        let runs = caller.check(Scope::NodeAdmin).is_ok();
        runs || caller.sees_before_protection_check() || !self.watches(channel) && !self.has_hidden(&channel.id())
    }

    /// What the audit entry of a batch says of the local part of its decisions: a commitment, which every batch has and which
    /// tells nothing without the register's key. `hidden` are the numbers of the records that offices do not see.
    pub fn local(&self, origin: &Origin, first: u64, hidden: &[u64]) -> String {
        let numbers = hidden.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        let text = format!("mithaq/protection/local/v1\0{origin} {first} {numbers}");
        let digest: Hash = SUITE.hkdf_expand(&self.key, text.as_bytes());
        hex::encode(digest)
    }

    /// What the audit entry of an act of the protection officer says of it: sealed, and as long as any other.
    ///
    /// # Errors
    /// It can't be sealed.
    pub fn sealed_act(&self, act: &impl Serialize) -> Result<String, Fault> {
        let json = serde_json::to_vec(act).map_err(|error| Fault::new(Code::Internal, error.to_string()))?;
        let sealed = sealed::seal(&self.key, ACT, json, limits::SEALED_ACT_BYTES);
        sealed.map(|sealed| to_base64(&sealed)).map_err(|reason| Fault::new(Code::Internal, reason))
    }

    /// What of an audit entry follows from the register, for the auditor: the records of a batch that were held, if they are
    /// those that the entry commits to, or the protection officer's act. `None` if it is nothing.
    pub fn local_part(&self, entry: &[u8]) -> Option<Value> {
        let entry: Value = serde_json::from_slice(entry).ok()?;
        if let Some(sealed) = entry.get("sealed").and_then(Value::as_str) {
            let sealed = from_base64(sealed)?;
            return serde_json::from_slice(&sealed::open(&self.key, ACT, &sealed).ok()?).ok();
        }
        let origin: Origin = entry.get("origin")?.as_str()?.parse().ok()?;
        let (first, count) = (entry.get("first")?.as_u64()?, entry.get("count")?.as_u64()?);
        // Own records are hidden when they leave, by no decision about the batch.
        let held = self.aside(|index| index.held_in(&origin, first, count));
        let is_committed =
            |held: &[u64]| entry.get("local").and_then(Value::as_str) == Some(&self.local(&origin, first, held));
        let is_held = !held.is_empty() && is_committed(&held);
        is_held.then(|| Value::Object([("held".to_owned(), held.into())].into_iter().collect()))
    }

    /// A place in a list that only this node can read.
    pub(crate) fn sealed_place(&self, list: &str, [one, other]: [u64; 2]) -> String {
        let bound = sealed::Bound { label: b"mithaq/protection/place/v1", place: list.as_bytes() };
        // Two numbers always fit, and sealing them can't fail.
        let json = format!("[{one},{other}]").into_bytes();
        hex::encode(sealed::seal_alike(&self.key, bound, json, limits::SEALED_PLACE_BYTES).unwrap_or_default())
    }

    /// The place that was sealed for this list.
    pub(crate) fn opened_place(&self, list: &str, text: &str) -> Option<[u64; 2]> {
        let bound = sealed::Bound { label: b"mithaq/protection/place/v1", place: list.as_bytes() };
        let sealed = hex::decode(text).ok()?;
        serde_json::from_slice(&sealed::open(&self.key, bound, &sealed).ok()?).ok()
    }

    fn lock_intending(&self) -> MutexGuard<'_, ()> {
        self.intending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
