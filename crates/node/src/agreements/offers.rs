//! Agreements that partners hand over and that this agency has not signed: nobody here asked for them, so there are few at a
//! time, and they go by themselves.

use protocol::id::{AgencyId, Hash};
use store::{Reader, StoreError};

use super::{Agreements, AgreementsError, Progress, has_signed, held, progress};
use crate::{clock, limits};

/// The store's name for what is remembered of an offer.
fn key(from: &AgencyId, hash: &Hash) -> String {
    format!("offer/{from}/{}", hex::encode(hash))
}

/// Makes room for one more offer of a partner's. The caller holds what agreements change under.
pub(super) fn take_up(room: &Agreements, reader: &Reader, from: &AgencyId, hash: &Hash) -> Result<(), AgreementsError> {
    let now = clock::now_ms();
    let mut open = 0;
    for (offered, since_ms) in of(reader, &format!("offer/{from}/"))? {
        if !is_open(room, reader, &offered)? {
            room.db.store().forget_meta(&key(from, &offered))?;
        } else if is_over(since_ms, now) {
            forget(room, from, &offered)?;
        } else {
            open += 1;
        }
    }
    if open >= limits::OFFERS_OF_PARTNER_MAX {
        return Err(AgreementsError::TooManyOffers);
    }
    let value = [&hash[..], &now.to_be_bytes()].concat();
    Ok(room.db.store().put_meta(&key(from, hash), &value)?)
}

/// Forgets offers that nobody here signed in time.
///
/// # Errors
/// The store can't be read or written.
pub fn expire(room: &Agreements, now_ms: u64) -> Result<(), AgreementsError> {
    let _one_at_a_time = room.peers.exclusive();
    let reader = room.db.reader()?;
    for peer in room.peers.list() {
        let from = *peer.chain.agency();
        for (hash, since_ms) in of(&reader, &format!("offer/{from}/"))? {
            if is_over(since_ms, now_ms) {
                match is_open(room, &reader, &hash)? {
                    true => forget(room, &from, &hash)?,
                    false => room.db.store().forget_meta(&key(&from, &hash))?,
                }
            }
        }
    }
    Ok(())
}

/// Forgets an agreement that this agency has not signed: a draft, or what a partner offered.
///
/// # Errors
/// It is not held, or this agency has signed it.
pub fn discard(room: &Agreements, hash: &Hash) -> Result<Progress, AgreementsError> {
    let _one_at_a_time = room.peers.exclusive();
    let bundle = held(&room.db.reader()?, hash)?;
    if has_signed(&bundle, &room.db.me) {
        return Err(AgreementsError::Signed);
    }
    let before = progress(room, hash, &bundle);
    for party in &bundle.agreement().parties {
        room.db.store().forget_meta(&key(&party.agency, hash))?;
    }
    room.db.store().forget_agreement(hash)?;
    Ok(before)
}

/// Whether an offer is held, and this agency has not signed it.
fn is_open(room: &Agreements, reader: &Reader, hash: &Hash) -> Result<bool, AgreementsError> {
    match held(reader, hash) {
        Ok(bundle) => Ok(!has_signed(&bundle, &room.db.me)),
        Err(AgreementsError::Unknown(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

fn is_over(since_ms: u64, now_ms: u64) -> bool {
    now_ms.saturating_sub(since_ms) >= limits::OFFER_KEPT_MS
}

fn forget(room: &Agreements, from: &AgencyId, hash: &Hash) -> Result<(), StoreError> {
    let mut store = room.db.store();
    store.forget_agreement(hash)?;
    store.forget_meta(&key(from, hash))
}

/// The offers that are remembered under a name, each with when it came.
fn of(reader: &Reader, prefix: &str) -> Result<Vec<(Hash, u64)>, StoreError> {
    let values = reader.metas(prefix)?;
    let read = |value: Vec<u8>| {
        let (hash, since) = value.split_first_chunk::<32>()?;
        Some((*hash, u64::from_be_bytes(since.try_into().ok()?)))
    };
    Ok(values.into_iter().filter_map(read).collect())
}
