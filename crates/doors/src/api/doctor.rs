//! `GET /v1/doctor`: why it is stuck.

use axum::{Json, extract::State};
use node::{
    clock,
    doctor::{self, Diagnosis},
    node::Node,
    work::blocking,
};

use crate::problem::Failed;

/// Examines the node as it is now.
pub async fn examine(State(node): State<Node>) -> Result<Json<Diagnosis>, Failed> {
    Ok(blocking(move || doctor::examine(&node.doctor, clock::now_ms()).map(Json)).await?)
}
