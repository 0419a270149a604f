//! What stands in a record's header that its author did not write: filled in from the clause, taken from the thread that the record
//! belongs to, or drawn.

use desks::kinds::{self, Kind};
use protocol::{
    agreement::{Agreement, DraftError},
    date::Date,
    header::{Header, RecordRef, ThreadId},
    id::AgencyId,
    suite::Entropy as _,
};
use serde_json::{Map, Value};
use texts::say;

mod prepare;

pub use prepare::{Drafting, Ready, ToPrepare};

use crate::{
    db::SUITE,
    fault::{Code, Fault},
};

/// The thread that a record belongs to, if there is one already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoesOn {
    /// The thread.
    pub thread: ThreadId,
    /// The clause under which it was opened, or that of the record that is replied to.
    pub clause: Option<String>,
    /// The record that is replied to.
    pub in_reply_to: Option<RecordRef>,
}

/// What is drawn for a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn {
    /// What makes its digest its own (HDR-14).
    pub fresh: [u8; 16],
    /// Its thread, if it opens one.
    pub thread: ThreadId,
}

impl Drawn {
    /// From a name: what is repeated under it says the same. The thread also from what the record says, so that another record under
    /// a name that was used before opens a thread of its own.
    pub fn of(name: &str, kind: &Kind, body: &[u8]) -> Self {
        let length = u64::try_from(name.len()).unwrap_or(u64::MAX).to_be_bytes();
        let half = |label: &[u8], parts: &[&[u8]]| {
            let digest = SUITE.sha256(&[&[label, &length, name.as_bytes()], parts].concat());
            let mut half = [0; 16];
            half.copy_from_slice(&digest[..16]);
            half
        };
        Self {
            fresh: half(b"mithaq/send/fresh/v2\0", &[]),
            thread: ThreadId(half(b"mithaq/send/thread/v1\0", &[kind.name.as_bytes(), b"\0", body])),
        }
    }

    /// Anew.
    pub fn random() -> Self {
        let (mut fresh, mut thread) = ([0; 16], [0; 16]);
        crate::entropy().fill(&mut fresh);
        crate::entropy().fill(&mut thread);
        Self { fresh, thread: ThreadId(thread) }
    }
}

/// The kind with this name; what `mithaq kinds` lists.
///
/// # Errors
/// [`Code::Usage`] with the names that there are.
pub fn kind(name: &str) -> Result<&'static Kind, Fault> {
    kinds::find(name).ok_or_else(|| {
        let known: Vec<&str> = kinds::all().map(|kind| kind.name).collect();
        Fault::usage(say!("unknown-kind", name = %name, known = %known.join(", "))).in_field("kind")
    })
}

/// The clause for a record: the one named; else that of its thread, if it lets the agency send the kind; else the only one that
/// does.
///
/// # Errors
/// [`Code::Refused`] if no clause lets it; [`Code::Usage`] with those that do, if there are several.
pub fn clause(
    agreement: &Agreement,
    me: &AgencyId,
    kind: &Kind,
    (named, of_thread): (Option<&str>, Option<&str>),
) -> Result<String, Fault> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    let label = agreement.party(me).map(|party| party.label.as_str()).unwrap_or_default();
    let allows = agreement.clauses.iter().filter(|clause| clause.allows(kind.name, label));
    let allowing: Vec<&str> = allows.map(|clause| clause.id.as_str()).collect();
    match (of_thread.filter(|clause| allowing.contains(clause)), &allowing[..]) {
        (Some(clause), _) => Ok(clause.to_owned()),
        (None, [clause]) => Ok((*clause).to_owned()),
        (None, []) => {
            let message = say!("no-clause-for-kind", kind = %kind.name);
            Err(Fault::new(Code::Refused, message).by_rule("AGR-01").in_field("kind"))
        }
        (None, several) => {
            let message = say!("name-the-clause", several = %several.join(", "));
            Err(Fault::usage(message).in_field("clause"))
        }
    }
}

/// A header with the clause's defaults and what was drawn. A kind that the clause does not list is left for the decision to refuse,
/// so that the rule which forbids it is named.
///
/// # Errors
/// [`Code::Usage`] if the agreement has no such clause.
pub fn header(agreement: &Agreement, clause: &str, kind: &Kind, today: Date, drawn: Drawn) -> Result<Header, Fault> {
    let Drawn { fresh, thread } = drawn;
    let drafted = match Header::draft(agreement, clause, kind.name, today, thread) {
        Err(DraftError::KindNotInClause { allowed, .. }) => {
            let stand_in = allowed.first().map_or("", String::as_str);
            Header::draft(agreement, clause, stand_in, today, thread)
        }
        drafted => drafted,
    };
    let drafted = drafted.map_err(|error| {
        let message = match &error {
            DraftError::NoSuchClause { clause, known } => {
                say!("clause-not-in-agreement", clause = clause, known = known.clone())
            }
            DraftError::KindNotInClause { kind, clause, allowed } => {
                say!("kind-not-in-clause", clause = clause, kind = kind, allowed = allowed.clone())
            }
        };
        Fault::usage(message).in_field("clause")
    })?;
    let (kind, media_type) = (kind.name.to_owned(), kind.media_type.to_owned());
    Ok(Header { kind, media_type, fresh: Some(fresh), ..drafted })
}

/// The header with some fields set; `null` leaves one out.
///
/// # Errors
/// [`Code::Usage`] if what comes of it is no header.
pub fn with_fields(header: &Header, fields: &Map<String, Value>) -> Result<Header, Fault> {
    let internal = |error: serde_json::Error| Fault::new(Code::Internal, error.to_string());
    let mut object: Map<String, Value> = serde_json::from_slice(&header.encode()).map_err(internal)?;
    for (name, value) in fields {
        match value {
            Value::Null => object.remove(name),
            value => object.insert(name.clone(), value.clone()),
        };
    }
    let bytes = serde_json::to_vec(&object).map_err(internal)?;
    Header::parse(&bytes).map_err(Fault::from)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_is_drawn_is_the_same_when_it_is_repeated_and_differs_for_any_other_record() {
        let (note, request) = (kind("correspondence.note/1").unwrap(), kind("requests.request/1").unwrap());
        let first = Drawn::of("load", note, b"{}");
        assert_eq!(first, Drawn::of("load", note, b"{}"));
        let others = [
            Drawn::of("load/1", note, b"{}"),
            Drawn::of("loads", note, b"{}"),
            Drawn::of("", note, b"{}"),
            Drawn::of("load", request, b"{}"),
            Drawn::of("load", note, b"{ }"),
        ];
        let threads: BTreeSet<_> = others.iter().chain([&first]).map(|drawn| drawn.thread).collect();
        assert_eq!(threads.len(), 6);
        let fresh: BTreeSet<_> = others[..3].iter().chain([&first]).map(|drawn| drawn.fresh).collect();
        assert_eq!(fresh.len(), 4);
    }
}
