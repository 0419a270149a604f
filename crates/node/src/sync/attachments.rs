//! Fetching attachments that a partner's records name: resumed where it stopped, checked whole, then confirmed.

use hyper::{Method, StatusCode};
use std::sync::Arc;
use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use protocol::{
    commit::{BlobLink, Commit},
    control::{Control, Places},
    id::Hash,
    origin::Position,
};
use tokio::time::sleep;

use super::{Link, LinkError, beside};
use crate::{attachments, limits, work::blocking};

/// Fetches whatever is missing, at the start and whenever a record names more.
pub(super) async fn run(link: Link) {
    let mut stop = link.parts.stop.clone();
    let mut wanted = link.channel.wanted_attachments();
    while !*stop.borrow() {
        wanted.mark_unchanged();
        let pause_ms = match link.fetch_missing().await {
            Ok(()) => limits::BLOB_IDLE_MS,
            Err(error) => {
                tracing::debug!(channel = %link.channel.id(), partner = %link.partner, %error, "attachments wait");
                limits::LINK_PAUSE_MS_MAX
            }
        };
        tokio::select! {
            changed = wanted.changed() => if changed.is_err() { return },
            () = sleep(Duration::from_millis(pause_ms)) => {}
            _ = stop.wait_for(|stopped| *stopped) => return,
        }
    }
}

impl Link {
    async fn fetch_missing(&self) -> Result<(), LinkError> {
        let (db, channel) = (Arc::clone(&self.parts.db), self.channel.id());
        let missing = beside(move || db.reader()?.incomplete_blobs(channel)).await?;
        let mut by_record: BTreeMap<Position, Vec<BlobLink>> = BTreeMap::new();
        for link in missing.into_iter().filter(|link| link.position.origin.agency == self.partner) {
            by_record.entry(link.position).or_default().push(link);
        }
        for (position, links) in by_record {
            for link in &links {
                self.fetch(link).await?;
            }
            self.confirm(position, links).await?;
        }
        Ok(())
    }

    /// Fetches one blob from where the last try stopped. Its digest is its name, so a wrong one never counts.
    async fn fetch(&self, link: &BlobLink) -> Result<(), LinkError> {
        loop {
            let (db, blob) = (Arc::clone(&self.parts.db), link.blob);
            let begun = beside(move || match db.blobs.progress(&blob)?.complete {
                true => Ok(None),
                false => db.blobs.writer(&blob).map(Some),
            });
            let Some(mut writer) = begun.await? else { return Ok(()) };
            while writer.stored() < link.bytes {
                self.parts.db.check_room().map_err(|full| LinkError::Partner(full.message.to_string()))?;
                let chunk = self.chunk(&link.blob, writer.stored()).await?;
                if chunk.is_empty() || writer.stored() + chunk.len() as u64 > link.bytes {
                    return Err(LinkError::Partner("it sends an attachment of another length than announced".into()));
                }
                writer = beside(move || writer.append(writer.stored(), &chunk).map(|()| writer)).await?;
            }
            beside(move || writer.finish()).await?;
        }
    }

    async fn chunk(&self, blob: &Hash, offset: u64) -> Result<Bytes, LinkError> {
        let path = format!("/peer/v1/blobs/{}?offset={offset}", hex::encode(blob));
        let answer = self.request(Method::GET, &path, "application/octet-stream", Bytes::new()).await?;
        match answer.status {
            StatusCode::OK => Ok(answer.body),
            status => {
                Err(LinkError::Answer { what: "a request for an attachment", status, text: super::lossy(&answer) })
            }
        }
    }

    /// All attachments of a record are here: open each, compare its plain digest, and tell the sender.
    async fn confirm(&self, position: Position, mut links: Vec<BlobLink>) -> Result<(), LinkError> {
        let (db, channel) = (Arc::clone(&self.parts.db), self.channel.value());
        let checked = blocking(move || attachments::check_all(&db, &channel, &position)).await;
        if let Err(problem) = checked {
            return Err(LinkError::Partner(format!("attachments of entry {}: {}", position.index, problem.message)));
        }
        for link in &mut links {
            link.complete = true;
        }
        let places = Places { origin: position.origin, indexes: vec![position.index] };
        let complete = move |commit: &mut Commit| commit.complete_attachments(position, links);
        self.channel
            .by_itself()
            .append_with(position.origin.lane, vec![Control::Attachments(places)], complete)
            .await?;
        Ok(())
    }
}
