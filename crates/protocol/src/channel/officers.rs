//! Officers: enrolled by an entry in their party's log, until that party revokes the enrolment.
//!
//! Position decides, never the clock: an approval counts at a place if no revocation of its enrolment stands before that
//! place. What was approved before stays approved, and so do the evidence files that prove it.

use alloc::{collections::BTreeSet, sync::Arc, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{Channel, Env, Step, life::CannotAct, open::Opening};
use crate::{
    control::Control,
    limits,
    origin::{Origin, Position},
    record::{self, Approval, Context, Enrolment, Judged, Officer, Parts},
};

/// An officer and the log entry that enrolled them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolledOfficer {
    /// The log.
    pub origin: Origin,
    /// The entry.
    pub index: u64,
    /// Office and key.
    pub officer: Officer,
}

/// A revocation at its place in a log of the officer's party.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revoked {
    /// The log.
    pub origin: Origin,
    /// The entry.
    pub index: u64,
    /// What is revoked.
    pub enrolment: Enrolment,
}

impl EnrolledOfficer {
    /// The place of the enrolment.
    pub const fn enrolment(&self) -> Enrolment {
        Enrolment { origin: self.origin, index: self.index }
    }
}

impl Revoked {
    /// Whether it stands before a place: in the same log, or in an earlier epoch of the same party.
    fn is_before(&self, place: &Position) -> bool {
        let log = &place.origin;
        if self.origin == *log {
            return self.index < place.index;
        }
        self.origin.agency == log.agency && self.origin.epoch < log.epoch
    }
}

impl Channel {
    /// The officers enrolled by all parties, also those whose enrolment was revoked.
    pub fn officers(&self) -> &[EnrolledOfficer] {
        &self.shared.officers
    }

    /// The officer enrolled at a place, revoked or not.
    pub fn officer(&self, enrolment: &Enrolment) -> Option<&Officer> {
        let mut officers = self.shared.officers.iter();
        officers.find(|enrolled| enrolled.enrolment() == *enrolment).map(|enrolled| &enrolled.officer)
    }

    /// The first revocation of an enrolment that is known here.
    pub fn revocation(&self, enrolment: &Enrolment) -> Option<&Revoked> {
        self.shared.revoked.iter().find(|revoked| revoked.enrolment == *enrolment)
    }

    /// The officer enrolled at a place by this party, if nobody has revoked that: whose approval counts for the next
    /// record.
    pub fn own_officer(&self, enrolment: &Enrolment) -> Option<&Officer> {
        let counts = enrolment.origin.agency == self.me && self.revocation(enrolment).is_none();
        if counts { self.officer(enrolment) } else { None }
    }

    /// The officers of this party whose approvals count for the next record.
    pub fn own_officers(&self) -> impl Iterator<Item = &EnrolledOfficer> {
        let own = self.shared.officers.iter().filter(|enrolled| enrolled.origin.agency == self.me);
        own.filter(|enrolled| self.revocation(&enrolled.enrolment()).is_none())
    }

    /// Revokes enrolments of this party: from here on nothing that is approved under them counts. Each own log tells by
    /// itself whose approvals may follow in it, so the revocations stand in all.
    pub fn revoke(&self, env: &mut Env<'_>, enrolments: &[Enrolment]) -> Result<Step, CannotAct> {
        let unknown = enrolments.iter().any(|enrolment| self.own_officer(enrolment).is_none());
        if enrolments.is_empty() || unknown {
            return Err(CannotAct::NotEnrolled);
        }
        let controls: Vec<Control> = enrolments.iter().copied().map(Control::Revocation).collect();
        self.act(env, &controls)
    }

    /// Whether this party has revoked an officer after a place in a log of its own.
    pub fn has_revoked_since(&self, place: &Position) -> bool {
        let own = self.shared.revoked.iter().filter(|revoked| revoked.origin.agency == self.me);
        let (log, lane) = (place.origin, place.origin.lane);
        own.filter(|revoked| revoked.origin.lane == lane && revoked.origin.epoch >= log.epoch)
            .any(|revoked| !revoked.is_before(place))
    }

    /// The revocations that a new own log begins with.
    pub(super) fn own_revocations(&self) -> impl Iterator<Item = Control> {
        let own = self.shared.revoked.iter().filter(|revoked| revoked.origin.agency == self.me);
        let enrolments: BTreeSet<Enrolment> = own.map(|revoked| revoked.enrolment).collect();
        enrolments.into_iter().map(Control::Revocation)
    }

    /// Takes up a revocation at its place in a log.
    pub(super) fn take_up_revocation(&mut self, origin: &Origin, index: u64, enrolment: &Enrolment) {
        if self.is_revoked_before(enrolment, &Position { origin: *origin, index }) {
            return;
        }
        let shared = Arc::make_mut(&mut self.shared);
        shared.revoked.push(Revoked { origin: *origin, index, enrolment: *enrolment });
        shared.changes = shared.changes.saturating_add(1);
    }

    fn is_revoked_before(&self, enrolment: &Enrolment, place: &Position) -> bool {
        let mut revoked = self.shared.revoked.iter().filter(|revoked| revoked.enrolment == *enrolment);
        revoked.any(|revoked| revoked.is_before(place))
    }
}

impl Opening<'_> {
    /// Why an enrolment or a revocation is refused, if it is. What is taken up is kept as long as the channel, so a partner
    /// can't make it grow without end.
    pub(super) fn officers_refuse(&self, control: &Control) -> Option<&'static str> {
        let by_author = |origin: &Origin| origin.agency == self.origin.agency;
        let here = |wanted: fn(&Control) -> bool| self.controls.iter().filter(|(_, control)| wanted(control)).count();
        let shared = &self.channel.shared;
        let end = Position { origin: self.origin, index: u64::MAX };
        let is_full = match control {
            Control::Revocation(enrolment) if !by_author(&enrolment.origin) => return Some("not-its-officer"),
            // A new epoch says again what holds already, and nothing more is kept of it.
            Control::Revocation(enrolment) if self.channel.is_revoked_before(enrolment, &end) => false,
            Control::Enrolment(_) => {
                let before = shared.officers.iter().filter(|enrolled| by_author(&enrolled.origin)).count();
                before + here(|control| matches!(control, Control::Enrolment(_))) >= limits::OFFICERS_MAX
            }
            Control::Revocation(_) => {
                let before = shared.revoked.iter().filter(|revoked| by_author(&revoked.origin)).count();
                before + here(|control| matches!(control, Control::Revocation(_))) >= limits::REVOCATIONS_MAX
            }
            _ => false,
        };
        is_full.then_some("too-many-officers")
    }

    /// How much of the author's other lane must be here before these approvals can be judged, if it is not: the lanes travel
    /// apart, and an officer is enrolled in one of them.
    pub(super) fn enrolled_elsewhere(&self, approvals: &[Approval]) -> Option<(Origin, u64)> {
        let beside = |log: &Origin| {
            let Origin { channel, agency, epoch, lane } = self.origin;
            log.lane != lane && *log == Origin { channel, agency, epoch, lane: log.lane }
        };
        let mut enrolments = approvals.iter().map(|approval| approval.enrolment).filter(|place| beside(&place.origin));
        let unseen = enrolments.find(|place| place.index >= self.channel.size(&place.origin))?;
        Some((unseen.origin, unseen.index.saturating_add(1)))
    }

    /// Judges the approvals of a record. Most records carry none: then nothing is hashed again.
    pub(super) fn judged(
        &self,
        place: &Position,
        approvals: Vec<Approval>,
        context: &Context,
        parts: &Parts<'_>,
    ) -> Vec<Judged> {
        if approvals.is_empty() {
            return Vec::new();
        }
        let digest = record::digest(self.suite, context, parts.header, parts.body);
        let officer = |enrolment: &Enrolment| self.officer(enrolment, place);
        record::judge(self.suite, &context.author, approvals, &digest, officer)
    }

    /// The officer whose enrolment counts at a place, also by what this very batch enrols and revokes.
    fn officer(&self, enrolment: &Enrolment, place: &Position) -> Option<&Officer> {
        let revoked_here = self.controls.iter().any(|(_, control)| *control == Control::Revocation(*enrolment));
        if revoked_here || self.channel.is_revoked_before(enrolment, place) {
            return None;
        }
        let enrolled_here = || {
            self.controls.iter().find_map(|(index, control)| match control {
                Control::Enrolment(officer) if enrolment.origin == self.origin && enrolment.index == *index => {
                    Some(officer)
                }
                _ => None,
            })
        };
        self.channel.officer(enrolment).or_else(enrolled_here)
    }
}
