//! The channels at work in this node.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use protocol::id::{AgencyId, ChannelId};
use tokio::sync::watch;

use crate::channel::ChannelHandle;

/// Every channel, by id.
pub struct Channels {
    held: RwLock<BTreeMap<ChannelId, Arc<ChannelHandle>>>,
    added: watch::Sender<u64>,
}

impl Default for Channels {
    fn default() -> Self {
        Self { held: RwLock::default(), added: watch::Sender::new(0) }
    }
}

impl Channels {
    /// A channel by its id.
    pub fn get(&self, id: &ChannelId) -> Option<Arc<ChannelHandle>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// A channel by its id, if an agency is a party to it: one that is others' looks as if it were not there.
    pub fn shared_with(&self, id: &ChannelId, agency: &AgencyId) -> Option<Arc<ChannelHandle>> {
        self.get(id).filter(|channel| channel.value().parties().contains_key(agency))
    }

    /// Every channel.
    pub fn list(&self) -> Vec<Arc<ChannelHandle>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The ids of all.
    pub fn ids(&self) -> Vec<ChannelId> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    /// Adds a channel, whose writer then runs. A channel that is there already stays: the one that is held is given back.
    pub fn add(&self, handle: Arc<ChannelHandle>) -> Arc<ChannelHandle> {
        let held =
            Arc::clone(self.held.write().unwrap_or_else(PoisonError::into_inner).entry(handle.id()).or_insert(handle));
        self.added.send_modify(|count| *count += 1);
        held
    }

    /// Turns when a channel was added.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.added.subscribe()
    }
}
