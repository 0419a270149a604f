//! PUR-02: another purpose needs the provider's authorisation beforehand.

use crate::case::{self, Tried};
use crate::refusal::{Reason, Refusal};
use crate::uses::{Act, Permitted, Use};
use crate::words::{Sentence, Words};

pub(crate) fn check(used: &Use<'_>) -> Result<(), Refusal> {
    let supplied = used.header.purpose.as_deref().unwrap_or_default();
    if used.act != Act::Repurpose || used.purpose == supplied || used.permitted.purpose {
        return Ok(());
    }
    let message = Words::new(
        Sentence(
            "The record was supplied for {supplied}. Before it is used for {purpose}, the provider must permit that: ask it \
             with requests.permission_request/1.",
        ),
        vec![("supplied", supplied.into()), ("purpose", used.purpose.into())],
    );
    Err(Refusal::of_floor("PUR-02", Reason::PermissionMissing, "purpose", message))
}

pub(super) fn cases() -> Vec<Tried> {
    let header = case::base("person").0;
    let tried = |purpose, permitted| {
        let permitted = Permitted { purpose: permitted, ..Permitted::default() };
        check(&Use { header: &header, act: Act::Repurpose, purpose, permitted })
    };
    vec![
        Tried::passes("for border control with the provider's permission", tried("border_control", true)),
        Tried::passes("for the purpose for which it was supplied", tried("identify_person_or_object", false)),
        Tried::refused("for border control without it", tried("border_control", false)),
    ]
}
