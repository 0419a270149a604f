//! The end of audit entries (LOG-03): each is erased three years after it was written, unless a procedure needs it.
//!
//! What is left is the entry's leaf, so the log and its countersigned heads hold as before. An entry is erased with its salt:
//! nobody can guess it from its leaf.

use std::sync::{Mutex, PoisonError};

use protocol::tlog::Countersigned;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{AuditEntry, Reader, StoreError};
use texts::say;

use crate::{
    db::{Db, kept},
    fault::{Code, Fault},
    limits,
};

/// The store's name for what procedures need.
const HOLDS_META: &str = "audit/holds";
/// The store's name for the number of the first entry that may not be erased yet.
const KEPT_FROM_META: &str = "audit/kept-from";
/// Bytes of the longest name of a procedure.
const PROCEDURE_BYTES_MAX: usize = 200;

/// Entries that a procedure needs: they stay until it ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// The procedure, as its file is called: never a person.
    pub procedure: String,
    /// The time of the first entry that it needs, milliseconds since 1970.
    pub from_ms: u64,
    /// The time of the last one.
    pub to_ms: u64,
}

/// What procedures need of the audit log.
#[derive(Debug, Default)]
pub struct Holds(Mutex<()>);

impl Holds {
    /// Every hold.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn list(&self, reader: &Reader) -> Result<Vec<Hold>, StoreError> {
        kept(reader, HOLDS_META, "what procedures need")
    }

    /// Keeps entries for a procedure. A procedure has one hold: a later one replaces it.
    ///
    /// # Errors
    /// [`Code::Usage`] for a hold that says nothing, [`Code::Storage`] if it can't be kept.
    pub fn keep(&self, db: &Db, hold: Hold) -> Result<Vec<Hold>, Fault> {
        if !protocol::text::is_prose(&hold.procedure, PROCEDURE_BYTES_MAX) {
            let message = say!("procedure-name-form", procedure_bytes_max = PROCEDURE_BYTES_MAX);
            return Err(Fault::usage(message).in_field("procedure"));
        }
        if hold.from_ms > hold.to_ms {
            return Err(Fault::usage(say!("entries-reversed")).in_field("to_ms"));
        }
        self.change(db, |holds| {
            holds.retain(|other| other.procedure != hold.procedure);
            if holds.len() >= limits::AUDIT_HOLDS_MAX {
                let most = limits::AUDIT_HOLDS_MAX;
                return Err(Fault::new(Code::Storage, say!("procedures-full", most = most)));
            }
            holds.push(hold);
            Ok(())
        })
    }

    /// Ends a procedure: what only it needed is erased when its time is up.
    ///
    /// # Errors
    /// [`Code::NotFound`] if there is no such procedure.
    pub fn end(&self, db: &Db, procedure: &str) -> Result<Vec<Hold>, Fault> {
        self.change(db, |holds| {
            let before = holds.len();
            holds.retain(|hold| hold.procedure != procedure);
            match holds.len() == before {
                true => Err(Fault::not_found(say!("no-such-procedure", procedure = %format!("{procedure:?}")))),
                false => Ok(()),
            }
        })
    }

    fn change(&self, db: &Db, change: impl FnOnce(&mut Vec<Hold>) -> Result<(), Fault>) -> Result<Vec<Hold>, Fault> {
        let _changing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut holds = self.list(&db.reader()?)?;
        change(&mut holds)?;
        db.keep(HOLDS_META, &holds)?;
        Ok(holds)
    }
}

/// The number from which on entries are younger than three years, as auditors' countersignatures prove: what a head does not
/// hold yet was written after it. `None` if none proves anything.
pub fn young_from(countersigned: &[Countersigned], now_ms: u64) -> Option<u64> {
    let before_s = now_ms.saturating_sub(limits::AUDIT_KEPT_MS) / 1000;
    let young = countersigned.iter().filter(|signed| signed.time_s() >= before_s);
    young.map(|signed| signed.checkpoint().size).min()
}

/// Erases entries whose three years are over and that no procedure needs. The caller has asked whether the clock is trusted.
///
/// # Errors
/// The store can't be read or written.
pub fn end_old(db: &Db, holds: &Holds, now_ms: u64) -> Result<u64, StoreError> {
    let reader = db.reader()?;
    let holds = holds.list(&reader)?;
    let before = now_ms.saturating_sub(limits::AUDIT_KEPT_MS);
    let kept_from = reader.meta(KEPT_FROM_META)?.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes);
    let (mut first_held, mut erased, mut next) = (None, 0_u64, kept_from);
    loop {
        let entries = reader.audit_from(next, limits::AUDIT_ERASED_AT_ONCE_MAX)?;
        let Some(last) = entries.last() else { break };
        next = last.index.saturating_add(1);
        let (mut over, mut is_last_round) = (Vec::new(), false);
        for entry in entries {
            match time_of(&entry) {
                Some(time) if time >= before => {
                    is_last_round = true;
                    first_held = first_held.or(Some(entry.index));
                }
                Some(time) if holds.iter().any(|hold| (hold.from_ms..=hold.to_ms).contains(&time)) => {
                    first_held = first_held.or(Some(entry.index));
                }
                Some(_) => over.push(entry.index),
                // Erased already, or damaged, which the check finds.
                None => {}
            }
        }
        erased = erased.saturating_add(u64::try_from(over.len()).unwrap_or(u64::MAX));
        if !over.is_empty() {
            db.store().erase_audit(&over).map_err(|error| StoreError::Damaged {
                place: "the audit log's old entries".into(),
                reason: error.to_string(),
            })?;
        }
        if is_last_round {
            break;
        }
    }
    let first_held = first_held.unwrap_or(next);
    if first_held != kept_from {
        db.store().put_meta(KEPT_FROM_META, &first_held.to_be_bytes())?;
    }
    if erased > 0 {
        db.scrub()?;
        tracing::info!(erased, "audit entries are over three years old: erased, but for their place in the log");
    }
    Ok(erased)
}

/// When an entry was written; nothing if it tells no time.
fn time_of(entry: &AuditEntry) -> Option<u64> {
    #[derive(Deserialize)]
    struct Timed {
        time: u64,
    }
    serde_json::from_slice(&entry.entry).ok().map(|Timed { time }| time)
}
