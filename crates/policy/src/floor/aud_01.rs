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
}

/// Whether a node may exchange: an auditor's key is registered that is none of the agency's own.
///
/// `auditors` and `own` are digests of public keys.
///
/// # Errors
/// No key is registered, or only the agency's own.
pub fn may_exchange(auditors: &[Hash], own: &[Hash]) -> Result<(), NoAuditor> {
    if auditors.is_empty() {
        return Err(NoAuditor::Missing);
    }
    if auditors.iter().all(|key| own.contains(key)) { Err(NoAuditor::OwnKey) } else { Ok(()) }
}

pub(super) fn cases() -> Vec<Tried> {
    let (outside, own) = ([1; 32], [2; 32]);
    vec![
        Tried::passes("a key from outside", may_exchange(&[outside], &[own])),
        Tried::refused("no key", may_exchange(&[], &[own])),
        Tried::refused("the agency's own key", may_exchange(&[own], &[own])),
    ]
}
