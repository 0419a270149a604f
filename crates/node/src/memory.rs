//! The node's budget of memory for what others send and fetch, so that no mix of bodies goes beyond it: of partners, of
//! programs and officers of the agency, large or slow, announced or not.

use std::sync::Arc;

use bytes::Bytes;
use protocol::id::AgencyId;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{
    fair::{Fair, Taken, Whose},
    limits,
};

/// What there is.
pub struct Memory {
    /// For bodies and batches of partners, while they arrive and until they are dealt with.
    partners: Arc<Fair>,
    /// For bodies of the agency's own requests.
    agency: Arc<Fair>,
    /// For what partners fetch, until they have taken it.
    answers: Arc<Fair>,
    /// For opening partners' batches, which takes several times their length; in KiB.
    opening: Semaphore,
    /// Batches sealed at once for partners that fetch.
    sealing: Semaphore,
    /// Lists of the agency's own readers, until they have taken them.
    lists: Arc<Fair>,
    /// Lists made at once.
    listing: Semaphore,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            partners: Fair::memory(limits::PARTNER_BODIES_BYTES_MAX),
            agency: Fair::memory(limits::API_BODIES_BYTES_MAX),
            answers: Fair::memory(limits::PARTNER_ANSWERS_BYTES_MAX),
            opening: Semaphore::new(limits::OPENING_KIB_MAX as usize),
            sealing: Semaphore::new(limits::SEALED_AT_ONCE_MAX),
            lists: Fair::memory(limits::LISTS_BYTES_MAX),
            listing: Semaphore::new(limits::LISTED_AT_ONCE_MAX),
        }
    }
}

impl Memory {
    /// Room for a body of a partner's.
    pub fn of_partner(&self, agency: AgencyId) -> Taken {
        self.partners.enter(Whose::Agency(agency), 0)
    }

    /// Room for a body of one of the agency's own callers.
    pub fn of_caller(&self, id: &str) -> Taken {
        self.agency.enter(Whose::Caller(id.to_owned()), 0)
    }

    /// Room for what a partner fetches.
    pub fn for_answer(&self, agency: AgencyId) -> Taken {
        self.answers.enter(Whose::Agency(agency), 0)
    }

    /// Room for a list.
    pub fn for_list(&self, id: &str) -> Taken {
        self.lists.enter(Whose::Caller(id.to_owned()), 0)
    }

    /// Waits for its turn to make a list.
    pub async fn listing(&self) -> Option<SemaphorePermit<'_>> {
        self.listing.acquire().await.ok()
    }

    /// Waits for its turn to open a batch of so many bytes; a small one needs none.
    pub async fn opening(&self, bytes: usize) -> Option<SemaphorePermit<'_>> {
        if bytes <= limits::SHORT_WORK_BYTES_MAX {
            return None;
        }
        let kib = u32::try_from(bytes >> 10).unwrap_or(u32::MAX).min(limits::OPENING_KIB_MAX);
        // It is never closed.
        self.opening.acquire_many(kib).await.ok()
    }

    /// Waits for its turn to seal a batch.
    pub async fn sealing(&self) -> Option<SemaphorePermit<'_>> {
        self.sealing.acquire().await.ok()
    }
}

/// Bytes that keep their room until the last who holds them lets go.
pub fn with_room(bytes: Bytes, room: Taken) -> Bytes {
    // From here on it is dealt with, and sending its holder away would give nothing back.
    room.served(true);
    Bytes::from_owner(Kept { bytes, _room: room })
}

struct Kept {
    bytes: Bytes,
    _room: Taken,
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
