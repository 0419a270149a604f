//! `GET /v1/health`: whether the node answers and its store can be read. It tells nothing else, so it needs no token.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::{
    http::{blocking::blocking, error::ApiError},
    node::Node,
};

/// 200 if it is well, else the error of the store.
pub async fn show(State(node): State<Node>) -> Result<Json<Value>, ApiError> {
    blocking(move || {
        node.reader()?.newest_arrival()?;
        Ok::<_, ApiError>(Json(json!({ "ok": true })))
    })
    .await
}
