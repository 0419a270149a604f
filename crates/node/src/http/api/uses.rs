//! `POST /v1/records/…/uses`: what an officer does with a received record beyond reading it.
//!
//! The use is decided, and stands in the audit log with purpose and recipient before the answer leaves. Only then may it
//! be made.

use axum::{
    Extension, Json,
    extract::{Path, State},
};

use super::records::{Place, place};
use crate::{
    callers::Caller,
    fault::Fault,
    node::Node,
    reading::{
        Disclosed,
        uses::{Used, Wanted},
    },
    work::blocking,
};

/// Decides and records a use.
pub async fn state(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<Place>,
    Json(wanted): Json<Wanted>,
) -> Result<Disclosed<Used>, Fault> {
    blocking(move || node.reading.further_use(&caller, &place(&path)?, wanted)).await
}
