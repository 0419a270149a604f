//! What independent auditors did not do, or do in vain.

use store::{Reader, StoreError};
use texts::say;

use super::{About, Doctor, Finding};
use crate::{auditors, limits};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Auditors who did not countersign for long, and those who countersign for nobody else.
pub(super) fn findings(doctor: &Doctor, reader: &Reader, now: u64) -> Result<Vec<Finding>, StoreError> {
    let mut findings = Vec::new();
    let warning = |message, advice| Finding::warning(About::Audit, message, advice);
    for (auditor, signed_ms) in doctor.auditors.last_signed(reader)? {
        let days = now.saturating_sub(signed_ms.unwrap_or(auditor.added_ms)) / DAY_MS;
        if days > limits::AUDITOR_SILENT_DAYS_MAX {
            let id = hex::encode(auditor.id);
            let message = match signed_ms {
                Some(_) => say!("doctor-auditor-late", id = id, days = days),
                None => say!("doctor-auditor-silent", id = id, days = days),
            };
            findings.push(warning(message, say!("doctor-auditor-silent-advice")));
        }
    }
    let named: Vec<_> = doctor
        .statements
        .upkeep
        .channels
        .list()
        .iter()
        .filter_map(|handle| {
            let channel = handle.value();
            let version = channel.version(&channel.in_force())?;
            Some(auditors::named(&version.agreement, &channel.me()))
        })
        .collect();
    // Where an agreement names none, its parties leave the choice to each.
    let are_all_chosen = !named.is_empty() && named.iter().all(|named| !named.is_empty());
    for auditor in doctor.auditors.list().iter().filter(|_| are_all_chosen) {
        if !named.iter().flatten().any(|id| *id == auditor.id) {
            let message = say!("doctor-auditor-unnamed", id = %hex::encode(auditor.id));
            findings.push(warning(message, say!("doctor-auditor-unnamed-advice")));
        }
    }
    Ok(findings)
}
