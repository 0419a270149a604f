//! What lies beside the channels: sealed under the key of its period, so that it dies with it, and so that a row tells
//! nothing.

use protocol::{
    commit::{Aside, AsideId, Period},
    id::ChannelId,
    suite::{Entropy, Suite},
};
use rusqlite::Transaction;
use zeroize::Zeroizing;

use crate::{
    error::{CommitError, StoreError},
    keys::KeyStore,
};

/// Nonce of AES-256-GCM. It is random: a period key seals a keyring a batch and little else (NIST SP 800-38D §8.3).
const NONCE_BYTES: usize = 12;

const LABEL: &[u8] = b"mithaq/aside/v1\0";

/// Something that lies aside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LaidAside {
    /// Its name.
    pub id: AsideId,
    /// The channel that it belongs to.
    pub channel: ChannelId,
    /// What it is; `None` once its period is over.
    pub bytes: Option<Zeroizing<Vec<u8>>>,
}

pub(crate) fn seal(
    channel: ChannelId,
    aside: &Aside,
    keys: &KeyStore,
    suite: &dyn Suite,
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, StoreError> {
    let row = SealedRow { label: LABEL, channel, id: &aside.id, period: aside.period };
    row.seal(&aside.bytes, keys, suite, entropy)
}

pub(crate) fn open(
    channel: ChannelId,
    id: &AsideId,
    period: Period,
    sealed: &[u8],
    keys: &KeyStore,
    suite: &dyn Suite,
) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
    SealedRow { label: LABEL, channel, id, period }.open(sealed, keys, suite)
}

/// A row that is sealed under the key of its period, and what it is bound to: nobody can move it to another table, channel, name or
/// period.
#[derive(Clone, Copy)]
pub(crate) struct SealedRow<'a> {
    pub(crate) label: &'a [u8],
    pub(crate) channel: ChannelId,
    pub(crate) id: &'a [u8],
    pub(crate) period: Period,
}

impl SealedRow<'_> {
    /// What belongs to a period that is over is not kept: an empty row says that it was there.
    pub(crate) fn seal(
        self,
        bytes: &[u8],
        keys: &KeyStore,
        suite: &dyn Suite,
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, StoreError> {
        let Some(key) = keys.ensure_period_key(self.channel, self.period, entropy)? else { return Ok(Vec::new()) };
        let mut nonce = [0; NONCE_BYTES];
        entropy.fill(&mut nonce);
        let mut sealed = bytes.to_vec();
        let tag = suite
            .aead_seal(&key, &nonce, &self.context(), &mut sealed)
            .map_err(|error| self.damaged(error.to_string()))?;
        Ok([nonce.as_slice(), &sealed, &tag].concat())
    }

    /// What was sealed; `None` once its period is over.
    pub(crate) fn open(
        self,
        sealed: &[u8],
        keys: &KeyStore,
        suite: &dyn Suite,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let Some(key) = keys.period_key(self.channel, self.period)? else { return Ok(None) };
        let Some((nonce, sealed)) = sealed.split_first_chunk::<NONCE_BYTES>() else { return Ok(None) };
        let mut plain = Zeroizing::new(sealed.to_vec());
        let length = suite
            .aead_open(&key, nonce, &self.context(), &mut plain)
            .map_err(|error| self.damaged(error.to_string()))?
            .len();
        plain.truncate(length);
        Ok(Some(plain))
    }

    fn context(self) -> Vec<u8> {
        [self.label, self.channel.bytes(), self.id, &self.period.number().to_be_bytes()].concat()
    }

    fn damaged(self, reason: String) -> StoreError {
        StoreError::damaged(format!("what is kept under {}", hex::encode(self.id)), reason)
    }
}

pub(crate) fn insert(
    transaction: &Transaction<'_>,
    channel: ChannelId,
    aside: &Aside,
    sealed: &[u8],
) -> Result<(), CommitError> {
    let mut statement =
        transaction.prepare_cached("INSERT INTO aside (id, channel, period, sealed) VALUES (?1, ?2, ?3, ?4)")?;
    statement.execute((aside.id, channel.bytes(), aside.period.number(), sealed))?;
    Ok(())
}

pub(crate) fn take(transaction: &Transaction<'_>, id: &AsideId) -> Result<(), CommitError> {
    match transaction.prepare_cached("DELETE FROM aside WHERE id = ?1")?.execute([id])? {
        1 => Ok(()),
        _ => Err(CommitError::Contradiction(format!("nothing lies aside under {}", hex::encode(id)))),
    }
}
