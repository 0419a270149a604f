//! Heads: what partners show each other after a start and now and then, so that no party has two histories.

use protocol::{
    channel::{Channel, Frozen, startup::Shown},
    id::{AgencyId, ChannelId},
    origin::Origin,
};
use serde::{Deserialize, Serialize};
use store::Reader;

use crate::{
    channel::ChannelHandle,
    db::{Db, SUITE},
    writer::WriteError,
};

/// Body of `POST /peer/v1/heads`, both ways: the signed heads of a channel's logs that the sender of this body holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heads {
    /// The channel.
    pub channel: ChannelId,
    /// Checkpoint notes, one a log.
    pub heads: Vec<String>,
}

/// Answer to a batch that can't be admitted because earlier entries are missing.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// Size of the log at the receiver.
    pub size: u64,
}

/// The signed heads of every log of a channel that are held here.
pub fn held_heads(channel: &Channel) -> Heads {
    let heads = channel.logs().filter(|(_, log)| log.size() > 0).map(|(_, log)| log.note().to_owned()).collect();
    Heads { channel: channel.id(), heads }
}

/// A partner showed the heads it holds: from now on nothing waits for it. Those of all logs are compared with what is held
/// here, also of third parties, so that no party shows two others different logs.
pub async fn shown(
    db: &Db,
    channel: &ChannelHandle,
    partner: AgencyId,
    mut heads: Vec<String>,
) -> Result<(), WriteError> {
    let reader = db.reader()?;
    // What is held here in the same words agrees, and nobody needs to verify it.
    heads.retain(|note| !is_held(&reader, note));
    if heads.is_empty() && !channel.value().waiting().contains(&partner) {
        return Ok(());
    }
    let step = move |value: &Channel| {
        let (is_frozen, is_waited_for) = (value.frozen().is_some(), value.waiting().contains(&partner));
        // A frozen channel has its proof, and one is enough.
        if is_frozen && !is_waited_for {
            return None;
        }
        let entries = |origin: &Origin| reader.commitments(origin, u64::MAX).unwrap_or_default();
        if !is_frozen && let Some(proof) = value.contradicted(SUITE, &heads, &entries) {
            tracing::error!(%partner, "the partner holds another history of a party's log than this node: frozen");
            return Some(value.freeze(Frozen::Equivocation, Some(&proof)));
        }
        match value.show(SUITE, partner, &heads, &entries) {
            Shown::Agrees(step) => is_waited_for.then_some(step),
            Shown::NewEpoch(step) => {
                tracing::warn!(%partner, "the partner holds entries of ours that this db lost: a new epoch is open");
                Some(step)
            }
            Shown::Foreign(step) => {
                tracing::error!(%partner, "the partner holds a head of ours that this db never wrote: frozen");
                Some(step)
            }
        }
    };
    channel.step(step).await
}

/// Whether the very checkpoint is held here.
fn is_held(reader: &Reader, note: &str) -> bool {
    let mut lines = note.lines();
    let (origin, size) = (lines.next().and_then(|line| line.parse().ok()), lines.next().and_then(|l| l.parse().ok()));
    let at = |origin: Origin, size| reader.note_at(&origin, size).ok().flatten();
    origin.zip(size).and_then(|(origin, size)| at(origin, size)).is_some_and(|held| held == note)
}
