//! `POST /v1/check`: verifies all that this node holds.

use axum::{Json, extract::State};
use tokio::task::spawn_blocking;

use crate::{
    check::{self, Report},
    http::error::{ApiError, Code},
    node::Node,
};

/// Runs the whole check and reports.
pub async fn run(State(node): State<Node>) -> Result<Json<Report>, ApiError> {
    let report = spawn_blocking(move || check::run(&node))
        .await
        .map_err(|_| ApiError::new(Code::Internal, "the check was interrupted"))??;
    Ok(Json(report))
}
