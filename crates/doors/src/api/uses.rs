//! `POST /v1/records/…/uses`: what an officer does with a received record beyond reading it.
//!
//! The use is decided, and stands in the audit log with purpose and recipient before the answer leaves. Only then may it
//! be made.

use axum::{
    Extension,
    extract::{Path, State},
};
use node::{
    callers::Caller,
    node::Node,
    reading::uses::{Used, Wanted},
    work::blocking,
};

use super::records::{Place, place};
use crate::{disclosed::Shown, form::Sent, problem::Failed};

/// Decides and records a use.
pub async fn state(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<Place>,
    Sent(wanted): Sent<Wanted>,
) -> Result<Shown<Used>, Failed> {
    Ok(Shown(blocking(move || node.reading.further_use(&caller, &place(&node, &path)?, wanted)).await?))
}
