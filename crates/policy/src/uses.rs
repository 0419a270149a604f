//! What may be done with a record that was received: by officers, by programs, by another agency. And which own records
//! another officer must look at after they left.

use protocol::agreement::ApprovalRole;
use protocol::header::{Header, Urgency, UrgencyGround};

use crate::facts::GivenApproval;
use crate::floor::{han_02, han_03, pur_01, pur_02};
use crate::refusal::Refusal;

/// The purpose of those who watch over the exchange: it lets them read whatever their role may see, and nothing else.
pub const OVERSIGHT: &str = "oversight";

/// A use of a received record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use<'a> {
    /// The record's header.
    pub header: &'a Header,
    /// What is to be done.
    pub act: Act,
    /// For which purpose.
    pub purpose: &'a str,
    /// What the provider has permitted, on record.
    pub permitted: Permitted,
}

/// What is done with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// It is read, searched or worked with.
    Consult,
    /// It is used in judicial proceedings.
    Court,
    /// It is given to another office, in the same state or elsewhere.
    Disseminate,
    /// It is taken up for a purpose for which it was not supplied.
    Repurpose,
}

/// What the provider's recorded permissions, as they are in force, say of a use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permitted {
    /// The purpose of the use, which is not the one that the record was supplied for.
    pub purpose: bool,
    /// The use in court.
    pub court: bool,
    /// That the office gets it.
    pub office: bool,
}

/// Whether the record may be used so. The first rule that refuses gives the reason.
///
/// # Errors
/// Rule, field and what to do.
pub fn may_use(used: &Use<'_>) -> Result<(), Refusal> {
    pur_01::check(used)?;
    pur_02::check(used)?;
    han_02::check(used)?;
    han_03::check(used)
}

/// Whether what was supplied for one purpose may be read for another without a permission: PUR-01 as lists and search
/// apply it.
pub fn may_read_for(purpose: &str, supplied: &str) -> bool {
    purpose == supplied || purpose == OVERSIGHT
}

/// Whether one officer released the record alone, against an imminent threat to life, so that another officer must
/// review it afterwards (EYE-03).
pub fn needs_review(header: &Header, approvals: &[GivenApproval]) -> bool {
    let second = |approval: &GivenApproval| approval.verified && approval.role == ApprovalRole::ReleaseAuthority;
    header.personal() && may_be_alone(header) && !approvals.iter().any(second)
}

/// Whether one officer may release alone what concerns a person: against an imminent threat to life (EYE-03).
fn may_be_alone(header: &Header) -> bool {
    header.urgency == Urgency::Urgent && header.urgency_ground == Some(UrgencyGround::ThreatToLife)
}

/// Who must approve a record whose clause asks for these: whatever concerns a person takes its author and, unless one
/// may release it alone, a release authority, whether the clause says so or not (EYE-01, EYE-03).
pub fn approvals_needed(header: &Header, by_clause: &[ApprovalRole]) -> Vec<ApprovalRole> {
    let mut needed = by_clause.to_vec();
    let by_floor = match (header.personal(), may_be_alone(header)) {
        (false, _) => &[][..],
        (true, true) => &[ApprovalRole::Author],
        (true, false) => &[ApprovalRole::Author, ApprovalRole::ReleaseAuthority],
    };
    for role in by_floor {
        if !needed.contains(role) {
            needed.push(*role);
        }
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{self, Expected};
    use crate::floor::RULES;

    #[test]
    fn what_eye_03_lets_one_officer_release_alone_is_what_needs_a_review() {
        let rule = RULES.iter().find(|rule| rule.id == "EYE-03").unwrap();
        let cases = case::of_rule(rule);
        let passing: Vec<_> = cases.iter().filter(|case| case.expected == Expected::Allowed).collect();
        assert!(!passing.is_empty());
        for case in passing {
            assert!(needs_review(&case.header, &case.approvals), "{}", case.name);
            let mut two = case.approvals.clone();
            two.push(GivenApproval { role: ApprovalRole::ReleaseAuthority, ..two[0] });
            assert!(!needs_review(&case.header, &two), "two officers");
            two[1].verified = false;
            assert!(needs_review(&case.header, &two), "a second approval that does not verify is none");
        }
        let (header, approvals) = case::base("person");
        assert!(!needs_review(&header, &approvals[..1]), "nothing urgent");
        assert!(!needs_review(&case::base("note").0, &[]), "nobody is concerned");
    }

    #[test]
    fn what_is_asked_for_is_what_the_floor_asks_for() {
        for id in ["EYE-01", "EYE-03"] {
            let rule = RULES.iter().find(|rule| rule.id == id).unwrap();
            for case in case::of_rule(rule) {
                let given: Vec<_> = case.approvals.iter().filter(|one| one.verified).map(|one| one.role).collect();
                let is_enough = approvals_needed(&case.header, &[]).iter().all(|role| given.contains(role));
                assert!(is_enough || case.expected != Expected::Allowed, "{id}: {} passes with less", case.name);
            }
        }
        let two = [ApprovalRole::Author, ApprovalRole::ReleaseAuthority];
        assert_eq!(approvals_needed(&case::base("person").0, &two[..1]), two, "none twice");
        assert_eq!(approvals_needed(&case::base("note").0, &[]), [], "nobody is concerned");
    }

    #[test]
    fn lists_show_exactly_what_may_be_consulted_without_a_permission() {
        let header = case::base("person").0;
        let supplied = header.purpose.clone().unwrap();
        for purpose in [supplied.as_str(), OVERSIGHT, "border_control", ""] {
            let used = Use { header: &header, act: Act::Consult, purpose, permitted: Permitted::default() };
            assert_eq!(may_use(&used).is_ok(), may_read_for(purpose, &supplied), "{purpose}");
        }
    }

    #[test]
    fn one_permission_does_not_stand_for_another() {
        let header = case::base("person").0;
        let supplied = header.purpose.clone().unwrap();
        let only = |purpose, court, office| Permitted { purpose, court, office };
        let may = |act, purpose, permitted| may_use(&Use { header: &header, act, purpose, permitted }).is_ok();
        assert!(may(Act::Court, &supplied, only(false, true, false)));
        assert!(!may(Act::Court, &supplied, only(true, false, true)));
        assert!(may(Act::Disseminate, &supplied, only(false, false, true)));
        assert!(!may(Act::Disseminate, &supplied, only(true, true, false)));
        assert!(!may(Act::Court, "border_control", only(false, true, true)), "another purpose besides");
        assert!(may(Act::Court, "border_control", only(true, true, false)));
        assert!(!may(Act::Repurpose, "border_control", only(false, true, true)));
    }
}
