//! What an agency has still to do before anything is exchanged, and what it left lying.

use super::{About, Doctor, Finding, Level};
use crate::keys;

/// The first steps that are missing, in their order.
pub(super) fn findings(doctor: &Doctor) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |level, message: String, advice: &str| {
        findings.push(Finding { level, about: About::Setup, message, advice: advice.to_owned() });
    };
    let channels = doctor.statements.upkeep.channels.list();
    if !doctor.runs() {
        add(
            Level::Fault,
            "this node does not run: nothing is sent or received".into(),
            "start it with `mithaq serve DIR`, or its unit, and look again",
        );
    }
    let audited = doctor.auditors.check();
    if let Err(refused) = &audited {
        add(
            Level::Fault,
            refused.message.to_string(),
            "`mithaq auditor add DIR FILE` with the file that the auditor hands over",
        );
    }
    if !doctor.peers.list().iter().any(|peer| peer.trusted) {
        add(
            Level::Warning,
            "no other agency is known here".into(),
            "exchange cards: `mithaq card export DIR` here, `mithaq peer add DIR CARD --fingerprint \"60 digits\"` with theirs",
        );
    } else if channels.is_empty() {
        add(
            Level::Warning,
            "no agreement is in force here".into(),
            "`mithaq agreement list DIR` says which are under way, `mithaq agreement draft` begins one",
        );
    }
    for handle in channels {
        let channel = handle.value();
        let Some(version) = channel.version(&channel.in_force()) else { continue };
        // Said once above, if there is none at all.
        if audited.is_ok()
            && let Err(refused) = doctor.auditors.check_under(&version.agreement, &channel.me())
        {
            let message = format!("channel {}: {}", channel.id(), refused.message);
            add(
                Level::Fault,
                message,
                "`mithaq auditor add DIR FILE` with the file of an auditor whom the agreement names",
            );
        }
    }
    if doctor.dir.join(keys::NEXT_FILE).exists() {
        add(
            Level::Warning,
            format!("the keys that sign the next card lie in the folder ({})", keys::NEXT_FILE),
            "take the file to an offline place: who takes the folder must not have them too",
        );
    }
    findings
}
