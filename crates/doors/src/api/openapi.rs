//! `GET /v1/openapi.json`: what this port offers.

use axum::Json;

use crate::openapi::{self, Description};

/// The description of every route.
pub async fn show() -> Json<Description> {
    Json(openapi::description())
}
