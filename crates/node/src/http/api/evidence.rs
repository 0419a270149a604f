//! `GET /v1/evidence/…`: the evidence file of one record, for anybody to check offline.

use axum::{
    Extension,
    extract::{Path, State},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use tokio::task::spawn_blocking;

use super::records::{Place, place};
use crate::{
    evidence,
    http::{
        access::Caller,
        error::{ApiError, Code},
    },
    node::Node,
};

/// Exports the evidence file.
pub async fn export(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<Place>,
) -> Result<Response, ApiError> {
    let (handle, position) = place(&node, &path)?;
    let (file, noted) = spawn_blocking(move || evidence::export(&node, &caller, &handle.value(), &position))
        .await
        .map_err(|_| ApiError::new(Code::Internal, "the export was interrupted"))??;
    let name = format!("attachment; filename=\"{}-{}.mithaq\"", &path.1[..path.1.len().min(8)], path.4);
    let headers = [(CONTENT_TYPE, "application/octet-stream".to_owned()), (CONTENT_DISPOSITION, name)];
    Ok((Extension(noted), headers, file).into_response())
}
