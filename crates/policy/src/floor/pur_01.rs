//! PUR-01: what was supplied for one purpose is used for that purpose only.

use crate::case::{self, Tried};
use crate::refusal::{Reason, Refusal};
use crate::uses::{Act, Use};

pub(crate) fn check(used: &Use<'_>) -> Result<(), Refusal> {
    let supplied = used.header.purpose.as_deref().unwrap_or_default();
    if used.purpose == supplied {
        return Ok(());
    }
    let message = format!("The record was supplied for {supplied}. Use it for that, or ask the provider.");
    Err(Refusal::of_floor("PUR-01", Reason::UseDiffers, "purpose", message))
}

pub(super) fn cases() -> Vec<Tried> {
    let header = case::base("person").0;
    let tried = |purpose| check(&Use { header: &header, act: Act::Consult, purpose, permitted: false });
    vec![
        Tried::passes("read for the purpose for which it was supplied", tried("identify_person_or_object")),
        Tried::refused("read for border control", tried("border_control")),
    ]
}
