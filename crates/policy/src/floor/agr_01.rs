//! AGR-01: kind, author and purpose are listed in a clause of an agreement in force.

use super::{Rule, refuse};
use crate::case::Case;
use crate::facts::{Facts, Side};
use crate::refusal::{Reason, Refusal};

pub(super) const RULE: Rule = Rule {
    id: ID,
    summary: "A record crosses only if a clause of an agreement in force lists its kind, its author and its purpose.",
    check,
    cases,
};

const ID: &str = "AGR-01";

fn check(facts: &Facts<'_>) -> Result<(), Refusal> {
    let (header, agreement) = (facts.header, facts.agreement);
    let Some(id) = header.clause.as_deref() else {
        let message = "The record names no clause. Name the clause of the agreement that allows it.".to_owned();
        return refuse(ID, Reason::ClauseMissing, "clause", message);
    };
    let Some(clause) = facts.clause() else {
        let message = format!("The agreement has no clause {id}.");
        return refuse(ID, Reason::ClauseUnknown, "clause", message);
    };
    if !clause.has_kind(&header.kind) {
        let message =
            format!("Clause {id} does not list the kind {}. It lists {}.", header.kind, clause.kinds.join(", "));
        return refuse(ID, Reason::KindNotListed, "kind", message);
    }
    if !clause.allows(&header.kind, facts.author) {
        let message = format!(
            "Clause {id} does not let {} author records of this kind. Its authors are {}.",
            facts.author,
            clause.authors.join(", ")
        );
        return refuse(ID, Reason::AuthorNotListed, "clause", message);
    }
    if header.purpose.as_deref() != Some(clause.purpose.as_str()) {
        let message = format!("The purpose must be that of clause {id}: {}.", clause.purpose);
        return refuse(ID, Reason::PurposeDiffers, "purpose", message);
    }
    if facts.today < agreement.valid_from {
        let message = format!("The agreement is in force from {}.", agreement.valid_from);
        return refuse(ID, Reason::NotYetInForce, "clause", message);
    }
    // What was under way when the agreement ended may still arrive for a while.
    let last = match facts.side {
        Side::Sender => agreement.valid_until,
        Side::Receiver => agreement.late_until(),
    };
    if facts.today > last {
        let message = format!("The agreement ended on {}.", agreement.valid_until);
        return refuse(ID, Reason::Expired, "clause", message);
    }
    Ok(())
}

fn cases() -> Vec<Case> {
    let refused = |name, reason| Case::refused(name, ID, reason);
    vec![
        Case::allowed("listed in a clause in force"),
        Case::allowed("on the first day").today("2026-01-01"),
        Case::allowed("on the last day").today("2027-12-31").retain_until("2028-01-31"),
        Case::allowed("late, at the receiver").at_receiver().today("2028-01-30").retain_until("2028-02-28"),
        refused("no clause", Reason::ClauseMissing).clause(None),
        refused("unknown clause", Reason::ClauseUnknown).clause(Some("c9")),
        refused("kind of another clause", Reason::KindNotListed).kind("correspondence.note/1"),
        refused("another version of the kind", Reason::KindNotListed).kind("register.readout/2"),
        refused("author not listed", Reason::AuthorNotListed).author("XAC"),
        refused("no purpose", Reason::PurposeDiffers).purpose(None),
        refused("other purpose", Reason::PurposeDiffers).purpose(Some("training")),
        refused("before the first day", Reason::NotYetInForce).today("2025-12-31"),
        refused("after the last day", Reason::Expired).today("2028-01-01").retain_until("2028-01-31"),
        refused("too late, at the receiver", Reason::Expired)
            .at_receiver()
            .today("2028-01-31")
            .retain_until("2028-02-28"),
    ]
}
