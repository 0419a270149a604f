//! `POST /v1/records/…/uses`: what an officer does with a received record beyond reading it.
//!
//! The use is decided, and stands in the audit log with purpose and recipient before the answer leaves. Only then may it
//! be made.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use desks::fields::FurtherUse;
use policy::Act;
use protocol::{limits::NAME_BYTES_MAX, text};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::records::{Place, place};
use crate::{
    audit::Noted,
    callers::Caller,
    fault::Fault,
    node::Node,
    records,
    uses::{self, Allowed, Used},
    work::blocking,
};

/// The use.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    r#use: FurtherUse,
    /// In which proceedings, or which office: never a person.
    to: Option<String>,
    /// The other purpose.
    purpose: Option<String>,
}

/// A use that may be made.
#[derive(Debug, Serialize)]
pub struct Answer {
    r#use: FurtherUse,
    to: Option<String>,
    #[serde(flatten)]
    allowed: Allowed,
}

/// Decides and records a use.
pub async fn state(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<Place>,
    Json(wanted): Json<Wanted>,
) -> Result<(Extension<Noted>, Json<Answer>), Fault> {
    let Wanted { r#use, to, purpose } = wanted;
    let to = recipient(to, matches!(r#use, FurtherUse::Court | FurtherUse::Office))?;
    let purpose = match (r#use, purpose) {
        (FurtherUse::Purpose, Some(purpose)) if text::is_token(&purpose) => Some(purpose),
        (FurtherUse::Purpose, _) => {
            return Err(Fault::usage("say which purpose: a code such as border_control").in_field("purpose"));
        }
        (_, None) => None,
        (_, Some(_)) => {
            let message = "the purpose of a use in court or by an office is the caller's: narrow it with the header";
            return Err(Fault::usage(message).in_field("purpose"));
        }
    };
    blocking(move || {
        let (handle, position) = place(&node, &path)?;
        let reader = node.reader()?;
        records::check_quarantine(&reader, &caller, &position)?;
        let opened = records::open(&reader, &handle.value(), &position)?;
        records::check_shown(&node, &caller, &position, opened.header.thread.as_ref())?;
        caller.check_kind(Some(&opened.header.kind))?;
        let used = Used { handle: &handle, position: &position, header: &opened.header };
        let allowed = match (r#use, purpose.as_deref()) {
            (FurtherUse::Court, _) => uses::decide(&node, &caller, used, Act::Court, to.as_deref())?,
            (FurtherUse::Office, _) => uses::decide(&node, &caller, used, Act::Disseminate, to.as_deref())?,
            (FurtherUse::Purpose, purpose) => uses::repurpose(&node, &caller, used, purpose.unwrap_or_default())?,
        };
        let noted = Noted::facts(json!({ "use": r#use, "permissions": allowed.permissions }));
        let noted = noted.why(&allowed.purpose).to(to.clone());
        Ok::<_, Fault>((Extension(noted), Json(Answer { r#use, to, allowed })))
    })
    .await
}

/// The office or the proceedings that a use is for.
///
/// # Errors
/// It is missing where it is needed, there where it is not, or no line of text.
pub fn recipient(to: Option<String>, needed: bool) -> Result<Option<String>, Fault> {
    match to {
        Some(to) if needed && text::is_prose(&to, NAME_BYTES_MAX) => Ok(Some(to)),
        None if !needed => Ok(None),
        _ if needed => {
            let message = format!("say in which proceedings or to which office, in 1 to {NAME_BYTES_MAX} bytes");
            Err(Fault::usage(message).in_field("to"))
        }
        _ => Err(Fault::usage("only a use in court or by another office is for somebody").in_field("to")),
    }
}
