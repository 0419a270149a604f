//! `GET /v1/doctor`: why it is stuck.

use axum::{Extension, Json, extract::State};
use node::{
    callers::Caller,
    clock,
    doctor::{self, Diagnosis},
    node::Node,
    work::blocking,
};

use crate::problem::Failed;

/// Examines the node as it is now.
pub async fn examine(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Diagnosis>, Failed> {
    Ok(blocking(move || doctor::examine(&node.doctor, &caller, clock::now_ms()).map(Json)).await?)
}
