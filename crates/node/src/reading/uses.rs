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
use protocol::{header::RecordRef, limits::NAME_BYTES_MAX, origin::Position, text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use texts::say;

use super::{Disclosed, Found, Reading};
use crate::{
    audit::Noted,
    callers::Caller,
    clock,
    fault::{Code, Fault},
    records,
    threads::{self, events},
    wording, words,
};

/// What somebody wants to do with a received record beyond reading it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WantedUse")]
pub struct Wanted {
    /// The use.
    #[schemars(with = "words::FurtherUse")]
    pub r#use: FurtherUse,
    /// In which proceedings, or which office: never a person.
    pub to: Option<String>,
    /// The other purpose.
    pub purpose: Option<String>,
}

/// A use that may be made, and is on record.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AllowedUse")]
pub struct Used {
    /// The use.
    #[schemars(with = "words::FurtherUse")]
    pub r#use: FurtherUse,
    /// In which proceedings, or which office.
    pub to: Option<String>,
    /// Under what it is allowed.
    #[serde(flatten)]
    pub allowed: Allowed,
}

/// Under what a use is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "UseGround")]
pub struct Allowed {
    /// For which purpose.
    pub purpose: String,
    /// The provider's permissions that allow it; none where it needs none.
    #[schemars(with = "Vec<words::Entry>")]
    pub permissions: Vec<RecordRef>,
}

/// A use beyond reading, with the permissions that allowed it, in the audit log.
#[derive(Serialize)]
pub(super) struct UsedUnder<'a, U> {
    pub(super) r#use: U,
    pub(super) permissions: &'a [RecordRef],
}

impl Reading {
    /// Decides what an officer does with a record beyond reading it. Only once it stands in the audit log may it be made.
    ///
    /// # Errors
    /// What is wanted contradicts itself; as [`Reading::record`]; rule and what to do if a rule refuses.
    pub fn further_use(&self, caller: &Caller, position: &Position, wanted: Wanted) -> Result<Disclosed<Used>, Fault> {
        let Wanted { r#use, to, purpose } = wanted;
        let to = recipient(to, matches!(r#use, FurtherUse::Court | FurtherUse::Office))?;
        let purpose = other_purpose(r#use, purpose)?;
        let found = self.find(caller, position)?;
        let allowed = match (r#use, purpose) {
            (FurtherUse::Court, _) => self.decide(caller, &found, Act::Court, to.as_deref())?,
            (FurtherUse::Office, _) => self.decide(caller, &found, Act::Disseminate, to.as_deref())?,
            (FurtherUse::Purpose, purpose) => {
                // Who takes it up must be able to read it, for the one purpose or the other.
                self.consult(caller, &found)?;
                self.decide_for(&found, Act::Repurpose, None, &[&purpose.unwrap_or_default()])?
            }
        };
        let noted = Noted::facts(&UsedUnder { r#use, permissions: &allowed.permissions });
        let noted = noted.why(&allowed.purpose).to(to.clone());
        Ok(Disclosed::new(Used { r#use, to, allowed }, noted))
    }

    /// Whether the caller may read the record: its own agency wrote it, it was supplied for one of the caller's purposes, or
    /// the provider permitted one of them.
    ///
    /// # Errors
    /// Rule and what to do.
    pub(super) fn consult(&self, caller: &Caller, found: &Found) -> Result<Allowed, Fault> {
        self.decide(caller, found, Act::Consult, None)
    }

    /// Whether the caller may use the record so, and to whom it goes if it goes to somebody else.
    ///
    /// # Errors
    /// Rule and what to do.
    pub(super) fn decide(&self, caller: &Caller, found: &Found, act: Act, to: Option<&str>) -> Result<Allowed, Fault> {
        let supplied = found.opened.header.purpose.as_deref().unwrap_or_default();
        self.decide_for(found, act, to, &caller.purposes().to_try(supplied))
    }

    /// Decides for the first purpose that fits. The first one's refusal gives the reason.
    fn decide_for(&self, found: &Found, act: Act, to: Option<&str>, purposes: &[&str]) -> Result<Allowed, Fault> {
        let (position, header) = (&found.position, &found.opened.header);
        if position.origin.agency == self.db.me || header.is_protocol() {
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
        let permissions = self.in_force(found)?;
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
        Err(refusal.map_or_else(|| Fault::new(Code::Forbidden, say!("caller-without-purpose")), refused))
    }

    /// The permissions for further uses of a record that its provider has given in its thread, as they are in force today.
    fn in_force(&self, found: &Found) -> Result<Vec<(Position, UsePermission)>, Fault> {
        let Found { channel, position: record, opened, .. } = found;
        let Some(thread) = opened.header.thread.filter(|_| threads::follows(channel)) else { return Ok(Vec::new()) };
        // A revocation counts from when it is here, not from when lists show it.
        self.upkeep.catch_up()?;
        let (reader, today) = (self.db.reader()?, clock::today());
        let named = RecordName(RecordRef::from(record));
        let mut latest: Vec<(Position, UsePermission)> = Vec::new();
        // A log's entries come in their order, so what is decided later comes later.
        let events = events::of(&self.threads.rows, channel, &thread, record.origin.lane)?;
        if events::is_full(&events, &record.origin.agency) {
            // A revocation could be among what is not kept.
            return Ok(Vec::new());
        }
        for (position, event) in events {
            let What::Record(stub) = &event.stub.what else { continue };
            let by_provider = position.origin.agency == record.origin.agency;
            let Some(kind) = kinds::find(&stub.kind).filter(|kind| by_provider && kind.permits) else { continue };
            if event.void().is_some() {
                continue;
            }
            let opened = records::open(&reader, channel, &position).ok();
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
}

/// The other purpose for which a record is to be taken up.
fn other_purpose(r#use: FurtherUse, purpose: Option<String>) -> Result<Option<String>, Fault> {
    match (r#use, purpose) {
        (FurtherUse::Purpose, Some(purpose)) if text::is_token(&purpose) => Ok(Some(purpose)),
        (FurtherUse::Purpose, _) => Err(Fault::usage(say!("purpose-missing")).in_field("purpose")),
        (_, None) => Ok(None),
        (_, Some(_)) => {
            let message = say!("purpose-is-callers");
            Err(Fault::usage(message).in_field("purpose"))
        }
    }
}

/// The office or the proceedings that a use is for.
///
/// # Errors
/// It is missing where it is needed, there where it is not, or no line of text.
pub(super) fn recipient(to: Option<String>, needed: bool) -> Result<Option<String>, Fault> {
    match to {
        Some(to) if needed && text::is_prose(&to, NAME_BYTES_MAX) => Ok(Some(to)),
        None if !needed => Ok(None),
        _ if needed => {
            let message = say!("use-for-whom", name_bytes_max = NAME_BYTES_MAX);
            Err(Fault::usage(message).in_field("to"))
        }
        _ => Err(Fault::usage(say!("use-not-for-somebody")).in_field("to")),
    }
}

fn refused(refusal: Refusal) -> Fault {
    let error = Fault::new(Code::Refused, wording::reason(&refusal)).by_rule(refusal.rule.to_string());
    match refusal.field {
        Some(field) => error.in_field(field),
        None => error,
    }
}
