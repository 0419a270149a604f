//! HAN-02: what bears H1 is not used in court without the provider's recorded permission.

use protocol::header::Handling;

use crate::case::{self, Tried};
use crate::refusal::{Reason, Refusal};
use crate::uses::{Act, Permitted, Use};
use crate::words::{Sentence, Words};

pub(crate) fn check(used: &Use<'_>) -> Result<(), Refusal> {
    if used.act != Act::Court || used.permitted.court || !used.header.handling.contains(&Handling::H1) {
        return Ok(());
    }
    let message = Words::new(
        Sentence(
            "The record bears H1: use in court needs the provider's recorded permission. Ask it with \
                   requests.permission_request/1.",
        ),
        Vec::new(),
    );
    Err(Refusal::of_floor("HAN-02", Reason::PermissionMissing, "handling", message))
}

pub(super) fn cases() -> Vec<Tried> {
    let header = case::base("person").0;
    let purpose = "identify_person_or_object";
    let tried = |act, permitted| {
        let permitted = Permitted { court: permitted, ..Permitted::default() };
        check(&Use { header: &header, act, purpose, permitted })
    };
    vec![
        Tried::passes("read", tried(Act::Consult, false)),
        Tried::passes("in court with permission", tried(Act::Court, true)),
        Tried::refused("in court without permission", tried(Act::Court, false)),
    ]
}
