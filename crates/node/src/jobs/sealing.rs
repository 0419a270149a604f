//! Sealing keys: a new one is announced in the log every day; an old private key is destroyed a fixed grace after its
//! successor's announcement, whatever is outstanding. That is what makes yesterday's traffic unreadable tomorrow.

use std::sync::Arc;

use protocol::{
    agreement::{SEALING_KEY_DOCUMENT, SealingKeyDocument, SealingKeyFormat, sealing_key_id},
    control::Control,
    document::SignedDocument,
    id::ChannelId,
    json,
    origin::Lane,
    suite::random_32,
};
use texts::say;

use crate::{
    channel::ChannelHandle,
    channels::Channels,
    clock,
    config::Config,
    db::{Db, SUITE},
    fault::{Code, Fault},
    work::{beside, blocking},
};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Rotates where the newest key is old enough, and destroys what is past its grace.
pub async fn rotate_due(db: &Arc<Db>, channels: &Channels, config: &Config) {
    for channel in channels.list() {
        let (work, handle, config) = (Arc::clone(db), Arc::clone(&channel), config.clone());
        let due = beside(move || {
            if let Err(error) = destroy_old(&work, &config, &handle) {
                tracing::error!(channel = %handle.id(), message = %error.message, "old sealing keys were not destroyed");
            }
            let keys = work.keys.sealing_keys(handle.id()).ok();
            let newest = keys.and_then(|keys| keys.iter().map(|key| key.announced_ms).max());
            newest.is_some_and(|at| at + u64::from(config.sealing_key_days) * DAY_MS <= clock::now_ms())
        });
        if due.await.unwrap_or(false) && channel.value().may_sign().is_ok() {
            match rotate(db, &channel).await {
                Ok(()) => tracing::info!(channel = %channel.id(), "new sealing key announced"),
                Err(error) => tracing::warn!(channel = %channel.id(), message = %error.message, "no new sealing key"),
            }
        }
    }
}

/// Makes a key, keeps it durably, and announces it in the main log.
async fn rotate(db: &Arc<Db>, channel: &ChannelHandle) -> Result<(), Fault> {
    let (work, id) = (Arc::clone(db), channel.id());
    let document = blocking(move || {
        let key = SUITE.sealing_key(random_32(&mut crate::entropy()));
        let now = clock::now_ms();
        let kept =
            store::OwnSealingKey { id: sealing_key_id(SUITE, &key.public), seed: key.seed.into(), announced_ms: now };
        // The private key is durable before anybody can seal to it.
        work.keys.add_sealing_key(id, &kept, &mut crate::entropy())?;
        signed(&work, id, &key.public, now)
    })
    .await?;
    channel.forget_sealing_keys();
    channel.by_itself().append(Lane::Main, vec![Control::SealingKey(document)]).await?;
    Ok(())
}

/// The newest own key of a channel as a signed document: what a nack hands over.
pub fn announcement(db: &Db, channel: ChannelId) -> Result<SignedDocument, Fault> {
    let keys = db.keys.sealing_keys(channel)?;
    let newest = keys
        .iter()
        .max_by_key(|key| key.announced_ms)
        .ok_or_else(|| Fault::new(Code::Storage, say!("no-sealing-key")))?;
    signed(db, channel, &SUITE.sealing_key(*newest.seed).public, newest.announced_ms)
}

fn signed(db: &Db, channel: ChannelId, public: &[u8], announced_ms: u64) -> Result<SignedDocument, Fault> {
    let key = SealingKeyDocument {
        mithaq: SealingKeyFormat::V1,
        channel,
        agency: db.me,
        public: public.to_vec(),
        announced_ms,
    };
    let serial = db.cards().current().serial;
    SignedDocument::sign(&*db.signer, SEALING_KEY_DOCUMENT, &db.me, serial, json::encode(&key))
        .map_err(|error| Fault::new(Code::Internal, error.to_string()))
}

/// Destroys each private key whose successor was announced longer ago than the grace.
fn destroy_old(db: &Db, config: &Config, channel: &ChannelHandle) -> Result<(), Fault> {
    let mut keys = db.keys.sealing_keys(channel.id())?;
    keys.sort_by_key(|key| key.announced_ms);
    let grace = u64::from(config.sealing_grace_days) * DAY_MS;
    for pair in keys.windows(2) {
        let [old, successor] = pair else { continue };
        if successor.announced_ms + grace <= clock::now_ms() {
            db.keys.destroy_sealing_key(channel.id(), &old.id)?;
            channel.forget_sealing_keys();
            tracing::info!(channel = %channel.id(), "old sealing key destroyed");
        }
    }
    Ok(())
}
