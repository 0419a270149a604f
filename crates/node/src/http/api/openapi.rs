//! `GET /v1/openapi.json`: what this port offers.

use axum::Json;
use serde_json::Value;

use crate::http::openapi;

/// The description of every route.
pub async fn show() -> Json<Value> {
    Json(openapi::description())
}
