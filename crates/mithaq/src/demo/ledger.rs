//! What was sent, by the caller's own ids, and the comparison with what the other side holds.

use std::collections::BTreeMap;

use protocol::suite::{AwsLc, Suite};
use serde_json::Value;

use super::Agency;
use crate::{
    api::{Call, query},
    failure::Failure,
    reference::LogIndex,
};

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
    pub fn enter(&mut self, channel: &str, id: &str, body: &[u8], answer: &Value) -> Result<(), Failure> {
        if let Some(error) = answer.get("error") {
            return Err(Failure::from_line(error).while_doing(format!("record {id}")));
        }
        let place: LogIndex = serde_json::from_value(answer["ref"].clone())
            .map_err(|error| Failure::internal(format!("the answer to record {id}: {error}")))?;
        let sent = Sent { reference: place.within(channel), sha256: hex::encode(AwsLc.sha256(&[body])) };
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
    pub async fn compare(&self, receiver: &Agency, channel: &str) -> Result<Compared, Failure> {
        let path = query("/v1/records", &[("channel", Some(channel))]);
        let listed = receiver.api().lines(Call::get(&path)).await?;
        let mut held = BTreeMap::new();
        let mut bodies: BTreeMap<String, usize> = BTreeMap::new();
        for record in listed.iter().filter(|record| is_received(record)) {
            let sha256 = record["sha256"].as_str().unwrap_or_default().to_owned();
            *bodies.entry(sha256.clone()).or_default() += 1;
            held.insert(reference(record), sha256);
        }
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
fn is_received(record: &Value) -> bool {
    record["direction"] == "in" && record["kind"].as_str().is_some_and(|kind| !kind.starts_with("mithaq."))
}

fn reference(record: &Value) -> String {
    let text = |field: &str| record[field].as_str().unwrap_or_default().to_owned();
    let (channel, party, epoch, lane) = (text("channel"), text("party"), &record["epoch"], text("lane"));
    format!("{channel}/{party}/{epoch}/{lane}/{}", record["index"])
}
