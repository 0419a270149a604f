//! What each link to a partner last met: for people who ask why something is stuck.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
};

use protocol::id::{AgencyId, ChannelId};

use crate::limits;

/// The links of a node, by channel and partner.
#[derive(Default)]
pub struct Links(RwLock<BTreeMap<(ChannelId, AgencyId), Link>>);

/// A link.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// When the partner last took something or answered, milliseconds since 1970.
    pub worked_ms: Option<u64>,
    /// What broke it since, and when it first did.
    pub problem: Option<(String, u64)>,
}

impl Link {
    /// Whether it has been broken for so long that whoever had nothing to send has noticed it too, by comparing heads.
    pub fn has_been_broken(&self, now: u64) -> bool {
        let long_ms = 2 * limits::HEADS_SECONDS * 1000;
        self.problem.as_ref().is_some_and(|(_, since)| now.saturating_sub(*since) >= long_ms)
    }
}

impl Links {
    /// The partner took something or answered.
    pub fn worked(&self, channel: ChannelId, partner: AgencyId, now: u64) {
        self.change(channel, partner, |link| *link = Link { worked_ms: Some(now), problem: None });
    }

    /// The link broke. The same problem keeps the time at which it first came.
    pub fn failed(&self, channel: ChannelId, partner: AgencyId, problem: &str, now: u64) {
        self.change(channel, partner, |link| {
            if link.problem.as_ref().is_none_or(|(known, _)| known != problem) {
                link.problem = Some((problem.to_owned(), now));
            }
        });
    }

    /// A link as it is now.
    pub fn of(&self, channel: ChannelId, partner: AgencyId) -> Link {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&(channel, partner)).cloned().unwrap_or_default()
    }

    fn change(&self, channel: ChannelId, partner: AgencyId, change: impl FnOnce(&mut Link)) {
        change(self.0.write().unwrap_or_else(PoisonError::into_inner).entry((channel, partner)).or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_keeps_its_first_time_until_the_link_works() {
        let (links, channel, partner) = (Links::default(), ChannelId::new([1; 32]), AgencyId::new([2; 32]));
        assert_eq!(links.of(channel, partner), Link::default());
        links.worked(channel, partner, 5);
        links.failed(channel, partner, "no route", 10);
        links.failed(channel, partner, "no route", 20);
        let link = links.of(channel, partner);
        assert_eq!(link, Link { worked_ms: Some(5), problem: Some(("no route".into(), 10)) });
        links.failed(channel, partner, "refused", 30);
        assert_eq!(links.of(channel, partner).problem, Some(("refused".into(), 30)));
        links.worked(channel, partner, 40);
        assert_eq!(links.of(channel, partner), Link { worked_ms: Some(40), problem: None });
    }
}
