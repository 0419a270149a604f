//! PUR-01: what was supplied for one purpose is used for that purpose only.

use crate::case::{self, Tried};
use crate::refusal::{Reason, Refusal};
use crate::uses::{Act, OVERSIGHT, Permitted, Use, may_read_for};
use crate::words::{Sentence, Words};

pub(crate) fn check(used: &Use<'_>) -> Result<(), Refusal> {
    let supplied = used.header.purpose.as_deref().unwrap_or_default();
    let fits = match used.act {
        Act::Consult => may_read_for(used.purpose, supplied),
        Act::Court | Act::Disseminate => used.purpose == supplied,
        // Whoever says that the purpose is another one asks PUR-02.
        Act::Repurpose => used.purpose != OVERSIGHT,
    };
    if fits || used.permitted.purpose {
        return Ok(());
    }
    let message = Words::new(
        Sentence(
            "The record was supplied for {supplied}, not for {purpose}. Use it for that, or ask the provider with \
             requests.permission_request/1.",
        ),
        vec![("supplied", supplied.into()), ("purpose", used.purpose.into())],
    );
    Err(Refusal::of_floor("PUR-01", Reason::UseDiffers, "purpose", message))
}

pub(super) fn cases() -> Vec<Tried> {
    let header = case::base("person").0;
    let with = |act, purpose, permitted| check(&Use { header: &header, act, purpose, permitted });
    let tried = |act, purpose| with(act, purpose, Permitted::default());
    let permitted = Permitted { purpose: true, ..Permitted::default() };
    vec![
        Tried::passes(
            "read for the purpose for which it was supplied",
            tried(Act::Consult, "identify_person_or_object"),
        ),
        Tried::passes(
            "read for border control with the provider's permission",
            with(Act::Consult, "border_control", permitted),
        ),
        Tried::passes("read by those who watch over the exchange", tried(Act::Consult, OVERSIGHT)),
        Tried::refused("read for border control", tried(Act::Consult, "border_control")),
        Tried::refused("used in court for border control", tried(Act::Court, "border_control")),
        Tried::refused("given away by those who watch over the exchange", tried(Act::Disseminate, OVERSIGHT)),
        Tried::refused("oversight as another purpose", tried(Act::Repurpose, OVERSIGHT)),
    ]
}
