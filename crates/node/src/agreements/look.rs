//! A draft looked at before it is kept: all that would keep it from being signed, and what is likely not meant.

use policy::{Weak, Weakens};
use protocol::{agreement::Agreement, channel::Channel};
use texts::Message;

use super::{Agreements, AgreementsError, chains, doubts, follows, known, render};
use crate::{clock, located::Fault};

/// What was found.
#[derive(Debug)]
pub struct Looked {
    /// The agreement that the draft says, if it says one.
    pub agreement: Option<Agreement>,
    /// What is wrong with it, each with its line and field.
    pub faults: Vec<Fault>,
    /// What the floor forbids, each with its clause and rule.
    pub weak: Vec<Weak>,
    /// What to look at again: the field, and why.
    pub doubts: Vec<(String, Message)>,
}

/// Looks at a draft in TOML, of a first version or of the next one in a channel. Nothing is kept. What signing would refuse for the
/// parties' sake is said here too: which bodies they are stands in their cards.
///
/// # Errors
/// The channel has no version in force.
pub fn look(room: &Agreements, text: &str, channel: Option<&Channel>) -> Result<Looked, AgreementsError> {
    let follows = channel.map(follows).transpose()?;
    let agreement = match render(text, &known(room), follows) {
        Ok(agreement) => agreement,
        Err(faults) => return Ok(Looked { agreement: None, faults, weak: Vec::new(), doubts: Vec::new() }),
    };
    let cards = chains(room, &agreement);
    let bodies = policy::check_bodies(&agreement, |agency| cards.get(agency).map(|cards| cards.current().body));
    let found = [policy::Policy::compile(&agreement).map(|_| ()), bodies];
    let weak = found.into_iter().filter_map(Result::err).flat_map(|Weakens(weak)| weak).collect();
    let doubts = doubts(&agreement, clock::today());
    Ok(Looked { agreement: Some(agreement), faults: Vec::new(), weak, doubts })
}
