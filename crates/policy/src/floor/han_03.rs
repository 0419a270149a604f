//! HAN-03: what bears H2 is given to nobody else, also inside the state, without the provider's permission.

use protocol::header::Handling;

use crate::case::{self, Tried};
use crate::refusal::{Reason, Refusal};
use crate::uses::{Act, Permitted, Use};
use crate::words::{Sentence, Words};

pub(crate) fn check(used: &Use<'_>) -> Result<(), Refusal> {
    if used.act != Act::Disseminate || used.permitted.office || !used.header.handling.contains(&Handling::H2) {
        return Ok(());
    }
    let message = Words::new(
        Sentence(
            "The record bears H2: giving it to another office needs the provider's permission. Ask it with \
                   requests.permission_request/1.",
        ),
        Vec::new(),
    );
    Err(Refusal::of_floor("HAN-03", Reason::PermissionMissing, "handling", message))
}

pub(super) fn cases() -> Vec<Tried> {
    let header = case::base("person").0;
    let purpose = "identify_person_or_object";
    let tried = |act, permitted| {
        let permitted = Permitted { office: permitted, ..Permitted::default() };
        check(&Use { header: &header, act, purpose, permitted })
    };
    vec![
        Tried::passes("read", tried(Act::Consult, false)),
        Tried::passes("given to another office with permission", tried(Act::Disseminate, true)),
        Tried::refused("given to another office without permission", tried(Act::Disseminate, false)),
    ]
}
