//! `GET /v1/doctor`: why it is stuck.

use axum::{Json, extract::State};

use crate::{
    clock,
    doctor::{self, Diagnosis},
    http::{blocking::blocking, error::ApiError},
    node::Node,
};

/// Examines the node as it is now.
pub async fn examine(State(node): State<Node>) -> Result<Json<Diagnosis>, ApiError> {
    blocking(move || doctor::examine(&node, clock::now_ms()).map(Json)).await
}
