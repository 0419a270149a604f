//! `GET /v1/evidence/…`: the evidence file of one record, for anybody to check offline.

use axum::{
    Extension,
    extract::{Path, Query, State},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    records::{Place, place},
    uses::recipient,
};
use crate::{
    evidence::{self, ExportedFor},
    http::{
        access::Caller,
        blocking::blocking,
        error::{ApiError, Code},
        route::Param,
    },
    node::Node,
};

/// What the file is for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct For {
    #[serde(default)]
    r#use: ExportedFor,
    to: Option<String>,
}

/// Query of [`export`].
pub const FOR: &[Param] = &[
    Param::new("use", "string", "`verify` (as without it), `oversight`, `court` or `office`"),
    Param::new("to", "string", "With court and office: which proceedings, which office; never a person"),
];

/// Exports the evidence file.
pub async fn export(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<Place>,
    Query(For { r#use, to }): Query<For>,
) -> Result<Response, ApiError> {
    let to = recipient(to, matches!(r#use, ExportedFor::Court | ExportedFor::Office))?;
    if r#use == ExportedFor::Oversight && !caller.oversees() {
        let message = format!("{} does not watch over the exchange: say use=verify, court or office", caller.role());
        return Err(ApiError::new(Code::Forbidden, message).in_field("use"));
    }
    let (handle, position) = place(&node, &path)?;
    let (file, noted) = blocking(move || evidence::export(&node, &caller, &handle, &position, (r#use, to))).await?;
    let name = format!("attachment; filename=\"{}-{}.mithaq\"", &path.1[..path.1.len().min(8)], path.4);
    let headers = [(CONTENT_TYPE, "application/octet-stream".to_owned()), (CONTENT_DISPOSITION, name)];
    Ok((Extension(noted), headers, file).into_response())
}
