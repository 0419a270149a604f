//! Records of ours that are in a log and have not left: they are decided once more before they do.

use protocol::{
    channel::{Channel, open::period_of},
    commit::StoredBatch,
    date::Date,
    encoding::to_base64,
    id::AgencyId,
    origin::Position,
    record::Context,
};
use store::StoreError;

use super::Sending;
use crate::{
    clock,
    decide::{self, Candidate, Decider, life},
    protection::{Hidden, Item, Leaving},
    records::{self, Opened},
};

/// What comes of deciding the records of a batch again.
struct Again {
    /// For each record, whether it may still leave.
    may_leave: Vec<bool>,
    /// Those that a hidden rule stops.
    stopped: Vec<Stopped>,
}

/// A record that was recorded, and that a hidden rule stops before it left.
struct Stopped {
    position: Position,
    opened: Opened,
    rule: &'static str,
}

impl Sending {
    /// Decides records of ours again that waited: what agreement, clock or officers no longer allow is withheld. What a
    /// hidden rule stops is kept aside: the protection officer sees it, and a request that it answers ends as it would have.
    ///
    /// Gives, for each record of the batch, whether it may still leave.
    ///
    /// # Errors
    /// The store can't be read or written.
    pub fn leaving_again(
        &self,
        channel: &Channel,
        stored: &StoredBatch,
        partner: &AgencyId,
        today: Date,
    ) -> Result<Vec<bool>, StoreError> {
        let Again { may_leave, stopped } = decide_again(&self.decider, channel, stored, partner, today)?;
        if self.protection.watches(channel) {
            self.hide_all(channel, stored)?;
        }
        stopped.into_iter().try_for_each(|stopped| self.keep(stopped))?;
        Ok(may_leave)
    }

    /// Offices are not shown which of these left: they see none of them from now on.
    fn hide_all(&self, channel: &Channel, stored: &StoredBatch) -> Result<(), StoreError> {
        let origin = stored.batch.origin;
        for index in stored.batch.first..stored.batch.size() {
            let position = Position { origin, index };
            let Ok(opened) = records::open_in(channel, stored, &position) else { continue };
            if opened.header.is_protocol() || self.protection.aside(|index| index.knows(&position)) {
                continue;
            }
            let period = period_of(&opened.header, clock::now_ms());
            let item = Item::Hidden(Hidden { position, thread: opened.header.thread, opens: false });
            let laid = self.protection.lay(&self.db, origin.channel, (&item, period), None);
            laid.map_err(|error| StoreError::Damaged {
                place: "what lies aside".into(),
                reason: error.message.to_string(),
            })?;
            if let Some(thread) = opened.header.thread {
                self.upkeep.show_again(channel, &[(thread, origin.lane)])?;
            }
        }
        Ok(())
    }

    fn keep(&self, Stopped { position, opened, rule }: Stopped) -> Result<(), StoreError> {
        let is_kept =
            self.protection.aside(|index| index.leaving().iter().any(|known| known.recorded == Some(position)));
        if is_kept {
            return Ok(());
        }
        let period = period_of(&opened.header, clock::now_ms());
        let leaving = Leaving {
            lane: position.origin.lane,
            header: String::from_utf8_lossy(&opened.header_bytes).into_owned(),
            body: to_base64(&opened.body),
            approvals: String::from_utf8_lossy(&opened.approvals).into_owned(),
            token: "node".into(),
            person: None,
            role: "node".into(),
            at: 0,
            stopped: Some(rule.to_owned()),
            hidden: true,
            near: false,
            looked_at: false,
            recorded: Some(position),
        };
        let item = Item::Leaving(Box::new(leaving));
        let laid = self.protection.lay(&self.db, position.origin.channel, (&item, period), None);
        laid.map_err(|error| StoreError::Damaged {
            place: "what lies aside".into(),
            reason: error.message.to_string(),
        })?;
        self.protection.woken.notify_one();
        Ok(())
    }
}

/// Records are judged by the version in force now, whatever governs their place: what it forbids does not leave any more.
fn decide_again(
    decider: &Decider,
    channel: &Channel,
    stored: &StoredBatch,
    partner: &AgencyId,
    today: Date,
) -> Result<Again, StoreError> {
    let origin = stored.batch.origin;
    let own = channel.own_log(origin.lane);
    let terms = decider
        .terms(channel, &own, &channel.governing(&own), today)?
        .filter(|terms| life::check_sending(channel, terms.agreement(), today).is_ok())
        .filter(|_| !channel.is_suspended(partner));
    let mut stopped = Vec::new();
    let may_leave = |index| {
        let position = Position { origin, index };
        let Ok(opened) = records::open_in(channel, stored, &position) else { return false };
        if opened.header.is_protocol() {
            return true;
        }
        let Some(terms) = &terms else { return false };
        let context = Context { channel: channel.id(), author: origin.agency, agreement: opened.agreement };
        let given = decide::approvals_of(channel, &context, &opened.header_bytes, &opened.body, &opened.approvals);
        let Ok(given) = given else { return false };
        let candidate = Candidate { header: &opened.header, body: &opened.body, approvals: &given };
        if !terms.leaving_again(&candidate) {
            return false;
        }
        match decider.stopped(terms, channel, &candidate) {
            Ok(None) => true,
            Ok(Some((rule, _))) => {
                stopped.push(Stopped { position, opened, rule });
                false
            }
            // What can't be decided does not leave.
            Err(_) => false,
        }
    };
    let may_leave = (stored.batch.first..stored.batch.size()).map(may_leave).collect();
    Ok(Again { may_leave, stopped })
}
