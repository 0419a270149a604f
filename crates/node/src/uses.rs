//! What may be done with a record that was received: read for a purpose, used in court, given to another office, taken up
//! for another purpose (rules PUR-01, PUR-02, HAN-02, HAN-03). `policy::may_use` decides; here is what it reads.
//!
//! A provider's permission is a record of its own, of a kind that permits, in the thread of the record that it is about. It
//! is looked for only where a rule would refuse without it.

use desks::{
    fields::{FurtherUse, RecordName, UsePermission},
    kinds,
    thread::What,
};
use policy::{Act, Permitted, Refusal, Use, may_use};
use protocol::{
    header::{Header, RecordRef},
    origin::Position,
};
use serde::Serialize;

use crate::{
    callers::Caller,
    channel::ChannelHandle,
    clock,
    fault::{Code, Fault},
    node::Node,
    records,
    threads::{self, turn},
};

/// A record that is to be used.
#[derive(Clone, Copy)]
pub struct Used<'a> {
    /// Its channel.
    pub handle: &'a ChannelHandle,
    /// Its place.
    pub position: &'a Position,
    /// Its header.
    pub header: &'a Header,
}

/// A use that is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Allowed {
    /// For which purpose.
    pub purpose: String,
    /// The provider's permissions that allow it; none where it needs none.
    pub permissions: Vec<RecordRef>,
}

/// Whether the caller may read the record: its own agency wrote it, it was supplied for one of the caller's purposes, or
/// the provider permitted one of them.
///
/// # Errors
/// Rule and what to do.
pub fn consult(node: &Node, caller: &Caller, used: Used<'_>) -> Result<Allowed, Fault> {
    decide(node, caller, used, Act::Consult, None)
}

/// Whether the caller may use the record so, and to whom it goes if it goes to somebody else.
///
/// # Errors
/// Rule and what to do.
pub fn decide(node: &Node, caller: &Caller, used: Used<'_>, act: Act, to: Option<&str>) -> Result<Allowed, Fault> {
    let supplied = used.header.purpose.as_deref().unwrap_or_default();
    decide_for(node, used, act, to, &caller.purposes().to_try(supplied))
}

/// Whether the caller may take the record up for a purpose for which it was not supplied (PUR-02). The caller must be able
/// to read it, for the one purpose or the other.
///
/// # Errors
/// Rule and what to do.
pub fn repurpose(node: &Node, caller: &Caller, used: Used<'_>, purpose: &str) -> Result<Allowed, Fault> {
    consult(node, caller, used)?;
    decide_for(node, used, Act::Repurpose, None, &[purpose])
}

/// Decides for the first purpose that fits. The first one's refusal gives the reason.
fn decide_for(node: &Node, used: Used<'_>, act: Act, to: Option<&str>, purposes: &[&str]) -> Result<Allowed, Fault> {
    let Used { position, header, .. } = used;
    if position.origin.agency == node.me || header.is_protocol() {
        // What this agency wrote, and what the protocol itself says, nobody supplied for a purpose.
        let purpose = purposes.first().map(|purpose| (*purpose).to_owned()).unwrap_or_default();
        return Ok(Allowed { purpose, permissions: Vec::new() });
    }
    let mut refusal = None;
    let decide = |purpose, permitted| may_use(&Use { header, act, purpose, permitted });
    for purpose in purposes {
        match decide(purpose, Permitted::default()) {
            Ok(()) => return Ok(Allowed { purpose: (*purpose).to_owned(), permissions: Vec::new() }),
            Err(refused) => drop(refusal.get_or_insert(refused)),
        }
    }
    let permissions = in_force(node, used)?;
    for purpose in purposes {
        let for_use = |(_, permission): &&(Position, UsePermission)| match permission.r#use {
            FurtherUse::Purpose => permission.purpose.as_deref() == Some(*purpose),
            FurtherUse::Court => act == Act::Court && permission.to.as_deref() == to,
            FurtherUse::Office => act == Act::Disseminate && permission.to.as_deref() == to,
        };
        let fitting: Vec<_> = permissions.iter().filter(for_use).collect();
        let any = |further| fitting.iter().any(|(_, permission)| permission.r#use == further);
        let permitted = Permitted {
            purpose: any(FurtherUse::Purpose),
            court: any(FurtherUse::Court),
            office: any(FurtherUse::Office),
        };
        if decide(purpose, permitted).is_ok() {
            let permissions = fitting.iter().map(|(position, _)| RecordRef::from(position)).collect();
            return Ok(Allowed { purpose: (*purpose).to_owned(), permissions });
        }
    }
    Err(refusal.map_or_else(|| Fault::new(Code::Forbidden, "the caller has no purpose"), refused))
}

fn refused(refusal: Refusal) -> Fault {
    let error = Fault::new(Code::Refused, refusal.message).by_rule(refusal.rule.to_string());
    match refusal.field {
        Some(field) => error.in_field(field),
        None => error,
    }
}

/// The permissions for further uses of a record that its provider has given in its thread, as they are in force today.
fn in_force(node: &Node, used: Used<'_>) -> Result<Vec<(Position, UsePermission)>, Fault> {
    let Used { handle, position: record, header } = used;
    let Some(thread) = header.thread.filter(|_| threads::follows(&handle.value())) else { return Ok(Vec::new()) };
    // A revocation counts from when it is here, not from when lists show it.
    threads::catch_up(node)?;
    let (channel, reader, today) = (handle.value(), node.reader()?, clock::today());
    let named = RecordName(RecordRef::from(record));
    let mut latest: Vec<(Position, UsePermission)> = Vec::new();
    // A log's entries come in their order, so what is decided later comes later.
    for (position, event) in turn::events(&node.threads.rows, &channel, &thread, record.origin.lane)? {
        let What::Record(stub) = &event.stub.what else { continue };
        let by_provider = position.origin.agency == record.origin.agency;
        let Some(kind) = kinds::find(&stub.kind).filter(|kind| by_provider && kind.permits) else { continue };
        if event.void().is_some() {
            continue;
        }
        let opened = records::open(&reader, &channel, &position).ok();
        let kept = opened.filter(|opened| opened.header.retain_until.is_some_and(|until| today <= until));
        let Some(decision) = kept.and_then(|kept| kind.check(&kept.header, &kept.body).ok()?.permission) else {
            // It may have revoked what was granted before: that ends with it.
            latest.clear();
            continue;
        };
        if decision.record == named {
            latest.retain(|(_, earlier)| !decision.is_about_the_use_of(earlier));
            latest.push((position, decision));
        }
    }
    latest.retain(|(_, decision)| decision.is_in_force(today));
    Ok(latest)
}
