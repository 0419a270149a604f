//! The decision about a record, at both ends: policy first, then the desk that knows its body.

use policy::{Decision, Facts, GivenApproval, Side};
use protocol::{
    agreement::Agreement,
    channel::{Channel, admit::Arriving},
    commit::StoredBatch,
    control::Refused,
    date::Date,
    header::Header,
    origin::{Lane, Position},
    record::{self, Approval, Context},
};

use crate::{
    channel::governing,
    http::error::{ApiError, Code},
    node::SUITE,
    records,
};

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

/// The approvals, each with whether it is valid under the key of an officer of ours.
pub fn approvals_of(
    channel: &Channel,
    context: &Context,
    header: &[u8],
    body: &[u8],
    approvals: &[u8],
) -> Result<Vec<(Approval, bool)>, ApiError> {
    let parsed =
        record::parse_approvals(approvals).map_err(|error| ApiError::usage(error.to_string()).in_field("approvals"))?;
    if parsed.is_empty() {
        return Ok(Vec::new());
    }
    let digest = record::digest(SUITE, context, header, body);
    let valid = |approval: &Approval| {
        channel
            .officer(&approval.enrolment.origin, approval.enrolment.index)
            .is_some_and(|officer| record::is_approved_by(SUITE, officer, &context.author, approval, &digest))
    };
    Ok(parsed
        .into_iter()
        .map(|approval| {
            let valid = valid(&approval);
            (approval, valid)
        })
        .collect())
}

/// Decides records of ours again that waited: what agreement, clock or officers no longer allow is withheld.
///
/// Gives, for each record of the batch, whether it may still leave.
pub fn leaving_again(channel: &Channel, stored: &StoredBatch, today: Date) -> Vec<bool> {
    let origin = stored.batch.origin;
    let governing = governing(channel, &origin);
    (stored.batch.first..stored.batch.size())
        .map(|index| {
            let Ok(opened) = records::open_in(channel, stored, &Position { origin, index }) else { return false };
            if opened.header.is_protocol() {
                return true;
            }
            let Some((agreement, version, author)) = &governing else { return false };
            let context = Context { channel: channel.id(), author: origin.agency, agreement: *agreement };
            approvals_of(channel, &context, &opened.header_bytes, &opened.body, &opened.approvals).is_ok_and(|given| {
                let (header, body) = (&opened.header, &opened.body);
                leaving(&version.agreement, author, header, body, origin.lane, &given, today).is_ok()
            })
        })
        .collect()
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
