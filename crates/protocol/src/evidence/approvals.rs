//! Officers' approvals in an evidence file: each proven by its enrolment, one officer for one role.

use alloc::{collections::BTreeSet, vec::Vec};

use super::{EvidenceError, history::is_before, member::OpenedMember, proven::Approved};
use crate::{
    control::Control,
    id::Hash,
    record::{self, Enrolment},
    suite::Suite,
};

/// Every approval must be proven by an enrolment, and every enrolment serve one approval, in their order.
pub(super) fn proven(
    suite: &dyn Suite,
    record: &OpenedMember<'_>,
    enrolments: &[OpenedMember<'_>],
    digest: &Hash,
) -> Result<Vec<Approved>, EvidenceError> {
    let approvals = record::parse_approvals(record.parts.approvals)
        .map_err(|_| EvidenceError::Mismatch("the approvals can't be read"))?;
    if record.header.is_protocol() && !approvals.is_empty() {
        return Err(EvidenceError::Mismatch("a record of the protocol bears approvals"));
    }
    let places: BTreeSet<Enrolment> = approvals.iter().map(|approval| approval.enrolment).collect();
    if places.len() != approvals.len() {
        return Err(EvidenceError::Mismatch("one officer approves in two roles"));
    }
    if enrolments.len() > approvals.len() {
        return Err(EvidenceError::Mismatch("an enrolment stands in the file that no approval names"));
    }
    let mut keys = BTreeSet::new();
    let mut proven = Vec::new();
    for (place, approval) in approvals.iter().enumerate() {
        let found = enrolments.get(place).ok_or(EvidenceError::Mismatch("an approval's enrolment is missing"))?;
        let Ok(Control::Enrolment(officer)) = Control::decode(&found.header.kind, found.parts.body) else {
            return Err(EvidenceError::Mismatch("an enrolment section holds another record"));
        };
        if (approval.enrolment.origin, approval.enrolment.index) != (found.at.origin, found.at.proof.index()) {
            return Err(EvidenceError::Mismatch("an enrolment is not the one that the approval in its place names"));
        }
        if found.at.origin == record.at.origin && found.at.proof.index() >= record.at.proof.index() {
            return Err(EvidenceError::Mismatch("an officer was enrolled after the record"));
        }
        let with = record::verify_approval(suite, &officer, approval, digest)
            .map_err(|_| EvidenceError::Mismatch("an officer's signature is not valid"))?;
        if !keys.insert(officer.public().to_vec()) {
            return Err(EvidenceError::Mismatch("one key approves under two enrolments"));
        }
        proven.push(Approved {
            role: approval.role,
            office: officer.office,
            enrolment: approval.enrolment,
            with,
            enrolled_before: is_before(suite, &found.at, &record.at),
        });
    }
    Ok(proven)
}
