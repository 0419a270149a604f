//! What this process asks of the system before it holds a secret.

use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};

/// Leaves no memory of this process in files: no core dump, no page of it in swap where the system lets a process lock all it
/// has, and no other process of the same user looks into it. And opens as many files as the system lets it: each connection is
/// one.
///
/// What the system refuses is no reason not to start; `mithaq serve` says so in its log ([`refused`]).
pub fn harden() {
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    if may_lock_all() {
        // Pages as they are first touched: what is only reserved costs nothing.
        let _ = mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT);
    }
    let files = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: files.maximum, ..files });
}

/// What the system refused, in words; empty where all is as it should be.
pub fn refused() -> Vec<&'static str> {
    let mut refused = Vec::new();
    if getrlimit(Resource::Core).current != Some(0) {
        refused.push("core dumps can't be switched off");
    }
    if !may_lock_all() {
        refused.push("memory can't be locked: allow it (LimitMEMLOCK=infinity), or turn off swap");
    }
    if rustix::process::dumpable_behavior() != Ok(DumpableBehavior::NotDumpable) {
        refused.push("other processes of this user can look into this one's memory");
    }
    if getrlimit(Resource::Nofile).current.is_some_and(|files| files < FILES_MIN) {
        refused.push("fewer than 2,048 files can be open at once: raise the limit, each connection takes one");
    }
    refused
}

/// Under a limit a process that grows beyond it gets no more memory at all, so it is all or nothing.
fn may_lock_all() -> bool {
    getrlimit(Resource::Memlock).current.is_none()
}

/// All local seats, both kinds of strangers, some partners, and the store's files.
const FILES_MIN: u64 = 2_048;
