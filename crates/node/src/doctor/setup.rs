//! What an agency has still to do before anything is exchanged, and what it left lying.

use texts::say;

use super::{About, Doctor, Finding};
use crate::keys;

/// The first steps that are missing, in their order.
pub(super) fn findings(doctor: &Doctor) -> Vec<Finding> {
    let mut findings = Vec::new();
    let fault = |message, advice| Finding::fault(About::Setup, message, advice);
    let warning = |message, advice| Finding::warning(About::Setup, message, advice);
    let channels = doctor.statements.upkeep.channels.list();
    if !doctor.runs() {
        findings.push(fault(say!("doctor-not-running"), say!("doctor-not-running-advice")));
    }
    let audited = doctor.auditors.check();
    if let Err(refused) = &audited {
        findings.push(fault(refused.message.clone(), say!("doctor-no-auditor-advice")));
    }
    if !doctor.peers.list().iter().any(|peer| peer.trusted) {
        findings.push(warning(say!("doctor-nobody-known"), say!("doctor-nobody-known-advice")));
    } else if channels.is_empty() {
        findings.push(warning(say!("doctor-no-agreement"), say!("doctor-no-agreement-advice")));
    }
    for handle in channels {
        let channel = handle.value();
        let Some(version) = channel.version(&channel.in_force()) else { continue };
        // Said once above, if there is none at all.
        if audited.is_ok()
            && let Err(refused) = doctor.auditors.check_under(&version.agreement, &channel.me())
        {
            let message = say!("doctor-unfit-auditor", channel = %channel.id(), problem = refused.message);
            findings.push(fault(message, say!("doctor-unfit-auditor-advice")));
        }
    }
    if doctor.dir.join(keys::NEXT_FILE).exists() {
        let message = say!("doctor-next-keys", file = %keys::NEXT_FILE);
        findings.push(warning(message, say!("doctor-next-keys-advice")));
    }
    findings
}
