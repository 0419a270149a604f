//! Sharing what is scarce, so that who takes much goes before who takes little: the seats of a port, and the memory in which
//! bodies of requests are gathered.
//!
//! Everything taken belongs to somebody: an address with its network, a token, a partner. When more is taken than there is,
//! somebody is sent away: of the network that holds most, of the address in it that holds most, who merely waits before
//! who is being served, and the oldest first. So a newcomer always finds a place, a flood from one network costs that
//! network only, and who was just let in has as long to say something as the flood takes to fill everything anew.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use protocol::id::AgencyId;
use tokio::{sync::Notify, time::timeout};

use crate::limits;

/// To whom something taken is counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// Nobody has shown who they are: the address counts.
    Address(IpAddr),
    /// The holder of a token, by its public id, or the socket's own user.
    Caller(String),
    /// A partner.
    Agency(AgencyId),
}

impl Whose {
    /// Its network: what one holder is usually given, so that many addresses of it count as one. IPv4 /24, IPv6 /48.
    pub fn network(&self) -> Self {
        self.within(24, 48)
    }

    /// Itself; of IPv6 the /64, in which one host may take any address.
    fn host(&self) -> Self {
        self.within(32, 64)
    }

    fn within(&self, v4_bits: u32, v6_bits: u32) -> Self {
        match self {
            Self::Address(address) => Self::Address(match address.to_canonical() {
                IpAddr::V4(v4) => Ipv4Addr::from_bits(v4.to_bits() & (u32::MAX << (32 - v4_bits))).into(),
                IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << (128 - v6_bits))).into(),
            }),
            other => other.clone(),
        }
    }
}

/// So much of something.
pub struct Fair {
    max: u64,
    /// Whether who is being served is sent away too, when nobody of that holder merely waits.
    spares_served: bool,
    table: Mutex<Table>,
    freed: Notify,
}

#[derive(Default)]
struct Table {
    next: u64,
    places: BTreeMap<u64, Place>,
    /// What is taken, by those too who were sent away and have not gone yet.
    taken: u64,
}

struct Place {
    whose: Whose,
    amount: u64,
    served: bool,
    /// When it came, or last began to wait.
    since: u64,
    sent_away: bool,
    go: Arc<Notify>,
}

/// What one has taken. It is given back when this is dropped.
pub struct Taken {
    fair: Arc<Fair>,
    id: u64,
    go: Arc<Notify>,
}

/// There is no more of it: the caller holds most, or it stays taken for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too much is under way; wait a moment and send less at once")]
pub struct Exhausted;

impl Fair {
    /// Seats: who comes always finds one, and whoever holds most loses one.
    pub fn seats(max: usize) -> Arc<Self> {
        Self::new(u64::try_from(max).unwrap_or(u64::MAX), false)
    }

    /// Bytes of memory: who is being served is never sent away, because that gives nothing back before it ends.
    pub fn memory(bytes_max: u64) -> Arc<Self> {
        Self::new(bytes_max, true)
    }

    fn new(max: u64, spares_served: bool) -> Arc<Self> {
        Arc::new(Self { max, spares_served, table: Mutex::default(), freed: Notify::new() })
    }

    /// Takes so much at once; if that is more than there is, others are told to go.
    pub fn enter(self: &Arc<Self>, whose: Whose, amount: u64) -> Taken {
        let go = Arc::new(Notify::new());
        let mut table = self.table();
        let id = table.tick();
        let place = Place { whose, amount, served: false, since: id, sent_away: false, go: Arc::clone(&go) };
        table.taken = table.taken.saturating_add(amount);
        table.places.insert(id, place);
        table.make_room(self.max, self.spares_served);
        Taken { fair: Arc::clone(self), id, go }
    }

    /// How much is taken.
    pub fn taken(&self) -> u64 {
        self.table().taken
    }

    /// How much of it somebody holds.
    pub fn taken_by(&self, whose: &Whose) -> u64 {
        let table = self.table();
        let own = table.places.values().filter(|place| !place.sent_away && place.whose == *whose);
        own.map(|place| place.amount).sum()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// Returns once this one has to go.
    pub async fn sent_away(&self) {
        self.go.notified().await;
    }

    /// Counts it to somebody else from now on: who showed who they are.
    pub fn belongs_to(&self, whose: Whose) {
        self.with(|place, _| place.whose = whose);
    }

    /// Whether it is being served, or waits for something of its holder's.
    pub fn served(&self, served: bool) {
        self.with(|place, now| {
            place.served = served;
            place.since = now;
        });
    }

    /// Gives it back before it is dropped.
    pub fn give_back(&self) {
        let mut table = self.fair.table();
        if let Some(place) = table.places.remove(&self.id) {
            table.taken = table.taken.saturating_sub(place.amount);
            self.fair.freed.notify_waiters();
        }
    }

    /// Takes more. Waits until those have gone who have to.
    ///
    /// # Errors
    /// [`Exhausted`] if this one has to go itself, or nothing comes free in time.
    pub async fn grow(&self, amount: u64) -> Result<(), Exhausted> {
        let fair = &self.fair;
        {
            let mut table = fair.table();
            let place = table.places.get_mut(&self.id).ok_or(Exhausted)?;
            place.amount = place.amount.saturating_add(amount);
            table.taken = table.taken.saturating_add(amount);
        }
        let room = async {
            loop {
                // Asked for before the look, so that what comes free in between is not missed.
                let mut freed = std::pin::pin!(fair.freed.notified());
                freed.as_mut().enable();
                {
                    let mut table = fair.table();
                    table.make_room(fair.max, fair.spares_served);
                    if table.places.get(&self.id).is_none_or(|place| place.sent_away) {
                        return Err(Exhausted);
                    }
                    if table.taken <= fair.max {
                        return Ok(());
                    }
                }
                tokio::select! {
                    () = freed => {}
                    () = self.sent_away() => return Err(Exhausted),
                }
            }
        };
        timeout(Duration::from_secs(limits::ROOM_SECONDS_MAX), room).await.unwrap_or(Err(Exhausted))
    }

    fn with(&self, change: impl FnOnce(&mut Place, u64)) {
        let mut table = self.fair.table();
        let now = table.tick();
        if let Some(place) = table.places.get_mut(&self.id) {
            change(place, now);
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.give_back();
    }
}

impl Table {
    fn tick(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Sends as many away as it takes until the others fit.
    fn make_room(&mut self, max: u64, spares_served: bool) {
        let mut stay: u64 = self.places.values().filter(|place| !place.sent_away).map(|place| place.amount).sum();
        while stay > max {
            let Some(place) = self.first_to_go(spares_served).and_then(|id| self.places.get_mut(&id)) else { return };
            place.sent_away = true;
            place.go.notify_one();
            stay = stay.saturating_sub(place.amount);
        }
    }

    fn first_to_go(&self, spares_served: bool) -> Option<u64> {
        let (mut networks, mut hosts) = (BTreeMap::<Whose, u64>::new(), BTreeMap::<Whose, u64>::new());
        let staying = || self.places.iter().filter(|(_, place)| !place.sent_away);
        for (_, place) in staying() {
            *networks.entry(place.whose.network()).or_default() += place.amount;
            *hosts.entry(place.whose.host()).or_default() += place.amount;
        }
        staying()
            .filter(|(_, place)| !(spares_served && place.served))
            .max_by_key(|(_, place)| {
                let held = |by: &BTreeMap<Whose, u64>, whose: &Whose| by.get(whose).copied().unwrap_or_default();
                let network = held(&networks, &place.whose.network());
                let host = held(&hosts, &place.whose.host());
                (network, host, !place.served, std::cmp::Reverse(place.since))
            })
            .map(|(id, _)| *id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Whose {
        Whose::Address(text.parse().unwrap())
    }

    fn has_to_go(taken: &Taken) -> bool {
        taken.fair.table().places.get(&taken.id).is_none_or(|place| place.sent_away)
    }

    #[test]
    fn a_flood_costs_its_own_network_whatever_addresses_it_uses() {
        let flood: [fn(u8) -> Whose; 4] = [
            |_| address("192.0.2.1"),
            |place| address(&format!("192.0.2.{place}")),
            |place| address(&format!("2001:db8:7:{place:x}::{place:x}")),
            |place| address(&format!("::ffff:192.0.2.{place}")),
        ];
        for whose in flood {
            let seats = Fair::seats(10);
            let guests: Vec<_> = ["198.51.100.1", "203.0.113.9", "2001:db8:8::1"].map(address).into();
            let guests: Vec<_> = guests.into_iter().map(|guest| seats.enter(guest, 1)).collect();
            let flooding: Vec<_> = (1..=200).map(|place| seats.enter(whose(place), 1)).collect();
            assert!(!guests.iter().any(has_to_go));
            let stay: Vec<_> = flooding.iter().map(|taken| !has_to_go(taken)).collect();
            assert_eq!(stay, [[false; 193].as_slice(), &[true; 7]].concat(), "the oldest go first");
        }
    }

    #[test]
    fn who_merely_waits_goes_before_who_is_served() {
        let seats = Fair::seats(3);
        let caller = || Whose::Caller("one".into());
        let (served, idle) = (seats.enter(caller(), 1), seats.enter(caller(), 1));
        served.served(true);
        let newer = seats.enter(caller(), 1);
        let _newest = seats.enter(caller(), 1);
        assert_eq!([&served, &idle, &newer].map(has_to_go), [false, true, false]);
        newer.served(true);
        // Of a holder that has all, one goes in the end although it is served.
        let _other = [seats.enter(Whose::Caller("two".into()), 1), seats.enter(Whose::Caller("three".into()), 1)];
        assert!(has_to_go(&served) || has_to_go(&newer));
    }

    #[tokio::test]
    async fn memory_is_taken_from_who_holds_most_and_never_beyond_what_there_is() {
        let memory = Fair::memory(100);
        let large: Vec<_> = (0..3).map(|_| memory.enter(Whose::Caller("greedy".into()), 0)).collect();
        for taken in &large {
            taken.grow(30).await.unwrap();
        }
        let modest = memory.enter(Whose::Agency(AgencyId::new([1; 32])), 0);
        let mut large = large.into_iter();
        let oldest = large.next().unwrap();
        // It waits until the one that has to go has gone.
        let (grown, ()) = tokio::join!(modest.grow(20), async {
            oldest.sent_away().await;
            assert!(memory.taken() > 100);
            drop(oldest);
        });
        assert_eq!((grown, memory.taken()), (Ok(()), 80));
        let last: Vec<_> = large.collect();
        last[0].served(true);
        // Who holds most and asks for more goes itself.
        assert_eq!(last[1].grow(60).await, Err(Exhausted));
        drop(last);
        assert_eq!(memory.taken(), 20);
    }
}
