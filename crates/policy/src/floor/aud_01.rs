//! AUD-01: the auditor's key comes from outside the ministry; without one the node exchanges nothing.

use protocol::id::Hash;

use crate::case::Tried;

/// Why a node may not exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoAuditor {
    /// No key is registered.
    #[error("no auditor's key is registered: exchange starts when one is")]
    Missing,
    /// The only keys registered are the agency's own.
    #[error("the registered auditor's key is the agency's own: it must come from outside")]
    OwnKey,
    /// The agreement names the agency's auditors, and none of them is registered.
    #[error("the agreement names this agency's auditors, and none of their keys is registered")]
    NotNamed,
}

/// Whether a node may exchange: an auditor's key is registered that is none of the agency's own, and one of those that the
/// agreement names, if it names any.
///
/// `auditors`, `own` and `named` are digests of public keys.
///
/// # Errors
/// No key is registered, only the agency's own, or none of those named.
pub fn may_exchange(auditors: &[Hash], own: &[Hash], named: &[Hash]) -> Result<(), NoAuditor> {
    if auditors.is_empty() {
        return Err(NoAuditor::Missing);
    }
    let mut outside = auditors.iter().filter(|key| !own.contains(key)).peekable();
    if outside.peek().is_none() {
        return Err(NoAuditor::OwnKey);
    }
    if named.is_empty() || outside.any(|key| named.contains(key)) { Ok(()) } else { Err(NoAuditor::NotNamed) }
}

pub(super) fn cases() -> Vec<Tried> {
    let (outside, own, named) = ([1; 32], [2; 32], [3; 32]);
    vec![
        Tried::passes("a key from outside", may_exchange(&[outside], &[own], &[])),
        Tried::passes("a key that the agreement names", may_exchange(&[outside, named], &[own], &[named])),
        Tried::refused("no key", may_exchange(&[], &[own], &[])),
        Tried::refused("the agency's own key", may_exchange(&[own], &[own], &[])),
        Tried::refused("the agency's own key, though named", may_exchange(&[own, outside], &[own], &[own])),
        Tried::refused("a key that the agreement does not name", may_exchange(&[outside], &[own], &[named])),
    ]
}
