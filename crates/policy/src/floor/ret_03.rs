//! RET-03: erasure at the provider is notified, obeyed and receipted.
//!
//! The orders and their receipts are protocol records, which policy never refuses: so erasure works also after the
//! agreement's end. What carries them out is tested in `protocol`, `store` and `node`.

use crate::case::{Case, Tried, agreement};
use crate::{Decision, Policy};

pub(super) fn cases() -> Vec<Tried> {
    let agreement = agreement();
    let after_the_end = |kind: &str| -> Result<(), String> {
        let policy = Policy::compile(&agreement).map_err(|error| error.to_string())?;
        let mut case = Case::new("readout");
        case.today = crate::case::day("2040-01-01");
        case.header = match kind {
            "register.readout/1" => case.header,
            kind => protocol::header::Header::protocol(kind),
        };
        match policy.decide(&case.facts(&agreement)) {
            Decision { public: Ok(()), held: None } => Ok(()),
            Decision { public: Err(refusal), .. } => Err(refusal.to_string()),
            Decision { held: Some(rule), .. } => Err(rule.to_owned()),
        }
    };
    vec![
        Tried::passes("an erasure order after the agreement's end", after_the_end("mithaq.erasure/1")),
        Tried::passes("its receipt after the agreement's end", after_the_end("mithaq.erased/1")),
        Tried::refused("a record after the agreement's end", after_the_end("register.readout/1")),
    ]
}
