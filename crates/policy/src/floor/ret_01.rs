//! RET-01: every record says until when it is kept, within the clause's maximum.

use super::{Rule, refuse};
use crate::case::Case;
use crate::facts::Facts;
use crate::refusal::{Reason, Refusal};

pub(super) const RULE: Rule = Rule {
    id: ID,
    summary: "Every record states the day until which it is kept, not past and not beyond the clause's maximum.",
    check,
    cases,
};

const ID: &str = "RET-01";

fn check(facts: &Facts<'_>) -> Result<(), Refusal> {
    let Some(until) = facts.header.retain_until else {
        let message = "The record does not state until which day it is kept.".to_owned();
        return refuse(ID, Reason::RetentionMissing, "retain_until", message);
    };
    if until < facts.today {
        let message = format!("The day until which the record may be kept, {until}, is over.");
        return refuse(ID, Reason::RetentionOver, "retain_until", message);
    }
    // AGR-01 refuses a record without a clause; a maximum of zero days keeps this rule closed by itself.
    let days_max = facts.clause().map_or(0, |clause| clause.retention_days_max);
    let last = facts.today.plus_days(days_max);
    if until > last {
        let message = format!("The clause allows at most {days_max} days, that is until {last}, not {until}.");
        return refuse(ID, Reason::RetentionTooLong, "retain_until", message);
    }
    Ok(())
}

fn cases() -> Vec<Case> {
    let refused = |name, reason| Case::refused(name, ID, reason);
    vec![
        Case::allowed("kept until today").today("2026-06-01").retain_until("2026-06-01"),
        Case::allowed("kept as long as the clause allows").today("2026-06-01").retain_until("2027-06-01"),
        refused("no day", Reason::RetentionMissing).no_retain_until(),
        refused("one day too long", Reason::RetentionTooLong).today("2026-06-01").retain_until("2027-06-02"),
        refused("over", Reason::RetentionOver).today("2026-06-01").retain_until("2026-05-31"),
    ]
}
