//! What the audit log notes of an act beside what every entry has.

use protocol::{header::RecordRef, id::Hash};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

/// What a handler tells the audit log beside what the gate knows: an extension of its answer.
#[derive(Debug, Clone, Default)]
pub struct Noted {
    /// The act stands in the audit log already, written with the batch itself.
    pub(super) in_batch: bool,
    /// A record was shown: this digest is keyed with its secret.
    pub(super) shown: Option<Hash>,
    /// More facts without content, such as how many records were listed or which rules refused.
    pub(super) facts: Option<Box<RawValue>>,
    /// Why, where it is known more closely than by the caller's purposes.
    pub(super) why: Option<String>,
    /// To whom it went, if not to the caller: an office or a court, never a person.
    pub(super) to: Option<String>,
}

impl Noted {
    /// The act stands in its batch's entry.
    pub fn in_batch() -> Self {
        Self { in_batch: true, ..Self::default() }
    }

    /// These facts, which hold no content. They are a type of whoever acts, so that what an entry may say is read there.
    pub fn facts(facts: &impl Serialize) -> Self {
        Self::default().with(facts)
    }

    /// With facts.
    pub fn with(self, facts: &impl Serialize) -> Self {
        Self { facts: raw(facts), ..self }
    }

    /// For this purpose. What was supplied for none is shown for what the caller may do.
    pub fn why(self, purpose: impl Into<String>) -> Self {
        Self { why: Some(purpose.into()).filter(|why| !why.is_empty()), ..self }
    }

    /// As it was allowed: for this purpose, by these permissions.
    pub fn under(self, purpose: &str, permissions: &[RecordRef]) -> Self {
        let noted = self.why(purpose);
        match permissions.is_empty() {
            true => noted,
            false => noted.with(&Permitted { permissions }),
        }
    }

    /// With what was shown beside it.
    pub(crate) fn and(self, other: &Self) -> Self {
        let beside =
            Beside { shown: other.shown.map(hex::encode), why: other.why.as_deref(), facts: other.facts.as_deref() };
        let facts = raw(&WithBeside { facts: self.facts.as_deref(), beside });
        Self { facts, ..self }
    }

    /// To this office or court.
    pub fn to(self, recipient: Option<String>) -> Self {
        Self { to: recipient, ..self }
    }
}

/// That so many were listed.
#[derive(Debug, Serialize)]
pub struct Count {
    /// How many.
    pub listed: usize,
}

/// A record that was shown beside another, as its own entry would say it.
#[derive(Serialize)]
struct Beside<'a> {
    shown: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct WithBeside<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<&'a RawValue>,
    beside: Beside<'a>,
}

/// The permissions by which a record was shown.
#[derive(Serialize)]
struct Permitted<'a> {
    permissions: &'a [RecordRef],
}

/// Facts are ids, numbers and codes under names, so writing them can't fail.
pub(super) fn raw(facts: &impl Serialize) -> Option<Box<RawValue>> {
    to_raw_value(facts).ok()
}
