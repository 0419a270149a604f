//! `GET /v1/health`: whether the node answers, for whoever watches it. It tells nothing else, so it needs no token.

use axum::Json;
use serde_json::{Value, json};

/// Answers.
pub async fn show() -> Json<Value> {
    Json(json!({ "ok": true }))
}
