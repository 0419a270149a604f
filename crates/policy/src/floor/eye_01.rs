//! EYE-01: personal data has an author and a releaser, and they are two officers.

use protocol::agreement::ApprovalRole;

use super::{Rule, refuse};
use crate::case::{Case, OFFICER_A, OFFICER_B};
use crate::facts::{Facts, role_name};
use crate::refusal::{Reason, Refusal};

pub(super) const RULE: Rule = Rule {
    id: ID,
    summary: "Whatever concerns a person is signed by its author and by a release authority who is someone else.",
    check,
    cases,
};

const ID: &str = "EYE-01";

fn check(facts: &Facts<'_>) -> Result<(), Refusal> {
    if facts.approvals.iter().any(|approval| !approval.verified) {
        let message = "An officer's approval does not verify under the enrolled key.".to_owned();
        return refuse(ID, Reason::ApprovalInvalid, "approvals", message);
    }
    // Two roles by one officer are refused whoever asked for them: an approval that looks like a second pair of eyes
    // and is none would mislead the reader also where the clause alone demands it.
    for (i, approval) in facts.approvals.iter().enumerate() {
        let mut others = facts.approvals.iter().skip(i.saturating_add(1));
        if others.any(|other| other.officer == approval.officer) {
            let message = "One officer approved twice. Author and release authority must be two officers.".to_owned();
            return refuse(ID, Reason::SameOfficerTwice, "approvals", message);
        }
    }
    if !facts.header.personal() {
        return Ok(());
    }
    for role in [ApprovalRole::Author, ApprovalRole::ReleaseAuthority] {
        if facts.approved_by(role).is_none() {
            let message = format!("The record concerns a person and lacks the approval of the {}.", role_name(role));
            return refuse(ID, Reason::ApprovalMissing, "approvals", message);
        }
    }
    Ok(())
}

fn cases() -> Vec<Case> {
    const AUTHOR: ApprovalRole = ApprovalRole::Author;
    const RELEASE: ApprovalRole = ApprovalRole::ReleaseAuthority;
    let refused = |name, reason| Case::refused(name, ID, reason).about_a_suspect();
    vec![
        Case::allowed("no person, no approval"),
        Case::allowed("two officers").about_a_suspect().approved(AUTHOR, OFFICER_A).approved(RELEASE, OFFICER_B),
        refused("nobody signed", Reason::ApprovalMissing),
        refused("only the author signed", Reason::ApprovalMissing).approved(AUTHOR, OFFICER_A),
        refused("author and releaser are one officer", Reason::SameOfficerTwice)
            .approved(AUTHOR, OFFICER_A)
            .approved(RELEASE, OFFICER_A),
        refused("the release does not verify", Reason::ApprovalInvalid)
            .approved(AUTHOR, OFFICER_A)
            .approved_invalidly(RELEASE, OFFICER_B),
        Case::refused("one officer in two roles, no person", ID, Reason::SameOfficerTwice)
            .approved(AUTHOR, OFFICER_A)
            .approved(RELEASE, OFFICER_A),
    ]
}
