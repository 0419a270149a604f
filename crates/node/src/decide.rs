//! The decision about a record, at both ends: policy first, then the desk that knows its body.

use policy::{Decision, Facts, GivenApproval, Side};
use protocol::{
    agreement::Agreement,
    channel::{Channel, admit::Arriving},
    control::Refused,
    date::Date,
    header::Header,
    origin::{Lane, Position},
    record::Approval,
};

use crate::http::error::{ApiError, Code};

/// Decides a record of ours before anything is appended. The error names the rule, field and position for its author.
pub fn leaving(
    agreement: &Agreement,
    author: &str,
    header: &Header,
    body: &[u8],
    lane: Lane,
    approvals: &[(Approval, bool)],
    today: Date,
) -> Result<(), ApiError> {
    let given = given(approvals);
    let facts = Facts { agreement, header, author, lane, approvals: &given, today, side: Side::Sender };
    if let Decision::Refused(refusal) = policy::decide(&facts) {
        let error = ApiError::new(Code::Refused, refusal.message).by_rule(refusal.rule.to_string());
        return Err(match refusal.field {
            Some(field) => error.in_field(field),
            None => error,
        });
    }
    let kind = desks::kinds::find(&header.kind).ok_or_else(|| {
        ApiError::usage(format!("no desk of this node knows the kind {}", header.kind)).in_field("kind")
    })?;
    kind.check(header, body)
        .map(drop)
        .map_err(|error| ApiError::usage(error.in_file("body")).in_field(error.field.clone()))
}

/// Decides a partner's record. What it refuses is quarantined, and the partner is told rule and reason, no more.
pub fn arriving(channel: &Channel, record: &Arriving<'_>, today: Date) -> Option<Refused> {
    let author = record.position.origin.agency;
    let version = channel.version(&record.agreement)?;
    let Some(party) = version.agreement.party(&author) else {
        return Some(Refused { rule: "AGR-01".into(), reason: "author-not-listed".into() });
    };
    let given = given(record.approvals);
    let facts = Facts {
        agreement: &version.agreement,
        header: record.header,
        author: &party.label,
        lane: record.position.origin.lane,
        approvals: &given,
        today,
        side: Side::Receiver,
    };
    if let Decision::Refused(refusal) = policy::decide(&facts) {
        return Some(Refused { rule: refusal.rule.to_string(), reason: refusal.reason.name().into() });
    }
    match desks::kinds::find(&record.header.kind) {
        None => Some(Refused { rule: "MIN-01".into(), reason: "kind-unknown".into() }),
        Some(kind) => kind
            .check(record.header, record.body)
            .err()
            .map(|_| Refused { rule: "MIN-01".into(), reason: "body-malformed".into() }),
    }
}

fn given(approvals: &[(Approval, bool)]) -> Vec<GivenApproval> {
    approvals
        .iter()
        .map(|(approval, verified)| GivenApproval {
            role: approval.role,
            officer: Position { origin: approval.enrolment.origin, index: approval.enrolment.index },
            verified: *verified,
        })
        .collect()
}
