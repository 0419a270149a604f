//! AGR-02: an agreement that weakens a rule of the floor does not load. `Policy::compile` decides it.

use protocol::agreement::Agreement;

use crate::Policy;
use crate::case::{Tried, agreement};

pub(super) fn cases() -> Vec<Tried> {
    let tried = |change: fn(&mut Agreement)| {
        let mut agreement = agreement();
        change(&mut agreement);
        Policy::compile(&agreement).map(drop)
    };
    vec![
        Tried::passes("ordinary offences", tried(|_| {})),
        Tried::refused(
            "a clause lists crimes against the state",
            tried(|agreement| {
                for clause in &mut agreement.clauses {
                    clause.offences.push("against_the_state".to_owned());
                }
            }),
        ),
        Tried::refused(
            "a clause lists records of a defence track",
            tried(|agreement| {
                for clause in &mut agreement.clauses {
                    clause.kinds.push("defence.operation/1".to_owned());
                }
            }),
        ),
    ]
}
