//! What one officer released alone, and what another finds (EYE-03): of the caller's compartment.

use protocol::{id::ChannelId, origin::Position};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Disclosed, Reading};
use crate::{
    audit::{Count, Noted},
    callers::Caller,
    clock,
    fault::Fault,
    reviews::{self, Finding, Outcome, Review},
    threads::openers::Openers,
    words,
};

/// Every release of the caller's compartment, reviewed or not.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Reviews {
    /// The earliest first.
    pub reviews: Vec<Review>,
}

/// A review that is concluded.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Concluded {
    /// The review.
    #[serde(flatten)]
    pub review: Review,
    /// After an objection: the order that has the content erased at every party, for whoever may give it.
    pub erase: Option<EraseOrder>,
}

/// Which record's content is to be destroyed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Erase")]
pub struct EraseOrder {
    /// The channel.
    #[schemars(with = "words::Id")]
    pub channel: ChannelId,
    /// The log: `<agency>/<epoch>/<lane>`.
    pub log: String,
    /// The record's number there.
    pub index: u64,
    /// Whether the partners are ordered to erase it too: only the author of a record can.
    #[serde(default = "yes")]
    pub order: bool,
}

const fn yes() -> bool {
    true
}

/// A review, in the audit log.
#[derive(Serialize)]
struct Reviewed {
    rule: &'static str,
    outcome: Finding,
}

impl Reading {
    /// Releases by one officer, of the caller's compartment.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn reviews(&self, caller: &Caller) -> Result<Disclosed<Reviews>, Fault> {
        let mut openers = Openers::new(&self.upkeep);
        let mut reviews = Vec::new();
        for review in reviews::list(&self.db, &self.channels.ids(), clock::now_ms())? {
            let channel = self.channel(&review.channel)?.value();
            let position = review.record.position(review.channel);
            let opener = openers.of_entry(&channel, &position)?;
            let thread = self.threads.rows.threads_in(&position.origin, position.index, 1)?;
            let is_shown = self.protection.shows(caller, &position, thread.first()) || caller.oversees();
            if is_shown && caller.sees(Some(&review.kind), opener) {
                reviews.push(review);
            }
        }
        let noted = Noted::facts(&Count { listed: reviews.len() });
        Ok(Disclosed::new(Reviews { reviews }, noted))
    }

    /// Keeps what the caller, another officer, found. It is durable when this returns, and it stays.
    ///
    /// # Errors
    /// Nobody released it alone, it is of another compartment, it was reviewed already, or the caller submitted it
    /// (EYE-03).
    pub fn conclude(
        &self,
        caller: &Caller,
        position: &Position,
        finding: Finding,
    ) -> Result<Disclosed<Concluded>, Fault> {
        let channel = self.channel(&position.origin.channel)?.value();
        let opener = Openers::new(&self.upkeep).of_entry(&channel, position)?;
        let may = |review: &Review| caller.check_sees(Some(&review.kind), opener);
        let review = reviews::conclude(&self.db, caller, position, finding, may)?;
        let objected = matches!(&review.outcome, Some(Outcome { finding: Finding::Objected(_), .. }));
        let erase = (objected && !review.erased).then(|| EraseOrder {
            channel: position.origin.channel,
            log: position.origin.short(),
            index: position.index,
            order: true,
        });
        let noted = Noted::facts(&Reviewed { rule: reviews::RULE, outcome: finding });
        Ok(Disclosed::new(Concluded { review, erase }, noted))
    }
}
