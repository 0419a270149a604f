//! HAN-01: handling codes are stated, and the clause lists them.

use protocol::header::Handling::{H0, H1, H2, H3};

use super::{Rule, refuse};
use crate::case::Case;
use crate::facts::Facts;
use crate::refusal::{Reason, Refusal};

pub(super) const RULE: Rule = Rule {
    id: ID,
    summary: "Every record states at least one handling code, and only codes that its clause lists.",
    check,
    cases,
};

const ID: &str = "HAN-01";

fn check(facts: &Facts<'_>) -> Result<(), Refusal> {
    let handling = &facts.header.handling;
    if handling.is_empty() {
        let message = "The record states no handling code. Without other reasons state H1 and H2.".to_owned();
        return refuse(ID, Reason::HandlingMissing, "handling", message);
    }
    let listed = facts.clause().map(|clause| clause.handling.as_slice()).unwrap_or_default();
    if let Some(unlisted) = handling.iter().find(|code| !listed.contains(code)) {
        let message = format!("The clause does not provide for the handling code {unlisted:?}. It lists {listed:?}.");
        return refuse(ID, Reason::HandlingNotListed, "handling", message);
    }
    Ok(())
}

fn cases() -> Vec<Case> {
    let refused = |name, reason| Case::refused(name, ID, reason);
    vec![
        Case::allowed("codes of the clause").handling(&[H1, H2]),
        Case::allowed("a code is enough").handling(&[H0]),
        refused("no code", Reason::HandlingMissing).handling(&[]),
        refused("a code that the clause does not list", Reason::HandlingNotListed).handling(&[H1, H3]),
    ]
}
