//! The other agencies: their cards, whether someone confirmed their fingerprint, and how they are called.
//!
//! A card is held as soon as it verifies, and trusted once its fingerprint was compared. Only trusted agencies are let
//! in on the peer port. A newer card of a trusted agency is trusted, because it is signed by the keys that the card
//! before announced. Two cards on one predecessor freeze the agency: it is not let in and can't be confirmed again,
//! and both card files are kept as evidence.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use protocol::{
    card::{CardChain, CardError, Merge},
    channel::{Channel, Step},
    commit::Commit,
    fingerprint::{Fingerprint, NotAFingerprint},
    id::AgencyId,
};
use store::{Reader, StoreError};
use texts::{Message, say};

use crate::{
    channels::Channels,
    db::{Db, SUITE},
    fault::{Code, Fault},
    limits,
    transport::{
        client::{PeerClient, PeerError},
        tls::{Pin, Pins, TlsIdentity},
    },
    wording,
};

/// Another agency.
#[derive(Clone)]
pub struct Peer {
    /// Its cards.
    pub chain: Arc<CardChain>,
    /// Whether its fingerprint was confirmed and it is not frozen.
    pub trusted: bool,
    /// Whether two cards on one predecessor were seen.
    pub frozen: bool,
    /// Calls its node.
    pub client: Arc<PeerClient>,
}

/// The other agencies whose cards are held.
pub struct Peers {
    held: RwLock<BTreeMap<AgencyId, Peer>>,
    /// This node's own TLS key, with which partners are called.
    identity: Arc<TlsIdentity>,
    /// The TLS keys that are let in on the peer port: those of the trusted.
    pins: Pins,
    /// Cards and agreements change one at a time: what is read, decided and written then belongs together.
    changing: Mutex<()>,
}

/// A card or a confirmation that is refused.
#[derive(Debug, thiserror::Error)]
pub enum PeersError {
    /// The card file is refused.
    #[error(transparent)]
    Card(#[from] CardError),
    /// It is this agency's own.
    #[error("this is this agency's own card: add your partner's, and give yours to your partner")]
    Own,
    /// The text is no fingerprint.
    #[error(transparent)]
    NotAFingerprint(#[from] NotAFingerprint),
    /// The fingerprint is another agency's: the card is not the one that the partner read out, or a digit is wrong.
    #[error(
        "the fingerprint does not match: {agency} has {held}. Compare with your partner digit by digit; if it differs, \
         the card is not your partner's and must not be used"
    )]
    WrongFingerprint {
        /// The agency whose card is held.
        agency: AgencyId,
        /// Its fingerprint.
        held: Fingerprint,
    },
    /// No card of this agency is held.
    #[error("no card of agency {0} is held: add its card file or fetch it first")]
    Unknown(AgencyId),
    /// There are two cards on one predecessor.
    #[error(
        "agency {0} is frozen: two different cards follow one of its cards, as after a theft of its keys. Meet its \
         officers; it can be trusted again only under a new first card"
    )]
    Frozen(AgencyId),
    /// Its TLS key stands in another agency's card.
    #[error("the card of {agency} names the TLS key of {other}: ask {agency} for a card with a key of its own")]
    PinTaken {
        /// Whose card is refused.
        agency: AgencyId,
        /// Whose key it is.
        other: AgencyId,
    },
    /// Its addresses can't be called.
    #[error("the card's addresses can't be called: {0}")]
    Addresses(#[from] PeerError),
    /// More cards than are kept.
    #[error("there are {} cards of other agencies already, and no more are kept", limits::PEERS_MAX)]
    TooMany,
    /// The store refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PeersError> for Fault {
    fn from(error: PeersError) -> Self {
        let code = match error {
            PeersError::Own | PeersError::NotAFingerprint(_) | PeersError::Addresses(_) => Code::Usage,
            PeersError::Card(_) | PeersError::WrongFingerprint { .. } => Code::NotVerified,
            PeersError::Unknown(_) => Code::NotFound,
            PeersError::Frozen(_) | PeersError::PinTaken { .. } => Code::Refused,
            PeersError::TooMany | PeersError::Store(StoreError::Full { .. }) => Code::Storage,
            PeersError::Store(error) => return error.into(),
        };
        Self::new(code, error.message())
    }
}

impl PeersError {
    /// What is wrong, in the reader's language. What the protocol says of a card stays in its words.
    fn message(&self) -> Message {
        let message = match self {
            Self::Own => say!("own-card"),
            Self::WrongFingerprint { agency, held } => say!("fingerprint-differs", agency = %agency, held = %held),
            Self::Unknown(agency) => say!("no-card-of-agency", agency = %agency),
            Self::Frozen(agency) => say!("agency-frozen", agency = %agency),
            Self::PinTaken { agency, other } => say!("pin-taken", agency = %agency, other = %other),
            Self::Addresses(error) => say!("card-addresses", error = %error),
            Self::TooMany => say!("peers-full", most = limits::PEERS_MAX),
            Self::Store(error) => return wording::store(error),
            Self::NotAFingerprint(_) => say!("not-a-fingerprint"),
            Self::Card(error) => return wording::cards::card(error),
        };
        message.worded(self.to_string())
    }
}

impl Peers {
    /// Reads the cards that the store holds, and pins the TLS keys of the trusted ones.
    pub fn load(reader: &Reader, identity: Arc<TlsIdentity>, pins: Pins) -> Result<Self, StoreError> {
        let mut held = BTreeMap::new();
        for kept in reader.peers()? {
            let broken = |error: String| StoreError::Damaged {
                place: format!("the card kept of agency {}", kept.agency),
                reason: error,
            };
            let chain = CardChain::parse(SUITE, &kept.chain).map_err(|error| broken(error.to_string()))?;
            let client = client(&chain, &identity).map_err(|error| broken(error.to_string()))?;
            let frozen = reader.meta(&fork_key(&kept.agency))?.is_some();
            let peer = Peer { chain: Arc::new(chain), trusted: kept.trusted && !frozen, frozen, client };
            held.insert(kept.agency, peer);
        }
        pins.replace(pins_of(&held));
        Ok(Self { held: RwLock::new(held), changing: Mutex::default(), identity, pins })
    }

    /// One agency.
    pub fn get(&self, agency: &AgencyId) -> Option<Peer> {
        self.read(|held| held.get(agency).cloned())
    }

    /// Every agency, by id.
    pub fn list(&self) -> Vec<Peer> {
        self.read(|held| held.values().cloned().collect())
    }

    /// The cards of those of the agencies that are held, trusted or not.
    pub fn chains_for(&self, agencies: impl IntoIterator<Item = AgencyId>) -> BTreeMap<AgencyId, Arc<CardChain>> {
        self.read(|held| {
            let chains = agencies.into_iter().map(|agency| (agency, held.get(&agency)));
            chains.filter_map(|(agency, peer)| Some((agency, Arc::clone(&peer?.chain)))).collect()
        })
    }

    /// Takes up a card file: a new agency's, or a newer one of an agency that is held. With the right fingerprint the
    /// agency is trusted; with a wrong one nothing is taken up. Adding the same again changes nothing.
    pub fn add(&self, db: &Db, bytes: &[u8], fingerprint: Option<&str>) -> Result<Peer, PeersError> {
        let offered = CardChain::parse(SUITE, bytes)?;
        let agency = *offered.agency();
        if agency == db.me {
            return Err(PeersError::Own);
        }
        let confirmed = match fingerprint {
            Some(text) => matches(&agency, text).map(|()| true)?,
            None => false,
        };
        let _one_at_a_time = self.exclusive();
        let held = self.get(&agency);
        let chain = match &held {
            None if self.read(BTreeMap::len) >= limits::PEERS_MAX => return Err(PeersError::TooMany),
            None => Arc::new(offered),
            Some(held) if held.frozen => return Err(PeersError::Frozen(agency)),
            Some(held) => match held.chain.merge(&offered) {
                Ok(Merge::Extends) => Arc::new(offered),
                Ok(Merge::Equal | Merge::Behind) => Arc::clone(&held.chain),
                Err(forked @ CardError::Forked { .. }) => {
                    self.freeze(db, held.clone(), bytes)?;
                    return Err(forked.into());
                }
                Err(error) => return Err(error.into()),
            },
        };
        let trusted = confirmed || held.is_some_and(|held| held.trusted);
        self.check_pin(db.me, &agency, &chain.current().tls_pin)?;
        let peer = Peer { client: client(&chain, &self.identity)?, chain, trusted, frozen: false };
        self.keep(db, peer.clone())?;
        Ok(peer)
    }

    /// Trusts an agency whose card is held, if the fingerprint is its own.
    pub fn confirm(&self, db: &Db, agency: &AgencyId, fingerprint: &str) -> Result<Peer, PeersError> {
        let _one_at_a_time = self.exclusive();
        let held = self.get(agency).ok_or(PeersError::Unknown(*agency))?;
        if held.frozen {
            return Err(PeersError::Frozen(*agency));
        }
        matches(agency, fingerprint)?;
        let peer = Peer { trusted: true, ..held };
        self.keep(db, peer.clone())?;
        Ok(peer)
    }

    /// Held while cards or agreements change. It is taken before the store, never while holding it.
    pub(crate) fn exclusive(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores first, then lets it take effect.
    fn keep(&self, db: &Db, peer: Peer) -> Result<(), StoreError> {
        let agency = *peer.chain.agency();
        db.store().put_peer(agency, &peer.chain.encode(), peer.trusted)?;
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        held.insert(agency, peer);
        self.pins.replace(pins_of(&held));
        Ok(())
    }

    fn freeze(&self, db: &Db, held: Peer, forked: &[u8]) -> Result<(), StoreError> {
        // The second card file is the evidence, and what keeps the agency frozen after a restart.
        db.store().put_meta(&fork_key(held.chain.agency()), forked)?;
        tracing::error!(agency = %held.chain.agency(), "two different cards follow one card: the agency is frozen");
        self.keep(db, Peer { trusted: false, frozen: true, ..held })
    }

    /// A pin names one agency, or requests of one would count as another's.
    fn check_pin(&self, me: AgencyId, agency: &AgencyId, pin: &Pin) -> Result<(), PeersError> {
        let own = (*pin == self.identity.pin()).then_some(me);
        let other = own.or_else(|| {
            self.read(|held| {
                let mut others = held.iter().filter(|(other, _)| *other != agency);
                others.find(|(_, peer)| peer.chain.current().tls_pin == *pin).map(|(other, _)| *other)
            })
        });
        other.map_or(Ok(()), |other| Err(PeersError::PinTaken { agency: *agency, other }))
    }

    fn read<T>(&self, read: impl FnOnce(&BTreeMap<AgencyId, Peer>) -> T) -> T {
        read(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Cards that were fetched from addresses of late: enough to meet several partners a day, too few to look for what stands where
/// in a network.
#[derive(Debug, Default)]
pub struct Fetches(Mutex<Option<(u64, u64)>>);

impl Fetches {
    /// Counts a fetch.
    ///
    /// # Errors
    /// [`Code::TooMany`] if there were too many of late.
    pub fn spend(&self, now_ms: u64) -> Result<(), Fault> {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (before, at_ms) = left.unwrap_or((limits::FETCHES_AT_ONCE_MAX, now_ms));
        let came = now_ms.saturating_sub(at_ms) / limits::FETCH_PAUSE_MS;
        let now = before.saturating_add(came).min(limits::FETCHES_AT_ONCE_MAX);
        let Some(rest) = now.checked_sub(1) else {
            return Err(Fault::new(Code::TooMany, say!("too-many-cards")));
        };
        // What is left of a pause is not lost; a clock that was set back begins anew.
        let since = if now == limits::FETCHES_AT_ONCE_MAX || at_ms > now_ms {
            now_ms
        } else {
            at_ms + came * limits::FETCH_PAUSE_MS
        };
        *left = Some((rest, since));
        Ok(())
    }
}

/// Gives every channel with this agency its newest cards. Before that a channel refuses what a newer card signed.
pub async fn tell_channels(channels: &Channels, peer: &Peer) {
    let agency = *peer.chain.agency();
    for channel in channels.list() {
        let value = channel.value();
        let known = value.parties().get(&agency);
        if known.is_none_or(|known| known.current_hash() == peer.chain.current_hash()) {
            continue;
        }
        let chain = Arc::clone(&peer.chain);
        let step = move |value: &Channel| {
            Some(Step { next: value.clone().with_cards(agency, chain), commit: Commit::new(value.id()) })
        };
        // A writer that has stopped takes up the cards from the store at the next start.
        if channel.by_itself().step(step).await.is_err() {
            tracing::warn!(channel = %channel.id(), %agency, "the channel takes up the newer card at the next start");
        }
    }
}

/// Whether a text is the agency's fingerprint.
fn matches(agency: &AgencyId, text: &str) -> Result<(), PeersError> {
    let fingerprint: Fingerprint = text.parse()?;
    let held = Fingerprint::of(agency);
    if fingerprint == held { Ok(()) } else { Err(PeersError::WrongFingerprint { agency: *agency, held }) }
}

fn client(chain: &CardChain, identity: &TlsIdentity) -> Result<Arc<PeerClient>, PeerError> {
    let card = chain.current();
    PeerClient::new(&card.addresses, card.tls_pin, identity).map(Arc::new)
}

fn pins_of(held: &BTreeMap<AgencyId, Peer>) -> BTreeMap<Pin, AgencyId> {
    let trusted = held.iter().filter(|(_, peer)| peer.trusted);
    trusted.map(|(agency, peer)| (peer.chain.current().tls_pin, *agency)).collect()
}

fn fork_key(agency: &AgencyId) -> String {
    format!("fork/{agency}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_fetched_now_and_then_only() {
        let fetches = Fetches::default();
        let at = |now_ms| fetches.spend(now_ms).is_ok();
        assert_eq!((0..20).filter(|_| at(1_000)).count() as u64, limits::FETCHES_AT_ONCE_MAX);
        assert!(!at(1_000 + limits::FETCH_PAUSE_MS - 1) && at(1_000 + limits::FETCH_PAUSE_MS));
        let days: u64 = 24 * 60 * 60 * 1000;
        let scanned = (0..100_000).filter(|place| at(20_000 + place * days / 100_000)).count() as u64;
        assert!(scanned <= days / limits::FETCH_PAUSE_MS + limits::FETCHES_AT_ONCE_MAX, "{scanned}");
    }

    #[test]
    fn another_fingerprint_and_what_is_none_are_told_apart() {
        let agency = AgencyId::new([0x5a; 32]);
        let text = Fingerprint::of(&agency).to_string();
        assert!(matches(&agency, &text).is_ok());
        let mut wrong = text.into_bytes();
        wrong[0] = if wrong[0] == b'1' { b'2' } else { b'1' };
        let wrong = String::from_utf8(wrong).unwrap();
        assert!(matches!(matches(&agency, &wrong), Err(PeersError::WrongFingerprint { .. })));
        assert!(matches!(matches(&agency, "12345"), Err(PeersError::NotAFingerprint(_))));
    }
}
