//! Officers of this agency: enrolled by entries in its logs, by office and key, never by name.

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

use crate::{
    answers::officers::LogEntry,
    audit::By,
    callers::Caller,
    channel::ChannelHandle,
    fault::{Code, Fault},
};

/// What of an officer can't be enrolled anywhere.
pub(super) fn check(officer: &Officer) -> Result<(), Fault> {
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
pub(super) async fn enrol(caller: &Caller, handle: &ChannelHandle, officer: Officer) -> Result<LogEntry, Fault> {
    check(&officer)?;
    handle.may_sign_soon().await?;
    let value = handle.value();
    let me = value.own_log(Lane::Main).agency;
    let ours = || value.officers().iter().filter(|enrolled| enrolled.origin.agency == me);
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
pub(super) async fn revoke(caller: &Caller, handle: &ChannelHandle, public: Vec<u8>) -> Result<Vec<LogEntry>, Fault> {
    if !matches!(public.len(), ED25519_PUBLIC_BYTES | P256_PUBLIC_BYTES) {
        return Err(Fault::usage(say!("ed25519-form")).in_field("public"));
    }
    let value = handle.value();
    let of_key = |enrolled: &&EnrolledOfficer| enrolled.officer.public() == public;
    let me = value.own_log(Lane::Main).agency;
    let ours = value.officers().iter().filter(|enrolled| enrolled.origin.agency == me);
    let enrolled: Vec<Enrolment> = ours.filter(of_key).map(EnrolledOfficer::enrolment).collect();
    if enrolled.is_empty() {
        return Err(Fault::not_found(say!("no-officer-with-key")).in_field("public"));
    }
    if value.own_officers().any(|enrolled| of_key(&enrolled)) {
        let revoke = move |channel: &Channel, env: &mut Env<'_>| {
            let of_key = channel.own_officers().filter(|enrolled| enrolled.officer.public() == public);
            let enrolments: Vec<Enrolment> = of_key.map(EnrolledOfficer::enrolment).collect();
            channel.revoke(env, &enrolments)
        };
        handle.acting(By::caller(caller)).act_soon(revoke).await?;
    }
    Ok(enrolled.into_iter().map(LogEntry::from).collect())
}
