//! Officers of this agency: enrolled and revoked by entries in its logs, by office and key, never by name.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use node::{
    answers::officers::{LogEntry, NewOfficer, OfficerKey, OfficerRow, OfficersRevoked},
    audit::By,
    callers::Caller,
    fault::{Code, Fault},
    node::Node,
    seconds::check_alone,
};
use protocol::{
    channel::{Channel, Env, officers::EnrolledOfficer},
    control::Control,
    limits::{NAME_BYTES_MAX, OFFICERS_MAX},
    origin::Lane,
    passkey::site_problem,
    record::{ApprovalKey, EnrolledPasskey, Enrolment, Officer},
    suite::{ED25519_PUBLIC_BYTES, P256_PUBLIC_BYTES},
};
use texts::say;

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
    check_alone(&node.tokens, &caller, None)?;
    Ok(Json(enrol_in(&node, &caller, &channel, officer).await?))
}

/// What of an officer can't be enrolled anywhere.
pub(super) fn check_officer(officer: &Officer) -> Result<(), Fault> {
    match &officer.key {
        ApprovalKey::Ed25519(public) if public.len() != ED25519_PUBLIC_BYTES => {
            return Err(Fault::usage(say!("ed25519-form")).in_field("public"));
        }
        ApprovalKey::Ed25519(_) => {}
        ApprovalKey::Webauthn(EnrolledPasskey { key, origin, rp_id }) => {
            if key.problem().is_some() {
                return Err(Fault::usage(say!("passkey-form")).in_field("public"));
            }
            if site_problem(origin, rp_id).is_some() {
                return Err(Fault::usage(say!("site-form")).in_field("origin"));
            }
        }
    }
    if officer.office.trim().is_empty() || officer.office.len() > NAME_BYTES_MAX {
        let message = say!("office-form", name_bytes_max = NAME_BYTES_MAX);
        return Err(Fault::usage(message).in_field("office"));
    }
    Ok(())
}

/// Enrols an officer in a channel.
pub(super) async fn enrol_in(node: &Node, caller: &Caller, channel: &str, officer: Officer) -> Result<LogEntry, Fault> {
    check_officer(&officer)?;
    let handle = find(node, channel)?;
    handle.may_sign().await?;
    let value = handle.value();
    let ours = || value.officers().iter().filter(|enrolled| enrolled.origin.agency == node.me);
    let is_revoked = |enrolled: &EnrolledOfficer| value.revocation(&enrolled.enrolment()).is_some();
    if ours().any(|enrolled| enrolled.officer.public() == officer.public() && is_revoked(enrolled)) {
        let message = say!("key-revoked");
        return Err(Fault::new(Code::Conflict, message).in_field("public"));
    }
    let (origin, index) = match ours().find(|enrolled| enrolled.officer == officer) {
        Some(known) => (known.origin, known.index),
        None if ours().count() >= OFFICERS_MAX => {
            let message = say!("officers-full", officers_max = OFFICERS_MAX);
            return Err(Fault::new(Code::Conflict, message));
        }
        None => handle.acting(By::caller(caller)).append(Lane::Main, vec![Control::Enrolment(officer)]).await?,
    };
    Ok(LogEntry { origin, index })
}

/// Ends every enrolment of a key of this agency's: nothing that it approves from here on counts, at no party. Doing it again
/// changes nothing.
pub async fn revoke(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(channel): Path<String>,
    Sent(OfficerKey { public }): Sent<OfficerKey>,
) -> Result<Json<OfficersRevoked>, Failed> {
    check_key(&public)?;
    let handle = find(&node, &channel)?;
    let value = handle.value();
    let of_key = |enrolled: &&EnrolledOfficer| enrolled.officer.public() == public;
    let enrolled: Vec<Enrolment> = value
        .officers()
        .iter()
        .filter(|enrolled| enrolled.origin.agency == node.me)
        .filter(of_key)
        .map(EnrolledOfficer::enrolment)
        .collect();
    if enrolled.is_empty() {
        let message = say!("no-officer-with-key");
        return Err(Fault::not_found(message).in_field("public").into());
    }
    if value.own_officers().any(|enrolled| of_key(&enrolled)) {
        let revoke = move |channel: &Channel, env: &mut Env<'_>| {
            let of_key = channel.own_officers().filter(|enrolled| enrolled.officer.public() == public);
            let enrolments: Vec<Enrolment> = of_key.map(EnrolledOfficer::enrolment).collect();
            channel.revoke(env, &enrolments)
        };
        handle.acting(By::caller(&caller)).act_soon(revoke).await?;
    }
    Ok(Json(OfficersRevoked { revoked: enrolled.into_iter().map(LogEntry::from).collect() }))
}

fn check_key(public: &[u8]) -> Result<(), Fault> {
    match public.len() {
        ED25519_PUBLIC_BYTES | P256_PUBLIC_BYTES => Ok(()),
        _ => Err(Fault::usage(say!("ed25519-form")).in_field("public")),
    }
}
