//! Who may see a draft, write on it and decide about it: asked once of a caller, for as many drafts as there are.

use std::{collections::BTreeSet, sync::Arc};

use protocol::{agreement::ApprovalRole, date::Date};
use texts::say;

use super::{Brief, State};
use crate::{
    callers::{Caller, Role},
    clock,
    fault::{Code, Fault},
    people::{People, Person},
};

/// A caller who looks at drafts.
pub(super) struct Viewer<'a> {
    caller: &'a Caller,
    me: Option<&'a str>,
    /// Ids of the people for whom the caller acts today.
    acts_for: BTreeSet<String>,
    people: Arc<Vec<Person>>,
    today: Date,
}

impl<'a> Viewer<'a> {
    pub(super) fn of(caller: &'a Caller, people: &People) -> Self {
        let (me, today) = (caller.person(), clock::today());
        let acts_for = me.map(|me| people.acts_for(me, today)).unwrap_or_default();
        Self { caller, me, acts_for, people: people.list(), today }
    }

    /// Whether the draft concerns the caller, and is in the caller's compartment and purposes.
    pub(super) fn sees(&self, brief: &Brief) -> bool {
        self.caller.is_auditor()
            || self.me.is_some()
                && self.caller.sees(Some(&brief.kind), brief.opened_by.as_deref())
                && self.caller.purposes().include(&brief.purpose)
                && (self.writes(brief) || self.decides(brief) && self.is_meant(brief))
    }

    /// Whether the caller writes on it: who wrote it, and whoever it is with.
    pub(super) fn writes(&self, brief: &Brief) -> bool {
        let is_with = brief.with().is_some_and(|with| with.is(self.caller, &self.acts_for));
        self.me.is_some() && (is_with || !brief.writers.is_disjoint(&self.acts_for) || self.is_left(brief))
    }

    /// The same, with the error to answer.
    pub(super) fn check_writes(&self, brief: &Brief) -> Result<(), Fault> {
        if self.writes(brief) {
            return Ok(());
        }
        Err(Fault::new(Code::Forbidden, say!("writers-of-draft")))
    }

    /// Whether the caller's role releases what is handed over, or approves it by its clause.
    fn decides(&self, brief: &Brief) -> bool {
        brief.state != State::Open && (self.releases() || self.approves_one_of(&brief.needs))
    }

    /// That the caller may return or refuse it: whoever decides about it, and who wrote it.
    pub(super) fn check_decides(&self, brief: &Brief) -> Result<(), Fault> {
        if self.decides(brief) || self.me.is_some_and(|me| brief.writers.contains(me)) {
            return Ok(());
        }
        Err(Fault::new(Code::Forbidden, say!("returners-of-draft")))
    }

    /// Whether it waits for the caller: to be written on, or to be approved.
    pub(super) fn waits(&self, brief: &Brief) -> bool {
        match brief.state {
            State::Open => brief.bring_back().is_none_or(|day| day <= self.today) && self.has_it(brief),
            State::HandedOver => {
                let is_own = self.me.is_none_or(|me| brief.writers.contains(me));
                let is_asked = match &brief.missing[..] {
                    [] => self.releases(),
                    missing => self.approves_one_of(missing),
                };
                !is_own && is_asked && self.is_meant(brief)
            }
            State::Leaving | State::Sent | State::Refused => false,
        }
    }

    /// Whether it is the caller's turn to write: of what was given to somebody, theirs.
    fn has_it(&self, brief: &Brief) -> bool {
        match brief.with() {
            Some(with) => with.is(self.caller, &self.acts_for),
            None => !brief.writers.is_disjoint(&self.acts_for),
        }
    }

    /// To whom it was handed is said of its release: whoever else approves it by its clause is meant whatever was said.
    fn is_meant(&self, brief: &Brief) -> bool {
        !self.releases() || brief.with().is_none_or(|with| with.is(self.caller, &self.acts_for))
    }

    fn releases(&self) -> bool {
        self.caller.token_role() == Some(Role::ReleaseAuthority)
    }

    fn approves_one_of(&self, parts: &[ApprovalRole]) -> bool {
        parts.iter().any(|part| *part != ApprovalRole::Author && approves_as(self.caller, *part))
    }

    /// Whether everybody who wrote it has left, so that it falls to their office.
    fn is_left(&self, brief: &Brief) -> bool {
        let is_here = |id: &String| self.people.iter().any(|person| person.id == *id && person.is_here());
        brief.office().is_some() && self.caller.office() == brief.office() && !brief.writers.iter().any(is_here)
    }
}

/// Whether the caller's role is the one in which an approval is given.
pub(super) fn approves_as(caller: &Caller, part: ApprovalRole) -> bool {
    let role = match part {
        ApprovalRole::Author => return caller.token_role().is_some(),
        ApprovalRole::ReleaseAuthority => Role::ReleaseAuthority,
        ApprovalRole::HeadOfDelegation => Role::HeadOfDelegation,
        ApprovalRole::Dpo => Role::Dpo,
        ApprovalRole::FundamentalRightsOfficer => Role::FundamentalRightsOfficer,
        ApprovalRole::Observer => Role::Observer,
        ApprovalRole::ProtectionOfficer => Role::ProtectionOfficer,
    };
    caller.token_role() == Some(role)
}
