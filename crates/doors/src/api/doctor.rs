//! `GET /v1/doctor`: why it is stuck.

use axum::{Extension, Json, extract::State, http::HeaderMap};
use node::{
    callers::Caller,
    clock,
    doctor::{self, Diagnosis},
    node::Node,
    work::blocking,
};

use crate::problem::{Failed, language};

/// Examines the node as it is now, and says in the caller's language what was found.
pub async fn examine(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Result<Json<Diagnosis>, Failed> {
    let language = language(&headers);
    let examined = blocking(move || doctor::examine(&node.doctor, &caller, clock::now_ms())).await?;
    Ok(Json(examined.in_language(language)))
}
