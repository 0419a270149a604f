//! Officers of this agency: enrolled and revoked by entries in its logs, by office and key, never by name.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use node::{
    answers::officers::{LogEntry, NewOfficer, OfficerKey, OfficerRow, OfficersRevoked},
    callers::Caller,
    node::Node,
};
use protocol::channel::officers::EnrolledOfficer;

use super::channels::find;
use crate::{form::Sent, problem::Failed};

/// The officers enrolled in a channel, by all parties; those whose enrolment was revoked with the place of that.
pub async fn list(State(node): State<Node>, Path(channel): Path<String>) -> Result<Json<Vec<OfficerRow>>, Failed> {
    let value = find(&node, &channel)?.value();
    let row = |enrolled: &EnrolledOfficer| OfficerRow {
        enrolment: enrolled.enrolment().into(),
        officer: enrolled.officer.clone(),
        revoked: value
            .revocation(&enrolled.enrolment())
            .map(|revoked| LogEntry { origin: revoked.origin, index: revoked.index }),
    };
    Ok(Json(value.officers().iter().map(row).collect()))
}

/// Enrols an officer. Doing it again with the same office and key changes nothing.
pub async fn enrol(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(channel): Path<String>,
    Sent(NewOfficer(officer)): Sent<NewOfficer>,
) -> Result<Json<LogEntry>, Failed> {
    let handle = find(&node, &channel)?;
    Ok(Json(node.administration.enrol(&caller, &handle, officer).await?))
}

/// Ends every enrolment of a key of this agency's: nothing that it approves from here on counts, at no party. Doing it again
/// changes nothing.
pub async fn revoke(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(channel): Path<String>,
    Sent(OfficerKey { public }): Sent<OfficerKey>,
) -> Result<Json<OfficersRevoked>, Failed> {
    let handle = find(&node, &channel)?;
    let revoked = node.administration.revoke_officer(&caller, &handle, public).await?;
    Ok(Json(OfficersRevoked { revoked }))
}
