//! `GET /v1/doctor`: why it is stuck.

use axum::{Json, extract::State};

use crate::{
    clock,
    doctor::{self, Diagnosis},
    fault::Fault,
    node::Node,
    work::blocking,
};

/// Examines the node as it is now.
pub async fn examine(State(node): State<Node>) -> Result<Json<Diagnosis>, Fault> {
    blocking(move || doctor::examine(&node.doctor, clock::now_ms()).map(Json)).await
}
