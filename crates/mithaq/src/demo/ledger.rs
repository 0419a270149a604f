//! What was sent, by the caller's own ids, and the comparison with what the other side holds.

use std::collections::BTreeMap;

use node::{
    answers::submission::LineOutcome,
    reading::page::{Direction, Listed},
};
use protocol::{
    id::ChannelId,
    suite::{AwsLc, Suite},
};

use super::Agency;
use crate::{failure::Failure, reference::within};

/// Every record whose sending returned.
#[derive(Default)]
pub struct Ledger(BTreeMap<String, Sent>);

/// One record, as its sender knows it.
pub struct Sent {
    /// `CHANNEL/AGENCY/EPOCH/LANE/INDEX`
    pub reference: String,
    /// SHA-256 of the body, computed here.
    pub sha256: String,
}

/// What came of the comparison.
pub struct Compared {
    /// Sent, and held at its place with the same bytes.
    pub delivered: usize,
    /// Sent, and not held so.
    pub lost: usize,
    /// Bodies held more than once, or by a number that nobody was told.
    pub duplicates: usize,
}

impl Ledger {
    /// Notes the answer to one line, whose body this is. A repeated answer must name the same place.
    pub fn enter(&mut self, channel: ChannelId, id: &str, body: &[u8], outcome: LineOutcome) -> Result<(), Failure> {
        let place = match outcome {
            LineOutcome::Placed { r#ref, .. } => r#ref,
            LineOutcome::Failed { error } => return Err(Failure::from(error).while_doing(format!("record {id}"))),
            LineOutcome::Waits { .. } => return Err(Failure::internal(format!("record {id} waits"))),
        };
        let sent = Sent { reference: within(channel, &place), sha256: hex::encode(AwsLc.sha256(&[body])) };
        match self.0.get(id) {
            Some(before) if before.reference != sent.reference => Err(Failure::internal(format!(
                "record {id} was answered with two places, {} and {}",
                before.reference, sent.reference
            ))),
            _ => {
                self.0.insert(id.to_owned(), sent);
                Ok(())
            }
        }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// A record by its id.
    pub fn get(&self, id: &str) -> Result<&Sent, Failure> {
        self.0.get(id).ok_or_else(|| Failure::internal(format!("record {id} was not sent")))
    }

    /// Compares with what the receiver lists.
    pub async fn compare(&self, receiver: &Agency) -> Result<Compared, Failure> {
        let mut held = BTreeMap::new();
        let mut bodies: BTreeMap<String, usize> = BTreeMap::new();
        let api = receiver.api();
        let all = api.list::<Listed>("/v1/records", &[], |line| {
            let record = line.read()?;
            if is_received(&record) {
                let sha256 = record.sha256.clone().unwrap_or_default();
                *bodies.entry(sha256.clone()).or_default() += 1;
                held.insert(reference(&record), sha256);
            }
            Ok(())
        });
        all.await?;
        let delivered = self.0.values().filter(|sent| held.get(&sent.reference) == Some(&sent.sha256)).count();
        let twice = bodies.values().filter(|count| **count > 1).count();
        Ok(Compared {
            delivered,
            lost: self.0.len() - delivered,
            duplicates: twice.max(held.len().saturating_sub(self.0.len())),
        })
    }
}

/// Whether a line of the list is a record of officers that came from the other side.
fn is_received(record: &Listed) -> bool {
    record.direction == Direction::In && record.kind.as_ref().is_some_and(|kind| !kind.starts_with("mithaq."))
}

fn reference(record: &Listed) -> String {
    let Listed { channel, party, epoch, lane, index, .. } = record;
    format!("{channel}/{party}/{epoch}/{}/{index}", lane.name())
}
