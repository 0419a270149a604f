//! REC-01: the receiver runs every rule again; what fails is quarantined and refused by signature.
//!
//! Here: the receiver's decision is the sender's, for each case of a rule that holds at both ends. That the node
//! quarantines and answers is tested with a hostile partner in `node`.

use crate::Policy;
use crate::case::{Expected, Tried, of_rule};
use crate::facts::Side;

pub(super) fn cases() -> Vec<Tried> {
    let both_ends = || -> Result<(), String> {
        for rule in super::RULES.iter().filter(|rule| rule.when.contains("S R")) {
            // What the agreement's end stops at the sender may still arrive for some days (AGR-01).
            let holds = |expected: &Expected| matches!(expected, Expected::Refused(reason) if reason != "expired");
            for mut case in of_rule(rule).into_iter().filter(|case| holds(&case.expected)) {
                case.side = Side::Receiver;
                let agreement = case.agreement();
                let policy = Policy::compile(&agreement).map_err(|error| error.to_string())?;
                if policy.decide(&case.facts(&agreement)).public.is_ok() {
                    return Err(format!("{}: {} passes at the receiver", rule.id, case.name));
                }
            }
        }
        Ok(())
    };
    vec![
        Tried::passes("every refused case of every rule for both ends is refused at the receiver", both_ends()),
        Tried::refused("a record that the sender let through", {
            let mut case = crate::case::Case::new("readout");
            case.side = Side::Receiver;
            case.header.handling.clear();
            let agreement = case.agreement();
            match Policy::compile(&agreement) {
                Ok(policy) => policy.decide(&case.facts(&agreement)).public.map_err(|refusal| refusal.to_string()),
                Err(_) => Ok(()),
            }
        }),
    ]
}
