//! LOG-01: every access is logged: who, when, why, what, and to whom it went.

use crate::case::Tried;

/// An access as it stands in the audit log. It holds references, never content and never a person's name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Access<'a> {
    /// Token or enrolment and role of whoever acted.
    pub who: &'a str,
    /// Milliseconds since 1970.
    pub when_ms: u64,
    /// What was done: read, search, export …
    pub act: &'a str,
    /// What it was done to.
    pub target: &'a str,
    /// For which purpose, or by which order.
    pub why: &'a str,
    /// To whom it went; the caller itself where nobody else is named.
    pub recipient: &'a str,
}

/// Whether an entry says all that LOG-01 asks for.
///
/// # Errors
/// The first field that is missing.
pub fn is_complete(access: &Access<'_>) -> Result<(), &'static str> {
    let fields = [
        ("who", access.who),
        ("act", access.act),
        ("target", access.target),
        ("why", access.why),
        ("recipient", access.recipient),
    ];
    match fields.into_iter().find(|(_, value)| value.is_empty()) {
        Some((missing, _)) => Err(missing),
        None if access.when_ms == 0 => Err("when"),
        None => Ok(()),
    }
}

pub(super) fn cases() -> Vec<Tried> {
    let whole = Access {
        who: "token 7, case_officer",
        when_ms: 1_780_000_000_000,
        act: "read",
        target: "record",
        why: "support_investigation",
        recipient: "caller",
    };
    vec![
        Tried::passes("who, when, why, what and to whom", is_complete(&whole)),
        Tried::refused("nobody is named", is_complete(&Access { who: "", ..whole.clone() })),
        Tried::refused("no time", is_complete(&Access { when_ms: 0, ..whole.clone() })),
        Tried::refused("no reason", is_complete(&Access { why: "", ..whole })),
    ]
}
