//! Versions that all parties have signed take effect on their first day.

use std::{sync::Arc, time::Duration};

use protocol::{agreement::Bundle, channel::Channel};
use tokio::{
    sync::{Notify, watch},
    time::sleep,
};

use crate::{
    agreements::AgreementsError,
    channels::Channels,
    clock,
    db::{Db, SUITE},
    limits,
    work::blocking,
};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Activates what is due: at the start, at midnight, and whenever the last signature comes in.
pub async fn run(db: Arc<Db>, channels: Arc<Channels>, agreed: Arc<Notify>, mut stop: watch::Receiver<bool>) {
    loop {
        let waits = activate_due(&db, &channels).await;
        let to_midnight = Duration::from_millis(DAY_MS - clock::now_ms() % DAY_MS);
        let pause = if waits { Duration::from_secs(limits::ACTIVATION_AGAIN_SECONDS) } else { to_midnight };
        tokio::select! {
            () = agreed.notified() => {}
            () = sleep(pause) => {}
            _ = stop.wait_for(|stopped| *stopped) => return,
        }
    }
}

/// Activates the next version of each channel. Returns whether something is left to do as soon as it can be done.
async fn activate_due(db: &Arc<Db>, channels: &Channels) -> bool {
    let mut waits = false;
    for channel in channels.list() {
        let (reading, value) = (Arc::clone(db), channel.value());
        match blocking(move || due(&reading, &value)).await {
            Ok(None) => {}
            Ok(Some(_)) if channel.value().may_sign().is_err() => waits = channel.value().frozen().is_none(),
            Ok(Some(bundle)) => {
                // The one after it may be due too.
                waits = true;
                let version = bundle.agreement().version;
                match channel.by_itself().act(move |value, env| value.activate(env, &bundle)).await {
                    Ok(()) => tracing::info!(channel = %channel.id(), version, "a new version is in force"),
                    Err(error) => tracing::warn!(channel = %channel.id(), version, %error, "not activated"),
                }
            }
            Err(error) => {
                tracing::error!(channel = %channel.id(), message = %error.message, "the agreements can't be read");
            }
        }
    }
    waits
}

/// The successor of the version in force that all have signed and whose first day has come.
fn due(db: &Db, channel: &Channel) -> Result<Option<Bundle>, AgreementsError> {
    let in_force = channel.in_force();
    for (_, bytes) in db.reader()?.agreements()? {
        let bundle = Bundle::parse(&bytes)?;
        let agreement = bundle.agreement();
        let is_due = agreement.previous == Some(in_force)
            && agreement.valid_from <= clock::today()
            && channel.check_version(SUITE, &bundle).is_ok();
        if is_due {
            return Ok(Some(bundle));
        }
    }
    Ok(None)
}
