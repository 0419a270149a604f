//! `GET /v1/health`: whether the node answers and its store can be read. It tells nothing else, so it needs no token.

use axum::{Json, extract::State};
use node::{answers::status::Health, fault::Fault, node::Node, work::blocking};

use crate::problem::Failed;

/// 200 if it is well, else the error of the store.
pub async fn show(State(node): State<Node>) -> Result<Json<Health>, Failed> {
    Ok(blocking(move || {
        node.reader()?.newest_arrival()?;
        Ok::<_, Fault>(Json(Health { ok: true }))
    })
    .await?)
}
